"""The body of a request: how large, how slow and how deeply nested it may be."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from features.language import _
from serving.problems import FieldError, Problem

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MAX_BODY_BYTES = 1_000_000
MAX_DEPTH = 64
BODY_SECONDS = 30.0
TOO_DEEP = _("must be nested at most {n} deep")
# a text that does not end reaches to the end, so that no text is looked at twice
TEXTS = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.S)
ONE_KIND = bytes.maketrans(b"[]", b"{}")
NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


async def read_body(
    method: str, headers: Mapping[str, str], receive: Receive, media_type: str = JSON
) -> bytes:
    """The whole body.

    Raises:
        Problem: 400 where it is nested too deeply or broken off, 408 where it is too slow, 413
            where it is too large, 415 where it says it is of another media type.
    """
    stated = headers.get("content-length", "0")
    if not stated.isdigit() or int(stated) > MAX_BODY_BYTES:
        raise Problem(413)
    kind = headers.get("content-type", media_type).partition(";")[0].strip().lower()
    if method in ("POST", "PUT") and kind != media_type:
        raise Problem(415)
    try:
        async with asyncio.timeout(BODY_SECONDS):
            body = await _whole(receive)
    except TimeoutError:
        raise Problem(408) from None
    if media_type == JSON and is_too_deep(body):
        raise Problem(400, FieldError("", TOO_DEEP, {"n": MAX_DEPTH}))
    return body


async def _whole(receive: Receive) -> bytes:
    parts, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Problem(400)
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        more = message.get("more_body", False)
        if size > MAX_BODY_BYTES:
            raise Problem(413)
    return b"".join(parts)


def is_too_deep(body: bytes) -> bool:
    """Whether lists and objects lie in one another more than 64 deep; without parsing the body.

    >>> is_too_deep(b"[" * 64 + b"]" * 64), is_too_deep(b"[" * 65 + b"]" * 65)
    (False, True)
    """
    if body.count(b"[") + body.count(b"{") <= MAX_DEPTH:
        return False
    left = TEXTS.sub(b"", body).translate(ONE_KIND, NO_BRACKETS)
    for _depth in range(MAX_DEPTH):  # each turn takes the innermost level away
        left = left.replace(b"{}", b"")
    return b"{}" in left or left.count(b"{") > MAX_DEPTH
