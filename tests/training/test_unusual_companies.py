"""Companies with next to nothing to learn from are still forecast, widely; ids say nothing."""

import numpy as np
import pytest

from features.errors import NotReadyError
from features.history.columns import DAY
from features.pairs.features import pair_features
from features.pairs.moment import Moment
from features.pairs.plain import DIGITS, PREFIX
from training.fitting import fit_models
from training.predicting import Now


def kept(records, activities=None, people=None):
    """The records of these activities (beside those to come) and people alone."""

    def of(row):
        activity, person = row.get("activity_id"), row.get("employee_id")
        held = activity is not None and activity.startswith("held-")
        left_out = held and activities is not None and activity not in activities
        gone = person is not None and people is not None and person not in people
        return not (left_out or gone)

    return {name: [row for row in rows if of(row)] for name, rows in records.items()}


def forecast(history, until, stage="launch"):
    """(probabilities, draws) of the quiz to come, by models fitted on the history."""
    now = Now(fit_models(history, until, None).models, history, until)
    quiz = history.activity_index("soon-quiz")
    pairs = now.predict(quiz, np.arange(history.n_employees), stage)
    return pairs.participates, now.simulate(quiz, pairs)


@pytest.mark.parametrize(
    "only",
    [
        {"activities": {"held-61"}},
        {"people": {"P01", "P02", "P03"}},
        {"activities": {"held-60", "held-61"}, "people": {"P01", "P02", "P03"}},
    ],
    ids=["one activity", "three people", "two activities of three people"],
)
def test_a_company_of_next_to_nothing_is_forecast_widely(only, company, history_of, until):
    history = history_of(kept(company(), **only))
    p, draws = forecast(history, until)
    assert ((p > 0) & (p < 1)).all()
    low, _, high = draws.quantiles([0.05, 0.5, 0.95])
    n = history.n_employees
    assert low < draws.expected() < high
    # wider than a coin for each would be
    assert high - low >= min(n - 1, 2 * 1.64 * np.sqrt((p * (1 - p)).sum()))


def test_without_history_there_is_one_clear_refusal(company, history_of, until):
    with pytest.raises(NotReadyError, match="import more history"):
        forecast(history_of(kept(company(), activities=set())), until)


def test_tables_that_are_absent_are_done_without(company, history_of, until):
    records = company()
    bare = {name: records[name] for name in ("employees", "activities", "participations")}
    p, _ = forecast(history_of(bare), until)
    rd = np.arange(len(p)) % 2 == 1
    assert p[rd].mean() > p[~rd].mean() + 0.3


@pytest.mark.parametrize("stage", ["launch", "open"])
def test_other_ids_in_another_order_change_no_feature(stage, company, history_of, until):
    records = company()
    people = {f"P{n:02}": f"X{(n * 37) % 80:02}" for n in range(80)}
    names = {f"held-{n:02}": f"h{(n * 23) % 62:02}" for n in range(62)}

    def renamed(row):
        new = {
            "employee_id": people.get(row.get("employee_id")),
            "activity_id": names.get(row.get("activity_id"), row.get("activity_id")),
        }
        return row | {name: value for name, value in new.items() if name in row}

    other = {name: [renamed(row) for row in rows] for name, rows in records.items()}
    found = []
    for history, ids in ((history_of(records), list(people)),
                         (history_of(other), list(people.values()))):  # fmt: skip
        employees = np.array([list(history.people.ids).index(one) for one in ids])
        moment = Moment(history, until - 7 * DAY)
        quiz = history.activity_index("soon-quiz")
        found.append(pair_features(moment, quiz, employees, stage))
    assert set(found[0]) == set(found[1])
    for name, values in found[0].items():
        # sums of another order; where a rounded one is at an edge, one step of it
        step = 1.1 * 10**-DIGITS if name.startswith(PREFIX) else 2e-5
        np.testing.assert_allclose(found[1][name], values, rtol=2e-4, atol=step, err_msg=name)
