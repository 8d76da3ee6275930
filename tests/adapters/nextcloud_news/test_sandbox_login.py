"""Who the sandbox lets in: credentials, the brake on wrong ones, OCS, and the login flow."""

from __future__ import annotations

import base64
import html
import re
from typing import Any

import pytest
from werkzeug.datastructures import Authorization
from werkzeug.test import Client, TestResponse

from adapters.nextcloud_news.sandbox import NewsSandbox
from tests.adapters.nextcloud_news.sandbox_caller import Caller, basic
from tests.support.clock import FakeClock

OCS = {"OCS-APIRequest": "true"}
JSON = {"format": "json"}
ORIGIN = "http://127.0.0.1:8099"
NO_CREDENTIALS = "CORS requires basic auth"
NOT_LOGGED_IN = "Current user is not logged in"


@pytest.fixture
def clock() -> FakeClock:
    """Make the clock that the sandbox looks at."""
    return FakeClock()


@pytest.fixture
def sandbox(clock: FakeClock) -> NewsSandbox:
    """Make a sandbox that waits in fake time."""
    return NewsSandbox(clock=clock, sleep=clock.sleep)


@pytest.fixture
def call(sandbox: NewsSandbox) -> Caller:
    """Call it without a socket."""
    return Caller(sandbox)


def refused(answer: TestResponse) -> tuple[int, str]:
    """Return the status and the message of a refusal."""
    return answer.status_code, answer.get_json()["message"]


def status_as(call: Caller, user: str, password: str) -> int:
    """Try a login."""
    return call("GET", "version", auth=basic(user, password)).status_code


def wrong(call: Caller, times: int, user: str = "alice") -> list[int]:
    """Try a wrong password so many times."""
    return [status_as(call, user, "wrong") for _ in range(times)]


def test_both_passwords_log_in(sandbox: NewsSandbox, call: Caller) -> None:
    """By a user name in any case, the login password also by e-mail."""
    tries = [
        ("alice", sandbox.password),
        ("ALICE", sandbox.password),
        ("Alice@example.org", sandbox.password),
        ("alice", sandbox.app_password),
        ("Alice", sandbox.app_password),
        ("alice@example.org", sandbox.app_password),
    ]

    assert [status_as(call, *login) for login in tries] == [200, 200, 200, 200, 200, 401]


def test_bob_has_an_account_of_his_own(sandbox: NewsSandbox, call: Caller) -> None:
    """His password is not alice's, and her app password is not his."""
    bob = sandbox.people["bob"]

    assert [
        status_as(call, "bob", password) for password in (bob.password, sandbox.password, sandbox.app_password)
    ] == [
        200,
        401,
        401,
    ]


@pytest.mark.parametrize("password", ["pässwörd", "a:b:c", "пароль", " blanks "])
def test_a_password_is_utf_8_and_may_have_colons(password: str, sandbox: NewsSandbox, call: Caller) -> None:
    """In latin-1 it is another one."""
    sandbox.people["alice"].password = password
    latin = base64.b64encode(f"alice:{password}".encode("latin-1", "replace")).decode()
    answer = call("GET", "version", auth=None, headers={"Authorization": f"Basic {latin}"})

    assert status_as(call, "alice", password) == 200
    assert (answer.status_code == 200) is password.isascii()


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Basic",
        "Basic ",
        "Basic !",
        "Basic é",
        "Digest abc",
        "Bearer abc",
        "Basic " + base64.b64encode(b"alice").decode(),
    ]
    + [f"Basic {base64.b64encode(pair).decode()}" for pair in (b":", b"alice:", b":secret")],
)
def test_without_credentials_nobody_is_asked(header: str, call: Caller, clock: FakeClock) -> None:
    """Empty and malformed ones are none, there is no WWW-Authenticate, and it does not count as a failure."""
    answer = call("GET", "version", auth=None, headers={"Authorization": header} if header else {})

    assert refused(answer) == (401, NO_CREDENTIALS)
    assert "WWW-Authenticate" not in answer.headers
    assert status_as(call, "alice", call.sandbox.app_password) == 200
    assert clock.slept == []


