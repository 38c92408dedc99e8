"""What stands before every call: addresses, keys, sizes, and one shape of refusal."""

import asyncio
from datetime import timedelta

import httpx
import pytest

from engagement.keys import create_key, revoke_key
from engagement.roles import ROLES
from serving import bodies
from serving.bodies import MAX_BODY_BYTES, MAX_DEPTH, is_too_deep
from serving.guard import ADDRESSES, Guard
from serving.language import language_of
from serving.limits import FAILURE_SECONDS, FAILURES
from serving.openapi import openapi_document
from serving.pages import docs_html, pages


async def inner(scope, receive, send):
    """Echoes the body; fails where it is asked to."""
    if scope["path"] in ("/", "/docs", "/docs.json"):
        await pages()(scope, receive, send)
        return
    body = (await receive())["body"]
    status = int(body) if body.isdigit() else 200
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": body})


class Calls:
    """Asks one guard, from an address and by a scheme of choice."""

    def __init__(self, desk):
        self.desk = desk
        self.guard = Guard(inner, desk)

    def afresh(self):
        """The same for a guard that begins now."""
        return Calls(self.desk)

    def __call__(self, method, path, client="10.0.0.1", scheme="http", **options):
        async def asked():
            transport = httpx.ASGITransport(self.guard, client=(client, 5000))
            async with httpx.AsyncClient(transport=transport, base_url=f"{scheme}://huoli") as to:
                return await to.request(method, path, **options)

        return asyncio.run(asked())


@pytest.fixture
def call(desk):
    return Calls(desk)


@pytest.fixture
def keys(desk):
    return {role: create_key(desk.database, role, role)[1] for role in ROLES}


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize("path", [p for p, address in ADDRESSES.items() if address.scope])
@pytest.mark.parametrize("token", [None, "", "huoli_0_0", "nonsense", "huoli_é"])
def test_without_a_good_key_nothing_is_let_through(call, path, token):
    headers = {} if token is None else {"X-API-Key": token.encode()}
    found = call(ADDRESSES[path].method, path, headers=headers)
    assert found.status_code == 401
    assert found.headers["www-authenticate"] == "Bearer"
    assert found.headers["content-type"] == "application/problem+json"


# y: may, -: refused; a new address or role has to be entered here by hand
WHO_MAY = """
                            nobody  hr_system  hr_system_teams  hr_reviewer  data_scientist  admin
GET /                         y        y            y              y             y            y
GET /docs                     y        y            y              y             y            y
GET /docs.json                y        y            y              y             y            y
GET /livez                    y        y            y              y             y            y
GET /readyz                   y        y            y              y             y            y
GET /metrics                  -        y            y              y             y            y
POST /v1/recommendations      -        y            -              -             -            -
POST /v1/recommendations/all  -        y            -              -             -            -
POST /v1/forecasts            -        y            y              y             y            y
POST /v1/forecasts/compare    -        y            y              y             y            y
POST /v1/audiences            -        y            y              y             y            -
POST /v1/portraits            -        y            -              -             -            -
POST /v1/designs              -        y            y              y             y            -
GET {design}                  -        y            y              y             y            -
DELETE {design}               -        y            y              y             y            -
POST /v1/events               -        y            y              -             -            -
GET /v1/activities            -        y            y              y             y            y
GET {activity}                -        y            y              y             y            y
PUT {activity}                -        y            y              y             -            -
DELETE {activity}             -        y            y              y             -            -
GET /v1/employees             -        y            y              -             -            y
GET {employee}                -        y            y              -             -            y
PUT {employee}                -        y            y              -             -            y
DELETE {employee}             -        y            y              -             -            y
GET {memberships}             -        y            y              -             -            y
GET {membership}              -        y            y              -             -            y
PUT {membership}              -        y            y              -             -            y
DELETE {membership}           -        y            y              -             -            y
"""
LONG = {
    "{activity}": "/v1/activities/{activity_id}",
    "{design}": "/v1/designs/{design_id}",
    "{employee}": "/v1/employees/{employee_id}",
    "{memberships}": "/v1/employees/{employee_id}/memberships",
    "{membership}": "/v1/employees/{employee_id}/memberships/{project_group_id}",
}


def who_may():
    header, *lines = [line.split() for line in WHO_MAY.strip().splitlines()]
    return {
        (method, LONG.get(path, path), role): mark == "y" for method, path, *marks in lines
        for role, mark in zip(header, marks, strict=True)
    }  # fmt: skip


def test_every_role_is_let_through_where_the_table_says_so_and_nowhere_else(call, keys):
    expected = who_may()
    assert {(method, path) for method, path, _ in expected} == {
        (method, path) for path, address in ADDRESSES.items() for method in address.scopes
    }
    assert {role for *_, role in expected} == {"nobody", *ROLES}
    found = {}
    for method, path, role in expected:
        headers = {} if role == "nobody" else bearer(keys[role])
        status = call(method, path, headers=headers).status_code
        assert status in ((200, 307, 401) if role == "nobody" else (200, 307, 403))
        found[method, path, role] = status < 400
    assert found == expected


