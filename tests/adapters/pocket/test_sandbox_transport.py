"""The Pocket sandbox as a server: login, bodies, limits, pace, faults, and the bytes of its refusals."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from adapters.http.serving import DROP_AFTER, DROP_BEFORE, ERROR_AFTER, ERROR_BEFORE, UNAUTHORIZED, Violation, refuse
from adapters.pocket.sandbox import UNAVAILABLE, PocketSandbox, partly, serve
from adapters.pocket.sandbox_account import Item
from tests.adapters.pocket.sandbox_caller import Caller
from tests.support.clock import FakeClock

NOON = 1_778_500_800
URL = "https://example.org/a"
FAVORITE = {"action": "favorite", "item_id": "1"}


@pytest.fixture
def clock() -> FakeClock:
    """Stand at noon."""
    return FakeClock(NOON)


@pytest.fixture
def call(clock: FakeClock) -> Caller:
    """Call a sandbox with one item."""
    sandbox = PocketSandbox(clock=clock)
    sandbox.load([Item("1", URL, "A", time_added=5)])
    return Caller(sandbox)


def test_a_bad_token_is_a_401_but_for_actions(call: Caller) -> None:
    """A send fails action by action, in a 200."""
    answers = [call(route, access_token=token, url=URL) for route in ("get", "add") for token in ("x", "", None)]
    sent = call("send", access_token="x", actions=[FAVORITE, {"action": "bogus"}])
    error = {"message": "Unauthorized", "type": "Internal Server Error", "code": 198}

    assert {(401, '{"error":"Unauthorized"}', "198", "Internal Server Error")} == {
        (answer.status_code, answer.text, answer.headers["X-Error-Code"], answer.headers["X-Error"])
        for answer in answers
    }
    assert {"status": 1, "action_errors": [error] * 2, "action_results": [False] * 2} == sent.get_json()
    assert not call.sandbox.items["1"].favorite
    assert {} == call.sandbox.adds


@pytest.mark.parametrize("route", ["get", "add", "send"])
def test_a_missing_key_is_a_400_and_a_wrong_one_a_403(route: str, call: Caller) -> None:
    """The key is a parameter like others, until it is looked up."""
    params = {"url": URL, "actions": [FAVORITE]}
    missing, wrong = call(route, consumer_key=None, **params), call(route, consumer_key="1-a", **params)

    assert [(400, "130"), (403, "152")] == [
        (answer.status_code, answer.headers["X-Error-Code"]) for answer in (missing, wrong)
    ]
    assert {"error": "Invalid consumer key."} == wrong.get_json()


@pytest.mark.parametrize("token", ["", None])
def test_a_send_without_a_token_is_a_400(token: str | None, call: Caller) -> None:
    """Here it is a parameter that must be there."""
    answer = call("send", access_token=token, actions=[FAVORITE])

    assert (400, "130") == (answer.status_code, answer.headers["X-Error-Code"])


@pytest.mark.parametrize("dialect", ["late", "legacy"])
def test_a_key_without_a_permission_is_a_403_without_a_code(dialect: str, call: Caller) -> None:
    """Which code it had is not known; what is allowed goes on."""
    call.sandbox.dialect = dialect
    call.sandbox.permissions = frozenset({"get"})
    answers = [
        call("get"),
        call("add", url=URL),
        call("send", actions=[FAVORITE]),
        call("send_guid", actions=[FAVORITE]),
    ]

    assert [200, 403, 403, 403] == [answer.status_code for answer in answers]
    assert not any("X-Error-Code" in answer.headers for answer in answers)
    assert all(answer.headers["X-Error"] for answer in answers[1:])
    assert not call.sandbox.items["1"].favorite


def test_an_account_that_is_logged_out_inside_says_so_in_a_200(call: Caller) -> None:
    """Only the header and the key of the body tell."""
    call.sandbox.logged_out = True
    answer = call("get")

    assert (200, "5200", "Forbidden") == (answer.status_code, answer.headers["X-Error-Code"], answer.headers["X-Error"])
    assert {"error"} == set(answer.get_json())


def test_what_lies_behind_can_be_down(call: Caller) -> None:
    """A get and an add are a 500; a send is a 200 whose actions all failed."""
    call.sandbox.upstream_down = True
    answers = [call("get"), call("add", url=URL)]
    sent = call.send(FAVORITE)

    assert [(500, {"error": "upstream failure"})] * 2 == [(answer.status_code, answer.get_json()) for answer in answers]
    assert ([False], "upstream failure") == (sent["action_results"], sent["action_errors"][0]["message"])
    assert {} == call.sandbox.adds


def test_parameters_come_in_any_body_and_in_the_query(call: Caller) -> None:
    """A form, JSON with a charset, multipart, a query; a POST reads its body first, a GET its query."""
    search = {**call.login, "total": "1"}
    post = call.browser.post
    answers = [
        call.form("get", total="1"),
        call.query("get", total="1"),
        post("/v3/get", data=json.dumps(search), content_type="application/json; charset=UTF8"),
        post("/v3/get", data=search, content_type="multipart/form-data"),
        post("/v3/get", query_string=search),
        post("/v3/get", query_string={**search, "total": "x"}, data={"total": "1"}),
        call.browser.get("/v3/get", query_string=search, data={"total": "x"}),
    ]

    assert ["1"] * len(answers) == [answer.get_json()["total"] for answer in answers]


def test_a_large_form_is_read(call: Caller) -> None:
    """A title may be half a megabyte."""
    answer = call.form("add", url="https://example.org/large", title="x" * 600_000)

    assert 200 == answer.status_code
    assert {1, 600_000} == {len(item.given_title or "") for item in call.sandbox.items.values()}


@pytest.mark.parametrize("body", ["{", '{"a": 1', "[" * 100_000, b"\xff\xfe"])
def test_a_body_that_is_no_json_is_a_fault_of_the_server(body: str | bytes, call: Caller) -> None:
    """What answers it knows nothing of X-Source."""
    answer = call.browser.post("/v3/get", data=body, content_type="application/json")

    assert (500, "198") == (answer.status_code, answer.headers["X-Error-Code"])
    assert "X-Source" not in answer.headers
    assert "Pocket" == call("get").headers["X-Source"]


@pytest.mark.parametrize("body", ["[]", "7", ""])
def test_a_body_that_is_no_object_says_nothing(body: str, call: Caller) -> None:
    """So the key is missing."""
    assert 400 == call.browser.post("/v3/get", data=body, content_type="application/json").status_code


def test_a_body_that_is_too_long_is_refused(call: Caller) -> None:
    """The late server calls it a fault of its own, the one before did not."""
    call.sandbox.body_limit = 300
    late = call("get", search="x" * 300).status_code
    call.sandbox.dialect = "legacy"

    assert [500, 413] == [late, call("get", search="x" * 300).status_code]


def test_a_body_that_is_no_json_is_a_400_in_the_server_before(call: Caller) -> None:
    """Its code is one of Pocket's own client."""
    call.sandbox.dialect = "legacy"
    answer = call.browser.post("/v3/get", data="{", content_type="application/json")

    assert (400, "192") == (answer.status_code, answer.headers["X-Error-Code"])


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v3/modify"),
        ("PUT", "/v3/get"),
        ("GET", "/v3/"),
        ("GET", "/"),
        ("POST", "/get"),
        ("DELETE", "/v3/add"),
    ],
)
def test_what_is_no_route_is_not_found(method: str, path: str, call: Caller) -> None:
    """The page is HTML."""
    answer = call.browser.open(path, method=method, json=call.login)

    assert (404, "text/html") == (answer.status_code, answer.mimetype)


