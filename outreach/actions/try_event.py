"""The probe's question about the calendar: one event without guests, far ahead, inserted again and again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from outreach.actions.probe_bench import Bench
from outreach.calendar.ids import uid_of
from outreach.edge import Answered, CalendarEvent, NotDone, Refused
from outreach.rules import probe_answers
from outreach.rules.instants import Span
from outreach.rules.probe_answers import Inserts
from outreach.rules.probing import Finding, subject_words

#: So far ahead that no time is offered then, and nobody looks.
_AHEAD = timedelta(days=400)
_LENGTH = timedelta(minutes=5)


def try_event(bench: Bench) -> Iterator[Finding]:
    """Yield what becomes of an event's id: inserted twice, deleted, inserted again. May raise what Google raises."""
    bench.say("an event of five minutes in your calendar, without guests, inserted twice and deleted")
    event = _event(bench)
    bench.events.append(event.id)  # before it is there: an answer that is lost must not leave it behind
    first = _insert(bench, event)
    second = after = None
    if isinstance(first.error, Refused):
        bench.events.remove(event.id)  # there is no calendar for it, so that clearing up would be refused too
    if first.error is None:
        second = _insert(bench, event)
        for event_id in list(bench.events):
            _delete(bench, event_id)
        after = _insert(bench, event)
    answers = [answer for answer in (first, second, after) if answer is not None]
    yield probe_answers.event_id(
        Inserts(
            first=first.status,
            second=second.status if second else None,
            after_delete=after.status if after else None,
            bodies={str(answer.status): answer.body for answer in answers if answer.error is not None},
        )
    )


def _event(bench: Bench) -> CalendarEvent:
    starts = bench.now().replace(microsecond=0) + _AHEAD
    return CalendarEvent(
        id=bench.event_id(),
        uid=uid_of(bench.event_id()),
        sequence=0,
        span=Span(starts, starts + _LENGTH),
        summary=f"{subject_words(bench.run)}: you may delete this",
        description="Written by `outreach account probe`, which finds out how this calendar behaves.",
        location="",
        attendees=(),
        organizer=(bench.name, bench.address),
    )


def _insert(bench: Bench, event: CalendarEvent) -> Answered:
    def ask() -> Answered:
        answered = bench.trial.insert(event)
        if isinstance(answered.error, NotDone):
            raise answered.error
        return answered

    answered = bench.patiently(ask)
    if answered.id and answered.id not in bench.events:
        bench.events.append(answered.id)
    return answered


def _delete(bench: Bench, event_id: str) -> None:
    bench.patiently(lambda: bench.calendar.delete_event(event_id, notify=False))
