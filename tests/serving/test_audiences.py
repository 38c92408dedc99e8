"""Whom to invite: those of whom most come, within a size and floors, and nobody told by a call."""

import itertools

import numpy as np
import pytest

from engagement.audit import Caller, newest_entries
from serving import desk as desk_module
from serving.choosing import Floor, chosen
from serving.contract import AudiencesRequest
from serving.predictor import Pairs
from serving.problems import Problem

DRAFT = {"title": "one", "template": "games", "starts_at": "2026-06-20T02:00:00+00:00"}
CALLER = Caller("k1", "hr_reviewer", "POST /v1/audiences", "q1")


def ask(desk, language="en", **body):
    body = {"activity_id": "games-all"} | body
    return desk.audience(AudiencesRequest.model_validate(body), language, CALLER)


def refusal(desk, **body):
    with pytest.raises(Problem) as caught:
        ask(desk, **body)
    return caught.value.status, [error.field for error in caught.value.errors]


def test_those_of_whom_most_come_are_chosen_and_told_as_a_set(desk):
    answer = ask(desk, size=6)
    # the others like games, the lower the number, the keener; E21, who refuses profiling, counts
    # as the mean of customer success
    assert answer.employee_ids == [f"E{n:02}" for n in (14, 15, 16, 17, 18, 21)]
    assert answer.overall.invited == 6
    assert answer.eligible == 25
    assert "probability" not in answer.model_dump_json()


def test_floors_hold_and_overlap(desk):
    floors = [{"by": "function", "team": "R&D", "at_least": 2},
              {"by": "city", "team": "成都", "at_least": 3},
              {"by": "project_group", "team": "G1", "at_least": 1}]  # fmt: skip
    answer = ask(desk, size=8, floors=floors)
    assert len(answer.employee_ids) == 8
    assert [one.invited for one in answer.floors] == [3, 3, 3]
    assert {"E00", "E01", "E02"} <= set(answer.employee_ids)


@pytest.mark.parametrize("kinds", [1, 2, 3])
def test_the_choice_is_the_best_there_is(kinds):
    rng = np.random.default_rng(kinds)
    for _ in range(12):
        p = rng.random(12)
        pairs = Pairs(0, "launch", np.arange(12), p, np.ones(12, dtype=bool), "attendance")
        parted = [rng.integers(0, 3, 12) for _ in range(kinds)]
        floors = [Floor(team == number, 1 + number % 2, by)
                  for by, team in zip(("function", "city", "project_group"), parted, strict=False)
                  for number in range(2) if (team == number).sum() >= 2]  # fmt: skip
        sets = [
            np.array(one) for one in itertools.combinations(range(12), 5)
            if all(floor.mask[list(one)].sum() >= floor.at_least for floor in floors)
        ]  # fmt: skip
        best = max(p[one].sum() for one in sets)
        assert p[chosen(pairs, floors, 5, "x")].sum() == pytest.approx(best)


def test_floors_of_thousands_are_met_at_once_whatever_they_part():
    rng = np.random.default_rng(3)
    p = rng.random(5000)
    pairs = Pairs(0, "launch", np.arange(5000), p, np.ones(5000, dtype=bool), "attendance")
    city, function = rng.integers(0, 9, 5000), rng.integers(0, 3, 5000)
    floors = [Floor(city == 3, 60, "city"), Floor(function == 1, 90, "function")]
    found = chosen(pairs, floors, 200, "x")
    assert len(found) == 200
    assert ((city[found] == 3).sum() >= 60, (function[found] == 1).sum() >= 90) == (True, True)


def test_what_one_leaves_out_is_not_taken_from_others(desk):
    first = ask(desk, size=10)
    ask(desk, size=10, exclude_ids=first.employee_ids[:2])
    assert ask(desk, size=10).employee_ids == first.employee_ids


def test_all_are_given_where_there_are_no_more(desk):
    answer = ask(desk, activity_id="quiz-rd", size=100)
    assert answer.employee_ids == [f"E{n:02}" for n in range(14)]


def test_one_to_four_are_not_left_out_as_the_least_likely(desk):
    answer = ask(desk, activity_id="quiz-rd", size=11)
    assert len(answer.employee_ids) == 14
    assert "least likely" in answer.notes[0]
    others = [f"E{n:02}" for n in range(6, 14)]
    six = ask(desk, activity_id="quiz-all", size=5, exclude_ids=[*others, *(
        f"E{n:02}" for n in range(16, 25))])  # fmt: skip
    assert len(six.employee_ids) == six.eligible == 6


