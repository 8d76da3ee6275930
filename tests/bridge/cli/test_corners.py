"""The corners of the command line: dead runs, questions, faults of our own."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path
from unittest.mock import patch

import pytest

from adapters.pinboard.sandbox_account import Post
from bridge.cli import app as app_module
from bridge.cli import workplace
from tests.support.stage import Stage

_WORDS = (["show", "1", "--all"], ["check", "nobody"])
"""One command that works, and one that does not."""


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    """Write an export of 150 rows."""
    path = tmp_path / "part_000000.csv"
    rows = [f"T{number},https://example.org/{number},{1_400_000_000 + number},tag,unread" for number in range(150)]
    path.write_text("\n".join(["title,url,time_added,tags,status", *rows]) + "\n", encoding="utf-8")
    return path


def test_a_dead_run_is_shown_as_it_is(bare: Stage, csv: Path) -> None:
    """A run that was killed has no receipt; `show` says how far it came, and the next run that it goes on."""
    process = bare.start("migrate", csv, "pinboard")
    while len(bare.sandbox.log) < 8 and process.poll() is None:
        time.sleep(0.01)  # noqa: TID251 - another process works meanwhile
    process.kill()
    process.communicate()
    listed = bare.json("runs").json["runs"]
    shown, as_json = bare.run("show", "1"), bare.json("show", "1")
    page = bare.json("show", "1", "--report", csv.parent / "page.html")
    again = bare.run("migrate", csv, "pinboard")

    assert (0, 0, 3) == (shown.code, as_json.code, page.code)
    assert "it is dead" in shown.out
    assert (["dead"], "dead") == ([run["state"] for run in listed], as_json.json["state"])
    assert as_json.json["receipt"] is None
    assert "Going on after run 1" in again.err
    assert ["ended", "dead"] == [run["state"] for run in bare.json("runs").json["runs"]]


def test_nothing_has_run_yet(bare: Stage) -> None:
    """An empty history is no fault."""
    assert "No run yet." in bare.run("runs").out


def test_a_fault_of_ours_is_one_sentence_and_with_v_a_traceback(bare: Stage) -> None:
    """Whatever breaks inside, the person gets a sentence that says what to do."""
    with patch.object(workplace, "find_adapters", side_effect=ZeroDivisionError):
        quiet, loud, as_json = bare.run("accounts"), bare.run("-v", "accounts"), bare.json("accounts")

    assert (1, 1, 1) == (quiet.code, loud.code, as_json.code)
    assert "Traceback" not in quiet.err
    assert "Traceback" in loud.err
    assert "ZeroDivisionError" in as_json.json["error"]["message"]


def test_an_adapter_that_does_not_load_is_told_and_stops_nobody(bare: Stage) -> None:
    """A broken plug-in is a sentence on standard error."""
    found = workplace.find_adapters()
    broken = type(found)(found.specs, ("The adapter x cannot be used.",))
    with patch.object(workplace, "find_adapters", return_value=broken):
        result = bare.run("accounts")

    assert (0, True) == (result.code, "The adapter x cannot be used." in result.err)


@pytest.mark.parametrize(("answer", "code", "written"), [("y", 0, 150), ("n", 130, 0)])
def test_on_a_terminal_the_person_is_asked(
    bare: Stage, csv: Path, monkeypatch: pytest.MonkeyPatch, answer: str, code: int, written: int
) -> None:
    """Before anything is written the person may say no."""
    monkeypatch.setattr(app_module.App, "interactive", True)
    monkeypatch.setattr("click.confirm", lambda *_args, **_options: answer == "y")
    result = bare.run("migrate", csv, "pinboard")

    assert (code, written) == (result.code, len(bare.sandbox.posts))
    assert "150 to add" in result.err


def test_on_a_terminal_forgetting_is_asked_about(bare: Stage, csv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No is no."""
    bare.run("migrate", csv, "pinboard")
    monkeypatch.setattr(app_module.App, "interactive", True)
    monkeypatch.setattr("click.confirm", lambda *_args, **_options: False)
    refused = bare.run("forget", csv, "pinboard")
    agreed = bare.json("forget", csv, "pinboard", "--yes")

    assert (130, 150) == (refused.code, agreed.json["forgotten"])


def test_quiet_and_verbose_contradict_each_other(bare: Stage) -> None:
    """-v and -q together are an error of usage."""
    assert 2 == bare.run("-v", "-q", "accounts").code


def test_quiet_says_nothing_but_the_result(bare: Stage, csv: Path) -> None:
    """With -q standard error stays empty when all goes well."""
    result = bare.run("-q", "migrate", csv, "pinboard")

    assert (0, "") == (result.code, result.err)
    assert "It balances." in result.out


def test_the_module_runs_like_the_script() -> None:
    """`python -m bridge` is the program."""
    done = subprocess.run([sys.executable, "-m", "bridge", "--version"], capture_output=True, text=True, check=True)

    assert f"bookmark-bridge, version {version('bookmark-bridge')}\n" == done.stdout


@pytest.mark.parametrize("name", ["mine.jsonl", "mine.html", "mine.json"])
def test_a_file_that_was_cut_is_not_taken_for_whole(bare: Stage, tmp_path: Path, name: str) -> None:
    """Nobody knows how much went with its end, so the run that reads it fails."""
    bare.sandbox.load([Post(f"https://example.org/{number}", "A title", "A note", ("tag",)) for number in range(9)])
    path = tmp_path / name
    bare.json("migrate", "pinboard", path)
    path.write_bytes(path.read_bytes()[:-20])
    result = bare.json("migrate", path, tmp_path / "copy.jsonl")

    assert (1, True) == (result.code, result.json["balanced"])
    assert [path.name] == [item["reason"].split()[0].rstrip(":") for item in result.json["failed"]][-1:]
    assert result.json["added"] >= 8


@pytest.mark.parametrize("closed", ["2>&-", "<&- >&- 2>&-"])
def test_a_stream_that_is_closed_changes_nothing(bare: Stage, csv: Path, closed: str) -> None:
    """As a timer may start it: the run is done, and a fault has its exit code."""
    bare.run("migrate", csv, "pinboard")
    lines = [shlex.join([sys.executable, "-m", "bridge", *bare.arguments(*words)]) for words in _WORDS]
    codes = [
        subprocess.run(
            ["/bin/sh", "-c", f"{line} {closed}"], env={**os.environ, **bare.environ}, check=False
        ).returncode
        for line in lines
    ]

    assert [0, 3] == codes
