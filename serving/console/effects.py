"""What came of an activity, gathered: turnout, what was expected of it, feedback, its series."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from serving.console.activity import Shown
from serving.console.circumstances import Circumstances, circumstances_of, others_of
from serving.console.judged import (
    Against,
    Approved,
    TeamLine,
    against_past,
    against_told,
    approved_of,
    lines_of,
)
from serving.console.marks import Marks, marks_of
from serving.console.outcome import Outcome, outcome_of, teams_of
from serving.console.reasons import Reason, reasons_of
from serving.console.series import Run, runs_of, series_of
from serving.console.usual import usual_percents
from serving.desk import Desk
from serving.privacy import MIN_PEOPLE

# percentage points by which turnout must differ from the usual to count as up or down, those within
# which it is as usual, and those by which a team must stay below its own usual to be named
POINTS, NEAR, FAR = 5, 3, 10
MOST_NAMED = 5


@dataclass(frozen=True)
class Effect:
    """All that is told of one activity; `lacks` says why there is little: "" where there is not.

    `against` is the approved forecast, or where nothing was approved that of a check made later
    (`is_check`).
    """

    activity: Shown
    lacks: str
    outcome: Outcome | None = None
    marks: Marks = field(default_factory=Marks)
    approved: Approved | None = None
    against: Against | None = None
    is_check: bool = False
    usual: int | None = None
    lines: Mapping[str, Sequence[TeamLine]] = field(default_factory=dict)
    runs: Sequence[Run] = ()
    circumstances: Mapping[int, Circumstances] = field(default_factory=dict)
    reasons: Sequence[Reason] = ()

    @property
    def is_running(self) -> bool:
        """Whether more may still come, so that nothing is judged yet."""
        return bool(self.activity.phase == "running")

    @property
    def direction(self) -> int:
        """Whether more (1) or fewer (-1) came than forecast, or else than usual; 0: neither."""
        if self.against and self.against.outside:
            return 1 if self.against.outside > 0 else -1
        if self.usual is None or self.outcome is None:
            return 0
        less = self.outcome.percent - self.usual
        return (less >= POINTS) - (less <= -POINTS)

    @property
    def is_as_usual(self) -> bool:
        """Whether turnout is near the usual and not outside its forecast: nothing to explain."""
        if self.usual is None or self.outcome is None or (self.against and self.against.outside):
            return False
        return abs(self.outcome.percent - self.usual) <= NEAR

    @property
    def far_below(self) -> list[tuple[TeamLine, int]]:
        """The functions shown alone that came far below their usual rate, and that rate.

        The furthest first.
        """
        found = [(line, line.usual) for line in self.lines.get("function", ())
                 if not line.part.merged and line.usual is not None
                 and line.usual - line.part.percent >= FAR]  # fmt: skip
        return sorted(found, key=lambda one: one[0].part.percent - one[1])[:MOST_NAMED]


def effect_of(desk: Desk, activity: Shown) -> Effect:
    """What came of an activity, as far as is known."""
    board = desk.state.board
    place = board.history.activity_index(activity.activity_id)
    if activity.is_ahead or place < 0:
        return Effect(activity, "ahead")
    approved = approved_of(desk.database, activity.activity_id)
    told = approved.told if approved else None
    outcome = outcome_of(board, place, told.unit if told else None)
    lacks = lacking(activity, outcome)
    if lacks:
        return Effect(activity, lacks, outcome, approved=approved)
    against = against_told(outcome.came, told.overall) if told else None
    is_check = False
    if against is None and desk.state.predictor:
        against = against_past(outcome.came, desk.state.predictor.past, activity.activity_id)
        is_check = against is not None
    (usual,) = usual_percents(board, place, outcome.starts, [outcome.invited])
    runs = series_of(board, place)
    others = others_of(board, place, runs)
    circumstances = {one.place: circumstances_of(board, one) for one in [outcome, *others, *runs]}
    # from one moment to the next, numbers of teams would tell what one person did
    teams = {} if activity.phase == "running" else teams_of(board, outcome, told)
    found = Effect(
        activity, "", outcome, marks_of(desk, activity.activity_id), approved, against, is_check,
        usual, lines_of(board, outcome, teams, told),
        runs_of(board, desk.database, runs), circumstances,
    )  # fmt: skip
    if found.is_running:
        return found
    beside = [circumstances[one.place] for one in others]
    reasons = reasons_of(board, circumstances[place], beside, found.direction)
    return replace(found, reasons=reasons)


def lacking(activity: Shown, outcome: Outcome) -> str:
    """Why there is nothing to tell of turnout: a name, "" where there is something."""
    if activity.phase == "cancelled":
        return "cancelled"
    if not outcome.n_invited:
        return "nobody"
    if outcome.n_invited < MIN_PEOPLE:
        return "few"
    return "" if outcome.is_recorded else "waiting"
