"""The report of a ranking backtest, in the reader's language."""

from typing import TYPE_CHECKING

from features.language import _, render
from huoli.report.cells import (
    GAIN_ALT,
    METRICS,
    READ_GAINS,
    SAME_ROWS,
    between,
    gain_panels,
    gains_table,
    number,
    percent,
    picture,
    signed,
)
from huoli.report.page import Page, Section, Table
from serving import charts
from serving.charts import Interval

if TYPE_CHECKING:
    from training.ranking_report import RankingReport

METHODS = {"ranking": _("Huoli"), "popularity": _("popularity"),
           "own group, popularity": _("own group, popularity")}  # fmt: skip
OTHERS = [name for name in METHODS if name != "ranking"]
BESIDE = ("ndcg_at_10", "diversity_at_10", "novelty_at_10", "activities_reached",
          "gini_of_exposure", "people_reached")  # fmt: skip
SHARES = ("activities_reached", "people_reached")
WHAT = _(
    "Lists made at the first of each month from {start} to before {end}, of activities that start "
    "in the next {days} days, from what was known then."
)
UNITS = _("Intervals span 95 of 100 cases; whole people are drawn, as one's lists hang together.")


def ranking_page(report: "RankingReport", start: str, end: str, horizon_days: float) -> Page:
    """The whole report."""
    ndcg = {name: figures["ndcg_at_10"] for name, figures in report.figures.items()}
    days = f"{horizon_days:g}"
    return Page(
        title=render("Rankings, replayed"),
        subtitle=render(WHAT, {"start": start, "end": end, "days": days}),
        facts=[
            (f"{report.n_lists:,}", render("lists, a person and a moment each")),
            (f"{report.n_scored:,}", render("of them hold a later registration")),
            (number(ndcg["ranking"], 3), render("NDCG@10 of Huoli")),
            (number(max(ndcg[name] for name in OTHERS), 3),
             render("NDCG@10 of the better baseline")),
        ],
        sections=[_gains(report), _by_earlier(report), _beyond(report)],
        notes=[
            render(UNITS), render("No person is named, and no class under five people is shown."),
        ],
    )  # fmt: skip


def _gains(report: "RankingReport") -> Section:
    named = {render(METHODS[name]): found for name, found in report.gains.items()}
    text = _(
        "Popularity orders activities by registrations so far; the other baseline puts those meant "
        "for the person's own group first. Hits are counted in lists that hold a later "
        "registration."
    )
    return Section(
        render("Gains over simple baselines"),
        [render(text), render(READ_GAINS)],
        [
            picture(charts.panels_of_gains(gain_panels(named)), render(GAIN_ALT)),
            gains_table(render(SAME_ROWS), named),
        ],
    )


def _by_earlier(report: "RankingReport") -> Section:
    classes = report.by_earlier.to_dict("records")
    title = render("By how often a person said yes before")
    if not classes:
        return Section(title, [render("No class holds five people.")])
    dots = []
    for row in classes:
        for other in OTHERS:
            gain = report.gains_by_earlier[row["earlier"], other]
            name = f"{row['earlier']} · {render(METHODS[other])}"
            dots.append(Interval(name, gain.difference, gain.low, gain.high))
    label = render("NDCG@10 of Huoli less that of the baseline")
    figure = charts.dots(dots, label, 0.0, share=False)
    rows = [
        [row["earlier"], f"{row['lists']:,}", f"{row['people']:,}",
         *(number(row[name], 3) for name in METHODS),
         *(_difference(report, row["earlier"], name) for name in OTHERS)]
        for row in classes
    ]  # fmt: skip
    less = [render("Huoli less {name}", {"name": render(METHODS[name])}) for name in OTHERS]
    heads = [render("earlier yeses"), render("lists"), render("people"),
             *(render(METHODS[name]) for name in METHODS), *less]  # fmt: skip
    text = _(
        "Newcomers have no yes yet: what ranks well for them rests on their team, on what the "
        "activity is, and on others."
    )
    alt = render("Gain in NDCG@10 over each baseline by number of earlier yeses")
    table = Table(render("NDCG@10 by number of earlier yeses"), heads, rows)
    return Section(title, [render(text)], [picture(figure, alt), table])


def _difference(report: "RankingReport", earlier: str, name: str) -> str:
    gain = report.gains_by_earlier[earlier, name]
    return f"{signed(gain.difference, 3)} ({between(gain.low, gain.high, 3)})"


def _beyond(report: "RankingReport") -> Section:
    panels = [
        (render(METRICS[name]), [(render(METHODS[method]), figures[name])
                                 for method, figures in report.figures.items()])
        for name in BESIDE
    ]  # fmt: skip
    heads = [render("Figure"), *(render(METHODS[name]) for name in report.figures)]
    rows = [
        [render(METRICS[name]), *(percent(figures[name]) if name in SHARES else
                                  number(figures[name]) for figures in report.figures.values())]
        for name in METRICS if name in report.figures["ranking"]
    ]  # fmt: skip
    of_lists = _(
        "Diversity: how unlike the first ten are, in template, organiser and tags as far as on "
        "record (0 all alike, 1 nothing shared). Novelty: how few had registered for them by then, "
        "in bits; one more means half as many."
    )
    of_all = _(
        "Reach: the share of activities that stand in someone's first ten, the share of people "
        "with any list, and how unevenly activities are shown (Gini: 0 evenly, 1 one alone). A "
        "list should not buy hits with any of these."
    )
    alt = render("NDCG@10 beside diversity, novelty and reach by method")
    return Section(
        render("Beyond hits: diversity, novelty and reach"),
        [render(of_lists), render(of_all)],
        [picture(charts.bars_by_method(panels), alt),
         Table(render("Every figure by method"), heads, rows)],
    )  # fmt: skip
