"""Cancel a letter that has not left."""

from __future__ import annotations

from outreach.actions.end_letter import end_letter
from outreach.app import App
from outreach.errors import NotAllowed, NotFound
from outreach.model import Letter
from outreach.rules.kinds import WAITING, LetterKind, LetterState

#: Without them the other side would not know of a meeting that stands in one's own calendar.
_OF_A_MEETING = frozenset({LetterKind.MEETING_CONFIRMED, LetterKind.MEETING_MOVED})
_LEAVING = frozenset({LetterState.LEASED, LetterState.SENDING})


def cancel_letter(app: App, account_id: str, letter_id: str, reason: str = "cancelled by you") -> None:
    """Cancel a drafted or scheduled letter. Raises NotFound, or NotAllowed for one that is leaving or has left."""
    now = app.now()
    with app.database.write(account_id) as session:
        letter = session.get(Letter, letter_id, with_for_update=True)
        if letter is None:
            raise NotFound(f"There is no letter {letter_id!r}. `outreach queue list` shows them.")
        if letter.state in _LEAVING:
            raise NotAllowed(f"The letter to {letter.to_name} is leaving at this moment and cannot be called back.")
        if letter.state not in WAITING:
            raise NotAllowed(f"The letter to {letter.to_name} is {letter.state}: there is nothing left to cancel.")
        if letter.kind in _OF_A_MEETING:
            raise NotAllowed(
                f"This letter invites {letter.to_name} to a meeting that is booked: cancel or move the meeting with "
                f"`outreach meeting cancel {(letter.meeting_id or '')[:8]}` or `outreach meeting move`."
            )
        end_letter(session, letter, LetterState.CANCELLED, reason, now)
