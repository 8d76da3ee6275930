"""Dumps of Pocket's API: the only relics that know favorites.

Read are a saved reply of `/v3/get` (`{"list": {id: item}}`, an empty list as `[]`), an array of items, and the SQLite
file of pocket-to-sqlite, whose columns are fields of an item. Numbers come as text or as numbers, times as seconds or
in ISO form. Items with status 2 or 3 are stubs of what was deleted or hidden.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from adapters.files import pocket_json
from adapters.files.pocket_find import Kind, Relic
from adapters.files.pocket_json import words
from adapters.files.pocket_record import Found, Record, Remark, count, moment, no_date, real_title
from adapters.files.pocket_zip import DAMAGE, Source
from bridge.model.adapter import Problem
from bridge.model.bookmark import Highlight
from bridge.model.errors import InputError

_UNREAD = {"0": True, "1": False}
_STUBS = frozenset({"2", "3"})
_FLAG = {"0": False, "1": True, "false": False, "true": True}
_PACKED = frozenset({"tags", "annotations"})
"""Columns of the database that hold JSON."""
_ZONE = "America/Chicago"
_SHOWN = 60


def central() -> tzinfo | None:
    """Return the zone of Pocket's wall clock, or None on a machine without time zone data."""
    try:
        return ZoneInfo(_ZONE)
    except ZoneInfoNotFoundError:
        return None


def read(relic: Relic) -> Iterator[Found]:
    """Yield the items, then remarks on the dump.

    Annotations bear US Central wall time, also where they claim UTC; without time zone data they have no time.
    Raises InputError for a file that is damaged or names no urls.
    """
    source = relic.sources[0]
    zone = central()
    left_out: Counter[str] = Counter()
    remarks, items = _database(source) if relic.kind is Kind.DATABASE else _reply(source)
    yield from remarks
    for number, item in enumerate(items, start=1):
        if _text(item.get("status")) in _STUBS:
            left_out["stubs"] += 1
        else:
            yield record(item, f"{source.name} item {number}", zone)
            left_out.update(_left_out(item, zone))
    if left_out["stubs"]:
        yield Remark(f"{relic.name}: {count(left_out['stubs'], 'deleted or hidden item')} left out.")
    if left_out["empty"]:
        yield Remark(f"{relic.name}: {count(left_out['empty'], 'empty highlight')} left out.")
    if left_out["untimed"]:
        highlights = count(left_out["untimed"], "highlight")
        yield Remark(f"{relic.name}: {highlights} without a time, as this machine has no time zone data for {_ZONE}.")


def record(item: Mapping[str, object], where: str, zone: tzinfo | None) -> Record | Problem:
    """Return what an item says; one without a url, or with a status that Pocket never sent, is a problem."""
    url = words(item.get("given_url")) or words(item.get("resolved_url"))
    if not url.strip():
        return Problem(where, f"The item has no url; its id is {_text(item.get('item_id'))[:_SHOWN]!r}.")
    status = _text(item.get("status"))
    if status and status not in _UNREAD:
        return Problem(where, f"Its status is {status[:_SHOWN]!r}, which Pocket never sent.", url=url)
    added = _text(item.get("time_added"))
    title = words(item.get("given_title")).strip() or words(item.get("resolved_title"))
    return Record(
        url=url,
        where=where,
        title=real_title(title, url),
        tags=_tags(item.get("tags")),
        added=_time(added),
        undated=no_date(added, where),
        unread=_UNREAD.get(status),
        favorite=_FLAG.get(_text(item.get("favorite")).lower()),
        highlights=tuple(_highlight(mark, zone) for mark in _marks(item) if words(mark.get("quote")).strip()),
        as_of=_time(_text(item.get("time_updated"))) or _time(_text(item.get("time_read"))),
        uncut=True,
    )


