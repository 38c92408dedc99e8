"""Changing a design beside the original, and letting designs be suggested."""

import re
import time
from urllib.parse import parse_qs, urlsplit

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from engagement.designs import add_design, designs_about
from engagement.keys import create_key
from features import clock
from features.language import LANGUAGES, render
from serving.answers import CostAnswer, Count, DesignAnswer, DesignsFound, DifferenceAnswer
from serving.changes import HARDLY_TOLD, NEVER_THEN
from serving.console.activity import activities_of, shown
from serving.console.change_words import audience_in_words, changes_in_words, notes_in_words
from serving.console.changes_form import asked_of, fields_of
from serving.console.design_texts import texts_of
from serving.console.routes import console_routes
from serving.console.suggest import lines_of
from serving.console.team_names import TeamNames
from serving.contract import CompareRequest
from serving.designing import SOME_ONLY
from serving.designs import Designs
from serving.guard import Guard

DRAFT = "/console/activities/draft"


pytestmark = pytest.mark.usefixtures("paired")


@pytest.fixture
def enter(desk):
    """Signs in with a key of a role, in English."""
    designs = Designs(desk)
    app = Guard(Starlette(routes=console_routes(desk, designs)), desk)

    def entered(role="hr_reviewer", language="en"):
        client = TestClient(app, follow_redirects=False, headers={"accept-language": language})
        token = create_key(desk.database, role, role)[1]
        assert client.post("/console/sign-in", data={"key": token}).status_code == 303
        return client

    yield entered
    designs.stop()


@pytest.fixture
def activity(desk):
    return shown(activities_of(desk).get("draft"))


def hidden(html):
    """The fields that a page's form sends along."""
    found = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', html)
    fields = {}
    for name, value in found:
        fields.setdefault(name, []).append(value.replace("&#34;", '"').replace("&amp;", "&"))
    return fields


def sent(address):
    return parse_qs(urlsplit(address).query, keep_blank_values=True)


def test_the_form_of_the_design_as_it_is_changes_nothing(activity):
    found = asked_of(activity, texts_of(activity.content))
    assert (found.different, found.changes, found.wrong) == ({}, {}, {})


def test_every_field_that_differs_is_a_change_and_no_other(activity):
    found = asked_of(activity, {
        "day": ["2026-06-09"], "hour": ["12:30"], "length": ["2"], "points": ["50"],
        "mode": ["onsite"], "city": ["成都"], "format": ["team"], "template": ["quiz"],
        "notice": ["3"], "topic_games": ["1"], "topic_technical": ["3"], "audience": ["some"],
        "in_function": ["R&D"], "in_city": [], "unknown": ["x"],
    })  # fmt: skip
    assert not found.wrong
    assert found.changes == {
        "template": "quiz", "mode": "onsite", "format": "team", "city": "成都",
        "tags": {"games": 0.25, "technical": 0.75}, "reward_points": 50.0,
        "starts_at": "2026-06-09T12:30:00+08:00", "ends_at": "2026-06-09T14:30:00+08:00",
        "announced_at": "2026-06-06T09:00:00+08:00", "audience": {"function": ["R&D"]},
    }  # fmt: skip
    assert "unknown" not in found.different


@pytest.mark.parametrize(
    ("field", "text"),
    [("day", "soon"), ("points", "many"), ("points", "-1"), ("length", "0"), ("mode", "phone"),
     ("notice", "400"), ("audience", "some"), ("topic_x", "many")],
)  # fmt: skip
def test_what_cannot_be_read_is_told_beside_its_field_and_kept(enter, field, text):
    found = enter().get(f"{DRAFT}/design", params={field: text})
    assert found.status_code == 422
    name = "topics" if field.startswith("topic") else field
    assert f'id="{name}-wrong"' in found.text or f'href="#{name}"' in found.text
    assert text in found.text


def test_ticked_teams_come_first_and_the_way_back_with_what_is_shown(enter):
    hr = enter()
    page = hr.get(f"{DRAFT}/design").text
    boxes = r'type="checkbox" name="in_function" value="([^"]+)"'
    names = re.findall(boxes, page)
    assert len(names) > 1
    assert "Back to the original" not in page
    asked = {"audience": "some", "in_function": names[-1].replace("&amp;", "&")}
    page = hr.get(f"{DRAFT}/design", params=asked).text
    assert re.findall(boxes, page) == [names[-1], *names[:-1]]
    assert "Back to the original" in page[page.index('id="result"') :]


def test_what_cannot_be_forecast_is_told_and_the_form_stays(enter):
    found = enter().get(f"{DRAFT}/design?day=2020-01-01")
    assert found.status_code == 422
    assert "must be after" in found.text
    assert 'value="2020-01-01"' in found.text


