"""``outreach rehearse``: what would leave when and what would follow, on a clock of its own; nothing is touched."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from outreach.cli.context import Desk, command

if TYPE_CHECKING:
    from outreach.demo.rehearse import Rehearsed


class _Answers(StrEnum):
    MIXED = "mixed"
    YES = "yes"
    SILENT = "silent"


def add_to(cli: typer.Typer) -> None:
    """Register the command."""
    command(cli, "rehearse", facts=True)(rehearse_queue)


def rehearse_queue(
    desk: Desk,
    to: Annotated[Path, typer.Option("--to", metavar="FILE", help="Where the page is written.")] = Path(
        "outreach-rehearsal.html"
    ),
    weeks: Annotated[int, typer.Option("--weeks", metavar="N", help="How far.")] = 4,
    answers: Annotated[_Answers, typer.Option("--answers", help="How the simulated people answer.")] = _Answers.MIXED,
    only_approved: Annotated[
        bool, typer.Option("--only-approved", help="Leave out drafts that are ready but not approved.")
    ] = False,
    automatic: Annotated[
        bool, typer.Option("--automatic", help="As if times were offered and booked without you.")
    ] = False,
) -> None:
    """Play the next weeks with simulated answers, and write what would happen as a page."""
    from outreach.cli.show import as_json
    from outreach.demo.rehearsal_page import rehearsal_page
    from outreach.demo.rehearse import Answers, rehearse
    from outreach.errors import Unavailable

    with desk.account() as (app, account), desk.progress("Rehearsing …") as show:
        rehearsed = rehearse(
            app,
            account.id,
            weeks=weeks,
            answers=Answers(answers.value),
            approve_drafts=not only_approved,
            automatic=automatic,
            say=show,
        )
    if desk.as_json:
        as_json(rehearsed)
        return
    try:
        to.write_text(rehearsal_page(rehearsed), encoding="utf-8")
    except OSError as error:
        raise Unavailable(f"{to} cannot be written: {error.strerror}. Name another file with --to.") from error
    _sum_up(desk, rehearsed, to)


def _sum_up(desk: Desk, rehearsed: Rehearsed, to: Path) -> None:
    from collections import Counter

    from outreach.cli.show import count, say, when

    moves = Counter(moment.moves.value for moment in rehearsed.moments)
    say(f"From {when(rehearsed.begins, rehearsed.zone)} to {when(rehearsed.ends, rehearsed.zone)}:")
    say(f"  {count(moves['out'], 'letter')} would leave, {count(moves['in'], 'simulated answer')} come in")
    say(f"  {count(moves['meeting'], 'meeting')}; {count(len(rehearsed.waiting), 'thing')} would wait for you")
    if rehearsed.approved:
        say(f"  {count(rehearsed.approved, 'draft')} taken for approved (--only-approved leaves them out)")
    say(f"{to}: day by day, each letter to unfold")
    if rehearsed.calendar:
        desk.note(f"your calendar could not be read, so times are offered as if it were empty: {rehearsed.calendar}")
    desk.note("nothing real was touched: no letter left, and nothing was changed")
