"""Look for a letter in the mailbox: in its thread, in history, in Sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.edge import Gone, Mailbox, MessageHead, Refused
from outreach.model import Account, Letter

log = structlog.get_logger(__name__)

#: Letters that were sent so much before the one that is looked for are in the same history, for clocks differ.
_LEEWAY = timedelta(hours=1)


@dataclass(frozen=True)
class Trace:
    """What is known of a letter that may have been sent."""

    letter_id: str
    account_id: str
    to_address: str
    subject: str
    draft_id: str
    thread_id: str | None
    history_before: str | None
    sending_at: datetime
    #: Messages of other letters of the account that were sent since: history shows them too.
    known: frozenset[str]
    #: The consent as it was before Google was asked.
    credentials: bytes | None


def trace_of(session: Session, letter: Letter) -> Trace | None:
    """Return what there is to look for; None where it has no draft, or Sent is compared as a whole first."""
    account = session.get_one(Account, letter.account_id)
    if letter.draft_id is None or account.reconcile_from is not None:
        return None
    return Trace(
        letter_id=letter.id,
        account_id=letter.account_id,
        to_address=letter.to_address,
        subject=letter.subject,
        draft_id=letter.draft_id,
        thread_id=letter.draft_thread_id or letter.reply_to_thread,
        history_before=letter.history_before,
        sending_at=letter.sending_at or letter.created_at,
        known=_known(session, letter),
        credentials=account.credentials,
    )


def look_for(mailbox: Mailbox, trace: Trace, seen: dict[str, MessageHead], keep: Callable[[], None]) -> None:
    """Look until the letter is found or there is nowhere left. Other letters that were sent are put into ``seen`` too.

    They may be in doubt as well: where many are, each look settles some, instead of reading all that the last one
    read. ``keep`` is called for each message, to keep the visit. Raises EdgeError; what was seen until then counts.
    """
    for head in _heads(mailbox, trace):
        keep()
        letter_id = head.headers.get("x-outreach-id", "")
        if letter_id and "SENT" in head.labels:
            seen[letter_id] = head
        if letter_id == trace.letter_id and letter_id in seen:
            return


def _heads(mailbox: Mailbox, trace: Trace) -> Iterator[MessageHead]:
    """Yield what each place shows: first the thread, which is one call and where a sent draft mostly is."""
    if trace.thread_id is not None:
        try:
            yield from mailbox.thread(trace.thread_id)
        except (Gone, Refused) as error:  # asking once more would end likewise, and there are other places
            log.info("thread_not_shown", letter=trace.letter_id, error=error.message)
    if trace.history_before is not None:
        try:
            yield from mailbox.sent_since(trace.history_before, trace.known)
        except (Gone, Refused) as error:
            log.info("history_not_shown", letter=trace.letter_id, error=error.message)
    yield from mailbox.search_sent(trace.to_address, trace.subject, trace.sending_at - timedelta(days=1))


def _known(session: Session, letter: Letter) -> frozenset[str]:
    since = (letter.sending_at or letter.created_at) - _LEEWAY
    sent = select(Letter.gmail_id).where(Letter.account_id == letter.account_id, Letter.sent_at > since)
    return frozenset(gmail_id for gmail_id in session.scalars(sent) if gmail_id)
