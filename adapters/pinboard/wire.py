"""What Pinboard's API v1 sends, as the vendor writes it, and how to read it without losing a character.

In 2020 a byte order mark appeared before JSON, in 2024 log text before results, and counts turned from text to numbers;
bodies end in blanks or a comment. A JSON title may be `false`; a JSON map may be `[]`.

In XML a post says `shared="no"` and `toread="yes"` and omits them otherwise (recorded 2012, seen 2023), so nothing
means public and read. But a post with `others` or `status` comes from a compatible server that does not say: what it
leaves out stays private. linkhut shows what is unread by a tag of that name, SemanticScuttle has `status` 0 for public
and the tag `system:unfiled` for none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import attrs

from adapters.lenient import JSON, Garbled
from adapters.pinboard.wire_body import Child, Element, document, is_page, places, stripped
from adapters.pinboard.wire_values import counts_of, number_of, plain_of, text_of, unescaped, whole_of, words_of

UNREAD_TAG = "unread"
"""How linkhut shows what is to be read, in front of the other tags."""

_DECLARATION_ALONE = re.compile(rb"<\?xml[^>]*\?>")
_LONGEST_COMPLAINT = 200
_SUGGESTIONS = ("popular", "recommended")


@attrs.frozen
class Post:
    """A bookmark. `tags` are separated by blanks. `meta` changes whenever the post does; it may be missing.

    `damaged`: something in the record was illegal in its format and is left out here, or the record has no address.
    `silent`: its XML does not say whether it is shared, where JSON would. `unread_tag`: UNREAD_TAG among its tags is
    how the server shows `toread`.
    """

    href: str
    time: str = ""
    description: str = ""
    extended: str = ""
    tags: str = ""
    hash: str = ""
    meta: str | None = None
    shared: bool = True
    toread: bool = False
    damaged: bool = False
    silent: bool = False
    unread_tag: bool = False


@attrs.frozen
class Posts:
    """An answer of posts/get, posts/recent or posts/all; the latter has no `date`."""

    posts: tuple[Post, ...] = ()
    user: str = ""
    date: str = ""


@attrs.frozen
class Dates:
    """An answer of posts/dates: how many posts were made on each day ("2012-07-11")."""

    counts: Mapping[str, int]
    user: str = ""
    tag: str = ""


@attrs.frozen
class Suggestions:
    """An answer of posts/suggest: tags that others gave the address, and tags of the user's own.

    `damaged`, here and below: something was illegal in its format and is left out.
    """

    popular: tuple[str, ...] = ()
    recommended: tuple[str, ...] = ()
    damaged: bool = False


@attrs.frozen
class Tags:
    """An answer of tags/get: how many posts have each tag. Spellings that differ in case alone are one tag."""

    counts: Mapping[str, int]
    damaged: bool = False


@attrs.frozen
class Note:
    """A note. Its times are written "2011-03-24 19:02:07" and taken for UTC, `length` is in characters.

    `text` is None in a list; its lines end in carriage return and line feed.
    """

    id: str
    title: str = ""
    hash: str = ""
    length: int = 0
    created_at: str = ""
    updated_at: str = ""
    text: str | None = None
    damaged: bool = False


@attrs.frozen
class Notes:
    """An answer of notes/list: the notes without their texts, and how many there are if the service says so."""

    notes: tuple[Note, ...] = ()
    count: int | None = None

    @property
    def damaged(self) -> bool:
        """Whether any of them is."""
        return any(note.damaged for note in self.notes)


def encode_time(moment: datetime) -> str:
    """Return a moment as the API writes it, in whole seconds of UTC."""
    return moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def decode_time(text: str) -> datetime | None:
    """Return the moment that the API wrote, in UTC, or None if it is none."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def decode_posts(body: bytes) -> Posts:
    """Read posts/get, posts/recent or posts/all. A broken record is in the result, marked. Raises Garbled."""
    found = document(body, "posts")
    if isinstance(found, Element):
        posts = tuple(map(_xml_post, _named(found, "post")))
        return Posts(posts, found.attributes.get("user", ""), found.attributes.get("dt", ""))
    if isinstance(found, list):
        return Posts(tuple(map(_json_post, found)))
    records = found.get("posts") if isinstance(found, dict) else None
    if isinstance(records, dict):  # pinbook; and an empty list may be an empty map
        records = records.get("post", [] if not records else None)
    if isinstance(records, dict):
        records = [records]
    if not isinstance(records, list):
        raise Garbled("JSON without posts")
    return Posts(tuple(map(_json_post, records)), plain_of(found.get("user")), plain_of(found.get("date")))


