"""What simulated people write, as RFC 5322 bytes: answers, automatic replies, bounces, accepted invitations."""

from __future__ import annotations

import hashlib
import random
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from html import escape
from itertools import pairwise
from zoneinfo import ZoneInfo

from outreach.sandbox import raw_mail
from outreach.sandbox.mailbox import Message

_NUMBERED = re.compile(r"^\s*(\d)[.)]\s+(.*)$", re.MULTILINE)
_DAY = re.compile(
    r"\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b(?:,? (?:\d{1,2} [A-Z][a-z]+|[A-Z][a-z]+ \d{1,2}))?", re.IGNORECASE
)
_CLOCK = re.compile(r"\b\d{1,2}[:.]\d{2}(?: ?[ap]m)?\b|\b\d{1,2} ?[ap]m\b", re.IGNORECASE)
#: How deep a garbled message is nested.
_BOXES = 150
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)


@dataclass(frozen=True)
class Answering:
    """Who answers which letter of whom."""

    name: str
    address: str
    title: str
    organization: str
    zone: str
    letter: Message
    account_name: str

    @property
    def first_name(self) -> str:
        """What the person signs with."""
        return self.name.split()[0] if self.name.split() else self.address.partition("@")[0]


# Words.


def offered(text: str) -> list[str]:
    """Return the times that a letter offers: the text of its numbered lines that speak of a time."""
    return [line.strip() for _, line in _NUMBERED.findall(text) if _CLOCK.search(line)]


def accepts(slots: list[str], wanted: int, dice: random.Random) -> str:
    """Return the acceptance of one of the slots, by its place or by its day and time."""
    index = min(max(wanted, 1), len(slots)) - 1
    day, clock = _DAY.search(slots[index]), _CLOCK.search(slots[index])
    by_place = [f"Thank you, the {_ORDINALS[index]} one works for me.", f"The {_ORDINALS[index]} option suits me well."]
    by_time = [f"Thank you, {day[0]} at {clock[0]} works for me."] if day and clock else []
    return f"{dice.choice(by_place + by_time)}\n\nI look forward to it."


def agrees(dice: random.Random) -> str:
    """Return a yes without a time."""
    return dice.choice(
        (
            "Thank you for your letter. I would be happy to talk.\n\nPlease send me a few times.",
            "What a nice letter to get. Yes, I would be glad to talk to you.\n\nSend me some times, please.",
            "Happy to talk. Please send over a few times that would work on your side.",
        )
    )


def asks(dice: random.Random) -> str:
    """Return a question back."""
    return dice.choice(
        (
            "Thank you for writing. What is it about our work that you would most like to hear about?",
            "Thanks for your note. Before I answer: who else are you speaking to in this field?",
        )
    )


def declines(named: tuple[str, str] | None) -> str:
    """Return a polite no, naming somebody else where there is a name."""
    no = "Thank you for thinking of me. I am sorry, but I cannot take on any calls this season."
    if named is None:
        return f"{no}\n\nI wish you all the best with your plans."
    first = named[0].split()[0]
    return (
        f"{no}\n\n{named[0]} ({named[1]}) would be a good person to ask. {first} knows this work far better than I do."
    )


def names(named: tuple[str, str]) -> str:
    """Return the name that was asked for after a no."""
    return f"Please try {named[0]} ({named[1]}). You may say that the name came from me."


def remarks() -> str:
    """Return words that are neither a yes nor a no."""
    return "Your letter has made the round in our kitchen this morning."


def opts_out() -> str:
    """Return the wish for no more letters."""
    return "Please do not contact me again."


# Mail.


def reply(who: Answering, body: str, at: datetime) -> bytes:
    """Return an answer in the letter's thread: signature, and the letter quoted below, as plain text and HTML."""
    letter = who.letter
    subject = letter.header("Subject")
    message = _addressed(who, subject if re.match(r"(?i)re:", subject) else f"Re: {subject}", at)
    _thread(message, letter)
    sender = letter.header("From")
    here = letter.received.astimezone(ZoneInfo(who.zone))
    attribution = f"On {_day(here)} {here.year} at {here:%H:%M}, {sender} wrote:"
    lines = letter.text.replace("\r\n", "\n").rstrip("\n").split("\n")
    quoted = "\n".join(f"> {line}".rstrip() for line in lines)
    written = f"{body}\n\n{who.first_name}"
    signature = "\n".join(each for each in (who.name, who.title, who.organization) if each)
    message.set_content(f"{written}\n\n-- \n{signature}\n\n{attribution}\n{quoted}\n")
    as_html = escape(written).replace("\n", "<br>\n")
    message.add_alternative(
        f'<div dir="ltr">{as_html}</div><br><div class="gmail_signature">{escape(signature)}</div><br>\n'
        f'<div class="gmail_quote"><div class="gmail_attr">{escape(attribution)}</div>'
        f"<blockquote>{'<br>'.join(map(escape, lines))}</blockquote></div>\n",
        subtype="html",
    )
    message.set_boundary(_boundary(message))
    return message.as_bytes()


