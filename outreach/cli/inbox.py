"""``outreach inbox``: what came in and how it was understood."""

from __future__ import annotations

from typing import Annotated

import typer

from outreach.cli.context import Desk, command

group = typer.Typer(
    help="Messages that came in, and how they were understood.", no_args_is_help=True, rich_markup_mode=None
)


def add_to(cli: typer.Typer) -> None:
    """Register the commands."""
    cli.add_typer(group, name="inbox")


@command(group, "list", facts=True)
def inbox_list(
    desk: Desk, limit: Annotated[int, typer.Option("--limit", min=1, metavar="N", help="At most so many.")] = 50
) -> None:
    """List messages, newest first."""
    from outreach.cli.show import as_json, table, when
    from outreach.queries.inbox import inbox

    with desk.account() as (app, account):
        lines = inbox(app, account.id, limit=limit)
    if desk.as_json:
        as_json(lines)
        return
    table(
        [
            (
                *(line.id[:8], when(line.received_at, account.zone), line.from_name or line.from_address),
                *(line.answer.replace("_", " "), line.done or "-"),
            )
            for line in lines
        ],
        headers=("id", "received", "from", "understood as", "done"),
    )


@command(group, "show", facts=True)
def inbox_show(
    desk: Desk,
    message: Annotated[str, typer.Argument(metavar="ID", help="The message's id, or its first characters.")],
) -> None:
    """Show one message: the new words, and what they were taken for, with the evidence."""
    from outreach.cli.show import as_json, pairs, say, when
    from outreach.queries.find import find_inbound
    from outreach.queries.inbox import inbox_message

    with desk.account() as (app, account):
        line = inbox_message(app, account.id, find_inbound(app, account.id, message))
    if desk.as_json:
        as_json(line)
        return
    pairs(
        [
            ("message", line.id),
            ("from", f"{line.from_name} <{line.from_address}>"),
            ("received", when(line.received_at, account.zone)),
            ("subject", line.subject),
            ("understood as", f"{line.answer.replace('_', ' ')} ({line.confidence:.0%} sure)"),
            ("because", line.evidence),
            ("done", line.done),
        ]
    )
    say(f"\n{line.said}")
