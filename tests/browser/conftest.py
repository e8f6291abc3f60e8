"""A booking page to look at: a home with one conversation in which times were offered, served on loopback."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import select

from outreach.actions.add_account import add_account
from outreach.actions.after_link import after_token
from outreach.actions.book_meeting import book_meeting
from outreach.actions.booking_link import booking_token
from outreach.actions.import_contacts import import_contacts
from outreach.actions.offer_slots import offer_slots
from outreach.app import App, open_app
from outreach.clock import FixedClock
from outreach.model import Conversation, Meeting, SlotOffer
from outreach.sandbox.server import Sandbox
from outreach.settings import load_settings
from outreach.web.server import serving
from tests import services

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ME = "you@student.example.com"
PEOPLE = (
    b"first_name,last_name,email,zone,why_you\n"
    b"Grace,Lindqvist,grace@planning.example.com,Europe/Stockholm,"
    b"Your talk about pocket parks changed how I see my street\n"
)
#: Nothing but the page is asked for: no updates, no start page.
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)


@dataclass
class BookingDesk:
    """The page's address, and the rows behind it."""

    app: App
    account_id: str
    conversation_id: str
    address: str
    clock: FixedClock

    @property
    def page(self) -> str:
        """Where the guest's link leads."""
        return f"{self.address}/b/{booking_token(self.app, self.conversation_id)}"

    def after_meeting(self) -> str:
        """Book a meeting, let it pass, and return where the owner says how it went."""
        with self.app.database.read(self.account_id) as session:
            contact_id = session.get_one(Conversation, self.conversation_id).contact_id
        start = MONDAY + timedelta(days=2)
        meeting_id = book_meeting(self.app, self.account_id, contact_id, start)
        self.clock.advance(start + timedelta(minutes=40) - self.app.now())
        return f"{self.address}/m/{after_token(self.app, meeting_id)}"

    def offered(self, number: int) -> str:
        """Return the begin of an offered time, as the letter's link has it."""
        with self.app.database.read(self.account_id) as session:
            start = session.scalars(select(SlotOffer.starts_at).where(SlotOffer.number == number)).one()
        return f"{start:%Y%m%dT%H%MZ}"

    def meetings(self) -> list[Meeting]:
        """Return the meetings of the account."""
        with self.app.database.read(self.account_id) as session:
            return list(session.scalars(select(Meeting).order_by(Meeting.booked_at)))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    chromium = services.chromium()
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield running
        running.close()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[BookingDesk]:
    clock = FixedClock(MONDAY)
    with Sandbox(clock=clock.now) as sandbox:
        settings = load_settings(
            home=tmp_path / "home",
            google={"api_root": sandbox.root},
            me={"name": "Robin Example", "field": "urban planning"},
            web={"port": 0, "base_url": "http://127.0.0.1"},
        )
        app = open_app(settings, clock=clock)
        try:
            consent = json.dumps(sandbox.add_account(ME, name="Robin Example")).encode()
            account_id = add_account(app, consent, address=ME, zone_name="Europe/London").id
            (contact_id,) = import_contacts(app, account_id, PEOPLE, name="people.csv").contact_ids
            offer_slots(app, account_id, contact_id)
            with app.database.read(account_id) as session:
                conversation_id = session.scalars(select(Conversation.id)).one()
            with serving(app) as address:
                yield BookingDesk(app, account_id, conversation_id, address, clock)
        finally:
            app.close()
