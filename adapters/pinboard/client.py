"""Pinboard's API v1 as a library: one method for each call, answers as `wire` structs, errors that say what to do.

    client = PinboardClient(PinboardConfig(token=Secret("alice:0123456789ABCDEF0123")), context)
    for post in client.posts_all().posts:
        print(post.href, post.description)

The client keeps the API's pace by itself. What holds for every method: CredentialsError is raised when the login is
refused, Unavailable when the service cannot answer, ProtocolError when what it answers is not the API (NoSuchRoute
where a compatible server does not have the method), Unsendable when the values do not fit into a request. A method that
writes returns only if the service said exactly "done"; it raises Refusal with the service's words if it declined, and
UnknownOutcome if the call may or may not have been carried out.

The methods stand in the order of the vendor's page (https://pinboard.in/api/), which says what each parameter means.
Filters are the service's, and it ignores what it does not know.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime

from requests.adapters import BaseAdapter

from adapters.http.pacing import Pacer
from adapters.pinboard import PinboardConfig, wire
from adapters.pinboard.calls import Caller, DeadRoute, NoSuchRoute, Refusal, UriTooLong, Values
from adapters.pinboard.renaming import Renamed, checked_tag, rename
from adapters.pinboard.wire import Dates, Note, Notes, Posts, Suggestions, Tags
from bridge.model.adapter import Context
from bridge.model.secret import Secret

__all__ = ["NoSuchRoute", "PinboardClient", "Refusal", "Renamed", "UriTooLong"]

_NOTE_ID = re.compile(r"[A-Za-z0-9_-]+")


class PinboardClient:
    """An account at Pinboard, or at a server that speaks its API. Raises ConfigurationError if it cannot be used.

    `transport` is what carries the requests, in a test.
    """

    def __init__(self, config: PinboardConfig, context: Context, transport: BaseAdapter | None = None) -> None:
        self._report = context.report
        self._caller = Caller(config, context, transport)

    @property
    def calls(self) -> int:
        """How many requests were sent."""
        return self._caller.calls

    @property
    def service(self) -> str:
        """The service's name in messages."""
        return self._caller.service

    @property
    def user(self) -> str:
        """The user, as the login names it. Raises CredentialsError if there is no usable login."""
        return self._caller.user

    @property
    def identity(self) -> str:
        """Service, base URL and user."""
        return self._caller.identity

    @property
    def clock_off(self) -> float | None:
        """By how many seconds our clock was ahead of the service's, by its last answer; None if that did not say."""
        return self._caller.clock_off

    @property
    def pacer(self) -> Pacer:
        """The account's pace."""
        return self._caller.pacer

    def posts_update(self) -> str:
        """Return when a bookmark was last added, changed or deleted, as the service writes it; tags/rename is unseen.

        Compare it for difference only: at a compatible server it can go back.
        """
        return self._caller.read("posts/update", wire.decode_update, {})

    def posts_add(
        self,
        url: str,
        description: str,
        *,
        extended: str | None = None,
        tags: Iterable[str] | None = None,
        dt: datetime | None = None,
        replace: bool | None = None,
        shared: bool | None = None,
        toread: bool | None = None,
    ) -> None:
        """Bookmark an address. What is None is not sent.

        Where the address is bookmarked already and `replace` is not False, the whole record is overwritten: what is not
        sent becomes empty, read, and as public as the account's default.
        """
        values: Values = {
            "url": url,
            "description": description,
            "extended": extended,
            "tags": tags,
            "dt": dt,
            "replace": replace,
            "shared": shared,
            "toread": toread,
        }
        self._caller.write("posts/add", values)

    def posts_delete(self, url: str) -> None:
        """Delete a bookmark."""
        self._caller.write("posts/delete", {"url": url})

    def posts_get(
        self,
        *,
        url: str | None = None,
        dt: date | None = None,
        tag: str | Iterable[str] = (),
        meta: bool | None = None,
        format: str | None = None,
    ) -> Posts:
        """Return the bookmarks of one day, or that of one address. Without either: of the most recent day alone.

        An address that is not bookmarked gives no posts. `format` overrides the account's.
        """
        values: Values = {"url": url, "dt": dt, "tag": _filter(tag), "meta": meta}
        none = (wire.decode_complaint, Posts())  # linkhut says by a 404 that there is none
        return self._caller.read_words("posts/get", wire.decode_posts, values, format=format, none=none)

    def posts_recent(self, *, tag: str | Iterable[str] = (), count: int | None = None) -> Posts:
        """Return the newest bookmarks: 15, or `count` up to 100."""
        values: Values = {"tag": _filter(tag), "count": count}
        return self._caller.read_words("posts/recent", wire.decode_posts, values)

    def posts_dates(self, *, tag: str | Iterable[str] = ()) -> Dates:
        """Return how many bookmarks were made on each day."""
        return self._caller.read("posts/dates", wire.decode_dates, {"tag": _filter(tag)})

    def posts_all(
        self,
        *,
        tag: str | Iterable[str] = (),
        start: int | None = None,
        results: int | None = None,
        fromdt: datetime | None = None,
        todt: datetime | None = None,
        meta: bool | None = None,
        format: str | None = None,
    ) -> Posts:
        """Return all bookmarks, newest first, or those with up to three tags, or made between two times.

        `start` and `results` cut a part out of a list that moves; some servers ignore them. `format` overrides the
        account's.
        """
        values: Values = {
            "tag": _filter(tag),
            "start": start,
            "results": results,
            "fromdt": fromdt,
            "todt": todt,
            "meta": meta,
        }
        return self._caller.read_words("posts/all", wire.decode_posts, values, format=format)

    def posts_suggest(self, url: str) -> Suggestions:
        """Return tags for an address: those that others gave it, and those of the user's own that fit."""
        values: Values = {"url": url}
        return self._caller.read_words("posts/suggest", wire.decode_suggestions, values, whole=_is_whole)

    def tags_get(self) -> Tags:
        """Return how many bookmarks have each tag."""
        return self._caller.read_words("tags/get", wire.decode_tags, {}, whole=_is_whole)

    def tags_delete(self, tag: str) -> None:
        """Take a tag from all bookmarks. It is done also where no bookmark has it."""
        self._caller.write("tags/delete", {"tag": tag})

    def tags_rename(self, old: str, new: str) -> Renamed:
        """Give a tag another name on all bookmarks; where the name is one already, the two become one.

        Pinboard answers 500 to every tags/rename since June 2026. Where a server does that, or does not have the
        method, the bookmarks with the tag are saved anew one by one, two calls each, and the answer says which could
        not be. What that raises leaves it half done; calling once more goes on from there. A refusal to rename to
        nothing is the service's own.
        """
        checked_tag(old)
        checked_tag(new)
        try:
            self._caller.write("tags/rename", {"old": old, "new": new}, mortal=True)
        except DeadRoute:
            if not new or not old:
                raise
            return rename(self, old, new, self._report)
        return Renamed(by_service=True)

    def user_secret(self) -> Secret:
        """Return the secret of the user's private feeds. Raises NoSuchRoute where a compatible server has none."""
        return Secret(self._caller.read("user/secret", wire.decode_secret, {}))

    def user_api_token(self) -> Secret:
        """Return the secret half of the API token. Raises NoSuchRoute where a compatible server has none."""
        return Secret(self._caller.read("user/api_token", wire.decode_secret, {}))

    def notes_list(self) -> Notes:
        """Return all notes without their texts. Raises NoSuchRoute where a compatible server has none."""
        return self._caller.read_words("notes/list", wire.decode_notes, {}, whole=_is_whole)

    def notes_get(self, id: str) -> Note | None:
        """Return a note with its text, None if there is none of that id.

        It is asked for as JSON, the only form that is known of it.
        """
        if not _NOTE_ID.fullmatch(id) or id == "list":  # or the path would be that of another method
            return None
        none = (wire.decode_no_note, None)
        return self._caller.read_words(f"notes/{id}", wire.decode_note, {}, format="json", none=none)

    def overhead(self) -> int:
        """Return how many bytes of a posts/add request are no value, at most."""
        values: Values = {
            "url": "",
            "description": "",
            "extended": "",
            "tags": "",
            "dt": datetime(2000, 1, 1, tzinfo=UTC),
            "replace": True,
            "shared": True,
            "toread": True,
        }
        return self._caller.size("posts/add", values)


def _filter(tag: str | Iterable[str]) -> str | None:
    """Return the tags to filter by as a parameter, None if there are none."""
    return (tag if isinstance(tag, str) else " ".join(tag)) or None


def _is_whole(answer: Suggestions | Tags | Notes) -> bool:
    return not answer.damaged
