"""A trained company of 180 people, made once for all tests that ask it something."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from filelock import FileLock
from postgresql_server import Server, programs, running_server

from features import clock
from features.home import Home
from features.tables.schemas import TABLES
from features.tables.snapshots import write_tables

REPOSITORY = Path(__file__).parents[1]
UNTIL = datetime(2026, 6, 1, tzinfo=UTC)
FIRST = datetime(2025, 1, 6, 8, tzinfo=UTC)
N_PEOPLE, N_PAST = 180, 48
TEMPLATES = ("quiz", "games", "challenge", "story")
# how much a function likes a template, as log-odds of registering
LIKES = {
    "R&D": (0.8, -2.0, 0.3, -3.0),
    "customer success": (-2.5, 0.6, -2.5, 0.0),
    "corporate": (-3.0, 0.2, -3.0, -1.0),
}
Row = dict[str, Any]
# whoever runs the tests may have set these for a database in use
for variable in ("HUOLI_DATABASE_URL", "HUOLI_DATABASE_URL_FILE"):
    os.environ.pop(variable, None)


def table_of(name: str, rows: list[Row]) -> pa.Table:
    """Rows as the canonical table, null where they say nothing."""
    schema = TABLES[name].arrow_schema
    return pa.Table.from_pylist([{c: row.get(c) for c in schema.names} for row in rows], schema)


def function_of(number: int) -> str:
    return "R&D" if number < 90 else "customer success" if number < 150 else "corporate"


def _employees() -> list[Row]:
    """P000-P089 R&D, P090-P149 customer success, the rest corporate; every 30th opted out."""
    rows = [
        {
            "employee_id": f"P{n:03}", "hired_at": FIRST - timedelta(days=n), "level": f"L{n % 4}",
            "function": function_of(n), "city": ("成都", "上海", "北京")[n % 3],
            "timezone": "Asia/Shanghai", "profiling_opt_out": n % 30 == 29,
        }
        for n in range(N_PEOPLE)
    ]  # fmt: skip
    rows[70]["left_at"] = datetime(2026, 1, 1, tzinfo=UTC)
    rows[71]["hired_at"] = UNTIL - timedelta(hours=6)
    return rows


def _activity(activity_id: str, template: int, starts: datetime, **more: Any) -> Row:
    return {
        "activity_id": activity_id, "title": f"{TEMPLATES[template]} {activity_id}",
        "template": TEMPLATES[template], "tags": json.dumps({TEMPLATES[template]: 1.0}),
        "mode": "online", "timezone": "Asia/Shanghai", "starts_at": starts,
        "ends_at": starts + timedelta(hours=1), "valid_from": starts - timedelta(days=30),
        "announced_at": starts - timedelta(days=28),
    } | more  # fmt: skip


def _activities() -> list[Row]:
    soon, rd = UNTIL + timedelta(days=7), json.dumps({"function": ["R&D"]})
    held = [
        _activity(f"held-{n:02}", n % 4, FIRST + timedelta(days=10 * (n + 1), hours=n % 3),
                  audience=rd if n % 10 == 2 else None)
        for n in range(N_PAST)
    ]  # fmt: skip
    return [
        *held,
        *(_activity(f"soon-{name}", n, soon + timedelta(days=n))
          for n, name in enumerate(TEMPLATES)),
        _activity("soon-rd", 0, soon, audience=rd),
        _activity("a-draft", 1, soon, announced_at=None),
        _activity("later", 1, soon, announced_at=UNTIL + timedelta(days=2)),
        _activity("cancelled", 1, soon, cancelled_at=UNTIL - timedelta(days=1)),
        _activity("far", 1, UNTIL + timedelta(days=200), valid_from=UNTIL - timedelta(days=5),
                  announced_at=UNTIL - timedelta(days=3)),
        _activity("nobody", 1, soon, audience=json.dumps({"function": ["no such team"]})),
    ]  # fmt: skip


def _participations(rng: np.random.Generator) -> list[Row]:
    taste = rng.normal(0, 0.8, (N_PEOPLE, 4))
    did = []
    for n in range(N_PAST):
        template, starts = n % 4, FIRST + timedelta(days=10 * (n + 1), hours=n % 3)
        luck = rng.normal(0, 0.3)
        for person in range(N_PEOPLE):
            function = function_of(person)
            asked = person not in (70, 71) and (n % 10 != 2 or function == "R&D")
            odds = LIKES[function][template] + taste[person, template] + luck
            if asked and rng.random() < 1 / (1 + np.exp(-odds)):
                did.append((person, f"held-{n:02}", "registered", starts - timedelta(days=3)))
                if rng.random() < 0.8:
                    did.append((person, f"held-{n:02}", "attended", starts))
    before = UNTIL - timedelta(days=2)
    did += [(0, "soon-quiz", "registered", before), (1, "soon-quiz", "declined", before)]
    return [
        {"participation_id": f"r{number:06}", "employee_id": f"P{person:03}", "activity_id": what,
         "kind": kind, "occurred_at": when}
        for number, (person, what, kind, when) in enumerate(did)
    ]  # fmt: skip


def _workdays(rng: np.random.Generator) -> list[Row]:
    return [
        {"employee_id": f"P{n:03}", "day": date(2026, 5, 1) + timedelta(days=day), "hours": 8.0,
         "overtime_hours": float(rng.integers(0, 4)), "absent": False}
        for n in range(N_PEOPLE)
        for day in range(28)
    ]  # fmt: skip


def company_tables() -> dict[str, pa.Table]:
    """The company's canonical tables, the same ones each time."""
    rng = np.random.default_rng(7)
    groups = [{"project_group_id": f"G{n:02}", "name": f"group {n}"} for n in range(12)]
    members = [
        {"employee_id": f"P{n:03}", "project_group_id": f"G{n // 15:02}", "started_at": FIRST}
        for n in range(177)
    ]
    rows = {
        "employees": _employees(), "project_groups": groups, "memberships": members,
        "activities": _activities(), "participations": _participations(rng),
        "workdays": _workdays(rng),
    }  # fmt: skip
    return {name: table_of(name, found) for name, found in rows.items()}


