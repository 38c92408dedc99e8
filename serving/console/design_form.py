"""The fields of a design as a form has them, and as a draft of the contract has them.

`sent` reads a form, `typed` makes one of a design, and `design_of` gives the design that was typed
together with what is wrong about it, field by field. The macro of `design_fields.html` shows it.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError

from features.audience import Expression, check_audience
from features.errors import InputError
from features.language import _
from features.tables.rules import EARLIEST, LATEST, is_timezone
from serving.bodies import is_too_deep
from serving.console.choices import Choices
from serving.console.rendering import zone_of
from serving.console.submitted import Form
from serving.console.teams import KINDS
from serving.contract import NO_YEAR, ZONE_UNKNOWN, ActivityDraft
from serving.problems import FieldError, field_errors

TEXTS = ("title", "description", "template", "day", "hour", "hours", "zone", "mode", "city",
         "format", "points", "capacity", "notice", "invited", "kept")  # fmt: skip
SHARE = "share:"
TEAM = "team:"
MOST_HOURS = 90 * 24
# where in the form it is said what is wrong with a field of the draft
PLACE_OF = {
    "title": "title", "description": "description", "starts_at": "day", "ends_at": "hours",
    "announced_at": "notice", "timezone": "zone", "mode": "mode", "city": "city",
    "format": "format", "reward_points": "points", "capacity": "capacity", "tags": "topics",
    "audience": "invited",
}  # fmt: skip
NO_TITLE = _("give it a title")
NO_DAY = _("say a day and an hour")
NOT_AHEAD = _("choose a moment that lies ahead")
NO_HOURS = _("must be a number of hours, above 0 and at most {most}")
NO_DAYS = _("must be a whole number of days, 0 or more")
TOO_LONG = _("must be at most {n}: so many days are left until then")
NO_CITY = _("say in which city it takes place")
NO_TEAM = _("tick at least one team, or choose everyone")
NO_SHARE = _("give each share as a number from 0 to 100")
UNREADABLE = _("choose anew who is invited")


@dataclass(frozen=True)
class Typed:
    """What stands in the fields: texts by name, percents by topic, ticked teams by kind."""

    texts: Mapping[str, str]
    shares: Mapping[str, str] = field(default_factory=dict)
    teams: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Read:
    """A design as a draft's fields in JSON, and what is wrong by the name of the form's field."""

    design: dict[str, Any]
    wrong: dict[str, FieldError]


def sent(form: Form) -> Typed:
    """What a form was sent with."""
    texts = {name: form.get(name, [""])[0].strip() for name in TEXTS}
    shares = {name.removeprefix(SHARE): values[0].strip() for name, values in form.items()
              if name.startswith(SHARE)}  # fmt: skip
    return Typed(texts, shares, {kind: tuple(form.get(TEAM + kind, ())) for kind in KINDS})


def typed(design: Mapping[str, Any], choices: Choices) -> Typed:
    """What stands in the fields of a design, which may lack any of them."""
    texts = dict.fromkeys(TEXTS, "")
    for name in ("title", "description", "template", "mode", "city", "format"):
        texts[name] = design.get(name) or ""
    texts["zone"] = design.get("timezone") or choices.zones[0]
    texts["points"] = _plain(design.get("reward_points"))
    texts["capacity"] = _plain(design.get("capacity"))
    shares = {tag: _plain(round(100 * share)) for tag, share in (design.get("tags") or {}).items()}
    invited, teams = _typed_audience(design.get("audience"), choices)
    return Typed(texts | _typed_time(design, texts["zone"]) | invited, shares, teams)


def _plain(number: float | None) -> str:
    if number is None:
        return ""
    return str(int(number)) if number == int(number) else str(number)


def _typed_time(design: Mapping[str, Any], zone: str) -> dict[str, str]:
    if not design.get("starts_at"):
        return {}
    starts = datetime.fromisoformat(design["starts_at"])
    local = starts.astimezone(zone_of(zone))
    found = {"day": local.date().isoformat(), "hour": f"{local:%H:%M}"}
    if design.get("ends_at"):
        length = datetime.fromisoformat(design["ends_at"]) - starts
        found["hours"] = _plain(round(length / timedelta(hours=1), 2))
    if design.get("announced_at"):
        notice = starts - datetime.fromisoformat(design["announced_at"])
        found["notice"] = str(max(round(notice / timedelta(days=1)), 0))
    return found


def _typed_audience(
    audience: Expression, choices: Choices
) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """Teams where ticks can say it, else the expression as it is."""
    if not audience:
        return {"invited": "everyone"}, {}
    known = {kind: set(choices.teams[kind]) for kind in KINDS}
    if all(kind in KINDS and set(names) <= known[kind] for kind, names in audience.items()):
        return {"invited": "teams"}, {kind: tuple(names) for kind, names in audience.items()}
    return {"invited": "kept", "kept": json.dumps(audience, ensure_ascii=False)}, {}


def design_of(given: Typed, choices: Choices, now: datetime) -> Read:
    """The design that was typed, and what is wrong about it; it is sound where nothing is."""
    wrong: dict[str, FieldError] = {}
    texts = given.texts
    design: dict[str, Any] = {
        "title": texts["title"], "description": texts["description"] or None,
        "template": texts["template"] or None, "format": texts["format"] or None,
        "reward_points": texts["points"] or None, "capacity": texts["capacity"] or None,
        "tags": _tags(given, choices, wrong), "audience": _audience(given, wrong),
    }  # fmt: skip
    design |= _place(texts, choices, wrong)
    design |= _times(texts, now, wrong)
    if not texts["title"]:
        wrong["title"] = FieldError("title", NO_TITLE)
    return Read(*_checked(design, wrong))


def _checked(
    design: dict[str, Any], wrong: dict[str, FieldError]
) -> tuple[dict[str, Any], dict[str, FieldError]]:
    """The design as the contract has it, with what the contract finds wrong."""
    # a start that stands for one that could not be read, so that everything else is judged
    start = design.get("starts_at", f"{EARLIEST}-01-01T00:00:00Z")
    try:
        draft = ActivityDraft.model_validate(design | {"starts_at": start})
    except ValidationError as error:
        for one in field_errors(error):
            wrong.setdefault(place_of(one.field), one)
        return design, wrong
    return draft.model_dump(mode="json"), wrong


def place_of(path: str) -> str:
    """The form's field in which a draft's field is typed; "" of one that has none.

    >>> place_of("draft.audience.city"), place_of("series_id")
    ('invited', '')
    """
    name = path.removeprefix("draft.").split(".")[0].split("[")[0]
    return PLACE_OF.get(name, "")


def _times(
    texts: Mapping[str, str], now: datetime, wrong: dict[str, FieldError]
) -> dict[str, str | None]:
    zone = texts["zone"]
    if not is_timezone(zone):
        wrong["zone"] = FieldError("zone", ZONE_UNKNOWN)
        return {}
    found: dict[str, str | None] = {"timezone": zone}
    try:
        local = datetime.fromisoformat(f"{texts['day']}T{texts['hour']}")
    except ValueError:
        wrong["day"] = FieldError("day", NO_DAY)
        return found
    if not EARLIEST <= local.year < LATEST:
        wrong["day"] = FieldError("day", NO_YEAR, {"first": EARLIEST, "last": LATEST - 1})
        return found
    starts = local.replace(tzinfo=zone_of(zone))
    if starts <= now:
        wrong["day"] = FieldError("day", NOT_AHEAD)
    found["starts_at"] = starts.isoformat()
    found["ends_at"] = _end(texts["hours"], starts, wrong)
    found["announced_at"] = _announcement(texts["notice"], starts, now, wrong)
    return found


def _end(text: str, starts: datetime, wrong: dict[str, FieldError]) -> str | None:
    hours = _number(text)
    if not text:
        return None
    if not 0 < hours <= MOST_HOURS:
        wrong["hours"] = FieldError("hours", NO_HOURS, {"most": MOST_HOURS})
        return None
    return (starts + timedelta(hours=hours)).isoformat()


def _announcement(
    text: str, starts: datetime, now: datetime, wrong: dict[str, FieldError]
) -> str | None:
    if not text or "day" in wrong:
        return None
    if not text.isdecimal():
        wrong["notice"] = FieldError("notice", NO_DAYS)
        return None
    left = (starts - now).days
    if len(text) > 6 or int(text) > left:
        wrong["notice"] = FieldError("notice", TOO_LONG, {"n": left})
        return None
    return (starts - timedelta(days=int(text))).isoformat()


def _place(
    texts: Mapping[str, str], choices: Choices, wrong: dict[str, FieldError]
) -> dict[str, Any]:
    mode, city = texts["mode"] or None, texts["city"]
    if mode in (None, "online"):
        return {"mode": mode}
    if not city:
        wrong["city"] = FieldError("city", NO_CITY)
    return {"mode": mode, "city": city or None, **choices.places.get(city, {})}


def _tags(given: Typed, choices: Choices, wrong: dict[str, FieldError]) -> dict[str, float] | None:
    found = {tag: _number(text) for tag, text in given.shares.items() if text}
    if not all(0 <= share <= 100 for share in found.values()):
        wrong["topics"] = FieldError("topics", NO_SHARE)
        return None
    found = {tag: share for tag, share in found.items() if share}
    whole = sum(found.values()) if choices.shares_add_up else 100
    return {tag: round(share / whole, 4) for tag, share in found.items()} or None


def _audience(given: Typed, wrong: dict[str, FieldError]) -> dict[str, Any] | None:
    invited = given.texts["invited"]
    if invited == "everyone":
        return None
    if invited == "teams":
        teams = {kind: list(names) for kind, names in given.teams.items() if names}
        if not teams:
            wrong["invited"] = FieldError("invited", NO_TEAM)
        return teams or None
    found = kept_audience(given)
    if found is None:
        wrong["invited"] = FieldError("invited", UNREADABLE)
    return found


def kept_audience(given: Typed) -> dict[str, Any] | None:
    """The audience that ticks cannot say; None where there is none, or nothing that reads so."""
    text = given.texts["kept"]
    try:
        found = None if is_too_deep(text.encode()) else json.loads(text)
        check_audience(found)
    except (ValueError, InputError):
        return None
    return found or None


def _number(text: str) -> float:
    """The number typed; NaN, which lies in no bounds, where it is none."""
    try:
        return float(text)
    except ValueError:
        return math.nan
