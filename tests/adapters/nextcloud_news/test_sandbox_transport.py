"""The Nextcloud News sandbox as a server: its paths, its switches, the bytes of its answers, and how it fails."""

from __future__ import annotations

import gzip
import json
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import Client, TestResponse

from adapters.http.serving import DROP_AFTER, ERROR_AFTER, ERROR_BEFORE, SERVER_NAME, UNAUTHORIZED, Violation, refuse
from adapters.nextcloud_news.sandbox import NewsSandbox, serve
from adapters.nextcloud_news.sandbox_account import Feed, Item
from adapters.nextcloud_news.sandbox_text import json_text
from tests.adapters.nextcloud_news.sandbox_caller import API, Caller, basic
from tests.support.clock import FakeClock

HTML = "text/html; charset=UTF-8"


@pytest.fixture
def clock() -> FakeClock:
    """Make the clock that the sandbox looks at."""
    return FakeClock()


@pytest.fixture
def sandbox(clock: FakeClock) -> NewsSandbox:
    """Make a sandbox with one item."""
    sandbox = NewsSandbox(clock=clock, sleep=clock.sleep)
    sandbox.load([Feed(1)], items=[Item(1, 1, "https://example.org/?a=<b>&c", "Bäume")])
    return sandbox


@pytest.fixture
def call(sandbox: NewsSandbox) -> Caller:
    """Call it without a socket."""
    return Caller(sandbox)


def silent(answer: TestResponse) -> int:
    """Return the status of an answer that says nothing more."""
    assert answer.data == b""
    assert answer.headers["Content-Type"] == HTML
    assert "Allow" not in answer.headers
    return answer.status_code


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "v1-3/items/1/read"),
        ("POST", "v1-2/items/1/read"),
        ("POST", "v1-2/items/1/star"),
        ("PUT", "v1-3/items/1/hash/star"),
        ("PUT", "v1-3/items/read/multiple"),
        ("POST", "v1-3/items/starred/multiple"),
        ("POST", "v1-3/folders/1"),
        ("GET", "v1-3/items/1"),
        ("GET", "v1-3/items/"),
        ("GET", "v1-3/nonsense"),
        ("GET", "v1-3/user"),
        ("GET", "v1-2/user"),
        ("GET", "v2/items"),
        ("DELETE", "v1-3/items"),
    ],
)
def test_everything_unknown_below_a_version_is_a_wrong_method(method: str, path: str, call: Caller) -> None:
    """405 without a word, also for paths that there are not, and without a login."""
    assert silent(call.at(method, f"{API}/{path}")) == 405


@pytest.mark.parametrize("path", ["v1-4/items", "v1-1/version", "v3", ""])
def test_a_version_that_is_not_there_is_not_found(path: str, call: Caller) -> None:
    """404 without a word."""
    assert silent(call.at("GET", f"{API}/{path}")) == 404


@pytest.mark.parametrize("path", ["/", "/apps/news/api", "/index.php", "/ocs/v2.php/cloud/users", "/index.php/x"])
def test_what_is_nowhere_is_not_found(path: str, call: Caller) -> None:
    """`index.php` is not to be left out here."""
    answer = call.at("GET", path)

    assert answer.status_code == 404
    assert answer.mimetype == "text/html"
    assert call.sandbox.log[-1].route == f"GET {path}"


def test_slashes_may_be_doubled(call: Caller) -> None:
    """As they are where a base address ends with one."""
    assert call.at("GET", "/index.php//apps///news/api").status_code == 200
    assert call("GET", "/version").status_code == 200


@pytest.mark.parametrize("root", ["/cloud", "/cloud/", "/a/b"])
def test_a_server_may_be_below_a_path(root: str) -> None:
    """Then nothing is anywhere else, and addresses that it gives away have the path in them."""
    sandbox = NewsSandbox(root=root)
    client, base = Client(sandbox), root.rstrip("/")
    begun = client.post(f"{base}/index.php/login/v2").get_json()
    login = begun["login"].removeprefix("http://localhost")
    page = client.post(login, data={"user": "alice", "password": sandbox.password}).text
    action = page.partition('action="')[2].partition('"')[0]
    client.post(action, data={"state": page.partition('value="')[2].partition('"')[0]})
    fetched = client.post(begun["poll"]["endpoint"].removeprefix("http://localhost"), data=begun["poll"]).get_json()

    assert login.startswith(f"{base}/index.php/login/v2/flow/")
    assert fetched["server"] == f"http://localhost{base}"
    assert client.get(f"{base}/status.php").status_code == 200
    assert [client.get(path).status_code for path in ("/status.php", f"{base}x/status.php", base)] == [404] * 3


