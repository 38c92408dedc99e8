"""What /metrics tells of freshness, fallback and how forecasts turned out."""

import itertools
import re
import time
from datetime import timedelta

import numpy as np
import pytest

from features import clock
from serving.contract import EventsRequest, ForecastsRequest
from serving.metrics import calibration

NUMBER = itertools.count()


@pytest.fixture
def forecast_and_held(desk, monkeypatch):
    """A desk that forecast an activity, which then had 9 registrations and began."""
    answer = desk.forecast(ForecastsRequest(activity_id="games-all"), "en")
    events = [{"event_id": f"m{next(NUMBER)}", "employee_id": f"E{n:02}",
               "activity_id": "games-all", "kind": "attended",
               "occurred_at": clock.now().isoformat()} for n in range(14, 23)]  # fmt: skip
    assert desk.receive(EventsRequest(events=events), "en").accepted == 9
    monkeypatch.setenv("HUOLI_NOW", (clock.now() + timedelta(days=9)).isoformat())
    desk.keep_up()
    return desk, answer


def test_forecasts_are_judged_once_their_activity_began(forecast_and_held):
    desk, answer = forecast_and_held
    found = calibration(desk.database, desk.state)
    assert found["came"].tolist() == [9]
    assert found["expected"].tolist() == [answer.overall.expected]
    assert found["inside"].tolist() == [answer.overall.low <= 9 <= answer.overall.high]


def test_what_is_still_to_come_is_not_judged(desk):
    desk.forecast(ForecastsRequest(activity_id="games-all"), "en")
    assert not len(calibration(desk.database, desk.state)["came"])


def test_a_forecast_of_long_ago_is_not_judged(forecast_and_held, monkeypatch):
    desk, _ = forecast_and_held
    monkeypatch.setenv("HUOLI_NOW", (clock.now() + timedelta(days=40)).isoformat())
    assert not len(calibration(desk.database, desk.state)["came"])


def test_a_running_service_tells_of_them(started, trained_home):
    with started(trained_home) as service:
        for employee in ("P005", "P006", "P029"):
            service.client.post("/v1/recommendations", json={"employee_id": employee})
        limit = time.monotonic() + 20
        while True:
            text = service.client.get("/metrics").text
            told = dict(re.findall(r"^(huoli_[^ ]+) (\S+)$", text, re.M))
            if "huoli_looked_timestamp_seconds" in told or time.monotonic() > limit:
                break
            time.sleep(0.2)
        assert float(told['huoli_lists_total{kind="personal"}']) == 2, text[:3000]
        assert float(told['huoli_lists_total{kind="shared"}']) == 1
        assert float(told["huoli_oldest_list_seconds"]) >= 0
        assert np.isfinite(float(told["huoli_as_of_timestamp_seconds"]))
        assert not re.search(r"P0\d\d", text)
