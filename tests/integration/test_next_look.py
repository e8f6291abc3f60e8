"""When an inbox is looked at next."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import update

from outreach.actions.approve_letters import approve_letters
from outreach.actions.draft_letters import draft_letters
from outreach.app import App
from outreach.clock import FixedClock
from outreach.database import EVERYBODY
from outreach.model import Account, AccountState, Conversation
from outreach.model.base import new_id
from outreach.queries.next_look import next_look

Work = Callable[..., int]
MINUTE = timedelta(minutes=1)


def account_of(app: App, account_id: str) -> Account:
    with app.database.read(EVERYBODY) as session:
        return session.get_one(Account, account_id)


def another(app: App) -> Account:
    made = Account(
        id=new_id(), address="ben@student.example.com", state=AccountState.ACTIVE, zone="UTC", created_at=app.now()
    )
    with app.database.write(EVERYBODY) as session:
        session.add(made)
    return account_of(app, made.id)


def test_an_inbox_is_looked_at_often_after_a_letter_and_seldom_in_silence(
    app: App, account_id: str, add_contact: Callable[..., str], clock: FixedClock, work: Work
) -> None:
    account, other = account_of(app, account_id), another(app)
    assert next_look(app, account) == clock.now() + 30 * MINUTE
    add_contact("grace@planning.example.com")
    approve_letters(app, account_id, draft_letters(app, account_id))
    work(hours=2)
    assert next_look(app, account) == clock.now() + MINUTE
    assert next_look(app, other) == clock.now() + 30 * MINUTE  # nobody else's letter counts
    clock.advance(timedelta(days=5))
    assert next_look(app, account) == clock.now() + 2 * MINUTE


def test_an_inbox_is_looked_at_when_a_reminder_falls_due(
    app: App, account_id: str, add_contact: Callable[..., str], clock: FixedClock, work: Work
) -> None:
    add_contact("grace@planning.example.com")
    approve_letters(app, account_id, draft_letters(app, account_id))
    work(hours=2)
    clock.advance(timedelta(days=40))
    with app.database.write(account_id) as session:
        session.execute(update(Conversation).values(follow_up_due_at=clock.now() + 7 * MINUTE))
    assert next_look(app, account_of(app, account_id)) == clock.now() + 7 * MINUTE
