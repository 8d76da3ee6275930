"""Pocket as an account of the bridge, against the sandbox in fake time."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import attrs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from werkzeug.test import Client, EnvironBuilder
from werkzeug.wrappers import Response

from adapters.http.serving import (
    DROP_AFTER,
    DROP_BEFORE,
    ERROR_AFTER,
    ERROR_BEFORE,
    HTML_AFTER,
    UNAUTHORIZED,
    Fault,
    refuse,
)
from adapters.pocket import CAPABILITIES, actions, bookmarks, build
from adapters.pocket.actions import delete
from adapters.pocket.adapter import CUT as CUT_SHORT
from adapters.pocket.adapter import MOVED, WHOLE, PocketAdapter
from adapters.pocket.client import PocketClient
from adapters.pocket.cursor import Cursor
from adapters.pocket.lists import OVERLAP
from adapters.pocket.sandbox import partly
from adapters.pocket.sandbox_account import Item as Stored
from adapters.pocket.wire_items import Item
from bridge.model.adapter import Adapter, Elsewhere, End, Missing, Page, Problem, Quota
from bridge.model.bookmark import Bookmark, Entry, Field
from bridge.model.errors import BridgeError, CredentialsError, ProtocolError, Stopped, Unavailable
from bridge.model.operation import Add, Delta, Done, Failed, Operation, Outcome, Remove, Unknown, Update
from bridge.model.receipt import Loss
from tests.adapters.pocket.desk import LONG_AGO, Desk, stored

URL = "https://example.org/page"
ELSEWHERE = "https://pocket.example/v3/"
NOON = datetime(2020, 1, 2, 12, tzinfo=UTC)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=10)
tags = st.lists(st.text("abcÄß'\",. \\-", min_size=1, max_size=30).filter(str.strip), max_size=3).map(tuple)
added = st.none() | st.datetimes(datetime(1970, 1, 2), datetime(2023, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
whole = st.builds(
    Bookmark,
    url=st.text("abcä/?#&=+%~", max_size=8).map(lambda text: f"https://example.org/{text}"),
    title=texts.filter(lambda title: title != "null"),  # which the late server takes for none
    tags=tags,
    added=added,
    unread=st.booleans(),
    favorite=st.booleans(),
)
items = st.builds(
    Item,
    item_id=st.just("7"),
    given_url=st.sampled_from(["", URL]),
    resolved_url=st.sampled_from(["", URL, URL + "#x"]),
    given_title=texts | st.just(URL),
    resolved_title=texts,
    favorite=st.booleans(),
    status=st.sampled_from(["0", "1", "", "4"]),
    time_added=st.none() | st.integers(1, 10**11),
    tags=tags,
    undated=st.sampled_from(["", "yesterday"]),
)


def bookmark(url: str = URL, **fields: Any) -> Bookmark:
    """Make a bookmark that was added at noon."""
    return Bookmark(url, **{"added": NOON, **fields})


def entry(item: Stored) -> Entry:
    """Return a stored item as the account shows it, as far as it was set."""
    when = datetime.fromtimestamp(item.time_added, UTC)
    shown = Bookmark(item.given_url, "", tags=item.tags, added=when, unread=item.status == 0, favorite=item.favorite)
    return Entry(item.item_id, shown)


def made(url: str) -> Entry:
    """Return what is looked up where an Add may have made it."""
    return Entry(url, bookmark(url))


def only_new(desk: Desk) -> Stored:
    """Return the item that an Add has made."""
    [item] = [item for item in desk.sandbox.items.values() if item.given_url == URL]
    return item


def since_of(end: End) -> int | None:
    """Return from when on the next pull lists."""
    return Cursor.read(end.cursor).since


def only(desk: Desk) -> Stored:
    """Return the only item of an account."""
    [item] = desk.sandbox.items.values()
    return item


# Values.


@given(whole)
@example(Bookmark(URL, title=URL))
@example(Bookmark(URL, title=" \n", tags=("it's", 'say "a"', "b\\c")))
def test_what_is_sent_is_what_is_read(given_one: Bookmark) -> None:
    """A bookmark that went to Pocket and came back is what `held` said, but for a title and a date of Pocket's own."""
    desk = Desk()
    [outcome] = desk.push(Add(given_one))
    entries, _pages, _end = desk.listing()

    assert isinstance(outcome, Done)
    assert list(entries) == [outcome.entry.ref]
    back, said = entries[outcome.entry.ref].bookmark, bookmarks.held(given_one)
    assert said == outcome.entry.bookmark
    assert back == attrs.evolve(
        said,
        title=said.title or back.title,
        added=said.added or datetime.fromtimestamp(desk.clock.now, UTC),
    )
    assert said == bookmarks.held(said)


@given(items)
def test_any_item_becomes_a_bookmark(item: Item) -> None:
    """What was given comes before what was found; a date that is none is a loss."""
    read, losses = bookmarks.read(item)

    assert read.url == item.given_url or item.resolved_url
    assert read.title in ("", item.given_title, item.resolved_title)
    assert (read.unread, read.favorite, read.private) == (item.status != "1", item.favorite, True)
    assert losses == ((Loss(read.url, "added", "yesterday"),) if item.undated else ())
    assert set(read.tags) == {tag.strip() for tag in item.tags}


def test_a_title_that_is_the_url_is_none() -> None:
    """Pocket puts it there where it knows no other."""
    for title in (URL, ""):
        assert "" == bookmarks.read(Item("7", given_url=URL, given_title=title, resolved_title=title))[0].title
    assert "Found" == bookmarks.read(Item("7", given_url=URL, resolved_title="Found"))[0].title


def test_a_field_that_the_account_lacks_is_as_if_not_known() -> None:
    """What a server seems to say of it is not believed."""
    item = Item("7", given_url=URL, given_title="T", favorite=True, status="1", tags=("a",), time_added=LONG_AGO)
    lacks = frozenset({Field.FAVORITE, Field.UNREAD, Field.TAGS, Field.ADDED})

    assert Bookmark(URL, "T") == bookmarks.read(item, lacks)[0]
    assert Bookmark(URL, "T") == bookmarks.held(bookmark(title="T", tags=("a",), unread=False, favorite=True), lacks)


