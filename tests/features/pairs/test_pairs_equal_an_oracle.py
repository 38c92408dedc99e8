"""Pair features equal what plain loops over the records known before find."""

import functools
import json
import math
import random
from collections import Counter
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from features.history.columns import micros
from features.pairs import kernels
from features.pairs.features import pair_features
from features.pairs.moment import Moment
from features.text import words

LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
MICROSECOND, A_DAY = timedelta(microseconds=1), timedelta(days=1)
MOMENTS = [
    datetime(2025, 1, 20, tzinfo=UTC),
    datetime(2025, 6, 2, 16, tzinfo=UTC),
    datetime(2025, 11, 10, 8, 0, 0, 1, tzinfo=UTC),
    datetime(2026, 2, 1, tzinfo=UTC),
]
CLOSE: dict[str, Any] = {"rel": 2e-4, "abs": 2e-5, "nan_ok": True}
ANSWERS = ("registered", "declined", "cancelled")


def days(interval):
    return interval / A_DAY


def share(yes, asked, prior, weight=kernels.PRIOR):
    return (yes + weight * prior) / (asked + weight)


class Oracle:
    """The records as known strictly before one moment."""

    def __init__(self, records, moment):
        self.records, self.moment = records, moment
        self.before = moment - MICROSECOND
        self.people = sorted({row["employee_id"] for row in records["employees"]})
        self.activities = sorted({row["activity_id"] for row in records["activities"]})
        self.now = {a: self.version("activities", "activity_id", a) for a in self.activities}
        self.held = [a for a in self.activities if self.was_held(a)]
        self.past = [a for a in self.activities if self.is_past(a)]
        pairs = [(person, activity) for person in self.people for activity in self.past]
        self.yes = {pair: float(self.is_yes(*pair)) for pair in pairs}
        self.asked = {pair: float(self.was_asked(*pair)) for pair in pairs}
        self.texts = [text_words(self.now[held]) for held in self.held]
        self.titles = [title_words(self.now[held]) for held in self.held]
        self.weights_of = functools.cache(self.weights)
        self.main_group = functools.cache(self.main_group)
        self.came = functools.cache(self.came)
        self.ties = {person: self.ties_of(person) for person in self.people}

    # what holds at a moment

    def version(self, table, key, wanted, at=None):
        rows = sorted((row for row in self.records[table] if row[key] == wanted), key=held_from)
        known = [row for row in rows if held_from(row)[0] <= (at or self.before)]
        return max(known, key=lambda row: row["valid_from"] or LONG_AGO) if known else rows[0]

    def first_known(self, activity):
        return min(held_from(row)[0] for row in self.records["activities"]
                   if row["activity_id"] == activity)  # fmt: skip

    def employee(self, person, at=None):
        return self.version("employees", "employee_id", person, at)

    def is_employed(self, person, at):
        row = self.employee(person, at)
        first = min((r for r in self.records["employees"] if r["employee_id"] == person),
                    key=held_from)  # fmt: skip
        recorded = (first["recorded_at"] or LONG_AGO) <= at
        return recorded and row["hired_at"] <= at < (row["left_at"] or NEVER)

    def memberships(self, person, at):
        rows = [row for row in self.records["memberships"] if row["employee_id"] == person
                and known(row, "started_at") <= at < (row["ended_at"] or NEVER)]  # fmt: skip
        return sorted(rows, key=lambda row: (row["started_at"], row["project_group_id"]))

    def main_group(self, person):
        rows = self.memberships(person, self.before)
        return rows[-1]["project_group_id"] if rows else None

    def is_invited(self, person, activity, at):
        if not self.is_employed(person, at):
            return False
        named = any(row["kind"] == "invited" and known(row, "occurred_at") <= at
                    for row in self.about(person, activity))  # fmt: skip
        audience = self.version("activities", "activity_id", activity, at)["audience"]
        return named or self.fits(person, json.loads(audience) if audience else {}, at)

    def fits(self, person, expression, at):
        row, found = self.employee(person, at), []
        for key, value in expression.items():
            if key == "any":
                found.append(any(self.fits(person, part, at) for part in value))
            elif key == "tenure_days":
                tenure = days(at - row["hired_at"])
                found.append(value.get("at_least", 0) <= tenure < value.get("below", math.inf))
            elif key == "project_group":
                groups = {m["project_group_id"] for m in self.memberships(person, at)}
                found.append(bool(groups & set(value)))
            else:
                found.append(row[key] in value)
        return all(found)

    # what was done

    def about(self, person=None, activity=None):
        return [row for row in self.records["participations"]
                if person in (None, row["employee_id"])
                and activity in (None, row["activity_id"])]  # fmt: skip

    def done(self, kinds, person=None, activity=None):
        rows = [row for row in self.about(person, activity)
                if row["kind"] in kinds and known(row, "occurred_at") < self.moment]  # fmt: skip
        return sorted(rows, key=lambda row: (
            row["occurred_at"], known(row, "occurred_at"), row["participation_id"]))  # fmt: skip

    def state(self, person, activity):
        answers = self.done(ANSWERS, person, activity)
        return answers[-1]["kind"] if answers else None

    def came(self, person, activity):
        return bool(self.done(["attended"], person, activity))

    def was_held(self, activity):
        row = self.now[activity]
        called_off = row["cancelled_at"] is not None and row["cancelled_at"] <= row["starts_at"]
        return (row["starts_at"] < self.moment and not called_off
                and self.first_known(activity) < self.moment)  # fmt: skip

    def is_past(self, activity):
        answered = bool(self.done(ANSWERS, activity=activity))
        return activity in self.held or (answered and self.first_known(activity) < self.moment)

    def is_yes(self, person, activity):
        return self.state(person, activity) == "registered" or self.came(person, activity)

    def was_asked(self, person, activity):
        if self.state(person, activity) or self.came(person, activity):
            return True
        starts = self.now[activity]["starts_at"] - MICROSECOND
        return activity in self.held and self.is_invited(person, activity, starts)

    def ties_of(self, person):
        strength = Counter()
        for row in self.records["interactions"]:
            pair = {row["employee_id"], row["other_employee_id"]}
            begins = datetime(row["day"].year, row["day"].month, row["day"].day, tzinfo=UTC)
            at = max(begins + timedelta(hours=36), row["recorded_at"] or LONG_AGO)
            if person in pair and self.moment - 90 * A_DAY <= at < self.moment:
                strength[(pair - {person}).pop()] += row["n_messages"]
        logs = {other: math.log1p(n) for other, n in strength.items()}
        return {other: value / sum(logs.values()) for other, value in logs.items()}

    # likeness

    def weights(self, activity):
        found = {name: {} for name in kernels.HALF_LIVES}
        for other in self.past:
            like = self.likeness(activity, other)
            age = max(days(self.moment - self.now[other]["starts_at"]), 0)
            for name, half_life in kernels.HALF_LIVES.items():
                found[name][other] = (other != activity) * like[name] * 0.5 ** (age / half_life)
        return found

    def likeness(self, activity, other):
        one, two = self.now[activity], self.now[other]
        (day, hour), (other_day, other_hour) = clock(one), clock(two)
        gap = abs(hour - other_hour)
        near_hour = math.exp(-((min(gap, 24 - gap) / 2) ** 2))
        same_day = float(day == other_day)
        points = [math.log1p(row["reward_points"] or 0) for row in (one, two)]
        like = {
            "any": 1.0, "recent": 1.0, "weekday": same_day,
            **{name: near(one, two, reach) for name, reach in REACHES.items()},
            "slot": (0.3 + 0.7 * same_day) * near_hour,
            "reward": math.exp(-abs(points[0] - points[1])),
            "tags": cosine(*(json.loads(row["tags"] or "{}") for row in (one, two))),
            "text": cosine(*(self.weighted(text_words(row), self.texts) for row in (one, two))),
            "title": cosine(*(self.weighted(title_words(row), self.titles) for row in (one, two))),
        }  # fmt: skip
        for name, column in (("place", "place_id"), ("city", "city"), ("template", "template"),
                             ("series", "series_id"), ("organiser", "organiser_id"),
                             ("mode", "mode")):  # fmt: skip
            like[name] = float(one[column] is not None and one[column] == two[column])
        like["audience"] = float(one["audience"] == two["audience"])
        alike, hood = (math.exp(sum(w * (like[name] - 1) for name, w in weights.items()))
                       for weights in (kernels.ALIKE, kernels.HOOD))  # fmt: skip
        like |= {
            "alike": alike,
            "alike_recent": alike,
            "title_recent": like["title"],
            "text_recent": like["text"],
            "title_near": like["title"] * like["near_30km"],
        }
        return like | dict.fromkeys(("hood", "hood_recent", "hood_lately"), hood)

    def weighted(self, counts, texts):
        found = {}
        for word, n in counts.items():
            rarity = math.log((1 + len(texts)) / (1 + sum(word in text for text in texts))) + 1
            found[word] = (1 + math.log(n)) * rarity
        return found

    # the columns

    def columns(self, person, activity, stage):
        return (
            self.rates(person, activity) | self.attendance(person, activity)
            | self.colleagues(person, activity) | self.companions(person, activity)
            | self.recency(person, activity, stage)
            | self.counts(person, activity) | self.facts(activity) | self.stated(person, activity)
            | self.about_person(person, activity)
            | (self.crowd(person, activity) if stage == "open" else {})
        )  # fmt: skip

    def total(self, table, weight, people):
        return sum(table[person, a] * weight[a] for person in people for a in self.past)

    def rates(self, person, activity):
        weights, found = self.weights_of(activity), {}
        everyone = {name: (self.total(self.yes, weight, self.people),
                           self.total(self.asked, weight, self.people))
                    for name, weight in weights.items()}  # fmt: skip
        overall = (everyone["any"][0] + 0.5) / (everyone["any"][1] + 1)
        crowd = {name: share(*counts, overall, kernels.CROWD_PRIOR)
                 for name, counts in everyone.items()}  # fmt: skip
        mine = {name: (self.total(self.yes, weight, [person]),
                       self.total(self.asked, weight, [person]))
                for name, weight in weights.items()}  # fmt: skip
        base = share(*mine["any"], crowd["any"])
        for name in weights:
            if name not in kernels.NO_CROWD:
                found[f"crowd_{name}"] = crowd[name]
            if name in kernels.UNRATED:
                continue
            found[f"evidence_{name}"] = math.log1p(mine[name][1])
            odds = odds_of(crowd[name]) * odds_of(base) / odds_of(crowd["any"])
            mine_then = share(*mine[name], odds / (1 + odds))
            found[f"rate_{name}"] = base if name == "any" else mine_then
        refused = sum(weights["any"][a] * (self.state(person, a) == "declined") for a in self.past)
        return found | {"declined_any": share(refused, mine["any"][1], 0.0)}

    def attendance(self, person, activity):
        weights, found = self.weights_of(activity), {}
        recorded = [a for a in self.past if any(self.came(who, a) for who in self.people)]
        counted = [a for a in recorded if a in self.held]

        def sums(who, weight):
            came = sum(weight[a] * self.came(who, a) for a in recorded)
            return came, sum(weight[a] * self.yes[who, a] for a in counted)

        for name in ("any", "alike", "slot"):
            everyone = [sums(who, weights[name]) for who in self.people]
            crowd = (sum(c for c, _ in everyone) + 0.8) / (sum(r for _, r in everyone) + 1)
            found[f"attends_{name}"] = share(*sums(person, weights[name]), crowd)
        return found

    def colleagues(self, person, activity):
        weights, found = self.weights_of(activity), {}
        group = self.main_group(person)
        members = [who for who in self.people if self.main_group(who) == group]
        ties = self.ties[person]
        for name in kernels.COLLEAGUE_KERNELS:
            weight = weights[name]
            sums = [self.total(table, weight, members) for table in (self.yes, self.asked)]
            found[f"group_{name}"] = share(*sums, 0.2) if group else None
            yes, asked = (
                sum(tie * self.total(table, weight, [who]) for who, tie in ties.items())
                for table in (self.yes, self.asked)
            )
            found[f"ties_{name}"] = yes / asked if asked > 1e-6 else None
        return found

    def companions(self, person, activity):
        weights, found = self.weights_of(activity), {}
        others = [a for a in self.past if a != activity]
        bond = {}
        for a in others:
            age = max(days(self.moment - self.now[a]["starts_at"]), 0)
            n_yes = sum(self.yes[who, a] for who in self.people)
            bond[a] = 0.5 ** (age / kernels.HALF_LIVES["alike"]) / math.sqrt(1 + n_yes)
        tie = {who: sum(bond[a] * self.yes[person, a] * self.yes[who, a] for a in others)
               for who in self.people if who != person}  # fmt: skip
        yes, asked = (
            self.total(table, weights["any"], self.people) for table in (self.yes, self.asked)
        )
        overall = (yes + 0.5) / (asked + 1)
        for name in kernels.COMPANION_KERNELS:
            weight = weights[name]
            yes, asked = (
                self.total(table, weight, self.people) for table in (self.yes, self.asked)
            )
            everyone = share(yes, asked, overall, kernels.CROWD_PRIOR)
            yes, asked = (sum(t * self.total(table, weight, [who]) for who, t in tie.items())
                          for table in (self.yes, self.asked))  # fmt: skip
            found[f"companions_{name}"] = share(yes, asked, everyone, kernels.COMPANION_PRIOR)
        return found

    def recency(self, person, activity, stage):
        def since(stamps):
            last = max([*stamps, self.moment - 3650 * A_DAY])
            return math.log1p(max(days(self.moment - last), 0))

        def stamps(kinds):
            return [row["occurred_at"] for row in self.done(kinds, person)
                    if stage == "open" or row["activity_id"] != activity]  # fmt: skip

        starts = [self.now[a]["starts_at"] for a in self.past if a != activity
                  and self.yes[person, a] and self.now[a]["starts_at"] < self.moment]  # fmt: skip
        return {"days_since_yes": since(stamps(["registered"])),
                "days_since_answer": since(stamps(ANSWERS)),
                "days_since_yes_to_held": since(starts)}  # fmt: skip

    def counts(self, person, activity):
        others = [a for a in self.past if a != activity]
        lately = [a for a in others if self.moment - self.now[a]["starts_at"] < 28 * A_DAY]
        coming = [a for a in others if self.now[a]["starts_at"] >= self.moment
                  and not self.is_off(a)]  # fmt: skip
        n_yes = sum(self.yes[person, a] for a in others)
        return {
            "invitations_28d": sum(self.asked[person, a] for a in lately),
            "yes_28d": sum(self.yes[person, a] for a in lately),
            "yes_to_coming": sum(self.yes[person, a] for a in coming),
            "n_yes": math.log1p(n_yes),
            "never_yes": float(not n_yes),
            "asked_in_vain": 0.0
            if n_yes
            else math.log1p(sum(self.asked[person, a] for a in others)),
        }

    def is_off(self, activity):
        cancelled = self.now[activity]["cancelled_at"]
        return cancelled is not None and cancelled < self.moment

    def facts(self, activity):
        row = self.now[activity]
        starts, ends, announced = row["starts_at"], row["ends_at"], row["announced_at"]
        stated = [a for a in self.activities
                  if LONG_AGO < self.first_known(a) < self.moment]  # fmt: skip
        competing = [a for a in stated if a != activity and not self.is_off(a)
                     and abs(self.now[a]["starts_at"] - starts) < 3 * A_DAY]  # fmt: skip
        day, hour = clock(row)
        points, capacity = row["reward_points"], row["capacity"]
        return {
            "local_hour": hour, "local_weekday": day,
            "notice_days": days(starts - announced) if announced else None,
            "duration_hours": (ends - starts) / timedelta(hours=1) if ends else None,
            "reward_points": None if points is None else math.log1p(points),
            "capacity": None if capacity is None else math.log1p(capacity),
            "n_competing": len(competing) if stated else None,
        }  # fmt: skip

    def stated(self, person, activity):
        row = self.now[activity]
        topics = json.loads(row["tags"] or "{}") | {
            row[name]: 1.0 for name in ("template", "format", "mode") if row[name]
        }
        score = rated = 0.0
        for answer in self.records["survey_answers"]:
            mine = answer["employee_id"] == person and known(answer, "answered_at") < self.moment
            weight = topics.get(answer["topic"], 0.0) if mine else 0.0
            score, rated = score + weight * (answer["rating"] - 3), rated + weight
        return {"stated_preference": score / rated if rated else None,
                "stated_interest": score / max(sum(topics.values()), 1e-9)}  # fmt: skip

    def about_person(self, person, activity):
        row, what = self.employee(person), self.now[activity]
        audience = json.loads(what["audience"]) if what["audience"] else {}
        since = [self.moment - m["started_at"] for m in self.memberships(person, self.before)
                 if m["project_group_id"] in audience.get("project_group", [])]  # fmt: skip
        cities, invited = (
            (row["city"], what["city"]),
            self.is_invited(person, activity, self.before),
        )
        size = sum(self.is_invited(who, activity, self.before) for who in self.people)
        placed = None not in (row["latitude"], what["latitude"])
        return {
            "days_employed": math.log1p(max(days(self.moment - row["hired_at"]), 0)),
            "days_in_audience_group": math.log1p(days(max(since))) if since else None,
            "same_city": None if None in cities else float(cities[0] == cities[1]),
            "distance_km": math.log1p(kilometres(row, what)) if placed else None,
            "in_audience": float(invited), "audience_size": math.log1p(size),
        }  # fmt: skip

    def crowd(self, person, activity):
        yes = [who for who in self.people if self.state(who, activity) == "registered"]
        no = [who for who in self.people if self.state(who, activity) == "declined"]
        lately = [row for row in self.done(["registered"], activity=activity)
                  if row["occurred_at"] >= self.moment - 7 * A_DAY]  # fmt: skip
        group = self.main_group(person)
        members = [who for who in self.people if group and self.main_group(who) == group]
        mine = len(set(members) & set(yes))
        announced = self.now[activity]["announced_at"]
        answered = any(self.state(who, activity) for who in self.people)
        gone = math.nan if answered else 0.0
        if announced:
            gone = math.log1p(max(days(self.moment - announced), 0))
        invited = [who for who in self.people if self.is_invited(who, activity, self.before)]
        return {
            "days_to_start": days(self.now[activity]["starts_at"] - self.moment),
            "days_since_announced": gone,
            "registered_share": len(yes) / max(len(invited), 1),
            "registered_so_far": math.log1p(len(yes)), "declined_so_far": math.log1p(len(no)),
            "registered_last_7d": math.log1p(len(lately)), "group_registered": math.log1p(mine),
            "group_registered_share": mine / max(len(members), 1),
            "ties_registered": sum(tie for who, tie in self.ties[person].items() if who in yes),
        }  # fmt: skip


