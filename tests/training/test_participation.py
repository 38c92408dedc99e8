"""One stage: clean data, degenerate data, the calibration line, saving."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from training.hyperparameters import DEFAULTS
from training.participation import expit, fit_shift, fit_stage, logit
from training.rolling import Stages
from training.saving import load_stages, save_stages
from training.starting import common

N = 3000


def clean(seed=1, n=N):
    """(features, outcome): the more often one attended, the likelier one comes; and noise."""
    rng = np.random.default_rng(seed)
    attended = rng.integers(0, 10, n) / 10
    features = pd.DataFrame({
        "rate_any": np.clip(attended, 0.05, 0.95), "evidence_any": rng.random(n),
        "noise": rng.normal(size=n),
    }).astype(np.float32)  # fmt: skip
    return features, rng.random(n) < 0.05 + 0.8 * attended


@pytest.fixture(scope="module")
def stage():
    features, outcome = clean()
    return fit_stage(features, outcome, np.ones(N), -0.1)


def test_more_past_attendance_never_lowers_participation(stage):
    rates = np.linspace(0.05, 0.95, 10)
    for evidence in (0.1, 0.5, 0.9):
        rows = pd.DataFrame({"rate_any": rates, "evidence_any": evidence, "noise": 0.0})
        found = stage.predict(rows.astype(np.float32))
        assert (np.diff(found) > -0.01).all()
        assert found[-1] > found[0] + 0.4


def test_probabilities_are_those_that_made_the_data():
    (learnt, outcome), (features, _) = clean(), clean(2)
    # as in rows: the rates that regression reads beside those that boosting reads
    learnt, features = (some.assign(plain_rate_any=some["rate_any"]) for some in (learnt, features))
    found = fit_stage(learnt, outcome, np.ones(N)).raw(features)
    true = 0.05 + 0.8 * np.clip(features["rate_any"].to_numpy(float), 0.0, 0.9)
    assert np.abs(found - true).mean() < 0.06
    assert ((found > 0) & (found < 1)).all()


def test_the_order_of_rows_and_columns_does_not_matter(stage):
    features, outcome = clean()
    order = np.random.default_rng(3).permutation(N)
    shuffled = fit_stage(features.iloc[order], outcome[order], np.ones(N), -0.1)
    np.testing.assert_allclose(shuffled.predict(features), stage.predict(features), atol=0.02)
    turned = features[list(reversed(features.columns))]
    np.testing.assert_array_equal(stage.predict(turned), stage.predict(features))
    some = stage.predict(features.iloc[:7])
    np.testing.assert_allclose(some, stage.predict(features)[:7], rtol=1e-12)


def test_a_row_of_weight_two_counts_as_two():
    features, outcome = clean(n=600)
    weight = np.where(outcome, 2.0, 1.0)
    twice = pd.concat([features, features[outcome]], ignore_index=True)
    one = fit_stage(features, outcome, weight)
    two = fit_stage(twice, np.concatenate([outcome, outcome[outcome]]), np.ones(len(twice)))
    heavier = one.raw(features).mean()
    assert heavier == pytest.approx(two.raw(features).mean(), abs=0.03)
    assert heavier > fit_stage(features, outcome, np.ones(600)).raw(features).mean() + 0.05


@pytest.mark.parametrize("yes", [0, 5])
def test_too_few_of_one_outcome_give_the_base_rate(yes):
    features = clean(n=200)[0]
    outcome = np.arange(200) < yes
    found = fit_stage(features, outcome, np.ones(200))
    for rows in (features, features[["noise"]], features.iloc[:0]):
        np.testing.assert_allclose(found.raw(rows), np.full(len(rows), (yes + 0.5) / 201))
    other = fit_stage(features, ~outcome, np.ones(200)).raw(features)
    np.testing.assert_allclose(other, 1 - found.raw(features))


def test_no_rows_give_even_chances():
    none = fit_stage(clean(n=0)[0], np.zeros(0, dtype=bool), np.zeros(0))
    np.testing.assert_array_equal(none.predict(clean(n=3)[0]), [0.5, 0.5, 0.5])


@pytest.mark.filterwarnings("error")
def test_columns_that_say_nothing_change_nothing():
    features, outcome = clean(n=600)
    half = np.where(np.arange(600) % 2, np.nan, 1).astype(np.float32)
    more = features.assign(same=np.float32(3), unknown=np.float32(np.nan), half=half)
    one, two = (fit_stage(f, outcome, np.ones(600)) for f in (features, more))
    assert not {"same", "unknown"} & set(two.columns)
    np.testing.assert_allclose(one.predict(features), two.predict(more), atol=0.02)
    assert np.isfinite(two.predict(more)).all()


def test_values_unknown_when_asked_are_taken_as_usual(stage):
    features, _ = clean(2)
    found = stage.predict(features.assign(rate_any=np.float32(np.nan)))
    assert np.isfinite(found).all()
    assert found.mean() == pytest.approx(stage.predict(features).mean(), abs=0.2)
    np.testing.assert_array_equal(stage.predict(features.drop(columns="rate_any")), found)


def test_a_value_beyond_all_seen_stays_a_probability(stage):
    features = clean(2)[0].assign(evidence_any=np.float32(1e9), noise=np.float32(-1e9))
    assert np.isfinite(stage.predict(features)).all()


def test_boosting_and_regression_read_rates_of_their_own():
    features, outcome = clean()
    features["plain_rate_any"] = features["rate_any"]
    fitted = fit_stage(features, outcome, np.ones(N))
    assert set(fitted.columns) == {"rate_any", "evidence_any", "noise"}
    assert set(fitted.boosting.feature_name()) == {"plain_rate_any", "noise"}
    none = features.assign(plain_rate_any=np.float32(np.nan), rate_any=np.float32(np.nan))
    by_boosting, by_regression = (replace(fitted, boosting_share=share) for share in (1.0, 0.0))
    for stage, column in ((by_boosting, "rate_any"), (by_regression, "plain_rate_any")):
        moved = features.assign(**{column: none[column]})
        np.testing.assert_array_equal(stage.predict(moved), stage.predict(features))
        assert not np.array_equal(stage.predict(none), stage.predict(features))


def in_common(n_activities):
    """What regression learns of a column that an activity's people share, and of one of their own.

    Both say as much of who comes.
    """
    rng = np.random.default_rng(9)
    activity = np.repeat(np.arange(n_activities), 12_000 // n_activities)
    crowd, own = rng.normal(size=n_activities)[activity], rng.normal(size=len(activity))
    features = pd.DataFrame({"crowd": crowd, "own": own}).astype(np.float32)
    outcome = rng.random(len(activity)) < expit(crowd + own - 1)
    order = rng.permutation(len(activity))
    fitted = fit_stage(
        features.iloc[order], outcome[order], np.ones(len(activity)), activity=activity[order]
    )
    return dict(zip(fitted.columns, np.abs(fitted.weights), strict=True))


def test_what_an_activitys_people_share_is_held_back_where_activities_were_few():
    few, some, many = (in_common(n) for n in (20, 60, 600))
    assert few["crowd"] < 0.05 < 0.5 < some["own"]
    assert few["crowd"] / few["own"] < some["crowd"] / some["own"] < 0.95
    assert many["crowd"] / many["own"] > 0.97


def test_where_each_activity_had_one_person_all_is_learnt_from_people():
    features, outcome = clean(n=100)
    alone = fit_stage(features, outcome, np.ones(100), activity=np.arange(100))
    unsaid = fit_stage(features, outcome, np.ones(100))
    np.testing.assert_array_equal(alone.weights, unsaid.weights)
    assert np.abs(alone.weights).max() > 0.3


def test_what_is_in_common_is_so_at_each_moment_that_an_activity_was_asked_about():
    inputs = np.array([[1.0, 1.0], [1.0, 2.0], [2.0, 3.0], [2.0, 4.0], [5.0, 5.0]])
    activity, moment = np.array([0, 0, 0, 0, 1]), np.array([1, 1, 2, 2, 2])
    assert common(inputs, activity).tolist() == [False, False]
    assert common(inputs, activity, moment).tolist() == [True, False]
    order = [3, 0, 4, 2, 1]
    assert common(inputs[order], activity[order], moment[order]).tolist() == [True, False]
    assert common(inputs, np.arange(5)).tolist() == [True, True]


# one tree, so small a step that what is forecast is what trees start from
ONE_TREE = replace(DEFAULTS, max_iter=1, learning_rate=1e-6)


def of_functions(n_activities=100, told=1.0, luck=0.5, people=30):
    """(features, outcome, activity) of people of two functions at each of many activities.

    What is expected of a function comes true in log-odds, up to the luck of the activity, if `told`
    is 1; if it is 0, it has nothing to do with what happens. `notice_days` tells activities apart.
    """
    rng = np.random.default_rng(5)
    activity = np.repeat(np.arange(n_activities), people)
    features, _ = clean(5, len(activity))
    technical = (rng.random(len(activity)) < 0.5).astype(int)
    expected, true = rng.normal(-0.5, 1.2, (2, n_activities, 2))
    true = told * expected + (1 - told) * true
    odds = true[activity, technical] + luck * rng.normal(size=n_activities)[activity]
    features["function_expected"] = expected[activity, technical].astype(np.float32)
    features["notice_days"] = rng.permutation(n_activities)[activity].astype(np.float32)
    return features, rng.random(len(activity)) < expit(odds), activity


def trees_start(features, outcome, activity):
    """The stage, and the log-odds that its trees start from."""
    fitted = fit_stage(
        features, outcome, np.ones(len(outcome)), activity=activity, hyperparameters=ONE_TREE
    )
    return fitted, logit(replace(fitted, boosting_share=1.0).raw(features))


def test_trees_start_from_what_is_expected_of_a_function():
    features, outcome, activity = of_functions()
    fitted, found = trees_start(features, outcome, activity)
    np.testing.assert_allclose(found, features["function_expected"], atol=0.01)
    _, unknown = trees_start(features.drop(columns="function_expected"), outcome, activity)
    np.testing.assert_allclose(unknown, logit(outcome.mean()), atol=0.01)
    without = replace(fitted, boosting_share=1.0).raw(features.drop(columns="function_expected"))
    # the mean stands in for what is not known
    assert np.ptp(without) < 0.01
    assert without.mean() == pytest.approx(outcome.mean(), abs=0.07)


@pytest.mark.parametrize(("n_activities", "least", "most"), [(10, 0.9, 1.0), (400, 0.0, 0.3)])
def test_what_never_came_true_is_no_start_once_that_is_known(n_activities, least, most):
    features, outcome, activity = of_functions(n_activities, told=0.0)
    fitted, _ = trees_start(features, outcome, activity)
    # of one more in what is expected, by how much more trees start from
    place = fitted.columns.index("function_expected")
    assert least <= fitted.start[1] / fitted.scale[place] <= most


def test_trees_do_not_learn_by_heart_how_lucky_activities_were():
    features, outcome, activity = of_functions(40, luck=1.0, people=200)
    several = replace(DEFAULTS, min_samples_leaf=20)
    fitted = fit_stage(
        features, outcome, np.ones(len(outcome)), activity=activity, hyperparameters=several
    )
    found = logit(replace(fitted, boosting_share=1.0).raw(features))
    away = pd.Series(found - features["function_expected"]).groupby(activity).mean()
    luck = logit(pd.Series(outcome).groupby(activity).mean().clip(0.02, 0.98)) - logit(
        pd.Series(expit(features["function_expected"])).groupby(activity).mean()
    )
    assert np.std(luck) > 0.8
    assert abs(np.polyfit(luck, away, 1)[0]) < 0.05


def test_once_people_answer_trees_start_from_a_line_over_what_was_expected():
    features, outcome, activity = of_functions()
    opened = features.assign(registered_so_far=np.float32(activity % 7))
    _, found = trees_start(opened, outcome, activity)
    slope, _ = np.polyfit(features["function_expected"], found, 1)
    assert 0.5 < slope < 0.8


def test_what_is_expected_of_all_alike_is_no_start_for_trees():
    features, outcome, activity = of_functions()
    usual = np.random.default_rng(7).normal(size=100)[activity].astype(np.float32)
    fitted, found = trees_start(features.assign(function_expected=usual), outcome, activity)
    assert fitted.start == (0.0, 0.0)
    np.testing.assert_allclose(found, logit(outcome.mean()), atol=0.01)


@pytest.mark.filterwarnings("error")
def test_trees_start_from_no_certainty_where_what_was_expected_always_came_true():
    features, _, activity = of_functions()
    expected = np.random.default_rng(8).normal(size=N).astype(np.float32)
    for more in ({}, {"registered_so_far": np.float32(activity % 7)}):
        told = features.assign(function_expected=expected, **more)
        fitted, _ = trees_start(told, expected > 0, activity)
        known = told.assign(function_expected=np.float32(0.7))
        (found,) = np.unique(replace(fitted, boosting_share=1.0).raw(known).round(4))
        assert 0.6 < found < 0.9999


def test_the_start_of_trees_is_saved_with_them(tmp_path):
    features, outcome, activity = of_functions(20)
    fitted = fit_stage(features, outcome, np.ones(600), activity=activity)
    assert fitted.start[1] > 0
    save_stages(Stages(fitted, fitted), tmp_path / "stages")
    loaded = load_stages(tmp_path / "stages")
    assert loaded.registers.start == fitted.start
    np.testing.assert_array_equal(loaded.attends.predict(features), fitted.predict(features))


def test_columns_in_another_order_give_the_same(stage):
    features, _ = clean(2)
    np.testing.assert_array_equal(stage.predict(features[features.columns[::-1]]),
                                  stage.predict(features))  # fmt: skip


@pytest.mark.parametrize("moments", [1, 2])
def test_boosting_is_heeded_the_more_outcomes_of_both_kinds_an_activity_had(moments):
    shares = []
    for n, people in ((600, 6), (600, 100), (3000, 100), (3000, 300)):
        features, outcome = clean(n=n)
        asked = np.arange(n) // people
        fitted = fit_stage(features, outcome, np.ones(n),
                           activity=asked // moments, moment=asked % moments)  # fmt: skip
        rarer = min(outcome.sum(), (~outcome).sum()) / (n / people)
        assert fitted.boosting_share == pytest.approx(max(0.4, rarer / (rarer + 10)))
        shares.append(fitted.boosting_share)
    assert shares[0] == 0.4 < shares[1] < shares[3]
    assert shares[1] == pytest.approx(shares[2], abs=0.05)


def test_a_shift_undoes_what_was_planted():
    rng = np.random.default_rng(4)
    raw = expit(rng.normal(-1, 1.2, 600_000))
    outcome = rng.random(len(raw)) < expit(logit(raw) + 0.4)
    found = fit_shift(raw, outcome, np.ones(len(raw)))
    assert found == pytest.approx(0.4, abs=0.04)
    assert expit(logit(raw) + found).mean() == pytest.approx(outcome.mean(), abs=0.003)


def test_a_shift_from_little_leans_on_nothing():
    assert fit_shift(np.zeros(0), np.zeros(0, dtype=bool), np.zeros(0)) == 0
    few = fit_shift(np.full(5, 0.5), np.ones(5, dtype=bool), np.ones(5))
    assert 0 < few < 0.1
    wild = fit_shift(np.full(90_000, 0.5), np.ones(90_000, dtype=bool), np.ones(90_000))
    assert wild == 2


def test_log_odds_and_probabilities_are_inverse_and_finite_at_the_ends():
    p = np.array([0.0, 1e-9, 0.2, 0.5, 1.0])
    np.testing.assert_allclose(expit(logit(p)), np.clip(p, 1e-5, 1 - 1e-5))


def test_saved_and_loaded_both_stages_predict_the_same(stage, tmp_path):
    features, _ = clean(2)
    base = fit_stage(features, np.zeros(N, dtype=bool), np.ones(N))
    save_stages(Stages(stage, base), tmp_path / "stages")
    loaded = load_stages(tmp_path / "stages")
    np.testing.assert_array_equal(loaded.registers.predict(features), stage.predict(features))
    np.testing.assert_array_equal(loaded.attends.predict(features), base.predict(features))
    assert (loaded.registers.shift, loaded.registers.boosting_share) == (
        -0.1, stage.boosting_share)  # fmt: skip
    assert not [path for path in tmp_path.rglob("*") if path.suffix in (".pkl", ".pickle")]
