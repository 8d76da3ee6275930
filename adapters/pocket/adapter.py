"""Pocket as an account of the bridge: items by item_id, listed in pages, changed by actions.

The service has no call for one item, and an add says nothing of state: so what a bookmark is to be besides unread
follows its add in another call, and what came of a call that went unanswered is found out by listing.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence

import attrs

from adapters.batches import without_repeats
from adapters.http.contact import Contact
from adapters.pocket import CAPABILITIES, PocketConfig, bookmarks, checked_gaps
from adapters.pocket.calls import misplaced
from adapters.pocket.client import PocketClient
from adapters.pocket.cursor import Cursor
from adapters.pocket.lists import OVERLAP, Lists
from adapters.pocket.looking import Found, Search
from adapters.pocket.paging import Doubt, Repeats
from adapters.pocket.pushing import Batch, touched
from adapters.pocket.wire import Listing
from adapters.pocket.wire_items import Broken
from bridge.model.adapter import Checked, Context, Elsewhere, End, Missing, Page, Problem, Quota
from bridge.model.bookmark import Entry, Field
from bridge.model.capabilities import Capabilities
from bridge.model.errors import ProtocolError
from bridge.model.operation import Add, Failed, Operation, Outcome, Unknown
from bridge.model.receipt import Loss

WHOLE = "The server gives all it has at once, whatever is asked for; what is missing from it does not count as gone."
CUT = "The server gives the same part of the list again and again, so the rest of it cannot be read."
MOVED = "The list changed while it was read, and again while it was read anew, so something may be missing from it."
FRESH = 60.0
"""Seconds for which what a look-up found beside what it was asked for is good enough to be told."""


class PocketAdapter:
    """One account at Pocket or at a compatible server; see bridge.model.adapter.Adapter for the contract."""

    def __init__(self, config: PocketConfig, context: Context, client: PocketClient) -> None:
        self._config = config
        self._context = context
        self._client = client
        self._lacks = frozenset(map(Field, config.lacks))
        self._lists = Lists(client, config.page, context.clock)
        self._doubts = _Doubts()
        self._contact = Contact(functools.partial(misplaced, config))

    @property
    def identity(self) -> str:
        """Service, base URL and user."""
        return self._client.identity

    @functools.cached_property
    def capabilities(self) -> Capabilities:
        """Those of Pocket without what the account lacks, at its pace."""
        gaps = checked_gaps(self._config.gaps, self._context.gaps)
        return attrs.evolve(
            CAPABILITIES.without(self._lacks), cost=attrs.evolve(CAPABILITIES.cost, gap=gaps["default"])
        )

    @property
    def calls(self) -> int:
        """How many requests were sent so far."""
        return self._client.calls

    def check(self) -> Checked:
        """Ask for one item, and tell how many calls are left."""
        with self._contact.first():
            self._client.get(state="all", count=1)
        quotas = tuple(Quota(left.scope, left.remaining, left.limit, left.reset) for left in self._client.limits)
        return Checked(self._config.user, clock_off=self._client.clock_off, quotas=quotas)

    def pull(self, cursor: str | None) -> Iterator[Page | End]:
        """Yield the whole list, or what has changed since the cursor, with what was deleted among it."""
        start = Cursor.read(cursor)
        self._doubts = _Doubts()
        if start.since is None:
            self._lists.forget()
        time: int | None = None
        doubt: Doubt | None = None
        sound, first = True, True
        for part in self._met(self._lists.pages(start.since)):
            if not isinstance(part, Listing):
                doubt = part
                continue
            if first:
                first, time = False, self._lists.time_of(part)
            page = self._page(part)
            sound = sound and all(problem.ref is not None for problem in page.problems)
            yield page
        whole = isinstance(doubt, Repeats) and doubt.whole
        if doubt is None or whole:
            self._lists.recall(start.marks)
        following = self._cursor(time)
        if doubt is None:
            # a change that cannot be read is not passed over: the next pull begins anew
            yield End(sound and start.since is None, following if sound or start.since is None else None)
            return
        if whole:
            yield Page(remarks=(WHOLE,))
        else:
            why = CUT if isinstance(doubt, Repeats) else MOVED
            yield Page(problems=(Problem("get", why, lost=True),))
        yield End(complete=False, cursor=(following or Cursor().text) if whole and sound else None)

    def push(self, operations: Sequence[Operation]) -> Iterator[Outcome]:
        """Carry out operations together, in as few calls as they take.

        An Add of what the lists have shown is refused unsent: Pocket would make the old item unread and date it anew.
        So the whole list is read before an Add of what may be there, for all that pulls have shown, in this process or
        before. Operations on one item are carried out one after another.
        """
        if any(isinstance(operation, Add) and self._lists.may_hold(operation.url) for operation in operations):
            self._see_all()
        began, adding = self._context.clock(), set[str]()
        outcomes: list[Outcome] = []
        for part in without_repeats(operations, touched):
            batch = Batch(part, self._client, self._lists, self._lacks, began, adding=adding)
            came = batch.carry_out()
            outcomes += came
            self._doubts = _Doubts.of(operations, outcomes, began)
            yield from came
            if batch.error is not None:
                raise batch.error

    def look_up(self, entries: Sequence[Entry], since: float | None = None, /) -> Iterator[Entry | Elsewhere | Missing]:
        """Yield what the account holds of these entries, by listing.

        What else the last push has left in doubt is looked for in the same lists, and told when it is asked for next.
        """
        asked = {entry.ref: entry for entry in entries}
        now = self._context.clock()
        if (known := self._doubts.told(asked, now)) is not None:
            yield from known
            return
        wanted = asked
        if asked and since is not None and asked.keys() <= self._doubts.entries.keys():
            wanted, since = self._doubts.entries, max(since, self._doubts.began)
        beside: dict[str, Found] = {}
        for ref, found in Search(wanted.values(), self._lists, self._lacks).run(since):
            if ref in asked:
                yield found
            else:
                beside[ref] = found
        self._doubts = attrs.evolve(self._doubts, answers=beside, found=now)

    def _met(self, parts: Iterator[Listing | Doubt]) -> Iterator[Listing | Doubt]:
        """Yield the parts of a list, the first of which shows whether the server is one of this kind."""
        with self._contact.first():
            first = next(parts)
        yield first
        yield from parts

    def _see_all(self) -> None:
        """List all that the account holds, unless that was done. Raises ProtocolError where it cannot be."""
        if not self._lists.whole:
            for _part in self.pull(None):
                pass
        if not self._lists.whole:
            raise ProtocolError(
                f"{self._client.service} does not show all that it holds, so adding could overwrite what is there.",
                "Try again later, or with a larger page.",
            )

    def _cursor(self, time: int | None) -> str | None:
        """Return the cursor of a listing that the server made at this time; None if it did not say."""
        return None if time is None else Cursor(max(1, time - OVERLAP), self._lists.marks).text

    def _page(self, listing: Listing) -> Page:
        problems = list(map(_problem, listing.broken))
        entries: list[Entry] = []
        losses: list[Loss] = []
        for item in listing.items:
            if item.gone:
                continue
            bookmark, lost = bookmarks.read(item, self._lacks)
            if not bookmark.url:
                problems.append(Problem(f"get, item {item.item_id}", "It has no url, or not yet.", ref=item.item_id))
                continue
            entries.append(Entry(item.item_id, bookmark, bookmarks.moment(item.time_updated)))
            losses += lost
        gone = tuple(item.item_id for item in listing.items if item.gone)
        return Page(tuple(entries), gone, tuple(problems), tuple(losses))


def _problem(broken: Broken) -> Problem:
    where = f"get, item {broken.item_id or 'without an id'}"
    url = broken.given_url or broken.resolved_url
    return Problem(where, f"It is {broken.why}.", url or None, broken.item_id or None)


@attrs.frozen
class _Doubts:
    """What the last push left in doubt, and what is known of it since `found`, in seconds of our clock."""

    entries: dict[str, Entry] = attrs.field(factory=dict)
    began: float = 0.0
    answers: dict[str, Found] = attrs.field(factory=dict)
    found: float = 0.0

    @classmethod
    def of(cls, operations: Sequence[Operation], outcomes: Sequence[Outcome], began: float) -> _Doubts:
        """Return the doubts about operations that ended so."""
        doubtful = [
            operation
            for operation, outcome in zip(operations, outcomes, strict=False)
            if isinstance(outcome, Unknown) or (isinstance(outcome, Failed) and outcome.exists)
        ]
        sought = [
            Entry(operation.url, operation.bookmark) if isinstance(operation, Add) else operation.entry
            for operation in doubtful
        ]
        return cls({entry.ref: entry for entry in sought}, began)

    def told(self, asked: dict[str, Entry], now: float) -> list[Found] | None:
        """Return what is known of these entries, each once; None if anything of it is not, or not freshly."""
        if not asked or not asked.keys() <= self.answers.keys() or not 0 <= now - self.found <= FRESH:
            return None
        return [self.answers.pop(ref) for ref in asked]
