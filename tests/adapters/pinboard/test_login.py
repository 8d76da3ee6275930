"""How a person gets a login, at Pinboard and at servers that speak like it: whom is asked what, and what is kept."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.http.pacing import InMemoryPace
from adapters.http.serving import ERROR_BEFORE, HTML_BEFORE
from adapters.pinboard import SETTINGS, SPEC, PinboardConfig
from adapters.pinboard.login import login
from adapters.pinboard.sandbox import PinboardSandbox, serve
from bridge.model.adapter import Context, Grant
from bridge.model.errors import ConfigurationError, CredentialsError, ProtocolError, Stopped, Unavailable
from bridge.model.secret import Secret
from tests.support.clock import FakeClock
from tests.support.scripted_transport import ScriptedTransport, ok, status
from tests.support.wsgi_transport import WsgiTransport

ELSEWHERE = "https://pins.example/v1/"
PASSWORD = "not a token at all"


class Sitter:
    """Sits at the terminal and gives its answers in turn; it runs out of them where it is asked too much."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []
        self.visited: list[str] = []
        self.told: list[str] = []

    def ask(self, question: str, default: str = "") -> str:
        self.asked.append(question)
        return self.answers.pop(0) or default

    def ask_secret(self, question: str) -> Secret:
        self.asked.append(f"secret: {question}")
        return Secret(self.answers.pop(0))

    def say(self, sentence: str) -> None:
        self.told.append(sentence)

    def visit(self, url: str) -> None:
        self.visited.append(url)


class Table:
    """A login that is tried: the person, the account at the sandbox, and what the network carried."""

    def __init__(self, *answers: str, app: Any = None) -> None:
        self.clock = FakeClock()
        self.sandbox = PinboardSandbox(clock=self.clock)
        self.sandbox.password = PASSWORD
        self.person = Sitter(*(answer.replace("TOKEN", self.sandbox.token) for answer in answers))
        self.context = Context(InMemoryPace(), self.clock, self.clock.sleep)
        self.wire = WsgiTransport(app or self.sandbox)

    def login(self, **known: Any) -> Grant:
        return login(known, self.person, self.context, self.wire)

    @property
    def routes(self) -> list[str]:
        return [call.route for call in self.sandbox.log]


def revealed(grant: Grant) -> dict[str, str]:
    """Return the secrets of a grant."""
    return {name: secret.reveal() for name, secret in grant.secrets.items()}


def test_the_token_of_the_settings_page_is_proven_and_kept() -> None:
    """The page is shown, the token is asked for with its form, and one call proves it; the user stands in it."""
    table = Table(" TOKEN\n")
    grant = table.login()

    assert revealed(grant) == {"token": table.sandbox.token}
    assert (grant.user, grant.settings) == ("sandbox", {})
    assert table.person.visited == [SETTINGS]
    assert table.person.asked == [
        f"secret: API token of api.pinboard.in (from {SETTINGS}; not shown while you paste it), "
        "or Enter for user and password"
    ]
    assert table.routes == ["user/api_token"]


def test_half_a_token_is_refused_with_its_remedy_before_it_is_sent() -> None:
    """To send only the secret half is the most frequent fault of all."""
    table = Table(*["0123456789abcdef0123"] * 3)
    with pytest.raises(CredentialsError, match="no token of Pinboard's form") as caught:
        table.login()

    assert caught.value.remedy == (
        f"All 3 answers were refused, and nothing was changed: look the token up at {SETTINGS}, "
        "and type the same command again."
    )
    assert table.wire.urls == []
    assert len(table.person.told) == 2


def test_a_wrong_answer_is_asked_again() -> None:
    """Half a token, a wrong one, then the right one; each fault is told, and the page is shown once."""
    table = Table("0123456789abcdef0123", "sandbox:0123456789abcdef0123", "TOKEN")
    grant = table.login()

    assert revealed(grant) == {"token": table.sandbox.token}
    assert table.person.told == [
        "This is no token of Pinboard's form, which looks like alice:0123456789ABCDEF0123. 2 tries are left.",
        "Pinboard did not accept this token. 1 try is left.",
    ]
    assert (len(table.person.asked), len(table.person.visited)) == (3, 1)


