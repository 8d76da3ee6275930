"""Pace marks that every process shares."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from bridge.model.adapter import Mark
from bridge.model.errors import StateError
from bridge.state.pace import StoredPace
from bridge.state.store import Store

GAP = 3.0

SLOTS = """
import json, sys
from pathlib import Path
from bridge.model.adapter import Mark
from bridge.state.pace import StoredPace

def take(mark):
    start = 0.0 if mark is None else mark.next_start
    return Mark(start + 3.0, 3.0, 3.0)

pace = StoredPace(Path(sys.argv[1]))
print(json.dumps([pace.update("account", take).next_start for _ in range(40)]))
"""


def take(mark: Mark | None) -> Mark:
    """Take the next slot: one gap after the one before."""
    start = 0.0 if mark is None else mark.next_start
    return Mark(start + GAP, GAP, GAP)


def test_a_mark_is_given_back_to_whoever_comes_next(tmp_path: Path) -> None:
    """None at first; then what was returned, to another connection, too."""
    first, second = StoredPace(tmp_path), StoredPace(tmp_path)
    seen: list[Mark | None] = []

    def see(mark: Mark | None) -> Mark:
        seen.append(mark)
        return Mark(1.5, 0.25, 0.125)

    assert Mark(1.5, 0.25, 0.125) == first.update("a \ud800", see)
    second.update("a \ud800", see)
    second.update("b", see)

    assert [None, Mark(1.5, 0.25, 0.125), None] == seen
    first.close()
    second.close()


def test_threads_never_get_the_same_slot(tmp_path: Path) -> None:
    """Each on a connection of its own: the gap lies between all of them."""
    taken: list[float] = []

    def work() -> None:
        pace = StoredPace(tmp_path)
        taken.extend(pace.update("account", take).next_start for _ in range(25))
        pace.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [GAP * number for number in range(1, 101)] == sorted(taken)


def test_processes_never_get_the_same_slot(tmp_path: Path) -> None:
    """Several programs that meet a new state at once make it together and share its marks."""
    processes = [
        subprocess.Popen([sys.executable, "-c", SLOTS, str(tmp_path / "state")], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    taken = [slot for process in processes for slot in json.loads(process.communicate()[0])]

    assert [0, 0, 0] == [process.returncode for process in processes]
    assert [GAP * number for number in range(1, 121)] == sorted(taken)


def test_a_mark_is_taken_while_others_read_and_write(tmp_path: Path) -> None:
    """The run's own connection may be in the middle of reading."""
    store, pace = Store(tmp_path), StoredPace(tmp_path)
    store.account("a")
    rows = store.connection.execute("SELECT * FROM accounts")

    assert GAP == pace.update("account", take).next_start
    assert 1 == len(rows.fetchall())
    store.close()
    pace.close()


def test_a_function_that_fails_leaves_the_mark(tmp_path: Path) -> None:
    """And the next one finds no transaction open."""
    pace = StoredPace(tmp_path)
    pace.update("account", take)

    def fail(_mark: Mark | None) -> Mark:
        raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        pace.update("account", fail)

    assert 2 * GAP == pace.update("account", take).next_start
    pace.close()


def test_a_state_that_cannot_be_written_is_said_in_a_sentence(tmp_path: Path) -> None:
    """A mark that is not kept would let the next process call too early."""
    pace, store = StoredPace(tmp_path), Store(tmp_path)
    store.connection.execute("DROP TABLE pace")

    with pytest.raises(StateError, match="no such table"):
        pace.update("account", take)

    store.close()
    pace.close()
