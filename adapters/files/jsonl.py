"""Our own format, which holds everything a bookmark is: one JSON object a line.

The first line is `{"bookmark-bridge": 1}`, the version of the format. Every other line is a bookmark with all its
fields, times in ISO 8601 and UTC with a "Z". Only `url` is needed for reading; the rest has the model's defaults.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import attrs

from adapters.files.form import Foreign, Form, Found
from adapters.files.json_text import as_read, dumps
from adapters.files.listing import is_damaged, mend
from adapters.files.sniff import head
from bridge.model.adapter import Problem
from bridge.model.bookmark import Bookmark, Highlight
from bridge.model.errors import InputError

VERSION = 1

_MARK = "bookmark-bridge"
_HEADER = re.compile(rb'\{\s*"bookmark-bridge"\s*:')


def recognises(path: str) -> bool:
    """Tell by its first line whether a file is in this format."""
    return _HEADER.match(head(path)) is not None


def decode(path: Path) -> Iterator[Found]:
    """Yield what is in the file. Raises InputError if it is not in this format, or in a newer version of it."""
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="\n") as lines:
        yield from _header(path.name, lines.readline())
        for number, line in enumerate(lines, 2):
            if line.strip():
                yield from _record(line, f"{path.name} line {number}")


def encode(bookmarks: Iterable[Bookmark]) -> Iterator[bytes]:
    """Yield the bytes of a file that holds these bookmarks."""
    yield dumps({_MARK: VERSION}) + b"\n"
    for bookmark in bookmarks:
        yield dumps(_plain(bookmark)) + b"\n"


def project(bookmark: Bookmark) -> Bookmark:
    """Return the bookmark as the file will hold it: as it is, but that JSON joins a surrogate pair.

    Raises ValueError for an empty url.
    """
    if not bookmark.url:
        raise ValueError("A bookmark without an address cannot be written.")
    return attrs.evolve(
        bookmark,
        url=as_read(bookmark.url),
        title=as_read(bookmark.title),
        note=as_read(bookmark.note),
        tags=tuple(map(as_read, bookmark.tags)),
        highlights=tuple(attrs.evolve(item, quote=as_read(item.quote)) for item in bookmark.highlights),
    )


def _header(name: str, line: str) -> Iterator[Foreign]:
    try:
        header = json.loads(line)
        version = header.pop(_MARK)
    except (ValueError, RecursionError, AttributeError, KeyError, TypeError) as error:
        raise InputError(
            f"{name} does not begin with the line that every .jsonl of ours has.", "Check the path."
        ) from (error)
    if version != VERSION:
        raise InputError(f"{name} is in version {version} of the format.", "Update bookmark-bridge to read it.")
    for key in header:
        yield Foreign(f"{name} line 1", f"the key {key!r}")


def _record(line: str, where: str) -> Iterator[Found]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        # Each line that we write has its end, so one without it is where the file was cut.
        yield Problem(where, f"the line is not JSON: {error}", lost=not line.endswith("\n"))
        return
    if not isinstance(record, dict):
        yield Problem(where, "the line is not a JSON object")
        return
    try:
        bookmark = _bookmark(record)
    except ValueError as error:
        url = record.get("url")
        yield Problem(where, str(error), url=url if isinstance(url, str) and url else None)
        return
    for key in record:
        if key not in _FIELDS:
            yield Foreign(where, f"the key {key!r}")
    yield from mend(bookmark, where) if is_damaged(line) else [bookmark]


def _plain(bookmark: Bookmark) -> dict[str, object]:
    return {
        "url": bookmark.url,
        "title": bookmark.title,
        "note": bookmark.note,
        "tags": bookmark.tags,
        "added": _iso(bookmark.added),
        "unread": bookmark.unread,
        "favorite": bookmark.favorite,
        "private": bookmark.private,
        "highlights": [{"quote": item.quote, "created": _iso(item.created)} for item in bookmark.highlights],
    }


def _iso(time: datetime | None) -> str | None:
    return None if time is None else time.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _bookmark(record: Mapping[str, Any]) -> Bookmark:
    """Return what a record says. Raises ValueError with a sentence."""
    values = {name: read(record[name], name) for name, read in _FIELDS.items() if name in record}
    if not values.get("url"):
        raise ValueError("the record has no url")
    return Bookmark(**values)


def _text(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{name!r} is not a text")
    return value


def _flag(value: object, name: str) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{name!r} is neither true nor false")
    return value


def _time(value: object, name: str) -> datetime | None:
    if value is None:
        return None
    try:
        time = datetime.fromisoformat(_text(value, name))
        if time.utcoffset() is None:
            raise ValueError
        return time.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"{name!r} is not a time with its zone") from None


def _list(value: object, name: str) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f"{name!r} is not a list")
    return value


def _tags(value: object, name: str) -> tuple[str, ...]:
    return tuple(_text(tag, name) for tag in _list(value, name))


def _highlights(value: object, name: str) -> tuple[Highlight, ...]:
    return tuple(_highlight(item, name) for item in _list(value, name))


def _highlight(item: object, name: str) -> Highlight:
    if not isinstance(item, dict) or not item.keys() <= {"quote", "created"}:
        raise ValueError(f"{name!r} holds something else than a quote and its time")
    return Highlight(_text(item.get("quote"), "quote"), _time(item.get("created"), "created"))


_FIELDS: Mapping[str, Callable[[object, str], Any]] = {
    "url": _text,
    "title": _text,
    "note": _text,
    "tags": _tags,
    "added": _time,
    "unread": _flag,
    "favorite": _flag,
    "private": _flag,
    "highlights": _highlights,
}


FORM = Form(decode=decode, encode=encode, project=project)
