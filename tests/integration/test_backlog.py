"""A mailbox full of mail and a cursor that is lost, expired or set back: each message is handled exactly once."""

from __future__ import annotations

import os
import random
import resource
import time
from collections import Counter
from collections.abc import Callable
from email.message import EmailMessage

import pytest
from sqlalchemy import select, update

from outreach.actions import store_message
from outreach.actions.approve_letters import approve_letters
from outreach.actions.draft_letters import draft_letters
from outreach.actions.poll_inbox import poll_inbox
from outreach.app import App
from outreach.database import EVERYBODY
from outreach.model import Account, Inbound, Letter
from outreach.rules.kinds import LetterState
from outreach.sandbox.server import Sandbox
from tests.many_accounts import ALWAYS

ME = "ada@student.example.com"
PEOPLE = 20
SAID = ("Who are you?", "I am away until Monday.", "Let me see.", "Your letter is on my desk.", "What is this about?")
FULL = int(os.environ.get("OUTREACH_TEST_EXAMPLES", "10000"))
LOSSES = ("lost", "expired", "set back", "expired in the middle")


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize(
    "messages",
    [pytest.param(60, marks=pytest.mark.slow), pytest.param(FULL, marks=[pytest.mark.long, pytest.mark.timeout(7200)])],
)
def test_each_message_of_a_backlog_is_handled_once(
    app: App,
    account_id: str,
    add_contact: Callable[..., str],
    work: Callable[..., int],
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    loss: str,
    messages: int,
) -> None:
    dice = random.Random(messages)
    asked = _asked(app, account_id, add_contact, work)
    poll_inbox(app, account_id)
    start = _history(app, account_id)
    handled = _count_handled(monkeypatch)
    ours = {sandbox.receive(ME, _mail(dice, asked)) for _ in range(messages // 2)}
    for _ in range(messages // 4):
        sandbox.receive(ME, _mail(dice, None))
    if loss == "set back":
        while poll_inbox(app, account_id):
            pass
    ours |= {sandbox.receive(ME, _mail(dice, asked)) for _ in range(messages - messages // 2 - messages // 4)}
    _lose(app, account_id, sandbox, loss, start)
    began, worked = time.monotonic(), time.process_time()
    while poll_inbox(app, account_id):
        pass
    took, worked = time.monotonic() - began, time.process_time() - worked
    sandbox.clear_faults()
    poll_inbox(app, account_id)
    with app.database.read(account_id) as session:
        stored = list(session.scalars(select(Inbound.gmail_id)))
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\ncursor {loss}, {messages} messages: {took:.1f} s, {worked:.1f} s of CPU, at most {megabytes:.0f} MB")
    assert sorted(stored) == sorted(ours)
    assert set(handled.values()) == {1}
    assert handled.keys() == ours


def _asked(app: App, account_id: str, add_contact: Callable[..., str], work: Callable[..., int]) -> list[Letter]:
    with app.database.write(EVERYBODY) as session:
        session.get_one(Account, account_id).preferences = {"sending": dict(ALWAYS)}
    for number in range(PEOPLE):
        add_contact(f"p{number}@city.example.com", f"Person{number} Example", organization=f"Office {number}")
    approve_letters(app, account_id, draft_letters(app, account_id))
    work(hours=2)
    with app.database.read(account_id) as session:
        letters = list(session.scalars(select(Letter).where(Letter.state == LetterState.SENT)))
    assert len(letters) == PEOPLE
    return letters


def _mail(dice: random.Random, asked: list[Letter] | None) -> bytes:
    message = EmailMessage()
    message["To"] = ME
    if asked is None:
        message["From"], message["Subject"] = f"shop{dice.random()}@store.example.org", "An offer"
    else:
        letter = dice.choice(asked)
        message["From"], message["Subject"] = letter.to_address, f"Re: {letter.subject}"
        message["In-Reply-To"] = message["References"] = letter.message_id
    message.set_content(dice.choice(SAID))
    return message.as_bytes()


def _count_handled(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count how often the consequences of each message were carried out and committed."""
    handled: Counter[str] = Counter()
    insert = store_message._insert

    def counted(app: App, account: Account, row: Inbound, consequences: store_message.Consequences) -> bool:
        done = insert(app, account, row, consequences)
        handled[row.gmail_id] += done
        return done

    monkeypatch.setattr(store_message, "_insert", counted)
    return handled


def _history(app: App, account_id: str) -> str | None:
    with app.database.read(EVERYBODY) as session:
        return session.get_one(Account, account_id).history_id


def _lose(app: App, account_id: str, sandbox: Sandbox, loss: str, start: str | None) -> None:
    with app.database.write(EVERYBODY) as session:
        if loss == "lost":
            session.execute(update(Account).where(Account.id == account_id).values(history_id=None))
        if loss == "set back":
            session.execute(update(Account).where(Account.id == account_id).values(history_id=start))
    if loss == "expired":
        sandbox.fault("history.list", "404", times=1)
    if loss == "expired in the middle":
        sandbox.fault("messages.get", "503", times=3, probability=0.5)
        sandbox.fault("history.list", "404", times=1)
