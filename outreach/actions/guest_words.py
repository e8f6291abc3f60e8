"""What a guest did or wrote on the booking page, stored together with what it brings about."""

from __future__ import annotations

from dataclasses import dataclass

from outreach.model import Contact, Conversation, Meeting
from outreach.rules.for_owner import with_more

LONGEST_NOTE = 1000


@dataclass(frozen=True)
class GuestWords:
    """``what`` is for the owner, in words that follow the guest's name; ``note`` is what the guest wrote."""

    what: str = ""
    note: str = ""

    def keep(self, meeting: Meeting, conversation: Conversation, contact: Contact) -> None:
        """Keep the note with the meeting, and put before the owner what happened without them."""
        if self.note.strip():
            meeting.guest_note = self.note.strip()[:LONGEST_NOTE]
        if self.what:
            conversation.needs_you = with_more(conversation.needs_you, f"{contact.full_name} {self.what}")


#: The owner did it.
NO_GUEST = GuestWords()
