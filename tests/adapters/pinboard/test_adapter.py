"""Pinboard as an account of the bridge, against the sandbox in fake time."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import attrs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.http.serving import DROP_AFTER, ERROR_AFTER, ERROR_BEFORE, HTML_AFTER, UNAUTHORIZED, Fault, refuse
from adapters.pinboard import CAPABILITIES, LATEST, SPEC, adapter, build, calls
from adapters.pinboard.adapter import PinboardAdapter, cursor_of, unchanged
from adapters.pinboard.bookmarks import held, moved, read, title_of
from adapters.pinboard.sandbox_account import Post as Stored
from adapters.pinboard.wire import Post
from bridge.model.adapter import Adapter, End, Missing, Problem
from bridge.model.bookmark import Bookmark, Entry, Field, Highlight
from bridge.model.capabilities import UriLimit
from bridge.model.errors import CredentialsError, Stopped, Unavailable
from bridge.model.operation import Add, Delta, Done, Failed, Operation, Outcome, Remove, Unknown, Update
from bridge.model.receipt import Loss
from bridge.model.secret import Secret
from tests.adapters.pinboard.desk import Desk

URL = "https://example.org/page"
NOON = datetime(2020, 1, 2, 12, tzinfo=UTC)
NO_GAPS = {"default": 0.0, "posts/recent": 0.0, "posts/all": 0.0}
ELSEWHERE = "http://127.0.0.1/v1/"
NO_ROUTE = Fault("no_route", carried_out=False, spoil=lambda gate, _true: gate.failure(404))

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
bookmarks = st.builds(
    Bookmark,
    url=st.text("abcä/?#&=+%~").map(lambda text: f"https://example.org/{text}"),
    title=texts,
    note=texts,
    tags=st.lists(st.text("abcäß&<.+%", min_size=1), max_size=3).map(tuple),
    added=st.none() | st.datetimes(datetime(1, 1, 2), datetime(2023, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    unread=st.booleans(),
    favorite=st.booleans(),
    private=st.booleans(),
    highlights=st.just((Highlight("quote"),)) | st.just(()),
)


def entry(url: str = URL, **fields: Any) -> Entry:
    """Make an entry as the account would show it."""
    return Entry(url, Bookmark(url, **fields))


def push(desk: Desk, operation: Operation) -> Outcome:
    """Carry out one operation."""
    [outcome] = desk.adapter.push([operation])
    return outcome


def stored(**fields: Any) -> Stored:
    """Make a post that the account holds, private and unread unless it says otherwise."""
    return Stored(**{"href": URL, "description": "A title", "shared": False, "toread": True, "time": NOON} | fields)


# Values.


@given(bookmarks)
@example(Bookmark(URL, title=URL))
@example(Bookmark(URL + "x" * 300, title=(URL + "x" * 300)[:255]))
@example(Bookmark(URL, title=" \n"))
def test_what_is_sent_is_what_is_read(bookmark: Bookmark) -> None:
    """A bookmark that went to Pinboard and came back is what `held` said: only what it cannot hold is missing."""
    desk = Desk(url=ELSEWHERE, gaps=NO_GAPS)
    outcome = push(desk, Add(bookmark))
    entries, _pages, _end = desk.listing()

    assert isinstance(outcome, Done)
    assert list(entries) == [outcome.entry.ref] == [bookmark.url]
    [back] = entries.values()
    assert back.bookmark == attrs.evolve(
        held(bookmark), added=held(bookmark).added or datetime.fromtimestamp(desk.clock.now, UTC)
    )
    assert back.bookmark.note == bookmark.note
    assert set(back.bookmark.tags) == set(bookmark.tags)
    assert (back.bookmark.unread, back.bookmark.private) == (bookmark.unread, bookmark.private)


@given(bookmarks)
def test_what_is_held_is_held(bookmark: Bookmark) -> None:
    """Sending what was read changes nothing."""
    assert held(held(bookmark)) == held(bookmark)


@given(st.builds(Post, texts, texts, texts, texts, texts, texts, st.none() | texts, st.booleans(), st.booleans()))
def test_any_post_becomes_a_bookmark(post: Post) -> None:
    """A time that is none is a loss, not a crash, and privacy is as the service says."""
    bookmark, losses = read(post)

    assert (bookmark.url, bookmark.private, bookmark.unread) == (post.href, not post.shared, post.toread)
    assert losses == (() if bookmark.added is not None or not post.time else (Loss(post.href, "added", post.time),))


def test_the_address_stands_in_for_a_title() -> None:
    """It is cut to what a title may hold, and is no title when it comes back."""
    long = URL + "/x" * 200

    assert title_of(Bookmark(long)) == long[:255]
    assert read(Post(long, description=long[:255]))[0].title == ""
    assert read(Post(long, description=long))[0].title == ""
    assert read(Post(long, description=long[:254]))[0].title == long[:254]


def test_a_field_that_the_account_lacks_is_as_if_not_known() -> None:
    """Privacy that a server does not keep is private, whatever it seems to say."""
    post = Post(URL, description="t", extended="n", tags="a b", shared=True, toread=False, time="2020-01-02T12:00:00Z")
    lacks = frozenset({Field.PRIVATE, Field.UNREAD, Field.TAGS, Field.ADDED})

    assert read(post, lacks)[0] == Bookmark(URL, "t", "n")


def test_a_cursor_is_believed_for_a_day() -> None:
    """As long as the update time is the same, earlier or later, and the clock was not set back."""
    cursor = json.dumps({"update": "t1", "pulled": 1000.0})

    assert unchanged(cursor, "t1", 1000.0 + 86_399)
    assert not unchanged(cursor, "t1", 1000.0 + 86_400)
    assert not unchanged(cursor, "t1", 999.0)
    assert not unchanged(cursor, "t0", 1001.0)
    for broken in (None, "", "x", "[]", "{}", '{"update": "t1"}', '{"update": "t1", "pulled": "x"}', "3", '"t"'):
        assert not unchanged(broken, "t1", 1000.0)


def test_an_update_time_settles_after_twenty_seconds() -> None:
    """Before, and if it is none or in the future, there is no cursor."""
    noon, update = NOON.timestamp(), "2020-01-02T12:00:00Z"

    assert unchanged(cursor_of(update, noon + 20), update, noon + 20)
    assert cursor_of("0001-01-01T00:00:00Z", noon) is not None
    for young, now in ((update, noon + 19), (update, noon - 60), ("", noon), ("soon", noon)):
        assert cursor_of(young, now) is None


def test_tags_that_moved_are_compared_as_a_set() -> None:
    """An expectation names its field, and an order of tags is none."""
    delta = Delta(expects={Field.TAGS: ("b", "a"), Field.NOTE: "seen"})

    assert moved(delta, Bookmark(URL, tags=("a", "b"), note="other")) == (Field.NOTE,)


# The account.


def test_an_account_knows_itself_without_a_call() -> None:
    """Identity and capabilities cost nothing; the overhead is that of its own requests."""
    desk = Desk(lacks=("unread",))
    capabilities = desk.adapter.capabilities

    assert desk.adapter.identity == "pinboard https://api.pinboard.in/v1/ sandbox"
    assert capabilities.limits.uri == UriLimit(3900, desk.client.overhead())
    assert capabilities.reads == capabilities.sets == CAPABILITIES.reads - {Field.UNREAD}
    assert capabilities.edits == CAPABILITIES.edits - {Field.UNREAD}
    assert capabilities.cost.gap == 3.0
    assert desk.adapter.calls == 0


def test_the_latest_date_is_the_last_one_that_is_kept() -> None:
    """For one more than ten minutes ahead the service puts its own now; the documented end of dates stands."""
    desk = Desk(url=ELSEWHERE, gaps=NO_GAPS)
    now = datetime.fromtimestamp(desk.clock.now, UTC)
    latest = desk.adapter.capabilities.limits.latest
    assert latest is not None
    list(desk.adapter.push([Add(Bookmark(f"{URL}/{late}", added=latest + timedelta(seconds=late))) for late in (0, 1)]))
    desk.clock.now = LATEST.timestamp()

    assert latest == now + timedelta(minutes=10)
    assert [post.time for post in desk.sandbox.posts.values()] == [latest, now]
    assert build(desk.config, desk.context).capabilities.limits.latest == LATEST


def test_the_spec_builds_an_adapter() -> None:
    """Nothing is asked and no secret is revealed before a method is called."""
    desk = Desk()
    config = attrs.evolve(desk.config, token=Secret(lambda: pytest.fail("revealed")))
    built: Adapter = build(config, desk.context)

    assert isinstance(built, PinboardAdapter)
    assert built.calls == 0
    assert SPEC.build is build


def test_a_token_is_checked_by_one_call() -> None:
    """The service names it, without the user."""
    desk = Desk()
    checked = desk.adapter.check()

    assert (checked.user, checked.remarks) == ("sandbox", ())
    assert desk.routes == ["user/api_token"]


def test_another_token_is_remarked() -> None:
    """An answer that is not the token in use is worth a sentence."""
    desk = Desk()
    desk.wire.app = plain(b"<result>0123</result>")

    assert "another token" in desk.adapter.check().remarks[0]


def test_a_server_without_that_call_is_checked_by_its_update_time() -> None:
    """As is an account with a password."""
    linkhut, basic = Desk(), Desk(token=None, user="sandbox", password=Secret("x"))
    linkhut.wire.app = plain(b'"Not Found"', 404, otherwise=linkhut.sandbox)
    basic.sandbox.password = "x"

    assert linkhut.adapter.check().user == basic.adapter.check().user == "sandbox"
    assert linkhut.routes == basic.routes == ["posts/update"]


def plain(body: bytes, status: int = 200, *, otherwise: Any = None) -> Callable[..., Any]:
    """Make a server that answers user/api_token, or everything, with these bytes."""

    def app(environ: Any, start_response: Any) -> Any:
        if otherwise is not None and not environ["PATH_INFO"].endswith("user/api_token"):
            return otherwise(environ, start_response)
        start_response(f"{status} x", [("Content-Length", str(len(body)))])
        return [body]

    return app


# Pulling.


def test_a_listing_comes_in_pages() -> None:
    """Everything is there once, and the end says that it is all."""
    desk = Desk()
    desk.sandbox.load(stored(href=f"{URL}/{number}", extended="a\nb", tags=("x",)) for number in range(1001))
    entries, pages, end = desk.listing()

    assert [len(page.entries) for page in pages] == [500, 500, 1]
    assert entries[f"{URL}/7"] == entry(f"{URL}/7", title="A title", note="a\nb", tags=("x",), added=NOON)
    assert end.complete
    assert desk.routes == ["posts/update", "posts/dates", "posts/all"]


def test_a_listing_without_most_of_its_posts_is_not_believed() -> None:
    """It holds fewer than posts/dates counts, twice: nothing is proven, and the next pull is a full one."""
    desk = Desk()
    desk.sandbox.load(stored(href=f"{URL}/{number}") for number in range(101))
    desk.sandbox.partial = 0.1
    entries, pages, end = desk.listing()

    why = "it lists 10 of the 101 bookmarks that posts/dates counts"
    assert [problem for page in pages for problem in page.problems] == [Problem("posts/all", why, lost=True)]
    assert len(entries) == 10
    assert end == End(complete=False, cursor=None)
    assert desk.routes == ["posts/update", "posts/dates", "posts/all", "posts/dates"]


def test_what_was_deleted_meanwhile_is_not_lacking() -> None:
    """A second count that agrees with the listing clears it."""
    desk = Desk()
    desk.sandbox.load([stored()])
    counts = iter([b'<dates><date count="2" date="2020-01-02" /></dates>', b'<dates><date count="1" /></dates>'])
    desk.wire.app = script(desk, {"posts/dates": lambda _args: next(counts)})
    entries, [page], end = desk.listing()

    assert (list(entries), page.problems, end.complete) == ([URL], (), True)
    assert end.cursor is not None


def test_a_count_that_is_not_repeated_stands() -> None:
    """That the second answer cannot be read is no proof of the listing."""
    desk = Desk()
    desk.sandbox.load([stored()])
    counts = iter([b'<dates><date count="2" date="2020-01-02" /></dates>', b"<html>"])
    desk.wire.app = script(desk, {"posts/dates": lambda _args: next(counts)})

    assert desk.listing()[2] == End(complete=False, cursor=None)


@pytest.mark.parametrize("fault", [ERROR_BEFORE, HTML_AFTER, NO_ROUTE])
def test_a_server_that_does_not_count_is_believed(fault: Fault) -> None:
    """Not every compatible server has posts/dates, and a dead route must not cost the listing."""
    desk = Desk()
    desk.sandbox.load([stored()])
    desk.sandbox.faults.add(fault, "posts/dates", times=3)
    entries, [page], end = desk.listing()

    assert (list(entries), page.problems, end.complete) == ([URL], (), True)


def test_an_unchanged_account_costs_one_call() -> None:
    """The same update time within a day: no page, the same cursor, and nothing is said to be gone."""
    desk = Desk()
    desk.sandbox.load([stored()])
    _entries, _pages, first = desk.listing()
    entries, pages, second = desk.listing(first.cursor)

    assert (entries, pages, second) == ({}, [], End(complete=False, cursor=first.cursor))
    push(desk, Add(Bookmark("https://new.example/", "new")))
    assert len(desk.listing(first.cursor)[0]) == 2


def test_a_change_in_the_same_second_is_not_missed() -> None:
    """The update time does not move by it, so a time so young gives no cursor; twenty seconds later it does."""
    desk = Desk(url=ELSEWHERE, gaps=NO_GAPS)
    push(desk, Add(Bookmark(URL, "t")))
    _entries, _pages, young = desk.listing()
    push(desk, Add(Bookmark("https://b.example/", "t")))
    entries, _pages, _end = desk.listing(young.cursor)
    desk.clock.now += 20
    _entries, _pages, old = desk.listing(young.cursor)

    assert (young, len(entries)) == (End(complete=True, cursor=None), 2)
    assert desk.listing(old.cursor)[2] == End(complete=False, cursor=old.cursor)


def test_a_change_that_a_replica_shows_late_is_not_missed() -> None:
    """A listing can lack the change that posts/update already tells of."""
    desk = Desk()
    desk.sandbox.load([stored()])
    push(desk, Add(Bookmark("https://b.example/", "t")))
    told = datetime.fromtimestamp(desk.clock.now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    desk.wire.app = script(desk, {"posts/update": f'<update time="{told}" />'.encode()})
    desk.sandbox.account.lag = 16.0
    lagging, _pages, end = desk.listing()
    desk.clock.now += 300

    assert len(lagging) == 1
    assert len(desk.listing(end.cursor)[0]) == 2


def test_a_day_later_everything_is_read_again() -> None:
    """Renamed tags do not move the update time."""
    desk = Desk()
    desk.sandbox.load([stored()])
    _entries, _pages, end = desk.listing()
    desk.clock.now += 86_400

    assert len(desk.listing(end.cursor)[0]) == 1


def test_a_damaged_record_is_read_alone() -> None:
    """A control character that XML cannot carry comes by JSON, so nothing is lost."""
    desk = Desk()
    desk.sandbox.load([stored(description="bell\x07"), stored(href="https://b.example/")])
    entries, pages, end = desk.listing()

    assert entries[URL].bookmark.title == "bell\x07"
    assert len(entries) == 2
    assert not any(page.problems for page in pages)
    assert end.complete
    assert desk.routes == ["posts/update", "posts/dates", "posts/all", "posts/get"]


def test_a_record_that_stays_damaged_is_a_problem_that_names_it() -> None:
    """It counts as present, so the listing is complete all the same."""
    desk = Desk()
    desk.wire.app = script(
        desk,
        {"posts/get": rb'{"posts": [{"href": "https://example.org/page", "description": "\ud83d"}]}'},
    )
    desk.sandbox.load([stored(description="bell\x07")])
    entries, [page], end = desk.listing()

    assert entries == {}
    assert page.problems == (
        Problem("posts/all, record 1", "It holds characters that its format cannot carry.", url=URL, ref=URL),
    )
    assert end.complete


@pytest.mark.parametrize("longest", [3_900, 100_000])
def test_a_damaged_record_with_a_long_address_is_a_problem(monkeypatch: pytest.MonkeyPatch, longest: int) -> None:
    """No request can ask for it alone, whether that is known here or said by the server; the others are read."""
    monkeypatch.setattr(calls, "LONGEST_URI", longest)
    desk = Desk()
    long = URL + "/x" * 2_100
    desk.sandbox.load([stored(href=long, description="bell\x07"), stored(href="https://b.example/")])
    entries, [page], end = desk.listing()

    assert list(entries) == ["https://b.example/"]
    assert [(problem.ref, problem.url) for problem in page.problems] == [(long, long)]
    assert end.complete


def test_a_record_whose_address_is_damaged_makes_the_listing_incomplete() -> None:
    """Its hash says that the address is not what is stored, so there is nothing to ask for."""
    desk = Desk()
    desk.sandbox.load([stored(href="https://example.org/\x07")])
    _entries, [page], end = desk.listing()

    assert [(problem.ref, problem.url) for problem in page.problems] == [(None, None)]
    assert not end.complete
    assert desk.routes == ["posts/update", "posts/dates", "posts/all"]


def test_a_record_without_an_address_is_a_problem() -> None:
    """It is listed by its place."""
    desk = Desk(url=ELSEWHERE, gaps=NO_GAPS, format="json")
    desk.wire.app = script(desk, {"posts/all": b"[{}]"})
    _entries, [page], end = desk.listing()

    assert page.problems == (Problem("posts/all, record 1", "It has no address."),)
    assert not end.complete


def test_a_time_that_is_none_is_a_loss() -> None:
    """The bookmark comes without it."""
    desk = Desk(format="json")
    desk.wire.app = script(desk, {"posts/all": b'[{"href": "https://a.example/", "time": "soon"}]'})
    entries, [page], _end = desk.listing()

    assert entries["https://a.example/"].bookmark.added is None
    assert page.losses == (Loss("https://a.example/", "added", "soon"),)


def test_an_account_without_an_update_time_has_no_cursor() -> None:
    """An empty account of SemanticScuttle is listed in full each time."""
    desk = Desk()
    desk.wire.app = script(desk, {"posts/update": b'<?xml version="1.0" ?>', "posts/all": b"<posts/>"})

    assert desk.listing() == ({}, [], End(complete=True, cursor=None))


def test_a_round_number_of_posts_may_be_a_first_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """A compatible server is asked for more until there is none."""
    monkeypatch.setattr(adapter, "FIRST_PAGE", 2)
    desk = Desk(url=ELSEWHERE, gaps=NO_GAPS)
    posts = [f'{{"href": "https://example.org/{number}"}}' for number in range(5)]

    def some(args: dict[str, str]) -> bytes:
        start = int(args.get("start", "0"))
        return f"[{','.join(posts[max(0, start - 1) : start + 2])}]".encode()

    desk.wire.app = script(desk, {"posts/all": some})
    entries, _pages, end = desk.listing()

    assert sorted(entries) == [f"https://example.org/{number}" for number in range(5)]
    assert not end.complete, "the overlap shows that the list moved"


def test_a_list_that_ends_with_an_empty_page_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then nothing can be missing."""
    monkeypatch.setattr(adapter, "FIRST_PAGE", 2)
    desk = Desk(url=ELSEWHERE, gaps=NO_GAPS)
    desk.sandbox.load(stored(href=f"{URL}/{number}") for number in range(4))
    entries, _pages, end = desk.listing()

    assert len(entries) == 4
    assert end.complete
    assert desk.routes == ["posts/update", "posts/dates", "posts/all", "posts/all"]


