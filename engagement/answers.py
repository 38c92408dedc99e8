"""What Huoli said, as it said it: added before the answer leaves, never changed."""

import hashlib
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engagement.audit import Caller, Entry, ErasedAmong, append_entries
from engagement.database import Database, Transaction

# SQLite takes some thousands of parameters a statement, older ones a thousand
AT_ONCE = 500


@dataclass(frozen=True)
class Basis:
    """What an answer rests on; `model_version` is None where no model took part."""

    answered_at: datetime
    as_of: datetime
    data_until: datetime
    model_version: str | None
    request_hash: str

    def row(self) -> dict[str, str | None]:
        """The columns that both tables share."""
        return {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in vars(self).items()
        }


def content_hash(content: Mapping[str, Any]) -> str:
    """The same text for the same content, whatever the order of its keys.

    >>> content_hash({"a": 1, "b": 2}) == content_hash({"b": 2, "a": 1})
    True
    """
    return hashlib.sha256(_json(content).encode()).hexdigest()


@dataclass(frozen=True)
class Given:
    """Lists for one caller: recommendation_id, employee_id, personal and items (JSON) of each."""

    basis: Basis
    lists: Sequence[Mapping[str, Any]]
    caller: Caller


def store_recommendations(
    transaction: Transaction, given: Sequence[Given], erased: ErasedAmong | None = None
) -> Collection[str]:
    """Keep every person's list, and in the audit log who got it: no list without its entry.

    Returns:
        Who is `erased` by then: of them no list is kept, and none may be told.
    """
    everyone = [each["employee_id"] for one in given for each in one.lists]
    append_entries(
        transaction,
        [Entry(one.caller, [each["employee_id"] for each in one.lists]) for one in given],
        erased,
    )
    gone = erased(transaction, everyone) if erased else ()
    rows = []
    for one in given:
        shared = one.basis.row()
        rows += [shared | dict(each) for each in one.lists if each["employee_id"] not in gone]
    transaction.insert("recommendations", rows)
    return gone


def shown_since(
    database: Database, employee_ids: Sequence[str], since: datetime
) -> dict[str, frozenset[str]]:
    """Which activities each of these people was shown from a moment on; nobody who saw none."""
    found: dict[str, set[str]] = {}
    for begin in range(0, len(employee_ids), AT_ONCE):
        some = employee_ids[begin : begin + AT_ONCE]
        names = [f"id{number}" for number in range(len(some))]
        rows = database.read(
            "SELECT employee_id, items FROM recommendations WHERE answered_at >= :since "  # noqa: S608
            f"AND employee_id IN ({', '.join(f':{name}' for name in names)})",
            since=since.isoformat(), **dict(zip(names, some, strict=True)),
        )  # fmt: skip
        for row in rows:
            shown = found.setdefault(row["employee_id"], set())
            shown.update(item["activity_id"] for item in json.loads(row["items"]))
    return {name: frozenset(shown) for name, shown in found.items()}


def store_forecast(
    database: Database,
    basis: Basis,
    forecast: Mapping[str, Any],
    check: Callable[[Transaction], None] = lambda transaction: None,
) -> None:
    """Keep one forecast: its columns beside the basis; draft, quantiles and answer as JSON.

    `check` raises where it may not be kept any more.
    """
    with database.begin() as transaction:
        check(transaction)
        transaction.insert("forecasts", [basis.row() | _forecast_row(forecast)])


def store_comparison(
    database: Database,
    basis: Basis,
    forecasts: Sequence[Mapping[str, Any]],
    comparison: Mapping[str, Any],
    check: Callable[[Transaction], None] = lambda transaction: None,
) -> None:
    """Keep a comparison (comparison_id, answer), and each of its forecasts, the first one first.

    `check` raises where they may not be kept any more.
    """
    row = {
        "comparison_id": comparison["comparison_id"],
        "forecast_id": forecasts[0]["forecast_id"],
        "answer": _json(comparison["answer"]),
    }
    with database.begin() as transaction:
        check(transaction)
        transaction.insert("forecasts", [basis.row() | _forecast_row(one) for one in forecasts])
        transaction.insert("comparisons", [basis.row() | row])


@dataclass(frozen=True)
class Beside:
    """The members of each audience since a moment, the newest first."""

    since: datetime
    members: list[list[str]]


