"""What moves a forecast: exact sums, honest errors, the right groups, reasons that are true."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from features.history.columns import DAY, moment
from features.pairs.moment import Moment
from training import explaining
from training.explaining import GROUPS, Explanation, background_of, explanation
from training.predicting import Now
from training.reasons import RULES, own_facts, people_behind, reason_codes, reasons_of
from training.rolling import Stages
from training.usual import as_usual

COMING = "soon-quiz"
THEME, TIME = GROUPS.index("theme"), GROUPS.index("time")


@pytest.fixture(scope="module")
def now(history, until, fitted, employee_features):
    at = pd.to_datetime(until, unit="us", utc=True)
    rows = pd.DataFrame({"employee_id": history.people.ids, "event_timestamp": at})
    own = employee_features(rows).drop(columns=list(rows))
    return Now(fitted.models, history, until, own)


def asked(now, activity_id, stage="launch"):
    activity = now.history.activity_index(activity_id)
    invited = np.flatnonzero(now.history.invited(activity, now.as_of - 1))
    return activity, now.predict(activity, invited, stage)


def points(found):
    return {one.group: one.points for one in found.contributions()}


def usual(now, pairs, background):
    """People x background activities: what they would be forecast there, as busy as ever."""
    everyone, loads = np.arange(now.history.n_employees), now.models.loads
    own = now.employee_features
    load = as_usual(own, own, loads, now.history, everyone, now.as_of - 1)
    own = own.assign(**dict(zip(loads.columns[2:], load.T, strict=True)))
    now = replace(now, employee_features=own)
    nobody = np.zeros(len(pairs.employee_ix), dtype=np.int8)
    return np.stack([
        now.take_part(now.pair_features(other, pairs.employee_ix, "launch"), "launch", nobody,
                      pairs.counts_attendance)[1]
        for other in background.tolist()
    ], axis=1)  # fmt: skip


def test_contributions_add_up_to_the_forecast_less_the_usual_one(now):
    activity, pairs = asked(now, "soon-quiz")
    background = background_of(now, activity, pairs.employee_ix)
    found = explanation(now, activity, pairs, "launch")
    there = usual(now, pairs, background)[found.row, np.searchsorted(background, found.against)]
    assert set(found.against.tolist()) == set(background.tolist())
    np.testing.assert_allclose(
        found.moved.sum(axis=1), pairs.participates[found.row] - there, atol=1e-6
    )
    assert sum(points(found).values()) == pytest.approx(100 * found.moved.sum(axis=1).mean())


def test_answers_to_the_activity_explain_nothing_before_its_launch(
    now, company, history_of, until, fitted
):
    records = company()
    early = [{"participation_id": f"early-{n}", "employee_id": f"P{n:02}", "kind": "registered",
              "activity_id": "soon-quiz", "occurred_at": moment(until - DAY)}
             for n in range(1, 80, 2)]  # fmt: skip
    answered = Now(
        fitted.models, history_of(records | {"participations": records["participations"] + early},
                                  moment(until)), until, now.employee_features,
    )  # fmt: skip
    assert (answered.moment.answers.activity == answered.history.activity_index("soon-quiz")).any()
    one, other = (explanation(each, *asked(each, "soon-quiz"), "launch")
                  for each in (now, answered))  # fmt: skip
    np.testing.assert_allclose(one.moved, other.moved, atol=1e-6)


def test_samples_agree_with_all_people_and_all_background_activities(now):
    activity, pairs = asked(now, "soon-games")
    background = background_of(now, activity, pairs.employee_ix)
    true = 100 * (pairs.participates.mean() - usual(now, pairs, background).mean())
    off = [sum(points(explanation(now, activity, pairs, "launch", seed)).values()) - true
           for seed in range(5)]  # fmt: skip
    assert np.abs(off).max() < 2.5


def test_the_background_is_what_was_held_last_and_never_the_activity_itself(now):
    activity = now.history.activity_index("held-61")
    everyone = np.arange(now.history.n_employees)
    found = now.history.activities.ids[background_of(now, activity, everyone)]
    assert found.tolist() == [f"held-{n}" for n in range(53, 61)]


def test_what_differs_moves_and_what_is_as_ever_does_not(now):
    found = explanation(now, *asked(now, "soon-rd"), "launch")
    moved = points(found)
    assert max(moved, key=lambda group: abs(moved[group])) == "theme"
    assert moved["theme"] > 5
    assert abs(moved["workload"]) < 2
    assert abs(moved["habit"]) < 2


class FewerHours:
    """A stage by which each hour worked takes a hundredth."""

    read = ("hours_28d",)

    def predict(self, features):
        return 0.9 - 0.01 * features["hours_28d"].to_numpy(dtype=float)


class All:
    """A stage of certain attendance."""

    def predict(self, features):
        return np.ones(len(features))


def test_workload_is_told_against_a_usual_time_of_the_team(now):
    """R&D works 20 hours more than it did in the year, the others as much as ever."""
    history, stages = now.history, Stages(FewerHours(), All())
    function = history.teams("function", now.as_of - 1)
    loads = pd.DataFrame({"dimension": "function", "team": ["R&D", "customer success"],
                          "hours_28d": [20.0, 40.0]})  # fmt: skip
    own = now.employee_features.assign(hours_28d=40.0)
    busy = replace(now, models=replace(now.models, launch=stages, loads=loads),
                   employee_features=own)  # fmt: skip
    activity, pairs = asked(busy, "soon-quiz")
    found = explanation(busy, activity, pairs, "launch")
    rd = function[pairs.employee_ix] == "R&D"
    assert points_of(found, rd)["workload"] == pytest.approx(-20)
    # those who are asked may have more or less to do than their team has, as ever
    whole = own.assign(hours_28d=np.where(function == "R&D", 20.0, 40.0))
    as_ever = explanation(busy, activity, pairs, "launch", everyone=whole)
    assert points_of(as_ever, rd)["workload"] == pytest.approx(0, abs=1e-6)
    assert points_of(found, ~rd)["workload"] == pytest.approx(0, abs=1e-6)


def test_nothing_usual_known_of_workload_moves_nothing(now):
    for loads in (None, pd.DataFrame()):
        plain = replace(now, models=replace(now.models, loads=loads))
        moved = points(explanation(plain, *asked(plain, "soon-quiz"), "launch"))
        assert moved["workload"] == 0


def test_errors_are_as_large_as_other_samples_differ(now):
    activity, pairs = asked(now, "soon-games")
    samples = [explanation(now, activity, pairs, "launch", seed).contributions()
               for seed in range(30)]  # fmt: skip
    theme = [one for found in samples for one in found if one.group == "theme"]
    spread = np.std([one.points for one in theme], ddof=1)
    stated = np.sqrt(np.mean([one.error**2 for one in theme]))
    assert 0.6 * spread < stated < 1.6 * spread


def test_the_same_seed_explains_in_the_same_way(now):
    activity, pairs = asked(now, "soon-quiz")
    one, other = (explanation(now, activity, pairs, "launch", seed=3) for _ in range(2))
    assert one.contributions() == other.contributions()


def test_teams_are_told_apart_and_fewer_than_five_people_never(now):
    activity, pairs = asked(now, "soon-quiz")
    found = explanation(now, activity, pairs, "launch")
    rd = now.history.teams("function", now.as_of - 1)[pairs.employee_ix] == "R&D"
    assert points_of(found, rd)["theme"] > 5 > -5 > points_of(found, ~rd)["theme"]
    few = np.zeros(len(rd), dtype=bool)
    few[found.row[:4]] = True
    assert found.contributions(few) == []


def points_of(found, mask):
    return {one.group: one.points for one in found.contributions(mask)}


def test_answers_so_far_are_the_colleagues(now, history_of, records, until):
    """Half of those invited have registered: the forecast rises, and colleagues are why."""
    told = [
        {"participation_id": f"so-far-{n}", "employee_id": f"P{n:02}", "activity_id": "soon-quiz",
         "kind": "registered", "occurred_at": records["activities"][60]["announced_at"]}
        for n in range(0, 78, 2)
    ]  # fmt: skip
    history = history_of(records | {"participations": [*records["participations"], *told]}, until)
    open_now = replace(now, history=history)
    activity, pairs = asked(open_now, "soon-quiz", "open")
    found = explanation(open_now, activity, pairs, "open")
    moved = points(found)
    assert moved["colleagues"] > 15
    assert max(moved, key=lambda group: abs(moved[group])) == "colleagues"
    per_row = found.moved.sum(axis=1)
    assert (per_row <= pairs.participates[found.row] + 1e-9).all()


def test_without_a_past_nothing_is_explained(history_of, records, until, now):
    coming = [row for row in records["activities"] if "soon" in row["activity_id"]]
    bare = history_of(records | {"activities": coming, "participations": []}, until)
    found = explanation(replace(now, history=bare), *asked(replace(now, history=bare),
                        "soon-quiz"), "launch")  # fmt: skip
    assert found.contributions() == []


class Product:
    """A forecast that is 0.2, and 0.8 where theme and time are both this activity's."""

    this = np.zeros((50, 3))
    moving = np.array([THEME, TIME, 7])

    def forecast(self, swapped):
        return np.where(swapped[:, :, THEME] & swapped[:, :, TIME], 0.8, 0.2)


