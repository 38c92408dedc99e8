"""How well members without any earlier yes are ranked for, beside own groups' popular events.

Scored member by member with the functions of the ranking protocol, whose candidates, relevance and
baselines these are, so that the two can be set against each other in pairs.
"""

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
from calibration import paired_interval

SUBMITTED, BASELINE = "submitted", "own groups, popular"


def protocol_modules(protocols: Path) -> tuple[ModuleType, ModuleType]:
    """The protocols' (meetup, score_ranking), imported from their folder."""
    import importlib

    sys.path.insert(0, str(protocols))
    try:
        return importlib.import_module("meetup"), importlib.import_module("score_ranking")
    finally:
        sys.path.remove(str(protocols))


def stranger_months(
    protocols: Path, data: Path, predictions: Path, start: str, end: str
) -> pd.DataFrame:
    """NDCG@10 of each scored member-month without an earlier yes: as_of, member, and by method."""
    meetup, ranking = protocol_modules(protocols)
    tables = meetup.read(data)
    given = meetup.submission(predictions / "rankings.parquet")
    given["as_of"] = pd.to_datetime(given["as_of"], utc=True)
    lists = given.sort_values("rank").groupby(["as_of", "member_id"])["event_id"].agg(list)
    rows = [
        {"as_of": cut, "member": member,
         SUBMITTED: _ndcg(ranking, _submitted(lists, cut, member, candidates), relevant),
         BASELINE: _ndcg(ranking, _own_groups(tables, cut, member, candidates), relevant)}
        for cut, member, candidates, relevant, n_earlier
        in ranking.cases(tables, meetup.window(start), meetup.window(end))
        if n_earlier == 0
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["as_of", "member", SUBMITTED, BASELINE])


def _ndcg(ranking: ModuleType, ranked: list[str], relevant: set[str]) -> float:
    return float(ranking.metrics(ranked, relevant)[0])


def _submitted(lists: Any, cut: pd.Timestamp, member: str, candidates: list[str]) -> list[str]:
    allowed = set(candidates)
    return [event for event in lists.get((cut, member), []) if event in allowed]


def _own_groups(
    tables: dict[str, pd.DataFrame], cut: pd.Timestamp, member: str, candidates: list[str]
) -> list[str]:
    """The protocol's baseline: events of one's own groups first, those with most yeses, soonest."""
    events, members, rsvps = (tables[name] for name in ("events", "members", "rsvps"))
    said = rsvps[(rsvps.created <= cut) & (rsvps.response == "yes")]
    counts = said[said.event_id.isin(candidates)].groupby("event_id").size()
    mine = set(members.loc[members.member_id == member, "group_id"])
    about = events.set_index("event_id").loc[candidates]
    popular = sorted(candidates, key=lambda e: (-counts.get(e, 0), about.starts[e]))
    return sorted(popular, key=lambda e: about.group_id[e] not in mine)


def stranger_figures(months: pd.DataFrame) -> dict[str, object]:
    """Means by method, and the mean difference with its 95% interval, members drawn whole.

    >>> one = {"member": ["a", "b"], "submitted": [0.5, 1.0], "own groups, popular": [0.25, 0.75]}
    >>> stranger_figures(pd.DataFrame(one))["difference_95"]
    [0.25, 0.25]
    """
    difference = (months[SUBMITTED] - months[BASELINE]).to_numpy()
    low, high = paired_interval(difference, months["member"].to_numpy())
    return {
        "member_months": len(months), "members": int(months["member"].nunique()),
        "ndcg": {name: float(np.mean(months[name])) for name in (SUBMITTED, BASELINE)},
        "difference": float(difference.mean()), "difference_95": [low, high],
        "bar": "whole interval above 0", "met": low > 0,
    }  # fmt: skip
