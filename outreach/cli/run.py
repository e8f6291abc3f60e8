"""``outreach run`` and its kin: the commands that do the work."""

from __future__ import annotations

import logging
from typing import Annotated

import typer

from outreach.cli.context import Desk, command


def add_to(cli: typer.Typer) -> None:
    """Register the commands."""
    command(cli, "run")(run)
    command(cli, "work", facts=True)(work)
    command(cli, "ticker")(ticker)


def run(desk: Desk) -> None:
    """Send, read the inbox, remind and thank, until stopped."""
    from outreach.logs import log_to_stderr
    from workers.run import run_everything

    settings = desk.settings()
    log_to_stderr(level=logging.WARNING if desk.quiet else logging.INFO, form=settings.observe.log)
    run_everything(settings, started=lambda: desk.note(f"working for {settings.home}; stop with Ctrl-C"))


def work(
    desk: Desk,
    until_idle: Annotated[bool, typer.Option("--until-idle", help="All that is due now, then stop.")] = False,
) -> None:
    """Do all that is due now, and stop."""
    from outreach.cli.show import as_json, count, simple
    from outreach.logs import log_to_stderr
    from outreach.queries.held_back import held_back
    from workers.run import work_until_idle

    if not until_idle:
        raise typer.BadParameter("say --until-idle (or `outreach run`, which goes on)")
    log_to_stderr(level=logging.INFO if desk.debug else logging.WARNING)
    settings = desk.settings()
    done = work_until_idle(settings)
    with desk.app() as app:
        held = held_back(app)
    if desk.as_json:
        as_json({**simple(done), "held_back": held})
    for one in held:
        letters = f"{count(one.letters, 'letter waits', 'letters wait')}" if one.letters else "the inbox is not read"
        desk.note(f"{one.address}: {letters}: {one.reason}")
    for failure in done.failures:
        desk.note(f"went wrong, and is tried again when it falls due: {failure}")
    desk.note(f"{count(done.jobs, 'job')} done, nothing is due now")


def ticker(desk: Desk) -> None:
    """Poke workers of a shared broker about what is due."""
    import signal
    import threading

    from outreach.errors import Misconfigured
    from outreach.logs import log_to_stderr
    from workers import broker
    from workers.health import serve_health
    from workers.ticker import Ticker

    settings = desk.settings()
    if not settings.broker_url:
        raise Misconfigured("A ticker alone needs a broker that workers share: set OUTREACH_BROKER_URL, or `run`.")
    log_to_stderr(level=logging.INFO, form=settings.observe.log)
    broker.setup_broker(settings)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with serve_health(broker.app()):
        Ticker(broker.app()).run(stop)
