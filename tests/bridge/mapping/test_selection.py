"""Which bookmarks a job takes."""

from __future__ import annotations

from datetime import UTC, datetime

import attrs
import pytest
from hypothesis import given

from bridge.mapping.selection import EVERYTHING, Selection
from bridge.model.bookmark import Bookmark
from tests.support.strategies import bookmarks

DAY = datetime(2020, 5, 1, tzinfo=UTC)
MARKED = Bookmark("https://www.Example.org:8080/a", tags=("a", "b"), added=DAY, unread=False, favorite=True)


@given(bookmarks())
def test_without_conditions_everything_is_taken(bookmark: Bookmark) -> None:
    """An empty selection selects all."""
    assert EVERYTHING.takes(bookmark)


@pytest.mark.parametrize(
    "selection",
    [
        Selection(tags=frozenset({"b", "z"})),
        Selection(unread=False),
        Selection(favorite=True),
        Selection(since=DAY),
        Selection(until=datetime(2020, 5, 2, tzinfo=UTC)),
        Selection(hosts=frozenset({"example.org"})),
        Selection(hosts=frozenset({"other.net", "www.example.org"})),
    ],
)
def test_a_condition_that_holds_takes(selection: Selection) -> None:
    """Any of the tags, the first moment of a span, the host or one above it."""
    assert selection.takes(MARKED)


@pytest.mark.parametrize(
    "selection",
    [
        Selection(tags=frozenset({"A"})),
        Selection(unread=True),
        Selection(favorite=False),
        Selection(since=datetime(2020, 5, 2, tzinfo=UTC)),
        Selection(until=DAY),
        Selection(hosts=frozenset({"ample.org"})),
        Selection(hosts=frozenset({"a.www.example.org"})),
        Selection(tags=frozenset({"a"}), unread=True),
    ],
)
def test_one_condition_that_fails_leaves_out(selection: Selection) -> None:
    """All conditions must hold; `until` excludes its moment, and a host is no ending of a name."""
    assert not selection.takes(MARKED)


@pytest.mark.parametrize("selection", [Selection(since=DAY), Selection(until=DAY)])
def test_a_bookmark_without_a_date_is_outside_of_every_span(selection: Selection) -> None:
    """Nobody knows when it was kept."""
    assert not selection.takes(attrs.evolve(MARKED, added=None))
