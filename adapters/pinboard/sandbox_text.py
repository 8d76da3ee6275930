"""How Pinboard writes XML and JSON, byte for byte where it matters.

XML escapes four characters and nothing else: newlines stand raw inside of attributes, and so do control characters,
which makes the document ill-formed. What has its default value is left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from adapters.pinboard.sandbox_account import Note, Post, written_time

DECLARATION = '<?xml version="1.0" encoding="UTF-8" ?>\n'


def document(root: str) -> str:
    """Make an XML document of its root element, with the blanks that Pinboard leaves behind."""
    return f"{DECLARATION}{root}\n\t"


def element(name: str, attributes: Mapping[str, object] | None = None, content: str | None = None) -> str:
    """Write an element; `content` is markup already, and None closes the element at once."""
    written = "".join(f' {key}="{escaped(str(value))}"' for key, value in (attributes or {}).items())
    return f"<{name}{written} />" if content is None else f"<{name}{written}>{content}</{name}>"


def escaped(text: str) -> str:
    """Escape what Pinboard escapes; apostrophes, newlines and control characters stay raw."""
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;")


def json_text(data: Any) -> str:
    """Write JSON as PHP does: pure ASCII, slashes escaped, blanks at the end."""
    return json.dumps(data, separators=(",", ":")).replace("/", "\\/") + "\t\n"


def posts_xml(root: Mapping[str, object], posts: Iterable[Post], *, meta: bool) -> str:
    """Write a listing of posts."""
    rows = "\n".join("  " + element("post", _post_attributes(post, meta=meta)) for post in posts)
    return element("posts", root, f"\n{rows}\n")


def post_row(post: Post, *, false_title: bool) -> dict[str, Any]:
    """Return the nine keys of a post in JSON; an empty title may be `false`."""
    return {
        "href": post.href,
        "description": False if false_title and not post.description else post.description,
        "extended": post.extended,
        "meta": post.meta,
        "hash": post.hash,
        "time": written_time(post.time),
        "shared": "yes" if post.shared else "no",
        "toread": "yes" if post.toread else "no",
        "tags": " ".join(post.tags),
    }


def note_xml(note: Note, *, text: bool) -> str:
    """Write a note, with its text or as a row of the list."""
    content = "".join(element(key, None, escaped(str(value))) for key, value in _note_fields(note, text=text).items())
    return element("note", {"id": note.id}, content)


def note_row(note: Note, *, text: bool) -> dict[str, Any]:
    """Return a note in JSON; the rows of the list have every value a second time, under its number."""
    row = {"id": note.id, **_note_fields(note, text=text)}
    return row if text else row | {str(number): value for number, value in enumerate(row.values())}


def _post_attributes(post: Post, *, meta: bool) -> dict[str, object]:
    attributes: dict[str, object] = {
        "href": post.href,
        "time": written_time(post.time),
        "description": post.description,
        "extended": post.extended,
        "tag": " ".join(post.tags),
        "hash": post.hash,
    }
    if meta:
        attributes["meta"] = post.meta
    if not post.shared:
        attributes["shared"] = "no"
    if post.toread:
        attributes["toread"] = "yes"
    return attributes


def _note_fields(note: Note, *, text: bool) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "title": note.title,
        "hash": note.hash,
        "created_at": _note_time(note.created),
        "updated_at": _note_time(note.updated),
        "length": len(note.text),
    }
    return fields | {"text": note.text} if text else fields


def _note_time(time: datetime) -> str:
    return written_time(time).replace("T", " ").removesuffix("Z")