def run_huoli(home: Home, *arguments: object, language: str = "en", **more: str) -> Any:
    """The finished `huoli` with these arguments on the home."""
    return subprocess.run(
        [sys.executable, "-m", "huoli", *map(str, arguments)], cwd=REPOSITORY,
        env=environment(home, language) | more, capture_output=True, text=True, check=False,
        timeout=300,
    )  # fmt: skip


def environment(home: Home, language: str = "en") -> dict[str, str]:
    """What a process that works on the home should find around it."""
    # one thread a process: there is a process for each core already
    return os.environ | {
        "HUOLI_HOME": str(home.root), "HUOLI_LANG": language, "OMP_NUM_THREADS": "1",
        # the company stands still at the end of its data
        "HUOLI_NOW": UNTIL.isoformat(),
    }  # fmt: skip


def _train(home: Home) -> None:
    write_tables(home, company_tables(), UNTIL, "test", {})
    for command in ("features", "train"):
        done = run_huoli(home, command)
        if done.returncode:
            raise AssertionError(done.stdout + done.stderr)


@pytest.fixture(scope="session")
def trained_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with models; shared by all tests and workers, so that it must not be changed."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    home = Home(folder / "trained")
    with FileLock(folder / "trained.lock"):
        if not (folder / "trained.done").is_file():
            _train(home)
            (folder / "trained.done").touch()
    return home


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """A PostgreSQL server of this process's own, started by the first test that asks for it."""
    folder = programs()
    if folder is None:
        pytest.skip("PostgreSQL is not installed; `make postgresql` does so")
    with running_server(folder) as server:
        yield server