def test_cookies_are_no_credentials(call: Caller) -> None:
    """With the header of OCS clients the refusal is worded otherwise."""
    cookie = {"Cookie": "nc_session_id=abc"}

    assert refused(call("GET", "version", auth=None, headers=cookie)) == (401, NO_CREDENTIALS)
    assert refused(call("GET", "version", auth=None, headers=cookie | OCS)) == (401, NOT_LOGGED_IN)


def test_bearer_is_for_clients_of_ocs(sandbox: NewsSandbox, call: Caller) -> None:
    """An app password alone then says who it is."""
    bearer = Authorization("bearer", token=sandbox.app_password)

    assert call("GET", "version", auth=bearer, headers=OCS).status_code == 200
    assert refused(call("GET", "version", auth=bearer)) == (401, NO_CREDENTIALS)
    assert call("GET", "version", auth=Authorization("bearer", token="wrong"), headers=OCS).status_code == 401


@pytest.mark.parametrize(
    ("user", "password"), [("alice", "wrong"), ("nobody", "wrong"), ("nobody", None), ("bob", None)]
)
def test_a_wrong_login_is_refused_without_a_word(user: str, password: str | None, call: Caller) -> None:
    """Whatever is wrong with it; a write of it changes nothing."""
    login = basic(user, password or call.sandbox.app_password)

    assert refused(call("GET", "version", auth=login)) == (401, "")
    assert call("POST", "folders", json={"name": "x"}, auth=login).status_code == 401
    assert call.sandbox.account.folders == {}


def test_a_disabled_account_is_told_so(sandbox: NewsSandbox, call: Caller) -> None:
    """If its password is right."""
    sandbox.people["alice"].enabled = False

    assert refused(call("GET", "version")) == (401, "Account disabled")
    assert refused(call("GET", "version", auth=basic("alice", sandbox.password))) == (401, "Account disabled")
    assert refused(call("GET", "version", auth=basic("alice", "wrong"))) == (401, "")


def test_login_passwords_can_be_forbidden(sandbox: NewsSandbox, call: Caller, clock: FakeClock) -> None:
    """Right ones and wrong ones are refused alike, and none of them counts as a failure."""
    sandbox.password_login_forbidden = True
    message = "Password login forbidden, use token instead"

    assert sandbox.password_login_forbidden is True
    assert refused(call("GET", "version", auth=basic("alice", sandbox.password))) == (401, message)
    assert refused(call("GET", "version", auth=basic("alice", "wrong"))) == (401, message)
    assert call("GET", "version").status_code == 200
    assert clock.slept == []


def test_wrong_logins_slow_down_all_of_an_address(call: Caller, clock: FakeClock) -> None:
    """Each doubles the wait of the next, up to 25 seconds, and the twelfth is not even looked at."""
    statuses = wrong(call, 12)

    assert statuses == [401] * 11 + [429]
    assert clock.slept == pytest.approx([0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25, 25, 25])


def test_a_shut_out_address_lets_nobody_in(sandbox: NewsSandbox, call: Caller, clock: FakeClock) -> None:
    """Not with the right password either, until half an hour has passed; then every login is still slow."""
    wrong(call, 11)
    answers = [call("GET", "version") for _ in range(3)]
    clock.sleep(31 * 60)
    later = [status_as(call, "bob", sandbox.people["bob"].password) for _ in range(2)]

    assert [refused(answer) for answer in answers] == [(429, "Reached maximum delay")] * 3
    assert "Retry-After" not in answers[0].headers
    assert later == [200, 200]
    assert clock.slept[-2:] == [25, 25]


def test_failures_are_forgotten_after_half_a_day(call: Caller, clock: FakeClock) -> None:
    """Then nothing is slow any more."""
    wrong(call, 3)
    clock.sleep(12 * 3600)
    slept = len(clock.slept)

    assert call("GET", "version").status_code == 200
    assert len(clock.slept) == slept


