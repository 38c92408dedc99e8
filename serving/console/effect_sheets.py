"""The effect as a workbook: the whole, its teams and its series, numbers as numbers."""

import io
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from features.language import _
from serving.console.effect_pictures import (
    BREAKDOWNS,
    line_name,
    lines_of_runs,
    run_days,
    topics_in,
)
from serving.console.effect_words import notes_in, reasons_in, reasons_name, verdict_of
from serving.console.effects import Effect
from serving.console.judged import Against, TeamLine
from serving.console.marks import STARS, Marks
from serving.console.outcome import Outcome
from serving.console.rendering import zone_of
from serving.console.site import Visit
from serving.privacy import whole_percent

Value = str | int | float | date | None
# a share of whole percents, shown as such
PERCENT = "0%"
WIDEST = 60


def workbook(visit: Visit, found: Effect) -> bytes:
    """The workbook's bytes."""
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.active)
    _fill(book.create_sheet(visit.say(_("Overall"))), _overall(visit, found))
    _fill(book.create_sheet(visit.say(_("Teams"))), _teams(visit, found))
    _fill(book.create_sheet(visit.say(_("Series"))), _series(visit, found))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def as_text(cell: Any, text: str) -> None:
    """Put a text into a cell, so that it is never computed, whatever sign it begins with."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    cell.value = ILLEGAL_CHARACTERS_RE.sub("", text)
    cell.data_type = "s"
    # it stays a text where somebody edits it
    cell.quotePrefix = text[:1] in ("=", "+", "-", "@")


def _fill(sheet: Any, rows: Iterable[Sequence[tuple[Value, str]]]) -> None:
    """Rows of (value, number format), the heads first."""
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter
    from rich.cells import cell_len

    widths: dict[int, int] = {}
    for line, row in enumerate(rows, 1):
        for column, (value, style) in enumerate(row, 1):
            cell = sheet.cell(line, column)
            if isinstance(value, str):
                as_text(cell, value)
            elif value is not None:
                cell.value = value
                cell.number_format = style or cell.number_format
            if line == 1:
                cell.font = Font(bold=True)
            width = min(cell_len(str(value or "")) + 2, WIDEST)
            cell.alignment = Alignment(vertical="top", wrap_text=width == WIDEST)
            widths[column] = max(widths.get(column, 10), width)
    for column, width in widths.items():
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.freeze_panes = "A2"


def _plain(*values: Value) -> list[tuple[Value, str]]:
    return [(value, "yyyy-mm-dd" if isinstance(value, date) else "") for value in values]


def _percent(percent: float | None) -> tuple[Value, str]:
    return (None if percent is None else percent / 100, PERCENT)


def _heads(visit: Visit, *names: str) -> list[tuple[Value, str]]:
    return _plain(*(visit.say(name) for name in names))


def _overall(visit: Visit, found: Effect) -> Iterable[list[tuple[Value, str]]]:
    outcome, marks, against = found.outcome, found.marks, found.against
    assert outcome is not None  # noqa: S101 - nothing is exported without turnout
    zone = zone_of(found.activity.zone)
    day = date.fromisoformat(found.activity.starts.astimezone(zone).date().isoformat())
    yield _heads(visit, _("What"), _("Value"))
    yield _plain(visit.say(_("Activity")), found.activity.title)
    yield _plain(visit.say(_("Day")), day)
    few = visit.say(_("fewer than five"))
    for name, value in _counted(outcome, marks, against):
        yield _plain(visit.say(name), few if value is None else value)
    for name, percent in ((_("Rate of those invited"), outcome.percent),
                          (_("Usual for these people"), found.usual)):  # fmt: skip
        yield [*_plain(visit.say(name)), _percent(percent)]
    if marks.mean_rating is not None:
        yield [*_plain(visit.say(_("Mean rating"))), (marks.mean_rating, "0.0")]
    for stars, percent in zip(STARS, marks.ratings or (), strict=False):
        yield [*_plain(visit.say(_("Ratings of {n} stars"), n=stars)), _percent(percent)]
    reasons, advice = reasons_in(visit, found)
    for name, texts in (
        (visit.say(_("Summary")), [verdict_of(visit, found), *notes_in(visit, found)]),
        (reasons_name(visit, found), reasons),
        (visit.say(_("Next time")), [one.text for one in advice]),
    ):  # fmt: skip
        for text in filter(None, texts):
            yield _plain(name, text)


def _counted(outcome: Outcome, marks: Marks, against: Against | None) -> list[tuple[str, Value]]:
    """(what, how many); what was begun and completed where anybody did either."""
    counted: list[tuple[str, Value]] = [
        (_("Invited"), outcome.n_invited), (_("Registered"), outcome.registered),
        (_("Came"), outcome.came), (_("People who opened it"), marks.viewed),
        (_("Comments"), marks.comments), (_("Likes"), marks.likes), (_("Shares"), marks.shares),
    ]  # fmt: skip
    if marks.begun != 0:
        counted += [(_("Began it"), marks.begun), (_("Completed it"), marks.completed)]
    if against:
        counted += [
            (_("Expected"), against.expected), (_("Low"), against.low), (_("High"), against.high),
            (_("Outside the interval"), against.outside),
        ]  # fmt: skip
    return counted


def _teams(visit: Visit, found: Effect) -> Iterable[list[tuple[Value, str]]]:
    yield _heads(visit, _("Breakdown"), _("Team"), _("Invited"), _("Came"), _("Rate"),
                 _("Expected"), _("Low"), _("High"), _("Outside the interval"),
                 _("Usual rate"))  # fmt: skip
    for breakdown, lines in found.lines.items():
        for line in lines:
            yield _team(visit, breakdown, line)


def _team(visit: Visit, breakdown: str, line: TeamLine) -> list[tuple[Value, str]]:
    part, told = line.part, line.told
    cells: Sequence[Value] = (None,) * 4
    if told:
        cells = (told.expected, told.low, told.high, told.outside)
    return [*_plain(visit.say(BREAKDOWNS[breakdown]), line_name(visit, breakdown, line),
                    part.invited, part.came), _percent(part.percent), *_plain(*cells),
            _percent(line.usual)]  # fmt: skip


def _series(visit: Visit, found: Effect) -> Iterable[list[tuple[Value, str]]]:
    lines = lines_of_runs(visit, found.runs)
    yield [*_heads(visit, _("Run"), _("Title"), _("Day"), _("Began at"), _("Topics"), _("Points"),
                   _("Days of notice"), _("Invited"), _("Came"), _("Rate")),
           *_plain(*(name for name, _values in lines[1:]))]  # fmt: skip
    for at, (run, day) in enumerate(zip(found.runs, run_days(found), strict=True)):
        held = found.circumstances[run.outcome.place]
        invited, came = run.outcome.n_invited, run.outcome.came
        yield [
            *_plain(run.activity_id, run.title, date.fromisoformat(day), held.time,
                    topics_in(visit, held), round(held.reward), held.notice_days, invited, came),
            _percent(whole_percent(min(came, invited), invited)),
            *(_percent(values[at]) for _name, values in lines[1:]),
        ]  # fmt: skip
