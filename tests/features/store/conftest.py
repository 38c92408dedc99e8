"""A tiny messy company: time zones, equal stamps, late records, moves, leavers, changed rows."""

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.home import Home
from features.tables.schemas import TABLES
from features.tables.snapshots import write_tables

START = datetime(2025, 1, 6, tzinfo=UTC)
UNTIL = datetime(2026, 3, 2, tzinfo=UTC)
ZONES = ("Asia/Shanghai", "UTC", "America/New_York", "-07:00", "Europe/Berlin")
Records = dict[str, list[dict[str, Any]]]


class Messy:
    """Draws records whose instants are often equal, at midnight, or recorded late."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311
        self.people = [f"e{n}" for n in range(8)]
        self.groups = ["g0", "g1", "g2"]
        self.activities = [f"a{n}" for n in range(10)]

    def instant(self, low: datetime = START, high: datetime = UNTIL) -> datetime:
        day = low + timedelta(days=self.random.randrange((high - low).days))
        hour = self.random.choice((0, 0, 8, 16, 16, 23))
        return day + timedelta(hours=hour, microseconds=self.random.choice((0, 0, 0, 1, 999_999)))

    def maybe(self, value: Any, probability: float = 0.5) -> Any:
        return value if self.random.random() < probability else None

    def late(self, after: datetime) -> datetime | None:
        return self.maybe(after + timedelta(hours=self.random.choice((0, 1, 30, 24 * 20))), 0.25)

    def day(self) -> date:
        return self.instant().date()

    def records(self) -> Records:
        return {
            "employees": self._employees(),
            "project_groups": [{"project_group_id": group} for group in self.groups],
            "memberships": [self._membership() for _ in range(14)],
            "activities": self._activities(),
            "participations": [self._participation(n) for n in range(260)],
            "workdays": self._by_day(self._workday, 300),
            "trainings": [self._training(n) for n in range(30)],
            "performances": self._by_day(self._performance, 24, "period_end"),
            "milestones": [self._milestone(n) for n in range(20)],
            "customer_contacts": self._by_day(self._contact, 80),
            "survey_answers": [self._answer(n) for n in range(30)],
            "interactions": self._interactions(),
            "points": [self._entry(n) for n in range(60)],
            "redemptions": [self._redemption(n) for n in range(20)],
        }

    def _employees(self) -> list[dict[str, Any]]:
        rows = []
        for person in self.people:
            hired = self.instant(START - timedelta(days=200), START + timedelta(days=150))
            row = {
                "employee_id": person, "valid_from": self.maybe(hired), "hired_at": hired,
                "left_at": self.maybe(hired + timedelta(days=self.random.randrange(100, 500)), 0.3),
                "timezone": self.random.choice(ZONES), "profiling_opt_out": False,
            }  # fmt: skip
            rows.append(row)
            for _ in range(self.random.randrange(3)):
                changed = self.instant()
                rows.append(row | {"valid_from": changed, "timezone": self.random.choice(ZONES),
                                   "recorded_at": self.late(changed)})  # fmt: skip
        return _unique(rows, "employee_id", "valid_from")

    def _membership(self) -> dict[str, Any]:
        started = self.instant()
        return {
            "employee_id": self.random.choice(self.people),
            "project_group_id": self.random.choice(self.groups),
            "started_at": started,
            "ended_at": self.maybe(started + timedelta(days=self.random.randrange(1, 300))),
            "recorded_at": self.late(started),
        }

    def _activities(self) -> list[dict[str, Any]]:
        rows = []
        for activity in self.activities:
            starts = self.instant()
            row = {
                "activity_id": activity, "valid_from": self.maybe(starts - timedelta(days=9)),
                "title": "t", "template": self.maybe(self.random.choice(("quiz", "games")), 0.9),
                "tags": self.maybe('{"python": 0.5, "a:b": 0.5}'),
                "format": self.maybe(self.random.choice(("team", "individual"))),
                "mode": self.maybe(self.random.choice(("online", "onsite", "hybrid"))),
                "timezone": self.random.choice(ZONES), "starts_at": starts,
                "announced_at": self.maybe(starts - timedelta(days=10)),
                "ends_at": self.maybe(starts + timedelta(hours=30)),
                "cancelled_at": self.maybe(starts + timedelta(days=3), 0.1),
                "reward_points": self.maybe(float(self.random.choice((0, 50)))),
            }  # fmt: skip
            rows.append(row)
            for _ in range(self.random.randrange(2)):
                changed = self.instant()
                moved = starts + timedelta(days=self.random.randrange(5))
                rows.append(row | {"valid_from": changed, "recorded_at": self.late(changed),
                                   "starts_at": moved, "ends_at": None})  # fmt: skip
        return _unique(rows, "activity_id", "valid_from")

    def _participation(self, number: int) -> dict[str, Any]:
        occurred = self.instant()
        kind = self.random.choice(
            ("registered", "registered", "attended", "declined", "cancelled", "rated", "viewed")
        )
        return {
            "participation_id": f"p{number}", "employee_id": self.random.choice(self.people),
            "activity_id": self.random.choice(self.activities), "kind": kind,
            "occurred_at": occurred, "recorded_at": self.late(occurred),
            "value": self.maybe(float(self.random.randrange(1, 6))) if kind == "rated" else None,
        }  # fmt: skip

    def _by_day(
        self, draw: Callable[[], dict[str, Any]], number: int, day: str = "day"
    ) -> list[dict[str, Any]]:
        rows = [draw() for _ in range(number)]
        for row in rows:
            at = datetime.combine(row[day], datetime.min.time(), UTC)
            row["recorded_at"] = self.late(at + timedelta(days=1))
        return _unique(rows, "employee_id", day)

    def _workday(self) -> dict[str, Any]:
        return {
            "employee_id": self.random.choice(self.people), "day": self.day(),
            "hours": self.random.choice((7.9, 8.1, 0.0)),
            "overtime_hours": self.random.choice((0.0, 0.1, 2.3)),
            "absent": self.random.random() < 0.2,
        }  # fmt: skip

    def _training(self, number: int) -> dict[str, Any]:
        begun = self.instant()
        done = self.maybe(begun + timedelta(days=self.random.randrange(60)))
        return {
            "training_id": f"t{number}", "employee_id": self.random.choice(self.people),
            "enrolled_at": begun, "completed_at": done,
            "score": self.maybe(81.7) if done else None, "recorded_at": self.late(begun),
        }  # fmt: skip

    def _performance(self) -> dict[str, Any]:
        return {"employee_id": self.random.choice(self.people), "period_end": self.day(),
                "score": float(self.random.randrange(100))}  # fmt: skip

    def _milestone(self, number: int) -> dict[str, Any]:
        due = self.day()
        return {
            "milestone_id": f"m{number}", "project_group_id": self.random.choice(self.groups),
            "due_on": due, "done_on": self.maybe(due - timedelta(days=self.random.randrange(9))),
            "recorded_at": self.maybe(self.instant(), 0.3),
        }  # fmt: skip

    def _contact(self) -> dict[str, Any]:
        return {
            "employee_id": self.random.choice(self.people), "day": self.day(),
            "n_contacts": self.random.randrange(1, 9), "n_complaints": self.random.randrange(2),
            "satisfaction": self.maybe(4.3, 0.7),
        }  # fmt: skip

    def _answer(self, number: int) -> dict[str, Any]:
        at = self.instant()
        return {
            "employee_id": self.random.choice(self.people), "answered_at": at,
            "topic": f"topic{number}", "rating": float(self.random.randrange(1, 6)),
            "recorded_at": self.late(at),
        }  # fmt: skip

    def _interactions(self) -> list[dict[str, Any]]:
        def draw() -> dict[str, Any]:
            one, two = self.random.choices(self.people[:5], k=2)
            return {"employee_id": one, "other_employee_id": two, "day": self.day(),
                    "channel": "chat", "n_messages": self.random.randrange(4)}  # fmt: skip

        return self._by_day(draw, 200)

    def _entry(self, number: int) -> dict[str, Any]:
        at = self.instant()
        return {
            "entry_id": f"l{number}", "employee_id": self.random.choice(self.people),
            "occurred_at": at, "amount": self.random.choice((10.0, 0.3, -20.5)),
            "recorded_at": self.late(at),
        }  # fmt: skip

    def _redemption(self, number: int) -> dict[str, Any]:
        at = self.instant()
        return {
            "redemption_id": f"r{number}", "employee_id": self.random.choice(self.people),
            "occurred_at": at, "points": 12.5, "recorded_at": self.late(at),
        }  # fmt: skip


def _unique(rows: list[dict[str, Any]], *key: str) -> list[dict[str, Any]]:
    return list({tuple(row[name] for name in key): row for row in rows}.values())


def to_tables(records: Records) -> dict[str, pa.Table]:
    tables = {}
    for name, rows in records.items():
        schema = TABLES[name].arrow_schema
        filled = [{column: row.get(column) for column in schema.names} for row in rows]
        tables[name] = pa.Table.from_pylist(filled, schema)
    return tables


@pytest.fixture
def messy_records() -> Callable[[int], Records]:
    """Seed -> records by table, as plain dicts."""
    return lambda seed: Messy(seed).records()


@pytest.fixture
def table_files(tmp_path: Path) -> Callable[[Records], dict[str, Path]]:
    """Records -> a Parquet file per table."""

    def write(records: Records) -> dict[str, Path]:
        directory = tmp_path / f"tables{len(list(tmp_path.iterdir()))}"
        directory.mkdir()
        for name, table in to_tables(records).items():
            pq.write_table(table, directory / f"{name}.parquet")
        return {name: directory / f"{name}.parquet" for name in records}

    return write


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def imported(home: Home) -> Callable[..., Home]:
    """Make records the home's current tables."""

    def import_records(records: Records, until: datetime = UNTIL) -> Home:
        write_tables(home, to_tables(records), until, "none", {})
        return home

    return import_records
