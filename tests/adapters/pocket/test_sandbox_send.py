"""What the actions of /v3/send do in the Pocket sandbox, and what becomes of a batch."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest

from adapters.pocket.sandbox import PocketSandbox
from adapters.pocket.sandbox_account import ARCHIVED, DELETED, UNREAD, Annotation, Item
from tests.adapters.pocket.sandbox_caller import Caller
from tests.support.clock import FakeClock

NOON = 1_778_500_800
LATER = NOON + 100
URL = "https://example.org/a"
ITEM = Item("12", URL, "A", ("a", "b"), time_added=5)
NO_ITEM = {"message": "SavedItem does not exist", "type": "Internal Server Error", "code": 198}
NOTE = {"annotation_id": "n-1", "quote": "Q", "patch": "@@", "version": 2}


@pytest.fixture
def clock() -> FakeClock:
    """Stand at noon."""
    return FakeClock(NOON)


@pytest.fixture
def call(clock: FakeClock) -> Caller:
    """Call a sandbox that holds one item."""
    sandbox = PocketSandbox(clock=clock)
    sandbox.load([ITEM])
    return Caller(sandbox)


def changed(call: Caller, *actions: dict[str, Any]) -> Item:
    """Send actions, which all succeed, and return what they made of the item."""
    answer = call.send(*actions)
    assert [None] * len(actions) == answer["action_errors"]
    return call.sandbox.items["12"]


@pytest.mark.parametrize("named", [{"item_id": "12"}, {"item_id": 12}, {"url": URL}])
def test_an_item_is_named_by_id_or_url(named: dict[str, Any], call: Caller) -> None:
    """Numbers are as good as text."""
    assert changed(call, {"action": "favorite", **named}).favorite


@pytest.mark.parametrize("time", [LATER, str(LATER)])
@pytest.mark.parametrize(
    ("action", "fields"),
    [
        ({"action": "archive"}, {"status": ARCHIVED, "time_read": LATER}),
        ({"action": "favorite"}, {"favorite": True, "time_favorited": LATER}),
        ({"action": "delete"}, {"status": DELETED, "tags": ()}),
        ({"action": "readd"}, {"status": UNREAD, "time_added": LATER}),
        ({"action": "tags_add", "tags": "C,a"}, {"tags": ("a", "b", "c")}),
        ({"action": "tags_add", "tags": ["c,d"]}, {"tags": ("a", "b", "c,d")}),
        ({"action": "tags_remove", "tags": "B,x"}, {"tags": ("a",)}),
        ({"action": "tags_replace", "tags": "c"}, {"tags": ("c",)}),
        ({"action": "tags_replace", "tags": []}, {"tags": ()}),
        ({"action": "tags_replace", "tags": ""}, {"tags": ()}),
        ({"action": "tags_replace"}, {"tags": ()}),
        ({"action": "tags_clear"}, {"tags": ()}),
    ],
)
def test_an_action_changes_its_field_and_its_time_is_that_of_the_change(
    action: dict[str, Any], fields: dict[str, Any], time: Any, call: Caller
) -> None:
    """A time that is given becomes time_updated, and that of what was done."""
    item = changed(call, {**action, "item_id": "12", "time": time})

    assert {**fields, "time_updated": LATER} == {name: getattr(item, name) for name in (*fields, "time_updated")}


def test_without_a_time_an_action_is_of_now(call: Caller, clock: FakeClock) -> None:
    """It is the time of the sandbox."""
    clock.sleep(7)
    item = changed(call, *({"action": name, "item_id": "12"} for name in ("readd", "favorite", "archive")))

    assert [NOON + 7] * 4 == [item.time_added, item.time_favorited, item.time_read, item.time_updated]


def test_milliseconds_are_taken_for_seconds(call: Caller) -> None:
    """Nothing converts them here."""
    assert NOON * 1_000 == changed(call, {"action": "favorite", "item_id": "12", "time": NOON * 1_000}).time_favorited


def test_what_was_done_can_be_undone(call: Caller) -> None:
    """An unfavorite forgets the time, and a readd that of the archive."""
    item = changed(
        call, *({"action": name, "item_id": "12"} for name in ("favorite", "archive", "unfavorite", "readd"))
    )

    assert (False, 0, UNREAD, 0) == (item.favorite, item.time_favorited, item.status, item.time_read)


def test_a_deleted_item_can_be_deleted_and_archived_again(call: Caller) -> None:
    """It is still known: archiving brings it back, a favorite does not."""
    gone = changed(call, *[{"action": "delete", "item_id": "12"}] * 2, {"action": "favorite", "item_id": "12"})
    back = changed(call, {"action": "archive", "item_id": "12"})

    assert (DELETED, ARCHIVED) == (gone.status, back.status)


def test_a_tag_is_removed_by_its_stored_name(call: Caller) -> None:
    """Backslashes are a part of it, and blanks at the end do not count."""
    stored = changed(call, {"action": "tags_replace", "item_id": "12", "tags": ["it's", "x" * 24 + " y"]}).tags
    kept = changed(call, {"action": "tags_remove", "item_id": "12", "tags": ["it's"]}).tags
    gone = changed(call, {"action": "tags_remove", "item_id": "12", "tags": ["it\\'s", "x" * 24]}).tags

    assert ("it\\'s", "x" * 24 + " ") == stored == kept
    assert () == gone


def test_an_added_url_answers_its_item(call: Caller) -> None:
    """Its time is believed, and tags are put on now."""
    plain = {"action": "add", "url": f"{URL}1", "time": 9, "ref_id": "1"}
    tagged = {"action": "add", "url": f"{URL}2", "time": "9", "title": "T", "tags": ["x"]}
    results = call.send(plain, tagged)["action_results"]
    items = [call.sandbox.items[result["item_id"]] for result in results]

    assert [f"{URL}1", f"{URL}2"] == [result["given_url"] for result in results]
    assert [(9, 9, None, ()), (9, NOON, "T", ("x",))] == [
        (item.time_added, item.time_updated, item.given_title, item.tags) for item in items
    ]
    assert {f"{URL}1": 1, f"{URL}2": 1} == call.sandbox.adds


def test_a_readd_answers_its_item_and_by_url_it_is_an_add(call: Caller) -> None:
    """The item is as flat as that of an add."""
    answer = call.send({"action": "readd", "item_id": "12"}, {"action": "readd", "url": f"{URL}/new", "time": 3})
    first, second = answer["action_results"]

    assert ("12", URL) == (first["item_id"], first["given_url"])
    assert 3 == call.sandbox.items[second["item_id"]].time_added


def test_a_url_of_another_scheme_fails_alone(call: Caller) -> None:
    """It can be parsed, but not be saved; so a tag of blanks."""
    answer = call.send(
        {"action": "add", "url": "javascript:alert(1)"},
        {"action": "add", "url": "http://localhost/x"},
        {"action": "tags_add", "item_id": "12", "tags": [" "]},
    )

    assert [False, True, False] == [bool(result) for result in answer["action_results"]]
    assert [130, None, 130] == [error and error["code"] for error in answer["action_errors"]]


def test_an_add_by_item_id_alone_fails(call: Caller) -> None:
    """The documents would take one."""
    answer = call.send({"action": "add", "item_id": "12"})

    assert (1, [False], 198) == (answer["status"], answer["action_results"], answer["action_errors"][0]["code"])


def test_an_unknown_item_is_an_error_of_its_action(call: Caller) -> None:
    """The others of the batch are done; the status says nothing of it."""
    answer = call.send(
        {"action": "archive", "item_id": "99"},
        {"action": "readd", "item_id": "99"},
        {"action": "tags_add", "url": "https://example.org/unknown", "tags": "x"},
        {"action": "favorite", "item_id": "12"},
    )

    assert {
        "status": 1,
        "action_errors": [NO_ITEM, NO_ITEM, NO_ITEM, None],
        "action_results": [False, False, False, True],
    } == answer
    assert call.sandbox.items["12"].favorite


@pytest.mark.parametrize("name", ["bogus", "opened_app", "pv"])
def test_an_unknown_action_is_refused_alone(name: str, call: Caller) -> None:
    """Kobo still sends some; nothing else about them is looked at."""
    answer = call.send({"action": name, "time": "x"}, {"action": "favorite", "item_id": "12"})

    assert [False, True] == answer["action_results"]
    assert {"message": f"Invalid Action: '{name}'", "type": "Bad request", "code": 130} == answer["action_errors"][0]


def test_a_tag_is_renamed_and_deleted_on_every_item(call: Caller) -> None:
    """A rename to a tag that is there joins the two; what has not the tag is not touched."""
    call.sandbox.load([Item("13", f"{URL}3", tags=("c", "a"), time_added=5), Item("14", f"{URL}4", time_added=5)])
    renamed = call.send({"action": "tag_rename", "old_tag": "A", "new_tag": "B", "time": LATER})
    after_rename = [item.tags for item in call.sandbox.items.values()]
    deleted = call.send({"action": "tag_delete", "tag": "C"}, {"action": "tag_delete", "tag": "unknown"})

    assert [("b",), ("c", "b"), ()] == after_rename
    assert [("b",), ("b",), ()] == [item.tags for item in call.sandbox.items.values()]
    assert [LATER, NOON, 5] == [item.time_updated for item in call.sandbox.items.values()]
    assert [[True], [True, True]] == [answer["action_results"] for answer in (renamed, deleted)]


def test_a_tag_that_is_not_there_cannot_be_renamed(call: Caller) -> None:
    """It is the one action on tags that minds."""
    answer = call.send({"action": "tag_rename", "old_tag": "zzz", "new_tag": "b"})

    assert [{"message": "Tag not found", "type": "Internal Server Error", "code": 198}] == answer["action_errors"]


def test_annotations_are_added_and_deleted(call: Caller) -> None:
    """An unknown one is an error."""
    added = changed(call, {"action": "add_annotation", "item_id": "12", "annotation": NOTE}).annotations
    deleted = changed(call, {"action": "delete_annotation", "annotation_id": "n-1"}).annotations
    again = call.send({"action": "delete_annotation", "annotation_id": "n-1"})

    assert (Annotation("n-1", "Q", "@@"),) == added
    assert () == deleted
    assert [False] == again["action_results"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"action": "archive"},
        {"action": "archive", "item_id": None, "url": None},
        {"action": "archive", "item_id": "abc"},
        {"action": "archive", "item_id": "-1"},
        {"action": "archive", "item_id": True},
        {"action": "archive", "url": "nonsense"},
        {"action": "archive", "url": "https://"},
        {"action": "archive", "url": "https://example.org:99999/"},
        {"action": "archive", "url": 7},
        {"action": "archive", "item_id": "12", "time": "yesterday"},
        {"action": "archive", "item_id": "12", "time": 1.5},
        {"action": "archive", "item_id": "12", "time": -1},
        {"action": "archive", "item_id": "12", "time": True},
        {"action": "archive", "item_id": "12", "time": None},
        {"action": "add", "url": "example.org/without-scheme"},
        {"action": "add", "url": URL, "title": ""},
        {"action": "add", "url": URL, "tags": ""},
        {"action": "add", "url": URL, "tags": "a,"},
        {"action": "tags_add", "item_id": "12"},
        {"action": "tags_add", "item_id": "12", "tags": []},
        {"action": "tags_remove", "item_id": "12", "tags": ["a", ""]},
        {"action": "tags_remove", "item_id": "12", "tags": {"a": 1}},
        {"action": "tags_replace", "item_id": "12", "tags": "a,,b"},
        {"action": "tag_rename", "old_tag": "a"},
        {"action": "tag_rename", "old_tag": "", "new_tag": "b"},
        {"action": "tag_delete", "tag": 7},
        {"action": "recent_search"},
        {"action": "add_annotation", "item_id": "12"},
        {"action": "add_annotation", "item_id": "12", "annotation": {**NOTE, "quote": ""}},
        {"action": "add_annotation", "item_id": "12", "annotation": {**NOTE, "version": 1}},
        {"action": "delete_annotation"},
        {"action": ""},
        {"action": 7},
        {"item_id": "12"},
        "archive",
        None,
    ],
)
def test_one_malformed_action_voids_its_batch(wrong: Any, call: Caller) -> None:
    """Nothing is done, also of what stands before it."""
    answer = call("send", actions=[{"action": "favorite", "item_id": "12"}, wrong])

    assert (400, "130") == (answer.status_code, answer.headers["X-Error-Code"])
    assert {"error"} == set(answer.get_json())
    assert {"12": ITEM} == call.sandbox.items


@pytest.mark.parametrize("actions", [None, [], {}, "", "nonsense", "{}", 7])
def test_a_send_without_actions_is_a_400(actions: Any, call: Caller) -> None:
    """They are an array, and not an empty one."""
    assert 400 == call("send", **({} if actions is None else {"actions": actions})).status_code


def test_what_is_missing_has_no_value_in_the_refusal(call: Caller) -> None:
    """What is wrong is repeated."""
    message = call("send", actions=[{"action": "tags_add", "item_id": "12"}]).get_json()["error"]

    assert {"path": "tags", "type": "array_field"} == json.loads(message.partition(": ")[2])


@pytest.mark.parametrize("turns", [0, 1, 2])
def test_actions_in_a_form_or_a_query_are_json_text(turns: int, call: Caller) -> None:
    """They may be percent-encoded once or twice too often."""
    text = json.dumps([{"action": "tags_add", "item_id": "12", "tags": ["ü"]}])
    for _ in range(turns):
        text = quote(text)
    answers = [call.form("send", actions=text), call.query("send", actions=text), call("send_guid", actions=text)]

    assert [[True]] * 3 == [answer.get_json()["action_results"] for answer in answers]
    assert ("a", "b", "ü") == call.sandbox.items["12"].tags


def test_more_than_thirty_actions_are_carried_out(call: Caller) -> None:
    """The number is advertised and not insisted on."""
    answer = call.send(*({"action": "add", "url": f"{URL}/{number}"} for number in range(100)))

    assert 100 == len(answer["action_results"])
    assert 101 == len(call.sandbox.items)
