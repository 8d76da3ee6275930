"""Where requests may go: the address of a server, and where it may send us on to with a login in hand."""

from __future__ import annotations

import ipaddress
import re
import urllib.parse

import urllib3.exceptions
import urllib3.util

from bridge.model.errors import ConfigurationError

_PLAIN_URL = re.compile(r"[!#-;=?-\[\]_a-z~%&]*")
"""The characters of a URL (RFC 3986), so no backslash, no blank and no control character."""
_PLAIN_HOST = re.compile(r"[a-z0-9.-]{1,100}")


def target(url: str, location: str) -> str | None:
    """Return where a redirect leads if the login may be sent there: the same origin, or the same host by https.

    What parsers read differently (a backslash, a login, blanks) leads nowhere: this one may see another host than the
    one that is asked in the end.
    """
    if not _PLAIN_URL.fullmatch(location):
        return None
    try:
        base, there = urllib.parse.urlsplit(url), urllib.parse.urlsplit(urllib.parse.urljoin(url, location))
        same_origin = (base.scheme, base.hostname, base.port) == (there.scheme, there.hostname, there.port)
        asked = urllib3.util.parse_url(there.geturl())
    except (ValueError, urllib3.exceptions.LocationParseError):
        return None
    upgraded = base.scheme == "http" and there.scheme == "https" and base.hostname == there.hostname
    sound = "@" not in there.netloc and (asked.host or "").strip("[]") == there.hostname and asked.port == there.port
    return there._replace(fragment="").geturl() if sound and (same_origin or upgraded) else None


def place(url: str, location: str) -> str:
    """Return in words where a redirect leads to: a host if it is another one and has a plain name."""
    try:
        host = urllib.parse.urlsplit(urllib.parse.urljoin(url, location)).hostname or ""
        own = urllib.parse.urlsplit(url).hostname
    except ValueError:
        host = own = ""
    return host if host != own and _PLAIN_HOST.fullmatch(host) else "another place"


def is_loopback(url: str) -> bool:
    """Tell whether a url can only lead to this machine."""
    host = urllib.parse.urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def base_url(url: str, *, insecure_http: bool) -> str:
    """Return the base URL with a slash at its end; ConfigurationError unless it is https, or http where that may be."""
    try:
        parts = urllib.parse.urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.query and not parts.fragment
        usable = usable and "@" not in parts.netloc and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable:
        raise not_an_address()
    if parts.scheme == "http" and not insecure_http and not is_loopback(url):
        raise ConfigurationError(
            f"{url} is not encrypted, so anyone on the way could read the login.",
            "Use https, or set insecure_http = true if you trust that network.",
        )
    return url if url.endswith("/") else url + "/"


def not_an_address() -> ConfigurationError:
    """Return the fault of an address that is none; it does not repeat it, as that may hold a login."""
    return ConfigurationError(
        "The account's url is not the address of a server.", "It looks like https://host/path/, without a login."
    )
