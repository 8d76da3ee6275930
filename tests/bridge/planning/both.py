"""Two accounts of a mirror in memory, what links them, and the planner that keeps them in step, without a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs

from bridge.mapping.fields import Folding
from bridge.mapping.mapper import Mapper
from bridge.mapping.selection import EVERYTHING, Selection
from bridge.mapping.tags import TagPolicy
from bridge.model import url as urls
from bridge.model.bookmark import Bookmark, Entry, Field, same
from bridge.model.link import Link, Side
from bridge.model.operation import Add, Delta, Operation, Remove, Update
from bridge.model.plan import Plan, Step
from bridge.planning.advance import advanced
from bridge.planning.mirror import Mirroring
from bridge.planning.policy import MirrorPolicy, Policy, Prefer
from bridge.planning.settle import intent, read_back
from bridge.planning.sides import Sides, View
from tests.mirrored.kinds import KINDS, Kind

A, B, C = (f"https://{name}.example/" for name in "abc")
DAY = datetime(2020, 1, 1, tzinfo=UTC)
LEFT, RIGHT = Side
FULL = KINDS["full"]


@attrs.define
class Both:
    """Both accounts, each holding entries by ref, and the links between them.

    `written` are the sides that may be written. `refuses` is a side whose writes fail, `deaf`: nothing is read back.
    """

    kinds: Mapping[Side, Kind]
    names: Mapping[Side, str] = attrs.field(factory=lambda: {side: side.value for side in Side})
    conflict: Prefer = Prefer.NEWEST
    removes: bool = True
    written: tuple[Side, ...] = (RIGHT, LEFT)
    tags: TagPolicy = TagPolicy()
    folding: Folding = Folding()
    selection: Selection = EVERYTHING
    refuses: Side | None = None
    deaf: bool = False
    held: Mapping[Side, dict[str, Entry]] = attrs.field(factory=lambda: {side: {} for side in Side})
    links: list[Link] = attrs.field(factory=list)
    twins: Mapping[Side, dict[str, str]] = attrs.field(factory=lambda: {side: {} for side in Side})
    memories: Mapping[Side, dict[str, str]] = attrs.field(factory=lambda: {side: {} for side in Side})
    round: int = 1
    number: int = 0

    @property
    def planner(self) -> Mirroring:
        """The planner, as it is made for the next run."""
        return Mirroring(MirrorPolicy({side: self._way(side) for side in self.written}, self.conflict, self.removes))

    @property
    def link(self) -> Link:
        """The only link."""
        (link,) = self.links
        return link

    def put(self, side: Side, bookmark: Bookmark, ref: str = "") -> str:
        """Let a person save a bookmark, and return its ref."""
        self.number += 1
        ref = ref or f"{side.value[0]}{self.number}"
        self.held[side][ref] = self._entry(side, ref, bookmark)
        return ref

    def pair(self, bookmark: Bookmark, other: Bookmark | None = None) -> Both:
        """Let a bookmark have been met on both sides in an earlier run, under the refs l and r."""
        self.put(LEFT, bookmark, "l")
        self.put(RIGHT, bookmark if other is None else other, "r")
        self.run()
        return self

    def change(self, side: Side, ref: str = "", **values: object) -> Both:
        """Let a person change an entry."""
        ref = ref or side.value[0]
        bookmark = attrs.evolve(self.held[side][ref].bookmark, **values)  # type: ignore[arg-type]
        self.held[side][ref] = self._entry(side, ref, bookmark)
        return self

    def drop(self, side: Side, ref: str = "") -> Both:
        """Let a person remove an entry."""
        del self.held[side][ref or side.value[0]]
        return self

    def now(self, side: Side, ref: str = "") -> Bookmark:
        """Return what an entry holds."""
        return self.held[side][ref or side.value[0]].bookmark

    def shown(self, side: Side) -> dict[str, Entry]:
        """Return what a side shows of all that it holds."""
        return {ref: self._shown(side, entry) for ref, entry in self.held[side].items()}

    def sides(self, **views: Any) -> Sides:
        """Return both sides as a run sees them; `left` and `right` give what is not as usual of a view."""
        seen = {
            side: View(
                **{
                    "entries": tuple(self.shown(side).values()),
                    "twins": self.twins[side],
                    **views.get(side.value, {}),
                }
            )
            for side in Side
        }
        sides = Sides(seen[LEFT], seen[RIGHT], tuple(self.links), self.round)
        for side, entries in self.planner.doubts(sides).items():
            looked = {**sides.view(side).looked, **{entry.ref: self._found(side, entry) for entry in entries}}
            sides = attrs.evolve(sides, **{side.value: attrs.evolve(sides.view(side), looked=looked)})
        return sides

    def plan(self, **views: Any) -> Plan:
        """Look up what is doubted, and plan what has to be written now."""
        return self.planner.plan(self.sides(**views))

    def run(self, **views: Any) -> Plan:
        """Plan, carry out and read back, as a run does."""
        made = self.plan(**views)
        for link in made.agreed:
            self.store(link)
        for known in made.twins:
            self.twins[known.side][known.ref] = known.twin
        written = [(step, entry) for step in made.steps if (entry := self._carried_out(step)) is not None]
        for step, entry in written:
            self._read_back(step, entry)
        self.round += 1
        return made

    def store(self, link: Link) -> None:
        """Store a link in the place of whatever its refs were linked to, and learn its tags."""
        others = [known for known in self.links if not _shared(known, link)]
        self.links = [*others, link]
        self.memories[RIGHT].update(sorted(link.pairs))
        self.memories[LEFT].update(sorted((right, left) for left, right in link.pairs))

    def _way(self, side: Side) -> Policy:
        source, target = self.kinds[side.other], self.kinds[side]
        tags = self.tags if side is RIGHT else self.tags.backwards(source.can.tags)
        mapper = Mapper(source.can, target.can, self.folding, tags, memory=dict(self.memories[side]))
        names = self.names[side.other], self.names[side]
        return Policy(mapper, *names, selection=self.selection, mirrors=True)

    def _entry(self, side: Side, ref: str, bookmark: Bookmark) -> Entry:
        kind = self.kinds[side]
        self.number += 1
        changed = DAY + timedelta(seconds=self.number) if kind.dated else None
        return Entry(ref, kind.warp(bookmark), changed)

    def _shown(self, side: Side, entry: Entry) -> Entry:
        can = self.kinds[side].can
        return attrs.evolve(entry, bookmark=entry.bookmark.without(frozenset(Field) - can.reads))

    def _found(self, side: Side, sought: Entry) -> Entry | None:
        key = urls.key(sought.bookmark.url)
        shown = self.shown(side)
        by_url = (entry for entry in shown.values() if urls.key(entry.bookmark.url) == key)
        return shown.get(sought.ref) or next(by_url, None)

    def _carried_out(self, step: Step) -> Entry | None:
        """Do what a step asks for and store its link; None if it failed."""
        if step.side is self.refuses:
            return None
        side, can = step.side, self.kinds[step.side].can
        match step.operation:
            case Add(bookmark):
                assert can.adds
                taken = bookmark.without(frozenset(Field) - can.sets)
                ref = self.put(side, attrs.evolve(taken, added=taken.added or DAY))
            case Update(entry, delta):
                assert can.updates
                assert delta.fields <= can.edits
                ref, before = entry.ref, self.held[side][entry.ref]
                shown = self._shown(side, before).bookmark
                assert all(same(field, value, shown.get(field)) for field, value in delta.expects.items())
                self.held[side][ref] = self._entry(side, ref, delta.apply(before.bookmark))
            case Remove(entry):
                assert can.removes
                ref = entry.ref
                self._store_moved(step, step.link)
                return self.held[side].pop(ref)
        shown = self._shown(side, self.held[side][ref])
        right = attrs.evolve(step.link.right, ref=ref, url=step.operation.url)
        self._store_moved(step, attrs.evolve(step.link, right=right))
        return shown

    def _store_moved(self, step: Step, link: Link) -> None:
        if step.was is not None:
            stored = next((known for known in self._oriented(step.side) if known.right.ref == step.was.right.ref), None)
            link = advanced(step.was if stored is None else stored, step.was, link)
        self.store(link.turned() if step.side is LEFT else link)

    def _read_back(self, step: Step, entry: Entry) -> None:
        if self.deaf or isinstance(step.operation, Remove):
            return
        mapper = self._way(step.side).mapper
        link = next(known for known in self._oriented(step.side) if known.right.ref == entry.ref)
        back = read_back(link, entry, intent(step.operation, mapper), mapper).link
        self.store(back.turned() if step.side is LEFT else back)

    def _oriented(self, side: Side) -> list[Link]:
        return [link.turned() if side is LEFT else link for link in self.links]


def both(left: Kind = FULL, right: Kind = FULL, **options: Any) -> Both:
    """Return two empty accounts of these kinds."""
    return Both({LEFT: left, RIGHT: right}, **options)


def able(kind: Kind = FULL, **capabilities: Any) -> Kind:
    """Return a kind with other capabilities."""
    return attrs.evolve(kind, can=attrs.evolve(kind.can, **capabilities))


def lacking(kind: Kind, *fields: Field) -> Kind:
    """Return a kind that knows nothing of some fields."""
    return attrs.evolve(kind, can=kind.can.without(frozenset(fields)))


def fixed(*fields: Field, kind: Kind = FULL) -> Kind:
    """Return a kind that shows some fields and cannot edit them."""
    return able(kind, edits=kind.can.edits - frozenset(fields))


def deltas(made: Plan) -> dict[Side, Delta]:
    """Return what a plan changes in the one entry of each side."""
    found = {step.side: step.operation.delta for step in made.steps if isinstance(step.operation, Update)}
    assert len(found) == len(made.steps)
    return found


def operations(made: Plan) -> list[tuple[Side, type[Operation], str]]:
    """Return what a plan does, where and to which url."""
    return [(step.side, type(step.operation), step.operation.url) for step in made.steps]


def reasons(made: Plan) -> list[str]:
    """Return why bookmarks were skipped."""
    return [listed.reason for listed in made.skipped]


def losses(made: Plan) -> set[tuple[str, str, str]]:
    """Return what a plan loses: field, wanted, kept."""
    found = (*made.losses, *(loss for step in made.steps for loss in step.losses))
    return {(loss.field, loss.wanted, loss.kept) for loss in found}


def conflicts(made: Plan) -> list[tuple[str, str | None]]:
    """Return the conflicts of a plan: field and winner."""
    return [(conflict.field, conflict.winner) for conflict in made.conflicts]


def _shared(one: Link, other: Link) -> bool:
    return one.left.ref == other.left.ref or one.right.ref == other.right.ref


def summed(made: Plan) -> int:
    """Return how many bookmarks have a fate in a plan."""
    alone = [step for step in made.steps if step.shared is None]
    halves: Sequence[frozenset[str] | None] = list({step.shared for step in made.steps} - {None})
    return len(alone) + len(halves) + made.unchanged + made.open + len(made.skipped) + len(made.failed)