def test_a_server_that_ignores_where_to_start_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same page again: the listing is incomplete, and a remark says so."""
    monkeypatch.setattr(adapter, "FIRST_PAGE", 1)
    desk = Desk(url=ELSEWHERE, gaps=NO_GAPS)
    desk.wire.app = script(desk, {"posts/all": b'[{"href": "https://a.example/"}]'})
    entries, pages, end = desk.listing()

    assert list(entries) == ["https://a.example/"]
    assert not end.complete
    assert "does not count as gone" in pages[0].remarks[0]


def script(desk: Desk, answers: dict[str, bytes | Callable[[dict[str, str]], bytes]]) -> Callable[..., Any]:
    """Make a server that answers some routes with these bytes, and the others as the sandbox does."""

    def app(environ: Any, start_response: Any) -> Any:
        answer = answers.get(environ["PATH_INFO"].partition("/v1/")[2])
        if answer is None:
            return desk.sandbox(environ, start_response)
        body = answer(dict(parse_qsl(environ["QUERY_STRING"]))) if callable(answer) else answer
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return [body]

    return app


# Writing.


def test_an_add_is_one_call_that_never_replaces() -> None:
    """What is private stays so even if the account shares by default."""
    desk = Desk()
    outcome = push(desk, Add(Bookmark(URL, "A title", added=NOON + timedelta(microseconds=5), favorite=True)))

    assert outcome == Done(entry(title="A title", added=NOON))
    [call] = desk.sandbox.log
    assert (call.args["replace"], call.args["shared"], call.args["toread"]) == ("no", "no", "yes")
    assert call.args["dt"] == "2020-01-02T12:00:00Z"


def test_an_add_without_a_date_leaves_it_to_the_service() -> None:
    """No dt is sent, and what was given as none is none in the outcome."""
    desk = Desk()

    assert push(desk, Add(Bookmark(URL, "A title"))) == Done(entry(title="A title"))
    assert "dt" not in desk.sandbox.log[0].args


def test_an_add_of_what_is_there_changes_nothing() -> None:
    """It fails as existing, and the record is as it was."""
    desk = Desk()
    desk.sandbox.load([stored(extended="mine")])
    outcome = push(desk, Add(Bookmark(URL, "other")))

    assert outcome == Failed("Pinboard says: item already exists.", exists=True)
    assert desk.sandbox.posts[URL].extended == "mine"


def test_a_vague_refusal_is_looked_into() -> None:
    """A server that says "something went wrong" for what is there is asked whether it is."""
    answer = {"posts/add": b'<result code="something went wrong"/>'}
    there, absent = Desk(), Desk()
    for desk in (there, absent):
        desk.wire.app = script(desk, answer)
    there.sandbox.load([stored()])

    assert push(there, Add(Bookmark(URL, "t"))) == Failed("Pinboard says: something went wrong.", exists=True)
    assert push(absent, Add(Bookmark(URL, "t"))) == Failed("Pinboard says: something went wrong.")


def test_an_address_that_cannot_be_parsed_is_sent_once_more_in_its_standard_form() -> None:
    """The outcome says that it is another spelling, also for the title; what has no other spelling fails."""
    desk = Desk()
    outcome = push(desk, Add(Bookmark("https://example.org/a b")))

    assert outcome == Done(entry("https://example.org/a%20b"), lossy_url=True)
    assert desk.sandbox.posts["https://example.org/a%20b"].description == "https://example.org/a%20b"
    assert push(desk, Add(Bookmark("https://example.org/a b"))) == Failed(
        "Pinboard says: item already exists.", exists=True
    )
    assert push(desk, Add(Bookmark("no url"))) == Failed("Pinboard says: missing url.")


def test_a_bookmark_that_does_not_fit_fails_with_its_size() -> None:
    """Nothing is cut, and nothing is sent."""
    desk = Desk()
    outcome = push(desk, Add(Bookmark(URL, "t", note="ü" * 1000)))

    assert isinstance(outcome, Failed)
    assert "bytes" in outcome.reason
    assert "3,900" in outcome.reason
    assert desk.routes == []


def test_an_update_reads_merges_and_sends_every_field() -> None:
    """What the delta does not speak of stays, as do the date and the privacy."""
    desk = Desk()
    desk.sandbox.load([stored(extended="note", tags=("a", "b"), description="old")])
    seen = entry(title="old", note="note", tags=("a", "b"), added=NOON)
    outcome = push(desk, Update(seen, Delta({Field.TITLE: "new", Field.UNREAD: False}, ("c",), ("a",))))
    post = desk.sandbox.posts[URL]

    assert desk.routes == ["posts/get", "posts/add"]
    assert (post.description, post.extended, post.tags) == ("new", "note", ("b", "c"))
    assert (post.time, post.shared, post.toread) == (NOON, False, False)
    assert outcome == Done(entry(title="new", note="note", tags=("b", "c"), added=NOON, unread=False))


@pytest.mark.parametrize("lacking", ["title", "note", "tags", "added", "unread", "private"])
def test_an_update_keeps_what_the_account_lacks(lacking: str) -> None:
    """A field that is not looked at is sent back as it was, and neither expected nor in the outcome."""
    desk = Desk(lacks=(lacking,))
    desk.sandbox.load([before := stored(extended="note", tags=("a",), shared=True)])
    unknown = Bookmark(URL).get(Field(lacking))
    changed = Field.NOTE if lacking == "title" else Field.TITLE
    outcome = push(desk, Update(entry(), Delta({changed: "new"}, expects={Field(lacking): unknown})))
    there = {"title": "A title", "note": "note", "tags": ("a",), "added": NOON, "unread": True, "private": False}

    name = "extended" if changed is Field.NOTE else "description"
    assert desk.sandbox.posts[URL] == attrs.evolve(before, **{name: "new"}, meta=desk.sandbox.posts[URL].meta)
    assert desk.sandbox.log[-1].args["dt"] == "2020-01-02T12:00:00Z"
    assert outcome == Done(entry(**there | {changed.value: "new", lacking: unknown}))


@pytest.mark.parametrize("private_by_default", [True, False])
@pytest.mark.parametrize("shared", [True, False])
def test_an_update_never_changes_privacy_unasked(private_by_default: bool, shared: bool) -> None:
    """Whatever the account's default is; a delta that says so changes it."""
    desk = Desk()
    desk.sandbox.account.private_by_default = private_by_default
    desk.sandbox.load([stored(shared=shared)])
    push(desk, Update(entry(), Delta({Field.NOTE: "new"})))
    kept = desk.sandbox.posts[URL].shared
    push(desk, Update(entry(), Delta({Field.PRIVATE: shared})))

    assert kept is shared
    assert desk.sandbox.posts[URL].shared is not shared


