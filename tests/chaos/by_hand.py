"""Workers that are moved by hand: each job runs in a thread of its own and halts wherever the test wants it to.

Only one thread runs at any moment, so what happens is the same at every run. A worker can halt at the named crash
points and before every call of the mailbox, be left hanging there while time passes and others work, go on, or die.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from outreach.actions import crash_points, visit_mailbox
from outreach.actions.run_job import run_job
from outreach.app import App
from outreach.process_mark import ProcessMark
from outreach.queue import Job

_PATIENCE = 60.0
_present = threading.local()


class Crash(BaseException):
    """The process dies here: no handler of errors sees it."""


class Worker:
    """One process with one job in hand."""

    def __init__(self, app: App, job: Job, marks: Path, began: int) -> None:
        self.app = replace(app, mark=ProcessMark(marks))
        self.job = job
        #: What the test had done before this worker took its job up.
        self.began = began
        self.halted_at = ""
        self.ended = False
        self.failure: BaseException | None = None
        self._budget: int | None = 0
        self._dies = False
        self._go, self._back = threading.Semaphore(0), threading.Semaphore(0)
        self._thread = threading.Thread(target=self._run, name=f"{job.name} {job.id}", daemon=True)
        self._started = False

    def go_on(self, points: int | None) -> None:
        """Run past ``points`` more points (None: to the end). Raises what the job raised, other than a crash."""
        self._budget = points
        self._hand_over()

    def die(self) -> None:
        """End the process where it stands; its mark goes with it, as a lock of a dead process does."""
        self._dies = True
        if self._started and not self.ended:
            self._hand_over()
        self.app.mark.release()

    def pass_point(self, name: str) -> None:
        """Called by the job's own thread at every point."""
        if self._budget is None:
            return
        self._budget -= 1
        if self._budget >= 0:
            return
        self.halted_at = name
        self._back.release()
        self._go.acquire()
        if self._dies:
            raise Crash(name)

    def _hand_over(self) -> None:
        if self._started:
            self._go.release()
        else:
            self._started = True
            self._thread.start()
        assert self._back.acquire(timeout=_PATIENCE), f"{self.job} hangs at {self.halted_at}"
        if self.failure is not None:
            failure, self.failure = self.failure, None
            raise failure

    def _run(self) -> None:
        _present.worker = self
        try:
            run_job(self.app, self.job)
        except Crash:
            pass
        except BaseException as error:  # noqa: BLE001 - handed to the test's own thread
            self.failure = error
        finally:
            self.ended = True
            self._back.release()


def present_worker() -> Worker | None:
    """Return the worker whose thread this is, None in the test's own."""
    return getattr(_present, "worker", None)


def pass_point(name: str) -> None:
    """Halt here if the present worker is to halt."""
    worker = present_worker()
    if worker is not None:
        worker.pass_point(name)


@contextmanager
def halting_at_crash_points() -> Iterator[None]:
    """Make the product's crash points places to halt at, wherever an action has one."""
    real: Callable[[str], None] = crash_points.crash_point
    changed = [
        module
        for name, module in list(sys.modules.items())
        if name.startswith("outreach.") and getattr(module, "crash_point", None) is real
    ]
    for module in changed:
        vars(module)["crash_point"] = pass_point
    patience = visit_mailbox._PATIENCE
    # Whoever has the turn at the mailbox stands still until this worker halts or ends: to wait for it is in vain.
    vars(visit_mailbox)["_PATIENCE"] = -1.0
    try:
        yield
    finally:
        vars(visit_mailbox)["_PATIENCE"] = patience
        for module in changed:
            vars(module)["crash_point"] = real
