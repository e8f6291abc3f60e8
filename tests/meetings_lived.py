"""What befalls meetings in the tests of the thank-you promise: some are moved, some cancelled, some not held."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from outreach.actions.cancel_meeting import cancel_meeting
from outreach.actions.mark_meeting import mark_meeting
from outreach.actions.move_meeting import move_meeting
from outreach.actions.record_debrief import record_debrief
from outreach.app import App
from outreach.model import Meeting

ZONES = ("Europe/London", "America/New_York", "Asia/Kolkata", "Australia/Sydney", "America/Los_Angeles")
#: The fates in which no thank-you is owed.
UNTHANKED = frozenset({"cancelled", "not held"})
FATES = UNTHANKED | {"topics", "silence"}


def change_some(app: App, account_id: str, booked: dict[str, int], moved_by: timedelta) -> dict[str, str]:
    """Cancel every tenth of the meetings, move every tenth; return the fates that are sealed by that.

    ``booked`` holds each meeting's number by its id.
    """
    fates: dict[str, str] = {}
    for meeting_id, number in booked.items():
        if number % 10 == 3:
            cancel_meeting(app, account_id, meeting_id)
            fates[meeting_id] = "cancelled"
        elif number % 10 == 6:
            with app.database.read(account_id) as session:
                start = session.get_one(Meeting, meeting_id).starts_at
            move_meeting(app, account_id, meeting_id, start + moved_by)
    return fates


def seal_fates(app: App, account_id: str, booked: dict[str, int], fates: dict[str, str], now: datetime) -> None:
    """Let those that are over now be not held, or spoken about, or passed over in silence; once each."""
    with app.database.read(account_id) as session:
        over = session.execute(select(Meeting.id).where(Meeting.ends_at <= now)).scalars().all()
    for meeting_id in over:
        if meeting_id not in fates:
            fates[meeting_id] = _fate(app, account_id, meeting_id, booked[meeting_id])


def _fate(app: App, account_id: str, meeting_id: str, number: int) -> str:
    if number % 10 == 9:
        mark_meeting(app, account_id, meeting_id, held=False)
        return "not held"
    if number % 2:
        record_debrief(app, account_id, meeting_id, topics=[f"topic number {number}"])
        return "topics"
    return "silence"
