"""Reading what Pocket writes. Its side is played by encoders of this test, which share no code with wire."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import attrs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.lenient import Garbled
from adapters.pocket import wire
from adapters.pocket.wire import ActionError, Code, Listing, Result, Token
from adapters.pocket.wire_items import (
    AddedItem,
    Annotation,
    Author,
    Broken,
    DomainMetadata,
    Image,
    Item,
    Video,
    decode_item,
    decode_tags,
    decode_time,
    stored_tag,
)

SECRET = "0123-abcd"

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
numbers = st.integers(0, 65_535)
times = st.none() | st.integers(1, 10**11)
tags = st.lists(texts.filter(bool), max_size=3, unique=True).map(tuple)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.just("\ud800")
    | st.just("2026"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
parts: dict[Any, st.SearchStrategy[Any]] = {
    Author: st.builds(Author, texts, texts, texts, texts),
    Image: st.builds(Image, texts, texts, texts, numbers, numbers, texts, texts),
    Video: st.builds(Video, texts, texts, texts, numbers, numbers, texts, texts, numbers),
    Annotation: st.builds(Annotation, texts, texts, texts, texts, texts, texts),
    DomainMetadata: st.builds(DomainMetadata, texts, texts, texts),
}
items = st.builds(
    Item,
    item_id=st.text("0123456789abc", min_size=1, max_size=8),
    resolved_id=texts,
    given_url=texts,
    resolved_url=texts,
    given_title=texts,
    resolved_title=texts,
    favorite=st.booleans(),
    status=st.sampled_from(["0", "1", "2", "3"]),
    time_added=times,
    time_updated=times,
    time_read=times,
    time_favorited=times,
    sort_id=st.none() | numbers,
    tags=tags,
    excerpt=texts,
    lang=texts,
    is_article=st.booleans(),
    is_index=st.booleans(),
    has_image=st.integers(0, 2),
    has_video=st.integers(0, 2),
    word_count=numbers,
    time_to_read=numbers,
    listen_duration_estimate=numbers,
    top_image_url=texts,
    amp_url=texts,
    domain_metadata=st.none() | parts[DomainMetadata],
    authors=st.lists(parts[Author], max_size=1).map(tuple),
    image=st.none() | parts[Image],
    images=st.lists(parts[Image], max_size=1).map(tuple),
    videos=st.lists(parts[Video], max_size=1).map(tuple),
    annotations=st.lists(parts[Annotation], max_size=1).map(tuple),
)


def late(item: Item) -> dict[str, Any]:
    """Write an item as Pocket's last server did: numbers and flags as text, objects for lists, no key for nothing."""

    def written(value: Any) -> Any:
        match value:
            case bool():
                return "1" if value else "0"
            case int():
                return str(value)
            case tuple():
                return {str(place): written(part) for place, part in enumerate(value)}
            case str():
                return value
        return {field.name: written(getattr(value, field.name)) for field in attrs.fields(type(value))}

    given_as = {field.name: getattr(item, field.name) for field in attrs.fields(Item)}
    row = {name: written(value) for name, value in given_as.items() if value is not None}
    row["tags"] = {slashed(tag): {"tag": slashed(tag), "item_id": item.item_id} for tag in item.tags}
    row |= {name: value for name, value in given_as.items() if name in ("sort_id", "time_to_read")}
    del row["undated"]
    return {name: value for name, value in row.items() if value not in ("", {})}


def clone(item: Item) -> dict[str, Any]:
    """Write an item as compatible servers do: real numbers, booleans as text, ISO dates, arrays, null for nothing."""
    row: dict[str, Any] = attrs.asdict(item)
    for name in ("time_added", "time_updated", "time_read", "time_favorited"):
        if row[name] is not None:
            row[name] = datetime.fromtimestamp(row[name], UTC).isoformat()
    row["favorite"] = "true" if item.favorite else "false"
    row["tags"] = [slashed(tag) for tag in item.tags]
    del row["undated"]
    return row


def slashed(tag: str) -> str:
    """Write a tag as PHP's addslashes does."""
    return tag.replace("\\", "\\\\").replace("'", "\\'").replace('"', '\\"').replace("\0", "\\0")


def body(**document: Any) -> bytes:
    """Write an answer."""
    return json.dumps(document).encode()


def listed(*records: Any, **envelope: Any) -> Listing:
    """Read an answer of get with these records."""
    return wire.decode_listing(
        body(**{"status": 1, "list": {str(n): row for n, row in enumerate(records)}, **envelope})
    )


def one(**record: Any) -> Item | Broken:
    """Read one item."""
    return decode_item("7", record)


