"""How far our clock is off, by the answers of a service."""

from __future__ import annotations

import email.utils
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.http.clock import ahead
from bridge.model.errors import CredentialsError, Unavailable
from tests.adapters.http.desk import Desk
from tests.adapters.nextcloud_news.desk import Desk as NewsDesk
from tests.adapters.pinboard.desk import Desk as PinboardDesk
from tests.adapters.pocket.desk import Desk as PocketDesk
from tests.support.scripted_transport import ok, status

NOW = 1_700_000_000.0


def date(seconds: float) -> str:
    """Return a time as a server writes it."""
    return email.utils.formatdate(seconds, usegmt=True)


@given(st.floats(-86_400, 86_400))
def test_a_clock_is_off_by_its_difference_to_the_date(off: float) -> None:
    """To half a second, as a date has no parts of one."""
    told = ahead({"date": date(NOW)}, NOW + off)

    assert told is not None
    assert abs(off - told) < 0.501


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"date": ""},
        {"date": "yesterday"},
        {"date": "Sat, 99 Nov 2023 22:13:20 GMT"},
        {"date": date(NOW), "age": "60"},
    ],
)
def test_what_dates_no_answer_tells_nothing(headers: dict[str, str]) -> None:
    """Neither does the date of an answer that a cache has kept."""
    assert None is ahead(headers, NOW)


def test_a_date_without_a_zone_is_in_utc() -> None:
    """As HTTP has no other."""
    assert -0.5 == ahead({"date": "Tue, 14 Nov 2023 22:13:20 -0000"}, NOW)


def test_a_session_knows_it_from_its_last_answer() -> None:
    """Whatever that answer said."""
    desk = Desk(status(429, Date=date(NOW - 600)), status(401, Date=date(NOW - 4_000)))
    assert None is desk.session.clock_off
    with pytest.raises(CredentialsError):
        desk.call()

    assert desk.session.clock_off is not None
    assert abs(desk.session.clock_off - (desk.clock.now - NOW + 4_000)) <= 0.5


def test_where_there_is_no_date_or_no_answer_it_knows_nothing() -> None:
    """Nothing is made up."""
    silent, dead = Desk(ok()), Desk(OSError("down"))
    silent.call()
    with pytest.raises(Unavailable):
        dead.call()

    assert (None, None) == (silent.session.clock_off, dead.session.clock_off)


@pytest.mark.parametrize("desk", [PinboardDesk, PocketDesk, NewsDesk])
def test_before_the_first_answer_a_client_knows_nothing(desk: Callable[[], Any]) -> None:
    """Nor after one without a date, as the sandbox has it where no server is around it."""
    opened = desk()
    before = opened.client.clock_off

    assert (None, None) == (before, opened.adapter.check().clock_off)
