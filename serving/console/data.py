"""What was imported, and the models."""

from starlette.responses import Response

from serving.console.site import Visit
from serving.problems import Problem


def read(visit: Visit) -> Response:
    """To be built."""
    raise Problem(404)


def promoted(visit: Visit) -> Response:
    """To be built."""
    raise Problem(404)


def rolled_back(visit: Visit) -> Response:
    """To be built."""
    raise Problem(404)
