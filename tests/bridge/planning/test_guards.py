"""What stands between a plan and its first write."""

from __future__ import annotations

import attrs
import pytest

from bridge.model.bookmark import ALL_FIELDS, Bookmark, Entry, Field
from bridge.model.errors import Refused
from bridge.model.link import Half, Link
from bridge.model.operation import Add, Delta, Operation, Remove, Update
from bridge.planning.guards import emptied, refuse_moved
from bridge.planning.sides import Sides, View

A = "https://a.example/"
THERE = Entry("r1", Bookmark(A, title="t", tags=("a", "b")))
UPDATE = Update(THERE, Delta({Field.TITLE: "new"}, expects={Field.TITLE: "t"}))


def test_a_plan_whose_entries_are_as_they_were_passes() -> None:
    """Tags in another order, and fields that the target does not show, are no change."""
    now = attrs.evolve(THERE, bookmark=attrs.evolve(THERE.bookmark, tags=("b", "a"), private=False))

    operations = [UPDATE, Remove(THERE), Add(Bookmark("https://b.example/"))]

    assert refuse_moved(operations, [now], ALL_FIELDS - {Field.PRIVATE}) is None


@pytest.mark.parametrize(
    ("operation", "now"),
    [
        (UPDATE, attrs.evolve(THERE, bookmark=attrs.evolve(THERE.bookmark, note="a word"))),
        (UPDATE, attrs.evolve(THERE, ref="r2")),
        (Remove(THERE), attrs.evolve(THERE, bookmark=attrs.evolve(THERE.bookmark, title="theirs"))),
        (Add(Bookmark("HTTPS://A.example")), THERE),
    ],
)
def test_a_plan_that_would_touch_something_else_is_refused(operation: Operation, now: Entry) -> None:
    """Changed, gone, or there meanwhile under the same url key."""
    with pytest.raises(Refused) as refused:
        refuse_moved([operation], [now], ALL_FIELDS)

    assert ((operation.url,), 1) == (refused.value.items, refused.value.total)


def test_the_refusal_names_the_first_ten() -> None:
    """And the number of all."""
    gone = [Update(Entry(str(number), Bookmark(f"{A}{number}")), Delta()) for number in range(12)]
    with pytest.raises(Refused) as refused:
        refuse_moved(gone, [], ALL_FIELDS)

    assert (10, 12) == (len(refused.value.items), refused.value.total)
    assert refused.value.message.endswith(f"{A}9 and 2 more.")


def link(*, seen: bool) -> Link:
    """Return a link whose target entry was seen, or only written."""
    return Link(Half("l1", A, {}), Half("r1", A, {}, seen=seen))


def test_a_target_that_is_suddenly_empty_is_refused() -> None:
    """By its name, with the number of what was there; the way on can be pasted into a shell."""
    sides = Sides(View(()), View(()), [link(seen=True)] * 2 + [link(seen=False)])
    guarded = emptied(sides, ("pinboard", "my backup.jsonl"))

    assert guarded is not None
    assert guarded.message.startswith("my backup.jsonl is suddenly empty: earlier runs saw 2 ")
    assert "`bookmark-bridge forget pinboard 'my backup.jsonl'`" in guarded.remedy
    assert 2 == guarded.total


@pytest.mark.parametrize(
    ("target", "links"),
    [([THERE], [link(seen=True)]), ([], [link(seen=False)]), ([], [])],
    ids=["holds one", "never seen", "first run"],
)
def test_a_target_that_holds_something_or_never_did_passes(target: list[Entry], links: list[Link]) -> None:
    """An empty target is no news on a first run, nor where our own Adds were lost."""
    assert emptied(Sides(View(()), View(target), links), ("here", "there")) is None
