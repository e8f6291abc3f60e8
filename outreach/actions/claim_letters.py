"""Claim letters that are due: one short transaction that looks at the world once more and takes a lease.

Nobody else can take a claimed letter until its lease runs out; the token proves whose lease it is.
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from itertools import islice
from typing import TypeAlias

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Integer,
    Row,
    Select,
    String,
    Update,
    and_,
    bindparam,
    case,
    func,
    literal_column,
    or_,
    select,
    type_coerce,
    union_all,
    update,
)
from sqlalchemy.orm import Session, aliased, defer, undefer

from outreach.actions.approve_letters import (
    days_before_today,
    pacing_of,
    sending_window,
    shut_on,
    taken_instants,
    today,
    wanted_time,
)
from outreach.actions.end_letter import end_letter
from outreach.app import App
from outreach.database import EVERYBODY
from outreach.model import Account, AccountState, Contact, Conversation, DoNotContact, Letter, Meeting, is_in_flight
from outreach.model.base import UtcDateTime
from outreach.queries.colleagues import colleague_has_answered
from outreach.rules.kinds import IN_HAND, THANK_YOUS, TO_ONESELF, LetterKind, LetterState
from outreach.rules.leases import LEASE, MOST_IN_HAND
from outreach.rules.pacing import admit, cap_for_day, plan
from outreach.rules.priorities import ORDINARY, PRIORITIES
from outreach.rules.quota import LETTER_UNITS, RETRY_UNITS, spend
from outreach.rules.sendable import Judgement, Verdict, World, judge
from outreach.rules.set_back import was_set_back
from outreach.rules.windows import is_open, next_open
from outreach.settings import Settings

_Counted: TypeAlias = tuple[str, LetterState, bool, int]
_Columns: TypeAlias = tuple[Letter, Account, Contact | None, Conversation | None, Meeting | None, bool, str]

#: Columns that decide nothing here and cost time to unpack.
_NOT_LOOKED_AT = (
    *(Letter.facts, Letter.missing, Letter.findings, Letter.subject, Letter.why_then, Letter.sha256),
    *(Account.findings, Account.state_reason, Account.name),
    *(Contact.notes, Contact.why_you, Contact.organization, Contact.title, Contact.linkedin_url, Contact.phone),
)
#: So much of a priority's line is looked at: of each account only its first can be taken.
_CHOICE = 200
#: Seconds to wait, at most, before looking again for what a neighbour's lock hid.
_PAUSES = (0.01, 0.02, 0.04, 0.08)
#: How much earlier than the gap asks a letter may leave: a worker is not quick to the second.
_TOLERANCE = timedelta(seconds=3)
#: How long a follow-up waits for the inbox to be read.
_SOON = timedelta(minutes=1)
_A_DAY = timedelta(days=1)
#: A look at the inbox that is due later than this was set before the clock went back.
_NO_LATER = _A_DAY


@dataclass(frozen=True)
class Claim:
    """A leased letter: all that a delivery needs, so that no session is open while Google is asked."""

    letter_id: str
    account_id: str
    token: str
    lease_until: datetime
    due_at: datetime
    frozen: bytes
    thread_id: str | None
    draft_id: str | None
    #: No draft of the letter is older.
    since: datetime
    #: Whether an earlier attempt has reached the POST: then the letter has this one draft and never another.
    has_been_sending: bool
    attempts: int
    #: Where the inbox was read to: history from there on shows this letter once it is sent.
    history_id: str | None
    #: The consent as it was, to tell a failure of an older one from one of the present.
    credentials: bytes | None


def claim_letters(app: App, *, letter_id: str | None = None, limit: int = 1) -> list[Claim]:
    """Lease up to ``limit`` letters that are due (or the one named, if it is). Return the claims.

    The most urgent of each account come first, for they are sent one after the other; where few accounts have any,
    further ones of theirs follow. Letters that must not leave any more are cancelled or expired here, with the reason;
    those that came up against cap, gap, quota or the recipient's night get a new time, and a follow-up waits until the
    inbox was read.
    """
    if letter_id is None and not _anything_presses(app):
        return []  # found out without a turn at writing
    for pause in _PAUSES:
        claims, contended = _claimed(app, letter_id, limit)
        if claims or not contended:
            return claims
        time.sleep(random.uniform(0, pause))
    return []


def _anything_presses(app: App) -> bool:
    with app.database.connect() as connection:
        return connection.execute(_pressing(), {"now": app.now()}).first() is not None


def _claimed(app: App, letter_id: str | None, limit: int) -> tuple[list[Claim], bool]:
    """Return the claims, and whether there were none because others were looking at the same letters just then."""
    now = app.now()
    with app.database.write(EVERYBODY) as session:
        wanted = _first_due(session, now, limit) if letter_id is None else [letter_id]
        if not wanted:
            return [], False
        rows = session.execute(_due(), {"now": now, "letter_ids": wanted}).all()
        rows = sorted(rows, key=lambda row: (row.Letter.priority, row.Letter.due_at or now))
        load = _load(session, {row.Account.id for row in rows}, now) if rows else {}
        claims: dict[str, Claim | None] = {}
        for row in rows:
            claims[row.Letter.id] = _claim(app, session, row, load[row.Account.id], now)
    # In the order that was chosen: accounts take turns.
    return [claim for each in wanted if (claim := claims.get(each))], letter_id is None and not rows


def end_lease(claim: Claim) -> Update:
    """Return the statement that ends the claim's own lease, to be given the letter's next state; none other's lease."""
    held = update(Letter).where(Letter.id == claim.letter_id, Letter.lease_token == claim.token)
    return held.values(lease_token=None, lease_until=None)


