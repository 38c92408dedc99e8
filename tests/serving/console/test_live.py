"""Sign-ups against the forecast, and whom to remind."""

import asyncio
import csv
import re
from dataclasses import replace
from datetime import timedelta

import httpx
import numpy as np
import pytest
from starlette.applications import Starlette

from engagement.answers import newest_forecast
from engagement.approvals import store_approval
from engagement.audit import newest_entries
from engagement.keys import create_key
from features.history.columns import DAY, micros
from features.history.history import History
from features.tables.schemas import TABLES
from serving.board import Board, registrations
from serving.console.lagging import Expectation, lagging, placed
from serving.console.routes import console_routes
from serving.console.session import COOKIE, FIELD, Sessions, new_session
from serving.console.signups import changes, sign_ups_of, taking_part, usual_course
from serving.contract import EventsRequest, ForecastsRequest
from serving.designs import Designs
from serving.desk import Desk
from serving.guard import Guard
from serving.near_audiences import Settled
from serving.privacy import Group
from serving.state import State
from tests.serving.conftest import UNTIL

LIVE = "/console/activities/quiz-all/live"
REMIND = "/console/activities/quiz-all/remind"
STARTS = UNTIL + timedelta(days=7)
TEAMS = "Team by team, those furthest behind first"


class Pages:
    """Visits pages as somebody who is signed in."""

    def __init__(self, desk):
        self.app = Guard(Starlette(routes=console_routes(desk, Designs(desk))), desk)
        self.sessions = Sessions(desk.home)
        self.desk = desk

    def session(self, role):
        key_id = create_key(self.desk.database, role, role)[0].key_id
        return new_session(key_id)

    def __call__(self, method, path, role="hr_reviewer", form=None, lang="en"):
        session = self.session(role)

        async def asked():
            transport = httpx.ASGITransport(self.app, client=("127.0.0.1", 5000))
            cookies = {COOKIE: self.sessions.cookie(session), "huoli_language": lang}
            token = {FIELD: self.sessions.form_token(session)}
            async with httpx.AsyncClient(
                transport=transport, base_url="http://127.0.0.1:3000", cookies=cookies
            ) as to:
                data = None if form is None else token | form
                return await to.request(method, path, data=data)

        return asyncio.run(asked())


@pytest.fixture
def desk(home, board, predictor, tables):
    """A desk that tells of activities, too."""
    every = {name: table.arrow_schema.empty_table() for name, table in TABLES.items()} | tables
    found = Desk(home, State(board, UNTIL, predictor, tables=every))
    found.open()
    yield found
    found.close()


@pytest.fixture
def pages(desk):
    return Pages(desk)


def facts(answer):
    return dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", answer.text))


def answer(desk, who, kind="registered", activity="quiz-all", at=UNTIL):
    events = [
        {"event_id": f"{one}-{kind}-{activity}-{at:%d%H%M}", "employee_id": one,
         "activity_id": activity, "kind": kind, "occurred_at": at.isoformat()}
        for one in who
    ]  # fmt: skip
    found = desk.receive(EventsRequest.model_validate({"events": events}), "en")
    assert found.accepted == len(events)
    desk.keep_up()


def forecast(desk, approving=True):
    request = ForecastsRequest(activity_id="quiz-all", draft=None, explain=False, language=None)
    found = desk.forecast(request, "en")
    if approving:
        store_approval(desk.database, "quiz-all", found.forecast_id, "k", "HR", "", UNTIL)
    return found


def test_changes_add_up_to_who_holds_a_registration(board):
    answers = board.answers
    n = board.history.n_activities
    counts = np.bincount(answers.activity, weights=changes(answers), minlength=n)
    assert counts.tolist() == registrations(answers, n).tolist()


def test_a_persons_last_answer_counts(desk):
    answer(desk, ["E02", "E03"])
    answer(desk, ["E03"], "cancelled")
    answer(desk, ["E01"])
    board = desk.state.board
    place = board.history.activity_index("quiz-all")
    found = sign_ups_of(board, place)
    assert found.counts.tolist()[-1] == board.took_part(place, "registration") == 3
    assert taking_part(board, place, "registration").nonzero()[0].tolist() == [0, 1, 2]
    assert found.by(micros(UNTIL) - 3 * DAY) == 0
    assert found.by(micros(UNTIL) - DAY) == 1
    assert (found.began, found.starts) == (micros(STARTS) - 28 * DAY, micros(STARTS))
    assert found.passed(found.now) == pytest.approx(0.75, abs=1e-4)


def test_the_usual_course_is_that_of_the_template(board):
    found = usual_course(board, board.history.activity_index("quiz-all"), "attendance")
    # all sign up three days before a start that is announced 28 days before it
    assert (found.n, found.alike) == (6, True)
    assert found.at(0.5) == (0, 0, 0)
    assert found.at(25 / 28 + 0.02) == (1, 1, 1)


