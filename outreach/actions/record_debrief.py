"""Take what was talked about and who was named; word the thank-you with it, ahead of all other mail."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from outreach.actions.add_referral import add_referral
from outreach.actions.end_meeting_letters import end_meeting_letters, has_left, thank_yous_so_far
from outreach.actions.meeting_letters import MeetingCase, full_thank_you
from outreach.actions.note_held import note_held
from outreach.actions.read_meeting import locked_meeting, read_meeting
from outreach.app import App
from outreach.errors import BadInput, NotAllowed, TryLater
from outreach.letters.names import clean_line
from outreach.model import Contact, Letter, Meeting, Referral
from outreach.queue import Job
from outreach.rules.addresses import Mailbox, parse_mailbox
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
        named_before = _named_before(session, meeting_id)
    _refuse(case.meeting, app.now())
    all_topics = known or tuple(str(topic) for topic in case.meeting.topics)
    given = (person.name or person.email for person in people)
    names = tuple({name.casefold(): name for name in (*given, *named_before)}.values())
    letter = _thank_you(app, case, turn, all_topics, names) if all_topics and not thanked else None
    with _alone(), app.database.write(account_id) as session:
        introduced, stored = _store(app, session, case, all_topics, notes, people, letter, may_use_name=may_use_name)
    if letter is None or not stored:
        log.info("debrief_recorded", meeting=meeting_id, account=account_id, names=len(introduced))
        return Debriefed(None, None, bool(all_topics), introduced)
    app.queue.poke(Job("deliver_letter", letter.id))
    log.info("thank_you_scheduled", meeting=meeting_id, account=account_id, letter=letter.id)
    return Debriefed(letter.id, letter.due_at, False, introduced)


@contextmanager
def _alone() -> Iterator[None]:
    """Turn the database's refusal of a second thank-you into a sentence. Raises TryLater."""
    try:
        yield
    except IntegrityError as error:
        raise TryLater("Another process wrote about this meeting at this moment: look and try again.") from error


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
        plain = clean_line(text)
        if plain and not set(plain) & set("@<>"):
            people.append(Mailbox(plain, ""))  # kept, and listed as needing an address
            continue
        try:
            people.append(parse_mailbox(text))
        except BadInput as error:
            problems.append(error.message)
    if problems:
        raise BadInput('Write each name given as "Name <address>", or the name alone.', problems=problems)
    return tuple(people)


def _named_before(session: Session, meeting_id: str) -> tuple[str, ...]:
    """Return the names that were given in this meeting and are known already: the thank-you names them all."""
    query = (
        select(Contact)
        .join(Referral, Referral.introduced_id == Contact.id)
        .where(Referral.meeting_id == meeting_id)
        .order_by(Referral.created_at, Referral.id)
    )
    return tuple(contact.full_name or contact.email or "" for contact in session.scalars(query))


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
    app: App, case: MeetingCase, turn: int, topics: tuple[str, ...], names: tuple[str, ...]
) -> Letter | None:
    if not case.contact.email:
        return None
    return full_thank_you(app, case, turn, topics=topics, names=names)


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
) -> tuple[tuple[str, ...], bool]:
    """Return who was added to the chain, and whether the thank-you was stored: another may have left meanwhile."""
    now = app.now()
    row = locked_meeting(session, case.meeting.id)
    _refuse(row, now)
    if topics and not (row.topics and has_left(session, row.id, THANK_YOUS)):  # what was sent stays on record
        row.topics, row.debriefed_at, row.next_alarm_at = list(topics), now, None
    if notes.strip() and notes.strip() not in row.notes:  # a form may be sent twice
        row.notes = "\n".join(part for part in (row.notes, notes.strip()) if part)[:_LONGEST_NOTES]
    note_held(session, row, now)
    stored = letter is not None and not has_left(session, row.id, THANK_YOUS)
    if letter is not None and stored:
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
    added = (person for person, edge in zip(people, edges, strict=True) if edge is not None)
    return tuple(person.name or person.email for person in added), stored
