"""Backup and restore on a real database and mailbox: nobody is written to twice, nobody is forgotten."""

from __future__ import annotations

import json
import os
import random
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from outreach import resources
from outreach.actions.add_account import add_account
from outreach.actions.book_meeting import book_meeting
from outreach.actions.cancel_letter import cancel_letter
from outreach.actions.claim_letters import claim_letters
from outreach.actions.deliver_letter import deliver_letter
from outreach.actions.make_backup import make_backup
from outreach.actions.move_clock import set_clock
from outreach.actions.move_meeting import move_meeting
from outreach.actions.poll_inbox import poll_inbox
from outreach.actions.queue_people import PeopleFileBytes, queue_people
from outreach.actions.reconcile_account import Reconciled, reconcile_account, reconcile_accounts
from outreach.actions.record_debrief import record_debrief
from outreach.actions.restore_backup import restore_backup
from outreach.actions.retry_letter import retry_letter
from outreach.actions.run_job import ACTIONS, run_job
from outreach.actions.set_account import resume_account
from outreach.app import App, open_app
from outreach.clock import FixedClock
from outreach.database import EVERYBODY
from outreach.errors import OutreachError, TryLater
from outreach.letters.render import Renderer
from outreach.migrate import NEWEST
from outreach.model import Account, Base, Contact, Conversation, Letter, Meeting, Referral
from outreach.process_mark import ProcessMark, marks_folder
from outreach.queries.due_jobs import due_jobs
from outreach.queries.held_back import held_back
from outreach.queue import Job
from outreach.rules.instants import Span
from outreach.rules.kinds import Debt, LetterKind, LetterState, Stage
from outreach.run_lock import run_lock
from outreach.sandbox import replies
from outreach.sandbox.server import Sandbox
from outreach.settings import Settings
from tests import services

ME = "ada@student.example.com"
MONDAY = datetime.fromisoformat("2026-03-02T09:00:00+00:00")
WHY = "Your talk number {0} on pocket parks changed how I look at my own street every morning"
#: Tests marked slow show what reconciling does, whichever database holds the tables: SQLite is enough for `make test`.
HURRY = {"daily_cap": 2000, "ramp_start": 2000, "gap_seconds": 0, "undo_seconds": 0, "follow_ups": 1}


@cache
def words() -> Renderer:
    """The letters' templates, compiled once for all these tests."""
    return Renderer([resources.folder("templates") / "letters"])