def test_the_log_holds_no_login(call: Caller) -> None:
    """What was asked is logged with what it was answered, without keys, tokens and codes."""
    call("send", actions=[FAVORITE])
    code = call.bare("oauth/request", consumer_key=call.sandbox.consumer_key, redirect_uri="a:b").get_json()["code"]
    call.browser.get("/auth/authorize", query_string={"request_token": code, "redirect_uri": "a:b"})
    call.bare("oauth/authorize", consumer_key=call.sandbox.consumer_key, code=code)
    call.browser.get("/elsewhere")

    assert [
        ("send", 200),
        ("oauth/request", 200),
        ("auth/authorize", 200),
        ("oauth/authorize", 403),
        ("/elsewhere", 404),
    ] == [(logged.route, logged.status) for logged in call.sandbox.log]
    assert {"actions": [FAVORITE]} == call.sandbox.log[0].args
    assert NOON == call.sandbox.log[0].started
    for secret in (call.sandbox.access_token, call.sandbox.consumer_key, code):
        assert secret not in repr(call.sandbox.log)


def test_an_hour_has_so_many_calls(call: Caller, clock: FakeClock) -> None:
    """Each answer says how many are left and in how many seconds the count begins anew."""
    call.sandbox.limits = 2
    answers = []
    for pause in (0, 0.5, 10, 3_589.4, 0.1):
        clock.sleep(pause)
        answers.append(call("send", actions=[FAVORITE]))

    assert [200, 200, 403, 403, 200] == [answer.status_code for answer in answers]
    assert [("2", "1", "3600"), ("2", "0", "3600"), ("2", "0", "3590"), ("2", "0", "1"), ("2", "1", "3600")] == [
        tuple(answer.headers[f"X-Limit-User-{name}"] for name in ("Limit", "Remaining", "Reset")) for answer in answers
    ]
    assert ("10000", "9998") == tuple(answers[2].headers[f"X-Limit-Key-{name}"] for name in ("Limit", "Remaining"))
    assert "X-Error-Code" not in answers[2].headers
    assert call.sandbox.log[2].status == 403


