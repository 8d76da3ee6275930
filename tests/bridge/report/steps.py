"""Steps that the tests of reports read: some made by hand, some by Hypothesis."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

import attrs
from hypothesis import strategies as st

from bridge.model.bookmark import Bookmark, Entry, Field
from bridge.model.link import Half, Link, Side
from bridge.model.operation import Add, Delta, Operation, Remove, Update
from bridge.model.plan import Entered, Step
from tests.support import strategies as values

DAY = datetime(2014, 5, 13, 16, 53, 20, tzinfo=UTC)
BOOKMARK = Bookmark("https://a.example/", "A title", tags=("food", "slow-food"), added=DAY, unread=False)


def link(ours: str, theirs: str, pairs: Iterable[tuple[str, str]] = ()) -> Link:
    """Return a link of two refs, the written side on its right."""
    return Link(Half(ours, ours), Half(theirs, theirs), frozenset(pairs))


def step(operation: Operation, side: Side = Side.RIGHT, **fields: object) -> Step:
    """Return a step that writes a side."""
    url = operation.url
    return attrs.evolve(Step(side, operation, link(f"{url} here", f"{url} there"), url), **fields)  # type: ignore[arg-type]


def update(before: Bookmark, delta: Delta, **fields: object) -> Step:
    """Return a step that changes an entry."""
    return step(Update(Entry("r", before), delta), **fields)  # type: ignore[arg-type]


def entered(*steps: Step, state: str = "done", outcome: str | None = None) -> list[Entered]:
    """Return steps as the journal shows them."""
    return [Entered(number, state, of, outcome) for number, of in enumerate(steps)]


_DELTAS = st.builds(
    Delta,
    st.fixed_dictionaries({}, optional={Field.TITLE: values.texts, Field.UNREAD: st.booleans()}),
    st.lists(values.tags, max_size=3).map(tuple),
    st.lists(values.tags, max_size=3).map(tuple),
)
_ENTRIES = st.builds(Entry, values.texts, values.bookmarks())


@st.composite
def steps(draw: st.DrawFn, most: int = 6) -> tuple[Step, ...]:
    """Return steps of every kind, those that write a bookmark on both sides always two and two."""
    found: list[Step] = []
    for number in range(draw(st.integers(0, most))):
        ours, theirs = f"left {number}", f"right {number}"
        there, back = link(ours, theirs), link(theirs, ours)
        if draw(st.booleans()):
            for side, of in ((Side.RIGHT, there), (Side.LEFT, back)):
                found.append(Step(side, Update(draw(_ENTRIES), draw(_DELTAS)), of, "s", was=of))
            continue
        operation = draw(
            st.one_of(
                st.builds(Add, values.bookmarks()), st.builds(Update, _ENTRIES, _DELTAS), st.builds(Remove, _ENTRIES)
            )
        )
        mark = draw(st.sampled_from(["", "restores", "aside", "completes"]))
        found.append(Step(draw(st.sampled_from(Side)), operation, there, "s", **({mark: True} if mark else {})))
    return tuple(draw(st.permutations(found)))
