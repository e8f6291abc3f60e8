"""May this letter leave now? The last look at the world, taken inside the claim."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from outreach.rules.kinds import FIRST_LETTERS, LetterKind, MeetingStatus, Stage
from outreach.rules.stages import can_move


class Verdict(StrEnum):
    """What the last look says."""

    GO = "go"
    CANCEL = "cancel"
    EXPIRE = "expire"


@dataclass(frozen=True, kw_only=True)
class World:
    """What is known at the moment of the claim.

    ``about_sequence`` is the meeting's SEQUENCE as the letter tells of it, ``meeting_sequence`` the present one;
    ``partstat`` is what the other side answered to the invitation.
    """

    kind: LetterKind
    now: datetime
    expires_at: datetime | None
    deadline_at: datetime | None
    do_not_contact: bool
    address_dead: bool
    stage: Stage | None
    replied_at: datetime | None
    approved_at: datetime | None
    meeting: MeetingStatus | None
    meeting_ends_at: datetime | None
    meeting_sequence: int | None
    about_sequence: int | None
    partstat: str
    #: Where somebody at the same organization has answered: its name, where that is to stop reminders.
    answered_at: str = ""


@dataclass(frozen=True)
class Judgement:
    """The verdict and its reason, in words that a person reads in the letter's history."""

    verdict: Verdict
    reason: str = ""


_OVER = frozenset({Stage.OPTED_OUT, Stage.BOUNCED, Stage.CLOSED})
_ANSWERED = {Stage.DECLINED, Stage.REPLIED, Stage.SLOTS_OFFERED}
_MEETS_OR_MET = {Stage.BOOKED, Stage.HELD, Stage.THANKED, Stage.CANCELLED, Stage.NO_SHOW}
_STOPS_REQUEST = _OVER | _ANSWERED | _MEETS_OR_MET
_ABOUT_A_MEETING_TO_COME = frozenset(
    {LetterKind.MEETING_CONFIRMED, LetterKind.MEETING_MOVED, LetterKind.REMINDER, LetterKind.SLOTS_OFFERED}
)
_SAYS_WHEN = frozenset({LetterKind.MEETING_CONFIRMED, LetterKind.MEETING_MOVED, LetterKind.REMINDER})
_AFTER_A_MEETING = frozenset(
    {LetterKind.THANK_YOU, LetterKind.THANK_YOU_SHORT, LetterKind.DEBRIEF_REQUEST, LetterKind.THANK_YOU_ALARM}
)


def judge(world: World) -> Judgement:
    """Return whether the letter may leave, must not, or came too late."""
    for reason in (_person(world), _conversation(world), _meeting(world)):
        if reason:
            return Judgement(Verdict.CANCEL, reason)
    if world.expires_at is not None and world.now >= world.expires_at:
        return Judgement(Verdict.EXPIRE, f"it should have left before {world.expires_at:%Y-%m-%d %H:%M} UTC")
    return Judgement(Verdict.GO)


def _person(world: World) -> str:
    if world.do_not_contact:
        return "the person asked not to be written to"
    return "the address does not exist any more" if world.address_dead else ""


def _conversation(world: World) -> str:
    if world.kind is LetterKind.SLOTS_OFFERED:
        return _offer(world)
    if world.kind not in FIRST_LETTERS and world.kind is not LetterKind.FOLLOW_UP:
        return ""
    if world.stage in _STOPS_REQUEST:
        return f"the conversation is at {world.stage}"
    if _replied_since(world):
        return "the person has answered since"
    if world.kind is not LetterKind.FOLLOW_UP:
        return ""
    if world.replied_at:
        return "the person has answered"
    return f"a colleague at {world.answered_at} has answered" if world.answered_at else ""


def _offer(world: World) -> str:
    """Times may be offered after a no or after a meeting too, if that is how it stood when they were."""
    if world.stage is not None and not can_move(world.stage, Stage.SLOTS_OFFERED):
        return f"the conversation is at {world.stage}"
    return "the person has said no since" if world.stage is Stage.DECLINED and _replied_since(world) else ""


def _replied_since(world: World) -> bool:
    return world.replied_at is not None and (world.approved_at is None or world.replied_at >= world.approved_at)


def _meeting(world: World) -> str:
    if world.meeting is None:
        return ""
    if world.kind in _AFTER_A_MEETING and world.meeting in {MeetingStatus.CANCELLED, MeetingStatus.NOT_HELD}:
        return f"the meeting is {world.meeting.replace('_', ' ')}"
    if world.kind in _ABOUT_A_MEETING_TO_COME:
        if world.meeting is MeetingStatus.CANCELLED:
            return "the meeting is cancelled"
        if world.meeting_ends_at is not None and world.now >= world.meeting_ends_at:
            return "the meeting is over"
    if world.kind in _SAYS_WHEN and world.about_sequence not in {None, world.meeting_sequence}:
        return "the meeting was changed since"
    takes_it_as_held = world.kind in _AFTER_A_MEETING or world.kind is LetterKind.REMINDER
    if takes_it_as_held and world.meeting is MeetingStatus.CONFIRMED and world.partstat == "DECLINED":
        return "they declined the invitation"
    return ""
