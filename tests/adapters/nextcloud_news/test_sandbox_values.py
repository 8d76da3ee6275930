"""How the sandbox makes numbers and truth of what was sent."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.nextcloud_news.sandbox_values import (
    INT_MAX,
    Mistyped,
    Params,
    as_bool,
    as_int,
    member_int,
    member_of,
    member_text,
)

SENT = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@pytest.mark.parametrize(
    ("sent", "number"),
    [
        ("12", 12),
        (" 12 ", 12),
        ("-3", -3),
        ("+3", 3),
        ("1.9", 1),
        (".9", 0),
        ("1e3", 1000),
        ("1e999", 0),
        ("12abc", 12),
        ("abc", 0),
        ("", 0),
        ("٣", 0),
        ("9223372036854775807", INT_MAX),
        ("9" * 5_000, INT_MAX),
        (f"-{'9' * 30}", -INT_MAX - 1),
        (7, 7),
        (1.9, 1),
        (float("nan"), 0),
        (2**70, 0),
        (True, 1),
        ([], 0),
        ([5, 6], 1),
        ({"a": 1}, 1),
    ],
)
def test_a_declared_number_is_cast(sent: object, number: int) -> None:
    """Digits count as far as they go."""
    assert as_int(sent) == number


@pytest.mark.parametrize(
    ("sent", "truth"),
    [
        ("false", False),
        ("0", False),
        ("", False),
        ("False", True),
        ("0.0", True),
        ("true", True),
        ("null", True),
        (0, False),
        (0.5, True),
        ([], False),
        ([0], True),
        (False, False),
    ],
)
def test_a_declared_boolean_is_cast(sent: object, truth: bool) -> None:
    """`false` is the one word that is false."""
    assert as_bool(sent) is truth


@given(SENT.filter(lambda sent: sent is not None))
def test_everything_can_be_cast(sent: object) -> None:
    """To a number of 64 bits, and to a boolean."""
    assert -INT_MAX - 1 <= as_int(sent) <= INT_MAX
    assert as_bool(sent) in (True, False)


@given(SENT)
def test_a_member_is_a_number_or_is_not(sent: object) -> None:
    """Nothing else is raised."""
    try:
        number = member_int(sent)
    except Mistyped:
        return

    assert number == as_int(sent)


@given(st.integers(-INT_MAX, INT_MAX))
def test_a_number_spelt_is_that_number(number: int) -> None:
    """As a parameter and as a member."""
    assert [as_int(str(number)), member_int(str(number)), member_int(number)] == [number] * 3


def test_what_is_no_object_holds_nothing() -> None:
    """And a number passes for text."""
    assert [member_of(5, "a"), member_of([1], "a"), member_of({"a": 1}, "a")] == [None, None, 1]
    assert member_text(5) == "5"
    with pytest.raises(Mistyped):
        member_text(None)


@pytest.mark.parametrize(
    "ask",
    [
        lambda params: params.number("absent"),
        lambda params: params.number("null"),
        lambda params: params.text("number"),
        lambda params: params.members("number"),
    ],
)
def test_what_is_absent_or_of_another_kind_is_mistyped(ask: Any) -> None:
    """Null is as good as absent."""
    with pytest.raises(Mistyped):
        ask(Params({"null": None, "number": 5}))


def test_what_is_absent_may_have_a_default() -> None:
    """0 is not absent."""
    params = Params({"zero": 0, "null": None})

    assert [params.number("null", 3), params.number("zero", 3), params.number_or_none("zero")] == [3, 0, 0]
    assert params.number_or_none("absent") is None
    assert params.truth("absent", default=True) is True
