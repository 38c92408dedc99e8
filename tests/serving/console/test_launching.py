"""Approval and launch: of the design that was seen, whole or not at all."""

import re
import time
from datetime import date, datetime, timedelta
from html import unescape

import pytest

from engagement.answers import stored_forecast
from engagement.approvals import approvals_of, newest_approvals, standing_approval
from features.errors import NotReadyError
from serving.console import forecasts, launching
from serving.console.activity import activities_of, shown
from serving.console.forecasts import Forecasts
from serving.organisation import ActivityRecord, activity_as
from serving.resources import Conditions

DRAFT = "/console/activities/draft"


def put(desk, activity_id="draft", **changed):
    """Set an activity as another worker does: this one has not worked it in yet."""
    content = activities_of(desk).get("draft").content | changed
    known = {name: value for name, value in content.items()
             if name in ActivityRecord.model_fields and value is not None}  # fmt: skip
    record = ActivityRecord.model_validate(known | {"activity_id": activity_id})
    activities_of(desk).put(activity_id, Conditions(), activity_as(activity_id, record))


def hidden(page, name):
    return unescape(re.search(rf'name="{name}" value="([^"]*)"', page.text)[1])


def approve(someone, page, **more):
    fields = {"name": "Li", "etag": hidden(page, "etag"),
              "forecast_id": hidden(page, "forecast_id")}  # fmt: skip
    return someone.send(DRAFT + "/approve", **(fields | more))


def announce(someone, activity_id="draft", **more):
    etag = hidden(someone.get(f"/console/activities/{activity_id}"), "etag")
    return someone.send(f"/console/activities/{activity_id}/announce", **({"etag": etag} | more))


def test_the_forecast_approved_is_of_the_design_set_elsewhere_a_moment_ago(desk, visitor):
    someone = visitor()
    before = someone.get(DRAFT)
    put(desk, audience={"function": ["R&D"]})
    page = someone.get(DRAFT)
    assert hidden(page, "forecast_id") != hidden(before, "forecast_id")
    assert approve(someone, page).status_code == 303
    (kept,) = approvals_of(desk.database, "draft")
    assert stored_forecast(desk.database, kept.forecast_id)["answer"]["overall"]["invited"] == 14


def test_a_forecast_of_the_former_design_or_never_shown_is_not_approved(desk, visitor):
    someone, other = visitor(), visitor()
    before = someone.get(DRAFT)
    assert approve(other, before).status_code == 422
    put(desk, audience={"function": ["R&D"]})
    now = someone.get(DRAFT)
    assert approve(someone, now, forecast_id=hidden(before, "forecast_id")).status_code == 422
    assert not approvals_of(desk.database, "draft")


def test_an_approval_that_cannot_be_kept_leaves_the_draft_a_draft(desk, visitor, monkeypatch):
    def locked(*_):
        raise NotReadyError("the database is locked")

    someone = visitor()
    monkeypatch.setattr(launching, "add_approval", locked)
    assert approve(someone, someone.get(DRAFT)).status_code == 503
    assert activities_of(desk).get("draft").content["state"] == "draft"


def test_only_an_approved_design_is_announced_and_once(desk, visitor):
    someone = visitor()
    # the HR system called it approved; nobody approved it here
    put(desk, state="approved")
    assert announce(someone).status_code == 409
    assert "/announce" not in someone.get(DRAFT).text
    assert approve(someone, someone.get(DRAFT)).status_code == 303
    put(desk, state="approved", reward_points=77)
    page = someone.get(DRAFT)
    assert "The design was changed since this approval" in page.text
    assert announce(someone).status_code == 409
    assert approve(someone, page).status_code == 303
    assert announce(someone, etag="").status_code == 412
    assert announce(someone).status_code == 303
    at = activities_of(desk).get("draft").content["announced_at"]
    assert announce(someone).status_code == 409
    assert activities_of(desk).get("draft").content["announced_at"] == at


def test_an_announcement_can_be_left_for_a_later_day(desk, visitor):
    someone = visitor()
    page = approve(someone, someone.get(f"{DRAFT}?notice=2"), notice="2")
    assert page.headers["location"] == f"{DRAFT}?notice=2&said=approved"
    starts = activities_of(desk).get("draft").content["starts_at"]
    planned = re.search(
        r'name="day" type="date" value="([^"]+)"', someone.get(f"{DRAFT}?notice=2").text
    )[1]
    assert datetime.fromisoformat(starts).date() - date.fromisoformat(planned) == timedelta(days=2)
    for day in ("", "soon", "2026-05-30", "2026-12-31"):
        refused = announce(someone, when="later", day=day)
        assert refused.status_code == 422
        assert 'id="day-wrong"' in refused.text
    found = announce(someone, when="later", day=planned)
    assert found.headers["location"] == f"{DRAFT}?said=planned"
    content = activities_of(desk).get("draft").content
    assert content["state"] == "approved"
    assert datetime.fromisoformat(content["announced_at"]).date().isoformat() == planned
    assert standing_approval(desk.database, "draft")
    assert "It will be announced by itself" in someone.get(DRAFT).text
    assert announce(someone, when="open").status_code == 303
    assert activities_of(desk).get("draft").content["announced_at"] is None
    assert standing_approval(desk.database, "draft")


