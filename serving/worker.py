"""The service as one of several workers that share a port: `serving.worker:app`.

Imported in a process of its own, which ends when the one that started it is gone.
"""

import os
import signal
import threading
import time

from serving.logs import set_up_logs
from serving.service import Huoli

LOOK_SECONDS = 1.0


def _end_with(parent: int) -> None:
    """Stop as if asked to once this is no more the process that started us."""
    while os.getppid() == parent:
        time.sleep(LOOK_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)


set_up_logs()
threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
app = Huoli.to_asgi()  # type: ignore[attr-defined]
