"""mirror: keeps two accounts in step, one way or both ways, again and again.

What one side changed since the two last agreed is carried to the other, field by field. Nothing is removed unless the
job says so, and then only what is proven to be gone; never on the first run, nor on the first one under other rules.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import attrs

from bridge.jobs import rules
from bridge.model.link import Side
from bridge.model.url import KEY_RULE
from bridge.planning.mirror import Mirroring
from bridge.planning.policy import MirrorPolicy, Policy, Prefer
from bridge.running.job import Job, Past
from bridge.running.world import Party
from bridge.settings.jobs import Mirror
from bridge.state.codec import Codec

KIND = "mirror"

_WRITTEN = {
    "both": (Side.RIGHT, Side.LEFT),
    "left-to-right": (Side.RIGHT,),
    "right-to-left": (Side.LEFT,),
}
"""The sides that each direction of a job writes."""


def job(
    options: Mirror,
    left: Party,
    right: Party,
    *,
    dry_run: bool = False,
    full: bool = False,
    verify: bool = True,
    approved: str = "",
    command: str = "",
) -> Job:
    """Return the mirror of these options as something to run.

    `full`: list everything, however fresh the last whole listing is. `approved` names a refusal that the person has
    approved of, `command` is what they would type to do so.
    """

    def make_planner(past: Past) -> Mirroring:
        ways = {side: _way(options, side, (left, right), past.memories[side]) for side in _WRITTEN[options.direction]}
        removes = options.deletes == "propagate" and past.again
        return Mirroring(MirrorPolicy(ways, Prefer(options.conflict), removes))

    return Job(
        KIND,
        left,
        right,
        make_planner,
        options=Codec().dump(options),
        dry_run=dry_run,
        verify=verify,
        rules=_rules(options, left, right),
        full=0.0 if full else options.full,
        approved=approved,
        command=command,
        repeats=True,
    )


def _way(options: Mirror, side: Side, parties: tuple[Party, Party], memory: Mapping[str, str]) -> Policy:
    """Return the policy of the direction that writes a side: what the job does to tags, it undoes on the way left."""
    source, target = parties if side is Side.RIGHT else parties[::-1]
    mapper = rules.mapper(options, source.adapter.capabilities, target.adapter.capabilities, memory)
    if side is Side.LEFT:
        mapper = attrs.evolve(mapper, tags=mapper.tags.backwards(mapper.source.tags))
    selection = rules.selection(options)
    return Policy(mapper, source.name, target.name, selection=selection, mirrors=True)


def _rules(options: Mirror, left: Party, right: Party) -> str:
    """Name what a removal depends on: the accounts, which bookmarks take part, and how they are recognised."""
    parts = (
        (left.adapter.identity, right.adapter.identity),
        (options.direction, options.deletes, options.select),
        KEY_RULE,
    )
    return hashlib.sha256(Codec().dump(parts).encode()).hexdigest()[:12]
