"""The first contact with an account: where a wrong address is told from a service in trouble."""

from __future__ import annotations

import pytest

from adapters.http.contact import Contact, wrong_address
from adapters.http.session import LedElsewhere
from bridge.model.errors import BridgeError, ConfigurationError, ProtocolError, Unavailable

URL = "https://pins.example/v1/"


def met(contact: Contact, error: BridgeError | None = None) -> None:
    """Have a first call that ends well, or in an error."""
    with contact.first():
        if error is not None:
            raise error


def contact() -> Contact:
    """Return the contact with a server that may be another one."""
    return Contact(lambda error: wrong_address(URL, error, ": it ends in v1."))


@pytest.mark.parametrize("kind", [ProtocolError, LedElsewhere])
def test_what_never_answered_as_the_service_does_is_a_wrong_address(kind: type[Unavailable]) -> None:
    """The sentence goes on with the url, and the error stays its cause."""
    with pytest.raises(ConfigurationError) as caught:
        met(contact(), kind("It has no posts/update."))

    assert f"It has no posts/update, so {URL} seems to be the wrong address." == caught.value.message
    assert caught.value.remedy.startswith("Correct the account's url: it ends in v1. If it is right, the server is in")
    assert isinstance(caught.value.__cause__, kind)


def test_what_has_answered_once_is_in_trouble() -> None:
    """A page in the midst of a run may be gone with the next call."""
    known = contact()
    met(known)

    with pytest.raises(ProtocolError, match="An HTML page"):
        met(known, ProtocolError("An HTML page."))


def test_trouble_on_the_way_says_nothing_of_the_address() -> None:
    """Nobody has answered at all."""
    with pytest.raises(Unavailable, match="Away"):
        met(contact(), Unavailable("Away."))


def test_a_url_that_is_known_to_be_right_is_never_wrong() -> None:
    """Pinboard's own, as it stands in the program."""
    with pytest.raises(ProtocolError, match="An HTML page"):
        met(Contact(None), ProtocolError("An HTML page."))
