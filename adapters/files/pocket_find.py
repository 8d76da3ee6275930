"""What Pocket left behind, found in files, folders and zips, and told apart by content, never by name alone."""

from __future__ import annotations

import enum
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence, Set
from pathlib import Path
from typing import TypeAlias

import attrs

from adapters.files.pocket_record import Remark, count
from adapters.files.pocket_rows import COLUMNS, UTF_16, shape
from adapters.files.pocket_zip import HEAD, Source, head, members, on_disk
from bridge.model.adapter import Problem
from bridge.model.errors import InputError


class Kind(enum.Enum):
    """The kinds of relics, those that list saves first, in the order in which they are joined."""

    PART = "CSV of an export"
    DUMP = "API dump"
    DATABASE = "API dump in SQLite"
    LINKS = "ril_export.html"
    ANNOTATIONS = "highlights"
    COLLECTION = "shared list"


SAVES = (Kind.PART, Kind.DUMP, Kind.DATABASE, Kind.LINKS)

_MOST_FILES = 5_000
_IGNORED = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
_RESOURCE_FORKS = "__MACOSX"
_SHOWN = 5
_NUMBERED = re.compile(r"part_(\d{6})\.csv", re.IGNORECASE)
_CHUNK_OF_LIST = re.compile(r"part_\d{6}\.json", re.IGNORECASE)
_NOT_DATA = (
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"GIF8", "an image"),
    (b"RIFF", "an image"),
    *((mark, "text in UTF-16 (save it as UTF-8)") for mark in UTF_16),
)
_SQLITE = b"SQLite format 3\0"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_ERROR_PAGE = re.compile(r"(<\?xml[^>]*>)?\s*<Error[\s>]")
_LINK = re.compile(r"<a\s[^>]*\stime_added=|<title>\s*pocket export", re.IGNORECASE)
_REMEDY = "Name a Pocket export (zip, CSV or HTML), a dump of Pocket's API, or a folder of these."


@attrs.frozen
class Relic:
    """One relic: a source, or several that lay together (the parts of one export, its highlights, its lists)."""

    kind: Kind
    sources: tuple[Source, ...]

    @property
    def name(self) -> str:
        """What a person calls it."""
        first, last = self.sources[0], self.sources[-1]
        if first.holder and self.kind is Kind.PART:
            return f"{first.folder} in {first.holder}" if first.folder else first.holder
        name = first.name if first is last else f"{first.name} to {last.name}"
        return f"{name} in {first.holder}" if first.holder else name


@attrs.frozen
class _Seen:
    kind: Kind
    source: Source


@attrs.frozen
class _Passed:
    """A file that is no relic."""

    name: str


_Sight: TypeAlias = _Seen | _Passed | Problem


def find(paths: Iterable[str]) -> tuple[tuple[Relic, ...], tuple[Remark | Problem, ...]]:
    """Return the relics in files and folders, in the order in which they are joined, and what there is to say.

    What is damaged or missing is a Problem by which an unknown number of records is lost.

    Raises InputError for a path in which there is no relic, and for highlights or shared lists without the saves they
    belong to.
    """
    sights = [sight for path in dict.fromkeys(paths) for sight in _named(Path(path))]
    relics = _grouped(sight for sight in sights if isinstance(sight, _Seen))
    damaged = [sight for sight in sights if isinstance(sight, Problem)]
    remarks: list[Remark | Problem] = [*damaged, *_missing_parts(relics, {problem.where for problem in damaged})]
    passed = [sight.name for sight in sights if isinstance(sight, _Passed)]
    if passed:
        more = f" and {count(len(passed) - _SHOWN, 'more file')}" if len(passed) > _SHOWN else ""
        remarks.append(Remark(f"Not of Pocket, and ignored: {', '.join(passed[:_SHOWN])}{more}."))
    if not any(relic.kind in SAVES for relic in relics):
        raise InputError(
            f"{relics[0].name} belongs to the saves of an export, and none is here.",
            "Name the export (zip or CSV) as well.",
        )
    return relics, tuple(remarks)


