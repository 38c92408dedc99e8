"""Activities, people and memberships read, set and ended over REST, and what follows at once."""

import json
from datetime import datetime, timedelta

import httpx
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

import serving.desk
from engagement.audit import Caller, newest_entries
from engagement.erasures import begin_erasure
from engagement.records import Record, store_record
from features import clock
from serving.arrived import joined
from serving.contract import EventsRequest, RecommendationsRequest
from serving.desk import Desk
from serving.openapi_resources import ACTIVITY, EMPLOYEE, MEMBERSHIP
from serving.routes import routes

CALLER = Caller("k1", "hr_system", "GET /v1/employees", "request-1")
STARTS = "2026-06-10T16:00:00+08:00"
PERSON = {"hired_at": "2026-05-01T00:00:00+08:00", "function": "R&D", "city": "成都",
          "timezone": "Asia/Shanghai"}  # fmt: skip


@pytest.fixture
def rest(real) -> httpx.Client:
    app = Starlette(routes=routes(real))

    async def called(scope, receive, send):
        await app(scope | {"caller": CALLER}, receive, send)

    return TestClient(called)


@pytest.fixture
def real(home, predictor, on_both):
    """A desk that has loaded the company's tables itself, its tastes known."""
    from dataclasses import replace

    from serving.state import load_state

    found = Desk(home)
    state = load_state(home, found.database)
    found = Desk(home, replace(state, predictor=predictor, missing=()))
    found.open()
    yield found
    found.close()


def activity(**more):
    return {"title": "新活动", "template": "quiz", "starts_at": STARTS, "state": "announced"} | more


def listed(desk, employee):
    answer = desk.recommend(RecommendationsRequest(employee_id=employee, k=100), "en")
    return {item.activity_id: item.title for item in answer.recommendations[0].items}


def test_an_announced_activity_is_suggested_at_once(rest, real):
    answer = rest.put("/v1/activities/new-quiz", json=activity(audience={"function": ["R&D"]}))
    assert answer.status_code == 201
    assert answer.json()["announced_at"] is not None
    assert answer.json()["timezone"] == "+08:00"
    assert listed(real, "E05")["new-quiz"] == "新活动"
    board = real.state.board
    told = board.starts_at(board.history.activity_index("new-quiz"))
    assert datetime.fromisoformat(told) == datetime.fromisoformat(STARTS)
    assert "new-quiz" not in listed(real, "E20")


def test_a_changed_one_is_suggested_as_it_is_now(rest, real):
    rest.put("/v1/activities/new-quiz", json=activity())
    changed = rest.put("/v1/activities/new-quiz", json=activity(title="改名"))
    assert changed.status_code == 200
    assert listed(real, "E05")["new-quiz"] == "改名"


@pytest.mark.parametrize("state", ["draft", "approved"])
def test_what_is_not_announced_is_suggested_to_nobody(rest, real, state):
    answer = rest.put("/v1/activities/plan", json=activity(state=state))
    assert (answer.json()["state"], answer.json()["announced_at"]) == (state, None)
    assert "plan" not in listed(real, "E05")


def test_an_approved_one_opens_by_itself_at_its_announcement(rest, real, monkeypatch):
    soon = (clock.now() + timedelta(hours=2)).isoformat()
    rest.put("/v1/activities/plan", json=activity(state="approved", announced_at=soon))
    assert "plan" not in listed(real, "E05")
    monkeypatch.setenv("HUOLI_NOW", (clock.now() + timedelta(hours=3)).isoformat())
    real.keep_up()
    assert "plan" in listed(real, "E05")


def test_an_approved_one_is_announced_once_its_moment_is_over(rest, real, monkeypatch):
    soon = (clock.now() + timedelta(hours=2)).isoformat()
    plan = activity(state="approved", announced_at=soon)
    set_up = rest.put("/v1/activities/plan", json=plan)
    assert set_up.json()["state"] == "approved"
    monkeypatch.setenv("HUOLI_NOW", (clock.now() + timedelta(hours=3)).isoformat())
    read = rest.get("/v1/activities/plan")
    assert read.json()["state"] == "announced"
    assert read.headers["etag"] != set_up.headers["etag"]
    announced = rest.get("/v1/activities", params={"state": "announced", "limit": 500}).json()
    assert "plan" in {one["activity_id"] for one in announced["items"]}
    assert rest.delete("/v1/activities/plan").status_code == 409
    assert rest.put("/v1/activities/plan", json=activity(state="draft")).status_code == 409
    cancelled = rest.put(
        "/v1/activities/plan",
        json=activity(state="cancelled"),
        headers={"if-match": read.headers["etag"]},
    )
    assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")
    assert "plan" not in listed(real, "E05")


