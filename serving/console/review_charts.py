"""Charts of the launch review."""

from collections.abc import Sequence
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
    Interval,
    Key,
    figure_of,
    margin_for,
    shortened,
)

NAME_WIDTH = 30
HALF_WIDTH, HALF_NAME = 5.6, 26


def overall_figure(
    span: tuple[int, int, int], end: float, marks: Sequence[tuple[str, float]]
) -> Any:
    """The expected number between its low and high, with named marks on the same line."""

    def draw(figure: Any) -> None:
        axes = figure.add_axes((0.02, 0.3, 0.96, 0.4))
        axes.hlines(0, 0, end, color=LINE, linewidth=2)
        axes.hlines(0, span[0], span[2], color=OURS, alpha=0.4, linewidth=11)
        axes.plot([span[1]], [0], "o", color=OURS, markersize=10)
        for number, (name, at) in enumerate(sorted(marks, key=lambda one: one[1])):
            axes.plot([at, at], [-1, 1], color=ACCENT, linewidth=1.6)
            side = "left" if at < end / 2 else "right"
            axes.text(at, 1.3 if number % 2 == 0 else -1.3, name, color=ACCENT, ha=side,
                      va="bottom" if number % 2 == 0 else "top", fontsize=9)  # fmt: skip
        axes.set(xlim=(-0.01 * end, 1.01 * end), ylim=(-1.2, 1.2))
        axes.axis("off")
        for at, side in ((0, "left"), (end, "right")):
            axes.text(at, -1.3, f"{at:.0f}", color=SOFT, ha=side, va="top", fontsize=9)

    return figure_of(0.95, draw, HALF_WIDTH)


def team_intervals(
    rows: Sequence[tuple[int, Interval]], label: str, names: tuple[str, str], gap_after: int | None
) -> Any:
    """A dot with its interval per team, an upright line at its usual rate; (row, team).

    The rows are those of the table. After `gap_after` of them comes a gap: teams are left out.
    """
    left = margin_for([shortened(one.name, NAME_WIDTH) for _, one in rows])
    key = Key(names, left)
    height = 1.05 + key.more + 0.27 * (len(rows) + (gap_after is not None))

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        places = []
        for number, (row, one) in enumerate(rows):
            at = -number - (1 if gap_after is not None and number >= gap_after else 0)
            places.append(at)
            axes.barh(at, 1.0, height=1, color="none", gid=f"row-{row}")
            axes.hlines(at, one.low, one.high, color=OURS, alpha=0.45, linewidth=3,
                        gid=f"row-{row}")  # fmt: skip
            if one.reference is not None:
                axes.plot(one.reference, at, **UPRIGHT, gid=f"row-{row}")
            axes.plot(one.value, at, **DOT, markersize=5.5, gid=f"row-{row}")
        shown = [shortened(one.name, NAME_WIDTH) for _, one in rows]
        if gap_after is not None:
            places.insert(gap_after, -gap_after)
            shown.insert(gap_after, "⋮")
        axes.set_yticks(places, shown)
        axes.set_ylim(min(places) - 0.6, 0.6)
        axes.set_xlim(0, _end(rows))
        axes.grid(visible=False, axis="y")
        axes.spines["left"].set_visible(False)
        axes.set_xlabel(label)
        _percent(axes)
        axes.plot([], [], **DOT, label=names[0])
        if any(one.reference is not None for _, one in rows):
            axes.plot([], [], **UPRIGHT, label=names[1])
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, borderaxespad=0.2)
        key.settle(axes)
        figure.subplots_adjust(left=left, right=0.97, top=1 - (0.35 + key.more) / height,
                               bottom=0.52 / height)  # fmt: skip

    return figure_of(height, draw)


def _end(rows: Sequence[tuple[int, Interval]]) -> float:
    most = max((max(one.high, one.reference or 0) for _, one in rows), default=1.0)
    return min(max(most * 1.05, 0.05), 1.01)


def _percent(axes: Any) -> None:
    from matplotlib.ticker import PercentFormatter

    axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=None))


def driver_steps(steps: Sequence[tuple[str, float, float, float | None, str]], label: str) -> Any:
    """From the usual rate to the forecast: (name, from, to, error or None, what is written).

    What has no error is a whole bar: the usual rate and the forecast.
    """
    height = 0.72 + 0.33 * len(steps)

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        for number, (_name, begin, end, error, said) in enumerate(steps):
            colour = SOFT if error is None else OURS if end >= begin else ACCENT
            axes.barh(-number, end - begin, left=begin, height=0.62, color=colour,
                      gid=f"row-{number}")  # fmt: skip
            if error:
                axes.hlines(-number, end - error, end + error, color=INK, linewidth=1.1)
            right = max(begin, end) + (error or 0)
            axes.annotate(said, (right, -number), xytext=(4, 0), textcoords="offset points",
                          va="center", fontsize=9)  # fmt: skip
            if number < len(steps) - 1:
                axes.vlines(end, -number - 1, -number, color=LINE, linewidth=1, zorder=0)
        names = [shortened(one[0], HALF_NAME) for one in steps]
        axes.set_yticks(-np.arange(len(steps)), names)
        axes.set_xlabel(label)
        most = max(max(begin, end) + (error or 0) for _, begin, end, error, _ in steps)
        axes.set_xlim(0, most * 1.12 + 1)
        axes.set_ylim(-len(steps) + 0.4, 0.6)
        axes.grid(visible=False, axis="y")
        # it stands beside its words
        left = margin_for(names, HALF_WIDTH)
        figure.subplots_adjust(left=left, right=0.97, top=0.97, bottom=0.52 / height)

    return figure_of(height, draw, HALF_WIDTH)