def test_an_address_holds_what_is_changed_and_no_more(enter, activity):
    texts = {name: values[0] for name, values in texts_of(activity.content).items()}
    found = enter().get(f"{DRAFT}/design", params=texts | {"points": " 50 ", "format": "team"})
    assert found.status_code == 303
    assert sent(found.headers["location"]) == {"points": ["50"], "format": ["team"]}


def test_the_changed_design_stands_beside_the_original_as_the_service_compares_them(enter, desk):
    page = enter().get(f"{DRAFT}/design?template=quiz&hour=03%3A00").text
    changes = {"template": "quiz", "starts_at": "2026-06-08T03:00:00+08:00"}
    answer = desk.compare(CompareRequest(activity_id="draft", changes=changes), "en")
    (variant,) = answer.variants
    shown_difference = re.search(r'class="big"><b>([^<]+)</b>', page)[1]
    assert int(shown_difference.replace("−", "-")) == variant.difference.expected
    rows = re.findall(r'<th scope="row">(Original|Changed)</th><td>(\d+)</td>', page)
    assert rows == [("Original", str(answer.forecast.overall.expected)),
                    ("Changed", str(variant.forecast.overall.expected))]  # fmt: skip
    for team in variant.by_function:
        assert f'<th scope="row">{team.team.replace("&", "&amp;")}</th>' in page
    assert "unlike anything seen so far" in page
    assert "Start: no activity was held at such an hour of such a weekday" in page
    assert "no proof" in page


def test_changes_are_applied_to_the_version_that_was_seen(enter, desk):
    hr = enter()
    page = hr.get(f"{DRAFT}/design?points=50&topic_quiz=100").text
    fields = hidden(page) | {"keep": ["here"]}
    found = hr.post(f"{DRAFT}/design", data=fields)
    assert (found.status_code, found.headers["location"]) == (303, f"{DRAFT}?said=changed")
    now = activities_of(desk).get("draft").content
    assert (now["reward_points"], now["tags"], now["state"]) == (50.0, {"quiz": 1.0}, "draft")
    assert now["title"] == "标题 draft"
    # the same form once more is about a version that is gone
    again = hr.post(f"{DRAFT}/design", data=fields | {"points": ["60"]})
    assert again.status_code == 412
    assert "was changed meanwhile" in again.text
    assert activities_of(desk).get("draft").content["reward_points"] == 50.0


def test_a_changed_design_can_be_kept_as_a_draft_beside_it(enter, desk):
    hr = enter()
    page = hr.get("/console/activities/quiz-all/design?day=2026-06-10").text
    assert "Apply to the draft" not in page
    found = hr.post("/console/activities/quiz-all/design", data=hidden(page) | {"keep": ["copy"]})
    assert found.status_code == 303
    name = found.headers["location"].rpartition("/")[2].partition("?")[0]
    kept = activities_of(desk).get(name).content
    assert (kept["state"], kept["announced_at"]) == ("draft", None)
    assert kept["title"] == "标题 quiz-all (variant)"
    assert kept["starts_at"].startswith("2026-06-10T08:00")
    before = activities_of(desk).get("quiz-all").content
    assert before["starts_at"].startswith("2026-06-08")
    # an announced one is not changed, whatever is sent
    fields = hidden(page) | {"keep": ["here"]}
    assert hr.post("/console/activities/quiz-all/design", data=fields).status_code == 409


def test_who_may_only_read_is_offered_no_button(enter):
    page = enter("data_scientist").get(f"{DRAFT}/design?points=50").text
    assert "Beside the original" in page
    assert "Apply to the draft" not in page


def test_what_is_over_has_no_design_to_change(enter):
    for end in ("design", "suggest"):
        page = enter().get(f"/console/activities/cancelled/{end}")
        assert page.status_code == 200
        assert "over, or was cancelled" in page.text


def test_the_first_forecast_is_computed_once_while_nothing_changes(desk, predictor):
    def compared(points):
        request = CompareRequest(activity_id="draft", changes={"reward_points": points})
        predictor.asked.clear()
        answer = desk.compare(request, "en")
        return len(predictor.asked), answer.model_dump(exclude={"comparison_id"})

    n_first, first = compared(7.0)
    n_second, second = compared(7.0)
    assert n_second == n_first / 2
    for answer in (first, second):
        for told in (answer["forecast"], answer["variants"][0]["forecast"]):
            told.pop("forecast_id")
    assert first == second
    desk.replace(desk.state.__class__(desk.state.board, desk.state.data_until,
                                      type(predictor)()))  # fmt: skip
    request = CompareRequest(activity_id="draft", changes={"reward_points": 7.0})
    desk.compare(request, "en")
    assert len(desk.state.predictor.asked) == n_first


