"""forward: sends what is starred in one account to another, each once for ever.

The star is the trigger and is not carried, and neither are the date and whether it was read: what is forwarded is new
in the list where it arrives. What the person does to it there is theirs.
"""

from __future__ import annotations

import json

import attrs

from bridge.jobs import rules
from bridge.mapping.mapper import Mapper
from bridge.model.bookmark import Field
from bridge.model.errors import ConfigurationError
from bridge.model.link import Side
from bridge.planning.forward import Forwarding
from bridge.planning.policy import After, Policy
from bridge.running.job import Job, Past
from bridge.running.world import Party
from bridge.settings.jobs import ONE_DAY, Forward
from bridge.state.codec import Codec

KIND = "forward"

_LEFT_BEHIND = frozenset({Field.FAVORITE, Field.UNREAD, Field.ADDED})
"""What says something of the entry at the source, and nothing of the bookmark that is made of it."""


def job(options: Forward, source: Party, target: Party, *, dry_run: bool = False) -> Job:
    """Return the forwarding of these options as something to run.

    Raises ConfigurationError where the source lacks what the options ask for.
    """
    after = After(options.after)
    _check_source(source, after)
    bare = _leaves_names(options, source)

    def make_planner(past: Past) -> Forwarding:
        mapper = _mapper(options, source, target, past)
        policy = Policy(
            mapper=attrs.evolve(mapper, tags=attrs.evolve(mapper.tags, bare=bare)),
            source_name=source.name,
            target_name=target.name,
            selection=rules.selection(options),
        )
        back = None if after is After.KEEP else _back(options, source, target, past)
        return Forwarding(policy, after, back, foretells=dry_run)

    return Job(
        KIND,
        source,
        target,
        make_planner,
        options=Codec().dump(options),
        dry_run=dry_run,
        full=ONE_DAY,
        repeats=True,
    )


def _mapper(options: Forward, source: Party, target: Party, past: Past) -> Mapper:
    """Return the way to the target. Nothing stands for a star there: not a tag, either."""
    can = source.adapter.capabilities.without(_LEFT_BEHIND), target.adapter.capabilities
    return rules.mapper(_unfolded(options), *can, past.memories[Side.RIGHT])


def _back(options: Forward, source: Party, target: Party, past: Past) -> Policy:
    """Return the way by which the source is written."""
    can = target.adapter.capabilities, source.adapter.capabilities
    return Policy(rules.mapper(_unfolded(options), *can, past.memories[Side.LEFT]), target.name, source.name)


def _unfolded(options: Forward) -> Forward:
    return attrs.evolve(options, fold=attrs.evolve(options.fold, favorite=False))


def _check_source(source: Party, after: After) -> None:
    """Raise ConfigurationError where nothing is starred, or what is to follow cannot be done."""
    can, flag = source.adapter.capabilities, after.flag
    if Field.FAVORITE not in can.reads:
        raise ConfigurationError(
            f"{source.name} has no stars, and only what is starred is forwarded.", "Name a source that has them."
        )
    if flag is not None and (flag not in can.edits & can.reads or not can.updates):
        raise ConfigurationError(
            f"{source.name} does not let anybody change {flag.value}, as --after {after.value} would.",
            "Choose another --after, or keep.",
        )


def _leaves_names(options: Forward, source: Party) -> bool:
    """Tell whether no name becomes a tag; raise ConfigurationError where the account makes other tags than are wanted.

    An entry's tags do not say which of them is a feed's name: all are carried, or none.
    """
    account, names = source.name, source.names
    said = {"feed": options.tags.feed, "folder": options.tags.folder}
    wanted = [name for name, wants in said.items() if wants or (wants is None and name in names)]
    wrong = [name for name, wants in said.items() if wants is not None and wants != (name in names)]
    if not wrong or not wanted:
        return not wanted and bool(names)
    [name, *_] = wrong
    makes = "makes tags" if name in names else "makes no tags"
    raise ConfigurationError(
        f"The job says {name} = {json.dumps(said[name])}, but {account} {makes} of the names of its {name}s.",
        f"Write tags = {json.dumps(wanted)} for the account {account}, or leave {name} out of the job.",
    )
