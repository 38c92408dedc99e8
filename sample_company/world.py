"""The whole world, simulated in order of time through sixty days after the end."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sample_company.activities import Activity, make_activities
from sample_company.behaviour import Case, Cast, Past, make_case
from sample_company.latent import make_latent
from sample_company.organisation import Organisation
from sample_company.outcomes import Outcome, happen
from sample_company.people import make_organisation
from sample_company.settings import Settings
from sample_company.ties import make_ties
from sample_company.workload import Milestones, make_milestones, make_workload

Progress = Callable[[list[Activity]], Iterable[Activity]]


@dataclass(frozen=True)
class World:
    """A simulated company: its cast, milestones, activities, and what happened about each."""

    settings: Settings
    cast: Cast
    milestones: Milestones
    activities: dict[str, Activity]
    outcomes: dict[str, Outcome]
    past: Past

    @property
    def people(self) -> Organisation:
        """The organisation."""
        return self.cast.people

    def case(self, activity: Activity) -> Case:
        """The model of an activity, held or hypothetical, as of its announcement."""
        return make_case(self.cast, activity, self.past)


def simulate(settings: Settings, progress: Progress = iter) -> World:
    """Simulate the company; `progress` passes on the activities as each one's turn comes."""
    people = make_organisation(settings)
    milestones = make_milestones(settings, people.groups)
    cast = Cast(
        settings=settings,
        people=people,
        latent=make_latent(settings, people.n_people),
        workload=make_workload(settings, people, milestones),
        ties=make_ties(settings, people),
    )
    activities = make_activities(settings, people)
    past, outcomes = Past(), {}
    for activity in progress(activities):
        case = make_case(cast, activity, past)
        outcome = happen(case, people.hired, settings.rng(activity.activity_id))
        outcomes[activity.activity_id] = outcome
        if activity.cancelled is None:
            past.add(activity.final_start, outcome.people, outcome.took_part)
    by_id = {activity.activity_id: activity for activity in activities}
    return World(settings, cast, milestones, by_id, outcomes, past)
