"""A visit to a page of the console, and the routes of all pages."""

import asyncio
import gzip
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from engagement.audit import Caller
from engagement.keys import Key
from engagement.roles import Scope, may
from features import clock
from features.errors import HuoliError
from features.language import LANGUAGES, _, render
from serving.console.activity import (
    PHASES,
    Shown,
    activities_of,
    family_name,
    shown,
    topic_name,
)
from serving.console.entrance import (
    HEADERS,
    LANGUAGE_COOKIE,
    START,
    Visitor,
    page_language,
    refusal,
)
from serving.console.forecasts import Forecasts
from serving.console.pictures import drawn_for, warm
from serving.console.rendering import query, rendered
from serving.console.role_words import ROLE_WORDS
from serving.console.session import FIELD, Sessions
from serving.console.static_files import static_address, static_files
from serving.console.submitted import Form
from serving.console.team_names import TeamNames, group_names
from serving.console.zone import company_zone
from serving.designs import Designs
from serving.desk import Desk
from serving.problems import Problem, not_ready

YEAR = 365 * 24 * 3600
COMPRESSED_FROM = 1_000
# the pages of forms that are sent elsewhere, by the ends of both addresses
PLACE_OF_FORM = {
    "/approve": "", "/announce": "", "/words": "/design", "/cancel": "", "/delete": "",
    "/remind": "/live",
    "/models/promote": "/data/models", "/models/rollback": "/data/models",
}  # fmt: skip
LOG = logging.getLogger(__name__)
# what a page says of what was just done, by the name in its address
SAID: dict[str, str] = {
    "drafted": _("The draft is kept. Nobody is told of it until it is announced."),
    "changed": _("The design is changed; this is its forecast."),
    "approved": _("Approved. The forecast that you saw is kept with it."),
    "planned": _("It will be announced by itself on that day."),
    "unplanned": _("It is not announced by itself any more."),
    "announced": _("Announced: it is suggested to people from now on."),
    "cancelled": _("Cancelled: it is suggested to nobody any more."),
    "deleted": _("The draft is deleted."),
    "promoted": _("Promoted: it is taken up within seconds."),
    "rolled_back": _("Rolled back: the former models are taken up within seconds."),
    "stopped": _("The search is stopped; what it had found by then stands below."),
}
# where the navigation leads: (address, its name, the scope that it needs)
PLACES: tuple[tuple[str, str, Scope], ...] = (
    ("/console", _("Activities"), "read_activities"),
    ("/console/portraits", _("Portraits"), "portraits"),
    ("/console/data", _("Data and models"), "metrics"),
    ("/console/audit", _("Audit log"), "audit_log"),
)


@dataclass(frozen=True)
class Site:
    """What all pages share; one for a process."""

    desk: Desk
    designs: Designs
    forecasts: Forecasts
    sessions: Sessions


