"""What is done, learnt or changed at or after a moment changes no pair feature of it."""

import json
import random
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from features.history.columns import micros
from features.pairs.features import pair_features
from features.pairs.moment import Moment
from features.tables.schemas import PARTICIPATION_KINDS

MOMENT = datetime(2025, 10, 6, 8, tzinfo=UTC)
LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)
HOUR, A_DAY = timedelta(hours=1), timedelta(days=1)


def since(row):
    """When a record was known: by its own instants, or for a day by any clock on earth."""
    names = ("valid_from", "recorded_at", "started_at", "answered_at", "occurred_at")
    stamps = [row[name] for name in names if row.get(name)]
    if "day" in row:
        day = row["day"]
        stamps.append(datetime(day.year, day.month, day.day, tzinfo=UTC) + 36 * HOUR)
    return max(stamps, default=LONG_AGO)


def before(records):
    """The records known before the moment, and the first row of each person and activity."""
    kept = {}
    for table, rows in records.items():
        kept[table] = [row for row in rows if since(row) < MOMENT]
        key = {"employees": "employee_id", "activities": "activity_id"}.get(table)
        known = {row[key] for row in kept[table]} if key else set()
        for row in sorted(rows, key=since):
            if key and row[key] not in known:
                kept[table].append(row)
                known.add(row[key])
    return kept


class Later:
    """Draws records that nobody could know at the moment, about people and activities known."""

    def __init__(self, records, seed):
        self.records, self.random = records, random.Random(seed)  # noqa: S311
        self.people = [row["employee_id"] for row in records["employees"]] + ["new0", "new1"]
        self.activities = sorted({
            row["activity_id"] for row in records["activities"] if since(row) < MOMENT
        })  # fmt: skip

    def after(self):
        return MOMENT + self.random.choice((0, 0, 1, 30, 24 * 50)) * HOUR

    def stamps(self, name):
        """The event later; or before, and learnt of later."""
        if self.random.random() < 0.5:
            return {name: self.after()}
        return {name: MOMENT - self.random.randrange(1, 2000) * HOUR, "recorded_at": self.after()}

    def held_since(self):
        return self.random.choice((
            {"valid_from": self.after(), "recorded_at": None},
            {"valid_from": MOMENT - self.random.randrange(1, 9999) * A_DAY / 24,
             "recorded_at": self.after()},
        ))  # fmt: skip

    def added(self):
        pick = self.random.choice
        new = [self.employee("new0"), self.employee("new1"),
               self.employee("new0") | {"valid_from": self.after()}]  # fmt: skip
        changed = [
            row | self.held_since() | {
                "function": pick(("R&D", "corporate", "new")), "left_at": self.after(),
                "city": pick(("成都", "西安")),
            }
            for row in self.random.sample(self.records["employees"], 5)
        ]  # fmt: skip
        return {
            "employees": new + changed,
            "memberships": [
                {"employee_id": pick(self.people), "project_group_id": pick(("g0", "g2", "g9")),
                 **self.stamps("started_at")} for _ in range(12)
            ],
            "activities": self.new_activities() + self.changed_activities(),
            "participations": [self.participation(n) for n in range(200)],
            "survey_answers": [
                {"employee_id": pick(self.people), "topic": pick(("python", "story", "new")),
                 "rating": float(self.random.randrange(1, 6)), **self.stamps("answered_at")}
                for _ in range(30)
            ],
            "interactions": [
                {"employee_id": pick(self.people), "other_employee_id": pick(self.people),
                 "day": self.after().date(), "channel": "mail", "n_messages": 9}
                for _ in range(30)
            ],
        }  # fmt: skip

    def employee(self, name):
        row = self.records["employees"][0] | {"employee_id": name, "left_at": None}
        hired = self.after()
        return self.random.choice((
            row | {"hired_at": hired, "valid_from": hired},
            row | {"hired_at": hired, "valid_from": None},
            row | {"hired_at": MOMENT - 300 * A_DAY, "valid_from": None,
                   "recorded_at": self.after()},
        ))  # fmt: skip

    def activity(self):
        row = self.random.choice(self.records["activities"])
        starts = MOMENT + self.random.randrange(-900, 900) * HOUR
        return row | {
            "starts_at": starts, "title": "something else", "place_id": "p9",
            "tags": json.dumps({"new": 0.5, "python": 0.5}), "ends_at": starts + HOUR,
            "cancelled_at": self.random.choice((None, starts - HOUR)), "template": "new",
            "audience": self.random.choice((None, json.dumps({"project_group": ["g9"]}))),
        }  # fmt: skip

    def new_activities(self):
        return [self.activity() | {"activity_id": f"{name}{n}"} | self.held_since()
                for n, name in enumerate(("A", "a05x", "z"))]  # fmt: skip

    def changed_activities(self):
        rows = [self.activity() | {"activity_id": name} | self.held_since()
                for name in self.activities]  # fmt: skip
        return rows + [row | {"valid_from": self.after()} for row in rows[:5]]

    def participation(self, number):
        known = [*self.activities, "A0", "z2"]
        return {
            "participation_id": f"later{number}", "employee_id": self.random.choice(self.people),
            "activity_id": self.random.choice(known), "value": 5.0,
            "kind": self.random.choice(PARTICIPATION_KINDS), **self.stamps("occurred_at"),
        }  # fmt: skip

    def altered(self):
        """The records with open ends closed, all at or after the moment."""
        ends = {"employees": "left_at", "memberships": "ended_at", "activities": "cancelled_at"}
        return {
            table: [
                row | {ends[table]: self.after()}
                if table in ends and row[ends[table]] is None and self.random.random() < 0.5
                else row
                for row in rows
            ]
            for table, rows in self.records.items()
        }  # fmt: skip

    def everything(self):
        added = self.added()
        return {table: rows + added.get(table, []) for table, rows in self.altered().items()}


