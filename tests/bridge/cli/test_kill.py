"""A run that is killed at any moment and run again ends as an undisturbed one, each bookmark added once."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path

import pytest

from adapters.http.serving import refuse
from tests.support import pocket_zip
from tests.support.stage import Stage, stage

KILLS = int(os.environ.get("BRIDGE_KILLS", "3"))
"""Kills in the suite; fifty (BRIDGE_KILLS=50) take some minutes."""

SEED = int(os.environ.get("BRIDGE_SEED", "20261121"))
PACE = {"default": 0.004}


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> pocket_zip.Account:
    """Make an export with every oddity, and an API dump beside it."""
    return pocket_zip.make(tmp_path_factory.mktemp("export"), rows=pocket_zip.CYCLE)


def _seed(ready: Stage, account: pocket_zip.Account) -> None:
    """Let the sandbox hold a few of the bookmarks already, so that there is something to merge."""
    from adapters.pinboard.sandbox_account import Post  # noqa: PLC0415

    urls = [url for url in account.united if " " not in url][10:40:3]
    ready.sandbox.load([Post(url, "", "a note of mine", ("mine",)) for url in urls])


@pytest.fixture(scope="module")
def undisturbed(account: pocket_zip.Account, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """Return what the sandbox holds after a run that nobody disturbed."""
    with stage(tmp_path_factory.mktemp("calm") / "home") as ready:
        _seed(ready, account)
        assert 0 == ready.json("migrate", account.zip, "pinboard", "--with", account.dump).code
        return ready.held()


@pytest.mark.parametrize("number", range(KILLS))
def test_killed_process_goes_on(
    number: int, account: pocket_zip.Account, undisturbed: dict[str, object], tmp_path: Path
) -> None:
    """SIGKILL at a random moment, as often as it takes: same end state, one effective add for each bookmark."""
    rng = random.Random(SEED + number)
    with stage(tmp_path / "home", gaps=PACE) as ready:
        _seed(ready, account)
        ready.sandbox.strict = False
        for _ in range(2):
            process = ready.start("migrate", account.zip, "pinboard", "--with", account.dump)
            time.sleep(rng.uniform(0.4, 1.6))  # noqa: TID251 - the moment of the kill is the subject
            process.kill()
            process.communicate()
        last = ready.json("migrate", account.zip, "pinboard", "--with", account.dump)

        assert (0, True) == (last.code, last.json["balanced"]), last.err
        assert undisturbed == ready.held(), f"seed {SEED + number}"
        assert {1} == set(ready.sandbox.effective_adds.values()), f"seed {SEED + number}"


def test_a_check_that_is_stopped_says_so(tmp_path: Path) -> None:
    """While it waits for a busy service: 130, and no account is called good or bad."""
    with stage(tmp_path / "home") as ready:
        ready.sandbox.faults.add(refuse(retry_after=60), times=9)
        process = ready.start("check", "pinboard")
        while not ready.sandbox.log and process.poll() is None:
            time.sleep(0.02)  # noqa: TID251 - another process works meanwhile
        process.send_signal(signal.SIGINT)
        _out, err = process.communicate(timeout=20)

        assert 130 == process.returncode, err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_asked_to_stop_it_finishes_the_call_in_flight_and_says_how_to_go_on(
    number: signal.Signals, account: pocket_zip.Account, undisturbed: dict[str, object], tmp_path: Path
) -> None:
    """Ctrl-C ends in 130 with a receipt that says so, and the same command goes on."""
    with stage(tmp_path / "home", gaps={"default": 0.05}) as ready:
        _seed(ready, account)
        ready.sandbox.strict = False
        process = ready.start("--json", "migrate", account.zip, "pinboard", "--with", account.dump)
        while len(ready.sandbox.log) < 12 and process.poll() is None:
            time.sleep(0.02)  # noqa: TID251 - another process works meanwhile
        process.send_signal(number)
        out, err = process.communicate(timeout=20)
        unanswered = ready.json("runs").json["runs"][0]
        again = ready.json("migrate", account.zip, "pinboard", "--with", account.dump)

        assert 130 == process.returncode, err
        assert '"interrupted": true' in out
        assert "Run the same command again" in err
        assert ("interrupted", 130) == (unanswered["state"], unanswered["exit"])
        assert 0 == again.code
        assert undisturbed == ready.held()
        assert {1} == set(ready.sandbox.effective_adds.values())
