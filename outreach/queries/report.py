"""The figures of one account: what was sent, held, thanked, owed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.app import App
from outreach.model import Contact, Conversation, Inbound, Letter, Meeting, Referral
from outreach.rules.kinds import THANK_YOUS, TO_ONESELF, Answer, Debt, LetterState, MeetingStatus, Stage

DAY = timedelta(hours=24)


@dataclass(frozen=True)
class Happening:
    """One thing that happened with one person."""

    at: datetime
    what: str


@dataclass(frozen=True)
class PersonReport:
    """One person's road."""

    name: str
    organization: str
    zone: str
    stage: str
    happenings: tuple[Happening, ...]


@dataclass(frozen=True)
class Report:
    """The figures, counted from rows."""

    letters_sent: int
    letters_to_others: int
    meetings_held: int
    meetings_not_held: int
    thank_yous_owed: int
    thank_yous_on_time: int
    quickest_thanks: timedelta | None
    slowest_thanks: timedelta | None
    answers: dict[str, int]
    chain_depth: int
    debts_told: int
    debts_open: int
    loops_closed: int
    people: tuple[PersonReport, ...]


def report(app: App, account_id: str) -> Report:
    """Return the figures of the account up to now."""
    with app.database.read(account_id) as session:
        letters = session.scalars(select(Letter).where(Letter.state == LetterState.SENT)).all()
        meetings = session.scalars(select(Meeting)).all()
        inbound = session.scalars(select(Inbound).order_by(Inbound.received_at)).all()
        edges = session.scalars(select(Referral)).all()
        thanks = _thanks(letters, meetings)
        return Report(
            letters_sent=len(letters),
            letters_to_others=sum(letter.kind not in TO_ONESELF for letter in letters),
            meetings_held=sum(meeting.status is MeetingStatus.HELD for meeting in meetings),
            meetings_not_held=sum(meeting.status is MeetingStatus.NOT_HELD for meeting in meetings),
            thank_yous_owed=sum(meeting.status is MeetingStatus.HELD for meeting in meetings),
            thank_yous_on_time=sum(delay <= DAY for delay in thanks),
            quickest_thanks=min(thanks, default=None),
            slowest_thanks=max(thanks, default=None),
            answers=dict(Counter(str(message.answer) for message in inbound)),
            chain_depth=_depth(edges),
            debts_told=sum(edge.debt is Debt.TOLD for edge in edges),
            debts_open=sum(edge.debt in {Debt.OWED, Debt.DRAFTED} for edge in edges),
            loops_closed=_loops_closed(session),
            people=tuple(_people(session, letters, meetings, inbound)),
        )


def _thanks(letters: Sequence[Letter], meetings: Sequence[Meeting]) -> list[timedelta]:
    """Return how long after the end of each meeting its thank-you left."""
    ends = {meeting.id: meeting.ends_at for meeting in meetings}
    return [
        letter.sent_at - ends[letter.meeting_id]
        for letter in letters
        if letter.kind in THANK_YOUS and letter.meeting_id in ends and letter.sent_at is not None
    ]


def _depth(edges: Sequence[Referral]) -> int:
    """Return how many people the longest chain of introductions has; 1 where nobody led to anybody."""
    children: dict[str, list[str]] = {}
    introduced = set()
    for edge in edges:
        children.setdefault(edge.introducer_id, []).append(edge.introduced_id)
        introduced.add(edge.introduced_id)
    level, depth, seen = [who for who in children if who not in introduced], 1, set[str]()
    while level := [child for who in level for child in children.get(who, ()) if child not in seen]:
        seen.update(level)
        depth += 1
    return depth


def _loops_closed(session: Session) -> int:
    """Return with how many people the whole loop was walked: asked, met and thanked."""
    done = (Stage.THANKED, Stage.CLOSED)
    query = (
        select(Conversation.contact_id)
        .join(Meeting, Meeting.conversation_id == Conversation.id)
        .where(Conversation.stage.in_(done), Meeting.status == MeetingStatus.HELD)
    )
    return len(set(session.scalars(query)))


def _people(
    session: Session, letters: Sequence[Letter], meetings: Sequence[Meeting], inbound: Sequence[Inbound]
) -> list[PersonReport]:
    happened: dict[str | None, list[Happening]] = {}
    for letter in letters:
        if letter.sent_at is not None:
            happened.setdefault(letter.contact_id, []).append(Happening(letter.sent_at, _words(str(letter.kind))))
    for message in inbound:
        answer = _words(str(message.answer))
        answer = answer if message.answer in _MACHINES else f"answered: {answer}"
        happened.setdefault(message.contact_id, []).append(Happening(message.received_at, answer))
    for meeting in meetings:
        if meeting.status in {MeetingStatus.HELD, MeetingStatus.NOT_HELD}:
            what = f"meeting {_words(str(meeting.status))}"
            happened.setdefault(meeting.contact_id, []).append(Happening(meeting.starts_at, what))
    rows = session.execute(
        select(Contact, Conversation.stage)
        .outerjoin(Conversation, Conversation.contact_id == Contact.id)
        .order_by(Contact.created_at, Contact.last_name)
    )
    return [
        PersonReport(
            name=contact.full_name,
            organization=contact.organization,
            zone=contact.zone or "",
            stage=_words(str(stage)) if stage else "not written to",
            happenings=tuple(sorted(happened.get(contact.id, ()), key=lambda item: item.at)),
        )
        for contact, stage in rows
    ]


_MACHINES = frozenset({Answer.AUTO_REPLY, Answer.BOUNCE, Answer.BOUNCE_SOFT, Answer.CALENDAR})


#: What came in, as one would say it.
ANSWER_WORDS = {
    "bounce": "bounced",
    "bounce_soft": "delayed",
    "auto_reply": "out of office",
    "calendar": "answers to invitations",
    "opt_out": "never again",
    "no": "no",
    "no_with_name": "no, but somebody else",
    "yes_with_time": "chose a time",
    "yes": "yes",
    "question": "asked back",
    "other": "other words",
    "unreadable": "unreadable",
}


def _words(value: str) -> str:
    return value.replace("_", " ")
