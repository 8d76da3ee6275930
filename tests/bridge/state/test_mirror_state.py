"""What the state keeps for jobs that run again and again: cursors' age, removals, twins, refusals, and rest."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

from bridge.model.adapter import End, Listing, Problem
from bridge.model.bookmark import ALL_FIELDS, Bookmark, Entry
from bridge.model.link import Half, Link
from bridge.model.receipt import Listed, Receipt
from bridge.state.store import Pair, Store
from tests.support.bench import QuickStore

A, B = (Entry(name, Bookmark(f"https://{name}.example/")) for name in "ab")
LINK = Link(Half("a", "https://a.example/"), Half("b", "https://b.example/"))
RECEIPT = Receipt("mirror", "left", "right", unchanged=2, skipped=(Listed("u", "why"),))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Open a new state."""
    opened = QuickStore(tmp_path / "state")
    yield opened
    opened.close()


@pytest.fixture(params=[False, True], ids=["straight", "turned"])
def pair(store: Store, request: pytest.FixtureRequest) -> Pair:
    """Enter two accounts, in one order or the other."""
    numbers = store.account("one"), store.account("two")
    return Pair(*(numbers[::-1] if request.param else numbers))


def listing(*entries: Entry, complete: bool = True, cursor: str | None = "1", **more: tuple[object, ...]) -> Listing:
    """Return what a pull brought."""
    parts = {"removed": (), "problems": (), "losses": (), "remarks": (), **more}
    return Listing(entries=entries, end=End(complete=complete, cursor=cursor), **parts)  # type: ignore[arg-type]


class TestCursor:
    """Where the next pull starts."""

    @pytest.mark.parametrize(("since", "cursor"), [(99.0, "1"), (100.0, None), (101.0, None)])
    def test_it_starts_at_the_beginning_where_the_last_whole_listing_is_too_old(
        self, store: Store, pair: Pair, since: float, cursor: str | None
    ) -> None:
        """Made at 100 seconds, it has to be newer than the limit."""
        store.save_listing(pair.left, listing(A), ALL_FIELDS, 100.0)

        assert cursor == store.cursor(pair.left, ALL_FIELDS, since)
        assert "1" == store.cursor(pair.left, ALL_FIELDS)

    def test_an_increment_makes_no_whole_listing_newer(self, store: Store, pair: Pair) -> None:
        """It moves the cursor alone."""
        store.save_listing(pair.left, listing(A), ALL_FIELDS, 100.0)
        store.save_listing(pair.left, listing(B, complete=False, cursor="2"), ALL_FIELDS, 200.0)

        assert ("2", None) == (
            store.cursor(pair.left, ALL_FIELDS, 50.0),
            store.cursor(pair.left, ALL_FIELDS, 150.0),
        )


class TestReported:
    """What a service itself has said to be removed."""

    def test_it_is_remembered_until_the_entry_is_shown_again(self, store: Store, pair: Pair) -> None:
        """It is no longer present meanwhile."""
        store.save_listing(pair.left, listing(A, B), ALL_FIELDS)
        store.save_listing(pair.left, listing(complete=False, removed=("a", "never seen")), ALL_FIELDS)
        assert ({"a"}, [B]) == (store.reported(pair.left), store.entries(pair.left))

        store.save_listing(pair.left, listing(A, complete=False), ALL_FIELDS)

        assert (set(), [A, B]) == (store.reported(pair.left), store.entries(pair.left))

    def test_absence_from_a_listing_is_no_report(self, store: Store, pair: Pair) -> None:
        """Nor is our own removal; and a report outlives whole listings."""
        store.save_listing(pair.left, listing(A, B), ALL_FIELDS)
        store.remove_entry(pair.left, "a")
        store.save_listing(pair.left, listing(complete=False, removed=("b",)), ALL_FIELDS)
        store.save_listing(pair.left, listing(), ALL_FIELDS)

        assert {"b"} == store.reported(pair.left)


