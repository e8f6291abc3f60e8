"""A Gmail and a calendar in memory, behind the protocols of ``outreach.edge``, with the ledger that judges.

It knows nothing of the product's database. Google's clock shows true time, whatever the computer's clock shows.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.parser import BytesHeaderParser
from email.policy import compat32
from typing import TypeVar

from outreach.edge import (
    AccessLost,
    CalendarEvent,
    DraftRef,
    EdgeError,
    EventChanges,
    Gone,
    HistoryPage,
    MessageHead,
    NotDone,
    Profile,
    Refused,
    SentRef,
    Unsure,
)
from outreach.rules.instants import Span
from tests.chaos.by_hand import pass_point, present_worker

_T = TypeVar("_T")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class TrueTime:
    """Time as it really passes. The computer's clock may be set forward and back; this may not."""

    def __init__(self, moment: datetime) -> None:
        self._moment = moment

    def now(self) -> datetime:
        """Return the true instant, aware UTC."""
        return self._moment

    def pass_by(self, by: timedelta) -> None:
        """Let time pass."""
        assert by >= timedelta(0)
        self._moment += by


@dataclass(frozen=True)
class Accepted:
    """A line of the ledger: a letter that Gmail accepted for sending."""

    letter_id: str
    to: str
    #: What the computer's clock showed, and true time.
    clock: datetime
    true: datetime
    #: What the test had done before the job that sent it was begun; None for a job that nothing came between.
    began: int | None


@dataclass
class _Stored:
    id: str
    thread_id: str
    raw: bytes
    labels: frozenset[str]
    received: datetime
    headers: dict[str, str]
    message_id: str


