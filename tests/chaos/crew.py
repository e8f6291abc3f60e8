"""Small workers that cost little to start: forked from one process that has loaded the product, each opens it anew.

A test that ends a process some hundred times cannot wait for an interpreter each time. What they run is the product's
own: ``open_app``, ``due_jobs``, ``run_job``; what ends with them is a process of its own, with its own connections.
"""

from __future__ import annotations

import ctypes
import logging
import multiprocessing
import os
import random
import signal
import time
from collections.abc import Callable, Collection, Mapping
from multiprocessing import forkserver
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.chaos.stage import Stage

if TYPE_CHECKING:
    from outreach.app import App

#: What ``crash_point`` leaves with.
CRASHED = 137
_PR_SET_PDEATHSIG = 1
#: Seconds for which these workers hold a letter: enough for one delivery, short enough to be waited for. One figure for
#: all of them, for it is read when the product is loaded, before they are forked.
LEASE = 3.0
#: How long one may take for a letter, on a machine that is busy with other things, when it has all of them to do.
_A_LETTER = 3.0
#: A job that stays due after so many rounds has to wait for something else.
_ROUNDS = 50


_started: list[ForkServerProcess] = []


def start(stage: Stage, *jobs: str, once: bool = False, **more: str) -> ForkServerProcess:
    """Start a worker that does what is due of these jobs (of all, if none is named) until nothing is, and return it.

    With ``once`` it looks for due rows once only. ``more`` is its further environment.
    """
    return _fork(_work, stage, more, frozenset(jobs), once)


def queue(stage: Stage, account_id: str, people: bytes, **more: str) -> int:
    """Queue people in a worker of its own, and wait for its end. Return its exit code: zero, or ``CRASHED``."""
    process = _fork(_queue, stage, more, account_id, people)
    process.join(120)
    return _left_with(process)


def _fork(do: Callable[..., None], stage: Stage, more: Mapping[str, str], *task: Any) -> ForkServerProcess:
    assert stage.lease == LEASE
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.chaos.crew", "outreach.actions.run_job", "outreach.google.client"])
    os.environ["OUTREACH_LEASE_SECONDS"] = str(LEASE)  # for the process that they are forked from
    whole = (do, stage.environment(**more), stage.folder / "log", *task)
    process = context.Process(target=_as_worker, args=whole, daemon=True)
    process.start()
    _started.append(process)
    del os.environ["OUTREACH_LEASE_SECONDS"]
    return process


def work(stage: Stage, *jobs: str, once: bool = False, **more: str) -> int:
    """As ``start``, and wait for its end. Return its exit code: zero, or ``CRASHED``."""
    process = start(stage, *jobs, once=once, **more)
    process.join(120 + _A_LETTER * len(stage.wanted))
    return _left_with(process)


def _left_with(process: ForkServerProcess) -> int:
    code = process.exitcode
    process.kill()
    assert code in (0, CRASHED), f"a worker left with {code}"
    return code


def finish(stage: Stage) -> None:
    """Let workers do all that is due until nothing is on its way any more; no longer than that should take."""
    end = time.monotonic() + 60 + _A_LETTER * len(stage.wanted)
    while stage.on_the_way() and time.monotonic() < end:
        work(stage)
        time.sleep(0.3)


def end_all() -> None:
    """Kill whoever is left: a stopped one would keep the interpreter waiting for it at its end."""
    while _started:
        process = _started.pop()
        process.kill()
        process.join(20)


def _as_worker(do: Callable[..., None], environment: Mapping[str, str], log: Path, *task: Any) -> None:
    with log.open("ab", buffering=0) as said:
        os.dup2(said.fileno(), 2)
    app = _opened(environment)
    do(app, *task)
    app.close()


def _work(app: App, jobs: Collection[str], once: bool) -> None:
    from outreach.actions.run_job import run_job
    from outreach.queries.due_jobs import due_jobs

    for _ in range(1 if once else _ROUNDS):
        due = [each.job for each in due_jobs(app) if not jobs or each.job.name in jobs]
        random.shuffle(due)
        for job in due:
            run_job(app, job)
        if not due:
            break


def _queue(app: App, account_id: str, people: bytes) -> None:
    from outreach.actions.queue_people import PeopleFileBytes, queue_people

    queue_people(app, account_id, PeopleFileBytes(people, "people.csv"))


def _opened(environment: Mapping[str, str]) -> App:
    # Forked from a process that leaves when the test does: then this one must go too, even if it is stopped. That
    # process waits until nobody holds a certain pipe any more, which each of its children is given.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    os.close(forkserver._forkserver._forkserver_alive_fd)  # type: ignore[attr-defined]
    os.environ.clear()
    os.environ.update(environment)

    import structlog

    from outreach.app import open_app
    from outreach.rules import leases
    from outreach.settings import load_settings

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    random.seed()
    assert leases.LEASE.total_seconds() == LEASE
    return open_app(load_settings())