def out_of_office(who: Answering, back: datetime, at: datetime) -> bytes:
    """Return an automatic reply with the headers of RFC 3834."""
    message = _addressed(who, f"Automatic reply: {who.letter.header('Subject')}", at)
    _thread(message, who.letter)
    message["Auto-Submitted"] = "auto-replied"
    message["X-Auto-Response-Suppress"] = "All"
    here = back.astimezone(ZoneInfo(who.zone))
    day = f"{_day(here)} {here.year}"
    message.set_content(f"I am out of the office and will be back on {day}.\n\n{who.first_name}\n")
    return message.as_bytes()


def bounce(who: Answering, account: str, at: datetime) -> bytes:
    """Return a report of failed delivery (RFC 3464) as Google's mailer-daemon writes it."""
    why = f"550 5.1.1 <{who.address}>: no such user here"
    said = f"** Address not found **\n\nYour message wasn't delivered to {who.address}: no such address.\n\n{why}\n"
    return _report(who, account, at, "Failure", "failed", "5.1.1", why, said)


def delay(who: Answering, account: str, at: datetime) -> bytes:
    """Return a report that delivery is late and goes on being tried (RFC 3464, Action: delayed)."""
    why = "451 4.4.1 the server of the recipient does not answer"
    said = f"** Delivery incomplete **\n\nThere was a temporary problem in reaching {who.address}.\n\n{why}\n"
    return _report(who, account, at, "Delay", "delayed", "4.4.1", why, said)


def _report(
    who: Answering, account: str, at: datetime, title: str, action: str, code: str, why: str, said: str
) -> bytes:
    letter, address, boundary = who.letter, who.address, f"=_dsn_{who.letter.id}"
    head = [
        "Return-Path: <>",
        f"To: {account}",
        "From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
        f"Subject: Delivery Status Notification ({title})",
        f"Date: {format_datetime(at)}",
        f"Message-ID: {_message_id(who, action, at, 'mx.google.com')}",
        f"In-Reply-To: {letter.message_id}",
        f"References: {letter.message_id}",
        f"X-Failed-Recipients: {address}",
        "Auto-Submitted: auto-replied",
        "MIME-Version: 1.0",
        f'Content-Type: multipart/report; report-type=delivery-status; boundary="{boundary}"',
    ]
    status = [
        "Reporting-MTA: dns; googlemail.com",
        f"Arrival-Date: {format_datetime(letter.received)}",
        f"X-Original-Message-ID: {letter.message_id}",
        "",
        f"Final-Recipient: rfc822; {address}",
        f"Action: {action}",
        f"Status: {code}",
        f"Remote-MTA: dns; mx.{address.partition('@')[2]}",
        f"Diagnostic-Code: smtp; {why}",
        f"Last-Attempt-Date: {format_datetime(at)}",
    ]
    original = raw_mail.split(raw_mail.without_bcc(letter.raw))[0].decode("utf-8", "replace")
    parts = (
        ("text/plain; charset=utf-8", said),
        ("message/delivery-status", "\n".join(status) + "\n"),
        ("text/rfc822-headers; charset=utf-8", original),
    )
    body = "".join(f"--{boundary}\nContent-Type: {kind}\n\n{text}\n" for kind, text in parts)
    return raw_mail.crlf(("\n".join(head) + f"\n\n{body}--{boundary}--\n").encode())


def garbled(who: Answering, at: datetime) -> bytes:
    """Return a message that no reader should try to take apart: boxes within boxes, more than anybody packs."""
    head = _addressed(who, f"Re: {who.letter.header('Subject')}", at)
    _thread(head, who.letter)
    boundaries = [f"=_box_{number}" for number in range(_BOXES)]
    opened = "".join(f'--{a}\nContent-Type: multipart/mixed; boundary="{b}"\n\n' for a, b in pairwise(boundaries))
    top = f'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="{boundaries[0]}"\n\n'
    headers = "".join(f"{name}: {value}\n" for name, value in head.items())
    return raw_mail.crlf(f"{headers}{top}{opened}--{boundaries[-1]}--\n".encode())


