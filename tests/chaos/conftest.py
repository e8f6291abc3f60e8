"""The three backends on which a promise must hold, each with servers of its own where none is given."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import services
from tests.chaos import crew

#: What one database and one broker are called together.
SQLITE, REDIS, RABBITMQ = "sqlite", "postgresql+redis", "postgresql+rabbitmq"
BACKENDS = (SQLITE, REDIS, RABBITMQ)


@dataclass(frozen=True)
class Backend:
    """Where the truth lies, and through what pokes go; empty for what a home has by itself."""

    name: str
    database_url: str = ""
    broker_url: str = ""

    @property
    def is_shared(self) -> bool:
        """Return whether many workers share a broker."""
        return bool(self.broker_url)


@pytest.fixture(autouse=True)
def _nobody_is_left() -> Iterator[None]:
    yield
    crew.end_all()


@pytest.fixture(scope="session")
def brokers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], str]]:
    """Start each broker when it is first asked for; ends the test by name where one cannot be had."""
    running: dict[str, tuple[AbstractContextManager[str], str]] = {}
    makers = {REDIS: services.redis, RABBITMQ: services.rabbitmq}

    def ask(name: str) -> str:
        if name not in running:
            server = makers[name](tmp_path_factory.mktemp("broker"))
            try:
                running[name] = (server, server.__enter__())
            except LookupError as error:
                pytest.skip(str(error))
        return running[name][1]

    yield ask
    for server, _ in running.values():
        server.__exit__(None, None, None)


Open = Callable[[str], AbstractContextManager[Backend]]


@pytest.fixture
def backend_called(request: pytest.FixtureRequest) -> Open:
    """Return what opens a backend by name, with an empty database."""

    @contextmanager
    def called(name: str) -> Iterator[Backend]:
        if name == SQLITE:
            yield Backend(name)
            return
        broker_url = request.getfixturevalue("brokers")(name) if name in (REDIS, RABBITMQ) else ""
        with services.fresh_database(request.getfixturevalue("postgresql_server")) as database_url:
            yield Backend(name, database_url, broker_url)

    return called


@pytest.fixture
def server_called(tmp_path: Path) -> Callable[[str], services.RedisServer | services.RabbitmqServer]:
    """Return what makes a broker of the test's own, to be flushed and killed; one that was given is not ours."""

    def called(name: str) -> services.RedisServer | services.RabbitmqServer:
        try:
            return services.RedisServer(tmp_path) if name == REDIS else services.RabbitmqServer(tmp_path)
        except LookupError as error:
            pytest.skip(str(error))

    return called
