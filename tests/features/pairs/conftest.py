"""A tiny messy company for pairs: changed rows, late records, moves, leavers, invitations."""

import json
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from features.history.history import History
from features.tables.schemas import TABLES

START = datetime(2025, 1, 6, tzinfo=UTC)
UNTIL = datetime(2026, 3, 2, tzinfo=UTC)
Records = dict[str, list[dict[str, Any]]]
WORDS = ("quiz", "python", "board", "game", "story", "技术挑战", "分享")


class Messy:
    """Draws records whose instants are often equal, at midnight, or recorded late."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311
        self.people = [f"e{n}" for n in range(9)]
        self.groups = ["g0", "g1", "g2"]
        self.activities = [f"a{n:02}" for n in range(14)]

    def instant(self, low: datetime = START, high: datetime = UNTIL) -> datetime:
        day = low + timedelta(days=self.random.randrange((high - low).days))
        hour = self.random.choice((0, 0, 8, 16, 16, 23))
        return day + timedelta(hours=hour, microseconds=self.random.choice((0, 0, 1, 999_999)))

    def maybe(self, value: Any, probability: float = 0.5) -> Any:
        return value if self.random.random() < probability else None

    def late(self, after: datetime, probability: float = 0.3) -> datetime | None:
        hours = self.random.choice((0, 1, 30, 24 * 20, 24 * 90))
        return self.maybe(after + timedelta(hours=hours), probability)

    def records(self) -> Records:
        return {
            "employees": self._employees(),
            "memberships": self._memberships(),
            "activities": self._activities(),
            "participations": [self._participation(n) for n in range(330)],
            "survey_answers": [self._answer() for _ in range(40)],
            "interactions": [self._messages() for _ in range(150)],
        }

    def _employees(self) -> list[dict[str, Any]]:
        rows = []
        for person in self.people:
            hired = self.instant(START - timedelta(days=200), START + timedelta(days=250))
            row = self._employee(person, hired) | {
                "valid_from": self.maybe(hired), "recorded_at": self.late(hired, 0.4),
                "left_at": self.maybe(hired + timedelta(days=self.random.randrange(100, 500)), 0.3),
            }  # fmt: skip
            rows.append(row)
            recorded = self.instant()
            for _ in range(self.random.randrange(3)):
                changed = self.instant()
                # several changes that were learnt of at once are told apart by when they hold from
                learnt = self.random.choice((None, recorded, self.late(changed)))
                rows.append(self._employee(person, hired) | {
                    "valid_from": changed, "left_at": row["left_at"], "recorded_at": learnt,
                })  # fmt: skip
        return unique(rows, "employee_id", "valid_from")

    def _employee(self, person: str, hired: datetime) -> dict[str, Any]:
        return {
            "employee_id": person, "hired_at": hired, "timezone": "Asia/Shanghai",
            "function": self.maybe(self.random.choice(("R&D", "corporate")), 0.8),
            "city": self.maybe(self.random.choice(("成都", "上海")), 0.8),
            "level": self.maybe("P5"), "latitude": self.maybe(30.6), "longitude": 104.1,
            "profiling_opt_out": self.random.random() < 0.1,
        }  # fmt: skip

    def _memberships(self) -> list[dict[str, Any]]:
        rows = []
        for _ in range(22):
            started = self.instant()
            rows.append({
                "employee_id": self.random.choice(self.people),
                "project_group_id": self.random.choice(self.groups), "started_at": started,
                "ended_at": self.maybe(started + timedelta(days=self.random.randrange(1, 300))),
                "recorded_at": self.late(started),
            })  # fmt: skip
        twice = [row | {"project_group_id": "g1"} for row in rows[:6]]
        return unique(rows + twice, "employee_id", "project_group_id", "started_at")

    def _activities(self) -> list[dict[str, Any]]:
        rows = []
        for activity in self.activities:
            # many at once, so that they compete
            week = START + timedelta(days=42 * self.random.randrange(10))
            starts = self.instant(week, week + timedelta(days=9))
            row = self._activity(activity, starts) | {
                "valid_from": self.maybe(starts - timedelta(days=self.random.randrange(40)), 0.6),
                "recorded_at": self.maybe(starts - timedelta(days=2), 0.2),
                "cancelled_at": self.maybe(starts + timedelta(
                    days=self.random.choice((-2, 0, 3))), 0.2),
            }  # fmt: skip
            rows.append(row)
            for _ in range(self.random.randrange(3)):
                changed = self.instant()
                moved = starts + timedelta(days=self.random.randrange(-5, 40))
                rows.append(self._activity(activity, moved) | {
                    "valid_from": changed, "recorded_at": self.late(changed),
                    "cancelled_at": row["cancelled_at"],
                })  # fmt: skip
        return unique(rows, "activity_id", "valid_from")

    def _activity(self, activity: str, starts: datetime) -> dict[str, Any]:
        pick, maybe = self.random.choice, self.maybe
        words = (pick(WORDS), pick(WORDS))
        return {
            # the same word twice stands for a title without any
            "activity_id": activity, "title": "2024" if len(set(words)) == 1 else " ".join(words),
            "description": maybe(pick(WORDS)), "series_id": maybe(pick(("s0", "s1"))),
            "template": maybe(pick(("quiz", "games")), 0.9), "format": maybe("team"),
            "tags": maybe(pick(('{"python": 0.5, "story": 0.5}', '{"python": 1.0}', "{}")), 0.8),
            "mode": maybe(pick(("online", "onsite"))), "place_id": maybe(pick(("p0", "p1"))),
            "city": maybe("成都"), "latitude": maybe(pick((30.6, 30.7))), "longitude": 104.0,
            "timezone": pick(("Asia/Shanghai", "America/New_York", "-07:00")), "starts_at": starts,
            "announced_at": maybe(starts - timedelta(days=pick((2, 10)))),
            "ends_at": maybe(starts + timedelta(hours=pick((1, 3)))),
            "capacity": maybe(pick((9, 20))),
            "organiser_id": maybe(pick(self.people)), "reward_kind": maybe("points"),
            "reward_points": maybe(float(pick((0, 50)))),
            "audience": maybe(json.dumps(pick((
                {"project_group": ["g0", "g1"]}, {"function": ["R&D"]},
                {"any": [{"city": ["成都"]}, {"tenure_days": {"at_least": 90}}]},
            )))),
        }  # fmt: skip

    def _participation(self, number: int) -> dict[str, Any]:
        occurred = self.instant()
        kind = self.random.choice((
            "registered", "registered", "registered", "attended", "declined", "cancelled", "rated",
            "viewed", "invited",
        ))  # fmt: skip
        return {
            "participation_id": f"p{number:03}", "employee_id": self.random.choice(self.people),
            "activity_id": self.random.choice(self.activities), "kind": kind,
            "occurred_at": occurred, "recorded_at": self.late(occurred),
            "value": self.maybe(float(self.random.randrange(1, 6))) if kind == "rated" else None,
        }  # fmt: skip

    def _answer(self) -> dict[str, Any]:
        at = self.instant()
        return {
            "employee_id": self.random.choice(self.people), "answered_at": at,
            "topic": self.random.choice(("python", "story", "quiz", "team", "online", "tea")),
            "rating": float(self.random.randrange(1, 6)), "recorded_at": self.late(at),
        }  # fmt: skip

    def _messages(self) -> dict[str, Any]:
        one, two = self.random.sample(self.people[:6], k=2)
        day = self.instant().date()
        at = datetime(day.year, day.month, day.day, tzinfo=UTC)
        return {
            "employee_id": one, "other_employee_id": two, "day": day, "channel": "chat",
            "n_messages": self.random.randrange(1, 4), "recorded_at": self.late(at),
        }  # fmt: skip


def unique(rows: list[dict[str, Any]], *key: str) -> list[dict[str, Any]]:
    return list({tuple(row[name] for name in key): row for row in rows}.values())


def to_tables(records: Records) -> dict[str, pa.Table]:
    tables = {}
    for name, table in TABLES.items():
        names = table.arrow_schema.names
        rows = [{column: row.get(column) for column in names} for row in records.get(name, [])]
        tables[name] = pa.Table.from_pylist(rows, table.arrow_schema)
    return tables


@pytest.fixture(scope="session")
def messy_records() -> Callable[[int], Records]:
    """Seed -> records by table, as plain dicts."""
    return lambda seed: Messy(seed).records()


@pytest.fixture(scope="session")
def tables_of() -> Callable[[Records], dict[str, pa.Table]]:
    """Records -> canonical tables, the missing ones empty."""
    return to_tables


@pytest.fixture(scope="session")
def history_of() -> Callable[[Records], History]:
    """Records -> their history, uncut."""
    return lambda records: History.from_tables(to_tables(records))
