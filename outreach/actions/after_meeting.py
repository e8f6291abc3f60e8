"""After a meeting: ask its owner what was talked about, and remind them while a thank-you still lacks it."""

from __future__ import annotations

from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from outreach.actions.after_link import after_link
from outreach.actions.approve_letters import sending_window
from outreach.actions.crash_points import crash_point
from outreach.actions.end_meeting_letters import has_left
from outreach.actions.gather_facts import sender_facts
from outreach.actions.meeting_letters import MeetingCase
from outreach.actions.prepare_letter import freeze, obstacles, prepare
from outreach.actions.read_meeting import read_meeting
from outreach.app import App
from outreach.database import EVERYBODY
from outreach.model import Letter, Meeting
from outreach.queue import Job
from outreach.rules.deadlines import ThankYouPlan, thank_you_times
from outreach.rules.instants import Span
from outreach.rules.kinds import THANK_YOUS, LetterKind, MeetingStatus
from outreach.rules.zones import say, say_span

log = structlog.get_logger(__name__)

_ASKED_ABOUT = frozenset({MeetingStatus.CONFIRMED, MeetingStatus.HELD})


def after_meeting(app: App, meeting_id: str) -> None:
    """Write the question or the alarm that is due, to the owner; set when the next one is. Does nothing otherwise.

    Several that fell due while nothing ran are one letter. Nothing is written once the topics are known, the thanks
    have left, or the deadline is over.
    """
    now = app.now()
    with app.database.read(EVERYBODY) as session:
        meeting = session.get(Meeting, meeting_id)
        if meeting is None or not _is_due(meeting, now):
            return
        case = read_meeting(app, session, meeting_id)
        if case.account.reconcile_from is not None:
            return
        settled = meeting.debriefed_at is not None or has_left(session, meeting_id, THANK_YOUS)
    times = thank_you_times(
        case.meeting.ends_at,
        account_zone=case.settings.whereabouts(case.account.zone).zone_at(case.meeting.ends_at),
        recipient_zone=case.recipient_zone,
        window=sending_window(case.settings),
    )
    letter = None if settled or now >= times.deadline else _letter(app, case, times)
    with app.database.write(case.account.id) as session:
        stored = _store(session, case, letter, times, now, settled=settled)
    crash_point("topics_asked")
    if stored and letter is not None:
        app.queue.poke(Job("deliver_letter", letter.id))
        log.info("debrief_asked", meeting=meeting_id, account=case.account.id, letter=letter.id)


def _is_due(meeting: Meeting, now: datetime) -> bool:
    due = meeting.next_alarm_at
    return meeting.status in _ASKED_ABOUT and due is not None and due <= now


def _letter(app: App, case: MeetingCase, times: ThankYouPlan) -> Letter | None:
    meeting = case.meeting
    first = meeting.alarms_sent == 0
    own_zone = case.settings.whereabouts(case.account.zone).zone_at(meeting.ends_at)
    facts = sender_facts(case.settings, case.account)
    facts |= {
        "person_name": case.contact.full_name,
        "meeting_when": say_span(Span(meeting.starts_at, meeting.ends_at), own_zone),
        "after_link": after_link(app, meeting.id) or None,
        "command": f'outreach thank {meeting.id[:8]} --topic "…"',
        "deadline_when": say(times.deadline, own_zone),
    }
    letter = prepare(
        app,
        case.account,
        None,
        LetterKind.DEBRIEF_REQUEST if first else LetterKind.THANK_YOU_ALARM,
        step=f"after:{meeting.id}:{meeting.sequence}:{meeting.alarms_sent}",
        facts=facts,
        conversation_id=case.conversation.id,
        meeting_id=meeting.id,
    )
    if problems := obstacles(letter):
        log.warning("debrief_not_asked", meeting=meeting.id, account=case.account.id, problems=problems)
        return None
    freeze(app, case.account, letter, due_at=app.now(), why_then="at once: it is for you", deadline_at=times.deadline)
    letter.expires_at = times.deadline
    return letter


def _store(
    session: Session, case: MeetingCase, letter: Letter | None, times: ThankYouPlan, now: datetime, *, settled: bool
) -> bool:
    row = session.get_one(Meeting, case.meeting.id, with_for_update=True)
    if not _is_due(row, now) or row.alarms_sent != case.meeting.alarms_sent:
        return False
    row.next_alarm_at = None if settled else next((each for each in times.alarms if each > now), None)
    row.alarms_sent += 1
    if letter is not None:
        session.add(letter)
    return True
