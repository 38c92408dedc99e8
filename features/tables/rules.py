"""The rules that each row must keep, as SQL conditions that find the rows that break them."""
# ruff: noqa: S608 - names in SQL are the canonical schemas' own

from dataclasses import dataclass
from datetime import timedelta, timezone
from functools import cache
from typing import Any

from features.audience import parse_audience
from features.errors import InputError
from features.language import _
from features.tables.engine import quoted
from features.tables.schemas import Column, Kind, Table

EARLIEST, LATEST = 1980, 2100
UNREADABLE: dict[Kind, str] = {
    "instant": _("{column} is no date and time"),
    "day": _("{column} is no date"),
    "number": _("{column} is no number"),
    "count": _("{column} is no whole number"),
    "flag": _("{column} is neither true nor false"),
}
IN_ORDER = {
    "employees": (("hired_at", "left_at"),),
    "memberships": (("started_at", "ended_at"),),
    "activities": (("starts_at", "ends_at"),),
    "trainings": (("enrolled_at", "completed_at"),),
}


@dataclass(frozen=True)
class Rule:
    """One rule: its words, and the SQL condition that holds for the rows that break it.

    `unknown_id` marks the rules by which an id must be found in another table.
    """

    template: str
    values: dict[str, Any]
    condition: str
    unknown_id: bool = False


def raw(column: str) -> str:
    """The SQL name of a column as the export gave it, beside its canonical value."""
    return quoted(f"given {column}")


def known(table: str) -> str:
    """The SQL name of the ids that a table has, in this export or an earlier one."""
    return quoted(f"known {table}")


def rules_of(table: Table, columns: list[str]) -> list[Rule]:
    """The rules of a table for the columns that a mapping gives it; the first broken one counts."""
    rules = [rule for name in columns for rule in _of_column(name, table.columns[name])]
    for first, last in IN_ORDER.get(table.name, ()):
        rules.append(
            Rule(_("{last} lies before {first}"), {"first": first, "last": last},
                 f"{last} < {first}")
        )  # fmt: skip
    for name in columns:
        parent = table.columns[name].references
        if parent is not None:
            rules.append(
                Rule(_("{column} is not in {table}"), {"column": name, "table": parent},
                     f"{name} NOT IN (SELECT id FROM {known(parent)})", unknown_id=True)
            )  # fmt: skip
    if table.name == "participations":
        rules.append(
            Rule(_("{column} lies before the activity was announced"), {"column": "occurred_at"},
                 "EXISTS (SELECT 1 FROM announced WHERE announced.id = activity_id "
                 "AND occurred_at < announced.at)")
        )  # fmt: skip
    return rules


def _of_column(name: str, column: Column) -> list[Rule]:
    rules = []
    if column.kind in UNREADABLE:
        condition = f"{raw(name)} IS NOT NULL AND {name} IS NULL"
        rules.append(Rule(UNREADABLE[column.kind], {"column": name}, condition))
    if not column.nullable:
        rules.append(Rule(_("{column} is missing"), {"column": name}, f"{name} IS NULL"))
    if column.kind in ("instant", "day"):
        rules.append(
            Rule(_("{column} lies outside the years {first} to {last}"),
                 {"column": name, "first": EARLIEST, "last": LATEST - 1},
                 f"{name} < '{EARLIEST}-01-01' OR {name} >= '{LATEST}-01-01'")
        )  # fmt: skip
    return rules + _of_range(name, column) + _of_meaning(name, column)


def _of_range(name: str, column: Column) -> list[Rule]:
    rules = []
    if column.low == 0:
        rules.append(Rule(_("{column} is negative"), {"column": name}, f"{name} < 0"))
    elif column.low is not None:
        values = {"column": name, "low": column.low}
        rules.append(Rule(_("{column} is below {low}"), values, f"{name} < {column.low}"))
    if column.high is not None:
        values = {"column": name, "high": column.high}
        rules.append(Rule(_("{column} is above {high}"), values, f"{name} > {column.high}"))
    return rules


def _of_meaning(name: str, column: Column) -> list[Rule]:
    if column.choices is not None:
        allowed = ", ".join(f"'{choice}'" for choice in column.choices)
        return [
            Rule(_("{column} is none of {choices}"),
                 {"column": name, "choices": ", ".join(column.choices)},
                 f"{name} NOT IN ({allowed})")
        ]  # fmt: skip
    if name in MEANINGS:
        template = MEANINGS[name][1]
        return [Rule(template, {"column": name}, f"NOT is_{name}({name})")]
    return []


@cache
def is_tags(text: str) -> bool:
    """Whether the text is a JSON object of shares that are not negative.

    >>> is_tags('{"go": 0.5}'), is_tags('["go"]'), is_tags("{")
    (True, False, False)
    """
    value = _json(text)
    return isinstance(value, dict) and all(
        isinstance(share, int | float) and 0 <= share < float("inf") for share in value.values()
    )


@cache
def is_prerequisites(text: str) -> bool:
    """Whether the text is a JSON list of ids."""
    value = _json(text)
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


@cache
def is_audience(text: str) -> bool:
    """Whether the text is an audience expression."""
    try:
        parse_audience(text)
    except InputError:
        return False
    return True


@cache
def is_timezone(text: str) -> bool:
    """Whether the text is an IANA zone or a fixed offset.

    >>> is_timezone("Asia/Shanghai"), is_timezone("-07:00"), is_timezone("GMT+25:00")
    (True, True, False)
    """
    from zoneinfo import available_timezones

    return text in available_timezones() or _offset(text) is not None


def _offset(text: str) -> timezone | None:
    digits = text[1:3] + text[4:6]
    if len(text) != 6 or text[0] not in "+-" or text[3] != ":" or not digits.isascii():
        return None
    if not digits.isdigit() or int(digits[:2]) > 14 or int(digits[2:]) > 59:
        return None
    return timezone(timedelta(hours=int(digits[:2]), minutes=int(digits[2:])))


def _json(text: str) -> Any:
    import json

    try:
        return json.loads(text)
    except ValueError:
        return None


MEANINGS = {
    "tags": (is_tags, _("{column} is no JSON object of shares")),
    "prerequisites": (is_prerequisites, _("{column} is no JSON list of ids")),
    "audience": (is_audience, _("{column} is no audience expression")),
    "timezone": (is_timezone, _("{column} is neither an IANA time zone nor an offset")),
}


def register_meanings(connection: Any) -> None:
    """Make the checks of JSON and time zones callable from the rules' conditions."""
    for name, (check, _template) in MEANINGS.items():
        connection.create_function(f"is_{name}", check, ["VARCHAR"], "BOOLEAN")
