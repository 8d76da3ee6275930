"""Pocket's protocol as a library, against the sandbox in fake time and against scripted answers."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import Client as Browser

from adapters.http.pacing import InMemoryPace
from adapters.http.serving import (
    CUT,
    DROP_AFTER,
    DROP_BEFORE,
    ERROR_AFTER,
    ERROR_BEFORE,
    HTML_AFTER,
    HTML_BEFORE,
    UNAUTHORIZED,
    Fault,
    refuse,
)
from adapters.http.session import Reply, Verdict
from adapters.http.trouble import Trouble
from adapters.pocket import POCKET, PocketConfig, actions
from adapters.pocket.actions import Action, Carried, Declined, Unclear
from adapters.pocket.calls import Limit, judge, limits, patience
from adapters.pocket.client import LIKE_A_KOBO, PocketClient
from adapters.pocket.errors import KEYS, LOGIN, LoginFailed, NoSuchRoute, NotApproved, NotPermitted, Refusal
from adapters.pocket.paging import Repeats, Shifted
from adapters.pocket.sandbox import partly
from adapters.pocket.wire import Listing
from bridge.model.adapter import Context
from bridge.model.errors import (
    BridgeError,
    ConfigurationError,
    CredentialsError,
    ProtocolError,
    Unavailable,
    UnknownOutcome,
)
from bridge.model.secret import Secret
from tests.adapters.pocket.desk import Desk, stored
from tests.support.clock import FakeClock
from tests.support.scripted_transport import Scripted, ScriptedTransport, ok, status

TOKEN, KEY, PASSWORD = "5678defg-5678", "1234-abcd1234abcd", "pässword"
URL = "https://example.org/page"
REDIRECT = "http://127.0.0.1:1234/pocket?state=s"
ELSEWHERE = "https://pocket.example/v3/"


def scripted(*script: Scripted, **config: Any) -> tuple[PocketClient, ScriptedTransport]:
    """Make a client of a server that answers by a script."""
    clock, network = FakeClock(), ScriptedTransport(*script)
    form = config.pop("form", False)
    login = {"consumer_key": Secret(KEY), "access_token": Secret(TOKEN)}
    client = PocketClient(
        PocketConfig(**{"url": POCKET, **login, **config}),
        Context(InMemoryPace(), clock, clock.sleep),
        network,
        form=form,
    )
    return client, network


def answer(**document: Any) -> Scripted:
    """Answer in JSON."""
    return ok(json.dumps(document).encode())


def listing(*ids: object, **envelope: Any) -> Scripted:
    """Answer a get."""
    return answer(status=1, list={str(item): {"item_id": str(item)} for item in ids}, **envelope)


def bodies(network: ScriptedTransport) -> list[Any]:
    """Return the JSON of the requests that were sent."""
    return [json.loads(request.body or b"{}") for request in network.sent]


# Requests.


def test_a_request_is_json_with_the_keys_in_it() -> None:
    """Its Content-Type has no charset, at which one server fails, and X-Accept is always sent."""
    client, network = scripted(listing())
    client.get(sort="oldest")

    assert [{"consumer_key": KEY, "access_token": TOKEN, "state": "all", "sort": "oldest"}] == bodies(network)
    assert ("POST", POCKET + "get") == (network.sent[0].method, network.sent[0].url)
    assert ("application/json", "application/json") == (
        network.sent[0].headers["Content-Type"],
        network.sent[0].headers["X-Accept"],
    )


def test_every_parameter_has_the_form_that_all_servers_take() -> None:
    """Flags are text, numbers are numbers; None is not sent."""
    client, network = scripted(listing())
    client.get(
        state=None,
        favorite=True,
        tag="_untagged_",
        content_type="video",
        sort="newest",
        detail_type="complete",
        search="words",
        domain="example.org",
        since=1,
        count=2,
        offset=0,
        total=False,
        annotations=True,
        has_annotations=True,
        taglist=True,
        force_taglist=True,
        account=True,
        force_account=True,
        premium=True,
        force_premium=True,
        updated_before=3,
    )

    assert {
        "consumer_key": KEY,
        "access_token": TOKEN,
        "favorite": "1",
        "tag": "_untagged_",
        "contentType": "video",
        "sort": "newest",
        "detailType": "complete",
        "search": "words",
        "domain": "example.org",
        "since": 1,
        "count": 2,
        "offset": 0,
        "total": "0",
        **dict.fromkeys(("annotations", "hasAnnotations", "taglist", "forcetaglist", "account"), "1"),
        **dict.fromkeys(("forceaccount", "premium", "forcepremium"), "1"),
        "updatedBefore": 3,
    } == bodies(network)[0]


def test_a_token_may_go_into_the_query() -> None:
    """Where a server looks for it there; paths are those of the account."""
    client, network = scripted(answer(action_results=[]), url=ELSEWHERE, token_in="query", paths={"send": "modify"})
    list(client.send([actions.delete("7")]))
    parts = urlsplit(network.sent[0].url or "")

    assert ("/v3/modify", {"access_token": [TOKEN]}) == (parts.path, parse_qs(str(parts.query)))
    assert {"consumer_key", "actions"} == bodies(network)[0].keys()


def test_basic_authentication_goes_along() -> None:
    """With a token or in its place."""
    client, network = scripted(listing(), url=ELSEWHERE, access_token=None, user="alice", password=Secret(PASSWORD))
    client.get()

    assert network.sent[0].headers["Authorization"].startswith("Basic ")
    assert {"consumer_key", "state"} == bodies(network)[0].keys()
    assert f"pocket {ELSEWHERE} alice" == client.identity


def test_a_form_carries_the_keys_too() -> None:
    """The oldest clients sent nothing else."""
    client, network = scripted(listing(), answer(action_results=[True]), form=True)
    client.get(count=1)
    list(client.send([actions.delete("7")]))

    assert "application/x-www-form-urlencoded" == network.sent[0].headers["Content-Type"]
    fields = [dict(parse_qsl(str(request.body))) for request in network.sent]
    assert {"consumer_key": KEY, "access_token": TOKEN, "state": "all", "count": "1"} == fields[0]
    assert [{"action": "delete", "item_id": "7"}] == json.loads(fields[1]["actions"])


@pytest.mark.parametrize(
    ("config", "why"),
    [
        ({"consumer_key": None}, "There is no consumer key"),
        ({"access_token": None}, "There is no access token"),
        ({"access_token": None, "user": "alice"}, "There is no access token"),
        ({"url": ELSEWHERE, "password": Secret("x")}, "a password for Pocket, but no user"),
    ],
)
def test_a_login_that_cannot_work_is_refused_before_it_is_sent(config: dict[str, Any], why: str) -> None:
    """With a remedy each."""
    client, network = scripted(listing(), **config)
    with pytest.raises(CredentialsError, match=why) as caught:
        client.get()

    assert caught.value.remedy
    assert ([], 0) == (network.sent, client.calls)


def test_an_account_is_known_by_its_user_or_its_token() -> None:
    """Of the token, only a digest is told."""
    named, nameless = scripted(listing(), user="alice")[0], scripted(listing())[0]

    assert f"pocket {POCKET} alice" == named.identity
    assert f"pocket {POCKET} 81cfe34b3368" == nameless.identity


def test_an_account_of_nobody_has_no_name() -> None:
    """Neither a user nor a token says whose it is."""
    with pytest.raises(CredentialsError, match="There is no access token"):
        _ = scripted(listing(), access_token=None)[0].identity


@pytest.mark.parametrize(
    ("config", "why"),
    [
        ({"token_in": "header"}, "token goes into no 'header'"),
        ({"paths": {"modify": "x"}}, "no path 'modify'"),
        ({"page": 0}, "A page of 0 items"),
        ({"page": 5_001}, "A page of 5001 items"),
        ({"lacks": ("note",)}, "no field 'note' to lack"),
        ({"gaps": {"get": 1.0}}, "no route class 'get'"),
    ],
)
def test_a_config_that_cannot_work_is_refused(config: dict[str, Any], why: str) -> None:
    """With a remedy each."""
    with pytest.raises(ConfigurationError, match=why) as refused:
        PocketConfig(**config)

    assert refused.value.remedy


def test_a_server_without_a_key_gets_none() -> None:
    """Compatible servers do without."""
    client, network = scripted(listing(), url=ELSEWHERE, consumer_key=None)
    client.get()

    assert {"access_token", "state"} == bodies(network)[0].keys()


def test_a_server_for_kobos_is_asked_like_a_kobo() -> None:
    """It refuses a get that leaves one of their parameters out, and then the client sends them all."""
    client, network = scripted(status(422, b'{"detail": [{"loc": ["body", "total"]}]}'), listing(1), url=ELSEWHERE)
    client.get(count=5)
    client.get()

    assert [None, "article", "article"] == [body.get("contentType") for body in bodies(network)]
    assert [5, 5, 30] == [body.get("count") for body in bodies(network)]
    assert LIKE_A_KOBO.keys() <= bodies(network)[2].keys()


def test_a_server_that_refuses_even_that_has_refused() -> None:
    """It is not asked a third time."""
    client, network = scripted(status(422, b'{"detail": "no"}'), url=ELSEWHERE)
    with pytest.raises(ProtocolError, match=r"refuses get: no\."):
        client.get()

    assert 2 == len(network.sent)


# Answers.


@pytest.mark.parametrize("fault", [ERROR_BEFORE, ERROR_AFTER, DROP_BEFORE, DROP_AFTER, CUT, refuse(), refuse(120)])
@pytest.mark.parametrize("dialect", ["late", "legacy"])
def test_a_read_survives_a_fault(fault: Fault, dialect: str) -> None:
    """It is asked for again."""
    desk = Desk()
    desk.sandbox.dialect = dialect
    desk.load(stored(1))
    desk.sandbox.faults.add(fault, "get")

    assert ["1"] == [item.item_id for item in desk.client.get().items]
    assert ["get", "get"] == desk.routes


@pytest.mark.parametrize("dialect", ["late", "legacy"])
def test_both_servers_are_understood(dialect: str) -> None:
    """What is added, changed and listed is the same, in whatever words."""
    desk = Desk()
    desk.sandbox.dialect = dialect
    added = desk.client.add(URL, title="T", tags="a,b")
    done = list(desk.client.send([actions.archive(added.item_id), actions.favorite("404")]))
    [item] = desk.client.get(detail_type="complete").items

    assert (added.item_id, "T", ("a", "b"), "1") == (item.item_id, item.given_title, item.tags, item.status)
    assert [Carried(), Declined("SavedItem does not exist", 198)] == done


def test_a_page_of_html_is_no_empty_list() -> None:
    """One that lacks Pocket's mark may come from the network's login page."""
    desk, elsewhere = Desk(), Desk(url=ELSEWHERE)
    for each in (desk, elsewhere):
        each.sandbox.faults.add(HTML_BEFORE)
    with pytest.raises(ProtocolError, match=r"answer of Pocket to get is an HTML page\. It may not be from Pocket"):
        desk.client.get()
    with pytest.raises(ProtocolError, match=r"at pocket.example to get is an HTML page\. Try again later"):
        elsewhere.client.get()


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (answer(error="upstream failure"), r"without a list: upstream failure\."),
        (answer(status=0, error="no", list={}), r"an error: no\."),
        (answer(status=0, list={}), r"an error\."),
        (answer(status=1, error="Something broke", list=[]), r"an error: Something broke\."),
        (answer(status=2, error={"message": "no"}, list={}), r"an error: no\."),
        (answer(status=1, error=5, list={}), r"an error\."),
        (status(200, b'{"status": 1, "list": []}', X_Error_Code="198", X_Error="Internal."), "an error: Internal"),
    ],
)
def test_an_error_in_a_good_answer_is_an_error(reply: Scripted, why: str) -> None:
    """In its own words, where it has some."""
    client, _network = scripted(reply)
    with pytest.raises(ProtocolError, match=why):
        client.get()


@pytest.mark.parametrize("dialect", ["late", "legacy"])
def test_a_refused_token_stops_the_host(dialect: str) -> None:
    """It is not tried twice, and no secret is told."""
    desk = Desk(access_token=Secret(TOKEN))
    desk.sandbox.dialect = dialect
    for _attempt in range(2):
        with pytest.raises(CredentialsError, match="does not accept the login") as caught:
            desk.client.get()
        assert TOKEN not in "".join(traceback.format_exception(caught.value))

    assert ({"getpocket.com"}, 1) == (desk.context.denied, desk.client.calls)


def test_an_unauthorized_send_stops_the_host() -> None:
    """The late server says it of each action, inside of 200."""
    desk = Desk(access_token=Secret(TOKEN))
    with pytest.raises(CredentialsError):
        list(desk.client.send([actions.archive("7"), actions.favorite("7")]))

    assert {"getpocket.com"} == desk.context.denied


def test_an_error_inside_of_200_stops_the_host() -> None:
    """With the code 5200 in a header."""
    desk = Desk()
    desk.sandbox.logged_out = True
    with pytest.raises(CredentialsError, match="nobody is logged in"):
        desk.client.get()


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (status(403), 'the consumer key is not valid, or lacks the permission "Retrieve"'),
        (status(403, X_Error_Code="77"), r"forbids get \(code 77\)"),
        (status(403, X_Error_Code="152"), r"the consumer key is not valid \(code 152\)"),
        (status(403, X_Error_Code="4152"), r"the consumer key is not valid \(code 152\)"),
        (status(400, X_Error_Code="138"), r"the consumer key is missing \(code 138\)"),
        (status(403, X_Error_Code="x", X_Limit_User_Remaining="5"), "forbids get: the consumer key"),
    ],
)
def test_what_is_forbidden_is_told_with_its_likely_reasons(reply: Scripted, why: str) -> None:
    """It stops no other account on the host: the key may lack no more than a permission."""
    client, network = scripted(reply)
    with pytest.raises(NotPermitted, match=why) as caught:
        client.get()

    assert caught.value.remedy
    assert 1 == len(network.sent)


def test_a_key_without_a_permission_is_told_so() -> None:
    """Each call needs another one."""
    desk = Desk()
    desk.sandbox.permissions = frozenset({"get"})
    for call, permission in (
        (lambda: desk.client.add(URL), "Add"),
        (lambda: list(desk.client.send([actions.archive("7")])), "Modify"),
    ):
        with pytest.raises(NotPermitted, match=f'permission "{permission}"'):
            call()


@pytest.mark.parametrize(
    ("code", "kind"), [(404, NoSuchRoute), (405, NoSuchRoute), (400, Refusal), (413, Refusal), (418, ProtocolError)]
)
def test_a_wrong_status_is_no_answer(code: int, kind: type[BridgeError]) -> None:
    """Neither to a write nor to a read, of which no item can be at fault."""
    client, _network = scripted(status(code, b"<html>no</html>"))
    with pytest.raises(kind):
        client.add(URL)
    with pytest.raises(kind if kind is not Refusal else ProtocolError):
        client.get()


def test_a_refusal_has_the_words_of_the_server() -> None:
    """Those of its body if it is JSON, else those of its header, and never a secret."""
    bodied = status(400, b'{"error": "Invalid value: 5678defg-5678"}', X_Error="Bad request", X_Error_Code="130")
    headed = status(418, b"418 I'm a teapot", X_Error="Too hot.")
    worded = status(418, b"cold", X_Error="<b>")
    with pytest.raises(Refusal) as refused:
        scripted(bodied)[0].add(URL)

    assert ("Invalid value: ***", 130) == (refused.value.words, refused.value.code)
    for reply, words in ((headed, "status 418: Too hot"), (worded, "status 418: cold"), (status(418), "status 418")):
        with pytest.raises(ProtocolError, match=rf"{words}\."):
            scripted(reply)[0].get()


# Limits.


@pytest.mark.parametrize(
    ("headers", "read"),
    [
        ({}, ()),
        ({"x-limit-user-remaining": "5"}, (Limit("user", 5),)),
        (
            {"x-limit-key-remaining": "0", "x-limit-key-limit": "10000", "x-limit-key-reset": "60"},
            (Limit("key", 0, 10_000, 60.0),),
        ),
        ({"x-limit-user-remaining": "many", "x-limit-key-remaining": "-1", "x-limit-user-limit": "320"}, ()),
    ],
)
def test_limits_are_read_leniently(headers: dict[str, str], read: tuple[Limit, ...]) -> None:
    """A header that is missing or no number is as good as none."""
    assert read == limits(headers)


@pytest.mark.parametrize(
    ("limit", "wait"),
    [
        (Limit("user", 300, 320, 3600.0), 0.0),
        (Limit("user", 33, 320, 3600.0), 0.0),
        (Limit("user", 32, 320, 3300.0), 100.0),
        (Limit("user", 0, 320, 60.0), 60.0),
        (Limit("user", 9, None, 100.0), 10.0),
        (Limit("user", 11, None, 100.0), 0.0),
        (Limit("user", 0, 320, None), 0.0),
    ],
)
def test_the_last_calls_are_spread_over_the_window(limit: Limit, wait: float) -> None:
    """From a tenth of the limit on, or from the last ten calls."""
    assert wait == limit.wait


def test_nobody_is_kept_waiting_for_longer_than_a_window() -> None:
    """A reset in years is a mistake."""
    assert 3_600.0 == Limit("user", 0, 320, 999_999_999.0).wait


def test_the_tighter_limit_counts() -> None:
    """Be it the user's or the key's."""
    headers = {"x-limit-user-remaining": "0", "x-limit-user-reset": "9", "x-limit-key-remaining": "0"}

    assert 9.0 == patience(Reply(200, headers))
    assert 30.0 == patience(Reply(200, {**headers, "x-limit-key-reset": "30"}))
    assert 0.0 == patience(Reply(200))


@pytest.mark.parametrize("over", [403, 429])
def test_a_limit_is_never_met(over: int) -> None:
    """However many calls are made, none is refused, and the account says what is left."""
    desk = Desk()
    desk.sandbox.dialect, desk.sandbox.limits, desk.sandbox.over_limit = "legacy", 20, over
    begin = desk.clock.now
    for _call in range(45):
        desk.client.get(count=1)

    assert {200} == {call.status for call in desk.sandbox.log}
    assert 2 * 3600 <= desk.clock.now - begin < 3 * 3600
    assert [("user", 20), ("key", 10_000)] == [(limit.scope, limit.limit) for limit in desk.client.limits]


@pytest.mark.parametrize("over", [403, 429])
def test_a_limit_that_somebody_else_used_up_is_waited_for(over: int) -> None:
    """A 403 that says that nothing is left is no lack of permission."""
    desk = Desk()
    desk.sandbox.dialect, desk.sandbox.limits, desk.sandbox.over_limit = "legacy", 1, over
    desk.client.get(count=1)
    other = PocketClient(desk.config, Context(InMemoryPace(), desk.clock, desk.clock.sleep), desk.wire)
    begin = desk.clock.now
    other.get(count=1)

    assert 3600 <= desk.clock.now - begin < 3700
    assert [200, over, 200] == [call.status for call in desk.sandbox.log]


def test_no_answer_is_judged_by_status() -> None:
    """Trouble is none of the service's words."""
    assert Verdict.AGAIN is judge(Trouble("dropped"))
    assert Verdict.SLOWER is judge(Reply(403, {"x-limit-key-remaining": "0"}))


