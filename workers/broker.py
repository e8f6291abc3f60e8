"""Chooses the broker and holds the app that actors run with.

``dramatiq workers.broker:setup_broker workers.mail workers.calendar workers.inbox workers.sweeps`` calls
``setup_broker`` before it imports the actors, so that they bind to the broker chosen here.
"""

from __future__ import annotations

import dramatiq
from dramatiq.brokers.stub import StubBroker
from dramatiq.middleware import Callbacks, Pipelines, Retries

from outreach.app import App, open_app
from outreach.errors import Misconfigured
from outreach.queue import JOBS
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
    return _app


def setup_broker(settings: Settings | None = None) -> dramatiq.Broker:
    """Set the process-wide broker as the settings say and open the app; what Dramatiq's command line calls."""
    settings = settings or load_settings()
    broker = _choose(settings.broker_url)
    for queue in sorted(set(JOBS.values())):
        broker.declare_queue(queue)
    dramatiq.set_broker(broker)
    bind(open_app(settings))
    return broker


def embedded_broker() -> StubBroker:
    """Return the broker of the one-process product, made once: actors bind to the first one they meet."""
    broker = _embedded[0] if _embedded else StubBroker(middleware=_middleware())
    if not _embedded:
        _embedded.append(broker)
        for queue in sorted(set(JOBS.values())):
            broker.declare_queue(queue)
        dramatiq.set_broker(broker)
    return broker


_embedded: list[StubBroker] = []


def _middleware() -> list[dramatiq.Middleware]:
    # No TimeLimit and no ShutdownNotifications: they raise inside a thread, maybe between Google's 200 and our
    # commit. No AgeLimit: a poke never grows too old. Retries must be there for actors to say that they want none.
    return [Callbacks(), Pipelines(), Retries(max_retries=0)]


def _choose(url: str) -> dramatiq.Broker:
    if not url:
        return embedded_broker()
    scheme = url.partition(":")[0]
    if scheme in {"redis", "rediss", "unix"}:
        from dramatiq.brokers.redis import RedisBroker

        # The default leaves the messages of a killed worker lying for a quarter of an hour.
        return RedisBroker(url=url, middleware=_middleware(), maintenance_chance=100_000)  # type: ignore[no-untyped-call]
    if scheme in {"amqp", "amqps"}:
        from dramatiq.brokers.rabbitmq import RabbitmqBroker

        return RabbitmqBroker(url=url, middleware=_middleware(), confirm_delivery=True)
    raise Misconfigured(f"OUTREACH_BROKER_URL is {url!r}; it must begin with redis:// or amqp://, or be empty.")
