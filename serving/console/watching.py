"""The picture of sign-ups over time, with its figures."""

from collections.abc import Mapping

from features.history.columns import DAY, HOUR, moment
from features.language import _
from serving.answers import Count
from serving.console.live_charts import course_figure
from serving.console.pictures import Cell, Picture, Table, picture
from serving.console.rendering import moment_text
from serving.console.signups import Course, SignUps
from serving.console.site import Visit

# what is younger is read in steps of six hours
FEW_DAYS = 4
MOST_POINTS = 45
APPROVED, LAST = _("approved forecast"), _("last forecast")
PRESENT, USUAL, CAME = _("forecast now"), _("usual course"), _("came so far")


def moments_of(sign_ups: SignUps) -> list[int]:
    """The moments that are drawn: in even steps from the announcement, and now."""
    step = 6 * HOUR if sign_ups.now - sign_ups.began < FEW_DAYS * DAY else DAY
    step *= max(-(-(sign_ups.now - sign_ups.began) // step) // MOST_POINTS, 1)
    return [*range(sign_ups.began, sign_ups.now, step), sign_ups.now]


def course_picture(
    visit: Visit, sign_ups: SignUps, course: Course | None, end: int,
    spans: Mapping[str, Count], came: int | None, approved: bool, zone: str | None,
) -> Picture:  # fmt: skip
    """Sign-ups since the announcement, against their usual course towards `end` people."""
    moments = moments_of(sign_ups)
    counts = [sign_ups.by(one) for one in moments]
    names = {
        "signed_up": visit.say(_("signed up")),
        "usual": visit.say(USUAL),
        "approved": visit.say(APPROVED if approved else LAST),
        "present": visit.say(PRESENT),
        "came": visit.say(CAME),
        "x": visit.say(_("days since the announcement; the dotted line is the start")),
        "y": visit.say(_("people")),
    }
    arguments = {
        # a new picture once in half an hour, or when somebody signs up
        "points": [(round(sign_ups.day_of(one) * 48) / 48, n)
                   for one, n in zip(moments, counts, strict=True)],
        "usual": _usual(sign_ups, course, end),
        "spans": {name: (one.low, one.expected, one.high) for name, one in spans.items()},
        "came": came,
        "starts": sign_ups.day_of(sign_ups.starts),
        "names": names,
    }  # fmt: skip
    heads = [_("By"), _("Signed up")] + ([_("Usual by then")] if course else [])
    rows: list[list[Cell]] = []
    for at, count in zip(moments, counts, strict=True):
        row: list[Cell] = [moment_text(moment(at), visit.language, zone), count]
        usual: list[Cell] = [round(end * course.at(sign_ups.passed(at))[1])] if course else []
        rows.append(row + usual)
    alt = visit.say(_("Sign-ups since the announcement, against the forecast"))
    return picture(course_figure, arguments, alt, Table([visit.say(one) for one in heads], rows))


def _usual(
    sign_ups: SignUps, course: Course | None, end: int
) -> list[tuple[float, float, float, float]]:
    """(day, low, median, high) of the usual course, in fiftieths of the time."""
    if course is None:
        return []
    length = sign_ups.day_of(sign_ups.starts)
    n = len(course.median) - 1
    bands = [[round(end * float(value), 2) for value in one]
             for one in (course.low, course.median, course.high)]  # fmt: skip
    days = [round(length * step / n, 4) for step in range(n + 1)]
    return list(zip(days, *bands, strict=True))
