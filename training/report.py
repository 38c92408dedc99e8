"""What a training run says of itself: figures beside baselines, and pictures."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from features.history.columns import Floats
from training.baselines import own_group, own_rate, popularity
from training.fitting import Fitted, Judged
from training.metrics import LEVELS, count_metrics, ndcg_at_k, pair_metrics, reliability
from training.rows import Rows

Figures = dict[str, dict[str, float]]
HISTORY_BINS = ((0, 1), (1, 5), (5, 20), (20, 10_000))


def figures(fitted: Fitted) -> Figures:
    """Metrics by method, out of sample: pairs of both stages, counts, ranking; with baselines."""
    launch, opened = fitted.launch, fitted.open
    kept, opened_kept = (one.kept[one.judged] for one in (launch, opened))
    base = np.nan_to_num(launch.base[launch.judged], nan=0.5)
    found = {
        "launch": _pair_figures(launch.seen, launch.probability),
        "launch base rate": _pair_figures(launch.seen, base),
        "launch own rate": _pair_figures(launch.seen, own_rate(launch.seen) * kept),
        "launch own group": _pair_figures(launch.seen, own_group(launch.seen) * kept),
        "open": _pair_figures(opened.seen, opened.probability),
        "open own rate": _pair_figures(opened.seen, own_rate(opened.seen) * opened_kept),
        "ranking": {"ndcg_at_10": mean_ndcg(opened.seen, opened.probability)},
        "ranking popularity": {"ndcg_at_10": mean_ndcg(opened.seen, popularity(opened.seen))},
        "ranking affinity": {"ndcg_at_10": mean_ndcg(opened.seen, _affinity(opened.seen))},
    }
    if len(fitted.counts):
        counts = fitted.counts["count"].to_numpy(float)
        found["counts"] = count_metrics(counts, fitted.counts)
        baseline = fitted.counts[[f"baseline_{name}" for name in LEVELS]]
        found["counts past"] = count_metrics(counts, baseline.set_axis(list(LEVELS), axis=1))
    return found


def flat(found: Figures) -> dict[str, float]:
    """The figures by one name each, as MLflow takes them."""
    return {
        f"{method.replace(' ', '_')}.{name}": value
        for method, metrics in found.items()
        for name, value in metrics.items()
    }


def mean_ndcg(rows: Rows, score: Floats) -> float:
    """NDCG@10 over the lists of (person, moment) that hold a registration; NaN without one."""
    table = pd.DataFrame({"as_of": rows.as_of, "employee": rows.employee, "score": -score,
                          "hit": rows.registered.astype(float)})  # fmt: skip
    table = table.sort_values(["as_of", "employee", "score"], kind="stable")
    lists = (group.to_numpy() for _, group in table.groupby(["as_of", "employee"])["hit"])
    found = [ndcg_at_k(hits, int(hits.sum())) for hits in lists if hits.any()]
    return float(np.mean(found)) if found else float("nan")


def _affinity(rows: Rows) -> Floats:
    found: Floats = np.nan_to_num(rows.features["affinity"].to_numpy(float))
    return found


def _pair_figures(rows: Rows, p: Floats) -> dict[str, float]:
    return pair_metrics(rows.participated, p, rows.weight)


def draw_pictures(fitted: Fitted, folder: Path) -> list[Path]:
    """Calibration, turnout against forecast, gain over baselines by history; PNG files."""
    folder.mkdir(parents=True, exist_ok=True)
    pictures: dict[str, Callable[[Any], None]] = {
        "calibration": lambda axes: _draw_calibration(axes, fitted.launch),
        "turnout": lambda axes: _draw_turnout(axes, fitted.counts),
        "gain_by_history": lambda axes: _draw_gain(axes, fitted.launch),
    }
    return [_picture(folder / f"{name}.png", draw) for name, draw in pictures.items()]


def _picture(path: Path, draw: Callable[[Any], None]) -> Path:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 4.5), layout="constrained")
    draw(figure.subplots())
    figure.savefig(path, dpi=110)
    return path


def _draw_calibration(axes: Any, judged: Judged) -> None:
    rows = judged.seen
    if not len(rows):
        return
    table = reliability(rows.participated, judged.probability, rows.weight)
    axes.plot([0, 1], [0, 1], color="0.7", linewidth=1)
    axes.plot(table["predicted"], table["observed"], marker="o")
    axes.set(xlabel="predicted share", ylabel="observed share", title="Calibration before launch")


def _draw_turnout(axes: Any, counts: pd.DataFrame) -> None:
    if not len(counts):
        return
    counts = counts.sort_values("mean")
    position = np.arange(len(counts))
    axes.vlines(position, counts["p05"], counts["p95"], color="tab:blue", alpha=0.4)
    axes.plot(position, counts["mean"], ".", color="tab:blue", label="forecast, 90% interval")
    axes.plot(position, counts["count"], "x", color="tab:red", label="turnout")
    axes.set(xlabel="activities, by forecast", ylabel="people", title="Turnout against forecast")
    axes.legend()


def _draw_gain(axes: Any, judged: Judged) -> None:
    """Log-loss less than that of the person's own rate, by how often the person was asked."""
    rows, p, kept = judged.seen, judged.probability, judged.kept[judged.judged]
    asked = np.expm1(rows.features["evidence_any"].to_numpy(float))
    gains, names = [], []
    for low, high in HISTORY_BINS:
        mask = (asked >= low) & (asked < high)
        if mask.any():
            part = rows.where(mask)
            ours = _pair_figures(part, p[mask])["log_loss"]
            gains.append(_pair_figures(part, own_rate(part) * kept[mask])["log_loss"] - ours)
            names.append(f"{low}-{high - 1}" if high < 10_000 else f"{low}+")
    axes.bar(names, gains)
    axes.axhline(0, color="0.3", linewidth=1)
    axes.set(xlabel="past invitations, decayed", ylabel="nats a pair",
             title="Gain over the person's own rate")  # fmt: skip
