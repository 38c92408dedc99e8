"""The form of a design: its fields as texts, and the changes that they say.

A field that is not sent stays as it is, so that an address holds only what is changed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from features import clock
from features.language import _
from serving.changes import moved
from serving.console.activity import Shown
from serving.console.design_texts import FORMATS, MODES, TEAMS, TOPIC, local, place_zone, texts_of

SINGLE = ("template", "day", "hour", "length", "mode", "city", "format", "points", "notice")
NUMBERS = ("length", "points", "notice")
# an announcement goes out in the morning
ANNOUNCED_HOUR = 9
NO_MOMENT = _("say a day and an hour")
NO_NUMBER = _("say a number of 0 or more")
NO_LENGTH = _("say a number of hours above 0")
NO_TOPIC = _("give at least one topic a share")
NO_TEAM = _("choose at least one team, or everyone")
UNLISTED = _("choose one of the list")
TOO_EARLY = _("it would have to be announced before today: say at most {n} days")
Sent = Mapping[str, list[str]]


@dataclass
class Asked:
    """What a form asks: texts of all fields, those that differ, and the changes that they mean."""

    texts: dict[str, list[str]]
    different: dict[str, list[str]]
    changes: dict[str, Any] = field(default_factory=dict)
    # field of the form: (rule, its values)
    wrong: dict[str, tuple[str, dict[str, object]]] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """The text of a field of one value."""
        return self.texts.get(name, [""])[0]

    def several(self, name: str) -> list[str]:
        """The texts of a field of several values."""
        return self.texts.get(name, [])


def asked_of(activity: Shown, sent: Sent) -> Asked:
    """What was sent, beside the activity as it is."""
    own = texts_of(activity.content)
    different = {name: [sent[name][0].strip()] for name in SINGLE
                 if name in sent and not _same(name, sent[name][0], own[name][0])}  # fmt: skip
    if activity.phase == "open":
        # when it was announced is a fact
        different.pop("notice", None)
    different |= _topics(sent, own) | _audience(sent, own)
    groups = [name for name in (TOPIC, "audience") if any(one.startswith(name)
                                                          for one in different)]  # fmt: skip
    kept = {name: texts for name, texts in own.items() if not _is_of(name, groups)}
    found = Asked(kept | different, different)
    for read in (_read_choices, _read_topics, _read_start, _read_place, _read_points,
                 _read_notice, _read_audience):  # fmt: skip
        read(activity, found)
    return found


def fields_of(activity: Shown, changes: Mapping[str, Any]) -> dict[str, list[str]]:
    """The fields of the address that fills the form with these changes."""
    content = moved(activity.content, changes) | dict(changes)
    return asked_of(activity, texts_of(content)).different


def _same(name: str, one: str, other: str) -> bool:
    if name in NUMBERS:
        try:
            return float(one) == float(other)
        except ValueError:
            pass
    return one.strip() == other


def _is_of(name: str, groups: list[str]) -> bool:
    """Whether a field belongs to a group that is replaced as a whole."""
    return any(name.startswith(one) for one in groups) or ("audience" in groups and name in TEAMS)


def _topics(sent: Sent, own: Sent) -> dict[str, list[str]]:
    """All topics, where one of them differs."""
    mine = {name: texts[0].strip() for name, texts in sent.items() if name.startswith(TOPIC)}
    found = {name: [text] for name, text in mine.items() if text and not _same("points", text, "0")}
    before = {name: texts for name, texts in own.items() if name.startswith(TOPIC)}
    if not mine or found == before:
        return {}
    return found or {name: ["0"] for name in mine}


def _audience(sent: Sent, own: Sent) -> dict[str, list[str]]:
    """The whole audience, where any of it differs."""
    chosen = sent.get("audience", [""])[0]
    if chosen not in ("everyone", "some"):
        return {}
    found = {"audience": [chosen]}
    if chosen == "some":
        found |= {name: sorted(set(sent[name])) for name in TEAMS if sent.get(name)}
    before = {name: texts for name, texts in own.items() if name == "audience" or name in TEAMS}
    return {} if found == before else found


def _put(activity: Shown, asked: Asked, name: str, value: Any) -> None:
    if value != activity.content.get(name):
        asked.changes[name] = value


def _read_choices(activity: Shown, asked: Asked) -> None:
    if "template" in asked.different:
        _put(activity, asked, "template", asked.text("template") or None)
    for name, allowed in (("mode", MODES), ("format", FORMATS)):
        if name in asked.different:
            if asked.text(name) not in ("", *allowed):
                asked.wrong[name] = UNLISTED, {}
                continue
            _put(activity, asked, name, asked.text(name) or None)


def _read_topics(activity: Shown, asked: Asked) -> None:
    topics = {name.removeprefix(TOPIC): texts[0] for name, texts in asked.different.items()
              if name.startswith(TOPIC)}  # fmt: skip
    if not topics:
        return
    shares = {name: _parsed(asked, "topics", text, NO_NUMBER) for name, text in topics.items()}
    total = sum(share or 0 for share in shares.values())
    if "topics" in asked.wrong:
        return
    if not total:
        asked.wrong["topics"] = NO_TOPIC, {}
        return
    asked.changes["tags"] = {name: round((share or 0) / total, 4)
                             for name, share in shares.items() if share}  # fmt: skip


def _parsed(
    asked: Asked, name: str, text: str, rule: str,
    fits: Callable[[float], bool] = lambda value: 0 <= value <= 1e9,
) -> float | None:  # fmt: skip
    """The number of a text; None of an empty one, or where it is wrong."""
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not fits(value):
        asked.wrong[name] = rule, {}
        return None
    return value


def _read_start(activity: Shown, asked: Asked) -> None:
    starts = local(activity.content["starts_at"], activity.zone)
    if "day" in asked.different or "hour" in asked.different:
        try:
            text = f"{asked.text('day')}T{asked.text('hour')}"
            starts = datetime.fromisoformat(text).replace(tzinfo=place_zone(activity.zone))
        except ValueError:
            asked.wrong["day"] = NO_MOMENT, {}
            return
        asked.changes["starts_at"] = starts.isoformat()
    if "length" not in asked.different:
        return
    length = _parsed(asked, "length", asked.text("length"), NO_LENGTH, lambda n: 0 < n < 10_000)
    if length is None:
        asked.wrong["length"] = NO_LENGTH, {}
        return
    asked.changes["ends_at"] = (starts + timedelta(hours=length)).isoformat()


def _read_place(activity: Shown, asked: Asked) -> None:
    """The city; another one, or none, has another place."""
    city = asked.text("city") or None
    if asked.text("mode") == "online" and "mode" in asked.different:
        city = None
    before = activity.content.get("city")
    _put(activity, asked, "city", city)
    if city != before:
        for name in ("place_id", "latitude", "longitude"):
            _put(activity, asked, name, None)


def _read_points(activity: Shown, asked: Asked) -> None:
    if "points" in asked.different:
        points = _parsed(asked, "points", asked.text("points"), NO_NUMBER)
        if "points" not in asked.wrong:
            _put(activity, asked, "reward_points", points)


def _read_notice(activity: Shown, asked: Asked) -> None:
    """When it is announced: so many days before it starts, also where the start moves."""
    moves = "starts_at" in asked.changes and activity.content.get("announced_at")
    if "notice" not in asked.different and not (moves and activity.phase != "open"):
        return
    if not asked.text("notice"):
        _put(activity, asked, "announced_at", None)
        return
    days = _parsed(asked, "notice", asked.text("notice"), NO_NUMBER, lambda n: 0 <= n <= 3650)
    if days is None or "day" in asked.wrong:
        return
    starts = local(asked.changes.get("starts_at", activity.content["starts_at"]), activity.zone)
    at = starts.replace(hour=ANNOUNCED_HOUR, minute=0) - timedelta(days=int(days))
    today = clock.now().astimezone(starts.tzinfo).date()
    if at.date() < today and "notice" in asked.different:
        asked.wrong["notice"] = TOO_EARLY, {"n": max((starts.date() - today).days, 0)}
        return
    asked.changes["announced_at"] = min(at, starts).isoformat()


def _read_audience(activity: Shown, asked: Asked) -> None:
    if "audience" not in asked.different:
        return
    if asked.text("audience") == "everyone":
        asked.changes["audience"] = None
        return
    expression = {key: asked.texts[name] for name, key in TEAMS.items() if name in asked.different}
    if not expression:
        asked.wrong["audience"] = NO_TEAM, {}
        return
    asked.changes["audience"] = expression
