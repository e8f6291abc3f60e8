"""Read what guests have answered in the calendar itself: Google's own guests often send no mail about it.

Only what changed is read, from a token that is stored when everything up to it is handled; one that has grown too old
(410) is given up, and what is still to come is read anew. An answer becomes a message like a mailed one.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from outreach.actions.answer_case import Heard
from outreach.actions.handle_answer import handle_answer
from outreach.actions.handle_calendar_answer import of_an_earlier_one
from outreach.actions.hold_back import stop_account
from outreach.actions.store_message import store_message
from outreach.app import App
from outreach.calendar.answers import CalendarAnswer
from outreach.database import EVERYBODY
from outreach.edge import AccessLost, CalendarEvent, EdgeError, EventChanges, Gone, NotDone
from outreach.letters.inbound import storable
from outreach.model import Account, AccountState, Contact, Conversation, Inbound, Meeting
from outreach.queries.pending_answers import NEXT
from outreach.queue import Job
from outreach.rules.for_owner import with_more
from outreach.rules.inbound import Understood
from outreach.rules.kinds import TO_COME, Answer
from outreach.rules.zones import say_span

log = structlog.get_logger(__name__)

#: Without a token, events that are over for so long are not asked for any more.
_BEFORE = timedelta(days=1)
_DECLINED_THERE = "your calendar shows them as having declined the meeting: ask whether they mean the present time"
#: So near in time to a mailed answer, the event shows that one.
_AN_ECHO = timedelta(minutes=5)


def read_events(app: App, account_id: str) -> int:
    """Handle what has changed in the account's calendar, and set the next look. Return how many answers were new.

    Nothing is raised for what the network does: a calendar that cannot be read now is due again later.
    """
    with app.database.read(EVERYBODY) as session:
        account = session.get(Account, account_id)
    if account is None or not _is_due(account, app.now()):
        return 0
    try:
        changes = _changes(app, account)
    except AccessLost as error:
        stop_account(app, account_id, error, account.credentials)
        return 0
    except EdgeError as error:
        log.info("events_not_read", account=account_id, error=error.message)
        asked = error.retry_at if isinstance(error, NotDone) else None
        _store_place(app, account, account.events_token, asked)
        return 0
    coming = _coming(app, account, changes)
    handled = sum([_take_event(app, account, event) for event in changes.events if event.id in coming])
    for event_id in coming.intersection(changes.deleted):
        _tell_deleted(app, account, event_id)
    _store_place(app, account, changes.token)
    return handled


def _is_due(account: Account, now: datetime) -> bool:
    due = account.events_due_at
    return due is not None and due <= now and account.state is AccountState.ACTIVE and account.reconcile_from is None


def _changes(app: App, account: Account) -> EventChanges:
    calendar, since = app.google.calendar(account.id), app.now() - _BEFORE
    try:
        return calendar.changed_events(account.events_token, since)
    except Gone:
        log.info("events_token_too_old", account=account.id)
        return calendar.changed_events(None, since)


def _coming(app: App, account: Account, changes: EventChanges) -> set[str]:
    """Return the ids of those events whose meetings are still to come: the others, found out at once, are history."""
    ids = [*(event.id for event in changes.events), *changes.deleted]
    query = select(Meeting.event_id).where(Meeting.event_id.in_(ids), Meeting.status.in_(TO_COME))
    with app.database.read(account.id) as session:
        return set(session.scalars(query))


def _take_event(app: App, account: Account, event: CalendarEvent) -> bool:
    """Handle one event as it is now. Return whether it held a new answer of the person who was invited."""
    with app.database.read(account.id) as session:
        meeting = session.scalar(_meeting_of(event.id))
        if meeting is None:
            return False
        contact = session.get_one(Contact, meeting.contact_id)
    if (event.span.start, event.span.end) != (meeting.starts_at, meeting.ends_at):
        _tell_moved(app, account, meeting, contact, event)
        return False  # an answer to another time than the one that holds
    partstat = event.answers.get((contact.email or "").lower(), "NEEDS-ACTION")
    is_news = partstat != meeting.event_partstat
    if is_news and partstat in {meeting.partstat, "NEEDS-ACTION"}:
        _note_seen(app, account, event.id, partstat)
        return False
    if not is_news and (partstat != "DECLINED" or meeting.partstat == "DECLINED"):
        return False
    if _is_echo(app, account, event, meeting, partstat):
        _note_seen(app, account, event.id, partstat)
        return False
    if not is_news:  # it was noted as an echo, and may be meant by now
        _tell(app, account, event.id, _DECLINED_THERE)
        return False
    return _take_answer(app, account, event, meeting, contact, partstat)


def _is_echo(app: App, account: Account, event: CalendarEvent, meeting: Meeting, partstat: str) -> bool:
    """Return whether the event shows an answer that was mailed about an earlier version of the meeting.

    Whether Google does so is not known; RFC 5546, 2.1.5, says that such an answer no longer counts.
    """
    if event.updated is None:
        return False
    mailed = select(Inbound.id).where(
        Inbound.conversation_id == meeting.conversation_id,
        Inbound.done == of_an_earlier_one(partstat),
        Inbound.received_at.between(event.updated - _AN_ECHO, event.updated + _AN_ECHO),
    )
    with app.database.read(account.id) as session:
        return session.scalar(mailed.limit(1)) is not None


def _meeting_of(event_id: str) -> Select[Meeting]:
    return select(Meeting).where(Meeting.event_id == event_id, Meeting.status.in_(TO_COME))


def _note_seen(app: App, account: Account, event_id: str, partstat: str) -> None:
    with app.database.write(account.id) as session:
        _seen(session, event_id, partstat)


def _seen(session: Session, event_id: str, partstat: str) -> None:
    if meeting := session.scalar(_meeting_of(event_id).with_for_update()):
        meeting.event_partstat = partstat


def _take_answer(
    app: App, account: Account, event: CalendarEvent, meeting: Meeting, contact: Contact, partstat: str
) -> bool:
    stamp, who = event.updated or app.now(), contact.address_key or ""
    answer = CalendarAnswer(
        method="REPLY",
        uid=meeting.uid,
        sequence=event.sequence,
        stamp=stamp,
        attendee=who,
        partstat=partstat,
        proposed=None,
    )
    said = f"answered in the calendar: {partstat.lower().replace('-', ' ')}"
    understood = Understood(answer=Answer.CALENDAR, confidence=1.0, evidence=(said,))
    heard = Heard(understood=understood, received_at=stamp, from_key=who, calendar=answer)
    row = Inbound(
        gmail_id=f"event:{_digest(f'{event.id} {stamp.isoformat()} {partstat}')}",
        contact_id=contact.id,
        conversation_id=meeting.conversation_id,
        from_address=contact.email or "",
        subject=storable(event.summary)[:500],
        received_at=stamp,
        answer=Answer.CALENDAR,
        confidence=1.0,
        evidence=[said],
        handled_at=app.now(),
    )

    def consequences(session: Session, conversation: Conversation | None, contact: Contact) -> str:
        _seen(session, event.id, partstat)
        return handle_answer(app, session, account, contact, conversation, heard)

    taken = store_message(app, account, row, consequences)
    if taken and row.done.startswith(NEXT) and row.conversation_id:
        app.queue.poke(Job("continue_conversation", row.conversation_id))
    return taken


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _tell_moved(app: App, account: Account, meeting: Meeting, contact: Contact, event: CalendarEvent) -> None:
    """Put it before the owner that the calendar has another time, unless ours is still to be written there."""
    when = say_span(event.span, app.settings_for(account).whereabouts(account.zone).zone_at(event.span.start))
    at = f"{event.span.start.astimezone(UTC):%Y-%m-%dT%H:%MZ}"
    partstat = event.answers.get((contact.email or "").lower(), "NEEDS-ACTION")
    declined = ", and they have declined it there" if partstat == "DECLINED" != meeting.event_partstat else ""
    _tell(
        app,
        account,
        event.id,
        f"your calendar has the meeting {when}{declined}: move it with "
        f"`outreach meeting move {contact.email} --at {at}`",
        since=event.sequence,
    )


def _tell_deleted(app: App, account: Account, event_id: str) -> None:
    said = "its event was deleted in your calendar: cancel the meeting with `outreach meeting cancel {id}`, or enter it"
    _tell(app, account, event_id, f"a meeting is booked, but {said} by hand")


def _tell(app: App, account: Account, event_id: str, what: str, *, since: int | None = None) -> None:
    with app.database.write(account.id) as session:
        found = session.scalar(_meeting_of(event_id))
        if found is None:
            return
        conversation = session.get_one(Conversation, found.conversation_id, with_for_update=True)
        meeting = session.scalar(_meeting_of(event_id).with_for_update())
        if meeting is None or meeting.calendar_due_at is not None or (since is not None and since < meeting.sequence):
            return
        conversation.needs_you = with_more(conversation.needs_you, what.replace("{id}", meeting.id[:8]))


def _store_place(app: App, account: Account, token: str | None, not_before: datetime | None = None) -> None:
    """Store from where the next look goes on, and when that is; nobody looks where no meeting is to come."""
    now = app.now()
    again = max(now + timedelta(seconds=app.settings_for(account).inbox.events_seconds), not_before or now)
    mine = Account.id == account.id
    with app.database.write(account.id) as session:
        # Locked before meetings are looked for: one that is booked meanwhile sets its own look afterwards.
        row = session.get_one(Account, account.id, with_for_update=True)
        meets = session.scalar(select(Meeting.id).where(Meeting.status.in_(TO_COME), Meeting.ends_at > now).limit(1))
        row.events_due_at = again if meets else None
        session.flush()
        # Two looks at once: the one that asked later must not be set back by the slower one.
        unchanged = Account.events_token.is_not_distinct_from(account.events_token)
        session.execute(update(Account).where(mine, unchanged).values(events_token=token))