def test_an_update_that_changes_nothing_is_not_sent() -> None:
    """The intent holds already, as it does after a call whose answer was lost."""
    desk = Desk()
    desk.sandbox.load([stored(tags=("a",))])

    assert push(desk, Update(entry(), Delta(add_tags=("a",)))) == Done(entry(title="A title", tags=("a",), added=NOON))
    assert desk.routes == ["posts/get"]


def test_an_update_of_what_has_moved_is_refused() -> None:
    """The planner saw something else; nothing is written."""
    desk = Desk()
    desk.sandbox.load([stored(tags=("a",))])
    delta = Delta({Field.TITLE: "new"}, expects={Field.TITLE: "A title", Field.TAGS: ("b",)})

    assert push(desk, Update(entry(), delta)) == Failed(
        "It was changed at Pinboard since it was read: tags.", moved=True
    )
    assert desk.routes == ["posts/get"]


def test_an_update_of_what_is_gone_is_missing() -> None:
    """It is not made anew."""
    desk = Desk()
    outcome = push(desk, Update(entry(), Delta({Field.TITLE: "new"})))

    assert outcome == Failed("It is not at Pinboard any more.", missing=True)
    assert desk.sandbox.posts == {}


def test_an_update_keeps_characters_that_xml_cannot_carry() -> None:
    """The record is read as JSON before it is written back."""
    desk = Desk()
    desk.sandbox.load([stored(extended="bell\x07")])
    push(desk, Update(entry(), Delta({Field.TITLE: "new"})))

    assert desk.sandbox.posts[URL].extended == "bell\x07"
    assert desk.sandbox.posts[URL].description == "new"


