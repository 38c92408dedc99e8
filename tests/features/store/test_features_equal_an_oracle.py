"""Features as of T equal what plain loops over the records find."""

import random
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from pyarrow import parquet

from features.employee_features import EMPLOYEE_FEATURES, FAMILIES
from features.feature_store import computing
from features.feature_store.computing import write_employee_features

START = datetime(2025, 1, 6, tzinfo=UTC)
WEEKS = [START + timedelta(days=7 * week) for week in range(0, 66, 3)]
DAYS = [*WEEKS, *(START + timedelta(days=200 + day) for day in range(8))]
LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
A_SECOND = 1.2e-5  # days: instants count to the second in features that are days


class Oracle:
    """The records as known strictly before one T, and the features as plain loops."""

    def __init__(self, records, moment):
        self.records, self.moment = records, moment

    def employed(self):
        found = {}
        for person in {row["employee_id"] for row in self.records["employees"]}:
            row = self.version("employees", "employee_id", person, self.moment)
            left = row["left_at"]
            if row["hired_at"] < self.moment and (left is None or left >= self.moment):
                found[person] = row
        return found

    def version(self, table, key, wanted, moment):
        def order(row):
            valid = row.get("valid_from") or LONG_AGO
            return max(valid, row.get("recorded_at") or LONG_AGO), valid

        rows = sorted((row for row in self.records[table] if row[key] == wanted), key=order)
        before = [row for row in rows if order(row)[0] < moment]
        if not before:
            return rows[0]
        return max(before, key=lambda row: row.get("valid_from") or LONG_AGO)

    def day_end(self, person, day):
        """The first instant after the person's local day."""
        begins = datetime(day.year, day.month, day.day, tzinfo=UTC)
        name = self.version("employees", "employee_id", person, begins)["timezone"]
        clock = timezone(timedelta(hours=-7)) if name == "-07:00" else ZoneInfo(name)
        after = day + timedelta(days=1)
        return datetime(after.year, after.month, after.day, tzinfo=clock).astimezone(UTC)

    def is_known(self, row, at):
        return at < self.moment and (row.get("recorded_at") or LONG_AGO) < self.moment

    def known_at(self, row, at):
        return max(at, row.get("recorded_at") or at)

    def events(self, table, instant, days=None, **wanted):
        low = self.moment - timedelta(days=days) if days else LONG_AGO
        for row in self.records[table]:
            matches = all(row[name] == value for name, value in wanted.items())
            at = row[instant]
            if matches and at and self.is_known(row, at) and at >= low:
                yield row

    def daily(self, table, days=None, day="day", **wanted):
        low = self.moment - timedelta(days=days) if days else LONG_AGO
        for row in self.records[table]:
            if all(row[name] == value for name, value in wanted.items()):
                last = self.day_end(row["employee_id"], row[day]) - MICROSECOND
                if self.is_known(row, last) and last >= low:
                    yield row | {"last": last}

    def features(self, person, row):
        return (
            {"tenure_days": (self.moment - row["hired_at"]) / timedelta(days=1)}
            | self.work(person) | self.learning(person) | self.customers(person)
            | self.deadlines(person) | self.participation(person) | self.preference(person)
            | self.social(person)
        )  # fmt: skip

    def work(self, person):
        month = list(self.daily("workdays", 28, employee_id=person))
        quarter = list(self.daily("workdays", 90, employee_id=person))
        reviews = list(self.daily("performances", day="period_end", employee_id=person))
        return {
            "hours_28d": sum(row["hours"] for row in month) if month else None,
            "overtime_hours_28d": sum(row["overtime_hours"] for row in month) if month else None,
            "overtime_hours_90d": (
                sum(row["overtime_hours"] for row in quarter) if quarter else None
            ),
            "absent_days_28d": sum(row["absent"] for row in month) if month else None,
            "performance_last": (
                max(reviews, key=lambda row: (row["last"], self.known_at(row, row["last"])))[
                    "score"
                ]
                if reviews
                else None
            ),
        }

    def learning(self, person):
        begun = list(self.events("trainings", "enrolled_at", 365, employee_id=person))
        done = list(self.events("trainings", "completed_at", 365, employee_id=person))
        finished = [row for row in begun if row["completed_at"] and
                    self.is_known(row, row["completed_at"])]  # fmt: skip
        return {
            "trainings_completed_365d": len(done),
            "training_completion_share_365d": share(len(finished), len(begun)),
            "training_score_mean_365d": mean(row["score"] for row in done),
        }

    def customers(self, person):
        month = list(self.daily("customer_contacts", 28, employee_id=person))
        quarter = self.daily("customer_contacts", 90, employee_id=person)
        return {
            "n_contacts_28d": sum(row["n_contacts"] for row in month),
            "complaints_28d": sum(row["n_complaints"] for row in month),
            "satisfaction_90d": mean(row["satisfaction"] for row in quarter),
        }

    def deadlines(self, person):
        held = [
            row for row in self.events("memberships", "started_at", employee_id=person)
            if row["ended_at"] is None or row["ended_at"] >= self.moment
        ]  # fmt: skip
        today = self.moment.date()
        waits = []
        for row in self.records["milestones"]:
            mine = row["project_group_id"] in {group["project_group_id"] for group in held}
            is_open = row["done_on"] is None or row["done_on"] >= today
            recorded = (row["recorded_at"] or LONG_AGO) < self.moment
            if mine and is_open and recorded and row["due_on"] >= today:
                waits.append((row["due_on"] - today).days)
        return {
            "n_project_groups": len(held),
            "days_to_deadline": min(waits, default=None),
            "open_milestones_14d": sum(wait < 14 for wait in waits),
        }

    def newest(self, person, kind, days):
        """The person's newest record of the kind for each activity, where it lies in the days."""
        newest = {}
        for row in self.events("participations", "occurred_at", employee_id=person, kind=kind):
            newest.setdefault(row["activity_id"], []).append(row)
        low = self.moment - timedelta(days=days)
        last = [max(rows, key=self.order) for rows in newest.values()]
        return [row for row in last if row["occurred_at"] >= low]

    def order(self, row):
        known = self.known_at(row, row["occurred_at"])
        return row["occurred_at"], known, row["participation_id"]

    def participation(self, person):
        found = {}
        for days in (28, 90, 365):
            for kind in ("registered", "declined", "attended"):
                found[f"{kind}_{days}d"] = len(self.newest(person, kind, days))
            found[f"no_shows_{days}d"] = sum(
                self.is_no_show(person, activity, days)
                for activity in {row["activity_id"] for row in self.records["activities"]}
            )
        for days in (90, 365):
            yes, no = found[f"registered_{days}d"], found[f"declined_{days}d"]
            came, missed = found[f"attended_{days}d"], found[f"no_shows_{days}d"]
            found[f"registered_share_{days}d"] = share(yes, yes + no)
            found[f"attended_share_{days}d"] = share(came, came + missed)
        stamps = [row["occurred_at"] for row in self.events(
            "participations", "occurred_at", employee_id=person, kind="registered")]  # fmt: skip
        since = (self.moment - max(stamps)) / timedelta(days=1) if stamps else None
        return found | {"days_since_registered": since}

    def is_no_show(self, person, activity, days):
        held = self.version("activities", "activity_id", activity, self.moment)
        over = held["ends_at"] or held["starts_at"]
        called_off = held["cancelled_at"] is not None and held["cancelled_at"] < self.moment
        if called_off or not self.moment - timedelta(days=days) <= over < self.moment:
            return False
        if held["template"] is None or held["template"] not in self.recorded_templates():
            return False
        mine = {"employee_id": person, "activity_id": activity}
        if list(self.events("participations", "occurred_at", kind="attended", **mine)):
            return False
        answers = [
            row for row in self.events("participations", "occurred_at", **mine)
            if row["kind"] in ("registered", "declined", "cancelled")
            and row["occurred_at"] <= held["starts_at"]
        ]  # fmt: skip
        return bool(answers) and max(answers, key=self.order)["kind"] == "registered"

    def recorded_templates(self):
        return {
            self.version_known(row)["template"]
            for row in self.events("participations", "occurred_at", kind="attended")
        }

    def version_known(self, row):
        known = self.known_at(row, row["occurred_at"])
        return self.version("activities", "activity_id", row["activity_id"], known + MICROSECOND)

    def preference(self, person):
        chosen = [self.version_known(row) for row in self.newest(person, "registered", 365)]
        answers = list(self.events("survey_answers", "answered_at", employee_id=person))
        earned = self.events("points", "occurred_at", 90, employee_id=person)
        spent = list(self.events("redemptions", "occurred_at", 365, employee_id=person))
        ledger = self.events("points", "occurred_at", employee_id=person)
        n = len(chosen)
        return {
            "ratings_mean_365d": mean(row["value"] for row in self.newest(person, "rated", 365)),
            "team_share_365d": share(sum(row["format"] == "team" for row in chosen), n),
            "onsite_share_365d": share(
                sum(row["mode"] in ("onsite", "hybrid") for row in chosen), n
            ),
            "evening_share_365d": share(sum(local_hour(row) >= 18 for row in chosen), n),
            "rewarded_share_365d": share(sum((row["reward_points"] or 0) > 0 for row in chosen), n),
            "survey_rating_mean": mean(row["rating"] for row in answers),
            "n_survey_answers": len(answers),
            "points_balance": sum(row["amount"] for row in ledger),
            "points_earned_90d": sum(max(row["amount"], 0) for row in earned),
            "points_redeemed_365d": sum(row["points"] for row in spent),
            "redemptions_365d": len(spent),
        }

    def social(self, person):
        sent_to, received_from = set(), set()
        total = grouped = across = 0
        for row in self.daily("interactions", 90):
            one, two, n = row["employee_id"], row["other_employee_id"], row["n_messages"]
            if person not in (one, two) or one == two or n == 0:
                continue
            total += n
            if person == one:
                sent_to.add(two)
            else:
                received_from.add(one)
            groups = [self.groups_then(who, row["last"]) for who in (one, two)]
            if all(groups):
                grouped += n
                across += 0 if groups[0] & groups[1] else n
        degree = len(sent_to | received_from)
        return {
            "degree_90d": degree,
            "messages_90d": total,
            "reciprocity_90d": share(len(sent_to & received_from), degree),
            "cross_group_share_90d": share(across, grouped),
        }

    def groups_then(self, person, moment):
        return {
            row["project_group_id"] for row in self.records["memberships"]
            if row["employee_id"] == person
            and self.known_at(row, row["started_at"]) <= moment
            and (row["ended_at"] is None or moment < row["ended_at"])
        }  # fmt: skip


