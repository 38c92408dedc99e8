"""The pictures of reports and of the console: matplotlib figures as SVG.

The reader's browser sets their texts.
Nothing in a picture names a file or a network, and equal figures give equal text.
"""

import contextlib
import hashlib
import io
import re
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from features.history.columns import Floats

INK, SOFT, LINE, OURS, ACCENT = "#1d2a33", "#5b6b76", "#d9e0e4", "#0b6e6e", "#c2572b"
# of the methods of one picture, ours first
COLOURS = (OURS, ACCENT, SOFT)
# Debian names the faces of fonts-noto-cjk by the first of its languages
CHINESE_FONTS = ("Noto Sans CJK SC", "Noto Sans CJK JP", "WenQuanYi Zen Hei", "PingFang SC",
                 "Microsoft YaHei")  # fmt: skip
# inches: of a report, and of what a phone shows in letters that can be read
WIDTH, PHONE_WIDTH = 8.4, 4.9
POINTS_PER_CELL = 5.6
# of a legend above a picture: a row of it, what a sign takes, and room to the next one
KEY_INCHES, SIGN_POINTS, GAP_POINTS = 0.2, 24, 18
_MOST: ContextVar[float] = ContextVar("most", default=float("inf"))
STYLE: Any = {
    "svg.fonttype": "none", "font.family": "sans-serif", "font.size": 10, "text.color": INK,
    "axes.edgecolor": LINE, "axes.labelcolor": SOFT, "xtick.color": SOFT, "ytick.color": INK,
    "axes.spines.top": False, "axes.spines.right": False, "axes.titlesize": 10,
    "axes.titleweight": "bold", "axes.titlelocation": "left", "axes.axisbelow": True,
    "axes.grid": True, "grid.color": LINE, "grid.linewidth": 0.6, "legend.frameon": False,
    "legend.fontsize": 9, "xtick.major.size": 0, "ytick.major.size": 0, "text.parse_math": False,
}  # fmt: skip
# marks that mean the same on every page: a dot is what is expected, a ring what came, an upright
# line what is usual, or else what the page compares with
DOT: Any = {"linestyle": "", "marker": "o", "color": OURS}
RING: Any = {"linestyle": "", "marker": "o", "color": ACCENT, "markerfacecolor": "white"}
UPRIGHT: Any = {"linestyle": "", "marker": "|", "color": ACCENT, "markersize": 12,
                "markeredgewidth": 2}  # fmt: skip
# an axis that gives room to small values, and its inverse
ROOTS = (lambda s: np.sqrt(np.maximum(s, 0)), np.square)
SHARE_TICKS = (0, 0.01, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0)


@dataclass(frozen=True)
class Interval:
    """A named value and the interval that it lies in; `reference` is a second value beside it."""

    name: str
    value: float
    low: float
    high: float
    reference: float | None = None


@contextmanager
def no_wider(inches: float) -> Iterator[None]:
    """Within it, figures are at most so wide."""
    before = _MOST.set(inches)
    try:
        yield
    finally:
        _MOST.reset(before)


def width_of(wanted: float = WIDTH) -> float:
    """The inches that a figure of a wanted width gets."""
    return min(wanted, _MOST.get())


