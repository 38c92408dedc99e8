"""Charts of portraits: a team beside the company and beside itself half a year before."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from serving.charts import (
    ACCENT,
    INK,
    LINE,
    OURS,
    SOFT,
    UPRIGHT,
    figure_of,
    margin_for,
    shortened,
)

# narrower than a report's, so that two stand side by side and texts stay large on a phone
WIDTH = 4.8
ROW = 0.29
GAP = 0.55
NAME_CELLS = 18
# (name, (low, value, high) now or None, before or None, the company's or None, whether few)
DotRow = tuple[str, tuple[float, float, float] | None, float | None, float | None, bool]


def team_dots(
    groups: Sequence[Sequence[DotRow]], label: str, names: tuple[str, str, str],
    limits: tuple[float, float], percent: bool,
) -> Any:  # fmt: skip
    """A dot with its interval per row, and beside it the company's and the former value.

    Groups of rows stand a little apart; `names` are of the team, the company and the former value.
    What rests on few is pale.
    """
    rows = [row for group in groups for row in group]
    place, end = _places(groups)
    height = 0.95 + ROW * end

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        for number, (at, row) in enumerate(zip(place, rows, strict=True)):
            _draw_row(axes, at, row, f"row-{number}")
        axes.set_yticks(place, [row[0] for row in rows])
        axes.set_ylim(end - 0.4, -0.6)
        axes.set_xlim(*limits)
        axes.grid(visible=False, axis="y")
        axes.spines["left"].set_visible(False)
        axes.set_xlabel(label)
        if percent:
            axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
        _marks(figure, axes, names)
        figure.subplots_adjust(left=margin_for([row[0] for row in rows], WIDTH), right=0.95,
                               top=1 - 0.4 / height, bottom=0.5 / height)  # fmt: skip

    return figure_of(height, draw, WIDTH)


def quarters(
    days: Sequence[str], team: Sequence[float | None], company: Sequence[float | None],
    bands: Sequence[tuple[float, float] | None], names: tuple[str, str], label: str,
) -> Any:  # fmt: skip
    """A line over quarters for a team, with its intervals, and one for the company."""

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        x = np.arange(len(days))
        for at, band in enumerate(bands):
            if band:
                axes.vlines(at, *band, color=OURS, alpha=0.35, linewidth=4, gid=f"row-{at}")
        axes.plot(x, _numbers(team), "o-", color=OURS, label=shortened(names[0], NAME_CELLS),
                  linewidth=1.6, markersize=6)  # fmt: skip
        axes.plot(x, _numbers(company), "|--", color=ACCENT, label=names[1], linewidth=1.1,
                  markersize=8, markeredgewidth=2)  # fmt: skip
        axes.set_xticks(x, [day[:7] for day in days])
        axes.tick_params(axis="x", labelsize=7.5)
        axes.set_ylim(bottom=0)
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
        axes.set_xlabel(label)
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, borderaxespad=0.2)
        figure.subplots_adjust(left=0.1, right=0.97, top=0.88, bottom=0.2)

    return figure_of(2.8, draw, WIDTH)


def _numbers(values: Sequence[float | None]) -> list[float]:
    return [np.nan if value is None else value for value in values]


def _places(groups: Sequence[Sequence[DotRow]]) -> tuple[list[float], float]:
    """(the height at which each row is drawn, the height of all)."""
    found: list[float] = []
    at = 0.0
    for group in groups:
        found += [at + number for number in range(len(group))]
        at += len(group) + GAP
    return found, at - GAP


def _draw_row(axes: Any, at: float, row: DotRow, gid: str) -> None:
    _, now, before, company, is_few = row
    strength = 0.4 if is_few else 1.0
    if before is not None:
        axes.plot([before], [at], "D", color=SOFT, alpha=0.55, markersize=4, gid=gid,
                  clip_on=False)  # fmt: skip
    if now is not None:
        low, value, high = now
        axes.hlines(at, low, high, color=OURS, alpha=0.45 * strength, linewidth=3, gid=gid)
        axes.plot([value], [at], "o", color=OURS, alpha=strength, markersize=7, gid=gid,
                  clip_on=False)  # fmt: skip
    if company is not None:
        axes.plot([company], [at], **UPRIGHT, gid=gid, clip_on=False)
    axes.axhline(at, color=LINE, linewidth=0.5, zorder=0)


def _marks(figure: Any, axes: Any, names: tuple[str, str, str]) -> None:
    team, company, before = names
    axes.plot([], [], "o", color=OURS, markersize=7, label=shortened(team, NAME_CELLS))
    axes.plot([], [], **UPRIGHT, label=company)
    axes.plot([], [], "D", color=SOFT, alpha=0.55, markersize=4, label=before)
    figure.legend(loc="upper left", bbox_to_anchor=(0, 1), ncols=3, borderaxespad=0.2,
                  handletextpad=0.2, columnspacing=1.2, labelcolor=INK)  # fmt: skip
