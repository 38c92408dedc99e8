"""The effect on one page, to save and to print: key figures, charts, likely reasons."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from serving.charts import INK, LINE, OURS, SOFT, figure_of, margin_for, shortened
from serving.console.effect_charts import draw_outcome, draw_runs, draw_teams

# A4 in inches, and the room around what is printed
WIDTH, HEIGHT, SIDE, TOP, BOTTOM = 8.27, 11.69, 0.7, 0.5, 0.6
# columns of a line of 10 points; a Chinese character takes two
COLUMNS = 94
MOST_TEAMS = 7
# the chart of runs takes what the texts leave, within these heights
LOWEST, HIGHEST = 0.8, 1.7
BULLET, BULLET_WIDTH = "•  ", 0.19
AROUND_RUNS = (0.28, 0.62)
# what cannot begin a line
CLOSING = "，。；：、！？）》」”’"
PIECES = re.compile(rf"[⺀-￯][{CLOSING}]*|[^\s⺀-￯]+[{CLOSING}]*\s*|\s+")


@dataclass
class Page:
    """A page filled from its top; `at` is how far down it is filled, in inches."""

    figure: Any
    at: float = TOP

    def text(
        self, text: str, size: float = 10, color: str = INK, weight: str = "normal"
    ) -> None:  # fmt: skip
        """A text, broken into lines."""
        indent = 0.0
        for line in wrapped(text, round(COLUMNS * 10 / size)):
            self.at += size * 1.5 / 72
            place = ((SIDE + indent) / WIDTH, 1 - self.at / HEIGHT)
            self.figure.text(*place, line, fontsize=size, color=color, fontweight=weight)
            # what goes on after a bullet stands under its text
            indent = BULLET_WIDTH if text.startswith(BULLET) else 0.0
        self.at += 0.04

    def heading(self, text: str) -> None:
        """The heading of a part."""
        self.at += 0.14
        self.text(text, 11.5, weight="bold")
        self.at += 0.04

    def axes(self, height: float, above: float, below: float, left: float = 0.0) -> Any:
        """Axes over the page's width, with so much room above and below them."""
        self.at += above + height
        place = ((SIDE + left) / WIDTH, 1 - self.at / HEIGHT, (WIDTH - 2 * SIDE - left) / WIDTH,
                 height / HEIGHT)  # fmt: skip
        self.at += below
        return self.figure.add_axes(place)

    def facts(self, facts: Sequence[Sequence[str]]) -> None:
        """Key figures beside each other: (value, what it is)."""
        self.at += 0.4
        step, room = (WIDTH - 2 * SIDE) / max(len(facts), 1), 110 // max(len(facts), 1)
        for number, (value, name) in enumerate(facts):
            left = (SIDE + number * step) / WIDTH
            self.figure.text(left, 1 - self.at / HEIGHT, value, fontsize=17, color=INK)
            self.figure.text(left, 1 - (self.at + 0.19) / HEIGHT, shortened(name, room), fontsize=8,
                             color=SOFT)  # fmt: skip
        self.at += 0.34


def report_figure(content: Mapping[str, Any]) -> Any:
    """The page. `content` has texts in the reader's language, and the arguments of its charts."""

    def draw(figure: Any) -> None:
        page = Page(figure)
        page.text(content["kind"], 9, color=OURS, weight="bold")
        page.text(shortened(content["title"], 110), 16, weight="bold")
        page.text(content["under"], 9.5, color=SOFT)
        page.facts(content["facts"])
        for text in content["said"]:
            page.text(text)
        if content["overall"]:
            draw_outcome(page.axes(0.3, 0.32, 0.28), **content["overall"])
        _teams(page, content["teams"])
        if content["runs"]:
            page.heading(content["runs_name"])
            left = HEIGHT - BOTTOM - 0.1 - page.at - _height(content["lists"]) - sum(AROUND_RUNS)
            height = min(max(left, LOWEST), HIGHEST)
            draw_runs(page.axes(height, *AROUND_RUNS, 0.5), **content["runs"])
        _lists(page, content["lists"])
        _foot(figure, content["foot"])

    return figure_of(HEIGHT, draw, WIDTH)


def wrapped(text: str, columns: int) -> list[str]:
    """The text in lines of so many columns; Chinese breaks between any characters.

    >>> wrapped("活动比预期少来了十人。 Fewer came", 12)
    ['活动比预期少', '来了十人。', 'Fewer came']
    """
    from rich.cells import cell_len

    lines, line = [], ""
    for piece in PIECES.findall(text):
        if line and cell_len(line + piece.rstrip()) > columns:
            lines.append(line.rstrip())
            line = ""
        line += piece if line else piece.lstrip()
    return [*lines, line.rstrip()] if line.strip() else lines


def _teams(page: Page, teams: Mapping[str, Any] | None) -> None:
    if not teams:
        return
    rows = [{**row, "name": shortened(row["name"], 30)} for row in teams["rows"][:MOST_TEAMS]]
    page.heading(teams["name"])
    left = margin_for([row["name"] for row in rows]) * 8.4
    axes = page.axes(0.1 + 0.23 * len(rows), 0.26, 0.5, left)
    draw_teams(axes, rows, teams["label"], teams["names"])
    if teams.get("more"):
        page.text(teams["more"], 8, color=SOFT)


def _lists(page: Page, lists: Sequence[tuple[str, Sequence[str]]]) -> None:
    """The lists, as far as the page has room for them."""
    for name, texts in lists:
        if page.at + _height([(name, texts[:1])]) > HEIGHT - BOTTOM:
            return
        page.heading(name)
        for text in texts:
            if page.at + _height_of(text) <= HEIGHT - BOTTOM:
                page.text(BULLET + text, 9.5)


def _height(lists: Sequence[tuple[str, Sequence[str]]]) -> float:
    """How high the lists are with their headings, in inches."""
    return sum(0.46 + sum(map(_height_of, texts)) for _name, texts in lists)


def _height_of(text: str) -> float:
    return len(wrapped(BULLET + text, round(COLUMNS * 10 / 9.5))) * 9.5 * 1.5 / 72 + 0.04


def _foot(figure: Any, text: str) -> None:
    from matplotlib.lines import Line2D

    left, right = SIDE / WIDTH, 1 - SIDE / WIDTH
    figure.add_artist(Line2D([left, right], [BOTTOM / HEIGHT] * 2, color=LINE, linewidth=0.8))
    figure.text(left, (BOTTOM - 0.2) / HEIGHT, text, fontsize=7.5, color=SOFT)
