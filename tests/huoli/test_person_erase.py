"""A person erased from a trained home is in none of its stores, and everything else still holds."""

import json
import shutil
import sqlite3
import zipfile
from contextlib import closing
from datetime import date, timedelta

import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from python_calamine import CalamineWorkbook

from engagement.audit import Caller, append_entry
from engagement.audit_check import walk
from engagement.database import open_database
from engagement.designs import add_design
from engagement.erasures import unite_lists
from engagement.events import Event, all_events, store_events
from engagement.records import records_after, store_record
from features import clock
from features.erased import erased_people, erasures_in_file, list_file
from features.errors import InputError
from features.feature_store.snapshots import current_features
from features.home import Home
from features.tables.snapshots import current_tables, read_tables, write_tables
from huoli.person import erasing
from huoli.person.erasing import STEPS, back_again, erase_person, forget_again
from huoli.person.exporting import exported, n_entries
from huoli.person.loose_files import clean_files
from huoli.person.places import places_of
from huoli.person.searching import search
from sample_company.exports import write_exports
from sample_company.settings import Settings
from sample_company.world import simulate
from serving.contract import RecommendationsRequest
from serving.desk import Desk
from serving.problems import Problem
from training.registry.loading import load_models

WHO, OTHER = "P005", "P006"
CALLER = Caller("k1", "hr_system", "POST /v1/recommendations", "request-1")


def lived_in(home):
    """A home in which both people have left something in every store."""
    snapshot = current_tables(home)
    tables = read_tables(snapshot)
    organisers = tables["activities"].to_pylist()
    for number, row in enumerate(organisers):
        row["organiser_id"] = (WHO, OTHER, None)[number % 3]
    schema = tables["activities"].schema
    tables["activities"] = tables["activities"].from_pylist(organisers, schema)
    kept = {name: table for name, table in tables.items() if name in snapshot.tables}
    now = write_tables(home, kept, snapshot.data_until, snapshot.mapping, snapshot.report)
    (now.directory / "quarantine").mkdir()
    (now.directory / "quarantine" / "workdays.csv").write_text(
        f'\ufeff"_file","_row","rule","employee_id"\n"a.csv",3,"bad","{WHO}"\n'
        f'"a.csv",4,"bad","{OTHER}"\n', encoding="utf-8",
    )  # fmt: skip
    (home.tables / ".draft").mkdir()
    (home.tables / ".draft" / "left.csv").write_text(WHO)
    out = home.root / "out"
    out.mkdir()
    table = pq.read_table(now.tables["memberships"])
    pq.write_table(table, out / "pairs.parquet")
    desk = Desk(home)
    desk.open()
    for one in (WHO, OTHER):
        desk.recommend(RecommendationsRequest(employee_id=one), "en", CALLER)
        event = Event(f"of-{one}", one, "soon-games", "registered", clock.now())
        store_events(desk.database, [event], clock.now())
        content = {"employee_id": one, "hired_at": "2025-01-06T08:00:00+00:00", "left_at": None,
                   "timezone": "Asia/Shanghai", "function": "R&D",
                   "profiling_opt_out": False}  # fmt: skip
        store_record(desk.database, "employee", one, clock.now(), lambda _, c=content: c)
        member = json.dumps([one, "G01"])
        content = {"employee_id": one, "project_group_id": "G01",
                   "started_at": "2026-01-06T08:00:00+00:00", "ended_at": None,
                   "role": None}  # fmt: skip
        store_record(desk.database, "membership", member, clock.now(), lambda _, c=content: c)
        plan = {"activity_id": f"by-{one}", "organiser_id": one, "title": f"with {one}",
                "timezone": "+08:00", "state": "draft", "starts_at": "2026-06-20T08:00:00+00:00",
                "announced_at": None, "cancelled_at": None, "tags": {"quiz": 1.0}}  # fmt: skip
        plan["activity_id"] = f"plan-{one == WHO}"
        store_record(
            desk.database, "activity", plan["activity_id"], clock.now(), lambda _, c=plan: c
        )
    with desk.database.begin() as transaction:
        append_entry(transaction, CALLER, [OTHER, WHO, "P007"])
    desk.close()
    return home


@pytest.fixture
def home(promotable_home, on_both):
    return lived_in(promotable_home)


@pytest.fixture
def own(promotable_home):
    return lived_in(promotable_home)


