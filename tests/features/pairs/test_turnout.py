"""What turnout is expected of people: at home and elsewhere, in parts that add up."""

import numpy as np
import pytest

from features.history.columns import DAY
from features.pairs.moment import Moment


@pytest.fixture(scope="module")
def moment(messy_records, history_of):
    """Messy records half-way through."""
    history = history_of(messy_records(3))
    return Moment(history, int(np.median(history.activities.starts)))


def test_elsewhere_is_who_lives_in_another_city_than_a_known_one(moment):
    city, city_names = moment.history.people.team_codes("city", moment.as_of - 1)
    codes, names = moment.history.activities.coded["city"]
    seen = set()
    for activity, row in enumerate(moment.activity_rows):
        for person in range(moment.history.n_employees):
            lives = city_names[city[person]] if city[person] >= 0 else None
            held_in = names[codes[row]] if codes[row] >= 0 else None
            away = bool(lives and held_in and lives != held_in)
            assert moment.elsewhere[person, activity] == away
            seen.add((away, lives is None, held_in is None))
    assert len(seen) > 3


def test_parts_of_an_expectation_add_up_to_it(moment):
    described = moment.described[0]
    total = sum(moment.turnout.parts(described).values())
    assert np.allclose(np.clip(total, -6, 6), moment.expected, atol=1e-5)


def test_who_never_comes_from_elsewhere_is_not_expected_to(messy_records, history_of):
    records = messy_records(3)
    people = {row["employee_id"]: row["city"] for row in records["employees"]}
    cities = {row["activity_id"]: row["city"] for row in records["activities"]}
    records["participations"] = [
        row for row in records["participations"]
        if row["kind"] != "registered" or people[row["employee_id"]] == cities[row["activity_id"]]
    ]  # fmt: skip
    history = history_of(records)
    moment = Moment(history, int(history.activities.starts.max()) + DAY)
    assert moment.elsewhere.any()
    assert moment.away < -0.2
