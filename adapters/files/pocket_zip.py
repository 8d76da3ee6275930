"""Streams of relics, on disk or inside a zip; nothing is ever extracted to disk.

A zip is refused when its sizes are absurd (a zip bomb) or it is encrypted. Of a zip that ends early, whose directory
stood at its end and is gone, the members are found again one by one by their own headers: Pocket cannot be asked for
another. For the same reason a member is read to its last byte before its checksum is held against it, which zipfile
would not allow.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
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
HEAD = 1 << 16
"""How many bytes tell what a file is."""
_SMALL = 1 << 24
_CHUNK = 1 << 16

DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError)
"""What reading a damaged member raises. Whatever was read before stands."""

_NO_DIRECTORY = (zipfile.BadZipFile, NotImplementedError, ValueError, OverflowError, struct.error)
"""What zipfile raises over a directory that makes no sense; a name that is not UTF-8 is a ValueError."""

_HEADER = struct.Struct("<4s5H3L2H")
_SIGNATURE = b"PK\x03\x04"
_STORED, _DEFLATED = 0, 8
_ENCRYPTED, _SIZES_FOLLOW, _UTF8 = 0x1, 0x8, 0x800
_LONGEST_DESCRIPTOR = 24


@attrs.frozen
class Source:
    """A relic's bytes. `open` may be called again and again, and each stream is read from its beginning.

    `name` is the base name, `holder` the name of the zip that holds it and `folder` its folder there (both "" for a
    file on disk), `group` is equal for what lay together. `made` is when it was written (UTC), None where that cannot
    be told. `size` is in bytes, more than can be read where the source is cut. `path` is None inside a zip.
    """

    name: str
    holder: str
    folder: str
    group: str
    made: datetime | None
    size: int
    path: Path | None
    open: Callable[[], AbstractContextManager[BinaryIO]]


@attrs.frozen
class _Member:
    """A file in a zip. `header` is where its own header begins; `checksum` is None where it is not known."""

    name: str
    date: tuple[int, ...]
    method: int
    header: int
    packed: int
    size: int
    checksum: int | None


def on_disk(path: Path, group: str) -> Source:
    """Return a file as a source."""
    status = path.stat()
    return Source(
        name=path.name,
        holder="",
        folder="",
        group=group,
        made=datetime.fromtimestamp(status.st_mtime, UTC),
        size=status.st_size,
        path=path,
        open=lambda: path.open("rb"),
    )


def head(source: Source) -> bytes:
    """Return the first bytes, at least HEAD if there are so many, as far as they can be read before any damage."""
    start = b""
    try:
        for chunk in chunks(source):
            start += chunk
            if len(start) >= HEAD:
                break
    except DAMAGE:
        pass  # whoever reads the member says what is wrong with it
    return start


def chunks(source: Source) -> Iterator[bytes]:
    """Yield the bytes in pieces of at most 64 KiB; all that come before damage come before it is raised."""
    with source.open() as stream:
        while chunk := cast(io.BufferedReader, stream).read1(_CHUNK):
            yield chunk


def members(path: Path) -> tuple[list[Source], bool]:
    """Return the files in a zip, and whether the zip has its directory.

    Raises InputError for a zip bomb, an encrypted zip, and a zip in which nothing can be found.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            listed = [info for info in archive.infolist() if not info.is_dir()]
    except _NO_DIRECTORY:
        with path.open("rb") as stream:
            found = [
                member for member in _found_again(stream, path) if member.name.strip("/") and member.name[-1] != "/"
            ]
        if not found:
            raise InputError(
                f"{path.name} is a damaged zip: nothing in it can be read.", "Look for another copy of it."
            ) from None
        return [_source(path, member) for member in found], False
    _refuse_absurd(path, listed)
    return [_source(path, _member(info)) for info in listed], True


def _refuse_absurd(path: Path, listed: list[zipfile.ZipInfo]) -> None:
    if any(info.flag_bits & _ENCRYPTED for info in listed):
        raise InputError(f"{path.name} is encrypted.", "Unpack it with its password and name the folder instead.")
    if any(info.compress_type not in {_STORED, _DEFLATED} for info in listed):
        raise InputError(f"{path.name} is packed in an unusual way.", "Unpack it and name the folder instead.")
    packed = [info for info in listed if info.file_size > max(_SMALL, MOST_RATIO * info.compress_size)]
    if packed or len(listed) > MOST_MEMBERS or sum(info.file_size for info in listed) > MOST_BYTES:
        raise _absurd(path)


def _absurd(path: Path) -> InputError:
    return InputError(
        f"{path.name} is not read: it would unpack to an absurd size.",
        "If you trust it, unpack it yourself and name the folder instead.",
    )


