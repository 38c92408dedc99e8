"""What a request may say: one table of good bodies and one of bad ones, each with its field."""

import pytest
from pydantic import ValidationError

from serving.contract import (
    MAX_EMPLOYEES,
    CompareRequest,
    DesignsRequest,
    ForecastsRequest,
    PortraitsRequest,
    RecommendationsRequest,
)
from serving.openapi import EXAMPLES
from serving.problems import RULES, field_errors, problem_body

STARTS = "2027-01-20T16:00:00+08:00"


def draft(**more):
    return {"draft": {"title": "竞答", "starts_at": STARTS} | more}


@pytest.mark.parametrize(
    ("model", "body"),
    [
        (RecommendationsRequest, {"employee_id": "E1"}),
        (RecommendationsRequest, {"employee_ids": ["E1", "E2"], "k": 100, "language": "zh"}),
        (RecommendationsRequest, EXAMPLES["/v1/recommendations"]),
        (ForecastsRequest, {"activity_id": "A1", "language": "en"}),
        (ForecastsRequest, EXAMPLES["/v1/forecasts"]),
        (CompareRequest, EXAMPLES["/v1/forecasts/compare"]),
        (DesignsRequest, EXAMPLES["/v1/designs"]),
        (PortraitsRequest, EXAMPLES["/v1/portraits"]),
        (CompareRequest, {"activity_id": "A1", "changes": {"audience": None}}),
        (ForecastsRequest, draft()),
        (ForecastsRequest, draft(audience={"not": {"city": ["成都"]}}, timezone="+08:00")),
        (ForecastsRequest, draft(audience={}, tags={"a": 1.0}, ends_at="2027-01-20T09:00:00Z")),
    ],
)
def test_a_good_body_is_taken(model, body):
    taken = model.model_validate(body)
    assert taken.model_fields_set == set(body)


