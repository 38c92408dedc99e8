"""The notebook runs from nothing as a plain script, and ends with its challenger promoted."""

import os
import subprocess
import sys
from pathlib import Path

import jupytext
import pytest

from features.home import Home
from training.registry.aliases import alias_versions
from training.registry.promotions import promotion_log

REPOSITORY = Path(__file__).parents[2]
NOTEBOOK = REPOSITORY / "notebooks" / "train_and_promote.py"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """(what it printed, the home that it made); HUOLI_HOME names one without any data."""
    folder = tmp_path_factory.mktemp("notebook")
    around = os.environ | {
        "HUOLI_HOME": str(folder / "nothing"), "TMPDIR": str(folder), "HUOLI_LANG": "en",
        "OMP_NUM_THREADS": "1",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, str(NOTEBOOK)], cwd=folder, env=around, capture_output=True, text=True,
        check=False, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    (made,) = folder.glob("huoli-notebook-*")
    return done.stdout, Home(made.resolve())


@pytest.mark.slow
def test_its_challenger_is_promoted_over_the_champion_that_it_made(run):
    printed, home = run
    log = promotion_log(home)
    assert [entry["action"] for entry in log] == ["first", "promote"]
    assert log[1]["from"] == log[0]["to"] != log[1]["to"]
    assert alias_versions(home, "champion") == log[1]["to"]
    assert alias_versions(home, "challenger") == {}
    assert f"champion in {home.root}" in printed


@pytest.mark.slow
def test_it_shows_figures_beside_baselines_and_the_pictures_of_the_run(run):
    printed, _ = run
    for method in ("launch", "launch own rate", "ranking popularity", "counts past"):
        assert f"\n{method} " in printed
    for picture in ("calibration.png", "turnout.png", "gain_by_history.png"):
        assert f"\n{picture}\n" in printed


@pytest.mark.slow
def test_the_home_it_was_started_with_is_left_alone(run):
    _, home = run
    assert not (home.root.parent / "nothing").exists()


def test_it_opens_as_a_notebook_of_explained_cells():
    cells = jupytext.read(NOTEBOOK).cells
    kinds = [cell.cell_type for cell in cells]
    assert kinds[0] == "markdown"
    assert kinds.count("code") >= 8
    assert kinds.count("markdown") >= 8