def figure_of(height: float, draw: Callable[[Any], None], width: float = WIDTH) -> Any:
    """A figure of so many inches, a report's width if nothing else is said, in its style."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(width_of(width), height))
        draw(figure)
    return figure


class Key:
    """The names of marks above a picture: in a row, or one below the other where that is too long.

    `left` is the share of the picture's width before the axes.
    """

    def __init__(self, names: Sequence[str], left: float, width: float = WIDTH) -> None:
        from rich.cells import cell_len

        # in letters nine tenths as large as those beside an axis
        points = sum(SIGN_POINTS + cell_len(one) * 0.9 * POINTS_PER_CELL for one in names)
        points += GAP_POINTS * (len(names) - 1)
        fits = points <= (1 - left) * width_of(width) * 72
        # the inches of what does not fit into one row
        self.more = 0.0 if fits else KEY_INCHES * (len(names) - 1)

    def settle(self, axes: Any) -> None:
        """Set the legend of the axes anew, where its names do not fit into one row."""
        if self.more:
            axes.get_legend().remove()
            axes.figure.legend(loc="upper left", bbox_to_anchor=(0, 1), ncols=1, borderaxespad=0.2)


def to_svg(figure: Any) -> str:
    """The figure as an SVG element, its inner ids its own so that pictures can share a page."""
    import matplotlib as mpl

    text = io.StringIO()
    with mpl.rc_context(STYLE | {"svg.hashsalt": "huoli"}), warnings.catch_warnings():
        # the browser's fonts set the text: that matplotlib's own lack a sign says nothing
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    svg = text.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.S)
    # a rule for every element of the page, which the page has for those of pictures alone
    svg = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>", "", svg, count=1, flags=re.S)
    own = hashlib.sha256(svg.encode()).hexdigest()[:8]
    svg = re.sub(r'\bid="([^"]+)"', rf'id="{own}-\1"', svg)
    svg = re.sub(r'xlink:href="#([^"]+)"', rf'href="#{own}-\1"', svg)
    svg = re.sub(r"url\(#([^)]+)\)", rf"url(#{own}-\1)", svg)
    svg = svg.replace(' xmlns:xlink="http://www.w3.org/1999/xlink"', "")
    return svg.replace("<svg ", '<svg aria-hidden="true" ', 1)


def to_bytes(draw: Callable[..., Any], arguments: Mapping[str, Any], kind: str) -> bytes:
    """The figure that `draw(**arguments)` gives as "png" or "pdf", set in a font with Chinese."""
    import matplotlib as mpl

    out = io.BytesIO()
    metadata = {"CreationDate": None} if kind == "pdf" else {"Software": None}
    with mpl.rc_context({"font.sans-serif": [*fonts_with_chinese(), "DejaVu Sans"],
                         "pdf.fonttype": 42}):  # fmt: skip
        draw(**arguments).savefig(out, format=kind, dpi=160, metadata=metadata)
    return out.getvalue()


@cache
def fonts_with_chinese() -> tuple[str, ...]:
    """Families of this machine that have Chinese, the best first; none where none is installed."""
    from matplotlib.font_manager import findSystemFonts, fontManager

    def found() -> tuple[str, ...]:
        installed = {font.name for font in fontManager.ttflist}
        return tuple(name for name in CHINESE_FONTS if name in installed)

    if not found():
        # matplotlib keeps a list of the fonts that it once found: later ones are not on it
        listed = {font.fname for font in fontManager.ttflist}
        for path in sorted(set(findSystemFonts()) - listed):
            # of a file that is no sound font, as when the list was made
            with contextlib.suppress(Exception):
                fontManager.addfont(path)
    return found()


def shortened(text: str, width: int) -> str:
    """The text, cut so that it takes at most `width` columns; a Chinese character takes two.

    >>> shortened("成都 board games", 8)
    '成都 bo…'
    """
    from rich.cells import cell_len, set_cell_size

    return text if cell_len(text) <= width else set_cell_size(text, width - 1).rstrip() + "…"


def margin_for(names: Sequence[str], width: float = WIDTH) -> float:
    """The share of the picture's width that names beside an axis take."""
    from rich.cells import cell_len

    longest = max((cell_len(name) for name in names), default=0)
    return min(0.5, (longest * POINTS_PER_CELL + 14) / (width_of(width) * 72))