def test_both_headers_carry_a_key_and_a_revoked_one_is_refused_at_once(call, desk):
    key, token = create_key(desk.database, "hr_system", "x")
    for headers in (bearer(token), {"X-API-Key": token}, {"Authorization": f"bearer  {token}"}):
        assert call("POST", "/v1/forecasts", headers=headers, content=b"{}").is_success
    revoke_key(desk.database, key.key_id)
    assert call("POST", "/v1/forecasts", headers=bearer(token), content=b"{}").status_code == 401


def test_an_expired_key_is_refused(call, desk):
    _, token = create_key(desk.database, "hr_system", "x", timedelta(0))
    assert call("POST", "/v1/forecasts", headers=bearer(token)).status_code == 401


def test_who_tries_many_wrong_keys_has_to_wait_and_nobody_else(call, keys):
    def status(token, client):
        found = call("POST", "/v1/forecasts", client=client, headers=bearer(token), content=b"{}")
        return found.status_code

    assert status(keys["admin"], "10.0.0.1") == 200
    tries = [status(f"huoli_{number:012}_x", "10.0.0.1") for number in range(FAILURES + 1)]
    assert tries == [401] * FAILURES + [429]
    assert status(keys["hr_reviewer"], "10.0.0.1") == 429
    # the one key has opened before, the other comes from elsewhere
    assert status(keys["admin"], "10.0.0.1") == 200
    assert status(keys["hr_reviewer"], "10.0.0.2") == 200


def test_a_call_without_a_key_is_no_try(call, keys):
    for _ in range(FAILURES + 1):
        assert call("POST", "/v1/forecasts").status_code == 401
    assert call("POST", "/v1/forecasts", headers=bearer(keys["admin"])).status_code == 200


def test_a_wait_states_its_seconds(call):
    for _ in range(FAILURES):
        call("GET", "/metrics", headers=bearer("x"))
    found = call("GET", "/metrics", headers=bearer("x"))
    assert 0 < int(found.headers["retry-after"]) <= FAILURE_SECONDS
    assert found.headers["content-type"] == "application/problem+json"
    assert found.json()["title"] == "Too many calls; wait, then ask again"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nowhere", 404), ("GET", "/schema.json", 404), ("GET", "/v1/forecasts", 405),
     ("DELETE", "/v1/recommendations", 405), ("POST", "/docs", 405), ("GET", "/docs/", 404)],
)  # fmt: skip
def test_what_is_not_listed_is_refused(call, method, path, status):
    found = call(method, path)
    assert (found.status_code, found.json()["status"]) == (status, status)


def test_a_body_passes_whole_up_to_the_limit(call, keys):
    headers = bearer(keys["hr_system"]) | {"content-type": "application/json"}
    largest = b"x" * MAX_BODY_BYTES
    assert call("POST", "/v1/forecasts", headers=headers, content=largest).content == largest
    found = call("POST", "/v1/forecasts", headers=headers, content=largest + b"x")
    assert found.status_code == 413


def test_a_stream_that_does_not_say_its_size_is_cut_off_too(call, keys):
    async def endless():
        for _ in range(30):
            yield b"x" * 50_000

    found = call("POST", "/v1/forecasts", headers=bearer(keys["hr_system"]), content=endless())
    assert found.status_code == 413


def nested(depth):
    return b'{"draft":' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}"


def test_a_body_that_is_nested_too_deeply_is_refused_and_says_why(call, keys):
    headers = bearer(keys["hr_system"])
    fits = call("POST", "/v1/forecasts", headers=headers, content=nested(MAX_DEPTH))
    assert fits.content == nested(MAX_DEPTH)
    for depth in (MAX_DEPTH + 1, 300_000):
        found = call("POST", "/v1/forecasts", headers=headers, content=nested(depth))
        assert found.status_code == 400
        assert found.json()["detail"] == "must be nested at most 64 deep"


@pytest.mark.parametrize(
    ("body", "is_deep"),
    [
        (b"[" * 100_000, True),
        (b'{"a":' * 100 + b"1" + b"}" * 100, True),
        (b"[" * 65 + b'"' + b"]" * 65, True),
        (b"[" + b"[],{}," * 50_000 + b"1]", False),
        (b'["' + b"[" * 200 + b'"]', False),
        (b'["' + b'\\"[' * 200 + b'"]', False),
        (b'"' + b'\\"' * 300_000 + b"[" * 100, False),
        (b"]" * 100 + b"[]" * 100, False),
        (b"", False),
    ],
)
def test_depth_counts_brackets_outside_of_texts(body, is_deep):
    assert is_too_deep(body) is is_deep


def test_a_body_that_does_not_arrive_in_time_is_not_waited_for(call, keys, monkeypatch):
    monkeypatch.setattr(bodies, "BODY_SECONDS", 0.01)

    async def stalled():
        yield b"{"
        await asyncio.Event().wait()

    found = call("POST", "/v1/forecasts", headers=bearer(keys["hr_system"]), content=stalled())
    assert found.status_code == 408
    assert found.headers["connection"] == "close"


