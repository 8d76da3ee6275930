"""The key by which two urls are recognised as the same page.

Folded is only what RFC 3986 (6.2.2, 6.2.3) and the WHATWG URL standard call equivalent: the case of scheme and host,
the default port, dot segments, an empty path, and how an unreserved character is percent-encoded. Fragments, the order
of parameters, `www.` and trailing slashes are kept: two different pages are never merged. A url that does not parse is
its own key.
"""

from __future__ import annotations

import re
from functools import lru_cache

import ada_url

KEY_RULE = 1
"""The version of the rule. It is stored with each replica; a change re-keys the replica instead of being read as a
thousand deletions and additions."""

_REMEMBERED = 2**16
"""A run asks for the key of each url several times."""

_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


@lru_cache(maxsize=_REMEMBERED)
def key(url: str) -> str:
    """Return what two urls of the same page have in common. The key of a key is itself."""
    normal = whatwg(url)
    if normal is None:
        return url
    # Beside a stray "%", decoding could build a new escape ("%%341" -> "%41"), which is another page.
    if _STRAY_PERCENT.search(normal):
        return normal
    folded = _ESCAPE.sub(_fold_escape, normal)
    # A decoded letter can make another page: the drive of "file:///%43|" would become "file:///C:".
    return folded if whatwg(folded) == folded else normal


def whatwg(url: str) -> str | None:
    """Return the url as the WHATWG standard writes it, or None if it does not parse as an absolute url."""
    try:
        return str(ada_url.URL(url).href)
    except (ValueError, UnicodeEncodeError):
        return None


def scheme(url: str) -> str:
    """Return the scheme in lower case, or "" if the url does not parse."""
    normal = whatwg(url)
    return normal.partition(":")[0] if normal is not None else ""


def host(url: str) -> str:
    """Return the host in lower case without its port, or "" if there is none."""
    try:
        return str(ada_url.URL(url).hostname)
    except (ValueError, UnicodeEncodeError):
        return ""


def _fold_escape(match: re.Match[str]) -> str:
    character = chr(int(match.group(1), 16))
    return character if character in _UNRESERVED else match.group(0).upper()
