"""What a run does about operations that fail, get no answer, or meet something else than expected."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import attrs
import pytest

from bridge.model.adapter import Missing
from bridge.model.bookmark import Bookmark, Entry
from bridge.model.capabilities import TagRules
from bridge.model.errors import BridgeError, CredentialsError, ProtocolError, Stopped, Unavailable
from bridge.model.link import Half, Link, Side
from bridge.model.operation import Done, Failed, Remove, Unknown
from bridge.model.plan import Step
from bridge.model.receipt import Listed, Loss, Receipt
from bridge.running.execute import Executor
from bridge.running.job import Ended, Past
from bridge.state.journal import Journal
from tests.support.bench import Bench
from tests.support.memory_adapter import CAPABLE, SILENCE, After, Killed, MemoryAdapter

DATE = datetime(2020, 1, 1, tzinfo=UTC)
A, B, C, D = (Bookmark(f"https://{name}.example/", title=name, tags=(name, "all"), added=DATE) for name in "abcd")
TIMED_OUT = Unknown("Timed out.")
AWAY = Unavailable("Away.", "Try later.")


def bench(tmp_path: Path, *source: Bookmark, target: tuple[Bookmark, ...] = (), batch: int | None = 1) -> Bench:
    """Return accounts that hold these."""
    capabilities = attrs.evolve(CAPABLE, batch=batch)
    return Bench(
        tmp_path / "state", MemoryAdapter("here", entries=source), MemoryAdapter("there", capabilities, target)
    )


def assert_accounted(ended: Ended) -> None:
    """Every bookmark that was read has a fate, or is one that the run did not come to."""
    assert ended.receipt.read == ended.receipt.fates + ended.receipt.pending


BATCHES = pytest.mark.parametrize("batch", [1, 3, None])


@BATCHES
def test_a_refused_bookmark_fails_alone(tmp_path: Path, batch: int | None) -> None:
    """The service's own words are the reason; the others arrive."""
    ready = bench(tmp_path, A, B, C, batch=batch)
    ready.target.on_push(B.url, Failed("no such thing as b"))

    ended = ready.run()

    assert (Listed(B.url, "no such thing as b"),) == ended.receipt.failed
    assert (1, 2, ["done", "failed", "done"]) == (ended.exit_code, ended.receipt.added, ready.states(1))
    assert_accounted(ended)


@BATCHES
def test_a_lost_answer_is_looked_up_and_taken_as_done(tmp_path: Path, batch: int | None) -> None:
    """What is there as it was sent is never sent again."""
    ready = bench(tmp_path, A, B, C, batch=batch)
    ready.target.on_push(B.url, After(TIMED_OUT))

    ended = ready.run()

    assert (0, 3, True) == (ended.exit_code, ended.receipt.added, ended.receipt.balanced)
    assert {1} == set(ready.target.added.values())
    assert ["done"] * 3 == ready.states(1)
    assert 0 == len(ready.run().plan.steps)


@BATCHES
def test_what_is_provably_not_there_is_sent_exactly_once_more(tmp_path: Path, batch: int | None) -> None:
    """A second lost answer of the same operation is not followed by a third try."""
    ready = bench(tmp_path, A, B, C, D, batch=batch)
    ready.target.on_push(B.url, TIMED_OUT)
    ready.target.on_push(C.url, TIMED_OUT, TIMED_OUT)

    ended = ready.run()

    assert {A.url, B.url, D.url} == set(ready.target.held())
    assert (Listed(C.url, "Timed out."),) == ended.receipt.failed
    assert ["done", "done", "failed", "done"] == ready.states(1)
    assert_accounted(ended)


def test_a_lost_update_is_sent_once_more(tmp_path: Path) -> None:
    """An Update that does not show was not carried out."""
    ready = bench(tmp_path, A)
    ready.run()
    ready.source.put(attrs.evolve(A, title="new"))
    ready.target.on_push(A.url, TIMED_OUT)

    ended = ready.run()

    assert (0, 1, "new") == (ended.exit_code, ended.receipt.merged, ready.target.held()[A.url].title)


