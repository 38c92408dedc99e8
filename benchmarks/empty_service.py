"""A BentoML API that does nothing, served as Huoli's own is: what a call costs at the least.

    python benchmarks/empty_service.py

Prints its port, and answers POST /v1/nothing until it is stopped.
"""

import os

os.environ["BENTOML_DO_NOT_TRACK"] = "True"
os.environ["OTEL_SDK_DISABLED"] = "true"

import bentoml
import uvicorn
from pydantic import BaseModel

from serving.server import bound_socket


class Asked(BaseModel):
    """A body like that of a call for one person's list."""

    employee_id: str
    k: int = 10


class Answered(BaseModel):
    """Nothing."""

    recommendations: list[str] = []


@bentoml.service(name="Empty", workers=1, traffic={"timeout": 300})
class Empty:
    """One call."""

    @bentoml.api(route="/v1/nothing")
    async def nothing(self, request: Asked, /) -> Answered:
        """Answer with nothing."""
        return Answered()


def main() -> None:
    """Answer at a free port of loopback."""
    listening = bound_socket("127.0.0.1", 0)
    config = uvicorn.Config(Empty.to_asgi(), log_config=None, access_log=False, server_header=False)
    print(f"http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main()
