"""Reasons for a suggestion, each true of the record of the person it is given to."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from features.history.columns import Bools, Floats, Ints
from features.language import _
from features.pairs.moment import Moment
from features.pairs.similarity import similarities


@dataclass(frozen=True)
class Reason:
    """A sentence template and its values; true of the person's record."""

    template: str
    values: dict[str, object]


# a reason, the fact that it rests on, and what that must exceed
RULES: tuple[tuple[str, str, float], ...] = (
    (_("You take part in most activities like this one"), "share_alike", 0.5),
    (_("It is on themes that you rated highly"), "rating_of_themes", 3.99),
    (_("You often come to activities at this hour"), "share_at_hour", 0.5),
    (_("You have been to activities at this place"), "share_at_place", 0.4),
    (_("Many people you work with have registered"), "ties_registered", 0.15),
    (_("Many of your project group have registered"), "group_registered_share", 0.15),
    (_("Your project group likes activities like this"), "group_alike", 0.5),
    (_("People with interests like yours register for it"), "affinity", 0.0),
)
ANY = (
    _("It is open to you and starts in {days} days"),
    _("{n} people have registered so far"),
    _("It fits what is offered to your team"),
)
# fewer could be known by name
FEWEST_NAMED = 5
# taking part so often, of those asked, is more than chance
OFTEN, MORE_THAN_ONCE = 3, 2
# of template and tags, how alike they must be
ALIKE = 0.5
# how alike hours must be: at three in the afternoon, from twenty past one to twenty to five
SAME_HOUR = 0.5
# of an activity's themes, more than this part must have been rated
MOST_OF_THEMES = 0.5

# a code holds which rules hold in its lowest bits, then registrations
RULE_BITS, COUNT_BITS = len(RULES), 24


def reason_codes(
    features: pd.DataFrame, facts: Mapping[str, Floats], n_behind: Mapping[str, Floats]
) -> Ints:
    """Per row, one number that says all that its reasons say; `reasons_of` puts it into words.

    Every reason is true of the person's own record: of `own_facts`, or else of the row's features.
    `n_behind` has, by column of others' answers, how many people each row's value rests on: of
    fewer than FEWEST_NAMED, the reason would tell what one of them did.
    """
    codes = np.zeros(len(features), dtype=np.int64)
    for bit, (_template, name, bound) in enumerate(RULES):
        value = facts.get(name)
        if value is None and name in features:
            value = features[name].to_numpy(dtype=float)
        if value is None:
            continue
        holds = value > bound
        if name in n_behind:
            holds &= n_behind[name] >= FEWEST_NAMED
        codes |= holds.astype(np.int64) << bit
    so_far = np.zeros(len(features))
    if "registered_so_far" in features:
        so_far = np.expm1(features["registered_so_far"].to_numpy(dtype=float))
    n = np.clip(np.round(so_far), 0, (1 << COUNT_BITS) - 1).astype(np.int64)
    found: Ints = codes | n << RULE_BITS
    return found


def own_facts(moment: Moment, activity: int, employees: Ints) -> dict[str, Floats]:
    """What each employee did of activities held so far, and rated of this one's themes; 0: nothing.

    `share_alike`, `share_at_hour` and `share_at_place` are shares of those asked about, of who took
    part often enough; taking part is attendance where that is on record. `rating_of_themes` is the
    mean of the newest ratings, of who rated most of the activity's themes.
    """
    like = _likeness(moment, activity)
    others = moment.held[moment.past] & (moment.past != activity)
    masks = {
        "share_alike": (_held_alike(moment, activity, like), OFTEN),
        "share_at_hour": (others & (like["hour"] >= SAME_HOUR), OFTEN),
        "share_at_place": (others & (like["place"] == 1), MORE_THAN_ONCE),
    }
    shares = {name: _share(moment, np.flatnonzero(mask), employees, least)
              for name, (mask, least) in masks.items()}  # fmt: skip
    return shares | {"rating_of_themes": _rating_of_themes(moment, activity)[employees]}


def _likeness(moment: Moment, activity: int) -> dict[str, Floats]:
    return moment.likenesses.get(activity) or similarities(moment, activity)


