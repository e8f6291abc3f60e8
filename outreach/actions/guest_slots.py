"""The times that a guest may choose from on the booking page."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.actions.free_time import availability_of, not_really_busy, occupied, read_busy_time, without
from outreach.actions.gather_facts import place_for
from outreach.app import App
from outreach.model import Account, Contact, Conversation, Meeting, SlotOffer
from outreach.rules.instants import Span
from outreach.rules.kinds import PlaceKind
from outreach.rules.slots import free_slots

#: Busy time read so lately is shown again; what is booked is compared with Google anew anyway.
_FRESH = timedelta(seconds=60)
_MOST_ACCOUNTS = 10_000


class KnownBusy:
    """Busy time as Google told it within the last minute, so that a page that is read often asks it once."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[datetime, list[Span]]] = {}
        self._lock = threading.Lock()

    def get(self, account_id: str, now: datetime) -> list[Span] | None:
        """Return what was told lately, None where that is too long ago."""
        with self._lock:
            told = self._known.get(account_id)
        return told[1] if told is not None and timedelta(0) <= now - told[0] < _FRESH else None

    def put(self, account_id: str, now: datetime, busy: list[Span]) -> None:
        """Remember what was told now."""
        with self._lock:
            if len(self._known) >= _MOST_ACCOUNTS:
                self._known.clear()
            self._known[account_id] = (now, busy)

    def forget(self, account_id: str) -> None:
        """Ask anew next time: something was booked or moved."""
        with self._lock:
            self._known.pop(account_id, None)


def guest_slots(
    app: App, account_id: str, conversation_id: str, busy: Sequence[Span] = (), *, moving: str | None = None
) -> list[Span]:
    """Return the times that a guest may choose, in order; those kept for others are left out.

    ``busy`` is what Google told (``busy_for_guests``), ``moving`` the meeting that is to be moved: its own time is free
    for it.
    """
    now = app.now()
    with app.database.read(account_id) as session:
        account = session.get_one(Account, account_id)
        settings = app.settings_for(account)
        booked = occupied(session, settings, now, but=moving)
        kept = _kept_for_others(session, conversation_id, now)
        ours = not_really_busy(session, moving=moving)
        kind = _place_kind(session, conversation_id, moving)
    return free_slots(availability_of(settings, account, place_kind=kind), [*without(busy, ours), *kept], booked, now)


def _place_kind(session: Session, conversation_id: str, moving: str | None) -> PlaceKind:
    """Return where they meet, as far as is known; somebody who may choose their office is shown times for that."""
    if moving is not None:
        return session.get_one(Meeting, moving).place_kind
    contact_id = session.get_one(Conversation, conversation_id).contact_id
    return place_for(session.get_one(Contact, contact_id))


def busy_for_guests(app: App, account_id: str, known: KnownBusy) -> list[Span]:
    """Return the owner's busy time up to the horizon, read lately or now. Raises EdgeError when it cannot be read."""
    now = app.now()
    busy = known.get(account_id, now)
    if busy is None:
        with app.database.read(account_id) as session:
            account = session.get_one(Account, account_id)
        settings = app.settings_for(account)
        horizon = Span(now, now + timedelta(days=settings.availability.horizon_days + 1))
        busy = read_busy_time(app, account, settings, horizon)
        known.put(account_id, now, busy)
    return busy


def _kept_for_others(session: Session, conversation_id: str, now: datetime) -> list[Span]:
    others = select(SlotOffer.starts_at, SlotOffer.ends_at).where(
        SlotOffer.released_at.is_(None), SlotOffer.expires_at > now, SlotOffer.conversation_id != conversation_id
    )
    return [Span(start, end) for start, end in session.execute(others)]
