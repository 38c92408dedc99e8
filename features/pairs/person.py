"""What the moment says of the person and of the activity beside the kernels."""

import numpy as np
from numpy.typing import NDArray

from features.history.columns import DAY, FIRST, HOUR, NEVER, Ints
from features.pairs.kernels import Columns
from features.pairs.moment import Moment, last_held, last_of, still_to_come
from features.pairs.products import of_people
from features.pairs.similarity import distance_km


def person_columns(moment: Moment, activity: int, employees: Ints, own_answers: bool) -> Columns:
    """Recency, fatigue, tenure, stated preferences and distance.

    `own_answers` says whether answers about this very activity may be read (stage "open").
    """
    people, row = moment.history.people, moment.activity_rows[activity]
    past = moment.past
    starts = moment.history.activities.starts[moment.activity_rows[past]]
    others = past != activity
    lately = (moment.as_of - starts < 28 * DAY) & others
    coming = still_to_come(moment, past) & others
    spans = np.stack([others, lately, coming], axis=1).astype(np.float32)
    employee_rows = people.rows_at(moment.as_of - 1)[employees]
    n_asked, asked_lately, _ = of_people(moment.asked, employees, spans).T
    n_yes, yes_lately, yes_to_coming = of_people(moment.yes, employees, spans).T
    never = (n_yes == 0).astype(np.float32)
    return {
        **{name: values[employees]
           for name, values in _days_since_answers(moment, activity, own_answers).items()},
        "days_since_yes_to_held": _days_since_held(moment, activity, employees),
        "invitations_28d": asked_lately,
        "yes_28d": yes_lately,
        "yes_to_coming": yes_to_coming,
        "n_yes": np.log1p(n_yes),
        # the first yes is a step of its own, and the longer in vain, the higher
        "never_yes": never,
        "asked_in_vain": never * np.log1p(n_asked),
        "days_employed": _log_days(moment.as_of - people.hired[employee_rows]),
        "days_in_audience_group": _group_days(moment, int(row))[employees],
        **_stated(moment, int(row), employees),
        "same_city": _same_city(moment, int(row), employee_rows),
        "distance_km": np.log1p(distance_km(
            moment.history.activities.latitude[row], moment.history.activities.longitude[row],
            people.latitude[employee_rows], people.longitude[employee_rows],
        )),
    }  # fmt: skip


def activity_columns(moment: Moment, activity: int, n_rows: int) -> Columns:
    """Facts of the activity itself, the same for every person."""
    activities, row = moment.history.activities, int(moment.activity_rows[activity])
    starts, announced, ends = (
        activities.starts[row],
        activities.announced[row],
        activities.ends[row],
    )
    facts = {
        "notice_days": (starts - announced) / DAY if announced != NEVER else np.nan,
        "duration_hours": (ends - starts) / HOUR if ends != NEVER else np.nan,
        "local_hour": activities.local_hour[row],
        "local_weekday": activities.weekday[row],
        "reward_points": np.log1p(activities.reward_points[row]),
        "capacity": np.log1p(activities.capacity[row]),
        "n_competing": _n_competing(moment, activity, int(starts)),
    }
    return {name: np.full(n_rows, value, dtype=np.float32) for name, value in facts.items()}


def _n_competing(moment: Moment, activity: int, starts: int) -> float:
    """Other activities known by now that start within three days and are not called off.

    NaN where none says since when it is known.

    One that does not say since when it is known may have been made up later: it never counts.
    """
    activities = moment.history.activities
    dated = (activities.first_known > FIRST) & (activities.first_known < moment.as_of)
    if not dated.any():
        return float("nan")
    rows = moment.activity_rows
    takes_place = activities.cancelled[rows] >= moment.as_of
    near = dated & takes_place & (np.abs(activities.starts[rows] - starts) < 3 * DAY)
    near[activity] = False
    return float(near.sum())