def _first_due(session: Session, now: datetime, limit: int) -> list[str]:
    """Return the ids of letters to look at: the most urgent one of each account, then the second of each, and so on."""
    lines: dict[str, list[str]] = {}
    connection = session.connection()
    for priority in connection.scalars(_pressing(), {"now": now}).all():
        for letter_id, account_id in connection.execute(_line(), {"now": now, "priority": priority, "most": _CHOICE}):
            lines.setdefault(account_id, []).append(letter_id)
        if len(lines) >= limit:
            break
    in_turn = (line[place] for place in range(MOST_IN_HAND) for line in lines.values() if place < len(line))
    return list(islice(in_turn, limit))


@cache
def _pressing() -> CompoundSelect[int]:
    """Return the statement that tells of which priorities anything is due: all that most looks need to ask."""
    letter, now = Letter.__table__.c, bindparam("now", type_=UtcDateTime())
    due = (letter.state == literal_column("'scheduled'"), letter.due_at <= now)
    return union_all(
        *(
            select(literal_column(str(priority)).label("priority")).where(
                select(letter.id).where(*due, letter.priority == literal_column(str(priority))).exists()
            )
            for priority in PRIORITIES
        )
    )


@cache
def _line() -> Select[str, str]:
    """Return the statement that reads the head of one priority's line: letters and whose they are, no more."""
    letter, account = Letter.__table__.c, Account.__table__.c
    now = bindparam("now", type_=UtcDateTime())
    shut = select(account.id).where(
        or_(account.state != AccountState.ACTIVE, account.reconcile_from.is_not(None), account.paused_until > now)
    )
    return (
        select(letter.id, letter.account_id)
        .where(
            letter.state == literal_column("'scheduled'"),
            letter.priority == bindparam("priority", type_=Integer()),
            letter.due_at <= now,
            letter.account_id.not_in(shut),
            letter.account_id.not_in(_with_full_hands()),
        )
        .order_by(letter.due_at)
        .limit(bindparam("most", type_=Integer()))
    )


