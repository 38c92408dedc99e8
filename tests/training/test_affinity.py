"""LightFM's affinity: tastes by attributes, also of the new; nothing later; saved and loaded."""

from datetime import datetime, timedelta

import numpy as np
import pytest

from features.history.columns import DAY, micros
from training.affinity import (
    MIN_POSITIVES,
    activity_attributes,
    employee_attributes,
    fit_affinity,
    fit_as_time_goes,
    newest_before,
    quarterly,
)
from training.labels import labels_from
from training.plan import lead_blocks
from training.rows import Asked, build_rows
from training.saving import load_affinity, save_arrays


@pytest.fixture(scope="module")
def fit(history, until):
    return fit_affinity(history, until)


def scores(fit, history, at, activity):
    row = int(history.activities.rows_at(at - 1)[history.activity_index(activity)])
    return fit.scores(fit.people(history, at), fit.activity(history, row))


def rd_of(history, at):
    codes, names = history.people.team_codes("function", at)
    return names[codes] == "R&D"


def test_functions_score_what_they_like_above_what_they_do_not(fit, history, until):
    rd = rd_of(history, until)
    quiz, games = (scores(fit, history, until, name) for name in ("soon-quiz", "soon-games"))
    assert (quiz[rd] > games[rd]).mean() > 0.95
    assert (quiz[~rd] < games[~rd]).mean() > 0.95


def test_a_new_person_is_scored_by_attributes_alone(fit, records, history_of, until):
    hired = datetime.fromisoformat("2026-04-01T00:00:00+00:00")
    new = [row | {"employee_id": f"N{n}", "hired_at": hired, "profiling_opt_out": False}
           for n, row in enumerate(records["employees"][:2])]  # fmt: skip
    grown = history_of(records | {"employees": [*records["employees"], *new]})
    quiz, games = (scores(fit, grown, until, name) for name in ("soon-quiz", "soon-games"))
    customer_success, rd = grown.employee_index("N0"), grown.employee_index("N1")
    assert quiz[rd] > games[rd]
    assert quiz[customer_success] < games[customer_success]
    assert "N0" not in fit.employee_ids


def test_too_few_registrations_give_no_fit(history):
    answers = history.answers.answers
    yes = np.sort(answers.known[answers.code == 1])
    starts = history.activities.starts[history.activities.last_rows].min()
    assert fit_affinity(history, int(starts)) is None
    assert (yes < starts).sum() < MIN_POSITIVES


def test_a_company_that_records_attendance_alone_has_a_fit(records, history_of, until):
    came = [row for row in records["participations"] if row["kind"] == "attended"]
    history = history_of(records | {"participations": came})
    fit = fit_affinity(history, until)
    assert fit is not None
    assert len(fit.employee_ids) > 50


def test_the_same_company_gives_the_same_fit(fit, history, until):
    again = fit_affinity(history, until)
    for name, value in vars(fit).items():
        np.testing.assert_array_equal(value, getattr(again, name), err_msg=name)


def later(records, at):
    """More people, activities, answers and changes, all at or after the moment."""
    hour = timedelta(hours=1)
    person, activity = records["employees"][1], records["activities"][0]
    done = [
        {"participation_id": f"later{n}", "employee_id": f"P{n % 80:02}",
         "activity_id": ("held-00", "held-20", "aaa", "soon-quiz")[n % 4], "kind": "registered",
         "occurred_at": at + n * hour}
        for n in range(200)
    ]  # fmt: skip
    unrecorded = [row | {"participation_id": "un" + row["participation_id"],
                         "occurred_at": at - 99 * hour, "recorded_at": at}
                  for row in done]  # fmt: skip
    return records | {
        "employees": [*records["employees"],
                      person | {"employee_id": "A00", "hired_at": at},
                      person | {"employee_id": "A01", "recorded_at": at},
                      person | {"valid_from": at, "function": "corporate"},
                      records["employees"][2] | {"valid_from": at - hour, "recorded_at": at,
                                                 "function": "corporate"}],
        "memberships": [*records["memberships"],
                        {"employee_id": "P03", "project_group_id": "G9", "started_at": at}],
        "activities": [*records["activities"],
                       activity | {"activity_id": "aaa", "valid_from": at},
                       activity | {"valid_from": at, "tags": '{"games": 1.0}',
                                   "starts_at": at + hour},
                       records["activities"][1] | {"valid_from": at, "template": "other"}],
        "participations": [*records["participations"], *done, *unrecorded],
        "survey_answers": [{"employee_id": f"P{n:02}", "answered_at": at, "topic": "games",
                            "rating": 5.0} for n in range(60)],
    }  # fmt: skip


