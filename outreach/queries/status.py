"""Where everything stands: what waits for me, what goes out next, what is due and overdue."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from outreach.app import App
from outreach.model import Account, AccountState, Contact, Conversation, DoNotContact, Letter, Meeting, Referral
from outreach.queries.thank_yous_at_risk import thank_yous_at_risk
from outreach.rules.kinds import THANK_YOUS, Debt, LetterState, MeetingStatus
from outreach.rules.probing import why_not_alone

_NEXT = 10
_MOST = 50
#: A scheduled letter is overdue when it should have left so long ago: nothing is running, or something is stuck.
_GRACE = timedelta(minutes=15)


@dataclass(frozen=True)
class ForYou:
    """Something that only the owner can do: what, about whom, since when, and the command that does it."""

    what: str
    about: str
    command: str
    since: datetime | None = None


@dataclass(frozen=True)
class NextLetter:
    """A letter that leaves by itself."""

    id: str
    kind: str
    to_name: str
    due_at: datetime
    zone: str
    why_then: str
    overdue: bool


@dataclass(frozen=True)
class ThankYouDue:
    """A thank-you that is owed: by when, and how much time is left (negative: late)."""

    meeting_id: str
    to_name: str
    meeting_ends_at: datetime
    deadline: datetime
    slack: timedelta
    state: str


@dataclass(frozen=True)
class NextMeeting:
    """A meeting to come."""

    id: str
    with_name: str
    starts_at: datetime
    zone: str
    place_kind: str
    place: str


@dataclass(frozen=True)
class Status:
    """Everything at a glance. ``letters`` counts them by state."""

    now: datetime
    address: str
    account_state: str
    account_reason: str
    paused_until: datetime | None
    contacts: int
    without_address: int
    letters: dict[str, int]
    for_you: tuple[ForYou, ...]
    next_letters: tuple[NextLetter, ...]
    overdue: int
    thank_yous: tuple[ThankYouDue, ...]
    meetings: tuple[NextMeeting, ...]
    debts_open: int
    polled_at: datetime | None
    #: Why letters in doubt are put before their owner instead of being settled by looking; empty where they are not.
    why_not_alone: tuple[str, ...]


def status(app: App, account_id: str) -> Status:
    """Return where the account stands at this moment; all of it seen in one transaction."""
    now = app.now()
    with app.database.read(account_id) as session:
        account = session.get_one(Account, account_id)
        people = session.execute(
            select(func.count(), func.count(Contact.address_key)).select_from(Contact).where(_of(Contact, account_id))
        ).one()
        counts = session.execute(
            select(Letter.state, func.count()).where(_of(Letter, account_id)).group_by(Letter.state)
        )
        late = Letter.due_at < now - _GRACE
        return Status(
            now=now,
            address=account.address,
            account_state=str(account.state),
            account_reason=account.state_reason,
            paused_until=account.paused_until if account.paused_until and account.paused_until > now else None,
            contacts=people[0],
            without_address=people[0] - people[1],
            letters={str(state): number for state, number in counts},
            for_you=tuple(_for_you(session, account)),
            next_letters=tuple(_next_letters(session, account, now)),
            overdue=session.scalar(
                select(func.count(Letter.id)).where(
                    _of(Letter, account_id), Letter.state == LetterState.SCHEDULED, late
                )
            )
            or 0,
            thank_yous=tuple(_thank_yous(session, now)),
            meetings=tuple(_meetings(session, now)),
            debts_open=session.scalar(
                select(func.count(Referral.id)).where(
                    _of(Referral, account_id), Referral.debt.in_((Debt.OWED, Debt.DRAFTED))
                )
            )
            or 0,
            polled_at=account.polled_at,
            why_not_alone=why_not_alone(account.findings),
        )


def _of(table: Any, account_id: str) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = table.account_id == account_id
    return condition


def _for_you(session: Session, account: Account) -> Iterator[ForYou]:
    yield from _consent(session, account)
    yield from _conversations(session)
    yield from _debriefs(session)
    yield from _named(session)
    drafts = session.scalars(
        select(Letter)
        .where(Letter.state == LetterState.DRAFTED)
        .order_by(Letter.priority, Letter.created_at)
        .limit(_MOST)
    )
    for letter in drafts:
        yield _draft(letter)
    failed = session.scalars(
        select(Letter).where(Letter.state == LetterState.FAILED).order_by(Letter.created_at).limit(_MOST)
    )
    for letter in failed:
        yield ForYou(
            f"failed: {letter.last_error}",
            f"{letter.to_name}, {_words(letter.kind)}",
            f"outreach letter {'settle' if letter.is_in_doubt else 'retry'} {letter.id[:8]}",
            letter.due_at,
        )


def _consent(session: Session, account: Account) -> Iterator[ForYou]:
    """Yield, before all else, that a consent has to be renewed, and what is at risk until it is."""
    if account.state is not AccountState.NO_CONSENT or account.credentials is None:
        return
    at_risk, first = thank_yous_at_risk(session, account.id)
    risk = f"{at_risk} of your thank-yous at risk, the first due on {first:%d %b at %H:%M} UTC" if first else ""
    yield ForYou("give Google your consent again", risk or "nothing leaves until then", "outreach account connect")


def _conversations(session: Session) -> Iterator[ForYou]:
    query = (
        select(Conversation, Contact)
        .join(Contact, Contact.id == Conversation.contact_id)
        .where(Conversation.needs_you != "")
        .order_by(Conversation.replied_at)
        .limit(_MOST)
    )
    for conversation, contact in session.execute(query):
        command = f"outreach contact show {contact.id[:8]}"
        yield ForYou(conversation.needs_you, contact.full_name, command, conversation.replied_at)


def _debriefs(session: Session) -> Iterator[ForYou]:
    """Yield the meetings whose topics were asked for and not given."""
    thanked = exists().where(
        Letter.meeting_id == Meeting.id, Letter.kind.in_(THANK_YOUS), Letter.state == LetterState.SENT
    )
    query = (
        select(Meeting, Contact)
        .join(Contact, Contact.id == Meeting.contact_id)
        .where(
            Meeting.status.in_((MeetingStatus.CONFIRMED, MeetingStatus.HELD)),
            Meeting.debriefed_at.is_(None),
            Meeting.alarms_sent > 0,
            ~thanked,
        )
        .order_by(Meeting.ends_at)
        .limit(_MOST)
    )
    for meeting, contact in session.execute(query):
        command = f'outreach thank {meeting.id[:8]} --topic "…"'
        yield ForYou("say what you talked about", contact.full_name, command, meeting.ends_at)


def _named(session: Session) -> Iterator[ForYou]:
    """Yield the people whose names were given and who were never written to."""
    talked = exists().where(Conversation.contact_id == Contact.id)
    refused = exists().where(DoNotContact.address_key == Contact.address_key)
    query = (
        select(Contact)
        .where(Contact.id.in_(select(Referral.introduced_id)), ~talked, ~refused)
        .order_by(Contact.created_at)
        .limit(_MOST)
    )
    for contact in session.scalars(query):
        who = contact.id[:8]
        if not contact.email:
            what, command = "was named to you, without an address", f"outreach contact edit {who} --email …"
        elif not contact.why_you:
            what, command = "was named to you: say why you write", f'outreach contact edit {who} --why-you "…"'
        else:
            what, command = "was named to you: queue a letter", "outreach queue"
        yield ForYou(what, contact.full_name, command, contact.created_at)


def _draft(letter: Letter) -> ForYou:
    about = f"{letter.to_name}, {_words(letter.kind)}"
    if letter.missing == ["why_you"] and letter.contact_id:
        command = f'outreach contact edit {letter.contact_id[:8]} --why-you "…"'
        return ForYou("a draft lacks a sentence that only this person could get", about, command, letter.created_at)
    if letter.missing:
        what = f"a draft lacks {', '.join(letter.missing)}"
        return ForYou(what, about, f"outreach letter show {letter.id[:8]}", letter.created_at)
    return ForYou("a draft to approve", about, f"outreach letter approve {letter.id[:8]}", letter.created_at)


def _next_letters(session: Session, account: Account, now: datetime) -> Iterator[NextLetter]:
    query = (
        select(Letter, Contact.zone)
        .outerjoin(Contact, Contact.id == Letter.contact_id)
        .where(Letter.state == LetterState.SCHEDULED)
        .order_by(Letter.due_at, Letter.id)
        .limit(_NEXT)
    )
    for letter, zone in session.execute(query):
        if letter.due_at is not None:
            yield NextLetter(
                id=letter.id,
                kind=str(letter.kind),
                to_name=letter.to_name,
                due_at=letter.due_at,
                zone=zone or account.zone,
                why_then=letter.why_then,
                overdue=letter.due_at < now - _GRACE,
            )


def _thank_yous(session: Session, now: datetime) -> Iterator[ThankYouDue]:
    """Yield what is owed for meetings that are over, the most urgent first."""
    query = (
        select(Meeting, Contact, Letter)
        .join(Contact, Contact.id == Meeting.contact_id)
        .outerjoin(
            Letter,
            (Letter.meeting_id == Meeting.id)
            & Letter.kind.in_(THANK_YOUS)
            & Letter.state.not_in((LetterState.CANCELLED, LetterState.EXPIRED)),
        )
        .where(Meeting.ends_at <= now, Meeting.status.in_((MeetingStatus.CONFIRMED, MeetingStatus.HELD)))
        .order_by(Meeting.ends_at, Letter.due_at)
    )
    states: dict[str, tuple[Meeting, Contact, list[LetterState]]] = {}
    for meeting, contact, letter in session.execute(query):
        states.setdefault(meeting.id, (meeting, contact, []))[2].extend([letter.state] if letter else [])
    for meeting, contact, found in states.values():
        if LetterState.SENT not in found:
            deadline = meeting.ends_at + timedelta(hours=24)
            state = str(found[0]) if found else "not written"
            yield ThankYouDue(meeting.id, contact.full_name, meeting.ends_at, deadline, deadline - now, state)


def _meetings(session: Session, now: datetime) -> Iterator[NextMeeting]:
    query = (
        select(Meeting, Contact)
        .join(Contact, Contact.id == Meeting.contact_id)
        .where(Meeting.ends_at > now, Meeting.status == MeetingStatus.CONFIRMED)
        .order_by(Meeting.starts_at)
        .limit(_NEXT)
    )
    for meeting, contact in session.execute(query):
        yield NextMeeting(
            meeting.id, contact.full_name, meeting.starts_at, meeting.zone, str(meeting.place_kind), meeting.place
        )


def _words(kind: str) -> str:
    return str(kind).replace("_", " ")
