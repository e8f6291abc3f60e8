"""Take up a letter that was not sent: as a draft, to be approved again, or as it was frozen."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.actions.prepare_letter import address_to, readdress, word
from outreach.app import App
from outreach.errors import NotAllowed, NotFound, TryLater
from outreach.model import Account, Contact, Conversation, Letter, Meeting
from outreach.model.base import new_id
from outreach.queries.thread_of import parent_of
from outreach.rules.edited import was_edited
from outreach.rules.kinds import (
    CALLED_BACK,
    ENDED,
    FIRST_LETTERS,
    THANK_YOUS,
    TO_ONESELF,
    WITH_INVITATION,
    LetterKind,
    LetterState,
    MeetingStatus,
    Stage,
)
from outreach.rules.stages import move_letter

_ABOUT_THE_TIME = WITH_INVITATION | {LetterKind.REMINDER}
#: Their words, times and invitations belong to what was true when they were written: never to be worded anew.
_OF_THEIR_MOMENT = _ABOUT_THE_TIME | THANK_YOUS | TO_ONESELF | {LetterKind.SLOTS_OFFERED}


def retry_letter(app: App, account_id: str, letter_id: str) -> LetterState:
    """Make a failed, expired or cancelled letter a draft again, with the contact's present address.

    A failed letter about a meeting, or its thank-you, is scheduled again as it was frozen, if what it says still
    holds. Return what the letter is now. Raises NotAllowed for one whose fate is not known for sure: it may have
    arrived, and is never sent twice; and for one that another command writes anew, naming that; TryLater while its
    draft is not taken back yet.
    """
    with app.database.write(account_id) as session:
        letter = session.get(Letter, letter_id)
        if letter is None:
            raise NotFound(f"There is no letter {letter_id!r}. `outreach letter list` shows them.")
        # The meeting is locked first, as in all that changes meetings.
        meeting = session.get(Meeting, letter.meeting_id, with_for_update=True) if letter.meeting_id else None
        session.refresh(letter, with_for_update=True)
        _refuse_state(letter)
        if letter.kind in _OF_THEIR_MOMENT:
            _put_back(app, session, letter, meeting)
        else:
            _reopen_conversation(app, session, letter)
            _back_to_draft(app, session, letter)
        return letter.state


def _refuse_state(letter: Letter) -> None:
    if letter.state not in ENDED:
        raise NotAllowed(f"The letter to {letter.to_name} is {letter.state}: there is nothing to try again.")
    if letter.is_in_doubt:
        raise NotAllowed(
            f"Nobody knows whether the letter to {letter.to_name} arrived, so it is not sent again: look into your "
            f"Sent folder, or ask the recipient, and say what you found with `outreach letter settle {letter.id[:8]}`."
        )

    if letter.state in CALLED_BACK and letter.attempts and letter.draft_id is not None:
        raise TryLater(
            f"A draft of the letter to {letter.to_name} was in your mailbox and could have left. It is taken back "
            "within a minute while `outreach run` or `outreach work` is at work; where it is gone already, the letter "
            "is looked for, for an hour and a half. Try again then."
        )


def _put_back(app: App, session: Session, letter: Letter, meeting: Meeting | None) -> None:
    """Schedule a failed letter again, its bytes as they are. Raises NotAllowed where it says what no longer holds."""
    now = app.now()
    contact = session.get(Contact, letter.contact_id) if letter.contact_id else None
    in_time = letter.expires_at is None or now < letter.expires_at
    if letter.state is not LetterState.FAILED or meeting is None or contact is None or not in_time:
        raise NotAllowed(_instead(letter, contact))
    if not (_thanks_are_owed if letter.kind in THANK_YOUS else _time_holds)(session, letter, meeting, now):
        raise NotAllowed(_instead(letter, contact))
    if contact.address_key != letter.to_key:
        if letter.kind in WITH_INVITATION or not contact.email:  # the invitation names the old address
            raise NotAllowed(_instead(letter, contact))
        account = session.get_one(Account, letter.account_id)
        readdress(app, account, letter, contact, parent_of(session, letter))
    letter.state = move_letter(letter.state, LetterState.SCHEDULED)
    letter.due_at = max(letter.due_at or now, now)
    letter.recoveries, letter.last_error = 0, ""


def _thanks_are_owed(session: Session, letter: Letter, meeting: Meeting, _now: datetime) -> bool:
    others = select(Letter.id).where(
        Letter.meeting_id == meeting.id, Letter.kind.in_(THANK_YOUS), Letter.state.not_in(ENDED)
    )
    owed = meeting.status in {MeetingStatus.CONFIRMED, MeetingStatus.HELD}
    return owed and session.scalar(others.limit(1)) is None


def _time_holds(_session: Session, letter: Letter, meeting: Meeting, now: datetime) -> bool:
    cancels = letter.kind is LetterKind.MEETING_CANCELLED
    wanted = MeetingStatus.CANCELLED if cancels else MeetingStatus.CONFIRMED
    return meeting.status is wanted and letter.meeting_sequence == meeting.sequence and now < meeting.starts_at


def _instead(letter: Letter, contact: Contact | None) -> str:
    """Return in a sentence what to do instead of trying the letter again."""
    what = f"The {letter.kind.replace('_', ' ')} letter to {letter.to_name} cannot be tried again"
    meeting = (letter.meeting_id or "")[:8]
    if letter.kind in THANK_YOUS | TO_ONESELF:
        return f"{what}: `outreach thank {meeting} --topic …` writes the thank-you anew."
    if letter.kind is LetterKind.SLOTS_OFFERED:
        whom = (contact.email if contact else None) or letter.to_address
        return f"{what}: `outreach schedule {whom}` offers times that are free now."
    return f"{what}: `outreach meeting move {meeting}` or `outreach meeting cancel {meeting}` sends a new one."


def _back_to_draft(app: App, session: Session, letter: Letter) -> None:
    letter.state = move_letter(letter.state, LetterState.DRAFTED)
    for name in ("frozen", "sha256", "approved_at", "due_at", "deadline_at", "expires_at", "draft_id"):
        setattr(letter, name, None)
    for name in ("draft_thread_id", "history_before", "sending_at"):
        setattr(letter, name, None)
    # It is remembered that there were attempts: the drafts that they left are swept before the next.
    letter.attempts, letter.recoveries, letter.why_then, letter.last_error = min(letter.attempts, 1), 0, "", ""
    contact = session.get(Contact, letter.contact_id) if letter.contact_id else None
    if contact is not None:
        address_to(letter, contact)
    if not was_edited(letter.facts):
        word(app, letter, parent_of(session, letter))


def _reopen_conversation(app: App, session: Session, letter: Letter) -> None:
    """Give a first letter a new conversation where its own was closed with it; a closed one stays closed."""
    conversation = session.get(Conversation, letter.conversation_id) if letter.conversation_id else None
    if conversation is None or conversation.closed_at is None or letter.kind is LetterKind.REPORT_BACK:
        return
    never_written_to = conversation.thread_id is None and conversation.stage in {Stage.CANCELLED, Stage.CLOSED}
    if not never_written_to or letter.kind not in FIRST_LETTERS:
        raise NotAllowed(f"The conversation with {letter.to_name} is over ({conversation.stage}).")
    query = select(Conversation.id).where(
        Conversation.contact_id == letter.contact_id, Conversation.closed_at.is_(None)
    )
    if session.scalar(query) is not None:
        raise NotAllowed(f"There is a newer conversation with {letter.to_name}: go on with that one.")
    anew = Conversation(
        id=new_id(),
        account_id=letter.account_id,
        contact_id=conversation.contact_id,
        stage=Stage.DRAFTED,
        opened_at=app.now(),
    )
    session.add(anew)
    session.flush()
    letter.dedupe_key = letter.dedupe_key.replace(conversation.id, anew.id)
    letter.conversation_id = anew.id