def found(home, who=WHO):
    return search(places_of(home), who)


def database_of(home, read):
    with closing(open_database(home)) as database:
        return read(database)


def rows_of_others(home):
    """What is kept of everyone else: tables, features, rows of the database."""
    tables = read_tables(current_tables(home))
    kept = {
        name: [row for row in table.to_pylist() if row.get("employee_id") != WHO]
        for name, table in tables.items() if name != "activities"
    }  # fmt: skip
    features = {}
    for path in sorted(current_features(home).directory.glob("employee_*/*.parquet")):
        rows = pq.read_table(path, filters=[("employee_id", "!=", WHO)])
        features[f"{path.parent.name}/{path.name}"] = rows.to_pandas().to_csv()
    events = [row for row in database_of(home, all_events) if row["employee_id"] != WHO]
    lists = database_of(home, lambda database: database.read(
        "SELECT * FROM recommendations WHERE employee_id <> :who", who=WHO))  # fmt: skip
    return kept, features, events, lists


def vectors(home, alias):
    fit = load_models(home, alias).affinity
    return {one: row.tolist() for one, row in zip(fit.employee_ids, fit.identity, strict=True)}


def test_nothing_is_left_of_an_erased_person_and_all_else_holds(home, on_both):
    stores = {name.split("/")[0] for name in found(home).named}
    assert stores == {"data", "mlruns", "out"}
    others, before = rows_of_others(home), {a: vectors(home, a) for a in ("champion", "challenger")}
    assert WHO in before["champion"]
    receipt = erase_person(home, WHO)
    assert receipt.is_clean, (receipt.found, receipt.rows)
    assert receipt.erasure.state == "finished"
    assert found(home).is_clean
    assert found(home, OTHER).named
    # the counts of each store
    removed = receipt.removed
    assert removed["tables"]["employees"] == 1
    assert removed["tables"]["workdays"] == 28
    assert removed["tables"]["quarantine"] == 1
    assert removed["tables"]["activities"] > 0
    assert removed["features"]["online/employee_behaviour"] == 1
    assert removed["features"]["offline/employee_behaviour"] > 0
    assert removed["models"] == {"affinity": 2}
    assert removed["files"]["parquet"] >= 1
    assert removed["database"]["events"] == 1
    assert removed["database"]["recommendations"] == 1
    assert removed["database"]["records"] == 3
    assert removed["database"]["audit_subjects"] == 2
    # others
    assert rows_of_others(home) == others
    for alias, vector in before.items():
        assert vectors(home, alias) == {who: v for who, v in vector.items() if who != WHO}
        assert load_models(home, alias).verified
    walked = database_of(home, walk)
    assert walked.broken is None
    assert walked.holding >= 4
    told = json.dumps(receipt.as_json())
    assert WHO not in told + "\n".join(receipt.lines())
    assert receipt.as_json()["hash"] == erasures_in_file(home)[0].hash
    assert database_of(home, lambda database: database.read("SELECT state FROM erasures")) == [
        {"state": "finished"}
    ]
    desk = Desk(home)
    desk.open()
    with pytest.raises(Problem) as refused:
        desk.recommend(RecommendationsRequest(employee_id=WHO), "en")
    with pytest.raises(Problem) as unknown:
        desk.recommend(RecommendationsRequest(employee_id="P999"), "en")
    assert (refused.value.status, refused.value.errors) == (
        unknown.value.status, unknown.value.errors,
    )  # fmt: skip
    assert desk.recommend(RecommendationsRequest(employee_id=OTHER), "en").recommendations[0].items
    desk.close()
    assert found(home).is_clean


def test_predictions_of_the_models_are_the_same_for_everyone_else(own):
    def predicted(models):
        rows = {name: np.linspace(0, 3, 7) for name in (models.open.registers.columns or ())}
        import pandas as pd

        return models.open.registers.predict(pd.DataFrame(rows)).tolist()

    before = load_models(own)
    erase_person(own, WHO)
    after = load_models(own)
    assert predicted(after) == predicted(before)
    assert after.version == before.version
    assert after.usual.equals(before.usual)
    for name in ("employee_attribute", "activity_attribute"):
        assert np.array_equal(getattr(after.affinity, name), getattr(before.affinity, name))


