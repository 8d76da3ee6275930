"""docs/scripts.md against the code: exit codes, and the keys of a receipt."""

from __future__ import annotations

import re

import attrs

from bridge.model import errors
from bridge.model.receipt import Estimate, Receipt
from tests.docs.pages import page

PAGE = page("docs/scripts.md")

WHOLE = attrs.evolve(
    Receipt("undo", "a", "b", dry_run=True, interrupted=True, undoes=(1,)), plan="p1", estimate=Estimate(1, 3.0)
)
"""A receipt with every key that one can have."""


def first_cells(heading: str) -> list[str]:
    """Return the first cells of the table under a heading, without its head."""
    return re.findall(r"^\| ([^|]*) \|", PAGE.section(heading), re.MULTILINE)[2:]


def test_every_key_of_a_receipt_is_documented() -> None:
    """And no other."""
    documented = [key for cell in first_cells("## A receipt") for key in re.findall(r"`(\w+)`", cell)]

    assert sorted(WHOLE.as_json()) == sorted(documented)


def test_every_exit_code_is_documented() -> None:
    """Those of the errors, and 0 for none."""
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.BridgeError)]

    assert {0, *(kind.exit_code for kind in kinds)} == set(map(int, first_cells("## Exit codes")))
