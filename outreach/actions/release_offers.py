"""Release the times that were offered, so that others may have them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.model import SlotOffer


def release_offers(session: Session, conversation_id: str, now: datetime) -> None:
    """Release whatever the conversation still keeps; what was released stays as it was."""
    kept = select(SlotOffer).where(SlotOffer.conversation_id == conversation_id, SlotOffer.released_at.is_(None))
    for offer in session.scalars(kept):
        offer.released_at = now