# Pages.


def pages(client: PocketClient, **query: Any) -> tuple[list[list[str]], list[Listing | Repeats | Shifted]]:
    """Return the ids of each page, and the pages."""
    found = list(client.pages(**query))
    return [[item.item_id for item in page.items] for page in found if isinstance(page, Listing)], found


def test_pages_end_with_an_empty_one() -> None:
    """A page that is shorter than asked for proves nothing, and stubs count."""
    desk = Desk()
    desk.sandbox.cap = 4
    desk.load(*(stored(number, status=2 if number % 3 == 0 else 0) for number in range(1, 10)))
    ids, _found = pages(desk.client, count=6, sort="oldest")

    assert [["1", "2", "4", "3"], ["5", "7", "6"], ["8", "9"]] == ids
    assert [0, 3, 6, 8, 9] == [call.args["offset"] for call in desk.sandbox.log]


def test_an_empty_account_has_one_page() -> None:
    """It tells the time, and what else is asked for."""
    ids, found = pages(Desk().client)

    assert ([[]], 1) == (ids, len(found))


def test_an_item_comes_once() -> None:
    """Though a list that moves shows it on two pages."""
    client, _network = scripted(listing(1, 2), listing(2, 3), listing(3, 4), listing())

    assert [["1", "2"], ["3"], ["4"]] == pages(client)[0]


