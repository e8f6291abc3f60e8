"""What a probe saw, and what that says about our beliefs. Seconds are counted from the answer to the send."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from outreach.rules.probing import Finding, Question


@dataclass(frozen=True, kw_only=True)
class NamedLetter:
    """A letter's Message-ID: as we gave it, as its draft showed it, and as it left ("" for none seen)."""

    given: str
    in_draft: str
    sent: str


@dataclass(frozen=True, kw_only=True)
class Sends:
    """One draft, asked to be sent several times: each answer's HTTP status (None: none came) and what was seen.

    ``bodies`` holds one answer of each status that was an error. ``sent`` counts letters; ``draft_left`` says whether
    the draft was still there afterwards, None where that was not seen.
    """

    statuses: tuple[int | None, ...]
    sent: int
    draft_left: bool | None
    bodies: Mapping[str, str] = field(default_factory=dict)

    def facts(self) -> dict[str, Any]:
        """Return the same as JSON knows it."""
        counted = Counter("none" if status is None else str(status) for status in self.statuses)
        return {
            "statuses": dict(sorted(counted.items())),
            "bodies": dict(self.bodies),
            "sent": self.sent,
            "draft_left": self.draft_left,
        }


@dataclass(frozen=True, kw_only=True)
class Inserts:
    """HTTP statuses of inserting one event, the same again, and again after it was deleted."""

    first: int | None
    second: int | None
    after_delete: int | None
    bodies: Mapping[str, str] = field(default_factory=dict)


def message_ids(letters: Sequence[NamedLetter]) -> Finding:
    """Return whether the id that a letter left under can be read back, and whether it is the one that we gave."""
    facts = {"letters": [{"given": one.given, "in_draft": one.in_draft, "sent": one.sent} for one in letters]}
    kept = [one for one in letters if one.given and one.sent == one.given]
    lost = [one for one in letters if not one.sent]
    if lost or not letters:
        holds, said = False if lost else None, "a letter's Message-ID could not be read back after it was sent"
    elif not kept:
        holds, said = True, "Gmail replaces the Message-ID that we give; its own is read back after each send"
    elif len(kept) == len(letters):
        holds, said = True, "Gmail keeps the Message-ID that we give"
    else:
        names = ", ".join(one.given.rpartition("@")[2].rstrip(">") for one in kept)
        holds, said = True, f"Gmail keeps a Message-ID only if it is of {names}; it is read back after each send"
    return Finding(question=Question.MESSAGE_ID, holds=holds, said=said, facts=facts)


def sent_once(in_a_row: Sends, at_once: Sends | None) -> Finding:
    """Return whether one draft made one letter, however often it was asked for. ``at_once`` None: not tried yet."""
    tries = {"in_a_row": in_a_row} | ({"at_once": at_once} if at_once else {})
    facts = {name: each.facts() for name, each in tries.items()}
    holds, said = _once(in_a_row, at_once)
    return Finding(question=Question.SENT_ONCE, holds=holds, said=said, facts=facts)


def _once(in_a_row: Sends, at_once: Sends | None) -> tuple[bool | None, str]:
    if in_a_row.sent > 1:
        return False, f"a draft that was asked for twice in a row was sent {in_a_row.sent} times"
    if at_once is not None and at_once.sent > 1:
        return False, f"a draft that was asked for {len(at_once.statuses)} times at once was sent {at_once.sent} times"
    if any(each.sent and each.draft_left for each in (in_a_row, at_once) if each):
        return False, "a draft is still there after its letter was sent, so that it proves nothing"
    if at_once is None or not (in_a_row.sent and at_once.sent):
        return None, "it stayed open whether a draft is sent once: not every draft was seen to be sent"
    return True, "a draft is sent once and gone: asked twice in a row, and ten times at once"


def letter_id(given: str, *, in_headers: str | None, stored: bool | None, arrived: bool | None) -> Finding:
    """Return whether the X-Outreach-Id stays.

    ``in_headers`` is its value on the sent letter, "" for none, None when the letter was not seen; ``stored`` and
    ``arrived`` say whether it is in the stored bytes, and in those of the copy that arrived.
    """
    facts = {"given": given, "in_headers": in_headers, "stored": stored, "arrived": arrived}
    if in_headers is None:
        holds, said = None, "it stayed open whether X-Outreach-Id stays: the letter was not seen"
    elif in_headers != given or stored is False:
        holds, said = False, "Gmail does not keep our header X-Outreach-Id, by which a letter is known when looked for"
    elif arrived is False:
        holds, said = True, "X-Outreach-Id stays on what was sent, but the copy that arrives lacks it"
    else:
        holds, said = True, "X-Outreach-Id stays on what was sent" + (" and on what arrives" if arrived else "")
    return Finding(question=Question.LETTER_ID, holds=holds, said=said, facts=facts)


