"""``outreach letter``: look at letters, approve, edit, cancel them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from outreach.cli.context import Desk, command

if TYPE_CHECKING:
    from outreach.app import App
    from outreach.queries.letters import LetterView
    from outreach.rules.kinds import LetterState

group = typer.Typer(help="Look at letters; approve, edit, cancel them.", no_args_is_help=True, rich_markup_mode=None)
Ids = Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Ids, or their first characters.")]
Id = Annotated[str, typer.Argument(metavar="ID", help="The letter's id, or its first characters.")]


def add_to(cli: typer.Typer) -> None:
    """Register the commands."""
    cli.add_typer(group, name="letter")


@command(group, "list", facts=True)
def letter_list(
    desk: Desk,
    state: Annotated[
        str | None, typer.Option("--state", metavar="STATE", help="Only drafted, scheduled, sent, failed, …")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, metavar="N", help="At most so many.")] = 200,
) -> None:
    """List letters, drafts first."""
    from outreach.cli.show import as_json, table, when
    from outreach.queries.letters import letters

    states = [_state(state)] if state else None
    with desk.account() as (app, account):
        lines = letters(app, account.id, states=states, limit=limit)
    if desk.as_json:
        as_json(lines)
        return
    table(
        [
            (
                *(line.id[:8], line.to_name, line.kind.replace("_", " "), line.state),
                *(when(line.sent_at or line.due_at, line.zone), line.subject),
            )
            for line in lines
        ],
        headers=("id", "to", "letter", "state", "when (their time)", "subject"),
    )


def _state(name: str) -> LetterState:
    from outreach.errors import BadInput
    from outreach.rules.kinds import LetterState

    try:
        return LetterState(name.lower())
    except ValueError as error:
        raise BadInput(f"{name[:40]!r} is no state of a letter: write one of {', '.join(LetterState)}.") from error


@command(group, "show", facts=True)
def letter_show(
    desk: Desk,
    letter: Id,
    raw: Annotated[bool, typer.Option("--raw", help="Print the bytes as they are sent (approved letters).")] = False,
) -> None:
    """Show one letter: of an approved one, exactly what is sent."""
    from outreach.cli.show import as_json, simple
    from outreach.errors import NotAllowed
    from outreach.queries.find import find_letter
    from outreach.queries.letters import letter_view

    with desk.account() as (app, account):
        view = letter_view(app, account.id, find_letter(app, account.id, letter))
    if raw:
        if view.raw is None:
            raise NotAllowed("A draft has no bytes yet: they are made, once, when it is approved.")
        sys.stdout.buffer.write(view.raw)
    elif desk.as_json:
        as_json({**simple(view.line), **{k: v for k, v in simple_view(view).items() if k != "line"}})
    else:
        _show(view)


def simple_view(view: LetterView) -> dict[str, object]:
    """Return the letter as JSON knows it, its bytes as text."""
    from dataclasses import replace

    from outreach.cli.show import simple

    found: dict[str, object] = simple(replace(view, raw=None))
    return found | {"raw": view.raw.decode("ascii", "backslashreplace") if view.raw else None}


def _show(view: LetterView) -> None:
    from outreach.cli.show import pairs, say, when

    line = view.line
    pairs(
        [
            ("letter", f"{line.id}  {line.kind.replace('_', ' ')}  {line.state}"),
            ("to", f"{line.to_name} <{line.to_address or 'no address'}>"),
            ("subject", line.subject),
            ("leaves", when(line.due_at, line.zone) if line.sent_at is None else ""),
            ("why then", line.why_then if line.sent_at is None else ""),
            ("sent", when(line.sent_at, line.zone)),
            ("not later than", when(line.deadline_at, line.zone)),
            ("lacks", line.missing),
            ("kept back by", line.obstacles),
            ("remarks", view.remarks),
            ("trouble", line.last_error),
            ("sha256", view.sha256),
        ]
    )
    say(f"\n{view.text or '(not written yet: facts are missing)'}")


@command(group, "approve")
def letter_approve(
    desk: Desk,
    ids: Ids = None,
    everything: Annotated[bool, typer.Option("--all", help="Every draft that is ready.")] = False,
) -> None:
    """Approve drafts: their words are frozen, and they leave when their turn comes."""
    from outreach.actions.approve_letters import approve_letters
    from outreach.cli.show import say, when
    from outreach.errors import NotAllowed
    from outreach.queries.letters import letters
    from outreach.rules.kinds import LetterState

    with desk.account() as (app, account):
        drafts = {line.id: line for line in letters(app, account.id, states={LetterState.DRAFTED})}
        chosen = list(drafts) if everything else _found(app, account.id, ids or [])
        _refuse_others(chosen, set(drafts), "is no draft (any more)")
        plans = approve_letters(app, account.id, chosen)
    for plan in plans:
        if not plan.obstacles:
            line = drafts[plan.letter_id]
            say(f"{plan.letter_id[:8]}  {line.to_name}  leaves {when(plan.due_at, line.zone)}  {plan.why_then}")
    kept = [plan for plan in plans if plan.obstacles]
    problems = [f"{plan.letter_id[:8]}  {drafts[plan.letter_id].to_name}: {'; '.join(plan.obstacles)}" for plan in kept]
    if kept and not everything:
        raise NotAllowed("Some drafts are not ready and stay drafts.", problems=problems)
    for problem in problems:
        desk.note(f"stays a draft: {problem}")


@command(group, "cancel")
def letter_cancel(
    desk: Desk,
    ids: Ids = None,
    all_scheduled: Annotated[bool, typer.Option("--all-scheduled", help="Everything that has not left yet.")] = False,
) -> None:
    """Cancel letters that have not left."""
    from outreach.actions.cancel_letter import cancel_letter
    from outreach.cli.show import count
    from outreach.queries.letters import letters
    from outreach.rules.kinds import LetterState

    with desk.account() as (app, account):
        if all_scheduled:
            chosen = [line.id for line in letters(app, account.id, states={LetterState.SCHEDULED})]
        else:
            chosen = _found(app, account.id, ids or [])
        done = _each(chosen, lambda letter_id: cancel_letter(app, account.id, letter_id))
    desk.note(f"cancelled {count(done, 'letter')}")


@command(group, "retry")
def letter_retry(desk: Desk, letter: Id) -> None:
    """Make a failed, expired or cancelled letter a draft again, when it surely did not arrive."""
    from outreach.actions.retry_letter import retry_letter
    from outreach.queries.find import find_letter

    with desk.account() as (app, account):
        letter_id = find_letter(app, account.id, letter)
        state = retry_letter(app, account.id, letter_id)
    desk.note(_retried(letter_id, state))


def _retried(letter_id: str, state: LetterState) -> str:
    from outreach.rules.kinds import LetterState

    if state is LetterState.DRAFTED:
        return f"it is a draft again: look with `outreach letter show {letter_id[:8]}`, then `letter approve`"
    return "it leaves by itself, with the words that were frozen"


@command(group, "settle")
def letter_settle(
    desk: Desk,
    letter: Id,
    sent: Annotated[
        bool | None, typer.Option("--sent/--not-sent", help="What your Sent folder, or the recipient, told you.")
    ] = None,
) -> None:
    """Say what became of a letter of which nobody knows whether it was sent."""
    from outreach.actions.settle_by_hand import settle_by_hand
    from outreach.queries.find import find_letter

    if sent is None:
        raise typer.BadParameter("look into your Sent folder, then say --sent or --not-sent")
    with desk.account() as (app, account):
        letter_id = find_letter(app, account.id, letter)
        state = settle_by_hand(app, account.id, letter_id, sent=sent)
    desk.note("recorded as sent" if sent else _retried(letter_id, state))


@command(group, "edit")
def letter_edit(
    desk: Desk,
    letter: Id,
    text: Annotated[
        Path | None, typer.Option("--text", metavar="FILE", help="The new text; - reads it from standard input.")
    ] = None,
    subject: Annotated[str | None, typer.Option("--subject", help="The new subject.")] = None,
) -> None:
    """Put your own words into a draft."""
    from outreach.actions.edit_letter import edit_letter
    from outreach.cli.files import read_text
    from outreach.cli.show import say
    from outreach.queries.find import find_letter

    if text is None and subject is None:
        raise typer.BadParameter("give --text FILE, --subject, or both")
    words = read_text(text) if text else None
    with desk.account() as (app, account):
        letter_id = find_letter(app, account.id, letter)
        findings = edit_letter(app, account.id, letter_id, text=words, subject=subject)
    for finding in findings:
        say(f"{finding.severity}: {finding.message}")
    desk.note(f"changed; approve with `outreach letter approve {letter_id[:8]}`")


def _found(app: App, account_id: str, ids: Sequence[str]) -> list[str]:
    from outreach.queries.find import find_letter

    if not ids:
        raise typer.BadParameter("name letters by id, or say all of them (see --help)")
    return list(dict.fromkeys(find_letter(app, account_id, text) for text in ids))


def _refuse_others(chosen: Sequence[str], fitting: set[str], why: str) -> None:
    from outreach.errors import NotAllowed

    others = [f"{letter_id[:8]} {why}" for letter_id in chosen if letter_id not in fitting]
    if others:
        raise NotAllowed("Nothing was done.", problems=others)


def _each(ids: Sequence[str], deed: Callable[[str], None]) -> int:
    """Do it to each; those that cannot be are told at the end, all of them."""
    from outreach.errors import NotAllowed

    refused: list[str] = []
    for letter_id in ids:
        try:
            deed(letter_id)
        except NotAllowed as error:
            refused.append(error.message)
    if refused:
        headline = f"{len(ids) - len(refused)} of {len(ids)} done; the others could not be."
        raise NotAllowed(refused[0] if len(ids) == 1 else headline, problems=refused if len(ids) > 1 else ())
    return len(ids)
