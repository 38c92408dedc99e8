"""The list of activities: what each line says, filters, pages, and what little is told of."""

import re
import threading
from datetime import timedelta
from types import SimpleNamespace

import pytest

from engagement.approvals import store_approval
from features import clock
from serving.console.activities import A_PAGE
from serving.console.activity import activities_of
from serving.contract import ForecastsRequest
from serving.organisation import ActivityRecord, activity_as
from serving.predictor import PastForecast
from serving.resources import Conditions
from serving.state import State

from ..conftest import UNTIL  # noqa: TID252, RUF100

ROW = re.compile(r'<tr role="row">\s*<th role="rowheader".*?</tr>', re.S)


def rows(page):
    return {re.search(r'href="([^"]+)"', row)[1]: row for row in ROW.findall(page.text)}


def row_of(page, activity_id):
    return next(row for address, row in rows(page).items() if f"/{activity_id}" in address)


def text(html):
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def put(desk, activity_id, **fields):
    content = {"title": "new", "starts_at": UNTIL + timedelta(days=9)} | fields
    record = ActivityRecord.model_validate(content)
    activities_of(desk).put(activity_id, Conditions(), activity_as(activity_id, record))
    desk.keep_up()


class Thread(threading.Thread):
    """Does its work at once; what waits for it sees it done."""

    def start(self):
        self.run()


class Idle(Thread):
    """Does nothing, as one that is not done yet."""

    def run(self):
        pass


@pytest.fixture
def work_of(monkeypatch):
    """Sets how forecasts are prepared."""

    def by(thread):
        own = SimpleNamespace(Thread=thread, Lock=threading.Lock)
        monkeypatch.setattr("serving.console.forecasts.threading", own)

    return by


@pytest.fixture
def prepared(work_of):
    """Forecasts are computed at once, not by and by."""
    work_of(Thread)


def test_every_activity_stands_in_the_list_and_leads_to_what_matters_now(visitor):
    someone = visitor()
    found = rows(someone.get("/console"))
    found |= rows(someone.get("/console?page=2"))
    assert len(found) == 20
    assert "/console/activities/past-00/effect" in found
    assert "/console/activities/quiz-all/live" in found
    assert "/console/activities/draft" in found


def test_a_page_has_so_many_and_a_page_beyond_the_last_is_the_last(visitor, desk):
    for number in range(A_PAGE):
        put(desk, f"more-{number}")
    someone = visitor()
    first, last = someone.get("/console"), someone.get("/console?page=99999")
    assert len(rows(first)) == A_PAGE
    assert "1 to 20 of 40" in first.text
    assert "21 to 40 of 40" in last.text
    assert 'rel="next"' in first.text
    assert 'rel="next"' not in last.text
    for odd in ("-1", "x", "²", "9" * 50):
        assert someone.get("/console", params={"page": odd}).status_code == 200


@pytest.mark.parametrize(
    ("asked", "n"),
    [("phase=past", 12), ("phase=draft", 1), ("template=quiz", 8), ("q=PAST-0", 10),
     ("q=标题 far", 1), ("phase=past&template=games", 6), ("q=nowhere", 0), ("city=成都", 0)],
)  # fmt: skip
def test_filters_keep_what_fits_all_of_them(visitor, asked, n):
    found = visitor().get(f"/console?{asked}")
    assert len(rows(found)) == n
    assert ("No activity is like this" in found.text) == (n == 0)


def test_one_that_is_ahead_shows_its_forecast_once_that_is_computed(visitor, desk, prepared):
    row = text(row_of(visitor().get("/console"), "quiz-all"))
    found = desk.forecast(
        ForecastsRequest(activity_id="quiz-all", draft=None, explain=False, language=None), "en"
    ).overall
    assert f"{found.expected} {found.low} to {found.high}" in row
    assert "1 signed up" in row


def test_until_then_the_page_says_so_and_reads_itself_again(visitor, work_of):
    work_of(Idle)
    page = visitor().get("/console?template=quiz")
    assert "being computed" in row_of(page, "quiz-all")
    assert 'id="coming" class="soft coming" role="status" data-refresh="here"' in page.text
    assert "still to come on this page: 2" in page.text


def test_what_cannot_be_forecast_says_why_and_is_not_waited_for(visitor, prepared):
    page = visitor().get("/console")
    assert "invites nobody" in row_of(page, "nobody")
    assert "invites fewer than 5 people" in row_of(page, "few")
    assert "data-refresh" not in page.text


def test_of_fewer_than_five_invited_no_number_is_told(visitor):
    assert "signed up" not in text(row_of(visitor().get("/console"), "few"))


def test_the_past_shows_the_approved_forecast_else_the_backtests(visitor, desk, monkeypatch):
    monkeypatch.setattr(
        type(desk.state.predictor), "past",
        (PastForecast("past-00", 9.6, 6.0, 14.0, 11), PastForecast("past-01", 7.4, 5.0, 9.0, 8)),
    )  # fmt: skip
    request = ForecastsRequest(activity_id="quiz-all", draft=None, explain=False, language=None)
    approved = desk.forecast(request, "en")
    store_approval(desk.database, "past-00", approved.forecast_id, "key", "Li", "", clock.now())
    store_approval(desk.database, "past-02", "lost", "key", "Li", "", clock.now())
    page = visitor().get("/console?phase=past")
    count = approved.overall
    assert f"{count.expected} {count.low} to {count.high} as approved" in text(
        row_of(page, "past-00")
    )
    assert "7 5 to 9 looking back" in text(row_of(page, "past-01"))
    assert "no forecast" in text(row_of(page, "past-02"))
    assert "11 came" in text(row_of(page, "past-00"))


def test_places_say_how_many_are_taken_and_whether_more_are_expected(visitor, desk, prepared):
    put(desk, "tight", capacity=6, template="quiz")
    assert "6 fewer than expected" in text(row_of(visitor().get("/console?q=tight"), "tight"))


def test_a_draft_whose_day_has_passed_was_never_announced(visitor, desk):
    put(desk, "missed", starts_at=UNTIL - timedelta(days=3))
    page = visitor().get("/console?q=missed")
    assert "never announced" in text(row_of(page, "missed"))
    assert "One activity" in page.text


def test_without_models_it_says_why_there_are_no_forecasts(visitor, desk, board):
    desk.replace(State(board, UNTIL, None, tables=desk.state.tables))
    page = visitor().get("/console")
    assert page.status_code == 200
    assert "no models are in use" in page.text
    assert "data-refresh" not in page.text


def test_a_company_without_activities_is_told_how_to_begin(visitor, desk, monkeypatch):
    monkeypatch.setattr("serving.resources.Resources.all", lambda self: [])
    assert "Draft the first one" in visitor().get("/console").text
    assert "Draft the first one" not in visitor("data_scientist").get("/console").text


def test_titles_are_text(visitor, desk):
    put(desk, "odd/<id>", title="<script>alert(1)</script>")
    page = visitor().get("/console", params={"q": "<script>"})
    assert "<script>alert" not in page.text
    assert "/console/activities/odd%2F%3Cid%3E" in page.text


def test_the_list_is_the_same_in_chinese(visitor):
    page = visitor().get("/console?lang=zh&phase=past")
    assert len(rows(page)) == 12
    assert "参加" in page.text