def test_an_approved_one_announced_and_begun_by_now_is_refused(rest):
    past = activity(state="approved", announced_at="2026-05-01T00:00:00Z",
                    starts_at="2026-05-20T16:00:00+08:00")  # fmt: skip
    answer = rest.put("/v1/activities/plan", json=past)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "starts_at")


def test_a_cancelled_one_leaves_every_list(rest, real):
    assert "quiz-all" in listed(real, "E05")
    given = rest.get("/v1/activities/quiz-all").json()
    body = {name: value for name, value in given.items() if name != "cancelled_at"}
    answer = rest.put("/v1/activities/quiz-all", json=body | {"state": "cancelled"})
    assert answer.status_code == 200, answer.text
    assert answer.json()["cancelled_at"] is not None
    assert "quiz-all" not in listed(real, "E05")


@pytest.mark.parametrize(
    ("was", "then", "status"),
    [
        (None, "cancelled", 409), ("draft", "approved", 200), ("approved", "draft", 200),
        ("draft", "cancelled", 409), ("announced", "draft", 409), ("announced", "approved", 409),
        ("announced", "announced", 200), ("announced", "cancelled", 200),
        ("cancelled", "announced", 409),
    ],
)  # fmt: skip
def test_what_people_were_told_is_not_taken_back(rest, was, then, status):
    for state in {"cancelled": ("announced", "cancelled"), None: ()}.get(was, (was,)):
        assert rest.put("/v1/activities/x", json=activity(state=state)).is_success
    assert rest.put("/v1/activities/x", json=activity(state=then)).status_code == status


def test_what_has_begun_is_not_changed(rest):
    answer = rest.put("/v1/activities/past-03", json=activity())
    assert answer.status_code == 409
    assert answer.json()["errors"][0]["rule"] == "has begun, and cannot be changed any more"


def test_a_draft_can_be_deleted_and_an_announced_one_cannot(rest):
    rest.put("/v1/activities/plan", json=activity(state="draft"))
    assert rest.delete("/v1/activities/plan").status_code == 204
    assert rest.get("/v1/activities/plan").status_code == 404
    assert rest.delete("/v1/activities/plan").status_code == 404
    assert rest.delete("/v1/activities/quiz-all").status_code == 409


@pytest.mark.parametrize(("days", "cancelled"), [(-1, False), (1, True)])
def test_of_a_deletion_and_an_import_the_later_one_counts(tables, days, cancelled):
    at = clock.now()
    deleted = Record(1, "activity", "quiz-all", None, "-", (at + timedelta(days=days)).isoformat())
    found = joined(tables, [], [deleted], at)["activities"].to_pylist()
    (one,) = (row for row in found if row["activity_id"] == "quiz-all")
    assert (one["cancelled_at"] is not None) == cancelled


def test_an_organiser_who_was_erased_does_not_come_back(rest, real, home):
    begin_erasure(home, real.database, "E20", clock.now())
    answer = rest.put("/v1/activities/x", json=activity(organiser_id="E20"))
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "organiser_id")
    assert rest.get("/v1/activities/x").status_code == 404


def test_what_is_filled_in_must_be_in_order_too(rest):
    early = {"ended_at": "2026-01-01T00:00:00Z"}
    answer = rest.put("/v1/employees/E20/memberships/G2", json=early)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "ended_at")
    later = {"announced_at": "2026-06-20T00:00:00Z", "starts_at": "2026-06-25T00:00:00Z"}
    assert rest.put("/v1/activities/x", json=activity(state="approved", **later)).is_success
    answer = rest.put("/v1/activities/x", json=activity())
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "announced_at")


def test_who_or_what_is_still_to_come_can_be_ended(rest):
    ahead = "2026-08-01T00:00:00+00:00"
    rest.put("/v1/employees/E98", json=PERSON | {"hired_at": ahead})
    rest.put("/v1/employees/E20/memberships/G2", json={"started_at": ahead})
    for address, field in (
        ("/v1/employees/E98", "left_at"), ("/v1/employees/E20/memberships/G2", "ended_at"),
    ):  # fmt: skip
        ended = rest.delete(address)
        assert (ended.status_code, ended.json()[field]) == (200, ahead)
        assert rest.delete(address).status_code == 409