def holds(path: str) -> bool:
    """Tell whether there is a relic of Pocket at this path, or what can only be explained as a broken one.

    Raises InputError for a folder of more files than any export has: of these none is opened.
    """
    file = Path(path)
    if file.is_dir():
        _files(file)
    try:
        sights = _in_folder(file) if file.is_dir() else _in_file(file, "")
        return any(isinstance(sight, _Seen) for sight in sights)
    except InputError:
        return file.is_file()
    except OSError:
        return False


def _named(path: Path) -> list[_Sight]:
    """Return what is at a path that the person named. Raises InputError if there is no relic."""
    try:
        sights = list(_in_folder(path) if path.is_dir() else _in_file(path, ""))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.", _REMEDY) from error
    if not any(isinstance(sight, _Seen) for sight in sights):
        damage = (f" {sight.where}: {sight.why}" for sight in sights if isinstance(sight, Problem))
        raise InputError(_refusal(path) + next(damage, ""), _REMEDY)
    return sights


def _in_folder(folder: Path) -> Iterator[_Sight]:
    """Look into every file of a folder and its folders; one that is broken does not stop the others."""
    for file in _files(folder):
        try:
            yield from _in_file(file, str(file.parent))
        except InputError as error:
            yield Problem(file.name, error.message, lost=True)
        except OSError as error:
            yield Problem(file.name, f"It cannot be read: {error.strerror or error}.", lost=True)


def _files(folder: Path) -> list[Path]:
    """Return the files of a folder and its folders, none of which is opened. Raises InputError for too many."""
    files: list[Path] = []
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name != _RESOURCE_FORKS and not name.startswith("."))
        files += [Path(parent, name) for name in sorted(names) if _wanted(name)]
        if len(files) > _MOST_FILES:
            raise InputError(
                f"{folder} holds more than {_MOST_FILES:,} files, so it is not looked through.",
                "Name the file, or the folder in which nothing else is.",
            )
    return [file for file in files if file.is_file()]


def _wanted(name: str) -> bool:
    return name not in _IGNORED and not name.startswith("._")


def _in_file(file: Path, group: str) -> Iterator[_Sight]:
    """Yield what one file holds. Raises InputError for a zip that cannot be read and for a CSV without urls."""
    source = on_disk(file, group)
    if not file.is_file():
        raise InputError(f"{file} is not a regular file.", _REMEDY)
    start = head(source)
    if not start.startswith(_ZIP):
        yield _sight(source, start)
        return
    inside, whole = members(file)
    if not whole:
        why = "It ends early or is damaged, so files in it may be missing; what was found in it is read."
        yield Problem(file.name, why, lost=True)
    wanted = (member for member in inside if _wanted(member.name) and _RESOURCE_FORKS not in Path(member.folder).parts)
    yield from _together([_sight(member, head(member)) for member in wanted], str(file))


def _together(sights: Sequence[_Sight], group: str) -> Iterator[_Sight]:
    """Yield what is in a zip; what is of one kind belongs together, in whatever folders it lies.

    Only where a name occurs twice, there is more than one export in the zip, and folders tell them apart.
    """
    names = Counter((sight.kind, sight.source.name) for sight in sights if isinstance(sight, _Seen))
    apart = {kind for (kind, _), times in names.items() if times > 1}
    for sight in sights:
        if isinstance(sight, _Seen) and sight.kind not in apart:
            yield _Seen(sight.kind, attrs.evolve(sight.source, folder="", group=group))
        else:
            yield sight


def _sight(source: Source, start: bytes) -> _Sight:
    kind = _kind(source, start)
    if kind is not None:
        return _Seen(kind, source)
    if len(start) < min(source.size, HEAD):
        why = f"Of this file in {source.holder} too little is left to tell what it was; nothing of it is read."
        return Problem(source.name, why, lost=True)
    return _Passed(source.name)


