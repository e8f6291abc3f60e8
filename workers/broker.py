"""Chooses the broker and holds the app that actors run with.

``dramatiq workers.broker:setup_broker workers.mail workers.calendar workers.inbox workers.sweeps`` calls
``setup_broker`` before it imports the actors, so that they bind to the broker chosen here.
"""

from __future__ import annotations

import logging
import threading

import dramatiq
from dramatiq.brokers.stub import StubBroker
from dramatiq.middleware import Callbacks, Pipelines, Retries

from outreach.actions.stay_on_host import stay_on_host
from outreach.app import App, open_app
from outreach.errors import Misconfigured
from outreach.logs import log_to_stderr
from outreach.settings import Settings, load_settings
from workers.dramatiq_queue import DramatiqQueue

_app: App | None = None


def app() -> App:
    """Return the app that this process works for."""
    if _app is None:
        raise Misconfigured("No broker is set up: start workers with `dramatiq workers.broker:setup_broker …`.")
    return _app


def bind(running: App) -> App:
    """Make actors of this process work for ``running`` from now on, poking through the global broker."""
    global _app  # noqa: PLW0603 - Dramatiq's actors are bound to their process, not to an object
    _app = App(**{**vars(running), "queue": DramatiqQueue(dramatiq.get_broker())})
    _app.mark.name()  # from now on others see that a worker is at this home, though it holds no letter yet
    return _app


def setup_broker(settings: Settings | None = None) -> dramatiq.Broker:
    """Set the process-wide broker as the settings say and open the app; what Dramatiq's command line calls."""
    if settings is None:  # called by Dramatiq's command line, which knows nothing of our log
        settings = load_settings()
        log_to_stderr(level=logging.INFO, form=settings.observe.log)
    broker = _choose(settings.broker_url)
    dramatiq.set_broker(broker)
    app = bind(open_app(settings))
    stay_on_host(app)
    return broker


def embedded_broker() -> StubBroker:
    """Return the broker of the one-process product, made once: actors bind to the first one they meet."""
    if not _embedded:
        _embedded.append(StubBroker(middleware=_middleware()))
        dramatiq.set_broker(_embedded[0])
    return _embedded[0]


_embedded: list[StubBroker] = []
#: Set when this process's workers are to stop: jobs that do one thing after another end with the present one.
stopping = threading.Event()


class _Stopping(dramatiq.Middleware):
    """Says when the workers of this process are told to stop."""

    def after_worker_boot(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        stopping.clear()

    def before_worker_shutdown(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        stopping.set()


def _middleware() -> list[dramatiq.Middleware]:
    # No TimeLimit and no ShutdownNotifications: they raise inside a thread, maybe between Google's 200 and our
    # commit. No AgeLimit: a poke never grows too old. Retries must be there for actors to say that they want none.
    return [Callbacks(), Pipelines(), Retries(max_retries=0), _Stopping()]


def _choose(url: str) -> dramatiq.Broker:
    if not url:
        return embedded_broker()
    scheme = url.partition(":")[0]
    if scheme in {"redis", "rediss", "unix"}:
        return _redis(url)
    if scheme in {"amqp", "amqps"}:
        return _rabbitmq(url)
    raise Misconfigured(f"OUTREACH_BROKER_URL is {url!r}; it must begin with redis:// or amqp://, or be empty.")


#: Seconds after which a broker that does not answer is taken for one that is away.
_PATIENCE = 5


def _redis(url: str) -> dramatiq.Broker:
    import redis
    from dramatiq.brokers.redis import RedisBroker

    client = redis.Redis.from_url(url, socket_timeout=_PATIENCE, socket_connect_timeout=_PATIENCE)
    # The default chance leaves the messages of a killed worker lying for a quarter of an hour.
    return RedisBroker(client=client, middleware=_middleware(), maintenance_chance=100_000)  # type: ignore[no-untyped-call]


def _rabbitmq(url: str) -> dramatiq.Broker:
    from dramatiq.brokers.rabbitmq import RabbitmqBroker

    waits = f"socket_timeout={_PATIENCE}&stack_timeout={_PATIENCE}&blocked_connection_timeout={_PATIENCE}"
    patient = f"{url}{'&' if '?' in url else '?'}{waits}"
    return RabbitmqBroker(url=patient, middleware=_middleware(), confirm_delivery=True)
