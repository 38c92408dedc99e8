"""Bad input gets one clear error or a quarantined row, and what was there before still works."""

import re

import pytest

from features.errors import InputError


def _remove(company):
    (company.export / "signups.csv").unlink()


def _rename_column(company):
    company.change("hr/people.csv", "入职", "来了")


def _other_encoding(company):
    text = (company.export / "hr/people.csv").read_text(encoding="utf-8")
    company.write("hr/people.csv", text, encoding="gb18030")


def _text_column(company):
    company.change("chat.csv", "条数", "条数,内容")
    company.select(
        "interactions",
        "SELECT 甲 AS employee_id, 乙 AS other_employee_id, 日期 AS day, 'im' AS channel, "
        "条数 AS n_messages, 内容 AS content FROM chat",
    )


def _text_as_channel(company):
    company.write("chat.csv", "甲,乙,日期,条数,内容\nE1,E2,2026-05-02,3," + "secret " * 9 + "\n")
    company.select(
        "interactions",
        "SELECT 甲 AS employee_id, 乙 AS other_employee_id, 日期 AS day, 内容 AS channel, "
        "条数 AS n_messages FROM chat",
    )


def _sql_syntax(company):
    company.select("activities", "SELECT id AS activity_id,\nFROM WHERE events")


def _sql_column(company):
    company.select("activities", "SELECT nothing AS activity_id FROM events")


def _two_statements(company):
    company.select("activities", "SELECT 1; SELECT 2")


def _no_select(company):
    company.select("activities", "DROP TABLE events")


def _read_elsewhere(company):
    company.select("activities", "SELECT * FROM read_csv('events.csv')")


def _bad_conversion(company):
    company.change("hr/people.csv", "2020-01-01", "secret-day")
    company.select(
        "employees",
        "SELECT 工号 AS employee_id, CAST(入职 AS DATE) AS hired_at, 'Asia/Shanghai' AS timezone, "
        "false AS profiling_opt_out FROM people",
    )


def _number_as_instant(company):
    company.select(
        "activities",
        "SELECT id AS activity_id, title, '+08:00' AS timezone, 12 AS starts_at FROM events",
    )


def _missing_canonical_column(company):
    company.select("activities", "SELECT id AS activity_id, starts AS starts_at FROM events")


def _unknown_canonical_column(company):
    company.select("activities", "SELECT id AS activity_id, title AS subject FROM events")


def _toml_syntax(company):
    company.declare("[files.people\npath = 3")


def _toml_key(company):
    company.declare("[files.people]\npath = 'x'\nformat = 'csv'\nseparator = ';'")


def _toml_format(company):
    company.declare("[files.people]\npath = 'x'\nformat = 'xml'")


def _toml_type(company):
    company.declare("[files.people]\npath = 'x'\nformat = 'csv'\ncolumns = 'id'")


def _toml_absolute(company):
    company.declare("[files.people]\npath = '/etc/passwd'\nformat = 'csv'")


def _toml_mode(company):
    toml = (company.mapping / "mapping.toml").read_text(encoding="utf-8")
    company.declare(toml + "[tables.employees]\nmode = 'both'")


def _toml_database(company):
    company.declare("[files.people]\nformat = 'database'\nurl_env = 'HR_URL'")


def _no_required_select(company):
    (company.mapping / "activities.sql").unlink()


def _sql_name(company):
    company.select("staff", "SELECT 1")


def _no_good_person(company):
    company.write("hr/people.csv", "工号,入职,离职,城市\nE1,1970-01-01,,\nE2,1970-01-01,,\n")


def _header_only(company):
    company.write("events.csv", "id,title,announced,starts,ends\n")


def _repeated_header(company):
    company.change("events.csv", "id,title,announced", "id,title,title")


