"""Probabilities, redrawn head counts and what-ifs agree with one another and with the world."""

import csv
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from sample_company.truth import (
    counterfactual,
    hypothetical,
    probabilities,
    redraw,
    redraw_by_function,
    redraw_people,
    write_truth,
)

DRAWS = 1_500


def _largest(world, template):
    mine = [a for a, activity in world.activities.items() if activity.template == template]
    return max(mine, key=lambda activity_id: len(world.outcomes[activity_id].people))


@pytest.mark.parametrize("template", ["knowledge_quiz", "employee_stories", "cross_project_task"])
def test_redrawn_counts_average_to_the_sum_of_probabilities(middle, template):
    activity = _largest(middle, template)
    counts = redraw(middle, activity, DRAWS, np.random.default_rng(7))
    expected = probabilities(middle, activity).participate.sum()
    assert counts.mean() == pytest.approx(expected, abs=4 * counts.std() / DRAWS**0.5)


def test_people_share_luck_so_counts_vary_more_than_independent_ones(middle):
    activity = _largest(middle, "knowledge_quiz")
    counts = redraw(middle, activity, DRAWS, np.random.default_rng(7))
    chance = probabilities(middle, activity).participate
    assert counts.var() > 3 * (chance * (1 - chance)).sum()


def test_redraws_by_person_and_function_are_the_same_counts(small):
    activity = _largest(small, "course")
    people = redraw_people(small, activity, 60, np.random.default_rng(3))
    counts = redraw(small, activity, 60, np.random.default_rng(3))
    functions = redraw_by_function(small, activity, 60, np.random.default_rng(3))
    assert people.shape[0] == len(probabilities(small, activity).people)
    assert (people.sum(axis=0) == counts).all()
    assert (functions.sum(axis=0) == counts).all()


def test_the_world_happened_as_probable(middle):
    held = [a for a, activity in middle.activities.items() if activity.cancelled is None]
    expected = sum(probabilities(middle, activity).participate.sum() for activity in held)
    happened = sum(middle.outcomes[activity].took_part.sum() for activity in held)
    assert happened == pytest.approx(expected, rel=0.03)


def test_people_hired_before_the_start_count_too(middle):
    late = [probabilities(middle, activity).late.sum() for activity in middle.activities]
    assert sum(late) > 50
    for activity in list(middle.activities)[:40]:
        truth = probabilities(middle, activity)
        hired = middle.people.hired[truth.people]
        assert (truth.late == (hired > middle.activities[activity].announced)).all()


def test_an_activity_changed_in_nothing_is_itself(small):
    activity = _largest(small, "course")
    same = counterfactual(small, {"activity_id": activity})
    assert same.participate.tolist() == probabilities(small, activity).participate.tolist()


def test_more_points_and_a_liked_topic_draw_more(small):
    quiz = {"template": "knowledge_quiz", "audience": {"function": ["R&D"]}}
    shares = [
        counterfactual(small, {**quiz, "tags": tags, "reward_points": points}).participate.mean()
        for tags, points in (({"corporate": 1.0}, 20), ({"corporate": 1.0}, 60),
                             ({"technical": 1.0}, 60))
    ]  # fmt: skip
    assert shares == sorted(shares)


def test_a_what_if_may_be_given_in_datetimes(small):
    end = datetime.fromtimestamp(small.settings.end, UTC)
    draft = {"template": "course", "tags": {"technical": 1.0}, "announced": end,
             "starts": end + timedelta(days=5)}  # fmt: skip
    activity = hypothetical(small, draft)
    assert activity.starts - activity.announced == 5 * 86_400
    assert len(redraw(small, draft, 10, np.random.default_rng(1))) == 10


def test_the_truth_file_has_a_row_for_each_invited_person(small, tmp_path):
    n_rows = write_truth(small, tmp_path / "truth")
    with (tmp_path / "truth" / "probabilities.csv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    assert len(rows) == n_rows == sum(len(o.people) for o in small.outcomes.values())
    assert all(0 <= float(row["p_participate"]) <= float(row["p_register"]) <= 1 for row in rows)
