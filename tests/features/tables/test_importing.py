"""What an import makes of one export, and of the next."""

from datetime import UTC, datetime

import pytest

from features.errors import InputError

UNTIL = datetime(2026, 7, 1, tzinfo=UTC)
MEMBERSHIPS = """
[files.members]
path = "members.csv"
format = "csv"
[files.groups]
path = "groups.csv"
format = "csv"
"""


def _with_groups(company):
    toml = (company.mapping / "mapping.toml").read_text(encoding="utf-8")
    company.declare(toml + MEMBERSHIPS)
    company.write("groups.csv", "id\nG1\nG2\nG3\n")
    company.write("members.csv", "who,team\nE1,G1\nE2,G1\nE3,G2\n")
    company.select("project_groups", "SELECT id AS project_group_id FROM groups")
    company.select(
        "memberships",
        "SELECT who AS employee_id, team AS project_group_id, TIMESTAMP '2022-02-01' AS started_at "
        "FROM members",
    )


def test_round_trip_keeps_every_value(company):
    company.imported()
    employee = company.rows("employees")[0]
    assert employee["employee_id"] == "E1"
    assert employee["hired_at"] == datetime(2020, 1, 1, tzinfo=UTC)
    assert (employee["city"], employee["level"]) == ("成都", None)
    quiz, chess = company.rows("activities")
    assert quiz["announced_at"] == datetime(2026, 5, 1, tzinfo=UTC)
    assert (chess["announced_at"], chess["ends_at"]) == (None, None)
    assert [row["n_messages"] for row in company.rows("interactions")] == [3, 1]
    assert company.tables().data_until == UNTIL
    assert company.rows("workdays") == []


def test_a_second_run_changes_nothing_and_says_so(company):
    first = company.imported()
    files = sorted(company.home.tables.rglob("*"))
    second = company.imported()
    assert not first.unchanged
    assert second.unchanged
    assert second.snapshot_id == first.snapshot_id
    assert "Nothing changed: the tables already hold this export." in list(second.lines())
    assert sorted(company.home.tables.rglob("*")) == files


def test_row_order_in_the_export_does_not_matter(company):
    first = company.imported()
    header, *lines = (company.export / "signups.csv").read_text(encoding="utf-8").splitlines()
    company.write("signups.csv", "\n".join([header, *reversed(lines)]) + "\n")
    assert company.imported().snapshot_id == first.snapshot_id


def test_a_log_adds_by_key_and_a_correction_replaces_its_key(company):
    company.imported()
    company.write(
        "signups.csv",
        "id,person,event,what,moment\n"
        "P2,E2,A1,registered,2026-05-04 09:00:00\n"
        "P4,E3,A2,registered,2026-06-02 09:00:00\n",
    )
    report = company.imported().tables["participations"]
    assert (report.read, report.kept, report.carried, report.total) == (2, 2, 2, 4)
    kinds = {row["participation_id"]: row["kind"] for row in company.rows("participations")}
    assert kinds == dict.fromkeys(("P1", "P2", "P3", "P4"), "registered")


def test_in_one_export_the_later_row_of_a_log_corrects_the_earlier(company):
    company.add("signups.csv", "P2,E2,A1,registered,2026-05-04 09:00:00")
    company.add("signups.csv", "P1,E1,A1,registered,2026-05-02 09:00:00")
    report = company.imported().tables["participations"]
    assert (report.read, report.kept, report.corrected, report.duplicates) == (5, 3, 1, 1)
    assert company.rows("participations")[1]["kind"] == "registered"


def test_an_employee_absent_from_the_next_snapshot_has_left(company):
    _with_groups(company)
    company.imported()
    company.change("hr/people.csv", "E3,2022-01-01,,\n", "")
    company.change("members.csv", "E3,G2\n", "")
    company.change("groups.csv", "G2\nG3\n", "")
    report = company.imported(allow_shrink=True)
    assert [row["left_at"] for row in company.rows("employees")] == [None, None, UNTIL]
    assert [row["ended_at"] for row in company.rows("memberships")] == [None, None, UNTIL]
    assert [row["project_group_id"] for row in company.rows("project_groups")] == ["G1", "G2"]
    assert report.tables["employees"].carried == 1
    assert company.imported().unchanged


def test_a_leaver_whose_membership_is_still_exported_keeps_it_once(company):
    _with_groups(company)
    company.imported()
    company.change("hr/people.csv", "E3,2022-01-01,,\n", "")
    company.imported()
    assert [row["ended_at"] for row in company.rows("memberships")] == [None, None, None]
    assert [row["left_at"] for row in company.rows("employees")] == [None, None, UNTIL]


def test_a_leaver_who_was_to_leave_later_has_left_now(company):
    company.change("hr/people.csv", "E3,2022-01-01,,", "E3,2022-01-01,2026-12-31,")
    company.imported()
    company.change("hr/people.csv", "E3,2022-01-01,2026-12-31,\n", "")
    company.imported()
    assert company.rows("employees")[2]["left_at"] == UNTIL


def test_where_people_are_a_log_nobody_leaves_by_being_absent(company):
    toml = (company.mapping / "mapping.toml").read_text(encoding="utf-8")
    company.declare(toml + '[tables.employees]\nmode = "log"\n')
    company.imported()
    company.write("hr/people.csv", "工号,入职,离职,城市\nE4,2026-06-01,,\n")
    company.imported()
    left = {row["employee_id"]: row["left_at"] for row in company.rows("employees")}
    assert left == dict.fromkeys(("E1", "E2", "E3", "E4"))


