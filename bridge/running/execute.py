"""Carries the steps of a run out, so that it can be stopped anywhere.

Every row of the journal is marked sent in a committed transaction before the call that carries it; what came of it sets
row, replica and link in one transaction. An answer that never came is looked up, never guessed: what is there is taken
as done, what is provably not there is sent once more, and what cannot be known stays sent for the next run.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

import attrs

from bridge.model.adapter import Missing
from bridge.model.bookmark import Bookmark, Entry
from bridge.model.errors import BridgeError, ProtocolError, Stopped, Unavailable
from bridge.model.link import Link
from bridge.model.operation import Add, Done, Failed, Outcome, Remove, Unknown
from bridge.model.plan import Fate
from bridge.model.receipt import Listed, Loss
from bridge.planning import planner
from bridge.planning.policy import Policy
from bridge.planning.settle import intent, settle
from bridge.running.verify import Meant
from bridge.running.world import Party, World
from bridge.state.journal import Row
from bridge.state.store import Pair

_PATIENCE = 3
"""Unavailable answers in a row after which an account is given up for the run."""

_LOOKS = 2
"""Looks at an operation whose outcome is unknown before it is left to the next run."""


@attrs.define
class Tally:
    """What came of the steps so far. `left` counts those that were not come to, `ended` says why."""

    fates: dict[Fate, int] = attrs.field(factory=lambda: dict.fromkeys(Fate, 0))
    unchanged: int = 0
    skipped: list[Listed] = attrs.field(factory=list)
    failed: list[Listed] = attrs.field(factory=list)
    losses: list[Loss] = attrs.field(factory=list)
    written: list[Meant] = attrs.field(factory=list)
    left: int = 0
    ended: BridgeError | None = None


class Executor:
    """Pushes rows to one target account."""

    def __init__(self, target: Party, account: int, pair: Pair, policy: Policy, world: World) -> None:
        self._target = target
        self._account = account
        self._pair = pair
        self._policy = policy
        self._mapper = policy.mapper
        self._world = world
        self._queue: deque[Row] = deque()
        self._sent_twice: set[int] = set()
        self._met: dict[int, Row] = {}
        self._strikes = 0
        self.tally = Tally()

    def carry_out(self, rows: Sequence[Row]) -> Tally:
        """Push all rows and return what came of them; an interruption is in the tally, not raised."""
        self._queue.extend(rows)
        try:
            while self._queue:
                if self._world.stopping():
                    raise Stopped("Stopped as you asked.", "Run the same command again to go on.")
                self._batch()
        except BridgeError as error:
            self.tally.ended = error
        self.tally.left = len(self._queue)
        return self.tally

    def settle_unanswered(self) -> int:
        """Look at what earlier runs sent to this account and never saw answered; return how many that were."""
        rows = self._world.journal.unanswered([self._account])
        for row in rows:
            found = self._look(row)
            link = settle(row.step, found, self._mapper)
            with self._world.store.transaction():
                self._world.journal.mark([row], "dropped" if link is None else "done")
                self._keep(row, found, link)
        return len(rows)

    def _batch(self) -> None:
        size = self._target.adapter.capabilities.batch or len(self._queue)
        batch = [self._queue.popleft() for _ in range(min(size, len(self._queue)))]
        self._world.journal.mark(batch, "sent")
        outcomes: list[Outcome] = []
        try:
            for outcome in self._target.adapter.push([row.step.operation for row in batch]):
                outcomes.append(outcome)
        except BridgeError as error:
            self._unsent(batch[len(outcomes) :], error)
        finally:
            self._record(zip(batch, outcomes, strict=False))
        for row, outcome in zip(batch, outcomes, strict=False):
            self._follow(row, outcome)

    def _unsent(self, rows: Sequence[Row], error: BridgeError) -> None:
        """Put rows back that the adapter vouches were not carried out; raise what ends the run."""
        self._world.journal.mark(rows, "planned")
        self._queue.extendleft(reversed(rows))
        if not isinstance(error, Unavailable):
            raise error
        self._strike(error)

    def _strike(self, error: BridgeError) -> None:
        self._strikes += 1
        if self._strikes >= _PATIENCE:
            raise error

    def _record(self, answered: Iterable[tuple[Row, Outcome]]) -> None:
        """Set journal, replica and link by all outcomes that are known, in one transaction."""
        with self._world.store.transaction():
            for row, outcome in answered:
                if isinstance(outcome, Done):
                    self._done(row, outcome)
                elif isinstance(outcome, Failed) and not outcome.exists:
                    self._world.journal.mark([row], "failed", outcome.reason)

    def _done(self, row: Row, outcome: Done) -> None:
        store, entry = self._world.store, outcome.entry
        met = self._met.pop(row.id, None)
        self._world.journal.mark([row] if met is None else [row, met], "done")
        right = attrs.evolve(row.step.link.right, ref=entry.ref, url=entry.bookmark.url)
        link = attrs.evolve(row.step.link, right=right)
        if isinstance(row.step.operation, Remove):
            store.remove_entry(self._account, entry.ref)
            return
        store.save_entry(self._account, entry)
        store.save_links(self._pair, [link])
        self.tally.written.append(Meant(link, intent(row.step.operation, self._mapper)))

    def _follow(self, row: Row, outcome: Outcome) -> None:
        """Count what is settled, and go after what is not."""
        if isinstance(outcome, Unknown):
            self._resolve(row, outcome)
        elif isinstance(outcome, Failed) and outcome.exists:
            self._meet(row)
        else:
            self._strikes = 0
            self._count(row, outcome)

    def _count(self, row: Row, outcome: Done | Failed) -> None:
        if isinstance(outcome, Failed):
            self._fail(row, outcome.reason)
            return
        self._written(row)
        if outcome.lossy_url:
            self.tally.losses.append(Loss(row.step.url, "url", row.step.url, outcome.entry.bookmark.url))

    def _resolve(self, row: Row, outcome: Unknown) -> None:
        """Find out about an operation that may have been carried out."""
        for _ in range(_LOOKS):
            try:
                found = self._look(row)
            except Unavailable as error:
                self._world.progress.say(f"{self._target.name} does not answer: {error.message}")
                continue
            self._strikes = 0
            self._judge(row, found, outcome.reason)
            return
        self._fail(row, f"{outcome.reason} Whether it was written is not known; the next run looks it up.")
        self._strike(Unavailable(outcome.reason, "Run the same command again later."))

    def _judge(self, row: Row, found: Entry | None, reason: str) -> None:
        """Decide about an operation of unknown outcome by what the target shows."""
        link = settle(row.step, found, self._mapper)
        if link is not None:
            with self._world.store.transaction():
                self._world.journal.mark([row], "done")
                self._keep(row, found, link)
            self._written(row)
        elif row.id in self._sent_twice:
            self._world.journal.mark([row], "failed", reason)
            self._fail(row, reason)
        else:
            self._sent_twice.add(row.id)
            self._world.journal.mark([row], "planned")
            self._queue.appendleft(row)

    def _meet(self, row: Row) -> None:
        """Turn an Add that met an entry into the first contact with it."""
        found = self._look(row)
        if found is None:
            self._world.journal.mark([row], "failed")
            self._fail(row, "The service says that it is there, and does not show it.")
            return
        result = planner.meet(row.step.link, found, self._policy)
        with self._world.store.transaction():
            self._world.store.save_entry(self._account, found)
            if result.step is not None:
                more = self._world.journal.add(row.run, self._account, result.step)
                self._met[more.id] = row
                self._queue.appendleft(more)
                self._world.journal.mark([row], "dropped")
                return
            if result.link is not None:
                self._world.store.save_links(self._pair, [result.link])
            self._world.journal.mark([row], "failed" if result.failed else "done")
        self._world.progress.advance()
        self.tally.unchanged += result.unchanged
        self.tally.skipped += result.skipped
        self.tally.failed += result.failed
        self.tally.losses += result.losses

    def _keep(self, row: Row, found: Entry | None, link: Link | None) -> None:
        """Store what a look at the target has settled."""
        if found is not None:
            self._world.store.save_entry(self._account, found)
        elif isinstance(row.step.operation, Remove):
            self._world.store.remove_entry(self._account, row.step.operation.entry.ref)
        if link is not None and found is not None:
            self._world.store.save_links(self._pair, [link])
            self.tally.written.append(Meant(link, intent(row.step.operation, self._mapper)))

    def _fail(self, row: Row, reason: str) -> None:
        self._world.progress.advance()
        self.tally.failed.append(Listed(row.step.url, reason))

    def _written(self, row: Row) -> None:
        self._world.progress.advance()
        self.tally.fates[row.step.fate] += 1
        self.tally.losses += row.step.losses

    def _look(self, row: Row) -> Entry | None:
        """Return the target's entry for a row's operation, None if the service says that there is none."""
        operation = row.step.operation
        asked = Entry(operation.url, Bookmark(operation.url)) if isinstance(operation, Add) else operation.entry
        for answer in self._target.adapter.look_up([asked]):
            return None if isinstance(answer, Missing) else answer
        raise ProtocolError(f"{self._target.name} did not say whether it holds {operation.url}.", "Try again later.")
