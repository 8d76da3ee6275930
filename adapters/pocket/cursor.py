"""The cursor of an account: from when on its next pull lists, and what it was known to hold until then.

What changed since is not all that is there, and whatever is there must not be added again. So a cursor brings along a
mark of every url that the whole list and all that changed since have shown, and a url without a mark is not there. One
with a mark may be: a mark is shorter than what it stands for, and stays when its item goes.
"""

from __future__ import annotations

import base64
import hashlib
import json
import struct
from typing import Any

import attrs

from adapters.pocket.wire_items import LATEST
from bridge.model import url as urls


@attrs.frozen
class Cursor:
    """`since` is in the server's time, None for the beginning; `marks` is None where not the whole account was seen."""

    since: int | None = None
    marks: frozenset[int] | None = None

    @classmethod
    def read(cls, text: str | None) -> Cursor:
        """Return what a text says; what cannot be read in it is as if it were not said.

        Marks of another rule for urls say nothing.
        """
        try:
            found = json.loads(text or "null")
        except ValueError:
            return cls()
        if not isinstance(found, dict):
            return cls()
        marks = _unpacked(found.get("marks")) if found.get("rule") == urls.KEY_RULE else None
        return cls(_time(found.get("since")), marks)

    @property
    def text(self) -> str:
        """The cursor as it is handed out."""
        said: dict[str, Any] = {"since": self.since}
        if self.marks is not None:
            said |= {"rule": urls.KEY_RULE, "marks": _packed(self.marks)}
        return json.dumps(said)


def mark(url: str) -> int:
    """Return what is remembered of a url: of a hundred thousand, the urls themselves would be a burden."""
    key = urls.key(url).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(key, digest_size=8).digest())


def short(marked: int) -> int:
    """Return what a cursor keeps of a mark: among a hundred thousand, one new url in 40,000 seems to be known."""
    return marked & 0xFFFFFFFF


def _time(since: object) -> int | None:
    return since if isinstance(since, int) and not isinstance(since, bool) and 0 < since <= LATEST else None


def _packed(marks: frozenset[int]) -> str:
    return base64.b64encode(struct.pack(f"<{len(marks)}I", *sorted(marks))).decode()


def _unpacked(text: object) -> frozenset[int] | None:
    try:
        packed = base64.b64decode(text, validate=True) if isinstance(text, str) else None
        return None if packed is None else frozenset(marked for (marked,) in struct.iter_unpack("<I", packed))
    except (ValueError, struct.error):
        return None
