"""The launch review: its numbers are those of the service, and whoever may can launch."""

import html
import re
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from urllib.parse import parse_qs

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from engagement.answers import stored_forecast
from engagement.approvals import approvals_of
from engagement.keys import create_key
from features.history.columns import micros
from features.history.history import History
from features.tables.schemas import TABLES
from serving.answers import Count, DriverAnswer
from serving.arrived import TABLE_OF
from serving.board import Board
from serving.console import concerns_of_people, concerns_of_time, slot_forecasts
from serving.console.activity import activities_of, shown
from serving.console.case import Case
from serving.console.china_holidays import holiday_on, is_free_weekend
from serving.console.concerns import concerns
from serving.console.concerns_of_time import bad_hours
from serving.console.drivers import WHAT, why
from serving.console.forecasts import Forecasts
from serving.console.lately import Lately, Rate
from serving.console.routes import console_routes
from serving.console.similar import trust_of
from serving.console.team_reasons import portrayed
from serving.contract import ForecastsRequest
from serving.designs import Designs
from serving.desk import Desk
from serving.guard import Guard
from serving.organisation import EmployeeRecord, employee_as
from serving.portrait_cells import Figure
from serving.predictor import PastForecast
from serving.resources import Conditions, Resources
from serving.state import State
from serving.team_portraits import Row
from tests.serving.conftest import UNTIL

DRAFT = "/console/activities/draft"


@pytest.fixture
def desk(home, board, predictor, tables):
    own = {name: tables.get(name, TABLES[name].arrow_schema.empty_table())
           for name in TABLE_OF.values()}  # fmt: skip
    found = Desk(home, State(board, UNTIL, predictor, tables=own))
    found.open()
    yield found
    found.close()


class Browser:
    """Somebody signed in, reading in English."""

    def __init__(self, desk, role):
        app = Guard(Starlette(routes=console_routes(desk, Designs(desk))), desk)
        self.client = TestClient(app, follow_redirects=False, headers={"accept-language": "en"})
        token = create_key(desk.database, role, f"the {role}")[1]
        assert self.client.post("/console/sign-in", data={"key": token}).status_code == 303

    def get(self, path):
        return self.client.get(path)

    def send(self, page, form, **fields):
        """Send a form of a page, its hidden fields as they stand in it unless said otherwise."""
        found = re.search(rf'<form method="post" action="[^"]*/{form}".*?</form>', page, re.S)
        assert found, f"no form {form}"
        hidden = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', found[0])
        action = re.search(r'action="([^"]+)"', found[0])[1]
        values = {name: html.unescape(value) for name, value in hidden} | fields
        return self.client.post(action, data=values)


@pytest.fixture
def browser(desk):
    return Browser(desk, "hr_reviewer")


def case_of(reader, activity_id, **changed):
    """A case with fields of the activity changed, for what reads no more than these."""
    desk = reader.desk
    found = shown(activities_of(desk).get(activity_id))
    answer = desk.forecast(
        ForecastsRequest(activity_id=activity_id, draft=None, explain=True, language=None), "en"
    )
    activity = type(found)(dict(found.content) | changed, found.etag, found.phase)
    board = desk.state.board
    invited = board.history.invited(board.history.activity_index(activity_id), board.as_of - 1)
    return Case(reader, activity, answer, board, board.history.people.ids[invited])


def heads(case):
    return {one.head for one in concerns(case)}


def test_the_review_shows_the_forecast_that_is_on_record(browser, desk):
    page = browser.get(DRAFT)
    assert page.status_code == 200
    forecast_id = re.search(r'name="forecast_id" value="([^"]+)"', page.text)[1]
    told = Count(**{name: value for name, value in
                    stored_forecast(desk.database, forecast_id)["answer"]["overall"].items()
                    if name in Count.model_fields})  # fmt: skip
    assert f"<b>{told.expected}</b> of {told.invited} invited" in page.text
    assert f"between {told.low} and {told.high} in 90 of 100 cases" in page.text
    assert "12 points more than these people usually come" in page.text
    assert 'data-load="/console/activities/draft/slots?part=1"' in page.text
    assert "how far their forecasts hold is not known" in page.text
    # both readings show the same forecast, and the first one counts as the view
    assert forecast_id in browser.get(DRAFT).text


