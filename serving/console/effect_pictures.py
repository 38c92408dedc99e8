"""The effect's charts, each with its figures as a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from features.history.columns import moment
from features.language import _
from serving.console.activity import topic_name
from serving.console.circumstances import Circumstances
from serving.console.effect_charts import (
    outcome_figure,
    ratings_figure,
    runs_figure,
    teams_figure,
)
from serving.console.effects import Effect
from serving.console.judged import TeamLine
from serving.console.marks import STARS
from serving.console.pictures import Cell, Picture, Table, picture
from serving.console.rendering import day_text, signed, zone_of
from serving.console.series import Run, functions_of
from serving.console.site import Visit
from serving.forecast import OTHER_TEAMS

BREAKDOWNS = {"function": _("By function"), "project_group": _("By project group"),
              "city": _("By city")}  # fmt: skip
MOST_ROWS = 12
MOST_LINES = 5
FORECAST = _("forecast, with its 90% interval")
USUAL = _("usual rate of the half year before")
CAME = _("came")
OUTSIDE = _("came, outside the interval")
SHARE = _("share of those invited who came")


@dataclass(frozen=True)
class TeamPicture:
    """One breakdown: its chart of the first rows, and all of them as a table."""

    name: str
    picture: Picture
    n_more: int


@dataclass(frozen=True)
class RunRow:
    """A run as the table has it; `here` is the one whose page it is."""

    address: str
    title: str
    here: bool
    cells: Sequence[Cell]


def overall_picture(visit: Visit, found: Effect) -> Picture | None:
    """Where in its interval the whole fell."""
    if found.against is None:
        return None
    heads = [visit.say(head) for head in (_("All invited"), _("Expected"), _("Low"), _("High"),
                                          _("Came"))]  # fmt: skip
    one = found.against
    table = Table(heads, [[visit.say(_("Everyone")), one.expected, one.low, one.high, one.came]])
    alt = visit.say(_("How many came beside the forecast"))
    return picture(outcome_figure, {"row": dict(vars(one)), "names": names_of(visit, True)[:2]},
                   alt, table)  # fmt: skip


def team_pictures(visit: Visit, found: Effect) -> list[TeamPicture]:
    """A chart per breakdown that can be shown, surprises first."""
    has_told = bool(found.approved and found.approved.told)
    result = []
    for breakdown, lines in found.lines.items():
        if lines:
            name = visit.say(BREAKDOWNS[breakdown])
            drawn = lines[:MOST_ROWS]
            alt = visit.say(_("Turnout of each team beside what was to be expected"))
            rows = [team_row(visit, breakdown, line) for line in drawn]
            shown = picture(
                teams_figure, {"rows": rows, "label": visit.say(SHARE),
                               "names": names_of(visit, has_told)},
                f"{name}: {alt}", teams_table(visit, breakdown, lines, has_told),
            )  # fmt: skip
            result.append(TeamPicture(name, shown, len(lines) - len(drawn)))
    return result


def names_of(visit: Visit, has_told: bool) -> list[str]:
    """What the marks of a chart are."""
    return [visit.say(FORECAST if has_told else USUAL), visit.say(CAME),
            *([visit.say(OUTSIDE)] if has_told else [])]  # fmt: skip


def line_name(visit: Visit, breakdown: str, line: TeamLine) -> str:
    """A team's name, or that it is several."""
    if line.part.merged:
        return visit.say(OTHER_TEAMS)
    return visit.teams.of(breakdown, line.part.team)


def team_row(visit: Visit, breakdown: str, line: TeamLine) -> dict[str, Any]:
    """A team as charts have it, in percent."""
    told, of = line.told, line.told_invited
    spread: Mapping[str, float | None] = {"low": None, "expected": None, "high": None}
    if told and of:
        spread = {"low": 100 * told.low / of, "expected": 100 * told.expected / of,
                  "high": 100 * told.high / of}  # fmt: skip
    return {"name": line_name(visit, breakdown, line), **spread, "usual": line.usual,
            "came": line.part.percent, "is_outside": bool(line.outside)}  # fmt: skip


def teams_table(visit: Visit, breakdown: str, lines: Sequence[TeamLine], has_told: bool) -> Table:
    """The teams of one breakdown as figures."""
    heads: tuple[str, ...]
    rows: list[list[Cell]]
    if has_told:
        heads = (_("Team"), _("Invited"), _("Expected"), _("Low"), _("High"), _("Came"), _("Rate"),
                 _("Outside the interval"))  # fmt: skip
        rows = [[line_name(visit, breakdown, one), one.part.invited, *_told_cells(one),
                 one.part.came, f"{one.part.percent}%", signed(one.outside) if one.told else "–"]
                for one in lines]  # fmt: skip
    else:
        heads = (_("Team"), _("Invited"), _("Came"), _("Rate"), _("Usual rate"), _("Difference"))
        rows = [[line_name(visit, breakdown, one), one.part.invited, one.part.came,
                 f"{one.part.percent}%", "–" if one.usual is None else f"{one.usual}%",
                 "–" if one.usual is None else signed(one.part.percent - one.usual)]
                for one in lines]  # fmt: skip
    return Table([visit.say(head) for head in heads], rows)


