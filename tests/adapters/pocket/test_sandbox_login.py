"""The login of the Pocket sandbox: codes, the page of approval, tokens, and every refusal."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs

import pytest
from lxml import html
from werkzeug.test import TestResponse

from adapters.pocket.sandbox import PocketSandbox
from tests.adapters.pocket.sandbox_caller import Caller

BACK = "http://127.0.0.1:4711/done?a=1&b=2"


@pytest.fixture
def call() -> Caller:
    """Call a new sandbox."""
    return Caller(PocketSandbox())


def asked(call: Caller, **params: Any) -> Any:
    """Ask for a code."""
    return call.bare("oauth/request", **{"consumer_key": call.sandbox.consumer_key, "redirect_uri": BACK, **params})


def a_code(call: Caller, **params: Any) -> str:
    """Ask for a code and return it."""
    return str(asked(call, **params).get_json()["code"])


def exchanged(call: Caller, code: str | None, **params: Any) -> TestResponse:
    """Exchange a code."""
    return call.bare("oauth/authorize", **{"consumer_key": call.sandbox.consumer_key, "code": code, **params})


def page(call: Caller, code: str, redirect_uri: str = BACK) -> TestResponse:
    """Open the page of approval."""
    return call.browser.get("/auth/authorize", query_string={"request_token": code, "redirect_uri": redirect_uri})


def answered(call: Caller, code: str, answer: str = "approve", redirect_uri: str = BACK) -> TestResponse:
    """Press a button of the page."""
    fields = {"request_token": code, "redirect_uri": redirect_uri, "answer": answer}
    return call.browser.post("/auth/authorize", data=fields)


def refusal(answer: TestResponse) -> tuple[int, str]:
    """Return the status and the code of a refusal."""
    return answer.status_code, answer.headers["X-Error-Code"]


def test_an_approved_code_is_exchanged_for_the_token(call: Caller) -> None:
    """The browser goes back without a word about the answer."""
    code = a_code(call)
    back = answered(call, code)
    granted = exchanged(call, code)

    assert (303, BACK) == (back.status_code, back.headers["Location"])
    assert {
        "access_token": call.sandbox.access_token,
        "username": call.sandbox.username,
    } == granted.get_json()
    assert 200 == call("get").status_code


def test_a_state_comes_back_with_the_code_and_with_the_token(call: Caller) -> None:
    """Where none was sent, JSON says null for the code, and nothing later."""
    plain, stated = asked(call).get_json(), asked(call, state="s/1").get_json()
    answered(call, stated["code"])

    assert (None, "s/1") == (plain["state"], stated["state"])
    assert "s/1" == exchanged(call, stated["code"]).get_json()["state"]


def test_without_x_accept_both_steps_answer_forms(call: Caller) -> None:
    """A form answers a form, and JSON too; an absent state is not there."""
    first = call.form("oauth/request", redirect_uri=BACK)
    code = parse_qs(first.text)["code"][0]
    answered(call, code)
    second = call.form("oauth/authorize", code=code)

    assert {"code"} == set(parse_qs(first.text))
    assert {
        "access_token": [call.sandbox.access_token],
        "username": [call.sandbox.username],
    } == parse_qs(second.text)
    assert "X-Limit-User-Limit" not in first.headers


def test_keys_codes_and_tokens_look_like_those_of_pocket(call: Caller) -> None:
    """A number and 24 hex digits; groups of 8, 4, 4, 4 and 6."""
    groups = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{6}")

    assert re.fullmatch(r"\d{5}-[0-9a-f]{24}", call.sandbox.consumer_key)
    assert groups.fullmatch(call.sandbox.access_token)
    assert groups.fullmatch(a_code(call))


@pytest.mark.parametrize(
    ("route", "params", "expected"),
    [
        ("oauth/request", {"consumer_key": None}, (400, "138")),
        ("oauth/request", {"consumer_key": "1-a"}, (403, "152")),
        ("oauth/request", {"redirect_uri": ""}, (400, "140")),
        ("oauth/authorize", {"consumer_key": ""}, (400, "138")),
        ("oauth/authorize", {"consumer_key": "1-a"}, (403, "152")),
        ("oauth/authorize", {}, (400, "182")),
        ("oauth/authorize", {"code": "00000000-0000-0000-0000-000000"}, (400, "185")),
    ],
)
def test_what_is_missing_or_wrong_has_its_code(
    route: str, params: dict[str, Any], expected: tuple[int, str], call: Caller
) -> None:
    """The refusal is text, also in the late dialect."""
    known = {"consumer_key": call.sandbox.consumer_key, "redirect_uri": BACK}
    answer = call.bare(route, **{**known, **params})

    assert expected == refusal(answer)
    assert "text/html" == answer.mimetype


def test_a_code_that_nobody_answered_is_refused_like_a_declined_one(call: Caller) -> None:
    """Asking again is allowed until somebody answers."""
    early, declined = a_code(call), a_code(call)
    before = refusal(exchanged(call, early))
    back = answered(call, declined, "decline")
    answered(call, early)

    assert (403, "158") == before == refusal(exchanged(call, declined))
    assert (303, BACK) == (back.status_code, back.headers["Location"])
    assert 200 == exchanged(call, early).status_code


def test_a_code_is_good_once(call: Caller) -> None:
    """The second exchange is told so."""
    code = a_code(call)
    answered(call, code)

    assert 200 == exchanged(call, code).status_code
    assert (403, "159") == refusal(exchanged(call, code))


def test_a_bad_redirect_address_is_noticed_at_the_exchange(call: Caller) -> None:
    """One without a scheme, or another one than at first."""
    code = a_code(call, redirect_uri="nowhere")

    assert (400, "181") == refusal(exchanged(call, code))
    assert (400, "181") == refusal(exchanged(call, a_code(call), redirect_uri="http://127.0.0.1/other"))


def test_a_private_scheme_is_a_redirect_address(call: Caller) -> None:
    """An application that is no web page has one."""
    code = a_code(call, redirect_uri="rustapi:finishauth")

    assert "rustapi:finishauth" == answered(call, code, redirect_uri="rustapi:finishauth").headers["Location"]
    assert 200 == exchanged(call, code).status_code


def test_the_page_says_who_asks_and_has_two_buttons(call: Caller) -> None:
    """It needs nothing from elsewhere, and its form names everything that the answer needs."""
    code = a_code(call)
    answer = page(call, code)
    document = html.fromstring(answer.text)
    (form,) = document.forms

    assert 200 == answer.status_code
    assert f"Application {call.sandbox.consumer_key[:5]}" in document.text_content()
    assert call.sandbox.username in document.text_content()
    assert {"request_token": code, "redirect_uri": BACK} == dict(form.form_values())
    assert ["approve", "decline"] == form.xpath(".//button/@value")
    assert ["Approve", "Decline"] == form.xpath(".//button/text()")
    assert [] == document.xpath("//@src | //link | //script | //a")
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "no-referrer" == answer.headers["Referrer-Policy"]


def test_what_an_application_sent_is_shown_as_text(call: Caller) -> None:
    """Markup in an address stays an address."""
    evil = 'app:"><script>alert(1)</script>'
    text = page(call, a_code(call, redirect_uri=evil), evil).text

    assert "<script" not in text
    assert evil in html.fromstring(text).text_content()


@pytest.mark.parametrize("redirect_uri", ["https://elsewhere.example/", ""])
def test_a_browser_is_sent_only_where_the_application_asked(redirect_uri: str, call: Caller) -> None:
    """Another address has no page and no answer, and the code stays unanswered."""
    code = a_code(call)
    answers = [page(call, code, redirect_uri), answered(call, code, redirect_uri=redirect_uri)]

    assert [400, 400] == [answer.status_code for answer in answers]
    assert not any("Location" in answer.headers for answer in answers)
    assert 200 == page(call, code).status_code


def test_there_is_nothing_to_answer_without_a_code_or_after_an_answer(call: Caller) -> None:
    """Nor is an answer taken that is neither of the two, or sent to an address that is no line of text."""
    done, broken = a_code(call), a_code(call, redirect_uri="app:\r\nSet-Cookie: a=b")
    answered(call, done)

    assert 400 == page(call, "unknown").status_code
    assert 400 == page(call, done).status_code
    assert 400 == answered(call, done, "decline").status_code
    assert 400 == answered(call, a_code(call), "perhaps").status_code
    assert 400 == answered(call, broken, redirect_uri="app:\r\nSet-Cookie: a=b").status_code
    assert 200 == exchanged(call, done).status_code


def test_the_steps_are_posted(call: Caller) -> None:
    """Anything else is not found, nor is a third step."""
    asked_for = [call.query("oauth/request", redirect_uri=BACK), call.bare("oauth/revoke")]

    assert [404, 404] == [answer.status_code for answer in asked_for]


def test_a_body_that_cannot_be_read_is_refused(call: Caller) -> None:
    """The code of it is one of Pocket's own client."""
    answer = call.browser.post("/v3/oauth/request", data="{", content_type="application/json")

    assert (400, "192") == refusal(answer)
