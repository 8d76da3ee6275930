"""How far a listing is believed; pure.

A service may answer with a state that is older than our last writes, or than one that it has shown before. So what a
listing contradicts of our own writes is looked up, and so is what it lacks. A look-up is believed.
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from bridge.model.bookmark import Bookmark, Entry, Field, same
from bridge.model.capabilities import Capabilities
from bridge.model.link import Half, Link, Side, Unlisted
from bridge.planning.sides import View
from bridge.planning.spelling import as_shown


def there(view: View) -> Mapping[str, Entry]:
    """Return what an account holds, by ref: as listed, but for what a look-up has told since."""
    found = {entry.ref: entry for entry in view.entries}
    for ref in view.looked:
        found.pop(ref, None)
    return found | {entry.ref: entry for entry in view.looked.values() if entry is not None}


def sought(half: Half) -> Entry:
    """Return the entry to ask for where a link's entry is absent: by its ref, and by its url."""
    return Entry(half.ref, Bookmark(half.url))


def contradicted(half: Half, shown: Bookmark) -> frozenset[Field]:
    """Return the fields that show what they held before our last write, which no listing has shown yet."""
    before = half.unlisted.here if half.unlisted is not None else {}
    return frozenset(
        field
        for field, value in before.items()
        if same(field, shown.get(field), value) and not same(field, value, half.base.get(field, value))
    )


def reviewed(link: Link, side: Side, shown: Bookmark, *, looked: bool) -> Link:
    """Return a link after its entry was shown, lifted; `looked`: by a look-up, else by a listing.

    What a listing shows of our writes has arrived, in whatever spelling the service gave it. What both show as it was
    before has not: the write is taken back, so that it is made again. But if an earlier look-up has shown the write,
    its reversal is a person's edit.
    """
    half = link.half(side)
    if half.unlisted is None:
        return link
    fields = contradicted(half, shown)
    if looked and not fields:
        link = link if half.unlisted.confirmed else as_shown(link, side, shown)
        confirmed = attrs.evolve(half.unlisted, confirmed=True)
        return link.with_half(side, attrs.evolve(link.half(side), unlisted=confirmed))
    if not half.unlisted.confirmed:
        link = _taken_back(link, side, half.unlisted, fields) if fields else as_shown(link, side, shown)
    return link.with_half(side, attrs.evolve(link.half(side), unlisted=None))


def recreated(half: Half, entry: Entry, can: Capabilities) -> bool:
    """Tell whether an entry is another one than the link's, under the same ref.

    Its date is later, and nobody can edit it: where the ref is made of the url, somebody has removed and saved it anew.
    Where an Add overwrites, it may only have been saved once more, or unarchived: that leaves it its tags and its star.
    """
    before, now = half.base.get(Field.ADDED), entry.bookmark.added
    keeps = can.url_is_ref or can.overwrites
    if not keeps or Field.ADDED in can.edits or Field.ADDED not in can.reads or before is None or now is None:
        return False
    later = bool(now > before)  # type: ignore[operator]
    return later and (can.url_is_ref or _is_bare(half, entry))


def _is_bare(half: Half, entry: Entry) -> bool:
    """Tell whether all is gone from an entry that people had given it."""
    tags: frozenset[object] = frozenset(half.base.get(Field.TAGS, ()))  # type: ignore[call-overload]
    had = bool(tags) or bool(half.base.get(Field.FAVORITE))
    return had and tags.isdisjoint(entry.bookmark.tags) and not entry.bookmark.favorite


def _taken_back(link: Link, side: Side, unlisted: Unlisted, fields: frozenset[Field]) -> Link:
    here, there = link.half(side), link.half(side.other)
    ours = {field: unlisted.here[field] for field in fields}
    theirs = {field: value for field, value in there.base.items() if field not in fields}
    theirs |= {field: value for field, value in unlisted.there.items() if field in fields}
    link = link.with_half(side, attrs.evolve(here, base={**here.base, **ours}))
    link = link.with_half(side.other, attrs.evolve(there, base=theirs))
    return attrs.evolve(link, pairs=link.pairs | unlisted.pairs) if Field.TAGS in fields else link
