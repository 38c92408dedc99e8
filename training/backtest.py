"""The past replayed under the two protocols, each forecast seeing only what was known then.

Models are refitted monthly on activities that had started; whole predictions come back as tables
that the protocols' scorers read.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from features.errors import InputError
from features.history.columns import DAY, Bools, Floats
from features.history.history import History
from features.language import _
from training.affinity import fit_as_time_goes, quarterly
from training.baselines import (
    base_rate,
    count_quantiles,
    kept_rate,
    own_group_popularity,
    own_rate,
    past_counts,
    popularity,
)
from training.headcounts import (
    Draws,
    HeadcountModel,
    exposure_of,
    simulate,
    team_numbers,
)
from training.labels import Labels, labels_from
from training.luck import PastCount, fit_headcounts
from training.metrics import LEVELS
from training.plan import (
    Block,
    cut_blocks,
    day_name,
    first_and_last_start,
    lead_blocks,
    month_starts,
    n_started,
)
from training.rolling import Stages, predict_forward
from training.rows import Asked, EmployeeFeatures, Rows, Track, build_rows
from training.team_counts import TEAM_COLUMNS, team_counts

# refits before the window, so that calibration and luck rest on forecasts made likewise
WARM_UP_DAYS = 730
WARM_UP_MONTHS = 3
RANKING_TRAINING_ROWS = 150_000
# who is asked about the same at several cuts tells little more than once
RANKING_FIT_ROWS = 50_000
# fine enough to place a count within its forecast
FINE_LEVELS = ((np.arange(100) + 0.5) / 100).tolist()
EMPTY_WINDOW = _(
    "--from {start} to --to {end} hold no activity whose outcome is on record; choose dates within "
    "the data"
)


@dataclass(frozen=True)
class LaunchBacktest:
    """What was forecast for each activity of the window, and its baselines, in the same rows.

    `pairs`: activity_id, employee_id, as_of, probability, outcome, base_rate, own_rate.
    `headcounts`: activity_id, as_of, mean, LEVELS, count, baseline_<the same>, and pit_low and
    pit_high, between which the count's place in its forecast lies.
    `teams`: activity_id, as_of, kind (of TEAM_KINDS), team, size (its invited people, at least
    SMALLEST_TEAM), mean, LEVELS, count; late joiners left out.
    """

    pairs: pd.DataFrame
    headcounts: pd.DataFrame
    teams: pd.DataFrame


@dataclass(frozen=True)
class Replay:
    """What a launch backtest forecasts with: rows at its lead, and the models by refit."""

    asked: Asked
    rows: Rows
    models: list[tuple[int, Stages]]
    p: Floats
    refits: list[int]


def backtest_launch(
    history: History,
    employee_features: EmployeeFeatures | None,
    start: int,
    end: int,
    lead_days: float,
    track: Track = iter,
) -> LaunchBacktest:
    """Forecast each activity that starts in [start, end), `lead_days` before its start.

    What is not over by the data's end, or has no attendance on record yet, is not asked about.

    Raises:
        InputError: no activity starts in the window.
    """
    replay = replay_launch(history, employee_features, start, end, lead_days, track)
    return forecasts_of(replay, lead_blocks(history, start, end, lead_days))


def replay_launch(
    history: History,
    employee_features: EmployeeFeatures | None,
    start: int,
    end: int,
    lead_days: float,
    track: Track = iter,
) -> Replay:
    """Rows of all activities before `end`, and models refitted as time goes.

    Raises:
        InputError: no activity that starts in [start, end) has its outcome on record.
    """
    labels, last = labels_from(history), min(end, history.until)
    first, _ = first_and_last_start(history)
    blocks = lead_blocks(history, first, last, lead_days)
    if not any(labels.starts[block.activity] >= start for block in blocks):
        raise InputError(EMPTY_WINDOW, start=day_name(start), end=day_name(end))
    fits = fit_as_time_goes(history, quarterly(first, last))
    asked = Asked(history, labels, "launch", fits, employee_features, keep_opted_out=True)
    rows = build_rows(asked, blocks, track=track)
    if not (rows.told & (rows.starts >= start)).any():
        raise InputError(EMPTY_WINDOW, start=day_name(start), end=day_name(end))
    refits = [
        *month_starts(max(first, start - WARM_UP_DAYS * DAY), start)[::WARM_UP_MONTHS],
        *month_starts(start, last),
    ]
    found, models = predict_forward(rows, rows, refits, track)
    return Replay(asked, rows, models, _filled(found.participates, rows), refits)


def forecasts_of(
    replay: Replay, blocks: Sequence[Block], at_lead: tuple[Rows, Floats] | None = None
) -> LaunchBacktest:
    """The forecasts of `blocks`, from the replay's rows or from (rows, probabilities) `at_lead`.

    Of those whose outcome is on record: started by the data's end, attendance known if it counts.
    """
    rows, p = at_lead or (replay.rows, replay.p)
    starts, untold = replay.asked.labels.starts, set(rows.activity[~rows.told].tolist())
    blocks = [block for block in blocks if block.activity not in untold
              and starts[block.activity] < replay.asked.history.until]  # fmt: skip
    chosen = np.isin(rows.activity, [block.activity for block in blocks])
    # the baseline's column is all that is read of the features from here on
    rows, p = replace(rows, features=rows.features[["rate_any"]]).where(chosen), p[chosen]
    counts, teams = _forecast_counts(replay, rows, p, blocks)
    return LaunchBacktest(_pairs(replay, rows, p), counts, teams)


def _filled(p: Floats, rows: Rows) -> Floats:
    """Predictions, and the person's own rate where no model could be fitted yet."""
    return np.where(np.isnan(p), own_rate(rows), p)


