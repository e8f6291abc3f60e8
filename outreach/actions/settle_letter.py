"""Settle a letter whose fate is unknown, by looking: in its thread, in history, in Sent, then at the draft.

Only a draft that is still there, for a letter that was nowhere to be found twice and minutes apart, is sent again -
the same draft, which sending consumes. Where neither draft nor letter can be found, a person is asked; and so it is
in a mailbox of which a probe has found that looking proves nothing there: no draft is ever sent again then.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from outreach.actions.crash_points import crash_point
from outreach.actions.end_letter import end_letter
from outreach.actions.hold_back import stop_account
from outreach.actions.look_for_letter import Trace, look_for, trace_of
from outreach.actions.mark_sent import mark_sent
from outreach.actions.take_thread import take_thread
from outreach.actions.visit_mailbox import Visit, visit_mailbox
from outreach.app import App
from outreach.database import EVERYBODY
from outreach.edge import AccessLost, EdgeError, Mailbox, MessageHead, NotDone, SentRef
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
#: When to look again after each look that settled nothing.
_LOOKS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 60, 120, 240, 480, 480))


def settle_letter(app: App, letter_id: str) -> bool:
    """Look for the letter in the mailbox and record what was found. Return whether it is known to have been sent."""
    trace = _trace(app, letter_id)
    if trace is None:
        return False
    with visit_mailbox(app, trace.account_id) as visit:
        return visit is not None and _settle(app, trace, visit)


def _settle(app: App, trace: Trace, visit: Visit) -> bool:
    letter_id, seen = trace.letter_id, dict[str, MessageHead]()
    try:
        mailbox = visit.mailbox()
        try:
            look_for(mailbox, trace, seen, visit.keep)
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


def _trace(app: App, letter_id: str) -> Trace | None:
    with app.database.read(EVERYBODY) as session:
        letter = session.get(Letter, letter_id)
        if letter is None or letter.state is not LetterState.UNKNOWN:
            return None
        return trace_of(session, letter)


def _found(app: App, mailbox: Mailbox, trace: Trace, letter_id: str, head: MessageHead) -> bool:
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
        letter.looks, letter.missed_at = 0, None  # no doubt is left
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