def share(part, whole):
    return part / whole if whole else None


def mean(values):
    known = [value for value in values if value is not None]
    return share(sum(known), len(known))


def local_hour(row):
    name = row["timezone"]
    clock = timezone(timedelta(hours=-7)) if name == "-07:00" else ZoneInfo(name)
    return row["starts_at"].astimezone(clock).hour


def expected(records, days):
    rows = []
    for moment in days:
        oracle = Oracle(records, moment)
        for person, row in oracle.employed().items():
            keys = {"employee_id": person, "event_timestamp": moment}
            rows.append(keys | oracle.features(person, row))
    return ordered(pd.DataFrame(rows))


def computed(files, days, directory):
    write_employee_features(files, days, directory)
    frame = None
    for family in FAMILIES:
        part = pd.read_parquet(directory / f"employee_{family}")
        frame = part if frame is None else frame.merge(part, on=["employee_id", "event_timestamp"])
    return ordered(frame)


def ordered(frame):
    frame = frame[["employee_id", "event_timestamp", *EMPLOYEE_FEATURES]]
    frame = frame.sort_values(["event_timestamp", "employee_id"]).reset_index(drop=True)
    frame["event_timestamp"] = frame["event_timestamp"].astype("datetime64[us, UTC]")
    return frame.astype(dict.fromkeys(EMPLOYEE_FEATURES, float))


