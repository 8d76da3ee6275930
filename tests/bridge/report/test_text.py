"""Words and numbers as a person reads them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.report.text import count, duration, estimate_sentence, listed, shortened
from bridge.report.visible import visible


@pytest.mark.parametrize(
    ("given_text", "shown"),
    [
        ("\x1b[31mred", "\\x1b[31mred"),
        ("two\r\nlines", "two\\r\\nlines"),
        ("a\u202eb\u2066c", "a\\u202eb\\u2066c"),
        ("\x9b2J\x7f", "\\x9b2J\\x7f"),
        ("line\u2028end", "line\\u2028end"),
        ("lone \ud800", "lone \\ud800"),
        ("tag \U000e0041", "tag \\U000e0041"),
        ("caf\u00e9\u00a0\u3000\u200d\u200c", "caf\u00e9\u00a0\u3000\u200d\u200c"),
        ("C:\\new", "C:\\new"),
    ],
)
def test_visible_escapes_what_steers_or_hides_and_keeps_what_people_write(given_text: str, shown: str) -> None:
    """Escapes, bidi controls, line ends and lone surrogates are shown; blanks, joiners and backslashes stay."""
    assert shown == visible(given_text)


@given(st.text(st.characters()))
def test_visible_is_one_line_and_idempotent(text: str) -> None:
    """Whatever comes in, one line of plain characters comes out, and again the same."""
    shown = visible(text)

    assert len(shown.splitlines()) <= 1
    assert shown == visible(shown)
    assert shown.encode("utf-8").decode("utf-8") == shown


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (0.0001, "1 ms"),
        (0.05, "50 ms"),
        (0.9999, "1 s"),
        (1.5, "1.5 s"),
        (3, "3 s"),
        (59.97, "1 min"),
        (60, "1 min"),
        (270, "4 min 30 s"),
        (599.7, "10 min"),
        (2_700, "45 min"),
        (3_600, "1 h"),
        (6_951, "1 h 56 min"),
        (86_400, "1 d"),
        (183_600, "2 d 3 h"),
    ],
)
def test_a_duration_is_said_as_people_say_it(seconds: float, said: str) -> None:
    """At most two units, rounded to the smaller one."""
    assert said == duration(seconds)


@given(st.floats(1, 10_000_000))
def test_a_duration_is_never_off_by_more_than_its_smaller_unit_allows(seconds: float) -> None:
    """Read back, the words differ from the seconds by less than one part in twenty."""
    units = {"s": 1, "min": 60, "h": 3_600, "d": 86_400}
    words = duration(seconds).split()
    said = sum(float(number) * units[unit] for number, unit in zip(words[::2], words[1::2], strict=True))

    assert len(words) in {2, 4}
    assert abs(said - seconds) <= seconds / 20


@pytest.mark.parametrize(
    ("given_numbers", "said"),
    [
        ({"add": 2_311, "seconds": 6_951, "gap": 3}, "2,311 to add at one every 3 s: about 1 h 56 min"),
        ({"add": 5, "merge": 2, "seconds": 27, "gap": 3}, "5 to add and 2 to merge at one call every 3 s: about 27 s"),
        ({"add": 0, "remove": 4, "seconds": 0.2, "gap": 0.05}, "4 to remove at one call every 50 ms: less than 1 s"),
        ({"add": 7, "seconds": 0}, "7 to add: less than 1 s"),
        ({"add": 7, "seconds": 0, "gap": 0}, "7 to add: less than 1 s"),
        ({"add": 0, "seconds": 0}, "Nothing to write."),
    ],
)
def test_an_estimate_is_one_sentence(given_numbers: dict[str, float], said: str) -> None:
    """What is to be written, the pace if there is one, and the time."""
    assert said == estimate_sentence(**given_numbers)  # type: ignore[arg-type]


def test_one_is_not_a_plural() -> None:
    """Numbers have thousands separators, and one thing is one thing."""
    assert count(1, "bookmark") == "1 bookmark"
    assert count(0, "bookmark") == "0 bookmarks"
    assert count(12_000, "call") == "12,000 calls"


def test_parts_of_a_sentence_are_joined_as_people_do() -> None:
    """Commas between, "and" before the last."""
    assert ["", "a", "a and b", "a, b and c"] == [listed(parts) for parts in ([], ["a"], ["a", "b"], ["a", "b", "c"])]


def test_a_long_value_says_how_much_of_it_is_not_shown() -> None:
    """One that would not be shorter for it is whole."""
    assert "a" * 20 == shortened("a" * 20, 3)
    assert ("ab", "abc... (1,000 more characters)") == (shortened("ab", 2), shortened("abc" + "d" * 1_000, 3))
