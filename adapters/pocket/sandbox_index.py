"""An order that is kept: item_ids by a time, so that no listing sorts a hundred thousand items."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable


class Index:
    """item_ids by time in ascending order; those of the same time by their number."""

    def __init__(self, entries: Iterable[tuple[int, str]] = ()) -> None:
        self._keys = sorted((time, len(item_id), item_id) for time, item_id in entries)

    def insert(self, time: int, item_id: str) -> None:
        """Add an item_id."""
        insort(self._keys, _key(time, item_id))

    def remove(self, time: int, item_id: str) -> None:
        """Take out an item_id, which must be there under this time."""
        del self._keys[bisect_left(self._keys, _key(time, item_id))]

    def after(self, time: int | None) -> list[str]:
        """Return the item_ids of a later time than this, all of them if it is None."""
        start = 0 if time is None else bisect_right(self._keys, time, key=lambda key: key[0])
        return [key[2] for key in self._keys[start:]]


def _key(time: int, item_id: str) -> tuple[int, int, str]:
    return time, len(item_id), item_id
