"""What stands before every call: the list of addresses, keys, sizes, and one shape of refusal."""

import json
import math
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from engagement.roles import Scope, may
from engagement.verified import VerifiedKeys
from features.errors import HuoliError
from features.language import LANGUAGES, preferred_language
from serving.contract import REQUESTS
from serving.desk import Desk, not_ready
from serving.limits import FailedKeys
from serving.problems import MEDIA_TYPE, FieldError, Problem, field_errors, problem_bytes

Message = MutableMapping[str, Any]
Asgi = Callable[[Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]],
                Awaitable[None]]  # fmt: skip
Send = Callable[[Message], Awaitable[None]]
Receive = Callable[[], Awaitable[Message]]
MAX_BODY_BYTES = 1_000_000
HEADERS = [(b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff")]


@dataclass(frozen=True)
class Address:
    """One address: its methods, and the scope that a key needs for each; None: open to all."""

    scopes: Mapping[str, Scope | None]

    @property
    def method(self) -> str:
        """The first of its methods."""
        return next(iter(self.scopes))

    @property
    def scope(self) -> Scope | None:
        """The scope of the first method."""
        return self.scopes[self.method]


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
    "/v1/forecasts": _post("forecasts"),
    "/v1/forecasts/compare": _post("forecasts"),
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
_PATTERNS = [
    (re.compile(re.sub(r"{\w+}", "[^/]+", path)), address)
    for path, address in ADDRESSES.items()
    if "{" in path
]


def address_of(path: str) -> Address | None:
    """The address that a path is of; None where it is of none."""
    if path in ADDRESSES and "{" not in path:
        return ADDRESSES[path]
    return next((address for pattern, address in _PATTERNS if pattern.fullmatch(path)), None)


class Guard:
    """Lets through what is listed, to whom it is open; every refusal is a problem document."""

    def __init__(self, app: Asgi, desk: Desk) -> None:
        self.app = app
        self.desk = desk
        self.keys = VerifiedKeys()
        self.failed_keys = FailedKeys()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Check one request, and hand it on or refuse it."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return
        body = b""
        try:
            self._check(scope)
            body = await _body(scope, receive)
        except Problem as problem:
            await _refuse(send, problem, _language(scope, body))
            return
        replies = _Replies(send, scope, body, self.desk)
        await self.app(scope, _replayed(body, receive), replies)

    def _check(self, scope: Message) -> None:
        address = address_of(scope["path"])
        if address is None:
            raise Problem(404)
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        if method not in address.scopes:
            raise Problem(405)
        needed = address.scopes[method]
        if needed is not None:
            self._check_key(scope, needed)

    def _check_key(self, scope: Message, needed: Scope) -> None:
        token = _token(_headers(scope))
        client = (scope.get("client") or ("",))[0]
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
        if not may(key.role, needed):
            raise Problem(403)


def _token(headers: dict[str, str]) -> str:
    kind, _, value = headers.get("authorization", "").partition(" ")
    return value.strip() if kind.lower() == "bearer" else headers.get("x-api-key", "")


async def _body(scope: Message, receive: Receive) -> bytes:
    """The whole body.

    Raises:
        Problem: 413 where it is too large, 415 where it says it is no JSON.
    """
    headers = _headers(scope)
    stated = headers.get("content-length", "0")
    if not stated.isdigit() or int(stated) > MAX_BODY_BYTES:
        raise Problem(413)
    kind = headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if scope["method"] in ("POST", "PUT") and kind != "application/json":
        raise Problem(415)
    parts, size, more = [], 0, True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        more = message.get("more_body", False)
        if size > MAX_BODY_BYTES:
            raise Problem(413)
    return b"".join(parts)


def _replayed(body: bytes, receive: Receive) -> Receive:
    """A source that gives the body once, then whatever comes after it."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return waiting.pop() if waiting else await receive()

    return replay


class _Replies:
    """Passes answers on; a refusal of another shape goes out as a problem document."""

    def __init__(self, send: Send, scope: Message, body: bytes, desk: Desk) -> None:
        self.send = send
        self.scope = scope
        self.body = body
        self.desk = desk
        self.replaced = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            kinds = [value for name, value in message["headers"] if name.lower() == b"content-type"]
            self.replaced = message["status"] >= 400 and MEDIA_TYPE.encode() not in kinds
            if self.replaced:
                await self._refuse(message["status"])
                return
            message["headers"] = [*message["headers"], *HEADERS]
        if not self.replaced:
            await self.send(message)

    async def _refuse(self, status: int) -> None:
        path = self.scope["path"]
        problem = Problem(status, *(_broken_rules(path, self.body) if status == 400 else ()))
        if path == "/readyz":
            problem = not_ready(self.desk.missing)
        await _refuse(self.send, problem, _language(self.scope, self.body))


def _broken_rules(path: str, body: bytes) -> list[FieldError]:
    """What is wrong with the body, from the contract itself, with the bounds that it states."""
    model = REQUESTS.get(path)
    try:
        if model:
            model.model_validate_json(body or b"{}")
    except ValidationError as error:
        return field_errors(error)
    return []


async def _refuse(send: Send, problem: Problem, language: str) -> None:
    content = problem_bytes(problem.status, problem.errors, language)
    headers = [(b"content-type", MEDIA_TYPE.encode()), *HEADERS,
               (b"content-length", str(len(content)).encode())]  # fmt: skip
    if problem.status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    if problem.retry_after:
        headers.append((b"retry-after", str(math.ceil(problem.retry_after)).encode()))
    await send({"type": "http.response.start", "status": problem.status, "headers": headers})
    await send({"type": "http.response.body", "body": content})


def language_of(header: str | None) -> str:
    """The language that an Accept-Language header prefers; this machine's where it names neither.

    >>> language_of("fr, zh-CN;q=0.8, en;q=0.5"), language_of("en-GB")
    ('zh', 'en')
    """
    weighed = []
    for part in (header or "").split(","):
        name, _, weight = part.partition(";")
        number = re.fullmatch(r"\s*q=([01](?:\.\d*)?)\s*", weight)
        language = name.strip().lower()[:2]
        if language in LANGUAGES:
            weighed.append((float(number[1]) if number else 1.0, language))
    return max(weighed, key=lambda pair: pair[0])[1] if weighed else preferred_language()


def _language(scope: Message, body: bytes) -> str:
    """The language asked for in the body, where that can be read, else by the header."""
    try:
        asked = json.loads(body).get("language")
    except (ValueError, AttributeError, RecursionError):
        asked = None
    return asked if asked in LANGUAGES else language_of(_headers(scope).get("accept-language"))


def _headers(scope: Message) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in scope["headers"]}  # fmt: skip
