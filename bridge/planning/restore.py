"""What an Add did to an entry that was there, and how that is undone; pure.

Some services refuse to add what they have. Others (Pocket) answer with the entry that they have, and have made it
unread, dated it anew, given it the new title and both sets of tags. Which of the two it was, only the replica can tell.
"""

from __future__ import annotations

from bridge.mapping.mapper import describe
from bridge.mapping.tags import equal_under
from bridge.model.bookmark import Entry, Field, same
from bridge.model.capabilities import Capabilities
from bridge.model.operation import Delta
from bridge.model.receipt import Loss


def undone(was: Entry, now: Entry, target: Capabilities) -> Delta:
    """Return what gives an entry back what it was, as far as the target can change it."""
    comparable = equal_under(target.tags)
    before, after = ({comparable(tag) for tag in entry.bookmark.tags} for entry in (was, now))
    tags = Field.TAGS in target.edits
    return Delta(
        values={field: was.bookmark.get(field) for field in _changed(was, now) if field in target.edits},
        add_tags=tuple(tag for tag in was.bookmark.tags if tags and comparable(tag) not in after),
        remove_tags=tuple(tag for tag in now.bookmark.tags if tags and comparable(tag) not in before),
    )


def overwritten(was: Entry, now: Entry, target: Capabilities) -> tuple[Loss, ...]:
    """Return the values that the entry cannot be given back."""
    # A title that the Add did not say stays; a date that it did not say has become today's.
    lost = [
        field
        for field in _changed(was, now)
        if field in target.reads - target.edits and (field is Field.ADDED or now.bookmark.get(field))
    ]
    url = was.bookmark.url
    return tuple(
        Loss(url, field.value, describe(was.bookmark.get(field)), describe(now.bookmark.get(field))) for field in lost
    )


def _changed(was: Entry, now: Entry) -> list[Field]:
    return [
        field
        for field in Field
        if field is not Field.TAGS and not same(field, was.bookmark.get(field), now.bookmark.get(field))
    ]
