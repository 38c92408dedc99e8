"""What a ranking backtest says of its lists: hits, and their diversity, novelty and reach."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.history.columns import Floats, Ints, micros
from features.history.history import History
from training.labels import labels_from
from training.metrics import ndcg_at_k
from training.paired import Gain, Measure, gains, mean_of
from training.ranking_metrics import (
    average_precision_at_k,
    diversity,
    gini,
    novelty,
    reached,
    recall_at_k,
    similarities,
)
from training.team_counts import SMALLEST_TEAM

K = 10
# the methods and the columns that hold their ranks
METHODS = {"ranking": "rank", "popularity": "rank_popularity",
           "own group, popularity": "rank_own_group"}  # fmt: skip
BASELINES = tuple(METHODS)[1:]
OF_HITS = ("ndcg_at_10", "map_at_10", "recall_at_10")
OF_LISTS = ("diversity_at_10", "novelty_at_10")
# where classes of earlier yeses begin
EARLIER_EDGES = (0, 1, 2, 6)


@dataclass(frozen=True)
class RankingReport:
    """The tables of a ranking report.

    `figures` by method; `gains` by baseline; `by_earlier` has a row per class of earlier yeses:
    class, lists, people, and NDCG@10 of each method; `gains_by_earlier` holds NDCG@10 by class and
    baseline.
    """

    n_lists: int
    n_scored: int
    n_people: int
    figures: dict[str, dict[str, float]]
    gains: dict[str, list[Gain]]
    by_earlier: pd.DataFrame
    gains_by_earlier: dict[tuple[str, str], Gain]


def ranking_report(history: History, ranked: pd.DataFrame) -> RankingReport:
    """All that the report shows of a ranking backtest; no class under SMALLEST_TEAM people."""
    lists = lists_of(history, ranked)
    scored = {method: table[table["ndcg_at_10"].notna()] for method, table in lists.items()}
    by_earlier, of_classes = _by_earlier(scored)
    return RankingReport(
        n_lists=len(lists["ranking"]),
        n_scored=len(scored["ranking"]),
        n_people=int(ranked["employee_id"].nunique()),
        figures=ranking_figures(history, ranked, lists),
        gains={
            name: [
                *_gains(scored["ranking"], scored[name], OF_HITS),
                *_gains(lists["ranking"], lists[name], OF_LISTS),
            ]
            for name in BASELINES
        },
        by_earlier=by_earlier,
        gains_by_earlier=of_classes,
    )


def ranking_figures(
    history: History, ranked: pd.DataFrame, lists: dict[str, pd.DataFrame] | None = None
) -> dict[str, dict[str, float]]:
    """Figures by method.

    NDCG, MAP and recall of lists that hold a registration; diversity and novelty of all; the shares
    of activities shown and of people with a list, and the Gini of exposure.
    """
    lists = lists or lists_of(history, ranked)
    served = people_served(history, ranked)
    return {
        method: {
            **{name: float(table[name].mean()) for name in (*OF_HITS, *OF_LISTS)},
            **exposure_figures(ranked, METHODS[method]),
            "people_reached": served,
        }
        for method, table in lists.items()
    }


def lists_of(history: History, ranked: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """By method, a row per person and moment in one order: as_of, employee_id, earlier, figures.

    Figures of hits are NaN where nobody registered; the diversity of fewer than two is NaN.
    """
    ids = history.activities.ids.astype(str)
    chosen, item = np.unique(ranked["activity_id"].to_numpy(str), return_inverse=True)
    alike = similarity_of(history, np.searchsorted(ids, chosen))
    n_people = {at: int(history.employed(micros(at)).sum()) for at in ranked["as_of"].unique()}
    keys = _with_earlier(history, ranked[["as_of", "employee_id"]].drop_duplicates())
    keys = keys.sort_values(["as_of", "employee_id"]).reset_index(drop=True)
    people = keys["as_of"].map(n_people).to_numpy(int)
    found = {}
    for method, rank in METHODS.items():
        order = np.lexsort((ranked[rank], ranked["employee_id"].to_numpy(str), ranked["as_of"]))
        table = ranked.iloc[order]
        ends = np.flatnonzero(table[rank].to_numpy()[1:] == 1) + 1
        hits = np.split(table["outcome"].to_numpy(float), ends)
        shown = np.split(item[order], ends)
        so_far = np.split(table["popularity"].to_numpy(float), ends)
        rows = [
            _list_figures(one[0], one[1][:K], one[2][:K], alike, one[3])
            for one in zip(hits, shown, so_far, people, strict=True)
        ]
        found[method] = pd.concat([keys, pd.DataFrame(rows)], axis=1)
    return found


def _list_figures(
    hits: Floats, shown: Ints, so_far: Floats, alike: Floats, n_people: int
) -> dict[str, float]:
    n_relevant = int(hits.sum())
    of_hits = (ndcg_at_k, average_precision_at_k, recall_at_k)
    return {
        **{name: measure(hits, n_relevant) if n_relevant else np.nan
           for name, measure in zip(OF_HITS, of_hits, strict=True)},
        "diversity_at_10": diversity(alike, shown),
        "novelty_at_10": novelty(so_far, n_people),
    }  # fmt: skip


def similarity_of(history: History, activities: Ints) -> Floats:
    """How alike the activities are in template, organiser and tags, as far as on record; 0 to 1."""
    table = history.activities
    rows = table.last_rows[activities]
    blocks = [table.tags[rows].toarray().astype(float)]
    for name in ("template", "organiser_id"):
        codes, names = table.coded[name]
        one_hot = np.zeros((len(rows), len(names) + 1))
        one_hot[np.arange(len(rows)), codes[rows]] = 1.0
        # an unknown one has the code -1
        blocks.append(one_hot[:, :-1])
    return similarities(blocks)


def exposure_figures(ranked: pd.DataFrame, rank: str) -> dict[str, float]:
    """The share of candidates shown to someone and the Gini of how often, a mean over moments."""
    shown = (ranked[rank] <= K).astype(int).groupby([ranked["as_of"], ranked["activity_id"]]).sum()
    by_moment = [np.asarray(part, dtype=np.int64) for _, part in shown.groupby(level=0)]
    return {
        "activities_reached": float(np.mean([reached(one) for one in by_moment])),
        "gini_of_exposure": float(np.nanmean([gini(one) for one in by_moment])),
    }


def people_served(history: History, ranked: pd.DataFrame) -> float:
    """The share of people employed at a moment who have any list then, over all moments."""
    served = ranked.groupby("as_of")["employee_id"].nunique()
    employed = sum(int(history.employed(micros(at)).sum()) for at in served.index)
    return float(served.sum() / employed) if employed else float("nan")


def _with_earlier(history: History, keys: pd.DataFrame) -> pd.DataFrame:
    """The keys, and how many activities each person had said yes to by then."""
    employee = np.searchsorted(history.people.ids.astype(str), keys["employee_id"].to_numpy(str))
    earlier = np.zeros(len(keys), dtype=np.int64)
    for at in keys["as_of"].unique():
        place = np.flatnonzero(keys["as_of"] == at)
        yes = labels_from(history, micros(at)).registered.sum(axis=1)
        earlier[place] = yes[employee[place]]
    return keys.assign(earlier=earlier)


def _gains(ours: pd.DataFrame, other: pd.DataFrame, names: tuple[str, ...]) -> list[Gain]:
    """Paired gains; a person's lists hang together, so that people are the units."""
    known = (ours[list(names)].notna() & other[list(names)].notna()).all(axis=1).to_numpy()
    unit = ours["employee_id"].to_numpy()[known]

    def measures(table: pd.DataFrame) -> dict[str, Measure]:
        return {name: mean_of(table[name].to_numpy(float)[known]) for name in names}

    return gains(measures(ours), measures(other), unit)


