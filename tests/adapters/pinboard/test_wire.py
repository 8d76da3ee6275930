"""Reading what Pinboard writes. The vendor's side is played by the sandbox's writers, which share no code with wire."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.pinboard import wire
from adapters.pinboard.sandbox_account import Post as Stored
from adapters.pinboard.sandbox_text import document, json_text, post_row, posts_xml
from adapters.pinboard.wire import Dates, Garbled, Post, Posts

MARK = b"\xef\xbb\xbf"

anything = st.text(st.characters(exclude_categories=["Cs"]))
legal = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe\uffff").filter(
        lambda character: character >= " " or character in "\t\n\r"
    )
)
tags = st.lists(legal.filter(lambda tag: tag and not set(tag) & set(" \t\n\r")), max_size=4).map(tuple)
moments = st.datetimes(datetime(1, 1, 2), datetime(2100, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001
    lambda moment: moment.replace(microsecond=0)
)


def stored(text: st.SearchStrategy[str]) -> st.SearchStrategy[Stored]:
    """Generate what an account may hold."""
    return st.builds(
        Stored,
        text.filter(bool),
        text,
        text,
        tags,
        moments,
        st.booleans(),
        st.booleans(),
        st.text("0123456789abcdef", min_size=1),
    )


def expected(post: Stored) -> Post:
    """Return a stored post as it must be read."""
    return Post(
        href=post.href,
        time=wire.encode_time(post.time),
        description=post.description,
        extended=post.extended,
        tags=" ".join(post.tags),
        hash=post.hash,
        meta=post.meta,
        shared=post.shared,
        toread=post.toread,
    )


def xml(*posts: Stored, **root: str) -> bytes:
    """Write posts/get or posts/all in XML."""
    return document(posts_xml(root, posts, meta=True)).encode()


def attributes(**found: str) -> bytes:
    """Write a listing of one post with these attributes, as they are."""
    written = " ".join(f'{name}="{value}"' for name, value in found.items())
    return f"<posts><post {written}/></posts>".encode()


def one(body: bytes) -> Post:
    """Read the only post of a listing."""
    [post] = wire.decode_posts(body).posts
    return post


@given(st.lists(stored(legal), max_size=4))
@example([Stored("https://example.com/", "a\nb", "c\r\nd\te > f ' g \" h & i < j")])
def test_xml_is_read_without_loss(posts: list[Stored]) -> None:
    """Line feeds, tabs and carriage returns in attributes survive, and nothing is damaged."""
    read = wire.decode_posts(xml(*posts, user="u", dt="2012-07-14T07:41:50Z"))

    assert read == Posts(tuple(map(expected, posts)), "u", "2012-07-14T07:41:50Z")


@given(st.lists(stored(anything), max_size=4), st.booleans(), st.booleans())
def test_json_is_read_without_loss(posts: list[Stored], false_titles: bool, escaped_tags: bool) -> None:
    """Any character, `false` for an empty title, HTML in the tags, a byte order mark: the same posts."""
    rows = [post_row(post, false_title=false_titles) for post in posts]
    for row in rows:
        if escaped_tags or "&" in row["tags"]:
            row["tags"] = row["tags"].replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    read = wire.decode_posts(MARK + json_text(rows).encode())

    assert read.posts == tuple(map(expected, posts))


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

    assert (post.shared, post.toread, post.tags) == (False, True, "unread b")


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
    first, second = Stored("https://a.example/", "one"), Stored("https://b.example/", "two")
    body = xml(first, second).replace(b"two", f"t{bad}wo".encode())
    posts = wire.decode_posts(body).posts

    assert [post.damaged for post in posts] == [False, True]
    assert posts[1].href == "https://b.example/"


def test_broken_utf_8_marks_its_record() -> None:
    """A title that was cut inside of a character."""
    assert one(xml(Stored("https://a.example/", "cut")).replace(b"cut", b"cu\xc3")).damaged


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
    listings = [xml(Stored("https://a.example/", "[]", "<posts></posts>")).rstrip(), b'[{"href": "[]"}, {"a": {}}]']
    for body in listings:
        for end in range(len(body) - 1):
            with pytest.raises(Garbled):
                wire.decode_posts(body[:end])


def test_what_is_inside_of_a_post_is_no_post() -> None:
    """Only the children of the root are, whatever a server may add one day."""
    posts = wire.decode_posts(b'<posts><post href="a">text<post href="b">text</post></post><other href="c"/></posts>')

    assert [post.href for post in posts.posts] == ["a"]


def test_log_text_may_come_before_xml() -> None:
    """If XML is polluted as JSON was, it is read from where it begins."""
    assert wire.decode_posts(b"[2024] saved\n"[6:] + xml(Stored("https://a.example/"))).posts


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


DECODERS = (wire.decode_posts, wire.decode_update, wire.decode_dates, wire.decode_result, wire.decode_complaint)
json_trees = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "posts",
                    "post",
                    "href",
                    "tags",
                    "shared",
                    "update",
                    "update_time",
                    "time",
                    "dates",
                    "result",
                    "errors",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
xml_pieces = st.lists(
    st.sampled_from(
        ["<posts>", "</posts>", "<post ", 'href="a"', "/>", ">", "<result", ' code="', '"', "done", "&", "&#0;", "<!--",
         "-->", "<?xml version='1.0'?>", "<![CDATA[", "]]>", "<dates>", "<date count='1' date='d'/>", "{", "}", "\x00",
         "é"]
    )
).map("".join)  # fmt: skip


@given(st.binary() | json_trees.map(json.dumps).map(str.encode) | xml_pieces.map(str.encode))
def test_nothing_but_garbled_is_ever_raised(body: bytes) -> None:
    """Whatever comes, the decoders answer or call it garbled."""
    answers = []
    for decode in DECODERS:
        try:
            answers.append(decode(body))
        except Garbled as error:
            answers.append(error)

    assert len(answers) == len(DECODERS)


def test_a_large_account_is_read_in_seconds() -> None:
    """20,000 posts are read in well under the time of one request."""
    posts = [
        Stored(f"https://example.org/{number}", "A title", "A note\nof two lines", ("a", "b"))
        for number in range(20_000)
    ]
    body = xml(*posts)
    begin = time.perf_counter()
    read = wire.decode_posts(body)

    assert len(read.posts) == 20_000
    assert time.perf_counter() - begin < 3