@pytest.mark.parametrize(
    "seed", [1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (2, 3))]
)
def test_features_equal_plain_loops_over_what_was_known_before(
    seed, messy_records, table_files, tmp_path
):
    records = messy_records(seed)
    found = computed(table_files(records), DAYS, tmp_path / "features")
    pd.testing.assert_frame_equal(found, expected(records, DAYS), atol=A_SECOND, rtol=0)
    assert found[list(EMPLOYEE_FEATURES)].notna().any().all()


def test_days_in_parts_are_those_of_one_go(messy_records, table_files, tmp_path, monkeypatch):
    files, days = table_files(messy_records(5)), DAYS[:7]
    whole = computed(files, days, tmp_path / "whole")
    n_people = parquet.read_metadata(files["employees"]).num_rows
    monkeypatch.setattr(computing, "MAX_ROWS_AT_ONCE", 3 * n_people)
    parts = computed(files, days, tmp_path / "parts")
    assert len(list((tmp_path / "whole" / "employee_social").iterdir())) == 1
    assert len(list((tmp_path / "parts" / "employee_social").iterdir())) == 3
    pd.testing.assert_frame_equal(parts, whole, atol=A_SECOND, rtol=0)


def test_what_comes_at_or_after_a_day_changes_nothing(messy_records, table_files, tmp_path):
    records, moment = messy_records(4), START + timedelta(days=245)
    before = {table: [row for row in rows if came_before(row, moment)]
              for table, rows in records.items()}  # fmt: skip
    for table, key in (("employees", "employee_id"), ("activities", "activity_id")):
        known = {row[key] for row in before[table]}
        before[table] += [row for row in first_rows(records[table], key) if row[key] not in known]
    assert all(len(before[table]) < len(records[table]) for table in ("workdays", "participations"))
    early = computed(table_files(before), [moment], tmp_path / "early")
    late = computed(table_files(records), [moment], tmp_path / "late")
    pd.testing.assert_frame_equal(early, late, check_exact=True)


