"""The News API of the sandbox and the rules of its account, in both versions."""

from __future__ import annotations

import hashlib
import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.nextcloud_news.sandbox import NewsSandbox
from adapters.nextcloud_news.sandbox_account import Account, Feed, Folder, Item, Numbers, Source
from tests.adapters.nextcloud_news.sandbox_caller import Caller
from tests.support.clock import FakeClock

LEVELS = ("v1-2", "v1-3")
A_HUNDRED_THOUSAND = Item(guid="the same object saves time")
FUTURE = 9_223_372_036_854_775_807


def html(answer: Any, status: int) -> bool:
    """Tell whether an answer is this failure with a page of HTML."""
    return answer.status_code == status and answer.mimetype == "text/html" and "<h1>" in answer.text


def sandbox_at(clock: FakeClock) -> NewsSandbox:
    """Give alice three feeds: 1 in folder 1 with items 1 to 4, 2 at the root with 5 and 6, 3 without any."""
    sandbox = NewsSandbox(clock=clock, sleep=clock.sleep)
    sandbox.load(
        [Feed(1, "Tech", folder_id=1), Feed(2, "Art"), Feed(3, "Quiet", folder_id=2)],
        [Folder(2, "Zoo"), Folder(1, "Boats")],
        [
            Item(1, 1, "https://example.org/1", "One", unread=False),
            Item(2, 1, "https://example.org/2", "Two", starred=True),
            Item(3, 1, "https://example.org/3", "Three", unread=False, starred=True),
            Item(4, 1, "https://example.org/4", "Four"),
            Item(5, 2, None, None, guid="urn:five", starred=True),
            Item(6, 2, "https://example.org/6", ""),
        ],
    )
    return sandbox


@pytest.fixture
def clock() -> FakeClock:
    """Make the clock that the sandbox looks at."""
    return FakeClock()


@pytest.fixture
def call(clock: FakeClock) -> Caller:
    """Call v1-3."""
    return Caller(sandbox_at(clock))


@pytest.fixture(params=LEVELS)
def any_level(request: pytest.FixtureRequest, clock: FakeClock) -> Caller:
    """Call one version after the other."""
    return Caller(sandbox_at(clock), request.param)


@pytest.fixture
def v12(clock: FakeClock) -> Caller:
    """Call v1-2."""
    return Caller(sandbox_at(clock), "v1-2")


def list_key(call: Caller) -> str:
    """Return the name of the list of items in calls for many."""
    return "items" if call.level == "v1-2" else "itemIds"


def test_items_come_newest_number_first(any_level: Caller) -> None:
    """Without parameters everything comes, whatever was published when."""
    assert any_level.ids() == [6, 5, 4, 3, 2, 1]
    assert any_level.ids(oldestFirst="true") == [1, 2, 3, 4, 5, 6]


def test_an_item_has_twenty_keys(call: Caller) -> None:
    """Title and url may be null, and the hash is that of the guid."""
    item = call.items()[1]

    assert item == {
        "id": 5,
        "guid": "urn:five",
        "guidHash": hashlib.md5(b"urn:five", usedforsecurity=False).hexdigest(),
        "url": None,
        "title": None,
        "author": None,
        "pubDate": 1_500_000_000,
        "updatedDate": None,
        "body": "",
        "enclosureMime": None,
        "enclosureLink": None,
        "mediaThumbnail": None,
        "mediaDescription": None,
        "feedId": 2,
        "unread": True,
        "starred": True,
        "lastModified": 1_600_000_000,
        "rtl": False,
        "fingerprint": hashlib.md5(b"", usedforsecurity=False).hexdigest(),
        "contentHash": hashlib.md5(b"", usedforsecurity=False).hexdigest(),
    }


@pytest.mark.parametrize(
    ("args", "ids"),
    [
        ({"type": 0, "id": 1}, [4, 3, 2, 1]),
        ({"type": 0, "id": 3}, []),
        ({"type": 0, "id": 99}, []),
        ({"type": 0}, []),
        ({"type": 1, "id": 1}, [4, 3, 2, 1]),
        ({"type": 1, "id": 0}, []),
        ({"type": 1, "id": 99}, []),
        ({"type": 2, "id": 1}, [5, 3, 2]),
        ({"type": 3, "id": 1}, [6, 5, 4, 3, 2, 1]),
        ({"type": 6, "id": 1}, [6, 5, 4, 2]),
        ({"type": "text", "id": 2}, [6, 5]),
    ],
)
def test_the_type_says_what_is_listed(args: dict[str, object], ids: list[int], call: Caller) -> None:
    """A folder's number is not 0, not even the root's; the id does not matter to what is of no feed or folder."""
    assert call.ids(**args) == ids