def test_an_update_that_would_lose_characters_is_refused() -> None:
    """Where not even JSON has the whole record."""
    desk = Desk(format="json")
    desk.wire.app = script(
        desk, {"posts/get": rb'{"posts": [{"href": "https://example.org/page", "description": "\ud83d"}]}'}
    )

    assert isinstance(outcome := push(desk, Update(entry(), Delta({Field.NOTE: "new"}))), Failed)
    assert "would be lost" in outcome.reason


def test_an_update_that_does_not_fit_fails() -> None:
    """A note that came by the web form can be too long to be sent back."""
    desk = Desk()
    desk.sandbox.load([stored(extended="n" * 5000)])

    assert isinstance(outcome := push(desk, Update(entry(), Delta({Field.TITLE: "new"}))), Failed)
    assert "bytes" in outcome.reason
    assert desk.sandbox.posts[URL].description == "A title"


def test_a_server_that_ignores_the_address_is_asked_for_everything() -> None:
    """SemanticScuttle's posts/get gives today's posts, so the record is found in posts/all."""
    desk = Desk(url=ELSEWHERE, gaps=NO_GAPS)
    desk.wire.app = script(desk, {"posts/get": b'<posts dt="2026-11-21 02:00:52" tag="" user="test"></posts>'})
    desk.sandbox.load([stored()])

    assert isinstance(push(desk, Update(entry(), Delta({Field.NOTE: "new"}))), Done)
    assert desk.sandbox.posts[URL].extended == "new"
    assert list(desk.adapter.look_up([entry("https://gone.example/")])) == [Missing("https://gone.example/")]


