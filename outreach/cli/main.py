"""The command ``outreach``: parse, call one action or one query, show."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from outreach import __version__
from outreach.cli.context import AccountOption, DebugOption, HomeOption, QuietOption
from outreach.cli.troubles import PIPE_CLOSED, STOPPED, silence


class InOrder(TyperGroup):
    """The commands in the order of a newcomer's way through them: the three jobs, looking, setting up."""

    order = (
        *("queue", "schedule", "thank", "status", "letter", "contact", "meeting", "referral", "inbox"),
        *(
            "rehearse",
            "run",
            "work",
            "ticker",
            "web",
            "demo",
            "account",
            "config",
            "doctor",
            "backup",
            "restore",
            "clock",
        ),
    )

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of the commands as the help lists them."""
        del ctx
        return sorted(self.commands, key=lambda name: self.order.index(name) if name in self.order else len(self.order))


cli = typer.Typer(
    name="outreach",
    cls=InOrder,
    help="Informational interviews from your own mailbox: letters queued, meetings scheduled, thanks within 24 hours.",
    epilog="Begin with `outreach demo` (simulated people only), or for real with `outreach account connect`.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"], "max_content_width": 110},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"outreach {__version__}")
        raise typer.Exit


@cli.callback()
def everywhere(
    context: typer.Context,
    home: HomeOption = None,
    account: AccountOption = None,
    debug: DebugOption = False,
    quiet: QuietOption = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Keep the options that stand before the command's name."""
    del version
    context.obj = {"home": home, "account": account, "debug": debug, "quiet": quiet}


def _register() -> None:
    from outreach.cli import (
        account,
        backup,
        clock,
        config,
        contact,
        demo,
        doctor,
        inbox,
        letter,
        meeting,
        queue,
        referral,
        rehearse,
        run,
        schedule,
        status,
        thank,
        web,
    )

    for module in (queue, schedule, thank, status, letter, contact, meeting, referral, inbox):
        module.add_to(cli)
    for module in (rehearse, run, web, demo, account, config, doctor, backup, clock):
        module.add_to(cli)


_register()


def main() -> None:
    """Run the command line and leave with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a terminal that lacks a letter must not stop the work
    try:
        cli(prog_name="outreach")
    except KeyboardInterrupt:
        sys.exit(STOPPED)
    except BrokenPipeError:
        silence(sys.stdout)
        sys.exit(PIPE_CLOSED)
