"""What an Add did to an entry that was there, and how that is undone; pure.

Some services refuse to add what they have. Others (Pocket) take the Add for the entry that they have, and have then
made it unread, dated it anew, given it the new title and both sets of tags. What the Add brought about is taken back;
what holds neither the old value nor one of the Add's has been changed by a person since, and stays.
"""

from __future__ import annotations

from collections.abc import Iterator

from bridge.mapping.tags import equal_under
from bridge.model import reasons
from bridge.model.bookmark import Bookmark, Entry, Field, describe, same
from bridge.model.capabilities import Capabilities
from bridge.model.operation import Delta
from bridge.model.receipt import Loss


def touched(sent: Bookmark, was: Entry, now: Entry) -> bool:
    """Tell whether an entry shows that an Add of this bookmark ran into it since it was as it was.

    It shows by its date, or where that says nothing by its title. An entry that had both before may have been made by
    the Add in the first place.
    """
    for field in (Field.ADDED, Field.TITLE):
        said, before, after = sent.get(field), was.bookmark.get(field), now.bookmark.get(field)
        if said and said == after and said != before:
            return True
        if said and said != after:
            return False
    return False


def undone(sent: Bookmark, was: Entry, now: Entry, target: Capabilities) -> Delta:
    """Return what gives an entry back what it was, as far as the target can change it. Its own tags it has kept."""
    comparable = equal_under(target.tags)
    ours = {comparable(tag) for tag in sent.tags} - {comparable(tag) for tag in was.bookmark.tags}
    gone = tuple(tag for tag in now.bookmark.tags if comparable(tag) in ours and Field.TAGS in target.edits)
    values = {field: was.bookmark.get(field) for field in _changed(sent, was, now) if field in target.edits}
    return Delta(values, remove_tags=gone)


def overwritten(sent: Bookmark, was: Entry, now: Entry, target: Capabilities) -> tuple[Loss, ...]:
    """Return the values that the entry cannot be given back."""
    url = was.bookmark.url
    return tuple(
        Loss(url, field.value, describe(was.bookmark.get(field)), describe(now.bookmark.get(field)), reasons.FIXED)
        for field in _changed(sent, was, now)
        if field in target.reads - target.edits
    )


def _changed(sent: Bookmark, was: Entry, now: Entry) -> Iterator[Field]:
    """Yield the fields, but for tags, that hold what the Add brought about in the place of something else."""
    for field in Field:
        before, after = was.bookmark.get(field), now.bookmark.get(field)
        if field is Field.TAGS or same(field, before, after):
            continue
        if field is Field.TITLE and not sent.title:
            continue  # a title that is not said stays
        unsaid_date = field is Field.ADDED and sent.added is None  # then it is today's
        if unsaid_date or same(field, after, sent.get(field)) or (field is Field.UNREAD and after):
            yield field
