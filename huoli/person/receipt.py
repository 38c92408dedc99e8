"""What an erasure says it did, and what a search came to: as JSON, and as sentences."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from features.erased import Erasure
from features.language import _, render
from huoli.person.searching import Found

STORES = {
    "tables": _("tables"),
    "features": _("features"),
    "models": _("registered models"),
    "files": _("exports and reports"),
    "database": _("database"),
}
ERASED = _("Erased at {at} UTC; on record as {hash}.")
NOT_DONE = _("The erasure that began at {at} UTC is not finished; it is on record as {hash}.")
OF_STORE = _("{store}: {counts}")
NOTHING = _("{store}: nothing was held")
CLEAN = _("A search of {n_files} files ({megabytes} MB) and of the database found nothing left.")
NAMED = _("Still named in {name}")
UNREAD = _("Could not be looked through: {name}")
BY_HAND = _(
    "Nothing takes the person out of these by itself: do so by hand, or delete them; then run "
    "`huoli person erase` with the same id again."
)
BACKUPS = _(
    "Backups and archives are never rewritten; `--also PATH` searches them. Whoever restores one "
    "must have the erased forgotten again, as `huoli person forget-again` does."
)
FEATURES_NEXT = _(
    "Next: `huoli features`, so that what others' features owe to this person goes too; a model "
    "keeps what all together taught it until the next `huoli train`."
)


@dataclass(frozen=True)
class Receipt:
    """What went, by store and within it; `rows` names columns of the database that still name."""

    erasure: Erasure
    removed: Mapping[str, Mapping[str, int]]
    found: Found
    rows: list[str]

    @property
    def is_clean(self) -> bool:
        """Whether nothing was left anywhere, and all could be looked at."""
        return self.found.is_clean and not self.rows

    def as_json(self) -> dict[str, Any]:
        """The receipt as plain values; it names nobody."""
        return {
            "hash": self.erasure.hash, "state": self.erasure.state,
            "begun_at": self.erasure.begun_at, "finished_at": self.erasure.finished_at,
            "removed": {store: dict(counts) for store, counts in self.removed.items()},
            "search": search_json(self.found, self.rows),
            "by_hand": sorted({*self.found.named, *self.found.unread}),
        }  # fmt: skip

    def lines(self) -> Iterator[str]:
        """The receipt in the reader's language."""
        done = self.erasure.finished_at
        at = (done or self.erasure.begun_at)[:19]
        yield render(ERASED if done else NOT_DONE, {"at": at, "hash": self.erasure.hash})
        for store, name in STORES.items():
            counts = self.removed.get(store, {})
            told = ", ".join(f"{what} {n}" for what, n in counts.items() if n)
            values = {"store": render(name), "counts": told}
            yield f"  {render(OF_STORE if told else NOTHING, values)}"
        yield from search_lines(self.found, self.rows)
        if not self.found.is_clean:
            yield render(BY_HAND)
        yield render(BACKUPS)
        yield render(FEATURES_NEXT)


def search_json(found: Found, rows: list[str]) -> dict[str, Any]:
    """A search as plain values."""
    return {"clean": found.is_clean and not rows, "n_files": found.n_files,
            "n_bytes": found.n_bytes, "named": found.named, "unread": found.unread,
            "database": rows}  # fmt: skip


def search_lines(found: Found, rows: list[str]) -> Iterator[str]:
    """A search in the reader's language."""
    if found.is_clean and not rows:
        size = {"n_files": found.n_files, "megabytes": round(found.n_bytes / 1e6)}
        yield render(CLEAN, size)
    for name in (*found.named, *rows):
        yield render(NAMED, {"name": name})
    for name in found.unread:
        yield render(UNREAD, {"name": name})
