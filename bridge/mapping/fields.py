"""Folding: a field that a service does not know travels inside one that it does.

A favorite becomes a tag, highlights become quoted lines behind one marker line at the end of the note. Folding is a
lens: `lift` reads it out again before anything is compared, so that the rest of the bridge never sees it. Only what
`lift` can turn back exactly is lifted; a person's own quoted lines stay a note.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

import attrs

from bridge.mapping.tags import equal_under, spell
from bridge.model.bookmark import Bookmark, Field, Highlight
from bridge.model.capabilities import Capabilities, TagRules

HIGHLIGHTS_MARKER = "--- highlights ---"
_QUOTE = "> "
_TIME = re.compile(r"^-- (\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z)$")


@attrs.frozen
class Folding:
    """What is folded at one side: `favorite` is the tag that stands for it, or None; `highlights` go to the note.

    `tags` are the rules by which that side compares tags.
    """

    favorite: str | None = "favorite"
    highlights: bool = True
    tags: TagRules = attrs.field(factory=TagRules)

    def at(self, side: Capabilities, other: Capabilities) -> Folding:
        """Return what of this is in force at a side: only what the other side reads and this one cannot hold.

        The tag is then in the side's own spelling.
        """
        tags = all(Field.TAGS in fields for fields in (side.reads, side.sets, side.edits))
        notes = all(Field.NOTE in fields for fields in (side.reads, side.sets, side.edits))
        favorite = tags and Field.FAVORITE in other.reads and Field.FAVORITE not in side.reads | side.sets
        highlights = notes and Field.HIGHLIGHTS in other.reads and Field.HIGHLIGHTS not in side.reads | side.sets
        tag = spell(self.favorite, side.tags) if favorite and self.favorite is not None else None
        return Folding(tag, self.highlights and highlights, side.tags)

    @property
    def fields(self) -> frozenset[Field]:
        """The fields that this folding makes a side hold."""
        folded = {Field.FAVORITE} if self.favorite is not None else set()
        return frozenset(folded | ({Field.HIGHLIGHTS} if self.highlights else set()))

    @property
    def reserved(self) -> frozenset[str]:
        """The tags that have a meaning of their own at this side."""
        return frozenset() if self.favorite is None else frozenset({self.favorite})

    def lift(self, bookmark: Bookmark) -> Bookmark:
        """Return the bookmark with what is folded in it as fields of their own."""
        tags = tuple(tag for tag in bookmark.tags if not self._is_favorite(tag))
        if tags != bookmark.tags:
            bookmark = attrs.evolve(bookmark, tags=tags, favorite=True)
        if self.highlights and HIGHLIGHTS_MARKER in bookmark.note:
            note, highlights = unfold_highlights(bookmark.note)
            bookmark = attrs.evolve(bookmark, note=note, highlights=highlights)
        return bookmark

    def lower(self, bookmark: Bookmark) -> Bookmark:
        """Return the bookmark with its favorite and highlights folded in; `lift` gives it back."""
        if self.favorite is not None and bookmark.favorite:
            bookmark = attrs.evolve(bookmark, tags=(*bookmark.tags, self.favorite), favorite=False)
        if self.highlights and bookmark.highlights:
            note = fold_highlights(bookmark.note, bookmark.highlights)
            bookmark = attrs.evolve(bookmark, note=note, highlights=())
        return bookmark

    def _is_favorite(self, tag: str) -> bool:
        comparable = equal_under(self.tags)
        return self.favorite is not None and comparable(tag) == comparable(self.favorite)


def fold_highlights(note: str, highlights: tuple[Highlight, ...]) -> str:
    """Return the note with the highlights behind it."""
    block = HIGHLIGHTS_MARKER + "\n" + "\n\n".join(_fold(highlight) for highlight in highlights)
    return f"{note}\n\n{block}" if note else block


def unfold_highlights(note: str) -> tuple[str, tuple[Highlight, ...]]:
    """Return the person's own note and the highlights folded behind it; none where folding them again would differ."""
    # The first marker: a person's own note is not folded if it has one, a quote may have any number of them.
    own, marker, block = note.partition(HIGHLIGHTS_MARKER + "\n")
    own = own.removesuffix("\n\n")
    highlights = tuple(_unfold(part) for part in _blocks(block)) if marker else ()
    if highlights and fold_highlights(own, highlights) == note:
        return own, highlights
    return note, ()


def whole_second(moment: datetime) -> datetime:
    """Return a time as a service that knows whole seconds holds it."""
    return moment.replace(microsecond=0)


def _fold(highlight: Highlight) -> str:
    lines = [_QUOTE + line for line in highlight.quote.split("\n")]
    if highlight.created is not None:
        lines.append(f"-- {whole_second(highlight.created).astimezone(UTC).replace(tzinfo=None).isoformat()}Z")
    return "\n".join(lines)


def _unfold(block: str) -> Highlight:
    lines = block.split("\n")
    created = _TIME.match(lines[-1])
    quoted = lines[:-1] if created else lines
    quote = "\n".join(line.removeprefix(_QUOTE) for line in quoted)
    return Highlight(quote, datetime.fromisoformat(created.group(1)) if created else None)


def _blocks(text: str) -> list[str]:
    """Split at the empty lines between highlights; no line of a quote is empty, since each begins with its mark."""
    return text.split("\n\n")
