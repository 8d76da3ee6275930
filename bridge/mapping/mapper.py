"""Projects a bookmark of one account on what another can hold, and names all that stays behind.

Two forms of a bookmark: *raw*, as the account's entries show it, and *lifted*, with folded fields read out again
(`fields.Folding`) and a title that only repeats the url taken as empty. Everything is compared and merged lifted;
only `fit` makes what is really sent.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from urllib.parse import quote_plus

import attrs

from bridge.mapping.fields import HIGHLIGHTS_MARKER, Folding, whole_second
from bridge.mapping.tags import Carried, Shelf, TagPolicy, carry
from bridge.model import reasons
from bridge.model import url as urls
from bridge.model.bookmark import ALL_FIELDS, Bookmark, Field, Highlight, describe
from bridge.model.capabilities import NO_FIELDS, Capabilities, Limits
from bridge.model.receipt import Loss

_EMPTY = Bookmark("")
_CUT = frozenset({Field.TITLE, Field.ADDED})


class Privacy(enum.Enum):
    """What a job does to privacy: keep it (unknown is private), or decide it for every bookmark."""

    KEEP = "keep"
    ALWAYS = "always"
    NEVER = "never"


@attrs.frozen
class Refusal:
    """A bookmark that the target cannot hold. `skip`: no fault of the run (another url scheme); else it failed."""

    reason: str
    skip: bool = False


@attrs.frozen
class Held:
    """A bookmark as the target would hold it, lifted; the tags that stand for one another; and the losses."""

    bookmark: Bookmark
    pairs: frozenset[tuple[str, str]] = frozenset()
    losses: tuple[Loss, ...] = ()


@attrs.frozen
class Mapper:
    """The way from a source to a target. `memory` gives for a source tag the target tag that last stood for it."""

    source: Capabilities
    target: Capabilities
    folding: Folding = Folding()
    tags: TagPolicy = TagPolicy()
    private: Privacy = Privacy.KEEP
    memory: Mapping[str, str] = attrs.field(factory=dict)

    @cached_property
    def source_fold(self) -> Folding:
        """What is folded at the source."""
        return self.folding.at(self.source, self.target)

    @cached_property
    def target_fold(self) -> Folding:
        """What is folded at the target."""
        return self.folding.at(self.target, self.source)

    @cached_property
    def read(self) -> frozenset[Field]:
        """The fields that the source speaks of."""
        return self.source.reads | self.source_fold.fields

    @cached_property
    def seen(self) -> frozenset[Field]:
        """The fields that the target shows."""
        return self.target.reads | self.target_fold.fields

    @cached_property
    def taken(self) -> frozenset[Field]:
        """The fields that the target takes with an Add."""
        return self.target.sets | self.target_fold.fields

    @cached_property
    def edited(self) -> frozenset[Field]:
        """The fields that the target changes with an Update."""
        return self.target.edits | self.target_fold.fields if self.target.updates else NO_FIELDS

    def lift_source(self, bookmark: Bookmark) -> Bookmark:
        """Return a source entry's bookmark lifted, fields the source knows nothing of at their cautious default."""
        return _lift(bookmark, self.source_fold, self.source.limits, self.read)

    def lift_target(self, bookmark: Bookmark) -> Bookmark:
        """Return a target entry's bookmark lifted."""
        return _lift(bookmark, self.target_fold, self.target.limits, self.seen)

    def carry_tags(
        self,
        tags: Iterable[str],
        *,
        favorite: bool,
        more: Iterable[str] = (),
        standing: Sequence[str] = (),
        staying: Sequence[str] = (),
        pairs: Iterable[tuple[str, str]] = (),
    ) -> Carried:
        """Translate source tags for the target, with `more` tags of the job's own.

        The entry has the tags `standing`, of which those `staying` keep their place; a `favorite` may take one.
        """
        fold = self.target_fold.favorite
        return carry(
            tags,
            source=self.source.tags,
            target=self.target.tags,
            standing=standing,
            pairs=pairs,
            memory=self.memory,
            policy=self.tags,
            more=more,
            shelf=Shelf(
                self.target.tags,
                staying=staying,
                reserved=self.target_fold.reserved,
                taken=int(favorite and fold is not None),
            ),
        )

    def hold(
        self, bookmark: Bookmark, fields: frozenset[Field], pairs: Iterable[tuple[str, str]] = ()
    ) -> Held | Refusal:
        """Return a lifted source bookmark as the target would hold it, lifted, if it takes these fields."""
        refusal = self._refused(bookmark, fields)
        if refusal is not None:
            return refusal
        title = self._title(bookmark) if Field.TITLE in fields else ""
        added = self._date(bookmark) if Field.ADDED in fields else None
        carried = Carried()
        if Field.TAGS in fields:
            carried = self.carry_tags(bookmark.tags, favorite=bookmark.favorite, more=self.tags.add, pairs=pairs)
        hides = Field.PRIVATE in fields
        held = Bookmark(
            url=bookmark.url,
            title=title,
            note=bookmark.note if Field.NOTE in fields else "",
            tags=carried.tags,
            added=added,
            unread=bookmark.unread if Field.UNREAD in fields else _EMPTY.unread,
            favorite=bookmark.favorite if Field.FAVORITE in fields else _EMPTY.favorite,
            private=self.privacy(bookmark) if hides else not self.target.publishes,
            highlights=bookmark.highlights if Field.HIGHLIGHTS in fields else (),
        )
        return Held(held, carried.pairs, (*self._losses(bookmark, held, fields), *_tag_losses(bookmark.url, carried)))

    def privacy(self, bookmark: Bookmark) -> bool:
        """Return whether the bookmark is private at the target: as at the source, or as the job decides."""
        if self.private is Privacy.KEEP:
            return bookmark.private
        return self.private is Privacy.ALWAYS

    def fit(self, bookmark: Bookmark) -> Held | Refusal:
        """Return a lifted target bookmark raw, ready to be sent; highlights that do not fit stay behind one by one."""
        if self.target_fold.highlights and bookmark.highlights and HIGHLIGHTS_MARKER in bookmark.note:
            losses = _highlight_losses(bookmark.url, bookmark.highlights, reasons.LOOKS_FOLDED)
            bookmark = attrs.evolve(bookmark, highlights=())
        else:
            losses = ()
        bare = self.target_fold.lower(attrs.evolve(bookmark, highlights=()))
        over = _overflow(bare, self.target.limits)
        if over is not None:
            return Refusal(over)
        kept, left = self._fitting_highlights(bookmark)
        losses += _highlight_losses(bookmark.url, left)
        return Held(self.target_fold.lower(attrs.evolve(bookmark, highlights=kept)), losses=losses)

    def _fitting_highlights(self, bookmark: Bookmark) -> tuple[tuple[Highlight, ...], tuple[Highlight, ...]]:
        if not self.target_fold.highlights:
            return bookmark.highlights, ()
        kept: tuple[Highlight, ...] = ()
        left: tuple[Highlight, ...] = ()
        for highlight in bookmark.highlights:
            candidate = self.target_fold.lower(attrs.evolve(bookmark, highlights=(*kept, highlight)))
            if not highlight.quote or _overflow(candidate, self.target.limits) is not None:
                left += (highlight,)
            else:
                kept += (highlight,)
        return kept, left

    def _refused(self, bookmark: Bookmark, fields: frozenset[Field]) -> Refusal | None:
        schemes = self.target.limits.schemes
        scheme = urls.scheme(bookmark.url)
        if schemes is not None and scheme and scheme not in schemes:
            return Refusal(f"the target takes no {scheme}: urls", skip=True)
        if self.target.limits.public_hosts and "." not in urls.host(bookmark.url).strip("."):
            return Refusal("the target takes only urls of public hosts", skip=True)
        if self.target.publishes and Field.PRIVATE not in fields and self.privacy(bookmark):
            return Refusal("it is private, and the target cannot keep it private", skip=True)
        return None

    def _losses(self, bookmark: Bookmark, held: Bookmark, fields: frozenset[Field]) -> Iterator[Loss]:
        """Yield a loss for each value worth keeping that the target has no place for, and for each that it cuts."""
        for field in Field:
            value, kept = bookmark.get(field), held.get(field)
            lost = field in self.read and field not in fields and value not in (_EMPTY.get(field), kept)
            cut = field in _CUT and field in fields and kept != value
            if field is Field.TITLE and self._stands_for_none(bookmark):
                cut = False
            if lost or cut:
                why = _why_cut(field, kept) if cut else reasons.NO_FIELD
                yield Loss(bookmark.url, field.value, describe(value), describe(kept) if cut else "", why)

    def _title(self, bookmark: Bookmark) -> str:
        cut = attrs.evolve(bookmark, title=_cut(bookmark.title, self.target.limits.title))
        return "" if self._stands_for_none(cut) else cut.title

    def _stands_for_none(self, bookmark: Bookmark) -> bool:
        return _untitled(bookmark, self.target.limits)

    def _date(self, bookmark: Bookmark) -> datetime | None:
        added, limits = bookmark.added, self.target.limits
        early = added is not None and limits.earliest is not None and added < limits.earliest
        late = added is not None and limits.latest is not None and added > limits.latest
        if added is None or early or late:
            return None
        return whole_second(added) if limits.whole_seconds else added


