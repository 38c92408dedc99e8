"""Keeps the service's state up to the second: with the events of all workers, and with the clock.

Each worker asks the database what arrived since it last looked, so that an event that one worker
took shows in all of them.
"""

import logging
import threading

from serving.desk import Desk
from serving.metrics import Metrics

EVERY_SECONDS = 0.25
SETTLE_EVERY = 8
# what forecasts need is worked in so often at least, and else when one is asked for
READY_EVERY = 40
JUDGE_EVERY = 4 * 600
LOG = logging.getLogger(__name__)


class Live:
    """A thread that moves the desk's state on; everything else only reads it."""

    def __init__(self, desk: Desk, metrics: Metrics | None = None) -> None:
        self.desk = desk
        self.metrics = metrics
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="huoli-live", daemon=True)

    def start(self) -> None:
        """Begin to keep up."""
        self._thread.start()

    def stop(self) -> None:
        """End, once what is being worked in is in."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        looks = 0
        while not self._stopped.wait(EVERY_SECONDS):
            looks += 1
            try:
                arrived = self.desk.keep_up()
                if self.metrics and self.desk.loaded:
                    self.metrics.looked(self.desk.loaded, arrived)
                    if looks % JUDGE_EVERY == 1:
                        self.metrics.judge(self.desk.database, self.desk.loaded)
                if looks % SETTLE_EVERY == 0:
                    self.desk.database.settle()
                if looks % READY_EVERY == 0:
                    self._ready()
            except Exception as error:
                # the former state goes on answering, and the next look tries again
                LOG.exception("what arrived could not be worked in")
                self.desk.fell_behind(error)

    def _ready(self) -> None:
        state = self.desk.loaded
        if state and state.predictor:
            state.predictor.ready()
