"""What Huoli said is kept as it was said."""

import json
from datetime import UTC, datetime

import pytest

from engagement.answers import (
    Basis,
    Given,
    content_hash,
    store_comparison,
    store_forecast,
    store_recommendations,
    stored_comparison,
    stored_forecast,
    stored_recommendation,
)
from engagement.audit import Caller, newest_entries

NOW = datetime(2026, 6, 1, tzinfo=UTC)
CALLER = Caller("k1", "hr_system", "POST /v1/recommendations", "q1")
BASIS = Basis(NOW, NOW, NOW, "v1", "hash")
LIST = {"recommendation_id": "r1", "employee_id": "E1", "personal": True, "items": [{"标题": 1}]}
FORECAST = {
    "forecast_id": "f1", "activity_id": None, "draft": {"title": "竞答", "city": "成都"},
    "stage": "launch", "unit": "attendance", "n_invited": 9, "quantiles": {"0.5": 3.0},
    "answer": {"overall": {"expected": 3}},
}  # fmt: skip


def keep(database, lists):
    with database.begin() as transaction:
        told = [one | {"items": json.dumps(one["items"])} for one in lists]
        store_recommendations(transaction, [Given(BASIS, told, CALLER)])


def test_a_list_comes_back_as_it_was_given(database):
    keep(database, [LIST])
    found = stored_recommendation(database, "r1")
    assert found["items"] == LIST["items"]
    assert (found["employee_id"], found["model_version"]) == ("E1", "v1")
    assert datetime.fromisoformat(found["as_of"]) == NOW


def test_who_got_a_list_is_on_record_with_it_or_neither_is(database):
    keep(database, [LIST, LIST | {"recommendation_id": "r2"}])
    (entry,) = newest_entries(database, 10, "E1")
    assert (entry["key_id"], entry["request_id"], entry["people"]) == ("k1", "q1", 2)
    with pytest.raises(Exception, match=r"(?i)unique"):
        keep(database, [LIST])
    assert len(newest_entries(database, 10)) == 1


def test_of_whom_is_erased_no_list_is_kept_and_that_is_said(database):
    told = [LIST | {"items": "[]"}, LIST | {"items": "[]", "recommendation_id": "r2",
                                            "employee_id": "E2"}]  # fmt: skip
    with database.begin() as transaction:
        given = [Given(BASIS, told, CALLER)]
        assert store_recommendations(transaction, given, lambda _, ids: {"E1"}) == {"E1"}
    assert stored_recommendation(database, "r1") is None
    assert stored_recommendation(database, "r2")


def test_a_forecast_comes_back_with_the_hash_of_its_draft(database):
    store_forecast(database, BASIS, FORECAST)
    found = stored_forecast(database, "f1")
    assert {name: found[name] for name in FORECAST} == FORECAST
    assert found["draft_hash"] == content_hash({"city": "成都", "title": "竞答"})


def test_a_comparison_comes_back_with_each_of_its_forecasts(database):
    other = FORECAST | {"forecast_id": "f2"}
    store_comparison(
        database, BASIS, [FORECAST, other], {"comparison_id": "c1", "answer": {"a": 1}}
    )
    found = stored_comparison(database, "c1")
    assert (found["answer"], found["forecast_id"]) == ({"a": 1}, "f1")
    assert stored_forecast(database, "f2")["quantiles"] == {"0.5": 3.0}
    assert stored_comparison(database, "c2") is None


def test_a_comparison_that_cannot_be_kept_leaves_none_of_its_forecasts(database):
    comparison = {"comparison_id": "c1", "answer": {"a": 1}}
    store_comparison(database, BASIS, [FORECAST], comparison)
    other = FORECAST | {"forecast_id": "f2"}
    with pytest.raises(Exception, match=r"(?i)unique"):
        store_comparison(database, BASIS, [other], comparison)
    assert stored_forecast(database, "f2") is None


def test_an_unknown_id_is_none(database):
    assert stored_recommendation(database, "r9") is None
    assert stored_forecast(database, "f9") is None


def test_an_answer_is_never_replaced(database):
    keep(database, [LIST])
    with pytest.raises(Exception, match=r"(?i)unique"):
        keep(database, [LIST | {"employee_id": "E2"}])
    assert stored_recommendation(database, "r1")["employee_id"] == "E1"


def test_other_content_has_another_hash():
    assert content_hash({"a": 1}) != content_hash({"a": 2})
