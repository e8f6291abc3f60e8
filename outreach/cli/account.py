"""``outreach account``: whose mailbox and calendar are used."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from outreach.cli.context import Desk, command

if TYPE_CHECKING:
    from outreach.actions.add_account import AddedAccount
    from outreach.app import App
    from outreach.queries.accounts import AccountLine
    from outreach.queries.probe_findings import FindingLine
    from outreach.rules.probing import Finding

group = typer.Typer(
    help="Whose mailbox and calendar: connect, probe, pause, set.",
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
        [(line.id[:8], line.address, line.name, line.zone, _state(line), _probe_in_short(line)) for line in lines],
        headers=("id", "address", "name", "zone", "state", "probe"),
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
            ("probed", when(line.probed_at, line.zone) or "not yet"),
            ("asks you", _asks_you(line.why_not_alone)),
            ("restored from", _restored(line)),
        ]
    )
    for section, values in line.preferences.items():
        pairs((f"{section}.{key}", value) for key, value in values.items())


@command(group, "probe", facts=True)
def account_probe(
    desk: Desk,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking.")] = False,
    show: Annotated[bool, typer.Option("--show", help="Ask nothing: show what was found before.")] = False,
) -> None:
    """Find out how this mailbox behaves, by letters to yourself, and let letters in doubt be settled accordingly.

    Writes to yourself only, tells what it will write and asks before it does, and clears up afterwards.
    """
    with desk.account() as (app, line):
        if show:
            _show_findings(desk, app, line)
        elif yes or _agreed(desk, line):
            _probe(desk, app, line)


def _agreed(desk: Desk, line: AccountLine) -> bool:
    """Tell what a probe does. Return whether it may be done; where nobody can be asked, it may not."""
    import sys

    from outreach.cli.show import as_json, plain
    from outreach.rules.probing import LETTERS, MOST_LETTERS, subject_of

    if desk.as_json:
        as_json({"done": False, "address": line.address, "letters": LETTERS, "most_letters": MOST_LETTERS, "events": 1})
    else:
        typer.echo(
            plain(
                f"This sends {LETTERS} letters from {line.address} to {line.address}, and to nobody else (up to "
                f"{MOST_LETTERS} if Gmail sends a draft more than once), and puts one event of five minutes, without "
                "guests, into your own calendar, more than a year ahead. It takes about one minute, five at most.\n"
                "Drafts and event are deleted afterwards. The letters are moved into the trash if your consent allows "
                "that; what `outreach account connect` asks for does not, and then they stay, under the subject\n"
                f'  "{subject_of("········", 1)}"'
            )
        )
    if desk.as_json or not sys.stdin.isatty():
        desk.note("nothing was written; --yes does it")
        return False
    return typer.confirm("Do it now?", err=True)


def _probe(desk: Desk, app: App, line: AccountLine) -> None:
    import signal

    from outreach.actions.probe_account import probe_account
    from outreach.cli.show import as_json, count
    from outreach.rules.probing import subject_words

    # A probe that is told to stop has something to clear up first.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with desk.progress(f"probing {line.address}") as show:
            probed = probe_account(app, line.id, say=lambda text: show(f"probing {line.address}: {text}"))
    except KeyboardInterrupt:
        desk.note("The probe was stopped. What it found is kept; letters called Outreach probe may be deleted.")
        raise
    if desk.as_json:
        as_json(probed)
    else:
        _table_of(probed.findings)
    desk.note("")
    if probed.trashed:
        desk.note(f"{count(probed.trashed, 'letter')} moved into the trash; drafts and event deleted")
    if probed.kept:
        letters = count(len(probed.kept), "letter stays", "letters stay")
        desk.note(
            f"{letters} in your mailbox, for your consent does not let us move mail into the trash: you may delete "
            f'what is called "{subject_words(probed.run)}". Drafts and event are deleted.'
        )
    for trouble in probed.troubles:
        desk.note(f"could not be cleared up: {trouble}; the next probe tries again")
    _tell_what_follows(desk, probed.why_not_alone)


def _tell_what_follows(desk: Desk, reasons: Sequence[str]) -> None:
    if reasons:
        desk.note(f"From now on you are asked {_asks_you(reasons)}. No such letter is sent again by itself.")
    else:
        desk.note("Letters whose fate is unknown are settled by looking for them, as before.")


def _show_findings(desk: Desk, app: App, line: AccountLine) -> None:
    from outreach.cli.show import as_json, when
    from outreach.queries.probe_findings import probe_findings

    known = probe_findings(app, line.id)
    if desk.as_json:
        as_json(known)
        return
    _table_of(known.findings)
    if known.probed_at is None:
        desk.note(f"{line.address} was {'never probed to the end' if known.findings else 'never probed'}")
    else:
        desk.note(f"\nprobed {when(known.probed_at, line.zone)}")
    if known.findings:
        _tell_what_follows(desk, known.why_not_alone)


def _table_of(findings: Sequence[Finding | FindingLine]) -> None:
    from outreach.cli.show import table

    words = {True: "as believed", False: "NOT as believed", None: "open"}
    table([(each.question, words[each.holds], each.said) for each in findings])


@command(group, "feed", facts=True)
def account_feed(
    desk: Desk,
    new: Annotated[bool, typer.Option("--new", help="Make another link; the old one opens nothing any more.")] = False,
    off: Annotated[bool, typer.Option("--off", help="Revoke the link.")] = False,
) -> None:
    """Print the secret link under which calendar programs can subscribe to your meetings."""
    from outreach.actions.feed_link import feed_link, revoke_feed
    from outreach.cli.show import as_json, say

    if new and off:
        raise typer.BadParameter("--new and --off exclude each other")
    with desk.account() as (app, line):
        link = None if off else feed_link(app, line.id, renew=new)
        was_there = revoke_feed(app, line.id) if off else True
        outside = app.settings.web.base_url
    if desk.as_json:
        as_json({"link": link})
    elif link is not None:
        say(link)
    if link is None:
        desk.note("the link opens nothing any more" if was_there else "there was no link")
    elif not outside:
        desk.note("`outreach web` serves it; set web.base_url to where it is reached from outside")


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


@command(group, "reconcile", facts=True)
def account_reconcile(desk: Desk) -> None:
    """After `outreach restore`: compare with your Sent folder, and let letters leave again.

    All accounts that need it, or the one named. Leaves with exit code 75 when it could not be done yet.
    """
    from outreach.actions.reconcile_account import reconcile_accounts
    from outreach.cli.backup import end
    from outreach.cli.show import as_json
    from outreach.queries.accounts import choose_account

    with desk.app() as app, desk.progress("Comparing with Sent ..."):
        named = choose_account(app, desk.account_named).id if desk.account_named else None
        found = reconcile_accounts(app, named)
    if desk.as_json:
        as_json({"accounts": found})
    end(desk, found)


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


def _probe_in_short(line: AccountLine) -> str:
    if line.why_not_alone:
        return "asks you about letters in doubt"
    return f"as believed, {line.probed_at:%Y-%m-%d}" if line.probed_at else "not yet"


def _asks_you(reasons: Sequence[str]) -> str:
    return f"about every letter whose fate is unknown, because {'; '.join(reasons)}" if reasons else ""


def _restored(line: AccountLine) -> str:
    from outreach.cli.show import when

    return f"a backup of {when(line.reconcile_from, line.zone)}: nothing leaves yet" if line.reconcile_from else ""


def _state(line: AccountLine) -> str:
    return f"{line.state.replace('_', ' ')}{f' ({line.state_reason})' if line.state_reason else ''}"
