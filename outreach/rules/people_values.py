"""One person of a people file, and a remark on a row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from outreach.rules.kinds import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One person of the file. ``line`` is the physical line (from 1) where the row begins; texts are trimmed.

    ``email`` is normalised or None (most of a LinkedIn export); ``zone`` is an IANA name and ``zone_source`` says where
    it came from: "file", "phone" or "city". ``local``: meet at the place of work (True) or by phone or video (False).
    """

    line: int
    first_name: str = ""
    last_name: str = ""
    email: str | None = None
    organization: str | None = None
    title: str | None = None
    phone: str | None = None
    zone: str | None = None
    zone_source: str | None = None
    city: str | None = None
    source: Source | None = None
    referred_by: str | None = None
    why_you: str | None = None
    local: bool | None = None
    notes: str | None = None
    linkedin_url: str | None = None
    connected_on: date | None = None

    @property
    def name(self) -> str:
        """First and last name, or what there is of them."""
        return f"{self.first_name} {self.last_name}".strip()


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row left out, or a remark on a row that was kept: the line, the reason, an excerpt of the text."""

    line: int
    reason: str
    text: str
