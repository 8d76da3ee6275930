"""What tells a wrong address from a service in trouble: whether the account has ever answered as its service does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from adapters.http.session import LedElsewhere
from bridge.model.errors import BridgeError, ConfigurationError, ProtocolError, WrongAddress


class Contact:
    """The first contact with an account.

    Until its first good answer, an answer of another kind (no such call, a web page, a redirect to elsewhere) means
    that the account's url is wrong, which no waiting mends: ConfigurationError. Later on it is trouble that may pass,
    and stays what it was. `fault` makes the one of the other; without it the url is known to be right.
    """

    def __init__(self, fault: Callable[[BridgeError], ConfigurationError] | None) -> None:
        self._fault = fault

    @contextmanager
    def first(self) -> Iterator[None]:
        """Hold this around the call that a check or a pull begins with."""
        try:
            yield
        except (ProtocolError, LedElsewhere) as error:
            if self._fault is None:
                raise
            raise self._fault(error) from error
        self._fault = None


def wrong_address(url: str, error: BridgeError, remedy: str) -> WrongAddress:
    """Return the fault of a url at which nothing answers as the service does, as an error has shown."""
    return WrongAddress(
        f"{error.message.removesuffix('.')}, so {url} seems to be the wrong address.",
        f"Correct the account's url{remedy} If it is right, the server is in trouble, or this network has a "
        "login page: try again later.",
    )
