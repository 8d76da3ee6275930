"""The operations of a run for a person to read: which bookmark, what changes from what to what, and how it ended.

Values stand as they are, not yet made `visible`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

import attrs

from bridge.model.bookmark import Bookmark, Field, describe
from bridge.model.link import Side
from bridge.model.operation import Add, Remove, Update
from bridge.model.plan import Entered, Plan, Step
from bridge.model.receipt import Receipt

ADD, MERGE, CHANGE, REMOVE = "add", "merge", "change", "remove"
KINDS = (ADD, MERGE, CHANGE, REMOVE)
"""What an operation is to its bookmark; a change is none of its fates (a star that comes off once an item is saved)."""

UPDATES = frozenset({MERGE, CHANGE})

_APART = frozenset({Field.TITLE, Field.TAGS})
"""Fields of a new entry that are shown by themselves."""

_STATES = {
    "planned": "to be done",
    "sent": "sent, and never answered",
    "dropped": "not needed",
    "agreed": "it was there already",
}


@attrs.frozen
class Change:
    """A field whose value becomes another; `old` is "" for that of an entry which was not there."""

    field: str
    old: str
    new: str


@attrs.frozen
class Deed:
    """One operation. `account` is written to, `tags` are those that come and those that go.

    `note` is what there is to say besides: why it is done, where that is not for the bookmark's own sake, and what the
    service said.
    """

    number: int
    kind: str
    account: str
    url: str
    title: str
    changes: tuple[Change, ...] = ()
    tags: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    state: str = "done"
    note: str = ""

    @property
    def lines(self) -> list[str]:
        """What changes, a field a line: "title: old -> new", "tags: +new -old"."""
        told = [
            f"{change.field}: {change.old or '(empty)'} -> {change.new or '(empty)'}"
            if self.kind in UPDATES
            else f"{change.field}: {change.new}"
            for change in self.changes
        ]
        return [*told, *([f"tags: {' '.join(self.marked)}"] if self.marked else [])]

    @property
    def marked(self) -> list[str]:
        """The tags that come and go: "+new", "-old"; +"with blanks"."""
        come, go = self.tags
        return [*(f"+{_one(tag)}" for tag in come), *(f"-{_one(tag)}" for tag in go)]


def planned(plan: Plan) -> list[Entered]:
    """Return the steps of a plan as they would be entered."""
    return [Entered(number, "planned", step) for number, step in enumerate(plan.steps)]


def deeds(entered: Iterable[Entered], receipt: Receipt) -> list[Deed]:
    """Return the operations of a run, in the order in which they were entered."""
    return [_deed(item, receipt) for item in entered]


def as_json(entered: Entered, deed: Deed) -> dict[str, object]:
    """Return an operation as the command line's contract spells it."""
    _, bookmark, changes, (come, go) = _content(entered.step, describe)
    return {
        "operation": type(entered.step.operation).__name__.lower(),
        "side": "source" if entered.step.side is Side.LEFT else "target",
        "state": entered.state,
        "url": deed.url,
        "title": bookmark.title,
        "changes": _sentences(attrs.evolve(deed, changes=changes)),
        "fields": [attrs.asdict(change) for change in changes],
        "tags": {"added": list(come), "removed": list(go)},
        "outcome": entered.outcome,
    }


def _sentences(deed: Deed) -> list[str]:
    """Say what an operation makes of each field; of a new or a former entry nothing is said but that it is."""
    if deed.kind not in UPDATES:
        return []
    values = [f'{change.field} "{change.old}" becomes "{change.new}"' for change in deed.changes]
    return [*values, f"tags {', '.join(deed.marked)}"] if deed.marked else values


def _deed(item: Entered, receipt: Receipt) -> Deed:
    step = item.step
    kind, bookmark, changes, tags = _content(step, _said)
    if item.replaced and item.state == "done":
        state = "it met an entry that was there: see the change in its place"
    else:
        state = _STATES.get(item.state, item.state)
    return Deed(
        number=item.seq + 1,
        kind=kind,
        account=receipt.source if step.side is Side.LEFT else receipt.target,
        url=step.url,
        title=bookmark.title,
        changes=changes,
        tags=tags,
        state=state,
        note=": ".join(filter(None, [_why(step), item.outcome])),
    )


def _content(
    step: Step, say: Callable[[object], str]
) -> tuple[str, Bookmark, tuple[Change, ...], tuple[tuple[str, ...], tuple[str, ...]]]:
    """Return an operation's kind, its bookmark as it was, and what it makes of its fields and of its tags."""
    match step.operation:
        case Add(bookmark):
            return ADD, bookmark, tuple(_set(bookmark, say)), (bookmark.tags, ())
        case Update(entry, delta):
            before = entry.bookmark
            changes = (Change(field.value, say(before.get(field)), say(to)) for field, to in delta.values.items())
            return MERGE if step.counts else CHANGE, before, tuple(changes), (delta.add_tags, delta.remove_tags)
        case Remove(entry):
            return REMOVE, entry.bookmark, (), ((), ())


def _set(bookmark: Bookmark, say: Callable[[object], str]) -> Sequence[Change]:
    """Return what a new entry says besides its title and its tags, but for what goes without saying."""
    plain = Bookmark(bookmark.url)
    return [
        Change(field.value, "", say(bookmark.get(field)))
        for field in Field
        if field not in _APART and bookmark.get(field) != plain.get(field)
    ]


def _one(tag: str) -> str:
    """Return a tag so that it is seen where it ends."""
    return f'"{tag}"' if " " in tag else tag


def _said(value: object) -> str:
    """Return a value as text; a date, which is in UTC, without saying so each time."""
    return f"{value:%Y-%m-%d %H:%M:%S}" if isinstance(value, datetime) else describe(value)


def _why(step: Step) -> str:
    if step.restores:
        return "gives back what an add has overwritten"
    if step.completes:
        return "brings what the add still lacked"
    return "once it was saved" if step.aside else ""
