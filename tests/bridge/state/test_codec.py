"""Model values as JSON and back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.model.adapter import Problem
from bridge.model.bookmark import Bookmark, Entry, Field
from bridge.model.link import Half, Link, Side
from bridge.model.operation import Add, Delta, Remove, Update, Values
from bridge.model.plan import Plan, Step
from bridge.model.receipt import Conflict, Estimate, Listed, Loss, Receipt, Verified, Written, Wrong
from bridge.state.codec import Codec, CodecError, column
from bridge.state.store import Notes
from tests.support import strategies as values

CODEC = Codec()

texts = values.texts
bookmarks = values.bookmarks(texts)
entries = st.builds(Entry, texts, bookmarks, st.none() | values.dates)
of_a_field: dict[Field, st.SearchStrategy[Any]] = {
    Field.TITLE: texts,
    Field.NOTE: texts,
    Field.TAGS: st.lists(values.tags, max_size=3).map(tuple),
    Field.ADDED: st.none() | values.dates,
    Field.UNREAD: st.booleans(),
    Field.FAVORITE: st.booleans(),
    Field.PRIVATE: st.booleans(),
    Field.HIGHLIGHTS: st.lists(values.highlights, max_size=2).map(tuple),
}
some_values: st.SearchStrategy[Values] = st.fixed_dictionaries({}, optional=of_a_field)
deltas = st.builds(Delta, some_values, st.tuples(values.tags), st.tuples(values.tags), some_values)
operations = st.one_of(st.builds(Add, bookmarks), st.builds(Update, entries, deltas), st.builds(Remove, entries))
halves = st.builds(Half, texts, texts, some_values, st.booleans())
links = st.builds(
    Link,
    halves,
    halves,
    st.frozensets(st.tuples(values.tags, values.tags), max_size=3),
    st.frozensets(st.tuples(st.sampled_from(Side), st.sampled_from(Field)), max_size=3),
    st.none() | st.integers(0, 9),
)
losses = st.lists(st.builds(Loss, texts, texts, texts, texts), max_size=2).map(tuple)
listed = st.lists(st.builds(Listed, texts, texts), max_size=2).map(tuple)
conflicts = st.lists(st.builds(Conflict, texts, texts, st.none() | texts), max_size=2).map(tuple)
steps = st.builds(Step, st.sampled_from(Side), operations, links, texts, losses)
plans = st.builds(
    Plan,
    st.lists(steps, max_size=2).map(tuple),
    st.lists(links, max_size=2).map(tuple),
    st.integers(0, 9),
    listed,
    listed,
    losses,
    conflicts,
)
receipts = st.builds(
    Receipt,
    kind=texts,
    source=texts,
    target=texts,
    run=st.none() | st.integers(0, 9),
    dry_run=st.booleans(),
    skipped=listed,
    losses=losses,
    conflicts=conflicts,
    writes=st.dictionaries(texts, st.builds(Written, st.integers(0, 9)), max_size=2),
    verified=st.none() | st.builds(Verified, st.integers(0, 9), st.tuples(st.builds(Wrong, texts, texts))),
    calls=st.dictionaries(texts, st.integers(0, 9), max_size=2),
    estimate=st.none() | st.builds(Estimate, st.integers(0, 9), st.floats(0, 1e9)),
    remarks=st.tuples(texts),
)
problems = st.builds(Problem, texts, texts, st.none() | texts, st.none() | texts)
notes = st.builds(Notes, st.tuples(problems), losses, st.tuples(texts))


@pytest.mark.parametrize(
    ("kind", "strategy"),
    [(Entry, entries), (Link, links), (Step, steps), (Plan, plans), (Receipt, receipts), (Notes, notes)],
    ids=lambda item: item.__name__ if isinstance(item, type) else "",
)
def test_every_value_reads_back_as_it_was_written(kind: type[Any], strategy: st.SearchStrategy[Any]) -> None:
    """Dates keep their instant, surrogates stay alone, and what is empty is not absent."""

    @settings(max_examples=25)
    @given(strategy)
    def holds(value: Any) -> None:
        text = CODEC.dump(value)

        assert value == CODEC.load(text, kind)
        assert text == CODEC.dump(CODEC.load(text, kind))
        text.encode()

    holds()


@pytest.mark.parametrize("field", Field)
def test_a_value_keeps_its_type(field: Field) -> None:
    """A base compares with what is read later, so a tuple may not come back as a list, nor a date as a text."""
    example = {
        Field.TAGS: ("a", "b"),
        Field.HIGHLIGHTS: (),
        Field.ADDED: datetime(2020, 1, 1, tzinfo=UTC),
        Field.UNREAD: False,
    }.get(field, "")
    link = Link(Half("l", "u", {field: example}), Half("r", "u"))

    read = CODEC.load(CODEC.dump(link), Link)

    assert type(example) is type(read.left.base[field])
    assert {field: example} == read.left.base
    assert {} == read.right.base


def test_a_date_that_is_none_was_still_spoken_of() -> None:
    """An absent field and a field without a value are two bases."""
    link = Link(Half("l", "u", {Field.ADDED: None}), Half("r", "u", {}))

    read = CODEC.load(CODEC.dump(link), Link)

    assert {Field.ADDED: None} == read.left.base
    assert {} == read.right.base


def test_equal_values_are_equal_text() -> None:
    """What was done under a plan is recognised by its text, in whatever order a set was made."""
    pairs = [(str(number), str(number)) for number in range(50)]
    one, other = (Link(Half("l", "u"), Half("r", "u"), frozenset(order)) for order in (pairs, pairs[::-1]))

    assert CODEC.dump(one) == CODEC.dump(other)


@pytest.mark.parametrize("text", ["", "nonsense", "[]", "null", "1", "{}"])
def test_anything_else_is_said_to_be_none(text: str) -> None:
    """Whatever is wrong with it, one class of error says so."""
    with pytest.raises(CodecError, match="no Entry can be read"):
        CODEC.load(text, Entry)


@given(st.text(st.characters(), max_size=10))
def test_a_column_takes_any_text(text: str) -> None:
    """A text without lone surrogates is itself; with them it can be stored, too."""
    stored = column(text)

    stored.encode()
    assert stored == text or any("\ud800" <= character <= "\udfff" for character in text)


def test_a_bookmark_of_nothing_but_its_url_reads_back() -> None:
    """Every default survives."""
    entry = Entry("r", Bookmark("u"))

    assert entry == CODEC.load(CODEC.dump(entry), Entry)


def test_what_an_older_version_wrote_of_losses_and_conflicts_reads_back_and_is_written_the_same() -> None:
    """A reason or values that were never said are left out, so that a saved plan keeps the name it had."""
    receipt = Receipt(
        "migrate", "a", "b", losses=(Loss("u", "title", "long"),), conflicts=(Conflict("u", "note", "a"),)
    )
    text = Codec().dump(receipt)
    read = Codec().load(text, Receipt)

    assert '"losses":[{"url":"u","field":"title","wanted":"long","kept":""}]' in text
    assert '"conflicts":[{"url":"u","field":"note","winner":"a"}]' in text
    assert ("", None, None) == (read.losses[0].reason, read.conflicts[0].source, read.conflicts[0].target)


def test_reasons_and_values_read_back() -> None:
    """They are no part of what makes two losses or conflicts one, so they are compared by themselves."""
    said = Receipt(
        "mirror", "a", "b", losses=(Loss("u", "f", "x", "", "why"),), conflicts=(Conflict("u", "f", None, "", "t"),)
    )
    read = Codec().load(Codec().dump(said), Receipt)

    assert "why" == read.losses[0].reason
    assert ("", "t") == (read.conflicts[0].source, read.conflicts[0].target)
