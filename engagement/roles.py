"""Which calls each role may make; what is not listed here is refused."""

from typing import Literal, get_args

from features.language import _

Role = Literal["hr_system", "hr_reviewer", "data_scientist", "admin"]
Scope = Literal["recommendations", "forecasts", "events", "metrics"]
ROLES: tuple[Role, ...] = get_args(Role)

# a person's own probabilities go to that person alone, through the employee-facing HR system
SCOPES: dict[Role, frozenset[Scope]] = {
    "hr_system": frozenset({"recommendations", "forecasts", "events", "metrics"}),
    "hr_reviewer": frozenset({"forecasts", "metrics"}),
    "data_scientist": frozenset({"forecasts", "metrics"}),
    "admin": frozenset({"forecasts", "metrics"}),
}
DESCRIPTIONS: dict[Role, str] = {
    "hr_system": _("the HR system: recommendations for employees, and forecasts"),
    "hr_reviewer": _("HR staff: forecasts of teams, nothing about a single person"),
    "data_scientist": _("data scientists: forecasts and metrics"),
    "admin": _("operators: forecasts and metrics"),
}


def may(role: Role, scope: Scope) -> bool:
    """Whether a key of the role may make calls of the scope.

    >>> may("hr_reviewer", "forecasts"), may("hr_reviewer", "recommendations")
    (True, False)
    """
    return scope in SCOPES.get(role, frozenset())
