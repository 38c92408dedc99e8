"""Sections of a launch report: calibration overall and by group, coverage, surprises."""

from typing import TYPE_CHECKING

import pandas as pd

from features.language import _, render
from huoli.report.cells import between, number, percent, picture, rows_of, signed
from huoli.report.page import Picture, Section, Table
from serving import charts
from serving.charts import Interval

if TYPE_CHECKING:
    from training.backtest_report import LaunchReport

DIMENSIONS = {
    "function": _("function"), "city": _("city"), "tenure": _("days with the company"),
    "group_size": _("people in the project group"), "audience_size": _("people invited"),
}  # fmt: skip
KINDS = {"total": _("everyone invited"), "function": _("function"),
         "project_group": _("project group"), "city": _("city")}  # fmt: skip
N_WORST, N_BEST = 8, 5
TITLE_WIDTH = 34


def reliability(report: "LaunchReport") -> Section:
    """The curve of all pairs."""
    table = report.reliability
    predicted, observed = render("predicted share"), render("observed share")
    figure = charts.reliability_curve(
        table["predicted"].to_numpy(), table["observed"].to_numpy(), predicted, observed,
        render("observed less predicted, points"),
    )  # fmt: skip
    rows = [[percent(row.predicted, 2), percent(row.observed, 2), f"{row.n:,.0f}"]
            for row in rows_of(table)]  # fmt: skip
    text = _(
        "Pairs in bins of equal number by predicted probability. On the dashed line, as many take "
        "part as was predicted. Axes give more room to small shares."
    )
    return Section(
        render("Do probabilities hold?"),
        [render(text)],
        [
            picture(figure, render("Observed against predicted share of taking part, by bin")),
            Table(render("Reliability of all pairs"), [predicted, observed, render("pairs")], rows),
        ],
    )


def by_group(report: "LaunchReport") -> Section:
    """Predicted and observed shares by function, city, tenure and size of group."""
    text = _(
        "A full dot is the observed share with its interval, a ring the predicted one. Where the "
        "ring lies within the interval, the group's forecasts hold."
    )
    paragraphs = [render(text)]
    missing = [render(DIMENSIONS[name]) for name in DIMENSIONS if name not in report.by]
    if missing:
        paragraphs.append(render("Not on record here: {names}.", {"names": ", ".join(missing)}))
    parts: list[Picture | Table] = []
    for dimension, table in report.by.items():
        name = render(DIMENSIONS[dimension])
        parts += [_group_picture(name, table), _group_table(name, table)]
    return Section(render("Do they hold for each group of people?"), paragraphs, parts)


def _group_picture(name: str, table: pd.DataFrame) -> Picture:
    rows = [
        Interval(charts.shortened(row.group, TITLE_WIDTH), row.observed,
                 max(0.0, row.predicted + row.low), row.predicted + row.high, row.predicted)
        for row in rows_of(table)
    ]  # fmt: skip
    both = render("observed"), render("predicted")
    figure = charts.dots(rows, render("share taking part"), names=both)
    return picture(figure, render("Predicted and observed share by {group}", {"group": name}))


def _group_table(name: str, table: pd.DataFrame) -> Table:
    heads = [name, render("people"), render("activities"), render("pairs"), render("predicted"),
             render("observed"), render("observed less predicted, 95% interval")]  # fmt: skip
    rows = [
        [row.group, f"{row.people:,}", f"{row.activities:,}", f"{row.pairs:,}",
         percent(row.predicted, 2), percent(row.observed, 2),
         between(100 * row.low, 100 * row.high, 2)]
        for row in rows_of(table)
    ]  # fmt: skip
    return Table(render("By {group}; intervals in points", {"group": name}), heads, rows)