@pytest.mark.parametrize("kind", [4, 5, 7, -1])
def test_an_unknown_type_breaks_the_server(kind: int, call: Caller) -> None:
    """There is no 4 and no 5."""
    assert html(call("GET", "items", query_string={"type": kind}), 500)
    assert html(call("GET", "items/updated", query_string={"type": kind}), 500)


@pytest.mark.parametrize(
    ("args", "ids"),
    [
        ({"type": 3}, [6, 5, 4, 2]),
        ({"type": 0, "id": 1}, [4, 2]),
        ({"type": 1, "id": 1}, [4, 2]),
        ({"type": 1, "id": 1, "batchSize": 1, "oldestFirst": "1"}, [2]),
    ],
)
def test_read_items_can_be_left_out(args: dict[str, object], ids: list[int], call: Caller) -> None:
    """Of everything, of a feed, and of a folder."""
    assert call.ids(getRead="false", **args) == ids


@pytest.mark.parametrize("kind", [2, 5, 6])
def test_leaving_read_items_out_of_anything_else_is_a_message_and_no_items(kind: int, call: Caller) -> None:
    """Its status is 200, even where the type is unknown."""
    answer = call("GET", "items", query_string={"type": kind, "getRead": "false"})

    assert (answer.status_code, answer.get_json()) == (
        200,
        {"message": "Setting getRead on an already filtered list is not allowed!"},
    )


@pytest.mark.parametrize(
    ("word", "read_ones_come"),
    [("false", False), ("0", False), ("", False), ("False", True), ("no", True), ("off", True), ("null", True)],
)
def test_of_all_words_only_false_is_false(word: str, read_ones_come: bool, call: Caller) -> None:
    """`str(False)` of Python is true."""
    assert (1 in call.ids(getRead=word)) is read_ones_come
    assert (call.ids(oldestFirst=word)[0] == 1) is read_ones_come


@pytest.mark.parametrize(
    ("args", "ids"),
    [
        ({"batchSize": 2}, [6, 5]),
        ({"batchSize": 2, "offset": 5}, [4, 3]),
        ({"batchSize": 2, "offset": 1}, []),
        ({"batchSize": 2, "offset": -3}, []),
        ({"batchSize": 2, "offset": 99}, [6, 5]),
        ({"batchSize": 2, "oldestFirst": "true"}, [1, 2]),
        ({"batchSize": 2, "oldestFirst": "true", "offset": 2}, [3, 4]),
        ({"oldestFirst": "true", "offset": 6}, []),
        ({"oldestFirst": "true", "offset": -1}, [1, 2, 3, 4, 5, 6]),
        ({"batchSize": 2, "type": 2, "offset": 5}, [3, 2]),
        ({"batchSize": 2, "type": 1, "id": 1, "offset": 4}, [3, 2]),
        ({"batchSize": 0}, [6, 5, 4, 3, 2, 1]),
        ({"batchSize": -7}, [6, 5, 4, 3, 2, 1]),
        ({"batchSize": ""}, [6, 5, 4, 3, 2, 1]),
        ({"batchSize": "all"}, [6, 5, 4, 3, 2, 1]),
    ],
)
def test_pages_start_beyond_a_number(args: dict[str, object], ids: list[int], call: Caller) -> None:
    """The offset is an item's number and exclusive; 0 is none. A batch size that is no number above 0 means all."""
    assert call.ids(**args) == ids


def test_a_folder_of_several_feeds_is_one_listing(call: Caller) -> None:
    """By number, across the feeds."""
    call("POST", "feeds/2/move", json={"folderId": 1})

    assert call.ids(type=1, id=1) == [6, 5, 4, 3, 2, 1]
    assert call.ids(type=1, id=1, batchSize=3, offset=6, oldestFirst="false") == [5, 4, 3]
    assert call.ids(type=1, id=1, batchSize=3, offset=2, oldestFirst="true") == [3, 4, 5]


