"""The rules of the Pocket sandbox's account, and what the late server's /v3/add and /v3/get do with them."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.pocket.sandbox import PocketSandbox
from adapters.pocket.sandbox_account import (
    ARCHIVED,
    DELETED,
    HIDDEN,
    TAG_LIMIT,
    Account,
    Annotation,
    Item,
    Page,
    Unusable,
    cut_tag,
    full_url,
    is_public,
    stored_tags,
)
from tests.adapters.pocket.sandbox_caller import Caller
from tests.support.clock import FakeClock

NOON = 1_778_500_800
URL = "https://example.org/a-page"


@pytest.fixture
def clock() -> FakeClock:
    """Stand at noon."""
    return FakeClock(NOON)


@pytest.fixture
def call(clock: FakeClock) -> Caller:
    """Call an empty sandbox."""
    return Caller(PocketSandbox(clock=clock))


def an_item(number: int, **fields: Any) -> Item:
    """Make the item that was added so many hours before noon; its id says nothing of that."""
    known = {"item_id": str(7_919 * number % 101 + 100), "given_url": f"https://example.org/{number}"}
    return Item(**{**known, "given_title": f"T{number}", "time_added": NOON - 3_600 * number, **fields})


def ids(*numbers: int) -> list[str]:
    """Name items by the ids that they have."""
    return [an_item(number).item_id for number in numbers]


def stored(call: Caller, url: str = URL) -> Item:
    """Return what is stored of a url."""
    return call.sandbox.items[call.sandbox.account.item_id(url)]


def test_an_add_stores_url_title_and_tags_as_of_now(call: Caller) -> None:
    """The answer is the item, with what the crawler found and without tags."""
    answer = call.json("add", url=URL, title="A title", tags="b,a c")
    item = stored(call)

    assert 1 == answer["status"]
    assert {"item_id": item.item_id, "given_url": URL, "title": "Resolved a page"}.items() <= answer["item"].items()
    assert "tags" not in answer["item"]
    assert Item(item.item_id, URL, "A title", ("b", "a c"), time_added=NOON) == item
    assert {URL: 1} == call.sandbox.adds


def test_an_add_ignores_its_time(call: Caller) -> None:
    """A documented example sends one."""
    call("add", url=URL, time=1)

    assert NOON == stored(call).time_added


def test_an_add_without_a_title_has_that_of_the_page(call: Caller) -> None:
    """None was given, and the list shows the resolved one in its place."""
    call("add", url=URL)
    (row,) = call.json("get", state="all")["list"].values()

    assert stored(call).given_title is None
    assert ("Resolved a page", "Resolved a page") == (row["given_title"], row["resolved_title"])


def test_adding_what_is_there_makes_it_unread_and_new_again(call: Caller, clock: FakeClock) -> None:
    """The title is overwritten, favorite and tags are kept, and new tags join them."""
    call.sandbox.load([an_item(1, status=ARCHIVED, time_read=NOON - 60, favorite=True, tags=("a",))])
    clock.sleep(5)
    call("add", url="https://example.org/1", title="New", tags="b")
    (item,) = call.sandbox.items.values()

    assert ("New", ("a", "b"), True) == (item.given_title, item.tags, item.favorite)
    assert (0, NOON + 5, 0) == (item.status, item.time_added, item.time_read)
    assert {"https://example.org/1": 1} == call.sandbox.adds


def test_adding_again_without_a_title_keeps_the_old_one(call: Caller) -> None:
    """What is not said is not overwritten."""
    call.sandbox.load([an_item(1)])
    call("add", url="https://example.org/1")

    assert ["T1"] == [item.given_title for item in call.sandbox.items.values()]


def test_adding_what_was_deleted_brings_it_back_under_its_id(call: Caller) -> None:
    """An id belongs to a url for good."""
    call.sandbox.load([an_item(1, status=DELETED)])
    answer = call.json("add", url="https://example.org/1")

    assert ids(1) == [answer["item"]["item_id"]]
    assert 0 == call.sandbox.items[ids(1)[0]].status


def test_two_urls_can_be_one_item(call: Caller) -> None:
    """The second add updates what the first stored, and answers with its own url."""
    call.sandbox.account.resolves = {f"{URL}?utm": URL, "https://sho.rt/1": URL}
    first, second = (call.json("add", url=url)["item"] for url in (f"{URL}?utm", "https://sho.rt/1"))
    (row,) = call.json("get", state="all")["list"].values()

    assert first["item_id"] == second["item_id"]
    assert (URL, URL) == (first["resolved_url"], second["resolved_url"])
    assert (f"{URL}?utm", "https://sho.rt/1") == (first["given_url"], second["given_url"])
    assert (f"{URL}?utm", URL) == (row["given_url"], row["resolved_url"])
    assert {f"{URL}?utm": 1, "https://sho.rt/1": 1} == call.sandbox.adds


def test_a_missing_scheme_is_http(call: Caller) -> None:
    """Only for a url that has none."""
    answer = call.json("add", url="example.org/x")

    assert "http://example.org/x" == answer["item"]["given_url"]
    assert "http://example.org/x" == stored(call, "http://example.org/x").given_url


def test_a_page_that_was_not_crawled_yet_is_pending(call: Caller) -> None:
    """An add answers 21 nulls, and the list shows empty fields and no tags."""
    call.sandbox.account.crawl = lambda _url: None
    added = call.json("add", url=URL, title="Given", tags="a")["item"]
    (row,) = call.json("get", state="all", detailType="complete")["list"].values()

    assert 21 == sum(value is None for value in added.values())
    assert ("0", URL, "http://example.org/a-page") == (added["resolved_id"], added["given_url"], added["normal_url"])
    assert ("", "", "", "0", 0) == (
        row["resolved_id"],
        row["given_url"],
        row["resolved_title"],
        row["word_count"],
        row["time_to_read"],
    )
    assert "Given" == row["given_title"]
    assert {"tags", "authors", "images", "top_image_url"}.isdisjoint(row)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"url": ""},
        {"url": 7},
        {"url": "nonsense"},
        {"url": "http://localhost/x"},
        {"url": "http://intranet_host.example/"},
        {"url": "https://example.org/a b"},
        {"url": "https://me@example.org/"},
        {"url": "https://example.org:99999/"},
        {"url": "https://[::1/"},
        {"url": "javascript:alert(1)"},
        {"url": "ftp://example.org/"},
        {"url": URL, "title": ""},
        {"url": URL, "title": 7},
        {"url": URL, "tags": ""},
        {"url": URL, "tags": "a,"},
        {"url": URL, "tags": []},
        {"url": URL, "tags": ["a", ""]},
        {"url": URL, "tags": 7},
        {"url": URL, "tags": "a, ,b"},
    ],
)
def test_an_add_that_cannot_be_stored_is_a_400(wrong: dict[str, Any], call: Caller) -> None:
    """The code is 130, the body says what was wrong, and nothing is stored."""
    answer = call("add", **wrong)

    assert (400, "130", "Bad request") == (
        answer.status_code,
        answer.headers["X-Error-Code"],
        answer.headers["X-Error"],
    )
    assert answer.get_json()["error"]
    assert {} == call.sandbox.items
    assert {} == call.sandbox.adds


@pytest.mark.parametrize(
    "url", ["https://example.org", "https://192.0.2.7/", "http://[2001:db8::1]/", "bücher.example/"]
)
def test_a_public_host_can_be_added(url: str, call: Caller) -> None:
    """An address is as good as a name."""
    assert 200 == call("add", url=url).status_code
    assert {url: 1} == call.sandbox.adds


def test_tags_of_an_add_may_be_an_array(call: Caller) -> None:
    """It is the only way to send a comma."""
    call("add", url=URL, tags=["a,b", "c"])

    assert ("a,b", "c") == stored(call).tags


@pytest.mark.parametrize(
    ("tag", "kept"),
    [
        ("  Machine Learning ", "machine learning"),
        ("it's", "it\\'s"),
        ('say "hi"', 'say \\"hi\\"'),
        ("back\\slash", "back\\\\slash"),
        ("nul\0", "nul\\0"),
        ("what\ufffd", "what?"),
        ("😀" * 30, "😀" * 25),
        ("x" * 24 + " y", "x" * 24 + " "),
    ],
)
def test_a_tag_is_stored_in_one_form(tag: str, kept: str, call: Caller) -> None:
    """Trimmed, in lower case, cut at 25 code points, and then given backslashes; the cut may leave a blank."""
    call("add", url=URL, tags=[tag])

    assert (kept,) == stored(call).tags


@given(st.text())
def test_storing_a_tag_again_under_its_cut_name_changes_nothing(tag: str) -> None:
    """Only the backslashes grow each time a stored name is sent."""
    cut = cut_tag(tag)
    plain = not set(cut) & set("'\"\\\0")

    assert TAG_LIMIT >= len(cut)
    assert not cut or not plain or (cut,) == stored_tags([tag]) == stored_tags([f" {tag} "])


@given(st.text())
def test_any_url_is_taken_or_refused(url: str) -> None:
    """Nothing but Unusable is raised, and what is public can be completed."""
    try:
        whole = full_url(url)
    except Unusable:
        assert not is_public(url)
    else:
        assert whole.endswith(url)


def test_an_empty_list_is_an_object_and_status_2(call: Caller) -> None:
    """The late server's constants stand around it."""
    assert {
        "maxActions": 30,
        "cachetype": "db",
        "status": 2,
        "error": None,
        "complete": 1,
        "since": NOON,
        "list": {},
    } == call.json("get", state="all")


