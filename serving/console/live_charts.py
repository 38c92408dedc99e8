"""The course of sign-ups, drawn."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.cells import cell_len

from serving.charts import (
    ACCENT,
    DOT,
    GAP_POINTS,
    INK,
    LINE,
    POINTS_PER_CELL,
    RING,
    SIGN_POINTS,
    SOFT,
    figure_of,
    width_of,
)

HEIGHT = 3.7
LEFT_INCHES, RIGHT = 0.63, 0.975
MOST_ROWS = 5
# both forecasts are dots: the approved one in the colour of forecasts elsewhere
LOOKS: Mapping[str, Any] = {
    "signed_up": {"color": INK, "linewidth": 1.8, "marker": "o", "markersize": 4.5},
    "usual": {"color": SOFT, "linewidth": 1.3, "linestyle": (0, (5, 3))},
    "approved": DOT | {"markersize": 6.5},
    "present": DOT | {"color": ACCENT, "markersize": 6.5},
    "came": RING | {"color": INK, "markersize": 8},
}  # fmt: skip


def course_figure(
    points: Sequence[tuple[float, int]],
    usual: Sequence[tuple[float, float, float, float]],
    spans: Mapping[str, tuple[float, float, float]],
    came: int | None,
    starts: float,
    names: Mapping[str, str],
) -> Any:
    """Sign-ups over days since the announcement, against their usual course and forecasts.

    Args:
        points: (day, signed up), ascending; named by their number.
        usual: (day, low, median, high) of the usual course.
        spans: (low, expected, high) of the forecasts `approved` and `present`, as far as known.
        came: How many came so far, of an activity that has begun.
        starts: The day on which it starts.
        names: What each of these is called, and the axes `x` and `y`.
    """
    left = LEFT_INCHES / width_of()

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        last = max([starts, *(day for day, _ in points)])
        shown = []
        if usual:
            days, low, median, high = zip(*usual, strict=True)
            axes.fill_between(days, low, high, color=LINE, alpha=0.8, linewidth=0)
            axes.plot(days, median, color=SOFT, linewidth=1.3, linestyle=(0, (5, 3)))
            shown.append("usual")
        shown += _spans(axes, spans, starts, last)
        axes.axvline(starts, color=INK, linewidth=0.8, linestyle=(0, (2, 3)))
        axes.plot(*zip(*points, strict=True), color=INK, linewidth=1.8)
        for number, (day, count) in enumerate(points):
            axes.plot([day], [count], "o", color=INK, markersize=4.5, gid=f"row-{number}")
        shown.insert(0, "signed_up")
        if came is not None:
            axes.plot([last], [came], **LOOKS["came"])
            shown.append("came")
        axes.set_xlim(-0.01 * last, 1.07 * last)
        axes.set_ylim(bottom=0)
        axes.set(xlabel=names["x"], ylabel=names["y"])
        axes.locator_params(axis="x", integer=True)
        axes.locator_params(axis="y", integer=True)
        rows = _legend(figure, shown, names)
        figure.subplots_adjust(left=left, right=RIGHT, bottom=0.14, top=0.97 - 0.07 * rows)

    return figure_of(HEIGHT, draw)


def _spans(
    axes: Any, spans: Mapping[str, tuple[float, float, float]], starts: float, last: float
) -> list[str]:
    looks = {"approved": 0.0, "present": 0.025}
    found: list[str] = []
    for name, aside in looks.items():
        if name not in spans:
            continue
        low, expected, high = spans[name]
        colour = LOOKS[name]["color"]
        if not found:
            axes.axhspan(low, high, color=colour, alpha=0.07, linewidth=0)
        at = starts + (0.012 + aside) * last
        axes.vlines(at, low, high, color=colour, alpha=0.5, linewidth=4)
        axes.plot([at], [expected], **LOOKS[name])
        found.append(name)
    return found


def _legend(figure: Any, shown: Sequence[str], names: Mapping[str, str]) -> int:
    """Signs and names above the chart, placed by how wide a browser sets them; how many rows."""
    begin, end = LEFT_INCHES * 72, width_of() * 72
    at, row = begin, 0
    for name in shown:
        width = SIGN_POINTS + cell_len(names[name]) * POINTS_PER_CELL + GAP_POINTS
        if at > begin and at + width - GAP_POINTS > end and row < MOST_ROWS - 1:
            at, row = begin, row + 1
        _sign(figure, name, at / end, 0.965 - 0.07 * row)
        figure.text((at + SIGN_POINTS) / end, 0.965 - 0.07 * row, names[name],
                    fontsize=9, va="center")  # fmt: skip
        at += width
    return row + 1


def _sign(figure: Any, name: str, x: float, y: float) -> None:
    from matplotlib.lines import Line2D

    points = width_of() * 72
    middle, end = x + 9 / points, x + 18 / points
    # its mark, where it has one, stands in the middle
    figure.add_artist(Line2D([x, middle, end], [y] * 3, markevery=[1], **LOOKS[name]))
