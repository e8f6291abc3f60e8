"""What is behind the HTTP server: accounts, the post between them and simulated people, and the clock."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from outreach.sandbox import raw_mail
from outreach.sandbox.calendars import Calendar
from outreach.sandbox.ledger import Ledger
from outreach.sandbox.mailbox import Mailbox, Message
from outreach.sandbox.people import Person, Population
from outreach.sandbox.quirks import Quirk
from outreach.sandbox.refusals import calendar_refusal, invalid, quota_spent


@dataclass
class Account:
    """One Google account: a mailbox, calendars by id, and a zone."""

    mailbox: Mailbox
    zone: str
    calendars: dict[str, Calendar] = field(default_factory=dict)
    units: list[tuple[datetime, int]] = field(default_factory=list)


class World:
    """All state. Whoever calls a method from outside holds ``lock``."""

    def __init__(self, clock: Callable[[], datetime], ledger: Ledger, *, seed: int, search_lag: timedelta) -> None:
        self.lock = threading.RLock()
        self.ledger = ledger
        self.search_lag = search_lag
        self.units_per_minute: int | None = None
        self.quirks: set[Quirk] = set()
        self.accounts: dict[str, Account] = {}
        self._clock = clock
        self._seed = seed
        self.population = Population(seed)

    def now(self) -> datetime:
        """Return the sandbox's present instant, aware UTC."""
        return self._clock().astimezone(UTC)

    def add_account(self, address: str, name: str, zone: str) -> Account:
        """Return the account, made if it is new; its name and zone are those given last."""
        account = self.accounts.get(address)
        if account is None:
            account = Account(Mailbox(address, name, self._seed, quirks=self.quirks), zone)
            account.calendars[address] = Calendar(address, address, name or address, zone, quirks=self.quirks)
            self.accounts[address] = account
        account.mailbox.name, account.zone = name, zone
        account.calendars[address].zone = zone
        return account

    def account(self, address: str) -> Account:
        """Return an account. Raises Refusal (400) for one that is not there."""
        found = self.accounts.get(address.lower())
        if found is None:
            raise invalid(f"The sandbox has no account {address}.")
        return found

    def mailbox(self, address: str) -> Mailbox:
        """Return an account's mailbox. Raises Refusal (400)."""
        return self.account(address).mailbox

    def calendar(self, address: str, calendar_id: str) -> Calendar:
        """Return one of an account's calendars; ``primary`` is the first. Raises Refusal (404)."""
        wanted = address if calendar_id == "primary" else calendar_id.lower()
        found = self.account(address).calendars.get(wanted)
        if found is None:
            raise calendar_refusal(404, "notFound", "Not Found")
        return found

    def spend(self, address: str, units: int) -> None:
        """Count quota units against the account's budget of the last minute, if there is one. Raises Refusal."""
        if self.units_per_minute is None:
            return
        account, now = self.account(address), self.now()
        account.units = [each for each in account.units if each[0] > now - timedelta(minutes=1)]
        if sum(spent for _, spent in account.units) + units > self.units_per_minute:
            raise quota_spent()
        account.units.append((now, units))

    # The post.

    def send(
        self, mailbox: Mailbox, raw: bytes, *, thread_id: str | None = None, draft_id: str | None = None
    ) -> Message:
        """Accept a message: file it as sent, write the ledger, deliver it. Raises Refusal before anything happened."""
        if len(raw) > raw_mail.LARGEST_MESSAGE:
            raise invalid("Message size exceeds the limit of 25 MB.")
        to, everybody = raw_mail.recipients_of(raw)
        now = self.now()
        owner = (mailbox.address, mailbox.name)
        if Quirk.DROPS_X_HEADERS in self.quirks:
            raw = raw_mail.without_x_headers(raw)
        stamped = raw_mail.stamped(raw, message_id=self._message_id(mailbox, raw), owner=owner, now=now)
        message = mailbox.add_sent(stamped, thread_id, now, draft_id=draft_id)
        self.ledger.write(
            "sent",
            mailbox.address,
            gmail_id=message.id,
            to=", ".join(to),
            recipients=everybody,
            subject=message.header("Subject"),
            x_outreach_id=message.header("X-Outreach-Id"),
            thread_id=message.thread_id,
            message_id=message.message_id,
            sha256=hashlib.sha256(raw).hexdigest(),
        )
        self._hand_out(mailbox, message, everybody)
        return message

    def _message_id(self, mailbox: Mailbox, raw: bytes) -> str:
        """Return the Message-ID that the message leaves under: Gmail's own, whatever its client gave."""
        own, given = mailbox.stamp(), raw_mail.message_id_of(raw_mail.fields_of(raw))
        googles = Quirk.KEEPS_OWN_MESSAGE_ID in self.quirks and given.endswith("@mail.gmail.com>")
        return given if given and (googles or Quirk.KEEPS_MESSAGE_ID in self.quirks) else own

    def _hand_out(self, mailbox: Mailbox, message: Message, addresses: Iterable[str]) -> None:
        for address in addresses:
            if address == mailbox.address and Quirk.DROPS_X_ON_ARRIVAL in self.quirks:
                self.deliver(address, raw_mail.without_x_headers(message.raw), thread_id=message.thread_id)
            elif address == mailbox.address:
                mailbox.relabel(message, ["INBOX", "UNREAD"], [])
            elif address in self.accounts:
                self.deliver(address, raw_mail.without_bcc(message.raw))
            else:
                self.population.letter(self, mailbox, message, address)

    def deliver(
        self,
        address: str,
        raw: bytes,
        *,
        labels: Sequence[str] = ("INBOX", "UNREAD"),
        thread_id: str | None = None,
        at: datetime | None = None,
    ) -> Message:
        """File a message that arrives for an account; an iMIP answer also reaches its calendar, as with Google."""
        account = self.account(address)
        message = account.mailbox.receive(raw, labels, at or self.now(), thread_id)
        if b"text/calendar" in raw.lower() and "SENT" not in message.labels:
            self._note_answer(account, message)
        return message

    def _note_answer(self, account: Account, message: Message) -> None:
        part = raw_mail.calendar_part(message.parsed)
        if part is None or part[0] != "REPLY":
            return
        lines = re.sub(r"\r?\n[ \t]", "", part[1])
        uid = re.search(r"^UID[^:\n]*:(\S+)", lines, re.MULTILINE)
        guest = re.search(
            r"^ATTENDEE[^\n]*?PARTSTAT=([A-Z]+)[^\n]*?mailto:([^\s;]+)", lines, re.MULTILINE | re.IGNORECASE
        )
        sender = raw_mail.address_of(message.header("From"))
        version = re.search(r"^SEQUENCE:(\d+)", lines, re.MULTILINE)
        if uid and guest and guest[2].lower() == sender:
            for calendar in account.calendars.values():
                event = calendar.with_uid(uid[1])
                old = event is not None and int(version[1] if version else 0) < event["sequence"]
                if not old or Quirk.TAKES_OLD_ANSWERS in self.quirks:
                    calendar.answer(uid[1], sender, guest[1].upper(), self.now())

    # People.

    def add_person(self, person: Person) -> None:
        """Let a person live here; one with the same address is replaced."""
        self.population.add(person)

    def tick(self) -> None:
        """Let people act up to now."""
        self.population.act(self, self.now())

    def state(self) -> dict[str, object]:
        """Return how things stand, for the state endpoint."""
        return {
            "accounts": {
                address: {
                    "messages": len(account.mailbox.messages),
                    "drafts": len(account.mailbox.drafts),
                    "sent": sum("SENT" in each.labels for each in account.mailbox.messages.values()),
                    "history_id": str(account.mailbox.history_id),
                    "events": {each.id: len(each.events) for each in account.calendars.values()},
                }
                for address, account in self.accounts.items()
            },
            "people": self.population.state(),
        }
