"""One run, from the locks to the receipt.

1. lock both accounts; 2. settle what older runs sent and never saw answered; 3. pull both sides; 4. plan; 5. guards;
6. journal; 7. push; 8. read back; 9. receipt. A crash at any step, and then the same command: the end state is that of
an undisturbed run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import attrs

from bridge.model.bookmark import Entry
from bridge.model.errors import BridgeError, StateError, Stopped, UsageError
from bridge.model.link import Side
from bridge.model.plan import Plan, Step
from bridge.model.receipt import Receipt, Verified
from bridge.planning import guards, planner
from bridge.planning.policy import Policy
from bridge.planning.sides import Sides, View
from bridge.running import reckoning
from bridge.running.confirm import confirm
from bridge.running.execute import Executor, Tally
from bridge.running.pull import Read, read
from bridge.running.saved import SavedPlan
from bridge.running.verify import verify
from bridge.running.world import Party, World
from bridge.state.lock import locked
from bridge.state.store import Pair

MakePolicy = Callable[[Mapping[str, str]], Policy]
"""Makes a job's policy from the tag memory of the pair."""


@attrs.frozen
class Ended:
    """How a run ended: its receipt, what cut it short if anything did, and the plan it made."""

    receipt: Receipt
    error: BridgeError | None = None
    plan: Plan = Plan()

    @property
    def exit_code(self) -> int:
        """The exit code of the command."""
        return self.receipt.exit_code if self.error is None else self.error.exit_code


@attrs.frozen
class Job:
    """What is to be run: its kind, both accounts, the policy, and how far to go.

    `saved` is a plan to carry out instead of making one.
    """

    kind: str
    source: Party
    target: Party
    make_policy: MakePolicy
    dry_run: bool = False
    verify: bool = True
    saved: SavedPlan | None = None


def run(job: Job, world: World) -> Ended:
    """Run a job.

    Raises what stops it before its first write, and StateError whenever the journal cannot be written: without it a run
    has no receipt. What else stops it later is in the result.
    """
    identities = (job.source.adapter.identity, job.target.adapter.identity)
    if identities[0] == identities[1]:
        raise UsageError(f"{job.source.name} and {job.target.name} are the same account.", "Name two different ones.")
    holder = f"a {job.kind} from {job.source.name} to {job.target.name} (process {world.pid})"
    with locked(world.store.folder, identities, holder):
        return _Run(job, world).run()


