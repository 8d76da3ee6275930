"""What the README promises, and the tests that hold it; and all else of the tree that pages name."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.docs.pages import ROOT, page, paths

PLACE = re.compile(r"`((?:adapters|bridge|cassettes|docs|tests)/[\w./-]+)|-m (tests[\w.]+)")
"""A file or folder of the tree, or a module of the tests."""

PROMISE = re.compile(r"^- (.*(?:\n  .*)*)", re.MULTILINE)


def promises() -> dict[str, list[str]]:
    """Return each promise with the names of its tests."""
    section = page("README.md").section("## What it promises")
    return {said: re.findall(r"`(test_\w+)`", said) for said in PROMISE.findall(section)}


def existing() -> Iterator[str]:
    """Return the names of all tests that there are."""
    for path in (ROOT / "tests").rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                yield node.name


def test_every_promise_is_held_by_a_test_that_exists() -> None:
    """Under the very name that the README gives."""
    named = {name for held in promises().values() for name in held}

    assert [] == [said for said, held in promises().items() if not held]
    assert set() == named - set(existing())
    assert len(promises()) > 10


def test_every_test_and_file_that_a_page_names_is_there() -> None:
    """The changelog apart, which tells of what was."""
    texts = [page(path).text for path in paths() if path != "CHANGELOG.md"]
    tests = {name for text in texts for name in re.findall(r"`(test_\w+)`", text)}
    places = {file or f"{module.replace('.', '/')}.py" for text in texts for file, module in PLACE.findall(text)}

    assert set() == tests - set(existing())
    assert [] == [place for place in sorted(places) if not (ROOT / place).exists()]
