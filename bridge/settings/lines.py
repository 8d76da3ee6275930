"""On which line of a TOML text something stands, as its own parser proves it.

No parser of TOML for Python tells lines. But a text that is cut off where a statement ends is TOML again, with the keys
of the statements so far: so the first cut that has a key is behind the statement that brought it. Inside of a statement
that takes several lines a cut is closed, as in `tags = ["a",` and `]`, and asked in the same way.
"""

from __future__ import annotations

import bisect
import tomllib
from typing import Any

_CLOSINGS = ("", "\n]", "\n]}", "\n]]", '"""', "'''", '"""}', "'''}", '"""]', "''']")
"""What ends a statement that was cut: lists, a list in a table or in a list, and texts of several lines."""


class Lines:
    """The lines of a text that is TOML as a whole; of any other, and of an empty one, none is known."""

    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")
        self._whole = _parsed(text) if text else None
        self._cuts: dict[tuple[int, str], dict[str, Any] | None] = {}

    def of(self, where: tuple[str | int, ...]) -> int | None:
        """Return the line, from 1, on which a place begins; what is missing there would belong to the table around it.

        None if that cannot be told for certain.
        """
        if self._whole is None:
            return None
        there = next((where[:length] for length in range(len(where), 0, -1) if _has(self._whole, where[:length])), None)
        if there is None:
            return None
        last = bisect.bisect_left(range(len(self._lines) + 1), True, key=lambda cut: self._brings(cut, there))
        first = 1 + self._ended(last - 1)[0]
        return self._within(first, last, there)

    def _brings(self, cut: int, where: tuple[str | int, ...]) -> bool:
        return _has(self._ended(cut)[1], where)

    def _ended(self, cut: int) -> tuple[int, dict[str, Any]]:
        """Return how many lines the statements take that have ended on one of the first `cut`, and what they say."""
        while (tables := self._cut(cut)) is None:
            cut -= 1
        return cut, tables

    def _within(self, first: int, last: int, where: tuple[str | int, ...]) -> int | None:
        """Return the line of a statement on which a place begins."""
        for number in range(first, last):
            closed = [tables for closing in _CLOSINGS if (tables := self._cut(number, closing)) is not None]
            if not closed:
                return None
            if any(_has(tables, where) for tables in closed):
                return number
        return last

    def _cut(self, cut: int, closing: str = "") -> dict[str, Any] | None:
        if (cut, closing) not in self._cuts:
            self._cuts[cut, closing] = _parsed("\n".join(self._lines[:cut]) + closing)
        return self._cuts[cut, closing]


def _parsed(text: str) -> dict[str, Any] | None:
    try:
        # As files have it: a carriage return before a cut would stand alone.
        return tomllib.loads(text.removesuffix("\r"))
    except tomllib.TOMLDecodeError:
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