def thread(draft_thread: str, sent_thread: str | None) -> Finding:
    """Return whether the letter is in its draft's thread; ``sent_thread`` None: it was not seen."""
    facts = {"draft": draft_thread, "sent": sent_thread}
    if sent_thread is None:
        holds, said = None, "it stayed open which thread a letter is in: it was not seen"
    elif sent_thread == draft_thread:
        holds, said = True, "a letter stays in the thread of its draft"
    else:
        holds, said = False, "a letter gets a new thread when it is sent: looking in its draft's thread finds nothing"
    return Finding(question=Question.THREAD, holds=holds, said=said, facts=facts)


def shown(*, sent: bool, history: float | None, search: float | None, waited: float, within: float) -> Finding:
    """Return whether history or search showed the letter ``within`` the seconds in which settling looks twice.

    ``history`` and ``search`` are after how many seconds each showed it, None for not in the ``waited`` ones.
    """
    facts = {"history_seconds": history, "search_seconds": search, "waited_seconds": waited, "within_seconds": within}
    told = f"history {_after(history, waited)}, search {_after(search, waited)}"
    soonest = min((each for each in (history, search) if each is not None), default=None)
    if not sent:
        holds, said = None, "it stayed open how soon a letter is shown: none was sent"
    elif soonest is None:
        holds, said = False, f"neither history nor search showed a letter that was sent, in {waited:.0f} seconds"
    elif soonest > within:
        holds, said = False, f"a sent letter shows up later than we look for it ({told}; we look for {within:.0f} s)"
    else:
        holds, said = True, f"a sent letter shows up: {told}"
    return Finding(question=Question.SHOWN, holds=holds, said=said, facts=facts)


def _after(seconds: float | None, waited: float) -> str:
    return f"not in {waited:.0f} s" if seconds is None else f"after {seconds:.1f} s"


def cut_off(*, sent: int, draft_left: bool, after: float | None) -> Finding:
    """Return whether a request that was cut off ended in one of two ways: letter and no draft, or draft and no letter.

    ``after`` is when the letter was seen.
    """
    facts = {"sent": sent, "draft_left": draft_left, "seen_after_seconds": after}
    if sent > 1:
        holds, said = False, f"a draft whose sending was cut off was sent {sent} times"
    elif sent and draft_left:
        holds, said = False, "a draft whose sending was cut off is still there, though its letter was sent"
    elif sent:
        seen = "" if after is None else f", seen after {after:.1f} s"
        holds, said = True, f"a letter that we hung up on was sent all the same{seen}"
    elif draft_left:
        holds, said = True, "a letter that we hung up on was not sent, and its draft is still there"
    else:
        holds, said = False, "a letter that we hung up on is nowhere: neither sent nor a draft any more"
    return Finding(question=Question.CUT_OFF, holds=holds, said=said, facts=facts)


def event_id(inserts: Inserts) -> Finding:
    """Return whether a second insert of an event's id is refused, and what becomes of the id once it is deleted."""
    facts = {
        "first": inserts.first,
        "second": inserts.second,
        "after_delete": inserts.after_delete,
        "bodies": dict(inserts.bodies),
    }
    free = _taken(inserts.after_delete)
    afterwards = "the id is free again after deleting" if free else "not even after deleting can it be used again"
    if not _taken(inserts.first):
        holds, said = None, f"it stayed open what becomes of an event's id: inserting was answered {inserts.first}"
    elif _taken(inserts.second):
        holds, said = False, "an event can be inserted twice under one id: a meeting may show twice in the calendar"
    else:
        holds, said = True, f"an event's id is taken once (a second insert is answered {inserts.second}); {afterwards}"
    return Finding(question=Question.EVENT_ID, holds=holds, said=said, facts=facts)


def _taken(status: int | None) -> bool:
    return status is not None and 200 <= status < 300
