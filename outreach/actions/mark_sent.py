"""Record that a letter was sent, and move its conversation along in the same transaction."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from outreach.actions.note_held import note_held
from outreach.app import App
from outreach.edge import SentRef
from outreach.model import Account, Contact, Conversation, Letter, Meeting, Referral
from outreach.rules.holidays_near import days_off
from outreach.rules.kinds import FIRST_LETTERS, THANK_YOUS, Debt, LetterKind, LetterState, Stage
from outreach.rules.stages import can_move, move_letter
from outreach.rules.windows import add_working_days

_STAGE_AFTER = dict.fromkeys(FIRST_LETTERS, Stage.SENT) | {
    LetterKind.FOLLOW_UP: Stage.FOLLOWED_UP,
    LetterKind.SLOTS_OFFERED: Stage.SLOTS_OFFERED,
    **dict.fromkeys(THANK_YOUS, Stage.THANKED),
}

_LETTER_AND_TALK = (
    select(Letter, Account, Conversation, Contact)
    .join(Account, Account.id == Letter.account_id)
    .outerjoin(Conversation, Conversation.id == Letter.conversation_id)
    .outerjoin(Contact, Contact.id == Conversation.contact_id)
    .where(Letter.id == bindparam("letter_id"))
    .with_for_update(of=Letter)
)

#: Conversation before meeting before letter, as whoever moves a meeting locks them.
_TALK_OF_A_MEETING = (
    select(Conversation.id)
    .join(Letter, Letter.conversation_id == Conversation.id)
    .where(Letter.id == bindparam("letter_id"), Letter.meeting_id.is_not(None))
    .with_for_update(of=Conversation)
)

_MAY_HAVE_LEFT = frozenset({LetterState.SENDING, LetterState.UNKNOWN})


def mark_sent(
    app: App,
    session: Session,
    letter_id: str,
    sent: SentRef,
    at: datetime,
    *,
    token: str | None = None,
    believed: Collection[LetterState] = _MAY_HAVE_LEFT,
) -> bool:
    """Record the send. With a ``token`` only if the lease still bears it. Return whether the row was changed.

    ``believed`` are the states from which it can turn out to have been sent: others than those in which it may have
    left only where the tables were restored from a backup.
    """
    if not app.database.is_sqlite:  # which has one writer at a time
        session.execute(_TALK_OF_A_MEETING, {"letter_id": letter_id})
    row = session.execute(_LETTER_AND_TALK, {"letter_id": letter_id}).one_or_none()
    if row is None or row.Letter.state not in believed:
        return False
    letter: Letter = row.Letter
    if token is not None and letter.lease_token != token:
        return False
    letter.state = move_letter(letter.state, LetterState.SENT)
    letter.gmail_id, letter.thread_id = sent.id, sent.thread_id
    letter.sent_at, letter.due_at = at, at
    letter.lease_token = letter.lease_until = None
    letter.last_error = ""
    if letter.kind in THANK_YOUS and letter.meeting_id is not None:
        # Nobody said otherwise for 22 hours, or somebody said what was talked about: the meeting was held.
        note_held(session, session.get_one(Meeting, letter.meeting_id, with_for_update=True), at)
    if row.Conversation is not None:
        _move_conversation(app, row.Account, row.Contact, letter, row.Conversation, at)
    if letter.kind is LetterKind.REPORT_BACK:
        for edge in session.scalars(select(Referral).where(Referral.letter_id == letter.id)):
            edge.debt = Debt.TOLD
    return True


def _move_conversation(
    app: App, account: Account, contact: Contact, letter: Letter, conversation: Conversation, at: datetime
) -> None:
    if letter.kind in FIRST_LETTERS:
        conversation.thread_id, conversation.subject = letter.thread_id, letter.subject
    if letter.kind is LetterKind.FOLLOW_UP:
        conversation.follow_ups_sent += 1
    wanted = _STAGE_AFTER.get(letter.kind)
    if wanted is not None and can_move(conversation.stage, wanted):
        conversation.stage = wanted
    if conversation.stage in {Stage.SENT, Stage.FOLLOWED_UP} and conversation.replied_at is None:
        days = app.settings_for(account).sending.follow_up_days
        conversation.follow_up_due_at = _next_look(at, contact.zone or account.zone, days)


def _next_look(at: datetime, zone: str, days: int) -> datetime:
    """Return when to follow up, or to give up hoping: some working days later where they live, holidays left out."""
    local = at.astimezone(ZoneInfo(zone))
    again = add_working_days(local.date(), days, days_off(zone, local.date()))
    return at + timedelta(days=(again - local.date()).days)
