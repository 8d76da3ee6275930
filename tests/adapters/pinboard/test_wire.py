"""Reading what Pinboard writes, and what servers that speak like it do."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.pinboard import wire
from adapters.pinboard.wire import Dates, Garbled, Post, Posts
from tests.adapters.pinboard import vendor

MARK = b"\xef\xbb\xbf"

moments = st.datetimes(datetime(1, 1, 2), datetime(2100, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001
    lambda moment: moment.replace(microsecond=0)
)


def xml(*posts: Post) -> bytes:
    """Write posts/all in XML."""
    return vendor.posts_xml(Posts(posts))


def attributes(**found: str) -> bytes:
    """Write a listing of one post with these attributes, as they are."""
    written = " ".join(f'{name}="{value}"' for name, value in found.items())
    return f"<posts><post {written}/></posts>".encode()


def one(body: bytes) -> Post:
    """Read the only post of a listing."""
    [post] = wire.decode_posts(body).posts
    return post


@given(moments)
def test_times_go_both_ways(moment: datetime) -> None:
    """Whole seconds of UTC, from the year 1 on."""
    assert wire.decode_time(wire.encode_time(moment)) == moment


def test_times_of_other_zones_and_nonsense() -> None:
    """Other zones are brought to UTC, fractions of a second are not sent, and what is no time is None."""
    there = datetime(2020, 1, 2, 3, 4, 5, 678_900, tzinfo=timezone(timedelta(hours=2)))

    assert wire.encode_time(there) == "2020-01-02T01:04:05Z"
    assert wire.decode_time("2020-01-02T03:04:05+02:00") == datetime(2020, 1, 2, 1, 4, 5, tzinfo=UTC)
    assert wire.decode_time("2020-01-02") == datetime(2020, 1, 2, tzinfo=UTC)
    assert [wire.decode_time(text) for text in ("", "0000-00-00T00:00:00Z", "0001-01-01T00:00:00+10:00")] == [None] * 3


def test_what_xml_omits_is_public_and_read() -> None:
    """Only shared="no" and toread="yes" are written; a backup always writes shared."""
    bare = one(attributes(href="https://a.example/"))

    assert (bare.shared, bare.toread, bare.meta) == (True, False, None)
    assert not one(attributes(href="https://a.example/", shared="no")).shared
    assert one(attributes(href="https://a.example/", shared="yes", others="0")).shared
    assert one(attributes(href="https://a.example/", toread="yes")).toread


def test_what_a_compatible_server_omits_stays_private() -> None:
    """The XML of linkhut never says what is shared, so nothing of it may become public; a tag says what is unread."""
    post = one(attributes(href="https://a.example/", others="3", tag="unread b"))
    read = one(attributes(href="https://a.example/", others="3", tag="unreadable"))

    assert (post.shared, post.toread, post.tags) == (False, True, "unread b")
    assert (post.silent, post.unread_tag) == (True, True)
    assert (read.toread, read.unread_tag) == (False, False)


def test_only_where_a_tag_says_what_is_unread_it_is_such_a_tag() -> None:
    """At Pinboard, and at SemanticScuttle, a tag of that name is a tag."""
    rows = [
        b'[{"href": "h", "tags": "unread", "toread": "yes"}]',
        b'[{"href": "h", "tags": "unread", "toread": "no", "others": 0}]',
        b'[{"href": "h", "tags": "unread", "toread": "yes", "others": 0}]',
        attributes(href="h", tag="unread", toread="yes"),
        attributes(href="h", tag="unread", others="0", status="0"),
        attributes(href="h", tag="unread", status="0"),
    ]

    assert [one(row).unread_tag for row in rows] == [False, False, True, False, False, False]
    assert [one(row).toread for row in rows] == [True, False, True, True, False, False]
    assert not any(one(row).silent for row in rows)


@pytest.mark.parametrize(("status", "shared"), [("0", True), ("1", False), ("2", False)])
def test_semanticscuttle_has_a_status(status: str, shared: bool) -> None:
    """Only 0 is public; `system:unfiled` is no tag there, but may be one at Pinboard."""
    post = one(attributes(href="https://a.example/", status=status, tag="system:unfiled"))

    assert (post.shared, post.tags) == (shared, "")
    assert one(attributes(href="https://a.example/", tag="system:unfiled")).tags == "system:unfiled"


@pytest.mark.parametrize("value", ["maybe", "", 3, None, [], {}])
def test_unknown_privacy_is_private_and_unknown_state_unread(value: Any) -> None:
    """What is neither yes nor no is the more careful of the two."""
    post = one(json.dumps([{"href": "https://a.example/", "shared": value, "toread": value}]).encode())

    assert (post.shared, post.toread) == (False, True)


@pytest.mark.parametrize("bad", ["\x08", "\x00", "&#8;", "&#x1f;", "\ufffe", "&nbsp;", "& "])
def test_what_is_not_xml_marks_its_record_alone(bad: str) -> None:
    """The other records are read as ever, so that only this one is asked for again."""
    first, second = Post("https://a.example/", description="one"), Post("https://b.example/", description="two")
    body = xml(first, second).replace(b"two", f"t{bad}wo".encode())
    posts = wire.decode_posts(body).posts

    assert [post.damaged for post in posts] == [False, True]
    assert posts[1].href == "https://b.example/"


def test_broken_utf_8_marks_its_record() -> None:
    """A title that was cut inside of a character."""
    assert one(xml(Post("https://a.example/", description="cut")).replace(b"cut", b"cu\xc3")).damaged


def test_half_a_surrogate_pair_marks_its_record() -> None:
    """JSON can escape what no encoding can carry."""
    post = one(rb'[{"href": "https://a.example/", "description": "\ud83d"}]')

    assert post.damaged
    assert post.description.encode()


@pytest.mark.parametrize("record", ["null", "7", "[]", "{}", '{"href": false}', '{"href": ""}'])
def test_a_record_without_an_address_is_damaged(record: str) -> None:
    """It is counted, not dropped."""
    assert one(f"[{record}]".encode()) == Post("", damaged=True, shared=False, toread=True)


def test_numbers_and_lists_in_the_place_of_text() -> None:
    """A title of digits may come as a number; pinbook gives tags as `tag`, and they may be a list."""
    post = one(b'[{"href": "https://a.example/", "description": 1984, "extended": null, "tag": ["a", "b"]}]')

    assert (post.description, post.extended, post.tags) == ("1984", "", "a b")


@pytest.mark.parametrize(
    "body",
    [
        '[{"href": "h"}]',
        '{"posts": [{"href": "h"}]}',
        '{"posts": {"post": [{"href": "h"}]}}',
        '{"posts": {"post": {"href": "h"}}}',
    ],
)
def test_json_posts_have_several_shapes(body: str) -> None:
    """A bare list at Pinboard's posts/all, a map elsewhere."""
    assert [post.href for post in wire.decode_posts(body.encode()).posts] == ["h"]


