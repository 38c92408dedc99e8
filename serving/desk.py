"""Where questions are answered: each answer is stored before it is given.

The service and the commands ask here, so that both say the same.
"""

import logging
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from datetime import timedelta
from functools import cached_property, partial
from typing import Any, TypeVar
from uuid import uuid4

import numpy as np
from pydantic import TypeAdapter

from engagement.answers import (
    Basis,
    Given,
    audiences_since,
    content_hash,
    shown_since,
    store_audience,
    store_comparison,
    store_forecast,
    store_recommendations,
    stored_audience,
)
from engagement.asked_audiences import Codes, member_codes
from engagement.audit import Caller, Entry, append_entries
from engagement.database import Database, Transaction, open_database
from engagement.erasures import Erasures
from engagement.events import events_after
from engagement.group_commit import GroupCommit
from engagement.records import Record, records_after
from features import clock
from features.errors import HuoliError, NotReadyError
from features.feature_store.snapshots import current_folder
from features.history import people as history_people
from features.history.columns import Ints
from features.home import Home
from features.language import render
from serving.answers import (
    AudienceAnswer,
    CompareAnswer,
    EmployeeList,
    EventsAnswer,
    FloorAnswer,
    ForecastAnswer,
    Item,
    ReadinessAnswer,
    RecommendationsAnswer,
)
from serving.arrived import Event
from serving.asked_groups import People
from serving.champion import warm
from serving.changes import check_audiences, varied
from serving.choosing import (
    ALL_OF_THEM,
    NEARLY_SAME,
    NOBODY_LEFT,
    REMEMBERED_DAYS,
    SHORT_OF_FLOOR,
    candidates,
    chosen,
    floors_of,
    not_too_near,
)
from serving.contract import (
    AudiencesRequest,
    CompareRequest,
    EventsRequest,
    ForecastsRequest,
    RecommendationsRequest,
    Strict,
    Wished,
    organisers_of,
)
from serving.difference import Difference
from serving.forecast import BREAKDOWNS, Forecast
from serving.kept_forecasts import KeptForecasts
from serving.near_audiences import AudienceLog
from serving.predictor import Predictor, Words
from serving.privacy import MIN_PEOPLE
from serving.problems import FieldError, Problem, not_ready
from serving.receiving import receive
from serving.recommend import Suggestions, Wishes, employee_positions, suggestions
from serving.resources import NOT_THERE
from serving.shelf import Column, Shelf
from serving.state import State, load_state, missing
from serving.subject import Subject, subject_of, without_answers
from serving.told import (
    Forecasted,
    forecast_answer,
    forecast_record,
    recommendations_answer,
    variant_answer,
)

log = logging.getLogger(__name__)

Found = TypeVar("Found")
ITEMS = TypeAdapter(list[Item])
# what audiences of every draft are remembered by
ANY_DRAFT = "draft"
# of the commands: whoever has this machine's files
OPERATOR = Caller("-", "operator", "huoli recommend", "-")


