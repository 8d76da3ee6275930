"""An invented Pocket account on disk: an export zip with every oddity that was seen in real ones, and a dump beside it.

The wanted listing is made together with the files, row by row, and never by reading them.
"""

from __future__ import annotations

import csv
import io
import json
import random
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import attrs

from bridge.model import url as urls
from bridge.model.bookmark import Bookmark, Entry, Highlight

CYCLE = 100
"""Every oddity occurs once in so many rows, so an account has at least so many."""
ROWS_OF_A_PART = 10_000
EXPORTED = (2025, 7, 1, 12, 0, 0)
_MADE = datetime(*EXPORTED, tzinfo=UTC)

_PLAIN = ("title", "url", "time_added", "tags", "status")
_WITH_CURSOR = ("title", "url", "time_added", "cursor", "tags", "status")
_FIRST_SAVE = datetime(2010, 3, 1, 9, 30, tzinfo=UTC)
_WORDS = ("slow", "harbour", "lantern", "meadow", "copper", "archive", "river", "winter", "bakery", "orchard", "tide")
_INVALID = "\udcff"  # becomes the byte FF, which no UTF-8 holds


@attrs.frozen
class Account:
    """The files of an account, and what reading them together must bring.

    `entries` are in the order of the listing, `problems` (place, url), `losses` (url, field).
    """

    zip: Path
    dump: Path
    entries: tuple[Entry, ...]
    problems: tuple[tuple[str, str | None], ...]
    losses: tuple[tuple[str, str], ...]

    @property
    def united(self) -> dict[str, Bookmark]:
        """One bookmark for each page, by its url: the earliest, with all tags, and unread if any is."""
        pages: dict[str, list[Bookmark]] = {}
        for entry in self.entries:
            pages.setdefault(urls.key(entry.bookmark.url), []).append(entry.bookmark)
        return {one.url: one for one in map(_united, pages.values())}


