"""How often one may call: counted by a clock that the tests hold."""

import pytest

from features.errors import InputError
from serving import limits
from serving.limits import FAILURE_SECONDS, FAILURES, CallRate, FailedKeys, rate_setting


def test_a_key_may_call_twice_the_rate_at_once_and_then_at_the_rate():
    rate = CallRate(10.0)
    assert [rate.wait("a", 0.0) for _ in range(20)] == [0.0] * 20
    assert rate.wait("a", 0.0) == pytest.approx(0.1)
    assert rate.wait("a", 0.05) == pytest.approx(0.05)
    assert rate.wait("a", 0.11) == 0.0
    assert rate.wait("a", 0.11) > 0.0


def test_one_key_does_not_use_up_anothers_calls():
    rate = CallRate(1.0)
    while not rate.wait("a", 0.0):
        pass
    assert rate.wait("b", 0.0) == 0.0


def test_after_a_pause_no_more_than_the_burst_is_saved_up():
    rate = CallRate(10.0)
    rate.wait("a", 0.0)
    made = sum(not rate.wait("a", 1e6) for _ in range(50))
    assert made == 20


def test_a_rate_of_nothing_is_no_limit():
    rate = CallRate(0.0)
    assert not any(rate.wait("a", 0.0) for _ in range(1_000))


def test_a_rate_below_one_lets_a_call_through_at_times():
    rate = CallRate(0.1)
    assert rate.wait("a", 0.0) == 0.0
    assert rate.wait("a", 0.0) == pytest.approx(10.0)
    assert rate.wait("a", 10.0) == 0.0


@pytest.mark.parametrize(("stated", "rate"), [("", 200.0), ("0", 0.0), ("2.5", 2.5)])
def test_the_rate_is_what_the_environment_states(monkeypatch, stated, rate):
    monkeypatch.setenv("HUOLI_RATE_PER_SECOND", stated)
    assert rate_setting() == rate


@pytest.mark.parametrize("stated", ["fast", "-1", "nan", "inf"])
def test_a_rate_that_is_none_is_an_error_that_names_the_setting(monkeypatch, stated):
    monkeypatch.setenv("HUOLI_RATE_PER_SECOND", stated)
    with pytest.raises(InputError, match="HUOLI_RATE_PER_SECOND must be a number"):
        rate_setting()


def test_many_wrong_keys_make_one_client_wait_and_no_other():
    failed = FailedKeys()
    for _ in range(FAILURES):
        assert failed.wait("one", 0.0) == 0.0
        failed.count("one", 0.0)
    assert failed.wait("one", 1.0) == FAILURE_SECONDS - 1
    assert failed.wait("other", 1.0) == 0.0
    assert failed.wait("one", FAILURE_SECONDS) == 0.0


def test_wrong_keys_now_and_then_make_nobody_wait():
    failed = FailedKeys()
    for number in range(10 * FAILURES):
        failed.count("one", number * FAILURE_SECONDS / FAILURES)
        assert failed.wait("one", (number + 1) * FAILURE_SECONDS / FAILURES) == 0.0


def test_only_so_many_clients_are_remembered(monkeypatch):
    monkeypatch.setattr(limits, "MOST_ADDRESSES", 3)
    failed = FailedKeys()
    for number in range(5):
        for _ in range(FAILURES):
            failed.count(str(number), 0.0)
    assert [failed.wait(str(number), 0.0) > 0 for number in range(5)] == [False] * 2 + [True] * 3