@pytest.mark.parametrize("written", [True, False])
def test_two_failing_look_ups_leave_the_row_to_the_next_run(tmp_path: Path, written: bool) -> None:
    """It stays sent and is listed as failed; the next run settles it, whichever way it was."""
    ready = bench(tmp_path, A, B)
    ready.target.on_push(A.url, After(TIMED_OUT) if written else TIMED_OUT)
    ready.target.on_look_up(A.url, AWAY, AWAY)

    first = ready.run()

    assert ["sent", "done"] == ready.states(1)
    assert [A.url] == [item.url for item in first.receipt.failed]
    assert "next run looks it up" in first.receipt.failed[0].reason
    assert_accounted(first)
    second = ready.run()
    assert ([0, 1], "done" if written else "dropped") == (
        [second.exit_code, ready.target.added[A.url]],
        ready.states(1)[0],
    )
    assert (0 if written else 1, True) == (second.receipt.added, second.receipt.balanced)


def test_one_failing_look_up_is_asked_again(tmp_path: Path) -> None:
    """The person hears about the first."""
    ready = bench(tmp_path, A)
    ready.target.on_push(A.url, After(TIMED_OUT))
    ready.target.on_look_up(A.url, AWAY)

    ended = ready.run()

    assert (0, 1) == (ended.exit_code, ended.receipt.added)
    assert "there does not answer: Away." in ready.heard.said


def test_an_adapter_that_leaves_a_look_up_unanswered_is_not_believed(tmp_path: Path) -> None:
    """No answer is not the service's own "not found"."""
    ready = bench(tmp_path, A)
    ready.target.on_push(A.url, After(TIMED_OUT))
    ready.target.on_look_up(A.url, SILENCE, SILENCE)

    ended = ready.run()

    assert (["sent"], 1) == (ready.states(1), ready.target.added[A.url])
    assert_accounted(ended)


@BATCHES
def test_operations_without_an_outcome_are_in_doubt(tmp_path: Path, batch: int | None) -> None:
    """An adapter that breaks its promise of one outcome each is looked after like a lost answer."""
    ready = bench(tmp_path, A, B, C, batch=batch)
    ready.target.on_push(B.url, SILENCE)

    ended = ready.run()

    assert (0, 3, True) == (ended.exit_code, ended.receipt.added, ended.receipt.balanced)
    assert {1} == set(ready.target.added.values())


@BATCHES
def test_an_account_that_does_not_answer_is_tried_three_times_in_a_row(tmp_path: Path, batch: int | None) -> None:
    """Then it is given up: exit 75, a receipt that says so, the rest pending; the same command goes on."""
    ready = bench(tmp_path, A, B, C, D, batch=batch)
    ready.target.on_push(B.url, AWAY, AWAY, AWAY)

    ended = ready.run()

    assert (75, True, 1, 3) == (
        ended.exit_code,
        ended.receipt.interrupted,
        ended.receipt.added,
        ended.receipt.pending,
    )
    assert_accounted(ended)
    assert (["done"], "interrupted", 75) == (ready.states(1), ready.records()[0].state, ready.records()[0].exit)
    again = ready.run()
    assert (0, 3, 1) == (again.exit_code, again.receipt.added, again.receipt.unchanged)
    assert {1} == set(ready.target.added.values())


def test_an_answer_in_between_makes_the_account_available_again(tmp_path: Path) -> None:
    """Only answers that fail in a row count."""
    ready = bench(tmp_path, A, B, C)
    for item in (A, B, C):
        ready.target.on_push(item.url, AWAY, AWAY)

    assert (0, 3) == ((ended := ready.run()).exit_code, ended.receipt.added)


def test_an_account_that_cannot_even_be_looked_at_is_given_up(tmp_path: Path) -> None:
    """Three operations in doubt in a row end the run; none of them is sent again."""
    ready = bench(tmp_path, A, B, C, D)
    for item in (A, B, C):
        ready.target.on_push(item.url, After(TIMED_OUT))
        ready.target.on_look_up(item.url, AWAY, AWAY)

    ended = ready.run()

    assert (75, 3, 1) == (ended.exit_code, len(ended.receipt.failed), ended.receipt.pending)
    assert ["sent"] * 3 == ready.states(1)
    assert_accounted(ended)
    assert (0, {1}) == (ready.run().exit_code, set(ready.target.added.values()))


