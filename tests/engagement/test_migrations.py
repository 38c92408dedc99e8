"""A database comes forward to this version with all it holds, or stays as it was."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

import engagement.database
from engagement.answers import stored_forecast
from engagement.database import SCHEMA, look_at, open_database
from engagement.database.upgrading import HEAD, MIGRATIONS, bring_forward, revision_of
from engagement.keys import create_key, key_of
from features.errors import NotReadyError
from features.home import Home

# what the first version wrote, before there were revisions
FORMER = """
CREATE TABLE api_keys (
    key_id VARCHAR(16) NOT NULL, salt VARCHAR(32) NOT NULL, hash VARCHAR(64) NOT NULL,
    role VARCHAR(32) NOT NULL, label TEXT NOT NULL, created_at VARCHAR(32) NOT NULL,
    revoked_at VARCHAR(32), PRIMARY KEY (key_id));
CREATE TABLE recommendations (
    recommendation_id VARCHAR(36) NOT NULL, answered_at VARCHAR(32) NOT NULL,
    as_of VARCHAR(32) NOT NULL, data_until VARCHAR(32) NOT NULL, model_version VARCHAR(64),
    request_hash VARCHAR(64) NOT NULL, employee_id TEXT NOT NULL, personal INTEGER NOT NULL,
    items TEXT NOT NULL, PRIMARY KEY (recommendation_id));
CREATE INDEX recommendations_of_employee ON recommendations (employee_id);
CREATE TABLE forecasts (
    forecast_id VARCHAR(36) NOT NULL, answered_at VARCHAR(32) NOT NULL,
    as_of VARCHAR(32) NOT NULL, data_until VARCHAR(32) NOT NULL, model_version VARCHAR(64),
    request_hash VARCHAR(64) NOT NULL, activity_id TEXT, draft TEXT, draft_hash VARCHAR(64),
    stage VARCHAR(16) NOT NULL, unit VARCHAR(16) NOT NULL, n_invited INTEGER NOT NULL,
    quantiles TEXT NOT NULL, answer TEXT NOT NULL, PRIMARY KEY (forecast_id));
CREATE INDEX forecasts_of_activity ON forecasts (activity_id);
CREATE TABLE comparisons (
    comparison_id VARCHAR(36) NOT NULL, answered_at VARCHAR(32) NOT NULL,
    as_of VARCHAR(32) NOT NULL, data_until VARCHAR(32) NOT NULL, model_version VARCHAR(64),
    request_hash VARCHAR(64) NOT NULL, forecast_id VARCHAR(36) NOT NULL, answer TEXT NOT NULL,
    PRIMARY KEY (comparison_id));
INSERT INTO api_keys VALUES ('0123456789ab', '00112233445566778899aabbccddeeff',
    '6bf72f5e8ff24d1441a55ffd6c3f1daa8a5e0a1d1aa81ab8e8a5d5a9d1c3f0e1', 'hr_system', 'HR 系统',
    '2026-06-01T00:00:00+00:00', NULL);
INSERT INTO forecasts VALUES ('f1', '2026-06-01T00:00:00+00:00', '2026-06-01T00:00:00+00:00',
    '2026-06-01T00:00:00+00:00', 'v1', 'hash', 'quiz', NULL, NULL, 'launch', 'attendance', 9,
    '{"0.5": 3.0}', '{"overall": {"expected": 3}}');
"""
SALT = "00112233445566778899aabbccddeeff"
TOKEN = "huoli_0123456789ab_the-secret"  # noqa: S105
# a step further, whole, and one that fails after it has begun
NEXT = """
import sqlalchemy as sa
from alembic import op
revision, down_revision = "9000", "{head}"
def upgrade():
    op.add_column("forecasts", sa.Column("remark", sa.Text))
    op.create_table("later", sa.Column("n", sa.Integer, primary_key=True))
    op.execute("UPDATE forecasts SET remark = 'came along'")
    op.execute("DELETE FROM api_keys WHERE label = 'gone'")
