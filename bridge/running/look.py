"""Asks an account what it holds now of certain entries."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from bridge.model import url as urls
from bridge.model.adapter import Elsewhere, Missing
from bridge.model.bookmark import Entry
from bridge.model.errors import ProtocolError
from bridge.running.world import Party


def look(
    party: Party, asked: Sequence[Entry], since: float | None = None, *, told: Callable[[], None] = lambda: None
) -> Mapping[str, Entry | None]:
    """Return for the ref of each entry what the account holds now, None where it says that there is nothing.

    What the account now holds under another ref is found by its url, for as many refs as were asked about by that url.
    `since` is when the writes began that are asked about, None where none are. `told` is called at each answer. Raises
    what the adapter raises, and ProtocolError if it leaves out an answer.
    """
    refs = {entry.ref for entry in asked}
    found: dict[str, Entry | None] = {}
    held: dict[str, Entry] = {}
    for answer in party.adapter.look_up(asked, since):
        if isinstance(answer, Missing):
            found.setdefault(answer.ref, None)
        elif isinstance(answer, Elsewhere):
            found[answer.ref] = answer.entry
        else:
            held[urls.key(answer.bookmark.url)] = answer
            if answer.ref in refs:
                found[answer.ref] = answer
        told()
    for entry in asked:
        if entry.ref in found:
            continue
        if (key := urls.key(entry.bookmark.url)) not in held:
            raise ProtocolError(f"{party.name} did not say whether it holds {entry.bookmark.url}.", "Try again later.")
        found[entry.ref] = held[key]
    return found