def panels_of_gains(panels: Sequence[tuple[str, Sequence[Interval]]], columns: int = 3) -> Any:
    """A panel per metric: how much better than each baseline, right of the line is better."""
    n_rows = -(-len(panels) // columns)
    height = n_rows * (0.75 + 0.3 * max((len(rows) for _, rows in panels), default=1)) + 0.2

    def draw(figure: Any) -> None:
        grid = figure.subplots(n_rows, columns, squeeze=False)
        for number, (axes, (title, rows)) in enumerate(zip(grid.flat, panels, strict=False)):
            _intervals(axes, rows, 0.0)
            if number % columns and named(rows) == named(panels[number - 1][1]):
                axes.set_yticklabels([])
            axes.set_title(title)
            axes.margins(x=0.12)
            axes.locator_params(axis="x", nbins=4)
        for axes in list(grid.flat)[len(panels) :]:
            axes.set_visible(False)
        left = margin_for([name for _, rows in panels for name in named(rows)])
        figure.subplots_adjust(left=left, right=0.98, wspace=0.16, hspace=0.75,
                               top=1 - 0.3 / height, bottom=0.3 / height)  # fmt: skip

    def named(rows: Sequence[Interval]) -> list[str]:
        return [row.name for row in rows]

    return figure_of(height, draw)


def dots(
    rows: Sequence[Interval], label: str, line: float | None = None, share: bool = True,
    names: tuple[str, str] | None = None, limits: tuple[float, float] | None = None,
) -> Any:  # fmt: skip
    """A dot with its interval per row; a ring where a second value is. `names` are of both."""
    height = 0.75 + 0.28 * len(rows) + (0.3 if names else 0)

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        _intervals(axes, rows, line)
        axes.set_xlabel(label)
        if share:
            _as_percent(axes)
        if limits:
            axes.set_xlim(*limits)
        if names:
            _legend(axes, names)
        top = 1 - (0.35 if names else 0.08) / height
        figure.subplots_adjust(left=margin_for([row.name for row in rows]), right=0.97, top=top,
                               bottom=0.52 / height)  # fmt: skip

    return figure_of(height, draw)


def _legend(axes: Any, names: tuple[str, str]) -> None:
    axes.plot([], [], "o", color=OURS, label=names[0])
    axes.plot([], [], "o", markerfacecolor="white", color=ACCENT, label=names[1])
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, borderaxespad=0.2)


def _intervals(axes: Any, rows: Sequence[Interval], line: float | None) -> None:
    place = np.arange(len(rows))[::-1]
    value = np.array([row.value for row in rows])
    axes.hlines(place, [row.low for row in rows], [row.high for row in rows],
                color=OURS, alpha=0.45, linewidth=3)  # fmt: skip
    if line is not None:
        axes.axvline(line, color=INK, linewidth=0.9, linestyle=(0, (4, 3)))
    axes.plot(value, place, "o", color=OURS, markersize=6, clip_on=False)
    second = [(row.reference, at) for row, at in zip(rows, place, strict=True)
              if row.reference is not None]  # fmt: skip
    if second:
        axes.plot(*zip(*second, strict=True), "o", color=ACCENT, markerfacecolor="white",
                  markersize=6, clip_on=False)  # fmt: skip
    axes.set_yticks(place, [row.name for row in rows])
    axes.set_ylim(-0.6, len(rows) - 0.4)
    axes.grid(visible=False, axis="y")
    axes.spines["left"].set_visible(False)


def _as_percent(axes: Any) -> None:
    from matplotlib.ticker import PercentFormatter

    axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=None))


def reliability_curve(predicted: Floats, observed: Floats, x: str, y: str, less: str) -> Any:
    """Observed against predicted shares, and what they differ by, in points.

    Axes of shares give room to small ones (square roots).
    """

    def draw(figure: Any) -> None:
        left, right = figure.subplots(1, 2)
        end = min(1.0, 1.15 * max(float(predicted.max()), float(observed.max()), 0.01))
        ticks = [tick for tick in SHARE_TICKS if tick <= end]
        left.plot([0, end], [0, end], color=INK, linewidth=0.9, linestyle=(0, (4, 3)))
        left.plot(predicted, observed, "o-", color=OURS, markersize=5, linewidth=1.4)
        left.set_yscale("function", functions=ROOTS)
        left.set_yticks(ticks, [f"{tick:.0%}" for tick in ticks])
        left.set(ylim=(0, end), ylabel=y)
        right.axhline(0, color=INK, linewidth=0.9, linestyle=(0, (4, 3)))
        right.vlines(predicted, 0, 100 * (observed - predicted), color=OURS, alpha=0.45, lw=3)
        right.plot(predicted, 100 * (observed - predicted), "o", color=OURS, markersize=5)
        right.set_ylabel(less)
        for axes in (left, right):
            axes.set_xscale("function", functions=ROOTS)
            axes.set_xticks(ticks, [f"{tick:.0%}" for tick in ticks])
            axes.set(xlim=(0, end), xlabel=x)
        figure.subplots_adjust(left=0.09, right=0.98, top=0.96, bottom=0.15, wspace=0.25)

    return figure_of(3.7, draw)


