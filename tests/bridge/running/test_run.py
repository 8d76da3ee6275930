"""A migration from its locks to its receipt, between two accounts in memory."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import attrs
import pytest

from bridge.mapping.mapper import Privacy
from bridge.model.adapter import End, Missing, Problem
from bridge.model.bookmark import Bookmark, Entry
from bridge.model.capabilities import Cost
from bridge.model.errors import (
    CredentialsError,
    InputError,
    Locked,
    ProtocolError,
    Refused,
    StateError,
    Stopped,
    Unavailable,
    UsageError,
)
from bridge.model.operation import Add, Update
from bridge.model.receipt import Loss, Written
from bridge.planning.policy import Existing
from bridge.running.world import Work
from bridge.state.lock import locked
from tests.support.bench import PID, Bench
from tests.support.memory_adapter import CAPABLE, After, Killed, MemoryAdapter

DATE = datetime(2020, 1, 1, tzinfo=UTC)
A, B, C = (Bookmark(f"https://{name}.example/", title=name, tags=(name, "all"), added=DATE) for name in "abc")
PUBLISHING = attrs.evolve(CAPABLE, publishes=True)


def bench(tmp_path: Path, *source: Bookmark, target: tuple[Bookmark, ...] = ()) -> Bench:
    """Return accounts that hold these."""
    return Bench(tmp_path / "state", MemoryAdapter("here", entries=source), MemoryAdapter("there", entries=target))


def test_first_migration_brings_everything_and_balances(tmp_path: Path) -> None:
    """All fields arrive, every bookmark is counted once, and what was written is read back."""
    ready = bench(tmp_path, A, B, C)

    ended = ready.run()

    assert ready.source.held() == ready.target.held()
    assert (0, True, 3, 3) == (
        ended.exit_code,
        ended.receipt.balanced,
        ended.receipt.read_source,
        ended.receipt.added,
    )
    assert {"here": Written(), "there": Written(added=3)} == ended.receipt.writes
    assert ended.receipt.verified is not None
    assert 3 == ended.receipt.verified.checked
    assert {"here": ready.source.calls, "there": ready.target.calls} == ended.receipt.calls
    assert [("here", None, 3, 0), ("there", None, 0, 0)] == sorted(ready.heard.of(Work.READING))
    assert [("there", 3, 3, 0)] == ready.heard.of(Work.WRITING) == ready.heard.of(Work.READING_BACK)
    assert ["done"] * 3 == ready.states(1)


def test_second_run_writes_nothing(tmp_path: Path) -> None:
    """What is there and linked is unchanged; nobody is asked, nothing is kept."""
    ready = bench(tmp_path, A, B, C)
    ready.run()
    before = list(ready.target.applied)
    ready.asked.clear()

    ended = ready.run()

    assert (0, 3, 0) == (ended.exit_code, ended.receipt.unchanged, ended.receipt.added)
    assert before == ready.target.applied
    assert ([], []) == (ready.asked, ready.kept)


def test_an_unchanged_link_is_not_stored_again(tmp_path: Path) -> None:
    """The tag memory is ordered by what was really written last, not by the last listing."""
    ready = bench(tmp_path, A)
    ready.run()
    with ready.state() as store:
        before = store.connection.execute("SELECT * FROM tag_memory").fetchall()

    ready.run()

    with ready.state() as store:
        assert before == store.connection.execute("SELECT * FROM tag_memory").fetchall()


def test_an_edit_at_the_source_travels_with_the_next_run(tmp_path: Path) -> None:
    """A linked bookmark is updated by the fields that changed alone."""
    ready = bench(tmp_path, A)
    ready.run()
    ready.source.put(attrs.evolve(A, title="new", tags=("a", "more")))

    ended = ready.run()

    assert (0, 1) == (ended.exit_code, ended.receipt.merged)
    assert {A.url: attrs.evolve(A, title="new", tags=("a", "more"))} == ready.target.held()
    assert isinstance(ready.target.applied[-1], Update)


def test_what_the_target_held_is_kept_before_the_first_write(tmp_path: Path) -> None:
    """The backup is named after the run and made while nothing has been pushed."""
    ready = bench(tmp_path, A, target=(B,))

    ready.run()

    assert [("before-1.jsonl", (B.url,), 0)] == ready.kept


def test_nothing_is_pushed_if_the_backup_fails(tmp_path: Path) -> None:
    """A state folder that takes no backup ends the run as such, exit 5, and the journal says how."""
    ready = bench(tmp_path, A, target=(B,))
    ready.fail_to_keep = InputError("The disk is full.")

    ended = ready.run()

    assert [] == ready.target.applied
    assert (5, True, 1) == (ended.exit_code, ended.receipt.interrupted, ended.receipt.pending)
    assert "nothing was written to it: The disk is full." in str(ended.error)
    assert ["interrupted"] == [record.state for record in ready.records()]


def test_dry_run_makes_the_same_plan_and_writes_nothing(tmp_path: Path) -> None:
    """The counts of a dry run are those of the run; no row is journaled and no link stored."""
    ready = bench(tmp_path, A, B, target=(attrs.evolve(B, tags=("mine",)), C))
    ready.target.capabilities = attrs.evolve(CAPABLE, cost=Cost(gap=3.0, listing=4.0, add=1, update=2))

    dry = ready.run(dry_run=True)

    assert ([], [], {}) == (ready.target.applied, ready.records(), ready.links())
    assert dry.receipt.dry_run
    assert dry.receipt.estimate is not None
    assert (3, 13.0) == (dry.receipt.estimate.calls, dry.receipt.estimate.seconds)
    real = ready.run()
    assert (1, 1) == (dry.receipt.added, dry.receipt.merged)
    assert (1, 1) == (real.receipt.added, real.receipt.merged)
    assert dry.plan == real.plan


@pytest.mark.parametrize(("verify", "seconds"), [(True, 4.0), (False, 2.0)], ids=["verify", "no-verify"])
def test_estimate_counts_reading_back(tmp_path: Path, verify: bool, seconds: float) -> None:
    """Without a listing to read from, each written bookmark costs one more call."""
    ready = bench(tmp_path, A, B)
    ready.target.capabilities = attrs.evolve(CAPABLE, cost=Cost(gap=1.0, add=1))

    ended = ready.run(dry_run=True, verify=verify)

    assert ended.receipt.estimate is not None
    assert (2, seconds) == (ended.receipt.estimate.calls, ended.receipt.estimate.seconds)


def test_a_refusal_of_the_person_writes_nothing(tmp_path: Path) -> None:
    """Who says no to what is about to be written is heard before the run is journaled."""
    ready = bench(tmp_path, A)
    ready.agree = False

    with pytest.raises(Stopped):
        ready.run()

    assert ([], []) == (ready.target.applied, ready.records())
    assert 1 == ready.asked[0][0].added


def test_the_same_account_twice_is_an_error_of_usage(tmp_path: Path) -> None:
    """An account cannot be migrated to itself, by whatever names."""
    ready = Bench(tmp_path, MemoryAdapter("there"), MemoryAdapter("there"))

    with pytest.raises(UsageError, match="same account"):
        ready.run()


def test_a_locked_account_stops_the_run_before_its_first_call(tmp_path: Path) -> None:
    """Another run on either account is named at once."""
    ready = bench(tmp_path, A)
    ready.folder.mkdir()

    with locked(ready.folder, ["there"], "a migrate from x to there (process 1)"), pytest.raises(Locked) as raised:
        ready.run()

    assert "process 1" in str(raised.value)
    assert (0, 0) == (ready.source.calls, ready.target.calls)


def test_the_holder_of_the_lock_is_named_by_its_process(tmp_path: Path) -> None:
    """Whoever meets the lock of a run reads what runs."""
    ready = bench(tmp_path, A)
    met: list[str] = []

    def meanwhile() -> None:
        try:
            with locked(ready.folder, ["here"], "me"):
                pass
        except Locked as error:
            met.append(error.message)

    ready.target.on_push(A.url, meanwhile)
    ready.run()

    assert [f"Another run works on here: a migrate from here to there (process {PID})."] == met


def test_a_broken_listing_changes_nothing(tmp_path: Path) -> None:
    """A pull that ends in an error, or without its End, leaves replica and cursor as they were."""
    ready = bench(tmp_path, A, B, target=(C,))
    ready.source.on_pull(Unavailable("away"), None)

    with pytest.raises(Unavailable, match="away"):
        ready.run()
    with pytest.raises(ProtocolError, match="broke off"):
        ready.run()

    with ready.state() as store:
        assert [] == store.entries(ready.pair(store).left)
    assert ([], []) == (ready.target.applied, ready.records())


def test_an_incomplete_target_listing_holds_everything_back(tmp_path: Path) -> None:
    """Where one url can stand twice, nothing is added next to what a listing may not have shown."""
    ready = bench(tmp_path, A)
    ready.target.on_pull(End(complete=False))

    with pytest.raises(Unavailable, match="there did not list all"):
        ready.run()

    assert [] == ready.target.applied


def test_an_incomplete_listing_is_enough_where_the_url_is_the_ref(tmp_path: Path) -> None:
    """Such a service refuses a second entry itself, so what was not listed is met."""
    ready = bench(tmp_path, A, B, target=(attrs.evolve(A, tags=("mine",)),))
    ready.target.capabilities = attrs.evolve(CAPABLE, url_is_ref=True)
    ready.target.hidden = {A.url}
    ready.target.on_pull(End(complete=False))

    ended = ready.run()

    assert (0, 1, 1) == (ended.exit_code, ended.receipt.added, ended.receipt.merged)
    assert ("mine", "a", "all") == ready.target.held()[A.url].tags


def test_increments_are_read_from_the_cursor_on(tmp_path: Path) -> None:
    """A second run asks for what is new and plans with the whole replica."""
    ready = bench(tmp_path, A, B)
    ready.source.increments = True
    ready.run()
    ready.source.put(C)
    ready.source.drop(A.url)

    ended = ready.run()

    assert [None, "2"] == ready.source.pulls
    assert (2, 1, 1) == (ended.receipt.read_source, ended.receipt.added, ended.receipt.unchanged)


def test_broken_records_losses_and_remarks_of_the_source_are_in_the_receipt(tmp_path: Path) -> None:
    """What cannot be read is skipped by name; a loss is listed by the run that carries its bookmark."""
    ready = bench(tmp_path, A)
    ready.source.problems = (Problem("row 17", "It has no url."), Problem("row 18", "Odd.", url="https://odd.example/"))
    ready.source.losses = (Loss(A.url, "added", "yesterday"),)
    ready.source.remarks = ("Read from one file.",)

    first, second = ready.run(), ready.run()

    assert ["row 17: It has no url.", "row 18: Odd."] == [item.reason for item in first.receipt.skipped]
    assert ["", "https://odd.example/"] == [item.url for item in first.receipt.skipped]
    assert (3, True) == (first.receipt.read_source, first.receipt.balanced)
    assert (ready.source.losses, ready.source.remarks) == (first.receipt.losses, first.receipt.remarks)
    assert () == second.receipt.losses


def test_a_record_that_can_no_longer_be_read_has_one_fate(tmp_path: Path) -> None:
    """The replica still knows the bookmark; it is skipped as unreadable and not counted as unchanged, too."""
    ready = bench(tmp_path, A, B)
    ready.run()
    ready.source.problems = (Problem("record 1", "Garbled.", ref=ready.source.find(A.url).ref),)  # type: ignore[union-attr]
    ready.source.hidden = {A.url}

    ended = ready.run()

    assert (2, 1, 1) == (ended.receipt.read_source, ended.receipt.unchanged, len(ended.receipt.skipped))
    assert ended.receipt.balanced


def test_an_unreadable_record_of_the_target_is_not_added_again(tmp_path: Path) -> None:
    """It is there, whatever it holds."""
    ready = bench(tmp_path, A)
    ready.target.problems = (Problem("record 1", "Garbled.", url=A.url),)

    ended = ready.run()

    assert (0, 1, []) == (ended.receipt.added, len(ended.receipt.skipped), ready.target.applied)
    assert ended.receipt.balanced


def test_both_counts_bookmarks_that_the_target_has(tmp_path: Path) -> None:
    """Linked or under the same url; a link to an entry that is gone does not count."""
    ready = bench(tmp_path, A, B, C, target=(B,))
    ready.run()
    ready.target.drop(A.url)

    ended = ready.run()

    assert (3, 2) == (ended.receipt.read_source, ended.receipt.read_both)
    assert ended.receipt.balanced


def test_an_account_that_was_written_to_is_listed_in_full_next_time(tmp_path: Path) -> None:
    """A service that answers as it did before our writes has lost them, be the run that wrote dead or ended."""
    ready = bench(tmp_path, A, B)
    ready.target.increments = True
    ready.target.on_push(B.url, Killed())
    with pytest.raises(Killed):
        ready.run()

    writes = [ready.run().receipt.added for _ in range(3)]

    assert ([1, 0, 0], [None, None, None, "2"]) == (writes, ready.target.pulls)


def test_damage_of_a_source_is_failed(tmp_path: Path) -> None:
    """Where nobody knows how much is lost, exit 1 says so; a single broken record is skipped."""
    ready = bench(tmp_path, A)
    ready.source.problems = (Problem("row 17", "It has no url."), Problem("part.csv", "It ends early.", lost=True))

    ended = ready.run()

    assert ["row 17: It has no url."] == [item.reason for item in ended.receipt.skipped]
    assert ["part.csv: It ends early."] == [item.reason for item in ended.receipt.failed]
    assert (1, True, 3) == (ended.exit_code, ended.receipt.balanced, ended.receipt.read_source)


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_target_that_forgot_everything_is_not_taken_at_its_word(tmp_path: Path, dry_run: bool) -> None:
    """Nothing is planned and nothing journaled; after `forget` it is filled again."""
    ready = bench(tmp_path, A, B)
    ready.run()
    ready.target.drop(A.url)
    ready.target.drop(B.url)

    with pytest.raises(Refused, match="there is suddenly empty"):
        ready.run(dry_run=dry_run)

    assert 1 == len(ready.records())
    with ready.state() as store:
        store.forget(ready.pair(store))
    assert 2 == ready.run().receipt.added


def test_a_dead_run_is_said_to_be_gone_on_from(tmp_path: Path) -> None:
    """The next run names the dead one, and the journal calls it dead."""
    ready = bench(tmp_path, A, B)
    ready.target.on_push(B.url, Killed())
    with pytest.raises(Killed):
        ready.run()

    ended = ready.run()

    assert "Going on after run 1, which did not come to its end." in ready.heard.said
    assert "Looked up what was on its way when the last run ended: 1." in ready.heard.said
    assert ["dead", "ended"] == [record.state for record in ready.records()]
    assert (0, 1, 1) == (ended.exit_code, ended.receipt.added, ended.receipt.unchanged)


def test_a_dry_run_after_a_dead_one_leaves_it_to_the_next_run(tmp_path: Path) -> None:
    """It plans with what the listing shows of the unanswered write, and neither settles it nor calls the run dead."""
    ready = bench(tmp_path, A, B, C)
    ready.target.on_push(B.url, After(Killed()))
    with pytest.raises(Killed):
        ready.run()
    links, states = ready.links(), ready.states(1)

    dry = ready.run(dry_run=True)

    assert (1, 2, []) == (dry.receipt.added, dry.receipt.unchanged, ready.heard.said)
    assert (links, states, ["running"]) == (ready.links(), ready.states(1), [item.state for item in ready.records()])
    ended = ready.run()
    assert "Going on after run 1, which did not come to its end." in ready.heard.said
    assert (0, 1, 2) == (ended.exit_code, ended.receipt.added, ended.receipt.unchanged)


def test_a_state_that_cannot_be_written_ends_the_run_as_such(tmp_path: Path) -> None:
    """Without its journal a run has no receipt: StateError is raised, whenever it comes."""
    ready = bench(tmp_path, A, B)
    with ready.state() as store:
        store.connection.execute(
            "CREATE TRIGGER full BEFORE INSERT ON links BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END"
        )

    with pytest.raises(StateError, match="disk is full"):
        ready.run()

    assert ["sent", "planned"] == ready.states(1)


def public(*items: Bookmark) -> list[Bookmark]:
    """Return bookmarks that everybody may read."""
    return [attrs.evolve(item, private=False) for item in items]


def test_a_public_bookmark_that_was_hidden_meanwhile_is_not_published(tmp_path: Path) -> None:
    """The source is read once more before a public Add; what is private there now, or gone, is not sent."""
    ready = bench(tmp_path, *public(A, B, C))
    ready.target.capabilities = PUBLISHING
    ready.source.on_look_up(A.url, Entry("0001", A))
    ready.source.on_look_up(B.url, Missing("0002"))

    ended = ready.run()

    assert {C.url} == set(ready.target.held())
    assert [A.url, B.url] == [item.url for item in ended.receipt.failed]
    assert (1, True) == (ended.exit_code, ended.receipt.balanced)


@pytest.mark.parametrize("single", [True, False], ids=["asked for one", "listed only"])
def test_a_saved_plan_publishes_nothing_that_was_hidden_since(tmp_path: Path, single: bool) -> None:
    """What the source is listed as now counts, also where it cannot be asked for one entry, like a file."""
    ready = bench(tmp_path, *public(A, B, C))
    ready.source.capabilities = attrs.evolve(CAPABLE, single=single)
    ready.target.capabilities = PUBLISHING
    saved = ready.saved(ready.run(dry_run=True))
    ready.source.put(A)
    ready.source.drop(B.url)

    ended = ready.run(saved=saved)

    assert {C.url} == set(ready.target.held())
    assert [A.url, B.url] == [item.url for item in ended.receipt.failed]
    assert (1, True, [C.url] if single else []) == (ended.exit_code, ended.receipt.balanced, ready.source.looked_up)


def test_only_what_is_published_is_looked_up_at_the_source(tmp_path: Path) -> None:
    """Private bookmarks cannot leak, and nobody else reads a target that does not publish, like a file."""
    ready = bench(tmp_path, A, *public(B))
    ready.target.capabilities = PUBLISHING
    other = bench(tmp_path / "other", A, *public(B))

    assert [2, 2] == [each.run().receipt.added for each in (ready, other)]
    assert ([B.url], []) == (ready.source.looked_up, other.source.looked_up)


@pytest.mark.parametrize(("listing", "seconds"), [(0.0, 6.0), (5.0, 5.0)], ids=["one by one", "listing"])
def test_estimate_counts_reading_the_source_again(tmp_path: Path, listing: float, seconds: float) -> None:
    """By whichever ends sooner, for what is published alone, and not where the source cannot be asked."""
    ready = bench(tmp_path, *public(A, B), C)
    ready.source.capabilities = attrs.evolve(CAPABLE, cost=Cost(gap=3.0, listing=listing))
    ready.target.capabilities = PUBLISHING

    estimates = [ready.run(dry_run=True).receipt.estimate]
    ready.source.capabilities = attrs.evolve(ready.source.capabilities, single=False)
    estimates.append(ready.run(dry_run=True).receipt.estimate)

    assert [seconds, 0.0] == [estimate.seconds for estimate in estimates if estimate is not None]


def test_a_job_that_publishes_private_bookmarks_does(tmp_path: Path) -> None:
    """Where the job says private = never, a private source is no reason to hold back."""
    ready = bench(tmp_path, A)
    ready.target.capabilities = PUBLISHING
    ready.private = Privacy.NEVER

    ended = ready.run()

    assert (0, 1) == (ended.exit_code, ended.receipt.added)
    assert not ready.target.held()[A.url].private


def test_a_source_that_cannot_be_asked_again_stops_the_run_before_its_first_write(tmp_path: Path) -> None:
    """The run is not even journaled."""
    ready = bench(tmp_path, *public(A))
    ready.target.capabilities = PUBLISHING
    ready.source.on_look_up(A.url, CredentialsError("Refused."))

    with pytest.raises(CredentialsError):
        ready.run()

    assert ([], []) == (ready.target.applied, ready.records())


def test_existing_entries_are_left_where_the_job_skips_them(tmp_path: Path) -> None:
    """An entry that the listing hid is skipped like one that it showed."""
    ready = bench(tmp_path, A, target=(attrs.evolve(A, tags=("mine",)),))
    ready.existing = Existing.SKIP
    ready.target.hidden = {A.url}

    ended = ready.run()

    assert (0, 1, []) == (ended.exit_code, len(ended.receipt.skipped), ready.target.applied)


def test_an_add_carries_the_whole_bookmark(tmp_path: Path) -> None:
    """The journal holds what was sent."""
    ready = bench(tmp_path, A)

    ended = ready.run()

    assert [Add(A)] == [step.operation for step in ended.plan.steps]
