"""What the accounts of all web services have in common: a base URL in one spelling, gaps, fields that they lack.

It imports no library: the Specs are read before any adapter is.
"""

from __future__ import annotations

import urllib.parse
from collections.abc import Collection, Mapping

from bridge.model.bookmark import Field
from bridge.model.errors import ConfigurationError

_PORTS = {"http": 80, "https": 443}


def normal_url(url: str) -> str:
    """Return a base URL in its one spelling: lower-case scheme and host, no default port, one slash at the end.

    Raises ConfigurationError for what is none. It does not repeat the url, which may hold a login that is printed and
    stored nowhere.
    """
    base = _base(url)
    if base is None:
        raise ConfigurationError(
            "The account's url is not the base address of a server.",
            "It looks like https://host/path/, without login, query and fragment: a login has keys of its own.",
            key="url",
        )
    return base


def is_at(url: str, domain: str) -> bool:
    """Tell whether a url leads to a host of this domain."""
    host = urllib.parse.urlsplit(url).hostname or ""
    return host == domain or host.endswith(f".{domain}")


def merged_gaps(
    service: str, least: Mapping[str, float], defaults: Mapping[str, float], *overrides: Mapping[str, float]
) -> Mapping[str, float]:
    """Return the gaps of an account by route class, later overrides winning.

    `defaults` names the classes that there are. Raises ConfigurationError for another class, and for a gap shorter than
    the `least` of its class (0 where that says nothing).
    """
    gaps = dict(defaults)
    for override in overrides:
        if unknown := sorted(set(override) - set(defaults)):
            raise ConfigurationError(
                f"{service} has no route class {unknown[0]!r}.", f"The classes are {', '.join(defaults)}.", key="gaps"
            )
        gaps.update(override)
    for route, gap in gaps.items():
        if not gap >= least.get(route, 0.0):
            raise ConfigurationError(
                f"The gap of {route} must be at least {least.get(route, 0.0):g} s here, not {gap:g} s.",
                "Shorter gaps are for compatible servers.",
                key="gaps",
            )
    return gaps


def checked_lacks(service: str, lacks: Collection[str], fields: Collection[Field]) -> frozenset[Field]:
    """Return the fields that an account is said to lack. Raises ConfigurationError for one the service never had."""
    known = {field.value for field in fields}
    if unknown := sorted(set(lacks) - known):
        raise ConfigurationError(
            f"{service} has no field {unknown[0]!r} to lack.",
            f"The fields are {', '.join(sorted(known))}.",
            key="lacks",
        )
    return frozenset(map(Field, lacks))


def _base(url: str) -> str | None:
    try:
        parts = urllib.parse.urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in _PORTS or not host or "@" in parts.netloc or parts.query or parts.fragment:
        return None
    authority = f"[{host}]" if ":" in host else host
    if port not in (None, _PORTS[parts.scheme]):
        authority += f":{port}"
    return f"{parts.scheme}://{authority}{parts.path.rstrip('/')}/"