def test_pages_of_long_memberships_go_on(rest):
    for number in range(3):
        group = '"' * 199 + str(number)
        assert rest.put(f"/v1/employees/E05/memberships/{group}", json={}).status_code == 201
    found, after = [], None
    while True:
        asked = {"limit": 1} | ({"after": after} if after else {})
        page = rest.get("/v1/employees/E05/memberships", params=asked)
        assert page.status_code == 200
        found += page.json()["items"]
        after = page.json()["next"]
        if after is None:
            break
    assert len(found) == 4


def test_an_imported_one_reads_like_one_set_here(rest):
    found = rest.get("/v1/activities/quiz-rd").json()
    assert found["audience"] == {"function": ["R&D"]}
    assert (found["state"], found["tags"]) == ("announced", {"quiz": 1.0})
    assert rest.get("/v1/activities/draft").json()["state"] == "draft"
    assert rest.get("/v1/activities/cancelled").json()["state"] == "cancelled"


def test_an_etag_keeps_two_senders_from_undoing_each_other(rest):
    read = rest.get("/v1/activities/quiz-all")
    etag = read.headers["etag"]
    unread = {"if-none-match": etag}
    assert rest.get("/v1/activities/quiz-all", headers=unread).status_code == 304
    first = rest.put("/v1/activities/quiz-all", json=activity(), headers={"if-match": etag})
    assert first.status_code == 200
    second = rest.put("/v1/activities/quiz-all", json=activity(), headers={"if-match": etag})
    assert second.status_code == 412
    assert second.json()["errors"][0]["field"] == "If-Match"
    again = {"if-match": first.headers["etag"]}
    assert rest.put("/v1/activities/quiz-all", json=activity(), headers=again).status_code == 200


def test_only_where_there_is_none_yet(rest):
    new = {"if-none-match": "*"}
    assert rest.put("/v1/activities/x", json=activity(), headers=new).status_code == 201
    assert rest.put("/v1/activities/x", json=activity(), headers=new).status_code == 412
    assert rest.put("/v1/activities/none", json=activity(), headers={"if-match": "*"}).status_code \
        == 412  # fmt: skip


def test_lists_come_in_pages_and_can_be_filtered(rest):
    rest.put("/v1/activities/aaa", json=activity(template="new", city="武汉"))
    whole = rest.get("/v1/activities", params={"limit": 500}).json()
    ids = [one["activity_id"] for one in whole["items"]]
    assert ids == sorted(ids)
    assert whole["next"] is None
    paged, after = [], None
    while True:
        asked = {"limit": 3} | ({"after": after} if after else {})
        page = rest.get("/v1/activities", params=asked).json()
        paged += [one["activity_id"] for one in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert paged == ids
    for asked, expected in (
        ({"template": "new"}, ["aaa"]), ({"city": "武汉"}, ["aaa"]),
        ({"state": "cancelled"}, ["cancelled"]), ({"state": "draft"}, ["draft"]),
        ({"starts_after": "2026-09-01T00:00:00Z"}, ["far"]),
    ):  # fmt: skip
        found = rest.get("/v1/activities", params=asked).json()["items"]
        assert [one["activity_id"] for one in found] == expected


@pytest.mark.parametrize(
    ("asked", "field"),
    [({"limit": "0"}, "limit"), ({"state": "gone"}, "state"), ({"colour": "red"}, "colour"),
     ({"starts_after": "1780000000"}, "starts_after")],
)  # fmt: skip
def test_a_bad_filter_is_refused_by_name(rest, asked, field):
    answer = rest.get("/v1/activities", params=asked)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == field


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (activity(starts_at="tomorrow"), "starts_at"), (activity(mood="x"), "mood"),
        (activity(audience={"who": ["x"]}), "audience.who"), ({"title": "x"}, "starts_at"),
        (activity(state="draft", announced_at=STARTS), "announced_at"),
        (activity(activity_id="other"), "activity_id"),
    ],
)  # fmt: skip
def test_a_bad_activity_is_refused_by_field_and_nothing_is_kept(rest, body, field):
    answer = rest.put("/v1/activities/bad", json=body)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"].endswith(field)
    assert rest.get("/v1/activities/bad").status_code == 404


def test_a_person_hired_now_gets_a_list_at_once(rest, real):
    assert rest.put("/v1/employees/E99", json=PERSON).status_code == 201
    assert "quiz-rd" in listed(real, "E99")


