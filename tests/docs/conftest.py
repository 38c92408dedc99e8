"""What the documentation says: its commands, its blocks, and the files it stands beside."""

import re
import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]


@dataclass(frozen=True)
class Readme:
    """README.md in parts."""

    text: str

    @cached_property
    def blocks(self) -> list[str]:
        """The code blocks, but for diagrams."""
        found = re.findall(r"^```(\w*)\n(.*?)^```$", self.text, re.S | re.M)
        return [block for kind, block in found if kind != "mermaid"]

    @cached_property
    def lines(self) -> list[str]:
        """What is typed in code blocks: continued lines joined, comments and output left out."""
        typed = [block for block in self.blocks if not block.startswith("$ ")]
        joined = "\n".join(typed).replace("\\\n", " ")
        return [line.split("  #")[0].strip() for line in joined.splitlines()]

    @cached_property
    def spans(self) -> list[str]:
        """Code within sentences and tables."""
        without = re.sub(r"^```.*?^```$", "", self.text, flags=re.S | re.M)
        return [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", without)]

    def section(self, title: str) -> str:
        """The text under a heading of the second level."""
        return self.text.split(f"\n## {title}\n")[1].split("\n## ")[0]


@pytest.fixture(scope="session")
def readme() -> Readme:
    return Readme((REPOSITORY / "README.md").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def repository() -> Path:
    return REPOSITORY


@pytest.fixture(scope="session")
def tracked() -> list[Path]:
    """The files that git knows, without those deleted but not committed so."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("this is no git checkout")
    return [path for name in listed.stdout.split("\0") if name
            and (path := REPOSITORY / name).is_file()]  # fmt: skip
