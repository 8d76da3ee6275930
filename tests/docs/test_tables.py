"""The tables that pages mark as made from the code."""

from __future__ import annotations

import re

import pytest

from tests.docs.pages import ROOT, page, paths
from tests.docs.tables import TABLES, marked, renewed

ROOMS = ("planning", "running")
"""The packages of which docs/architecture.md says what each module is for."""


@pytest.mark.parametrize("path", [path for path in paths() if marked(page(path).text)])
def test_tables_are_what_the_code_says(path: str) -> None:
    """`python -m tests.docs.tables` writes what has to stand there."""
    assert renewed(page(path).text) == page(path).text


def test_every_table_stands_in_one_page() -> None:
    """And none is made for nobody."""
    assert sorted(TABLES) == sorted(name for path in paths() for name in marked(page(path).text))


@pytest.mark.parametrize("room", ROOMS)
def test_the_architecture_has_every_module_of_a_room(room: str) -> None:
    """Each once, and none that is gone."""
    section = page("docs/architecture.md").section(f"### `{room}`")
    cells = re.findall(r"^\| (`.*?) \|", section, re.MULTILINE)
    named = [name for cell in cells for name in re.findall(r"`(\w+)`", cell)]

    assert sorted(path.stem for path in (ROOT / "bridge" / room).glob("[!_]*.py")) == sorted(named)


def test_the_architecture_has_every_package() -> None:
    """In the drawing of the house."""
    [house] = [block for block in page("docs/architecture.md").of("") if block.startswith("bridge/")]
    packages = [path.parent.name for root in ("bridge", "adapters") for path in (ROOT / root).glob("*/__init__.py")]

    assert [] == [name for name in packages if f"{name}/" not in house]
