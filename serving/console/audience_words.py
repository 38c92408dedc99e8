"""An audience expression in words."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from features.language import _
from serving.console.change_words import joint
from serving.console.team_names import TeamNames

FIELDS = {"function": _("functions: {names}"), "city": _("cities: {names}"),
          "project_group": _("project groups: {names}"), "level": _("levels: {names}")}  # fmt: skip
AT_LEAST, BELOW = _("at least {n} days at the company"), _("less than {n} days at the company")
ANY, NOT = _("one of: {parts}"), _("not ({part})")
MOST_NAMES = 8
Say = Callable[..., str]


def audience_words(expression: Mapping[str, Any], say: Say, teams: TeamNames) -> str:
    """What must hold of whoever is invited; `say` renders a text in the reader's language."""
    return "; ".join(_conditions(expression, say, teams))


def _conditions(expression: Mapping[str, Any], say: Say, teams: TeamNames) -> Iterator[str]:
    for key, value in expression.items():
        if key in FIELDS:
            more = " …" if len(value) > MOST_NAMES else ""
            names = [teams.of(key, str(one)) for one in value[:MOST_NAMES]]
            yield say(FIELDS[key], names=joint(teams.language).join(names) + more)
        elif key == "tenure_days":
            yield from (say(AT_LEAST if bound == "at_least" else BELOW, n=round(days))
                        for bound, days in value.items())  # fmt: skip
        elif key == "any":
            parts = [f"({audience_words(part, say, teams)})" for part in value]
            yield say(ANY, parts=" / ".join(parts))
        else:
            yield say(NOT, part=audience_words(value, say, teams))
