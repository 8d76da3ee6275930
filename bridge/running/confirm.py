"""Publishes nothing that its source has hidden since the plan was made."""

from __future__ import annotations

from collections.abc import Sequence

from bridge.mapping.mapper import Mapper
from bridge.model.bookmark import Bookmark, Entry
from bridge.model.capabilities import Capabilities
from bridge.model.operation import Add
from bridge.model.plan import Step
from bridge.model.receipt import Listed
from bridge.running.look import look
from bridge.running.world import Party, Progress, Work

_REASON = "gone from the source, or no longer public there; the next plan looks again"


def publishing(steps: Sequence[Step], target: Capabilities) -> list[Step]:
    """Return the steps that let other people read a bookmark which the target does not have yet.

    One that is given back was public there before: that is not the source's to say.
    """
    return [
        step
        for step in steps
        if target.publishes and isinstance(step.operation, Add) and not step.operation.bookmark.private
        if not step.undoes
    ]


def confirm(
    steps: Sequence[Step],
    listed: Sequence[Entry],
    source: Party,
    target: Capabilities,
    mapper: Mapper,
    *,
    progress: Progress,
) -> tuple[list[Step], list[Listed]]:
    """Return the steps that stand, and the bookmarks of those that must not be published any more.

    `listed` is what the source was just seen to hold: a saved plan may be older. Where one entry can be asked for, even
    that is not believed, since a service may answer with a listing of some time ago. Raises what the adapter raises.
    """
    held: dict[str, Entry | None] = {entry.ref: entry for entry in listed}
    public = publishing(steps, target)
    hidden = {step.source_ref for step in public if _hides(held.get(step.source_ref), mapper)}
    asked = [_sought(step) for step in public if step.source_ref not in hidden]
    if asked and source.adapter.capabilities.single:
        with progress.phase(Work.LOOKING_UP, source.name, len(asked)):
            found = look(source, asked, told=progress.advance)
        hidden |= {ref for ref, entry in found.items() if _hides(entry, mapper)}
    moved = [Listed(step.url, _REASON) for step in steps if step.source_ref in hidden]
    return [step for step in steps if step.source_ref not in hidden], moved


def _sought(step: Step) -> Entry:
    return Entry(step.source_ref, Bookmark(step.link.left.url))


def _hides(entry: Entry | None, mapper: Mapper) -> bool:
    return entry is None or mapper.privacy(mapper.lift_source(entry.bookmark))