@pytest.mark.parametrize("after", [0, 1])
def test_what_comes_later_changes_no_fit(after, records, history_of, history, until):
    at = until - 100 * DAY
    moment = datetime.fromisoformat("2025-12-27T00:00:00+00:00")
    assert micros(moment) == at
    grown = history_of(later(records, moment + timedelta(microseconds=after)))
    one, two = fit_affinity(history, at), fit_affinity(grown, at)
    for name, value in vars(one).items():
        np.testing.assert_array_equal(value, getattr(two, name), err_msg=name)
    # and scores the same people as of the moment alike
    for activity in ("held-55", "soon-quiz"):
        places = [grown.employee_index(name) for name in history.people.ids]
        np.testing.assert_allclose(scores(one, history, at, activity),
                                   scores(two, grown, at, activity)[places], rtol=1e-5)  # fmt: skip


def test_an_activity_to_come_is_in_no_fit(records, history_of, until):
    at = until - 100 * DAY
    coming = history_of(records).activities
    starts = coming.starts[coming.last_rows]
    names = set(coming.ids[starts >= at].tolist())
    fewer = [row for row in records["participations"] if row["activity_id"] not in names]
    assert len(fewer) < len(records["participations"])
    one, two = (fit_affinity(history_of(r), at)
                for r in (records, records | {"participations": fewer}))  # fmt: skip
    np.testing.assert_array_equal(one.identity, two.identity)
    np.testing.assert_array_equal(one.activity_attribute, two.activity_attribute)


def test_who_refuses_profiling_has_no_vector_of_their_own(fit):
    assert "P21" in fit.employee_ids
    assert not {"P20", "P41"} & set(fit.employee_ids)


def test_the_newest_fit_not_after_the_moment_scores_a_row(history, until):
    first, half, end = until - 300 * DAY, until - 150 * DAY, until
    fits = fit_as_time_goes(history, [half, first, end])
    assert [fit.cutoff for fit in fits] == [first, half, end]
    assert newest_before(fits, first - 1) is None
    assert newest_before(fits, first).cutoff == first
    assert newest_before(fits, end - 1).cutoff == half
    asked = Asked(history, labels_from(history), "launch", fits)
    blocks = lead_blocks(history, half - 20 * DAY, half + 30 * DAY, 14)
    rows = build_rows(asked, blocks)
    for block in blocks:
        mine = (rows.activity == block.activity) & (rows.as_of == block.as_of)
        fit = fits[0] if block.as_of < half else fits[1]
        expected = scores(fit, history, block.as_of, history.activities.ids[block.activity])
        found = rows.features["affinity"].to_numpy()[mine]
        np.testing.assert_allclose(found, expected[rows.employee[mine]], rtol=1e-5)


def test_attributes_describe_people_and_activities(history, until):
    matrix, names = employee_attributes(history, until)
    mine = set(names[matrix[history.employee_index("P03")].indices].tolist())
    assert mine == {"function:R&D", "city:上海", "level:L0", "group:G0"}
    row = history.activities.last_rows[history.activity_index("soon-rd")]
    found = dict(activity_attributes(history, int(row)))
    assert found["tag:quiz"] == found["template:quiz"] == 1.0
    assert 'audience:{"function":["R&D"]}' in found
    assert not any("soon-rd" in name for name in found)


def test_saved_and_loaded_it_scores_the_same(fit, history, until, tmp_path):
    save_arrays(fit, tmp_path / "affinity.npz")
    loaded = load_affinity(tmp_path / "affinity.npz")
    for name, value in vars(fit).items():
        np.testing.assert_array_equal(value, getattr(loaded, name), err_msg=name)
    np.testing.assert_array_equal(scores(loaded, history, until, "soon-quiz"),
                                  scores(fit, history, until, "soon-quiz"))  # fmt: skip


def test_cutoffs_come_each_quarter_and_at_the_end():
    assert quarterly(0, 200 * DAY) == [0, 91 * DAY, 182 * DAY, 200 * DAY]
    assert quarterly(10, 10) == [10]
    assert quarterly(10, 0) == [0]
