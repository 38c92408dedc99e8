"""Every command: help without anything heavy, one clear error, exit code 0 only on success."""

import json
import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

from engagement.audit import Caller, append_entry
from engagement.database import open_database
from features.errors import InputError
from features.home import Home
from huoli.cli import COMMANDS, huoli
from huoli.commands import audit_command

HEAVY = {
    "bentoml", "duckdb", "fastapi", "feast", "ibis", "lightfm", "matplotlib", "mlflow", "numpy",
    "optuna", "pandas", "pandera", "polars", "pyarrow", "scipy", "sklearn", "sqlalchemy",
    "starlette", "uvicorn",
}  # fmt: skip
GROUPS = {
    "keys": ["create", "rotate", "list", "revoke"],
    "audit": ["verify", "list"],
    "models": ["list", "promote", "rollback", "log"],
    "backtest": ["launch", "ranking"],
}
HELP = f"""
import sys
sys.argv = ["huoli", *sys.argv[1:], "--help"]
from huoli.cli import main
try:
    main()
except SystemExit as stop:
    assert stop.code == 0
print("HEAVY", sorted({HEAVY!r} & set(sys.modules)))
"""


@pytest.mark.parametrize(
    "words",
    [[], *([name] for name in COMMANDS)]
    + [[group, name] for group, names in GROUPS.items() for name in names],
    ids=" ".join,
)
def test_help_answers_and_imports_nothing_heavy(words, company):
    done = subprocess.run(
        [sys.executable, "-c", HELP, *words], cwd=company.REPOSITORY, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Usage: huoli")
    assert done.stdout.splitlines()[-1] == "HEAVY []"


def test_the_list_of_commands_is_that_of_the_files(company):
    files = (company.REPOSITORY / "huoli" / "commands").glob("*_command.py")
    assert {file.stem.removesuffix("_command") for file in files} == set(COMMANDS)


def test_every_command_and_option_says_what_it_is_for():
    for name in COMMANDS:
        command = huoli.get_command(None, name)
        assert command.help, name
        for one in [command, *getattr(command, "commands", {}).values()]:
            for parameter in one.params:
                if parameter.param_type_name == "option":
                    assert parameter.help, (one.name, parameter.name)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["recommend", "E1"], "must hold a home of Huoli"),
        (["forecast", "A1"], "must hold a home of Huoli"),
        (["features"], "no data imported yet; run `huoli import`"),
        (["forecast", "missing.json"], "missing.json must be a file that can be read"),
        (["recommend", "E1", "-k", "0"], "k: must be at least 1"),
        (["keys", "create", "--role", "root", "--label", "x"], "role must be one of hr_system"),
        (["keys", "revoke", "nothing"], "key_id names no key in use"),
        (["models", "promote", "--reason", "x"], "no model is challenger"),
        (["models", "rollback", "--reason", "x"], "nothing to roll back to"),
        (["train", "--until", "soon"], "--until must be a date such as"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
@pytest.mark.parametrize("as_json", [False, True])
def test_an_error_is_one_line_and_exit_code_one(company, tmp_path, arguments, told, as_json):
    done = company.run_huoli(Home(tmp_path), *arguments, *(["--json"] if as_json else []))
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1
    text = json.loads(done.stderr)["error"] if as_json else done.stderr
    assert told in text


def test_an_unknown_command_or_option_is_exit_code_two(company, tmp_path):
    assert company.run_huoli(Home(tmp_path), "fly").returncode == 2
    assert company.run_huoli(Home(tmp_path), "serve", "--port", "70000").returncode == 2


def test_keys_are_created_listed_and_revoked(company, tmp_path):
    home = Home(tmp_path)
    made = company.run_huoli(home, "keys", "create", "--role", "admin", "--label", "人事", "--json")
    key = json.loads(made.stdout)
    assert key["token"].startswith(f"huoli_{key['key_id']}_")
    listed = company.run_huoli(home, "keys", "list")
    assert key["key_id"] in listed.stdout
    assert "人事" in listed.stdout
    assert key["token"] not in listed.stdout
    assert company.run_huoli(home, "keys", "revoke", key["key_id"]).returncode == 0
    (found,) = json.loads(company.run_huoli(home, "keys", "list", "--json").stdout)
    assert found["revoked_at"]
    assert "token" not in found


def test_a_key_is_rotated_and_both_ends_are_listed(company, tmp_path):
    home = Home(tmp_path)
    made = company.run_huoli(home, "keys", "create", "--role", "admin", "--label", "x", "--json")
    old = json.loads(made.stdout)
    told = company.run_huoli(home, "keys", "rotate", old["key_id"], "--expires-in", "30")
    assert f"Key {old['key_id']} opens until" in told.stdout
    assert told.stdout.splitlines()[-1].startswith("huoli_")
    listed = company.run_huoli(home, "keys", "list").stdout.splitlines()
    assert [line.count("in use until 20") for line in listed] == [1, 1]
    found = json.loads(company.run_huoli(home, "keys", "list", "--json").stdout)
    assert [(key["role"], key["label"]) for key in found] == [("admin", "x")] * 2


def test_the_audit_log_is_listed_and_a_changed_entry_is_exit_code_one(company, tmp_path):
    home = Home(tmp_path)
    database = open_database(home)
    with database.begin() as transaction:
        append_entry(transaction, Caller("k1", "hr_system", "POST /v1/x", "q1"), ["E1", "E2"])
    whole = company.run_huoli(home, "audit", "verify")
    assert whole.stdout.startswith("All 1 entries hold")
    listed = company.run_huoli(home, "audit", "list", "--employee", "E1").stdout
    assert "POST /v1/x" in listed
    assert "E2" not in listed
    assert company.run_huoli(home, "audit", "list", "--employee", "E3").stdout == "No entry.\n"
    database.write("UPDATE audit_log SET role = 'admin'", [{}])
    database.close()
    found = company.run_huoli(home, "audit", "verify", "--json")
    assert found.returncode == 1
    assert json.loads(found.stdout)["broken"] == 1


def test_an_error_speaks_chinese_to_who_reads_it(company, tmp_path):
    done = company.run_huoli(Home(tmp_path), "keys", "revoke", "nothing", language="zh")
    assert done.stderr == "错误: key_id 不是使用中的密钥；请见 `huoli keys list`\n"


def test_it_runs_where_there_is_no_environment_to_speak_of(company, tmp_path):
    found = {"HUOLI_HOME": str(tmp_path), "PATH": os.defpath}
    done = subprocess.run(
        [sys.executable, "-m", "huoli", "keys", "list", "--json"], cwd=company.REPOSITORY,
        env=found, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "[]\n")


@pytest.mark.parametrize(
    "line",
    ["person search X", "person export X", "person erase X", "person forget-again",
     "backup ../b.tar.gz", "audit list", "audit verify", "retention", "recommend X", "forecast X"],
)  # fmt: skip
def test_a_folder_that_is_no_home_is_named_and_stays_empty(line, tmp_path, monkeypatch):
    home = tmp_path / "mistyped"
    home.mkdir()
    monkeypatch.chdir(home)
    monkeypatch.setenv("HUOLI_HOME", str(home))
    monkeypatch.delenv("HUOLI_DATABASE_URL", raising=False)
    done = CliRunner().invoke(huoli, line.split())
    assert isinstance(done.exception, InputError)
    assert "mistyped must hold a home of Huoli" in done.exception.in_language("en")
    assert list(home.iterdir()) == []
    assert list(tmp_path.iterdir()) == [home]


def test_entries_of_the_audit_log_stand_in_columns():
    calls = ("GET /v1/employees", "GET /v1/employees/{employee_id}/memberships")
    entries = [{"seq": n, "at": "2026-06-01T08:00:00+00:00", "key_id": "k", "role": "hr_system",
                "call": call, "status": 200, "people": 1, "request_id": "r"}
               for n, call in enumerate(calls)]  # fmt: skip
    lines = list(audit_command._listed(entries))
    assert all(f"{call}  " in line for call, line in zip(calls, lines, strict=True))
    assert len({line.index("  200  ") for line in lines}) == 1