@given(
    numbers=st.sets(st.integers(1, 60)),
    size=st.integers(1, 9),
    oldest_first=st.booleans(),
    kind=st.sampled_from([1, 2, 3, 6]),
)
def test_pages_put_together_are_the_listing(numbers: set[int], size: int, oldest_first: bool, kind: int) -> None:
    """Where the last number of a page is the next offset, nothing comes twice and nothing is left out."""
    sandbox = NewsSandbox()
    items = [Item(n, n % 2 + 1, guid=str(n), unread=n % 3 > 0, starred=n % 5 > 0) for n in numbers]
    sandbox.load([Feed(1, folder_id=7), Feed(2, folder_id=7)], [Folder(7, "All")], items)
    call = Caller(sandbox)
    order = {"type": kind, "id": 7, "oldestFirst": str(oldest_first).lower()}
    offset, seen = 0, []
    while page := call.ids(batchSize=size, offset=offset, **order):
        assert len(page) <= size
        seen += page
        offset = page[-1]

    assert seen == call.ids(**order)
    assert seen == sorted(seen, reverse=not oldest_first)


def test_parameters_may_be_in_the_body_of_a_get_as_json(call: Caller) -> None:
    """JSON counts with any method, and beats the query; null is the default."""
    assert call.ids_of(call("GET", "items", json={"type": 2}, query_string={"type": 6})) == [5, 3, 2]
    assert call.ids_of(call("GET", "items", json={"type": None, "getRead": False})) == [6, 5, 4, 2]
    assert call.ids_of(call("GET", "items", data={"type": 2})) == [6, 5, 4, 3, 2, 1]


def test_what_changed_is_asked_for_from_a_second_on(any_level: Caller, clock: FakeClock) -> None:
    """The second itself is included, so the newest known one comes again."""
    clock.now = 1_700_000_100.25
    any_level.flagged("items/4/read")
    clock.now += 60
    any_level.flagged("items/1/unread")

    assert any_level.ids("items/updated", lastModified=1_700_000_100) == [4, 1]
    assert any_level.ids("items/updated", lastModified=1_700_000_101) == [1]
    assert any_level.items("items/updated", lastModified=1_700_000_101)[0]["lastModified"] == 1_700_000_160
    assert any_level.ids("items/updated") == [6, 5, 4, 3, 2, 1]


@pytest.mark.parametrize(
    ("since", "comes"),
    [
        ("1700000000", True),
        ("1700000001", False),
        ("1700000001000", True),
        ("1700000000250000", True),
        ("1700000000250001", False),
        ("1700000001.9", False),
        ("9999999999", False),
        ("-170000000000", True),
        ("soon", True),
    ],
)
def test_more_than_ten_digits_are_microseconds(since: str, comes: bool, call: Caller, clock: FakeClock) -> None:
    """So a time in milliseconds is one of long ago, and everything comes."""
    clock.now = 1_700_000_000.25
    call.flagged("items/4/read")

    assert (4 in call.ids("items/updated", lastModified=since)) is comes


def test_only_what_really_changes_is_a_change(any_level: Caller, clock: FakeClock) -> None:
    """Reading what is read and starring what is starred are none, and neither is moving or renaming a feed."""
    clock.sleep(10)
    any_level.flagged("items/1/read")
    any_level.flagged("items/read/multiple", json={list_key(any_level): [3]})
    any_level.flagged("feeds/1/move", json={"folderId": 2})
    any_level.flagged("feeds/1/rename", json={"feedTitle": "New"})
    unchanged = any_level.ids("items/updated", lastModified=int(clock.now))
    any_level.flagged("feeds/1/read", json={"newestItemId": 99})

    assert unchanged == []
    assert any_level.ids("items/updated", lastModified=int(clock.now)) == [4, 2]


def test_an_unstarring_shows_only_where_everything_is_asked_for(call: Caller, clock: FakeClock) -> None:
    """What is listed as starred is starred now."""
    clock.sleep(10)
    call("POST", "items/5/unstar")

    assert call.ids("items/updated", lastModified=int(clock.now), type=2) == []
    assert call.ids("items/updated", lastModified=int(clock.now), type=3) == [5]
    assert call.ids("items/updated", lastModified=int(clock.now), type=0, id=2) == [5]
    assert call.ids("items/updated", lastModified=int(clock.now), type=0, id=1) == []
    assert call.ids("items/updated", type=1, id=1) == [4, 3, 2, 1]
    assert call.ids("items/updated", type=6) == [6, 5, 4, 2]


