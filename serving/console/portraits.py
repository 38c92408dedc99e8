"""What teams like and when they have time."""

import threading
from collections.abc import Hashable
from weakref import WeakKeyDictionary

from starlette.responses import Response

from features.history.columns import DAY, moment
from features.language import _
from serving.console import portrait_words
from serving.console.portrait_figures import change, percent, sections
from serving.console.rendering import query
from serving.console.site import Visit
from serving.desk import Desk
from serving.privacy import MIN_PEOPLE
from serving.team_portraits import (
    BREAKDOWNS,
    RESTING,
    Portrait,
    TeamPortraits,
    last_monday,
    team_portraits,
)

PATH = "/console/portraits"
NAMES = {"function": _("Functions"), "city": _("Cities"), "project_group": _("Project groups")}
NO_TEAM = _("No team that can be shown is called like this.")
# of so many teams or fewer, a list to choose from; of more, a field to type into
MOST_LISTED = 20
DAYS_RESTING = RESTING // DAY
_KEPT: WeakKeyDictionary[Desk, tuple[Hashable, TeamPortraits]] = WeakKeyDictionary()
_COMPUTING = threading.Lock()


def read(visit: Visit) -> Response:
    """The page of a team, or the teams to choose from."""
    found = portraits_of(visit.desk)
    by = visit.query.get("by", "function")
    by = by if by in BREAKDOWNS else "function"
    asked = visit.query.get("team", "").strip()
    teams = {} if found.is_resting else found.teams(by)
    called = {name: visit.teams.of(by, name) for name in teams}
    if by == "project_group":
        # people look for a group by its name
        teams = {name: teams[name] for name in sorted(teams, key=called.__getitem__)}
    if asked not in teams:
        asked = next((name for name in teams if asked == called[name]), asked)
    portrait = found.of(by, asked) if asked in teams else None
    alike = {name: n for name, n in teams.items()
             if asked.lower() in name.lower() or asked.lower() in called[name].lower()}  # fmt: skip
    return visit.page(
        "portraits.html", _titled(visit, portrait), 404 if asked and not alike else 200,
        by=by, breakdowns={name: visit.say(words) for name, words in NAMES.items()},
        asked=asked, teams=teams, alike=alike, portrait=portrait,
        wrong={"team": visit.say(NO_TEAM)} if asked and not alike else {},
        monday=moment(found.as_of), fewest=MIN_PEOPLE, days=DAYS_RESTING, most_listed=MOST_LISTED,
        resting=found.is_resting, sections=sections(visit, portrait) if portrait else [],
        words=portrait_words.told(portrait, visit.language) if portrait else [],
        facts=_facts(visit, portrait) if portrait else [],
        change=change(visit, portrait) if portrait else None, percent=percent,
    )  # fmt: skip


def portraits_of(desk: Desk) -> TeamPortraits:
    """The portraits of this week; computed anew where people changed their mind on profiling."""
    state = desk.state
    board = state.board
    monday = last_monday(board.as_of)
    refuses = board.history.refuses(monday) | board.opted_out
    basis = (state.snapshot, monday, board.history.people.fingerprint, refuses.tobytes())
    with _COMPUTING:
        known = _KEPT.get(desk)
        if known is None or known[0] != basis:
            known = _KEPT[desk] = (basis, team_portraits(board))
        return known[1]


def address_of(by: str, team: str) -> str:
    """Where the portrait of a team is."""
    return query(PATH, {"by": by, "team": team})


def _titled(visit: Visit, portrait: Portrait | None) -> str:
    if portrait is None:
        return visit.say("Team portraits")
    return visit.say("Portrait of {team}", team=visit.teams.of(portrait.by, portrait.team))


def _facts(visit: Visit, portrait: Portrait) -> list[tuple[str, str]]:
    """(what, how much) at the head of the page."""
    now, usual = portrait.invitations[0], portrait.usual.now
    return [
        (visit.say("people at the company, without those who refuse profiling"),
         str(portrait.people)),
        (visit.say("of invitations taken up in the last half year"), percent(usual)),
        (visit.say("invitations a month for each person; the company: {n}",
                   n=f"{portrait.invitations[2]:.1f}"), f"{now:.1f}"),
        (visit.say("invitations to {n} activities are what this rests on", n=portrait.activities),
         str(usual.numbers if usual else 0)),
    ]  # fmt: skip
