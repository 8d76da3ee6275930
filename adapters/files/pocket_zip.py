"""Streams of relics, on disk or inside a zip; nothing is ever extracted to disk.

A zip is refused when its sizes are absurd (a zip bomb) or it is encrypted. Of a zip that ends early, whose directory
stood at its end and is gone, the members are found again one by one by their own headers: Pocket cannot be asked for
another.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

import attrs

from bridge.model.errors import InputError

MOST_BYTES = 1 << 30
"""What a zip may hold once unpacked, and how long a file may be that is read as a whole: 1 GiB."""
MOST_MEMBERS = 2_000
MOST_RATIO = 200
"""How far a member above 16 MiB may be packed. CSV and JSON are packed 3 to 10 times, a bomb 1,000 times."""
_SMALL = 1 << 24
_CHUNK = 1 << 16

DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError)
"""What reading a damaged member raises. Whatever was read before stands."""

_HEADER = struct.Struct("<4s5H3L2H")
_SIGNATURE = b"PK\x03\x04"
_STORED, _DEFLATED = 0, 8
_ENCRYPTED, _SIZES_FOLLOW, _UTF8 = 0x1, 0x8, 0x800
_LONGEST_DESCRIPTOR = 24


@attrs.frozen
class Source:
    """A relic's bytes. `open` may be called again and again, and each stream is read from its beginning.

    `name` is the base name, `holder` the name of the zip that holds it ("" for a file on disk), `group` is equal for
    what lay together. `made` is when it was written (UTC), None where that cannot be told. `path` is None inside a zip.
    """

    name: str
    holder: str
    group: str
    made: datetime | None
    size: int
    path: Path | None
    open: Callable[[], AbstractContextManager[BinaryIO]]


def on_disk(path: Path, group: str) -> Source:
    """Return a file as a source."""
    status = path.stat()
    return Source(
        name=path.name,
        holder="",
        group=group,
        made=datetime.fromtimestamp(status.st_mtime, UTC),
        size=status.st_size,
        path=path,
        open=lambda: path.open("rb"),
    )


def head(source: Source, most: int = _CHUNK) -> bytes:
    """Return the first bytes, as far as they can be read."""
    start = b""
    try:
        with source.open() as stream:
            while len(start) < most and (chunk := cast(io.BufferedReader, stream).read1(most - len(start))):
                start += chunk
    except DAMAGE:
        pass  # whoever reads the member says what is wrong with it
    return start


def members(path: Path, stack: ExitStack) -> tuple[list[Source], bool]:
    """Return the files in a zip, and whether the zip is whole.

    The sources can be opened until the stack is closed. Raises InputError for a zip bomb, an encrypted zip, and a zip
    of which nothing can be read.
    """
    try:
        archive = stack.enter_context(zipfile.ZipFile(path))
    except (zipfile.BadZipFile, NotImplementedError):
        return _found_again(path), False
    listed = [info for info in archive.infolist() if not info.is_dir()]
    _refuse_absurd(path, listed)
    return [_member(path, archive, info) for info in listed], True


def _refuse_absurd(path: Path, listed: list[zipfile.ZipInfo]) -> None:
    if any(info.flag_bits & _ENCRYPTED for info in listed):
        raise InputError(f"{path.name} is encrypted.", "Unpack it with its password and name the folder instead.")
    packed = [info for info in listed if info.file_size > max(_SMALL, MOST_RATIO * info.compress_size)]
    if packed or len(listed) > MOST_MEMBERS or sum(info.file_size for info in listed) > MOST_BYTES:
        raise _absurd(path)


def _absurd(path: Path) -> InputError:
    return InputError(
        f"{path.name} is not read: it would unpack to an absurd size.",
        "If you trust it, unpack it yourself and name the folder instead.",
    )


def _source(
    path: Path, name: str, date: tuple[int, ...], size: int, opens: Callable[[], AbstractContextManager[BinaryIO]]
) -> Source:
    inside = PurePosixPath(name.replace("\\", "/"))
    return Source(
        name=inside.name,
        holder=path.name,
        group=f"{path}:{inside.parent}",
        made=_made(date),
        size=size,
        path=None,
        open=opens,
    )


def _member(path: Path, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Source:
    return _source(path, info.filename, info.date_time, info.file_size, lambda: cast(BinaryIO, archive.open(info)))


def _made(date: tuple[int, ...]) -> datetime | None:
    """Return a member's time, or None where the packer did not know: then it writes the first day of 1980."""
    try:
        year, month, day, hour, minute, second = date
        made = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
    return made if made.year > 1980 else None