@pytest.mark.parametrize("dialect", ["late", "legacy"])
def test_a_used_up_hour_may_be_a_429_and_nothing_is_done_in_it(dialect: str, call: Caller) -> None:
    """Whether it was 403 or 429 is not known for certain."""
    call.sandbox.limits, call.sandbox.over_limit, call.sandbox.dialect = 0, 429, dialect
    answer = call("add", url=f"{URL}b")

    assert (429, "0") == (answer.status_code, answer.headers["X-Limit-User-Remaining"])
    assert {} == call.sandbox.adds


def test_who_is_not_known_is_told_nothing_of_a_user(call: Caller) -> None:
    """The limits of the key are there all the same, and without the switch none are."""
    without = call("get")
    call.sandbox.limits = 9
    unknown = call("get", access_token="x")

    assert not any(name.startswith("X-Limit") for name in without.headers.keys())  # noqa: SIM118 - pairs otherwise
    assert "X-Limit-User-Remaining" not in unknown.headers
    assert "9999" == unknown.headers["X-Limit-Key-Remaining"]


def test_a_start_that_comes_too_soon_is_recorded(clock: FakeClock) -> None:
    """It is served nonetheless; a route may have a gap of its own."""
    call = Caller(PocketSandbox({"default": 1.0, "send": 5.0}, clock))
    statuses = []
    for route, pause in (("get", 0), ("get", 0.5), ("send", 0.9), ("send", 4), ("get", 1)):
        clock.sleep(pause)
        statuses.append(call(route, actions=[FAVORITE]).status_code)

    assert [200] * 5 == statuses
    assert [Violation("get", 0.5, 1.0), ("send", 4, 5.0)] == [
        call.sandbox.violations[0],
        (call.sandbox.violations[1].route, round(call.sandbox.violations[1].seconds, 6), 5.0),
    ]
    assert 2 == len(call.sandbox.violations)


def test_without_gaps_any_pace_is_fine(call: Caller) -> None:
    """None is asked for."""
    for _ in range(3):
        call("get")

    assert [] == call.sandbox.violations


