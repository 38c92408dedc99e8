"""Two trainings and an import at once: one after the other or refused, and nothing half made."""

import json
import re
import subprocess
import sys
from contextlib import ExitStack

import pytest

from features.home import Home
from features.tables.snapshots import current_tables
from training.registry.aliases import alias_versions
from training.registry.loading import load_models

END = "2026-06-01"
LATER_END = "2026-06-15"


def sample(company, home, folder, end):
    done = company.run_huoli(home, "sample", "--out", folder, "--employees", 160,
                             "--months", 14, "--end", end)  # fmt: skip
    assert done.returncode == 0, done.stderr
    return "import", folder, "--mapping", "sample_company"


@pytest.fixture(scope="module")
def small_home(company, tmp_path_factory):
    """A trained home of a small sample company, and the arguments that import a later export."""
    folder = tmp_path_factory.mktemp("at-once")
    home = Home(folder / "home")
    first = sample(company, home, folder / "first", END)
    for arguments in (first, ("features",), ("train",)):
        done = company.run_huoli(home, *arguments)
        assert done.returncode == 0, done.stderr
    return home, sample(company, home, folder / "later", LATER_END)


@pytest.mark.slow
def test_two_trainings_and_an_import_at_once_leave_everything_whole(small_home, company, started):
    home, later = small_home
    before = current_tables(home)
    commands = [("train",), ("train",), later]
    with ExitStack() as stack:
        service = stack.enter_context(started(home))
        person = service.client.get("/v1/employees", params={"limit": 1}).json()["items"][0]
        asked = {"employee_id": person["employee_id"]}
        running = [
            subprocess.Popen(
                [sys.executable, "-m", "huoli", *map(str, one)], cwd=company.REPOSITORY,
                env=company.environment(home), text=True,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            )
            for one in commands
        ]  # fmt: skip
        statuses = []
        while any(one.poll() is None for one in running):
            statuses.append(service.client.post("/v1/recommendations", json=asked).status_code)
            statuses.append(service.client.get("/readyz").status_code)
        told = [one.communicate() for one in running]
        assert set(statuses) == {200}
    codes = [one.returncode for one in running]
    assert set(codes) <= {0, 1}
    assert 0 in codes
    for code, (_, said) in zip(codes, told, strict=True):
        # who came second is told whom to wait for, in one line
        assert code == 0 or re.fullmatch(
            r"Error: another writer is at work: process \S+ runs `[^`]+` since \S+; "
            r"wait for it or stop it, then try again\n", said,
        ), said  # fmt: skip
    check_whole(home, company, n_trained=1 + codes[:2].count(0))
    # what was refused then succeeds now
    for code, arguments in zip(codes, commands, strict=True):
        if code:
            again = company.run_huoli(home, *arguments)
            assert again.returncode == 0, again.stderr
    check_whole(home, company, n_trained=3)
    assert current_tables(home).data_until > before.data_until


def check_whole(home, company, n_trained):
    """Every registered pair opens, and nothing that doctor looks at is wrong or left over."""
    listed = company.run_huoli(home, "models", "list", "--json")
    assert len(json.loads(listed.stdout)) == 2 * n_trained, listed.stdout
    for alias in ("champion", "challenger"):
        if alias_versions(home, alias):
            load_models(home, alias)
    # what was imported has features once they are computed
    assert company.run_huoli(home, "features").returncode == 0
    found = company.run_huoli(home, "doctor")
    assert found.returncode == 0, found.stdout
