"""How benchmarks run commands: each as a process of its own, with its time and peak memory."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Measured:
    """What one command took: wall-clock seconds, and the largest memory any process of it held."""

    name: str
    seconds: float
    peak_bytes: int

    @property
    def peak_gib(self) -> float:
        """The peak in GiB."""
        return self.peak_bytes / 2**30


def environment(home: Path) -> dict[str, str]:
    """What a command that works on the home should find around it."""
    defaults = {"OMP_WAIT_POLICY": "PASSIVE", "MLFLOW_DISABLE_TELEMETRY": "true"}
    return defaults | os.environ | {"HUOLI_HOME": str(home), "HUOLI_LANG": "en"}


def huoli(*arguments: object) -> list[str]:
    """The command line of `huoli` with these arguments, run by this very Python."""
    return [sys.executable, "-m", "huoli", *map(str, arguments)]


def measured(name: str, command: Sequence[str], home: Path) -> Measured:
    """Run a command and measure it; what it prints is kept back unless it fails.

    Raises:
        SystemExit: it failed; what it printed stands on standard error.
    """
    with tempfile.TemporaryFile() as printed:
        begun = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=REPOSITORY, env=environment(home), stdout=printed, stderr=printed
        )
        # wait4 tells the largest resident memory of the process and those it waited for
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - begun
        if process.returncode:
            printed.seek(0)
            sys.stderr.write(printed.read().decode(errors="replace"))
            raise SystemExit(f"{name} failed with exit code {process.returncode}")
    unit = 1 if sys.platform == "darwin" else 1024
    return Measured(name, seconds, usage.ru_maxrss * unit)


def note(text: str) -> None:
    """Say on standard error how far long work has come."""
    print(f"[{time.strftime('%H:%M:%S')}] {text}", file=sys.stderr, flush=True)


@contextmanager
def temporary_home() -> Iterator[Path]:
    """An empty HUOLI_HOME that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="huoli-bench-") as folder:
        yield Path(folder).resolve()


def make_company(home: Path, employees: int, months: int, *options: object) -> list[Measured]:
    """Simulate a company in the home, import it, compute features and train; one entry a step."""
    out = home / "data" / "sample"
    size = ("--employees", employees, "--months", months)
    steps = {
        "sample": huoli("sample", "--out", out, *size, *options),
        "import": huoli("import", out, "--mapping", "sample_company"),
        "features": huoli("features"),
        "train": huoli("train"),
    }
    return [measured(name, command, home) for name, command in steps.items()]
