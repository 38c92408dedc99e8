"""Approving, announcing, cancelling and deleting an activity."""

from starlette.responses import Response

from serving.console.site import Visit
from serving.problems import Problem


def approved(visit: Visit) -> Response:
    """To be built."""
    raise Problem(404)


def announced(visit: Visit) -> Response:
    """To be built."""
    raise Problem(404)


def cancelled(visit: Visit) -> Response:
    """To be built."""
    raise Problem(404)


def deleted(visit: Visit) -> Response:
    """To be built."""
    raise Problem(404)
