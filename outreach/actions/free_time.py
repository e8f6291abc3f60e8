"""When the account's owner is free: their hours from the settings, their meetings, and the busy time Google tells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from outreach.app import App
from outreach.model import Account, Meeting
from outreach.rules.availability import Availability
from outreach.rules.instants import Span
from outreach.rules.kinds import MeetingStatus, PlaceKind
from outreach.settings import WEEKDAYS, Settings

_A_WEEK = timedelta(days=8)
#: Meetings in these states occupy their time; the database refuses overlap among them.
OCCUPYING = (MeetingStatus.HOLD, MeetingStatus.CONFIRMED, MeetingStatus.HELD)


def availability_of(
    settings: Settings, account: Account, *, minutes: int | None = None, place_kind: PlaceKind | None = None
) -> Availability:
    """Return when the owner can meet, for meetings of so many ``minutes`` (the settings' length if not said).

    To a meeting at somebody's office the way there and back is added, as to the time that such meetings occupy.
    """
    own, where = settings.availability, settings.whereabouts(account.zone)
    before, after = buffers_of(settings)
    way = way_of(settings) if place_kind is PlaceKind.OFFICE else timedelta(0)
    return Availability(
        weekly={WEEKDAYS.index(day): spans for day, spans in own.weekly.items()},
        zone=where.home,
        trips=where.trips,
        dates=own.dates,
        days_off=own.days_off,
        holidays_off=own.holidays_off,
        buffer_before=before + way,
        buffer_after=after + way,
        notice=timedelta(hours=own.notice_hours),
        horizon_days=own.horizon_days,
        most_a_day=own.most_a_day,
        most_a_week=own.most_a_week,
        length=timedelta(minutes=minutes or own.length_minutes),
        step=timedelta(minutes=own.step_minutes),
    )


def buffers_of(settings: Settings) -> tuple[timedelta, timedelta]:
    """Return the room that is kept before and after every meeting."""
    own = settings.availability
    before = own.buffer_minutes if own.buffer_before_minutes is None else own.buffer_before_minutes
    after = own.buffer_minutes if own.buffer_after_minutes is None else own.buffer_after_minutes
    return timedelta(minutes=before), timedelta(minutes=after)


def way_of(settings: Settings) -> timedelta:
    """Return how long the way to somebody's office is taken to be."""
    return timedelta(minutes=settings.availability.way_minutes)


def occupied(session: Session, settings: Settings, since: datetime, *, but: str | None = None) -> list[Span]:
    """Return what meetings occupy from a week before ``since`` on, with buffers and the way to those in person.

    Those of that week count against the most that there may be in one. The meeting ``but`` is left out.
    """
    way = way_of(settings)
    query = select(Meeting.busy_from, Meeting.busy_until, Meeting.place_kind).where(
        Meeting.status.in_(OCCUPYING), Meeting.busy_until > since - _A_WEEK, Meeting.id != (but or "")
    )
    spans = ((Span(start, end), kind) for start, end, kind in session.execute(query))
    return [span.widened(way, way) if kind is PlaceKind.OFFICE else span for span, kind in spans]


def not_really_busy(session: Session, *, moving: str | None = None) -> list[Span]:
    """Return spans that Google's calendar still shows as ours although they are free or about to be.

    Those are a meeting that is being moved, and cancelled ones whose event is not deleted yet.
    """
    query = select(Meeting.starts_at, Meeting.ends_at).where(
        or_(
            Meeting.id == (moving or ""),
            (Meeting.status == MeetingStatus.CANCELLED) & Meeting.calendar_due_at.is_not(None),
        )
    )
    return [Span(start, end) for start, end in session.execute(query)]


def read_busy_time(
    app: App, account: Account, settings: Settings, span: Span, *, leaving_out: Iterable[Span] = ()
) -> list[Span]:
    """Return busy time as Google tells it now, without ``leaving_out``, and as published calendars told it lately.

    Raises EdgeError, NotDone among them when one calendar answers with an error: what is unknown is never free.
    """
    busy = without(app.google.calendar(account.id).busy(span, settings.availability.calendars), leaving_out)
    zone = settings.whereabouts(account.zone).home
    for source in settings.availability.feeds:
        busy += app.feeds.busy(source, span, owner=account.address, zone_name=zone, now=app.now())
    return sorted(busy)


def without(busy: Sequence[Span], free: Iterable[Span]) -> list[Span]:
    """Return what is left of busy time once these spans are free."""
    left = list(busy)
    for span in free:
        left = [piece for each in left for piece in _without(each, span)]
    return left


def overlapping(span: Span, busy: Sequence[Span]) -> Span | None:
    """Return the first busy span that shares an instant with ``span``, None when it is free."""
    return min((each for each in busy if each.overlaps(span)), default=None)


def _without(span: Span, free: Span) -> list[Span]:
    if not span.overlaps(free):
        return [span]
    pieces = ((span.start, min(span.end, free.start)), (max(span.start, free.end), span.end))
    return [Span(start, end) for start, end in pieces if start < end]