@given(items, st.sampled_from([late, clone]))
def test_an_item_is_read_as_it_was_written(item: Item, write: Any) -> None:
    """In the spelling of Pocket's last server, and in that of compatible ones."""
    assert item == decode_item("?", json.loads(json.dumps(write(item))))


@given(st.lists(items, max_size=2, unique_by=lambda item: item.item_id), times)
def test_a_list_is_read_whole(rows: list[Item], since: int | None) -> None:
    """By its ids, in the order of `sort_id` where that tells one."""
    found = listed(*map(late, rows), since=since)

    assert (len(rows), since, ()) == (found.keys, since, found.broken)
    assert {item.item_id: item for item in rows} == {item.item_id: item for item in found.items}
    places = [item.sort_id for item in found.items if item.sort_id is not None]
    assert sorted(places) == places


@given(json_values)
def test_any_answer_is_read_or_garbled(value: Any) -> None:
    """Nothing else is ever raised."""
    written = json.dumps(value).encode()
    for read in (
        wire.decode_listing,
        wire.decode_added,
        wire.decode_code,
        wire.decode_token,
        wire.decode_complaint,
        wire.is_denial,
        lambda found: wire.decode_sent(found, 2),
    ):
        with suppress(Garbled):
            assert read(written) is not None


@given(items, st.sampled_from([field.name for field in attrs.fields(Item)]), json_values)
@example(Item("1"), "word_count", "many")
@example(Item("1"), "tags", 5)
def test_any_value_costs_one_item_at_most(item: Item, name: str, value: Any) -> None:
    """An item with a broken field is Broken under its id, or is read without what it can do without."""
    found = listed({**late(item), name: value}, late(Item("other")))

    assert 2 == found.keys
    assert 1 <= len(found.items) <= 2
    assert 2 == len(found.items) + len(found.broken)
    if name not in ("item_id", "tags"):
        assert item.item_id in {each.item_id for each in (*found.items, *found.broken)}


@given(
    st.sampled_from(["status", "since", "error", "total", "tags", "account", "search_meta", "complete"]), json_values
)
def test_any_value_of_the_envelope_costs_the_answer_at_most(name: str, value: Any) -> None:
    """Only `status` must be one."""
    try:
        found = listed(late(Item("1")), **{name: value})
    except Garbled:
        assert "status" == name
    else:
        assert 1 == len(found.items)


@given(json_values, json_values)
def test_any_results_are_read(results: Any, errors: Any) -> None:
    """There is one for each action that was sent, whatever comes."""
    assert 3 == len(wire.decode_sent(body(action_results=results, action_errors=errors), 3))


@given(tags)
def test_tags_are_stored_with_backslashes(names: tuple[str, ...]) -> None:
    """And read without."""
    stored = [stored_tag(name) for name in names]

    assert [slashed(name) for name in names] == stored
    assert names == decode_tags(stored)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("1700000000", 1_700_000_000),
        (1_700_000_000, 1_700_000_000),
        (1_700_000_000_123, 1_700_000_000),
        ("2023-11-14T22:13:20Z", 1_700_000_000),
        ("2023-11-14T23:13:20.000+01:00", 1_700_000_000),
        ("2023-11-14 22:13:20", 1_700_000_000),
        *((never, None) for never in ("0", 0, "", None, "0000-00-00 00:00:00", -5, "soon", [], {}, "1" * 40, 10**20)),
    ],
)
def test_a_time_is_text_or_number_or_date(written: Any, read: int | None) -> None:
    """In seconds, milliseconds or ISO; a date without a zone is in UTC; what is none is never."""
    assert read == decode_time(written)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (None, ()),
        ([], ()),
        ({}, ()),
        ("", ()),
        ("a,b c", ("a", "b c")),
        (["a", {"tag": "b"}, "", None], ("a", "b")),
        ({"a": {"item_id": "1", "tag": "A"}, "b": "1"}, ("A", "b")),
        ({"it\\'s": {"tag": "it\\'s"}}, ("it's",)),
        (["c:\\\\d", "e\\f"], ("c:\\d", "e\\f")),
    ],
)
def test_tags_are_an_object_or_a_list_or_a_text(written: Any, read: tuple[str, ...]) -> None:
    """PHP's addslashes is undone; a backslash before anything else is one."""
    assert read == decode_tags(written)


def test_a_stub_is_gone() -> None:
    """It has an id and a status, and nothing else is needed."""
    found = listed({"item_id": "1", "status": "2"}, {"item_id": "2", "status": 3, "listen_duration_estimate": 0})

    assert [Item("1", status="2"), Item("2", status="3")] == list(found.items)
    assert all(item.gone for item in found.items)
    assert not Item("3", status="1").gone


