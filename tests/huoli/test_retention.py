"""What is older than it may be kept is counted, and dropped only where that is asked for."""

from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from engagement.audit import Caller, append_entry
from engagement.audit_check import walk
from engagement.database import open_database
from features.errors import InputError
from features.home import Home
from features.tables.snapshots import current_tables, read_table, write_tables
from huoli.retention import drop_too_old, retention_days, settings_file, too_old
from huoli.taking_in import take_in

NOW = datetime(2026, 6, 1, tzinfo=UTC)
CALLER = Caller("k1", "hr_system", "POST /v1/recommendations", "request-1")


@pytest.fixture
def home(tmp_path, company, monkeypatch, on_both):
    """Workdays and events of which some are older than ten days."""
    found = Home(tmp_path)
    monkeypatch.setenv("HUOLI_NOW", NOW.isoformat())
    workdays = [{"employee_id": "E1", "day": (NOW - timedelta(days=n)).date(), "hours": 8.0,
                 "overtime_hours": 0.0, "absent": False} for n in range(20)]  # fmt: skip
    members = [{"employee_id": "E1", "project_group_id": f"G{n}", "started_at": NOW -
                timedelta(days=900), "ended_at": ended} for n, ended in
               enumerate((None, NOW - timedelta(days=1), NOW - timedelta(days=99)))]  # fmt: skip
    tables = {"workdays": company.table_of("workdays", workdays),
              "memberships": company.table_of("memberships", members)}  # fmt: skip
    write_tables(found, tables, NOW, "test", {"newest_event": 20})
    with closing(open_database(found)) as database:
        database.insert("events", [
            {"event_id": f"e{n}", "employee_id": "E1", "activity_id": "a", "kind": "liked",
             "occurred_at": (NOW - timedelta(days=n, hours=-6)).isoformat(timespec="microseconds"),
             "value": None,
             "recorded_at": (NOW - timedelta(days=n, hours=-6)).isoformat(timespec="microseconds")}
            for n in range(20)
        ])  # fmt: skip
        with database.begin() as transaction:
            append_entry(transaction, CALLER, ["E1"])
    return found


def set_days(home, text):
    settings_file(home).write_text(text, encoding="utf-8")


def test_an_event_goes_once_it_is_in_the_tables_and_not_before(home):
    imported = current_tables(home)
    write_tables(home, {"workdays": read_table(imported, "workdays")}, NOW, "test", {})
    assert too_old(home, {"events": 10})["database"] == {"events": 0}
    assert drop_too_old(home, {"events": 10})["database"] == {"events": 0}
    take_in(home)
    assert drop_too_old(home, {"events": 10, "workdays": 10})["database"] == {"events": 9}
    assert n_rows(home, "participations") == 20
    # one that came since, as of a service whose clock is wrong
    with closing(open_database(home)) as database:
        database.write(
            "UPDATE events SET recorded_at = '2026-01-01T00:00:00.000000+00:00', seq = 99 "
            "WHERE event_id = 'e3'",
            [{}],
        )
    assert drop_too_old(home, {"events": 10})["database"] == {"events": 0}
    assert take_in(home)[0].newest_event == 99
    assert drop_too_old(home, {"events": 10})["database"] == {"events": 1}


def n_rows(home, table):
    return len(read_table(current_tables(home), table))


def test_nothing_is_dropped_without_days_or_without_being_asked(home):
    assert retention_days(home) == {}
    assert drop_too_old(home, {}) == {"tables": {}, "database": {}}
    set_days(home, "[days]\nworkdays = 10\nevents = 10\nmemberships = 30\npoints = 5\n")
    counts = too_old(home, retention_days(home))
    assert counts["database"] == {"events": 9}
    assert counts["tables"]["workdays"] == 9
    assert counts["tables"]["memberships"] == 1
    assert (n_rows(home, "workdays"), n_rows(home, "memberships")) == (20, 3)


def test_what_is_too_old_goes_and_the_rest_stays(home):
    days = {"workdays": 10, "events": 10, "memberships": 30}
    counted = too_old(home, days)
    assert drop_too_old(home, days) == counted
    assert (n_rows(home, "workdays"), n_rows(home, "memberships")) == (11, 2)
    assert [path.name for path in home.tables.iterdir() if path.is_dir()] == [
        current_tables(home).snapshot_id
    ]
    with closing(open_database(home)) as database:
        assert database.read("SELECT COUNT(*) AS n FROM events") == [{"n": 11}]
        assert walk(database).broken is None
        assert walk(database).holding == 1
    assert not any(n for some in too_old(home, days).values() for n in some.values())


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("days = 3", r"must hold one table, \[days\]"),
        ("[days]\naudit_log = 3", "must name tables that age .* found audit_log"),
        ("[days]\nevents = 0", "events must be a whole number of days"),
        ("[days]\nevents = true", "events must be a whole number of days"),
        ("[days]\naudiences = 29", "audiences must be a whole number of days from 30"),
        ("[days", "must be TOML"),
    ],
)
def test_a_wrong_setting_is_told_and_drops_nothing(tmp_path, monkeypatch, text, told):
    monkeypatch.setenv("HUOLI_LANG", "en")
    home = Home(tmp_path)
    home.data.mkdir()
    set_days(home, text)
    with pytest.raises(InputError) as refused:
        retention_days(home)
    assert refused.match(told)


@pytest.mark.slow
def test_the_command_counts_and_drops(home, company):
    assert "Nothing is set" in company.run_huoli(home, "retention").stdout
    set_days(home, "[days]\nworkdays = 10\n")
    assert "9 rows are older than 10 days" in company.run_huoli(home, "retention").stdout
    done = company.run_huoli(home, "retention", "--apply", language="zh")
    assert done.returncode == 0, done.stderr
    assert "已清除早于 10 天的 9 行" in done.stdout
    assert n_rows(home, "workdays") == 11
