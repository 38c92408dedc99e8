"""The tables of a launch report, its leads, and that no few people are told of."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.history.columns import micros
from training.backtest import backtest_launch, forecasts_of, replay_launch
from training.backtest_report import launch_report, lead_figures
from training.count_coverage import coverage_by_size, pit_masses, surprises
from training.group_reliability import MERGED, merged_groups, reliability_by, with_groups
from training.horizons import at_leads
from training.metrics import LEVELS
from training.plan import lead_blocks
from training.size_classes import classes, lower_edge
from training.team_counts import SMALLEST_TEAM, TEAM_COLUMNS

START, END = (micros(pd.Timestamp(day, tz="UTC")) for day in ("2026-02-01", "2026-03-01"))


@pytest.fixture(scope="module")
def replay(history, employee_features):
    return replay_launch(history, employee_features, START, END, 14)


@pytest.fixture(scope="module")
def found(replay, history):
    return forecasts_of(replay, lead_blocks(history, START, END, 14))


@pytest.fixture(scope="module")
def report(history, found):
    return launch_report(history, found)


def test_a_replay_in_two_steps_is_the_backtest(found, history, employee_features):
    at_once = backtest_launch(history, employee_features, START, END, 14)
    for name in ("pairs", "headcounts", "teams"):
        pd.testing.assert_frame_equal(getattr(at_once, name), getattr(found, name))


def test_no_bin_of_the_curve_holds_fewer_than_five_people(history, found, report):
    assert len(report.reliability) == 15
    one = found.headcounts["activity_id"].iloc[0]
    few = found.pairs[found.pairs["activity_id"] == one]
    for n in (4, 5, 14, 40):
        pairs = few.sort_values("employee_id").head(n)
        part = replace(found, pairs=pairs, headcounts=found.headcounts.head(1),
                       teams=found.teams[found.teams["activity_id"] == one])  # fmt: skip
        table = launch_report(history, part).reliability
        assert len(table) == min(15, n // SMALLEST_TEAM)
        assert (table["n"] >= SMALLEST_TEAM).all()
    # four people are few, however often they were asked
    people = found.pairs["employee_id"].unique()[:4]
    pairs = found.pairs[found.pairs["employee_id"].isin(people)]
    assert len(pairs) > SMALLEST_TEAM
    assert not len(launch_report(history, replace(found, pairs=pairs)).reliability)


def test_the_main_lead_forecast_anew_is_the_same(replay, found):
    again = at_leads(replay, START, END, (14,))[14]
    pd.testing.assert_frame_equal(again.pairs, found.pairs)
    pd.testing.assert_frame_equal(again.headcounts, found.headcounts)


def test_each_lead_forecasts_the_same_activities_from_its_own_moment(replay, found):
    by_lead = at_leads(replay, START, END, (3, 30))
    starts = found.pairs.set_index("activity_id")["as_of"].groupby(level=0).first()
    for lead, forecast in by_lead.items():
        assert set(forecast.headcounts["activity_id"]) == set(found.headcounts["activity_id"])
        moved = forecast.headcounts.set_index("activity_id")["as_of"] - starts
        assert (moved == pd.Timedelta(days=14 - lead)).all()
    figures = lead_figures({14: found, **by_lead})
    assert figures["lead"].tolist() == [3, 14, 30]
    assert (figures["log_loss"] < figures["own_rate_log_loss"]).all()


def test_at_another_lead_nothing_later_matters(records, history_of, employee_features):
    """Forecasts 30 days ahead are the same, whatever is done afterwards."""
    late = micros(pd.Timestamp("2026-01-20", tz="UTC"))

    def forecast(given):
        history = history_of(given)
        replay = replay_launch(history, employee_features, late, END, 14)
        return at_leads(replay, late, END, (30,))[30].pairs

    whole = forecast(records)
    since = whole["as_of"].min()
    records["participations"] = [row for row in records["participations"]
                                 if pd.Timestamp(row["occurred_at"]) < since]  # fmt: skip
    cut = forecast(records)
    first = whole["as_of"] == since
    pd.testing.assert_series_equal(whole["probability"][first], cut["probability"][first])


def test_teams_are_large_enough_and_their_counts_are_those_of_their_people(found, history):
    teams = found.teams
    assert list(teams.columns) == TEAM_COLUMNS
    assert teams["size"].min() >= SMALLEST_TEAM
    assert set(teams["kind"]) == {"function", "project_group", "city"}
    assert (teams[list(LEVELS)].diff(axis=1).iloc[:, 1:] >= 0).all().all()
    function = teams[teams["kind"] == "function"].groupby("activity_id")
    outcome = found.pairs.groupby("activity_id")
    assert (function["size"].sum() == outcome.size()).all()
    assert (function["count"].sum() == outcome["outcome"].sum()).all()
    mean = outcome["probability"].sum()
    assert function["mean"].sum().to_numpy() == pytest.approx(mean.to_numpy())


def test_the_report_holds_each_baseline_and_each_group_on_record(report):
    assert set(report.gains) == {"base_rate", "own_rate", "past_counts"}
    assert set(report.by) == {"function", "city", "tenure", "group_size", "audience_size"}
    own = {gain.metric: gain for gain in report.gains["base_rate"]}
    assert own["log_loss"].high < 0 < own["average_precision"].low
    for table in report.by.values():
        assert table["pairs"].sum() <= report.n_pairs
        assert table["people"].min() >= SMALLEST_TEAM
    assert set(report.by["function"]["group"]) == {"R&D", "customer success"}
    assert report.pit.sum() == pytest.approx(report.n_activities)


def test_groups_are_those_known_at_the_moment(history, found):
    pairs = with_groups(history, found.pairs)
    odd = pairs["employee_id"].str[1:].astype(int) % 2 == 1
    assert (pairs["function"] == np.where(odd, "R&D", "customer success")).all()
    # the last two are in no project group
    assert (pairs["group_size"] == "").equals(pairs["employee_id"].isin(["P78", "P79"]))
    assert len(reliability_by(pairs.assign(city=""), "city")) == 0


@given(st.lists(st.integers(1, 12), min_size=1, max_size=20))
def test_no_few_people_are_shown_or_told_of_by_the_rest(sizes):
    group = pd.Series(np.repeat([f"G{n:02}" for n in range(len(sizes))], sizes))
    person = pd.Series([f"P{n:03}" for n in range(len(group))])
    merged = merged_groups(group, person)
    if sum(sizes) < SMALLEST_TEAM:
        assert not len(merged)
        return
    people = person.groupby(merged).nunique()
    assert people.min() >= SMALLEST_TEAM
    assert people.sum() == len(person)
    shown = merged != MERGED
    assert (merged[shown] == group[shown]).all()


def test_coverage_counts_totals_and_teams_by_size():
    counts = pd.DataFrame({
        "activity_id": ["a", "b", "c"], "size": [6, 300, 3], "count": [2, 90, 1],
        "p05": [1.0, 20, 0], "p95": [3.0, 80, 1],
    })  # fmt: skip
    teams = pd.DataFrame({
        "activity_id": ["a", "b", "b"], "kind": ["city"] * 3, "size": [6, 7, 8],
        "count": [0, 5, 9], "p05": [0.0, 5, 1], "p95": [1.0, 6, 2],
    })  # fmt: skip
    found = coverage_by_size(counts, teams).set_index(["kind", "size_class"])
    assert found.index.tolist() == [("total", "5-9"), ("total", "200-999"), ("city", "5-9")]
    assert found["coverage"].tolist() == pytest.approx([1, 0, 2 / 3])
    city = found.loc[("city", "5-9")]
    assert (city["n"], city["activities"]) == (3, 2)
    assert 0 <= city["low"] < 2 / 3 < city["high"] <= 1


def test_a_count_is_spread_over_its_place():
    places = pd.DataFrame({"pit_low": [0.0, 0.25, 1.0, 0.5], "pit_high": [0.2, 0.35, 1.0, 0.5]})
    found = pit_masses(places)
    assert found.tolist() == pytest.approx([0.5, 0.5, 0.5, 0.5, 0, 1, 0, 0, 0, 1])


def test_surprises_go_from_the_least_to_the_most_and_leave_out_the_small(history):
    ids = history.activities.ids[:4]
    counts = pd.DataFrame({
        "activity_id": ids, "size": [80, 80, 80, 4], "count": [45, 20, 5, 99],
        "p05": [10.0] * 4, "p50": [20.0] * 4, "p95": [40.0] * 4,
    })  # fmt: skip
    found = surprises(history, counts)
    assert found["turnout"].tolist() == [20, 45, 5]
    assert found["surprise"].tolist() == pytest.approx([0, 25 / 20, -15 / 10])
    assert found["starts"].dt.tz is not None
    assert found["title"].str.len().min() > 0


@given(st.integers(0, 5000))
def test_a_class_holds_what_it_says(value):
    name = str(classes(np.array([float(value)]), (0, 5, 200))[0])
    assert lower_edge(name) <= value
    assert name.endswith("+") or value <= int(name.split("-")[1])
