"""Invitation, update and CANCEL as three parsers read them; what Google, Outlook and Apple answer moves the meeting."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import policy
from email.parser import BytesParser
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import undefer

from outreach.actions.approve_letters import approve_letters
from outreach.actions.book_meeting import book_meeting
from outreach.actions.cancel_meeting import cancel_meeting
from outreach.actions.draft_letters import draft_letters
from outreach.actions.move_meeting import move_meeting
from outreach.actions.poll_inbox import poll_inbox
from outreach.app import App
from outreach.clock import FixedClock
from outreach.model import Conversation, Letter, Meeting
from outreach.rules.kinds import LetterKind, LetterState, MeetingStatus, Stage
from outreach.sandbox.quirks import Quirk
from outreach.sandbox.server import Sandbox
from tests.three_parsers import Seen, seen_alike

ME, GRACE = "ada@student.example.com", "grace@planning.example.com"
THURSDAY = datetime(2026, 3, 5, 14, 0, tzinfo=UTC)
MINUTES = timedelta(minutes=25)
Work = Callable[..., int]


@dataclass
class Desk:
    """A meeting with Grace whose invitation has left, and what belongs to it."""

    app: App
    account_id: str
    meeting_id: str
    sandbox: Sandbox
    clock: FixedClock
    work: Work
    folder: Path

    @property
    def meeting(self) -> Meeting:
        with self.app.database.read(self.account_id) as session:
            return session.get_one(Meeting, self.meeting_id)

    @property
    def needs_you(self) -> str:
        with self.app.database.read(self.account_id) as session:
            return session.scalars(select(Conversation)).one().needs_you

    def invitations(self) -> list[Seen]:
        """What three parsers see in the invitations that left, by SEQUENCE: the clock stands still."""
        with self.app.database.read(self.account_id) as session:
            query = select(Letter).options(undefer(Letter.frozen)).where(Letter.state == LetterState.SENT)
            sent = [letter.frozen or b"" for letter in session.scalars(query)]
        parts = [part for raw in sent for part in BytesParser(policy=policy.compat32).parsebytes(raw).walk()]
        calendars = [part.get_payload(decode=True) for part in parts if part.get_content_type() == "text/calendar"]
        seen = seen_alike([each for each in calendars if isinstance(each, bytes)], self.folder)
        return sorted(seen, key=lambda each: int(each["sequence"]))

    def move(self, start: datetime) -> None:
        move_meeting(self.app, self.account_id, self.meeting_id, start)
        self.work()

    def receive(self, raw: bytes) -> None:
        """Let an answer come in, and an hour pass."""
        self.sandbox.receive(ME, raw)
        poll_inbox(self.app, self.account_id)
        self.work(hours=1)

    def answer_in_calendar(self, partstat: str, at: datetime) -> None:
        assert self.sandbox.world.calendar(ME, "primary").answer(self.meeting.uid, GRACE, partstat, at)


@pytest.fixture
def desk(
    app: App,
    account_id: str,
    add_contact: Callable[..., str],
    work: Work,
    sandbox: Sandbox,
    clock: FixedClock,
    tmp_path: Path,
) -> Desk:
    contact_id = add_contact(GRACE)
    approve_letters(app, account_id, draft_letters(app, account_id))
    work(hours=2)
    booked = book_meeting(app, account_id, contact_id, THURSDAY)
    work()
    return Desk(app, account_id, booked, sandbox, clock, work, tmp_path)


# What the three programs answer, as they write it: made from the invitation, as a guest's program does.


def google(invited: Seen, partstat: str, at: datetime, proposed: datetime | None = None) -> bytes:
    """Gmail: three alternatives and the file once more; a thread of its own; times in UTC."""
    start = proposed or invited["start"]
    method = "COUNTER" if proposed else "REPLY"
    ics = "\r\n".join(
        [
            *("BEGIN:VCALENDAR", "PRODID:-//Google Inc//Google Calendar 70.9054//EN", "VERSION:2.0"),
            *("CALSCALE:GREGORIAN", f"METHOD:{method}", "BEGIN:VEVENT"),
            *(f"DTSTART:{start:%Y%m%dT%H%M%SZ}", f"DTEND:{start + MINUTES:%Y%m%dT%H%M%SZ}"),
            *(f"DTSTAMP:{at:%Y%m%dT%H%M%SZ}", f"ORGANIZER;CN={invited['organizer_name']}:{invited['organizer']}"),
            f"UID:{invited['uid']}",
            f"ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT={partstat};CN={GRACE}",
            f" ;X-NUM-GUESTS=0:mailto:{GRACE}",
            *("X-MICROSOFT-CDO-OWNERAPPTID:-1201734110", f"CREATED:{at:%Y%m%dT%H%M%SZ}", "DESCRIPTION:"),
            *(f"LAST-MODIFIED:{at:%Y%m%dT%H%M%SZ}", "LOCATION:", f"SEQUENCE:{invited['sequence']}"),
            *("STATUS:CONFIRMED", f"SUMMARY:{invited['summary']}", "TRANSP:OPAQUE", "END:VEVENT", "END:VCALENDAR", ""),
        ]
    )
    encoded = base64.encodebytes(ics.encode()).decode()
    return "\r\n".join(
        [
            *(f"From: Grace Lindqvist <{GRACE}>", f"To: {ME}", f"Date: {at:%a, %d %b %Y %H:%M:%S +0000}"),
            *("Reply-To: Grace Lindqvist <grace@planning.example.com>", "Sender: calendar-notification@example.com"),
            *("Auto-Submitted: auto-generated", f"Subject: {partstat.capitalize()}: {invited['summary']} @ Thu"),
            *("Message-ID: <calendar-6c2f@example.com>", "MIME-Version: 1.0"),
            *('Content-Type: multipart/mixed; boundary="outer"', "", "--outer"),
            *('Content-Type: multipart/alternative; boundary="inner"', "", "--inner"),
            *(
                'Content-Type: text/plain; charset="UTF-8"; format=flowed; delsp=yes',
                "",
                "Grace has answered.",
                "--inner",
            ),
            *(
                f'Content-Type: text/calendar; charset="UTF-8"; method={method}',
                "Content-Transfer-Encoding: base64",
                "",
            ),
            *(encoded, "--inner--", "--outer", 'Content-Type: application/ics; name="invite.ics"'),
            *('Content-Disposition: attachment; filename="invite.ics"', "Content-Transfer-Encoding: base64", ""),
            *(encoded, "--outer--", ""),
        ]
    ).encode()


def outlook(invited: Seen, partstat: str, at: datetime, proposed: datetime | None = None) -> bytes:
    """Outlook: MAILTO in capitals, zones of Windows with their rules, the words of Exchange."""
    start = proposed or invited["start"]
    method = "COUNTER" if proposed else "REPLY"
    original = [f"X-MS-OLK-ORIGINALSTART;TZID=GMT Standard Time:{invited['start']:%Y%m%dT%H%M%S}"] if proposed else []
    ics = "\r\n".join(
        [
            *("BEGIN:VCALENDAR", f"METHOD:{method}", "PRODID:Microsoft Exchange Server 2010", "VERSION:2.0"),
            *("BEGIN:VTIMEZONE", "TZID:GMT Standard Time"),
            *("BEGIN:STANDARD", "DTSTART:16010101T020000", "TZOFFSETFROM:+0100", "TZOFFSETTO:+0000"),
            *("RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10", "END:STANDARD"),
            *("BEGIN:DAYLIGHT", "DTSTART:16010101T010000", "TZOFFSETFROM:+0000", "TZOFFSETTO:+0100"),
            *("RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3", "END:DAYLIGHT", "END:VTIMEZONE", "BEGIN:VEVENT"),
            f"ATTENDEE;PARTSTAT={partstat};CN=Grace Lindqvist:MAILTO:{GRACE.upper()}",
            *("COMMENT;LANGUAGE=en-GB:", f"UID:{invited['uid']}", f"SUMMARY;LANGUAGE=en-GB:Re: {invited['summary']}"),
            f"DTSTART;TZID=GMT Standard Time:{start:%Y%m%dT%H%M%S}",
            f"DTEND;TZID=GMT Standard Time:{start + MINUTES:%Y%m%dT%H%M%S}",
            *("CLASS:PUBLIC", "PRIORITY:5", f"DTSTAMP:{at:%Y%m%dT%H%M%SZ}", "TRANSP:OPAQUE", "STATUS:CONFIRMED"),
            *(f"SEQUENCE:{invited['sequence']}", "LOCATION;LANGUAGE=en-GB:", "X-MICROSOFT-CDO-APPT-SEQUENCE:0"),
            *(
                "X-MICROSOFT-CDO-BUSYSTATUS:BUSY",
                "X-MICROSOFT-CDO-INTENDEDSTATUS:BUSY",
                "X-MICROSOFT-CDO-ALLDAYEVENT:FALSE",
            ),
            *(
                "X-MICROSOFT-CDO-IMPORTANCE:1",
                "X-MICROSOFT-CDO-INSTTYPE:0",
                *original,
                "END:VEVENT",
                "END:VCALENDAR",
                "",
            ),
        ]
    )
    prefix = {"ACCEPTED": "Accepted", "TENTATIVE": "Tentative", "DECLINED": "Declined"}[partstat]
    return "\r\n".join(
        [
            *(f"From: Grace Lindqvist <{GRACE}>", f"To: Ada Okafor <{ME}>", f"Date: {at:%a, %d %b %Y %H:%M:%S +0000}"),
            f"Subject: {'New Time Proposed' if proposed else prefix}: {invited['summary']}",
            *("Message-ID: <DB9PR0A@eurprd05.prod.example.com>", "Thread-Topic: a conversation", "MIME-Version: 1.0"),
            *("Content-Class: urn:content-classes:calendarmessage", "X-MS-Has-Attach: "),
            *('Content-Type: multipart/alternative; boundary="_000_"', "", "--_000_"),
            *('Content-Type: text/plain; charset="iso-8859-1"', "", "", "--_000_"),
            *('Content-Type: text/html; charset="iso-8859-1"', "", "<html><body></body></html>", "--_000_"),
            *(
                f'Content-Type: text/calendar; charset="utf-8"; method={method}',
                "Content-Transfer-Encoding: base64",
                "",
            ),
            *(base64.encodebytes(ics.encode()).decode(), "--_000_--", ""),
        ]
    ).encode()


def apple(invited: Seen, partstat: str, at: datetime, proposed: datetime | None = None) -> bytes:
    """Apple: an attachment beside a word of text, EMAIL as a parameter, DURATION in place of an end."""
    start = proposed or invited["start"]
    method = "COUNTER" if proposed else "REPLY"
    ics = "\r\n".join(
        [
            *("BEGIN:VCALENDAR", "CALSCALE:GREGORIAN", f"METHOD:{method}", "PRODID:-//Apple Inc.//macOS 15.5//EN"),
            *("VERSION:2.0", "BEGIN:VEVENT", f"UID:{invited['uid']}"),
            f'ATTENDEE;CN="Grace Lindqvist";CUTYPE=INDIVIDUAL;EMAIL="{GRACE}";PARTSTAT={partstat}',
            f" :mailto:{GRACE}",
            *(f"DTSTART:{start:%Y%m%dT%H%M%SZ}", "DURATION:PT25M", f"DTSTAMP:{at:%Y%m%dT%H%M%SZ}"),
            f'ORGANIZER;CN="{invited["organizer_name"]}":{invited["organizer"]}',
            *(f"SEQUENCE:{invited['sequence']}", f"SUMMARY:{invited['summary']}", "END:VEVENT", "END:VCALENDAR", ""),
        ]
    )
    return "\r\n".join(
        [
            *(f"From: Grace Lindqvist <{GRACE}>", f"To: {ME}", f"Date: {at:%a, %d %b %Y %H:%M:%S +0000}"),
            *(f"Subject: {partstat.capitalize()}: {invited['summary']}", "Message-ID: <6E1F-4A@planning.example.com>"),
            *("MIME-Version: 1.0", "X-Mailer: Apple Mail (2.3826)", "Content-Type: multipart/alternative; boundary=a"),
            *(
                "",
                "--a",
                "Content-Type: text/plain; charset=us-ascii",
                "",
                f"Grace has {partstat.lower()} this.",
                "--a",
            ),
            *(f"Content-Type: text/calendar; charset=utf-8; method={method}; name=iCal-1.ics", ""),
            *(ics, "--a--", ""),
        ]
    ).encode()


PROGRAMS = pytest.mark.parametrize("program", [google, outlook, apple])
Program = Callable[..., bytes]


@PROGRAMS
def test_an_answer_says_whether_they_come(desk: Desk, program: Program) -> None:
    [invited] = desk.invitations()
    for partstat in ("TENTATIVE", "ACCEPTED"):
        desk.clock.advance(timedelta(minutes=10))
        desk.receive(program(invited, partstat, desk.clock.now()))
        assert desk.meeting.partstat == partstat
    assert (desk.meeting.status, desk.meeting.starts_at) == (MeetingStatus.CONFIRMED, THURSDAY)
    assert desk.needs_you == ""


@PROGRAMS
def test_a_decline_frees_the_time_and_no_thanks_are_owed(desk: Desk, program: Program) -> None:
    [invited] = desk.invitations()
    desk.receive(program(invited, "DECLINED", desk.clock.now()))
    assert desk.meeting.status is MeetingStatus.CANCELLED
    assert "declined the meeting" in desk.needs_you
    with desk.app.database.read(desk.account_id) as session:
        thanks = select(Letter.state).where(Letter.kind == LetterKind.THANK_YOU_SHORT)
        assert set(session.scalars(thanks)) == {LetterState.CANCELLED}
        assert session.scalars(select(Conversation)).one().stage is Stage.CANCELLED
    _, cancelled = desk.invitations()
    assert (cancelled["method"], cancelled["sequence"], cancelled["uid"]) == ("CANCEL", 1, invited["uid"])


@PROGRAMS
def test_another_time_that_they_propose_is_one_command_away(desk: Desk, program: Program) -> None:
    [invited] = desk.invitations()
    later = THURSDAY + timedelta(days=1, hours=1)
    desk.receive(program(invited, "TENTATIVE", desk.clock.now(), proposed=later))
    assert desk.meeting.starts_at == THURSDAY
    assert f"--at {later:%Y-%m-%dT%H:%MZ}" in desk.needs_you
    desk.move(later)
    first, second = desk.invitations()
    assert (second["uid"], second["sequence"], second["start"]) == (first["uid"], 1, later)
    assert desk.needs_you == ""


@pytest.mark.parametrize("quirks", [(), (Quirk.TAKES_OLD_ANSWERS,)], ids=["by the standard", "shown by Google"])
@PROGRAMS
def test_an_answer_to_the_old_time_says_nothing_about_the_new_one(
    desk: Desk, program: Program, quirks: tuple[Quirk, ...]
) -> None:
    desk.sandbox.be_odd(*quirks)
    [old] = desk.invitations()
    desk.move(THURSDAY + timedelta(hours=2))
    desk.receive(program(old, "DECLINED", desk.clock.now()))
    assert (desk.meeting.status, desk.meeting.partstat) == (MeetingStatus.CONFIRMED, "NEEDS-ACTION")
    _, new = desk.invitations()
    desk.receive(program(new, "ACCEPTED", desk.clock.now()))
    assert desk.meeting.partstat == "ACCEPTED"


def test_a_decline_in_the_calendar_after_an_old_one_by_mail_is_put_before_the_owner(desk: Desk) -> None:
    desk.sandbox.be_odd(Quirk.TAKES_OLD_ANSWERS)
    [old] = desk.invitations()
    desk.move(THURSDAY + timedelta(hours=2))
    desk.receive(google(old, "DECLINED", desk.clock.now()))
    assert desk.meeting.status is MeetingStatus.CONFIRMED
    desk.answer_in_calendar("TENTATIVE", desk.clock.now())
    desk.answer_in_calendar("DECLINED", desk.clock.now() + timedelta(minutes=1))
    desk.work(hours=1)
    assert desk.meeting.status is MeetingStatus.CONFIRMED
    assert "shows them as having declined" in desk.needs_you


def test_another_answer_in_the_calendar_right_after_an_old_one_by_mail_counts(desk: Desk) -> None:
    [old] = desk.invitations()
    desk.move(THURSDAY + timedelta(hours=2))
    desk.sandbox.receive(ME, google(old, "ACCEPTED", desk.clock.now()))
    desk.answer_in_calendar("DECLINED", desk.clock.now() + timedelta(minutes=3))
    poll_inbox(desk.app, desk.account_id)
    desk.work(hours=1)
    assert desk.meeting.status is MeetingStatus.CANCELLED


def test_request_update_and_cancel_are_one_meeting_for_three_parsers(desk: Desk) -> None:
    for hours in (2, 3):
        desk.move(THURSDAY + timedelta(hours=hours))
    cancel_meeting(desk.app, desk.account_id, desk.meeting_id)
    desk.work()
    seen = desk.invitations()
    assert [each["method"] for each in seen] == ["REQUEST", "REQUEST", "REQUEST", "CANCEL"]
    assert [each["sequence"] for each in seen] == [0, 1, 2, 3]
    assert [each["start"] - THURSDAY for each in seen] == [timedelta(hours=n) for n in (0, 2, 3, 3)]
    assert [each["status"] for each in seen] == ["CONFIRMED"] * 3 + ["CANCELLED"]
    assert len({(each["uid"], each["organizer"], each["guest"]) for each in seen}) == 1
