"""Looks for a person's id in files of every kind: raw, unpacked, and read as what they are.

What cannot be opened to the end is named too: where nobody could look, nothing was borne out.
"""

import mmap
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from features.traces import Data, Trace
from huoli.person.places import Place
from huoli.person.reading import READERS, Unreadable, is_parquet
from huoli.person.unpacking import TooLargeError, is_packed, unpacked

DEEPEST = 8
PROBED = 65_536


@dataclass
class Found:
    """What a search came to: names of files with the id, and of those that hide what they hold.

    Within an archive a name is `archive!member`.
    """

    n_files: int = 0
    n_bytes: int = 0
    named: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Whether nothing was found, and all could be looked at."""
        return not self.named and not self.unread


def search(places: list[Place], employee_id: str) -> Found:
    """Look through all files of the places."""
    trace, found = Trace(employee_id), Found()
    for place in places:
        for path, name in place.files():
            _search_file(trace, path, name, found)
    for names in (found.named, found.unread):
        names[:] = sorted(set(names))
    return found


def _search_file(trace: Trace, path: Path, name: str, found: Found) -> None:
    found.n_files += 1
    if trace.in_text(name):
        found.named.append(name)
    try:
        size = path.stat().st_size
        found.n_bytes += size
        if not size:
            return
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            _search_content(trace, data, name, found, path)
    except FileNotFoundError:
        return  # gone meanwhile, as logs of databases go
    except (OSError, ValueError):
        found.unread.append(name)


def _search_content(
    trace: Trace, data: Data, name: str, found: Found, path: Path | None, depth: int = 0
) -> None:
    """Note the name where the bytes hold the id, raw, read, or in what is packed into them."""
    if not is_packed(data) and not is_parquet(data) and _in_raw(trace, data):
        found.named.append(name)
        return
    try:
        if any(read(data, trace, path) for fits, read in READERS if fits(data)):
            found.named.append(name)
            return
    except Unreadable:
        # then at least as it stands
        (found.named if _in_raw(trace, data) else found.unread).append(name)
        return
    _search_members(trace, data, name, found, depth)


def _in_raw(trace: Trace, data: Data) -> bool:
    return trace.in_binary(data) if b"\0" in data[:PROBED] else trace.in_bytes(data)


def _search_members(trace: Trace, data: Data, name: str, found: Found, depth: int) -> None:
    try:
        for member, content in _members(data, depth):
            inner = f"{name}!{member}"
            if trace.in_text(member):
                found.named.append(inner)
            if content is None:
                found.unread.append(inner)
            else:
                _search_content(trace, content, inner, found, None, depth + 1)
    except TooLargeError:
        found.unread.append(name)


def _members(data: Data, depth: int) -> Iterator[tuple[str, bytes | None]]:
    if depth < DEEPEST:
        yield from unpacked(data)
    elif next(unpacked(data), None) is not None:
        raise TooLargeError
