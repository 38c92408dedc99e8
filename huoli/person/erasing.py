"""Every store without a person: recorded first, in steps each of which can be done again.

Stopped anywhere, the same command goes on to the same end: the record says `begun` until a search
has found nothing.
"""

from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

from features import clock
from features.erased import erased_people
from features.errors import InputError
from features.home import Home
from features.writer import writer_lock
from huoli.person.places import places_of
from huoli.person.receipt import Receipt
from huoli.person.searching import search

Counts = Mapping[str, int]
Step = Callable[[Home, str], Counts]


def erase_person(home: Home, employee_id: str, also: tuple[Path, ...] = ()) -> Receipt:
    """Erase the person from every store, and search all of them, and `also`, for what is left.

    Raises:
        InputError: the id is blank or nobody's, or another writer is at work.
        NotReadyError: a store cannot be read, or is in use all the time; run it again then.
    """
    from engagement.audit import Caller, append_entry
    from engagement.database import open_database
    from engagement.erasures import Erasures, begin_erasure, finish_erasure

    check_id(employee_id)
    with writer_lock(home, "person erase"), closing(open_database(home)) as database:
        _check_somebodys(home, employee_id, also)
        begun = begin_erasure(home, database, employee_id, clock.now())
        with database.begin() as transaction:
            caller = Caller("-", "operator", "huoli person erase", "-")
            append_entry(transaction, caller, [employee_id], erased=Erasures(home).among)
        removed = {store: step(home, employee_id) for store, step in STEPS.items()}
        found = search(places_of(home, also), employee_id)
        rows = rows_naming(home, employee_id)
        receipt = Receipt(begun, removed, found, rows)
        own = search(places_of(home), employee_id) if also and not receipt.is_clean else found
        if own.is_clean and not rows:
            done = finish_erasure(home, database, begun, clock.now())
            receipt = Receipt(done, removed, found, rows)
        return receipt


def forget_again(home: Home) -> list[Receipt]:
    """Erase everyone on the list of whom something is there again, as after a restore.

    The list names nobody: every id that is found in a store is compared with it.
    """
    return [erase_person(home, one) for one in sorted(back_again(home))]


def back_again(home: Home) -> set[str]:
    """Who is on the list of the erased and in a store all the same."""
    from engagement.database import open_database
    from engagement.erasures import unite_lists
    from engagement.forgetting import employee_ids_in as in_database
    from features.feature_store.forgetting import employee_ids_in as in_features
    from features.tables.forgetting import employee_ids_in as in_tables
    from huoli.person.loose_files import possible_ids_in as in_files
    from training.registry.forgetting import employee_ids_in as in_models

    with closing(open_database(home)) as database:
        unite_lists(home, database)
        known = in_database(database)
    stores = (in_tables, in_features, in_models, in_files)
    return erased_people(home).among(known.union(*(store(home) for store in stores)))


def check_id(employee_id: str) -> None:
    """Refuse what is nobody's id.

    Raises:
        InputError: it is blank.
    """
    if not employee_id.strip():
        raise InputError("employee_id must be an id, found a blank; give the person's id")


def _check_somebodys(home: Home, employee_id: str, also: tuple[Path, ...]) -> None:
    """Refuse an id that stands nowhere: once on the list, it would keep out whoever gets it later.

    Raises:
        InputError: nobody was erased by this id, and neither a store nor a file names it.
    """
    from features.tables.forgetting import employee_ids_in as in_tables

    if erased_people(home).among([employee_id]) or employee_id in in_tables(home):
        return
    # the files last: looking through all of them takes longest
    if not rows_naming(home, employee_id) and not search(places_of(home, also), employee_id).named:
        raise InputError(
            "employee_id names nobody: neither tables nor database nor files hold it; nothing was "
            "recorded; check the id, which is given as the tables write it"
        )


def rows_naming(home: Home, employee_id: str) -> list[str]:
    """`table.column` of every text in the home's database that names the person."""
    from engagement.database import open_database
    from engagement.forgetting import named_in

    with closing(open_database(home)) as database:
        return named_in(database, employee_id)


def _tables(home: Home, employee_id: str) -> Counts:
    from features.tables.forgetting import forget_rows

    return forget_rows(home, employee_id)


def _features(home: Home, employee_id: str) -> Counts:
    from features.feature_store.forgetting import forget_rows

    return forget_rows(home, employee_id)


def _models(home: Home, employee_id: str) -> Counts:
    from training.registry.forgetting import forget_vectors

    return forget_vectors(home, employee_id)


def _files(home: Home, employee_id: str) -> Counts:
    from huoli.person.loose_files import clean_files

    return clean_files(home, employee_id)


def _database(home: Home, employee_id: str) -> Counts:
    from engagement.database import open_database
    from engagement.forgetting import forget_rows

    with closing(open_database(home)) as database:
        counts = forget_rows(database, employee_id)
        database.compact()
    return counts


# the tables first: a running service then knows nobody of this id any more
STEPS: dict[str, Step] = {
    "tables": _tables, "features": _features, "models": _models, "files": _files,
    "database": _database,
}  # fmt: skip
