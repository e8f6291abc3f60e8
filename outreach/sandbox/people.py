"""Simulated people: they read what they are sent and answer in their own time, the same way for the same seed."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import count
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from outreach.sandbox import raw_mail, replies
from outreach.sandbox.calendars import Calendar, EventJson, is_zone
from outreach.sandbox.mailbox import Mailbox, Message
from outreach.sandbox.replies import Answering

if TYPE_CHECKING:
    from outreach.sandbox.world import World

_AUTO_REPLY_AFTER = timedelta(minutes=1)
_AUTO_REPLY_AGAIN = timedelta(days=7)


class Behaviour(StrEnum):
    """How a person takes letters from somebody they do not know."""

    ACCEPT_SLOT = "accept_slot"  # glad to talk; chooses one of the times offered; accepts the invitation
    DECLINE_WITH_NAME = "decline_with_name"  # a polite no that names somebody else
    DECLINE = "decline"  # a polite no; names somebody (``refers``) only when asked again
    OUT_OF_OFFICE = "out_of_office"  # an automatic reply now; after the return like accept_slot
    BOUNCE = "bounce"  # the address does not exist
    SILENT = "silent"
    LATE = "late"  # silent until the second letter, then like accept_slot
    QUESTION = "question"  # asks back first, then like accept_slot
    OPT_OUT = "opt_out"  # wants no more letters
    DELAYED = "delayed"  # the first letter is reported as late, then like accept_slot
    REMARK = "remark"  # writes back neither yes nor no; chooses a time if some are offered
    GARBLED = "garbled"  # answers with a message that cannot be taken apart
    CHANGES_PLANS = "changes_plans"  # like accept_slot, but declines the first invitation


_AGREEABLE = frozenset(
    {
        *(Behaviour.ACCEPT_SLOT, Behaviour.OUT_OF_OFFICE, Behaviour.LATE, Behaviour.QUESTION),
        *(Behaviour.DELAYED, Behaviour.REMARK, Behaviour.CHANGES_PLANS),
    }
)


@dataclass(frozen=True)
class Person:
    """One simulated person. Raises ValueError for an unknown behaviour or zone.

    ``delay_hours`` is about how long they take; they write only on weekdays within ``hours`` of their ``zone``.
    ``slot`` says which offered time suits them, counted from 1. ``away_days`` is how long they stay out of office.
    """

    address: str
    name: str = ""
    behaviour: Behaviour = Behaviour.ACCEPT_SLOT
    zone: str = "Europe/London"
    delay_hours: float = 4.0
    refers: tuple[str, str] | None = None
    slot: int = 2
    title: str = ""
    organization: str = ""
    hours: tuple[int, int] = (9, 17)
    away_days: int = 5
    answers_invitations: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "address", self.address.strip().lower())
        object.__setattr__(self, "behaviour", Behaviour(self.behaviour))
        if self.refers is not None:
            name, address = self.refers
            object.__setattr__(self, "refers", (str(name), str(address)))
        if not is_zone(self.zone):
            raise ValueError(f"{self.zone!r} is no IANA zone")
        if not 0 <= self.hours[0] < self.hours[1] <= 24:
            raise ValueError(f"{self.hours} are no working hours")


@dataclass
class Talk:
    """What has passed between one account and one person."""

    letters: int = 0
    answers: int = 0  # plain answers written or on their way
    closed: bool = False
    agreed: bool = False  # a time was chosen
    away_until: datetime | None = None
    auto_replied: datetime | None = None
    declined: bool = False  # an invitation was
    answer_number: int = 0  # an answer not yet written gives way to a later one


@dataclass(frozen=True)
class _Letter:
    """A letter in the hands of the one who reads it."""

    world: World
    mailbox: Mailbox
    message: Message
    person: Person
    talk: Talk
    now: datetime

    def answering(self) -> Answering:
        person, box = self.person, self.mailbox
        return Answering(
            person.name, person.address, person.title, person.organization, person.zone, self.message, box.name
        )


class Population:
    """All people, and what they are going to do."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._people: dict[str, Person] = {}
        self._dice: dict[str, random.Random] = {}
        self._talks: dict[tuple[str, str], Talk] = {}
        self._plans: list[tuple[datetime, int, Callable[[datetime], None]]] = []
        self._numbers = count()

    def add(self, person: Person) -> None:
        """Let a person live here; one with the same address is replaced."""
        self._people[person.address] = person
        self._dice[person.address] = random.Random(f"{self._seed} {person.address}")

    def state(self) -> dict[str, object]:
        """Return who lives here and how many deeds are planned."""
        behaviours = {address: person.behaviour.value for address, person in self._people.items()}
        return {"behaviours": behaviours, "planned": len(self._plans)}

    def act(self, world: World, now: datetime) -> None:
        """Do everything that is due by ``now``, in order."""
        del world
        while self._plans and self._plans[0][0] <= now:
            due, _, deed = heapq.heappop(self._plans)
            deed(due)

    def next_due(self) -> datetime | None:
        """Return when somebody does something next, None when nobody plans to."""
        return self._plans[0][0] if self._plans else None

    def letter(self, world: World, mailbox: Mailbox, message: Message, address: str) -> None:
        """Hand a letter to whoever lives at ``address``; where nobody does, it vanishes."""
        person = self._people.get(address)
        if person is None:
            return
        talk = self._talks.setdefault((mailbox.address, address), Talk())
        talk.letters += 1
        self._read(_Letter(world, mailbox, message, person, talk, world.now()))

    def invited(self, calendar: Calendar, event: EventJson, now: datetime) -> None:
        """Let guests of a calendar event that notifies them answer in the organizer's calendar."""
        for guest in event.get("attendees", []):
            person = self._people.get(str(guest["email"]).lower())
            if person and person.answers_invitations and person.behaviour in _AGREEABLE:
                due = self._working_time(person, now, now, 0.5)
                self._plan(due, _accept_in(calendar, str(event["iCalUID"]), person.address))

    # Reading and deciding.

    def _read(self, letter: _Letter) -> None:
        person, talk = letter.person, letter.talk
        if person.behaviour is Behaviour.BOUNCE:
            self._report(letter, replies.bounce)
            return
        if person.behaviour is Behaviour.DELAYED and talk.letters == 1:
            self._report(letter, replies.delay)
        if person.behaviour is Behaviour.GARBLED:
            self._garble(letter)
            return
        if person.behaviour is Behaviour.SILENT or talk.closed:
            return
        if person.behaviour is Behaviour.OUT_OF_OFFICE:
            self._stay_away(letter)
        invitation = raw_mail.calendar_part(letter.message.parsed)
        if invitation is not None:
            self._take_invitation(letter, *invitation)
            return
        body = self._choose(letter, replies.offered(letter.message.text))
        if body:
            self._answer(letter, body)

    def _choose(self, letter: _Letter, slots: list[str]) -> str:
        """Return what the person writes back, "" for nothing."""
        person, talk, dice = letter.person, letter.talk, self._dice[letter.person.address]
        if person.behaviour not in _AGREEABLE:
            return _refuse(person, talk)
        if slots:
            talk.agreed = True
            return replies.accepts(slots, person.slot, dice)
        if talk.agreed:
            return ""  # a reminder or a word of thanks asks for no answer
        if person.behaviour is Behaviour.LATE and talk.letters == 1:
            return ""
        talk.answers += 1
        if person.behaviour is Behaviour.REMARK:
            return replies.remarks() if talk.answers == 1 else ""
        asks_first = person.behaviour is Behaviour.QUESTION
        if asks_first and talk.answers == 1:
            return replies.asks(dice)
        return replies.agrees(dice) if talk.answers == (2 if asks_first else 1) else ""

    def _answer(self, letter: _Letter, body: str) -> None:
        talk = letter.talk
        talk.answer_number += 1
        number = talk.answer_number

        def write(due: datetime) -> None:
            if talk.answer_number == number:
                raw = replies.reply(letter.answering(), body, due)
                letter.world.deliver(letter.mailbox.address, raw, at=due)

        self._plan(self._working_time(letter.person, letter.now, talk.away_until, 1.0), write)

    def _take_invitation(self, letter: _Letter, method: str, text: str) -> None:
        person = letter.person
        if method != "REQUEST" or not person.answers_invitations or person.behaviour not in _AGREEABLE:
            return
        style = self._dice[person.address].choice(("gmail", "outlook"))
        declines = person.behaviour is Behaviour.CHANGES_PLANS and not letter.talk.declined
        partstat = "DECLINED" if declines else "ACCEPTED"
        if declines:
            letter.talk.declined, letter.talk.agreed = True, False

        def answer(due: datetime) -> None:
            raw = replies.answered(letter.answering(), text, due, style=style, partstat=partstat)
            letter.world.deliver(letter.mailbox.address, raw, at=due)

        self._plan(self._working_time(person, letter.now, letter.talk.away_until, 0.5), answer)

    def _garble(self, letter: _Letter) -> None:
        letter.talk.closed = True

        def write(due: datetime) -> None:
            letter.world.deliver(letter.mailbox.address, replies.garbled(letter.answering(), due), at=due)

        self._plan(self._working_time(letter.person, letter.now, None, 1.0), write)

    def _report(self, letter: _Letter, written: Callable[[Answering, str, datetime], bytes]) -> None:
        def report(due: datetime) -> None:
            raw = written(letter.answering(), letter.mailbox.address, due)
            letter.world.deliver(letter.mailbox.address, raw, thread_id=letter.message.thread_id, at=due)

        self._plan(letter.now, report)

    def _stay_away(self, letter: _Letter) -> None:
        """Say once a week (RFC 3834, section 2) that the person is away, while they are."""
        person, talk, now = letter.person, letter.talk, letter.now
        if talk.away_until is None:
            talk.away_until = _opening(person, now + timedelta(days=person.away_days))
        back = talk.away_until
        if now >= back or (talk.auto_replied and now < talk.auto_replied + _AUTO_REPLY_AGAIN):
            return
        talk.auto_replied = now

        def say(due: datetime) -> None:
            raw = replies.out_of_office(letter.answering(), back, due)
            letter.world.deliver(letter.mailbox.address, raw, at=due)

        self._plan(now + _AUTO_REPLY_AFTER, say)

    # Time.

    def _plan(self, due: datetime, deed: Callable[[datetime], None]) -> None:
        heapq.heappush(self._plans, (due, next(self._numbers), deed))

    def _working_time(self, person: Person, now: datetime, not_before: datetime | None, share: float) -> datetime:
        """Return when the person gets round to it: about their delay, and in their working hours."""
        dice = self._dice[person.address]
        start = max(now, not_before or now)
        wanted = start + timedelta(hours=person.delay_hours * share * dice.uniform(0.75, 1.25))
        opening = _opening(person, wanted)
        if opening > wanted:
            room = (person.hours[1] - person.hours[0]) * 60
            opening += timedelta(minutes=dice.randrange(min(90, room)))
        return opening.replace(microsecond=0)


