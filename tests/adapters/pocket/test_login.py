"""How a person gets a token: the sandbox grants it, a scripted person answers, and the way back is a real socket."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from werkzeug.test import Client as Browser

from adapters.http.serving import DROP_BEFORE, ERROR_BEFORE, UNAUTHORIZED, refuse
from adapters.pocket import POCKET, SPEC, PocketConfig
from adapters.pocket.errors import LoginFailed, NotApproved
from adapters.pocket.login import PATIENCE, STEP, Listener, login, logout
from bridge.model.adapter import Grant
from bridge.model.errors import ConfigurationError, CredentialsError, ProtocolError, Unavailable
from bridge.model.secret import Secret
from tests.adapters.pocket.desk import Desk
from tests.support.scripted_transport import ScriptedTransport, ok, status
from tests.support.wsgi_transport import WsgiTransport

SERVER = "https://pocket.example/v3/"
KEY = "Consumer key (not shown while you paste it)"
WAITING = "Waiting for you; Ctrl-C gives up."


class Someone:
    """A person who gives prepared answers, and whose browser does as it is told. `heard` is what they were told."""

    def __init__(self, *answers: str, browses: Callable[[str], None] = lambda _url: None) -> None:
        self.answers = list(answers)
        self.heard: list[str] = []
        self.asked: list[str] = []
        self.visited: list[str] = []
        self.browses = browses

    def ask(self, question: str, default: str = "") -> str:
        self.asked.append(question)
        return self.answers.pop(0) or default

    def ask_secret(self, question: str) -> Secret:
        return Secret(self.ask(question))

    def say(self, sentence: str) -> None:
        self.heard.append(sentence)

    def visit(self, url: str) -> None:
        self.visited.append(url)
        self.browses(url)


class Room:
    """A person at a terminal, a browser, and the sandbox. `answer` is what the browser's person says on the page."""

    def __init__(self, *answers: str, answer: str = "approve") -> None:
        self.desk = Desk()
        self.person = Someone(*answers, browses=self.browse)
        self.answer = answer
        self.pages: list[tuple[int, str, Any]] = []
        self.sent_back = True

    def browse(self, url: str) -> None:
        """Open the page, answer it, and follow the way back."""
        parts = urlsplit(url)
        browser = Browser(self.desk.sandbox)
        page = browser.get(f"{parts.path}?{parts.query}")
        assert "Approve" in page.get_data(as_text=True)
        if self.answer:
            back = browser.post(parts.path, data={**dict(parse_qsl(parts.query)), "answer": self.answer})
            if self.sent_back:
                self.pages.append(fetch(back.headers["Location"]))

    def login(self, **known: Any) -> Grant:
        """Log in with what is known of the account."""
        return login({"url": POCKET, **known}, self.person, self.desk.context, transport=self.desk.wire)


def fetch(url: str, method: str = "GET") -> tuple[int, str, Any]:
    """Ask the listener, as a browser would: return status, text and headers."""
    request = urllib.request.Request(url, method=method)  # noqa: S310 - on loopback
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=5) as reply:
            return reply.status, reply.read().decode(), reply.headers
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode(), error.headers


def come_back(url: str) -> None:
    """Go straight back from the page of approval."""
    fetch(dict(parse_qsl(urlsplit(url).query))["redirect_uri"])


def test_a_login_is_approved_in_the_browser() -> None:
    """The key is asked for, the page opened, and what comes back is proven by a call."""
    room = Room()
    room.person.answers = [room.desk.sandbox.consumer_key]
    grant = room.login()
    sandbox = room.desk.sandbox

    assert sandbox.username == grant.user
    assert {"user": sandbox.username} == grant.settings
    assert {"consumer_key": sandbox.consumer_key, "access_token": sandbox.access_token} == {
        key: secret.reveal() for key, secret in grant.secrets.items()
    }
    assert ["oauth/request", "auth/authorize", "auth/authorize", "oauth/authorize", "get"] == room.desk.routes
    assert ([KEY], 1) == (room.person.asked, len(room.person.visited))
    assert WAITING == room.person.heard[-1]
    assert [STEP] == [seconds for seconds in room.desk.clock.slept if seconds]
    assert PocketConfig(**grant.settings, **grant.secrets).url == POCKET