def test_one_who_returns_has_not_left(company):
    company.imported()
    people = (company.export / "hr/people.csv").read_text(encoding="utf-8")
    company.change("hr/people.csv", "E3,2022-01-01,,\n", "")
    company.imported()
    company.write("hr/people.csv", people)
    company.imported()
    assert [row["left_at"] for row in company.rows("employees")] == [None, None, None]


def test_an_absent_activity_stays_while_a_record_refers_to_it(company):
    company.add("events.csv", "A3,Go,,2026-06-25 10:00:00,")
    company.imported()
    company.write(
        "events.csv", "id,title,announced,starts,ends\nA2,Chess club,,2026-06-20 10:00:00,\n"
    )
    company.write("signups.csv", "id,person,event,what,moment\nP9,E3,A1,declined,2026-05-06\n")
    company.imported(allow_shrink=True)
    titles = {row["activity_id"]: row["title"] for row in company.rows("activities")}
    assert titles == {"A1": "Quiz", "A2": "Chess club"}
    assert len(company.rows("participations")) == 4


def test_a_changed_employee_is_a_row_with_its_moment(company):
    company.write(
        "hr/people.csv",
        "工号,入职,离职,城市,自\nE1,2020-01-01,,成都,\nE1,2020-01-01,,西安,2026-03-01\n"
        "E2,2021-01-01,,,\nE3,2021-01-01,,,\n",
    )
    company.select(
        "employees",
        "SELECT 工号 AS employee_id, 自 AS valid_from, 入职 AS hired_at, 城市 AS city, "
        "'Asia/Shanghai' AS timezone, '0' AS profiling_opt_out FROM people",
    )
    company.imported()
    columns = ("employee_id", "valid_from", "city")
    rows = {tuple(row[name] for name in columns) for row in company.rows("employees")}
    assert rows >= {("E1", None, "成都"), ("E1", datetime(2026, 3, 1, tzinfo=UTC), "西安")}


def test_a_table_that_lost_more_than_half_needs_permission(company):
    company.add("events.csv", "A3,Go,,2026-06-25 10:00:00,")
    before = company.imported()
    company.write("events.csv", "id,title,announced,starts,ends\nA1,Quiz,,2026-05-20 10:00:00,\n")
    with pytest.raises(InputError, match=r"activities must not lose .* found 1 where 3 were"):
        company.imported()
    assert company.tables().snapshot_id == before.snapshot_id
    assert company.imported(allow_shrink=True).tables["activities"].kept == 1


def test_a_log_that_tells_less_than_half_of_a_span_needs_permission(company):
    company.add("signups.csv", "P4,E3,A2,registered,2026-06-02 09:00:00")
    company.add("signups.csv", "P5,E2,A2,registered,2026-06-02 10:00:00")
    company.imported()
    company.write(
        "signups.csv",
        "id,person,event,what,moment\nP1,E1,A1,registered,2026-05-02 09:00:00\n"
        "P5,E2,A2,registered,2026-06-02 10:00:00\n",
    )
    with pytest.raises(InputError, match=r"participations must not lose .* 2 where 5 were"):
        company.imported()
    assert company.imported(allow_shrink=True).tables["participations"].total == 5


def test_another_company_needs_another_home(company):
    company.imported()
    company.write("hr/people.csv", "工号,入职,离职,城市\nX1,2020-01-01,,\nX2,2020-01-01,,\n")
    with pytest.raises(InputError, match=r"half of the people known, found 0 of 3; .*HUOLI_HOME"):
        company.imported()


def test_an_absent_optional_table_is_named_with_what_is_off(company):
    (company.export / "chat.csv").unlink()
    report = company.imported()
    assert "interactions" in report.absent
    assert "interactions" not in company.tables().tables
    assert report.as_json()["absent"]["workdays"] == "attendance, overtime"
    assert "workdays: not in the export; off: attendance, overtime" in list(report.lines())


def test_an_absent_log_keeps_what_earlier_imports_told(company):
    company.imported()
    (company.export / "chat.csv").unlink()
    report = company.imported()
    assert len(company.rows("interactions")) == 2
    assert report.tables["interactions"].carried == 2


def test_every_row_read_is_accounted_for(company):
    for line in ("P1,E1,A1,registered,2026-05-02 09:00:00", "P8,E9,A1,viewed,2026-05-05",
                 "P9,E1,A1,,2026-05-05", "P3,E1,A2,cancelled,2026-06-03"):  # fmt: skip
        company.add("signups.csv", line)
    report = company.imported().tables["participations"]
    broken = sum(one.n_rows for one in [*report.quarantined, *report.left_out])
    assert report.read == report.kept + report.duplicates + report.corrected + broken == 7


def test_the_report_speaks_chinese(company, monkeypatch):
    company.add("signups.csv", "P9,E9,A1,registered,2026-05-05")
    report = company.imported()
    monkeypatch.setenv("HUOLI_LANG", "zh")
    lines = list(report.lines())
    assert "participations：读取 4 行，保留 3 行，共 3 行" in lines
    assert "  1 行未采用：employees 中没有该 employee_id" in lines


def test_without_a_stated_time_the_logs_tell_it(company):
    toml = (company.mapping / "mapping.toml").read_text(encoding="utf-8")
    company.declare(toml.replace("until", "#until"))
    company.imported()
    assert company.tables().data_until == datetime(2026, 6, 1, 9, 0, 0, 1, tzinfo=UTC)


def test_progress_passes_every_table(company):
    from features.tables.importing import import_exports
    from features.tables.schemas import TABLES

    seen = []
    import_exports(
        company.home, company.export, company.mapping,
        progress=lambda names: (seen.append(name) or name for name in names),
    )  # fmt: skip
    assert seen == list(TABLES)
