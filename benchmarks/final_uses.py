"""The log of each look at the final year: when, at which code, why, and what was seen.

Whoever looks often enough at a year tunes to it. So a line is written before the year is looked
at, and stays where nothing comes of it.
"""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from running import REPOSITORY

LOG = Path(__file__).with_name("final_uses.tsv")
COLUMNS = ("utc", "commit", "uncommitted", "why", "figures")


@dataclass(frozen=True)
class Use:
    """One line of a log, by its number from 0 (the header is 0)."""

    log: Path
    number: int

    def add(self, figures: Mapping[str, object]) -> None:
        """Write what was seen into the line."""
        lines = self.log.read_text(encoding="utf-8").splitlines()
        fields = lines[self.number].split("\t")
        fields[-1] = json.dumps(figures, ensure_ascii=False)
        lines[self.number] = "\t".join(fields)
        growing = self.log.with_name(f".{self.log.name}.growing")
        growing.write_text("\n".join(lines) + "\n", encoding="utf-8")
        growing.replace(self.log)


def note_use(why: str = "", log: Path = LOG, repository: Path = REPOSITORY) -> Use:
    """Append a line without figures, and return it."""
    if not log.exists():
        log.write_text("\t".join(COLUMNS) + "\n", encoding="utf-8")
    now = datetime.now(UTC).isoformat(timespec="seconds")
    line = "\t".join((now, *code_state(log, repository), " ".join(why.split()), ""))
    with log.open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    return Use(log, len(log.read_text(encoding="utf-8").splitlines()) - 1)


def code_state(log: Path, repository: Path) -> tuple[str, str]:
    """(the commit, "yes" where files differ from it); "unknown" outside of git.

    The log itself does not count: a look changes it.
    """
    try:
        commit = _git(repository, "rev-parse", "HEAD")
        kept = f":(exclude,top){log.relative_to(repository)}" if log.is_relative_to(
            repository) else ":/"  # fmt: skip
        changed = _git(
            repository, "status", "--porcelain", "--untracked-files=no", "--", ":/", kept
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown", "unknown"
    return commit, "yes" if changed else "no"


def _git(repository: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=repository, capture_output=True, text=True,
                          check=True)  # fmt: skip
    return done.stdout.strip()