@dataclass
class GmailInMemory:
    """One account's Google. ``faults`` holds, for each method, what the next call of it does instead."""

    address: str
    true_time: TrueTime
    clock: Callable[[], datetime]
    #: How long a sent message stays unseen in threads and search, and when history is asked for a letter in doubt,
    #: which must be settled even so. Who reads on from a place in history sees all at once, or the place would lie.
    lag: timedelta = timedelta(0)
    #: Called with each line of the ledger when it is written, before the answer goes out.
    judge: Callable[[Accepted], None] = lambda line: None
    ledger: list[Accepted] = field(default_factory=list)
    faults: dict[str, str] = field(default_factory=dict)
    #: No call is answered any more until the owner consents anew.
    consent_is_gone: bool = False
    drafts: dict[str, _Stored] = field(default_factory=dict)
    messages: dict[str, _Stored] = field(default_factory=dict)
    events: dict[str, CalendarEvent] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._guard = threading.RLock()
        self._count = 0
        self._history: list[str] = []
        self._oldest = 0

    def mailbox(self, account_id: str) -> GmailInMemory:
        """Return itself. Raises AccessLost when consent is gone."""
        del account_id
        if self.consent_is_gone:
            raise AccessLost("invalid_grant")
        return self

    def calendar(self, account_id: str) -> CalendarInMemory:
        """Return the calendar. Raises AccessLost when consent is gone."""
        self.mailbox(account_id)
        return CalendarInMemory(self)

    @property
    def answered_at(self) -> datetime:
        """Return the time by Google's own clock, which nobody sets."""
        return self.true_time.now()

    # What the test does.

    def accepted(self) -> Counter[str]:
        """Return how often each letter was accepted."""
        return Counter(line.letter_id for line in self.ledger)

    def receive(self, raw: bytes, thread_id: str) -> str:
        """Put a message into the inbox, in the thread; return its id."""
        stored = self._store(raw, frozenset({"INBOX", "UNREAD"}), thread_id)
        self.messages[stored.id] = stored
        self._history.append(stored.id)
        return stored.id

    def forget_history(self) -> None:
        """Make every history id up to now too old."""
        self._oldest = len(self._history) + 1
        self._history.append("")

    # Mailbox.

    units = 0

    def profile(self) -> Profile:
        return self._call("profile", lambda: Profile(self.address, str(len(self._history))))

    def display_name(self) -> str:
        return self._call("display_name", lambda: "")

    def create_draft(self, raw: bytes, thread_id: str | None) -> DraftRef:
        def create() -> DraftRef:
            stored = self._store(raw, frozenset({"DRAFT"}), thread_id)
            draft_id = f"r{stored.id}"
            self.drafts[draft_id] = stored
            return DraftRef(draft_id, stored.id, stored.thread_id)

        return self._call("create_draft", create)

    def draft_exists(self, draft_id: str) -> bool:
        return self._call("draft_exists", lambda: draft_id in self.drafts)

    def find_drafts(self, letter_id: str, since: datetime) -> list[DraftRef]:
        def find() -> list[DraftRef]:
            return [
                DraftRef(draft_id, stored.id, stored.thread_id)
                for draft_id, stored in reversed(self.drafts.items())
                if stored.headers.get("x-outreach-id") == letter_id
            ]

        del since
        return self._call("find_drafts", find)

    def delete_draft(self, draft_id: str) -> bool:
        return self._call("delete_draft", lambda: self.drafts.pop(draft_id, None) is not None)

    def send_draft(self, draft_id: str) -> SentRef:
        return self._call("send_draft", lambda: self._accept(draft_id))

    def sent_since(self, history_id: str, known: Collection[str] = ()) -> Iterator[MessageHead]:
        def look() -> list[MessageHead]:
            if int(history_id) < self._oldest:
                raise Gone("history id too old")
            new = [each for each in self._history[int(history_id) :] if each not in known]
            return self._heads(new, only_sent=True)

        yield from self._call("sent_since", look)

    def search_sent(self, to: str, subject: str, after: datetime) -> list[MessageHead]:
        def search() -> list[MessageHead]:
            found = self._heads(reversed(self.messages), only_sent=True)
            return [head for head in found if to in head.headers.get("to", "") and head.received_at >= after]

        del subject
        return self._call("search_sent", search)

    def thread(self, thread_id: str) -> list[MessageHead]:
        def read() -> list[MessageHead]:
            found = [head for head in self._heads(self.messages) if head.thread_id == thread_id]
            if not found:
                raise Gone("no such thread")
            return found

        return self._call("thread", read)

    def head(self, message_id: str) -> MessageHead:
        return self._call("head", lambda: _head(self._message(message_id)))

    def raw(self, message_id: str) -> bytes:
        return self._call("raw", lambda: self._message(message_id).raw)

    def history(self, since: str, page: str | None = None) -> HistoryPage:
        def look() -> HistoryPage:
            if int(since) < self._oldest:
                raise Gone("history id too old")
            heads = [_head(self.messages[each]) for each in self._history[int(since) :] if each in self.messages]
            added = tuple((head.id, head.thread_id, head.labels) for head in heads)
            return HistoryPage(added, str(len(self._history)), None)

        del page
        return self._call("history", look)

    def list_messages(self, query: str, page: str | None = None) -> tuple[list[tuple[str, str]], str | None]:
        def look() -> tuple[list[tuple[str, str]], str | None]:
            after = _EPOCH + timedelta(seconds=int(query.rpartition("after:")[2]))
            heads = self._heads(reversed(self.messages), only_sent="in:sent" in query)
            return [(head.id, head.thread_id) for head in heads if head.received_at >= after], None

        del page
        return self._call("list_messages", look)

    # Inside.

    def _call(self, method: str, do: Callable[[], _T]) -> _T:
        """Answer one request: with the fault that waits for it, before or after it was carried out, or as it should."""
        pass_point(method)
        with self._guard:
            return self._answer(method, do)

    def _answer(self, method: str, do: Callable[[], _T]) -> _T:
        fault = self.faults.pop(method, "")
        if self.consent_is_gone or fault == "access_lost":
            self.consent_is_gone = True
            raise AccessLost("invalid_grant")
        if not fault.endswith("_after") and fault:
            raise self._error(fault, method)
        done = do()
        if fault:
            raise self._error(fault, method)
        return done

    def _error(self, fault: str, method: str) -> EdgeError:
        """Return the error of edge.py that the client would raise for what went wrong."""
        if fault == "gone":
            return Gone("not found")
        if fault == "refused":
            return Refused("Gmail refuses", reason="forbidden")
        if fault in {"lost_before", "lost_after", "500_after"}:
            return Unsure("no answer") if method == "send_draft" else NotDone("no answer")
        waits = {"429_time": timedelta(minutes=20), "limit_time": timedelta(hours=12)}
        return NotDone(
            fault,
            retry_at=self.clock() + waits[fault] if fault in waits else None,
            sending_limit=fault.startswith("limit"),
            whole_project=fault == "daily",
        )

    def _accept(self, draft_id: str) -> SentRef:
        draft = self.drafts.pop(draft_id, None)
        if draft is None:
            raise Gone("no such draft")
        sent = self._store(draft.raw, frozenset({"SENT"}), draft.thread_id)
        self.messages[sent.id] = sent
        self._history.append(sent.id)
        worker = present_worker()
        line = Accepted(
            letter_id=sent.headers.get("x-outreach-id", ""),
            to=sent.headers.get("to", "").rpartition("<")[2].rstrip(">"),
            clock=self.clock(),
            true=self.true_time.now(),
            began=worker.began if worker is not None else None,
        )
        self.ledger.append(line)
        self.judge(line)
        return SentRef(sent.id, sent.thread_id)

    def _store(self, raw: bytes, labels: frozenset[str], thread_id: str | None) -> _Stored:
        self._count += 1
        number = f"{self._count:016x}"
        headers: dict[str, str] = {}
        for name, value in BytesHeaderParser(policy=compat32).parsebytes(raw).items():
            headers.setdefault(name.lower(), str(value))
        # Gmail stamps a Message-ID of its own on what it sends.
        stamp = f"<{number}@mail.gmail.example>" if "SENT" in labels else headers.get("message-id", "")
        headers["message-id"] = stamp
        return _Stored(number, thread_id or number, raw, labels, self.true_time.now(), headers, stamp)

    def _message(self, message_id: str) -> _Stored:
        if message_id not in self.messages:
            raise Gone("no such message")
        return self.messages[message_id]

    def _heads(self, ids: Iterable[str], *, only_sent: bool = False) -> list[MessageHead]:
        seen = self.true_time.now() - self.lag
        found = [self.messages[each] for each in ids if each in self.messages]
        return [
            _head(each)
            for each in found
            if ("SENT" in each.labels or not only_sent) and (each.received <= seen or "SENT" not in each.labels)
        ]


