"""Both models of a checkerboard company: the right answers are known."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from features.errors import NotReadyError
from training import rolling
from training.backtest import counts_known
from training.fitting import fit_models
from training.labels import labels_from
from training.plan import Block
from training.predicting import Now
from training.report import draw_pictures, figures, flat
from training.rows import Asked, build_rows
from training.usual import usual_values


@pytest.fixture(scope="module")
def now(fitted, history, until, employee_features):
    at = pd.to_datetime(until, unit="us", utc=True)
    rows = pd.DataFrame({"employee_id": history.people.ids, "event_timestamp": at})
    own = employee_features(rows).drop(columns=list(rows.columns))
    return Now(fitted.models, history, until, own)


def everyone(history):
    return np.arange(history.n_employees)


@pytest.mark.parametrize("stage", ["launch", "open"])
def test_each_function_is_forecast_for_what_it_likes(now, history, stage):
    rd = np.arange(history.n_employees) % 2 == 1
    for activity, likes in (("soon-quiz", rd), ("soon-games", ~rd)):
        found = now.predict(history.activity_index(activity), everyone(history), stage)
        assert found.counts_attendance
        assert (found.participates < found.registers).all()
        assert 0.5 < found.registers[likes].mean() < 0.85
        assert found.registers[~likes].mean() < 0.25
        assert found.registers[likes].min() > found.registers[~likes].max()


def test_a_forecast_lies_near_what_comes_of_such_activities(now, history):
    activity = history.activity_index("soon-quiz")
    pairs = now.predict(activity, everyone(history), "launch")
    draws = now.simulate(activity, pairs)
    low, middle, high = draws.quantiles([0.05, 0.5, 0.95])
    assert low < draws.expected() < high
    assert 24 < middle < 36  # 0.9 * 40 * (0.7 + 0.1)


def test_employees_asked_together_or_alone_get_the_same(now, history):
    activity = history.activity_index("soon-quiz")
    for stage in ("launch", "open"):
        whole = now.predict(activity, everyone(history), stage)
        some = now.predict(activity, np.array([7, 3]), stage)
        np.testing.assert_allclose(some.participates, whole.participates[[7, 3]], rtol=1e-6)


def test_the_same_seed_gives_paired_draws(now, history):
    activity = history.activity_index("soon-quiz")
    pairs = now.predict(activity, everyone(history), "launch")
    one, two = now.simulate(activity, pairs, 3), now.simulate(activity, pairs, 3)
    np.testing.assert_array_equal(one.participates, two.participates)


def test_past_counts_know_how_much_their_models_had_learnt_from(fitted, history, until):
    seen, p, refits = fitted.launch.seen, fitted.launch.probability, fitted.refits
    starts = labels_from(history).starts
    called_off = history.activity_index("called-off")
    past = counts_known(history, seen, p, until, refits)
    assert len(past) > 20
    for count in past:
        started = starts < max(at for at in refits if at <= count.as_of)
        assert count.learnt == started.sum() - started[called_off]
    # a model forecasts from its very moment on; before the first one none does
    moment = past[-1].as_of
    found = counts_known(history, seen, p, until, [moment])
    assert {count.learnt for count in found if count.as_of < moment} == {0}
    assert all(count.learnt for count in found if count.as_of >= moment)


def test_figures_stand_beside_baselines_and_beat_them(fitted):
    found = figures(fitted)
    assert found["launch"]["log_loss"] < found["launch base rate"]["log_loss"] - 0.1
    assert found["launch"]["log_loss"] < found["launch own rate"]["log_loss"]
    assert found["ranking"]["ndcg_at_10"] >= found["ranking popularity"]["ndcg_at_10"]
    assert found["launch"]["auc"] > 0.75
    assert set(found["counts"]) == set(found["counts past"])
    names = flat(found)
    assert names["launch_base_rate.log_loss"] == found["launch base rate"]["log_loss"]


def test_the_forecasts_that_judge_saw_nothing_of_their_activities(fitted, until):
    for judged in (fitted.launch, fitted.open):
        assert (judged.seen.as_of >= fitted.refits[0]).all()
        assert (judged.seen.starts < until).all()
        assert (judged.seen.as_of < judged.seen.starts).all()
        assert len(judged.seen)


def test_pictures_are_drawn(fitted, tmp_path):
    drawn = draw_pictures(fitted, tmp_path / "pictures")
    assert sorted(path.name for path in drawn) == [
        "calibration.png", "gain_by_history.png", "turnout.png",
    ]  # fmt: skip
    assert all(path.read_bytes()[:4] == b"\x89PNG" for path in drawn)


def test_a_company_without_a_past_is_told_to_import_more(history_of, records, until):
    coming = [row for row in records["activities"] if "soon" in row["activity_id"]]
    bare = history_of(records | {"activities": coming, "participations": []})
    with pytest.raises(NotReadyError, match="none has started before 2026-04-06"):
        fit_models(bare, until, None)


def test_a_company_whose_last_activity_is_a_year_ago_learns_and_judges_nothing(
    history_of, records, until
):
    old = [row for row in records["activities"] if row["activity_id"] < "held-05"
           and "held" in row["activity_id"]]  # fmt: skip
    some = {row["activity_id"] for row in old}
    done = [row for row in records["participations"] if row["activity_id"] in some]
    bare = history_of(records | {"activities": old, "participations": done})
    fitted = fit_models(bare, until, None)
    assert len(fitted.launch.seen) == len(fitted.open.seen) == len(fitted.counts) == 0
    assert fitted.models.launch.registers.constant > 0
    assert all(np.isnan(value) for one in figures(fitted).values() for value in one.values())


def rows_of_one(history, **more):
    activity = history.activity_index("held-50")
    labels = labels_from(history)
    block = Block(activity, int(labels.starts[activity]) - 1)
    return replace(build_rows(Asked(history, labels, "launch", []), [block]), **more)


def test_usual_values_count_each_row_as_those_it_stands_for(history):
    rows = rows_of_one(history).where(np.arange(78) < 2)
    features = pd.DataFrame({"known": [1.0, 5.0], "half": [np.nan, 2.0], "none": [np.nan] * 2})
    found = usual_values(replace(rows, features=features, weight=np.array([1.0, 3.0])))
    assert found[["known", "half"]].tolist() == [4.0, 2.0]
    assert np.isnan(found["none"])


def test_rows_that_are_all_yes_are_thinned_too(history):
    rows = rows_of_one(history, registered=np.ones(78, dtype=bool))
    some = rolling._thinned(rows, 7, 40)
    assert 25 < len(some) < 55
    assert some.weight.tolist() == pytest.approx([78 / 40] * len(some))
