"""Files that keep bookmarks. A file is an account: read by its content, written by its suffix."""

from __future__ import annotations

import attrs

from bridge.model.adapter import Adapter, Context, FileConfig, Spec
from bridge.model.bookmark import ALL_FIELDS, Field
from bridge.model.capabilities import NO_FIELDS, Absence, Capabilities, Limits, TagRules

# A tag with a leading dot is private in a backup of Pinboard, and stays so on its way back.
_LOSSLESS = Capabilities(absence=Absence.NOTHING, url_is_ref=True, batch=None, tags=TagRules(private_prefix="."))
_SIMPLE = attrs.evolve(
    _LOSSLESS.without(frozenset({Field.FAVORITE, Field.HIGHLIGHTS})), limits=Limits(whole_seconds=True)
)


def _build_jsonl(config: FileConfig, _context: Context) -> Adapter:
    from adapters.files import jsonl  # noqa: PLC0415 - reading a Spec imports no library; so below
    from adapters.files.account import open_file  # noqa: PLC0415

    return open_file(config, JSONL.capabilities, jsonl.FORM)


def _is_jsonl(path: str) -> bool:
    from adapters.files import jsonl  # noqa: PLC0415

    return jsonl.recognises(path)


def _build_netscape(config: FileConfig, _context: Context) -> Adapter:
    from adapters.files import netscape  # noqa: PLC0415
    from adapters.files.account import open_file  # noqa: PLC0415

    return open_file(config, NETSCAPE.capabilities, netscape.FORM)


def _is_netscape(path: str) -> bool:
    from adapters.files import netscape  # noqa: PLC0415

    return netscape.recognises(path)


def _build_pinboard_backup(config: FileConfig, _context: Context) -> Adapter:
    from adapters.files import pinboard_backup  # noqa: PLC0415
    from adapters.files.account import open_file  # noqa: PLC0415

    return open_file(config, PINBOARD_BACKUP.capabilities, pinboard_backup.FORM)


def _is_pinboard_backup(path: str) -> bool:
    from adapters.files import pinboard_backup  # noqa: PLC0415

    return pinboard_backup.recognises(path)


def _build_pocket_export(config: FileConfig, _context: Context) -> Adapter:
    from adapters.files import pocket_export  # noqa: PLC0415
    from adapters.files.account import FileAccount  # noqa: PLC0415

    return FileAccount(
        config.path,
        lambda: pocket_export.capabilities(config.path, config.beside),
        lambda: pocket_export.pages(config.path, config.beside),
        beside=config.beside,
    )


def _is_pocket_export(path: str) -> bool:
    from adapters.files import pocket_export  # noqa: PLC0415

    return pocket_export.recognises(path)


JSONL = Spec(
    name="jsonl",
    config_class=FileConfig,
    capabilities=_LOSSLESS,
    build=_build_jsonl,
    recognises=_is_jsonl,
    called="a .jsonl of bookmark-bridge",
    suffixes=(".jsonl",),
)
NETSCAPE = Spec(
    name="netscape",
    config_class=FileConfig,
    capabilities=attrs.evolve(_SIMPLE, tags=TagRules(commas=False)),
    build=_build_netscape,
    recognises=_is_netscape,
    called="a browser's bookmarks.html",
    suffixes=(".html",),
)
PINBOARD_BACKUP = Spec(
    name="pinboard-backup",
    config_class=FileConfig,
    capabilities=attrs.evolve(_SIMPLE, tags=TagRules(blanks=False, commas=False, private_prefix=".")),
    build=_build_pinboard_backup,
    recognises=_is_pinboard_backup,
    called="a Pinboard backup",
    suffixes=(".json",),
)
POCKET_EXPORT = Spec(
    name="pocket-export",
    config_class=FileConfig,
    capabilities=Capabilities(
        reads=ALL_FIELDS - {Field.PRIVATE},
        sets=NO_FIELDS,
        edits=NO_FIELDS,
        adds=False,
        updates=False,
        removes=False,
        absence=Absence.NOTHING,
        url_is_ref=True,
        batch=None,
    ),
    build=_build_pocket_export,
    recognises=_is_pocket_export,
    relics=True,
    called="a Pocket export (zip, CSV, HTML, API dump or a folder of these)",
)
