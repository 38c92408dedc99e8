"""Rates over past invitations, each weighted by likeness to this activity and by recency.

For a person, the share of yes among what they were asked, each past invitation counting
`similarity * 0.5 ** (age / half-life)`; the same over everyone, over the person's project group,
over those the person writes to and over those who took part in the same activities. Rates from
little evidence lean on broader ones: a person's on what everyone's rate would be for somebody who
says yes as often as this person does.
"""

import numpy as np
from numpy.typing import NDArray

from features.history.columns import DAY, Floats, Ints
from features.pairs.moment import Float32s, Moment
from features.pairs.products import of_people

Columns = dict[str, NDArray[np.float32]]
# similarity -> half-life in days; "any" and "recent" take every past activity alike
HALF_LIVES = {
    "any": 1000, "recent": 60, "place": 365, "near_10km": 365, "near_30km": 365, "city": 365,
    "slot": 365, "weekday": 180, "template": 365, "tags": 365, "text": 365, "series": 730,
    "organiser": 365, "mode": 365, "audience": 365, "reward": 365, "alike": 365,
    "alike_recent": 90, "hood": 500, "hood_recent": 120, "hood_lately": 30,
    "title": 730, "title_recent": 180, "title_near": 400, "text_recent": 90,
}  # fmt: skip
# what makes two activities alike, and how much each likeness weighs
ALIKE = {"place": 1.5, "near": 1.0, "slot": 1.0, "template": 1.0, "tags": 1.0, "text": 1.5,
         "series": 1.5, "audience": 1.0}  # fmt: skip
# the same neighbourhood for the same people, whatever it is about
HOOD = {"near_30km": 4.0, "audience": 2.0}
# nothing is told of how activities with like rewards fared: few gave just as much, and a model
# would take who else was asked for what more reward does
UNRATED = ("reward",)
# what everyone's rates of these would say, broader ones say as well
NO_CROWD = ("reward", "mode", "weekday", "city", "near_10km", "hood_lately", "title_recent",
            "title_near", "text_recent")  # fmt: skip
PRIOR = 1.5
# how far from one a rate is at least, where odds are made of it
LEAST_OFF = 1e-6
CROWD_PRIOR = 20.0
LIFTS = ("any", "recent", "place", "city", "slot", "template", "tags", "text", "series", "mode",
         "reward", "alike")  # fmt: skip
# in units of information: invitations at even chances count a quarter each
LIFT_PRIOR, GROUP_PRIOR = 1.0, 5.0
COLLEAGUE_KERNELS = ("recent", "alike")
COMPANION_KERNELS = ("recent", "alike", "hood", "text")
# what companions say leans on everyone's rate as so many shared activities would
COMPANION_PRIOR = 3.0
# up to so many, what their people share is kept as a square of them
FEW_ACTIVITIES = 1000


def kernel_weights(moment: Moment, activity: int, like: dict[str, Floats]) -> dict[str, Float32s]:
    """The weight of each activity in `moment.past`, per kernel; the activity itself has none.

    `like` is what `similarities` found.
    """
    activities, past = moment.history.activities, moment.past
    starts = activities.starts[moment.activity_rows[past]]
    age_days = np.maximum(moment.as_of - starts, 0) / DAY
    like = dict(like)
    like["any"] = like["recent"] = np.ones(len(past))
    like["alike"] = like["alike_recent"] = _together(like, ALIKE)
    like["hood"] = like["hood_recent"] = like["hood_lately"] = _together(like, HOOD)
    like["title_recent"], like["text_recent"] = like["title"], like["text"]
    # the same again, hereabouts
    like["title_near"] = like["title"] * like["near_30km"]
    others = past != activity
    return {
        name: (like[name] * 0.5 ** (age_days / days) * others).astype(np.float32)
        for name, days in HALF_LIVES.items()
    }


def _together(like: dict[str, Floats], weights: dict[str, float]) -> Floats:
    """Several likenesses in one: 1 where all are."""
    found: Floats = np.exp(sum(weight * (like[name] - 1) for name, weight in weights.items()))
    return found


