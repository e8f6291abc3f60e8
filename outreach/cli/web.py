"""``outreach web``: the booking page that guests see."""

from __future__ import annotations

import logging

import typer

from outreach.cli.context import Desk, command


def add_to(cli: typer.Typer) -> None:
    """Register the command."""
    command(cli, "web")(web)


def web(desk: Desk) -> None:
    """Serve the booking page until stopped; `outreach run` does so too where web.base_url is set."""
    import signal
    import threading

    from outreach.logs import log_to_stderr
    from outreach.web.server import serving

    log_to_stderr(level=logging.WARNING if desk.quiet else logging.INFO, form=desk.settings().observe.log)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with desk.app() as app, serving(app) as address:
        outside = app.settings.web.base_url
        desk.note(f"serving at {address}; stop with Ctrl-C")
        if not outside:
            desk.note("letters have no link to it: set web.base_url to where guests reach it")
        stop.wait()
