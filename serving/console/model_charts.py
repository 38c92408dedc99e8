"""Pictures of imports and of how good forecasts were."""

from collections.abc import Sequence
from typing import Any

from serving.charts import (
    ACCENT,
    INK,
    OURS,
    ROOTS,
    SOFT,
    UPRIGHT,
    Key,
    figure_of,
    margin_for,
)

# of the length of an axis
NEAREST = 0.09
# inches, of pictures that stand side by side or are read on a phone
NARROW = 5.6
TICKS = (0, 5, 25, 50, 100, 200, 400, 800, 1500, 3000, 5000)


def rows_of_imports(
    rows: Sequence[tuple[str, int, int]], names: tuple[str, str], label: str
) -> Any:
    """Per (table, rows before, rows now): dots now, upright lines before; in powers of ten."""
    left = margin_for([name for name, *_ in rows])
    key = Key(names, left)
    height = 1.0 + key.more + 0.26 * len(rows)

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        for number, (_name, before, now) in enumerate(rows):
            place = len(rows) - 1 - number
            axes.hlines(place, max(min(before, now), 1), max(before, now, 1), color=OURS,
                        alpha=0.45, linewidth=3)  # fmt: skip
            axes.plot([max(now, 1)], [place], "o", color=OURS, markersize=6, gid=f"row-{number}")
            axes.plot([max(before, 1)], [place], **UPRIGHT)
        axes.plot([], [], "o", color=OURS, label=names[0])
        axes.plot([], [], **UPRIGHT, label=names[1])
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, borderaxespad=0.2)
        key.settle(axes)
        axes.set_xscale("log")
        end = 2 * max([10, *(max(before, now) for _, before, now in rows)])
        ticks = [10**power for power in range(12) if 10**power <= end]
        axes.set_xlim(0.8, end)
        axes.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
        axes.set_yticks(range(len(rows)), [name for name, *_ in rows][::-1])
        axes.set_ylim(-0.6, len(rows) - 0.4)
        axes.set_xlabel(label)
        axes.minorticks_off()
        axes.grid(visible=False, axis="y")
        figure.subplots_adjust(left=left, right=0.97, top=1 - (0.35 + key.more) / height,
                               bottom=0.52 / height)  # fmt: skip

    return figure_of(height, draw)


def forecasts_and_outcomes(
    points: Sequence[tuple[float, float, float, int]], x: str, y: str, names: tuple[str, str]
) -> Any:
    """Per (expected, low, high, came): the forecast with its range above how many came.

    Those that came within the range are dots, the others diamonds; on the line both are equal.
    """

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        end = 1.05 * max([10.0, *(max(high, came) for _, _, high, came in points)])
        axes.plot([0, end], [0, end], color=INK, linewidth=0.9, linestyle=(0, (4, 3)))
        for number, (expected, low, high, came) in enumerate(points):
            colour, mark = (OURS, "o") if low <= came <= high else (ACCENT, "D")
            axes.vlines(came, low, high, color=colour, alpha=0.35, linewidth=2)
            axes.plot([came], [expected], mark, color=colour, markersize=5, gid=f"row-{number}",
                      markeredgecolor="white", markeredgewidth=0.5)  # fmt: skip
        axes.plot([], [], "o", color=OURS, label=names[0])
        axes.plot([], [], "D", color=ACCENT, label=names[1])
        axes.legend(loc="upper left")
        ticks = _apart([tick for tick in TICKS if tick <= end], end)
        axes.set_xscale("function", functions=ROOTS)
        axes.set_yscale("function", functions=ROOTS)
        axes.set_xticks(ticks, [str(tick) for tick in ticks])
        axes.set_yticks(ticks, [str(tick) for tick in ticks])
        axes.set(xlim=(0, end), ylim=(0, end), xlabel=x, ylabel=y)
        figure.subplots_adjust(left=0.11, right=0.98, top=0.98, bottom=0.13)

    return figure_of(4.6, draw, NARROW)


def where_outcomes_fell(
    rows: Sequence[tuple[str, float, float]], names: tuple[str, str], label: str
) -> Any:
    """Per (part of the range, share that fell there, share that was promised): bar and line."""
    left = max(0.3, margin_for([name for name, *_ in rows], NARROW))
    key = Key(names, left, NARROW)
    height = 0.95 + key.more + 0.42 * len(rows)

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        places = list(range(len(rows)))[::-1]
        for number, (place, (_name, share, promised)) in enumerate(zip(places, rows, strict=True)):
            axes.barh(place, share, height=0.5, color=OURS, gid=f"row-{number}",
                      label=names[0] if number == 0 else None)  # fmt: skip
            axes.vlines(promised, place - 0.36, place + 0.36, color=ACCENT, linewidth=3,
                        label=names[1] if number == 0 else None)  # fmt: skip
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, borderaxespad=0.2)
        key.settle(axes)
        axes.set_yticks(places, [name for name, *_ in rows])
        axes.set_xlim(0, 1.1 * max(0.5, *(max(share, promised) for _, share, promised in rows)))
        ticks = [tick / 10 for tick in range(0, 11, 2) if tick / 10 <= axes.get_xlim()[1]]
        axes.set_xticks(ticks, [f"{100 * tick:.0f}" for tick in ticks])
        axes.set_xlabel(label)
        axes.grid(visible=False, axis="y")
        figure.subplots_adjust(left=left, right=0.97, top=1 - (0.38 + key.more) / height,
                               bottom=0.52 / height)  # fmt: skip

    return figure_of(height, draw, NARROW)


def errors_beside(panels: Sequence[tuple[str, Sequence[tuple[str, float]]]]) -> Any:
    """Per measure (its title, (who, error) each) a bar each, the last of the simple way."""
    heights = [0.5 + 0.26 * len(bars) for _, bars in panels]

    def draw(figure: Any) -> None:
        grid = figure.subplots(len(panels), 1, squeeze=False, height_ratios=heights)
        row = 0
        for axes, (title, bars) in zip(grid.flat, panels, strict=True):
            for place, (_name, value) in enumerate(bars):
                colour = OURS if place < len(bars) - 1 else SOFT
                axes.barh(-place, value, height=0.62, color=colour, gid=f"row-{row}")
                axes.text(value, -place, f" {value:.3g}", va="center", fontsize=9)
                row += 1
            axes.set_title(title)
            axes.set_yticks([-place for place in range(len(bars))], [name for name, _ in bars])
            axes.set_xlim(0, max(1e-9, 1.2 * max(value for _, value in bars)))
            axes.set_xticks([])
            axes.grid(visible=False)
            axes.spines[["left", "bottom"]].set_visible(False)
        names = [name for _, bars in panels for name, _ in bars]
        left = margin_for(names, NARROW)
        figure.subplots_adjust(left=left, right=0.98, top=1 - 0.3 / sum(heights),
                               bottom=0.05 / sum(heights), hspace=0.6)  # fmt: skip

    return figure_of(sum(heights), draw, NARROW)


def _apart(ticks: Sequence[int], end: float) -> list[int]:
    """Those whose numbers have room beside one another on an axis of square roots, 0 always."""
    found: list[int] = []
    for tick in ticks:
        if not found or (tick / end) ** 0.5 - (found[-1] / end) ** 0.5 >= NEAREST:
            found.append(tick)
    return found
