"""Each fault of the table is told once, in a sentence and its remedy, with its exit code; and nothing is written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bridge.cli.fault_table import files, services, settings, trouble, use
from tests.support.home import Home
from tests.support.scene import Fault, Scene, scene

FAULTS = [*services.FAULTS, *trouble.FAULTS, *settings.FAULTS, *files.FAULTS, *use.FAULTS]
LEAST = 55
RETRIED = {3, 75}
"""The exit codes of what can also happen in the midst of a run."""


@pytest.fixture
def place(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """Sit down at a desk on which an export lies."""
    with scene(home, tmp_path / "desk", monkeypatch) as ready:
        yield ready


def _words(fault: Fault, place: Scene) -> list[str]:
    return [word.format(**place.variables) for word in fault.typed.split(" ")]


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if not fault.in_run], ids=lambda fault: fault.wrong)
def test_a_fault_is_told_with_its_remedy_and_changes_nothing(place: Scene, fault: Fault) -> None:
    """One complaint on standard error; with --json the same as the one object on standard output."""
    fault.spoil(place)
    before = place.things()
    as_text, as_json = place.type(*_words(fault, place)), place.type("--json", *_words(fault, place))
    told = json.loads(as_json.out)["error"]
    apart = "\n" if "\n" in fault.message else " "

    assert (fault.code, fault.code) == (as_text.code, as_json.code)
    assert {"exit": fault.code, "message": fault.message, "remedy": fault.remedy} == told
    assert as_text.err.endswith(f"bookmark-bridge: {fault.message}{apart}{fault.remedy}\n")
    assert (1, "") == (as_text.err.count("bookmark-bridge: "), as_text.out)
    assert "bookmark-bridge: " not in as_json.err
    assert "Traceback" not in as_text.err + as_json.err
    assert before == place.things()


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault.in_run], ids=lambda fault: fault.wrong)
def test_a_fault_in_the_midst_of_a_run_comes_with_the_receipt(place: Scene, fault: Fault) -> None:
    """What was done is counted, what cut it short is told, and once it is mended the same command does the rest."""
    fault.spoil(place)
    cut = place.type("--json", *_words(fault, place))
    place.home.sandbox.faults.clear()
    whole = place.type("--json", *_words(fault, place))

    assert (fault.code, True, 1) == (cut.code, cut.json["interrupted"], cut.json["added"])
    assert cut.err.endswith(f"bookmark-bridge: {fault.message} {fault.remedy}\n")
    assert "Traceback" not in cut.err
    assert (0, 1, 2) == (whole.code, whole.json["added"], len(place.home.sandbox.posts))
    assert {1} == set(place.home.sandbox.effective_adds.values())


def test_the_table_is_long_and_says_what_to_do_in_each_row() -> None:
    """One sentence and a remedy each, and no fault twice."""
    # A list has a line for each fault; click, which reads the command line, guesses in a sentence more.
    sentences = [fault.message for fault in FAULTS if "\n" not in fault.message and fault.code != 2]

    assert len(FAULTS) >= LEAST
    assert len(FAULTS) == len({fault.wrong for fault in FAULTS})
    assert not [sentence for sentence in sentences if not sentence.endswith(".") or ". " in sentence]
    assert not [fault for fault in FAULTS if not fault.message or not fault.remedy]
    assert {2, 3, 4, 5, 75} == {fault.code for fault in FAULTS}
    assert RETRIED == {fault.code for fault in FAULTS if fault.in_run}
