"""The first call to an address that a person has given: whether there is a server at all, before it gets a secret."""

from __future__ import annotations

import urllib.parse

import attrs
from requests.adapters import BaseAdapter

from adapters.http.auth import Login
from adapters.http.pacing import Pacer
from adapters.http.session import Dialect, Reply, Request, Session, Verdict, verdict
from adapters.http.trouble import Trouble
from bridge.model.adapter import Context
from bridge.model.errors import Unavailable


def first_answer(
    url: str, request: Request, context: Context, *, insecure_http: bool = False, transport: BaseAdapter | None = None
) -> Reply:
    """Return what the server at a base URL answers to somebody without a login, whatever that is.

    It is asked once. Raises Unavailable if nothing answers there, ConfigurationError for an address that no login may
    be sent to.
    """
    server = f"The server at {urllib.parse.urlsplit(url).netloc}"
    session = Session(
        url,
        Login(),
        Pacer(f"nobody {url}", server, {}, context),
        attrs.evolve(context, denied=set()),
        Dialect(server, "", judge=_judge),
        insecure_http=insecure_http,
        transport=transport,
    )
    try:
        return session.call(request)
    except Unavailable as error:
        raise Unavailable(error.message, "Check the address, and that this machine is online.") from error


def _judge(outcome: Reply | Trouble) -> Verdict:
    """Take every answer for one but a redirect, which may lead to it."""
    judged = verdict(outcome)
    return Verdict.ANSWER if isinstance(outcome, Reply) and judged is not Verdict.ELSEWHERE else judged
