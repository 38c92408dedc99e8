"""Plain rates equal what plain loops over the records known before find."""

import functools
import math
import random
from datetime import timedelta

import numpy as np
import pytest

from features.history.columns import micros
from features.pairs import plain
from features.pairs.features import pair_features
from features.pairs.moment import Moment
from tests.features.pairs import test_pairs_equal_an_oracle as plainly
from tests.features.pairs.test_pairs_equal_an_oracle import A_DAY, MOMENTS, clock, cosine, days

OWN = ("registered", "declined", "cancelled", "attended")
PLACES = {"spot": (0.5, 0.02), "hereabouts": (40.0, 0.2)}


class Loops:
    """The plain columns of one activity, person by person."""

    def __init__(self, oracle, activity):
        self.oracle, self.activity, self.row = oracle, activity, oracle.now[activity]
        self.others = [a for a in oracle.past if a != activity]
        self.held = [a for a in self.others if a in oracle.held]
        self.like = {other: self.likeness(other) for other in self.others}
        for name, scale in (("together", 1.0), ("together_most", plain.SHARPER)):
            parts = {part: floor * scale for part, floor in plain.TOGETHER.items()
                     if any(like[part] for like in self.like.values())}  # fmt: skip
            for like in self.like.values():
                like[name] = math.prod(floor + like[part] for part, floor in parts.items())
        self.weights = {
            name: {a: 0.5 ** (self.age(a) / half_life) * math.prod(self.like[a][p] for p in parts)
                   for a in self.held}
            for name, (parts, half_life) in plain.KERNELS.items()
        }  # fmt: skip
        self.turnout = {a: sum(oracle.yes[who, a] for who in oracle.people) for a in self.others}

    def age(self, activity):
        return days(self.oracle.moment - self.oracle.now[activity]["starts_at"])

    def likeness(self, other):
        oracle, one, two = self.oracle, self.row, self.oracle.now[other]
        gap = abs(clock(one)[1] - clock(two)[1])
        apart = abs(days(one["starts_at"] - two["starts_at"]))
        like = oracle.likeness(self.activity, other) | {
            "hour": math.exp(-((min(gap, 24 - gap) / 2) ** 2)),
            "close_in_time": math.exp(-apart / 7),
            "rare_words": cosine(*(rare(plainly.text_words(r), oracle.texts) for r in (one, two))),
            "rare_title": cosine(
                *(rare(plainly.title_words(r), oracle.titles) for r in (one, two))
            ),
            **{name: vague(one, two, *reach) for name, reach in PLACES.items()},
        }
        return like | {"near_soon": like["hereabouts"] * like["close_in_time"]}

    def columns(self, person):
        return self.rates(person) | self.answered(person) | self.lately(person)

    def total(self, table, name, people):
        return sum(table[who, a] * w for who in people for a, w in self.weights[name].items())

    @functools.cached_property
    def everyone(self):
        yes, asked = ({name: self.total(table, name, self.oracle.people) for name in self.weights}
                      for table in (self.oracle.yes, self.oracle.asked))  # fmt: skip
        return {name: (yes[name] + 0.02) / (asked[name] + 2) for name in self.weights}

    def rates(self, person):
        found = {}
        for name in self.weights:
            yes = self.total(self.oracle.yes, name, [person])
            asked = self.total(self.oracle.asked, name, [person])
            found[f"yes_{name}"] = yes
            found[f"rate_{name}"] = (yes + self.everyone[name]) / (asked + 1)
            if name in plain.EVIDENCE:
                found[f"evidence_{name}"] = math.log1p(asked)
        return found

    def answered(self, person):
        found, oracle = {}, self.oracle
        n_asked = {a: sum(oracle.asked[who, a] for who in oracle.people) for a in self.held}
        for name in plain.ANSWERED:
            weights, yes = self.weights[name], self.total(oracle.yes, name, [person])
            no = sum(w * (oracle.state(person, a) == "declined") for a, w in weights.items())
            usual = sum(w * oracle.asked[person, a] * self.turnout[a] / max(n_asked[a], 1)
                        for a, w in weights.items())  # fmt: skip
            found[f"no_{name}"] = no
            found[f"answered_yes_{name}"] = (yes + 0.25) / (yes + no + 0.5)
            found[f"beyond_{name}"] = math.log((yes + 0.1) / (usual + 0.1))
        return found

    def is_to_come(self, row):
        moment, cancelled = self.oracle.moment, row["cancelled_at"]
        return row["starts_at"] >= moment and (cancelled is None or cancelled >= moment)

    def coming(self, person):
        later = [a for a in self.others if self.is_to_come(self.oracle.now[a])]
        said = {"yes": {a: self.oracle.yes[person, a] for a in later},
                "no": {a: self.oracle.state(person, a) == "declined" for a in later}}  # fmt: skip
        return {f"coming_{word}_{name}": sum(self.like[a][name] * of[a] for a in later)
                for word, of in said.items() for name in plain.COMING}  # fmt: skip

    def lately(self, person):
        moment, now = self.oracle.moment, self.oracle.now
        answers = [row["occurred_at"] for row in self.oracle.done(plainly.ANSWERS, person)
                   if row["activity_id"] != self.activity]  # fmt: skip
        near = sorted((a for a in self.held if self.like[a]["hereabouts"] > 0.3),
                      key=lambda a: now[a]["starts_at"])  # fmt: skip
        yes = [now[a]["starts_at"] for a in near if self.oracle.yes[person, a]]
        newest = [a for a in near if self.like[a]["audience"]][::-1]
        # the newest weighs most, and those before the four newest nothing
        found = sum(w * self.oracle.yes[person, a]
                    for a, w in zip(newest, (1.0, 0.8, 0.6, 0.4), strict=False))  # fmt: skip
        return {
            **{f"answers_{n}d": sum(at >= moment - n * A_DAY for at in answers)
               for n in (14, 45, 120)},
            "days_since_yes_near": math.log1p(days(moment - max([*yes, moment - 3650 * A_DAY]))),
            "yes_newest_near": found,
        }  # fmt: skip


