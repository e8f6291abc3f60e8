"""Everything in one process: broker, worker threads and ticker; or one sweep until nothing is left to do."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import dramatiq
import structlog
from dramatiq.brokers.stub import StubBroker
from sqlalchemy import update

from outreach.actions.stay_on_host import leave_host, stay_on_host
from outreach.app import App, open_app
from outreach.database import EVERYBODY
from outreach.errors import Unavailable
from outreach.model import Account, AccountState
from outreach.queries.due_jobs import due_jobs
from outreach.queries.readiness import broker_trouble
from outreach.queue import JOBS, Job
from outreach.run_lock import run_lock
from outreach.settings import Settings
from workers import broker as brokers
from workers.health import serve_health
from workers.ticker import Ticker

log = structlog.get_logger(__name__)

THREADS = 4
#: How long work in hand may take to finish after SIGTERM.
DRAIN_MILLISECONDS = 20_000


@dataclass(frozen=True)
class WorkDone:
    """How much a sweep did."""

    jobs: int
    #: What went wrong in jobs, in words; their rows are tried again when they fall due.
    failures: tuple[str, ...] = ()


def run_everything(
    settings: Settings, *, stop: threading.Event | None = None, started: Callable[[], None] = lambda: None
) -> None:
    """Work until SIGINT or SIGTERM (or ``stop``), then finish what is in hand, within 20 seconds.

    Raises TryLater when another process already works on this home, Unavailable when the broker is away.
    """
    if trouble := broker_trouble(settings.broker_url):
        raise Unavailable(f"{trouble}. Start the broker, or unset OUTREACH_BROKER_URL to do without.")
    stop = stop or _stopped_by_signal()
    with run_lock(settings.home):
        app, worker = _start(settings, brokers.setup_broker)
        started()
        try:
            with serve_health(app), _booking_page(app):
                Ticker(app).run(stop)
        finally:
            worker.stop(timeout=DRAIN_MILLISECONDS)
            leave_host(app)
            app.close()


@contextmanager
def _booking_page(app: App) -> Iterator[None]:
    """Serve the booking page beside the work where letters have links to it."""
    if not app.settings.web.base_url:
        yield
        return
    from outreach.web.server import serving  # costs time to load, and most have no such page

    with ExitStack() as stack:
        try:
            stack.enter_context(serving(app))
        except Unavailable as error:
            log.warning("no_booking_page", error=error.message)  # letters go out all the same
        yield


def work_until_idle(settings: Settings) -> WorkDone:
    """Do all that is due now, settle what can be settled, and return how much that was."""
    app, worker = _start(settings, _embedded)
    try:
        return sweep_until_idle(app)
    finally:
        worker.stop(timeout=DRAIN_MILLISECONDS)
        app.close()


def _embedded(settings: Settings) -> dramatiq.Broker:
    """Set up the broker of this process alone, also where others share one: what is due now is done here."""
    broker = brokers.embedded_broker()
    stay_on_host(brokers.bind(open_app(settings)))
    return broker


def sweep_until_idle(app: App) -> WorkDone:
    """Run every due job through the embedded broker, again and again until none is due. Inboxes are read first."""
    broker = brokers.embedded_broker()
    _read_inboxes_now(app)
    done, seen, failures = 0, dict[Job, int](), list[str]()
    while fresh := [due.job for due in due_jobs(app) if seen.get(due.job, 0) < _OFTEN]:
        polls = [job for job in fresh if job.name == "poll_inbox"]
        for job in polls or fresh:
            seen[job] = seen.get(job, 0) + 1
            app.queue.poke(job)
        for queue in sorted(set(JOBS.values())):
            broker.join(queue, fail_fast=False)
        failures += _failures(broker)
        done += len(polls or fresh)
    return WorkDone(done, tuple(failures))


def _failures(broker: StubBroker) -> list[str]:
    """Return what the jobs that ended in an exception said, and forget them: their rows know what is left to do."""
    said = [
        f"{message.actor_name}: {message._exception!r}"
        for letters in broker.dead_letters_by_queue.values()
        for message in letters
    ]
    broker.dead_letters_by_queue.clear()
    return said


#: A job that stays due after so many tries in one sweep is left for the next: something else has to change first.
_OFTEN = 12


def _read_inboxes_now(app: App) -> None:
    with app.database.write(EVERYBODY) as session:
        session.execute(update(Account).where(Account.state == AccountState.ACTIVE).values(poll_due_at=app.now()))
        watched = Account.state == AccountState.ACTIVE, Account.events_due_at.is_not(None)
        session.execute(update(Account).where(*watched).values(events_due_at=app.now()))


def _start(settings: Settings, set_up: Callable[[Settings], dramatiq.Broker]) -> tuple[App, dramatiq.Worker]:
    broker = set_up(settings)
    _import_actors()
    worker = dramatiq.Worker(broker, worker_threads=THREADS, worker_timeout=50)
    worker.start()
    return brokers.app(), worker


def _import_actors() -> None:
    from workers import calendar, inbox, mail, sweeps  # noqa: F401 - importing binds them to the broker


def _stopped_by_signal() -> threading.Event:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop


def work_in(app: App) -> tuple[App, dramatiq.Worker, StubBroker]:
    """Start worker threads for an app that is already open, for rehearsals; the caller stops the worker."""
    broker = brokers.embedded_broker()
    bound = brokers.bind(app)
    _import_actors()
    worker = dramatiq.Worker(broker, worker_threads=THREADS, worker_timeout=50)
    worker.start()
    return bound, worker, broker
