"""``outreach thank``: say what you talked about; the thank-you leaves at the next polite moment."""

from __future__ import annotations

from typing import Annotated

import typer

from outreach.cli.context import Desk, command


def add_to(cli: typer.Typer) -> None:
    """Register the command."""
    command(cli, "thank", facts=True)(thank)


def thank(
    desk: Desk,
    meeting: Annotated[str, typer.Argument(metavar="MEETING", help="The meeting's id, or the contact you met.")],
    topics: Annotated[
        list[str] | None,
        typer.Option(
            "--topic", metavar="WORDS", help="What you talked about, as it would follow 'about'; once or twice."
        ),
    ] = None,
    note: Annotated[str, typer.Option("--note", help="For your own memory; never sent.")] = "",
    referrals: Annotated[
        list[str] | None,
        typer.Option(
            "--referral",
            metavar="WHO",
            help='Somebody they named: "Name <address>", or the name alone; may be repeated.',
        ),
    ] = None,
    name_private: Annotated[
        bool, typer.Option("--name-private", help="Do not name them when writing to those they named.")
    ] = False,
) -> None:
    """Say what you talked about and whom they named; the thank-you goes out within 24 hours of the end."""
    from outreach.actions.record_debrief import record_debrief
    from outreach.cli.schedule import show_meeting
    from outreach.queries.find import find_meeting

    with desk.account() as (app, account):
        meeting_id = find_meeting(app, account.id, meeting)
        done = record_debrief(
            app,
            account.id,
            meeting_id,
            topics=topics or [],
            notes=note,
            referrals=referrals or [],
            may_use_name=not name_private,
        )
        show_meeting(desk, app, account, meeting_id)
    if done.thanked_before:
        desk.note("the thank-you had left before; what you said now is kept for yourself")
