"""What may follow what: one table each for conversations, letters and meetings.

A pair that is not in its table is refused by name. To stay where one is counts as a step like any other: it is
allowed only where the table says so, because there it means something (a second follow-up, a moved meeting).
docs/stages.md draws the tables, and a test compares drawing and table.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeVar

from outreach.errors import NotAllowed
from outreach.rules.kinds import LetterState, MeetingStatus, Stage

_T = TypeVar("_T", Stage, LetterState, MeetingStatus)


def _table(rows: dict[_T, set[_T]]) -> Mapping[_T, frozenset[_T]]:
    return MappingProxyType({frm: frozenset(to) for frm, to in rows.items()})


# Leaving is possible from every stage that is not settled: people opt out and give up at any time.
_LEAVE = {Stage.OPTED_OUT, Stage.CLOSED}
# What the other side can bring about whenever they write, or the two arrange by telephone.
_ANSWERED = {Stage.REPLIED, Stage.DECLINED, Stage.SLOTS_OFFERED, Stage.BOOKED}

TRANSITIONS: Mapping[Stage, frozenset[Stage]] = _table(
    {
        Stage.DRAFTED: {Stage.QUEUED, Stage.CANCELLED, *_ANSWERED, *_LEAVE},
        Stage.QUEUED: {Stage.SENT, Stage.DRAFTED, Stage.CANCELLED, Stage.BOUNCED, *_ANSWERED, *_LEAVE},
        Stage.SENT: {Stage.FOLLOWED_UP, Stage.NO_RESPONSE, Stage.BOUNCED, *_ANSWERED, *_LEAVE},
        Stage.FOLLOWED_UP: {Stage.FOLLOWED_UP, Stage.NO_RESPONSE, Stage.BOUNCED, *_ANSWERED, *_LEAVE},
        Stage.REPLIED: {Stage.NO_RESPONSE, Stage.BOUNCED, *_ANSWERED, *_LEAVE},
        Stage.SLOTS_OFFERED: {Stage.NO_RESPONSE, Stage.BOUNCED, *_ANSWERED, *_LEAVE},
        # A live meeting has to be cancelled before the conversation is closed.
        Stage.BOOKED: {Stage.BOOKED, Stage.HELD, Stage.NO_SHOW, Stage.CANCELLED, Stage.DECLINED, Stage.OPTED_OUT},
        Stage.HELD: {Stage.THANKED, Stage.NO_SHOW, Stage.SLOTS_OFFERED, Stage.BOOKED, *_LEAVE},
        Stage.THANKED: {Stage.SLOTS_OFFERED, Stage.BOOKED, *_LEAVE},
        Stage.DECLINED: {*_ANSWERED, *_LEAVE},
        Stage.NO_RESPONSE: {Stage.FOLLOWED_UP, Stage.BOUNCED, *_ANSWERED, *_LEAVE},
        Stage.BOUNCED: {Stage.DRAFTED, Stage.QUEUED, *_ANSWERED, *_LEAVE},
        Stage.CANCELLED: {Stage.NO_RESPONSE, *_ANSWERED, *_LEAVE},
        Stage.NO_SHOW: {Stage.HELD, Stage.NO_RESPONSE, *_ANSWERED, *_LEAVE},
        Stage.OPTED_OUT: {Stage.CLOSED},
        Stage.CLOSED: set(),
    }
)

# Until it is leased a letter can be taken back; once it is sending, only the mailbox knows its fate. Tables that were
# restored from a backup may believe any letter waiting or ended that was sent since: Sent knows better.
_TAKEN_BACK = {LetterState.DRAFTED, LetterState.CANCELLED, LetterState.EXPIRED}

LETTER_TRANSITIONS: Mapping[LetterState, frozenset[LetterState]] = _table(
    {
        LetterState.DRAFTED: {
            LetterState.APPROVED,
            LetterState.SCHEDULED,
            LetterState.CANCELLED,
            LetterState.EXPIRED,
            LetterState.SENT,
        },
        LetterState.APPROVED: {LetterState.SCHEDULED, LetterState.SENT, *_TAKEN_BACK},
        LetterState.SCHEDULED: {
            LetterState.SCHEDULED,
            LetterState.LEASED,
            LetterState.APPROVED,
            LetterState.SENT,
            *_TAKEN_BACK,
        },
        LetterState.LEASED: {
            LetterState.SENDING,
            LetterState.SENT,
            LetterState.UNKNOWN,
            LetterState.SCHEDULED,
            LetterState.FAILED,
            LetterState.CANCELLED,
            LetterState.EXPIRED,
        },
        LetterState.SENDING: {LetterState.SENT, LetterState.UNKNOWN, LetterState.SCHEDULED, LetterState.FAILED},
        LetterState.UNKNOWN: {
            LetterState.UNKNOWN,
            LetterState.SENT,
            LetterState.SCHEDULED,
            LetterState.FAILED,
            LetterState.CANCELLED,
        },
        LetterState.FAILED: {LetterState.DRAFTED, LetterState.SCHEDULED, LetterState.SENT, LetterState.CANCELLED},
        LetterState.CANCELLED: {LetterState.DRAFTED, LetterState.SENT},
        LetterState.EXPIRED: {LetterState.DRAFTED, LetterState.SENT},
        LetterState.SENT: set(),
    }
)

MEETING_TRANSITIONS: Mapping[MeetingStatus, frozenset[MeetingStatus]] = _table(
    {
        MeetingStatus.HOLD: {MeetingStatus.CONFIRMED, MeetingStatus.CANCELLED},
        MeetingStatus.CONFIRMED: {
            MeetingStatus.CONFIRMED,
            MeetingStatus.HELD,
            MeetingStatus.NOT_HELD,
            MeetingStatus.CANCELLED,
        },
        MeetingStatus.HELD: {MeetingStatus.NOT_HELD},
        MeetingStatus.NOT_HELD: {MeetingStatus.HELD},
        MeetingStatus.CANCELLED: set(),
    }
)


def can_move(frm: Stage, to: Stage) -> bool:
    """Return whether a conversation at ``frm`` may go to ``to``."""
    return to in TRANSITIONS[frm]


def move(frm: Stage, to: Stage) -> Stage:
    """Return ``to``, the conversation's new stage. Raises NotAllowed, naming both, when the table lacks the pair."""
    return _moved(TRANSITIONS, "conversation", frm, to)