def test_who_refuses_profiling_is_not_profiled_from_the_next_answer_on(rest, real, predictor):
    given = rest.get("/v1/employees/E05").json()
    body = {name: value for name, value in given.items() if name != "employee_id"}
    assert rest.put("/v1/employees/E05", json=body | {"profiling_opt_out": True}).is_success
    predictor.asked.clear()
    answer = real.recommend(RecommendationsRequest(employee_id="E05"), "en")
    assert not answer.recommendations[0].personal
    assert "E05" not in predictor.asked


def test_who_leaves_gets_no_list_and_is_still_on_record(rest, real):
    left = rest.delete("/v1/employees/E05")
    assert left.status_code == 200
    assert left.json()["left_at"] is not None
    with pytest.raises(Exception, match="Not found"):
        listed(real, "E05")
    assert rest.get("/v1/employees/E05").status_code == 200
    assert rest.delete("/v1/employees/E05").status_code == 409
    employed = rest.get("/v1/employees", params={"employed": "true", "limit": 500}).json()["items"]
    assert "E05" not in {one["employee_id"] for one in employed}


def test_a_moved_person_is_invited_where_they_are_now(rest, real):
    assert "quiz-rd" not in listed(real, "E20")
    rest.put("/v1/employees/E20", json=PERSON)
    assert "quiz-rd" in listed(real, "E20")


def test_memberships_begin_and_end(rest, real):
    address = "/v1/employees/E20/memberships/G2"
    assert rest.put("/v1/activities/for-g2", json=activity(audience={"project_group": ["G2"]}))
    assert "for-g2" not in listed(real, "E20")
    assert rest.put(address, json={"role": "lead"}).status_code == 201
    assert "for-g2" in listed(real, "E20")
    found = rest.get("/v1/employees/E20/memberships").json()["items"]
    assert [(one["project_group_id"], one["role"]) for one in found] == [("G2", "lead")]
    assert rest.delete(address).status_code == 200
    assert "for-g2" not in listed(real, "E20")
    assert rest.delete(address).status_code == 409
    assert rest.put("/v1/employees/nobody/memberships/G2", json={}).status_code == 404


def test_everything_is_there_after_a_new_start(rest, real, home):
    rest.put("/v1/activities/new-quiz", json=activity())
    rest.put("/v1/employees/E99", json=PERSON)
    rest.put("/v1/employees/E99/memberships/G2", json={})
    sent = {"event_id": "e1", "employee_id": "E99", "activity_id": "new-quiz",
            "kind": "registered", "occurred_at": clock.now().isoformat()}  # fmt: skip
    assert real.receive(EventsRequest(events=[sent]), "en").accepted == 1
    again = Desk(home)
    again.open()
    assert "new-quiz" in listed(again, "E05")
    assert "new-quiz" not in listed(again, "E99")
    assert again.state.board.history.teams("project_group", again.state.board.as_of - 1)[
        again.state.board.history.employee_index("E99")
    ] == "G2"  # fmt: skip
    again.close()


def test_a_person_and_their_event_that_come_while_a_worker_looks_are_both_seen(
    rest, real, home, monkeypatch
):
    looked = []

    def meanwhile(read):
        def reading(*asked):
            found = read(*asked)
            if not looked:
                looked.append(read)
                rest.put("/v1/employees/E99", json=PERSON)
                sent = {"event_id": "e1", "employee_id": "E99", "activity_id": "quiz-all",
                        "kind": "registered", "occurred_at": clock.now().isoformat()}  # fmt: skip
                assert real.receive(EventsRequest(events=[sent]), "en").accepted == 1
            return found

        return reading

    other = Desk(home, real.state)
    for name in ("events_after", "records_after"):
        monkeypatch.setattr(serving.desk, name, meanwhile(getattr(serving.desk, name)))
    for _ in range(2):
        other.keep_up()
    assert looked
    history = other.state.board.history
    assert (history.answers.answers.employee == history.people.places["E99"]).sum() == 1
    other.close()