def test_the_way_back_leads_to_a_page_of_ours() -> None:
    """It asks for nothing from elsewhere, tells nobody where it was, and says what to do now."""
    room = Room()
    room.login(consumer_key=Secret(room.desk.sandbox.consumer_key))
    [(code, page, headers)] = room.pages

    assert (200, "text/html; charset=utf-8") == (code, headers["Content-Type"])
    assert "go back to the terminal" in page
    assert "://" not in page
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert ("no-referrer", "no-store") == (headers["Referrer-Policy"], headers["Cache-Control"])


def test_nothing_but_the_address_that_was_given_counts() -> None:
    """Path and state must be right, and the method; anything else is not found and changes nothing."""
    listener = Listener("s")
    browser = Browser(listener)
    for path in ("/", "/pocket", "/pocket?state=", "/pocket?state=S", "/pocket?state=%C3%A9", "/favicon.ico?state=s"):
        assert 404 == browser.get(path).status_code
    assert 404 == browser.post("/pocket?state=s").status_code

    assert not listener.came.is_set()
    assert 200 == browser.get("/pocket?state=s").status_code
    assert listener.came.is_set()


def test_each_login_has_an_address_of_its_own() -> None:
    """Nobody can guess it."""
    states = set()
    for _login in range(2):
        room = Room()
        room.login(consumer_key=Secret(room.desk.sandbox.consumer_key))
        redirect = urlsplit(dict(parse_qsl(urlsplit(room.person.visited[0]).query))["redirect_uri"])
        states.add(dict(parse_qsl(redirect.query))["state"])
        assert ("127.0.0.1", "/pocket") == (redirect.hostname, redirect.path)

    assert 2 == len(states)
    assert all(len(state) >= 40 for state in states)


def test_a_known_key_is_not_asked_for() -> None:
    """And the other keys of the account are kept to."""
    room = Room()
    room.desk.wire.urls.clear()
    grant = room.login(url=SERVER, consumer_key=Secret(room.desk.sandbox.consumer_key), user="old", page=7)

    assert [] == room.person.asked
    assert {"url": SERVER, "user": room.desk.sandbox.username} == grant.settings
    assert {SERVER + "oauth/request", SERVER + "oauth/authorize", SERVER + "get"} == set(room.desk.wire.urls)


def test_a_key_that_cannot_be_had_is_asked_for() -> None:
    """The person is told why it cannot."""

    def locked() -> str:
        raise CredentialsError("The keyring is locked.")

    room = Room()
    room.person.answers = [room.desk.sandbox.consumer_key] * 2
    for known in (Secret(locked), Secret("")):
        room.login(consumer_key=known)

    assert [KEY, KEY] == room.person.asked
    assert "The keyring is locked." == room.person.heard[0]


def test_a_wrong_key_is_told_at_once_and_asked_for_again() -> None:
    """Before any page is opened; after the third one it is over. A wrong key of the config is nobody's answer."""
    room, known, patient = Room(*["1234-wrong"] * 3), Room(), Room("1234-wrong")
    patient.person.answers.append(patient.desk.sandbox.consumer_key)
    with pytest.raises(CredentialsError, match=r"Pocket did not accept this consumer key: .* not valid") as refused:
        room.login()
    with pytest.raises(LoginFailed, match="the consumer key is not valid"):
        known.login(consumer_key=Secret("1234-wrong"))
    assert ([], []) == (room.person.visited, known.person.visited)
    assert "All 3 answers were refused, and nothing was changed: look the consumer key up at" in refused.value.remedy
    grant = patient.login()

    assert ([KEY] * 3, []) == (room.person.asked, known.person.asked)
    assert ["the consumer key is not valid" in told for told in patient.person.heard].count(True) == 1
    assert patient.desk.sandbox.username == grant.user