def test_a_list_is_in_the_order_of_its_ids_and_says_the_real_one(call: Caller) -> None:
    """Newest first unless told otherwise; the keys of the object do not move."""
    call.sandbox.load(an_item(number) for number in (3, 1, 2))
    newest, oldest = (call.json("get", state="all", sort=sort)["list"] for sort in ("newest", "oldest"))

    assert sorted(ids(1, 2, 3), key=int) == list(newest) == list(oldest)
    assert ids(1, 2, 3) == sorted(newest, key=lambda item_id: newest[item_id]["sort_id"])
    assert ids(3, 2, 1) == call.listed()


def test_an_id_with_more_digits_comes_later(call: Caller) -> None:
    """Ids are numbers where they are, and beyond 32 bits."""
    call.sandbox.load([Item("10000000000", f"{URL}1"), Item("9999999999", f"{URL}2"), Item("abc", f"{URL}3")])

    assert ["abc", "9999999999", "10000000000"] == list(call.json("get", state="all")["list"])
    assert ["abc", "9999999999", "10000000000"] == call.listed()


def test_pages_hold_thirty_items_whatever_is_asked(call: Caller) -> None:
    """The cut of 2024; offsets count in the whole list, and a page past the end is empty and status 1."""
    call.sandbox.load(an_item(number) for number in range(70))
    pages = [call.listed(count=count, offset=offset) for count, offset in ((5_000, 0), (30, 30), (30, 60), (10, 5))]
    past = call.json("get", state="all", offset=70)

    assert [30, 30, 10, 10] == [len(page) for page in pages]
    assert ids(*range(69, -1, -1)) == pages[0] + pages[1] + pages[2]
    assert pages[0][5:15] == pages[3]
    assert (1, {}) == (past["status"], past["list"])