def kernel_columns(moment: Moment, weights: dict[str, Float32s], employees: Ints) -> Columns:
    """Rates and evidence per kernel, for the employees asked about."""
    matrix = np.stack(list(weights.values()), axis=1)
    yes = of_people(moment.yes, employees, matrix)
    asked = of_people(moment.asked, employees, matrix)
    all_yes, all_asked = moment.totals
    own = {name: number for number, name in enumerate(weights)}
    crowd = crowd_rates(all_yes @ matrix, all_asked @ matrix, own["any"])
    base = shrunk(yes[:, own["any"]], asked[:, own["any"]], crowd[own["any"]])
    columns: Columns = {}
    for name, number in own.items():
        # everyone's rate of such activities, for one who says yes as often as this person
        prior = crowd[number] if name == "any" else _shifted(crowd[number], base, crowd[own["any"]])
        if name not in UNRATED:
            columns[f"rate_{name}"] = shrunk(yes[:, number], asked[:, number], prior)
            columns[f"evidence_{name}"] = np.log1p(asked[:, number])
        if name not in NO_CROWD:
            columns[f"crowd_{name}"] = np.full(len(employees), crowd[number], dtype=np.float32)
    columns["declined_any"] = shrunk(
        of_people(moment.declined, employees, weights["any"]), asked[:, own["any"]], 0.0
    )
    return columns | _attendance(moment, weights, employees)


def lift_columns(
    moment: Moment, activity: int, weights: dict[str, Float32s], employees: Ints
) -> Columns:
    """What is expected of the person's function, and how far the person departs from it.

    A lift is the log-odds by which past turnouts, weighted by likeness, exceed the function's
    expected ones: one Newton step from no difference, leaning on none.
    """
    matrix = np.stack([weights[name] for name in LIFTS], axis=1)
    surplus, variance = moment.surplus
    group_surplus, group_variance = moment.group_surplus
    lift = of_people(surplus, employees, matrix) / (
        of_people(variance, employees, matrix) + LIFT_PRIOR
    )
    group = moment.main_group[employees]
    expected = moment.expected[moment.function[employees], activity]
    expected = expected + np.float32(moment.away) * moment.elsewhere[employees, activity]
    columns: Columns = {"function_expected": expected}
    columns |= {f"lift_{name}": lift[:, number] for number, name in enumerate(LIFTS)}
    alike = weights["alike"]
    lifts = (group_surplus @ alike) / (group_variance @ alike + GROUP_PRIOR)
    columns["group_lift"] = np.append(lifts, 0.0)[group].astype(np.float32)
    return columns


def crowd_rates(yes: Float32s, asked: Float32s, overall: int) -> Float32s:
    """Rates over everyone, per kernel; little evidence leans on the overall rate."""
    base = (yes[overall] + 0.5) / (asked[overall] + 1.0)
    found: Float32s = ((yes + CROWD_PRIOR * base) / (asked + CROWD_PRIOR)).astype(np.float32)
    return found


def shrunk(yes: Float32s, asked: Float32s, prior: Float32s | float) -> Float32s:
    """The share of yes, leaning on the prior as `PRIOR` invitations would.

    >>> shrunk(np.float32([0]), np.float32([0]), 0.25).tolist()
    [0.25]
    """
    found: Float32s = ((yes + PRIOR * prior) / (asked + PRIOR)).astype(np.float32)
    return found


def _shifted(rate: float, base: Float32s, overall: float) -> Float32s:
    """The rate with its odds times those of `base` over those of `overall`.

    >>> _shifted(0.5, np.array([0.2, 0.5]), 0.2).astype(float).round(2).tolist()
    [0.5, 0.8]
    """
    # where all say yes, a rate may be one as far as its digits go
    rate, overall = (min(one, 1 - LEAST_OFF) for one in (rate, overall))
    base = np.minimum(base, np.float32(1 - LEAST_OFF))
    odds = rate / (1 - rate) * (base / (1 - base)) / (overall / (1 - overall))
    found: Float32s = (odds / (1 + odds)).astype(np.float32)
    return found


