"""The sandbox as one object: an HTTP server that answers like Google, and what a test stages in it.

>>> with Sandbox() as sandbox:
...     consent = sandbox.add_account("ada@student.example.com", name="Ada Okafor")
...     consent["token_uri"].startswith("http://127.0.0.1:")
True
"""

from __future__ import annotations

import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl

from outreach.sandbox import calendar_api, control, gmail
from outreach.sandbox.calendars import Calendar, is_zone
from outreach.sandbox.calls import Call, json_object, query_of
from outreach.sandbox.clock import HeldClock, iso
from outreach.sandbox.faults import AFTER, HANGS, LOST, Fault, FaultKind, Faults, refusal_of
from outreach.sandbox.ledger import Entry, Ledger
from outreach.sandbox.people import Behaviour, Person
from outreach.sandbox.quirks import Quirk
from outreach.sandbox.refusals import Refusal, refusal, scope_missing, too_many_at_once
from outreach.sandbox.routes import Route, find
from outreach.sandbox.tokens import ALL, Tokens
from outreach.sandbox.wire import Reply, Request, Server
from outreach.sandbox.world import World

__all__ = ["ALL", "Behaviour", "FaultKind", "Person", "Quirk", "Sandbox"]

_TOKEN_PATHS = frozenset({"/token", "/oauth2/v4/token"})
_AT_ONCE = 10
#: How long sends that may race are held up for others to join, in steps of so many seconds.
_RACE_STEP, _RACE_STEPS = 0.05, 6


