"""Makes the plan: pure, deterministic, linear in its input.

Each bookmark of the source meets one row of this table (T: the target's entry for it):

    link   T                                         then
    ------ ----------------------------------------- ------------------------------------------------------------
    any    a record that could not be read           skipped
    none   none                                      Add; skipped where the target takes no new bookmarks
    none   an entry with the same url key            first contact (merge.py): Update, or agreed without a write
    none   an entry linked to another bookmark       skipped
    yes    its entry                                 three-way merge (merge.py): Update, or nothing; first contact
                                                     where nothing was ever carried in this direction
    yes    none, a url key of the link elsewhere     first contact with that entry: the link moves there
    yes    none, and never seen since our Add        the Add was lost: Add again
    yes    none                                      skipped: it was removed there, and stays removed
    none   none, but it keeps S as another bookmark  skipped: sent again, it would overwrite that one (a twin)

A link has two url keys, the source's and that of its entry at the target, which may have rewritten the url. Bookmarks
of the source with the same url key are united first: one carries all their tags and the earliest date, the others are
skipped under its name. Entries that the target has already are left alone where the job skips them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

import attrs

from bridge.model import reasons
from bridge.model import url as urls
from bridge.model.bookmark import Bookmark, Entry, Field, unique
from bridge.model.link import Link, Side
from bridge.model.operation import Add
from bridge.model.plan import Plan, Step
from bridge.model.receipt import Listed, Loss
from bridge.planning import merge
from bridge.planning.draft import Drafter, Result
from bridge.planning.guards import Guarded, emptied
from bridge.planning.policy import Existing, Policy
from bridge.planning.sides import Sides

TWIN = "the target keeps it as another bookmark"
GONE_THERE = "no longer at the target, to which an earlier run brought it; `forget` the two to send it again"
WAS_TWIN = "the target kept it as a bookmark that is no longer there; `forget` the two to send it again"
ALREADY_THERE = "already at the target"
NO_DATE = datetime.max.replace(tzinfo=UTC)


@attrs.frozen
class Migration:
    """The planner of a migration: it writes to the right, and removes nothing."""

    policy: Policy

    @property
    def ways(self) -> Mapping[Side, Policy]:
        """The policy of the one direction."""
        return {Side.RIGHT: self.policy}

    def guarded(self, sides: Sides) -> Guarded | None:
        """Return why nothing is to be written, if the target is suddenly empty."""
        return emptied(sides, (self.policy.source_name, self.policy.target_name))

    def doubts(self, sides: Sides) -> Mapping[Side, tuple[Entry, ...]]:  # noqa: ARG002 - a planner's form
        """Return nothing: what a migration writes by is what the listings say."""
        return {}

    def afterwards(self, sides: Sides, links: Sequence[Link]) -> tuple[Step, ...]:  # noqa: ARG002 - a planner's form
        """Return nothing."""
        return ()

    def plan(self, sides: Sides) -> Plan:
        """Return what has to be written at the target so that it holds the source's bookmarks."""
        return plan(sides, self.policy)


def plan(sides: Sides, policy: Policy) -> Plan:
    """Return what has to be written at the target so that it holds the source's bookmarks."""
    chosen = _selected(sides.left.entries, policy)
    sources = {entry.ref for entry in chosen}
    book = Book(sides, policy, (link.right.ref for link in sides.links if link.left.ref in sources))
    for key, group in groups(chosen).items():
        book.enter(key, group)
    return attrs.evolve(book.plan(), read=read(chosen, sides), filtered=len(sides.left.entries) - len(chosen))


def meet(link: Link, target: Entry, policy: Policy) -> Result:
    """Plan the first contact of the bookmark that an Add carried with the target's entry that it ran into."""
    values = {field.value: value for field, value in link.left.base.items()}
    source = Entry(link.left.ref, Bookmark(link.left.url, **values))  # type: ignore[arg-type]
    if policy.existing is Existing.SKIP:
        return Result(skipped=(Listed(link.left.url, ALREADY_THERE),))
    return Drafter(policy).first_contact(source, target, link)