@pytest.mark.parametrize(
    ("count", "held", "repeats"),
    [
        (30, 30, Repeats(30, 30, fixed=True)),
        (30, 5, Repeats(30, 5, fixed=True)),
        (30, 31, Repeats(30, 31, fixed=True)),
        (100, 30, Repeats(100, 30, fixed=True)),
    ],
)
def test_a_server_that_ignores_offset_and_count_is_noticed(count: int, held: int, repeats: Repeats) -> None:
    """It gives the same again, and also where another number is asked for: then that is all it has."""
    client, network = scripted(listing(*range(held)))
    ids, found = pages(client, count=count)

    assert ([held], 3) == ([len(page) for page in ids], len(network.sent))
    assert repeats == found[-1]
    assert repeats.whole


@pytest.mark.parametrize(("count", "held", "sent"), [(30, 30, 30), (30, 31, 30), (30, 5, 5), (40, 35, 30)])
def test_a_server_that_ignores_the_offset_alone_may_have_more(count: int, held: int, sent: int) -> None:
    """Unless it gave neither what was asked for nor what is usual."""
    desk = Desk(url=ELSEWHERE)
    desk.sandbox.ignores_offset = True
    desk.load(*map(stored, range(held)))
    _ids, found = pages(desk.client, count=count)

    assert Repeats(count, sent) == found[-1]
    assert found[-1].whole is (sent == 5)


