"""`huoli run`: each step once, on from where it stopped, and calls that work as pasted."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from features.errors import HuoliError, InputError
from features.home import Home
from features.tables.snapshots import write_tables
from huoli.commands import run_command
from huoli.steps import missing_steps, remade_folders, sample_folder, start_afresh, steps

NAMES = ["sample", "import", "features", "train"]
PATIENCE_SECONDS = 120


def missing(home):
    return [step.arguments[0] for step in missing_steps(home, steps(home, 100, 6))]


def import_company(home, company, mapping="sample_company"):
    until = datetime(2026, 6, 2, tzinfo=UTC)
    write_tables(home, company.company_tables(), until, mapping, {})


def test_everything_is_missing_at_first(tmp_path):
    assert missing(Home(tmp_path)) == NAMES


def test_exports_that_are_written_are_not_written_again(tmp_path):
    home = Home(tmp_path)
    sample_folder(home).mkdir(parents=True)
    assert missing(home) == NAMES
    (sample_folder(home) / "a.csv").touch()
    assert missing(home) == NAMES[1:]


def test_tables_of_ones_own_need_no_exports(tmp_path, company):
    import_company(Home(tmp_path), company, "meetup")
    assert missing(Home(tmp_path)) == NAMES[2:]


def test_a_trained_home_lacks_nothing_until_its_tables_change(own_home, company):
    assert missing(own_home) == []
    import_company(own_home, company)
    assert missing(own_home) == ["features"]


def test_a_step_that_fails_ends_the_run_and_is_the_first_of_the_next(
    tmp_path, monkeypatch, company
):
    home, done = Home(tmp_path), []

    def do(step):
        done.append(step.arguments[0])
        if step.arguments[0] == "sample":
            sample_folder(home).mkdir(parents=True)
            (sample_folder(home) / "a.csv").touch()
        elif step.arguments[0] == "import":
            import_company(home, company)
        else:
            raise HuoliError("stopped")

    monkeypatch.setattr("huoli.steps.do", do)
    for _ in range(2):
        with pytest.raises(HuoliError, match="stopped"):
            run_command._make(home, 100, 6)
    assert done == ["sample", "import", "features", "features"]


def test_a_failed_step_says_which_command_failed(tmp_path, monkeypatch):
    monkeypatch.setenv("HUOLI_HOME", str(tmp_path))
    (step,) = [s for s in steps(Home(tmp_path), 100, 6) if s.arguments == ("features",)]
    from huoli.steps import do

    with pytest.raises(HuoliError, match="`huoli features` failed"):
        do(step)


def test_a_fresh_start_keeps_the_keys_and_answers(own_home, company):
    import_company(own_home, company)
    own_home.mlruns.unlink()
    own_home.mlruns.mkdir()
    own_home.database.touch()
    start_afresh(own_home)
    assert own_home.database.is_file()
    assert not any(folder.exists() for folder in remade_folders(own_home))
    assert missing(own_home) == NAMES


def test_a_fresh_start_never_deletes_a_company_of_ones_own(own_home):
    with pytest.raises(InputError, match="found tables of the mapping test"):
        start_afresh(own_home)
    assert missing(own_home) == []


@pytest.mark.parametrize(("hours", "stands_still"), [(20, False), (49, True)])
def test_only_a_sample_older_than_a_day_stands_still(
    tmp_path, monkeypatch, capsys, hours, stands_still
):
    until = datetime.now(UTC) - timedelta(hours=hours)
    monkeypatch.setenv("HUOLI_LANG", "en")
    monkeypatch.setenv("HUOLI_NOW", "")
    tables = SimpleNamespace(data_until=until)
    monkeypatch.setattr("features.tables.snapshots.current_tables", lambda home: tables)
    monkeypatch.setattr("engagement.keys.demonstration_key", lambda home, role="hr_system": "key")
    monkeypatch.setattr("serving.server.serve", lambda *_: None)
    run_command._serve(Home(tmp_path), 0)
    assert os.environ["HUOLI_NOW"] == (until.isoformat() if stands_still else "")
    assert ("HUOLI_NOW" in capsys.readouterr().out) == stands_still


def test_a_second_run_serves_at_once_and_its_calls_work_as_pasted(own_home, company):
    process = subprocess.Popen(
        [sys.executable, "-m", "huoli", "run", "--port", "0"], cwd=company.REPOSITORY,
        env=company.environment(own_home), stdout=(own_home.root / "out").open("w"),
        stderr=subprocess.STDOUT,
    )  # fmt: skip
    try:
        said = _said(process, own_home.root / "out")
        assert "nothing is trained again" in said
        assert "2026-06-01 00:00 UTC" in said
        assert "--afresh" in said
        token = re.search(r"huoli_\w{12}_\S+", said)[0]
        assert (own_home.data / "demo_key").read_text().strip() == token
        calls = [line.strip() for line in said.splitlines() if line.startswith("  curl ")]
        lists, forecast = (_pasted(call) for call in calls)
        assert lists["recommendations"][0]["items"]
        staff_key = said.strip().splitlines()[-1].strip()
        assert (own_home.data / "demo_key_hr_reviewer").read_text().strip() == staff_key
        assert "/console" in said.splitlines()[-2]
        assert forecast["overall"]["invited"] == 179
    finally:
        process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE_SECONDS) == 0


def _said(process, file):
    """What it has said once both calls stand there."""
    limit = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < limit and process.poll() is None:
        said = file.read_text(encoding="utf-8")
        if said.count("curl ") == 2 and said.count("\n  huoli_") == 1 and said.endswith("\n"):
            return said
        time.sleep(0.1)
    raise AssertionError(file.read_text(encoding="utf-8"))


def _pasted(call):
    done = subprocess.run(["bash", "-c", call], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)