@pytest.mark.parametrize(
    ("delta", "encoded"),
    [
        (Delta(), []),
        (Delta(add_tags=("a", "b")), [{"action": "tags_add", "item_id": "7", "tags": "a,b"}]),
        (Delta(add_tags=("a,b",)), [{"action": "tags_add", "item_id": "7", "tags": ["a,b"]}]),
        (
            Delta(add_tags=("a",), remove_tags=("a", "it's")),
            [
                {"action": "tags_add", "item_id": "7", "tags": "a"},
                {"action": "tags_remove", "item_id": "7", "tags": "it's,it\\'s"},
            ],
        ),
        (Delta(add_tags=("a",), remove_tags=("a",)), [{"action": "tags_add", "item_id": "7", "tags": "a"}]),
        (
            Delta({Field.UNREAD: True, Field.FAVORITE: True}),
            [{"action": "readd", "item_id": "7"}, {"action": "favorite", "item_id": "7"}],
        ),
        (
            Delta({Field.UNREAD: False, Field.FAVORITE: False}),
            [{"action": "archive", "item_id": "7"}, {"action": "unfavorite", "item_id": "7"}],
        ),
    ],
)
def test_a_change_takes_the_fewest_actions(delta: Delta, encoded: list[Any]) -> None:
    """None of them has a time, which would hide the item from all who ask what changed."""
    assert encoded == [action.encoded() for action in bookmarks.change("7", delta)]


# Listings.


@pytest.mark.parametrize("dialect", ["late", "legacy"])
def test_the_whole_list_comes_in_pages(dialect: str) -> None:
    """It is complete, and the cursor is the service's time of its first answer."""
    desk = Desk(ahead=500.0)
    desk.sandbox.dialect = dialect
    desk.load(
        stored(1, given_title="One", tags=("a", "b c"), favorite=True),
        stored(2, given_title="", status=1),
        *map(stored, range(3, 34)),
    )
    entries, pages, end = desk.listing()

    assert ([str(number) for number in range(1, 34)], 2) == (list(entries), len(pages))
    assert (
        Bookmark(
            "https://example.org/1",
            "One",
            tags=("a", "b c"),
            added=datetime.fromtimestamp(LONG_AGO + 1, UTC),
            favorite=True,
        )
        == entries["1"].bookmark
    )
    assert not entries["2"].bookmark.unread
    assert datetime.fromtimestamp(LONG_AGO + 1, UTC) == entries["1"].changed
    assert (True, int(desk.clock.now) + 500 - OVERLAP) == (end.complete, since_of(end))
    assert {"all", "oldest", "complete"} == {desk.sandbox.log[0].args[name] for name in ("state", "sort", "detailType")}


@pytest.mark.parametrize("dialect", ["late", "legacy"])
def test_the_next_pull_brings_what_changed(dialect: str) -> None:
    """Changed items as entries, deleted ones as removed."""
    desk = Desk(ahead=-500.0)
    desk.sandbox.dialect = dialect
    desk.load(*map(stored, range(1, 6)))
    entries, _pages, end = desk.listing()
    desk.clock.now += 3600
    desk.push(Update(entries["2"], Delta(add_tags=("new",))), Remove(entries["4"]))
    changed, pages, following = desk.listing(end.cursor)

    assert ["2"] == list(changed)
    assert ("4",) == sum((page.removed for page in pages), ())
    assert (False, int(desk.clock.now) - 500 - OVERLAP) == (following.complete, since_of(following))


def test_hidden_and_deleted_items_are_removed() -> None:
    """A whole list shows their stubs, too."""
    desk = Desk()
    desk.load(stored(1), stored(2, status=2), stored(3, status=3))
    entries, pages, end = desk.listing()

    assert (["1"], {"2", "3"}, True) == (list(entries), {ref for page in pages for ref in page.removed}, end.complete)


def test_an_item_without_a_url_is_a_problem() -> None:
    """The late server does not tell it before it has looked at the page; the item counts as present."""
    desk = Desk()
    desk.load(stored(1), stored(2, page=None))
    entries, pages, end = desk.listing()

    assert (["1"], True) == (list(entries), end.complete)
    assert [Problem("get, item 2", "It has no url, or not yet.", ref="2")] == [
        problem for page in pages for problem in page.problems
    ]


def test_a_broken_item_is_a_problem() -> None:
    """One whose id is not known makes the list incomplete; the next pull begins anew."""
    broken = "It is without tags where tags are due."
    for rows, problem, complete in (
        ({"1": {"tags": 5}}, Problem("get, item 1", broken, ref="1"), True),
        ({"1": {"tags": 5, "given_url": URL}}, Problem("get, item 1", broken, url=URL, ref="1"), True),
        ({"1": {"tags": 5, "resolved_url": URL}}, Problem("get, item 1", broken, url=URL, ref="1"), True),
        ([{"status": "0"}], Problem("get, item without an id", "It is without an item_id."), False),
        ([{"given_url": URL}], Problem("get, item without an id", "It is without an item_id.", url=URL), False),
    ):
        desk = Desk()
        answers = iter([rows, {}])
        desk.wire.app = lambda environ, start, answers=answers: says(environ, start, list=next(answers), status=1)
        _entries, [page, *_others], end = desk.listing()
        assert ((problem,), complete) == (page.problems, end.complete)


def test_a_change_that_cannot_be_read_is_not_passed_over() -> None:
    """Nobody knows which item it is of, so the next pull begins anew."""
    desk = Desk(url=ELSEWHERE)
    answers = iter([[{"status": "0"}], {}])
    desk.wire.app = lambda environ, start: says(environ, start, list=next(answers), since=int(desk.clock.now))
    _entries, _pages, end = desk.listing(Cursor(LONG_AGO).text)

    assert End(complete=False, cursor=None) == end


