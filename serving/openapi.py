"""The OpenAPI document, made from the contract itself."""

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from serving.answers import (
    AudienceAnswer,
    CompareAnswer,
    DesignsAnswer,
    EmployeeList,
    EventsAnswer,
    ForecastAnswer,
    PortraitAnswer,
    ReadinessAnswer,
    RecommendationsAnswer,
)
from serving.contract import (
    AudiencesRequest,
    CompareRequest,
    DesignsRequest,
    EventsRequest,
    EveryoneRequest,
    ForecastsRequest,
    ParticipationEvent,
    PortraitsRequest,
    RecommendationsRequest,
)
from serving.openapi_designs import design_calls
from serving.openapi_parts import REFERENCE, SECURITY, problem, reply, schema_of
from serving.openapi_resources import MODELS, RESOURCES, described
from serving.problems import TITLES

EXAMPLES: dict[str, dict[str, Any]] = {
    "/v1/recommendations": {"employee_id": "E00042", "k": 5, "language": "zh"},
    "/v1/forecasts": {
        "draft": {
            "title": "技术与公司知识竞答",
            "template": "knowledge_quiz",
            "tags": {"technical": 0.5, "corporate": 0.5},
            "mode": "online",
            "starts_at": "2027-01-20T16:00:00+08:00",
            "audience": {"function": ["R&D"]},
        },
        "language": "zh",
    },
    "/v1/forecasts/compare": {
        "draft": {
            "title": "技术与公司知识竞答",
            "template": "knowledge_quiz",
            "tags": {"corporate": 1.0},
            "mode": "online",
            "starts_at": "2027-01-20T16:00:00+08:00",
        },
        "variants": [
            {"tags": {"technical": 0.5, "corporate": 0.5}},
            {"starts_at": "2027-01-20T12:00:00+08:00", "reward_points": 50},
        ],
        "language": "zh",
    },
}
EXAMPLES["/v1/events"] = {
    "events": [
        {
            "event_id": "hr-2027-000017",
            "employee_id": "E00042",
            "activity_id": "A00107",
            "kind": "registered",
            "occurred_at": "2027-01-12T09:30:00+08:00",
        }
    ]
}
EXAMPLES["/v1/recommendations/all"] = {"k": 5, "per_family": 2, "per_week": 3, "language": "zh"}
EXAMPLES["/v1/portraits"] = {"employee_id": "E00042", "language": "zh"}
EXAMPLES["/v1/audiences"] = {
    "draft": EXAMPLES["/v1/forecasts"]["draft"], "size": 40,
    "floors": [{"by": "city", "team": "成都", "at_least": 10}], "language": "zh",
}  # fmt: skip
EXAMPLES["/v1/designs"] = {
    "draft": EXAMPLES["/v1/forecasts"]["draft"] | {"reward_points": 20},
    "choices": {
        "tags": [{"technical": 1.0}, {"games": 1.0}],
        "starts_at": ["2027-01-20T12:00:00+08:00", "2027-01-21T19:00:00+08:00"],
        "reward_points": [0, 50],
    },
    "goals": ["turnout", "cost"], "budget_points": 20000, "trials": 20, "language": "zh",
}  # fmt: skip
CALLS: dict[str, tuple[str, type[BaseModel], type[BaseModel]]] = {
    "/v1/recommendations": (
        "Which activities suit one employee, or each of several. Needs a key of role hr_system.",
        RecommendationsRequest,
        RecommendationsAnswer,
    ),
    "/v1/recommendations/all": (
        "Everyone's list, or that of some teams, as JSON lines: what the lists rest on, a list "
        "for each person by id, and last how many lists there were. Needs a key of role hr_system.",
        EveryoneRequest,
        EmployeeList,
    ),
    "/v1/forecasts": (
        "Who would come to an activity: one of the tables, or a draft. Needs a key of any role.",
        ForecastsRequest,
        ForecastAnswer,
    ),
    "/v1/forecasts/compare": (
        "How many more or fewer would come under changed designs. Needs a key of any role.",
        CompareRequest,
        CompareAnswer,
    ),
    "/v1/audiences": (
        "Whom to invite to an activity, or to remind of it: of those who have not answered so many "
        "people that most of them come, with floors for teams; a set, sorted by id. Needs a key of "
        "any role but admin.",
        AudiencesRequest,
        AudienceAnswer,
    ),
    "/v1/portraits": (
        "What one person likes and when that person has time, for that person alone. Needs a key "
        "of role hr_system.",
        PortraitsRequest,
        PortraitAnswer,
    ),
    "/v1/events": (
        "What people did about activities: up to 1,000 events, each taken or refused for itself. "
        "Needs a key of role hr_system or hr_system_teams.",
        EventsRequest,
        EventsAnswer,
    ),
}
STREAMED = {"/v1/recommendations/all": "application/x-ndjson"}
PROBES: dict[str, str] = {
    "/livez": "200 while the process answers.",
    "/readyz": "200 when lists are given, with notes on what is not as it should be; else 503 and "
    "why not.",
    "/metrics": "Prometheus metrics. Needs a key of any role.",
    "/docs": "This document, for people.",
    "/docs.json": "This document, for machines.",
}
PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "Every refusal (RFC 9457): which fields, and which rule each breaks.",
    "required": ["type", "title", "status", "detail", "errors"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "rule"],
                "properties": {"field": {"type": "string"}, "rule": {"type": "string"}},
            },
        },
    },
}