def rare(counts, texts):
    """Each word of a text once, weighing the more the fewer of the held activities have it."""
    n_with = {word: sum(word in text for text in texts) for word in counts}
    return {word: math.log((1 + len(texts)) / (0.5 + n)) for word, n in n_with.items()}


def vague(one, two, reach, otherwise):
    unknown = [row["latitude"] is None for row in (one, two)]
    if any(unknown):
        return 1.0 if all(unknown) else otherwise
    return math.exp(-plainly.kilometres(one, two) / reach)


def plain_at(history, moment, stage="launch"):
    """activity -> plain columns of everyone, without their prefix."""
    everyone, at, found = np.arange(history.n_employees), Moment(history, micros(moment)), {}
    for number, activity in enumerate(history.activities.ids.tolist()):
        columns = pair_features(at, number, everyone, stage).items()
        found[activity] = {name.removeprefix("plain_"): column for name, column in columns
                           if name.startswith("plain_")}  # fmt: skip
    return found


def assert_same(one, two):
    assert one.keys() == two.keys()
    for name, column in one.items():
        np.testing.assert_allclose(column, two[name], rtol=2e-5, atol=2e-6, err_msg=name)


def with_answers(records, answers):
    more = [{"recorded_at": None, "value": None, "participation_id": f"more{n:02}"} | row
            for n, row in enumerate(answers)]  # fmt: skip
    return records | {"participations": [*records["participations"], *more]}


