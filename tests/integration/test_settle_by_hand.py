"""Where looking cannot tell whether a letter was sent, its owner says; the sandbox's ledger judges what follows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from outreach.actions.approve_letters import approve_letters
from outreach.actions.book_meeting import book_meeting
from outreach.actions.draft_letters import draft_letters
from outreach.actions.record_debrief import record_debrief
from outreach.actions.retry_letter import retry_letter
from outreach.actions.settle_by_hand import settle_by_hand
from outreach.app import App
from outreach.clock import FixedClock
from outreach.errors import NotAllowed
from outreach.model import Conversation, Letter
from outreach.queries.status import status
from outreach.rules.kinds import THANK_YOUS, LetterState, Stage
from outreach.sandbox.server import Sandbox

Work = Callable[..., int]
ME = "ada@student.example.com"
GRACE = "grace@city.example.com"
TUESDAY = datetime(2026, 3, 3, 14, 0, tzinfo=UTC)


def letter_of(app: App, account_id: str, letter_id: str) -> Letter:
    with app.database.read(account_id) as session:
        return session.get_one(Letter, letter_id)


def sends(sandbox: Sandbox, letter_id: str) -> int:
    return sum(line["x_outreach_id"] == letter_id for line in sandbox.sent)


def lose_track(sandbox: Sandbox, work: Work) -> None:
    """The next send is cut off before Google has it, and somebody deletes the draft before anybody looks."""
    sandbox.fault("drafts.send", "lost_before", times=1)
    work()
    sandbox.world.account(ME).mailbox.drafts.clear()
    work(hours=30, step=0.5)


@pytest.fixture
def due(app: App, account_id: str, add_contact: Callable[..., str], clock: FixedClock) -> str:
    """A first letter that is approved and due."""
    add_contact(GRACE)
    (letter_id,) = draft_letters(app, account_id)
    (plan,) = approve_letters(app, account_id, [letter_id])
    assert plan.due_at is not None
    clock.set(plan.due_at + timedelta(minutes=2))
    return letter_id


@pytest.fixture
def doubtful(app: App, account_id: str, due: str, sandbox: Sandbox, work: Work) -> str:
    """A first letter of which nobody knows whether it was sent."""
    lose_track(sandbox, work)
    assert letter_of(app, account_id, due).state is LetterState.FAILED
    return due


@pytest.fixture
def thanks(
    app: App, account_id: str, add_contact: Callable[..., str], sandbox: Sandbox, clock: FixedClock, work: Work
) -> Letter:
    """A thank-you of which nobody knows whether it was sent."""
    meeting_id = book_meeting(app, account_id, add_contact(GRACE), TUESDAY)
    work()
    work(hours=(TUESDAY + timedelta(hours=2) - clock.now()).total_seconds() / 3600)
    record_debrief(app, account_id, meeting_id, topics=["cycle routes in old towns"])
    clock.advance(timedelta(minutes=30))
    lose_track(sandbox, work)
    [letter] = [each for each in _thanks(app, account_id) if each.state is LetterState.FAILED]
    return letter


def test_the_owner_is_asked_and_not_told_to_try_again(app: App, account_id: str, doubtful: str) -> None:
    asked = [item.command for item in status(app, account_id).for_you]
    assert f"outreach letter settle {doubtful[:8]}" in asked
    with pytest.raises(NotAllowed, match=f"outreach letter settle {doubtful[:8]}"):
        retry_letter(app, account_id, doubtful)


def test_what_was_sent_counts_as_sent_and_nothing_joins_a_thread_that_is_not_known(
    app: App, account_id: str, doubtful: str, sandbox: Sandbox, work: Work
) -> None:
    assert settle_by_hand(app, account_id, doubtful, sent=True) is LetterState.SENT
    letter = letter_of(app, account_id, doubtful)
    assert (letter.state, letter.sent_at) == (LetterState.SENT, letter.sending_at)
    with app.database.read(account_id) as session:
        conversation = session.get_one(Conversation, letter.conversation_id)
    assert (conversation.stage, conversation.closed_at) == (Stage.SENT, None)
    assert draft_letters(app, account_id) == []
    work(hours=24 * 10, step=6)
    assert len(sandbox.sent) == 0
    assert any("no follow-up can join it" in item.what for item in status(app, account_id).for_you)
    with pytest.raises(NotAllowed, match="is known: it is sent"):
        settle_by_hand(app, account_id, doubtful, sent=False)


def test_what_was_not_sent_is_a_draft_again_and_leaves_once(
    app: App, account_id: str, doubtful: str, sandbox: Sandbox, work: Work
) -> None:
    assert settle_by_hand(app, account_id, doubtful, sent=False) is LetterState.DRAFTED
    work(hours=24, step=1)
    assert sends(sandbox, doubtful) == 0
    approve_letters(app, account_id, [doubtful])
    work(hours=24 * 4, step=1)
    assert sends(sandbox, doubtful) == 1


def test_while_it_is_looked_for_nobody_is_believed(
    app: App, account_id: str, due: str, sandbox: Sandbox, work: Work
) -> None:
    sandbox.fault("drafts.send", "lost_after", times=1)
    work()
    for sent in (True, False):
        with pytest.raises(NotAllowed, match="still looks"):
            settle_by_hand(app, account_id, due, sent=sent)
    work(hours=1, step=0.1)
    assert (letter_of(app, account_id, due).state, sends(sandbox, due)) == (LetterState.SENT, 1)


def test_a_thank_you_in_doubt_has_no_second_beside_it(
    app: App, account_id: str, thanks: Letter, sandbox: Sandbox, work: Work
) -> None:
    assert thanks.meeting_id is not None
    before = len(sandbox.sent)
    record_debrief(app, account_id, thanks.meeting_id, topics=["her way into the work"])
    assert settle_by_hand(app, account_id, thanks.id, sent=True) is LetterState.SENT
    work(hours=48)
    assert sorted(str(each.state) for each in _thanks(app, account_id)) == ["cancelled", "sent"]
    assert [line for line in sandbox.sent[before:] if GRACE in line["to"]] == []


def test_a_thank_you_that_was_not_sent_leaves_once_though_its_draft_is_gone(
    app: App, account_id: str, thanks: Letter, sandbox: Sandbox, work: Work
) -> None:
    assert settle_by_hand(app, account_id, thanks.id, sent=False) is LetterState.SCHEDULED
    work(hours=24)
    assert letter_of(app, account_id, thanks.id).state is LetterState.SENT
    assert sends(sandbox, thanks.id) == 1


def _thanks(app: App, account_id: str) -> list[Letter]:
    with app.database.read(account_id) as session:
        return list(session.scalars(select(Letter).where(Letter.kind.in_(THANK_YOUS))))