def _text(value: object) -> str:
    """Return a number, a flag or a text as text, and "" for everything else."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.0f}"
    return str(value) if isinstance(value, int) else words(value)


def _time(text: str) -> datetime | None:
    """Return a time given as seconds or in ISO form (UTC unless it says otherwise), None for what is no time."""
    if text.strip().isdigit():
        return moment(text)
    return _iso(text, UTC)


def _iso(text: str, zone: tzinfo) -> datetime | None:
    try:
        time = datetime.fromisoformat(text)
        return (time if time.tzinfo is not None else time.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _tags(value: object) -> tuple[str, ...]:
    """Return the tags of an object by tag, of an array of tags or of tag objects; an empty one may be `[]`."""
    named = list(value) if isinstance(value, dict | list) else []
    tags = (words(tag.get("tag")) if isinstance(tag, dict) else _text(tag) for tag in named)
    return tuple(tag for raw in tags if (tag := raw.strip()))


def _marks(item: Mapping[str, object]) -> list[Mapping[str, object]]:
    marks = item.get("annotations")
    return [mark for mark in marks if isinstance(mark, dict)] if isinstance(marks, list) else []


def _highlight(mark: Mapping[str, object], zone: tzinfo | None) -> Highlight:
    # The "Z" that late servers wrote is false: it is wall time all the same.
    wall = words(mark.get("created_at")).strip().removesuffix("Z")
    return Highlight(words(mark.get("quote")), None if zone is None else _iso(wall, zone))


def _left_out(item: Mapping[str, object], zone: tzinfo | None) -> Counter[str]:
    marks = _marks(item)
    kept = [mark for mark in marks if words(mark.get("quote")).strip()]
    untimed = sum(zone is None and bool(mark.get("created_at")) for mark in kept)
    return Counter({"empty": len(marks) - len(kept), "untimed": untimed})


def _reply(source: Source) -> tuple[tuple[Remark, ...], Iterable[Mapping[str, object]]]:
    """Return the items of a saved reply or of an array; what is no object is an empty item."""
    document, remarks = pocket_json.load(source)
    listed = document.get("list") if isinstance(document, dict) else document
    items = listed.values() if isinstance(listed, dict) else listed if isinstance(listed, list) else ()
    return remarks, [item if isinstance(item, dict) else {} for item in items]


def _database(source: Source) -> tuple[tuple[Remark, ...], Iterable[Mapping[str, object]]]:
    remarks = []
    log = source.path.with_name(f"{source.path.name}-wal") if source.path is not None else None
    if log is not None and log.exists() and log.stat().st_size:
        text = f"{source.name} was not closed by its last writer; what is only in {log.name} is not read."
        remarks.append(Remark(text, gap=True))
    return tuple(remarks), _rows(source)


def _rows(source: Source) -> Iterator[Mapping[str, object]]:
    try:
        with closing(_opened(source)) as database:
            database.row_factory = sqlite3.Row
            database.text_factory = lambda data: data.decode("utf-8", "replace")
            for row in database.execute(f"SELECT * FROM {_table(database, source)}"):  # noqa: S608 - a quoted name
                yield {key: _unpacked(value) if key in _PACKED else value for key, value in dict(row).items()}
    except (sqlite3.Error, UnicodeDecodeError, *DAMAGE) as error:
        raise InputError(
            f"{source.name} cannot be read: {error}.", "Look for another copy, or leave it out."
        ) from error


def _opened(source: Source) -> sqlite3.Connection:
    """Open a database without ever writing to it or beside it; one inside a zip is read into memory."""
    if source.path is not None:
        return sqlite3.connect(f"{source.path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
    with source.open() as stream:
        data = stream.read()
    database = sqlite3.connect(":memory:")
    # Bytes 18 and 19 say whether there is a write-ahead log, which a database in memory cannot have.
    database.deserialize(data[:18] + b"\1\1" + data[20:])
    return database


def _table(database: sqlite3.Connection, source: Source) -> str:
    """Return the quoted name of the table whose columns name urls."""
    found = database.execute(
        "SELECT tables.name FROM sqlite_master AS tables, pragma_table_info(tables.name) AS columns "
        "WHERE tables.type = 'table' AND columns.name IN ('given_url', 'resolved_url') "
        "ORDER BY tables.name <> 'items', tables.name"
    ).fetchone()
    if found is None:
        raise InputError(
            f"{source.name} has no table with a column 'given_url' or 'resolved_url'.",
            "Name a database that was made by pocket-to-sqlite.",
        )
    return '"' + str(found[0]).replace('"', '""') + '"'


def _unpacked(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return None