def test_what_is_gone_is_reported_to_nobody(call: Caller, clock: FakeClock) -> None:
    """Items vanish with their feed, and when the server purges them."""
    clock.sleep(10)
    call("DELETE", "feeds/2")
    call.sandbox.account.purge([1, 3])

    assert call.ids("items/updated", lastModified=int(clock.now)) == []
    assert call.ids() == [4, 2]
    assert call("POST", "items/1/star").status_code == 404
    assert call.feeds()["newestItemId"] == 4


def test_what_a_feed_brings_keeps_the_flags_of_what_is_known(call: Caller, clock: FakeClock) -> None:
    """A new item is unread and has the next number; an edited one comes again; an equal one is no change."""
    clock.sleep(10)
    known = call.sandbox.account.items
    edited = Item(url="https://example.org/3", title="Three, edited")
    call.sandbox.account.fetch(1, [known[2], edited, Item(url="https://example.org/7", unread=False, starred=True)])

    assert call.ids("items/updated", lastModified=int(clock.now)) == [7, 3]
    assert (known[3].title, known[3].unread, known[3].starred) == ("Three, edited", False, True)
    assert (known[7].unread, known[7].starred) == (True, False)


@pytest.mark.parametrize(
    ("route", "flag", "value"),
    [("items/4/read", "unread", False), ("items/1/unread", "unread", True)],
)
def test_one_item_is_read_and_unread(route: str, flag: str, value: bool, any_level: Caller) -> None:
    """Twice is no error."""
    answers = [any_level.flagged(route).text for _ in range(2)]

    assert answers == ["[]", "[]"]
    assert getattr(any_level.sandbox.account.items[int(route.split("/")[1])], flag) is value


def test_v13_stars_by_number(call: Caller) -> None:
    """And no other item changes."""
    answers = [call("POST", f"items/{path}").text for path in ("1/star", "1/star", "2/unstar")]

    assert answers == ["[]"] * 3
    assert call.ids(type=2) == [5, 3, 1]


def test_v12_stars_by_feed_and_hash(v12: Caller) -> None:
    """A hash is one of its feed alone."""
    hashes = {item["id"]: item["guidHash"] for item in v12.items()}
    answers = [v12("PUT", f"items/{path}") for path in (f"1/{hashes[1]}/star", f"2/{hashes[5]}/unstar")]

    assert [answer.text for answer in answers] == ["[]", "[]"]
    assert v12.ids(type=2) == [3, 2, 1]
    assert v12("PUT", f"items/2/{hashes[1]}/star").status_code == 404
    assert v12("PUT", f"items/9/{hashes[1]}/star").status_code == 404


@pytest.mark.parametrize("path", ["items/99/read", "items/x/unread", "items/0/read", "items/-4/read"])
def test_an_item_that_is_not_there_is_answered_with_sql(path: str, any_level: Caller) -> None:
    """Nobody should be shown that."""
    answer = any_level.flagged(path)

    assert answer.status_code == 404
    assert "SELECT" in answer.get_json()["message"]


def test_a_number_in_a_path_is_cut_at_its_first_odd_character(call: Caller) -> None:
    """1.5 is 1, and so is 1x."""
    statuses = [call("POST", f"items/{number}/unread").status_code for number in ("1.5", "3x")]

    assert statuses == [200, 200]
    assert call.ids(type=6) == [6, 5, 4, 3, 2, 1]


def test_a_number_in_the_path_beats_one_in_the_body(call: Caller) -> None:
    """The body names another item in vain."""
    call("POST", "items/1/star", json={"itemId": 4})

    assert call.ids(type=2) == [5, 3, 2, 1]


def test_another_user_has_no_items(call: Caller) -> None:
    """What is alice's cannot be listed or flagged by bob."""
    call.log_in("bob", call.sandbox.people["bob"].password)

    assert call.ids() == []
    assert call("POST", "items/1/star").status_code == 404
    assert "newestItemId" not in call.feeds()


