"""How a person gets an app password from Nextcloud, and gives it back.

By login flow v2: the server names a page, the person logs in there with whatever the server asks for (second factor,
single sign-on) and grants access, and the next poll brings an app password, exactly once. So from then on nothing but a
refusal by the server keeps it from being returned. Where there is no such flow, the person makes one and types it in.
"""

from __future__ import annotations

import urllib.parse
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import attrs
from requests.adapters import BaseAdapter

from adapters.asking import HIDDEN, ONCE_MORE, WAITING, addressed, afresh, tried, until_accepted, until_right
from adapters.http.address import target
from adapters.nextcloud_news import NewsConfig
from adapters.nextcloud_news.calls import SERVICE, Forbidden, NoApp, NoSuchRoute, NotFound
from adapters.nextcloud_news.client import NewsClient, misplaced
from adapters.nextcloud_news.wire_server import Flow, Granted
from adapters.settings import normal_url
from bridge.model.adapter import Context, Grant, Person
from bridge.model.errors import BridgeError, ConfigurationError, CredentialsError, ProtocolError, Stopped, Unavailable
from bridge.model.secret import Secret

LIFE = 1_200.0
"""Seconds that the server keeps a login flow."""
POLL = 3.0
"""Seconds from one poll to the next."""
_KEPT = ("api", "gaps", "insecure_http")


def login(known: Mapping[str, Any], person: Person, context: Context, transport: BaseAdapter | None = None) -> Grant:
    """Get an app password and prove it. See bridge.model.adapter.Login for the contract."""

    def at(url: str) -> tuple[NewsConfig, NewsClient]:
        there = NewsConfig(url=url, **{key: known[key] for key in _KEPT if key in known})
        client = NewsClient(there, context, transport)
        return attrs.evolve(there, api=_version(client, there)), client

    if known.get("url"):
        config, client = at(known["url"])
    else:
        question = "The address of your Nextcloud, like https://cloud.example.org"
        wrong = (ConfigurationError, Unavailable)
        config, client = until_right(person, lambda: at(_address(person.ask(question))), wrong)
    try:
        flow = client.begin_login()
    except (NoApp, NotFound, NoSuchRoute):
        return _typed_in(config, str(known.get("user") or ""), person, context, transport)
    page = _page(flow, config, person)
    person.say("Log in on the page that is shown now, and grant access there within 20 minutes.")
    person.visit(page)
    person.say(WAITING)
    granted = _granted(client, flow, context)
    config = attrs.evolve(config, user=granted.loginName, password=Secret(granted.appPassword))
    try:
        url = _told(granted, config, _server(page), person)
        return _proven(config, url, person, context, transport)
    except Stopped:
        with suppress(BridgeError):
            NewsClient(config, context, transport).delete_app_password()
        raise


def logout(config: NewsConfig, context: Context, transport: BaseAdapter | None = None) -> str:
    """Revoke the account's app password. See bridge.model.adapter.Logout for the contract."""
    client = NewsClient(config, context, transport)
    try:
        client.delete_app_password()
    except Forbidden:
        return "The password is the one of the person, not an app password: it cannot be revoked and still works."
    except CredentialsError:
        if client.calls == 0:
            raise
        return "Nextcloud does not accept the app password any more, so there was none to revoke."
    return f"The app password of {client.user} is revoked."


def _address(typed: str) -> str:
    """Return the address of a server as a person types it, or copies it from the browser."""
    return addressed(typed.strip().partition("/index.php")[0].partition("/apps/")[0])


def _version(client: NewsClient, config: NewsConfig) -> str:
    """Return the version of the API to use. Raises ConfigurationError where there is no Nextcloud, or no News app."""
    try:
        return client.api
    except (ProtocolError, NotFound) as error:
        raise misplaced(client, config, error) from error


