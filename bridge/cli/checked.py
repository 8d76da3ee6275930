"""What `check` says of an account, for a script and for a person."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from bridge.model.adapter import Checked
from bridge.model.bookmark import Field
from bridge.model.capabilities import Capabilities
from bridge.report.text import count, duration

TOLERABLE = 60.0
"""Seconds by which a clock may be off before anybody has to be told."""

NOTHING_TOLD: Mapping[str, None] = {"clock_off": None, "limit": None}
"""What is said of an account that does not answer."""

_CLOCK_REMEDY = "Have it set by the network: `sudo timedatectl set-ntp true`; on macOS in Settings, Date & Time."


def described(checked: Checked, capabilities: Capabilities) -> dict[str, Any]:
    """Return what an account told, and what it may do, as JSON has it: times in seconds, null for what was not told."""
    return {
        "user": checked.user,
        "entries": checked.entries,
        "remarks": list(checked.remarks),
        "clock_off": None if checked.clock_off is None else round(checked.clock_off),
        "limit": _limit(checked, capabilities),
        **{
            name: [field.value for field in Field if field in getattr(capabilities, name)]
            for name in ("reads", "sets", "edits")
        },
        "adds": capabilities.adds,
        "removes": capabilities.removes,
    }


def sentences(result: Mapping[str, Any], *, marked: bool) -> str:
    """Return the same for a person; `marked`: a sign at the beginning says at a glance whether all is well."""
    mark = "" if not marked else "\N{CHECK MARK} " if result["ok"] else "\N{BALLOT X} "
    if not result["ok"]:
        error = result["error"]
        return f"{mark}{result['name']}: {error['message']} {error['remedy']}".rstrip()
    return "\n  ".join([f"{mark}{result['name']}: {_answer(result)}.", *result["remarks"], *_details(result)])


def marked(environ: Mapping[str, str]) -> bool:
    """Tell whether standard output is a terminal that shows signs."""
    return sys.stdout.isatty() and "utf" in (sys.stdout.encoding or "").lower() and environ.get("TERM") != "dumb"


def _limit(checked: Checked, capabilities: Capabilities) -> dict[str, Any] | None:
    """Return what is left of what the service allows, and the pace that is kept; None if there is neither."""
    quotas = [attrs.asdict(quota) for quota in checked.quotas]
    cost = capabilities.cost
    if not quotas and not cost.gap and not cost.listing:
        return None
    return {"quotas": quotas, "gap": cost.gap, "listing": cost.listing}


def _answer(result: Mapping[str, Any]) -> str:
    if result["entries"] is not None:
        return f"a {result['service']} file with {count(result['entries'], 'bookmark')}"
    user = f" as {result['user']}" if result["user"] else ""
    return f"{result['service']} answers{user}"


def _details(result: Mapping[str, Any]) -> Iterator[str]:
    yield from _clock(result["clock_off"])
    if result["limit"] is not None:
        yield from _limits(result["limit"])
    elif result["entries"] is None:
        yield "limit: the service tells none"
    yield f"reads: {_listed(result['reads'])}"
    yield f"adds: bookmarks, with {_listed(result['sets'])}" if result["adds"] else "adds: nothing"
    yield f"changes: {_listed(result['edits'])}"
    yield f"removes: {'bookmarks' if result['removes'] else 'nothing'}"


def _listed(names: list[str]) -> str:
    return ", ".join(names) or "nothing"


def _clock(off: float | None) -> Iterator[str]:
    if off is None:
        return
    how = f"{duration(abs(off))} {'ahead of' if off > 0 else 'behind'} the service's"
    if abs(off) <= TOLERABLE:
        yield f"clock: {how if abs(off) > 1 else 'right'}"
    else:
        yield (
            f"clock: this machine's is {how}. "
            "So dates close to now may be left out, waits come out too long or too short, and the times of "
            f"runs are wrong. {_CLOCK_REMEDY}"
        )


def _limits(limit: Mapping[str, Any]) -> Iterator[str]:
    for quota in limit["quotas"]:
        of = "" if quota["limit"] is None else f" of {quota['limit']:,}"
        whose = "this consumer key" if quota["whose"] == "key" else "this user"
        until = "" if quota["reset"] is None else f" for the next {duration(quota['reset'])}"
        yield f"limit: {quota['remaining']:,}{of} calls are left to {whose}{until}"
    paces = [
        *([f"one call every {duration(limit['gap'])}"] if limit["gap"] else []),
        *([f"a whole listing every {duration(limit['listing'])}"] if limit["listing"] else []),
    ]
    if paces:
        yield f"pace: at most {' and '.join(paces)}"
