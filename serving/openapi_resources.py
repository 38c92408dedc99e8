"""What the OpenAPI document says of activities, employees and memberships."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from serving.contract import Strict
from serving.openapi_parts import SECURITY, problem, schema_of
from serving.organisation import (
    ActivityFilter,
    ActivityRecord,
    EmployeeFilter,
    EmployeeRecord,
    MembershipFilter,
    MembershipRecord,
    Page,
)

REFUSALS = (400, 401, 403, 404, 413, 500, 503)
ETAG = {"schema": {"type": "string"}, "description": "of this version"}
IF_MATCH = {
    "name": "If-Match", "in": "header", "required": False, "schema": {"type": "string"},
    "description": "the ETag of the version to change; 412 where another one is there",
}  # fmt: skip
IF_NONE_MATCH = {
    "name": "If-None-Match", "in": "header", "required": False, "schema": {"type": "string"},
    "description": "*: only where there is none yet",
}  # fmt: skip


@dataclass(frozen=True)
class Described:
    """One kind: its name, how it is listed or set, which roles may, and an example."""

    name: str
    roles: str
    model: type[Strict]
    pages: type[Page]
    ids: tuple[str, ...]
    example: Mapping[str, Any]
    end: str


ACTIVITY = Described(
    "activity", "Reading needs a key of any role; setting one of an HR system or reviewer.",
    ActivityRecord, ActivityFilter, ("activity_id",),
    {
        "title": "桌游之夜", "template": "board_games", "mode": "onsite", "city": "成都",
        "starts_at": "2027-02-10T19:00:00+08:00", "capacity": 40, "state": "announced",
        "audience": {"city": ["成都"]},
    },
    "Delete a draft. What was announced is cancelled by its state instead.",
)  # fmt: skip
EMPLOYEE = Described(
    "employee", "Needs a key of an HR system or administrator.", EmployeeRecord, EmployeeFilter,
    ("employee_id",),
    {
        "hired_at": "2027-01-04T00:00:00+08:00", "function": "R&D", "level": "P5",
        "city": "成都", "timezone": "Asia/Shanghai", "profiling_opt_out": False,
    },
    "The person leaves now; what is on record stays.",
)  # fmt: skip
MEMBERSHIP = Described(
    "membership", "Needs a key of an HR system or administrator.",
    MembershipRecord, MembershipFilter, ("employee_id", "project_group_id"),
    {"started_at": "2027-01-04T00:00:00+08:00", "role": "developer"},
    "The person leaves the group now.",
)  # fmt: skip
RESOURCES: dict[str, tuple[Described, bool]] = {
    "/v1/activities": (ACTIVITY, False),
    "/v1/activities/{activity_id}": (ACTIVITY, True),
    "/v1/employees": (EMPLOYEE, False),
    "/v1/employees/{employee_id}": (EMPLOYEE, True),
    "/v1/employees/{employee_id}/memberships": (MEMBERSHIP, False),
    "/v1/employees/{employee_id}/memberships/{project_group_id}": (MEMBERSHIP, True),
}
MODELS: tuple[type[Strict], ...] = (ActivityRecord, EmployeeRecord, MembershipRecord)


def described(path: str) -> dict[str, Any]:
    """The methods of an address."""
    kind, is_one = RESOURCES[path]
    found = {"get": _listed(kind)}
    if is_one:
        found = {"get": _read(kind), "put": _put(kind), "delete": _deleted(kind)}
    for call in found.values():
        call["parameters"] = [*_of_path(path), *call.get("parameters", [])]
    return found


def _listed(kind: Described) -> dict[str, Any]:
    items = {"type": "array", "items": _content(kind)}
    schema = {"type": "object", "required": ["items", "next"], "properties": {
        "items": items,
        "next": {"anyOf": [{"type": "string"}, {"type": "null"}],
                 "description": "give it as `after` for the next page; null: this was the last"},
    }}  # fmt: skip
    return {
        "summary": f"Several at once ({kind.name}), by id. {kind.roles}",
        "operationId": f"list_{kind.name}",
        "security": SECURITY,
        "parameters": _of_query(kind.pages),
        "responses": {"200": _ok("A page of them.", schema)} | _refusals(),
    }


def _read(kind: Described) -> dict[str, Any]:
    return {
        "summary": f"One {kind.name} as it is now. {kind.roles}",
        "operationId": f"read_{kind.name}",
        "security": SECURITY,
        "responses": {
            "200": _ok("As it is.", _content(kind)) | {"headers": {"ETag": ETAG}},
            "304": {"description": "It is the version that If-None-Match names."},
        } | _refusals(),
    }  # fmt: skip


def _put(kind: Described) -> dict[str, Any]:
    told = {
        str(status): _ok(words, _content(kind)) | {"headers": {"ETag": ETAG}}
        for status, words in ((200, "As it is now."), (201, "It is new."))
    }
    content = schema_of(kind.model) | {"example": dict(kind.example)}
    return {
        "summary": f"Set one {kind.name} to exactly this. {kind.roles}",
        "operationId": f"set_{kind.name}",
        "security": SECURITY,
        "parameters": [IF_MATCH, IF_NONE_MATCH],
        "requestBody": {"required": True, "content": {"application/json": content}},
        "responses": told | _refusals(409, 412, 415),
    }


def _deleted(kind: Described) -> dict[str, Any]:
    return {
        "summary": f"{kind.end} {kind.roles}",
        "operationId": f"end_{kind.name}",
        "security": SECURITY,
        "parameters": [IF_MATCH],
        "responses": {
            "200": _ok("As it is now.", _content(kind)),
            "204": {"description": "It is gone."},
        } | _refusals(409, 412),
    }  # fmt: skip


def _content(kind: Described) -> dict[str, Any]:
    """All fields of the resource, with its ids and, in lists, its ETag."""
    fields = kind.model.model_json_schema()["properties"]
    texts = {name: {"type": "string"} for name in (*kind.ids, "etag")}
    return {"type": "object", "required": list(kind.ids), "properties": fields | texts}


def _ok(description: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": dict(schema)}}}


def _refusals(*more: int) -> dict[str, Any]:
    return {str(status): problem(status) for status in sorted((*REFUSALS, *more))}


def _of_path(path: str) -> list[dict[str, Any]]:
    names = [part.strip("{}") for part in path.split("/") if part.startswith("{")]
    return [{"name": name, "in": "path", "required": True,
             "schema": {"type": "string", "minLength": 1, "maxLength": 200}}
            for name in names]  # fmt: skip


def _of_query(pages: type[Page]) -> list[dict[str, Any]]:
    schema = pages.model_json_schema()
    return [{"name": name, "in": "query", "required": False, "schema": described_field,
             "description": described_field.get("description", "")}
            for name, described_field in schema["properties"].items()]  # fmt: skip
