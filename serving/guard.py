"""What stands before every call: the list of addresses, keys, and how much one may ask."""

import time
from collections.abc import Awaitable, Callable, Mapping

from engagement.audit import Caller
from engagement.keys import Key
from engagement.roles import Scope, may
from engagement.verified import VerifiedKeys
from features.errors import HuoliError
from serving.bodies import FORM, JSON, Message, Receive, read_body
from serving.console.addresses import PAGES
from serving.console.entrance import SIGN_IN, Entrance, Visitor, is_page, refusal
from serving.desk import Desk
from serving.limits import CallRate, FailedKeys, rate_setting
from serving.listed import Address, Listed
from serving.logs import REQUEST_ID, log_call
from serving.problems import Problem, not_ready
from serving.replies import Asked, Replies, Send, refuse, request_id_of

Asgi = Callable[[Message, Receive, Send], Awaitable[None]]


def _get(scope: Scope | None) -> Address:
    return Address({"GET": scope})


def _post(scope: Scope) -> Address:
    return Address({"POST": scope})


def _one(read: Scope, write: Scope) -> Address:
    return Address({"GET": read, "PUT": write, "DELETE": write})


ADDRESSES: dict[str, Address] = {
    "/": _get(None),
    "/docs": _get(None),
    "/docs.json": _get(None),
    "/livez": _get(None),
    "/readyz": _get(None),
    "/metrics": _get("metrics"),
    "/v1/recommendations": _post("recommendations"),
    "/v1/recommendations/all": _post("recommendations"),
    "/v1/forecasts": _post("forecasts"),
    "/v1/forecasts/compare": _post("forecasts"),
    "/v1/audiences": _post("audiences"),
    "/v1/portraits": _post("recommendations"),
    "/v1/designs": _post("designs"),
    "/v1/designs/{design_id}": Address({"GET": "designs", "DELETE": "designs"}),
    "/v1/events": _post("events"),
    "/v1/activities": _get("read_activities"),
    "/v1/activities/{activity_id}": _one("read_activities", "write_activities"),
    "/v1/employees": _get("organisation"),
    "/v1/employees/{employee_id}": _one("organisation", "organisation"),
    "/v1/employees/{employee_id}/memberships": _get("organisation"),
    "/v1/employees/{employee_id}/memberships/{project_group_id}": _one(
        "organisation", "organisation"
    ),
}
LISTED = Listed({**ADDRESSES, **PAGES})


def address_of(path: str) -> tuple[str, Address] | None:
    """The address that a path is of, as it stands in the list; None where it is of none."""
    return LISTED.of(path)


class Guard:
    """Lets through what is listed, to whom it is open; every refusal is a problem document."""

    def __init__(self, app: Asgi, desk: Desk) -> None:
        self.app = app
        self.desk = desk
        self.keys = VerifiedKeys()
        self.failed_keys = FailedKeys()
        self.call_rate = CallRate(rate_setting())
        self.entrance = Entrance(desk)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Check one request, hand it on or refuse it, and note in the log how it ended."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return
        begun, status = time.perf_counter(), 0
        headers = _headers(scope)
        asked = Asked(scope["path"], scope["scheme"], headers, request_id_of(headers))
        REQUEST_ID.set(asked.request_id)

        async def noting(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self._answer(scope, receive, noting, asked)
        finally:
            # of a path the listed address is logged: it may hold anything, ids of people above all
            path = (address_of(asked.path) or ("",))[0]
            log_call(scope["method"], path, status or 500, time.perf_counter() - begun)

    async def _answer(self, scope: Message, receive: Receive, send: Send, asked: Asked) -> None:
        on_page = is_page(asked.path)
        try:
            key, call = self._check(scope, asked)
            media_type = FORM if on_page else JSON
            body = await read_body(scope["method"], asked.headers, receive, media_type)
            if on_page and scope["method"] == "POST":
                scope["form"] = self.entrance.form_of(scope["visitor"], asked.headers, body)
                self._open(scope, asked.path)
        except Problem as problem:
            if on_page:
                query = scope.get("query_string", b"").decode("latin-1")
                path = f"{asked.path}?{query}" if query else asked.path
                reading = scope["method"] in ("GET", "HEAD")
                page = refusal(problem, asked.headers, path, reading)
                await page(scope, receive, Replies(send, asked, self.desk))
            else:
                await refuse(send, problem, asked)
            return
        if key:
            scope["caller"] = Caller(key.key_id, key.role, call, asked.request_id)
        replies = Replies(send, asked._replace(body=body), self.desk)
        await self.app(scope, _replayed(body, receive), replies)

    def _check(self, scope: Message, asked: Asked) -> tuple[Key | None, str]:
        """The key with which an address is called, None where it is open to all; the call."""
        found = address_of(asked.path)
        if found is None:
            raise Problem(404)
        path, address = found
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        if method not in address.scopes:
            raise Problem(405)
        needed, call = address.scopes[method], f"{scope['method']} {path}"
        visitor = scope["visitor"] = self._visitor(asked)
        if needed is None:
            return None, call
        if is_page(asked.path):
            if visitor is None:
                raise Problem(401)
            key = visitor.key
        else:
            key = self._key(_token(asked.headers), (scope.get("client") or ("",))[0])
        if not may(key.role, needed):
            raise Problem(403)
        wait = self.call_rate.wait(key.key_id)
        if wait:
            raise Problem(429, retry_after=wait)
        return key, call

    def _visitor(self, asked: Asked) -> Visitor | None:
        """Who is signed in to the console; None where no page of it is asked for."""
        if not is_page(asked.path):
            return None
        try:
            return self.entrance.visitor(asked.headers)
        except HuoliError as error:
            raise not_ready([error]) from error

    def _open(self, scope: Message, path: str) -> None:
        """Open the key with which somebody signs in, or say to the page why it opens nothing."""
        if path != SIGN_IN:
            return
        token = scope["form"].get("key", [""])[0].strip()
        try:
            scope["key"] = self._key(token, (scope.get("client") or ("",))[0])
        except Problem as problem:
            scope["key"], scope["no_key"] = None, problem

    def _key(self, token: str, client: str) -> Key:
        """The key that the token opens, tried from the client's address.

        Raises:
            Problem: it opens none, or the client tried too many that did not.
        """
        # a key that opened before is tried all the same: many clients may share one address
        wait = 0.0 if self.keys.has_opened(token) else self.failed_keys.wait(client)
        if wait:
            raise Problem(429, retry_after=wait)
        try:
            key = self.keys.key_of(self.desk.database, token)
        except HuoliError as error:
            raise not_ready([error]) from error
        if key is None:
            if token:
                self.failed_keys.count(client)
            raise Problem(401)
        return key


def _token(headers: Mapping[str, str]) -> str:
    kind, _, value = headers.get("authorization", "").partition(" ")
    return value.strip() if kind.lower() == "bearer" else headers.get("x-api-key", "")


def _replayed(body: bytes, receive: Receive) -> Receive:
    """A source that gives the body once, then whatever comes after it."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return waiting.pop() if waiting else await receive()

    return replay


def _headers(scope: Message) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in scope["headers"]}  # fmt: skip
