"""What Pocket's protocol v3 answers, as the vendor writes it, and how to read it without losing an item.

Two servers of Pocket's answered in their time, and compatible ones copy a mixture of both. The format of an answer is
told by its content: OAuth answered form-encoded even to JSON requests, and JSON came as text/plain. An HTML page and an
empty body are Garbled, never an empty list; one item that cannot be read is Broken and does not cost its page. Deleted
items come as stubs: an id and status "2". The order of a JSON object says nothing; `sort_id` does, where its values
differ.
"""

from __future__ import annotations

import urllib.parse
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import attrs

from adapters.lenient import JSON, Garbled, flag, number, parse, parse_object, text
from adapters.pocket.wire_items import AddedItem, Broken, Item, decode_added_item, decode_item, decode_tags, decode_time

_LONGEST_COMPLAINT = 200
_MARK = b"\xef\xbb\xbf"

T = TypeVar("T")
U = TypeVar("U")


@attrs.frozen
class Listing:
    """An answer of get. `keys` counts all that the list held: stubs, broken items, and `items` in their order.

    `status`: 1 fine, 2 nothing matched, 0 an error. `since` is the server's time of the answer, in seconds, None where
    it does not say. `total` comes if it was asked for, and so do `tags`, `account` and `search_meta`.
    """

    items: tuple[Item, ...] = ()
    broken: tuple[Broken, ...] = ()
    keys: int = 0
    status: int = 1
    complete: int | None = None
    error: str = ""
    since: int | None = None
    total: int | None = None
    maxActions: int | None = None  # noqa: N815 - the vendor's spelling
    search_meta: Mapping[str, Any] = attrs.field(factory=dict)
    tags: tuple[str, ...] = ()
    account: Mapping[str, Any] = attrs.field(factory=dict)

    @property
    def records(self) -> tuple[Item | Broken, ...]:
        """All that the list held, what cannot be read at the end."""
        return (*self.items, *self.broken)


@attrs.frozen
class ActionError:
    """Why an action was not carried out, in the server's words."""

    message: str = ""
    type: str = ""
    code: int | None = None


@attrs.frozen
class Result:
    """What came of one action: `done`, or None where the answer does not say; and the item of an add or readd."""

    done: bool | None = None
    item: AddedItem | None = None
    error: ActionError | None = None


@attrs.frozen
class Code:
    """A request token. `state` is the one that was sent, "" if the answer has none."""

    code: str = attrs.field(repr=False)
    state: str = attrs.field(default="", repr=False)


@attrs.frozen
class Token:
    """An access token, and whose it is: often an e-mail address."""

    access_token: str = attrs.field(repr=False)
    username: str = ""
    state: str = attrs.field(default="", repr=False)


def decode_listing(body: bytes) -> Listing:
    """Read an answer of get. Raises Garbled."""
    document = parse_object(body)
    status = number(document.get("status", 1))
    records = document.get("list")
    if records is None and status == 2:  # a map that was never made is null in Go
        records = {}
    if not isinstance(records, dict | list):
        raise Garbled("without a list")
    pairs = list(records.items()) if isinstance(records, dict) else [("", record) for record in records]
    read = [decode_item(key, record) for key, record in pairs]
    items = [item for item in read if isinstance(item, Item)]
    if len({item.sort_id for item in items}) > 1:
        items.sort(key=lambda item: (item.sort_id is None, item.sort_id))
    return Listing(
        items=tuple(items),
        broken=tuple(item for item in read if isinstance(item, Broken)),
        keys=len(pairs),
        status=status,
        complete=_or_else(_count, document.get("complete"), None),
        error=_error(document.get("error")),
        since=decode_time(document.get("since")),
        total=_or_else(_count, document.get("total"), None),
        maxActions=_or_else(_count, document.get("maxActions"), None),
        search_meta=_mapping(document.get("search_meta")),
        tags=_or_else(decode_tags, document.get("tags"), ()),
        account=_mapping(document.get("account")),
    )


def decode_added(body: bytes) -> AddedItem:
    """Read an answer of add: the item, or an object that has it. Raises Garbled."""
    document = parse_object(body)
    return decode_added_item(document.get("item", document))


