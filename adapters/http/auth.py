"""The ways of saying who asks. A login is always explicit, so that `~/.netrc` never speaks for the person."""

from __future__ import annotations

import base64
import urllib.parse

import requests
from requests.auth import AuthBase

from bridge.model.secret import Secret


class Login(AuthBase):
    """Puts a secret into a request at the last moment."""

    def __init__(self, secret: Secret) -> None:
        self._secret = secret

    def redacted(self, text: str) -> str:
        """Return the text with the secret replaced, in whatever spelling a url would give it."""
        plain = self._secret.reveal()
        for spelling in (plain, urllib.parse.quote(plain), urllib.parse.quote_plus(plain)):
            if spelling:
                text = text.replace(spelling, "***")
        return text


class Basic(Login):
    """HTTP Basic (RFC 7617), in UTF-8."""

    def __init__(self, user: str, secret: Secret) -> None:
        super().__init__(secret)
        self._user = user

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the header."""
        pair = f"{self._user}:{self._secret.reveal()}".encode()
        request.headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
        return request


class QueryToken(Login):
    """A secret in a parameter of the query."""

    def __init__(self, parameter: str, secret: Secret) -> None:
        super().__init__(secret)
        self._parameter = parameter

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the parameter, in the place of one that is there already (the target of a redirect repeats it)."""
        parts = urllib.parse.urlsplit(str(request.url))
        kept = [part for part in parts.query.split("&") if part and part.partition("=")[0] != self._parameter]
        token = urllib.parse.urlencode({self._parameter: self._secret.reveal()})
        request.url = parts._replace(query="&".join([*kept, token])).geturl()
        return request