def test_what_cannot_be_worked_in_keeps_nothing_else_out(rest, real, home, caplog):
    for number, bound in enumerate((None, 10**400)):
        rest.put(f"/v1/activities/bad-{number}", json=activity(state="draft", title="秘密"))
        content = rest.get(f"/v1/activities/bad-{number}").json()
        content["audience"] = {"tenure_days": {"below": bound}}
        store_record(
            real.database, "activity", f"bad-{number}", clock.now(), lambda _, c=content: c
        )
    member = json.dumps(["E05", "G7"])
    content = {"employee_id": "E05", "project_group_id": "G7", "role": ["lead"],
               "started_at": "2026-01-01T00:00:00+00:00", "ended_at": None}  # fmt: skip
    store_record(real.database, "membership", member, clock.now(), lambda _: content)
    assert rest.put("/v1/employees/E99", json=PERSON).status_code == 201
    assert "quiz-rd" in listed(real, "E99")
    again = Desk(home)
    again.open()
    for desk in (real, again):
        (note,) = (one for one in desk.readiness("en").notes if "set them anew" in one)
        assert note.startswith("3 activities, people or memberships")
        assert "quiz-rd" in listed(desk, "E99")
        board = desk.state.board
        assert board.invited[board.history.employee_index("E99")].any()
    assert "kind membership, cannot be worked in and is left out: ArrowTypeError" in caplog.text
    assert "E05" not in caplog.text
    assert "秘密" not in caplog.text
    again.close()
    assert rest.put("/v1/employees/E05/memberships/G7", json={}).is_success
    assert rest.put("/v1/activities/bad-0", json=activity(state="draft")).is_success
    assert rest.delete("/v1/activities/bad-1").status_code == 204
    assert not [one for one in real.readiness("en").notes if "set them anew" in one]


def test_an_event_is_taken_of_someone_whom_another_worker_has_just_been_told_of(rest, real, home):
    other = Desk(home, real.state)
    rest.put("/v1/employees/E99", json=PERSON)
    sent = {"event_id": "e1", "employee_id": "E99", "activity_id": "quiz-all",
            "kind": "registered", "occurred_at": clock.now().isoformat()}  # fmt: skip
    assert other.receive(EventsRequest(events=[sent]), "en").accepted == 1
    other.close()


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/v1/activities/x", ACTIVITY), ("/v1/employees/x", EMPLOYEE),
     ("/v1/employees/E05/memberships/x", MEMBERSHIP)],
)  # fmt: skip
def test_the_documents_examples_are_taken(rest, path, kind):
    assert rest.put(path, json=kind.example).status_code == 201


def test_who_is_told_about_whom_is_in_the_audit_log_and_activities_are_not(rest, real):
    rest.get("/v1/activities")
    rest.get("/v1/employees/nobody")
    assert newest_entries(real.database, 9) == []
    rest.get("/v1/employees/E05")
    rest.get("/v1/employees", params={"limit": 7})
    rest.put("/v1/employees/E05/memberships/G2", json={})
    assert [one["people"] for one in newest_entries(real.database, 9)] == [1, 7, 1]
    assert len(newest_entries(real.database, 9, "E05")) == 3


HOSTILE = ["\x00", "a\x00b", "' OR 1=1 --", "../../etc/passwd", "{{7*7}}", "%s%n", "\u202e\ufeff",
           "x" * 200, "\U0001f600", "-1", "NaN", "nul\r\nX-Evil: 1"]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_are_taken_as_texts_or_refused(rest, real, text):
    from urllib.parse import quote

    for body in (activity(title=text), activity(template=text, tags={text: 1.0}),
                 activity(audience={"function": [text]}), activity(place_id=text)):  # fmt: skip
        answer = rest.put("/v1/activities/hostile", json=body)
        assert answer.status_code in (200, 201, 400)
        if answer.is_success:
            assert rest.get("/v1/activities/hostile").json() == answer.json()
    safe = quote(text, safe="")
    assert rest.put(f"/v1/activities/{safe}", json=activity()).status_code in (201, 400, 404)
    assert rest.put(f"/v1/employees/{safe}", json=PERSON).status_code in (201, 400, 404)
    assert rest.get("/v1/employees", params={"city": text, "after": text}).status_code in (200, 400)
    sent = {"event_id": text, "employee_id": "E05", "activity_id": "quiz-all",
            "kind": "registered", "occurred_at": clock.now().isoformat()}  # fmt: skip
    answer = real.receive(EventsRequest(events=[sent, sent | {"employee_id": text}]), "en")
    assert [one.status for one in answer.results][1] == "refused"


@pytest.mark.parametrize(
    "body",
    [b"\xff\xfe", b'{"title": "\\ud800", "starts_at": "2026-06-10T16:00:00Z"}', b"[]", b"null",
     b'{"capacity": 1e400}', b'{"capacity": ' + b"9" * 5000 + b"}", b"{" * 5000, b'{"a": NaN}',
     b'{"audience": {"any": [{"any": [{"not": null}]}]}, "title": "x"}'],
)  # fmt: skip
def test_hostile_bodies_are_refused(rest, body):
    answer = rest.put("/v1/activities/hostile", content=body)
    assert answer.status_code == 400
    assert answer.json()["errors"]
