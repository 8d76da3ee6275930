"""undo: takes back what runs have written, entry by entry, where it still stands as they left it.

The runs of one job are taken back together, in a run of its own, under the rules of that job: their options are in the
journal. Such a run is journaled like any other, so that it can be taken back, too. An account that the runs did not
write to is neither read nor asked for anything.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import groupby
from typing import TypeAlias, TypeVar

import attrs

from bridge.jobs import kinds
from bridge.model.errors import ConfigurationError
from bridge.model.link import Side
from bridge.planning.policy import Existing
from bridge.planning.undo import Undoing, Write
from bridge.running.bystander import Bystander
from bridge.running.job import Job, Past
from bridge.running.world import Party, World
from bridge.settings import jobs
from bridge.state.codec import Codec, CodecError
from bridge.state.journal import Journal, RunRecord

T = TypeVar("T")

KIND = "undo"

OpenParty: TypeAlias = Callable[[str], Party]
"""Opens an account that is to be written, by its name."""


@attrs.frozen
class Origin:
    """The job whose runs are taken back: its kind, its options as text, and the numbers of its accounts."""

    kind: str
    options: str
    accounts: tuple[int, int]


def batches(numbers: Iterable[int], journal: Journal) -> list[list[RunRecord]]:
    """Return runs as they are to be taken back: the latest first, those of one job that follow each other together.

    Raises ConfigurationError for a number that no run has.
    """
    records = [journal.run(number) for number in sorted(set(numbers), reverse=True)]
    return [list(batch) for _, batch in groupby(records, _origin)]


def job(batch: Sequence[RunRecord], open_party: OpenParty, world: World, *, dry_run: bool = False) -> Job:
    """Return what takes runs of one job back as something to run.

    Raises ConfigurationError if the job cannot be made again of what the journal knows, or an account is another than
    the one they have written to.
    """
    origin, runs = _origin(batch[0]), frozenset(record.id for record in batch)
    if origin.kind not in jobs.KINDS or not origin.options:
        raise ConfigurationError(f"Run {batch[0].id} was made by an older version, and cannot be undone.")
    numbers = world.journal.sides(runs)
    source, target = _parties(batch[0], numbers, open_party, world)
    options = _as_written(_loaded(batch[0], origin.options, jobs.KINDS[origin.kind]), numbers)
    again = kinds.make(options, source, target)

    def make_planner(past: Past) -> Undoing:
        ways = again.make_planner(past).ways
        # An entry that has come back unseen is nobody's to write to.
        own = {side: attrs.evolve(way, existing=Existing.SKIP) for side, way in ways.items() if side in numbers}
        others = [record for record in world.journal.runs() if record.accounts == origin.accounts]
        since = [record.id for record in others if record.id > min(runs) and record.id not in runs]
        left = world.store.account(source.adapter.identity)
        writes, later = (
            [
                Write(row.run, Side.LEFT if account == left else Side.RIGHT, row.step)
                for account, row in world.journal.written(of)
            ]
            for of in (runs, since)
        )
        intact = {record.id for record in batch if _was_read_back(record) and record.id > max(since, default=0)}
        return Undoing(own, writes, later, frozenset(intact))

    return Job(
        KIND,
        source,
        target,
        make_planner,
        options=Codec().dump(origin),
        dry_run=dry_run,
        undoes=tuple(sorted(runs)),
    )


def _origin(record: RunRecord) -> Origin:
    """Return the job of a run; that of an undo is the one whose runs it took back."""
    if record.kind == KIND:
        return _loaded(record, record.options, Origin)
    return Origin(record.kind, record.options, record.accounts)


def _loaded(record: RunRecord, options: str, kind: type[T]) -> T:
    try:
        return Codec().load(options, kind)
    except CodecError as error:
        raise ConfigurationError(f"Run {record.id} was made by another version, and cannot be undone.") from error


def _as_written(options: jobs.Job, sides: Collection[Side]) -> jobs.Job:
    """Return a job's options without what is asked of an account that only stands by."""
    if not isinstance(options, jobs.Forward):
        return options
    after = options.after if Side.LEFT in sides else "keep"
    return attrs.evolve(options, tags=jobs.ForwardTags(), after=after)


def _parties(
    record: RunRecord, numbers: Mapping[Side, int], open_party: OpenParty, world: World
) -> tuple[Party, Party]:
    """Open the accounts that were written; the others stand by."""
    names = {Side.LEFT: record.source, Side.RIGHT: record.target}
    rest = [number for number in record.accounts if number not in numbers.values()]
    parties = {}
    for side, name in names.items():
        if side not in numbers:
            parties[side] = Party(name, Bystander(*world.store.known(rest.pop())))
            continue
        parties[side] = open_party(name)
        if world.store.account(parties[side].adapter.identity) != numbers[side]:
            raise ConfigurationError(
                f"{name} is not the account any more that run {record.id} has written to.",
                "Name that one so in the config, or undo where the run was made.",
            )
    return parties[Side.LEFT], parties[Side.RIGHT]


def _was_read_back(record: RunRecord) -> bool:
    receipt = record.receipt
    return receipt is not None and receipt.verified is not None and not receipt.interrupted
