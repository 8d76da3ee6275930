"""On which line of a TOML text something stands, as its own parser proves it.

No parser of TOML for Python tells lines. But a text that is cut off where a statement ends is TOML again, with the keys
of the statements so far: so the first cut that has a key is behind the statement that brought it. Inside of a statement
that takes several lines a cut is closed, as in `tags = ["a",` and `]`, and asked in the same way.
"""

from __future__ import annotations

import bisect
import tomllib
from functools import cached_property
from typing import Any

_CLOSINGS = ("", "\n]", "\n]}", "\n]]", '"""', "'''", '"""}', "'''}", '"""]', "''']")
"""What ends a statement that was cut: lists, a list in a table or in a list, and texts of several lines.

At one cut no more than one of them can: it depends on what is open there.
"""

_LAST = ("]", '"""', "'''")
"""What stands on the last line of a statement that takes several."""

_PATIENCE = 2_000_000
"""Characters that are parsed, about two seconds' worth: a person who waits for a fault would rather have it."""


class _Unknown(Exception):  # noqa: N818 - nothing is wrong
    """No closing fits a cut, or the search has used up its time."""


class Lines:
    """The lines of a text that is TOML as a whole; of any other, and of an empty one, none is known."""

    def __init__(self, text: str) -> None:
        self._lines = text.replace("\r\n", "\n").split("\n")  # as the parser has it
        self._left = _PATIENCE
        self._whole = _parsed(text) if text else None
        self._cuts: dict[tuple[int, str], dict[str, Any] | None] = {}

    def of(self, where: tuple[str | int, ...]) -> int | None:
        """Return the line, from 1, on which a place begins; what is missing there would belong to the table around it.

        None if that cannot be told for certain, or takes too long.
        """
        if self._whole is None:
            return None
        try:
            return self._found(self._whole, where)
        except _Unknown:
            return None

    def _found(self, whole: dict[str, Any], where: tuple[str | int, ...]) -> int | None:
        there = next((where[:length] for length in range(len(where), 0, -1) if _has(whole, where[:length])), None)
        if there is None:
            return None
        ends = self._ends
        after = bisect.bisect_left(range(len(ends)), True, key=lambda index: self._brings(ends[index], there))
        return self._within(ends[after - 1] + 1, ends[after], there)

    @cached_property
    def _ends(self) -> list[int]:
        """How many lines there are up to each end of a statement, and 0.

        Cut within a statement, no text is TOML; so what is TOML by itself from one end on goes to another. A statement
        that takes several lines ends on one that closes something.
        """
        ends = [0]
        for number, line in enumerate(self._lines, 1):
            first = number == ends[-1] + 1
            if (first or any(sign in line for sign in _LAST)) and self._parsed(ends[-1], number) is not None:
                ends.append(number)
        return ends

    def _brings(self, cut: int, where: tuple[str | int, ...]) -> bool:
        return _has(self._cut(cut), where)

    def _within(self, first: int, last: int, where: tuple[str | int, ...]) -> int:
        """Return the line of a statement on which a place begins."""
        return first + bisect.bisect_left(range(first, last), True, key=lambda number: self._shows(number, where))

    def _shows(self, cut: int, where: tuple[str | int, ...]) -> bool:
        """Tell whether a place has begun before a cut within a statement."""
        cuts = (self._cut(cut, closing) for closing in _CLOSINGS)
        closed = next((tables for tables in cuts if tables is not None), None)
        if closed is None:
            raise _Unknown
        return _has(closed, where)

    def _cut(self, cut: int, closing: str = "") -> dict[str, Any] | None:
        if (cut, closing) not in self._cuts:
            self._cuts[cut, closing] = self._parsed(0, cut, closing)
        return self._cuts[cut, closing]

    def _parsed(self, first: int, last: int, closing: str = "") -> dict[str, Any] | None:
        text = "\n".join(self._lines[first:last]) + closing
        self._left -= len(text)
        if self._left < 0:
            raise _Unknown
        return _parsed(text)


def _parsed(text: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError):
        return None


def _has(tables: Any, where: tuple[str | int, ...]) -> bool:
    found = tables
    for step in where:
        if isinstance(step, int):
            if not isinstance(found, list) or not step < len(found):
                return False
        elif not isinstance(found, dict) or step not in found:
            return False
        found = found[step]
    return True
