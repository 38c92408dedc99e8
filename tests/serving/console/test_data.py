"""What the page of data tells: rows, what was not taken and why, and how old everything is."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from features.tables.snapshots import former_or_none, write_tables
from serving.console.imports import imported, rule_words
from serving.console.model_charts import rows_of_imports
from serving.console.pictures import svg_of
from serving.desk import Desk

UNTIL = datetime(2026, 6, 1, tzinfo=UTC)
REPORT = {
    "tables": {
        "employees": {
            "read": 30, "duplicates": 2, "corrected": 1,
            "quarantined": {"hired_at is missing": 1}, "left_out": {},
        },
        "participations": {
            "read": 400, "duplicates": 0, "corrected": 0,
            "quarantined": {"a rule of an earlier version": 4},
            "left_out": {"employee_id is not in employees": 3},
        },
    },
    "absent": {"workdays": "attendance, overtime"},
    "unreadable": {"events.jsonl": 2},
}  # fmt: skip


@pytest.fixture
def reported(home, tables):
    """The home after a second import, which dropped a row and has a report."""
    fewer = tables | {"activities": tables["activities"].slice(0, len(tables["activities"]) - 1)}
    write_tables(home, fewer, UNTIL + timedelta(hours=1), "ours", REPORT)
    return home


def test_every_row_that_was_not_taken_is_counted_under_its_rule(reported):
    found = imported(reported, "en")
    assert (found.n_read, found.n_not_taken) == (430, 1 + 4 + 3 + 2)
    assert [(one.words, one.rule, one.n_rows, one.unknown) for one in found.reasons] == [
        ("Sign-ups and attendance", "a rule of an earlier version", 4, False),
        ("Sign-ups and attendance", "employee_id is not in employees", 3, True),
        ("People", "hired_at is missing", 1, False),
    ]  # fmt: skip
    lines = {line.table: line for line in found.lines}
    assert (lines["employees"].not_taken, lines["employees"].repeated) == (1, 3)
    assert lines["activities"].rows - lines["activities"].before == -1
    assert found.absent == [("Working days", "attendance, overtime")]


def test_rules_are_told_in_the_readers_language():
    assert rule_words("hired_at is missing", "zh") == "缺少 hired_at"
    assert rule_words("hours is above 24", "zh") != "hours is above 24"
    assert rule_words("a rule of an earlier version", "zh") == "a rule of an earlier version"


def test_the_page_tells_rows_rules_ages_and_what_to_do(reported, visitor):
    page = visitor("hr_reviewer").get("/console/data").text
    for text in ("Sign-ups and attendance", "hired_at is missing", "events.jsonl: 2 lines",
                 "Working days: needed for attendance, overtime", "−1", "the import before",
                 "None yet: compute them, with `huoli features`", "less than an hour ago",
                 "Rows of each table"):  # fmt: skip
        assert text in page, text
    assert "E00" not in page


def test_notes_are_those_of_readyz(desk, visitor, reported, monkeypatch):
    from features.errors import NotReadyError

    desk.keep(NotReadyError("no data imported yet; run `huoli import`"))
    page = visitor("admin").get("/console/data", headers={"accept-language": "zh"}).text
    (note,) = desk.readiness("zh").notes
    assert note in page


def test_an_old_import_says_what_to_do(home, visitor, monkeypatch):
    monkeypatch.setenv("HUOLI_NOW", (UNTIL + timedelta(days=9)).isoformat())
    page = visitor().get("/console/data").text
    assert "9 days ago" in page
    assert "Older than 48 hours: import a newer export" in page
    assert "Nothing: every row of the export kept the rules." in page


def test_before_the_first_import_the_page_says_how_to_make_one(tmp_path, monkeypatch):
    import asyncio

    import httpx
    from starlette.applications import Starlette

    from engagement.keys import create_key
    from features.home import Home
    from serving.console.routes import console_routes
    from serving.console.session import COOKIE, new_session
    from serving.designs import Designs
    from serving.guard import Guard

    desk = Desk(Home(tmp_path / "empty"))
    desk.open()
    guard = Guard(Starlette(routes=console_routes(desk, Designs(desk))), desk)
    key, _ = create_key(desk.database, "admin", "x")

    async def asked(path):
        from serving.console.session import Sessions

        cookie = Sessions(desk.home).cookie(new_session(key.key_id))
        transport = httpx.ASGITransport(guard, client=("10.0.0.1", 5000))
        async with httpx.AsyncClient(transport=transport, base_url="http://huoli",
                                     cookies={COOKIE: cookie}) as to:  # fmt: skip
            return await to.get(path, headers={"accept-language": "en"})

    pages = {path: asyncio.run(asked(path))
             for path in ("/console/data", "/console/data/models", "/console/audit")}  # fmt: skip
    desk.close()
    assert [found.status_code for found in pages.values()] == [200, 200, 200]
    assert "Nothing was imported yet." in pages["/console/data"].text
    assert "No model yet." in pages["/console/data/models"].text
    assert "No entry yet" in pages["/console/audit"].text


def test_only_the_import_before_is_kept(reported, home):
    assert (
        former_or_none(home).snapshot_id
        != json.loads((home.tables / "manifest.json").read_text())["current"]
    )
    svg = svg_of(rows_of_imports, {"rows": [("人员", 0, 26), ("x", 5, 0)], "names": ("a", "b"),
                                   "label": "rows"})  # fmt: skip
    assert "row-1" in svg