def openapi_document() -> dict[str, Any]:
    """The whole document (OpenAPI 3.1)."""
    asked = [
        *(model for _, model, _ in CALLS.values()),
        ParticipationEvent,
        DesignsRequest,
        *MODELS,
    ]
    sides = [(model, "validation") for model in asked]
    answers = [(model, "serialization") for *_, model in CALLS.values()]
    answers += [(ReadinessAnswer, "serialization"), (DesignsAnswer, "serialization")]
    _, schemas = models_json_schema([*sides, *answers], ref_template=REFERENCE)  # type: ignore[list-item]
    # the contract takes any list, so as to refuse a malformed event for itself
    events = schemas["$defs"]["EventsRequest"]["properties"]["events"]
    events["items"] = {"$ref": REFERENCE.format(model="ParticipationEvent")}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Huoli",
            "version": "1",
            "description": "Which activities suit an employee, and who would come to an activity.",
        },
        "paths": {path: {"post": _call(path)} for path in CALLS}
        | design_calls(EXAMPLES["/v1/designs"])
        | {path: described(path) for path in RESOURCES}
        | {path: {"get": _probe(path)} for path in PROBES},
        "components": {
            "schemas": schemas["$defs"] | {"Problem": PROBLEM},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            },
        },
    }


def _call(path: str) -> dict[str, Any]:
    summary, request, answer = CALLS[path]
    return {
        "summary": summary,
        "operationId": path.removeprefix("/v1/").replace("/", "_"),
        "security": SECURITY,
        "requestBody": {
            "required": True,
            "content": {"application/json": schema_of(request) | {"example": EXAMPLES[path]}},
        },
        "responses": {"200": reply("The answer.", answer, STREAMED.get(path, "application/json"))}
        | {str(status): problem(status) for status in TITLES if status != 405},
    }


def _probe(path: str) -> dict[str, Any]:
    answers: dict[str, Any] = {"200": {"description": PROBES[path]}}
    if path == "/readyz":
        answers["200"] = reply("Lists are given.", ReadinessAnswer)
        answers["503"] = problem(503)
    if path != "/metrics":
        return {"summary": PROBES[path], "responses": answers}
    refusals = {str(status): problem(status) for status in (401, 403)}
    return {"summary": PROBES[path], "security": SECURITY, "responses": answers | refusals}
