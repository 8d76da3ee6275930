"""Typed values out of the config's tables."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.model.bookmark import Field
from bridge.settings.values import (
    Duration,
    Faults,
    Moment,
    TagOrFalse,
    at_home,
    described,
    parse_duration,
    parse_moment,
    structure,
    written,
)
from tests.bridge.settings.adapters import ServiceConfig

UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3_600.0, "d": 86_400.0}


@attrs.frozen
class Inner:
    """A table in a table."""

    names: tuple[str, ...] = ()
    until: Moment | None = None
    tag: TagOrFalse = "favorite"


@attrs.frozen
class Outer:
    """A table of everything."""

    must: str
    every: Duration = Duration(0.0)  # noqa: RUF009 - a NewType is called as a number is
    inner: Inner = Inner()
    numbers: Mapping[str, int] = attrs.field(factory=dict)
    lists: list[str] = attrs.field(factory=list)


def faults(table: object, kind: type[Any] = Outer) -> tuple[str, ...]:
    """Return the faults of a table."""
    with pytest.raises(Faults) as caught:
        structure(table, kind, ("here",))
    return tuple(map(str, caught.value.faults))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("50ms", 0.05), ("0.05s", 0.05), ("3s", 3.0), ("5m", 300.0), ("1h", 3_600.0), ("1d", 86_400.0), ("0s", 0.0)],
)
def test_a_duration_is_a_number_and_a_unit(text: str, seconds: float) -> None:
    """Milliseconds, seconds, minutes, hours and days become seconds; none at all is a duration, too."""
    assert seconds == pytest.approx(parse_duration(text))


@given(st.decimals(0, 1_000_000, places=3), st.sampled_from(sorted(UNITS)))
def test_a_written_duration_is_read_back(number: Any, unit: str) -> None:
    """Whatever number and unit are written, the same seconds come back."""
    assert float(number) * UNITS[unit] == pytest.approx(parse_duration(f"{number}{unit}"))


@pytest.mark.parametrize(
    "text", ["", "3", "s", "-3s", "3 s", "3S", "1h30m", "3s\n", "\u0663s", "1e3s", "9" * 400 + "s", "inf"]
)
def test_anything_else_is_no_duration(text: str) -> None:
    """A number without a unit, a sign, a blank, foreign digits and the infinite are refused by what they are."""
    with pytest.raises(ValueError, match="is no duration, which is written as in") as caught:
        parse_duration(text)

    assert json.dumps(text) in str(caught.value)


@given(st.text())
def test_no_text_crashes_the_parser_of_durations(text: str) -> None:
    """It gives seconds or says what is wrong."""
    try:
        seconds = parse_duration(text)
    except ValueError:
        seconds = 0.0

    assert seconds >= 0.0


@given(st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - bounds
def test_a_written_moment_is_read_back(moment: datetime) -> None:
    """ISO times come back in UTC, whatever offset they were written with."""
    elsewhere = moment.astimezone(timezone(timedelta(hours=-7)))

    assert moment == parse_moment(elsewhere.isoformat())
    assert parse_moment(elsewhere.isoformat()).tzinfo is UTC


def test_a_date_is_midnight_where_the_person_is() -> None:
    """The day begins in the local time zone."""
    local = parse_moment("2020-06-15").astimezone()

    assert (local.date(), local.time()) == (date(2020, 6, 15), time(0))


@pytest.mark.parametrize("text", ["", "yesterday", "2020-13-01", "15.6.2020"])
def test_anything_else_is_no_moment(text: str) -> None:
    """The message shows how a date is written."""
    with pytest.raises(ValueError, match="is no date, which is written as in"):
        parse_moment(text)


def test_a_whole_table_becomes_a_value() -> None:
    """Nested tables, lists, mappings, durations, dates and choices arrive as their types."""
    table = {
        "must": "",
        "every": "5m",
        "inner": {"names": ["a", "b"], "until": date(2020, 1, 1), "tag": False},
        "numbers": {"one": 0},
        "lists": [],
    }

    made = structure(table, Outer, "here")

    midnight = datetime(2020, 1, 1).astimezone(UTC)
    assert made == Outer("", Duration(300.0), Inner(("a", "b"), Moment(midnight), False), {"one": 0}, [])


def test_a_toml_datetime_is_a_moment() -> None:
    """TOML's own times are as good as texts."""
    moment = datetime(2020, 1, 1, 12, tzinfo=UTC)

    assert structure({"must": "x", "inner": {"until": moment}}, Outer, "here").inner.until == moment


