"""What Nextcloud and News send, and how it is read."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.lenient import Garbled
from adapters.nextcloud_news import wire, wire_server
from adapters.nextcloud_news.wire import (
    ApiLevels,
    Broken,
    Feed,
    FeedOwner,
    Feeds,
    Folder,
    Item,
    Items,
    Status,
    Warnings,
)
from adapters.nextcloud_news.wire_server import CloudUser, Flow, Granted, Poll, ServerStatus

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
numbers = st.integers(-(2**40), 2**63)
ids = st.integers(1, 2**63)
items = st.builds(
    Item,
    id=ids,
    feedId=ids,
    guidHash=texts.filter(bool),
    guid=texts,
    url=st.none() | texts,
    title=st.none() | texts,
    author=st.none() | texts,
    pubDate=st.none() | numbers,
    updatedDate=st.none() | numbers,
    body=texts,
    enclosureMime=st.none() | texts,
    mediaDescription=st.none() | texts,
    unread=st.booleans(),
    starred=st.booleans(),
    lastModified=numbers,
    rtl=st.booleans(),
    fingerprint=st.none() | texts,
)
feeds = st.builds(
    Feed,
    id=ids,
    title=texts,
    folderId=st.none() | numbers,
    lastUpdateError=st.none() | texts,
    unreadCount=st.none() | ids,
)

FULL = {
    "id": 61,
    "guid": "odd:no-title",
    "guidHash": "6d1747",
    "url": None,
    "title": None,
    "author": None,
    "pubDate": 1767603600,
    "updatedDate": None,
    "body": "Item without a title.",
    "enclosureMime": None,
    "enclosureLink": None,
    "mediaThumbnail": None,
    "mediaDescription": None,
    "feedId": 2,
    "unread": True,
    "starred": False,
    "lastModified": 1795223788,
    "rtl": False,
    "fingerprint": "cf28",
    "contentHash": "cf28",
}


def encoded(document: Any) -> bytes:
    """Write a document as the server does: escaped to ASCII."""
    return json.dumps(document).encode()


def listed(*records: Any) -> bytes:
    """Write an answer of items."""
    return encoded({"items": records})


def one(record: Any) -> Item:
    """Read an answer of one item."""
    [item] = wire.decode_items(listed(record)).items
    return item


@given(st.lists(items, max_size=3))
def test_items_that_are_written_are_read_back(wanted: list[Item]) -> None:
    """Nothing of an item is lost, neither a null nor an empty text."""
    assert wire.decode_items(listed(*map(attrs.asdict, wanted))) == Items(tuple(wanted))


@given(st.lists(feeds, max_size=3), st.none() | ids)
def test_feeds_that_are_written_are_read_back(wanted: list[Feed], newest: int | None) -> None:
    """Counts and titles, and the newest id where there is one."""
    answer = Feeds(tuple(wanted), 7, newest)

    assert wire.decode_feeds(encoded(attrs.asdict(answer))) == answer


@given(st.lists(st.builds(Folder, ids, texts, st.booleans()), max_size=3))
def test_folders_that_are_written_are_read_back(wanted: list[Folder]) -> None:
    """Their own list of feeds, which is always empty, is passed over."""
    rows = [{**attrs.asdict(folder), "feeds": []} for folder in wanted]

    assert wire.decode_folders(encoded({"folders": rows})) == tuple(wanted)


@given(texts.filter(bool), texts.filter(bool), texts)
def test_logins_that_are_written_are_read_back(name: str, password: str, server: str) -> None:
    """Both ends of the login flow."""
    flow, granted = Flow(Poll(password, server), server), Granted(server, name, password)

    assert wire_server.decode_flow(encoded(attrs.asdict(flow))) == flow
    assert wire_server.decode_granted(encoded(attrs.asdict(granted))) == granted


def test_an_item_has_the_twenty_keys_of_the_vendor() -> None:
    """Every key has a field, and every field a key."""
    assert set(FULL) == {field.name for field in attrs.fields(Item)}
    assert one(FULL) == Item(**FULL)


def test_null_and_nothing_are_told_apart() -> None:
    """A title may be missing in the feed, or be empty in it."""
    bare, empty = one(FULL), one({**FULL, "title": "", "url": "", "author": ""})

    assert (bare.title, bare.url, bare.author) == (None, None, None)
    assert (empty.title, empty.url, empty.author) == ("", "", "")


def test_an_item_of_an_older_server_lacks_keys() -> None:
    """Fifteen in 2016, with a fingerprint of null; what is not said to be read is unread, and not starred."""
    item = one({"id": 1, "feedId": 2, "guidHash": "a", "fingerprint": None, "unread": None})

    assert (item.unread, item.starred, item.fingerprint, item.contentHash) == (True, False, None, None)


def test_an_item_of_a_newer_server_has_more_keys() -> None:
    """News 28 adds `filtered`; it does no harm."""
    assert one({**FULL, "filtered": True}) == one(FULL)


def test_numbers_and_flags_may_be_written_as_text() -> None:
    """Some drivers of databases give text for everything."""
    item = one({**FULL, "id": "61", "feedId": "2", "unread": "0", "starred": 1, "pubDate": "5", "lastModified": "6"})

    assert (item.id, item.feedId, item.unread, item.starred, item.pubDate, item.lastModified) == (
        61,
        2,
        False,
        True,
        5,
        6,
    )


@pytest.mark.parametrize(
    ("record", "broken"),
    [
        (7, Broken(None, None, None, "without an object where an object is due")),
        ([], Broken(None, None, None, "without an object where an object is due")),
        ({}, Broken(None, None, None, "without id")),
        ({"id": 3, "feedId": 4}, Broken(3, 4, None, "without guidHash")),
        ({"id": 3, "feedId": "x", "guidHash": "h"}, Broken(3, None, "h", "without a number where a number is due")),
        ({**FULL, "id": 0}, Broken(None, 2, "6d1747", "without a name of its own")),
        ({**FULL, "feedId": -2}, Broken(61, None, "6d1747", "without a name of its own")),
        ({**FULL, "guidHash": None}, Broken(61, 2, None, "without a name of its own")),
        ({**FULL, "title": ["x"]}, Broken(61, 2, "6d1747", "without text where text is due")),
        ({**FULL, "guidHash": {}}, Broken(61, 2, None, "without text where text is due")),
        ({**FULL, "body": "\ud83d"}, Broken(61, 2, "6d1747", "with half a character in a text")),
    ],
)
def test_a_record_that_is_no_item_costs_itself_alone(record: Any, broken: Broken) -> None:
    """Its neighbours are read, and of its name as much as there is."""
    found = wire.decode_items(listed({**FULL, "id": 9}, record, {**FULL, "id": 8}))

    assert [item.id for item in found.items] == [9, 8]
    assert found.broken == (broken,)
    assert len(found) == 3
    assert set(found.ids) == {9, 8, broken.id} - {None}


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "empty"),
        (b"<!DOCTYPE html><html></html>", "an HTML page"),
        (b"[]", "JSON without items"),
        (b"null", "JSON without an object"),
        (b'{"items":null}', "JSON without a list of items"),
        (b'{"items":"x"}', "JSON without a list of items"),
        (b'{"items":[', "not JSON"),
        (b'{"feeds":[]}', "JSON without items"),
        (
            b'{"message":"Setting getRead on an already filtered list is not allowed!"}',
            "without items and says: Setting getRead on an already filtered list is not allowed",
        ),
        (b'{"message":"<b>no</b>"}', "JSON without items"),
        (b'{"message":["x"]}', "JSON without items"),
    ],
)
def test_what_is_no_listing_is_garbled(body: bytes, why: str) -> None:
    """Status 200 or not: without its key an answer is never an empty listing, and says why if the server does."""
    with pytest.raises(Garbled) as garbled:
        wire.decode_items(body)

    assert str(garbled.value) == why


def test_a_list_may_come_as_a_map() -> None:
    """PHP writes a list that has lost a member as a map."""
    assert wire.decode_items(encoded({"items": {"0": FULL, "2": {**FULL, "id": 3}}})).ids == (61, 3)


def test_feeds_without_a_list_are_garbled() -> None:
    """Null there would take the names, which are tags, from all items."""
    for body in (b'{"feeds":null}', b'{"feeds":[{"title":"no id"}]}', b'{"folders":[]}'):
        with pytest.raises(Garbled):
            wire.decode_feeds(body)
    with pytest.raises(Garbled):
        wire.decode_folders(b'{"folders":null}')


def test_an_account_without_items_has_no_newest_one() -> None:
    """The key is missing then; a feed at the root has null for a folder, or 0 at older servers."""
    answer = wire.decode_feeds(
        encoded({"starredCount": 0, "feeds": [{"id": 1, "folderId": None}, {"id": 2, "folderId": 0}]})
    )

    assert answer == Feeds((Feed(1), Feed(2, folderId=0)), 0, None)


def test_the_answer_that_creates_holds_what_was_created() -> None:
    """A list of one, and without it nothing is known."""
    assert wire.decode_feed(encoded({"feeds": [{"id": 9, "unreadCount": None}], "newestItemId": 5})) == Feed(9)
    assert wire.decode_folder(encoded({"folders": [{"id": 6, "name": "Later"}]})) == Folder(6, "Later")
    for decode, body in ((wire.decode_feed, b'{"feeds":[]}'), (wire.decode_folder, b'{"folders":[]}')):
        with pytest.raises(Garbled, match="without a f"):
            decode(body)


def test_small_answers_are_read() -> None:
    """Version, status, the probe, the feeds of all users, status.php."""
    warned = {"version": "27.2.0", "warnings": {"improperlyConfiguredCron": True, "incorrectDbCharset": 0}}

    assert wire.decode_version(b'{"version":"27.2.0"}') == "27.2.0"
    assert wire.decode_status(encoded(warned)) == Status("27.2.0", Warnings(True, False))
    assert wire.decode_status(b'{"version":"5"}') == Status("5")
    assert wire.decode_api_levels(b'{"apiLevels":["v1-2","v2"]}') == ApiLevels(("v1-2", "v2"))
    assert wire.decode_feed_owners(b'{"feeds":[{"id":3,"userId":"alice"}]}') == (FeedOwner(3, "alice"),)
    assert wire_server.decode_server_status(b'{"installed":true,"maintenance":true}') == ServerStatus(True, True)


def test_the_answer_to_a_write_says_nothing() -> None:
    """An empty array, null, or nothing; a page is no answer of the API."""
    for body in (b"[]", b"null", b"", b" \n"):
        assert wire.decode_nothing(body) is None
    for body in (b"<html></html>", b"[", b"done"):
        with pytest.raises(Garbled):
            wire.decode_nothing(body)


def test_an_envelope_of_ocs_is_opened() -> None:
    """Only if it says ok."""
    ok = {"status": "ok", "statuscode": 200}
    user = {"ocs": {"meta": ok, "data": {"id": "alice", "displayname": "Alice", "email": None, "groups": []}}}
    made = {"ocs": {"meta": ok, "data": {"apppassword": "secret"}}}

    assert wire_server.decode_cloud_user(encoded(user)) == CloudUser("alice", "Alice")
    assert wire_server.decode_app_password(encoded(made)) == "secret"


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"ocs": []},
        {"ocs": {"meta": None, "data": {"apppassword": "x", "id": "x"}}},
        {"ocs": {"meta": {"status": "failure"}, "data": {"apppassword": "x", "id": "x"}}},
        {"ocs": {"meta": {"status": "ok"}, "data": []}},
        {"ocs": {"meta": {"status": "ok"}}},
        {"ocs": {"meta": {"status": "ok"}, "data": {"apppassword": None}}},
    ],
)
def test_an_envelope_without_what_is_due_is_garbled(document: Any) -> None:
    """A failure may come with status 200."""
    for decode in (wire_server.decode_cloud_user, wire_server.decode_app_password):
        with pytest.raises(Garbled):
            decode(encoded(document))


def test_half_a_login_is_garbled() -> None:
    """An answer without a name or a password is not one that was granted."""
    for name, password in (("", "x"), ("x", ""), (None, None)):
        with pytest.raises(Garbled, match="without a login"):
            wire_server.decode_granted(encoded({"server": "s", "loginName": name, "appPassword": password}))


def test_secrets_of_the_flow_are_in_no_repr() -> None:
    """The token, the page that is as good as it, the password."""
    shown = repr(Flow(Poll("hunter2", "https://e/poll"), "https://e/hunter2")) + repr(Granted("s", "alice", "hunter2"))

    assert "hunter2" not in shown
    assert "alice" in shown


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"message":"Feed with this URL exists"}', "Feed with this URL exists"),
        (b'{"message":""}', ""),
        (b'{"message":null}', ""),
        (b"[]", None),
        (b"", None),
        (b"<html></html>", None),
        (b'{"message":{}}', None),
    ],
)
def test_messages_are_found(body: bytes, message: str | None) -> None:
    """An empty one is a message too: it is what a wrong password is answered."""
    assert wire.decode_message(body) == message


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (" Not allowed! ", "Not allowed"),
        (None, ""),
        ("SELECT `items`.* FROM x", ""),
        ("a <b>page</b>", ""),
        ("two\nlines", ""),
        ("x" * 201, ""),
    ],
)
def test_only_harmless_words_are_quoted(words: str | None, shown: str) -> None:
    """SQL, markup, and what is long or has several lines are not for a person."""
    assert wire.quotable(words) == shown


def test_times_are_in_seconds_or_in_microseconds() -> None:
    """Beyond ten digits the server means microseconds; a date that no calendar has is none."""
    assert (
        wire.modified(1_795_223_788)
        == wire.modified(1_795_223_788_000_000)
        == datetime(2026, 11, 21, 1, 16, 28, tzinfo=UTC)
    )
    assert wire.moment(-2_114_380_800) == datetime(1903, 1, 1, tzinfo=UTC)
    assert wire.moment(253_402_300_800) is None
    assert wire.modified(10**29) is None


@given(st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)))  # noqa: DTZ001 - made aware below
def test_every_date_of_the_calendar_is_read_back(naive: datetime) -> None:
    """To the second."""
    wanted = naive.replace(microsecond=0, tzinfo=UTC)

    assert wire.moment((wanted - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)) == wanted


DECODERS = (
    wire.decode_items,
    wire.decode_feeds,
    wire.decode_feed,
    wire.decode_folders,
    wire.decode_folder,
    wire.decode_feed_owners,
    wire.decode_version,
    wire.decode_status,
    wire.decode_api_levels,
    wire.decode_nothing,
    wire.decode_message,
    wire_server.decode_server_status,
    wire_server.decode_flow,
    wire_server.decode_granted,
    wire_server.decode_app_password,
    wire_server.decode_cloud_user,
)
KEYS = (
    *FULL,
    *("items", "feeds", "folders", "version", "warnings", "apiLevels", "message", "name", "folderId", "newestItemId"),
    *("installed", "poll", "token", "login", "server", "loginName", "appPassword", "ocs", "meta", "data", "status"),
)
json_trees = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.just("\ud83d")
    | st.just("ok"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
    max_leaves=15,
)


@given(st.binary() | json_trees.map(encoded) | st.dictionaries(st.sampled_from(KEYS), json_trees).map(encoded))
def test_nothing_but_garbled_is_ever_raised(body: bytes) -> None:
    """Whatever comes, the decoders answer or call it garbled."""
    answers = []
    for decode in DECODERS:
        try:
            answers.append(decode(body))
        except Garbled as error:
            answers.append(error)

    assert len(answers) == len(DECODERS)


@given(st.sampled_from(sorted(FULL)), json_trees)
def test_any_value_may_stand_anywhere_in_an_item(key: str, value: Any) -> None:
    """It is an item, or a broken record, and its neighbour is read in any case."""
    found = wire.decode_items(listed({**FULL, key: value}, {**FULL, "id": 62}))

    assert len(found) == 2
    assert 62 in found.ids