def test_a_removal_holds_when_it_is_gone() -> None:
    """Also if it was gone before, and also if the service is vague about it."""
    desk = Desk()
    desk.sandbox.load([stored()])

    assert [push(desk, Remove(entry())) for _twice in range(2)] == [Done(entry())] * 2
    desk.wire.app = script(desk, {"posts/delete": b'<result code="something went wrong"/>'})
    assert push(desk, Remove(entry())) == Done(entry())
    desk.sandbox.load([stored()])
    assert push(desk, Remove(entry())) == Failed("Pinboard says: something went wrong.")


@pytest.mark.parametrize("fault", [ERROR_BEFORE, ERROR_AFTER, DROP_AFTER, HTML_AFTER])
@pytest.mark.parametrize(
    "operation",
    [Add(Bookmark("https://new.example/", "n")), Remove(entry()), Update(entry(), Delta({Field.NOTE: "n"}))],
)
def test_a_write_whose_answer_is_lost_is_unknown(fault: Fault, operation: Operation) -> None:
    """It is not sent again, and a second look finds what came of it."""
    desk = Desk()
    desk.sandbox.load([stored()])
    for route in ("posts/add", "posts/delete"):
        desk.sandbox.faults.add(fault, route)
    before = dict(desk.sandbox.posts)
    outcome = push(desk, operation)

    assert isinstance(outcome, Unknown)
    assert (dict(desk.sandbox.posts) == before) is not fault.carried_out


