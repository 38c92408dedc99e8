"""Where questions are answered: each answer is stored before it is given.

The service and the commands ask here, so that both say the same.
"""

import threading
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any
from uuid import uuid4

import numpy as np

from engagement.answers import (
    Basis,
    content_hash,
    store_comparison,
    store_forecast,
    store_recommendations,
)
from engagement.audit import Caller
from engagement.database import Database, open_database
from engagement.events import events_after
from engagement.records import records_after
from features import clock
from features.errors import HuoliError
from features.home import Home
from features.language import render
from serving.answers import (
    CompareAnswer,
    EmployeeList,
    EventsAnswer,
    ForecastAnswer,
    RecommendationsAnswer,
    VariantAnswer,
)
from serving.changes import OTHER_UNIT, Variant, cannot_tell, check_audiences, varied
from serving.contract import (
    CompareRequest,
    EventsRequest,
    ForecastsRequest,
    RecommendationsRequest,
    Strict,
)
from serving.difference import Difference
from serving.forecast import Forecast
from serving.predictor import Predictor, Words
from serving.problems import FieldError, Problem
from serving.receiving import receive
from serving.recommend import employee_positions, suggestions
from serving.state import State, load_state
from serving.subject import subject_of

# of the commands: whoever has this machine's files
OPERATOR = Caller("-", "operator", "huoli recommend", "-")


class Desk:
    """The loaded state and the database of one home; safe to share between threads."""

    def __init__(self, home: Home, state: State | None = None) -> None:
        self.home = home
        self._state = state
        self._absent: HuoliError | None = None
        # held by whoever is moving the state on, so that nothing is worked in twice
        self._moving = threading.Lock()

    @cached_property
    def database(self) -> Database:
        """The home's database, opened when first used."""
        return open_database(self.home)

    def open(self) -> None:
        """Load the state, and compute what every answer shares.

        Where nothing was imported yet, the desk stays closed and `missing` says why.
        """
        try:
            self._state = self._state or load_state(self.home, self.database)
        except HuoliError as error:
            self._absent = error
            return
        board = self._state.board
        someone = np.flatnonzero(board.employed & ~board.opted_out)[:1]
        suggestions(board, self._state.predictor, someone, 1, "en")
        board.popular  # noqa: B018

    @property
    def missing(self) -> Sequence[HuoliError]:
        """Why not every answer can be given; empty when ready."""
        if self._state is None:
            return [self._absent] if self._absent else []
        return self._state.missing

    @property
    def state(self) -> State:
        """What answers are made from.

        Raises:
            Problem: 503, saying what has to be made first.
        """
        if self._state is None:
            raise not_ready(self.missing)
        return self._state

    def keep_up(self) -> int:
        """Work in what arrived since the last look, and what the clock has changed.

        Calls under way end on the former state.

        Returns:
            How many events and versions of records were worked in.
        """
        with self._moving:
            if self._state is None:
                return 0
            now, state = clock.now(), self._state
            # records first: an event may be of someone or something that they made known
            if records := records_after(self.database, state.newest_record):
                state = state.with_records(records, now)
            if events := events_after(self.database, state.newest_event):
                state = state.with_events(events, now)
            self._state = state if records or events else state.at(now)
            return len(records) + len(events)

    def receive(self, request: EventsRequest, language: str) -> EventsAnswer:
        """Keep events; what is accepted is on disk when this returns.

        Raises:
            Problem: nothing was imported yet, so that nobody is known.
        """
        if records_after(self.database, self.state.newest_record):
            # another worker may have been told of people and activities a moment ago
            self.keep_up()
        history = self.state.board.history
        return receive(self.database, history, request.events, clock.now(), language)

    def recommend(
        self, request: RecommendationsRequest, language: str, caller: Caller = OPERATOR
    ) -> RecommendationsAnswer:
        """Lists for the employees asked about.

        Raises:
            Problem: someone is unknown, nothing was imported yet, or the audit log is broken.
        """
        state = self.state
        several = request.employee_ids is not None
        fields = [
            f"employee_ids[{number}]" if several else "employee_id"
            for number in range(len(request.asked))
        ]
        employees = employee_positions(state.board, request.asked, fields)
        lists = [
            EmployeeList(recommendation_id=str(uuid4()), **vars(one))
            for one in suggestions(state.board, state.predictor, employees, request.k, language)
        ]
        basis = self._basis(state, request)
        try:
            told = [one.model_dump() for one in lists]
            store_recommendations(self.database, basis, told, caller)
        except HuoliError as error:
            raise not_ready([error]) from error
        return RecommendationsAnswer(
            as_of=basis.as_of.isoformat(),
            data_until=basis.data_until.isoformat(),
            model_version=basis.model_version,
            recommendations=lists,
        )

    def forecast(self, request: ForecastsRequest, language: str) -> ForecastAnswer:
        """Who would come to the activity asked about.

        Raises:
            Problem: it cannot be forecast, or there is no model yet.
        """
        state, predictor = self._ready()
        forecast = Forecast(subject_of(state.board, request), predictor, request.explain)
        basis = self._basis(state, request)
        answer = _forecast_answer(forecast, basis, language)
        store_forecast(self.database, basis, _record(forecast, answer))
        return answer

    def compare(self, request: CompareRequest, language: str) -> CompareAnswer:
        """Who would come, and how many more or fewer under changed designs.

        Raises:
            Problem: one of the designs cannot be forecast, or there is no model yet.
        """
        state, predictor = self._ready()
        subject = subject_of(state.board, request)
        if any("audience" in changes for _, changes in request.asked):
            # answers given so far are of the audience asked: of another one they would tell
            subject = replace(subject, stage="launch")
        variants = [varied(subject, state.board, dict(changes), path)
                    for path, changes in request.asked]  # fmt: skip
        check_audiences(subject, variants)
        subjects = [subject, *(one.subject for one in variants)]
        # one after the other: side by side they wait for one another under load
        first, *others = [Forecast(one, predictor, request.explain) for one in subjects]
        differences = [Difference(first, other) for other in others]
        basis = self._basis(state, request)
        answer = CompareAnswer(
            comparison_id=str(uuid4()),
            forecast=_forecast_answer(first, basis, language),
            variants=[
                _variant_answer(variant, difference, basis, language)
                for variant, difference in zip(variants, differences, strict=True)
            ],
        )
        told = [answer.forecast, *(one.forecast for one in answer.variants)]
        records = [_record(*one) for one in zip([first, *others], told, strict=True)]
        store_comparison(
            self.database, basis, records,
            {"comparison_id": answer.comparison_id, "answer": answer.model_dump(mode="json")},
        )  # fmt: skip
        return answer

    def _ready(self) -> tuple[State, Predictor]:
        """The state and its predictor.

        Raises:
            Problem: 503, there is none yet.
        """
        state = self.state
        if state.predictor is None:
            raise not_ready(state.missing)
        return state, state.predictor

    def _basis(self, state: State, request: Strict) -> Basis:
        content = request.model_dump(mode="json", exclude_none=True)
        return Basis(
            answered_at=clock.now(),
            as_of=state.as_of,
            data_until=state.data_until,
            model_version=state.version,
            request_hash=content_hash(content),
        )


