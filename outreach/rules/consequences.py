"""What follows from an answer, in words: what ``actions.handle_answer`` does, told to somebody who asks beforehand."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from outreach.rules.inbound import Understood
from outreach.rules.kinds import Answer
from outreach.rules.replies import AS_SAID

_STOPPED = "follow-ups stop"


def what_follows(understood: Understood, method: str = "", partstat: str = "") -> str:
    """Return what would be done about the answer; ``method`` and ``partstat`` are those of a calendar answer."""
    if understood.answer is Answer.CALENDAR:
        return _calendar(method, partstat)
    return _WORDS[understood.answer](understood)


def _calendar(method: str, partstat: str) -> str:
    if method == "COUNTER":
        return "their other time is put before you, with the command that moves the meeting there"
    return {
        "DECLINED": "the meeting is cancelled and its time is free again; other times are offered where the account "
        "does that by itself, else you are told to offer some",
        "ACCEPTED": "noted that they accepted the invitation",
        "TENTATIVE": "noted that they accepted tentatively",
    }.get(partstat, "put before you: it is no plain answer to an invitation")


def _bounce(understood: Understood) -> str:
    failed = understood.failed_address or "the address"
    return f"{failed} is marked as dead, {_STOPPED}, and you are asked for another address"


def _bounce_soft(_: Understood) -> str:
    return "nothing is changed: the letter is late or was not taken for now, and the address may be right"


def _auto_reply(understood: Understood) -> str:
    if understood.returns_on:
        return f"a follow-up waits until {understood.returns_on:%Y-%m-%d}; this is no answer"
    return "a follow-up waits for the usual time; this is no answer"


def _opt_out(understood: Understood) -> str:
    if understood.confidence < AS_SAID:
        return f"{_STOPPED}, and it is put before you"
    return "never written to again, in any campaign; letters that wait are cancelled"


def _no(understood: Understood) -> str:
    if understood.needs_person:
        return f"{_STOPPED}, and it is put before you"
    return f"{_STOPPED}; a letter of thanks that asks once for another name is drafted for your approval"


def _no_with_name(understood: Understood) -> str:
    named = ", ".join(name or address for name, address in understood.names)
    if understood.needs_person or understood.confidence < AS_SAID:
        return f"{_STOPPED}, and it is put before you, with the name: {named}"
    return f"{_STOPPED}; {named} is proposed as a contact, with the sentence in which the name was given"


def _yes_with_time(understood: Understood) -> str:
    if understood.chosen_slot is not None and not understood.needs_person and understood.confidence >= AS_SAID:
        return "the chosen time is booked where the account does that by itself, else offered to you for booking"
    if understood.chosen_slot is not None:
        return "the chosen time is put before you for booking, for there is more to read"
    return "their times are put before you, each with the command that books it"


def _yes(understood: Understood) -> str:
    if understood.needs_person:
        return f"{_STOPPED}, and it is put before you: read it and offer times"
    return "times are offered where the account does that by itself, else you are told to offer some"


def _before_you(_: Understood) -> str:
    return f"{_STOPPED}, and it is put before you"


_WORDS: Mapping[Answer, Callable[[Understood], str]] = {
    Answer.BOUNCE: _bounce,
    Answer.BOUNCE_SOFT: _bounce_soft,
    Answer.AUTO_REPLY: _auto_reply,
    Answer.OPT_OUT: _opt_out,
    Answer.NO: _no,
    Answer.NO_WITH_NAME: _no_with_name,
    Answer.YES_WITH_TIME: _yes_with_time,
    Answer.YES: _yes,
    Answer.QUESTION: _before_you,
    Answer.OTHER: _before_you,
    Answer.UNREADABLE: _before_you,
}
