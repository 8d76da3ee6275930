"""Brings an account's replica up to date."""

from __future__ import annotations

from bridge.model.adapter import Adapter, End, Listing, Page
from bridge.model.errors import ProtocolError
from bridge.running.world import Party, World


def pull(party: Party, account: int, world: World) -> Listing:
    """Pull what is new, store it with its cursor in one transaction, and return what came."""
    listing = gather(party.adapter, world.store.cursor(account))
    world.store.save_listing(account, listing)
    return listing


def gather(adapter: Adapter, cursor: str | None) -> Listing:
    """Return all that one pull brings. Raises what the adapter raises; nothing is kept of half a listing."""
    pages: list[Page] = []
    end: End | None = None
    for part in adapter.pull(cursor):
        if isinstance(part, End):
            end = part
        else:
            pages.append(part)
    if end is None:
        raise ProtocolError("The listing broke off before its end.", "Run the same command again later.")
    return Listing(
        entries=tuple(entry for page in pages for entry in page.entries),
        removed=tuple(ref for page in pages for ref in page.removed),
        problems=tuple(problem for page in pages for problem in page.problems),
        losses=tuple(loss for page in pages for loss in page.losses),
        remarks=tuple(remark for page in pages for remark in page.remarks),
        end=end,
    )
