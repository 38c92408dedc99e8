"""The addresses at which searches for designs are begun, read and stopped."""

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from serving.answers import DesignsAnswer
from serving.contract import DesignsRequest
from serving.designs import Designs
from serving.language import language_of
from serving.problems import Problem, field_errors
from serving.routes import answered

COLLECTION, ONE = "/v1/designs", "/v1/designs/{design_id}"


def design_routes(designs: Designs) -> list[Route]:
    """The routes."""

    def begun(request: Request, body: bytes) -> Response:
        try:
            asked = DesignsRequest.model_validate_json(body or b"{}")
        except ValidationError as error:
            raise Problem(400, *field_errors(error)) from error
        found = designs.ask(asked, asked.language or _language(request))
        return _told(found, 202, {"location": f"{COLLECTION}/{found.design_id}"})

    def read(request: Request, _: bytes) -> Response:
        return _told(designs.read(request.path_params["design_id"], _language(request)))

    def cancelled(request: Request, _: bytes) -> Response:
        return _told(designs.cancel(request.path_params["design_id"], _language(request)))

    return [
        Route(COLLECTION, answered(begun), methods=["POST"]),
        Route(ONE, answered(read), methods=["GET"]),
        Route(ONE, answered(cancelled), methods=["DELETE"]),
    ]


def _language(request: Request) -> str:
    return language_of(request.headers.get("accept-language"))


def _told(
    found: DesignsAnswer, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    content = found.model_dump_json()
    return Response(content, status, headers, media_type="application/json")