class _Run:
    def __init__(self, job: Job, world: World) -> None:
        self._job = job
        self._world = world
        store = world.store
        self._pair = Pair(store.account(job.source.adapter.identity), store.account(job.target.adapter.identity))
        self._policy = job.make_policy(store.tag_memory(self._pair))
        self._executor = Executor(job.target, self._pair.right, self._pair, self._policy, world)

    def run(self) -> Ended:
        job, world = self._job, self._world
        if not job.dry_run:
            self._go_on()
        found = read(job.source, job.target, self._pair, self._policy, world)
        names = (job.source.name, job.target.name)
        guards.refuse_emptied(names, [*found.target, *found.unreadable], found.links)
        plan = self._planned(found)
        receipt = reckoning.opened(Receipt(job.kind, job.source.name, job.target.name), found, plan)
        if job.saved is not None:
            receipt = reckoning.reopened(receipt, job.saved, plan)
        foreseen = self._foreseen(receipt, plan)
        if job.dry_run:
            return Ended(foreseen, plan=plan)
        if plan.steps and not world.agree(foreseen, job.target.adapter.capabilities.cost.gap):
            raise Stopped("Nothing was written, as you wished.")
        return self._write(found, plan, receipt)

    def _go_on(self) -> None:
        """Take up what runs before left behind: those that died, and the rows that they never saw answered."""
        world = self._world
        for dead in world.journal.bury(self._pair):
            world.progress.say(f"Going on after run {dead}, which did not come to its end.")
        settled = self._executor.settle_unanswered()
        if settled:
            world.progress.say(f"Looked up what was on its way when the last run ended: {settled:,}.")

    def _planned(self, found: Read) -> Plan:
        """Return what is to be done: a plan of these listings, or what is left of the saved one."""
        saved = self._job.saved
        if saved is None:
            damaged = any(problem.lost for problem in found.source_notes.problems)
            left = View(found.source, damaged=damaged, twins=found.twins)
            sides = Sides(left, View(found.target, unreadable=found.unreadable), found.links)
            return planner.plan(sides, self._policy)
        done = self._world.journal.done_under(saved.id)
        dump = self._world.store.codec.dump
        steps = tuple(step for step in saved.plan.steps if dump(step) not in done)
        fields = self._job.target.adapter.capabilities.reads
        guards.refuse_moved([step.operation for step in steps], found.target, fields)
        # What has been linked since the plan was made is known better than the plan knew it.
        lefts, rights = ({link.half(side).ref for link in found.links} for side in Side)
        agreed = (link for link in saved.plan.agreed if link.left.ref not in lefts and link.right.ref not in rights)
        return attrs.evolve(saved.plan, steps=steps, agreed=tuple(agreed))

    def _foreseen(self, receipt: Receipt, plan: Plan) -> Receipt:
        source, target = (party.adapter.capabilities for party in (self._job.source, self._job.target))
        return reckoning.foreseen(receipt, plan, source, target, self._calls(), verify=self._job.verify)

    def _write(self, found: Read, plan: Plan, receipt: Receipt) -> Ended:
        world, saved = self._world, self._job.saved
        target = self._job.target.adapter.capabilities
        steps, moved = confirm(plan.steps, found.source, self._job.source, target, self._policy.mapper)
        plan_id = saved.id if saved is not None else ""
        number = world.journal.begin(receipt, self._pair, plan=plan_id, pid=world.pid, now=world.clock())
        self._save_links(found, plan)
        tally = self._carried_out(number, steps, found.target)
        tally.failed += moved
        verified, error = self._verified(tally, found.verified)
        opened = attrs.evolve(receipt, run=number)
        receipt = reckoning.closed(opened, tally, verified, self._calls(), interrupted=error is not None)
        ended = Ended(receipt, error, plan)
        world.journal.end(number, receipt, exit_code=ended.exit_code, now=world.clock())
        return ended

    def _save_links(self, found: Read, plan: Plan) -> None:
        """Store the links that need no write. Those without news are left, so that their tags do not count as used."""
        known = {link.left.ref: link for link in found.links}
        news = [link for link in plan.agreed if known.get(link.left.ref) != link]
        self._world.store.save_links(self._pair, [*found.adopted, *news])

    def _carried_out(self, number: int, steps: Sequence[Step], before: Sequence[Entry]) -> Tally:
        """Keep what the target held, enter the steps in the journal, and push them."""
        job, world = self._job, self._world
        if not steps and not self._executor.owes:
            return Tally()
        try:
            self._keep(world.store.folder / f"before-{number}.jsonl", before)
        except StateError as error:
            return Tally(left=len(steps), ended=error)
        world.store.drop_cursors(self._pair.right)
        rows = world.journal.write(number, [self._pair.right] * len(steps), steps)
        world.progress.start(f"Writing to {job.target.name}", len(rows))
        tally = self._executor.carry_out(rows)
        world.progress.stop()
        return tally

    def _keep(self, path: Path, before: Sequence[Entry]) -> None:
        """Keep what the target held; raise StateError if that fails."""
        if not before:
            return
        try:
            self._world.keep(path, before)
        except BridgeError as error:
            raise StateError(
                f"What {self._job.target.name} holds now cannot be kept, so nothing was written to it: {error.message}",
                "Free some space, mend the permissions, or point --state-dir at another folder.",
            ) from error
        self._world.progress.say(f"What {self._job.target.name} holds now is kept in {path}.")

    def _verified(self, tally: Tally, adopted: Verified) -> tuple[Verified | None, BridgeError | None]:
        """Read back what was written, unless the account was given up or the person does not want it."""
        adopted = attrs.evolve(adopted, wrong=(*adopted.wrong, *tally.wrong))
        if not self._job.verify or tally.ended is not None:
            return adopted if adopted.wrong or (adopted.checked and self._job.verify) else None, tally.ended
        try:
            fresh = verify(
                tally.written, self._job.target, self._pair, self._policy.mapper, self._world, since=tally.began
            )
        except StateError:
            raise
        except BridgeError as error:
            return adopted, error
        return Verified(adopted.checked + fresh.checked, adopted.wrong + fresh.wrong), None

    def _calls(self) -> dict[str, int]:
        return {party.name: party.adapter.calls for party in (self._job.source, self._job.target)}
