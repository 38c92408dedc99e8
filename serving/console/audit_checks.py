"""Whether the audit log holds, checked in the background; the last result is kept with its time.

A log of millions of entries takes minutes to walk. The result stands in a file, so that each
worker of the service shows it; it holds no person's data.
"""

import json
import logging
import os
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from engagement.audit_check import walk
from features.home import Home
from features.tables.durable import replace_text
from serving.desk import Desk

# what gave no sign for so long was stopped together with the service that ran it
SILENT_SECONDS = 300.0
# a short log is walked before the page is there
PATIENCE_SECONDS = 0.5
LOG = logging.getLogger(__name__)
_STARTING = threading.Lock()


@dataclass(frozen=True)
class Check:
    """A walk over the log: when it began, and once it ended what it found."""

    began: str
    ended: str | None = None
    holding: int = 0
    newest_hash: str = ""
    broken: int | None = None
    problem: str = ""

    @property
    def is_running(self) -> bool:
        """Whether it is still under way."""
        return self.ended is None


def last_check(home: Home) -> Check | None:
    """The newest check; None before the first, and where one was stopped."""
    try:
        found = Check(**json.loads(check_file(home).read_text(encoding="utf-8")))
        silent = time.time() - check_file(home).stat().st_mtime
    except (OSError, ValueError, TypeError):
        return None
    return None if found.is_running and silent > SILENT_SECONDS else found


def begin_check(desk: Desk) -> None:
    """Walk the log in a thread, unless that is under way; back at once where the log is long."""
    with _STARTING:
        running = last_check(desk.home)
        if running and running.is_running:
            return
        began = datetime.now(UTC).isoformat()
        _keep(desk.home, {"began": began})
    thread = threading.Thread(target=_check, args=(desk, began), name="audit-check", daemon=True)
    thread.start()
    thread.join(PATIENCE_SECONDS)


def check_file(home: Home) -> Path:
    """Where the last result is kept."""
    return home.data / "audit_check.json"


def _check(desk: Desk, began: str) -> None:
    try:
        # the file's age tells whether it goes on
        found = vars(walk(desk.database, lambda: os.utime(check_file(desk.home))))
    except Exception:
        LOG.exception("the audit log could not be checked")
        check_file(desk.home).unlink(missing_ok=True)
        return
    _keep(desk.home, {"began": began, "ended": datetime.now(UTC).isoformat(), **found})


def _keep(home: Home, content: dict[str, Any]) -> None:
    check_file(home).parent.mkdir(parents=True, exist_ok=True)
    replace_text(check_file(home), json.dumps(content))
