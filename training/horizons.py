"""The same forecasts made earlier or later: rows at other leads, read by the models of one lead."""

from collections.abc import Sequence

import numpy as np

from features.history.columns import Floats
from training.backtest import LaunchBacktest, Replay, forecasts_of
from training.baselines import own_rate
from training.plan import lead_blocks
from training.rolling import Stages
from training.rows import Rows, Track, build_rows


def at_leads(
    replay: Replay, start: int, end: int, leads: Sequence[float], track: Track = iter
) -> dict[float, LaunchBacktest]:
    """Forecasts of the activities that start in [start, end) at each lead, in days, that has any.

    Each row is read by the newest model that was there by then. Those models, and the luck of head
    counts, were fitted at the replay's own lead: what is known at another lead enters by its rows.
    """
    history = replay.asked.history
    found = {}
    for lead in leads:
        blocks = lead_blocks(history, start, min(end, history.until), lead)
        rows = build_rows(replay.asked, blocks, track=track)
        p = _probabilities(rows, replay.models)
        forecasts = forecasts_of(replay, blocks, (rows, p))
        # whether attendance counts, and so whether an outcome is on record, hangs on the moment
        if len(forecasts.pairs):
            found[lead] = forecasts
    return found


def _probabilities(rows: Rows, models: Sequence[tuple[int, Stages]]) -> Floats:
    """Probabilities of taking part, by the newest model of each row's moment; else own rate."""
    p = own_rate(rows).copy()
    newest = np.searchsorted([at for at, _stages in models], rows.as_of, side="right") - 1
    for number in np.unique(newest[newest >= 0]):
        chosen = newest == number
        _registers, p[chosen] = models[number][1].participates(rows.where(chosen))
    return p
