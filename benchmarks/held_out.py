"""Forecasts of a simulated company's activities by models that had not seen them, and the truth.

The last year is replayed: models are refitted each quarter as `huoli train` fits them, on what was
known by then, and forecast the activities asked about until the next refit. Coming activities are
forecast by the champion, as the service does.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from measuring import Company, coming
from running import note

from features.history.columns import DAY, Bools, Floats, Ints
from features.history.history import History
from sample_company import truth
from sample_company.world import World
from serving.forecast import BREAKDOWNS, Forecast
from serving.predictor import Counts
from serving.subject import Subject
from training.affinity import fit_as_time_goes, quarterly
from training.backtest import counts_known, spans
from training.baselines import base_rate, kept_rate, own_group, own_rate
from training.fitting import FOLD_DAYS, FOLDS, LEAD_DAYS, Models, snapped
from training.headcounts import HeadcountModel
from training.labels import labels_from
from training.luck import fit_headcounts
from training.plan import first_and_last_start, lead_blocks, n_started
from training.predicting import Now, PairProbabilities
from training.rolling import OutOfSample, predict_forward
from training.rows import Asked, EmployeeFeatures, Rows, build_rows

# so many refits, FOLD_DAYS apart, are judged; FOLDS more go before them, to calibrate
N_JUDGED = 4
MIN_INVITED = 5
N_REDRAWN = 200
MODEL = "Huoli"
MONTH = 30.4 * DAY


@dataclass(frozen=True)
class HeldOut:
    """One activity: its forecast, and what the simulator knows of the same people.

    Arrays are by person asked about, in the forecast's order; `late` are those who were invited
    afterwards; `months` of history were learnt from. `drawn` and `late_drawn` are redraws of who
    takes part, the latter summed; `happened` and `late_happened` what did. `p` holds probabilities
    by method, for past activities alone.
    """

    activity_id: str
    months: int
    counts: Counts
    teams: dict[str, np.ndarray]
    p: dict[str, Floats]
    true: Floats
    drawn: Bools
    late_drawn: Ints
    happened: Bools
    late_happened: int


def past_forecasts(
    world: World, history: History, until: int, own: EmployeeFeatures
) -> Iterator[HeldOut]:
    """Activities that started in the year before `until` (microseconds), none seen by its model."""
    labels = labels_from(history)
    first, _ = first_and_last_start(history)
    blocks = snapped(lead_blocks(history, first, until, LEAD_DAYS))
    fits = fit_as_time_goes(history, quarterly(first + 60 * DAY, until))
    rows = build_rows(Asked(history, labels, "launch", fits, own), blocks)
    refits = [until - fold * FOLD_DAYS * DAY for fold in range(FOLDS + N_JUDGED, 0, -1)]
    refits = [at for at in refits if at > first]
    found, models = predict_forward(rows, rows, refits, _told)
    p = _by_method(rows, found, refits)
    places = spans(rows)
    for at, stages in models[-N_JUDGED:]:
        counts = _head_counts(history, rows, found, at, refits)
        bundle = Models(stages, stages, counts, None, pd.Series(dtype=float), at)
        for activity, place in places.items():
            as_of = int(rows.as_of[place][0])
            if at <= as_of < at + FOLD_DAYS * DAY and place.stop - place.start >= MIN_INVITED:
                yield _past_forecast(world, Now(bundle, history, as_of), rows, p, activity, place)


def _told(refits: list[Any]) -> Iterator[Any]:
    """The refits, each announced as its turn comes."""
    for number, refit in enumerate(refits, start=1):
        note(f"refit {number} of {len(refits)}")
        yield refit


def coming_forecasts(company: Company) -> Iterator[HeldOut]:
    """The activities still to start, by the champion, in the way of the service."""
    board = company.board
    for activity in coming(board).tolist():
        invited = np.flatnonzero(board.history.invited(activity, board.as_of - 1))
        activity_id = str(board.history.activities.ids[activity])
        if len(invited) >= MIN_INVITED and activity_id in company.world.activities:
            subject = Subject(board, activity, "launch", invited, activity_id)
            counts = Forecast(subject, company.predictor).counts
            yield _beside_truth(company.world, board.history, activity, board.as_of, invited,
                                counts, board.as_of)  # fmt: skip


def _head_counts(
    history: History, rows: Rows, found: OutOfSample, at: int, refits: list[int]
) -> HeadcountModel:
    """The model of counts that `huoli train` would have fitted at that moment."""
    seen = rows.where(found.known)
    known = counts_known(history, seen, found.participates[found.known], at, refits)
    lately = [c for c in known if c.as_of >= at - FOLDS * FOLD_DAYS * DAY]
    return fit_headcounts(lately, n_started(history, at))


def _by_method(rows: Rows, found: OutOfSample, refits: list[int]) -> dict[str, Floats]:
    """Probabilities of taking part; baselines times the share of those registered that came."""
    kept = kept_rate(rows, refits)
    return {
        MODEL: found.participates,
        "base rate": base_rate(rows, refits),
        "own rate": own_rate(rows) * kept,
        "own group": own_group(rows) * kept,
    }


def _past_forecast(
    world: World, now: Now, rows: Rows, p: dict[str, Floats], activity: int, place: slice
) -> HeldOut:
    employees, mine = rows.employee[place], {name: values[place] for name, values in p.items()}
    pairs = PairProbabilities(employees, mine[MODEL], mine[MODEL],
                              bool(rows.counts_attendance[place][0]), pd.DataFrame())  # fmt: skip
    counts = now.simulate(activity, pairs)
    found = _beside_truth(
        world, now.history, activity, now.as_of, employees, counts, now.models.data_until
    )
    return replace(found, p=mine)


def _beside_truth(
    world: World,
    history: History,
    activity: int,
    as_of: int,
    employees: Ints,
    counts: Counts,
    learnt_until: int,
) -> HeldOut:
    activity_id = str(history.activities.ids[activity])
    rng = world.settings.rng(f"redrawn {activity_id}")
    redrawn = truth.redraw_people(world, activity_id, N_REDRAWN, rng)
    known, outcome = truth.probabilities(world, activity_id), world.outcomes[activity_id]
    ids = np.array(world.people.employee_ids, dtype=object)[known.people]
    place = pd.Index(ids).get_indexer(history.people.ids[employees].astype(object))
    # who refuses profiling is no row, and no late joiner either
    asked_about = set(history.people.ids[history.invited(activity, as_of)].tolist())
    late = np.array([one not in asked_about for one in ids.tolist()], dtype=bool)
    first, _ = first_and_last_start(history)
    return HeldOut(
        activity_id, round((learnt_until - first) / MONTH), counts,
        {name: history.teams(name, as_of - 1)[employees] for name in BREAKDOWNS},
        {},
        _placed(known.participate, place, np.nan),
        _placed(redrawn, place, False),
        redrawn[late].sum(axis=0),
        _placed(outcome.took_part, place, False),
        int(outcome.took_part[late].sum()),
    )  # fmt: skip


def _placed(values: np.ndarray, place: Ints, absent: Any) -> np.ndarray:
    """The values of those asked about, in their order; `absent` for who was not invited."""
    found = values[place].copy()
    found[place < 0] = absent
    return found