def came_before(row, moment):
    """Whether the row was known: by its instants, or for a day by any clock on earth."""
    instants = [row.get(name) for name in ("valid_from", "recorded_at", "started_at", "enrolled_at",
                                           "answered_at", "occurred_at")]  # fmt: skip
    days = [row.get(name) for name in ("day", "period_end")]
    ends = [datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=10)
            for day in days if isinstance(day, date)]  # fmt: skip
    return all(value < moment for value in [*instants, *ends] if value is not None)


def first_rows(rows, key):
    first = {}
    for row in rows:
        known = max(row.get("valid_from") or LONG_AGO, row.get("recorded_at") or LONG_AGO)
        if row[key] not in first or known < first[row[key]][0]:
            first[row[key]] = (known, row)
    return [row for _known, row in first.values()]


def test_the_order_of_rows_and_the_other_days_asked_for_change_nothing(
    messy_records, table_files, tmp_path
):
    records = messy_records(5)
    shuffled = {table: random.Random(0).sample(rows, len(rows))  # noqa: S311
                for table, rows in records.items()}  # fmt: skip
    whole = computed(table_files(records), DAYS, tmp_path / "whole")
    few = computed(table_files(shuffled), DAYS[3:5], tmp_path / "few")
    same = whole[whole["event_timestamp"].isin(few["event_timestamp"])].reset_index(drop=True)
    assert len(few)
    pd.testing.assert_frame_equal(few, same, check_exact=True)


def test_a_missing_table_makes_its_features_unknown_and_no_others(
    messy_records, table_files, tmp_path
):
    files = table_files(messy_records(6))
    whole = computed(files, DAYS[-2:], tmp_path / "whole")
    fewer = {name: path for name, path in files.items() if name not in ("workdays", "memberships")}
    found = computed(fewer, DAYS[-2:], tmp_path / "fewer")
    off = {
        name for family in FAMILIES.values() for name, feature in family.items()
        if {"workdays", "memberships"} & set(feature.needs)
    }  # fmt: skip
    assert "hours_28d" in off
    assert "cross_group_share_90d" in off
    assert found[sorted(off)].isna().all().all()
    kept = [name for name in EMPLOYEE_FEATURES if name not in off]
    pd.testing.assert_frame_equal(found[kept], whole[kept], check_exact=True)
