"""The facts that a letter template may read: the whole catalogue, flat, described once.

Docs and ``outreach doctor`` print it, and a template that reads anything else is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class Fact(NamedTuple):
    """What a fact holds, and whether the bundled letters can do without it."""

    description: str
    optional: bool


def _needed(description: str) -> Fact:
    return Fact(description, optional=False)


def _optional(description: str) -> Fact:
    return Fact(description, optional=True)


FACTS: Mapping[str, Fact] = MappingProxyType(
    {
        # Who writes.
        "sender_name": _needed("your full name, as it stands under the letter"),
        "sender_first_name": _optional("your first name"),
        "sender_background": _needed(
            'who you are in one sentence, such as "I am in my second year of a geography degree"'
        ),
        "sender_phone": _optional("your phone number, shown under the letter"),
        "footer": _optional("an identity line under the letter, such as a postal address; may have several lines"),
        "field": _needed('the line of work that you explore, such as "urban planning"'),
        "purpose": _optional('why you explore it, in one sentence, such as "I have to choose a track by June"'),
        # Who is written to.
        "first_name": _optional("the recipient's first name"),
        "last_name": _optional("the recipient's last name"),
        "full_name": _optional("the recipient's full name"),
        "salutation_name": _needed('what follows "Dear", such as "Maria" or "Dr Okafor"'),
        "organization": _optional("where the recipient works"),
        "title": _optional("what the recipient is called at work"),
        "city": _optional("where the recipient works, the town"),
        "local": _optional("true when you can come to the recipient's place of work"),
        "why_you": _needed("a sentence that only this person could get: why you write to them of all people"),
        "source_phrase": _needed('how you learned the name, as in "through our alumni directory"'),
        "referrer_name": _optional("who gave you the name; present only when that person may be named"),
        "shared_background": _optional('what you two share, as a sentence: "We both studied geography in Leeds"'),
        # The meeting.
        "meet_how": _optional('how you would meet: "at your office", "by phone", "by phone or video"'),
        "slots": _needed("the times that you offer, each formatted, with its zone"),
        "slot_links": _optional("for each of the times that you offer the link that books it"),
        "booking_link": _optional(
            "where the recipient can choose a time, move or cancel it; without a booking page none"
        ),
        "clashed_when": _optional("when you were to meet before your calendar turned out to be taken, formatted"),
        "declined_when": _optional("when you were to meet before they declined, formatted, with its zone"),
        "meeting_when": _needed("when you meet, formatted, with its zone"),
        "meeting_minutes": _optional("how long the meeting takes, in minutes"),
        "meeting_place": _optional("where you meet: an address, a room or a link"),
        "meeting_phone": _optional("the recipient's number, for a meeting by phone"),
        "call_me": _optional("your number, where it is the recipient who calls"),
        "google_invites": _optional("true when Google Calendar sends the invitation, so that none is attached"),
        # What came before.
        "original_subject": _needed("the subject of the first letter"),
        "follow_up_number": _needed("1 for the first reminder to somebody who has not answered, 2 for the second"),
        "topics": _needed("one or two things that you talked about, each as it would follow the word about"),
        "names_given": _optional("the people whom the recipient named to you"),
        "person_name": _needed("whom the letter is about: the person introduced to you, or the one you met"),
        "outcome": _needed('what came of an introduction: "met" or "declined"'),
        "what_came": _optional("what came of it, in one sentence"),
        # Letters to oneself.
        "command": _needed("the exact command to type"),
        "after_link": _optional("the page on which you say how the meeting went; without pages none"),
        "deadline_when": _optional("when the thank-you has to be out, formatted, with its zone"),
        # Wording.
        "variant": _optional("a whole number made from the letter's id, which chooses among wordings"),
    }
)