@pytest.mark.parametrize("answer", ["", "yes", "y"])
def test_a_password_is_exchanged_for_the_token(answer: str) -> None:
    """The service tells its half to whoever has the password; that it works is proven too."""
    table = Table("", "sandbox", PASSWORD, answer)
    grant = table.login()

    assert revealed(grant) == {"token": table.sandbox.token}
    assert (grant.user, grant.settings) == ("sandbox", {})
    assert [question.partition(":")[0] for question in table.person.asked[1:]] == [
        "User at api.pinboard.in",
        "secret",
        "Keep the API token instead of the password? yes or no",
    ]
    assert ["auth_token" in url for url in table.wire.urls] == [False, True]
    assert PASSWORD not in str(table.wire.urls)


@pytest.mark.parametrize("answer", ["no", "N", " No "])
def test_a_password_can_be_kept(answer: str) -> None:
    """Then the user is kept beside it."""
    table = Table("", "sandbox", PASSWORD, answer)
    grant = table.login()

    assert revealed(grant) == {"password": PASSWORD}
    assert grant.settings == {"user": "sandbox"}
    assert not any("auth_token" in url for url in table.wire.urls)


@pytest.mark.parametrize(
    ("answers", "why"), [(("", ""), "without a user"), (("", "sandbox", ""), "without a password")]
)
def test_no_user_and_no_password_are_no_login(answers: tuple[str, ...], why: str) -> None:
    """Nothing is sent."""
    table = Table(*answers * 3)
    with pytest.raises(CredentialsError, match=why):
        table.login()

    assert table.wire.urls == []


@pytest.mark.parametrize("answers", [("", "sandbox", "wrong"), ("sandbox:0123456789abcdef0123",)])
def test_a_login_that_is_wrong_three_times_is_given_up(answers: tuple[str, ...]) -> None:
    """Each was sent once, at the pace of the service; and where the right one is found is said."""
    table = Table(*answers * 3)
    with pytest.raises(CredentialsError, match=r"pinboard\.in/settings/password"):
        table.login()

    assert len(table.wire.urls) == 3
    assert table.sandbox.violations == []


def test_a_service_that_fails_may_mean_that_the_token_is_wrong() -> None:
    """Wrong tokens were answered with 500, too; for a password, or elsewhere, that is not known."""
    table, other = Table("TOKEN"), Table("TOKEN")
    for each in (table, other):
        each.sandbox.faults.add(ERROR_BEFORE, "user/api_token", times=3)
    with pytest.raises(Unavailable, match="compare it as well") as caught:
        table.login()
    with pytest.raises(Unavailable) as elsewhere:
        other.login(url=ELSEWHERE)

    assert "status 500" in caught.value.message
    assert "compare" not in str(elsewhere.value)


def test_a_page_in_the_place_of_the_api_is_a_fault_of_pinboard() -> None:
    """It is to be tried later."""
    table = Table("TOKEN")
    table.sandbox.faults.add(HTML_BEFORE)
    with pytest.raises(ProtocolError, match="is an HTML page"):
        table.login()


@pytest.mark.parametrize(
    ("answers", "first"),
    [
        ((), ()),
        ((), (status(403),)),
        ((), (ok(b"\n<!DOCTYPE html><html></html>"),)),
        (("alice:0123",), (status(401), ok(b"<html>"))),
        (("", "alice", PASSWORD), (status(401),)),
    ],
)
def test_an_address_where_no_such_server_is_is_wrong(answers: tuple[str, ...], first: tuple[Any, ...]) -> None:
    """It is told before anything is asked, if that can be told; elsewhere than at Pinboard a page means that."""
    table = Table(*answers)
    page = ScriptedTransport(*first, status(404, b"<html>404</html>"))
    with pytest.raises(ConfigurationError, match=f"so {ELSEWHERE} seems to be the wrong address") as caught:
        login({"url": ELSEWHERE}, table.person, table.context, page)

    assert not isinstance(caught.value, CredentialsError)
    assert "posts/update" in caught.value.remedy
    assert table.person.answers == []


