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
from outreach.errors import OutreachError
from outreach.model import Account, Contact, Conversation, DoNotContact, Letter, Meeting, SlotOffer
from outreach.queries.pending_answers import BOOK, CANCEL, NEXT, OFFER, chosen_time, pending_answer
from outreach.rules.addresses import address_key
from outreach.rules.for_owner import says, still_open, with_more
from outreach.rules.inbound import Understood
from outreach.rules.kinds import FIRST_LETTERS, TO_ONESELF, Answer, LetterKind, LetterState, MeetingStatus, Stage
from outreach.rules.reply_words import sentences
from outreach.rules.stages import can_move
from outreach.rules.zones import say
from outreach.settings import Settings

__all__ = ["BOOK", "CANCEL", "NEXT", "OFFER", "Heard", "call_back", "handle_answer", "leave_to_owner"]

_ASKING = FIRST_LETTERS | {LetterKind.FOLLOW_UP}
_WAITING = (LetterState.DRAFTED, LetterState.APPROVED, LetterState.SCHEDULED)
_ON_ITS_WAY = (
    LetterState.APPROVED,
    LetterState.SCHEDULED,
    LetterState.LEASED,
    LetterState.SENDING,
    LetterState.UNKNOWN,
)
#: After these answers nothing is open any more that an earlier one asked for; a yes leaves questions open.
_FINAL = frozenset({Answer.NO, Answer.NO_WITH_NAME, Answer.OPT_OUT})
_YES = frozenset({Answer.YES, Answer.YES_WITH_TIME})
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
    letter that is wanted only if the answer turns out to be a no without a name, ``not_worded`` why there is none.
    """

    understood: Understood
    received_at: datetime
    from_key: str = ""
    said: str = ""
    certain: bool = True
    slot: tuple[int, datetime] | None = None
    calendar: CalendarAnswer | None = None
    ask_for_name: Letter | None = None
    not_worded: str = ""


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


def leave_to_owner(session: Session, conversation: Conversation | None, at: datetime, now: datetime) -> str:
    """The owner wrote by hand: nothing goes out by itself any more. Return what was done in words.

    What the other side has written after ``at`` is not answered by that. A meeting that was declined is still off.
    """
    if conversation is None:
        return "written by you"
    if conversation.replied_at is not None and at < conversation.replied_at:
        return "written by you, before they last wrote"
    pending = pending_answer(session, conversation.id)
    if pending is not None:
        pending.done = "left to you: you wrote by hand"
    conversation.needs_you = ""
    if conversation.stage is not Stage.SLOTS_OFFERED:  # there it only says when the owner is told of their silence
        conversation.follow_up_due_at = None
    call_back(session, conversation, {LetterKind.FOLLOW_UP}, "you wrote by hand", now)
    return "written by you: no follow-up goes out by itself"


def _yes(case: _Case) -> str:
    if _is_seen_to(case):
        _note_reply(case)
        return "noted: what they answered before is seen to"
    if not _heard_from(case, Stage.REPLIED):
        return _later_word(case)
    if case.settings.scheduling.offer_automatically and _can_go_on(case) and not case.heard.understood.needs_person:
        return OFFER
    asks = ""
    if case.heard.understood.needs_person:
        mere = case.heard.understood.mere_yes
        asks = " without choosing one of the times" if mere else " and wrote more than that: read it first"
    return _ask(case, f"said yes{asks}. Offer times with `outreach schedule {_who(case)}`")


def _is_seen_to(case: _Case) -> bool:
    """Return whether this is a mere yes after one that is being gone on with: "Looking forward to it!"."""
    conversation = case.conversation
    if not _is_harmless(case) or conversation.stage not in {Stage.REPLIED, Stage.SLOTS_OFFERED}:
        return False
    offers = select(Letter.id).where(
        Letter.conversation_id == conversation.id,
        Letter.kind == LetterKind.SLOTS_OFFERED,
        Letter.state.in_(_ON_ITS_WAY),
    )
    return (
        pending_answer(case.session, conversation.id) is not None
        or says(conversation.needs_you, "chose ")
        or case.session.scalar(offers.limit(1)) is not None
    )


def _is_harmless(case: _Case) -> bool:
    understood = case.heard.understood
    return understood.answer is Answer.YES and (understood.mere_yes or not understood.needs_person)


def _can_go_on(case: _Case) -> bool:
    """Return whether this is certainly theirs, and the last that they wrote: late mail is read by a person."""
    return case.heard.certain and case.heard.received_at == case.conversation.replied_at


def _yes_with_time(case: _Case) -> str:
    if case.heard.slot is None:
        return _yes(case)
    if not _heard_from(case, Stage.REPLIED):
        return _later_word(case)
    if case.settings.scheduling.book_automatically and _can_go_on(case):
        return BOOK
    return _ask(case, _chose(case, case.heard.slot[1]))


def _chose(case: _Case, start: datetime) -> str:
    when = say(start, case.account.zone)
    return f"chose {when}. Book it with `outreach schedule {_who(case)} --at {start.astimezone(UTC):%Y-%m-%dT%H:%MZ}`"


def _no(case: _Case) -> str:
    if not _declined(case):
        return _later_word(case)
    if case.heard.understood.needs_person:
        return _ask(case, "said no and seems to point to somebody: read it, and add the person if so")
    letter = case.heard.ask_for_name
    if case.heard.not_worded:
        return _ask(case, f"said no; the letter that asks for another name cannot be written: {case.heard.not_worded}")
    if letter is None or _is_there(case.session, letter.dedupe_key):
        return "a no, noted"
    case.session.add(letter)
    return "a no: a letter that asks for another name is drafted"


def _no_with_name(case: _Case) -> str:
    if not _declined(case):
        return _later_word(case)
    call_back(case.session, case.conversation, {LetterKind.ASK_FOR_NAME}, "a name was given", case.now)
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
    except OutreachError:
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
    meets = conversation.stage is Stage.BOOKED
    _overtake(case)
    _note_reply(case)
    if can_move(conversation.stage, Stage.OPTED_OUT):
        conversation.stage, conversation.closed_at = Stage.OPTED_OUT, now
        if meets:
            _ask(case, "asked not to be written to, and a meeting is booked: settle that one by telephone")
    _release_offers(case)
    letters = case.session.scalars(
        select(Letter)
        .where(Letter.contact_id == case.contact.id, Letter.state.in_(_WAITING), Letter.kind.not_in(TO_ONESELF))
        .with_for_update()
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
    call_back(case.session, case.conversation, {LetterKind.FOLLOW_UP}, "the address does not exist", case.now)
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
    if answer.sequence < meeting.sequence:
        return "answers an invitation that no longer holds"
    if meeting.status not in _LIVE:
        return _too_late(case, meeting, answer)
    if answer.method == "COUNTER":
        when = say(answer.proposed.start, case.account.zone) if answer.proposed else "another time"
        return _ask(case, f"proposes {when} instead: move the meeting, or answer")
    meeting.partstat = answer.partstat
    _note_reply(case)
    if answer.partstat != "DECLINED":
        return f"the invitation is {answer.partstat.lower().replace('-', ' ')}"
    # A meeting is cancelled whatever its conversation was to wait for.
    case.session.get_one(Conversation, meeting.conversation_id, with_for_update=True).follow_up_due_at = None
    return CANCEL


def _too_late(case: _Case, meeting: Meeting, answer: CalendarAnswer) -> str:
    """An answer to an invitation that is history. One thing is worth telling: thanks left, and nobody had met."""
    unsaid = meeting.status is MeetingStatus.HELD and meeting.debriefed_at is None
    if answer.partstat == "DECLINED" and unsaid and case.heard.received_at < meeting.ends_at:
        _note_reply(case)
        return _ask(case, "declined the invitation before the meeting, which was taken as held: look whether you met")
    return "answers an invitation that no longer holds"


def _question(case: _Case) -> str:
    asked = next(iter(case.heard.understood.evidence), "")
    if not _heard_from(case, Stage.REPLIED):
        _note_reply(case)
    return _ask(case, f'asks: "{asked[:200]}"')


def _other(case: _Case) -> str:
    if case.conversation.stage is Stage.DECLINED and (named := _named(case)):
        # We had thanked for the no and asked whom else to write to: a name is the answer to that.
        case.conversation.needs_you = still_open(case.conversation.needs_you)
        _note_reply(case)
        return f"named {', '.join(named)}"
    if not _heard_from(case, Stage.REPLIED):
        _note_reply(case)
    names = ", ".join(name or address for name, address in case.heard.understood.names)
    return _ask(case, f"answered{f' and named {names}' if names else ''}: read it")


def _unreadable(case: _Case) -> str:
    """Perhaps a person answered: no follow-up may go out before somebody has looked."""
    if case.conversation.stage in {Stage.SENT, Stage.FOLLOWED_UP}:
        case.conversation.follow_up_due_at = None
    call_back(case.session, case.conversation, {LetterKind.FOLLOW_UP}, "a message could not be read", case.now)
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
    _overtake(case)
    conversation.stage = stage
    if conversation.closed_at is not None and not _has_open(case):
        conversation.closed_at = None
    _note_reply(case)
    # After the move: a first letter that is called back closes a conversation that is still queued.
    calls_back = _ASKING | {LetterKind.SLOTS_OFFERED if stage is Stage.DECLINED else LetterKind.ASK_FOR_NAME}
    call_back(case.session, conversation, calls_back, "the person has answered", case.now)
    return True


def _overtake(case: _Case) -> None:
    """What an earlier answer asked for is out of date; where only a person can say what holds now, they are told."""
    conversation, answer = case.conversation, case.heard.understood.answer
    pending = pending_answer(case.session, conversation.id)
    if answer in _FINAL and conversation.stage not in {Stage.BOOKED, Stage.OPTED_OUT}:
        conversation.needs_you = ""
    elif answer in _YES:
        conversation.needs_you = still_open(conversation.needs_you)
    if pending is not None:
        if answer not in _FINAL | _YES:
            start = chosen_time(case.session, pending) if pending.done == BOOK else None
            said = f"said yes. Offer times with `outreach schedule {_who(case)}`"
            conversation.needs_you = with_more(conversation.needs_you, _chose(case, start) if start else said)
        pending.done = "overtaken by a later answer"
    conversation.follow_up_due_at = None


def _note_reply(case: _Case) -> None:
    conversation = case.conversation
    conversation.last_answer = case.heard.understood.answer
    # An answer that is still being gone on with is known by this instant.
    if pending_answer(case.session, conversation.id) is None:
        conversation.replied_at = max(conversation.replied_at or case.heard.received_at, case.heard.received_at)


def _has_open(case: _Case) -> bool:
    query = select(Conversation.id).where(Conversation.contact_id == case.contact.id, Conversation.closed_at.is_(None))
    return case.session.scalar(query.limit(1)) is not None


def _later_word(case: _Case) -> str:
    """A word after the matter was settled: "See you then!" is only noted, a no to a meeting is for a person."""
    stage, answer = case.conversation.stage, case.heard.understood.answer
    _note_reply(case)
    if _is_harmless(case) and stage in {Stage.BOOKED, Stage.HELD, Stage.THANKED, Stage.CLOSED}:
        return "noted"
    return _ask(case, f"wrote again ({answer.replace('_', ' ')}) while the conversation is {stage.replace('_', ' ')}")


def _ask(case: _Case, what: str) -> str:
    case.conversation.needs_you = with_more(case.conversation.needs_you, what)
    return f"for you: {what}"


def _who(case: _Case) -> str:
    return case.contact.email or case.contact.id


def _is_there(session: Session, dedupe_key: str) -> bool:
    return session.scalar(select(Letter.id).where(Letter.dedupe_key == dedupe_key)) is not None


def _release_offers(case: _Case) -> None:
    offers = select(SlotOffer).where(SlotOffer.conversation_id == case.conversation.id, SlotOffer.released_at.is_(None))
    for offer in case.session.scalars(offers):
        offer.released_at = case.now


def call_back(
    session: Session, conversation: Conversation, kinds: Collection[LetterKind], reason: str, now: datetime
) -> None:
    """Cancel the conversation's letters of these kinds that still wait."""
    letters = select(Letter).where(
        Letter.conversation_id == conversation.id, Letter.kind.in_(kinds), Letter.state.in_(_WAITING)
    )
    for letter in session.scalars(letters.with_for_update()).all():
        end_letter(session, letter, LetterState.CANCELLED, f"not sent: {reason}", now)
