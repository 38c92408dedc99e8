"""Searches for designs, one after the other in a thread of their own that gives way to calls."""

import logging
import os
import queue
import threading
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from uuid import uuid4

from engagement.designs import Job, add_design, design_of, end_design, still_wanted
from features import clock
from features.errors import HuoliError
from features.language import _, render
from serving.answers import DesignsAnswer, DesignsFound
from serving.contract import DesignsRequest, ForecastsRequest, organisers_of
from serving.designing import Search, basis_of
from serving.desk import Desk
from serving.problems import FieldError, Problem, not_ready
from serving.subject import subject_of

NO_SEARCH = _("is no search for designs")
TOO_MANY = _("{n} searches wait already; ask again when some are done, or cancel one")
BROKEN_OFF = _("The search was broken off: the service ended, or something failed; ask again")
MOST_WAITING = 20
# of ten, how much others go first: whoever asks waits for answers, not for this
GIVES_WAY = 10


@dataclass(frozen=True)
class _Asked:
    design_id: str
    search: Search
    language: str
    basis: dict[str, object]


class Designs:
    """The searches of one worker; any worker tells of them, and stops them, by the database."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._waiting: queue.Queue[_Asked] = queue.Queue()
        self._ids: list[str] = []
        self._lock = threading.Lock()
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None

    def ask(self, request: DesignsRequest, language: str) -> DesignsAnswer:
        """Check the request and put the search in line.

        Raises:
            Problem: a design cannot be forecast, too many wait, or there is no model yet.
        """
        if len(self._ids) >= MOST_WAITING:
            raise Problem(429, FieldError("", TOO_MANY, {"n": MOST_WAITING}))
        search, basis = self._search(request)
        design_id, now = str(uuid4()), clock.now()
        content = request.model_dump(mode="json", exclude_none=True)
        try:
            check = partial(self.desk.check_organisers, request)
            add_design(self.desk.database, design_id, content, request.trials, now, check)
        except HuoliError as error:
            raise not_ready([error]) from error
        with self._lock:
            self._ids.append(design_id)
            self._waiting.put(_Asked(design_id, search, language, basis))
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="designs", daemon=True)
                self._thread.start()
        return self.read(design_id, language)

    def read(self, design_id: str, language: str) -> DesignsAnswer:
        """A search as far as it is.

        Raises:
            Problem: 404, there is none of that id.
        """
        job = design_of(self.desk.database, design_id)
        if job is None:
            raise Problem(404, FieldError("design_id", NO_SEARCH))
        return _answer(job, language)

    def cancel(self, design_id: str, language: str) -> DesignsAnswer:
        """Stop a search; one that has ended stays as it is.

        Raises:
            Problem: 404, there is none of that id.
        """
        end_design(self.desk.database, design_id, "cancelled")
        return self.read(design_id, language)

    def stop(self) -> None:
        """End what is going on; searches that wait still or are at work have failed."""
        self._ending.set()
        if self._thread is not None:
            self._thread.join(10)
        for design_id in list(self._ids):
            with suppress(HuoliError):
                end_design(self.desk.database, design_id, "failed")

    def _search(self, request: DesignsRequest) -> tuple[Search, dict[str, object]]:
        desk = self.desk
        state, predictor = desk.ready_state()
        desk.check_organisers(request)
        subject = subject_of(state.board, ForecastsRequest(
            activity_id=request.activity_id, draft=request.draft, explain=False, language=None,
        ))  # fmt: skip
        basis = basis_of(state.as_of, state.data_until, state.version)
        try:
            return Search(request, subject, predictor, desk.settled), basis
        except HuoliError as error:
            raise not_ready([error]) from error

    def _work(self) -> None:
        with suppress(OSError, AttributeError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), GIVES_WAY)
        while not self._ending.is_set():
            try:
                asked = self._waiting.get(timeout=0.5)
            except queue.Empty:
                continue
            try:
                self._run(asked)
            except Exception:
                logging.getLogger("huoli").exception("a search for designs failed")
                with suppress(HuoliError):
                    end_design(self.desk.database, asked.design_id, "failed")
            finally:
                self._ids.remove(asked.design_id)

    def _run(self, asked: _Asked) -> None:
        database = self.desk.database

        def go_on(n_done: int) -> bool:
            wanted = still_wanted(database, asked.design_id, n_done, list(self._ids))
            return wanted and not self._ending.is_set()

        if not go_on(0):
            return
        tried = asked.search.run(go_on)
        if self._ending.is_set() or not tried:
            return
        still_wanted(database, asked.design_id, len(tried), list(self._ids))
        found = asked.search.found(tried, asked.basis, asked.language)
        end_design(
            database, asked.design_id, "done", found.model_dump(mode="json"),
            # every id in the answer is one of the request
            list(organisers_of(asked.search.request).values()), self.desk.erasures.among_for_good,
        )  # fmt: skip


def _answer(job: Job, language: str) -> DesignsAnswer:
    notes = [render(BROKEN_OFF, {}, language)] if job.state == "failed" else []
    return DesignsAnswer(
        design_id=job.design_id, requested_at=job.requested_at.isoformat(), state=job.state,
        trials=job.trials, trials_done=job.trials_done,
        found=DesignsFound.model_validate(job.answer) if job.answer else None, notes=notes,
    )  # fmt: skip