def known(row, instant):
    return max(row[instant], row["recorded_at"] or LONG_AGO)


def held_from(row):
    """Since when a version holds, and what tells those apart that were learnt of at once."""
    valid = row["valid_from"] or LONG_AGO
    return max(valid, row["recorded_at"] or LONG_AGO), valid


def clock(row):
    """(local weekday, local hour) of the start."""
    name = row["timezone"]
    zone = timezone(timedelta(hours=-7)) if name == "-07:00" else ZoneInfo(name)
    local = row["starts_at"].astimezone(zone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    return local.weekday(), (local.replace(tzinfo=None) - midnight) / timedelta(hours=1)


def text_words(row):
    return Counter(words(f"{row['title']} {row['description'] or ''}"))


def title_words(row):
    return Counter(words(row["title"]))


def cosine(one, two):
    norms = [math.sqrt(sum(value**2 for value in side.values())) for side in (one, two)]
    product = sum(value * two.get(name, 0.0) for name, value in one.items())
    return product / (norms[0] * norms[1]) if all(norms) else 0.0


REACHES = {"near": 3, "near_10km": 10, "near_30km": 30}


def near(one, two, reach):
    unknown = [row["latitude"] is None for row in (one, two)]
    return float(all(unknown)) if any(unknown) else math.exp(-kilometres(one, two) / reach)


def odds_of(p):
    return p / (1 - p)


def kilometres(one, two):
    """By the law of cosines on the unit sphere, as vectors."""
    vectors = []
    for row in (one, two):
        north, east = math.radians(row["latitude"]), math.radians(row["longitude"])
        vectors.append((math.cos(north) * math.cos(east), math.cos(north) * math.sin(east),
                        math.sin(north)))  # fmt: skip
    chord = math.dist(*vectors)
    return 2 * 6371.0 * math.asin(chord / 2)


def found_at(history, moment, stage):
    """(activity, employee) -> columns."""
    everyone, at = np.arange(history.n_employees), Moment(history, micros(moment))
    found = {}
    for activity in range(history.n_activities):
        columns = pair_features(at, activity, everyone, stage)
        for person in everyone:
            key = history.activities.ids[activity], history.people.ids[person]
            found[key] = {name: column[person] for name, column in columns.items()}
    return found


@pytest.mark.parametrize("stage", ["launch", "open"])
@pytest.mark.parametrize(
    "seed", [1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (2, 3))]
)
def test_pairs_equal_plain_loops_over_what_was_known_before(seed, stage, messy_records, history_of):
    records, seen = messy_records(seed), set()
    history = history_of(records)
    for moment in MOMENTS:
        oracle, found = Oracle(records, moment), found_at(history, moment, stage)
        for activity, person in random.Random(seed).sample(sorted(found), 30):  # noqa: S311
            columns = oracle.columns(person, activity, stage)
            columns = {name: math.nan if v is None else v for name, v in columns.items()}
            ours = {name: found[activity, person][name] for name in columns}
            wrong = [name for name, value in columns.items()
                     if ours[name] != pytest.approx(value, **CLOSE)]  # fmt: skip
            assert not wrong, [(moment, activity, person, n, ours[n], columns[n]) for n in wrong]
            seen |= {(name, round(value, 4)) for name, value in columns.items() if value == value}
    # a column that says one thing about everyone would test nothing
    varied = {name for name, _ in seen if sum(name == other for other, _ in seen) > 1}
    assert varied == set(columns)


