"""The jobs of the config, once and again and again."""

from __future__ import annotations

import json
import shlex
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import attrs
import pytest

from adapters.http.serving import ERROR_BEFORE, HTML_BEFORE, slow
from adapters.pinboard.sandbox_account import Post
from bridge.cli import run as command
from bridge.cli.faults import gravest
from bridge.model.errors import Locked
from bridge.state.lock import locked
from tests.support.stage import Result, ShortTime, Stage

BAD = '[jobs.bad]\nkind = "mirror"\nleft = "nobody"\nright = "pinboard"\n'


def _jsonl(path: Path, *urls: str) -> Path:
    """Write a file of bookmarks."""
    lines = [{"bookmark-bridge": 1}, *({"url": url, "title": "T"} for url in urls)]
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    return path


def _configure(ready: Stage, *tables: str) -> None:
    """Add tables to the config."""
    with (ready.folder / "config.toml").open("a", encoding="utf-8") as file:
        file.write("".join(f"\n{table}\n" for table in tables))


@pytest.fixture
def ready(bare: Stage, tmp_path: Path) -> Stage:
    """Have two jobs: Pinboard mirrored with a file, and a file migrated to another one."""
    mine, new = _jsonl(tmp_path / "mine.jsonl", "https://example.org/1"), _jsonl(tmp_path / "new.jsonl")
    _configure(
        bare,
        f'[jobs.reading]\nkind = "mirror"\nleft = "pinboard"\nright = "{mine}"\ndeletes = "propagate"\nfull = "0s"',
        f'[jobs.copy]\nkind = "migrate"\nsource = "{mine}"\ntarget = "{new}"',
    )
    return bare


class Interrupted(ShortTime):
    """Short time in which things happen at a given second of waiting; at the last one somebody asks to stop."""

    def __init__(self, seconds: float, **happens: Callable[[], object]) -> None:
        super().__init__()
        self._seconds = seconds
        self._happens = {float(key.removeprefix("at_")): action for key, action in happens.items()}

    def pause(self, seconds: float) -> None:
        super().pause(seconds)
        for when in [when for when in self._happens if when <= self.waited]:
            self._happens.pop(when)()
        if self.waited >= self._seconds:
            signal.raise_signal(signal.SIGTERM)


def _rounds(ready: Stage, *arguments: str, seconds: float = 25, **happens: Callable[[], object]) -> Result:
    """Run rounds ten seconds apart until somebody asks to stop."""
    return attrs.evolve(ready, time=Interrupted(seconds, **happens)).run(*arguments, "run", "--every", "10s")


def _said(result: Result) -> Iterator[str]:
    """Yield the lines on standard output without their times."""
    for line in result.out.splitlines():
        moment, _, sentence = line.partition("  ")
        time.strptime(moment, "%Y-%m-%d %H:%M:%S")
        yield sentence


def test_all_jobs_run_in_their_order_a_line_each(ready: Stage) -> None:
    """Without a name it is every job of the config; a second run finds nothing to do."""
    first, second = ready.run("run"), ready.run("-q", "run")

    assert (0, ["reading: 1 added", "copy: 1 added"]) == (first.code, list(_said(first)))
    assert (0, ["reading: 1 unchanged", "copy: 1 unchanged"]) == (second.code, list(_said(second)))
    assert "" == second.err
    assert ["https://example.org/1"] == list(ready.sandbox.posts)


def test_named_jobs_run_once_each_and_no_others(ready: Stage) -> None:
    """The names decide which, and in which order; each receipt is under its name."""
    result = ready.json("run", "copy", "reading", "copy")
    receipts = result.json["jobs"]

    assert (0, ["copy", "reading"]) == (result.code, list(receipts))
    assert [("migrate", 1, True), ("mirror", 1, True)] == [
        (receipt["kind"], receipt["added"], receipt["balanced"]) for receipt in receipts.values()
    ]
    assert ["copy: 1 added", "reading: 1 added"] == [line[21:] for line in result.err.splitlines() if " added" in line]


def test_a_job_that_fails_does_not_stop_the_others(ready: Stage) -> None:
    """An account that does not open and a name that is none each concern one job alone."""
    _configure(ready, BAD)
    result = ready.json("run", "bad", "nojob", "reading")
    jobs = result.json["jobs"]

    assert 3 == result.code
    assert ("There is no account, service or file 'nobody'.", 3) == _error(jobs["bad"])
    assert (f"There is no job 'nojob' in {ready.folder}/config.toml.", 3) == _error(jobs["nojob"])
    assert (1, True) == (jobs["reading"]["added"], jobs["reading"]["balanced"])


def _error(result: dict[str, Any]) -> tuple[str, int]:
    return result["error"]["message"], result["error"]["exit"]


