"""The desk stores what it answers, before it answers, and says why where it cannot."""

from dataclasses import replace

import pytest

import serving.desk
from engagement.answers import stored_forecast, stored_recommendation
from engagement.erasures import begin_erasure
from features import clock
from features.errors import NotReadyError
from features.home import Home
from serving.contract import CompareRequest, ForecastsRequest, RecommendationsRequest
from serving.desk import Desk
from serving.problems import Problem

ONE = RecommendationsRequest(employee_id="E05", k=2)


def test_a_list_is_stored_as_it_was_given(desk):
    answer = desk.recommend(ONE, "en")
    (given,) = answer.recommendations
    stored = stored_recommendation(desk.database, given.recommendation_id)
    assert stored["items"] == [item.model_dump() for item in given.items]
    assert stored["employee_id"] == "E05"
    assert (stored["as_of"], stored["model_version"]) == (answer.as_of, "known-tastes")


def test_each_of_several_lists_has_an_id_of_its_own(desk):
    answer = desk.recommend(RecommendationsRequest(employee_ids=["E05", "E12"]), "en")
    found = {one.recommendation_id for one in answer.recommendations}
    assert len(found) == 2
    assert all(stored_recommendation(desk.database, one) for one in found)


def test_a_forecast_is_stored_as_it_was_given(desk):
    answer = desk.forecast(ForecastsRequest(activity_id="quiz-all"), "en")
    stored = stored_forecast(desk.database, answer.forecast_id)
    assert stored["answer"] == answer.model_dump()
    assert stored["n_invited"] == answer.overall.invited
    assert stored["quantiles"]["0.05"] <= stored["quantiles"]["0.95"]


def test_answers_are_stored_on_postgresql_as_they_were_given(on_postgresql, desk):
    listed = desk.recommend(ONE, "zh")
    (given,) = listed.recommendations
    stored = stored_recommendation(desk.database, given.recommendation_id)
    assert stored["items"] == [item.model_dump() for item in given.items]
    assert (stored["personal"], stored["as_of"]) == (1, listed.as_of)
    forecast = desk.forecast(ForecastsRequest(activity_id="quiz-all"), "zh")
    assert stored_forecast(desk.database, forecast.forecast_id)["answer"] == forecast.model_dump()
    assert desk.database.kind == "PostgreSQL"


def test_without_an_explanation_the_numbers_are_the_same(desk):
    whole, bare = (
        desk.forecast(ForecastsRequest(activity_id="quiz-all", explain=explain), "en")
        for explain in (True, False)
    )
    assert whole.drivers
    assert (bare.drivers, bare.usual_percent) == ([], None)
    assert (bare.overall, bare.by_function) == (whole.overall, whole.by_function)


def test_what_cannot_be_stored_is_not_answered(desk):
    desk.database.write("DROP TABLE recommendations", [{}])
    with pytest.raises(Problem) as caught:
        desk.recommend(ONE, "en")
    assert caught.value.status == 503
    assert "no such table: recommendations" in str(caught.value.errors[0])


def test_a_refusal_stores_nothing(desk):
    with pytest.raises(Problem):
        desk.recommend(RecommendationsRequest(employee_ids=["E05", "nobody"]), "en")
    assert desk.database.read("SELECT count(*) AS n FROM recommendations")[0]["n"] == 0


def test_of_somebody_erased_while_a_list_was_made_nothing_is_told(home, desk):
    # as another process does it, at which this one has not looked yet
    begin_erasure(home, desk.database, "E05", clock.now())
    several = RecommendationsRequest(employee_ids=["E06", "E05"])
    for request, field in ((ONE, "employee_id"), (several, "employee_ids[1]")):
        with pytest.raises(Problem) as caught:
            desk.recommend(request, "en")
        assert (caught.value.status, caught.value.errors[0].field) == (404, field)
    assert desk.recommend(RecommendationsRequest(employee_id="E06"), "en").recommendations


def test_what_names_somebody_erased_meanwhile_is_not_kept(home, desk, monkeypatch):
    draft = {"title": "x", "starts_at": "2026-06-10T16:00:00+08:00"}
    computed = serving.desk._forecasts

    def meanwhile(*asked):
        begin_erasure(home, desk.database, "E20", clock.now())
        return computed(*asked)

    monkeypatch.setattr(serving.desk, "_forecasts", meanwhile)
    one = ForecastsRequest.model_validate({"draft": draft | {"organiser_id": "E20"}})
    with pytest.raises(Problem) as caught:
        desk.forecast(one, "en")
    assert (caught.value.status, caught.value.errors[0].field) == (400, "draft.organiser_id")
    changed = CompareRequest.model_validate({"draft": draft, "changes": {"organiser_id": "E20"}})
    with pytest.raises(Problem) as caught:
        desk.compare(changed, "en")
    assert (caught.value.status, caught.value.errors[0].field) == (400, "changes.organiser_id")
    assert desk.database.read("SELECT count(*) AS n FROM forecasts")[0]["n"] == 0


def test_without_models_lists_are_popular_and_forecasts_refused(home, board, desk):
    without = NotReadyError("no model is {alias}; run `huoli train` first", alias="champion")
    bare = Desk(home, replace(desk.state, predictor=None, missing=(without,)))
    bare.open()
    assert not bare.recommend(ONE, "en").recommendations[0].personal
    with pytest.raises(Problem) as caught:
        bare.forecast(ForecastsRequest(activity_id="quiz-all"), "en")
    assert caught.value.status == 503
    assert "huoli train" in caught.value.errors[0].rule


def test_a_home_without_data_says_what_to_run(tmp_path):
    desk = Desk(Home(tmp_path))
    desk.open()
    assert [str(error) for error in desk.missing] == ["no data imported yet; run `huoli import`"]
    with pytest.raises(Problem) as caught:
        desk.recommend(ONE, "en")
    assert caught.value.status == 503


def test_a_home_with_tables_alone_answers_as_of_the_datas_end(home):
    desk = Desk(home)
    desk.open()
    assert desk.state.predictor is None
    assert desk.state.as_of == desk.state.data_until
    assert "huoli train" in str(desk.missing[0])
