"""Approve letters: freeze their bytes and give each the moment at which it leaves."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.orm import Session, undefer

from outreach.actions.prepare_letter import freeze, obstacles
from outreach.actions.store_rows import update_rows
from outreach.app import App
from outreach.model import Account, Contact, Conversation, Letter, Meeting
from outreach.queries.thread_of import parent_of
from outreach.rules.deadlines import DEADLINE, thanks_moment
from outreach.rules.holidays_near import days_off
from outreach.rules.kinds import THANK_YOUS, LetterKind, LetterState, Stage
from outreach.rules.pacing import Pacing, Wanted, plan
from outreach.rules.priorities import ORDINARY
from outreach.rules.stages import move
from outreach.rules.windows import Window, next_open
from outreach.rules.zones import local
from outreach.settings import Settings

_CHUNK = 500
_IN_FLIGHT = (LetterState.SCHEDULED, LetterState.LEASED, LetterState.SENDING, LetterState.UNKNOWN)
#: What is frozen; a draft in which any of it differs is another letter than the one that was read.
_READ = ("subject", "body_text", "body_html", "to_name", "to_address", "facts", "reply_to_thread")
_FROZEN = ("frozen", "sha256", "state", "approved_at", "due_at", "deadline_at", "why_then", "expires_at")
_CHANGED = "was changed at this moment: look at it again"


@dataclass(frozen=True)
class Plan:
    """When a letter would leave, why then, and what keeps it from being approved."""

    letter_id: str
    due_at: datetime | None
    why_then: str
    obstacles: tuple[str, ...]


@dataclass(frozen=True)
class _Time:
    due_at: datetime
    why_then: str
    deadline_at: datetime | None = None


def plan_letters(app: App, account_id: str, letter_ids: Sequence[str]) -> list[Plan]:
    """Return what ``approve_letters`` would do with these drafts, in their order, and change nothing."""
    with app.database.read(account_id) as session:
        account, letters = _drafts(session, account_id, letter_ids)
        planned = _times(app, session, account, [letter for letter in letters if not obstacles(letter)])
    return [_as_plan(letter, planned) for letter in letters]


def _as_plan(letter: Letter, planned: Mapping[str, _Time], changed: Collection[str] = ()) -> Plan:
    if letter.id in changed:
        return Plan(letter.id, None, "", (_CHANGED,))
    time = planned.get(letter.id)
    return Plan(letter.id, time.due_at if time else None, time.why_then if time else "", tuple(obstacles(letter)))


def approve_letters(app: App, account_id: str, letter_ids: Sequence[str]) -> list[Plan]:
    """Freeze and schedule these drafts; those with obstacles stay drafts and say so. Return one line for each draft.

    One that was changed while it was being frozen stays a draft too: what leaves is what was read. One that another
    process approved or cancelled meanwhile is passed over.
    """
    with app.database.read(account_id) as session:
        account, letters = _drafts(session, account_id, letter_ids)
        ready = [letter for letter in letters if not obstacles(letter)]
        planned = _times(app, session, account, ready)
        parents = {letter.id: parent_of(session, letter) for letter in ready}
    for letter in ready:
        time = planned[letter.id]
        freeze(
            app,
            account,
            letter,
            due_at=time.due_at,
            why_then=time.why_then,
            deadline_at=time.deadline_at,
            parent=parents[letter.id],
        )
    changed: set[str] = set()
    gone: set[str] = set()
    for start in range(0, len(ready), _CHUNK):
        with app.database.write(account_id) as session:
            _store(session, account_id, ready[start : start + _CHUNK], changed, gone)
    return [_as_plan(letter, planned, changed) for letter in letters if letter.id not in gone]


def _drafts(session: Session, account_id: str, letter_ids: Sequence[str]) -> tuple[Account, list[Letter]]:
    account = session.get_one(Account, account_id)
    rows = session.scalars(
        select(Letter)
        .where(Letter.id.in_(letter_ids), Letter.state == LetterState.DRAFTED)
        .options(undefer(Letter.body_text), undefer(Letter.body_html))
    )
    by_id = {letter.id: letter for letter in rows}
    return account, [by_id[letter_id] for letter_id in letter_ids if letter_id in by_id]


def _times(app: App, session: Session, account: Account, letters: Sequence[Letter]) -> dict[str, _Time]:
    """Return when each letter leaves: outreach when its turn comes, what belongs to a meeting without waiting."""
    settings, now = app.settings_for(account), app.now()
    contact_ids = [letter.contact_id for letter in letters]
    zones = dict(session.execute(select(Contact.id, Contact.zone).where(Contact.id.in_(contact_ids))).all())
    in_zones = [(letter, zones.get(letter.contact_id or "") or account.zone) for letter in letters]
    window = sending_window(settings)
    earliest = now + timedelta(seconds=settings.sending.undo_seconds)
    slots = plan(
        [wanted_time(letter, zone, window, earliest, now) for letter, zone in in_zones if letter.priority >= ORDINARY],
        taken_instants(session, account.id, now),
        now=now,
        account_zone=account.zone,
        pacing=pacing_of(settings),
        sending_days_so_far=days_before_today(account, now),
    )
    times = {slot.letter_id: _Time(slot.send_at, slot.reason) for slot in slots}
    urgent = [(letter, zone) for letter, zone in in_zones if letter.priority < ORDINARY]
    return times | {letter.id: _soon(session, letter, zone, window, now) for letter, zone in urgent}


def _soon(session: Session, letter: Letter, zone: str, window: Window, now: datetime) -> _Time:
    """Return when a letter leaves that waits for no turn: thanks keep their promise, the rest keeps working hours."""
    if letter.kind not in THANK_YOUS or letter.meeting_id is None:
        return _Time(next_open(now, zone, window), "at once, in their working hours")
    ends_at = session.get_one(Meeting, letter.meeting_id).ends_at
    return _Time(*thanks_moment(now, ends_at, zone, window), ends_at + DEADLINE)


def sending_window(settings: Settings) -> Window:
    """Return the recipient's working hours as the settings say."""
    sending = settings.sending
    return Window(sending.window_start, sending.window_end, frozenset(sending.window_days))


