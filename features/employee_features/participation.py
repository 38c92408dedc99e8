"""Participation: registrations, refusals, attendance and no-shows, and how long ago."""

from typing import Any

import ibis
from ibis import _

from features.employee_features.catalogue import PARTICIPATION
from features.employee_features.days import (
    KEYS,
    LAST,
    Table,
    changes,
    seconds,
    share,
    spans,
    within,
)
from features.employee_features.inputs import Inputs
from features.employee_features.records import joined_version, known, until_newer

WINDOWS = (28, 90, 365)
COUNTED = ("registered", "declined", "attended")
ANSWERS = ("registered", "declined", "cancelled")


def participation(inputs: Inputs) -> Table:
    """One row per (employee_id, event_timestamp) of those employed, with the family's features."""
    parts = [*_counts(inputs), *_missed(inputs), _last(inputs)]
    rows = inputs.sums(parts)
    shares: dict[str, Any] = {}
    for n in (90, 365):
        yes, no = rows[f"registered_{n}d"], rows[f"declined_{n}d"]
        came, missed = rows[f"attended_{n}d"], rows[f"no_shows_{n}d"]
        shares[f"registered_share_{n}d"] = share(yes, yes + no)
        shares[f"attended_share_{n}d"] = share(came, came + missed)
    since = seconds(rows.event_timestamp) - rows.last_seconds
    shares["days_since_registered"] = share(since, rows.has_registered) / 86_400
    return rows.mutate(**shares).select(*KEYS, *PARTICIPATION)


def newest(inputs: Inputs, kinds: tuple[str, ...]) -> Table:
    """Each person's newest record of each kind about each activity, until a newer one is known."""
    table = inputs.tables["participations"]
    rows = known(table.filter(table.kind.isin(kinds)), "occurred_at")
    return until_newer(rows, ["employee_id", "activity_id", "kind"], "participation_id")


def _counts(inputs: Inputs) -> list[Table]:
    rows = inputs.keep(newest(inputs, COUNTED))
    return [
        changes(
            spans(inputs.days, within(rows, n)),
            {f"{kind}_{n}d": (_.kind == kind).cast("int64") for kind in COUNTED},
        )
        for n in WINDOWS
    ]


def _last(inputs: Inputs) -> Table:
    table = inputs.tables["participations"]
    rows = known(table.filter(table.kind == "registered"), "occurred_at")
    rows = spans(inputs.days, until_newer(rows, ["employee_id"], "participation_id"))
    one = ibis.literal(1, "int64")
    return changes(rows, {"last_seconds": seconds(_.occurred), "has_registered": one})


def _missed(inputs: Inputs) -> list[Table]:
    one = ibis.literal(1, "int64")
    rows = inputs.keep(_no_shows(inputs))
    return [changes(spans(inputs.days, within(rows, n)), {f"no_shows_{n}d": one}) for n in WINDOWS]


def _no_shows(inputs: Inputs) -> Table:
    """Registrations whose activity is over, with attendance recorded, and the person not there.

    `occurred` is when the activity was over; a row counts from when all of that is known, until
    the person turns out to have been there, or the activity or answer is known to have changed.
    """
    rows = _standing_answers(inputs)
    rows = rows.filter(rows.kind == "registered").join(_recorded_templates(inputs), "template")
    came = _came(inputs)
    rows = rows.left_join(came, ["employee_id", "activity_id"])
    through = [rows.through, rows.ends, rows.came, rows.cancelled_at.cast("timestamp")]
    return rows.select(
        "employee_id",
        occurred=rows.over,
        known=ibis.greatest(rows.known, rows.over, rows.begins, rows.recorded_since),
        through=ibis.least(*(ibis.coalesce(end, ibis.timestamp(LAST)) for end in through)),
    )


def _standing_answers(inputs: Inputs) -> Table:
    """Answers given by the start, by version of the activity, until a newer one is known."""
    table = inputs.tables["participations"]
    rows = known(table.filter(table.kind.isin(ANSWERS)), "occurred_at")
    rows = rows.select(
        "employee_id", "activity_id", "participation_id", "kind", "occurred", "known"
    )
    held = inputs.activities
    held = held.select(
        "activity_id", "template", "begins", "ends", "cancelled_at",
        starts=held.starts_at.cast("timestamp"),
        over=ibis.coalesce(held.ends_at, held.starts_at).cast("timestamp"),
    )  # fmt: skip
    rows = rows.join(held, "activity_id").filter(_.occurred <= _.starts)
    return until_newer(rows, ["employee_id", "activity_id", "begins", "ends"], "participation_id")


def _came(inputs: Inputs) -> Table:
    """(employee_id, activity_id, came): when each attendance first became known."""
    rows = known(_attended(inputs), "occurred_at")
    return rows.group_by("employee_id", "activity_id").agg(came=_.known.min())


def _recorded_templates(inputs: Inputs) -> Table:
    """(template, recorded_since): from when attendance at such activities is on record."""
    held = inputs.activities.select("activity_id", "template", "begins", "ends")
    rows = joined_version(known(_attended(inputs), "occurred_at"), held, "activity_id")
    return rows.group_by("template").agg(recorded_since=_.known.min())


def _attended(inputs: Inputs) -> Table:
    table = inputs.tables["participations"]
    return table.filter(table.kind == "attended")
