"""Behaviour: workload, attendance, training, performance, deadlines and customers."""

import ibis
from ibis import _

from features.employee_features.catalogue import BEHAVIOUR
from features.employee_features.days import (
    FIRST,
    KEYS,
    MICRO,
    Table,
    changes,
    exact,
    seconds,
    share,
    spans,
    within,
)
from features.employee_features.inputs import Inputs
from features.employee_features.records import day_records, known, until_newer


def behaviour(inputs: Inputs) -> Table:
    """One row per (employee_id, event_timestamp) of those employed, with the family's features."""
    parts = [
        _groups(inputs), *_workdays(inputs), *_trainings(inputs), _performance(inputs),
        *_customers(inputs),
    ]  # fmt: skip
    rows = inputs.sums(parts).left_join(_deadlines(inputs), list(KEYS))
    tenure = seconds(rows.event_timestamp) - seconds(rows.hired_at)
    recorded, unknown = rows.workdays_28d > 0, ibis.null("float64")
    rows = rows.mutate(
        tenure_days=tenure / 86_400,
        hours_28d=ibis.ifelse(recorded, rows.hours_28d / MICRO, unknown),
        overtime_hours_28d=ibis.ifelse(recorded, rows.overtime_hours_28d / MICRO, unknown),
        overtime_hours_90d=ibis.ifelse(
            rows.workdays_90d > 0, rows.overtime_hours_90d / MICRO, unknown
        ),
        absent_days_28d=ibis.ifelse(recorded, rows.absent_days_28d, unknown),
        training_completion_share_365d=share(rows.enrolled_completed, rows.enrolled),
        training_score_mean_365d=share(rows.score_sum, rows.scores) / MICRO,
        performance_last=share(rows.performance_sum, rows.performances) / MICRO,
        satisfaction_90d=share(rows.satisfaction_sum, rows.satisfactions) / MICRO,
        open_milestones_14d=ibis.coalesce(rows.open_milestones_14d, 0),
    )
    return rows.select(*KEYS, *BEHAVIOUR)


def _memberships(inputs: Inputs) -> Table:
    rows = known(inputs.tables["memberships"], "started_at")
    return rows.mutate(through=rows.ended_at.cast("timestamp"))


def _groups(inputs: Inputs) -> Table:
    rows = spans(inputs.days, _memberships(inputs))
    return changes(rows, {"n_project_groups": ibis.literal(1, "int64")})


def _deadlines(inputs: Inputs) -> Table:
    """Per employee and T: days to the next open due date, and how many come in 14 days."""
    at, due = inputs.days.table, inputs.tables["milestones"]
    due = due.mutate(
        recorded=ibis.coalesce(due.recorded_at.cast("timestamp"), ibis.timestamp(FIRST))
    )
    today = at.event_timestamp.date()
    ahead = due.join(
        at, [due.recorded < at.event_timestamp, due.due_on >= today,
             due.done_on.isnull() | (due.done_on >= today)],
    )  # fmt: skip
    wait = (seconds(ahead.due_on.cast("timestamp")) - seconds(ahead.event_timestamp)) / 86_400
    ahead = ahead.mutate(wait=wait).group_by("project_group_id", "event_timestamp").agg(
        wait=_.wait.min(), soon=(_.wait < 14).cast("int64").sum())  # fmt: skip
    rows = _memberships(inputs)
    members = rows.join(
        at, [rows.known < at.event_timestamp,
             rows.through.isnull() | (rows.through >= at.event_timestamp)],
    ).select("employee_id", "project_group_id", "event_timestamp").distinct()  # fmt: skip
    return (
        members.join(ahead, ["project_group_id", "event_timestamp"])
        .group_by(*KEYS)
        .agg(days_to_deadline=_.wait.min(), open_milestones_14d=_.soon.sum())
    )


def _workdays(inputs: Inputs) -> list[Table]:
    rows = day_records(inputs.tables["workdays"], "day", inputs.employees, inputs.day_ends)
    one = ibis.literal(1, "int64")
    month = {
        "workdays_28d": one,
        "hours_28d": exact(_.hours),
        "overtime_hours_28d": exact(_.overtime_hours),
        "absent_days_28d": _.absent.cast("int64"),
    }
    quarter = {"workdays_90d": one, "overtime_hours_90d": exact(_.overtime_hours)}
    return [
        changes(spans(inputs.days, within(rows, 28)), month),
        changes(spans(inputs.days, within(rows, 90)), quarter),
    ]


def _trainings(inputs: Inputs) -> list[Table]:
    table, one = inputs.tables["trainings"], ibis.literal(1, "int64")
    begun = within(known(table, "enrolled_at"), 365)
    finished = table.filter(table.completed_at.notnull())
    completed = within(known(finished, "completed_at"), 365)
    both = within(known(finished, "enrolled_at"), 365)
    both = both.mutate(known=ibis.greatest(both.known, both.completed_at.cast("timestamp")))
    scores = {
        "trainings_completed_365d": one,
        "score_sum": exact(ibis.coalesce(_.score, 0.0)),
        "scores": _.score.notnull().cast("int64"),
    }
    return [
        changes(spans(inputs.days, begun), {"enrolled": one}),
        changes(spans(inputs.days, both), {"enrolled_completed": one}),
        changes(spans(inputs.days, completed), scores),
    ]


def _performance(inputs: Inputs) -> Table:
    table = inputs.tables["performances"]
    rows = day_records(table, "period_end", inputs.employees, inputs.day_ends)
    rows = spans(inputs.days, until_newer(rows, ["employee_id"]))
    one = ibis.literal(1, "int64")
    return changes(rows, {"performance_sum": exact(_.score), "performances": one})


def _customers(inputs: Inputs) -> list[Table]:
    table = inputs.tables["customer_contacts"]
    rows = day_records(table, "day", inputs.employees, inputs.day_ends)
    month = {"n_contacts_28d": _.n_contacts, "complaints_28d": _.n_complaints}
    quarter = {
        "satisfaction_sum": exact(ibis.coalesce(_.satisfaction, 0.0)),
        "satisfactions": _.satisfaction.notnull().cast("int64"),
    }
    return [
        changes(spans(inputs.days, within(rows, 28)), month),
        changes(spans(inputs.days, within(rows, 90)), quarter),
    ]