def test_a_success_clears_the_failures_of_its_user_alone(call: Caller, clock: FakeClock) -> None:
    """Those of others go on slowing down the address."""
    wrong(call, 2)
    wrong(call, 1, "bob")
    clock.slept.clear()
    statuses = [call("GET", "version").status_code for _ in range(2)]

    assert statuses == [200, 200]
    assert clock.slept == pytest.approx([0.8, 0.2])


def test_an_address_does_not_pay_for_another(call: Caller, clock: FakeClock) -> None:
    """Failures are counted where they come from."""
    wrong(call, 11)
    answer = call("GET", "version", environ_base={"REMOTE_ADDR": "192.0.2.7"})

    assert answer.status_code == 200


def test_what_needs_no_login_is_not_slowed_down(call: Caller, clock: FakeClock) -> None:
    """The probe and status.php answer even to a shut out address."""
    wrong(call, 11)
    clock.slept.clear()
    answers = [call.at("GET", path) for path in ("/status.php", "/index.php/apps/news/api")]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert clock.slept == []


def ocs(call: Caller, method: str, path: str, password: str | None = None, **how: Any) -> TestResponse:
    """Call OCS as alice, for JSON."""
    login = basic("alice", password or call.sandbox.password)
    return call.at(method, f"/ocs/v2.php/{path}", **({"auth": login, "headers": OCS, "query_string": JSON} | how))


def test_an_app_password_is_made_and_revoked_over_ocs(sandbox: NewsSandbox, call: Caller) -> None:
    """Made with the login password, revoked with itself."""
    made = ocs(call, "GET", "core/getapppassword").get_json()["ocs"]
    password = made["data"]["apppassword"]
    works = status_as(call, "alice", password)
    revoked = ocs(call, "DELETE", "core/apppassword", password)

    assert made["meta"] == {"status": "ok", "statuscode": 200, "message": "OK"}
    assert (len(password), works) == (72, 200)
    assert revoked.get_json() == {"ocs": {"meta": made["meta"], "data": []}}
    assert status_as(call, "alice", password) == 401
    assert status_as(call, "alice", sandbox.app_password) == 200


def test_an_app_password_makes_no_other_and_a_login_password_is_not_revoked(sandbox: NewsSandbox, call: Caller) -> None:
    """Both are forbidden."""
    answers = [
        ocs(call, "GET", "core/getapppassword", sandbox.app_password),
        ocs(call, "DELETE", "core/apppassword"),
    ]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert {answer.get_json()["ocs"]["meta"]["status"] for answer in answers} == {"failure"}


@pytest.mark.parametrize("header", [{}, {"OCS-APIRequest": "1"}])
def test_ocs_wants_its_header(header: dict[str, str], call: Caller) -> None:
    """Or it takes the request for one that a web page forged."""
    answer = ocs(call, "GET", "core/getapppassword", headers=header)

    assert refused(answer) == (412, "CSRF check failed")


def test_ocs_lets_nobody_in_without_a_login(call: Caller, clock: FakeClock) -> None:
    """It has an envelope and a code of its own for that; a shut out address is shut out here too."""
    answers = [ocs(call, "GET", "cloud/user", auth=None), ocs(call, "GET", "cloud/user", "wrong")]
    wrong(call, 10)

    assert [answer.status_code for answer in answers] == [401, 401]
    assert answers[1].get_json() == {
        "ocs": {"meta": {"status": "failure", "statuscode": 997, "message": NOT_LOGGED_IN}, "data": []}
    }
    assert refused(ocs(call, "GET", "cloud/user")) == (429, "Reached maximum delay")


def test_ocs_tells_who_is_logged_in(sandbox: NewsSandbox, call: Caller) -> None:
    """With either password."""
    told = ocs(call, "GET", "cloud/user", sandbox.app_password).get_json()["ocs"]["data"]

    assert (told["id"], told["displayname"], told["email"]) == ("alice", "Alice Example", "alice@example.org")


