"""What happens in the play, told line by line as it happens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from outreach.app import App
from outreach.queries.inbox import inbox
from outreach.queries.letters import letters
from outreach.queries.meetings import meetings
from outreach.rules.kinds import LetterState
from outreach.rules.zones import local, say_day

_LETTERS = {
    "request_referral": "a first letter to {name}, naming who sent you",
    "request_shared": "a first letter to {name}, about what you share",
    "request_no_link": "a first letter to {name}",
    "follow_up": "a reminder to {name}, in the same thread",
    "ask_for_name": "thanks to {name} for the honest no, and: who else might talk?",
    "slots_offered": "three times to choose from, to {name}",
    "meeting_confirmed": "the invitation to {name}; the meeting is in both calendars",
    "meeting_moved": "the new time to {name}",
    "meeting_cancelled": "a cancellation to {name}",
    "reminder": "a reminder of the meeting to {name}",
    "thank_you": "the thank-you to {name}, naming what you talked about",
    "thank_you_short": "the short thank-you to {name}: you had not said what you talked about",
    "report_back": "to {name}: what came of the introduction",
    "debrief_request": "a note to yourself: what did you talk about?",
    "thank_you_alarm": "an alarm to yourself: a thank-you waits for its topics",
}
_ANSWERS = {
    "yes": "says yes",
    "yes_with_time": "chooses a time",
    "no": "says no",
    "no_with_name": "says no, and names somebody else",
    "auto_reply": "is out of office (not taken for an answer)",
    "bounce": "cannot be reached: the address does not exist",
    "bounce_soft": "is hard to reach just now",
    "calendar": "accepts the invitation in the calendar",
    "question": "asks something back",
    "opt_out": "asks not to be written to: never again",
    "other": "answers something that you should read",
    "unreadable": "sends something unreadable",
}


#: By so long after midnight everything that came in the day before has been read.
_READ_BY = timedelta(hours=4)


class Story:
    """Tells what is new since it was last asked."""

    def __init__(self, app: App, account_id: str, zone: str, say: Callable[[str], None]) -> None:
        self._app = app
        self._account_id = account_id
        self._zone = zone
        self._say = say
        self._told: set[str] = set()
        self._day = ""
        self._untold: list[tuple[datetime, str]] = []

    def open(self, people: int, queued: int) -> None:
        """Say how it begins."""
        self._say(f"{people} people are read in, {queued} letters are approved and leave in their readers' mornings.")

    def tell(self, *, last: bool = False) -> None:
        """Say what happened on the days that are over, in order; at the ``last`` call everything that is left.

        A day is told a few hours later, when what came in at its end has been read too.
        """
        self._untold = sorted([*self._untold, *self._news()])
        over = local(self._app.now() - _READ_BY, self._zone).date()
        while self._untold and (last or local(self._untold[0][0], self._zone).date() < over):
            at, line = self._untold.pop(0)
            day = say_day(local(at, self._zone).date())
            if day != self._day:
                self._day = day
                self._say(f"\n{day}")
            self._say(f"  {local(at, self._zone):%H:%M}  {line}")

    def _news(self) -> Iterator[tuple[datetime, str]]:
        for letter in letters(self._app, self._account_id, states={LetterState.SENT}):
            if letter.sent_at is not None and self._is_new(letter.id):
                yield letter.sent_at, f"-> {_LETTERS[letter.kind].format(name=letter.to_name)}"
        for message in inbox(self._app, self._account_id, limit=200):
            if self._is_new(message.id):
                declines = message.answer == "calendar" and "cancelled" in message.done
                what = "declines the invitation in the calendar" if declines else _ANSWERS[message.answer]
                yield message.received_at, f"<- {message.from_name or message.from_address} {what}"
        now = self._app.now()
        for meeting in meetings(self._app, self._account_id):
            over = meeting.ends_at <= now and meeting.status in {"confirmed", "held"}
            if over and self._is_new(f"met {meeting.id}"):
                yield meeting.starts_at, f"** you meet {meeting.with_name}, {meeting.organization}".rstrip(", ")
            if meeting.status == "not_held" and self._is_new(f"not held {meeting.id}"):
                yield now, f"** the meeting with {meeting.with_name} did not take place: no thank-you is owed"

    def _is_new(self, key: str) -> bool:
        fresh = key not in self._told
        self._told.add(key)
        return fresh
