"""How a person gets a login for Pinboard, or for a server that speaks its API.

There is no flow for it: Pinboard's settings page shows the API token, and user/api_token tells it to whoever has the
password. The token is the better of the two to keep: a new one can be made at any time, and it is not the password.
"""

from __future__ import annotations

import urllib.parse
from collections.abc import Mapping

import attrs
from requests.adapters import BaseAdapter

from adapters.asking import afresh, until_right
from adapters.pinboard import SETTINGS, PinboardConfig, is_pinboard
from adapters.pinboard.adapter import PinboardAdapter
from adapters.pinboard.calls import check_present, misplaced, user_of
from adapters.pinboard.client import PinboardClient
from bridge.model.adapter import Context, Grant, Person
from bridge.model.errors import ProtocolError, Unavailable
from bridge.model.secret import Secret

_NO = frozenset({"n", "no"})


def login(known: Mapping[str, object], person: Person, context: Context, transport: BaseAdapter | None = None) -> Grant:
    """Get a token or a password from the person, prove it by a call, and return what the account needs.

    That there is a server is proven before anything is asked; half a token and a login that is refused are asked for
    again. A token or a password that the account has is not looked at: it is to be replaced. Where a password is given
    and the service tells the token for it, the person may keep that instead. Raises CredentialsError for the last wrong
    answer, ConfigurationError for an address where no such server is, Unavailable, and what `person` and `context`
    raise.
    """
    given = _given(known)
    if is_pinboard(given.url):
        person.visit(SETTINGS)
    else:
        check_present(given, context, transport)

    def attempt() -> Grant:
        config = _asked(given, person)
        user_of(config)  # half a token is never sent
        return _grant(given, _proven(config, person, afresh(context), transport))

    return until_right(person, attempt)


def _proven(config: PinboardConfig, person: Person, context: Context, transport: BaseAdapter | None) -> PinboardConfig:
    """Return the account whose login works, with the token in the place of the password where that is wanted."""
    try:
        if config.token is None:
            config = _token_instead(config, person, context, transport)
        _prove(config, person, context, transport)
    except ProtocolError as error:
        if is_pinboard(config.url):
            raise
        raise misplaced(config, error) from error
    return config


def logout(config: PinboardConfig, _context: Context) -> str:
    """Say how the login is made void: the protocol has no call for it, so that nothing is sent."""
    if not is_pinboard(config.url):
        return f"{_host(config)} has no call that takes a login back: revoke the token or change the password there."
    if config.token is not None:
        return f"Pinboard has no call that revokes a token: a new one, made at {SETTINGS}, ends the old one at once."
    return f"Pinboard has no call that takes a login back: to end it, change the password at {SETTINGS}."


def _given(known: Mapping[str, object]) -> PinboardConfig:
    """Return the account as far as it is known; at another server than Pinboard's in JSON, unless that is known too.

    linkhut tells in JSON alone what is public, and SemanticScuttle answers in XML whatever it is asked for.
    """
    names = {field.name for field in attrs.fields(PinboardConfig)} - {"token", "password"}
    keys = {name: value for name, value in known.items() if name in names and value is not None}
    config = PinboardConfig(**keys)  # type: ignore[arg-type]
    return config if is_pinboard(config.url) or "format" in keys else attrs.evolve(config, format="json")


def _asked(config: PinboardConfig, person: Person) -> PinboardConfig:
    """Ask for the token; and if there is none, for user and password."""
    host, looks = _host(config), ""
    if is_pinboard(config.url):
        looks = " (it looks like USER:HEX)"
    token = person.ask_secret(f"API token of {host}{looks}, or nothing to use a password").reveal().strip()
    if not token:
        user = config.user or person.ask(f"User at {host}").strip()
        password = person.ask_secret(f"Password of {user}")
        return attrs.evolve(config, user=user, password=password if password.reveal() else None)
    config = attrs.evolve(config, token=Secret(token))
    if ":" in token or config.user or is_pinboard(config.url):
        return config
    return attrs.evolve(config, user=person.ask(f"User at {host}, whom this token does not name").strip())


def _token_instead(
    config: PinboardConfig, person: Person, context: Context, transport: BaseAdapter | None
) -> PinboardConfig:
    """Return the account with the token in the place of the password, if the service tells it and the person wants."""
    client = PinboardClient(config, context, transport)
    try:
        token = Secret(f"{client.user}:{client.user_api_token().reveal()}")
    except ProtocolError:  # most compatible servers have no such call
        return config
    answer = person.ask("Keep the API token instead of the password? yes or no", "yes")
    return config if answer.strip().lower() in _NO else attrs.evolve(config, token=token, password=None)


def _prove(config: PinboardConfig, person: Person, context: Context, transport: BaseAdapter | None) -> None:
    adapter = PinboardAdapter(config, context, PinboardClient(config, context, transport))
    try:
        checked = adapter.check()
    except Unavailable as error:
        if isinstance(error, ProtocolError) or config.token is None or not is_pinboard(config.url):
            raise
        remedy = "Try again later. Pinboard has answered wrong tokens with an error of its own, so compare it as well."
        raise Unavailable(error.message, remedy) from None
    for remark in checked.remarks:
        person.say(remark)


def _grant(given: PinboardConfig, config: PinboardConfig) -> Grant:
    user = user_of(config)
    named = config.token is not None and ":" in config.token.reveal()
    settings = {} if named else {"user": user}
    if not is_pinboard(config.url):
        settings["format"] = given.format
    if config.token is not None:
        return Grant(user, settings, {"token": config.token}, instead_of=("password",))
    return Grant(user, settings, {"password": config.password or Secret("")}, instead_of=("token",))


def _host(config: PinboardConfig) -> str:
    return urllib.parse.urlsplit(config.url).netloc