@pytest.mark.parametrize(
    "step",
    [pytest.param(step, marks=[pytest.mark.slow] * (step not in ("models", "database")))
     for step in (*STEPS, "after")],
)  # fmt: skip
def test_an_erasure_that_was_stopped_goes_on_to_the_same_end(own, monkeypatch, step):
    class Killed(BaseException):
        pass

    def die(*_):
        raise Killed

    with monkeypatch.context() as during:
        if step == "after":
            during.setattr(erasing, "search", die)
        else:
            during.setitem(STEPS, step, die)
        with pytest.raises(Killed):
            erase_person(own, WHO)
    assert [one.state for one in erasures_in_file(own)] == ["begun"]
    receipt = erase_person(own, WHO)
    assert receipt.is_clean, receipt.found
    assert [one.state for one in erasures_in_file(own)] == ["finished"]
    assert load_models(own).verified
    assert not any(n for counts in erase_person(own, WHO).removed.values() for n in counts.values())


def test_a_stop_between_the_registry_and_the_file_is_made_good(own, monkeypatch):
    from pathlib import Path

    import training.registry.forgetting as models

    class Killed(BaseException):
        pass

    with monkeypatch.context() as during:
        # the digest is in the registry, the file not yet in its place
        during.setattr(models, "sync", lambda path: (_ for _ in ()).throw(Killed()))
        with pytest.raises(Killed):
            erase_person(own, WHO)
    receipt = erase_person(own, WHO)
    assert receipt.is_clean
    assert load_models(own).verified
    assert load_models(own, "challenger").verified
    assert not list(Path(own.mlruns).glob("unfinished-*"))


def test_files_that_were_tampered_with_stay_refused(own):
    from features.errors import NotReadyError

    pattern = "artifacts/models/*/artifacts/artifacts/recommendation/stages/registers/stage.json"
    path = next(own.mlruns.glob(pattern))
    path.write_text(path.read_text() + " ")
    erase_person(own, WHO)
    assert found(own).is_clean
    refused = 0
    for alias in ("champion", "challenger"):
        try:
            load_models(own, alias)
        except NotReadyError:
            refused += 1
    assert refused == 1


def test_a_copy_that_is_planted_makes_the_receipt_fail(own, company):
    (own.root / "notes.txt").write_text(f"call {WHO}\n")
    backups = own.root.parent / "backups"
    backups.mkdir()
    (backups / "old.csv").write_text(f"id\n{WHO}\n")
    planted = erase_person(own, WHO)
    assert not planted.is_clean
    assert (planted.erasure.state, planted.found.named) == ("begun", ["notes.txt"])
    (own.root / "notes.txt").unlink()
    receipt = own.root.parent / "receipt.json"
    also = ("--also", backups, "--receipt", receipt)
    done = company.run_huoli(own, "person", "erase", WHO, *also)
    assert done.returncode == 1
    assert "Still named in backups/old.csv" in done.stdout
    assert json.loads(receipt.read_text())["search"]["named"] == ["backups/old.csv"]
    assert receipt.stat().st_mode & 0o777 == 0o600
    # of the home itself nothing is left
    assert json.loads(receipt.read_text())["state"] == "finished"
    found = company.run_huoli(own, "person", "search", WHO, "--also", backups)
    assert (found.returncode, found.stdout.strip()) == (1, "Still named in backups/old.csv")
    chinese = company.run_huoli(own, "person", "search", WHO, language="zh")
    assert (chinese.returncode, chinese.stdout[:4]) == (0, "搜索了 ")


@pytest.mark.parametrize(
    "place",
    [*(pytest.param(one, marks=pytest.mark.slow) for one in ("former", "quarantine")),
     "free page", "log"],
)  # fmt: skip
def test_copies_in_the_stores_themselves_are_found(own, place):
    erase_person(own, WHO)
    assert found(own).is_clean
    if place == "former":
        folder = own.tables / "20260101T000000000000-abcdefgh"
        folder.mkdir()
        tables = read_tables(current_tables(own))
        row = tables["memberships"].to_pylist()[0] | {"employee_id": WHO}
        table = tables["memberships"].from_pylist([row], tables["memberships"].schema)
        pq.write_table(table, folder / "memberships.parquet")
    elif place == "quarantine":
        folder = current_tables(own).directory / "quarantine"
        folder.mkdir(exist_ok=True)
        (folder / "x.csv").write_text(f"a,b\n1,{WHO}\n")
    else:
        with closing(sqlite3.connect(own.database)) as plain:
            plain.execute("PRAGMA secure_delete = OFF")
            plain.execute("CREATE TABLE x (a TEXT, b TEXT)")
            plain.executemany("INSERT INTO x VALUES (?, ?)", [("y" * 50, WHO)] * 200)
            plain.commit()
            if place == "free page":
                plain.execute("DROP TABLE x")
                plain.commit()
                plain.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            named = found(own).named
        assert any(name.startswith("data/huoli.db") for name in named)
        return
    assert len(found(own).named) == 1