@pytest.mark.parametrize("body", ["[]", '{"posts": []}', '{"posts": {}}', '{"posts": {"post": []}}', "<posts/>"])
def test_an_empty_listing_says_so(body: str) -> None:
    """An empty container is empty; nothing else is."""
    assert wire.decode_posts(body.encode()).posts == ()


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "empty"),
        (MARK + b" \r\n", "empty"),
        (b"<!DOCTYPE html><html></html>", "an HTML page"),
        (b"<HTML><body>[]</body></HTML>", "an HTML page"),
        (b"Bad gateway", "neither XML nor JSON"),
        (b"{}", "JSON without posts"),
        (b'{"posts": null}', "JSON without posts"),
        (b'{"posts": {"a": 1}}', "JSON without posts"),
        (b'"posts"', "neither XML nor JSON"),
        (b'[{"href": "https://a.example/", "description": "[]"', "JSON that does not parse"),
        (b"[" * 100_000, "JSON that does not parse"),
        (b'[{"a": \xff}]', "JSON that does not parse"),
        (b'<posts><post href="a"/>', "XML that does not parse"),
        (b'<posts><post href="a"></posts>', "XML that does not parse"),
        (b"<update/>", "neither XML nor JSON"),
        (b"<?xml version='1.0'?><result code='done'/>", "XML without posts"),
        (b"<?xml version='1.0'?><!DOCTYPE posts><posts/>", "XML that does not parse"),
        (b"<?xml version='1.0' encoding='latin-1'?><posts/>", "XML that does not parse"),
    ],
)
def test_what_is_not_a_listing_is_garbled(body: bytes, why: str) -> None:
    """A page, a cut body, another document: never an empty result."""
    with pytest.raises(Garbled, match=f"^{why}$"):
        wire.decode_posts(body)


def test_every_cut_of_a_listing_is_garbled() -> None:
    """Wherever the connection broke."""
    post = Post("https://a.example/", description="[]", extended="<posts></posts>")
    listings = [
        xml(post).rstrip(),
        b'[{"href": "[]"}, {"a": {}}]',
        b'[{"href": "<?xml version=\'1.0\'?><posts></posts>"}]',
    ]
    for body in listings:
        for end in range(len(body) - 1):
            with pytest.raises(Garbled):
                wire.decode_posts(body[:end])


def test_what_is_inside_of_a_post_is_no_post() -> None:
    """Only the children of the root are, whatever a server may add one day."""
    posts = wire.decode_posts(b'<posts><post href="a">text<post href="b">text</post></post><other href="c"/></posts>')

    assert [post.href for post in posts.posts] == ["a"]


