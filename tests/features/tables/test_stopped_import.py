"""A process killed at any step of an import leaves the old tables whole, and no lock behind."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from features.tables.importing import import_exports

REPOSITORY = Path(__file__).parents[3]
IMPORT_AND_DIE = """
import os, signal, sys
from pathlib import Path
from features.home import Home
from features.tables import importing, merging, snapshots

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

home, export, mapping, step = sys.argv[1:]
if step == "swap":
    snapshots._swap = die
if step == "commit":
    snapshots.digest_of = die
def names(tables):
    for name in tables:
        if name == step:
            die()
        yield name
importing.import_exports(Home(Path(home)), Path(export), mapping, progress=names)
print("not stopped")
"""


def _killed_at(company, step):
    command = [sys.executable, "-c", IMPORT_AND_DIE, str(company.home.root), str(company.export)]
    return subprocess.run(
        [*command, str(company.mapping), step], cwd=REPOSITORY, capture_output=True, check=False
    )


@pytest.mark.parametrize("step", ["employees", "participations", "commit", "swap"])
def test_a_killed_import_leaves_the_old_tables(company, step):
    before = company.imported()
    company.add("signups.csv", "P4,E3,A2,registered,2026-06-02 09:00:00")
    stopped = _killed_at(company, step)
    assert stopped.returncode == -signal.SIGKILL, stopped.stderr
    assert company.tables().snapshot_id == before.snapshot_id
    assert len(company.rows("participations")) == 3
    after = company.imported()
    assert len(company.rows("participations")) == 4
    folders = {path.name for path in company.home.tables.iterdir() if path.is_dir()}
    assert folders == {before.snapshot_id, after.snapshot_id}


def test_a_killed_first_import_leaves_nothing_to_read(company):
    from features.errors import NotReadyError

    assert _killed_at(company, "swap").returncode == -signal.SIGKILL
    with pytest.raises(NotReadyError, match="run `huoli import`"):
        company.tables()
    assert company.imported().tables["employees"].kept == 3


def test_an_error_in_the_middle_leaves_no_draft(company):
    company.imported()
    files = sorted(company.home.tables.rglob("*"))

    def fail(names):
        yield from names[:4]
        raise RuntimeError("stop")

    company.add("signups.csv", "P4,E3,A2,registered,2026-06-02 09:00:00")
    with pytest.raises(RuntimeError, match="stop"):
        import_exports(company.home, company.export, company.mapping, progress=fail)
    assert sorted(company.home.tables.rglob("*")) == files