"""
FAILING = NEXT + '    op.drop_table("no_such_table")\n'


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


@pytest.fixture
def database(home, on_both):
    found = open_database(home)
    yield found
    found.close()


def steps_with(folder, further):
    """A copy of the migrations with one more."""
    kept = Path(engagement.database.__file__).parent / "migrations"
    shutil.copytree(kept, folder)
    script = further.replace("{head}", HEAD)
    (folder / "versions" / "r9000_further.py").write_text(script, encoding="utf-8")
    return str(folder)


def make_former(home, script=FORMER):
    home.data.mkdir(parents=True)
    with closing(sqlite3.connect(home.database)) as plain:
        plain.executescript(script)


def dump(file):
    with closing(sqlite3.connect(file)) as plain:
        return list(plain.iterdump())


def test_the_tables_of_the_code_are_those_that_the_steps_make(database):
    with database.reading() as seen:
        context = MigrationContext.configure(
            seen.connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, SCHEMA) == []


def test_the_newest_step_is_the_head_that_openings_look_for(database):
    config = Config()
    config.set_main_option("script_location", MIGRATIONS)
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]
    assert revision_of(database) == HEAD


def test_what_the_former_version_wrote_comes_forward_whole(home):
    make_former(home)
    with closing(sqlite3.connect(home.database)) as plain, plain:
        from engagement.keys import _hash

        plain.execute("UPDATE api_keys SET hash = ?", [_hash(SALT, "the-secret")])
    before = dump(home.database)
    assert not look_at(home).is_current
    assert dump(home.database) == before
    database = open_database(home)
    assert revision_of(database) == HEAD
    assert key_of(database, TOKEN).label == "HR 系统"
    forecast = stored_forecast(database, "f1")
    assert (forecast["activity_id"], forecast["n_invited"]) == ("quiz", 9)
    assert forecast["answer"] == {"overall": {"expected": 3}}
    create_key(database, "admin", "new")
    database.close()
    kept = {line for line in before if "api_keys" not in line}
    assert kept <= set(dump(home.database))
    assert look_at(home).is_current


def test_a_home_from_before_comparisons_gets_them(home):
    without = FORMER.partition("CREATE TABLE comparisons")[0]
    make_former(home, without)
    database = open_database(home)
    assert database.read("SELECT * FROM comparisons") == []
    database.close()


def test_a_further_step_keeps_what_is_there(database, tmp_path):
    _, token = create_key(database, "admin", "kept")
    database.insert("forecasts", [_forecast()])
    bring_forward(database, "9000", steps_with(tmp_path / "steps", NEXT))
    assert revision_of(database) == "9000"
    assert key_of(database, token) is not None
    assert database.read("SELECT remark FROM forecasts") == [{"remark": "came along"}]


def test_a_step_that_fails_leaves_all_as_it_was(database, tmp_path, home):
    create_key(database, "admin", "gone")
    with pytest.raises(NotReadyError, match="could not be brought to this version"):
        bring_forward(database, "9000", steps_with(tmp_path / "steps", FAILING))
    assert revision_of(database) == HEAD
    assert database.read("SELECT label FROM api_keys") == [{"label": "gone"}]
    with pytest.raises(Exception, match="later"):
        database.read("SELECT * FROM later")
    with pytest.raises(Exception, match="remark"):
        database.read("SELECT remark FROM forecasts")
    open_database(home).close()


def test_what_a_newer_version_wrote_is_refused_and_not_touched(database, home, on_both):
    create_key(database, "admin", "kept")
    database.write("UPDATE alembic_version SET version_num = '9999'", [{}])
    database.close()
    before = dump(home.database) if on_both == "sqlite" else []
    for look in (open_database, look_at):
        with pytest.raises(NotReadyError, match=r"revision 9999 .* install the newer version"):
            look(home)
    assert (dump(home.database) if on_both == "sqlite" else []) == before
    assert revision_of(database) == "9999"
    assert len(database.read("SELECT * FROM api_keys")) == 1


def test_tables_of_others_on_a_server_are_not_taken_over(on_postgresql, home):
    from engagement.database.address import server_address
    from engagement.database.postgresql import PostgresqlDatabase

    database = PostgresqlDatabase.at(server_address())
    database.write("CREATE TABLE api_keys (theirs INTEGER)", [{}])
    with pytest.raises(NotReadyError, match="already exists"):
        open_database(home)
    assert database.read("SELECT theirs FROM api_keys") == []
    assert revision_of(database) is None
    database.close()


def _forecast():
    moment = "2026-06-01T00:00:00+00:00"
    return {
        "forecast_id": "f1", "answered_at": moment, "as_of": moment, "data_until": moment,
        "model_version": "v1", "request_hash": "hash", "activity_id": "quiz", "draft": None,
        "draft_hash": None, "stage": "launch", "unit": "attendance", "n_invited": 9,
        "quantiles": "{}", "answer": "{}",
    }  # fmt: skip
