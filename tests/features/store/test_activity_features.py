"""Facts of an activity's own row, and clocks across a change of time."""

from datetime import UTC, date, datetime

import pandas as pd
import pytest

from features.employee_features.clocks import day_ends, offsets
from features.feature_store.computing import write_activity_features


def test_facts_are_those_of_the_row_at_the_place_of_the_activity(table_files, tmp_path):
    row = {
        "activity_id": "a", "title": "t", "timezone": "Asia/Shanghai", "format": "team",
        "mode": "hybrid", "tags": '{"python": 0.5, "a:b": 0.5}', "reward_points": 20.0,
        "announced_at": datetime(2026, 3, 1, 10, tzinfo=UTC),
        "starts_at": datetime(2026, 3, 3, 10, 30, tzinfo=UTC),
        "ends_at": datetime(2026, 3, 3, 12, 30, tzinfo=UTC),
    }  # fmt: skip
    bare = {"activity_id": "b", "title": "t", "timezone": "-07:00",
            "starts_at": datetime(2026, 3, 2, 3, tzinfo=UTC)}  # fmt: skip
    moved = row | {"valid_from": datetime(2026, 3, 2, tzinfo=UTC), "ends_at": None,
                   "recorded_at": datetime(2026, 3, 2, 8, tzinfo=UTC)}  # fmt: skip
    # learnt of last, of a time before the move: it tells of the past alone
    backfilled = moved | {"valid_from": datetime(2026, 3, 1, 20, tzinfo=UTC), "mode": "online",
                          "recorded_at": datetime(2026, 3, 2, 20, tzinfo=UTC)}  # fmt: skip
    activities = [row, bare, backfilled, moved]
    files = table_files({"employees": [], "activities": activities, "participations": []})
    write_activity_features(files, tmp_path / "features")
    found = pd.read_parquet(tmp_path / "features" / "activity").set_index("activity_id")
    assert found["event_timestamp"].dtype == "datetime64[us, UTC]"
    first, second = found.loc["a"].sort_values("event_timestamp").to_dict("records")
    assert first.pop("event_timestamp") == row["announced_at"]
    assert first == pytest.approx({
        "duration_hours": 2.0, "notice_days": 2 + 0.5 / 24, "reward_points": 20.0,
        "capacity": float("nan"), "starts_hour_local": 18.5, "starts_weekday_local": 1.0,
        "is_onsite": 1.0, "is_team": 1.0, "n_tags": 2.0,
    }, nan_ok=True)  # fmt: skip
    assert second["event_timestamp"] == moved["recorded_at"]
    assert pd.isna(second["duration_hours"])
    plain = found.loc["b"]
    assert plain["event_timestamp"] == datetime(1990, 1, 1, tzinfo=UTC)
    assert (plain["starts_hour_local"], plain["starts_weekday_local"]) == (20.0, 6.0)
    assert plain[["notice_days", "reward_points", "is_onsite", "is_team"]].isna().all()


def test_a_local_day_is_23_or_25_hours_long_where_clocks_change():
    ends = day_ends(["Europe/Berlin"], date(2026, 3, 28), date(2026, 3, 29))["day_end"].to_pylist()
    assert ends[1] - ends[0] == pd.Timedelta(hours=23)


def test_offsets_change_at_the_very_second():
    first, last = datetime(2026, 3, 1), datetime(2026, 4, 1)
    winter, summer = offsets(["Europe/Berlin"], first, last).to_pylist()
    assert (winter["begins"], winter["offset_seconds"]) == (first, 3600)
    assert winter["ends"] == summer["begins"] == datetime(2026, 3, 29, 1)
    assert summer["offset_seconds"] == 7200
    assert summer["ends"] > last
