"""The CSV parts of a Pocket export: columns by name, one save a row.

Recorded from real exports: `title,url,time_added,tags,status`, in the first weeks with `cursor` before `tags`, still
earlier without `status`; 10,000 rows in each part; tags joined by a bar; titles with newlines; urls as they were given.
Rows are numbered as a spreadsheet numbers them: the header is row 1. What spreadsheets make of an export is read, too:
other delimiters, UTF-16, names and status in other cases, seconds with decimals or with their digits in threes.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from datetime import datetime

from adapters.files.pocket_find import Relic
from adapters.files.pocket_record import CUTS, Found, Record, Remark, count, damage, moment, no_date, real_title
from adapters.files.pocket_rows import COLUMNS, BrokenLine, names, rows, shape
from adapters.files.pocket_zip import DAMAGE, Source, head
from bridge.model import reasons
from bridge.model import url as urls
from bridge.model.adapter import Problem
from bridge.model.receipt import Loss

ROWS_OF_A_PART = 10_000
LONGEST_TAGS = 1_020
"""Bytes from which a field of tags is perhaps cut: MySQL joined them, by default to 1,024 bytes."""

_STATUS = {"unread": True, "archive": False}
_UNDECODED = re.compile("[\udc80-\udcff]")
_SHOWN = 60

_DECIMAL = re.compile(r"([0-9]{4,})[.,]0+")
_GROUPED = re.compile(
    r"(?P<whole>[0-9]{1,3}(?P<sign>[., '\u00a0\u202f])[0-9]{3}(?:(?P=sign)[0-9]{3})+)(?:(?!(?P=sign))[.,]0+)?"
)
"""Three digits at a time, and at least twice: "1,400" might be a number with a decimal comma."""


def read(relic: Relic) -> Iterator[Found]:
    """Yield the rows of all parts, then remarks on the export as a whole."""
    notes = _Notes()
    for source in relic.sources:
        yield from _part(source, notes)
    yield from notes.remarks(relic.name)


class _Notes:
    """What is worth one remark for a whole export."""

    def __init__(self) -> None:
        self.unknown: dict[str, None] = {}
        self.cut = 0
        self.lost = 0
        self.without_status = 0
        self.rows = 0

    def remarks(self, name: str) -> Iterator[Remark]:
        """Yield the remarks on the export of this name."""
        if self.unknown:
            yield Remark(f"{name} has unknown columns, which are ignored: {', '.join(self.unknown)}.")
        if self.without_status:
            rows = count(self.without_status, "row")
            yield Remark(f"{name}: {rows} without a column 'status'; what no other file knows better is unread.")
        if self.cut:
            titles = count(self.cut, "title")
            yield Remark(f"{name}: {titles} of exactly 75 or 100 characters, perhaps cut by Pocket.")
        if self.lost:
            yield Remark(f"{name}: {count(self.lost, 'row')} with a character that Pocket itself had lost (U+FFFD).")
        if self.rows >= ROWS_OF_A_PART:
            yield Remark(f"The last part of {name} is full, so another one may have followed it.", gap=True)


def _part(source: Source, notes: _Notes) -> Iterator[Found]:
    notes.rows = number = 0
    columns: tuple[str, ...] = ()
    written = shape(head(source))
    try:
        with (
            source.open() as stream,
            # `newline=""` keeps newlines in titles.
            io.TextIOWrapper(stream, written.encoding, errors=written.errors, newline="") as text,
        ):
            for number, row in rows(text, written.delimiter):
                if isinstance(row, BrokenLine):
                    url = _url_of(row.text.split(written.delimiter), columns)
                    yield Problem(f"{source.name} row {number}", row.why, url=url)
                elif not columns:
                    columns = names(row)
                    notes.unknown.update(dict.fromkeys(column for column in columns if column not in COLUMNS))
                else:
                    yield from _row(columns, row, f"{source.name} row {number}", source.made, notes)
    except DAMAGE as error:
        yield damage(source.name, f"row {max(number, 1)}", error)


def _row(columns: tuple[str, ...], row: list[str], where: str, made: datetime | None, notes: _Notes) -> Iterator[Found]:
    raw = dict(zip(columns, row, strict=False))
    fields = {column: _decoded(text) for column, text in raw.items()}
    url = fields.get("url", "")
    if len(row) != len(columns):
        # After a lost quote the columns are shifted, and what stands under `url` may be anything.
        known = url if urls.scheme(url) else None
        yield Problem(where, f"The row has {count(len(row), 'field')} where the header has {len(columns)}.", url=known)
        return
    notes.rows += 1
    found = record(fields, where, made)
    yield found
    if isinstance(found, Record):
        notes.cut += bool(found.title) and len(fields["title"]) in CUTS
        notes.lost += "\N{REPLACEMENT CHARACTER}" in "".join(row)
        notes.without_status += found.unread is None
        if len(fields.get("tags", "").encode()) >= LONGEST_TAGS:
            kept = count(len(found.tags), "tag")
            yield Loss(url, "tags", f"tags that Pocket perhaps cut at 1,024 bytes ({where})", kept, reasons.CUT_BEFORE)
        for column in ("url", "title", "tags"):
            if fields.get(column) != raw.get(column):
                undecoded = f"text whose bytes are not UTF-8 ({where})"
                yield Loss(url, column, undecoded, fields[column], reasons.NOT_UTF8)


def _url_of(cells: list[str], columns: tuple[str, ...]) -> str | None:
    """Return the url of a line with a broken quote, if nothing else is wrong with its cells."""
    url = _decoded(dict(zip(columns, cells, strict=False)).get("url", "")).strip('"\r\n')
    return url if len(cells) == len(columns) and urls.scheme(url) else None


def _decoded(text: str) -> str:
    """Return the text with U+FFFD in place of bytes that are no UTF-8."""
    if text.isascii() or not _UNDECODED.search(text):
        return text
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def record(fields: Mapping[str, str], where: str, made: datetime | None) -> Record | Problem:
    """Return what a row says; a row without a url, or with a status that Pocket never wrote, is a problem."""
    url = fields["url"]
    if not url.strip():
        title = fields.get("title", "").strip()
        return Problem(where, f"The row has no url; its title is {title[:_SHOWN]!r}.")
    status = fields.get("status")
    if status is not None and status.strip().lower() not in _STATUS:
        return Problem(where, f"Its status is {status[:_SHOWN]!r}, neither 'unread' nor 'archive'.", url=url)
    added = fields["time_added"]
    return Record(
        url=url,
        where=where,
        title=real_title(fields.get("title", ""), url),
        tags=_tags(fields),
        added=moment(plain_number(added)),
        undated=no_date(added, where),
        unread=None if status is None else _STATUS[status.strip().lower()],
        as_of=made,
    )


def _tags(fields: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(tag for raw in fields.get("tags", "").split("|") if (tag := raw.strip()))


def plain_number(text: str) -> str:
    """Return the digits of a whole number as spreadsheets show it ("1400000000.0", "1,400,000,000"), else the text."""
    text = text.strip()
    if decimal := _DECIMAL.fullmatch(text):
        return decimal[1]
    if grouped := _GROUPED.fullmatch(text):
        return grouped["whole"].replace(grouped["sign"], "")
    return text