def complete(add: Link, settled: Link, found: Entry, policy: Policy) -> Result:
    """Plan what an Add that arrived in part still lacks; `add` is its link as it was meant, `settled` as it is."""
    values = {field.value: value for field, value in add.left.base.items()}
    source = Entry(add.left.ref, Bookmark(add.left.url, **values))  # type: ignore[arg-type]
    return Drafter(policy).linked(source, found, settled)


class Book:
    """Collects the fates while a planner walks through the source. `taken` are the refs there that are not free."""

    def __init__(self, sides: Sides, policy: Policy, taken: Iterable[str]) -> None:
        self._policy = policy
        self._drafter = Drafter(policy)
        self._unreadable = sides.right.unreadable
        self._damaged = sides.left.damaged
        self._twins = sides.left.twins
        there = [*sides.right.entries, *sides.right.stale]
        self._by_ref = {entry.ref: entry for entry in there}
        self._by_key = _first_by_key(there)
        self._links = {link.left.ref: link for link in sides.links}
        self._taken = set(taken)
        self._results: list[Result] = []
        self._skipped: list[Listed] = []

    def enter(self, key: str, group: Sequence[Entry]) -> None:
        """Plan the bookmarks of one url key."""
        link, source = self._unite(group)
        self._skipped += [
            Listed(
                entry.bookmark.url,
                f"duplicate of {source.bookmark.url} in the source, and united with it",
            )
            for entry in group
            if entry.ref != source.ref
        ]
        result = self._draft(key, source, link)
        if isinstance(result, Listed):
            self._skipped.append(result)
        else:
            self._results.append(_with_losses(result, _displaced(group, source)))

    def plan(self) -> Plan:
        """Return all that was entered; the oldest bookmark is written first."""
        steps = [result.step for result in self._results if result.step is not None]
        still = [result for result in self._results if result.step is None]
        return Plan(
            steps=tuple(sorted(steps, key=_age)),
            agreed=tuple(result.link for result in still if result.link is not None),
            unchanged=sum(result.unchanged for result in still),
            skipped=(*self._skipped, *(listed for result in still for listed in result.skipped)),
            failed=tuple(listed for result in still for listed in result.failed),
            losses=tuple(loss for result in still for loss in result.losses),
            conflicts=tuple(conflict for result in self._results for conflict in result.conflicts),
        )

    def _unite(self, group: Sequence[Entry]) -> tuple[Link | None, Entry]:
        """Return the link of a group and the entry that stands for it, lifted, the others united into it."""
        lift = self._policy.mapper.lift_source
        lifted = [attrs.evolve(entry, bookmark=lift(entry.bookmark)) for entry in group]
        lifted.sort(key=lambda entry: (entry.ref not in self._links, entry.bookmark.added or NO_DATE))
        first = lifted[0]
        return self._links.get(first.ref), attrs.evolve(first, bookmark=_united([item.bookmark for item in lifted]))

    def _draft(self, key: str, source: Entry, link: Link | None) -> Result | Listed:  # noqa: PLR0911 - one return a row of the table
        url = source.bookmark.url
        keys = [key] if link is None or link.right.url == url else [key, urls.key(link.right.url)]
        if not self._unreadable.isdisjoint(keys):
            return Listed(url, "the target has it, but its record there cannot be read")
        if link is not None and (linked := self._by_ref.get(link.right.ref)) is not None:
            if self._damaged:
                return Result(unchanged=1)
            return self._existing(self._drafter.linked(source, linked, link), url)
        standing = [self._by_key[known] for known in keys if known in self._by_key]
        free = next((entry for entry in standing if entry.ref not in self._taken), None)
        if free is not None:
            return self._meeting(source, free, link)
        if standing:
            return Listed(url, stands_for_another(standing[0]))
        if link is not None and link.right.seen:
            return Listed(url, GONE_THERE)
        if source.ref in self._twins:
            return Listed(url, TWIN if self._twins[source.ref] in self._by_ref else WAS_TWIN)
        if not self._policy.mapper.target.adds:
            return Listed(url, "the target takes no new bookmarks")
        return self._drafter.add(source, link)

    def _meeting(self, source: Entry, target: Entry, link: Link | None) -> Result | Listed:
        self._taken.add(target.ref)
        if self._policy.existing is Existing.SKIP:
            return Listed(source.bookmark.url, ALREADY_THERE)
        return self._drafter.first_contact(source, target, link)

    def _existing(self, result: Result, url: str) -> Result | Listed:
        if result.step is not None and self._policy.existing is Existing.SKIP:
            return Listed(url, f"{ALREADY_THERE}, and changed in the source since")
        return result