def _found_again(path: Path) -> list[Source]:
    with path.open("rb") as stream:
        found = [_relocated(path, local) for local in _locals(stream, path) if not local.name.endswith("/")]
    if not found:
        raise InputError(f"{path.name} is a damaged zip: nothing in it can be read.", "Look for another copy of it.")
    return found


def _relocated(path: Path, local: _Local) -> Source:
    return _source(path, local.name, local.date, local.size, lambda: io.BufferedReader(_Found(path, local)))


@attrs.frozen
class _Local:
    """A member as its own header tells it. `size` is what it unpacks to, as far as it is there."""

    name: str
    date: tuple[int, ...]
    method: int
    start: int
    packed: int
    size: int


def _locals(stream: BinaryIO, path: Path) -> Iterator[_Local]:
    """Yield the members one after another until the file ends or makes no sense. Raises InputError for a bomb."""
    total = 0
    for _ in range(MOST_MEMBERS):
        raw = stream.read(_HEADER.size)
        if len(raw) < _HEADER.size or not raw.startswith(_SIGNATURE):
            return
        _, _, flags, method, time, day, _, packed, _, name_length, extra_length = _HEADER.unpack(raw)
        name = stream.read(name_length).decode("utf-8" if flags & _UTF8 else "cp437", "replace")
        stream.seek(extra_length, io.SEEK_CUR)
        start = stream.tell()
        if flags & _ENCRYPTED or method not in (_STORED, _DEFLATED) or (method == _STORED and flags & _SIZES_FOLLOW):
            return
        size, end = (packed, start + packed) if method == _STORED else _inflated(stream, MOST_BYTES - total)
        total += size
        if total > MOST_BYTES:
            raise _absurd(path)
        date = (day >> 9) + 1980, day >> 5 & 15, day & 31, time >> 11, time >> 5 & 63, (time & 31) * 2
        yield _Local(name, date, method, start, end - start, size)
        stream.seek(end)
        stream.seek(end + max(0, stream.read(_LONGEST_DESCRIPTOR + len(_SIGNATURE)).find(_SIGNATURE)))


def _inflated(stream: BinaryIO, most: int) -> tuple[int, int]:
    """Return how much the deflated data at this place unpack to (a little over `most` if more), and where they end."""
    size, inflate = 0, zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        while not inflate.eof and size <= most:
            chunk = inflate.unconsumed_tail or stream.read(_CHUNK)
            data = inflate.decompress(chunk, _SMALL)
            if not chunk and not data:
                break
            size += len(data)
    except zlib.error:
        pass  # the member is damaged here; reading it says so
    return size, stream.tell() - len(inflate.unused_data)


class _Found(io.RawIOBase):
    """A member found again by its header. Reading past what is left of it raises EOFError."""

    def __init__(self, path: Path, local: _Local) -> None:
        self._stream = path.open("rb")
        self._stream.seek(local.start)
        self._left = local.packed
        self._inflate = zlib.decompressobj(-zlib.MAX_WBITS) if local.method == _DEFLATED else None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object, /) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        data = self._plain(len(view)) if self._inflate is None else self._inflated(self._inflate, len(view))
        view[: len(data)] = data
        return len(data)

    def _plain(self, most: int) -> bytes:
        data = self._stream.read(min(most, self._left))
        if not data and self._left:
            raise EOFError
        self._left -= len(data)
        return data

    def _inflated(self, inflate: zlib._Decompress, most: int) -> bytes:
        while not inflate.eof:
            chunk = inflate.unconsumed_tail or self._stream.read(_CHUNK)
            if data := inflate.decompress(chunk, most):
                return data
            if not chunk:
                raise EOFError
        return b""

    def close(self) -> None:
        self._stream.close()
        super().close()
