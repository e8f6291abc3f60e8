"""``outreach status``: what waits for me, what goes out next, what is due and overdue."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from outreach.cli.context import Desk, command

if TYPE_CHECKING:
    from outreach.queries.accounts import AccountLine
    from outreach.queries.status import Status


def add_to(cli: typer.Typer) -> None:
    """Register the command."""
    command(cli, "status", facts=True)(show_status)


def show_status(desk: Desk) -> None:
    """What waits for you, goes out next, is due and overdue."""
    from outreach.cli.show import as_json, count, simple
    from outreach.queries.held_back import held_back
    from outreach.queries.status import status

    with desk.account() as (app, account):
        found = status(app, account.id)
        held = held_back(app, account.id)
    if desk.as_json:
        as_json({**simple(found), "held_back": held})
    else:
        _show(found, account)
        for one in held:
            desk.note(f"\n{count(one.letters, 'letter is', 'letters are')} held back: {one.reason}")


def _show(found: Status, account: AccountLine) -> None:
    from outreach.cli.show import count, say, when

    say(f"{found.address}, {when(found.now, account.zone)}")
    if found.account_state != "active":
        mend = "outreach account connect" if found.account_state == "no_consent" else "outreach account resume"
        say(f"Nothing leaves: {found.account_reason or found.account_state}. Mend it with `{mend}`.")
    if found.paused_until:
        say(f"Google asked for a pause until {when(found.paused_until, account.zone)}.")
    if found.why_not_alone:
        say(
            "A letter whose fate is unknown is never sent again by itself here, you are asked: the probe of this "
            f"mailbox found that {'; '.join(found.why_not_alone)}."
        )
    states = ", ".join(f"{number} {state}" for state, number in sorted(found.letters.items()))
    need = f", {found.without_address} without an address" if found.without_address else ""
    say(f"{count(found.contacts, 'contact')}{need}; letters: {states or 'none'}")
    _show_for_you(found, account)
    _show_letters(found)
    _show_meetings(found, account)


def _show_for_you(found: Status, account: AccountLine) -> None:
    from outreach.cli.show import say, table, when

    if not found.for_you:
        say("\nNothing waits for you.")
        return
    say("\nWaiting for you")
    table([(item.what, item.about, when(item.since, account.zone), item.command) for item in found.for_you])


def _show_letters(found: Status) -> None:
    from outreach.cli.show import count, say, table, when

    if found.overdue:
        say(f"\n{count(found.overdue, 'letter is', 'letters are')} overdue: is `outreach run` running?")
    if found.next_letters:
        say("\nGoing out next")
        table(
            [
                (
                    *(letter.id[:8], letter.to_name, letter.kind.replace("_", " ")),
                    *(when(letter.due_at, letter.zone), "overdue" if letter.overdue else letter.why_then),
                )
                for letter in found.next_letters
            ]
        )


def _show_meetings(found: Status, account: AccountLine) -> None:
    from datetime import timedelta

    from outreach.cli.show import count, say, span_of, table, when

    if found.thank_yous:
        say("\nThank-yous owed")
        table(
            [
                (
                    *(owed.to_name, owed.state, f"by {when(owed.deadline, account.zone)}"),
                    f"{span_of(owed.slack)} {'left' if owed.slack >= timedelta(0) else 'LATE'}",
                )
                for owed in found.thank_yous
            ]
        )
    if found.meetings:
        say("\nMeetings to come")
        table(
            [
                (meeting.id[:8], meeting.with_name, when(meeting.starts_at, account.zone), meeting.place_kind)
                for meeting in found.meetings
            ]
        )
    if found.debts_open:
        people = count(found.debts_open, "introducer")
        say(f"\nYou owe {people} the news of what came of it: see `outreach referral debts`.")
