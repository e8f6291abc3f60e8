"""What the last probes of an account found out, and what follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from outreach.app import App
from outreach.database import EVERYBODY
from outreach.model import Account
from outreach.rules.probing import ASKED, from_store, why_not_alone


@dataclass(frozen=True)
class FindingLine:
    """One question and its answer. ``holds`` is whether what we believe was so, None where that stayed open; ``at`` is
    the instant of the answer, ISO 8601."""

    question: str
    asked: str
    holds: bool | None
    said: str
    at: str
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class ProbeFindings:
    """Everything that is known. ``probed_at`` is when all questions were last asked, None for never.

    With ``settles_alone`` letters in doubt are settled by looking; without, their owner is asked, for these reasons.
    """

    address: str
    probed_at: datetime | None
    settles_alone: bool
    why_not_alone: tuple[str, ...]
    findings: tuple[FindingLine, ...]


def probe_findings(app: App, account_id: str) -> ProbeFindings:
    """Return what is stored of the account's probes; nothing found for one that was never probed."""
    with app.database.read(EVERYBODY) as session:
        account = session.get_one(Account, account_id)
    reasons = why_not_alone(account.findings)
    lines = tuple(
        FindingLine(
            question=str(each.question),
            asked=ASKED[each.question],
            holds=each.holds,
            said=each.said,
            at=str(account.findings[each.question].get("at", "")),
            facts=each.facts,
        )
        for each in from_store(account.findings)
    )
    return ProbeFindings(account.address, account.probed_at, not reasons, reasons, lines)
