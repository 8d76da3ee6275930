"""What the accounts of all web services have in common."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.settings import checked_lacks, is_at, merged_gaps, normal_url
from bridge.model.bookmark import Field
from bridge.model.errors import ConfigurationError


@given(st.text() | st.from_regex(r"https?://[a-z0-9.:@\[\]-]{1,20}(/[a-z/]{0,9})?", fullmatch=True))
def test_a_base_url_has_one_spelling(url: str) -> None:
    """Normalising twice is normalising once, and what is none is a fault of the configuration."""
    try:
        normal = normal_url(url)
    except ConfigurationError:
        return

    assert normal == normal_url(normal)
    assert normal.endswith("/")


def test_a_refused_url_is_not_repeated() -> None:
    """It may hold a login, which is printed nowhere."""
    with pytest.raises(ConfigurationError) as refused:
        normal_url("https://alice:hunter2@example.org/")

    assert "hunter2" not in str(refused.value)


def test_a_domain_is_not_the_end_of_a_name() -> None:
    """Only the domain itself and what is below it."""
    assert [True, True, False] == [
        is_at(f"https://{host}/", "pinboard.in") for host in ("pinboard.in", "api.pinboard.in", "mypinboard.in")
    ]


def test_gaps_are_merged_and_bounded() -> None:
    """The last one wins; another class, and one that is too short, are refused."""
    assert {"default": 5.0, "all": 9.0} == merged_gaps(
        "X", {"default": 3.0}, {"default": 3.0, "all": 9.0}, {"default": 4.0}, {"default": 5.0}
    )
    with pytest.raises(ConfigurationError, match="no route class 'some'"):
        merged_gaps("X", {}, {"default": 0.0}, {"some": 1.0})
    with pytest.raises(ConfigurationError, match="must be at least 3 s here, not 1 s"):
        merged_gaps("X", {"default": 3.0}, {"default": 3.0}, {"default": 1.0})
    with pytest.raises(ConfigurationError, match="not nan s"):
        merged_gaps("X", {}, {"default": 0.0}, {"default": float("nan")})


def test_only_what_a_service_has_can_be_lacking() -> None:
    """A name that means nothing there is a typing error."""
    assert frozenset({Field.TAGS}) == checked_lacks("X", ("tags",), {Field.TAGS, Field.TITLE})
    with pytest.raises(ConfigurationError, match="X has no field 'note' to lack"):
        checked_lacks("X", ("note",), {Field.TAGS})
