"""How a list is read page by page while it changes: what is there all the time is shown, or there is a doubt."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.pocket.paging import Doubt, Repeats, Shifted, pages
from adapters.pocket.wire import Listing
from adapters.pocket.wire_items import Broken, Item

Change = Callable[[list[str]], object]


class Server:
    """A list that is changed before some of its calls; `ordered`: it tells the order. `calls` are count and offset."""

    def __init__(self, *ids: str, ordered: bool = True, cap: int = 30, **changes: Change) -> None:
        self.ids = list(ids)
        self.always = set(ids)
        self.calls: list[tuple[int, int]] = []
        self._ordered = ordered
        self._cap = cap
        self._changes = {int(name.removeprefix("before_")): change for name, change in changes.items()}

    def get(self, count: int, offset: int) -> Listing:
        """Answer a call."""
        self.calls.append((count, offset))
        self._changes.get(len(self.calls), len)(self.ids)
        self.always &= set(self.ids)
        return self.answer(count, offset)

    def answer(self, count: int, offset: int) -> Listing:
        """Return a part of the list."""
        part = self.ids[offset:][: min(count, self._cap)]
        return listing(part, ordered=self._ordered)

    def read(self, count: int = 30, begin: int = 0) -> tuple[list[str], Doubt | None]:
        """Return what is shown, and the doubt."""
        shown: list[str] = []
        doubt: Doubt | None = None
        for part in pages(self.get, count, begin):
            assert doubt is None
            if isinstance(part, Listing):
                shown += [item.item_id for item in part.items]
            else:
                doubt = part
        return shown, doubt


def listing(ids: Sequence[str], *, ordered: bool = True) -> Listing:
    """Make an answer of items."""
    items = (Item(item_id, sort_id=place if ordered else None) for place, item_id in enumerate(ids))
    return Listing(tuple(items), keys=len(ids))


def numbered(count: int) -> list[str]:
    """Make ids."""
    return [str(number) for number in range(count)]


def to_the_end(place: int) -> Change:
    """Date an item anew."""
    return lambda ids: ids.append(ids.pop(place)) if place < len(ids) else None


def to_the_front(place: int) -> Change:
    """Date an item long ago."""
    return lambda ids: ids.insert(0, ids.pop(place)) if place < len(ids) else None


def without(place: int) -> Change:
    """Delete an item."""
    return lambda ids: ids.pop(place) if place < len(ids) else None


def with_new(place: int) -> Change:
    """Add an item of some date."""
    return lambda ids: ids.insert(place, f"new{len(ids)}-{place}")


ordered = pytest.mark.parametrize("ordered", [True, False], ids=["in order", "in some order"])


@ordered
@pytest.mark.parametrize(
    ("held", "calls"),
    [
        (0, [0]),
        (1, [0, 1]),
        (3, [0, 2, 3]),
        (30, [0, 29, 30]),
        (31, [0, 29, 30, 31]),
        (90, [0, 29, 58, 87, 89, 90]),
    ],
)
def test_pages_overlap_by_one(held: int, calls: list[int], *, ordered: bool) -> None:
    """So that a shift of the list is seen; the end is an empty page."""
    server = Server(*numbered(held), ordered=ordered)

    assert (numbered(held), None) == server.read()
    assert calls == [offset for _count, offset in server.calls]


def test_a_reading_may_begin_anywhere() -> None:
    """What is before that is not looked at."""
    server = Server(*numbered(9))

    assert (numbered(9)[5:], None) == server.read(3, begin=5)
    assert 5 == min(offset for _count, offset in server.calls)


@ordered
@pytest.mark.parametrize("change", [to_the_end(3), without(3), with_new(3), to_the_front(60)])
@pytest.mark.parametrize("before", [2, 3, 4])
def test_a_list_that_shifts_is_read_anew(change: Change, before: int, *, ordered: bool) -> None:
    """Then everything is shown, once, be it skipped or not."""
    server = Server(*numbered(90), ordered=ordered, **{f"before_{before}": change})
    shown, doubt = server.read()

    assert None is doubt
    assert len(shown) == len(set(shown))
    assert set(server.ids) <= set(shown)
    assert len(server.calls) <= 6 + before


@ordered
@pytest.mark.parametrize("change", [to_the_end(3), without(3), with_new(3)])
def test_a_list_that_goes_on_shifting_is_in_doubt(change: Change, *, ordered: bool) -> None:
    """It is not read a third time, but what it shows is shown."""
    server = Server(*numbered(90), ordered=ordered, before_2=change, before_4=change)
    shown, doubt = server.read()

    assert Shifted() == doubt
    assert len(set(server.ids) - set(shown)) <= 1
    assert 1 == [offset for _count, offset in server.calls[1:]].count(0)


def test_two_changes_at_once_are_seen_by_the_item_at_the_edge() -> None:
    """One item is dated anew and comes again on the last page, another is deleted; a number alone would not tell."""

    def change(ids: list[str]) -> None:
        to_the_end(3)(ids)
        without(3)(ids)

    server = Server(*numbered(45), before_2=change)
    shown, doubt = server.read()

    assert None is doubt
    assert set(server.ids) <= set(shown)


CHANGES = st.dictionaries(
    st.integers(2, 12),
    st.builds(
        lambda make, place: make(place),
        st.sampled_from([to_the_end, to_the_front, without, with_new]),
        st.integers(0, 9),
    ),
    max_size=3,
)


@given(st.integers(0, 9), st.integers(1, 5), st.integers(1, 5), CHANGES, st.booleans())
@example(3, 2, 1, {}, False)
def test_what_is_there_all_the_time_is_shown(
    held: int, count: int, cap: int, changes: dict[int, Change], ordered: bool
) -> None:
    """Or there is a doubt, but for servers that give one item at a time. Nothing is shown twice; the reading ends."""
    named = {f"before_{number}": change for number, change in changes.items()}
    server = Server(*numbered(held), ordered=ordered, cap=cap, **named)
    shown, doubt = server.read(count)

    assert len(shown) == len(set(shown))
    assert doubt is not None or server.always <= set(shown) or cap == 1
    assert changes or doubt is None
    assert len(server.calls) < 100


def test_a_page_that_comes_late_is_believed_if_it_fits() -> None:
    """An item was saved between what should have been the last two calls."""
    server = Server(*numbered(3), before_3=with_new(3))
    shown, doubt = server.read()

    assert ([*numbered(3), "new3-3"], None) == (shown, doubt)
    assert [0, 2, 3, 2, 3, 4] == [offset for _count, offset in server.calls]


class Stubborn(Server):
    """A server that takes no notice of the offset; `counts`: it does of the number."""

    counts = False

    def answer(self, count: int, offset: int) -> Listing:
        return super().answer(count if self.counts else 1_000, 0)


@pytest.mark.parametrize(
    ("held", "count", "counts", "doubt"),
    [
        (30, 30, False, Repeats(30, 30, fixed=True)),
        (30, 100, False, Repeats(100, 30, fixed=True)),
        (31, 30, False, Repeats(30, 31, fixed=True)),
        (30, 30, True, Repeats(30, 30)),
        (90, 30, True, Repeats(30, 30)),
        (30, 100, True, Repeats(100, 30)),
        (5, 30, True, Repeats(30, 5)),
        (1, 30, True, Repeats(30, 1, fixed=True)),
    ],
)
def test_a_page_that_repeats_is_asked_for_in_another_number(
    held: int, count: int, counts: bool, doubt: Repeats
) -> None:
    """Who gives the same then gives all he has."""
    server = Stubborn(*numbered(held), cap=1_000)
    server.counts = counts
    shown, found = server.read(count)

    assert (doubt, min(held, count) if counts else held) == (found, len(shown))
    assert 3 == len(server.calls)
    assert server.calls[2][0] not in (0, count)
    assert doubt.whole is (held not in (30, 90) or not counts)


def test_a_page_that_repeats_because_the_list_moved_is_no_repeat() -> None:
    """Two items came before all others, so that the second page is the first one; far behind there is nothing."""

    def change(ids: list[str]) -> None:
        ids[:0] = ["a", "b"]

    server = Server(*numbered(3), before_2=change)

    assert ([*numbered(3), "a", "b"], None) == server.read()


def test_what_repeats_while_it_changes_is_read_anew() -> None:
    """An item more on the second page is a shift like any other; then the server shows what it is."""
    server = Stubborn(*numbered(5), cap=1_000, before_3=with_new(5))

    assert ([*numbered(5), "new5-5"], Repeats(30, 6, fixed=True)) == server.read()


def test_broken_items_are_shown_once_and_those_without_an_id_stand_for_any() -> None:
    """One of them may be the item at the edge."""
    broken = (Broken("1", "broken"), Broken("", "nameless"))
    answers = iter(
        [
            Listing((Item("0", sort_id=0),), broken, keys=3),
            Listing((Item("2", sort_id=1),), (Broken("", "nameless"),), keys=2),
            Listing((Item("2", sort_id=0),), keys=1),
            Listing(),
        ]
    )
    parts = list(pages(lambda _count, _offset: next(answers), 30, 0))

    assert [
        Listing((Item("0", sort_id=0),), broken, keys=3),
        Listing((Item("2", sort_id=1),), (Broken("", "nameless"),), keys=2),
    ] == parts


def test_pages_of_nothing_but_nameless_items_end() -> None:
    """Whether they are always the same, nobody can tell."""
    nameless = Listing((), (Broken("", "nameless"),) * 2, keys=2)
    for first, doubt in ((nameless, Repeats(30, 2)), (listing(["1"]), Shifted())):
        *_shown, found = pages(lambda _count, offset, first=first: nameless if offset else first, 30, 0)  # type: ignore[misc]
        assert doubt == found
