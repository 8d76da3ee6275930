"""Plans how to take back what runs have written, where it still stands as they left it; pure.

What several runs did to one entry is one change: from what it was before the first to what it is since the last.

    before     since      then
    ---------- ---------- ------------------------------------------------------------------
    nothing    an entry   Remove
    an entry   an entry   Update: the fields that were written become what they were
    an entry   nothing    Add of what it was
    nothing    nothing    unchanged

An entry that a person or another run has changed since, in a field that was written, is left, and so is one that has
gone, or come back. A service may have trimmed a text or kept its own spelling of a tag: that is no change.

The link stays. Where its entry goes it becomes a tombstone, and where its entry changes back the base is what it
becomes, so that no later run takes the difference between both sides for news.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import attrs

from bridge.mapping.mapper import Mapper
from bridge.mapping.tags import equal_under
from bridge.model import reasons
from bridge.model import url as urls
from bridge.model.bookmark import ALL_FIELDS, Bookmark, Entry, Field, describe, same
from bridge.model.capabilities import NO_FIELDS, Absence
from bridge.model.link import Half, Link, Side, Unlisted
from bridge.model.operation import Add, Delta, Operation, Remove, Update, Values
from bridge.model.plan import Plan, Step
from bridge.model.receipt import Listed, Loss
from bridge.planning import listing
from bridge.planning.draft import difference
from bridge.planning.guards import Guarded
from bridge.planning.policy import Policy
from bridge.planning.settle import sent_values, stands
from bridge.planning.sides import Sides

_EMPTY = Bookmark("")


@attrs.frozen
class Write:
    """A step that a run has carried out on a side of the pair."""

    run: int
    side: Side
    step: Step

    @property
    def place(self) -> tuple[Side, str]:
        """What names its entry, whatever ref it has: the entry on the other side that it is linked to."""
        return self.side, self.step.link.left.ref


@attrs.frozen
class Undoing:
    """The planner of an undo.

    `ways` are those of the job that has written. `writes` are what is to be taken back, `later` what other runs have
    written since, both in the order in which that was done. `intact` are runs after which nothing but a person can have
    changed what they left: the bases of their links are what the service made of it.
    """

    ways: Mapping[Side, Policy]
    writes: Sequence[Write]
    later: Sequence[Write] = ()
    intact: frozenset[int] = frozenset()

    def guarded(self, sides: Sides) -> Guarded | None:  # noqa: ARG002 - a planner's form
        """Return nothing: each entry is judged by itself."""
        return None

    def doubts(self, sides: Sides) -> Mapping[Side, tuple[Entry, ...]]:
        """Return the entries that a listing lacks where that says nothing, but the account can be asked."""
        asked: dict[Side, list[Entry]] = {}
        for (side, ref), change in self._changes().items():
            can, link = self.ways[side].mapper.target, _links(sides, side).get(ref)
            if change.left is None or link is None or can.absence is not Absence.NOTHING or not can.single:
                continue
            if link.right.ref not in listing.there(sides.view(side)):
                asked.setdefault(side, []).append(listing.sought(link.right))
        return {side: tuple(entries) for side, entries in asked.items()}

    def afterwards(self, sides: Sides, links: Sequence[Link]) -> tuple[Step, ...]:  # noqa: ARG002 - a planner's form
        """Return nothing."""
        return ()

    def plan(self, sides: Sides) -> Plan:
        """Return what gives each entry its former state back; what was written last comes first."""
        changes = self._changes()
        again = {write.place: write for write in self.later}
        desks = {side: _Desk(sides, side, way, self.intact) for side, way in self.ways.items()}
        ends = [desks[place[0]].end(place[1], change, again.get(place)) for place, change in changes.items()]
        steps = [end for end in ends if isinstance(end, Step)]
        return Plan(
            steps=tuple(reversed(steps)),
            unchanged=ends.count(None),
            skipped=tuple(end for end in ends if isinstance(end, Listed)),
            read=(len(ends), 0, 0),
            remarks=_last_copies(steps, sides),
        )

    def _changes(self) -> Mapping[tuple[Side, str], _Change]:
        found: dict[tuple[Side, str], _Change] = {}
        for write in self.writes:
            mapper = self.ways[write.side].mapper
            found[write.place] = _followed(found.get(write.place), write, mapper)
        return found


def _last_copies(steps: Sequence[Step], sides: Sides) -> tuple[str, ...]:
    """Say how many bookmarks are removed that the other side does not have any more either, as far as is known."""
    there = {side: listing.there(sides.view(side)) for side in Side}
    last = [
        step
        for step in steps
        if isinstance(step.operation, Remove) and step.link.left.ref not in there[step.side.other]
    ]
    if not last:
        return ()
    are = "1 of the bookmarks to remove is" if len(last) == 1 else f"{len(last):,} of the bookmarks to remove are"
    return (f"{are} no longer at the other side either. Only an undo of this undo has them then.",)


@attrs.frozen
class _Change:
    """What the undone runs made of one entry: it was `before`, None if it was not there, and `left` is what they left.

    `before` is raw, and so are the `fields` that they wrote; `left` is lifted, and None if they removed the entry.
    `run` is the last of them. `torn`: between two of them somebody else changed what the first had left.
    """

    run: int
    url: str
    before: Bookmark | None
    left: Values | None
    fields: frozenset[Field] = NO_FIELDS
    torn: bool = False


def _followed(change: _Change | None, write: Write, mapper: Mapper) -> _Change:
    """Return a change after one more write."""
    operation = write.step.operation
    if change is None:
        before = None if isinstance(operation, Add) else operation.entry.bookmark
        change = _Change(write.run, operation.url, before, None if before is None else {})
    torn = change.torn or (not write.step.completes and _tears(change, operation, mapper))
    change = attrs.evolve(change, run=write.run, torn=torn)
    if isinstance(operation, Remove):
        return attrs.evolve(change, left=None)
    fields = ALL_FIELDS if isinstance(operation, Add) else operation.delta.fields
    left = {**(change.left or {}), **_left(operation, mapper)}
    return attrs.evolve(change, left=left, fields=change.fields | fields)


def _tears(change: _Change, operation: Operation, mapper: Mapper) -> bool:
    """Tell whether a write met something else than the writes before it had left."""
    if isinstance(operation, Add):
        return change.left is not None and change.before is not None
    return change.left is None or bool(_differing(change.left, operation.entry.bookmark, mapper))


def _left(operation: Add | Update, mapper: Mapper) -> Values:
    """Return what a write left of the fields that it wrote, lifted; an entry that is new has nothing else."""
    if isinstance(operation, Add):
        unsaid = {field: _EMPTY.get(field) for field in mapper.seen - mapper.taken}
        return {**unsaid, **sent_values(mapper.lift_target(operation.bookmark), mapper)}
    after = mapper.lift_target(operation.delta.apply(operation.entry.bookmark))
    return {field: after.get(field) for field in _lifted(operation.delta.fields, mapper)}


def _lifted(fields: frozenset[Field], mapper: Mapper) -> frozenset[Field]:
    """Return the lifted fields that stand in raw ones, as far as the account shows them."""
    fold = mapper.target_fold
    folded = {Field.FAVORITE} if Field.TAGS in fields and fold.favorite is not None else set()
    folded |= {Field.HIGHLIGHTS} if Field.NOTE in fields and fold.highlights else set()
    return (fields | folded) & mapper.seen


def _differing(left: Values, now: Bookmark, mapper: Mapper, base: Values | None = None) -> list[Field]:
    """Return the fields that hold neither what was left of them nor, where it is given, their base."""
    shown = mapper.lift_target(now)
    return [
        field
        for field in Field
        if (expected := [values[field] for values in (left, base or {}) if field in values])
        and not any(_stands(field, value, shown, mapper) for value in expected)
    ]


def _stands(field: Field, left: object, shown: Bookmark, mapper: Mapper) -> bool:
    if isinstance(left, str) and left.split() == str(shown.get(field)).split():
        return True
    return stands(field, left, shown, mapper)


class _Desk:
    """Finds the end of each change on one side."""

    def __init__(self, sides: Sides, side: Side, policy: Policy, intact: frozenset[int]) -> None:
        self._side = side
        self._policy = policy
        self._mapper = policy.mapper
        self._intact = intact
        self._view = sides.view(side)
        self._links = _links(sides, side)
        self._there = listing.there(self._view)
        self._stale = {entry.ref for entry in self._view.stale}
        self._keys = {urls.key(entry.bookmark.url) for entry in (*self._there.values(), *self._view.stale)}

    def end(self, ref: str, change: _Change, again: Write | None) -> Step | Listed | None:
        """Return the step that takes a change back, why it is left, or None where there is nothing to write.

        `again` is what another run has written to the entry since the change, or before.
        """
        link = self._links.get(ref)
        if link is None:
            return Listed(change.url, "what it was linked to is not known any more")
        keys = {urls.key(change.url), urls.key(link.right.url)}
        if link.right.ref in self._stale or keys & self._view.unreadable:
            return Listed(change.url, f"its record at {self._name} cannot be read")
        now = self._there.get(link.right.ref)
        moved = self._moved(change, link, now, keys)
        if moved:
            return Listed(change.url, _by_whom(moved, change, again))
        if now is None:
            return None if change.before is None else self._added(change.before, link)
        return self._removed(now, link) if change.before is None else self._changed(change.before, change, now, link)

    @property
    def _name(self) -> str:
        return self._policy.target_name

    def _moved(self, change: _Change, link: Link, now: Entry | None, keys: set[str]) -> str:
        """Say how an entry is another than the one that the undone runs left; "" if it is that one."""
        if change.left is None:
            return f"at {self._name} again" if now is not None or keys & self._keys else ""
        if now is None:
            missing = f"{self._name} could not be read whole, and does not show it"
            return missing if self._view.damaged else f"gone from {self._name} since"
        if change.torn:
            return f"changed at {self._name} in between"
        base = link.right.base if change.run in self._intact else {}
        known = _lifted(change.fields, self._mapper)
        base = {field: value for field, value in base.items() if field in known}
        fields = _differing(change.left, now.bookmark, self._mapper, base)
        return f"changed at {self._name} since: {', '.join(field.value for field in fields)}" if fields else ""

    def _removed(self, now: Entry, link: Link) -> Step | Listed:
        """Take back an Add: its link becomes a tombstone."""
        if not self._mapper.target.removes:
            return Listed(now.bookmark.url, f"{self._name} removes nothing")
        right = attrs.evolve(link.right, gone=True, seen=True, missed=False, unlisted=None)
        return self._step(Remove(now), link, attrs.evolve(link, right=right, trail=()))

    def _added(self, before: Bookmark, link: Link) -> Step | Listed:
        """Take back a Remove: the link has an entry there again."""
        target = self._mapper.target
        if not target.adds:
            return Listed(before.url, f"{self._name} takes no new bookmarks")
        if self._view.damaged:
            return Listed(before.url, f"{self._name} could not be read whole, so nothing is added there")
        bookmark = before.without(target.reads - target.sets)
        base = sent_values(self._mapper.lift_target(bookmark), self._mapper)
        will = attrs.evolve(link, right=Half(before.url, before.url, base, seen=False))
        return self._step(Add(bookmark), link, will, self._lost(before, bookmark, target.reads))

    def _changed(self, before: Bookmark, change: _Change, now: Entry, link: Link) -> Step | Listed | None:
        """Take back an Update: the link's base is what the entry then is."""
        mapper = self._mapper
        target, comparable = mapper.target, equal_under(mapper.target.tags)
        whole = difference(now.bookmark, before, change.fields, comparable)
        edits = target.edits if target.updates else NO_FIELDS
        delta = difference(now.bookmark, before, change.fields & edits, comparable)
        if not delta:
            stuck = ", ".join(field.value for field in Field if field in whole.fields)
            return Listed(now.bookmark.url, f"{self._name} cannot change it back: {stuck}") if stuck else None
        will = self._restored(delta, now, link)
        return self._step(Update(now, delta), link, will, self._lost(before, now.bookmark, whole.fields - edits))

    def _restored(self, delta: Delta, now: Entry, link: Link) -> Link:
        """Return a link after its entry was changed back."""
        comparable = equal_under(self._mapper.target.tags)
        old, new = (self._mapper.lift_target(item) for item in (now.bookmark, delta.apply(now.bookmark)))
        fields = {field for field in self._mapper.seen if not same(field, old.get(field), new.get(field))}
        tags = {comparable(tag) for tag in new.tags}
        pairs = frozenset(pair for pair in link.pairs if comparable(pair[1]) in tags)
        right = attrs.evolve(link.right, base={**link.right.base, **{field: new.get(field) for field in fields}})
        if self._policy.mirrors:
            theirs = {field: value for field, value in link.left.base.items() if field in fields}
            unlisted = Unlisted({field: old.get(field) for field in fields}, theirs, link.pairs)
            right = attrs.evolve(right, unlisted=unlisted)
        return attrs.evolve(link, right=right, pairs=pairs if Field.TAGS in fields else link.pairs)

    def _lost(self, before: Bookmark, kept: Bookmark, fields: Iterable[Field]) -> tuple[Loss, ...]:
        """Return the values of these fields that cannot be given back."""
        return tuple(
            Loss(before.url, field.value, describe(before.get(field)), describe(kept.get(field)), reasons.FIXED)
            for field in Field
            if field in fields and not same(field, before.get(field), kept.get(field))
        )

    def _step(self, operation: Operation, was: Link, will: Link, losses: tuple[Loss, ...] = ()) -> Step:
        return Step(self._side, operation, will, will.left.ref, losses, was=was, undoes=True)


def _by_whom(moved: str, change: _Change, again: Write | None) -> str:
    """Return why an entry is left: what has become of it, or the run that has done that."""
    if again is None or again.run < change.run:
        return moved
    return f"run {again.run} has undone it" if again.step.undoes else f"written again by run {again.run}"


def _links(sides: Sides, side: Side) -> Mapping[str, Link]:
    """Return the links with a side on their right, by the ref of their left."""
    links = sides.links if side is Side.RIGHT else sides.turned().links
    return {link.left.ref: link for link in links}
