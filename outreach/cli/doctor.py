"""``outreach doctor``: check everything a user could get wrong, and say how to mend it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from outreach.cli.context import Desk, command

if TYPE_CHECKING:
    from outreach.rules.checkup import Check

TO_BE_MENDED = 78


def add_to(cli: typer.Typer) -> None:
    """Register the command."""
    command(cli, "doctor", facts=True)(doctor)


def doctor(
    desk: Desk,
    mend: Annotated[bool, typer.Option("--mend", help="Mend what can be mended without asking.")] = False,
    online: Annotated[bool, typer.Option("--online", help="Ask Google whether each consent still holds.")] = False,
) -> None:
    """Check what can be wrong here, and say how to mend it.

    Leaves with exit code 78 when something must be mended.
    """
    from outreach.cli.show import as_json
    from outreach.rules.checkup import CheckState

    checks = list(_examine(desk, mend=mend, online=online))
    sick = [check for check in checks if check.state is CheckState.MEND]
    if desk.as_json:
        as_json({"fine": not sick, "checks": checks})
    else:
        _show(checks)
    if sick:
        desk.note(f"{len(sick)} to be mended")
        raise typer.Exit(TO_BE_MENDED)
    desk.note("nothing has to be mended")


def _examine(desk: Desk, *, mend: bool, online: bool) -> Iterator[Check]:
    from outreach.actions.examine_database import examine_database
    from outreach.actions.examine_machine import examine_machine, python_version
    from outreach.actions.examine_templates import examine_templates
    from outreach.errors import Misconfigured
    from outreach.rules.checkup import broken, fine

    try:
        settings = desk.settings()
    except Misconfigured as error:
        yield python_version()
        yield broken(
            "settings", "; ".join([error.message, *error.problems]), "Mend these; the rest is examined after that."
        )
        return
    yield fine("settings", f"config.toml {'read' if (settings.home / 'config.toml').is_file() else 'not there'}")
    yield from examine_machine(settings, mend=mend)
    yield from examine_templates(settings.home)
    yield _workers()
    yield _running(settings.home)
    checks, usable = examine_database(settings, mend=mend)
    yield from checks
    yield from _accounts(desk, usable=usable, online=online)


def _accounts(desk: Desk, *, usable: bool, online: bool) -> Iterator[Check]:
    from outreach.actions.examine_accounts import examine_accounts
    from outreach.errors import Misconfigured
    from outreach.rules.checkup import note

    if not usable:
        yield note("accounts", "there is none yet", "outreach account connect")
        return
    try:
        with desk.app() as app:
            checks = list(examine_accounts(app, online=online))
    except Misconfigured as error:
        checks = [note("accounts", f"not examined: {error.message}", "Mend the settings first.")]
    yield from checks


def _workers() -> Check:
    """Return whether every job has its worker."""
    from outreach.queue import JOBS
    from outreach.rules.checkup import broken, fine

    try:
        from workers import broker

        embedded = broker.embedded_broker()
        from workers import calendar, inbox, mail, sweeps  # noqa: F401 - importing binds them to the broker
    except ImportError as error:
        return broken("workers", f"they cannot be imported: {error}", "Install the program again.")
    there = {name: embedded.get_actor(name).queue_name for name in embedded.get_declared_actors()}
    if there != JOBS:
        odd = sorted(set(there.items()) ^ set(JOBS.items()))
        return broken("workers", f"jobs and workers differ: {odd}", "Install the program again.")
    return fine("workers", f"{len(JOBS)} jobs, each with its worker")


def _running(home: Path) -> Check:
    from outreach.actions.examine_machine import who_runs
    from outreach.rules.checkup import fine

    process = who_runs(home)
    return fine("running", f"`outreach run` works, process {process}" if process else "`outreach run` is not running")


def _show(checks: list[Check]) -> None:
    from outreach.cli.show import say

    width = max(len(check.name) for check in checks)
    for check in checks:
        say(f"{check.state:<4}  {check.name:<{width}}  {check.said}")
        if check.mend:
            say(f"{'':<4}  {'':<{width}}  -> {check.mend}")
