"""How a person gets an app password from Nextcloud, and gives it back, against the sandbox in fake time."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import attrs
import pytest
from werkzeug.test import Client
from werkzeug.wrappers import Response

from adapters.http.pacing import InMemoryPace
from adapters.http.serving import CUT, DROP_BEFORE, ERROR_BEFORE, HTML_BEFORE, UNAUTHORIZED, Fault, refuse
from adapters.nextcloud_news import SPEC
from adapters.nextcloud_news.client import NewsClient
from adapters.nextcloud_news.login import LIFE, login, logout
from bridge.model.adapter import Context, Grant
from bridge.model.errors import BridgeError, ConfigurationError, CredentialsError, ProtocolError, Stopped, Unavailable
from bridge.model.secret import Secret
from tests.adapters.nextcloud_news.desk import URL, Desk


def grant_in_browser(desk: Desk, page: str, user: str = "alice") -> None:
    """Log in on the page and grant access, as a person does."""
    browser, path = Client(desk.sandbox), urlsplit(page).path
    asked = browser.post(path, data={"user": user, "password": desk.sandbox.people[user].password})
    state = re.search(r'name="state" value="(\w+)"', asked.get_data(as_text=True))
    assert state is not None
    assert browser.post(f"{path}/grant", data={"state": state.group(1)}).status_code == 200


class Somebody:
    """A person with a script: what is answered to the questions in their order, and when access is granted."""

    def __init__(self, desk: Desk, *answers: str | Exception, grants_after: float | None = 0.0) -> None:
        self.desk = desk
        self.answers = list(answers)
        self.grants_after = grants_after
        self.asked: list[str] = []
        self.heard: list[str] = []
        self.visited: list[str] = []

    def ask(self, question: str, default: str = "") -> str:
        self.asked.append(question)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer or default

    def ask_secret(self, question: str) -> Secret:
        return Secret(self.ask(question))

    def say(self, sentence: str) -> None:
        self.heard.append(sentence)

    def visit(self, url: str) -> None:
        self.visited.append(url)
        if self.grants_after is not None:
            self.desk.at(self.grants_after, lambda: grant_in_browser(self.desk, url))


class Door(Desk):
    """A server at which somebody logs in; things happen to it while time passes."""

    def __init__(self, **config: Any) -> None:
        super().__init__(**config)
        self.plans: list[tuple[float, Callable[[], None]]] = []
        self.context = Context(InMemoryPace(), self.clock, self.sleep)

    def at(self, seconds: float, act: Callable[[], None]) -> None:
        """Let something happen so many seconds from now."""
        self.plans.append((self.clock.now + seconds, act))

    def sleep(self, seconds: float) -> None:
        """Pass time."""
        self.clock.sleep(seconds)
        due = [plan for plan in self.plans if plan[0] <= self.clock.now]
        self.plans = [plan for plan in self.plans if plan not in due]
        for _when, act in due:
            act()

    def login(self, person: Somebody, **known: Any) -> Grant:
        """Log in at the sandbox."""
        return login(known, person, self.context, self.wire)

    def proves(self, grant: Grant) -> bool:
        """Tell whether a grant is a login that works where it says."""
        config = attrs.evolve(
            self.config, url=grant.settings["url"], user=grant.user, password=grant.secrets["password"]
        )
        return bool(NewsClient(config, self.context, self.wire).version())


def rewritten(desk: Desk, route: str, old: str, new: str) -> None:
    """Let the server write something else into the answers of a path."""
    app = desk.sandbox

    def front(environ: dict[str, Any], start_response: Any) -> Any:
        environ.pop("HTTP_ACCEPT_ENCODING", None)
        response = Response.from_app(app, environ, buffered=True)
        if environ["PATH_INFO"].endswith(route):
            escaped = (text.replace("/", "\\/").encode() for text in (old, new))
            response.set_data(response.get_data().replace(*escaped))
        return response(environ, start_response)

    desk.wire.app = front


def app_passwords(desk: Desk) -> int:
    """Count the app passwords of alice, without the one of the sandbox itself."""
    return len(desk.sandbox.people["alice"].app_passwords) - 1


# The login flow.


def test_a_person_logs_in_on_a_page_and_the_password_is_proved() -> None:
    """Nothing is asked that is known; the page is shown once."""
    desk = Door()
    person = Somebody(desk, grants_after=10)
    grant = desk.login(person, url=URL)

    assert (grant.user, grant.settings) == ("alice", {"url": URL, "user": "alice"})
    assert repr(grant.secrets["password"]) == "***"
    assert person.asked == []
    assert len(person.visited) == 1
    assert person.visited[0].startswith(f"{URL}index.php/login/v2/flow/")
    assert person.heard[-1] == "Waiting for you; Ctrl-C gives up."
    assert desk.routes[:2] == ["GET api", "POST login/v2"]
    assert desk.routes[-1] == "GET version"
    assert desk.routes.count("POST login/v2/poll") == 4
    assert desk.proves(grant)


@pytest.mark.parametrize(
    "typed",
    [
        "https://cloud.example",
        " cloud.example/ ",
        "https://cloud.example/index.php/apps/news/#/all",
        "https://cloud.example/apps/dashboard/",
        "cloud.example/index.php",
    ],
)
def test_the_address_is_asked_for_and_read_kindly(typed: str) -> None:
    """As it is typed, or copied from the browser."""
    desk = Door()
    person = Somebody(desk, typed)
    grant = desk.login(person)

    assert grant.settings["url"] == URL
    assert person.asked == ["The address of your Nextcloud, like https://cloud.example.org"]


def test_a_server_in_a_folder_is_logged_in_at() -> None:
    """Its address has a path, and so has the one that it returns."""
    desk = Door(root="/nextcloud")

    assert desk.login(Somebody(desk), url="https://cloud.example/nextcloud").settings["url"] == f"{URL}nextcloud/"


@pytest.mark.parametrize("url", ["", "ftp://cloud.example", "https://alice:secret@cloud.example/"])
def test_what_is_no_address_is_refused(url: str) -> None:
    """Before anything is sent, and without repeating it."""
    desk = Door()
    person = Somebody(desk, *[url] * 3)
    with pytest.raises(ConfigurationError) as caught:
        desk.login(person)

    assert "secret" not in str((caught.value, person.heard))
    assert (person.answers, desk.routes) == ([], [])


def test_a_mistyped_address_is_asked_for_again() -> None:
    """It is told what is wrong before anything else is asked, and a page only shown where there is a Nextcloud."""
    desk = Door()
    front, app = [Response("<html></html>", 404)] * 2, desk.sandbox

    def other_than(environ: dict[str, Any], start_response: Any) -> Any:
        return (front.pop() if front else app)(environ, start_response)

    desk.wire.app = other_than
    person = Somebody(desk, "cloud.example/wrong", URL)
    grant = desk.login(person)

    assert grant.settings["url"] == URL
    assert "https://cloud.example/wrong/ seems to be the wrong address" in person.heard[0]
    assert (len(person.asked), len(person.visited)) == (2, 1)


def test_settings_of_the_account_are_kept() -> None:
    """A server without encryption only if the account says so; the version of the API as it says."""
    desk = Door()
    with pytest.raises(ConfigurationError, match="not encrypted"):
        desk.login(Somebody(desk), url="http://cloud.example/")
    grant = desk.login(
        Somebody(desk), url="http://cloud.example/", insecure_http=True, api="v1-2", user="bob", items="all"
    )

    assert grant.settings == {"url": "http://cloud.example/", "user": "alice"}
    assert any("api/v1-2/version" in url for url in desk.wire.urls)
    assert "GET api" not in desk.routes


@pytest.fixture
def seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    """Poll once a minute, so that twenty minutes are over soon."""
    monkeypatch.setattr("adapters.nextcloud_news.login.POLL", 60.0)


@pytest.mark.usefixtures("seldom")
def test_access_that_nobody_grants_is_given_up_after_twenty_minutes() -> None:
    """With a remedy."""
    desk = Door()
    begun = desk.clock.now
    with pytest.raises(CredentialsError, match="not granted within 20 minutes") as caught:
        desk.login(Somebody(desk, grants_after=None), url=URL)

    assert caught.value.remedy
    assert LIFE <= desk.clock.now - begun < LIFE + 60


def test_a_person_may_stop_while_access_is_waited_for() -> None:
    """By the sleep of the context."""
    desk = Door()

    def stop() -> None:
        raise Stopped("Stopped.")

    desk.at(30, stop)
    with pytest.raises(Stopped):
        desk.login(Somebody(desk, grants_after=None), url=URL)


@pytest.mark.parametrize("fault", [ERROR_BEFORE, DROP_BEFORE, HTML_BEFORE, CUT])
def test_failures_while_access_is_waited_for_are_survived(fault: Fault) -> None:
    """The person is busy in the browser meanwhile."""
    desk = Door()
    desk.sandbox.faults.add(fault, "POST login/v2/poll", times=7)

    assert desk.proves(desk.login(Somebody(desk, grants_after=60), url=URL))


def test_maintenance_while_access_is_waited_for_is_survived() -> None:
    """If it is over in time."""
    desk = Door()
    desk.at(4, lambda: setattr(desk.sandbox, "maintenance", True))
    desk.at(200, lambda: setattr(desk.sandbox, "maintenance", False))

    assert desk.proves(desk.login(Somebody(desk, grants_after=300), url=URL))


def test_a_server_that_wants_to_be_left_alone_for_longer_is_left_alone() -> None:
    """The flow would be over before the next poll."""
    desk = Door()
    desk.sandbox.faults.add(refuse(), "POST login/v2/poll")
    begun = desk.clock.now
    with pytest.raises(Unavailable, match="refused"):
        desk.login(Somebody(desk), url=URL)

    assert desk.clock.now - begun < 10


@pytest.mark.usefixtures("seldom")
def test_the_last_failure_is_told_when_time_is_over() -> None:
    """It is why nothing was heard of the grant."""
    desk = Door()
    desk.at(1_000, lambda: desk.sandbox.faults.add(DROP_BEFORE, "POST login/v2/poll", times=999))
    with pytest.raises(Unavailable, match="dropped"):
        desk.login(Somebody(desk, grants_after=None), url=URL)


# The one answer.


def test_a_password_that_cannot_be_tried_now_is_not_lost() -> None:
    """It comes once; the person is told."""
    desk = Door()
    desk.sandbox.faults.add(ERROR_BEFORE, "GET version", times=3)
    person = Somebody(desk)
    grant = desk.login(person, url=URL)

    assert "could not be tried yet" in person.heard[-1]
    assert grant.settings["url"] == URL
    assert desk.proves(grant)


def test_a_password_that_is_refused_is_no_login() -> None:
    """A proxy that takes the header away."""
    desk = Door()
    desk.sandbox.faults.add(UNAUTHORIZED, "GET version")
    with pytest.raises(CredentialsError, match=r"did not accept this app password.* Nothing was changed"):
        desk.login(Somebody(desk), url=URL)


@pytest.mark.parametrize("works", [True, False])
def test_a_password_that_a_person_does_not_want_any_more_is_given_back(works: bool) -> None:
    """They stop at the question that came with it; if it cannot be revoked, they stop all the same."""
    desk = Door()
    rewritten(desk, "poll", '"server":"https://cloud.example', '"server":"https://other.example')
    if not works:
        desk.sandbox.faults.add(DROP_BEFORE, "DELETE core/apppassword")
    with pytest.raises(Stopped):
        desk.login(Somebody(desk, Stopped("Stopped.")), url=URL)

    assert desk.routes[-1] == "DELETE core/apppassword"
    assert app_passwords(desk) == (0 if works else 1)


# Where the login is.


@pytest.mark.parametrize(
    ("answer", "url"), [("yes", "https://other.example/"), ("Y", "https://other.example/"), ("", URL)]
)
def test_another_address_is_taken_only_if_the_person_agrees(answer: str, url: str) -> None:
    """Else the login stays where it was asked for, and works there."""
    desk = Door()
    rewritten(desk, "poll", '"server":"https://cloud.example', '"server":"https://other.example')
    person = Somebody(desk, answer)
    grant = desk.login(person, url=URL)

    assert grant.settings["url"] == url
    assert person.asked == [
        "The server at https://cloud.example/ calls itself https://other.example/. Is that right, yes or no?"
    ]
    assert desk.wire.urls[-1].startswith(url)


def test_an_address_that_does_not_answer_is_not_taken() -> None:
    """The one that was asked does."""
    desk = Door()
    rewritten(desk, "poll", '"server":"https://cloud.example', '"server":"https://cloud.example/nothing/here')
    person = Somebody(desk)

    assert desk.login(person, url=URL).settings["url"] == URL
    assert (person.asked, len(person.heard)) == ([], 2)


@pytest.mark.parametrize("server", ["http://cloud.example", "cloud", "", "https://[::1"])
def test_an_address_that_is_none_or_less_safe_is_not_taken(server: str) -> None:
    """A server that does not know of the proxy before it calls itself by http."""
    desk = Door()
    rewritten(desk, "poll", '"server":"https://cloud.example', f'"server":"{server}')
    person = Somebody(desk)

    assert desk.login(person, url=URL).settings["url"] == URL
    assert person.asked == []


def test_encryption_that_the_server_asks_for_is_taken() -> None:
    """The same host by https."""
    desk = Door()
    rewritten(desk, "poll", '"server":"http://cloud.example', '"server":"https://cloud.example')

    assert desk.login(Somebody(desk), url="http://cloud.example/", insecure_http=True).settings["url"] == URL


def test_a_page_at_another_server_is_shown_only_if_the_person_agrees() -> None:
    """It is where they would type their password; agreeing once is enough."""
    desk = Door()
    rewritten(desk, "v2", '"login":"https://cloud.example', '"login":"https://other.example')
    person = Somebody(desk, "no")
    with pytest.raises(ConfigurationError, match=r"sends people to https://other\.example/ to log in"):
        desk.login(person, url=URL)

    assert person.visited == []
    agreeing = Somebody(desk, "yes")
    assert desk.proves(desk.login(agreeing, url=URL))
    assert agreeing.visited[0].startswith("https://other.example/index.php/login/v2/flow/")


def test_agreeing_to_another_server_is_asked_once() -> None:
    """The page and the address that comes with the password are at the same one."""
    desk = Door()
    app = desk.sandbox

    def front(environ: dict[str, Any], start_response: Any) -> Any:
        environ.pop("HTTP_ACCEPT_ENCODING", None)
        response = Response.from_app(app, environ, buffered=True)
        if "login/v2" in environ["PATH_INFO"]:
            response.set_data(response.get_data().replace(b"cloud.example", b"other.example"))
        return response(environ, start_response)

    desk.wire.app = front
    person = Somebody(desk, "yes")

    assert desk.login(person, url=URL).settings["url"] == "https://other.example/"
    assert len(person.asked) == 1
    assert all("other.example" not in url for url in desk.wire.urls if "poll" in url)


def test_a_page_without_encryption_is_shown_with_it() -> None:
    """The server does not know of the proxy before it."""
    desk = Door()
    rewritten(desk, "v2", '"login":"https://cloud.example', '"login":"http://cloud.example')
    person = Somebody(desk)
    desk.login(person, url=URL)

    assert person.visited[0].startswith(URL)


@pytest.mark.parametrize("page", ["javascript:alert(1)//", "file:///etc/", "https://[::1/", ""])
def test_a_page_that_is_no_address_is_not_shown(page: str) -> None:
    """A browser would do anything with it."""
    desk = Door()
    rewritten(desk, "v2", '"login":"https://cloud.example/', f'"login":"{page}')
    person = Somebody(desk)
    with pytest.raises(ProtocolError, match="no address"):
        desk.login(person, url=URL)

    assert person.visited == []


# Servers without all that.


def test_a_server_without_a_login_flow_takes_what_the_person_types() -> None:
    """The user that is known is proposed."""
    desk = Door()
    for status in (404, 405):
        desk.sandbox.faults.add(
            Fault("no_flow", False, lambda _gate, _true, status=status: Response(status=status)), "POST login/v2"
        )
        person = Somebody(desk, "", desk.sandbox.app_password)
        grant = desk.login(person, url=URL, user="alice")

        assert person.asked == ["Your user name at Nextcloud", "The app password (not shown while you paste it)"]
        assert "Settings, Security" in person.heard[0]
        assert grant.user == "alice"
        assert desk.proves(grant)


@pytest.mark.parametrize(
    ("name", "password", "why"),
    [
        ("alice", "wrong", "Nextcloud News at cloud.example did not accept this app password"),
        ("", "x", "no login without"),
    ],
)
def test_what_is_typed_is_proved_too(name: str, password: str, why: str) -> None:
    """A wrong password, and none: both are asked for again, three times in all."""
    desk = Door()
    for answers in ([name, password] * 2 + ["alice", desk.sandbox.app_password], [name, password] * 3):
        desk.sandbox.faults.add(Fault("no_flow", False, lambda _gate, _true: Response(status=404)), "POST login/v2")
        person = Somebody(desk, *answers)
        if desk.sandbox.app_password in answers:
            assert desk.proves(desk.login(person, url=URL))
        else:
            with pytest.raises(CredentialsError, match=why):
                desk.login(person, url=URL)

        assert 2 == sum(why in told for told in person.heard)
        assert person.answers == []


def test_a_server_without_the_app_is_told_from_no_server() -> None:
    """One has a status.php, the other has not."""
    desk, nothing = Door(), Door()
    desk.sandbox.app_enabled = False
    nothing.wire.app = Response("<html></html>", 404)
    errors: list[BridgeError] = []
    for each in (desk, nothing):
        with pytest.raises(ConfigurationError) as caught:
            each.login(Somebody(each), url=URL)
        errors.append(caught.value)

    assert errors[0].message.startswith("The Nextcloud at cloud.example answers, but not its News app")
    assert errors[1].message.endswith(f"so {URL} seems to be the wrong address.")
    assert all(error.remedy for error in errors)


def test_a_server_in_maintenance_is_come_back_to() -> None:
    """Nothing is asked of the person."""
    desk = Door()
    desk.sandbox.maintenance = True
    with pytest.raises(Unavailable, match="in maintenance mode"):
        desk.login(Somebody(desk), url=URL)


def test_an_answer_that_begins_no_flow_is_no_page() -> None:
    """A page of another kind."""
    desk = Door()
    desk.sandbox.faults.add(HTML_BEFORE, "POST login/v2")
    with pytest.raises(ProtocolError, match="login/v2 is an HTML page"):
        desk.login(Somebody(desk), url=URL)


# Giving it back.


def test_an_app_password_is_revoked_at_logout() -> None:
    """Then it works no more, and a second logout finds none."""
    desk = Desk()
    first = logout(desk.config, desk.context, desk.wire)
    second = logout(desk.config, desk.context, desk.wire)

    assert first == "The app password of alice is revoked."
    assert second == "Nextcloud does not accept the app password any more, so there was none to revoke."
    assert desk.sandbox.people["alice"].app_passwords == {}


def test_a_login_password_is_said_to_be_one() -> None:
    """It is not the program's to take away."""
    desk = Desk()
    config = attrs.evolve(desk.config, password=Secret(desk.sandbox.password))

    assert "cannot be revoked and still works" in logout(config, desk.context, desk.wire)


def test_a_logout_that_fails_says_so() -> None:
    """Nothing is known of the password then; without one there is nothing to revoke."""
    desk = Desk()
    desk.sandbox.faults.add(DROP_BEFORE, "DELETE core/apppassword")
    with pytest.raises(Unavailable):
        logout(desk.config, desk.context, desk.wire)
    with pytest.raises(CredentialsError, match="no login"):
        logout(attrs.evolve(desk.config, password=None), desk.context, desk.wire)


def test_the_spec_logs_in_and_out_over_a_real_connection() -> None:
    """End to end: the page is opened, access is granted, the password works, and is revoked."""
    with SPEC.sandbox(0, {}) as served:
        desk = Door()
        desk.sandbox = served.app
        person = Somebody(desk)
        person.visit = lambda url: grant_in_browser(desk, url)
        context = Context(InMemoryPace(), desk.clock, lambda _seconds: None)
        grant: Grant = SPEC.login({"url": served.url}, person, context)
        account: Mapping[str, Any] = {**grant.settings, **grant.secrets}
        told = SPEC.logout(SPEC.config_class(**account), context)

    assert told == "The app password of alice is revoked."
    assert json.dumps(grant.settings) == json.dumps({"url": served.url, "user": "alice"})
