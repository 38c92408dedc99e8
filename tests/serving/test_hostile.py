"""Requests that nobody should send: none brings the service down, hangs it or makes it tell more.

Made from the OpenAPI document, by its rules and against them, and by spoiling its examples.
"""

import json
import os
import random

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from engagement.audit_check import walk
from serving.openapi import EXAMPLES, openapi_document

SCHEMA = schemathesis.openapi.from_dict(openapi_document())
OPERATIONS = {found.ok().label: found.ok() for found in SCHEMA.get_all_operations()}
# of what a stranger may not see: where the code lies, and how it failed
TOLD = ("Traceback", 'File "', "site-packages", "sqlalchemy", "sqlite3.", "pydantic.dev")
KNOWN = {"employee_id": "P006", "activity_id": "soon-quiz", "organiser_id": "P001",
         "project_group_id": "G01"}  # fmt: skip
HOSTILE = (
    "' OR 1=1 --", "'; DROP TABLE events; --", '" UNION SELECT token_hash FROM keys --',
    "../../../../etc/passwd", "..%2f..%2fetc%2fpasswd", "/etc/passwd\x00.json", "file:///etc/passwd",
    "{{7*7}}", "${7*7}", "{employee_id}", "%(employee_id)s", "%s%s%s%n", "{0.__class__.__init__}",
    "<script>alert(1)</script>", "\u202e\u0000\ufeff", "\ud83d", "A" * 5000, "-1", "1e999", "NaN",
    "__proto__", "true", "null", "0x7fffffffffffffff", "2027-02-30T25:61:61Z", "=cmd|' /C calc'!A0",
)  # fmt: skip
NUMBERS = (0, -1, 2**31, 2**63, 2**64, 10**400, 1e308, -1e-320, float("nan"), float("inf"))
TOKENS = (b"{", b"[", b"\"", b"\\u0000", b"\\ud800", b"\xff\xfe", b"\x00", b"1e999999", b"null",
          b"[" * 2000, b'{"a":' * 500, b"NaN", b"-", b",,", b"\xed\xa0\x80")  # fmt: skip


@pytest.fixture(scope="module")
def service(started, own_module_home):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HUOLI_RATE_PER_SECOND", "0")
        with started(own_module_home) as found:
            yield found
            check_unharmed(found)


def check_unharmed(service):
    """It answers, kept no half of anything, and told nothing of what it was sent."""
    answer = service.client.post("/v1/recommendations", json={"employee_id": "P003"}, timeout=60)
    assert answer.status_code == 200, answer.text
    assert service.client.get("/readyz").status_code == 200
    assert service.database.problems() == []
    assert walk(service.database).broken is None
    said = service.said()
    assert "Traceback" not in said, said[said.index("Traceback") - 1000 :][:6000]
    for value in ("DROP TABLE", "etc/passwd", "P006"):
        assert value not in said
    assert service.stop() == 0


def check_refused_or_answered(answer):
    assert answer.status_code < 500, (answer.status_code, answer.text[:500])
    for word in TOLD:
        assert word not in answer.text
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == answer.status_code


def with_known(value, names):
    """The same with ids that there are, so that more than unknown ids is tried."""
    if isinstance(value, dict):
        return {key: KNOWN[key] if key in names else with_known(one, names)
                for key, one in value.items()}  # fmt: skip
    return [with_known(one, names) for one in value] if isinstance(value, list) else value


