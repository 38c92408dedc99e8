"""Audience expressions: who is invited, said as conditions on the organisation, never as ids.

An object whose keys must all hold. `function`, `city`, `project_group`, `level` list the values of
which one must fit; `tenure_days` gives {"at_least": n, "below": n}; `any` lists expressions of
which one must hold; `not` negates one. Null is everyone.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.errors import InputError

FIELDS = ("function", "city", "project_group", "level")
# longer than anybody is anywhere; larger numbers no array of days can be compared with
MOST_DAYS = 1_000_000
# of an audience in a request: each is worked in beside all activities
MOST_NAMES, LONGEST_NAME, LONGEST = 1_000, 200, 20_000
Expression = Mapping[str, Any] | None
Mask = NDArray[np.bool_]


def parse_audience(text: str | None) -> Expression:
    """The expression in a JSON text, checked.

    Raises:
        InputError: it is no JSON, or `check_audience` refuses it.
    """
    if text is None:
        return None
    try:
        expression = json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(
            "audience is no JSON, at character {position}; give an object such as {example}",
            position=error.pos, example='{"city": ["成都"]}',
        ) from error  # fmt: skip
    check_audience(expression)
    return expression  # type: ignore[no-any-return]


@lru_cache(maxsize=4096)
def canonical_audience(text: str) -> str:
    """One spelling for all audiences that say the same; "" for everyone.

    >>> canonical_audience('{"function": ["b", "a"], "city": ["c"]}')
    '{"city":["c"],"function":["a","b"]}'
    """
    expression = _ordered(json.loads(text))
    if not expression:
        return ""
    return json.dumps(expression, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _ordered(part: Any) -> Any:
    if isinstance(part, dict):
        return {name: _ordered(value) for name, value in part.items()}
    if isinstance(part, list):
        return sorted(
            (_ordered(one) for one in part), key=lambda one: json.dumps(one, sort_keys=True)
        )
    return part


def check_audience(expression: object, field: str = "audience") -> None:
    """Refuse what is no expression.

    Raises:
        InputError: names the part that is wrong and what is allowed there.

    >>> check_audience({"function": ["R&D"], "tenure_days": {"below": 180}})
    """
    if expression is None:
        return
    if not isinstance(expression, dict):
        raise InputError(
            "{field} must be an object or null, found {kind}; ids of people are not accepted",
            field=field, kind=type(expression).__name__,
        )  # fmt: skip
    for key, value in expression.items():
        _check_condition(key, value, f"{field}.{key}")


def check_extent(expression: Expression, field: str = "audience") -> None:
    """Refuse a valid expression that is too long to be asked with.

    Raises:
        InputError: names the part that is too long and how long it may be.
    """
    n_characters = len(json.dumps(expression, ensure_ascii=False))
    if n_characters > LONGEST:
        raise InputError(
            "{field} must have at most {most} characters written as JSON, found {n}",
            field=field, most=LONGEST, n=n_characters,
        )  # fmt: skip
    for where, names in _lists_of_names(expression, field):
        if len(names) > MOST_NAMES:
            raise InputError(
                "{field} must have at most {most} names, found {n}",
                field=where, most=MOST_NAMES, n=len(names),
            )  # fmt: skip
        if any(len(name) > LONGEST_NAME for name in names):
            raise InputError(
                "{field} must have names of at most {most} characters",
                field=where, most=LONGEST_NAME,
            )  # fmt: skip


def _lists_of_names(expression: Expression, field: str) -> Iterator[tuple[str, list[str]]]:
    """(where it stands, the list) of every list of names."""
    for key, value in (expression or {}).items():
        where = f"{field}.{key}"
        if key in FIELDS:
            yield where, value
        elif key == "not":
            yield from _lists_of_names(value, where)
        elif key == "any":
            for number, part in enumerate(value):
                yield from _lists_of_names(part, f"{where}[{number}]")


def _check_condition(key: str, value: object, field: str) -> None:
    if key in FIELDS:
        good = isinstance(value, list) and all(
            isinstance(item, str) and "\x00" not in item for item in value
        )
        rule = "a list of names"
    elif key == "tenure_days":
        good = isinstance(value, dict) and all(
            bound in ("at_least", "below") and _is_days(days) for bound, days in value.items()
        )
        rule = '{"at_least": days, "below": days}'
    elif key == "any":
        good, rule = isinstance(value, list) and bool(value), "a list of expressions"
        for number, part in enumerate(value if isinstance(value, list) else []):
            check_audience(part, f"{field}[{number}]")
    elif key == "not":
        check_audience(value, field)
        good, rule = value is not None, "an expression"
    else:
        good, rule = False, ", ".join((*FIELDS, "tenure_days", "any", "not"))
    if not good:
        raise InputError("{field} must be {rule}; see the audience rules", field=field, rule=rule)


def _is_days(days: object) -> bool:
    """Whether it is a number of days that can be; NaN is none."""
    return (
        isinstance(days, int | float)
        and not isinstance(days, bool)
        and -MOST_DAYS <= days <= MOST_DAYS
    )


def audience_mask(
    expression: Expression,
    one_of: Callable[[str, list[str]], Mask],
    tenure_days: NDArray[np.float64],
) -> Mask:
    """Who fits the expression, as a mask over employees.

    `one_of(field, values)` masks the employees whose field has one of the values at the moment.

    >>> audience_mask({"not": {"tenure_days": {"below": 90}}}, None, np.array([30.0, 90.0]))
    array([False,  True])
    """
    mask = np.ones(len(tenure_days), dtype=bool)
    for key, value in (expression or {}).items():
        if key == "tenure_days":
            mask &= tenure_days >= value.get("at_least", -np.inf)
            mask &= tenure_days < value.get("below", np.inf)
        elif key == "any":
            parts = [audience_mask(part, one_of, tenure_days) for part in value]
            mask &= np.logical_or.reduce(parts)
        elif key == "not":
            mask &= ~audience_mask(value, one_of, tenure_days)
        else:
            mask &= one_of(key, value)
    return mask
