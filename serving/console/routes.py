"""The routes of all pages."""

from collections.abc import Callable
from typing import Any

from starlette.routing import Route

from serving.console import (
    activities,
    audit,
    creating,
    data,
    design,
    effect,
    exports,
    launching,
    live,
    models,
    portraits,
    review,
    signing_in,
    slots,
    suggest,
)
from serving.console.addresses import ACTIVITY
from serving.console.forecasts import Forecasts
from serving.console.session import Sessions
from serving.console.site import Site, route, static_file
from serving.designs import Designs
from serving.desk import Desk

PAGES: tuple[tuple[str, str, Callable[..., Any]], ...] = (
    ("GET", "/console", activities.listed),
    ("GET", "/console/sign-in", signing_in.sign_in),
    ("POST", "/console/sign-in", signing_in.signed_in),
    ("POST", "/console/sign-out", signing_in.signed_out),
    ("GET", "/console/static/{name}", static_file),
    ("GET", "/console/activities/new", creating.form),
    ("POST", "/console/activities/new", creating.created),
    ("GET", ACTIVITY, review.reviewed),
    ("GET", f"{ACTIVITY}/slots", slots.shown),
    ("POST", f"{ACTIVITY}/approve", launching.approved),
    ("POST", f"{ACTIVITY}/announce", launching.announced),
    ("POST", f"{ACTIVITY}/cancel", launching.cancelled),
    ("POST", f"{ACTIVITY}/delete", launching.deleted),
    ("GET", f"{ACTIVITY}/design", design.compared),
    ("POST", f"{ACTIVITY}/design", design.applied),
    ("POST", f"{ACTIVITY}/words", launching.worded),
    ("GET", f"{ACTIVITY}/suggest", suggest.asked),
    ("POST", f"{ACTIVITY}/suggest", suggest.begun),
    ("GET", "/console/designs/{design_id}", suggest.found),
    ("POST", "/console/designs/{design_id}/stop", suggest.stopped),
    ("GET", f"{ACTIVITY}/live", live.watched),
    ("POST", f"{ACTIVITY}/remind", live.reminded),
    ("GET", f"{ACTIVITY}/effect", effect.read),
    ("GET", ACTIVITY + "/effect/{kind}", exports.exported),
    ("GET", "/console/portraits", portraits.read),
    ("GET", "/console/data", data.read),
    ("GET", "/console/data/models", models.read),
    ("GET", "/console/audit", audit.read),
    ("POST", "/console/audit/check", audit.checked),
    ("POST", "/console/models/promote", models.promoted),
    ("POST", "/console/models/rollback", models.rolled_back),
)


def console_routes(desk: Desk, designs: Designs) -> list[Route]:
    """The routes."""
    site = Site(desk, designs, Forecasts(desk), Sessions(desk.home))
    return [route(site, path, handler, method) for method, path, handler in PAGES]
