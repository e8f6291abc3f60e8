"""Names of a meeting that Google's calendar and our letters share."""

from __future__ import annotations

import base64
import hashlib
import re

#: Google gives an inserted event the iCalendar UID ``<id>@google.com``. Choosing the id, we know the UID beforehand.
GOOGLE_UID_DOMAIN = "google.com"
_OURS = re.compile(r"[0-9a-v]{52}")


def event_id(seed: str) -> str:
    """Return the Google Calendar event id for a seed: 52 characters of base32hex (RFC 4648), lower case.

    The same seed always gives the same id, so that inserting an event twice cannot double it.
    """
    digest = hashlib.sha256(seed.encode("utf-8", "surrogatepass")).digest()
    return base64.b32hexencode(digest).decode("ascii").rstrip("=").lower()


def is_ours(event_id: str) -> bool:
    """Return whether an event's id has the form of those that ``event_id`` gives; Google's own are shorter."""
    return _OURS.fullmatch(event_id) is not None


def uid_of(event_id: str) -> str:
    """Return the iCalendar UID (RFC 5545) that Google gives to the event with this id."""
    return f"{event_id}@{GOOGLE_UID_DOMAIN}"
