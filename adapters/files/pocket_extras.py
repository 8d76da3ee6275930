"""What an export holds beside its saves: highlights, and the lists that a person shared.

Both name pages by url, and neither lists saves: a page that is only here was never saved, or no longer is.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping

from adapters.files import pocket_json
from adapters.files.pocket_find import Relic
from adapters.files.pocket_json import words
from adapters.files.pocket_record import Found, Record, Remark, count, moment
from adapters.files.pocket_zip import Source
from bridge.model.adapter import Problem
from bridge.model.bookmark import Highlight
from bridge.model.errors import InputError

_SHOWN = 10


def highlights(relic: Relic) -> Iterator[Found]:
    """Yield the highlights of each page: `[{url, title, highlights: [{quote, created_at}]}]`, times in Unix seconds."""
    empty = 0
    for source in relic.sources:
        document = yield from _document(source)
        for place, page in pocket_json.objects(document, f"{source.name} entry"):
            url, marked = words(page.get("url")), page.get("highlights")
            if not url.strip() or not isinstance(marked, list):
                yield Problem(place, "The entry has no url or no list of highlights.", url=url or None)
                continue
            marks = [_highlight(mark) for mark in marked if isinstance(mark, dict)]
            kept = tuple(mark for mark in marks if mark.quote.strip())
            empty += len(marked) - len(kept)
            if kept:
                quotes = "; ".join(repr(mark.quote) for mark in kept)
                orphan = f"Its highlights belong to no page among the saves: {quotes}."
                yield Record(url=url, where=place, highlights=kept, orphan=orphan)
    if empty:
        yield Remark(f"{relic.name}: {count(empty, 'empty highlight')} left out.")


def _highlight(mark: Mapping[str, object]) -> Highlight:
    """Return a highlight of an export, whose time is a true count of seconds."""
    return Highlight(words(mark.get("quote")), moment(str(mark.get("created_at"))))


def shared_lists(relic: Relic) -> Iterator[Found]:
    """Yield the pages of shared lists: `{slug, title, description, items: [{url, title, excerpt, note}]}`."""
    titles = []
    for source in relic.sources:
        document = yield from _document(source)
        shared = document if isinstance(document, dict) else {}
        title = words(shared.get("title")) or words(shared.get("slug"))
        titles.append(title)
        for place, item in pocket_json.objects(shared.get("items"), f"{source.name} item"):
            url, note = words(item.get("url")), words(item.get("note")).strip()
            if not url.strip():
                yield Problem(place, f"An item of the shared list {title!r} has no url.")
                continue
            said = f" Its note there: {note!r}." if note else ""
            orphan = f"It is only in the shared list {title!r}, not among the saves.{said}"
            yield Record(url=url, where=place, note=note, orphan=orphan)
    shown = ", ".join(map(repr, titles[:_SHOWN])) + (", ..." if len(titles) > _SHOWN else "")
    lists = count(len(titles), "shared list")
    yield Remark(f"{lists} ({shown}): notes go to the saves; titles, descriptions and excerpts are not carried.")


def _document(source: Source) -> Generator[Found, None, object]:
    """Return the document; one that cannot be read is a problem, and does not stop the saves."""
    try:
        document, remarks = pocket_json.load(source)
    except InputError as error:
        yield Problem(source.name, error.message, lost=True)
        return []
    yield from remarks
    return document
