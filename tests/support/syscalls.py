"""What programs ask of the operating system, as strace tells it: writes, flushes, what was sent."""

import re
import shutil
import subprocess
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

WRITES = ("pwrite64", "ftruncate")
FLUSHES = ("fsync", "fdatasync")
SENDS = ("write", "writev", "sendto", "sendmsg")
PATIENCE_SECONDS = 60
LONGEST = 1 << 20

# 12345 pwrite64(7<data/huoli.db-wal>, "\1\2"..., 24, 32) = 24
_LINE = re.compile(r"^(?P<thread>\d+) +(?P<rest>.*)$")
_BEGINS = re.compile(r"^(?P<name>\w+)\(\d+<(?P<target>[^>]*(?:->[^>]*)?)>(?P<arguments>.*)$")
_RESUMED = re.compile(r"^<\.\.\. (?P<name>\w+) resumed>(?P<arguments>.*)$")
_UNFINISHED = " <unfinished ...>"
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"(?:\.\.\.)?')
_RESULT = re.compile(r"\) += (-?\d+)")


@dataclass(frozen=True)
class Call:
    """One call that succeeded.

    `began` and `ended` are its places in the order of all that the trace saw: a call that ended
    at a place before another one began was over by then, whichever threads they were of.
    """

    thread: int
    name: str
    target: str
    data: bytes
    at: int
    began: int
    ended: int


def command(output: Path) -> list[str]:
    """What a program's command line begins with, to be traced into the file with its children.

    The program keeps its parent, so that signals reach it and not strace. Of signals, the one
    that may end it is told of.
    """
    traced = ",".join((*WRITES, *FLUSHES, *SENDS))
    return ["strace", "-D", "-f", "-yy", "--seccomp-bpf", "-s", str(LONGEST),
            "-e", f"trace={traced}", "-e", "signal=SIGKILL", "-o", str(output)]  # fmt: skip


@cache
def reason_against() -> str | None:
    """Why no program can be traced here; none where one can."""
    if shutil.which("strace") is None:
        return "strace is not installed; `make strace` does so"
    tried = subprocess.run(
        ["strace", "-f", "--seccomp-bpf", "-o", "/dev/null", "true"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if tried.returncode:
        return f"strace may not trace a program here: {tried.stderr.strip()}"
    return None


def trace_of(output: Path, process: int) -> list[Call]:
    """The calls that the file tells, in the order in which they ended, once the process has."""
    limit = time.monotonic() + PATIENCE_SECONDS
    ending = re.compile(rf"^{process} +\+\+\+ (exited|killed)", re.MULTILINE)
    while not ending.search(text := output.read_text(encoding="ascii")):
        assert time.monotonic() < limit, "the trace has no end"
        time.sleep(0.1)
    return list(calls(text.splitlines()))


def calls(lines: Iterable[str]) -> Iterator[Call]:
    """The calls on a file, pipe or socket that succeeded, as lines of strace tell them."""
    open_calls: dict[str, tuple[int, str]] = {}
    for place, line in enumerate(lines):
        matched = _LINE.match(line)
        if matched is None:
            continue
        thread, rest = matched.groups()
        if rest.endswith(_UNFINISHED):
            open_calls[thread] = place, rest.removesuffix(_UNFINISHED)
            continue
        began = place
        if resumed := _RESUMED.match(rest):
            began, before = open_calls.pop(thread)
            rest = before + resumed["arguments"]
        found = _BEGINS.match(rest)
        if found and (call := _call(int(thread), found, began, place)):
            yield call


def _call(thread: int, found: re.Match[str], began: int, ended: int) -> Call | None:
    arguments = found["arguments"]
    # data may hold what looks like a result, so it is looked for behind the last string
    strings = list(_STRING.finditer(arguments))
    behind = arguments[strings[-1].end() :] if strings else arguments
    result = _RESULT.search(behind)
    if result is None or int(result[1]) < 0:
        return None
    data = b"".join(_bytes(one[1]) for one in strings)
    at = 0
    if found["name"] in WRITES:
        at = int(behind[: result.start()].rsplit(",", 1)[1])
    if found["name"] == "pwrite64":
        assert len(data) >= int(result[1]), "the trace was cut short"
        data = data[: int(result[1])]
    return Call(thread, found["name"], found["target"], data, at, began, ended)


def _bytes(told: str) -> bytes:
    """The bytes of a string that strace writes as C would."""
    return told.encode("ascii").decode("unicode_escape").encode("latin-1")
