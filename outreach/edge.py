"""What actions ask of the outside world: a mailbox and a calendar, and the ways in which asking can fail.

``outreach.google`` implements these; actions reach them through ``app``. The error classes are the decision table
of the delivery protocol: what matters about a failure is whether the letter may have left.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from outreach.rules.instants import Span


class EdgeError(Exception):
    """Base of every failure at the edge; ``reason`` is the service's own word where it gave one."""

    def __init__(self, message: str, *, reason: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason


class NotDone(EdgeError):
    """Surely not carried out (no connection, TLS failure, 429, rate-limit 403, a token service away): try again.

    ``retry_at`` is the aware UTC instant that the service named, or None. ``whole_project`` says that every
    account of this Google project is held back (daily limit), ``sending_limit`` that the
    mailbox's own sending limit is reached.
    """

    def __init__(
        self,
        message: str,
        *,
        reason: str = "",
        retry_at: datetime | None = None,
        whole_project: bool = False,
        sending_limit: bool = False,
    ) -> None:
        super().__init__(message, reason=reason)
        self.retry_at = retry_at
        self.whole_project = whole_project
        self.sending_limit = sending_limit


class Refused(EdgeError):
    """Surely not carried out and pointless to repeat: 400, a malformed address, a policy of the domain."""


class Unsure(EdgeError):
    """May have been carried out: read timeout, connection lost after the request left, any 5xx on a send."""


class Gone(EdgeError):
    """404 or 410: the draft, message, event, history id or sync token is not there (any more)."""


class AccessLost(EdgeError):
    """The account's consent is gone or lacks a scope; only its owner can mend that."""


@dataclass(frozen=True, slots=True)
class DraftRef:
    """A draft in the mailbox; ``id`` is consumed by sending."""

    id: str
    message_id: str
    thread_id: str


@dataclass(frozen=True, slots=True)
class SentRef:
    """What a send answered: Gmail's id of the sent message and its thread."""

    id: str
    thread_id: str


@dataclass(frozen=True, slots=True)
class Profile:
    """The mailbox itself."""

    address: str
    history_id: str


@dataclass(frozen=True, slots=True)
class MessageHead:
    """A message without its body. ``headers`` has lower-case names; of repeated headers the first is kept."""

    id: str
    thread_id: str
    labels: frozenset[str]
    received_at: datetime
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Messages added since a history id: ``(message id, thread id, labels)`` each, and where to go on."""

    added: tuple[tuple[str, str, frozenset[str]], ...]
    history_id: str
    next_page: str | None


class Mailbox(Protocol):
    """One account's mailbox. Every method may raise NotDone, AccessLost or Refused; a lost answer to a GET or to
    ``create_draft`` raises NotDone, for repeating those is harmless. Only ``send_draft`` raises Unsure."""

    @property
    def units(self) -> int:
        """Return the quota units that all calls on it so far have cost."""

    @property
    def answered_at(self) -> datetime | None:
        """Return what Google's own clock showed at its last answer (aware), None where it did not say."""

    def profile(self) -> Profile:
        """Return address and present history id."""

    def display_name(self) -> str:
        """Return the name that the owner shows on outgoing mail, or an empty string."""

    def create_draft(self, raw: bytes, thread_id: str | None) -> DraftRef:
        """Store ``raw`` (RFC 5322) as a draft, in a thread if given. Repeating leaves an orphan draft, never a mail."""

    def draft_exists(self, draft_id: str) -> bool:
        """Return whether the draft is still there, that is, not consumed by sending nor deleted."""

    def find_drafts(self, letter_id: str, since: datetime) -> list[DraftRef]:
        """Return the drafts made since that instant whose X-Outreach-Id is ``letter_id``."""

    def delete_draft(self, draft_id: str) -> bool:
        """Delete a draft. Return whether it was there; one that is already gone is fine."""

    def send_draft(self, draft_id: str) -> SentRef:
        """Send the draft, with exactly one POST on the wire. Raises Gone when there is no such draft, Unsure when
        the fate of the request is not known."""

    def sent_since(self, history_id: str, known: Collection[str] = ()) -> Iterator[MessageHead]:
        """Yield the messages labelled SENT that history shows since ``history_id``, without those whose ids are
        ``known``: each of the others costs a call. Raises Gone when ``history_id`` is too old."""

    def search_sent(self, to: str, subject: str, after: datetime) -> list[MessageHead]:
        """Return sent messages that Gmail's search finds (its index lags)."""

    def thread(self, thread_id: str) -> list[MessageHead]:
        """Return the messages of a thread, oldest first. Raises Gone."""

    def head(self, message_id: str) -> MessageHead:
        """Return one message's headers and labels. Raises Gone."""

    def raw(self, message_id: str) -> bytes:
        """Return one message, RFC 5322 bytes. Raises Gone."""

    def history(self, since: str, page: str | None = None) -> HistoryPage:
        """Return one page of what was added since. Raises Gone when ``since`` is too old: then sync in full."""

    def list_messages(self, query: str, page: str | None = None) -> tuple[list[tuple[str, str]], str | None]:
        """Return ``(message id, thread id)`` pairs matching a Gmail search, spam included, and the next page."""


@dataclass(frozen=True, slots=True)
class CalendarEvent:
    """A meeting as the calendar holds it. ``id`` is ours (base32hex), so that inserting twice cannot double it."""

    id: str
    uid: str
    sequence: int
    span: Span
    summary: str
    description: str
    location: str
    attendees: tuple[tuple[str, str], ...]
    organizer: tuple[str, str]
    cancelled: bool = False
    answers: dict[str, str] = field(default_factory=dict)
    #: When anything about it was changed last, aware UTC; None where that is not told.
    updated: datetime | None = None
    #: Whether the calendar is to make a video link when the event is inserted; it may not be allowed to.
    wants_video: bool = False
    #: The link that it has made, "" for none.
    video_link: str = ""


@dataclass(frozen=True, slots=True)
class EventChanges:
    """What has changed in a calendar: events of ours as they are now, the ids of those deleted, and from where to go
    on."""

    events: tuple[CalendarEvent, ...]
    deleted: tuple[str, ...]
    token: str | None


class Calendar(Protocol):
    """One account's calendar. Methods may raise NotDone, AccessLost, Refused; all of them can be repeated safely."""

    def busy(self, span: Span, calendar_ids: Sequence[str]) -> list[Span]:
        """Return busy spans, merged and sorted. Raises NotDone when any calendar answers with an error: unknown is
        never free."""

    def put_event(self, event: CalendarEvent, *, notify: bool) -> None:
        """Insert the event, or change it to match if its id is there. Raises Gone when the id was deleted and with
        that is burned."""

    def delete_event(self, event_id: str, *, notify: bool) -> None:
        """Delete the event; one that is already gone is fine."""

    def own_events(self, span: Span) -> list[CalendarEvent]:
        """Return the events that overlap the span and whose ids are ours, deleted ones left out."""

    def changed_events(self, token: str | None, since: datetime) -> EventChanges:
        """Return what has changed since ``token``, or without one the events that end after ``since``.

        Raises Gone when the token is too old: then ask without one.
        """

    def event(self, event_id: str) -> CalendarEvent | None:
        """Return the event as stored, None when there is none."""


@dataclass(frozen=True, slots=True)
class Answered:
    """How a request ended, as it came, for finding out what Google does.

    ``status`` is that of HTTP, None where no answer came; ``body`` the beginning of an answer that is an error;
    ``id`` and ``thread_id`` are those of what was made; ``error`` says what a failure means, None for none.
    """

    status: int | None
    body: str = ""
    id: str = ""
    thread_id: str = ""
    error: EdgeError | None = None


class Trial(Protocol):
    """What only the probe of an account does: ask what nothing else would, and clean up after it.

    Every method may raise NotDone (surely not carried out) and AccessLost.
    """

    def send(self, draft_id: str) -> Answered:
        """Send the draft with one POST and return how that ended, whatever it was."""

    def send_and_hang_up(self, draft_id: str) -> None:
        """Write the request that sends the draft, and close the connection without waiting for the answer."""

    def insert(self, event: CalendarEvent) -> Answered:
        """Insert the event, telling nobody, and return how that ended: an id that is taken is not looked into."""

    def recent_drafts(self, words: str) -> dict[str, dict[str, str]]:
        """Return the headers (lower-case names), by draft id, of the newest drafts and of those whose subject has
        ``words``. May raise Refused."""

    def trash(self, message_id: str) -> bool:
        """Move a message into the trash. Return False where the consent does not allow it. May raise Refused."""


class Google(Protocol):
    """Opens an account's mailbox and calendar. What is opened belongs to the calling thread."""

    def mailbox(self, account_id: str) -> Mailbox:
        """Return the account's mailbox. Raises AccessLost when the account has no usable consent."""

    def calendar(self, account_id: str) -> Calendar:
        """Return the account's calendar. Raises AccessLost when the account has no usable consent."""

    def trial(self, account_id: str) -> Trial:
        """Return what the probe asks the account with. Raises AccessLost when it has no usable consent."""