@pytest.mark.parametrize("dialect", ["late", "legacy"])
@pytest.mark.parametrize("change", [Desk.readd, Desk.delete])
def test_nothing_is_skipped_though_the_list_shifts(change: Callable[[Desk, str], None], dialect: str) -> None:
    """Somebody puts an item back or deletes it while the list is read."""
    desk = Desk()
    desk.sandbox.dialect = dialect
    desk.load(*(stored(number, status=1) for number in range(1, 91)))
    desk.wire.after[1] = lambda: change(desk, "3")
    ids, found = pages(desk.client, sort="oldest")

    assert sorted(str(number) for number in range(1, 91)) == sorted(item for page in ids for item in page)
    assert isinstance(found[-1], Listing)
    assert len(desk.routes) <= 8


def test_pages_of_nothing_but_broken_items_end() -> None:
    """A server that repeats what has no ids would else be asked for ever."""
    broken = answer(status=1, list=[{"given_url": URL}, 5])
    client, network = scripted(broken)
    ids, found = pages(client)

    assert ([[]], Repeats(30, 2)) == (ids, found[-1])
    assert 3 == len(network.sent)


def test_broken_items_come_once() -> None:
    """By their ids."""
    row = answer(status=1, list={"1": {"tags": 5}, "2": {}})
    client, _network = scripted(row, answer(status=1, list={"1": {"tags": 5}, "3": {}}), listing(3), listing())
    _ids, found = pages(client)

    assert [["1"], []] == [[item.item_id for item in page.broken] for page in found if isinstance(page, Listing)]