def test_the_key_stands_in_for_the_id() -> None:
    """Some servers name an item by its key alone."""
    assert Item("7", given_title="t") == one(given_title="t")


@pytest.mark.parametrize(
    ("record", "broken"),
    [
        (5, Broken("7", "without an object where an item is due")),
        (None, Broken("7", "without an object where an item is due")),
        ({"item_id": []}, Broken("7", "without an id that can be read")),
        ({"tags": 5}, Broken("7", "without tags where tags are due")),
        ({"given_title": ["x"]}, Broken("7", "without text where text is due")),
        ({"favorite": "perhaps"}, Broken("7", "without a yes or no where one is due")),
        (
            {"favorite": "perhaps", "given_url": "https://a.example/", "resolved_url": 5},
            Broken("7", "without a yes or no where one is due", "https://a.example/", "5"),
        ),
        (
            {"item_id": [], "given_url": ["https://a.example/"], "resolved_url": "https://b.example/"},
            Broken("7", "without an id that can be read", "", "https://b.example/"),
        ),
    ],
)
def test_a_broken_item_keeps_its_id_and_urls(record: Any, broken: Broken) -> None:
    """What matters of it cannot be read, but it is there."""
    assert broken == decode_item("7", record)


def test_an_array_of_items_may_lack_ids() -> None:
    """Then nobody knows which one it is."""
    found = wire.decode_listing(body(list=[{"item_id": "1"}, {"given_url": "https://a.example/"}]))

    broken = Broken("", "without an item_id", "https://a.example/")
    assert (2, (Item("1"),), (broken,)) == (found.keys, found.items, found.broken)
    assert (Item("1"), broken) == found.records


@pytest.mark.parametrize(
    "trouble",
    [{"word_count": "many"}, {"images": 7}, {"authors": {"1": "Ann"}}, {"annotations": [1]}, {"time_to_read": []}],
)
def test_what_describes_the_page_may_be_broken(trouble: dict[str, Any]) -> None:
    """The item stays, without its description."""
    assert Item("7", given_url="https://a.example/", tags=("a",)) == one(
        given_url="https://a.example/", tags=["a"], excerpt="lost", **trouble
    )


@pytest.mark.parametrize(
    ("written", "shown"),
    [("yesterday", "yesterday"), (-1, "-1"), (["x"], "no text"), ("\ud800", "?"), ("y" * 99, "y" * 60)],
)
def test_a_date_that_is_none_is_shown(written: Any, shown: str) -> None:
    """It costs the date, not the item."""
    item = one(time_added=written)

    assert isinstance(item, Item)
    assert (None, shown) == (item.time_added, item.undated)
    assert "" == Item("1").undated == attrs.evolve(item, undated="").undated


def test_a_server_cannot_say_what_is_ours_to_say() -> None:
    """`undated` is no field of the protocol."""
    assert Item("7") == one(undated="x")


def test_equal_places_tell_no_order() -> None:
    """One server gives each item the place 1."""
    rows = [{"item_id": item_id, "sort_id": 1} for item_id in "cab"]

    assert ["c", "a", "b"] == [item.item_id for item in listed(*rows).items]


@pytest.mark.parametrize(
    ("envelope", "why"),
    [
        ({"list": None}, "without a list"),
        ({"list": 5}, "without a list"),
        ({"list": "[]"}, "without a list"),
        ({"list": {}, "status": "none"}, "without a number where a number is due"),
    ],
)
def test_an_answer_without_a_list_is_not_an_empty_one(envelope: dict[str, Any], why: str) -> None:
    """Else an error would look like an account that was emptied."""
    with pytest.raises(Garbled, match=why):
        listed(**envelope)


@pytest.mark.parametrize(
    "page", [b"", b" \n", b"<!DOCTYPE html><p>Sorry</p>", b"401 Unauthorized", b'{"list": {', b"[]"]
)
def test_a_page_is_no_answer(page: bytes) -> None:
    """Neither is a text, nor half an answer."""
    for read in (wire.decode_listing, wire.decode_added, lambda found: wire.decode_sent(found, 1)):
        with pytest.raises(Garbled):
            read(page)


def test_nothing_may_be_null() -> None:
    """Where the status says that nothing matched, and only there."""
    assert (0, ()) == (listed(list=None, status=2).keys, listed(list=[], status=1).items)


def test_an_error_stands_beside_the_list() -> None:
    """As a text, a number, or an object."""
    assert ["", "No", "", "Deep"] == [listed(error=error).error for error in (None, "No.", 0, {"message": "Deep"})]
    assert [""] * 4 == [listed(error=error).error for error in ("", "0", [], False)]
    assert ["an error without words"] * 3 == [listed(error=error).error for error in (5, "long " * 99, {"code": 198})]


