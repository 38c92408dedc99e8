"""The service as a program meets it: a started process, real HTTP, and what the command says."""

import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from engagement.answers import (
    stored_comparison,
    stored_forecast,
    stored_recommendation,
)
from engagement.audit import newest_entries
from engagement.audit_check import walk
from engagement.keys import create_key, revoke_key

PATIENCE_SECONDS = 120
DRAFT = {
    "title": "quiz", "template": "quiz", "starts_at": "2026-06-20T16:00:00+08:00",
    "audience": {"function": ["R&D"]},
}  # fmt: skip


@pytest.fixture(scope="module")
def service(own_module_home, started):
    with started(own_module_home) as found:
        yield found


@pytest.fixture
def ask(service):
    def post(path, body, **headers):
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return service.client.post(
            f"/v1/{path}", content=content, headers={"content-type": "application/json"} | headers
        )

    return post


def test_it_is_alive_ready_and_described(service):
    for path in ("/livez", "/readyz", "/docs", "/docs.json", "/metrics"):
        assert service.client.get(path).status_code == 200, path


def test_readiness_names_the_models_and_what_is_not_well(service):
    found = service.client.get("/readyz").json()
    assert found == {
        "ready": True, "model_version": "participation-1+recommendation-1", "notes": [],
    }  # fmt: skip
    assert service.client.head("/readyz").status_code == 200


def test_a_list_for_one_is_stored_with_its_id(service, ask):
    answer = ask("recommendations", {"employee_id": "P003", "k": 2, "language": "en"}).json()
    (given,) = answer["recommendations"]
    assert given["personal"]
    assert len(given["items"]) == 2
    assert all(0 <= item["probability"] <= 1 for item in given["items"])
    assert answer["as_of"] == answer["data_until"] == "2026-06-01T00:00:00+00:00"
    stored = stored_recommendation(service.database, given["recommendation_id"])
    assert stored["items"] == given["items"]
    assert stored["model_version"] == answer["model_version"]


def test_only_what_can_be_joined_is_ever_suggested(ask):
    everyone = [f"P{n:03}" for n in range(180) if n != 70]
    answer = ask("recommendations", {"employee_ids": everyone, "k": 100}).json()
    found = {i["activity_id"] for one in answer["recommendations"] for i in one["items"]}
    assert found == {"soon-quiz", "soon-games", "soon-challenge", "soon-story", "soon-rd"}
    by_person = {
        one["employee_id"]: {i["activity_id"] for i in one["items"]}
        for one in answer["recommendations"]
    }
    assert list(by_person) == everyone
    assert "soon-quiz" not in by_person["P000"] | by_person["P001"]
    assert "soon-rd" in by_person["P002"]
    assert not any("soon-rd" in by_person[f"P{n:03}"] for n in range(90, 180))


def test_many_answers_equal_single_ones(ask):
    """Many people are read in bulk, a few through Feast one by one."""
    asked = [f"P{n:03}" for n in range(2, 60)]
    many = ask("recommendations", {"employee_ids": asked, "language": "en"}).json()
    for one in many["recommendations"][::19]:
        single = ask("recommendations", {"employee_id": one["employee_id"], "language": "en"})
        assert single.json()["recommendations"][0]["items"] == one["items"]


def test_who_refuses_profiling_gets_the_shared_list_marked_as_such(ask):
    answer = ask("recommendations", {"employee_ids": ["P029", "P059", "P003"]}).json()
    one, other, personal = answer["recommendations"]
    assert (one["personal"], other["personal"], personal["personal"]) == (False, False, True)
    assert one["items"] == other["items"]
    assert {item["source"] for item in one["items"]} == {"popular"}


def test_who_is_new_is_answered_from_similar_people(ask):
    answer = ask("recommendations", {"employee_id": "P071"}).json()
    assert {i["source"] for i in answer["recommendations"][0]["items"]} == {"similar people"}


def test_the_company_likes_what_it_likes(ask):
    rd, support = (
        ask("recommendations", {"employee_ids": [f"P{n:03}" for n in people], "k": 5}).json()
        for people in (range(2, 29), range(90, 119))
    )
    assert _mean(rd, "soon-challenge") > _mean(rd, "soon-games") + 0.1
    assert _mean(support, "soon-games") > _mean(support, "soon-challenge") + 0.1


