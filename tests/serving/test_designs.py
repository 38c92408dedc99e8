"""A search for designs: begun, read, stopped; what it finds, and what it refuses."""

import threading
import time
from types import SimpleNamespace

import numpy as np
import pytest

from engagement.designs import LOST_SECONDS, add_design, design_of, still_wanted
from engagement.erasures import begin_erasure
from engagement.forgetting import forget_rows, named_in
from features import clock
from serving.contract import DesignsRequest, ForecastsRequest
from serving.designing import Design, Search
from serving.designs import MOST_WAITING, Designs
from serving.forecast import Forecast
from serving.privacy import Group
from serving.problems import Problem

STARTS = "2026-06-10T16:00:00+08:00"
DRAFT = {"title": "x", "template": "quiz", "starts_at": STARTS, "reward_points": 10}
ENDED = ("done", "cancelled", "failed")


pytestmark = pytest.mark.usefixtures("paired")


@pytest.fixture
def designs(desk, on_both):
    found = Designs(desk)
    yield found
    found.stop()


def asked(**more):
    return DesignsRequest.model_validate(
        {"draft": DRAFT, "choices": {"template": ["games"], "reward_points": [0, 50]}} | more
    )


def ended(designs, design_id, language="en"):
    limit = time.monotonic() + 60
    while time.monotonic() < limit:
        found = designs.read(design_id, language)
        if found.state in ENDED:
            return found
        time.sleep(0.05)
    raise AssertionError(found)


def refusal(designs, **more):
    with pytest.raises(Problem) as found:
        designs.ask(asked(**more), "en")
    return found.value.status, [error.field for error in found.value.errors]


def test_a_search_answers_with_the_frontier_beside_the_draft(designs, desk):
    begun = designs.ask(asked(), "en")
    assert begun.state in ("queued", "running", *ENDED)
    told = ended(designs, begun.design_id)
    assert (told.state, told.trials_done) == ("done", 6)
    found = told.found
    assert found.draft.changes == {}
    assert "no proof" in found.notes[0]
    plain = desk.forecast(ForecastsRequest.model_validate({"draft": DRAFT}), "en")
    assert found.draft.overall == plain.overall
    assert found.draft.cost.expected == 10 * plain.overall.expected
    assert found.feasible == 6
    # rewards change nothing for these people: free ones beat all others
    assert {one.changes["reward_points"] for one in found.frontier} == {0}
    for one in found.frontier:
        assert one.difference.expected == one.overall.expected - found.draft.overall.expected
        assert one.weakest_team.rate_percent <= one.overall.rate_percent


def test_what_must_hold_is_held(designs):
    free = ended(designs, designs.ask(asked(budget_points=0), "en").design_id).found
    assert not free.draft_is_feasible
    assert free.feasible == 2
    assert {one.cost.expected for one in free.frontier} == {0}
    need = {"required_teams": [{"by": "function", "team": "R&D", "at_least": 9}]}
    found = ended(designs, designs.ask(asked(**need), "en").design_id).found
    # only quizzes bring so many of R&D
    assert all("template" not in one.changes for one in found.frontier)
    much = {"required_teams": [{"by": "function", "team": "R&D", "at_least": 14}]}
    none = ended(designs, designs.ask(asked(**much), "zh").design_id).found
    assert none.frontier == []
    assert "不满足" in none.notes[1]


def test_several_audiences_are_settled_before_the_search(designs):
    choices = {"audience": [{"function": ["R&D"]}], "template": ["games"]}
    found = ended(designs, designs.ask(asked(choices=choices), "en").design_id).found
    invited = {one.overall.invited for one in found.frontier} | {found.draft.overall.invited}
    assert 14 in invited
    assert len(invited) == 2


@pytest.mark.parametrize(
    ("more", "status", "field"),
    [
        ({"choices": {"template": ["games"], "starts_at": ["2020-01-01T00:00:00+08:00"]}}, 422,
         "choices.starts_at[0].starts_at"),
        ({"choices": {"capacity": [40, "many"]}}, 400, "choices.capacity[1].capacity"),
        ({"choices": {"audience": [{"level": ["nobody"]}]}}, 422, "choices.audience[0].audience"),
        ({"required_teams": [{"by": "city", "team": "nowhere"}]}, 422, "required_teams[0].team"),
    ],
)  # fmt: skip
def test_a_choice_that_cannot_be_is_named_at_once(designs, more, status, field):
    assert refusal(designs, **more) == (status, [field])


@pytest.mark.parametrize(
    "more",
    [{"choices": {}}, {"choices": {"activity_id": ["x"]}}, {"goals": ["turnout", "turnout"]},
     {"goals": ["fame"]}, {"trials": 100_000}, {"choices": {"template": []}}],
)  # fmt: skip
def test_a_malformed_search_is_refused(more):
    with pytest.raises(ValueError, match="validation error"):
        asked(**more)


def test_a_cancelled_search_keeps_what_it_had_found(designs, predictor, monkeypatch):
    slow = type(predictor).pairs

    def pairs(self, *args):
        time.sleep(0.1)
        return slow(self, *args)

    monkeypatch.setattr(type(predictor), "pairs", pairs)
    choices = {"template": ["games"], "reward_points": list(range(1, 40))}
    begun = designs.ask(asked(choices=choices, trials=80), "en")
    while designs.read(begun.design_id, "en").trials_done < 2:
        time.sleep(0.05)
    assert designs.cancel(begun.design_id, "en").state == "cancelled"
    limit = time.monotonic() + 60
    while (found := designs.read(begun.design_id, "en")).found is None and time.monotonic() < limit:
        time.sleep(0.05)
    assert 2 <= found.trials_done < 80
    assert found.found.frontier
    assert designs.cancel(begun.design_id, "en").state == "cancelled"