def histogram(masses: Floats, low: float, high: float, x: str, y: str) -> Any:
    """Bars over tenths of [0, 1], with the band in which an even spread would leave them."""

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        n = len(masses)
        axes.axhspan(low, high, color=LINE, alpha=0.7, zorder=0)
        axes.axhline(masses.sum() / n, color=INK, linewidth=0.9, linestyle=(0, (4, 3)))
        axes.bar((np.arange(n) + 0.5) / n, masses, width=0.92 / n, color=OURS)
        axes.set(xlim=(0, 1), xlabel=x, ylabel=y)
        axes.grid(visible=False, axis="x")
        _as_percent(axes)
        figure.subplots_adjust(left=0.09, right=0.97, top=0.95, bottom=0.19)

    return figure_of(2.7, draw)


def spans_and_counts(
    rows: Sequence[tuple[str, float, float, float, float]], label: str, names: tuple[str, str]
) -> Any:
    """Per (name, low, median, high, count): the interval, its median, and what the count was."""
    height = 0.95 + 0.28 * len(rows)

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        _intervals(axes, [Interval(name, mid, low, high, count)
                          for name, low, mid, high, count in rows], None)  # fmt: skip
        axes.set_xscale("function", functions=ROOTS)
        end = max(max(high, count) for _, _, _, high, count in rows) * 1.08 + 1
        ticks = [t for t in (0, 1, 5, 10, 25, 50, 100, 200, 400, 800, 1500, 3000) if t <= end]
        axes.set_xlim(0, end)
        axes.set_xticks(ticks, [str(tick) for tick in ticks])
        axes.set_xlabel(label)
        _legend(axes, names)
        figure.subplots_adjust(left=margin_for([row[0] for row in rows]), right=0.97,
                               top=1 - 0.35 / height, bottom=0.5 / height)  # fmt: skip

    return figure_of(height, draw)


def lines(
    panels: Sequence[tuple[str, Sequence[tuple[str, Sequence[float]]]]], x: Sequence[float],
    label: str,
) -> Any:  # fmt: skip
    """Panels side by side: (title, (name, values over x) per line), ours first."""

    def draw(figure: Any) -> None:
        grid = figure.subplots(1, len(panels), squeeze=False)
        for axes, (title, drawn) in zip(grid.flat, panels, strict=True):
            for (name, values), colour in zip(drawn, COLOURS, strict=False):
                axes.plot(x, values, "o-", color=colour, label=name, markersize=5, linewidth=1.4)
            axes.set_title(title)
            axes.set_xlabel(label)
            axes.set_xticks(list(x), [f"{tick:g}" for tick in x])
            axes.set_ylim(bottom=0)
            axes.legend(loc="best")
        figure.subplots_adjust(left=0.07, right=0.98, top=0.9, bottom=0.18, wspace=0.22)

    return figure_of(3.0, draw)


def bars_by_method(panels: Sequence[tuple[str, Sequence[tuple[str, float]]]]) -> Any:
    """Panels of horizontal bars, (title, (name, value) per method), ours first."""
    columns = 3
    n_rows = -(-len(panels) // columns)
    height = n_rows * (0.65 + 0.28 * max(len(bars) for _, bars in panels)) + 0.1

    def draw(figure: Any) -> None:
        grid = figure.subplots(n_rows, columns, squeeze=False)
        for number, axes in enumerate(grid.flat):
            if number >= len(panels):
                axes.set_visible(False)
                continue
            title, bars = panels[number]
            place = np.arange(len(bars))[::-1]
            values = np.nan_to_num([value for _, value in bars])
            axes.barh(place, values, height=0.62, color=[OURS, *([LINE] * (len(bars) - 1))])
            for at, value in zip(place, values, strict=True):
                axes.text(value, at, f" {value:.3g}", va="center", fontsize=9)
            axes.set_title(title)
            axes.set_yticks(place, [name for name, _ in bars] if number % columns == 0 else [])
            axes.set_xlim(0, max(values.max() * 1.25, 1e-9))
            axes.set_xticks([])
            axes.grid(visible=False)
            axes.spines[["left", "bottom"]].set_visible(False)
        names = [name for _, bars in panels for name, _ in bars]
        figure.subplots_adjust(left=margin_for(names), right=0.98, wspace=0.12, hspace=0.5,
                               top=1 - 0.3 / height, bottom=0.1 / height)  # fmt: skip

    return figure_of(height, draw)
