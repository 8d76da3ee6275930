"""JSON as bytes, whatever the texts in it hold."""

from __future__ import annotations

import json


def dumps(value: object) -> bytes:
    """Return JSON in UTF-8; where a text has no UTF-8 form (half a surrogate pair), all in ASCII with escapes."""
    try:
        return json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return json.dumps(value).encode()


def as_read(text: str) -> str:
    """Return a text as JSON gives it back: two halves of a surrogate pair, side by side, become their character."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
    return text
