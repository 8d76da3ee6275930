"""What a service says otherwise than by status, and what a session makes of it."""

from __future__ import annotations

import pytest

from adapters.http.session import Dialect, Reply, Request, Verdict, verdict
from adapters.http.trouble import Trouble
from bridge.model.adapter import Context
from bridge.model.errors import CredentialsError, Unavailable, UnknownOutcome
from tests.adapters.http.desk import READ, Desk, session
from tests.support.clock import FakeClock
from tests.support.scripted_transport import ScriptedTransport, ok, status

BATCH = Request("send", method="POST", json={"actions": []}, partly=True)


def judging(**verdicts: Verdict) -> object:
    """Judge by the word in the body, else by status."""

    def judge(outcome: Reply | Trouble) -> Verdict:
        word = outcome.body.decode() if isinstance(outcome, Reply) else ""
        return verdicts.get(word, verdict(outcome))

    return judge


def test_a_denial_inside_an_answer_stops_like_a_401() -> None:
    """Where the service says so by its body, the login is refused, in its words."""
    desk = Desk(ok(b"denied"), judge=judging(denied=Verdict.DENIED), explain=lambda _reply: "the token has expired")
    with pytest.raises(CredentialsError, match=r"does not accept the login: the token has expired\. Check the token\."):
        desk.call()


def test_a_denial_stops_every_account_on_the_host() -> None:
    """Another account there sends nothing any more: a service may shut out the address. One elsewhere goes on."""
    clock, denied = FakeClock(), set[str]()
    context = Context(Desk().session.pacer._memory, clock, clock.sleep, denied=denied)
    first, second, elsewhere = (ScriptedTransport(answer) for answer in (status(401), ok(), ok()))
    one = session("https://cloud.example/a/", clock, context=context, transport=first)
    two = session("https://cloud.example/b/", clock, context=context, transport=second)
    three = session("https://cloud.example:8443/", clock, context=context, transport=elsewhere)
    for account, why in ((one, "does not accept the login"), (two, "just refused another login"), (one, "the login")):
        with pytest.raises(CredentialsError, match=why):
            account.call(READ)
    three.call(READ)

    assert {"cloud.example"} == denied
    assert [1, 0, 1] == [len(network.sent) for network in (first, second, elsewhere)]


def test_a_refusal_for_later_is_not_waited_out() -> None:
    """It is Unavailable at once, in the service's words, and the next call waits as long as the service needs."""
    desk = Desk(
        status(429),
        ok(),
        judge=lambda outcome: Verdict.LATER if outcome.status == 429 else verdict(outcome),  # type: ignore[union-attr]
        explain=lambda _reply: "there were too many wrong logins",
        patience=lambda reply: 1800.0 if reply.status == 429 else 0.0,
    )
    with pytest.raises(Unavailable, match=r"refused posts/all: there were too many wrong logins\. Try again later"):
        desk.call()
    begin = desk.clock.now
    desk.call()

    assert 2 == desk.session.calls
    assert desk.clock.now - begin == pytest.approx(1800.0)


def test_a_refused_batch_may_have_been_begun() -> None:
    """A 429 to a call of several parts is an unknown outcome, never sent again."""
    desk = Desk(status(429), ok())
    with pytest.raises(UnknownOutcome, match="A part of it may have been done"):
        desk.call(BATCH)

    assert 1 == desk.session.calls


def test_a_batch_that_was_refused_for_later_was_not_begun() -> None:
    """Then it is Unavailable: nothing was carried out."""
    desk = Desk(status(429), judge=lambda _outcome: Verdict.LATER)
    with pytest.raises(Unavailable) as caught:
        desk.call(BATCH)

    assert type(caught.value) is Unavailable


def test_an_answer_may_ask_for_patience() -> None:
    """The call after it waits, whichever it is; the gap does not grow."""
    desk = Desk(ok(), patience=lambda _reply: 40.0)
    desk.call(Request("get"))
    begin = desk.clock.now
    desk.call(Request("get"))

    assert desk.clock.now - begin == pytest.approx(40.0)
    assert 3.0 == desk.session.pacer.gap("default")


def test_a_failure_is_told_in_the_services_words() -> None:
    """Instead of a bare status."""
    desk = Desk(status(503), explain=lambda _reply: "it is in maintenance mode")
    with pytest.raises(Unavailable, match=r"failed at posts/all after 3 tries: it is in maintenance mode\."):
        desk.call()


def test_a_service_without_a_dialect_speaks_by_status() -> None:
    """Nothing is explained and no patience asked for."""
    dialect = Dialect("Pinboard", "Check the token.")

    assert (Verdict.ANSWER, "", 0.0) == (
        dialect.judge(Reply(200)),
        dialect.explain(Reply(500)),
        dialect.patience(Reply(200)),
    )
