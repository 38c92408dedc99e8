"""A company of 26 people, small enough to know every answer by heart."""

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import httpx
import numpy as np
import pyarrow as pa
import pytest

from engagement.database import open_database
from engagement.keys import create_key
from features.history.columns import micros
from features.history.history import History
from features.home import Home
from features.tables.schemas import TABLES
from features.tables.snapshots import write_tables
from serving.arrived import TABLE_OF
from serving.board import Board
from serving.desk import Desk
from serving.predictor import Driver, Pairs, Words
from serving.state import State
from training.headcounts import HeadcountModel, simulate

UNTIL = datetime(2026, 6, 1, tzinfo=UTC)
FIRST = datetime(2025, 1, 6, 8, tzinfo=UTC)
N_PAST = 12
PATIENCE_SECONDS = 120


def _table(name: str, rows: list[dict[str, Any]]) -> pa.Table:
    schema = TABLES[name].arrow_schema
    return pa.Table.from_pylist([{c: row.get(c) for c in schema.names} for row in rows], schema)


def _employees() -> list[dict[str, Any]]:
    """R&D: E00-E13, customer success: E14-E21, corporate: E22-E25; E12, E13, E21 opted out."""
    teams = ["R&D"] * 14 + ["customer success"] * 8 + ["corporate"] * 4
    cities = ["成都"] * 14 + ["上海"] * 12
    return [
        {
            "employee_id": f"E{number:02}", "hired_at": FIRST, "function": team, "city": city,
            "timezone": "Asia/Shanghai", "profiling_opt_out": number in (12, 13, 21),
            "left_at": datetime(2026, 1, 1, tzinfo=UTC) if number == 25 else None,
        }
        for number, (team, city) in enumerate(zip(teams, cities, strict=True))
    ]  # fmt: skip


def _activity(activity_id: str, template: str, starts: datetime, **more: Any) -> dict[str, Any]:
    return {
        "activity_id": activity_id, "title": f"标题 {activity_id}", "template": template,
        "tags": json.dumps({template: 1.0}), "mode": "online", "timezone": "Asia/Shanghai",
        "valid_from": starts - timedelta(days=30), "announced_at": starts - timedelta(days=28),
        "starts_at": starts, "ends_at": starts + timedelta(hours=1),
    } | more  # fmt: skip


def _activities() -> list[dict[str, Any]]:
    past = [
        _activity(f"past-{n:02}", ("quiz", "games")[n % 2], FIRST + timedelta(days=35 * (n + 1)))
        for n in range(N_PAST)
    ]
    soon, rd = UNTIL + timedelta(days=7), json.dumps({"function": ["R&D"]})
    return [
        *past,
        _activity("quiz-all", "quiz", soon),
        _activity("games-all", "games", soon + timedelta(days=1)),
        _activity("quiz-rd", "quiz", soon, audience=rd),
        _activity("draft", "games", soon, announced_at=None),
        _activity("cancelled", "games", soon, cancelled_at=UNTIL - timedelta(days=1)),
        _activity("nobody", "games", soon, audience=json.dumps({"function": ["no such team"]})),
        _activity("few", "games", soon, audience=json.dumps({"function": ["corporate"]})),
        _activity("far", "games", UNTIL + timedelta(days=200),
                  valid_from=UNTIL - timedelta(days=5), announced_at=UNTIL - timedelta(days=3)),
    ]  # fmt: skip


def _participations() -> list[dict[str, Any]]:
    """R&D goes to quizzes, the others to games; E00 has answered quiz-all, E01 declined it."""
    did = [
        (f"E{person:02}", f"past-{n:02}", kind, FIRST + timedelta(days=35 * (n + 1) - ago))
        for n in range(N_PAST)
        for person in range(25)
        for kind, ago in (("registered", 3), ("attended", 0))
        if (person < 14) == (n % 2 == 0) and (person + n) % 5
    ]
    did.append(("E00", "quiz-all", "registered", UNTIL - timedelta(days=2)))
    did.append(("E01", "quiz-all", "declined", UNTIL - timedelta(days=2)))
    return [
        {"participation_id": f"p{n}", "employee_id": who, "activity_id": what, "kind": kind,
         "occurred_at": when}
        for n, (who, what, kind, when) in enumerate(did)
    ]  # fmt: skip


@pytest.fixture(scope="session")
def tables() -> dict[str, pa.Table]:
    return {
        "employees": _table("employees", _employees()),
        "project_groups": _table("project_groups", [{"project_group_id": "G1", "name": "one"}]),
        "memberships": _table("memberships", [
            {"employee_id": f"E{n:02}", "project_group_id": "G1", "started_at": FIRST}
            for n in range(6)
        ]),
        "activities": _table("activities", _activities()),
        "participations": _table("participations", _participations()),
    }  # fmt: skip


