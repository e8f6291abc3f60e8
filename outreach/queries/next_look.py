"""When an account's inbox is to be looked at next."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select

from outreach.app import App
from outreach.model import Account, Conversation, Inbound, Letter
from outreach.rules.poll_pace import poll_interval


def next_look(app: App, account: Account) -> datetime:
    """Return the instant: sooner where an answer is likely, and no later than the next reminder falls due."""
    now, settings = app.now(), app.settings_for(account).inbox
    moments = select(
        select(func.max(Letter.sent_at)).where(Letter.sent_at <= now).scalar_subquery(),
        select(func.max(Inbound.received_at)).where(Inbound.received_at <= now).scalar_subquery(),
        # A reminder waits for an inbox that was read when it fell due.
        select(func.min(Conversation.follow_up_due_at))
        .where(Conversation.closed_at.is_(None), Conversation.follow_up_due_at > now)
        .scalar_subquery(),
    )
    with app.database.read(account.id) as session:
        sent, received, reminder = session.execute(moments).one()
    heard = [moment for moment in (sent, received) if moment is not None]
    silence = now - max(heard) if heard else None
    wait = poll_interval(timedelta(seconds=settings.poll_seconds), timedelta(seconds=settings.seldom_seconds), silence)
    return min(now + wait, max(reminder, now + timedelta(seconds=settings.poll_seconds)) if reminder else now + wait)
