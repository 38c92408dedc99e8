"""Searching for designs."""

from starlette.responses import Response

from serving.console.site import Visit
from serving.problems import Problem


def asked(visit: Visit) -> Response:
    """To be built."""
    raise Problem(404)


def begun(visit: Visit) -> Response:
    """To be built."""
    raise Problem(404)


def found(visit: Visit) -> Response:
    """To be built."""
    raise Problem(404)


def stopped(visit: Visit) -> Response:
    """To be built."""
    raise Problem(404)
