"""Nouns: the mapped classes. Importing this package loads every table."""

from outreach.model.account import Account, AccountState
from outreach.model.base import AccountOwned, Base
from outreach.model.booking_request import BookingRequest
from outreach.model.clock import ClockRow
from outreach.model.contact import Contact, DoNotContact
from outreach.model.conversation import Conversation, SlotOffer
from outreach.model.host import Host
from outreach.model.inbound import Inbound, is_next
from outreach.model.letter import Letter, has_left_a_draft, is_in_flight
from outreach.model.meeting import NO_OVERLAP, Meeting
from outreach.model.referral import Referral

__all__ = [
    "NO_OVERLAP",
    "Account",
    "AccountOwned",
    "AccountState",
    "Base",
    "BookingRequest",
    "ClockRow",
    "Contact",
    "Conversation",
    "DoNotContact",
    "Host",
    "Inbound",
    "Letter",
    "Meeting",
    "Referral",
    "SlotOffer",
    "has_left_a_draft",
    "is_in_flight",
    "is_next",
]