def test_an_activity_that_is_over_leads_to_its_effect(browser):
    found = browser.get("/console/activities/past-01")
    assert found.status_code == 303
    assert found.headers["location"] == "/console/activities/past-01/effect"


def test_an_approval_without_a_name_is_refused_and_nothing_is_lost(browser, desk):
    found = browser.send(browser.get(DRAFT).text, "approve", name=" ", note="see <room>")
    assert found.status_code == 422
    assert "say who approves it" in found.text
    assert "see &lt;room&gt;" in found.text
    assert not approvals_of(desk.database, "draft")


def test_an_approval_keeps_the_forecast_shown_and_who_saw_it(browser, desk):
    page = browser.get(DRAFT).text
    found = browser.send(page, "approve", name="Li Na", note="good slot")
    assert found.headers["location"] == DRAFT + "?said=approved"
    (approval,) = approvals_of(desk.database, "draft")
    assert f'value="{approval.forecast_id}"' in page
    assert (approval.name, approval.note) == ("Li Na", "good slot")
    assert activities_of(desk).get("draft").content["state"] == "approved"
    after = browser.get(DRAFT).text
    assert "Who was shown that forecast (1)" in after
    assert "the hr_reviewer" in after


def test_a_change_in_between_is_refused_kindly(browser, desk):
    page = browser.get(DRAFT).text
    assert browser.send(page, "approve", name="Li Na").status_code == 303
    late = browser.send(page, "approve", name="Wang", note="mine")
    assert late.status_code == 412
    assert "It was changed while you read" in late.text
    assert 'value="Wang"' in late.text
    assert len(approvals_of(desk.database, "draft")) == 1


def test_a_forecast_of_another_activity_is_not_approved(browser, desk):
    forecast_id = desk.forecast(
        ForecastsRequest(activity_id="quiz-all", draft=None, explain=False, language=None), "en"
    ).forecast_id
    found = browser.send(browser.get(DRAFT).text, "approve", name="Li", forecast_id=forecast_id)
    assert found.status_code == 422
    assert activities_of(desk).get("draft").content["state"] == "draft"


def test_from_approval_over_announcement_to_cancellation(browser, desk):
    early = browser.get(DRAFT).text
    assert "/announce" not in early
    assert browser.send(early, "approve", name="Li Na").status_code == 303
    assert browser.send(browser.get(DRAFT).text, "announce").status_code == 303
    assert shown(activities_of(desk).get("draft")).phase == "open"
    found = browser.send(browser.get(DRAFT).text, "cancel")
    assert found.headers["location"] == "/console?said=cancelled"
    assert activities_of(desk).get("draft").content["state"] == "cancelled"


def test_a_draft_is_not_announced_unapproved(browser):
    page = browser.get(DRAFT).text
    token = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page))
    found = browser.client.post(DRAFT + "/announce", data={"form_token": token["form_token"]})
    assert found.status_code == 409
    assert "Approve it first" in found.text


def test_a_draft_is_deleted(browser, desk):
    assert browser.send(browser.get(DRAFT).text, "delete").headers["location"] == (
        "/console?said=deleted"
    )
    assert "draft" not in {one.record_id for one in activities_of(desk).all()}


def test_who_may_not_write_gets_no_form(desk):
    page = Browser(desk, "data_scientist").get(DRAFT).text
    assert "/approve" not in page
    assert "/delete" not in page
    assert "Your key may read this" in page


def test_slots_are_forecast_once_and_stand_on_record(browser, desk, monkeypatch):
    forecasts = slot_forecasts.Forecast
    made = []

    def counted(*some, **more):
        made.append(1)
        return forecasts(*some, **more)

    monkeypatch.setattr(slot_forecasts, "Forecast", counted)
    part = browser.get(DRAFT + "/slots?part=1")
    assert part.status_code == 200
    assert "<html" not in part.text
    assert len(made) == 16
    whole = browser.get(DRAFT + "/slots")
    assert "<html" in whole.text
    assert len(made) == 16
    kept = desk.database.read("SELECT draft FROM forecasts WHERE draft IS NOT NULL")
    assert len(kept) == 16


