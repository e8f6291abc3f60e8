"""``outreach account``: whose mailbox and calendar are used."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from outreach.cli.context import Desk, command

if TYPE_CHECKING:
    from outreach.actions.add_account import AddedAccount
    from outreach.queries.accounts import AccountLine

group = typer.Typer(
    help="Whose mailbox and calendar: connect, pause, set.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
AddressOption = Annotated[
    str | None, typer.Option("--address", metavar="A", help="The mailbox; Google is asked when it is left away.")
]
NameOption = Annotated[str | None, typer.Option("--name", metavar="N", help="How you sign.")]
ZoneOption = Annotated[str | None, typer.Option("--zone", metavar="Z", help="Your IANA zone, as Europe/Lisbon.")]


def add_to(cli: typer.Typer) -> None:
    """Register the commands."""
    cli.add_typer(group, name="account")


@command(group, "connect", facts=True)
def account_connect(
    desk: Desk,
    client_secrets: Annotated[
        Path | None,
        typer.Option("--client-secrets", metavar="FILE", help="Your Google project's client JSON."),
    ] = None,
    address: AddressOption = None,
    name: NameOption = None,
    zone: ZoneOption = None,
) -> None:
    """Give consent in the browser, and add the account (or mend one whose consent was lost)."""
    from outreach.actions.add_account import add_account
    from outreach.actions.connect_account import connect_account

    with desk.app() as app:
        desk.note("Your browser opens Google's page of consent; this waits for your answer there.")
        added = add_account(
            app, connect_account(app, client_secrets, say=desk.note), address=address, name=name, zone_name=zone
        )
    _show_added(desk, added)


@command(group, "add", facts=True)
def account_add(
    desk: Desk,
    authorized_user: Annotated[
        Path, typer.Option("--authorized-user", metavar="FILE", help="Google's authorized-user JSON; - reads stdin.")
    ],
    address: AddressOption = None,
    name: NameOption = None,
    zone: ZoneOption = None,
) -> None:
    """Add an account from a consent that was given elsewhere; adding it again renews the consent."""
    from outreach.actions.add_account import add_account
    from outreach.cli.files import read_file

    data, _ = read_file(authorized_user, largest=1_000_000)
    with desk.app() as app:
        added = add_account(app, data, address=address, name=name, zone_name=zone)
    _show_added(desk, added)


def _show_added(desk: Desk, added: AddedAccount) -> None:
    from outreach.cli.show import as_json, say

    if desk.as_json:
        as_json(added)
    else:
        done = "added" if added.created else "renewed"
        say(f"{done} {added.address} ({added.id[:8]}): {added.name}, zone {added.zone} (from {added.zone_source})")
    for note in added.notes:
        desk.note(note)


@command(group, "list", facts=True)
def account_list(desk: Desk) -> None:
    """List the accounts."""
    from outreach.cli.show import as_json, table
    from outreach.queries.accounts import accounts

    with desk.app() as app:
        lines = accounts(app)
    if desk.as_json:
        as_json(lines)
        return
    table(
        [(line.id[:8], line.address, line.name, line.zone, _state(line)) for line in lines],
        headers=("id", "address", "name", "zone", "state"),
    )


@command(group, "show", facts=True)
def account_show(desk: Desk) -> None:
    """Show one account with its preferences."""
    from outreach.cli.show import as_json, pairs, when

    with desk.account() as (_, line):
        pass
    if desk.as_json:
        as_json(line)
        return
    pairs(
        [
            ("account", f"{line.address} ({line.id})"),
            ("name", f"{line.name}{' (guessed from the address)' if line.name_source == 'guessed' else ''}"),
            ("zone", line.zone),
            ("state", _state(line)),
            ("paused until", when(line.paused_until, line.zone)),
            ("consent", "stored, encrypted" if line.connected else "none"),
            ("inbox read", when(line.polled_at, line.zone) or "not yet"),
        ]
    )
    for section, values in line.preferences.items():
        pairs((f"{section}.{key}", value) for key, value in values.items())


@command(group, "pause")
def account_pause(
    desk: Desk, reason: Annotated[str, typer.Option("--reason", help="Why, for your own memory.")] = ""
) -> None:
    """Let nothing leave until `outreach account resume`."""
    from outreach.actions.set_account import pause_account

    with desk.account() as (app, line):
        pause_account(app, line.id, reason)
    desk.note(f"{line.address} is paused: letters wait (thank-yous too)")


@command(group, "resume")
def account_resume(desk: Desk) -> None:
    """Let letters leave again."""
    from outreach.actions.set_account import resume_account

    with desk.account() as (app, line):
        resume_account(app, line.id)
    desk.note(f"{line.address} is active")


@command(group, "set")
def account_set(
    desk: Desk,
    assignments: Annotated[
        list[str],
        typer.Argument(
            metavar="NAME=VALUE...", help="As sending.daily_cap=30, me.field='urban planning', zone=Europe/Lisbon."
        ),
    ],
) -> None:
    """Set preferences of this account over the common settings; NAME= goes back to the common value."""
    from outreach.actions.set_account import set_account

    with desk.account() as (app, line):
        set_account(app, line.id, assignments)
    desk.note(f"set for {line.address}; `outreach account show` lists what is set")


def _state(line: AccountLine) -> str:
    return f"{line.state.replace('_', ' ')}{f' ({line.state_reason})' if line.state_reason else ''}"
