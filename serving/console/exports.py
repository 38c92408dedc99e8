"""The effect as a file."""

from starlette.responses import Response

from serving.console.site import Visit
from serving.problems import Problem


def exported(visit: Visit) -> Response:
    """To be built."""
    raise Problem(404)
