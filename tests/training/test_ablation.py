"""What a group of features earns: paired differences, groups, and the command."""

import json
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from features.home import Home
from features.tables.snapshots import write_tables
from huoli.cli import huoli
from training.ablation import groups_of
from training.explaining import GROUPS
from training.paired import paired_difference
from training.rows import Rows


def rows_of(activity, outcome, weight=None, columns=()):
    n = len(activity)
    flags, zeros = np.zeros(n, dtype=bool), np.zeros(n, dtype=np.int64)
    return Rows(
        zeros, np.asarray(activity), zeros, zeros, np.asarray(outcome, dtype=bool), flags, flags,
        flags, np.ones(n) if weight is None else np.asarray(weight, dtype=float),
        pd.DataFrame({name: np.zeros(n) for name in columns}),
    )  # fmt: skip


def test_a_difference_is_that_of_log_losses_with_activities_as_units():
    rows = rows_of([0, 0, 1, 1], [True, False, True, False])
    p, other = np.array([0.5, 0.5, 0.8, 0.2]), np.array([0.8, 0.2, 0.8, 0.2])
    gap = np.log(0.8 / 0.5)
    mean, error = paired_difference(rows, p, other)
    assert mean == pytest.approx(gap / 2)
    # totals of the two activities: 2 gap and 0, each off its share by gap
    assert error == pytest.approx(np.sqrt(2 * 2 * gap**2) / 4)


def test_rows_count_by_their_weight_and_one_activity_has_no_error():
    rows = rows_of([0, 0], [True, True], [3, 1])
    mean, error = paired_difference(rows, np.array([0.5, 0.9]), np.array([0.9, 0.9]))
    assert mean == pytest.approx(0.75 * np.log(0.9 / 0.5))
    assert np.isnan(error)


def test_every_column_is_in_one_group_and_affinity_stands_apart_too():
    found = groups_of(rows_of([0], [True], columns=["rate_slot", "rate_hood", "affinity", "n_yes"]))
    assert found == {"theme": ["affinity"], "time": ["rate_slot"], "place": ["rate_hood"],
                     "habit": ["n_yes"], "affinity": ["affinity"]}  # fmt: skip
    assert set(found) <= {*GROUPS, "affinity"}


@pytest.mark.slow
def test_the_command_prints_the_whole_and_then_what_each_group_earns(
    tmp_path, tables_of, company, monkeypatch
):
    monkeypatch.setenv("HUOLI_HOME", str(tmp_path))
    monkeypatch.setenv("HUOLI_LANG", "en")
    half = {f"P{n:02}" for n in range(40)}
    some = {table: [row for row in rows if row.get("employee_id", "P00") in half]
            for table, rows in company().items()}  # fmt: skip
    write_tables(Home(tmp_path), tables_of(some), datetime(2026, 4, 6, tzinfo=UTC), "test", {})
    done = CliRunner().invoke(
        huoli, ["ablate", "--from", "2026-02-01", "--to", "2026-03-01", "--json"]
    )
    assert done.exit_code == 0, done.output
    whole, *without = json.loads(done.output)
    assert (whole["left_out"], whole["loss"]) == ("", 0)
    assert {one["left_out"] for one in without} <= {*GROUPS, "affinity"}
    losses = [one["loss"] for one in without]
    assert losses == sorted(losses, reverse=True)
    for one in without:
        assert one["loss_low"] <= one["loss"] <= one["loss_high"]
        assert one["loss"] == pytest.approx(one["log_loss"] - whole["log_loss"])
    late = CliRunner().invoke(huoli, ["ablate", "--from", "2030-01-01", "--to", "2030-02-01"])
    assert "hold no activity" in str(late.exception)