def decode_update(body: bytes) -> str:
    """Read posts/update: the time of the last change as the service wrote it. Raises Garbled.

    SemanticScuttle's empty account has a declaration and nothing behind it: the time is "".
    """
    if _DECLARATION_ALONE.fullmatch(stripped(body)):
        return ""
    found = document(body, "update")
    if isinstance(found, Element):
        time = found.attributes.get("time", "")
    else:
        told = found if isinstance(found, dict) else {}
        inner = told.get("update")  # pinbook
        time = plain_of(told.get("update_time") or (inner.get("time") if isinstance(inner, dict) else None))
    if not time:
        raise Garbled("without a time")
    return time


def decode_dates(body: bytes) -> Dates:
    """Read posts/dates. Raises Garbled."""
    found = document(body, "dates")
    if isinstance(found, Element):
        pairs = [(row.attributes.get("date", ""), row.attributes.get("count", "")) for row in found.children]
        return Dates(counts_of(pairs), found.attributes.get("user", ""), found.attributes.get("tag", ""))
    counts = found.get("dates") if isinstance(found, dict) else None
    if not isinstance(counts, dict) and counts != []:
        raise Garbled("JSON without dates")
    days = {whole_of(day): count for day, count in counts_of(counts.items() if counts else ()).items()}
    return Dates(days, plain_of(found.get("user")), plain_of(found.get("tag")))


def decode_suggestions(body: bytes) -> Suggestions:
    """Read posts/suggest: `suggested` at Pinboard, `suggest` at Delicious; in JSON a list of maps. Raises Garbled."""
    found = document(body, "suggested", "suggest")
    if isinstance(found, Element):
        popular, recommended = (tuple(row.text for row in _named(found, kind)) for kind in _SUGGESTIONS)
        return Suggestions(popular, recommended, any(row.damaged for row in found.children))
    maps = found if isinstance(found, list) else [found]
    known = any(kind in each for each in maps if isinstance(each, dict) for kind in _SUGGESTIONS)
    if any(maps) and not known:
        raise Garbled("JSON without suggestions")
    told = [[unescaped(tag) for each in maps for tag in words_of(each, kind)] for kind in _SUGGESTIONS]
    popular, recommended = (tuple(map(whole_of, tags)) for tags in told)
    return Suggestions(popular, recommended, [*popular, *recommended] != told[0] + told[1])


def decode_tags(body: bytes) -> Tags:
    """Read tags/get. The keys of the JSON map are the person's own: `result` may be one. Raises Garbled."""
    found = document(body, "tags")
    if isinstance(found, Element):
        rows = _named(found, "tag")
        pairs = [(row.attributes.get("tag", ""), row.attributes.get("count", "")) for row in rows]
        return Tags(counts_of(pairs), any(row.damaged for row in rows))
    if not isinstance(found, dict) and found != []:
        raise Garbled("JSON without tags")
    counts = {unescaped(tag): count for tag, count in counts_of(found.items() if found else ()).items()}
    whole = {whole_of(tag): count for tag, count in counts.items()}
    return Tags(whole, whole != counts)


def decode_notes(body: bytes) -> Notes:
    """Read notes/list. Since 2020 each row has its values a second time, under numbers. Raises Garbled."""
    found = document(body, "notes")
    if isinstance(found, Element):
        return Notes(tuple(map(_xml_note, _named(found, "note"))), number_of(found.attributes.get("count")))
    told = {"notes": found} if isinstance(found, list) else found
    rows = told.get("notes") if isinstance(told, dict) else None
    if isinstance(rows, dict):
        rows = list(rows.values())
    if not isinstance(rows, list):
        raise Garbled("JSON without notes")
    return Notes(tuple(map(_json_note, rows)), number_of(told.get("count")))


def decode_note(body: bytes) -> Note:
    """Read notes/ID. Raises Garbled."""
    found = document(body, "note")
    note = _xml_note(found.alone()) if isinstance(found, Element) else _json_note(found)
    if not note.id:
        raise Garbled("not a note")
    return attrs.evolve(note, text=note.text or "")


def decode_no_note(body: bytes) -> str:
    """Read what stands beside the 404 of an unknown note: {"error": "...", "error_code": "404"}. Raises Garbled."""
    found = document(body, "error")
    error = plain_of(found.get("error")) if isinstance(found, dict) else ""
    if not error:
        raise Garbled("not an error")
    return error


def decode_secret(body: bytes) -> str:
    """Read user/secret or user/api_token, where the result is no word but the text of the element. Raises Garbled."""
    return _first_result(body, _secret)