BAD = {
    "a missing file": (_remove, r"signups\.csv must be in the export, found no such file"),
    "an empty file": (
        lambda company: company.write("signups.csv", ""),
        r"signups\.csv must have rows, found an empty file; export it again",
    ),
    "a header alone": (_header_only, r"activities must have rows, found none in events\.csv"),
    "a wrong encoding": (
        _other_encoding,
        r"hr/people\.csv must be in utf-8, found bytes that are not; .*it reads as gb18030",
    ),
    "a missing column": (
        _rename_column,
        r"hr/people\.csv must have the column 入职, found 工号, 来了.*files\.people",
    ),
    "a column twice": (_repeated_header, r"events\.csv must name each column once, found title"),
    "a text column in interactions": (
        _text_column, r"interactions must hold counts and no content, found column content",
    ),
    "texts as channels": (
        _text_as_channel, r"interactions\.channel must hold names .* found 1 different texts",
    ),
    "a mapping with a syntax error": (
        _sql_syntax, r"activities\.sql must be one SELECT that runs, found: .*line 2",
    ),
    "a column that no file has": (
        _sql_column, r"activities\.sql .* \(events\.csv\), found: .*\"nothing\" not found",
    ),
    "two statements": (_two_statements, r"activities\.sql .* found: 2 statements"),
    "no SELECT": (_no_select, r"activities\.sql .* found: Only SELECT"),
    "a file read past the mapping": (_read_elsewhere, r"activities\.sql must be one SELECT"),
    "a conversion that fails": (
        _bad_conversion, r"employees\.sql over hr/people\.csv .* ConversionException; use TRY_CAST",
    ),
    "a number as an instant": (
        _number_as_instant, r"activities\.starts_at must be of the kind instant, found INTEGER",
    ),
    "a column left out": (
        _missing_canonical_column, r"activities must have all its columns, .* title, timezone",
    ),
    "a column unknown": (
        _unknown_canonical_column, r"activities must hold canonical columns only, found subject",
    ),
    "TOML that is none": (_toml_syntax, r"mapping\.toml must be TOML in utf-8, found: .*line 1"),
    "an unknown setting": (_toml_key, r"files\.people must hold only .*, found separator"),
    "an unknown format": (_toml_format, r"files\.people\.format must be one of csv.*found xml"),
    "a setting of another type": (
        _toml_type, r"files\.people\.columns must be a list, found a str",
    ),
    "an absolute path": (_toml_absolute, r"files\.people\.path must be relative to the export"),
    "an unknown mode": (_toml_mode, r"tables\.employees\.mode must be snapshot or log, found both"),
    "a database without a query": (_toml_database, r"files\.people must state query, found none"),
    "a required table unmapped": (
        _no_required_select, r"activities\.sql must be there, found none in mapping map",
    ),
    "an unknown table": (_sql_name, r"staff\.sql must be named after a canonical table"),
    "no good row at all": (
        _no_good_person,
        r"employees must have rows that keep the rules, found none among the 2 of "
        r"hr/people\.csv \(2 times: hired_at lies outside the years 1980 to 2099\)",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("bend", "message"), BAD.values(), ids=list(BAD))
def test_bad_export_is_one_error_and_the_old_tables_stay(company, bend, message):
    before = company.imported()
    bend(company)
    with pytest.raises(InputError, match=message) as raised:
        company.imported()
    assert "secret" not in str(raised.value)
    assert company.tables().snapshot_id == before.snapshot_id
    assert len(company.rows("participations")) == 3


ROWS: dict[str, tuple[str, str, str, str]] = {
    "an id that points nowhere": (
        "signups.csv", "P9,E9,A1,registered,2026-05-05", "participations",
        "employee_id is not in employees",
    ),
    "an activity that nobody knows": (
        "signups.csv", "P9,E1,A9,registered,2026-05-05", "participations",
        "activity_id is not in activities",
    ),
    "a participation before the announcement": (
        "signups.csv", "P9,E3,A1,registered,2026-04-30 23:59:59", "participations",
        "occurred_at lies before the activity was announced",
    ),
    "a kind that is none": (
        "signups.csv", "P9,E3,A1,maybe,2026-05-05", "participations", "kind is none of invited",
    ),
    "a negative count": (
        "chat.csv", "E1,E3,2026-05-02,-1", "interactions", "n_messages is negative",
    ),
    "a count that is no number": (
        "chat.csv", "E1,E3,2026-05-02,many", "interactions", "n_messages is no whole number",
    ),
    "half a message": (
        "chat.csv", "E1,E3,2026-05-02,1.5", "interactions", "n_messages is no whole number",
    ),
    "the year 1970": (
        "chat.csv", "E1,E3,1970-01-01,1", "interactions",
        "day lies outside the years 1980 to 2099",
    ),
    "the year 2999": (
        "hr/people.csv", "E9,2999-01-01,,", "employees",
        "hired_at lies outside the years 1980 to 2099",
    ),
    "no date": ("hr/people.csv", "E9,soon,,", "employees", "hired_at is no date and time"),
    "a missing date": ("hr/people.csv", "E9,,,", "employees", "hired_at is missing"),
    "left before being hired": (
        "hr/people.csv", "E9,2024-01-01,2023-12-31,", "employees", "left_at lies before hired_at",
    ),
    "an end before the start": (
        "events.csv", "A9,Go,,2026-05-20 10:00,2026-05-20 09:59", "activities",
        "ends_at lies before starts_at",
    ),
    "the same person twice": (
        "hr/people.csv", "E1,2020-01-01,,西安", "employees",
        "employee_id, valid_from stands in an earlier row with other content",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("file", "line", "table", "rule"), ROWS.values(), ids=list(ROWS))
def test_bad_row_goes_to_quarantine_with_its_rule(company, file, line, table, rule):
    n_good = len((company.export / file).read_text(encoding="utf-8").splitlines()) - 1
    company.add(file, line)
    report = company.imported().tables[table]
    assert (report.read, report.kept) == (n_good + 1, n_good)
    assert sum(broken.n_rows for broken in [*report.quarantined, *report.left_out]) == 1
    header, row = company.quarantine(table)
    assert header.startswith('"_file","_row","rule"')
    assert re.match(f'"{file}",{n_good + 1},"{rule}', row)


def test_ids_that_point_nowhere_are_counted_as_left_out(company):
    company.add("signups.csv", "P8,E8,A1,registered,2026-05-05")
    company.add("signups.csv", "P9,E9,A1,registered,2026-05-05")
    report = company.imported()
    assert report.as_json()["tables"]["participations"]["left_out"] == {
        "employee_id is not in employees": 2
    }
    assert "  2 left out: employee_id is not in employees" in list(report.lines())


def test_no_value_of_a_person_stands_in_the_report(company):
    company.add("signups.csv", "P9,secret-person,A1,registered,secret-day")
    company.add("signups.csv", "P8,secret-person,A1,too,many,fields,secret-field")
    report = company.imported()
    assert "secret" not in "\n".join(report.lines()) + str(report.as_json())
    assert "secret-person" in company.quarantine("participations")[1]


def test_a_line_with_too_many_fields_is_set_aside_with_its_number(company):
    company.change("signups.csv", "P2,E2", "P2,E2,E2")
    report = company.imported()
    assert report.unreadable == {"signups.csv": 1}
    lines = company.quarantine("lines of signups.csv")
    assert lines[1].startswith('"signups.csv",2,"the line has 6 fields and the header 5"')
    assert [row["participation_id"] for row in company.rows("participations")] == ["P1", "P3"]


@pytest.mark.parametrize("folder", ["nowhere", "events.csv"])
def test_an_export_must_be_a_folder(company, folder):
    from features.tables.importing import import_exports

    with pytest.raises(InputError, match="must be a folder with an export, found none"):
        import_exports(company.home, company.export / folder, company.mapping)


def test_a_mapping_must_be_there(company):
    from features.tables.importing import import_exports

    with pytest.raises(InputError, match=r"one of .*meetup.*, found nowhere"):
        import_exports(company.home, company.export, "nowhere")


UNTIL: dict[str, tuple[str, str]] = {
    "no date": ("SELECT 'soon'", "must give one date and time, found 0 usable"),
    "two dates": ("SELECT moment FROM signups", "must give one date and time, found 3 usable"),
    "too late": ("SELECT '2999-01-01'", "must lie in the years 1980 to 2099, found the year 2999"),
    "no SQL": ("SELEC", r"export\.until must be one SELECT that runs"),
}


@pytest.mark.parametrize(("select", "message"), UNTIL.values(), ids=list(UNTIL))
def test_a_stated_time_must_be_one_plausible_moment(company, select, message):
    toml = (company.mapping / "mapping.toml").read_text(encoding="utf-8")
    company.declare(re.sub('until = ".*"', f'until = "{select}"', toml))
    with pytest.raises(InputError, match=message):
        company.imported()