def not_ready(missing: Sequence[HuoliError]) -> Problem:
    """The refusal of a desk that lacks what an answer needs."""
    return Problem(503, *(FieldError("", error.template, error.values) for error in missing))


def _forecast_answer(forecast: Forecast, basis: Basis, language: str) -> ForecastAnswer:
    subject, teams = forecast.subject, forecast.teams(language)
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
        notes=forecast.notes(teams, language),
    )


def _variant_answer(
    variant: Variant, difference: Difference, basis: Basis, language: str
) -> VariantAnswer:
    teams = difference.teams(language)
    notes = list(cannot_tell(variant, difference.paired.hardly_told))
    if difference.first.unit != difference.other.unit:
        notes.insert(0, Words(OTHER_UNIT))
    return VariantAnswer(
        changes=dict(variant.changes),
        forecast=_forecast_answer(difference.other, basis, language),
        difference=difference.overall,
        by_function=teams["function"],
        by_project_group=teams["project_group"],
        by_city=teams["city"],
        notes=[render(one.template, one.values, language) for one in notes],
    )


def _record(forecast: Forecast, answer: ForecastAnswer) -> dict[str, Any]:
    """The columns of a forecast on record."""
    subject = forecast.subject
    return {
        "forecast_id": answer.forecast_id, "activity_id": subject.activity_id,
        "draft": subject.draft, "stage": subject.stage, "unit": forecast.unit,
        "n_invited": len(subject.invited), "quantiles": forecast.quantiles(),
        "answer": answer.model_dump(),
    }  # fmt: skip
