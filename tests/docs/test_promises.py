"""What the README promises, and the tests that hold it; and all else of the tree that pages name."""

from __future__ import annotations

import re

from tests.docs.pages import ROOT, page, paths

PLACE = re.compile(r"`((?:adapters|bridge|cassettes|docs|tests)/[\w./-]+)|-m (tests[\w.]+)")
"""A file or folder of the tree, or a module of the tests."""

PROMISE = re.compile(r"^- (.*(?:\n  .*)*)", re.MULTILINE)


def promises() -> dict[str, list[str]]:
    """Return each promise with the names of its tests."""
    section = page("README.md").section("## What it promises")
    return {said: re.findall(r"`(test_\w+)`", said) for said in PROMISE.findall(section)}


def existing() -> set[str]:
    """Return the names of all tests that there are."""
    texts = (path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    return {name for text in texts for name in re.findall(r"^ *def (test_\w+)\(", text, re.MULTILINE)}


def test_every_promise_names_the_tests_that_hold_it() -> None:
    """That they exist is tried for all pages below."""
    assert [] == [said for said, held in promises().items() if not held]
    assert len(promises()) > 10


def test_every_test_and_file_that_a_page_names_is_there() -> None:
    """The changelog apart, which tells of what was."""
    texts = [page(path).text for path in paths() if path != "CHANGELOG.md"]
    tests = {name for text in texts for name in re.findall(r"`(test_\w+)`", text)}
    places = {file or f"{module.replace('.', '/')}.py" for text in texts for file, module in PLACE.findall(text)}

    assert set() == tests - existing()
    assert [] == [place for place in sorted(places) if not (ROOT / place).exists()]
