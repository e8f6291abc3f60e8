"""``outreach referral``: who led to whom, and what is owed for it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from outreach.cli.context import Desk, command
from outreach.cli.files import write_file

group = typer.Typer(help="Who led to whom, and what is owed for it.", no_args_is_help=True, rich_markup_mode=None)


def add_to(cli: typer.Typer) -> None:
    """Register the commands."""
    cli.add_typer(group, name="referral")


@command(group, "tree", facts=True)
def referral_tree(
    desk: Desk,
    svg: Annotated[Path | None, typer.Option("--svg", metavar="FILE", help="Write it as a picture too.")] = None,
) -> None:
    """Draw who led to whom."""
    import shutil

    from outreach.cli.show import as_json, say
    from outreach.queries.referral_chain import referral_chain
    from outreach.rules.tree_svg import draw_svg
    from outreach.rules.tree_text import draw_text

    with desk.account() as (app, account):
        chain = referral_chain(app, account.id)
    if svg is not None:
        write_file(svg, draw_svg(chain))
        desk.note(f"drawn in {svg}")
    if desk.as_json:
        as_json(
            {
                "people": [{**vars(person), "standing": person.standing} for person in chain.people],
                "links": chain.links,
            }
        )
    elif chain.people:
        say(draw_text(chain, width=shutil.get_terminal_size((100, 24)).columns))
    else:
        desk.note("nobody led to anybody yet")


@command(group, "debts", facts=True)
def referral_debts(desk: Desk) -> None:
    """List what is owed to introducers, drafted, told."""
    from outreach.cli.show import as_json, table
    from outreach.queries.debts import debts

    with desk.account() as (app, account):
        lines = debts(app, account.id)
    if desk.as_json:
        as_json(lines)
        return
    table(
        [
            (
                *(line.id[:8], line.debt, line.introducer, line.introduced, line.outcome),
                line.letter_id[:8] if line.letter_id else "",
            )
            for line in lines
        ],
        headers=("id", "state", "tell", "about", "what came of it", "letter"),
    )
    desk.note("approve the news with `outreach referral tell ID`" if lines else "nothing is owed")


@command(group, "tell")
def referral_tell(
    desk: Desk,
    referral: Annotated[str, typer.Argument(metavar="ID", help="From `outreach referral debts`.")],
) -> None:
    """Approve the letter that tells an introducer what came of it."""
    from outreach.actions.approve_letters import approve_letters
    from outreach.cli.show import say, when
    from outreach.errors import NotAllowed
    from outreach.queries.debts import report_back_letter
    from outreach.queries.find import find_referral
    from outreach.queries.letters import letter_view

    with desk.account() as (app, account):
        letter_id = report_back_letter(app, account.id, find_referral(app, account.id, referral))
        plans = approve_letters(app, account.id, [letter_id])
        line = letter_view(app, account.id, letter_id).line
    if not plans:
        raise NotAllowed(f"The letter to {line.to_name} is {line.state} already.")
    if plans[0].obstacles:
        raise NotAllowed(f"The letter to {line.to_name} is not ready.", problems=plans[0].obstacles)
    say(f"{letter_id[:8]}  {line.to_name}  leaves {when(line.due_at, line.zone)}  {line.why_then}")
