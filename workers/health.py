"""What an operator asks a worker process: /livez, /readyz and /metrics (Prometheus text), on a port of its own."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from outreach.app import App
from outreach.errors import OutreachError, Unavailable
from outreach.queries.gauges import gauges
from outreach.queries.readiness import readiness


@contextmanager
def serve_health(app: App) -> Iterator[str | None]:
    """Serve while the block runs, if ``observe.port`` says so; yield the address, None when nothing is served.

    Raises Unavailable when the port cannot be had.
    """
    wanted = app.settings.observe
    if wanted.port is None:
        yield None
        return
    try:
        server = _Server((wanted.host, wanted.port), app)
    except OSError as error:
        raise Unavailable(f"observe.port {wanted.port} on {wanted.host} cannot be used: {error.strerror}.") from error
    thread = threading.Thread(target=server.serve_forever, args=(0.1,), name="health", daemon=True)
    thread.start()
    try:
        yield f"http://{wanted.host}:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], app: App) -> None:
        self.app = app
        self.registry = CollectorRegistry()
        self.registry.register(_Figures(app))
        super().__init__(address, _Handler)


class _Figures(Collector):
    """Reads the rows when it is asked, so that every process tells the same."""

    def __init__(self, app: App) -> None:
        self._app = app

    def describe(self) -> list[Metric]:
        """Return nothing: what there is depends on the rows, and registering must not ask the database."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield the figures of this moment."""
        found = gauges(self._app)
        yield _by_state("outreach_letters", "Letters by state.", found.letters)
        yield _by_state("outreach_accounts", "Accounts by state.", found.accounts)
        yield _by("priority", "outreach_due_letters", "Letters whose time has come, 0 the most urgent.", found.due)
        oldest = "How long ago the letter that waits longest fell due: the lag past due."
        yield GaugeMetricFamily("outreach_oldest_due_seconds", oldest, value=found.oldest_due)
        if found.thank_you_slack is not None:
            slack = "How long until the nearest deadline of a thank-you that is owed; negative when it is missed."
            yield GaugeMetricFamily("outreach_thank_you_slack_seconds", slack, value=found.thank_you_slack)


def _by_state(name: str, words: str, counts: dict[str, int]) -> GaugeMetricFamily:
    return _by("state", name, words, counts)


def _by(label: str, name: str, words: str, counts: dict[str, int]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, words, labels=[label])
    for value, count in sorted(counts.items()):
        family.add_metric([value], count)
    return family


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        if self.path == "/livez":
            self._answer(200, "text/plain", b"ok\n")
        elif self.path == "/readyz":
            reasons = readiness(self.server.app)
            body = json.dumps({"ready": not reasons, "reasons": reasons}).encode()
            self._answer(503 if reasons else 200, "application/json", body)
        elif self.path == "/metrics":
            self._metrics()
        else:
            self._answer(404, "text/plain", b"There are /livez, /readyz and /metrics.\n")

    def _metrics(self) -> None:
        try:
            body = generate_latest(self.server.registry)
        except OutreachError as error:
            self._answer(503, "text/plain", f"{error.message}\n".encode())
        else:
            self._answer(200, "text/plain; version=0.0.4; charset=utf-8", body)

    def _answer(self, code: int, kind: str, body: bytes) -> None:
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - named by the standard library
        """Say nothing: being asked every few seconds is no news."""