def test_groups_that_only_work_together_share_evenly():
    moved = explaining._shapley(Product(), np.random.default_rng(0))
    np.testing.assert_allclose(moved[:, [THEME, TIME]], 0.3)
    assert moved.sum() == pytest.approx(50 * 0.6)


def test_an_error_is_that_of_the_samples_means():
    n = explaining.N_SAMPLES
    sample, moved = np.arange(2 * n) // 2, np.zeros((2 * n, len(GROUPS)))
    moved[:, THEME] = np.arange(2 * n)
    (theme, *_) = Explanation(np.arange(2 * n), sample, sample, moved).contributions()
    means = 2 * np.arange(n) + 0.5
    assert theme.points == pytest.approx(100 * means.mean())
    assert theme.error == pytest.approx(100 * means.std(ddof=1) / np.sqrt(n))


def said(facts=(), behind=(), **features):
    facts, behind = ({name: np.array([n]) for name, n in dict(some).items()}
                     for some in (facts, behind))  # fmt: skip
    (code,) = reason_codes(pd.DataFrame([features], index=[0]), facts, behind).tolist()
    return [reason.template for reason in reasons_of(code, 7)]


def test_a_reason_is_given_only_where_the_own_record_bears_it():
    most = "You take part in most activities like this one"
    assert most not in said({"share_alike": 0.5})
    assert most in said({"share_alike": 0.6})
    # a rate of the row also says what others are like
    assert most not in said(rate_alike=0.9)
    assert said()[0] == "It is open to you and starts in {days} days"
    assert len(said(ties_registered=0.5, group_alike=0.9)) == 2


