"""How the sandbox reads the parameters of /v3/get: strictly, as the late server, or leniently, as the one before it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import attrs

from adapters.pocket.sandbox_account import ARCHIVED, DELETED, HIDDEN, UNREAD, Query, cut_tag, folded
from adapters.pocket.sandbox_text import Invalid

Params: TypeAlias = Mapping[str, Any]
"""What a request says: text from a form or a query, any JSON from a JSON body."""

ALL_THAT_FIT = 5_000
FEW = 30
TOTAL_LIMIT = 5_000
UNTAGGED = "_untagged_"
STATES: Mapping[str, frozenset[int]] = {
    "unread": frozenset({UNREAD}),
    "queue": frozenset({UNREAD}),
    "archive": frozenset({ARCHIVED}),
    "read": frozenset({ARCHIVED}),
    "all": frozenset({UNREAD, ARCHIVED, DELETED, HIDDEN}),
}
CONTENTS = ("article", "video", "image")
SEARCHED_CONTENTS = ("article", "video")
SORTS: Mapping[str, str] = {
    "newest": "newest",
    "oldest": "oldest",
    "relevance": "newest",
    "shortest": "newest",
    "longest": "newest",
}
LEGACY_SORTS: Mapping[str, str] = {"newest": "newest", "oldest": "oldest", "title": "title", "site": "site"}


@attrs.frozen
class Wanted:
    """What a /v3/get asks for: which items, which part of them, and what goes with them."""

    query: Query
    count: int
    offset: int
    complete: bool
    total: bool
    annotations: bool
    tags: bool
    account: bool
    searches: bool


def late_wanted(params: Params) -> Wanted:
    """Read the parameters as the server from 2024 on does. Raises Invalid for the first one that is wrong."""
    detail = _word(params, "detailType", ("simple", "complete")) or "simple"
    state = _word(params, "state", STATES)
    offset = _number(params, "offset", 0) or 0
    since = _number(params, "since", 0)
    count = _number(params, "count", 1, ALL_THAT_FIT)
    sort = SORTS[_word(params, "sort", SORTS) or "newest"]
    query = Query(
        statuses=STATES[state or "all"],
        favorite=_switch(params, "favorite"),
        tag=_tag(_text(params, "tag")),
        content=_content(_word(params, "contentType", (*CONTENTS, "all"))),
        search=_text(params, "search", empty=True) or None,
        annotated=_switch(params, "hasAnnotations"),
        since=None if since is None else _seconds(since),
        before=_number(params, "updatedBefore", 0),
        sort=sort,
    )
    return Wanted(
        _late_query(query, archive=state in ("archive", "read")),
        count=(FEW if since is None else ALL_THAT_FIT) if count is None else count,
        offset=offset,
        complete=detail == "complete",
        total=bool(_switch(params, "total")),
        annotations=bool(_switch(params, "annotations")),
        tags=_either(params, "taglist", "forcetaglist"),
        account=_either(params, "account", "forceaccount"),
        searches=_either(params, "premium", "forcepremium"),
    )


def _late_query(query: Query, *, archive: bool) -> Query:
    """Apply what one parameter does to another.

    A search ignores the tag, the times, and deleted items. `updatedBefore` and `since` together do nothing at all.
    Lists of favorites and archived items go by a date of their own, unless they are of what changed.
    """
    if query.search is not None:
        content = query.content if query.content in SEARCHED_CONTENTS else None
        statuses = query.statuses - {DELETED, HIDDEN}
        return attrs.evolve(
            query, tag=None, annotated=None, since=None, before=None, content=content, statuses=statuses
        )
    by = "time_added"
    if query.since is None and query.favorite is not None:
        by = "time_favorited"
    elif query.since is None and archive:
        by = "time_read"
    if query.since is not None and query.before is not None:
        query = attrs.evolve(query, since=None, before=None)
    return attrs.evolve(query, by=by)


def legacy_wanted(params: Params) -> Wanted:
    """Read the parameters as the server before 2024 did, which took what is wrong for absent; only a state is refused.

    Without a state it lists what is unread (documents disagree). Stubs of deleted items come with `since` alone.
    """
    state = _word(params, "state", STATES) or "unread"
    since = _lenient_number(params, "since", 0)
    statuses = STATES[state] if since is not None else STATES[state] - {DELETED, HIDDEN}
    content = str(params.get("contentType", ""))
    query = Query(
        statuses=statuses,
        favorite=_lenient_switch(params, "favorite"),
        tag=_tag(str(params.get("tag") or "") or None),
        content=content if content in CONTENTS else None,
        domain=str(params.get("domain") or "") or None,
        search=str(params.get("search") or "") or None,
        since=since,
        sort=LEGACY_SORTS.get(str(params.get("sort", "")), "newest"),
    )
    return Wanted(
        query,
        count=_lenient_number(params, "count", 1) or ALL_THAT_FIT,
        offset=_lenient_number(params, "offset", 0) or 0,
        complete=params.get("detailType") == "complete",
        total=bool(_lenient_switch(params, "total")),
        annotations=bool(_lenient_switch(params, "annotations")),
        tags=bool(_lenient_switch(params, "taglist")),
        account=bool(_lenient_switch(params, "account")),
        searches=False,
    )


def late_envelope(
    wanted: Wanted, rows: Mapping[str, Any], found: int, now: int, extras: Mapping[str, Any]
) -> Mapping[str, Any]:
    """Put a list into its envelope. The status is that of the total, so a page past the end is 1.

    An empty list is an object, but for a search, where it is an array; what a search says of itself forgets the offset.
    """
    searched = {"total_result_count": found, "count": wanted.count, "offset": wanted.offset}
    return {
        **({"total": str(min(found, TOTAL_LIMIT))} if wanted.total else {}),
        "maxActions": 30,
        "cachetype": "db",
        "status": 1 if found else 2,
        "error": None,
        "complete": 1,
        "since": now,
        **extras,
        "list": rows if rows or wanted.query.search is None else [],
        **({} if wanted.query.search is None else {"search_meta": {**searched, "has_more": found > wanted.count}}),
    }


def legacy_envelope(
    wanted: Wanted, rows: Mapping[str, Any], found: int, now: int, extras: Mapping[str, Any]
) -> Mapping[str, Any]:
    """Put a list into its envelope: what changed since a moment is not complete."""
    return {
        "status": 1 if rows else 2,
        "complete": 1 if wanted.query.since is None else 0,
        "list": rows,
        "error": None,
        "search_meta": {"search_type": "normal"},
        "since": now,
        **({"total": str(found)} if wanted.total else {}),
        **extras,
    }


def _seconds(moment: int) -> int:
    """Return a moment in seconds: 13 digits and more are milliseconds."""
    return round(moment / 1_000) if moment >= 10**12 else moment


def _tag(tag: str | None) -> str | None:
    """Return the tag to look for; "" finds what has none."""
    if tag == UNTAGGED:
        return ""
    return None if tag is None else folded(cut_tag(tag))


def _content(word: str | None) -> str | None:
    return None if word == "all" else word


def _either(params: Params, name: str, forced: str) -> bool:
    first, second = _switch(params, name), _switch(params, forced)
    return bool(first or second)


def _word(params: Params, name: str, words: Mapping[str, Any] | tuple[str, ...]) -> str | None:
    value = params.get(name)
    if value is None:
        return None
    word = str(value).lower()
    if word not in words:
        raise Invalid(name, value)
    return word


def _text(params: Params, name: str, *, empty: bool = False) -> str | None:
    value = params.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or not (value or empty):
        raise Invalid(name, value)
    return value


def _number(params: Params, name: str, least: int, most: int | None = None) -> int | None:
    value = params.get(name)
    if value is None:
        return None
    number = _whole(value)
    if number is None or number < least or (most is not None and number > most):
        raise Invalid(name, value)
    return number


def _switch(params: Params, name: str) -> bool | None:
    """Read a flag, which is text (or true, or false): the numbers 0 and 1 are accepted, and both are taken for no."""
    value = params.get(name)
    if value is None:
        return None
    word = str(value).lower()
    if word not in ("0", "1", "false", "true"):
        raise Invalid(name, value)
    return word in ("1", "true") and (isinstance(value, str) or value is True)


def _lenient_number(params: Params, name: str, least: int) -> int | None:
    number = _whole(params.get(name))
    return None if number is None or number < least else number


def _lenient_switch(params: Params, name: str) -> bool | None:
    word = str(params.get(name, "")).lower()
    return None if word not in ("0", "1", "false", "true") else word in ("1", "true")


def _whole(value: object) -> int | None:
    """Return a whole number that is one, or is written as one."""
    if isinstance(value, str):
        digits = value.removeprefix("-")
        return int(value) if digits.isascii() and digits.isdigit() and len(digits) < 20 else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None
