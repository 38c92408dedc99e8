"""From the offline store and LightFM to the training row and the ranking: each has its effect."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from features.feature_store import current_features, ensure_features, historical_features
from features.history.columns import DAY
from features.home import Home
from features.tables.snapshots import write_tables
from training.affinity import fit_as_time_goes
from training.labels import labels_from
from training.plan import Block, cut_blocks, training_cuts
from training.report import mean_ndcg
from training.rolling import fit_stages
from training.rows import Asked, build_rows

MONDAYS = [datetime(2026, 3, 23, tzinfo=UTC), datetime(2026, 3, 30, tzinfo=UTC)]
UNTIL = datetime(2026, 4, 6, tzinfo=UTC)


@pytest.fixture(scope="module")
def home(tmp_path_factory, tables_of, company):
    home = Home(tmp_path_factory.mktemp("store"))
    days = [UNTIL.date() - timedelta(days=day) for day in range(10, 40)]
    work = [{"employee_id": f"P{n:02}", "day": day, "hours": 8.0, "overtime_hours": float(n % 5),
             "absent": False} for n in range(80) for day in days]  # fmt: skip
    write_tables(home, tables_of(company() | {"workdays": work}), UNTIL, "test", {})
    ensure_features(home, MONDAYS)
    return home


def rows_of(home, history, at):
    asked = Asked(history, labels_from(history), "launch", [],
                  lambda rows: historical_features(home, rows))  # fmt: skip
    return build_rows(asked, [Block(history.activity_index("soon-quiz"), at)])


def test_a_value_changed_in_the_offline_store_changes_that_persons_row_alone(home, history, until):
    at = until - 3 * DAY  # a Friday, which reads the Monday before
    before = rows_of(home, history, at)
    assert before.features["overtime_hours_28d"].nunique() > 3
    n_changed = 0
    for path in (current_features(home).directory / "employee_behaviour").glob("*.parquet"):
        frame = pd.read_parquet(path)
        mine = (frame["employee_id"] == "P05") & (frame["event_timestamp"] == MONDAYS[1])
        frame.loc[mine, "overtime_hours_28d"] = 77.5
        frame.to_parquet(path, index=False)
        n_changed += mine.sum()
    assert n_changed == 1
    after = rows_of(home, history, at)
    changed = (before.features != after.features) & ~(
        before.features.isna() & after.features.isna()
    )
    person = history.people.ids[after.employee] == "P05"
    assert changed.to_numpy().sum() == 1
    assert changed.loc[person, "overtime_hours_28d"].item()
    assert after.features.loc[person, "overtime_hours_28d"].item() == 77.5


@pytest.fixture(scope="module")
def with_and_without(company, history_of, until):
    """Open rows of the same pairs with LightFM's affinity and without, and models of each.

    Of a company whose tastes go by city and where many are new: what pairs say of functions and
    of a person's past tells less than what LightFM learns of cities.
    """
    history = history_of(company(by="city", days_between_hires=6))
    cuts = training_cuts(until - 280 * DAY, until)
    fits = fit_as_time_goes(history, cuts[::8])
    blocks = [block for block in cut_blocks(history, cuts, 30)
              if labels_from(history).starts[block.activity] < until]  # fmt: skip
    found = []
    for given in (fits, []):
        rows = build_rows(Asked(history, labels_from(history), "open", given), blocks)
        found.append((rows, fit_stages(rows, until)))
    return found


def orders(rows, p):
    """The activities of each list, the likeliest first."""
    table = pd.DataFrame({"as_of": rows.as_of, "employee": rows.employee,
                          "activity": rows.activity, "p": -p})  # fmt: skip
    lists = table.sort_values(["as_of", "employee", "p", "activity"]).groupby(
        ["as_of", "employee"])["activity"]  # fmt: skip
    return [tuple(found) for _, found in lists if len(found) > 1]


def test_without_lightfms_affinity_only_that_column_is_another(with_and_without):
    (rows, _), (bare, _) = with_and_without
    assert rows.features["affinity"].notna().mean() > 0.8
    assert bare.features["affinity"].isna().all()
    pd.testing.assert_frame_equal(rows.features.drop(columns="affinity"),
                                  bare.features.drop(columns="affinity"))  # fmt: skip


def test_without_lightfms_affinity_the_ranking_is_another(with_and_without):
    (rows, stages), (bare, bare_stages) = with_and_without
    ours = orders(rows, stages.registers.predict(rows.features))
    fitted_without = orders(bare, bare_stages.registers.predict(bare.features))
    asked_without = orders(bare, stages.registers.predict(bare.features))
    assert len(ours) > 1000
    for other in (fitted_without, asked_without):
        differ = np.mean([one != two for one, two in zip(ours, other, strict=True)])
        assert differ > 0.005


def test_affinity_alone_orders_better_than_chance(with_and_without):
    rows, _ = with_and_without[0]
    known = rows.where(rows.features["affinity"].notna().to_numpy())
    by_affinity = mean_ndcg(known, known.features["affinity"].to_numpy(float))
    by_chance = mean_ndcg(known, np.random.default_rng(1).random(len(known)))
    assert by_affinity > by_chance + 0.05
