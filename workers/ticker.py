"""The ticker: finds due rows and pokes workers. Any number may run; claims keep them apart, so none leads."""

from __future__ import annotations

import threading
import time

import structlog

from outreach.app import App
from outreach.errors import OutreachError
from outreach.queries.due_jobs import Due, due_jobs

log = structlog.get_logger(__name__)

#: Seconds between two looks for due rows.
TICK = 1.0
#: A poke that led to nothing is repeated after so many seconds: it, or its worker, was lost.
REPEAT = 30.0


class Ticker:
    """Pokes each due row once, and again when it falls due anew or nothing came of the poke."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._poked: dict[Due, float] = {}

    def run(self, stop: threading.Event) -> None:
        """Tick until ``stop`` is set. A database that is away is waited for."""
        while not stop.is_set():
            try:
                self.tick()
            except OutreachError as error:
                log.warning("tick_failed", error=error.message)
            stop.wait(TICK)

    def tick(self) -> int:
        """Poke what is due and was not poked lately; return how many pokes that made."""
        now = time.monotonic()
        self._poked = {due: at for due, at in self._poked.items() if now - at < REPEAT}
        fresh = [due for due in due_jobs(self._app) if due not in self._poked]
        for due in fresh:
            self._poked[due] = now
            self._app.queue.poke(due.job)
        return len(fresh)
