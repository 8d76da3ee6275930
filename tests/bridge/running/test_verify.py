"""What was written is read back; what is read becomes the base of the link."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import attrs
import pytest

from bridge.model.adapter import Missing
from bridge.model.bookmark import Bookmark, Entry, Field
from bridge.model.errors import CredentialsError, StateError, Unavailable
from bridge.model.receipt import Verified, Wrong
from tests.support.bench import Bench
from tests.support.memory_adapter import CAPABLE, Killed, MemoryAdapter

DATE = datetime(2020, 1, 1, tzinfo=UTC)
A, B, C = (Bookmark(f"https://{name}.example/", title=name.upper(), tags=(name,), added=DATE) for name in "abc")


@pytest.fixture
def ready(tmp_path: Path) -> Bench:
    """Return a source with two bookmarks and an empty target."""
    return Bench(tmp_path / "state", MemoryAdapter("here", entries=(A, B)), MemoryAdapter("there", CAPABLE))


def lower(bookmark: Bookmark) -> Bookmark:
    """Do what a service does that lower-cases titles unasked."""
    return attrs.evolve(bookmark, title=bookmark.title.lower())


def test_a_difference_is_asked_for_once_more_before_it_is_believed(ready: Bench) -> None:
    """A replica that lags shows the old state first."""
    ready.target.on_look_up(A.url, Entry("0001", attrs.evolve(A, title="")))

    ended = ready.run()

    assert Verified(2) == ended.receipt.verified
    assert [A.url, B.url, A.url] == ready.target.looked_up
    assert "A" == ready.links()[A.url].right.base[Field.TITLE]


def test_what_stays_different_is_wrong_once(ready: Bench) -> None:
    """The receipt lists it, exit 1; the base takes what stands there, so that the next run has nothing to repair."""
    ready.target.warp = lower

    first, second = ready.run(), ready.run()

    assert Verified(2, (Wrong(A.url, "title"), Wrong(B.url, "title"))) == first.receipt.verified
    assert (1, 0) == (first.exit_code, second.exit_code)
    assert Verified(0) == second.receipt.verified
    assert "a" == ready.links()[A.url].right.base[Field.TITLE]
    assert 2 == len(ready.target.applied)


def test_what_is_not_there_after_its_write_is_wrong_by_its_url(ready: Bench) -> None:
    """Done was said, and nothing is shown, twice: the next run adds it again."""
    ready.target.on_push(A.url, lambda: None)
    ready.target.on_look_up(A.url, lambda: ready.target.drop(A.url))

    ended = ready.run()

    assert Verified(2, (Wrong(A.url, "url"),)) == ended.receipt.verified
    assert (1, True) == (ended.exit_code, ended.receipt.balanced)
    assert (0, 1) == ((again := ready.run()).exit_code, again.receipt.added)


def test_an_entry_that_reads_back_under_another_ref_is_the_same(ready: Bench) -> None:
    """A service may give it another id than it answered with; the link follows."""
    moved = [Entry("new id", A)] * 2
    ready.target.on_look_up(A.url, *moved)

    ended = ready.run()

    assert Verified(2) == ended.receipt.verified
    assert "new id" == ready.links()[A.url].right.ref


def test_an_account_that_goes_away_before_reading_back_leaves_it_to_the_next_listing(ready: Bench) -> None:
    """Everything is written and nothing pending; exit 75 says that it was not verified."""
    ready.target.warp = lower
    ready.target.on_look_up(A.url, Unavailable("Away."))

    first = ready.run()

    assert (75, 2, 0, True) == (
        first.exit_code,
        first.receipt.added,
        first.receipt.pending,
        first.receipt.interrupted,
    )
    assert first.receipt.verified is None
    second = ready.run()
    assert Verified(2, (Wrong(A.url, "title"), Wrong(B.url, "title"))) == second.receipt.verified
    assert (1, 0) == (second.exit_code, ready.run().exit_code)


def test_no_verify_reads_nothing_back(ready: Bench) -> None:
    """The receipt says that nothing was verified, instead of that nothing was wrong."""
    ended = ready.run(verify=False)

    assert (None, []) == (ended.receipt.verified, ready.target.looked_up)
    assert not ready.links()[A.url].right.seen


def test_what_a_dead_run_wrote_is_verified_by_the_next_complete_listing(ready: Bench) -> None:
    """It is not looked up again one by one."""
    ready.target.warp = lower
    ready.target.on_push(B.url, Killed())
    with pytest.raises(Killed):
        ready.run()

    ended = ready.run()

    assert Verified(2, (Wrong(A.url, "title"), Wrong(B.url, "title"))) == ended.receipt.verified
    assert ready.links()[A.url].right.seen
    assert A.url not in ready.target.looked_up


def test_a_dry_run_leaves_the_verdict_to_the_next_run(ready: Bench) -> None:
    """What a listing tells about unverified writes is told by a receipt that is kept."""
    ready.target.warp = lower
    ready.run(verify=False)

    assert ready.run(dry_run=True).receipt.verified is None
    assert Verified(2, (Wrong(A.url, "title"), Wrong(B.url, "title"))) == ready.run().receipt.verified


def test_an_increment_proves_nothing_about_what_it_does_not_list(ready: Bench) -> None:
    """Only a complete listing adopts, and the dry run had it."""
    ready.target.increments = True
    ready.run(verify=False)
    ready.run(dry_run=True)

    ended = ready.run()

    assert Verified(0) == ended.receipt.verified
    assert [None, None, "2"] == ready.target.pulls


def test_a_run_that_is_cut_short_tells_what_its_listing_verified(ready: Bench) -> None:
    """It reads nothing back, and still says what became of the writes of the run before."""
    ready.target.warp = lower
    ready.run(verify=False)
    ready.source.put(C)
    ready.target.on_push(C.url, CredentialsError("Refused."))

    ended = ready.run()

    assert 3 == ended.exit_code
    assert Verified(2, (Wrong(A.url, "title"), Wrong(B.url, "title"))) == ended.receipt.verified


def test_a_bookmark_whose_add_was_lost_is_added_again(ready: Bench) -> None:
    """The service said Done, and no listing has ever shown it."""
    ready.run(verify=False)
    ready.target.drop(A.url)

    ended = ready.run()

    assert (0, 1) == (ended.exit_code, ended.receipt.added)
    assert {A.url, B.url} == set(ready.target.held())


def test_a_bookmark_that_was_removed_at_the_target_stays_removed(ready: Bench) -> None:
    """It has been seen there, so somebody took it away."""
    ready.run()
    ready.target.drop(A.url)

    ended = ready.run()

    assert (0, 1, {B.url}) == (ended.exit_code, len(ended.receipt.skipped), set(ready.target.held()))


def test_a_state_that_cannot_be_written_while_reading_back_is_raised(ready: Bench) -> None:
    """The writes stand in the journal; the receipt cannot."""
    with ready.state() as store:
        store.connection.execute(
            "CREATE TRIGGER full BEFORE INSERT ON links WHEN (SELECT count(*) FROM journal WHERE state = 'done') = 2 "
            "AND (SELECT count(*) FROM links) = 2 BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END"
        )
        store.connection.execute("CREATE TRIGGER keep BEFORE DELETE ON links BEGIN SELECT RAISE(FAIL, 'full'); END")

    with pytest.raises(StateError, match="full"):
        ready.run()

    assert ["done", "done"] == ready.states(1)


def test_missing_is_believed_only_twice(ready: Bench) -> None:
    """A look-up may lag behind the write."""
    ready.target.on_look_up(A.url, Missing("0001"))

    assert Verified(2) == ready.run().receipt.verified
