"""What a probe finds out about a mailbox, how its letters are known, and what follows for letters in doubt."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Question(StrEnum):
    """What is asked of a mailbox and its calendar."""

    MESSAGE_ID = "message_id"
    SENT_ONCE = "sent_once"
    LETTER_ID = "letter_id"
    THREAD = "thread"
    SHOWN = "shown"
    CUT_OFF = "cut_off"
    EVENT_ID = "event_id"
    GUESTS = "guests"
    SENDING_LIMIT = "sending_limit"


ASKED: Mapping[Question, str] = {
    Question.MESSAGE_ID: "can the Message-ID that a letter left under be read back?",
    Question.SENT_ONCE: "is a draft sent once, when asked twice in a row and ten times at once?",
    Question.LETTER_ID: "does our header X-Outreach-Id stay on a letter?",
    Question.THREAD: "does a letter stay in the thread of its draft?",
    Question.SHOWN: "how soon do history and search show a letter that was sent?",
    Question.CUT_OFF: "what becomes of a letter when we hang up right after asking for it to be sent?",
    Question.EVENT_ID: "is an event's id taken once and for all?",
    Question.GUESTS: "how do the answers of other people's calendars come back?",
    Question.SENDING_LIMIT: "what does Gmail say when its sending limit is reached?",
}
#: How many letters to oneself a run sends: where a draft is sent once, and at the worst.
LETTERS, MOST_LETTERS = 4, 14
#: Where the run that is under way is written down, beside the findings.
UNDER_WAY = "under_way"
#: What settling a letter by looking rests upon.
SETTLING_NEEDS = (Question.SENT_ONCE, Question.LETTER_ID, Question.SHOWN, Question.CUT_OFF)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """The answer to one question. ``holds`` is whether what we believe was so, None where that stayed open.

    ``facts`` is what was seen, as JSON knows it.
    """

    question: Question
    holds: bool | None
    said: str
    facts: Mapping[str, Any] = field(default_factory=dict)


NOT_TRIED = (
    Finding(question=Question.GUESTS, holds=None, said="not tried: needs other people's mailboxes"),
    Finding(question=Question.SENDING_LIMIT, holds=None, said="not tried on purpose"),
)


def in_store(found: Iterable[Finding], at: str) -> dict[str, Any]:
    """Return findings as they are stored: by question, with the instant (ISO 8601) at which they were made."""
    return {
        str(each.question): {"holds": each.holds, "said": each.said, "facts": dict(each.facts), "at": at}
        for each in found
    }


def from_store(stored: Mapping[str, Any]) -> list[Finding]:
    """Return the findings that are stored, in the order of the questions; what cannot be read is left out."""
    found = []
    for question in Question:
        known = stored.get(question)
        if isinstance(known, Mapping) and known.get("holds") in (True, False, None):
            said, facts = str(known.get("said", "")), known.get("facts")
            facts = facts if isinstance(facts, Mapping) else {}
            found.append(Finding(question=question, holds=known.get("holds"), said=said, facts=facts))
    return found


def laid_over(stored: Mapping[str, Any], fresh: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is stored after a further probe: an answer that stayed open does not take the place of one."""
    return dict(stored) | {
        name: found for name, found in fresh.items() if found["holds"] is not None or _stayed_open(stored.get(name))
    }


def _stayed_open(known: Any) -> bool:
    return not isinstance(known, Mapping) or known.get("holds") is None


def why_not_alone(stored: Mapping[str, Any]) -> tuple[str, ...]:
    """Return why a letter of this mailbox whose fate is unknown must not be sent again by itself; empty when it may.

    A mailbox that was never probed is taken to be what we believe.
    """
    return tuple(each.said for each in from_store(stored) if each.question in SETTLING_NEEDS and each.holds is False)


# How the probe's own letters are known.

_MARK = re.compile(r"probe-([0-9a-f]{8})-(\d{1,2})")
_SUBJECT = re.compile(r"\bOutreach probe ([0-9a-f]{8})-(\d{1,2})\b")


def letter_mark(run: str, number: int) -> str:
    """Return the X-Outreach-Id of a probe's letter; no letter has such an id."""
    return f"probe-{run}-{number}"


def subject_words(run: str, number: int | None = None) -> str:
    """Return the words that the subject of a probe's letters, or of one of them, begins with."""
    return f"Outreach probe {run}" + ("" if number is None else f"-{number}")


def subject_of(run: str, number: int) -> str:
    """Return the subject of a probe's letter, which tells whoever finds it what it is."""
    return f"{subject_words(run, number)}: a test of your own mailbox, you may delete this"


def is_of_run(headers: Mapping[str, str], run: str, number: int | None = None) -> bool:
    """Return whether a message with these headers (lower-case names) is the probe's, or this letter of it.

    By either sign, for whether our header stays on a letter is one of the questions. What answers it is not its own.
    """
    signs = (
        _MARK.fullmatch(headers.get("x-outreach-id", "")),
        _SUBJECT.match(headers.get("subject", "")),
    )
    return any(sign is not None and sign[1] == run and number in (None, int(sign[2])) for sign in signs)


def is_probe_letter(headers: Mapping[str, str]) -> bool:
    """Return whether a message that the account sent itself belongs to a probe, or answers one."""
    return (
        _MARK.fullmatch(headers.get("x-outreach-id", "")) is not None
        or _SUBJECT.search(headers.get("subject", "")) is not None
    )
