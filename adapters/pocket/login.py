"""How a person gets an access token: by approving it in a browser, or where a server has no such login, by pasting one.

Pocket's login is not OAuth 2. A code is asked for, the person approves it on Pocket's page, the browser is sent back to
an address of ours, and the code is exchanged. That redirect carries nothing and is the same if the person refuses: it
only says that it is time to try. So the address, on loopback, has a random part that nobody else can know.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Mapping
from typing import Any

import attrs
from requests.adapters import BaseAdapter
from werkzeug.wrappers import Request, Response

from adapters.asking import HIDDEN, ONCE_MORE, WAITING, addressed, afresh, tried, until_accepted, until_right
from adapters.http.serving import serve
from adapters.pocket import PocketConfig, is_pocket
from adapters.pocket.calls import check_present, service_at
from adapters.pocket.client import PocketClient
from adapters.pocket.errors import KEYS_PAGE, NoSuchRoute, NotApproved
from adapters.pocket.wire import Code, Token
from bridge.model.adapter import Context, Grant, Person
from bridge.model.errors import ConfigurationError, CredentialsError, ProtocolError, Unavailable
from bridge.model.secret import Secret

PATIENCE = 300.0
"""Seconds that the person has for the page before we ask."""
STEP = 0.25
PATH = "/pocket"

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>body {{ font: 1rem/1.5 sans-serif; max-width: 32rem; margin: 3rem auto; padding: 0 1rem; }}</style>
</head>
<body>
<h1>{title}</h1>
<p>{content}</p>
</body>
</html>
"""
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class Listener:
    """What waits for the browser to come back: a WSGI app that answers one address and notes that it was asked for."""

    def __init__(self, state: str) -> None:
        self.came = threading.Event()
        self._state = state

    def __call__(self, environ: Any, start_response: Any) -> Any:
        """Answer one request."""
        request = Request(environ)
        known = request.path == PATH and secrets.compare_digest(
            request.args.get("state", "").encode(), self._state.encode()
        )
        if known and request.method == "GET":
            self.came.set()
            title, content, status = "Back from Pocket", "You can close this page and go back to the terminal.", 200
        else:
            title, content, status = "Nothing here", "This is not the address that Pocket was given.", 404
        page = _PAGE.format(title=title, content=content)
        return Response(page, status, _HEADERS, mimetype="text/html")(environ, start_response)


def login(
    known: Mapping[str, Any],
    person: Person,
    context: Context,
    *,
    make_state: Callable[[], str] = secrets.token_urlsafe,
    transport: BaseAdapter | None = None,
) -> Grant:
    """Get an access token and prove it by a call; see bridge.model.adapter.Login for what it raises.

    The address of the server is asked for where the account has none, as Pocket itself has closed. That there is a
    server is proven before it gets a key. A token that was granted is returned, too, where the server cannot answer the
    proving call now; the person is told so. `known` are keys of the account: a token among them is passed over, as
    another one is wanted.
    """
    account = _addressed(known, person, context, transport)
    key = _known_key(known, person)
    state = make_state()
    with serve(listener := Listener(state)) as base:
        redirect_uri = f"{base}{PATH}?state={state}"

        def begin(consumer_key: Secret | None) -> tuple[PocketConfig, PocketClient, Code | None]:
            config = attrs.evolve(account, consumer_key=consumer_key)
            client = PocketClient(config, afresh(context), transport)
            try:
                return config, client, client.oauth_request(redirect_uri, state)
            except NoSuchRoute:
                return config, client, None

        if key is None:

            def attempt() -> tuple[PocketConfig, PocketClient, Code | None]:
                consumer_key = _asked_key(account, person)
                with tried(service_at(account), "consumer key"):
                    return begin(consumer_key)

            config, client, code = until_accepted(person, attempt, _advice(account, "consumer key"))
        else:
            config, client, code = begin(key)
        if code is None:
            return _pasted(config, person, context, transport)
        _check_state(code, state)
        person.visit(client.authorize_url(code.code, redirect_uri))
        person.say(WAITING)
        _wait(listener, person, context)
        token = _exchanged(client, code, person)
        _check_state(token, state)
    config = attrs.evolve(config, access_token=Secret(token.access_token), user=token.username or config.user)
    try:
        with tried(service_at(config), "access token", ONCE_MORE):
            _prove(config, context, transport)
    except Unavailable as error:  # a code is good for one token, so this one must not be lost
        person.say(f"The access token was granted, but could not be tried yet: {error.message}")
    return _grant(config)