def _member(info: zipfile.ZipInfo) -> _Member:
    return _Member(
        name=info.filename,
        date=info.date_time,
        method=info.compress_type,
        header=info.header_offset,
        packed=info.compress_size,
        size=info.file_size,
        checksum=info.CRC,
    )


def _source(path: Path, member: _Member) -> Source:
    inside = PurePosixPath(member.name.replace("\\", "/"))
    return Source(
        name=inside.name,
        holder=path.name,
        folder=str(inside.parent),
        group=f"{path}:{inside.parent}",
        made=_made(member.date),
        size=member.size,
        path=None,
        open=lambda: io.BufferedReader(_Stream(path.open("rb"), member), _CHUNK),
    )


def _made(date: tuple[int, ...]) -> datetime | None:
    """Return a member's time, or None where the packer did not know: then it writes the first day of 1980."""
    try:
        year, month, day, hour, minute, second = date
        made = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
    return made if made.year > 1980 else None


def _found_again(stream: BinaryIO, path: Path) -> Iterator[_Member]:
    """Yield the members one after another until the file ends or makes no sense. Raises InputError for a bomb."""
    total = 0
    for _ in range(MOST_MEMBERS):
        header = stream.tell()
        raw = stream.read(_HEADER.size)
        if len(raw) < _HEADER.size or not raw.startswith(_SIGNATURE):
            return
        _, _, flags, method, time, day, checksum, packed, _, name_length, extra_length = _HEADER.unpack(raw)
        raw_name = stream.read(name_length)
        if len(raw_name) < name_length:
            return  # who knows what the whole name would say
        name = raw_name.decode("utf-8" if flags & _UTF8 else "cp437", "replace")
        start = stream.seek(extra_length, io.SEEK_CUR)
        if flags & _ENCRYPTED or method not in {_STORED, _DEFLATED} or (method == _STORED and flags & _SIZES_FOLLOW):
            return
        size, end = (packed, start + packed) if method == _STORED else _measured(stream, MOST_BYTES - total)
        total += size
        if total > MOST_BYTES:
            raise _absurd(path)
        date = (day >> 9) + 1980, day >> 5 & 15, day & 31, time >> 11, time >> 5 & 63, (time & 31) * 2
        yield _Member(name, date, method, header, end - start, size, None if flags & _SIZES_FOLLOW else checksum)
        stream.seek(end)
        stream.seek(end + max(0, stream.read(_LONGEST_DESCRIPTOR + len(_SIGNATURE)).find(_SIGNATURE)))
    raise _absurd(path)


def _measured(stream: BinaryIO, most: int) -> tuple[int, int]:
    """Return how much the deflated data at this place unpack to (a little over `most` if more), and where they end.

    Of data that are cut or damaged, at least one more byte is missing, which is counted.
    """
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
    return size + (not inflate.eof), stream.tell() - len(inflate.unused_data)


class _Stream(io.RawIOBase):
    """What a member unpacks to. Reading raises one of DAMAGE where it is damaged, and at its end for its checksum."""

    def __init__(self, stream: BinaryIO, member: _Member) -> None:
        self._stream = stream
        self._member = member
        self._inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        self._read = 0
        self._checksum = 0
        self._stream.seek(member.header)
        raw = self._stream.read(_HEADER.size)
        if len(raw) < _HEADER.size or not raw.startswith(_SIGNATURE):
            self.close()
            raise zipfile.BadZipFile("its header is damaged")
        *_, name_length, extra_length = _HEADER.unpack(raw)
        self._stream.seek(name_length + extra_length, io.SEEK_CUR)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object, /) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        left = self._member.size - self._read
        # One byte more than there should be tells that there are more.
        most = min(len(view), left or 1)
        data = self._stored(most) if self._member.method == _STORED else self._inflated(most)
        if data and not left:
            raise zipfile.BadZipFile("it is longer than it says")
        self._read += len(data)
        self._checksum = zlib.crc32(data, self._checksum)
        if not data and self._member.checksum not in {None, self._checksum}:
            raise zipfile.BadZipFile("its checksum is wrong, so some of it may be wrong")
        view[: len(data)] = data
        return len(data)

    def _stored(self, most: int) -> bytes:
        left = self._member.packed - self._read
        data = self._stream.read(min(most, left))
        if left and not data:
            raise EOFError
        return data

    def _inflated(self, most: int) -> bytes:
        data = b""
        while not data and not self._inflate.eof:
            chunk = self._inflate.unconsumed_tail or self._stream.read(_CHUNK)
            data = self._inflate.decompress(chunk, most)
            if not data and not chunk:
                raise EOFError
        return data

    def close(self) -> None:
        self._stream.close()
        super().close()
