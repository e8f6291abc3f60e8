"""The closed lists of the product: one word a thing, stored by value."""

from __future__ import annotations

from enum import StrEnum


class LetterKind(StrEnum):
    """What a letter is for. The value is also the name of its folder in ``templates/letters``."""

    REQUEST_REFERRAL = "request_referral"  # first letter, an introducer may be named
    REQUEST_SHARED = "request_shared"  # first letter, shared background: alumni, association, colleague, friend
    REQUEST_NO_LINK = "request_no_link"  # first letter, found by own research
    FOLLOW_UP = "follow_up"
    ASK_FOR_NAME = "ask_for_name"  # after a no
    SLOTS_OFFERED = "slots_offered"
    MEETING_CONFIRMED = "meeting_confirmed"  # carries the invitation
    MEETING_MOVED = "meeting_moved"  # carries the update
    MEETING_CANCELLED = "meeting_cancelled"  # carries the CANCEL
    REMINDER = "reminder"
    THANK_YOU = "thank_you"
    THANK_YOU_SHORT = "thank_you_short"
    REPORT_BACK = "report_back"  # to the introducer: what came of it
    DEBRIEF_REQUEST = "debrief_request"  # to oneself, after a meeting: what did you talk about?
    THANK_YOU_ALARM = "thank_you_alarm"  # to oneself: a thank-you still lacks its topics


FIRST_LETTERS = frozenset({LetterKind.REQUEST_REFERRAL, LetterKind.REQUEST_SHARED, LetterKind.REQUEST_NO_LINK})
TO_ONESELF = frozenset({LetterKind.DEBRIEF_REQUEST, LetterKind.THANK_YOU_ALARM})
THANK_YOUS = frozenset({LetterKind.THANK_YOU, LetterKind.THANK_YOU_SHORT})
WITH_INVITATION = frozenset({LetterKind.MEETING_CONFIRMED, LetterKind.MEETING_MOVED, LetterKind.MEETING_CANCELLED})


class LetterState(StrEnum):
    """Where a letter stands on its way out; docs/stages.md draws the moves."""

    DRAFTED = "drafted"
    APPROVED = "approved"
    SCHEDULED = "scheduled"
    LEASED = "leased"
    SENDING = "sending"
    SENT = "sent"
    UNKNOWN = "unknown"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


#: Not begun to leave: such a letter can still be called back.
WAITING = frozenset({LetterState.DRAFTED, LetterState.APPROVED, LetterState.SCHEDULED})
#: Approved, and not known to have arrived.
ON_ITS_WAY = frozenset(
    {LetterState.APPROVED, LetterState.SCHEDULED, LetterState.LEASED, LetterState.SENDING, LetterState.UNKNOWN}
)
#: A worker has it.
IN_HAND = frozenset({LetterState.LEASED, LetterState.SENDING})
#: Called back before they left; a draft of theirs may still be in the mailbox.
CALLED_BACK = frozenset({LetterState.CANCELLED, LetterState.EXPIRED})
#: Will not be sent, unless its owner says so.
ENDED = frozenset({LetterState.FAILED, LetterState.CANCELLED, LetterState.EXPIRED})


class Stage(StrEnum):
    """Where a conversation stands."""

    DRAFTED = "drafted"
    QUEUED = "queued"
    SENT = "sent"
    FOLLOWED_UP = "followed_up"
    REPLIED = "replied"
    SLOTS_OFFERED = "slots_offered"
    BOOKED = "booked"
    HELD = "held"
    THANKED = "thanked"
    CLOSED = "closed"
    DECLINED = "declined"
    NO_RESPONSE = "no_response"
    BOUNCED = "bounced"
    OPTED_OUT = "opted_out"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"


class Source(StrEnum):
    """How a contact's name was learned."""

    REFERRAL = "referral"
    ALUMNI = "alumni"
    ASSOCIATION = "association"
    COLLEAGUE = "colleague"
    FRIEND = "friend"
    FOUND = "found"


class MeetingStatus(StrEnum):
    """``hold`` and ``confirmed`` and ``held`` occupy time; the database refuses overlap among them."""

    HOLD = "hold"
    CONFIRMED = "confirmed"
    HELD = "held"
    NOT_HELD = "not_held"
    CANCELLED = "cancelled"


#: Still to come, as far as anybody has said.
TO_COME = frozenset({MeetingStatus.HOLD, MeetingStatus.CONFIRMED})


class PlaceKind(StrEnum):
    """Where two people meet."""

    OFFICE = "office"
    PHONE = "phone"
    VIDEO = "video"


class Answer(StrEnum):
    """What an inbound message was understood as."""

    BOUNCE = "bounce"
    BOUNCE_SOFT = "bounce_soft"
    AUTO_REPLY = "auto_reply"
    CALENDAR = "calendar"
    OPT_OUT = "opt_out"
    NO = "no"
    NO_WITH_NAME = "no_with_name"
    YES_WITH_TIME = "yes_with_time"
    YES = "yes"
    QUESTION = "question"
    OTHER = "other"
    UNREADABLE = "unreadable"


class Debt(StrEnum):
    """What is owed to an introducer."""

    NONE = "none"  # nothing has come of it yet
    OWED = "owed"
    DRAFTED = "drafted"
    TOLD = "told"