@pytest.mark.parametrize(("route", "ids"), [("read", [1, 3, 4, 5]), ("unread", [1, 3])])
def test_many_are_read_and_unread(route: str, ids: list[int], any_level: Caller) -> None:
    """What is not there is passed over."""
    answer = any_level.flagged(f"items/{route}/multiple", json={list_key(any_level): [99, *ids, 0]})
    items = any_level.sandbox.account.items

    assert (answer.status_code, answer.text) == (200, "null")
    assert {items[number].unread for number in ids} == {route == "unread"}


def test_v13_stars_many_by_number(call: Caller) -> None:
    """Unknown ones are passed over."""
    answers = [
        call("POST", "items/star/multiple", json={"itemIds": [1, 99, 4]}),
        call("POST", "items/unstar/multiple", json={"itemIds": [5, 2]}),
    ]

    assert [answer.text for answer in answers] == ["null", "null"]
    assert call.ids(type=2) == [4, 3, 1]


def test_v12_stars_many_by_feed_and_hash(v12: Caller) -> None:
    """Unknown ones are passed over."""
    named = {item["id"]: {"feedId": item["feedId"], "guidHash": item["guidHash"]} for item in v12.items()}
    unknown = {"feedId": 2, "guidHash": named[1]["guidHash"]}
    answers = [
        v12("PUT", "items/star/multiple", json={"items": [named[1], unknown, named[4]]}),
        v12("PUT", "items/unstar/multiple", json={"items": [named[5]]}),
    ]

    assert [answer.text for answer in answers] == ["null", "null"]
    assert v12.ids(type=2) == [4, 3, 2, 1]


@pytest.mark.parametrize("member", ["x", 2.7, None, {}, [1], "", "1x"])
def test_what_is_no_number_breaks_a_list_after_those_before_it(member: object, any_level: Caller) -> None:
    """The items before it are read, those behind it are not."""
    answer = any_level.flagged("items/read/multiple", json={list_key(any_level): [4, member, 6]})

    assert html(answer, 500)
    assert any_level.ids(type=6) == [6, 5, 2]


@pytest.mark.parametrize("member", ["4", 4.0, "4.0", " 4 ", "4e0"])
def test_what_spells_a_number_is_one(member: object, any_level: Caller) -> None:
    """Text and whole floats pass."""
    answer = any_level.flagged("items/read/multiple", json={list_key(any_level): [member]})

    assert answer.status_code == 200
    assert any_level.ids(type=6) == [6, 5, 2]


@pytest.mark.parametrize(
    "member", [4, "4", {"feedId": 1}, {"guidHash": "x"}, {"feedId": 1, "guidHash": None}, [1, "x"]]
)
def test_v12_breaks_at_a_member_that_names_no_item(member: object, v12: Caller) -> None:
    """Numbers are what v1-3 takes."""
    assert html(v12("PUT", "items/star/multiple", json={"items": [member]}), 500)


def test_a_list_can_be_a_form_or_an_object(any_level: Caller) -> None:
    """PHP makes a list of each."""
    key = list_key(any_level)
    answers = [
        any_level.flagged("items/read/multiple", data={f"{key}[]": ["4", "5"]}),
        any_level.flagged("items/read/multiple", json={key: {"a": 6}}),
    ]

    assert [answer.text for answer in answers] == ["null", "null"]
    assert any_level.ids(type=6) == [2]


@pytest.mark.parametrize(
    ("path", "how"),
    [
        ("items/read/multiple", {"json": {"ids": [1]}}),
        ("items/read/multiple", {"json": {"items": 1, "itemIds": 1}}),
        ("items/read/multiple", {"data": '{"items": [1], "itemIds": [1]}'}),
        ("items/read/multiple", {"data": '{"items": [1], "itemIds"', "content_type": "application/json"}),
        ("items/read/multiple", {"data": "[1]", "content_type": "application/json"}),
        ("items/read", {}),
        ("items/read", {"json": {"newestItemId": None}}),
        ("feeds/1/read", {"json": {}}),
        ("folders/1/read", {"json": {}}),
        ("feeds/1/rename", {"json": {}}),
        ("feeds/1/rename", {"json": {"feedTitle": 1}}),
    ],
)
def test_a_missing_or_mistyped_parameter_breaks_the_server(path: str, how: dict[str, Any], any_level: Caller) -> None:
    """So do JSON that is broken or does not say that it is JSON."""
    assert html(any_level.flagged(path, **how), 500)