def _attendance(moment: Moment, weights: dict[str, Float32s], employees: Ints) -> Columns:
    """Shares of registrations that were followed by attendance, where that is recorded."""
    names = ("any", "alike", "slot")
    matrix = np.stack([weights[name] * moment.records_attendance for name in names], axis=1)
    n_came, n_registered = moment.attendance
    crowd = (n_came @ matrix + 0.8) / (n_registered @ matrix + 1.0)
    came, registered = (
        of_people(one, employees, matrix) for one in (moment.attended, moment.registered_then)
    )
    rates = shrunk(came, registered, crowd)
    return {f"attends_{name}": rates[:, number] for number, name in enumerate(names)}


def colleague_columns(moment: Moment, weights: dict[str, Float32s], employees: Ints) -> Columns:
    """Rates of the own project group and of correspondents, per kernel of COLLEAGUE_KERNELS."""
    group_yes, group_asked = moment.group_counts
    tie_yes, tie_asked = moment.tie_counts
    group = moment.main_group[employees]
    matrix = np.stack([weights[name] for name in COLLEAGUE_KERNELS], axis=1)
    of_groups = shrunk(group_yes @ matrix, group_asked @ matrix, 0.2)
    rates = np.vstack([of_groups, np.full(matrix.shape[1], np.nan)])
    yes, asked = (of_people(one, employees, matrix) for one in (tie_yes, tie_asked))
    ties = np.where(asked > 1e-6, yes / np.maximum(asked, 1e-6), np.nan)
    columns: Columns = {}
    for number, name in enumerate(COLLEAGUE_KERNELS):
        columns[f"group_{name}"] = rates[group, number].astype(np.float32)
        columns[f"ties_{name}"] = ties[:, number].astype(np.float32)
    return columns


def companion_columns(
    moment: Moment, activity: int, weights: dict[str, Float32s], employees: Ints
) -> Columns:
    """Rates of those who took part in the same activities, per kernel of COMPANION_KERNELS.

    A shared activity counts by its age, and the less the more people took part; people are not
    companions of their own. Nothing is built of the size employees squared.
    """
    rows = moment.activity_rows[moment.past]
    age_days = np.maximum(moment.as_of - moment.history.activities.starts[rows], 0) / DAY
    bond = 0.5 ** (age_days / HALF_LIVES["alike"]) / np.sqrt(1 + moment.totals[0])
    bond = (bond * (moment.past != activity)).astype(np.float32)
    matrix = np.stack([weights[name] for name in (*COMPANION_KERNELS, "any")], axis=1)
    # each shared activity's companions, whose own is then taken out again
    met = bond[:, None] * _of_those_who_came(moment, matrix)
    found = of_people(moment.yes, employees, np.hstack([met, bond[:, None]]))
    own, n = found[:, -1:], matrix.shape[1]
    yes, asked = (of_people(one, employees, matrix) for one in (moment.yes, moment.asked))
    theirs = [found[:, :n] - own * yes, found[:, n:-1] - own * asked]
    # where nothing is alike, what companions would say is what everyone says of anything
    all_yes, all_asked = moment.totals
    everyone = crowd_rates(all_yes @ matrix, all_asked @ matrix, len(COMPANION_KERNELS))
    rates = (theirs[0] + COMPANION_PRIOR * everyone) / (theirs[1] + COMPANION_PRIOR)
    return {f"companions_{name}": rates[:, number].astype(np.float32)
            for number, name in enumerate(COMPANION_KERNELS)}  # fmt: skip


def _of_those_who_came(moment: Moment, matrix: Float32s) -> Float32s:
    """(yes, asked) @ weights, summed over all who said yes to each past activity."""
    if len(moment.past) <= FEW_ACTIVITIES:
        # worked out once for all activities asked about, and again only for what is answered
        both = [shared @ matrix for shared in moment.shared]
        return np.hstack(both)
    found: Float32s = moment.yes.T @ np.hstack([moment.yes @ matrix, moment.asked @ matrix])
    return found
