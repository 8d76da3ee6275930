"""Plans the forwarding of starred bookmarks: each of them once, for ever; pure.

The star is what sends a bookmark, and is not carried; nor is its date, or whether it was read. Each starred bookmark
that the selection takes meets one row of this table:

    a link of the pair has its ref, or its url key on either half     unchanged, whatever became of both entries
    but all that such links tell is an Add that was lost              as if it were new
    but its own link tells of an Add that arrived in part             as in planner.py: Update
    new                                                               as in planner.py: Add, first contact, or skipped

So nothing that was done at the target since is undone, and nothing is sent twice: not after a new star, from a feed
that was left and subscribed again, or after its removal at the target. An Add was lost if it was never seen there, and
the target neither has it now nor says that it was removed.

Once an entry is known to be saved, its star may be taken off, or it may be marked as read: once for each link, by
whichever run finds that it is left to do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs

from bridge.mapping.mapper import Mapper
from bridge.model import url as urls
from bridge.model.bookmark import Entry, Field
from bridge.model.link import Link, Side
from bridge.model.operation import Add, Delta, Update
from bridge.model.plan import Plan, Step
from bridge.planning import listing
from bridge.planning.guards import Guarded
from bridge.planning.planner import NO_DATE, Book, groups, read
from bridge.planning.policy import After, Policy
from bridge.planning.settle import read_back
from bridge.planning.sides import Sides

_DONE = {After.UNSTAR: "unstarred", After.MARK_READ: "marked as read"}


@attrs.frozen
class Forwarding:
    """The planner of a forwarding: it writes to the right, and to the left only what follows once that is saved.

    `back` is the policy of that second way, None where nothing follows. `foretells`: a plan says for how many entries
    something will follow.
    """

    policy: Policy
    after: After = After.KEEP
    back: Policy | None = None
    foretells: bool = False

    @property
    def ways(self) -> Mapping[Side, Policy]:
        """The policy of each direction, by the side that it writes."""
        there = {Side.RIGHT: self.policy}
        return there if self.back is None else {**there, Side.LEFT: self.back}

    def guarded(self, sides: Sides) -> Guarded | None:  # noqa: ARG002 - a planner's form
        """Return nothing: a reading list that is suddenly empty has been read, and nothing is removed or sent again."""
        return None

    def doubts(self, sides: Sides) -> Mapping[Side, tuple[Entry, ...]]:
        """Return the entries at the right that we have added and nothing has ever shown."""
        view, held = sides.right, listing.there(sides.right)
        unseen = [link.right.ref for link in sides.links if not link.right.seen]
        asked = tuple(held[ref] for ref in unseen if ref in held and not view.shows(ref))
        return {Side.RIGHT: asked} if asked and self.policy.mapper.target.single else {}

    def plan(self, sides: Sides) -> Plan:
        """Return what has to be written at the right: what is merged there, then what is added, the oldest first.

        A service may take many writes of one kind in one call, and the order of a list is that of what was added.
        """
        sides = attrs.evolve(sides, right=attrs.evolve(sides.right, entries=tuple(listing.there(sides.right).values())))
        chosen, memory = self._chosen(sides), _Memory(sides, self.policy.mapper.edited)
        new = [entry for entry in chosen if memory.owes(entry) or not memory.has(entry)]
        book = Book(sides, self.policy, (link.right.ref for link in sides.links))
        for key, group in groups(new).items():
            book.enter(key, group)
        made = book.plan()
        places = {entry.ref: place for place, entry in enumerate(new)}
        plan = attrs.evolve(
            made,
            steps=tuple(
                sorted(made.steps, key=lambda step: (isinstance(step.operation, Add), places[step.source_ref]))
            ),
            agreed=(*made.agreed, *_arrived(sides, self.policy.mapper)),
            unchanged=made.unchanged + len(chosen) - len(new),
            read=read(chosen, sides),
            filtered=len(sides.left.entries) - len(chosen),
        )
        return attrs.evolve(plan, remarks=self._foretold(sides, plan)) if self.foretells else plan

    def afterwards(self, sides: Sides, links: Sequence[Link]) -> tuple[Step, ...]:
        """Return what is to be done to the entries at the left that are saved at the right, the oldest first."""
        flag = self.after.flag
        if flag is None:
            return ()
        ready = {link.left.ref: link for link in links if link.right.seen and not link.right.gone and not link.acted}
        return tuple(
            _step(entry, ready[entry.ref], flag)
            for entry in self._chosen(sides)
            if entry.ref in ready and entry.bookmark.get(flag)
        )

    def _chosen(self, sides: Sides) -> list[Entry]:
        """Return what is starred and selected, the oldest first."""
        chosen = (
            entry
            for entry in sides.left.entries
            if entry.bookmark.favorite and self.policy.selection.takes(entry.bookmark)
        )
        return sorted(chosen, key=lambda entry: (entry.bookmark.added or NO_DATE, entry.bookmark.url, entry.ref))

    def _foretold(self, sides: Sides, plan: Plan) -> tuple[str, ...]:
        """Say for how many entries something will follow if all of the plan is done."""
        done = (step.link.with_half(Side.RIGHT, step.link.right.shown(step.url)) for step in plan.steps)
        following = len(self.afterwards(sides, (*sides.links, *plan.agreed, *done)))
        if not following:
            return ()
        return (f"To be {_DONE[self.after]} at {self.policy.source_name} once saved: {following:,}.",)


class _Memory:
    """What was ever forwarded, by ref and by url key. `edited` are the fields that can still be delivered."""

    def __init__(self, sides: Sides, edited: frozenset[Field]) -> None:
        view = sides.right
        there = {entry.ref for entry in (*view.entries, *view.stale)}
        arrived = there | view.reported
        kept = [link for link in sides.links if link.right.seen or link.right.ref in arrived]
        self._refs = {link.left.ref for link in kept}
        self._keys = {urls.key(half.url) for link in kept for half in (link.left, link.right)}
        self._owing = {
            link.left.ref
            for link in kept
            if link.right.ref in there and any(side is Side.RIGHT and field in edited for side, field in link.owed)
        }

    def has(self, entry: Entry) -> bool:
        """Tell whether an entry, or another one of its page, was forwarded."""
        return entry.ref in self._refs or urls.key(entry.bookmark.url) in self._keys

    def owes(self, entry: Entry) -> bool:
        """Tell whether a part of what was meant by an entry's Add has not arrived."""
        return entry.ref in self._owing


def _arrived(sides: Sides, mapper: Mapper) -> tuple[Link, ...]:
    """Return the links whose entry at the right is shown for the first time since we added it."""
    shown = {entry.ref: entry for entry in sides.right.entries if sides.right.shows(entry.ref)}
    return tuple(
        read_back(link, shown[link.right.ref], link.right.base, mapper).link
        for link in sides.links
        if not link.right.seen and link.right.ref in shown
    )


def _step(entry: Entry, link: Link, flag: Field) -> Step:
    operation = Update(entry, Delta({flag: False}, expects={flag: True}))
    return Step(Side.LEFT, operation, attrs.evolve(link, acted=True).turned(), link.right.ref, aside=True)
