"""Reads back what was written, and makes what it reads the base of the links."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import attrs

from bridge.mapping.mapper import Mapper
from bridge.model.bookmark import Bookmark, Entry
from bridge.model.link import Link
from bridge.model.operation import Values
from bridge.model.receipt import Verified, Wrong
from bridge.planning.settle import ReadBack, read_back
from bridge.running.look import look
from bridge.running.world import Party, Work, World
from bridge.state.store import Pair


@attrs.frozen
class Meant:
    """A link whose target entry was written, and the field values that were meant to stand there, lifted."""

    link: Link
    values: Values


@attrs.frozen
class _Shown:
    """What the target shows of a written entry, None if it shows nothing."""

    meant: Meant
    entry: Entry | None
    back: ReadBack | None

    @property
    def wrong(self) -> tuple[Wrong, ...]:
        """The fields that are not as they were meant; the url, if the entry is not there at all."""
        fields = ("url",) if self.back is None else tuple(field.value for field in self.back.wrong)
        return tuple(Wrong(self.meant.link.right.url, field) for field in fields)


def verify(
    written: Sequence[Meant], target: Party, pair: Pair, mapper: Mapper, world: World, *, since: float
) -> Verified:
    """Look at every entry written `since` then, and return what is not as it was meant, each once.

    A difference is asked for once more before it is believed: replicas of a service may lag.
    """
    if not written:
        return Verified(0)
    written = [
        attrs.evolve(meant, link=world.store.linked(pair, meant.link.right.ref) or meant.link) for meant in written
    ]
    shown = _look(written, since, target, mapper, world)
    doubtful = [ref for ref, item in shown.items() if item.wrong]
    if doubtful:
        shown |= _look([shown[ref].meant for ref in doubtful], since, target, mapper, world)
    with world.store.transaction():
        for item in shown.values():
            if item.entry is not None and item.back is not None:
                world.store.save_entry(pair.right, item.entry)
                world.store.save_links(pair, [item.back.link])
    return Verified(len(shown), tuple(wrong for item in shown.values() for wrong in item.wrong))


def adopt(links: Iterable[Link], shown: Iterable[Entry], mapper: Mapper) -> tuple[tuple[Link, ...], Verified]:
    """Verify by a listing what was written and never read back; return those links as it shows them."""
    entries = {entry.ref: entry for entry in shown}
    unseen = [link for link in links if not link.right.seen and link.right.ref in entries]
    backs = [(link, read_back(link, entries[link.right.ref], link.right.base, mapper)) for link in unseen]
    wrong = tuple(Wrong(link.right.url, field.value) for link, back in backs for field in back.wrong)
    return tuple(back.link for _, back in backs), Verified(len(backs), wrong)


def _look(written: Sequence[Meant], since: float, target: Party, mapper: Mapper, world: World) -> dict[str, _Shown]:
    """Return what the target shows, by the ref under which it was written."""
    by_ref = {meant.link.right.ref: meant for meant in written}
    asked = [Entry(ref, Bookmark(meant.link.right.url)) for ref, meant in by_ref.items()]
    with world.progress.phase(Work.READING_BACK, target.name, len(asked)):
        found = look(target, asked, since, told=world.progress.advance)
    return {ref: _shown(meant, found[ref], mapper) for ref, meant in by_ref.items()}


def _shown(meant: Meant, entry: Entry | None, mapper: Mapper) -> _Shown:
    back = None if entry is None else read_back(meant.link, entry, meant.values, mapper)
    return _Shown(meant, entry, back)