@dataclass(frozen=True)
class Visit:
    """One request for a page: by whom, in which language, with what was sent."""

    site: Site
    request: Request
    language: str
    visitor: Visitor | None

    @property
    def desk(self) -> Desk:
        """Where questions are answered."""
        return self.site.desk

    @property
    def key(self) -> Key:
        """Whose visit it is; only of pages that need a key."""
        assert self.visitor is not None  # noqa: S101 - the guard lets nobody else in
        return self.visitor.key

    @property
    def caller(self) -> Caller:
        """Who asks, for the audit log."""
        found: Caller = self.request.scope["caller"]
        return found

    @property
    def query(self) -> QueryParams:
        """What the address says."""
        return self.request.query_params

    @property
    def form(self) -> Form:
        """What was sent, by the names of fields."""
        found: Form = self.request.scope.get("form", {})
        return found

    def sent(self, name: str) -> str:
        """The text of a field without spaces around it; empty where there is none."""
        return self.form.get(name, [""])[0].strip()

    def may(self, scope: Scope) -> bool:
        """Whether this visitor may make calls of a scope."""
        return self.visitor is not None and may(self.visitor.key.role, scope)

    @property
    def is_phone(self) -> bool:
        """Whether the browser says that it is a phone's."""
        headers = self.request.headers
        said = headers.get("sec-ch-ua-mobile")
        return said == "?1" if said else "Mobi" in headers.get("user-agent", "")

    @cached_property
    def teams(self) -> TeamNames:
        """What teams are called."""
        return TeamNames(self.language, group_names(self.desk.home))

    def say(self, template: str, **values: object) -> str:
        """A text of the catalogues in the reader's language."""
        return render(template, values, self.language)

    def activity(self) -> Shown:
        """The activity that the address names.

        Raises:
            Problem: 404, there is none.
        """
        return shown(activities_of(self.desk).get(self.request.path_params["activity_id"]))

    def page(self, template: str, title: str, status: int = 200, **context: object) -> Response:
        """The page; its template extends `base.html`."""
        path = self._address_of_page()
        asked = {name: [one for one in self.query.getlist(name) if one] for name in self.query
                 if name != "said"}  # fmt: skip
        is_set = bool(os.environ.get(clock.SETTING))
        shared: dict[str, object] = {
            "title": title,
            "said": SAID.get(self.query.get("said", "")),
            "visitor": self.visitor,
            "visit": self,
            "path": path,
            "places": [(where, name, where == _place_of(path)) for where, name, scope in PLACES
                       if self.may(scope)],
            "languages": [(one, query(path, asked, lang=one)) for one in LANGUAGES],
            "static": static_address,
            "family": lambda name: family_name(name, self.language),
            "topic": lambda name: topic_name(name, self.language),
            "team_called": self.teams.of,
            "role_name": lambda role: self.say(ROLE_WORDS[role]) if role in ROLE_WORDS else role,
            "phase_name": lambda phase: self.say(PHASES[phase]),
            "stands_at": clock.now() if is_set else None,
            "stands_in": company_zone(self.desk) if is_set else None,
            "tabs_of": tabs_of,
            "token_field": FIELD,
            "token": self.site.sessions.form_token(self.visitor.session) if self.visitor else "",
        }  # fmt: skip
        html = rendered(template, self.language, shared | context)
        return self._answer(html.encode(), "text/html; charset=utf-8", status)

    def _address_of_page(self) -> str:
        """Where this page can be read; of one that answers a form, where that form stands."""
        path = self.request.url.path
        if self.request.method == "POST":
            for end, place in PLACE_OF_FORM.items():
                if path.endswith(end):
                    return path.removesuffix(end) + place
        return path

    def file(self, content: bytes, media_type: str, name: str) -> Response:
        """A file to save."""
        from urllib.parse import quote

        disposition = f"attachment; filename*=UTF-8''{quote(name)}"
        return Response(content, headers={"content-disposition": disposition},
                        media_type=media_type)  # fmt: skip

    def svg(self, content: str) -> Response:
        """A picture by itself, which a page loads once it is there."""
        return self._answer(str(content).encode(), "image/svg+xml", 200)

    def to(self, path: str, said: str = "") -> Response:
        """On to another page, which says what was done."""
        if said:
            path += ("&" if "?" in path else "?") + f"said={said}"
        return RedirectResponse(path, 303, HEADERS)

    def _answer(self, content: bytes, media_type: str, status: int) -> Response:
        headers = dict(HEADERS) | {
            "content-language": self.language,
            "vary": "accept-encoding, accept-language, cookie, user-agent, sec-ch-ua-mobile",
        }
        accepted = self.request.headers.get("accept-encoding", "")
        if len(content) >= COMPRESSED_FROM and "gzip" in accepted:
            content, headers["content-encoding"] = gzip.compress(content, 5), "gzip"
        answer = Response(content, status, headers, media_type)
        chosen = self.query.get("lang")
        if chosen in LANGUAGES:
            answer.set_cookie(LANGUAGE_COOKIE, chosen, YEAR, samesite="lax", httponly=True,
                              secure=self.request.url.scheme == "https")  # fmt: skip
        return answer


def tabs_of(activity: Shown) -> list[tuple[str, str]]:
    """(address, name) of the pages of an activity, by its phase."""
    if activity.is_ahead:
        found = [("", _("Launch review")), ("/design", _("Design")), ("/suggest", _("Suggest"))]
        return _under(
            activity, found + ([("/live", _("Live"))] if activity.phase == "open" else [])
        )
    if activity.phase == "running":
        return _under(activity, [("/live", _("Live")), ("/effect", _("Effect"))])
    return _under(activity, [("/effect", _("Effect"))])


def _under(activity: Shown, pages: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(activity.address + end, name) for end, name in pages]


Handler = Callable[[Visit], Response]


def route(site: Site, path: str, handler: Handler, method: str = "GET") -> Route:
    """The route of one page; it reads and computes, and so runs in a thread."""

    async def endpoint(request: Request) -> Response:
        visit = Visit(site, request, _language(request), request.scope.get("visitor"))
        try:
            return await asyncio.shield(run_in_threadpool(_told, handler, visit))
        except Problem as problem:
            told = problem
        except Exception:
            LOG.exception("a page failed")
            told = Problem(500)
        return refusal(told, dict(request.headers), path, method == "GET")

    return Route(path, endpoint, methods=[method])


def _told(handler: Handler, visit: Visit) -> Response:
    warm()
    try:
        with drawn_for(visit.is_phone):
            return handler(visit)
    except HuoliError as error:
        raise not_ready([error]) from error


def _language(request: Request) -> str:
    chosen = request.query_params.get("lang", "")
    return chosen if chosen in LANGUAGES else page_language(dict(request.headers))


def _place_of(path: str) -> str:
    """Where in the navigation a page belongs."""
    places = [where for where, *_ in PLACES if path == where or path.startswith(where + "/")]
    return max(places, key=len, default=START)


def static_file(visit: Visit) -> Response:
    """One of our files, which a browser may keep for good by the address that pages give it."""
    found = static_files().get(visit.request.path_params["name"])
    if found is None:
        raise Problem(404)
    content, media_type, fingerprint = found
    answer: Any = visit._answer(content, media_type, 200)
    is_named = visit.query.get("v") == fingerprint
    answer.headers["cache-control"] = (
        f"public, max-age={YEAR}, immutable" if is_named else "no-cache"
    )
    return answer  # type: ignore[no-any-return]
