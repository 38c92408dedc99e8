"""The forecast of an activity as pages show it: one computed lately, by its id on record.

A page that is opened anew, or read in the other language, shows the same forecast; so does the
list of activities. What changed since (models, tables, records) makes it computed anew.
"""

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from engagement.approvals import note_view
from engagement.records import records_after
from features import clock
from features.errors import HuoliError
from features.history.columns import Strings
from features.language import LANGUAGES, _
from serving.answers import ForecastAnswer
from serving.console.activity import Shown, activities_of
from serving.contract import ForecastsRequest
from serving.desk import Desk
from serving.problems import FieldError, Problem

# while answers arrive, a page may show a forecast that is so old
SECONDS = 60.0
# one of what nobody can sign up for yet changes less
DRAFT_SECONDS = 600.0
MOST_KEPT = 200
MOST_VIEWS = 10_000
FAILED = _("The forecast could not be computed; the service's log says why.")
LOG = logging.getLogger(__name__)
# the tables, the models and the activity's own version
Basis = tuple[str, str | None, str]
Name = TypeVar("Name")
One = TypeVar("One")


@dataclass(frozen=True)
class Kept:
    """A forecast in each language, the ids of whom it is of, what it rests on, when it was made."""

    answers: Mapping[str, ForecastAnswer]
    invited: Strings
    basis: Basis
    as_of: int
    made: float

    @property
    def seconds(self) -> float:
        """How long it is shown while answers arrive."""
        return SECONDS if self.answers["en"].stage == "open" else DRAFT_SECONDS


@dataclass(frozen=True)
class Refused:
    """Why there is no forecast, by what, and since when."""

    error: Problem | HuoliError
    basis: Basis
    as_of: int
    made: float
    seconds: float = SECONDS


class Forecasts:
    """The forecasts of one process; any thread may ask."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._refused: OrderedDict[str, Refused] = OrderedDict()
        # by activity the version that the list showed
        self._wanted: dict[str, str] = {}
        self._views: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._thread: threading.Thread | None = None
        self._computing = threading.Lock()
        # of what is kept, refused and wanted
        self._lock = threading.Lock()

    def of(self, activity_id: str) -> Mapping[str, ForecastAnswer]:
        """The forecast of an activity as it is now, explained, in each language; on record.

        Raises:
            Problem: it cannot be forecast, or there is no model yet.
        """
        return self.kept(activity_id).answers

    def kept(self, activity_id: str) -> Kept:
        """The same with whom it is of, which may be an audience told of before that is very near.

        Raises:
            Problem: it cannot be forecast, or there is no model yet.
        """
        return self._of(activity_id, activities_of(self.desk).get(activity_id).etag)

    def known(self, activity_id: str) -> Mapping[str, ForecastAnswer] | None:
        """The newest forecast that was computed for pages, which may be some time old."""
        found = self._kept.get(activity_id)
        return found.answers if found else None

    def prepare(self, activities: Iterable[Shown]) -> None:
        """Have the forecasts of these activities computed by and by, those missing or old."""
        wanted = {str(one.activity_id): one.etag for one in activities
                  if self._fresh(one.activity_id, one.etag) is None
                  and self.refused(one) is None}  # fmt: skip
        if not wanted:
            return
        with self._lock:
            self._wanted.update(wanted)
            if self._thread is not None and self._thread.is_alive():
                return
            thread = threading.Thread(target=self._prepare, name="forecasts", daemon=True)
            self._thread = thread
        thread.start()

    def is_coming(self, activity_id: str) -> bool:
        """Whether the forecast of an activity is being computed, or will be next."""
        return activity_id in self._wanted

    def refused(self, activity: Shown) -> Problem | HuoliError | None:
        """Why an activity could not be forecast, where that still holds."""
        found = self._refused.get(activity.activity_id)
        return found.error if found and self._holds(found, activity.etag) else None

    def forget(self, activity_id: str) -> None:
        """Compute the forecast of an activity anew, since it was changed."""
        with self._lock:
            self._kept.pop(activity_id, None)
            self._refused.pop(activity_id, None)

    def note_view(self, forecast_id: str, key_id: str) -> None:
        """Keep that a key was shown a forecast, the first time that it was."""
        view = forecast_id, key_id
        if view in self._views:
            return
        try:
            note_view(self.desk.database, forecast_id, key_id, clock.now())
        except HuoliError:
            # the page is there to be read all the same; the next view is noted
            LOG.exception("a view of a forecast could not be noted")
            return
        with self._lock:
            _put(self._views, view, None, MOST_VIEWS)

    def _prepare(self) -> None:
        while wanted := self._next():
            activity_id, etag = wanted
            try:
                self._of(activity_id, etag)
            except (Problem, HuoliError) as error:
                self._refuse(activity_id, etag, error)
            except Exception:
                LOG.exception("a forecast for the list failed")
                self._refuse(activity_id, etag, Problem(500, FieldError("", FAILED)))
            finally:
                with self._lock:
                    self._wanted.pop(activity_id, None)

    def _next(self) -> tuple[str, str] | None:
        with self._lock:
            found = next(iter(self._wanted.items()), None)
            if found is None:
                # whoever wants one from now on starts another thread
                self._thread = None
            return found

    def _refuse(self, activity_id: str, etag: str, error: Problem | HuoliError) -> None:
        """Tell the list, and whoever opens its page, why there is none."""
        state = self.desk.state
        found = Refused(error, self._basis(etag), state.board.as_of, time.monotonic())
        with self._lock:
            self._kept.pop(activity_id, None)
            _put(self._refused, activity_id, found)

    def _of(self, activity_id: str, etag: str) -> Kept:
        # another worker may have been told of a change that this one has not worked in
        if records_after(self.desk.database, self.desk.state.newest_record):
            self.desk.keep_up()
        found = self._fresh(activity_id, etag)
        if found is None:
            with self._computing:
                found = self._fresh(activity_id, etag) or self._computed(activity_id, etag)
        return found

    def _fresh(self, activity_id: str, etag: str) -> Kept | None:
        with self._lock:
            found = self._kept.get(activity_id)
            if found is None or not self._holds(found, etag):
                return None
            self._kept.move_to_end(activity_id)
            return found

    def _holds(self, found: Kept | Refused, etag: str) -> bool:
        state = self.desk.loaded
        if state is None or found.basis != self._basis(etag):
            return False
        is_young = time.monotonic() - found.made < found.seconds
        return is_young or found.as_of == state.board.as_of

    def _computed(self, activity_id: str, etag: str) -> Kept:
        basis, state = self._basis(etag), self.desk.state
        request = ForecastsRequest(
            activity_id=activity_id, draft=None, explain=True, language=None
        )  # fmt: skip
        found = self.desk.forecasted(request)
        answers = {language: found.answer(language) for language in LANGUAGES}
        self.desk.keep_forecast(found, answers["en"])
        subject = found.forecast.subject
        invited = subject.board.history.people.ids[subject.invited]
        kept = Kept(answers, invited, basis, state.board.as_of, time.monotonic())
        with self._lock:
            _put(self._kept, activity_id, kept)
        return kept

    def _basis(self, etag: str) -> Basis:
        state = self.desk.state
        return state.snapshot, state.version, etag


def _put(kept: OrderedDict[Name, One], name: Name, one: One, most: int | None = None) -> None:
    """Keep one as the newest; the oldest go where they are many."""
    kept[name] = one
    kept.move_to_end(name)
    while len(kept) > (most or MOST_KEPT):
        kept.popitem(last=False)