@pytest.mark.parametrize("cancelled", [False, True])
def test_one_that_names_somebody_erased_meanwhile_fails(
    designs, desk, home, monkeypatch, cancelled
):
    begun, go_on, run = threading.Event(), threading.Event(), Search.run

    def slow(self, wanted):
        begun.set()
        go_on.wait(30)
        return run(self, lambda n: n < 3)

    monkeypatch.setattr(Search, "run", slow)
    asking = asked(choices={"organiser_id": ["E20", "E21"]}, trials=5)
    design_id = designs.ask(asking, "en").design_id
    assert begun.wait(30)
    if cancelled:
        designs.cancel(design_id, "en")
    begin_erasure(home, desk.database, "E20", clock.now())
    forget_rows(desk.database, "E20")
    go_on.set()
    while designs._ids:
        time.sleep(0.02)
    told = designs.read(design_id, "en")
    assert (told.state, told.found) == ("failed", None)
    assert named_in(desk.database, "E20") == []


def test_another_worker_tells_of_it_and_stops_it(designs, desk):
    other = Designs(desk)
    add_design(desk.database, "waits", {}, 10, clock.now())
    assert other.read("waits", "en").state == "queued"
    assert other.cancel("waits", "en").state == "cancelled"
    assert not still_wanted(desk.database, "waits", 1)


def test_one_that_nobody_works_on_any_more_has_failed(designs, desk):
    add_design(desk.database, "lost", {}, 10, clock.now())
    assert still_wanted(desk.database, "lost", 3)
    desk.database.write("UPDATE designs SET beat = beat - :n", [{"n": LOST_SECONDS + 1}])
    found = designs.read("lost", "zh")
    assert (found.state, found.trials_done) == ("failed", 3)
    assert "中断" in found.notes[0]
    assert design_of(desk.database, "lost").state == "failed"


def test_when_the_service_ends_searches_have_failed(desk, predictor, monkeypatch):
    monkeypatch.setattr(type(predictor), "counts", lambda *_: time.sleep(0.3) or 1 / 0)
    designs = Designs(desk)
    first, second = (designs.ask(asked(), "en").design_id for _ in range(2))
    designs.stop()
    assert {designs.read(one, "en").state for one in (first, second)} == {"failed"}


def test_too_many_at_once_are_refused(designs, monkeypatch):
    monkeypatch.setattr(designs, "_ids", ["x"] * MOST_WAITING)
    assert refusal(designs)[0] == 429


def test_an_unknown_one_is_not_there(designs):
    with pytest.raises(Problem) as found:
        designs.read("nothing", "en")
    assert found.value.status == 404


def test_a_running_service_searches_for_designs(started, own_home):
    draft = {
        "title": "竞答",
        "template": "knowledge_quiz",
        "starts_at": "2026-06-20T16:00:00+08:00",
    }
    body = {"draft": draft, "trials": 10, "language": "en", "goals": ["turnout", "cost"],
            "choices": {"tags": [{"technical": 1.0}, {"games": 1.0}], "reward_points": [20],
                        "starts_at": ["2026-06-20T12:00:00+08:00"]}}  # fmt: skip
    with started(own_home, "--workers", "2") as service:
        client = service.client
        begun = client.post("/v1/designs", json=body)
        assert begun.status_code == 202, begun.text
        where = begun.headers["location"]
        limit = time.monotonic() + 120
        # either worker tells of it
        while client.get(where).json()["state"] not in ENDED and time.monotonic() < limit:
            time.sleep(0.2)
        told = client.get(where).json()
        assert (told["state"], told["trials_done"]) == ("done", 10), told
        assert told["found"]["frontier"]
        assert client.delete(where).json()["state"] == "done"
        assert client.get("/v1/designs/none").status_code == 404
        assert client.post("/v1/designs", json=body | {"goals": ["x"]}).status_code == 400
        for role, status in (("admin", 403), ("hr_reviewer", 200)):
            key = {"Authorization": f"Bearer {service.key(role)}"}
            assert client.get(where, headers=key).status_code == status
        assert service.stop() == 0


def test_what_must_hold_is_judged_by_the_numbers_that_are_told():
    team = Group("R&D", np.ones(9, dtype=bool))

    class Told(Forecast):
        def __init__(self, turnout):
            self.counts = SimpleNamespace(expected=lambda mask=None: turnout)
            self.groups = {"function": [team]}

    def holds(turnout, **more):
        return Design(None, Told(turnout), 10.0).judged(asked(**more)).is_feasible

    def at_least(n):
        return {"required_teams": [{"by": "function", "team": "R&D", "at_least": n}]}

    assert [holds(4.4, budget_points=n) for n in (39.9, 40, 44)] == [False, True, True]
    assert [holds(3.6, budget_points=n) for n in (36, 39.9, 40)] == [False, False, True]
    assert [holds(3.6, **at_least(n)) for n in (4, 5)] == [True, False]
    assert [holds(4.4, **at_least(n)) for n in (4, 5)] == [True, False]
