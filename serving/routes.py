"""The addresses at which activities, employees and memberships are read and set."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from engagement.audit import append_entry
from engagement.records import Kind
from features.errors import HuoliError
from serving import organisation as rules
from serving.contract import Strict
from serving.desk import Desk
from serving.language import language_asked
from serving.organisation import Decide
from serving.problems import MEDIA_TYPE, FieldError, Problem, field_errors, not_ready, problem_bytes
from serving.resources import NOT_THERE, Conditions, Resource, Resources, membership_id

Path = Mapping[str, str]


@dataclass(frozen=True)
class Kept:
    """How one kind of resource is kept: its address, what it may be set to, and how it ends."""

    kind: Kind
    collection: str
    one: str
    model: type[Strict]
    pages: type[rules.Page]
    record_id: Callable[[Path], str]
    put: Callable[[Path, Any], Decide]
    gone: Decide


KEPT = (
    Kept(
        "activity", "/v1/activities", "/v1/activities/{activity_id}",
        rules.ActivityRecord, rules.ActivityFilter,
        lambda path: path["activity_id"],
        lambda path, record: rules.activity_as(path["activity_id"], record),
        rules.activity_gone,
    ),
    Kept(
        "employee", "/v1/employees", "/v1/employees/{employee_id}",
        rules.EmployeeRecord, rules.EmployeeFilter,
        lambda path: path["employee_id"],
        lambda path, record: rules.employee_as(path["employee_id"], record),
        rules.employee_gone,
    ),
    Kept(
        "membership", "/v1/employees/{employee_id}/memberships",
        "/v1/employees/{employee_id}/memberships/{project_group_id}",
        rules.MembershipRecord, rules.MembershipFilter,
        lambda path: membership_id(path["employee_id"], path["project_group_id"]),
        lambda path, record: rules.membership_as(
            path["employee_id"], path["project_group_id"], record
        ),
        rules.membership_gone,
    ),
)  # fmt: skip


def routes(desk: Desk) -> list[Route]:
    """The routes of all kinds."""
    found = []
    for kept in KEPT:
        served = _Served(desk, kept)
        found.append(Route(kept.collection, answered(served.listed), methods=["GET"]))
        for method, answer in (("GET", served.read), ("PUT", served.set), ("DELETE", served.end)):
            found.append(Route(kept.one, answered(answer), methods=[method]))
    return found


class _Served:
    """The answers to the calls of one kind; they read and write, and so run in threads."""

    def __init__(self, desk: Desk, kept: Kept) -> None:
        self.desk = desk
        self.kept = kept

    @property
    def resources(self) -> Resources:
        return self._resources(self.kept.kind)

    def _resources(self, kind: Kind) -> Resources:
        desk = self.desk
        return Resources(kind, desk.database, desk.state, desk.erasures.among)

    def listed(self, request: Request, _: bytes) -> Response:
        try:
            asked = self.kept.pages.model_validate(dict(request.query_params))
        except ValidationError as error:
            raise Problem(400, *field_errors(error)) from error
        of = dict(request.path_params)
        found = [
            one for one in self.resources.all()
            if asked.keeps(one.content)  # type: ignore[attr-defined]
            and all(one.content[name] == value for name, value in of.items())
            and (asked.after is None or one.record_id > asked.after)
        ]  # fmt: skip
        page = found[: asked.limit]
        more = page[-1].record_id if len(found) > len(page) else None
        items = [one.content | {"etag": one.etag} for one in page]
        self._note(request, page, 200)
        return JSONResponse({"items": items, "next": more})

    def read(self, request: Request, _: bytes) -> Response:
        found = self.resources.get(self.kept.record_id(request.path_params))
        if request.headers.get("if-none-match") == found.etag:
            return Response(status_code=304, headers={"etag": found.etag})
        return self._told(request, found, 200)

    def set(self, request: Request, body: bytes) -> Response:
        try:
            record = self.kept.model.model_validate_json(body or b"{}")
        except ValidationError as error:
            raise Problem(400, *field_errors(error)) from error
        self._check_person(request.path_params)
        decide = self.kept.put(request.path_params, record)
        found, is_new = self._put(request, decide, getattr(record, "organiser_id", None))
        assert found is not None  # noqa: S101
        return self._told(request, found, 201 if is_new else 200)

    def end(self, request: Request, _: bytes) -> Response:
        found, _new = self._put(request, self.kept.gone)
        if found is None:
            return Response(status_code=204)
        return self._told(request, found, 200)

    def _put(
        self, request: Request, decide: Decide, organiser_id: str | None = None
    ) -> tuple[Resource | None, bool]:
        headers = request.headers
        conditions = Conditions(headers.get("if-match"), headers.get("if-none-match"))
        record_id = self.kept.record_id(request.path_params)
        found = self.resources.put(record_id, conditions, decide, organiser_id)
        # what was set shows in this worker's next answer, in the others' within their next look
        self.desk.keep_up()
        return found

    def _told(self, request: Request, resource: Resource, status: int) -> Response:
        self._note(request, [resource], status)
        return JSONResponse(resource.content, status, headers={"etag": resource.etag})

    def _note(self, request: Request, told: Sequence[Resource], status: int) -> None:
        """Write to the audit log whose data is told to whom, before it is."""
        people = sorted({one.content["employee_id"] for one in told
                         if "employee_id" in one.content})  # fmt: skip
        if people:
            with self.desk.database.begin() as transaction:
                append_entry(
                    transaction, request.scope["caller"], people, status, self.desk.erasures.among
                )

    def _check_person(self, path: Path) -> None:
        """Refuse the membership of somebody unknown.

        Raises:
            Problem: 404.
        """
        if self.kept.kind == "membership":
            self._resources("employee").get(path["employee_id"])


def answered(answer: Callable[[Request, bytes], Response]) -> Callable[[Request], Any]:
    """An endpoint that gives the answer, or the refusal that came instead."""

    async def endpoint(request: Request) -> Response:
        body = await request.body()
        language = language_asked(body, request.headers.get("accept-language"))
        try:
            _check_ids(request.path_params)
            return await asyncio.to_thread(_told, answer, request, body)
        except Problem as problem:
            content = problem_bytes(problem.status, problem.errors, language)
            return Response(content, problem.status, media_type=MEDIA_TYPE)

    return endpoint


def _told(answer: Callable[[Request, bytes], Response], request: Request, body: bytes) -> Response:
    """The answer; where what it needs cannot be used, a refusal that says so."""
    try:
        return answer(request, body)
    except HuoliError as error:
        raise not_ready([error]) from error


def _check_ids(path: Path) -> None:
    """Refuse ids that nothing can have.

    Raises:
        Problem: 404.
    """
    for name, value in path.items():
        if len(value) > 200 or "\x00" in value:
            raise Problem(404, FieldError(name, NOT_THERE))