def test_a_body_that_breaks_off_never_reaches_the_service(desk, keys):
    sent = []

    async def send(message):
        sent.append(message)

    async def receive():
        return parts.pop(0)

    parts = [
        {"type": "http.request", "body": b"{}", "more_body": True},
        {"type": "http.disconnect"},
    ]
    headers = [(b"authorization", f"Bearer {keys['hr_system']}".encode())]
    scope = {"type": "http", "method": "POST", "path": "/v1/forecasts", "scheme": "http",
             "headers": headers}  # fmt: skip
    asyncio.run(Guard(inner, desk)(scope, receive, send))
    assert sent[0]["status"] == 400


def test_who_calls_too_often_waits_and_another_key_does_not(call, keys, monkeypatch):
    monkeypatch.setenv("HUOLI_RATE_PER_SECOND", "0.001")
    call = call.afresh()
    ask = ("POST", "/v1/forecasts")
    assert call(*ask, headers=bearer(keys["hr_system"]), content=b"{}").status_code == 200
    found = call(*ask, headers=bearer(keys["hr_system"]), content=b"{}")
    assert found.status_code == 429
    assert 900 < int(found.headers["retry-after"]) <= 1000
    assert call(*ask, headers=bearer(keys["admin"]), content=b"{}").status_code == 200
    assert call("GET", "/livez").status_code == 200


def test_another_media_type_is_refused(call, keys):
    headers = bearer(keys["hr_system"]) | {"content-type": "text/plain"}
    assert call("POST", "/v1/forecasts", headers=headers, content=b"{}").status_code == 415


@pytest.mark.parametrize("status", [400, 500, 503, 504])
def test_a_failure_behind_it_goes_out_as_a_problem(call, keys, status):
    headers = bearer(keys["hr_system"])
    found = call("POST", "/v1/forecasts", headers=headers, content=str(status).encode())
    assert found.status_code == status
    assert found.headers["content-type"] == "application/problem+json"
    assert found.json()["title"]


@pytest.mark.parametrize(
    ("path", "content"),
    [("/v1/forecasts", b"{}"), ("/v1/forecasts", b"500"), ("/nowhere", b""), ("/metrics", b"")],
)
def test_every_answer_tells_browsers_to_keep_load_and_show_nothing(call, keys, path, content):
    found = call("POST", path, headers=bearer(keys["hr_system"]), content=content).headers
    assert found["cache-control"] == "no-store"
    assert found["x-content-type-options"] == "nosniff"
    assert found["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert found["referrer-policy"] == "no-referrer"
    assert found["cross-origin-resource-policy"] == "same-origin"
    assert "strict-transport-security" not in found


@pytest.mark.parametrize("path", ["/livez", "/nowhere", "/metrics"])
def test_every_answer_has_the_requests_id_the_callers_own_where_it_is_plain(call, path):
    def answered(stated):
        return call("GET", path, headers={"X-Request-Id": stated}).headers.get_list("x-request-id")

    assert answered("Order-7.a_b") == ["Order-7.a_b"]
    for stated in ("", "a b", "x" * 65, "<script>", "é"):
        (made,) = answered(stated.encode())
        assert len(made) == 32
    assert answered("") != answered("")


@pytest.mark.parametrize("path", ["/livez", "/nowhere"])
def test_only_over_tls_is_tls_asked_for_from_then_on(call, path):
    found = call("GET", path, scheme="https")
    assert found.headers["strict-transport-security"].startswith("max-age=")


def test_a_refusal_speaks_the_readers_language(call):
    zh = call("POST", "/v1/forecasts", headers={"Accept-Language": "zh-CN"})
    assert zh.json()["title"] == "需要密钥"
    assert language_of("de, en;q=0.4, zh;q=0.3") == "en"


def test_the_page_shows_every_call_and_loads_nothing_from_outside(call):
    page = call("GET", "/docs")
    policy = page.headers.get_list("content-security-policy")
    assert len(policy) == 1
    assert policy[0].startswith("default-src 'none'; style-src")
    assert policy[0].endswith("frame-ancestors 'none'")
    assert all(path in page.text for path in ADDRESSES if path != "/")
    for outside in ("http://", "https://", "<script", "@import", "src="):
        assert outside not in page.text


def test_the_document_describes_every_address_and_resolves_every_reference(call):
    document = call("GET", "/docs.json").json()
    assert set(document["paths"]) == set(ADDRESSES) - {"/"}
    schemas = document["components"]["schemas"]
    for reference in _references(document):
        assert reference.removeprefix("#/components/schemas/") in schemas
    assert document == openapi_document()


def test_a_page_shows_text_as_text():
    document = openapi_document()
    document["info"]["title"] = "<b>x</b>"
    assert "<b>x</b>" not in docs_html(document)


def _references(node):
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"]
        node = list(node.values())
    if isinstance(node, list):
        for child in node:
            yield from _references(child)
