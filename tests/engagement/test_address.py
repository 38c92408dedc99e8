"""Which database is opened: the environment or a file of its own names it, and no message tells."""

import traceback

import pytest

from engagement.database import look_at, open_database
from features.errors import InputError, NotReadyError
from features.home import Home

UNREACHABLE = "postgresql+psycopg://huoli:s3cret-word@127.0.0.1:1/huoli"


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


def refusal(home, error):
    """What opening says, with everything that a log would hold of it."""
    with pytest.raises(error) as caught:
        open_database(home)
    assert "s3cret-word" not in "".join(traceback.format_exception(caught.value))
    return str(caught.value)


def test_without_an_address_it_is_the_file_of_the_home(home):
    database = open_database(home)
    assert (database.kind, database.name) == ("SQLite", "huoli.db")
    database.close()


@pytest.mark.parametrize("scheme", ["postgresql", "postgresql+psycopg"])
def test_an_address_names_a_server_and_leaves_no_file(home, on_postgresql, monkeypatch, scheme):
    rest = on_postgresql.partition(":")[2]
    monkeypatch.setenv("HUOLI_DATABASE_URL", f"{scheme}:{rest}")
    database = open_database(home)
    assert database.kind == "PostgreSQL"
    assert database.name == "postgresql://" + rest.partition("@")[2]
    assert not home.database.exists()
    database.close()


def test_a_file_may_hold_the_address(home, on_postgresql, monkeypatch, tmp_path):
    (tmp_path / "address").write_text(on_postgresql + "\n", encoding="utf-8")
    monkeypatch.delenv("HUOLI_DATABASE_URL")
    monkeypatch.setenv("HUOLI_DATABASE_URL_FILE", str(tmp_path / "address"))
    database = open_database(home)
    assert database.kind == "PostgreSQL"
    database.close()


def test_a_file_that_is_not_there_is_refused(home, monkeypatch, tmp_path):
    monkeypatch.setenv("HUOLI_DATABASE_URL_FILE", str(tmp_path / "nothing"))
    assert "HUOLI_DATABASE_URL_FILE must name a file" in refusal(home, InputError)


def test_two_addresses_are_refused(home, monkeypatch, tmp_path):
    monkeypatch.setenv("HUOLI_DATABASE_URL", UNREACHABLE)
    monkeypatch.setenv("HUOLI_DATABASE_URL_FILE", str(tmp_path / "address"))
    assert "both set" in refusal(home, InputError)


@pytest.mark.parametrize(
    "address",
    [
        "s3cret-word", "mysql://huoli:s3cret-word@db/huoli", "postgresql://huoli:s3cret-word@db",
        "postgresql+asyncpg://huoli:s3cret-word@db/huoli", "postgresql://u:s3cret-word@db:port/x",
    ],
)  # fmt: skip
def test_another_form_is_refused_with_the_right_one(home, monkeypatch, address):
    monkeypatch.setenv("HUOLI_DATABASE_URL", address)
    assert "must give an address like postgresql+psycopg://" in refusal(home, InputError)


def test_a_server_that_does_not_answer_is_named_without_the_password(home, monkeypatch):
    monkeypatch.setenv("HUOLI_DATABASE_URL", UNREACHABLE)
    said = refusal(home, NotReadyError)
    assert said.startswith("the database postgresql://127.0.0.1:1/huoli cannot be reached: ")
    assert len(said.splitlines()) == 1
    with pytest.raises(NotReadyError, match="cannot be reached"):
        look_at(home)


def test_a_wrong_password_is_named_as_such_and_not_shown(home, on_postgresql, monkeypatch):
    user, _, rest = on_postgresql.partition("@")
    wrong = user.rpartition(":")[0] + ":s3cret-word@" + rest
    monkeypatch.setenv("HUOLI_DATABASE_URL", wrong)
    assert "password authentication failed" in refusal(home, NotReadyError)


def test_a_connection_that_the_server_ended_is_replaced(home, on_postgresql, postgresql):
    database = open_database(home)
    assert database.read("SELECT 1 AS one") == [{"one": 1}]
    postgresql.run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'test_%'"
    )
    assert database.read("SELECT 1 AS one") == [{"one": 1}]
    database.close()
