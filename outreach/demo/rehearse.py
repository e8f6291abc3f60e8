"""The whole queue on a clock that is moved by hand, with simulated answers: what would leave when, and what follows.

Everything happens on a throw-away copy of the account's rows and in a Google of our own. Of the real one only busy time
is read, so that the times which would be offered are really free.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from pathlib import Path

from outreach.actions.approve_letters import approve_letters
from outreach.actions.free_time import read_busy_time
from outreach.actions.rehearse import rehearsal
from outreach.app import App, open_app
from outreach.clock import FixedClock
from outreach.database import EVERYBODY
from outreach.demo.cast import TEMPERS
from outreach.demo.work import work
from outreach.edge import EdgeError
from outreach.errors import BadInput
from outreach.model import Account, AccountState, Meeting
from outreach.queries.contacts import contacts
from outreach.queries.letters import letters
from outreach.queries.timeline import Moment, StillWaiting, ended_letters, still_waiting, timeline
from outreach.rules.instants import Span
from outreach.rules.kinds import LetterState
from outreach.rules.zones import say_day
from outreach.sandbox.people import Behaviour, Person
from outreach.sandbox.server import Sandbox
from outreach.settings import Settings

MOST_WEEKS = 26
_STEP = timedelta(minutes=10)


class Answers(StrEnum):
    """How the simulated people take the letters."""

    MIXED = "mixed"  # as people do: some yes, some no, some never, some odd
    YES = "yes"  # everybody is glad to talk
    SILENT = "silent"  # nobody answers


@dataclass(frozen=True, kw_only=True)
class Rehearsed:
    """What would happen. Instants are aware UTC; ``zone`` is the owner's.

    ``calendar`` says why the real calendar could not be read, "" where it was; ``approved`` how many drafts were taken
    for approved.
    """

    address: str
    zone: str
    begins: datetime
    ends: datetime
    answers: str
    approved: int
    calendar: str
    moments: tuple[Moment, ...]
    waiting: tuple[StillWaiting, ...]


def rehearse(
    app: App,
    account_id: str,
    *,
    weeks: int = 4,
    answers: Answers = Answers.MIXED,
    approve_drafts: bool = True,
    automatic: bool = False,
    say: Callable[[str], None] = lambda _: None,
) -> Rehearsed:
    """Return what would happen in the next weeks. Nothing real is touched: no row, no mailbox, no calendar.

    ``approve_drafts`` takes drafts that are ready for approved, ``automatic`` lets times be offered and booked without
    the owner. Raises BadInput for a span that makes no sense.
    """
    if not 1 <= weeks <= MOST_WEEKS:
        raise BadInput(f"Rehearse 1 to {MOST_WEEKS} weeks, not {weeks}.")
    begins = _next_step(app.now())
    ends, clock = begins + timedelta(weeks=weeks), FixedClock(begins, step=_STEP)
    busy, trouble = _real_busy_time(app, account_id, Span(begins, ends + timedelta(days=60)))
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="outreach-")))
        copy = stack.enter_context(rehearsal(app, account_id, with_letters=True))
        sandbox = stack.enter_context(Sandbox(clock=clock.now, ledger=scratch / "ledger.jsonl", seed=7))
        settings = _settings(copy.settings, scratch / "home", sandbox)
        stage = open_app(settings, database=copy.database, clock=clock, renderer=app.renderer)
        address, zone = _connect(stage, account_id, sandbox, automatic=automatic)
        for span in busy:
            sandbox.busy(address, span.start, span.end)
        _people(stage, account_id, sandbox, answers, zone)
        approved = _approve(stage, account_id) if approve_drafts else 0
        before = ended_letters(stage, account_id)
        _live(stage, clock, sandbox, ends, say)
        stage.mark.release()
        return Rehearsed(
            address=address,
            zone=zone,
            begins=begins,
            ends=ends,
            answers=str(answers),
            approved=approved,
            calendar=trouble,
            moments=tuple(timeline(stage, account_id, begins)),
            waiting=tuple(still_waiting(stage, account_id, before)),
        )


def _next_step(now: datetime) -> datetime:
    """Return the next whole step of the clock, so that times read as people say them."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    return hour + -((hour - now) // _STEP) * _STEP