def _mean(answer, activity_id):
    found = [
        item["probability"]
        for one in answer["recommendations"]
        for item in one["items"]
        if item["activity_id"] == activity_id
    ]
    return sum(found) / len(found)


def test_a_forecast_is_stored_with_its_id_and_adds_up(service, ask):
    answer = ask("forecasts", {"activity_id": "soon-quiz"}).json()
    assert answer["stage"] == "open"
    overall = answer["overall"]
    assert 0 <= overall["low"] <= overall["expected"] <= overall["high"] <= 179
    for teams in ("by_function", "by_project_group", "by_city"):
        assert sum(team["invited"] for team in answer[teams]) == overall["invited"] == 179
        assert all(team["invited"] >= 5 for team in answer[teams])
    stored = stored_forecast(service.database, answer["forecast_id"])
    assert stored["answer"] == answer


def test_a_what_if_is_answered_and_refused_by_its_field(service, ask):
    asked = {"draft": DRAFT, "changes": {"template": "games", "tags": {"games": 1.0}}}
    answer = ask("forecasts/compare", asked).json()
    (variant,) = answer["variants"]
    assert variant["difference"]["low"] <= variant["difference"]["expected"] < 0
    assert stored_comparison(service.database, answer["comparison_id"])["answer"] == answer
    for changes, field in (({"mode": "phone"}, "changes.mode"), ({"x": 1}, "changes.x")):
        refused = ask("forecasts/compare", asked | {"changes": changes})
        assert refused.status_code == 400
        assert [error["field"] for error in refused.json()["errors"]] == [field]


def test_the_same_draft_gives_the_same_numbers(ask):
    one, other = (ask("forecasts", {"draft": DRAFT}).json() for _ in range(2))
    assert one.pop("forecast_id") != other.pop("forecast_id")
    assert one == other
    assert one["overall"]["invited"] == 89
    assert one["draft_hash"]


@pytest.mark.parametrize(
    ("path", "body", "status", "field"),
    [
        ("recommendations", {"employee_id": "nobody"}, 404, "employee_id"),
        ("recommendations", {"employee_ids": ["P003", "P070"]}, 404, "employee_ids[1]"),
        ("recommendations", {"employee_id": "P003", "k": 0}, 400, "k"),
        ("recommendations", {"employee_id": "P003", "what": 1}, 400, "what"),
        ("recommendations", b'{"employee_id":', 400, ""),
        ("recommendations", b"", 400, ""),
        ("recommendations", b"[]", 400, ""),
        ("recommendations", b'{"employee_id": "\xff"}', 400, ""),
        ("forecasts", {"activity_id": "no-such"}, 404, "activity_id"),
        ("forecasts", {"activity_id": "held-03"}, 422, "activity_id"),
        ("forecasts", {"activity_id": "cancelled"}, 422, "activity_id"),
        ("forecasts", {"activity_id": "nobody"}, 422, "activity_id"),
        ("forecasts", {"draft": DRAFT | {"audience": ["P001", "P002"]}}, 400, "draft.audience"),
        ("forecasts", {"draft": DRAFT | {"audience": {"city": ["x"]}}}, 422, "draft.audience"),
        ("forecasts", {"draft": DRAFT | {"starts_at": "2026-06-20"}}, 400, "draft.starts_at"),
        ("forecasts", {"draft": DRAFT | {"what": 1}}, 400, "draft.what"),
    ],
)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_refusal_names_the_field_and_why(ask, path, body, status, field, language):
    found = ask(path, body, **{"Accept-Language": language})
    problem = found.json()
    assert (found.status_code, problem["status"]) == (status, status)
    assert found.headers["content-type"] == "application/problem+json"
    assert [error["field"] for error in problem["errors"]] == [field]
    assert problem["errors"][0]["rule"].isascii() == (language == "en")


def test_too_big_a_body_is_refused(ask):
    assert ask("forecasts", b" " * 1_000_001).status_code == 413