@pytest.mark.parametrize("language", LANGUAGES)
def test_notes_are_read_in_any_language_and_name_fields_as_people_do(language):
    told = [render(NEVER_THEN, {"field": "choices.starts_at"}, one) for one in LANGUAGES]
    notes = notes_in_words([*told, render(HARDLY_TOLD, {}, "zh"), "else"], language)
    assert len({note.text for note in notes[:2]}) == 1
    assert [note.is_unlike for note in notes] == [True, True, True, False]
    assert "choices" not in notes[0].text


def test_changes_read_as_sentences(activity):
    audience = {"any": [{"city": ["成都"]}, {"not": {"level": ["P9"]}}],
                "tenure_days": {"at_least": 30}}  # fmt: skip
    changes = {"starts_at": "2026-06-09T12:30:00+08:00", "tags": {"technical": 0.75, "x": 0.25},
               "place_id": None, "audience": audience}  # fmt: skip
    found = changes_in_words(activity.content, changes, TeamNames("en", {}))
    assert [one.name for one in found] == ["Start", "Topics", "Invited"]
    assert found[0].after == "Tue 9 Jun 2026, 12:30"
    assert found[1].after == "technical 75%, x 25%"
    assert found[2].after == "(成都) or (not: P9) · here for at least 30 days"
    assert audience_in_words(None, TeamNames("zh", {})) == "全体员工"


def waited(hr, address):
    for _attempt in range(200):
        page = hr.get(address)
        if "data-refresh" not in page.text:
            return page.text
        time.sleep(0.05)
    raise AssertionError(page.text)


def began(hr, **more):
    page = hr.get(f"{DRAFT}/suggest").text
    fields = {
        "goals": ["turnout", "cost"], "vary": ["slots", "rewards"], "weeks": "1",
        "hours": "12:00", "rewards": "0, 50", "trials": "30",
    }  # fmt: skip
    return hr.post(f"{DRAFT}/suggest", data=hidden(page) | fields | more)


def test_a_search_leads_to_designs_of_which_one_is_picked(enter):
    hr = enter()
    found = began(hr, team1="function|R&D", least1="0")
    assert found.status_code == 303
    page = waited(hr, found.headers["location"])
    assert "Suggested designs" in page
    assert '<th scope="col">R&amp;D</th>' in page
    picked = re.search(r'href="([^"]+)" aria-label="Compare design 1"', page)
    if picked:
        assert hr.get(picked[1].replace("&amp;", "&")).status_code == 200
    assert hr.get(found.headers["location"], params={"y": "cost"}).status_code == 200


def design_that(n, points, **changes):
    """A design to which n of 100 come, for so many points each."""
    count = Count(invited=100, expected=n, low=n, high=n, rate_percent=n, rate_low_percent=n,
                  rate_high_percent=n)  # fmt: skip
    cost = CostAnswer(expected=n * points, low=n * points, high=n * points)
    difference = DifferenceAnswer(expected=9, low=5, high=12)
    return DesignAnswer(changes=changes, overall=count, weakest_team=None, cost=cost,
                        difference=difference, required_teams=[], notes=[])  # fmt: skip


def found_of(draft, *frontier, **more):
    return DesignsFound(
        as_of="", data_until="", model_version=None, unit="attendance",
        **{"goals": ["turnout", "cost"], "draft_is_feasible": True, "notes": []} | more,
        draft=draft, feasible=9, frontier=list(frontier),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("frontier", "listed", "more"),
    [
        # one that gives as much for less stands for both, and one of two alike
        ([design_that(60, 50, mode="a"), design_that(61, 10, mode="b"),
          design_that(61, 10, mode="c")], ["b"], {}),
        # what costs less as fewer come is no gain; fewer points each are one
        ([design_that(40, 10, mode="a"), design_that(45, 5, mode="b", reward_points=5)], ["b"], {}),
        ([design_that(40, 10, mode="a")], ["a"], {"draft_is_feasible": False}),
        # as many come, and nothing else is wanted
        ([design_that(50, 5, mode="a", reward_points=5)], [], {"goals": ["turnout"]}),
    ],
)  # fmt: skip
def test_designs_are_listed_that_are_better_in_the_numbers_shown(
    activity, frontier, listed, more
):  # fmt: skip
    found = lines_of(
        activity, found_of(design_that(50, 10), *frontier, **more), TeamNames("en", {})
    )
    assert [one.answer.changes["mode"] for one in found[1:]] == listed


