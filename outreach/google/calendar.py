"""One account's Google calendar."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog

from outreach.calendar.ids import is_ours
from outreach.edge import CalendarEvent, EventChanges, Gone, NotDone, Refused
from outreach.google import event_json
from outreach.google.api import CalendarApi
from outreach.google.line import Line, named
from outreach.rules.instants import Span, as_utc

log = structlog.get_logger(__name__)

_OWN = "primary"
#: What one free/busy query may ask for; a longer span may be refused.
_LONGEST = timedelta(weeks=8)
_MOST_CALENDARS = 50
_PAGE = 2500
#: More pages than this are taken for a loop.
_MOST_PAGES = 100


class GoogleCalendar:
    """Implements ``edge.Calendar``."""

    def __init__(self, api: CalendarApi, line: Line) -> None:
        self._api = api
        self._line = line

    def busy(self, span: Span, calendar_ids: Sequence[str]) -> list[Span]:
        """Return busy spans, merged and sorted. Raises NotDone when any calendar answers with an error."""
        asked = list(dict.fromkeys(calendar_ids))
        found: list[Span] = []
        for start in range(0, len(asked), _MOST_CALENDARS):
            some = asked[start : start + _MOST_CALENDARS]
            for piece in _pieces(span):
                found += self._query(piece, some)
        return merged(found)

    def _query(self, span: Span, calendar_ids: Sequence[str]) -> list[Span]:
        body = {
            "timeMin": event_json.rfc3339(span.start),
            "timeMax": event_json.rfc3339(span.end + timedelta(microseconds=999_999)),
            "timeZone": "UTC",
            "items": [{"id": each} for each in calendar_ids],
        }
        return self._line.ask(self._api.freebusy.query(body=body), lambda answer: _busy(answer, len(calendar_ids)))

    def put_event(self, event: CalendarEvent, *, notify: bool) -> None:
        """Insert the event, or change it to match if its id is there; a cancelled one is deleted.

        Raises Gone when the id was deleted and with that is burned.
        """
        if event.cancelled:
            self.delete_event(event.id, notify=notify)
            return
        named(event.id)
        try:
            self._insert(event, notify=notify)
        except NotDone as error:
            if error.reason != "duplicate":
                raise
            self._change(event, notify=notify)

    def _insert(self, event: CalendarEvent, *, notify: bool) -> None:
        """Insert it, without a video link where the account may make none."""
        updates = _updates(notify=notify)
        if event.wants_video:
            body = event_json.with_video(event)
            request = self._api.events.insert(calendarId=_OWN, body=body, sendUpdates=updates, conferenceDataVersion=1)
            try:
                self._line.ask(request, lambda _: None)
            except Refused as error:
                log.info("no_video_link", id=event.id, error=error.message)
            else:
                return
        request = self._api.events.insert(calendarId=_OWN, body=event_json.to_json(event), sendUpdates=updates)
        self._line.ask(request, lambda _: None)

    def _change(self, event: CalendarEvent, *, notify: bool) -> None:
        stored = self._stored(event.id)
        if event_json.is_cancelled(stored):
            raise Gone(f"The event {event.id} was deleted, so that its id cannot be used again.", reason="deleted")
        patch, etag = event_json.changes(stored, event), str(stored.get("etag") or "")
        if not patch:
            return
        request = self._api.events.patch(
            calendarId=_OWN, eventId=named(event.id), body=patch, sendUpdates=_updates(notify=notify)
        )
        if etag:
            request.headers["If-Match"] = etag  # somebody else's change since is answered with 412: NotDone
        self._line.ask(request, lambda _: None)

    def delete_event(self, event_id: str, *, notify: bool) -> None:
        """Delete the event; one that is already gone is fine."""
        request = self._api.events.delete(calendarId=_OWN, eventId=named(event_id), sendUpdates=_updates(notify=notify))
        try:
            self._line.ask(request, lambda _: None)
        except Gone:
            return

    def own_events(self, span: Span) -> list[CalendarEvent]:
        """Return the events that overlap the span and whose ids are ours, deleted ones left out."""
        found: list[CalendarEvent] = []
        page = None
        for _ in range(_MOST_PAGES):
            request = self._api.events.list(
                calendarId=_OWN,
                timeMin=event_json.rfc3339(span.start),
                timeMax=event_json.rfc3339(span.end),
                singleEvents=True,
                maxResults=_PAGE,
                pageToken=page,
            )
            events, page = self._line.ask(request, _own_page)
            found += events
            if page is None:
                return found
        raise NotDone("The list of events does not come to an end.")

    def changed_events(self, token: str | None, since: datetime) -> EventChanges:
        """Return what has changed since ``token``, or without one the events that end after ``since``."""
        first = {"syncToken": token} if token else {"timeMin": event_json.rfc3339(since)}
        events: list[CalendarEvent] = []
        deleted: list[str] = []
        page = None
        for _ in range(_MOST_PAGES):
            # Deleted ones are wanted with and without a token: parameters must not differ between the two.
            request = self._api.events.list(
                calendarId=_OWN, singleEvents=True, showDeleted=True, maxResults=_PAGE, pageToken=page, **first
            )
            (some, gone), page, token = self._line.ask(request, _changed_page)
            events += some
            deleted += gone
            if page is None:
                return EventChanges(tuple(events), tuple(deleted), token)
        raise NotDone("The list of changed events does not come to an end.")

    def event(self, event_id: str) -> CalendarEvent | None:
        """Return the event as stored, a deleted one as cancelled; None when there is none."""
        request = self._api.events.get(calendarId=_OWN, eventId=named(event_id))
        try:
            return self._line.ask(request, event_json.from_json)
        except Gone:
            return None

    def _stored(self, event_id: str) -> Mapping[str, Any]:
        request = self._api.events.get(calendarId=_OWN, eventId=named(event_id))
        try:
            return self._line.ask(request, _checked)
        except Gone as error:
            raise NotDone(f"Google knows the id {event_id} and does not show its event.", reason="duplicate") from error


def _own_page(answer: Mapping[str, Any]) -> tuple[list[CalendarEvent], str | None]:
    stored = (each for each in answer.get("items", []) if is_ours(str(each["id"])))
    events = [event for each in stored if (event := event_json.from_json(each)) is not None and not event.cancelled]
    return events, str(answer["nextPageToken"]) if answer.get("nextPageToken") else None


def _changed_page(answer: Mapping[str, Any]) -> tuple[tuple[list[CalendarEvent], list[str]], str | None, str | None]:
    """Return events and ids of deleted ones, the next page, and the token that the last page bears."""
    ours = [each for each in answer.get("items", []) if is_ours(str(each["id"]))]
    deleted = [str(each["id"]) for each in ours if event_json.is_cancelled(each)]
    read = [_event(each) for each in ours if not event_json.is_cancelled(each)]
    page, token = answer.get("nextPageToken"), answer.get("nextSyncToken")
    return ([event for event in read if event], deleted), str(page) if page else None, str(token) if token else None


def _event(stored: Mapping[str, Any]) -> CalendarEvent | None:
    """Return the event, None for one that makes no sense to us: what stands beside it is to be read all the same."""
    try:
        return event_json.from_json(stored)
    except (ValueError, KeyError, TypeError) as error:
        log.warning("event_unreadable", event=str(stored.get("id")), error=str(error)[:200])
        return None


def merged(spans: Sequence[Span]) -> list[Span]:
    """Return the same time as ``spans`` in the fewest spans, sorted."""
    result: list[Span] = []
    for span in sorted(spans):
        if result and span.start <= result[-1].end:
            result[-1] = Span(result[-1].start, max(result[-1].end, span.end))
        else:
            result.append(span)
    return result


def _updates(*, notify: bool) -> str:
    return "all" if notify else "none"


def _pieces(span: Span) -> Iterator[Span]:
    start = span.start
    while start < span.end:
        end = min(start + _LONGEST, span.end)
        yield Span(start, end)
        start = end


def _checked(answer: Any) -> Mapping[str, Any]:
    if not isinstance(answer, Mapping) or not answer.get("id"):
        raise ValueError("no event")
    return answer


def _busy(answer: Mapping[str, Any], asked: int) -> list[Span]:
    calendars = answer["calendars"]
    for name, told in calendars.items():
        if told.get("errors"):
            why = ", ".join(str(each.get("reason")) for each in told["errors"])
            raise NotDone(f"The busy time of the calendar {name} is unknown ({why}).", reason="freebusy")
    if len(calendars) < asked:
        raise NotDone("Google left the busy time of a calendar out.", reason="freebusy")
    spans = [(_instant(each["start"]), _instant(each["end"])) for told in calendars.values() for each in told["busy"]]
    return [Span(start, end) for start, end in spans if start < end]


def _instant(text: str) -> datetime:
    return as_utc(datetime.fromisoformat(text))