def _held_alike(moment: Moment, activity: int, like: dict[str, Floats]) -> Bools:
    """Which others held have the same template and mostly the same tags, as far as it says."""
    activities, row = moment.history.activities, int(moment.activity_rows[activity])
    known = {"template": activities.coded["template"][0][row] >= 0,
             "tags": activities.tags[[row]].nnz > 0}  # fmt: skip
    if not any(known.values()):
        return np.zeros(len(moment.past), dtype=bool)
    alike = np.all([like[name] >= ALIKE for name in known if known[name]], axis=0)
    found: Bools = alike & moment.held[moment.past] & (moment.past != activity)
    return found


def _share(moment: Moment, columns: Ints, employees: Ints, least: int) -> Floats:
    """Of these past activities that each was asked about, the share taken part in; 0 of few."""
    place = np.ix_(employees, columns)
    recorded = moment.records_attendance[columns]
    took_part = np.where(recorded, moment.came[place], moment.yes[place] > 0).sum(axis=1)
    asked = moment.asked[place].sum(axis=1)
    share: Floats = took_part / np.maximum(asked, 1)
    return np.where(took_part >= least, share, 0.0)


def _rating_of_themes(moment: Moment, activity: int) -> Floats:
    """Everyone's mean rating of the activity's tags, by share; 0 of who rated too few of them."""
    surveys, activities = moment.history.surveys, moment.history.activities
    known = int(np.searchsorted(surveys.known, moment.as_of))
    tags = activities.tags[[int(moment.activity_rows[activity])]]
    n = moment.history.n_employees
    rated, score = np.zeros(n), np.zeros(n)
    for name, share in zip(activities.tag_names[tags.indices], tags.data, strict=True):
        topic = np.flatnonzero(surveys.topics == name)
        answers = np.flatnonzero(np.isin(surveys.topic[:known], topic))
        newest = np.zeros(n)
        # in the order in which they became known: the last one stays
        newest[surveys.employee[answers]] = surveys.rating[answers]
        rated += share * (newest > 0)
        score += share * newest
    enough = rated > MOST_OF_THEMES * max(float(tags.sum()), 1e-9)
    found: Floats = np.where(enough & (rated > 0), score / np.maximum(rated, 1e-9), 0.0)
    return found


def people_behind(
    moment: Moment, activity: int, registered: Bools, employees: Ints
) -> dict[str, Floats]:
    """How many others the reasons about colleagues rest on, a value per employee, by column.

    `registered` says of everyone whether the person has registered for the activity; what a group
    likes rests on those of it who were asked about activities like this one.
    """
    alike = np.flatnonzero(_held_alike(moment, activity, _likeness(moment, activity)))
    asked = np.asarray(moment.asked[:, alike].any(axis=1), dtype=np.float32)
    yes = registered.astype(np.float32)
    ties, group = moment.ties[employees], moment.main_group[employees]
    ties.data[:] = 1
    # who is in no group stands at the end
    of_group = np.append(moment.group_matrix @ yes, 0)[group] - yes[employees]
    of_asked = np.append(moment.group_matrix @ asked, 0)[group] - asked[employees]
    return {"ties_registered": ties @ yes, "group_registered_share": of_group,
            "group_alike": of_asked}  # fmt: skip


@lru_cache(maxsize=100_000)
def reasons_of(code: int, days: int) -> tuple[Reason, ...]:
    """The two or three reasons that a code stands for, so many days before the start."""
    n = code >> RULE_BITS
    own = [Reason(template, {}) for bit, (template, *_rest) in enumerate(RULES) if code >> bit & 1]
    return (*own[:3], *general_reasons(days, n)[: max(0, 2 - len(own))])


def general_reasons(days: int, n_registered: int) -> list[Reason]:
    """Two reasons that rest on the activity alone, for anyone in its audience."""
    reasons = [Reason(ANY[0], {"days": days})]
    if n_registered >= FEWEST_NAMED:
        reasons.append(Reason(ANY[1], {"n": n_registered}))
    return [*reasons, Reason(ANY[2], {})][:2]
