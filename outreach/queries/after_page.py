"""What the page shows on which the owner says how a meeting went."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from outreach.app import App
from outreach.model import Account, Contact, Letter, Meeting
from outreach.rules.deadlines import DEADLINE
from outreach.rules.instants import Span
from outreach.rules.kinds import ON_ITS_WAY, THANK_YOUS, LetterState, MeetingStatus


class AfterState(StrEnum):
    """What there is to say."""

    AHEAD = "ahead"  # it has not begun
    ASKED = "asked"  # how did it go?
    SAID = "said"  # the topics are known; until the thank-you leaves they can be changed
    THANKED = "thanked"  # the thank-you has left
    NOT_HELD = "not_held"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class AfterPage:
    """The meeting as its owner sees it. Instants are aware UTC; ``zone`` is where the owner is then."""

    state: AfterState
    guest_name: str
    span: Span
    zone: str
    topics: tuple[str, ...]
    thanks_due_at: datetime | None
    deadline_at: datetime
    #: How many conversations the owner has had so far.
    held: int


def after_page(app: App, account_id: str, meeting_id: str) -> AfterPage:
    """Return what the page of this meeting shows."""
    with app.database.read(account_id) as session:
        account = session.get_one(Account, account_id)
        meeting = session.get_one(Meeting, meeting_id)
        contact = session.get_one(Contact, meeting.contact_id)
        thanks = _thanks(session, meeting_id)
        held = session.scalar(select(func.count(Meeting.id)).where(Meeting.status == MeetingStatus.HELD)) or 0
    sent = any(letter.state is LetterState.SENT for letter in thanks)
    waiting = next((letter for letter in thanks if letter.state in ON_ITS_WAY), None)
    return AfterPage(
        state=_state(meeting, app.now(), sent=sent),
        guest_name=contact.full_name,
        span=Span(meeting.starts_at, meeting.ends_at),
        zone=app.settings_for(account).whereabouts(account.zone).zone_at(meeting.ends_at),
        topics=tuple(str(topic) for topic in meeting.topics),
        thanks_due_at=waiting.due_at if waiting is not None else None,
        deadline_at=meeting.ends_at + DEADLINE,
        held=held,
    )


def _thanks(session: Session, meeting_id: str) -> list[Letter]:
    query = select(Letter).where(Letter.meeting_id == meeting_id, Letter.kind.in_(THANK_YOUS))
    return list(session.scalars(query.order_by(Letter.created_at.desc(), Letter.id)))


def _state(meeting: Meeting, now: datetime, *, sent: bool) -> AfterState:
    if meeting.status is MeetingStatus.CANCELLED:
        return AfterState.CANCELLED
    if meeting.status is MeetingStatus.NOT_HELD:
        return AfterState.NOT_HELD
    if now < meeting.starts_at:
        return AfterState.AHEAD
    if sent:
        return AfterState.THANKED
    return AfterState.SAID if meeting.topics else AfterState.ASKED