def test_without_the_cut_a_page_is_as_long_as_asked(call: Caller) -> None:
    """Thirty by default, five thousand with `since`."""
    call.sandbox.cap = None
    call.sandbox.load(an_item(number) for number in range(50))

    assert [50, 40, 30] == [len(call.listed(**asked)) for asked in ({"since": 1}, {"count": 40}, {})]


@pytest.mark.parametrize(
    ("state", "numbers"),
    [("unread", [1]), ("queue", [1]), ("archive", [2]), ("READ", [2]), ("all", [1, 2, 3]), (None, [1, 2, 3])],
)
def test_a_state_is_a_filter_that_all_does_not_set(state: str | None, numbers: list[int], call: Caller) -> None:
    """No state and `all` bring stubs of deleted items, which count like others."""
    call.sandbox.load([an_item(1), an_item(2, status=ARCHIVED, time_read=NOON), an_item(3, status=DELETED)])
    rows = call.json("get", total="1", **({} if state is None else {"state": state}))

    assert sorted(ids(*numbers), key=int) == list(rows["list"])
    assert str(len(numbers)) == rows["total"]
    assert [{"item_id": ids(3)[0], "status": "2"}] * (3 in numbers) == [
        row for row in rows["list"].values() if row["status"] == "2"
    ]


