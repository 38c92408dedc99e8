"""Plain rates: what trees learn from.

The rates of `kernels` lean on how often a person says yes at all, which suits a line; here they
lean on everyone's rate alone, many more likenesses are tried, and activities that were held are
counted apart from those to come. What bears on what, trees find out.
"""

from dataclasses import dataclass

import numpy as np

from features.history.columns import DAY, Bools, Floats, Ints
from features.pairs.kernels import Columns
from features.pairs.moment import Float32s, Moment, last_held
from features.pairs.person import group_days
from features.pairs.similarity import distance_km

PREFIX = "plain_"
# kernel -> what must be alike, and the half-life in days
KERNELS: dict[str, tuple[tuple[str, ...], float]] = {
    "any": (("any",), 180),
    "audience_lately": (("audience",), 60), "audience_recent": (("audience",), 180),
    "audience": (("audience",), 1000),
    "near_now": (("hereabouts",), 20), "near_lately": (("hereabouts",), 60),
    "near_recent": (("hereabouts",), 180), "near": (("hereabouts",), 1000),
    "city_recent": (("audience", "city"), 180),
    "place_recent": (("spot",), 180), "place": (("spot",), 1000),
    "text_recent": (("audience", "rare_words"), 180), "text": (("rare_words",), 1000),
    "title_recent": (("audience", "rare_title"), 180), "title": (("rare_title",), 1000),
    "slot_recent": (("audience", "slot"), 180), "slot": (("slot",), 1000),
    "near_text": (("hereabouts", "rare_words"), 400),
    "near_title": (("hereabouts", "rare_title"), 400),
    "near_slot": (("hereabouts", "slot"), 300), "near_weekday": (("hereabouts", "weekday"), 300),
    "near_hour": (("hereabouts", "hour"), 300),
    "place_title": (("spot", "rare_title"), 400), "place_slot": (("spot", "slot"), 400),
    "title_slot": (("rare_title", "slot"), 400),
    "template": (("template",), 365), "template_slot": (("template", "slot"), 365),
    "tags_recent": (("tags",), 90), "tags": (("tags",), 730), "series": (("series",), 730),
    "alike_lately": (("together",), 120), "alike": (("together",), 400),
    "alike_most": (("together_most",), 250),
}  # fmt: skip
# what makes activities alike all together: a product, in which nothing counts for nought
TOGETHER = {"audience": 0.02, "hereabouts": 0.03, "rare_words": 0.05, "slot": 0.3, "tags": 0.1,
            "template": 0.2}  # fmt: skip
SHARPER = 0.4
# those that also tell of answers given, of no, and of turnouts
ANSWERED = ("audience_recent", "audience", "near_recent", "near", "text", "tags", "title_slot",
            "near_text", "alike_lately", "alike")  # fmt: skip
EVIDENCE = ("audience_recent", "near_lately", "near_recent", "alike_lately", "alike",
            "slot_recent")  # fmt: skip
TURNOUTS = ("audience_recent", "near_recent", "near_lately", "alike_lately", "alike", "near_text",
            "title_slot", "place_title", "near_slot", "tags", "template", "alike_most")  # fmt: skip
# activities to come, to which people have answered: all, and by what is alike
COMING = ("any", "hereabouts", "close_in_time", "near_soon", "together", "spot")
PRIOR = 1.0
CROWD_YES, CROWD_ASKED = 0.02, 2.0
LATELY_DAYS = (14, 45, 120)
# a likeness of place of at least so much is hereabouts
NEAR = 0.3
FAR, LONG_DAYS, LONGEST_DAYS = 5.0, 400.0, 3650.0


# the newest held hereabouts count the more the newer
NEWEST = (0.4, 0.6, 0.8, 1.0)


@dataclass(frozen=True)
class _Counts:
    """Sums over past activities by kernel, of everyone; `weights` is past x KERNELS."""

    weights: Float32s
    yes: Float32s
    asked: Float32s
    everyone: Float32s

    @property
    def rates(self) -> Float32s:
        """The share of yes, leaning on everyone's."""
        found: Float32s = (self.yes + PRIOR * self.everyone) / (self.asked + PRIOR)
        return found