def test_a_list_says_how_long_it_is_and_calls_no_guess_reliable(enter, monkeypatch):
    hr = enter()
    address = began(hr).headers["location"]
    waited(hr, address)
    known = design_that(60, 10, mode="online")
    guess = known.model_copy(update={"notes": [render(HARDLY_TOLD, {}, "en")]})
    read = Designs.read

    def page_of(design):
        note = render(SOME_ONLY, {"n": 20, "all": 30}, "zh")
        told = found_of(design_that(50, 10), design, notes=[note])
        monkeypatch.setattr(
            Designs, "read", lambda *some: read(*some).model_copy(update={"found": told})
        )
        return hr.get(address).text

    assert "<p>1 of the " in page_of(known)
    assert "reliably more" in page_of(known)
    assert "reliably more" not in page_of(guess)
    assert "of 30" not in page_of(guess)


def test_a_search_begins_with_the_teams_of_its_address(enter):
    hr, chosen = enter(), r'<option value="([^"]+)" selected>'
    teams = ["function|none", "function|R&D", "x", "city|成都", "function|customer success"]
    page = hr.get(f"{DRAFT}/suggest", params={"team": teams}).text
    assert re.findall(chosen, page)[:2] == ["function|R&amp;D", "city|成都"]
    assert 'id="least1" name="least1" type="number" value=""' in page


def test_searches_made_before_are_found_again(enter, desk):
    hr = enter()
    assert "Searched before" not in hr.get(f"{DRAFT}/suggest").text
    address = began(hr, team1="function|R&D", least1="0").headers["location"]
    page = waited(hr, address)
    assert f'<a href="{DRAFT}/suggest" aria-current="true">' in page
    form = hr.get(f"{DRAFT}/suggest").text
    told = re.search(rf'<a href="{address}">[^<]+</a>: ([^<]+)</li>', form)
    assert told
    assert told[1].startswith("done, ")
    assert told[1].endswith("must come: R&amp;D")
    assert "Searched before" not in hr.get("/console/activities/quiz-all/suggest").text
    # of ids that differ in nothing but large letters, and of a draft that names one, none
    add_design(desk.database, "other", {"activity_id": "DRAFT"}, 30, clock.now())
    add_design(desk.database, "lost", {"activity_id": "draft"}, 30, clock.now())
    desk.database.write("UPDATE designs SET beat = 0 WHERE design_id = :one", [{"one": "lost"}])
    found = designs_about(desk.database, "draft", 5)
    assert (found[0].design_id, found[0].state) == ("lost", "failed")
    assert "other" not in {job.design_id for job in found}


def test_one_click_suffices(enter):
    hr = enter()
    page = hr.get(f"{DRAFT}/suggest").text
    fields = hidden(page)
    for name, value in re.findall(r'type="checkbox" name="(\w+)" value="([^"]*)" checked', page):
        fields.setdefault(name, []).append(value)
    for name, value in re.findall(r'<input id="(\w+)" [^>]*value="([^"]*)"', page):
        fields[name] = [value]
    found = hr.post(f"{DRAFT}/suggest", data=fields | {"trials": "30"})
    assert found.status_code == 303, found.text


@pytest.mark.parametrize(
    ("more", "field"),
    [({"goals": []}, "goals"), ({"vary": []}, "vary"), ({"hours": "noon"}, "hours"),
     ({"weeks": "x"}, "weeks"), ({"rewards": "x"}, "rewards"), ({"budget": "x"}, "budget"),
     ({"hours": "1:00,2:00,3:00,4:00,5:00,6:00", "weeks": "8"}, "hours"),
     ({"team1": "function|no such"}, "team1"), ({"least2": "-3", "team2": "city|成都"}, "least2")],
)  # fmt: skip
def test_a_search_that_cannot_begin_says_why_beside_the_field(enter, more, field):
    found = began(enter(), **more)
    assert found.status_code == 422
    assert f'id="{field}-wrong"' in found.text


def test_demands_that_no_design_meets_are_told_kindly(enter):
    hr = enter()
    page = waited(hr, began(hr, team1="function|R&D", least1="999").headers["location"])
    assert "keeps to all that must hold" in page


def test_a_search_can_be_stopped_and_an_unknown_one_is_not_found(enter):
    hr = enter()
    address = began(hr).headers["location"]
    token = hidden(hr.get(f"{DRAFT}/suggest").text)
    found = hr.post(f"{address}/stop", data=token)
    assert found.headers["location"] == f"{address}?said=stopped"
    assert hr.get(address).status_code == 200
    assert hr.get("/console/designs/none").status_code == 404


def test_a_picked_design_fills_the_form(activity):
    changes = {"starts_at": "2026-06-10T12:00:00+08:00", "tags": {"quiz": 0.5, "games": 0.5},
               "announced_at": "2026-06-03T09:00:00+08:00"}  # fmt: skip
    fields = fields_of(activity, changes)
    assert fields == {"day": ["2026-06-10"], "hour": ["12:00"], "notice": ["7"],
                      "topic_quiz": ["50"], "topic_games": ["50"]}  # fmt: skip
    assert asked_of(activity, fields).changes == changes
