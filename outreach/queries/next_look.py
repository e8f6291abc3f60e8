"""When an account's inbox is to be looked at next."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import Select, bindparam, func, select

from outreach.app import App
from outreach.model import Account, Conversation, Inbound, Letter
from outreach.model.base import UtcDateTime
from outreach.rules.poll_pace import poll_interval


def next_look(app: App, account: Account) -> datetime:
    """Return the instant: sooner where an answer is likely, and no later than the next reminder falls due."""
    now, settings = app.now(), app.settings_for(account).inbox
    with app.database.read(account.id) as session:
        sent, received, reminder = session.execute(_moments(), {"now": now}).one()
    usual, seldom = timedelta(seconds=settings.poll_seconds), timedelta(seconds=settings.seldom_seconds)
    heard = [moment for moment in (sent, received) if moment is not None]
    wait = poll_interval(usual, seldom, now - max(heard) if heard else None)
    return min(now + wait, max(reminder, now + usual)) if reminder else now + wait


@cache
def _moments() -> Select[datetime | None, datetime | None, datetime | None]:
    """Return the statement, made once: when a letter left last, when one came in, when a reminder falls due."""
    now = bindparam("now", type_=UtcDateTime())
    return select(
        select(func.max(Letter.sent_at)).where(Letter.sent_at <= now).scalar_subquery(),
        select(func.max(Inbound.received_at)).where(Inbound.received_at <= now).scalar_subquery(),
        # A reminder waits for an inbox that was read when it fell due.
        select(func.min(Conversation.follow_up_due_at))
        .where(Conversation.closed_at.is_(None), Conversation.follow_up_due_at > now)
        .scalar_subquery(),
    )
