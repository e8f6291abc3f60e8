"""Call back the letters that go with a meeting, as far as they have not begun to leave."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.actions.end_letter import end_letter
from outreach.model import Letter
from outreach.rules.kinds import THANK_YOUS, WAITING, LetterKind, LetterState

_LEFT_OR_LEAVING = frozenset({LetterState.LEASED, LetterState.SENDING, LetterState.UNKNOWN, LetterState.SENT})


def end_meeting_letters(
    session: Session, meeting_id: str, kinds: Collection[LetterKind], reason: str, now: datetime
) -> None:
    """Cancel the meeting's letters of these kinds that still wait."""
    for letter in meeting_letters(session, meeting_id, kinds):
        if letter.state in WAITING:
            end_letter(session, letter, LetterState.CANCELLED, f"not sent: {reason}", now)
    session.flush()  # a new one may take the place of the old only when that is gone


def has_left(session: Session, meeting_id: str, kinds: Collection[LetterKind]) -> bool:
    """Return whether a letter of these kinds has left, or may have: also one that failed with its fate unknown."""
    return any(
        letter.state in _LEFT_OR_LEAVING or (letter.state is LetterState.FAILED and letter.looks > 0)
        for letter in meeting_letters(session, meeting_id, kinds)
    )


def thank_yous_so_far(session: Session, meeting_id: str) -> int:
    """Return how many thank-yous were written for the meeting; all but one of them never leave."""
    return len(meeting_letters(session, meeting_id, THANK_YOUS))


def meeting_letters(session: Session, meeting_id: str, kinds: Collection[LetterKind]) -> list[Letter]:
    """Return the meeting's letters of these kinds, locked, oldest first."""
    query = select(Letter).where(Letter.meeting_id == meeting_id, Letter.kind.in_(kinds))
    return list(session.scalars(query.order_by(Letter.created_at, Letter.id).with_for_update()))
