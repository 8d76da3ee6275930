"""What a person is told of an answer that was tried."""

from __future__ import annotations

import pytest

from adapters.asking import tried
from adapters.http.words import remedy_without
from bridge.model.errors import CredentialsError


@pytest.mark.parametrize(
    ("why", "told"),
    [
        ("", "The Server did not accept this token."),
        ("it has expired", "The Server did not accept this token: it has expired."),
    ],
)
def test_a_refusal_speaks_of_the_answer(why: str, told: str) -> None:
    """With the service's reason, and not with the remedy that leads to the login that is going on."""
    with pytest.raises(CredentialsError) as caught, tried("The Server", "token"):
        raise CredentialsError("The Server does not accept the login.", "Run `login`.", why=why)

    assert told == str(caught.value)


def test_a_secret_that_cannot_be_had_is_not_called_refused() -> None:
    """No service was asked."""
    with pytest.raises(CredentialsError) as caught, tried("The Server", "token"):
        raise CredentialsError("The keyring is locked.", "Unlock it.")

    assert "The keyring is locked. Unlock it." == str(caught.value)


@pytest.mark.parametrize(
    ("login", "first"),
    [("bookmark-bridge login mine", "Run `bookmark-bridge login mine`, or name its token"), ("", "Name its token")],
)
def test_a_login_that_is_missing_is_got_by_the_command_first(login: str, first: str) -> None:
    """The variable counts only for an account that no config describes."""
    remedy = remedy_without(login, "token", "PINBOARD_TOKEN")

    assert f"{first} in the config; an account without a config has it in PINBOARD_TOKEN." == remedy
