"""What the sandbox holds for somebody who wants to try things out: one item of each kind that matters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.pocket.sandbox_account import Item

if TYPE_CHECKING:
    from adapters.pocket.sandbox import PocketSandbox


def fill(sandbox: PocketSandbox) -> None:
    """Put the sample into a sandbox."""
    sandbox.load(SAMPLE)


SAMPLE = (
    Item(
        "229279689",
        "https://example.org/recipes/sourdough",
        "Sourdough, step by step",
        tags=("baking", "slow food"),
        status=1,
        favorite=True,
        time_added=1_301_064_596,
        time_read=1_301_150_996,
        time_favorited=1_301_150_996,
    ),
    Item(
        "229279690",
        "http://example.org/web/history",
        "How the web was won",
        tags=("history",),
        time_added=1_262_300_400,
    ),
    Item("4000000001", "https://example.net/long-read", "A long read, unread", time_added=1_500_000_000),
    Item("4000000002", "https://example.net/no-title-given", None, time_added=1_600_000_000),
    Item(
        "4000000003",
        "https://example.org/caf\u00e9",
        "Caf\u00e9 \u65e5\u672c \N{STEAM LOCOMOTIVE}",
        tags=("it\\'s late", "travel"),
        time_added=1_709_195_400,
    ),
    Item("4000000004", "https://example.net/thrown-away", "Thrown away", status=2, time_added=1_400_000_000),
)
