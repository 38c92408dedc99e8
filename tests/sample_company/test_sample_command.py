"""`huoli sample` as a person or a program calls it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
SMALL = ("--employees", "120", "--months", "4", "--end", "2026-03-02")


def _huoli(*arguments, folder=REPOSITORY):
    program = "from huoli.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", program, "sample", *map(str, arguments)],
        cwd=folder, env={"HUOLI_LANG": "en", "PATH": ""},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_it_says_what_it_did_and_what_comes_next(tmp_path):
    done = _huoli("--out", tmp_path / "out", *SMALL)
    assert done.returncode == 0, done.stderr
    assert "4 months up to 2026-03-02 00:00 UTC" in done.stdout
    last = f"Next: `huoli import {tmp_path / 'out'} --mapping sample_company`"
    assert done.stdout.splitlines()[-1] == last
    assert (tmp_path / "out" / "活动" / "活动.jsonl").is_file()


def test_json_is_one_document_and_truth_goes_apart(tmp_path):
    done = _huoli("--out", tmp_path / "out", "--truth", tmp_path / "truth", *SMALL, "--json")
    result = json.loads(done.stdout)
    assert result["end"] == "2026-03-02"
    assert result["n_truth"] > 0
    assert (tmp_path / "truth" / "probabilities.csv").is_file()
    assert not list((tmp_path / "out").rglob("*probab*"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--employees", "49"), "--employees must lie between 50 and 50000, found 49"),
        (("--months", "2"), "--months must lie between 3 and 60, found 2"),
        (("--end", "1999-12-31"), "--end must lie between 2000 and 2099, found 1999"),
        (("--end", "yesterday"), "--end must be a date such as"),
        (("--seed", "-1"), "--seed must lie between 0 and"),
    ],
)
def test_bad_arguments_are_refused_and_nothing_is_written(tmp_path, arguments, message):
    done = _huoli("--out", tmp_path / "out", *arguments)
    assert done.returncode == 1
    assert message in done.stderr
    assert not list(tmp_path.iterdir())


def test_a_folder_with_other_files_is_left_alone(tmp_path):
    (tmp_path / "note.txt").write_text("mine")
    done = _huoli("--out", tmp_path, *SMALL)
    assert done.returncode == 1
    assert "--out must be a new or empty folder or a former sample" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["note.txt"]


def test_a_place_that_cannot_be_written_is_one_message(tmp_path):
    (tmp_path / "file").write_text("mine")
    done = _huoli("--out", tmp_path / "file" / "out", *SMALL)
    assert done.returncode == 1
    assert "must be folders that can be written" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_the_current_folder_is_refused(tmp_path):
    done = _huoli("--out", ".", *SMALL, folder=tmp_path)
    assert done.returncode == 1
    assert "--out must not be the current folder" in done.stderr
    assert not list(tmp_path.iterdir())


def test_truth_inside_the_exports_is_refused(tmp_path):
    done = _huoli("--out", tmp_path / "out", "--truth", tmp_path / "out" / "truth", *SMALL)
    assert done.returncode == 1
    assert "--truth must lie outside of --out" in done.stderr
    assert not list(tmp_path.iterdir())