@pytest.fixture
def home(tmp_path: Path, tables: dict[str, pa.Table], monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home with the company imported and nothing else."""
    found = Home(tmp_path / "home")
    write_tables(found, tables, UNTIL, "test", {})
    monkeypatch.setenv("HUOLI_HOME", str(found.root))
    monkeypatch.setenv("HUOLI_LANG", "en")
    monkeypatch.setenv("HUOLI_NOW", UNTIL.isoformat())
    return found


@pytest.fixture(scope="session")
def board(tables: dict[str, pa.Table]) -> Board:
    every = {name: table.arrow_schema.empty_table() for name, table in TABLES.items()} | tables
    return Board(History.from_tables(every, UNTIL), micros(UNTIL))


class KnownTastes:
    """R&D likes quizzes, the others games; the lower the number, the keener."""

    version = "known-tastes"
    past = ()
    n_counted = 3

    def __init__(self) -> None:
        self.asked: list[str] = []

    def moved(self, history: History, as_of: int) -> "KnownTastes":
        return self

    def ready(self) -> None:
        pass

    def question(
        self, history: History, as_of: int, employees: Any, like: Any = None
    ) -> "KnownTastes":
        self.history = history
        self.asked += history.people.ids[employees].tolist()
        return self

    def pairs(self, activity: int, employees: Any, stage: Any) -> Pairs:
        activities = self.history.activities
        is_quiz = "quiz" in str(
            activities.table["template"][int(activities.last_rows[activity])].as_py()
        )
        likes = (employees < 14) == is_quiz
        probability = np.where(likes, 0.8, 0.2) - employees / 1000
        own = employees < 20
        return Pairs(activity, stage, employees, probability, own, "attendance")

    def colleagues(self, employees: Any) -> Any:
        return np.arange(6) if (employees < 6).any() else employees

    def reason_codes(self, pairs: Pairs) -> Any:
        return np.zeros(len(pairs.employee), dtype=np.int64)

    def reasons(self, code: int, days: int) -> list[Words]:
        return [Words("theme"), Words("It starts in {days} days", {"days": days})]

    def counts(self, pairs: Pairs) -> Any:
        team = np.zeros(len(pairs.employee), dtype=np.int64)
        return simulate(HeadcountModel(), pairs.probability, team)

    def drivers(self, pairs: Pairs) -> list[Driver]:
        return [Driver("theme", 12.4, 1.26), Driver("time", -3.6, 0.4), Driver("place", 0.2)]


@pytest.fixture
def predictor() -> KnownTastes:
    return KnownTastes()


@pytest.fixture
def desk(
    home: Home, board: Board, predictor: KnownTastes, tables: dict[str, pa.Table]
) -> Iterator[Desk]:
    """A desk over the company whose tastes are known."""
    own = {name: tables.get(name, TABLES[name].arrow_schema.empty_table())
           for name in TABLE_OF.values()}  # fmt: skip
    found = Desk(home, State(board, UNTIL, predictor, tables=own))
    found.open()
    predictor.asked.clear()
    yield found
    found.close()


@pytest.fixture
def paired(predictor: KnownTastes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets the known tastes be compared, by draws that share nothing."""

    def both(after: Any, pairs: Pairs, before: Any, former: Pairs) -> Any:
        counts, base = after.counts(pairs), before.counts(former)
        return SimpleNamespace(
            counts=counts, base=base, hardly_told=False,
            difference=lambda first=None, other=None: counts.count(other) - base.count(first),
        )  # fmt: skip

    monkeypatch.setattr(type(predictor), "paired", both, raising=False)


class Service:
    """A running `huoli serve` and a key for it."""

    def __init__(self, home, environment, repository, options=(), key=None, prefix=()):
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.home = home
        self.log = home.root / "serve.log"
        with self.log.open("w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                [*prefix, sys.executable, "-m", "huoli", "serve", "--port", str(self.port),
                 *options],
                cwd=repository, env=environment, stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=60)
        self.client.headers["Authorization"] = f"Bearer {key or self.key('hr_system')}"

    @cached_property
    def database(self):
        return open_database(self.home)

    def key(self, role):
        return create_key(self.database, role, "test")[1]

    def wait(self):
        limit = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < limit and self.process.poll() is None:
            try:
                if self.client.get("/livez").is_success:
                    return
            except httpx.TransportError:
                time.sleep(0.1)
        raise AssertionError(self.said())

    def said(self):
        # opened anew: the service goes on writing where its own file stands, which to go back in
        # the same one would move to the beginning
        return self.log.read_text(encoding="utf-8")

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_SECONDS)


@pytest.fixture(scope="session")
def started(company: ModuleType) -> Callable[..., AbstractContextManager[Service]]:
    """Starts `huoli serve` over a home, until the block ends; `prefix` runs it."""

    @contextmanager
    def run(
        home: Home, *options: str, key: str | None = None, prefix: Sequence[str] = ()
    ) -> Iterator[Service]:
        found = Service(home, company.environment(home), company.REPOSITORY, options, key, prefix)
        try:
            found.wait()
            yield found
        finally:
            if found.process.poll() is None:
                found.stop(signal.SIGKILL)
            found.client.close()
            if "database" in vars(found):
                found.database.close()

    return run
