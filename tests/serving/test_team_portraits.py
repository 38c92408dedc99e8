"""Portraits of teams: right figures, of groups alone, and nothing that came later."""

from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from features.history.columns import DAY, micros, moment
from features.history.history import History
from features.tables.schemas import TABLES
from serving.board import Board
from serving.team_portraits import BREAKDOWNS, last_monday, team_portraits

QUARTER_DAY = datetime.fromisoformat("2026-02-10T09:00:00+00:00")


def table(name, rows):
    schema = TABLES[name].arrow_schema
    return pa.Table.from_pylist([{c: row.get(c) for c in schema.names} for row in rows], schema)


def portraits(tables, at, until=None, **changed):
    """The portraits of the company with some tables changed, as of a moment."""
    every = {name: one.arrow_schema.empty_table() for name, one in TABLES.items()}
    history = History.from_tables(every | tables | changed, until)
    return team_portraits(Board(history, micros(at)))


def everything(found):
    """All portraits and who is listed, to compare."""
    return {by: {team: found.of(by, team) for team in found.teams(by)} for by in BREAKDOWNS}


@pytest.fixture
def at(board):
    return moment(board.as_of)


@pytest.fixture
def surveys():
    """R&D rates quizzes 5, the others 2; E12 and E21 refuse profiling."""
    return table("survey_answers", [
        {"answer_id": f"{person}-{topic}", "employee_id": f"E{person:02}", "topic": topic,
         "answered_at": QUARTER_DAY, "rating": 5.0 if person < 14 and topic == "quiz" else 2.0}
        for person in range(25) for topic in ("quiz", "games")
    ])  # fmt: skip


def test_a_portrait_says_what_the_team_goes_to(board):
    found = team_portraits(board)
    portrait = found.of("function", "R&D")
    rates = {row.name: row for row in portrait.rates["template"]}
    assert portrait.people == 12
    # of the last half year there are one quiz and two games
    assert rates["quiz"].now.numbers == rates["quiz"].now.people == 12
    # E00, E05 and E10 missed it
    assert rates["quiz"].now.value == pytest.approx(9 / 12)
    assert (rates["games"].now.value, rates["games"].now.numbers) == (0.0, 24)
    assert rates["games"].company.value > 0
    assert portrait.invitations[0] == pytest.approx(3 / 6)
    assert rates["quiz"].now.low <= rates["quiz"].now.value <= rates["quiz"].now.high
    assert rates["quiz"].now.is_few


def test_what_it_says_changed_beside_half_a_year_before(board):
    portrait = team_portraits(board).of("function", "R&D")
    quiz = next(row for row in portrait.rates["template"] if row.name == "quiz")
    # n = 4, 6 and 8 of the company's activities; half of two
    assert quiz.before.numbers == 36
    assert len(portrait.quarters) == 8
    assert portrait.quarters[-1].day == "2026-03-02"
    assert portrait.quarters[-1].team.numbers == 12


def test_small_teams_are_absent_and_what_would_tell_of_them_is_withheld(board):
    found = team_portraits(board)
    assert set(found.teams("function")) == {"R&D", "customer success"}
    assert set(found.teams("project_group")) == {"G1"}
    # the company less R&D and these would be corporate, of which there are four
    assert found.of("function", "customer success").usual.now is None


def test_who_refuses_profiling_changes_nothing(tables, at):
    gone = pa.compute.is_in(tables["participations"]["employee_id"], pa.array(["E12", "E21"]))
    without = tables["participations"].filter(pa.compute.invert(gone))
    assert len(without) < len(tables["participations"])
    before = portraits(tables, at)
    after = portraits(tables, at, participations=without)
    assert everything(before) == everything(after)


def test_who_refuses_from_now_on_is_out_at_once_and_the_team_rests(tables, board):
    refuses = board.opted_out.copy()
    refuses[board.history.employee_index("E03")] = True
    later = Board(board.history, board.as_of)
    vars(later)["opted_out"] = refuses
    found = team_portraits(later)
    assert "R&D" not in found.teams("function")
    assert "G1" not in found.teams("project_group")
    # so small a company as a whole, too
    assert found.is_resting
    assert not team_portraits(board).is_resting
    assert not found._invited.counted[board.history.employee_index("E03")].any()


def test_nothing_that_is_known_later_matters(tables, at, surveys):
    ahead = at + timedelta(days=3)
    rows = tables["participations"].to_pylist()
    more = [
        {"participation_id": f"x{n}", "employee_id": f"E{n:02}", "activity_id": "past-11",
         "kind": "attended", "occurred_at": ahead} for n in range(25)
    ]  # fmt: skip
    moved = tables["memberships"].to_pylist() + [
        {"employee_id": f"E{n:02}", "project_group_id": "G1", "started_at": ahead}
        for n in range(6, 20)
    ]
    late = surveys.to_pylist() + [
        {"answer_id": f"y{n}", "employee_id": f"E{n:02}", "topic": "quiz", "answered_at": ahead,
         "rating": 1.0} for n in range(25)
    ]  # fmt: skip
    now = portraits(tables, at, survey_answers=surveys)
    then = portraits(
        tables, at, participations=table("participations", rows + more),
        memberships=table("memberships", moved), survey_answers=table("survey_answers", late),
    )  # fmt: skip
    assert everything(now) == everything(then)


def test_they_change_on_mondays_only(tables, at):
    assert at.weekday() == 0
    sunday = at + timedelta(days=6, hours=23)
    assert everything(portraits(tables, at)) == everything(portraits(tables, sunday))
    assert last_monday(micros(sunday)) == micros(at)
    assert last_monday(micros(at) + 7 * DAY) == micros(at) + 7 * DAY


def test_what_is_learnt_a_week_after_the_end_is_left_out(tables, at):
    rows = tables["participations"].to_pylist()
    late = {"participation_id": "late", "employee_id": "E00", "activity_id": "past-11",
            "kind": "attended", "occurred_at": at - timedelta(days=20)}  # fmt: skip
    with_it = portraits(tables, at, participations=table("participations", [*rows, late]))
    assert everything(portraits(tables, at)) == everything(with_it)


def test_who_moved_takes_nothing_along(tables, at):
    joined = at - timedelta(days=2)
    move = {"employee_id": "E08", "project_group_id": "G1", "started_at": joined}
    moved = table("memberships", [*tables["memberships"].to_pylist(), move])
    before = portraits(tables, at).of("project_group", "G1")
    after = portraits(tables, at, memberships=moved).of("project_group", "G1")
    assert after.people == before.people + 1
    assert (after.rates, after.quarters) == (before.rates, before.quarters)


def test_surveys_are_told_by_team_and_whole_quarters(tables, at, surveys):
    found = portraits(tables, at, survey_answers=surveys)
    quiz = next(row for row in found.of("function", "R&D").ratings if row.name == "quiz")
    assert (quiz.now.value, quiz.now.people, quiz.before) == (5.0, 12, None)
    assert quiz.company.value < 5
    early = portraits(tables, at - timedelta(days=63), survey_answers=surveys)
    # the quarter of the answers is not over yet
    assert early.of("function", "R&D").ratings == []


def test_every_figure_rests_on_five_people(board):
    found = team_portraits(board)
    for portraits_of_kind in everything(found).values():
        for portrait in portraits_of_kind.values():
            rows = [row for kind in portrait.rates.values() for row in kind]
            told = [one for row in rows for one in (row.now, row.before, row.company) if one]
            assert all(one.people >= 5 for one in told)
    assert np.all(found._invited.counted.sum(axis=0) != 1)