def _stated(moment: Moment, row: int, employees: Ints) -> Columns:
    """What surveys say of the activity's tags, by share.

    `stated_preference` is the mean of (rating - 3) over the tags that the person rated, NaN where
    none; `stated_interest` the same sum over all tags, an unrated one counting nothing. Topics
    that name the activity's template, format or mode count as tags of share one.
    """
    surveys, weights = moment.history.surveys, _topic_weights(moment, row)
    n_known = int(np.searchsorted(surveys.known, moment.as_of))
    by_topic = np.array([weights.get(topic, 0.0) for topic in surveys.topics] or [0.0])
    weight = by_topic[surveys.topic[:n_known]]
    employee, n = surveys.employee[:n_known], moment.history.n_employees
    rated = np.bincount(employee, weight, minlength=n)[employees]
    score = np.bincount(employee, weight * (surveys.rating[:n_known] - 3), minlength=n)[employees]
    mean = np.divide(score, rated, out=np.full(len(employees), np.nan), where=rated > 0)
    return {
        "stated_preference": mean.astype(np.float32),
        "stated_interest": (score / max(sum(weights.values()), 1e-9)).astype(np.float32),
    }


def _topic_weights(moment: Moment, row: int) -> dict[str, float]:
    activities = moment.history.activities
    tags = activities.tags[[row]]
    weights = dict(zip(activities.tag_names[tags.indices], tags.data.tolist(), strict=True))
    for name in ("template", "format", "mode"):
        codes, names = activities.coded[name]
        if codes[row] >= 0:
            weights[names[codes[row]]] = 1.0
    return weights


def _log_days(micros: Ints) -> NDArray[np.float32]:
    return np.log1p(np.maximum(micros, 0) / DAY).astype(np.float32)


def _days_since_answers(moment: Moment, activity: int, own_answers: bool) -> Columns:
    """Log of days since everyone's last yes, and since their last answer of any kind.

    Those about the activity itself count where `own_answers` says so.
    """
    own = moment.answers.activity == activity
    last = moment.last_answers
    if not own_answers and own.any():
        last = last_of(moment, moment.answers.where(~own))
    return {name: _log_days(moment.as_of - when) for name, when in
            zip(("days_since_yes", "days_since_answer"), last, strict=True)}  # fmt: skip


def _days_since_held(moment: Moment, activity: int, employees: Ints) -> NDArray[np.float32]:
    """Log of days since the last activity held, but for this one, that each said yes to."""
    others = moment.past != activity
    if others.all() and "last_yes_to_held" in vars(moment):
        return _log_days(moment.as_of - moment.last_yes_to_held[employees])
    return _log_days(moment.as_of - last_held(moment, others, employees))


def _group_days(moment: Moment, row: int) -> NDArray[np.float32]:
    """Log of days since the person joined the longest-joined group that the audience names."""
    people, days = moment.history.people, np.full(moment.history.n_employees, np.nan)
    named = (moment.history.activities.audience_of(row) or {}).get("project_group", [])
    rows = people.members_at(moment.as_of - 1)
    rows = rows[np.isin(people.group[rows], np.flatnonzero(np.isin(people.group_ids, named)))]
    days[people.member[rows[::-1]]] = moment.as_of - people.started[rows[::-1]]
    found: NDArray[np.float32] = np.log1p(np.maximum(days, 0) / DAY).astype(np.float32)
    return found


def _same_city(moment: Moment, row: int, employee_rows: Ints) -> NDArray[np.float32]:
    codes, names = moment.history.activities.coded["city"]
    if codes[row] < 0:
        return np.full(len(employee_rows), np.nan, dtype=np.float32)
    city, city_names = moment.history.people.fields["city"]
    code = np.append(city, -1)[employee_rows]
    same = np.append(city_names, "").astype(object)[code] == names[codes[row]]
    return np.where(code >= 0, same, np.nan).astype(np.float32)
