"""Letters as a person looks at them: lists, and one with its words, its history and its bytes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.parser import BytesParser

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import undefer

from outreach.app import App
from outreach.errors import NotFound
from outreach.model import Account, Contact, Letter
from outreach.rules.kinds import LetterState

#: On their way or going to be.
QUEUED = frozenset(
    {LetterState.APPROVED, LetterState.SCHEDULED, LetterState.LEASED, LetterState.SENDING, LetterState.UNKNOWN}
)


@dataclass(frozen=True)
class LetterLine:
    """One letter in a list. Instants are aware UTC; ``zone`` is where the recipient's clock stands."""

    id: str
    kind: str
    state: str
    to_name: str
    to_address: str
    organization: str
    subject: str
    zone: str
    due_at: datetime | None
    why_then: str
    deadline_at: datetime | None
    sent_at: datetime | None
    missing: tuple[str, ...]
    obstacles: tuple[str, ...]
    last_error: str


@dataclass(frozen=True)
class LetterView:
    """One letter in full. ``raw`` are the frozen bytes, None for a draft; ``text`` is read from them when there."""

    line: LetterLine
    text: str
    remarks: tuple[str, ...]
    raw: bytes | None
    sha256: str | None
    approved_at: datetime | None
    expires_at: datetime | None
    attempts: int
    thread_id: str | None
    message_id: str | None
    created_at: datetime


def letters(
    app: App, account_id: str, *, states: Collection[LetterState] | None = None, limit: int | None = None
) -> list[LetterLine]:
    """Return letters in the order in which they leave or left, drafts first; only those in ``states`` if given."""
    with app.database.read(account_id) as session:
        query = _query(account_id)
        if states is not None:
            query = query.where(Letter.state.in_(states))
        drafts_first = case((Letter.state == LetterState.DRAFTED, 0), else_=1)
        query = query.order_by(drafts_first, func.coalesce(Letter.sent_at, Letter.due_at, Letter.created_at), Letter.id)
        rows = session.execute(query if limit is None else query.limit(limit))
        return [_line(*row) for row in rows]


def letter_view(app: App, account_id: str, letter_id: str) -> LetterView:
    """Return one letter in full. Raises NotFound."""
    with app.database.read(account_id) as session:
        found = session.execute(
            _query(account_id).where(Letter.id == letter_id).options(undefer(Letter.body_text), undefer(Letter.frozen))
        ).one_or_none()
        if found is None:
            raise NotFound(f"There is no letter {letter_id!r}. `outreach letter list` shows them.")
        letter, zone, organization = found.tuple()
        return LetterView(
            line=_line(letter, zone, organization),
            text=text_of(letter.frozen) if letter.frozen else letter.body_text,
            remarks=tuple(f"{found['message']} [{found.get('severity', '')}]" for found in letter.findings),
            raw=letter.frozen,
            sha256=letter.sha256,
            approved_at=letter.approved_at,
            expires_at=letter.expires_at,
            attempts=letter.attempts,
            thread_id=letter.thread_id,
            message_id=letter.message_id,
            created_at=letter.created_at,
        )


def sent_letters(app: App, account_id: str) -> list[tuple[LetterLine, bytes]]:
    """Return every letter that was sent with its bytes, in the order in which they left; by one statement."""
    query = _query(account_id).where(Letter.state == LetterState.SENT).options(undefer(Letter.frozen))
    with app.database.read(account_id) as session:
        rows = session.execute(query.order_by(Letter.sent_at, Letter.id))
        return [(_line(letter, *more), letter.frozen or b"") for letter, *more in rows]


def text_of(raw: bytes) -> str:
    """Return the plain text of a frozen letter, read back from its bytes."""
    body = BytesParser(policy=policy.default).parsebytes(raw).get_body(("plain",))
    content = body.get_content() if body is not None else ""
    return content if isinstance(content, str) else ""


def _query(account_id: str) -> Select[Letter, str, str]:
    zone = func.coalesce(Contact.zone, Account.zone)
    return (
        select(Letter, zone, func.coalesce(Contact.organization, ""))
        .join(Account, Account.id == Letter.account_id)
        .outerjoin(Contact, Contact.id == Letter.contact_id)
        .where(Letter.account_id == account_id)
    )


def _line(letter: Letter, zone: str, organization: str) -> LetterLine:
    stops = [str(found["message"]) for found in letter.findings if found.get("severity") == "stop"]
    nowhere = [] if letter.to_address else ["has no address"]
    return LetterLine(
        id=letter.id,
        kind=str(letter.kind),
        state=str(letter.state),
        to_name=letter.to_name,
        to_address=letter.to_address,
        organization=organization,
        subject=letter.subject,
        zone=zone,
        due_at=letter.due_at,
        why_then=letter.why_then,
        deadline_at=letter.deadline_at,
        sent_at=letter.sent_at,
        missing=tuple(letter.missing),
        obstacles=(*nowhere, *stops),
        last_error=letter.last_error,
    )