def test_a_row_of_the_database_is_found_by_its_column(home):
    erase_person(home, WHO)
    with closing(open_database(home)) as database:
        row = {"event_id": "x", "employee_id": WHO, "activity_id": "soon-quiz", "kind": "liked",
               "occurred_at": "2026", "value": None, "recorded_at": "2026"}  # fmt: skip
        database.insert("events", [row])
    assert erasing.rows_naming(home, WHO) == ["events.employee_id"]
    receipt = erase_person(home, WHO)
    assert receipt.is_clean
    assert receipt.removed["database"]["events"] == 1


def test_whoever_was_erased_is_forgotten_again_after_a_restore(home, on_both):
    before = read_tables(current_tables(home))
    snapshot = current_tables(home)
    erase_person(home, WHO)
    assert forget_again(home) == []
    write_tables(home, {n: t for n, t in before.items() if n in snapshot.tables},
                 snapshot.data_until + timedelta(seconds=1), snapshot.mapping, {})  # fmt: skip
    with closing(open_database(home)) as database:
        database.write("DELETE FROM erasures", [{}])
        row = {"event_id": "x", "employee_id": WHO, "activity_id": "soon-quiz", "kind": "liked",
               "occurred_at": "2026", "value": None, "recorded_at": "2026"}  # fmt: skip
        database.insert("events", [row])
    assert back_again(home) == {WHO}
    (receipt,) = forget_again(home)
    assert receipt.is_clean
    assert back_again(home) == set()
    assert found(home).is_clean


def test_a_list_that_only_the_database_has_is_written_again(own):
    erase_person(own, WHO)
    kept = list_file(own).read_bytes()
    list_file(own).unlink()
    assert erased_people(own).hashes == frozenset()
    database_of(own, lambda database: unite_lists(own, database))
    assert list_file(own).read_bytes() == kept


def test_what_is_held_on_a_person_is_exported_and_nobody_else(own, company):
    content = exported(own, WHO)
    assert n_entries(content) > 30
    assert content["tables"]["employees"][0]["employee_id"] == WHO
    assert len(content["tables"]["workdays"]) == 28
    assert content["tables"]["quarantine/workdays"][0]["employee_id"] == WHO
    assert content["tables"]["organised"]
    assert {"offline/employee_behaviour", "online/employee_behaviour"} <= set(content["features"])
    assert len(content["models"]) == 2
    assert [row["event_id"] for row in content["database"]["events"]] == [f"of-{WHO}"]
    assert content["database"]["recommendations"][0]["items"]
    assert [row["kind"] for row in content["database"]["records"]] == ["employee", "membership"]
    assert content["database"]["audit_log"][-1]["call"] == "huoli person export"
    text = json.dumps(content, default=str)
    assert OTHER not in text
    assert "P007" not in text
    file = own.root.parent / "export.json"
    done = company.run_huoli(own, "person", "export", WHO, "--out", file)
    assert done.returncode == 0, done.stderr
    assert "readable for its owner alone" in done.stdout
    assert json.loads(file.read_text())["employee_id"] == WHO
    assert exported(own, "nobody")["tables"] == {}


def test_messages_are_exported_without_whom_they_were_with(own):
    snapshot = current_tables(own)
    tables = read_tables(snapshot)
    rows = [{"employee_id": a, "other_employee_id": b, "day": snapshot.data_until.date(),
             "channel": "im", "n_messages": n} for a, b, n in
            ((WHO, OTHER, 3), (WHO, "P007", 2), ("P008", WHO, 1), ("P008", OTHER, 9))]  # fmt: skip
    schema = tables["interactions"].schema
    kept = {n: t for n, t in tables.items() if n in snapshot.tables}
    kept["interactions"] = tables["interactions"].from_pylist(rows, schema)
    write_tables(own, kept, snapshot.data_until, snapshot.mapping, {})
    found = exported(own, WHO)["tables"]["interactions"]
    assert [(row["way"], row["n_messages"]) for row in found] == [("received", 1), ("sent", 5)]
    assert erase_person(own, WHO).removed["tables"]["interactions"] == 3