@pytest.mark.parametrize("column", ["ties_registered", "group_registered_share", "group_alike"])
def test_no_reason_tells_what_fewer_than_five_colleagues_do(column):
    own = {template for template, name, _bound in RULES if name == column}
    assert not own & set(said((), {column: 4}, **{column: 1.0}))
    assert own & set(said((), {column: 5}, **{column: 1.0}))


def test_the_people_behind_a_reason_are_counted(history, until):
    known, everyone = Moment(history, until), np.arange(history.n_employees)
    registered = everyone % 3 == 0
    activity = history.activity_index(COMING)
    found = people_behind(known, activity, registered, everyone)
    ties, members = known.ties.toarray() > 0, known.group_matrix.toarray()
    codes = history.activities.coded["template"][0][known.activity_rows]
    quizzes = known.held[known.past] & (codes[known.past] == codes[activity])
    asked = known.asked[:, quizzes].any(axis=1)
    assert asked.any()
    np.testing.assert_array_equal(found["ties_registered"], ties @ registered)
    for person in everyone:
        group = known.main_group[person]
        for name, mask in (("group_registered_share", registered), ("group_alike", asked)):
            others = members[group] @ mask - mask[person] if group >= 0 else -int(mask[person])
            assert found[name][person] == others


def plain_shares(known, activity, person, like):
    """(taken part in, asked about) of activities held so far that are alike, by plain loops."""
    took_part = asked = 0
    for column, past in enumerate(known.past.tolist()):
        if past != activity and known.held[past] and like(past):
            asked += int(known.asked[person, column])
            came, said_yes = known.came[person, column], known.yes[person, column]
            took_part += int(came if known.came[:, column].any() else said_yes)
    return took_part, asked


def test_own_facts_count_what_was_held_and_attended(history, until):
    known, everyone = Moment(history, until), np.arange(history.n_employees)
    activity = history.activity_index("held-60")
    found, table, rows = (
        own_facts(known, activity, everyone),
        history.activities,
        known.activity_rows,
    )
    hour = table.local_hour

    def same_hour(past):
        gap = abs(hour[rows[past]] - hour[rows[activity]]) % 24
        return np.exp(-((min(gap, 24 - gap) / 2) ** 2)) >= 0.5

    told = 0
    for person in everyone:
        took_part, asked = plain_shares(known, activity, person, same_hour)
        expected = took_part / asked if took_part >= 3 else 0.0
        assert found["share_at_hour"][person] == pytest.approx(expected)
        told += expected > 0
    assert told
    # games and quizzes are at the same hour: of quizzes alone, who likes them takes part in most
    assert 0.3 < (found["share_alike"] > 0.5).mean() < 0.7


def test_themes_count_by_the_newest_rating_of_most_of_them(records, history_of, until):
    def rated(person, topic, rating, days):
        at = moment(until) - timedelta(days=days)
        return {"employee_id": person, "topic": topic,
                "rating": float(rating), "answered_at": at}  # fmt: skip

    tags = {"tags": '{"quiz": 0.6, "game": 0.4}'}
    mixed = [row | (tags if row["activity_id"] == COMING else {}) for row in records["activities"]]
    answers = [
        rated("P00", "quiz", 5, 9), rated("P01", "game", 5, 9), rated("P02", "quiz", 5, 9),
        rated("P02", "quiz", 2, 3), rated("P03", "quiz", 5, 9), rated("P03", "game", 2, 9),
        rated("P04", "online", 5, 9),
    ]  # fmt: skip
    history = history_of(records | {"activities": mixed, "survey_answers": answers})
    found = own_facts(Moment(history, until), history.activity_index(COMING), np.arange(6))[
        "rating_of_themes"
    ]
    # the second of two, the mean by share, nothing of a part or of what is no theme
    np.testing.assert_allclose(found, [5, 0, 2, 0.6 * 5 + 0.4 * 2, 0, 0])
