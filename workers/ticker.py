"""The ticker: finds due rows and pokes workers. Any number may run; claims keep them apart, so none leads."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import structlog

from outreach.actions.stay_on_host import stay_on_host
from outreach.app import App
from outreach.errors import OutreachError
from outreach.queries.due_jobs import Due, due_jobs, next_due

log = structlog.get_logger(__name__)

#: Seconds between two looks for due rows, at most: the next row's own time wakes the ticker sooner.
TICK = 1.0
#: A poke that led to nothing is repeated after so many seconds: it, or its worker, was lost.
REPEAT = 15.0
#: Workers that deliver one letter go on with what else is due, so only so many are woken at a time.
_AWAKE = 32
#: Seconds between two notes that this computer is at work.
_SIGN_OF_LIFE = 30.0


class Ticker:
    """Pokes each due row once, and again when it falls due anew or nothing came of the poke."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._poked: dict[Due, float] = {}
        self._signed = time.monotonic()

    def run(self, stop: threading.Event) -> None:
        """Tick until ``stop`` is set. A database or a broker that is away is waited for."""
        while not stop.is_set():
            wait = TICK
            try:
                self.tick()
                self._sign()
                wait = self._until_next()
            except OutreachError as error:
                log.warning("tick_failed", error=error.message)
            stop.wait(wait)

    def tick(self) -> int:
        """Poke what is due and was not poked lately; return how many pokes that made."""
        now = time.monotonic()
        self._poked = {due: at for due, at in self._poked.items() if now - at < REPEAT}
        fresh = [due for due in _in_turn(due_jobs(self._app)) if due not in self._poked]
        for number, due in enumerate(fresh):
            if not self._app.queue.poke(due.job):
                return number  # the broker is away: the next look tries again
            self._poked[due] = now
        return len(fresh)

    def _sign(self) -> None:
        if time.monotonic() - self._signed > _SIGN_OF_LIFE:
            self._signed = time.monotonic()
            stay_on_host(self._app)

    def _until_next(self) -> float:
        coming = next_due(self._app)
        seconds = (coming - self._app.now()).total_seconds() if coming else TICK
        return min(TICK, seconds) if seconds > 0 else TICK


def _in_turn(due: list[Due]) -> Iterator[Due]:
    letters = 0
    for each in due:
        letters += each.job.name == "deliver_letter"
        if each.job.name != "deliver_letter" or letters <= _AWAKE:
            yield each
