"""Meetings as a person looks at them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, select

from outreach.app import App
from outreach.errors import NotFound
from outreach.model import Contact, Letter, Meeting
from outreach.queries.accounts import whereabouts_of
from outreach.rules.kinds import THANK_YOUS, LetterState, MeetingStatus
from outreach.rules.whereabouts import Whereabouts

DAY = timedelta(hours=24)


@dataclass(frozen=True)
class MeetingLine:
    """One meeting in a list.

    ``zone`` is the contact's, ``own_zone`` where the owner is then; ``thanked_at`` None until the thank-you has left.
    """

    id: str
    contact_id: str
    with_name: str
    with_address: str | None
    organization: str
    status: str
    starts_at: datetime
    ends_at: datetime
    zone: str
    own_zone: str
    place_kind: str
    place: str
    thank_you_by: datetime | None
    thanked_at: datetime | None


@dataclass(frozen=True)
class MeetingView:
    """One meeting in full."""

    line: MeetingLine
    uid: str
    sequence: int
    partstat: str
    topics: tuple[str, ...]
    notes: str
    guest_note: str
    debriefed_at: datetime | None
    calendar_error: str
    booked_at: datetime
    letters: tuple[tuple[str, str, str], ...]


def meetings(app: App, account_id: str, *, since: datetime | None = None) -> list[MeetingLine]:
    """Return the meetings in the order of their beginnings; with ``since`` only those that end later."""
    query = _query().order_by(Meeting.starts_at, Meeting.id)
    if since is not None:
        query = query.where(Meeting.ends_at > since)
    where = whereabouts_of(app, account_id)
    with app.database.read(account_id) as session:
        return [_line(*row, where) for row in session.execute(query)]


def meeting_view(app: App, account_id: str, meeting_id: str) -> MeetingView:
    """Return one meeting in full, with its letters as (id, kind, state). Raises NotFound."""
    with app.database.read(account_id) as session:
        found = session.execute(_query().where(Meeting.id == meeting_id)).first()
        if found is None:
            raise NotFound(f"There is no meeting {meeting_id!r}. `outreach meeting list` shows them.")
        meeting, contact, thanked_at = found
        letters = session.execute(
            select(Letter.id, Letter.kind, Letter.state)
            .where(Letter.meeting_id == meeting_id)
            .order_by(Letter.created_at, Letter.id)
        )
        return MeetingView(
            line=_line(meeting, contact, thanked_at, whereabouts_of(app, account_id)),
            uid=meeting.uid,
            sequence=meeting.sequence,
            partstat=meeting.partstat,
            topics=tuple(str(topic) for topic in meeting.topics),
            notes=meeting.notes,
            guest_note=meeting.guest_note,
            debriefed_at=meeting.debriefed_at,
            calendar_error=meeting.calendar_error,
            booked_at=meeting.booked_at,
            letters=tuple((letter_id, str(kind), str(state)) for letter_id, kind, state in letters),
        )


def _query() -> Select[Meeting, Contact, datetime | None]:
    thanked = (
        select(Letter.sent_at)
        .where(Letter.meeting_id == Meeting.id, Letter.kind.in_(THANK_YOUS), Letter.state == LetterState.SENT)
        .order_by(Letter.sent_at)
        .limit(1)
        .correlate(Meeting)
        .scalar_subquery()
    )
    return select(Meeting, Contact, thanked).join(Contact, Contact.id == Meeting.contact_id)


def _line(meeting: Meeting, contact: Contact, thanked_at: datetime | None, where: Whereabouts) -> MeetingLine:
    owed = meeting.status in {MeetingStatus.CONFIRMED, MeetingStatus.HELD}
    return MeetingLine(
        id=meeting.id,
        contact_id=contact.id,
        with_name=contact.full_name,
        with_address=contact.email,
        organization=contact.organization,
        status=str(meeting.status),
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        zone=meeting.zone,
        own_zone=where.zone_at(meeting.starts_at),
        place_kind=str(meeting.place_kind),
        place=meeting.place,
        thank_you_by=meeting.ends_at + DAY if owed else None,
        thanked_at=thanked_at,
    )
