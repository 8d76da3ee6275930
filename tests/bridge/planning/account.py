"""A pair of accounts in memory: the target carries plans out and refuses what its capabilities do not allow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs

from bridge.mapping.mapper import Mapper
from bridge.model.bookmark import Bookmark, Entry, Field
from bridge.model.capabilities import Capabilities
from bridge.model.link import Link
from bridge.model.operation import Add, Remove, Update, Values
from bridge.model.plan import Plan, Step
from bridge.planning.planner import plan
from bridge.planning.policy import Policy
from bridge.planning.settle import intent, read_back
from bridge.planning.sides import Sides, View

_EMPTY = Bookmark("")


def sides(
    source: Sequence[Entry],
    target: Sequence[Entry],
    links: Sequence[Link] = (),
    unreadable: frozenset[str] = frozenset(),
) -> Sides:
    """Return both sides of a migration."""
    return Sides(View(source), View(target, unreadable=unreadable), links)


@attrs.define
class Account:
    """What a service holds. `lowers` and `trims` are what it does to tags and titles without having said so."""

    capabilities: Capabilities
    lowers: bool = False
    trims: bool = False
    held: dict[str, Bookmark] = attrs.field(factory=dict)
    number: int = 0

    def put(self, bookmark: Bookmark) -> str:
        """Let a person save a bookmark by hand, and return its ref."""
        self.number += 1
        ref = f"r{self.number}"
        self.held[ref] = self._as_held(bookmark)
        return ref

    def listing(self) -> tuple[Entry, ...]:
        """Return what the account shows."""
        return tuple(Entry(ref, self._shown(bookmark)) for ref, bookmark in self.held.items())

    def shown(self, ref: str) -> Entry:
        """Return one entry."""
        return Entry(ref, self._shown(self.held[ref]))

    def carry_out(self, step: Step) -> Entry:
        """Do what a step asks, and return the entry as it is then."""
        operation = step.operation
        if isinstance(operation, Add):
            assert self.capabilities.adds
            added = self._known(operation.bookmark, self.capabilities.sets)
            if not added.title and self.capabilities.limits.finds_titles:
                added = attrs.evolve(added, title="Found on the page")
            return self.shown(self.put(added))
        if isinstance(operation, Remove):
            assert self.capabilities.removes
            removed = self.shown(operation.entry.ref)
            del self.held[operation.entry.ref]
            return removed
        assert isinstance(operation, Update)
        assert self.capabilities.updates
        assert operation.delta.fields <= self.capabilities.edits
        assert operation.delta.expects.keys() == operation.delta.fields
        ref = operation.entry.ref
        assert operation.entry == self.shown(ref)
        self.held[ref] = self._as_held(operation.delta.apply(self.held[ref]))
        return self.shown(ref)

    def _as_held(self, bookmark: Bookmark) -> Bookmark:
        tags = tuple(tag.lower() for tag in bookmark.tags) if self.lowers else bookmark.tags
        title = bookmark.title.strip() if self.trims else bookmark.title
        if self.capabilities.limits.title_required and not title:
            title = bookmark.url[: self.capabilities.limits.title]
        return attrs.evolve(bookmark, tags=tags, title=title)

    def _shown(self, bookmark: Bookmark) -> Bookmark:
        return self._known(bookmark, self.capabilities.reads)

    def _known(self, bookmark: Bookmark, fields: frozenset[Field]) -> Bookmark:
        unknown = {field.value: _EMPTY.get(field) for field in Field if field not in fields}
        return attrs.evolve(bookmark, **unknown)  # type: ignore[arg-type]


@attrs.define
class Book:
    """The links of a pair, kept as the state keeps them: one for each ref."""

    links: dict[str, Link] = attrs.field(factory=dict)

    def store(self, link: Link) -> None:
        """Store a link in the place of whatever its refs were linked to."""
        others = {ref: known for ref, known in self.links.items() if known.right.ref != link.right.ref}
        self.links = {**others, link.left.ref: link}

    def carry_out(self, plan: Plan, account: Account, mapper: Mapper) -> Mapping[str, Values]:
        """Carry a plan out and read it back as a run does; return what was wrong, by the step's url."""
        wrong: dict[str, Values] = {}
        for link in plan.agreed:
            self.store(link)
        for step in plan.steps:
            entry = account.carry_out(step)
            if isinstance(step.operation, Remove):
                self.store(step.link)
                continue
            sent = attrs.evolve(step.link, right=attrs.evolve(step.link.right, ref=entry.ref, url=entry.bookmark.url))
            back = read_back(sent, entry, intent(step.operation, mapper), mapper)
            if back.wrong:
                wrong[step.url] = {field: entry.bookmark.get(field) for field in back.wrong}
            self.store(back.link)
        return wrong

    @property
    def all(self) -> Sequence[Link]:
        """The links."""
        return tuple(self.links.values())


@attrs.define
class Scene:
    """A source, a target account, and how one is carried to the other."""

    policy: Policy
    account: Account
    source: tuple[Entry, ...]
    book: Book = attrs.field(factory=Book)

    @property
    def mapper(self) -> Mapper:
        """The way there."""
        return self.policy.mapper

    def plan(self) -> Plan:
        """Plan what has to be written now."""
        return plan(sides(self.source, self.account.listing(), self.book.all), self.policy)

    def run(self) -> Plan:
        """Plan, carry out, and read back."""
        made = self.plan()
        self.book.carry_out(made, self.account, self.mapper)
        return made
