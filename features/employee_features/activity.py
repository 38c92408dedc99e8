"""Facts of an activity's own row, stamped with the moment the row became known."""

import ibis

from features.employee_features.catalogue import ACTIVITY_FEATURES
from features.employee_features.days import FIRST, Table, seconds
from features.employee_features.inputs import Inputs

LONG_AGO = "1990-01-01 00:00:00"


def local_start(activities: Table, offsets: Table) -> Table:
    """The rows with `local_hour` (a fraction) and `local_weekday` (Monday 0) of their start."""
    starts = activities.starts_at.cast("timestamp")
    clock = offsets.rename(clock_begins="begins", clock_ends="ends", clock="timezone")
    rows = activities.mutate(starts=starts)
    rows = rows.join(
        clock,
        [rows.timezone == clock.clock, rows.starts >= clock.clock_begins,
         rows.starts < clock.clock_ends],
    )  # fmt: skip
    local = seconds(rows.starts) + rows.offset_seconds
    return rows.mutate(
        local_hour=(local % 86_400) / 3_600,
        local_weekday=((local - local % 86_400) / 86_400 + 3).cast("int64") % 7,
    )


def activity(inputs: Inputs) -> Table:
    """One row per version of an activity: (activity_id, event_timestamp) and its facts.

    The stamp is `valid_from`, else `announced_at`, else 1990, or `recorded_at` where that is later.
    """
    rows = local_start(inputs.activities, inputs.offsets)
    announced = rows.announced_at.cast("timestamp")
    valid = ibis.coalesce(rows.valid_from.cast("timestamp"), announced, ibis.timestamp(LONG_AGO))
    recorded = ibis.coalesce(rows.recorded_at.cast("timestamp"), ibis.timestamp(FIRST))
    ends, starts = seconds(rows.ends_at.cast("timestamp")), seconds(rows.starts)
    tags = rows.tags.cast("json").cast("map<string, float64>").length()
    rows = rows.mutate(
        event_timestamp=ibis.greatest(valid, recorded),
        duration_hours=(ends - starts) / 3_600,
        notice_days=(starts - seconds(announced)) / 86_400,
        reward_points=rows.reward_points,
        capacity=rows.capacity.cast("float64"),
        starts_hour_local=rows.local_hour,
        starts_weekday_local=rows.local_weekday.cast("float64"),
        is_onsite=rows["mode"].isin(["onsite", "hybrid"]).cast("float64"),
        is_team=(rows.format == "team").cast("float64"),
        n_tags=ibis.coalesce(tags, 0).cast("float64"),
    )
    return rows.select("activity_id", "event_timestamp", *ACTIVITY_FEATURES)