def _kind(source: Source, start: bytes) -> Kind | None:
    """Tell what bytes are the beginning of. Raises InputError for what a person may well take for a relic."""
    if start.startswith(_SQLITE):
        # The schema stands on the first page.
        return Kind.DATABASE if b"given_url" in start or b"resolved_url" in start else None
    text = "" if start.startswith(UTF_16) else start.decode("utf-8-sig", "replace").lstrip()
    if text.startswith(("[", "{")):
        return _json_kind(source, text)
    if text.startswith("<"):
        if _ERROR_PAGE.match(text):
            raise InputError(
                f"{source.name} is not your data but the error page of a download link that did not work.",
                "Look for another copy of the export.",
            )
        ours = "NETSCAPE-Bookmark-file" not in text and _LINK.search(text)
        return Kind.LINKS if ours else None
    columns = shape(start).columns
    if "time_added" not in columns or len(COLUMNS.intersection(columns)) < 2:
        return None
    if "url" not in columns:
        raise InputError(
            f"{source.name} has no column 'url'; its header is: {', '.join(columns)}.",
            "Name the column that holds the addresses url; Pocket's own columns are title,url,time_added,tags,status.",
        )
    return Kind.PART


def _json_kind(source: Source, text: str) -> Kind | None:
    if re.search(r'"(item_id|given_url)"\s*:', text) or re.match(r'\{.*?"list"\s*:\s*[\[{]', text, re.DOTALL):
        return Kind.DUMP
    if re.match(r'\{.*?"slug"\s*:', text, re.DOTALL) and '"items"' in text:
        return Kind.COLLECTION
    if text.startswith("[") and '"url"' in text and re.search(r'"highlights"\s*:\s*\[', text):
        return Kind.ANNOTATIONS
    # A chunk of the list without any highlight; an empty array has no content to go by.
    return Kind.ANNOTATIONS if text.strip() == "[]" and _CHUNK_OF_LIST.fullmatch(source.name) else None


def _grouped(seen: Iterable[_Seen]) -> tuple[Relic, ...]:
    groups: dict[tuple[Kind, str], list[Source]] = {}
    for number, sight in enumerate(seen):
        alone = sight.kind in {Kind.DUMP, Kind.DATABASE, Kind.LINKS}
        groups.setdefault((sight.kind, str(number) if alone else sight.source.group), []).append(sight.source)
    relics = [
        Relic(kind, tuple(sorted(sources, key=lambda source: source.name))) for (kind, _), sources in groups.items()
    ]
    order = list(Kind)
    return tuple(sorted(relics, key=lambda relic: (order.index(relic.kind), -_made(relic))))


def _made(relic: Relic) -> float:
    return max((source.made.timestamp() for source in relic.sources if source.made is not None), default=0.0)


def _missing_parts(relics: Iterable[Relic], damaged: Set[str]) -> Iterator[Problem]:
    """Yield a problem per export whose parts are not numbered without a gap: people unpack a zip and lose parts.

    Of those that are `damaged` it is said elsewhere.
    """
    for relic in relics:
        matches = [_NUMBERED.fullmatch(source.name) for source in relic.sources]
        numbers = {int(match[1]) for match in matches if match}
        if relic.kind is not Kind.PART or not numbers:
            continue
        names = [f"part_{number:06}.csv" for number in sorted(set(range(max(numbers))) - numbers)]
        missing = [name for name in names if name not in damaged]
        if missing:
            more = f" and {len(missing) - _SHOWN:,} more" if len(missing) > _SHOWN else ""
            why = f"By the numbering, it lacks {', '.join(missing[:_SHOWN])}{more}; what is here is read."
            yield Problem(relic.name, why, lost=True)


def _refusal(path: Path) -> str:
    """Return a sentence on why a file is no relic."""
    if path.is_dir():
        return f"{path} holds nothing of Pocket."
    start = head(on_disk(path, ""))
    if not start.strip():
        return f"{path.name} is empty."
    if start.startswith(_ZIP):
        return f"{path.name} holds nothing of Pocket."
    for signature, thing in _NOT_DATA:
        if start.startswith(signature):
            return f"{path.name} is {thing}, not a Pocket export."
    if start.startswith(_SQLITE):
        return f"{path.name} is an SQLite file without Pocket's columns 'given_url' or 'resolved_url'."
    first = start.decode("utf-8-sig", "replace").partition("\n")[0].strip()
    return f"{path.name} is not a Pocket export; it begins with {first[:80]!r}."
