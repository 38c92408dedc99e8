"""Which calls each role may make; what is not listed here is refused."""

from typing import Literal, get_args

from features.language import _

Role = Literal["hr_system", "hr_system_teams", "hr_reviewer", "data_scientist", "admin"]
Scope = Literal[
    "recommendations", "forecasts", "metrics", "events", "organisation",
    "read_activities", "write_activities", "audiences", "designs",
    "portraits", "audit_log", "promotion",
]  # fmt: skip
ROLES: tuple[Role, ...] = get_args(Role)
HR_SYSTEMS: tuple[Role, ...] = ("hr_system", "hr_system_teams")

ALLOWED: dict[Scope, tuple[Role, ...]] = {
    # a person's own probabilities go to that person alone, through the employee-facing HR system
    "recommendations": ("hr_system",),
    "forecasts": ROLES,
    "metrics": ROLES,
    "events": HR_SYSTEMS,
    "organisation": (*HR_SYSTEMS, "admin"),
    "read_activities": ROLES,
    "write_activities": (*HR_SYSTEMS, "hr_reviewer"),
    "audiences": (*HR_SYSTEMS, "hr_reviewer", "data_scientist"),
    "designs": (*HR_SYSTEMS, "hr_reviewer", "data_scientist"),
    "portraits": (*HR_SYSTEMS, "hr_reviewer", "data_scientist"),
    "audit_log": ("hr_reviewer", "admin"),
    "promotion": ("data_scientist", "admin"),
}
DESCRIPTIONS: dict[Role, str] = {
    "hr_system": _("the HR system: recommendations for employees, and forecasts"),
    "hr_system_teams": _("an HR system that employees do not use: no person's own probabilities"),
    "hr_reviewer": _("HR staff: forecasts of teams, nothing about a single person"),
    "data_scientist": _("data scientists: forecasts and metrics"),
    "admin": _("operators: forecasts and metrics"),
}


def may(role: Role, scope: Scope) -> bool:
    """Whether a key of the role may make calls of the scope.

    >>> may("hr_reviewer", "forecasts"), may("hr_reviewer", "recommendations")
    (True, False)
    """
    return role in ALLOWED.get(scope, ())
