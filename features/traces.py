"""Finds one person's id in texts and in bytes, in whatever way it may be written there.

An id counts where it stands for itself: `E1` is not in `E10`, but is in `E1-2026`. In bytes, where
values stand without a gap, a change between letters and digits parts them as well.
"""

import json
import mmap
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

# an escape in JSON or in an address, after which a word begins
AFTER_ESCAPE = rb"(?<=\\[nrtbf])|(?<=\\u[0-9A-Fa-f]{4})|(?<=%[0-9A-Fa-f]{2})"
# an escaped letter or digit, with which the word goes on
GOES_ON = rb"(?!(?:\\u00|%)(?:3[0-9]|[4-7][0-9A-Fa-f]))"
ALNUM = b"[0-9A-Za-z]"
WIDE = {"utf-16-le": (b"", b"\0"), "utf-16-be": (b"\0", b""), "utf-32-le": (b"", b"\0\0\0"),
        "utf-32-be": (b"\0\0\0", b"")}  # fmt: skip
CHINESE = ("gb18030", "big5")
# what JSON writes before a quote or a backslash, and twice as often within JSON within JSON
SLASHES = r"\\{0,8}"
# characters that are written with others beside them: in JSON, and a quote in CSV by two
QUOTED = {"\\": r"\\{1,8}", '"': f'(?:{SLASHES}"){{1,2}}', "/": f"{SLASHES}/"}
Data = bytes | mmap.mmap


@dataclass(frozen=True)
class Trace:
    """What to look for: one id."""

    employee_id: str

    def in_text(self, text: str) -> bool:
        """Whether the text names the person.

        >>> Trace("E1").in_text("by E1, E2"), Trace("E1").in_text("by E10")
        (True, False)
        """
        return self._needed in text and self.words.search(text) is not None

    def in_bytes(self, data: Data) -> bool:
        """Whether the bytes of a text file hold the id, in any encoding or escaped as in JSON."""
        return self._among(self._strict, data)

    def in_binary(self, data: Data) -> bool:
        """Whether bytes in which values stand without a gap hold the id.

        >>> Trace("E1").in_binary(b"f9E1quiz"), Trace("E1").in_binary(b"f9E10")
        (True, False)
        """
        return self._among(self._loose, data) or self.in_bytes(data)

    def _among(self, patterns: Mapping[bytes, re.Pattern[bytes]], data: Data) -> bool:
        # what a pattern begins with is looked for first: many times faster
        return any(data.find(needed) >= 0 and pattern.search(data)
                   for needed, pattern in patterns.items())  # fmt: skip

    @cached_property
    def words(self) -> re.Pattern[str]:
        r"""The id in a text, where it stands for itself, also as JSON and CSV quote it.

        >>> bool(Trace("CORP\\ann").words.search(r'"CORP\\ann", "CORP\\bob"'))
        True
        """
        form = "".join(QUOTED.get(one, re.escape(one)) for one in self.employee_id)
        return re.compile(f"(?<![0-9A-Za-z]){form}(?![0-9A-Za-z])")

    @property
    def in_json(self) -> list[str]:
        """The ways in which a text of JSON, or a plain one, may have the id between its quotes."""
        forms = (json.dumps(self.employee_id, ensure_ascii=one)[1:-1] for one in (False, True))
        return sorted({self.employee_id, *forms})

    @cached_property
    def _needed(self) -> str:
        """The longest part that stands in every way of quoting the id."""
        return max(re.split(r'[\\"/]', self.employee_id), key=len)

    @cached_property
    def _strict(self) -> dict[bytes, re.Pattern[bytes]]:
        return self._patterns(ALNUM, ALNUM, AFTER_ESCAPE)

    @cached_property
    def _loose(self) -> dict[bytes, re.Pattern[bytes]]:
        return self._patterns(_kind(self.employee_id[0]), _kind(self.employee_id[-1]))

    def _patterns(
        self, first: bytes, last: bytes, also_after: bytes = b""
    ) -> dict[bytes, re.Pattern[bytes]]:
        """Patterns by bytes that must be there for them to match."""
        plain = self.employee_id.encode()
        found = {plain: _apart(re.escape(plain), first, last, also_after=also_after)}
        for needed in {rb"\u", b"%", self._needed.encode()} - {plain}:
            found[needed] = _apart(self._escaped, first, last, also_after=also_after)
        for encoding, form in self._forms.items():
            low, high = WIDE.get(encoding, (b"", b""))
            found[form] = _apart(re.escape(form), first, last, low, high)
        return {needed: re.compile(one, re.S) for needed, one in found.items()}

    @cached_property
    def _escaped(self) -> bytes:
        """The id in UTF-8, each character as it is, as JSON escapes it, or as an address does."""
        return b"".join(map(_any_way, self.employee_id))

    @cached_property
    def _forms(self) -> dict[str, bytes]:
        """The id in encodings in which it is other bytes than in UTF-8."""
        found = {name: self.employee_id.encode(name) for name in WIDE}
        if not self.employee_id.isascii():
            for name in CHINESE:
                try:
                    found[name] = self.employee_id.encode(name)
                except UnicodeEncodeError:
                    continue
        return found


def _kind(character: str) -> bytes:
    """The characters that may not stand beside this one for it to be the end of a value."""
    if not character.isascii() or not character.isalnum():
        return b""
    return b"[0-9]" if character.isdigit() else b"[A-Za-z]"


def _apart(
    form: bytes,
    first: bytes,
    last: bytes,
    low: bytes = b"",
    high: bytes = b"",
    also_after: bytes = b"",
) -> bytes:
    """The form with none of these characters before and after it, each between such bytes."""
    before = b"(?<!" + low + first + high + b")" if first else b""
    if also_after:
        before = b"(?:" + before + b"|" + also_after + b")"
    after = b"(?!" + low + last + high + b")" if last else b""
    after += b"" if low or high else GOES_ON
    return before + form + after


def _any_way(character: str) -> bytes:
    units = character.encode("utf-16-be")
    pairs = [units[n : n + 2].hex() for n in range(0, len(units), 2)]
    escape = b"".join(rb"\\{1,8}u" + _any_case(pair) for pair in pairs)
    percent = b"".join(b"%" + _any_case(f"{one:02x}") for one in character.encode())
    plain = QUOTED[character].encode() if character in QUOTED else re.escape(character.encode())
    return b"(?:" + b"|".join((plain, escape, percent)) + b")"


def _any_case(digits: str) -> bytes:
    return "".join(f"[{one}{one.upper()}]" if one.isalpha() else one for one in digits).encode()