def _lift(bookmark: Bookmark, folding: Folding, limits: Limits, known: frozenset[Field]) -> Bookmark:
    lifted = folding.lift(bookmark)
    if _untitled(lifted, limits):
        lifted = attrs.evolve(lifted, title="")
    return lifted.without(ALL_FIELDS - known)


def _untitled(bookmark: Bookmark, limits: Limits) -> bool:
    """Tell whether a service that requires a title has put the url in its place, or will do so."""
    title, url = bookmark.title, bookmark.url
    return limits.title_required and (not title.strip() or title in (url, _cut(url, limits.title)))


def _tag_losses(url: str, carried: Carried) -> tuple[Loss, ...]:
    return tuple(Loss(url, Field.TAGS.value, *loss) for loss in carried.losses)


def _cut(text: str, longest: int | None) -> str:
    return text if longest is None else text[:longest]


def _highlight_losses(url: str, left: Iterable[Highlight], why: str = reasons.NO_ROOM) -> tuple[Loss, ...]:
    return tuple(
        Loss(url, Field.HIGHLIGHTS.value, item.quote, reason=why if item.quote else reasons.WITHOUT_TEXT)
        for item in left
    )


def _why_cut(field: Field, kept: object) -> str:
    """Return why a title or a date is held otherwise."""
    if field is Field.TITLE:
        return reasons.CUT
    return reasons.DATE_RANGE if kept is None else reasons.WHOLE_SECONDS


def _overflow(bookmark: Bookmark, limits: Limits) -> str | None:
    """Say by how much a raw bookmark is too long for the target, or None if it fits."""
    if limits.note is not None and len(bookmark.note) > limits.note:
        return f"its note has {len(bookmark.note):,} characters, the target takes {limits.note:,}"
    if limits.uri is None:
        return None
    title = bookmark.title or (_cut(bookmark.url, limits.title) if limits.title_required else "")
    values = (bookmark.url, title, bookmark.note, " ".join(bookmark.tags))
    length = limits.uri.overhead + sum(len(quote_plus(value, errors="replace")) for value in values)
    if length <= limits.uri.most:
        return None
    return f"it needs a request of {length:,} bytes, the target takes {limits.uri.most:,}"
