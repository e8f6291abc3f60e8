"""An inbound message as a value, and what it was understood as."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from outreach.rules.kinds import Answer
from outreach.rules.reply_times import StatedTime


@dataclass(frozen=True, kw_only=True)
class DeliveryField:
    """One recipient of a delivery status notification (RFC 3464): who, what happened, the status code (RFC 3463)."""

    recipient: str
    action: str
    status: str
    diagnostic: str = ""


@dataclass(frozen=True, kw_only=True)
class Inbound:
    """A message that came in, read and bounded.

    ``headers`` maps lower-case names to decoded values (the first of each name); ``text`` is only what was newly
    written, without quotation, signature and "Sent from my phone"; ``commented_by`` is who wrote it, where a help desk
    or a tracker says so by name; ``between`` has the quoted lines right below which
    something was written, with that; ``calendar_parts`` are text/calendar parts as bytes;
    ``delivery`` holds the fields of a delivery report and ``original_headers`` those of the message it is about;
    ``content_type`` is lower-case with ``report_type`` beside it; ``raw_size`` counts bytes.
    """

    from_address: str = ""
    from_name: str = ""
    subject: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    commented_by: str = ""
    full_text: str = ""
    between: tuple[tuple[str, str], ...] = ()
    calendar_parts: tuple[bytes, ...] = ()
    delivery: tuple[DeliveryField, ...] = ()
    original_headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "text/plain"
    report_type: str = ""
    attachments: tuple[str, ...] = ()
    raw_size: int = 0


@dataclass(frozen=True, kw_only=True)
class Understood:
    """What a message was understood as, with the words or headers that say so.

    ``confidence`` runs from 0 to 1. ``names`` are people named with an address, as (name, normalised address), where
    the name may be empty. ``chosen_slot`` is an index into the offered slots; ``returns_on`` the day an absent person
    is back; ``failed_address`` the recipient of a bounce; ``times`` are those that were stated without being offered;
    ``needs_person`` says that somebody should read the message; ``mere_yes`` that it holds a yes and nothing else: no
    question, no time, no name.
    """

    answer: Answer
    confidence: float
    evidence: tuple[str, ...] = ()
    names: tuple[tuple[str, str], ...] = ()
    chosen_slot: int | None = None
    returns_on: date | None = None
    times: tuple[StatedTime, ...] = ()
    failed_address: str | None = None
    needs_person: bool = False
    mere_yes: bool = False
