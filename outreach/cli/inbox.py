"""``outreach inbox``: what came in and how it was understood."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from outreach.cli.context import Desk, command
from outreach.rules.kinds import Answer

if TYPE_CHECKING:
    from datetime import datetime

    from outreach.actions.explain_message import Explained
    from outreach.rules.instants import Span

#: How long an offered time is taken to be, where only its begin is told.
_LENGTH = timedelta(minutes=30)

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


@command(group, "correct")
def inbox_correct(
    desk: Desk,
    message: Annotated[str, typer.Argument(metavar="ID", help="The message's id, or its first characters.")],
    answer: Annotated[
        Answer,
        typer.Option("--as", metavar="WHAT", help="What it is: yes, no, no_with_name, question, opt_out, other ..."),
    ],
    slot: Annotated[
        int | None, typer.Option("--slot", min=1, metavar="N", help="The offered time that they chose (yes_with_time).")
    ] = None,
) -> None:
    """Say what a message really is; what follows from that is done, and what followed before is taken back."""
    from outreach.actions.correct_answer import correct_answer
    from outreach.cli.show import say
    from outreach.queries.find import find_inbound

    with desk.account() as (app, account):
        found = find_inbound(app, account.id, message)
        say(correct_answer(app, account.id, found, answer, slot=slot))


@command(group, "explain", facts=True)
def inbox_explain(
    desk: Desk,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Messages as .eml; - reads stdin.")],
    contact: Annotated[
        str, typer.Option("--contact", metavar='"NAME <ADDRESS>"', help="Who was written to, when it matters.")
    ] = "",
    zone: Annotated[str, typer.Option("--zone", metavar="ZONE", help="Their zone, like Europe/Berlin.")] = "UTC",
    slots: Annotated[
        str, typer.Option("--slots", metavar="ISO,ISO,ISO", help="When the times begin that were offered to them.")
    ] = "",
    original: Annotated[
        Path | None, typer.Option("--original", metavar="FILE", help="The letter that they answer, as .eml.")
    ] = None,
) -> None:
    """Say what messages would be understood as, and what would be done; reads no mailbox and changes nothing.

    With --json one object a line, in the order of the files.
    """
    from outreach.actions.explain_message import explain_message
    from outreach.cli.files import read_file
    from outreach.clock import SystemClock
    from outreach.rules.addresses import parse_mailbox
    from outreach.rules.zones import zone as zone_of

    zone_name = zone_of(zone).key
    spans = _spans(slots, zone_name)
    address = parse_mailbox(contact).email if contact else ""
    letter = read_file(original)[0] if original is not None else None
    now = SystemClock().now()
    for file in files:
        raw, name = read_file(file)
        explained = explain_message(
            raw, zone_name=zone_name, slots=spans, contact_address=address, original=letter, now=now
        )
        _tell(desk, str(file) if str(file) != "-" else name, explained)


def _spans(text: str, zone_name: str) -> list[Span]:
    """Return the offered times: each an instant, or two with a slash between; a wall time is read in their zone."""
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from outreach.errors import BadInput
    from outreach.rules.instants import Span

    spans = []
    for piece in filter(None, (each.strip() for each in text.split(","))):
        begins, _, ends = piece.partition("/")
        try:
            start = datetime.fromisoformat(begins)
            start = start if start.tzinfo else start.replace(tzinfo=ZoneInfo(zone_name))
            end = datetime.fromisoformat(ends) if ends else start + _LENGTH
            spans.append(Span(start, end if end.tzinfo else end.replace(tzinfo=ZoneInfo(zone_name))))
        except ValueError as error:
            raise BadInput(f"{piece!r} is no time like 2027-03-09T15:00+01:00 for --slots.") from error
    return spans


def _tell(desk: Desk, name: str, explained: Explained) -> None:
    import json

    from outreach.cli.show import pairs, say, simple

    if desk.as_json:
        facts = simple(explained)
        say(json.dumps({"file": name, "class": facts.pop("answer"), **facts}, ensure_ascii=False))
        return
    chosen = explained.chosen_slot
    pairs(
        [
            ("file", name),
            ("understood as", f"{explained.answer.replace('_', ' ')} ({explained.confidence:.0%} sure)"),
            ("because", list(explained.evidence)),
            ("calendar", explained.calendar),
            ("back on", explained.returns_on and explained.returns_on.isoformat()),
            ("chosen", f"{chosen.number}: {chosen.start:%Y-%m-%d %H:%M %Z}" if chosen else ""),
            ("times", [_in_words(each.start, each.end, each.zone) for each in explained.times]),
            ("named", [f"{each.name} <{each.address}>" if each.address else each.name for each in explained.names]),
            ("does not reach", explained.failed_address),
            ("would do", explained.would),
        ]
    )
    say()


def _in_words(start: datetime, end: datetime | None, zone: str) -> str:
    return f"{start:%a %Y-%m-%d %H:%M}{f' to {end:%H:%M}' if end else ''} {zone}"