@given(st.integers(0, 9), st.integers(1, 5), st.integers(1, 5))
def test_pages_bring_everything_once(held: int, count: int, cap: int) -> None:
    """Whatever the size of a page, and whatever the server makes of it."""
    desk = Desk()
    desk.sandbox.cap = cap
    desk.load(*map(stored, range(1, held + 1)))
    ids, _found = pages(desk.client, count=count, sort="oldest")

    assert [str(number) for number in range(1, held + 1)] == [item for page in ids for item in page]


# Writing.


@pytest.mark.parametrize("fault", [ERROR_BEFORE, ERROR_AFTER, DROP_AFTER, CUT, HTML_AFTER])
def test_an_add_without_an_answer_is_unknown(fault: Fault) -> None:
    """It is sent once: again, it would make unread what somebody has read meanwhile."""
    desk = Desk()
    desk.sandbox.faults.add(fault, "add")
    with pytest.raises(UnknownOutcome, match="may have been done"):
        desk.client.add(URL)

    assert ["add"] == desk.routes


@pytest.mark.parametrize("fault", [ERROR_BEFORE, ERROR_AFTER, DROP_AFTER, CUT, partly(1), refuse(5)])
def test_actions_that_may_be_repeated_are(fault: Fault) -> None:
    """A call without add and readd survives a fault, even one in its midst."""
    desk = Desk()
    desk.load(stored(1), stored(2))
    desk.sandbox.faults.add(fault, "send")

    assert [Carried(), Carried()] == list(desk.client.send([actions.archive("1"), actions.favorite("2")]))
    assert (1, True) == (desk.sandbox.items["1"].status, desk.sandbox.items["2"].favorite)
    assert ["send", "send"] == desk.routes


