"""How Pocket writes its answers: items, lists, refusals, JSON and forms.

Numbers and flags of an item are text, but for three. The contents that nobody chose (an author, a picture, the ids of
domains) are the sandbox's own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias
from urllib.parse import urlencode, urlsplit

import attrs

from adapters.pocket.sandbox_account import ARCHIVED, DELETED, Annotation, Item, Page

JSON: TypeAlias = Any

NEVER_RESOLVED = (
    "resolved_url",
    "domain_id",
    "origin_domain_id",
    "response_code",
    "mime_type",
    "content_length",
    "encoding",
    "date_resolved",
    "date_published",
    "title",
    "excerpt",
    "word_count",
    "innerdomain_redirect",
    "login_required",
    "has_image",
    "has_video",
    "is_index",
    "is_article",
    "used_fallback",
    "lang",
    "time_first_parsed",
)
"""What an add says null of while the page is pending."""

NO_HIGHLIGHTS: Mapping[str, JSON] = dict.fromkeys(("fullText", "tags", "title", "url"))


@attrs.frozen
class Refused(Exception):  # noqa: N818 - what was done with the request
    """A request that is not carried out: `error` is the X-Error header, `code` the X-Error-Code, if there is one."""

    status: int
    code: int | None
    error: str
    message: str = ""


class Invalid(Refused):
    """A parameter, or an action, with a value that the server does not take."""

    def __init__(self, path: str, value: JSON, message: str = "Invalid value", kind: str = "field") -> None:
        place = {"location": "body"} if kind == "field" else {}
        given = {} if value is None else {"value": value}
        found = {**place, "path": path, "type": kind, **given}
        super().__init__(400, 130, "Bad request", f"{message}: {_compact(found)}")


def json_text(data: JSON, *, php: bool = False) -> bytes:
    """Write JSON, compactly; PHP escapes slashes and everything beyond ASCII, and its empty objects are arrays."""
    if php:
        return json.dumps(_without_empty_objects(data), separators=(",", ":")).replace("/", "\\/").encode()
    return _compact(data).encode("utf-8", "backslashreplace")  # which makes half a surrogate pair its JSON escape


def form_text(data: Mapping[str, JSON]) -> bytes:
    """Write what may be nested as a form, in the way of PHP: `list[1][item_id]=1`, without what is null."""
    return urlencode(list(_flat("", data)), errors="replace").encode()


def listing(rows: Iterable[tuple[str, Mapping[str, JSON]]]) -> dict[str, Mapping[str, JSON]]:
    """Return an object by item_id in the order that JSON objects of the service have: that of the numbers."""
    return dict(sorted(rows, key=lambda row: (len(row[0]), row[0])))


def late_row(item: Item, place: int, *, complete: bool) -> dict[str, JSON]:
    """Write an item of a list in the way of the late server. A deleted one is a stub."""
    if item.status == DELETED:
        return {"item_id": item.item_id, "status": "2"}
    page = item.page
    if page is None:
        return _state(item, place) | {"resolved_id": "", **_found(Page(words=0, lang="", article=False, image=0), item)}
    row = _state(item, place) | {"tags": _tags(item), **_picture(item), "resolved_id": item.resolved_id}
    row |= _found(page, item)
    return row | _details(item, page) if complete else row


def legacy_row(item: Item, place: int, *, complete: bool) -> dict[str, JSON]:
    """Write an item in the way of the server before: tags only in the complete form, and only where there are any."""
    if item.status == DELETED:
        return {"item_id": item.item_id, "status": "2", "listen_duration_estimate": 0}
    page = item.page or Page(words=0, lang="", article=False, image=0)
    row = _state(item, place) | {"resolved_id": "0" if item.page is None else item.resolved_id, **_picture(item)}
    row |= _found(page, item) | {"given_title": item.given_title or ""}
    if complete:
        row |= _details(item, page) | ({"tags": _tags(item)} if item.tags else {})
    return row


def annotation_rows(item: Item) -> dict[str, JSON]:
    """Write the highlights of an item, if it has any."""
    rows = [_annotation(item, annotation) for annotation in item.annotations]
    return {"annotations": rows} if rows and item.status != DELETED else {}


def added_row(item: Item, url: str) -> dict[str, JSON]:
    """Write the item that an add answers: without tags, and with the url as it was given this time."""
    if item.page is None:
        unknown: dict[str, JSON] = dict.fromkeys(NEVER_RESOLVED)
        return unknown | {"item_id": item.item_id, "given_url": url, "normal_url": _normal(url), "resolved_id": "0"}
    page = item.page
    return {
        "item_id": item.item_id,
        "normal_url": _normal(url),
        "resolved_id": item.resolved_id,
        "resolved_url": item.resolved_url,
        "domain_id": "85964",
        "origin_domain_id": "51347065",
        "response_code": "200",
        "mime_type": "text/html",
        "content_length": "24682",
        "encoding": "utf-8",
        "date_resolved": "2024-05-13 13:43:30",
        "date_published": "2024-01-02 00:00:00",
        "title": page.title,
        "excerpt": page.excerpt,
        "word_count": str(page.words),
        "innerdomain_redirect": "0",
        "login_required": "0",
        "has_image": str(page.image),
        "has_video": str(page.video),
        "is_index": _flag(page.index),
        "is_article": _flag(page.article),
        "used_fallback": "0",
        "lang": page.lang,
        "time_first_parsed": "0",
        "authors": _authors(item),
        "images": _images(item, page),
        "videos": _videos(item, page),
        "resolved_normal_url": _normal(item.resolved_url),
        "given_url": url,
        **_picture(item),
        "domain_metadata": _domain(item),
    }


def recent_searches(searches: Iterable[str]) -> list[JSON]:
    """Write what was searched for, the oldest first."""
    return [
        {"search": search, "context_key": "", "context_value": "", "sort_id": str(place)}
        for place, search in enumerate(searches, 1)
    ]


def person(username: str) -> dict[str, JSON]:
    """Write whose account it is."""
    name = username.partition("@")[0]
    profile = {
        "username": name,
        "name": "Sand Box",
        "description": "",
        "avatar_url": "https://example.org/a.png",
        "follower_count": "0",
        "follow_count": "0",
        "is_following": "0",
        "uid": "1001",
        "type": "pocket",
        "sort_id": 1,
    }
    return {
        "user_id": "1001",
        "username": "",
        "email": username,
        "birth": "2012-03-03 23:06:07",
        "first_name": "Sand",
        "last_name": "Box",
        "premium_status": "0",
        "is_fxa": "true",
        "aliases": {username: {"email": username, "confirmed": "1"}},
        "profile": profile,
        "premium_features": [],
        "premium_alltime_status": "0",
        "premium_on_trial": "0",
        "annotations_per_article_limit": 3,
    }


def _state(item: Item, place: int) -> dict[str, JSON]:
    """Write what the person did with an item. A read time is one of the archive, a favorite's one of favorites."""
    return {
        "item_id": item.item_id,
        "favorite": _flag(item.favorite),
        "status": str(item.status),
        "time_added": str(item.time_added),
        "time_updated": str(item.time_updated),
        "time_read": str(item.time_read if item.status == ARCHIVED else 0),
        "time_favorited": str(item.time_favorited if item.favorite else 0),
        "sort_id": place,
    }


