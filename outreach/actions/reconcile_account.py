"""Reconcile restored tables with what Gmail's Sent holds; only then may anything leave again.

A letter that the tables believe waiting and Sent holds is recorded as sent; one that they do not know at all is taken
in, so that nobody gets a first letter again; then the inbox is read, for answers that came since stop what would
leave; then the calendar is compared. Whatever is interrupted is done again from the start, and repeats nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select, update

from outreach.actions.compare_calendar import StrayMeeting, compare_calendar
from outreach.actions.hold_back import stop_account
from outreach.actions.poll_inbox import look_later, read_inbox
from outreach.actions.read_sent import Sent, patiently, read_sent
from outreach.actions.record_found import record_found
from outreach.actions.take_in_letter import Stranger, hold_conversation, take_in_letter
from outreach.actions.visit_mailbox import Visit, visit_mailbox
from outreach.app import App
from outreach.database import EVERYBODY
from outreach.edge import AccessLost, EdgeError, Gone, Mailbox, MessageHead, Refused
from outreach.model import Account, AccountState, Letter
from outreach.rules.kinds import LetterState
from outreach.rules.probing import is_probe_letter

log = structlog.get_logger(__name__)

#: After so long Gmail's search shows what was sent; history shows it at once, but may not reach back.
_SEARCH_LAG = timedelta(minutes=15)
#: Two clocks may run so differently in that time.
_DRIFT = timedelta(seconds=30)


@dataclass(frozen=True)
class Reconciled:
    """What was found for one account. ``obstacle`` says why nothing leaves yet; empty when sending is on again.

    ``looked_at`` counts the messages of Sent; ``recorded`` names the addressees of known letters found there;
    ``taken_in`` are letters that the tables did not know; ``answers`` counts messages of others that were new.
    """

    account_id: str
    address: str
    backup: datetime | None
    looked_at: int = 0
    recorded: tuple[str, ...] = ()
    taken_in: tuple[Stranger, ...] = ()
    answers: int = 0
    meetings: tuple[StrayMeeting, ...] = ()
    obstacle: str = ""


@dataclass(frozen=True)
class _Known:
    """A letter of the tables: where it stands, to whom it goes, and whether it has been frozen."""

    state: LetterState
    to_address: str
    has_bytes: bool


def reconcile_accounts(app: App, account_id: str | None = None) -> list[Reconciled]:
    """Reconcile every account that needs it, or the one named. Return what was found, account by account."""
    query = select(Account.id).where(Account.reconcile_from.is_not(None)).order_by(Account.created_at, Account.id)
    with app.database.read(EVERYBODY) as session:
        ids = session.scalars(query if account_id is None else query.where(Account.id == account_id)).all()
    return [reconcile_account(app, each) for each in ids]


def reconcile_account(app: App, account_id: str) -> Reconciled:
    """Compare the account with its mailbox and switch sending on again when that is done. Return what was found.

    Nothing is raised for what the network does: sending stays off, and the next look is set.
    """
    with app.database.read(EVERYBODY) as session:
        account = session.get(Account, account_id)
    if account is None or account.reconcile_from is None:
        return Reconciled(account_id, account.address if account else "", None)
    found = Reconciled(account.id, account.address, account.reconcile_from)
    if obstacle := _must_wait(account, app.now()):
        return replace(found, obstacle=obstacle)
    with visit_mailbox(app, account_id) as visit:
        if visit is None:
            return replace(found, obstacle="a worker is at this mailbox just now: try again in a minute")
        return _compare(app, account, found, account.reconcile_from, visit)


def _compare(app: App, account: Account, found: Reconciled, backup: datetime, visit: Visit) -> Reconciled:
    try:
        return _reconcile(app, account, found, backup, visit)
    except AccessLost as error:
        stop_account(app, account.id, error, account.credentials)
        return replace(found, obstacle=f"{error.message.rstrip('.')}: run `outreach account connect`")
    except EdgeError as error:
        log.warning("not_reconciled", account=account.id, error=error.message)
        look_later(app, account, error)
        return replace(found, obstacle=error.message.rstrip("."))


def _must_wait(account: Account, now: datetime) -> str:
    if account.state is AccountState.NO_CONSENT:
        return f"{account.state_reason or 'it was never connected'}: run `outreach account connect`"
    if account.paused_until is not None and account.paused_until > now:
        return f"it is paused until {account.paused_until:%Y-%m-%d %H:%M} UTC, and then looked at again"
    return ""


def _reconcile(app: App, account: Account, found: Reconciled, backup: datetime, visit: Visit) -> Reconciled:
    mailbox = visit.mailbox()
    sent = read_sent(app, account, visit, backup)
    if not _search_shows_all(app, account, mailbox):
        sent = replace(sent, complete=False)
    recorded, strangers = _record(app, account, mailbox, visit, sent)
    if not sent.complete:
        # Before the inbox is read, which moves the place from where history goes on.
        _wait_for_search(app, account, mailbox)
    answers = read_inbox(app, account, mailbox, visit)
    for stranger in strangers:
        if not stranger.began:
            hold_conversation(app, account.id, stranger)
    meetings = compare_calendar(app, account, backup)
    found = replace(
        found,
        looked_at=sent.looked_at,
        recorded=tuple(recorded),
        taken_in=tuple(strangers),
        answers=answers,
        meetings=tuple(meetings),
    )
    if not sent.complete:
        minutes = int(_SEARCH_LAG.total_seconds() // 60)
        reason = "Gmail's history does not show all that was sent since the backup, and its search may lag"
        return replace(found, obstacle=f"{reason}: it is looked at once more in {minutes} minutes")
    _switch_on(app, account, backup)
    return found


def _record(app: App, account: Account, mailbox: Mailbox, visit: Visit, sent: Sent) -> tuple[list[str], list[Stranger]]:
    recorded: list[str] = []
    strangers: list[Stranger] = []
    for head in sent.heads:
        visit.keep()
        letter_id = head.headers.get("x-outreach-id", "").strip()
        if not letter_id or is_probe_letter(head.headers):
            continue  # written by the owner, in Gmail, or by a probe to itself
        known = _known(app, account.id, letter_id)
        if known is None:
            stranger = take_in_letter(app, account, letter_id, head, _raw(app, mailbox, head))
            strangers += [stranger] if stranger else []
        elif known.state is LetterState.SENT:
            log.error("letter_is_in_sent_twice", letter=letter_id, account=account.id, message=head.id)
        else:
            raw = None if known.has_bytes else _raw(app, mailbox, head)
            recorded += [known.to_address] if record_found(app, account.id, letter_id, head, raw) else []
    return recorded, strangers


def _known(app: App, account_id: str, letter_id: str) -> _Known | None:
    query = select(Letter.state, Letter.to_address, Letter.frozen.is_not(None)).where(Letter.id == letter_id[:20])
    with app.database.read(account_id) as session:
        found = session.execute(query).one_or_none()
    return _Known(*found) if found is not None else None


def _raw(app: App, mailbox: Mailbox, head: MessageHead) -> bytes:
    """Return the message's bytes, none where it is deleted by now or too large: that it left is what matters."""
    try:
        return patiently(app, lambda: mailbox.raw(head.id))
    except (Gone, Refused):
        return b""


def _search_shows_all(app: App, account: Account, mailbox: Mailbox) -> bool:
    """Return whether the time that search may lag has passed; a backup made while it was waited for tells of it too."""
    return account.search_shows_at is None or _true_time(app, mailbox) >= account.search_shows_at - _DRIFT


def _true_time(app: App, mailbox: Mailbox) -> datetime:
    """Return the present instant by Google's own clock, for this one may have been set, unless it is moved by hand."""
    told = mailbox.answered_at if not app.clock.step else None
    return told or app.now()


def _wait_for_search(app: App, account: Account, mailbox: Mailbox) -> None:
    shows_at = account.search_shows_at or _true_time(app, mailbox) + _SEARCH_LAG
    pause = {"paused_until": app.now() + _SEARCH_LAG, "search_shows_at": shows_at}
    with app.database.write(EVERYBODY) as session:
        session.execute(update(Account).where(Account.id == account.id).values(pause))


def _switch_on(app: App, account: Account, backup: datetime) -> None:
    mine = (Account.id == account.id, Account.reconcile_from == backup)
    with app.database.write(EVERYBODY) as session:
        session.execute(update(Account).where(*mine).values(reconcile_from=None, search_shows_at=None))
    log.info("account_reconciled", account=account.id)
