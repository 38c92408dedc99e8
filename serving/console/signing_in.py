"""Signing in: a key exchanged for a session, and the end of one."""

from starlette.responses import Response

from features.language import _
from serving.console.entrance import SIGN_IN, START
from serving.console.session import COOKIE, SECONDS, new_session
from serving.console.site import Visit

OPENS_NOTHING = _("This key opens nothing: it may have expired or been revoked")
NO_KEY = _("Paste the key that you were given")
TOO_OFTEN = _("Too many keys that open nothing came from this machine; wait a minute")


def sign_in(visit: Visit) -> Response:
    """The form."""
    return _form(visit, "", 200)


def signed_in(visit: Visit) -> Response:
    """On to the page that was asked for, with a session; or the form again, saying why not."""
    scope = visit.request.scope
    key, problem = scope.get("key"), scope.get("no_key")
    if key is None:
        words = NO_KEY if not visit.sent("key") else OPENS_NOTHING
        if problem is not None and problem.status == 429:
            words = TOO_OFTEN
        return _form(visit, visit.say(words), problem.status if problem else 401)
    answer = visit.to(_own(visit.sent("next")))
    answer.set_cookie(
        COOKIE, visit.site.sessions.cookie(new_session(key.key_id)), SECONDS, httponly=True,
        samesite="lax", secure=visit.request.url.scheme == "https",
    )  # fmt: skip
    return answer


def signed_out(visit: Visit) -> Response:
    """The session ends."""
    answer = visit.to(SIGN_IN)
    answer.delete_cookie(COOKIE, httponly=True, samesite="lax")
    return answer


def _form(visit: Visit, wrong: str, status: int) -> Response:
    after = visit.sent("next") or visit.query.get("next", "")
    return visit.page("sign_in.html", visit.say(_("Sign in")), status, wrong=wrong,
                      after=_own(after))  # fmt: skip


def _own(path: str) -> str:
    """The path where it is one of the console's own pages, else where the console begins.

    >>> _own("/console/data?x=1"), _own("//elsewhere.example"), _own("/console/../x")
    ('/console/data?x=1', '/console', '/console')
    """
    is_own = path == START or path.startswith((START + "/", START + "?"))
    plain = all(character.isprintable() and character not in "\\" for character in path)
    return path if is_own and plain and "//" not in path and ".." not in path else START