def test_an_address_that_does_not_answer_is_told_before_anything_is_asked() -> None:
    """With one try: somebody is waiting."""
    table = Table()
    dead = ScriptedTransport(OSError("down"))
    with pytest.raises(Unavailable, match=r"The server at pins\.example failed at posts/update") as caught:
        login({"url": ELSEWHERE}, table.person, table.context, dead)

    assert "Check the address" in caught.value.remedy
    assert (table.person.asked, len(dead.sent)) == ([], 1)


def test_a_known_user_is_not_asked_for_and_a_known_secret_is_replaced() -> None:
    """Whoever logs in again wants another secret; of token and password only the new one stays."""
    table = Table("", PASSWORD, "no")
    grant = table.login(user="sandbox", token=Secret("sandbox:old"), service="pinboard", url=None)

    assert (grant.user, grant.settings, revealed(grant)) == ("sandbox", {"user": "sandbox"}, {"password": PASSWORD})
    assert ("token",) == grant.instead_of


def test_an_opaque_token_is_asked_whose_it_is() -> None:
    """A server whose tokens do not say so; it has no user/api_token, and it tells in JSON alone what is public."""
    table = Table("opaque", "opaque", " alice ")
    linkhut = ScriptedTransport(status(401), status(404, b'"Not Found"'), ok(b'{"update_time":"1970-01-01T00:00:00Z"}'))
    grant = login({"url": ELSEWHERE}, table.person, table.context, linkhut)

    assert (grant.user, grant.settings, revealed(grant)) == (
        "alice",
        {"user": "alice", "format": "json"},
        {"token": "opaque"},
    )
    assert table.person.asked == [
        "secret: API token of pins.example (not shown while you paste it), or Enter for user and password",
    ] * 2 + ["User at pins.example, whom this token does not name"]
    assert table.person.told == [
        "This is no token of Pinboard's form, which looks like alice:0123456789ABCDEF0123. If the tokens of "
        "pins.example name no user, paste the same one again. 2 tries are left."
    ]
    assert table.person.visited == []
    assert all("format=json" in str(sent.url) for sent in linkhut.sent[1:])


def test_a_word_that_is_no_token_asks_for_no_name() -> None:
    """Whoever answers with the right token then pastes it where it is not shown."""
    table = Table("garbage", "TOKEN")
    grant = table.login(url=ELSEWHERE)

    assert revealed(grant) == {"token": table.sandbox.token}
    assert all(question.startswith("secret: ") for question in table.person.asked)
    assert not any("garbage" in url for url in table.wire.urls)


@pytest.mark.parametrize("typed", ["TOKEN", "fedcba9876543210", "x" * 41])
def test_a_token_in_the_place_of_a_user_is_refused_and_not_repeated(typed: str) -> None:
    """It was shown, which is said; the token is asked for again, without showing it."""
    table = Table("", typed, "opaque", "opaque", typed, app=PinboardSandbox())
    with pytest.raises(CredentialsError, match="looks like a token") as caught:
        table.login(url=ELSEWHERE)

    heard = [*table.person.told, *table.person.asked, str(caught.value)]
    assert "It stood on the screen" in heard[0]
    assert typed.replace("TOKEN", table.sandbox.token) not in "".join(heard)
    assert len(table.wire.urls) == 1


def test_an_address_beside_the_api_is_told_before_anything_is_asked() -> None:
    """The sandbox forbids it, as Apache does at Pinboard; where the API mostly is, is said."""
    table = Table()
    with pytest.raises(ConfigurationError, match=r"has no posts/update \(most servers have it below /v1/\)"):
        table.login(url="https://pins.example/")

    assert table.person.asked == []


