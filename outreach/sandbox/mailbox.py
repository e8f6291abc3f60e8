"""One account's mailbox: messages, drafts, threads, labels and their history."""

from __future__ import annotations

import base64
import hashlib
import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from email.message import Message as Parsed
from functools import cached_property
from html import escape
from typing import Any

from outreach.sandbox import raw_mail
from outreach.sandbox.quirks import Quirk
from outreach.sandbox.raw_mail import Fields
from outreach.sandbox.refusals import invalid, not_found

SYSTEM_LABELS = (
    *("CHAT", "SENT", "INBOX", "IMPORTANT", "TRASH", "DRAFT", "SPAM", "STARRED", "UNREAD"),
    *(f"CATEGORY_{name}" for name in ("PERSONAL", "SOCIAL", "PROMOTIONS", "UPDATES", "FORUMS")),
)
_FIXED_LABELS = frozenset({"SENT", "DRAFT"})


@dataclass
class Message:
    """A stored message. ``received`` is Gmail's internalDate; ``labels`` and ``history_id`` change, nothing else."""

    id: str
    thread_id: str
    raw: bytes
    received: datetime
    labels: set[str]
    history_id: int = 0

    @cached_property
    def fields(self) -> Fields:
        """Header fields, decoded."""
        return raw_mail.fields_of(self.raw)

    @cached_property
    def parsed(self) -> Parsed:
        """The MIME tree."""
        return raw_mail.parsed(self.raw)

    @cached_property
    def text(self) -> str:
        """The text that searching sees."""
        return raw_mail.text_of(self.parsed)

    @cached_property
    def subject_key(self) -> str:
        """What threading compares subjects by."""
        return raw_mail.subject_key(raw_mail.first(self.fields, "Subject"))

    @cached_property
    def message_id(self) -> str:
        """The Message-ID header."""
        return raw_mail.message_id_of(self.fields)

    def header(self, name: str) -> str:
        """Return the first value of a header, or ""."""
        return raw_mail.first(self.fields, name)

    def json(self, format_: str, only: list[str]) -> dict[str, Any]:
        """Return the message as messages.get does for ``minimal``, ``metadata``, ``raw`` or ``full``."""
        shown: dict[str, Any] = {
            "id": self.id,
            "threadId": self.thread_id,
            "labelIds": sorted(self.labels),
            "snippet": escape(" ".join(self.text[:400].split())[:120], quote=True),
            "historyId": str(self.history_id),
            "internalDate": str(int(self.received.timestamp() * 1000)),
            "sizeEstimate": len(self.raw),
        }
        if format_ == "raw":
            shown["raw"] = base64.urlsafe_b64encode(self.raw).decode()
        elif format_ == "metadata":
            shown["payload"] = {
                "mimeType": self.parsed.get_content_type(),
                "headers": raw_mail.headers_json(self.fields, only),
            }
        elif format_ == "full":
            shown["payload"] = raw_mail.payload_json(self.parsed, self.fields)
        return shown

    def short(self) -> dict[str, Any]:
        """Return ids and labels, as sends and history answer."""
        return {"id": self.id, "threadId": self.thread_id, "labelIds": sorted(self.labels)}


@dataclass(frozen=True)
class Change:
    """One record of history. ``kind`` is the JSON key: messagesAdded, messagesDeleted, labelsAdded, labelsRemoved."""

    id: int
    kind: str
    message_id: str
    thread_id: str
    labels: tuple[str, ...]
    changed: tuple[str, ...] = ()

    def json(self) -> dict[str, Any]:
        """Return the record as history.list does."""
        message = {"id": self.message_id, "threadId": self.thread_id}
        detail: dict[str, Any] = {"message": message | {"labelIds": list(self.labels)}}
        if self.changed:
            detail["labelIds"] = list(self.changed)
        return {"id": str(self.id), "messages": [message], self.kind: [detail]}


