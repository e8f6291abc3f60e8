"""One answer with all that it may touch, and the moves of which the consequences of every answer are made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.actions.call_back import call_back
from outreach.app import App
from outreach.calendar.answers import CalendarAnswer
from outreach.model import Account, Contact, Conversation, Letter
from outreach.queries.pending_answers import BOOK, chosen_time, pending_answer
from outreach.rules.for_owner import still_open, with_more
from outreach.rules.inbound import Understood
from outreach.rules.kinds import FIRST_LETTERS, Answer, LetterKind, Stage
from outreach.rules.stages import can_move
from outreach.rules.zones import say
from outreach.settings import Settings

_ASKING = FIRST_LETTERS | {LetterKind.FOLLOW_UP}
#: After these answers nothing is open any more that an earlier one asked for; a yes leaves questions open.
_FINAL = frozenset({Answer.NO, Answer.NO_WITH_NAME, Answer.OPT_OUT})
_YES = frozenset({Answer.YES, Answer.YES_WITH_TIME})


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
class AnswerCase:
    """An answer, and all that it may touch."""

    app: App
    session: Session
    settings: Settings
    account: Account
    contact: Contact
    conversation: Conversation
    heard: Heard
    now: datetime


def heard_from(case: AnswerCase, stage: Stage) -> bool:
    """Move the conversation to ``stage``, and call back what would still ask. Return False where that cannot be."""
    conversation = case.conversation
    if not can_move(conversation.stage, stage):
        return False
    overtake(case)
    conversation.stage = stage
    if conversation.closed_at is not None and not _has_open(case):
        conversation.closed_at = None
    note_reply(case)
    # After the move: a first letter that is called back closes a conversation that is still queued.
    calls_back = _ASKING | {LetterKind.SLOTS_OFFERED if stage is Stage.DECLINED else LetterKind.ASK_FOR_NAME}
    call_back(case.session, conversation.id, calls_back, "the person has answered", case.now)
    return True


def overtake(case: AnswerCase) -> None:
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
            said = f"said yes. Offer times with `outreach schedule {who(case)}`"
            conversation.needs_you = with_more(conversation.needs_you, chose(case, start) if start else said)
        pending.done = "overtaken by a later answer"
    conversation.follow_up_due_at = None


def note_reply(case: AnswerCase) -> None:
    """Remember that they wrote, when, and what it was."""
    conversation = case.conversation
    conversation.last_answer = case.heard.understood.answer
    # An answer that is still being gone on with is known by this instant.
    if pending_answer(case.session, conversation.id) is None:
        conversation.replied_at = max(conversation.replied_at or case.heard.received_at, case.heard.received_at)


def later_word(case: AnswerCase) -> str:
    """A word after the matter was settled: "See you then!" is only noted, a no to a meeting is for a person."""
    stage, answer = case.conversation.stage, case.heard.understood.answer
    note_reply(case)
    if is_harmless(case) and stage in {Stage.BOOKED, Stage.HELD, Stage.THANKED, Stage.CLOSED}:
        return "noted"
    return ask(case, f"wrote again ({answer.replace('_', ' ')}) while the conversation is {stage.replace('_', ' ')}")


def ask(case: AnswerCase, what: str) -> str:
    """Put it before the owner, beside what is there already. Return that this was done, in words."""
    case.conversation.needs_you = with_more(case.conversation.needs_you, what)
    return f"for you: {what}"


def chose(case: AnswerCase, start: datetime) -> str:
    """Return in words that this time was chosen (in the owner's zone), with the command that books it."""
    when = say(start, case.account.zone)
    return f"chose {when}. Book it with `outreach schedule {who(case)} --at {start.astimezone(UTC):%Y-%m-%dT%H:%MZ}`"


def who(case: AnswerCase) -> str:
    """Return how a command names the person."""
    return case.contact.email or case.contact.id


def is_harmless(case: AnswerCase) -> bool:
    """Return whether this is a plain yes, to which nobody has to reply."""
    understood = case.heard.understood
    return understood.answer is Answer.YES and (understood.mere_yes or not understood.needs_person)


def _has_open(case: AnswerCase) -> bool:
    query = select(Conversation.id).where(Conversation.contact_id == case.contact.id, Conversation.closed_at.is_(None))
    return case.session.scalar(query.limit(1)) is not None
