"""What follows from an answer, carried out on the rows, in the transaction that stores the message.

What needs the network is not done here: the message is marked with what comes next (``NEXT``), the mark is committed
together with it, and ``continue_conversation`` finds it there, however often the process dies in between.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.actions.add_referral import add_referral
from outreach.actions.answer_case import (
    AnswerCase,
    Heard,
    ask,
    chose,
    heard_from,
    is_harmless,
    later_word,
    note_reply,
    overtake,
    who,
)
from outreach.actions.call_back import call_back
from outreach.actions.end_letter import end_letter
from outreach.actions.handle_calendar_answer import handle_calendar_answer
from outreach.actions.owe_reports import owe_reports
from outreach.actions.postpone_follow_up import postpone_follow_up
from outreach.actions.release_offers import release_offers
from outreach.actions.their_times import their_times
from outreach.app import App
from outreach.errors import OutreachError
from outreach.model import Account, Contact, Conversation, DoNotContact, Letter
from outreach.queries.pending_answers import BOOK, OFFER, pending_answer
from outreach.rules.addresses import address_key
from outreach.rules.for_owner import says, still_open
from outreach.rules.kinds import (
    ON_ITS_WAY,
    TO_ONESELF,
    WAITING,
    Answer,
    LetterKind,
    LetterState,
    Stage,
)
from outreach.rules.replies import AS_SAID
from outreach.rules.reply_words import sentences
from outreach.rules.stages import can_move

_NOES = frozenset({Answer.NO, Answer.NO_WITH_NAME})
_NAMELESS = re.compile(
    r"\b(?:not|without|never|don['’]t)\b.{0,30}\b(?:mention|mentioning|use|using|say|saying)\b.{0,20}\bm(?:e|y name)\b",
    re.IGNORECASE,
)


def handle_answer(
    app: App, session: Session, account: Account, contact: Contact, conversation: Conversation | None, heard: Heard
) -> str:
    """Carry out what follows from the answer. Return what was done in words, or what comes next (``NEXT``).

    Called within the transaction that stores the message; touches no network and raises nothing for what people write.
    """
    if conversation is None:
        conversation = _no_conversation(account, contact, app.now())
    case = AnswerCase(app, session, app.settings_for(account), account, contact, conversation, heard, app.now())
    if heard.understood.answer in _NOES and heard.understood.confidence < AS_SAID:
        return _seems_no(case)
    if heard.understood.answer is Answer.OPT_OUT and heard.understood.confidence < AS_SAID:
        return _seems(case, "to ask not to be written to")
    return _CONSEQUENCES[heard.understood.answer](case)


def _no_conversation(account: Account, contact: Contact, now: datetime) -> Conversation:
    """Return a stand-in that is never stored: an introducer without a conversation answers a report, for instance."""
    return Conversation(
        account_id=account.id, contact_id=contact.id, stage=Stage.CLOSED, opened_at=now, closed_at=now, needs_you=""
    )


def _yes(case: AnswerCase) -> str:
    if _is_seen_to(case):
        note_reply(case)
        return "noted: what they answered before is seen to"
    if not heard_from(case, Stage.REPLIED):
        return later_word(case)
    if case.settings.scheduling.offer_automatically and _can_go_on(case) and not case.heard.understood.needs_person:
        return OFFER
    asks = ""
    if case.heard.understood.needs_person:
        mere = case.heard.understood.mere_yes
        asks = " without choosing one of the times" if mere else " and wrote more than that: read it first"
    return ask(case, f"said yes{asks}. Offer times with `outreach schedule {who(case)}`")


def _is_seen_to(case: AnswerCase) -> bool:
    """Return whether this is a mere yes after one that is being gone on with: "Looking forward to it!"."""
    conversation = case.conversation
    if not is_harmless(case) or conversation.stage not in {Stage.REPLIED, Stage.SLOTS_OFFERED}:
        return False
    offers = select(Letter.id).where(
        Letter.conversation_id == conversation.id,
        Letter.kind == LetterKind.SLOTS_OFFERED,
        Letter.state.in_(ON_ITS_WAY),
    )
    return (
        pending_answer(case.session, conversation.id) is not None
        or says(conversation.needs_you, "chose ")
        or case.session.scalar(offers.limit(1)) is not None
    )


def _can_go_on(case: AnswerCase) -> bool:
    """Return whether this is certainly theirs, and the last that they wrote: late mail is read by a person."""
    return case.heard.certain and case.heard.received_at == case.conversation.replied_at


def _yes_with_time(case: AnswerCase) -> str:
    understood = case.heard.understood
    if case.heard.slot is None and not understood.times:
        return _yes(case)
    if not heard_from(case, Stage.REPLIED):
        return later_word(case)
    if case.heard.slot is None:
        return ask(case, their_times(case))
    certain = not understood.needs_person and understood.confidence >= AS_SAID
    if case.settings.scheduling.book_automatically and certain and _can_go_on(case):
        return BOOK
    more = " They wrote more than that: read it first." if understood.needs_person else ""
    return ask(case, f"{chose(case, case.heard.slot[1])}{more}")


def _no(case: AnswerCase) -> str:
    if not _declined(case):
        return later_word(case)
    if case.heard.understood.needs_person:
        return ask(case, "said no and seems to point to somebody: read it, and add the person if so")
    letter = case.heard.ask_for_name
    if case.heard.not_worded:
        return ask(case, f"said no; the letter that asks for another name cannot be written: {case.heard.not_worded}")
    if letter is None or _is_there(case.session, letter.dedupe_key):
        return "a no, noted"
    case.session.add(letter)
    return "a no: a letter that asks for another name is drafted"


def _seems_no(case: AnswerCase) -> str:
    """Nothing but likeness to other letters says that it is a no: whoever reads it decides."""
    names = ", ".join(name or address for name, address in case.heard.understood.names)
    return _seems(case, f"to say no{f' and to name {names}' if names else ''}")


def _seems(case: AnswerCase, what: str) -> str:
    if not heard_from(case, Stage.REPLIED):
        note_reply(case)
    return ask(case, f"seems {what}: read it")


def _no_with_name(case: AnswerCase) -> str:
    if not _declined(case):
        return later_word(case)
    call_back(case.session, case.conversation.id, {LetterKind.ASK_FOR_NAME}, "a name was given", case.now)
    named = _named(case)
    if case.heard.understood.needs_person or not named:
        names = ", ".join(name or address for name, address in case.heard.understood.names)
        return ask(case, f"said no and named {names or 'somebody'}: read it, and see whether the name was understood")
    return f"a no that named {', '.join(named)}"


def _named(case: AnswerCase) -> list[str]:
    """Make contacts and edges of the people named; return how they are called."""
    named = [each for each in case.heard.understood.names if each[1]]  # nobody can be written to without an address
    return [person for name, address in named if (person := _introduce(case, name, address))]


def _introduce(case: AnswerCase, name: str, address: str) -> str:
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


def _declined(case: AnswerCase) -> bool:
    """Note the no. Return False where a no means something else: while a meeting is booked, or after it."""
    if case.conversation.stage is Stage.BOOKED or not heard_from(case, Stage.DECLINED):
        return False
    release_offers(case.session, case.conversation.id, case.now)
    owe_reports(case.session, case.contact.id, "declined")
    return True


def _opt_out(case: AnswerCase) -> str:
    conversation, now = case.conversation, case.now
    for key in dict.fromkeys((case.contact.address_key, case.heard.from_key)):
        _refuse(case, key)
    meets = conversation.stage is Stage.BOOKED
    overtake(case)
    note_reply(case)
    if can_move(conversation.stage, Stage.OPTED_OUT):
        conversation.stage, conversation.closed_at = Stage.OPTED_OUT, now
        if meets:
            ask(case, "asked not to be written to, and a meeting is booked: settle that one by telephone")
    release_offers(case.session, case.conversation.id, case.now)
    letters = case.session.scalars(
        select(Letter)
        .where(Letter.contact_id == case.contact.id, Letter.state.in_(WAITING), Letter.kind.not_in(TO_ONESELF))
        .with_for_update()
    ).all()
    for letter in letters:
        end_letter(case.session, letter, LetterState.CANCELLED, "the person asked not to be written to", now)
    return f"never written to again; {len(letters)} waiting letters cancelled"


def _refuse(case: AnswerCase, key: str | None) -> None:
    query = select(DoNotContact.id).where(DoNotContact.address_key == key)
    if key and case.session.scalar(query) is None:
        case.session.add(
            DoNotContact(account_id=case.account.id, address_key=key, reason="asked by mail", created_at=case.now)
        )
        case.session.flush()


def _bounce(case: AnswerCase) -> str:
    failed = case.heard.understood.failed_address
    if failed is not None and address_key(failed) != case.contact.address_key:
        return ask(case, f"a letter did not reach {failed}: see whether {case.contact.full_name} got it")
    case.contact.address_dead = True
    case.conversation.follow_up_due_at = None
    if can_move(case.conversation.stage, Stage.BOUNCED):
        case.conversation.stage = Stage.BOUNCED
    call_back(case.session, case.conversation.id, {LetterKind.FOLLOW_UP}, "the address does not exist", case.now)
    ask(case, f"the address {case.contact.email} does not work: find another address")
    return "the address is marked as dead"


def _bounce_soft(case: AnswerCase) -> str:
    del case
    return "not delivered yet: the mail servers go on trying"


def _auto_reply(case: AnswerCase) -> str:
    until = postpone_follow_up(
        case.session,
        case.conversation,
        zone_name=case.contact.zone or case.account.zone,
        returns_on=case.heard.understood.returns_on,
        received_at=case.heard.received_at,
    )
    return f"away: the follow-up waits until {until:%Y-%m-%d}" if until else "away: nothing to put off"


def _question(case: AnswerCase) -> str:
    asked = next(iter(case.heard.understood.evidence), "")
    if not heard_from(case, Stage.REPLIED):
        note_reply(case)
    return ask(case, f'asks: "{asked[:200]}"')


def _other(case: AnswerCase) -> str:
    if case.conversation.stage is Stage.DECLINED and (named := _named(case)):
        # We had thanked for the no and asked whom else to write to: a name is the answer to that.
        case.conversation.needs_you = still_open(case.conversation.needs_you)
        note_reply(case)
        return f"named {', '.join(named)}"
    if not heard_from(case, Stage.REPLIED):
        note_reply(case)
    names = ", ".join(name or address for name, address in case.heard.understood.names)
    return ask(case, f"answered{f' and named {names}' if names else ''}: read it")


def _unreadable(case: AnswerCase) -> str:
    """Perhaps a person answered: no follow-up may go out before somebody has looked."""
    if case.conversation.stage in {Stage.SENT, Stage.FOLLOWED_UP}:
        case.conversation.follow_up_due_at = None
    call_back(case.session, case.conversation.id, {LetterKind.FOLLOW_UP}, "a message could not be read", case.now)
    return ask(case, "sent a message that could not be read: look at it in your mailbox")


_CONSEQUENCES: Mapping[Answer, Callable[[AnswerCase], str]] = {
    Answer.BOUNCE: _bounce,
    Answer.BOUNCE_SOFT: _bounce_soft,
    Answer.AUTO_REPLY: _auto_reply,
    Answer.CALENDAR: handle_calendar_answer,
    Answer.OPT_OUT: _opt_out,
    Answer.NO: _no,
    Answer.NO_WITH_NAME: _no_with_name,
    Answer.YES_WITH_TIME: _yes_with_time,
    Answer.YES: _yes,
    Answer.QUESTION: _question,
    Answer.OTHER: _other,
    Answer.UNREADABLE: _unreadable,
}


def _is_there(session: Session, dedupe_key: str) -> bool:
    return session.scalar(select(Letter.id).where(Letter.dedupe_key == dedupe_key)) is not None