def test_nobody_is_no_owner_of_an_opaque_token() -> None:
    """An empty answer is refused before anything is sent."""
    table = Table("opaque", "opaque", "", "opaque", "")
    with pytest.raises(CredentialsError, match="no login without a user"):
        table.login(url=ELSEWHERE)

    assert not any("opaque" in url for url in table.wire.urls)


def test_a_server_with_passwords_alone_keeps_the_password() -> None:
    """SemanticScuttle has neither tokens nor user/api_token, so nothing is offered."""
    table = Table("", "alice", PASSWORD)
    scuttle = ScriptedTransport(
        status(401), status(404, b"<html>404</html>"), ok(b"<update time='2022-01-02T03:04:05Z'/>")
    )
    grant = login({"url": ELSEWHERE}, table.person, table.context, scuttle)

    assert (grant.settings, revealed(grant)) == ({"user": "alice", "format": "json"}, {"password": PASSWORD})
    assert "Authorization" not in scuttle.sent[0].headers
    assert all(sent.headers["Authorization"].startswith("Basic ") for sent in scuttle.sent[1:])


def test_a_known_format_and_a_known_way_are_kept() -> None:
    """What the config says of the server holds for the proof as well."""
    table = Table("opaque")
    server = ScriptedTransport(status(401), status(404, b'"Not Found"'), ok(b"<update time='2022-01-02T03:04:05Z'/>"))
    known = {"url": ELSEWHERE, "user": "alice", "bearer": True, "format": "xml"}
    grant = login(known, table.person, table.context, server)

    assert grant.settings == {"user": "alice", "format": "xml"}
    assert {sent.headers["Authorization"] for sent in server.sent[1:]} == {"Bearer opaque"}


def test_what_is_worth_knowing_is_said() -> None:
    """A service that names another token than the one that it took."""
    table = Table("sandbox:0123")
    login({}, table.person, table.context, ScriptedTransport(ok(b"<result>4567</result>")))

    [told] = table.person.told
    assert told.startswith("The service names another token than the one in use")


def test_a_person_may_stop() -> None:
    """At any question, before anything is sent."""
    table = Table()

    def stop(_question: str) -> Secret:
        raise Stopped("Enough.")

    table.person.ask_secret = stop  # type: ignore[method-assign]
    with pytest.raises(Stopped):
        table.login()

    assert table.wire.urls == []


def test_a_wrong_key_is_told_before_anybody_is_asked() -> None:
    """The config class checks what is known."""
    table = Table()
    with pytest.raises(ConfigurationError, match="base address"):
        table.login(url="nowhere")

    assert table.person.asked == []


def test_a_login_over_a_real_connection() -> None:
    """As the command line does it: by the Spec, with what the grant says the account works."""
    with serve(gaps={"default": 0.0, "posts/recent": 0.0, "posts/all": 0.0}) as served:
        clock = FakeClock()
        context = Context(InMemoryPace(), clock, clock.sleep)
        assert SPEC.login is not None
        grant = SPEC.login({"url": served.url}, Sitter(served.app.token), context)
        config = SPEC.config_class(url=served.url, **grant.settings, **grant.secrets)

        assert SPEC.build(config, context).check().user == grant.user == "sandbox"


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        (PinboardConfig(token=Secret("alice:0")), f"a new one, made at {SETTINGS}, ends the old one at once."),
        (PinboardConfig(user="alice", password=Secret("x")), f"to end it, change the password at {SETTINGS}."),
        (PinboardConfig(url=ELSEWHERE, token=Secret("x")), "pins.example has no call that takes a login back"),
    ],
)
def test_a_logout_says_what_the_person_has_to_do(config: PinboardConfig, sentence: str) -> None:
    """Nothing is sent, since the protocol has no call for it."""
    clock = FakeClock()
    context = Context(InMemoryPace(), clock, clock.sleep)
    assert SPEC.logout is not None

    assert sentence in SPEC.logout(config, context)
