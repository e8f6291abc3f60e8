"""What one run of the probe works with, and what it has left in the mailbox so far."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from outreach.app import App
from outreach.calendar.ids import event_id
from outreach.edge import Calendar, Mailbox, NotDone, Trial

_T = TypeVar("_T")
#: Seconds to wait before asking again what Google put off, where it named no time.
_AGAIN = (2.0, 5.0, 15.0)
#: A longer wait than so many seconds is left to a later run.
_LONGEST_WAIT = 60.0
#: Time that is moved by hand does not pass by waiting, but a server needs some for its answer.
_REAL_MOMENT = 0.05


@dataclass
class Bench:
    """One run: ``run`` is its name, eight hex digits that every subject bears; the rest is for clearing up."""

    app: App
    account_id: str
    address: str
    name: str
    run: str
    #: Where the mailbox's history stood when the run began.
    history_id: str
    say: Callable[[str], None]
    drafts: list[str] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    #: Subjects of the letters that were seen in the mailbox, by message id.
    messages: dict[str, str] = field(default_factory=dict)
    #: Whether there may be drafts whose ids nobody has told us.
    in_doubt: bool = False

    @property
    def mailbox(self) -> Mailbox:
        """The account's mailbox, for the calling thread."""
        return self.app.google.mailbox(self.account_id)

    @property
    def calendar(self) -> Calendar:
        """The account's calendar, for the calling thread."""
        return self.app.google.calendar(self.account_id)

    @property
    def trial(self) -> Trial:
        """What only the probe asks, for the calling thread."""
        return self.app.google.trial(self.account_id)

    def event_id(self) -> str:
        """Return the id of the run's event, which a later run can work out again."""
        return event_id(f"probe {self.account_id} {self.run}")

    def now(self) -> datetime:
        """Return the present instant, aware UTC."""
        return self.app.now()

    def seconds_since(self, moment: datetime) -> float:
        """Return the seconds since ``moment``; none where the clock was set back meanwhile."""
        return round(max(0.0, (self.now() - moment).total_seconds()), 3)

    def pause(self, seconds: float) -> None:
        """Wait by the app's clock."""
        if seconds > 0:
            self.app.clock.sleep(seconds)
            if self.app.clock.step:
                time.sleep(min(seconds, _REAL_MOMENT))

    def patiently(self, ask: Callable[[], _T]) -> _T:
        """Return what ``ask`` returns, asked again some times while Google puts it off. Raises NotDone after that."""
        for wait in _AGAIN:
            try:
                return ask()
            except NotDone as error:
                named = (error.retry_at - self.now()).total_seconds() if error.retry_at else 0.0
                if error.sending_limit or error.whole_project or named > _LONGEST_WAIT:
                    raise
                self.say(f"Google puts us off ({error.message.rstrip('.')}): waiting")
                self.pause(max(wait, named))
        return ask()