def _head(stored: _Stored) -> MessageHead:
    return MessageHead(stored.id, stored.thread_id, stored.labels, stored.received, stored.headers)


@dataclass(frozen=True)
class CalendarInMemory:
    """The calendar of the same account, for meetings only: nothing else is ever in it."""

    google: GmailInMemory

    def busy(self, span: Span, calendar_ids: Sequence[str]) -> list[Span]:
        del calendar_ids
        self._trouble("busy")
        return [event.span for event in self.google.events.values() if event.span.overlaps(span)]

    def put_event(self, event: CalendarEvent, *, notify: bool) -> None:
        del notify
        self._trouble("put_event")
        self.google.events[event.id] = event

    def delete_event(self, event_id: str, *, notify: bool) -> None:
        del notify
        self._trouble("delete_event")
        self.google.events.pop(event_id, None)

    def own_events(self, span: Span) -> list[CalendarEvent]:
        self._trouble("own_events")
        return [event for event in self.google.events.values() if event.span.overlaps(span)]

    def changed_events(self, token: str | None, since: datetime) -> EventChanges:
        del token  # everything that is to come is told each time
        self._trouble("changed_events")
        coming = tuple(event for event in self.google.events.values() if event.span.end > since)
        return EventChanges(coming, (), "all")

    def event(self, event_id: str) -> CalendarEvent | None:
        self._trouble("event")
        return self.google.events.get(event_id)

    def _trouble(self, method: str) -> None:
        pass_point(method)
        if self.google.consent_is_gone:
            raise AccessLost("invalid_grant")
        if self.google.faults.pop("calendar", ""):
            raise NotDone("the calendar is away")