def _with_losses(result: Result, losses: tuple[Loss, ...]) -> Result:
    """Return the result with losses that its step incurs; what is not written loses nothing anew."""
    if result.step is None or not losses:
        return result
    return attrs.evolve(result, step=attrs.evolve(result.step, losses=(*result.step.losses, *losses)))


def _displaced(group: Sequence[Entry], source: Entry) -> tuple[Loss, ...]:
    """Return the titles of duplicates that another title stands for: a bookmark has but one."""
    url, kept = source.bookmark.url, source.bookmark.title
    titles = unique(entry.bookmark.title for entry in group)
    others = (title for title in titles if title not in {kept, url})
    return tuple(Loss(url, Field.TITLE.value, title, kept, reasons.ONE_TITLE) for title in others)


def stands_for_another(entry: Entry) -> str:
    """Return the reason for leaving a bookmark out whose entry at the target is linked to another one."""
    return f"the target's entry {entry.bookmark.url} already stands for another bookmark"


def _age(step: Step) -> tuple[datetime, str]:
    bookmark = step.operation.bookmark if isinstance(step.operation, Add) else step.operation.entry.bookmark
    return bookmark.added or NO_DATE, bookmark.url


def _selected(entries: Sequence[Entry], policy: Policy) -> Sequence[Entry]:
    """Return what the selection takes: duplicates are one bookmark, so all of them if it takes any.

    Else the tags of a duplicate that falls out of the selection would read as removed.
    """
    lift = policy.mapper.lift_source
    keys = {urls.key(entry.bookmark.url) for entry in entries if policy.selection.takes(lift(entry.bookmark))}
    return [entry for entry in entries if urls.key(entry.bookmark.url) in keys]


def read(chosen: Sequence[Entry], sides: Sides) -> tuple[int, int, int]:
    """Count the bookmarks of the source, of the target, and those that both have: linked, or of the same url key."""
    there = [*sides.right.entries, *sides.right.stale]
    refs = {entry.ref for entry in there}
    keys = {urls.key(entry.bookmark.url) for entry in there}
    linked = {link.left.ref for link in sides.links if link.right.ref in refs}
    both = sum(entry.ref in linked or urls.key(entry.bookmark.url) in keys for entry in chosen)
    return len(chosen), len(there), both


def groups(entries: Iterable[Entry]) -> Mapping[str, list[Entry]]:
    """Return the entries by url key, in the order in which the keys first appear."""
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(urls.key(entry.bookmark.url), []).append(entry)
    return groups


def _first_by_key(entries: Iterable[Entry]) -> Mapping[str, Entry]:
    """Return for each url key the entry that stands for it: the earliest, in whatever order they are listed."""
    found: dict[str, Entry] = {}
    for entry in sorted(entries, key=lambda entry: (entry.bookmark.added or NO_DATE, entry.ref)):
        found.setdefault(urls.key(entry.bookmark.url), entry)
    return found


def _united(bookmarks: Sequence[Bookmark]) -> Bookmark:
    """Return duplicates as one: tags and highlights united, earliest date, unread, favorite and private if any is."""
    first = bookmarks[0]
    if len(bookmarks) == 1:
        return first
    highlights = first.highlights
    for other in bookmarks[1:]:
        highlights = merge.united(highlights, other.highlights)
    dates = [bookmark.added for bookmark in bookmarks if bookmark.added is not None]
    return attrs.evolve(
        first,
        title=next((bookmark.title for bookmark in bookmarks if bookmark.title), ""),
        note="\n\n".join(unique(bookmark.note for bookmark in bookmarks)),
        tags=unique(tag for bookmark in bookmarks for tag in bookmark.tags),
        added=min(dates, default=None),
        unread=any(bookmark.unread for bookmark in bookmarks),
        favorite=any(bookmark.favorite for bookmark in bookmarks),
        private=any(bookmark.private for bookmark in bookmarks),
        highlights=highlights,
    )
