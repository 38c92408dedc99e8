"""The files that are looked through: those of a home, and what an operator names beside it."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from features.home import Home

# what Huoli writes in a home that is its own source folder, where much else stands
WRITTEN = ("data", "mlruns", "out")


@dataclass(frozen=True)
class Place:
    """A file or folder, and how its files are named: relative to it, after the label."""

    root: Path
    label: str = ""

    def files(self) -> Iterator[tuple[Path, str]]:
        """(file, its name), links followed, each file once, in order."""
        yield from self._under(self.root, self.label, set())

    def _under(self, path: Path, name: str, seen: set[str]) -> Iterator[tuple[Path, str]]:
        real = os.path.realpath(path)
        if real in seen:
            return
        seen.add(real)
        if path.is_dir():
            for child in sorted(path.iterdir()):
                yield from self._under(child, f"{name}/{child.name}" if name else child.name, seen)
        elif path.is_file():
            yield path, name or path.name


def places_of(home: Home, also: tuple[Path, ...] = ()) -> list[Place]:
    """All of the home, or in a source folder what Huoli writes there; and the other paths."""
    if (home.root / "pyproject.toml").is_file():
        found = [Place(home.root / name, name) for name in WRITTEN]
    else:
        found = [Place(home.root)]
    return [*found, *(Place(path, path.name) for path in also)]
