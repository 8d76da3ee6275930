"""The ways of saying who asks. A login is always explicit, so that `~/.netrc` never speaks for the person."""

from __future__ import annotations

import base64
import json
import re
import urllib.parse
from collections.abc import Iterator, Mapping

import requests
from requests.auth import AuthBase

from bridge.model.secret import Secret


class Login(AuthBase):
    """Puts secrets into a request at the last moment; this one has none, and asks as nobody."""

    def __init__(self, *secrets: Secret) -> None:
        self._secrets = secrets

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Return the request with the login in it."""
        return request

    def redacted(self, text: str) -> str:
        """Return the text with each secret replaced, in whatever spelling and case a url or JSON would give it.

        Of a token that begins with the user's name and a colon, the rest is the secret.
        """
        for secret in self._secrets:
            plain = secret.reveal()
            for part in dict.fromkeys((plain, plain.partition(":")[2])):
                for spelling in _spellings(part):
                    text = re.sub(re.escape(spelling), "***", text, flags=re.IGNORECASE)
        return text


def _spellings(plain: str) -> Iterator[str]:
    if plain:
        yield from dict.fromkeys(
            (plain, urllib.parse.quote(plain), urllib.parse.quote_plus(plain), json.dumps(plain)[1:-1])
        )


class Basic(Login):
    """HTTP Basic (RFC 7617), in UTF-8."""

    def __init__(self, user: str, secret: Secret) -> None:
        super().__init__(secret)
        self._user = user
        self._secret = secret

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the header."""
        pair = f"{self._user}:{self._secret.reveal()}".encode()
        request.headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
        return request


class Bearer(Login):
    """A token in the Authorization header (RFC 6750)."""

    def __init__(self, secret: Secret) -> None:
        super().__init__(secret)
        self._secret = secret

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the header."""
        request.headers["Authorization"] = f"Bearer {self._secret.reveal()}"
        return request


class QueryToken(Login):
    """A secret in a parameter of the query."""

    def __init__(self, parameter: str, secret: Secret) -> None:
        super().__init__(secret)
        self._parameter = parameter
        self._secret = secret

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the parameter, in the place of one that is there already (the target of a redirect repeats it)."""
        parts = urllib.parse.urlsplit(str(request.url))
        kept = [part for part in parts.query.split("&") if part and part.partition("=")[0] != self._parameter]
        token = urllib.parse.urlencode({self._parameter: self._secret.reveal()})
        request.url = parts._replace(query="&".join([*kept, token])).geturl()
        return request


class BodyKeys(Login):
    """Secrets among the keys of a JSON object in the body."""

    def __init__(self, keys: Mapping[str, Secret]) -> None:
        super().__init__(*keys.values())
        self._keys = keys

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the keys, before those that are there."""
        keys = {name: secret.reveal() for name, secret in self._keys.items()}
        request.prepare_body(None, None, json={**keys, **json.loads(request.body or "{}")})
        return request


class Together(Login):
    """Several logins in one request, for servers that want more than one."""

    def __init__(self, *logins: Login) -> None:
        super().__init__(*(secret for login in logins for secret in login._secrets))
        self._logins = logins

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Let each login add what is its own."""
        for login in self._logins:
            request = login(request)
        return request
