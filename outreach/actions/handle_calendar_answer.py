"""What follows from an answer to an invitation: an accept, a decline, another time (RFC 5546 REPLY and COUNTER)."""

from __future__ import annotations

from sqlalchemy import select

from outreach.actions.answer_case import AnswerCase, ask, note_reply, who
from outreach.calendar.answers import CalendarAnswer
from outreach.model import Conversation, Meeting
from outreach.queries.pending_answers import CANCEL
from outreach.rules.addresses import address_key
from outreach.rules.kinds import TO_COME, MeetingStatus
from outreach.rules.zones import say


def of_an_earlier_one(partstat: str) -> str:
    """Return what is noted about an answer to an invitation that was changed since."""
    return f"{partstat.lower()}, about an earlier version of the invitation"


def handle_calendar_answer(case: AnswerCase) -> str:
    """Carry out what follows. Return what was done in words, or ``CANCEL`` for what comes next; raises nothing."""
    answer = case.heard.calendar
    if answer is None:
        return ask(case, "sent something from their calendar that is no plain answer: read it")
    meeting = case.session.scalar(select(Meeting).where(Meeting.uid == answer.uid))
    if meeting is None or meeting.contact_id != case.contact.id:
        return ask(case, "sent a calendar answer about a meeting that is not one of yours with them: read it")
    if not {address_key(answer.attendee), case.heard.from_key} <= {case.contact.address_key}:
        return ask(case, f"an answer to the invitation came from {answer.attendee}, who was not invited: read it")
    if answer.sequence < meeting.sequence:
        return of_an_earlier_one(answer.partstat)
    if meeting.status not in TO_COME:
        return _too_late(case, meeting, answer)
    if meeting.answered_at is not None and answer.stamp < meeting.answered_at:
        return "an older answer than the one that is known"
    # A stamp that lies ahead of its message would keep every later answer from counting.
    meeting.answered_at = min(answer.stamp, case.heard.received_at)
    if answer.method == "COUNTER":
        return _other_time(case, answer)
    meeting.partstat = answer.partstat
    note_reply(case)
    if answer.partstat != "DECLINED":
        return f"the invitation is {answer.partstat.lower().replace('-', ' ')}"
    # A meeting is cancelled whatever its conversation was to wait for.
    case.session.get_one(Conversation, meeting.conversation_id, with_for_update=True).follow_up_due_at = None
    return CANCEL


def _other_time(case: AnswerCase, answer: CalendarAnswer) -> str:
    note_reply(case)
    if answer.proposed is None:
        return ask(case, "proposes another time for the meeting: read it, and answer or move the meeting")
    when, at = say(answer.proposed.start, case.account.zone), f"{answer.proposed.start:%Y-%m-%dT%H:%MZ}"
    return ask(case, f"proposes {when} instead. Move it there with `outreach meeting move {who(case)} --at {at}`")


def _too_late(case: AnswerCase, meeting: Meeting, answer: CalendarAnswer) -> str:
    """An answer to an invitation that is history. One thing is worth telling: thanks left, and nobody had met."""
    unsaid = meeting.status is MeetingStatus.HELD and meeting.debriefed_at is None
    if answer.partstat == "DECLINED" and unsaid and case.heard.received_at < meeting.ends_at:
        note_reply(case)
        return ask(case, "declined the invitation before the meeting, which was taken as held: look whether you met")
    return "answers an invitation that no longer holds"
