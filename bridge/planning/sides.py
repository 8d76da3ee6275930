"""What a plan is made from: what both accounts show, and the links between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs

from bridge.model.bookmark import Entry
from bridge.model.link import Link, Side


@attrs.frozen
class View:
    """What one account shows.

    `stale` are entries whose records could not be read, as they were before, and `unreadable` the url keys of such
    records: they count as present. `listed` are the refs that the last pull has shown, None for a whole listing; others
    are as they were, or as we wrote them. `damaged`: the account could not be read whole, so what it lacks is unknown
    and not removed; nothing that is linked is changed. `reported` are refs that the service itself has said to be
    removed. `twins` gives for refs of this account that the other keeps as other bookmarks the refs of those. `looked`
    is what a look-up has told since the listing, by the ref that was asked for: None where there is nothing.
    """

    entries: Sequence[Entry]
    stale: Sequence[Entry] = ()
    unreadable: frozenset[str] = frozenset()
    listed: frozenset[str] | None = None
    damaged: bool = False
    reported: frozenset[str] = frozenset()
    twins: Mapping[str, str] = attrs.field(factory=dict)
    looked: Mapping[str, Entry | None] = attrs.field(factory=dict)

    @property
    def whole(self) -> bool:
        """Whether the last pull has shown all that there is."""
        return self.listed is None

    def shows(self, ref: str) -> bool:
        """Tell whether an entry is as the service just showed it."""
        return self.listed is None or ref in self.listed or ref in self.looked


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
