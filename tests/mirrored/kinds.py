"""Kinds of accounts that a mirror has to live with, each as a small service in memory."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from bridge.model.bookmark import ALL_FIELDS, Bookmark, Field
from bridge.model.capabilities import Absence, Capabilities, Limits, TagRules

TITLE = 8
"""Where the short ones cut a title."""


@attrs.frozen
class Kind:
    """What an account can do, and what it does unasked.

    `upserts`: an Add changes an entry that is there. `rewrites`: it stores another url than it is given. `tidies`: it
    trims titles and lower-cases tags without saying so. `dated`: it says when an entry changed. `increments`: a pull
    after the first brings only what changed.
    """

    name: str
    can: Capabilities
    upserts: bool = False
    rewrites: bool = False
    tidies: bool = False
    dated: bool = False
    increments: bool = False

    def warp(self, bookmark: Bookmark) -> Bookmark:
        """Return what the service makes of what it is given."""
        if self.tidies:
            tags = tuple(tag.lower() for tag in bookmark.tags)
            bookmark = attrs.evolve(bookmark, title=bookmark.title.strip(), tags=tags)
        if self.rewrites and bookmark.url.endswith("/r"):
            bookmark = attrs.evolve(bookmark, url=f"{bookmark.url}?x")
        return bookmark


_FULL = Capabilities(absence=Absence.REMOVED, single=True)
_PLAIN = ALL_FIELDS - {Field.FAVORITE, Field.HIGHLIGHTS}
_SAVED = frozenset({Field.TITLE, Field.TAGS, Field.ADDED, Field.UNREAD, Field.FAVORITE})

KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("full", _FULL, dated=True),
        Kind("increments", _FULL, dated=True, increments=True),
        Kind(
            "pins",
            attrs.evolve(
                _FULL,
                reads=_PLAIN,
                sets=_PLAIN,
                edits=_PLAIN - {Field.ADDED},
                url_is_ref=True,
                publishes=True,
                tags=TagRules(blanks=False, commas=False, cased=False, private_prefix="."),
                limits=Limits(title=TITLE, title_required=True, whole_seconds=True),
            ),
        ),
        Kind(
            "pocket",
            attrs.evolve(
                _FULL,
                reads=_SAVED,
                sets=_SAVED,
                edits=frozenset({Field.TAGS, Field.UNREAD, Field.FAVORITE}),
                overwrites=True,
                batch=3,
                tags=TagRules(longest=6, commas=False, lower=True),
            ),
            upserts=True,
            dated=True,
        ),
        Kind(
            "news",
            attrs.evolve(
                _FULL,
                reads=_SAVED,
                sets=frozenset(),
                edits=frozenset({Field.UNREAD, Field.FAVORITE}),
                adds=False,
                removes=False,
                absence=Absence.NOTHING,
                batch=None,
            ),
            dated=True,
            increments=True,
        ),
        Kind("file", attrs.evolve(_FULL, absence=Absence.NOTHING, single=False, batch=None)),
        Kind("quirky", _FULL, rewrites=True, tidies=True, dated=True),
        Kind(
            "poor",
            attrs.evolve(
                _FULL,
                reads=ALL_FIELDS - {Field.NOTE, Field.PRIVATE},
                sets=ALL_FIELDS - {Field.NOTE, Field.PRIVATE},
                edits=ALL_FIELDS - {Field.NOTE, Field.PRIVATE, Field.ADDED},
                single=False,
                limits=Limits(title=TITLE),
                tags=TagRules(longest=6, blanks=False, most=4),
            ),
        ),
        Kind("blind", attrs.evolve(_FULL, reads=ALL_FIELDS - {Field.UNREAD, Field.TITLE}, publishes=True), dated=True),
    )
}
"""The kinds by their names."""
