"""What holds for every answer: what was written is read, in both formats, and what is not one is called garbled."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import attrs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from adapters.lenient import Garbled
from adapters.pinboard import wire
from adapters.pinboard.wire import Dates, Note, Notes, Post, Posts, Suggestions, Tags
from tests.adapters.pinboard import vendor

MARK = b"\xef\xbb\xbf"

anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
controls = "".join(map(chr, range(0x20))).translate(dict.fromkeys(map(ord, "\t\n\r")))
legal = st.text(st.characters(exclude_categories=["Cs"], exclude_characters=f"{controls}\ufffe\uffff"), max_size=20)
numbers = st.integers(0, 10**12)
digits = st.text("0123456789abcdef", min_size=1, max_size=20)
moments = st.datetimes(datetime(1, 1, 2), datetime(2100, 1, 1), timezones=st.just(UTC)).map(wire.encode_time)  # noqa: DTZ001


def posts(text: SearchStrategy[str]) -> SearchStrategy[Posts]:
    """Return listings, with and without a root that says whose and of which day."""
    tags = st.lists(text.filter(lambda tag: tag and not set(tag) & set(" \t\n\r")), max_size=4).map(" ".join)
    post = st.builds(
        Post,
        href=text.filter(bool),
        time=moments,
        description=text,
        extended=text,
        tags=tags,
        hash=digits,
        meta=st.none() | digits,
        shared=st.booleans(),
        toread=st.booleans(),
    )
    user = st.sampled_from(["", "alice"])
    return st.builds(Posts, st.lists(post, max_size=4).map(tuple), user, user.map(lambda name: name and "2012-07-14"))


def dates(text: SearchStrategy[str]) -> SearchStrategy[Dates]:
    """Return counts of days."""
    return st.builds(Dates, st.dictionaries(moments, numbers, max_size=4), st.just("alice"), text)


def suggestions(text: SearchStrategy[str]) -> SearchStrategy[Suggestions]:
    """Return suggestions, of one kind alone as well."""
    tags = st.lists(text, max_size=4).map(tuple)
    return st.builds(Suggestions, tags, tags)


def tags(text: SearchStrategy[str]) -> SearchStrategy[Tags]:
    """Return counts of tags, whose names are the person's own."""
    return st.builds(Tags, st.dictionaries(text | st.sampled_from(["result", "date", "posts"]), numbers, max_size=4))


def notes(text: SearchStrategy[str], body: SearchStrategy[str | None]) -> SearchStrategy[Note]:
    """Return notes."""
    return st.builds(
        Note,
        id=digits,
        title=text,
        hash=digits,
        length=numbers,
        created_at=moments,
        updated_at=moments,
        text=body,
    )


def note_lists(text: SearchStrategy[str]) -> SearchStrategy[Notes]:
    """Return lists of notes, which have no texts."""
    return st.builds(Notes, st.lists(notes(text, st.none()), max_size=4).map(tuple), st.none() | numbers)


def words(text: SearchStrategy[str]) -> SearchStrategy[str]:
    """Return results, which are never empty, and around which blanks do not count."""
    return text.map(str.strip).filter(bool)


Law = tuple[Callable[[Any], bytes], Callable[[bytes], Any], SearchStrategy[Any]]
LAWS: dict[str, Law] = {
    "posts in XML": (vendor.posts_xml, wire.decode_posts, posts(legal)),
    "posts in JSON": (vendor.posts_json, wire.decode_posts, posts(anything)),
    "update in XML": (vendor.update_xml, wire.decode_update, moments),
    "update in JSON": (vendor.update_json, wire.decode_update, moments),
    "dates in XML": (vendor.dates_xml, wire.decode_dates, dates(legal)),
    "dates in JSON": (vendor.dates_json, wire.decode_dates, dates(anything)),
    "suggestions in XML": (vendor.suggestions_xml, wire.decode_suggestions, suggestions(legal)),
    "suggestions in JSON": (vendor.suggestions_json, wire.decode_suggestions, suggestions(anything)),
    "tags in XML": (vendor.tags_xml, wire.decode_tags, tags(legal)),
    "tags in JSON": (vendor.tags_json, wire.decode_tags, tags(anything)),
    "notes in XML": (vendor.notes_xml, wire.decode_notes, note_lists(legal)),
    "notes in JSON": (vendor.notes_json, wire.decode_notes, note_lists(anything)),
    "a note in XML": (vendor.note_xml, wire.decode_note, notes(legal, legal)),
    "a note in JSON": (vendor.note_json, wire.decode_note, notes(anything, anything)),
    "a result in XML": (vendor.result_xml, wire.decode_result, words(legal)),
    "a result in JSON": (vendor.result_json, wire.decode_result, words(anything)),
    "a secret in XML": (vendor.secret_xml, wire.decode_secret, words(legal)),
    "a secret in JSON": (vendor.secret_json, wire.decode_secret, words(anything)),
    "a result in an element": (vendor.secret_xml, wire.decode_result, words(legal)),
    "a result under the other key": (vendor.secret_json, wire.decode_result, words(anything)),
}


@pytest.mark.parametrize("law", LAWS)
def test_what_was_written_is_read(law: str) -> None:
    """Line feeds, tabs, carriage returns, quotes and every other character included, behind a byte order mark too."""
    encode, decode, values = LAWS[law]

    @given(values)
    def holds(value: Any) -> None:
        assert decode(MARK + encode(value)) == value

    holds()