def test_hidden_items_are_listed_where_no_state_is_set(call: Caller) -> None:
    """They are whole, but are not found by a search."""
    call.sandbox.load([an_item(1, status=HIDDEN), an_item(2)])
    rows = call.json("get", state="all")["list"]

    assert ("3", "https://example.org/1") == tuple(rows[ids(1)[0]][key] for key in ("status", "given_url"))
    assert ids(2) == call.listed(state="unread") == call.listed(search="https")


@pytest.mark.parametrize(
    ("favorite", "numbers"),
    [("1", [1]), ("true", [1]), (True, [1]), ("0", [2]), (False, [2]), (1, [2]), (0, [2]), (None, [1, 2])],
)
def test_a_favorite_is_text_and_a_number_is_no(favorite: Any, numbers: list[int], call: Caller) -> None:
    """The number 1 is taken for false, without a word."""
    call.sandbox.load([an_item(1, favorite=True), an_item(2)])

    assert sorted(ids(*numbers)) == sorted(call.listed(favorite=favorite))


@pytest.mark.parametrize("total", [1, 0, "0", None])
def test_a_total_that_is_not_asked_for_in_text_is_absent(total: Any, call: Caller) -> None:
    """As with all flags, numbers are no."""
    assert "total" not in call.json("get", total=total)


def test_a_total_ends_at_five_thousand(call: Caller) -> None:
    """It is text, and offsets beyond it still work."""
    call.sandbox.load(Item(str(number), f"https://example.org/{number}") for number in range(5_002))
    end = call.json("get", state="all", total="1", offset=5_001)

    assert "5000" == end["total"]
    assert 1 == len(end["list"])


@pytest.mark.parametrize(
    ("tag", "numbers"),
    [
        ("A B", [1]),
        (" a b ", [1]),
        ("it\\'s", [1]),
        ("it's", []),
        ("x" * 24 + " and more", [1]),
        ("_untagged_", [2]),
        ("y", []),
    ],
)
def test_a_tag_is_looked_for_in_its_own_form(tag: str, numbers: list[int], call: Caller) -> None:
    """Backslashes are a part of what is stored, and are not added to what is looked for."""
    call.sandbox.load([an_item(1, tags=("a b", "it\\'s", "x" * 24 + " ")), an_item(2)])

    assert ids(*numbers) == call.listed(tag=tag)


def test_since_is_strictly_newer_and_of_changes(call: Caller) -> None:
    """The list goes by the time of adding all the same."""
    call.sandbox.load([an_item(3, time_updated=NOON), an_item(2), an_item(1, time_updated=NOON - 1), an_item(4)])

    assert ids(3) == call.listed(since=NOON - 1)
    assert ids(3, 1) == call.listed(since=NOON - 2)
    assert [] == call.listed(since=NOON)
    assert ids(3, 1) == call.listed(since=(NOON - 2) * 1_000)
    assert ids(3, 1) == call.listed(since=str(NOON - 2))


def test_a_deleted_item_is_told_to_who_asks_since(call: Caller, clock: FakeClock) -> None:
    """Its stub is the news of it."""
    call.sandbox.load([an_item(1, tags=("a",)), an_item(2)])
    clock.sleep(10)
    call.send({"action": "delete", "item_id": ids(1)[0]})
    answer = call.json("get", state="all", since=NOON)

    assert {ids(1)[0]: {"item_id": ids(1)[0], "status": "2"}} == answer["list"]


def test_updated_before_and_since_together_do_nothing(call: Caller) -> None:
    """Alone, the first one is a filter."""
    call.sandbox.load([an_item(1), an_item(2), an_item(3)])
    bound = an_item(2).time_updated

    assert ids(3) == call.listed(updatedBefore=bound)
    assert ids(3, 2, 1) == call.listed(updatedBefore=bound, since=bound)


