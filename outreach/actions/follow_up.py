"""Write once more to somebody who has not answered, or stop hoping."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.actions.approve_letters import approve_letters
from outreach.actions.crash_points import crash_point
from outreach.actions.gather_facts import contact_facts, field_of, sender_facts
from outreach.actions.prepare_letter import prepare
from outreach.app import App
from outreach.database import EVERYBODY
from outreach.model import Account, AccountState, Contact, Conversation, DoNotContact, Letter
from outreach.queries.colleagues import colleague_has_answered
from outreach.queries.pending_answers import pending_answer
from outreach.queries.thread_of import thread_of
from outreach.rules.for_owner import with_more
from outreach.rules.kinds import FIRST_LETTERS, ON_ITS_WAY, LetterKind, LetterState, Stage
from outreach.rules.set_back import was_set_back
from outreach.rules.stages import move
from outreach.rules.threads import Thread

log = structlog.get_logger(__name__)

_UNANSWERED = frozenset({Stage.SENT, Stage.FOLLOWED_UP})
#: They are to choose one of the times offered; where the offer never left, they stay at ``replied``.
_OFFERED = frozenset({Stage.SLOTS_OFFERED, Stage.REPLIED})
#: The inbox must have been read so shortly before the due time, or after it: an answer may just have come in.
_FRESH = timedelta(minutes=1)
_LATER = timedelta(hours=1)


@dataclass(frozen=True)
class _Case:
    """What is known of a conversation whose follow-up is due."""

    conversation: Conversation
    contact: Contact
    account: Account
    first: Letter | None
    follow_ups: tuple[Letter, ...]
    offers: tuple[Letter, ...]
    thread: Thread | None
    refused: bool
    colleague_answered: bool
    now: datetime


def follow_up(app: App, conversation_id: str) -> None:
    """Write the follow-up that is due, freeze and schedule it; after the last one, close as unanswered.

    Covered by the approval of the first letter. Waits for the inbox to be read and for the first letter's Message-ID.
    Where times were offered and the offers have lapsed, the owner is told instead. Does nothing for a conversation that
    was answered, or is not due.
    """
    case = _case(app, conversation_id)
    if case is None or case.account.reconcile_from is not None:
        return
    if case.conversation.stage in _OFFERED:
        _tell_of_silence(app, case)
    elif case.refused or case.contact.address_dead or not case.contact.email:
        _set_due(app, case, None)
    elif case.colleague_answered and app.settings_for(case.account).sending.stop_for_colleague:
        _set_due(app, case, None)
        log.info("colleague_answered", conversation=case.conversation.id, account=case.account.id)
    elif wait := _must_wait(case):
        _set_due(app, case, wait)
    elif case.thread is None or not case.thread.message_ids:
        _set_due(app, case, None, "the first letter is gone from your mailbox, so no follow-up can join it")
    else:
        _write_or_close(app, case)


def _case(app: App, conversation_id: str) -> _Case | None:
    now = app.now()
    with app.database.read(EVERYBODY) as session:
        conversation = session.get(Conversation, conversation_id)
        if conversation is None or not _is_due(conversation, now):
            return None
        if conversation.stage in _OFFERED and pending_answer(session, conversation_id) is not None:
            return None
        contact = session.get_one(Contact, conversation.contact_id)
        letters = session.scalars(
            select(Letter).where(Letter.conversation_id == conversation_id).order_by(Letter.created_at)
        ).all()
        return _Case(
            conversation=conversation,
            contact=contact,
            account=session.get_one(Account, conversation.account_id),
            first=next((letter for letter in letters if letter.kind in FIRST_LETTERS and letter.sent_at), None),
            follow_ups=tuple(letter for letter in letters if letter.kind is LetterKind.FOLLOW_UP),
            offers=tuple(letter for letter in letters if letter.kind is LetterKind.SLOTS_OFFERED),
            thread=thread_of(session, conversation_id),
            refused=_is_refused(session, contact),
            colleague_answered=_colleague_has_answered(session, contact),
            now=now,
        )


def _is_due(conversation: Conversation, now: datetime) -> bool:
    due = conversation.follow_up_due_at
    if conversation.closed_at is not None or due is None or due > now:
        return False
    unanswered = conversation.stage in _UNANSWERED and conversation.replied_at is None
    return unanswered or conversation.stage in _OFFERED


def _is_refused(session: Session, contact: Contact) -> bool:
    query = select(DoNotContact.id).where(
        DoNotContact.account_id == contact.account_id, DoNotContact.address_key == contact.address_key
    )
    return session.scalar(query) is not None


def _colleague_has_answered(session: Session, contact: Contact) -> bool:
    return (
        session.scalar(select(Contact.id).where(Contact.id == contact.id, colleague_has_answered(Contact))) is not None
    )


def _must_wait(case: _Case) -> datetime | None:
    """Return until when to wait, None when the follow-up can be written now."""
    if wait := _inbox_unread(case):
        return wait
    if case.first is not None and case.first.message_id is None:
        return case.now + _LATER  # not read back yet
    return _until_left(case, case.follow_ups)


def _inbox_unread(case: _Case) -> datetime | None:
    """Return until when to wait for a look at the inbox, None when it was looked at since the due time."""
    account, due = case.account, case.conversation.follow_up_due_at or case.now
    if account.state is not AccountState.ACTIVE:
        return case.now + _LATER
    if was_set_back(account.polled_at, case.now):
        return case.now + _FRESH  # the inbox is read at once, for that shows
    if account.polled_at is None or account.polled_at < due - _FRESH:
        # Just after the next look: that one then counts as fresh.
        return max(case.now, account.poll_due_at or case.now) + _FRESH
    return None


def _until_left(case: _Case, letters: Sequence[Letter]) -> datetime | None:
    flying = [letter for letter in letters if letter.state in ON_ITS_WAY]
    return max(case.now + _LATER, *(letter.due_at or case.now for letter in flying)) if flying else None


def _tell_of_silence(app: App, case: _Case) -> None:
    """Put it before the owner, once, that nobody has chosen one of the times offered."""
    if wait := _inbox_unread(case) or _until_left(case, case.offers):
        _set_due(app, case, wait)
        return
    said = "did not answer" if case.conversation.stage is Stage.SLOTS_OFFERED else "never got"
    who = case.contact.email or case.contact.id
    _set_due(app, case, None, f"{said} the times offered; offer new ones with `outreach schedule {who}`")
    log.info("offers_lapsed", conversation=case.conversation.id, account=case.account.id)


def _write_or_close(app: App, case: _Case) -> None:
    limit = app.settings_for(case.account).sending.follow_ups
    drafted = [letter.id for letter in case.follow_ups if letter.state is LetterState.DRAFTED]
    if not drafted and len(case.follow_ups) >= limit:
        _close(app, case)
        return
    # One that a crash left drafted is taken up again rather than written twice.
    letter_ids = drafted or _draft(app, case)
    crash_point("reminder_written")
    if letter_ids:
        _schedule(app, case, letter_ids[:1])


def _draft(app: App, case: _Case) -> list[str]:
    """Word the next follow-up and store it as a draft. Return its id; nothing when the world has changed."""
    number = len(case.follow_ups) + 1
    facts = sender_facts(app.settings_for(case.account), case.account) | contact_facts(case.contact)
    asked = case.first.facts if case.first is not None else {}
    facts |= {name: asked[name] for name in ("field", "why_you", "referrer_name") if name in asked}
    facts["field"] = facts.get("field") or field_of(facts)
    facts |= {"follow_up_number": number, "original_subject": case.conversation.subject}
    letter = prepare(
        app,
        case.account,
        case.contact,
        LetterKind.FOLLOW_UP,
        step=f"follow_up:{number}",
        facts=facts,
        conversation_id=case.conversation.id,
        parent=case.thread,
    )
    with app.database.write(case.account.id) as session:
        row = session.get(Conversation, case.conversation.id, with_for_update=True)
        if row is None or not _is_due(row, case.now) or _is_written(session, letter.dedupe_key):
            return []
        session.add(letter)
    return [letter.id]


def _is_written(session: Session, dedupe_key: str) -> bool:
    return session.scalar(select(Letter.id).where(Letter.dedupe_key == dedupe_key)) is not None


def _schedule(app: App, case: _Case, letter_ids: Sequence[str]) -> None:
    """Freeze and schedule; its sending sets the next look, and should it never leave, one is taken when it expires."""
    for plan in approve_letters(app, case.account.id, letter_ids):
        if plan.obstacles or plan.due_at is None:
            _set_due(app, case, None, f"the follow-up cannot leave: {'; '.join(plan.obstacles)}")
            return
        expire = timedelta(days=app.settings_for(case.account).sending.expire_days)
        _set_due(app, case, plan.due_at + expire)
        log.info("follow_up_scheduled", conversation=case.conversation.id, account=case.account.id)


def _set_due(app: App, case: _Case, due: datetime | None, needs_you: str = "") -> None:
    with app.database.write(case.account.id) as session:
        row = session.get(Conversation, case.conversation.id, with_for_update=True)
        if row is None or row.follow_up_due_at != case.conversation.follow_up_due_at:
            return  # an answer or another worker was quicker
        row.follow_up_due_at = due
        if needs_you:
            row.needs_you = with_more(row.needs_you, needs_you)


def _close(app: App, case: _Case) -> None:
    with app.database.write(case.account.id) as session:
        row = session.get(Conversation, case.conversation.id, with_for_update=True)
        if row is None or not _is_due(row, case.now):
            return
        row.stage = move(row.stage, Stage.NO_RESPONSE)
        row.closed_at, row.follow_up_due_at = case.now, None
    log.info("conversation_unanswered", conversation=case.conversation.id, account=case.account.id)
