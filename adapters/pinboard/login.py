"""How a person gets a login for Pinboard, or for a server that speaks its API.

There is no flow for it: Pinboard's settings page shows the API token, and user/api_token tells it to whoever has the
password. The token is the better of the two to keep: a new one can be made at any time, and it is not the password.
"""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Mapping

import attrs
from requests.adapters import BaseAdapter

from adapters.asking import HIDDEN, afresh, tried, until_accepted
from adapters.pinboard import SETTINGS, PinboardConfig, is_pinboard
from adapters.pinboard.adapter import PinboardAdapter
from adapters.pinboard.calls import check_present, misplaced, service_at, user_of
from adapters.pinboard.client import PinboardClient
from bridge.model.adapter import Context, Grant, Person
from bridge.model.errors import CredentialsError, ProtocolError, Unavailable
from bridge.model.secret import Secret

_NO = frozenset({"n", "no"})
_WHOLE = re.compile(r"[^\s:/]+:[^\s:]+")
"""A token that names its user."""
_FORM = "This is no token of Pinboard's form, which looks like alice:0123456789ABCDEF0123."
_SECRET = re.compile(r".*:.*|[0-9A-Fa-f]{16,}|.{41,}", re.DOTALL)
"""What is no user's name but a token, or its secret half."""


def login(known: Mapping[str, object], person: Person, context: Context, transport: BaseAdapter | None = None) -> Grant:
    """Get a token or a password from the person, prove it by a call, and return what the account needs.

    That there is a server is proven before anything is asked; what has not a token's form, and a login that is refused,
    are asked for again. A token or a password that the account has is not looked at: it is to be replaced. Where a
    password is given and the service tells the token for it, the person may keep that instead. Raises CredentialsError
    for the last wrong answer, ConfigurationError for an address where no such server is, Unavailable, and what `person`
    and `context` raise.
    """
    given = _given(known)
    if is_pinboard(given.url):
        person.visit(SETTINGS)
    else:
        check_present(given, context, transport)

    questions = _Questions(given, person)

    def attempt() -> Grant:
        config = questions.ask()
        what = "user and password" if config.token is None else "token"
        with tried(service_at(config), what):
            config = _proven(config, person, afresh(context), transport)
        return _grant(given, config)

    there = f"at {SETTINGS}" if is_pinboard(given.url) else f"on the pages of {_host(given)}"
    return until_accepted(person, attempt, f"look the token up {there}")


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


class _Questions:
    """What a person is asked for a login at one server. Half a token is never taken for one."""

    def __init__(self, config: PinboardConfig, person: Person) -> None:
        self._config = config
        self._person = person
        self._host = _host(config)
        self._nameless = ""

    def ask(self) -> PinboardConfig:
        """Ask for the token; and if there is none, for user and password. CredentialsError for what is neither."""
        where = f"from {SETTINGS}; " if is_pinboard(self._config.url) else ""
        question = f"API token of {self._host} ({where}{HIDDEN}), or Enter for user and password"
        token = self._person.ask_secret(question).reveal().strip()
        if not token:
            return self._with_password()
        config = attrs.evolve(self._config, token=Secret(token))
        if _WHOLE.fullmatch(token):
            return config
        if is_pinboard(self._config.url):
            raise CredentialsError(_FORM)
        return config if self._config.user else self._with_user(config, token)

    def _with_user(self, config: PinboardConfig, token: str) -> PinboardConfig:
        """Ask whose token it is, if the same one is given again: some servers' tokens name nobody, as linkhut's.

        At first it is rather a mistake, and whoever answers that by pasting the right one must not be asked for a name.
        """
        if token != self._nameless:
            self._nameless = token
            raise CredentialsError(f"{_FORM} If the tokens of {self._host} name no user, paste the same one again.")
        return attrs.evolve(config, user=self._user(f"User at {self._host}, whom this token does not name"))

    def _with_password(self) -> PinboardConfig:
        user = self._config.user or self._user(f"User at {self._host}")
        password = self._person.ask_secret(f"Password of {user} ({HIDDEN})")
        if not password.reveal():
            raise CredentialsError("There is no login without a password.")
        return attrs.evolve(self._config, user=user, password=password)

    def _user(self, question: str) -> str:
        user = self._person.ask(question).strip()
        if not user:
            raise CredentialsError("There is no login without a user.")
        if _SECRET.fullmatch(user):
            raise CredentialsError(
                "This looks like a token and not like a user's name, and was not used. It stood on the screen: if "
                "somebody else could see it, make a new one."
            )
        return user


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
