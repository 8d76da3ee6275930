"""JSON of services that do not keep to their own types."""

from __future__ import annotations

import json
import string
from collections.abc import Mapping
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.lenient import Garbled, converter, flag, number, parse, parse_object, text


@attrs.frozen
class Inner:
    """A record inside of another."""

    name: str = ""
    size: int = 0


@attrs.frozen
class Record:
    """A record with a field of every kind."""

    id: str
    title: str | None = None
    count: int = 0
    limit: int | None = None
    done: bool = False
    inner: Inner = Inner()
    tags: Mapping[str, Inner] = attrs.field(factory=dict)
    rows: tuple[Inner, ...] = ()
    words: tuple[str, ...] = ()
    rest: Any = None


READER = converter()

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
inners = st.builds(Inner, name=st.text(), size=st.integers(-(10**20), 10**20))
records = st.builds(
    Record,
    id=st.text(),
    title=st.none() | st.text(),
    count=st.integers(-(10**20), 10**20),
    limit=st.none() | st.integers(-(10**20), 10**20),
    done=st.booleans(),
    inner=inners,
    tags=st.dictionaries(st.text(), inners, max_size=3),
    rows=st.lists(inners, max_size=3).map(tuple),
    words=st.lists(st.text(), max_size=3).map(tuple),
    rest=st.none() | st.integers(),
)


def read(document: object) -> Record:
    """Read a document as it comes from a service."""
    return READER.structure(parse(json.dumps(document).encode()), Record)


@given(records)
def test_what_was_written_is_read(record: Record) -> None:
    """Structure undoes unstructure."""
    assert record == read(READER.unstructure(record))


@given(st.fixed_dictionaries({}, optional={field.name: json_values for field in attrs.fields(Record)}) | json_values)
def test_nothing_but_garbled_is_raised(document: object) -> None:
    """Nulls, texts for numbers, arrays for objects, anything anywhere."""
    try:
        record = read(document)
    except Garbled:
        return

    assert isinstance(record, Record)
    assert all(isinstance(row, Inner) for row in record.rows)


@given(st.binary() | st.text(string.printable).map(str.encode))
def test_no_body_breaks_the_parser(body: bytes) -> None:
    """What is not JSON is Garbled."""
    try:
        document = parse(body)
    except Garbled:
        return

    assert json.loads(json.dumps(document)) is not Garbled


def test_php_is_understood() -> None:
    """Numbers as text, truth as digits, [] for an empty map, a map for a list, null for what is empty."""
    record = read(
        {
            "id": 7,
            "count": "12",
            "limit": "",
            "done": "1",
            "inner": [],
            "tags": [],
            "rows": {"1": {"size": "3"}, "2": {"name": None}},
            "words": None,
            "unknown": {"deep": []},
        }
    )

    assert record == Record("7", count=12, limit=0, done=True, rows=(Inner(size=3), Inner()))


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf \n", "empty"),
        (b"<!DOCTYPE html><p>Sorry", "an HTML page"),
        (b"401 Unauthorized", "not JSON"),
        (b'{"a": 1', "not JSON"),
        (b'{"a": NaN}', "not JSON"),
        (b'"\xff"', "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'"text"', "JSON without an object"),
        (b"[1]", "JSON without an object"),
    ],
)
def test_what_a_body_is_instead_is_said(body: bytes, why: str) -> None:
    """The sentence can be told to a person."""
    with pytest.raises(Garbled, match=f"^{why}$"):
        parse_object(body)


def test_an_empty_array_is_an_empty_object() -> None:
    """PHP has one spelling for both; a byte order mark and blanks around are passed over."""
    assert {} == parse_object(b"\xef\xbb\xbf[]\t\n")
    assert {"a": 1} == parse_object(b' {"a": 1} ')


@pytest.mark.parametrize("document", [{}, {"id": "1", "rows": 5}, {"id": "1", "tags": "a"}, {"id": "1", "inner": 1}, 3])
def test_what_cannot_be_told_is_garbled(document: object) -> None:
    """A record without its id, a number for a list, a text for a map, a number for a record."""
    with pytest.raises(Garbled, match=r"^without "):
        read(document)


def test_a_number_of_ten_thousand_digits_costs_nothing() -> None:
    """It is no number, whether it comes as one or as text."""
    for value in (parse(b"1" * 10_000), "1" * 10_000):
        with pytest.raises(Garbled, match="without a number"):
            number(value)


def test_words_for_yes_and_no() -> None:
    """As services write them, and nothing else."""
    assert [True, True, True, False, False, False, False] == [
        flag(word) for word in ("1", True, "TRUE", "0", 0, None, "false")
    ]
    with pytest.raises(Garbled):
        flag("perhaps")


def test_half_a_character_is_garbled() -> None:
    """A lone surrogate could be neither stored nor shown."""
    with pytest.raises(Garbled, match="half a character"):
        text(parse(b'"\\ud83d"'))
