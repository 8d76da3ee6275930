"""Plans a mirror: what both accounts changed since they last agreed, carried over to the other; pure.

Each bookmark meets one row of this table. A link's side is *there*, *broken* (its record cannot be read), or *absent*;
the link has two url keys, one of each side.

    both there                                    merged by change (joint.py); first contact where one was re-created
    one there, the other broken                   skipped
    one there, the other absent:
        a free entry over there has a key of it   first contact with that one: the link moves there
        removed there in an earlier run           skipped: it stays removed
        our Add has never been seen               nobody could be asked, and this is the first listing: held; else Add
        the account says nothing of removals      skipped; but Add where nothing is ever carried from there
        removals do not travel                    skipped, and stays so (a tombstone)
        nothing proves the removal                held
        edited here since                         Add: the edit wins
        another entry there has a key of it       skipped, and stays so
        this account cannot remove                skipped, and stays so
        else                                      Remove
    none there                                    a tombstone; its keys mean nothing any more
    an entry that comes back to a tombstone       as if it were new, if a look-up shows it, too
    no link, the same url key on both sides       first contact
    no link, the key is another bookmark's there  skipped
    no link, the other side takes new bookmarks   Add, where the selection takes it

Links with both sides there come first: an entry is linked once. Of several entries of one account with one url key the
linked one stands for all, else the earliest; the others are skipped and remembered, so that they are not taken for new
once that one is gone.

Before a plan is made the accounts are asked about everything that a listing alone does not prove.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import attrs

from bridge.model import url as urls
from bridge.model.bookmark import Entry
from bridge.model.capabilities import Absence
from bridge.model.link import Link, Side
from bridge.model.operation import Add, Remove
from bridge.model.plan import Known, Plan, Step
from bridge.model.receipt import Listed
from bridge.planning import listing
from bridge.planning.guards import Guarded, mirrored
from bridge.planning.joint import Joined, Joiner
from bridge.planning.planner import NO_DATE, TWIN, WAS_TWIN, stands_for_another
from bridge.planning.policy import MirrorPolicy, Policy
from bridge.planning.presence import Presence
from bridge.planning.refold import refolded
from bridge.planning.sides import Sides


@attrs.frozen
class Mirroring:
    """The planner of a mirror."""

    policy: MirrorPolicy

    @property
    def ways(self) -> Mapping[Side, Policy]:
        """The policy of each direction, by the side that it writes."""
        return self.policy.ways

    def guarded(self, sides: Sides) -> Guarded | None:
        """Return why nothing is to be believed and written, if a side lacks too much, or all of it has changed."""
        sides = refolded(sides, self.policy)
        presence, joiner = Presence(sides, self.policy), Joiner(self.policy, sides.round)
        alive = [link for link in sides.links if not link.left.gone and not link.right.gone]
        leaving = _gathered(found for link in alive for found in presence.suspected(link))
        return mirrored({side: presence.outlook(side, alive, leaving.get(side, ()), joiner) for side in Side})

    def doubts(self, sides: Sides) -> Mapping[Side, tuple[Entry, ...]]:
        """Return what each account has to be asked for, as far as it can be asked for one entry."""
        sides = refolded(sides, self.policy)
        presence = Presence(sides, self.policy)
        asked = _gathered(found for link in sides.links for found in presence.doubted(link))
        return {side: entries for side, entries in asked.items() if self.policy.capabilities(side).single}

    def afterwards(self, sides: Sides, links: Sequence[Link]) -> tuple[Step, ...]:  # noqa: ARG002 - a planner's form
        """Return nothing."""
        return ()

    def plan(self, sides: Sides) -> Plan:
        """Return what has to be written on both sides."""
        sides = refolded(sides, self.policy)
        presence = Presence(sides, self.policy)
        book = _Book(presence, self.policy)
        for link in sorted(sides.links, key=presence.missing):
            book.enter_link(link)
        book.enter_unlinked()
        return book.plan()


class _Book:
    """Collects the fates of both accounts' bookmarks."""

    def __init__(self, presence: Presence, policy: MirrorPolicy) -> None:
        self._presence = presence
        self._sides = presence.sides
        self._policy = policy
        self._joiner = Joiner(policy, presence.sides.round)
        self._read = dict.fromkeys(Side, 0)
        self._both = 0
        self._joined: list[Joined] = []
        self._buried: list[Link] = []
        self._twins: list[Known] = []

    def enter_link(self, link: Link) -> None:
        """Plan the bookmark of a link."""
        left, right = (self._presence.entry(link, side) for side in Side)
        if left is not None and right is not None:
            self._enter_pair(link, left, right)
        elif left is not None:
            self._enter_widowed(link, Side.LEFT, left)
        elif right is not None:
            self._enter_widowed(link, Side.RIGHT, right)
        elif not self._presence.dead(link) and not any(self._presence.broken(link, side) for side in Side):
            self._buried.append(_without(link, *Side))

    def enter_unlinked(self) -> None:
        """Plan the bookmarks that belong to no link: first what both sides have, then what one has."""
        for key, group in self._presence.free[Side.LEFT].items():
            others = self._presence.free[Side.RIGHT].get(key)
            if not group or not others or any(self._presence.standing(side, key) for side in Side):
                continue
            if self._takes({Side.LEFT: group, Side.RIGHT: others}):
                self._meet({Side.LEFT: group.pop(0), Side.RIGHT: others.pop(0)}, None)
        for side in Side:
            for key, group in self._presence.free[side].items():
                if group:
                    self._enter_group(side, key, group)

    def plan(self) -> Plan:
        """Return all that was entered; the oldest bookmark is written first, and removals come last."""
        joined = self._joined
        still = [item for item in joined if not item.steps and not item.skipped and not item.failed]
        undecided = [item for item in still if any(conflict.winner is None for conflict in item.conflicts)]
        return Plan(
            steps=tuple(sorted((step for item in joined for step in item.steps), key=_order)),
            agreed=(*(item.link for item in joined if item.link is not None), *self._buried),
            unchanged=len(still) - len(undecided),
            skipped=tuple(listed for item in joined for listed in item.skipped),
            failed=tuple(listed for item in joined for listed in item.failed),
            losses=tuple(loss for item in joined for loss in item.losses),
            conflicts=tuple(conflict for item in joined for conflict in item.conflicts),
            open=len(undecided),
            remarks=tuple(remark for item in joined for remark in item.remarks),
            twins=tuple(dict.fromkeys(self._twins)),
            read=(self._read[Side.LEFT], self._read[Side.RIGHT], self._both),
            filtered=sum(len(self._presence.there[side]) - self._read[side] for side in Side),
        )

    def _enter_pair(self, link: Link, left: Entry, right: Entry) -> None:
        self._count(Side.LEFT, Side.RIGHT)
        if self._sides.left.damaged or self._sides.right.damaged:
            self._joined.append(Joined())
            return
        raw = {Side.LEFT: left, Side.RIGHT: right}
        for side, entry in raw.items():
            view = self._sides.view(side)
            if view.shows(entry.ref):
                shown = self._policy.lift(side, entry.bookmark)
                link = listing.reviewed(link, side, shown, looked=entry.ref in view.looked)
        again = any(listing.recreated(link.half(side), raw[side], self._policy.capabilities(side)) for side in Side)
        joined = self._joiner.meeting(left, right, link) if again else self._joiner.linked(left, right, link)
        self._joined.append(joined)
        self._stands(raw)

    def _meet(self, pair: Mapping[Side, Entry], link: Link | None) -> None:
        """Plan the first contact of two entries; `link` is what they belonged to before."""
        self._count(Side.LEFT, Side.RIGHT)
        self._joined.append(self._joiner.meeting(pair[Side.LEFT], pair[Side.RIGHT], link))
        self._stands(pair)

    def _enter_widowed(self, link: Link, side: Side, entry: Entry) -> None:
        """Plan a link of which only this side is there."""
        other = side.other
        url, half = entry.bookmark.url, link.half(other)
        free = self._presence.moved(link, entry, other)
        if free and not self._presence.broken(link, other):
            self._meet({side: entry, other: free.pop(0)}, link)
            return
        self._count(side)
        if self._presence.broken(link, other):
            self._skip(url, f"{self._name(other)} has it, but its record there cannot be read")
        elif link.half(side).gone:
            self._add(link, other, entry)  # it has come back from a removal of both: as if it were new
        elif half.gone:
            self._skip(url, f"removed at {self._name(other)}; it stays at {self._name(side)}")
        elif not half.seen and half.ref not in self._sides.view(other).reported:
            self._add_lost(link, other, entry)
        else:
            self._joined.append(self._bereaved(link, side, entry))

    def _add_lost(self, link: Link, other: Side, entry: Entry) -> None:
        """Add again what an earlier run sent and nothing has ever shown."""
        half, view = link.half(other), self._sides.view(other)
        if half.ref in view.looked or (half.missed and view.whole):
            self._add(link, other, entry)
            return
        missed = link.with_half(other, attrs.evolve(half, missed=half.missed or view.whole))
        self._skip(entry.bookmark.url, f"sent to {self._name(other)}, which does not show it yet", missed)

    def _bereaved(self, link: Link, side: Side, entry: Entry) -> Joined:  # noqa: PLR0911 - one return a row of the table
        """Plan a bookmark that was there on both sides and is absent on the other."""
        other = side.other
        url, half, view = entry.bookmark.url, link.half(other), self._sides.view(other)
        there, here = self._name(other), self._name(side)
        reported = half.ref in view.reported
        if self._policy.capabilities(other).absence is Absence.NOTHING and not reported:
            if side not in self._policy.ways and view.whole:
                return self._again(link, other, entry)
            return _skipped(url, f"no longer listed at {there}, which does not say what was removed")
        if not self._policy.removes or side not in self._policy.ways:
            return _skipped(url, f"removed at {there}; it stays at {here}", _without(link, other))
        if not reported and half.ref not in view.looked:
            return _skipped(url, f"no longer listed at {there}, which cannot be asked whether it was removed")
        if other in self._policy.ways and self._joiner.has_changed(side, entry, link):
            return self._again(link, other, entry)
        if self._presence.holds(link, entry, other):
            return _skipped(url, f"removed at {there}, which has another entry for it", _without(link, other))
        if not self._policy.capabilities(side).removes:
            return _skipped(url, f"removed at {there}; {here} cannot remove it", _without(link, other))
        dead = _without(link, *Side)
        return Joined((Step(side, Remove(entry), dead.turned() if side is Side.LEFT else dead, half.ref),))

    def _enter_group(self, side: Side, key: str, group: list[Entry]) -> None:
        """Plan the free entries of one account that have one url key."""
        other = side.other
        standing = self._presence.standing(side, key)
        first = standing or group[0]
        if standing is None:
            if not self._takes({side: group}):
                return
            group.pop(0)
            self._count(side)
            self._add(None, other, first)
        else:
            twin = self._presence.counterpart(side, first.ref)
            self._twins += [Known(side, entry.ref, twin) for entry in group]
        self._repeat(side, first, group)

    def _repeat(self, side: Side, first: Entry, others: Sequence[Entry]) -> None:
        for entry in others:
            self._count(side)
            self._skip(entry.bookmark.url, f"repeats {first.bookmark.url} at {self._name(side)}")

    def _add(self, link: Link | None, other: Side, entry: Entry) -> None:
        self._joined.append(self._again(link, other, entry))

    def _again(self, link: Link | None, other: Side, entry: Entry) -> Joined:  # noqa: PLR0911 - one return a reason
        """Draft an Add at the other side, if that side does not have it already and takes it."""
        url, twin = entry.bookmark.url, self._sides.view(other.other).twins.get(entry.ref)
        if self._sides.view(other).damaged:
            return _skipped(url, f"{self._name(other)} could not be read whole, so nothing is added there")
        if urls.key(url) in self._sides.view(other).unreadable:
            return _skipped(url, f"{self._name(other)} has it, but its record there cannot be read")
        held = self._presence.keys[other].get(urls.key(url))
        if held:
            return _skipped(url, stands_for_another(held[0]))
        if twin is not None:
            return _skipped(url, TWIN if twin in self._presence.there[other] else WAS_TWIN)
        if other not in self._policy.ways:
            return _skipped(url, f"only at {self._name(other.other)}, from where nothing is carried")
        if not self._policy.capabilities(other).adds:
            return _skipped(url, f"{self._name(other)} takes no new bookmarks")
        return self._joiner.add(other, entry, link)

    def _takes(self, entries: Mapping[Side, Sequence[Entry]]) -> bool:
        """Tell whether the selection takes any of the entries of one url key: they are one bookmark."""
        selection = next(iter(self._policy.ways.values())).selection
        lifted = (self._policy.lift(side, entry.bookmark) for side, group in entries.items() for entry in group)
        return any(map(selection.takes, lifted))

    def _stands(self, pair: Mapping[Side, Entry]) -> None:
        """Take a pair as linked, and remember the entries that repeat one of it: they are not new once it is gone."""
        self._presence.link(pair[Side.LEFT], pair[Side.RIGHT])
        for side in Side:
            for entry in self._presence.free[side].get(urls.key(pair[side].bookmark.url), ()):
                self._twins.append(Known(side, entry.ref, pair[side.other].ref))

    def _count(self, *sides: Side) -> None:
        for side in sides:
            self._read[side] += 1
        self._both += len(sides) == 2

    def _skip(self, url: str, reason: str, link: Link | None = None) -> None:
        self._joined.append(_skipped(url, reason, link))

    def _name(self, side: Side) -> str:
        return self._policy.name(side)


def _gathered(found: Iterable[tuple[Side, Entry]]) -> Mapping[Side, tuple[Entry, ...]]:
    """Return the entries of each side that has any, each once."""
    by_ref: dict[Side, dict[str, Entry]] = {}
    for side, entry in found:
        by_ref.setdefault(side, {}).setdefault(entry.ref, entry)
    return {side: tuple(entries.values()) for side, entries in by_ref.items()}


def _without(link: Link, *sides: Side) -> Link:
    """Return a link whose entries were removed on these sides."""
    for side in sides:
        link = link.with_half(side, attrs.evolve(link.half(side), gone=True, missed=False, unlisted=None))
    return attrs.evolve(link, trail=())


def _skipped(url: str, reason: str, link: Link | None = None) -> Joined:
    return Joined(link=link, skipped=(Listed(url, reason),))


def _order(step: Step) -> tuple[bool, datetime, str]:
    bookmark = step.operation.bookmark if isinstance(step.operation, Add) else step.operation.entry.bookmark
    return isinstance(step.operation, Remove), bookmark.added or NO_DATE, bookmark.url