@BATCHES
def test_a_bookmark_that_fails_the_account_keeps_back_no_other(tmp_path: Path, batch: int | None) -> None:
    """Something before the service never lets it pass: it fails by itself, in every run, and the others arrive."""
    ready = bench(tmp_path, A, B, C, D, batch=batch)
    ready.target.on_push(B.url, *[ProtocolError("403, and a page.")] * 9)
    ended = ready.run()

    assert (Listed(B.url, "403, and a page."),) == ended.receipt.failed
    assert (1, 3, 0) == (ended.exit_code, ended.receipt.added, ended.receipt.pending)
    assert_accounted(ended)


@BATCHES
def test_a_service_that_answers_with_pages_alone_is_given_up(tmp_path: Path, batch: int | None) -> None:
    """After three of them, whichever bookmark they came for."""
    ready = bench(tmp_path, A, B, C, D, batch=batch)
    for bookmark in (A, B, C, D):
        ready.target.on_push(bookmark.url, *[ProtocolError("Sorry.")] * 9)
    ended = ready.run()

    assert (75, 1, 3) == (ended.exit_code, len(ended.receipt.failed), ended.receipt.pending)
    assert_accounted(ended)


@BATCHES
@pytest.mark.parametrize(
    ("error", "times", "code"),
    [(CredentialsError("No."), 1, 3), (Stopped("Stop."), 1, 130), (Unavailable("Away."), 3, 75)],
)
def test_an_error_of_the_account_ends_the_run_with_a_receipt(
    tmp_path: Path, error: BridgeError, times: int, code: int, batch: int | None
) -> None:
    """What was done before it in the same batch is counted, what came after is pending; the same command goes on."""
    ready = bench(tmp_path, A, B, C, batch=batch)
    ready.target.on_push(B.url, *[error] * times)

    ended = ready.run()

    assert (code, 1, 2) == (ended.exit_code, ended.receipt.added, ended.receipt.pending)
    assert ended.receipt.interrupted
    assert_accounted(ended)
    assert (0, {A.url, B.url, C.url}) == (ready.run().exit_code, set(ready.target.held()))
    assert {1} == set(ready.target.added.values())


@BATCHES
@pytest.mark.parametrize("doubt", [After(TIMED_OUT), Failed("item already exists", exists=True)])
def test_an_error_while_looking_leaves_nothing_uncounted(tmp_path: Path, doubt: object, batch: int | None) -> None:
    """A refused login in the middle of a look-up: what is in doubt is listed, what came after is pending."""
    ready = bench(tmp_path, A, B, C, batch=batch)
    ready.target.on_push(A.url, doubt)
    ready.target.on_look_up(A.url, CredentialsError("No."))

    ended = ready.run()

    assert (3, True) == (ended.exit_code, ended.receipt.interrupted)
    assert_accounted(ended)
    assert (0, {A.url, B.url, C.url}) == (ready.run().exit_code, set(ready.target.held()))
    assert {1} == set(ready.target.added.values())


def test_a_wish_to_stop_is_heard_between_batches(tmp_path: Path) -> None:
    """The call in flight ends, its outcome is kept, and nothing else is sent."""
    ready = bench(tmp_path, A, B, C)
    ready.stopping = lambda: bool(ready.target.applied)

    ended = ready.run()

    assert (130, 1, 2) == (ended.exit_code, ended.receipt.added, ended.receipt.pending)
    assert ended.error is not None
    assert "same command" in ended.error.remedy
    assert_accounted(ended)
    assert ended.receipt.verified is None


def test_a_wish_to_stop_leaves_doubts_to_the_next_run(tmp_path: Path) -> None:
    """Somebody who wants to stop does not wait for look-ups."""
    ready = bench(tmp_path, A, B)
    ready.target.on_push(A.url, After(TIMED_OUT))
    ready.stopping = lambda: bool(ready.target.applied)

    ended = ready.run()

    assert (130, 1, 1) == (ended.exit_code, len(ended.receipt.failed), ended.receipt.pending)
    assert (["sent"], []) == (ready.states(1), ready.target.looked_up)


