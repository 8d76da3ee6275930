"""Faults of files: of what is read, of what is to be written, and of what lies beside them."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Mapping, Sequence

from tests.support.scene import EXPORT, Fault, Scene, Spoil


def _zipped(scene: Scene, name: str = "pocket.zip", members: Mapping[str, str] | None = None) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for member, content in (members or {}).items():
            archive.writestr(member, content)
    scene.write(name, packed.getvalue())
    return packed.getvalue()


def _encrypted(scene: Scene) -> None:
    content = bytearray(_zipped(scene, members={"part_000000.csv": EXPORT}))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + place] |= 1
    scene.write("pocket.zip", bytes(content))


def _damaged(scene: Scene) -> None:
    scene.write("pocket.zip", _zipped(scene, members={"part_000000.csv": EXPORT})[:20])


def _pipe(scene: Scene) -> None:
    os.mkfifo(scene.desk / "pipe")


def _wanted(content: str | bytes, name: str) -> Spoil:
    return lambda scene: scene.write(name, content)


def _folder(name: str) -> Spoil:
    return lambda scene: (scene.desk / name).mkdir()


def _crowd(scene: Scene) -> None:
    from adapters.files import pocket_find  # noqa: PLC0415

    scene.patch.setattr(pocket_find, "_MOST_FILES", 2)
    for number in range(4):
        (scene.desk / "all" / str(number)).mkdir(parents=True)
        (scene.desk / "all" / str(number) / "a.txt").touch()


def _nothing(_scene: Scene) -> None:
    pass


FAULTS: Sequence[Fault] = [
    Fault(
        "a file that is not there",
        _nothing,
        "migrate pocket.zip pinboard",
        3,
        "There is no file pocket.zip in DESK, and no account of that name.",
        "A file elsewhere is named with its folder, such as ~/Downloads/pocket.zip.",
    ),
    Fault(
        "a file that is not there, by its path",
        _nothing,
        "migrate ./gone/pocket.zip pinboard",
        3,
        "There is no folder DESK/gone.",
        "Check the path: ./gone/pocket.zip is looked for there.",
    ),
    Fault(
        "an account that is not there",
        _nothing,
        "migrate export.csv pinbord",
        3,
        "There is no account, service or file 'pinbord'.",
        "Did you mean pinboard? `bookmark-bridge login pinbord` makes an account (in HOME/config.toml); a"
        " file is ./pinbord.",
    ),
    Fault(
        "a file of another kind",
        _wanted(b"%PDF-1.7\n", "pocket.pdf"),
        "migrate pocket.pdf pinboard",
        3,
        "pocket.pdf is no file that can be read here.",
        "Name a .jsonl of bookmark-bridge, a browser's bookmarks.html, a Pinboard backup or a Pocket "
        "export (zip, CSV, HTML, API dump or a folder of these).",
    ),
    Fault(
        "an empty file",
        _wanted("", "pocket.csv"),
        "migrate pocket.csv pinboard",
        3,
        "pocket.csv is empty.",
        "Look for another copy of it.",
    ),
    Fault(
        "an empty zip",
        _zipped,
        "migrate pocket.zip pinboard",
        3,
        "pocket.zip is no file that can be read here.",
        "Name a .jsonl of bookmark-bridge, a browser's bookmarks.html, a Pinboard backup or a Pocket "
        "export (zip, CSV, HTML, API dump or a folder of these).",
    ),
    Fault(
        "a zip of something else",
        lambda scene: _zipped(scene, members={"a.txt": "hello"}),
        "migrate pocket.zip pinboard",
        3,
        "pocket.zip is no file that can be read here.",
        "Name a .jsonl of bookmark-bridge, a browser's bookmarks.html, a Pinboard backup or a Pocket "
        "export (zip, CSV, HTML, API dump or a folder of these).",
    ),
    Fault(
        "an encrypted zip",
        _encrypted,
        "migrate pocket.zip pinboard",
        3,
        "pocket.zip is encrypted.",
        "Unpack it with its password and name the folder instead.",
    ),
    Fault(
        "a zip of which too little is left",
        _damaged,
        "migrate pocket.zip pinboard",
        3,
        "pocket.zip is a damaged zip: nothing in it can be read.",
        "Look for another copy of it.",
    ),
    Fault(
        "the error page of a download",
        _wanted("<Error><Code>AccessDenied</Code></Error>", "pocket.zip"),
        "migrate pocket.zip pinboard",
        3,
        "pocket.zip is not your data but the error page of a download link that did not work.",
        "Look for another copy of the export.",
    ),
    Fault(
        "a CSV without addresses",
        _wanted("title,time_added,tags,status\nA,1,,unread\n", "pocket.csv"),
        "migrate pocket.csv pinboard",
        3,
        "pocket.csv has no column 'url'; its header is: title, time_added, tags, status.",
        "Name the column that holds the addresses url; Pocket's own columns are title,url,time_added,tags,status.",
    ),
    Fault(
        "a dump that is cut",
        _wanted('{"list": {"1": {"item_id": "1", "given_url": "https://exa', "dump.json"),
        "migrate dump.json pinboard",
        3,
        "dump.json is damaged: Unterminated string starting at: line 1 column 46 (char 45).",
        "Look for another copy of it, or leave it out.",
    ),
    Fault(
        "a folder in which nothing is of Pocket",
        _folder("empty"),
        "migrate empty pinboard",
        3,
        "There is nothing in the folder empty that can be read here.",
        "Name a .jsonl of bookmark-bridge, a browser's bookmarks.html, a Pinboard backup or a Pocket "
        "export (zip, CSV, HTML, API dump or a folder of these).",
    ),
    Fault(
        "a folder with too many files",
        _crowd,
        "migrate all pinboard",
        3,
        "DESK/all holds more than 2 files, so it is not looked through.",
        "Name the file, or the folder in which nothing else is.",
    ),
    Fault(
        "a pipe",
        _pipe,
        "migrate ./pipe pinboard",
        3,
        "./pipe is neither a file nor a folder.",
        "Save what it gives to a file first.",
    ),
    Fault(
        "a name with a null character",
        _nothing,
        "migrate a\0.zip pinboard",
        3,
        "'a\\x00.zip' cannot be the path of a file.",
        "Check the path.",
    ),
    Fault(
        "a relic that is not there",
        _nothing,
        "migrate export.csv pinboard --with more.json",
        3,
        "There is no file more.json in DESK to be read together with export.csv.",
        "A file elsewhere is named with its folder, such as ~/Downloads/more.json.",
    ),
    Fault(
        "a relic that is none",
        _wanted("hello", "more.json"),
        "migrate export.csv pinboard --with more.json",
        3,
        "more.json is not a Pocket export (zip, CSV, HTML, API dump or a folder of these), so it cannot "
        "be read together with export.csv.",
        "Leave --with out.",
    ),
    Fault(
        "a relic for an account",
        _nothing,
        "migrate pinboard mine.jsonl --with export.csv",
        2,
        "pinboard is no file, so no other file can be read together with it.",
        "Leave --with out.",
    ),
    Fault(
        "a target whose name says no format",
        _nothing,
        "migrate export.csv mine.txt",
        2,
        "The name of the new file mine.txt does not say its format.",
        "End it in .html (a browser's bookmarks.html), .json (a Pinboard backup), .jsonl (a .jsonl of "
        "bookmark-bridge).",
    ),
    Fault(
        "a target in a folder that is not there",
        _nothing,
        "migrate export.csv gone/mine.jsonl",
        3,
        "There is no folder DESK/gone for the new file gone/mine.jsonl.",
        "Make it first.",
    ),
    Fault(
        "a target that can only be read",
        lambda scene: scene.write("other.csv", EXPORT),
        "migrate export.csv other.csv",
        3,
        "other.csv is a Pocket export (zip, CSV, HTML, API dump or a folder of these), which is only read here.",
        "Name a new file: .html (a browser's bookmarks.html), .json (a Pinboard backup), .jsonl (a .jsonl"
        " of bookmark-bridge).",
    ),
    Fault(
        "a target that is somebody else's",
        _wanted("mine", "mine.jsonl"),
        "migrate export.csv mine.jsonl",
        3,
        "mine.jsonl exists and holds something else, and was left as it is.",
        "Name a new file: .html (a browser's bookmarks.html), .json (a Pinboard backup), .jsonl (a .jsonl"
        " of bookmark-bridge).",
    ),
    Fault(
        "a target with a line that would be lost",
        _wanted('{"bookmark-bridge": 1}\n{"url":\n', "mine.jsonl"),
        "migrate export.csv mine.jsonl",
        3,
        "mine.jsonl has a record that cannot be read (mine.jsonl line 2: the line is not JSON: Expecting "
        "value: line 2 column 1 (char 8)), and writing would lose it.",
        "Name a new file to write to; this one was left as it is.",
    ),
    Fault(
        "a target that is a folder",
        _folder("mine.jsonl"),
        "migrate export.csv mine.jsonl",
        3,
        "mine.jsonl is a folder, and was left as it is.",
        "Name a new file: .html (a browser's bookmarks.html), .json (a Pinboard backup), .jsonl (a .jsonl"
        " of bookmark-bridge).",
    ),
    Fault(
        "a report whose name is no page's",
        _nothing,
        "migrate export.csv pinboard --report mine.txt",
        2,
        "The report mine.txt is written as a page, so its name ends in .html.",
        "Rename it.",
    ),
    Fault(
        "a report in a folder that is not there",
        _nothing,
        "migrate export.csv pinboard --report gone/mine.html",
        3,
        "DESK/gone/mine.html cannot be written: its folder is missing, or not yours to write to.",
        "Name another one.",
    ),
    Fault(
        "a report in the place of a file of yours",
        _wanted("<p>mine</p>", "mine.html"),
        "migrate export.csv pinboard --report mine.html",
        3,
        "mine.html exists and is not a report of ours.",
        "Name a new file; this one was left alone.",
    ),
    Fault(
        "a plan in the place of a file of yours",
        _wanted("mine", "mine.plan"),
        "migrate export.csv pinboard --plan mine.plan",
        3,
        "mine.plan exists and is not a plan of this version.",
        "Name a new file; this one was left alone.",
    ),
    Fault(
        "a plan that is not there",
        _nothing,
        "apply mine.plan",
        3,
        "The plan mine.plan cannot be read: No such file or directory.",
        "Check the path. A new one is made by `bookmark-bridge migrate SOURCE TARGET --plan FILE`.",
    ),
    Fault(
        "a plan that is none",
        _wanted("mine", "mine.plan"),
        "apply mine.plan",
        3,
        "mine.plan is not a plan, or is damaged.",
        "A new one is made by `bookmark-bridge migrate SOURCE TARGET --plan FILE`.",
    ),
    Fault(
        "a plan of another version",
        _wanted('{"version": 99}', "mine.plan"),
        "apply mine.plan",
        3,
        "The plan mine.plan was made by another version of the program.",
        "A new one is made by `bookmark-bridge migrate SOURCE TARGET --plan FILE`.",
    ),
]
