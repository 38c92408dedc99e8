"""One person's rows in the database: all of them, for the person; and none of them any more."""
# ruff: noqa: S608 - names in SQL are those of our own tables

import json
from collections.abc import Iterator, Mapping
from typing import Any

from engagement.asked_audiences import forget_member
from engagement.audit import erase_person
from engagement.database import SCHEMA, Database, Transaction, containing
from features.erased import possible_ids
from features.traces import Trace

# rows of the person alone, which go; of audit_subjects only the name goes, as the chain covers it
OWN = ("events", "recommendations")
# texts, JSON or plain, in which people may be named, and the key of each table
TEXTS = (
    ("records", ["content"], "seq"),
    ("forecasts", ["draft", "answer"], "forecast_id"),
    ("comparisons", ["answer"], "comparison_id"),
    ("audiences", ["members", "answer"], "audience_id"),
    ("designs", ["request", "answer"], "design_id"),
    ("approvals", ["name", "note"], "approval_id"),
    ("api_keys", ["label"], "key_id"),
)
GONE = "(erased)"


def rows_of(database: Database, employee_id: str) -> dict[str, list[dict[str, Any]]]:
    """What the database holds about the person: rows by table, nobody else's values in them."""
    trace = Trace(employee_id)
    with database.reading() as transaction:
        found = {
            name: transaction.read(
                f"SELECT * FROM {name} WHERE employee_id = :one",
                one=employee_id,
            )
            for name in OWN
        }
        found["records"] = [row for row in _records(transaction, trace)
                            if _owner(row) == employee_id]  # fmt: skip
        found["audit_log"] = transaction.read(
            "SELECT seq, at, key_id, role, call, request_id, status FROM audit_log WHERE seq IN "
            "(SELECT seq FROM audit_subjects WHERE employee_id = :one) ORDER BY seq",
            one=employee_id,
        )
    for row in found["recommendations"]:
        row["items"] = json.loads(row["items"])
    for row in found["records"]:
        row["content"] = row["content"] and json.loads(row["content"])
    return found


def forget_rows(database: Database, employee_id: str) -> dict[str, int]:
    """Delete the person's rows and take the name out of others'; how many of each table.

    Doing it again does nothing. What was deleted stays in free pages until `compact`.
    """
    trace, counts = Trace(employee_id), {}
    # in the order in which writers wait for one another
    with database.begin(lock="events") as transaction:
        counts["events"] = _delete(transaction, "events", employee_id)
    with database.begin(lock="records") as transaction:
        own = [row for row in _records(transaction, trace) if _owner(row) == employee_id]
        counts["records"] = transaction.write(
            "DELETE FROM records WHERE seq = :seq", [{"seq": row["seq"]} for row in own]
        )
        _clean(transaction, trace, *TEXTS[0], counts)
    with database.begin(lock="audiences") as transaction:
        counts["asked_audiences"] = forget_member(transaction, employee_id)
    with database.begin() as transaction:
        # entries wait here: whoever wrote of the person before is done, who comes later looks first
        transaction.write("UPDATE audit_head SET entries = entries", [{}])
        counts["audit_subjects"] = erase_person(transaction, employee_id)
        counts["recommendations"] = _delete(transaction, "recommendations", employee_id)
        for table, columns, key in TEXTS[1:]:
            _clean(transaction, trace, table, columns, key, counts)
    return counts


def named_in(database: Database, employee_id: str) -> list[str]:
    """`table.column` of every text in the database that names the person."""
    trace = Trace(employee_id)
    with database.reading() as transaction:
        return [
            f"{table.name}.{column.name}"
            for table in SCHEMA.sorted_tables
            for column in table.columns
            if _is_text(column) and any(_naming(transaction, trace, table.name, column.name))
        ]


def employee_ids_in(database: Database) -> set[str]:
    """Every person's id that stands in a column of its own, and all that may be one in texts."""
    with database.reading() as transaction:
        found = {
            row["one"]
            for name in (*OWN, "audit_subjects")
            for row in transaction.read(
                f"SELECT DISTINCT employee_id AS one FROM {name} WHERE employee_id IS NOT NULL"
            )
        }
        for row in transaction.read(
            "SELECT DISTINCT kind, record_id FROM records WHERE kind <> 'activity'"
        ):
            found.add(_owner(row))
        for table, columns, _key in TEXTS:
            for column in columns:
                rows = transaction.read(f"SELECT {column} AS text FROM {table}")
                found.update(*(possible_ids(row["text"]) for row in rows if row["text"]))
    return found


def _is_text(column: Any) -> bool:
    return column.type.python_type is str


def _delete(transaction: Transaction, table: str, employee_id: str) -> int:
    return transaction.write(
        f"DELETE FROM {table} WHERE employee_id = :one",
        [{"one": employee_id}],
    )


def _records(transaction: Transaction, trace: Trace) -> list[dict[str, Any]]:
    """Versions of records of people whose record id, plain or JSON, names the person."""
    found = {
        row["seq"]: row
        for form in trace.in_json
        for row in transaction.read(
            "SELECT * FROM records WHERE kind <> 'activity' AND record_id LIKE :like ESCAPE '!'",
            like=containing(form),
        )
    }
    return [found[seq] for seq in sorted(found)]


def _owner(row: Mapping[str, Any]) -> str:
    """Whose record it is."""
    name = row["record_id"]
    return str(json.loads(name)[0] if row["kind"] == "membership" else name)


def _naming(
    transaction: Transaction, trace: Trace, table: str, column: str, key: str = ""
) -> Iterator[dict[str, Any]]:
    """The rows (key, column as `text`) whose text names the person."""
    chosen = f"{key}, {column} AS text" if key else f"{column} AS text"
    for form in trace.in_json:
        rows = transaction.read(
            f"SELECT {chosen} FROM {table} WHERE {column} LIKE :like ESCAPE '!'",
            like=containing(form),
        )
        yield from (row for row in rows if trace.in_bytes(row["text"].encode()))


def _clean(
    transaction: Transaction, trace: Trace, table: str, columns: list[str], key: str,
    counts: dict[str, int],
) -> None:  # fmt: skip
    """Take the name out of texts of the table, JSON or plain, and count them."""
    for column in columns:
        changed = {row[key]: without(row["text"], trace)
                   for row in _naming(transaction, trace, table, column, key)}  # fmt: skip
        transaction.write(
            f"UPDATE {table} SET {column} = :text WHERE {key} = :key",
            [{"text": text, "key": name} for name, text in changed.items()],
        )
        counts[table] = counts.get(table, 0) + len(changed)


def without(text: str, trace: Trace) -> str:
    """The text, plain or JSON, with nothing that names the person.

    >>> without('{"organiser_id": "E1", "title": "with E1"}', Trace("E1"))
    '{"organiser_id": null, "title": "with (erased)"}'
    """
    try:
        content = json.loads(text)
    except ValueError:
        return trace.words.sub(GONE, text)
    return json.dumps(_scrubbed(content, trace), ensure_ascii=False, sort_keys=True)


def _scrubbed(value: Any, trace: Trace) -> Any:
    if isinstance(value, dict):
        return {trace.words.sub(GONE, name): _scrubbed(one, trace) for name, one in value.items()}
    if isinstance(value, list):
        return [_scrubbed(one, trace) for one in value if one != trace.employee_id]
    if value == trace.employee_id:
        return None
    return trace.words.sub(GONE, value) if isinstance(value, str) else value