@cache
def _due() -> Select[*_Columns]:
    """Return the statement that reads letters, if they are due and free, and all that the last look needs to know."""
    now = bindparam("now", type_=UtcDateTime())
    refused = select(DoNotContact.id).where(
        DoNotContact.account_id == Letter.account_id,
        DoNotContact.address_key.in_((Contact.address_key, Letter.to_key)),
    )
    # No bare columns: without statistics SQLite prefers other indices to that of the ids, and goes through all letters
    # that wait, or through all accounts.
    owner, state = (type_coerce(each, String).concat("") for each in (Letter.account_id, Letter.state))
    reminds = and_(Letter.kind == LetterKind.FOLLOW_UP, colleague_has_answered(Contact))
    answered = case((reminds, Contact.organization), else_="").label("answered_at")
    return (
        select(Letter, Account, Contact, Conversation, Meeting, refused.exists().label("refused"), answered)
        .join(Account, Account.id == owner)
        .outerjoin(Contact, Contact.id == Letter.contact_id)
        .outerjoin(Conversation, Conversation.id == Letter.conversation_id)
        .outerjoin(Meeting, Meeting.id == Letter.meeting_id)
        .where(
            Letter.id.in_(bindparam("letter_ids", expanding=True)),
            state == LetterState.SCHEDULED.value,
            Letter.due_at <= now,
            Account.state == AccountState.ACTIVE,
            Account.reconcile_from.is_(None),
            or_(Account.paused_until.is_(None), Account.paused_until <= now),
        )
        .options(undefer(Letter.frozen), *map(defer, _NOT_LOOKED_AT))
        .with_for_update(skip_locked=True, of=(Letter, Account))
    )


def _with_full_hands() -> Select[str]:
    held = aliased(Letter)
    in_hand = is_in_flight(held.state), held.state.in_(IN_HAND)
    return select(held.account_id).where(*in_hand).group_by(held.account_id).having(func.count() >= MOST_IN_HAND)


@dataclass
class _Load:
    """What an account has sent in the last 24 hours or has in flight: of ordinary letters, and in a worker's hand.

    ``claimed`` of those in hand are being claimed in this very transaction.
    """

    ordinary: int = 0
    in_hand: int = 0
    claimed: int = 0


def _load(session: Session, account_ids: set[str], now: datetime) -> dict[str, _Load]:
    load = {account_id: _Load() for account_id in account_ids}
    connection, named = session.connection(), {"account_ids": list(account_ids)}
    days = {"a_day_ago": now - _A_DAY, "in_a_day": now + _A_DAY}
    for which, moments in ((_sent_lately(), days), (_in_flight(), {})):  # two looks, for an index each
        for account_id, state, ordinary, count in connection.execute(which, {**named, **moments}):
            load[account_id].ordinary += count if ordinary else 0
            load[account_id].in_hand += count if state in IN_HAND else 0
    return load


@cache
def _sent_lately() -> Select[*_Counted]:
    """Return the statement that counts what left in the last 24 hours.

    What left "tomorrow", before the clock was set back, shares a day with now as well; later ones do not.
    """
    sent_at = Letter.__table__.c.sent_at
    a_day_ago, in_a_day = (bindparam(name, type_=UtcDateTime()) for name in ("a_day_ago", "in_a_day"))
    return _counting(and_(sent_at > a_day_ago, sent_at < in_a_day))


@cache
def _in_flight() -> Select[*_Counted]:
    return _counting(is_in_flight(Letter.__table__.c.state))


def _counting(which: ColumnElement[bool]) -> Select[*_Counted]:
    letter = Letter.__table__.c
    columns = (letter.account_id, letter.state, (letter.priority >= ORDINARY).label("ordinary"))
    mine = letter.account_id.in_(bindparam("account_ids", expanding=True))
    return select(*columns, func.count()).where(mine, which).group_by(*columns)


