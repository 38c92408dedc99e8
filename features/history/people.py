"""Employees and their memberships as of any moment."""

import hashlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa

from features.audience import Expression, audience_mask
from features.history.columns import (
    DAY,
    FIRST,
    NEVER,
    Bools,
    Floats,
    Ints,
    Strings,
    codes,
    distinct,
    flags,
    in_order,
    instants,
    known_from,
    numbers,
    positions,
    strings,
)

FIELDS = ("function", "city", "level", "timezone")


@dataclass(frozen=True)
class People:
    """Rows of employees and memberships; a row counts from the moment it was known.

    `ids` are sorted. Row arrays are ordered by when the row begins to hold, so the last one that
    holds wins. `fields` gives each row's code and the names, for those in FIELDS.
    """

    ids: Strings
    employee: Ints
    valid_from: Ints
    recorded: Ints
    hired: Ints
    left: Ints
    opted_out: Bools
    latitude: Floats
    longitude: Floats
    fields: dict[str, tuple[Ints, Strings]]
    group_ids: Strings
    member: Ints
    group: Ints
    started: Ints
    ended: Ints
    member_known: Ints

    @cached_property
    def places(self) -> dict[str, int]:
        """The position of each id."""
        return {str(one): place for place, one in enumerate(self.ids)}

    @cached_property
    def fingerprint(self) -> str:
        """The same for the same ids, in whichever process."""
        return hashlib.sha256("\n".join(map(str, self.ids)).encode()).hexdigest()

    def rows_at(self, at: int) -> Ints:
        """Each employee's row as of `at`; the earliest one before its `valid_from`."""
        rows = np.zeros(len(self.ids), dtype=np.int64)
        rows[self.employee[::-1]] = np.arange(len(self.employee))[::-1]
        held = np.flatnonzero(self.valid_from <= at)
        rows[self.employee[held]] = held
        return rows

    @cached_property
    def first_recorded(self) -> Ints:
        """When the company learned of each person; FIRST where that is not stated."""
        return self.recorded[self.rows_at(FIRST)]

    def employed(self, at: int) -> Bools:
        """Who is at the company at `at`, and on record by then."""
        rows = self.rows_at(at)
        return (self.hired[rows] <= at) & (at < self.left[rows]) & (self.first_recorded <= at)

    def tenure_days(self, at: int) -> Floats:
        """Days since each person was hired; negative before."""
        return (at - self.hired[self.rows_at(at)]) / DAY

    def members_at(self, at: int) -> Ints:
        """The membership rows that hold at `at`, ordered by their start."""
        holds = (self.started <= at) & (at < self.ended) & (self.member_known <= at)
        return np.flatnonzero(holds)

    def main_group(self, at: int) -> Ints:
        """Each person's newest project group, as a position in `group_ids`; -1 without one."""
        rows = self.members_at(at)
        main = np.full(len(self.ids), -1, dtype=np.int64)
        main[self.member[rows]] = self.group[rows]
        return main

    def team_codes(self, dimension: str, at: int) -> tuple[Ints, Strings]:
        """(code of each person's team, the teams' names), -1 where it is unknown.

        `dimension` is function, city, level or project_group.
        """
        if dimension == "project_group":
            return self.main_group(at), self.group_ids
        row_codes, names = self.fields[dimension]
        return row_codes[self.rows_at(at)], names

    def one_of(self, field: str, values: list[str], at: int) -> Bools:
        """Who has one of the values in this field at `at`; in any of their project groups."""
        if field != "project_group":
            team, names = self.team_codes(field, at)
            wanted = positions(names, np.array(values, dtype=object))
            return np.isin(team, wanted[wanted >= 0])
        rows = self.members_at(at)
        wanted = positions(self.group_ids, np.array(values, dtype=object))
        inside = np.zeros(len(self.ids), dtype=bool)
        inside[self.member[rows[np.isin(self.group[rows], wanted[wanted >= 0])]]] = True
        return inside

    def in_audience(self, audience: Expression, at: int) -> Bools:
        """Who, of those employed at `at`, fits the expression then."""
        mask = audience_mask(
            audience, lambda field, values: self.one_of(field, values, at), self.tenure_days(at)
        )
        return mask & self.employed(at)


def people_from(tables: dict[str, pa.Table]) -> People:
    """People from the tables employees and memberships."""
    table, memberships = tables["employees"], tables["memberships"]
    table, valid_from = in_order(table, "employee_id")
    ids = distinct(strings(table, "employee_id"))
    started = instants(memberships, "started_at", FIRST)
    # the group breaks ties, so that the order of a file's rows never matters
    order = np.lexsort((codes(strings(memberships, "project_group_id"))[0], started))
    memberships, started = memberships.take(pa.array(order)), started[order]
    group_ids = distinct(strings(memberships, "project_group_id"))
    return People(
        ids=ids,
        employee=positions(ids, strings(table, "employee_id")),
        valid_from=valid_from,
        recorded=instants(table, "recorded_at", FIRST),
        hired=instants(table, "hired_at", FIRST),
        left=instants(table, "left_at", NEVER),
        opted_out=flags(table, "profiling_opt_out"),
        latitude=numbers(table, "latitude"),
        longitude=numbers(table, "longitude"),
        fields={name: codes(strings(table, name)) for name in FIELDS},
        group_ids=group_ids,
        member=positions(ids, strings(memberships, "employee_id")),
        group=positions(group_ids, strings(memberships, "project_group_id")),
        started=started,
        ended=instants(memberships, "ended_at", NEVER),
        member_known=known_from(memberships, started),
    )