def test_events_and_records_of_the_erased_are_refused_as_of_the_unknown(own):
    erase_person(own, WHO)
    from serving.contract import EventsRequest

    desk = Desk(own)
    desk.open()
    sent = [{"event_id": f"new-{n}", "employee_id": who, "activity_id": "soon-quiz",
             "kind": "liked", "occurred_at": clock.now().isoformat()}
            for n, who in enumerate((WHO, "P999"))]  # fmt: skip
    answer = desk.receive(EventsRequest(events=sent), "en")
    assert [one.status for one in answer.results] == ["refused"] * 2
    assert answer.results[0].errors == answer.results[1].errors
    assert records_after(desk.database, 0) == records_after(desk.database, 0)
    desk.close()


def test_an_id_that_json_writes_otherwise_is_erased_and_found_all_the_same(own_home):
    home, who = own_home, 'CORP\\j"张'
    member = json.dumps([who, "G01"], ensure_ascii=False)
    with closing(open_database(home)) as database:
        for kind, name, content in (
            ("employee", who, {"employee_id": who}),
            ("membership", member, {"employee_id": who, "project_group_id": "G01"}),
            ("activity", "plan", {"activity_id": "plan", "organiser_id": who}),
        ):
            store_record(database, kind, name, clock.now(), lambda _, c=content: c)
        store_events(
            database, [Event("e1", who, "soon-games", "registered", clock.now())], clock.now()
        )
    (home.root / "out").mkdir()
    (home.root / "out" / "lists.jsonl").write_text(json.dumps({"employee_id": who, "k": 1}) + "\n")
    quoted = who.replace('"', '""')
    (home.root / "out" / "lists.csv").write_text(f'employee_id,k\n"{quoted}",1\nP001,2\n')
    assert [row["kind"] for row in exported(home, who)["database"]["records"]] == [
        "employee", "membership",
    ]  # fmt: skip
    receipt = erase_person(home, who)
    assert receipt.is_clean, (receipt.found, receipt.rows)
    assert receipt.removed["database"]["records"] == 3
    assert receipt.removed["files"] == {"csv": 1, "jsonl": 1}
    assert (home.root / "out" / "lists.csv").read_text() == "employee_id,k\nP001,2\n"
    (record,) = database_of(home, lambda database: records_after(database, 0))
    assert record.content == {"activity_id": "plan", "organiser_id": None}
    (home.root / "notes.json").write_text(json.dumps({"call": who}))
    assert found(home, who).named == ["notes.json"]


def in_a_record(home):
    content = {"activity_id": "back", "organiser_id": WHO}
    database_of(home, lambda database: store_record(
        database, "activity", "back", clock.now(), lambda _: content))  # fmt: skip


def in_a_draft(home):
    row = {"forecast_id": "f", "answered_at": "2026", "as_of": "2026", "data_until": "2026",
           "request_hash": "h", "draft": json.dumps({"organiser_id": WHO}), "stage": "launch",
           "unit": "people", "n_invited": 9, "quantiles": "{}", "answer": "{}"}  # fmt: skip
    database_of(home, lambda database: database.insert("forecasts", [row]))


def in_a_design(home):
    content = {"choices": {"organiser_id": [OTHER, WHO]}}
    database_of(home, lambda database: add_design(database, "d", content, 5, clock.now()))


def in_features(home):
    folder = home.features / "left" / "employee_behaviour"
    folder.mkdir(parents=True)
    pq.write_table(pa.table({"employee_id": [OTHER, WHO]}), folder / "x.parquet")


def in_features_online(home):
    shutil.copytree(home.root.parent / "online", home.features / "left")


def in_an_export(home):
    (home.root / "out" / "back.csv").write_text(f"a,b\n1,said {WHO}\n")


def in_a_table(home):
    table = pa.table({"who": pa.array([WHO]).dictionary_encode()})
    pq.write_table(table, home.root / "out" / "back.parquet")


def in_a_workbook(home):
    book = openpyxl.Workbook()
    book.active.append(["id", WHO])
    book.save(home.root / "out" / "back.xlsx")


PLACES = (in_a_record, in_a_draft, in_a_design, in_features, in_features_online, in_an_export,
          in_a_table, in_a_workbook)  # fmt: skip


