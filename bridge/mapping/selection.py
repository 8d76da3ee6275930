"""Which bookmarks a job takes."""

from __future__ import annotations

from datetime import datetime

import attrs

from bridge.model import url as urls
from bridge.model.bookmark import Bookmark


@attrs.frozen
class Selection:
    """Conditions that must all hold; None and empty mean no condition.

    `tags`: any of them. `since` (included) and `until` (excluded) compare `added`; a bookmark without a date is outside
    of both. `hosts`: the host or one above it.
    """

    tags: frozenset[str] = frozenset()
    unread: bool | None = None
    favorite: bool | None = None
    since: datetime | None = None
    until: datetime | None = None
    hosts: frozenset[str] = frozenset()

    def takes(self, bookmark: Bookmark) -> bool:
        """Tell whether a lifted bookmark is selected."""
        return (
            (not self.tags or not self.tags.isdisjoint(bookmark.tags))
            and self.unread in {None, bookmark.unread}
            and self.favorite in {None, bookmark.favorite}
            and (self.since is None or (bookmark.added is not None and bookmark.added >= self.since))
            and (self.until is None or (bookmark.added is not None and bookmark.added < self.until))
            and (not self.hosts or self._on_host(urls.host(bookmark.url)))
        )

    def _on_host(self, host: str) -> bool:
        return any(host == wanted or host.endswith(f".{wanted}") for wanted in self.hosts)


EVERYTHING = Selection()