def _refuse(person: Person, talk: Talk) -> str:
    talk.answers += 1
    if person.behaviour is Behaviour.OPT_OUT:
        talk.closed = True
        return replies.opts_out()
    if talk.answers == 1:
        named = person.refers if person.behaviour is Behaviour.DECLINE_WITH_NAME else None
        return replies.declines(named)
    if talk.answers == 2 and person.behaviour is Behaviour.DECLINE and person.refers:
        return replies.names(person.refers)
    return ""


def _accept_in(calendar: Calendar, uid: str, address: str) -> Callable[[datetime], None]:
    def accept(due: datetime) -> None:
        calendar.answer(uid, address, "ACCEPTED", due)

    return accept


def _opening(person: Person, moment: datetime) -> datetime:
    """Return ``moment`` if it is in the person's working hours, else when they begin next."""
    zone = ZoneInfo(person.zone)
    here = moment.astimezone(zone)
    if here.weekday() < 5 and person.hours[0] <= here.hour < person.hours[1]:
        return moment
    day = here.date() if here.weekday() < 5 and here.hour < person.hours[0] else here.date() + timedelta(days=1)
    while day.weekday() >= 5:
        day += timedelta(days=1)
    return datetime(day.year, day.month, day.day, person.hours[0], tzinfo=zone).astimezone(UTC)
