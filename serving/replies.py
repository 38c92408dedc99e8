"""What goes out: headers that every answer has, and one shape of refusal."""

import math
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

from pydantic import ValidationError

from serving.bodies import Message
from serving.console.entrance import is_page
from serving.contract import REQUESTS
from serving.desk import Desk
from serving.language import language_asked
from serving.problems import MEDIA_TYPE, FieldError, Problem, field_errors, not_ready, problem_bytes

Send = Callable[[Message], Awaitable[None]]
HEADERS = [
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
POLICY = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
ONLY_TLS = (b"strict-transport-security", b"max-age=31536000")
# what is left of the body is not waited for
CLOSING = (408, 413)
PLAIN_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class Asked(NamedTuple):
    """A request, as far as its answer depends on it."""

    path: str
    scheme: str
    headers: Mapping[str, str]
    request_id: str
    body: bytes = b""


class Replies:
    """Passes answers on; a refusal of another shape goes out as a problem document."""

    def __init__(self, send: Send, asked: Asked, desk: Desk) -> None:
        self.send = send
        self.asked = asked
        self.desk = desk
        self.replaced = False

    async def __call__(self, message: Message) -> None:
        """Pass one message on, or send the refusal instead of it."""
        if message["type"] == "http.response.start":
            given = {name.lower(): value for name, value in message["headers"]}
            self.replaced = message["status"] >= 400 and not _is_ours(
                given.get(b"content-type", b""), self.asked.path
            )
            if self.replaced:
                await self._refuse(message["status"])
                return
            more = [one for one in headers_of(self.asked) if one[0] not in given]
            message["headers"] = [*message["headers"], *more]
        if not self.replaced:
            await self.send(message)

    async def _refuse(self, status: int) -> None:
        path = self.asked.path
        problem = Problem(status, *(_broken_rules(self.asked) if status == 400 else ()))
        if path == "/readyz":
            problem = not_ready(self.desk.missing)
        await refuse(self.send, problem, self.asked)


async def refuse(send: Send, problem: Problem, asked: Asked) -> None:
    """Send the problem document in the language that was asked for."""
    content = problem_bytes(
        problem.status,
        problem.errors,
        language_asked(asked.body, asked.headers.get("accept-language")),
    )
    headers = [(b"content-type", MEDIA_TYPE.encode()), *headers_of(asked),
               (b"content-length", str(len(content)).encode())]  # fmt: skip
    if problem.status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    if problem.retry_after:
        headers.append((b"retry-after", str(math.ceil(problem.retry_after)).encode()))
    if problem.status in CLOSING:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": problem.status, "headers": headers})
    await send({"type": "http.response.body", "body": content})


def request_id_of(headers: Mapping[str, str]) -> str:
    """The id that the caller gave the request, where it is short and plain; else a new one.

    >>> request_id_of({"x-request-id": "a-1"}), len(request_id_of({"x-request-id": "a b"}))
    ('a-1', 32)
    """
    stated = headers.get("x-request-id", "")
    return stated if PLAIN_ID.fullmatch(stated) else secrets.token_hex(16)


def _is_ours(content_type: bytes, path: str) -> bool:
    """Whether a refusal has our own shape: a problem document, or a page of the console."""
    return content_type == MEDIA_TYPE.encode() or (
        is_page(path) and content_type.startswith(b"text/html")
    )


def headers_of(asked: Asked) -> list[tuple[bytes, bytes]]:
    """What every answer has beside its own headers, unless those say otherwise."""
    found = [*HEADERS, POLICY, (b"x-request-id", asked.request_id.encode())]
    if asked.scheme == "https":
        found.append(ONLY_TLS)
    return found


def _broken_rules(asked: Asked) -> list[FieldError]:
    """What is wrong with the body, from the contract itself, with the bounds that it states."""
    model = REQUESTS.get(asked.path)
    try:
        if model:
            model.model_validate_json(asked.body or b"{}")
    except ValidationError as error:
        return field_errors(error)
    return []