def make(folder: Path, rows: int = CYCLE, seed: int = 0) -> Account:
    """Write `pocket.zip` with so many rows in two parts, and `pockexport.json`, into a folder."""
    builder = _Builder(random.Random(seed))
    for number in range(rows):
        builder.save(number)
    return builder.finished(folder, ROWS_OF_A_PART if rows > ROWS_OF_A_PART else rows // 2)


def pack(members: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip of these members, all made at the same time, whenever it is packed."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name, EXPORTED), data, method)
    return target.getvalue()


def part(rows: Iterable[Iterable[str]], columns: Iterable[str] = _PLAIN) -> bytes:
    """Return rows as a part of an export spells them."""
    target = io.StringIO(newline="")
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return target.getvalue().encode("utf-8", "surrogateescape")


@attrs.frozen
class _Row:
    """A row as it is written, and the entry that it must become, or None for a problem."""

    title: str
    url: str
    added: str
    tags: str
    status: str
    wanted: Entry | None
    loss: str = ""

    def cells(self, *cursor: str) -> tuple[str, ...]:
        return (self.title, self.url, self.added, *cursor, self.tags, self.status)

    def want(self, **changes: Any) -> _Row:
        """Return the row with other fields of the wanted bookmark."""
        assert self.wanted is not None
        return attrs.evolve(
            self, wanted=attrs.evolve(self.wanted, bookmark=attrs.evolve(self.wanted.bookmark, **changes))
        )

    def titled(self, raw: str, title: str) -> _Row:
        return attrs.evolve(self.want(title=title), title=raw)

    def at(self, url: str) -> _Row:
        return attrs.evolve(self.want(url=url), url=url)


def _tags(row: _Row, *tags: str) -> _Row:
    return attrs.evolve(row.want(tags=tuple(tag.strip() for tag in tags)), tags="|".join(tags))


def _cut_url(row: _Row, length: int) -> _Row:
    row = row.at(f"{row.url}/{'long-path-' * 12}")
    return row.titled(row.url[:length], "")


def _full(row: _Row, length: int) -> _Row:
    title = (row.title + " and so on" * 20)[: length - 1] + "x"
    return row.titled(title, title)


def _bad_date(row: _Row, text: str) -> _Row:
    return attrs.evolve(row.want(added=None), added=text, loss="added")


ODDITIES: tuple[Callable[[_Row], _Row], ...] = (
    lambda row: row.titled("One line\nand another", "One line\nand another"),
    lambda row: row.titled('She said "well, no", and left', 'She said "well, no", and left'),
    lambda row: row.titled(
        "Train \N{STEAM LOCOMOTIVE} caf\u00e9 \u65e5\u672c", "Train \N{STEAM LOCOMOTIVE} caf\u00e9 \u65e5\u672c"
    ),
    lambda row: row.titled(row.url, ""),
    lambda row: _cut_url(row, 75),
    lambda row: _cut_url(row, 100),
    lambda row: _full(row, 75),
    lambda row: _full(row, 100),
    lambda row: row.titled("  blanks around ", "blanks around"),
    lambda row: row.titled("Salt &amp; pepper", "Salt &amp; pepper"),
    lambda row: attrs.evolve(row.titled(f"Broken {_INVALID} byte", "Broken \ufffd byte"), loss="title"),
    lambda row: row.titled("Lost \ufffd by Pocket", "Lost \ufffd by Pocket"),
    lambda row: _tags(row, "a-tag-cut-in-the-middle-o", "ends in a blank "),
    lambda row: attrs.evolve(_tags(row, *(f"tag-number-{n:02}-of-so-many" for n in range(41))), loss="tags"),
    lambda row: row.at(f"{row.url}/two words"),
    lambda row: row.at(f"{row.url}/caf\u00e9"),
    lambda row: row.at(f"{row.url}?a=1&amp;b=2"),
    lambda row: row.at(f"{row.url}?q=".ljust(2063, "x")),
    lambda row: _bad_date(row, "yesterday"),
    lambda row: _bad_date(row, "0"),
    lambda row: _bad_date(row, ""),
    lambda row: attrs.evolve(row, status="deleted", wanted=None),
)
"""What a plain row is turned into, by its number within the cycle."""


class _Builder:
    """The account while it grows."""

    def __init__(self, rng: random.Random) -> None:
        self.rows: list[_Row] = []
        self._rng = rng
        self._seen: Counter[str] = Counter()
        self._items: list[dict[str, Any]] = []
        self._annotations: list[dict[str, Any]] = []
        self._trains: list[dict[str, Any]] = []
        self._tides: list[dict[str, Any]] = []

    def save(self, number: int) -> None:
        """Add one row, odd or plain by its number, and what other relics say of its page."""
        slot = number % CYCLE
        row = self._plain(number)
        if slot < len(ODDITIES):
            row = ODDITIES[slot](row)
        elif slot - len(ODDITIES) < len(_ELSEWHERE):
            row = _ELSEWHERE[slot - len(ODDITIES)](self, row)
        self._seen[row.url] += 1
        if row.wanted is not None:
            repeat = self._seen[row.url]
            row = attrs.evolve(
                row, wanted=attrs.evolve(row.wanted, ref=row.url if repeat == 1 else f"{row.url}#{repeat}")
            )
        self.rows.append(row)

    def _plain(self, number: int) -> _Row:
        rng = self._rng
        title = " ".join(rng.choices(_WORDS, k=5)).capitalize()
        url = f"https://{rng.choice(_WORDS)}.example.org/{rng.choice(_WORDS)}/{number}"
        tags = tuple(dict.fromkeys(rng.choices(_WORDS, k=rng.randrange(4))))
        added = _FIRST_SAVE + timedelta(seconds=rng.randrange(480_000_000))
        unread = rng.random() < 0.5
        bookmark = Bookmark(url=url, title=title, tags=tags, added=added, unread=unread)
        status = "unread" if unread else "archive"
        return _Row(title, url, _seconds(added), "|".join(tags), status, Entry(ref=url, bookmark=bookmark))

    def repeated(self, row: _Row) -> _Row:
        """Repeat an earlier url, with other tags."""
        return _tags(row.at(self.rows[-len(ODDITIES)].url), "repeated")

    def favorite(self, row: _Row) -> _Row:
        """Make it a favorite, which only the dump knows."""
        return self._dumped(row.want(favorite=True), favorite="1")

    def respelt(self, row: _Row) -> _Row:
        """Spell the same url otherwise in the dump."""
        return self._dumped(row.want(favorite=True), favorite="1", given_url=row.url.replace("https://", "HTTPS://"))

    def richer(self, row: _Row) -> _Row:
        """Give the dump the title in full, an earlier date and one more tag."""
        bookmark = _wanted(row)
        title, earlier = f"{row.title} in full", _FIRST_SAVE - timedelta(days=1)
        row = row.want(title=title, added=earlier, tags=(*bookmark.tags, "only there"))
        tags = {"only there": {"item_id": "1", "tag": "only there"}}
        return self._dumped(row, given_title=title, time_added=_seconds(earlier), tags=tags)

    def read_later(self, row: _Row) -> _Row:
        """Read it after the zip was made."""
        row = attrs.evolve(row.want(unread=False), status="unread")
        return self._dumped(row, _MADE + timedelta(days=9), status="1")

    def unread_again(self, row: _Row) -> _Row:
        """Let an older dump say otherwise."""
        row = attrs.evolve(row.want(unread=True), status="unread")
        return self._dumped(row, _MADE - timedelta(days=9), status="1")

    def marked_there(self, row: _Row) -> _Row:
        """Give the dump US Central wall times, once with a false Z, and an empty quote."""
        wanted = (
            Highlight("A wall clock", datetime(2021, 1, 10, 12, tzinfo=UTC)),
            Highlight("A false Z", datetime(2024, 10, 2, 11, 30, tzinfo=UTC)),
        )
        marks = [
            {"quote": "A wall clock", "created_at": "2021-01-10 06:00:00"},
            {"quote": "", "created_at": "2021-01-10 06:00:01"},
            {"quote": "A false Z", "created_at": "2024-10-02T06:30:00.000Z"},
        ]
        return self._dumped(row.want(highlights=wanted), annotations=marks)

    def marked(self, row: _Row) -> _Row:
        """Give the zip two highlights, not in the order of time, and an empty one."""
        return self._annotated(row, "Later,\nover two lines", "Earlier", "")

    def marked_twice(self, row: _Row) -> _Row:
        """Put the same quote into zip and dump: it is one highlight."""
        mark = {"quote": "Known to both", "created_at": "2025-03-03 05:06:40"}
        return self._dumped(self._annotated(row, "Known to both"), annotations=[mark])

    def noted(self, row: _Row) -> _Row:
        """Put it into a shared list, with a note."""
        self._trains.append({"url": row.url, "title": "", "excerpt": "", "note": " Read on the way "})
        return row.want(note="Read on the way")

    def noted_twice(self, row: _Row) -> _Row:
        """Put it into two shared lists with notes, and once more without."""
        self._tides.append({"url": row.url, "title": row.title, "excerpt": None, "note": "First"})
        self._trains.append({"url": row.url, "title": row.title, "excerpt": None, "note": "Second"})
        self._trains.append({"url": row.url, "title": row.title, "excerpt": None, "note": None})
        return row.want(note="First\n\nSecond")

    def _annotated(self, row: _Row, *quotes: str) -> _Row:
        newest = 1_741_000_000  # 2025-03-03 11:06:40 UTC
        marks = [{"quote": quote, "created_at": newest - number} for number, quote in enumerate(quotes)]
        self._annotations.append({"url": row.url, "title": "another title", "highlights": marks})
        times = (datetime.fromtimestamp(newest - number, UTC) for number in range(len(quotes)))
        return row.want(highlights=tuple(Highlight(*mark) for mark in zip(quotes, times, strict=True) if mark[0]))

    def _dumped(self, row: _Row, changed: datetime = _FIRST_SAVE, **fields: object) -> _Row:
        self._items.append(_item(row, changed) | fields)
        assert row.wanted is not None
        return attrs.evolve(row, wanted=attrs.evolve(row.wanted, changed=changed))

    def finished(self, folder: Path, rows_of_first: int) -> Account:
        """Write the files, with what belongs to no row, and return the account."""
        alone = [
            self._plain(number).want(favorite=bool(number % 2)) for number in range(len(self.rows), len(self.rows) + 3)
        ]
        entries = [row.wanted for row in self.rows if row.wanted is not None]
        entries += [self._dumped(row, favorite=str(int(_wanted(row).favorite))).wanted for row in alone]  # type: ignore[misc]
        stubs = [{"item_id": "7", "status": "2"}, {"item_id": "8", "status": "3", "listen_duration_estimate": 0}]
        listed = {str(number): item for number, item in enumerate([*self._items, *stubs])}

        stray = "https://nowhere.example.org/"
        self._annotations.append({"url": stray, "title": "", "highlights": [{"quote": "Stray", "created_at": 1}]})
        self._trains.append({"url": stray, "title": "Stray", "excerpt": None, "note": None})

        parts = [self.rows[:rows_of_first], self.rows[rows_of_first:]]
        problems = [
            (f"part_{number:06}.csv row {place}", row.url)
            for number, rows in enumerate(parts)
            for place, row in enumerate(rows, start=2)
            if row.wanted is None
        ]
        problems.append((f"part_000001.json entry {len(self._annotations)}", stray))
        problems.append((f"trains.json item {len(self._trains)}", stray))

        account = Account(
            zip=folder / "pocket.zip",
            dump=folder / "pockexport.json",
            entries=tuple(entries),
            problems=tuple(problems),
            losses=tuple((row.url, row.loss) for row in self.rows if row.loss),
        )
        account.zip.write_bytes(pack(self._members(parts)))
        account.dump.write_text(json.dumps({"status": 1, "complete": 1, "list": listed}), encoding="utf-8")
        return account

    def _members(self, parts: list[list[_Row]]) -> dict[str, bytes]:
        return {
            "pocket/part_000000.csv": part(row.cells() for row in parts[0]),
            "pocket/part_000001.csv": part((row.cells(f"c{row.added}") for row in parts[1]), _WITH_CURSOR),
            "pocket/annotations/part_000001.json": json.dumps(self._annotations).encode(),
            "pocket/collections/empty.json": _shared_list("empty", []),
            "pocket/collections/tides.json": _shared_list("tides", self._tides),
            "pocket/collections/trains.json": _shared_list("trains", self._trains),
            "pocket/.DS_Store": b"\0\0\0\1Bud1",
            "pocket/readme.txt": b"Packed again by hand.",
            "__MACOSX/pocket/._part_000000.csv": b"\0\5\x16\7",
        }


_ELSEWHERE: tuple[Callable[[_Builder, _Row], _Row], ...] = (
    _Builder.repeated,
    _Builder.favorite,
    _Builder.respelt,
    _Builder.richer,
    _Builder.read_later,
    _Builder.unread_again,
    _Builder.marked_there,
    _Builder.marked,
    _Builder.marked_twice,
    _Builder.noted,
    _Builder.noted_twice,
)


def _wanted(row: _Row) -> Bookmark:
    assert row.wanted is not None
    return row.wanted.bookmark


def _seconds(time: datetime) -> str:
    return str(int(time.timestamp()))


def _item(row: _Row, changed: datetime) -> dict[str, Any]:
    """Return an item of the API that says the same as the row."""
    return {
        "item_id": row.url.rpartition("/")[2],
        "given_url": row.url,
        "resolved_url": "",
        "given_title": row.title,
        "favorite": "0",
        "status": {"unread": "0", "archive": "1"}[row.status],
        "time_added": row.added,
        "time_updated": _seconds(changed),
        "time_read": "0",
        "tags": {tag: {"tag": tag} for tag in row.tags.split("|")} if row.tags else [],
    }


def _shared_list(slug: str, items: list[dict[str, Any]]) -> bytes:
    document = {
        "slug": slug,
        "title": slug.capitalize(),
        "description": None,
        "createdAt": "2024-05-01",
        "items": items,
    }
    return json.dumps(document, indent=2).encode()


def _united(repeats: list[Bookmark]) -> Bookmark:
    repeats = sorted(repeats, key=lambda one: one.added or _MADE)
    return attrs.evolve(
        repeats[0],
        tags=tuple(tag for one in repeats for tag in one.tags),
        unread=any(one.unread for one in repeats),
    )
