"""Call back letters that have been overtaken."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.actions.end_letter import end_letter
from outreach.model import Letter
from outreach.rules.kinds import WAITING, LetterKind, LetterState


def call_back(
    session: Session, conversation_id: str, kinds: Collection[LetterKind], reason: str, now: datetime
) -> None:
    """Cancel the conversation's letters of these kinds that have not begun to leave; ``reason`` says why, in words."""
    letters = select(Letter).where(
        Letter.conversation_id == conversation_id, Letter.kind.in_(kinds), Letter.state.in_(WAITING)
    )
    for letter in session.scalars(letters.with_for_update()).all():
        end_letter(session, letter, LetterState.CANCELLED, f"not sent: {reason}", now)
