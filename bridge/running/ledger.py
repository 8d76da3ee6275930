"""Enters what came of the rows of a run: in journal, replica and links, and in the tally for its receipt.

Where that asks for more to be done, it is entered in the journal, too, and handed back.
"""

from __future__ import annotations

import attrs

from bridge.model.bookmark import Entry, Field
from bridge.model.link import Link
from bridge.model.operation import Add, Failed, Remove, Unknown, Update
from bridge.model.plan import Step
from bridge.model.receipt import Listed, Wrong
from bridge.planning import planner
from bridge.planning.advance import advanced
from bridge.planning.policy import Existing, Policy
from bridge.planning.restore import overwritten, undone
from bridge.planning.settle import intent
from bridge.running.evidence import Evidence
from bridge.running.tally import Tally
from bridge.running.verify import Meant
from bridge.running.world import World
from bridge.state.journal import Row
from bridge.state.store import Pair


class Ledger:
    """Enters what came of rows that write to one account; `tally` is what that has come to so far."""

    def __init__(self, account: int, pair: Pair, policy: Policy, world: World, evidence: Evidence) -> None:
        self.tally = Tally()
        self._account = account
        self._pair = pair
        self._policy = policy
        self._mapper = policy.mapper
        self._world = world
        self._evidence = evidence

    def done(self, row: Row, entry: Entry) -> None:
        """Take an operation as done, as the target said, inside a transaction of the caller's."""
        store = self._world.store
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
        self.tally.written.append(Meant(link, intent(row.step.operation, self._mapper)))

    def arrived(self, row: Row, found: Entry | None, link: Link) -> list[Row]:
        """Take an operation as done because the target shows it; return what an Add still lacks as the next step."""
        with self._world.store.transaction():
            self._world.journal.mark([row], "done")
            self.keep(row, found, link)
            more = self._completion(row, found, link)
        if more:
            return more
        if found is not None and not row.step.restores:
            self.tally.written.append(Meant(link, intent(row.step.operation, self._mapper)))
        self.count(row)
        return []

    def meet(self, row: Row, found: Entry | None) -> list[Row]:
        """Turn an Add that met an entry into the first contact with it; return the step that this asks for."""
        if found is None:
            self.fail(row, "The service says that it is there, and does not show it.")
            return []
        if self._evidence.held_by_another(row, found):
            self._world.store.save_twin(self._pair, row.step.source_ref, found.ref)
            self._world.progress.advance()
            self.tally.skipped.append(Listed(row.step.url, planner.stands_for_another(found)))
            return []
        result = planner.meet(row.step.link, found, self._policy)
        with self._world.store.transaction():
            self._world.store.save_entry(self._account, found)
            if result.step is not None:
                step = attrs.evolve(result.step, side=row.step.side)
                more = self._world.journal.add(row.run, self._account, step, instead=row)
                self._world.journal.mark([row], "dropped")
                return [more]
            self._world.store.save_links(self._pair, [] if result.link is None else [result.link])
            self._world.journal.mark([row], "failed" if result.failed else "agreed")
        self._world.progress.advance(failed=bool(result.failed))
        self.tally.unchanged += result.unchanged
        self.tally.skipped += result.skipped
        self.tally.failed += result.failed
        self.tally.losses += result.losses
        return []

    def give_back(self, row: Row, was: Entry, now: Entry) -> list[Row]:
        """Undo what an Add did to an entry, and meet that entry as it was; return the steps that this asks for."""
        with self._world.store.transaction():
            self._world.journal.mark([row], "failed", "The target had it already, and took it for the same bookmark.")
            more = self.meet(row, was)
            if self._policy.existing is Existing.SKIP:
                self._world.store.save_twin(self._pair, row.step.source_ref, was.ref)
            return [*self.owe(row, was, now), *more]

    def owe(self, row: Row, was: Entry, now: Entry) -> list[Row]:
        """Enter and return the step that undoes what an Add did to an entry, if it can be; what cannot is a loss."""
        add, target = row.step.operation, self._mapper.target
        if not isinstance(add, Add):
            return []
        self.tally.losses += overwritten(add.bookmark, was, now, target)
        delta = undone(add.bookmark, was, now, target)
        step = Step(row.step.side, Update(now, delta), row.step.link, row.step.source_ref, restores=True)
        return [self._world.journal.owe(row.run, self._account, step)] if delta else []

    def keep(self, row: Row, found: Entry | None, link: Link | None) -> None:
        """Store what a look at the target has settled."""
        if found is not None:
            self._world.store.save_entry(self._account, found)
        elif isinstance(row.step.operation, Remove):
            self._world.store.remove_entry(self._account, row.step.operation.entry.ref)
        if link is not None and not row.step.restores:
            self._world.store.save_links(self._pair, [self._moved(row, link)])

    def leave(self, row: Row, outcome: Unknown | Failed) -> None:
        """Leave what is in doubt to the next run."""
        known = "It has not been merged" if isinstance(outcome, Failed) else "Whether it was written is not known"
        self.fail(row, f"{outcome.reason} {known}; the next run looks it up.")

    def fail(self, row: Row, reason: str) -> None:
        """Count a row that failed; its state in the journal is the caller's to set."""
        if not row.step.restores:
            self._world.progress.advance(failed=True)
        if not row.step.counts:
            operation = row.step.operation
            fields = operation.delta.fields if isinstance(operation, Update) else ()
            self.tally.wrong += [Wrong(row.step.url, field.value) for field in Field if field in fields]
            what = "changed" if row.step.aside else "given back what it was"
            self._world.progress.say(f"{row.step.url} could not be {what}: {reason}")
            return
        failed = Listed(row.step.url, reason)
        if row.step.shared is None:
            self.tally.failed.append(failed)
        else:
            self.tally.shared.append((row.step.shared, failed))

    def count(self, row: Row) -> None:
        """Count a row that was done."""
        self.tally.losses += row.step.losses
        self.tally.asides += row.step.aside
        if not row.step.restores:
            self._world.progress.advance()
        if not row.step.counts:
            return
        if row.step.shared is None:
            self.tally.fates[row.step.fate] += 1
        else:
            self.tally.shared.append((row.step.shared, None))

    def _completion(self, row: Row, found: Entry | None, link: Link) -> list[Row]:
        """Enter what an Add still lacks in its place, and return it."""
        if found is None or not isinstance(row.step.operation, Add):
            return []
        step = planner.complete(row.step.link, link, found, self._policy).step
        if step is None:
            return []
        step = attrs.evolve(step, side=row.step.side, losses=row.step.losses, completes=True)
        more = self._world.journal.add(row.run, self._account, step, instead=row)
        self._world.journal.mark([row], "dropped")
        return [more]

    def _moved(self, row: Row, link: Link) -> Link:
        """Return a link after its step, with what the other step of the run has moved, if there is one."""
        was = row.step.was
        if was is None:
            return link
        stored = self._world.store.linked(self._pair, was.right.ref)
        ground = stored if stored is not None and stored.left.ref == was.left.ref else was
        return advanced(ground, was, link)
