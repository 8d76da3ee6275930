"""The cursor of a Pocket account, as text and back."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.pocket.cursor import Cursor, mark, short

marks = st.none() | st.frozensets(st.integers(0, 2**32 - 1), max_size=20)
cursors = st.builds(Cursor, st.none() | st.integers(1, 10**10), marks)


@given(cursors)
def test_what_is_written_is_read(cursor: Cursor) -> None:
    """Also that an account holds nothing, which is not the same as that nobody knows."""
    assert cursor == Cursor.read(cursor.text)


@pytest.mark.parametrize(
    "broken",
    [
        None,
        "",
        "x",
        "[]",
        "{}",
        "3",
        '{"since": "1"}',
        '{"since": true}',
        '{"since": -1}',
        '{"since": 0}',
        json.dumps({"since": 10**15}),
    ],
)
def test_anything_else_begins_anew(broken: str | None) -> None:
    """And nothing is known of the account."""
    assert Cursor() == Cursor.read(broken)


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"marks": "AAAAAA=="},
        {"marks": "AAAAAA==", "rule": 0},
        {"marks": None, "rule": 1},
        {"marks": 5, "rule": 1},
        {"marks": "?", "rule": 1},
        {"marks": "AAAA", "rule": 1},
        {"marks": "\xe4", "rule": 1},
    ],
)
def test_marks_that_say_nothing_leave_the_time(broken: dict[str, object]) -> None:
    """Those of another rule for urls, and those that cannot be read."""
    assert Cursor(7) == Cursor.read(json.dumps({"since": 7, **broken}))


def test_a_mark_is_the_same_in_every_process() -> None:
    """And for every spelling of a url; half a surrogate has one, too."""
    assert 1985396664 == short(mark("https://example.org/"))
    assert mark("https://example.org/") == mark("HTTPS://EXAMPLE.org:443")
    assert mark("\ud800") != mark("\ud801")