def test_the_usual_course_knows_nothing_of_what_came_later(tables):
    every = {name: table.arrow_schema.empty_table() for name, table in TABLES.items()} | tables
    at = UNTIL - timedelta(days=250)
    early = Board(History.from_tables(every, at), micros(at))
    place = early.history.activity_index("past-11")
    found = usual_course(early, place, "attendance")
    assert found.n < 6
    assert int(sign_ups_of(early, place).counts.sum()) == 0


def test_too_few_past_activities_have_no_course(board):
    early = replace(board, as_of=micros(UNTIL) - 480 * DAY)
    assert usual_course(early, board.history.activity_index("quiz-all"), "registration") is None


def test_the_page_shows_sign_ups_beside_the_forecast(pages, desk):
    approved = forecast(desk)
    answer(desk, [f"E{n:02}" for n in range(14, 19)])
    page = pages("GET", LIVE)
    assert page.status_code == 200
    shown = facts(page)
    assert (shown["signed up so far"], shown["days left"]) == ("6", "6")
    assert shown["expected when approved"].startswith(f"{approved.overall.expected} ")
    assert "No forecast was approved" not in page.text
    assert 'data-follow="10"' in page.text
    chinese = pages("GET", LIVE, lang="zh").text
    assert "报名进度" in chinese
    assert "目前报名" in chinese


def test_without_an_approval_the_page_says_so(pages):
    page = pages("GET", LIVE)
    assert "No forecast was approved for this activity." in page.text
    assert "expected now" in facts(page)


def test_without_sign_ups_or_a_model_the_page_is_there(pages, desk):
    empty = pages("GET", "/console/activities/games-all/live")
    assert "Nobody has signed up yet." in empty.text
    desk._state = replace(desk.state, predictor=None, missing=())
    page = Pages(desk)("GET", LIVE)
    assert page.status_code == 200
    assert "There is no forecast" in page.text
    assert facts(page)["signed up so far"] == "1"
    assert 'id="remind"' not in page.text


@pytest.mark.parametrize(
    ("activity", "where"),
    [("draft", ""), ("past-00", "/effect"), ("cancelled", "/effect")],
)
def test_before_and_after_its_time_the_page_leads_elsewhere(pages, activity, where):
    found = pages("GET", f"/console/activities/{activity}/live")
    assert found.status_code == 303
    assert found.headers["location"] == f"/console/activities/{activity}{where}"


@pytest.mark.parametrize(
    ("approving", "name"),
    [(True, "expected when approved"), (False, "expected by the last forecast")],
)
def test_a_running_activity_is_held_against_its_last_forecast(
    pages, desk, monkeypatch, approving, name
):
    forecast(desk, approving)
    last = newest_forecast(desk.database, "quiz-all")["answer"]["overall"]
    later = STARTS + timedelta(minutes=30)
    monkeypatch.setenv("HUOLI_NOW", later.isoformat())
    desk.keep_up()
    page = pages("GET", LIVE)
    assert page.status_code == 200
    assert "attendance is reported yet" in page.text
    answer(desk, [f"E{n:02}" for n in range(8)], "attended", at=later)
    shown = facts(pages("GET", LIVE))
    assert (shown["came so far"], shown["signed up so far"]) == ("8", "1")
    assert shown[name].startswith(f"{last['expected']} ")
    assert pages("POST", REMIND, form={"size": "5"}).headers["location"] == LIVE


def test_who_is_not_invited_counts_in_no_comparison(pages, desk):
    answer(desk, [f"E{n}" for n in range(14, 20)], activity="quiz-rd")
    page = pages("GET", "/console/activities/quiz-rd/live")
    assert facts(page)["signed up so far"] == "6"
    assert "6 of those signed up are not invited" in page.text


def test_teams_are_groups_of_five_or_more_by_who_is_missing(pages, desk):
    answer(desk, ["E14", "E15"])
    page = pages("GET", LIVE).text
    assert TEAMS in page
    rows = re.findall(
        r'<tr><th scope="row">([^<]*?)(?: <.*?)?</th><td>(\d+)</td><td>about (\d+)', page
    )
    invited = {team: int(n) for team, n, _ in rows}
    assert min(invited.values()) >= 5
    assert "corporate" not in invited


def test_where_fewer_than_five_are_invited_nothing_is_counted(pages, desk):
    answer(desk, ["E22"], activity="few")
    page = pages("GET", "/console/activities/few/live")
    assert page.status_code == 200
    assert "Fewer than five people were invited" in page.text
    assert (facts(page), "<svg" in page.text, 'id="remind"' in page.text) == ({}, False, False)


