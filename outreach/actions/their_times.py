"""Times that somebody states without having been offered them, put before the owner so that one command books one.

Nothing is booked here, and no calendar is asked: the command reads busy time anew, and refuses what is taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from outreach.actions.answer_case import AnswerCase, who
from outreach.actions.free_time import availability_of, occupied
from outreach.actions.gather_facts import place_for
from outreach.rules.availability import Availability
from outreach.rules.instants import Span
from outreach.rules.reply_times import StatedTime
from outreach.rules.slots import check_slot, free_slots
from outreach.rules.zones import say

#: More of them would be no choice but a list; the message has them all.
_MOST = 2
#: A command that is cut off in the middle helps nobody.
_ROOM = 420
#: What lasts longer is a stretch in which to find a time.
_ONE_MEETING = timedelta(hours=1)


def their_times(case: AnswerCase) -> str:
    """Return what they suggest, with the command that books it; for a stretch, the first time in it that is free."""
    availability = availability_of(case.settings, case.account, place_kind=place_for(case.contact))
    booked = occupied(case.session, case.settings, case.now)
    said = [_suggestion(case, each, availability, booked) for each in case.heard.understood.times[:_MOST]]
    return "; or ".join(said) if sum(map(len, said)) < _ROOM else said[0]


def _suggestion(case: AnswerCase, stated: StatedTime, availability: Availability, booked: Sequence[Span]) -> str:
    own = availability.whereabouts.zone_at(stated.start)
    if stated.end is None or stated.end - stated.start <= _ONE_MEETING:
        wanted = Span(stated.start.astimezone(UTC), stated.start.astimezone(UTC) + availability.length)
        obstacle = check_slot(wanted, availability, (), booked, case.now)
        # What check_slot says begins with the time, which stands here already.
        but = f", though {obstacle.partition(': ')[2].rstrip('.')}" if obstacle else ""
        return f"suggests {say(stated.start, own)}{but}. Book it with {_command(case, stated.start)}"
    stretch = Span(stated.start.astimezone(UTC), stated.end.astimezone(UTC))
    when = f"between {say(stated.start, own)} and {say(stated.end, own)}"
    slots = free_slots(availability, (), booked, case.now)
    first = next((slot for slot in slots if stretch.start <= slot.start and slot.end <= stretch.end), None)
    if first is None:
        return f"suggests a time {when}, when none is free by your hours"
    is_free = f"{say(first.start, own)} is free by your hours"
    return f"suggests a time {when}: {is_free}. Book it with {_command(case, first.start)}"


def _command(case: AnswerCase, start: datetime) -> str:
    return f"`outreach schedule {who(case)} --at {start.astimezone(UTC):%Y-%m-%dT%H:%MZ}`"