@pytest.mark.parametrize("fault", [ERROR_BEFORE, ERROR_AFTER, DROP_AFTER, CUT, HTML_AFTER, partly(1), refuse()])
@pytest.mark.parametrize("action", [actions.add(URL), actions.readd("1")])
def test_add_and_readd_are_never_repeated(fault: Fault, action: Action) -> None:
    """Whether they were carried out, nobody knows; the actions of the next call go on."""
    desk = Desk()
    desk.load(*map(stored, range(1, 40)))
    desk.sandbox.faults.add(fault, "send")
    answers = list(desk.client.send([action, *(actions.favorite(str(number)) for number in range(1, 32))]))

    assert [Unclear] * 30 + [Carried] * 2 == [type(each) for each in answers]
    assert ["send", "send"] == desk.routes


def test_a_repeated_call_that_never_succeeds_is_unclear() -> None:
    """One of its tries may have arrived, even if the last one did not."""
    client, network = scripted(status(500), status(500), ConnectionRefusedError(), url=ELSEWHERE)
    [each] = client.send([actions.archive("1")])

    assert isinstance(each, Unclear)
    assert 3 == len(network.sent)


def test_actions_go_in_calls_of_thirty() -> None:
    """As the server says it takes them."""
    desk = Desk()
    desk.load(*map(stored, range(1, 66)))
    answers = list(desk.client.send(actions.archive(str(number)) for number in range(1, 66)))

    assert [Carried()] * 65 == answers
    assert [30, 30, 5] == [len(names) for names in desk.sent]
    assert [] == list(desk.client.send([]))


def test_a_refused_call_is_halved_until_the_culprit_stands_alone() -> None:
    """All others are carried out, each once."""
    desk = Desk(url=ELSEWHERE)
    desk.load(*map(stored, range(1, 9)))
    asked = [actions.add(f"https://new.example/{number}") for number in range(8)]
    asked[5] = Action("archive")
    answers = list(desk.client.send(asked))

    assert [Carried] * 5 + [Declined] + [Carried] * 2 == [type(each) for each in answers]
    assert [8, 4, 4, 2, 1, 1, 2] == [len(names) for names in desk.sent]
    assert {1} == set(desk.sandbox.adds.values())


