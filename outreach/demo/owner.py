"""The account's owner in the play: does once an hour what a person would do with the product at hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from outreach.actions.approve_letters import approve_letters
from outreach.actions.draft_letters import draft_letters
from outreach.actions.edit_contact import edit_contact
from outreach.actions.mark_meeting import mark_meeting
from outreach.actions.offer_slots import offer_slots
from outreach.actions.record_debrief import record_debrief
from outreach.app import App
from outreach.edge import EdgeError
from outreach.errors import OutreachError
from outreach.queries.contacts import contacts
from outreach.queries.letters import letters
from outreach.queries.meetings import MeetingLine, meetings
from outreach.rules.kinds import LetterKind, LetterState, Stage

_TOPICS = (
    ("how you came to this work", "the part of it that nobody warns one about"),
    ("what a normal week looks like", "the courses that were worth it"),
    ("why the first draft is never the last", "what you look for in a colleague"),
    ("the difference between plans and streets", "how much of it is talking to people"),
)
_WHY = "I was told that you are the one who can say how the work has changed, and what has stayed the same."
_ZONE = "Europe/London"
_LOOKS_AFTER = timedelta(hours=2)
#: Every so many meetings the owner forgets to say anything, and one was not held.
_FORGETS_EVERY, _NOT_HELD = 4, 6


class Owner:
    """Approves, answers and debriefs; names given in meetings come from ``friends``, in turn."""

    def __init__(self, app: App, account_id: str, friends: Sequence[tuple[str, str]]) -> None:
        self._app = app
        self._account_id = account_id
        self._friends: Iterator[tuple[str, str]] = iter(friends)
        self._numbers: dict[str, int] = {}

    def approve_first_letters(self) -> int:
        """Draft and approve a first letter for everybody who can get one; return how many leave."""
        drafted = draft_letters(self._app, self._account_id)
        plans = approve_letters(self._app, self._account_id, drafted)
        return sum(not plan.obstacles for plan in plans)

    def look(self) -> None:
        """Do what waits."""
        self._say_what_was_talked_about()
        self._write_to_those_named()
        self._approve_drafts()
        self._answer_questions()

    def _say_what_was_talked_about(self) -> None:
        now = self._app.now()
        for meeting in meetings(self._app, self._account_id, since=now - timedelta(days=2)):
            if meeting.status != "confirmed" or now < meeting.ends_at + _LOOKS_AFTER:
                continue
            number = self._numbers.setdefault(meeting.id, len(self._numbers) + 1)
            if number == _NOT_HELD:
                mark_meeting(self._app, self._account_id, meeting.id, held=False)
            elif number % _FORGETS_EVERY:
                self._debrief(meeting, number)

    def _debrief(self, meeting: MeetingLine, number: int) -> None:
        friend = next(self._friends, None) if number % 2 else None
        record_debrief(
            self._app,
            self._account_id,
            meeting.id,
            topics=_TOPICS[number % len(_TOPICS)],
            referrals=[f"{friend[0]} <{friend[1]}>"] if friend else [],
        )

    def _write_to_those_named(self) -> None:
        fresh = [one for one in contacts(self._app, self._account_id) if not one.stage and one.address]
        for contact in fresh:
            edit_contact(self._app, self._account_id, contact.id, {"why_you": _WHY, "zone": contact.zone or _ZONE})
        if fresh:
            drafted = draft_letters(self._app, self._account_id, [contact.id for contact in fresh])
            approve_letters(self._app, self._account_id, drafted)

    def _approve_drafts(self) -> None:
        wanted = {str(LetterKind.ASK_FOR_NAME), str(LetterKind.REPORT_BACK)}
        drafts = letters(self._app, self._account_id, states={LetterState.DRAFTED})
        ready = [line.id for line in drafts if line.kind in wanted and not line.obstacles and not line.missing]
        if ready:
            approve_letters(self._app, self._account_id, ready)

    def _answer_questions(self) -> None:
        """Offer times to whoever answered otherwise than with a plain yes or no."""
        for contact in contacts(self._app, self._account_id):
            if contact.stage == Stage.REPLIED and contact.needs_you:
                try:
                    offer_slots(self._app, self._account_id, contact.id)
                except (OutreachError, EdgeError):
                    continue  # no time is free now; the next look tries again
