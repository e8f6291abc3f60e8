"""What happened from some instant on, in order: letters out, answers in, meetings; and what still waits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from outreach.app import App
from outreach.model import Account, Contact, Conversation, Inbound, Letter, Meeting
from outreach.queries.report import ANSWER_WORDS
from outreach.rules.instants import Span
from outreach.rules.kinds import ENDED, TO_ONESELF, LetterKind, LetterState, MeetingStatus
from outreach.rules.zones import say_span

#: What a kind of letter is called where somebody else reads along.
LETTER_WORDS = {
    LetterKind.REQUEST_REFERRAL: "first letter",
    LetterKind.REQUEST_SHARED: "first letter",
    LetterKind.REQUEST_NO_LINK: "first letter",
    LetterKind.FOLLOW_UP: "second try",
    LetterKind.ASK_FOR_NAME: "thanks for a no, asking for a name",
    LetterKind.SLOTS_OFFERED: "offer of times",
    LetterKind.MEETING_CONFIRMED: "invitation",
    LetterKind.MEETING_MOVED: "new time",
    LetterKind.MEETING_CANCELLED: "cancellation",
    LetterKind.REMINDER: "reminder of the meeting",
    LetterKind.THANK_YOU: "thank-you",
    LetterKind.THANK_YOU_SHORT: "short thank-you",
    LetterKind.REPORT_BACK: "what came of the introduction",
    LetterKind.DEBRIEF_REQUEST: "question",
    LetterKind.THANK_YOU_ALARM: "alarm",
}


_ENDED = ENDED - {LetterState.CANCELLED}


class Moves(StrEnum):
    """Who does something."""

    OUT = "out"  # a letter leaves
    IN = "in"  # something comes in
    MEETING = "meeting"


@dataclass(frozen=True)
class Moment:
    """One thing that happened. ``at`` is aware UTC, ``zone`` that of the other person; texts may be a stranger's."""

    at: datetime
    moves: Moves
    who: str
    zone: str
    what: str
    why: str = ""
    subject: str = ""
    text: str = ""


@dataclass(frozen=True)
class StillWaiting:
    """What did not happen: somebody the owner should look at, or a letter that did not leave, with the reason."""

    who: str
    what: str


def timeline(app: App, account_id: str, since: datetime) -> list[Moment]:
    """Return what happened since, in order."""
    with app.database.read(account_id) as session:
        account = session.get_one(Account, account_id)
        found = [*_letters(session, account, since), *_answers(session, since), *_meetings(session, since, app.now())]
    return sorted(found, key=lambda each: (each.at, each.moves, each.who))


def ended_letters(app: App, account_id: str) -> frozenset[str]:
    """Return the ids of letters that have failed or expired so far."""
    with app.database.read(account_id) as session:
        return frozenset(session.scalars(select(Letter.id).where(Letter.state.in_(_ENDED))))


def still_waiting(app: App, account_id: str, but: frozenset[str] = frozenset()) -> list[StillWaiting]:
    """Return what waits for the owner, and which letters do not leave and why, those of ``but`` left out."""
    with app.database.read(account_id) as session:
        return [*_for_owner(session), *_not_sent(session, but)]


def _letters(session: Session, account: Account, since: datetime) -> Iterator[Moment]:
    query = (
        select(Letter, Contact.zone)
        .outerjoin(Contact, Contact.id == Letter.contact_id)
        .where(Letter.state == LetterState.SENT, Letter.sent_at >= since)
        .options(undefer(Letter.body_text))
    )
    for letter, zone in session.execute(query):
        assert letter.sent_at is not None
        yield Moment(
            at=letter.sent_at,
            moves=Moves.OUT,
            who="you" if letter.kind in TO_ONESELF else letter.to_name or letter.to_address,
            zone=zone or account.zone,
            what=LETTER_WORDS[letter.kind],
            why=letter.why_then,
            subject=letter.subject,
            text=letter.body_text,
        )


def _answers(session: Session, since: datetime) -> Iterator[Moment]:
    query = (
        select(Inbound, Contact)
        .outerjoin(Contact, Contact.id == Inbound.contact_id)
        .where(Inbound.received_at >= since)
    )
    for message, contact in session.execute(query):
        yield Moment(
            at=message.received_at,
            moves=Moves.IN,
            who=contact.full_name if contact is not None else message.from_address,
            zone=contact.zone or "" if contact is not None else "",
            what=ANSWER_WORDS[str(message.answer)],
            why=message.done,
            subject=message.subject,
            text=message.said,
        )


def _meetings(session: Session, since: datetime, now: datetime) -> Iterator[Moment]:
    query = (
        select(Meeting, Contact)
        .join(Contact, Contact.id == Meeting.contact_id)
        .where(Meeting.ends_at >= since, Meeting.starts_at <= now, Meeting.status != MeetingStatus.CANCELLED)
    )
    for meeting, contact in session.execute(query):
        when = say_span(Span(meeting.starts_at, meeting.ends_at), meeting.zone)
        place = f"{meeting.place_kind}{f', {meeting.place}' if meeting.place else ''}"
        yield Moment(meeting.starts_at, Moves.MEETING, contact.full_name, meeting.zone, f"you meet: {when}, {place}")


def _for_owner(session: Session) -> Iterator[StillWaiting]:
    query = (
        select(Contact, Conversation.needs_you)
        .join(Contact, Contact.id == Conversation.contact_id)
        .where(Conversation.needs_you != "")
        .order_by(Conversation.replied_at, Conversation.id)
    )
    for contact, needs_you in session.execute(query):
        yield StillWaiting(contact.full_name, needs_you)


def _not_sent(session: Session, but: frozenset[str]) -> Iterator[StillWaiting]:
    """Yield letters that were not sent, those called back for a good reason left out."""
    query = select(Letter).where(Letter.state.in_((LetterState.DRAFTED, LetterState.UNKNOWN, *_ENDED)))
    for letter in session.scalars(query.order_by(Letter.created_at, Letter.id)):
        if letter.id not in but:
            yield StillWaiting(letter.to_name or letter.to_address, f"{LETTER_WORDS[letter.kind]}: {_why_not(letter)}")


def _why_not(letter: Letter) -> str:
    if letter.state is LetterState.UNKNOWN:
        return "nobody knows whether it has left"
    if letter.state is not LetterState.DRAFTED:
        return letter.last_error or f"has {letter.state}"
    stops = [str(finding["message"]) for finding in letter.findings if finding.get("severity") == "stop"]
    lacks = [f"lacks {', '.join(letter.missing)}"] if letter.missing else []
    nowhere = [] if letter.to_address else ["has no address"]
    return "; ".join([*lacks, *nowhere, *stops]) or "waits for your approval"
