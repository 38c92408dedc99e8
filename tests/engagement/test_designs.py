"""The searches for designs of one activity, found by what was asked."""

from datetime import UTC, datetime, timedelta

import pytest

from engagement.designs import add_design, designs_about

NOW = datetime(2026, 6, 1, 8, tzinfo=UTC)


@pytest.mark.parametrize("activity_id", ["quiz", "50%_a!b", 'a"b\\c', "每月一答"])
def test_the_searches_of_an_activity_are_found_the_newest_first(database, activity_id):
    asked = [
        {"activity_id": activity_id},
        {"activity_id": activity_id + "x"},
        {"activity_id": activity_id.upper() + activity_id.lower()},
        {"draft": {"activity_id": activity_id}, "activity_id": None},
        {"goals": ["turnout"], "activity_id": activity_id},
    ]
    for number, request in enumerate(asked):
        add_design(database, f"d{number}", request, 30, NOW + timedelta(minutes=number))
    found = designs_about(database, activity_id, 5)
    assert [job.design_id for job in found] == ["d4", "d0"]
    assert [job.design_id for job in designs_about(database, activity_id, 1)] == ["d4"]