def test_lists_of_favorites_and_of_the_archive_go_by_their_own_date(call: Caller) -> None:
    """Unless they are of what changed."""
    call.sandbox.load(
        [
            an_item(1, favorite=True, time_favorited=NOON + 1, status=ARCHIVED, time_read=NOON + 2),
            an_item(2, favorite=True, time_favorited=NOON + 2, status=ARCHIVED, time_read=NOON + 1),
        ]
    )

    assert ids(1, 2) == call.listed(favorite="1")
    assert ids(2, 1) == call.listed(state="archive")
    assert ids(2, 1) == call.listed(favorite="1", since=1)
    assert ids(2, 1) == call.listed()


@pytest.mark.parametrize("sort", ["newest", "relevance", "shortest", "longest", "NEWEST"])
def test_other_sorts_are_newest(sort: str, call: Caller) -> None:
    """Android sends some."""
    call.sandbox.load([an_item(2), an_item(1)])

    assert ids(1, 2) == call.listed(sort=sort)


def test_content_types_are_of_the_page(call: Caller) -> None:
    """`all` filters nothing, and a pending page is of no type."""
    pages = {1: Page(), 2: Page(article=False, video=1), 3: Page(article=False, image=2), 4: None}
    call.sandbox.load(an_item(number, page=page) for number, page in pages.items())
    kinds = ("article", "video", "image", "all")

    assert [ids(1), ids(2), ids(3), ids(4, 3, 2, 1)] == [call.listed(contentType=kind) for kind in kinds]


def test_a_video_is_described_in_the_complete_form(call: Caller) -> None:
    """An item without pictures has no image and no top image."""
    call.sandbox.load([an_item(1, page=Page(video=1, image=0))])
    (row,) = call.json("get", state="all", detailType="COMPLETE")["list"].values()

    assert "5" == row["videos"]["1"]["type"]
    assert ({}, "1", "0") == (row["images"], row["has_video"], row["has_image"])
    assert {"image", "top_image_url"}.isdisjoint(row)


def test_a_domain_is_dropped_silently(call: Caller) -> None:
    """It is documented, and was a filter once."""
    call.sandbox.load([an_item(1), Item("1", "https://example.com/")])

    assert ["1", *ids(1)] == call.listed(domain="example.com")


def test_a_search_says_what_it_found(call: Caller) -> None:
    """Title, url and tags are searched, but no deleted items; of the filters, those by tag and time are ignored."""
    call.sandbox.load(
        [
            an_item(1, given_title="Harbour", favorite=True),
            an_item(2, tags=("harbour",)),
            an_item(3, given_title="Harbour", status=DELETED),
            an_item(4),
            an_item(5, given_title=None, page=None),
        ]
    )
    answer = call.json("get", search="HARBOUR", tag="none", since=NOON, contentType="image", count=1)

    assert {"total_result_count": 2, "count": 1, "offset": 0, "has_more": True} == answer["search_meta"]
    assert ids(1) == list(answer["list"])
    assert {"fullText": None, "tags": None, "title": None, "url": None} == answer["list"][ids(1)[0]]["highlights"]
    assert ids(2, 1) == call.listed(search="harbour")
    assert ids(1) == call.listed(search="harbour", favorite="1")
    assert [] == call.listed(search="harbour", contentType="video")


def test_an_empty_search_is_none(call: Caller) -> None:
    """And one that finds nothing is an empty array."""
    call.sandbox.load([an_item(1)])

    assert ids(1) == list(call.json("get", search="")["list"])
    assert ([], 2) == tuple(call.json("get", search="zzz")[key] for key in ("list", "status"))


def test_highlights_come_when_asked_for(call: Caller) -> None:
    """Items without any have no key for them, nor have stubs; hasAnnotations is a filter."""
    annotation = Annotation("id-1", "Quoted", "@@")
    call.sandbox.load(
        [an_item(1, annotations=(annotation,)), an_item(2), an_item(3, status=DELETED, annotations=(annotation,))]
    )
    rows = call.json("get", annotations="1")["list"]

    assert [
        {
            "annotation_id": "id-1",
            "item_id": ids(1)[0],
            "quote": "Quoted",
            "patch": "@@",
            "version": "2",
            "created_at": "2024-09-02T08:15:30.000Z",
        }
    ] == rows[ids(1)[0]]["annotations"]
    assert not any("annotations" in rows[item_id] for item_id in ids(2, 3))
    assert "annotations" not in call.json("get")["list"][ids(1)[0]]
    assert ids(2) == call.listed(hasAnnotations="0")


