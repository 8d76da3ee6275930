"""Faults of the machine: what may not be written, what cannot be read, and nobody who listens."""

from __future__ import annotations

import ctypes
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bridge.cli.fault_table import use
from tests.support.home import Home
from tests.support.scene import Fault, Scene, scene
from tests.support.stage import Result

_DROP_FROM_BOUNDS = 24  # prctl(2)
_RIGHTS = (1, 2)  # capabilities(7): root may write, and read, what it has no permission for


@pytest.fixture
def place(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """Sit down at a desk on which an export lies."""
    with scene(home, tmp_path / "desk", monkeypatch) as ready:
        yield ready


def _without_privileges() -> None:
    """Let permissions count for root, too, from the next program on."""
    if os.geteuid() == 0:
        for right in _RIGHTS:
            ctypes.CDLL(None, use_errno=True).prctl(_DROP_FROM_BOUNDS, right, 0, 0, 0)


def _typed(place: Scene, command: str, redirected: str = "") -> Result:
    """Type a command in a shell, without privileges."""
    program = [sys.executable, "-m", "bridge", *place.home.arguments(*command.split(" "))]
    done = subprocess.run(
        ["/bin/sh", "-c", f"{shlex.join(program)} {redirected}"],
        env={**os.environ, **place.home.environ},
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=_without_privileges,
    )
    return Result(done.returncode, place.named(done.stdout), place.named(done.stderr))


def test_a_target_that_may_not_be_written_is_left_as_it_is(place: Scene) -> None:
    """Its folder belongs to somebody else, or is read-only; the receipt counts nothing as done."""
    place.desk.chmod(0o500)
    result = _typed(place, "--json migrate export.csv mine.jsonl")
    place.desk.chmod(0o700)

    assert (3, True, 0) == (result.code, result.json["interrupted"], result.json["added"])
    assert result.err.endswith(
        "bookmark-bridge: DESK/mine.jsonl cannot be written: Permission denied. "
        "Nothing was changed; make room, or name another file.\n"
    )
    assert not (place.desk / "mine.jsonl").exists()


def test_a_state_that_may_not_be_written_is_left_as_it_is(place: Scene) -> None:
    """Without a journal nothing is sent."""
    place.type("runs")
    place.state.chmod(0o500)
    (place.state / "state.sqlite3").chmod(0o400)
    result = _typed(place, "--json migrate export.csv pinboard")
    place.state.chmod(0o700)

    assert 5 == result.code
    assert "The state in HOME/state cannot be used: " in result.json["error"]["message"]
    assert "mend its permissions" in result.json["error"]["remedy"]
    assert ({}, 0) == (place.home.sandbox.posts, len(place.home.sandbox.log))


@pytest.mark.parametrize("fault", use.FAULTS[:4], ids=lambda fault: fault.wrong)
def test_a_state_that_cannot_be_used_is_kept_byte_for_byte(place: Scene, fault: Fault) -> None:
    """It may be mended yet, or be somebody else's."""
    fault.spoil(place)
    files = [place.state] if place.state.is_file() else [place.state / "state.sqlite3"]
    before = [path.read_bytes() for path in files]

    assert 5 == fault.code == place.type(*fault.typed.split(" ")).code
    assert before == [path.read_bytes() for path in files]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_result_that_cannot_be_written_says_where_it_is(place: Scene) -> None:
    """The run itself is done, and the journal knows it."""
    full = _typed(place, "migrate export.csv pinboard", "> /dev/full")
    listed = place.type("--json", "runs").json["runs"]

    assert 1 == full.code
    assert full.err.endswith(
        "bookmark-bridge: The result cannot be written: No space left on device. "
        "Free some space; `bookmark-bridge runs` knows what was done.\n"
    )
    assert ([0], 2) == ([run["exit"] for run in listed], len(place.home.sandbox.posts))


def test_a_job_that_is_none_stops_no_other_and_is_told_in_its_line(place: Scene) -> None:
    """`run` names each job with what went wrong and the exit code; the gravest is its own."""
    place.configure(use.JOB)
    said = place.type("run", "readng", "reading")
    as_json = place.type("--json", "run", "readng")

    assert (3, 3) == (said.code, as_json.code)
    told = "There is no job 'readng' in HOME/config.toml. Name one that is there (did you mean reading?)."
    assert f"readng: {told} (3)" in said.out
    assert "reading: " in said.out.splitlines()[-1]
    assert "There is no job 'readng' in HOME/config.toml." == as_json.json["jobs"]["readng"]["error"]["message"]
