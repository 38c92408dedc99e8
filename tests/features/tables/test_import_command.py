"""`huoli import` as a person or a program calls it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[3]


def _huoli(company, *arguments, language="en"):
    environment = {"HUOLI_HOME": str(company.home.root), "HUOLI_LANG": language, "PATH": ""}
    program = "from huoli.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", program, "import", *map(str, arguments)],
        cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_it_says_what_it_did_and_what_comes_next(company):
    done = _huoli(company, company.export, "--mapping", company.mapping)
    assert done.returncode == 0, done.stderr
    assert "participations: 3 rows read, 3 kept, 3 in all" in done.stdout
    assert done.stdout.splitlines()[-1] == "Next: `huoli features`"


def test_json_is_one_document(company):
    company.add("signups.csv", "P9,E9,A1,registered,2026-05-05")
    done = _huoli(company, company.export, "--mapping", company.mapping, "--json")
    report = json.loads(done.stdout)
    assert report["tables"]["participations"] == {
        "read": 4, "kept": 3, "duplicates": 0, "corrected": 0, "quarantined": {},
        "left_out": {"employee_id is not in employees": 1}, "carried": 0, "erased": 0,
        "total": 3,
    }  # fmt: skip
    assert report["snapshot_id"] == company.tables().snapshot_id
    assert Path(report["quarantine"]).is_dir()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_an_error_is_one_line_and_a_failure(company, language):
    (company.export / "signups.csv").unlink()
    done = _huoli(company, company.export, "--mapping", company.mapping, language=language)
    assert (done.returncode, done.stdout) == (1, "")
    assert "signups.csv" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert ("导出中应有" in done.stderr) == (language == "zh")
