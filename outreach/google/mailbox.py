"""One account's Gmail mailbox."""

from __future__ import annotations

import base64
import json
import re
import secrets
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from googleapiclient.http import MediaInMemoryUpload

from outreach.edge import DraftRef, Gone, HistoryPage, MessageHead, NotDone, Profile, Refused, SentRef
from outreach.google.api import GmailApi
from outreach.google.line import Line, named

_Json = Mapping[str, Any]
#: Above so many bytes a message is uploaded as it is instead of in JSON.
LARGEST_IN_JSON = 5_000_000
#: What Gmail's upload takes (discovery document: maxSize).
LARGEST_UPLOAD = 36_700_160
_PAGE = 500
#: More pages than this are taken for a loop.
_MOST_PAGES = 1000
#: An orphan draft is young, and drafts are listed newest first; each look costs 20 quota units.
_MOST_DRAFTS = 100
_MOST_FOUND = 50
#: Google's clock and this computer's may be so far apart.
_CLOCKS_DIFFER = timedelta(days=1)
#: google-api-python-client turns a GET with a longer address into a POST.
_LONGEST_QUOTED = 1000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class GmailMailbox:
    """Implements ``edge.Mailbox``."""

    def __init__(self, api: GmailApi, line: Line) -> None:
        self._api = api
        self._line = line

    @property
    def units(self) -> int:
        """Return the quota units that all calls so far have cost."""
        return self._line.units

    @property
    def answered_at(self) -> datetime | None:
        """Return what Google's clock showed at its last answer, None where it did not say."""
        return self._line.answered_at

    def profile(self) -> Profile:
        """Return address and present history id."""
        return self._line.ask(
            self._api.users.getProfile(userId="me"),
            lambda answer: Profile(address=_text(answer["emailAddress"]), history_id=_text(answer["historyId"])),
        )

    def display_name(self) -> str:
        """Return the name of the address that mail leaves from by default, or an empty string."""
        return self._line.ask(self._api.send_as.list(userId="me"), _default_name)

    # Drafts.

    def create_draft(self, raw: bytes, thread_id: str | None) -> DraftRef:
        """Store ``raw`` (RFC 5322) as a draft, in a thread if given and still there."""
        try:
            return self._line.ask(self._creation(raw, thread_id), _draft)
        except Gone:
            if not thread_id:
                raise
            # Its owner deleted the thread: References still thread it on the other side.
            return self._line.ask(self._creation(raw, None), _draft)

    def _creation(self, raw: bytes, thread_id: str | None) -> Any:
        message: dict[str, str] = {"threadId": thread_id} if thread_id else {}
        if len(raw) > LARGEST_UPLOAD:
            raise Refused(f"A message of {len(raw)} bytes is larger than Gmail takes.", reason="uploadTooLarge")
        if len(raw) > LARGEST_IN_JSON:
            return self._upload({"message": message}, raw)
        message["raw"] = base64.urlsafe_b64encode(raw).decode("ascii")
        return self._api.drafts.create(userId="me", body={"message": message})

    def _upload(self, body: _Json, raw: bytes) -> Any:
        # google-api-python-client puts address and headers together; its own multipart body cannot hold 8-bit letters.
        empty = MediaInMemoryUpload(b"", mimetype="message/rfc822", resumable=False)
        request = self._api.drafts.create(userId="me", body=body, media_body=empty)
        boundary = f"outreach-{secrets.token_hex(16)}"
        request.headers["content-type"] = f'multipart/related; boundary="{boundary}"'
        request.body = (
            (
                f"--{boundary}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n{json.dumps(body)}\r\n"
                f"--{boundary}\r\nContent-Type: message/rfc822\r\n\r\n"
            ).encode()
            + raw
            + f"\r\n--{boundary}--\r\n".encode()
        )
        request.body_size = len(request.body)
        return request

    def draft_exists(self, draft_id: str) -> bool:
        """Return whether the draft is still there, that is, not consumed by sending nor deleted."""
        try:
            request = self._api.drafts.get(userId="me", id=named(draft_id), format="minimal")
            return self._line.ask(request, lambda answer: bool(answer["id"]))
        except Gone:
            return False

    def find_drafts(self, letter_id: str, since: datetime) -> list[DraftRef]:
        """Return drafts whose X-Outreach-Id is ``letter_id``, newest first, of the hundred newest made ``since``."""
        found = []
        for draft_id in self._newest_drafts():
            try:
                request = self._api.drafts.get(userId="me", id=named(draft_id), format="metadata")
                draft, headers, made_at = self._line.ask(request, _draft_and_headers)
            except Gone:
                continue  # sent or deleted since it was listed
            if made_at is not None and made_at < since - _CLOCKS_DIFFER:
                break  # and so were all that follow
            if headers.get("x-outreach-id") == letter_id:
                found.append(draft)
        return found

    def _newest_drafts(self) -> Iterator[str]:
        left, page = _MOST_DRAFTS, None
        for _ in range(_MOST_DRAFTS):
            request = self._api.drafts.list(userId="me", maxResults=left, pageToken=page)
            ids, page = self._line.ask(
                request, lambda answer: ([_text(each["id"]) for each in answer.get("drafts", [])], _next(answer))
            )
            yield from ids[:left]
            left -= len(ids)
            if page is None or left <= 0:
                return

    def delete_draft(self, draft_id: str) -> bool:
        """Delete a draft. Return whether it was there; one that is already gone is fine."""
        try:
            self._line.ask(self._api.drafts.delete(userId="me", id=named(draft_id)), lambda _: None)
        except Gone:
            return False
        return True

    def send_draft(self, draft_id: str) -> SentRef:
        """Send the draft with one POST. Raises Gone when it is not there, Unsure when its fate is not known."""
        request = self._api.drafts.send(userId="me", body={"id": named(draft_id)})
        return self._line.ask_once(request, lambda answer: SentRef(_text(answer["id"]), _text(answer["threadId"])))

    # Looking for what was sent.

    def sent_since(self, history_id: str, known: Collection[str] = ()) -> Iterator[MessageHead]:
        """Yield messages labelled SENT that history shows since ``history_id``, but ``known`` ones. Raises Gone."""
        ids: dict[str, None] = {}
        for found in self._pages(lambda page: self._history(history_id, page, labelId="SENT")):
            ids |= dict.fromkeys(message_id for message_id, _, _ in found.added if message_id not in known)
        yield from self._heads(ids)

    def search_sent(self, to: str, subject: str, after: datetime) -> list[MessageHead]:
        """Return sent messages that Gmail's search finds, trash included, newest first; fifty at most."""
        query = f'in:sent to:"{_quotable(to)}" subject:"{_quotable(subject)}" after:{int(after.timestamp())}'
        return list(self._heads(dict.fromkeys(each for each, _ in self._list(query, None, _MOST_FOUND)[0])))

    def _heads(self, ids: Mapping[str, None]) -> Iterator[MessageHead]:
        for message_id in ids:
            try:
                yield self.head(message_id)
            except Gone:
                continue  # deleted since it was listed

    # Reading.

    def thread(self, thread_id: str) -> list[MessageHead]:
        """Return the messages of a thread, oldest first. Raises Gone."""
        request = self._api.threads.get(userId="me", id=named(thread_id), format="metadata")
        heads = self._line.ask(request, lambda answer: [_head(each) for each in answer.get("messages", [])])
        return sorted(heads, key=lambda head: head.received_at)

    def head(self, message_id: str) -> MessageHead:
        """Return one message's headers, all of them, and labels. Raises Gone."""
        return self._line.ask(self._api.messages.get(userId="me", id=named(message_id), format="metadata"), _head)

    def raw(self, message_id: str) -> bytes:
        """Return one message, RFC 5322 bytes. Raises Gone."""
        request = self._api.messages.get(userId="me", id=named(message_id), format="raw")
        return self._line.ask(request, lambda answer: _from_base64url(answer["raw"]))

    def history(self, since: str, page: str | None = None) -> HistoryPage:
        """Return one page of what was added since. Raises Gone when ``since`` is too old: then sync in full."""
        return self._history(since, page)

    def _history(self, since: str, page: str | None, **more: str) -> HistoryPage:
        request = self._api.history.list(
            userId="me", startHistoryId=since, historyTypes=["messageAdded"], maxResults=_PAGE, pageToken=page, **more
        )
        return self._line.ask(request, lambda answer: _history_page(answer, since))

    def list_messages(self, query: str, page: str | None = None) -> tuple[list[tuple[str, str]], str | None]:
        """Return ``(message id, thread id)`` pairs matching a Gmail search, spam included, and the next page."""
        return self._list(query, page, _PAGE)

    def _list(self, query: str, page: str | None, most: int) -> tuple[list[tuple[str, str]], str | None]:
        request = self._api.messages.list(userId="me", q=query, includeSpamTrash=True, maxResults=most, pageToken=page)
        return self._line.ask(
            request,
            lambda answer: (
                [(_text(each["id"]), str(each.get("threadId", ""))) for each in answer.get("messages", [])],
                _next(answer),
            ),
        )

    def _pages(self, ask: Callable[[str | None], HistoryPage]) -> Iterator[HistoryPage]:
        page = None
        for _ in range(_MOST_PAGES):
            found = ask(page)
            yield found
            page = found.next_page
            if page is None:
                return
        raise NotDone("Gmail's history does not come to an end.")


