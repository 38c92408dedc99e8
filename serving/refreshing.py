"""Keeps the shelf's chances up with what happens: whom it concerns first, everyone else after.

What a person does moves that person's chances everywhere, and those of colleagues at the activity
answered: they are computed anew within a moment. It also moves everyone's chances a little, by how
many have registered and by what people alike did: whole columns follow, no more of them at a time
than leave the cores to those who ask.
"""

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from features.errors import NotReadyError
from features.history.columns import HOUR, Ints
from serving.desk import Desk
from serving.state import State, missing

LOOK_SECONDS = 0.05
# whom events concern is computed together, so often: most of a round is the same for few and many
ROUND_SECONDS = 0.3
# after a whole column that many times as long is left to whoever asks
RESTS = 4.0
# what days alone have moved, as how long it is until an activity starts
OLD = HOUR // 6
NEVER_YET = float("-inf")
LOG = logging.getLogger(__name__)


class Moved:
    """What events have moved and nobody has computed anew yet; safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._near: dict[str, set[str]] = {}
        # when events last moved anything, when each activity was last answered, and when each
        # column was last begun
        self._moved = NEVER_YET
        self._answered: dict[str, float] = {}
        self._begun: dict[str, float] = {}
        self._turn = 0

    def note(self, events: Sequence[Mapping[str, Any]], records: bool = False) -> None:
        """Remember what the events move; records of people and activities move as much."""
        with self._lock:
            self._moved = now = time.monotonic()
            for event in events:
                who, what = str(event["employee_id"]), str(event["activity_id"])
                self._near.setdefault(what, set()).add(who)
                self._answered[what] = now

    def note_again(self, near: Mapping[str, set[str]]) -> None:
        """Remember what was taken and could not be computed."""
        with self._lock:
            for what, people in near.items():
                self._near.setdefault(what, set()).update(people)

    def taken(self) -> dict[str, set[str]]:
        """Who did something since this was last asked, by activity."""
        with self._lock:
            found, self._near = self._near, {}
        return found

    def begun(self, activity_id: str, at: float) -> None:
        """The whole column was computed from what was known at a moment."""
        with self._lock:
            self._begun[activity_id] = at
            if self._answered.get(activity_id, at) < at:
                del self._answered[activity_id]

    def next_of(self, activity_ids: Sequence[str]) -> str | None:
        """Whose column is to be computed anew next; None where nothing moved since.

        What was answered and what is oldest take turns: what is said of one activity moves
        everyone's chances there, and a little at all others.
        """
        with self._lock:
            due = [one for one in activity_ids if self._begun.get(one, NEVER_YET) < self._moved]
            if not due:
                return None
            self._turn += 1
            answered = [one for one in due if one in self._answered] if self._turn % 2 else []
            return min(answered or due, key=lambda one: self._begun.get(one, NEVER_YET))


class Refreshing:
    """A thread that computes anew; who asks only reads."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.moved = Moved()
        desk.told = self.moved.note
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="huoli-lists", daemon=True)
        self._rest_until = 0.0
        self._next_round = 0.0

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, once what is being computed is."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stopped.wait(LOOK_SECONDS):
            try:
                self.look()
            except NotReadyError:
                # the state will tell why; a list asked for says so too
                self._rest_until = time.monotonic() + 1.0
            except Exception:
                LOG.exception("chances could not be computed anew")
                self._rest_until = time.monotonic() + 1.0

    def look(self) -> None:
        """Compute anew whom events concern, or else one whole column that is due."""
        state = self.desk.loaded
        if state is None or state.impersonal or state.predictor is None:
            return
        now = time.monotonic()
        if now >= self._next_round:
            near = self.moved.taken()
            if near:
                self._urgent(state, near)
                took = time.monotonic() - now
                self._next_round = now + max(ROUND_SECONDS, 1.5 * took)
        if time.monotonic() < self._rest_until and missing(state) is None:
            return
        state = self.desk.state
        column = due(state, self.moved)
        if column is not None:
            self._whole(state, column)

    def _urgent(self, state: State, near: Mapping[str, set[str]]) -> None:
        assert state.predictor is not None  # noqa: S101
        places = state.board.history.people.places
        people = set().union(*near.values())
        who = np.array([places[one] for one in people if one in places], dtype=np.int64)
        wanted = {}
        for column, activity in enumerate(state.board.open.tolist()):
            acted = near.get(state.table.heads[column][0], ())
            of_activity = np.array([places[one] for one in acted if one in places], dtype=np.int64)
            employees = who
            if len(of_activity):
                employees = np.union1d(who, state.predictor.colleagues(of_activity))
            employees = np.intersect1d(employees, concerned(state, column))
            # a column that is missing altogether is computed whole
            if len(employees) and state.table.columns[column] is not None:
                wanted[activity] = employees
        if wanted and not self._shelved(state, wanted):
            self.moved.note_again(near)

    def _shelved(self, state: State, wanted: Mapping[int, Ints], whole: bool = False) -> bool:
        names = [str(state.board.history.activities.ids[one]) for one in wanted]
        return self.desk.shelve(state, state.renewed(wanted, whole), names)

    def _whole(self, state: State, column: int) -> None:
        began = time.monotonic()
        employees = concerned(state, column)
        name = state.table.heads[column][0]
        if len(employees):
            wanted = {int(state.board.open[column]): employees}
            if not self._shelved(state, wanted, whole=True):
                return
        self.moved.begun(name, began)
        now = time.monotonic()
        self._rest_until = now + RESTS * (now - began)


def made_ready(state: State) -> State:
    """The state with everything computed that can be asked for; as it is where that cannot be."""
    if state.impersonal or state.predictor is None:
        return state
    try:
        while (column := missing(state)) is not None:
            wanted = {int(state.board.open[column]): concerned(state, column)}
            state = replace(state, shelf=state.renewed(wanted, whole=True))
    except NotReadyError:
        # a list asked for says why
        return state
    state.table.ready()
    return state


def concerned(state: State, column: int) -> Ints:
    """Who may be suggested an open activity, but for those who refuse profiling."""
    board = state.board
    return np.flatnonzero(board.invited[:, column] & ~board.answered[:, column] & ~board.opted_out)


def due(state: State, moved: Moved) -> int | None:
    """The open activity whose column is to be computed next; None where all are as they should."""
    found = missing(state)
    if found is not None:
        return found
    names = [head[0] for head in state.table.heads]
    name = moved.next_of(names)
    if name is not None:
        return names.index(name)
    old = [(column.as_of, number) for number, column in enumerate(state.table.columns)
           if column is not None and column.as_of < state.board.as_of - OLD]  # fmt: skip
    return min(old)[1] if old else None
