"""When each team would come."""

from starlette.responses import Response

from serving.console.site import Visit
from serving.problems import Problem


def shown(visit: Visit) -> Response:
    """To be built."""
    raise Problem(404)
