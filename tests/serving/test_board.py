"""What can be joined at a moment, by whom, and what is popular."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np

from features.history.answers import DECLINED, REGISTERED
from features.history.columns import micros
from serving.board import Board

UNTIL = datetime(2026, 6, 1, tzinfo=UTC)

OPEN = {"quiz-all", "games-all", "quiz-rd", "few", "nobody"}


def names(board):
    return {str(board.history.activities.ids[one]) for one in board.open}


def test_drafts_cancelled_past_and_far_ones_are_not_open(board):
    assert names(board) == OPEN


def test_an_activity_opens_with_its_announcement(board):
    announced = micros(UNTIL + timedelta(days=7) - timedelta(days=28))
    assert "quiz-all" not in names(Board(board.history, announced))
    assert "quiz-all" in names(Board(board.history, announced + 1))


def test_a_cancelled_one_was_open_before_it_was_called_off(board):
    called_off = micros(UNTIL - timedelta(days=1))
    assert "cancelled" in names(Board(board.history, called_off))
    assert "cancelled" not in names(Board(board.history, called_off + 1))


def test_a_longer_horizon_shows_the_far_one(board):
    assert "far" in names(replace(board, horizon_days=365))


def test_it_is_gone_once_it_has_started(board):
    starts = micros(UNTIL + timedelta(days=7))
    assert "quiz-all" in names(Board(board.history, starts - 1))
    assert "quiz-all" not in names(Board(board.history, starts))


def column(board, activity_id):
    return [str(board.history.activities.ids[one]) for one in board.open].index(activity_id)


def test_only_the_audience_can_join(board):
    assert board.invited[:, column(board, "quiz-rd")].nonzero()[0].tolist() == list(range(14))
    assert not board.invited[:, column(board, "nobody")].any()


def test_who_left_is_invited_to_nothing(board):
    assert not board.employed[25]
    assert not board.invited[25].any()


def test_who_said_yes_or_no_is_not_asked_again(board):
    quiz = column(board, "quiz-all")
    assert board.answered[:, quiz].nonzero()[0].tolist() == [0, 1]
    assert not board.joinable[[0, 1], quiz].any()
    assert board.joinable[2, quiz]


def test_an_answer_recorded_late_does_not_overrule_one_given_after_it(board):
    answers, quiz = board.history.answers.answers, board.open[column(board, "quiz-all")]
    no_then_yes = replace(
        answers.first(2),
        employee=np.array([5, 5]), activity=np.array([quiz, quiz]),
        occurred=micros(UNTIL) - np.array([100, 200]), known=micros(UNTIL) - np.array([50, 10]),
        code=np.array([DECLINED, REGISTERED], dtype=np.int8),
    )  # fmt: skip
    history = replace(board.history, answers=replace(board.history.answers, answers=no_then_yes))
    assert Board(history, board.as_of)._registrations[quiz] == 0


def test_turnout_is_a_share_and_orders_the_popular_list(board):
    assert ((board.turnout >= 0) & (board.turnout <= 1)).all()
    rounded = board.turnout.round(2)[board.popular]
    assert (rounded[:-1] >= rounded[1:]).all()


def test_the_unit_is_attendance_where_the_template_records_it(board):
    history = board.history
    assert {board.unit(int(one)) for one in board.open} == {"attendance"}
    empty = replace(history.answers, attended=history.answers.attended.first(0))
    unrecorded = Board(replace(history, answers=empty), board.as_of)
    assert {unrecorded.unit(int(one)) for one in unrecorded.open} == {"registration"}