def shut_on(letter: Letter, zone: str, now: datetime) -> frozenset[date]:
    """Return the days besides weekends on which the letter does not leave: a reminder keeps off their holidays."""
    return days_off(zone, local(now, zone).date()) if letter.kind is LetterKind.FOLLOW_UP else frozenset()


def wanted_time(letter: Letter, zone: str, window: Window, not_before: datetime, now: datetime) -> Wanted:
    """Return what an ordinary letter asks of the plan: when it may leave at the earliest, and in which hours."""
    days = shut_on(letter, zone, now)
    return Wanted(letter_id=letter.id, not_before=not_before, zone=zone, window=window, days_off=days)


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


def today(account: Account, now: datetime) -> str:
    """Return the account's own date, as it is kept for the ramp."""
    return local(now, account.zone).date().isoformat()


def days_before_today(account: Account, now: datetime) -> int:
    """Return on how many days before today ordinary letters left: what the ramp is reckoned from."""
    return account.sending_days - (account.last_sending_day == today(account, now))


def _store(session: Session, account_id: str, frozen: Sequence[Letter], changed: set[str], gone: set[str]) -> None:
    """Store what was frozen; note the ids of drafts that were changed since they were read, and of drafts no more."""
    rows = _locked(session, [letter.id for letter in frozen])
    approved: list[Letter] = []
    for letter in frozen:
        row = rows.get(letter.id)
        if row is None or row.state is not LetterState.DRAFTED:
            gone.add(letter.id)
        elif any(getattr(row, name) != getattr(letter, name) for name in _READ):
            changed.add(letter.id)
        else:
            approved.append(letter)
    _queue_talks(session, [rows[letter.id].conversation_id for letter in approved])
    update_rows(
        session, Letter, account_id, [{name: getattr(letter, name) for name in ("id", *_FROZEN)} for letter in approved]
    )


def _queue_talks(session: Session, ids: Sequence[str | None]) -> None:
    """Move those of the conversations on that are drafted: with their first letter they are queued."""
    query = select(Conversation.id).where(Conversation.id.in_(ids), Conversation.stage == Stage.DRAFTED)
    drafted = session.scalars(query.order_by(Conversation.id).with_for_update()).all()
    queued = move(Stage.DRAFTED, Stage.QUEUED)
    session.execute(update(Conversation).where(Conversation.id.in_(drafted)).values(stage=queued))


def _locked(session: Session, letter_ids: Sequence[str]) -> dict[str, Row[Any]]:
    """Return of each letter what was read, as it is now, locked in an order that all keep."""
    columns = [getattr(Letter, name) for name in ("id", "state", "conversation_id", *_READ)]
    rows = session.execute(select(*columns).where(Letter.id.in_(letter_ids)).order_by(Letter.id).with_for_update())
    return {row.id: row for row in rows}
