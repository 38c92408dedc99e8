"""A company of three people, two activities and their exports, which each test bends a little."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from features.home import Home
from features.tables.importing import import_exports
from features.tables.report import ImportReport
from features.tables.snapshots import TableSnapshot, current_tables, read_table

MAPPING = """
[export]
until = "SELECT '2026-07-01 00:00:00'"
[files.people]
path = "hr/people.csv"
format = "csv"
columns = ["工号", "入职"]
[files.events]
path = "events.csv"
format = "csv"
[files.signups]
path = "signups.csv"
format = "csv"
[files.chat]
path = "chat.csv"
format = "csv"
columns = ["甲", "乙", "日期", "条数"]
optional = true
"""
SELECTS = {
    "employees": """
        SELECT 工号 AS employee_id, 入职 AS hired_at, 离职 AS left_at, 城市 AS city,
            'Asia/Shanghai' AS timezone, false AS profiling_opt_out, _file, _row
        FROM people;  -- one row a person
    """,
    "activities": """
        SELECT id AS activity_id, title, announced AS announced_at, starts AS starts_at,
            ends AS ends_at, '+08:00' AS timezone, _file, _row
        FROM events
    """,
    "participations": """
        SELECT id AS participation_id, person AS employee_id, event AS activity_id,
            what AS kind, moment AS occurred_at, _file, _row
        FROM signups
    """,
    "interactions": """
        SELECT 甲 AS employee_id, 乙 AS other_employee_id, 日期 AS day, 'im' AS channel,
            条数 AS n_messages, _file, _row
        FROM chat
    """,
}
EXPORT = {
    "hr/people.csv": (
        "工号,入职,离职,城市\nE1,2020-01-01,,成都\nE2,2021-01-01,,西安\nE3,2022-01-01,,\n"
    ),
    "events.csv": (
        "id,title,announced,starts,ends\n"
        "A1,Quiz,2026-05-01T08:00:00+08:00,2026-05-20 10:00:00,2026-05-20 12:00:00\n"
        "A2,Chess,,2026-06-20 10:00:00,\n"
    ),
    "signups.csv": (
        "id,person,event,what,moment\n"
        "P1,E1,A1,registered,2026-05-02 09:00:00\n"
        "P2,E2,A1,declined,2026-05-03 09:00:00\n"
        "P3,E1,A2,registered,2026-06-01 09:00:00\n"
    ),
    "chat.csv": "甲,乙,日期,条数\nE1,E2,2026-05-02,3\nE2,E1,2026-05-02,1\n",
}


@dataclass(frozen=True)
class Company:
    """An export and a mapping on disk, and the home that they are imported into."""

    export: Path
    mapping: Path
    home: Home

    def write(self, file: str, text: str, encoding: str = "utf-8") -> None:
        path = self.export / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding=encoding)

    def add(self, file: str, line: str) -> None:
        path = self.export / file
        path.write_text(path.read_text(encoding="utf-8") + line + "\n", encoding="utf-8")

    def change(self, file: str, old: str, new: str) -> None:
        path = self.export / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    def select(self, table: str, sql: str) -> None:
        (self.mapping / f"{table}.sql").write_text(sql, encoding="utf-8")

    def declare(self, toml: str) -> None:
        (self.mapping / "mapping.toml").write_text(toml, encoding="utf-8")

    def imported(self, allow_shrink: bool = False) -> ImportReport:
        return import_exports(self.home, self.export, self.mapping, allow_shrink)

    def tables(self) -> TableSnapshot:
        return current_tables(self.home)

    def rows(self, table: str) -> list[dict[str, object]]:
        rows: list[dict[str, object]] = read_table(self.tables(), table).to_pylist()
        return rows

    def quarantine(self, table: str) -> list[str]:
        """Lines of a table's quarantine file: its header and rows."""
        path = self.tables().directory / "quarantine" / f"{table}.csv"
        return path.read_text(encoding="utf-8-sig").splitlines()


@pytest.fixture
def company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Company]:
    monkeypatch.setenv("HUOLI_LANG", "en")
    made = Company(tmp_path / "export", tmp_path / "map", Home(tmp_path / "home"))
    made.mapping.mkdir()
    for file, text in EXPORT.items():
        made.write(file, text)
    made.declare(MAPPING)
    for table, sql in SELECTS.items():
        made.select(table, sql)
    return made