def ask_by_the_document(service, label, n_cases, mode):
    """Send so many cases of one call, which are by its rules, or each against one of them."""
    headers = {"Authorization": service.client.headers["authorization"]}

    @settings(max_examples=n_cases, deadline=None, database=None, derandomize=n_cases < 100,
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(case=OPERATIONS[label].as_strategy(generation_mode=mode),
           known=st.sets(st.sampled_from(sorted(KNOWN))))  # fmt: skip
    def asked(case, known):
        if isinstance(case.body, dict | list):
            case.body = with_known(case.body, known)
        case.path_parameters = with_known(dict(case.path_parameters or {}), known)
        # a key of the case's own would only be refused
        for name in ("Authorization", "X-API-Key"):
            case.headers.pop(name, None)
        answer = case.call(base_url=str(service.client.base_url), headers=headers, timeout=60)
        case.validate_response(
            answer,
            checks=[not_a_server_error, status_code_conformance, content_type_conformance,
                    response_schema_conformance],
        )  # fmt: skip
        for word in TOLD:
            assert word not in answer.text

    asked()


def modes(label):
    """By the rules, and against them where there are any to break."""
    found = OPERATIONS[label]
    yield GenerationMode.POSITIVE
    if found.body or any(one.location != "header" for one in found.iter_parameters()):
        yield GenerationMode.NEGATIVE


@pytest.mark.parametrize("label", OPERATIONS)
def test_requests_made_from_the_document_are_answered_as_it_says(service, label):
    for mode in modes(label):
        ask_by_the_document(service, label, 3, mode)


@pytest.mark.slow
@pytest.mark.parametrize("label", OPERATIONS)
def test_ten_thousand_requests_made_from_the_document(service, label):
    for mode in modes(label):
        ask_by_the_document(service, label, -(-5_000 // len(OPERATIONS)), mode)


def spoilt(rng, example):
    """A body with one of its values, or some of its bytes, changed for the worse."""
    if rng.random() < 0.6:
        whole = json.loads(json.dumps(example))
        inside, key = rng.choice(list(places(whole)))
        inside[key] = rng.choice((*HOSTILE, *NUMBERS, None, [], {}, [[]], {"a": {}}, True))
        # a lone surrogate has no UTF-8 but can be escaped
        return json.dumps(whole, ensure_ascii=True).encode()
    body = bytearray(json.dumps(example).encode())
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(body) + 1)
        if rng.random() < 0.5:
            body[at:at] = rng.choice(TOKENS)
        else:
            del body[at : at + rng.randint(1, 20)]
    return bytes(body)


def places(value):
    """Each place in a JSON value: what holds it, and by which key."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, one in list(pairs):
        yield value, key
        if isinstance(one, dict | list):
            yield from places(one)


def ask_by_spoiling(service, n_cases):
    rng = random.Random(7)  # noqa: S311
    for number in range(n_cases):
        path = sorted(EXAMPLES)[number % len(EXAMPLES)]
        kind = rng.choice(("application/json",) * 8 + ("text/plain", "multipart/form-data", ""))
        answer = service.client.post(
            path, content=spoilt(rng, EXAMPLES[path]), headers={"Content-Type": kind}, timeout=60
        )
        check_refused_or_answered(answer)


def test_spoilt_bodies_are_refused_clearly(service):
    ask_by_spoiling(service, 150)


@pytest.mark.slow
def test_thousands_of_spoilt_bodies(service):
    ask_by_spoiling(service, 5_000)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_no_address_and_no_query_leads_elsewhere(service, method):
    addresses = [f"/v1/employees/{httpx.QueryParams({'': one})!s}"[:4000].replace("?=", "/")
                 for one in HOSTILE if one.isprintable()]  # fmt: skip
    addresses += [
        "/v1/employees/%00", "/v1/activities/..%2f..%2fhuoli.db", "/%2e%2e/%2e%2e/etc/passwd",
        "/v1/employees?limit=1'--&after=%ff", "/v1/activities?limit=-1", "/static/../huoli.db",
        "/v1/employees/a%0d%0aX-Injected:1", "//etc/passwd", "/docs.json/../../key",
    ]  # fmt: skip
    for address in addresses:
        answer = service.client.request(method, address, timeout=60)
        check_refused_or_answered(answer)
        assert "X-Injected" not in answer.headers
        assert "root:" not in answer.text


def test_heads_that_break_the_rules_are_refused_or_cut(service):
    import socket

    heads = [
        b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00\x01", b"GET\r\n\r\n",
        b"GET /livez HTTP/1.1\r\nHost: a\r\n" + b"X: " + b"a" * 200_000 + b"\r\n\r\n",
        b"GET /livez HTTP/1.1\r\nHost: a\r\n" + b"X: a\r\n" * 20_000 + b"\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        b"POST /v1/events HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\n",
        b"POST /v1/events HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /v1/employees HTTP/1.1\r\n\r\n",
        b"POST /v1/events HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET /livez HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \xff\xfe\x00\r\n\r\n",
        os.urandom(4000),
    ]  # fmt: skip
    for head in heads:
        with socket.create_connection(("127.0.0.1", service.port), timeout=60) as one:
            one.settimeout(60)
            try:
                one.sendall(head)
                one.shutdown(socket.SHUT_WR)
                said = one.recv(100_000)
            except ConnectionError:
                continue
            assert b"Traceback" not in said
            assert b" 500 " not in said[:20]
