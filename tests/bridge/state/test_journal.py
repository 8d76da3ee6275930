"""The journal: what was intended, what was sent, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

from bridge.model.bookmark import Bookmark
from bridge.model.errors import ConfigurationError, StateError
from bridge.model.link import Half, Link, Side
from bridge.model.operation import Add
from bridge.model.plan import Step
from bridge.model.receipt import Receipt
from bridge.state.journal import Entered, Journal, Row, RunRecord
from bridge.state.store import Pair, Store
from tests.support.bench import QuickStore

RECEIPT = Receipt("migrate", "here", "there")


def step(name: str) -> Step:
    """Return a step that adds a bookmark."""
    url = f"https://{name}.example/"
    return Step(Side.RIGHT, Add(Bookmark(url)), Link(Half(name, url), Half(url, url)), name)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Open a new state."""
    opened = QuickStore(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def journal(store: Store) -> Journal:
    """Open its journal."""
    return Journal(store)


@pytest.fixture
def pair(store: Store) -> Pair:
    """Enter two accounts."""
    return Pair(store.account("here"), store.account("there"))


def begin(journal: Journal, pair: Pair, *names: str, plan: str = "") -> tuple[int, list[Row]]:
    """Begin a run of these steps."""
    run = journal.begin(RECEIPT, pair, plan=plan, pid=7, now=100.0)
    return run, journal.write(run, [pair.right] * len(names), [step(name) for name in names])


def states(journal: Journal, run: int) -> list[str]:
    """Return the states of a run's rows."""
    return [entered.state for entered in journal.steps(run)]


def test_steps_are_planned_then_sent_then_answered(journal: Journal, pair: Pair) -> None:
    """A person reads them in their order, each with what came of it."""
    run, rows = begin(journal, pair, "a", "b", "c")
    assert ["planned"] * 3 == states(journal, run)

    journal.mark(rows[:2], "sent")
    journal.mark(rows[:1], "done")
    journal.mark(rows[1:2], "failed", "no \ud800")

    assert [
        Entered(0, "done", step("a"), None),
        Entered(1, "failed", step("b"), "no \\ud800"),
        Entered(2, "planned", step("c"), None),
    ] == journal.steps(run)
    assert [(run, 0), (run, 1), (run, 2)] == [(row.run, row.seq) for row in rows]


def test_a_run_is_recorded_from_its_beginning_to_its_end(journal: Journal, pair: Pair) -> None:
    """Without a receipt while it runs; with the one it was given afterwards."""
    run, _ = begin(journal, pair, "a")
    running = RunRecord(
        run, "migrate", "here", "there", 7, 100.0, None, "running", None, None, (pair.low, pair.high), ""
    )
    assert running == journal.run(run)

    receipt = attrs.evolve(RECEIPT, run=run, added=1)
    journal.end(run, receipt, exit_code=1, now=200.0)

    ended = attrs.evolve(running, ended=200.0, state="ended", exit=1, receipt=receipt)
    assert [ended] == journal.runs()
    assert [] == journal.steps(run)


def test_an_interrupted_run_is_called_so(journal: Journal, pair: Pair) -> None:
    """What was sent and not answered stays; what was never sent goes."""
    run, rows = begin(journal, pair, "a", "b")
    journal.mark(rows[:1], "sent")

    journal.end(run, attrs.evolve(RECEIPT, interrupted=True), exit_code=130, now=1.0)

    assert "interrupted" == journal.run(run).state
    assert ["sent"] == states(journal, run)


def test_the_latest_run_is_listed_first(journal: Journal, pair: Pair) -> None:
    """Numbers go up."""
    numbers = [begin(journal, pair)[0] for _ in range(3)]

    assert sorted(numbers, reverse=True) == [record.id for record in journal.runs()]


def test_a_name_may_be_any_path(journal: Journal, pair: Pair) -> None:
    """A file's name may hold bytes that are no text."""
    run = journal.begin(Receipt("migrate", "./\udcff.zip", "\udcfe"), pair, plan="", pid=1, now=0.0)

    assert ("./\\udcff.zip", "\\udcfe") == (journal.run(run).source, journal.run(run).target)


def test_a_run_that_never_was_is_said_to_be_none(journal: Journal) -> None:
    """The remedy is the list of runs."""
    with pytest.raises(ConfigurationError, match="no run 9") as raised:
        journal.run(9)

    assert "runs" in raised.value.remedy


def test_dead_runs_of_either_account_are_buried(journal: Journal, store: Store, pair: Pair) -> None:
    """Whoever holds the lock of an account knows that nothing of it runs; other accounts' runs may."""
    third, fourth = store.account("third"), store.account("fourth")
    dead, rows = begin(journal, pair, "a", "b")
    journal.mark(rows[:1], "sent")
    also, _ = begin(journal, Pair(third, pair.left), "a")
    elsewhere, _ = begin(journal, Pair(third, fourth), "a")
    done, _ = begin(journal, pair)
    journal.end(done, RECEIPT, exit_code=0, now=1.0)

    assert [dead, also] == journal.bury(pair)
    assert [] == journal.bury(pair)
    assert ["dead", "dead", "running", "ended"] == [record.state for record in journal.runs()[::-1]]
    assert (["sent"], [], ["planned"]) == tuple(states(journal, run) for run in (dead, also, elsewhere))


def test_unanswered_rows_are_those_of_the_pair_and_the_account(journal: Journal, store: Store, pair: Pair) -> None:
    """The oldest first, over all runs; whichever of the pair a job calls left."""
    _, first = begin(journal, pair, "a", "b", "c")
    _, second = begin(journal, pair, "d")
    _, other = begin(journal, Pair(store.account("third"), pair.right), "e")
    journal.mark([*first, *second, *other], "sent")
    journal.mark(first[1:2], "done")

    assert [first[0], first[2], second[0]] == journal.unanswered(pair, pair.right)
    assert [first[0], first[2], second[0]] == journal.unanswered(Pair(pair.right, pair.left), pair.right)
    assert [] == journal.unanswered(pair, pair.left)


def test_a_step_that_stands_in_for_another_takes_it_along(journal: Journal, pair: Pair) -> None:
    """The one that it replaced is done when it is, and not before."""
    run, rows = begin(journal, pair, "a", "b")
    more = journal.add(run, pair.right, step("c"), instead=rows[0])
    journal.mark(rows[:1], "dropped")
    assert (2, ["dropped", "planned", "planned"]) == (more.seq, states(journal, run))

    journal.mark([more], "sent")
    assert ["dropped", "planned", "sent"] == states(journal, run)
    journal.mark([more], "done")

    assert ["done", "planned", "done"] == states(journal, run)


def test_what_was_done_under_a_plan_is_known_whichever_run_did_it(journal: Journal, store: Store, pair: Pair) -> None:
    """Steps are recognised by their text; other plans' and unfinished ones do not count."""
    for name, plan, state in [("a", "p", "done"), ("b", "p", "done"), ("c", "q", "done"), ("d", "p", "sent")]:
        _, rows = begin(journal, pair, name, plan=plan)
        journal.mark(rows, state)

    assert {store.codec.dump(step(name)) for name in "ab"} == journal.done_under("p")


def test_all_rows_of_a_call_are_marked_or_none(journal: Journal, store: Store, pair: Pair) -> None:
    """A fault in the middle leaves none of them sent."""
    run, rows = begin(journal, pair, "a", "b")
    store.connection.execute(
        "CREATE TRIGGER full BEFORE UPDATE ON journal WHEN new.seq = 1 BEGIN SELECT RAISE(ABORT, 'disk is full'); END"
    )

    with pytest.raises(StateError, match="disk is full"):
        journal.mark(rows, "sent")

    assert ["planned", "planned"] == states(journal, run)


def test_a_garbled_journal_is_a_state_that_cannot_be_trusted(journal: Journal, store: Store, pair: Pair) -> None:
    """No traceback, whatever is asked."""
    run, rows = begin(journal, pair, "a")
    journal.mark(rows, "sent")
    store.connection.execute("UPDATE journal SET body = '{}'")
    store.connection.execute("UPDATE runs SET receipt = '{}'")

    for ask in (lambda: journal.steps(run), lambda: journal.unanswered(pair, pair.right), journal.runs):
        with pytest.raises(StateError, match="cannot be used"):
            ask()