def test_every_fault_is_told_with_its_path() -> None:
    """One wrong value does not hide the next, at any depth."""
    table = {
        "every": 5,
        "inner": {"names": ["a", 1, False], "until": 5, "tag": "", "nmaes": []},
        "numbers": {"one": 1.5, "to o": True},
        "lists": "abc",
        "else": 1,
    }

    assert set(faults(table)) == {
        "here.must: is missing",
        'here.every: must be a duration such as "3s", not a whole number',
        "here.inner.names[1]: must be text, not a whole number",
        "here.inner.names[2]: must be text, not true or false",
        'here.inner.until: must be a date such as "2020-12-31", not a whole number',
        "here.inner.tag: must be a tag or false, not an empty text",
        "here.inner.nmaes: unknown key (did you mean names?)",
        "here.numbers.one: must be a whole number, not a number",
        'here.numbers."to o": must be a whole number, not true or false',
        "here.lists: must be a list, not text",
        "here.else: unknown key (known here: every, inner, lists, must, numbers)",
    }


@pytest.mark.parametrize(
    ("table", "fault"),
    [
        ({"must": "x", "inner": 5}, "here.inner: must be a table, not a whole number"),
        ({"must": "x", "numbers": []}, "here.numbers: must be a table, not a list"),
        ({"must": "x", "inner": {"names": {"a": 1}}}, "here.inner.names: must be a list, not a table"),
        (
            {"must": "x", "inner": {"until": time(7)}},
            'here.inner.until: must be a date such as "2020-12-31", not a date or time',
        ),
        ({"must": "x", "inner": {"tag": True}}, "here.inner.tag: must be a tag or false, not true"),
        ({"must": 0.5}, "here.must: must be text, not a number"),
        ([], "here: must be a table, not a list"),
    ],
)
def test_a_value_of_another_shape_is_a_fault(table: object, fault: str) -> None:
    """Nothing is converted in passing."""
    assert faults(table) == (fault,)


@pytest.mark.parametrize(
    ("table", "fault"),
    [
        ({"format": "xmll"}, 'here.format: must be one of "xml", "json", not "xmll"'),
        ({"format": 5}, 'here.format: must be one of "xml", "json", not a whole number'),
        ({"tries": True}, "here.tries: must be a whole number, not true or false"),
        ({"tries": 3.0}, "here.tries: must be a whole number, not a number"),
        ({"weight": "1"}, "here.weight: must be a number, not text"),
        ({"insecure_http": 1}, "here.insecure_http: must be true or false, not a whole number"),
        ({"gaps": {"default": 3}}, 'here.gaps.default: must be a duration such as "3s", not a whole number'),
        ({"gaps": {"default": "0s"}}, "here: The default gap is at least 1 s. Be polite."),
        ({"user": 5}, "here.user: must be text, not a whole number"),
    ],
)
def test_an_account_s_values_are_checked_by_its_config_class(table: object, fault: str) -> None:
    """Types, choices and the class's own validation all end as faults."""
    assert faults(table, ServiceConfig) == (fault,)


def test_gaps_are_durations_and_lacks_are_fields() -> None:
    """What every account takes arrives as seconds and as Fields; a whole number is a number."""
    made = structure({"gaps": {"posts/all": "5m"}, "lacks": ["tags"], "weight": 2}, ServiceConfig, "here")

    assert (made.gaps, made.lacks, made.weight) == ({"posts/all": 300.0}, frozenset({Field.TAGS}), 2.0)


def test_a_fault_of_the_program_is_not_put_down_to_the_config() -> None:
    """A class whose type nobody can read is its author's fault, and is raised as what it is."""

    @attrs.frozen
    class Odd:
        other: complex = 1j

    with pytest.raises(Exception, match="complex") as caught:
        structure({"other": "x"}, Odd, "here")

    assert not isinstance(caught.value, Faults)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=5,
    )
)
def test_no_value_of_a_key_crashes_the_check(value: object) -> None:
    """Whatever TOML can hold becomes a value or faults with their paths."""
    for key in ("url", "format", "tries", "hosts", "gaps", "lacks", "insecure_http"):
        sentences: list[str] = []
        try:
            structure({key: value}, ServiceConfig, ("here",))
        except Faults as error:
            sentences = list(map(str, error.faults))

        assert [sentence for sentence in sentences if not sentence.startswith("here")] == []


def test_a_path_is_written_as_toml_writes_it() -> None:
    """Bare keys stand as they are, others in quotes with their control characters escaped."""
    assert written(("a", "b-c")) == "a.b-c"
    assert written(("b",)) == "b"
    assert written(("a", "posts/all", 3)) == 'a."posts/all"[3]'
    assert written(("a", "\x1b")) == 'a."\\u001b"'


def test_what_is_of_no_kind_of_toml_is_something_else() -> None:
    """Described without being repeated."""
    assert described(None) == "something else"


def test_a_home_that_nobody_has_stays_as_it_is_written() -> None:
    """`~` of a user that does not exist is a name like any other."""
    assert str(at_home("~nobody-of-this-name/x")) == "~nobody-of-this-name/x"
    assert at_home("~/x").is_absolute()
