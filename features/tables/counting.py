"""What became of a staged table's rows."""
# ruff: noqa: S608 - names in SQL are the canonical schemas' own

from typing import Any

from features.errors import InputError
from features.language import render
from features.tables.report import Broken, TableReport
from features.tables.staging import REPLACED, SAME, Staged


def counted(connection: Any, staged: Staged) -> TableReport:
    """How many rows of a staged table were read, kept, collapsed, or broke which rule."""
    counts = dict(
        connection.execute(
            f"SELECT _rule, count(*) FROM {staged.name} GROUP BY ALL ORDER BY ALL"
        ).fetchall()
    )
    broken = {
        unknown: [
            Broken(rule.template, rule.values, counts[number])
            for number, rule in enumerate(staged.rules)
            if number in counts and rule.unknown_id is unknown
        ]
        for unknown in (False, True)
    }
    return TableReport(
        read=sum(counts.values()),
        kept=counts.get(None, 0),
        duplicates=counts.get(SAME, 0),
        corrected=counts.get(REPLACED, 0),
        quarantined=broken[False],
        left_out=broken[True],
    )


def no_good_row(name: str, files: str, report: TableReport) -> InputError:
    """The error for a required table without a single good row; tells the rule most broken."""
    broken = max([*report.quarantined, *report.left_out], key=lambda one: one.n_rows, default=None)
    if broken is None:
        return InputError(
            "{table} must have rows, found none in {files}; export it again",
            table=name, files=files,
        )  # fmt: skip
    return InputError(
        "{table} must have rows that keep the rules, found none among the {read} of {files} "
        "({count} times: {rule}); correct the export or {table}.sql",
        table=name, read=report.read, files=files, count=broken.n_rows,
        rule=render(broken.template, broken.values),
    )  # fmt: skip
