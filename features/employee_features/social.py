"""Social: how many colleagues a person exchanges messages with, how much, both ways, and where."""

import ibis
from ibis import _

from features.employee_features.catalogue import SOCIAL
from features.employee_features.days import (
    KEYS,
    LAST,
    Table,
    changes,
    share,
    spans,
    within,
)
from features.employee_features.inputs import Inputs
from features.employee_features.records import day_records, known

WINDOW = 90


def social(inputs: Inputs) -> Table:
    """One row per (employee_id, event_timestamp) of those employed, with the family's features."""
    messages = inputs.keep(_messages(inputs))
    rows = inputs.sums([_volume(messages), *_ties(messages)])
    both_ways = rows.written_to + rows.written_by - rows.degree_90d
    rows = rows.mutate(
        reciprocity_90d=share(both_ways, rows.degree_90d),
        cross_group_share_90d=share(rows.grouped - rows.together, rows.grouped),
    )
    return rows.select(*KEYS, *SOCIAL)


def _messages(inputs: Inputs) -> Table:
    """Messages of two people by when they count: n, those between group members, within a group."""
    table = inputs.tables["interactions"]
    table = table.filter((table.n_messages > 0) & (table.employee_id != table.other_employee_id))
    rows = day_records(table, "day", inputs.employees, inputs.day_ends)
    rows = _group_marks(inputs, rows.select(
        "employee_id", "other_employee_id", "occurred", "known", "n_messages"))  # fmt: skip
    rows = spans(inputs.days, within(rows, WINDOW))
    return rows.group_by("employee_id", "other_employee_id", "enters", "leaves").agg(
        n=_.n_messages.sum().cast("int64"),
        grouped=ibis.ifelse(_.is_grouped, _.n_messages, 0).sum().cast("int64"),
        together=ibis.ifelse(_.is_together, _.n_messages, 0).sum().cast("int64"),
    )


def _group_marks(inputs: Inputs, rows: Table) -> Table:
    """The rows with `is_grouped` (both are in some project group then), `is_together` (in one)."""
    ends = ibis.coalesce(_.ended_at.cast("timestamp"), ibis.timestamp(LAST))
    inside = known(inputs.tables["memberships"], "started_at").select(
        "employee_id", "project_group_id", since=_.known, until=ends
    )
    other = inside.rename(other_employee_id="employee_id", other_since="since", other_until="until")
    shared = inside.join(other, "project_group_id").select(
        "employee_id", "other_employee_id",
        since=ibis.greatest(_.since, _.other_since), until=ibis.least(_.until, _.other_until),
    )  # fmt: skip
    shared = shared.filter((shared.since < shared.until)
                           & (shared.employee_id != shared.other_employee_id))  # fmt: skip
    moments = rows.select("employee_id", "other_employee_id", "occurred").distinct()
    pair = ["employee_id", "other_employee_id"]
    together = _during(moments, shared, pair)
    grouped = _during(_during(moments, inside, pair[:1]), other.rename(
        since="other_since", until="other_until"), pair[1:])  # fmt: skip
    key = [*pair, "occurred"]
    rows = rows.left_join(grouped.mutate(is_grouped=True), key)
    rows = rows.drop(*(f"{name}_right" for name in key))
    rows = rows.left_join(together.mutate(is_together=True), key)
    return rows.drop(*(f"{name}_right" for name in key))


def _during(moments: Table, spells: Table, key: list[str]) -> Table:
    """The moments that lie in one of the spells [since, until) of their key."""
    return moments.semi_join(
        spells, [*key, moments.occurred >= spells.since, moments.occurred < spells.until]
    )


def _volume(messages: Table) -> Table:
    """Messages sent and received."""
    columns = ("enters", "leaves", "n", "grouped", "together")
    both = messages.select("employee_id", *columns).union(
        messages.select(*columns, employee_id=messages.other_employee_id).select(
            "employee_id", *columns)
    )  # fmt: skip
    return changes(both, {"messages_90d": _.n, "grouped": _.grouped, "together": _.together})


def _ties(messages: Table) -> list[Table]:
    """Colleagues written to, written by, and either."""
    one = ibis.literal(1, "int64")
    times = messages.select("enters", "leaves", one="employee_id", two="other_employee_id")
    written = _without_overlap(times)
    either = _without_overlap(
        times.select(
            "enters", "leaves",
            one=ibis.least(times.one, times.two), two=ibis.greatest(times.one, times.two),
        )
    )  # fmt: skip
    each_way = either.select("enters", "leaves", employee_id=either.one).union(
        either.select("enters", "leaves", employee_id=either.two)
    )
    return [
        changes(written.rename(employee_id="one"), {"written_to": one}),
        changes(written.rename(employee_id="two"), {"written_by": one}),
        changes(each_way, {"degree_90d": one}),
    ]


def _without_overlap(times: Table) -> Table:
    """Each pair's times [enters, leaves) cut so that none is counted twice."""
    last = ibis.timestamp(LAST)
    times = times.mutate(until=ibis.coalesce(times.leaves, last))
    before = ibis.window(group_by=["one", "two"], order_by=["enters", "until"], preceding=(None, 1))
    times = times.mutate(covered=times.until.max().over(before))
    covered = ibis.coalesce(times.covered, times.enters)
    times = times.filter(times.until > covered)
    return times.select("one", "two", "leaves", enters=ibis.greatest(times.enters, covered))
