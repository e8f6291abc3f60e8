"""From "yes, happy to" to a held meeting and its thank-you while the owner types nothing; scanners open every link."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import select

from outreach.actions.approve_letters import approve_letters
from outreach.actions.draft_letters import draft_letters
from outreach.actions.set_account import set_account
from outreach.app import App
from outreach.clock import FixedClock
from outreach.database import EVERYBODY
from outreach.model import Base, Conversation, Letter, Meeting
from outreach.queries.letters import sent_letters, text_of
from outreach.rules.kinds import LetterKind, LetterState, MeetingStatus, Stage
from outreach.sandbox.people import Person
from outreach.sandbox.server import Sandbox
from outreach.settings import Settings
from tests.visiting import BASE, Visitor, with_pages

ME, GRACE = "ada@student.example.com", "grace@planning.example.com"
AUTOMATIC = ("scheduling.offer_automatically=true", "scheduling.book_automatically=true")
Work = Callable[..., int]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return with_pages(settings)


@pytest.fixture
def begun(app: App, account_id: str, add_contact: Callable[..., str], work: Work) -> None:
    """All that the owner ever does: people, one approval, and leave to schedule."""
    set_account(app, account_id, AUTOMATIC)
    add_contact(GRACE)
    approve_letters(app, account_id, draft_letters(app, account_id))
    work(hours=2)


def talk(app: App, account_id: str) -> Conversation:
    with app.database.read(account_id) as session:
        return session.scalars(select(Conversation)).one()


def meetings(app: App, account_id: str) -> list[Meeting]:
    with app.database.read(account_id) as session:
        return list(session.scalars(select(Meeting)))


def everything(app: App) -> list[tuple[str, list[tuple[object, ...]]]]:
    """Every row of every table."""
    with app.database.read(EVERYBODY) as session:
        return [
            (table.name, sorted((tuple(row) for row in session.execute(select(table))), key=repr))
            for table in Base.metadata.sorted_tables
        ]


def links(raw: bytes) -> set[str]:
    """All links of a letter that lead to us, in its text and in its HTML."""
    return {unescape(each).removeprefix(BASE) for each in re.findall(re.escape(BASE) + r'[^\s"<>]+', text_of(raw))}


class Scanner:
    """What stands between a letter and its reader: opens every link of every letter twice, by GET and by HEAD."""

    def __init__(self, app: App, account_id: str, visitor: Visitor) -> None:
        self._app, self._account_id, self._visitor = app, account_id, visitor
        self._read = 0
        self.opened: set[str] = set()

    def look(self) -> None:
        found = sent_letters(self._app, self._account_id)
        fresh = {link for _, raw in found[self._read :] for link in links(raw)}
        self._read = len(found)
        before = everything(self._app)
        for link in sorted(fresh):
            for method in ("GET", "HEAD") * 2:
                assert self._visitor.get(link, method).status == 200, link
        assert everything(self._app) == before
        self.opened |= fresh


def lived(app: App, account_id: str, clock: FixedClock, work: Work, days: int, scanner: Scanner) -> None:
    for _ in range(days * 24):
        clock.advance(timedelta(hours=1))
        work()
        scanner.look()


def check_held_and_thanked(app: App, account_id: str, sandbox: Sandbox) -> Meeting:
    conversation = talk(app, account_id)
    assert conversation.stage is Stage.THANKED
    assert conversation.needs_you == ""
    [meeting] = meetings(app, account_id)
    assert (meeting.status, meeting.partstat) == (MeetingStatus.HELD, "ACCEPTED")
    with app.database.read(account_id) as session:
        thanks = session.scalars(select(Letter).where(Letter.kind == LetterKind.THANK_YOU_SHORT)).all()
    [sent] = [letter for letter in thanks if letter.state is LetterState.SENT]
    assert sent.sent_at is not None
    assert timedelta(0) < sent.sent_at - meeting.ends_at <= timedelta(hours=24)
    ids = [entry["x_outreach_id"] for entry in sandbox.sent]
    assert len(ids) == len(set(ids))
    event = sandbox.world.calendar(ME, "primary").events[meeting.event_id]
    assert event["status"] == "confirmed"
    return meeting


def test_by_letters_alone(
    app: App, account_id: str, begun: None, work: Work, sandbox: Sandbox, clock: FixedClock, visitor: Visitor
) -> None:
    sandbox.add_person(Person(GRACE, "Grace Lindqvist"))
    sandbox.receive(ME, reply(app, account_id, "Yes, happy to talk! Let me know what works."))
    scanner = Scanner(app, account_id, visitor)
    lived(app, account_id, clock, work, 16, scanner)
    check_held_and_thanked(app, account_id, sandbox)
    kinds = {link.split("/")[1] for link in scanner.opened}
    assert kinds == {"b", "m"}
    assert sum("?start=" in link for link in scanner.opened) == 3


@pytest.mark.parametrize("how", ["the link of an offered time", "the page", "the page, and moved later"])
def test_by_the_booking_page(
    app: App,
    account_id: str,
    begun: None,
    work: Work,
    sandbox: Sandbox,
    clock: FixedClock,
    visitor: Visitor,
    how: str,
) -> None:
    sandbox.receive(ME, reply(app, account_id, "Yes, happy to. When would suit you?"))
    scanner = Scanner(app, account_id, visitor)
    lived(app, account_id, clock, work, 1, scanner)
    sandbox.add_person(Person(GRACE, "Grace Lindqvist"))  # from now on she answers invitations
    offered = sorted(link for link in scanner.opened if "?start=" in link)
    assert len(offered) == 3
    link = offered[1] if how == "the link of an offered time" else offered[0].partition("?")[0]
    shown = visitor.get(link)
    chosen = re.search(r'value="([^"]+)" required checked', shown.text)
    start = unescape(chosen[1]) if chosen is not None else shown.times[7]
    here = link.partition("?")[0]
    assert "It is settled" in visitor.post(here, key=shown.key, start=start, how="phone", phone="+44 20 7946 0000").text
    if how.endswith("moved later"):
        lived(app, account_id, clock, work, 1, scanner)
        moving = visitor.get(f"{here}/move")
        assert "It is settled" in visitor.post(f"{here}/move", key=moving.key, start=moving.times[9]).text
        start = moving.times[9]
    lived(app, account_id, clock, work, 16, scanner)
    conversation = talk(app, account_id)
    told = "moved the meeting on the booking page"
    assert conversation.needs_you == (f"Grace Lindqvist {told}" if how.endswith("moved later") else "")
    clear(app, account_id)
    meeting = check_held_and_thanked(app, account_id, sandbox)
    assert meeting.starts_at.isoformat() == start


def clear(app: App, account_id: str) -> None:
    """What the owner is told asks for nothing."""
    with app.database.write(account_id) as session:
        session.scalars(select(Conversation)).one().needs_you = ""


def reply(app: App, account_id: str, text: str) -> bytes:
    with app.database.read(account_id) as session:
        letter = session.scalars(select(Letter).order_by(Letter.created_at)).first()
    assert letter is not None
    return (
        f"From: Grace Lindqvist <{GRACE}>\r\nTo: {ME}\r\nSubject: Re: {letter.subject}\r\n"
        f"In-Reply-To: {letter.message_id}\r\nReferences: {letter.message_id}\r\n"
        f"Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n\r\nGrace\r\n"
    ).encode()