def store_audience(
    database: Database,
    basis: Basis,
    activity_key: str,
    members: Sequence[str],
    answer: Mapping[str, Any],
    caller: Caller,
    beside: Beside,
    erased: ErasedAmong | None = None,
    chosen_first: Sequence[str] | None = None,
) -> bool:
    """Keep an audience, and in the audit log who was told of whom.

    Later ones are held against `chosen_first`, where that is given, instead of the members told.

    Returns:
        False where one of them is `erased` by then, or where another audience was kept since it
        was looked `beside` which it may stand: nothing is kept, and nothing may be told.
    """
    row = {
        "audience_id": answer["audience_id"], "activity_key": activity_key,
        "members": _json(list(chosen_first or members)), "answer": _json(answer),
    }  # fmt: skip
    with database.begin(lock="audiences") as transaction:
        append_entries(transaction, [Entry(caller, members)], erased)
        is_late = _audiences_since(transaction, activity_key, beside.since) != beside.members
        if is_late or (erased and erased(transaction, members)):
            transaction.connection.rollback()
            return False
        transaction.insert("audiences", [basis.row() | row])
    return True


def audiences_since(database: Database, activity_key: str, since: datetime) -> Beside:
    """The audiences chosen for an activity from a moment on."""
    with database.reading() as transaction:
        return Beside(since, _audiences_since(transaction, activity_key, since))


def _audiences_since(
    transaction: Transaction, activity_key: str, since: datetime
) -> list[list[str]]:
    rows = transaction.read(
        "SELECT members FROM audiences WHERE activity_key = :key AND answered_at >= :since "
        "ORDER BY answered_at DESC, audience_id", key=activity_key, since=since.isoformat(),
    )  # fmt: skip
    return [json.loads(row["members"]) for row in rows]


def _forecast_row(forecast: Mapping[str, Any]) -> dict[str, Any]:
    draft = forecast["draft"]
    return dict(forecast) | {
        "draft": None if draft is None else _json(draft),
        "draft_hash": None if draft is None else content_hash(draft),
        "quantiles": _json(forecast["quantiles"]),
        "answer": _json(forecast["answer"]),
    }


def stored_recommendation(database: Database, recommendation_id: str) -> dict[str, Any] | None:
    """One list as it was given; None where the id is unknown."""
    rows = database.read(
        "SELECT * FROM recommendations WHERE recommendation_id = :id", id=recommendation_id
    )
    return rows[0] | {"items": json.loads(rows[0]["items"])} if rows else None


def stored_forecast(database: Database, forecast_id: str) -> dict[str, Any] | None:
    """One forecast as it was given; None where the id is unknown."""
    rows = database.read("SELECT * FROM forecasts WHERE forecast_id = :id", id=forecast_id)
    if not rows:
        return None
    parsed = {
        name: json.loads(rows[0][name] or "null") for name in ("draft", "quantiles", "answer")
    }
    return rows[0] | parsed


def newest_forecast(database: Database, activity_id: str) -> dict[str, Any] | None:
    """The last forecast given of an activity, as it was given; None where there is none."""
    rows = database.read(
        "SELECT forecast_id FROM forecasts WHERE activity_id = :id AND draft IS NULL "
        "ORDER BY as_of DESC, answered_at DESC, forecast_id LIMIT 1", id=activity_id,
    )  # fmt: skip
    return stored_forecast(database, rows[0]["forecast_id"]) if rows else None


def stored_audience(
    database: Database, audience_id: str, activity_key: str
) -> dict[str, Any] | None:
    """One audience of an activity as it was given; None where there is none of that id."""
    rows = database.read(
        "SELECT * FROM audiences WHERE audience_id = :id AND activity_key = :key",
        id=audience_id, key=activity_key,
    )  # fmt: skip
    return rows[0] | {"answer": json.loads(rows[0]["answer"])} if rows else None


def stored_answers(database: Database, forecast_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The answers of these forecasts as they were given, by their ids; unknown ids are left out."""
    found: dict[str, dict[str, Any]] = {}
    for begin in range(0, len(forecast_ids), AT_ONCE):
        some = forecast_ids[begin : begin + AT_ONCE]
        names = [f"id{number}" for number in range(len(some))]
        rows = database.read(
            "SELECT forecast_id, answer FROM forecasts WHERE forecast_id IN "  # noqa: S608
            f"({', '.join(f':{name}' for name in names)})", **dict(zip(names, some, strict=True)),
        )  # fmt: skip
        found |= {row["forecast_id"]: json.loads(row["answer"]) for row in rows}
    return found


def stored_comparison(database: Database, comparison_id: str) -> dict[str, Any] | None:
    """One comparison as it was given; None where the id is unknown."""
    rows = database.read("SELECT * FROM comparisons WHERE comparison_id = :id", id=comparison_id)
    return rows[0] | {"answer": json.loads(rows[0]["answer"])} if rows else None


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
