"""What the sandbox holds for somebody who wants to try things out: one bookmark of each kind that matters."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from adapters.pinboard.sandbox_account import Note, Post

if TYPE_CHECKING:
    from adapters.pinboard.sandbox import PinboardSandbox


def fill(sandbox: PinboardSandbox) -> None:
    """Put the sample into a sandbox."""
    sandbox.load(SAMPLE)
    sandbox.notes.append(Note("0123456789abcdef0123", "Packing list", "Tent\r\nLamp\r\nGood boots"))


SAMPLE = (
    Post(
        "https://example.org/recipes/sourdough",
        "Sourdough, step by step",
        "Feed the starter the evening before.\nSecond line of the note.",
        ("baking", "slow-food"),
        datetime(2011, 3, 25, 14, 49, 56, tzinfo=UTC),
    ),
    Post(
        "https://example.org/web/history",
        "How the web was won",
        tags=("history", "Web"),
        time=datetime(2009, 12, 31, 23, 0, tzinfo=UTC),
        shared=False,
    ),
    Post(
        "https://example.net/tools?a=1&b=2#top",
        'Tools & "things" <for> everybody',
        tags=("c++", ".quiet", "tools"),
        time=datetime(2016, 5, 28, 12, 0, tzinfo=UTC),
        shared=False,
        toread=True,
    ),
    Post("https://example.net/untitled", "", time=datetime(2018, 1, 2, tzinfo=UTC), toread=True),
    Post(
        "https://example.org/caf\u00e9/\u65e5\u672c",
        "Caf\u00e9 \u65e5\u672c \N{STEAM LOCOMOTIVE}",
        tags=("travel", "\u65e5\u672c"),
        time=datetime(2024, 2, 29, 8, 30, tzinfo=UTC),
    ),
)
