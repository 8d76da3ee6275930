"""What every kind of job does to bookmarks on their way, as its options say it."""

from __future__ import annotations

from collections.abc import Mapping

from bridge.mapping.fields import Folding
from bridge.mapping.mapper import Mapper, Privacy
from bridge.mapping.selection import Selection
from bridge.mapping.tags import TagPolicy
from bridge.model.capabilities import Capabilities
from bridge.settings.jobs import Rules


def mapper(rules: Rules, source: Capabilities, target: Capabilities, memory: Mapping[str, str]) -> Mapper:
    """Return the mapper from one account to another; `memory` are the tags of the target that last stood for ours."""
    return Mapper(
        source=source,
        target=target,
        folding=Folding(rules.fold.favorite or None, rules.fold.highlights == "note"),
        tags=tag_policy(rules),
        private=Privacy(rules.private),
        memory=memory,
    )


def tag_policy(rules: Rules) -> TagPolicy:
    """Return what becomes of tags on the way."""
    tags = rules.tags
    return TagPolicy(rename=tags.rename, drop=frozenset(tags.drop), add=tags.add, prefix=tags.prefix)


def selection(rules: Rules) -> Selection:
    """Return which bookmarks take part."""
    select = rules.select
    return Selection(
        tags=frozenset(select.tag),
        unread=select.unread,
        favorite=select.favorite,
        since=select.since,
        until=select.until,
        hosts=frozenset(select.host),
    )