def test_teams_do_not_move_with_one_persons_answer(pages, desk, monkeypatch):
    def told():
        found = pages("GET", LIVE)
        teams = found.text.partition(TEAMS)[2].partition("</section>")[0]
        return facts(found)["signed up so far"], teams

    forecast(desk)
    before, teams = told()
    assert "about 0" in teams
    answer(desk, [f"E{n:02}" for n in range(2, 8)])
    assert told() == (str(int(before) + 6), teams)
    monkeypatch.setenv("HUOLI_NOW", (UNTIL + timedelta(days=1)).isoformat())
    desk.keep_up()
    assert "about 5" in told()[1]


def test_clearly_behind_is_explained_where_a_team_is(pages, desk, monkeypatch):
    told = "Clearly behind are teams where chance alone rarely explains that."
    page = pages("GET", LIVE).text
    assert TEAMS in page
    assert "clearly behind</span>" not in page
    assert told not in page
    # by then all usually have signed up
    monkeypatch.setenv("HUOLI_NOW", (STARTS - timedelta(days=1)).isoformat())
    desk.keep_up()
    page = pages("GET", LIVE).text
    assert "clearly behind</span>" in page
    assert told in page


def test_before_anybody_usually_signs_up_no_course_is_told(pages, monkeypatch):
    page = pages("GET", LIVE).text
    assert "By now, usually nobody has signed up yet" in page
    assert "Sign-ups come as usual" not in page
    # as if that were within the first day
    monkeypatch.setattr("serving.console.live.DAY", 30 * DAY)
    assert "It was announced only just now" in pages("GET", LIVE).text


def test_who_is_in_no_group_by_ones_and_twos_hides_the_breakdown(board):
    team = board.history.teams("function", board.as_of - 1)
    invited = np.flatnonzero(team != "corporate")
    groups = [Group(name, team[invited] == name) for name in ("R&D", "customer success")]
    everyone = np.ones(len(invited), dtype=bool)
    settled = Settled(invited, everyone, {"function": groups})
    assert (placed(groups, invited, team) < 0).sum() == 4
    came = np.zeros(len(team), dtype=bool)
    assert not lagging(board, settled, came, Expectation([]), "others", 10).breakdowns


def test_whom_to_remind_is_a_set_of_who_has_not_answered(pages, desk):
    before = len(newest_entries(desk.database, 100))
    page = pages("POST", REMIND, form={"size": "8", "floor:function:customer success": "2"})
    assert page.status_code == 200
    assert "probab" not in page.text
    audience = re.search(r'name="audience_id" value="([^"]+)"', page.text)[1]
    file = pages("POST", REMIND, form={"audience_id": audience})
    assert file.headers["content-type"] == "text/csv; charset=utf-8"
    assert "remind-quiz-all.csv" in file.headers["content-disposition"]
    head, *ids = file.text.split()
    assert (head, len(ids), ids) == ("employee_id", 8, sorted(ids))
    # E00 signed up, E01 declined
    assert not {"E00", "E01"} & set(ids)
    assert len({"E14", "E15", "E16", "E17", "E18", "E19", "E20", "E21"} & set(ids)) >= 2
    entries = newest_entries(desk.database, 100)
    assert [one["people"] for one in entries[: len(entries) - before]] == [8, 8]


def test_no_id_of_a_file_is_computed(pages, desk, monkeypatch):
    monkeypatch.setattr(desk, "members", lambda *_: ["=cmd|'/c calc'!A1", 'a,"b"', "E01"])
    file = pages("POST", REMIND, form={"audience_id": "x"})
    assert list(csv.reader(file.text.splitlines())) == [
        ["employee_id"], ["'=cmd|'/c calc'!A1"], ["E01"], ['a,"b"'],
    ]  # fmt: skip


def test_an_audience_of_another_activity_is_not_told(pages):
    page = pages("POST", REMIND, form={"size": "8"})
    audience = re.search(r'name="audience_id" value="([^"]+)"', page.text)[1]
    other = pages("POST", "/console/activities/games-all/remind", form={"audience_id": audience})
    assert other.status_code == 404


@pytest.mark.parametrize(
    ("form", "wrong"),
    [({"size": "many"}, "must be a whole number"),
     ({"size": "2"}, "must be at least 5"),
     ({"size": "8", "floor:function:R&D": "50"}, "asks for 50 of"),
     ({"size": "8", "floor:city:nowhere": "2"}, "names no team")],
)  # fmt: skip
def test_a_wrong_form_comes_back_with_what_was_sent(pages, form, wrong):
    page = pages("POST", REMIND, form=form)
    assert page.status_code == 422
    assert wrong in page.text
    assert 'aria-invalid="true"' in page.text
    for value in form.values():
        assert f'value="{value}"' in page.text


def test_whoever_may_not_choose_audiences_sees_no_form(pages):
    assert 'id="remind"' not in pages("GET", LIVE, role="admin").text
    assert pages("POST", REMIND, role="admin", form={"size": "8"}).status_code == 403
