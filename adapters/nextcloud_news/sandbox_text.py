"""How answers are written: JSON as PHP does, the rows of the API, OCS envelopes, and pages of HTML.

The pages are the sandbox's own and say so. They are about as long as Nextcloud's, since clients have to cope with that.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from typing import Any

from adapters.nextcloud_news.sandbox_records import MICROSECONDS, Feed, Folder, Item

ERROR_PAGE_BYTES = 2_600
MAINTENANCE_PAGE_BYTES = 13_000


def json_text(data: Any) -> str:
    """Write JSON as PHP does for the web: pure ASCII without blanks, slashes and angle brackets escaped."""
    text = json.dumps(data, separators=(",", ":"))
    return text.replace("/", "\\/").replace("<", "\\u003C").replace(">", "\\u003E")


def item_row(item: Item) -> dict[str, Any]:
    """Return the twenty keys of an item."""
    return {
        "id": item.id,
        "guid": item.guid,
        "guidHash": item.guid_hash,
        "url": item.url,
        "title": item.title,
        "author": item.author,
        "pubDate": item.pub_date,
        "updatedDate": None,
        "body": item.body,
        "enclosureMime": item.enclosure_mime,
        "enclosureLink": item.enclosure_link,
        "mediaThumbnail": item.media_thumbnail,
        "mediaDescription": item.media_description,
        "feedId": item.feed_id,
        "unread": item.unread,
        "starred": item.starred,
        "lastModified": item.last_modified // MICROSECONDS,
        "rtl": item.rtl,
        "fingerprint": item.fingerprint,
        "contentHash": item.content_hash,
    }


def feed_row(feed: Feed, unread: int | None) -> dict[str, Any]:
    """Return a feed; where it has just been created nobody has counted its `unread` items, and its error is ""."""
    return {
        "id": feed.id,
        "url": feed.url,
        "title": feed.title,
        "faviconLink": feed.favicon_link,
        "added": feed.added,
        "folderId": feed.folder_id,
        "unreadCount": unread,
        "ordering": feed.ordering,
        "link": feed.link,
        "pinned": feed.pinned,
        "updateErrorCount": feed.update_error_count,
        "lastUpdateError": "" if unread is None else feed.last_update_error,
        "items": [],
        "nextUpdateTime": None,
    }


def folder_row(folder: Folder) -> dict[str, Any]:
    """Return a folder; which feeds it holds is never told here."""
    return {"id": folder.id, "name": folder.name, "opened": folder.opened, "feeds": []}


def server_status(*, maintenance: bool) -> dict[str, Any]:
    """Return what status.php says."""
    return {
        "installed": True,
        "maintenance": maintenance,
        "needsDbUpgrade": False,
        "version": "31.0.6.2",
        "versionstring": "31.0.6",
        "edition": "",
        "productname": "Nextcloud",
        "extendedSupport": False,
    }


def ocs(data: Any, code: int = 200, message: str = "OK") -> dict[str, Any]:
    """Put an answer into the envelope of the Open Collaboration Services."""
    meta = {"status": "ok" if code == 200 else "failure", "statuscode": code, "message": message}
    return {"ocs": {"meta": meta, "data": data}}


def ocs_xml(envelope: Mapping[str, Any]) -> str:
    """Write an envelope as XML, which is what comes unless JSON is asked for."""
    return f'<?xml version="1.0"?>\n{_elements(envelope)}\n'


def profile(uid: str, name: str, email: str | None, now: int) -> dict[str, Any]:
    """Return what OCS tells users of themselves."""
    private = {
        f"{field}{suffix}": value
        for field in ("phone", "address", "website", "twitter", "fediverse", "organisation", "role", "headline")
        for suffix, value in (("", ""), ("Scope", "v2-local"))
    }
    return {
        "enabled": True,
        "id": uid,
        "firstLoginTimestamp": now,
        "lastLoginTimestamp": now,
        "lastLogin": now * 1_000,
        "backend": "Database",
        "subadmin": [],
        "quota": {"free": -3, "used": 0, "total": -3, "relative": 0, "quota": -3},
        "manager": "",
        "avatarScope": "v2-federated",
        "email": email,
        "emailScope": "v2-federated",
        "additional_mail": [],
        "additional_mailScope": [],
        "displayname": name,
        "display-name": name,
        "displaynameScope": "v2-federated",
        **private,
        "biography": "",
        "biographyScope": "v2-local",
        "profile_enabled": "1",
        "profile_enabledScope": "v2-local",
        "pronouns": "",
        "pronounsScope": "v2-federated",
        "groups": [],
        "language": "en",
        "locale": "",
        "notify_email": None,
        "backendCapabilities": {"setDisplayName": True, "setPassword": True},
    }


def page(title: str, content: str, least: int = 0) -> str:
    """Write a page of HTML; `content` is markup. A comment makes it at least this long."""
    start = f'<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8"><title>{escape(title)}</title></head>\n'
    text = f"{start}<body>\n<h1>{escape(title)}</h1>\n{content}\n<p><small>This is a sandbox.</small></p>\n"
    filling = f"<!--{' filling' * (max(0, least - len(text)) // len(' filling'))} -->\n" if least else ""
    return f"{text}{filling}</body>\n</html>\n"


def failure_page(title: str, sentence: str, least: int = ERROR_PAGE_BYTES) -> str:
    """Write a page that tells of a failure."""
    return page(title, f"<p>{escape(sentence)}</p>", least)


def login_page(client: str, hint: str, *, refused: bool) -> str:
    """Ask for user and password, so that they can give a client access."""
    wrong = "<p>Wrong login or password.</p>\n" if refused else ""
    fields = (
        '<label>Account <input name="user" autofocus required></label>\n'
        '<label>Password <input name="password" type="password" required></label>\n'
        '<button type="submit">Log in</button>'
    )
    intro = f"<p>{escape(client)} asks for access to an account.</p>\n{wrong}"
    return page("Log in", f'{intro}<form method="post">\n{fields}\n</form>\n<p>{escape(hint)}</p>')


def grant_page(client: str, user: str, action: str, state: str) -> str:
    """Ask the user, who is logged in by now, whether the client may have access."""
    question = f"<p>{escape(user)}, may <strong>{escape(client)}</strong> read and change what is yours?</p>"
    hidden = f'<input type="hidden" name="state" value="{escape(state)}">'
    button = '<button type="submit">Grant access</button>'
    form = f'<form method="post" action="{escape(action)}">\n{hidden}\n{button}\n</form>'
    return page("Account access", f"{question}\n{form}")


def _elements(data: Any) -> str:
    if isinstance(data, Mapping):
        return "".join(f"<{name}>{_elements(value)}</{name}>" for name, value in data.items())
    if isinstance(data, list):
        return "".join(f"<element>{_elements(value)}</element>" for value in data)
    if data is None or isinstance(data, bool):
        return "1" if data else ""
    return escape(str(data))
