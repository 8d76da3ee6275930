"""The rows of a CSV, also of one that a spreadsheet saved again, or in which a quote never closes.

Such a quote would make one row of all that follows it, down to the next quote or to the end of the file. Here it costs
its own line alone: the lines after it are given back and read again, so no line is read more than `MOST_LINES` times.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections import deque
from collections.abc import Iterator

import attrs

from adapters.files.pocket_zip import DAMAGE

MOST_LINES = 128
"""How many lines one row may have. Only titles hold newlines, and Pocket cut them at 100 characters."""
LONGEST_FIELD = 1 << 20
"""Characters of one field. Python's own limit is 131,072, and there are saves with longer urls (data:)."""

COLUMNS = frozenset({"title", "url", "time_added", "cursor", "tags", "status"})
"""What Pocket wrote; spreadsheets and people may spell it in other cases."""
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
"""What a text begins with that a spreadsheet saved as "Unicode"."""

_DELIMITERS = ",;\t"


@attrs.frozen
class Shape:
    """How a CSV is written: its encoding, what becomes of bytes that are none, what parts its columns, their names."""

    encoding: str
    errors: str
    delimiter: str
    columns: tuple[str, ...]


def shape(start: bytes) -> Shape:
    """Tell how a CSV that begins so is written; of the delimiters, the one that shows most of Pocket's columns."""
    # Bytes that are no UTF-8 become surrogates, so that each row can tell.
    encoding, errors = ("utf-16", "replace") if start.startswith(UTF_16) else ("utf-8-sig", "surrogateescape")
    text = start.decode(encoding, "replace").lstrip()
    seen = ((delimiter, _header(text, delimiter)) for delimiter in _DELIMITERS)
    delimiter, columns = max(seen, key=lambda one: len(COLUMNS.intersection(one[1])))
    return Shape(encoding, errors, delimiter, columns)


def _header(text: str, delimiter: str) -> tuple[str, ...]:
    return names(next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), []))


def names(header: list[str]) -> tuple[str, ...]:
    """Return the columns that a header names, in lower case and without the blanks around them."""
    return tuple(column.strip().lower() for column in header)


@attrs.frozen
class BrokenLine:
    """A line that is no row, and why."""

    text: str
    why: str


def rows(text: Iterator[str], delimiter: str) -> Iterator[tuple[int, list[str] | BrokenLine]]:
    """Yield the rows that hold anything, with their numbers; the first one is the header, and says how wide rows are.

    `text` yields lines with their ends. Empty cells behind the last column are left out. Where a row of several lines
    is not as wide as the header, or its quotes do not close before a delimiter, its first line is a BrokenLine and its
    second one the next row. A row of one line comes as wide as it is. If `text` ends in DAMAGE, all lines before it are
    read, and then it is raised.
    """
    _allow_long_fields()
    lines = _Lines(text)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    number = width = 0
    while True:
        number += 1
        lines.taken.clear()
        try:
            row = _trimmed(next(reader), width)
            closed = len(lines.taken) == 1 or len(row) == width or not width
        except StopIteration:
            break
        except csv.Error:
            row, closed = _alone(lines.taken[0], delimiter, width)
        if not closed:
            yield number, BrokenLine(lines.taken[0], _why(lines.taken[0]))
            lines.give_back()
        elif any(map(str.strip, row)):
            width = width or len(row)
            yield number, row
    if lines.damage is not None:
        raise lines.damage


class _Lines:
    """The lines of a text, at most MOST_LINES for one row; those `taken` can be given back, all but the first."""

    def __init__(self, text: Iterator[str]) -> None:
        self.taken: list[str] = []
        self.damage: Exception | None = None
        self._text = text
        self._given_back: deque[str] = deque()

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if len(self.taken) == MOST_LINES or (self.damage is not None and not self._given_back):
            raise StopIteration
        try:
            line = self._given_back.popleft() if self._given_back else next(self._text)
        except DAMAGE as error:
            self.damage = error
            raise StopIteration from None
        self.taken.append(line)
        return line

    def give_back(self) -> None:
        """Let all lines but the first come again."""
        self._given_back.extendleft(reversed(self.taken[1:]))


def _allow_long_fields() -> None:
    """Raise the limit that the csv module keeps for the whole process; nobody needs it lower."""
    if csv.field_size_limit() < LONGEST_FIELD:
        csv.field_size_limit(LONGEST_FIELD)


def _alone(line: str, delimiter: str, width: int) -> tuple[list[str], bool]:
    """Return what a line says by itself where text after a closing quote is let pass, and whether it ends its row."""
    reader = csv.reader((line, "\n"), delimiter=delimiter)
    try:
        row = next(reader)
    except csv.Error:
        return [], False
    return _trimmed(row, width), reader.line_num == 1


def _trimmed(row: list[str], width: int) -> list[str]:
    """Return the row without the empty cells that spreadsheets put behind the last column."""
    while len(row) > width and not row[-1]:
        row.pop()
    return row


def _why(line: str) -> str:
    if len(line) > LONGEST_FIELD:
        return f"The line holds more than {LONGEST_FIELD:,} characters in one field."
    return "A quote in it never closes; it is given up alone, and the next line is read as a row of its own."
