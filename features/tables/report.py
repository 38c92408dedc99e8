"""What an import did, in words and as JSON: every row of the export is accounted for."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from features.language import _, render

SWITCHED_OFF = {
    "project_groups": _("project groups as teams"),
    "memberships": _("own-group history, colleagues by project group"),
    "workdays": _("attendance, overtime"),
    "trainings": _("training completion"),
    "performances": _("performance"),
    "milestones": _("deadline pressure"),
    "customer_contacts": _("customer load"),
    "survey_answers": _("stated preferences"),
    "interactions": _("colleagues by communication, social graph"),
    "points": _("response to rewards"),
    "redemptions": _("response to rewards"),
}


@dataclass(frozen=True)
class Broken:
    """One rule and how many rows broke it."""

    template: str
    values: dict[str, Any]
    n_rows: int


@dataclass(frozen=True)
class TableReport:
    """One table's rows: read = kept + duplicates + corrected + quarantined + left out + erased.

    `erased` ones were of people who were erased, and are nowhere; `corrected` rows gave way to a
    later one of the same key in this export; `carried` ones are of earlier imports; `total` is what
    the table holds now.
    """

    read: int
    kept: int
    duplicates: int
    corrected: int
    quarantined: list[Broken]
    left_out: list[Broken]
    carried: int = 0
    total: int = 0
    erased: int = 0


@dataclass(frozen=True)
class ImportReport:
    """One import: what became of each table's rows, and which optional tables are absent."""

    mapping: str
    snapshot_id: str
    data_until: datetime
    unchanged: bool
    tables: dict[str, TableReport]
    absent: list[str]
    unreadable: dict[str, int]
    quarantine: str | None
    off: dict[str, str] = field(default_factory=lambda: SWITCHED_OFF)

    def as_json(self) -> dict[str, Any]:
        """The report as plain values, its rules in English."""
        tables = {name: _table_json(table) for name, table in self.tables.items()}
        return {
            "mapping": self.mapping,
            "snapshot_id": self.snapshot_id,
            "data_until": self.data_until.isoformat(),
            "unchanged": self.unchanged,
            "tables": tables,
            "absent": {name: render(self.off[name], language="en") for name in self.absent},
            "unreadable": self.unreadable,
            "quarantine": self.quarantine,
        }

    def lines(self) -> Iterator[str]:
        """The report in the reader's language."""
        for name, table in self.tables.items():
            yield from _table_lines(name, table)
        for name in self.absent:
            values = {"table": name, "features": render(self.off[name])}
            yield render(_("{table}: not in the export; off: {features}"), values)
        for file, n_rows in self.unreadable.items():
            counted = {"file": file, "n": n_rows}
            yield render(_("{file}: {n} lines could not be read as rows, quarantined"), counted)
        if self.quarantine:
            yield render(_("Quarantined rows: {folder}"), {"folder": self.quarantine})
        until = f"{self.data_until:%Y-%m-%d %H:%M:%S} UTC"
        if self.unchanged:
            yield render(_("Nothing changed: the tables already hold this export."))
        yield render(_("Everything recorded before {until} is known."), {"until": until})


def _table_json(table: TableReport) -> dict[str, Any]:
    plain = asdict(table)
    for name in ("quarantined", "left_out"):
        plain[name] = {
            render(broken.template, broken.values, "en"): broken.n_rows
            for broken in getattr(table, name)
        }
    return plain


def _table_lines(name: str, table: TableReport) -> Iterator[str]:
    values = asdict(table) | {"table": name}
    yield render(_("{table}: {read} rows read, {kept} kept, {total} in all"), values)
    for count, template in (
        (table.duplicates, _("  {duplicates} duplicates collapsed")),
        (table.corrected, _("  {corrected} corrected by a later row")),
        (table.erased, _("  {erased} dropped: of people who were erased")),
        (table.carried, _("  {carried} kept from earlier imports")),
    ):
        if count:
            yield render(template, values)
    for template, broken in (
        *((_("  {n} quarantined: {rule}"), one) for one in table.quarantined),
        *((_("  {n} left out: {rule}"), one) for one in table.left_out),
    ):
        rule = render(broken.template, broken.values)
        yield render(template, {"n": broken.n_rows, "rule": rule})