def test_the_other_versions_key_is_a_missing_one(call: Caller, v12: Caller) -> None:
    """`items` in v1-2, `itemIds` in v1-3."""
    assert html(call("POST", "items/star/multiple", json={"items": [1]}), 500)
    assert html(v12("PUT", "items/read/multiple", json={"itemIds": [1]}), 500)


@pytest.mark.parametrize(
    ("path", "newest", "unread"),
    [
        ("items/read", 5, [6]),
        ("items/read", 0, [6, 5, 4, 2]),
        ("items/read", FUTURE, []),
        ("items/read", str(FUTURE), []),
        ("items/read", "9" * 30, []),
        ("feeds/1/read", 3, [6, 5, 4]),
        ("feeds/1/read", 99, [6, 5]),
        ("folders/1/read", 2, [6, 5, 4]),
        ("folders/1/read", 6, [6, 5]),
        ("folders/2/read", 6, [6, 5, 4, 2]),
    ],
)
def test_everything_up_to_a_number_is_read(path: str, newest: object, unread: list[int], any_level: Caller) -> None:
    """Of all, of a feed, of a folder."""
    answer = any_level.flagged(path, json={"newestItemId": newest})

    assert (answer.status_code, answer.text) == (200, "null")
    assert any_level.ids(type=6) == unread


@pytest.mark.parametrize("path", ["feeds/99/read", "folders/99/read", "folders/0/read"])
def test_reading_what_is_not_there_breaks_the_server(path: str, any_level: Caller) -> None:
    """A page of HTML, where the documents promise 404."""
    assert html(any_level.flagged(path, json={"newestItemId": 9}), 500)


def test_feeds_come_by_title_with_counts(any_level: Caller) -> None:
    """They say in which folder they are, null at the root."""
    data = any_level.feeds()

    assert (data["starredCount"], data["newestItemId"]) == (3, 6)
    assert [(feed["id"], feed["title"], feed["folderId"], feed["unreadCount"]) for feed in data["feeds"]] == [
        (2, "Art", None, 2),
        (3, "Quiet", 2, 0),
        (1, "Tech", 1, 2),
    ]


def test_folders_come_by_name_and_seem_empty(any_level: Caller) -> None:
    """Their feeds are told elsewhere."""
    assert any_level("GET", "folders").get_json() == {
        "folders": [
            {"id": 1, "name": "Boats", "opened": True, "feeds": []},
            {"id": 2, "name": "Zoo", "opened": True, "feeds": []},
        ]
    }


@pytest.mark.parametrize("name", ["Boats", "", "x" * 300, "☕"])
def test_any_text_names_a_folder(name: str, any_level: Caller) -> None:
    """Doubles, nothing, and three hundred characters."""
    created = any_level("POST", "folders", json={"name": name}).get_json()

    assert created == {"folders": [{"id": 3, "name": name, "opened": True, "feeds": []}]}
    assert any_level.sandbox.account.folders[3].name == name


@pytest.mark.parametrize("name", [1, ["a"], None, True])
def test_what_is_no_text_names_no_folder(name: object, any_level: Caller) -> None:
    """The server breaks."""
    assert html(any_level("POST", "folders", json={"name": name}), 500)
    assert html(any_level("PUT", "folders/1", json={"name": name}), 500)


def test_a_folder_is_renamed_by_put_in_both_versions(any_level: Caller) -> None:
    """And POST is no method for it."""
    answers = [any_level("PUT", f"folders/{number}", json={"name": "New"}) for number in (1, 99)]

    assert [answer.status_code for answer in answers] == [200, 404]
    assert any_level.sandbox.account.folders[1].name == "New"
    assert any_level("POST", "folders/1", json={"name": "New"}).status_code == 405


def test_a_deleted_folder_leaves_its_feeds_behind(any_level: Caller) -> None:
    """They keep its number, under which items can be listed but not what changed, and nothing be read."""
    answers = [any_level("DELETE", "folders/1").status_code for _ in range(2)]

    assert answers == [200, 404]
    assert [feed["folderId"] for feed in any_level.feeds()["feeds"]] == [None, 2, 1]
    assert any_level.ids(type=1, id=1) == [4, 3, 2, 1]
    assert any_level.ids("items/updated", type=1, id=1) == []
    assert html(any_level.flagged("folders/1/read", json={"newestItemId": 9}), 500)


