"""A tiny company in checkerboard form: every answer follows from who is asked and about what."""

import json
import os
import pickle
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from filelock import FileLock
from hypothesis import HealthCheck, settings

from features.history.columns import micros
from features.history.history import History
from features.tables.schemas import TABLES
from training.fitting import Fitted, fit_models

# a busy machine must fail no test
settings.register_profile(
    "patient", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
settings.load_profile("patient")

FIRST = datetime(2025, 1, 6, 8, tzinfo=UTC)
UNTIL = datetime(2026, 4, 6, tzinfo=UTC)
N_PEOPLE, N_PAST = 80, 62
Row = dict[str, Any]
Records = dict[str, list[Row]]


def function_of(person: int) -> str:
    return "R&D" if person % 2 else "customer success"


def person_rows(days_between_hires: int) -> list[Row]:
    """P01, P03, ... are R&D; P20 and P41 refuse profiling."""
    return [
        {"employee_id": f"P{n:02}", "hired_at": FIRST + timedelta(days=n * days_between_hires - 90),
         "level": f"L{n % 3}", "function": function_of(n), "city": ("成都", "上海")[n // 2 % 2],
         "timezone": "Asia/Shanghai", "profiling_opt_out": n in (20, 41)}
        for n in range(N_PEOPLE)
    ]  # fmt: skip


def activity_row(activity_id: str, template: str, starts: datetime, **more: Any) -> Row:
    return {
        "activity_id": activity_id, "title": f"{template} {activity_id}", "template": template,
        "tags": json.dumps({template: 1.0}), "mode": "online", "timezone": "Asia/Shanghai",
        "starts_at": starts, "ends_at": starts + timedelta(hours=1),
        "valid_from": starts - timedelta(days=30), "announced_at": starts - timedelta(days=28),
    } | more  # fmt: skip


def activity_rows() -> list[Row]:
    """Quizzes and games by turns, every 7 days; four to come; a draft, one called off."""
    held = [
        activity_row(f"held-{n:02}", ("quiz", "games")[n % 2], FIRST + timedelta(days=7 * (n + 1)))
        for n in range(N_PAST)
    ]
    soon = UNTIL + timedelta(days=15)
    rd = json.dumps({"function": ["R&D"]})
    return [
        *held,
        activity_row("soon-quiz", "quiz", soon),
        activity_row("soon-games", "games", soon + timedelta(days=2)),
        activity_row("soon-rd", "quiz", soon + timedelta(days=5), audience=rd),
        activity_row("draft", "games", soon, announced_at=None),
        activity_row("called-off", "games", UNTIL - timedelta(days=40),
                     cancelled_at=UNTIL - timedelta(days=50)),
    ]  # fmt: skip


def done_rows(rng: np.random.Generator, people: list[Row], by: str) -> list[Row]:
    """R&D (or 上海) signs up for quizzes, the others for games; nine of ten who sign up come."""
    rows = []

    def add(person: int, activity: str, kind: str, at: datetime) -> None:
        rows.append({
            "participation_id": f"r{len(rows):05}", "employee_id": f"P{person:02}",
            "activity_id": activity, "kind": kind, "occurred_at": at,
        })  # fmt: skip

    for n in range(N_PAST):
        starts = FIRST + timedelta(days=7 * (n + 1))
        luck = rng.normal(0, 0.05)
        for person in range(N_PEOPLE):
            likes = (people[person][by] in ("R&D", "上海")) == (n % 2 == 0)
            here = people[person]["hired_at"] < starts - timedelta(days=3)
            if here and rng.random() < (0.7 if likes else 0.1) + luck:
                add(person, f"held-{n:02}", "registered", starts - timedelta(days=3))
                if rng.random() < 0.9:
                    add(person, f"held-{n:02}", "attended", starts)
            elif here and rng.random() < 0.1:
                add(person, f"held-{n:02}", "declined", starts - timedelta(days=2))
    return rows


def checkerboard(seed: int = 7, by: str = "function", days_between_hires: int = -1) -> Records:
    """The records by table, as plain dicts; `by` is the field that tastes follow."""
    people = person_rows(days_between_hires)
    groups = [
        {"employee_id": f"P{n:02}", "project_group_id": f"G{n // 10}", "started_at": FIRST}
        for n in range(N_PEOPLE - 2)
    ]
    return {
        "employees": people, "memberships": groups, "activities": activity_rows(),
        "project_groups": [{"project_group_id": f"G{n}"} for n in range(8)],
        "participations": done_rows(np.random.default_rng(seed), people, by),
    }  # fmt: skip


def to_tables(records: Records) -> dict[str, pa.Table]:
    tables = {}
    for name, table in TABLES.items():
        names = table.arrow_schema.names
        rows = [{column: row.get(column) for column in names} for row in records.get(name, [])]
        tables[name] = pa.Table.from_pylist(rows, table.arrow_schema)
    return tables


def steady_features(rows: pd.DataFrame) -> pd.DataFrame:
    """Employee features that the id and the week alone decide, in the store's place."""
    number = rows["employee_id"].str[1:].astype(float)
    week = rows["event_timestamp"].dt.isocalendar().week.astype(float)
    return rows.assign(overtime_hours_28d=number % 7 + week % 3, tenure_days=number,
                       attended_28d=number % 3)  # fmt: skip


@pytest.fixture(scope="session")
def until() -> int:
    return micros(UNTIL)


@pytest.fixture(scope="session")
def company() -> Callable[..., Records]:
    """Seed -> the checkerboard's records."""
    return checkerboard


@pytest.fixture
def records() -> Records:
    return checkerboard()


@pytest.fixture(scope="session")
def tables_of() -> Callable[[Records], dict[str, pa.Table]]:
    """Records -> canonical tables, the missing ones empty."""
    return to_tables


@pytest.fixture(scope="session")
def history_of() -> Callable[..., History]:
    """(records, until or None) -> their history."""
    return lambda records, until=None: History.from_tables(to_tables(records), until)


@pytest.fixture(scope="session")
def history() -> History:
    """The checkerboard's history up to its end."""
    return History.from_tables(to_tables(checkerboard()), UNTIL)


@pytest.fixture(scope="session")
def employee_features() -> Callable[[pd.DataFrame], pd.DataFrame]:
    return steady_features


@pytest.fixture(scope="session")
def fitted(history: History, until: int, tmp_path_factory: pytest.TempPathFactory) -> Fitted:
    """Both models of the checkerboard, fitted once for all workers."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    path = folder / "checkerboard.pickle"
    with FileLock(folder / "checkerboard.lock"):
        if not path.is_file():
            path.write_bytes(pickle.dumps(fit_models(history, until, steady_features)))
    found: Fitted = pickle.loads(path.read_bytes())  # noqa: S301
    return found
