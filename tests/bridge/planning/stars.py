"""Scenes of the forwarding tests: starred entries of a feed reader, and an account that they are sent to."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from bridge.mapping.mapper import Mapper
from bridge.mapping.tags import TagPolicy
from bridge.model.bookmark import Bookmark, Entry, Field
from bridge.model.capabilities import Capabilities
from bridge.model.operation import Update
from bridge.model.plan import Plan
from bridge.planning.forward import Forwarding
from bridge.planning.policy import After, Policy
from bridge.planning.sides import Sides, View
from tests.bridge.planning.account import Account, Book
from tests.bridge.planning.pairs import FULL

NEWS = Capabilities(
    reads=frozenset({Field.TITLE, Field.TAGS, Field.ADDED, Field.UNREAD, Field.FAVORITE}),
    sets=frozenset(),
    edits=frozenset({Field.UNREAD, Field.FAVORITE}),
    adds=False,
    removes=False,
    single=True,
)
SENT = NEWS.without(frozenset({Field.ADDED, Field.UNREAD, Field.FAVORITE}))
"""What of News is carried."""


@attrs.define
class Stars:
    """A feed reader's items by ref, the account, the links, and the planner between them."""

    planner: Forwarding
    account: Account
    source: dict[str, Bookmark]
    book: Book = attrs.field(factory=Book)

    def sides(self, right: Mapping[str, object] | None = None) -> Sides:
        """Return both sides; `right` is what else there is to say of the account."""
        left = View([Entry(ref, bookmark) for ref, bookmark in self.source.items()])
        return Sides(left, View(self.account.listing(), **(right or {})), self.book.all)  # type: ignore[arg-type]

    def plan(self, **right: object) -> Plan:
        """Plan what has to be written now."""
        return self.planner.plan(self.sides(right))

    def run(self) -> Plan:
        """Plan, carry out, read back, and do what follows."""
        made = self.plan()
        self.book.carry_out(made, self.account, self.planner.policy.mapper)
        self.follow()
        return made

    def follow(self) -> list[str]:
        """Do what follows at the source, and return the urls."""
        steps = self.planner.afterwards(self.sides(), self.book.all)
        for step in steps:
            assert isinstance(step.operation, Update)
            entry, delta = step.operation.entry, step.operation.delta
            assert step.aside
            assert all(self.source[entry.ref].get(field) == value for field, value in delta.expects.items())
            self.source[entry.ref] = delta.apply(self.source[entry.ref])
            self.book.store(step.link.turned())
        return [step.url for step in steps]

    def star(self, ref: str) -> None:
        """Let the person star an item, anew or for the first time."""
        self.source[ref] = attrs.evolve(self.source[ref], favorite=True)


def stars(
    *source: Bookmark,
    there: tuple[Bookmark, ...] = (),
    target: Capabilities = FULL,
    after: After = After.KEEP,
    tags: TagPolicy = TagPolicy(),
    **policy: object,
) -> Stars:
    """Return a scene: the source's items under the refs s1, s2, ..., the account's entries under r1, r2, ..."""
    account = Account(target)
    for bookmark in there:
        account.put(bookmark)
    way = Policy(Mapper(SENT, target, tags=tags), "news", "to", **policy)  # type: ignore[arg-type]
    back = None if after is After.KEEP else Policy(Mapper(target, NEWS), "to", "news")
    items = {f"s{number}": bookmark for number, bookmark in enumerate(source, 1)}
    return Stars(Forwarding(way, after, back, foretells=True), account, items)


def starred(url: str, **values: object) -> Bookmark:
    """Return a starred item."""
    return Bookmark(url, favorite=True, **values)  # type: ignore[arg-type]
