"""The Pocket sandbox as the server before 2024, and as servers that only speak like Pocket."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

import pytest

from adapters.pocket.sandbox import PocketSandbox
from adapters.pocket.sandbox_account import ARCHIVED, DELETED, Annotation, Item
from tests.adapters.pocket.sandbox_caller import Caller
from tests.support.clock import FakeClock

NOON = 1_778_500_800
URL = "https://example.org/a"
STUB = {"item_id": "3", "status": "2", "listen_duration_estimate": 0}


@pytest.fixture
def call() -> Caller:
    """Call the server before 2024: one item unread, one archived and one deleted."""
    sandbox = PocketSandbox(clock=FakeClock(NOON))
    sandbox.dialect = "legacy"
    sandbox.load(
        [
            Item("1", "https://b.example/1", "B", ("x",), favorite=True, time_added=10),
            Item("2", "https://a.example/2", "c", status=ARCHIVED, time_added=20, page=None),
            Item("3", "https://c.example/3", "A", status=DELETED, time_added=30),
        ]
    )
    return Caller(sandbox)


def test_a_list_is_what_is_unread_unless_another_state_is_named(call: Caller) -> None:
    """Deleted items come with `since` alone, and then as stubs with one key more."""
    states: list[dict[str, Any]] = [
        {"state": None},
        {"state": "archive"},
        {"state": "all"},
        {"state": "all", "since": 1},
    ]

    assert [["1"], ["2"], ["1", "2"], ["3", "1", "2"]] == [call.listed(**state) for state in states]
    assert STUB == call.json("get", since=1, state="all")["list"]["3"]


def test_the_envelope_of_old_has_a_search_type_and_an_array_for_an_empty_list(call: Caller) -> None:
    """A change since a moment is not complete."""
    full, delta = (call.json("get", state="all", since=since, total="1") for since in (None, NOON))

    assert {
        "status": 2,
        "complete": 0,
        "list": [],
        "error": None,
        "search_meta": {"search_type": "normal"},
        "since": NOON,
        "total": "0",
    } == delta
    assert (1, 1, "2", ["1", "2"]) == (full["status"], full["complete"], full["total"], list(full["list"]))


def test_a_page_past_the_end_is_status_2(call: Caller) -> None:
    """The status is that of the page."""
    assert (2, []) == tuple(call.json("get", offset=9)[key] for key in ("status", "list"))


def test_only_the_complete_form_has_tags_and_only_where_there_are_any(call: Caller) -> None:
    """A title that was not given is empty, and a pending item has the id 0."""
    call.sandbox.load([Item("4", URL)])
    simple, complete = (call.json("get", state="all", detailType=form)["list"] for form in ("simple", "complete"))

    assert not any("tags" in row for row in simple.values())
    assert {"x": {"item_id": "1", "tag": "x"}} == complete["1"]["tags"]
    assert ("0", "", "", []) == tuple(
        complete["2"][key] for key in ("resolved_id", "given_url", "resolved_url", "images")
    )
    assert ("94", "", "Resolved a") == tuple(
        complete["4"][key] for key in ("resolved_id", "given_title", "resolved_title")
    )
    assert "tags" not in complete["4"]


def test_title_and_site_are_sorts(call: Caller) -> None:
    """Titles go without case; others than the four are newest."""
    sorts = ("title", "site", "oldest", "newest", "relevance")

    assert ["12", "21", "12", "21", "21"] == ["".join(call.listed(sort=sort)) for sort in sorts]


def test_wrong_parameters_are_taken_for_absent(call: Caller) -> None:
    """Except a state."""
    wrong = {"count": "many", "offset": -1, "since": "x", "favorite": "yes", "contentType": "book", "sort": "up"}

    assert ["2", "1"] == call.listed(**wrong)
    assert 400 == call("get", state="gone").status_code


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"favorite": 1}, "1"),
        ({"favorite": "0"}, "2"),
        ({"favorite": True}, "1"),
        ({"tag": "x"}, "1"),
        ({"tag": "_untagged_"}, "2"),
        ({"contentType": "article"}, "1"),
        ({"domain": "a.example"}, "2"),
        ({"search": "b"}, "1"),
        ({"count": "1"}, "1"),
        ({"offset": "1"}, "2"),
    ],
)
def test_the_filters_of_old(asked: dict[str, Any], found: str, call: Caller) -> None:
    """Numbers are flags, and a domain is a filter."""
    assert [found] == call.listed(**asked)


def test_without_a_count_up_to_five_thousand_come(call: Caller) -> None:
    """What is beyond them is silently missing."""
    call.sandbox.cap = None
    call.sandbox.load(Item(str(number), f"{URL}{number}") for number in range(10, 5_020))

    assert 5_000 == len(call.listed(state="unread"))


def test_extras_come_when_asked_for(call: Caller) -> None:
    """Tags, the account, and highlights."""
    call.sandbox.load([Item("1", "https://b.example/1", annotations=(Annotation("n", "Q"),), tags=("t",))])
    answer = call.json("get", taglist=1, account=1, annotations=1)

    assert (["t"], "sandbox@example.org") == (answer["tags"], answer["account"]["email"])
    assert ["n"] == [row["annotation_id"] for row in answer["list"]["1"]["annotations"]]


def test_an_added_item_has_one_key_more_than_later(call: Caller) -> None:
    """What is empty of it is an array."""
    item = call.json("add", url=URL)["item"]

    assert item["item_id"] == item["extended_item_id"]
    assert ([], "77") == (item["videos"], item["authors"]["77"]["author_id"])


def test_a_send_says_0_when_anything_failed(call: Caller) -> None:
    """Each action has its own result all the same."""
    good, bad = {"action": "favorite", "item_id": "1"}, {"action": "bogus"}
    first, second = call.send(good, bad), call.send(good)

    assert (0, [True, False]) == (first["status"], first["action_results"])
    assert (1, [True]) == (second["status"], second["action_results"])


def test_json_is_written_as_by_php(call: Caller) -> None:
    """Slashes and everything beyond ASCII are escaped."""
    text = call("get").text

    assert r"https:\/\/b.example\/1" in text
    assert r"caf\u00e9" in text


def test_without_x_accept_the_answer_is_a_form(call: Caller) -> None:
    """Even to JSON, and what is nested has brackets; what is null is left out."""
    pairs = dict(parse_qsl(call.form("get").text))
    answer = call.form("send", actions='[{"action":"favorite","item_id":"1"},{"action":"bogus"}]')
    sent = dict(parse_qsl(answer.text))

    assert "application/x-www-form-urlencoded" == answer.mimetype
    assert ("1", "https://b.example/1") == (pairs["status"], pairs["list[1][given_url]"])
    assert "error" not in pairs
    assert {"action_results[0]": "1", "action_results[1]": "0", "action_errors[1][code]": "130"}.items() <= sent.items()


def test_a_bad_token_is_refused_in_text(call: Caller) -> None:
    """The code is in a header, and the parameters are looked at later."""
    answers = [
        call(route, access_token="another", state="gone", actions=[]) for route in ("get", "add", "send", "send_guid")
    ]

    assert {(401, "401 Unauthorized", "text/html", "107")} == {
        (answer.status_code, answer.text, answer.mimetype, answer.headers["X-Error-Code"]) for answer in answers
    }


@pytest.mark.parametrize(("key", "status", "code"), [(None, 400, "138"), ("", 400, "138"), ("12345-678", 403, "152")])
def test_a_missing_key_is_another_thing_than_a_wrong_one(key: str | None, status: int, code: str, call: Caller) -> None:
    """Both are found before the token is looked at."""
    answer = call("get", consumer_key=key, access_token="x")

    assert (status, code) == (answer.status_code, answer.headers["X-Error-Code"])


def test_a_server_that_ignores_offsets_repeats_its_first_page(call: Caller) -> None:
    """So a client that pages by them would never end."""
    call.sandbox.ignores_offset = True
    call.sandbox.dialect = "late"

    assert ["1", "2", "3"] == sorted(call.listed()) == sorted(call.listed(offset=30))


@pytest.mark.parametrize("dialect", ["late", "legacy"])
def test_a_server_that_ignores_since_lists_everything(dialect: str, call: Caller) -> None:
    """The list is in the order of adding."""
    call.sandbox.ignores_since = True
    call.sandbox.dialect = dialect

    assert ["1", "2"] == [item_id for item_id in call.listed(since=NOON) if item_id != "3"]


def test_a_server_with_bare_results_hides_the_items(call: Caller) -> None:
    """An add is true and no more."""
    call.sandbox.bare_results = True

    assert [True, False] == call.send({"action": "add", "url": URL}, {"action": "bogus"})["action_results"]


def test_a_server_without_an_array_of_errors_has_results_alone(call: Caller) -> None:
    """As the documents show it."""
    call.sandbox.no_errors_array = True

    assert {"status": 0, "action_results": [False]} == call.send({"action": "bogus"})
