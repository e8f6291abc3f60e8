"""``outreach queue``: people in, the plan out; with --yes the letters are queued."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from outreach.cli.context import Desk, command

if TYPE_CHECKING:
    from outreach.actions.import_contacts import ImportReport
    from outreach.actions.queue_people import Queued
    from outreach.queries.accounts import AccountLine
    from outreach.queries.queue_plan import PlannedLetter

_DEFAULT = "people"


class QueueGroup(TyperGroup):
    """A group whose first word may also be a file: what is no command goes to the hidden default one."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the default command before what is none of ours."""
        asks_for_help = bool(args) and args[0] in {"--help", "-h"}
        if not asks_for_help and (not args or args[0] not in self.commands):
            args = [_DEFAULT, *args]
        return super().parse_args(ctx, args)

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Return the usage line of both forms."""
        del ctx
        return ["[FILE] [OPTIONS]", "| list [OPTIONS]"]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Show the options of the default command, then the commands."""
        self.commands[_DEFAULT].format_options(ctx, formatter)
        self.format_commands(ctx, formatter)


group = typer.Typer(
    cls=QueueGroup,
    rich_markup_mode=None,
    help="Plan first letters: who, when, why then; --yes queues.\n\n"
    "FILE is a list of people (CSV, or LinkedIn's Connections.csv; - reads standard input); without it, the contacts "
    "that are there. Nothing is stored or queued without --yes: the plan is worked out on a scratch copy.",
)


def add_to(cli: typer.Typer) -> None:
    """Register the command."""
    cli.add_typer(group, name="queue")


@command(group, _DEFAULT, facts=True, hidden=True)
def queue_file(
    desk: Desk,
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="A list of people; - reads stdin.")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Really do it; without, this is a dry run.")] = False,
    drafts: Annotated[
        bool, typer.Option("--drafts", help="Store people and drafts to look at and edit, but queue nothing.")
    ] = False,
    limit: Annotated[
        int | None, typer.Option("--limit", min=0, metavar="N", help="Queue at most so many letters.")
    ] = None,
    letters: Annotated[bool, typer.Option("--letters", help="Print the text of each letter too.")] = False,
) -> None:
    """Import, draft, check and plan; queue with --yes."""
    from outreach.actions.queue_people import PeopleFileBytes, preview_queue, queue_people
    from outreach.cli.files import read_file
    from outreach.cli.show import as_json

    people = PeopleFileBytes(*read_file(file)) if file else None
    with desk.account() as (app, account), desk.progress("Reading people…") as tell:
        words = lambda done, every: tell(f"Drafting: {done:,} of {every:,} people")  # noqa: E731
        if yes or drafts:
            queued = queue_people(app, account.id, people, limit=limit, approve=yes, progress=words)
        else:
            queued = preview_queue(app, account.id, people, limit=limit, progress=words)
    if desk.as_json:
        as_json(_facts(queued, done=yes, stored=yes or drafts))
    else:
        _show(queued, account, letters=letters)
    desk.note(_ending(queued, yes=yes, drafts=drafts))


def _facts(queued: Queued, *, done: bool, stored: bool) -> dict[str, Any]:
    from outreach.cli.show import simple

    facts: dict[str, Any] = {"queued": done, **simple(queued)}
    if not stored:  # the ids of a rehearsal name nothing that exists
        for line in facts["planned"] + facts["waiting"]:
            line["letter_id"] = None
        if facts["imported"]:
            facts["imported"].pop("contact_ids")
    return facts


def _show(queued: Queued, account: AccountLine, *, letters: bool) -> None:
    from outreach.cli.show import say, table, when

    if queued.imported:
        show_import(queued.imported)
    if queued.planned:
        rows = [
            (line.name, line.organization, _kind(line), when(line.due_at, line.zone or account.zone), line.why_then)
            for line in queued.planned
        ]
        table(rows, headers=("who", "organization", "letter", "when (their time)", "why then"))
        say(_totals(queued, account))
    _show_remarks(queued)
    if queued.waiting:
        say(f"\n{_waiting_headline(queued)}")
        table([(line.name, line.address, "; ".join(line.obstacles), _remedy(line)) for line in queued.waiting])
    if letters:
        for line in (*queued.planned, *queued.waiting):
            say(f"\n--- {line.name} <{line.address}>\nSubject: {line.subject}\n\n{line.text or '(not written yet)'}")