def _pairs(replay: Replay, rows: Rows, p: Floats) -> pd.DataFrame:
    history = replay.asked.history
    base = base_rate(replay.rows, replay.refits, rows)
    kept = kept_rate(replay.rows, replay.refits, rows)
    return pd.DataFrame({
        "activity_id": history.activities.ids[rows.activity],
        "employee_id": history.people.ids[rows.employee],
        "as_of": pd.to_datetime(rows.as_of, unit="us", utc=True),
        "probability": p,
        "outcome": rows.participated,
        "base_rate": np.nan_to_num(base, nan=0.5),
        "own_rate": own_rate(rows) * kept,
    })  # fmt: skip


def past_count(
    history: History, labels: Labels, rows: Rows, p: Floats, chosen: slice, learnt: int
) -> PastCount:
    """The count of one activity's rows beside the probabilities it was given."""
    activity, as_of = int(rows.activity[chosen][0]), int(rows.as_of[chosen][0])
    came = rows.participated[chosen]
    everyone = labels.attended if rows.counts_attendance[chosen][0] else labels.registered
    late = everyone[:, activity] & ~history.invited(activity, as_of)
    return PastCount(
        activity,
        as_of,
        p[chosen],
        team_numbers(history.teams("project_group", as_of - 1)[rows.employee[chosen]]),
        came,
        int(late.sum()),
        audience_name(history, activity, as_of),
        int(rows.starts[chosen][0]),
        learnt,
    )


def counts_known(
    history: History, rows: Rows, p: Floats, at: int, refits: Sequence[int]
) -> list[PastCount]:
    """The counts recorded before `at`, of activities started by then, beside their forecasts.

    `refits`, ascending, are the moments of the models that forecast them. An activity that should
    have attendance on record, and has none yet, tells nothing.
    """
    known = replace(rows, features=rows.features[[]]).known_at(at)
    told = (rows.starts < at) & known.told
    labels, known, p = labels_from(history, at), known.where(told), p[told]
    learnt = [0, *(n_started(history, refit) for refit in refits)]
    model = np.searchsorted(refits, known.as_of, side="right")
    return [
        past_count(history, labels, known, p, place, learnt[model[place.start]])
        for place in spans(known).values()
    ]


def audience_name(history: History, activity: int, as_of: int) -> str:
    """The text of an activity's audience as known before the moment; "" is everyone."""
    codes, names = history.activities.coded["audience"]
    code = codes[history.activities.rows_at(as_of - 1)[activity]]
    return "" if code < 0 else str(names[code])


def spans(rows: Rows) -> dict[int, slice]:
    """The rows of each activity, where an activity's rows stand together."""
    edges = np.flatnonzero(np.diff(rows.activity)) + 1
    bounds = [0, *edges.tolist(), len(rows)]
    return {
        int(rows.activity[low]): slice(low, high)
        for low, high in itertools.pairwise(bounds) if high > low
    }  # fmt: skip