def decode_result(body: bytes) -> str:
    """Read the result of a call: "done", or why not. Log text around it is passed over. Raises Garbled."""
    return _first_result(body, _result)


def decode_complaint(body: bytes) -> str:
    """Read what a server says beside a status of 400 or more: a result, errors, a sentence. Raises Garbled."""
    try:
        return decode_result(body)
    except Garbled:
        text = stripped(body)
        if text.startswith((b"<", b"{", b"[")):
            return _errors(text)
    try:
        sentence = json.loads(text) if text.startswith(b'"') else text.decode()
    except ValueError:
        sentence = ""
    if not sentence or "<" in sentence or len(sentence) > _LONGEST_COMPLAINT:
        raise Garbled("not a result")
    return whole_of(str(sentence))


def _errors(text: bytes) -> str:
    """Read linkhut's {"errors": [{"message": "..."}]}."""
    found = document(text, "errors")
    errors = found.get("errors") if isinstance(found, dict) else None
    listed = errors if isinstance(errors, list) else []
    messages = [plain_of(error.get("message")) for error in listed if isinstance(error, dict)]
    if not any(messages):
        raise Garbled("not a result")
    return "; ".join(filter(None, messages))


def _first_result(body: bytes, take: Callable[[Element | JSON], JSON]) -> str:
    text = stripped(body)
    if is_page(text):
        raise Garbled("an HTML page")
    for place in places(text):
        try:
            found = take(document(text[place:], "result", followed=True))
        except Garbled:
            continue
        if isinstance(found, str) and found:
            return whole_of(found)
    raise Garbled("not a result")


def _result(found: Element | JSON) -> JSON:
    if isinstance(found, Element):
        return found.attributes.get("code", found.text.strip())
    return found.get("result_code", found.get("result"))


def _secret(found: Element | JSON) -> JSON:
    return found.text.strip() if isinstance(found, Element) else found.get("result")


def _named(found: Element, name: str) -> list[Child]:
    return [child for child in found.children if child.name == name]


def _xml_post(child: Child) -> Post:
    found = child.attributes
    linkhut = "others" in found and "status" not in found
    compatible = linkhut or "status" in found
    tags = found.get("tag", found.get("tags", ""))
    shared, toread = found.get("shared"), found.get("toread")
    unread_tag = linkhut and toread != "no" and UNREAD_TAG in tags.split(" ")
    if toread is None:
        toread = "yes" if unread_tag else "no"
    return Post(
        href=found.get("href", ""),
        time=found.get("time", ""),
        description=found.get("description", ""),
        extended=found.get("extended", ""),
        tags="" if "status" in found and tags == "system:unfiled" else tags,
        hash=found.get("hash", ""),
        meta=found.get("meta"),
        shared=shared == "yes" if shared is not None else not compatible or found.get("status") == "0",
        toread=toread != "no",
        damaged=child.damaged or not found.get("href"),
        silent=linkhut and shared is None,
        unread_tag=unread_tag,
    )


def _json_post(record: JSON) -> Post:
    found: Mapping[str, JSON] = record if isinstance(record, dict) else {}
    values = {name: text_of(found.get(name)) for name in ("href", "time", "description", "extended", "hash")}
    tags = "tags" if "tags" in found else "tag"
    values["tags"] = unescaped(text_of(found.get(tags)) or " ".join(words_of(found, tags)))
    whole = {name: whole_of(text) for name, text in values.items()}
    toread = found.get("toread") not in ("no", False)
    return Post(
        **whole,
        meta=plain_of(found.get("meta")) or None,
        shared=found.get("shared") in ("yes", True),
        toread=toread,
        damaged=whole != values or not values["href"],
        silent=False,
        unread_tag=toread and "others" in found and UNREAD_TAG in whole["tags"].split(" "),
    )


def _xml_note(child: Child) -> Note:
    return _note({"id": child.attributes.get("id"), **child.fields}, damaged=child.damaged)


def _json_note(record: JSON) -> Note:
    return _note(record if isinstance(record, dict) else {})


def _note(found: Mapping[str, JSON], *, damaged: bool = False) -> Note:
    values = {name: text_of(found.get(name)) for name in ("id", "title", "hash", "created_at", "updated_at", "text")}
    whole = {name: whole_of(text) for name, text in values.items()}
    return Note(
        id=whole["id"],
        title=whole["title"],
        hash=whole["hash"],
        length=number_of(found.get("length")) or 0,
        created_at=whole["created_at"],
        updated_at=whole["updated_at"],
        text=whole["text"] if "text" in found else None,
        damaged=damaged or whole != values or not values["id"],
    )
