"""Whether teams would come clearly less often than they usually do."""

from collections.abc import Iterator, Sequence
from typing import Literal

from features.language import _
from serving.answers import TeamCount
from serving.console.case import Case

# at the end the teams that it is about, as a search for designs is asked for them
Found = tuple[str, str, str, Literal["warning", "note"], *tuple[str, ...]]
HEADS = {"function": _("Functions below their usual"), "city": _("Cities below their usual")}
MOST_NAMED = 5


def less_than_usual(case: Case) -> Iterator[Found]:
    """Functions and cities whose whole range lies below their usual rate.

    Those invited of a team may come less often than the rest of it: then the design is not why.
    """
    for by, head in HEADS.items():
        usual = {name: rate.percent for name, rate in case.lately.by_team(by).items()}
        teams: Sequence[TeamCount] = getattr(case.answer, f"by_{by}")
        below = [
            one
            for one in teams
            if not one.merged
            and one.rate_high_percent < usual.get(one.team, 0)
            and one.rate_high_percent < (case.usual_of_invited(by, one.team) or 0)
        ]
        if by == "city" and len(below) > len(teams) / 2:
            # as everywhere: that is not about cities
            continue
        below.sort(key=lambda one: one.rate_percent - usual[one.team])
        if below:
            say = case.visit.say
            named = [say(_("{team} would come clearly less than usual: {low}–{high}% instead of "
                           "{usual}%."), team=case.visit.teams.of(by, one.team),
                         low=one.rate_low_percent, high=one.rate_high_percent,
                         usual=usual[one.team]) for one in below[:MOST_NAMED]]  # fmt: skip
            if len(below) > MOST_NAMED:
                named.append(say(_("So would {n} more."), n=len(below) - MOST_NAMED))
            yield (say(head), " ".join(named),
                   say(_("See whether other topics or another time would suit them better.")),
                   "warning", *(f"{by}|{one.team}" for one in below))  # fmt: skip
