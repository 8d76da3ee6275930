"""Each way of saying who asks: what it puts into a request, and that nothing tells its secret."""

from __future__ import annotations

import json

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from adapters.http.auth import Basic, Bearer, BodyKeys, Login, QueryToken, Together
from bridge.model.secret import Secret

KEY, TOKEN = Secret("key-1"), Secret('a "quoted"/token')


def prepared(login: Login, method: str = "POST", body: object = None) -> requests.PreparedRequest:
    """Prepare a request as a session does."""
    return requests.Request(method, "https://api.example.com/v3/get", json=body, auth=login).prepare()


def test_nobody_asks_without_a_login() -> None:
    """A bare login changes nothing: no header, no parameter, no body."""
    request = prepared(Login(), "GET")

    assert "Authorization" not in request.headers
    assert ("https://api.example.com/v3/get", None) == (request.url, request.body)


def test_a_bearer_token_is_a_header() -> None:
    """As RFC 6750 writes it."""
    assert "Bearer key-1" == prepared(Bearer(KEY)).headers["Authorization"]


def test_keys_go_into_the_body() -> None:
    """Beside what the call says itself; the length fits, and the type is JSON without a charset."""
    request = prepared(BodyKeys({"consumer_key": KEY, "access_token": TOKEN}), body={"state": "all"})
    body = request.body if isinstance(request.body, bytes) else str(request.body).encode()

    assert {"consumer_key": "key-1", "access_token": 'a "quoted"/token', "state": "all"} == json.loads(body)
    assert str(len(body)) == request.headers["Content-Length"]
    assert "application/json" == request.headers["Content-Type"]


def test_keys_make_a_body_where_there_is_none() -> None:
    """A call without values of its own still says who asks."""
    request = prepared(BodyKeys({"consumer_key": KEY}))

    assert {"consumer_key": "key-1"} == json.loads(request.body or "")


def test_logins_add_up() -> None:
    """Some servers want a header, a parameter and a body key at once."""
    login = Together(Basic("alice", KEY), QueryToken("access_token", TOKEN), BodyKeys({"consumer_key": KEY}))
    request = prepared(login)

    assert str(request.headers["Authorization"]).startswith("Basic ")
    assert "https://api.example.com/v3/get?access_token=a+%22quoted%22%2Ftoken" == request.url
    assert {"consumer_key": "key-1"} == json.loads(request.body or "")


@pytest.mark.parametrize(
    "said", ['a "quoted"/token', "a%20%22quoted%22/token", "a+%22quoted%22%2Ftoken", 'a \\"quoted\\"/token', "key-1"]
)
def test_every_spelling_of_a_secret_is_redacted(said: str) -> None:
    """As it is, in a path, in a query, in JSON; and each of several."""
    login = Together(BodyKeys({"consumer_key": KEY}), BodyKeys({"access_token": TOKEN}))

    assert "it said ***!" == login.redacted(f"it said {said}!")


@pytest.mark.parametrize("said", ["alice:0123456789ABCDEF", "0123456789abcdef", "ALICE%3A0123456789abcdef"])
def test_the_secret_half_of_a_token_is_redacted_too(said: str) -> None:
    """In whatever case; the user's name alone is no secret."""
    login = QueryToken("auth_token", Secret("alice:0123456789abcdef"))

    assert "no such token *** of alice" == login.redacted(f"no such token {said} of alice")


@given(st.text(min_size=1))
def test_a_redacted_text_does_not_hold_the_secret(secret: str) -> None:
    """Whatever the secret is, unless the stars themselves spell it."""
    redacted = Login(Secret(secret)).redacted(f"before {secret} after")

    assert secret in "before *** after" or secret not in redacted.replace("***", "")
