"""Paired draws of two designs, and how far the effect of a change may be off."""

from dataclasses import replace

import numpy as np
import pytest

from training.comparing import Design, compared
from training.effects import departure
from training.headcounts import HeadcountModel, simulate, team_numbers
from training.predicting import Now

MODEL = HeadcountModel(luck=0.4, team_luck=0.3)
N = 400


def design(p=0.3, people=None, groups="ABCD", late=3.0):
    people = np.arange(N) if people is None else people
    group = np.array([groups[n % len(groups)] for n in people], dtype=object)
    function = np.array(["R&D" if n % 3 else "sales" for n in people], dtype=object)
    return Design(np.broadcast_to(np.asarray(p, float), len(people)), people, group, function, late)


def both(first, other, sd=0.0):
    return compared(MODEL, first, other, sd, seed=0, n_draws=1000)


def test_the_first_design_is_drawn_as_by_itself():
    first = design(np.linspace(0.1, 0.8, N))
    found = both(first, design(0.6)).first
    alone = simulate(MODEL, first.p, team_numbers(first.group), 3.0, seed=0, n_draws=1000)
    np.testing.assert_array_equal(found.participates, alone.participates)
    np.testing.assert_array_equal(found.late, alone.late)


def test_the_same_design_differs_in_nobody():
    found = both(design(), design())
    assert not found.difference().any()
    np.testing.assert_array_equal(found.other.participates, found.first.participates)


def test_a_better_design_loses_nobody_and_its_gain_is_told_sharply():
    found = both(design(0.3), design(0.4))
    assert (found.other.participates >= found.first.participates).all()
    gain = found.difference()
    assert gain.mean() == pytest.approx(0.1 * N, rel=0.1)
    assert gain.std() < found.first.count().std() / 2


def test_those_invited_by_both_and_teams_of_the_same_name_share_their_draws():
    some = np.arange(100, 300)
    found = both(design(groups="ABCD"), design(people=some, groups="ABCDZ"[:4]))
    np.testing.assert_array_equal(found.first.participates[:, some], found.other.participates)
    mask = np.zeros(N, dtype=bool)
    mask[some] = True
    shared = found.departed.count() - found.departed.late - found.first.count(mask)
    assert not shared.any()


def test_teams_of_another_name_have_luck_of_their_own():
    found = both(design(groups="ABCD"), design(groups="WXYZ"))
    rates = [part.participates[:, ::4].mean(axis=1) for part in (found.first, found.other)]
    assert np.corrcoef(*rates)[0, 1] < 0.9


@pytest.mark.parametrize("sd", [0.2, 0.6])
def test_a_departure_widens_the_difference_and_keeps_its_mean(sd):
    found = both(design(0.3), design(0.3), sd)
    gap = found.difference()
    assert gap.std() == pytest.approx(0.9 * sd * N * 0.21, rel=0.2)
    assert abs(gap.mean()) < 0.15 * gap.std() + 1


def test_functions_depart_by_themselves_too():
    found = both(design(0.3), design(0.3), 0.6)
    rd = design().function == "R&D"
    gaps = [found.difference(mask, mask) / mask.sum() for mask in (rd, ~rd)]
    assert 0.5 < np.corrcoef(*gaps)[0, 1] < 0.95


@pytest.fixture(scope="module")
def now(history, until, fitted):
    return Now(fitted.models, history, until)


def doubt(now, **changes):
    """Of soon-quiz as it is and with fields changed."""
    activities = now.history.activities
    first = now.history.activity_index("soon-quiz")
    row = int(activities.last_rows[first])
    record = {name: activities.table[name][row].as_py() for name in activities.table.schema.names}
    history, other = now.history.with_activity(record | changes)
    return departure(now, first, history, other)


def test_an_unchanged_design_leaves_no_doubt(now):
    assert doubt(now).sd == pytest.approx(0, abs=1e-6)


def test_what_the_past_has_is_told_better_than_what_it_never_had(now):
    held = doubt(now, template="games", tags='{"games": 1.0}')
    never = doubt(now, template="zumba", tags='{"zumba": 1.0}')
    assert held.sd < 0.8 * never.sd
    assert never.hardly_told
    assert not held.hardly_told


def test_a_change_of_hour_leaves_less_doubt_than_one_of_theme(now):
    at = now.history.activities.table["starts_at"][0].as_py()
    starts = at.replace(year=2026, month=4, day=23, hour=11)
    assert doubt(now, starts_at=starts).sd < doubt(now, template="games").sd / 2


def test_an_organiser_or_kind_of_reward_never_seen_leaves_some_doubt(now):
    for changes in ({"organiser_id": "P07"}, {"reward_kind": "voucher"}):
        found = doubt(now, **changes)
        assert 0 < found.sd < doubt(now, template="games").sd


def test_an_audience_changes_little_for_those_whom_both_invite(now):
    found = doubt(now, audience='{"function": ["R&D"]}')
    assert 0 < found.sd < 0.2
    assert not found.hardly_told


def test_nothing_held_leaves_the_whole_doubt(now, history_of, records, until):
    coming = [row for row in records["activities"] if "soon" in row["activity_id"]]
    bare = replace(now, history=history_of(records | {"activities": coming,
                                                      "participations": []}, until))  # fmt: skip
    found = doubt(bare, template="games")
    assert found.sd == found.prior > 0
