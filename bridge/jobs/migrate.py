"""migrate: once, from one place to another, with a receipt that balances.

Nothing is ever removed. A bookmark that the target has already is merged, left, or overwritten, as the person chose; a
second run finds the links of the first and carries only what the source has changed since.
"""

from __future__ import annotations

from bridge.jobs import rules
from bridge.model.link import Side
from bridge.planning.planner import Migration
from bridge.planning.policy import Existing, Policy
from bridge.running.job import Job, Past
from bridge.running.saved import SavedPlan
from bridge.running.world import Party
from bridge.settings.jobs import Migrate
from bridge.state.codec import Codec

KIND = "migrate"


def job(
    options: Migrate,
    source: Party,
    target: Party,
    *,
    dry_run: bool = False,
    verify: bool = True,
    saved: SavedPlan | None = None,
) -> Job:
    """Return the migration of these options as something to run."""

    def make_planner(past: Past) -> Migration:
        can = source.adapter.capabilities, target.adapter.capabilities
        policy = Policy(
            mapper=rules.mapper(options, *can, past.memories[Side.RIGHT]),
            source_name=source.name,
            target_name=target.name,
            existing=Existing(options.existing),
            selection=rules.selection(options),
        )
        return Migration(policy)

    return Job(
        KIND,
        source,
        target,
        make_planner,
        options=Codec().dump(options),
        dry_run=dry_run,
        verify=verify,
        saved=saved,
    )
