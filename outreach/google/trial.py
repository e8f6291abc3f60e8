"""What only the probe of an account asks of Google."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from outreach.edge import AccessLost, Answered, CalendarEvent, Gone
from outreach.google import event_json
from outreach.google.access import Access
from outreach.google.api import CalendarApi, GmailApi
from outreach.google.credentials import MAY_MOVE_MAIL
from outreach.google.errors import lacks_scope
from outreach.google.line import Line, named
from outreach.google.mailbox import headers_of

_OWN = "primary"
#: Each look at a draft costs 20 quota units.
_NEWEST = 20


class GoogleTrial:
    """Implements ``edge.Trial``. ``hanging_up`` is a line that closes when the request is written."""

    def __init__(self, gmail: GmailApi, calendar: CalendarApi, access: Access, line: Line, hanging_up: Line) -> None:
        self._gmail = gmail
        self._calendar = calendar
        self._access = access
        self._line = line
        self._hanging_up = hanging_up

    def send(self, draft_id: str) -> Answered:
        """Send the draft with one POST and return how that ended, whatever it was."""
        return self._line.answered(self._sending(draft_id))

    def send_and_hang_up(self, draft_id: str) -> None:
        """Write the request that sends the draft, and close the connection without waiting for the answer."""
        self._hanging_up.answered(self._sending(draft_id))

    def _sending(self, draft_id: str) -> Any:
        return self._gmail.drafts.send(userId="me", body={"id": named(draft_id)})

    def insert(self, event: CalendarEvent) -> Answered:
        """Insert the event, telling nobody, and return how that ended: an id that is taken is not looked into."""
        request = self._calendar.events.insert(calendarId=_OWN, body=event_json.to_json(event), sendUpdates="none")
        return self._line.answered(request)

    def recent_drafts(self, words: str) -> dict[str, dict[str, str]]:
        """Return the headers, by draft id, of the twenty newest drafts and twenty of those with ``words``."""
        ids = dict.fromkeys([*self._listed(), *self._listed(q=f'subject:"{words}"')])
        return dict(self._with_headers(ids))

    def _listed(self, **more: str) -> list[str]:
        request = self._gmail.drafts.list(userId="me", maxResults=_NEWEST, **more)
        return self._line.ask(request, lambda answer: [str(each["id"]) for each in answer.get("drafts", [])])

    def _with_headers(self, ids: dict[str, None]) -> Iterator[tuple[str, dict[str, str]]]:
        for draft_id in ids:
            request = self._gmail.drafts.get(userId="me", id=named(draft_id), format="metadata")
            try:
                yield draft_id, self._line.ask(request, lambda answer: headers_of(answer["message"]))
            except Gone:
                continue  # sent or deleted since it was listed

    def trash(self, message_id: str) -> bool:
        """Move a message into the trash. Return False where the consent does not allow it."""
        self._access.token()  # with the token comes what it allows
        if not self._access.allows_one_of(MAY_MOVE_MAIL):
            return False
        try:
            self._line.ask(self._gmail.messages.trash(userId="me", id=named(message_id)), lambda _: None)
        except Gone:
            return True
        except AccessLost as error:
            if lacks_scope(error):
                return False
            raise
        return True
