"""Carries the steps of a run out, so that it can be stopped anywhere.

Every row of the journal is marked sent in a committed transaction before the call that carries it; what came of it sets
row, replica and link in one transaction. What is in doubt is looked up, never guessed: an answer that never came, and
an Add that met an entry. What is there as it was meant is taken as done, what is provably not there is sent once more,
and what cannot be known stays sent for the next run. An Add whose answer names an entry that the replica knew before
has overwritten that one: it is given back what it was, and the Add becomes a first contact with it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from typing import TypeAlias

import attrs

from bridge.model.bookmark import Entry, Field
from bridge.model.errors import BridgeError, ProtocolError, StateError, Stopped, Unavailable
from bridge.model.link import Link
from bridge.model.operation import Add, Done, Failed, Outcome, Remove, Unknown, Update
from bridge.model.plan import Step
from bridge.model.receipt import Listed, Loss, Wrong
from bridge.planning import planner
from bridge.planning.advance import advanced
from bridge.planning.policy import Existing, Policy
from bridge.planning.restore import overwritten, undone
from bridge.planning.settle import intent, settle
from bridge.running.evidence import Evidence
from bridge.running.look import look
from bridge.running.tally import Tally
from bridge.running.verify import Meant
from bridge.running.world import Party, World
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
        self._queue: deque[Row] = deque()
        self._doubts: deque[_Doubt] = deque()
        self._sent_twice: set[int] = set()
        self._overwritten: dict[int, Entry] = {}
        self._repairs: list[Row] = []
        self._alone: set[int] = set()
        self._suspects: set[int] = set()
        self._strikes = 0
        self._tally = Tally()

    def settle_unanswered(self) -> int:
        """Look at what earlier runs sent to this account and never saw answered; return how many that were.

        What those runs have overwritten and not given back is repaired before this run's own steps.
        """
        rows = self._world.journal.unanswered(self._pair, self._account)
        began = min((self._world.journal.run(row.run).started for row in rows), default=0.0)
        found = look(self._target, [_sought(row) for row in rows], began) if rows else {}
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
                    self._repairs += self._owe(row, was, entry)
                elif row.step.restores and link is None and entry is not None:
                    self._repairs.append(row)
                    continue
                self._world.journal.mark([row], "dropped" if link is None else "done")
                self._keep(row, entry, link)
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
            self._leave(row, outcome)
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
        self._fail(first, error.message)
        return rows[1:]

    def _record(self, answered: Iterable[tuple[Row, Outcome]]) -> None:
        """Set journal, replica and link by all outcomes that are known, in one transaction."""
        with self._world.store.transaction():
            for row, outcome in answered:
                if isinstance(outcome, Done):
                    self._done(row, outcome)
                elif isinstance(outcome, Failed):
                    self._world.journal.mark([row], "failed", outcome.reason)

    def _done(self, row: Row, outcome: Done) -> None:
        store, entry = self._world.store, outcome.entry
        was = self._evidence.ran_into(row, entry, shown=False)
        if was is not None:  # its row stays sent until the entry is what it was
            self._overwritten[row.id] = was
            return
        self._world.journal.mark([row], "done")
        if isinstance(row.step.operation, Remove):
            store.remove_entry(self._account, entry.ref)
            store.save_links(self._pair, [self._moved(row, row.step.link)])
            return
        store.save_entry(self._account, entry)
        if row.step.restores:
            return
        right = attrs.evolve(row.step.link.right, ref=entry.ref, url=entry.bookmark.url)
        link = self._moved(row, attrs.evolve(row.step.link, right=right))
        store.save_links(self._pair, [link])
        self._tally.written.append(Meant(link, intent(row.step.operation, self._mapper)))

    def _take(self, row: Row, outcome: Outcome) -> None:
        """Count what is settled, and remember what is in doubt."""
        if isinstance(outcome, Unknown) or (isinstance(outcome, Failed) and outcome.exists):
            self._doubts.append((row, outcome))
            return
        self._strikes = 0
        if isinstance(outcome, Failed):
            self._fail(row, outcome.reason)
            return
        if row.id in self._overwritten:
            self._give_back(row, self._overwritten.pop(row.id), outcome.entry)
            return
        self._count(row)
        if outcome.lossy_url:
            self._tally.losses.append(Loss(row.step.url, "url", row.step.url, outcome.entry.bookmark.url))

    def _owe(self, row: Row, was: Entry, now: Entry) -> list[Row]:
        """Enter the step that undoes what an Add did to an entry, if it can be; what cannot is a loss."""
        add, target = row.step.operation, self._mapper.target
        if not isinstance(add, Add):
            return []
        self._tally.losses += overwritten(add.bookmark, was, now, target)
        delta = undone(add.bookmark, was, now, target)
        step = Step(row.step.side, Update(now, delta), row.step.link, row.step.source_ref, restores=True)
        return [self._world.journal.owe(row.run, self._account, step)] if delta else []

    def _give_back(self, row: Row, was: Entry, now: Entry) -> None:
        """Undo what an Add did to an entry that was there, and meet that entry as it was."""
        with self._world.store.transaction():
            self._world.journal.mark([row], "failed", "The target had it already, and took it for the same bookmark.")
            self._meet(row, was)
            if self._policy.existing is Existing.SKIP:
                self._world.store.save_twin(self._pair, row.step.source_ref, was.ref)
            self._queue.extendleft(self._owe(row, was, now))

    def _put_back(self, rows: Sequence[Row]) -> None:
        """Take rows as not sent: the adapter vouches that they were not carried out."""
        self._world.journal.mark([row for row in rows if not row.step.restores], "planned")
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
            self._leave(row, outcome)
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
            self._give_back(row, was, found)
        elif link is not None:
            self._arrived(row, found, link)
        elif isinstance(outcome, Failed):
            self._meet(row, found)
        elif sent_twice:
            self._world.journal.mark([row], "failed", outcome.reason)
            self._fail(row, outcome.reason)
        else:
            self._sent_twice.add(row.id)
            self._alone.add(row.id)
            self._put_back([row])

    def _look_twice(self, row: Row) -> Entry | None:
        sought = _sought(row)
        try:
            return look(self._target, [sought], self._tally.began)[sought.ref]
        except Unavailable as error:
            self._world.progress.say(f"{self._target.name} does not answer: {error.message}")
        return look(self._target, [sought], self._tally.began)[sought.ref]

    def _arrived(self, row: Row, found: Entry | None, link: Link) -> None:
        """Take an operation as done because the target shows it."""
        with self._world.store.transaction():
            self._world.journal.mark([row], "done")
            self._keep(row, found, link)
            if isinstance(row.step.operation, Add) and found is not None and self._completes(row, found, link):
                return
        if found is not None and not row.step.restores:
            self._tally.written.append(Meant(link, intent(row.step.operation, self._mapper)))
        self._count(row)

    def _completes(self, row: Row, found: Entry, link: Link) -> bool:
        """Enter what an Add still lacks as the next step of the run; return whether it lacks anything."""
        step = planner.complete(row.step.link, link, found, self._policy).step
        if step is None:
            return False
        step = attrs.evolve(step, losses=row.step.losses, completes=True)
        self._queue.appendleft(self._world.journal.add(row.run, self._account, step, instead=row))
        self._world.journal.mark([row], "dropped")
        return True

    def _keep(self, row: Row, found: Entry | None, link: Link | None) -> None:
        """Store what a look at the target has settled."""
        if found is not None:
            self._world.store.save_entry(self._account, found)
        elif isinstance(row.step.operation, Remove):
            self._world.store.remove_entry(self._account, row.step.operation.entry.ref)
        if link is not None and not row.step.restores:
            self._world.store.save_links(self._pair, [self._moved(row, link)])

    def _moved(self, row: Row, link: Link) -> Link:
        """Return a link after its step, with what the other step of the run has moved, if there is one."""
        was = row.step.was
        if was is None:
            return link
        stored = self._world.store.linked(self._pair, was.right.ref)
        ground = stored if stored is not None and stored.left.ref == was.left.ref else was
        return advanced(ground, was, link)

    def _meet(self, row: Row, found: Entry | None) -> None:
        """Turn an Add that met an entry into the first contact with it."""
        if found is None:
            self._fail(row, "The service says that it is there, and does not show it.")
            return
        if self._evidence.held_by_another(row, found):
            self._world.store.save_twin(self._pair, row.step.source_ref, found.ref)
            self._world.progress.advance()
            self._tally.skipped.append(Listed(row.step.url, planner.stands_for_another(found)))
            return
        result = planner.meet(row.step.link, found, self._policy)
        with self._world.store.transaction():
            self._world.store.save_entry(self._account, found)
            if result.step is not None:
                more = self._world.journal.add(row.run, self._account, result.step, instead=row)
                self._world.journal.mark([row], "dropped")
                self._queue.appendleft(more)
                return
            self._world.store.save_links(self._pair, [] if result.link is None else [result.link])
            self._world.journal.mark([row], "failed" if result.failed else "agreed")
        self._world.progress.advance()
        self._tally.unchanged += result.unchanged
        self._tally.skipped += result.skipped
        self._tally.failed += result.failed
        self._tally.losses += result.losses

    def _leave(self, row: Row, outcome: Unknown | Failed) -> None:
        """Leave what is in doubt to the next run."""
        known = "It has not been merged" if isinstance(outcome, Failed) else "Whether it was written is not known"
        self._fail(row, f"{outcome.reason} {known}; the next run looks it up.")

    def _fail(self, row: Row, reason: str) -> None:
        if not row.step.restores:
            self._world.progress.advance()
        if not row.step.counts:
            operation = row.step.operation
            fields = operation.delta.fields if isinstance(operation, Update) else ()
            self._tally.wrong += [Wrong(row.step.url, field.value) for field in Field if field in fields]
            what = "changed" if row.step.aside else "given back what it was"
            self._world.progress.say(f"{row.step.url} could not be {what}: {reason}")
            return
        failed = Listed(row.step.url, reason)
        if row.step.shared is None:
            self._tally.failed.append(failed)
        else:
            self._tally.shared.append((row.step.shared, failed))

    def _count(self, row: Row) -> None:
        self._tally.losses += row.step.losses
        self._tally.asides += row.step.aside
        if not row.step.restores:
            self._world.progress.advance()
        if not row.step.counts:
            return
        if row.step.shared is None:
            self._tally.fates[row.step.fate] += 1
        else:
            self._tally.shared.append((row.step.shared, None))


def _sought(row: Row) -> Entry:
    """Return the entry to look up for a row's operation: what an Add makes has no ref yet, so the url stands for it."""
    operation = row.step.operation
    return Entry(operation.url, operation.bookmark) if isinstance(operation, Add) else operation.entry
