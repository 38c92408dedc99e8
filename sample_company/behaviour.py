"""The model of `sample_company.model` for one activity: who is invited, and each one's logits."""

from dataclasses import dataclass, field

import numpy as np
from scipy import sparse

from sample_company import model
from sample_company.activities import Activity
from sample_company.audiences import fits
from sample_company.latent import Latent
from sample_company.organisation import Bools, Floats, Ints, Organisation
from sample_company.settings import CHINA, DAY, HOUR, Settings
from sample_company.ties import Ties
from sample_company.vocabulary import CITY_NAMES, TAGS, slot_of
from sample_company.workload import Workload


@dataclass(frozen=True)
class Cast:
    """All that behaviour depends on, beside the activities themselves."""

    settings: Settings
    people: Organisation
    latent: Latent
    workload: Workload
    ties: Ties


@dataclass
class Past:
    """Who was invited to which activity and who took part, in order of announcement."""

    starts: list[int] = field(default_factory=list)
    invited: list[Ints] = field(default_factory=list)
    came: list[Bools] = field(default_factory=list)

    def add(self, starts: int, invited: Ints, came: Bools) -> None:
        """Note one activity."""
        self.starts.append(starts)
        self.invited.append(invited)
        self.came.append(came)

    def momentum(self, at: int, n_people: int) -> Floats:
        """MOMENTUM * (recent - 0.5) * n / (n + 2) of each person, from what started before `at`."""
        asked, came = np.zeros(n_people), np.zeros(n_people)
        for starts, invited, took_part in zip(self.starts, self.invited, self.came, strict=True):
            if at - model.MOMENTUM_DAYS * DAY <= starts < at:
                asked[invited] += 1
                came[invited] += took_part
        recent = came / np.maximum(asked, 1)
        effect: Floats = model.MOMENTUM * (recent - 0.5) * asked / (asked + 2)
        return effect


@dataclass(frozen=True)
class Case:
    """One activity as the model sees it; arrays are by invited person.

    `late` marks those hired after the announcement, `stays` those still here at the start. `team`
    is the project group; `shares` the ties among the invited; `comes` the probability of coming,
    given a sign-up that is not withdrawn.
    """

    activity: Activity
    people: Ints
    late: Bools
    stays: Bools
    function: Ints
    team: Ints
    logit: Floats
    comes: Floats
    shares: sparse.csr_matrix

    @property
    def rounds(self) -> Floats:
        """The chance of deciding in each round, people x 3."""
        return np.where(self.late[:, None], np.array([0.0, 0.0, 1.0]), np.array(model.ROUNDS))

    @property
    def taking_part(self) -> Floats:
        """The probability of taking part, given a sign-up."""
        return self.comes * (1 - model.WITHDRAWS)


def make_case(cast: Cast, activity: Activity, past: Past) -> Case:
    """The activity's case; `past` may hold later activities too, which change nothing."""
    people = cast.people
    launched, late = _invited(people, activity)
    chosen = np.flatnonzero(launched | late)
    is_late = late[chosen]
    fields = people.fields_at(activity.announced)
    team = np.where(
        late, people.group_at(activity.final_start), people.group_at(activity.announced)
    )
    logit = _fixed(activity) + _personal(cast, activity, fields)
    logit += past.momentum(activity.announced, people.n_people)
    return Case(
        activity=activity,
        people=chosen,
        late=is_late,
        stays=people.left[chosen] > activity.final_start,
        function=fields[chosen, 0],
        team=team[chosen],
        logit=logit[chosen],
        comes=_comes(cast, activity)[chosen],
        shares=cast.ties.shares(chosen, activity.announced, people.n_people),
    )


def _invited(people: Organisation, activity: Activity) -> tuple[Bools, Bools]:
    """(invited at the launch, hired later and invited then), as masks over all people."""
    launched = people.present(activity.announced)
    launched &= fits(activity.audience, people, activity.announced)
    late = np.zeros(people.n_people, dtype=bool)
    hired = people.hired
    for day in np.unique(hired[(activity.announced < hired) & (hired < activity.final_start)]):
        late |= (hired == day) & fits(activity.audience, people, int(day))
    return launched, late


def _fixed(activity: Activity) -> float:
    """The part of the logit that is the same for everyone."""
    notice = (activity.starts - activity.announced) / DAY
    notice = min(max(notice, model.NOTICE_RANGE[0]), model.NOTICE_RANGE[1])
    return model.BASE[activity.template] + model.NOTICE * float(np.log(notice / model.USUAL_NOTICE))


def _personal(cast: Cast, activity: Activity, fields: Ints) -> Floats:
    """The part of everyone's logit that differs by person."""
    latent, at = cast.latent, activity.announced
    years = (at - cast.settings.begin) / (365 * DAY)
    shares = np.array([activity.tags.get(tag, 0.0) for tag in TAGS])
    local = activity.starts + CHINA
    slot = slot_of(local % DAY / HOUR, (local // DAY + 3) % 7)
    tenure = np.maximum(cast.people.tenure_days(at), 0)
    newness = 1 - np.maximum(tenure - model.NEW_DAYS, 0) / model.NEW_FADES
    logit: Floats = (
        latent.propensity
        + latent.taste(fields[:, 0], years) @ shares
        + _place(activity, fields[:, 1])
        + latent.slots[:, slot]
        + latent.keenness * np.log2(1 + activity.reward_points / model.REWARD_UNIT)
        + model.WORKLOAD * cast.workload.at(activity.starts)
        + model.NEW * np.maximum(newness, 0)
    )
    return logit


def _place(activity: Activity, city: Ints) -> Floats:
    if activity.city is None:
        return np.full(len(city), model.ONLINE)
    here = city == CITY_NAMES.index(activity.city)
    return np.where(here, model.OWN_CITY, model.OTHER_CITY)


def _comes(cast: Cast, activity: Activity) -> Floats:
    """The probability of coming; 1 where signing up is taking part."""
    if activity.template in model.TAKES_PART_BY_SIGNING_UP:
        return np.ones(cast.people.n_people)
    logit = (
        model.COMES[activity.template]
        + cast.latent.reliability
        + model.COMES_LOAD * cast.workload.at(activity.starts)
        + model.COMES_KEEN * cast.latent.keenness
    )
    return sigmoid(logit)


def sigmoid(logit: Floats) -> Floats:
    """The probability of a logit.

    >>> float(sigmoid(np.array(0.0)))
    0.5
    """
    probability: Floats = 1 / (1 + np.exp(-logit))
    return probability