class Sandbox:
    """A Google of one's own on a loopback port; use it in a ``with``, or ``start`` and ``stop`` it.

    ``clock`` returns the present instant (aware); without one the sandbox keeps a clock that control endpoints move.
    ``search_lag`` is how long a new message stays invisible to lists and searches; ``quirks`` are ways in which it
    differs from what clients believe of Google.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], datetime] | None = None,
        ledger: Path | None = None,
        port: int = 0,
        seed: int = 0,
        search_lag: timedelta = timedelta(0),
        quirks: Iterable[Quirk | str] = (),
    ) -> None:
        self._held = HeldClock() if clock is None else None
        used = clock or self._held
        assert used is not None
        self._server = Server(port, self._respond)
        self.root = self._server.root
        self.ledger = Ledger(ledger, used)
        self.world = World(used, self.ledger, seed=seed, search_lag=search_lag)
        self.be_odd(*quirks)
        self.tokens = Tokens(seed)
        self.faults = Faults(seed)
        self.requests: Counter[str] = Counter()
        self.errors: list[str] = []
        self._at_once = _AT_ONCE
        self._in_flight: Counter[str] = Counter()
        #: The most requests that each account had in flight at a time.
        self.most_at_once: Counter[str] = Counter()
        self._counting = threading.Lock()

    # Life.

    def start(self) -> Sandbox:
        """Begin to serve, and return the sandbox."""
        self._server.start()
        return self

    def stop(self) -> None:
        """Close port, connections and ledger; what hangs is woken."""
        self._server.stop()
        self.ledger.close()

    def __enter__(self) -> Sandbox:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # Staging.

    @property
    def sent(self) -> list[Entry]:
        """Ledger entries of every message accepted for sending, in order."""
        return self.ledger.sent

    def add_account(
        self, address: str, *, name: str = "", scopes: Sequence[str] = ALL, zone: str = "Europe/London"
    ) -> dict[str, str]:
        """Add an account, or a further consent of one that is there, and return it as authorized-user JSON.

        ``scopes`` are URLs or short names such as ``gmail.send``. Raises ValueError for what is no address or zone.
        """
        address = address.strip().lower()
        if "@" not in address or not is_zone(zone):
            raise ValueError(f"{address!r} in {zone!r} cannot be an account")
        with self.world.lock:
            self.world.add_account(address, name, zone)
        consent = self.tokens.grant(address, scopes)
        return {
            "type": "authorized_user",
            "client_id": consent.client_id,
            "client_secret": consent.client_secret,
            "refresh_token": consent.refresh_token,
            "token_uri": f"{self.root}/token",
            "account": address,
        }

    def add_person(self, person: Person) -> None:
        """Let a simulated person live here; one with the same address is replaced."""
        with self.world.lock:
            self.world.population.add(person)

    def add_calendar(self, address: str, calendar_id: str, *, summary: str = "") -> None:
        """Give an account a further calendar."""
        with self.world.lock:
            account = self.world.account(address)
            made = Calendar(calendar_id.lower(), account.mailbox.address, summary or calendar_id, account.zone)
            account.calendars[made.id] = made

    def busy(
        self, address: str, start: datetime, end: datetime, *, calendar: str = "primary", summary: str = "Busy"
    ) -> str:
        """Put somebody else's event into an account's calendar and return its id."""
        with self.world.lock:
            times = {"start": {"dateTime": iso(start)}, "end": {"dateTime": iso(end)}}
            found = self.world.calendar(address.lower(), calendar)
            return str(found.insert({"summary": summary, **times}, self.world.now())["id"])

    def deliver(
        self,
        address: str,
        raw: bytes,
        *,
        labels: Sequence[str] = ("INBOX", "UNREAD"),
        thread_id: str | None = None,
    ) -> str:
        """Let a message arrive in an account's mailbox and return its Gmail id. It joins the thread that it answers
        under the same subject, or the one named."""
        with self.world.lock:
            return self.world.deliver(address.lower(), raw, labels=labels, thread_id=thread_id).id

    receive = deliver

    def revoke(self, address: str) -> None:
        """Take back every consent of an account."""
        self.tokens.revoke(address.lower())

    def expire_tokens(self, address: str) -> None:
        """Make an account's access tokens stale; refreshing still works."""
        self.tokens.expire_access(address.lower())

    def expire_history(self, address: str) -> None:
        """Make every history id that an account has given out too old."""
        with self.world.lock:
            self.world.mailbox(address).forget_history()

    def expire_sync_tokens(self, address: str) -> None:
        """Make every sync token that an account's calendars have given out too old."""
        with self.world.lock:
            for calendar in self.world.account(address).calendars.values():
                calendar.version += 1
                calendar.oldest_sync = calendar.version

    def fault(
        self,
        method: str,
        kind: FaultKind | str,
        *,
        times: int | None = None,
        probability: float | None = None,
        seconds: float = 30.0,
        retry_at: datetime | None = None,
        account: str | None = None,
        calendar: str | None = None,
    ) -> None:
        """Let calls go wrong: the next ``times``, a share of them, or all until ``clear_faults``.

        ``method`` is a name or pattern (``drafts.send``, ``events.*``, ``token``) or a path pattern (``*/drafts``).
        ``seconds`` is how long a hang or a slow answer takes. Raises ValueError for an unknown kind.
        """
        self.faults.add(Fault(method, FaultKind(kind), times, probability, seconds, retry_at, account, calendar))

    def clear_faults(self) -> None:
        """Let nothing go wrong any more."""
        self.faults.clear()

    def be_odd(self, *quirks: Quirk | str) -> None:
        """Differ in these ways from what clients believe of Google. Raises ValueError for an unknown one."""
        with self.world.lock:
            self.world.quirks.update(Quirk(quirk) for quirk in quirks)

    def be_as_believed(self) -> None:
        """Differ in no way any more."""
        with self.world.lock:
            self.world.quirks.clear()

    def limit(self, *, units_per_minute: int | None = None, at_once: int = _AT_ONCE) -> None:
        """Set each user's quota units a minute (None: unlimited) and requests in flight."""
        with self.world.lock:
            self.world.units_per_minute = units_per_minute
        self._at_once = at_once

    def set_clock(self, moment: datetime, *, standing: bool = False) -> None:
        """Move the sandbox's own clock. Raises ValueError when the sandbox was given somebody else's."""
        self._own_clock().set(moment, standing=standing)

    def advance_clock(self, by: timedelta) -> None:
        """Move the sandbox's own clock by a span. Raises ValueError when the sandbox was given somebody else's."""
        self._own_clock().advance(by)

    def _own_clock(self) -> HeldClock:
        if self._held is None:
            raise ValueError("this sandbox was given a clock: move that one")
        return self._held

    def tick(self) -> None:
        """Let people act up to the clock's now."""
        with self.world.lock:
            self.world.tick()

    # Answering.

    def _respond(self, request: Request) -> Reply:
        try:
            return self._route(request)
        except Refusal as error:
            return Reply(error.code, error.body, error.headers)
        except Exception:  # noqa: BLE001 - shown by the state endpoint; a test looks at it
            self.errors.append(traceback.format_exc())
            return Reply(500, refusal(500, "backendError", "Internal error encountered.").body)

    def _route(self, request: Request) -> Reply:
        path, _, query = request.target.partition("?")
        if path.startswith(control.PREFIX):
            name = path.removeprefix(control.PREFIX)
            return Reply(body=control.answer(self, request.verb, name, json_object(request.body)))
        self.tick()
        if request.verb == "POST" and path in _TOKEN_PATHS:
            return self._faulted("token", path, "", lambda: self.tokens.answer(_form(request.body)))
        if request.verb == "POST" and path == "/revoke":
            self.tokens.revoke_token(_form(f"{query}&".encode() + request.body).get("token", ""))
            return Reply(body={})
        found = find(request.verb, path)
        if found is None:
            raise refusal(404, "notFound", "Not Found")
        return self._call(request, path, query, *found)

    def _call(self, request: Request, path: str, query: str, route: Route, named: dict[str, str]) -> Reply:
        access = self.tokens.check(request.headers.get("authorization", ""))
        self.requests[route.name] += 1
        if not route.scopes & access.scopes:
            raise scope_missing(route.id)
        upload = path.startswith("/upload/")
        scopes, headers = access.scopes, request.headers
        call = Call(route, access.address, scopes, named, query_of(query), headers, request.body, upload)
        with self._one_more(access.address):
            if route.name == "drafts.send" and self.world.quirks:
                call = self._odd_send(request, call)
            return self._faulted(route.name, path, access.address, lambda: self._carry_out(call))

    def _odd_send(self, request: Request, call: Call) -> Call:
        """Return the call as the quirks of sending have it. Raises Refusal for one that is dropped."""
        quirks, draft_id = self.world.quirks, str(call.json().get("id"))
        if quirks & {Quirk.DROPS_CUT_OFF, Quirk.LOSES_CUT_OFF} and request.cut_off():
            with self.world.lock:
                if Quirk.LOSES_CUT_OFF in quirks:
                    self.world.mailbox(call.account).delete_draft(draft_id)
            raise refusal(503, "backendError", "Nobody waits for this answer.")
        if Quirk.SENDS_RACING not in quirks:
            return call
        with self.world.lock:
            mailbox = self.world.mailbox(call.account)
            raced = mailbox.draft(draft_id).raw if draft_id in mailbox.drafts else None
        time.sleep(_RACE_STEP)
        for _ in range(_RACE_STEPS):
            time.sleep(_RACE_STEP)
            if self._in_flight[call.account] <= 1:
                break
        return replace(call, raced=raced)

    def _carry_out(self, call: Call) -> dict[str, Any] | None:
        with self.world.lock:
            if call.route.units:
                self.world.spend(call.account, call.route.units)
            if call.route.id.startswith("gmail."):
                return gmail.answer(self.world, call)
            return calendar_api.answer(self.world, call)

    def _faulted(self, name: str, path: str, account: str, work: Callable[[], dict[str, Any] | None]) -> Reply:
        """Return the answer of ``work``, or what a fault makes of it."""
        fault = self.faults.strike(name, path, account)
        if fault is None:
            return _ok(work())
        if fault.kind is FaultKind.SLOW:
            time.sleep(fault.seconds)
            return _ok(work())
        if fault.kind is FaultKind.CALENDAR_ERROR:
            return _ok(_with_calendar_error(work(), fault.calendar))
        if fault.kind in AFTER:
            try:
                work()
            except Refusal:
                if fault.kind is FaultKind.INTERNAL_AFTER:
                    raise
        if fault.kind in HANGS:
            return Reply(hang_seconds=fault.seconds)
        if fault.kind in LOST:
            return Reply(lost=True)
        raise refusal_of(fault, self.world.now().astimezone(UTC))

    @contextmanager
    def _one_more(self, address: str) -> Iterator[None]:
        """Count a request in flight. Raises Refusal (429) when the user has too many."""
        with self._counting:
            if self._in_flight[address] >= self._at_once:
                raise too_many_at_once()
            self._in_flight[address] += 1
            self.most_at_once[address] = max(self.most_at_once[address], self._in_flight[address])
        try:
            yield
        finally:
            with self._counting:
                self._in_flight[address] -= 1


def _ok(body: dict[str, Any] | None) -> Reply:
    return Reply(204) if body is None else Reply(body=body)


def _with_calendar_error(body: dict[str, Any] | None, only: str | None) -> dict[str, Any] | None:
    failed = {"errors": [{"domain": "global", "reason": "internalError"}], "busy": []}
    if body is None or "calendars" not in body:
        return body
    calendars = {key: failed if only in (None, key) else value for key, value in body["calendars"].items()}
    return body | {"calendars": calendars}


def _form(body: bytes) -> dict[str, str]:
    return dict(parse_qsl(body.decode("utf-8", "replace"), max_num_fields=100))
