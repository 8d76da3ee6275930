"""Brings the replicas of both accounts up to date, and reads from them what a run has to deal with."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from bridge.model import url as urls
from bridge.model.adapter import Adapter, End, Listing, Page
from bridge.model.bookmark import Entry
from bridge.model.errors import ProtocolError, Unavailable
from bridge.model.link import Link
from bridge.model.receipt import Verified
from bridge.planning.policy import Policy
from bridge.running.verify import adopt
from bridge.running.world import Party, World
from bridge.state.store import Notes, Pair


@attrs.frozen
class Read:
    """Both sides as they were read; of the source what can be read and is inside the selection.

    `twins` gives for refs of the source that the target keeps as other bookmarks the refs of those.

    `links` are as this listing shows them; `adopted` are those of writes that were never read back, and `verified` is
    what the listing told about these. `unreadable` are url keys of target records that could not be read. `filtered`
    counts the bookmarks of the source that are outside the selection.
    """

    source: tuple[Entry, ...]
    target: tuple[Entry, ...]
    links: tuple[Link, ...]
    twins: Mapping[str, str]
    source_notes: Notes
    unreadable: frozenset[str]
    filtered: int
    adopted: tuple[Link, ...]
    verified: Verified


def read(source: Party, target: Party, pair: Pair, policy: Policy, world: World) -> Read:
    """Pull both sides and return what they hold. Raises what the adapters raise."""
    store, mapper = world.store, policy.mapper
    pull(source, pair.left, world)
    listing = pull(target, pair.right, world)
    whole = listing.end.complete or listing.end.cursor is not None
    if not whole and not target.adapter.capabilities.url_is_ref:
        # Where a second entry of the same url is possible, only a whole listing shows what must not be added.
        raise Unavailable(f"{target.name} did not list all that it holds.", "Try again later.")
    links = {link.left.ref: link for link in store.links(pair)}
    adopted, verified = adopt(links.values(), listing.entries if listing.end.complete else (), mapper)
    links |= {link.left.ref: link for link in adopted}
    stale = store.unreadable(pair.left)
    readable = [entry for entry in store.entries(pair.left) if entry.ref not in stale]
    chosen = _selected(readable, policy)
    problems = store.notes(pair.right).problems
    return Read(
        source=chosen,
        target=tuple(store.entries(pair.right)),
        links=tuple(links.values()),
        twins=store.twins(pair),
        source_notes=store.notes(pair.left),
        unreadable=frozenset(urls.key(item.url) for item in problems if item.url is not None),
        filtered=len(readable) - len(chosen),
        adopted=adopted,
        verified=verified,
    )


def _selected(entries: list[Entry], policy: Policy) -> tuple[Entry, ...]:
    """Return what the selection takes: duplicates are one bookmark, so all of them if it takes any.

    Else the tags of a duplicate that falls out of the selection would read as removed.
    """
    lift = policy.mapper.lift_source
    keys = {urls.key(entry.bookmark.url) for entry in entries if policy.selection.takes(lift(entry.bookmark))}
    return tuple(entry for entry in entries if urls.key(entry.bookmark.url) in keys)


def pull(party: Party, account: int, world: World) -> Listing:
    """Pull what is new, store it with its cursor in one transaction, and return what came."""
    reads = party.adapter.capabilities.reads
    listing = gather(party.adapter, world.store.cursor(account, reads))
    world.store.save_listing(account, listing, reads)
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