def logout(config: PocketConfig, _context: Context) -> str:
    """Say how a token is revoked: the protocol has no call for it."""
    if is_pocket(config.url):
        return "Pocket's tokens are revoked on its own page, https://getpocket.com/connected_applications."
    return "Pocket's protocol has no call that revokes a token: revoke it on the server's own pages."


def _addressed(
    known: Mapping[str, Any], person: Person, context: Context, transport: BaseAdapter | None
) -> PocketConfig:
    """Return the account without its login, at an address that a server of the protocol answers."""
    kept = {key: value for key, value in known.items() if key not in ("consumer_key", "access_token")}

    def at(url: str) -> PocketConfig:
        config = PocketConfig(**{**kept, "url": addressed(url)})
        if not is_pocket(config.url):
            check_present(config, context, transport)
        return config

    if kept.get("url"):
        return at(kept["url"])
    person.say("Pocket itself has closed; other servers speak its protocol.")
    question = "The address of the server, like https://read.example.org/v3/"
    return until_right(person, lambda: at(person.ask(question)), (ConfigurationError, Unavailable))


def _known_key(known: Mapping[str, Any], person: Person) -> Secret | None:
    """Return the account's consumer key, None if there is none or it cannot be had, which the person is told."""
    if isinstance(secret := known.get("consumer_key"), Secret):
        try:
            if secret.reveal():
                return secret
        except CredentialsError as error:
            person.say(error.message)
    return None


def _asked_key(config: PocketConfig, person: Person) -> Secret | None:
    """Ask for a consumer key; None for nothing."""
    question = f"Consumer key ({HIDDEN}), or Enter if the server needs none"
    if is_pocket(config.url):
        person.say(f"A consumer key is made at {KEYS_PAGE}, with all three permissions.")
        question = f"Consumer key ({HIDDEN})"
    typed = person.ask_secret(question)
    return typed if typed.reveal() else None


def _check_state(answer: Code | Token, state: str) -> None:
    """Refuse what belongs to another login; an answer without a state is believed."""
    if answer.state not in ("", state):
        raise ProtocolError("The server answers a login with the state of another one.", "Begin the login anew.")


def _wait(listener: Listener, person: Person, context: Context) -> None:
    """Wait until the browser comes back; where it cannot, as on another machine, the person says so."""
    until = context.clock() + PATIENCE
    while not listener.came.is_set():
        if context.clock() >= until:
            person.ask("Pocket's page has not come back. Press Enter when you have approved the access there")
            return
        context.sleep(STEP)
    context.sleep(STEP)  # until the browser has our page, which goes when we go on


def _exchanged(client: PocketClient, code: Code, person: Person) -> Token:
    while True:
        try:
            return client.oauth_authorize(code.code)
        except NotApproved as error:
            person.say(str(error))
            if person.ask("Try again? (yes or no)", "yes").lower() not in ("yes", "y"):
                raise


def _pasted(config: PocketConfig, person: Person, context: Context, transport: BaseAdapter | None) -> Grant:
    """Ask for what a server without this login gives out by itself."""
    person.say("This server has no login of Pocket's kind. Its own pages, or its settings, give out access tokens.")

    def attempt() -> PocketConfig:
        pasted = attrs.evolve(
            config, access_token=person.ask_secret(f"Access token ({HIDDEN})"), user=config.user or "me"
        )
        with tried(service_at(config), "access token"):
            _prove(pasted, afresh(context), transport)
        return pasted

    proven = until_accepted(person, attempt, _advice(config, "access token"))
    if not config.user:
        proven = attrs.evolve(proven, user=person.ask("User, to tell this account from others", "me"))
    return _grant(proven)


def _advice(config: PocketConfig, what: str) -> str:
    """Return the clause that says where a key or a token is found."""
    where = f"at {KEYS_PAGE}" if is_pocket(config.url) else "on the server's own pages"
    return f"look the {what} up {where}"


def _prove(config: PocketConfig, context: Context, transport: BaseAdapter | None) -> None:
    """Make one call with what was granted."""
    PocketClient(config, context, transport).get(state="all", count=1)


def _grant(config: PocketConfig) -> Grant:
    found = {"consumer_key": config.consumer_key, "access_token": config.access_token}
    settings = {"url": "" if is_pocket(config.url) else config.url, "user": config.user}
    return Grant(
        config.user or "",
        {key: value for key, value in settings.items() if value},
        {key: secret for key, secret in found.items() if secret is not None},
    )
