"""migrate: once, from one place to another, with a receipt that balances.

Nothing is ever removed. A bookmark that the target has already is merged, left, or overwritten, as the person chose; a
second run finds the links of the first and carries only what the source has changed since.
"""

from __future__ import annotations

from collections.abc import Mapping

from bridge.mapping.fields import Folding
from bridge.mapping.mapper import Mapper, Privacy
from bridge.mapping.selection import Selection
from bridge.mapping.tags import TagPolicy
from bridge.planning.policy import Existing, Policy
from bridge.running.run import Job
from bridge.running.saved import SavedPlan
from bridge.running.world import Party
from bridge.settings.jobs import Migrate

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

    def make_policy(memory: Mapping[str, str]) -> Policy:
        return Policy(
            mapper=_mapper(options, source, target, memory),
            source_name=source.name,
            target_name=target.name,
            existing=Existing(options.existing),
            selection=_selection(options),
        )

    return Job(KIND, source, target, make_policy, dry_run=dry_run, verify=verify, saved=saved)


def _mapper(options: Migrate, source: Party, target: Party, memory: Mapping[str, str]) -> Mapper:
    favorite = options.fold.favorite
    return Mapper(
        source=source.adapter.capabilities,
        target=target.adapter.capabilities,
        folding=Folding(favorite or None, options.fold.highlights == "note"),
        tags=TagPolicy(
            rename=options.tags.rename,
            drop=frozenset(options.tags.drop),
            add=options.tags.add,
            prefix=options.tags.prefix,
        ),
        private=Privacy(options.private),
        memory=memory,
    )


def _selection(options: Migrate) -> Selection:
    select = options.select
    return Selection(
        tags=frozenset(select.tag),
        unread=select.unread,
        favorite=select.favorite,
        since=select.since,
        until=select.until,
        hosts=frozenset(select.host),
    )
