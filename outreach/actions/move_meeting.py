"""Move a meeting: one update of its row, a higher SEQUENCE, and both sides are told."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from outreach.actions.book_meeting import no_overlap, refuse_busy, set_time
from outreach.actions.end_meeting_letters import end_meeting_letters, has_left, thank_yous_so_far
from outreach.actions.free_time import buffers_of
from outreach.actions.guest_words import NO_GUEST, GuestWords
from outreach.actions.meeting_letters import MeetingCase, invitation_letter, reminder, standing_thank_you
from outreach.actions.read_meeting import CHANGED, TRIES, is_unchanged, read_meeting
from outreach.app import App
from outreach.errors import NotAllowed, TryLater
from outreach.model import Conversation, Letter, Meeting
from outreach.queue import Job
from outreach.rules.deadlines import DEADLINE
from outreach.rules.for_owner import still_open
from outreach.rules.instants import as_utc
from outreach.rules.kinds import THANK_YOUS, TO_ONESELF, WITH_INVITATION, LetterKind, MeetingStatus, Stage
from outreach.rules.stages import move
from outreach.rules.stages import move_meeting as moved_status
from outreach.rules.zones import refuse_past

log = structlog.get_logger(__name__)

_CHANGED = ("starts_at", "ends_at", "busy_from", "busy_until", "next_alarm_at", "alarms_sent", "sequence")


def move_meeting(
    app: App,
    account_id: str,
    meeting_id: str,
    start: datetime,
    *,
    minutes: int | None = None,
    guest: GuestWords = NO_GUEST,
) -> None:
    """Move the meeting to ``start`` (aware), as long as before unless ``minutes`` says otherwise.

    Thank-you, reminder and deadline move with it. One whose time is over may still have been moved, as long as nobody
    was thanked. Raises what ``book_meeting`` raises, and NotAllowed for a meeting that was held, not held or cancelled.
    """
    for _ in range(TRIES):
        if _move(app, account_id, meeting_id, as_utc(start), minutes, guest):
            return
    raise TryLater(CHANGED)


def _move(app: App, account_id: str, meeting_id: str, start: datetime, minutes: int | None, guest: GuestWords) -> bool:
    """Return False when meeting or invitation changed between looking and writing."""
    with app.database.read(account_id) as session:
        case = read_meeting(app, session, meeting_id)
        told = has_left(session, meeting_id, WITH_INVITATION)
        turn = thank_yous_so_far(session, meeting_id) + 1
        thanked = has_left(session, meeting_id, THANK_YOUS)
    meeting, before = case.meeting, case.meeting.sequence
    _refuse_over(meeting, app.now(), thanked=thanked)
    refuse_past(start, app.now(), case.settings.whereabouts(case.account.zone).zone_at(start))
    was = (meeting.starts_at, meeting.ends_at)
    length = timedelta(minutes=minutes) if minutes else meeting.ends_at - meeting.starts_at
    set_time(meeting, start, length, buffers_of(case.settings))
    if told and (meeting.starts_at, meeting.ends_at) == was:
        return True  # they know that already: no new invitation for nothing
    meeting.sequence = before + 1
    refuse_busy(app, case, moving=meeting_id)
    kind = LetterKind.MEETING_MOVED if told else LetterKind.MEETING_CONFIRMED
    letters = [invitation_letter(app, case, kind), standing_thank_you(app, case, turn)]
    if again := reminder(app, case):
        letters.append(again)
    with no_overlap(case), app.database.write(account_id) as session:
        if not is_unchanged(session, meeting_id, before, told=told):
            return False
        if has_left(session, meeting_id, THANK_YOUS):
            return False  # a thank-you has begun to leave a moment ago
        _store(app, session, case, letters, guest)
    app.queue.poke(Job("deliver_letter", letters[0].id))
    app.queue.poke(Job("sync_event", meeting_id))
    log.info("meeting_moved", meeting=meeting_id, account=account_id, sequence=meeting.sequence)
    return True


def _refuse_over(meeting: Meeting, now: datetime, *, thanked: bool) -> None:
    if meeting.status is not MeetingStatus.CONFIRMED:
        raise NotAllowed(f"The meeting is {meeting.status.replace('_', ' ')}: it cannot be moved. Book a new one.")
    if thanked or now >= meeting.ends_at + DEADLINE:
        raise NotAllowed("The meeting is over: it cannot be moved. Book a new one with `outreach schedule`.")


def _store(app: App, session: Session, case: MeetingCase, letters: list[Letter], guest: GuestWords) -> None:
    row = session.get_one(Meeting, case.meeting.id, with_for_update=True)
    row.status = moved_status(row.status, MeetingStatus.CONFIRMED)
    for name in _CHANGED:
        setattr(row, name, getattr(case.meeting, name))
    row.answered_at = None  # what they said was about the old time
    row.partstat, row.calendar_due_at, row.calendar_error = "NEEDS-ACTION", app.now(), ""
    session.flush()  # the one update, which the database refuses if another meeting is there
    conversation = session.get_one(Conversation, row.conversation_id, with_for_update=True)
    if conversation.stage is Stage.BOOKED:
        conversation.stage = move(conversation.stage, Stage.BOOKED)
    conversation.needs_you = still_open(conversation.needs_you)
    guest.keep(row, conversation, case.contact)
    gone = {LetterKind.MEETING_CONFIRMED, LetterKind.MEETING_MOVED, LetterKind.REMINDER, *THANK_YOUS, *TO_ONESELF}
    end_meeting_letters(session, row.id, gone, "the meeting was moved", app.now())
    session.add_all(letters)
