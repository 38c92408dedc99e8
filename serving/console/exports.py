"""The effect as a file: a page to print (PDF, PNG), or a workbook (Excel)."""

import re
from typing import Any

from starlette.responses import Response

from features.language import _
from serving.console.activity import PHASES, family_name
from serving.console.effect_pictures import (
    BREAKDOWNS,
    MOST_LINES,
    SHARE,
    here_of,
    lines_of_runs,
    names_of,
    run_days,
    team_row,
)
from serving.console.effect_report import MOST_TEAMS, report_figure
from serving.console.effect_sheets import workbook
from serving.console.effect_words import notes_in, reasons_in, reasons_name, verdict_of
from serving.console.effects import Effect, effect_of
from serving.console.pictures import drawn
from serving.console.rendering import moment_text
from serving.console.site import Visit
from serving.problems import FieldError, Problem
from serving.resources import NOT_THERE

TYPES = {
    "pdf": "application/pdf",
    "png": "image/png",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
FOOT = _("Huoli · counts of groups of five or more, for planning; possible reasons are no proof of "
         "cause.")  # fmt: skip


def exported(visit: Visit) -> Response:
    """The file of the kind that the address names.

    Raises:
        Problem: 404, there is no such kind, or the activity has no turnout yet.
    """
    kind = visit.request.path_params["kind"]
    found = effect_of(visit.desk, visit.activity()) if kind in TYPES else None
    if found is None or found.lacks:
        raise Problem(404, FieldError("kind", NOT_THERE))
    if kind == "xlsx":
        content = workbook(visit, found)
    else:
        content = drawn(report_figure, {"content": report_of(visit, found)}, kind)
    name = re.sub(r'[\\/:*?"<>|\x00-\x1f]+', " ", found.activity.title).strip()[:80]
    return visit.file(content, TYPES[kind], f"{name} {visit.say(_('Effect'))}.{kind}")


def report_of(visit: Visit, found: Effect) -> dict[str, Any]:
    """The page's texts and the arguments of its charts."""
    one = found.activity
    reasons, advice = reasons_in(visit, found)
    lists = [(reasons_name(visit, found), reasons),
             (visit.say(_("Next time")), [one.text for one in advice])]  # fmt: skip
    told = found.against
    is_told = bool(found.approved and found.approved.told)
    return {
        "kind": visit.say(_("What came of the activity")),
        "title": one.title,
        "under": " · ".join([family_name(one.template, visit.language),
                             moment_text(one.starts_at, visit.language, one.zone),
                             visit.say(PHASES[one.phase])]),
        "facts": _facts(visit, found),
        "said": [text for text in (verdict_of(visit, found), *notes_in(visit, found)) if text],
        "overall": {"row": dict(vars(told)), "names": names_of(visit, True)[:2]} if told else None,
        "teams": _teams(visit, found, is_told),
        "runs_name": visit.say(_("Runs of this series")),
        "runs": _runs(visit, found),
        "lists": [(name, texts) for name, texts in lists if texts],
        "foot": visit.say(FOOT),
    }  # fmt: skip


def _facts(visit: Visit, found: Effect) -> list[tuple[str, str]]:
    """Key figures: (value, what it is)."""
    outcome, marks = found.outcome, found.marks
    assert outcome is not None  # noqa: S101 - nothing is exported without turnout
    facts = [
        (str(outcome.n_invited), _("Invited")), (str(outcome.registered), _("Registered")),
        (str(outcome.came), _("Came")), (f"{outcome.percent}%", _("Rate")),
    ]  # fmt: skip
    if found.usual is not None:
        facts.append((f"{found.usual}%", _("Usual rate")))
    if marks.mean_rating is not None:
        facts.append((f"{marks.mean_rating:.1f}", _("Mean rating")))
    return [(value, visit.say(name)) for value, name in facts]


def _teams(visit: Visit, found: Effect, is_told: bool) -> dict[str, Any] | None:
    """The functions, or else the first breakdown that can be shown."""
    for breakdown in ("function", "city", "project_group"):
        lines = found.lines.get(breakdown)
        if lines:
            n_more = len(lines) - MOST_TEAMS
            more = visit.say(_("And {n} more in the Excel file."), n=n_more) if n_more > 0 else ""
            return {"more": more, "name": visit.say(BREAKDOWNS[breakdown]),
                    "label": visit.say(SHARE), "names": names_of(visit, is_told),
                    "rows": [team_row(visit, breakdown, line) for line in lines]}  # fmt: skip
    return None


def _runs(visit: Visit, found: Effect) -> dict[str, Any] | None:
    if len(found.runs) < 2:
        return None
    return {"lines": lines_of_runs(visit, found.runs)[:MOST_LINES], "days": run_days(found),
            "here": here_of(found), "label": visit.say(_("turnout"))}  # fmt: skip