def says(environ: Any, start: Callable[..., Any], **document: Any) -> list[bytes]:
    """Answer JSON, as a WSGI app."""
    body = json.dumps(document).encode()
    start("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


@pytest.mark.parametrize("ahead", [-90_000.0, 90_000.0])
def test_a_clock_that_is_a_day_off_tells_no_time(ahead: float) -> None:
    """So there is no cursor."""
    desk = Desk(ahead=ahead)
    _entries, _pages, end = desk.listing()

    assert End(complete=True, cursor=None) == end


@pytest.mark.parametrize(
    ("held", "remarks", "cursor"), [(5, WHOLE, True), (31, CUT_SHORT, False), (30, CUT_SHORT, False), (0, None, True)]
)
def test_a_server_that_ignores_the_offset_proves_nothing(held: int, remarks: str | None, *, cursor: bool) -> None:
    """Where it gave all it has at once there is a cursor, so that it can be worked with; absence is no removal."""
    desk = Desk(url=ELSEWHERE)
    desk.sandbox.ignores_offset = True
    desk.load(*map(stored, range(held)))
    entries, pages, end = desk.listing()

    assert min(held, 30) == len(entries)
    told = [text for page in pages for text in page.remarks]
    lost = [problem.why for page in pages for problem in page.problems if problem.lost]
    assert ([remarks] if remarks else []) == (told if cursor else lost)
    assert not (lost if cursor else told)
    assert (held == 0, cursor) == (end.complete, end.cursor is not None)


def test_a_server_without_a_time_is_read_from_the_beginning_each_time() -> None:
    """Its cursor says so."""
    desk = Desk(url=ELSEWHERE)
    desk.wire.app = lambda environ, start: says(environ, start, list={"1": {"given_url": URL}}, status=1)
    first, _pages, end = desk.listing()
    second, _again, _end = desk.listing(end.cursor)

    assert (["1"], Cursor().text) == (list(first), end.cursor)
    assert first == second


def test_a_part_of_what_changed_moves_no_cursor() -> None:
    """Else the rest would never be seen: the next pull is a full one."""
    desk = Desk(url=ELSEWHERE)
    desk.sandbox.ignores_offset = True
    desk.load(*map(stored, range(40)))
    _entries, _pages, end = desk.listing(Cursor(LONG_AGO).text)

    assert End(complete=False, cursor=None) == end


@pytest.mark.parametrize("held", [29, 30, 31])
@pytest.mark.parametrize("page", [30, 31, 100])
def test_a_server_that_ignores_offset_and_count_gives_all_it_has(held: int, page: int) -> None:
    """Though it be as many as are usual: asked for another number, it gives the same."""
    desk = Desk(url=ELSEWHERE, page=page)
    rows = {str(number): {"given_url": f"{URL}{number}"} for number in range(held)}
    desk.wire.app = lambda environ, start: says(environ, start, list=rows, status=1)
    entries, pages, end = desk.listing()

    assert (held, [WHOLE]) == (len(entries), [text for page in pages for text in page.remarks])
    assert End(complete=False, cursor=Cursor().text) == end
    assert 3 == desk.client.calls


@pytest.mark.parametrize("dialect", ["late", "legacy"])
@pytest.mark.parametrize("change", [Desk.readd, Desk.delete])
def test_an_item_is_not_passed_over_because_another_one_moves(
    change: Callable[[Desk, str], None], dialect: str
) -> None:
    """While the list is read, somebody puts an item back or deletes it: all others are listed, once."""
    desk = Desk()
    desk.sandbox.dialect = dialect
    desk.load(*(stored(number, status=1) for number in range(1, 91)))
    desk.wire.after[1] = lambda: change(desk, "3")
    entries, pages, end = desk.listing()

    assert {str(number) for number in range(1, 91)} == entries.keys()
    assert 90 == sum(len(page.entries) for page in pages)
    assert (True, int(desk.clock.now) - 1 - OVERLAP) == (end.complete, since_of(end))
    assert len(desk.routes) <= 8


def test_a_list_that_does_not_stand_still_is_not_complete() -> None:
    """There is no cursor then, so that the next pull is a full one, and nothing follows from what is absent."""
    desk = Desk()
    desk.load(*map(stored, range(1, 91)))
    desk.wire.after |= {1: lambda: desk.readd("3", "4"), 3: lambda: desk.readd("5", "6")}
    _entries, pages, end = desk.listing()

    assert End(complete=False, cursor=None) == end
    assert [(MOVED, True)] == [(problem.why, problem.lost) for page in pages for problem in page.problems]


def test_a_change_is_not_passed_over_because_another_one_comes() -> None:
    """A list of what changed can shift, too, and what it skipped would be told by no later one."""
    desk = Desk()
    desk.load(*map(stored, range(1, 91)))
    _entries, _pages, end = desk.listing()
    desk.clock.now += 3600
    list(desk.client.send(actions.favorite(str(number)) for number in range(1, 91)))
    desk.wire.after[len(desk.wire.urls) + 1] = lambda: desk.readd("3", "4")
    desk.clock.now += 3600
    entries, _pages, following = desk.listing(end.cursor)

    assert {str(number) for number in range(1, 91)} == entries.keys()
    assert int(desk.clock.now) - 1 - OVERLAP == since_of(following)


@pytest.mark.parametrize("fault", [UNAUTHORIZED, HTML_AFTER])
def test_a_listing_that_fails_has_no_end(fault: Fault) -> None:
    """It is never taken for an empty one."""
    desk = Desk()
    desk.load(*map(stored, range(40)))
    desk.sandbox.faults.add(fault, "get", skip=1)
    pull = desk.adapter.pull(None)

    assert isinstance(next(pull), Page)
    with pytest.raises(BridgeError):
        list(pull)


# Writing.


@pytest.mark.parametrize("dialect", ["late", "legacy"])
def test_an_add_is_followed_by_what_it_cannot_say(dialect: str) -> None:
    """Archived and favorite in one call for all, by the ids that came back."""
    desk = Desk()
    desk.sandbox.dialect = dialect
    outcomes = desk.push(
        Add(bookmark(URL + "1", title="T", tags=("a", "b"), unread=False, favorite=True)),
        Add(bookmark(URL + "2")),
        Add(bookmark(URL + "3", favorite=True)),
    )
    shown = {item.given_url: item for item in desk.sandbox.items.values()}

    assert [Done, Done, Done] == [type(outcome) for outcome in outcomes]
    assert [["add"] * 3, ["archive", "favorite", "favorite"]] == desk.sent
    one, two, three = (shown[URL + number] for number in "123")
    assert (1, True, ("a", "b"), "T", int(NOON.timestamp())) == (
        one.status,
        one.favorite,
        one.tags,
        one.given_title,
        one.time_added,
    )
    assert [(0, False), (0, True)] == [(item.status, item.favorite) for item in (two, three)]
    assert [item.item_id for item in (one, two, three)] == [
        outcome.entry.ref for outcome in outcomes if isinstance(outcome, Done)
    ]


def test_a_batch_takes_few_calls() -> None:
    """Thirty additions with all that belongs to them are three calls."""
    desk = Desk()
    desk.listing()
    before = desk.client.calls
    outcomes = desk.push(*(Add(bookmark(f"{URL}{n}", unread=False, favorite=True)) for n in range(30)))

    assert [Done] * 30 == [type(outcome) for outcome in outcomes]
    assert 3 == desk.client.calls - before
    assert {(1, True)} == {(item.status, item.favorite) for item in desk.sandbox.items.values()}


def test_operations_of_all_kinds_go_together() -> None:
    """What must not be sent twice in one call, all else in another."""
    desk = Desk()
    desk.load(*(stored(number, tags=("old",), status=number % 2) for number in range(1, 5)))
    entries, _pages, _end = desk.listing()
    outcomes = desk.push(
        Remove(entries["1"]),
        Add(bookmark(favorite=True)),
        Update(entries["3"], Delta({Field.UNREAD: True, Field.FAVORITE: True}, ("new",), ("old",))),
        Update(entries["4"], Delta({Field.UNREAD: False})),
        Update(entries["2"], Delta()),
    )
    now = desk.sandbox.items

    assert [Done] * 5 == [type(outcome) for outcome in outcomes]
    assert [["add", "readd"], ["delete", "favorite", "tags_add", "tags_remove", "favorite", "archive"]] == desk.sent
    assert (2, 0, 1) == (now["1"].status, now["3"].status, now["4"].status)
    assert (("new",), True) == (now["3"].tags, now["3"].favorite)
    assert Bookmark("https://example.org/3", "Resolved 3", tags=("new",), favorite=True) == attrs.evolve(
        outcomes[2].entry.bookmark,  # type: ignore[union-attr]
        added=None,
    )


def test_a_tag_with_a_quote_is_removed() -> None:
    """The late server stores it with a backslash, and looks for it as it is given."""
    desk = Desk()
    desk.push(Add(bookmark(tags=("it's", "b"))))
    [one] = desk.listing()[0].values()
    desk.push(Update(one, Delta(remove_tags=("it's",))))

    assert ("b",) == only(desk).tags


def test_nothing_that_is_there_is_added_again() -> None:
    """Pocket would make it unread and date it anew: by its url, or by the one that it led to."""
    desk = Desk()
    desk.load(stored(1, status=1), stored(2, given_url="https://t.example/x", resolved_url=URL))
    outcomes = desk.push(Add(bookmark("https://EXAMPLE.org/1")), Add(bookmark()), Add(bookmark(URL + "/new")))
    found = list(desk.adapter.look_up([made("https://EXAMPLE.org/1"), made(URL)], desk.clock.now))

    assert [Failed("It is in the list already.", exists=True)] * 2 == outcomes[:2]
    assert isinstance(outcomes[2], Done)
    assert [["add"]] == desk.sent
    assert "1" == found[0].ref
    assert isinstance(found[1], Elsewhere)
    assert (URL, "2", "https://t.example/x") == (found[1].ref, found[1].entry.ref, found[1].entry.bookmark.url)


def test_nothing_is_added_before_the_whole_list_was_seen() -> None:
    """What has changed since a cursor is not all that is there: the first Add lists the rest."""
    desk = Desk()
    desk.load(stored(2, given_url="https://t.example/x", resolved_url=URL, status=1))
    _entries, _pages, end = desk.listing()
    desk.again()
    desk.listing(end.cursor)
    outcomes = desk.push(Add(bookmark()), Add(bookmark(URL + "/new")))

    assert Failed("It is in the list already.", exists=True) == outcomes[0]
    assert isinstance(outcomes[1], Done)
    before = desk.routes.count("get")
    desk.push(Add(bookmark(URL + "/newer")))
    assert before == desk.routes.count("get")


@pytest.mark.parametrize("pulls", [1, 2])
def test_a_cursor_tells_another_process_what_need_not_be_listed(pulls: int) -> None:
    """What neither the whole list nor any change since has shown is added at once, and read back at once."""
    desk = Desk()
    desk.load(*map(stored, range(1, 90)))
    _entries, _pages, end = desk.listing()
    for _ in range(pulls):
        desk.again()
        desk.clock.now += 3600
        _entries, _pages, end = desk.listing(end.cursor)
    before = len(desk.routes)
    [outcome] = desk.push(Add(bookmark(tags=("a",))))
    list(desk.adapter.look_up([entry(only_new(desk))], desk.clock.now))

    assert isinstance(outcome, Done)
    assert ["send", "get"] == desk.routes[before:]


SHOWN: dict[str, Callable[[Desk], object]] = {
    "given": lambda desk: desk.load(stored(1, given_url=URL, status=1)),
    "led to": lambda desk: desk.load(stored(1, given_url="https://t.example/x", resolved_url=URL, status=1)),
}


@pytest.mark.parametrize("shown", SHOWN)
@pytest.mark.parametrize("when", [0, 1, 2])
def test_what_any_pull_has_shown_is_not_added(when: int, shown: str) -> None:
    """Be it in the whole list or among the changes since, in this process or before: by each url that it has."""
    desk = Desk()
    desk.load(*map(stored, range(2, 90)))
    cursor = None
    for number in range(3):
        desk.again()
        if number == when:
            SHOWN[shown](desk)
            desk.load(attrs.evolve(desk.sandbox.items["1"], time_updated=int(desk.clock.now)))
        cursor = desk.listing(cursor)[2].cursor
        desk.clock.now += 3600

    assert [Failed("It is in the list already.", exists=True)] == desk.push(Add(bookmark()))
    assert (1, []) == (desk.sandbox.items["1"].status, desk.sent)


def without_marks(desk: Desk, end: End) -> None:
    """Go on from a cursor of an older program."""
    desk.listing(Cursor(since_of(end)).text)


def given_up(desk: Desk, end: End) -> None:
    """Read but the first page of what changed."""
    desk.readd(*map(str, range(1, 90)))
    next(iter(desk.adapter.pull(end.cursor)))


def unsettled(desk: Desk, end: End) -> None:
    """Read changes that do not stand still."""
    desk.readd(*map(str, range(1, 90)))
    first = len(desk.wire.urls)
    desk.wire.after |= {first + 1: lambda: desk.readd("3", "4"), first + 3: lambda: desk.readd("5", "6")}
    assert None is desk.listing(end.cursor)[2].cursor


def unread(_desk: Desk, _end: End) -> None:
    """Read nothing."""


@pytest.mark.parametrize("go_on", [without_marks, given_up, unsettled, unread])
def test_nothing_is_added_by_half_a_knowledge(go_on: Callable[[Desk, End], None]) -> None:
    """The whole list is read first."""
    desk = Desk()
    desk.load(*map(stored, range(1, 90)))
    _entries, _pages, end = desk.listing()
    desk.clock.now += 3600
    desk.again()
    go_on(desk, end)
    before = len(desk.routes)
    outcomes = desk.push(Add(bookmark()), Add(bookmark("https://example.org/88")))

    assert [Done, Failed] == [type(outcome) for outcome in outcomes]
    assert desk.routes[before:].count("get") > 3


def test_what_was_removed_is_added_again_after_a_whole_list() -> None:
    """The cursor still has its mark, which may be that of another item."""
    desk = Desk()
    desk.load(stored(1, given_url=URL), stored(2))
    _entries, _pages, end = desk.listing()
    desk.delete("1")
    desk.again()
    desk.listing(end.cursor)
    before = len(desk.routes)
    [outcome] = desk.push(Add(bookmark()))

    assert isinstance(outcome, Done)
    assert desk.routes[before:].index("send") > 1


def test_a_pull_that_was_given_up_has_not_shown_the_whole_list() -> None:
    """The Add reads it again."""
    desk = Desk()
    desk.load(*map(stored, range(1, 40)))
    next(iter(desk.adapter.pull(None)))

    assert [Failed("It is in the list already.", exists=True)] == desk.push(Add(bookmark("https://example.org/39")))


def test_nothing_is_added_where_the_whole_list_cannot_be_seen() -> None:
    """It could overwrite what is not shown; what changes an item by its id goes on."""
    desk = Desk(url=ELSEWHERE)
    desk.sandbox.ignores_offset = True
    desk.load(*map(stored, range(40)))
    with pytest.raises(ProtocolError, match="does not show all that it holds, so adding could overwrite"):
        desk.push(Add(bookmark()))

    assert [] == desk.sent
    assert isinstance(desk.push(Remove(entry(stored(39))))[0], Done)


def test_an_item_that_cannot_be_read_is_not_added_again() -> None:
    """Its urls can be, so it is known to be there; what it is, nobody can tell."""
    desk = Desk(url=ELSEWHERE)
    rows = [
        {"item_id": "1", "favorite": "perhaps", "given_url": URL, "resolved_url": URL + "/there"},
        {"tags": 5, "given_url": URL + "/nameless"},
    ]
    desk.wire.app = lambda environ, start: says(environ, start, list=rows, status=1)
    urls = [URL, URL + "/there", URL + "/nameless"]

    assert [Failed("It is in the list already.", exists=True)] * 3 == desk.push(*(Add(bookmark(url)) for url in urls))
    answers = iter([rows, [rows[1]], []] * 3)
    desk.wire.app = lambda environ, start: says(environ, start, list=next(answers), status=1)
    for url in urls:
        with pytest.raises(ProtocolError, match="cannot be read"):
            list(desk.adapter.look_up([made(url)]))


def test_a_hidden_item_does_not_stand_before_one_that_is_there() -> None:
    """Of two items of a url, the one that is in the list counts."""
    desk = Desk()
    desk.load(
        stored(3, given_url=URL, status=3),
        stored(4, given_url=URL, status=1, time_added=LONG_AGO + 4),
        stored(5, given_url=URL + "/other", status=1),
        stored(6, given_url=URL + "/other", status=3),
    )
    desk.sandbox.account.ids |= {URL: "4", URL + "/other": "5"}

    for url, item_id in ((URL, "4"), (URL + "/other", "5")):
        assert [Failed("It is in the list already.", exists=True)] == desk.push(Add(bookmark(url)))
        [found] = desk.adapter.look_up([made(url)])
        assert item_id == found.ref
    assert (1, 1) == (desk.sandbox.items["4"].status, desk.sandbox.items["5"].status)


def test_what_was_added_and_deleted_may_be_there_as_another_item() -> None:
    """A deleted item does not settle what an Add made; where there is no other, the whole list says so."""
    desk = Desk()
    desk.push(Add(bookmark()), Add(bookmark(URL + "/gone")))
    added = {item.given_url: ref for ref, item in desk.sandbox.items.items()}
    desk.delete(*added.values())
    desk.load(stored(4, given_url=URL))

    assert {"4", URL + "/gone"} == {found.ref for found in desk.adapter.look_up([made(URL), made(URL + "/gone")])}


def test_one_of_two_that_is_removed_makes_room_for_the_other() -> None:
    """The second one is known when it is shown again."""
    desk = Desk()
    desk.load(stored(1, given_url=URL), stored(2, given_url=URL))
    entries, _pages, end = desk.listing()
    desk.push(Remove(entries["1"]))
    list(desk.client.send([actions.favorite("2")]))
    desk.listing(end.cursor)

    assert [Failed("It is in the list already.", exists=True)] == desk.push(Add(bookmark()))


def test_operations_on_one_item_keep_their_order() -> None:
    """Though one that must not be sent twice goes before all others."""
    desk = Desk()
    desk.load(stored(1), stored(2, status=1))
    entries, _pages, _end = desk.listing()
    outcomes = desk.push(
        Update(entries["1"], Delta({Field.UNREAD: False})),
        Update(entries["2"], Delta({Field.UNREAD: True})),
        Update(entries["1"], Delta({Field.UNREAD: True}, ("a",))),
        Remove(entries["2"]),
        Add(bookmark(entries["2"].bookmark.url, tags=("new",))),
    )

    assert [Done] * 5 == [type(outcome) for outcome in outcomes]
    assert [["readd"], ["archive"], ["readd"], ["tags_add", "delete"], ["add"]] == desk.sent
    assert (0, ("a",)) == (desk.sandbox.items["1"].status, desk.sandbox.items["1"].tags)
    assert (0, ("new",)) == (desk.sandbox.items["2"].status, desk.sandbox.items["2"].tags)


def test_a_failure_among_operations_on_one_item_leaves_the_rest_undone() -> None:
    """What was in doubt before it is looked up with the others."""
    desk = Desk()
    desk.load(stored(1))
    entries, _pages, _end = desk.listing()
    desk.sandbox.faults.add(DROP_BEFORE, "send")
    desk.sandbox.faults.add(UNAUTHORIZED, "send")
    outcomes, error = interrupted(
        desk.adapter,
        Update(entries["1"], Delta({Field.UNREAD: True})),
        Update(entries["1"], Delta({Field.UNREAD: False})),
    )

    assert [Unknown] == [type(outcome) for outcome in outcomes]
    assert isinstance(error, CredentialsError)


def test_an_add_in_doubt_is_not_sent_a_second_time_together() -> None:
    """Another one of its url is refused, whatever came of the first."""
    desk = Desk()
    desk.sandbox.faults.add(DROP_AFTER, "send")
    first, second = desk.push(Add(bookmark()), Add(bookmark()))

    assert isinstance(first, Unknown)
    assert Failed("It is in the list already.", exists=True) == second
    assert 1 == desk.sandbox.adds[URL]


def test_what_is_added_twice_together_is_added_once() -> None:
    """In another spelling of its url, too."""
    desk = Desk()
    first, second = desk.push(Add(bookmark("https://example.org/a")), Add(bookmark("https://EXAMPLE.org/a")))

    assert isinstance(first, Done)
    assert Failed("It is in the list already.", exists=True) == second
    assert [["add"]] == desk.sent


def test_what_was_removed_can_be_added_again() -> None:
    """By us, or by somebody else since the last whole list."""
    desk = Desk()
    desk.load(stored(1), stored(2))
    entries, _pages, end = desk.listing()
    desk.push(Remove(entries["1"]))
    desk.clock.now += 10
    list(desk.client.send([delete("2")]))
    desk.listing(end.cursor)

    assert [Done, Done] == [
        type(each) for each in desk.push(*(Add(bookmark(e.bookmark.url)) for e in entries.values()))
    ]
    assert [0, 0] == [item.status for item in desk.sandbox.items.values()]


@pytest.mark.parametrize(
    ("given_one", "why"),
    [
        (bookmark("javascript:alert(1)"), "its url is not one of http or https"),
        (bookmark(URL, title="half \ud83d"), "its title holds half a character"),
        (bookmark(URL, tags=(" ",)), "its list of tags is empty"),
    ],
)
def test_what_pocket_cannot_take_fails_alone(given_one: Bookmark, why: str) -> None:
    """It is not even sent, and the others are."""
    desk = Desk()
    refused, done = desk.push(Add(given_one), Add(bookmark(URL + "2")))

    assert isinstance(refused, Failed)
    assert why in refused.reason
    assert isinstance(done, Done)


def test_what_pocket_cannot_change_is_not_sent() -> None:
    """A title would take adding anew."""
    desk = Desk()
    desk.load(stored(1))
    [refused] = desk.push(Update(entry(stored(1)), Delta({Field.TITLE: "new"})))

    assert refused == Failed("The action edit cannot be sent: Pocket cannot change title.")
    assert [] == desk.routes


def test_what_pocket_declines_fails_alone() -> None:
    """An item that is not there is missing; removing it is done."""
    desk = Desk()
    desk.load(stored(1))
    gone = entry(stored(9))
    outcomes = desk.push(
        Update(gone, Delta({Field.FAVORITE: True}, ("a",))),
        Remove(gone),
        Update(entry(stored(1)), Delta(add_tags=("a",))),
    )

    assert Failed("SavedItem does not exist", missing=True) == outcomes[0]
    assert [Done, Done] == [type(outcome) for outcome in outcomes[1:]]


def test_a_refusal_without_a_reason_says_so() -> None:
    """Some servers only say false."""
    desk = Desk(url=ELSEWHERE)
    desk.wire.app = lambda environ, start: says(environ, start, action_results=[False, False])
    outcomes = desk.push(Remove(entry(stored(1))), Update(entry(stored(2)), Delta(add_tags=("a",))))

    assert [Failed("Pocket refused it without a reason.")] * 2 == outcomes


@pytest.mark.parametrize("fault", [ERROR_BEFORE, ERROR_AFTER, DROP_AFTER, HTML_AFTER, partly(1), refuse()])
def test_an_add_that_goes_unanswered_is_unknown(fault: Fault) -> None:
    """It is never sent again by itself; what does not depend on it goes on, and a look tells what came of it."""
    desk = Desk()
    desk.load(stored(1))
    entries, _pages, _end = desk.listing()
    began = desk.clock.now
    desk.sandbox.faults.add(fault, "send")
    outcomes = desk.push(
        Add(bookmark(unread=False, favorite=True)), Add(bookmark(URL + "2", tags=("a",))), Remove(entries["1"])
    )
    looked = [next(desk.adapter.look_up([made(url)], began)) for url in (URL, URL + "2")]

    assert [Unknown, Unknown, Done] == [type(outcome) for outcome in outcomes]
    assert [["add", "add"], ["delete"]] == desk.sent
    there = {item.given_url for item in desk.sandbox.items.values()}
    assert [url in there for url in (URL, URL + "2")] == [isinstance(found, Entry) for found in looked]
    assert {True} >= {found.bookmark.unread for found in looked if isinstance(found, Entry)}


@pytest.mark.parametrize("fault", [DROP_AFTER, ERROR_BEFORE])
def test_an_add_without_all_that_belongs_to_it_is_unknown(fault: Fault) -> None:
    """What follows is tried three times; a plain add beside it is done."""
    desk = Desk()
    desk.sandbox.faults.add(fault, "send", skip=1, times=3)
    part, done = desk.push(Add(bookmark(favorite=True)), Add(bookmark(URL + "2")))

    assert isinstance(part, Unknown)
    assert part.reason.startswith("It was added, but not yet with all that belongs to it. Pocket failed at send")
    assert isinstance(done, Done)
    assert 1 == desk.sandbox.adds[URL]


def test_a_part_that_is_refused_leaves_the_whole_unknown() -> None:
    """Whoever asked looks, and brings the rest about."""
    desk = Desk(url=ELSEWHERE)
    answers = iter([{"list": {}, "status": 2}, [{"item_id": "1"}], [True, False], [False, True]])

    def app(environ: Any, start: Callable[..., Any]) -> list[bytes]:
        found = next(answers)
        return says(environ, start, **(found if isinstance(found, dict) else {"action_results": found}))

    desk.wire.app = app
    [added_one] = desk.push(Add(bookmark(unread=False, favorite=True)))
    [updated] = desk.push(Update(entry(stored(2)), Delta({Field.FAVORITE: True}, ("a",))))

    assert (
        Unknown("It was added, but not yet with all that belongs to it. Pocket refused it without a reason.")
        == added_one
    )
    assert Unknown("Pocket refused it without a reason.") == updated


def test_words_of_a_part_that_is_refused_are_told() -> None:
    """They are the service's."""
    desk = Desk()
    desk.wire.app = lambda environ, start: says(
        environ, start, action_results=[False, True], action_errors=["busy", None]
    )
    [updated] = desk.push(Update(entry(stored(2)), Delta({Field.FAVORITE: True}, ("a",))))

    assert Unknown("Pocket refused a part of it: busy.") == updated


def interrupted(adapter: PocketAdapter, *operations: Operation) -> tuple[list[Outcome], BridgeError]:
    """Carry out operations until an error is raised; return the outcomes before it, and the error."""
    outcomes: list[Outcome] = []
    try:
        for outcome in adapter.push(operations):
            outcomes.append(outcome)
    except BridgeError as error:
        return outcomes, error
    raise AssertionError("nothing was raised")


@pytest.mark.parametrize(("skip", "kinds"), [(0, []), (1, [Unknown, Done])])
def test_an_account_that_fails_as_a_whole_is_raised(skip: int, kinds: list[type[Outcome]]) -> None:
    """Before anything was sent there is no outcome; after that, each operation that began has one."""
    desk = Desk()
    desk.listing()
    desk.sandbox.faults.add(UNAUTHORIZED, "send", skip=skip)
    outcomes, error = interrupted(
        desk.adapter, Add(bookmark(favorite=True)), Add(bookmark(URL + "2")), Remove(entry(stored(1)))
    )

    assert isinstance(error, CredentialsError)
    assert kinds == [type(outcome) for outcome in outcomes]


def test_a_wish_to_stop_is_granted_between_two_calls() -> None:
    """What comes before something that was begun is in doubt with it, what comes after has no outcome."""
    desk = Desk()

    def sleep(seconds: float) -> None:
        if seconds:
            raise Stopped("Stopped as you asked.")

    adapter = build_with(desk, sleep)
    desk.sandbox.faults.add(ERROR_AFTER, "send", skip=1)
    outcomes, error = interrupted(
        adapter, Remove(entry(stored(1))), Add(bookmark(favorite=True)), Remove(entry(stored(2)))
    )

    assert isinstance(error, Stopped)
    assert [
        Unknown("Stopped as you asked."),
        Unknown("It was added, but not yet with all that belongs to it. Stopped as you asked."),
    ] == outcomes


def build_with(desk: Desk, sleep: Callable[[float], None]) -> PocketAdapter:
    """Open the account of a desk for somebody who sleeps otherwise."""
    context = attrs.evolve(desk.context, sleep=sleep)
    return PocketAdapter(desk.config, context, PocketClient(desk.config, context, desk.wire))


def test_ids_that_an_answer_lacks_are_asked_for() -> None:
    """Once for the whole batch, by url."""
    desk = Desk(url=ELSEWHERE)
    desk.sandbox.bare_results = True
    desk.listing()
    before = len(desk.routes)
    outcomes = desk.push(
        Add(bookmark(favorite=True)), Add(bookmark(URL + "2", tags=("a",))), Add(bookmark(URL + "3", unread=False))
    )

    assert [Done] * 3 == [type(outcome) for outcome in outcomes]
    assert (["send"], ["send"]) == (desk.routes[before : before + 1], desk.routes[-1:])
    assert {"get"} == set(desk.routes[before + 1 : -1])
    assert {URL: True, URL + "2": False, URL + "3": False} == {
        item.given_url: item.favorite for item in desk.sandbox.items.values()
    }


def test_an_item_that_is_not_shown_yet_is_unknown() -> None:
    """It was added; which item it is, the next look tells."""
    desk = Desk(url=ELSEWHERE)
    desk.sandbox.bare_results = True
    desk.sandbox.account.crawl = lambda _url: None
    [outcome] = desk.push(Add(bookmark()))

    assert Unknown("It was added, but not shown as an item yet.") == outcome


def test_a_listing_that_fails_after_an_add_leaves_it_unknown() -> None:
    """The error is not the operation's."""
    desk = Desk(url=ELSEWHERE)
    desk.sandbox.bare_results = True
    desk.listing()
    desk.sandbox.faults.add(ERROR_BEFORE, "get", times=9)

    assert [Unknown("It was added, but not shown as an item yet.")] == desk.push(Add(bookmark()))


# Looking up.


@pytest.mark.parametrize("dialect", ["late", "legacy"])
@pytest.mark.parametrize("ahead", [-5000.0, 0.0, 5000.0])
def test_a_look_asks_for_what_changed(dialect: str, ahead: float) -> None:
    """From when the writes began, in the service's time; the rest of the list is left alone."""
    desk = Desk(ahead=ahead)
    desk.sandbox.dialect = dialect
    desk.load(*map(stored, range(1, 100)))
    began = desk.clock.now
    desk.clock.now += 60
    list(desk.client.send([delete("5"), delete("50")]))
    desk.push(Update(entry(stored(7)), Delta({Field.UNREAD: False})))
    desk.again()
    before = len(desk.routes)
    found = list(desk.adapter.look_up([entry(stored(7)), entry(stored(5))], began))

    assert [Missing("5")] == [each for each in found if isinstance(each, Missing)]
    assert [("7", False)] == [(each.ref, each.bookmark.unread) for each in found if isinstance(each, Entry)]
    assert 2 == len(desk.routes) - before
    assert int(began + ahead) - OVERLAP == desk.sandbox.log[-1].args["since"]


def test_what_an_add_dated_itself_is_found_in_the_whole_list() -> None:
    """Its date is the time of its last change, so no list of what changed since shows it."""
    desk = Desk()
    desk.load(*map(stored, range(1, 40)))
    began = desk.clock.now
    desk.push(Add(bookmark()))
    desk.again()
    [found] = desk.adapter.look_up([made(URL)], began)

    assert isinstance(found, Entry)
    assert URL == found.bookmark.url


def test_what_was_added_with_a_date_is_read_back_from_that_date_on() -> None:
    """The process that added it knows the date; what came before it is left alone."""
    desk = Desk()
    desk.load(*map(stored, range(1, 90)))
    desk.listing()
    began = desk.clock.now
    desk.push(Add(bookmark(added=datetime.fromtimestamp(LONG_AGO + 85, UTC))))
    before = len(desk.routes)
    [found] = desk.adapter.look_up([entry(only_new(desk))], began)

    assert isinstance(found, Entry)
    assert URL == found.bookmark.url
    asked = desk.sandbox.log[before:]
    assert [int(began) - OVERLAP, LONG_AGO + 84] == sorted({call.args["since"] for call in asked}, reverse=True)


def test_what_is_in_no_list_is_missing() -> None:
    """Only then."""
    desk = Desk()
    desk.load(*map(stored, range(1, 40)))
    asked = [made(URL), entry(stored(77)), entry(stored(3))]
    found = list(desk.adapter.look_up(asked, desk.clock.now))

    assert [Missing(URL), Missing("77")] == [each for each in found if isinstance(each, Missing)]
    assert ["3"] == [each.ref for each in found if isinstance(each, Entry)]
    assert found == list(desk.adapter.look_up(asked))


def test_a_namesake_is_found_by_its_url() -> None:
    """Where the item asked for is not there any more."""
    desk = Desk()
    desk.load(stored(1, given_url=URL), stored(3))
    asked = Entry("99", bookmark(URL))
    [found] = desk.adapter.look_up([asked])

    assert ("1", URL) == (found.ref, found.bookmark.url)  # type: ignore[union-attr]


def test_an_item_whose_page_is_not_known_yet_is_found_by_its_id() -> None:
    """It has no url of its own, so it has the one that was asked for."""
    desk = Desk()
    desk.load(stored(1, page=None))
    [found] = desk.adapter.look_up([Entry("1", bookmark(URL))])

    assert ("1", URL) == (found.ref, found.bookmark.url)  # type: ignore[union-attr]


def test_what_was_added_as_another_item_is_elsewhere() -> None:
    """The answer of the add told which item the service took it for."""
    desk = Desk()
    desk.sandbox.account.resolves[URL] = "https://example.org/1"
    desk.load(stored(1))
    [outcome] = desk.push(Add(bookmark()))
    [found] = desk.adapter.look_up([made(URL)])

    assert "1" == outcome.entry.ref  # type: ignore[union-attr]
    assert isinstance(found, Elsewhere)
    assert (URL, "1", "https://example.org/1") == (found.ref, found.entry.ref, found.entry.bookmark.url)


def test_doubts_of_one_push_are_settled_by_one_look() -> None:
    """The others are told from the same lists, for a minute and once; then it is asked again."""
    desk = Desk()
    desk.load(*map(stored, range(1, 40)))
    entries, _pages, _end = desk.listing()
    began = desk.clock.now - 10_000
    desk.sandbox.faults.add(DROP_BEFORE, "send")
    urls = [f"{URL}{number}" for number in range(3)]
    outcomes = desk.push(*(Add(bookmark(url)) for url in urls), Update(entries["1"], Delta(add_tags=("a",))))
    counts = []
    for url in (*urls[:2], urls[0]):
        before = len(desk.routes)
        assert [Missing(url)] == list(desk.adapter.look_up([made(url)], began))
        counts.append(len(desk.routes) - before)
    desk.clock.now += 61
    before = len(desk.routes)
    list(desk.adapter.look_up([made(urls[2])], began))

    assert [Unknown, Unknown, Unknown, Done] == [type(outcome) for outcome in outcomes]
    assert counts[0] > 0 == counts[1] < counts[2]
    assert len(desk.routes) > before
    sinces = {call.args["since"] for call in desk.sandbox.log if "since" in call.args}
    assert min(sinces) > began


def test_a_new_push_makes_old_answers_void() -> None:
    """What was missing then may be there now."""
    desk = Desk()
    desk.listing()
    desk.sandbox.faults.add(DROP_BEFORE, "send")
    desk.push(Add(bookmark()), Add(bookmark(URL + "2")))
    list(desk.adapter.look_up([made(URL)], desk.clock.now))
    desk.push(Add(bookmark(URL + "2")))

    assert isinstance(next(desk.adapter.look_up([made(URL + "2")], desk.clock.now)), Entry)


def test_most_of_an_account_is_looked_up_in_the_whole_list() -> None:
    """The list of what changed would be as long."""
    desk = Desk()
    desk.load(*map(stored, range(1, 10)))
    entries, _pages, _end = desk.listing()
    list(desk.adapter.look_up(list(entries.values()), desk.clock.now))

    assert all("since" not in call.args for call in desk.sandbox.log)


@pytest.mark.parametrize("held", [5, 30, 31, 100])
def test_a_server_that_ignores_the_offset_cannot_say_missing(held: int) -> None:
    """Nothing proves that what it gives is all it has; what it shows is found."""
    desk = Desk(url=ELSEWHERE)
    rows = {str(number): {"given_url": f"{URL}{number}"} for number in range(held)}
    desk.wire.app = lambda environ, start: says(environ, start, list=rows, status=1)
    with pytest.raises(ProtocolError, match="does not prove that it lists all that it holds"):
        list(desk.adapter.look_up([made(URL)], desk.clock.now))

    assert "3" == next(desk.adapter.look_up([made(f"{URL}3")])).ref


@pytest.mark.parametrize("dialect", ["late", "legacy"])
@pytest.mark.parametrize("change", [Desk.readd, Desk.delete])
def test_an_item_is_not_missing_because_another_one_moves(change: Callable[[Desk, str], None], dialect: str) -> None:
    """The list is read anew before anything is called missing."""
    desk = Desk()
    desk.sandbox.dialect = dialect
    desk.load(*(stored(number, status=1) for number in range(1, 91)))
    desk.wire.after[1] = lambda: (change(desk, "3"), change(desk, "4"))
    found = list(desk.adapter.look_up([entry(stored(number)) for number in (31, 32, 99)]))

    assert [Missing("99")] == [each for each in found if isinstance(each, Missing)]
    assert {"31", "32", "99"} == {each.ref for each in found}


def test_nothing_is_missing_from_a_list_that_does_not_stand_still() -> None:
    """The look fails instead."""
    desk = Desk()
    desk.load(*map(stored, range(1, 91)))
    desk.wire.after |= {1: lambda: desk.readd("3", "4"), 3: lambda: desk.readd("5", "6")}
    with pytest.raises(ProtocolError, match="changes while it is read"):
        list(desk.adapter.look_up([entry(stored(99))]))


def test_what_calls_cost() -> None:
    """A full pull of N items is one call for each 29 and two more; a look-up by what changed is one or two."""
    counts = []
    for held in (0, 1, 29, 30, 90, 900):
        desk = Desk()
        desk.load(*map(stored, range(held)))
        desk.listing()
        counts.append(len(desk.routes))

    assert [1, 2, 3, 3, 6, 33] == counts


def test_an_item_that_cannot_be_read_is_not_missing() -> None:
    """The look fails instead."""
    desk = Desk(url=ELSEWHERE)
    answers = iter([{"1": {"tags": 5}}, {}])
    desk.wire.app = lambda environ, start: says(environ, start, list=next(answers), status=1)
    with pytest.raises(ProtocolError, match="item 1 cannot be read"):
        list(desk.adapter.look_up([entry(stored(1))]))


def test_nothing_is_asked_about_nothing() -> None:
    """No call is made, whatever the last push has left in doubt."""
    desk = Desk()
    desk.sandbox.faults.add(DROP_BEFORE, "send")
    desk.push(Add(bookmark()))
    before = list(desk.routes)

    assert [] == list(desk.adapter.look_up([], desk.clock.now))
    assert before == desk.routes


def test_a_look_that_fails_is_raised() -> None:
    """It is never Missing."""
    desk = Desk()
    desk.sandbox.faults.add(ERROR_BEFORE, "get", times=9)
    with pytest.raises(Unavailable):
        list(desk.adapter.look_up([made(URL)], desk.clock.now))


# The account.


def test_a_check_is_one_call() -> None:
    """It tells how many calls are left, where the service says so."""
    desk = Desk(user="alice")
    desk.sandbox.dialect, desk.sandbox.limits = "legacy", 320
    checked = desk.adapter.check()

    assert ("alice", ["get"]) == (checked.user, desk.routes)
    assert (Quota("user", 319, 320, 3600.0), Quota("key", 9999, 10_000, 3600.0)) == checked.quotas
    assert () == Desk().adapter.check().quotas


def test_an_account_has_the_capabilities_of_pocket_without_what_it_lacks() -> None:
    """At its own pace."""
    plain, lacking = Desk().adapter, Desk(url=ELSEWHERE, lacks=("tags",), gaps={"default": 2.0}).adapter

    assert plain.capabilities == CAPABILITIES
    assert lacking.capabilities.reads == CAPABILITIES.reads - {Field.TAGS}
    assert 2.0 == lacking.capabilities.cost.gap
    assert (0, Desk().config.url) == (plain.calls, plain.identity.split()[1])


def test_the_spec_opens_the_account() -> None:
    """With a client of its own, and without a call."""
    desk = Desk()
    opened: Adapter = build(desk.config, desk.context)

    assert isinstance(opened, PocketAdapter)
    assert (desk.adapter.identity, 0) == (opened.identity, opened.calls)


def test_an_answer_of_another_add_is_not_believed() -> None:
    """Results that come in another order: each item is found by its own url, and the flags land where they should."""
    desk = Desk()
    wanted = [
        Bookmark(f"https://example.org/{number}", f"T{number}", unread=number % 2 == 0, favorite=number > 1)
        for number in range(3)
    ]
    true = desk.wire.app

    def swapped(environ: dict[str, Any], start: Any) -> Any:
        answer = Client(true).open(EnvironBuilder.from_environ(environ))
        body = answer.get_json(silent=True) or {}
        if "action_results" in body:
            body["action_results"].reverse()
        return Response(json.dumps(body), answer.status_code, content_type="application/json")(environ, start)

    desk.wire.app = swapped
    list(desk.adapter.push([Add(bookmark) for bookmark in wanted]))
    held = {item.given_url: item for item in desk.sandbox.items.values()}

    assert [(one.unread, one.favorite) for one in wanted] == [
        (held[one.url].status == 0, held[one.url].favorite) for one in wanted
    ]
