"""The effect in words: what came beside what was expected, why perhaps, and what to do."""

from dataclasses import dataclass

from features.language import _
from serving.console.activity import topic_name
from serving.console.effects import Effect
from serving.console.judged import Against
from serving.console.portraits import address_of, portraits_of
from serving.console.reasons import Words, drivers_told
from serving.console.site import Visit

INSIDE = {
    1: _("Within what was forecast, in its upper part: {came} came, {expected} were expected, "
         "between {low} and {high} in 90 of 100 cases."),
    0: _("As forecast: {came} came, {expected} were expected, between {low} and {high} in 90 of "
         "100 cases."),
    -1: _("Within what was forecast, in its lower part: {came} came, {expected} were expected, "
          "between {low} and {high} in 90 of 100 cases."),
}  # fmt: skip
ABOVE = _("More than forecast: {came} came, {n} more than the forecast's upper end; {expected} "
          "were expected, between {low} and {high} in 90 of 100 cases.")  # fmt: skip
BELOW = _("Fewer than forecast: {came} came, {n} fewer than the forecast's lower end; {expected} "
          "were expected, between {low} and {high} in 90 of 100 cases.")  # fmt: skip
NO_FORECAST = _("No forecast was approved, so there is none to compare with.")
CHECKED = _("No forecast was approved before it began. This one is from a check made later, by "
            "models that had not seen this activity.")  # fmt: skip
NOT_KEPT = _("A forecast was approved, but it is not kept any more.")
UP = _("{n} of 100 invited came; {m} is usual for these people.")
SO_FAR = _("It is still running: {came} have come so far; {expected} were expected, between {low} "
           "and {high} in 90 of 100 cases.")  # fmt: skip
RUNNING = _("It is still running: the numbers grow until it is over, and are judged then.")
UNINVITED = _("{n} more came without an invitation: they count in none of these numbers.")
TEAMS_LATER = _("Teams stand here once it is over.")
MERGED = _("Teams too small to be shown alone are counted together.")
REASONS, DIFFERENCES = _("Possible reasons"), _("What was different")
FAR_BELOW = _("{team}: {n} of 100 invited took part, {m} fewer than the {usual} usual for them.")


@dataclass(frozen=True)
class Advice:
    """What to do or to look at next time; `function` is the one that it is of, "" of all."""

    text: str
    function: str = ""


def said(visit: Visit, words: Words) -> str:
    """A text in the reader's language, the names in it too."""
    named = {name: topic_name(text, visit.language) if name in ("own", "best") else visit.say(text)
             for name, text in words.named.items()}  # fmt: skip
    return visit.say(words.template, **words.values, **named)


def verdict_of(visit: Visit, found: Effect) -> str:
    """Turnout beside what was forecast, in a sentence; "" where there is no turnout."""
    if found.outcome is None or found.lacks:
        return ""
    if found.against and found.is_running:
        return visit.say(SO_FAR, **vars(found.against))
    if found.against:
        return against_in(visit, found.against)
    if found.usual is None:
        return ""
    return visit.say(UP, n=found.outcome.percent, m=found.usual)


def against_in(visit: Visit, against: Against) -> str:
    """Where in its interval a count fell."""
    template = INSIDE[against.side]
    if against.outside:
        template = ABOVE if against.outside > 0 else BELOW
    return visit.say(template, n=abs(against.outside), **vars(against))


def notes_in(visit: Visit, found: Effect) -> list[str]:
    """What a reader should know of the numbers."""
    if found.outcome is None or found.lacks:
        return []
    notes = [visit.say(RUNNING), visit.say(TEAMS_LATER)] if found.is_running else []
    if found.approved is None:
        notes.append(visit.say(CHECKED if found.is_check else NO_FORECAST))
    elif found.approved.told is None:
        notes.append(visit.say(NOT_KEPT))
    if found.outcome.uninvited:
        notes.append(visit.say(UNINVITED, n=found.outcome.uninvited))
    if any(line.part.merged for lines in found.lines.values() for line in lines):
        notes.append(visit.say(MERGED))
    return notes


def drivers_in(visit: Visit, found: Effect) -> list[str]:
    """What the approved forecast rested on."""
    told = found.approved.told if found.approved else None
    return [said(visit, words) for words in drivers_told(told)] if told else []


def reasons_in(visit: Visit, found: Effect) -> tuple[list[str], list[Advice]]:
    """(the possible reasons, what to change or look at next time)."""
    reasons = [said(visit, one.words) for one in found.reasons]
    advice = [Advice(said(visit, one.advice)) for one in found.reasons if one.advice]
    return reasons, advice + _far_below(visit, found)


def reasons_name(visit: Visit, found: Effect) -> str:
    """What the reasons are called: where turnout is as usual they explain nothing."""
    return visit.say(DIFFERENCES if found.is_as_usual else REASONS)


def portraits_in(visit: Visit, found: Effect) -> dict[str, str]:
    """Where the portraits are of the functions that came far below their usual rate, by name."""
    if not found.far_below or not visit.may("portraits"):
        return {}
    portraits = portraits_of(visit.desk)
    known = {} if portraits.is_resting else portraits.teams("function")
    teams = [line.part.team for line, _usual in found.far_below]
    return {team: address_of("function", team) for team in teams if team in known}


def _far_below(visit: Visit, found: Effect) -> list[Advice]:
    return [
        Advice(visit.say(FAR_BELOW, team=visit.teams.of("function", line.part.team),
                         n=line.part.percent, m=usual - line.part.percent, usual=usual),
               line.part.team)
        for line, usual in found.far_below
    ]  # fmt: skip