def test_the_address_is_asked_for_where_the_account_has_none() -> None:
    """As Pocket itself has closed; one where no such server is, is told before any key is asked for."""
    person = Someone("http://pocket.example/v3/", "pocket.example/wrong", "pocket.example/v3", "a-key", "the-token", "")
    network = ScriptedTransport(status(404), status(401), status(404), ok(b'{"status": 1, "list": {}}'))
    grant = login({}, person, Desk().context, transport=network)

    assert {"url": SERVER, "user": "me"} == grant.settings
    assert "Pocket itself has closed; other servers speak its protocol." == person.heard[0]
    assert "http://" in person.heard[1]
    assert "https://pocket.example/wrong/ seems to be the wrong address" in person.heard[2]
    assert 3 == sum("address" in question for question in person.asked)


@pytest.mark.parametrize("answer", [OSError("down"), status(404), status(405), ok(b"<html>a page</html>")])
def test_an_address_without_such_a_server_is_told_before_anything_is_asked(answer: Any) -> None:
    """An address of the config, or of the command line, is not asked for again."""
    person = Someone()
    with pytest.raises((ConfigurationError, Unavailable), match=r"pocket\.example") as caught:
        login({"url": SERVER}, person, Desk().context, transport=ScriptedTransport(answer))

    assert "the address" in caught.value.remedy or "Correct the account's url" in caught.value.remedy
    assert ([], []) == (person.asked, person.heard)


def test_what_is_not_approved_can_be_tried_again() -> None:
    """Pocket answers alike whether the person refused or has not been there yet."""
    room = Room("", "yes", answer="decline")
    room.person.answers = ["yes", "no"]
    with pytest.raises(NotApproved):
        room.login(consumer_key=Secret(room.desk.sandbox.consumer_key))

    assert ["Try again? (yes or no)"] * 2 == room.person.asked
    assert WAITING == room.person.heard[0]
    assert all("not approved yet" in sentence for sentence in room.person.heard[1:])
    assert 2 == room.desk.routes.count("oauth/authorize")


def test_a_browser_on_another_machine_is_waited_for_in_vain() -> None:
    """After some minutes the person says when it is done; nothing is tried before."""
    room = Room("", answer="approve")
    room.sent_back = False
    begin = room.desk.clock.now
    grant = room.login(consumer_key=Secret(room.desk.sandbox.consumer_key))

    assert room.desk.sandbox.username == grant.user
    assert PATIENCE <= room.desk.clock.now - begin < PATIENCE + 1
    assert ["Pocket's page has not come back. Press Enter when you have approved the access there"] == room.person.asked
    assert 1 == room.desk.routes.count("oauth/authorize")


def test_the_state_of_another_login_is_refused() -> None:
    """Where the answer has one at all."""
    network = ScriptedTransport(ok(b'{"code": "c", "state": "another"}'))
    with pytest.raises(ProtocolError, match="the state of another one"):
        login({"url": POCKET, "consumer_key": Secret("k")}, Someone(), Desk().context, transport=network)


@pytest.mark.parametrize(("state", "refused"), [("s", False), (None, False), ("", False), ("another", True)])
def test_a_token_with_the_state_of_another_login_is_refused(state: str | None, *, refused: bool) -> None:
    """Some servers leave it out."""
    exchanged = {"access_token": "t", "username": "u", "state": state}
    network = ScriptedTransport(
        ok(b'{"code": "c", "state": "s"}'), ok(json.dumps(exchanged).encode()), ok(b'{"status": 1, "list": {}}')
    )
    person = Someone(browses=come_back)

    def work() -> Grant:
        known = {"url": POCKET, "consumer_key": Secret("k")}
        return login(known, person, Desk().context, make_state=lambda: "s", transport=network)

    if refused:
        with pytest.raises(ProtocolError, match="the state of another one"):
            work()
        assert 2 == len(network.sent)
    else:
        assert "t" == work().secrets["access_token"].reveal()


@pytest.mark.parametrize("missing", [status(404, b"<html>"), status(401)])
def test_a_server_without_this_login_takes_a_pasted_token(missing: Any) -> None:
    """It is proven by a call; a user's name tells the account from others."""
    network = ScriptedTransport(status(401), missing, ok(b'{"status": 1, "list": {}}'))
    person = Someone("", "the-token", "")
    grant = login({"url": SERVER}, person, Desk().context, transport=network)

    assert [f"{KEY}, or Enter if the server needs none", "Access token (not shown while you paste it)"] == (
        person.asked[:2]
    )
    assert ("me", {"url": SERVER, "user": "me"}) == (grant.user, grant.settings)
    assert {"access_token": "the-token"} == {key: secret.reveal() for key, secret in grant.secrets.items()}
    assert [] == person.visited