@pytest.mark.parametrize("asked", [{"taglist": "1", "account": "1"}, {"forcetaglist": "1", "forceaccount": "1"}])
def test_tags_and_account_come_when_asked_for(asked: dict[str, str], call: Caller) -> None:
    """Tags are in alphabetical order, each once."""
    call.sandbox.load([an_item(1, tags=("b", "a")), an_item(2, tags=("b",))])
    answer = call.json("get", **asked)

    assert ["a", "b"] == answer["tags"]
    assert "sandbox@example.org" == answer["account"]["email"]


@pytest.mark.parametrize("asked", [{"premium": "1"}, {"forcepremium": "1"}])
def test_recent_searches_come_when_asked_for(asked: dict[str, str], call: Caller) -> None:
    """They are those that were sent."""
    call.send({"action": "recent_search", "search": "cats"})
    answer = call.json("get", **asked)

    assert [{"search": "cats", "context_key": "", "context_value": "", "sort_id": "1"}] == answer["recent_searches"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("state", "gone"),
        ("sort", "title"),
        ("sort", "site"),
        ("detailType", "full"),
        ("contentType", "book"),
        ("count", 0),
        ("count", 5_001),
        ("count", "many"),
        ("count", True),
        ("count", 1.5),
        ("offset", -1),
        ("offset", "-1"),
        ("since", "yesterday"),
        ("since", "1" * 20),
        ("updatedBefore", -1),
        ("favorite", "yes"),
        ("favorite", 2),
        ("total", []),
        ("tag", ""),
        ("tag", 7),
        ("search", 7),
    ],
)
def test_a_wrong_parameter_is_a_400_that_names_it(name: str, value: Any, call: Caller) -> None:
    """The body says where it was and what."""
    answer = call("get", **{name: value})
    _, _, found = answer.get_json()["error"].partition(": ")

    assert (400, "130") == (answer.status_code, answer.headers["X-Error-Code"])
    assert {"location": "body", "path": name, "type": "field", "value": value} == json.loads(found)


def test_half_a_character_is_escaped(call: Caller) -> None:
    """What JSON can say and no encoding can is said in JSON."""
    call.sandbox.load([an_item(1, given_title="a\ud800b")])
    answer = call("get", state="all")

    assert rb"a\ud800b" in answer.get_data()
    assert "a\ud800b" == answer.get_json()["list"][ids(1)[0]]["given_title"]


def test_the_default_times_of_an_item_are_those_it_has() -> None:
    """The last thing that was done is the last change."""
    assert [5, 7, 9] == [
        Item("1", URL, time_added=5, time_read=read, time_favorited=favorited).time_updated
        for read, favorited in ((0, 0), (7, 6), (6, 9))
    ]


def test_the_id_of_a_url_is_always_the_same_and_can_be_fixed() -> None:
    """Nothing about it is in the order of adding."""
    first, second = (Account(FakeClock()) for _ in range(2))
    second.ids["https://example.org/b"] = "letters"

    assert first.item_id(URL) == second.item_id(URL)
    assert first.item_id(URL).isdigit()
    assert "letters" == second.item_id("https://example.org/b")


def test_a_host_without_a_path_is_crawled_too() -> None:
    """The title is that of the host then."""
    assert Page("Resolved example.org", "Excerpt of example.org — café") == Item("1", "https://example.org/").page


def test_a_hundred_thousand_items_are_listed_in_pages_without_sorting_them_each_time(call: Caller) -> None:
    """Fifty pages take a fifth of a second; the bound is for slow machines."""
    known = {"page": Page("Title"), "resolved_url": URL}
    call.sandbox.load(
        Item(str(number * 7_919 % 100_003), f"{URL}{number}", time_added=number, time_updated=number, **known)
        for number in range(100_000)
    )
    began = time.monotonic()
    pages = [call.listed(state="unread", offset=offset) for offset in range(0, 90_000, 1_800)]

    assert {30} == {len(page) for page in pages}
    assert time.monotonic() - began < 5
