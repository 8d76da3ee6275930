"""Nextcloud News as an account of the bridge, against the sandbox in fake time."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.wrappers import Response

from adapters.http.serving import DROP_AFTER, DROP_BEFORE, ERROR_AFTER, UNAUTHORIZED, Fault, refuse
from adapters.nextcloud_news import CAPABILITIES, SPEC, build
from adapters.nextcloud_news.adapter import CHARSET, STALE, NewsAdapter
from adapters.nextcloud_news.entries import Cursor, digest, key_of, read, ref_of
from adapters.nextcloud_news.sandbox_records import MICROSECONDS
from adapters.nextcloud_news.wire import Item, Key, Kind
from bridge.model.adapter import Adapter, End, Missing, Problem
from bridge.model.bookmark import Bookmark, Entry, Field
from bridge.model.errors import BridgeError, CredentialsError, ProtocolError, Stopped, Unavailable
from bridge.model.operation import Add, Delta, Done, Failed, Operation, Outcome, Remove, Unknown, Update
from bridge.model.receipt import Loss
from bridge.model.secret import Secret
from tests.adapters.nextcloud_news.desk import Desk, star, story

PUBLISHED = datetime.fromtimestamp(1_500_000_000, UTC)
STORED = datetime.fromtimestamp(1_600_000_000, UTC)
BOTH = pytest.mark.parametrize("api", ["v1-3", "v1-2"])

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
stamps = st.none() | st.integers(-(2**40), 2**45)
items = st.builds(
    Item,
    id=st.integers(1, 10**19 - 1),
    feedId=st.integers(1, 10**19 - 1),
    guidHash=texts.filter(bool),
    title=st.none() | texts,
    pubDate=stamps,
    unread=st.booleans(),
    starred=st.booleans(),
    lastModified=st.integers(-(2**40), 2**62),
)


def ref(desk: Desk, number: int) -> str:
    """Return the ref of an item of the sandbox."""
    item = desk.sandbox.account.items[number]
    return f"{item.id}/{item.feed_id}/{item.guid_hash}"


def entry(desk: Desk, number: int, **fields: Any) -> Entry:
    """Make an entry of an item of the sandbox."""
    return Entry(ref(desk, number), Bookmark(f"https://example.org/{number}", **fields))


def update(desk: Desk, number: int, **values: bool) -> Update:
    """Make an Update of an item of the sandbox."""
    return Update(entry(desk, number), Delta({Field(name): value for name, value in values.items()}))


def flags(desk: Desk) -> dict[int, tuple[bool, bool]]:
    """Return which items are unread, and which starred."""
    return {number: (item.unread, item.starred) for number, item in desk.sandbox.account.items.items()}


def pushed(desk: Desk, *operations: Operation) -> list[Outcome]:
    """Carry operations out."""
    return list(desk.adapter.push(operations))


def quiet_page(rows: list[dict[str, Any]]) -> Callable[..., Any]:
    """Make a server that lists these records and nothing else."""

    def app(environ: Any, start_response: Any) -> list[bytes]:
        key = environ["PATH_INFO"].rpartition("/")[2]
        body = json.dumps({"feeds": [], "folders": [], "items": rows} if key != "updated" else {"items": rows}).encode()
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return [body]

    return app


# Values.


@given(items, st.lists(texts, max_size=2))
def test_any_item_becomes_a_bookmark(item: Item, tags: list[str]) -> None:
    """A date that is none is a loss, not a crash, and everything is private."""
    bookmark, losses = read(item, "https://example.org/", tags)

    assert (bookmark.unread, bookmark.favorite, bookmark.private) == (item.unread, item.starred, True)
    assert bookmark.title == (item.title or "")
    assert [loss.wanted for loss in losses] in ([], [str(item.pubDate)])


@given(items)
def test_a_ref_names_its_item(item: Item) -> None:
    """All three parts of it, whatever the hash may be."""
    assert key_of(ref_of(item)) == Key(item.id, item.feedId, item.guidHash)


@given(texts | st.sampled_from(["", "1", "1/2", "1/2/", "0/2/h", "-1/2/h", "1/x/h", "²/1/h", "1" * 20 + "/1/h", "//h"]))
def test_what_is_no_ref_names_no_item(text: str) -> None:
    """A ref of another service, or one that was cut; and what names one is the ref of it, or says the same."""
    key = key_of(text)

    assert key is None or ref_of(key).rpartition("/")[2] == text.rpartition("/")[2]


@given(
    st.integers(0, 2**60),
    st.frozensets(texts, max_size=3),
    st.none() | st.frozensets(st.integers(1, 2**40), max_size=5),
    st.lists(st.sampled_from(["feed", "folder"]), max_size=2).map(tuple),
)
def test_a_cursor_that_is_written_is_read_back(
    modified: int, echo: frozenset[str], starred: frozenset[int] | None, tags: tuple[str, ...]
) -> None:
    """Its starred items come sorted, or not at all."""
    cursor = Cursor(modified, echo, starred, tags)

    assert Cursor.decode(cursor.encode()) == cursor
    assert ("starred" in json.loads(cursor.encode())) is (starred is not None)


@pytest.mark.parametrize(
    "text",
    [None, "", "x", "[]", "3", "{}", '{"modified":1}', '{"modified":"x","echo":"","tags":[]}', '{"modified":1e999}',
     '{"modified":1,"echo":[],"tags":3}', '{"modified":1,"echo":[],"tags":[],"starred":["x"]}'],
)  # fmt: skip
def test_what_is_no_cursor_is_none(text: str | None) -> None:
    """Then all is listed."""
    assert Cursor.decode(text) is None


def test_added_is_when_the_page_was_published() -> None:
    """Where the feed does not say, it is when the item last changed; what no calendar has is told as lost."""
    item = Item(1, 1, "h", pubDate=1_500_000_000, lastModified=1_600_000_000)
    silent = [read(attrs.evolve(item, pubDate=date), "u") for date in (None, 0)]
    odd, losses = read(attrs.evolve(item, pubDate=10**15), "u")
    nothing, lost = read(attrs.evolve(item, pubDate=10**15, lastModified=0), "u")

    assert read(item, "u")[0].added == PUBLISHED
    assert read(attrs.evolve(item, pubDate=-1), "u")[0].added == datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert [(bookmark.added, loss) for bookmark, loss in silent] == [(STORED, ())] * 2
    assert (odd.added, losses) == (STORED, (Loss("u", "added", str(10**15), str(STORED)),))
    assert (nothing.added, lost) == (None, (Loss("u", "added", str(10**15), ""),))


def test_a_field_that_the_account_lacks_is_as_if_not_known() -> None:
    """Nor is it lost."""
    item = Item(1, 1, "h", title="t", pubDate=10**15, unread=False, starred=True)
    lacks = frozenset({Field.TITLE, Field.ADDED, Field.UNREAD, Field.FAVORITE, Field.TAGS})

    assert read(item, "u", ["a"], lacks) == (Bookmark("u"), ())


@given(items, st.sampled_from(["unread", "starred", "title", "url", "pubDate", "feedId", "lastModified"]))
def test_a_digest_tells_what_an_entry_would(item: Item, field: str) -> None:
    """Whatever changes in it; a body does not."""
    other = {"unread": not item.unread, "starred": not item.starred, "title": f"{item.title}x", "url": "x"}
    changed = attrs.evolve(item, **{field: other.get(field, 10**19)})

    assert digest(changed) != digest(item) == digest(attrs.evolve(item, body="x"))


# The account.


def test_an_account_knows_itself_without_a_call() -> None:
    """Identity and capabilities cost nothing."""
    desk = Desk(gaps={"default": 2.0})

    assert desk.adapter.identity == "nextcloud-news https://cloud.example/ alice"
    assert desk.adapter.capabilities == attrs.evolve(CAPABILITIES, cost=attrs.evolve(CAPABILITIES.cost, gap=2.0))
    assert desk.adapter.calls == 0


@pytest.mark.parametrize(
    ("config", "lost"),
    [
        ({"tags": ()}, {Field.TAGS}),
        ({"lacks": ("tags",)}, {Field.TAGS}),
        ({"lacks": ("unread", "added")}, {Field.UNREAD, Field.ADDED}),
        ({"lacks": ("favorite",), "tags": ()}, {Field.FAVORITE, Field.TAGS}),
    ],
)
def test_an_account_may_hold_less(config: dict[str, Any], lost: set[Field]) -> None:
    """What it lacks is neither read nor edited; without names there are no tags."""
    capabilities = Desk(**config).adapter.capabilities

    assert capabilities.reads == CAPABILITIES.reads - lost
    assert capabilities.edits == CAPABILITIES.edits - lost


def test_the_spec_builds_an_adapter() -> None:
    """Nothing is asked and no secret is revealed before a method is called."""
    desk = Desk()
    config = attrs.evolve(desk.config, password=Secret(lambda: pytest.fail("revealed")))
    built: Adapter = build(config, desk.context)

    assert isinstance(built, NewsAdapter)
    assert built.calls == 0
    assert SPEC.build is build


def test_an_account_is_checked_by_one_call() -> None:
    """It names the user, and the version of the app."""
    desk = Desk()
    checked = desk.adapter.check()

    assert (checked.user, checked.remarks) == ("alice", ("News 27.2.0, by its API v1-3.",))
    assert (desk.routes, desk.adapter.calls) == (["GET status"], 1)


def test_the_warnings_of_the_app_are_remarks() -> None:
    """They explain why nothing new comes, and why titles are damaged."""
    desk = Desk(api="auto")
    desk.sandbox.cron_misconfigured = True
    damaged = Desk()
    body = b'{"version":"9","warnings":{"improperlyConfiguredCron":false,"incorrectDbCharset":true}}'

    def app(_environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return [body]

    damaged.wire.app = app

    assert desk.adapter.check().remarks == ("News 27.2.0, by its API v1-3.", STALE)
    assert desk.routes == ["GET api", "GET status"]
    assert damaged.adapter.check().remarks == ("News 9, by its API v1-3.", CHARSET)


def test_a_refused_login_stops_the_account() -> None:
    """One call, and no more."""
    desk = Desk(password=Secret("wrong"))
    for _attempt in range(2):
        with pytest.raises(CredentialsError):
            desk.adapter.check()

    assert desk.adapter.calls == 1


# Pulling all.


@BOTH
def test_starred_items_are_the_listing(api: str) -> None:
    """Read ones too, by pages, with the names of feed and folder as tags, then the end."""
    desk = Desk(
        api=api, page=2, items=(star(1), story(2), star(3, 2, unread=False, title=None), star(4, 3), star(5, 4))
    )
    entries, pages, end = desk.listing()

    assert [[each.ref for each in page.entries] for page in pages] == [
        [ref(desk, 5), ref(desk, 4)],
        [ref(desk, 3), ref(desk, 1)],
    ]
    assert entries[ref(desk, 1)] == Entry(
        ref(desk, 1),
        Bookmark(
            "https://example.org/1",
            "Story 1",
            tags=("Harbour Notes", "Boats"),
            added=PUBLISHED,
            unread=True,
            favorite=True,
        ),
        STORED,
    )
    third = entries[ref(desk, 3)].bookmark
    assert (third.title, third.unread, third.tags) == ("", False, ("Odds & ends ☃",))
    assert [entries[ref(desk, number)].bookmark.tags for number in (4, 5)] == [("Atom Rig",), ("Gone",)]
    assert end.complete
    assert desk.routes == ["GET items", "GET feeds", "GET folders", "GET items", "GET items"]


def test_all_items_are_the_listing_if_the_account_says_so() -> None:
    """Starred or not."""
    desk = Desk(kind="all", items=(star(1), story(2)))
    entries, _pages, end = desk.listing()

    assert {each.ref: each.bookmark.favorite for each in entries.values()} == {ref(desk, 1): True, ref(desk, 2): False}
    assert "starred" not in json.loads(str(end.cursor))


@pytest.mark.parametrize(
    ("config", "tags", "asked"),
    [
        ({"tags": ("feed", "folder")}, ("Harbour Notes", "Boats"), ["GET feeds", "GET folders"]),
        ({"tags": ("folder", "feed")}, ("Boats", "Harbour Notes"), ["GET feeds", "GET folders"]),
        ({"tags": ("feed",)}, ("Harbour Notes",), ["GET feeds"]),
        ({"tags": ("folder",)}, ("Boats",), ["GET feeds", "GET folders"]),
        ({"tags": ()}, (), []),
        ({"lacks": ("tags",)}, (), []),
    ],
)
def test_only_names_that_become_tags_are_asked_for(
    config: dict[str, Any], tags: tuple[str, ...], asked: list[str]
) -> None:
    """Names that nobody wants cost no call."""
    desk = Desk(items=(star(1),), **config)
    entries, _pages, _end = desk.listing()

    assert entries[ref(desk, 1)].bookmark.tags == tags
    assert desk.routes == ["GET items", *asked]


def test_an_item_without_an_address_is_a_problem() -> None:
    """It names the feed, the title and the ref, and the listing is complete all the same."""
    long = "x" * 500
    desk = Desk(
        items=(star(1, url=None, title="No\n link"), star(2, 2, url="", title=None), star(3, 4, url="", title=long))
    )
    _entries, pages, end = desk.listing()

    assert pages[0].problems == (
        Problem("the feed 'Gone'", f"'{'x' * 80}' has no address.", ref=ref(desk, 3)),
        Problem("feed 2", "Item 2 has no address.", ref=ref(desk, 2)),
        Problem("the feed 'Harbour Notes'", "'No link' has no address.", ref=ref(desk, 1)),
    )
    assert end.complete


@pytest.mark.parametrize(
    ("broken", "problem", "complete"),
    [
        (
            {"id": 7, "feedId": 1, "guidHash": "h", "title": []},
            Problem("item 7", "The record is without text where text is due.", ref="7/1/h"),
            True,
        ),
        ({"id": 7, "feedId": 1}, Problem("item 7", "The record is without guidHash."), False),
        ({"title": "x"}, Problem("an item", "The record is without id."), False),
    ],
)
def test_a_broken_record_is_a_problem(broken: dict[str, Any], problem: Problem, complete: bool) -> None:
    """One without a whole name makes the listing incomplete: nobody knows what it was."""
    desk = Desk()
    desk.wire.app = quiet_page(
        [{"id": 8, "feedId": 1, "guidHash": "i", "url": "https://a.example/", "starred": 1}, broken]
    )
    entries, pages, end = desk.listing()

    assert list(entries) == ["8/1/i"]
    assert pages[0].problems == (problem,)
    assert end.complete is complete


def test_a_date_that_is_none_is_a_loss() -> None:
    """The entry comes, with another date."""
    desk = Desk(items=(star(1, pub_date=10**15),))
    _entries, [page], _end = desk.listing()

    assert page.losses == (Loss("https://example.org/1", "added", str(10**15), str(STORED)),)


def test_an_account_without_stars_is_empty() -> None:
    """No names are asked for, and the server has shown no time yet: the next pull is a full one."""
    desk = Desk(items=(story(1),))

    assert list(desk.adapter.pull(None)) == [End(complete=True, cursor=None)]
    assert desk.routes == ["GET items"]


def test_the_feeds_of_a_listing_are_never_guessed() -> None:
    """Without them all tags would be missing, which a mirror would take for removed."""
    desk = Desk(items=(star(1),))
    desk.sandbox.faults.add(Fault("no_feeds", False, lambda gate, _true: _empty(gate)), "GET feeds")
    with pytest.raises(ProtocolError, match="without feeds"):
        desk.listing()


def _empty(gate: Any) -> Any:
    response = gate.failure(401)
    response.status_code = 200
    response.set_data(b"{}")
    return response


@given(
    st.lists(
        st.tuples(st.none() | texts, st.none() | texts, st.booleans(), st.booleans(), st.integers(-(2**33), 2**33)),
        max_size=5,
    )
)
def test_what_the_server_stores_is_pulled(stored: list[tuple[str | None, str | None, bool, bool, int]]) -> None:
    """Each item once, as an entry or as a problem, with nothing lost."""
    kept = [
        story(number, url=url, title=title, unread=unread, starred=starred, pub_date=date, guid=str(number))
        for number, (url, title, unread, starred, date) in enumerate(stored, 1)
    ]
    desk = Desk(kind="all", page=2, items=tuple(kept))
    entries, pages, end = desk.listing()
    named = {each.ref: each.bookmark for each in entries.values()}
    problems = [problem.ref for page in pages for problem in page.problems]

    assert sorted([*named, *map(str, problems)]) == sorted(ref(desk, item.id) for item in kept)
    assert end.complete
    for item in kept:
        if item.url:
            bookmark = named[ref(desk, item.id)]
            assert (bookmark.url, bookmark.title) == (item.url, item.title or "")
            assert (bookmark.unread, bookmark.favorite) == (item.unread, item.starred)
            assert bookmark.added == (datetime.fromtimestamp(item.pub_date or 1_600_000_000, UTC))


# Pulling what changed.


def later(desk: Desk, seconds: float = 5.0) -> None:
    """Let time pass."""
    desk.clock.now += seconds


@BOTH
def test_what_was_starred_and_unstarred_comes_by_one_call(api: str) -> None:
    """An unstarring is an entry that is no favorite; what nobody starred is of no concern."""
    desk = Desk(api=api, items=(star(1), star(2), story(3), story(4)))
    _entries, _pages, end = desk.listing()
    later(desk)
    desk.sandbox.account.flag(1, starred=False)
    desk.sandbox.account.flag(3, starred=True)
    desk.sandbox.account.flag(4, unread=False)
    desk.sandbox.log.clear()
    entries, _pages, following = desk.listing(end.cursor)

    assert {each.ref: each.bookmark.favorite for each in entries.values()} == {ref(desk, 3): True, ref(desk, 1): False}
    assert entries[ref(desk, 1)].changed == datetime.fromtimestamp(desk.clock.now, UTC)
    assert desk.routes == ["GET items/updated", "GET feeds", "GET folders"]
    assert not following.complete
    assert json.loads(str(following.cursor))["starred"] == [2, 3]
    assert json.loads(str(following.cursor))["modified"] == int(desk.clock.now)


def test_a_quiet_account_costs_one_call() -> None:
    """The last second comes again from the server, and is known already."""
    desk = Desk(items=(star(1), story(2)))
    cursors = [desk.listing()[2].cursor]
    later(desk)
    desk.sandbox.account.fetch(3, [story(0)])
    for _pull in range(3):
        desk.sandbox.log.clear()
        [end] = desk.adapter.pull(cursors[-1])
        assert isinstance(end, End)
        cursors.append(end.cursor)
        assert desk.routes == ["GET items/updated"]

    assert cursors[1] == cursors[2] == cursors[3] != cursors[0]


def test_what_happens_in_the_same_second_is_seen() -> None:
    """Twice, and once more."""
    desk = Desk(items=(star(1), story(2)))
    later(desk)
    desk.sandbox.account.flag(1, unread=False)
    cursor = desk.listing()[2].cursor
    seen = []
    for change in ({"starred": True}, {"unread": False}, {"starred": False}):
        desk.sandbox.account.flag(2, **change)
        entries, _pages, end = desk.listing(cursor)
        cursor = end.cursor
        seen.append(entries[ref(desk, 2)].bookmark)

    assert [(bookmark.favorite, bookmark.unread) for bookmark in seen] == [(True, True), (True, False), (False, False)]
    assert json.loads(str(cursor))["starred"] == [1]


def test_the_cursor_is_on_the_clock_of_the_server() -> None:
    """Items that are of no concern move it too, or they would come again and again."""
    desk = Desk(items=(star(1),))
    cursor = desk.listing()[2].cursor
    later(desk, 100)
    desk.sandbox.account.fetch(3, [story(0)])
    seen = int(desk.clock.now)
    later(desk, 1_000)
    desk.listing(cursor)

    assert json.loads(str(cursor))["modified"] == 1_600_000_000
    assert json.loads(str(desk.listing(cursor)[2].cursor))["modified"] == seen


def test_what_changes_while_pages_are_listed_is_not_lost() -> None:
    """A star on a page that has been listed, before another on a page that has not."""
    desk = Desk(page=2, items=(*map(star, (1, 2, 3, 4)), story(9), story(8)))
    pages = desk.adapter.pull(None)
    next(pages)
    later(desk)
    desk.sandbox.account.flag(9, starred=True)
    later(desk)
    desk.sandbox.account.flag(1, unread=False)
    *_rest, end = pages
    assert isinstance(end, End)
    entries, _pages, _end = desk.listing(end.cursor)

    assert ref(desk, 9) in entries


def test_a_star_is_unstarred_only_if_it_was_known() -> None:
    """What was starred and unstarred between two pulls never was an entry."""
    desk = Desk(items=(star(1), story(2)))
    cursor = desk.listing()[2].cursor
    later(desk)
    desk.sandbox.account.flag(2, starred=True)
    desk.sandbox.account.flag(2, starred=False)
    entries, pages, _end = desk.listing(cursor)

    assert (entries, pages) == ({}, [])


def test_all_changes_are_of_concern_where_all_items_are() -> None:
    """New ones, read ones, unstarred ones."""
    desk = Desk(kind="all", items=(star(1), story(2), story(3)))
    cursor = desk.listing()[2].cursor
    later(desk)
    desk.sandbox.account.flag(1, starred=False)
    desk.sandbox.account.flag(2, unread=False)
    desk.sandbox.account.fetch(3, [story(0)])
    entries, _pages, _end = desk.listing(cursor)

    assert set(entries) == {ref(desk, number) for number in (1, 2, 4)}


def test_an_unstarred_item_without_an_address_is_no_problem_any_more() -> None:
    """Nor is it an entry; a starred one is a problem each time that it changes."""
    desk = Desk(items=(star(1, url=None), star(2, url=None)))
    cursor = desk.listing()[2].cursor
    later(desk)
    desk.sandbox.account.flag(1, starred=False)
    desk.sandbox.account.flag(2, unread=False)
    entries, [page], _end = desk.listing(cursor)

    assert entries == {}
    assert [problem.ref for problem in page.problems] == [ref(desk, 2)]


def test_a_time_far_ahead_does_not_blind_the_account() -> None:
    """A server whose clock was wrong once: what comes after is seen all the same."""
    desk = Desk(items=(star(1),))
    ahead = attrs.evolve(star(2), last_modified=4_000_000_000_000_000)
    desk.sandbox.load(items=[ahead])
    cursor = desk.listing()[2].cursor
    desk.clock.now += 100
    desk.sandbox.load(items=[attrs.evolve(star(3), last_modified=int(desk.clock.now) * 1_000_000)])
    entries = desk.listing(cursor)[0]

    assert "3" in {ref.partition("/")[0] for ref in entries}


def test_words_of_the_server_do_not_tell_the_password() -> None:
    """It quotes it in a message beside a 200."""
    desk = Desk()
    secret = desk.sandbox.app_password
    desk.wire.app = Response(f'{{"message":"bad password {secret}"}}', content_type="application/json")
    with pytest.raises(ProtocolError) as caught:
        desk.client.items(Kind.ALL)

    assert secret not in str(caught.value)


@pytest.mark.parametrize("named", [True, False])
def test_a_broken_record_among_changes_is_a_problem(named: bool) -> None:
    """Once, if it says which item it is. Else the cursor is dropped: all has to be listed, to know what changed."""
    desk = Desk(items=(star(1),))
    cursor = desk.listing()[2].cursor
    name = {"guidHash": "0" * 32, "starred": "perhaps"} if named else {}
    desk.wire.app = quiet_page([{"id": 7, "feedId": 1, **name}])
    entries, [page], end = desk.listing(cursor)
    following = Cursor(1_600_000_000, frozenset(), frozenset({1}), desk.config.tags).encode()

    assert entries == {}
    assert [problem.where for problem in page.problems] == ["item 7"]
    assert end == End(complete=False, cursor=following if named else None)


@pytest.mark.parametrize("other", [{"kind": "all"}, {"tags": ("feed",)}, {"lacks": ("tags",)}])
def test_a_cursor_of_another_view_starts_anew(other: dict[str, Any]) -> None:
    """Other items, or other tags: all of them have to be listed."""
    before = Desk(items=(star(1),))
    cursor = before.listing()[2].cursor
    desk = Desk(items=(star(1),), **other)
    entries, _pages, end = desk.listing(cursor)

    assert end.complete
    assert list(entries) == [ref(desk, 1)]


def test_a_cursor_that_is_none_starts_anew() -> None:
    """As if there had been no pull."""
    assert Desk(items=(star(1),)).listing("nonsense")[2].complete


def test_times_in_microseconds_are_sent_back_as_they_came() -> None:
    """The server reads either."""
    desk = Desk()
    stamp = 1_600_000_000 * MICROSECONDS
    row = {"id": 1, "feedId": 1, "guidHash": "h", "url": "https://a.example/", "starred": True, "lastModified": stamp}
    desk.wire.app = quiet_page([row])
    entries, _pages, end = desk.listing()
    desk.listing(end.cursor)

    assert entries["1/1/h"].changed == STORED
    assert desk.wire.urls[-1].endswith(f"lastModified={stamp}")


# Pushing.


@BOTH
def test_flags_are_set_in_one_call_for_each(api: str) -> None:
    """Outcomes come in the order of the operations, as the entries now are."""
    desk = Desk(api=api, items=(*map(star, range(1, 5)), story(5), story(6)))
    outcomes = pushed(
        desk,
        update(desk, 1, favorite=False),
        update(desk, 5, favorite=True, unread=False),
        update(desk, 2, unread=False, favorite=False),
        update(desk, 3, unread=False),
        update(desk, 6, favorite=True),
    )

    assert [type(outcome) for outcome in outcomes] == [Done] * 5
    assert outcomes[1] == Done(entry(desk, 5, favorite=True, unread=False))
    assert flags(desk) == {
        1: (True, False), 2: (False, False), 3: (False, True), 4: (True, True), 5: (False, True), 6: (True, True)
    }  # fmt: skip
    assert [route.partition(" ")[2] for route in desk.routes] == [
        "items/star/multiple", "items/unstar/multiple", "items/read/multiple"
    ]  # fmt: skip


@BOTH
def test_one_flag_of_one_item_is_a_call_that_says_whether_it_is_there(api: str) -> None:
    """Of many, the server passes over those that it does not have."""
    desk = Desk(api=api, items=(star(1), story(2)))
    gone, there = update(desk, 1, favorite=False, unread=True), update(desk, 2, unread=False)
    desk.sandbox.account.purge([1])
    alone = pushed(desk, gone)
    together = pushed(desk, attrs.evolve(gone, delta=Delta({Field.UNREAD: False})), there)

    assert alone == [Failed("Nextcloud News does not have it any more.", missing=True)]
    assert len(desk.routes) == 2
    assert [type(outcome) for outcome in together] == [Done, Done]
    assert flags(desk) == {2: (False, False)}


def test_what_news_cannot_do_fails_before_a_call() -> None:
    """Nothing is added or removed, and no other field changes; a ref of another service is no item."""
    desk = Desk(items=(star(1),))
    outcomes = pushed(
        desk,
        Add(Bookmark("https://a.example/")),
        Remove(entry(desk, 1)),
        Update(entry(desk, 1), Delta({Field.TITLE: "x"}, add_tags=("a",))),
        Update(Entry("https://a.example/", Bookmark("https://a.example/")), Delta({Field.UNREAD: True})),
    )

    assert outcomes == [
        Failed("Nextcloud News adds no bookmarks: its items come from feeds."),
        Failed("Nextcloud News removes no items."),
        Failed("Nextcloud News cannot change it: tags, title."),
        Failed("It is no item of Nextcloud News.", missing=True),
    ]
    assert desk.routes == []


def test_a_field_that_the_account_lacks_is_left_alone() -> None:
    """Even if somebody asks."""
    desk = Desk(items=(star(1),), lacks=("unread",))

    assert pushed(desk, update(desk, 1, unread=False)) == [Failed("Nextcloud News cannot change it: unread.")]


def test_an_update_of_nothing_is_done() -> None:
    """Without a call."""
    desk = Desk(items=(star(1),))

    assert pushed(desk, Update(entry(desk, 1), Delta())) == [Done(entry(desk, 1))]
    assert pushed(desk) == []
    assert desk.routes == []


def test_operations_on_one_item_keep_their_order() -> None:
    """The later one stands."""
    desk = Desk(items=(star(1), story(2)))
    outcomes = pushed(
        desk, update(desk, 1, favorite=False), update(desk, 2, favorite=True), update(desk, 1, favorite=True)
    )

    assert [type(outcome) for outcome in outcomes] == [Done] * 3
    assert flags(desk) == {1: (True, True), 2: (True, True)}


@pytest.mark.parametrize("fault", [ERROR_AFTER, DROP_AFTER, DROP_BEFORE])
def test_a_chunk_without_an_answer_is_unknown(fault: Fault) -> None:
    """All that it carried; the others are done."""
    desk = Desk(items=(star(1), star(2), story(3), story(4)))
    desk.sandbox.faults.add(fault, "POST items/unstar/multiple", times=3)
    outcomes = pushed(
        desk,
        update(desk, 1, favorite=False, unread=False),
        update(desk, 3, unread=False),
        update(desk, 2, favorite=False),
    )

    assert [type(outcome) for outcome in outcomes] == [Unknown, Done, Unknown]
    assert desk.routes[-1] == "POST items/{itemId}/read"


@pytest.mark.parametrize(("fault", "error"), [(UNAUTHORIZED, CredentialsError), (refuse(), Unavailable)])
def test_an_account_that_fails_before_anything_was_sent_raises(fault: Fault, error: type[Exception]) -> None:
    """There are no outcomes then."""
    desk = Desk(items=(star(1), star(2)))
    desk.sandbox.faults.add(fault)
    pushing = desk.adapter.push([update(desk, 1, favorite=False), update(desk, 2, favorite=False)])
    with pytest.raises(error):
        next(pushing)

    assert flags(desk) == {1: (True, True), 2: (True, True)}


def test_what_was_begun_when_the_account_failed_has_an_outcome() -> None:
    """Done where all of it was done, Unknown before the last that was touched, and nothing for the rest."""
    desk = Desk(items=tuple(story(number) for number in range(1, 6)))
    desk.sandbox.faults.add(UNAUTHORIZED, "POST items/read/multiple")
    pushing = desk.adapter.push(
        [
            update(desk, 1, favorite=True),
            update(desk, 2, unread=False),
            update(desk, 3, favorite=True, unread=False),
            update(desk, 4, unread=False),
        ]
    )
    outcomes = [next(pushing) for _outcome in range(3)]
    with pytest.raises(CredentialsError):
        next(pushing)

    assert [type(outcome) for outcome in outcomes] == [Done, Unknown, Unknown]


def test_an_account_that_fails_at_the_last_of_all_is_silent() -> None:
    """Each operation has its outcome; whoever calls again hears of it."""
    desk = Desk(items=(story(1), story(2)))
    desk.sandbox.faults.add(UNAUTHORIZED, "POST items/read/multiple")
    outcomes = pushed(
        desk,
        update(desk, 2, unread=False),
        update(desk, 1, favorite=True, unread=False),
    )

    assert [type(outcome) for outcome in outcomes] == [Unknown, Unknown]
    with pytest.raises(CredentialsError):
        desk.adapter.check()


def test_what_fails_by_itself_stands_for_nothing_that_was_sent() -> None:
    """An operation that cannot be done is no reason to doubt those before it."""
    desk = Desk(items=(story(1), story(2)))
    desk.sandbox.faults.add(UNAUTHORIZED)
    pushing = desk.adapter.push([update(desk, 1, unread=False), Add(Bookmark("https://a.example/"))])
    with pytest.raises(CredentialsError):
        next(pushing)


def test_a_stop_between_two_calls_is_raised() -> None:
    """What was sent before has its outcome."""
    desk = Desk(items=(story(1), story(2)), gaps={"default": 1.0})

    def stop(seconds: float) -> None:
        if seconds:
            raise Stopped("Stopped.")

    stopping = NewsAdapter(desk.config, desk.context, desk.client)
    desk.client.pacer._sleep = stop
    pushing = stopping.push([update(desk, 1, favorite=True), update(desk, 2, unread=False)])

    assert isinstance(next(pushing), Done)
    with pytest.raises(Stopped):
        next(pushing)


@given(
    st.sampled_from(["v1-3", "v1-2"]),
    st.lists(st.tuples(st.integers(1, 6), st.sampled_from(["unread", "favorite"]), st.booleans()), max_size=12),
)
def test_what_is_pushed_is_looked_up(api: str, wanted: list[tuple[int, str, bool]]) -> None:
    """Whatever flags are set in whatever order, the outcomes say Done, and the server holds the last of each."""
    desk = Desk(api=api, tags=(), items=tuple(story(number, starred=number > 3) for number in range(1, 7)))
    expected = {(number, name): value for number, name, value in wanted}
    outcomes = pushed(desk, *(update(desk, number, **{name: value}) for number, name, value in wanted))
    found = list(desk.adapter.look_up([entry(desk, number) for number in range(1, 7)]))

    assert [type(outcome) for outcome in outcomes] == [Done] * len(wanted)
    assert (
        expected.items()
        <= {
            (int(each.ref.partition("/")[0]), name): getattr(each.bookmark, name)
            for each in found
            if isinstance(each, Entry)
            for name in ("unread", "favorite")
        }.items()
    )


# Looking up.


@BOTH
def test_one_entry_is_looked_up_by_one_call(api: str) -> None:
    """Of one item, starred or not; the names of feed and folder are two more."""
    desk = Desk(api=api, items=tuple(story(number) for number in range(1, 9)))
    desk.sandbox.account.flag(5, starred=True)
    [found] = desk.adapter.look_up([entry(desk, 5)])

    assert isinstance(found, Entry)
    assert (found.ref, found.bookmark.favorite, found.bookmark.tags) == (ref(desk, 5), True, ("Harbour Notes", "Boats"))
    assert found.changed == datetime.fromtimestamp(desk.clock.now, UTC)
    assert desk.routes == ["GET items", "GET feeds", "GET folders"]
    assert "offset=4&oldestFirst=true" in desk.wire.urls[0]
    assert "batchSize=1&" in desk.wire.urls[0]


def test_what_the_listing_passes_over_is_missing() -> None:
    """In the midst, at the end, and of an empty account."""
    desk = Desk(items=(story(1), story(2), story(3)))
    asked = [entry(desk, number) for number in (3, 1, 2)]
    desk.sandbox.account.purge([2, 3])
    answers = list(desk.adapter.look_up(asked))
    desk.sandbox.account.purge([1])

    assert [answer.ref for answer in answers if isinstance(answer, Entry)] == [asked[1].ref]
    assert {answer.ref for answer in answers if isinstance(answer, Missing)} == {asked[0].ref, asked[2].ref}
    assert list(desk.adapter.look_up(asked[:1])) == [Missing(asked[0].ref)]


def test_ids_that_are_close_are_looked_up_together() -> None:
    """A page reaches from one asked id to the last that fits; far ones have pages of their own."""
    desk = Desk(page=10, tags=(), items=tuple(story(number) for number in range(1, 101)))
    asked = [entry(desk, number) for number in (90, 3, 12, 5, 50)]
    answers = list(desk.adapter.look_up(asked))
    sizes = [url.partition("batchSize=")[2].partition("&")[0] for url in desk.wire.urls]

    assert [answer.ref for answer in answers] == [ref(desk, number) for number in (3, 5, 12, 50, 90)]
    assert sizes == ["10", "1", "1"]


@given(st.sets(st.integers(1, 30)), st.sets(st.integers(1, 30), min_size=1), st.integers(1, 12))
def test_each_entry_is_answered_once(there: set[int], asked: set[int], page: int) -> None:
    """Whatever is there, and whatever the size of a page."""
    desk = Desk(page=page, tags=(), items=tuple(story(number) for number in there))
    refs = {number: f"{number}/1/{story(number).guid_hash}" for number in asked}
    answers = list(desk.adapter.look_up([Entry(each, Bookmark("https://a.example/")) for each in refs.values()]))

    assert sorted(answer.ref for answer in answers) == sorted(refs.values())
    assert {answer.ref for answer in answers if isinstance(answer, Entry)} == {refs[number] for number in there & asked}


def test_an_id_that_now_names_another_item_is_missing() -> None:
    """A server that was set up anew counts from one again; what is no ref at all was never there."""
    desk = Desk(items=(story(1),))
    other = Entry(f"1/2/{story(1).guid_hash}", Bookmark("https://a.example/"))
    foreign = Entry("https://a.example/", Bookmark("https://a.example/"))

    assert list(desk.adapter.look_up([other, foreign, entry(desk, 1)], 5.0))[:2] == [
        Missing(foreign.ref),
        Missing(other.ref),
    ]


def test_an_item_that_lost_its_address_keeps_that_of_the_entry() -> None:
    """It is there, and its flags can be told."""
    desk = Desk(items=(star(1, url=None),))
    [found] = desk.adapter.look_up([entry(desk, 1)])

    assert isinstance(found, Entry)
    assert (found.bookmark.url, found.bookmark.favorite) == ("https://example.org/1", True)


@pytest.mark.parametrize(
    "rows",
    [
        [{"id": 1, "feedId": 1, "guidHash": "h", "title": []}],
        [{"title": "no name"}],
        [{"id": 2, "feedId": 1, "guidHash": "i"}, {"title": "no name"}],
    ],
)
def test_a_record_that_cannot_be_read_is_not_missing(rows: list[dict[str, Any]]) -> None:
    """It may be the one that was asked for, so the look-up fails."""
    desk = Desk(tags=())
    desk.wire.app = quiet_page(rows)
    with pytest.raises(ProtocolError, match="cannot be read"):
        list(desk.adapter.look_up([Entry("1/1/h", Bookmark("https://a.example/"))]))


def test_a_look_up_that_fails_is_not_missing() -> None:
    """It raises, after three tries."""
    desk = Desk(items=(story(1),))
    desk.sandbox.faults.add(ERROR_AFTER, times=3)
    with pytest.raises(Unavailable):
        list(desk.adapter.look_up([entry(desk, 1)]))


# Whatever the server answers.

any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts | st.just("\ud83d"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "feedId", "guidHash", "url", "title", "pubDate", "lastModified", "starred", "name"]),
            inner,
            max_size=6,
        )
    ),
    max_leaves=12,
)


@given(
    st.fixed_dictionaries(
        {}, optional=dict.fromkeys(["items", "feeds", "folders", "version", "warnings", "apiLevels"], any_json)
    )
    | any_json
)
def test_no_answer_is_a_crash(document: Any) -> None:
    """Each method answers, or raises an error of the bridge."""
    desk = Desk(api="auto", page=3)
    body = json.dumps(document).encode()

    def app(_environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return [body]

    desk.wire.app = app
    cursor = Cursor(1, frozenset(), frozenset({1}), desk.config.tags).encode()
    known = Entry("1/1/h", Bookmark("https://a.example/"))
    outcomes = []
    for call in (
        desk.adapter.check,
        lambda: list(desk.adapter.pull(None)),
        lambda: list(desk.adapter.pull(cursor)),
        lambda: list(desk.adapter.look_up([known])),
        lambda: list(desk.adapter.push([Update(known, Delta({Field.FAVORITE: True}))])),
    ):
        try:
            outcomes.append(call())
        except BridgeError as error:
            outcomes.append(error)

    assert len(outcomes) == 5
