"""Lists: by the person's own probability, and the one list of those who refuse profiling."""

import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from features.history.columns import micros
from features.history.history import History
from features.tables.schemas import TABLES
from serving.board import Board
from serving.problems import Problem
from serving.recommend import Wishes, employee_positions, suggestions
from serving.shelf import Table


def lists(board, predictor, *employees, k=10, language="en", **wishes):
    positions = np.array(employees, dtype=np.int64)
    return suggestions(Table.bare(board), predictor, positions, Wishes(k, **wishes), language)


def ids(one):
    return [item.activity_id for item in one.items]


class TestConformance:
    """What any recommender must do, on a company whose right answers are known."""

    def test_the_liked_kind_comes_first(self, board, predictor):
        keen_on_quizzes, keen_on_games = lists(board, predictor, 5, 15)
        assert ids(keen_on_quizzes)[0] in {"quiz-all", "quiz-rd"}
        assert ids(keen_on_games)[0] == "games-all"

    def test_a_batch_gives_what_single_questions_give(self, board, predictor):
        batch = lists(board, predictor, *range(25))
        assert batch == [lists(board, predictor, one)[0] for one in range(25)]

    def test_the_order_of_the_question_is_the_order_of_the_answer(self, board, predictor):
        assert [one.employee_id for one in lists(board, predictor, 9, 2, 5)] == [
            "E09",
            "E02",
            "E05",
        ]

    def test_an_unknown_employee_is_refused_by_field(self, board):
        with pytest.raises(Problem) as caught:
            employee_positions(board, ["E01", "nobody", "E25"], ["a", "b", "c"])
        assert caught.value.status == 404
        assert [error.field for error in caught.value.errors] == ["b", "c"]

    def test_k_beyond_the_catalogue_gives_the_catalogue(self, board, predictor):
        assert sorted(ids(lists(board, predictor, 5, k=100)[0])) == [
            "games-all", "quiz-all", "quiz-rd",
        ]  # fmt: skip

    def test_days_are_counted_from_now_though_nothing_has_happened_since(
        self, board, predictor, monkeypatch
    ):
        said = []
        for days in (0, 3):
            monkeypatch.setenv("HUOLI_NOW", (UNTIL + timedelta(days=days)).isoformat())
            (first, *_) = lists(board, predictor, 5)[0].items
            said.append(first.reasons[-1])
        assert said == ["It starts in 7 days", "It starts in 4 days"]

    def test_a_smaller_k_gives_the_head_of_the_same_list(self, board, predictor):
        whole = lists(board, predictor, 5, k=3)[0]
        assert lists(board, predictor, 5, k=1)[0].items == whole.items[:1]

    def test_what_was_answered_is_left_out(self, board, predictor):
        for employee in (0, 1):
            assert "quiz-all" not in ids(lists(board, predictor, employee)[0])

    def test_probabilities_fall_and_lie_between_zero_and_one(self, board, predictor):
        for one in lists(board, predictor, *range(12)):
            found = [item.probability for item in one.items]
            assert found == sorted(found, reverse=True)
            assert all(0 <= p <= 1 for p in found)


def test_the_source_says_whose_record_it_rests_on(board, predictor):
    own, new = lists(board, predictor, 3, 22)
    assert {item.source for item in own.items} == {"model"}
    assert {item.source for item in new.items} == {"similar people"}


def test_those_who_refuse_profiling_are_never_asked_about(board, predictor):
    found = lists(board, predictor, 12, 13, 21, 5)
    assert predictor.asked == ["E05"]
    assert [one.personal for one in found] == [False, False, False, True]
    assert {item.source for one in found[:3] for item in one.items} == {"popular"}


def test_their_list_is_the_same_for_all_of_an_audience(board, predictor):
    one, other, elsewhere = lists(board, predictor, 12, 13, 21)
    assert one.items == other.items
    shared = {"quiz-all", "games-all"}
    assert [i for i in one.items if i.activity_id in shared] == [
        i for i in elsewhere.items if i.activity_id in shared
    ]


def test_their_record_does_not_move_their_list(board, predictor):
    """Taking away all that they ever did changes neither the order nor who may join."""
    before = lists(board, predictor, 12)[0]
    history = board.history
    kept = history.answers.answers.where(history.answers.answers.employee != 12)
    without = Board(_with_answers(history, kept), board.as_of)
    after = lists(without, predictor, 12)[0]
    assert [item.activity_id for item in before.items] == [i.activity_id for i in after.items]


def _with_answers(history, answers):
    from dataclasses import replace

    return replace(history, answers=replace(history.answers, answers=answers))


def test_without_a_model_everyone_gets_the_popular_list(board):
    (found,) = lists(board, None, 5)
    assert not found.personal
    assert {item.source for item in found.items} == {"popular"}


