"""``outreach clock``: look at the time, and move it in a rehearsal."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from outreach.cli.context import Desk, command

group = typer.Typer(
    help="The time; in a rehearsal it is moved by hand.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


def add_to(cli: typer.Typer) -> None:
    """Register the commands."""
    cli.add_typer(group, name="clock")


@command(group, "show", facts=True)
def clock_show(desk: Desk) -> None:
    """Say what time it is."""
    with desk.app() as app:
        _show(desk, app.now(), kind=app.settings.clock)


@command(group, "advance", facts=True)
def clock_advance(
    desk: Desk, duration: Annotated[str, typer.Argument(metavar="DURATION", help="As 20h, 3d, 90m, 1w, 1h30m.")]
) -> None:
    """Move simulated time on."""
    from outreach.actions.move_clock import advance_clock
    from outreach.rules.durations import parse_duration

    by = parse_duration(duration)
    with desk.app() as app:
        _show(desk, advance_clock(app, by), kind=app.settings.clock)


@command(group, "set", facts=True)
def clock_set(
    desk: Desk,
    moment: Annotated[str, typer.Argument(metavar="ISO", help="As 2026-03-02T09:00Z; UTC unless a zone is named.")],
) -> None:
    """Set simulated time."""
    from outreach.actions.move_clock import set_clock
    from outreach.rules.zones import parse_when

    wanted = parse_when(moment, "UTC", datetime(1970, 1, 1, tzinfo=UTC))
    with desk.app() as app:
        _show(desk, set_clock(app, wanted), kind=app.settings.clock)


def _show(desk: Desk, moment: datetime, *, kind: str) -> None:
    from outreach.cli.show import as_json, say

    if desk.as_json:
        as_json({"now": moment, "clock": kind})
    else:
        say(f"{moment.isoformat(timespec='seconds')} ({kind})")