def coverage(report: "LaunchReport") -> Section:
    """How often 90% intervals held, of totals and of teams, by size."""
    named = [(f"{render(KINDS[row.kind])}, {row.size_class}", row)
             for row in rows_of(report.coverage)]  # fmt: skip
    dots = [Interval(name, row.coverage, row.low, row.high) for name, row in named]
    label = render("share of 90% intervals that held")
    figure = charts.dots(dots, label, 0.9, limits=(0, 1.02))
    rows = [
        [name, f"{row.n:,}", f"{row.activities:,}", percent(row.coverage),
         f"{percent(row.low)} … {percent(row.high)}", number(row.turnout, 1), number(row.width, 1)]
        for name, row in named
    ]  # fmt: skip
    heads = [render("group, people invited"), render("forecasts"), render("activities"),
             render("held"), render("95% interval"), render("mean turnout"),
             render("mean width")]  # fmt: skip
    text = _(
        "Head counts of everyone invited and of every team of five or more, by how many of them "
        "are invited. The dashed line is where nine of ten intervals hold; counts are whole "
        "people, so that those of small teams hold more often."
    )
    return Section(
        render("Do 90% intervals hold, of large and of small groups?"),
        [render(text)],
        [
            picture(figure, render("Share of 90% intervals that held, by kind and size of group")),
            Table(render("Coverage by kind and size of group"), heads, rows),
        ],
    )


def places(report: "LaunchReport") -> Section:
    """The histogram of where turnouts fell in their forecasts."""
    from scipy.stats import binom

    n, masses = report.n_activities, report.pit
    low, high = binom.ppf([0.025, 0.975], n, 1 / len(masses))
    place, activities = render("place of the turnout in its forecast"), render("activities")
    figure = charts.histogram(masses, float(low), float(high), place, activities)
    rows = [[f"{10 * k}–{10 * (k + 1)}%", number(mass, 1), percent(mass / max(n, 1))]
            for k, mass in enumerate(masses.tolist())]  # fmt: skip
    text = _(
        "An honest forecast sees its turnouts spread evenly: bars high in the middle mean "
        "intervals too wide, high at both ends too narrow, high at one end too low or too high. "
        "Even forecasts leave a bar in the grey band in 95 of 100 cases. A whole count has no "
        "single place; it is spread over its own (the expectation of the randomised PIT)."
    )
    return Section(
        render("Where turnouts fell in their forecasts"),
        [render(text)],
        [
            picture(figure, render("Histogram of the places of turnouts")),
            Table(render("Places of turnouts"), [place, activities, render("share")], rows),
        ],
    )


def best_and_worst(report: "LaunchReport") -> Section:
    """The activities that surprised most, and least."""
    told = report.activities
    title = render("Best and worst forecasts")
    if not len(told):
        return Section(title, [render("No activity has five or more people invited.")])
    worst = told.iloc[::-1].head(N_WORST)
    # with few activities none is shown as both
    best = told.head(min(N_BEST, len(told) - len(worst)))
    spans = [
        (charts.shortened(row.title, TITLE_WIDTH), row.p05, row.p50, row.p95, row.turnout)
        for row in rows_of(pd.concat([worst, best], ignore_index=True))
    ]
    both = render("forecast, 90% interval"), render("turnout")
    figure = charts.spans_and_counts(spans, render("people"), both)
    text = _(
        "Surprise is the turnout's distance from the median, in lengths from there to the end of "
        "the 90% interval on its side: beyond 1 it fell outside. Activities with fewer than five "
        "people invited are left out."
    )
    alt = render("Forecast intervals and turnouts of the worst, then the best forecasts")
    tables = [_surprises(render("The worst"), worst)]
    if len(best):
        tables.append(_surprises(render("The best"), best))
    return Section(title, [render(text)], [picture(figure, alt), *tables])


def _surprises(caption: str, told: pd.DataFrame) -> Table:
    heads = [render("activity"), render("start"), render("people invited"), render("median"),
             render("90% interval"), render("turnout"), render("surprise")]  # fmt: skip
    rows = [
        [charts.shortened(row.title, 60), str(row.starts)[:10], f"{row.size:,}",
         number(row.p50, 1), f"{row.p05:.1f} … {row.p95:.1f}", f"{row.turnout:,}",
         signed(row.surprise, 2)]
        for row in rows_of(told)
    ]  # fmt: skip
    return Table(caption, heads, rows)
