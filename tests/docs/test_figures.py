"""Every figure that README.md states comes from a benchmark that is there and is run by make."""

import doctest
import importlib
import re
import resource
import sys

import pandas as pd
import pytest

SECTION = "How good it is"
SHARED_CODE = {
    "empty_service.py",
    "calibration.py", "final_uses.py", "held_out.py", "judging.py", "measuring.py",
    "quality_latency.py", "quality_real.py", "quality_text.py", "quality_truth.py", "running.py",
    "strangers.py", "what_if.py",
}  # fmt: skip


@pytest.fixture
def benchmark_code(repository, monkeypatch):
    """Imports a module of benchmarks/ as its scripts do."""
    before = set(sys.modules)
    monkeypatch.syspath_prepend(str(repository / "benchmarks"))
    yield importlib.import_module
    names = {path.stem for path in (repository / "benchmarks").glob("*.py")}
    for name in names & (set(sys.modules) - before):
        del sys.modules[name]


def scripts(repository):
    return {path.name for path in (repository / "benchmarks").glob("*.py")} - SHARED_CODE


def test_every_block_of_figures_begins_with_the_command_that_prints_it(readme, repository):
    blocks = re.findall(r"^```\w*\n(.*?)^```$", readme.section(SECTION), re.S | re.M)
    for block in blocks:
        command = re.match(r"\$ python benchmarks/(\w+\.py)", block)
        assert command, f"no command above: {block[:60]}"
        assert (repository / "benchmarks" / command[1]).is_file()


def test_a_percentage_or_time_stands_nowhere_but_in_a_block(readme):
    prose = re.sub(r"^```.*?^```$", "", readme.section(SECTION), flags=re.S | re.M)
    assert re.findall(r"\d+(?:\.\d+)? ?(?:%|ms\b|s\b|GiB|MB)", prose) == []


def test_every_benchmark_is_named_and_run(readme, repository):
    found = scripts(repository)
    assert found == set(re.findall(r"`python benchmarks/(\w+\.py)", readme.text))
    recipe = (repository / "Makefile").read_text().split("\nbench:")[1].split("\n\n")[0]
    assert found == set(re.findall(r"benchmarks/(\w+\.py)", recipe))


@pytest.mark.parametrize(
    "name", ["calibration", "measuring", "pipeline", "quality_real", "quality_text", "strangers"]
)
def test_examples_in_benchmarks_hold(benchmark_code, name):
    result = doctest.testmod(benchmark_code(name))
    assert result.attempted
    assert result.failed == 0


def test_an_interval_is_judged_by_what_could_have_happened(benchmark_code):
    counts = pd.DataFrame({
        "forecast_mean": [10.0, 30.0], "forecast_low": [5.0, 20.0], "forecast_high": [15.0, 40.0],
        "past_mean": [1.0, 1.0], "past_low": [1.0, 1.0], "past_high": [1.0, 1.0],
        "true_mean": [12.0, 24.0], "true_low": [7.0, 19.0], "true_high": [17.0, 29.0],
        "covered": [0.8, 1.0], "past_covered": [0.0, 0.1],
    })  # fmt: skip
    interval_figures = benchmark_code("measuring").interval_figures
    assert interval_figures(counts) == pytest.approx(
        {"coverage_90": 0.9, "width_over_true": 1.5, "mae_of_mean": 4.0}
    )
    assert interval_figures(counts, "past")["width_over_true"] == 0.0


def test_a_step_that_fails_ends_the_measurement_with_what_it_said(benchmark_code, tmp_path, capfd):
    running = benchmark_code("running")
    with pytest.raises(SystemExit, match="features failed with exit code 1"):
        running.measured("features", running.huoli("features"), tmp_path)
    assert "huoli import" in capfd.readouterr().err


def test_a_step_is_measured_with_the_memory_it_took(benchmark_code, tmp_path):
    taking = "x = bytearray(300 * 2**20); import time; time.sleep(0.2)"
    found = benchmark_code("running").measured("x", [sys.executable, "-c", taking], tmp_path)
    assert found.seconds >= 0.2
    # between fork and exec a child counts what its parent holds
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    assert 0.29 < found.peak_gib < max(0.5, held + 0.1)