@pytest.mark.parametrize(
    ("body", "folder"), [({"folderId": 2}, 2), ({"folderId": 99}, 99), ({"folderId": 0}, None), ({}, None)]
)
def test_a_feed_moves_anywhere(body: dict[str, int], folder: int | None, any_level: Caller) -> None:
    """To folders that do not exist, and without a word to the root."""
    answer = any_level.flagged("feeds/1/move", json=body)

    assert (answer.status_code, answer.text) == (200, "[]")
    assert any_level.sandbox.account.feeds[1].folder_id == folder


def test_a_feeds_new_title_is_kept_as_it_is(any_level: Caller) -> None:
    """Markup and blanks are not touched."""
    any_level.flagged("feeds/2/rename", json={"feedTitle": " <b>A</b> &amp; "})

    assert any_level.sandbox.account.feeds[2].title == " <b>A</b> &amp; "


@pytest.mark.parametrize(("path", "body"), [("feeds/99/move", {}), ("feeds/99/rename", {"feedTitle": "x"})])
def test_a_feed_that_is_not_there_is_not_changed(path: str, body: dict[str, str], any_level: Caller) -> None:
    """It is not found."""
    assert any_level.flagged(path, json=body).status_code == 404


def test_a_deleted_feed_takes_its_items_along(any_level: Caller) -> None:
    """Once."""
    assert [any_level("DELETE", "feeds/1").status_code for _ in range(2)] == [200, 404]
    assert any_level.ids() == [6, 5]


def test_a_feed_is_fetched_while_it_is_created(any_level: Caller, clock: FakeClock) -> None:
    """The answer knows no number of unread items; the next listing does."""
    items = [Item(url="https://example.org/a"), Item(url="https://example.org/b")]
    any_level.sandbox.fetchable["https://example.org/feed"] = Source(items, "Fresh", "https://example.org/")
    body = {"url": "https://example.org/feed", "folderId": 99}
    created = any_level("POST", "feeds", json=body).get_json()
    listed = next(feed for feed in any_level.feeds()["feeds"] if feed["id"] == 4)

    assert created["newestItemId"] == 8
    assert created["feeds"][0] == listed | {"unreadCount": None, "lastUpdateError": ""}
    assert listed == {
        "id": 4,
        "url": "https://example.org/feed",
        "title": "Fresh",
        "faviconLink": None,
        "added": int(clock.now),
        "folderId": 99,
        "unreadCount": 2,
        "ordering": 0,
        "link": "https://example.org/",
        "pinned": False,
        "updateErrorCount": 0,
        "lastUpdateError": None,
        "items": [],
        "nextUpdateTime": None,
    }
    assert any_level.ids(type=0, id=4) == [8, 7]


def test_what_cannot_be_fetched_is_not_found(any_level: Caller) -> None:
    """The message is what the fetcher says, which may hold a piece of a foreign page."""
    any_level.sandbox.fetchable["https://example.org/page"] = "No parser can handle this stream"
    page, nothing = [any_level("POST", "feeds", json={"url": f"https://example.org/{path}"}) for path in ("page", "no")]

    assert (page.status_code, page.get_json()) == (404, {"message": "No parser can handle this stream"})
    assert nothing.status_code == 404
    assert "<html>" in nothing.get_json()["message"]
    assert len(any_level.sandbox.account.feeds) == 3


def test_a_feed_is_subscribed_to_once(any_level: Caller) -> None:
    """By its exact address; without one the server breaks."""
    answer = any_level("POST", "feeds", json={"url": "https://feeds.example/1"})

    assert (answer.status_code, answer.get_json()) == (409, {"message": "Feed with this URL exists"})
    assert any_level("POST", "feeds", json={"url": "https://feeds.example/1/"}).status_code == 404
    assert html(any_level("POST", "feeds", json={"folderId": 1}), 500)


def test_an_account_without_items_has_no_newest_one(call: Caller) -> None:
    """The key is missing, also in the answer to a new feed."""
    call.log_in("bob", call.sandbox.people["bob"].password)
    call.sandbox.fetchable["https://example.org/feed"] = Source()

    assert call.feeds() == {"starredCount": 0, "feeds": []}
    assert set(call("POST", "feeds", json={"url": "https://example.org/feed"}).get_json()) == {"feeds"}


