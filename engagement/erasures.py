"""The erasures on record: in the database, and the same in the file beside it."""

import threading
from collections.abc import Iterable
from contextlib import closing
from dataclasses import asdict, replace
from datetime import datetime

from engagement.database import Database, Transaction, open_database
from engagement.database.address import server_address
from features.erased import (
    BEGUN,
    FINISHED,
    NOBODY,
    Erased,
    Erasure,
    erasure_key,
    erasures_in_file,
    keyed_hash,
    write_erasures,
)
from features.history.columns import Strings
from features.home import Home

PUT = (
    "INSERT INTO erasures (hash, state, begun_at, finished_at) "
    "VALUES (:hash, :state, :begun_at, :finished_at) ON CONFLICT (hash) DO UPDATE "
    "SET state = excluded.state, finished_at = excluded.finished_at"
)


class Erasures:
    """Tells who was erased, as the database has it; safe to share between threads."""

    def __init__(self, home: Home) -> None:
        self.home = home
        # replaced whole
        self._known = NOBODY
        self._growing = threading.Lock()
        self._last: tuple[Erased, Strings | None, set[str]] = (NOBODY, None, set())

    def among(self, transaction: Transaction, ids: Iterable[str]) -> set[str]:
        """Those of the ids that were erased by the moment of this transaction."""
        counted = transaction.read("SELECT COUNT(*) AS n FROM erasures")[0]["n"]
        # entries are never taken away: as many are the same ones, and a transaction that sees fewer
        # than are known began before the others were there
        if counted > len(self._known.hashes):
            rows = transaction.read("SELECT hash FROM erasures")
            hashes, key = frozenset(row["hash"] for row in rows), erasure_key(self.home)
            with self._growing:
                self._known = Erased(key, self._known.hashes | hashes)
        return self._known.among(ids)

    def among_for_good(self, transaction: Transaction, ids: Iterable[str]) -> set[str]:
        """The same before the transaction stores something that names them.

        An erasure that comes later waits, and finds what was stored; one that came before is seen.
        """
        transaction.write("UPDATE audit_head SET entries = entries", [{}])
        return self.among(transaction, ids)

    def among_all(self, transaction: Transaction, ids: Strings) -> set[str]:
        """As `among`, of everyone: found once for the same array, as each forecast asks."""
        self.among(transaction, ())
        known, (former, asked, found) = self._known, self._last
        if former is not known or asked is not ids:
            found = known.among(ids.tolist())
            self._last = (known, ids, found)
        return found

    def look(self, database: Database) -> None:
        """Read the list anew, for `known`."""
        with database.reading() as transaction:
            self.among(transaction, ())

    def known(self, ids: Iterable[str]) -> set[str]:
        """Those of the ids that were erased by the last look; reads nothing."""
        return self._known.among(ids)


def unite_lists(home: Home, database: Database) -> list[Erasure]:
    """Give the database and the file the entries that only the other has; all of them.

    What either says is begun is begun: it is finished by erasing again.
    """
    here = {row["hash"]: Erasure(**row) for row in database.read("SELECT * FROM erasures")}
    there = {one.hash: one for one in erasures_in_file(home)}
    both = there | here
    for name in here.keys() & there.keys():
        if BEGUN in (here[name].state, there[name].state):
            both[name] = replace(here[name], state=BEGUN, finished_at=None)
    if both != there:
        write_erasures(home, list(both.values()))
    if both != here:
        database.write(PUT, [asdict(one) for one in both.values()])
    return sorted(both.values(), key=lambda one: one.begun_at)


def unite_if_there(home: Home) -> None:
    """Unite the lists where there is a database; none is made."""
    if server_address() is None and not home.database.is_file():
        return
    with closing(open_database(home)) as database:
        unite_lists(home, database)


def begin_erasure(home: Home, database: Database, employee_id: str, now: datetime) -> Erasure:
    """Record that the person is being erased, before anything is; on disk in both places."""
    known = {one.hash: one for one in unite_lists(home, database)}
    # a new key would make all who are on the list unknown
    key = erasure_key(home, create=not known)
    name = keyed_hash(key, employee_id)
    former = known.get(name)
    begun = Erasure(name, BEGUN, former.begun_at if former else now.isoformat())
    _put(home, database, begun)
    return begun


def finish_erasure(home: Home, database: Database, begun: Erasure, now: datetime) -> Erasure:
    """Record that nothing of the person was left."""
    done = replace(begun, state=FINISHED, finished_at=now.isoformat())
    _put(home, database, done)
    return done


def _put(home: Home, database: Database, entry: Erasure) -> None:
    others = [one for one in erasures_in_file(home) if one.hash != entry.hash]
    write_erasures(home, [*others, entry])
    database.write(PUT, [asdict(entry)])
