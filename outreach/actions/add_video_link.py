"""Google has made a video link for a meeting: it goes into the calendar and into every letter that still waits."""

from __future__ import annotations

from dataclasses import replace

import structlog

from outreach.actions.end_meeting_letters import end_meeting_letters, has_left, meeting_letters
from outreach.actions.meeting_letters import MeetingCase, invitation_letter, reminder
from outreach.actions.read_meeting import is_unchanged, read_meeting
from outreach.app import App
from outreach.errors import BadInput
from outreach.model import Conversation, Letter, Meeting
from outreach.queue import Job
from outreach.rules.for_owner import with_more
from outreach.rules.kinds import WAITING, WITH_INVITATION, LetterKind

log = structlog.get_logger(__name__)

_WITH_PLACE = (LetterKind.MEETING_CONFIRMED, LetterKind.MEETING_MOVED, LetterKind.REMINDER)


def add_video_link(app: App, account_id: str, meeting_id: str, sequence: int, link: str) -> bool:
    """Store the link as the meeting's place and word its waiting letters anew. Return False when it changed meanwhile.

    ``sequence`` is that of the meeting for which Google made the link. Where no letter is left to tell it, or none can
    be worded, the owner is told.
    """
    with app.database.read(account_id) as session:
        case = read_meeting(app, session, meeting_id)
        told = has_left(session, meeting_id, WITH_INVITATION)
        waiting = {each.kind for each in meeting_letters(session, meeting_id, _WITH_PLACE) if each.state in WAITING}
    if case.meeting.sequence != sequence or case.meeting.place:
        return False
    case.meeting.place = link
    letters, trouble = _anew(app, replace(case, linked=True), waiting)
    told_by_letter = bool(letters) or case.meeting.invite_channel == "google"
    with app.database.write(account_id) as session:
        if not is_unchanged(session, meeting_id, sequence, told=told):
            return False
        row = session.get_one(Meeting, meeting_id, with_for_update=True)
        # Where Google invites, its invitation says the link already: another change would be another mail to the guest.
        row.place, row.calendar_due_at = link, app.now() if case.meeting.invite_channel == "mail" else None
        row.calendar_attempts, row.calendar_error = 0, ""
        end_meeting_letters(session, meeting_id, {each.kind for each in letters}, "the link is known now", app.now())
        session.add_all(letters)
        if trouble or not told_by_letter:
            conversation = session.get_one(Conversation, row.conversation_id, with_for_update=True)
            why = f"which no letter tells ({trouble})" if trouble else "and no letter is left to tell it"
            conversation.needs_you = with_more(conversation.needs_you, f"the video link is {link}, {why}: send it")
    for letter in letters:
        app.queue.poke(Job("deliver_letter", letter.id))
    log.info("video_link_added", meeting=meeting_id, account=account_id)
    return True


def _anew(app: App, case: MeetingCase, kinds: set[LetterKind]) -> tuple[list[Letter], str]:
    """Return the letters that wait, worded anew, and why one of them cannot be."""
    letters: list[Letter] = []
    try:
        letters += [invitation_letter(app, case, kind) for kind in _WITH_PLACE[:2] if kind in kinds]
        if LetterKind.REMINDER in kinds and (again := reminder(app, case)):
            letters.append(again)
    except BadInput as error:
        return letters, error.message.rstrip(".")
    return letters, ""