# Reading Google's JSON. What has another shape raises KeyError, TypeError, ValueError: ``Line`` knows what that means.


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(f"{str(value)[:50]!r} is no id")
    return value


def _next(answer: _Json) -> str | None:
    token = answer.get("nextPageToken")
    return str(token) if token else None


def _default_name(answer: _Json) -> str:
    listed = answer.get("sendAs", [])
    chosen = sorted(listed, key=lambda each: (not each.get("isDefault"), not each.get("isPrimary")))
    return " ".join(str(chosen[0].get("displayName") or "").split()) if chosen else ""


def _draft(answer: _Json) -> DraftRef:
    message = answer["message"]
    return DraftRef(_text(answer["id"]), _text(message["id"]), str(message.get("threadId", "")))


def _draft_and_headers(answer: _Json) -> tuple[DraftRef, dict[str, str], datetime | None]:
    message = answer["message"]
    return _draft(answer), headers_of(message), _received_at(message) if "internalDate" in message else None


def _head(message: _Json) -> MessageHead:
    return MessageHead(
        id=_text(message["id"]),
        thread_id=str(message.get("threadId", "")),
        labels=frozenset(map(str, message.get("labelIds", []))),
        received_at=_received_at(message),
        headers=headers_of(message),
    )


def _received_at(message: _Json) -> datetime:
    return _EPOCH + timedelta(milliseconds=int(message["internalDate"]))


