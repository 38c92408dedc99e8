"""Head counts: what can be forecast, that numbers are whole and repeat, whose record is read."""

from datetime import UTC, datetime

import numpy as np
import pytest

from features.history.columns import NEVER
from serving.contract import ForecastsRequest
from serving.forecast import Forecast
from serving.problems import Problem
from serving.subject import subject_of

AFTER = datetime(2026, 7, 1, 8, tzinfo=UTC)


def about(activity_id):
    return ForecastsRequest(activity_id=activity_id)


def draft(**more):
    return ForecastsRequest.model_validate(
        {"draft": {"title": "新竞答", "template": "quiz", "starts_at": AFTER.isoformat()} | more}
    )


@pytest.mark.parametrize(
    ("request_", "status", "field", "rule"),
    [
        (about("no-such"), 404, "activity_id", "names no activity"),
        (about("past-00"), 422, "activity_id", "had started"),
        (about("cancelled"), 422, "activity_id", "was cancelled"),
        (about("nobody"), 422, "activity_id", "invites nobody"),
        (about("few"), 422, "activity_id", "fewer than {n}"),
        (draft(starts_at="2026-06-01T00:00:00Z"), 422, "draft.starts_at", "must be after"),
        (draft(audience={"city": ["月球"]}), 422, "draft.audience", "invites nobody"),
        (draft(audience={"function": ["corporate"]}), 422, "draft.audience", "fewer than {n}"),
    ],
)
def test_what_cannot_be_forecast_is_refused_by_field(board, request_, status, field, rule):
    with pytest.raises(Problem) as caught:
        subject_of(board, request_)
    assert caught.value.status == status
    assert [error.field for error in caught.value.errors] == [field]
    assert rule in caught.value.errors[0].rule


@pytest.mark.parametrize(
    ("request_", "stage"),
    [(about("quiz-all"), "open"), (about("games-all"), "open"), (about("draft"), "launch"),
     (draft(), "launch")],
)  # fmt: skip
def test_the_stage_is_open_once_anyone_could_have_answered(board, request_, stage):
    assert subject_of(board, request_).stage == stage


def test_a_draft_changes_nothing_of_the_board(board):
    before = board.history.n_activities
    subject = subject_of(board, draft())
    assert board.history.n_activities == before
    assert subject.board.history.n_activities == before + 1
    assert subject.activity_id is None
    assert subject.draft_hash == subject_of(board, draft()).draft_hash
    assert subject.draft_hash != subject_of(board, draft(title="别的")).draft_hash


def test_a_draft_that_has_an_id_stands_in_for_that_activity(board):
    subject = subject_of(board, draft(activity_id="draft", audience={"function": ["R&D"]}))
    assert len(subject.invited) == 14
    assert subject.board.history.n_activities == board.history.n_activities


def test_those_who_refuse_profiling_are_counted_and_never_asked_about(board, predictor):
    forecast = Forecast(subject_of(board, about("quiz-all")), predictor)
    assert not {"E12", "E13", "E21"} & set(predictor.asked)
    assert forecast.overall.invited == 25


def test_a_stored_draft_is_read_as_if_it_were_announced_now(board):
    subject = subject_of(board, about("draft"))
    activities = subject.board.history.activities
    row = subject.board.rows[subject.activity]
    assert activities.announced[row] == board.as_of
    stored = board.history.activities
    place = board.rows[board.history.activity_index("draft")]
    assert activities.starts[row] == stored.starts[place]
    assert activities.tags[[row]].nnz == stored.tags[[place]].nnz
    assert board.history.activities.announced[place] == NEVER


def test_the_same_draft_gives_the_same_numbers(board, predictor):
    one, other = (Forecast(subject_of(board, draft()), predictor) for _ in range(2))
    assert one.overall == other.overall
    assert one.teams("en") == other.teams("en")
    assert one.quantiles() == other.quantiles()


def test_counts_lie_inside_their_interval_and_the_invited(board, predictor):
    forecast = Forecast(subject_of(board, about("quiz-all")), predictor)
    counts = [forecast.overall, *(t for teams in forecast.teams("en").values() for t in teams)]
    for count in counts:
        assert 0 <= count.low <= count.expected <= count.high
        assert count.invited >= 5
        assert count.rate_percent == round(100 * count.expected / count.invited)


def test_a_team_that_likes_it_comes_in_greater_share(board, predictor):
    forecast = Forecast(subject_of(board, about("quiz-all")), predictor)
    rate = {team.team: team.rate_percent for team in forecast.teams("en")["function"]}
    assert rate["R&D"] > 60
    assert max(value for name, value in rate.items() if name != "R&D") < 40


def test_small_teams_are_merged_and_the_notes_say_so(board, predictor):
    forecast = Forecast(subject_of(board, about("quiz-all")), predictor)
    teams = forecast.teams("zh")
    assert [team.team for team in teams["function"] if team.merged] == ["其他团队"]
    notes = forecast.notes(teams, "zh")
    assert any("合并计数" in note for note in notes)
    assert any("3 个以往活动" in note for note in notes)


def test_a_design_unlike_all_that_was_held_is_said_to_be(board, predictor):
    def told(**more):
        asked = {"title": "新", "template": "quiz", "starts_at": AFTER.isoformat(), **more}
        request = ForecastsRequest.model_validate({"draft": asked})
        forecast = Forecast(subject_of(board, request), predictor, explain=False)
        return " ".join(forecast.notes(forecast.teams("en"), "en"))

    assert "was held so far" not in told()
    assert "No activity of this template was held so far" in told(template="lecture")
    assert "had one of its themes" in told(tags={"astronomy": 1.0})
    assert "No activity" not in told(tags={})
    assert "had one of its themes" not in told(tags={"quiz": 1.0, "astronomy": 0.0})


def test_drivers_are_whole_points_and_none_that_move_nothing(board, predictor):
    forecast = Forecast(subject_of(board, about("quiz-all")), predictor)
    found = [(one.group, one.label, one.points, one.error) for one in forecast.driver_answers("zh")]
    assert found == [("theme", "主题", 12, 1.3), ("time", "时间", -4, 0.4)]


def test_what_is_usual_is_the_rate_told_less_all_that_moves_it(board, predictor):
    forecast = Forecast(subject_of(board, about("quiz-all")), predictor)
    rate = 100 * forecast.overall.expected / forecast.overall.invited
    assert forecast.usual_percent == round(rate - 9.0)


def test_an_interval_of_more_people_is_wider(board, predictor):
    every = Forecast(subject_of(board, draft()), predictor).overall
    some = Forecast(subject_of(board, draft(audience={"city": ["成都"]})), predictor).overall
    assert np.subtract(every.high, every.low) >= np.subtract(some.high, some.low)
