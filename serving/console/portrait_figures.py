"""The charts of a portrait and the tables behind them, in whole percents."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from features.language import _
from serving.console import portrait_charts
from serving.console.pictures import Cell, Picture, Table, picture
from serving.console.site import Visit
from serving.held import Kind
from serving.portrait_cells import Figure
from serving.portrait_labels import is_kind_of_activity, kind_label, survey_label
from serving.team_portraits import Portrait, Row

SHARE = _("share of invitations taken up")
RATING = _("mean rating, 1 to 5")
# per section of the page: its heading, and each chart's heading with the kinds in it
SECTIONS: tuple[tuple[str, tuple[tuple[str, tuple[Kind, ...]], ...]], ...] = (
    (_("What it comes to"), ((_("By kind of activity"), ("template",)),
                             (_("By topic"), ("topic",)))),
    (_("When and how it has time"), ((_("By time of day"), ("slot",)),
                                     (_("By place and notice"), ("mode", "notice")))),
)  # fmt: skip
# kinds without an order of their own: the highest first
UNORDERED: tuple[Kind, ...] = ("template", "topic")
Named = tuple[Sequence[Row], Callable[[Row], str]]


@dataclass(frozen=True)
class Chart:
    """A chart of the page, under its heading."""

    title: str
    picture: Picture


def sections(visit: Visit, portrait: Portrait) -> list[tuple[str, list[Chart]]]:
    """(heading, charts) of the page."""
    found = [
        (visit.say(heading), [one for title, kinds in charts
                              for one in _rates(visit, portrait, title, kinds)])
        for heading, charts in SECTIONS
    ]  # fmt: skip
    return [*found, (visit.say("What it says in surveys"), _surveys(visit, portrait))]


def _rates(visit: Visit, portrait: Portrait, title: str, kinds: Sequence[Kind]) -> list[Chart]:
    """The chart of some kinds of activities; none where nothing is known of them."""
    groups = [_of_kind(visit, portrait, kind) for kind in kinds if portrait.rates[kind]]
    if not groups:
        return []
    alt = visit.say("Share of invitations that {team} takes up, beside the company and half a "
                    "year before", team=_called(visit, portrait))  # fmt: skip
    before = visit.say("half a year before")
    drawn = _dots(visit, portrait, groups, alt, visit.say(SHARE), before, is_share=True)
    return [Chart(visit.say(title), drawn)]


def _of_kind(visit: Visit, portrait: Portrait, kind: Kind) -> Named:
    rows = portrait.rates[kind]
    return (_ordered(rows) if kind in UNORDERED else rows,
            lambda row: kind_label(kind, row.name, visit.language))  # fmt: skip


def _surveys(visit: Visit, portrait: Portrait) -> list[Chart]:
    """The charts of what was answered on kinds of activities, and on topics."""
    alt = visit.say("How {team} rates topics in surveys, beside the company and a year before",
                    team=_called(visit, portrait))  # fmt: skip
    found = []
    for title, is_kind in ((_("Kinds of activity"), True), (_("Topics"), False)):
        rows = [row for row in portrait.ratings if is_kind_of_activity(row.name) == is_kind]
        groups = [(_ordered(rows), lambda row: survey_label(row.name, visit.language))]
        if rows:
            drawn = _dots(visit, portrait, groups, alt, visit.say(RATING),
                          visit.say("a year before"), is_share=False)  # fmt: skip
            found.append(Chart(visit.say(title), drawn))
    return found


def _called(visit: Visit, portrait: Portrait) -> str:
    return visit.teams.of(portrait.by, portrait.team)


def _ordered(rows: Sequence[Row]) -> list[Row]:
    """The highest first; what is not known now last."""
    return sorted(rows, key=lambda row: (row.now is None, -(row.now.value if row.now else 0)))


def _dots(
    visit: Visit, portrait: Portrait, groups: Sequence[Named], alt: str, label: str, before: str,
    *, is_share: bool,
) -> Picture:  # fmt: skip
    """Rows of figures as a chart and as the table behind it."""
    value = percent if is_share else _rating
    digits = 2 if is_share else 1
    drawn, table = [], []
    for rows, name_of in groups:
        drawn.append([_dot(row, name_of(row), digits) for row in rows])
        table += [_table_row(visit, row, name_of(row), value) for row in rows]
    numbers = _("Invitations") if is_share else _("Answers")
    heads = [visit.say(head) for head in (_("Kind"), _("Team now"), _("Low"), _("High"))]
    heads += [before, *(visit.say(head) for head in (_("Company now"), _("People"), numbers,
                                                     _("Mark")))]  # fmt: skip
    highest = [row[1][2] for rows in drawn for row in rows if row[1]]
    others = [one for rows in drawn for row in rows for one in row[2:4] if one is not None]
    end = min(1.0, max([0.1, *highest, *others]) * 1.05)
    arguments = {
        "groups": drawn, "label": label, "percent": is_share,
        "names": [_called(visit, portrait), visit.say("the whole company"), before],
        "limits": [0.0, end] if is_share else [1.0, 5.0],
    }  # fmt: skip
    return picture(portrait_charts.team_dots, arguments, alt, Table(heads, table))


def _dot(row: Row, name: str, digits: int) -> portrait_charts.DotRow:
    """One row of a chart, in the numbers that the table tells and no finer ones."""
    now = row.now and tuple(round(one, digits) for one in (row.now.low, row.now.value,
                                                           row.now.high))  # fmt: skip
    before, company = (one and round(one.value, digits) for one in (row.before, row.company))
    return name, now, before, company, bool(row.now and row.now.is_few)  # type: ignore[return-value]


def _table_row(visit: Visit, row: Row, name: str, value: Callable[..., str]) -> list[Cell]:
    now = row.now
    return [
        name, value(now), value(now, "low"), value(now, "high"), value(row.before),
        value(row.company), now.people if now else "–", now.numbers if now else "–",
        visit.say("few data") if now and now.is_few else "",
    ]  # fmt: skip


def change(visit: Visit, portrait: Portrait) -> Picture:
    """The line over quarters."""
    quarters = portrait.quarters
    rounded = {
        name: [one and round(one.value, 2) for one in figures]
        for name, figures in (("team", [one.team for one in quarters]),
                              ("company", [one.company for one in quarters]))
    }  # fmt: skip
    arguments = rounded | {
        "days": [one.day for one in quarters],
        "bands": [one.team and (round(one.team.low, 2), round(one.team.high, 2))
                  for one in quarters],
        "names": [_called(visit, portrait), visit.say("the whole company")],
        "label": visit.say("quarter beginning in"),
    }  # fmt: skip
    heads = (_("Quarter from"), _("Team"), _("Low"), _("High"), _("Company"), _("Invitations"))
    rows: list[list[Cell]] = [
        [one.day, percent(one.team), percent(one.team, "low"), percent(one.team, "high"),
         percent(one.company), one.team.numbers if one.team else "–"]
        for one in quarters
    ]  # fmt: skip
    alt = visit.say(
        "Share of invitations that {team} takes up, by quarter", team=_called(visit, portrait)
    )
    return picture(portrait_charts.quarters, arguments, alt,
                   Table([visit.say(head) for head in heads], rows))  # fmt: skip


def percent(figure: Figure | None, name: str = "value") -> str:
    """The figure in whole percent."""
    return f"{round(100 * getattr(figure, name))}%" if figure else "–"


def _rating(figure: Figure | None, name: str = "value") -> str:
    return f"{getattr(figure, name):.1f}" if figure else "–"