def test_a_feed_deleted_in_the_web_page_is_still_subscribed_to_for_a_while(call: Caller, clock: FakeClock) -> None:
    """It is not listed, nor are its items, but creating it is refused for ten minutes."""
    url = "https://feeds.example/2"
    call.sandbox.fetchable[url] = Source()
    call.sandbox.account.delete_in_browser(2)
    refused = call("POST", "feeds", json={"url": url}).status_code

    assert [feed["id"] for feed in call.feeds()["feeds"]] == [3, 1]
    assert (call.ids(), call.ids(type=0, id=2), call.feeds()["newestItemId"]) == ([4, 3, 2, 1], [], 6)
    assert [call("POST", "items/5/star").status_code, call("DELETE", "feeds/2").status_code] == [404, 404]
    assert call("POST", "items/star/multiple", json={"itemIds": [5]}).status_code == 200
    assert refused == 409
    clock.sleep(601)
    assert call("POST", "feeds", json={"url": url}).status_code == 200
    assert call.feeds()["newestItemId"] == 4


def test_version_and_status(any_level: Caller) -> None:
    """A badly set up cron job is a warning."""
    any_level.sandbox.cron_misconfigured = True

    assert any_level("GET", "version").get_json() == {"version": "27.2.0"}
    assert any_level("GET", "status").get_json() == {
        "version": "27.2.0",
        "warnings": {"improperlyConfiguredCron": True, "incorrectDbCharset": False},
    }


def test_v13_shows_icons(call: Caller, v12: Caller) -> None:
    """The default one to any hash; v1-2 has none."""
    answer = call("GET", "favicon/0123456789abcdef0123456789abcdef")

    assert (answer.status_code, answer.mimetype) == (200, "image/svg+xml")
    assert v12("GET", "favicon/0123456789abcdef0123456789abcdef").status_code == 405


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("cleanup/before-update", None),
        ("cleanup/after-update", None),
        ("feeds/update?userId=bob&feedId=99", None),
        ("feeds/all", {"feeds": [{"id": number, "userId": "alice"} for number in (1, 2, 3)]}),
    ],
)
def test_some_routes_are_for_admins(path: str, data: object, any_level: Caller) -> None:
    """An unknown feed is updated without complaint."""
    refused = any_level("GET", path)
    any_level.sandbox.people["alice"].admin = True

    assert (refused.status_code, refused.get_json()) == (403, {"message": "Logged in account must be an admin"})
    assert any_level("GET", path).get_json() == data


def test_an_admin_says_which_feed_is_to_be_updated(call: Caller) -> None:
    """Or the server breaks."""
    call.sandbox.people["alice"].admin = True

    assert html(call("GET", "feeds/update", query_string={"feedId": 1}), 500)
    assert html(call("GET", "feeds/update", query_string={"userId": "alice"}), 500)


@pytest.mark.parametrize("format_", ["xml", "text"])
def test_another_format_breaks_the_server_when_all_is_done(format_: str, call: Caller) -> None:
    """JSON may be named."""
    assert html(call("POST", "items/1/star", query_string={"format": format_}), 500)
    assert call.ids(type=2, format="json") == [5, 3, 2, 1]


class Counted(dict[int, Item]):
    """Items that count how often one of them is looked at."""

    looks = 0

    def __getitem__(self, number: int) -> Item:
        self.looks += 1
        return super().__getitem__(number)


@pytest.mark.parametrize("kind", [0, 1, 3])
@pytest.mark.parametrize("offset", [0, 50_001, 501])
def test_a_page_costs_as_much_at_the_end_as_at_the_beginning(kind: int, offset: int) -> None:
    """Of a hundred thousand items no more are looked at than come."""
    account = Account(FakeClock(), Numbers())
    account.load([Feed(1, folder_id=1)], [Folder(1, "All")])
    looked_at = account._items = Counted((number, A_HUNDRED_THOUSAND) for number in range(1, 100_001))
    account._ids = account._ids_of[1] = list(looked_at)
    page = list(itertools.islice(account.listed(kind, 1, offset=offset), 500))

    assert len(page) == 500
    assert looked_at.looks == 500
