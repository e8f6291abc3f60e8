"""Google has made a video link for a meeting: it goes into the calendar and into every letter that still waits."""

from __future__ import annotations

from dataclasses import replace

import structlog

from outreach.actions.end_meeting_letters import end_meeting_letters, has_left, meeting_letters
from outreach.actions.meeting_letters import MeetingCase, invitation_letter, reminder
from outreach.actions.read_meeting import is_unchanged, read_meeting
from outreach.app import App
from outreach.model import Letter, Meeting
from outreach.queue import Job
from outreach.rules.kinds import WAITING, WITH_INVITATION, LetterKind

log = structlog.get_logger(__name__)

_WITH_PLACE = (LetterKind.MEETING_CONFIRMED, LetterKind.MEETING_MOVED, LetterKind.REMINDER)


def add_video_link(app: App, account_id: str, meeting_id: str, link: str) -> bool:
    """Store the link as the meeting's place and word its waiting letters anew. Return False when it changed meanwhile.

    An invitation that has left already stays as it is: the reminder, and the calendar, tell the link.
    """
    with app.database.read(account_id) as session:
        case = read_meeting(app, session, meeting_id)
        told = has_left(session, meeting_id, WITH_INVITATION)
        waiting = {each.kind for each in meeting_letters(session, meeting_id, _WITH_PLACE) if each.state in WAITING}
    if case.meeting.place:
        return True
    case.meeting.place = link
    letters = _anew(app, replace(case, linked=True), waiting)
    with app.database.write(account_id) as session:
        if not is_unchanged(session, meeting_id, case.meeting.sequence, told=told):
            return False
        row = session.get_one(Meeting, meeting_id, with_for_update=True)
        # Where Google invites, its invitation says the link already: another change would be another mail to the guest.
        row.place, row.calendar_due_at = link, app.now() if case.meeting.invite_channel == "mail" else None
        end_meeting_letters(session, meeting_id, waiting, "the video link is known now", app.now())
        session.add_all(letters)
    for letter in letters:
        app.queue.poke(Job("deliver_letter", letter.id))
    log.info("video_link_added", meeting=meeting_id, account=account_id)
    return True


def _anew(app: App, case: MeetingCase, kinds: set[LetterKind]) -> list[Letter]:
    letters = [invitation_letter(app, case, kind) for kind in _WITH_PLACE[:2] if kind in kinds]
    if LetterKind.REMINDER in kinds and (again := reminder(app, case)):
        letters.append(again)
    return letters
