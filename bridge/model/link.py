"""The link: two entries of two accounts that are the same bookmark, and what each held when they last agreed.

The base is kept per side and per field, each side in its own terms, so that a title cut at the target or a tag spelt
differently there is never read as an edit. A field without a base was never agreed on: its next meeting is a first
contact of that field, whatever the other fields are.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping

import attrs

from bridge.model.bookmark import Field


class Side(enum.Enum):
    """One of the two accounts of a pair. migrate and forward read from the left and write to the right."""

    LEFT = "left"
    RIGHT = "right"

    @property
    def other(self) -> Side:
        """The other side."""
        return Side.RIGHT if self is Side.LEFT else Side.LEFT


@attrs.frozen
class Half:
    """One side of a link: the ref and url there, and the base, each field in this side's own terms.

    `seen`: a listing or a look-up has shown the entry since we wrote it.
    """

    ref: str
    url: str
    base: Mapping[Field, object] = attrs.field(factory=dict)
    seen: bool = True


@attrs.frozen
class Link:
    """Two entries that are one bookmark.

    `pairs` holds (left tag, right tag) as they were really written. `owed` holds (side, field) where that side has an
    older value that could not be delivered. `id` is the state's own number, None before it is stored. `carried` are the
    sides whose values have been carried to the other: a job in the other direction meets the pair for the first time.
    """

    left: Half
    right: Half
    pairs: frozenset[tuple[str, str]] = frozenset()
    owed: frozenset[tuple[Side, Field]] = frozenset()
    id: int | None = None
    carried: frozenset[Side] = frozenset(Side)

    def half(self, side: Side) -> Half:
        """Return one side."""
        return self.left if side is Side.LEFT else self.right

    def with_half(self, side: Side, half: Half) -> Link:
        """Return the link with one side replaced."""
        return attrs.evolve(self, left=half) if side is Side.LEFT else attrs.evolve(self, right=half)

    def turned(self) -> Link:
        """Return the link seen from the other account."""
        return Link(
            left=self.right,
            right=self.left,
            pairs=frozenset((right, left) for left, right in self.pairs),
            owed=frozenset((side.other, field) for side, field in self.owed),
            carried=frozenset(side.other for side in self.carried),
            id=self.id,
        )
