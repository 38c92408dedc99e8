"""Who may enter a page: by the session of a cookie, and for a form by that session's own token."""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from urllib.parse import quote

from starlette.responses import HTMLResponse, RedirectResponse, Response

from engagement.keys import Key, key_in_use
from features.language import LANGUAGES, _, render
from serving.console.rendering import rendered
from serving.console.session import COOKIE, FIELD, Session, Sessions
from serving.console.static_files import static_address
from serving.console.submitted import Form, submitted
from serving.desk import Desk
from serving.language import language_of
from serving.problems import TITLES, FieldError, Problem

START = "/console"
SIGN_IN = "/console/sign-in"
LANGUAGE_COOKIE = "huoli_language"
NOT_OURS = _("This form was not sent from a page of this session; open the page anew and try again")
OWN_SITES = ("same-origin", "none", "")
# no script or style but those of our own files; the style attributes are those of charts
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; "
    "img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
HEADERS = {"content-security-policy": POLICY, "referrer-policy": "same-origin"}
Headers = Mapping[str, str]


@dataclass(frozen=True)
class Visitor:
    """Who is signed in."""

    session: Session
    key: Key


class Entrance:
    """Reads sessions; remembers a key for a second, as calls with a key do."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.sessions = Sessions(desk.home)
        self._known: dict[str, tuple[Key, float]] = {}

    def visitor(self, headers: Headers) -> Visitor | None:
        """Who is signed in; None where nobody is, or the key is in use no more.

        Raises:
            HuoliError: the database cannot be read.
        """
        session = self.sessions.read(cookies(headers).get(COOKIE, ""))
        key = self._key(session.key_id) if session else None
        return Visitor(session, key) if session and key else None

    def form_of(self, visitor: Visitor | None, headers: Headers, body: bytes) -> Form:
        """The form, where it is one of ours.

        Raises:
            Problem: 400, it is no form; 403, it comes from elsewhere.
        """
        form = submitted(body)
        if headers.get("sec-fetch-site", "") not in OWN_SITES:
            raise Problem(403, FieldError("", NOT_OURS))
        token = form.get(FIELD, [""])[0]
        if visitor and not self.sessions.is_own(visitor.session, token):
            raise Problem(403, FieldError("", NOT_OURS))
        return form

    def _key(self, key_id: str) -> Key | None:
        known, now = self._known.get(key_id), time.monotonic()
        if known and now < known[1]:
            return known[0]
        key = key_in_use(self.desk.database, key_id)
        self._known = {} if len(self._known) > 1000 else self._known
        if key:
            self._known[key_id] = (key, now + 1.0)
        return key


def is_page(path: str) -> bool:
    """Whether an address is one of the console's."""
    return path == START or path.startswith(START + "/")


def cookies(headers: Headers) -> dict[str, str]:
    """The cookies of a request."""
    try:
        return {name: one.value for name, one in SimpleCookie(headers.get("cookie", "")).items()}
    except CookieError:
        return {}


def page_language(headers: Headers) -> str:
    """The language of a page: as chosen before, else as the browser asks."""
    chosen = cookies(headers).get(LANGUAGE_COOKIE)
    return chosen if chosen in LANGUAGES else language_of(headers.get("accept-language"))


def refusal(problem: Problem, headers: Headers, path: str, is_reading: bool) -> Response:
    """The page instead of the one asked for; where nobody is signed in, the way to that."""
    if problem.status == 401:
        where = f"{SIGN_IN}?next={quote(path)}" if is_reading and path != START else SIGN_IN
        return RedirectResponse(where, 303, HEADERS)
    language = page_language(headers)
    html = rendered("refusal.html", language, {
        "title": render(TITLES.get(problem.status, TITLES[500]), {}, language),
        "rules": [(one.field, render(one.rule, one.values, language)) for one in problem.errors],
        "status": problem.status,
        "static": static_address,
    })  # fmt: skip
    found = HTMLResponse(html, problem.status, HEADERS)
    if problem.retry_after:
        found.headers["retry-after"] = str(math.ceil(problem.retry_after))
    return found
