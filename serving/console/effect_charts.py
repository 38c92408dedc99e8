"""The charts of what came of activities; each can be drawn into a figure with others."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from serving.charts import (
    ACCENT,
    DOT,
    INK,
    LINE,
    OURS,
    RING,
    SOFT,
    UPRIGHT,
    Key,
    figure_of,
    margin_for,
    width_of,
)

# the whole first, then its functions
LINES = (INK, OURS, ACCENT, "#7a5ea8", "#8a7a2f", SOFT)
MARKS = ("o", "s", "^", "D", "v", "P")
# what came as expected, and what came outside its interval
CAME: Any = RING | {"markersize": 7, "markeredgewidth": 1.8}
OUTSIDE: Any = RING | {"markersize": 9, "markeredgewidth": 3.4}


def outcome_figure(row: Mapping[str, float], names: Sequence[str]) -> Any:
    """One interval (low, expected, high) and what came, with what each is in words."""
    key = Key(names, 0.02)
    height = 1.25 + key.more

    def draw(figure: Any) -> None:
        axes = figure.add_axes((0.02, 0.37 / height, 0.96, 0.45 / height))
        draw_outcome(axes, row, names)
        key.settle(axes)

    return figure_of(height, draw)


def draw_outcome(axes: Any, row: Mapping[str, float], names: Sequence[str]) -> None:
    """The same into given axes."""
    axes.hlines(0, row["low"], row["high"], color=OURS, alpha=0.4, linewidth=9, gid="row-0")
    axes.plot([row["expected"]], [0], **DOT, markersize=8, label=names[0], gid="row-0")
    axes.plot([row["came"]], [0], **RING, markersize=10, markeredgewidth=2.4, label=names[1],
              gid="row-0")  # fmt: skip
    values = [row["low"], row["high"], row["came"]]
    room = max(0.12 * (max(values) - min(values)), 2)
    axes.set(xlim=(max(min(values) - room, 0), max(values) + room), ylim=(-1, 1), yticks=[])
    axes.locator_params(axis="x", integer=True, nbins=7)
    axes.grid(visible=False, axis="y")
    axes.spines["left"].set_visible(False)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, borderaxespad=0.2)


def teams_figure(rows: Sequence[Mapping[str, Any]], label: str, names: Sequence[str]) -> Any:
    """Per team (name, low, expected, high, usual, came in percent) what was told and what came.

    `names` are of the forecast, or where there was none of the usual rate; of what came; and of
    what came outside its interval.
    """
    left = margin_for([str(row["name"]) for row in rows])
    key = Key(names, left)
    height = 1.05 + key.more + 0.3 * len(rows)

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        draw_teams(axes, rows, label, names)
        key.settle(axes)
        figure.subplots_adjust(left=left, right=0.97, top=1 - (0.35 + key.more) / height,
                               bottom=0.55 / height)  # fmt: skip

    return figure_of(height, draw)


def draw_teams(
    axes: Any, rows: Sequence[Mapping[str, Any]], label: str, names: Sequence[str]
) -> None:
    """The same into given axes."""
    from matplotlib.ticker import PercentFormatter

    was_told = len(names) > 2
    for number, row in enumerate(rows):
        place, gid = len(rows) - 1 - number, f"row-{number}"
        if row["usual"] is not None and not was_told:
            axes.hlines(place, row["usual"], row["came"], color=LINE, linewidth=2, gid=gid)
            axes.plot([row["usual"]], [place], **UPRIGHT, gid=gid)
        if row["low"] is not None:
            axes.hlines(place, row["low"], row["high"], color=OURS, alpha=0.4, linewidth=5, gid=gid)
            axes.plot([row["expected"]], [place], **DOT, markersize=6, gid=gid)
        axes.plot([row["came"]], [place], **(OUTSIDE if row["is_outside"] else CAME),
                  clip_on=False, gid=gid)  # fmt: skip
    axes.plot([], [], **(DOT if was_told else UPRIGHT), label=names[0])
    axes.plot([], [], **CAME, label=names[1])
    if was_told and any(row["is_outside"] for row in rows):
        axes.plot([], [], **OUTSIDE, label=names[2])
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, borderaxespad=0.2)
    values = [row[name] for row in rows for name in ("high", "usual", "came")
              if row[name] is not None]  # fmt: skip
    end = min(105, 1.08 * max([*values, 5]))
    axes.set(xlim=(0, end), ylim=(-0.6, len(rows) - 0.4), xlabel=label)
    axes.set_yticks(range(len(rows))[::-1], [row["name"] for row in rows])
    axes.xaxis.set_major_formatter(PercentFormatter(100, decimals=0))
    axes.grid(visible=False, axis="y")
    axes.spines["left"].set_visible(False)


def runs_figure(
    lines: Sequence[tuple[str, Sequence[float | None]]], days: Sequence[str], here: int, label: str
) -> Any:
    """A line of rates over the runs per name, the whole first; the run `here` is marked."""
    # numbers beside the axis, and their name
    left = 0.67 / width_of()
    key = Key([name for name, _ in lines], left)
    height = 3.6 + key.more

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        draw_runs(axes, lines, days, here, label)
        key.settle(axes)
        figure.subplots_adjust(left=left, right=0.98, top=1 - (0.43 + key.more) / height,
                               bottom=0.79 / height)  # fmt: skip

    return figure_of(height, draw)


def draw_runs(
    axes: Any, lines: Sequence[tuple[str, Sequence[float | None]]], days: Sequence[str], here: int,
    label: str,
) -> None:  # fmt: skip
    """The same into given axes."""
    from matplotlib.ticker import PercentFormatter

    if here >= 0:
        axes.axvspan(here - 0.4, here + 0.4, color=LINE, alpha=0.5, zorder=0, linewidth=0)
    for (name, values), colour, mark in zip(lines, LINES, MARKS, strict=False):
        there = [(at, value) for at, value in enumerate(values) if value is not None]
        if not there:
            continue
        bold = colour == INK
        axes.plot(*zip(*there, strict=True), color=colour, linewidth=2 if bold else 1.2,
                  linestyle="-" if bold else (0, (4, 2)))  # fmt: skip
        axes.plot([], [], mark, color=colour, linestyle="-" if bold else (0, (4, 2)), label=name,
                  markersize=5)  # fmt: skip
        for at, value in there:
            axes.plot([at], [value], mark, color=colour, markersize=6 if bold else 5,
                      clip_on=False, gid=f"row-{at}")  # fmt: skip
    step = -(-len(days) // 13)
    shown = list(range(len(days) - 1, -1, -step))[::-1]
    axes.set_xticks(shown, [days[at] for at in shown], rotation=45, ha="right", fontsize=8)
    axes.set(ylim=(0, 100), xlim=(-0.6, len(days) - 0.4), ylabel=label)
    axes.yaxis.set_major_formatter(PercentFormatter(100, decimals=0))
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=6, borderaxespad=0.2)


def ratings_figure(counts: Sequence[int], label: str) -> Any:
    """Bars of how many gave five to one stars."""

    def draw(figure: Any) -> None:
        draw_ratings(figure.add_axes((0.06, 0.2, 0.86, 0.78)), counts, label)

    return figure_of(1.9, draw, 4.6)


def draw_ratings(axes: Any, counts: Sequence[int], label: str) -> None:
    """The same into given axes."""
    place = np.arange(len(counts))
    for number, (at, count) in enumerate(zip(place, counts, strict=True)):
        axes.barh([at], [count], height=0.62, color=OURS, gid=f"row-{number}")
        axes.text(count, at, f" {count}", va="center", fontsize=9)
    axes.set_yticks(place, [str(at + 1) for at in place])
    axes.set_xlim(0, max([*counts, 1]) * 1.12)
    axes.set_xticks([])
    axes.set_xlabel(label, fontsize=9)
    axes.grid(visible=False)
    axes.spines[["left", "bottom"]].set_visible(False)
