"""Writes answers as Pinboard does, from what the wire reads: the vendor's side of its laws.

XML escapes four characters and nothing else, so that line feeds stand raw, leaves out what has its default, and ends in
blanks. JSON is PHP's: ASCII, escaped slashes, and tags that went through HTML.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from adapters.pinboard.wire import Dates, Note, Notes, Post, Posts, Suggestions, Tags

DECLARATION = '<?xml version="1.0" encoding="UTF-8" ?>\n'


def escaped(text: str) -> str:
    """Escape for XML, and for HTML."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def element(name: str, content: str | None = None, **attributes: object) -> str:
    """Write an element; an attribute of None is left out."""
    written = "".join(f' {key}="{escaped(str(value))}"' for key, value in attributes.items() if value is not None)
    return f"<{name}{written} />" if content is None else f"<{name}{written}>{content}</{name}>"


def xml(root: str) -> bytes:
    """Write a document."""
    return f"{DECLARATION}{root}\n\t".encode()


def php(data: Any) -> bytes:
    """Write JSON; an empty map is an empty list."""
    return (json.dumps([] if data == {} else data).replace("/", "\\/") + "\t\n").encode()


def posts_xml(posts: Posts) -> bytes:
    """Write posts/get or posts/all."""
    rows = "\n".join("  " + post_xml(post) for post in posts.posts)
    return xml(element("posts", f"\n{rows}\n", user=posts.user, dt=posts.date or None))


def post_xml(post: Post) -> str:
    """Write a post."""
    return element(
        "post",
        href=post.href,
        time=post.time,
        description=post.description,
        extended=post.extended,
        tag=post.tags,
        hash=post.hash,
        meta=post.meta,
        shared=None if post.shared else "no",
        toread="yes" if post.toread else None,
    )


def posts_json(posts: Posts) -> bytes:
    """Write posts/get, or posts/all if it names no user."""
    rows = [post_row(post) for post in posts.posts]
    return php({"date": posts.date, "user": posts.user, "posts": rows} if posts.user or posts.date else rows)


def post_row(post: Post) -> dict[str, Any]:
    """Return the nine keys of a post; an empty title is `false`."""
    return {
        "href": post.href,
        "description": post.description or False,
        "extended": post.extended,
        "meta": post.meta,
        "hash": post.hash,
        "time": post.time,
        "shared": "yes" if post.shared else "no",
        "toread": "yes" if post.toread else "no",
        "tags": escaped(post.tags),
    }


def update_xml(time: str) -> bytes:
    """Write posts/update."""
    return xml(element("update", time=time))


def update_json(time: str) -> bytes:
    """Write posts/update."""
    return php({"update_time": time})


def dates_xml(dates: Dates) -> bytes:
    """Write posts/dates."""
    rows = "".join(element("date", count=count, date=day) for day, count in dates.counts.items())
    return xml(element("dates", rows, user=dates.user, tag=dates.tag))


def dates_json(dates: Dates) -> bytes:
    """Write posts/dates, with counts as text."""
    counts = {day: str(count) for day, count in dates.counts.items()}
    return php({"user": dates.user, "tag": dates.tag, "dates": counts or []})


def suggestions_xml(found: Suggestions) -> bytes:
    """Write posts/suggest; where there is nothing, without a declaration."""
    kinds = (("popular", found.popular), ("recommended", found.recommended))
    rows = "".join(element(kind, escaped(tag)) for kind, tags in kinds for tag in tags)
    return xml(element("suggested", rows)) if rows else b"<suggested></suggested>"


def suggestions_json(found: Suggestions) -> bytes:
    """Write posts/suggest: a list of maps with one key each."""
    kinds = (("popular", found.popular), ("recommended", found.recommended))
    return php([{kind: [escaped(tag) for tag in tags]} for kind, tags in kinds])


def tags_xml(tags: Tags) -> bytes:
    """Write tags/get."""
    return xml(element("tags", "".join(element("tag", count=count, tag=tag) for tag, count in tags.counts.items())))


def tags_json(tags: Tags) -> bytes:
    """Write tags/get."""
    return php({escaped(tag): count for tag, count in tags.counts.items()})


def notes_xml(notes: Notes) -> bytes:
    """Write notes/list."""
    return xml(element("notes", "".join(_note_xml(note) for note in notes.notes), count=notes.count))


def notes_json(notes: Notes) -> bytes:
    """Write notes/list: each row has its values a second time, under numbers."""
    rows = [_note_row(note) for note in notes.notes]
    doubled = [row | {str(place): value for place, value in enumerate(row.values())} for row in rows]
    return php({"count": notes.count, "notes": doubled})


def note_xml(note: Note) -> bytes:
    """Write notes/ID."""
    return xml(_note_xml(note))


def note_json(note: Note) -> bytes:
    """Write notes/ID."""
    return php(_note_row(note))


def result_xml(code: str) -> bytes:
    """Write the result of posts/add, and the comment behind it."""
    return xml(element("result", code=code)) + b"<!-- generated 07/14/12 07:40:12 UTC -->"


def result_json(code: str) -> bytes:
    """Write the result of posts/add."""
    return php({"result_code": code})


def secret_xml(secret: str) -> bytes:
    """Write user/secret, or the result of tags/delete."""
    return xml(element("result", escaped(secret)))


def secret_json(secret: str) -> bytes:
    """Write user/secret, or the result of tags/delete."""
    return php({"result": secret})


def _note_xml(note: Note) -> str:
    fields: Iterable[tuple[str, object]] = _fields(note).items()
    return element("note", "".join(element(name, escaped(str(value))) for name, value in fields), id=note.id)


def _note_row(note: Note) -> dict[str, Any]:
    return {"id": note.id, **_fields(note)}


def _fields(note: Note) -> Mapping[str, object]:
    fields: dict[str, object] = {
        "title": note.title,
        "hash": note.hash,
        "created_at": note.created_at,
        "updated_at": note.updated_at,
        "length": note.length,
    }
    return fields if note.text is None else fields | {"text": note.text}