def test_what_is_planned_can_be_taken_back_when_its_approval_stands_no_more(desk, visitor):
    someone = visitor()
    assert approve(someone, someone.get(DRAFT)).status_code == 303
    last = datetime.fromisoformat(activities_of(desk).get("draft").content["starts_at"])
    refused = announce(someone, when="later", day=f"{last + timedelta(days=1):%Y-%m-%d}")
    assert refused.status_code == 422
    planned = f"{last - timedelta(days=2):%Y-%m-%d}"
    assert announce(someone, when="later", day=planned).status_code == 303
    put(desk, reward_points=77)
    desk.keep_up()
    assert standing_approval(desk.database, "draft") is None
    assert "It will be announced by itself" in someone.get(DRAFT).text
    assert announce(someone, when="now").status_code == 409
    assert announce(someone, when="open").status_code == 303
    assert activities_of(desk).get("draft").content["announced_at"] is None


def test_title_description_and_places_can_be_changed_until_it_is_announced(desk, visitor):
    someone = visitor()
    assert approve(someone, someone.get(DRAFT)).status_code == 303
    page = someone.get(f"{DRAFT}/design")
    words = {"title": "A quiz", "description": "of\r\ntwo lines", "capacity": "30"}
    etag = hidden(page, "etag")
    refused = someone.send(f"{DRAFT}/words", etag="old", **words)
    assert refused.status_code == 412
    # nothing that was typed is lost
    assert 'value="A quiz"' in refused.text
    assert "two lines</textarea>" in refused.text
    assert 'value="30"' in refused.text
    found = someone.send(f"{DRAFT}/words", etag=etag, **words)
    assert found.headers["location"] == f"{DRAFT}?said=changed"
    content = activities_of(desk).get("draft").content
    assert {name: content[name] for name in ("title", "description", "capacity", "state")} == {
        "title": "A quiz", "description": "of\ntwo lines", "capacity": 30, "state": "draft",
    }  # fmt: skip
    assert approve(someone, someone.get(DRAFT)).status_code == 303
    etag = hidden(someone.get(f"{DRAFT}/design"), "etag")
    # the same words change nothing: the approval stands
    same = someone.send(f"{DRAFT}/words", etag=etag, **words)
    assert same.headers["location"] == f"{DRAFT}/design"
    assert standing_approval(desk.database, "draft")
    for wrong in ({"title": ""}, {"capacity": "0"}, {"capacity": "many"}):
        refused = someone.send(f"{DRAFT}/words", etag=etag, **(words | wrong))
        assert refused.status_code == 422
        assert "This is not possible as things stand" in refused.text
        assert "two lines</textarea>" in refused.text
    assert (
        "Title, description and places"
        not in someone.get("/console/activities/quiz-all/design").text
    )


def test_the_review_tells_the_design_that_its_forecast_is_of(visitor):
    text = re.sub(r"(<[^>]*>|\s)+", " ", visitor().get(DRAFT).text)
    told = text[text.index("The design that this is of") :]
    assert re.match(r".{0,200}Length 1 hours", told)
    assert re.match(r".{0,200}Invited everyone", told)


def test_an_approval_stands_until_the_design_is_another_one(desk, visitor):
    someone = visitor()
    assert approve(someone, someone.get(DRAFT)).status_code == 303
    assert announce(someone).status_code == 303
    assert standing_approval(desk.database, "draft")
    assert "draft" in newest_approvals(desk.database)
    put(desk, state="announced", reward_points=77)
    assert standing_approval(desk.database, "draft") is None
    assert "draft" not in newest_approvals(desk.database)


def test_what_cannot_be_forecast_can_be_cancelled_and_says_what_went_wrong(visitor):
    someone = visitor()
    page = someone.get("/console/activities/nobody")
    assert "No forecast can be given" in page.text
    assert "/cancel" in page.text
    assert "/approve" not in page.text
    late = someone.send("/console/activities/nobody/cancel", etag='"old"')
    assert late.status_code == 412
    assert "It was changed while you read" in late.text


def test_a_view_that_cannot_be_noted_leaves_the_page(visitor, monkeypatch):
    def locked(*_):
        raise NotReadyError("the database is locked")

    someone = visitor()
    with monkeypatch.context() as patch:
        patch.setattr(forecasts, "note_view", locked)
        assert someone.get(DRAFT).status_code == 200
    noted = []
    monkeypatch.setattr(forecasts, "note_view", lambda *view: noted.append(view))
    someone.get(DRAFT)
    someone.get(DRAFT)
    assert len(noted) == 1


def waited(found):
    for _ in range(200):
        if not found._wanted:
            return
        time.sleep(0.02)
    pytest.fail("the forecasts never come")


def test_a_forecast_that_fails_is_not_tried_for_ever(desk, monkeypatch):
    asked = []

    def broken(request):
        asked.append(request.activity_id)
        raise ValueError("x")

    monkeypatch.setattr(desk, "forecasted", broken)
    found, draft = Forecasts(desk), shown(activities_of(desk).get("draft"))
    for _ in range(3):
        found.prepare([draft])
        waited(found)
    assert asked == ["draft"]
    assert found.refused(draft).status == 500


def test_forecasts_kept_are_so_many_and_of_the_version_shown(desk, monkeypatch):
    monkeypatch.setattr(forecasts, "MOST_KEPT", 1)
    found = Forecasts(desk)
    first = found.of("draft")
    put(desk, "other")
    # what was set of another activity leaves a draft's forecast
    assert found.of("draft") is first
    found.of("quiz-all")
    assert found.known("draft") is None
