"""Look over the accounts: consent stored and readable, facts that letters need, time that went back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import func, select

from outreach.app import App
from outreach.database import EVERYBODY
from outreach.edge import AccessLost, EdgeError
from outreach.errors import OutreachError
from outreach.google.credentials import AuthorizedUser
from outreach.model import Account, AccountState, Letter
from outreach.rules.addresses import address_key
from outreach.rules.checkup import Check, broken, fine, note
from outreach.rules.kinds import LetterState
from outreach.rules.probing import from_store, why_not_alone


def examine_accounts(app: App, *, online: bool) -> Iterator[Check]:
    """Yield what was found; with ``online`` Google is asked whether each consent still holds."""
    with app.database.read(EVERYBODY) as session:
        accounts = session.scalars(select(Account).order_by(Account.created_at)).all()
        newest = session.scalar(select(func.max(Letter.created_at)))
        scheduled = session.scalar(select(func.count(Letter.id)).where(Letter.state == LetterState.SCHEDULED)) or 0
        session.expunge_all()  # they are looked at after the transaction, for Google is asked meanwhile
    if not accounts:
        yield note("accounts", "there is none yet", "outreach account connect")
    for account in accounts:
        yield _account(app, account, online=online)
        yield from _probe(account)
    yield sender(app, accounts[0] if accounts else None)
    if newest is not None and newest > app.now() + timedelta(minutes=10):
        yield broken(
            "time",
            f"a letter was written at {newest:%Y-%m-%d %H:%M} UTC, which is still to come",
            "Set the clock of this computer right.",
        )
    if scheduled:
        yield fine("outbox", f"{scheduled} letters are scheduled")


def _account(app: App, account: Account, *, online: bool) -> Check:
    name = f"account {account.address}"
    connect = "outreach account connect"
    if account.credentials is None:
        return broken(name, "was never connected to Google", connect)
    try:
        AuthorizedUser.from_json(app.tokens.open(account.id, "google", account.credentials))
    except OutreachError as error:
        return broken(name, error.message, connect)
    if account.state is AccountState.NO_CONSENT:
        return broken(name, f"Google's consent is lost: {account.state_reason}", connect)
    try:
        app.settings_for(account)
    except OutreachError as error:
        return broken(name, "; ".join(error.problems) or error.message, "outreach account set NAME=VALUE")
    if online and (trouble := _online(app, account)):
        return trouble
    if account.state is AccountState.STOPPED:
        return note(name, f"is paused: {account.state_reason}", "outreach account resume")
    return fine(name, "consent holds, Google says" if online else "consent is stored (--online asks Google)")


def _probe(account: Account) -> Iterator[Check]:
    """Yield what the probe of the account has found; nothing for one that was never probed."""
    name, again = f"probe {account.address}", "`outreach account probe` looks anew; --show tells all that was found."
    if reasons := why_not_alone(account.findings):
        said = f"you are asked about every letter whose fate is unknown, because {'; '.join(reasons)}"
        yield note(name, said, again)
    if odd := [each.said for each in from_store(account.findings) if each.holds is False and each.said not in reasons]:
        yield note(name, "; ".join(odd), again)
    if account.probed_at is not None and not reasons and not odd:
        yield fine(name, f"this mailbox does what we believe, by the probe of {account.probed_at:%Y-%m-%d}")


def _online(app: App, account: Account) -> Check | None:
    name = f"account {account.address}"
    try:
        profile = app.google.mailbox(account.id).profile()
        app.google.calendar(account.id).event("outreach0doctor")
    except AccessLost as error:
        return broken(name, error.message, "outreach account connect")
    except EdgeError as error:
        return note(name, f"Google could not be asked: {error.message}", "Try again later.")
    if address_key(profile.address) != address_key(account.address):
        return broken(name, f"its consent opens the mailbox of {profile.address}", "outreach account connect")
    return None


def sender(app: App, account: Account | None) -> Check:
    """Return whether the facts about who writes are there."""
    settings = app.settings_for(account) if account else app.settings
    lacking = [
        f"me.{name}"
        for name, value in (
            ("name", settings.me.name or (account.name if account and account.name_source != "guessed" else "")),
            ("field", settings.me.field),
            ("background", settings.me.background),
        )
        if not value
    ]
    if lacking:
        return note("sender", f"not set: {', '.join(lacking)}", f"Set them in {app.settings.home / 'config.toml'}.")
    return fine("sender", f"{settings.me.name or (account.name if account else '')}, {settings.me.field}")
