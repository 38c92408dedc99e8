"""What the OpenAPI document says of searches for designs."""

from collections.abc import Mapping
from typing import Any

from serving.answers import DesignsAnswer
from serving.contract import DesignsRequest
from serving.openapi_parts import SECURITY, problem, reply, schema_of

ROLES = "Needs a key of any role but admin."
REFUSALS = (401, 403, 404, 413, 429, 500, 503)
OF_PATH = [{"name": "design_id", "in": "path", "required": True,
            "schema": {"type": "string", "minLength": 1, "maxLength": 200}}]  # fmt: skip
LOCATION = {"schema": {"type": "string"}, "description": "where the search is read"}


def design_calls(example: Mapping[str, Any]) -> dict[str, Any]:
    """The paths, and their methods."""
    content = schema_of(DesignsRequest) | {"example": dict(example)}
    begin = {
        "summary": "Search for designs of an activity that no other one beats in every goal, as a "
        f"job; read it until it is done. {ROLES}",
        "operationId": "begin_design",
        "security": SECURITY,
        "requestBody": {"required": True, "content": {"application/json": content}},
        "responses": {
            "202": reply("It waits its turn.", DesignsAnswer) | {"headers": {"Location": LOCATION}}
        } | _refusals(400, 408, 415, 422, 504),
    }  # fmt: skip
    read = _one("read_design", f"A search as far as it is. {ROLES}")
    cancel = _one("cancel_design", f"Stop a search; what it had found is kept. {ROLES}")
    return {
        "/v1/designs": {"post": begin},
        "/v1/designs/{design_id}": {"get": read, "delete": cancel},
    }


def _one(operation: str, summary: str) -> dict[str, Any]:
    return {
        "summary": summary, "operationId": operation, "security": SECURITY, "parameters": OF_PATH,
        "responses": {"200": reply("As far as it is.", DesignsAnswer)} | _refusals(),
    }  # fmt: skip


def _refusals(*more: int) -> dict[str, Any]:
    return {str(status): problem(status) for status in sorted((*REFUSALS, *more))}