def _real_busy_time(app: App, account_id: str, span: Span) -> tuple[list[Span], str]:
    """Return the owner's busy time, and why it could not be read: then times are offered as if nothing were there."""
    with app.database.read(account_id) as session:
        account = session.get_one(Account, account_id)
    try:
        return read_busy_time(app, account, app.settings_for(account), span), ""
    except EdgeError as error:
        return [], error.message


def _settings(settings: Settings, home: Path, sandbox: Sandbox) -> Settings:
    seldom = {"poll_seconds": 3 * 3600, "seldom_seconds": 6 * 3600, "events_seconds": 3 * 3600}
    return settings.model_copy(
        update={
            "home": home,
            "google": settings.google.model_copy(update={"api_root": sandbox.root, "units_a_minute": 0}),
            "inbox": settings.inbox.model_copy(update=seldom),
        }
    )


def _connect(stage: App, account_id: str, sandbox: Sandbox, *, automatic: bool) -> tuple[str, str]:
    """Let the copied account use the sandbox. Return its address and zone."""
    with stage.database.write(EVERYBODY) as session:
        account = session.get_one(Account, account_id)
        consent = json.dumps(sandbox.add_account(account.address, name=account.name)).encode()
        account.credentials = stage.tokens.seal(account_id, "google", consent)
        account.state, account.reconcile_from, account.paused_until = AccountState.ACTIVE, None, None
        account.history_id, account.events_token, account.units_at = None, None, None
        account.poll_due_at = stage.now()
        preferences = {name: dict(values) for name, values in account.preferences.items()}
        # Busy time of all calendars is in the sandbox's first one.
        preferences.setdefault("availability", {}).update({"calendars": ["primary"], "feeds": []})
        if automatic:
            preferences.setdefault("scheduling", {}).update({"offer_automatically": True, "book_automatically": True})
        account.preferences = preferences
        zone = stage.settings_for(account).whereabouts(account.zone).home
    with stage.database.write(account_id) as session:
        for meeting in session.query(Meeting):
            meeting.calendar_due_at = None  # what stands in the real calendar is busy time here
    return account.address, zone


def _people(stage: App, account_id: str, sandbox: Sandbox, answers: Answers, own_zone: str) -> None:
    for contact in contacts(stage, account_id):
        if not contact.address:
            continue
        number = int.from_bytes(sha256(contact.id.encode()).digest()[:4])
        temper = {
            Answers.MIXED: TEMPERS[number % len(TEMPERS)],
            Answers.YES: Behaviour.ACCEPT_SLOT,
            Answers.SILENT: Behaviour.SILENT,
        }[answers]
        zone = contact.zone or own_zone
        sandbox.add_person(
            Person(
                address=contact.address,
                name=contact.name,
                behaviour=temper,
                zone=zone,
                delay_hours=2 + number % 30,
                slot=1 + number % 3,
            )
        )


def _approve(stage: App, account_id: str) -> int:
    drafts = letters(stage, account_id, states={LetterState.DRAFTED})
    ready = [line.id for line in drafts if not line.obstacles and not line.missing]
    return sum(not plan.obstacles for plan in approve_letters(stage, account_id, ready)) if ready else 0


def _live(stage: App, clock: FixedClock, sandbox: Sandbox, ends: datetime, say: Callable[[str], None]) -> None:
    day = None
    while clock.now() < ends:
        work(stage)
        clock.advance(_STEP)
        sandbox.tick()
        if clock.now().date() != day:
            day = clock.now().date()
            say(f"Rehearsing {say_day(day)} …")
