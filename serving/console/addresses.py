"""Every page of the console: its methods, and the scope that a key needs for each."""

from engagement.roles import Scope
from serving.listed import Address

ACTIVITY = "/console/activities/{activity_id}"


def _page(scope: Scope | None, also: Scope | None = None) -> Address:
    """A page to read; `also` is the scope of sending its form."""
    return Address({"GET": scope, "POST": also} if also else {"GET": scope})


def _form(scope: Scope) -> Address:
    return Address({"POST": scope})


PAGES: dict[str, Address] = {
    "/console": _page("read_activities"),
    "/console/sign-in": Address({"GET": None, "POST": None}),
    "/console/sign-out": _form("read_activities"),
    "/console/static/{name}": _page(None),
    "/console/activities/new": _page("write_activities", "write_activities"),
    ACTIVITY: _page("forecasts"),
    f"{ACTIVITY}/slots": _page("forecasts"),
    f"{ACTIVITY}/approve": _form("write_activities"),
    f"{ACTIVITY}/announce": _form("write_activities"),
    f"{ACTIVITY}/cancel": _form("write_activities"),
    f"{ACTIVITY}/delete": _form("write_activities"),
    f"{ACTIVITY}/design": _page("forecasts", "write_activities"),
    f"{ACTIVITY}/words": _form("write_activities"),
    f"{ACTIVITY}/suggest": _page("designs", "designs"),
    "/console/designs/{design_id}": _page("designs"),
    "/console/designs/{design_id}/stop": _form("designs"),
    f"{ACTIVITY}/live": _page("forecasts"),
    f"{ACTIVITY}/remind": _form("audiences"),
    f"{ACTIVITY}/effect": _page("forecasts"),
    ACTIVITY + "/effect/{kind}": _page("forecasts"),
    "/console/portraits": _page("portraits"),
    "/console/data": _page("metrics"),
    "/console/data/models": _page("metrics"),
    "/console/audit": _page("audit_log"),
    "/console/audit/check": _form("audit_log"),
    "/console/models/promote": _form("promotion"),
    "/console/models/rollback": _form("promotion"),
}