def answered(who: Answering, invitation: str, at: datetime, *, style: str, partstat: str = "ACCEPTED") -> bytes:
    """Return an iMIP REPLY (RFC 6047) to an invitation: ``gmail`` starts a thread, ``outlook`` stays in it."""
    lines = re.sub(r"\r?\n[ \t]", "", invitation)
    summary = re.sub(r"\\(.)", r"\1", _property(lines, "SUMMARY").partition(":")[2]) or "Meeting"
    message = _addressed(who, f"{partstat.capitalize()}: {summary}", at)
    if style == "outlook":
        _thread(message, who.letter)
    message.set_content(f"{who.name or who.address} has {partstat.lower()} this invitation.\n")
    text = "".join(map(_folded, _reply_lines(who, lines, at, "MAILTO" if style == "outlook" else "mailto", partstat)))
    message.add_alternative(text, subtype="calendar", charset="utf-8", cte="base64", params={"method": "REPLY"})
    message.set_boundary(_boundary(message))
    return message.as_bytes()


def _reply_lines(who: Answering, request: str, at: datetime, mailto: str, partstat: str) -> list[str]:
    name = re.sub(r'[";:,^\r\n]', " ", who.name) or who.address
    lines = [
        *("BEGIN:VCALENDAR", "PRODID:-//Sandbox//People//EN", "VERSION:2.0", "CALSCALE:GREGORIAN", "METHOD:REPLY"),
        "BEGIN:VEVENT",
        _property(request, "DTSTART"),
        _property(request, "DTEND"),
        f"DTSTAMP:{at.astimezone(UTC):%Y%m%dT%H%M%SZ}",
        _property(request, "ORGANIZER"),
        _property(request, "UID"),
        f'ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT={partstat};CN="{name}":{mailto}:{who.address}',
        _property(request, "SEQUENCE") or "SEQUENCE:0",
        *("STATUS:CONFIRMED", _property(request, "SUMMARY"), "TRANSP:OPAQUE", "END:VEVENT", "END:VCALENDAR"),
    ]
    return [line for line in lines if line]


def _property(lines: str, name: str) -> str:
    """Return a property's whole line from the first VEVENT, or ""."""
    event = lines.partition("BEGIN:VEVENT")[2]
    found = re.search(rf"^{name}[;:][^\r\n]*", event, re.MULTILINE)
    return found[0] if found else ""


def _folded(line: str) -> str:
    """Return a content line folded to 75 octets (RFC 5545, section 3.1), with CRLF."""
    pieces, room = [""], 75
    for character in line:
        size = len(character.encode())
        if size > room:
            pieces.append(" ")
            room = 74
        pieces[-1] += character
        room -= size
    return "\r\n".join(pieces) + "\r\n"


def _addressed(who: Answering, subject: str, at: datetime) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    local, _, domain = who.address.partition("@")
    message["From"] = Address(_plain(who.name), local, domain)
    message["To"] = _plain(who.letter.header("Reply-To") or who.letter.header("From"))
    message["Subject"] = _plain(subject)
    message["Date"] = format_datetime(at.astimezone(ZoneInfo(who.zone)))
    message["Message-ID"] = _message_id(who, subject, at, domain)
    return message


def _thread(message: EmailMessage, letter: Message) -> None:
    known = [*re.findall(r"<[^<>\s]+>", letter.header("References")), letter.message_id]
    message["In-Reply-To"] = letter.message_id
    message["References"] = " ".join(dict.fromkeys(known))


def _plain(text: str) -> str:
    """Return one line without control characters."""
    return " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f]", " ", text).split())


def _message_id(who: Answering, about: str, at: datetime, domain: str) -> str:
    digest = hashlib.sha256(f"{who.address} {who.letter.id} {about} {at}".encode()).hexdigest()
    return f"<{digest[:24]}@{domain}>"


def _boundary(message: EmailMessage) -> str:
    """Return a boundary that is the same each time: the library's own is drawn at random."""
    return f"=_people_{hashlib.sha256(str(message['Message-ID']).encode()).hexdigest()[:24]}"


def _day(here: datetime) -> str:
    return f"{_DAYS[here.weekday()]} {here.day} {_MONTHS[here.month - 1]}"
