"""Settle a letter whose fate is unknown, by looking: in its thread, in history, in Sent, then at the draft.

Only a draft that is still there, for a letter that was nowhere to be found twice and minutes apart, is sent again -
the same draft, which sending consumes. Where neither draft nor letter can be found, a person is asked; and so it is
in a mailbox of which a probe has found that looking proves nothing there: no draft is ever sent again then.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.actions.crash_points import crash_point
from outreach.actions.end_letter import end_letter
from outreach.actions.hold_back import stop_account
from outreach.actions.mark_sent import mark_sent
from outreach.actions.take_thread import take_thread
from outreach.actions.visit_mailbox import Visit, visit_mailbox
from outreach.app import App
from outreach.database import EVERYBODY
from outreach.edge import AccessLost, EdgeError, Gone, Mailbox, MessageHead, NotDone, SentRef
from outreach.model import Account, Letter
from outreach.rules.kinds import LetterState
from outreach.rules.leases import is_poison
from outreach.rules.probing import why_not_alone
from outreach.rules.stages import move_letter

log = structlog.get_logger(__name__)

#: So many looks are taken for a letter whose draft is gone, where a probe has found that looking proves nothing.
_LOOKS_BEFORE_ASKING = 3
#: When to look again after one that failed: the later the longer the letter is in doubt, within bounds.
_SOON, _LATE = timedelta(seconds=5), timedelta(minutes=10)
#: Letters that were sent so much before one in doubt are in the history that it looks at, for clocks differ.
_LEEWAY = timedelta(hours=1)
#: When to look again after each look that settled nothing.
_LOOKS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 60, 120, 240, 480, 480))


@dataclass(frozen=True)
class _Trace:
    """What is known of a letter in doubt."""

    letter_id: str
    account_id: str
    to_address: str
    subject: str
    draft_id: str
    thread_id: str | None
    history_before: str | None
    sending_at: datetime
    #: Messages of other letters of the account that were sent since: history shows them too.
    known: frozenset[str]
    #: The consent as it was before Google was asked.
    credentials: bytes | None


def settle_letter(app: App, letter_id: str) -> bool:
    """Look for the letter in the mailbox and record what was found. Return whether it is known to have been sent."""
    trace = _trace(app, letter_id)
    if trace is None:
        return False
    with visit_mailbox(app, trace.account_id) as visit:
        return visit is not None and _settle(app, trace, visit)


def _settle(app: App, trace: _Trace, visit: Visit) -> bool:
    letter_id, seen = trace.letter_id, dict[str, MessageHead]()
    try:
        mailbox = visit.mailbox()
        try:
            _look(mailbox, trace, seen)
        finally:
            found = seen.pop(letter_id, None)
            for other_id, head in seen.items():
                _found(app, mailbox, trace, other_id, head)
        draft_is_there = found is None and mailbox.draft_exists(trace.draft_id)
    except AccessLost as error:
        stop_account(app, trace.account_id, error, trace.credentials)
        return False
    except EdgeError as error:
        log.warning("look_failed", letter=letter_id, error=error.message)
        _look_again(app, letter_id, error.retry_at if isinstance(error, NotDone) else None)
        return False
    crash_point("looked")
    if found is not None:
        return _found(app, mailbox, trace, letter_id, found)
    with app.database.write(EVERYBODY) as session:
        _not_found(app, session, letter_id, draft_is_there=draft_is_there)
    return False


def _trace(app: App, letter_id: str) -> _Trace | None:
    with app.database.read(EVERYBODY) as session:
        letter = session.get(Letter, letter_id)
        if letter is None or letter.state is not LetterState.UNKNOWN or letter.draft_id is None:
            return None
        account = session.get_one(Account, letter.account_id)
        if account.reconcile_from is not None:
            return None  # the tables were restored: Sent is compared as a whole first
        return _Trace(
            letter_id=letter.id,
            account_id=letter.account_id,
            to_address=letter.to_address,
            subject=letter.subject,
            draft_id=letter.draft_id,
            thread_id=letter.draft_thread_id or letter.reply_to_thread,
            history_before=letter.history_before,
            sending_at=letter.sending_at or letter.created_at,
            known=_known(session, letter),
            credentials=account.credentials,
        )


def _known(session: Session, letter: Letter) -> frozenset[str]:
    since = (letter.sending_at or letter.created_at) - _LEEWAY
    sent = select(Letter.gmail_id).where(Letter.account_id == letter.account_id, Letter.sent_at > since)
    return frozenset(gmail_id for gmail_id in session.scalars(sent) if gmail_id)


def _look(mailbox: Mailbox, trace: _Trace, seen: dict[str, MessageHead]) -> None:
    """Look until the letter is found or there is nowhere left. Other letters that were sent are put into ``seen`` too.

    They may be in doubt as well: where many are, each look settles some, instead of reading all that the last one read.
    """
    for head in _heads(mailbox, trace):
        letter_id = head.headers.get("x-outreach-id", "")
        if letter_id and "SENT" in head.labels:
            seen[letter_id] = head
        if letter_id == trace.letter_id and letter_id in seen:
            return


def _heads(mailbox: Mailbox, trace: _Trace) -> Iterator[MessageHead]:
    """Yield what each place shows: first the thread, which is one call and where a sent draft mostly is."""
    if trace.thread_id is not None:
        try:
            yield from mailbox.thread(trace.thread_id)
        except Gone:
            log.info("thread_gone", letter=trace.letter_id)
    if trace.history_before is not None:
        try:
            yield from mailbox.sent_since(trace.history_before, trace.known)
        except Gone:
            log.info("history_too_old", letter=trace.letter_id)
    yield from mailbox.search_sent(trace.to_address, trace.subject, trace.sending_at - timedelta(days=1))


def _found(app: App, mailbox: Mailbox, trace: _Trace, letter_id: str, head: MessageHead) -> bool:
    sent = SentRef(head.id, head.thread_id)
    with app.database.write(trace.account_id) as session:
        letter = session.get(Letter, letter_id, with_for_update=True)
        if letter is None or letter.state is not LetterState.UNKNOWN:
            return False
        now = app.now()
        at = min(letter.sending_at or now, now)  # the clock may have been set back since
        recorded, draft_id = mark_sent(app, session, letter_id, sent, at), letter.draft_id
    if not recorded:
        return False
    log.info("letter_settled_as_sent", letter=letter_id, account=trace.account_id)
    crash_point("settled")
    # An answer may have come in before anybody knew which thread the letter had begun.
    take_thread(app, trace.account_id, head.thread_id)
    try:
        if draft_id is not None:
            mailbox.delete_draft(draft_id)  # normally gone; where Gmail lags it must not tempt anybody to send it
    except EdgeError as error:
        log.info("draft_not_swept", letter=letter_id, error=error.message)
    return True


def _not_found(app: App, session: Session, letter_id: str, *, draft_is_there: bool) -> None:
    letter = session.get_one(Letter, letter_id, with_for_update=True)
    if letter.state is not LetterState.UNKNOWN:
        return
    now = app.now()
    letter.looks += 1
    apart = timedelta(seconds=app.settings.sending.settle_seconds)
    if reasons := why_not_alone(session.get_one(Account, letter.account_id).findings):
        _ask_person(session, letter, reasons, apart, now, draft_is_there=draft_is_there)
        return
    if draft_is_there:
        _not_sent(session, letter, apart, now)
        return
    # A draft that was there before and is gone now was sent or deleted by somebody: two looks begin anew.
    letter.missed_at = None
    if letter.looks <= len(_LOOKS):
        letter.due_at = now + _LOOKS[letter.looks - 1]
        return
    reason = "nobody knows whether it was sent: neither draft nor letter is there. Ask the recipient."
    end_letter(session, letter, LetterState.FAILED, reason, now)


def _ask_person(
    session: Session, letter: Letter, reasons: Sequence[str], apart: timedelta, now: datetime, *, draft_is_there: bool
) -> None:
    """Look a few times more, for the letter may still show up; then leave it to its owner, who can look better."""
    missed, letter.missed_at = letter.missed_at, letter.missed_at or now
    if not draft_is_there and letter.looks <= _LOOKS_BEFORE_ASKING:
        letter.due_at = now + _LOOKS[letter.looks - 1]
        return
    if draft_is_there and (missed is None or now - missed < apart):
        letter.due_at = letter.missed_at + apart
        return
    where = "its draft is still in your Drafts" if draft_is_there else "its draft is gone"
    reason = (
        f"nobody knows whether it was sent: {where}. Look into your Sent folder, and send it by hand if it is not "
        f"there. It is not sent again by itself, because the probe of this mailbox found: {reasons[0]}."
    )
    end_letter(session, letter, LetterState.FAILED, reason, now)


def _not_sent(session: Session, letter: Letter, apart: timedelta, now: datetime) -> None:
    """The draft is there and no letter: believed when it was so on two looks that are far enough apart."""
    if letter.missed_at is None or now - letter.missed_at < apart:
        letter.missed_at = min(letter.missed_at or now, now)  # the clock may have been set back in between
        letter.due_at = letter.missed_at + apart
        return
    if is_poison(letter.recoveries, explained=True):
        reason = f"it was not sent, and its worker died {letter.recoveries} times; look at the log, then "
        end_letter(session, letter, LetterState.FAILED, f"{reason}`outreach letter retry`", now)
        return
    letter.state = move_letter(letter.state, LetterState.SCHEDULED)
    letter.due_at, letter.missed_at, letter.looks = now, None, 0
    letter.last_error = "was not sent after all: its draft is still there"


def _look_again(app: App, letter_id: str, asked: datetime | None) -> None:
    """Look again when Google has asked for it, else after a quarter of the time for which it has been in doubt."""
    with app.database.write(EVERYBODY) as session:
        letter = session.get_one(Letter, letter_id, with_for_update=True)
        if letter.state is LetterState.UNKNOWN:
            now = app.now()
            doubted = now - (letter.sending_at or now)
            again = now + max(_SOON, min(doubted / 4, _LATE)) * random.uniform(0.75, 1.25)
            letter.due_at = max(asked or again, again)