def test_a_fault_of_the_program_does_not_stop_the_others(ready: Stage) -> None:
    """It is 1 and a line like any other failure; -v shows where it was."""
    with patch.object(command, "run_job", side_effect=[ZeroDivisionError, Locked("Somebody else is there.")]):
        result = ready.run("-v", "run")

    assert [
        "reading: A fault of the program: ZeroDivisionError. Run it again with -v, and report it. (1)",
        "copy: not now: Somebody else is there. (75)",
    ] == list(_said(result))
    assert (1, True) == (result.code, "Traceback" in result.err)


def test_no_job_is_said(bare: Stage) -> None:
    """A config without jobs is told how to get one."""
    result = bare.json("run")

    assert (3, "Write one there: a table [jobs.NAME].") == (result.code, result.json["error"]["remedy"])


@pytest.mark.parametrize(
    ("codes", "code"), [({0, 75}, 75), ({1, 75}, 1), ({1, 4}, 4), ({3, 4}, 3), ({5, 3}, 5), ({0}, 0), ({2, 1}, 2)]
)
def test_the_gravest_end_is_the_exit_code(codes: set[int], code: int) -> None:
    """Several jobs: the first of 5, 3, 4, 1, 75, 0 that occurred; a wrong use counts like a wrong config."""
    assert code == gravest(codes)


def test_an_account_at_work_elsewhere_is_not_now(ready: Stage, tmp_path: Path) -> None:
    """A lock is 75 and names who holds it; the other job has its turn."""
    ready.run("run", "reading")
    with locked(ready.folder / "state", [f"file {tmp_path / 'new.jsonl'}"], "a migrate by hand"):
        result = ready.run("run")

    assert (75, "reading: 1 unchanged") == (result.code, next(_said(result)))
    assert "copy: not now: Another run works on" in result.out
    assert "a migrate by hand" in result.out


def test_a_refusal_names_the_command_that_approves_of_it(ready: Stage, tmp_path: Path) -> None:
    """What a guard stops needs a person: the line has what they type, and typing it is all."""
    _jsonl(tmp_path / "mine.jsonl", *(f"https://example.org/{number}" for number in range(20)))
    ready.run("run", "reading")
    before = ready.run("run", "reading")
    for number in range(10):
        ready.sandbox.account.delete(f"https://example.org/{number}")
    refused = ready.run("run", "reading")
    typed = shlex.split(refused.out.split("`")[1])
    approved = ready.run(*typed[typed.index("mirror") :])
    after = ready.run("run", "reading")

    assert ["reading: 20 unchanged"] == list(_said(before))
    assert (4, ["mirror", "reading", "--approve"]) == (refused.code, typed[-4:-1])
    assert (0, ["reading: 10 unchanged"]) == (approved.code, list(_said(after)))


def test_what_failed_is_one_command_away(ready: Stage, tmp_path: Path) -> None:
    """A bookmark that could not be written is counted, and `show` has the rest."""
    _jsonl(tmp_path / "mine.jsonl", f"https://example.org/{'x' * 5000}")
    result = ready.run("run", "reading")
    line = next(_said(result))

    assert (1, True, True) == (result.code, line.startswith("reading: 1 failed, see `"), line.endswith(" show 1` (1)"))


def test_rounds_begin_at_the_given_distance(ready: Stage) -> None:
    """Three rounds in 25 seconds, ten apart, whatever each takes; then 130."""
    result = _rounds(ready, "--json")
    rounds = [json.loads(line)["jobs"] for line in result.out.splitlines()]

    assert (130, 3) == (result.code, len(rounds))
    assert [1, 0, 0] == [jobs["reading"]["added"] for jobs in rounds]
    assert [["reading", "copy"]] * 3 == [list(jobs) for jobs in rounds]


def test_a_round_that_takes_too_long_is_followed_by_one_at_once(ready: Stage) -> None:
    """A round of 34 seconds delays the next one, and does not make up for those that were missed."""
    now = Interrupted(60)
    began: list[float] = []

    def take_long(*_ignored: object) -> object:
        began.append(round(now.waited))
        now.waited += 34 if len(began) == 1 else 0
        raise ZeroDivisionError

    with patch.object(command, "run_job", take_long):
        attrs.evolve(ready, time=now).run("run", "reading", "--every", "10s")

    assert [0, 34, 44, 54] == began


