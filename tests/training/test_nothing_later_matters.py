"""What is done at or after a moment changes no model fitted, and nothing forecast, as of it."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from features.history.columns import DAY, micros
from features.pairs.plain import DIGITS, PREFIX
from features.tables.schemas import PARTICIPATION_KINDS
from training.affinity import fit_as_time_goes
from training.backtest import backtest_launch, backtest_ranking
from training.labels import labels_from
from training.plan import lead_blocks
from training.predicting import Now
from training.rolling import fit_stages
from training.rows import Asked, build_rows

MOMENT = datetime(2026, 2, 2, tzinfo=UTC)
AT = micros(MOMENT)
HOUR = timedelta(hours=1)


def later(records, seed):
    """Arbitrary records at or after the moment, of people and activities old and new."""
    rng = np.random.default_rng(seed)
    people = [f"P{n:02}" for n in range(80)] + ["A00", "N99"]
    held = [row["activity_id"] for row in records["activities"] if row["starts_at"] < MOMENT]

    def after():
        return MOMENT + int(rng.choice([0, 1, 50, 900])) * HOUR

    def pick(values):
        return values[int(rng.integers(len(values)))]

    done = [
        {"participation_id": f"later{n}", "employee_id": pick(people), "activity_id": activity,
         "kind": pick(PARTICIPATION_KINDS), "occurred_at": after(), "value": 2.0}
        for n, activity in enumerate([*held[-9:], "soon-quiz", "new", *held[:5]] * 12)
    ]  # fmt: skip
    person = records["employees"][4]
    new = [person | {"employee_id": name, "hired_at": after()} for name in ("A00", "N99")]
    moved = [row | {"valid_from": after(), "function": pick(("R&D", "sales")), "city": "西安"}
             for row in records["employees"][::7]]  # fmt: skip
    changed = [
        row | {"valid_from": after(), "starts_at": row["starts_at"] + 900 * HOUR,
               "tags": json.dumps({"games": 0.5, "new": 0.5}), "template": "new"}
        for row in records["activities"][50:]
    ]  # fmt: skip
    unseen = records["activities"][9] | {"activity_id": "new", "valid_from": after()}
    kept = [row for row in records["participations"] if row["occurred_at"] < MOMENT]
    return records | {
        "employees": [*records["employees"], *new, *moved],
        "activities": [*records["activities"], *changed, unseen],
        "memberships": [*records["memberships"], *(
            {"employee_id": pick(people), "project_group_id": pick(("G1", "G99")),
             "started_at": after()} for _ in range(30))],
        "participations": kept + done,
        "survey_answers": [{"employee_id": pick(people), "topic": pick(("quiz", "games")),
                            "answered_at": after(), "rating": 5.0} for _ in range(60)],
        "interactions": [{"employee_id": pick(people), "other_employee_id": pick(people),
                          "day": after().date(), "channel": "chat", "n_messages": 5}
                         for _ in range(60)],
    }  # fmt: skip


def learnt(history, fits, until=AT):
    """Training rows of activities that had started by the moment, and the stages they give."""
    asked = Asked(history, labels_from(history), "launch", fits)
    blocks = [
        block for block in lead_blocks(history, 0, until, 14) if block.as_of >= AT - 250 * DAY
    ]
    rows = build_rows(asked, blocks)
    return rows, fit_stages(rows, AT)


def assert_same_rows(one, two):
    """But for sums of another order: where a rounded one is at an edge, one step of it."""
    rounded = [name for name in one if name.startswith(PREFIX)]
    assert rounded
    assert list(one) == list(two)
    pd.testing.assert_frame_equal(
        one.drop(columns=rounded), two.drop(columns=rounded), rtol=1e-5, atol=1e-6
    )
    np.testing.assert_allclose(one[rounded], two[rounded], rtol=0, atol=1.1 * 10**-DIGITS)
    assert (one[rounded].to_numpy() != two[rounded].to_numpy()).mean() < 1e-4


def keyed(rows, history):
    frame = rows.features.assign(
        employee=history.people.ids[rows.employee], activity=history.activities.ids[rows.activity],
        as_of=rows.as_of, registered=rows.registered, attended=rows.attended,
    )  # fmt: skip
    return frame.sort_values(["as_of", "activity", "employee"]).reset_index(drop=True)


@pytest.fixture(scope="module")
def models(fitted):
    return fitted.models


@pytest.mark.parametrize("seed", range(3))
def test_training_rows_fits_and_forecasts_stay_the_same(seed, records, history_of, models):
    """As of the moment, whether or not the tables go on: what is read is cut at it."""
    found, fitted = [], None
    for given in (records, later(records, seed)):
        history = history_of(given, MOMENT)
        fits = fit_as_time_goes(history, [AT - 200 * DAY, AT - 90 * DAY, AT])
        rows, stages = learnt(history, fits)
        # stages are made of rows alone; trees of rows that differ in a last digit are others
        fitted = fitted or (stages, fits[-1])
        activity = history.activity_index("held-58")
        now = Now(replace(models, launch=fitted[0], affinity=fitted[1]), history, AT)
        pairs = now.predict(activity, np.flatnonzero(history.invited(activity, AT - 1)), "launch")
        draws = now.simulate(activity, pairs)
        found.append((keyed(rows, history), pairs, draws))
    (rows, pairs, draws), (rows_2, pairs_2, draws_2) = found
    assert_same_rows(rows, rows_2)
    # the same, but for those whom a last digit puts on the other side of a tree's step
    apart = np.abs(pairs.participates - pairs_2.participates)
    assert (apart > 1e-5).mean() < 0.05
    assert apart.max() < 0.02
    assert (draws.participates != draws_2.participates).mean() < 1e-3
    assert draws.late.tolist() == draws_2.late.tolist()


@pytest.mark.parametrize("seed", range(3))
def test_features_and_affinity_are_those_of_a_history_that_ends_there(seed, records, history_of):
    """Nothing need be cut for features: each row reads what was known before its own moment."""
    frames = []
    for given in (records, later(records, seed)):
        history = history_of(given)
        fits = fit_as_time_goes(history, [AT - 200 * DAY, AT - 90 * DAY])
        blocks = lead_blocks(history_of(records), 0, AT, 14)
        names = history_of(records).activities.ids
        blocks = [replace(block, activity=history.activity_index(names[block.activity]))
                  for block in blocks if block.as_of >= AT - 60 * DAY]  # fmt: skip
        rows = build_rows(Asked(history, labels_from(history), "launch", fits), blocks)
        frames.append(keyed(rows, history).drop(columns=["registered", "attended"]))
    assert len(frames[0]) > 300
    assert frames[0]["affinity"].notna().any()
    assert_same_rows(*frames)


def late_records(records):
    """Without what was done about two activities held before, and with it recorded later."""
    late = [row for row in records["participations"]
            if row["activity_id"] in ("held-53", "held-54")]  # fmt: skip
    assert late
    kept = [row for row in records["participations"] if row not in late]
    late = [row | {"recorded_at": MOMENT} for row in late]
    return [records | {"participations": kept}, records | {"participations": kept + late}]


def test_outcomes_recorded_later_are_not_learnt_from(records, history_of):
    """What was recorded at the moment or later changes no model fitted at it."""
    found = []
    for given in late_records(records):
        history = history_of(given)
        rows, stages = learnt(history, [])
        found.append((rows, stages.registers.predict(rows.features)))
    (rows, one), (_, two) = found
    assert (rows.starts < AT).all()
    np.testing.assert_allclose(one, two, rtol=1e-6)


def ended_and_not(records):
    """Half the company with nothing done from the moment on, and with it."""
    half = {f"P{n:02}" for n in range(40)}
    some = {table: [row for row in rows if row.get("employee_id", "P00") in half]
            for table, rows in records.items()}  # fmt: skip
    some["activities"] = records["activities"][30:]
    known = {row["activity_id"] for row in some["activities"]}
    done = [row for row in some["participations"] if row["activity_id"] in known]
    ended = [row for row in done if row["occurred_at"] < MOMENT]
    return some | {"participations": ended}, some | {"participations": done}


def assert_same_before(one, two, *outcomes):
    """Of the activities whose outcome is on record in both."""
    two = two[two["activity_id"].isin(one["activity_id"])]
    one, two = (table[table["as_of"] < MOMENT].drop(columns=list(outcomes)).reset_index(drop=True)
                for table in (one, two))  # fmt: skip
    assert len(one) >= 3
    pd.testing.assert_frame_equal(one, two, rtol=1e-6)


def test_a_backtest_forecasts_as_if_it_ended_there(records, history_of):
    """Forecasts made before the moment are the same, whatever is done after it."""
    one, two = (backtest_launch(history_of(given), None, AT - 33 * DAY, AT + 30 * DAY, 14)
                for given in ended_and_not(records))  # fmt: skip
    assert_same_before(one.pairs, two.pairs, "outcome")
    # where a count fell is told by the count
    assert_same_before(one.headcounts, two.headcounts, "count", "pit_low", "pit_high")
    assert_same_before(one.teams, two.teams, "count")


def test_a_replayed_ranking_ranks_as_if_it_ended_there(records, history_of):
    one, two = (backtest_ranking(history_of(given), None, AT - 33 * DAY, AT + 30 * DAY, 30)
                for given in ended_and_not(records))  # fmt: skip
    assert_same_before(one, two, "outcome")


KINDS = [kind for kind in PARTICIPATION_KINDS if kind != "invited"]


@pytest.mark.parametrize("occurred", [MOMENT - 9 * HOUR, MOMENT, MOMENT + 9 * HOUR])
def test_before_launch_no_forecast_reads_what_is_done_about_the_activity_itself(
    occurred, records, history_of, models
):
    """Of any kind but `invited`: an invitation by name makes the audience another one."""
    own = [
        {"participation_id": f"own{n}", "employee_id": f"P{n:02}", "activity_id": "held-58",
         "kind": KINDS[n % len(KINDS)], "occurred_at": occurred, "value": 5.0}
        for n in range(66)
    ]  # fmt: skip
    bare = [row for row in records["participations"] if row["activity_id"] != "held-58"]
    found = []
    for done in (bare, bare + own):
        history = history_of(records | {"participations": done})
        now = Now(models, history, AT)
        activity = history.activity_index("held-58")
        everyone = np.arange(history.n_employees)
        pairs = now.predict(activity, everyone, "launch")
        draws = now.simulate(activity, pairs)
        opened = now.predict(activity, everyone, "open")
        found.append((pairs, draws, opened))
    (one, draws, opened), (two, draws_2, opened_2) = found
    pd.testing.assert_frame_equal(one.features, two.features, rtol=1e-5)
    np.testing.assert_allclose(one.participates, two.participates, rtol=1e-5)
    assert draws.count().tolist() == draws_2.count().tolist()
    # once open the same is read, if it was done before
    changed = not np.allclose(opened.participates, opened_2.participates)
    assert changed == (occurred < MOMENT)