def test_the_probe_tells_the_versions_without_a_login(call: Caller) -> None:
    """A version that is not among them is not there."""
    before = call.at("GET", API).get_json()
    call.sandbox.api_levels = ("v1-2",)

    assert before == {"apiLevels": ["v1-2", "v1-3", "v2"]}
    assert call.at("GET", API).get_json() == {"apiLevels": ["v1-2"]}
    assert silent(call("GET", "version")) == 404
    assert silent(call.at("GET", f"{API}/v2/items")) == 404
    assert Caller(call.sandbox, "v1-2")("GET", "version").status_code == 200


def test_a_disabled_app_is_not_found(call: Caller) -> None:
    """Neither its probe nor its routes; the server itself is there."""
    call.sandbox.app_enabled = False

    assert [silent(call.at("GET", API)), silent(call("GET", "version"))] == [404, 404]
    assert call.at("GET", "/status.php").get_json()["installed"] is True


def test_maintenance_answers_everything_with_a_long_page(call: Caller, clock: FakeClock) -> None:
    """Credentials are not looked at; status.php goes on and says so."""
    call.sandbox.maintenance = True
    answers = [
        call("GET", "items"),
        call("GET", "nonsense"),
        *(call("GET", "items", auth=basic("alice", "wrong")) for _ in range(12)),
        call.at("GET", API),
        call.at("POST", "/index.php/login/v2"),
    ]
    status = call.at("GET", "/status.php")
    call.sandbox.maintenance = False

    assert {answer.status_code for answer in answers} == {503}
    assert {answer.headers["Retry-After"] for answer in answers} == {"120"}
    assert {answer.headers["X-Nextcloud-Maintenance-Mode"] for answer in answers} == {"1"}
    assert 12_500 < len(answers[0].data) < 13_500
    assert answers[0].text.startswith("<!DOCTYPE html>")
    assert (status.status_code, status.get_json()["maintenance"]) == (200, True)
    assert call("GET", "version").status_code == 200
    assert clock.slept == []


def test_an_address_that_is_not_trusted_is_told_so_in_html(call: Caller) -> None:
    """Whatever is asked."""
    call.sandbox.trusted = False
    answers = [call("GET", "items"), call.at("GET", "/status.php"), call.at("GET", API)]

    assert {(answer.status_code, answer.headers["Content-Type"]) for answer in answers} == {(400, HTML)}


def test_json_is_written_as_php_does(call: Caller) -> None:
    """Pure ASCII, without blanks, slashes and angle brackets escaped, ampersands not."""
    answer = call("GET", "items")

    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert b'"url":"https:\\/\\/example.org\\/?a=\\u003Cb\\u003E&c","title":"B\\u00e4ume"' in answer.data


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=5))
def test_what_is_written_is_json(data: object) -> None:
    """Any parser gets back what was written."""
    assert json.loads(json_text(data)) == data
    assert json_text(data).isascii()


def test_only_good_json_is_compressed_and_only_when_asked(call: Caller) -> None:
    """Failures and what is not of an app come as they are."""
    zip_ = {"Accept-Encoding": "gzip, deflate"}
    zipped, plain = call("GET", "items", headers=zip_), call("GET", "items", headers={"Accept-Encoding": "identity"})
    others = [
        call("GET", "items", headers=zip_, auth=None),
        call("GET", "favicon/x", headers=zip_),
        call.at("GET", "/status.php", headers=zip_),
    ]

    assert zipped.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(zipped.data) == plain.data
    assert {answer.headers.get("Content-Encoding") for answer in (plain, *others)} == {None}


def test_a_broken_server_answers_with_a_page(call: Caller) -> None:
    """Of about the length that it has."""
    answer = call("GET", "items", query_string={"type": 5})

    assert (answer.status_code, answer.headers["Content-Type"]) == (500, HTML)
    assert 2_400 < len(answer.data) < 2_800


