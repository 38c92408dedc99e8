"""A person's own portrait, for that person alone: what was joined, and what surveys say."""

from collections.abc import Sequence

import numpy as np

from engagement.audit import Caller, append_entry
from features.history.columns import DAY, Bools, moment
from features.language import _, render
from serving.answers import PortraitAnswer, PortraitRate, PortraitRating
from serving.board import Board
from serving.contract import PortraitsRequest
from serving.desk import Desk
from serving.held import held
from serving.portrait_labels import kind_label, survey_label
from serving.privacy import whole_percent
from serving.recommend import employee_positions

YEAR = 365 * DAY
# of fewer invitations nobody says what somebody likes
FEWEST = 3
LIKED = 4.0
IN_ALL = _("You took part in {came} of the {invited} activities that you were invited to in a year")
MOST_OFTEN = _("You come most often to: {label} ({came} of {invited})")
BEST_TIME = _("You come most often {label} ({came} of {invited})")
RATED = _("In surveys you rated highest: {label} ({rating} of 5)")
NOTHING_YET = _("You were not invited to anything in the last year")
REFUSED = _("You asked not to be profiled: nothing of your own record was read")


def own_portrait(
    desk: Desk, request: PortraitsRequest, language: str, caller: Caller
) -> PortraitAnswer:
    """The portrait of one person; noted in the audit log before it is told.

    Raises:
        Problem: nobody at the company is meant, or nothing was imported yet.
        HuoliError: the audit log is broken.
    """
    state, who = desk.state, [request.employee_id]
    board, fields = state.board, ["employee_id"]
    (employee,) = employee_positions(board, who, fields, desk.erasures.known(who)).tolist()
    about = {"employee_id": request.employee_id, "as_of": moment(board.as_of).isoformat(),
             "data_until": state.data_until.isoformat()}  # fmt: skip
    if board.opted_out[employee]:
        reasons = [render(REFUSED, {}, language)]
        answer = PortraitAnswer(**about, personal=False, invited=0, took_part=0, rates=[],
                                ratings=[], reasons=reasons)  # fmt: skip
    else:
        answer = _portrait(board, employee, language, about)
    with desk.database.begin() as transaction:
        # who was erased while this was computed is nobody by now
        employee_positions(board, who, fields, desk.erasures.among(transaction, who))
        append_entry(transaction, caller, who, 200, desk.erasures.among)
    return answer


def _portrait(
    board: Board, employee: int, language: str, about: dict[str, str]
) -> PortraitAnswer:  # fmt: skip
    past = held(board, board.as_of - YEAR, board.as_of)
    invited = past.invited[employee]
    came = past.came(np.full(len(past.ends), board.as_of))[employee] & invited
    rates = [
        PortraitRate(by=kind, name=name, label=kind_label(kind, name, language),
                     **_counts(invited & mask, came & mask))
        for (kind, name), mask in past.traits.items() if (invited & mask).any()
    ]  # fmt: skip
    ratings = _ratings(board, employee, language)
    n_invited, n_came = int(invited.sum()), int(came.sum())
    return PortraitAnswer(
        **about, personal=True, invited=n_invited, took_part=n_came, rates=rates, ratings=ratings,
        reasons=_reasons(n_invited, n_came, rates, ratings, language),
    )  # fmt: skip


def _counts(invited: Bools, came: Bools) -> dict[str, int]:
    n_invited, n_came = int(invited.sum()), int(came.sum())
    return {"invited": n_invited, "took_part": n_came,
            "percent": whole_percent(n_came, n_invited)}  # fmt: skip


def _ratings(board: Board, employee: int, language: str) -> list[PortraitRating]:
    """The person's newest rating of each topic, the best first."""
    surveys = board.history.surveys
    n = int(np.searchsorted(surveys.known, board.as_of))
    own = np.flatnonzero((surveys.employee[:n] == employee) & ~np.isnan(surveys.rating[:n]))
    newest = {int(surveys.topic[one]): float(surveys.rating[one]) for one in own}
    found = [
        PortraitRating(topic=str(surveys.topics[topic]), rating=rating,
                       label=survey_label(str(surveys.topics[topic]), language))
        for topic, rating in newest.items()
    ]  # fmt: skip
    return sorted(found, key=lambda one: (-one.rating, one.topic))


def _reasons(
    invited: int, came: int, rates: Sequence[PortraitRate], ratings: Sequence[PortraitRating],
    language: str,
) -> list[str]:  # fmt: skip
    if not invited:
        told = [render(NOTHING_YET, {}, language)]
    else:
        told = [render(IN_ALL, {"came": came, "invited": invited}, language)]
    for by, template in (("template", MOST_OFTEN), ("slot", BEST_TIME)):
        liked = [one for one in rates
                 if one.by == by and one.invited >= FEWEST and one.took_part]  # fmt: skip
        if liked:
            best = max(liked, key=lambda one: (one.took_part / one.invited, one.invited))
            values = {"label": best.label, "came": best.took_part, "invited": best.invited}
            told.append(render(template, values, language))
    if ratings and ratings[0].rating >= LIKED:
        values = {"label": ratings[0].label, "rating": f"{ratings[0].rating:g}"}
        told.append(render(RATED, values, language))
    return told
