"""What the last import brought: rows by table, what was not taken and why; no row's contents."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from features.errors import NotReadyError
from features.home import Home
from features.language import _, render
from features.tables.report import SWITCHED_OFF
from features.tables.rules import rules_of
from features.tables.schemas import TABLES
from features.tables.snapshots import TableSnapshot, current_tables, former_or_none

TABLE_WORDS: dict[str, str] = {
    "employees": _("People"), "project_groups": _("Project groups"),
    "memberships": _("Who is in which project group"),
    "activities": _("Activities held or planned"),
    "participations": _("Sign-ups and attendance"), "workdays": _("Working days"),
    "trainings": _("Trainings"), "performances": _("Performance reviews"),
    "milestones": _("Project milestones"), "customer_contacts": _("Customer contacts"),
    "survey_answers": _("Survey answers"), "interactions": _("Contacts between colleagues"),
    "points": _("Points"), "redemptions": _("Rewards redeemed"),
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One table: its rows now, those of the import before, and what became of rows read."""

    table: str
    words: str
    rows: int
    before: int | None
    read: int | None
    not_taken: int
    repeated: int


@dataclass(frozen=True)
class Reason:
    """Why rows of a table were not taken: the rule, and how many broke it.

    `unknown` ones name somebody or something that the export does not have.
    """

    words: str
    rule: str
    n_rows: int
    unknown: bool


@dataclass(frozen=True)
class Imported:
    """The import that is current, beside the one before where that is kept."""

    snapshot: TableSnapshot
    former: TableSnapshot | None
    lines: list[Line]
    reasons: list[Reason]
    absent: list[tuple[str, str]]
    unreadable: dict[str, int]

    @property
    def n_read(self) -> int:
        """Rows of the export."""
        return sum(line.read or 0 for line in self.lines)

    @property
    def n_not_taken(self) -> int:
        """Rows that broke a rule, and lines that could not be read as rows."""
        return sum(one.n_rows for one in self.reasons) + sum(self.unreadable.values())


def imported(home: Home, language: str) -> Imported | None:
    """What was imported last; None where nothing was."""
    try:
        snapshot = current_tables(home)
    except NotReadyError:
        return None
    former, report = former_or_none(home), snapshot.report
    told: dict[str, Any] = report.get("tables", {})
    names = [name for name in TABLES if name in snapshot.n_rows]
    absent = [name for name in report.get("absent", {}) if name in SWITCHED_OFF]
    return Imported(
        snapshot, former,
        [_line(name, snapshot, former, told.get(name, {}), language) for name in names],
        sorted((one for name in names for one in _reasons(name, told.get(name, {}), language)),
               key=lambda one: -one.n_rows),
        [(table_words(name, language), render(SWITCHED_OFF[name], {}, language))
         for name in absent],
        dict(report.get("unreadable", {})),
    )  # fmt: skip


def table_words(name: str, language: str) -> str:
    """A table as people call it."""
    return render(TABLE_WORDS[name], {}, language) if name in TABLE_WORDS else name


def rule_words(english: str, language: str) -> str:
    """A rule of a report, which holds it in English; as it stands where it is no longer one."""
    template, values = _rules().get(english, ("", {}))
    return render(template, values, language) if template else english


@cache
def _rules() -> dict[str, tuple[str, dict[str, Any]]]:
    """Every rule of every table by its English text."""
    return {
        render(rule.template, rule.values, "en"): (rule.template, rule.values)
        for table in TABLES.values() for rule in rules_of(table, list(table.columns))
    }  # fmt: skip


def _line(
    name: str, snapshot: TableSnapshot, former: TableSnapshot | None, told: dict[str, Any],
    language: str,
) -> Line:  # fmt: skip
    return Line(
        table=name,
        words=table_words(name, language),
        rows=snapshot.n_rows[name],
        before=former.n_rows.get(name, 0) if former else None,
        read=told.get("read"),
        not_taken=_sum(told, "quarantined") + _sum(told, "left_out"),
        repeated=told.get("duplicates", 0) + told.get("corrected", 0),
    )


def _reasons(name: str, told: dict[str, Any], language: str) -> Iterator[Reason]:
    for kind in ("quarantined", "left_out"):
        for english, n_rows in told.get(kind, {}).items():
            rule = rule_words(english, language)
            yield Reason(table_words(name, language), rule, n_rows, kind == "left_out")


def _sum(told: dict[str, Any], kind: str) -> int:
    return sum(told.get(kind, {}).values())