def test_faults_are_worded_as_the_service_words_them(call: Caller) -> None:
    """401 and 429 in JSON, 500 in HTML, whether it was done or not."""
    for fault in (UNAUTHORIZED, refuse(), ERROR_BEFORE, ERROR_AFTER):
        call.sandbox.faults.add(fault, "POST folders")
    answers = [call("POST", "folders", json={"name": str(number)}) for number in range(5)]

    assert [answer.status_code for answer in answers] == [401, 429, 500, 500, 200]
    assert [answer.get_json() for answer in answers[:2]] == [{"message": ""}, {"message": "Reached maximum delay"}]
    assert {answer.headers["Content-Type"] for answer in answers[2:4]} == {HTML}
    assert [folder.name for folder in call.sandbox.account.folders.values()] == ["3", "4"]


def test_a_fault_waits_for_its_route(call: Caller) -> None:
    """Routes are named by their method and path in the vendor's notation."""
    call.sandbox.faults.add(DROP_AFTER, "POST items/{itemId}/star")
    call("GET", "items")
    with pytest.raises(ConnectionAbortedError):
        call("POST", "items/1/star")

    assert call.sandbox.account.items[1].starred is True
    assert call.sandbox.faults.pending == ()


def test_calls_are_logged_with_their_parameters(call: Caller, clock: FakeClock) -> None:
    """Those of the path, the query and the body together, and no login."""
    call("GET", "items", query_string={"type": 3, "batchSize": 5})
    call("POST", "items/1/star")
    call("POST", "items/read/multiple", json={"itemIds": [1]})
    Caller(call.sandbox, "v1-2")("PUT", "feeds/1/move", data={"folderId": "2"})
    log = call.sandbox.log

    assert [(logged.route, logged.args, logged.status) for logged in log] == [
        ("GET items", {"type": "3", "batchSize": "5"}, 200),
        ("POST items/{itemId}/star", {"itemId": "1"}, 200),
        ("POST items/read/multiple", {"itemIds": [1]}, 200),
        ("PUT feeds/{feedId}/move", {"feedId": "1", "folderId": "2"}, 200),
    ]
    assert {logged.started for logged in log} == {clock.now}
    assert call.sandbox.app_password not in repr(log)


def test_the_pace_is_watched_where_one_is_agreed_on(clock: FakeClock) -> None:
    """Nextcloud has none, so nothing is refused."""
    call = Caller(NewsSandbox({"default": 2.0}, clock))
    statuses = []
    for pause in (0, 0.5, 2, 2.5):
        clock.sleep(pause)
        statuses.append(call("GET", "version").status_code)

    assert statuses == [200] * 4
    assert call.sandbox.violations == [Violation("GET version", 0.5, 2.0)]


def test_no_pace_is_asked_for_by_default(call: Caller) -> None:
    """Any number of calls at once is fine."""
    for _ in range(3):
        call("GET", "version")

    assert call.sandbox.violations == []


def test_a_served_sandbox_is_reached_by_its_environment() -> None:
    """The variables of an account lead there, and it says what it is."""
    with serve() as served, requests.Session() as session:
        url, user, password = served.environment.values()
        answer = session.get(f"{url}index.php/apps/news/api/v1-3/feeds", auth=(user, password), timeout=5)

    assert list(served.environment) == ["NEXTCLOUD_URL", "NEXTCLOUD_USER", "NEXTCLOUD_APP_PASSWORD"]
    assert url == served.url
    assert answer.json() == {"starredCount": 0, "feeds": []}
    assert answer.headers["Server"] == SERVER_NAME


def test_a_served_sandbox_may_be_below_a_path() -> None:
    """Its address says so."""
    with serve(root="/cloud") as served, requests.Session() as session:
        answer = session.get(f"{served.url}status.php", timeout=5)

    assert served.url.endswith("/cloud/")
    assert answer.status_code == 200


def test_forty_stars_at_once_are_all_set() -> None:
    """Calls may come side by side."""
    with serve() as served, requests.Session() as session, ThreadPoolExecutor(8) as pool:
        served.app.load([Feed(1)], items=[Item(number, 1, guid=str(number)) for number in range(1, 41)])
        session.auth = (served.app.user, served.app.app_password)
        paths = [f"{served.url}index.php/apps/news/api/v1-3/items/{number}/star" for number in range(1, 41)]
        answers = list(pool.map(lambda path: session.post(path, timeout=5), paths))

    assert {answer.text for answer in answers} == {"[]"}
    assert all(item.starred for item in served.app.account.items.values())
