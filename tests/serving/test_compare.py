"""What-ifs: which changes can be asked for, what the answer says, what is kept on record."""

import json
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from click.testing import CliRunner

from engagement.answers import stored_comparison, stored_forecast
from features.language import render
from huoli.cli import huoli
from serving.changes import Variant, cannot_tell, check_audiences, varied
from serving.contract import CompareRequest, ForecastsRequest
from serving.desk import Desk
from serving.difference import shared_groups
from serving.privacy import Group, shown_groups
from serving.problems import Problem
from serving.subject import subject_of, without_answers


def based_on(board, activity_id="quiz-all"):
    return subject_of(board, ForecastsRequest(activity_id=activity_id))


def changed(board, activity_id="quiz-all", **changes):
    return varied(based_on(board, activity_id), board, changes, "changes")


def notes(board, activity_id="quiz-all", **changes):
    found = cannot_tell(changed(board, activity_id, **changes), False)
    return [render(one.template, one.values, "en") for one in found]


def test_what_is_not_changed_stays_and_an_end_moves_along(board):
    base = based_on(board, "draft")
    activities = board.history.activities
    starts = activities.table["starts_at"][int(board.rows[base.activity])].as_py()
    subject = changed(board, "draft", starts_at=(starts + timedelta(days=2)).isoformat()).subject
    after = subject.board.history.activities
    row = int(subject.board.history.activities.rows_at(board.as_of - 1)[subject.activity])
    assert after.starts[row] - activities.starts[board.rows[base.activity]] == 2 * 86_400_000_000
    assert after.ends[row] - after.starts[row] == 3_600_000_000
    # forecast as it would be, were it announced now
    assert after.announced[row] == board.as_of
    assert after.table["template"][row].as_py() == "games"
    assert (subject.stage, base.stage) == ("launch", "launch")


def test_an_open_activity_keeps_its_stage_and_its_answers(board):
    subject = changed(board, "quiz-all", reward_points=9.0).subject
    assert subject.stage == "open"
    about = subject.board.answers.activity == subject.activity
    assert about.sum() == 2
    assert notes(board, "quiz-all", title="x")[-1].startswith("Answers given so far are kept")


def test_answers_that_another_audience_sets_aside_are_told_of(board):
    left = "Answers given so far are not read"

    def said(activity_id):
        subject = without_answers(based_on(board, activity_id))
        variant = varied(subject, board, {"audience": {"city": ["成都"]}}, "changes")
        return [render(one.template, one.values, "en") for one in cannot_tell(variant, False)]

    assert [note for note in said("quiz-all") if note.startswith(left)]
    # nobody can have answered a draft
    assert not [note for note in said("draft") if note.startswith(left)]


def test_a_stored_draft_stays_as_if_announced_now_and_is_read_once(board):
    base = based_on(board, "draft")
    assert base.board is based_on(board, "draft").board
    subject = changed(board, "draft", announced_at=None, title="x").subject
    row = subject.board.rows[subject.activity]
    assert subject.board.history.activities.announced[row] == board.as_of


@pytest.mark.parametrize(
    ("changes", "status", "field", "rule"),
    [
        ({"mode": "phone"}, 400, "changes.mode", "one of"),
        ({"starts_at": "soon"}, 400, "changes.starts_at", "a moment such as"),
        ({"starts_at": "2026-05-01T00:00:00Z"}, 400, "changes.announced_at", "not be after"),
        ({"starts_at": "2026-05-20T00:00:00Z", "announced_at": None}, 422, "changes.starts_at",
         "must be after"),
        ({"audience": {"city": ["月球"]}}, 422, "changes.audience", "invites nobody"),
        ({"audience": {"function": ["corporate"]}}, 422, "changes.audience", "fewer than"),
        ({"audience": {"id": ["E1"]}}, 400, "changes.audience.id", "function"),
        ({"starts_at": None}, 400, "changes.starts_at", "a moment such as"),
    ],
)  # fmt: skip
def test_a_change_that_cannot_be_is_refused_by_its_field(board, changes, status, field, rule):
    with pytest.raises(Problem) as caught:
        changed(board, "quiz-all", **changes)
    assert caught.value.status == status
    (error,) = caught.value.errors
    assert error.field == field
    assert rule in render(error.rule, error.values, "en")