class TestTwins:
    """Entries that the other account keeps as other bookmarks."""

    def test_they_belong_to_one_side_of_one_pair(self, store: Store, pair: Pair) -> None:
        """The latest is kept."""
        store.save_twin(pair, "a", "x")
        store.save_twin(pair, "a", "y")
        store.save_twin(pair.the_other_way, "b", "z")

        assert ({"a": "y"}, {"b": "z"}) == (store.twins(pair), store.twins(pair.the_other_way))
        assert {} == store.twins(Pair(pair.left, store.account("three")))

    def test_a_pair_that_is_forgotten_has_none(self, store: Store, pair: Pair) -> None:
        """On either side; those of another pair stay."""
        other = Pair(pair.left, store.account("three"))
        for of in (pair, pair.the_other_way, other):
            store.save_twin(of, "a", "x")
        store.forget(pair)

        assert ({}, {}, {"a": "x"}) == (store.twins(pair), store.twins(pair.the_other_way), store.twins(other))


class TestRefusals:
    """What a guard refused, and a person may approve of."""

    def test_it_is_found_by_its_name(self, store: Store) -> None:
        """Another name, or none, approves of nothing."""
        store.save_refusal("1234", ["removes left b", "removes left a"])

        assert {"removes left a", "removes left b"} == store.refused("1234")
        assert frozenset() == store.refused("other") == store.refused("")

    def test_the_same_name_means_what_was_last_refused(self, store: Store) -> None:
        """Again and again."""
        store.save_refusal("1234", ["a"])
        store.save_refusal("1234", ["b"])

        assert {"b"} == store.refused("1234")


class TestVersions:
    """Two numbers that tell whether anything has changed in what is known of a pair."""

    @pytest.mark.parametrize("side", ["left", "right"])
    def test_they_grow_with_everything_that_a_plan_is_made_from(self, store: Store, pair: Pair, side: str) -> None:
        """Entries, what is gone, what cannot be read, links, and twins, on either side."""
        account = getattr(pair, side)
        of = pair if side == "left" else pair.the_other_way
        changes = [
            lambda: store.save_listing(account, listing(A, B), ALL_FIELDS),
            lambda: store.save_listing(account, listing(complete=False, removed=("b",)), ALL_FIELDS),
            lambda: store.save_listing(account, listing(complete=False, problems=(Problem("row", "odd"),)), ALL_FIELDS),
            lambda: store.save_entry(account, B),
            lambda: store.remove_entry(account, "b"),
            lambda: store.save_links(of, [LINK]),
            lambda: store.save_twin(of, "b", "x"),
            lambda: store.forget(of),
        ]
        seen = [store.versions(pair)]
        for change in changes:
            change()
            seen.append(store.versions(pair))

        assert len(changes) + 1 == len(set(seen))
        assert seen == sorted(seen)

    def test_an_increment_that_shows_nothing_changes_nothing(self, store: Store, pair: Pair) -> None:
        """Only the cursor moves; and no link that is stored is none."""
        store.save_listing(pair.left, listing(A), ALL_FIELDS)
        before = store.versions(pair)
        store.save_listing(pair.left, listing(complete=False, cursor="9"), ALL_FIELDS)
        store.save_links(pair, [])

        assert before == store.versions(pair) == store.versions(pair.the_other_way)


class TestRest:
    """A job that found nothing to do knows what it will say as long as nothing changes."""

    def test_it_gives_the_receipt_and_counts_the_rounds(self, store: Store, pair: Pair) -> None:
        """Each time that it is asked."""
        store.save_rest(pair, "job", RECEIPT)

        assert [RECEIPT, RECEIPT] == [store.rest(pair, "job") for _ in range(2)]
        assert 2 == store.rounds_rested(pair)

    def test_it_ends_when_anything_changes(self, store: Store, pair: Pair) -> None:
        """And begins anew when the job has looked; the rounds go on."""
        store.save_rest(pair, "job", RECEIPT)
        store.rest(pair, "job")
        store.save_entry(pair.right, A)
        assert store.rest(pair, "job") is None

        store.save_rest(pair, "job", attrs.evolve(RECEIPT, unchanged=3))

        assert 3 == getattr(store.rest(pair, "job"), "unchanged", None)
        assert 2 == store.rounds_rested(pair)

    def test_another_job_has_to_look_for_itself(self, store: Store, pair: Pair) -> None:
        """A pair remembers one."""
        assert (None, 0) == (store.rest(pair, "job"), store.rounds_rested(pair))
        store.save_rest(pair, "job", RECEIPT)
        store.save_rest(pair, "other", RECEIPT)

        assert [None, RECEIPT] == [store.rest(pair, name) for name in ("job", "other")]
        assert store.rest(Pair(pair.left, store.account("three")), "other") is None
