"""One run, from the locks to the receipt.

1. lock both accounts; 2. settle what older runs sent and never saw answered; 3. pull both sides; 4. plan; 5. guards;
6. journal; 7. push; 8. read back; 9. receipt. A crash at any step, and then the same command: the end state is that of
an undisturbed run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import attrs

from bridge.model import url as urls
from bridge.model.adapter import Missing
from bridge.model.bookmark import Entry
from bridge.model.errors import BridgeError, Refused, Stopped, Unavailable
from bridge.model.link import Link
from bridge.model.operation import Add, Update
from bridge.model.plan import Fate, Plan, Step
from bridge.model.receipt import Estimate, Listed, Receipt, Verified, Written
from bridge.planning import guards, planner
from bridge.planning.policy import Policy
from bridge.running.execute import Executor, Tally
from bridge.running.pull import pull
from bridge.running.saved import SavedPlan
from bridge.running.verify import adopt, verify
from bridge.running.world import Party, World
from bridge.state.lock import locked
from bridge.state.store import Notes, Pair

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


@attrs.frozen
class _Read:
    """Both sides as they were read, inside the selection."""

    source: tuple[Entry, ...]
    target: tuple[Entry, ...]
    links: tuple[Link, ...]
    source_notes: Notes
    unreadable: frozenset[str]
    filtered: int
    adopted: Verified


def run(job: Job, world: World) -> Ended:
    """Run a job. Raises what stops it before its first write; what stops it later is in the result."""
    identities = (job.source.adapter.identity, job.target.adapter.identity)
    if identities[0] == identities[1]:
        raise Refused(f"{job.source.name} and {job.target.name} are the same account.", "Name two different ones.")
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
        self._continued = world.journal.bury(self._pair)

    def run(self) -> Ended:
        job, world = self._job, self._world
        for dead in self._continued:
            world.progress.say(f"Going on after run {dead}, which did not come to its end.")
        settled = Executor(job.target, self._pair.right, self._pair, self._policy, world).settle_unanswered()
        if settled:
            world.progress.say(f"Looked up {settled} bookmarks that were on their way when the last run ended.")
        read = self._read()
        plan, counted = self._planned(read)
        receipt = self._receipt(read, plan, counted)
        if job.dry_run:
            return Ended(self._dry(receipt, plan), plan=plan)
        return self._write(read, plan, receipt)

    def _read(self) -> _Read:
        job, world, mapper = self._job, self._world, self._policy.mapper
        pull(job.source, self._pair.left, world)
        listing = pull(job.target, self._pair.right, world)
        url_is_ref = job.target.adapter.capabilities.url_is_ref
        if listing.end.cursor is None and not listing.end.complete and not url_is_ref:
            raise Unavailable(f"{job.target.name} did not list all that it holds.", "Try again later.")
        links = world.store.links(self._pair)
        adopted = Verified(0)
        if listing.end.complete:
            adopted = adopt(links, listing.entries, self._pair, mapper, world)
            links = world.store.links(self._pair)
        everything = world.store.entries(self._pair.left)
        takes = self._policy.selection.takes
        chosen = tuple(entry for entry in everything if takes(mapper.lift_source(entry.bookmark)))
        problems = world.store.notes(self._pair.right).problems
        return _Read(
            source=chosen,
            target=tuple(world.store.entries(self._pair.right)),
            links=tuple(links),
            source_notes=world.store.notes(self._pair.left),
            unreadable=frozenset(urls.key(item.url) for item in problems if item.url is not None),
            filtered=len(everything) - len(chosen),
            adopted=adopted,
        )

    def _planned(self, read: _Read) -> tuple[Plan, Plan]:
        """Return the plan to carry out, and the plan to count by: what a saved plan had done earlier is unchanged."""
        saved = self._job.saved
        if saved is None:
            sides = planner.Sides(read.source, read.target, read.links, read.unreadable)
            plan = planner.plan(sides, self._policy)
            return plan, plan
        done = self._world.journal.done_under(saved.id)
        dump = self._world.store.codec.dump
        steps = tuple(step for step in saved.plan.steps if dump(step) not in done)
        fields = self._job.target.adapter.capabilities.reads
        guards.refuse_moved([step.operation for step in steps], read.target, fields)
        return attrs.evolve(saved.plan, steps=steps), attrs.evolve(
            saved.plan, steps=steps, unchanged=saved.plan.unchanged + len(saved.plan.steps) - len(steps)
        )

    def _receipt(self, read: _Read, plan: Plan, counted: Plan) -> Receipt:
        """Return the receipt of everything that needs no write; the steps are added as they are done."""
        job = self._job
        problems = tuple(Listed(item.url or "", f"{item.where}: {item.why}") for item in read.source_notes.problems)
        written = {step.url for step in plan.steps}
        losses = tuple(loss for loss in read.source_notes.losses if loss.url in written)
        receipt = Receipt(
            kind=job.kind,
            source=job.source.name,
            target=job.target.name,
            read_source=len(read.source) + len(problems),
            read_target=len(read.target),
            read_both=_both(read),
            unchanged=counted.unchanged,
            filtered=read.filtered,
            skipped=(*counted.skipped, *problems),
            failed=counted.failed,
            losses=(*losses, *counted.losses),
            conflicts=counted.conflicts,
            remarks=read.source_notes.remarks,
        )
        if job.saved is None:
            return receipt
        before = job.saved.receipt
        return attrs.evolve(
            receipt,
            read_source=before.read_source,
            read_both=before.read_both,
            filtered=before.filtered,
            skipped=before.skipped,
            losses=tuple(loss for loss in before.losses if loss in counted.losses or loss in losses),
        )

    def _dry(self, receipt: Receipt, plan: Plan) -> Receipt:
        fates = Counter(step.fate for step in plan.steps)
        return attrs.evolve(
            receipt,
            dry_run=True,
            added=fates[Fate.ADDED],
            merged=fates[Fate.MERGED],
            removed=fates[Fate.REMOVED],
            losses=(*receipt.losses, *(loss for step in plan.steps for loss in step.losses)),
            estimate=self._estimate(plan.steps),
            calls=self._calls(),
        )

    def _estimate(self, steps: Sequence[Step]) -> Estimate:
        cost = self._job.target.adapter.capabilities.cost
        calls = 0
        for step in steps:
            added = isinstance(step.operation, Add)
            calls += cost.add if added else cost.update if isinstance(step.operation, Update) else cost.remove
        looks = len(steps) * cost.gap if self._job.verify else 0.0
        reading = min(looks, cost.listing) if cost.listing else looks
        return Estimate(calls, calls * cost.gap + reading)

    def _write(self, read: _Read, plan: Plan, receipt: Receipt) -> Ended:
        job, world = self._job, self._world
        if plan.steps and not world.agree(self._dry(receipt, plan), self._gap):
            raise Stopped("Nothing was written, as you wished.")
        number = world.journal.begin(
            receipt,
            self._pair,
            plan=job.saved.id if job.saved is not None else "",
            pid=world.pid,
            now=world.clock(),
        )
        world.store.save_links(self._pair, plan.agreed)
        steps, moved = self._confirmed(plan.steps)
        if steps and read.target:
            world.keep(world.store.folder / f"before-{number}.jsonl", read.target)
        executor = Executor(job.target, self._pair.right, self._pair, self._policy, world)
        rows = world.journal.write(number, [self._pair.right] * len(steps), steps)
        if rows:
            world.progress.start(f"Writing to {job.target.name}", len(rows))
        tally = executor.carry_out(rows)
        if rows:
            world.progress.stop()
        verified, error = self._verified(tally, read.adopted)
        receipt = self._reconciled(attrs.evolve(receipt, run=number), tally, moved, verified, error)
        ended = Ended(receipt, error, plan)
        world.journal.end(number, receipt, exit_code=ended.exit_code, now=world.clock())
        return ended

    def _confirmed(self, steps: Sequence[Step]) -> tuple[tuple[Step, ...], tuple[Listed, ...]]:
        """Read the source of each public Add once more: a listing may be older than the wish to hide it."""
        source = self._job.source.adapter
        public = [step for step in steps if isinstance(step.operation, Add) and not step.operation.bookmark.private]
        if not public or not source.capabilities.single:
            return tuple(steps), ()
        asked = {
            step.source_ref: Entry(step.source_ref, step.operation.bookmark)
            for step in public
            if isinstance(step.operation, Add)
        }
        answers = {answer.ref: answer for answer in source.look_up(list(asked.values()))}
        hidden = {ref for ref in asked if _hidden(answers.get(ref))}
        moved = tuple(
            Listed(step.url, "changed at the source while the plan was made; the next run looks again")
            for step in public
            if step.source_ref in hidden
        )
        return tuple(step for step in steps if step.source_ref not in hidden), moved

    def _verified(self, tally: Tally, adopted: Verified) -> tuple[Verified | None, BridgeError | None]:
        """Read back what was written, unless the account was given up or the person does not want it."""
        if not self._job.verify:
            return None, tally.ended
        if tally.ended is not None:
            return adopted, tally.ended
        try:
            fresh = verify(tally.written, self._job.target, self._pair, self._policy.mapper, self._world)
        except BridgeError as error:
            return adopted, error
        return Verified(adopted.checked + fresh.checked, adopted.wrong + fresh.wrong), None

    def _reconciled(
        self,
        receipt: Receipt,
        tally: Tally,
        moved: tuple[Listed, ...],
        verified: Verified | None,
        error: BridgeError | None,
    ) -> Receipt:
        fates = tally.fates
        return attrs.evolve(
            receipt,
            added=fates[Fate.ADDED],
            merged=fates[Fate.MERGED],
            removed=fates[Fate.REMOVED],
            unchanged=receipt.unchanged + tally.unchanged,
            skipped=(*receipt.skipped, *tally.skipped),
            failed=(*receipt.failed, *moved, *tally.failed),
            losses=(*receipt.losses, *tally.losses),
            pending=tally.left,
            writes={
                self._job.source.name: Written(),
                self._job.target.name: Written(fates[Fate.ADDED], fates[Fate.MERGED], fates[Fate.REMOVED]),
            },
            verified=verified,
            calls=self._calls(),
            interrupted=error is not None,
        )

    @property
    def _gap(self) -> float:
        return self._job.target.adapter.capabilities.cost.gap

    def _calls(self) -> dict[str, int]:
        return {party.name: party.adapter.calls for party in (self._job.source, self._job.target)}


def _both(read: _Read) -> int:
    there = {urls.key(entry.bookmark.url) for entry in read.target}
    linked = {link.left.ref for link in read.links}
    return sum(entry.ref in linked or urls.key(entry.bookmark.url) in there for entry in read.source)


def _hidden(answer: Entry | Missing | None) -> bool:
    return not isinstance(answer, Entry) or answer.bookmark.private
