"""The pages of a Parquet file, decompressed: dictionaries and data, also what no row refers to.

Each page has a header in Thrift's compact protocol, of which three numbers matter here.
"""

from collections.abc import Iterator
from typing import Any

from features.traces import Data

# fields of a page's header, by number
KIND, UNPACKED, PACKED, SECOND_FORM = 1, 2, 3, 8
DATA_V2 = 3


def parquet_pages(data: Data, metadata: Any) -> Iterator[bytes]:
    """The pages of all columns, and the header before each, in the order of the file.

    Raises:
        ValueError: a page is not as its header says.
    """
    for group in range(metadata.num_row_groups):
        for number in range(metadata.row_group(group).num_columns):
            yield from _column_pages(data, metadata.row_group(group).column(number))


def parquet_footer(data: Data) -> bytes:
    """The file's own description, with the statistics of all columns."""
    length = int.from_bytes(data[-8:-4], "little")
    return data[-8 - length : -8]


def _column_pages(data: Data, column: Any) -> Iterator[bytes]:
    starts = [column.data_page_offset]
    if column.has_dictionary_page:
        starts.append(column.dictionary_page_offset)
    # 0: a column without rows has no page of data
    at = min(filter(None, starts))
    end = at + column.total_compressed_size
    while at < end:
        begin = at
        header, at = _struct(data, at)
        # a header may hold statistics of its own
        yield data[begin:at]
        packed = data[at : at + header[PACKED]]
        at += header[PACKED]
        yield _unpacked(packed, header, column.compression.lower())


def _unpacked(packed: bytes, header: dict[int, Any], codec: str) -> bytes:
    import pyarrow as pa

    if codec == "uncompressed":
        return packed
    first = 0
    if header[KIND] == DATA_V2:
        # the levels stand before the values, as they are
        second = header.get(SECOND_FORM, {})
        first = second.get(5, 0) + second.get(6, 0)
        if second.get(7) is False:
            return packed
    size = header[UNPACKED] - first
    if not size:
        return packed
    found = pa.Codec(codec).decompress(packed[first:], size, asbytes=True)
    return packed[:first] + bytes(found)


def _struct(data: Data, at: int) -> tuple[dict[int, Any], int]:
    """(fields by number, where it ends); texts and lists are read over."""
    found: dict[int, Any] = {}
    field = 0
    while True:
        byte = data[at]
        at += 1
        if byte == 0:
            return found, at
        kind, step = byte & 0x0F, byte >> 4
        if step:
            field += step
        else:
            field, at = _zigzag(data, at)
        found[field], at = _value(data, at, kind)


def _value(data: Data, at: int, kind: int) -> tuple[Any, int]:
    if kind in (1, 2):
        return kind == 1, at
    if kind == 3:
        return data[at], at + 1
    if kind in (4, 5, 6):
        return _zigzag(data, at)
    if kind == 7:
        return None, at + 8
    if kind == 8:
        length, at = _varint(data, at)
        return None, at + length
    if kind in (9, 10):
        return None, _past_list(data, at)
    if kind == 12:
        return _struct(data, at)
    raise ValueError(f"a page's header has a field of kind {kind}")


def _past_list(data: Data, at: int) -> int:
    kind, n = data[at] & 0x0F, data[at] >> 4
    at += 1
    if n == 15:
        n, at = _varint(data, at)
    for _ in range(n):
        _skipped, at = _value(data, at, kind)
    return at


def _zigzag(data: Data, at: int) -> tuple[int, int]:
    value, at = _varint(data, at)
    return value >> 1 ^ -(value & 1), at


def _varint(data: Data, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
