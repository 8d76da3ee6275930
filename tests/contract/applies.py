"""Which test of the contract applies to which account, so that none is left out in silence.

Each test says what an account must be able to do for it; where one cannot, the test is not made for it, and the reason
stands in the table of docs/adapters.md.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar

from bridge.model.bookmark import Field
from bridge.model.capabilities import Absence
from tests.contract.stand import Case

Test = TypeVar("Test", bound=Callable[..., Any])
Condition: TypeAlias = tuple[str, Callable[[Case], bool]]
"""What is needed, in words that complete "the account ...", and whether an account has it."""

NEEDS: dict[str, tuple[Condition, ...]] = {}

ADDS: Condition = ("takes no new bookmarks", lambda case: case.capabilities.adds)
ADDS_NOTHING: Condition = ("takes new bookmarks", lambda case: not case.capabilities.adds)
UPDATES: Condition = ("changes nothing", lambda case: case.capabilities.updates and bool(case.capabilities.edits))
REMOVES: Condition = ("removes nothing", lambda case: case.capabilities.removes)
REMOVES_NOTHING: Condition = ("removes bookmarks", lambda case: not case.capabilities.removes)
WRITES: Condition = ("is only read", lambda case: case.capabilities.adds or case.capabilities.updates)
ABSENCE: Condition = ("calls nothing removed", lambda case: case.capabilities.absence is Absence.REMOVED)
NETWORK: Condition = ("has no network that could fail", lambda case: case.network)
EDITS_TAGS: Condition = ("cannot change tags", lambda case: Field.TAGS in case.capabilities.edits)


def needs(*conditions: Condition) -> Callable[[Test], Test]:
    """Say what an account must be able to do for a test."""

    def remember(test: Test) -> Test:
        NEEDS[test.__name__] = conditions
        return test

    return remember


def lacking(test: str, case: Case) -> str | None:
    """Return why a test does not apply to an account, None if it does."""
    return next((why for why, holds in NEEDS.get(test, ()) if not holds(case)), None)
