"""Charts of designs: what a change does team by team, and the designs that a search found."""

from collections.abc import Mapping, Sequence
from typing import Any

from serving.charts import (
    ACCENT,
    INK,
    LINE,
    OURS,
    SOFT,
    Interval,
    Key,
    figure_of,
    margin_for,
    shortened,
    width_of,
)
from serving.console.rendering import signed

LONGEST_NAME = 24


def differences(rows: Sequence[Interval], label: str) -> Any:
    """A dot with its interval per team, beside the line of no difference; `row-N` are the rows.

    Whoever changes a design waits for it: set in lines and texts, without matplotlib's axes, which
    take three times as long as all that is on them.
    """
    height = 0.75 + 0.28 * len(rows)
    names = [shortened(row.name, LONGEST_NAME) for row in rows]
    left, right, top, bottom = margin_for(names), 0.97, 1 - 0.08 / height, 0.52 / height
    low, high, ticks = _scale(rows)

    def across(value: float) -> float:
        return left + (right - left) * (value - low) / (high - low)

    def draw(figure: Any) -> None:
        from matplotlib.lines import Line2D

        def line(xs: Sequence[float], ys: Sequence[float], **style: Any) -> None:
            figure.add_artist(Line2D(xs, ys, **style), clip=False)

        for tick in ticks:
            line([across(tick)] * 2, [bottom, top], color=LINE, linewidth=0.6)
            figure.text(across(tick), bottom - 0.06 / height, signed(tick), color=SOFT, ha="center",
                        va="top")  # fmt: skip
        line([left, right], [bottom] * 2, color=LINE, linewidth=0.8)
        line([across(0)] * 2, [bottom, top], color=INK, linewidth=0.9, linestyle=(0, (4, 3)))
        for number, (row, name) in enumerate(zip(rows, names, strict=True)):
            at = top - (top - bottom) * (number + 0.6) / (len(rows) + 0.2)
            is_clear = row.low > 0 or row.high < 0
            colour = (OURS if row.value > 0 else ACCENT) if is_clear else SOFT
            line([across(row.low), across(row.high)], [at] * 2, color=colour, alpha=0.45,
                 linewidth=3, solid_capstyle="butt", gid=f"span-row-{number}")  # fmt: skip
            line([across(row.value)], [at], marker="o", color=colour, markersize=6,
                 gid=f"row-{number}")  # fmt: skip
            figure.text(left - 0.012, at, name, ha="right", va="center_baseline")
        figure.text((left + right) / 2, 0.05 / height, label, color=SOFT, ha="center", va="bottom")

    return figure_of(height, draw)


def _scale(rows: Sequence[Interval]) -> tuple[float, float, list[float]]:
    """(left end, right end, ticks in whole people) of an axis that has all intervals and zero."""
    from matplotlib.ticker import MaxNLocator

    low = min([0.0, *(row.low for row in rows)])
    high = max([0.0, *(row.high for row in rows)])
    margin = 0.08 * ((high - low) or 1)
    low, high = low - margin, high + margin
    ticks = map(float, MaxNLocator(8, integer=True).tick_values(low, high))
    return low, high, [tick for tick in ticks if low <= tick <= high]


def frontier(points: Sequence[Mapping[str, Any]], x: str, y: str, names: Sequence[str]) -> Any:
    """Numbered designs by two goals; the first point is the draft as it is.

    Args:
        points: `x` with its interval `low` and `high`, `y`, and whether it is `unlike` the past.
        x: The name of the one axis.
        y: That of the other.
        names: What the kinds of marks are called: the draft, a design, one unlike the past.
    """
    left = 0.84 / width_of()
    key = Key(names, left)
    height = 4.2 + key.more

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        marks = _at_one_place(points)
        for number, point in list(enumerate(points))[::-1]:
            colour, fill = _colours(number, bool(point["unlike"]))
            axes.plot([point["low"], point["high"]], [point["y"]] * 2, color=colour, alpha=0.25,
                      linewidth=2, zorder=1)  # fmt: skip
            (dot,) = axes.plot([point["x"]], [point["y"]], "s" if number == 0 else "o",
                               color=colour, markerfacecolor=fill, markersize=14,
                               clip_on=False, zorder=3)  # fmt: skip
            dot.set_gid(f"row-{number}")
            if number in marks:
                axes.text(point["x"], point["y"], marks[number], ha="center", va="center_baseline",
                          fontsize=8, fontweight="bold", zorder=4,
                          color=colour if fill == "white" else "white")  # fmt: skip
        for name, marker, (colour, fill) in zip(
            names, "soo", (_colours(0, False), _colours(1, False), _colours(1, True)), strict=True
        ):
            axes.plot([], [], marker, color=colour, markerfacecolor=fill, markersize=8, label=name)
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, borderaxespad=0.2)
        key.settle(axes)
        axes.margins(0.08, 0.14)
        axes.spines["left"].set_color(LINE)
        axes.set(xlabel=x, ylabel=y)
        figure.subplots_adjust(left=left, right=0.97, top=1 - (0.42 + key.more) / height,
                               bottom=0.59 / height)  # fmt: skip

    return figure_of(height, draw)


def _at_one_place(points: Sequence[Mapping[str, Any]]) -> dict[int, str]:
    """What is written on the marks: designs that give the same share one, the first one's."""
    places: dict[tuple[float, float], list[int]] = {}
    for number, point in enumerate(points):
        if number:
            places.setdefault((point["x"], point["y"]), []).append(number)
    return {
        numbers[0]: str(numbers[0]) + (f"+{len(numbers) - 1}" if numbers[1:] else "")
        for numbers in places.values()
    }


def _colours(number: int, is_unlike: bool) -> tuple[str, str]:
    """(edge, fill) of a mark."""
    if number == 0:
        return ACCENT, "white"
    return OURS, "white" if is_unlike else OURS