@pytest.mark.parametrize(
    ("model", "body", "field", "rule"),
    [
        (RecommendationsRequest, {}, "", "give either employee_id or employee_ids"),
        (RecommendationsRequest, {"employee_id": "E1", "employee_ids": ["E2"]}, "", "give either"),
        (RecommendationsRequest, {"employee_id": ""}, "employee_id", "at least 1 character"),
        (RecommendationsRequest, {"employee_id": 7}, "employee_id", "must be a text"),
        (RecommendationsRequest, {"employee_ids": []}, "employee_ids", "at least 1 entries"),
        (RecommendationsRequest, {"employee_ids": ["E1", "E1"]}, "employee_ids", "twice"),
        (RecommendationsRequest, {"employee_ids": ["E1", None]}, "employee_ids[1]", "a text"),
        (RecommendationsRequest, {"employee_ids": [f"E{n}" for n in range(MAX_EMPLOYEES + 1)]},
         "employee_ids", "at most 1000 entries"),
        (RecommendationsRequest, {"employee_id": "E1", "k": 0}, "k", "at least 1"),
        (RecommendationsRequest, {"employee_id": "E1", "k": 101}, "k", "at most 100"),
        (RecommendationsRequest, {"employee_id": "E1", "k": 1.5}, "k", "a whole number"),
        (RecommendationsRequest, {"employee_id": "E1", "kk": 1}, "kk", "no field"),
        (RecommendationsRequest, {"employee_id": "E1", "language": "fr"}, "language", "one of"),
        (PortraitsRequest, {}, "employee_id", "is required"),
        (PortraitsRequest, {"employee_id": "E1", "employee_ids": []}, "employee_ids", "no field"),
        (ForecastsRequest, {}, "", "give either activity_id or draft"),
        (CompareRequest, {"activity_id": "A"}, "", "give either changes or variants"),
        (CompareRequest, {"activity_id": "A", "changes": {"what": 1}}, "changes.what", "no field"),
        (CompareRequest, {"activity_id": "A", "variants": [{"mode": "online"}, {}]}, "variants[1]",
         "at least one field"),
        (CompareRequest, {"activity_id": "A", "variants": [{"mode": "online"}] * 6}, "variants",
         "at most 5 entries"),
        (ForecastsRequest, {"draft": None}, "", "give either"),
        (ForecastsRequest, {"draft": []}, "draft", "must be an object"),
        (ForecastsRequest, {"draft": {"title": "x"}}, "draft.starts_at", "is required"),
        (ForecastsRequest, draft(title=""), "draft.title", "at least 1 character"),
        (ForecastsRequest, draft(starts_at="2027-01-20T16:00:00"), "draft.starts_at", "offset"),
        (ForecastsRequest, draft(starts_at="soon"), "draft.starts_at", "a moment such as"),
        (ForecastsRequest, draft(ends_at=STARTS), "draft.ends_at", "after starts_at"),
        (ForecastsRequest, draft(starts_at="2999-01-20T16:00:00+08:00"), "draft.starts_at",
         "the years 1980 to 2099"),
        (ForecastsRequest, draft(ends_at="9999-12-31T23:00:00Z"), "draft.ends_at", "1980 to 2099"),
        (ForecastsRequest, draft(announced_at=0), "draft.announced_at", "a moment such as"),
        (ForecastsRequest, draft(announced_at="2027-02-20T16:00:00+08:00"), "draft.announced_at",
         "must not be after starts_at"),
        (ForecastsRequest, draft(timezone="Mars/Base"), "draft.timezone", "IANA name"),
        (ForecastsRequest, draft(timezone="+0800"), "draft.timezone", "IANA name"),
        (ForecastsRequest, draft(tags={"a": 2}), "draft.tags.a", "at most 1"),
        (ForecastsRequest, draft(capacity=0), "draft.capacity", "at least 1"),
        (ForecastsRequest, draft(mode="phone"), "draft.mode", "one of"),
        (ForecastsRequest, draft(latitude=float("nan")), "draft.latitude", "finite"),
        (ForecastsRequest, draft(what=1), "draft.what", "no field"),
        (ForecastsRequest, draft(audience=["E1", "E2"]), "draft.audience", "not accepted"),
        (ForecastsRequest, draft(audience="E1"), "draft.audience", "not accepted"),
        (ForecastsRequest, draft(audience={"employee_id": ["E1"]}),
         "draft.audience.employee_id", "function, city"),
        (ForecastsRequest, draft(audience={"city": "成都"}), "draft.audience.city", "a list"),
        (ForecastsRequest, draft(audience={"not": {"city": ["z"] * 1_001}}),
         "draft.audience.not.city", "at most 1000 names, found 1001"),
        (ForecastsRequest, draft(audience={"any": [{"level": ["z" * 201]}]}),
         "draft.audience.any[0].level", "at most 200 characters"),
        (ForecastsRequest, draft(audience={"city": ["z" * 199] * 100}),
         "draft.audience", "at most 20000 characters written as JSON"),
        (ForecastsRequest, draft(audience={"any": [{"x": 1}]}), "draft.audience.any[0].x", "level"),
    ],
)  # fmt: skip
def test_a_bad_body_is_refused_by_field_and_rule(model, body, field, rule):
    with pytest.raises(ValidationError) as caught:
        model.model_validate(body)
    found = problem_body(400, field_errors(caught.value))["errors"]
    assert [one["field"] for one in found] == [field]
    assert rule in found[0]["rule"]


def test_a_refusal_never_repeats_what_was_sent():
    with pytest.raises(ValidationError) as caught:
        ForecastsRequest.model_validate(draft(audience=["secret-person"], title=5))
    for language in ("en", "zh"):
        told = str(problem_body(400, field_errors(caught.value), language))
        assert "secret-person" not in told + str(caught.value)


def test_every_rule_and_title_has_a_chinese_text():
    for rule in RULES.values():
        english = problem_body(400, [], "en")["title"]
        assert problem_body(400, [], "zh")["title"] != english
        assert rule
