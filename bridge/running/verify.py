"""Reads back what was written, and makes what it reads the base of the links."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import attrs

from bridge.mapping.mapper import Mapper
from bridge.model.adapter import Missing
from bridge.model.bookmark import Bookmark, Entry
from bridge.model.link import Link, Side
from bridge.model.operation import Values
from bridge.model.receipt import Verified, Wrong
from bridge.planning.settle import ReadBack, read_back
from bridge.running.world import Party, World
from bridge.state.store import Pair


@attrs.frozen
class Meant:
    """A link whose target entry was written, and the field values that were meant to stand there, lifted."""

    link: Link
    values: Values


def verify(written: Sequence[Meant], target: Party, pair: Pair, mapper: Mapper, world: World) -> Verified:
    """Look at every written entry and return what is not as it was meant, each once.

    A difference is asked for once more before it is believed: replicas of a service may lag.
    """
    if not written:
        return Verified(0)
    world.progress.say(f"Reading back {len(written):,} written bookmarks from {target.name}.")
    found = _look(written, target, mapper)
    doubtful = [meant for meant in written if not _well(found.get(meant.link.right.ref))]
    if doubtful:
        found |= _look(doubtful, target, mapper)
    with world.store.transaction():
        for back, entry in (item for item in found.values() if item is not None):
            world.store.save_entry(pair.right, entry)
            world.store.save_links(pair, [back.link])
    return Verified(len(written), tuple(_wrong(written, found)))


def adopt(links: Iterable[Link], shown: Iterable[Entry], pair: Pair, mapper: Mapper, world: World) -> Verified:
    """Verify by a complete listing what an earlier run wrote and did not come to read back."""
    entries = {entry.ref: entry for entry in shown}
    meant = [Meant(link, link.right.base) for link in links if not link.right.seen and link.right.ref in entries]
    found = {
        item.link.right.ref: (read_back(item.link, entries[item.link.right.ref], item.values, mapper), item)
        for item in meant
    }
    world.store.save_links(pair, [back.link for back, _ in found.values()])
    wrong = [Wrong(item.link.right.url, field.value) for back, item in found.values() for field in back.wrong]
    return Verified(len(meant), tuple(wrong))


def _look(written: Sequence[Meant], target: Party, mapper: Mapper) -> dict[str, tuple[ReadBack, Entry] | None]:
    by_ref = {meant.link.right.ref: meant for meant in written}
    asked = [Entry(ref, Bookmark(meant.link.right.url)) for ref, meant in by_ref.items()]
    found: dict[str, tuple[ReadBack, Entry] | None] = {}
    for answer in target.adapter.look_up(asked):
        meant = by_ref.get(answer.ref)
        if meant is None:
            continue
        if isinstance(answer, Missing):
            found[answer.ref] = None
        else:
            found[answer.ref] = (read_back(meant.link, answer, meant.values, mapper), answer)
    return found


def _well(result: tuple[ReadBack, Entry] | None) -> bool:
    return result is not None and not result[0].wrong


def _wrong(written: Iterable[Meant], found: dict[str, tuple[ReadBack, Entry] | None]) -> Iterable[Wrong]:
    for meant in written:
        result = found.get(meant.link.right.ref)
        url = meant.link.half(Side.RIGHT).url
        if result is None:
            yield Wrong(url, "url")
        else:
            yield from (Wrong(url, field.value) for field in result[0].wrong)
