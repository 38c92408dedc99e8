"""Changing the design beside the original."""

from starlette.responses import Response

from serving.console.site import Visit
from serving.problems import Problem


def compared(visit: Visit) -> Response:
    """To be built."""
    raise Problem(404)


def applied(visit: Visit) -> Response:
    """To be built."""
    raise Problem(404)
