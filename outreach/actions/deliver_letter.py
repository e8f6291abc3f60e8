"""Deliver one letter: claim, draft, commit ``sending``, send the draft once, record what is known.

The draft is the idempotency key: sending consumes it. Whatever happens between the commit of ``sending`` and the
commit of ``sent`` leaves a letter whose fate is settled by looking (``settle_letter``), never by sending again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import cache

import structlog
from sqlalchemy import String, Update, bindparam, func, update
from sqlalchemy.orm import Session

from outreach.actions.claim_letters import Claim, claim_letters, end_lease
from outreach.actions.crash_points import crash_point
from outreach.actions.end_letter import end_letter
from outreach.actions.hold_back import hold_back, lose_access
from outreach.actions.mark_sent import mark_sent
from outreach.actions.record_found import record_as_sent
from outreach.app import App
from outreach.database import EVERYBODY
from outreach.edge import AccessLost, DraftRef, EdgeError, Gone, Mailbox, NotDone, Refused, SentRef, Unsure
from outreach.model import Letter
from outreach.model.base import UtcDateTime
from outreach.rules.kinds import LetterState
from outreach.rules.leases import ENOUGH_TO_SEND, LEASE

log = structlog.get_logger(__name__)

#: Letters claimed at once, each of another account, and sent one after the other.
BATCH = 8
#: How long after a doubtful send the first look is taken.
FIRST_LOOK = timedelta(seconds=5)


def deliver_letter(app: App, letter_id: str) -> bool:
    """Deliver the letter if it is due and free. Return whether it is known to have been sent.

    Every failure ends in a row that says what happens next; nothing is raised for what the network does.
    """
    claims = claim_letters(app, letter_id=letter_id)
    return bool(claims) and _deliver(app, claims[0], {})


def deliver_due(app: App, go_on: Callable[[], bool]) -> int:
    """Deliver what is due, a few letters at a time, until nothing is or ``go_on`` says no. Return how many were sent.

    One poke is enough for a whole backlog: nobody has to be woken for each letter.
    """
    sent = 0
    while go_on() and (claims := claim_letters(app, limit=BATCH)):
        opened: dict[tuple[str, bytes | None], Mailbox] = {}
        for number, claim in enumerate(claims):
            if not go_on() or claim.lease_until - app.now() < LEASE / 2:
                _give_back(app, claims[number:])
                return sent
            sent += _deliver(app, claim, opened)
    return sent


def _give_back(app: App, claims: Sequence[Claim]) -> None:
    """Put back letters that were claimed and not begun with, as if nobody had had them."""
    with app.database.write(EVERYBODY) as session:
        for claim in claims:
            session.execute(end_lease(claim).values(state=LetterState.SCHEDULED, attempts=Letter.attempts - 1))


def _deliver(app: App, claim: Claim, opened: dict[tuple[str, bytes | None], Mailbox]) -> bool:
    """Deliver the letter. ``opened`` are the mailboxes that were opened for its batch, by account and consent."""
    crash_point("claimed")
    try:
        mailbox = _mailbox(app, claim, opened)
        draft = _draft(mailbox, claim)
        crash_point("drafted")
        # Where the inbox was read to lies before this letter too, and saves a call.
        history = claim.history_id or mailbox.profile().history_id
    except AccessLost as error:
        lose_access(app, claim, error)
        return False
    except Refused as error:
        _fail(app, claim, f"Gmail refused the letter: {error.message}")
        return False
    except EdgeError as error:
        if isinstance(error, Gone) and claim.has_been_sending:
            _doubt(app, claim, error)
        else:
            hold_back(app, claim, error)
        return False
    if not _commit_sending(app, claim, draft, history):
        log.warning("lease_lost_before_send", letter=claim.letter_id, account=claim.account_id)
        _drop(mailbox, claim, draft)
        return False
    crash_point("sending")
    return _send(app, claim, mailbox, draft)


def _mailbox(app: App, claim: Claim, opened: dict[tuple[str, bytes | None], Mailbox]) -> Mailbox:
    by = (claim.account_id, claim.credentials)
    if by not in opened:
        opened[by] = app.google.mailbox(claim.account_id)
    return opened[by]


def _draft(mailbox: Mailbox, claim: Claim) -> DraftRef:
    """Return the draft to send: the very one of an earlier attempt to send, else a new one with the frozen bytes.

    Raises Gone when the draft of a letter that has been sending is not there: it was consumed or deleted, and a second
    one could become a second letter.
    """
    if claim.has_been_sending:
        if claim.draft_id is None or not mailbox.draft_exists(claim.draft_id):
            raise Gone("the draft that was to be sent is not there any more")
        return DraftRef(claim.draft_id, "", claim.thread_id or "")
    if claim.attempts > 1:
        # What earlier attempts left behind was never sent, and may hold words that were changed since.
        for orphan in mailbox.find_drafts(claim.letter_id, claim.since):
            mailbox.delete_draft(orphan.id)
    return mailbox.create_draft(claim.frozen, claim.thread_id)


def _commit_sending(app: App, claim: Claim, draft: DraftRef, history: str) -> bool:
    now = app.now()
    with app.database.begin() as connection:
        hit = connection.execute(
            _sending(),
            {
                "held": claim.letter_id,
                "token": claim.token,
                "latest": now + ENOUGH_TO_SEND,
                "draft_id": draft.id,
                "thread": draft.thread_id or None,
                "history": history,
                "now": now,
            },
        )
    return bool(hit.rowcount)


@cache
def _sending() -> Update:
    """Return the statement that marks a leased letter as being sent, if its lease holds long enough for the POST."""
    letter = Letter.__table__.c
    now, latest = (bindparam(name, type_=UtcDateTime()) for name in ("now", "latest"))
    return (
        update(Letter.__table__)  # type: ignore[arg-type]
        .where(
            letter.id == bindparam("held"),
            letter.state == LetterState.LEASED,
            letter.lease_token == bindparam("token"),
            letter.lease_until > latest,
        )
        .values(
            state=LetterState.SENDING,
            draft_id=bindparam("draft_id"),
            draft_thread_id=func.coalesce(bindparam("thread", type_=String()), letter.draft_thread_id),
            history_before=bindparam("history"),
            sending_at=now,
        )
    )


def _drop(mailbox: Mailbox, claim: Claim, draft: DraftRef) -> None:
    """Delete a draft that nobody knows of; that of an earlier attempt to send is not ours alone."""
    if claim.has_been_sending:
        return
    try:
        mailbox.delete_draft(draft.id)
    except EdgeError as error:
        log.info("draft_not_swept", letter=claim.letter_id, error=error.message)


def _send(app: App, claim: Claim, mailbox: Mailbox, draft: DraftRef) -> bool:
    try:
        sent = mailbox.send_draft(draft.id)
    except (Unsure, Gone) as error:
        _doubt(app, claim, error)
        return False
    except AccessLost as error:
        lose_access(app, claim, error)
        return False
    except NotDone as error:
        hold_back(app, claim, error)
        return False
    except Refused as error:
        _fail(app, claim, f"Gmail refused the letter: {error.message}")
        return False
    crash_point("accepted")
    return _record(app, claim, sent)


def _record(app: App, claim: Claim, sent: SentRef) -> bool:
    with app.database.write(EVERYBODY) as session:
        recorded = mark_sent(app, session, claim.letter_id, sent, app.now(), token=claim.token)
        if not recorded:
            recorded = _record_late(app, session, claim, sent)
    crash_point("recorded")
    if recorded:
        late = (app.now() - claim.due_at).total_seconds()
        log.info("letter_sent", letter=claim.letter_id, account=claim.account_id, seconds_past_due=round(late, 3))
    return recorded


def _record_late(app: App, session: Session, claim: Claim, sent: SentRef) -> bool:
    """Record a letter whose lease was lost while its request was under way: it has left, whatever was decided since."""
    letter = session.get(Letter, claim.letter_id, with_for_update=True)
    if letter is None or letter.state is LetterState.SENT:
        return False
    log.warning("letter_sent_late", letter=letter.id, account=letter.account_id, state=letter.state)
    if letter.frozen is None:  # a draft again by now: what has left is what is kept
        letter.frozen, letter.sha256 = claim.frozen, hashlib.sha256(claim.frozen).hexdigest()
    return record_as_sent(app, session, letter, sent, app.now(), None)


def _doubt(app: App, claim: Claim, error: EdgeError) -> None:
    log.warning("letter_unknown", letter=claim.letter_id, account=claim.account_id, error=error.message)
    with app.database.write(EVERYBODY) as session:
        session.execute(
            end_lease(claim).values(
                state=LetterState.UNKNOWN,
                recoveries=0,
                due_at=app.now() + FIRST_LOOK,
                last_error=f"fate unknown: {error.message}"[:500],
            )
        )


def _fail(app: App, claim: Claim, reason: str) -> None:
    log.error("letter_failed", letter=claim.letter_id, account=claim.account_id, reason=reason)
    with app.database.write(EVERYBODY) as session:
        letter = session.get(Letter, claim.letter_id, with_for_update=True)
        if letter is not None and letter.lease_token == claim.token:
            end_letter(session, letter, LetterState.FAILED, reason, app.now())