def test_ocs_speaks_xml_unless_json_is_asked_for(call: Caller) -> None:
    """In the query or by the Accept header."""
    xml = ocs(call, "GET", "cloud/user", query_string={})
    json = ocs(call, "GET", "cloud/user", query_string={}, headers=OCS | {"Accept": "application/json"})

    assert (xml.mimetype, json.mimetype) == ("application/xml", "application/json")
    assert "<statuscode>200</statuscode>" in xml.text
    assert "<id>alice</id>" in xml.text
    assert "<enabled>1</enabled>" in xml.text
    assert "<notify_email></notify_email>" in xml.text
    assert "<groups></groups>" in xml.text


class Browser:
    """The person who grants a login."""

    def __init__(self, sandbox: NewsSandbox, login: str) -> None:
        self._client = Client(sandbox)
        self._login = login.removeprefix(ORIGIN)

    def open(self) -> TestResponse:
        """Open the address that the client shows."""
        return self._client.get(self._login)

    def sign_in(self, user: str, password: str) -> TestResponse:
        """Fill in the form."""
        return self._client.post(self._login, data={"user": user, "password": password})

    def grant(self, page: TestResponse) -> TestResponse:
        """Press the button of the page."""
        action, state = (re.search(f'{key}="([^"]+)"', page.text) for key in ("action", "value"))
        assert action
        assert state
        return self._client.post(html.unescape(action[1]), data={"state": html.unescape(state[1])})


def begin(sandbox: NewsSandbox, agent: str = "bridge/1") -> dict[str, Any]:
    """Begin a login."""
    headers = {"User-Agent": agent}
    return Client(sandbox).post("/index.php/login/v2", base_url=ORIGIN, headers=headers).get_json()


def poll(sandbox: NewsSandbox, begun: dict[str, Any], **how: Any) -> TestResponse:
    """Ask whether the login was granted."""
    path = begun["poll"]["endpoint"].removeprefix(ORIGIN)
    return Client(sandbox).post(path, base_url=ORIGIN, **(how or {"data": {"token": begun["poll"]["token"]}}))


def test_a_login_is_granted_in_the_browser_and_fetched_once(sandbox: NewsSandbox, call: Caller) -> None:
    """Pending, granted, gone; the new app password works."""
    begun = begin(sandbox)
    browser = Browser(sandbox, begun["login"])
    pending = poll(sandbox, begun)
    opened = browser.open()
    asked = browser.sign_in("alice", sandbox.password)
    still_pending = poll(sandbox, begun)
    granted = browser.grant(asked)
    fetched, again = poll(sandbox, begun), poll(sandbox, begun)
    password = fetched.get_json()["appPassword"]

    assert [(answer.status_code, answer.text) for answer in (pending, still_pending, again)] == [(404, "[]")] * 3
    assert 'name="user"' in opened.text
    assert 'name="password"' in opened.text
    assert "Grant access" in asked.text
    assert granted.status_code == 200
    assert fetched.get_json() == {"server": ORIGIN, "loginName": "alice", "appPassword": password}
    assert len(password) == 72
    assert status_as(call, "alice", password) == 200
    assert sandbox.people["alice"].app_passwords[password] == "bridge/1"


def test_a_login_is_begun_with_two_long_secrets(sandbox: NewsSandbox) -> None:
    """One for the client, another for the browser."""
    begun = begin(sandbox)

    assert begun["poll"]["endpoint"] == f"{ORIGIN}/index.php/login/v2/poll"
    assert re.fullmatch(f"{ORIGIN}/index.php/login/v2/flow/[A-Za-z0-9]{{128}}", begun["login"])
    assert re.fullmatch("[A-Za-z0-9]{128}", begun["poll"]["token"])
    assert not begun["login"].endswith(begun["poll"]["token"])


def test_the_login_page_says_how_to_log_in(sandbox: NewsSandbox) -> None:
    """Its users are made up, and whoever sees it runs the sandbox."""
    page = Browser(sandbox, begin(sandbox)["login"]).open()

    assert page.status_code == 200
    assert f"alice has the password {sandbox.password}" in page.text
    assert "This is a sandbox." in page.text


@pytest.mark.parametrize(("agent", "shown"), [("<b>me</b>", "&lt;b&gt;me&lt;/b&gt;"), ("", "unknown")])
def test_the_page_names_the_client(agent: str, shown: str, sandbox: NewsSandbox) -> None:
    """By its User-Agent, which is no markup."""
    page = Browser(sandbox, begin(sandbox, agent)["login"]).sign_in("alice", sandbox.password)

    assert f"<strong>{shown}</strong>" in page.text