@dataclass
class Desk:
    """A home with its mailbox, whose two clocks go together."""

    settings: Settings
    sandbox: Sandbox
    sandbox_clock: FixedClock
    folder: Path
    account_id: str = ""
    app: App = field(init=False)

    def open(self) -> None:
        self.app = open_app(self.settings, renderer=words())

    def advance(self, by: timedelta) -> None:
        set_clock(self.app, self.app.now() + by)
        self.sandbox_clock.set(self.app.now())
        self.sandbox.tick()

    def queue(self, numbers: Sequence[int]) -> list[str]:
        """Queue first letters to these people and return the letters that were planned."""
        rows = [f"Person{n},Example,p{n}@city.example.com,Europe/London,{WHY.format(n)}" for n in numbers]
        data = "\n".join(["first_name,last_name,email,zone,why_you", *rows]).encode()
        queued = queue_people(self.app, self.account_id, PeopleFileBytes(data, "people.csv"))
        assert not queued.waiting, queued.waiting[:3]
        return [line.letter_id for line in queued.planned]

    def send(self, letter_ids: Sequence[str]) -> None:
        for letter_id in letter_ids:
            assert deliver_letter(self.app, letter_id), self.letter(letter_id).last_error

    def work(self, hours: int = 0, step: int = 1) -> None:
        """Do all that is due, now and every ``step`` hours."""
        for _ in range(hours // step + 1):
            for _round in range(60):
                due = [item.job for item in due_jobs(self.app, limit=5000)]
                if not due:
                    break
                for job in due:
                    run_job(self.app, job)
            else:
                raise AssertionError(f"still due: {due[:5]}")
            if hours:
                self.advance(timedelta(hours=step))

    def backup(self, name: str = "hourly.backup") -> Path:
        return make_backup(self.app, self.folder / name).path

    def restore(self, path: Path) -> None:
        """Restore as the command does it: nothing else is open."""
        self.app.close()
        restore_backup(self.settings, path)
        self.open()

    def reconcile(self) -> Reconciled:
        (found,) = reconcile_accounts(self.app)
        return found

    def letter(self, letter_id: str) -> Letter:
        with self.app.database.read(self.account_id) as session:
            return session.get_one(Letter, letter_id)

    def account(self) -> Account:
        with self.app.database.read(EVERYBODY) as session:
            return session.get_one(Account, self.account_id)

    def conversation(self, address: str) -> Conversation:
        with self.app.database.read(self.account_id) as session:
            query = select(Conversation).join(Contact, Contact.id == Conversation.contact_id)
            found = session.scalar(query.where(Contact.address_key == address))
            assert found is not None
            return found

    def answer(self, letter_id: str, text: str) -> None:
        """Let the addressee of a letter that was sent answer it."""
        letter = self.letter(letter_id)
        sent = next(each for each in self.sandbox.sent if each["x_outreach_id"] == letter_id)
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = letter.to_address, ME, f"Re: {letter.subject}"
        message["In-Reply-To"] = message["References"] = sent["message_id"]
        message.set_content(text)
        self.sandbox.receive(ME, message.as_bytes())

    def by_letter(self) -> Counter[str]:
        return Counter(each["x_outreach_id"] for each in self.sandbox.sent if each["x_outreach_id"])

    def by_person(self) -> Counter[str]:
        return Counter(each["to"] for each in self.sandbox.sent if each["x_outreach_id"])


@pytest.fixture
def desk(
    settings: Settings,
    sandbox: Sandbox,
    clock: FixedClock,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Desk]:
    if request.config.getoption("--backend") == "postgresql" and (programs := services.postgresql_programs()):
        monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    sending = settings.sending.model_copy(update=HURRY)
    settings = settings.model_copy(update={"clock": "simulated", "sending": sending})
    desk = Desk(settings, sandbox, clock, tmp_path)
    desk.open()
    set_clock(desk.app, MONDAY)
    consent = json.dumps(sandbox.add_account(ME, name="Ada Okafor")).encode()
    desk.account_id = add_account(desk.app, consent, address=ME, zone_name="Europe/London").id
    assert poll_inbox(desk.app, desk.account_id) == 0
    yield desk
    desk.app.close()


def write_by_hand(sandbox: Sandbox, count: int, number: int = 0) -> None:
    """Let the mailbox's owner write letters of their own."""
    with sandbox.world.lock:
        for each in range(count):
            raw = (
                f"From: {ME}\r\nTo: friend{number}-{each}@example.com\r\nSubject: Hello {each}\r\n\r\nHow are you?\r\n"
            )
            sandbox.world.mailbox(ME).add_sent(raw.encode(), None, sandbox.world.now())


@pytest.mark.parametrize(
    ("people", "before", "new", "by_hand"),
    [
        pytest.param(12, 3, 3, 20, id="12 letters"),
        pytest.param(600, 100, 60, 700, id="600 letters", marks=[pytest.mark.long, pytest.mark.timeout(1800)]),
    ],
)
def test_a_restore_from_an_hour_old_backup_sends_nothing_twice_and_loses_nothing(
    desk: Desk, people: int, before: int, new: int, by_hand: int
) -> None:
    known = desk.queue(range(people))
    desk.send(known[:before])
    poll_inbox(desk.app, desk.account_id)
    path = desk.backup()
    desk.advance(timedelta(minutes=10))
    # What the tables of the backup do not know: letters sent, people added, answers, drafts left, mail by hand.
    write_by_hand(desk.sandbox, by_hand)
    strangers = desk.queue(range(people, people + new))
    rest = known[before : people - 2]
    desk.send(rest + strangers)
    for letter_id in known[people - 2 :]:
        desk.app.google.mailbox(desk.account_id).create_draft(_raw(desk, letter_id), None)
    desk.advance(timedelta(minutes=40))
    desk.answer(rest[0], "Please take me off your list and do not write to me again.")
    desk.answer(strangers[0], replies.declines(None))
    sent_before = desk.by_letter()

    desk.restore(path)
    desk.advance(timedelta(minutes=10))
    assert desk.letter(rest[0]).state is LetterState.SCHEDULED
    found = desk.reconcile()

    assert found.obstacle == ""
    assert len(found.recorded) == len(rest)
    assert sorted(each.address for each in found.taken_in) == sorted(
        f"p{n}@city.example.com" for n in range(people, people + new)
    )
    assert found.answers == 2
    assert desk.by_letter() == sent_before
    assert desk.conversation(desk.letter(rest[0]).to_address).stage is Stage.OPTED_OUT
    assert desk.conversation(f"p{people}@city.example.com").stage is Stage.DECLINED

    assert desk.queue(range(people + new)) == [], "the same file again queues nobody"
    desk.work(hours=2)
    assert desk.by_letter().total() == len(set(desk.by_letter())), "twice"
    desk.work(hours=24 * 12, step=8)  # follow-ups fall due
    letters, persons = desk.by_letter(), desk.by_person()
    twice = [letter for letter, times in letters.items() if times > 1]
    lost = {f"p{n}@city.example.com" for n in range(people + new)} - set(persons)
    print(f"\n{people} people, {len(rest) + new} sends after the backup: {len(twice)} twice, {len(lost)} lost")
    assert (twice, lost) == ([], set())
    # One first letter each, and at most one follow-up; none to those who had answered.
    assert max(persons.values()) <= 2
    assert persons[desk.letter(rest[0]).to_address] == 1
    firsts = Counter(each["to"] for each in desk.sandbox.sent if each["x_outreach_id"] and "Re:" not in each["subject"])
    assert set(firsts.values()) == {1}


def _raw(desk: Desk, letter_id: str) -> bytes:
    with desk.app.database.read(desk.account_id) as session:
        return session.scalar(select(Letter.frozen).where(Letter.id == letter_id)) or b""


def test_nothing_at_all_is_done_while_the_tables_are_not_reconciled(desk: Desk) -> None:
    """A letter that waits, one in doubt, a follow-up, a meeting to write down and to ask about, news that is owed."""
    known = desk.queue(range(4))
    desk.send(known[:2])
    desk.work()
    with desk.app.database.read(desk.account_id) as session:
        ids = session.scalars(select(Contact.id).order_by(Contact.email)).all()
    meeting = book_meeting(desk.app, desk.account_id, ids[1], MONDAY + timedelta(hours=30), minutes=30)
    edge = Referral(introducer_id=ids[0], introduced_id=ids[1], debt=Debt.OWED, outcome="met", created_at=MONDAY)
    with desk.app.database.write(desk.account_id) as session:
        session.add(edge)
        row = session.get_one(Letter, known[3])
        row.state, row.draft_id, row.sending_at = LetterState.UNKNOWN, "r1", MONDAY
        row.due_at = MONDAY
    path = desk.backup()
    desk.restore(path)
    desk.advance(timedelta(days=20))
    assert desk.account().reconcile_from is not None
    before = _everything(desk)
    with desk.app.database.read(EVERYBODY) as session:
        talks = session.scalars(select(Conversation.id)).all()
    assert {item.job.name for item in due_jobs(desk.app)} == {"reconcile_account"}
    for job in set(ACTIONS) - {"reconcile_account", "release_leases"}:
        for row_id in (*known, *talks, desk.account_id, meeting, edge.id):
            run_job(desk.app, Job(job, row_id))
    assert claim_letters(desk.app, limit=100) == []
    assert _everything(desk) == before
    (held,) = held_back(desk.app)
    assert "outreach account reconcile" in held.reason
    assert desk.reconcile().obstacle == ""
    due = {item.job.name for item in due_jobs(desk.app)}
    assert {"deliver_letter", "settle_letter", "sync_event", "follow_up", "after_meeting", "report_back"} <= due


def _everything(desk: Desk) -> list[object]:
    """Return what Google was asked and all rows, to see that nothing was done."""
    with desk.app.database.connect() as connection:
        tables = [connection.execute(select(table)).all() for table in Base.metadata.sorted_tables]
    return [dict(desk.sandbox.requests), *map(sorted_rows, tables)]


def sorted_rows(rows: Sequence[object]) -> list[str]:
    return sorted(map(str, rows))


def test_a_worker_reconciles_by_itself(desk: Desk) -> None:
    known = desk.queue(range(6))
    path = desk.backup()
    desk.send(known[:3])
    desk.restore(path)
    desk.work(hours=1)
    assert desk.account().reconcile_from is None
    assert desk.by_letter() == Counter(known)


@pytest.mark.slow
def test_while_google_is_away_sending_stays_off_and_the_next_look_finishes(desk: Desk) -> None:
    known = desk.queue(range(4))
    path = desk.backup()
    desk.send(known[:3])
    desk.restore(path)
    for call in ("token", "messages.list", "messages.get", "history.list", "events.list"):
        if call == "token":
            desk.sandbox.expire_tokens(ME)
        desk.sandbox.fault(call, "503")
        assert "Google" in desk.reconcile().obstacle, call
        desk.sandbox.clear_faults()
        assert desk.account().reconcile_from == MONDAY
        assert claim_letters(desk.app, limit=10) == []
        assert desk.by_letter() == Counter(known[:3])
    assert desk.reconcile().obstacle == ""
    desk.work(hours=1)
    assert desk.by_letter() == Counter(known)


@pytest.mark.slow
def test_a_short_pause_that_google_asks_for_does_not_begin_it_all_anew(desk: Desk) -> None:
    known = desk.queue(range(4))
    path = desk.backup()
    desk.send(known[:3])
    desk.restore(path)
    desk.sandbox.fault("messages.get", "429", times=3)
    assert desk.reconcile().obstacle == ""
    assert desk.sandbox.faults.applied["messages.get 429"] == 3


@pytest.mark.slow
def test_history_shows_what_search_does_not_show_yet(desk: Desk) -> None:
    known = desk.queue(range(4))
    path = desk.backup()
    desk.sandbox.world.search_lag = timedelta(hours=3)
    desk.send(known[:3])
    desk.restore(path)
    found = desk.reconcile()
    assert (len(found.recorded), found.obstacle) == (3, "")
    desk.work(hours=1)
    assert desk.by_letter() == Counter(known)


@pytest.mark.slow
def test_where_history_does_not_reach_back_search_is_asked_again_before_sending_goes_on(desk: Desk) -> None:
    known = desk.queue(range(5))
    path = desk.backup()
    desk.send(known[:3])
    desk.advance(timedelta(hours=1))
    desk.sandbox.world.search_lag = timedelta(minutes=5)
    desk.send(known[3:4])  # search does not show it yet
    desk.sandbox.expire_history(ME)
    desk.restore(path)
    found = desk.reconcile()
    assert "history" in found.obstacle
    assert len(found.recorded) == 3
    assert desk.account().reconcile_from is not None
    desk.work()
    assert desk.by_letter() == Counter(known[:4]), "it does not go on before the time has passed"
    assert "paused until" in desk.reconcile().obstacle
    resume_account(desk.app, desk.account_id)
    desk.work()
    assert desk.by_letter() == Counter(known[:4]), "nor because its owner lets letters leave again"
    desk.advance(timedelta(minutes=16))
    found = desk.reconcile()
    assert (len(found.recorded), found.obstacle) == (1, "")
    desk.work(hours=1)
    assert desk.by_letter() == Counter(known)


@pytest.mark.slow
def test_a_letter_that_is_listed_and_cannot_be_shown_just_then_does_not_leave_again(desk: Desk) -> None:
    known = desk.queue(range(4))
    path = desk.backup()
    desk.send(known[:3])
    desk.restore(path)
    desk.sandbox.fault("messages.get", "404", times=1)
    found = desk.reconcile()
    assert (len(found.recorded), "look" in found.obstacle) == (2, True)
    desk.work()
    assert desk.by_letter() == Counter(known[:3])
    desk.advance(timedelta(minutes=16))
    found = desk.reconcile()
    assert (len(found.recorded), found.obstacle) == (1, "")
    desk.work(hours=1)
    assert desk.by_letter() == Counter(known)


def test_letters_found_in_sent_whatever_the_tables_believe(desk: Desk) -> None:
    """Drafted, cancelled, failed, leased and sending when the backup was made; all of them sent since."""
    ids = desk.queue(range(6))
    drafted, cancelled, failed, leased, sending, waits = ids
    cancel_letter(desk.app, desk.account_id, cancelled)
    with desk.app.database.write(desk.account_id) as session:
        session.get_one(Letter, failed).state = LetterState.FAILED
        row = session.get_one(Letter, drafted)
        row.state, row.frozen, row.sha256, row.approved_at, row.due_at = LetterState.DRAFTED, None, None, None, None
        session.get_one(Conversation, row.conversation_id).stage = Stage.DRAFTED
    frozen = {each: _raw(desk, each) for each in ids}
    mailbox = desk.app.google.mailbox(desk.account_id)
    (claim,) = claim_letters(desk.app, letter_id=leased)
    (doubt,) = claim_letters(desk.app, letter_id=sending)
    draft = mailbox.create_draft(frozen[sending], None)
    with desk.app.database.write(desk.account_id) as session:
        row = session.get_one(Letter, sending)
        row.state, row.draft_id, row.sending_at = LetterState.SENDING, draft.id, desk.app.now()
    path = desk.backup()
    desk.advance(timedelta(minutes=5))
    frozen[drafted] = frozen[waits].replace(waits.encode(), drafted.encode())
    for each in (drafted, cancelled, failed, leased):
        mailbox.send_draft(mailbox.create_draft(frozen[each], None).id)
    mailbox.send_draft(draft.id)
    desk.restore(path)
    assert desk.letter(leased).state is LetterState.SCHEDULED
    assert desk.letter(sending).state is LetterState.UNKNOWN
    assert (claim.letter_id, doubt.letter_id) == (leased, sending)
    found = desk.reconcile()
    assert (found.obstacle, len(found.recorded)) == ("", 5)
    for each in (drafted, cancelled, failed, leased, sending):
        letter = desk.letter(each)
        assert letter.state is LetterState.SENT, each
        assert letter.sent_at == MONDAY + timedelta(minutes=5)
        with desk.app.database.read(desk.account_id) as session:
            talk = session.get_one(Conversation, letter.conversation_id)
            assert (talk.stage, talk.thread_id) == (Stage.SENT, letter.thread_id)
            assert talk.closed_at is None
    desk.work(hours=1)
    assert desk.by_letter() == Counter(ids)


@pytest.mark.slow
def test_a_letter_taken_up_again_after_the_backup_ends_the_one_that_still_waits(desk: Desk) -> None:
    (first,) = desk.queue(range(1))
    path = desk.backup()
    # The same person, another letter: the first was dropped, contact and letter made anew.
    with desk.app.database.write(desk.account_id) as session:
        session.delete(session.get_one(Letter, first))
        session.flush()
        session.delete(session.scalars(select(Conversation)).one())
    (second,) = desk.queue(range(1))
    desk.send([second])
    desk.restore(path)
    found = desk.reconcile()
    assert [(each.address, each.began) for each in found.taken_in] == [("p0@city.example.com", True)]
    assert desk.letter(first).state is LetterState.CANCELLED
    assert desk.letter(second).state is LetterState.SENT
    desk.work(hours=2)
    assert desk.by_letter() == Counter([second])
    assert retry_refused(desk, first)


def retry_refused(desk: Desk, letter_id: str) -> bool:
    """What was cancelled because another had left can be drafted anew by its owner only, never by itself."""
    state = retry_letter(desk.app, desk.account_id, letter_id)
    return state is LetterState.DRAFTED


@pytest.mark.slow
def test_offers_that_were_made_after_the_backup_are_not_made_again(desk: Desk) -> None:
    desk.app.close()
    scheduling = desk.settings.scheduling.model_copy(update={"offer_automatically": True})
    desk.settings = desk.settings.model_copy(update={"scheduling": scheduling})
    desk.open()
    (letter,) = desk.queue(range(1))
    desk.send([letter])
    path = desk.backup()
    desk.advance(timedelta(hours=1))
    desk.answer(letter, replies.agrees(random.Random(1)))
    desk.work(hours=2)
    assert desk.by_person() == {"p0@city.example.com": 2}, "the offer has left"
    desk.restore(path)
    found = desk.reconcile()
    assert [each.began for each in found.taken_in] == [False]
    assert "not in the restored tables" in desk.conversation("p0@city.example.com").needs_you
    desk.work(hours=24 * 15, step=8)
    assert desk.by_person() == {"p0@city.example.com": 2}


@pytest.mark.slow
def test_thanks_that_were_given_after_the_backup_are_not_given_again(desk: Desk) -> None:
    (letter,) = desk.queue(range(1))
    desk.send([letter])
    with desk.app.database.read(desk.account_id) as session:
        contact_id = session.scalars(select(Contact.id)).one()
    meeting = book_meeting(desk.app, desk.account_id, contact_id, MONDAY + timedelta(hours=2), minutes=30)
    desk.work()
    path = desk.backup()
    desk.advance(timedelta(hours=3))
    record_debrief(desk.app, desk.account_id, meeting, topics=["pocket parks"])
    desk.work(hours=3)
    thanked = desk.by_person()["p0@city.example.com"]
    desk.restore(path)
    desk.reconcile()
    desk.work(hours=30)
    assert desk.by_person()["p0@city.example.com"] == thanked
    with desk.app.database.read(desk.account_id) as session:
        (row,) = session.scalars(
            select(Letter).where(Letter.kind.in_((LetterKind.THANK_YOU, LetterKind.THANK_YOU_SHORT)))
        )
    assert row.state is LetterState.DRAFTED
    assert row.deadline_at is not None


@pytest.mark.slow
def test_meetings_that_the_tables_do_not_know_are_named_and_not_overwritten(desk: Desk) -> None:
    letters = desk.queue(range(3))
    desk.send(letters)
    with desk.app.database.read(desk.account_id) as session:
        ids = session.scalars(select(Contact.id).order_by(Contact.email)).all()
    tuesday = MONDAY + timedelta(days=1)
    moved = book_meeting(desk.app, desk.account_id, ids[0], tuesday, minutes=30)
    gone = book_meeting(desk.app, desk.account_id, ids[2], tuesday + timedelta(hours=4), minutes=30)
    desk.work()
    with desk.app.database.write(desk.account_id) as session:
        session.get_one(Meeting, moved).calendar_due_at = desk.app.now()  # it was to be written there once more
    path = desk.backup()
    desk.advance(timedelta(minutes=5))
    move_meeting(desk.app, desk.account_id, moved, tuesday + timedelta(hours=2))
    book_meeting(desk.app, desk.account_id, ids[1], tuesday + timedelta(hours=6), minutes=30)
    desk.work()
    with desk.app.database.read(desk.account_id) as session:
        desk.app.google.calendar(desk.account_id).delete_event(session.get_one(Meeting, gone).event_id, notify=False)
    sent = desk.by_letter()
    desk.restore(path)
    found = desk.reconcile()
    assert sorted((str(each.differs), each.with_address) for each in found.meetings) == [
        ("gone", "p2@city.example.com"),
        ("moved", "p0@city.example.com"),
        ("unknown", "p1@city.example.com"),
    ]
    for number in range(3):
        assert "calendar" in desk.conversation(f"p{number}@city.example.com").needs_you
    desk.work(hours=3)
    event = desk.app.google.calendar(desk.account_id).own_events
    spans = {each.span.start for each in event(_week(desk))}
    assert spans == {tuesday + timedelta(hours=2), tuesday + timedelta(hours=6)}
    assert desk.by_letter() == sent


def _week(desk: Desk) -> Span:
    return Span(desk.app.now() - timedelta(days=1), desk.app.now() + timedelta(days=7))


@pytest.mark.slow
def test_a_reconciliation_that_is_interrupted_anywhere_is_done_again_and_repeats_nothing(desk: Desk) -> None:
    known = desk.queue(range(3))
    path = desk.backup()
    desk.send(known[:2])
    new = desk.queue(range(3, 5))
    desk.send(new)
    desk.restore(path)
    for call in ("history.list", "events.list"):
        desk.sandbox.fault(call, "503", times=1)
        assert desk.reconcile().obstacle
    found = desk.reconcile()
    assert found.obstacle == ""
    assert reconcile_account(desk.app, desk.account_id).looked_at == 0
    with desk.app.database.read(EVERYBODY) as session:
        assert session.scalar(select(func.count(Contact.id))) == 5
        assert session.scalar(select(func.count(Letter.id))) == 5
    desk.work(hours=1)
    assert desk.by_letter() == Counter([*known, *new])


def test_a_second_backup_before_the_reconciliation_keeps_the_older_instant(desk: Desk) -> None:
    known = desk.queue(range(2))
    path = desk.backup()
    desk.advance(timedelta(hours=1))
    desk.send(known)
    desk.restore(path)
    again = desk.backup("again.backup")
    desk.advance(timedelta(hours=1))
    desk.restore(again)
    assert desk.account().reconcile_from == MONDAY
    assert desk.app.now() == MONDAY + timedelta(hours=2), "simulated time is not set back"
    assert len(desk.reconcile().recorded) == 2


def test_a_backup_is_whole_while_others_write(desk: Desk) -> None:
    desk.queue(range(30))
    stop = threading.Event()
    errors: list[Exception] = []

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            try:
                with desk.app.database.write(desk.account_id) as session:
                    session.execute(update(Contact).values(notes=f"note {number}"))
            except Exception as error:  # noqa: BLE001 - shown by the test
                errors.append(error)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        paths = [desk.backup(f"{number}.backup") for number in range(5)]
    finally:
        stop.set()
        writer.join()
    assert errors == []
    for path in paths:
        desk.restore(path)
        with desk.app.database.read(desk.account_id) as session:
            assert session.scalar(select(func.count(Contact.id))) == 30
            assert len(set(session.scalars(select(Contact.notes)))) == 1, "one moment, not several"


def test_a_file_that_cannot_be_restored_changes_nothing(desk: Desk) -> None:
    desk.queue(range(3))
    for what in ("half", "no backup", "other", "empty", "folder", "nothing", "newer"):
        _revision(desk, "9999" if what == "newer" else NEWEST)
        path = desk.backup(f"{what}.backup")
        _revision(desk, NEWEST)
        _spoil(desk, path, what)
        desk.app.close()
        with pytest.raises(OutreachError) as refused:
            restore_backup(desk.settings, path)
        assert refused.value.exit_code == 65, what
        assert "\n" not in refused.value.message
        assert desk.account().reconcile_from is None
        with desk.app.database.read(desk.account_id) as session:
            assert session.scalar(select(func.count(Letter.id))) == 3


def _revision(desk: Desk, name: str) -> None:
    with desk.app.database.connect(write=True) as connection, connection.begin():
        connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{name}'")


def _spoil(desk: Desk, path: Path, what: str) -> None:
    sqlite = desk.app.database.is_sqlite
    contents = {
        "half": path.read_bytes()[: path.stat().st_size // 2],
        "no backup": b"first_name,email\nAna,ana@example.com\n",
        "other": b"PGDMP and more" if sqlite else b"SQLite format 3\x00 and more",
        "empty": b"",
    }
    if what in contents:
        path.write_bytes(contents[what])
    if what in {"folder", "nothing"}:
        path.unlink()
    if what == "folder":
        path.mkdir()


def test_a_running_worker_is_not_restored_under(desk: Desk) -> None:
    desk.queue(range(1))
    path = desk.backup()
    desk.app.close()
    with run_lock(desk.settings.home), pytest.raises(TryLater, match="already works on"):
        restore_backup(desk.settings, path)
    mark = ProcessMark(marks_folder(desk.settings.home, desk.app.database))
    mark.name()
    with pytest.raises(TryLater, match=f"process {os.getpid()}"):
        restore_backup(desk.settings, path)
    mark.release()
    desk.restore(path)


def test_whoever_is_connected_to_the_server_keeps_a_restore_away(desk: Desk) -> None:
    if desk.app.database.is_sqlite:
        pytest.skip("SQLite's readers see the old tables or the new, never half of them")
    path = desk.backup()
    desk.app.close()
    other = open_app(desk.settings)
    with pytest.raises(TryLater, match="in use"):
        restore_backup(desk.settings, path)
    other.close()
    desk.restore(path)


def test_without_the_key_letters_wait(desk: Desk) -> None:
    known = desk.queue(range(3))
    path = desk.backup()
    desk.send(known[:2])
    key = desk.settings.resolved_key_file
    kept = key.read_bytes()
    assert kept not in path.read_bytes()
    key.unlink()
    desk.restore(path)
    found = desk.reconcile()
    assert "key" in found.obstacle
    desk.advance(timedelta(hours=1))
    desk.work()
    assert desk.by_letter() == Counter(known[:2])
    key.write_bytes(kept)
    desk.app.close()
    desk.open()
    assert desk.reconcile().obstacle == ""
    desk.work(hours=1)
    assert desk.by_letter() == Counter(known)


def test_consents_are_ciphertext_in_a_backup(desk: Desk) -> None:
    held = json.loads(desk.app.tokens.open(desk.account_id, "google", desk.account().credentials or b""))
    assert held["refresh_token"].encode() not in desk.backup().read_bytes()


def test_programs_older_than_the_server_are_refused_in_one_sentence(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if desk.app.database.is_sqlite:
        pytest.skip("SQLite needs no programs")
    for name in ("pg_dump", "pg_restore", "psql"):
        program = tmp_path / "old" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!/bin/sh\necho '{name} (PostgreSQL) 9.6.1'\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'old'}:/nowhere")
    with pytest.raises(OutreachError, match="only those of version 9 are on the PATH") as refused:
        desk.backup()
    assert refused.value.exit_code == 69
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(OutreachError, match="none are on the PATH"):
        desk.backup()


def test_a_damaged_database_is_moved_away_and_the_backup_put_in_its_place(desk: Desk) -> None:
    if not desk.app.database.is_sqlite:
        pytest.skip("the server looks after its files")
    known = desk.queue(range(3))
    path = desk.backup()
    desk.send(known[:2])
    desk.app.close()
    file = Path(desk.app.database.url.database or "")
    for ending in ("-wal", "-shm"):
        Path(f"{file}{ending}").unlink(missing_ok=True)
    file.write_bytes(b"rubbish" * 5_000)
    # Its simulated time went with it; here it is the backup's.
    restored = restore_backup(desk.settings, path)
    assert restored.kept is not None
    assert restored.kept.read_bytes() == b"rubbish" * 5_000
    desk.open()
    assert len(desk.reconcile().recorded) == 2
    desk.work(hours=1)
    assert desk.by_letter() == Counter(known)


def test_what_was_there_before_a_restore_can_be_restored_too(desk: Desk) -> None:
    known = desk.queue(range(3))
    path = desk.backup()
    desk.send(known[:2])
    desk.app.close()
    kept = restore_backup(desk.settings, path).kept
    assert kept is not None
    restore_backup(desk.settings, kept)
    desk.open()
    assert [desk.letter(each).state for each in known] == [LetterState.SENT, LetterState.SENT, LetterState.SCHEDULED]
    desk.reconcile()
    desk.work(hours=1)
    assert desk.by_letter() == Counter(known)
