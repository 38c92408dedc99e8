"""The features' names, what each says, and the tables it needs; imports nothing heavy.

"In 28 days" means in the 28 days before T. A count is 0 where nothing was done; a share or mean is
null where there is nothing to divide by; every feature is null where a table it needs is missing.
"""

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True)
class Feature:
    """What the number says, and the optional tables without which it is switched off.

    `of_answers` marks what counts answers: also those about an activity still to come, so that a
    forecast from before its launch must not read it.
    """

    description: str
    needs: tuple[str, ...] = ()
    of_answers: bool = False


def _needing(needs: str, **descriptions: str) -> dict[str, Feature]:
    return {name: Feature(text, tuple(needs.split())) for name, text in descriptions.items()}


def _of_answers(needs: str, **descriptions: str) -> dict[str, Feature]:
    return {
        name: Feature(text, tuple(needs.split()), of_answers=True)
        for name, text in descriptions.items()
    }


BEHAVIOUR: dict[str, Feature] = {
    **_needing("", tenure_days="days since the person was hired"),
    **_needing("memberships", n_project_groups="project groups the person is in"),
    **_needing(
        "memberships milestones",
        days_to_deadline="days to the next open due date of the person's project groups",
        open_milestones_14d="open due dates of the person's groups in the coming 14 days",
    ),
    **_needing(
        "workdays",
        hours_28d="hours worked in 28 days; null without any attendance record",
        overtime_hours_28d="overtime hours in 28 days; null without any attendance record",
        overtime_hours_90d="overtime hours in 90 days; null without any attendance record",
        absent_days_28d="days of leave or sickness in 28 days; null without attendance record",
    ),
    **_needing(
        "trainings",
        trainings_completed_365d="courses completed in 365 days",
        training_completion_share_365d="of the courses begun in 365 days, the share completed",
        training_score_mean_365d="mean score of the courses completed in 365 days",
    ),
    **_needing("performances", performance_last="score of the newest project review"),
    **_needing(
        "customer_contacts",
        n_contacts_28d="customer contacts in 28 days",
        complaints_28d="complaints among the customer contacts of 28 days",
        satisfaction_90d="mean of the daily customer satisfaction in 90 days",
    ),
}
PARTICIPATION: dict[str, Feature] = _of_answers(
    "",
    registered_28d="activities registered for in 28 days",
    registered_90d="activities registered for in 90 days",
    registered_365d="activities registered for in 365 days",
    declined_28d="activities declined in 28 days",
    declined_90d="activities declined in 90 days",
    declined_365d="activities declined in 365 days",
    attended_28d="activities attended in 28 days",
    attended_90d="activities attended in 90 days",
    attended_365d="activities attended in 365 days",
    no_shows_28d="activities of 28 days registered for and missed, where attendance is recorded",
    no_shows_90d="activities of 90 days registered for and missed, where attendance is recorded",
    no_shows_365d="activities of 365 days registered for and missed, where attendance is recorded",
    registered_share_90d="of the answers in 90 days, the share that registered",
    registered_share_365d="of the answers in 365 days, the share that registered",
    attended_share_90d="attended in 90 days, as a share of attended and missed",
    attended_share_365d="attended in 365 days, as a share of attended and missed",
    days_since_registered="days since the person last registered for anything",
)
PREFERENCE: dict[str, Feature] = {
    **_of_answers(
        "",
        ratings_mean_365d="mean rating the person gave to activities in 365 days",
        team_share_365d="of the registrations in 365 days, the share for team activities",
        onsite_share_365d="of the registrations in 365 days, the share on site or hybrid",
        evening_share_365d="of the registrations in 365 days, the share starting at 18:00 or later",
        rewarded_share_365d="of the registrations in 365 days, the share that carried points",
    ),
    **_needing(
        "survey_answers",
        survey_rating_mean="mean of all ratings in surveys",
        n_survey_answers="survey questions answered",
    ),
    # points may be earned by answering
    **_of_answers(
        "points",
        points_balance="points earned and not spent",
        points_earned_90d="points earned in 90 days",
    ),
    **_needing(
        "redemptions",
        points_redeemed_365d="points exchanged in 365 days",
        redemptions_365d="exchanges of points in 365 days",
    ),
}
SOCIAL: dict[str, Feature] = {
    **_needing(
        "interactions",
        degree_90d="colleagues the person exchanged messages with in 90 days",
        messages_90d="messages sent and received in 90 days",
        reciprocity_90d="of these colleagues, the share with messages both ways",
    ),
    **_needing(
        "interactions memberships",
        cross_group_share_90d="of the messages of 90 days between members of project groups, the "
        "share with colleagues of other groups",
    ),
}
FAMILIES: dict[str, dict[str, Feature]] = {
    "behaviour": BEHAVIOUR,
    "participation": PARTICIPATION,
    "preference": PREFERENCE,
    "social": SOCIAL,
}
EMPLOYEE_FEATURES: dict[str, str] = {
    name: feature.description for family in FAMILIES.values() for name, feature in family.items()
}
ANSWER_FEATURES: tuple[str, ...] = tuple(
    name for family in FAMILIES.values() for name, feature in family.items() if feature.of_answers
)
ACTIVITY_FEATURES: dict[str, str] = {
    "duration_hours": "hours from start to end; null where the end is unknown",
    "notice_days": "days from announcement to start; null where the announcement is unknown",
    "reward_points": "points for taking part",
    "capacity": "places; null without a limit",
    "starts_hour_local": "hour of the day at which it starts, by the clock there",
    "starts_weekday_local": "day of the week on which it starts there, Monday being 0",
    "is_onsite": "1 where it is on site or hybrid, 0 online; null unknown",
    "is_team": "1 where teams take part, 0 individuals; null unknown",
    "n_tags": "how many tags it has",
}


def switched_off(tables: Collection[str]) -> dict[str, list[str]]:
    """Missing table -> the features that are null without it, given the tables there are.

    >>> switched_off({"memberships", "workdays", "trainings", "performances", "milestones",
    ...               "customer_contacts", "survey_answers", "points", "interactions"})
    {'redemptions': ['points_redeemed_365d', 'redemptions_365d']}
    """
    off: dict[str, list[str]] = {}
    for family in FAMILIES.values():
        for name, feature in family.items():
            for table in feature.needs:
                if table not in tables:
                    off.setdefault(table, []).append(name)
    return off