def _claim(app: App, session: Session, row: Row[*_Columns], load: _Load, now: datetime) -> Claim | None:
    letter, account = row.Letter, row.Account
    if load.in_hand >= MOST_IN_HAND:
        return None  # counted here, where the account is locked
    settings = app.settings_for(account)
    judgement = judge(_world(row, now, settings))
    if judgement.verdict is not Verdict.GO:
        _give_up(session, letter, judgement, now)
        return None
    if letter.kind in THANK_YOUS and row.Meeting is not None and now < row.Meeting.ends_at:
        letter.due_at = row.Meeting.ends_at  # the clock was set back: as far as anybody can tell it is yet to come
        return None
    if letter.kind is LetterKind.FOLLOW_UP and not _inbox_was_read(settings, account, now):
        letter.due_at = _when_read(account, now) + _SOON
        return None
    zone = (row.Contact.zone if row.Contact else None) or account.zone
    if letter.kind is LetterKind.SLOTS_OFFERED and not is_open(now, zone, sending_window(settings)):
        letter.due_at = next_open(now, zone, sending_window(settings))  # overdue since a sleep: not at their night
        return None
    if not _within_quota(settings, letter, account, now):
        return None
    if letter.priority >= ORDINARY:
        if not _may_leave_now(app, settings, letter, account, zone, load, now):
            if not load.claimed:  # else it is due still, and is looked at by itself
                _plan_anew(app, session, settings, account, now)
            return None
        _count_the_day(account, now)
        load.ordinary += 1
    _look_sooner(settings, account, now)
    load.in_hand += 1
    load.claimed += 1
    return _lease(app, letter, account, now)


def _lease(app: App, letter: Letter, account: Account, now: datetime) -> Claim:
    """Take the lease of a letter that may leave."""
    assert letter.frozen is not None  # since it was approved
    letter.state = LetterState.LEASED
    letter.lease_token = app.mark.lease_token()
    letter.lease_until = now + LEASE
    letter.attempts += 1
    return Claim(
        letter_id=letter.id,
        account_id=account.id,
        token=letter.lease_token,
        lease_until=letter.lease_until,
        due_at=letter.due_at or now,
        frozen=letter.frozen,
        thread_id=letter.reply_to_thread,
        draft_id=letter.draft_id,
        since=min(letter.created_at, now),  # the clock may have been set back since
        has_been_sending=letter.sending_at is not None,
        attempts=letter.attempts,
        history_id=account.history_id,
        credentials=account.credentials,
    )


def _world(row: Row[*_Columns], now: datetime, settings: Settings) -> World:
    letter, contact, conversation, meeting = row.Letter, row.Contact, row.Conversation, row.Meeting
    to_oneself = letter.kind in TO_ONESELF
    return World(
        kind=letter.kind,
        now=now,
        expires_at=letter.expires_at,
        deadline_at=letter.deadline_at,
        do_not_contact=bool(row.refused) and not to_oneself,
        address_dead=bool(contact is not None and contact.address_dead) and not to_oneself,
        stage=conversation.stage if conversation else None,
        replied_at=conversation.replied_at if conversation else None,
        approved_at=letter.approved_at,
        meeting=meeting.status if meeting else None,
        meeting_ends_at=meeting.ends_at if meeting else None,
        meeting_sequence=meeting.sequence if meeting else None,
        about_sequence=letter.meeting_sequence,
        partstat=meeting.partstat if meeting else "",
        answered_at=row.answered_at if settings.sending.stop_for_colleague else "",
    )


def _give_up(session: Session, letter: Letter, judgement: Judgement, now: datetime) -> None:
    state = LetterState.EXPIRED if judgement.verdict is Verdict.EXPIRE else LetterState.CANCELLED
    end_letter(session, letter, state, f"not sent: {judgement.reason}", now)


def _inbox_was_read(settings: Settings, account: Account, now: datetime) -> bool:
    """Return whether the inbox was read so lately that an answer would be known: the next look is not overdue."""
    overdue = now - 2 * timedelta(seconds=settings.inbox.poll_seconds)
    return account.polled_at is not None and account.polled_at > overdue and not was_set_back(account.polled_at, now)