def test_keys_are_asked_for_and_one_revoked_elsewhere_is_soon_refused(service, ask):
    body = {"employee_id": "P003"}
    assert ask("recommendations", body, Authorization="").status_code == 401
    assert ask("recommendations", body, Authorization="Bearer huoli_x_y").status_code == 401
    reviewer = f"Bearer {service.key('hr_reviewer')}"
    assert ask("recommendations", body, Authorization=reviewer).status_code == 403
    key, token = create_key(service.database, "hr_system", "soon gone")
    assert ask("recommendations", body, Authorization=f"Bearer {token}").is_success
    revoke_key(service.database, key.key_id)
    limit = time.monotonic() + PATIENCE_SECONDS
    while ask("recommendations", body, Authorization=f"Bearer {token}").is_success:
        assert time.monotonic() < limit


def test_who_got_a_persons_list_is_in_the_audit_log_and_nothing_else_is(service, ask):
    before = walk(service.database).holding
    body = {"employee_ids": ["P003", "P004"]}
    assert ask("recommendations", body, **{"X-Request-Id": "order-7"}).is_success
    assert ask("recommendations", {"employee_id": "nobody"}).status_code == 404
    assert ask("forecasts", {"draft": DRAFT, "explain": False}).is_success
    (entry,) = [one for one in newest_entries(service.database, 9, "P004") if one["seq"] > before]
    assert (entry["role"], entry["call"]) == ("hr_system", "POST /v1/recommendations")
    assert (entry["request_id"], entry["people"], entry["status"]) == ("order-7", 2, 200)
    assert walk(service.database).broken is None
    assert walk(service.database).holding == entry["seq"]


def test_calls_at_once_are_answered_as_one_by_one(ask):
    bodies = [{"employee_id": f"P{n:03}", "language": "en"} for n in range(2, 26)]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda body: ask("recommendations", body).json(), bodies))
    for body, answer in list(zip(bodies, together, strict=True))[::6]:
        alone = ask("recommendations", body).json()
        assert _items(alone) == _items(answer)


def _items(answer):
    return [one["items"] for one in answer["recommendations"]]


def test_the_commands_say_the_same(service, ask, company, tmp_path):
    told = company.run_huoli(service.home, "recommend", "P003", "-k", "3", "--json")
    asked = ask("recommendations", {"employee_id": "P003", "k": 3, "language": "en"}).json()
    assert _items(json.loads(told.stdout)) == _items(asked)
    file = tmp_path / "draft.json"
    file.write_text(json.dumps(DRAFT), encoding="utf-8")
    told = company.run_huoli(service.home, "forecast", file, "--json")
    asked = ask("forecasts", {"draft": DRAFT, "language": "en"}).json()
    found = json.loads(told.stdout)
    found.pop("forecast_id")
    asked.pop("forecast_id")
    assert found == asked


def test_a_port_in_use_is_one_clear_error(service, company):
    done = company.run_huoli(service.home, "serve", "--port", service.port)
    assert done.returncode == 1
    assert done.stderr.startswith(f"Error: port {service.port} at 127.0.0.1 cannot be taken")
    assert len(done.stderr.splitlines()) == 1


def test_each_call_is_one_line_of_json_without_a_person_a_query_or_a_token(service, ask):
    headers = {"X-Request-Id": "order-8"}
    assert ask("recommendations", {"employee_id": "P003"}, **headers).is_success
    service.client.get("/v1/people/P003?name=P003", headers=headers)
    limit = time.monotonic() + PATIENCE_SECONDS
    while service.said().count("order-8") < 2:
        assert time.monotonic() < limit
    said = service.said()
    lines = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    found = [line for line in lines if line["request_id"] == "order-8"]
    assert [(one["method"], one["path"], one["status"], one["level"]) for one in found] == [
        ("POST", "/v1/recommendations", 200, "INFO"),
        ("GET", "", 404, "INFO"),
    ]
    assert set(found[0]) == {
        "time", "level", "message", "request_id", "method", "path", "status", "ms"
    }  # fmt: skip
    assert all(one["ms"] >= 0 for one in found)
    assert "P003" not in said


def test_it_stops_when_told_and_its_log_was_quiet(service):
    """The last test of this module: it ends the service."""
    assert service.stop() == 0
    every = service.said().splitlines()
    lines = [line for line in every if not line.startswith("{")]
    assert f"http://127.0.0.1:{service.port}" in lines[1]
    assert lines[-1] == "Stopped."
    assert len(lines) == 5
    assert "huoli_" not in service.said()
