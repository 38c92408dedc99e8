"""Why a function would come more or less often than it usually does, by its portrait."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from features.language import _
from serving.answers import TeamCount
from serving.console.activity import family_name, topic_name
from serving.console.case import Case
from serving.console.lately import Rate
from serving.console.portrait_words import RATED_APART
from serving.console.portraits import address_of, portraits_of
from serving.team_portraits import Portrait, Row

# so many points from its usual rate are worth a word
APART = 5
LIKES_MORE = _("In surveys it likes {topic} more than others do ({n} of 5; the company {m}).")
LIKES_LESS = _("In surveys it likes {topic} less than others do ({n} of 5; the company {m}).")
COMES = _("In the last half year it took up {n} of 100 invitations to {kind}; the company took up "
          "{k} of 100.")  # fmt: skip
KEENER = _("Those invited of it usually come more often than the rest of it.")
LESS_KEEN = _("Those invited of it usually come less often than the rest of it.")
UNCLEAR = _("What it came to in the past does not tell why.")


@dataclass(frozen=True)
class TeamReason:
    """One function: by how much it differs, what goes with it, and where its portrait is."""

    head: str
    why: str
    address: str


def team_reasons(case: Case) -> list[TeamReason]:
    """The functions that would come clearly more or less than usual, the furthest first."""
    usual = case.lately.by_team("function")
    apart = [
        (one, usual[one.team])
        for one in case.answer.by_function
        if not one.merged and one.team in usual and differs(one, usual[one.team])
    ]
    apart.sort(key=lambda pair: -abs(pair[0].rate_percent - pair[1].percent))
    return [_reason(case, *pair) for pair in apart]


def differs(team: TeamCount, usual: Rate) -> bool:
    """Whether the usual rate lies outside the interval, or far from what is expected."""
    is_inside = team.rate_low_percent <= usual.percent <= team.rate_high_percent
    return not is_inside or abs(team.rate_percent - usual.percent) >= APART


def _reason(case: Case, team: TeamCount, usual: Rate) -> TeamReason:
    visit, gain = case.visit, team.rate_percent - usual.percent
    head = visit.say(_("{team}: {n}%, usually {usual}%."),
                     team=visit.teams.of("function", team.team),
                     n=team.rate_percent, usual=usual.percent)  # fmt: skip
    portraits = portraits_of(visit.desk)
    known = {} if portraits.is_resting else portraits.teams("function")
    if not visit.may("portraits") or team.team not in known:
        return TeamReason(head, "", "")
    told = [*_others(case, team, usual, gain),
            *portrayed(case, portraits.of("function", team.team), gain, usual)]  # fmt: skip
    told = told or [visit.say(UNCLEAR)]
    return TeamReason(head, " ".join(told), address_of("function", team.team))


def _others(case: Case, team: TeamCount, usual: Rate, gain: int) -> Iterator[str]:
    """Whether those invited are not like the rest of the team; no number, of whomever it is."""
    own = case.usual_of_invited("function", team.team)
    if own is not None and abs(own - usual.percent) >= APART and (own - usual.percent) * gain > 0:
        yield case.visit.say(KEENER if gain > 0 else LESS_KEEN)


def portrayed(case: Case, portrait: Portrait, gain: int, shown: Rate) -> Iterator[str]:
    """What the portrait holds that goes the same way: tastes first, then what was taken up.

    The portrait's usual rate is of other invitations than the one `shown` before; what is told
    must lie on the same side of both, or the reader sees a contradiction.
    """
    topics = _topics(case)
    rated = _first([row for row in _of_names(portrait.ratings, [*topics, case.activity.template])
                    if _goes(row, gain)])  # fmt: skip
    if rated and rated.now and rated.company:
        yield case.visit.say(
            LIKES_MORE if gain > 0 else LIKES_LESS, topic=_called(case, rated.name),
            n=f"{rated.now.value:.1f}", m=f"{rated.company.value:.1f}",
        )  # fmt: skip
    kinds = [*_of_names(portrait.rates["topic"], topics),
             *_of_names(portrait.rates["template"], [case.activity.template])]  # fmt: skip
    usual = portrait.usual.now
    for row in kinds:
        if not (usual and row.now and row.company):
            continue
        n, m, k = (round(100 * one.value) for one in (row.now, usual, row.company))
        apart = min((n - m) * gain, (n - shown.percent) * gain)
        if apart > 0 and row.now.is_apart_from(usual, APART / 100):
            yield case.visit.say(COMES, kind=_called(case, row.name), n=n, k=k)
            return


def _topics(case: Case) -> list[str]:
    """The activity's main topics, the largest share first."""
    tags = case.activity.tags or {}
    main = [name for name in tags if tags[name] >= max(tags.values()) / 2]
    return sorted(main, key=lambda name: (-tags[name], name))


def _called(case: Case, name: str) -> str:
    """A topic or a kind of activity, as people call it."""
    language = case.visit.language
    topics = case.activity.tags or {}
    return topic_name(name, language) if name in topics else family_name(name, language)


def _of_names(rows: Sequence[Row], names: Sequence[str | None]) -> list[Row]:
    known = {row.name: row for row in rows}
    return [known[name] for name in names if name in known]


def _first(rows: Sequence[Row]) -> Row | None:
    return rows[0] if rows else None


def _goes(row: Row, gain: int) -> bool:
    """Whether a rating lies clearly on that side of the company's."""
    if row.now is None or row.company is None:
        return False
    apart = row.now.is_apart_from(row.company, RATED_APART)
    return apart and (row.now.value - row.company.value) * gain > 0
