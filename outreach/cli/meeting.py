"""``outreach meeting``: look at meetings, move and cancel them, say whether they were held."""

from __future__ import annotations

from typing import Annotated

import typer

from outreach.cli.context import Desk, command
from outreach.cli.schedule import show_meeting

group = typer.Typer(help="Meetings: look, move, cancel, say whether held.", no_args_is_help=True, rich_markup_mode=None)
Which = Annotated[
    str, typer.Argument(metavar="MEETING", help="The meeting's id or its first characters, or the contact.")
]


def add_to(cli: typer.Typer) -> None:
    """Register the commands."""
    cli.add_typer(group, name="meeting")


@command(group, "list", facts=True)
def meeting_list(
    desk: Desk,
    everything: Annotated[bool, typer.Option("--all", help="Over or cancelled ones too.")] = False,
) -> None:
    """List meetings, the next one first."""
    from outreach.cli.show import as_json, table, when
    from outreach.queries.meetings import meetings

    with desk.account() as (app, account):
        lines = meetings(app, account.id, since=None if everything else app.now())
        lines = [line for line in lines if everything or line.status != "cancelled"]
    if desk.as_json:
        as_json(lines)
        return
    table(
        [
            (
                *(line.id[:8], when(line.starts_at, line.own_zone), line.with_name, line.organization),
                *(line.place_kind, line.status.replace("_", " ")),
            )
            for line in lines
        ],
        headers=("id", "your time", "with", "organization", "place", "status"),
    )


@command(group, "show", facts=True)
def meeting_show(desk: Desk, meeting: Which) -> None:
    """Show one meeting with its letters."""
    from outreach.queries.find import find_meeting

    with desk.account() as (app, account):
        show_meeting(desk, app, account, find_meeting(app, account.id, meeting))


@command(group, "move", facts=True)
def meeting_move(
    desk: Desk,
    meeting: Which,
    at: Annotated[
        str, typer.Option("--at", metavar="WHEN", help="The new time: 2026-03-03T10:00, in your zone or one you name.")
    ],
) -> None:
    """Move a meeting; the other side gets the new invitation."""
    from outreach.actions.move_meeting import move_meeting
    from outreach.queries.accounts import whereabouts_of
    from outreach.queries.find import find_meeting

    with desk.account() as (app, account):
        meeting_id = find_meeting(app, account.id, meeting)
        move_meeting(app, account.id, meeting_id, whereabouts_of(app, account.id).parse(at, app.now()))
        show_meeting(desk, app, account, meeting_id)


@command(group, "cancel")
def meeting_cancel(desk: Desk, meeting: Which) -> None:
    """Cancel a meeting; the other side is told, and no thank-you is owed."""
    from outreach.actions.cancel_meeting import cancel_meeting
    from outreach.queries.find import find_meeting

    with desk.account() as (app, account):
        meeting_id = find_meeting(app, account.id, meeting)
        told = cancel_meeting(app, account.id, meeting_id)
    desk.note("cancelled; the other side is told by letter" if told else "cancelled; nobody had been told of it yet")


@command(group, "held")
def meeting_held(desk: Desk, meeting: Which) -> None:
    """Say that a meeting took place."""
    _mark(desk, meeting, held=True)


@command(group, "not-held")
def meeting_not_held(desk: Desk, meeting: Which) -> None:
    """Say that a meeting did not take place: no thank-you is owed."""
    _mark(desk, meeting, held=False)


def _mark(desk: Desk, meeting: str, *, held: bool) -> None:
    from outreach.actions.mark_meeting import mark_meeting
    from outreach.queries.find import find_meeting

    with desk.account() as (app, account):
        mark_meeting(app, account.id, find_meeting(app, account.id, meeting), held=held)
    desk.note("noted as held" if held else "noted as not held: no thank-you goes out")