def test_an_added_item_comes_bare_or_wrapped() -> None:
    """Servers differ; the id is what is needed."""
    row = {"item_id": 7, "given_url": "https://a.example/", "title": None, "images": []}

    assert AddedItem("7", "https://a.example/") == wire.decode_added(body(item=row, status=1))
    assert wire.decode_added(body(**row)) == wire.decode_added(body(item={**row, "word_count": "x"}))
    for nothing in ({"item": None}, {"item": {}}, {"status": 1}):
        with pytest.raises(Garbled):
            wire.decode_added(body(**nothing))


def test_results_are_judged_one_by_one() -> None:
    """By what stands at their place in the two arrays."""
    problem = {"message": "SavedItem does not exist", "type": "Internal Server Error", "code": 198}
    results = [True, False, {"item_id": "7"}, None, "1", {"success": True, "item_id": 1}, {}, {"success": "?"}, 0]
    errors = [None, problem, None, "no such item", None, False, "", [], "0"]

    assert (
        Result(True),
        Result(False, error=ActionError("SavedItem does not exist", "Internal Server Error", 198)),
        Result(True, AddedItem("7")),
        Result(False, error=ActionError("no such item")),
        Result(True),
        Result(True, AddedItem("1")),
        Result(None),
        Result(None),
        Result(False),
        Result(None),
    ) == wire.decode_sent(body(action_results=results, action_errors=errors, status=0), 10)


def test_results_may_be_an_object_by_place() -> None:
    """As PHP writes an array with a gap."""
    assert (Result(True), Result(False)) == wire.decode_sent(body(action_results={"0": True, "2": False}), 2)


def test_missing_results_are_unknown() -> None:
    """An empty array is one; no array at all is no answer."""
    assert (Result(), Result()) == wire.decode_sent(body(action_results=[]), 2)
    with pytest.raises(Garbled, match="without results"):
        wire.decode_sent(body(status=1), 1)


@pytest.mark.parametrize(
    ("errors", "denied"),
    [
        ([{"message": "Unauthorized"}] * 2, True),
        (["unauthorized"], True),
        ([{"message": "Unauthorized"}, None], False),
        ([], False),
        ([{"message": "Unauthorized access to the page"}], False),
    ],
)
def test_a_refused_login_is_said_of_every_action(errors: list[Any], denied: bool) -> None:
    """Else it is a fault of one action."""
    assert denied is wire.is_denial(body(action_results=[False] * len(errors), action_errors=errors))
    assert not wire.is_denial(b"<p>Unauthorized</p>")


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf", b" \n"])
def test_a_login_is_answered_in_json_or_as_a_form(mark: bytes) -> None:
    """Both are told by what they begin with."""
    assert Code(SECRET, "s t") == wire.decode_code(mark + body(code=SECRET, state="s t"))
    assert Code(SECRET, "") == wire.decode_code(mark + body(code=SECRET, state=None))
    assert Code(SECRET, "s t") == wire.decode_code(mark + b"code=0123-abcd&state=s+t")
    assert Token(SECRET, "a@b.example") == wire.decode_token(mark + body(access_token=SECRET, username="a@b.example"))
    assert Token(SECRET, "a@b.example") == wire.decode_token(mark + b"access_token=0123-abcd&username=a%40b.example\n")


def test_a_login_without_a_token_is_none() -> None:
    """Be it in JSON, in a form, or on a page."""
    for nothing in (b"{}", b"username=a", b"<html>", b"", b"\xff", b'{"code": null, "access_token": ""}'):
        for read in (wire.decode_code, wire.decode_token):
            with pytest.raises(Garbled):
                read(nothing)


def test_no_secret_is_in_a_repr() -> None:
    """Codes and tokens are left out."""
    assert SECRET not in repr((Code(SECRET, SECRET), Token(SECRET, "a", SECRET)))


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (b'{"error": "Invalid value."}', "Invalid value"),
        (b'{"error": {"message": "No such thing"}}', "No such thing"),
        (b'{"message": "Bad"}', "Bad"),
        (b'{"detail": [{"loc": ["body"]}]}', ""),
        (b'"Not  found"', "Not found"),
        (b"403 Forbidden", "403 Forbidden"),
        (b"<p>Sorry</p>", ""),
        (b'{"error": "<b>no</b>"}', ""),
        (b"x" * 201, ""),
        (b"", ""),
        (b"5", ""),
    ],
)
def test_a_complaint_is_short_and_plain(written: bytes, said: str) -> None:
    """Anything else is not quoted."""
    assert said == wire.decode_complaint(written)
