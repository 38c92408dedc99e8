"""The service in this process: one port, a log, a stop that ends what it began."""

import gc
import os
import signal
import socket
import tempfile
from collections.abc import Callable
from types import FrameType

import uvicorn

from features.errors import HuoliError, InputError
from serving.desk import Desk
from serving.limits import rate_setting
from serving.logs import set_up_logs
from serving.tls import Certificate

STOP_SECONDS = 20


def serve(
    host: str, port: int, tell: Callable[[str, Desk], None], tls: Certificate | None = None
) -> None:
    """Answer until SIGINT or SIGTERM; what has been asked by then is still answered.

    Args:
        host: The address to listen at.
        port: The port; 0 takes a free one.
        tell: Called once calls are answered, with the address and the desk.
        tls: Answer over TLS with this certificate; None: in the clear.

    Raises:
        InputError: the port is in use or may not be taken, or a setting is none.
    """
    rate_setting()
    listening = bound_socket(host, port)
    try:
        with tempfile.TemporaryDirectory(prefix="huoli-metrics-") as counters:
            # read by the metrics of BentoML when it is first imported
            os.environ["PROMETHEUS_MULTIPROC_DIR"] = counters
            _answer(listening, tell, tls)
    finally:
        listening.close()


def bound_socket(host: str, port: int) -> socket.socket:
    """A socket that has the port, before anything slow is loaded.

    Raises:
        InputError: the port is in use or may not be taken.
    """
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen()
    except OSError as error:
        listening.close()
        raise InputError(
            "port {port} at {host} cannot be taken: {problem}; "
            "stop what uses it, or choose another with --port",
            port=port, host=host, problem=error.strerror,
        ) from error  # fmt: skip
    return listening


class _Server(uvicorn.Server):
    """Tells when it has begun to answer."""

    tell: Callable[[], None]

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self.tell()


def _answer(
    listening: socket.socket, tell: Callable[[str, Desk], None], tls: Certificate | None
) -> None:
    from serving.service import Huoli, desk

    set_up_logs()
    config = uvicorn.Config(
        Huoli.to_asgi(),  # type: ignore[attr-defined]
        log_config=None, access_log=False, server_header=False,
        timeout_graceful_shutdown=STOP_SECONDS,
        ssl_certfile=tls.certificate if tls else None, ssl_keyfile=tls.key if tls else None,
    )  # fmt: skip
    server = _Server(config)
    host, port = listening.getsockname()[:2]
    server.tell = lambda: tell(f"{'https' if tls else 'http'}://{host}:{port}", desk)
    # once it has stopped, the server raises the signal again: a stop asked for is no failure
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _ignored)
    server.run(sockets=[listening])
    desk.database.close()
    # what the service kept from the collector is let go, or its libraries report leaks at the end
    gc.unfreeze()
    if not server.started:
        raise HuoliError("the service could not start; the log above says why")


def _ignored(number: int, frame: FrameType | None) -> None:
    """Do nothing: the server's own handler has seen the signal."""