def test_a_wrong_password_in_the_browser_is_asked_for_again(sandbox: NewsSandbox, clock: FakeClock) -> None:
    """It slows down logins as any other, and app passwords do not count here."""
    begun = begin(sandbox)
    browser = Browser(sandbox, begun["login"])
    pages = [browser.sign_in("alice", password) for password in ("wrong", sandbox.app_password, "")]

    assert {"Wrong login or password." in page.text for page in pages} == {True}
    assert clock.slept == pytest.approx([0.2, 0.4])
    assert poll(sandbox, begun).status_code == 404


def test_a_shut_out_address_cannot_log_in_by_browser(sandbox: NewsSandbox, call: Caller) -> None:
    """It is told so."""
    wrong(call, 11)
    browser = Browser(sandbox, begin(sandbox)["login"])

    assert refused(browser.sign_in("alice", sandbox.password)) == (429, "Reached maximum delay")


def test_a_login_lives_for_twenty_minutes(sandbox: NewsSandbox, clock: FakeClock) -> None:
    """Then nobody can grant it, and the client is told nothing."""
    begun, late = begin(sandbox), begin(sandbox)
    browser = Browser(sandbox, late["login"])
    granted = Browser(sandbox, begun["login"])
    granted.grant(granted.sign_in("alice", sandbox.password))
    page = browser.sign_in("alice", sandbox.password)
    clock.sleep(1_201)

    assert poll(sandbox, begun).status_code == 404
    assert [browser.open().status_code, browser.grant(page).status_code] == [403, 403]


def test_a_login_is_granted_once_and_only_by_who_was_asked(sandbox: NewsSandbox) -> None:
    """Without the page's secret, or a second time, nothing is granted."""
    begun = begin(sandbox)
    browser = Browser(sandbox, begun["login"])
    pages = [browser.sign_in("alice", sandbox.password) for _ in range(2)]
    forged = Client(sandbox).post(f"{begun['login'].removeprefix(ORIGIN)}/grant", data={})
    answers = [browser.grant(page).status_code for page in (pages[0], pages[0], pages[1])]

    assert forged.status_code == 403
    assert answers == [200, 403, 403]
    assert len(sandbox.people["alice"].app_passwords) == 2


def test_polling_wants_its_method_and_its_token(sandbox: NewsSandbox) -> None:
    """The token may be JSON; one that nobody gave out is answered like one that is pending."""
    begun = begin(sandbox)
    known = poll(sandbox, begun, json={"token": begun["poll"]["token"]})
    unknown = poll(sandbox, begun, json={"token": "x"})

    assert [(answer.status_code, answer.text) for answer in (known, unknown)] == [(404, "[]")] * 2
    assert poll(sandbox, begun, data={"other": "x"}).status_code == 500
    assert Client(sandbox).get("/index.php/login/v2/poll").status_code == 405
    assert Client(sandbox).get("/index.php/login/v2").status_code == 405


def test_the_log_of_a_login_holds_no_secret(sandbox: NewsSandbox) -> None:
    """Neither tokens nor passwords nor what the pages hand on; nor do paths that lead nowhere."""
    begun = begin(sandbox)
    browser = Browser(sandbox, begun["login"])
    browser.grant(browser.sign_in("alice", sandbox.password))
    Client(sandbox).put(begun["login"].removeprefix(ORIGIN))
    password = poll(sandbox, begun).get_json()["appPassword"]
    logged = repr(sandbox.log)

    assert [call.route for call in sandbox.log] == [
        "POST login/v2",
        "POST login/v2/flow",
        "POST login/v2/grant",
        "PUT /index.php/login/v2/flow/...",
        "POST login/v2/poll",
    ]
    for secret in (begun["poll"]["token"], begun["login"].rpartition("/")[2], sandbox.password, password):
        assert secret not in logged
    assert sandbox.password not in repr(sandbox.people)
