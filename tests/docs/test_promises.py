"""What the README promises, and the tests that hold it."""

from __future__ import annotations

import ast
import re

from tests.docs.pages import ROOT, page

ROW = re.compile(r"^\| (\*\*.*) \| (.*) \|$", re.MULTILINE)
TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def promises() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return each promise with the files and names of its tests."""
    return [(said, TEST.findall(held)) for said, held in ROW.findall(page("README.md").section("## What it promises"))]


def named_in(path: str) -> set[str]:
    """Return the names of the tests in a file."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


def test_every_promise_is_held_by_a_test_that_exists() -> None:
    """Under the very name that the README gives."""
    named = [place for _, tests in promises() for place in tests]

    assert [] == [said for said, tests in promises() if not tests]
    assert [] == [(path, name) for path, name in named if not (ROOT / path).exists() or name not in named_in(path)]
    assert len(promises()) > 10
