"""One line of the plan: who gets which letter, when, and what keeps it back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from outreach.model import Contact, Letter


@dataclass(frozen=True)
class PlannedLetter:
    """A drafted letter and its place in the plan. ``lacks`` are facts that only a person can add.

    ``obstacles`` keep it back, ``remarks`` are the linter's other findings, ``due_at`` is None until it is planned;
    ``zone`` is the recipient's, None when it is not known (then the account's counts).
    """

    letter_id: str
    contact_id: str
    name: str
    address: str
    organization: str
    zone: str | None
    kind: str
    subject: str
    text: str
    lacks: tuple[str, ...]
    obstacles: tuple[str, ...]
    remarks: tuple[str, ...]
    due_at: datetime | None = None
    why_then: str = ""

    def at(self, due_at: datetime | None, why_then: str) -> PlannedLetter:
        """Return the line with its moment and the reason for it."""
        return replace(self, due_at=due_at, why_then=why_then)


def planned_letter(letter: Letter, contact: Contact, problems: Sequence[str]) -> PlannedLetter:
    """Return the line for a drafted letter; ``problems`` are what keeps it from being approved."""
    return PlannedLetter(
        letter_id=letter.id,
        contact_id=contact.id,
        name=contact.full_name,
        address=letter.to_address,
        organization=contact.organization,
        zone=contact.zone,
        kind=str(letter.kind),
        subject=letter.subject,
        text=letter.body_text,
        lacks=tuple(letter.missing),
        obstacles=tuple(problems),
        remarks=tuple(str(found["message"]) for found in letter.findings if found.get("severity") != "stop"),
    )
