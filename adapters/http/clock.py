"""How far this machine's clock is off, as an answer tells by its Date header (RFC 9110, 6.6.1)."""

from __future__ import annotations

import email.utils
from collections.abc import Mapping
from datetime import UTC


def ahead(headers: Mapping[str, str], now: float) -> float | None:
    """Return the seconds by which our clock is ahead of the one that dated an answer; negative: behind.

    The names of the headers are in lower case. None if there is no date, or if the answer comes from a cache (it has an
    Age): such a date is an old one. A date has whole seconds, so it is taken for the middle of its second.
    """
    if "age" in headers:
        return None
    try:
        date = email.utils.parsedate_to_datetime(headers.get("date", ""))
        aware = date if date.tzinfo is not None else date.replace(tzinfo=UTC)
        return now - aware.timestamp() - 0.5
    except (ValueError, OverflowError):
        return None
