"""What an inbound message means. In doubt it is OTHER and a person reads it: a wrong guess is worse than a question."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from outreach.rules.addresses import address_key, find_addresses
from outreach.rules.auto_replies import read_auto_reply
from outreach.rules.bounces import read_bounce
from outreach.rules.inbound import DeliveryField, Inbound, Understood
from outreach.rules.instants import Span, as_utc
from outreach.rules.kinds import Answer
from outreach.rules.reply_times import Choice, chosen_slot
from outreach.rules.reply_words import (
    hedged,
    named_people,
    no_words,
    opt_out_words,
    refers_elsewhere,
    sentences,
    time_refused,
    way_refused,
    yes_words,
)

__all__ = ["DeliveryField", "Inbound", "Understood", "understand"]

_LONGEST = 6_000
_METHOD = re.compile(
    rb"^METHOD:\s*(REPLY|COUNTER|REQUEST|CANCEL|REFRESH|DECLINECOUNTER)\s*$", re.IGNORECASE | re.MULTILINE
)
_FEW_WORDS = 12


def understand(
    message: Inbound,
    *,
    slots: Sequence[Span] = (),
    zone_name: str = "UTC",
    other_zone_name: str | None = None,
    now: datetime,
) -> Understood:
    """Return what a message means: structure before headers, headers before words, and OTHER when words disagree.

    ``slots`` are the times that were offered, ``zone_name`` and ``other_zone_name`` the IANA zones of the two people,
    in either of which a time may have been written; ``now`` is an aware instant, for "back on Monday".
    """
    bounce = read_bounce(message)
    if bounce:
        return bounce
    # Before the automatic replies: calendars send their answers by machine, with the headers of a machine.
    calendar = _calendar_answer(message)
    if calendar:
        return calendar
    automatic = read_auto_reply(message, as_utc(now).date())
    if automatic:
        return automatic
    return _read_words(message, slots, [zone_name, *([other_zone_name] if other_zone_name else [])])


def _calendar_answer(message: Inbound) -> Understood | None:
    methods = [match[1].decode().upper() for part in message.calendar_parts if (match := _METHOD.search(part))]
    if not methods:
        return None
    return Understood(
        answer=Answer.CALENDAR,
        confidence=0.97,
        evidence=(f"METHOD:{methods[0]}",),
        needs_person=methods[0] != "REPLY",
    )


def _read_words(message: Inbound, slots: Sequence[Span], zone_names: Sequence[str]) -> Understood:
    said = sentences(message.text[:_LONGEST])
    opt_out = opt_out_words(said)
    if opt_out:
        return Understood(answer=Answer.OPT_OUT, confidence=0.9, evidence=(opt_out[:200],))
    if not said:
        return _doubt("nothing newly written", ())
    names = named_people(message.text[:_LONGEST], _known(message))
    no_at, no = no_words(said)
    yes_at, yes = yes_words(said)
    choice = chosen_slot(said, slots, zone_names)
    if no:
        return _read_no(said, no, names, later_yes=yes if yes_at > no_at or choice.slot is not None else "")
    partly = way_refused(said) or ("" if choice.slot is not None else time_refused(said))
    if partly:
        return _doubt("no to a time or a way of meeting, not to the meeting", names, partly)
    if yes or _bare_choice(said, choice):
        return _read_yes(said, yes or choice.evidence, names, choice, offered=bool(slots))
    if any(sentence.endswith("?") for sentence in said):
        question = next(sentence for sentence in said if sentence.endswith("?"))
        return Understood(
            answer=Answer.QUESTION, confidence=0.75, evidence=(question[:200],), names=names, needs_person=True
        )
    return _doubt("neither yes nor no in so many words", names)


def _known(message: Inbound) -> frozenset[str]:
    """Keys of the two who write to each other: their addresses name nobody new."""
    own = [message.from_address, *(email for _, _, email in find_addresses(message.headers.get("to", "")))]
    return frozenset(address_key(email) for email in own)


def _read_no(said: Sequence[str], no: str, names: tuple[tuple[str, str], ...], later_yes: str) -> Understood:
    if later_yes:
        return _doubt("a no and a yes in one letter", names, no, later_yes)
    postponed = hedged(said)
    if postponed:
        return _doubt("a no that may be a later", names, no, postponed)
    if names:
        unnamed = any(not name for name, _ in names)
        return Understood(
            answer=Answer.NO_WITH_NAME, confidence=0.9, evidence=(no[:200],), names=names, needs_person=unnamed
        )
    elsewhere = refers_elsewhere([sentence for sentence in said if sentence != no])
    return Understood(answer=Answer.NO, confidence=0.85, evidence=(no[:200],), needs_person=elsewhere)


def _read_yes(
    said: Sequence[str], yes: str, names: tuple[tuple[str, str], ...], choice: Choice, offered: bool
) -> Understood:
    postponed = hedged(said)
    if postponed:
        return _doubt("a yes that may be a maybe", names, yes, postponed)
    asks = any(sentence.endswith("?") for sentence in said)
    if choice.slot is not None and not asks:
        return Understood(
            answer=Answer.YES_WITH_TIME,
            confidence=0.9,
            evidence=((choice.evidence or yes)[:200],),
            names=names,
            chosen_slot=choice.slot,
        )
    evidence = (yes[:200], *(("names a time that settles no offered slot",) if choice.mentioned else ()))
    return Understood(
        answer=Answer.YES,
        confidence=0.8 if not choice.mentioned else 0.7,
        evidence=evidence,
        names=names,
        needs_person=asks or choice.mentioned or offered,
        mere_yes=not (asks or choice.mentioned or names),
    )


def _bare_choice(said: Sequence[str], choice: Choice) -> bool:
    """ "Tuesday at 3pm." and "Option 2" say yes without the word."""
    return choice.slot is not None and sum(len(sentence.split()) for sentence in said) <= _FEW_WORDS


def _doubt(reason: str, names: tuple[tuple[str, str], ...], *quotes: str) -> Understood:
    return Understood(
        answer=Answer.OTHER,
        confidence=0.3,
        evidence=(reason, *(quote[:200] for quote in quotes)),
        names=names,
        needs_person=True,
    )