@pytest.mark.parametrize(("fault", "error"), [(UNAUTHORIZED, CredentialsError), (ERROR_BEFORE, Unavailable)])
def test_a_fault_of_the_account_before_a_write_is_raised(fault: Fault, error: type[Exception]) -> None:
    """The reading half of an Update wrote nothing, so the operation has no outcome."""
    desk = Desk()
    desk.sandbox.faults.add(fault, "posts/get", times=3)
    with pytest.raises(error):
        push(desk, Update(entry(), Delta({Field.NOTE: "n"})))


def test_a_refusal_for_too_many_requests_is_no_outcome() -> None:
    """The write is made when the service allows it."""
    desk = Desk()
    desk.sandbox.faults.add(refuse(60), times=2)

    assert isinstance(push(desk, Add(Bookmark(URL, "t"))), Done)
    assert sum(desk.clock.slept) >= 120
    assert desk.sandbox.effective_adds == {URL: 1}


def test_who_stops_while_waiting_leaves_nothing_half_done() -> None:
    """Stopped passes through, and the operation was not sent."""
    desk = Desk()
    push(desk, Add(Bookmark(URL, "t")))

    def stop(_seconds: float) -> None:
        raise Stopped("The person wants to stop.")

    stopping = build(desk.config, attrs.evolve(desk.context, sleep=stop))
    with pytest.raises(Stopped):
        list(stopping.push([Add(Bookmark("https://b.example/"))]))

    assert stopping.calls == 0


