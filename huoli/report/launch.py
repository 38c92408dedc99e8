"""The report of a launch backtest, in the reader's language."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

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
    rows_of,
    signed,
)
from huoli.report.launch_groups import best_and_worst, by_group, coverage, places, reliability
from huoli.report.page import Page, Picture, Section, Table
from serving import charts
from serving.charts import Interval
from training.group_reliability import MERGED

if TYPE_CHECKING:
    from training.ablation import Ablation
    from training.backtest_report import LaunchReport

BASELINES = {"base_rate": _("base rate"), "own_rate": _("own rate"),
             "past_counts": _("past counts")}  # fmt: skip
WHAT = _(
    "Activities that start from {start} to before {end}, each forecast {days} days before its "
    "start from what was known then."
)
UNITS = _("Intervals span 95 of 100 cases; whole activities are drawn, as people share their luck.")
PRIVACY = _(
    "No person is named, and no group under five people is shown: such are counted together as "
    "{mark}. Forecasts are no appraisal."
)
OF_LEADS = ("log_loss", "average_precision", "calibration_error", "pinball", "mae_median",
            "coverage_90", "width_90")  # fmt: skip


@dataclass(frozen=True)
class Window:
    """What was replayed: days as written, and how long before its start each was forecast."""

    start: str
    end: str
    lead_days: float

    @property
    def options(self) -> str:
        """The window as options of a command."""
        return f"--from {self.start} --to {self.end} --lead-days {self.lead_days:g}"


def launch_page(
    report: "LaunchReport", window: Window, ablations: "Sequence[Ablation] | None" = None,
    leads: pd.DataFrame | None = None,
) -> Page:  # fmt: skip
    """The whole report; `leads` and `ablations` are None where they were not asked for."""
    own = {gain.metric: gain for gain in report.gains["own_rate"]}["log_loss"]
    held = {gain.metric: gain for gain in report.gains["past_counts"]}["coverage_90"]
    days = f"{window.lead_days:g}"
    return Page(
        title=render("Launch forecasts, replayed"),
        subtitle=render(WHAT, {"start": window.start, "end": window.end, "days": days}),
        facts=[
            (f"{report.n_activities:,}", render("activities")),
            (f"{report.n_pairs:,}", render("invited pairs")),
            (signed(100 * own.difference / own.baseline, 0) + "%",
             render("log-loss beside a person's own rate")),
            (percent(held.ours), render("of 90% intervals held")),
        ],
        sections=[
            _gains(report), reliability(report), by_group(report), coverage(report),
            places(report), best_and_worst(report), _horizons(leads, window),
            _ablation(ablations, window),
        ],
        notes=[render(UNITS), render(PRIVACY, {"mark": MERGED})],
    )  # fmt: skip


def _gains(report: "LaunchReport") -> Section:
    named = {render(BASELINES[name]): found for name, found in report.gains.items()}
    text = _(
        "Pairs: the base rate gives everyone the share of yes so far; the own rate is a person's "
        "smoothed share of yes. Head counts: how many came to activities for the same audience "
        "lately."
    )
    return Section(
        render("Gains over simple baselines"),
        [render(text), render(READ_GAINS)],
        [
            picture(charts.panels_of_gains(gain_panels(named)), render(GAIN_ALT)),
            gains_table(render(SAME_ROWS), named),
        ],
    )


def _horizons(leads: pd.DataFrame | None, window: Window) -> Section:
    title = render("Earlier and later forecasts")
    if leads is None:
        command = f"huoli backtest launch {window.options} --horizons 3,7,14,30,45 --report FILE"
        return Section(
            title, [render("Not asked for. `{command}` shows it.", {"command": command})]
        )
    panels = [
        (render(METRICS[ours]), [
            (render("Huoli"), leads[ours].tolist()),
            (render(BASELINES[baseline]), leads[f"{baseline}_{ours}"].tolist()),
        ])
        for ours, baseline in (("log_loss", "own_rate"), ("pinball", "past_counts"))
    ]  # fmt: skip
    label = render("days before the start")
    rows = [
        [f"{lead.lead:g}", *(
            percent(getattr(lead, name)) if name == "coverage_90" else number(getattr(lead, name))
            for name in OF_LEADS)]
        for lead in rows_of(leads)
    ]  # fmt: skip
    text = _(
        "The same activities forecast from what was known at each lead. Models and the luck of "
        "head counts are those fitted at {days} days: other leads may do a little better with "
        "models of their own."
    )
    alt = render("Log-loss and pinball loss by days before the start, beside baselines")
    return Section(
        title,
        [render(text, {"days": f"{window.lead_days:g}"})],
        [
            picture(charts.lines(panels, leads["lead"].tolist(), label), alt),
            Table(render("Quality by days before the start"),
                  [label, *(render(METRICS[name]) for name in OF_LEADS)], rows),
        ],
    )  # fmt: skip


def _ablation(ablations: "Sequence[Ablation] | None", window: Window) -> Section:
    from huoli.commands.ablate_command import NAMES, WHOLE, WITHOUT

    title = render("What each group of features earns")
    if ablations is None:
        text = _(
            "Not asked for: it takes long. `{command}` prints it, --with-ablation puts it here."
        )
        return Section(title, [render(text, {"command": f"huoli ablate {window.options}"})])
    bars = [Interval(render(NAMES[one.left_out]), one.loss, one.loss_low, one.loss_high)
            for one in ablations if one.left_out]  # fmt: skip
    figure = charts.dots(bars, render("rise of log-loss without it"), 0.0, share=False)
    rows = []
    for one in ablations:
        figures = [number(one.log_loss, 5), number(one.average_precision)]
        if one.left_out:
            name = render(WITHOUT, {"group": render(NAMES[one.left_out])})
            rise = [signed(one.loss, 5), between(one.loss_low, one.loss_high, 5)]
            rows.append([name, str(one.n_columns), *figures, *rise])
        else:
            rows.append([render(WHOLE), "0", *figures, "", ""])
    heads = [render("features"), render("columns left out"), render(METRICS["log_loss"]),
             render(METRICS["average_precision"]), render("rise of log-loss"),
             render("95% interval")]  # fmt: skip
    text = _(
        "The same forecasts without one group, by models refitted quarterly. Right of the dashed "
        "line with the whole interval: the group earns its place here."
    )
    alt = render("Rise of log-loss without each group of features, with 95% intervals")
    parts: list[Picture | Table] = [picture(figure, alt)]
    parts.append(Table(render("Ablation"), heads, rows))
    return Section(title, [render(text)], parts)
