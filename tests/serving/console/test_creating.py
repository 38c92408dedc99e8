"""A new activity: what its form begins with, what it says is wrong, and the draft that is kept."""

import html
import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from serving.console.activity import activities_of
from serving.console.audience_words import audience_words
from serving.console.beginnings import copied, workday_after
from serving.console.choices import choices_of
from serving.console.design_form import design_of, sent, typed
from serving.console.team_names import TeamNames
from serving.contract import ActivityDraft
from serving.organisation import ActivityRecord, activity_as
from serving.resources import Conditions

NEW = "/console/activities/new"
NOW = datetime(2026, 6, 1, 1, tzinfo=UTC)
GOOD = {
    "template": "knowledge_quiz", "title": "桌游夜", "description": "一起玩", "day": "2026-07-01",
    "hour": "19:00", "hours": "1.5", "zone": "Asia/Shanghai", "mode": "onsite", "city": "成都",
    "format": "team", "points": "20", "capacity": "40", "notice": "10", "invited": "teams",
    "kept": "", "share:games": "30", "share:social": "10", "share:technical": "",
    "team:function": ["R&D", "customer success"], "team:city": ["成都"],
}  # fmt: skip


def values_of(page):
    """What the fields of the page's form hold."""
    found = {}
    for tag in re.findall(r"<input [^>]+>", page.text):
        named = dict(re.findall(r'(\S+)="([^"]*)"', tag))
        if named.get("type") in ("radio", "checkbox") and " checked" not in tag:
            continue
        if "name" in named:
            found.setdefault(html.unescape(named["name"]), []).append(
                html.unescape(named.get("value", ""))
            )
    for name, options in re.findall(r'<select id="\w+" name="(\w+)".*?>(.*?)</select>', page.text):
        chosen = re.search(r"<option(?: value=\"([^\"]*)\")? selected>([^<]*)", options)
        found[name] = (
            [chosen[1] if chosen and chosen[1] is not None else chosen[2]] if chosen else [""]
        )
    for name, text in re.findall(r'<textarea id="\w+" name="(\w+)".*?>(.*?)</textarea>', page.text):
        found[name] = [html.unescape(text)]
    return found


@pytest.fixture
def choices(desk):
    return choices_of(desk)


def read(choices, **changed):
    form = {name: value if isinstance(value, list) else [value]
            for name, value in (GOOD | changed).items()}  # fmt: skip
    return design_of(sent(form), choices, NOW)


def test_each_template_begins_with_a_sound_form_that_lacks_a_title_alone(visitor):
    someone = visitor()
    first = someone.get(NEW)
    templates = re.findall(r"template=(\w+)", first.text)
    assert len(templates) == 6
    for template in templates:
        page = someone.get(f"{NEW}?template={template}")
        answer = someone.post(NEW, **values_of(page))
        assert answer.status_code == 422
        assert re.findall(r'id="(\w*)-wrong"', answer.text) == ["title"]


def test_a_draft_is_kept_as_typed_and_its_review_comes_next(visitor, desk):
    someone = visitor()
    answer = someone.send(NEW, from_page=f"{NEW}?template=knowledge_quiz", **GOOD)
    assert answer.status_code == 303, answer.text
    where = re.fullmatch(r"/console/activities/(hc-\w+)\?notice=10&said=drafted",
                         answer.headers["location"])  # fmt: skip
    kept = activities_of(desk).get(where[1]).content
    assert kept["state"] == "draft"
    assert kept["announced_at"] is None
    assert datetime.fromisoformat(kept["starts_at"]) == datetime(2026, 7, 1, 11, tzinfo=UTC)
    assert datetime.fromisoformat(kept["ends_at"]) == datetime(2026, 7, 1, 12, 30, tzinfo=UTC)
    assert kept["tags"] == {"games": 0.75, "social": 0.25}
    assert kept["audience"] == {"function": ["R&D", "customer success"], "city": ["成都"]}
    assert (kept["capacity"], kept["reward_points"], kept["reward_kind"]) == (40, 20.0, "points")
    assert (kept["mode"], kept["city"], kept["format"]) == ("onsite", "成都", "team")
    assert someone.get(f"/console/activities/{where[1]}").status_code == 200