# Looking up.


def test_few_entries_are_asked_for_one_by_one() -> None:
    """That ends before the next posts/all; only "not found" is Missing."""
    desk = Desk()
    desk.sandbox.load([stored(href=f"{URL}/{number}") for number in range(3)])
    desk.listing()
    found = list(desk.adapter.look_up([entry(f"{URL}/1"), entry(f"{URL}/gone"), entry(f"{URL}/2")]))

    assert [answer.ref for answer in found] == [f"{URL}/1", f"{URL}/gone", f"{URL}/2"]
    assert [isinstance(answer, Missing) for answer in found] == [False, True, False]
    assert desk.routes == ["posts/update", "posts/dates", "posts/all"] + ["posts/get"] * 3


def test_many_entries_are_looked_up_in_one_listing() -> None:
    """Where the next posts/all comes sooner than that many calls."""
    desk = Desk()
    desk.sandbox.load([stored(href=f"{URL}/{number}") for number in range(200)])
    desk.listing()
    begin = desk.clock.now
    found = list(desk.adapter.look_up([entry(f"{URL}/{number}") for number in range(200)]))

    assert len([answer for answer in found if isinstance(answer, Entry)]) == 200
    assert desk.routes == ["posts/update", "posts/dates", "posts/all", "posts/all"]
    assert desk.clock.now - begin < 200 * 3


