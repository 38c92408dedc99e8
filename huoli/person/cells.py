"""What is left of values in the pages of a SQLite file or its log, in use or free.

A row of SQLite begins with the kinds and lengths of its values, which stand after that without a
gap. So where the id's bytes stand somewhere, what is before them tells whether they are a value.
"""

from features.traces import Data, Trace

# how far before a value its row may begin
FARTHEST = 4_096
MOST_COLUMNS = 64
WIDTHS = {0: 0, 1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8, 7: 8, 8: 0, 9: 0}


def in_cells(data: Data, trace: Trace) -> bool:
    """Whether a row anywhere in the bytes has the id as a value."""
    for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
        wanted = trace.employee_id.encode(encoding)
        at = data.find(wanted)
        while at >= 0:
            if _is_value(data[max(0, at - FARTHEST) : at], len(wanted)):
                return True
            at = data.find(wanted, at + 1)
    return False


def _is_value(before: bytes, length: int) -> bool:
    """Whether a row that begins within the bytes has a text of this length right after them."""
    return any(_ends_with(before, begin, length) for begin in range(len(before) - 2, -1, -1))


def _ends_with(before: bytes, begin: int, length: int) -> bool:
    header, at = _number(before, begin)
    body = begin + header
    if not 2 <= header <= MOST_COLUMNS or body > len(before):
        return False
    value = body
    while at < body:
        kind, at = _number(before, at)
        if kind in (10, 11) or at > body:
            return False
        if value == len(before) and kind == 13 + 2 * length:
            return True
        value += WIDTHS.get(kind, (kind - 12) // 2)
        if value > len(before):
            return False
    return False


def _number(data: bytes, at: int) -> tuple[int, int]:
    """(the variable-length integer at this place, where it ends)."""
    value = 0
    for place in range(at, min(at + 4, len(data))):
        value = value << 7 | data[place] & 0x7F
        if data[place] < 0x80:
            return value, place + 1
    return 1 << 30, at + 4
