"""What the service says on standard error: text for a terminal, else one JSON object a line.

No line holds a body, a query, a token or a person's id: of a failure it tells the kind and where
it arose, not its message, which may repeat what was sent.
"""

import json
import logging
import sys
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

TEXT_FORMAT = "%(asctime)s %(levelname)s %(message)s"
REQUEST_ID: ContextVar[str | None] = ContextVar("request_id", default=None)
CALLS = logging.getLogger("huoli.calls")


class JsonLines(logging.Formatter):
    """Writes a record as one JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "message": record.getMessage(),
            "request_id": REQUEST_ID.get(),
        }
        line |= getattr(record, "call", {})
        if record.exc_info and record.exc_info[0]:
            line["failure"] = record.exc_info[0].__name__
            frames = traceback.extract_tb(record.exc_info[2])
            line["where"] = [f"{Path(one.filename).name}:{one.lineno} {one.name}" for one in frames]
        return json.dumps(line, ensure_ascii=False)


def log_call(method: str, path: str, status: int, seconds: float) -> None:
    """Note one answered call; `path` is an address that is listed, or empty."""
    if CALLS.isEnabledFor(logging.INFO):
        call = {"method": method, "path": path, "status": status, "ms": round(1000 * seconds, 1)}
        CALLS.info("answered", extra={"call": call})


def set_up_logs(is_terminal: bool | None = None) -> None:
    """Warnings and errors, on standard error; where that is no terminal, also every call."""
    if is_terminal is None:
        is_terminal = sys.stderr.isatty()
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter(TEXT_FORMAT) if is_terminal else JsonLines())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    CALLS.setLevel(logging.WARNING if is_terminal else logging.INFO)
    vendor = logging.getLogger("bentoml")
    vendor.handlers.clear()
    vendor.propagate = True
    vendor.setLevel(logging.WARNING)
