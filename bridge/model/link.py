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
from bridge.model.operation import Values


class Side(enum.Enum):
    """One of the two accounts of a pair. migrate and forward read from the left and write to the right."""

    LEFT = "left"
    RIGHT = "right"

    @property
    def other(self) -> Side:
        """The other side."""
        return Side.RIGHT if self is Side.LEFT else Side.LEFT


@attrs.frozen
class Unlisted:
    """What we wrote to one side and no listing has shown yet.

    For the fields written: `here` is what that side held before, `there` the other side's base and `pairs` the link's
    pairs of then. `confirmed`: a look-up has shown the writes. A listing that still shows what was before is older than
    they are, or they were lost.
    """

    here: Values = attrs.field(factory=dict)
    there: Values = attrs.field(factory=dict)
    pairs: frozenset[tuple[str, str]] = frozenset()
    confirmed: bool = False


@attrs.frozen
class Folded:
    """What is folded at a side: the tag that stands for a favorite there, and whether highlights stand in the note."""

    favorite: str | None
    highlights: bool

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags that have a meaning of their own."""
        return () if self.favorite is None else (self.favorite,)


@attrs.frozen
class Half:
    """One side of a link: the ref and url there, and the base, each field in this side's own terms.

    `seen`: a listing or a look-up has shown the entry since we wrote it; `missed`: a whole listing has not, and nobody
    could be asked. `gone`: the entry was removed there, and stays so: a tombstone, whose base is what it was. `folded`
    is how the base was read, None where that was not kept.
    """

    ref: str
    url: str
    base: Mapping[Field, object] = attrs.field(factory=dict)
    seen: bool = True
    missed: bool = False
    gone: bool = False
    unlisted: Unlisted | None = None
    folded: Folded | None = None

    def shown(self, url: str) -> Half:
        """Return the side with its entry there, at this url."""
        return attrs.evolve(self, url=url, seen=True, missed=False, gone=False)


@attrs.frozen
class Trace:
    """A value that a run wrote to one field of one side, as text.

    `round` counts the runs of the pair. `held`: it was not written, since the field changes back and forth, while both
    sides showed what `shown` says.
    """

    round: int
    side: Side
    field: Field
    value: str
    held: bool = False
    shown: str = ""


@attrs.frozen
class Link:
    """Two entries that are one bookmark.

    `pairs` holds (left tag, right tag) as they were really written. `owed` holds (side, field) where that side has an
    older value that could not be delivered. `id` is the state's own number, None before it is stored. `carried` are the
    sides whose values have been carried to the other: a job in the other direction meets the pair for the first time.
    `trail` are the last writes of each field. `acted`: what was to follow at the source once its bookmark was saved has
    been done.
    """

    left: Half
    right: Half
    pairs: frozenset[tuple[str, str]] = frozenset()
    owed: frozenset[tuple[Side, Field]] = frozenset()
    id: int | None = None
    carried: frozenset[Side] = frozenset(Side)
    trail: tuple[Trace, ...] = ()
    acted: bool = False

    def half(self, side: Side) -> Half:
        """Return one side."""
        return self.left if side is Side.LEFT else self.right

    def with_half(self, side: Side, half: Half) -> Link:
        """Return the link with one side replaced."""
        return attrs.evolve(self, left=half) if side is Side.LEFT else attrs.evolve(self, right=half)

    def shown(self, left: str, right: str) -> Link:
        """Return the link with both entries there, at these urls."""
        return attrs.evolve(self, left=self.left.shown(left), right=self.right.shown(right))

    def turned(self) -> Link:
        """Return the link seen from the other account."""
        return Link(
            left=self.right,
            right=self.left,
            pairs=frozenset((right, left) for left, right in self.pairs),
            owed=frozenset((side.other, field) for side, field in self.owed),
            carried=frozenset(side.other for side in self.carried),
            trail=tuple(attrs.evolve(trace, side=trace.side.other) for trace in self.trail),
            id=self.id,
            acted=self.acted,
        )