def _forecast_counts(
    replay: Replay, rows: Rows, p: Floats, blocks: Sequence[Block]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(a row per activity, a row per activity and team)."""
    history, labels, refits = replay.asked.history, replay.asked.labels, replay.refits
    places = spans(rows)
    models: dict[int, HeadcountModel] = {}
    counts, teams = [], []
    for block in blocks:
        refit = max((at for at in refits if at <= block.as_of), default=0)
        if refit not in models:
            seen = counts_known(history, replay.rows, replay.p, refit, refits)
            # what no model forecast says nothing of models
            models[refit] = fit_headcounts([c for c in seen if c.learnt], n_started(history, refit))
        place = places.get(block.activity, slice(0, 0))
        draws = _draws(history, labels, models[refit], rows, p, place, block)
        came = _came(labels, rows, place, block.activity)
        counts.append(_forecast_count(history, draws, block, int(came.sum())))
        teams += team_counts(history, came, draws, rows.employee[place], block)
    return pd.DataFrame(counts), pd.DataFrame(teams, columns=TEAM_COLUMNS)


def _came(labels: Labels, rows: Rows, place: slice, activity: int) -> Bools:
    """Everyone who took part, invited or not: in the sense that the activity's rows have it."""
    attends = rows.counts_attendance[place]
    if not len(attends):
        found: Bools = labels.participated[:, activity]
        return found
    return (labels.attended if attends[0] else labels.registered)[:, activity]


def _draws(
    history: History, labels: Labels, model: HeadcountModel, rows: Rows, p: Floats, place: slice,
    block: Block,
) -> Draws:  # fmt: skip
    p, employees = p[place], rows.employee[place]
    team = team_numbers(history.teams("project_group", block.as_of - 1)[employees])
    exposure = exposure_of(len(p), block.as_of, int(labels.starts[block.activity]))
    audience = audience_name(history, block.activity, block.as_of)
    late = model.late_mean(audience, block.as_of, exposure)
    return simulate(model, p, team, late, seed=block.activity)


def _forecast_count(history: History, draws: Draws, block: Block, count: int) -> dict[str, object]:
    quantiles = draws.quantiles(list(LEVELS.values()))
    baseline = count_quantiles(past_counts(history, block.activity, block.as_of))
    fine = draws.quantiles(FINE_LEVELS)
    return {
        "activity_id": history.activities.ids[block.activity],
        "as_of": pd.Timestamp(block.as_of, unit="us", tz="UTC"),
        "mean": draws.expected(),
        **dict(zip(LEVELS, quantiles.tolist(), strict=True)),
        "count": count,
        **{f"baseline_{name}": value for name, value in baseline.items()},
        "pit_low": float((fine < count).mean()),
        "pit_high": float((fine <= count).mean()),
    }


def backtest_ranking(
    history: History,
    employee_features: EmployeeFeatures | None,
    start: int,
    end: int,
    horizon_days: float,
    track: Track = iter,
) -> pd.DataFrame:
    """Rank, at the first of each month in [start, end), the activities of the coming days.

    Every activity not yet answered is a candidate for everyone employed at the cut, of those that
    had started by the data's end.

    Returns:
        as_of, employee_id, activity_id, rank (1 = first), probability, outcome (registered
        afterwards), and the ranks of the baselines popularity and own_group_popularity.

    Raises:
        InputError: no cut of the window has a candidate.
    """
    labels, last = labels_from(history), min(end, history.until)
    first, _ = first_and_last_start(history)
    cuts = month_starts(first, last)
    blocks = cut_blocks(history, cuts, horizon_days, announced_only=False)
    blocks = [block for block in blocks if labels.starts[block.activity] < history.until]
    asked_blocks = [block for block in blocks if block.as_of >= start]
    if not asked_blocks:
        raise InputError(EMPTY_WINDOW, start=day_name(start), end=day_name(end))
    fits = fit_as_time_goes(history, quarterly(first, last))
    asked = Asked(history, labels, "open", fits, employee_features, False, keep_opted_out=True)
    learnt = build_rows(asked, blocks, RANKING_TRAINING_ROWS, track)
    rows = build_rows(asked, asked_blocks, track=track)
    refits = [cut for cut in cuts if cut >= start]
    found, _ = predict_forward(learnt, rows, refits, track, max_rows=RANKING_FIT_ROWS)
    return _ranks(history, rows, _filled(found.registers, rows))


def _ranks(history: History, rows: Rows, p: Floats) -> pd.DataFrame:
    table = pd.DataFrame({
        "as_of": pd.to_datetime(rows.as_of, unit="us", utc=True),
        "employee_id": history.people.ids[rows.employee],
        "activity_id": history.activities.ids[rows.activity],
        "probability": p,
        "outcome": rows.registered,
        "popularity": popularity(rows),
        "own_group_popularity": own_group_popularity(rows),
        "starts": rows.starts,
    })  # fmt: skip
    person = ["as_of", "employee_id"]
    for name, score in (("rank", "probability"), ("rank_popularity", "popularity"),
                        ("rank_own_group", "own_group_popularity")):  # fmt: skip
        table = table.sort_values([*person, score, "starts", "activity_id"],
                                  ascending=[True, True, False, True, True])  # fmt: skip
        table[name] = table.groupby(person).cumcount() + 1
    return table.sort_values([*person, "rank"]).reset_index(drop=True)