def features_of(history, stage, people, activities):
    moment = Moment(history, micros(MOMENT))
    employees = np.array([history.employee_index(person) for person in people])
    return {
        activity: pair_features(moment, history.activity_index(activity), employees, stage)
        for activity in activities
    }


def assert_same(one, two):
    for activity, columns in one.items():
        assert columns.keys() == two[activity].keys()
        for name, column in columns.items():
            np.testing.assert_allclose(column, two[activity][name], rtol=2e-5, atol=2e-6,
                                       err_msg=f"{activity} {name}")  # fmt: skip


@pytest.mark.parametrize("stage", ["launch", "open"])
@pytest.mark.parametrize("seed", range(6))
def test_what_comes_later_changes_no_feature(seed, stage, messy_records, history_of):
    records = before(messy_records(seed + 10))
    later = Later(records, seed)
    people = sorted({row["employee_id"] for row in records["employees"]})
    one, two = (features_of(history_of(r), stage, people, later.activities)
                for r in (records, later.everything()))  # fmt: skip
    assert len(later.activities) > 5
    assert_same(one, two)


@pytest.mark.parametrize("seed", range(6))
def test_a_history_cut_at_the_moment_gives_the_same(seed, messy_records, tables_of, history_of):
    records = messy_records(seed + 20)
    known = Later(records, 0).activities
    # a system that does not know an activity takes no answer about it
    records["participations"] = [
        row for row in records["participations"] if row["activity_id"] in known
    ]
    history = history_of(records)
    cut = type(history).from_tables(tables_of(records), MOMENT)
    assert set(cut.activities.ids) == set(known) <= set(history.activities.ids)
    one, two = (features_of(h, "open", cut.people.ids, known) for h in (history, cut))
    assert_same(one, two)


def one_more(records, activity, kind, occurred, person, **more):
    row = {"participation_id": f"own {kind}", "employee_id": person, "activity_id": activity,
           "kind": kind, "occurred_at": occurred, "value": 3.0} | more  # fmt: skip
    return records | {"participations": [*records["participations"], row]}


def coming(records, history):
    """The activities known at the moment that start later."""
    rows = Moment(history, micros(MOMENT)).activity_rows
    starts = history.activities.starts[rows]
    known = history.activities.first_known < micros(MOMENT)
    return history.activities.ids[(starts >= micros(MOMENT)) & known].tolist()


KINDS = [kind for kind in PARTICIPATION_KINDS if kind != "invited"]


@pytest.mark.parametrize("occurred", [MOMENT - 9 * A_DAY, MOMENT - HOUR, MOMENT + 9 * A_DAY])
@pytest.mark.parametrize("seed", [1, 5])
def test_before_launch_nothing_done_about_the_activity_itself_counts(
    seed, occurred, messy_records, history_of
):
    records = messy_records(seed)
    history = history_of(records)
    people, found = history.people.ids.tolist(), coming(records, history)
    assert found
    for activity in found:
        own = [row for row in records["participations"]
               if row["activity_id"] == activity and row["kind"] != "invited"]  # fmt: skip
        others = [row for row in records["participations"] if row not in own]
        bare = records | {"participations": others}
        one = features_of(history_of(bare), "launch", people, [activity])
        more = bare
        for number, kind in enumerate(KINDS):
            more = one_more(more, activity, kind, occurred, people[number % len(people)])
        assert_same(one, features_of(history_of(more), "launch", people, [activity]))
        assert_same(one, features_of(history, "launch", people, [activity]))


def test_an_invitation_by_name_changes_who_is_in_the_audience_and_nothing_else(
    messy_records, history_of
):
    records = messy_records(1)
    history = history_of(records)
    people, activity = history.people.ids.tolist(), coming(records, history)[0]
    outside = np.flatnonzero(
        history.employed(micros(MOMENT))
        & ~history.invited(history.activity_index(activity), micros(MOMENT))
    )
    more = one_more(records, activity, "invited", MOMENT - HOUR, people[outside[0]])
    one, two = (features_of(history_of(r), "launch", people, [activity])[activity]
                for r in (records, more))  # fmt: skip
    assert one["in_audience"][outside[0]] == 0
    assert two["in_audience"][outside[0]] == 1
    assert np.expm1(two["audience_size"][0]) == pytest.approx(np.expm1(one["audience_size"][0]) + 1)
    for columns in (one, two):
        del columns["in_audience"], columns["audience_size"]
    assert_same({activity: one}, {activity: two})


@pytest.mark.parametrize(
    ("occurred", "recorded", "counts"),
    [
        (MOMENT - timedelta(microseconds=1), None, True),
        (MOMENT, None, False),
        (MOMENT + HOUR, None, False),
        (MOMENT - A_DAY, MOMENT - HOUR, True),
        (MOMENT - A_DAY, MOMENT, False),
    ],
)
def test_once_open_answers_count_from_when_they_were_known(
    occurred, recorded, counts, messy_records, history_of
):
    records = messy_records(1)
    history = history_of(records)
    activity = coming(records, history)[0]
    done = [row for row in records["participations"] if row["activity_id"] != activity]
    bare, person = records | {"participations": done}, history.people.ids[0]
    more = one_more(bare, activity, "registered", occurred, person, recorded_at=recorded)
    one, two = (features_of(history_of(r), "open", [person], [activity])[activity]
                for r in (bare, more))  # fmt: skip
    assert one["registered_so_far"][0] == 0
    assert np.expm1(two["registered_so_far"][0]) == pytest.approx(float(counts))
    if not counts:
        assert_same({activity: one}, {activity: two})
