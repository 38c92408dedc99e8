"""Parts of which the OpenAPI document is made."""

from typing import Any

from pydantic import BaseModel

from serving.problems import MEDIA_TYPE, TITLES

REFERENCE = "#/components/schemas/{model}"
SECURITY: list[dict[str, list[str]]] = [{"bearer": []}, {"header": []}]


def reply(
    description: str, model: type[BaseModel], media_type: str = "application/json"
) -> dict[str, Any]:
    """An answer of a model."""
    return {"description": description, "content": {media_type: schema_of(model)}}


def problem(status: int) -> dict[str, Any]:
    """A refusal."""
    schema = {"$ref": REFERENCE.format(model="Problem")}
    return {"description": TITLES[status] + ".", "content": {MEDIA_TYPE: {"schema": schema}}}


def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """A reference to a model's schema."""
    return {"schema": {"$ref": REFERENCE.format(model=model.__name__)}}
