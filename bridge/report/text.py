"""Words and numbers as a person reads them, on every page and in every line."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

import attrs

from bridge.model.receipt import Written

LONGEST = 200
"""How many characters of a value stand where not everything is shown."""

TO_DO: Mapping[str, str] = MappingProxyType({"added": "to add", "merged": "to merge", "removed": "to remove"})
"""What a count of writes is called as long as they are only planned."""

BOTH_WAYS = frozenset({"mirror", "undo"})
"""Kinds of runs that may write to either account."""


def shortened(text: str, most: int = LONGEST) -> str:
    """Return a text cut to its first characters, which says how many more there are, if that is shorter at all."""
    cut = f"{text[:most]}... ({len(text) - most:,} more characters)"
    return min(text, cut, key=len)


def guess(given: str, known: Iterable[str]) -> str:
    """Return "Did you mean migrate?" for a name that is close to one or two of those known, "" for any other."""
    close = difflib.get_close_matches(given, known, n=2)
    return f"Did you mean {' or '.join(close)}?" if close else ""


def count(number: int, thing: str) -> str:
    """Return "1 bookmark", "12,000 bookmarks"."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def duration(seconds: float) -> str:
    """Return a length of time as people say it, in at most two units: "50 ms", "3 s", "4 min 30 s", "1 h 56 min"."""
    if 0 < seconds < 0.9995:
        return f"{max(1, round(seconds * 1000))} ms"
    if seconds < 59.95:
        return f"{round(seconds, 1):g} s"
    if round(seconds) < 600:
        return _units(round(seconds), 60, "min", "s")
    if round(seconds / 60) < 24 * 60:
        return _units(round(seconds / 60), 60, "h", "min")
    return _units(round(seconds / 3600), 24, "d", "h")


def estimate_sentence(*, add: int, merge: int = 0, remove: int = 0, seconds: float, gap: float | None = None) -> str:
    """Return what is to be written and how long it takes: "2,311 to add at one every 3 s: about 1 h 56 min".

    `gap` is the time from one call to the next, in seconds like `seconds`; None or 0 is not spoken of.
    """
    parts = to_write(Written(add, merge, remove))
    if not parts:
        return "Nothing to write."
    pace = f" at one {'' if add and len(parts) == 1 else 'call '}every {duration(gap)}" if gap else ""
    time = f"about {duration(seconds)}" if seconds >= 1 else "less than 1 s"
    return f"{listed(parts)}{pace}: {time}"


def to_write(written: Written) -> list[str]:
    """Return what is still to be written: "3 to add", "1 to remove"."""
    return [f"{number:,} {TO_DO[kind]}" for kind, number in attrs.asdict(written).items() if number]


def listed(parts: Sequence[str]) -> str:
    """Return "a", "a and b", "a, b and c"."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def _units(whole: int, base: int, large: str, small: str) -> str:
    most, rest = divmod(whole, base)
    return " ".join(f"{number} {unit}" for number, unit in ((most, large), (rest, small)) if number)