@pytest.mark.parametrize(
    ("dialect", "expected"),
    [
        (
            "late",
            [
                (401, "198", '{"error":"Unauthorized"}'),
                *[(s, "198", '{"error":"upstream failure"}') for s in (429, 503, 500, 500)],
            ],
        ),
        (
            "legacy",
            [
                (401, "107", "401 Unauthorized"),
                (429, "199", "429 Too Many Requests"),
                (503, "199", "503 Service Unavailable"),
                *[(500, "199", "500 Internal Server Error")] * 2,
            ],
        ),
    ],
)
def test_faults_are_worded_as_the_service_words_them(
    dialect: str, expected: list[tuple[int, str, str]], call: Caller
) -> None:
    """Only the last one came after the write."""
    call.sandbox.dialect = dialect
    for fault in (UNAUTHORIZED, refuse(7), UNAVAILABLE, ERROR_BEFORE, ERROR_AFTER):
        call.sandbox.faults.add(fault)
    answers = [call("add", url=f"{URL}{number}") for number in range(5)]

    assert expected == [(answer.status_code, answer.headers["X-Error-Code"], answer.text) for answer in answers]
    assert {f"{URL}4": 1} == call.sandbox.adds


@pytest.mark.parametrize(("fault", "done"), [(DROP_BEFORE, False), (DROP_AFTER, True)])
def test_a_connection_can_end_before_and_after_the_write(fault: object, done: bool, call: Caller) -> None:
    """Nobody is told which."""
    call.sandbox.faults.add(fault, "send")
    with pytest.raises(ConnectionAbortedError):
        call("send", actions=[FAVORITE])

    assert done == call.sandbox.items["1"].favorite
    assert [None] == [logged.status for logged in call.sandbox.log]


@pytest.mark.parametrize("count", [0, 1, 2, 9])
@pytest.mark.parametrize("dialect", ["late", "legacy"])
def test_a_prefix_of_a_send_can_be_applied_without_an_answer(dialect: str, count: int, call: Caller) -> None:
    """Which one is not known to who sent it."""
    call.sandbox.dialect = dialect
    call.sandbox.faults.add(partly(count), "send")
    actions = [{"action": "add", "url": f"{URL}{number}"} for number in range(3)]
    with pytest.raises(ConnectionAbortedError):
        call("send", actions=actions)

    assert {f"{URL}{number}": 1 for number in range(min(count, 3))} == call.sandbox.adds
    assert [True] * 3 == [bool(result) for result in call.send(*actions)["action_results"]]


def test_a_batch_that_is_refused_has_no_prefix(call: Caller) -> None:
    """Malformed actions, and other calls than a send, have nothing to apply."""
    call.sandbox.faults.add(partly(1), times=2)
    for route, actions in (("send", [FAVORITE, {"action": "archive"}]), ("get", None)):
        with pytest.raises(ConnectionAbortedError):
            call(route, actions=actions)

    assert not call.sandbox.items["1"].favorite


def test_serving_says_how_to_reach_it() -> None:
    """The environment holds the address and the login of the sandbox that is served, on loopback."""
    with serve() as served, requests.Session() as session:
        session.trust_env = False
        login = {
            "consumer_key": served.environment["POCKET_CONSUMER_KEY"],
            "access_token": served.environment["POCKET_ACCESS_TOKEN"],
        }
        answer = session.post(f"{served.url}add", json={**login, "url": URL}, timeout=5)
        form = session.post(f"{served.url}send", data={**login, "actions": json.dumps([FAVORITE])}, timeout=5)

    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/v3/", served.url)
    assert served.url == served.environment["POCKET_URL"]
    assert "bookmark-bridge sandbox" == answer.headers["Server"]
    assert [URL] == [item.given_url for item in served.app.items.values()]
    assert [False] == form.json()["action_results"]


def test_simultaneous_adds_of_one_url_are_one_item(call: Caller) -> None:
    """The account is changed by one request at a time."""
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: call("add", url=f"{URL}b", tags="x"), range(50)))

    assert {f"{URL}b": 50} == call.sandbox.adds
    assert 2 == len(call.sandbox.items) == len(call.listed())
