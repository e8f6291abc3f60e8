"""What there is to do now: every row whose time has come, as jobs for the workers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, TypeAlias

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Integer,
    and_,
    bindparam,
    func,
    literal,
    literal_column,
    or_,
    select,
    union_all,
)

from outreach.app import App
from outreach.database import EVERYBODY
from outreach.model import Account, AccountState, Conversation, Inbound, Letter, Meeting, Referral, has_left_a_draft
from outreach.model.base import UtcDateTime
from outreach.queries.lost_leases import lost_leases
from outreach.queries.pending_answers import CONTINUED, is_off, is_pending
from outreach.queue import Job
from outreach.rules.kinds import Debt, LetterState, MeetingStatus, Stage
from outreach.rules.priorities import PRIORITIES
from outreach.rules.set_back import SLACK


@dataclass(frozen=True, slots=True)
class Due:
    """A job and the instant since when it is due; a row that was put off is due anew."""

    job: Job
    since: datetime


def due_jobs(app: App, limit: int = 500) -> list[Due]:
    """Return what is due now, at most ``limit`` of each kind, inbox first: an answer may stop a letter."""
    now = app.now()
    with app.database.read(EVERYBODY) as session:
        ahead = now + SLACK
        moments = {"now": now, "ahead": ahead, "latest": ahead + timedelta(seconds=_longest_wait(app))}
        rows = session.connection().execute(_statement(), {**moments, "most": limit})
        due = [Due(Job(row.job, row.id), row.since) for row in rows]
        if lost_leases(app, session, now):
            due.append(Due(Job("release_leases", "all"), now))
    return due


def _longest_wait(app: App) -> int:
    return max(app.settings.inbox.poll_seconds, app.settings.inbox.seldom_seconds)


@cache
def _statement() -> CompoundSelect[Any]:
    """Return the one statement that finds everything; made once, for the ticker asks it every second."""
    now, ahead, latest = (bindparam(name, type_=UtcDateTime()) for name in ("now", "ahead", "latest"))
    most = bindparam("most", type_=Integer())
    branches = [
        select(
            literal(place).label("place"),
            literal(name).label("job"),
            row_id.label("id"),
            since.label("since"),
        )
        .where(*conditions)
        .order_by(*order)
        .limit(most)
        .subquery()
        for place, (name, row_id, since, conditions, order) in enumerate(_kinds(now, ahead, latest))
    ]
    everything = union_all(*(select(branch) for branch in branches))
    return everything.order_by("place")


_Kind: TypeAlias = tuple[str, ColumnElement[str], ColumnElement[Any], Sequence[ColumnElement[bool]], Sequence[Any]]


def _kinds(now: ColumnElement[Any], ahead: ColumnElement[Any], latest: ColumnElement[Any]) -> Iterator[_Kind]:
    """Yield job, id, instant, conditions and order of each kind of due row; an index serves each of them.

    If the clock is not set back, the inbox was read before ``ahead`` and is read next before ``latest``.
    """
    letter, meeting, talk = Letter.__table__.c, Meeting.__table__.c, Conversation.__table__.c
    account, edge = Account.__table__.c, Referral.__table__.c
    # Where tables were restored, nothing is done until they were compared with the mailbox.
    known = select(account.id).where(account.reconcile_from.is_(None))
    awake = known.where(account.state == AccountState.ACTIVE)
    unpaused = awake.where(or_(account.paused_until.is_(None), account.paused_until <= now))
    yield (
        "poll_inbox",
        account.id,
        account.poll_due_at,
        (account.state == AccountState.ACTIVE, account.poll_due_at <= now, account.reconcile_from.is_(None)),
        (account.poll_due_at,),
    )
    yield (
        "reconcile_account",
        account.id,
        account.poll_due_at,
        (
            account.state == AccountState.ACTIVE,
            account.poll_due_at <= now,
            account.reconcile_from.is_not(None),
            or_(account.paused_until.is_(None), account.paused_until <= now),
        ),
        (account.poll_due_at,),
    )
    yield (  # the clock was set back since it was read
        "poll_inbox",
        account.id,
        account.polled_at,
        (account.state == AccountState.ACTIVE, account.poll_due_at > latest, account.polled_at > ahead),
        (account.poll_due_at.desc(),),
    )
    yield (
        "after_meeting",
        meeting.id,
        meeting.next_alarm_at,
        (
            meeting.next_alarm_at <= now,
            meeting.status.in_((MeetingStatus.CONFIRMED, MeetingStatus.HELD)),
            meeting.account_id.in_(known),
        ),
        (meeting.next_alarm_at,),
    )
    for priority in PRIORITIES:  # one after the other, so that the index leads straight to what is due
        yield (
            "deliver_letter",
            letter.id,
            letter.due_at,
            (
                letter.state == LetterState.SCHEDULED,
                letter.priority == priority,
                letter.due_at <= now,
                letter.account_id.in_(unpaused),
            ),
            (letter.due_at,),
        )
    yield (
        "settle_letter",
        letter.id,
        letter.due_at,
        (letter.state == LetterState.UNKNOWN, letter.due_at <= now, letter.account_id.in_(awake)),
        (letter.due_at,),
    )
    yield (
        "sweep_draft",
        letter.id,
        letter.due_at,
        (has_left_a_draft(letter), letter.due_at <= now, letter.account_id.in_(awake)),
        (letter.due_at,),
    )
    # Written out, not bound: only so does the partial index serve.
    sent = letter.state == literal_column("'sent'")
    lacking = (sent, letter.message_id.is_(None), letter.due_at <= now)
    first = func.min(letter.due_at).label("since")
    unread = select(letter.account_id, first).where(*lacking).group_by(letter.account_id).subquery().c
    yield ("read_back_letters", unread.account_id, unread.since, (unread.account_id.in_(awake),), (unread.since,))
    yield (
        "sync_event",
        meeting.id,
        meeting.calendar_due_at,
        (meeting.calendar_due_at <= now, meeting.account_id.in_(awake)),
        (meeting.calendar_due_at,),
    )
    yield (
        "read_events",
        account.id,
        account.events_due_at,
        (account.events_due_at <= now, account.state == AccountState.ACTIVE, account.reconcile_from.is_(None)),
        (account.events_due_at,),
    )
    pending = select(Inbound.__table__.c.id).where(is_pending()).correlate(Conversation.__table__).exists()
    yield (
        "follow_up",
        talk.id,
        talk.follow_up_due_at,
        (
            talk.stage.in_((Stage.SENT, Stage.FOLLOWED_UP, Stage.SLOTS_OFFERED, Stage.REPLIED)),
            talk.follow_up_due_at <= now,
            talk.closed_at.is_(None),
            talk.account_id.in_(known),
            or_(
                and_(talk.stage.in_((Stage.SENT, Stage.FOLLOWED_UP)), talk.replied_at.is_(None)),
                # Times were offered, and nobody has chosen one.
                and_(talk.stage.in_((Stage.SLOTS_OFFERED, Stage.REPLIED)), ~pending),
            ),
        ),
        (talk.follow_up_due_at,),
    )
    owed = (edge.debt == Debt.OWED, edge.account_id.in_(known))
    yield ("report_back", edge.id, edge.created_at, owed, (edge.created_at,))
    since = func.coalesce(talk.follow_up_due_at, talk.replied_at, talk.opened_at)
    not_put_off = (or_(talk.follow_up_due_at.is_(None), talk.follow_up_due_at <= now), talk.account_id.in_(awake))
    yield ("continue_conversation", talk.id, since, (talk.stage.in_(CONTINUED), *not_put_off, pending), (since,))
    off = (is_off(), talk.id == meeting.conversation_id, talk.account_id == meeting.account_id)
    yield ("continue_conversation", talk.id, since, (*off, *not_put_off), (since,))


def next_due(app: App) -> datetime | None:
    """Return when the next letter or question falls due, None when nothing waits; for progress lines."""
    letter, meeting = Letter.__table__.c, Meeting.__table__.c
    first = [
        select(func.min(letter.due_at)).where(letter.state == LetterState.SCHEDULED, letter.priority == priority)
        for priority in PRIORITIES
    ]
    first.append(select(func.min(meeting.next_alarm_at)).where(meeting.next_alarm_at.is_not(None)))
    with app.database.read(EVERYBODY) as session:
        moments = [session.scalar(query) for query in first]
    return min((moment for moment in moments if moment is not None), default=None)