@dataclass
class Mailbox:
    """Everything in one mailbox. The caller holds the sandbox's lock."""

    address: str
    name: str
    seed: int
    messages: dict[str, Message] = field(default_factory=dict)
    drafts: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    history: list[Change] = field(default_factory=list)
    #: Shared with the whole sandbox; empty where Gmail is as it is believed to be.
    quirks: set[Quirk] = field(default_factory=set)
    #: Drafts that were sent and are still shown.
    ghosts: dict[str, Message] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._dice = random.Random(f"{self.seed} {self.address}")
        self._last_id = 0x19A0_0000_0000_0000 + self._dice.getrandbits(40)
        self._threads: dict[str, list[str]] = {}
        self._by_message_id: dict[str, str] = {}
        self.history_id = 1000 + self._dice.randrange(1000)
        self.oldest_history_id = self.history_id

    # What others ask.

    def message(self, message_id: str) -> Message:
        """Return a message. Raises Refusal (404)."""
        found = self.messages.get(message_id)
        if found is None:
            raise not_found()
        return found

    def draft(self, draft_id: str) -> Message:
        """Return a draft's message. Raises Refusal (404) for one that was sent, deleted or never there."""
        return self.message(self.drafts.get(draft_id, ""))

    def shown_draft(self, draft_id: str) -> Message:
        """Return a draft's message as a look at it does, of one that was sent too if those are still shown."""
        return self.ghosts.get(draft_id) or self.draft(draft_id)

    def thread(self, thread_id: str) -> list[Message]:
        """Return a thread's messages, oldest first. Raises Refusal (404)."""
        if not self._threads.get(thread_id):
            raise not_found()
        return sorted((self.messages[each] for each in self._threads[thread_id]), key=lambda m: (m.received, m.id))

    def newest_first(self) -> list[Message]:
        """Return every message by the time it was received, newest first."""
        return sorted(self.messages.values(), key=lambda m: (m.received, m.id), reverse=True)

    # Changes.

    def receive(self, raw: bytes, labels: Iterable[str], now: datetime, thread_id: str | None = None) -> Message:
        """File a message that arrived: in the thread it answers (or the one named), else in a new one."""
        raw = raw_mail.crlf(raw)
        return self._add(raw, set(labels), now, thread_id or self._thread_answered(raw_mail.fields_of(raw)))

    def create_draft(self, raw: bytes, thread_id: str | None, now: datetime) -> str:
        """File a draft and return its id, which is the handle that stays when its message is edited."""
        message = self._add(raw, {"DRAFT"}, now, self._thread_asked(thread_id, raw))
        draft_id = f"r-{self._dice.getrandbits(62)}" if self._dice.random() < 0.5 else f"r{self._dice.getrandbits(62)}"
        self.drafts[draft_id] = message.id
        return draft_id

    def update_draft(self, draft_id: str, raw: bytes, thread_id: str | None, now: datetime) -> None:
        """Replace a draft's content: its message gets a new id, and a new thread when the subject changed."""
        old = self.draft(draft_id)
        same_subject = raw_mail.subject_key(raw_mail.first(raw_mail.fields_of(raw), "Subject")) == old.subject_key
        thread = self._thread_asked(thread_id, raw) or (old.thread_id if same_subject else None)
        message = self._add(raw, {"DRAFT"}, now, thread)
        self.drafts[draft_id] = message.id
        self.remove(old)

    def delete_draft(self, draft_id: str) -> None:
        """Delete a draft for good. Raises Refusal (404)."""
        if self.ghosts.pop(draft_id, None):
            return
        self.remove(self.draft(draft_id))
        del self.drafts[draft_id]

    def add_sent(self, raw: bytes, thread_id: str | None, now: datetime, *, draft_id: str | None = None) -> Message:
        """File a message as sent, in the thread asked for if all three conditions hold; a draft is consumed."""
        if draft_id is None:
            return self._add(raw, {"SENT"}, now, self._thread_asked(thread_id, raw))
        draft = self.draft(draft_id)
        message = self._add(raw, {"SENT"}, now, None if Quirk.NEW_THREAD in self.quirks else draft.thread_id)
        if Quirk.SHOWS_SENT_DRAFTS in self.quirks:
            self.ghosts[draft_id] = draft
        if Quirk.SENDS_AGAIN not in self.quirks:
            self.remove(draft)
            del self.drafts[draft_id]
        return message

    def remove(self, message: Message) -> None:
        """Delete a message for good."""
        del self.messages[message.id]
        self._threads[message.thread_id].remove(message.id)
        if self._by_message_id.get(message.message_id) == message.id:
            del self._by_message_id[message.message_id]
        self._record("messagesDeleted", message)

    def relabel(self, message: Message, add: Iterable[str], remove: Iterable[str]) -> None:
        """Put labels on and take them off. Raises Refusal for labels that are not there or cannot be moved."""
        adding, removing = set(add) - message.labels, set(remove) & message.labels
        for label in {*add, *remove}:
            if label not in SYSTEM_LABELS and label not in self.labels:
                raise invalid(f"labelId not found: {label}")
            if label in _FIXED_LABELS:
                raise invalid(f"Invalid label: {label}")
        message.labels = (message.labels | adding) - removing
        if adding:
            self._record("labelsAdded", message, adding)
        if removing:
            self._record("labelsRemoved", message, removing)

    def create_label(self, name: str) -> str:
        """Return the id of a new label of the owner's."""
        if name in self.labels.values() or name.upper() in SYSTEM_LABELS:
            raise invalid("Label name exists or conflicts")
        label_id = f"Label_{len(self.labels) + 1}"
        self.labels[label_id] = name
        return label_id

    def forget_history(self) -> None:
        """Make every history id up to now too old."""
        self.history_id += 1
        self.oldest_history_id = self.history_id
        self.history.clear()

    def stamp(self) -> str:
        """Return a Message-ID as Gmail makes them."""
        digest = hashlib.sha256(f"{self.seed} {self.address} {self._dice.random()}".encode()).digest()
        return f"<CA{base64.b64encode(digest)[:48].decode().replace('/', '_')}@mail.gmail.com>"

    # Inside.

    def _add(self, raw: bytes, labels: set[str], now: datetime, thread_id: str | None) -> Message:
        self._last_id += 1 + self._dice.getrandbits(16)
        message = Message(f"{self._last_id:016x}", thread_id or f"{self._last_id:016x}", raw, now, labels)
        self.messages[message.id] = message
        self._threads.setdefault(message.thread_id, []).append(message.id)
        if message.message_id:
            self._by_message_id[message.message_id] = message.id
        self._record("messagesAdded", message)
        return message

    def _record(self, kind: str, message: Message, changed: Iterable[str] = ()) -> None:
        self.history_id += 1
        message.history_id = self.history_id
        if Quirk.HIDES_FROM_HISTORY in self.quirks and "SENT" in message.labels:
            return
        labels = tuple(sorted(message.labels))
        self.history.append(
            Change(self.history_id, kind, message.id, message.thread_id, labels, tuple(sorted(changed)))
        )

    def _referenced(self, fields: Fields) -> list[Message]:
        ids = (self._by_message_id.get(reference) for reference in raw_mail.references_of(fields))
        return [self.messages[each] for each in ids if each in self.messages]

    def _thread_asked(self, thread_id: str | None, raw: bytes) -> str | None:
        """Return ``thread_id`` if the message may join it: it answers a message there, under the same subject."""
        if not thread_id:
            return None
        fields = raw_mail.fields_of(raw)
        key = raw_mail.subject_key(raw_mail.first(fields, "Subject"))
        joins = any(each.thread_id == thread_id and each.subject_key == key for each in self._referenced(fields))
        return thread_id if joins else None

    def _thread_answered(self, fields: Fields) -> str | None:
        key = raw_mail.subject_key(raw_mail.first(fields, "Subject"))
        return next((each.thread_id for each in self._referenced(fields) if each.subject_key == key), None)