def headers_of(message: _Json) -> dict[str, str]:
    """Return a message's headers by lower-case name, the first of each."""
    headers: dict[str, str] = {}
    for each in message.get("payload", {}).get("headers", []):
        headers.setdefault(str(each["name"]).lower(), str(each.get("value", "")))
    return headers


def _history_page(answer: _Json, since: str) -> HistoryPage:
    added = [
        (_text(message["id"]), str(message.get("threadId", "")), frozenset(map(str, message.get("labelIds", []))))
        for record in answer.get("history", [])
        for message in (each["message"] for each in record.get("messagesAdded", []))
    ]
    return HistoryPage(added=tuple(added), history_id=str(answer.get("historyId") or since), next_page=_next(answer))


def _from_base64url(text: str) -> bytes:
    plain = text.rstrip("=").replace("-", "+").replace("_", "/")
    return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)


def _quotable(text: str) -> str:
    """Return words that can stand in quotes in a Gmail search: no quotes nor line ends; whole words, not too many."""
    words: list[str] = []
    length = 0
    for word in re.sub(r'["\\\x00-\x1f\x7f-\x9f]', " ", text).split():
        length += len(quote(word, errors="replace")) + 1
        if length > _LONGEST_QUOTED:
            break
        words.append(word)
    return " ".join(words)
