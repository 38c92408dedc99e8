"""The service as one of several workers that share a port: `serving.worker:app`.

Imported in a process of its own, which ends when the one that started it is gone.
"""

import multiprocessing
import os
import signal
import threading

from serving.logs import set_up_logs
from serving.service import Huoli


def _end_with_parent() -> None:
    """Stop, as if asked to, once the process that started this one has ended."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)


set_up_logs()
threading.Thread(target=_end_with_parent, name="huoli-parent", daemon=True).start()
app = Huoli.to_asgi()  # type: ignore[attr-defined]
