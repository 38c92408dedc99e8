"""Approving, announcing, cancelling and deleting an activity, as the calls of `/v1` do it."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from pydantic import ValidationError
from starlette.responses import Response

from engagement.answers import stored_forecast
from engagement.approvals import add_approval, standing_approval, views_of
from engagement.database import Transaction
from engagement.records import newest_record
from features import clock
from features.language import _
from serving.console.activity import Shown, activities_of
from serving.console.changes_form import ANNOUNCED_HOUR
from serving.console.design import WORDS, refused_words
from serving.console.design_texts import local
from serving.console.rendering import query
from serving.console.review import review_page
from serving.console.site import Visit
from serving.organisation import ActivityRecord, Decide, activity_as, activity_gone
from serving.problems import Problem, field_errors
from serving.resources import Conditions

LONGEST_NAME, LONGEST_NOTE = 200, 2_000
NO_NAME = _("say who approves it")
TOO_LONG = _("at most {n} characters")
OTHER_FORECAST = _("The forecast that you saw is not on record; look at this one, then decide.")
CHANGED = _("It was changed while you read. This is how it is now; look at it, then decide anew.")
NOT_NOW = _("This is not possible as things stand: {problem}")
APPROVE_FIRST = _("Approve it first; then it can be announced.")
NO_LATER_DAY = _("choose a day after today, and no later than {last}")
Beside = Callable[[Transaction], None]
Again = Callable[[Visit, Shown, Mapping[str, str], int], Response]


def _nothing(_transaction: Transaction) -> None:
    """Nothing is kept beside."""


def approved(visit: Visit) -> Response:
    """Approve a draft, the forecast that was shown kept with it; or say what is wrong."""
    activity = visit.activity()
    if visit.sent("etag") != activity.etag:
        return _again(visit, activity, {"form": visit.say(CHANGED)}, 412)
    wrong = _wrong(visit, activity)
    if wrong:
        return _again(visit, activity, wrong, 422)
    if activity.phase not in ("draft", "approved"):
        return _again(visit, activity, {"form": visit.say(CHANGED)}, 409)

    def approval(transaction: Transaction) -> None:
        add_approval(
            transaction, activity.activity_id, visit.sent("forecast_id"), visit.key.key_id,
            visit.sent("name"), visit.sent("note"), clock.now(),
        )  # fmt: skip

    refused = _put(visit, activity, {"state": "approved"}, approval)
    place = query(activity.address, {"notice": visit.sent("notice")})
    return refused or visit.to(place, "approved")


def announced(visit: Visit) -> Response:
    """Announce an approved activity: at once, on a later day by itself, or not by itself after all.

    `when` says which: `now`, `later` with a `day`, or `open`.
    """
    activity, when = visit.activity(), visit.sent("when")
    if activity.phase not in ("draft", "approved"):
        return _again(visit, activity, {"form": visit.say(CHANGED)}, 409)
    if when == "open":
        # also of what an HR system planned, or changed since it was approved
        refused = _put(visit, activity, {"state": activity.phase, "announced_at": None})
        return refused or visit.to(activity.address, "unplanned")
    approved_now = standing_approval(visit.desk.database, activity.activity_id)
    if activity.phase == "draft" or approved_now is None:
        return _again(visit, activity, {"form": visit.say(APPROVE_FIRST)}, 409)
    if when == "later":
        moment = _morning_of(activity, visit.sent("day"))
        if moment is None:
            starts = local(activity.content["starts_at"], activity.zone)
            # before the hour of announcements, the day of the start is too late
            last = starts - timedelta(hours=ANNOUNCED_HOUR, microseconds=1)
            told = visit.say(NO_LATER_DAY, last=f"{last:%Y-%m-%d}")
            return _again(visit, activity, {"day": told}, 422)
        changes = {"state": "approved", "announced_at": moment.isoformat()}
        return _put(visit, activity, changes) or visit.to(activity.address, "planned")
    # strictly before the moment of what is read next, so that it counts as announced then
    now = (clock.now() - timedelta(microseconds=1)).isoformat()
    refused = _put(visit, activity, {"state": "announced", "announced_at": now})
    return refused or visit.to(activity.address, "announced")


def _morning_of(activity: Shown, day: str) -> datetime | None:
    """The hour of announcements on a day; None where that is over, or after the start."""
    starts = local(activity.content["starts_at"], activity.zone)
    try:
        found = datetime.combine(date.fromisoformat(day), time(ANNOUNCED_HOUR), starts.tzinfo)
    except ValueError:
        return None
    return found if clock.now() < found < starts else None


def worded(visit: Visit) -> Response:
    """Set the title, the description and the places of what nobody was told of yet."""
    activity = visit.activity()
    if activity.phase not in ("draft", "approved"):
        return _again(visit, activity, {"form": visit.say(CHANGED)}, 409)
    changes: dict[str, Any] = {
        "state": "draft", "announced_at": None, "title": visit.sent("title"),
        "description": visit.sent("description").replace("\r\n", "\n") or None,
        "capacity": visit.sent("capacity") or None,
    }  # fmt: skip
    content = activity.content
    before = [None if content.get(name) in (None, "") else f"{content[name]}" for name in WORDS]
    if [changes[name] for name in WORDS] == before:
        # an approval stands, and so does what is planned
        return visit.to(f"{activity.address}/design")
    refused = _put(visit, activity, changes, again=_words_again)
    return refused or visit.to(activity.address, "changed")


def _words_again(
    visit: Visit, activity: Shown, wrong: Mapping[str, str], status: int
) -> Response:  # fmt: skip
    """The page of the design with what was typed; of what was announced meanwhile the review."""
    visit.desk.keep_up()
    activity = visit.activity()
    if activity.phase not in ("draft", "approved"):
        return _again(visit, activity, wrong, status)
    return refused_words(visit, activity, wrong["form"], status)


def cancelled(visit: Visit) -> Response:
    """Call off an announced activity."""
    refused = _put(visit, visit.activity(), {"state": "cancelled"})
    return refused or visit.to("/console", "cancelled")


def deleted(visit: Visit) -> Response:
    """Delete an activity that nobody was told of."""
    refused = _decided(visit, visit.activity(), activity_gone)
    return refused or visit.to("/console", "deleted")


def _wrong(visit: Visit, activity: Shown) -> dict[str, str]:
    """What is wrong in the approval, by field."""
    wrong = {}
    if not visit.sent("name"):
        wrong["name"] = visit.say(NO_NAME)
    for field, longest in (("name", LONGEST_NAME), ("note", LONGEST_NOTE)):
        if len(visit.sent(field)) > longest:
            wrong[field] = visit.say(TOO_LONG, n=longest)
    if not _was_shown(visit, activity, visit.sent("forecast_id")):
        wrong["form"] = visit.say(OTHER_FORECAST)
    return wrong


def _was_shown(visit: Visit, activity: Shown, forecast_id: str) -> bool:
    """Whether a forecast on record is of the activity as it is, and this key was shown it."""
    database = visit.desk.database
    seen = stored_forecast(database, forecast_id)
    if seen is None or seen["activity_id"] != activity.activity_id or seen["draft"] is not None:
        return False
    record = newest_record(database, "activity", activity.activity_id)
    made = datetime.fromisoformat(seen["answered_at"])
    return (record is None or made >= datetime.fromisoformat(record.recorded_at)) and any(
        view.key_id == visit.key.key_id for view in views_of(database, forecast_id)
    )


def _put(
    visit: Visit, activity: Shown, changes: Mapping[str, Any], beside: Beside = _nothing,
    again: Again | None = None,
) -> Response | None:  # fmt: skip
    """Set the activity with some fields changed; a page where that is refused."""
    content = {name: value for name, value in activity.content.items()
               if name in ActivityRecord.model_fields and value is not None}  # fmt: skip
    if changes["state"] == "cancelled":
        # what it was announced at stays; it is taken over from what is on record
        content.pop("announced_at", None)
    try:
        record = ActivityRecord.model_validate(content | dict(changes))
    except ValidationError as error:
        told = "; ".join(f"{one.field}: {visit.say(one.rule, **dict(one.values))}"
                         for one in field_errors(error))  # fmt: skip
        wrong = {"form": visit.say(NOT_NOW, problem=told)}
        return (again or _again)(visit, activity, wrong, 422)
    decide = activity_as(activity.activity_id, record)
    return _decided(visit, activity, decide, beside, record.organiser_id, again)


def _decided(
    visit: Visit, activity: Shown, decide: Decide, beside: Beside = _nothing,
    organiser_id: str | None = None, again: Again | None = None,
) -> Response | None:  # fmt: skip
    """Set what is decided, if nobody changed the activity since its page was read."""
    read = Conditions(match=visit.sent("etag"))
    try:
        activities_of(visit.desk).put(activity.activity_id, read, decide, organiser_id, beside)
    except Problem as problem:
        if problem.status not in (409, 412):
            raise
        told = visit.say(CHANGED) if problem.status == 412 else visit.say(
            NOT_NOW, problem="; ".join(visit.say(one.rule, **dict(one.values))
                                       for one in problem.errors))  # fmt: skip
        return (again or _again)(visit, visit.activity(), {"form": told}, problem.status)
    # what was set shows in the next page
    visit.desk.keep_up()
    visit.site.forecasts.forget(activity.activity_id)
    return None


def _again(visit: Visit, activity: Shown, wrong: Mapping[str, str], status: int) -> Response:
    """The page anew with what is wrong; of an activity that is over there is no review."""
    if not activity.is_ahead:
        return visit.to(activity.address)
    visit.desk.keep_up()
    return review_page(visit, visit.activity(), status, wrong)
