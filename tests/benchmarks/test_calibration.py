"""The figures by which forecasts are judged, on forecasts whose worth is known."""

import numpy as np
import pytest


@pytest.fixture
def calibration(benchmark_code):
    return benchmark_code("calibration")


@pytest.mark.parametrize("mean", [0.4, 3.0, 40.0])
def test_a_forecast_that_is_the_truth_covers_nine_in_ten_of_however_few(calibration, mean):
    rng = np.random.default_rng(1)
    levels = np.quantile(rng.poisson(mean, 100_000), calibration.QUANTILE_LEVELS, method="nearest")
    below, above = calibration.shares_missed(
        *calibration.pit_bounds(levels, rng.poisson(mean, 100_000))
    )
    assert below.mean() == pytest.approx(0.05, abs=0.01)
    assert above.mean() == pytest.approx(0.05, abs=0.01)


def test_a_forecast_that_is_too_sure_is_missed_on_both_sides(calibration):
    rng = np.random.default_rng(1)
    levels = np.quantile(rng.normal(100, 5, 10_000), calibration.QUANTILE_LEVELS)
    counts = np.rint(rng.normal(100, 10, 10_000))
    below, above = calibration.shares_missed(*calibration.pit_bounds(levels, counts))
    assert below.mean() > 0.15
    assert above.mean() > 0.15


def test_no_share_of_a_value_is_missed_twice(calibration):
    low = np.array([0.0, 0.0, 0.5])
    below, above = calibration.shares_missed(low, np.array([1.0, 0.0, 0.5]))
    assert below.tolist() == pytest.approx([0.05, 1.0, 0.0])
    assert above.tolist() == pytest.approx([0.05, 0.0, 0.0])


def test_the_truth_is_at_no_distance_and_all_else_is(calibration):
    true = np.array([0.001, 0.3, 0.9])
    assert calibration.distance_to_truth(true, true) == pytest.approx([0, 0, 0])
    assert (calibration.distance_to_truth(np.full(3, 0.5), true) > 0).all()


def test_distance_is_what_log_loss_exceeds_that_of_the_truth_by(calibration):
    rng = np.random.default_rng(1)
    true, p = np.full(400_000, 0.3), np.full(400_000, 0.5)
    came = rng.random(len(true)) < true

    def loss(q):
        return -np.where(came, np.log(q), np.log(1 - q)).mean()

    expected = calibration.distance_to_truth(p, true).mean()
    assert loss(p) - loss(true) == pytest.approx(expected, abs=0.005)


def test_without_clusters_the_error_is_the_usual_one(calibration):
    values = np.random.default_rng(1).normal(size=50)
    usual = values.std(ddof=1) / np.sqrt(50)
    assert calibration.clustered_error(values, np.arange(50)) == pytest.approx(usual)


def test_a_value_told_again_within_its_cluster_tells_nothing_new(calibration):
    values = np.random.default_rng(1).normal(size=50)
    once = calibration.clustered_error(values, np.arange(50))
    thrice = calibration.clustered_error(np.repeat(values, 3), np.repeat(np.arange(50), 3))
    weighted = calibration.clustered_error(values, np.arange(50), np.full(50, 3.0))
    assert thrice == pytest.approx(once)
    assert weighted == pytest.approx(once)


def test_one_cluster_has_no_error(calibration):
    assert np.isnan(calibration.clustered_error(np.array([0.0, 1.0]), np.zeros(2)))


def test_a_paired_interval_holds_the_mean_and_widens_by_clusters(calibration):
    values = np.random.default_rng(1).normal(0.2, 1, 60)
    low, high = calibration.paired_interval(values, np.arange(60))
    assert low < values.mean() < high
    assert high - low == pytest.approx(2 * 1.96 * values.std() / np.sqrt(60), rel=0.1)
    clustered = calibration.paired_interval(np.sort(values), np.arange(60) // 10)
    assert clustered[1] - clustered[0] > 1.5 * (high - low)
