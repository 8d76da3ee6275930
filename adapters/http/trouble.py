"""Why an exchange gave no answer, in our own words: those of `requests` quote urls, and a url may hold the token."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping

import attrs
import requests
import urllib3.exceptions


@attrs.frozen
class Trouble:
    """No answer. `sent`: the request may have reached the service. `why` is a clause, such as "the answer was cut"."""

    why: str
    sent: bool = True


_NEVER_SENT: Mapping[type[BaseException], str] = {
    ssl.SSLCertVerificationError: "its certificate is not trusted",
    urllib3.exceptions.ProxyError: "the proxy cannot be used",
    urllib3.exceptions.NameResolutionError: "its name cannot be resolved",
    urllib3.exceptions.ConnectTimeoutError: "it accepts no connection in time",
    urllib3.exceptions.NewConnectionError: "it accepts no connection",
}
"""What proves that nothing was sent, the most telling first. A TLS failure alone does not: it can end an answer."""

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
    for table, sent in ((_NEVER_SENT, False), (_MAYBE_SENT, True)):
        for kind, why in table.items():
            if any(isinstance(cause, kind) for cause in causes):
                return Trouble(why, sent)
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
