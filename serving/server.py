"""The service in this process, or in several that share its port; a stop ends what it began."""

import gc
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path
from types import FrameType
from typing import Any

import uvicorn
from uvicorn.supervisors import Multiprocess

from engagement.database import open_database
from features.errors import HuoliError, InputError
from features.home import Home, current_home
from features.tables.snapshots import current_or_none
from serving.desk import Desk
from serving.limits import rate_setting
from serving.logs import set_up_logs
from serving.patience import PatientProtocol
from serving.preparing import SETTING as LISTS_SETTING
from serving.tls import Certificate

STOP_SECONDS = 20
# from so many rows of employees on, each change of a person being one more
APART_SETTING, APART_FROM = "HUOLI_LISTS_APART_FROM", 2_000
PREPARE = "from serving.preparing import main; main()"
# a worker that loads or computes does not say within a moment that it lives
HUNG_SECONDS = 60


def serve(
    host: str,
    port: int,
    tell: Callable[[str, Desk | None], None],
    tls: Certificate | None = None,
    workers: int = 1,
) -> None:
    """Answer until SIGINT or SIGTERM; what has been asked by then is still answered.

    Args:
        host: The address to listen at.
        port: The port; 0 takes a free one.
        tell: Called once calls are answered, with the address and the desk; several workers have
            each a desk of its own, and none is given.
        tls: Answer over TLS with this certificate; None: in the clear.
        workers: In how many processes; one that ends is started anew.

    Raises:
        InputError: the port is in use or may not be taken, or a setting is none.
    """
    rate_setting()
    listening = bound_socket(host, port)
    try:
        with tempfile.TemporaryDirectory(prefix="huoli-metrics-") as counters:
            # read by the metrics of BentoML when it is first imported
            os.environ["PROMETHEUS_MULTIPROC_DIR"] = counters
            apart = preparing(Path(counters)) if lists_apart(current_home()) else nullcontext()
            with apart:
                if workers == 1:
                    _answer(listening, tell, tls)
                else:
                    _answer_in(workers, listening, tell, tls)
    finally:
        listening.close()


def lists_apart(home: Home) -> bool:
    """Whether a process of its own computes lists ahead: in a small company a thread is enough.

    Raises:
        InputError: the setting is no number of rows.
    """
    least = os.environ.get(APART_SETTING, str(APART_FROM))
    if not least.isdecimal():
        raise InputError(
            "{name} must be a whole number of rows of employees, found {value}",
            name=APART_SETTING, value=least,
        )  # fmt: skip
    snapshot = current_or_none(home)
    return snapshot is not None and snapshot.n_rows.get("employees", 0) >= int(least)


@contextmanager
def preparing(folder: Path) -> Iterator[None]:
    """A process that computes lists ahead, started anew where it ends, until the block does.

    It listens in the folder, which must be its owner's alone.
    """
    file, ended = str(folder / "lists"), threading.Event()
    os.environ[LISTS_SETTING] = file

    def start() -> subprocess.Popen[bytes]:
        Path(file).unlink(missing_ok=True)
        command = [sys.executable, "-c", PREPARE, file, str(os.getpid())]
        return subprocess.Popen(command)  # noqa: S603

    process = start()

    def watch() -> None:
        nonlocal process
        while not ended.wait(1.0):
            if process.poll() is not None:
                process = start()

    watching = threading.Thread(target=watch, name="huoli-preparing", daemon=True)
    watching.start()
    try:
        yield
    finally:
        ended.set()
        watching.join()
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


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


class _Workers(Multiprocess):
    """Tells when all of its processes have begun to answer."""

    tell: Callable[[], None]
    told = False
    failed = False

    def keep_subprocess_alive(self) -> None:
        super().keep_subprocess_alive()
        if self.should_exit.is_set():
            self.failed |= not self.told
        elif not self.told and all(one.is_ready() for one in self.processes):
            self.told = True
            self.tell()


def _config(app: Any, tls: Certificate | None, workers: int = 1) -> uvicorn.Config:
    return uvicorn.Config(
        app, http=PatientProtocol, log_config=None, access_log=False, server_header=False,
        workers=workers,
        timeout_graceful_shutdown=STOP_SECONDS, timeout_worker_healthcheck=HUNG_SECONDS,
        ssl_certfile=tls.certificate if tls else None, ssl_keyfile=tls.key if tls else None,
    )  # fmt: skip


def _address(listening: socket.socket, tls: Certificate | None) -> str:
    host, port = listening.getsockname()[:2]
    return f"{'https' if tls else 'http'}://{host}:{port}"


def _answer_in(
    workers: int,
    listening: socket.socket,
    tell: Callable[[str, Desk | None], None],
    tls: Certificate | None,
) -> None:
    set_up_logs()
    # whoever comes second must find the database made and up to date
    with closing(open_database(current_home())):
        supervisor = _Workers(_config("serving.worker:app", tls, workers), [listening])
    supervisor.tell = lambda: tell(_address(listening, tls), None)
    supervisor.run()
    if supervisor.failed:
        raise HuoliError("the service could not start; the log above says why")


def _answer(
    listening: socket.socket, tell: Callable[[str, Desk | None], None], tls: Certificate | None
) -> None:
    from serving.service import Huoli, desk

    set_up_logs()
    server = _Server(_config(Huoli.to_asgi(), tls))  # type: ignore[attr-defined]
    server.tell = lambda: tell(_address(listening, tls), desk)
    # once it has stopped, the server raises the signal again: a stop asked for is no failure
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _ignored)
    server.run(sockets=[listening])
    desk.close()
    # what the service kept from the collector is let go, or its libraries report leaks at the end
    gc.unfreeze()
    if not server.started:
        raise HuoliError("the service could not start; the log above says why")


def _ignored(number: int, frame: FrameType | None) -> None:
    """Do nothing: the server's own handler has seen the signal."""
