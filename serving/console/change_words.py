"""Designs, and what the past cannot tell of them, in plain words."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from features.language import LANGUAGES, _, render
from serving import changes as untold
from serving import designing
from serving.changes import moved
from serving.console.activity import family_name, topic_name
from serving.console.design_texts import FORMATS, MODES, percents
from serving.console.rendering import day_text, moment_text
from serving.console.team_names import TeamNames

NAMES: dict[str, str] = {
    "title": _("Title"), "description": _("Description"), "tags": _("Topics"),
    "template": _("Kind"), "starts_at": _("Start"), "ends_at": _("Length"),
    "mode": _("Where"), "city": _("City"), "format": _("Taking part"),
    "reward_points": _("Reward"), "capacity": _("Places"), "announced_at": _("Announced"),
    "audience": _("Invited"),
}  # fmt: skip
# what the past has nothing like, and notes of another kind
UNLIKE = (untold.NEVER_SEEN, untold.NEVER_THEN, untold.NO_REWARD, untold.NOTICE_UNSEEN,
          untold.HARDLY_TOLD, untold.ALWAYS_SAME, untold.PLACES_UNTOLD)  # fmt: skip
OTHERS = (
    untold.ANSWERS_KEPT,
    untold.ANSWERS_LEFT,
    untold.OTHER_UNIT,
    designing.NO_PROOF,
    designing.NONE_HOLDS,
)
# of places, which go along with the city
ALONG = ("place_id", "latitude", "longitude")
NOT_SAID = "–"
# what stands at the head of each page of an activity
HEADLINES = ("title", "template", "starts_at")


class Note(NamedTuple):
    """A note of an answer, in the reader's language."""

    text: str
    is_unlike: bool


class Change(NamedTuple):
    """One changed field: its name, what it was, and what it is."""

    name: str
    before: str
    after: str


def changes_in_words(
    content: Mapping[str, Any], changes: Mapping[str, Any], teams: TeamNames
) -> list[Change]:
    """What is changed, field by field."""
    after = moved(content, changes) | dict(changes)
    return [
        Change(render(NAMES.get(name, name), {}, teams.language),
               _value(name, content, teams), _value(name, after, teams))
        for name in changes
        if not (name in ALONG and changes[name] is None)
    ]  # fmt: skip


def design_in_words(content: Mapping[str, Any], teams: TeamNames) -> list[tuple[str, str]]:
    """(field, what it is) of all that a design says, but its title, kind and start."""
    said = [name for name in NAMES if name not in HEADLINES
            and (name == "audience" or content.get(name) not in (None, "", {}))]  # fmt: skip
    return [(render(NAMES[name], {}, teams.language), _value(name, content, teams))
            for name in said]  # fmt: skip


def audience_in_words(expression: Mapping[str, Any] | None, teams: TeamNames) -> str:
    """Who is invited.

    >>> audience_in_words({"function": ["R&D"], "tenure_days": {"below": 90}}, TeamNames("en", {}))
    'R&D · here for less than 90 days'
    """
    parts = [_condition(key, value, teams) for key, value in (expression or {}).items()]
    return " · ".join(parts) or render(_("everyone"), {}, teams.language)


def notes_in_words(
    texts: Sequence[str], language: str, without: Sequence[str] = ()
) -> list[Note]:  # fmt: skip
    """The notes of an answer, whichever language it was given in, with fields as people say.

    Those of the templates `without` are left out.
    """
    unwanted = [_pattern(template, one) for template in without for one in LANGUAGES]
    return [_note(text, language) for text in texts
            if not any(one.fullmatch(text) for one in unwanted)]  # fmt: skip


def _value(name: str, content: Mapping[str, Any], teams: TeamNames) -> str:
    value = content.get(name)
    if name == "audience":
        return audience_in_words(value, teams)
    if value is None or value == "":
        return NOT_SAID
    write = WRITTEN.get(name)
    return write(value, content, teams.language) if write else str(value)


def _moment(value: Any, content: Mapping[str, Any], language: str) -> str:
    return moment_text(value, language, content.get("timezone"))


def _day(value: Any, content: Mapping[str, Any], language: str) -> str:
    return day_text(value, language, content.get("timezone"))


def _length(value: Any, content: Mapping[str, Any], language: str) -> str:
    ends, starts = (datetime.fromisoformat(str(one)) for one in (value, content["starts_at"]))
    hours = round((ends - starts) / timedelta(hours=1), 2)
    return render(_("{n} hours"), {"n": f"{hours:g}"}, language)


def _points(value: Any, _content: Mapping[str, Any], language: str) -> str:
    return render(_("{n} points"), {"n": f"{value:g}"}, language)


WRITTEN: dict[str, Callable[[Any, Mapping[str, Any], str], str]] = {
    "tags": lambda value, _content, language: topics_in_words(value, language),
    "template": lambda value, _content, language: family_name(value, language),
    "mode": lambda value, _content, language: render(MODES.get(value, value), {}, language),
    "format": lambda value, _content, language: render(FORMATS.get(value, value), {}, language),
    "starts_at": _moment,
    "ends_at": _length,
    "announced_at": _day,
    "reward_points": _points,
    "capacity": lambda value, _content, _language: f"{value:g}",
}


def joint(language: str) -> str:
    """What stands between names that are listed."""
    return "、" if language == "zh" else ", "


def topics_in_words(tags: Mapping[str, float] | None, language: str) -> str:
    """A mix of topics, the largest share first."""
    ordered = sorted(percents(tags).items(), key=lambda one: -one[1])
    return joint(language).join(f"{topic_name(name, language)} {share}%" for name, share in ordered)


def _condition(key: str, value: Any, teams: TeamNames) -> str:
    language = teams.language
    if key == "tenure_days":
        bounds = {"below": _("here for less than {n} days"),
                  "at_least": _("here for at least {n} days")}  # fmt: skip
        return " · ".join(render(bounds[one], {"n": f"{days:g}"}, language)
                          for one, days in value.items())  # fmt: skip
    if key == "any":
        either = [audience_in_words(one, teams) for one in value]
        return render(_(" or "), {}, language).join(f"({one})" for one in either)
    if key == "not":
        return render(_("not: {those}"), {"those": audience_in_words(value, teams)}, language)
    return joint(language).join(teams.of(key, str(one)) for one in value)


def _note(text: str, language: str) -> Note:
    for template in (*UNLIKE, *OTHERS):
        for one in LANGUAGES:
            found = _pattern(template, one).fullmatch(text)
            if found is None:
                continue
            values: dict[str, object] = dict(found.groupdict())
            if "field" in values:
                name = str(values["field"]).rpartition(".")[2]
                values["field"] = render(NAMES.get(name, name), {}, language)
            return Note(render(template, values, language), template in UNLIKE)
    return Note(text, False)


@cache
def _pattern(template: str, language: str) -> re.Pattern[str]:
    """What a rendered template looks like, its values as groups."""
    places = {name: f"\x01{name}\x01" for name in ("field", "points", "n", "all")}
    text = re.escape(render(template, places, language))
    return re.compile(re.sub("\x01(\\w+)\x01", r"(?P<\1>.+?)", text))
