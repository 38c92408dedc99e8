"""What teams like."""

from starlette.responses import Response

from serving.console.site import Visit
from serving.problems import Problem


def read(visit: Visit) -> Response:
    """To be built."""
    raise Problem(404)