def _typed_in(config: NewsConfig, user: str, person: Person, context: Context, transport: BaseAdapter | None) -> Grant:
    """Ask for an app password, and prove it."""
    person.say("This server has no login flow: make an app password in Nextcloud, under Settings, Security.")

    def attempt() -> Grant:
        name = person.ask("Your user name at Nextcloud", user)
        password = person.ask_secret(f"The app password ({HIDDEN})")
        if not name or not password.reveal():
            raise CredentialsError("There is no login without a user name and a password.")
        typed = attrs.evolve(config, user=name, password=password)
        with tried(_service_at(config), "app password"):
            NewsClient(typed, afresh(context), transport).version()
        return _grant(typed)

    return until_accepted(person, attempt, "make an app password in Nextcloud, under Settings, Security")


def _page(flow: Flow, config: NewsConfig, person: Person) -> str:
    """Return the page to open. One at another server is shown only to a person who agrees to that."""
    server = _server(flow.login)
    if not server:
        raise ProtocolError("The server names a login page that is no address.", "Tell its administrator.")
    if _is_unencrypted(server, config):
        there, here = urllib.parse.urlsplit(flow.login), urllib.parse.urlsplit(config.url)
        return there._replace(scheme=here.scheme, netloc=here.netloc).geturl()
    if target(config.url, server) is None and not _agrees(server, config, person):
        raise ConfigurationError(
            f"The server at {config.url} sends people to {server} to log in.",
            "If that is right, make it the account's url.",
        )
    return flow.login


def _granted(client: NewsClient, flow: Flow, context: Context) -> Granted:
    """Return the login once the person has granted it; what fails meanwhile is tried again."""
    ends = context.clock() + LIFE
    trouble: Unavailable | None = None
    while context.clock() < ends:
        context.sleep(POLL)
        try:
            granted = client.poll_login(flow)
        except Unavailable as error:
            trouble = error
            if context.clock() + client.pacer.wait("default") > ends:
                break
        else:
            trouble = None
            if granted is not None:
                return granted
    raise trouble or CredentialsError(
        "Access was not granted within 20 minutes.", "Run the command again, and grant access on the page."
    )


def _told(granted: Granted, config: NewsConfig, agreed: str, person: Person) -> str:
    """Return the address that the server gives itself; the one that was asked, unless the person agrees to another."""
    try:
        told = normal_url(granted.server)
    except ConfigurationError:
        return config.url
    if _is_unencrypted(told, config):
        return config.url
    known = target(config.url, told) is not None or _server(told) == agreed
    return told if known or _agrees(told, config, person) else config.url


def _proven(config: NewsConfig, told: str, person: Person, context: Context, transport: BaseAdapter | None) -> Grant:
    """Return the grant with the address where the login works. It is returned even if no server answers now."""
    trouble = ""
    for url in dict.fromkeys((told, config.url)):
        there = attrs.evolve(config, url=url)
        try:
            with tried(_service_at(there), "app password", ONCE_MORE):
                NewsClient(there, context, transport).version()
            return _grant(there)
        except (CredentialsError, Stopped):
            raise
        except BridgeError as error:
            trouble = error.message
    person.say(f"The app password was granted, but could not be tried yet: {trouble}")
    return _grant(config)


def _grant(config: NewsConfig) -> Grant:
    user, password = config.user or "", config.password or Secret("")
    return Grant(user, {"url": config.url, "user": user}, {"password": password})


def _service_at(config: NewsConfig) -> str:
    """Return what the server is called in messages."""
    return f"{SERVICE} at {urllib.parse.urlsplit(config.url).netloc}"


def _server(url: str) -> str:
    """Return the root of the server that an address leads to, "" if it is none."""
    try:
        parts = urllib.parse.urlsplit(url)
        return normal_url(f"{parts.scheme}://{parts.netloc}/")
    except (ValueError, ConfigurationError):
        return ""


def _is_unencrypted(url: str, config: NewsConfig) -> bool:
    """Tell whether this is the account's host without encryption: the server does not know of the proxy before it."""
    there, here = urllib.parse.urlsplit(url), urllib.parse.urlsplit(config.url)
    return (there.hostname, there.scheme, here.scheme) == (here.hostname, "http", "https")


def _agrees(server: str, config: NewsConfig, person: Person) -> bool:
    question = f"The server at {config.url} calls itself {server}. Is that right, yes or no?"
    return person.ask(question, "no").strip().lower() in ("y", "yes")