class Desk:
    """The loaded state and the database of one home; safe to share between threads."""

    def __init__(self, home: Home, state: State | None = None) -> None:
        self.home = home
        self._state = state
        # why what is on disk is not, or not all, in use
        self._kept: HuoliError | None = None
        self._unread: HuoliError | None = None
        self._behind: HuoliError | None = None
        # told of the events that were worked in, and whether records were
        self.told: Callable[[Sequence[Event], bool], None] = lambda events, records: None
        # told how many lists were given, and of what kind
        self.gave: Callable[[str, int], None] = lambda kind, n: None
        # told of the activities whose chances were computed anew; None: all
        self.shelved: Callable[[list[str] | None], None] = lambda names: None
        # what another process computed for a state that is not loaded here yet, by activity
        self._pending: dict[str, tuple[Column, str, str]] = {}
        self._firsts = KeptForecasts()
        # who was erased; a state in memory may know them for some seconds more
        self.erasures = Erasures(home)
        # held by whoever moves the state on, so that nothing is worked in twice or lost
        self._moving = threading.Lock()

    @cached_property
    def database(self) -> Database:
        """The home's database, opened when first used."""
        return open_database(self.home)

    @cached_property
    def keeping(self) -> GroupCommit[Given, Collection[str]]:
        """Where lists wait for the next flush to disk."""
        write = partial(store_recommendations, erased=self.erasures.among)
        return GroupCommit(self.database, write)

    @cached_property
    def audiences(self) -> AudienceLog:
        """Of whom numbers were given lately."""
        return AudienceLog(self.database, self.erasures.among_all)

    def close(self) -> None:
        """End, once what waits for the disk is on it."""
        if "keeping" in vars(self):
            self.keeping.close()
        if "database" in vars(self):
            self.database.close()

    def open(self, prepare: Callable[[State], State] | None = None) -> None:
        """Load the state, and compute what every answer shares, and what `prepare` computes.

        Where nothing was imported yet, the desk stays closed and `missing` says why.
        """
        try:
            state = self._state or load_state(self.home, self.database)
        except HuoliError as error:
            self._kept = error
            return
        if self._state:
            warm(state.board, state.predictor)
        state = prepare(state) if prepare else state
        with self._moving:
            self._state = self._with_pending(state)

    def replace(self, state: State) -> None:
        """Answer from this state from now on; questions under way end with the one they began."""
        # it was begun a while ago: most of what arrived since is worked in while others go on
        state, before, made_before = self._moved_on(state)
        with self._moving:
            # and the rest now, so that nobody sees taken back what was told already
            state, events, records = self._moved_on(state)
            self._state, self._kept, self._unread = self._with_pending(state), None, None
        self._behind = None
        self.shelved(None)
        if before or made_before or events or records:
            self.told([*before, *events], bool(made_before or records))
        for reason in state.reasons:
            log.warning(reason)

    def keep(self, reason: HuoliError) -> None:
        """Go on with the state in use, for a reason that `readiness` tells."""
        self._kept = reason
        log.warning(reason)

    @property
    def missing(self) -> Sequence[HuoliError]:
        """Why not every answer can be given; empty where it can."""
        if self._state is None:
            return [self._kept] if self._kept else []
        return self._state.missing

    @property
    def loaded(self) -> State | None:
        """What answers are made from; None where nothing was imported yet."""
        return self._state

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
        self.erasures.look(self.database)
        with self._moving:
            if self._state is None:
                return 0
            state, events, records = self._moved_on(self._state)
            self._state = self._with_pending(state)
        self._behind = None
        if events or records:
            self.told(events, bool(records))
        return len(records) + len(events)

    def _moved_on(self, state: State) -> tuple[State, list[dict[str, Any]], list[Record]]:
        """A state with what arrived after it, and as the clock says; what that was."""
        now = clock.now()
        # an event may be of someone whom a record has made known: its record is there before it,
        # and so is read after it and worked in before it
        events = events_after(self.database, state.newest_event)
        records = records_after(self.database, state.newest_record)
        if records:
            state = state.with_records(records, now)
        if events:
            state = state.with_events(events, now)
        return state if records or events else state.at(now), events, records

    def fell_behind(self, error: Exception) -> None:
        """Note that what arrived could not be worked in, which `readiness` tells until it can."""
        self._behind = NotReadyError(
            "what arrived over REST is on disk, but cannot be worked in: {problem}; answers are as "
            "of before it, see the log",
            problem=type(error).__name__,
        )

    def shelve(self, made_of: State, shelf: Shelf, names: list[str]) -> bool:
        """Read from this shelf from now on; False where what it was made of holds no more.

        `names` are the activities that it has other chances at than before.
        """
        with self._moving:
            state = self._state
            if state is None or state.version != made_of.version:
                return False
            if state.board.history.people.ids is not shelf.people:
                return False
            self._state = _with_shelf(state, shelf)
        self.shelved(names)
        return True

    def take(self, columns: Mapping[str, Column], version: str, people: str) -> None:
        """Read these columns from now on, of models and people that are told by name.

        Where those are not loaded here yet, as soon as they are.
        """
        with self._moving:
            more = {name: (column, version, people) for name, column in columns.items()}
            self._pending.update(more)
            if self._state is not None:
                self._state = self._with_pending(self._state)

    def has_lists_of(self, state: State) -> bool:
        """Whether every chance of a state that is not in use yet has come from elsewhere."""
        with self._moving:
            return missing(self._with_pending(state, forget=False)) is None

    def _with_pending(self, state: State, forget: bool = True) -> State:
        """The state with the columns that were computed elsewhere, as far as they are of it."""
        people = state.board.history.people
        fits = {name: column for name, (column, version, of) in self._pending.items()
                if version == state.version and of == people.fingerprint}  # fmt: skip
        if forget:
            self._pending = {n: one for n, one in self._pending.items() if n not in fits}
        before = self._state
        if state.shelf is None and before and before.shelf and before.version == state.version:
            # the same models over other tables: until they are computed anew, better than none
            known = before.board.history.people
            if known.fingerprint == people.fingerprint:
                fits = {**before.shelf.columns, **fits}
        if not fits:
            return state
        return _with_shelf(state, Shelf(people.ids, {**state.table.shelf.columns, **fits}))

    def receive(self, request: EventsRequest, language: str) -> EventsAnswer:
        """Keep events; what is accepted is on disk when this returns.

        Raises:
            Problem: nothing was imported yet, so that nobody is known.
        """
        if records_after(self.database, self.state.newest_record):
            # another worker may have been told of people and activities a moment ago
            self.keep_up()
        history = self.state.board.history
        return receive(
            self.database, history, request.events, clock.now(), language, self.erasures.among
        )

    def check_organisers(
        self, request: ForecastsRequest, transaction: Transaction | None = None
    ) -> None:
        """Refuse what names an organiser who was erased: the id must not come back.

        Asked within the `transaction` that stores it, nobody is erased between the two.

        Raises:
            Problem: 400.
        """
        named = organisers_of(request)
        if not named:
            return
        if transaction is None:
            with self.database.reading() as looking:
                gone = self.erasures.among(looking, named.values())
        else:
            gone = self.erasures.among_for_good(transaction, named.values())
        if gone:
            fields = [field for field, one in named.items() if one in gone]
            raise Problem(400, *(FieldError(field, NOT_THERE) for field in fields))

    def readiness(self, language: str) -> ReadinessAnswer:
        """Whether lists are given, and what is not as it should be."""
        state = self._state
        told = [*(state.reasons if state else ()), self._kept, self._unread, self._behind]
        return ReadinessAnswer(
            ready=state is not None,
            model_version=state.version if state else None,
            notes=[error.in_language(language) for error in told if error],
        )

    def recommend(
        self, request: RecommendationsRequest, language: str, caller: Caller = OPERATOR
    ) -> RecommendationsAnswer:
        """Lists for the employees asked about; on disk when this returns.

        Raises:
            Problem: someone is unknown, nothing was imported yet, or the audit log is broken.
        """
        answer, kept = self.listed(request, language, caller)
        try:
            gone = kept.result()
        except HuoliError as error:
            raise not_ready([error]) from error
        self.check_there(request, gone)
        return answer

    def listed(
        self, request: RecommendationsRequest, language: str, caller: Caller
    ) -> tuple[RecommendationsAnswer, "Future[Collection[str]]"]:
        """Lists, to be told only once the future is done: then they are on disk.

        It gives who was erased meanwhile: `check_there` refuses what would be told of them.

        Raises:
            Problem: someone is unknown, or nothing was imported yet.
        """
        return self.newest(lambda: self._listed(request, language, caller))

    def _listed(
        self, request: RecommendationsRequest, language: str, caller: Caller
    ) -> tuple[RecommendationsAnswer, "Future[Collection[str]]"]:
        state = self.state
        employees = _positions(state, request, self.erasures.known(request.asked))
        return self.lists_of(state, employees, request, language, caller)

    def check_there(self, request: RecommendationsRequest, gone: Collection[str]) -> None:
        """Refuse lists of people of whom none was kept, as they were erased meanwhile.

        Raises:
            Problem: 404, as of somebody unknown.
        """
        if not_told := set(request.asked).intersection(gone):
            _positions(self.state, request, not_told)

    def lists_of(
        self, state: State, employees: Ints, request: Wished, language: str, caller: Caller
    ) -> tuple[RecommendationsAnswer, "Future[Collection[str]]"]:
        """The lists of these people by a state, to be told only once the future is done."""
        ids = state.board.history.people.ids[employees].tolist()
        found, degraded = self._lists(state, employees, self._wishes(request, ids), language)
        lists = [EmployeeList(recommendation_id=str(uuid4()), **vars(one)) for one in found]
        basis = self._basis(state, request)
        if degraded:
            basis = replace(basis, model_version=None)
        n_personal = sum(one.personal for one in found)
        self.gave("personal", n_personal)
        self.gave("fallback" if degraded else "shared", len(found) - n_personal)
        told = [one.model_dump(exclude={"items"}) | {"items": ITEMS.dump_json(one.items).decode()}
                for one in lists]  # fmt: skip
        kept = self.keeping.keep(Given(basis, told, caller))
        return recommendations_answer(basis, lists, degraded, language), kept

    def nothing_of(self, state: State, request: Wished) -> RecommendationsAnswer:
        """The answer where nobody was asked about."""
        return recommendations_answer(self._basis(state, request), [], state.impersonal, "en")

    def is_quick(self, request: RecommendationsRequest) -> bool:
        """Whether a list takes well under a millisecond: read off, of one person, by no history."""
        state = self._state
        if state is None or request.employee_id is None or request.per_week is not None:
            return False
        place = state.board.history.people.places.get(request.employee_id, -1)
        return state.predictor is None or place < 0 or not state.table.lacks[place]

    def _wishes(self, request: Wished, employee_ids: Sequence[str]) -> Wishes:
        shown: Mapping[str, frozenset[str]] = {}
        if request.per_week is not None:
            shown = shown_since(self.database, employee_ids, clock.now() - timedelta(days=7))
        return Wishes(
            request.k, frozenset(request.exclude_activity_ids or ()), request.per_family,
            request.per_week, shown,
        )  # fmt: skip

    def _lists(
        self, state: State, employees: Ints, wishes: Wishes, language: str
    ) -> tuple[list[Suggestions], HuoliError | None]:
        """A list for each, and why none is personal where that is so."""
        why = state.impersonal
        if why is None:
            try:
                found = suggestions(state.table, state.predictor, employees, wishes, language)
            except NotReadyError as error:
                why = self._unread = error
            else:
                self._unread = None
                return found, None
        return suggestions(state.table, None, employees, wishes, language), why

    def forecast(self, request: ForecastsRequest, language: str) -> ForecastAnswer:
        """Who would come to the activity asked about.

        Raises:
            Problem: it cannot be forecast, or there is no model yet.
        """
        found = self.forecasted(request)
        answer = found.answer(language)
        self.keep_forecast(found, answer)
        return answer

    def forecasted(self, request: ForecastsRequest) -> Forecasted:
        """The forecast asked about, in no language yet; to be kept before it is told.

        Raises:
            Problem: it cannot be forecast, or there is no model yet.
        """
        return self.newest(lambda: self._forecast(request))

    def _forecast(self, request: ForecastsRequest) -> Forecasted:
        state, predictor = self.ready_state()
        self.check_organisers(request)
        subject = self.settled(
            subject_of(state.board, request), "draft.audience" if request.draft else "activity_id"
        )
        (forecast,) = _forecasts([subject], predictor, request.explain)
        return Forecasted(
            forecast, self._basis(state, request), state.degraded,
            check=partial(self.check_organisers, request),
        )  # fmt: skip

    def keep_forecast(self, found: Forecasted, answer: ForecastAnswer) -> None:
        """Put a forecast on record, as it is told; on disk when this returns.

        Raises:
            Problem: its organiser was erased meanwhile.
        """
        store_forecast(
            self.database, found.basis, forecast_record(found.forecast, answer), found.check
        )

    def audience(self, request: AudiencesRequest, language: str, caller: Caller) -> AudienceAnswer:
        """Whom to invite to the activity asked about.

        Raises:
            Problem: it cannot be forecast, a floor cannot be met, or there is no model yet.
        """
        answer = None
        while answer is None:
            answer = self.newest(lambda: self._audience(request, language, caller))
        return answer

    def _audience(
        self, request: AudiencesRequest, language: str, caller: Caller
    ) -> AudienceAnswer | None:
        """The audience; None where it may not be told, for what came meanwhile."""
        self.erasures.look(self.database)
        state, predictor = self.ready_state()
        subject = subject_of(state.board, ForecastsRequest(
            activity_id=request.activity_id, draft=request.draft, explain=False, language=None,
        ))  # fmt: skip
        people = state.board.history.people
        gone = self.erasures.known(people.ids[subject.invited].tolist())
        left = replace(subject, invited=candidates(subject, request, gone))
        floors = floors_of(subject, request, left.invited)
        key = subject.activity_id or str(subject.draft_hash)
        (everyone,) = _forecasts([left], predictor, explain=False)
        found = chosen(everyone.pairs, floors, request.size, key)
        # of drafts there are as many as are wanted, one hardly other than the next
        shared_key = subject.activity_id or ANY_DRAFT
        since = clock.now() - timedelta(days=REMEMBERED_DAYS)
        earlier = audiences_since(self.database, shared_key, since)
        there = set(people.ids[left.invited].tolist())
        best = people.ids[found].tolist()
        names, chosen_first = not_too_near(best, earlier.members, there)
        if len(names) < MIN_PEOPLE:
            raise Problem(422, FieldError("", NOBODY_LEFT, {"n": MIN_PEOPLE}))
        found = np.array(sorted(people.places[one] for one in names))
        settled = self.settled(replace(subject, invited=found), "size")
        (forecast,) = _forecasts([settled], predictor, explain=False)
        inside = np.isin(left.invited, found)
        words = []
        if chosen_first != best:
            words.append(Words(NEARLY_SAME, {"n": MIN_PEOPLE, "days": REMEMBERED_DAYS}))
        elif len(names) > request.size:
            words.append(Words(ALL_OF_THEM, {"n": MIN_PEOPLE}))
        words += forecast.of_others()
        counts = [int((floor.mask & inside).sum()) for floor in floors]
        words += [
            Words(SHORT_OF_FLOOR, {"team": one.team, "invited": n, "at_least": one.at_least})
            for one, n in zip(request.floors, counts, strict=True) if n < one.at_least
        ]  # fmt: skip
        basis = self._basis(state, request)
        answer = AudienceAnswer(
            audience_id=str(uuid4()), activity_id=subject.activity_id,
            draft_hash=subject.draft_hash, as_of=basis.as_of.isoformat(),
            data_until=basis.data_until.isoformat(), model_version=basis.model_version,
            unit=forecast.unit, eligible=len(left.invited), employee_ids=names,
            overall=forecast.overall,
            floors=[FloorAnswer(**one.model_dump(), invited=n)
                    for one, n in zip(request.floors, counts, strict=True)],
            notes=[render(one.template, one.values, language) for one in words],
        )  # fmt: skip
        try:
            told = answer.model_dump(mode="json")
            kept = store_audience(
                self.database,
                basis,
                shared_key,
                names,
                told,
                caller,
                earlier,
                self.erasures.among,
                chosen_first,
            )
        except HuoliError as error:
            raise not_ready([error]) from error
        return answer if kept else None

    def members(self, audience_id: str, activity_id: str, caller: Caller) -> list[str]:
        """Whom an audience of an activity was, told once more; without those erased since.

        Raises:
            Problem: 404, no such audience was given of the activity, or the audit log is broken.
        """
        stored = stored_audience(self.database, audience_id, activity_id)
        if stored is None:
            raise Problem(404, FieldError("audience_id", NOT_THERE))
        told, places = stored["answer"]["employee_ids"], self.state.board.history.people.places
        with self.database.begin() as transaction:
            gone = self.erasures.among(transaction, told)
            found = [one for one in told if one in places and one not in gone]
            append_entries(transaction, [Entry(caller, found)], self.erasures.among)
        return found

    def compare(self, request: CompareRequest, language: str) -> CompareAnswer:
        """Who would come, and how many more or fewer under changed designs.

        Raises:
            Problem: one of the designs cannot be forecast, or there is no model yet.
        """
        return self.newest(lambda: self._compare(request, language))

    def _compare(self, request: CompareRequest, language: str) -> CompareAnswer:
        state, predictor = self.ready_state()
        self.check_organisers(request)
        subject = subject_of(state.board, request)
        if any("audience" in changes for _, changes in request.asked):
            subject = without_answers(subject)
        variants = [varied(subject, state.board, dict(changes), path)
                    for path, changes in request.asked]  # fmt: skip
        check_audiences(subject, variants)
        invited = subject.invited
        subject = self.settled(subject, "draft.audience" if request.draft else "activity_id")
        variants = [
            # the same people are settled once
            replace(one, subject=_settled_like(subject, one.subject))
            if np.array_equal(one.subject.invited, invited)
            else replace(one, subject=self.settled(one.subject, f"{one.path}.audience"))
            for one in variants
        ]
        first = self._first(subject, predictor, request.explain)
        others = _forecasts([one.subject for one in variants], predictor, request.explain, first)
        differences = [Difference(first, other) for other in others]
        basis = self._basis(state, request)
        answer = CompareAnswer(
            comparison_id=str(uuid4()),
            forecast=forecast_answer(first, basis, language, state.degraded),
            variants=[
                variant_answer(variant, difference, basis, language)
                for variant, difference in zip(variants, differences, strict=True)
            ],
        )
        told = [answer.forecast, *(one.forecast for one in answer.variants)]
        records = [forecast_record(*one) for one in zip([first, *others], told, strict=True)]
        store_comparison(
            self.database, basis, records,
            {"comparison_id": answer.comparison_id, "answer": answer.model_dump(mode="json")},
            partial(self.check_organisers, request),
        )  # fmt: skip
        return answer

    def _first(self, subject: Subject, predictor: Predictor, explain: bool) -> Forecast:
        """The forecast that others are compared with, as it was computed for the last comparison.

        Raises:
            Problem: 503, employees' features cannot be read.
        """
        features = current_folder(self.home)
        found = None if explain else self._firsts.of(subject, predictor, features)
        if found is None:
            (found,) = _forecasts([subject], predictor, explain)
            if not explain:
                self._firsts.keep(found, predictor, features)
        return found

    def settled(self, subject: Subject, field: str) -> Subject:
        """The subject with whom, and in which groups, numbers may be told of.

        Raises:
            Problem: 422, beside earlier answers they would tell of a few people.
        """
        board = subject.board
        history, before = board.history, board.as_of - 1
        people = People(_codes_of(history.people), board.opted_out, history.people.ids)
        teams = {name: history.teams(name, before) for name in BREAKDOWNS}
        settled = self.audiences.settle(
            people, subject.invited, teams, subject.activity_id, clock.now(), field
        )
        return replace(subject, invited=settled.invited, settled=settled)

    def newest(self, asked: Callable[[], Found]) -> Found:
        """What is asked for; where it names something unknown, once more with what arrived since.

        Another worker may have been told of it a moment ago.

        Raises:
            Problem: whatever `asked` raises.
        """
        try:
            return asked()
        except Problem as problem:
            if problem.status != 404 or not self.keep_up():
                raise
            return asked()

    def ready_state(self) -> tuple[State, Predictor]:
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


