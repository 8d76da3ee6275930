"""Brings the replicas of both accounts up to date, and reads from them what a run has to deal with."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import attrs

from bridge.model import url as urls
from bridge.model.adapter import Adapter, End, Listing, Page
from bridge.model.bookmark import Entry
from bridge.model.errors import ProtocolError, Unavailable, WrongAddress
from bridge.model.link import Link, Side
from bridge.model.receipt import Verified
from bridge.planning.policy import Policy
from bridge.planning.sides import Sides, View
from bridge.running.bystander import Bystander
from bridge.running.job import Job, Planner
from bridge.running.look import look
from bridge.running.together import together
from bridge.running.verify import adopt
from bridge.running.world import Party, Progress, Work, World
from bridge.state.store import Notes, Pair


@attrs.frozen
class Read:
    """Both sides as they were read, and what their listings had to say besides.

    `adopted` are the links of writes that were never read back, as the listings show them, and `verified` is what the
    listings told about these.
    """

    sides: Sides
    notes: Mapping[Side, Notes]
    adopted: tuple[Link, ...]
    verified: Verified


def pull(job: Job, pair: Pair, world: World) -> Mapping[Side, Listing]:
    """Pull what is new on both sides at the same time, and store it with its cursor, each in one transaction.

    Raises what the adapters raise; but no address is wrong that has had a run before: there, that is trouble.
    """
    now = world.clock()
    since = -math.inf if job.full is None else now - job.full
    reads = {side: job.party(side).adapter.capabilities.reads for side in Side}
    cursors = {side: world.store.cursor(_account(pair, side), reads[side], since, now) for side in Side}
    try:
        listings = together({side: _gathering(job.party(side), cursors[side], world.progress) for side in Side})
    except WrongAddress as error:
        if error.__cause__ is not None and _round(job, pair, world) > 1:
            raise error.__cause__ from None
        raise
    for side, listing in listings.items():
        world.store.save_listing(_account(pair, side), listing, reads[side], now)
    return listings


def read(job: Job, pair: Pair, ways: Mapping[Side, Policy], listings: Mapping[Side, Listing], world: World) -> Read:
    """Return what both sides hold, now that their `listings` are stored. Raises Unavailable if one is not whole."""
    store = world.store
    for side in ways:
        _require_whole(job, side, listings[side])
    links = {link.left.ref: link for link in store.links(pair)}
    adopted, verified = _adopted(links, ways, {side: listings[side].entries for side in ways})
    views = {side: _view(pair if side is Side.LEFT else pair.the_other_way, listings[side], world) for side in Side}
    sides = Sides(views[Side.LEFT], views[Side.RIGHT], tuple((links | adopted).values()), _round(job, pair, world))
    notes = {side: store.notes(_account(pair, side)) for side in Side}
    return Read(sides, notes, tuple(adopted.values()), verified)


def ask(job: Job, pair: Pair, planner: Planner, found: Read, world: World) -> Read:
    """Look up what the planner doubts, at both sides at the same time, and return what is known then."""
    doubts = planner.doubts(found.sides)
    answers = together({side: _looking(job.party(side), entries, world.progress) for side, entries in doubts.items()})
    views = {side: found.sides.view(side) for side in Side}
    for side, looked in answers.items():
        views[side] = attrs.evolve(views[side], looked={**views[side].looked, **looked})
        with world.store.transaction():
            for ref, entry in looked.items():
                if entry is None:
                    world.store.remove_entry(_account(pair, side), ref)
                else:
                    world.store.save_entry(_account(pair, side), entry)
    links = {link.left.ref: link for link in found.sides.links}
    shown = {side: [entry for entry in looked.values() if entry is not None] for side, looked in answers.items()}
    adopted, verified = _adopted(links, planner.ways, shown)
    sides = Sides(views[Side.LEFT], views[Side.RIGHT], tuple((links | adopted).values()), found.sides.round)
    return Read(
        sides,
        found.notes,
        (*found.adopted, *adopted.values()),
        Verified(found.verified.checked + verified.checked, found.verified.wrong + verified.wrong),
    )


def gather(adapter: Adapter, cursor: str | None, progress: Progress) -> Listing:
    """Return all that one pull brings, telling of each page as it arrives.

    Raises what the adapter raises; nothing is kept of half a listing.
    """
    pages: list[Page] = []
    end: End | None = None
    for part in adapter.pull(cursor):
        if isinstance(part, End):
            end = part
        else:
            pages.append(part)
            progress.advance(len(part.entries))
            progress.advance(len(part.problems), failed=True)
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


def _adopted(
    links: Mapping[str, Link], ways: Mapping[Side, Policy], shown: Mapping[Side, Sequence[Entry]]
) -> tuple[dict[str, Link], Verified]:
    """Return the links of writes that were never read back, as both sides show them now, by the refs of their left."""
    adopted: dict[str, Link] = {}
    verified = Verified(0)
    for side in (side for side in ways if side in shown):
        turned = (link if side is Side.RIGHT else link.turned() for link in {**links, **adopted}.values())
        news, seen = adopt(turned, shown[side], ways[side].mapper)
        adopted |= {link.left.ref: link for link in (item if side is Side.RIGHT else item.turned() for item in news)}
        verified = Verified(verified.checked + seen.checked, verified.wrong + seen.wrong)
    return adopted, verified


def _gathering(party: Party, cursor: str | None, progress: Progress) -> Callable[[], Listing]:
    def call() -> Listing:
        if isinstance(party.adapter, Bystander):  # there is nothing to be seen of an account that is not asked
            return gather(party.adapter, cursor, progress)
        with progress.phase(Work.READING if cursor is None else Work.READING_CHANGES, party.name):
            return gather(party.adapter, cursor, progress)

    return call


def _looking(party: Party, entries: Sequence[Entry], progress: Progress) -> Callable[[], Mapping[str, Entry | None]]:
    def call() -> Mapping[str, Entry | None]:
        with progress.phase(Work.LOOKING_UP, party.name, len(entries)):
            return look(party, entries, told=progress.advance)

    return call


def _require_whole(job: Job, side: Side, listing: Listing) -> None:
    """Raise Unavailable if a side that is written did not list all that it holds.

    Where a second entry of the same url is possible, only a whole listing shows what must not be added.
    """
    party = job.party(side)
    whole = listing.end.complete or listing.end.cursor is not None
    can = party.adapter.capabilities
    if not whole and can.adds and not can.url_is_ref:
        raise Unavailable(f"{party.name} did not list all that it holds.", "Try again later.")


def _view(pair: Pair, listing: Listing, world: World) -> View:
    """Return what the left of a pair shows, given what was just listed of it."""
    store, account = world.store, pair.left
    broken = store.unreadable(account)
    entries = store.entries(account)
    problems = store.notes(account).problems
    return View(
        entries=[entry for entry in entries if entry.ref not in broken],
        stale=[entry for entry in entries if entry.ref in broken],
        unreadable=frozenset(urls.key(item.url) for item in problems if item.url is not None),
        listed=None if listing.end.complete else frozenset(entry.ref for entry in listing.entries),
        damaged=any(problem.lost for problem in problems),
        reported=frozenset(store.reported(account)),
        twins=store.twins(pair),
    )


def _account(pair: Pair, side: Side) -> int:
    return pair.left if side is Side.LEFT else pair.right


def _round(job: Job, pair: Pair, world: World) -> int:
    return world.journal.rounds(pair, job.kind) + world.store.rounds_rested(pair) + 1
