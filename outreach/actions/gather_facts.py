"""Turns rows into the flat facts that templates read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from outreach.letters.render import FactValue
from outreach.model import Account, Contact, Meeting
from outreach.rules.instants import Span
from outreach.rules.kinds import PlaceKind, Source
from outreach.rules.people_names import salutation_of
from outreach.rules.whereabouts import Whereabouts
from outreach.rules.zones import say_span
from outreach.settings import Settings

Facts = dict[str, FactValue]

#: How a letter speaks of the field when its sender has named none (me.field).
ANY_FIELD = "your line of work"

_MEET_HOW = {
    PlaceKind.OFFICE: "at your office",
    PlaceKind.PHONE: "by phone",
    PlaceKind.VIDEO: "by video call",
}
_SOURCE_PHRASE = {
    Source.ALUMNI: "through our alumni directory",
    Source.ASSOCIATION: "through the association we both belong to",
    Source.COLLEAGUE: "through a colleague",
    Source.FRIEND: "through a friend",
    Source.FOUND: "while reading about your field",
}
_SHARED = {
    Source.ALUMNI: "We went to the same university",
    Source.ASSOCIATION: "We belong to the same association",
    Source.COLLEAGUE: "We have a colleague in common",
    Source.FRIEND: "We have a friend in common",
}


def sender_facts(settings: Settings, account: Account) -> Facts:
    """Return the facts about who writes."""
    name = settings.me.name or account.name
    return {
        "sender_name": name or None,
        "sender_first_name": name.split()[0] if name.split() else None,
        "sender_background": settings.me.background or "I am working out which kind of work to go into next",
        "sender_phone": settings.me.phone or None,
        "field": settings.me.field or None,
        "footer": settings.me.footer or None,
    }


def contact_facts(contact: Contact, *, referrer_name: str | None = None) -> Facts:
    """Return the facts about who is written to; ``referrer_name`` only where the name may be used."""
    return {
        "first_name": contact.first_name or None,
        "last_name": contact.last_name or None,
        "full_name": contact.full_name,
        "salutation_name": salutation_of(contact.first_name, contact.last_name) or None,
        "organization": contact.organization or None,
        "title": contact.title or None,
        "why_you": contact.why_you.strip() or None,
        "source_phrase": _SOURCE_PHRASE.get(contact.source or Source.FOUND, "through somebody you know"),
        "shared_background": _SHARED.get(contact.source) if contact.source else None,
        "referrer_name": referrer_name,
        "local": contact.local,
        "city": contact.city or None,
        "meet_how": _MEET_HOW[place_for(contact)] if contact.local else "by phone or video",
    }


def place_for(contact: Contact) -> PlaceKind:
    """Return where to propose to meet: at their place of work when local, by phone when not."""
    return PlaceKind.OFFICE if contact.local else PlaceKind.PHONE


def place_phrase(kind: PlaceKind) -> str:
    """Return how two people meet, as it stands in a sentence: "at your office", "by phone", "by video call"."""
    return _MEET_HOW[kind]


def field_of(facts: Mapping[str, FactValue]) -> str:
    """Return the field that a letter names: the sender's own, or else the recipient's, in words that fit anybody.

    A title would not do: "the work of a VP, Sales | speaker" is what people really write into that column.
    """
    own = facts.get("field")
    return own if isinstance(own, str) and own else ANY_FIELD


def meeting_facts(meeting: Meeting, contact: Contact, account: Account, settings: Settings) -> Facts:
    """Return the facts about a meeting, its time in the contact's zone with the zone named."""
    minutes = int((meeting.ends_at - meeting.starts_at).total_seconds() // 60)
    whereabouts = settings.whereabouts(account.zone)
    return {
        "meeting_when": when(meeting.starts_at, meeting.ends_at, meeting.zone, whereabouts),
        "meeting_minutes": minutes,
        "meeting_place": meeting.place or None,
        "meeting_phone": contact.phone or None,
        "meet_how": _MEET_HOW[meeting.place_kind],
        "local": meeting.place_kind is PlaceKind.OFFICE,
        "call_me": settings.number_to_call(meeting.place_kind, meeting.place) or None,
        "google_invites": meeting.invite_channel == "google" or None,
    }


def when(start: datetime, end: datetime, zone_name: str, host: Whereabouts) -> str:
    """Return a span of time in words, in one zone and, where it differs, in the one where the host is then."""
    also = host.zone_at(start)
    return say_span(Span(start, end), zone_name, also=also if also != zone_name else None)
