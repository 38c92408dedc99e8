"""Preference: ratings given, kinds of activity chosen, surveys, points and rewards."""

import ibis
from ibis import _

from features.employee_features.activity import local_start
from features.employee_features.catalogue import PREFERENCE
from features.employee_features.days import (
    KEYS,
    MICRO,
    Table,
    changes,
    exact,
    share,
    spans,
    within,
)
from features.employee_features.inputs import Inputs
from features.employee_features.participation import newest
from features.employee_features.records import joined_version, known, lasting

EVENING = 18
SHARES = ("team", "onsite", "evening", "rewarded")


def preference(inputs: Inputs) -> Table:
    """One row per (employee_id, event_timestamp) of those employed, with the family's features."""
    parts = [_ratings(inputs), _chosen(inputs), _surveys(inputs), *_points(inputs),
             _redemptions(inputs)]  # fmt: skip
    rows = inputs.sums(parts)
    rows = rows.mutate(
        ratings_mean_365d=share(rows.rating_sum, rows.ratings) / MICRO,
        survey_rating_mean=share(rows.survey_sum, rows.n_survey_answers) / MICRO,
        points_balance=rows.points_balance / MICRO,
        points_earned_90d=rows.points_earned_90d / MICRO,
        points_redeemed_365d=rows.points_redeemed_365d / MICRO,
        **{f"{name}_share_365d": share(rows[name], rows.chosen) for name in SHARES},
    )
    return rows.select(*KEYS, *PREFERENCE)


def _ratings(inputs: Inputs) -> Table:
    rows = newest(inputs, ("rated",))
    rows = within(rows.filter(rows.value.notnull()), 365)
    one = ibis.literal(1, "int64")
    return changes(spans(inputs.days, rows), {"rating_sum": exact(_.value), "ratings": one})


def _chosen(inputs: Inputs) -> Table:
    """Of each registration, what the activity was like as known when the person registered."""
    held = local_start(inputs.activities, inputs.offsets).select(
        "activity_id", "begins", "ends", "format", "mode", "reward_points", "local_hour"
    )
    rows = joined_version(within(newest(inputs, ("registered",)), 365), held, "activity_id")
    kinds = {
        "chosen": ibis.literal(1, "int64"),
        "team": (_.format == "team"),
        "onsite": _.mode.isin(["onsite", "hybrid"]),
        "evening": _.local_hour >= EVENING,
        "rewarded": _.reward_points > 0,
    }
    counts = {name: ibis.coalesce(kind.cast("int64"), 0) for name, kind in kinds.items()}
    return changes(spans(inputs.days, rows), counts)


def _surveys(inputs: Inputs) -> Table:
    rows = lasting(known(inputs.tables["survey_answers"], "answered_at"))
    one = ibis.literal(1, "int64")
    measures = {"survey_sum": exact(_.rating), "n_survey_answers": one}
    return changes(spans(inputs.days, rows), measures)


def _points(inputs: Inputs) -> list[Table]:
    rows = known(inputs.tables["points"], "occurred_at")
    earned = rows.filter(rows.amount > 0)
    return [
        changes(spans(inputs.days, lasting(rows)), {"points_balance": exact(_.amount)}),
        changes(spans(inputs.days, within(earned, 90)), {"points_earned_90d": exact(_.amount)}),
    ]


def _redemptions(inputs: Inputs) -> Table:
    rows = within(known(inputs.tables["redemptions"], "occurred_at"), 365)
    one = ibis.literal(1, "int64")
    measures = {"points_redeemed_365d": exact(_.points), "redemptions_365d": one}
    return changes(spans(inputs.days, rows), measures)
