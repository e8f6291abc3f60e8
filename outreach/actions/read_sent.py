"""Read what the Sent folder holds since a backup: by search and by history, to the end of both."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

import structlog

from outreach.actions.visit_mailbox import Visit
from outreach.app import App
from outreach.edge import Gone, MessageHead, NotDone
from outreach.model import Account
from outreach.queries.known_messages import recorded_as_sent

log = structlog.get_logger(__name__)

_T = TypeVar("_T")
#: Letters that were on their way when the backup was made may bear an earlier time than it.
_MARGIN = timedelta(days=1)
#: Waits between two tries when Google says that we ask too fast; each success begins anew.
_PAUSES = (2.0, 15.0, 60.0, 60.0)
_SHORT = timedelta(minutes=2)


@dataclass(frozen=True)
class Sent:
    """The messages that are not recorded yet, oldest first, and how many there were in all.

    ``complete`` is False where history did not reach back, for search alone may not show the latest yet; and where one
    that was listed could not be read: which letter it was is not known, and another look may tell.
    """

    heads: tuple[MessageHead, ...]
    looked_at: int
    complete: bool


def read_sent(app: App, account: Account, visit: Visit, backup: datetime) -> Sent:
    """Return what Sent holds since the instant of the backup, trash included. Raises EdgeError."""
    by_history = _by_history(app, account, visit)
    ids = dict.fromkeys(by_history or ()) | dict.fromkeys(_by_search(app, visit, backup - _MARGIN))
    known = recorded_as_sent(app, account.id, ids)
    heads = [_head(app, visit, message_id) for message_id in ids if message_id not in known]
    there = [head for head in heads if head is not None]
    sent = sorted((head for head in there if _has_left(head)), key=lambda head: (head.received_at, head.id))
    return Sent(tuple(sent), len(ids), complete=by_history is not None and len(there) == len(heads))


def patiently(app: App, ask: Callable[[], _T]) -> _T:
    """Return what ``ask`` returns, waiting a little where Google says that we ask too fast. Raises EdgeError."""
    for pause in _PAUSES:
        try:
            return ask()
        except NotDone as error:
            if not _is_about_pace(error, app.now()):
                raise
            log.info("asked_too_fast", pause=pause)
        app.clock.sleep(pause)
    return ask()


def _is_about_pace(error: NotDone, now: datetime) -> bool:
    if error.whole_project or error.sending_limit:
        return False
    soon = error.retry_at is not None and error.retry_at <= now + _SHORT
    return soon or "ratelimit" in error.reason.lower().replace("_", "")


def _by_history(app: App, account: Account, visit: Visit) -> list[str] | None:
    """Return the ids of messages sent since the mailbox was last read, None where history does not reach back."""
    if account.history_id is None:
        return None
    since, page, found, mailbox = account.history_id, None, list[str](), visit.mailbox()
    try:
        while True:
            visit.keep()
            part = patiently(app, lambda page=page: mailbox.history(since, page))  # type: ignore[misc]
            found += [message_id for message_id, _, labels in part.added if "SENT" in labels]
            page = part.next_page
            if page is None:
                return found
    except Gone:
        log.info("history_too_old", account=account.id)
        return None


def _by_search(app: App, visit: Visit, since: datetime) -> Iterator[str]:
    page, query, mailbox = None, f"in:sent after:{int(since.timestamp())}", visit.mailbox()
    while True:
        visit.keep()
        found, page = patiently(app, lambda page=page: mailbox.list_messages(query, page))  # type: ignore[misc]
        yield from (message_id for message_id, _ in found)
        if page is None:
            return


def _head(app: App, visit: Visit, message_id: str) -> MessageHead | None:
    visit.keep()
    try:
        return patiently(app, lambda: visit.mailbox().head(message_id))
    except Gone:
        return None  # deleted since it was listed


def _has_left(head: MessageHead) -> bool:
    return "SENT" in head.labels and "DRAFT" not in head.labels