def slot_map(
    teams: Sequence[str], days: Sequence[tuple[str, int]], hours: Sequence[str],
    percents: Sequence[Sequence[int]], planned: Sequence[int], as_planned: str,
) -> Any:  # fmt: skip
    """Rates of teams by time slot, coloured by how they differ from the planned slot's.

    `days` are (name, number of slots) in the order of `hours`; `planned` comes first of all.
    """
    height = 0.75 + 0.3 * len(teams)
    shown = [shortened(name, 22) for name in teams]
    table = np.column_stack([np.array(planned), np.array(percents).reshape(len(teams), -1)])
    differs = table - table[:, :1]
    reach = max(5, int(np.abs(differs).max(initial=0)))

    def draw(figure: Any) -> None:
        from matplotlib.colors import LinearSegmentedColormap

        axes = figure.subplots()
        colours = LinearSegmentedColormap.from_list("slots", ["#e6a184", "#ffffff", "#7fbdb6"])
        # a day of one slot has room for its name
        widths = [1.0 if n > 1 else 2.0 for _, n in days for _ in range(n)]
        edges = np.concatenate([[0, 1], 1.25 + np.cumsum([0, *widths])])
        middles = [0.5, *((edges[2:-1] + edges[3:]) / 2)]
        for row in range(len(teams)):
            for first, some in ((0, slice(0, 1)), (2, slice(1, None))):
                cells = differs[row : row + 1, some]
                axes.pcolormesh(edges[first : first + cells.shape[1] + 1], [-row - 0.5, -row + 0.5],
                                cells, cmap=colours, vmin=-reach, vmax=reach, edgecolors=LINE,
                                linewidth=0.5, gid=f"row-{row}")  # fmt: skip
            for column, value in enumerate(table[row].tolist()):
                axes.text(middles[column], -row, f"{value}", ha="center", va="center", fontsize=8.5)
        axes.set_xticks(middles, ["", *hours], fontsize=8)
        axes.xaxis.tick_top()
        axes.text(0.5, 0.75, as_planned, ha="center", fontsize=8, color=SOFT)
        first = 2
        for name, n in days:
            begin, end = edges[first], edges[first + n]
            axes.text((begin + end) / 2, 1.3, name, ha="center", fontsize=9, weight="bold")
            axes.vlines(begin, -len(teams) + 0.5, 1.1, color=SOFT, linewidth=0.8, clip_on=False)
            first += n
        axes.set_yticks(-np.arange(len(teams)), shown)
        axes.set(xlim=(0, edges[-1]), ylim=(-len(teams) + 0.5, 0.5))
        axes.grid(visible=False)
        axes.spines[:].set_visible(False)
        figure.subplots_adjust(left=margin_for(shown), right=0.99, top=1 - 0.6 / height,
                               bottom=0.05 / height)  # fmt: skip

    return figure_of(height, draw)


def forecast_and_outcome(
    rows: Sequence[tuple[str, tuple[float, float, float] | None, float]], label: str,
    names: tuple[str, str],
) -> Any:  # fmt: skip
    """Of past activities, (name, low/expected/high where it was forecast, how many came)."""
    shown = [shortened(one[0], NAME_WIDTH) for one in rows]
    left = margin_for(shown)
    key = Key(names, left)
    height = 1.05 + key.more + 0.3 * len(rows)

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        for number, (_name, span, came) in enumerate(rows):
            if span:
                axes.hlines(-number, span[0], span[2], color=OURS, alpha=0.45, linewidth=4,
                            gid=f"row-{number}")  # fmt: skip
                axes.plot(span[1], -number, **DOT, markersize=6, gid=f"row-{number}")
            axes.plot(came, -number, **RING, markersize=7, gid=f"row-{number}")
        axes.set_yticks(-np.arange(len(rows)), shown)
        axes.set_ylim(-len(rows) + 0.4, 0.6)
        axes.set_xlim(left=0)
        axes.set_xlabel(label)
        axes.grid(visible=False, axis="y")
        axes.spines["left"].set_visible(False)
        axes.plot([], [], **DOT, label=names[0])
        axes.plot([], [], **RING, label=names[1])
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, borderaxespad=0.2)
        key.settle(axes)
        figure.subplots_adjust(left=left, right=0.97, top=1 - (0.35 + key.more) / height,
                               bottom=0.52 / height)  # fmt: skip

    return figure_of(height, draw)
