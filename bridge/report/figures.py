"""What a run moved, in numbers: by the year in which bookmarks were added, by state, and which tags changed; pure.

A bookmark is counted as in the receipt: a step that is not its fate (a star that comes off once its item is saved) is
not counted, one that is written on both sides is merged once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

import attrs

from bridge.model.bookmark import Bookmark, Field
from bridge.model.operation import Add, Remove, Update
from bridge.model.plan import Entered, Fate, Step
from bridge.model.receipt import Receipt

NO_DATE = "no date"

_STATES: Sequence[tuple[str, Field, bool]] = (
    ("unread", Field.UNREAD, True),
    ("archived", Field.UNREAD, False),
    ("favorite", Field.FAVORITE, True),
    ("private", Field.PRIVATE, True),
    ("public", Field.PRIVATE, False),
)


@attrs.frozen
class Count:
    """How many bookmarks of a kind were added, merged and removed."""

    name: str
    added: int = 0
    merged: int = 0
    removed: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.added + self.merged + self.removed


@attrs.frozen
class TagChange:
    """A tag, what became of it ("added", "removed", "left behind", "spelt slow-food"), and on how many bookmarks."""

    tag: str
    what: str
    bookmarks: int


@attrs.frozen
class Figures:
    """The numbers. `years` are in order, what has no date last; each bookmark is in one year, and in several states."""

    total: Count
    years: tuple[Count, ...]
    states: tuple[Count, ...]
    tags: tuple[TagChange, ...]


@attrs.frozen
class _Moved:
    """A bookmark and what became of it. `step` is (one of) those that wrote it."""

    fate: Fate
    step: Step

    def get(self, field: Field) -> object:
        """Return a value as it was meant to stand at the account that was written, what is folded there read out."""
        base = self.step.link.right.base
        return base[field] if field in base else _bookmark(self.step).get(field)


def figures(entered: Iterable[Entered], receipt: Receipt) -> Figures:
    """Return the numbers of a run's steps; those of a dry run count as if they were done."""
    done = [item.step for item in entered if item.done or (receipt.dry_run and item.state == "planned")]
    moved = list(_moved(done))
    years = _counted(moved, lambda item: [_year(item)])
    states = _counted(moved, _states)
    return Figures(
        total=_counted(moved, lambda _: [""]).get("", Count("")),
        years=tuple(years[name] for name in sorted(years, key=lambda name: (name == NO_DATE, name))),
        states=tuple(states[name] for name, _, _ in _STATES if name in states),
        tags=_tag_changes(done, receipt),
    )


def states_of_added(figures: Figures) -> str:
    """Return how the bookmarks that are added stand: "12 unread, 9 archived, 21 private, 1 without a date"."""
    named = [*((state.name, state.added) for state in figures.states)]
    named += [("without a date", year.added) for year in figures.years if year.name == NO_DATE]
    return ", ".join(f"{number:,} {name}" for name, number in named if number)


def _moved(done: Iterable[Step]) -> Iterator[_Moved]:
    """Yield the bookmarks that steps have moved, those that are written on both sides once both are done."""
    halves: dict[tuple[str, str], Step] = {}
    for step in done:
        if not step.counts:
            continue
        if step.shared is None:
            yield _Moved(step.fate, step)
        elif step.shared in halves:
            yield _Moved(Fate.MERGED, halves[step.shared])
        else:
            halves[step.shared] = step


def _bookmark(step: Step) -> Bookmark:
    """Return the bookmark as the step leaves it, or finds it in order to remove it."""
    match step.operation:
        case Add(bookmark):
            return bookmark
        case Update(entry, delta):
            return delta.apply(entry.bookmark)
        case Remove(entry):
            return entry.bookmark


def _counted(moved: Iterable[_Moved], names: Callable[[_Moved], Iterable[str]]) -> dict[str, Count]:
    found = Counter((name, item.fate) for item in moved for name in names(item))
    return {
        name: Count(name, found[name, Fate.ADDED], found[name, Fate.MERGED], found[name, Fate.REMOVED])
        for name in dict.fromkeys(name for name, _ in found)
    }


def _year(item: _Moved) -> str:
    added = item.get(Field.ADDED)
    return f"{added.year:04}" if isinstance(added, datetime) else NO_DATE


def _states(item: _Moved) -> list[str]:
    return [name for name, field, value in _STATES if item.get(field) is value]


def _tag_changes(done: Iterable[Step], receipt: Receipt) -> tuple[TagChange, ...]:
    """Return what became of tags, the most frequent first."""
    found: Counter[tuple[str, str]] = Counter()
    for step in done:
        come, go = _tags(step)
        spelt = {right: left for left, right in step.link.pairs if left != right and right in come}
        found.update((spelt[tag], f"spelt {tag}") if tag in spelt else (tag, "added") for tag in come)
        found.update((tag, "removed") for tag in go)
    found.update((loss.wanted, "left behind") for loss in receipt.losses if _drops_a_tag(loss.field, loss.kept))
    made = (TagChange(tag, what, number) for (tag, what), number in found.items())
    return tuple(sorted(made, key=lambda change: (-change.bookmarks, change.tag, change.what)))


def _drops_a_tag(field: str, kept: str) -> bool:
    return field == Field.TAGS.value and not kept


def _tags(step: Step) -> tuple[Sequence[str], Sequence[str]]:
    """Return the tags that a step brings to a bookmark, and those that it takes from it."""
    match step.operation:
        case Add(bookmark):
            return bookmark.tags, ()
        case Update(_, delta):
            return delta.add_tags, delta.remove_tags
        case Remove():
            return (), ()
