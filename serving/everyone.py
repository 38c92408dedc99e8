"""Everyone's list as one stream of JSON lines: each is on disk before it leaves."""

import asyncio
import json
from collections.abc import AsyncIterator

import numpy as np
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from engagement.audit import Caller
from features.errors import HuoliError
from features.history.columns import Ints
from serving.contract import EveryoneRequest
from serving.desk import Desk
from serving.language import language_asked
from serving.problems import MEDIA_TYPE, Problem, field_errors, not_ready, problem_bytes
from serving.state import State

PATH = "/v1/recommendations/all"
LINES = "application/x-ndjson"
AT_ONCE = 250


def everyone_route(desk: Desk) -> Route:
    """The address at which everyone's list is asked for."""

    async def endpoint(request: Request) -> Response:
        body = await request.body()
        language = language_asked(body, request.headers.get("accept-language"))
        try:
            asked = _checked(body)
            language = asked.language or language
            state = desk.state
            lines = _lines(desk, state, asked, language, request.scope["caller"])
            # what can be refused is refused before the first byte
            first = await anext(lines)
        except Problem as problem:
            content = problem_bytes(problem.status, problem.errors, language)
            return Response(content, problem.status, media_type=MEDIA_TYPE)
        return StreamingResponse(_with_first(first, lines), media_type=LINES)

    return Route(PATH, endpoint, methods=["POST"])


def _checked(body: bytes) -> EveryoneRequest:
    try:
        return EveryoneRequest.model_validate_json(body or b"{}")
    except ValidationError as error:
        raise Problem(400, *field_errors(error)) from error


async def _with_first(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for more in rest:
        yield more


async def _lines(
    desk: Desk, state: State, asked: EveryoneRequest, language: str, caller: Caller
) -> AsyncIterator[bytes]:
    """A line on what the lists rest on, then one per person, by id; all of one state.

    The last line counts them, so that a stream that broke off is told from a whole one.
    """
    people = _asked_for(state, asked)
    begun, n_told = False, 0
    for begin in range(0, len(people), AT_ONCE):
        # anew each time: many are told after somebody was erased, where the stream began before
        some = _without_erased(desk, state, people[begin : begin + AT_ONCE])
        if not len(some):
            continue
        try:
            answer, kept = await asyncio.to_thread(
                desk.lists_of, state, some, asked, language, caller
            )
            gone = await asyncio.wrap_future(kept)
        except HuoliError as error:
            raise not_ready([error]) from error
        if not begun:
            yield answer.model_dump_json(exclude={"recommendations"}).encode() + b"\n"
            begun = True
        told = [one for one in answer.recommendations if one.employee_id not in gone]
        n_told += len(told)
        yield b"".join(one.model_dump_json().encode() + b"\n" for one in told)
    if not begun:
        answer = desk.nothing_of(state, asked)
        yield answer.model_dump_json(exclude={"recommendations"}).encode() + b"\n"
    yield json.dumps({"lists": n_told}).encode() + b"\n"


def _without_erased(desk: Desk, state: State, people: Ints) -> Ints:
    ids = state.board.history.people.ids[people]
    return people[~np.isin(ids, list(desk.erasures.known(ids)))]


def _asked_for(state: State, asked: EveryoneRequest) -> Ints:
    """Everyone at the company, or of the teams asked for; in the order of their ids."""
    board = state.board
    mask = board.employed.copy()
    for field in ("function", "city", "project_group"):
        values = getattr(asked, field)
        if values is not None:
            mask &= board.history.people.one_of(field, values, board.present - 1)
    return np.flatnonzero(mask)
