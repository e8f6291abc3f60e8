"""Words the letters that go with a meeting, outside of any transaction; the verbs store them with the meeting."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from outreach.actions.approve_letters import sending_window
from outreach.actions.booking_link import booking_link
from outreach.actions.describe_meeting import awaits_link, invitation_of
from outreach.actions.gather_facts import Facts, contact_facts, field_of, meeting_facts, sender_facts
from outreach.actions.prepare_letter import Attached, freeze, obstacles, prepare
from outreach.app import App
from outreach.calendar.invitation import cancel, lint, request
from outreach.errors import BadInput
from outreach.model import Account, Contact, Conversation, Letter, Meeting
from outreach.rules.deadlines import DEADLINE, MARGIN, SHORT_DUE, polite_moment, reminder_moment
from outreach.rules.kinds import LetterKind
from outreach.rules.threads import Thread
from outreach.settings import Settings

#: A reminder that would come so soon after the booking is left away.
TOO_NEAR = timedelta(hours=4)
#: So long an invitation waits for the link that Google makes; then it leaves without.
LINK_WITHIN = timedelta(minutes=10)


@dataclass(frozen=True)
class MeetingCase:
    """A meeting and all that its letters are made from."""

    account: Account
    contact: Contact
    conversation: Conversation
    meeting: Meeting
    settings: Settings
    thread: Thread | None
    #: Whether its letters are worded anew because the video link has become known.
    linked: bool = False

    @property
    def recipient_zone(self) -> str:
        """Return the zone that the contact's clock keeps, as far as is known."""
        return self.contact.zone or self.account.zone

    def facts(self) -> Facts:
        """Return the facts for letters to the contact about this meeting."""
        facts = sender_facts(self.settings, self.account) | contact_facts(self.contact)
        facts |= meeting_facts(self.meeting, self.contact, self.account, self.settings)
        facts["field"] = field_of(facts)
        return facts


def invitation_letter(app: App, case: MeetingCase, kind: LetterKind) -> Letter:
    """Return the letter that carries the invitation (or its update, or CANCEL), frozen and due at once.

    Where Google Calendar sends the invitation, it carries none; where Google makes the video link, it waits for that.
    """
    letter = _worded(app, case, kind, _step(case, kind))
    attached = _attached(app, case, kind) if case.meeting.invite_channel == "mail" else None
    due, why = app.now(), "at once: the time is agreed"
    if kind is LetterKind.MEETING_CANCELLED:
        why = "at once: the time is free again"
    elif awaits_link(case.meeting, case.settings):
        due, why = due + LINK_WITHIN, "as soon as there is a video link, in ten minutes at the latest"
    freeze(app, case.account, letter, due_at=due, why_then=why, parent=case.thread, attached=attached)
    return letter


def _step(case: MeetingCase, kind: LetterKind) -> str:
    return f"{kind}:{case.meeting.id}:{case.meeting.sequence}{':linked' if case.linked else ''}"


def _attached(app: App, case: MeetingCase, kind: LetterKind) -> Attached:
    """Return the invitation as every calendar can read it. Raises BadInput where it cannot be made so."""
    invitation = invitation_of(case.meeting, case.contact, case.account, case.settings, app.now())
    method = "CANCEL" if kind is LetterKind.MEETING_CANCELLED else "REQUEST"
    calendar = cancel(invitation) if method == "CANCEL" else request(invitation)
    if problems := lint(calendar, method):
        raise BadInput("The invitation would not be one that every calendar can read.", problems=problems)
    return Attached(calendar, method)


def reminder(app: App, case: MeetingCase) -> Letter | None:
    """Return the letter of the day before, frozen; None when there is no good moment left for one."""
    start = case.meeting.starts_at
    due = reminder_moment(start, case.recipient_zone, sending_window(case.settings))
    nearest = app.now() if case.linked else app.now() + TOO_NEAR  # a waiting one that is worded anew is not too near
    if due < nearest or not case.settings.scheduling.reminders:
        return None
    letter = _worded(app, case, LetterKind.REMINDER, _step(case, LetterKind.REMINDER))
    freeze(
        app,
        case.account,
        letter,
        due_at=due,
        why_then="on their last working day before the meeting",
        parent=case.thread,
    )
    letter.expires_at = start
    return letter


def standing_thank_you(app: App, case: MeetingCase, turn: int) -> Letter:
    """Return the thank-you that is there from the moment of booking on, with its deadline.

    It is the short one, approved now and due 22 hours after the end; where the settings say ``hold``, a draft of the
    full one, which waits for topics.
    """
    hold = case.settings.thank_you.without_topics == "hold"
    kind = LetterKind.THANK_YOU if hold else LetterKind.THANK_YOU_SHORT
    letter = _worded(app, case, kind, f"thank_you:{case.meeting.id}:{turn}")
    if hold:
        letter.deadline_at = case.meeting.ends_at + DEADLINE
        letter.why_then = "waits for what you talked about"
    else:
        freeze_short_thank_you(app, case, letter)
    return letter


def freeze_short_thank_you(app: App, case: MeetingCase, letter: Letter) -> None:
    """Freeze the short thank-you for the meeting's present end."""
    end = case.meeting.ends_at
    freeze(
        app,
        case.account,
        letter,
        due_at=max(end + SHORT_DUE, app.now()),
        why_then="22 hours after the end, unless you say before what you talked about",
        deadline_at=end + DEADLINE,
        parent=case.thread,
    )


def polite_time(app: App, case: MeetingCase) -> tuple[datetime, str]:
    """Return when a thank-you whose topics are known goes best, and why then."""
    earliest = max(app.now(), case.meeting.ends_at)
    deadline = case.meeting.ends_at + DEADLINE
    due = polite_moment(earliest, case.recipient_zone, sending_window(case.settings), deadline, MARGIN)
    if due > earliest:
        return due, "their next polite moment before the 24 hours are over"
    return due, "at once: within 24 hours of the end" if due <= deadline else "at once: it is late"


def full_thank_you(
    app: App,
    case: MeetingCase,
    turn: int,
    *,
    topics: tuple[str, ...],
    names: tuple[str, ...],
) -> Letter:
    """Return the thank-you that names what was talked about, frozen. Raises BadInput saying what keeps it back."""
    letter = _worded(app, case, LetterKind.THANK_YOU, f"thank_you:{case.meeting.id}:{turn}", topics, names)
    deadline = case.meeting.ends_at + DEADLINE
    due_at, why = polite_time(app, case)
    freeze(app, case.account, letter, due_at=due_at, why_then=why, deadline_at=deadline, parent=case.thread)
    return letter


def _worded(
    app: App,
    case: MeetingCase,
    kind: LetterKind,
    step: str,
    topics: tuple[str, ...] = (),
    names: tuple[str, ...] = (),
) -> Letter:
    letter = prepare(
        app,
        case.account,
        case.contact,
        kind,
        step=step,
        facts=case.facts()
        | {"booking_link": booking_link(app, case.conversation.id) or None}
        | {"topics": topics or None, "names_given": names or None},
        conversation_id=case.conversation.id,
        meeting_id=case.meeting.id,
        parent=case.thread,
    )
    letter.meeting_sequence = case.meeting.sequence
    problems = [each for each in obstacles(letter) if kind is not LetterKind.THANK_YOU or topics]
    if problems:
        raise BadInput(f"The letter to {letter.to_name} ({kind.replace('_', ' ')}) is not ready.", problems=problems)
    return letter