def plain_columns(
    moment: Moment, activity: int, like: dict[str, Floats], employees: Ints
) -> Columns:
    """Plain rates of the employees and what is known of turnouts; `like` as of `similarities`.

    Nothing that anyone did about the activity itself is read.
    """
    others = moment.past != activity
    held = moment.held[moment.past] & others
    coming = _still_to_come(moment) & others
    like = _likenesses(like, others)
    invited = np.flatnonzero(moment.history.invited(activity, moment.as_of - 1))
    days = _days_here(moment, int(moment.activity_rows[activity]))
    counts = _counts(moment, like, held)
    columns = _rates(moment, counts, employees)
    columns |= _coming(moment, like, coming, employees)
    columns |= _lately(moment, activity, like, held, employees)
    facts = _turnouts(moment, counts)
    facts |= _calendar(moment, activity, like, others, coming)
    facts |= _newcomers(days[invited])
    n = len(employees)
    columns |= {name: np.full(n, value, dtype=np.float32) for name, value in facts.items()}
    return {PREFIX + name: column.astype(np.float32) for name, column in columns.items()}


def _likenesses(like: dict[str, Floats], others: Bools) -> dict[str, Floats]:
    """The same, and products of them."""
    found = like | {"any": np.ones(len(others))}
    found["near_soon"] = like["hereabouts"] * like["close_in_time"]
    for name, scale in (("together", 1.0), ("together_most", SHARPER)):
        found[name] = np.ones(len(others))
        for part, floor in TOGETHER.items():
            # what likens no activity to this one parts none from the others
            if found[part][others].any():
                found[name] = found[name] * (floor * scale + found[part])
    return found


def _counts(moment: Moment, like: dict[str, Floats], held: Bools) -> _Counts:
    starts = moment.history.activities.starts[moment.activity_rows[moment.past]]
    age_days = np.maximum(moment.as_of - starts, 0) / DAY
    kernels = []
    for parts, half_life in KERNELS.values():
        product = 0.5 ** (age_days / half_life) * held
        for part in parts:
            product = product * like[part]
        kernels.append(product)
    weights = np.stack(kernels, axis=1).astype(np.float32)
    yes, asked = moment.totals
    everyone = (yes @ weights + CROWD_YES) / (asked @ weights + CROWD_ASKED)
    return _Counts(weights, moment.yes @ weights, moment.asked @ weights, everyone)


def _rates(moment: Moment, counts: _Counts, employees: Ints) -> Columns:
    """Per kernel the rate and the yeses; of some, answers, evidence and everyone's rate."""
    yes, asked, own = counts.yes[employees], counts.asked[employees], counts.rates[employees]
    columns: Columns = {}
    for number, name in enumerate(KERNELS):
        columns[f"rate_{name}"] = own[:, number]
        columns[f"yes_{name}"] = yes[:, number]
    some = _places(ANSWERED)
    weights = counts.weights[:, some]
    no = moment.declined[employees] @ weights
    of_all, of_asked = moment.totals
    turnout = (of_all / np.maximum(of_asked, 1)).astype(np.float32)
    usual = moment.asked[employees] @ (weights * turnout[:, None])
    for place, (number, name) in enumerate(zip(some.tolist(), ANSWERED, strict=True)):
        columns[f"no_{name}"] = no[:, place]
        answered = yes[:, number] + no[:, place]
        share = (yes[:, number] + 0.25) / (answered + 0.5)
        columns[f"answered_yes_{name}"] = share.astype(np.float32)
        # how much more often than others said yes to the same activities
        more = (yes[:, number] + 0.1) / (usual[:, place] + 0.1)
        columns[f"beyond_{name}"] = np.log(more)
    for number, name in zip(_places(EVIDENCE).tolist(), EVIDENCE, strict=True):
        columns[f"evidence_{name}"] = np.log1p(asked[:, number])
        columns[f"everyone_{name}"] = np.full(len(employees), counts.everyone[number])
    return columns


def _places(names: tuple[str, ...]) -> Ints:
    return np.array([list(KERNELS).index(name) for name in names], dtype=np.int64)


def _days_here(moment: Moment, row: int) -> Floats:
    """Days since each person joined a group that the audience names; else since they were hired."""
    days = group_days(moment, row)
    tenure = moment.history.people.tenure_days(moment.as_of - 1)
    return np.clip(np.where(np.isnan(days), tenure, days), 0, LONGEST_DAYS)


def _still_to_come(moment: Moment) -> Bools:
    """Which of the past activities, all answered by now, start later and are not called off."""
    activities, rows = moment.history.activities, moment.activity_rows[moment.past]
    starts = activities.starts[rows]
    found: Bools = (starts >= moment.as_of) & ~(activities.cancelled[rows] <= starts)
    return found