def test_the_best_slot_is_not_praised_where_the_plan_is_better(browser, monkeypatch):
    of = Forecasts.of

    def beside(expected):
        def planned(*some):
            found = of(*some)["en"]
            overall = found.overall.model_copy(update={"expected": expected})
            return {"en": found.model_copy(update={"overall": overall})}

        with monkeypatch.context() as patch:
            patch.setattr(Forecasts, "of", planned)
            return browser.get(DRAFT + "/slots?part=1").text

    assert beside(1).startswith("<p>Most would come on")
    worse = beside(99)
    assert worse.startswith("<p>No slot of that week is better than the planned one (99).")
    assert "Most would come on" not in worse


def test_slots_are_of_the_activitys_week_but_not_of_this_one(desk):
    draft = shown(activities_of(desk).get("draft"))
    found = slot_forecasts.starts_of(draft, UNTIL)
    assert [f"{at:%a %d %H}" for at in found[:4]] == ["Mon 08 12", "Mon 08 15", "Mon 08 19",
                                                      "Tue 09 12"]  # fmt: skip
    assert f"{found[-1]:%a %d %H}" == "Sat 13 14"
    far = slot_forecasts.starts_of(draft, UNTIL + timedelta(days=21))
    assert f"{far[0]:%a %d %b}" == "Mon 29 Jun"
    # of 19 June, the Dragon Boat Festival, none are asked
    then = slot_forecasts.starts_of(draft, UNTIL + timedelta(days=7))
    assert date(2026, 6, 19) not in {at.date() for at in then}


def test_usual_rates_by_hand(board):
    found = Lately(board, "attendance").by_team("function")
    # of those who refuse profiling nothing is counted; corporate has but four
    assert found["R&D"].percent == round(100 * 9 / 36)
    assert found["customer success"].percent == round(100 * 11 / 21)
    assert "corporate" not in found
    assert not Lately(board, "registration").by_team("function")


def test_usual_rates_know_nothing_of_later(board, tables):
    earlier = datetime(2026, 2, 15, tzinfo=UTC)
    every = {name: table.arrow_schema.empty_table() for name, table in TABLES.items()} | tables
    cut = Board(History.from_tables(every, earlier), micros(earlier))
    of_all = Lately(Board(board.history, micros(earlier)), "attendance").by_team("function")
    assert of_all == Lately(cut, "attendance").by_team("function")
    assert of_all


def test_a_driver_tells_the_activitys_own_figure(reader):
    case = case_of(reader, "quiz-all", reward_points=40.0)

    def told(group, points):
        return why(case, DriverAnswer(group=group, label=group, points=points, error=0.5))

    figure = "It gives 40 points; in the last half year 0 were usual."
    assert told("reward", 2) == figure
    # where the figure points the other way it stands beside what the driver is
    assert told("reward", -2) == f"{WHAT['reward']} {figure}"
    assert told("notice", -2).startswith(f"{WHAT['notice']} People are told 28 days ahead; ")
    assert told("colleagues", 2).startswith(f"{WHAT['colleagues']} {case.n_invited} people")
    assert told("habit", 2) == WHAT["habit"]


def test_what_stands_in_the_way_is_told(reader):
    assert "Clash" in heads(case_of(reader, "quiz-all"))
    assert "Left out" in heads(case_of(reader, "quiz-rd"))
    assert "Too few places" in heads(case_of(reader, "quiz-all", capacity=1))
    plain = heads(case_of(reader, "games-all"))
    assert not plain & {"Too few places", "Public holiday", "Weekend", "Left out"}
    holiday = case_of(reader, "games-all", starts_at="2026-06-19T15:00:00+08:00")
    assert "Public holiday" in heads(holiday)
    assert "Weekend" in heads(case_of(reader, "games-all", starts_at="2026-06-14T15:00:00+08:00"))