def test_rounds_take_edits_of_the_config_and_outlive_a_broken_one(ready: Stage) -> None:
    """The config is read anew each time: what is wrong with it is a line, and mending it is enough."""
    config = ready.folder / "config.toml"
    content = config.read_text(encoding="utf-8")

    result = _rounds(
        ready,
        seconds=35,
        at_5=lambda: config.write_text("[jobs.x]\nkind = 'mirror'", encoding="utf-8"),
        at_15=lambda: config.write_text(content + BAD, encoding="utf-8"),
        at_25=lambda: config.write_text(content, encoding="utf-8"),
    )
    lines = list(_said(result))

    assert ["reading: 1 added", "copy: 1 added"] == lines[:2]
    faults = f"The config file {config} has 2 faults: line 1: jobs.x.left: is missing line 1: jobs.x.right: is missing"
    assert f"{faults} Correct it there, and run the same command again. (3)" == lines[2]
    assert ["reading", "copy", "bad"] == [line.partition(":")[0] for line in lines[3:6]]
    assert ["reading: 1 unchanged", "copy: 1 unchanged"] == lines[6:]


def test_rounds_outlive_a_service_that_is_down_and_a_state_that_is_not_there(ready: Stage, tmp_path: Path) -> None:
    """Both are a line with what to do, and the round after them finishes the work."""
    state, aside = ready.folder / "state", tmp_path / "aside"

    def take_away() -> None:
        state.rename(aside)
        state.write_text("no folder")

    def give_back() -> None:
        state.unlink()
        aside.rename(state)
        ready.sandbox.faults.clear()

    ready.sandbox.faults.add(ERROR_BEFORE, times=1000)
    result = _rounds(ready, "-q", "--json", seconds=65, at_15=take_away, at_35=give_back)
    rounds = [json.loads(line) for line in result.out.splitlines()]

    assert {75} == {jobs["jobs"]["reading"]["error"]["exit"] for jobs in rounds[:1]}
    assert [5, 5] == [jobs["error"]["exit"] for jobs in rounds if "error" in jobs]
    assert (1, 0) == (rounds[-1]["jobs"]["reading"]["unchanged"], rounds[-1]["jobs"]["reading"]["added"])
    assert {1} == set(ready.sandbox.effective_adds.values())
    assert "" == result.err


def test_time_that_is_too_short_is_refused(ready: Stage) -> None:
    """Rounds without a pause between them would only wait for services."""
    assert [2, 2, 2] == [ready.run("run", "--every", every).code for every in ("0s", "999ms", "soon")]


_LESS_PATIENT = "from bridge.cli import run; run._PATIENCE = 0.5; from bridge.__main__ import main; main()"
"""The program, but that it waits half a second where it would wait four."""


def _begun(ready: Stage, *arguments: str) -> tuple[float, int, str, str]:
    """Start the program, and ask it to stop once it has called the service; return how long that took, and the end."""
    process = ready.start("run", *arguments, program=("-c", _LESS_PATIENT))
    while not ready.sandbox.log and process.poll() is None:
        time.sleep(0.02)  # noqa: TID251 - another process works meanwhile
    time.sleep(0.5)  # noqa: TID251 - it is to be in the middle of something, or waiting
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=20)
    return time.monotonic() - began, process.returncode, out, err


def test_sigterm_ends_the_wait_for_the_next_round(ready: Stage) -> None:
    """Between two rounds it stops at once."""
    seconds, code, out, _err = _begun(ready, "--every", "1h")

    assert (130, True) == (code, seconds < 2)
    assert 2 == len(out.splitlines())


@pytest.mark.parametrize("arguments", [(), ("--every", "2s")], ids=["once", "rounds"])
def test_sigterm_waits_five_seconds_at_most_for_a_service_that_hangs(ready: Stage, arguments: tuple[str, ...]) -> None:
    """A call that is not answered does not hold up a shutdown; the next run goes on."""
    ready.sandbox.load([Post("https://example.org/2", "Two")])
    ready.sandbox.faults.add(slow(20), "posts/add")
    seconds, code, _out, err = _begun(ready, *arguments)
    ready.sandbox.faults.clear()
    again = ready.json("run", "reading")

    assert (130, True) == (code, seconds < 5), err
    assert command._PATIENCE <= 4.0
    assert "Traceback" not in err
    assert (0, True) == (again.code, again.json["jobs"]["reading"]["balanced"])
    assert {1} == set(ready.sandbox.effective_adds.values())


def test_a_login_page_in_the_way_of_a_service_that_has_answered_before_may_pass(ready: Stage) -> None:
    """The address is right, so it is "not now", and the next round goes on."""
    ready.run("run", "reading")
    ready.sandbox.faults.add(HTML_BEFORE, "posts/update", times=9)
    meanwhile = ready.run("run", "reading")
    ready.sandbox.faults.clear()
    after = ready.run("run", "reading")

    assert (75, 0) == (meanwhile.code, after.code)
    assert "not now" in next(_said(meanwhile))