def _told_cells(line: TeamLine) -> list[Cell]:
    told = line.told
    return [told.expected, told.low, told.high] if told else ["–", "–", "–"]


def ratings_picture(visit: Visit, found: Effect) -> Picture | None:
    """How many of 100 gave how many stars; None where few rated it."""
    counts = found.marks.ratings
    if counts is None:
        return None
    heads = [visit.say(_("Stars")), visit.say(_("Ratings"))]
    rows: list[list[Cell]] = [
        [str(stars), f"{count}%"] for stars, count in zip(STARS, counts, strict=True)
    ]
    alt = visit.say(_("How many of 100 ratings had how many stars"))
    label = visit.say(_("of 100 ratings, by stars, 5 being the best"))
    return picture(ratings_figure, {"counts": list(counts), "label": label}, alt,
                   Table(heads, rows))  # fmt: skip


def lines_of_runs(visit: Visit, runs: Sequence[Run]) -> list[tuple[str, list[int | None]]]:
    """The rate of everyone, and of each function, over the runs."""
    functions = functions_of(runs, MOST_LINES)
    whole: list[int | None] = [run.outcome.percent for run in runs]
    return [(visit.say(_("All invited")), whole),
            *((visit.teams.of("function", name),
               [run.functions.get(name) for run in runs]) for name in functions)]  # fmt: skip


def runs_picture(visit: Visit, found: Effect) -> Picture | None:
    """Turnout over the runs of its series; None where there is but one."""
    if len(found.runs) < 2:
        return None
    lines = lines_of_runs(visit, found.runs)
    arguments = {"lines": lines, "days": run_days(found), "here": here_of(found),
                 "label": visit.say(_("turnout"))}  # fmt: skip
    heads = [visit.say(_("Run")), *(name for name, _values in lines)]
    rows = [[day, *("–" if values[at] is None else f"{values[at]}%" for _name, values in lines)]
            for at, day in enumerate(run_days(found))]  # fmt: skip
    alt = visit.say(_("Turnout of each run of this series, as a whole and by function"))
    return picture(runs_figure, arguments, alt, Table(heads, rows))


def run_days(found: Effect) -> list[str]:
    """The day of each run."""
    zone = zone_of(found.activity.zone)
    return [f"{moment(run.outcome.starts).astimezone(zone):%Y-%m-%d}" for run in found.runs]


def here_of(found: Effect) -> int:
    """Which run's page it is."""
    ids = [run.activity_id for run in found.runs]
    own = found.activity.activity_id
    return ids.index(own) if own in ids else -1


def run_heads(visit: Visit) -> list[str]:
    """The columns of the table of runs, after each one's name."""
    return [visit.say(head) for head in (
        _("Day"), _("Began at"), _("Topics"), _("Points"), _("Days of notice"), _("Invited"),
        _("Came"), _("Rate"))]  # fmt: skip


def runs_table(visit: Visit, found: Effect) -> list[RunRow]:
    """The runs of its series, the newest first; none where there is but one."""
    from urllib.parse import quote

    if len(found.runs) < 2:
        return []
    return [
        RunRow(
            f"/console/activities/{quote(run.activity_id, safe='')}/effect", run.title,
            run.activity_id == found.activity.activity_id, run_cells(visit, found, run, day),
        )
        for run, day in zip(reversed(found.runs), reversed(run_days(found)), strict=True)
    ]  # fmt: skip


def run_cells(visit: Visit, found: Effect, run: Run, day: str) -> list[Cell]:
    """One run's cells, after its name."""
    held = found.circumstances[run.outcome.place]
    return [
        day_text(f"{day}T00:00:00+00:00", visit.language), held.time, topics_in(visit, held),
        round(held.reward), "–" if held.notice_days is None else held.notice_days,
        run.outcome.n_invited, run.outcome.came, f"{run.outcome.percent}%",
    ]  # fmt: skip


def topics_in(visit: Visit, held: Circumstances) -> str:
    """The topics of a run, the largest first, with their shares where there are several."""
    ordered = sorted(held.topics.items(), key=lambda item: (-item[1], item[0]))
    if len(ordered) == 1:
        return topic_name(ordered[0][0], visit.language)
    return " · ".join(f"{topic_name(name, visit.language)} {share:.0%}" for name, share in ordered)