@BATCHES
def test_an_add_that_meets_an_entry_is_merged_at_once(tmp_path: Path, batch: int | None) -> None:
    """The listing hid it; nothing there is replaced, and what is there already is unchanged."""
    mine = attrs.evolve(A, title="mine", tags=("kept",), added=DATE.replace(year=2010))
    ready = bench(tmp_path, A, B, C, target=(mine, attrs.evolve(B, title="")), batch=batch)
    ready.target.hidden = {A.url, B.url}

    ended = ready.run()

    assert (0, 1, 2) == (ended.exit_code, ended.receipt.added, ended.receipt.merged)
    assert attrs.evolve(mine, tags=("kept", "a", "all")) == ready.target.held()[A.url]
    assert B == ready.target.held()[B.url]
    assert 5 == len(ready.states(1))
    assert ["done"] * 5 == ready.states(1)
    assert_accounted(ended)
    ready.target.hidden = set()
    assert [] == list(ready.run().plan.steps)


def test_an_add_that_meets_its_equal_is_unchanged(tmp_path: Path) -> None:
    """Both are linked without a write."""
    ready = bench(tmp_path, A, target=(A,))
    ready.target.hidden = {A.url}

    ended = ready.run()

    assert (0, 1, []) == (ended.exit_code, ended.receipt.unchanged, ready.target.applied)
    assert {A.url} == set(ready.links())


def test_an_add_that_meets_itself_is_added(tmp_path: Path) -> None:
    """The answer was lost and the look-up lagged, so it was sent again and met what it had made: one added bookmark."""
    ready = bench(tmp_path, A)
    ready.target.on_push(A.url, After(TIMED_OUT))
    ready.target.on_look_up(A.url, Missing(A.url))

    ended = ready.run()

    assert (0, 1, 1) == (ended.exit_code, ended.receipt.added, ready.target.added[A.url])
    assert ["done"] == ready.states(1)


def test_an_entry_that_is_said_to_be_there_and_is_not_shown_fails(tmp_path: Path) -> None:
    """The service contradicts itself; the next run looks again."""
    ready = bench(tmp_path, A)
    ready.target.on_push(A.url, Failed("item already exists", exists=True))

    first, second = ready.run(), ready.run()

    assert ["The service says that it is there, and does not show it."] == [i.reason for i in first.receipt.failed]
    assert_accounted(first)
    assert (0, 1) == (second.exit_code, second.receipt.added)


def test_an_entry_that_stands_for_another_bookmark_is_skipped(tmp_path: Path) -> None:
    """A service that takes two urls for one page: the second gets no link, and the first keeps its own."""
    ready = bench(tmp_path, A, B)
    ready.target.on_push(B.url, Failed("item already exists", exists=True))
    ready.target.on_look_up(B.url, Entry("0001", attrs.evolve(A, url=B.url)))

    ended = ready.run(verify=False)

    assert (0, 1) == (ended.exit_code, ended.receipt.added)
    assert ["already stands for another bookmark"] == [item.reason[-35:] for item in ended.receipt.skipped]
    assert {A.url} == set(ready.links())
    assert_accounted(ended)


def test_an_add_that_meets_what_it_cannot_be_merged_with_fails(tmp_path: Path) -> None:
    """The target's own record would not survive being sent back."""
    ready = bench(tmp_path, A, target=(attrs.evolve(A, note="n" * 40, tags=()),))
    limits = attrs.evolve(CAPABLE.limits, note=20)
    ready.target.capabilities = attrs.evolve(CAPABLE, limits=limits)
    ready.target.hidden = {A.url}

    ended = ready.run()

    assert (1, 1, ["failed"]) == (ended.exit_code, len(ended.receipt.failed), ready.states(1))
    assert_accounted(ended)


