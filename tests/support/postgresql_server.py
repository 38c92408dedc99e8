"""A PostgreSQL server of the tests' own, in a folder that goes with it."""

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

USER = "huoli"
START_SECONDS = 60


class Program:
    """The server's process, which can be stopped and started again on the same data."""

    def __init__(self, command: list[Any], folder: Path, unprivileged: dict[str, Any]) -> None:
        self.command, self.folder, self.unprivileged = command, folder, unprivileged
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, server: "Server") -> None:
        """Start it, and return once it answers."""
        with (self.folder / "log").open("a", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                self.command, stdout=log, stderr=log, cwd=self.folder, **self.unprivileged
            )
        _wait(server, self.process, self.folder / "log")

    def stop(self) -> None:
        """Stop it, without waiting for its clients."""
        if self.process is not None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(timeout=START_SECONDS)


@dataclass(frozen=True)
class Server:
    """Where it listens, and the password of its only user."""

    port: int
    password: str
    program: Program | None = None

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """No server while the block lasts; then the same one, with its data."""
        assert self.program is not None
        self.program.stop()
        try:
            yield
        finally:
            self.program.start(self)

    def address(self, name: str) -> str:
        """What HUOLI_DATABASE_URL holds for one of its databases."""
        return f"postgresql+psycopg://{USER}:{self.password}@127.0.0.1:{self.port}/{name}"

    def run(self, statement: str) -> None:
        """Run a statement outside of transactions, such as CREATE DATABASE."""
        with closing(self._connect()) as connection:
            connection.execute(statement)

    def _connect(self) -> Any:
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user=USER, password=self.password,
            dbname="postgres", autocommit=True,
        )  # fmt: skip

    @contextmanager
    def database(self) -> Iterator[str]:
        """The address of a fresh database, dropped afterwards."""
        name = f"test_{secrets.token_hex(6)}"
        self.run(f"CREATE DATABASE {name}")
        try:
            yield self.address(name)
        finally:
            self.run(f"DROP DATABASE {name} WITH (FORCE)")


def programs() -> Path | None:
    """The folder of the server's programs; None where it is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"),
                   key=lambda path: int(path.parts[-3]))  # fmt: skip
    on_path = shutil.which("initdb")
    if found:
        return found[-1].parent
    return Path(on_path).resolve().parent if on_path else None


@contextmanager
def running_server(bin_folder: Path) -> Iterator[Server]:
    """A fresh server on a free port, gone with all it holds when the block ends."""
    folder = Path(tempfile.mkdtemp(prefix="huoli-pg-"))
    unprivileged, port = _unprivileged(folder), _free_port()
    program = Program(
        [bin_folder / "postgres", "-D", folder / "data", "-k", folder, "-p", str(port),
         "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"],
        folder, unprivileged,
    )  # fmt: skip
    server = Server(port, secrets.token_hex(16), program)
    try:
        _initialise(bin_folder, folder, server, unprivileged)
        try:
            program.start(server)
            yield server
        finally:
            program.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unprivileged(folder: Path) -> dict[str, Any]:
    """How to start its programs as another user where the tests run as root, which it refuses."""
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam("postgres")
    os.chown(folder, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _initialise(
    bin_folder: Path, folder: Path, server: Server, unprivileged: dict[str, Any]
) -> None:
    password = folder / "password"
    password.write_text(server.password, encoding="utf-8")
    if unprivileged:
        os.chown(password, unprivileged["user"], unprivileged["group"])
    done = subprocess.run(
        [bin_folder / "initdb", "-D", folder / "data", "-U", USER, "--auth=scram-sha-256",
         f"--pwfile={password}", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"],
        capture_output=True, text=True, check=False, cwd=folder, **unprivileged,
    )  # fmt: skip
    if done.returncode:
        raise AssertionError(done.stdout + done.stderr)


def _free_port() -> int:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def _wait(server: Server, process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Return once it answers.

    Raises:
        AssertionError: it has ended instead, or takes too long; holds its log.
    """
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            server.run("SELECT 1")
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(log.read_text(encoding="utf-8"))
