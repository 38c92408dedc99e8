"""The forecast of an activity as pages show it: one computed lately, by its id on record.

A page that is opened anew, or read in the other language, shows the same forecast; so does the
list of activities. What changed since (models, tables, records) makes it computed anew.
"""

import logging
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from features.errors import HuoliError
from features.history.columns import Strings
from features.language import LANGUAGES
from serving.answers import ForecastAnswer
from serving.contract import ForecastsRequest
from serving.desk import Desk
from serving.problems import Problem

# while answers arrive, a page may show a forecast that is so old
SECONDS = 60.0
LOG = logging.getLogger(__name__)
Basis = tuple[str, str | None, int]


@dataclass(frozen=True)
class Kept:
    """A forecast in each language, the ids of whom it is of, what it rests on, when it was made."""

    answers: Mapping[str, ForecastAnswer]
    invited: Strings
    basis: Basis
    as_of: int
    made: float


class Forecasts:
    """The forecasts of one process; any thread may ask."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._kept: dict[str, Kept] = {}
        self._computing = threading.Lock()
        self._wanted: dict[str, None] = {}
        self._refused: dict[str, tuple[Basis, Problem | HuoliError]] = {}
        self._thread: threading.Thread | None = None

    def of(self, activity_id: str) -> Mapping[str, ForecastAnswer]:
        """The forecast of an activity, explained, in each language; on record.

        Raises:
            Problem: it cannot be forecast, or there is no model yet.
        """
        return self.kept(activity_id).answers

    def kept(self, activity_id: str) -> Kept:
        """The same with whom it is of, which may be an audience told of before that is very near.

        Raises:
            Problem: it cannot be forecast, or there is no model yet.
        """
        found = self._fresh(activity_id)
        if found is None:
            with self._computing:
                found = self._fresh(activity_id) or self._computed(activity_id)
        return found

    def known(self, activity_id: str) -> Mapping[str, ForecastAnswer] | None:
        """The newest forecast that was computed for pages, which may be some time old."""
        found = self._kept.get(activity_id)
        return found.answers if found else None

    def prepare(self, activity_ids: Iterable[str]) -> None:
        """Have the forecasts of these activities computed by and by, those missing or old."""
        wanted = [one for one in activity_ids
                  if self._fresh(one) is None and self.refused(one) is None]  # fmt: skip
        if not wanted:
            return
        self._wanted.update(dict.fromkeys(wanted))
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._prepare, name="forecasts", daemon=True)
            self._thread.start()

    def is_coming(self, activity_id: str) -> bool:
        """Whether the forecast of an activity is being computed, or will be next."""
        return activity_id in self._wanted

    def refused(self, activity_id: str) -> Problem | HuoliError | None:
        """Why an activity could not be forecast, where that still holds."""
        found = self._refused.get(activity_id)
        return found[1] if found and found[0] == self._basis() else None

    def forget(self, activity_id: str) -> None:
        """Compute the forecast of an activity anew, since it was changed."""
        self._kept.pop(activity_id, None)
        self._refused.pop(activity_id, None)

    def _prepare(self) -> None:
        while self._wanted:
            activity_id, basis = next(iter(self._wanted)), self._basis()
            try:
                self.of(activity_id)
            except (Problem, HuoliError) as error:
                # the list, and whoever opens its page, is told why there is none
                self._kept.pop(activity_id, None)
                self._refused[activity_id] = basis, error
            finally:
                self._wanted.pop(activity_id, None)

    def _fresh(self, activity_id: str) -> Kept | None:
        found, state = self._kept.get(activity_id), self.desk.loaded
        if found is None or state is None or found.basis != self._basis():
            return None
        is_young = time.monotonic() - found.made < SECONDS
        return found if is_young or found.as_of == state.board.as_of else None

    def _computed(self, activity_id: str) -> Kept:
        basis, state = self._basis(), self.desk.state
        request = ForecastsRequest(
            activity_id=activity_id, draft=None, explain=True, language=None
        )  # fmt: skip
        found = self.desk.forecasted(request)
        answers = {language: found.answer(language) for language in LANGUAGES}
        self.desk.keep_forecast(found, answers["en"])
        subject = found.forecast.subject
        invited = subject.board.history.people.ids[subject.invited]
        kept = Kept(answers, invited, basis, state.board.as_of, time.monotonic())
        self._kept[activity_id] = kept
        return kept

    def _basis(self) -> Basis:
        state = self.desk.state
        return state.snapshot, state.version, state.newest_record
