"""Forecasts, differences and lists as answers: the same numbers in whichever language."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from engagement.answers import Basis
from engagement.database import Transaction
from features.errors import HuoliError
from features.language import render
from serving.answers import EmployeeList, ForecastAnswer, RecommendationsAnswer, VariantAnswer
from serving.changes import OTHER_UNIT, Variant, cannot_tell
from serving.difference import Difference
from serving.forecast import Forecast
from serving.predictor import Words


@dataclass(frozen=True)
class Forecasted:
    """A forecast, and what it rests on."""

    forecast: Forecast
    basis: Basis
    degraded: HuoliError | None = None
    check: Callable[[Transaction], None] = lambda transaction: None
    forecast_id: str = field(default_factory=lambda: str(uuid4()))

    def answer(self, language: str) -> ForecastAnswer:
        """The forecast in a language; its numbers and its id are the same in each."""
        found = forecast_answer(self.forecast, self.basis, language, self.degraded)
        return found.model_copy(update={"forecast_id": self.forecast_id})


def recommendations_answer(
    basis: Basis, lists: list[EmployeeList], degraded: HuoliError | None, language: str
) -> RecommendationsAnswer:
    """Lists as they are told; `degraded` says why none is personal, where that is so."""
    return RecommendationsAnswer(
        as_of=basis.as_of.isoformat(),
        data_until=basis.data_until.isoformat(),
        model_version=basis.model_version,
        degraded=degraded.in_language(language) if degraded else None,
        recommendations=lists,
    )


def forecast_answer(
    forecast: Forecast, basis: Basis, language: str, degraded: HuoliError | None = None
) -> ForecastAnswer:
    """A forecast as it is told, under an id of its own."""
    subject, teams = forecast.subject, forecast.teams(language)
    notes = forecast.notes(teams, language)
    if degraded:
        notes.insert(0, degraded.in_language(language))
    return ForecastAnswer(
        forecast_id=str(uuid4()),
        activity_id=subject.activity_id,
        draft_hash=subject.draft_hash,
        as_of=basis.as_of.isoformat(),
        data_until=basis.data_until.isoformat(),
        model_version=basis.model_version,
        stage=subject.stage,
        unit=forecast.unit,
        overall=forecast.overall,
        by_function=teams["function"],
        by_project_group=teams["project_group"],
        by_city=teams["city"],
        usual_percent=forecast.usual_percent,
        drivers=forecast.driver_answers(language),
        notes=notes,
    )


def variant_answer(
    variant: Variant, difference: Difference, basis: Basis, language: str
) -> VariantAnswer:
    """A changed design as it is told, beside the first one."""
    teams = difference.teams(language)
    notes = list(cannot_tell(variant, difference.paired.hardly_told))
    if difference.first.unit != difference.other.unit:
        notes.insert(0, Words(OTHER_UNIT))
    return VariantAnswer(
        changes=dict(variant.changes),
        forecast=forecast_answer(difference.other, basis, language),
        difference=difference.overall,
        by_function=teams["function"],
        by_project_group=teams["project_group"],
        by_city=teams["city"],
        notes=[render(one.template, one.values, language) for one in notes],
    )


def forecast_record(forecast: Forecast, answer: ForecastAnswer) -> dict[str, Any]:
    """The columns of a forecast on record."""
    subject = forecast.subject
    return {
        "forecast_id": answer.forecast_id, "activity_id": subject.activity_id,
        "draft": subject.draft, "stage": subject.stage, "unit": forecast.unit,
        "n_invited": len(subject.invited), "quantiles": forecast.quantiles(),
        "answer": answer.model_dump(),
    }  # fmt: skip