def test_a_call_that_is_too_large_is_halved() -> None:
    """Nothing of it was read."""
    client, network = scripted(status(413), answer(action_results=[True]), answer(action_results=[True]))

    assert [Carried(), Carried()] == list(client.send([actions.archive("1"), actions.archive("2")]))
    assert [2, 1, 1] == [len(body["actions"]) for body in bodies(network)]


def test_a_refused_key_is_not_halved() -> None:
    """It would be refused for each half."""
    client, network = scripted(status(400, X_Error_Code="138"))
    with pytest.raises(NotPermitted):
        list(client.send([actions.archive("1"), actions.archive("2")]))

    assert 1 == len(network.sent)


@pytest.mark.parametrize(
    ("results", "errors", "expected"),
    [
        ([True], [], Carried()),
        ([False], [], Declined()),
        ([False], ["Unauthorized to do that"], Declined("Unauthorized to do that")),
        ([False], [{"message": "", "type": "Bad request", "code": 130}], Declined("Bad request", 130)),
        ([False], [{"message": f"No {TOKEN}", "code": 130}], Declined("No ***", 130)),
        ([False], [{"message": "upstream failure", "code": 198}], Unclear("Pocket failed inside: upstream failure.")),
        ([False], [{"message": "SavedItem does not exist", "code": 198}], Declined("SavedItem does not exist", 198)),
        ([], [], Unclear("Pocket does not say what came of it.")),
        ([None], [None], Unclear("Pocket does not say what came of it.")),
    ],
)
def test_an_action_is_judged_by_its_own_result(results: list[Any], errors: list[Any], expected: object) -> None:
    """`status` is never believed."""
    for stated in (0, 1, True):
        client, _network = scripted(answer(status=stated, action_results=results, action_errors=errors))
        assert [expected] == list(client.send([actions.archive("7")]))


@pytest.mark.parametrize("code", [200, 201, 202, 206, 207])
def test_an_added_item_may_come_with_any_good_status(code: int) -> None:
    """One compatible server answers 201."""
    client, network = scripted((code, {}, b'{"item_id": 1}'), (code, {}, b'{"action_results": [true]}'))

    assert "1" == client.add(URL).item_id
    assert [Carried()] == list(client.send([actions.add(URL)]))
    assert 2 == len(network.sent)


@pytest.mark.parametrize("code", [200, 202, 204])
def test_a_good_status_without_a_result_says_nothing(code: int) -> None:
    """It may have been done, so it is not sent again."""
    client, network = scripted((code, {}, b""))
    with pytest.raises(UnknownOutcome, match="may have been done"):
        client.add(URL)
    [each] = client.send([actions.add(URL)])

    assert isinstance(each, Unclear)
    assert 2 == len(network.sent)


def test_a_login_that_is_refused_with_another_good_status_stops_the_host() -> None:
    """Whatever the status, it is one."""
    client, _network = scripted((202, {"X-Error-Code": "5200"}, b"{}"))
    with pytest.raises(CredentialsError):
        list(client.send([actions.add(URL)]))


def test_an_error_beside_items_does_not_cost_them() -> None:
    """They are no end of the list."""
    client, _network = scripted(listing(1, error="partly"))

    assert ("partly", 1) == (client.get().error, client.get().keys)


CALLS: tuple[Callable[[PocketClient], object], ...] = (
    lambda client: client.get(),
    lambda client: list(client.pages()),
    lambda client: client.add(URL),
    lambda client: list(client.send([actions.archive("7")])),
    lambda client: client.oauth_request(REDIRECT),
    lambda client: client.oauth_authorize("c"),
)


@given(
    st.sampled_from(CALLS),
    st.sampled_from([200, 201, 204, 302, 400, 401, 403, 404, 422, 429, 500, 503]),
    st.dictionaries(
        st.sampled_from(["X-Error", "X-Error-Code", "X-Limit-User-Remaining", "X-Limit-User-Reset", "Retry-After"]),
        st.text("0159xé -", max_size=4).map(lambda text: text.strip()),
    ),
    st.binary(max_size=6)
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=3),
        lambda inner: (
            st.lists(inner, max_size=2)
            | st.dictionaries(
                st.sampled_from(
                    ["list", "item", "item_id", "error", "action_results", "action_errors", "code", "status"]
                ),
                inner,
                max_size=3,
            )
        ),
    ).map(lambda value: json.dumps(value).encode()),
)
def test_whatever_a_server_answers_is_an_answer_or_a_typed_error(
    call: Callable[[PocketClient], object], code: int, headers: dict[str, str], body: bytes
) -> None:
    """Nothing but our own errors is ever raised."""
    client, _network = scripted((code, headers, body))
    try:
        call(client)
    except BridgeError as error:
        shown = str(error)
        assert shown
        assert TOKEN not in shown


