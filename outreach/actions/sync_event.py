"""Make the owner's Google calendar show a meeting as it is; safe to repeat, for the event's id is ours."""

from __future__ import annotations

from datetime import timedelta

import structlog
from sqlalchemy.orm import Session

from outreach.actions.add_video_link import add_video_link
from outreach.actions.crash_points import crash_point
from outreach.actions.describe_meeting import awaits_link, event_of
from outreach.actions.hold_back import backoff, stop_account
from outreach.actions.meeting_letters import LINK_WITHIN, MeetingCase
from outreach.actions.read_meeting import read_meeting
from outreach.actions.repair_clash import find_clash, repair_clash
from outreach.app import App
from outreach.database import EVERYBODY
from outreach.edge import AccessLost, EdgeError, Gone, NotDone, Refused
from outreach.model import Account, Conversation, Meeting
from outreach.rules.for_owner import with_more
from outreach.rules.kinds import MeetingStatus

log = structlog.get_logger(__name__)

#: After so many refusals in a row a person is told; trying goes on.
_WORTH_TELLING = 5
#: Google says that it is still making the link: look again after so long.
_AGAIN = timedelta(seconds=30)
_NO_LINK = "a meeting by video is booked, and Google has made no link for it: send them one"


def sync_event(app: App, meeting_id: str) -> bool:
    """Insert, change or delete the event. Return whether the calendar now agrees; failures are tried again later."""
    with app.database.read(EVERYBODY) as session:
        meeting = session.get(Meeting, meeting_id)
        if meeting is None or meeting.calendar_due_at is None:
            return False
        case = read_meeting(app, session, meeting_id)
    if case.account.reconcile_from is not None:
        return False  # restored tables must not overwrite what the calendar has now
    try:
        if there := find_clash(app, case):
            repair_clash(app, case, there)
            _wait(app, case)
            return False
        link = _make_it_so(app, case)
    except AccessLost as error:
        stop_account(app, case.account.id, error, case.account.credentials)
        return False
    except (Gone, Refused) as error:
        _give_to_owner(app, case, error)
        return False
    except EdgeError as error:
        _try_again(app, case, error)
        return False
    crash_point("event_put")
    if awaits_link(case.meeting, case.settings) and not _linked(app, case, link):
        return False
    with app.database.write(case.account.id) as session:
        row = session.get_one(Meeting, meeting_id, with_for_update=True)
        if row.sequence == case.meeting.sequence and row.status is case.meeting.status:
            row.calendar_due_at, row.calendar_attempts, row.calendar_error = None, 0, ""
            _watch_answers(session, app, case)
        else:  # changed meanwhile, and this may have been written over what a quicker worker wrote: look once more
            row.calendar_due_at = app.now()
    log.info("event_synced", meeting=meeting_id, account=case.account.id)
    return True


def _wait(app: App, case: MeetingCase) -> None:
    """The meeting is about to be called off: look again when that should be done."""
    with app.database.write(case.account.id) as session:
        row = session.get_one(Meeting, case.meeting.id, with_for_update=True)
        if row.status is MeetingStatus.CONFIRMED:
            row.calendar_due_at = app.now() + timedelta(minutes=1)


def _watch_answers(session: Session, app: App, case: MeetingCase) -> None:
    """Let the calendar be looked at from now on: guests may answer there."""
    first = app.now() + timedelta(seconds=case.settings.inbox.events_seconds)
    account = session.get_one(Account, case.account.id, with_for_update=True)
    account.events_due_at = min(account.events_due_at or first, first)


def _make_it_so(app: App, case: MeetingCase) -> str:
    """Return the video link that Google has made for it, "" where there is none or none was wanted."""
    calendar, notify = app.google.calendar(case.account.id), case.meeting.invite_channel == "google"
    if case.meeting.status is MeetingStatus.CANCELLED:
        calendar.delete_event(case.meeting.event_id, notify=notify)
        return ""
    event = event_of(case.meeting, case.contact, case.account, case.settings)
    calendar.put_event(event, notify=notify)
    stored = calendar.event(event.id) if event.wants_video else None
    return stored.video_link if stored is not None else ""


def _linked(app: App, case: MeetingCase, link: str) -> bool:
    """Put the link where it belongs. Return False while the event is to be looked at again, True once there is none."""
    if link:
        add_video_link(app, case.account.id, case.meeting.id, case.meeting.sequence, link)
        with app.database.write(case.account.id) as session:
            _watch_answers(session, app, case)
        return False  # the letters are worded anew, and the event may have to say the link too
    waited = app.now() - case.meeting.booked_at > LINK_WITHIN
    with app.database.write(case.account.id) as session:
        if not waited:
            session.get_one(Meeting, case.meeting.id, with_for_update=True).calendar_due_at = app.now() + _AGAIN
            return False
        conversation = session.get_one(Conversation, case.conversation.id, with_for_update=True)
        conversation.needs_you = with_more(conversation.needs_you, _NO_LINK)
    return True


def _give_to_owner(app: App, case: MeetingCase, error: EdgeError) -> None:
    """The event was deleted by hand, or Google will not have it: only a person can say what that means."""
    gone = isinstance(error, Gone)
    said = "its event was deleted in your calendar" if gone else f"your calendar refuses it: {error.message}"
    log.warning("event_refused", meeting=case.meeting.id, account=case.account.id, error=error.message)
    with app.database.write(case.account.id) as session:
        conversation = session.get_one(Conversation, case.conversation.id, with_for_update=True)
        row = session.get_one(Meeting, case.meeting.id, with_for_update=True)
        row.calendar_due_at, row.calendar_error = None, said[:500]
        advice = f"cancel the meeting with `outreach meeting cancel {row.id[:8]}`, or enter it by hand"
        conversation.needs_you = with_more(conversation.needs_you, f"a meeting is booked, but {said}: {advice}")


def _try_again(app: App, case: MeetingCase, error: EdgeError) -> None:
    log.info("event_not_synced", meeting=case.meeting.id, account=case.account.id, error=error.message)
    asked = error.retry_at if isinstance(error, NotDone) else None
    with app.database.write(case.account.id) as session:
        row = session.get_one(Meeting, case.meeting.id, with_for_update=True)
        row.calendar_attempts += 1
        again = app.now() + max(backoff(row.calendar_attempts), timedelta(seconds=2))
        row.calendar_due_at = max(asked or again, again)
        if row.calendar_attempts >= _WORTH_TELLING:
            row.calendar_error = error.message[:500]
