"""The OpenAPI document, made from the contract itself."""

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from serving.answers import (
    CompareAnswer,
    ForecastAnswer,
    ReadinessAnswer,
    RecommendationsAnswer,
)
from serving.contract import CompareRequest, ForecastsRequest, RecommendationsRequest
from serving.problems import MEDIA_TYPE, TITLES

REFERENCE = "#/components/schemas/{model}"
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
CALLS: dict[str, tuple[str, type[BaseModel], type[BaseModel]]] = {
    "/v1/recommendations": (
        "Which activities suit one employee, or each of several. Needs a key of role hr_system.",
        RecommendationsRequest,
        RecommendationsAnswer,
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
}
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
    sides = [(model, "validation") for _, model, _ in CALLS.values()]
    answers = [(model, "serialization") for *_, model in CALLS.values()]
    answers.append((ReadinessAnswer, "serialization"))
    _, schemas = models_json_schema([*sides, *answers], ref_template=REFERENCE)  # type: ignore[list-item]
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Huoli",
            "version": "1",
            "description": "Which activities suit an employee, and who would come to an activity.",
        },
        "paths": {path: {"post": _call(path)} for path in CALLS}
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
        "operationId": path.rsplit("/", 1)[-1],
        "security": [{"bearer": []}, {"header": []}],
        "requestBody": {
            "required": True,
            "content": {"application/json": _schema(request) | {"example": EXAMPLES[path]}},
        },
        "responses": {"200": _reply("The answer.", answer)}
        | {str(status): _problem(status) for status in TITLES if status != 405},
    }


def _probe(path: str) -> dict[str, Any]:
    answers: dict[str, Any] = {"200": {"description": PROBES[path]}}
    if path == "/readyz":
        answers["200"] = _reply("Lists are given.", ReadinessAnswer)
        answers["503"] = _problem(503)
    if path != "/metrics":
        return {"summary": PROBES[path], "responses": answers}
    refusals = {str(status): _problem(status) for status in (401, 403)}
    security: list[dict[str, list[str]]] = [{"bearer": []}, {"header": []}]
    return {"summary": PROBES[path], "security": security, "responses": answers | refusals}


def _reply(description: str, model: type[BaseModel]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": _schema(model)}}


def _problem(status: int) -> dict[str, Any]:
    schema = {"$ref": REFERENCE.format(model="Problem")}
    return {"description": TITLES[status] + ".", "content": {MEDIA_TYPE: {"schema": schema}}}


def _schema(model: type[BaseModel]) -> dict[str, Any]:
    return {"schema": {"$ref": REFERENCE.format(model=model.__name__)}}
