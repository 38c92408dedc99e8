"""Roles of keys in a few words."""

from features.language import _

ROLE_WORDS: dict[str, str] = {
    "hr_system": _("HR system"), "hr_system_teams": _("HR system for teams"),
    "hr_reviewer": _("HR staff"), "data_scientist": _("data scientist"),
    "admin": _("operator"), "operator": _("operator of the computer"),
}  # fmt: skip
