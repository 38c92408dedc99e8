"""All that is held on one person, store by store, and nobody else's values."""

from contextlib import closing
from typing import Any

from features import clock
from features.errors import InputError
from features.home import Home
from huoli.person.erasing import check_id


def exported(home: Home, employee_id: str) -> dict[str, Any]:
    """What every store holds on the person, as plain values but for moments; in the audit log.

    Raises:
        InputError: the id is blank, or of a person who was erased: nothing may name them again.
    """
    from engagement.audit import Caller, append_entry
    from engagement.database import open_database
    from engagement.erasures import Erasures, unite_lists
    from engagement.forgetting import rows_of as of_database
    from features.feature_store.forgetting import rows_of as of_features
    from features.tables.forgetting import rows_of as of_tables
    from training.registry.forgetting import vectors_of

    check_id(employee_id)
    with closing(open_database(home)) as database:
        unite_lists(home, database)
        erasures = Erasures(home)
        with database.begin() as transaction:
            if erasures.among(transaction, [employee_id]):
                raise InputError(
                    "employee_id is of a person who was erased, of whom nothing is held to export; "
                    "if a copy came back, erase again"
                )
            caller = Caller("-", "operator", "huoli person export", "-")
            append_entry(transaction, caller, [employee_id], erased=erasures.among)
        return {
            "employee_id": employee_id,
            "exported_at": clock.now().isoformat(),
            "tables": of_tables(home, employee_id),
            "features": of_features(home, employee_id),
            "models": vectors_of(home, employee_id),
            "database": of_database(database, employee_id),
        }


def n_entries(content: dict[str, Any]) -> int:
    """How many entries of all stores an export has."""
    stores = ("tables", "features", "models", "database")
    return sum(len(rows) for store in stores for rows in content[store].values())
