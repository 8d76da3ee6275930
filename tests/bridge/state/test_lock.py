"""One run at a time works on an account."""

from __future__ import annotations

import fcntl
import resource
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from bridge.model.errors import Locked, StateError
from bridge.state.lock import locked

HOLD = """
import sys
from pathlib import Path
from bridge.state.lock import locked
with locked(Path(sys.argv[1]), ["pinboard"], "a migrate of another process"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_the_second_holder_is_told_at_once_who_the_first_is(tmp_path: Path) -> None:
    """One account in common is enough."""
    with (
        locked(tmp_path, ["pocket", "pinboard"], "a migrate from pocket to pinboard (process 1)"),
        pytest.raises(Locked) as raised,
        locked(tmp_path, ["pinboard", "file"], "another"),
    ):
        pass

    assert "Another run works on pinboard: a migrate from pocket to pinboard (process 1)." == raised.value.message
    assert 75 == raised.value.exit_code


def test_what_was_locked_is_free_afterwards(tmp_path: Path) -> None:
    """Also if the second of two could not be had."""
    with locked(tmp_path, ["b"], "first"):
        with pytest.raises(Locked), locked(tmp_path, ["a", "b"], "second"):
            pass
        with locked(tmp_path, ["a"], "third"):
            pass
    with locked(tmp_path, ["a", "b"], "fourth"):
        pass


def test_an_account_named_twice_is_locked_once(tmp_path: Path) -> None:
    """No run waits for itself."""
    with locked(tmp_path, ["a", "a"], "me"):
        assert 1 == len(list(tmp_path.iterdir()))


def test_different_accounts_do_not_wait_for_each_other(tmp_path: Path) -> None:
    """Whatever their names are made of."""
    with locked(tmp_path, ["a", "\ud800"], "./\udcff.zip"), locked(tmp_path, ["b"], "other"):
        assert 3 == len(list(tmp_path.iterdir()))


def test_a_lock_file_is_its_owners_alone(tmp_path: Path) -> None:
    """It names accounts."""
    with locked(tmp_path, ["a"], "me"):
        modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}

    assert {0o600} == modes


def test_a_holder_that_has_not_said_who_it_is(tmp_path: Path) -> None:
    """Between taking the lock and writing its name lies a moment."""
    with locked(tmp_path, ["a"], ""), pytest.raises(Locked, match="it has just started"), locked(tmp_path, ["a"], "b"):
        pass


def test_a_dead_process_holds_nothing(tmp_path: Path) -> None:
    """The system gives the lock back, however the process ended."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert "held\n" == process.stdout.readline()
    with pytest.raises(Locked, match="a migrate of another process"), locked(tmp_path, ["pinboard"], "me"):
        pass

    process.kill()
    process.communicate()

    with locked(tmp_path, ["pinboard"], "me"):
        pass


def test_a_folder_that_is_missing_is_said_in_a_sentence(tmp_path: Path) -> None:
    """Its locks cannot be used."""
    with pytest.raises(StateError, match="No such file"), locked(tmp_path / "none", ["a"], "me"):
        pass


def test_a_file_system_without_locks_is_said_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some network mounts have none; going on without would let two runs write at once."""

    def refuse(*_: object) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)

    with pytest.raises(StateError, match="No locks available"), locked(tmp_path, ["a"], "me"):
        pass


def test_a_full_disk_is_a_fault_of_the_state(tmp_path: Path) -> None:
    """The lock is there, but its holder cannot be written into it."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        with pytest.raises(StateError) as raised, locked(tmp_path, ["a"], "me"):
            pass
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    assert f"The locks in {tmp_path} cannot be used: File too large." == raised.value.message
