"""The form of a search for designs: what it begins with, and the request that it means."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError

from features import clock
from features.language import _
from serving.board import Board
from serving.console.activity import Shown
from serving.console.changes_form import ANNOUNCED_HOUR, NO_NUMBER, Sent
from serving.console.design_texts import MODES, local, place_zone
from serving.console.teams import held_topics, largest_teams
from serving.contract import MAX_CHOICES, DesignsRequest
from serving.problems import FieldError, field_errors

TRIALS = (30, 60, 120, 200)
GOALS: dict[str, str] = {
    "turnout": _("as many as possible come"),
    "weakest_team": _("the function that comes least comes more"),
    "cost": _("it costs few points"),
}
# what may be changed, and what the request calls it
VARIED: dict[str, str] = {
    "slots": "starts_at", "topics": "tags", "rewards": "reward_points", "notices": "announced_at",
    "modes": "mode", "audiences": "audience",
}  # fmt: skip
MANY = ("vary", "goals", "topic", "mode", "audience")
SINGLE = ("weeks", "hours", "rewards", "announce", "budget", "team1", "least1", "team2", "least2",
          "trials")  # fmt: skip
MOST_REQUIRED = 2
LIKELY_HOURS = ("12:00", "15:00", "19:00")
REWARDS = (10.0, 20.0, 30.0, 50.0, 80.0)
NO_CHOICE = _("choose at least one thing that may be changed, with values of its own")
NO_GOAL = _("choose at least one goal")
NO_HOURS = _("say times of the day such as 12:00, 19:30")
NO_NUMBERS = _("say numbers such as 10, 20, 50")
NO_WEEKS = _("say 1 to 8 weeks")
TOO_MANY_SLOTS = _("these are {n} slots; at most {most} fit: take fewer weeks or times")
NO_SLOT = _("none of these times lies ahead")
FIELDS = {"starts_at": "hours", "tags": "topic", "reward_points": "rewards",
          "announced_at": "announce", "mode": "mode", "audience": "audience"}  # fmt: skip
Wrong = dict[str, tuple[str, dict[str, object]]]
Read = Callable[[Shown, Board, Sent, Wrong], Sequence[Any]]


def required_of(asked: Sequence[str], offered: Mapping[str, Sequence[str]]) -> list[str]:
    """Those teams of an address that the form offers, as many as it has places for.

    >>> required_of(["function|R&D", "function|gone", "city"], {"function": ("R&D",)})
    ['function|R&D']
    """
    known = [f"{by}|{team}" for by, names in offered.items() for team in names]
    return [one for one in dict.fromkeys(asked) if one in known][:MOST_REQUIRED]


def begun_with(
    activity: Shown, board: Board, required: Sequence[str] = ()
) -> dict[str, list[str]]:  # fmt: skip
    """What the form begins with, so that one click suffices; `required` as `required_of` says."""
    first, second = [*required, *[""] * MOST_REQUIRED][:MOST_REQUIRED]
    starts = local(activity.starts_at, activity.zone)
    hours = dict.fromkeys(sorted([*LIKELY_HOURS, f"{starts:%H:%M}"]))
    return {
        "goals": list(GOALS), "vary": ["slots", "topics", "rewards"], "weeks": ["2"],
        "hours": [", ".join(hours)], "topic": held_topics(board, list(activity.tags or {})),
        "rewards": [", ".join(f"{one:g}" for one in REWARDS)], "announce": ["1, 3, 7"],
        "mode": list(MODES), "audience": ["everyone"], "budget": [""], "team1": [first],
        "least1": [""], "team2": [second], "least2": [""], "trials": ["60"],
    }  # fmt: skip


def texts_sent(form: Sent) -> dict[str, list[str]]:
    """The fields as they were sent."""
    single = {name: [form.get(name, [""])[0].strip()] for name in SINGLE}
    return single | {name: list(form.get(name, ())) for name in MANY}


def request_of(
    activity: Shown, board: Board, texts: Sent
) -> tuple[DesignsRequest | None, Wrong]:  # fmt: skip
    """The request that the form means, or what is wrong with which field."""
    wrong: Wrong = {}
    values: dict[str, Read] = {
        "slots": _slots, "topics": _topics, "rewards": _rewards, "notices": _notices,
        "modes": _modes, "audiences": _audiences,
    }  # fmt: skip
    choices: dict[str, list[Any]] = {}
    for name, read in values.items():
        if name not in texts["vary"] or (name == "notices" and activity.phase == "open"):
            continue
        own = activity.content.get(VARIED[name])
        found = [one for one in read(activity, board, texts, wrong) if one != own]
        if found:
            choices[VARIED[name]] = found
    if not choices and not wrong:
        wrong["vary"] = NO_CHOICE, {}
    if not texts["goals"]:
        wrong["goals"] = NO_GOAL, {}
    content = {
        "activity_id": activity.activity_id, "choices": choices, "goals": texts["goals"],
        "budget_points": _one(texts, "budget", wrong), "trials": texts["trials"][0],
        "required_teams": [team for number in (1, 2) if (team := _team(texts, number, wrong))],
    }  # fmt: skip
    if wrong:
        return None, wrong
    try:
        return DesignsRequest.model_validate(content), {}
    except ValidationError as error:
        return None, blamed(field_errors(error))


def blamed(errors: list[FieldError] | tuple[FieldError, ...]) -> Wrong:
    """Each error by the field of the form that it is about; "" where none is."""
    found: Wrong = {}
    for error in errors:
        name, _dot, rest = error.field.partition(".")
        name = name.split("[")[0]
        if name == "choices":
            name = FIELDS.get(rest.split("[")[0].split(".")[0], "")
        known = {"required_teams": "team1", "budget_points": "budget", "goals": "goals"}
        found[known.get(name, name if name in FIELDS.values() else "")] = (
            error.rule, dict(error.values),
        )  # fmt: skip
    return found


def _numbers(texts: Sent, name: str, wrong: Wrong, rule: str = NO_NUMBERS) -> list[float]:
    parts = [one for one in texts[name][0].replace("，", ",").replace("、", ",").split(",")
             if one.strip()]  # fmt: skip
    try:
        found = sorted({float(one) for one in parts})
    except ValueError:
        found = [-1.0]
    if not found or not all(0 <= one <= 1e9 for one in found) or len(found) > MAX_CHOICES:
        wrong[name] = rule, {}
        return []
    return found


def _one(texts: Sent, name: str, wrong: Wrong) -> float | None:
    if not texts[name][0]:
        return None
    found = _numbers(texts, name, wrong, NO_NUMBER)
    return found[0] if found else None


def _team(texts: Sent, number: int, wrong: Wrong) -> Mapping[str, Any] | None:
    by, _bar, team = texts[f"team{number}"][0].partition("|")
    least = _one(texts, f"least{number}", wrong) or 0
    return {"by": by, "team": team, "at_least": int(least)} if team else None


def _slots(activity: Shown, _board: Board, texts: Sent, wrong: Wrong) -> list[str]:
    """Weekdays of so many weeks from that of the start on, at each of the hours."""
    weeks = texts["weeks"][0]
    if not weeks.isdecimal() or len(weeks) > 2 or not 1 <= int(weeks) <= 8:
        wrong["weeks"] = NO_WEEKS, {}
        return []
    try:
        hours = [
            datetime.strptime(one.strip(), "%H:%M").time()
            for one in texts["hours"][0].replace("，", ",").replace("：", ":").split(",")
            if one.strip()
        ]
    except ValueError:
        wrong["hours"] = NO_HOURS, {}
        return []
    zone = place_zone(activity.zone)
    starts = local(activity.starts_at, activity.zone)
    monday = starts.date() - timedelta(days=starts.weekday())
    days = [monday + timedelta(days=7 * week + day) for week in range(int(weeks))
            for day in range(5)]  # fmt: skip
    soonest = clock.now() + timedelta(days=1)
    found = [at for day in days for hour in dict.fromkeys(hours)
             if (at := datetime.combine(day, hour, zone)) > soonest and at != starts]  # fmt: skip
    if not found:
        wrong["hours"] = NO_SLOT if hours else NO_HOURS, {}
    if len(found) > MAX_CHOICES:
        wrong["hours"] = TOO_MANY_SLOTS, {"n": len(found), "most": MAX_CHOICES}
    return [at.isoformat() for at in found]


def _topics(activity: Shown, _board: Board, texts: Sent, _wrong: Wrong) -> list[dict[str, float]]:
    """Of each topic chosen: half of it beside the present mix; one of that mix also alone."""
    own: Mapping[str, float] = activity.tags or {}
    total = sum(own.values())
    found = []
    for topic in texts["topic"][: MAX_CHOICES // 2]:
        half = {name: share / total / 2 for name, share in own.items()} if total else {}
        half[topic] = half.get(topic, 0.0) + 0.5
        found += [{name: round(share, 3) for name, share in half.items()}] if total else []
        found += [{topic: 1.0}] if topic in own or not total else []
    return [mix for number, mix in enumerate(found) if mix not in found[:number]]


def _rewards(_activity: Shown, _board: Board, texts: Sent, wrong: Wrong) -> list[float]:
    return _numbers(texts, "rewards", wrong)


def _notices(activity: Shown, _board: Board, texts: Sent, wrong: Wrong) -> list[str]:
    """Mornings on which it may be announced, so many days from today, before it starts."""
    days = _numbers(texts, "announce", wrong)
    today = clock.now().astimezone(place_zone(activity.zone))
    at = [today.replace(hour=ANNOUNCED_HOUR, minute=0, second=0, microsecond=0)
          + timedelta(days=int(n)) for n in days if n < 3650]  # fmt: skip
    return [one.isoformat() for one in at if clock.now() <= one < activity.starts]


def _modes(_activity: Shown, _board: Board, texts: Sent, _wrong: Wrong) -> list[str]:
    return list(texts["mode"])


def _audiences(
    _activity: Shown, board: Board, texts: Sent, _wrong: Wrong
) -> list[dict[str, Any] | None]:
    """Everyone, and each function as a whole."""
    everyone: list[dict[str, Any] | None] = [None] if "everyone" in texts["audience"] else []
    functions = set(largest_teams(board, "function"))
    chosen = [text.removeprefix("only|") for text in texts["audience"]]
    return [*everyone, *({"function": [one]} for one in chosen if one in functions)]
