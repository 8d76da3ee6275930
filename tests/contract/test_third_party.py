"""A package of somebody else's joins by its entry point alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PACKAGE = Path(__file__).parent.parent / "third_party"
"""What an installed package leaves on the path: its module and its metadata."""


class Machine:
    """A machine on which the package is installed, and a shelf of its owner's."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.shelf = home / "shelf.txt"
        self.environ = {**os.environ, "PYTHONPATH": str(PACKAGE), "SHELF_PATH": str(self.shelf)}

    def __call__(self, *arguments: str) -> tuple[int, dict[str, Any]]:
        """Run a command; return its exit code and its answer."""
        done = subprocess.run(
            [sys.executable, "-m", "bridge", "--state-dir", str(self.home / "state"), "--json", *arguments],
            env=self.environ,
            capture_output=True,
            text=True,
            check=False,
        )
        answer: dict[str, Any] = json.loads(done.stdout)
        return done.returncode, answer


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Put two urls on a shelf."""
    ready = Machine(tmp_path)
    ready.shelf.write_text("https://a.example.org/\tOne\nhttps://b.example.org/\tTwo\n", encoding="utf-8")
    return ready


def test_its_service_is_an_account_like_any_other(machine: Machine) -> None:
    """It is known by name, by its environment, and in the config; it is checked and migrated both ways."""
    code, checked = machine("check", "shelf")
    assert (0, ["2 on the shelf."]) == (code, checked["accounts"][0]["remarks"])
    code, there = machine("migrate", "shelf", str(machine.home / "copy.jsonl"))
    assert (0, 2, True) == (code, there["added"], there["balanced"])
    machine.shelf.write_text("https://a.example.org/\tOne\n", encoding="utf-8")
    code, back = machine("migrate", str(machine.home / "copy.jsonl"), "shelf")

    assert (0, True) == (code, back["balanced"])
    assert "https://a.example.org/\tOne" in machine.shelf.read_text(encoding="utf-8")


def test_without_the_package_there_is_no_such_service(machine: Machine) -> None:
    """Nothing of it is in the program itself."""
    machine.environ["PYTHONPATH"] = ""
    code, answer = machine("check", "shelf")

    assert (3, True) == (code, "no account, service or file 'shelf'" in answer["error"]["message"])
