"""Carries the steps of a run out, so that it can be stopped anywhere.

Every row of the journal is marked sent in a committed transaction before the call that carries it; what came of it sets
row, replica and link in one transaction. What is in doubt is looked up, never guessed: an answer that never came, and
an Add that met an entry. What is there as it was meant is taken as done, what is provably not there is sent once more,
and what cannot be known stays sent for the next run. An Add whose answer names an entry that the replica knew before
has overwritten that one: it is given back what it was, and the Add becomes a first contact with it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from bridge.model import reasons
from bridge.model.bookmark import Entry
from bridge.model.errors import BridgeError, ProtocolError, StateError, Stopped, Unavailable
from bridge.model.operation import Add, Done, Failed, Outcome, Unknown
from bridge.model.receipt import Loss
from bridge.planning.policy import Policy
from bridge.planning.settle import settle
from bridge.running.evidence import Evidence
from bridge.running.ledger import Ledger
from bridge.running.look import look
from bridge.running.tally import Tally
from bridge.running.world import Party, Work, World
from bridge.state.journal import Row
from bridge.state.store import Pair

_PATIENCE = 3
"""Unavailable answers in a row after which an account is given up for the run."""

_Doubt: TypeAlias = tuple[Row, Unknown | Failed]


class Executor:
    """Pushes rows to one target account."""

    def __init__(self, target: Party, account: int, pair: Pair, policy: Policy, world: World) -> None:
        self._target = target
        self._account = account
        self._pair = pair
        self._policy = policy
        self._mapper = policy.mapper
        self._world = world
        self._evidence = Evidence(world.store, account, pair, overwrites=target.adapter.capabilities.overwrites)
        self._ledger = Ledger(account, pair, policy, world, self._evidence)
        self._tally = self._ledger.tally
        self._queue: deque[Row] = deque()
        self._doubts: deque[_Doubt] = deque()
        self._sent_twice: set[int] = set()
        self._overwritten: dict[int, Entry] = {}
        self._repairs: list[Row] = []
        self._alone: set[int] = set()
        self._suspects: set[int] = set()
        self._strikes = 0

    def settle_unanswered(self) -> int:
        """Look at what earlier runs sent to this account and never saw answered; return how many that were.

        What those runs have overwritten and not given back is repaired before this run's own steps.
        """
        rows = self._world.journal.unanswered(self._pair, self._account)
        began = min((self._world.journal.run(row.run).started for row in rows), default=0.0)
        found = self._look_up([_sought(row) for row in rows], began) if rows else {}
        overwritten = {_sought(row).ref for row in rows if row.step.restores}
        with self._world.store.transaction():
            for row in rows:
                # What an entry shows that is still to be given back tells nothing of another step.
                hides = not row.step.restores and _sought(row).ref in overwritten
                entry = None if hides else found[_sought(row).ref]
                was = self._evidence.ran_into(row, entry, shown=True)
                if was is None and entry is not None and not self._evidence.may_come_of(row, entry):
                    entry = None
                link = settle(row.step, entry, self._mapper) if was is None else None
                if was is not None and entry is not None:
                    self._repairs += self._ledger.owe(row, was, entry)
                elif row.step.restores and link is None and entry is not None:
                    self._repairs.append(row)
                    continue
                self._world.journal.mark([row], "dropped" if link is None else "done")
                self._ledger.keep(row, entry, link)
        return len(rows)

    @property
    def owes(self) -> bool:
        """Whether there are repairs to be made."""
        return bool(self._repairs)

    def carry_out(self, rows: Sequence[Row]) -> Tally:
        """Push all rows and return what came of them.

        An interruption is in the tally, not raised; but StateError is: what cannot be journaled is not done.
        """
        self._queue.extend([*self._repairs, *rows])
        self._repairs.clear()
        self._tally.began = self._world.clock()
        try:
            while self._queue or self._doubts:
                if self._world.stopping():
                    raise Stopped("Stopped as you asked.", "Run the same command again to go on.")
                if self._doubts:
                    self._clear_up()
                else:
                    self._batch()
        except StateError:
            raise
        except BridgeError as error:
            self._tally.ended = error
        for row, outcome in self._doubts:
            self._ledger.leave(row, outcome)
        self._tally.left = sum(row.step.counts and row.step.shared is None for row in self._queue)
        return self._tally

    def _batch(self) -> None:
        alone = self._queue[0].id in self._alone
        most = 1 if alone else self._target.adapter.capabilities.batch
        batch = [self._queue.popleft() for _ in range(min(most or len(self._queue), len(self._queue)))]
        batch = [row for row in batch if not self._crossed(row)]
        if not batch:
            return
        self._world.journal.mark(batch, "sent")
        outcomes: list[Outcome] = []
        error: BridgeError | None = None
        try:
            for outcome in self._target.adapter.push([row.step.operation for row in batch]):
                outcomes.append(outcome)
            outcomes += [Unknown("There was no answer.")] * (len(batch) - len(outcomes))
        except BridgeError as raised:
            error = raised
        finally:
            self._record(zip(batch, outcomes, strict=False))
        for row, outcome in zip(batch, outcomes, strict=False):
            self._take(row, outcome)
        if error is not None:
            self._put_back(self._without_culprit(batch[len(outcomes) :], error))
            self._strike(error)

    def _crossed(self, row: Row) -> bool:
        """Take an Add as needless if its bookmark was linked since the plan was made, by an Add the other way."""
        if not self._policy.mirrors or not isinstance(row.step.operation, Add) or row.step.link.id is not None:
            return False
        link = self._world.store.linked(self._pair.the_other_way, row.step.source_ref)
        if link is None or link.left.gone:
            return False
        self._world.journal.mark([row], "dropped")
        self._world.progress.advance()
        self._tally.unchanged += 1
        return True

    def _without_culprit(self, rows: Sequence[Row], error: BridgeError) -> Sequence[Row]:
        """Return the rows to try again, each alone; one that has failed the account before fails by itself.

        Else a bookmark that the service, or what stands before it, never takes would keep back all behind it.
        """
        self._alone |= {row.id for row in rows}
        first = rows[0] if rows and isinstance(error, ProtocolError) else None
        if first is None or first.id not in self._suspects:
            self._suspects |= {row.id for row in rows[:1]}
            return rows
        self._world.journal.mark([first], "failed", error.message)
        self._ledger.fail(first, error.message)
        return rows[1:]

    def _record(self, answered: Iterable[tuple[Row, Outcome]]) -> None:
        """Set journal, replica and link by all outcomes that are known, in one transaction."""
        with self._world.store.transaction():
            for row, outcome in answered:
                if isinstance(outcome, Done):
                    was = self._evidence.ran_into(row, outcome.entry, shown=False)
                    if was is None:
                        self._ledger.done(row, outcome.entry)
                    else:  # its row stays sent until the entry is what it was
                        self._overwritten[row.id] = was
                elif isinstance(outcome, Failed):
                    self._world.journal.mark([row], "failed", outcome.reason)

    def _take(self, row: Row, outcome: Outcome) -> None:
        """Count what is settled, and remember what is in doubt."""
        if isinstance(outcome, Unknown) or (isinstance(outcome, Failed) and outcome.exists):
            self._doubts.append((row, outcome))
            return
        self._strikes = 0
        if isinstance(outcome, Failed):
            self._ledger.fail(row, outcome.reason)
            return
        if row.id in self._overwritten:
            self._go_on_with(self._ledger.give_back(row, self._overwritten.pop(row.id), outcome.entry))
            return
        self._ledger.count(row)
        if outcome.lossy_url:
            there = outcome.entry.bookmark.url
            self._tally.losses.append(Loss(row.step.url, "url", row.step.url, there, reasons.URL_FORM))

    def _put_back(self, rows: Sequence[Row]) -> None:
        """Take rows as not sent: the adapter vouches that they were not carried out."""
        self._world.journal.mark([row for row in rows if not row.step.restores], "planned")
        self._go_on_with(rows)

    def _go_on_with(self, rows: Sequence[Row]) -> None:
        """Push these rows next."""
        self._queue.extendleft(reversed(rows))

    def _strike(self, error: BridgeError) -> None:
        """Raise what ends the run: anything but an account that may answer next time."""
        self._strikes += 1
        if self._strikes >= _PATIENCE or not isinstance(error, Unavailable):
            raise error

    def _clear_up(self) -> None:
        """Find out about the first operation that is in doubt."""
        row, outcome = self._doubts[0]
        try:
            found = self._look_twice(row)
        except Unavailable as error:
            self._doubts.popleft()
            self._ledger.leave(row, outcome)
            self._strike(error)
            return
        self._doubts.popleft()
        self._strikes = 0
        # An Add that meets an entry when it is sent again may have met itself.
        sent_twice = row.id in self._sent_twice
        doubted = isinstance(outcome, Unknown) or sent_twice
        was = self._evidence.ran_into(row, found, shown=True) if doubted else None
        if doubted and was is None and found is not None and not self._evidence.may_come_of(row, found):
            found = None
        link = settle(row.step, found, self._mapper) if doubted and was is None else None
        if was is not None and found is not None:
            self._go_on_with(self._ledger.give_back(row, was, found))
        elif link is not None:
            self._go_on_with(self._ledger.arrived(row, found, link))
        elif isinstance(outcome, Failed):
            self._go_on_with(self._ledger.meet(row, found))
        elif sent_twice:
            self._world.journal.mark([row], "failed", outcome.reason)
            self._ledger.fail(row, outcome.reason)
        else:
            self._sent_twice.add(row.id)
            self._alone.add(row.id)
            self._put_back([row])

    def _look_up(self, entries: Sequence[Entry], since: float) -> Mapping[str, Entry | None]:
        progress = self._world.progress
        with progress.phase(Work.LOOKING_UP, self._target.name, len(entries)):
            return look(self._target, entries, since, told=progress.advance)

    def _look_twice(self, row: Row) -> Entry | None:
        sought = _sought(row)
        try:
            return look(self._target, [sought], self._tally.began)[sought.ref]
        except Unavailable as error:
            self._world.progress.say(f"{self._target.name} does not answer: {error.message}")
        return look(self._target, [sought], self._tally.began)[sought.ref]


def _sought(row: Row) -> Entry:
    """Return the entry to look up for a row's operation: what an Add makes has no ref yet, so the url stands for it."""
    operation = row.step.operation
    return Entry(operation.url, operation.bookmark) if isinstance(operation, Add) else operation.entry
