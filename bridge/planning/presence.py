"""What stands on either side of a pair, and which entries belong to which links; pure.

A link's side is *there*, *broken* (its record cannot be read), or *absent*. What a listing shows is there, but for what
a look-up has told since; what was removed before is there again only if a look-up shows it, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from bridge.model import url as urls
from bridge.model.bookmark import Entry
from bridge.model.capabilities import Absence
from bridge.model.link import Link, Side
from bridge.planning import listing
from bridge.planning.guards import Outlook
from bridge.planning.joint import Joiner
from bridge.planning.planner import NO_DATE
from bridge.planning.policy import MirrorPolicy
from bridge.planning.sides import Sides


class Presence:
    """The entries of both sides, by ref and by url key.

    `there` are the entries of each side by ref, `linked` the refs that belong to links, and `keys` the entries by url
    key, the earliest first. `free` are those of them that belong to no link; a planner takes what it has planned out of
    it.
    """

    def __init__(self, sides: Sides, policy: MirrorPolicy) -> None:
        self.sides = sides
        self._policy = policy
        self._stale = {side: {entry.ref for entry in sides.view(side).stale} for side in Side}
        self.there = {side: listing.there(sides.view(side)) for side in Side}
        self.linked = {side: {link.half(side).ref for link in sides.links} for side in Side}
        self._counterparts = {
            side: {link.half(side).ref: link.half(side.other).ref for link in sides.links} for side in Side
        }
        self.keys = {side: _by_key(self.there[side].values()) for side in Side}
        self.free = {
            side: _by_key(entry for ref, entry in self.there[side].items() if ref not in self.linked[side])
            for side in Side
        }

    def entry(self, link: Link, side: Side) -> Entry | None:
        """Return the entry of a link's side if it is there."""
        half, view = link.half(side), self.sides.view(side)
        doubtful = half.gone and self._policy.capabilities(side).single and half.ref not in view.looked
        return None if doubtful else self.there[side].get(half.ref)

    def missing(self, link: Link) -> int:
        """Return on how many sides of a link there is nothing."""
        return sum(self.entry(link, side) is None for side in Side)

    def dead(self, link: Link) -> bool:
        """Tell whether a link is a tombstone of both sides, and neither has come back."""
        return all(link.half(side).gone and self.entry(link, side) is None for side in Side)

    def broken(self, link: Link, side: Side) -> bool:
        """Tell whether the record of a link's side cannot be read."""
        half, view = link.half(side), self.sides.view(side)
        return half.ref in self._stale[side] or urls.key(half.url) in view.unreadable

    def moved(self, link: Link, entry: Entry, side: Side) -> list[Entry]:
        """Return the free entries of a side that have a url key of the link; `entry` is that of its other side."""
        keys = (urls.key(link.half(side).url), urls.key(entry.bookmark.url))
        return next((group for key in keys if (group := self.free[side].get(key))), [])

    def holds(self, link: Link, entry: Entry, side: Side) -> bool:
        """Tell whether a side has any entry with a url key of the link; `entry` is that of its other side."""
        return any(self.keys[side].get(urls.key(url)) for url in (link.half(side).url, entry.bookmark.url))

    def link(self, left: Entry, right: Entry) -> None:
        """Take two entries as linked."""
        for side, here, there in ((Side.LEFT, left, right), (Side.RIGHT, right, left)):
            self.linked[side].add(here.ref)
            self._counterparts[side][here.ref] = there.ref

    def counterpart(self, side: Side, ref: str) -> str:
        """Return the ref that a linked entry of a side has at the other."""
        return self._counterparts[side][ref]

    def standing(self, side: Side, key: str) -> Entry | None:
        """Return the linked entry that stands for a url key on a side."""
        return next((entry for entry in self.keys[side].get(key, ()) if entry.ref in self.linked[side]), None)

    def wonders(self, link: Link, side: Side) -> bool:
        """Tell whether a link's entry is absent in a way that has to be looked into."""
        half, other = link.half(side), self.entry(link, side.other)
        if half.gone or half.ref in self.there[side] or other is None:
            return False
        if self.broken(link, side) or self.moved(link, other, side):
            return False
        tells = self._policy.capabilities(side).absence is Absence.REMOVED
        removed = tells or half.ref in self.sides.view(side).reported
        lost = not half.seen and half.ref not in self.sides.view(side).reported
        return lost or (self._policy.removes and removed and side.other in self._policy.ways)

    def doubted(self, link: Link) -> Iterator[tuple[Side, Entry]]:
        """Yield what has to be looked up before a link can be planned.

        What is absent, and with it the entry that would be removed or sent again; what has come back from a removal;
        and what a listing shows as it was before our last write.
        """
        for side in Side:
            half, entry = link.half(side), self.there[side].get(link.half(side).ref)
            if entry is None:
                if self.wonders(link, side):
                    yield side, listing.sought(half)
                    if (other := self.entry(link, side.other)) is not None and half.seen:
                        yield side.other, other
            elif half.gone or self._contradicted(link, side, entry):
                yield side, entry

    def suspected(self, link: Link) -> Iterator[tuple[Side, Entry]]:
        """Yield the entry of a link that would be removed if its other side is gone indeed."""
        for side in Side:
            entry = self.entry(link, side.other)
            if entry is not None and link.half(side).seen and self.wonders(link, side):
                yield side.other, entry

    def outlook(self, side: Side, links: Sequence[Link], leaving: Iterable[Entry], joiner: Joiner) -> Outlook:
        """Return what is about to be believed of a side; of `links` nothing was gone before."""
        seen, view = [link for link in links if link.half(side).seen], self.sides.view(side)
        carried = side.other in self._policy.ways
        lacking, changed = {}, {}
        tells = self._policy.capabilities(side).absence is Absence.REMOVED
        for link in seen:
            half, entry = link.half(side), self.there[side].get(link.half(side).ref)
            absent = entry is None and tells and not self.broken(link, side)
            if absent and urls.key(half.url) not in self.keys[side]:
                lacking[half.ref] = half.url
            elif entry is not None and carried and view.shows(half.ref) and joiner.has_changed(side, entry, link):
                changed[half.ref] = half.url
        left = {entry.ref: entry.bookmark.url for entry in leaving}
        return Outlook(self._policy.name(side), len(seen), lacking, left, changed)

    def _contradicted(self, link: Link, side: Side, entry: Entry) -> bool:
        """Tell whether a listing, whoever asked for it, has shown an entry as it was before our last write to it."""
        return bool(listing.contradicted(link.half(side), self._policy.lift(side, entry.bookmark)))


def _by_key(entries: Iterable[Entry]) -> Mapping[str, list[Entry]]:
    found: dict[str, list[Entry]] = {}
    for entry in sorted(entries, key=lambda entry: (entry.bookmark.added or NO_DATE, entry.ref)):
        found.setdefault(urls.key(entry.bookmark.url), []).append(entry)
    return found
