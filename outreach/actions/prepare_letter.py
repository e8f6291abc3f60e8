"""Writes a letter without touching the database: render, lint, freeze.

Rendering never happens inside a transaction; the rows that come out are added by the verb that wanted them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from outreach.app import App
from outreach.errors import BadInput
from outreach.letters.compose import Envelope, compose
from outreach.letters.render import FactValue, MissingFacts
from outreach.model import Account, Contact, Letter
from outreach.model.base import new_id
from outreach.rules.kinds import TO_ONESELF, LetterKind, LetterState
from outreach.rules.priorities import ORDINARY, priority_of
from outreach.rules.threads import Thread
from outreach.rules.wording import Draft, lint

#: As much of a name as a letter's column holds: a first and a last name may each be half as long, and a space.
_NAME_LENGTH = 200


@dataclass(frozen=True)
class Attached:
    """An invitation that travels with a letter."""

    calendar: bytes
    method: str


def prepare(
    app: App,
    account: Account,
    contact: Contact | None,
    kind: LetterKind,
    *,
    step: str,
    facts: Mapping[str, FactValue],
    conversation_id: str | None = None,
    meeting_id: str | None = None,
    parent: Thread | None = None,
) -> Letter:
    """Return a drafted letter, not yet in the database. Facts that are missing are listed on it, all at once.

    ``step`` makes the dedupe key together with contact and conversation. ``contact`` None writes to the owner.
    """
    letter_id = new_id()
    letter = Letter(
        id=letter_id,
        account_id=account.id,
        contact_id=contact.id if contact else None,
        conversation_id=conversation_id,
        meeting_id=meeting_id,
        kind=kind,
        dedupe_key="/".join((contact.id if contact else "me", conversation_id or "-", step)),
        state=LetterState.DRAFTED,
        priority=priority_of(kind),
        created_at=app.now(),
        recoveries=0,
        attempts=0,
        looks=0,
    )
    address_to(letter, contact or account)
    letter.facts = {name: value for name, value in facts.items() if value is not None}
    letter.facts["variant"] = int(letter_id[:4], 16)
    word(app, letter, parent)
    return letter


def address_to(letter: Letter, whom: Contact | Account) -> None:
    """Write name and present address of ``whom`` on the letter."""
    name, address = (whom.full_name, whom.email) if isinstance(whom, Contact) else (whom.name, whom.address)
    letter.to_name, letter.to_address = name[:_NAME_LENGTH], address or ""


def word(app: App, letter: Letter, parent: Thread | None = None) -> None:
    """Render and lint ``letter`` from its facts; what is missing is noted on it."""
    letter.missing, letter.findings, letter.last_error = [], [], ""
    facts = {name: tuple(value) if isinstance(value, list) else value for name, value in letter.facts.items()}
    try:
        rendered = app.renderer.render(letter.kind, facts)
    except MissingFacts as error:
        letter.missing = list(error.names)
        letter.subject, letter.body_text, letter.body_html = "", "", ""
        return
    letter.subject = rendered.subject
    if parent is not None and letter.kind not in TO_ONESELF:
        letter.subject = answering(parent.subject)
        letter.reply_to_thread = parent.thread_id
    letter.body_text, letter.body_html = rendered.text, rendered.html
    draft = Draft(letter.kind, letter.subject, rendered.text, rendered.html, facts)
    letter.findings = [asdict(finding) for finding in lint(draft)]


def answering(subject: str) -> str:
    """Return the subject with one "Re: " before it; Gmail threads on an equal subject only."""
    return subject if subject[:3].lower() == "re:" else f"Re: {subject}"


def obstacles(letter: Letter) -> list[str]:
    """Return what keeps a letter from being approved, in words; empty when nothing does."""
    stops = [finding["message"] for finding in letter.findings if finding["severity"] == "stop"]
    lacks = [f"lacks {', '.join(letter.missing)}"] if letter.missing else []
    no_address = [] if letter.to_address else ["has no address"]
    return lacks + no_address + stops


def freeze(
    app: App,
    account: Account,
    letter: Letter,
    *,
    due_at: datetime,
    why_then: str,
    deadline_at: datetime | None = None,
    parent: Thread | None = None,
    attached: Attached | None = None,
) -> None:
    """Approve ``letter``: compose its bytes once and schedule them. Raises BadInput for one with obstacles."""
    if problems := obstacles(letter):
        raise BadInput(f"The letter to {letter.to_name} cannot be approved yet.", problems=problems)
    now, settings = app.now(), app.settings_for(account)
    undo = timedelta(seconds=settings.sending.undo_seconds)
    _freeze_bytes(app, account, letter, due_at, parent, attached)
    letter.state = LetterState.SCHEDULED
    letter.approved_at = now
    letter.due_at = due_at if letter.priority < ORDINARY else max(due_at, now + undo)
    letter.deadline_at = deadline_at
    letter.why_then = why_then[:300]
    letter.expires_at = letter.due_at + timedelta(days=settings.sending.expire_days)


def readdress(app: App, account: Account, letter: Letter, contact: Contact, parent: Thread | None) -> None:
    """Freeze the words of a letter that surely was not sent anew, to the contact's present address.

    When it leaves stays as it is. Drafts made of the old bytes are forgotten; the next delivery sweeps them.
    """
    address_to(letter, contact)
    _freeze_bytes(app, account, letter, letter.due_at or app.now(), parent, None)
    letter.draft_id = letter.draft_thread_id = letter.history_before = letter.sending_at = None


def _freeze_bytes(
    app: App, account: Account, letter: Letter, date: datetime, parent: Thread | None, attached: Attached | None
) -> None:
    sender_name = app.settings_for(account).me.name or account.name
    letter.frozen = compose(_envelope(sender_name, account, letter, date, parent, attached))
    letter.sha256 = hashlib.sha256(letter.frozen).hexdigest()


def _envelope(
    sender_name: str,
    account: Account,
    letter: Letter,
    date: datetime,
    parent: Thread | None,
    attached: Attached | None,
) -> Envelope:
    return Envelope(
        letter_id=letter.id,
        sender_name=sender_name,
        sender_address=account.address,
        to_name=letter.to_name,
        to_address=letter.to_address,
        subject=letter.subject,
        text=letter.body_text,
        html=letter.body_html,
        date=date,
        in_reply_to=parent.message_ids[-1] if parent and parent.message_ids else None,
        references=parent.message_ids if parent else (),
        calendar=attached.calendar if attached else None,
        calendar_method=attached.method if attached else None,
    )