def test_where_nothing_was_held_no_share_is_told(tables):
    coming = tables["activities"].filter(pc.greater(tables["activities"]["starts_at"], UNTIL))
    every = {name: table.arrow_schema.empty_table() for name, table in TABLES.items()} | tables
    every |= {"activities": coming, "participations": TABLES["participations"].arrow_schema
              .empty_table()}  # fmt: skip
    young = Board(History.from_tables(every, UNTIL), micros(UNTIL))
    (found,) = lists(young, None, 5)
    assert found.items
    for item in found.items:
        assert item.reasons[0].startswith("It is not known yet")
        assert len(item.reasons) == 2


def test_reasons_come_in_the_language_asked_for(board, predictor):
    zh = lists(board, predictor, 12, language="zh")[0].items[0].reasons
    en = lists(board, predictor, 12, language="en")[0].items[0].reasons
    assert "没有读取您的任何记录" in zh[1]
    assert "nothing of your own record was read" in en[1]


def test_what_is_excluded_gives_its_place_to_the_next(board, predictor):
    whole = ids(lists(board, predictor, 5)[0])
    without = ids(lists(board, predictor, 5, k=2, exclude=frozenset(whole[:1]))[0])
    assert without == whole[1:3]
    shared = ids(lists(board, predictor, 12, exclude=frozenset(whole[:1]))[0])
    assert whole[0] not in shared


def test_no_more_of_a_family_than_asked_for(board, predictor):
    assert ids(lists(board, predictor, 5)[0])[:2] == ["quiz-all", "quiz-rd"]
    (one,) = lists(board, predictor, 5, per_family=1)
    assert ids(one) == ["quiz-all", "games-all"]


def test_what_was_shown_this_week_may_be_shown_again_but_little_else(board, predictor):
    shown = {"E05": frozenset({"games-all"})}
    (one,) = lists(board, predictor, 5, per_week=2, shown=shown)
    assert ids(one) == ["quiz-all", "games-all"]
    (none,) = lists(board, predictor, 5, per_week=1, shown=shown)
    assert ids(none) == ["games-all"]
    (nothing,) = lists(board, predictor, 5, per_week=0)
    assert ids(nothing) == []


def moved_to(tables, activity_id, **columns):
    """The board with other columns of one activity."""
    rows = tables["activities"].to_pylist()
    for row in rows:
        if row["activity_id"] == activity_id:
            row.update(columns)
    every = {name: table.arrow_schema.empty_table() for name, table in TABLES.items()} | tables
    every["activities"] = pa.Table.from_pylist(rows, tables["activities"].schema)
    return Board(History.from_tables(every, UNTIL), micros(UNTIL))


UNTIL = datetime(2026, 6, 1, tzinfo=UTC)


def test_nobody_is_asked_to_something_online_at_night_where_they_work(tables, predictor):
    at_night = datetime(2026, 6, 8, 18, tzinfo=UTC)
    online = moved_to(tables, "quiz-all", starts_at=at_night, ends_at=None)
    assert "quiz-all" not in ids(lists(online, predictor, 5)[0])
    there = moved_to(tables, "quiz-all", starts_at=at_night, ends_at=None, mode="onsite")
    assert "quiz-all" in ids(lists(there, predictor, 5)[0])


def test_only_who_did_what_is_asked_for_beforehand_can_join(tables, predictor):
    board = moved_to(tables, "quiz-all", prerequisites=json.dumps(["past-00"]))
    came = {n for n in range(14) if n % 5}
    for person in (2, 3, 5, 6, 10):
        assert ("quiz-all" in ids(lists(board, predictor, person)[0])) == (person in came)
    unknown = moved_to(tables, "quiz-all", prerequisites=json.dumps(["no such course"]))
    assert "quiz-all" not in ids(lists(unknown, predictor, 5)[0])


def test_a_course_completed_counts_from_its_completion(tables, predictor):
    def with_course(completed):
        schema = TABLES["trainings"].arrow_schema
        row = {"training_id": "T1", "employee_id": "E05", "course_id": "C1",
               "enrolled_at": UNTIL - timedelta(days=9), "completed_at": completed}  # fmt: skip
        course = pa.Table.from_pylist([{n: row.get(n) for n in schema.names}], schema)
        return moved_to(
            {**tables, "trainings": course}, "quiz-all", prerequisites=json.dumps(["C1"])
        )

    early, late = UNTIL - timedelta(days=1), UNTIL + timedelta(days=1)
    assert "quiz-all" in ids(lists(with_course(early), predictor, 5)[0])
    assert "quiz-all" not in ids(lists(with_course(late), predictor, 5)[0])
    assert "quiz-all" not in ids(lists(with_course(None), predictor, 5)[0])
    assert "quiz-all" not in ids(lists(with_course(early), predictor, 6)[0])
