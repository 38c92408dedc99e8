"""Figures and names as people read them in a report."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from features.language import _, render
from huoli.report.page import Picture, Table
from serving.charts import Interval, to_svg
from training.paired import Gain

METRICS = {
    "log_loss": _("log-loss"), "average_precision": _("average precision"),
    "calibration_error": _("calibration error"), "pinball": _("pinball loss"),
    "mae_median": _("error of the median"), "coverage_90": _("coverage of 90% intervals"),
    "width_90": _("width of 90% intervals"), "ndcg_at_10": _("NDCG@10"), "map_at_10": _("MAP@10"),
    "recall_at_10": _("recall@10"), "diversity_at_10": _("diversity@10"),
    "novelty_at_10": _("novelty@10 (bits)"), "activities_reached": _("activities reached"),
    "people_reached": _("people reached"), "gini_of_exposure": _("Gini of exposure"),
}  # fmt: skip
BETTER_WHEN_SMALLER = ("log_loss", "calibration_error", "pinball", "mae_median")
BETTER_WHEN_LARGER = ("average_precision", "ndcg_at_10", "map_at_10", "recall_at_10")
HEADS = (_("Figure"), _("Baseline"), _("Huoli"), _("of the baseline"), _("difference"),
         _("95% interval"), _("reading"))  # fmt: skip
BETTER, WORSE = _("better"), _("worse")
UNCLEAR, NEITHER = _("not told apart"), _("neither good nor bad alone")
READ_GAINS = _(
    "Each picture shows how much better Huoli is, with its interval: right of the dashed line is "
    "better."
)
GAIN_ALT = _("Gains over each baseline with 95% intervals")
SAME_ROWS = _("Huoli beside each baseline, on the same rows")
NO_FIGURE = "–"


def rows_of(table: pd.DataFrame) -> Iterator[Any]:
    """The rows of a table by the names of its columns."""
    yield from table.itertuples(index=False)


def picture(figure: Any, shown: str) -> Picture:
    """The figure as a picture, with what it shows for those who cannot see it."""
    alt = render("{shown}. The figures stand in the table below.", {"shown": shown})
    return Picture(to_svg(figure), alt)


def number(value: float, digits: int = 4) -> str:
    """A figure, or a dash where it is undefined.

    >>> number(0.05163), number(float("nan")), number(17.565, 1)
    ('0.0516', '–', '17.6')
    """
    return NO_FIGURE if math.isnan(value) else f"{value:.{digits}f}"


def signed(value: float, digits: int = 4) -> str:
    """A difference with its sign.

    >>> signed(0.25, 2), signed(-0.25, 2)
    ('+0.25', '−0.25')
    """
    return NO_FIGURE if math.isnan(value) else f"{value:+.{digits}f}".replace("-", "−")


def percent(share: float, digits: int = 1) -> str:
    """A share as percent.

    >>> percent(0.0186)
    '1.9%'
    """
    return NO_FIGURE if math.isnan(share) else f"{share:.{digits}%}"


def between(low: float, high: float, digits: int = 4) -> str:
    """An interval of differences.

    >>> between(-0.5, 1, 1)
    '−0.5 … +1.0'
    """
    return NO_FIGURE if math.isnan(low) else f"{signed(low, digits)} … {signed(high, digits)}"


def reading(gain: Gain) -> str:
    """What a gain says: better or worse with its whole interval, or not told apart."""
    if gain.metric not in BETTER_WHEN_SMALLER + BETTER_WHEN_LARGER:
        return render(NEITHER)
    low, high = _gained(gain)[1:]
    return render(BETTER if low > 0 else WORSE if high < 0 else UNCLEAR)


def gains_table(caption: str, gains: Mapping[str, Sequence[Gain]]) -> Table:
    """Every metric beside each baseline; `gains` is by the baseline's name."""
    rows = [
        [render(METRICS[gain.metric]), baseline, number(gain.ours), number(gain.baseline),
         signed(gain.difference), between(gain.low, gain.high), reading(gain)]
        for baseline, found in gains.items()
        for gain in found
    ]  # fmt: skip
    return Table(caption, [render(head) for head in HEADS], rows)


def gain_panels(gains: Mapping[str, Sequence[Gain]]) -> list[tuple[str, list[Interval]]]:
    """A panel per metric that has a better side, with the gain over each baseline."""
    panels: dict[str, list[Interval]] = {}
    for baseline, found in gains.items():
        for gain in found:
            if gain.metric in BETTER_WHEN_SMALLER + BETTER_WHEN_LARGER:
                rows = panels.setdefault(render(METRICS[gain.metric]), [])
                rows.append(Interval(baseline, *_gained(gain)))
    return list(panels.items())


def _gained(gain: Gain) -> tuple[float, float, float]:
    """(how much better, its low end, its high end): positive is better."""
    if gain.metric in BETTER_WHEN_SMALLER:
        return -gain.difference, -gain.high, -gain.low
    return gain.difference, gain.low, gain.high
