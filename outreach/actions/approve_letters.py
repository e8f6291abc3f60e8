"""Approve letters: freeze their bytes and give each the moment at which it leaves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from outreach.actions.prepare_letter import ORDINARY, freeze, obstacles
from outreach.app import App
from outreach.model import Account, Contact, Conversation, Letter
from outreach.queries.thread_of import thread_of
from outreach.rules.kinds import LetterState, Stage
from outreach.rules.pacing import Pacing, Planned, Wanted, plan
from outreach.rules.stages import move
from outreach.rules.windows import Window
from outreach.settings import Settings

_CHUNK = 500
_IN_FLIGHT = (LetterState.SCHEDULED, LetterState.LEASED, LetterState.SENDING, LetterState.UNKNOWN)


@dataclass(frozen=True)
class Plan:
    """When a letter would leave, why then, and what keeps it from being approved."""

    letter_id: str
    due_at: datetime | None
    why_then: str
    obstacles: tuple[str, ...]


def plan_letters(app: App, account_id: str, letter_ids: Sequence[str]) -> list[Plan]:
    """Return what ``approve_letters`` would do with these drafts, in their order, and change nothing."""
    with app.database.read(account_id) as session:
        account, letters = _drafts(session, account_id, letter_ids)
        planned = _times(app, session, account, [letter for letter, _ in letters if not obstacles(letter)])
    return [_as_plan(letter, planned) for letter, _ in letters]


def _as_plan(letter: Letter, planned: dict[str, Planned]) -> Plan:
    slot = planned.get(letter.id)
    return Plan(letter.id, slot.send_at if slot else None, slot.reason if slot else "", tuple(obstacles(letter)))


def approve_letters(app: App, account_id: str, letter_ids: Sequence[str]) -> list[Plan]:
    """Freeze and schedule these drafts; those with obstacles stay drafts and say so. Return one line for each."""
    with app.database.read(account_id) as session:
        account, rows = _drafts(session, account_id, letter_ids)
        ready = [letter for letter, _ in rows if not obstacles(letter)]
        planned = _times(app, session, account, ready)
        threads = {
            letter.id: thread_of(session, letter.conversation_id)
            for letter in ready
            if letter.reply_to_thread and letter.conversation_id
        }
    for letter in ready:
        slot = planned[letter.id]
        freeze(app, account, letter, due_at=slot.send_at, why_then=slot.reason, parent=threads.get(letter.id))
    for start in range(0, len(ready), _CHUNK):
        with app.database.write(account_id) as session:
            for letter in ready[start : start + _CHUNK]:
                _store(session, letter)
    return [_as_plan(letter, planned) for letter, _ in rows]


def _drafts(session: Session, account_id: str, letter_ids: Sequence[str]) -> tuple[Account, list[tuple[Letter, str]]]:
    account = session.get_one(Account, account_id)
    rows = session.execute(
        select(Letter, Contact.zone)
        .outerjoin(Contact, Contact.id == Letter.contact_id)
        .where(Letter.id.in_(letter_ids), Letter.state == LetterState.DRAFTED)
        .options(undefer(Letter.body_text), undefer(Letter.body_html))
    ).all()
    by_id = {letter.id: (letter, zone or account.zone) for letter, zone in rows}
    return account, [by_id[letter_id] for letter_id in letter_ids if letter_id in by_id]


def _times(app: App, session: Session, account: Account, letters: Sequence[Letter]) -> dict[str, Planned]:
    settings, now = app.settings_for(account), app.now()
    zones = dict(
        session.execute(
            select(Contact.id, Contact.zone).where(Contact.id.in_([letter.contact_id for letter in letters]))
        ).all()
    )
    earliest = now + timedelta(seconds=settings.sending.undo_seconds)
    wanted = [
        Wanted(
            letter_id=letter.id,
            not_before=earliest,
            zone=zones.get(letter.contact_id or "") or account.zone,
            window=sending_window(settings),
        )
        for letter in letters
    ]
    slots = plan(
        wanted,
        taken_instants(session, account.id, now),
        now=now,
        account_zone=account.zone,
        pacing=pacing_of(settings),
        sending_days_so_far=account.sending_days,
    )
    return {slot.letter_id: slot for slot in slots}


def sending_window(settings: Settings) -> Window:
    """Return the recipient's working hours as the settings say."""
    sending = settings.sending
    return Window(sending.window_start, sending.window_end, frozenset(sending.window_days))


def pacing_of(settings: Settings) -> Pacing:
    """Return cap, ramp and gap as the settings say."""
    sending = settings.sending
    return Pacing(
        daily_cap=sending.daily_cap,
        ramp_start=sending.ramp_start,
        ramp_step=sending.ramp_step,
        gap_seconds=sending.gap_seconds,
    )


def taken_instants(session: Session, account_id: str, now: datetime) -> list[datetime]:
    """Return when ordinary letters of the account left in the last day or are going to leave."""
    since = now - timedelta(days=1)
    sent = session.scalars(
        select(Letter.sent_at).where(
            Letter.account_id == account_id, Letter.sent_at > since, Letter.priority >= ORDINARY
        )
    )
    coming = session.scalars(
        select(Letter.due_at).where(
            Letter.account_id == account_id, Letter.state.in_(_IN_FLIGHT), Letter.priority >= ORDINARY
        )
    )
    return sorted(moment for moment in (*sent, *coming) if moment is not None)


def _store(session: Session, frozen: Letter) -> None:
    row = session.get(Letter, frozen.id)
    if row is None or row.state is not LetterState.DRAFTED:
        return  # approved or cancelled meanwhile by another process
    for name in ("frozen", "sha256", "state", "approved_at", "due_at", "deadline_at", "why_then", "expires_at"):
        setattr(row, name, getattr(frozen, name))
    conversation = session.get(Conversation, row.conversation_id) if row.conversation_id else None
    if conversation is not None and conversation.stage is Stage.DRAFTED:
        conversation.stage = move(conversation.stage, Stage.QUEUED)