def _found(page: Page, item: Item) -> dict[str, JSON]:
    """Write what the crawler found; where it has found nothing yet, not even the url is known."""
    known = item.page is not None
    return {
        "given_url": item.given_url if known else "",
        "given_title": page.title if item.given_title is None else item.given_title,
        "resolved_title": page.title,
        "resolved_url": item.resolved_url if known else "",
        "excerpt": page.excerpt,
        "is_article": _flag(page.article),
        "is_index": _flag(page.index),
        "has_video": str(page.video),
        "has_image": str(page.image),
        "word_count": str(page.words),
        "lang": page.lang,
        "time_to_read": round(page.words / 220),
        "listen_duration_estimate": page.words * 60 // 155,
    }


def _details(item: Item, page: Page) -> dict[str, JSON]:
    images = _images(item, page)
    authors = {key: author | {"item_id": item.resolved_id} for key, author in _authors(item).items()}
    details = {"authors": authors, "domain_metadata": _domain(item), "images": images, "videos": _videos(item, page)}
    first = {key: images["1"][key] for key in ("item_id", "src", "width", "height")} if images else None
    return details | ({"image": first} if first else {})


def _tags(item: Item) -> dict[str, JSON]:
    return {tag: {"tag": tag, "item_id": item.item_id} for tag in item.tags}


def _picture(item: Item) -> dict[str, JSON]:
    shown = item.page is not None and item.page.image
    return {"top_image_url": f"https://{_host(item)}/top.jpg"} if shown else {}


def _authors(item: Item) -> dict[str, dict[str, JSON]]:
    return {"77": {"author_id": "77", "name": "Ann Author", "url": f"https://{_host(item)}/ann"}}


def _images(item: Item, page: Page) -> dict[str, dict[str, JSON]]:
    source = f"https://{_host(item)}/1.jpg"
    sizes = {"width": "600", "height": "400", "credit": "", "caption": "cap"}
    return {"1": {"item_id": item.resolved_id, "image_id": "1", "src": source, **sizes}} if page.image else {}


def _videos(item: Item, page: Page) -> dict[str, dict[str, JSON]]:
    sizes = {"width": "640", "height": "360", "type": "5", "vid": "", "length": "0"}
    source = f"https://{_host(item)}/1.mp4"
    return {"1": {"item_id": item.resolved_id, "video_id": "1", "src": source, **sizes}} if page.video else {}


def _domain(item: Item) -> dict[str, JSON]:
    host = _host(item)
    return {"name": host, "logo": f"https://{host}/logo.png", "greyscale_logo": f"https://{host}/logo-g.png"}


def _annotation(item: Item, annotation: Annotation) -> dict[str, JSON]:
    return {
        "annotation_id": annotation.annotation_id,
        "item_id": item.item_id,
        "quote": annotation.quote,
        "patch": annotation.patch,
        "version": annotation.version,
        "created_at": annotation.created,
    }


def _host(item: Item) -> str:
    return urlsplit(item.resolved_url).netloc


def _normal(url: str) -> str:
    return "http" + url[len(urlsplit(url).scheme) :]


def _flag(value: bool) -> str:
    return "1" if value else "0"


def _compact(data: JSON) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def _without_empty_objects(data: JSON) -> JSON:
    if isinstance(data, Mapping):
        return {key: _without_empty_objects(value) for key, value in data.items()} or []
    return [_without_empty_objects(value) for value in data] if isinstance(data, list) else data


def _flat(name: str, data: JSON) -> Iterator[tuple[str, str]]:
    if isinstance(data, list):
        data = dict(enumerate(data))
    if isinstance(data, Mapping):
        for key, value in data.items():
            yield from _flat(f"{name}[{key}]" if name else str(key), value)
    elif data is not None:
        yield name, str(int(data)) if isinstance(data, bool) else str(data)
