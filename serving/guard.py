"""What stands before every call: the list of addresses, keys, and how much one may ask."""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from engagement.audit import Caller
from engagement.keys import Key
from engagement.roles import Scope, may
from engagement.verified import VerifiedKeys
from features.errors import HuoliError
from serving.bodies import Message, Receive, read_body
from serving.desk import Desk, not_ready
from serving.limits import CallRate, FailedKeys, rate_setting
from serving.logs import REQUEST_ID, log_call
from serving.problems import Problem
from serving.replies import Asked, Replies, Send, refuse, request_id_of

Asgi = Callable[[Message, Receive, Send], Awaitable[None]]


@dataclass(frozen=True)
class Address:
    """One address: its method and the scope that a key needs; None: open to all."""

    method: str
    scope: Scope | None


ADDRESSES: dict[str, Address] = {
    "/": Address("GET", None),
    "/docs": Address("GET", None),
    "/docs.json": Address("GET", None),
    "/livez": Address("GET", None),
    "/readyz": Address("GET", None),
    "/metrics": Address("GET", "metrics"),
    "/v1/recommendations": Address("POST", "recommendations"),
    "/v1/forecasts": Address("POST", "forecasts"),
    "/v1/forecasts/compare": Address("POST", "forecasts"),
}


class Guard:
    """Lets through what is listed, to whom it is open; every refusal is a problem document."""

    def __init__(self, app: Asgi, desk: Desk) -> None:
        self.app = app
        self.desk = desk
        self.keys = VerifiedKeys()
        self.failed_keys = FailedKeys()
        self.call_rate = CallRate(rate_setting())

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
            # what is not listed is not logged: it may hold anything
            path = asked.path if asked.path in ADDRESSES else ""
            log_call(scope["method"], path, status or 500, time.perf_counter() - begun)

    async def _answer(self, scope: Message, receive: Receive, send: Send, asked: Asked) -> None:
        try:
            key = self._check(scope, asked)
            body = await read_body(scope["method"], asked.headers, receive)
        except Problem as problem:
            await refuse(send, problem, asked)
            return
        if key:
            call = f"{scope['method']} {asked.path}"
            scope["caller"] = Caller(key.key_id, key.role, call, asked.request_id)
        replies = Replies(send, asked._replace(body=body), self.desk)
        await self.app(scope, _replayed(body, receive), replies)

    def _check(self, scope: Message, asked: Asked) -> Key | None:
        """The key with which an address is called; None where it is open to all."""
        address = ADDRESSES.get(asked.path)
        if address is None:
            raise Problem(404)
        if scope["method"] not in (address.method, "HEAD" if address.method == "GET" else ""):
            raise Problem(405)
        if address.scope is None:
            return None
        key = self._key(_token(asked.headers), (scope.get("client") or ("",))[0])
        if not may(key.role, address.scope):
            raise Problem(403)
        wait = self.call_rate.wait(key.key_id)
        if wait:
            raise Problem(429, retry_after=wait)
        return key

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