def test_what_a_listing_lacks_is_not_missing() -> None:
    """posts/all can leave out what is there; only posts/get decides."""
    desk = Desk()
    desk.sandbox.load([stored(href=f"{URL}/{number}") for number in range(150)])
    desk.sandbox.partial = 0.5
    found = list(
        desk.adapter.look_up([entry(f"{URL}/{number}") for number in range(150)] + [entry("https://no.example/")])
    )

    assert [answer for answer in found if isinstance(answer, Missing)] == [Missing("https://no.example/")]
    assert len(found) == 151
    assert desk.routes[0] == "posts/all"
    assert desk.sandbox.violations == []


def test_two_listings_do_not_make_an_entry_missing() -> None:
    """Where listings cost nothing there are two of them, and then each entry is asked for."""
    desk = Desk(url=ELSEWHERE, gaps=NO_GAPS)
    gone = [entry(f"{URL}/{number}") for number in range(3)]

    assert list(desk.adapter.look_up(gone)) == [Missing(one.ref) for one in gone]
    assert desk.routes == ["posts/all"] * 2 + ["posts/get"] * 3


def test_a_damaged_record_in_a_listing_is_asked_for_alone() -> None:
    """So that what is read back is whole."""
    desk = Desk(url=ELSEWHERE, gaps=NO_GAPS)
    desk.sandbox.load([stored(extended="bell\x07"), stored(href="https://b.example/")])
    found = {answer.ref: answer for answer in desk.adapter.look_up([entry(), entry("https://b.example/")])}

    assert desk.routes[0] == "posts/all"
    assert isinstance(mended := found[URL], Entry)
    assert mended.bookmark.note == "bell\x07"


def test_an_address_too_long_to_be_asked_for_is_looked_up_in_a_listing() -> None:
    """Where it is not listed, nobody said that it is gone; a long spelling that is not the ref was never stored."""
    desk = Desk(url=ELSEWHERE, gaps={**NO_GAPS, "posts/all": 300.0})
    long = URL + "/x" * 2_100
    desk.sandbox.load([stored(href=long)])
    desk.listing()
    [found] = desk.adapter.look_up([entry(long)])

    assert found == entry(long, title="A title", added=NOON, unread=True)
    assert list(desk.adapter.look_up([Entry(URL, Bookmark(long + "/"))])) == [Missing(URL)]
    with pytest.raises(Unavailable, match="neither listed nor asked for"):
        list(desk.adapter.look_up([entry(long + "/")]))


def test_another_spelling_of_the_address_is_found() -> None:
    """Whatever the service made of it on the way in."""
    desk = Desk()
    desk.sandbox.load([stored(href="https://example.org/"), stored(href="https://example.net/a%20b")])
    asked = [entry("https://example.org"), entry("https://example.net/a b")]
    one_by_one = [answer.ref for answer in desk.adapter.look_up(asked[:1])]
    together = [answer.ref for answer in desk.adapter.look_up(asked)]

    assert one_by_one == ["https://example.org/"]
    assert sorted(together) == ["https://example.net/a%20b", "https://example.org/"]


def test_what_was_just_written_is_given_time() -> None:
    """At Pinboard a look-up starts no sooner than 20 s after the last write, so that every replica has it."""
    desk = Desk()
    desk.sandbox.account.lag = 16.0
    push(desk, Add(Bookmark(URL, "t")))
    written = desk.clock.now
    [found] = desk.adapter.look_up([entry()])

    assert isinstance(found, Entry)
    assert desk.clock.now - written >= 20
    assert desk.ear.waits[-1].reason == "waiting until all of Pinboard shows what was written"
    assert desk.ear.waits[-1].seconds == pytest.approx(20)


def test_a_compatible_server_is_not_waited_for() -> None:
    """It has no replicas."""
    desk = Desk(url=ELSEWHERE, gaps=NO_GAPS)
    push(desk, Add(Bookmark(URL, "t")))
    list(desk.adapter.look_up([entry()]))

    assert not any(desk.clock.slept)


def test_nothing_to_look_up_costs_nothing() -> None:
    """No call is made for nothing."""
    desk = Desk()

    assert list(desk.adapter.look_up([])) == []
    assert desk.routes == []


def test_a_look_up_that_fails_is_not_missing() -> None:
    """It raises, since nobody said that the entry is gone."""
    desk = Desk()
    desk.sandbox.faults.add(ERROR_BEFORE, times=9)
    with pytest.raises(Unavailable):
        list(desk.adapter.look_up([entry()]))
