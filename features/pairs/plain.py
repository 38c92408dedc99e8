"""Plain rates: what trees learn from.

The rates of `kernels` lean on how often a person says yes at all, which suits a line; here they
lean on everyone's rate alone, many more likenesses are tried, and activities that were held are
counted apart from those to come. What bears on what, trees find out.

All of it is about the person. What is the same for everyone, such as how activities like this one
fared, is left to the few columns there are: of fifty activities trees would learn it by heart.
"""

import numpy as np

from features.history.columns import DAY, Bools, Floats, Ints
from features.pairs.kernels import Columns
from features.pairs.moment import Float32s, Moment, last_held, still_to_come

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
# those that also tell of answers given
ANSWERED = ("audience_recent", "audience", "near_recent", "near", "text", "tags", "title_slot",
            "near_text", "alike_lately", "alike")  # fmt: skip
EVIDENCE = ("audience_recent", "near_lately", "near_recent", "alike_lately", "alike",
            "slot_recent")  # fmt: skip
# activities to come, to which people have answered: all, and by what is alike
COMING = ("any", "hereabouts", "close_in_time", "near_soon", "together", "spot")
# what a person's rate leans on, and everyone's
PRIOR = 1.0
CROWD_YES, CROWD_ASKED = 0.02, 2.0
LATELY_DAYS = (14, 45, 120)
# a likeness of place of at least so much is hereabouts
NEAR = 0.3
DIGITS = 4
# the newest held hereabouts count the more the newer
NEWEST = (0.4, 0.6, 0.8, 1.0)


def plain_columns(
    moment: Moment, activity: int, like: dict[str, Floats], employees: Ints
) -> Columns:
    """Plain rates and counts of the employees; `like` is what `similarities` found.

    Nothing that anyone did about the activity itself is read.
    """
    others = moment.past != activity
    held = moment.held[moment.past] & others
    coming = still_to_come(moment, moment.past) & others
    like = _likenesses(like, others)
    columns = _rates(moment, _weights(moment, like, held), employees)
    columns |= _coming(moment, like, coming, employees)
    columns |= _lately(moment, activity, like, held, employees)
    # sums differ in their last digit by how many people are asked about at once: a tree must not
    return {
        PREFIX + name: np.asarray(column, dtype=np.float32).round(DIGITS)
        for name, column in columns.items()
    }


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


def _weights(moment: Moment, like: dict[str, Floats], held: Bools) -> Float32s:
    """The weight of each past activity, past x KERNELS; those not held have none."""
    starts = moment.history.activities.starts[moment.activity_rows[moment.past]]
    age_days = np.maximum(moment.as_of - starts, 0) / DAY
    kernels = []
    for parts, half_life in KERNELS.values():
        product = 0.5 ** (age_days / half_life) * held
        for part in parts:
            product = product * like[part]
        kernels.append(product)
    return np.stack(kernels, axis=1).astype(np.float32)


def _rates(moment: Moment, weights: Float32s, employees: Ints) -> Columns:
    """Per kernel the rate and the yeses; of some, answers and evidence."""
    yes, asked = moment.yes[employees] @ weights, moment.asked[employees] @ weights
    all_yes, all_asked = moment.totals
    everyone = (all_yes @ weights + CROWD_YES) / (all_asked @ weights + CROWD_ASKED)
    rates = (yes + PRIOR * everyone) / (asked + PRIOR)
    columns: Columns = {}
    for number, name in enumerate(KERNELS):
        columns[f"rate_{name}"] = rates[:, number]
        columns[f"yes_{name}"] = yes[:, number]
    some = _places(ANSWERED)
    no = moment.declined[employees] @ weights[:, some]
    turnout = (all_yes / np.maximum(all_asked, 1)).astype(np.float32)
    usual = moment.asked[employees] @ (weights[:, some] * turnout[:, None])
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
    return columns


def _places(names: tuple[str, ...]) -> Ints:
    return np.array([list(KERNELS).index(name) for name in names], dtype=np.int64)


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
    first = int(np.searchsorted(moment.answers.occurred, moment.as_of - max(LATELY_DAYS) * DAY))
    activities, employee, occurred = (
        column[first:] for column in
        (moment.answers.activity, moment.answers.employee, moment.answers.occurred)
    )  # fmt: skip
    n = moment.history.n_employees
    columns: Columns = {}
    for days in LATELY_DAYS:
        of = employee[(occurred >= moment.as_of - days * DAY) & (activities != activity)]
        columns[f"answers_{days}d"] = np.bincount(of, minlength=n)[employees].astype(np.float32)
    near = held & (like["hereabouts"] > NEAR)
    last = last_held(moment, near, employees)
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
