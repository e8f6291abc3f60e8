"""What follows from an answer, carried out on the rows, in the transaction that stores the message.

What needs the network is not done here: the message is marked with what comes next (``NEXT``), the mark is committed
together with it, and ``continue_conversation`` finds it there, however often the process dies in between.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.actions.add_referral import add_referral
from outreach.actions.end_letter import end_letter
from outreach.actions.owe_reports import owe_reports
from outreach.actions.postpone_follow_up import postpone_follow_up
from outreach.app import App
from outreach.calendar.answers import CalendarAnswer
from outreach.errors import BadInput
from outreach.model import Account, Contact, Conversation, DoNotContact, Inbound, Letter, Meeting, SlotOffer
from outreach.queries.pending_answers import BOOK, CANCEL, NEXT, OFFER
from outreach.rules.addresses import address_key
from outreach.rules.inbound import Understood
from outreach.rules.kinds import FIRST_LETTERS, TO_ONESELF, Answer, LetterKind, LetterState, MeetingStatus, Stage
from outreach.rules.reply_words import sentences
from outreach.rules.stages import can_move
from outreach.rules.zones import say
from outreach.settings import Settings

__all__ = ["BOOK", "CANCEL", "NEXT", "OFFER", "Heard", "handle_answer", "leave_to_owner"]

_ASKING = FIRST_LETTERS | {LetterKind.FOLLOW_UP}
_WAITING = (LetterState.DRAFTED, LetterState.APPROVED, LetterState.SCHEDULED)
_LIVE = frozenset({MeetingStatus.HOLD, MeetingStatus.CONFIRMED})
_NAMELESS = re.compile(
    r"\b(?:not|without|never|don['’]t)\b.{0,30}\b(?:mention|mentioning|use|using|say|saying)\b.{0,20}\bm(?:e|y name)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class Heard:
    """One message as understood.

    ``from_key`` is the sender's address as compared; ``certain`` False when only that address ties it to the
    conversation; ``slot`` the number and start (aware UTC) of the offered time that was chosen; ``ask_for_name`` a
    letter that is wanted only if the answer turns out to be a no without a name.
    """

    understood: Understood
    received_at: datetime
    from_key: str = ""
    said: str = ""
    certain: bool = True
    slot: tuple[int, datetime] | None = None
    calendar: CalendarAnswer | None = None
    ask_for_name: Letter | None = None


@dataclass(frozen=True)
class _Case:
    """An answer, and all that it may touch."""

    app: App
    session: Session
    settings: Settings
    account: Account
    contact: Contact
    conversation: Conversation
    heard: Heard
    now: datetime


def handle_answer(
    app: App, session: Session, account: Account, contact: Contact, conversation: Conversation | None, heard: Heard
) -> str:
    """Carry out what follows from the answer. Return what was done in words, or what comes next (``NEXT``).

    Called within the transaction that stores the message; touches no network and raises nothing for what people write.
    """
    if conversation is None:
        conversation = _no_conversation(account, contact, app.now())
    case = _Case(app, session, app.settings_for(account), account, contact, conversation, heard, app.now())
    return _CONSEQUENCES[heard.understood.answer](case)


def _no_conversation(account: Account, contact: Contact, now: datetime) -> Conversation:
    """Return a stand-in that is never stored: an introducer without a conversation answers a report, for instance."""
    return Conversation(
        account_id=account.id, contact_id=contact.id, stage=Stage.CLOSED, opened_at=now, closed_at=now, needs_you=""
    )


def leave_to_owner(session: Session, conversation: Conversation | None, now: datetime) -> str:
    """The owner wrote by hand: nothing goes out by itself any more. Return what was done in words."""
    if conversation is None:
        return "written by you"
    conversation.needs_you, conversation.follow_up_due_at = "", None
    _end_letters(session, conversation, {LetterKind.FOLLOW_UP}, "you wrote by hand", now)
    if conversation.replied_at is not None:
        pending = session.scalars(
            select(Inbound).where(
                Inbound.conversation_id == conversation.id,
                Inbound.received_at == conversation.replied_at,
                Inbound.done.startswith(NEXT),
            )
        )
        for message in pending:
            message.done = "left to you: you wrote by hand"
    return "written by you: no follow-up goes out by itself"


def _yes(case: _Case) -> str:
    if not _heard_from(case, Stage.REPLIED):
        return _later_word(case)
    if case.settings.scheduling.offer_automatically and case.heard.certain and not case.heard.understood.needs_person:
        return OFFER
    asks = " and wrote more than that: read it first" if case.heard.understood.needs_person else ""
    return _ask(case, f"said yes{asks}. Offer times with `outreach schedule {_who(case)}`")


def _yes_with_time(case: _Case) -> str:
    if case.heard.slot is None:
        return _yes(case)
    if not _heard_from(case, Stage.REPLIED):
        return _later_word(case)
    if case.settings.scheduling.book_automatically and case.heard.certain:
        return BOOK
    start = case.heard.slot[1].astimezone(UTC)
    when = say(start, case.account.zone)
    return _ask(case, f"chose {when}. Book it with `outreach schedule {_who(case)} --at {start:%Y-%m-%dT%H:%MZ}`")


def _no(case: _Case) -> str:
    if not _declined(case):
        return _later_word(case)
    if case.heard.understood.needs_person:
        return _ask(case, "said no and seems to point to somebody: read it, and add the person if so")
    letter = case.heard.ask_for_name
    if letter is None or _is_there(case.session, letter.dedupe_key):
        return "a no, noted"
    case.session.add(letter)
    return "a no: a letter that asks for another name is drafted"


def _no_with_name(case: _Case) -> str:
    if not _declined(case):
        return _later_word(case)
    _end_letters(case.session, case.conversation, {LetterKind.ASK_FOR_NAME}, "a name was given", case.now)
    named = _named(case)
    if case.heard.understood.needs_person or not named:
        return _ask(case, "said no and named somebody: read it, and see whether the name was understood")
    return f"a no that named {', '.join(named)}"


def _named(case: _Case) -> list[str]:
    """Make contacts and edges of the people named; return how they are called."""
    return [person for name, address in case.heard.understood.names if (person := _introduce(case, name, address))]


def _introduce(case: _Case, name: str, address: str) -> str:
    said = next((one for one in sentences(case.heard.said) if address.lower() in one.lower()), "")
    try:
        edge = add_referral(
            case.session,
            case.app,
            case.account.id,
            case.contact.id,
            name,
            address,
            may_use_name=_NAMELESS.search(case.heard.said) is None,
            said=said,
        )
    except BadInput:
        return ""
    return name or address if edge is not None else ""


def _declined(case: _Case) -> bool:
    """Note the no. Return False where a no means something else: while a meeting is booked, or after it."""
    if case.conversation.stage is Stage.BOOKED or not _heard_from(case, Stage.DECLINED):
        return False
    _release_offers(case)
    owe_reports(case.session, case.contact.id, "declined")
    return True


def _opt_out(case: _Case) -> str:
    conversation, now = case.conversation, case.now
    for key in dict.fromkeys((case.contact.address_key, case.heard.from_key)):
        _refuse(case, key)
    _note_reply(case)
    if can_move(conversation.stage, Stage.OPTED_OUT):
        meets = conversation.stage is Stage.BOOKED
        conversation.stage, conversation.closed_at = Stage.OPTED_OUT, now
        if meets:
            _ask(case, "asked not to be written to, and a meeting is booked: settle that one by telephone")
    _release_offers(case)
    letters = case.session.scalars(
        select(Letter).where(
            Letter.contact_id == case.contact.id, Letter.state.in_(_WAITING), Letter.kind.not_in(TO_ONESELF)
        )
    ).all()
    for letter in letters:
        end_letter(case.session, letter, LetterState.CANCELLED, "the person asked not to be written to", now)
    return f"never written to again; {len(letters)} waiting letters cancelled"


def _refuse(case: _Case, key: str | None) -> None:
    query = select(DoNotContact.id).where(DoNotContact.address_key == key)
    if key and case.session.scalar(query) is None:
        case.session.add(
            DoNotContact(account_id=case.account.id, address_key=key, reason="asked by mail", created_at=case.now)
        )
        case.session.flush()


def _bounce(case: _Case) -> str:
    failed = case.heard.understood.failed_address
    if failed is not None and address_key(failed) != case.contact.address_key:
        return _ask(case, f"a letter did not reach {failed}: see whether {case.contact.full_name} got it")
    case.contact.address_dead = True
    case.conversation.follow_up_due_at = None
    if can_move(case.conversation.stage, Stage.BOUNCED):
        case.conversation.stage = Stage.BOUNCED
    _end_letters(case.session, case.conversation, {LetterKind.FOLLOW_UP}, "the address does not exist", case.now)
    _ask(case, f"the address {case.contact.email} does not work: find another address")
    return "the address is marked as dead"


def _bounce_soft(case: _Case) -> str:
    del case
    return "not delivered yet: the mail servers go on trying"


def _auto_reply(case: _Case) -> str:
    until = postpone_follow_up(
        case.session,
        case.conversation,
        zone_name=case.contact.zone or case.account.zone,
        returns_on=case.heard.understood.returns_on,
        received_at=case.heard.received_at,
    )
    return f"away: the follow-up waits until {until:%Y-%m-%d}" if until else "away: nothing to put off"


def _calendar(case: _Case) -> str:
    answer = case.heard.calendar
    if answer is None:
        return _ask(case, "sent something from their calendar that is no plain answer: read it")
    meeting = case.session.scalar(select(Meeting).where(Meeting.uid == answer.uid))
    if meeting is None or meeting.contact_id != case.contact.id:
        return _ask(case, "sent a calendar answer about a meeting that is not one of yours with them: read it")
    if not {address_key(answer.attendee), case.heard.from_key} <= {case.contact.address_key}:
        return _ask(case, f"an answer to the invitation came from {answer.attendee}, who was not invited: read it")
    if meeting.status not in _LIVE or answer.sequence < meeting.sequence:
        return "answers an invitation that no longer holds"
    if answer.method == "COUNTER":
        when = say(answer.proposed.start, case.account.zone) if answer.proposed else "another time"
        return _ask(case, f"proposes {when} instead: move the meeting, or answer")
    meeting.partstat = answer.partstat
    _note_reply(case)
    if answer.partstat == "DECLINED":
        return CANCEL
    return f"the invitation is {answer.partstat.lower().replace('-', ' ')}"


def _question(case: _Case) -> str:
    asked = next(iter(case.heard.understood.evidence), "")
    if not _heard_from(case, Stage.REPLIED):
        _note_reply(case)
    return _ask(case, f'asks: "{asked[:200]}"')


def _other(case: _Case) -> str:
    if case.conversation.stage is Stage.DECLINED and (named := _named(case)):
        # We had thanked for the no and asked whom else to write to: a name is the answer to that.
        _note_reply(case)
        return f"named {', '.join(named)}"
    if not _heard_from(case, Stage.REPLIED):
        _note_reply(case)
    names = ", ".join(name or address for name, address in case.heard.understood.names)
    return _ask(case, f"answered{f' and named {names}' if names else ''}: read it")


def _unreadable(case: _Case) -> str:
    """Perhaps a person answered: no follow-up may go out before somebody has looked."""
    case.conversation.follow_up_due_at = None
    _end_letters(case.session, case.conversation, {LetterKind.FOLLOW_UP}, "a message could not be read", case.now)
    return _ask(case, "sent a message that could not be read: look at it in your mailbox")


_CONSEQUENCES: Mapping[Answer, Callable[[_Case], str]] = {
    Answer.BOUNCE: _bounce,
    Answer.BOUNCE_SOFT: _bounce_soft,
    Answer.AUTO_REPLY: _auto_reply,
    Answer.CALENDAR: _calendar,
    Answer.OPT_OUT: _opt_out,
    Answer.NO: _no,
    Answer.NO_WITH_NAME: _no_with_name,
    Answer.YES_WITH_TIME: _yes_with_time,
    Answer.YES: _yes,
    Answer.QUESTION: _question,
    Answer.OTHER: _other,
    Answer.UNREADABLE: _unreadable,
}


def _heard_from(case: _Case, stage: Stage) -> bool:
    """Move the conversation to ``stage``, and call back what would still ask. Return False where that cannot be."""
    conversation = case.conversation
    if not can_move(conversation.stage, stage):
        return False
    conversation.stage = stage
    if conversation.closed_at is not None and not _has_open(case):
        conversation.closed_at = None
    _note_reply(case)
    # After the move: a first letter that is called back closes a conversation that is still queued.
    calls_back = _ASKING if stage is Stage.DECLINED else _ASKING | {LetterKind.ASK_FOR_NAME}
    _end_letters(case.session, conversation, calls_back, "the person has answered", case.now)
    return True


def _note_reply(case: _Case) -> None:
    conversation = case.conversation
    conversation.replied_at = max(conversation.replied_at or case.heard.received_at, case.heard.received_at)
    conversation.last_answer = case.heard.understood.answer
    conversation.follow_up_due_at = None
    conversation.needs_you = ""


def _has_open(case: _Case) -> bool:
    query = select(Conversation.id).where(Conversation.contact_id == case.contact.id, Conversation.closed_at.is_(None))
    return case.session.scalar(query.limit(1)) is not None


def _later_word(case: _Case) -> str:
    """A word after the matter was settled: "See you then!" is only noted, a no to a meeting is for a person."""
    stage, answer = case.conversation.stage, case.heard.understood.answer
    _note_reply(case)
    harmless = answer is Answer.YES and not case.heard.understood.needs_person
    if harmless and stage in {Stage.BOOKED, Stage.HELD, Stage.THANKED, Stage.CLOSED}:
        return "noted"
    return _ask(case, f"wrote again ({answer.replace('_', ' ')}) while the conversation is {stage.replace('_', ' ')}")


def _ask(case: _Case, what: str) -> str:
    case.conversation.needs_you = what[:500]
    return f"for you: {what}"


def _who(case: _Case) -> str:
    return case.contact.email or case.contact.id


def _is_there(session: Session, dedupe_key: str) -> bool:
    return session.scalar(select(Letter.id).where(Letter.dedupe_key == dedupe_key)) is not None


def _release_offers(case: _Case) -> None:
    offers = select(SlotOffer).where(SlotOffer.conversation_id == case.conversation.id, SlotOffer.released_at.is_(None))
    for offer in case.session.scalars(offers):
        offer.released_at = case.now


def _end_letters(
    session: Session, conversation: Conversation, kinds: Collection[LetterKind], reason: str, now: datetime
) -> None:
    letters = select(Letter).where(
        Letter.conversation_id == conversation.id, Letter.kind.in_(kinds), Letter.state.in_(_WAITING)
    )
    for letter in session.scalars(letters).all():
        end_letter(session, letter, LetterState.CANCELLED, f"not sent: {reason}", now)