def test_whoever_was_erased_is_known_again_wherever_the_id_stands(own):
    online = own.root.parent / "online"
    online.mkdir()
    shutil.copy2(current_features(own).directory / "online.db", online)
    erase_person(own, WHO)
    for put in PLACES:
        assert back_again(own) == set()
        put(own)
        assert back_again(own) == {WHO}, put.__name__
        for step in ("features", "files", "database"):
            STEPS[step](own, WHO)
    assert found(own).is_clean


STYLES_THAT_OPENPYXL_REFUSES = (
    b'<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    b'<fonts count="1"><font/></fonts><fills count="1"><fill/></fills><borders count="1"><border/>'
    b'</borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2"><xf/>'
    b'<xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>'
)


@pytest.fixture(scope="module")
def exports_of_the_sample(tmp_path_factory):
    out = tmp_path_factory.mktemp("sample") / "sample"
    write_exports(simulate(Settings(300, 3, date(2026, 3, 2))), out)
    return out


def cells_of(book):
    with CalamineWorkbook.from_path(str(book)) as read:
        return {name: read.get_sheet_by_name(name).to_python() for name in read.sheet_names}


@pytest.mark.parametrize("styles", [None, STYLES_THAT_OPENPYXL_REFUSES], ids=["own", "refused"])
def test_the_exports_of_the_sample_are_cleaned_and_keep_all_else(
    exports_of_the_sample, styles, tmp_path
):
    home = Home(tmp_path / "home")
    sample = home.data / "sample"
    shutil.copytree(exports_of_the_sample, sample)
    books = sorted(sample.rglob("*.xlsx"))
    assert len(books) == 2
    for book in books:
        if styles is None:
            openpyxl.load_workbook(book).close()
            continue
        with zipfile.ZipFile(book) as former:
            parts = {name: former.read(name) for name in former.namelist()}
        with zipfile.ZipFile(book, "w") as anew:
            for name, content in (parts | {"xl/styles.xml": styles}).items():
                anew.writestr(name, content)
        with pytest.raises(TypeError):
            openpyxl.load_workbook(book)
    before = {book: cells_of(book) for book in books}
    who = before[books[0]]["培训"][1][1]
    assert clean_files(home, who)["xlsx"] >= 2
    assert found(home, who).is_clean
    for book in books:
        kept = {name: [row for row in rows if who not in row]
                for name, rows in before[book].items()}  # fmt: skip
        assert cells_of(book) == kept


def test_a_file_that_cannot_be_opened_keeps_nothing_else_from_being_erased(own):
    folder = own.data / "sample"
    folder.mkdir()
    (folder / "a.csv").write_text(f"id\n{WHO}\n")
    (folder / "b.xlsx").write_text(f"no workbook, of {WHO}")
    (folder / "c.parquet").write_text(f"no table, of {WHO}")
    (folder / "d.csv").write_text(f"id\n{WHO}\n")
    receipt = erase_person(own, WHO)
    assert not receipt.is_clean
    assert any("by hand" in line for line in receipt.lines())
    assert receipt.as_json()["by_hand"] == ["data/sample/b.xlsx", "data/sample/c.parquet"]
    assert (receipt.erasure.state, receipt.removed["files"]["csv"]) == ("begun", 2)
    for name in ("b.xlsx", "c.parquet"):
        (folder / name).unlink()
    assert erase_person(own, WHO).erasure.state == "finished"


def test_an_id_that_is_nowhere_is_refused_and_leaves_nothing(home):
    def recorded():
        tables = ("SELECT * FROM erasures", "SELECT * FROM audit_log")
        return database_of(home, lambda database: [database.read(one) for one in tables])

    before = recorded()
    with pytest.raises(InputError, match="names nobody"):
        erase_person(home, "P0O5")
    assert recorded() == before
    assert not list_file(home).exists()


def test_an_export_of_an_erased_person_is_refused_and_names_nobody_again(own):
    erase_person(own, WHO)
    entries = len(database_of(own, lambda database: database.read("SELECT * FROM audit_log")))
    with pytest.raises(InputError, match="was erased") as refused:
        exported(own, WHO)
    assert WHO not in str(refused.value)
    assert found(own).is_clean
    assert entries == len(
        database_of(own, lambda database: database.read("SELECT * FROM audit_log"))
    )