def _by_earlier(
    scored: dict[str, pd.DataFrame],
) -> tuple[pd.DataFrame, dict[tuple[str, str], Gain]]:
    rows, found = [], {}
    ours = scored["ranking"]
    name_of = earlier_classes(ours["earlier"].to_numpy(int), ours["employee_id"])
    in_order = name_of[np.argsort(ours["earlier"].to_numpy(), kind="stable")].tolist()
    for name in filter(None, dict.fromkeys(in_order)):
        part = {method: table[name_of == name] for method, table in scored.items()}
        means = {method: table["ndcg_at_10"].mean() for method, table in part.items()}
        people = part["ranking"]["employee_id"].nunique()
        rows.append({"earlier": name, "lists": len(part["ranking"]), "people": people, **means})
        for other in BASELINES:
            found[name, other] = _gains(part["ranking"], part[other], ("ndcg_at_10",))[0]
    return pd.DataFrame(rows, columns=["earlier", "lists", "people", *METHODS]), found


def earlier_classes(earlier: Ints, person: pd.Series) -> np.ndarray:
    """The class of each number of earlier yeses, such as "2-5"; "" for all where people are few.

    A class of fewer than SMALLEST_TEAM people joins the next, the last one the one before.
    """
    edges = [*EARLIER_EDGES]
    place = 0
    while len(edges) > 1 and place < len(edges):
        high = edges[place + 1] if place + 1 < len(edges) else np.inf
        inside = (earlier >= edges[place]) & (earlier < high)
        if person[inside].nunique() >= SMALLEST_TEAM:
            place += 1
        else:
            edges.pop(min(place + 1, len(edges) - 1))
            place = min(place, len(edges) - 1)
    if person.nunique() < SMALLEST_TEAM:
        return np.full(len(earlier), "")
    ends = [str(high - 1) for high in edges[1:]]
    names = [str(low) if str(low) == end else f"{low}-{end}"
             for low, end in zip(edges, ends, strict=False)]  # fmt: skip
    names.append(f"{edges[-1]}+")
    return np.array(names)[np.searchsorted(edges, earlier, side="right") - 1]
