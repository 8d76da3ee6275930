"""What a plan is made from: what both accounts show, and the links between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs

from bridge.model.bookmark import Entry
from bridge.model.link import Link, Side


@attrs.frozen
class View:
    """What one account shows.

    `unreadable` are url keys of records that could not be read, and `broken` the refs of such: they count as present.
    `damaged`: the account could not be read whole, so what it lacks is unknown and not removed; nothing that is linked
    is changed. `reported` are refs that the service itself has said to be removed. `twins` gives for refs of this
    account that the other keeps as other bookmarks the refs of those. `looked` is what a look-up has told since the
    listing, by the ref that was asked for: None where there is nothing.
    """

    entries: Sequence[Entry]
    unreadable: frozenset[str] = frozenset()
    broken: frozenset[str] = frozenset()
    damaged: bool = False
    reported: frozenset[str] = frozenset()
    twins: Mapping[str, str] = attrs.field(factory=dict)
    looked: Mapping[str, Entry | None] = attrs.field(factory=dict)


@attrs.frozen
class Sides:
    """Both accounts, and the links of the pair. `round` counts the runs of the pair, this one included."""

    left: View
    right: View
    links: Sequence[Link] = ()
    round: int = 1

    def view(self, side: Side) -> View:
        """Return what one account shows."""
        return self.left if side is Side.LEFT else self.right

    def turned(self) -> Sides:
        """Return the same, seen from the other account."""
        return Sides(self.right, self.left, tuple(link.turned() for link in self.links), self.round)