def _coming(moment: Moment, like: dict[str, Floats], coming: Bools, employees: Ints) -> Columns:
    """How many other activities to come the person has said yes and no to, by likeness."""
    weights = np.stack([like[name] * coming for name in COMING], axis=1).astype(np.float32)
    columns: Columns = {}
    for said, answers in (("yes", moment.yes), ("no", moment.declined)):
        found = answers[employees] @ weights
        columns |= {f"coming_{said}_{name}": found[:, n] for n, name in enumerate(COMING)}
    return columns


def _lately(
    moment: Moment, activity: int, like: dict[str, Floats], held: Bools, employees: Ints
) -> Columns:
    """Answers lately, and what the person said to the newest held hereabouts."""
    answers = moment.answers.where(moment.answers.activity != activity)
    n = moment.history.n_employees
    columns: Columns = {}
    for days in LATELY_DAYS:
        of = answers.employee[answers.occurred >= moment.as_of - days * DAY]
        columns[f"answers_{days}d"] = np.bincount(of, minlength=n)[employees].astype(np.float32)
    near = held & (like["hereabouts"] > NEAR)
    last = last_held(moment, near)[employees]
    columns["days_since_yes_near"] = np.log1p((moment.as_of - last) / DAY).astype(np.float32)
    starts = moment.history.activities.starts[moment.activity_rows[moment.past]]
    of_audience = near & (like["audience"] > 0)
    # those that start together count alike: their order is one of names
    newest = np.unique(starts[of_audience])[-len(NEWEST) :]
    weights = np.zeros(len(starts), dtype=np.float32)
    for start, weight in zip(newest[::-1].tolist(), NEWEST[::-1], strict=False):
        weights[of_audience & (starts == start)] = weight
    columns["yes_newest_near"] = moment.yes[employees] @ weights
    return columns


def _turnouts(moment: Moment, counts: _Counts) -> dict[str, float]:
    """Mean logarithm of past turnouts by likeness, and how many activities say so."""
    turnout = np.log1p(moment.totals[0])
    of_audience = counts.weights[:, list(KERNELS).index("audience")]
    usual = float((of_audience @ turnout + 1.0) / (of_audience.sum() + 1.0))
    found: dict[str, float] = {}
    for number, name in zip(_places(TURNOUTS).tolist(), TURNOUTS, strict=True):
        of = counts.weights[:, number]
        found[f"turnout_{name}"] = float((of @ turnout + 0.3 * usual) / (of.sum() + 0.3))
        found[f"held_{name}"] = float(np.log1p(of.sum()))
    return found


def _calendar(
    moment: Moment, activity: int, like: dict[str, Floats], others: Bools, coming: Bools
) -> dict[str, float]:
    """How new the activity is, and how many were held lately."""
    activities = moment.history.activities
    row, rows = int(moment.activity_rows[activity]), moment.activity_rows[moment.past]
    held = others & moment.held[moment.past]
    age_days = (moment.as_of - activities.starts[rows]) / DAY
    latitude, longitude = activities.latitude, activities.longitude
    km = distance_km(latitude[row], longitude[row], latitude[rows], longitude[rows])[held]
    km = km[~np.isnan(km)]
    own, near = like["audience"], like["hereabouts"]
    return {
        "newest_km": float(np.log1p(km.min())) if len(km) else FAR,
        "most_text": float(like["rare_words"][others].max(initial=0.0)),
        "most_title": float(like["rare_title"][others].max(initial=0.0)),
        "coming_n_soon": float((coming * own) @ like["close_in_time"]),
        "coming_n_near_soon": float((coming * own) @ like["near_soon"]),
        "coming_turnout": float(np.log1p((coming * own * moment.totals[0]) @ like["near_soon"])),
        "held_60d": float((held & (age_days < 60)) @ own),
        "held_near_60d": float((held & (age_days < 60)) @ near),
        "gap_days": _gap(age_days[held & (own > 0)]),
        "gap_near_days": _gap(age_days[held & (near > NEAR)]),
    }


def _newcomers(days: Floats) -> dict[str, float]:
    """How many of the invited are new, and how long the first of them has been here."""
    return {
        "new_30d": float(np.log1p((days < 30).sum())),
        "new_90d": float(np.log1p((days < 90).sum())),
        "first_days": float(np.log1p(np.maximum(days, 0).max(initial=0.0))),
    }


def _gap(age_days: Floats) -> float:
    return float(np.log1p(min(age_days.min(initial=LONG_DAYS), LONG_DAYS)))
