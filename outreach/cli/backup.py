"""``outreach backup`` and ``outreach restore``: everything in one file, and back without writing to anybody twice."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from outreach.cli.context import Desk, command

if TYPE_CHECKING:
    from outreach.actions.reconcile_account import Reconciled
    from outreach.actions.restore_backup import Restored


def add_to(cli: typer.Typer) -> None:
    """Register the commands."""
    command(cli, "backup", facts=True)(backup)
    command(cli, "restore", facts=True)(restore)


def backup(
    desk: Desk,
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="Where to; a dated file in the home's backups otherwise.")
    ] = None,
) -> None:
    """Write the whole database into one file, while others go on working."""
    from outreach.actions.make_backup import make_backup
    from outreach.cli.show import as_json, say

    with desk.app() as app, desk.progress("Copying ..."):
        made = make_backup(app, file)
    if desk.as_json:
        as_json(made)
    else:
        say(f"{made.path}: {made.size:,} bytes, as of {made.made_at:%Y-%m-%d %H:%M:%S} UTC")
    desk.note(
        "Consents in it are encrypted, and their key is not in it: keep a copy of "
        f"{made.key_file} in another place. Letters and addresses are in it as they are: keep it as you keep your mail."
    )


def restore(
    desk: Desk, file: Annotated[Path, typer.Argument(metavar="FILE", help="What `backup` has written.")]
) -> None:
    """Put a backup's tables back; nothing leaves until they were compared with your Sent folder.

    Leaves with exit code 75 when that could not be done yet.
    """
    from outreach.actions.reconcile_account import reconcile_accounts
    from outreach.actions.restore_backup import restore_backup
    from outreach.cli.show import as_json, simple
    from outreach.logs import log_to_stderr

    log_to_stderr(level=logging.INFO if desk.debug else logging.ERROR)
    with desk.progress("Restoring ..."):
        restored = restore_backup(desk.settings(), file)
    if not desk.as_json:
        _show_restored(restored)
    with desk.app() as app, desk.progress("Comparing with Sent ..."):
        found = reconcile_accounts(app)
    if desk.as_json:
        as_json({"restored": simple(restored), "accounts": found})
    end(desk, found)


def _show_restored(restored: Restored) -> None:
    from outreach.cli.show import say

    say(f"restored {restored.path}, as of {restored.made_at:%Y-%m-%d %H:%M:%S} UTC")
    if restored.kept is not None:
        say(f"what was there is kept as {restored.kept}")
    say("What was cancelled, blocked or changed by hand since then is as it was before: look at `outreach status`.")


def end(desk: Desk, found: list[Reconciled]) -> None:
    """Show what reconciling found, account by account. Raises TryLater when sending stays off for any."""
    from outreach.errors import TryLater

    if not desk.as_json:
        for one in found:
            _show(one)
    waiting = [f"{one.address}: {one.obstacle}" for one in found if one.obstacle]
    if waiting:
        raise TryLater(
            "Nothing leaves yet, for these were not compared with what was sent since the backup. `outreach run` does "
            "it by itself; `outreach account reconcile` does it now.",
            problems=waiting,
        )
    desk.note("sending is on again" if found else "no account was restored from a backup: there is nothing to compare")


def _show(one: Reconciled) -> None:
    from outreach.cli.show import count, say

    say(
        f"{one.address}: {count(one.looked_at, 'message')} in Sent, "
        f"{count(len(one.recorded), 'letter')} recorded as sent, "
        f"{len(one.taken_in)} taken in that the tables did not know, {count(one.answers, 'new answer')}"
    )
    for stranger in one.taken_in:
        advice = "" if stranger.began else ": its conversation waits for you, see `outreach status`"
        say(f"  not known: {stranger.address}, {stranger.sent_at:%Y-%m-%d %H:%M} UTC, {stranger.subject}{advice}")
    for meeting in one.meetings:
        said = {"unknown": "is not in the tables", "moved": "was moved since", "gone": "is gone from the calendar"}
        say(f"  meeting with {meeting.with_name}, {meeting.starts_at:%Y-%m-%d %H:%M} UTC, {said[meeting.differs]}")
