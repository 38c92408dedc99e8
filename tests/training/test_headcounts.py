"""Head counts: simulated sums, planted luck, intervals that hold, nothing from the future."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import poisson

from features.history.columns import DAY
from training.headcounts import (
    HeadcountModel,
    exposure_of,
    poisson_at,
    rolled,
    simulate,
    team_numbers,
)
from training.luck import LEARNT_HALFWAY, MOST_WIDER, SHIFTS, PastCount, _growth, fit_headcounts
from training.participation import expit, logit
from training.saving import load_headcounts, save_arrays

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
N, N_TEAMS = 400, 20


def planted(rng, luck, team_luck, n=N, late=3.0, day=0, taste=(2, 5), learnt=100):
    """One past activity whose luck is known; probabilities are right on average over luck."""
    p = rng.beta(*taste, n)
    team = rng.integers(0, N_TEAMS, n)
    centre = logit(p) * np.sqrt(1 + 0.346 * (luck**2 + team_luck**2))
    shift = rng.normal(0, luck) + rng.normal(0, team_luck, N_TEAMS)[team]
    came = rng.random(n) < expit(centre + shift)
    return PastCount(
        0, day * DAY, p, team, came, int(rng.poisson(late)), "", (day + 14) * DAY, learnt
    )


def many(seed, luck, team_luck, n=80, **more):
    rng = np.random.default_rng(seed)
    return [planted(rng, luck, team_luck, day=7 * number, **more) for number in range(n)]


@pytest.fixture(scope="module")
def model():
    return fit_headcounts(many(1, 0.4, 0.25), 100)


def test_teams_and_late_joiners_add_up_to_everyone(model):
    rng = np.random.default_rng(2)
    p, team = rng.random(90), rng.integers(-1, 6, 90)
    draws = simulate(model, p, team, 4.0, seed=5)
    teams = [draws.count(team == number) for number in range(-1, 6)]
    np.testing.assert_array_equal(sum(teams) + draws.late, draws.count())
    expected = sum(draws.expected(team == number) for number in range(-1, 6))
    assert draws.expected() == pytest.approx(expected + 4.0) == p.sum() + 4.0


@pytest.mark.parametrize("size", [255, 256, 300])
def test_a_team_of_any_size_is_counted_whole(model, size):
    everyone = np.full(400, 0.9999)
    mask = np.arange(400) < size
    draws = simulate(model, everyone, np.zeros(400, dtype=np.int64), n_draws=200)
    whole = draws.participates[:, mask].sum(axis=1)
    assert whole.max() == size
    np.testing.assert_array_equal(draws.count(mask), whole)


@pytest.mark.parametrize("luck", [0.05, 0.35, 0.9])
def test_draws_average_to_the_expected_count(luck):
    model = HeadcountModel(luck=luck, team_luck=0.3)
    rng = np.random.default_rng(3)
    p, team = rng.beta(1, 4, 300), rng.integers(0, 12, 300)
    draws = simulate(model, p, team, 6.0, seed=1, n_draws=6000)
    counts = draws.count()
    off = 4 * counts.std() / np.sqrt(len(counts)) + 0.01 * p.sum()
    assert counts.mean() == pytest.approx(draws.expected(), abs=off)
    for number in range(12):
        mine = draws.count(team == number)
        assert mine.mean() == pytest.approx(draws.expected(team == number), rel=0.06)


def test_people_share_luck_so_counts_vary_more_than_independent_ones():
    p, team = np.full(2000, 0.2), np.zeros(2000, dtype=np.int64)
    together = simulate(HeadcountModel(luck=0.3, team_luck=0.05), p, team).count()
    alone = simulate(HeadcountModel(luck=0.0025, team_luck=0.0025), p, team).count()
    assert alone.std() == pytest.approx(np.sqrt(2000 * 0.16), rel=0.08)
    assert together.std() == pytest.approx(0.3 * 2000 * 0.16, rel=0.12)


def test_the_same_seed_draws_variants_of_one_activity_in_pairs(model):
    p, team = np.linspace(0.1, 0.8, 200), np.arange(200) % 9
    one, two = (simulate(model, q, team, 2.0, seed=4) for q in (p, p + 0.05))
    np.testing.assert_array_equal(one.participates, simulate(model, p, team, 2.0, 4).participates)
    assert (two.participates >= one.participates).all()
    assert (two.count() - one.count()).std() < one.count().std() / 3
    assert (simulate(model, p, team, 2.0, seed=5).participates != one.participates).any()


def test_draws_are_those_of_plain_formulas():
    model, n = HeadcountModel(luck=0.4, team_luck=0.2), 70
    p, team = np.linspace(0.02, 0.9, n), np.arange(n) % 4 - 1
    rng = np.random.default_rng(3)
    teams = rng.normal(0, 0.2, (n, 4)).astype(np.float32)
    luck = rng.normal(0, 0.4, (n, 1)).astype(np.float32)
    centre = (logit(p) * np.sqrt(1 + 0.346 * (0.4**2 + 0.2**2))).astype(np.float32)
    chance = 1 / (1 + np.exp(-((luck + teams)[:, team] + centre)))
    came = chance > rng.random((n, n), dtype=np.float32).T
    found = simulate(model, p, team, 2.0, seed=3, n_draws=n)
    np.testing.assert_array_equal(found.participates, came)
    rate = rng.gamma(1.0, 2.0, n)
    assert found.late.tolist() == poisson_at(rng.random(n), rate).tolist()
    np.testing.assert_array_equal(
        found.quantiles(LEVELS, team == 1), np.quantile(came[:, team == 1].sum(axis=1), LEVELS)
    )


@settings(max_examples=25)
@given(
    st.lists(st.floats(0, 1, allow_subnormal=False), max_size=30),
    st.integers(0, 9),
    st.floats(0, 9, allow_subnormal=False),
)
def test_quantiles_ascend_and_stay_within_what_can_be(p, n_teams, late):
    p = np.array(p, dtype=float)
    team = np.arange(len(p)) % (n_teams + 1) - 1
    draws = simulate(FITTED, p, team, late, seed=1, n_draws=200)
    found = draws.quantiles(LEVELS)
    assert (np.diff(found) >= 0).all()
    assert found[0] >= 0
    assert found[-1] <= len(p) + draws.late.max()
    inside = draws.quantiles(LEVELS, team == 0)
    assert (np.diff(inside) >= 0).all()
    assert inside[-1] <= (team == 0).sum()


FITTED = fit_headcounts(many(8, 0.4, 0.25, n=6), 100)


def test_no_past_takes_what_such_companies_report_and_stays_wide():
    model = fit_headcounts([], 0)
    assert (model.luck, model.team_luck) == (HeadcountModel.luck, HeadcountModel.team_luck)
    draws = simulate(model, np.full(300, 0.3), np.zeros(300, dtype=np.int64))
    np.testing.assert_array_equal(draws.quantiles(LEVELS), np.quantile(draws.count(), LEVELS))
    assert model.late_mean("", 0, 100.0) == 0


@pytest.mark.parametrize(("luck", "team_luck"), [(0.15, 0.1), (0.4, 0.25), (0.8, 0.5)])
def test_planted_luck_is_found(luck, team_luck):
    found = fit_headcounts(many(5, luck, team_luck, n=160), 100)
    # of 160 activities, the variances: to half, and a hundredth
    for one, true in ((found.luck, luck), (found.team_luck, team_luck)):
        assert one**2 == pytest.approx(true**2, abs=0.01 + 0.5 * true**2)


@pytest.mark.parametrize("taste", [(1, 40), (2, 5), (4, 1), (0.2, 0.2)])
def test_luck_is_found_however_likely_people_are_to_come(taste):
    rng = np.random.default_rng(11)
    found = fit_headcounts([planted(rng, 0.5, 0.05, taste=taste) for _ in range(300)], 100)
    # of 300 activities, the standard deviation: to 4%; three of these
    assert found.luck == pytest.approx(0.5, rel=0.12)


def luck_after(learnt):
    """The luck of forecasts by a model that learnt from so many activities, 0.4 after 200."""
    return 0.4 * np.sqrt((1 + LEARNT_HALFWAY / learnt) / (1 + LEARNT_HALFWAY / 200))


def test_luck_shrinks_with_what_there_was_to_learn_from():
    past = [*many(12, luck_after(50), 0.1, learnt=50), *many(13, luck_after(200), 0.1, learnt=200)]
    for learnt in (50, 200):
        found = fit_headcounts(past, learnt).luck
        assert found == pytest.approx(luck_after(learnt), rel=0.12)


def test_luck_shrinks_within_bounds():
    past = many(15, 0.4, 0.1, learnt=2)
    one, many_more = (fit_headcounts(past, learnt).luck for learnt in (2, 100_000))
    # of very few activities nothing is learnt that fewer would not say as well
    assert fit_headcounts(past, 40).luck == one
    assert many_more == pytest.approx(one / np.sqrt(MOST_WIDER), rel=0.1)


def test_outcomes_are_placed_within_the_luck_of_their_own_time():
    past = many(14, luck_after(40), 0.1, learnt=40, n=160)
    then, now = fit_headcounts(past, 40), fit_headcounts(past, 400)
    assert now.luck < 0.7 * then.luck
    # evenly, as if forecast by the model of their time: wider than the newest one's
    assert now.pit.std() == pytest.approx(np.sqrt(1 / 12), rel=0.1)
    np.testing.assert_allclose(now.pit, then.pit, atol=0.1)


def test_more_luck_makes_wider_intervals():
    p, team = np.full(300, 0.3), np.arange(300) % 9
    widths = []
    for luck in (0.1, 0.4, 0.8):
        draws = simulate(fit_headcounts(many(6, luck, 0.1), 100), p, team, 3.0)
        low, high = draws.quantiles([0.05, 0.95])
        widths.append(high - low)
    assert widths[0] < widths[1] / 1.3 < widths[2] / 1.6


@pytest.mark.parametrize("n_past", [25, pytest.param(100, marks=pytest.mark.slow)])
@pytest.mark.parametrize("luck", [0.1, 0.5])
def test_intervals_hold_nine_times_in_ten(luck, n_past):
    inside = []
    for seed in range(4):
        model = fit_headcounts(many(20 + seed, luck, 0.2, n=n_past), 100)
        for number, count in enumerate(many(90 + seed, luck, 0.2, n=60)):
            draws = simulate(model, count.p, count.team, 3.0, seed=number, n_draws=600)
            low, high = draws.quantiles([0.05, 0.95])
            inside.append(low <= count.participated.sum() + count.n_late <= high)
    assert 0.84 <= np.mean(inside) <= 0.96


def test_forecasts_that_were_too_low_are_moved_up():
    past = many(7, 0.3, 0.1)
    shy = [PastCount(**(vars(count) | {"p": expit(logit(count.p) - 0.8)})) for count in past]
    model = fit_headcounts(shy, 100)
    draws = simulate(model, shy[0].p, shy[0].team, 3.0)
    low, middle, high = draws.quantiles([0.05, 0.5, 0.95])
    assert middle > np.quantile(draws.count(), 0.7)
    assert low < past[0].p.sum() < high  # what was to be expected in truth


def late_counts(*rows):
    """Past counts of 100 people asked 14 days before: (day, audience, late joiners)."""
    p, team = np.full(100, 0.2), np.zeros(100, dtype=np.int64)
    return [PastCount(0, (day - 14) * DAY, p, team, p > 1, late, audience, day * DAY, 100)
            for day, audience, late in rows]  # fmt: skip


def test_late_joiners_are_those_lately_and_of_the_same_audience_above_all():
    past = late_counts((10, "a", 0), (20, "b", 30), (300, "a", 10), (310, "b", 30))
    model = fit_headcounts(past, 100)
    exposure = exposure_of(100, 0, 14 * DAY)
    at = 320 * DAY
    assert 9 < model.late_mean("a", at, exposure) < 15
    assert 25 < model.late_mean("b", at, exposure) < 30
    assert model.late_mean("a", at, 2 * exposure) == pytest.approx(
        2 * model.late_mean("a", at, exposure)
    )
    assert model.late_mean("a", at, 0.0) == 0


def test_a_larger_audience_has_more_late_joiners_but_not_in_proportion():
    model = fit_headcounts(late_counts((10, "a", 6), (20, "a", 6)), 100)
    small, same, large = (model.late_mean("b", 30 * DAY, exposure_of(size, 0, 14 * DAY))
                          for size in (25, 100, 400))  # fmt: skip
    assert (small, same, large) == pytest.approx((6 / 4**0.75, 6, 6 * 4**0.75), rel=0.01)


def test_late_joiners_of_what_has_not_started_yet_are_not_seen():
    known = late_counts((10, "a", 2), (20, "a", 4))
    later = late_counts((200, "a", 90), (210, "a", 90))
    exposure = exposure_of(100, 0, 14 * DAY)
    one, two = (fit_headcounts(past, 100).late_mean("a", 100 * DAY, exposure)
                for past in (known, known + later))  # fmt: skip
    assert two == pytest.approx(one)


def test_dice_are_kept_for_the_same_people_and_nobody_can_change_them(monkeypatch):
    team = np.array([0, 1, 1, -1])
    kept = rolled(team, 3, 50)
    assert rolled(team[::-1], 3, 50) is kept
    assert rolled(team, 4, 50) is not kept
    with pytest.raises(ValueError, match="read-only"):
        kept.people[0] = 0
    monkeypatch.setattr("training.headcounts.MOST_KEPT", 100)
    anew = rolled(team, 3, 50)
    assert anew is not kept
    for one, other in zip(vars(anew).values(), vars(kept).values(), strict=True):
        np.testing.assert_equal(one, other)


def test_teams_are_numbered_and_the_unknown_one_is_minus_one():
    assert team_numbers(np.array(["b", "", "a", "b"], dtype=object)).tolist() == [2, -1, 1, 2]
    assert team_numbers(np.array([], dtype=object)).tolist() == []


def test_saved_and_loaded_it_is_the_same(model, tmp_path):
    save_arrays(model, tmp_path / "counts.npz")
    loaded = load_headcounts(tmp_path / "counts.npz")
    for name, value in vars(model).items():
        np.testing.assert_array_equal(getattr(loaded, name), value, err_msg=name)
    assert isinstance(loaded.luck, float)
    one, two = (simulate(m, np.full(50, 0.3), np.zeros(50, dtype=np.int64), 1.0) for m in
                (model, loaded))  # fmt: skip
    np.testing.assert_array_equal(one.quantiles(LEVELS), two.quantiles(LEVELS))


@pytest.mark.parametrize("n", [0, 1, 16, 37, 5000])
def test_sums_of_logarithms_are_those_that_numpy_takes_one_by_one(n):
    odds = logit(np.random.default_rng(n).beta(0.1, 0.5, n))
    plain = [np.logaddexp(0, odds + shift).sum() for shift in SHIFTS]
    np.testing.assert_allclose(_growth(odds, SHIFTS), plain, rtol=1e-12, atol=1e-12)


def test_counts_at_levels_are_those_of_scipy_stats():
    rng = np.random.default_rng(1)
    for shape in (0.1, 1.0, 20.0):
        rate = np.append(rng.gamma(shape, 2.0, 500), [0.0, 0.0])
        level = np.append(rng.random(500), [0.0, 0.9])
        known = np.maximum(np.nan_to_num(poisson.ppf(level, rate)), 0)
        assert poisson_at(level, rate).tolist() == known.tolist()
