"""Why an exchange gave no answer, in our own words: those of `requests` quote urls, and a url may hold the token."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping

import attrs
import requests
import urllib3.exceptions


@attrs.frozen
class Trouble:
    """No answer. `sent`: the request may have reached the service. `why` is a clause, such as "the answer was cut".

    `remedy` says what to do about it beside trying again later, as a sentence; "" if there is nothing.
    """

    why: str
    sent: bool = True
    remedy: str = ""


_ADDRESS = "Check that this machine is online, and the account's url; then run the same command again."
_NEVER_SENT: Mapping[type[BaseException], tuple[str, str]] = {
    urllib3.exceptions.ProxyError: ("the proxy cannot be used", "Check HTTPS_PROXY and the like in the environment."),
    urllib3.exceptions.NameResolutionError: ("nobody here knows its name", _ADDRESS),
    ConnectionRefusedError: (
        "it refuses the connection",
        "Check that the server is running, and the account's url; then run the same command again.",
    ),
    urllib3.exceptions.NewConnectionError: ("it accepts no connection", _ADDRESS),
    urllib3.exceptions.ConnectTimeoutError: ("it accepts no connection in time", _ADDRESS),
}
"""What proves that nothing was sent, the most telling first (each of the last two can be the other's parent).

A TLS failure alone does not prove it: it can end an answer.
"""

_TOO_EARLY, _TOO_LATE, _OTHER_NAME = 9, 10, 62
"""Codes of OpenSSL (x509_vfy.h) for a certificate that was refused."""
_CLOCK = "Check the date and time of this machine; if they are right, tell whoever runs the server."
_CERTIFICATES: Mapping[int, tuple[str, str]] = {
    _TOO_EARLY: ("its certificate is not valid yet, by the clock of this machine", _CLOCK),
    _TOO_LATE: ("its certificate has expired, by the clock of this machine", _CLOCK),
    _OTHER_NAME: ("its certificate is for another name", "Check the host in the account's url."),
}
_NOT_TRUSTED = (
    "its certificate is not trusted",
    "If this network has a login page, go there first; the certificate of a server of your own is made known by "
    "REQUESTS_CA_BUNDLE=FILE.",
)

_MAYBE_SENT: Mapping[type[BaseException], str] = {
    requests.exceptions.Timeout: "it does not answer in time",
    urllib3.exceptions.ReadTimeoutError: "it does not answer in time",
    requests.exceptions.SSLError: "the encrypted connection failed",
    requests.exceptions.ContentDecodingError: "the answer cannot be unpacked",
    urllib3.exceptions.DecodeError: "the answer cannot be unpacked",
    urllib3.exceptions.IncompleteRead: "the answer was cut",
    requests.exceptions.ChunkedEncodingError: "the answer was cut",
}


def trouble(error: OSError | urllib3.exceptions.HTTPError) -> Trouble:
    """Say what an error of `requests` means."""
    if not isinstance(error, requests.RequestException | urllib3.exceptions.HTTPError):
        # The only OSError of its own that `requests` raises: it looked for the certificates before it connected.
        return Trouble("the certificates that REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE names cannot be read", sent=False)
    causes = tuple(_causes(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            why, remedy = _CERTIFICATES.get(getattr(cause, "verify_code", 0), _NOT_TRUSTED)
            return Trouble(why, sent=False, remedy=remedy)
    for kind, (why, remedy) in _NEVER_SENT.items():
        if any(isinstance(cause, kind) for cause in causes):
            return Trouble(why, sent=False, remedy=remedy)
    for kind, why in _MAYBE_SENT.items():
        if any(isinstance(cause, kind) for cause in causes):
            return Trouble(why)
    return Trouble("the connection was dropped")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Walk all that an error carries: urllib3 keeps the cause as `reason`, `requests` among its arguments."""
    waiting: list[object] = [error]
    seen: set[int] = set()
    while waiting:
        cause = waiting.pop()
        if not isinstance(cause, BaseException) or id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        waiting += [getattr(cause, "reason", None), cause.__cause__, cause.__context__, *cause.args]
