"""How a tag is renamed where tags/rename is dead: each bookmark that has it is saved anew.

posts/add overwrites the whole record, so each is read again just before it is written, and sent with all its fields as
they are. What cannot be sent whole is left alone and told. The old tag is never deleted afterwards: that would take it
from just those.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import attrs

from adapters.http.session import Unsendable
from adapters.http.words import spoken
from adapters.pinboard.calls import Refusal
from adapters.pinboard.wire import Post, decode_time

if TYPE_CHECKING:
    from adapters.pinboard.client import PinboardClient

_SEPARATORS = re.compile(r"[\s,]")
CALLS = 2
"""Calls for each bookmark: one reads it, one writes it."""


@attrs.frozen
class Skipped:
    """A bookmark that keeps the old tag: its address, and a sentence that says why."""

    href: str
    why: str


@attrs.frozen
class Renamed:
    """What came of renaming a tag: the service did it, or these addresses were `saved` anew and those not."""

    by_service: bool = False
    saved: tuple[str, ...] = ()
    skipped: tuple[Skipped, ...] = ()


def checked_tag(tag: str) -> None:
    """Raise Unsendable if this would be several tags."""
    if _SEPARATORS.search(tag):
        raise Unsendable("A tag has neither blanks nor commas.")


def rename(client: PinboardClient, old: str, new: str, report: Callable[[str], None]) -> Renamed:
    """Save every bookmark anew that has the tag, in whatever case. Raises what any call raises.

    A server that ignores the filter lists everything, so that each answer is looked at here as well.
    """
    listed = [post for post in client.posts_all(tag=old).posts if post.damaged or swapped(post.tags, old, new)]
    if listed:
        pause = spoken(CALLS * len(listed) * client.pacer.gap("default"))
        report(
            f"{client.service} cannot rename a tag now, so each bookmark that has it is saved anew: "
            f"{len(listed):,} of them, in about {pause}."
        )
    saved: list[str] = []
    skipped: list[Skipped] = []
    for post in listed:
        try:
            why = _save(client, post.href, old, new)
        except (Refusal, Unsendable) as error:
            why = error.message
        if why is None:
            saved.append(post.href)
        elif why:
            skipped.append(Skipped(post.href, why))
    return Renamed(False, tuple(saved), tuple(skipped))


def swapped(tags: str, old: str, new: str) -> list[str] | None:
    """Return the tags with the new one in the place of the old one, and each once; None if the old one is not there.

    Tags are compared without case, as the service does, and the first spelling of each is kept.
    """
    found = tags.split()
    named = [new if tag.casefold() == old.casefold() else tag for tag in found]
    if named == found:
        return None
    spellings = {tag.casefold(): tag for tag in reversed(named)}
    return list(dict.fromkeys(spellings[tag.casefold()] for tag in named))


def _save(client: PinboardClient, href: str, old: str, new: str) -> str | None:
    """Save one bookmark with the tag renamed: None if that is done, "" if there is nothing to do, else why not."""
    post = _now(client, href)
    if post is None:
        return "It is not there any more, or cannot be asked for."
    if post.damaged or post.silent:
        return "Not all of it can be read, so the rest would be lost."
    tags = swapped(post.tags, old, new)
    if tags is None:
        return ""
    client.posts_add(
        post.href,
        post.description,
        extended=post.extended,
        tags=tags,
        dt=decode_time(post.time),
        replace=True,
        shared=post.shared,
        toread=post.toread,
    )
    return None


def _now(client: PinboardClient, href: str) -> Post | None:
    """Return a bookmark as it is now; where it does not come whole, as JSON has it."""
    post = None
    for format in (None, "json"):
        found = client.posts_get(url=href, format=format).posts
        post = next((post for post in found if post.href == href), None)
        if post is None or not (post.damaged or post.silent):
            break
    return post