def test_an_update_that_finds_other_values_writes_nothing(tmp_path: Path) -> None:
    """Somebody edits the entry between listing and write: it fails now, and the next run plans again."""
    ready = bench(tmp_path, A)
    ready.run()
    ready.source.put(attrs.evolve(A, tags=("a", "all", "new")))
    ready.target.on_push(A.url, lambda: ready.target.put(attrs.evolve(A, tags=("a", "all", "theirs"))))

    first, second = ready.run(), ready.run()

    assert ["it was changed meanwhile"] == [item.reason for item in first.receipt.failed]
    assert (0, ("a", "all", "theirs", "new")) == (second.exit_code, ready.target.held()[A.url].tags)


def test_an_update_that_finds_nothing_fails(tmp_path: Path) -> None:
    """Its owner removed the entry between listing and write."""
    ready = bench(tmp_path, A)
    ready.run()
    ready.source.put(attrs.evolve(A, title="new"))
    ready.target.on_push(A.url, lambda: ready.target.drop(A.url))

    assert ["there is no such item"] == [item.reason for item in ready.run().receipt.failed]


def test_a_url_that_is_taken_only_in_another_form_is_a_loss(tmp_path: Path) -> None:
    """The bookmark arrives, and the receipt says under which url."""
    ready = bench(tmp_path, attrs.evolve(A, url="https://a.example/ä"))
    spelt = attrs.evolve(A, url="https://a.example/%C3%A4")

    def take() -> None:
        ready.target.put(Entry("7", spelt))

    ready.target.on_push("https://a.example/ä", Done(Entry("7", spelt), lossy_url=True))
    ready.target.on_look_up("https://a.example/%C3%A4", take)

    ended = ready.run()

    assert (Loss("https://a.example/ä", "url", "https://a.example/ä", "https://a.example/%C3%A4"),) == (
        ended.receipt.losses
    )
    assert "https://a.example/%C3%A4" == ready.links()["https://a.example/ä"].right.url


def test_losses_are_listed_by_the_run_that_incurs_them(tmp_path: Path) -> None:
    """A tag that the target has no room for is lost once, and only if its bookmark arrives."""
    ready = bench(tmp_path, A, B)
    ready.target.capabilities = attrs.evolve(CAPABLE, tags=TagRules(most=1))
    ready.target.on_push(B.url, Failed("no"))

    ended = ready.run()

    assert [(A.url, "all")] == [(loss.url, loss.wanted) for loss in ended.receipt.losses]
    assert [] == [loss.url for loss in ready.run().receipt.losses if loss.url == A.url]


@pytest.mark.parametrize(
    ("die", "state"),
    [
        (lambda url: (url, Killed()), "dropped"),
        (lambda url: (url, After(Killed())), "done"),
    ],
    ids=["before", "after"],
)
def test_a_row_of_a_dead_run_is_settled_by_looking(
    tmp_path: Path, die: Callable[[str], tuple[str, object]], state: str
) -> None:
    """Sent and unanswered: what is there is done, what is not is planned again."""
    ready = bench(tmp_path, A, B)
    ready.target.on_push(*die(B.url))
    with pytest.raises(Killed):
        ready.run()
    assert ["done", "sent"] == ready.states(1)

    ended = ready.run()

    assert (0, {1}) == (ended.exit_code, set(ready.target.added.values()))
    assert ["done", state] == ready.states(1)


def test_many_rows_of_a_dead_run_are_looked_up_in_one_call(tmp_path: Path) -> None:
    """A file is read once, not once for each of twenty thousand rows."""
    ready = bench(tmp_path, A, B, C, batch=None)
    ready.target.on_push(C.url, After(Killed()))
    with pytest.raises(Killed):
        ready.run()
    calls = ready.target.calls

    ready.run()

    assert ["done"] * 3 == ready.states(1)
    assert (calls + 2, {1}) == (ready.target.calls, set(ready.target.added.values()))


def test_rows_of_another_pair_are_not_settled_into_this_one(tmp_path: Path) -> None:
    """A second source has its own links; the dead run of the first is settled when that comes again."""
    ready = bench(tmp_path, A)
    ready.target.on_push(A.url, After(Killed()))
    with pytest.raises(Killed):
        ready.run()
    other = Bench(ready.folder, MemoryAdapter("elsewhere", entries=(B,)), ready.target)

    other.run()

    assert {B.url} == set(other.links())
    assert ["sent"] == ready.states(1)
    assert (0, {A.url}, ["done"]) == (ready.run().exit_code, set(ready.links()), ready.states(1))