def test_rows_are_float32_and_as_asked_for(messy_records, history_of):
    history = history_of(messy_records(1))
    moment = Moment(history, micros(MOMENTS[2]))
    whole = pair_features(moment, 3, np.arange(history.n_employees), "open")
    some = pair_features(moment, 3, np.array([5, 0, 5]), "open")
    assert {column.dtype for column in whole.values()} == {np.dtype("float32")}
    for name, column in some.items():
        np.testing.assert_allclose(column, whole[name][[5, 0, 5]], rtol=1e-6, err_msg=name)
    assert set(pair_features(moment, 3, np.array([1]), "launch")) < set(whole)


@pytest.mark.parametrize("stage", ["launch", "open"])
def test_the_order_of_a_files_rows_changes_nothing(stage, messy_records, history_of):
    records = messy_records(4)
    shuffled = {table: random.Random(0).sample(rows, len(rows))  # noqa: S311
                for table, rows in records.items()}  # fmt: skip
    one, two = (found_at(history_of(r), MOMENTS[2], stage) for r in (records, shuffled))
    assert one.keys() == two.keys()
    for pair, columns in one.items():
        assert columns == pytest.approx(two[pair], **CLOSE)


def test_other_names_for_people_and_activities_change_nothing(messy_records, history_of):
    records = messy_records(5)
    people = {f"e{n}": f"x{(7 * n) % 9}" for n in range(9)}
    activities = {f"a{n:02}": f"b{(5 * n) % 14:02}" for n in range(14)}
    renamed = {
        table: [row | {name: people[row[name]] for name in row
                       if name in ("employee_id", "other_employee_id", "organiser_id")
                       and row[name]}
                | ({"activity_id": activities[row["activity_id"]]} if "activity_id" in row else {})
                for row in rows]
        for table, rows in records.items()
    }  # fmt: skip
    one, two = (found_at(history_of(r), MOMENTS[2], "open") for r in (records, renamed))
    for (activity, person), columns in one.items():
        other = two[activities[activity], people[person]]
        assert columns == pytest.approx(other, **CLOSE)