def _totals(queued: Queued, account: AccountLine) -> str:
    from outreach.cli.show import count, when

    moments = [line.due_at for line in queued.planned if line.due_at is not None]
    if not moments:
        return ""
    first, last = when(min(moments), account.zone), when(max(moments), account.zone)
    return f"\n{count(len(moments), 'letter')}: the first leaves {first}" + (
        f", the last {last}" if moments[1:] else ""
    )


def show_import(report: ImportReport) -> None:
    """Print what an import did, each skipped row with line and reason."""
    from outreach.cli.show import count, say

    say(
        f"{report.name}: {count(report.created, 'new person', 'new people')}, {report.updated} updated, "
        f"{report.unchanged} unchanged, {report.without_address} without an address, {len(report.skipped)} skipped"
    )
    for row in report.skipped:
        say(f"  line {row.line} skipped: {row.reason} ({row.text})")
    for row in report.warnings:
        say(f"  line {row.line}: {row.reason}")
    for line, into in report.merged:
        say(f"  line {line} is the same person as line {into}")
    if report.unknown_columns:
        say(f"  columns not used: {', '.join(report.unknown_columns)}")
    say()


def _show_remarks(queued: Queued) -> None:
    from outreach.cli.show import say

    remarked = [line for line in queued.planned if line.remarks]
    if remarked:
        say("\nThe linter remarks:")
    for line in remarked:
        for remark in line.remarks:
            say(f"  {line.name}: {remark}")


def _waiting_headline(queued: Queued) -> str:
    from outreach.cli.show import count

    return f"{count(len(queued.waiting), 'draft waits', 'drafts wait')} for you:"


def _remedy(line: PlannedLetter) -> str:
    if "why_you" in line.lacks:
        return f'add a why_you column, or: outreach contact edit {line.address} --why-you "…"'
    if line.lacks:
        return "set it in config.toml or edit the contact"
    return "see `outreach letter edit`"


def _kind(line: PlannedLetter) -> str:
    return line.kind.replace("_", " ")


def _ending(queued: Queued, *, yes: bool, drafts: bool) -> str:
    from outreach.cli.show import count

    letters = count(len(queued.planned), "letter")
    beyond = count(queued.beyond_limit, "more is", "more are")
    held = f", {beyond} ready beyond the limit" if queued.beyond_limit else ""
    waiting = f"; {count(len(queued.waiting), 'draft waits', 'drafts wait')}" if queued.waiting else ""
    if yes:
        ids = queued.planned[0].letter_id[:8] if len(queued.planned) == 1 else "ID"
        how = f"`outreach letter cancel {ids}` or `--all-scheduled`"
        undoing = f"; undo within {queued.undo_seconds} s with {how}" if queued.planned else ""
        return f"queued {letters}{undoing}{held}{waiting}"
    if drafts:
        ready = count(queued.beyond_limit, "draft is", "drafts are")
        return f"nothing was queued: {ready} ready, see `outreach letter list`; approve with `outreach letter approve`"
    return f"nothing was queued and nothing stored: {letters} ready{held}{waiting}; add --yes to queue them"


@command(group, "list", facts=True)
def queue_list(desk: Desk) -> None:
    """List the letters that are going to leave, the next one first."""
    from outreach.cli.show import as_json, count, table, when
    from outreach.queries.letters import QUEUED, letters
    from outreach.rules.kinds import LetterState

    with desk.account() as (app, account):
        lines = letters(app, account.id, states=QUEUED)
        drafts = len(letters(app, account.id, states={LetterState.DRAFTED}))
    if desk.as_json:
        as_json(lines)
        return
    table(
        [
            (
                *(line.id[:8], line.to_name, line.kind.replace("_", " "), line.state),
                *(when(line.due_at, line.zone), line.why_then),
            )
            for line in lines
        ],
        headers=("id", "to", "letter", "state", "when (their time)", "why then"),
    )
    desk.note(f"{count(len(lines), 'letter')} in the queue, {count(drafts, 'draft')} beside it")