def test_reasons_and_warnings_are_of_whom_the_forecast_is_of(desk, browser):
    browser.get("/console/activities/quiz-rd")
    forecasts = Forecasts(desk)
    exact = forecasts.kept("quiz-rd").invited
    # one moved away: the forecast stays that of those told of before
    employees = Resources("employee", desk.database, desk.state, desk.erasures.among)
    moved = {name: value for name, value in employees.get("E11").content.items()
             if name in EmployeeRecord.model_fields and value is not None}  # fmt: skip
    moved = EmployeeRecord.model_validate(moved | {"function": "corporate"})
    employees.put("E11", Conditions(), employee_as("E11", moved))
    desk.keep_up()
    kept = forecasts.kept("quiz-rd")
    assert kept.invited.tolist() == exact.tolist()
    found = Case(None, shown(activities_of(desk).get("quiz-rd")), kept.answers["en"],
                 desk.state.board, kept.invited)  # fmt: skip
    assert found.n_invited == found.answer.overall.invited == len(exact)


def test_a_team_below_its_usual_is_told_with_a_search_for_designs_that_bring_it(
    reader, monkeypatch
):  # fmt: skip
    found = case_of(reader, "quiz-all")
    usual = {"R&D": Rate(101, 9)}
    monkeypatch.setattr(Lately, "by_team", lambda _self, by: usual if by == "function" else {})
    monkeypatch.setattr(Case, "usual_of_invited", lambda *_: 101)
    (told,) = (one for one in concerns(found) if one.head == "Functions below their usual")
    address, _name = told.links[1]
    path, _, asked = address.partition("?")
    assert path == "/console/activities/quiz-all/suggest"
    assert parse_qs(asked)["team"] == ["function|R&D"]


def test_reasons_of_a_team_do_not_contradict_its_usual(reader, monkeypatch):
    case = case_of(reader, "quiz-all")
    (topic, *_), portrait = case.activity.tags, SimpleNamespace()

    def figure(value):
        return Figure(value, value, value, 99, 999, is_few=False)

    row = Row(topic, figure(0.48), None, figure(0.3))
    portrait.usual = Row("", figure(0.6), None, None)
    portrait.rates, portrait.ratings = {"topic": [row], "template": []}, []
    said = list(portrayed(case, portrait, -9, Rate(54, 9)))
    assert [re.findall(r"\d+ of 100", one) for one in said] == [["48 of 100", "30 of 100"]]
    assert not list(portrayed(case, portrait, -9, Rate(45, 9)))


def test_hours_of_all_but_a_few_are_not_told(reader, monkeypatch):
    case = case_of(reader, "quiz-all")
    codes = np.where(np.arange(case.board.history.n_employees) < 3, 1, 0)
    people = case.board.history.people
    zones = np.array(["Asia/Shanghai", "UTC"], dtype=object)
    # it starts at eight there
    monkeypatch.setattr(concerns_of_time, "FIRST_HOUR", 9)
    monkeypatch.setattr(type(people), "team_codes", lambda *_: (codes, zones))
    assert list(bad_hours(case)) == []
    codes[:] = 0
    assert [str(case.n_invited) in what for _, what, *_ in bad_hours(case)] == [True]


def test_a_week_of_deadlines_is_told_with_a_quieter_one(reader, monkeypatch):
    found = case_of(reader, "quiz-rd")
    due = (date(2026, 6, 9) - date(1970, 1, 1)).days
    kept = concerns_of_people.Milestones("", ["G1"], np.array([due]))
    monkeypatch.setattr(concerns_of_people, "_milestones", lambda *_: kept)
    told = [one for one in concerns(found) if one.head == "Deadlines"]
    # six of the fourteen of R&D are in the group
    assert [one.what.split("%")[0] for one in told] == ["43"]
    assert "15 Jun 2026" in told[0].advice


def test_holidays_and_the_weekends_worked_for_them():
    assert holiday_on(date(2026, 2, 17)) == "Spring Festival"
    assert holiday_on(date(2026, 2, 24)) is None
    assert not is_free_weekend(date(2026, 2, 14))


def test_trust_counts_what_lay_in_the_range():
    past = [PastForecast(str(n), 100, 90, 110, came) for n, came in enumerate((90, 111, 100, 105))]
    found = trust_of(past, of_this_kind=True)
    assert (found.n, found.inside, found.typical_error) == (4, 3, 8)
    assert found.is_few