def test_an_update_that_died_half_way_goes_on_from_its_old_base(tmp_path: Path) -> None:
    """The source's change is carried by the next run as if nothing had been sent."""
    ready = bench(tmp_path, A)
    ready.run()
    ready.source.put(attrs.evolve(A, title="new"))
    ready.target.on_push(A.url, Killed())
    with pytest.raises(Killed):
        ready.run()

    ended = ready.run()

    assert (1, "new", ["dropped"]) == (ended.receipt.merged, ready.target.held()[A.url].title, ready.states(2))


@BATCHES
def test_an_add_that_arrived_in_part_is_completed_at_once(tmp_path: Path, batch: int | None) -> None:
    """Its answer was lost, and the entry lacks what belongs to it: the same run brings it, and counts it as added."""
    rich = attrs.evolve(A, unread=False, favorite=True)
    ready = bench(tmp_path, rich, B, batch=batch)
    ready.target.warp = lambda bookmark: attrs.evolve(bookmark, unread=True, favorite=False, tags=bookmark.tags[:1])
    ready.target.on_push(rich.url, After(TIMED_OUT), lambda: setattr(ready.target, "warp", lambda bookmark: bookmark))
    ready.target.on_push(B.url, lambda: setattr(ready.target, "warp", lambda bookmark: bookmark))
    ended = ready.run()

    assert rich == ready.target.held()[rich.url]
    assert (0, 2, 0) == (ended.exit_code, ended.receipt.added, ended.receipt.merged)
    assert () == ready.run().plan.steps
    assert_accounted(ended)


def test_a_settled_add_of_somebody_else_is_a_first_contact(tmp_path: Path) -> None:
    """The entry has another date than was sent: it was there before, so its own values stay."""
    ready = bench(tmp_path, A)
    ready.target.on_push(A.url, Killed())
    with pytest.raises(Killed):
        ready.run()
    ready.target.put(attrs.evolve(A, title="mine", added=DATE.replace(year=2011)))

    ended = ready.run()

    assert (0, "mine", ["dropped"]) == (ended.exit_code, ready.target.held()[A.url].title, ready.states(1))


def _receipt() -> Receipt:
    return Receipt("migrate", "here", "there")


class TestRemove:
    """No job of today removes anything; the executor knows how."""

    @pytest.fixture
    def ready(self, tmp_path: Path) -> Bench:
        """Hold the same bookmark on both sides."""
        return bench(tmp_path, A, target=(A,))

    def carry_out(self, ready: Bench) -> tuple[list[str], int]:
        """Remove it from the target; return the states of the rows, and how many were counted as removed."""
        with ready.state() as store:
            world = ready.world(store)
            pair = ready.pair(store)
            entry = next(iter(ready.target.entries.values()))
            store.save_entry(pair.right, entry)
            link = Link(Half("0001", A.url), Half(entry.ref, A.url))
            number = world.journal.begin(_receipt(), pair, plan="", pid=1, now=0.0)
            rows = world.journal.write(number, [pair.right], [Step(Side.RIGHT, Remove(entry), link, "0001")])
            executor = Executor(
                ready.parties[1], pair.right, pair, ready.planner(Past({Side.RIGHT: {}}, again=False)).policy, world
            )
            tally = executor.carry_out(rows)
            assert [] == store.entries(pair.right)
            return [entered.state for entered in Journal(store).steps(number)], sum(tally.fates.values())

    def test_removed_entry_becomes_a_tombstone(self, ready: Bench) -> None:
        """The replica no longer shows it."""
        assert (["done"], 1) == self.carry_out(ready)
        assert {} == ready.target.held()

    @pytest.mark.parametrize("script", [(TIMED_OUT,), (After(TIMED_OUT),)], ids=["before", "after"])
    def test_lost_answer_is_settled_by_looking(self, ready: Bench, script: tuple[object, ...]) -> None:
        """Not there any more is what a Remove means; still there is asked for once more."""
        ready.target.on_push(A.url, *script)

        assert (["done"], 1) == self.carry_out(ready)
        assert {} == ready.target.held()