def test_what_was_typed_is_read_back_the_same(choices):
    found = read(choices)
    assert found.wrong == {}
    again = typed(ActivityDraft.model_validate(found.design).model_dump(mode="json"), choices)
    expected = {name: value for name, value in GOOD.items() if name in again.texts}
    assert again.texts == expected
    assert again.shares == {"games": "75", "social": "25"}
    assert again.teams == {"function": ("R&D", "customer success"), "city": ("成都",)}


@pytest.mark.parametrize(
    ("changed", "field", "rule"),
    [
        ({"title": "  "}, "title", "title"),
        ({"title": "x" * 501}, "title", "at most 500"),
        ({"day": ""}, "day", "day and an hour"),
        ({"day": "2026-02-30"}, "day", "day and an hour"),
        ({"hour": "25:00"}, "day", "day and an hour"),
        ({"hour": "19:00+08:00+"}, "day", "day and an hour"),
        ({"day": "2026-05-01"}, "day", "lies ahead"),
        ({"day": "9999-12-31"}, "day", "years"),
        ({"hours": "0"}, "hours", "hours"),
        ({"hours": "1e9"}, "hours", "hours"),
        ({"hours": "nan"}, "hours", "hours"),
        ({"zone": "Mars/Olympus"}, "zone", "IANA"),
        ({"mode": "by mail"}, "mode", "one of"),
        ({"city": ""}, "city", "which city"),
        ({"format": "crowd"}, "format", "one of"),
        ({"points": "many"}, "points", "number"),
        ({"points": "-1"}, "points", "at least 0"),
        ({"capacity": "0"}, "capacity", "at least 1"),
        ({"capacity": "2.5"}, "capacity", "whole number"),
        ({"notice": "-1"}, "notice", "whole number of days"),
        ({"notice": "31"}, "notice", "at most 30"),
        ({"notice": "9" * 5000}, "notice", "at most 30"),
        ({"share:games": "101"}, "topics", "0 to 100"),
        ({"share:games": "inf"}, "topics", "0 to 100"),
        ({"share:games": "a lot"}, "topics", "0 to 100"),
        ({"team:function": [], "team:city": []}, "invited", "at least one team"),
        ({"invited": "", "kept": ""}, "invited", "anew"),
        ({"invited": "kept", "kept": '["E01"]'}, "invited", "anew"),
        ({"invited": "kept", "kept": '{"employee": ["E01"]}'}, "invited", "anew"),
        ({"invited": "kept", "kept": '{"not":' * 900 + "{}" + "}" * 900}, "invited", "anew"),
        ({"team:function": ["no such team"]}, "invited", "invites nobody"),
        ({"team:function": ["corporate"], "team:city": []}, "invited", "fewer than 5"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_lost(
    visitor, desk, changed, field, rule
):
    someone, before = visitor(), len(activities_of(desk).all())
    answer = someone.send(NEW, from_page=f"{NEW}?template=knowledge_quiz", **(GOOD | changed))
    assert answer.status_code == 422
    said = re.search(rf'id="{field}-wrong">([^<]*)<', answer.text)
    assert said, re.findall(r'id="\w*-wrong">[^<]*', answer.text)
    assert rule in said[1]
    assert f'<a href="#{field}">' in answer.text
    kept = values_of(answer)
    assert kept["title"] == [(GOOD | changed)["title"].strip()]
    assert kept["hours"] == [(GOOD | changed)["hours"]]
    assert kept["share:social"] == ["10"]
    assert kept["city"] == [(GOOD | changed)["city"]]
    assert len(activities_of(desk).all()) == before


def test_several_wrong_fields_are_all_told(choices):
    wrong = read(
        choices, title="", day="", capacity="x", notice="1.5", **{"share:games": "-"}
    ).wrong
    assert set(wrong) == {"title", "day", "capacity", "topics"}


def test_online_needs_no_city_and_empty_fields_are_none(choices):
    empty = ("city", "capacity", "points", "hours", "notice", "description", "format",
             "share:games", "share:social")  # fmt: skip
    found = read(choices, mode="online", invited="everyone", **dict.fromkeys(empty, ""))
    assert found.wrong == {}
    assert {name for name, value in found.design.items() if value is not None} == {
        "title", "template", "mode", "timezone", "starts_at",
    }  # fmt: skip


def test_a_copy_begins_like_its_original_two_weeks_ahead(visitor, desk):
    someone = visitor()
    page = someone.get(f"{NEW}?copy=quiz-rd")
    values = values_of(page)
    assert values["title"] == ["标题 quiz-rd"]
    assert values["day"] == ["2026-06-15"]
    assert values["invited"] == ["teams"]
    assert "as before" not in page.text
    assert values["team:function"] == ["R&D"]
    # the original's 28 days are not left any more
    assert values["notice"][0] in ("13", "14")
    assert someone.post(NEW, **values).status_code == 303


def test_a_copy_takes_over_what_no_field_says(visitor, desk):
    record = ActivityRecord.model_validate({
        "title": "first", "starts_at": NOW + timedelta(days=3), "series_id": "S",
        "organiser_id": "E03", "audience": {"tenure_days": {"at_least": 30}},
        "reward_kind": "mugs", "reward_points": 5,
    })  # fmt: skip
    activities_of(desk).put("first", Conditions(), activity_as("first", record))
    desk.keep_up()
    someone = visitor()
    page = someone.get(f"{NEW}?copy=first")
    assert "at least 30 days at the company" in page.text
    values = values_of(page)
    assert values["invited"] == ["kept"]
    answer = someone.post(NEW, **values)
    assert answer.status_code == 303, answer.text
    kept = activities_of(desk).get(answer.headers["location"].split("/")[3].split("?")[0]).content
    assert kept["audience"] == {"tenure_days": {"at_least": 30}}
    assert (kept["series_id"], kept["organiser_id"]) == ("S", "E03")
    assert kept["reward_kind"] == "mugs"


def test_what_is_to_be_copied_and_gone_leads_to_the_templates(visitor):
    page = visitor().get(f"{NEW}?copy=nothing")
    assert page.status_code == 200
    assert "not there any more" in page.text


def test_a_copy_keeps_its_weekday_and_local_hour_where_clocks_change():
    content = {"starts_at": "2026-03-20T18:00:00+01:00", "timezone": "Europe/Berlin",
               "ends_at": "2026-03-20T19:30:00+01:00", "announced_at": None}  # fmt: skip
    found = copied(content, datetime(2026, 3, 21, tzinfo=UTC))
    assert found["starts_at"] == "2026-04-10T18:00:00+02:00"
    assert found["ends_at"] == "2026-04-10T19:30:00+02:00"


def test_a_beginning_is_never_on_a_weekend():
    days = [workday_after(NOW + timedelta(days=n)) for n in range(7)]
    assert all(day.weekday() < 5 for day in days)


def test_teams_under_five_cannot_be_ticked(choices):
    assert set(choices.teams["function"]) == {"R&D", "customer success"}
    assert choices.teams["project_group"] == ("G1",)


def test_an_audience_is_told_in_words():
    def say(template, **values):
        return template.format(**values)

    found = audience_words(
        {"any": [{"city": ["成都"]}, {"not": {"level": ["P4"]}}], "tenure_days": {"below": 90}},
        say,
        TeamNames("en", {}),
    )
    assert found == "one of: (cities: 成都) / (not (levels: P4)); less than 90 days at the company"
    cities = {"city": ["成都", "上海"]}
    assert audience_words(cities, say, TeamNames("zh", {})) == "cities: 成都、上海"


def test_whoever_may_not_write_gets_no_form(visitor):
    assert visitor("data_scientist").get(NEW).status_code == 403
    assert json.dumps(NEW)[1:-1] not in visitor("data_scientist").get("/console").text
