"""Two hundred meetings in five zones, over both changes of clocks: every thank-you owed is out in time, no other."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from outreach.actions.book_meeting import book_meeting
from outreach.app import App
from outreach.clock import FixedClock
from outreach.model import Account, Contact, Meeting
from outreach.sandbox.server import Sandbox
from tests.meetings_lived import FATES, UNTHANKED, ZONES, change_some, seal_fates

DAY = timedelta(hours=24)
HOUR = timedelta(hours=1)
#: The American clocks change on 14 March 2027 and 7 November 2027, the European ones on 28 March and 31 October.
SEASONS = (datetime(2027, 3, 11, 0, tzinfo=UTC), datetime(2027, 10, 28, 0, tzinfo=UTC))
A_SEASON = 100


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("begins", SEASONS, ids=["spring", "autumn"])
def test_every_thank_you_owed_is_out_within_24_hours_and_none_that_is_not(
    app: App,
    account_id: str,
    add_contact: Callable[..., str],
    clock: FixedClock,
    sandbox: Sandbox,
    work: Callable[..., int],
    begins: datetime,
) -> None:
    clock.set(begins)
    with app.database.write(account_id) as session:
        session.get_one(Account, account_id).poll_due_at = begins + timedelta(days=60)  # nobody answers here
    booked: dict[str, int] = {}
    for number in range(A_SEASON):
        zone = ZONES[number % len(ZONES)]
        contact = add_contact(f"p{number}@city.example.com", f"Person{number} Example", zone=zone)
        # One every four hours, night and day, so that every hour of both nights of change is crossed.
        booked[book_meeting(app, account_id, contact, begins + 30 * HOUR + number * 4 * HOUR)] = number
    fates = change_some(app, account_id, booked, timedelta(minutes=70))
    while clock.now() < begins + 30 * HOUR + (A_SEASON + 1) * 4 * HOUR + 26 * HOUR:
        seal_fates(app, account_id, booked, fates, clock.now())
        work(1)
    _judge(app, account_id, sandbox, fates)


def _judge(app: App, account_id: str, sandbox: Sandbox, fates: dict[str, str]) -> None:
    """Compare with the sandbox's own ledger: which letters to a contact left after the end of their meeting."""
    with app.database.read(account_id) as session:
        rows = session.execute(select(Meeting, Contact.email).join(Contact, Contact.id == Meeting.contact_id)).all()
    left: dict[str, list[datetime]] = {}
    for entry in sandbox.sent:
        address = entry["to"].rpartition("<")[2].rstrip(">")
        left.setdefault(address, []).append(datetime.fromisoformat(entry["time"]))
    assert len(fates) == A_SEASON
    assert set(fates.values()) == FATES
    slowest = timedelta(0)
    for meeting, address in rows:
        fate = fates[meeting.id]
        thanks = [sent - meeting.ends_at for sent in left.get(address or "", []) if sent >= meeting.ends_at]
        if fate in UNTHANKED:
            assert thanks == [], (fate, thanks)
        else:
            assert len(thanks) == 1, (fate, thanks)
            assert thanks[0] <= DAY, (fate, thanks)
            slowest = max(slowest, thanks[0])
    print(f"\n{A_SEASON} meetings: {len(left)} people written to, the slowest thank-you {slowest} after the end")
