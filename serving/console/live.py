"""Sign-ups against the forecast."""

from starlette.responses import Response

from serving.console.site import Visit
from serving.problems import Problem


def watched(visit: Visit) -> Response:
    """To be built."""
    raise Problem(404)


def reminded(visit: Visit) -> Response:
    """To be built."""
    raise Problem(404)
