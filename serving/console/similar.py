"""Past activities like one that is ahead: what was forecast of them, and how many came."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engagement.answers import stored_forecast
from engagement.approvals import newest_approvals
from features.history.columns import Floats, Ints
from features.language import _
from serving.console.case import Case
from serving.console.judged import whole_span
from serving.console.lately import over_by_now
from serving.console.outcome import outcome_of
from serving.console.pictures import Picture, Table, picture
from serving.console.rendering import day_text
from serving.console.review_charts import forecast_and_outcome
from serving.predictor import PastForecast
from serving.privacy import MIN_PEOPLE

MOST = 8
# how much each counts in likeness: kind, topics, people, slot
WEIGHTS = (0.4, 0.25, 0.2, 0.15)
NEAR_HOURS = 1.5
# of fewer forecasts nothing is said of how far they hold
FEW, LATEST = 10, 40
APPROVED, TESTED = _("approved before it"), _("test on the past")


@dataclass(frozen=True)
class Like:
    """One past activity, `likeness` from 0 to 1; `span` is low, expected, high."""

    activity_id: str
    title: str
    starts_at: str
    zone: str | None
    likeness: float
    invited: int
    came: int
    span: tuple[int, int, int] | None
    source: str | None


@dataclass(frozen=True)
class Trust:
    """How forecasts of past activities held, of models that had not seen them."""

    n: int
    inside: int
    typical_error: int
    typical_size: int
    of_this_kind: bool

    @property
    def is_few(self) -> bool:
        """Whether they are too few to tell."""
        return self.n < FEW


def similar(case: Case) -> list[Like]:
    """The past activities most like this one, the most alike first."""
    board = case.board
    past = over_by_now(board)
    past = past[past != case.place]
    likeness = _likeness(case, past)
    # among equals the newer
    order = np.lexsort((-board.history.activities.starts[board.rows[past]], -likeness.round(2)))
    found: list[Like] = []
    spans = _Spans(case)
    for at in order.tolist():
        one = _like(case, int(past[at]), float(likeness[at]), spans)
        if one.invited >= MIN_PEOPLE:
            found.append(one)
        if len(found) == MOST:
            break
    return found


def _likeness(case: Case, past: Ints) -> Floats:
    board, activities = case.board, case.board.history.activities
    rows, row = board.rows[past], case.row
    kind = board.template[past] == board.template[case.place]
    tags = np.asarray((activities.tags[rows] @ activities.tags[[row]].T).todense()).ravel()
    norm = np.sqrt(activities.tags.multiply(activities.tags).sum(axis=1)).A1
    topics = tags / np.maximum(norm[rows] * norm[row], 1e-9)
    people = np.array([_shared(case, int(one)) for one in past])
    gap = np.abs(activities.local_hour[rows] - activities.local_hour[row])
    near = np.minimum(gap, 24 - gap) <= NEAR_HOURS
    weekend = (activities.weekday[rows] >= 5) == (activities.weekday[row] >= 5)
    parts = np.stack([kind & (board.template[past] >= 0), topics, people, near & weekend])
    found: Floats = np.array(WEIGHTS) @ parts.astype(float)
    return found


def _shared(case: Case, activity: int) -> float:
    """The share that both have, of all whom either invites."""
    asked = case.board.history.invited_by_start(activity)
    return float((asked & case.invited).sum() / max(int((asked | case.invited).sum()), 1))


class _Spans:
    """What was forecast of an activity before it: as approved, or else in the test on the past."""

    def __init__(self, case: Case) -> None:
        self.database = case.visit.desk.database
        self.approvals = newest_approvals(self.database)
        predictor = case.visit.desk.state.predictor
        self.tested = {one.activity_id: one for one in (predictor.past if predictor else ())}

    def of(self, activity_id: str) -> tuple[tuple[int, int, int] | None, str | None]:
        """(low, expected, high; which forecast it is)."""
        approval = self.approvals.get(activity_id)
        stored = stored_forecast(self.database, approval.forecast_id) if approval else None
        if stored:
            count = stored["answer"]["overall"]
            return (count["low"], count["expected"], count["high"]), APPROVED
        one = self.tested.get(activity_id)
        if one is None:
            return None, None
        expected, low, high = whole_span(one)
        return (low, expected, high), TESTED


def _like(case: Case, activity: int, likeness: float, spans: _Spans) -> Like:
    board = case.board
    activity_id = str(board.history.activities.ids[activity])
    span, source = spans.of(activity_id)
    outcome = outcome_of(board, activity)
    zone = board.history.activities.table["timezone"][int(board.rows[activity])].as_py()
    return Like(
        activity_id, board.title(activity), board.starts_at(activity), zone, likeness,
        outcome.n_invited, outcome.came, span, source,
    )  # fmt: skip


def similar_picture(case: Case, likes: Sequence[Like]) -> Picture | None:
    """What was forecast of them and how many came; None where there are none."""
    if not likes:
        return None
    say, language = case.visit.say, case.visit.language
    heads = (_("Activity"), _("Day"), _("Alike"), _("Invited"), _("Forecast"), _("Took part"),
             _("Which forecast"))  # fmt: skip
    table = Table(
        [say(head) for head in heads],
        [[one.title, day_text(one.starts_at, language, one.zone), f"{round(100 * one.likeness)}%",
          one.invited, _span_text(one.span), one.came, say(one.source) if one.source else "–"]
         for one in likes],
    )  # fmt: skip
    rows = [(one.title, (one.span[0], one.span[1], one.span[2]) if one.span else None, one.came)
            for one in likes]  # fmt: skip
    names = (say("forecast before it, and its range"), say("came"))
    alt = say("Similar past activities: what was forecast, and how many came")
    arguments = {"rows": rows, "label": say("people"), "names": names}
    return picture(forecast_and_outcome, arguments, alt, table)


def _span_text(span: tuple[int, int, int] | None) -> str:
    return f"{span[1]} ({span[0]}–{span[2]})" if span else "–"


def trust(case: Case) -> Trust | None:
    """How far forecasts of this kind held, or of all kinds where those are few; None: untested."""
    predictor = case.visit.desk.state.predictor
    past = list(predictor.past) if predictor else []
    if not past:
        return None
    same = [one for one in past if _is_of_kind(case, one)]
    of_this_kind = len(same) >= FEW
    return trust_of((same if of_this_kind else past)[-LATEST:], of_this_kind)


def trust_of(past: Sequence[PastForecast], of_this_kind: bool) -> Trust:
    """How these forecasts held."""
    errors = [abs(one.came - one.expected) for one in past]
    return Trust(
        len(past), sum(np.floor(one.low) <= one.came <= np.ceil(one.high) for one in past),
        round(float(np.median(errors))), round(float(np.median([one.came for one in past]))),
        of_this_kind,
    )  # fmt: skip


def _is_of_kind(case: Case, one: PastForecast) -> bool:
    place = case.board.history.activity_index(one.activity_id)
    kind = int(case.board.template[case.place])
    return place >= 0 and kind >= 0 and int(case.board.template[place]) == kind
