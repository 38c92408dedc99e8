"""What `huoli run` has to do: each step, the command that does it, and whether it was done."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from features.errors import HuoliError, InputError
from features.home import Home
from features.language import _
from features.tables.snapshots import current_or_none
from huoli.console import STEP_OF_RUN

MAPPING = "sample_company"


@dataclass(frozen=True)
class Step:
    """One step: what it says it does, the command's arguments, and whether it is done."""

    says: str
    arguments: tuple[str, ...]
    is_done: Callable[[Home], bool]


def steps(home: Home, employees: int, months: int) -> list[Step]:
    """All steps in their order; each builds on the one before."""
    out = str(sample_folder(home))
    size = ("--employees", str(employees), "--months", str(months))
    return [
        Step(_("Simulating a company and writing its exports"), ("sample", "--out", out, *size),
             has_sample),
        Step(_("Importing the exports into the canonical tables"),
             ("import", out, "--mapping", MAPPING), has_tables),
        Step(_("Computing features and putting them online"), ("features",), has_features),
        Step(_("Training both models"), ("train",), has_champion),
    ]  # fmt: skip


def missing_steps(home: Home, every: Sequence[Step]) -> list[Step]:
    """From the first step that is not done, those that are not done; tables need no exports."""
    needed = every[1:] if has_tables(home) else every
    return [step for step in needed if not step.is_done(home)]


def do(step: Step) -> None:
    """Run the step in a process of its own, so that its memory is given back.

    Raises:
        HuoliError: it failed; what it said stands above.
    """
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "huoli", *step.arguments], env=os.environ | {STEP_OF_RUN: "1"},
        check=False,
    )  # fmt: skip
    if done.returncode:
        raise HuoliError(
            "`huoli {command}` failed, as said above; `huoli run` goes on from there",
            command=" ".join(step.arguments),
        )


def sample_folder(home: Home) -> Path:
    """Where the sample's exports stand."""
    return home.data / "sample"


def has_sample(home: Home) -> bool:
    """Whether the exports are written; they are written whole or not at all."""
    folder = sample_folder(home)
    return folder.is_dir() and any(folder.iterdir())


def has_tables(home: Home) -> bool:
    """Whether there are canonical tables, of the sample or of a company of one's own."""
    return current_or_none(home) is not None


def has_features(home: Home) -> bool:
    """Whether the features of the current tables are online."""
    from features.feature_store.snapshots import code_version, features_or_none

    tables, found = current_or_none(home), features_or_none(home)
    if tables is None or found is None or not found.days:
        return False
    return found.is_online and (found.tables, found.code) == (tables.snapshot_id, code_version())


def has_champion(home: Home) -> bool:
    """Whether a pair of models is champion."""
    from training.registry.aliases import alias_versions

    return bool(alias_versions(home, "champion"))


def remade_folders(home: Home) -> list[Path]:
    """What a fresh start deletes; never the database with keys and answers."""
    return [sample_folder(home), home.tables, home.features, home.tuning, home.mlruns]


def start_afresh(home: Home) -> None:
    """Delete what `huoli run` made.

    Raises:
        InputError: the tables are those of another company, which could not be made again.
    """
    from features.writer import writer_lock

    tables = current_or_none(home)
    if tables is not None and tables.mapping != MAPPING:
        raise InputError(
            "--afresh deletes a sample company alone, found tables of the mapping {mapping}; "
            "use another HUOLI_HOME",
            mapping=tables.mapping,
        )
    with writer_lock(home, "run --afresh"):
        for folder in remade_folders(home):
            shutil.rmtree(folder, ignore_errors=True)
