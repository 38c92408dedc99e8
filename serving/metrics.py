"""What /metrics tells beside BentoML's own counts and latencies: freshness, fallback, calibration.

No person and no activity is named.
"""

import json
from datetime import timedelta
from typing import Any

import numpy as np
import prometheus_client

from engagement.database import Database
from features import clock
from serving.state import State

DAYS = 30
LOOKED_AT = """
SELECT activity_id, answered_at, unit, answer FROM forecasts
WHERE activity_id IS NOT NULL AND answered_at >= :since ORDER BY answered_at
"""


class Metrics:
    """The numbers of one worker; made once a process, after Prometheus' folder is known."""

    def __init__(self) -> None:
        self.lists = prometheus_client.Counter(
            "huoli_lists", "Lists given, by whether they were personal, shared with everyone as "
            "the person asked, or shared because no model could be asked.", ["kind"],
        )  # fmt: skip
        self.events = prometheus_client.Counter(
            "huoli_arrived", "Events and records of the organisation worked in."
        )
        self.seen = _gauge(
            "huoli_looked_timestamp_seconds", "When it was last looked for what arrived."
        )
        self.as_of = _gauge("huoli_as_of_timestamp_seconds", "The moment answers are given as of.")
        self.oldest = _gauge(
            "huoli_oldest_list_seconds", "How much earlier than answers the chances of the "
            "open activity are computed that was computed longest ago.",
        )  # fmt: skip
        self.held = _gauge(
            "huoli_forecasts_held", f"Activities of the last {DAYS} days with a forecast."
        )
        self.came = _gauge("huoli_forecasts_came", "How many people came to these.")
        self.expected = _gauge("huoli_forecasts_expected", "How many were expected.")
        self.inside = _gauge(
            "huoli_forecasts_inside_share", "Share of these whose interval held what came."
        )

    def gave(self, kind: str, n: int) -> None:
        """Count lists."""
        if n:
            self.lists.labels(kind).inc(n)

    def looked(self, state: State, arrived: int) -> None:
        """Note a look at what arrived."""
        self.events.inc(arrived)
        self.seen.set_to_current_time()
        self.as_of.set(state.board.as_of / 1e6)
        made = [column.as_of for column in state.table.columns if column is not None]
        self.oldest.set((state.board.as_of - min(made)) / 1e6 if made else 0)

    def judge(self, database: Database, state: State) -> None:
        """Compare the newest forecast of each activity lately held with who came."""
        found = calibration(database, state)
        self.held.set(len(found["came"]))
        self.came.set(found["came"].sum())
        self.expected.set(found["expected"].sum())
        self.inside.set(found["inside"].mean() if len(found["inside"]) else float("nan"))


def calibration(database: Database, state: State) -> dict[str, Any]:
    """Of activities held in the last thirty days: who came, who was expected, and if inside.

    By the newest forecast given before each began, in its own unit.
    """
    board, now = state.board, clock.now()
    since = now - timedelta(days=DAYS)
    newest: dict[str, Any] = {}
    for row in database.read(LOOKED_AT, since=(since - timedelta(days=60)).isoformat()):
        place = board.history.activity_index(row["activity_id"])
        if place < 0 or board.cancelled[place]:
            continue
        starts = board.starts_at(place)
        if row["answered_at"] < starts and since.isoformat() <= starts < now.isoformat():
            newest[row["activity_id"]] = (place, row)
    came, expected, inside = [], [], []
    for place, row in newest.values():
        count = json.loads(row["answer"])["overall"]
        n = int(board.took_part(place, row["unit"]))
        came.append(n)
        expected.append(count["expected"])
        inside.append(count["low"] <= n <= count["high"])
    return {"came": np.array(came), "expected": np.array(expected), "inside": np.array(inside)}


def _gauge(name: str, text: str) -> prometheus_client.Gauge:
    return prometheus_client.Gauge(name, text, multiprocess_mode="mostrecent")