def test_plain_rates_equal_plain_loops_over_what_was_known_before(messy_records, history_of):
    said = {}
    for seed in (1, 3):
        records = messy_records(seed)
        history = history_of(records)
        for moment in MOMENTS[1:3]:
            oracle, found = plainly.Oracle(records, moment), plain_at(history, moment)
            for activity in random.Random(seed).sample(oracle.activities, 9):  # noqa: S311
                loops = Loops(oracle, activity)
                for number, person in enumerate(history.people.ids):
                    columns = loops.columns(person) | loops.coming(person)
                    for name, column in found[activity].items():
                        where = (seed, moment, activity, person, name)
                        expected = pytest.approx(columns[name], rel=2e-4, abs=6e-5)
                        assert column[number] == expected, where
                        said.setdefault(name, set()).add(round(columns[name], 4))
    # a column that says one thing about everyone would test nothing
    assert {name for name, values in said.items() if len(values) == 1} == set()


@pytest.mark.parametrize("stage", ["launch", "open"])
@pytest.mark.parametrize(("activity", "column"), [("a05", "yes_any"), ("a02", "coming_yes_any")])
def test_answers_about_the_activity_itself_change_no_plain_column(
    activity, column, stage, messy_records, history_of
):
    records, moment = messy_records(1), MOMENTS[1]
    bare = records | {"participations": [
        row for row in records["participations"]
        if row["activity_id"] != activity or row["kind"] == "invited"
    ]}  # fmt: skip
    answers = [{"employee_id": who, "activity_id": activity, "kind": OWN[n % len(OWN)],
                "occurred_at": moment - (n + 1) * 5 * A_DAY}
               for n, who in enumerate(history_of(bare).people.ids.tolist())]  # fmt: skip
    one, two = (plain_at(history_of(r), moment, stage)
                for r in (bare, with_answers(bare, answers)))  # fmt: skip
    assert_same(one[activity], two[activity])
    # whether held or to come, to every other activity the same answers do count
    for other in one.keys() - {activity}:
        assert (one[other][column] != two[other][column]).any()


@pytest.mark.parametrize("late_by", [timedelta(0), timedelta(hours=1), 50 * A_DAY])
def test_answers_at_or_after_the_moment_change_no_plain_column(late_by, messy_records, history_of):
    records, moment = messy_records(2), MOMENTS[1]
    history = history_of(records)
    people, activities = history.people.ids.tolist(), history.activities.ids.tolist()
    answers = [{"employee_id": who, "activity_id": activities[(3 * n + shift) % len(activities)],
                "kind": OWN[(n + shift) % len(OWN)], "occurred_at": moment + late_by}
               for n, who in enumerate(people) for shift in range(4)]  # fmt: skip
    # given before and learnt of later is as good as given later
    learnt = [row | {"occurred_at": moment - A_DAY, "recorded_at": row["occurred_at"]}
              for row in answers]  # fmt: skip
    in_time = [row | {"occurred_at": moment - plainly.MICROSECOND} for row in answers]
    before, after, counted = (plain_at(history_of(with_answers(records, more)), moment)
                              for more in ([], answers + learnt, in_time))  # fmt: skip
    for activity, columns in before.items():
        assert_same(columns, after[activity])
        assert (columns["answers_14d"] < counted[activity]["answers_14d"]).all()


@pytest.mark.parametrize(
    ("moment", "kept"),
    [
        (MOMENTS[0] - 400 * A_DAY, {}),
        (MOMENTS[3], {"participations": lambda row: None}),
        (MOMENTS[3], {"activities": lambda row: row | {"latitude": None, "longitude": None}}),
        (MOMENTS[3], {"activities": lambda row: row if row["activity_id"] == "a03" else None}),
    ],
    ids=["no past", "no answers", "all places unknown", "one activity"],
)
def test_where_little_is_known_every_plain_column_is_still_a_number(
    moment, kept, messy_records, history_of
):
    records = messy_records(2)
    for table, change in kept.items():
        records[table] = [row for row in map(change, records[table]) if row]
    for columns in plain_at(history_of(records), moment).values():
        assert {name for name, column in columns.items() if not np.isfinite(column).all()} == set()
