"""The models: how good champion and challenger are, and which of them answers."""

from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from features.errors import HuoliError
from features.language import _
from serving.console.model_cards import pair_name
from serving.console.models_shown import Shown, shown
from serving.console.site import Visit
from serving.console.zone import company_zone
from training.registry.changing import promote_checked, roll_back_checked
from training.registry.loading import version_name
from training.registry.store import MODELS

ADDRESS = "/console/data/models"
LONGEST_REASON = 500
# who sent a form waits for the page that says what is wrong with it
PATIENCE_SECONDS = 30.0
ACTIONS = {"first": _("first pair"), "promote": _("promoted"), "rollback": _("rolled back")}
NOTHING_WRONG = {
    name + end: "" for name in ("promote", "rollback") for end in ("", "-reason", "-confirmed")
}


def read(visit: Visit) -> Response:
    """The page; while it is being prepared, one that says so and looks again."""
    found = shown(visit)
    if found is None:
        return visit.page("models_wait.html", visit.say("Models"))
    return _page(visit, found, {}, 200)


def promoted(visit: Visit) -> Response:
    """Make the challenger champion."""
    return _changed(visit, "promote", promote_checked, "promoted")


def rolled_back(visit: Visit) -> Response:
    """Make the former champion champion again."""
    return _changed(visit, "rollback", roll_back_checked, "rolled_back")


def _changed(visit: Visit, action: str, change: Callable[..., Any], said: str) -> Response:
    wrong = _wrong(visit, action)
    if not wrong:
        by = f"{visit.key.label} ({visit.key.key_id})"
        try:
            change(visit.desk.home, visit.sent("reason"), by, versions_of(visit.sent("version")))
        except HuoliError as error:
            wrong = {action: error.in_language(visit.language)}
        else:
            return visit.to(ADDRESS, said)
    found = shown(visit, PATIENCE_SECONDS)
    if found is None:
        return visit.page("models_wait.html", visit.say("Models"), 422)
    return _page(visit, found, wrong, 422)


def versions_of(name: str) -> dict[str, str]:
    """The versions that the name of a pair states; another pair than any for another text.

    >>> versions_of("participation-2+recommendation-3")
    {'participation': '2', 'recommendation': '3'}
    """
    parts = [part.partition("-") for part in name.split("+")]
    return {model: version for model, _dash, version in parts if model in MODELS}


def _wrong(visit: Visit, action: str) -> dict[str, str]:
    """What a form lacks, by its field."""
    found, reason = {}, visit.sent("reason")
    if not reason:
        found[f"{action}-reason"] = visit.say("Say why: it is kept with the change.")
    elif len(reason) > LONGEST_REASON:
        found[f"{action}-reason"] = visit.say("Use at most {n} characters.", n=LONGEST_REASON)
    if visit.sent("confirmed") != "yes":
        found[f"{action}-confirmed"] = visit.say("Confirm that this is what you want.")
    return found


def _page(visit: Visit, shown: Shown, wrong: dict[str, str], status: int) -> Response:
    return visit.page(
        "models.html", visit.say("Models"), status, **vars(shown), in_use=_in_use(visit, shown),
        pair_name=pair_name, version_name=version_name, actions=ACTIONS,
        history=list(reversed(shown.found.log)), wrong=NOTHING_WRONG | wrong,
        wrong_action=next(iter(wrong), "").partition("-")[0],
        sent={"reason": visit.sent("reason"), "confirmed": visit.sent("confirmed")},
        zone=company_zone(visit.desk), longest=LONGEST_REASON,
    )  # fmt: skip


def _in_use(visit: Visit, shown: Shown) -> str:
    """The version that answers where that is not the champion's; empty where it is."""
    state = visit.desk.loaded
    version = (state.version if state else None) or ""
    if not shown.champion or not version:
        return ""
    return "" if version_name(shown.champion.card.pair.versions) == version else version
