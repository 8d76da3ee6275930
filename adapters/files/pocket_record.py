"""What Pocket's relics say of a page, and how several of them make one bookmark; pure.

A *relic* is what is left of a Pocket account: an export zip, its loose parts, the old HTML, an API dump, highlights,
shared lists. Each says something of a page in a Record; `join` makes one bookmark of the records of one page:

    title         the dump's, whose titles are uncut; else the first there is
    tags          all of them
    added         the earliest
    unread        of the record that speaks for the latest time; else of the first that knows
    favorite      likewise (only dumps know)
    highlights    all quotes, each once, with a time if any record has one
    note          all of them, one after another (only shared lists have some)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import attrs

from bridge.model import url as urls
from bridge.model.adapter import Problem
from bridge.model.bookmark import Bookmark, Highlight
from bridge.model.receipt import Loss

CUTS = (75, 100)
"""How many characters of a title Pocket kept: 75 until 2024-08-29, 100 from the next day on."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND, _MILLISECOND = timedelta(seconds=1), timedelta(milliseconds=1)
_COUNT = re.compile(r"0*[1-9][0-9]{0,12}")
_MILLISECONDS = re.compile(r"[1-9][0-9]{12}")
_SHOWN = 60


@attrs.frozen
class Record:
    """What one relic says of one page. None and "" are what it does not say.

    `where` is its place ("part_000000.csv row 17"). `undated` is what stood where a date should. `as_of` is the time
    (UTC) for which its read state and favorite speak. `uncut`: its title was never shortened. `orphan` is why the
    record is a problem where no save has its page; "" for a record that is a save itself.
    """

    url: str
    where: str
    title: str = ""
    note: str = ""
    tags: tuple[str, ...] = ()
    added: datetime | None = None
    undated: str = ""
    unread: bool | None = None
    favorite: bool | None = None
    highlights: tuple[Highlight, ...] = ()
    as_of: datetime | None = None
    uncut: bool = False
    orphan: str = ""


@attrs.frozen
class Remark:
    """A sentence about a relic as a whole. With a `gap`, something of the account may be missing from it."""

    text: str
    gap: bool = False


Found: TypeAlias = Record | Problem | Loss | Remark
"""What reading a relic brings, one after another."""


def damage(where: str, last: str, error: Exception) -> Problem:
    """Return the problem of a relic that is damaged after its last record ("row 17")."""
    return Problem(
        where, f"It is damaged after {last}: {str(error) or 'it ends early'}; what stands before is read.", lost=True
    )


def join(records: Sequence[Record]) -> Bookmark:
    """Return the bookmark that the records of one page make together; the first gives the url."""
    by_title = sorted(records, key=lambda record: not record.uncut)
    unread = _latest(records, "unread")
    return Bookmark(
        url=records[0].url,
        title=next((record.title for record in by_title if record.title), ""),
        note="\n\n".join(dict.fromkeys(record.note for record in records if record.note)),
        tags=tuple(tag for record in records for tag in record.tags),
        added=min((record.added for record in records if record.added is not None), default=None),
        unread=unread if unread is not None else True,
        favorite=bool(_latest(records, "favorite")),
        highlights=_united(highlight for record in records for highlight in record.highlights),
    )


def _latest(records: Sequence[Record], field: str) -> bool | None:
    """Return what the latest record that knows a field says; where times are unknown, the first stands."""
    knowing = [record for record in records if getattr(record, field) is not None]
    if not knowing:
        return None
    best = knowing[0]
    for record in knowing[1:]:
        if best.as_of is not None and record.as_of is not None and record.as_of > best.as_of:
            best = record
    value: bool | None = getattr(best, field)
    return value


def _united(highlights: Iterable[Highlight]) -> tuple[Highlight, ...]:
    quotes: dict[str, Highlight] = {}
    for highlight in highlights:
        known = quotes.get(highlight.quote)
        if known is None or known.created is None:
            quotes[highlight.quote] = highlight
    return tuple(quotes.values())


class Shelf:
    """The records of one relic, found again by their page.

    The exact url comes first; what `url.key` calls the same page comes with it.
    """

    def __init__(self) -> None:
        self._by_key: dict[str, list[Record]] = {}
        self._taken: set[str] = set()

    def add(self, record: Record) -> None:
        """Keep a record."""
        self._by_key.setdefault(urls.key(record.url), []).append(record)

    def take(self, url: str) -> list[Record]:
        """Return the records of this page, which are then no longer left."""
        key = urls.key(url)
        records = self._by_key.get(key, [])
        if records:
            self._taken.add(key)
        return sorted(records, key=lambda record: record.url != url)

    def left(self) -> Iterator[Record]:
        """Yield the records that nobody took."""
        for key, records in self._by_key.items():
            if key not in self._taken:
                yield from records

    def taken(self) -> int:
        """Return how many records were taken."""
        return sum(len(self._by_key[key]) for key in self._taken)


def moment(text: str) -> datetime | None:
    """Return the time that a count of seconds since 1970 (UTC) names; None for 0 and for all that is no such count.

    A count of 13 digits is one of milliseconds: in seconds, it would be after the year 9999.
    """
    text = text.strip()
    if not _COUNT.fullmatch(text):
        return None
    try:
        return _EPOCH + int(text) * (_MILLISECOND if _MILLISECONDS.fullmatch(text) else _SECOND)
    except OverflowError:
        return None


def no_date(text: str, where: str) -> str:
    """Return how a date that is none is shown: "'yesterday' (part_000000.csv row 17)"."""
    return f"{text[:_SHOWN]!r} ({where})"


def real_title(title: str, url: str) -> str:
    """Return the title without the blanks around it, or "" where Pocket put the url, whole or cut, in its place."""
    trimmed = title.strip()
    if trimmed == url.strip() or (len(title) in CUTS and url.startswith(title)):
        return ""
    return trimmed


def count(number: int, thing: str, things: str = "") -> str:
    """Return "1 row" or "2,311 rows"."""
    return f"{number:,} {thing if number == 1 else things or thing + 's'}"
