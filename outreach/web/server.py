"""Serves the site, in a thread beside other work or until the process is told to stop."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from outreach.app import App
from outreach.errors import Unavailable
from outreach.web.site import make_site

#: Seconds for which requests under way are waited for at the end.
_DRAIN = 10
#: Two hundred guests at once are served; half of the descriptors that a process usually has are left for other work.
_MOST_CONNECTIONS = 512


@contextmanager
def serving(app: App, site: ASGIApp | None = None) -> Iterator[str]:
    """Serve while the block runs; yield the address. Raises Unavailable when the port cannot be had."""
    wanted = app.settings.web
    taken = _listen(wanted.host, wanted.port)
    server = uvicorn.Server(_config(site or make_site(app)))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [taken]}, name="web", daemon=True)
    thread.start()
    try:
        while not server.started and thread.is_alive():
            time.sleep(0.01)
        yield f"http://{wanted.host}:{taken.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(_DRAIN + 5)
        with contextlib.suppress(OSError):
            taken.close()


def _listen(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), backlog=512)
    except OSError as error:
        raise Unavailable(f"web.port {port} on {host} cannot be used: {error.strerror}.") from error


def _config(site: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        site,
        log_config=None,
        access_log=False,  # addresses of pages are secrets
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=_DRAIN,
        timeout_keep_alive=15,
        limit_concurrency=_MOST_CONNECTIONS,
        h11_max_incomplete_event_size=32_768,
    )