def test_no_log_line_holds_a_secret(caplog: pytest.LogCaptureFixture) -> None:
    """A request is logged by its route alone."""
    caplog.set_level(logging.DEBUG)
    desk = Desk()
    desk.client.get()

    assert desk.sandbox.access_token not in caplog.text
    assert "Pocket POST: get" in caplog.text


# The login.


def test_a_login_goes_through_its_three_steps() -> None:
    """A code, the person's approval, and the token; the client's requests hold no token before."""
    desk = Desk(access_token=None)
    code = desk.client.oauth_request(REDIRECT, "s")
    with pytest.raises(NotApproved, match=r"not approved yet, or was refused \(code 158\)\. Log in at Pocket"):
        desk.client.oauth_authorize(code.code)
    parts = urlsplit(desk.client.authorize_url(code.code, REDIRECT))
    query = dict(parse_qsl(parts.query))
    Browser(desk.sandbox).post(parts.path, data={**query, "answer": "approve"})
    token = desk.client.oauth_authorize(code.code)

    assert ("s", "s") == (code.state, token.state)
    assert ("https://getpocket.com/auth/authorize", {"request_token": code.code, "redirect_uri": REDIRECT}) == (
        parts._replace(query="").geturl(),
        query,
    )
    assert (desk.sandbox.access_token, desk.sandbox.username) == (token.access_token, token.username)
    assert 3 == desk.client.calls


@pytest.mark.parametrize("code", sorted(LOGIN))
def test_every_code_of_a_login_has_a_remedy(code: int) -> None:
    """In both spellings of the number."""
    for spelt in (code, code + 4000):
        client, _network = scripted(status(500 if code == 199 else 400, X_Error_Code=str(spelt)))
        with pytest.raises(LoginFailed) as failed:
            client.oauth_authorize("c")
        assert code == failed.value.code
        assert failed.value.remedy
        assert isinstance(failed.value, NotApproved) is (code == 158)


@pytest.mark.parametrize(
    ("reply", "kind", "why"),
    [
        (status(403, X_Error="Go away."), NotPermitted, "does not go on with the login: Go away"),
        (status(400), NotPermitted, "does not go on with the login: status 400"),
        (status(404, b"<html>"), NoSuchRoute, "has no oauth/request"),
        (status(401), NoSuchRoute, "has no oauth/request"),
        (status(418), ProtocolError, "answered oauth/request with status 418"),
        (status(503), Unavailable, "failed at oauth/request: status 503"),
        (ok(b"<html>"), ProtocolError, "answer of Pocket to oauth/request is an HTML page"),
    ],
)
def test_a_login_fails_in_other_ways_too(reply: Scripted, kind: type[BridgeError], why: str) -> None:
    """Without a code that is known."""
    client, _network = scripted(reply)
    with pytest.raises(kind, match=why) as failed:
        client.oauth_request(REDIRECT)

    assert kind is type(failed.value)


def test_a_login_sends_the_key_and_what_the_server_asks_of_everybody() -> None:
    """Basic authentication goes along; a key that is missing is the server's to complain of."""
    client, network = scripted(answer(code="c"), url=ELSEWHERE, consumer_key=None, user="alice", password=Secret("x"))
    client.oauth_request(REDIRECT)

    assert [{"consumer_key": "", "redirect_uri": REDIRECT}] == bodies(network)
    assert network.sent[0].headers["Authorization"].startswith("Basic ")


def test_the_page_of_approval_is_beside_the_base() -> None:
    """Wherever that is; its options are those that are documented."""
    client, _network = scripted(listing(), url="http://127.0.0.1:5/pocket/v3/")

    assert client.authorize_url("c", "app:x", force="signup", mobile="1") == (
        "http://127.0.0.1:5/pocket/auth/authorize?request_token=c&redirect_uri=app%3Ax&force=signup&mobile=1"
    )


def test_every_code_of_the_keys_is_a_clause() -> None:
    """They are quoted after a colon."""
    assert all(why and not why.endswith(".") for why in KEYS.values())


def test_a_fault_of_the_login_is_noticed_by_the_sandbox_too() -> None:
    """UNAUTHORIZED is scripted for the whole host."""
    desk = Desk()
    desk.sandbox.faults.add(UNAUTHORIZED)
    with pytest.raises(CredentialsError):
        desk.client.add(URL)
