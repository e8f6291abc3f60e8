"""A state machine over the outbox: everything that people, Google, clocks and crashes can do, in any order.

The judge is the ledger of ``GmailInMemory``: what Gmail accepted, when, and what the test had done by then. Time passes
as the test says; the computer's clock may besides be set forward and back, which Google does not notice.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import Row, event, select

from outreach.actions.approve_letters import approve_letters
from outreach.actions.block_contact import block_contact
from outreach.actions.book_meeting import book_meeting
from outreach.actions.cancel_letter import cancel_letter
from outreach.actions.cancel_meeting import cancel_meeting
from outreach.actions.draft_letters import draft_letters
from outreach.actions.edit_letter import edit_letter
from outreach.actions.mark_meeting import mark_meeting
from outreach.actions.move_meeting import move_meeting
from outreach.actions.record_debrief import record_debrief
from outreach.actions.retry_letter import retry_letter
from outreach.actions.run_job import run_job
from outreach.actions.set_account import pause_account, resume_account, set_account
from outreach.actions.unblock_contact import unblock_contact
from outreach.app import App, open_app
from outreach.clock import FixedClock
from outreach.database import EVERYBODY
from outreach.edge import EdgeError
from outreach.errors import BadInput, NotAllowed, NotFound, TryLater
from outreach.model import (
    Account,
    AccountState,
    Contact,
    Conversation,
    DoNotContact,
    Inbound,
    Letter,
    Meeting,
    base,
)
from outreach.process_mark import marks_folder
from outreach.queries.due_jobs import due_jobs
from outreach.queue import Job
from outreach.rules.addresses import address_key
from outreach.rules.kinds import (
    CALLED_BACK,
    ENDED,
    FIRST_LETTERS,
    ON_ITS_WAY,
    THANK_YOUS,
    TO_ONESELF,
    WAITING,
    Answer,
    LetterKind,
    LetterState,
    MeetingStatus,
)
from outreach.rules.leases import LEASE
from outreach.rules.stages import LETTER_TRANSITIONS, MEETING_TRANSITIONS, TRANSITIONS
from outreach.settings import load_settings
from tests.chaos import snapshots
from tests.chaos.by_hand import Worker, halting_at_crash_points
from tests.chaos.gmail_in_memory import Accepted, GmailInMemory, TrueTime

try:
    from outreach.actions.restore_backup import made_ready
except ImportError:  # a program that restores nothing has nothing to be tested there
    made_ready = None

_T = TypeVar("_T")

ME = "ada@student.example.com"
ZONES = ("Europe/London", "America/New_York", "Asia/Kolkata", "Australia/Sydney", "America/Los_Angeles")
PEOPLE = 6
#: Who has a draft already when an example begins.
DRAFTED = 4
CAP = 4
GAP = timedelta(seconds=90)
#: A worker is not quick to the second, and the engine allows for that.
_TOLERANCE = timedelta(seconds=5)
DAY = timedelta(hours=24)
PREPARED_AT = datetime(2027, 2, 1, 9, tzinfo=UTC)
#: Mondays and the last days before clocks change: America on 14 March, Europe on 28 March and 31 October 2027.
STARTS = (
    datetime(2027, 3, 1, 9, 30, tzinfo=UTC),
    datetime(2027, 3, 12, 20, 0, tzinfo=UTC),
    datetime(2027, 3, 26, 15, 0, tzinfo=UTC),
    datetime(2027, 10, 29, 15, 0, tzinfo=UTC),
)
SPANS = {
    name: timedelta(**{unit: number})
    for name, unit, number in (
        ("a second", "seconds", 1),
        ("ten seconds", "seconds", 10),
        ("two minutes", "minutes", 2),
        ("six minutes", "minutes", 6),
        ("an hour", "hours", 1),
        ("seven hours", "hours", 7),
        ("a day", "days", 1),
        ("four days", "days", 4),
    )
}
JUMPS = {
    f"{sign}{name}": by * (1 if sign == "+" else -1)
    for sign in "+-"
    for name, by in (("1 h", timedelta(hours=1)), ("1 day", timedelta(days=1)), ("3 weeks", timedelta(weeks=3)))
}
FAULTS = {
    "send_draft": (
        "429",
        "429_time",
        "limit",
        "limit_time",
        "daily",
        "refused",
        "gone",
        "lost_before",
        "lost_after",
        "500_after",
        "access_lost",
    ),
    "create_draft": ("429", "429_time", "lost_before", "lost_after", "refused", "access_lost"),
    "profile": ("429", "lost_before"),
    "history": ("429", "lost_before", "gone", "access_lost"),
    "head": ("429", "gone"),
    "sent_since": ("429", "gone"),
    "thread": ("429", "gone"),
    "search_sent": ("429",),
    "draft_exists": ("429", "lost_before"),
    "find_drafts": ("429",),
    "delete_draft": ("429", "lost_after"),
    "calendar": ("away",),
}
REPLIES = (
    "Yes, I would be glad to talk.",
    "No thank you, I am not available for this.",
    "Please do not write to me again.",
    "What exactly would you like to know?",
)
_BY_PEOPLE = frozenset(
    {Answer.OPT_OUT, Answer.NO, Answer.NO_WITH_NAME, Answer.YES_WITH_TIME, Answer.YES, Answer.QUESTION, Answer.OTHER}
)
_CAPPED = FIRST_LETTERS | {LetterKind.FOLLOW_UP, LetterKind.ASK_FOR_NAME, LetterKind.REPORT_BACK}
#: So many looks at the rows lie between two steps of a kind that changes little.
_REST = 8
_NEVER_ACCEPTED = frozenset({LetterState.DRAFTED, LetterState.CANCELLED, LetterState.EXPIRED, LetterState.FAILED})


def _closure(table: Any) -> dict[Any, frozenset[Any]]:
    """Return where one can get to in any number of moves, none included."""
    reached: dict[Any, set[Any]] = {frm: {frm, *to} for frm, to in table.items()}
    for middle in table:
        for frm in table:
            if middle in reached[frm]:
                reached[frm] |= reached[middle]
    return {frm: frozenset(to) for frm, to in reached.items()}


_LETTER_ROADS, _STAGE_ROADS, _MEETING_ROADS = map(_closure, (LETTER_TRANSITIONS, TRANSITIONS, MEETING_TRANSITIONS))

_LETTERS = select(
    Letter.id,
    Letter.kind,
    Letter.state,
    Letter.contact_id,
    Letter.conversation_id,
    Letter.meeting_id,
    Letter.due_at,
    Letter.lease_until,
    Letter.expires_at,
    Letter.message_id,
    Letter.last_error,
    Letter.attempts,
).order_by(Letter.created_at, Letter.id)
_ACCOUNT = select(Account.state, Account.paused_until, Account.reconcile_from, Account.preferences)
_TALKS = select(Conversation.id, Conversation.stage, Conversation.contact_id).order_by(Conversation.opened_at)
_MEETINGS = select(Meeting.id, Meeting.status, Meeting.ends_at, Meeting.starts_at, Meeting.conversation_id).order_by(
    Meeting.booked_at, Meeting.id
)
_BLOCKED = select(DoNotContact.address_key)
_ANSWERED = select(Inbound.conversation_id).where(Inbound.answer.in_(_BY_PEOPLE))


@dataclass(frozen=True)
class Seen:
    """The rows and the clock as they were between two steps."""

    clock: datetime
    letters: dict[str, Row[Any]]
    account: Row[Any]
    talks: dict[str, Row[Any]]
    meetings: dict[str, Row[Any]]
    blocked: frozenset[str]
    answered: frozenset[str]

    @property
    def cap(self) -> int:
        """Return how many ordinary letters may leave in 24 hours."""
        return int(self.account.preferences.get("sending", {}).get("daily_cap", CAP))


class Ground:
    """What all examples share: an open app, its database, and the rows in which each begins."""

    def __init__(self, folder: Path, database_url: str) -> None:
        settings = load_settings(
            home=folder / "home",
            database_url=database_url,
            me={"name": "Ada Okafor", "field": "urban planning", "background": "I am in my last year of geography"},
            sending={
                "daily_cap": CAP,
                "ramp_start": CAP,
                "ramp_step": 0,
                "follow_ups": 1,
                # Working hours are tested elsewhere; here they would only let nothing happen for most of the time.
                "window_start": "00:00",
                "window_end": "23:59:59",
                "window_days": [0, 1, 2, 3, 4, 5, 6],
            },
        )
        clock = FixedClock(PREPARED_AT)
        google = GmailInMemory(ME, TrueTime(PREPARED_AT), clock.now)
        self.app = open_app(settings, clock=clock, google=google)
        self.marks = marks_folder(settings.home, self.app.database)
        self.account_id = base.new_id()
        #: How many transactions were committed: rows that nobody wrote need not be read again.
        self.commits = 0
        event.listen(self.app.database.engine, "commit", self._count_commit)
        self._prepare()
        self.beginning = snapshots.take(self.app.database)

    def close(self) -> None:
        """Close the database."""
        self.app.close()

    def _count_commit(self, _connection: object) -> None:
        self.commits += 1

    def _prepare(self) -> None:
        account = Account(
            id=self.account_id,
            address=ME,
            name="Ada Okafor",
            zone="Europe/London",
            state=AccountState.ACTIVE,
            credentials=b"consent",
            created_at=PREPARED_AT,
            poll_due_at=PREPARED_AT,
            polled_at=PREPARED_AT,
            history_id="0",
        )
        contacts = [
            Contact(
                id=f"{number:020x}",
                account_id=self.account_id,
                first_name=f"Person{number}",
                last_name="Example",
                email=address_of(number),
                address_key=address_key(address_of(number)),
                organization="City of Example",
                title="Urban planner",
                zone=ZONES[number % len(ZONES)],
                why_you="Your talk on turning car parks into pocket parks changed how I look at my own street.",
                created_at=PREPARED_AT,
                updated_at=PREPARED_AT,
            )
            for number in range(PEOPLE)
        ]
        with self.app.database.write(EVERYBODY) as session:
            session.add(account)
            session.flush()
            session.add_all(contacts)
        draft_letters(self.app, self.account_id, [contact.id for contact in contacts[:DRAFTED]])


def address_of(number: int) -> str:
    """Return the address of one of the people."""
    return f"p{number}@city.example.com"


@contextmanager
def ground(folder: Path, database_url: str) -> Iterator[Ground]:
    """Yield what examples stand on. Ids are drawn from ``random``, which Hypothesis seeds: the same at every run."""
    real = base.secrets
    random.seed("the beginning")  # not what Hypothesis seeds it with, or the ids of an example would be the same
    vars(base)["secrets"] = SimpleNamespace(token_hex=lambda n: f"{random.getrandbits(8 * n):0{2 * n}x}")
    try:
        made = Ground(folder, database_url)
        try:
            with halting_at_crash_points():
                yield made
        finally:
            made.close()
    finally:
        vars(base)["secrets"] = real


@dataclass
class Statistics:
    """What happened in all examples of a run, to see that it was worth running."""

    examples: int = 0
    steps: int = 0
    accepted: int = 0
    ends: dict[str, int] = field(default_factory=dict)

    def count(self, what: str) -> None:
        """Count one more of these."""
        self.ends[what] = self.ends.get(what, 0) + 1


def _is_to_be_waited_for(letter: Row[Any]) -> bool:
    """Return whether an example is not over yet: a follow-up may wait for days, but not in doubt."""
    return letter.kind is not LetterKind.FOLLOW_UP or letter.state not in WAITING


def rested(name: str) -> Callable[[Any], bool]:
    """Return the precondition that a step was not taken lately: what changes little must not fill an example."""
    return lambda machine: len(machine.seen) - machine.taken.get(name, -_REST) >= _REST


class OutboxMachine(RuleBasedStateMachine):
    """One account with six people; ``ground`` is set by the test that runs it."""

    ground: ClassVar[Ground]
    statistics: ClassVar[Statistics]

    def __init__(self) -> None:
        super().__init__()
        self.true_time = TrueTime(PREPARED_AT)
        self.clock = FixedClock(PREPARED_AT)
        self.gmail = GmailInMemory(ME, self.true_time, self.clock.now, judge=self._judge)
        self.app: App = replace(self.ground.app, clock=self.clock, google=self.gmail)
        self.database, self.me = self.app.database, self.ground.account_id
        self.workers: list[Worker] = []
        self.began_at: dict[int, datetime] = {}
        self.violations: list[str] = []
        self.seen: list[Seen] = []
        self._looked_at = -1
        #: When each line of the ledger was written, and when the clock was last set: gaps are not judged across that.
        self.written: list[int] = []
        self.jumped = -1
        self.latest = PREPARED_AT
        self.approved: set[str] = set()
        self.forgotten: set[str] = set()
        #: So many lines of the ledger are known to restored tables by Gmail's time only, which this clock is not.
        self.by_another_clock = 0
        self.noted_late: set[str] = set()
        self.backup: tuple[datetime, snapshots.Snapshot] | None = None
        #: Where history is gone, a restore goes by the time of the backup: not told by a false clock.
        self.history_was_forgotten = self.backup_is_ahead = False
        self.first_blocked: dict[str, int] = {}
        self.ever_blocked: set[str] = set()
        self.first_answered: dict[str, int] = {}
        #: What was done that may end letters, by the words in which their rows say so.
        self.done: set[str] = set()
        #: When a step of each kind was taken last.
        self.taken: dict[str, int] = {}
        snapshots.put_back(self.database, self.ground.beginning)

    @initialize(start=st.sampled_from(STARTS), lag=st.sampled_from((0, 90, 400)), approved=st.integers(0, DRAFTED))
    def begin(self, start: datetime, lag: int, approved: int) -> None:
        self.true_time.pass_by(start - PREPARED_AT)
        self.clock.set(start)
        self.gmail.lag = timedelta(seconds=lag)
        self._look()
        drafts = [letter.id for letter in self._letters(LetterState.DRAFTED)]
        approve_letters(self.app, self.me, drafts[:approved])
        self._look()

    # Steps: people.

    @rule(pick=st.integers(0, 7))
    def approve(self, pick: int) -> None:
        letter = self._pick(self._letters(LetterState.DRAFTED), pick)
        if letter is not None:
            self._try(lambda: approve_letters(self.app, self.me, [letter.id]))

    @precondition(lambda self: bool(self._letters(LetterState.DRAFTED)))
    @rule()
    def approve_all(self) -> None:
        drafts = [letter.id for letter in self._letters(LetterState.DRAFTED)]
        self._try(lambda: approve_letters(self.app, self.me, drafts))

    @precondition(lambda self: len(self.seen[-1].talks) < PEOPLE)
    @rule(pick=st.integers(DRAFTED, PEOPLE - 1))
    def draft(self, pick: int) -> None:
        self._try(lambda: draft_letters(self.app, self.me, [f"{pick:020x}"]))

    @rule(pick=st.integers(0, 7))
    def cancel(self, pick: int) -> None:
        letter = self._pick(self._letters(*ON_ITS_WAY, LetterState.DRAFTED), pick)
        if letter is not None and self._try(lambda: cancel_letter(self.app, self.me, letter.id)):
            self.done.add("cancelled by you")

    @precondition(rested("edit"))
    @rule(pick=st.integers(0, 7))
    def edit(self, pick: int) -> None:
        self.taken["edit"] = len(self.seen)
        letter = self._pick(self._letters(LetterState.DRAFTED), pick)
        words = "Dear colleague,\n\nmay I ask you for twenty minutes about your work on pocket parks?\n\nAda Okafor"
        if letter is not None:
            self._try(lambda: edit_letter(self.app, self.me, letter.id, text=words, subject="Twenty minutes"))

    @precondition(lambda self: bool(self._letters(*ENDED)))
    @rule(pick=st.integers(0, 7))
    def retry(self, pick: int) -> None:
        letter = self._pick(self._letters(*ENDED), pick)
        if letter is not None:
            self._try(lambda: retry_letter(self.app, self.me, letter.id))

    @precondition(rested("block"))
    @rule(pick=st.integers(0, PEOPLE - 1), off=st.booleans())
    def block(self, pick: int, off: bool) -> None:
        self.taken["block"] = len(self.seen)
        if off:
            if self._try(lambda: unblock_contact(self.app, self.me, address_of(pick))):
                self.first_blocked.pop(address_key(address_of(pick)), None)
        else:
            self._try(lambda: block_contact(self.app, self.me, address_of(pick)))
            self.done.add("do not contact")

    @precondition(rested("pause"))
    @rule(resumed=st.booleans())
    def pause(self, resumed: bool) -> None:
        self.taken["pause"] = len(self.seen)
        self._try(lambda: (resume_account if resumed else pause_account)(self.app, self.me))

    @precondition(lambda self: self.gmail.consent_is_gone)
    @rule()
    def consent_anew(self) -> None:
        self.gmail.consent_is_gone = False
        with self.database.write(EVERYBODY) as session:
            account = session.get_one(Account, self.me)
            account.credentials = b"consent" if account.credentials != b"consent" else b"another consent"
            account.state, account.poll_due_at = AccountState.ACTIVE, self.clock.now()

    @precondition(rested("set_cap"))
    @rule(cap=st.integers(1, 5))
    def set_cap(self, cap: int) -> None:
        self.taken["set_cap"] = len(self.seen)
        self._try(lambda: set_account(self.app, self.me, [f"sending.daily_cap={cap}", f"sending.ramp_start={cap}"]))

    # Steps: meetings.

    @rule(pick=st.integers(0, PEOPLE - 1), hours=st.sampled_from((1, 5, 30, 100)))
    def book(self, pick: int, hours: int) -> None:
        start = self.clock.now() + timedelta(hours=hours)
        if self._try(lambda: book_meeting(self.app, self.me, f"{pick:020x}", start)):
            self.done.add("not sent: a meeting is booked")

    @precondition(lambda self: bool(self._meetings()))
    @rule(pick=st.integers(0, 3), hours=st.sampled_from((1, 6, 50)))
    def move(self, pick: int, hours: int) -> None:
        meeting, start = self._pick(self._meetings(), pick), self.clock.now() + timedelta(hours=hours)
        if meeting is not None and self._try(lambda: move_meeting(self.app, self.me, meeting.id, start)):
            self.done.add("not sent: the meeting was moved")

    @precondition(lambda self: bool(self._meetings()))
    @rule(pick=st.integers(0, 3))
    def call_off(self, pick: int) -> None:
        meeting = self._pick(self._meetings(), pick)
        if meeting is not None and self._try(lambda: cancel_meeting(self.app, self.me, meeting.id)):
            self.done.add("not sent: the meeting was cancelled")

    @precondition(lambda self: bool(self._meetings()))
    @rule(pick=st.integers(0, 3), held=st.booleans())
    def mark(self, pick: int, held: bool) -> None:
        meeting = self._pick(self._meetings(), pick)
        if meeting is not None and self._try(lambda: mark_meeting(self.app, self.me, meeting.id, held=held)):
            self.done.add("not sent: the meeting did not take place")

    @precondition(lambda self: bool(self._meetings()))
    @rule(pick=st.integers(0, 3))
    def debrief(self, pick: int) -> None:
        meeting = self._pick(self._meetings(), pick)
        topics = ["how the pocket parks were paid for"]
        if meeting is not None and self._try(lambda: record_debrief(self.app, self.me, meeting.id, topics=topics)):
            self.done.add("not sent: you said what you talked about")

    # Steps: the other side, and Gmail.

    @precondition(lambda self: bool(self.gmail.ledger))
    @rule(pick=st.integers(0, 9), text=st.sampled_from(REPLIES))
    def reply(self, pick: int, text: str) -> None:
        line = self._pick([line for line in self.gmail.ledger if line.to != ME], pick)
        if line is None:
            return
        sent = next(m for m in self.gmail.messages.values() if m.headers.get("x-outreach-id") == line.letter_id)
        message = EmailMessage()
        message["From"], message["To"] = line.to, ME
        message["Subject"] = f"Re: {sent.headers.get('subject', '')}"
        message["In-Reply-To"] = message["References"] = sent.message_id
        message["Message-ID"] = f"<{len(self.gmail.messages)}@city.example.com>"
        message.set_content(text)
        self.gmail.receive(message.as_bytes(), sent.thread_id)

    @rule(data=st.sampled_from([(method, kind) for method, kinds in FAULTS.items() for kind in kinds]))
    def fault(self, data: tuple[str, str]) -> None:
        self.gmail.faults[data[0]] = data[1]

    @precondition(lambda self: bool(self.gmail.drafts))
    @rule(pick=st.integers(0, 3))
    def delete_a_draft(self, pick: int) -> None:
        draft = self._pick(list(self.gmail.drafts), pick)
        if draft is not None:
            del self.gmail.drafts[draft]

    @precondition(rested("forget_history"))
    @precondition(lambda self: not self.backup_is_ahead)
    @rule()
    def forget_history(self) -> None:
        self.history_was_forgotten = True
        self.taken["forget_history"] = len(self.seen)
        self.gmail.forget_history()

    # Steps: backups.

    @precondition(lambda self: made_ready is not None)
    @precondition(rested("back_up"))
    @precondition(lambda self: not (self.history_was_forgotten and self._is_ahead()))
    @rule()
    def back_up(self) -> None:
        self.taken["back_up"] = len(self.seen)
        self.backup_is_ahead |= self._is_ahead()
        self.backup = (self.clock.now(), snapshots.take(self.database))

    @precondition(lambda self: self.backup is not None)
    @rule()
    def restore(self) -> None:
        """The backup takes the place of the tables while nobody works; what came after it is in the mailbox only."""
        assert self.backup is not None
        assert made_ready is not None
        self._kill_all()
        if abs(self.clock.now() - self.true_time.now()) > timedelta(hours=1):
            self.by_another_clock = len(self.gmail.ledger)
        made_at, rows = self.backup
        snapshots.put_back(self.database, rows)
        with self.database.write(EVERYBODY) as session:
            for statement in made_ready(made_at, self.clock.now()):
                session.execute(statement)
        self.seen.pop()
        self._look()
        now = self.seen[-1]
        self.jumped = len(self.seen)  # nor is a gap to a letter that the restored tables did not know of
        # Later letters than the first come back as a question to the owner, not as rows.
        self.forgotten |= self.gmail.accepted().keys() - now.letters.keys()
        self.done.add("not sent: another first letter to them had left already")
        self.done.add("not sent: the thank-you before it has left after all")
        if self.forgotten:
            self.done.add("not sent: a letter of ours to them of")
            # One of ours about a meeting that the tables do not know any more looks as if its owner had written it.
            self.done.add("not sent: you wrote by hand")
        if "not sent: a meeting is booked" in self.done:
            self.done.add("not sent: a meeting stands in your calendar")
        self.approved &= now.letters.keys()
        self.first_blocked = {key: at for key, at in self.first_blocked.items() if key in now.blocked}

    # Steps: workers.

    @rule()
    def work(self) -> None:
        self._work()

    @rule(pick=st.integers(0, 9))
    def work_a_little(self, pick: int) -> None:
        """One of the due jobs is done, in whatever order."""
        job = self._pick(self._due(), pick)
        if job is not None:
            self._run(job)

    @rule(span=st.sampled_from(sorted(SPANS)), times=st.integers(1, 3))
    def time_passes_and_work(self, span: str, times: int) -> None:
        for _ in range(times):
            self._pass(SPANS[span])
            self._work()

    # A delivery passes: claimed, create_draft, drafted, profile, sending, send_draft, accepted, recorded.
    @rule(pick=st.integers(0, 9), points=st.sampled_from((0, 1, 2, 3, 4, 4, 4, 5, 5, 6, 6, 7, 9)))
    def take_up_and_halt(self, pick: int, points: int) -> None:
        """A worker takes up something that is due and halts after so many points."""
        due = self._due()
        job = self._pick([job for job in due if job.name != "poll_inbox"] or due, pick)
        if job is None or len(self.workers) >= 3:
            return
        worker = Worker(self.app, job, self.ground.marks, len(self.seen))
        self.began_at[id(worker)] = self.true_time.now()
        self.workers.append(worker)
        self._move(worker, points)

    @precondition(lambda self: bool(self.workers))
    @rule(pick=st.integers(0, 2), points=st.one_of(st.none(), st.integers(0, 3)))
    def go_on(self, pick: int, points: int | None) -> None:
        self._move(self.workers[pick % len(self.workers)], points)

    @precondition(lambda self: bool(self.workers))
    @rule(pick=st.integers(0, 2))
    def kill(self, pick: int) -> None:
        self.workers.pop(pick % len(self.workers)).die()
        self.done.add("its worker died")

    # Steps: time.

    @rule(span=st.sampled_from(sorted(SPANS)))
    def time_passes(self, span: str) -> None:
        self._pass(SPANS[span])

    @rule(jump=st.sampled_from(sorted(JUMPS)))
    def clock_jumps(self, jump: str) -> None:
        self.clock.advance(JUMPS[jump])
        if JUMPS[jump] < timedelta(0):
            # What has left and is not noted yet can only be noted with the time that the clock shows now.
            rows = self._rows()
            noted = {row.id for row in rows if row.state is LetterState.SENT}
            self.noted_late |= {row.id for row in rows} & self.gmail.accepted().keys() - noted
        self.latest = max(self.latest, self.clock.now())
        self.jumped = len(self.seen)

    # What must hold.

    @invariant()
    def nothing_is_broken(self) -> None:
        if not self.seen:
            return
        before = self.seen[-1]
        self._look()
        now = self.seen[-1]
        assert not self.violations, self.violations
        assert before.letters.keys() <= now.letters.keys(), "a letter's row is gone"
        assert before.talks.keys() <= now.talks.keys(), "a conversation's row is gone"
        assert before.meetings.keys() <= now.meetings.keys(), "a meeting's row is gone"
        for letter_id, row in before.letters.items():
            assert now.letters[letter_id].state in _LETTER_ROADS[row.state], (row, now.letters[letter_id])
        for talk_id, row in before.talks.items():
            assert now.talks[talk_id].stage in _STAGE_ROADS[row.stage], (row, now.talks[talk_id])
        for meeting_id, row in before.meetings.items():
            assert now.meetings[meeting_id].status in _MEETING_ROADS[row.status], (row, now.meetings[meeting_id])
        accepted = self.gmail.accepted()
        for letter_id, row in now.letters.items():
            assert row.state is not LetterState.SENT or accepted[letter_id] == 1, f"never accepted, yet sent: {row}"

    def _judge(self, line: Accepted) -> None:
        """Judge one acceptance at the moment of it, by what was known when its worker took the letter up."""
        self.written.append(len(self.seen))
        broken = self.violations.append
        began = len(self.seen) if line.began is None else line.began
        known = self.seen[began - 1]
        with self.database.connect() as connection:
            row = connection.execute(_LETTERS.where(Letter.id == line.letter_id)).one_or_none()
        if self.gmail.accepted()[line.letter_id] > 1:
            broken(f"accepted twice: {row}")
        if row is None:
            broken(f"nobody knows the letter {line.letter_id}")
            return
        if row.kind in THANK_YOUS:
            thanks = {each.id for each in self._rows() if each.meeting_id == row.meeting_id and each.kind in THANK_YOUS}
            if sum(other.letter_id in thanks for other in self.gmail.ledger) > 1:
                broken(f"thanked twice: {row}")
        if self._is_late(line):
            return
        if row.state in _NEVER_ACCEPTED:
            broken(f"accepted while {row.state}: {row}")
        self._judge_the_person(line, row, began, broken)
        self._judge_the_account(line, row, known, broken)
        if row.kind in THANK_YOUS:
            meeting = known.meetings.get(row.meeting_id)
            if meeting is not None and meeting.status in {MeetingStatus.CANCELLED, MeetingStatus.NOT_HELD}:
                broken(f"thanked for a meeting that is {meeting.status}: {row}")
            if meeting is not None and known.clock < meeting.ends_at:
                broken(f"thanked before the meeting was over: {row}")
        if row.kind in _CAPPED:
            self._judge_the_pace(line, row, known, broken)

    def _is_late(self, line: Accepted) -> bool:
        """Return whether the worker stood still for longer than a lease between its last look and the POST.

        Nothing that a program does can then keep the letter back: only that it is the one draft, which is sent once.
        """
        worker = next((each for each in self.workers if each.began == line.began), None)
        return worker is not None and line.true - self.began_at[id(worker)] > LEASE

    def _judge_the_person(self, line: Accepted, row: Row[Any], began: int, broken: Callable[[str], None]) -> None:
        if row.kind not in TO_ONESELF and self.first_blocked.get(address_key(line.to), began) < began:
            broken(f"sent to {line.to}, who must not be written to: {row}")
        asks = row.kind in FIRST_LETTERS or row.kind is LetterKind.FOLLOW_UP
        if asks and self.first_answered.get(row.conversation_id, began) < began:
            broken(f"asked after they had answered: {row}")

    def _judge_the_account(self, line: Accepted, row: Row[Any], known: Seen, broken: Callable[[str], None]) -> None:
        account = known.account
        if account.state is not AccountState.ACTIVE or account.reconcile_from is not None:
            broken(f"sent while the account was {account.state}, reconcile_from {account.reconcile_from}: {row}")
        if account.paused_until is not None and known.clock < account.paused_until <= known.clock + DAY:
            broken(f"sent at {line.clock} while paused until {account.paused_until}: {row}")

    def _judge_the_pace(self, line: Accepted, row: Row[Any], known: Seen, broken: Callable[[str], None]) -> None:
        kinds = {each.id: each.kind for each in self._rows()}
        lines = list(zip(self.gmail.ledger, self.written, strict=True))[self.by_another_clock : -1]
        others = [(other, at) for other, at in lines if kinds.get(other.letter_id) in _CAPPED]
        counted = [other for other, _ in others if other.letter_id not in self.noted_late and not self._is_late(other)]
        clocks = sorted([line.clock, *(other.clock for other in counted)])
        most = max(
            sum(begin <= each < begin + DAY - _TOLERANCE for each in clocks)
            for begin in clocks
            if begin <= line.clock < begin + DAY
        )
        if most > known.cap:
            broken(f"{most} ordinary letters in 24 hours, and {known.cap} may leave: {row}")
        for other, at in others:
            quick = timedelta(0) <= line.clock - other.clock < GAP - _TOLERANCE
            if quick and at > self.jumped and line.began is None and other.began is None:
                broken(f"{line.clock - other.clock} after the letter before it: {row}")

    # The end of an example.

    def teardown(self) -> None:
        if not self.seen:
            return
        self._kill_all()
        self._make_peace()
        self._drain()
        self._reckon()

    def _make_peace(self) -> None:
        """All troubles are over: Google answers, consent is there, the owner lets letters leave."""
        self.gmail.faults.clear()
        self.consent_anew()
        resume_account(self.app, self.me)
        self._look()

    def _drain(self) -> None:
        """Let time pass from one thing that is due to the next until nothing is on its way, nor being reconciled."""
        for _ in range(400):
            self._work()
            self._look()
            assert not self.violations, self.violations
            waiting = [letter for letter in self._letters(*ON_ITS_WAY) if _is_to_be_waited_for(letter)]
            unread = [letter for letter in self._letters(LetterState.SENT) if letter.message_id is None]
            unread += [letter for letter in self._letters(*CALLED_BACK) if letter.attempts]  # nor is their draft swept
            moments = [moment for letter in waiting + unread if (moment := letter.lease_until or letter.due_at)]
            account = self.seen[-1].account
            if not (waiting or unread or account.reconcile_from):
                return
            moments += [account.paused_until] if account.paused_until is not None else []
            ahead = min((moment for moment in moments if moment > self.clock.now()), default=self.clock.now())
            self._pass(min(max(ahead - self.clock.now(), timedelta(minutes=1)), timedelta(days=2)))
            self._look()
        stuck = [(letter.kind, letter.state, letter.due_at, letter.last_error) for letter in waiting]
        raise AssertionError(f"stuck at {self.clock.now()}: {stuck}")

    def _reckon(self) -> None:
        """Every letter that was approved was accepted once, or its row says why not, and that is true."""
        accepted, now = self.gmail.accepted(), self.seen[-1]
        assert set(accepted) - self.forgotten <= now.letters.keys()
        for letter_id in self.approved:
            letter = now.letters[letter_id]
            self.statistics.count(letter.state)
            if accepted[letter_id]:
                assert letter.state is LetterState.SENT, f"accepted, yet {letter}"
            elif letter.state in ENDED:
                assert self._may_have_ended(letter), f"ended without cause: {letter}"
            else:
                follows_up = letter.kind is LetterKind.FOLLOW_UP
                assert letter.state is LetterState.DRAFTED or follows_up, f"lost: {letter}"
        self.statistics.examples += 1
        self.statistics.steps += len(self.seen)
        self.statistics.accepted += len(accepted)

    def _may_have_ended(self, letter: Row[Any]) -> bool:
        said = letter.last_error
        if letter.state is LetterState.EXPIRED:
            return letter.expires_at is None or letter.expires_at <= self.latest
        if said.startswith((*self.done, "Gmail refused the letter")):
            return True
        answered = letter.conversation_id in self.first_answered
        if said.startswith("not sent: a colleague at"):  # all of them work at one organization
            return bool(self.first_answered.keys() - {letter.conversation_id})
        if "answered" in said or "asked not to be written to" in said or "said no since" in said:
            return answered or letter.conversation_id in self._talks_of(self.ever_blocked)
        if said.startswith("not sent: the conversation is at"):
            return True
        meeting = self.seen[-1].meetings.get(letter.meeting_id or "")
        about = said.startswith(("not sent: the meeting is", "not sent: the meeting was", "not sent: they declined"))
        return (about and meeting is not None) or said.startswith("nobody knows whether it was sent")

    def _talks_of(self, keys: set[str]) -> set[str]:
        people = {f"{number:020x}" for number in range(PEOPLE) if address_key(address_of(number)) in keys}
        return {talk.id for talk in self.seen[-1].talks.values() if talk.contact_id in people}

    # Inside.

    def _look(self) -> None:
        """Add the rows as they are now to what was seen."""
        if self.seen and self._looked_at == self.ground.commits:
            self.seen.append(replace(self.seen[-1], clock=self.clock.now()))
            return
        self._looked_at = self.ground.commits
        with self.database.connect() as connection:

            def rows(query: Any) -> dict[str, Row[Any]]:
                return {row.id: row for row in connection.execute(query)}

            self.seen.append(
                Seen(
                    clock=self.clock.now(),
                    letters=rows(_LETTERS),
                    account=connection.execute(_ACCOUNT).one(),
                    talks=rows(_TALKS),
                    meetings=rows(_MEETINGS),
                    blocked=frozenset(connection.scalars(_BLOCKED)),
                    answered=frozenset(connection.scalars(_ANSWERED)),
                )
            )
        now, at = self.seen[-1], len(self.seen) - 1
        for key in now.blocked:
            self.first_blocked.setdefault(key, at)
        self.ever_blocked |= now.blocked
        for talk in now.answered:
            self.first_answered.setdefault(talk, at)
        self.approved |= {row.id for row in now.letters.values() if row.state in ON_ITS_WAY}

    def _rows(self) -> Sequence[Row[Any]]:
        with self.database.connect() as connection:
            return connection.execute(_LETTERS).all()

    def _letters(self, *states: LetterState) -> list[Row[Any]]:
        return [row for row in self.seen[-1].letters.values() if row.state in states]

    def _meetings(self) -> list[Row[Any]]:
        return list(self.seen[-1].meetings.values())

    def _pick(self, items: Sequence[_T], number: int) -> _T | None:
        return items[number % len(items)] if items else None

    def _try(self, act: Callable[[], object]) -> bool:
        """Do what a person asks for; that the product may refuse in words. Return whether it was done."""
        try:
            act()
        except (NotAllowed, BadInput, NotFound, TryLater, EdgeError):
            return False
        return True

    def _is_ahead(self) -> bool:
        return self.clock.now() > self.true_time.now() + DAY / 2

    def _pass(self, by: timedelta) -> None:
        self.true_time.pass_by(by)
        self.clock.advance(by)
        self.latest = max(self.latest, self.clock.now())

    def _due(self) -> list[Job]:
        """Return what is due, letting time pass until a letter is if none is now."""
        due = [item.job for item in due_jobs(self.app)]
        coming = [letter.due_at for letter in self._letters(LetterState.SCHEDULED, LetterState.UNKNOWN)]
        if any(job.name != "poll_inbox" for job in due) or not coming:
            return due
        wait = min(moment for moment in coming if moment is not None) - self.clock.now()
        self._pass(min(max(wait, timedelta(0)), 4 * DAY))
        self._look()
        return [item.job for item in due_jobs(self.app)]

    def _work(self) -> None:
        """Run what is due, and what falls due by that, as ``outreach work`` does."""
        for _ in range(3):
            due = due_jobs(self.app)
            for item in due:
                self._run(item.job)
            if not due:
                return

    def _run(self, job: Job) -> None:
        self._look()
        run_job(self.app, job)

    def _kill_all(self) -> None:
        for worker in self.workers:
            worker.die()
        self.workers.clear()
        self.done.add("its worker died")

    def _move(self, worker: Worker, points: int | None) -> None:
        try:
            worker.go_on(points)
        finally:
            if worker.ended:
                self.workers.remove(worker)
                worker.die()