def test_a_pasted_token_that_is_refused_is_asked_for_again() -> None:
    """The call is its proof; a user that is known is not asked for."""
    network = ScriptedTransport(status(401), status(404), status(401), ok(b'{"status": 1, "list": {}}'))
    person = Someone("a-key", "wrong", "right")
    grant = login({"url": SERVER, "user": "alice"}, person, Desk().context, transport=network)

    assert "right" == grant.secrets["access_token"].reveal()
    assert 3 == len(person.asked)
    assert "The Pocket server at pocket.example did not accept this access token. 2 tries are left." == person.heard[-1]


def test_a_third_pasted_token_that_is_refused_is_the_last() -> None:
    """None of them is kept."""
    network = ScriptedTransport(status(401), status(404), status(401))
    person = Someone("a-key", *["wrong"] * 3)
    with pytest.raises(CredentialsError, match="did not accept this access token") as refused:
        login({"url": SERVER, "user": "alice"}, person, Desk().context, transport=network)

    assert "nothing was changed: look the access token up on the server's own pages" in refused.value.remedy
    assert [] == person.answers


def test_a_service_that_cannot_answer_is_told() -> None:
    """The exchange is not tried twice: a code is good for one."""
    room = Room()
    room.desk.sandbox.faults.add(DROP_BEFORE, "oauth/authorize")
    with pytest.raises(Unavailable):
        room.login(consumer_key=Secret(room.desk.sandbox.consumer_key))

    assert 1 == room.desk.routes.count("oauth/authorize")


def test_a_granted_token_is_not_lost_if_it_cannot_be_tried() -> None:
    """The code is used up, so it is given out all the same, and the person is told."""
    room = Room()
    room.desk.sandbox.faults.add(ERROR_BEFORE, "get", times=9)
    grant = room.login(consumer_key=Secret(room.desk.sandbox.consumer_key))

    assert room.desk.sandbox.access_token == grant.secrets["access_token"].reveal()
    assert 3 == room.desk.routes.count("get")
    told = room.person.heard[-1]
    assert told.startswith("The access token was granted, but could not be tried yet: Pocket failed at get")


def test_a_granted_token_that_is_refused_is_not_kept() -> None:
    """Then it is worth nothing."""
    room = Room()
    room.desk.sandbox.faults.add(UNAUTHORIZED, "get")
    with pytest.raises(CredentialsError, match=r"Pocket did not accept this access token.* Nothing was changed"):
        room.login(consumer_key=Secret(room.desk.sandbox.consumer_key))


def test_a_busy_service_is_waited_for() -> None:
    """A login is not over for a 429."""
    room = Room()
    room.desk.sandbox.faults.add(refuse(7), "oauth/request")

    assert room.login(consumer_key=Secret(room.desk.sandbox.consumer_key)).user


def test_no_token_is_told() -> None:
    """Neither in what the person hears nor in a repr."""
    room = Room()
    grant = room.login(consumer_key=Secret(room.desk.sandbox.consumer_key))

    assert room.desk.sandbox.access_token not in repr((grant, room.person.heard, room.person.asked))


@pytest.mark.parametrize(
    ("url", "where"), [(POCKET, "https://getpocket.com/connected_applications"), (SERVER, "the server's own pages")]
)
def test_a_logout_says_where_a_token_is_revoked(url: str, where: str) -> None:
    """There is no call for it, so nothing is sent."""
    desk = Desk(url=url)

    assert where in logout(desk.config, desk.context)
    assert [] == desk.routes


def test_the_spec_logs_in_and_out() -> None:
    """With a network of its own."""
    assert SPEC.login is not None
    assert SPEC.logout is not None
    desk = Desk(url="http://127.0.0.1:9/v3/")
    with pytest.raises(Unavailable):
        SPEC.login({"url": desk.config.url, "consumer_key": Secret("k")}, Someone(), desk.context)

    assert "revokes a token" in SPEC.logout(desk.config, desk.context)
    assert isinstance(desk.wire, WsgiTransport)