def test_what_the_past_cannot_tell_is_named(board):
    assert notes(board, "draft", template="games") == []
    for field, value in (("template", "zumba"), ("mode", "onsite"), ("tags", {"never": 0.5}),
                         ("city", "成都"), ("format", "team")):  # fmt: skip
        (note,) = notes(board, "draft", **{field: value})
        assert note.startswith(f"changes.{field}: no activity held so far had this value")
    hour, notice = notes(board, "draft", starts_at="2026-06-14T03:00:00+08:00")
    assert hour.startswith("changes.starts_at: no activity was held at such an hour")
    # as the start moves, people are told so much earlier
    assert notice.startswith("changes.starts_at: no activity held so far was announced so")
    (note,) = notes(board, "draft", capacity=5)
    assert note.startswith("changes.capacity: all is of how many would come if there were a place")
    (note,) = notes(board, "draft", reward_points=50)
    assert note.startswith("changes.reward_points: activities of this template all gave about 0")
    (note,) = notes(board, "draft", announced_at="2026-06-07T23:00:00+00:00")
    assert note.startswith("changes.announced_at: no activity held so far was announced so")


def test_teams_stand_alone_only_where_both_forecasts_show_them():
    def groups(sizes):
        teams = np.repeat(list("ABCD"), sizes).astype(object)
        return shown_groups({"city": teams}, np.ones(len(teams), bool))["city"]

    found = shared_groups(groups((9, 8, 7, 6)), groups((9, 2, 7, 4)))
    assert [(one.team, int(one.before.sum()), int(one.after.sum())) for one in found] == [
        ("A", 9, 9), ("C", 7, 7), ("", 14, 6)]  # fmt: skip
    assert shared_groups(groups((9, 8, 7, 6)), []) == []


def test_one_to_four_people_left_over_show_no_team():
    one = [Group("A", np.arange(12) < 6), Group("B", np.arange(12) >= 6)]
    other = [Group("A", np.arange(9) < 6), Group("", np.arange(9) >= 6, True)]
    assert shared_groups(one, other) == []


@pytest.fixture
def trained(own_home):
    desk = Desk(own_home)
    desk.open()
    yield desk
    desk.close()


QUIZ = {
    "title": "quiz", "template": "quiz", "tags": {"quiz": 1.0}, "mode": "online",
    "starts_at": "2026-06-20T16:00:00+08:00",
}  # fmt: skip


def ask(desk, **body):
    return desk.compare(CompareRequest.model_validate(body), "en")


def test_differences_add_up_and_are_those_of_the_forecasts(trained):
    answer = ask(trained, draft=QUIZ, variants=[
        {"template": "games", "tags": {"games": 1.0}}, {"template": "quiz"},
        {"audience": {"function": ["R&D"]}},
    ])  # fmt: skip
    games, same, rd = answer.variants
    for one in answer.variants:
        gap = one.forecast.overall.expected - answer.forecast.overall.expected
        assert one.difference.expected == gap
        assert one.difference.low <= gap <= one.difference.high
        for team in (*one.by_function, *one.by_project_group, *one.by_city):
            assert team.low <= team.expected <= team.high
    by_function = {team.team: team.expected for team in games.by_function}
    assert by_function["R&D"] < -20 < 0 < by_function["customer success"]
    assert abs(sum(by_function.values()) - games.difference.expected) <= 3
    assert same.difference.model_dump() == {"expected": 0, "low": 0, "high": 0}
    assert rd.by_function == []
    assert rd.difference.expected < 0


