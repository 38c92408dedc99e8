"""Who read people's data: the audit log, and whether it is whole. Never whose data it was."""

from datetime import UTC, date, datetime, timedelta

from starlette.responses import Response

from engagement.audit_pages import Wanted, entries_wanted, n_entries
from engagement.keys import all_keys
from features.language import _
from serving.console.audit_checks import begin_check, last_check
from serving.console.rendering import zone_of
from serving.console.role_words import ROLE_WORDS
from serving.console.site import Visit
from serving.console.zone import company_zone

A_PAGE = 50
# of digits: what the database can hold
LONGEST_NUMBER = 18
CALL_WORDS: dict[str, str] = {
    "POST /v1/recommendations": _("Suggestions for people"),
    "POST /v1/recommendations/all": _("Suggestions for everyone"),
    "huoli recommend": _("Suggestions for people"),
    "POST /v1/audiences": _("An audience for an activity"),
    "POST /console/activities/{activity_id}/remind": _("Whom to remind of an activity"),
    "GET /v1/employees": _("List of people"),
    "GET /v1/employees/{employee_id}": _("A person's record"),
    "PUT /v1/employees/{employee_id}": _("A person's record, changed"),
    "DELETE /v1/employees/{employee_id}": _("A person's record, ended"),
    "GET /v1/employees/{employee_id}/memberships": _("Project groups of a person"),
    "huoli person export": _("Everything about a person, for that person"),
    "huoli person erase": _("A person was erased"),
}


def read(visit: Visit) -> Response:
    """A page of entries, the newest first."""
    asked = {name: visit.query.get(name, "").strip() for name in ("key", "day", "before")}
    zone, database = company_zone(visit.desk), visit.desk.database
    day = _day(asked["day"])
    wrong = bool(asked["day"]) and day is None
    since, until = _span(day, zone) if day else (None, None)
    is_number = asked["before"].isdecimal() and len(asked["before"]) <= LONGEST_NUMBER
    before = int(asked["before"]) if is_number else None
    wanted = Wanted(before, asked["key"] or None, since, until)
    # one more than a page shows tells whether there are older ones
    found = entries_wanted(database, wanted, A_PAGE + 1)
    labels = {key.key_id: key.label for key in all_keys(database)}
    return visit.page(
        "audit.html", visit.say("Audit log"), 422 if wrong else 200, asked=asked, wrong=wrong,
        entries=found[:A_PAGE], oldest=found[A_PAGE - 1]["seq"] if len(found) > A_PAGE else None,
        labels=labels, keys=sorted(labels.items(), key=lambda one: (one[1].lower(), one[0])),
        role_words=ROLE_WORDS, call_words=CALL_WORDS, zone=zone, n_all=n_entries(database),
        check=last_check(visit.desk.home),
    )  # fmt: skip


def checked(visit: Visit) -> Response:
    """Have the whole log checked."""
    begin_check(visit.desk)
    return visit.to("/console/audit#whole")


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    # days at the ends of the calendar have no neighbours
    return found if date(1980, 1, 1) <= found <= date(2100, 1, 1) else None


def _span(day: date, zone: str | None) -> tuple[datetime, datetime]:
    """The day where the company is, in UTC."""
    begin = datetime(day.year, day.month, day.day, tzinfo=zone_of(zone))
    after = day + timedelta(days=1)
    end = datetime(after.year, after.month, after.day, tzinfo=zone_of(zone))
    return begin.astimezone(UTC), end.astimezone(UTC)