@pytest.fixture
def on_postgresql(postgresql: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A fresh database of that server, which every home uses during the test."""
    with postgresql.database() as address:
        monkeypatch.setenv("HUOLI_DATABASE_URL", address)
        yield address


@pytest.fixture(params=["sqlite", "postgresql"])
def on_both(request: pytest.FixtureRequest) -> str:
    """Runs the test twice: on the home's SQLite file, and on a fresh database of PostgreSQL."""
    if request.param == "postgresql":
        request.getfixturevalue("on_postgresql")
    return str(request.param)


@contextmanager
def copied_data(home: Home, folder: Path) -> Iterator[Home]:
    """A home of its own with the data copied, over the same models, which stand where they did."""
    copy = Home(folder)
    shutil.copytree(home.data, copy.data)
    copy.mlruns.symlink_to(home.mlruns, target_is_directory=True)
    yield copy


def own_models(home: Home) -> None:
    """Give the home models of its own instead of those that it shares, at their new address."""
    kept = home.mlruns.resolve()
    home.mlruns.unlink()
    shutil.copytree(kept, home.mlruns)
    readdress(home, kept)


def readdress(home: Home, kept: Path) -> None:
    """Have a copied registry name the copied files."""
    columns = {"model_versions": "storage_location", "logged_models": "artifact_location",
               "experiments": "artifact_location", "runs": "artifact_uri"}  # fmt: skip
    with closing(sqlite3.connect(home.mlruns / "mlflow.db")) as plain:
        for table, column in columns.items():
            plain.execute(
                f"UPDATE {table} SET {column} = replace({column}, ?, ?)",  # noqa: S608
                (str(kept), str(home.mlruns)),
            )
        plain.commit()


def challenge(home: Home) -> None:
    """Register the home's champion once more: a pair of another version, now challenger."""
    from training.registry.loading import load_models
    from training.registry.registering import register

    models = load_models(home)
    columns = {*(models.launch.registers.columns or ()), *(models.open.registers.columns or ())}
    sample = pd.DataFrame(0.0, index=range(3), columns=sorted(columns))
    pictures = home.root / "no-pictures"
    pictures.mkdir(exist_ok=True)
    register(home, models, {}, {"launch.log_loss": 0.5}, sample, pictures)


@pytest.fixture(scope="session")
def challenged_home(trained_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with models of its own, and a challenger; shared, so that it must not be changed."""
    home = Home(tmp_path_factory.mktemp("challenged") / "home")
    with copied_data(trained_home, home.root):
        own_models(home)
    challenge(home)
    return home


@pytest.fixture
def promotable_home(
    challenged_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Home]:
    """A home with a champion and a challenger of its own, all of which this test may change."""
    with copied_data(challenged_home, tmp_path / "own") as home:
        own_models(home)
        monkeypatch.setenv("HUOLI_HOME", str(home.root))
        monkeypatch.setenv("HUOLI_LANG", "en")
        monkeypatch.setenv("HUOLI_NOW", UNTIL.isoformat())
        yield home


@pytest.fixture(scope="module")
def own_module_home(trained_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A trained home whose data one module's tests share and may change."""
    with copied_data(trained_home, tmp_path_factory.mktemp("own") / "home") as home:
        yield home


@pytest.fixture(scope="module", autouse=True)
def young_process() -> Iterator[None]:
    """The clock of a company that stands still begins anew, as in a server that a test starts.

    It would else be ahead of that one by as long as tests have run.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "_BEGAN", time.monotonic())
        yield


@pytest.fixture(scope="session")
def company() -> ModuleType:
    """This module, whose functions tests call by it."""
    return sys.modules[__name__]


@pytest.fixture
def own_home(trained_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """A trained home whose data this test may change."""
    with copied_data(trained_home, tmp_path / "own") as home:
        monkeypatch.setenv("HUOLI_HOME", str(home.root))
        monkeypatch.setenv("HUOLI_LANG", "en")
        monkeypatch.setenv("HUOLI_NOW", UNTIL.isoformat())
        yield home
