"""Rows of people who were erased are dropped by every import, and counted."""

import stat
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from features.erased import (
    Erasure,
    erased_people,
    erasure_key,
    key_file,
    keyed_hash,
    list_file,
    write_erasures,
)
from features.errors import InputError, NotReadyError

NOW = datetime(2026, 7, 1, tzinfo=UTC).isoformat()


def erase(home, *ids):
    key = erasure_key(home, create=True)
    write_erasures(home, [Erasure(keyed_hash(key, one), "finished", NOW, NOW) for one in ids])


def test_no_row_of_an_erased_person_comes_in(company):
    erase(company.home, "E1")
    company.add("signups.csv", "P9,E1,A1,no such kind,2026-05-02 09:00:00")
    company.add("signups.csv", "P8, E1 ,A1,no such kind,2026-05-02 09:00:00")
    company.add("signups.csv", "P7,E1,A1,registered,2026-05-02 09:00:00,one too many")
    company.add("signups.csv", "P6,E2,A1,no such kind,2026-05-02 09:00:00")
    report = company.imported()
    assert {row["employee_id"] for row in company.rows("employees")} == {"E2", "E3"}
    assert {row["employee_id"] for row in company.rows("participations")} == {"E2"}
    assert company.rows("interactions") == []
    assert report.tables["employees"].erased == 1
    assert report.tables["participations"].erased == 4
    assert report.tables["participations"].read == 6
    assert report.tables["interactions"].erased == 2
    assert report.unreadable == {}
    (line,) = company.quarantine("participations")[1:]
    assert '"P6"' in line
    assert "  1 dropped: of people who were erased" in list(report.lines())
    assert company.imported().unchanged


def test_an_organiser_who_was_erased_is_nobody(company):
    sql = (company.mapping / "activities.sql").read_text(encoding="utf-8")
    company.select("activities", sql.replace("title,", "title, 'E1' AS organiser_id,"))
    company.imported()
    assert {row["organiser_id"] for row in company.rows("activities")} == {"E1"}
    erase(company.home, "E1")
    report = company.imported(allow_shrink=True)
    assert {row["organiser_id"] for row in company.rows("activities")} == {None}
    assert report.tables["activities"].erased == 0
    assert report.tables["activities"].kept == 2


def test_the_key_is_made_once_for_its_owner_alone(company):
    first = erasure_key(company.home, create=True)
    assert erasure_key(company.home) == first
    assert stat.S_IMODE(key_file(company.home).stat().st_mode) == 0o600
    assert len(first) == 64


def test_the_environment_gives_another_key(company, monkeypatch, tmp_path):
    monkeypatch.setenv("HUOLI_ERASURE_KEY", "of sixteen or more")
    assert erasure_key(company.home, create=True) == b"of sixteen or more"
    assert not key_file(company.home).exists()
    monkeypatch.setenv("HUOLI_ERASURE_KEY_FILE", str(tmp_path / "key"))
    with pytest.raises(InputError, match="both set"):
        erasure_key(company.home)
    monkeypatch.delenv("HUOLI_ERASURE_KEY")
    with pytest.raises(InputError, match="HUOLI_ERASURE_KEY_FILE must name a file"):
        erasure_key(company.home)
    (tmp_path / "key").write_text("short\n")
    with pytest.raises(InputError, match="at least 16 characters"):
        erasure_key(company.home)


def test_without_its_key_the_list_opens_nothing(company):
    erase(company.home, "E1")
    key = key_file(company.home).read_text()
    key_file(company.home).unlink()
    with pytest.raises(NotReadyError, match="is not there; restore erasure_key"):
        company.imported()
    key_file(company.home).write_text("0" * 64)
    with pytest.raises(NotReadyError, match="must be that with which"):
        erased_people(company.home)
    key_file(company.home).write_text(key)
    list_file(company.home).write_text("{")
    with pytest.raises(NotReadyError, match=r"erased\.json, the list of erased people"):
        company.imported()


def test_the_list_names_nobody(company):
    erase(company.home, "E1")
    assert "E1" not in list_file(company.home).read_text()
    assert erased_people(company.home).among(["E1", "E10", None]) == {"E1"}
    assert replace(erased_people(company.home), hashes=frozenset()).among(["E1"]) == set()