def decode_sent(body: bytes, actions: int) -> tuple[Result, ...]:
    """Read an answer of send: one result for each of so many actions, by the two arrays alone. Raises Garbled.

    `status` is not looked at: the late server says 1 even if every action failed, others say a boolean.
    """
    document = parse_object(body)
    if "action_results" not in document and "action_errors" not in document:
        raise Garbled("without results")
    results, errors = (_array(document.get(name)) for name in ("action_results", "action_errors"))
    return tuple(_result(_at(results, place), _at(errors, place)) for place in range(actions))


def is_denial(body: bytes) -> bool:
    """Tell whether an answer of send says of every action that the login was refused, as the late server does."""
    if b"nauthorized" not in body:
        return False
    try:
        problems = _array(parse_object(body).get("action_errors"))
    except Garbled:
        return False
    return bool(problems) and all(_said(problem).lower() == "unauthorized" for problem in problems)


def decode_code(body: bytes) -> Code:
    """Read an answer of oauth/request, in JSON or as a form. Raises Garbled."""
    fields = _fields(body)
    return Code(_needed(fields, "code"), text(fields.get("state")))


def decode_token(body: bytes) -> Token:
    """Read an answer of oauth/authorize, in JSON or as a form. Raises Garbled."""
    fields = _fields(body)
    return Token(_needed(fields, "access_token"), text(fields.get("username")), text(fields.get("state")))


def decode_complaint(body: bytes) -> str:
    """Return what a server says beside a failure, "" if that is nothing short and plain."""
    try:
        document = parse(body)
    except Garbled:
        document = body[: 4 * _LONGEST_COMPLAINT].decode("utf-8", "replace")
    return _said(document)


def _error(value: JSON) -> str:
    """Return what an answer says has failed, "" if it says nothing; what is null, 0, false or empty is nothing."""
    return "" if not value or value == "0" else _said(value) or "an error without words"


def _said(value: JSON) -> str:
    """Return the sentence in a text, or in an object that has one; "" for anything else, and for markup."""
    if isinstance(value, dict):
        value = value.get("error") or value.get("message") or value.get("detail")
    if isinstance(value, dict):
        value = value.get("message")
    if not isinstance(value, str):
        return ""
    sentence = " ".join(value.encode("utf-8", "replace").decode().split()).rstrip(".")
    return "" if "<" in sentence or len(sentence) > _LONGEST_COMPLAINT else sentence


def _result(result: JSON, error: JSON) -> Result:
    problem = _action_error(error)
    if isinstance(result, dict):
        item = _or_else(decode_added_item, result, None)
        done = _or_else(flag, result["success"], None) if "success" in result else None if item is None else True
        return Result(done, item, problem)
    if result is None:
        return Result(None if problem is None else False, None, problem)
    return Result(_or_else(flag, result, None), None, problem)


def _action_error(error: JSON) -> ActionError | None:
    """Read one of action_errors: an object, or a text; what is empty is none."""
    if not error or error == "0":
        return None
    found = error if isinstance(error, dict) else {}
    return ActionError(_said(error), _said(found.get("type")), _or_else(_count, found.get("code"), None))


def _fields(body: bytes) -> Mapping[str, JSON]:
    """Return the fields of an OAuth answer."""
    whole = body.strip().removeprefix(_MARK).strip()
    if whole.startswith((b"{", b"[", b"<")):
        return parse_object(whole)
    return dict(urllib.parse.parse_qsl(whole.decode("utf-8", "replace")))


def _needed(fields: Mapping[str, JSON], key: str) -> str:
    if not (value := text(fields.get(key))):
        raise Garbled(f"without {key}")
    return value


def _array(value: JSON) -> list[JSON]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _at(values: list[JSON], place: int) -> JSON:
    return values[place] if place < len(values) else None


def _mapping(value: JSON) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _count(value: JSON) -> int | None:
    return None if value is None else number(value)


def _or_else(read: Callable[[JSON], T], value: JSON, otherwise: U) -> T | U:
    try:
        return read(value)
    except Garbled:
        return otherwise
