"""Many guests at once on the booking page: whatever they book, move and cancel, no two meetings overlap."""

from __future__ import annotations

import random
import re
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import unescape
from itertools import pairwise

import pytest
from sqlalchemy import insert, select, update

from outreach.actions.booking_link import booking_token
from outreach.app import App, open_app
from outreach.clock import FixedClock
from outreach.model import Contact, Conversation, Meeting, SlotOffer
from outreach.model.base import new_id
from outreach.rules.addresses import address_key
from outreach.rules.kinds import MeetingStatus, Stage
from outreach.settings import Settings, with_preferences
from outreach.web.server import serving
from outreach.web.site import make_site

LIFTED = (1_000_000, 1_000_000.0)
#: A day of slots that begin every five minutes and take 25: nearly all of them overlap.
OVERLAPPING = {
    "availability": {
        "weekly": {"tue": ["08:00-16:45"]},
        "step_minutes": 5,
        "buffer_minutes": 0,
        "most_a_day": 24,
        "horizon_days": 7,
        "notice_hours": 0,
    }
}
_TRANSIENT = {MeetingStatus.HOLD, MeetingStatus.CONFIRMED, MeetingStatus.HELD}
ROUNDS = [
    pytest.param(40, 3, id="short", marks=[pytest.mark.slow, pytest.mark.timeout(300)]),
    pytest.param(200, 20, id="full", marks=[pytest.mark.long, pytest.mark.timeout(3600)]),
]


@dataclass
class Guest:
    """One of those who book: the page of their conversation, and what they have by what it last said."""

    address: str
    dice: random.Random
    has_meeting: bool = False
    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    def act(self, slots: list[str], start: threading.Barrier) -> None:
        """Book; or, with a meeting, move it or cancel it. All guests at the same moment."""
        path, fields = "", {"start": self.dice.choice(slots), "how": self.dice.choice(["phone", "video"])}
        if self.has_meeting:
            path = "/cancel" if self.dice.random() < 0.4 else "/move"
        fields["key"] = f"{self.dice.random()}"
        start.wait(60)
        began = time.monotonic()
        status, text = ask(self.address + path, fields)
        self.seconds.append(time.monotonic() - began)
        self.statuses[status] += 1
        if status == 200:
            self.has_meeting = "It is settled" in text


def ask(address: str, fields: dict[str, str] | None = None) -> tuple[int, str]:
    data = urllib.parse.urlencode(fields).encode() if fields else None
    try:
        with urllib.request.urlopen(urllib.request.Request(address, data), timeout=120) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


@pytest.fixture
def app(settings: Settings, clock: FixedClock) -> Iterator[App]:
    web = settings.web.model_copy(update={"port": 0})
    running = open_app(with_preferences(settings.model_copy(update={"web": web}), OVERLAPPING), clock=clock)
    yield running
    running.close()


def conversations(app: App, account_id: str, count: int) -> list[str]:
    """Make so many people who were written to, each with an open conversation; return the conversations' ids."""
    now = app.now()
    people = [(new_id(), new_id(), f"guest{number}@city.example.com") for number in range(count)]
    with app.database.write(account_id) as session:
        session.execute(
            insert(Contact),
            [
                {
                    "id": contact,
                    "account_id": account_id,
                    "first_name": "Guest",
                    "last_name": f"Number{place}",
                    "email": address,
                    "address_key": address_key(address),
                    "zone": "Europe/London",
                    "created_at": now,
                    "updated_at": now,
                }
                for place, (contact, _, address) in enumerate(people)
            ],
        )
        session.execute(
            insert(Conversation),
            [
                {"id": talk, "account_id": account_id, "contact_id": contact, "stage": Stage.SENT, "opened_at": now}
                for contact, talk, _ in people
            ],
        )
    return [talk for _, talk, _ in people]


@pytest.mark.parametrize(("clients", "rounds"), ROUNDS)
def test_many_guests_at_once_never_overlap(
    app: App, account_id: str, clock: FixedClock, clients: int, rounds: int
) -> None:
    talks = conversations(app, account_id, clients + 1)
    kept_for = talks.pop()
    with serving(app, make_site(app, reading=LIFTED, sending=LIFTED)) as address:
        pages = [f"{address}/b/{booking_token(app, talk)}" for talk in talks]
        guests = [Guest(page, random.Random(number)) for number, page in enumerate(pages)]
        slots = [unescape(each) for each in re.findall(r'name="start" value="([^"]+)"', ask(pages[0])[1])]
        assert len(slots) >= 100
        barrier = threading.Barrier(clients)
        with ThreadPoolExecutor(clients) as crowd:
            for number in range(rounds):
                keep(app, account_id, kept_for, slots[number % len(slots)])
                list(crowd.map(lambda guest: guest.act(slots, barrier), guests))
                assert_no_overlap(app, account_id)
                clock.advance(timedelta(seconds=30))  # what was kept for somebody lapses
    statuses = sum((guest.statuses for guest in guests), Counter[int]())
    took = sorted(each for guest in guests for each in guest.seconds)
    standing = sum(guest.has_meeting for guest in guests)
    print(
        f"\n{clients} guests, {len(slots)} overlapping slots, {rounds} rounds: {dict(statuses)}, "
        f"{standing} meetings stand, "
        f"0 overlaps; p50 {took[len(took) // 2]:.2f} s, p99 {took[int(len(took) * 0.99)]:.2f} s"
    )
    assert set(statuses) <= {200, 409}
    assert standing > 5
    with app.database.read(account_id) as session:
        confirmed = session.scalars(select(Meeting.id).where(Meeting.status == MeetingStatus.CONFIRMED)).all()
    assert len(confirmed) == standing  # what guests were told is so


def keep(app: App, account_id: str, conversation_id: str, start: str) -> None:
    """Keep a time for somebody, for some seconds."""
    begins = datetime.fromisoformat(start)
    with app.database.write(account_id) as session:
        session.execute(update(SlotOffer).values(released_at=app.now()))
        session.add(
            SlotOffer(
                conversation_id=conversation_id,
                number=1,
                starts_at=begins,
                ends_at=begins + timedelta(minutes=25),
                expires_at=app.now() + timedelta(seconds=20),
            )
        )


def assert_no_overlap(app: App, account_id: str) -> None:
    with app.database.read(account_id) as session:
        query = select(Meeting.busy_from, Meeting.busy_until).where(Meeting.status.in_(_TRANSIENT))
        spans = sorted(tuple(row) for row in session.execute(query))
    assert all(before[1] <= after[0] for before, after in pairwise(spans)), spans