@pytest.mark.parametrize("log", [b" saved\n", b"[2024-12-03 10:11:12] saved\n", b'{"id":7} [ok]\n'])
def test_log_text_may_come_before_xml(log: bytes) -> None:
    """If XML is polluted as JSON was, it is read from where it begins, be there brackets before it or not."""
    assert wire.decode_posts(log + xml(Post("https://a.example/"))).posts


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'<result code="done" />', "done"),
        (b"<?xml version='1.0'?>\n<result code=\"item already exists\" />\n\t", "item already exists"),
        (b"<result>done</result>\n<!-- generated 11:12 UTC -->", "done"),
        (b'{"result_code":"done"}', "done"),
        (MARK + b'{"result":"rename to null"}\t\n', "rename to null"),
        (b'[2024-12-03 10:11:12] {"id":7} saved [ok]\n{"result_code":"done"}\nlogged', "done"),
        (b'{"id":7} saved [ok] <result code="done"/>', "done"),
    ],
)
def test_results_are_found(body: bytes, code: str) -> None:
    """As an attribute, as text, under two keys, behind log text, before a comment."""
    assert wire.decode_result(body) == code


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>done</html>", b"done", b"{}", b'{"result": 1}', b"<result/>", b'{"result_code": ""}', b"<result>done",
     b"{" * 1000, b'<!DOCTYPE html>\n{"result_code":"done"}'],
)  # fmt: skip
def test_what_is_no_result_is_garbled(body: bytes) -> None:
    """Nobody is told that something was done unless the service said it."""
    with pytest.raises(Garbled):
        wire.decode_result(body)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'<result code="bookmark does already exist" />', "bookmark does already exist"),
        (b'{"errors":[{"message":"Bad Request"},{"message":"and so on"}, 7]}', "Bad Request; and so on"),
        (b'"Not Found"', "Not Found"),
        (b"Bad Request", "Bad Request"),
    ],
)
def test_complaints_are_read(body: bytes, words: str) -> None:
    """Beside a status of 400 or more compatible servers have several ways to say why."""
    assert wire.decode_complaint(body) == words


@pytest.mark.parametrize(
    "body", [b"", b"<html>404</html>", b'{"errors":[]}', b"[]", b"x" * 201, b'"unfinished', b"\xff"]
)
def test_a_page_is_no_complaint(body: bytes) -> None:
    """Then only the status is known."""
    with pytest.raises(Garbled):
        wire.decode_complaint(body)


@pytest.mark.parametrize(
    ("body", "moment"),
    [
        (b'<update time="2012-07-14T07:34:21Z" />', "2012-07-14T07:34:21Z"),
        (b'{"update_time":"2012-07-14T07:34:21Z"}', "2012-07-14T07:34:21Z"),
        (b'{"update":{"time":"2012-07-14T07:34:21Z"}}', "2012-07-14T07:34:21Z"),
        (b'<?xml version="1.0" standalone="yes" ?>\r\n', ""),
    ],
)
def test_update_times_are_read(body: bytes, moment: str) -> None:
    """As written; an empty account of SemanticScuttle has none."""
    assert wire.decode_update(body) == moment


@pytest.mark.parametrize("body", [b"", b"<update/>", b"{}", b"[]", b'{"update_time": null}', b'{"update": 3}'])
def test_no_update_time_is_garbled(body: bytes) -> None:
    """An answer without it proves nothing."""
    with pytest.raises(Garbled):
        wire.decode_update(body)


@pytest.mark.parametrize(
    ("body", "dates"),
    [
        (b'<dates user="" tag="a"><date count="1" date="2012-07-11" /></dates>', Dates({"2012-07-11": 1}, "", "a")),
        (b'{"user":"u","tag":"a+b","dates":{"2016-05-28":"1"}}', Dates({"2016-05-28": 1}, "u", "a+b")),
        (b'{"user":"u","dates":{"2016-05-28":12}}', Dates({"2016-05-28": 12}, "u", "")),
        (b'{"user":"u","tag":"","dates":[]}', Dates({}, "u", "")),
    ],
)
def test_dates_are_read(body: bytes, dates: Dates) -> None:
    """Counts as text or as numbers; an empty map may be a list."""
    assert wire.decode_dates(body) == dates


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"dates": [1]}', b'{"dates": {"a": "b"}}', b"<dates><date/></dates>"])
def test_no_dates_are_garbled(body: bytes) -> None:
    """Nothing is counted that was not said."""
    with pytest.raises(Garbled):
        wire.decode_dates(body)


def test_a_large_account_is_read_in_seconds() -> None:
    """10,000 posts are read in well under the time of one request."""
    posts = [
        Post(f"https://example.org/{number}", "", "A title", "A note\nof two lines", "a b") for number in range(10_000)
    ]
    body = xml(*posts)
    begin = time.perf_counter()
    read = wire.decode_posts(body)

    assert len(read.posts) == 10_000
    assert time.perf_counter() - begin < 3