def test_an_earlier_one_is_cut_to_who_can_be_chosen_now(desk):
    first = ask(desk, size=7)
    gone = first.employee_ids[:2]
    assert ask(desk, size=7, exclude_ids=gone).employee_ids == first.employee_ids[2:]


def test_an_earlier_one_of_which_too_few_are_left_is_refused(desk):
    first = ask(desk, size=6)
    assert refusal(desk, size=6, exclude_ids=first.employee_ids[:2]) == (422, [""])


def test_who_answered_or_is_left_out_is_not_chosen(desk):
    answer = ask(desk, activity_id="quiz-all", size=25, exclude_ids=["E02"])
    assert not {"E00", "E01", "E02"} & set(answer.employee_ids)


def test_an_audience_that_differs_by_few_is_the_one_given_before(desk):
    first = ask(desk, size=10)
    again = ask(desk, size=11)
    assert (first.notes, again.employee_ids) == ([], first.employee_ids)
    assert "fewer than 5 people" in again.notes[0]
    assert "相差不足 5 人" in ask(desk, language="zh", size=9).notes[0]
    # leaving somebody out does not tell who comes next
    gone = first.employee_ids[0]
    without = ask(desk, size=10, exclude_ids=[gone])
    assert set(without.employee_ids) == set(first.employee_ids) - {gone}
    assert len(ask(desk, size=16).employee_ids) == 16


def test_it_is_on_record_with_whom_it_told_of(desk):
    answer = ask(desk, size=7)
    (entry,) = newest_entries(desk.database, 1)
    assert (entry["people"], entry["role"]) == (7, "hr_reviewer")
    (row,) = desk.database.read("SELECT audience_id FROM audiences")
    assert row["audience_id"] == answer.audience_id


def test_what_cannot_be_met_is_refused_by_field(desk):
    rd = {"by": "function", "team": "R&D", "at_least": 15}
    assert refusal(desk, size=20, floors=[rd]) == (422, ["floors[0].at_least"])
    nowhere = {"by": "city", "team": "北京", "at_least": 1}
    assert refusal(desk, size=20, floors=[nowhere]) == (422, ["floors[0].team"])
    two = [rd | {"at_least": 6}, {"by": "city", "team": "上海", "at_least": 6}]
    assert refusal(desk, size=10, floors=two) == (422, ["floors"])
    # nobody can be invited whom nobody knows: to refuse would tell who was ever here
    assert (
        ask(desk, size=10, exclude_ids=["nobody"]).employee_ids == ask(desk, size=10).employee_ids
    )
    most = [f"E{n:02}" for n in range(22)]
    assert refusal(desk, size=10, exclude_ids=most) == (422, [""])
    assert refusal(desk, size=10, activity_id="cancelled")[0] == 422


@pytest.mark.parametrize("body", [
    {"size": 4}, {"size": 10, "draft": {"title": "x"}}, {},
    {"size": 9, "floors": [{"by": "level", "team": "x"}]},
])  # fmt: skip
def test_a_malformed_request_is_refused(body):
    with pytest.raises(ValueError, match="validation error"):
        AudiencesRequest.model_validate({"activity_id": "games-all"} | body)


def test_another_name_for_a_draft_tells_no_more(desk):
    first = ask(desk, activity_id=None, draft=DRAFT, size=10)
    again = ask(desk, activity_id=None, draft=DRAFT | {"title": "another"}, size=11)
    assert again.employee_ids == first.employee_ids
    assert "fewer than 5 people" in again.notes[0]


def test_an_audience_given_meanwhile_is_looked_beside(desk, monkeypatch):
    looked, others = desk_module.audiences_since, []

    def and_another_comes(*arguments):
        found = looked(*arguments)
        if not others:
            others.append(None)
            others.append(ask(desk, size=10))
        return found

    monkeypatch.setattr(desk_module, "audiences_since", and_another_comes)
    answer = ask(desk, size=11)
    assert answer.employee_ids == others[1].employee_ids
    assert "fewer than 5 people" in answer.notes[0]
