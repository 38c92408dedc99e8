"""What is packed into bytes: archives and compressed files, by what they begin with."""

import bz2
import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import IO, Any

from features.traces import Data

Members = Iterator[tuple[str, bytes | None]]
MOST_BYTES = 1 << 30
CHUNK = 1 << 20
CONTENT = "content"
# what ends a compressed stream, or is none after all
BROKEN = (OSError, EOFError, zlib.error, lzma.LZMAError, ValueError)


class TooLargeError(Exception):
    """What is packed is larger or deeper than can be looked through."""


def unpacked(data: Data) -> Members:
    """(name, content) of all that is packed into the bytes; None for what cannot be opened.

    Raises:
        TooLargeError: a member is larger than MOST_BYTES.
    """
    for begins, unpack in KINDS:
        if any(data[at : at + len(mark)] == mark for at, mark in begins):
            yield from unpack(data)
            return


def is_packed(data: Data) -> bool:
    """Whether the bytes as they stand mean nothing: an id in them would be chance."""
    return any(
        data[at : at + len(mark)] == mark
        for begins, unpack in KINDS
        if unpack is not _zlib
        for at, mark in begins
    )


def _zip(data: Data) -> Members:
    try:
        archive = zipfile.ZipFile(io.BytesIO(data[:]))
    except (zipfile.BadZipFile, *BROKEN):
        yield CONTENT, None
        return
    if archive.comment:
        yield "comment", archive.comment
    for entry in archive.infolist():
        if entry.file_size > MOST_BYTES:
            raise TooLargeError
        try:
            with archive.open(entry) as member:
                yield entry.filename, _bounded(member)
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError, *BROKEN):
            yield entry.filename, None  # encrypted, or damaged


def _tar(data: Data) -> Members:
    try:
        with tarfile.open(fileobj=io.BytesIO(data[:]), mode="r:") as archive:
            for entry in archive:
                member = archive.extractfile(entry) if entry.isfile() else None
                yield entry.name, _bounded(member) if member else entry.linkname.encode()
    except (tarfile.TarError, *BROKEN):
        yield CONTENT, None


def _stream(opened: Callable[[IO[bytes]], Any]) -> Callable[[Data], Members]:
    def unpack(data: Data) -> Members:
        try:
            yield CONTENT, _bounded(opened(io.BytesIO(data[:])))
        except BROKEN:
            yield CONTENT, None

    return unpack


def _gzip(file: IO[bytes]) -> Any:
    import gzip

    return gzip.GzipFile(fileobj=file)


def _arrow(codec: str) -> Callable[[IO[bytes]], Any]:
    def opened(file: IO[bytes]) -> Any:
        import pyarrow as pa

        return pa.CompressedInputStream(pa.BufferReader(file.read()), codec)

    return opened


def _zlib(data: Data) -> Members:
    """A stream of zlib, as joblib writes; two bytes tell little, so that others are no error."""
    stream = zlib.decompressobj()
    try:
        content = stream.decompress(data[:], MOST_BYTES + 1)
    except zlib.error:
        return
    if len(content) > MOST_BYTES:
        raise TooLargeError
    if stream.eof or content:
        yield CONTENT, content


def _bounded(file: Any) -> bytes:
    parts, total = [], 0
    while part := file.read(CHUNK):
        total += len(part)
        if total > MOST_BYTES:
            raise TooLargeError
        parts.append(part)
    return b"".join(parts)


KINDS: list[tuple[list[tuple[int, bytes]], Callable[[Data], Members]]] = [
    ([(0, b"PK\x03\x04"), (0, b"PK\x05\x06")], _zip),
    ([(257, b"ustar")], _tar),
    ([(0, b"\x1f\x8b")], _stream(_gzip)),
    ([(0, b"BZh")], _stream(bz2.BZ2File)),
    ([(0, b"\xfd7zXZ\0"), (0, b"\x5d\0\0")], _stream(lzma.LZMAFile)),
    ([(0, b"\x28\xb5\x2f\xfd")], _stream(_arrow("zstd"))),
    ([(0, b"\x04\x22\x4d\x18")], _stream(_arrow("lz4"))),
    ([(0, b"\x78\x01"), (0, b"\x78\x5e"), (0, b"\x78\x9c"), (0, b"\x78\xda")], _zlib),
]
