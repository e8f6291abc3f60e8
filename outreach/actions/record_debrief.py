"""Take what was talked about and who was named; word the thank-you with it, ahead of all other mail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from outreach.actions.add_referral import add_referral
from outreach.actions.approve_letters import sending_window
from outreach.actions.end_meeting_letters import end_meeting_letters, has_left, thank_yous_so_far
from outreach.actions.meeting_letters import MeetingCase, full_thank_you
from outreach.actions.note_held import note_held
from outreach.actions.read_meeting import read_meeting
from outreach.app import App
from outreach.errors import BadInput, NotAllowed
from outreach.letters.names import clean_line
from outreach.model import Letter, Meeting
from outreach.queue import Job
from outreach.rules.addresses import Mailbox, parse_mailbox
from outreach.rules.deadlines import DEADLINE, MARGIN, polite_moment
from outreach.rules.kinds import THANK_YOUS, TO_ONESELF, MeetingStatus

log = structlog.get_logger(__name__)

MOST_TOPICS = 3
_LONGEST_TOPIC = 160
_LONGEST_NOTES = 20_000


@dataclass(frozen=True)
class Debriefed:
    """What became of it: the thank-you and when it leaves, or None when one had left before; who was added."""

    letter_id: str | None
    due_at: datetime | None
    thanked_before: bool
    introduced: tuple[str, ...]


def record_debrief(
    app: App,
    account_id: str,
    meeting_id: str,
    *,
    topics: Sequence[str] = (),
    notes: str = "",
    referrals: Sequence[str] = (),
    may_use_name: bool = True,
) -> Debriefed:
    """Record topics, notes and names given (``Name <address>``), and schedule the thank-you that names the topics.

    It goes at the next polite moment before the deadline, 24 hours after the end. Saying topics again before it has
    left replaces it. Raises BadInput naming everything that cannot be used, NotAllowed for a meeting that has not
    begun, was cancelled or was not held; then nothing was changed.
    """
    known = _topics(topics)
    people = _people(referrals)
    if not (known or people or notes.strip()):
        raise BadInput('Say what you talked about with --topic "…", or give --note or --referral.')
    with app.database.read(account_id) as session:
        case = read_meeting(app, session, meeting_id)
        thanked = has_left(session, meeting_id, THANK_YOUS)
        turn = thank_yous_so_far(session, meeting_id) + 1
    _refuse(case.meeting, app.now())
    all_topics = known or tuple(str(topic) for topic in case.meeting.topics)
    letter = _thank_you(app, case, turn, all_topics, people) if all_topics and not thanked else None
    with app.database.write(account_id) as session:
        introduced = _store(app, session, case, all_topics, notes, people, letter, may_use_name=may_use_name)
    if letter is not None:
        app.queue.poke(Job("deliver_letter", letter.id))
    log.info("debrief_recorded", meeting=meeting_id, account=account_id, topics=len(known), names=len(introduced))
    return Debriefed(letter.id if letter else None, letter.due_at if letter else None, thanked, introduced)


def _topics(topics: Sequence[str]) -> tuple[str, ...]:
    known = tuple(dict.fromkeys(line for topic in topics if (line := clean_line(topic).strip(" .;,"))))
    problems = [
        f"{topic[:40]}… has {len(topic)} characters; {_LONGEST_TOPIC} at most"
        for topic in known
        if len(topic) > _LONGEST_TOPIC
    ]
    if len(known) > MOST_TOPICS:
        problems.append(f"there are {len(known)} topics; name the one or two that mattered, {MOST_TOPICS} at most")
    if problems:
        raise BadInput("The topics cannot be used as they are.", problems=problems)
    return known


def _people(referrals: Sequence[str]) -> tuple[Mailbox, ...]:
    people, problems = [], []
    for text in referrals:
        try:
            people.append(parse_mailbox(text))
        except BadInput as error:
            problems.append(error.message)
    if problems:
        raise BadInput('Write each name given as "Name <address>".', problems=problems)
    return tuple(people)


def _refuse(meeting: Meeting, now: datetime) -> None:
    if meeting.status is MeetingStatus.CANCELLED:
        raise NotAllowed("The meeting was cancelled: no thank-you is owed.")
    if meeting.status is MeetingStatus.NOT_HELD:
        raise NotAllowed(
            f"The meeting is marked as not held. If it was, say `outreach meeting held {meeting.id[:8]}` first."
        )
    if now < meeting.starts_at:
        raise NotAllowed("The meeting has not begun yet: say afterwards what you talked about.")


def _thank_you(
    app: App, case: MeetingCase, turn: int, topics: tuple[str, ...], people: tuple[Mailbox, ...]
) -> Letter | None:
    if not case.contact.email:
        return None
    due, why = polite_time(app, case)
    names = tuple(person.name or person.email for person in people)
    return full_thank_you(app, case, turn, topics=topics, names=names, due_at=due, why=why)


def polite_time(app: App, case: MeetingCase) -> tuple[datetime, str]:
    """Return when a thank-you whose topics are known goes best, and why then."""
    earliest = max(app.now(), case.meeting.ends_at)
    deadline = case.meeting.ends_at + DEADLINE
    due = polite_moment(earliest, case.recipient_zone, sending_window(case.settings), deadline, MARGIN)
    if due > earliest:
        return due, "their next polite moment before the 24 hours are over"
    return due, "at once: within 24 hours of the end" if due <= deadline else "at once: it is late"


def _store(
    app: App,
    session: Session,
    case: MeetingCase,
    topics: tuple[str, ...],
    notes: str,
    people: tuple[Mailbox, ...],
    letter: Letter | None,
    *,
    may_use_name: bool,
) -> tuple[str, ...]:
    now = app.now()
    row = session.get_one(Meeting, case.meeting.id, with_for_update=True)
    _refuse(row, now)
    if topics:
        row.topics, row.debriefed_at, row.next_alarm_at = list(topics), now, None
    if notes.strip():
        row.notes = "\n".join(part for part in (row.notes, notes.strip()) if part)[:_LONGEST_NOTES]
    note_held(session, row, now)
    if letter is not None and not has_left(session, row.id, THANK_YOUS):
        end_meeting_letters(session, row.id, THANK_YOUS | TO_ONESELF, "you said what you talked about", now)
        session.add(letter)
    edges = [
        add_referral(
            session,
            app,
            case.account.id,
            case.contact.id,
            person.name,
            person.email,
            meeting_id=row.id,
            may_use_name=may_use_name,
        )
        for person in people
    ]
    return tuple(person.name or person.email for person, edge in zip(people, edges, strict=True) if edge is not None)
