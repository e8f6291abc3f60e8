"""Say what a message would be understood as, and what would be done, without a mailbox and without an account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime

from outreach.calendar.answers import CalendarAnswer, read_answer
from outreach.errors import BadInput
from outreach.letters.read_apart import read_apart
from outreach.rules.addresses import address_key
from outreach.rules.consequences import what_follows
from outreach.rules.inbound import Inbound, Understood
from outreach.rules.instants import Span
from outreach.rules.kinds import Answer
from outreach.rules.replies import understand
from outreach.rules.reply_times import StatedTime


@dataclass(frozen=True, kw_only=True)
class Named:
    """Somebody who was put forward; ``address`` is empty where none was given."""

    name: str
    address: str


@dataclass(frozen=True, kw_only=True)
class ChosenSlot:
    """One of the offered times: its number from 1, start and end."""

    number: int
    start: datetime
    end: datetime


@dataclass(frozen=True, kw_only=True)
class Explained:
    """What a message was understood as.

    ``answer`` is its class; ``times`` are those that the message states, in the zone that they are meant in;
    ``calendar`` is METHOD and PARTSTAT of a calendar answer; ``would`` says in words what would be done.
    """

    answer: Answer
    confidence: float
    evidence: tuple[str, ...]
    returns_on: date | None
    times: tuple[StatedTime, ...]
    chosen_slot: ChosenSlot | None
    names: tuple[Named, ...]
    failed_address: str | None
    calendar: str
    needs_person: bool
    would: str
    said: str


def explain_message(
    raw: bytes,
    *,
    zone_name: str,
    slots: Sequence[Span] = (),
    contact_address: str = "",
    original: bytes | None = None,
    now: datetime,
) -> Explained:
    """Return what the message would be understood as. One that cannot be read is explained as that; nothing is raised.

    ``zone_name`` is the IANA zone of the person who was written to, ``slots`` the times that were offered,
    ``contact_address`` the address that was written to, ``original`` the letter that is answered. ``now`` counts
    where the message does not say when it was written.
    """
    try:
        message = read_apart(raw)
        letter = read_apart(original) if original is not None else None
    except BadInput as error:
        return _explained(_unreadable(error.message), None, "", slots)
    written_at = _written_at(message) or now
    understood = understand(message, slots=slots, zone_name=zone_name, now=written_at)
    understood = _without_own_names(understood, letter, contact_address)
    answer = _calendar(message) if understood.answer is Answer.CALENDAR else None
    stranger = bool(contact_address) and address_key(contact_address) != address_key(message.from_address)
    return _explained(understood, answer, message.text, slots, stranger=stranger)


def _unreadable(reason: str) -> Understood:
    return Understood(answer=Answer.UNREADABLE, confidence=1.0, evidence=(reason,), needs_person=True)


def _written_at(message: Inbound) -> datetime | None:
    try:
        written = parsedate_to_datetime(message.headers.get("date", ""))
        written = written if written.tzinfo else written.replace(tzinfo=UTC)
        return written.astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return None


def _without_own_names(understood: Understood, letter: Inbound | None, contact_address: str) -> Understood:
    """Leave out the two who write to each other, where the original or the contact says who they are."""
    own = {address_key(each) for each in (letter.from_address if letter else "", contact_address) if each}
    names = tuple((name, email) for name, email in understood.names if not email or address_key(email) not in own)
    if names == understood.names:
        return understood
    fields = {**vars(understood), "names": names}
    if not names and understood.answer is Answer.NO_WITH_NAME:
        fields["answer"] = Answer.NO
    return Understood(**fields)


def _calendar(message: Inbound) -> CalendarAnswer | None:
    for part in message.calendar_parts:
        try:
            if answer := read_answer(part):
                return answer
        except BadInput:
            continue
    return None


def _explained(
    understood: Understood, answer: CalendarAnswer | None, said: str, slots: Sequence[Span], *, stranger: bool = False
) -> Explained:
    number = understood.chosen_slot
    chosen = None
    if number is not None and number < len(slots):
        chosen = ChosenSlot(number=number + 1, start=slots[number].start, end=slots[number].end)
    evidence = understood.evidence
    if stranger and understood.answer not in {Answer.BOUNCE, Answer.BOUNCE_SOFT}:
        evidence = (*evidence, "came from another address than the one that was written to")
    return Explained(
        answer=understood.answer,
        confidence=understood.confidence,
        evidence=evidence,
        returns_on=understood.returns_on,
        times=understood.times,
        chosen_slot=chosen,
        names=tuple(Named(name=name, address=address) for name, address in understood.names),
        failed_address=understood.failed_address,
        calendar=f"{answer.method} {answer.partstat}" if answer else "",
        needs_person=understood.needs_person,
        would=what_follows(understood, answer.method if answer else "", answer.partstat if answer else ""),
        said=said,
    )