_CODES: dict[str, Codes] = {}


def _codes_of(people: history_people.People) -> Codes:
    """The code of everyone; computed once for the same people."""
    if people.fingerprint not in _CODES:
        _CODES.clear()
        _CODES[people.fingerprint] = member_codes(people.ids)
    return _CODES[people.fingerprint]


def _positions(state: State, request: RecommendationsRequest, gone: set[str]) -> Ints:
    """Where those asked about are.

    Raises:
        Problem: 404, somebody is unknown or gone.
    """
    several = request.employee_ids is not None
    fields = [
        f"employee_ids[{number}]" if several else "employee_id"
        for number in range(len(request.asked))
    ]
    return employee_positions(state.board, request.asked, fields, gone)


def _with_shelf(state: State, shelf: Shelf) -> State:
    found = replace(state, shelf=shelf)
    found.table.ready()
    return found


def _settled_like(first: Subject, other: Subject) -> Subject:
    """The other design, told of the people and groups that the first one is told of."""
    return replace(other, invited=first.invited, settled=first.settled)


def _forecasts(
    subjects: Sequence[Subject], predictor: Predictor, explain: bool, like: Forecast | None = None
) -> Sequence[Forecast]:
    """The forecasts of the subjects; what `like` has read is not read again.

    Raises:
        Problem: 503, employees' features cannot be read.
    """
    try:
        # one after the other: side by side they wait for one another under load
        return [Forecast(one, predictor, explain, like) for one in subjects]
    except NotReadyError as error:
        raise not_ready([error]) from error
