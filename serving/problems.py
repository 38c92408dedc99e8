"""Every refusal in one shape, that of RFC 9457, naming the field and the rule it breaks."""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from pydantic import ValidationError

from features.errors import HuoliError
from features.language import _, render

MEDIA_TYPE = "application/problem+json"
TITLES: dict[int, str] = {
    400: _("The request is malformed"),
    401: _("A key is needed"),
    403: _("This key may not make this call"),
    404: _("Not found"),
    405: _("This address does not take this method"),
    408: _("The request took too long to arrive"),
    409: _("This is not possible as things stand"),
    412: _("Another version is there"),
    413: _("The request is too large"),
    415: _("The request must be JSON"),
    422: _("The request cannot be answered"),
    429: _("Too many calls; wait, then ask again"),
    500: _("Something failed on this side"),
    503: _("Not ready to answer"),
    504: _("This took too long"),
}
RULES: dict[str, str] = {
    "missing": _("is required"),
    "extra_forbidden": _("is no field of this request"),
    "json_invalid": _("must be valid JSON"),
    "model_type": _("must be an object"),
    "model_attributes_type": _("must be an object"),
    "dict_type": _("must be an object"),
    "list_type": _("must be a list"),
    "string_type": _("must be a text"),
    "string_too_short": _("must have at least {min_length} characters"),
    "string_too_long": _("must have at most {max_length} characters"),
    "string_pattern_mismatch": _("must not hold the character U+0000"),
    "too_short": _("must have at least {min_length} entries"),
    "too_long": _("must have at most {max_length} entries"),
    "greater_than_equal": _("must be at least {ge}"),
    "less_than_equal": _("must be at most {le}"),
    "literal_error": _("must be one of {expected}"),
    "finite_number": _("must be a finite number"),
    "timezone_aware": _("must state its offset from UTC, such as +08:00"),
}
FAMILIES: tuple[tuple[str, str], ...] = (
    ("int_", _("must be a whole number")),
    ("float_", _("must be a number")),
    ("datetime_", _("must be a moment such as 2026-12-10T16:00:00+08:00")),
    ("string_", _("must be a text")),
)
OTHERWISE = _("is not as it should be")


@dataclass(frozen=True)
class FieldError:
    """One field and the rule it breaks; empty where the request as a whole is meant."""

    field: str
    rule: str
    values: Mapping[str, object] = dataclasses.field(default_factory=dict)


class Problem(Exception):  # noqa: N818
    """A refusal on its way to the caller."""

    def __init__(self, status: int, *errors: FieldError, retry_after: float = 0.0) -> None:
        self.status = status
        self.errors = errors
        self.retry_after = retry_after  # seconds; 0: not said
        super().__init__(TITLES.get(status, str(status)))


def not_ready(why: Sequence[HuoliError]) -> Problem:
    """The refusal of a desk that lacks what an answer needs."""
    return Problem(503, *(FieldError("", error.template, error.values) for error in why))


def problem_body(
    status: int, errors: Sequence[FieldError] = (), language: str = "en"
) -> dict[str, Any]:
    """The refusal as a JSON object.

    >>> problem_body(400, [FieldError("k", "is required")])["detail"]
    'k: is required'
    """
    title = render(_title(status), {}, language)
    listed = [
        {"field": error.field, "rule": render(error.rule, error.values, language)}
        for error in errors
    ]
    detail = "; ".join(f"{one['field']}: {one['rule']}" if one["field"] else one["rule"]
                       for one in listed)  # fmt: skip
    return {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail or title,
        "errors": listed,
    }


def problem_bytes(status: int, errors: Sequence[FieldError], language: str) -> bytes:
    """The refusal as it is sent."""
    return json.dumps(problem_body(status, errors, language), ensure_ascii=False).encode()


def field_errors(error: ValidationError) -> list[FieldError]:
    """What Pydantic found, as our own fields and rules."""
    return [_field_error(dict(found)) for found in error.errors(include_input=False)]


def _field_error(found: Mapping[str, Any]) -> FieldError:
    values = dict(found.get("ctx") or {})
    if found["type"] == "rule":
        return FieldError(values["_where"] or _path(found["loc"]), values["_rule"], values)
    return FieldError(_path(found["loc"]), _rule(found["type"]), values)


def _rule(kind: str) -> str:
    for start, rule in FAMILIES:
        if kind not in RULES and kind.startswith(start):
            return rule
    return RULES.get(kind, OTHERWISE)


def _path(location: Sequence[str | int]) -> str:
    """`draft.audience`, `employee_ids[3]`.

    >>> _path(("employee_ids", 3))
    'employee_ids[3]'
    """
    parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in location]
    return "".join(parts).removeprefix(".")


def _title(status: int) -> str:
    if status in TITLES:
        return TITLES[status]
    return HTTPStatus(status).phrase if status in set(HTTPStatus) else TITLES[500]
