"""``outreach demo``: four weeks in some seconds, against simulated people only."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from outreach.cli.context import Desk, command

if TYPE_CHECKING:
    from outreach.demo.play import Played


def add_to(cli: typer.Typer) -> None:
    """Register the command."""
    command(cli, "demo", facts=True)(demo)


def demo(
    desk: Desk,
    folder: Annotated[
        Path, typer.Option("--folder", metavar="FOLDER", help="Where letters, invitations, chain and report are left.")
    ] = Path("outreach-demo"),
    people: Annotated[
        Path | None, typer.Option("--people", metavar="FILE", help="Play with your own list; nobody is written to.")
    ] = None,
) -> None:
    """Play four weeks with simulated people, and leave every letter in a folder. Nothing leaves this computer."""
    from outreach.cli.show import as_json, plain
    from outreach.demo.play import play
    from outreach.logs import log_to_stderr

    log_to_stderr()
    desk.note("Playing four weeks: everybody is simulated, and nothing leaves this computer.\n")
    played = play(
        folder.expanduser().absolute(),
        people,
        say=lambda line: None if desk.quiet or desk.as_json else typer.echo(plain(line)),
    )
    if desk.as_json:
        as_json(played)
    else:
        _sum_up(played)
    if played.doubled or played.report.thank_yous_on_time != played.report.thank_yous_owed:
        raise typer.Exit(1)


def _sum_up(played: Played) -> None:
    from outreach.cli.show import count, say
    from outreach.queries.report import ANSWER_WORDS

    report = played.report
    say(f"\nFour weeks, played in {played.seconds:.1f} seconds:")
    say(f"  {count(report.letters_sent, 'letter')} sent, {played.doubled} of them twice, by the mailbox's own ledger")
    say(f"  {count(report.meetings_held, 'meeting')} held; the loop was closed with {report.loops_closed} people")
    say(f"  {report.thank_yous_on_time} of {report.thank_yous_owed} thank-yous within 24 hours of the end")
    say(f"  {report.chain_depth} people deep is the longest chain; {report.debts_told} introducers were told")
    answers = (f"{number} {ANSWER_WORDS[name]}" for name, number in sorted(report.answers.items()))
    say(f"  what came in: {', '.join(answers)}")
    say(f"\nLeft in {played.folder}")
    for name, path in played.files.items():
        say(f"  {path.relative_to(played.folder)!s:<14} {_WHAT[name]}")
    say("\nTo do it for real:")
    say("  outreach account connect           give consent in your browser")
    say("  outreach queue people.csv          see the plan; nothing leaves without --yes")
    say("  outreach run                       send, read the inbox, remind, thank")


_WHAT = {
    "letters": "every letter as it was sent (.eml)",
    "invitations": "every invitation (.ics)",
    "chain": "who led to whom",
    "report": "one page with the figures: open it in a browser",
}