def can_move_letter(frm: LetterState, to: LetterState) -> bool:
    """Return whether a letter at ``frm`` may go to ``to``."""
    return to in LETTER_TRANSITIONS[frm]


def move_letter(frm: LetterState, to: LetterState) -> LetterState:
    """Return ``to``, the letter's new state. Raises NotAllowed, naming both, when the table lacks the pair."""
    return _moved(LETTER_TRANSITIONS, "letter", frm, to)


def can_move_meeting(frm: MeetingStatus, to: MeetingStatus) -> bool:
    """Return whether a meeting at ``frm`` may go to ``to``."""
    return to in MEETING_TRANSITIONS[frm]


def move_meeting(frm: MeetingStatus, to: MeetingStatus) -> MeetingStatus:
    """Return ``to``, the meeting's new status. Raises NotAllowed, naming both, when the table lacks the pair."""
    return _moved(MEETING_TRANSITIONS, "meeting", frm, to)


def _moved(table: Mapping[_T, frozenset[_T]], what: str, frm: _T, to: _T) -> _T:
    if to in table[frm]:
        return to
    allowed = ", ".join(sorted(_words(each) for each in table[frm]))
    advice = f"From there it can become: {allowed}." if allowed else "That is the end of it."
    raise NotAllowed(f"A {what} that is {_words(frm)} cannot become {_words(to)}. {advice}")


def _words(state: Stage | LetterState | MeetingStatus) -> str:
    return state.value.replace("_", " ")