def _when_read(account: Account, now: datetime) -> datetime:
    """Return when the inbox is read next: now, unless that was put off because Google asked for time."""
    if account.poll_due_at is None or not now < account.poll_due_at <= now + _NO_LATER:
        account.poll_due_at = now
    return account.poll_due_at


def _look_sooner(settings: Settings, account: Account, now: datetime) -> None:
    """Let the inbox be looked at as often as usual again where silence had made that rare: an answer is likely now."""
    usual = now + timedelta(seconds=settings.inbox.poll_seconds)
    if account.poll_due_at is not None and account.poll_due_at > usual:
        account.poll_due_at = usual


def _may_leave_now(
    app: App, settings: Settings, letter: Letter, account: Account, zone: str, load: _Load, now: datetime
) -> bool:
    """Return whether cap, working hours and gap let an ordinary letter go; takes the gap's turn when they do."""
    sending = settings.sending
    if load.ordinary >= _cap(settings, account, now):
        return False
    if not is_open(now, zone, sending_window(settings), shut_on(letter, zone, now)):
        return False
    gap = timedelta(seconds=sending.gap_seconds)
    # A clock moved by hand stands still between its steps: what fell due within one step is on time.
    admitted, account.next_letter_at = admit(now, account.next_letter_at, gap, max(app.clock.step, _TOLERANCE))
    return admitted


def _within_quota(settings: Settings, letter: Letter, account: Account, now: datetime) -> bool:
    """Return whether Gmail's quota has room for the letter, and take it; else the letter gets a new time."""
    a_minute = settings.units_a_minute
    if a_minute is None:
        return True
    urgent, units = letter.priority < ORDINARY, RETRY_UNITS if letter.attempts else LETTER_UNITS
    admitted, account.units_at, again = spend(now, account.units_at, a_minute, urgent=urgent, units=units)
    if not admitted:
        letter.due_at = again
    return admitted


def _cap(settings: Settings, account: Account, now: datetime) -> int:
    sending = settings.sending
    return cap_for_day(days_before_today(account, now), sending.ramp_start, sending.daily_cap, sending.ramp_step)


def _count_the_day(account: Account, now: datetime) -> None:
    if account.last_sending_day != today(account, now):
        account.sending_days += 1
        account.last_sending_day = today(account, now)


def _plan_anew(app: App, session: Session, settings: Settings, account: Account, now: datetime) -> None:
    """Give every ordinary letter of the account that is overdue a new time: a backlog must not leave in a burst."""
    rows = session.execute(
        select(Letter, Contact.zone)
        .outerjoin(Contact, Contact.id == Letter.contact_id)
        .where(
            Letter.account_id == account.id,
            Letter.state == LetterState.SCHEDULED,
            Letter.priority >= ORDINARY,
            Letter.due_at <= now,
        )
        .order_by(Letter.priority, Letter.due_at)
    ).all()
    late = {letter.id for letter, _ in rows}
    taken = [moment for moment in taken_instants(session, account.id, now) if moment > now or not late]
    sent = session.scalars(
        select(Letter.sent_at).where(
            Letter.account_id == account.id, Letter.priority >= ORDINARY, Letter.sent_at > now - timedelta(days=1)
        )
    ).all()
    # One further ahead than the gap was kept from before the clock was set back.
    gap = timedelta(seconds=settings.sending.gap_seconds)
    not_before = max(now + timedelta(seconds=1), min(account.next_letter_at or now, now + gap + app.clock.step))
    window = sending_window(settings)
    wanted = [wanted_time(letter, zone or account.zone, window, not_before, now) for letter, zone in rows]
    slots = plan(
        wanted,
        sorted([*taken, *(moment for moment in sent if moment is not None)]),
        now=now,
        account_zone=account.zone,
        pacing=pacing_of(settings),
        sending_days_so_far=days_before_today(account, now),
    )
    by_id = {slot.letter_id: slot for slot in slots}
    for letter, _ in rows:
        letter.due_at, letter.why_then = by_id[letter.id].send_at, by_id[letter.id].reason[:300]