def test_the_first_forecast_is_the_one_given_without_changes(trained):
    answer = ask(trained, activity_id="soon-quiz", changes={"reward_points": 30}, explain=True)
    alone = trained.forecast(ForecastsRequest(activity_id="soon-quiz"), "en")
    assert answer.forecast.model_dump() | {"forecast_id": ""} == (
        alone.model_dump() | {"forecast_id": ""})  # fmt: skip


def test_a_comparison_and_its_forecasts_are_on_record(trained):
    answer = ask(trained, draft=QUIZ, changes={"mode": "hybrid"})
    stored = stored_comparison(trained.database, answer.comparison_id)
    assert stored["answer"] == answer.model_dump(mode="json")
    assert stored["forecast_id"] == answer.forecast.forecast_id
    for one in (answer.forecast, answer.variants[0].forecast):
        assert stored_forecast(trained.database, one.forecast_id)["answer"] == one.model_dump()


def test_the_command_says_how_many_more_or_fewer(trained, tmp_path):
    file = tmp_path / "change.json"
    file.write_text(json.dumps({"template": "games", "tags": {"games": 1.0}}), encoding="utf-8")
    asked = ["forecast", "soon-quiz", "--change", str(file), "--change", '{"reward_points": 30}']
    told = CliRunner().invoke(huoli, asked)
    assert told.exit_code == 0, told.output
    assert 'With {"reward_points": 30}: ' in told.output
    assert "changes.reward_points" not in told.output
    assert "variants[1].reward_points: activities of this template all gave" in told.output
    found = json.loads(CliRunner().invoke(huoli, [*asked, "--json"]).output)
    assert [one["changes"]["template"] for one in found["variants"][:1]] == ["games"]


def test_a_change_that_is_no_json_is_one_clear_error(trained):
    done = CliRunner().invoke(huoli, ["forecast", "soon-quiz", "--change", "{reward"])
    assert "--change must be JSON such as" in str(done.exception)


def test_changes_that_change_nothing_make_no_difference(trained):
    row = trained.state.board.history.activities.table.to_pylist()
    titles = {one["activity_id"]: one["title"] for one in row}
    audiences = {one["activity_id"]: one["audience"] for one in row}
    with_audience = next(one for one in ("quiz-rd", "rd-quiz", "soon-rd", *titles)
                         if audiences.get(one) and _answerable(trained, one))  # fmt: skip
    spaced = json.loads(audiences[with_audience])
    for changes in ({"title": titles[with_audience]}, {"audience": spaced}):
        asked = CompareRequest(activity_id=with_audience, changes=changes)
        found = trained.compare(asked, "en").variants[0].difference
        assert (found.expected, found.low, found.high) == (0, 0, 0)


def _answerable(desk, activity_id):
    try:
        based_on(desk.state.board, activity_id)
    except Problem:
        return False
    return True


@pytest.mark.parametrize("apart", [1, 4])
def test_designs_whose_audiences_differ_by_a_few_people_are_refused(board, apart):
    base = based_on(board)
    fewer = replace(base, invited=base.invited[apart:])
    with pytest.raises(Problem) as refused:
        check_audiences(base, [Variant(fewer, {"audience": {}}, "changes")])
    assert refused.value.errors[0].field == "changes.audience"
    check_audiences(base, [Variant(base, {"title": "x"}, "changes")])


def test_another_audience_is_told_nothing_of_the_answers_given(trained):
    board = trained.state.board
    ids = [str(one) for one in board.history.activities.ids]
    answered = next(one for one in ids if _answerable(trained, one)
                    and based_on(board, one).stage == "open")  # fmt: skip
    asked = CompareRequest(activity_id=answered, changes={"audience": {"function": ["R&D"]}})
    found = trained.compare(asked, "en")
    assert found.forecast.stage == "launch"
    assert found.variants[0].forecast.stage == "launch"