@given(posts(legal))
@example(Posts((Post("https://a.example/", "2012-07-14T07:34:21Z", "a\nb", "c\r\nd\te > f ' g \" h & i < j"),)))
def test_both_formats_say_the_same(listing: Posts) -> None:
    """Whatever XML can carry."""
    assert wire.decode_posts(vendor.posts_xml(listing)) == wire.decode_posts(vendor.posts_json(listing))


NAMES = (
    "posts",
    "post",
    "href",
    "tags",
    "shared",
    "time",
    "dates",
    "result",
    "errors",
    "popular",
    "notes",
    "id",
    "count",
)
DOCUMENTS: dict[str, tuple[Callable[[bytes], Any], Any]] = {
    "posts": (wire.decode_posts, {"user": "u", "date": "d", "posts": [{"href": "h", "tags": "a b", "shared": "no"}]}),
    "all": (wire.decode_posts, [{"href": "h", "description": "t", "time": "2012-07-14T07:34:21Z", "others": 0}]),
    "pinbook": (wire.decode_posts, {"posts": {"post": [{"href": "h", "tag": ["a"], "meta": None}]}}),
    "update": (wire.decode_update, {"update_time": "2012-07-14T07:34:21Z", "update": {"time": "t"}}),
    "dates": (wire.decode_dates, {"user": "u", "tag": "a", "dates": {"2012-07-14": "1"}}),
    "suggest": (wire.decode_suggestions, [{"popular": ["a"]}, {"recommended": ["b", "c"]}]),
    "tags": (wire.decode_tags, {"a": 1, "b": "2"}),
    "notes": (wire.decode_notes, {"count": 1, "notes": [{"id": "a", "0": "a", "title": "t", "length": "3"}]}),
    "note": (wire.decode_note, {"id": "a", "title": "t", "text": "x\r\ny", "length": 3, "created_at": "c"}),
    "no note": (wire.decode_no_note, {"error": "no such note", "error_code": "404"}),
    "result": (wire.decode_result, {"result_code": "done", "result": "done"}),
    "secret": (wire.decode_secret, {"result": "0123"}),
    "complaint": (wire.decode_complaint, {"errors": [{"message": "Bad Request"}], "result": "no"}),
}
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["\ud83d", 10**4000, ""]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES) | st.text(), inner, max_size=3),
    max_leaves=8,
)


def places(document: Any) -> Iterator[tuple[str | int, ...]]:
    """Yield the way to every value of a document, the whole of it first."""
    yield ()
    rows = document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    for key, value in rows:
        for way in places(value):
            yield key, *way


def replaced(document: Any, way: tuple[str | int, ...], value: Any) -> Any:
    """Return the document with another value in one place."""
    if not way:
        return value
    copy = document.copy()
    copy[way[0]] = replaced(document[way[0]], way[1:], value)
    return copy


def texts(answer: Any) -> Iterator[str]:
    """Yield every text of an answer."""
    if isinstance(answer, str):
        yield answer
    elif attrs.has(type(answer)):
        yield from texts(attrs.asdict(answer))
    elif isinstance(answer, dict):
        yield from texts(list(answer) + list(answer.values()))
    elif isinstance(answer, list | tuple):
        for each in answer:
            yield from texts(each)


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_any_json_in_the_place_of_any_value_is_read_or_garbled(kind: str) -> None:
    """Nothing else is ever raised, and what was read can be written in UTF-8."""
    decode, document = DOCUMENTS[kind]

    @given(st.sampled_from(list(places(document))), values)
    def holds(way: tuple[str | int, ...], value: Any) -> None:
        try:
            answer = decode(json.dumps(replaced(document, way, value)).encode())
        except Garbled:
            return
        assert all(text.encode() is not None for text in texts(answer))

    holds()


DECODERS = tuple(dict.fromkeys(decode for decode, _document in DOCUMENTS.values()))
pieces = st.lists(
    st.sampled_from(
        ["<posts>", "</posts>", "<post ", 'href="a"', "/>", ">", "<result", ' code="', '"', "done", "&", "&#0;", "<!--",
         "-->", "<?xml version='1.0'?>", "<![CDATA[", "]]>", "<dates>", "<date count='1' date='d'/>", "{", "}", "\x00",
         "é", "\n", "<tags>", "<tag count='1' tag='a'/>", "</tags>", "<notes>", "<note id='a'>", "</note>", "</notes>",
         "<title>", "</title>", "<suggest>", "<popular>", "</popular>", "</suggest>", "[", "]", '"error":', "1"]
    )
).map("".join)  # fmt: skip


@given(st.binary() | values.map(json.dumps).map(str.encode) | pieces.map(str.encode))
def test_any_bytes_are_read_or_garbled(body: bytes) -> None:
    """Whatever comes, each decoder answers or calls it garbled."""
    answers = []
    for decode in DECODERS:
        try:
            answers.append(decode(body))
        except Garbled as error:
            answers.append(error)

    assert len(answers) == len(DECODERS)


@given(st.sampled_from(sorted(LAWS)), st.data())
def test_a_cut_answer_is_garbled(law: str, data: st.DataObject) -> None:
    """Wherever the connection broke, the rest is no smaller answer."""
    encode, decode, values_ = LAWS[law]
    body = encode(data.draw(values_)).rstrip()
    body = body[: body.rindex(b"<!--")].rstrip() if b"<!--" in body else body

    with pytest.raises(Garbled):
        decode(body[: data.draw(st.integers(0, len(body) - 1))])
