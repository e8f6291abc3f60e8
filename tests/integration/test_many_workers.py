"""Many workers on one outbox: who may have what, how much of a mailbox at a time, and on how many computers."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, select, update

from outreach.actions import stay_on_host as hosts
from outreach.actions.claim_letters import claim_letters
from outreach.actions.deliver_letter import deliver_due
from outreach.actions.poll_inbox import poll_inbox
from outreach.actions.read_back_letters import read_back_letters
from outreach.actions.release_leases import release_leases
from outreach.actions.settle_letter import settle_letter
from outreach.actions.stay_on_host import leave_host, stay_on_host
from outreach.actions.visit_mailbox import visit_mailbox
from outreach.app import App, open_app
from outreach.clock import FixedClock
from outreach.database import EVERYBODY
from outreach.errors import NotAllowed
from outreach.model import Account, Host, Letter
from outreach.process_mark import ProcessMark, marks_folder
from outreach.queries.due_jobs import due_jobs
from outreach.queue import Job
from outreach.rules.kinds import LetterState
from outreach.rules.leases import LEASE, MOST_IN_HAND
from outreach.sandbox.server import Sandbox
from outreach.settings import Settings
from tests.many_accounts import ALWAYS, queued


@pytest.fixture
def hasty(settings: Settings, clock: FixedClock, app: App) -> App:
    """The app of somebody without manners: no cap, no gap, at any hour."""
    del app  # opened first: it makes home and tables
    preferences = settings.model_copy(update={"sending": settings.sending.model_copy(update=dict(ALWAYS))})
    return open_app(preferences, clock=clock)


def states(app: App) -> Counter[str]:
    with app.database.read(EVERYBODY) as session:
        return Counter(str(state) for state in session.scalars(select(Letter.state)))


def test_accounts_take_turns_within_a_batch(hasty: App, sandbox: Sandbox, clock: FixedClock) -> None:
    accounts = queued(hasty, sandbox, clock, accounts=3, letters=3)
    claims = claim_letters(hasty, limit=8)
    assert sorted(claim.account_id for claim in claims[:3]) == sorted(accounts)
    assert sorted(claim.account_id for claim in claims[3:6]) == sorted(accounts)
    assert len({claim.account_id for claim in claims[6:]}) == 2
    assert len(claim_letters(hasty, limit=8)) == 1


def test_where_a_gap_is_to_be_kept_one_letter_is_claimed_and_the_next_keeps_its_place(
    hasty: App, sandbox: Sandbox, clock: FixedClock
) -> None:
    (account,) = queued(hasty, sandbox, clock, accounts=1, letters=3)
    sending = hasty.settings.sending.model_copy(update={"gap_seconds": 4 * 3600})
    app = open_app(hasty.settings.model_copy(update={"sending": sending}), clock=clock)
    with app.database.write(EVERYBODY) as session:
        session.execute(update(Letter).where(Letter.account_id == account).values(due_at=clock.now()))
    assert len(claim_letters(app, limit=8)) == 1
    assert sum(due.job.name == "deliver_letter" for due in due_jobs(app)) == 2
    assert claim_letters(app, limit=8) == []
    assert not any(due.job.name == "deliver_letter" for due in due_jobs(app))


def test_of_one_account_only_so_many_letters_are_in_hand(hasty: App, sandbox: Sandbox, clock: FixedClock) -> None:
    (account,) = queued(hasty, sandbox, clock, accounts=1, letters=6)
    held = [claim for _ in range(6) for claim in claim_letters(hasty, limit=8)]
    assert len(held) == MOST_IN_HAND
    waiting = [due.job.id for due in due_jobs(hasty) if due.job.name == "deliver_letter"]
    assert claim_letters(hasty, letter_id=waiting[0]) == []
    clock.advance(LEASE + timedelta(seconds=1))
    release_leases(hasty)
    assert len(claim_letters(hasty, limit=8)) == MOST_IN_HAND
    del account


def test_an_account_with_full_hands_does_not_keep_others_waiting(
    hasty: App, sandbox: Sandbox, clock: FixedClock
) -> None:
    full, other = queued(hasty, sandbox, clock, accounts=2, letters=60)
    with hasty.database.write(EVERYBODY) as session:  # all of the one fell due before any of the other
        early = clock.now() - timedelta(hours=1)
        session.execute(update(Letter).where(Letter.account_id == full).values(due_at=early))
    for _ in range(MOST_IN_HAND):
        claim_letters(hasty, limit=1)
    assert [claim.account_id for claim in claim_letters(hasty, limit=1)] == [other]


def test_thank_yous_leave_before_all_else(hasty: App, sandbox: Sandbox, clock: FixedClock) -> None:
    accounts = queued(hasty, sandbox, clock, accounts=4, letters=4)
    with hasty.database.write(EVERYBODY) as session:
        last = session.scalars(select(Letter).where(Letter.account_id == accounts[2]).order_by(Letter.due_at)).all()[-1]
        last.priority, wanted = 0, last.id
    assert [claim.letter_id for claim in claim_letters(hasty, limit=1)] == [wanted]


def test_threads_that_race_never_have_more_than_four_requests_at_one_mailbox(
    hasty: App, sandbox: Sandbox, clock: FixedClock
) -> None:
    accounts = queued(hasty, sandbox, clock, accounts=2, letters=15)
    sandbox.fault("drafts.send", "slow", seconds=0.05)
    sandbox.fault("history.list", "slow", seconds=0.05)
    with ThreadPoolExecutor(16) as pool:
        done = [pool.submit(deliver_due, hasty, lambda: True) for _ in range(8)]
        done += [pool.submit(poll_inbox, hasty, account) for account in accounts * 3]
        done += [pool.submit(read_back_letters, hasty, account) for account in accounts]
        for each in done:
            each.result()
    assert max(sandbox.most_at_once.values()) <= 4
    assert Counter(entry["x_outreach_id"] for entry in sandbox.sent).most_common(1)[0][1] == 1
    assert len(sandbox.sent) == 30
    assert states(hasty) == {"sent": 30}


def test_a_mailbox_is_read_by_one_worker_at_a_time_and_a_dead_one_leaves_its_turn(
    app: App, account_id: str, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outreach.actions.visit_mailbox._PATIENCE_STANDING", 0.1)
    with visit_mailbox(app, account_id) as first, visit_mailbox(app, account_id) as second:
        assert first is not None
        assert second is None
    with app.database.write(EVERYBODY) as session:
        lost = session.get_one(Account, account_id)
        lost.visit_token, lost.visit_until = app.mark.lease_token(), clock.now() + LEASE
    with visit_mailbox(app, account_id) as early:
        assert early is None
    clock.advance(LEASE)
    with visit_mailbox(app, account_id) as late:
        assert late is not None
        clock.advance(LEASE * 2 / 3)
        late.keep()
        clock.advance(LEASE * 2 / 3)
        with visit_mailbox(app, account_id) as other:
            assert other is None  # the one that is at it said so in between
    assert poll_inbox(app, account_id) == 0


def test_no_minute_spends_more_than_the_quota(
    settings: Settings, sandbox: Sandbox, clock: FixedClock, app: App
) -> None:
    del app
    clock.step = timedelta(0)
    limited = settings.model_copy(
        update={
            "sending": settings.sending.model_copy(update=dict(ALWAYS)),
            "google": settings.google.model_copy(update={"units_a_minute": 6000}),
        }
    )
    hasty = open_app(limited, clock=clock)
    queued(hasty, sandbox, clock, accounts=1, letters=120)
    sandbox.limit(units_per_minute=6000)
    minutes = 0
    while states(hasty)["sent"] < 120:
        minutes += 1
        assert minutes < 12
        for _ in range(30):
            deliver_due(hasty, lambda: True)
            for due in due_jobs(hasty):
                if due.job.name == "read_back_letters":
                    read_back_letters(hasty, due.job.id)
            clock.advance(timedelta(seconds=2))
    assert sandbox.faults.applied == {}
    with hasty.database.read(EVERYBODY) as session:
        assert set(session.scalars(select(Letter.attempts))) == {1}  # Google never had to say no
        assert set(session.scalars(select(Letter.last_error))) == {""}
    assert 3 <= minutes <= 6


class PassingClock(FixedClock):
    """Time that passes while somebody waits."""

    def sleep(self, seconds: float) -> None:
        self.advance(timedelta(seconds=seconds))


@pytest.mark.parametrize("letters", [0, 60])
def test_reading_an_inbox_spends_no_more_than_the_quota_either(
    settings: Settings, sandbox: Sandbox, clock: FixedClock, app: App, letters: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    del app
    clock.__class__, clock.step = PassingClock, timedelta(0)  # the sandbox goes by it
    limited = settings.model_copy(
        update={
            "sending": settings.sending.model_copy(update=dict(ALWAYS)),
            "google": settings.google.model_copy(update={"units_a_minute": 6000}),
        }
    )
    hasty = open_app(limited, clock=clock)
    (account,) = queued(hasty, sandbox, clock, accounts=1, letters=max(letters, 1))
    poll_inbox(hasty, account)
    for number in range(400):
        raw = f"From: p{number}@elsewhere.example.com\r\nSubject: Parcel {number}\r\n\r\nIt has arrived.\r\n"
        sandbox.receive("student0@campus.example.com", raw.encode())
    refused: list[datetime] = []
    spend = sandbox.world.spend

    def watched(address: str, units: int) -> None:
        try:
            spend(address, units)
        except Exception:
            refused.append(clock.now())
            raise

    monkeypatch.setattr(sandbox.world, "spend", watched)
    sandbox.limit(units_per_minute=6000)
    began, before = clock.now(), sandbox.requests["messages.get"]
    for _ in range(60):
        if letters:
            deliver_due(hasty, lambda: True)
        poll_inbox(hasty, account)
        clock.advance(timedelta(seconds=5))
    assert refused == []
    assert sandbox.requests["messages.get"] - before >= 400
    assert states(hasty)["sent"] == letters
    assert timedelta(minutes=1) < clock.now() - began
    hasty.close()


def test_a_worker_that_stops_gives_back_what_it_had_not_begun(hasty: App, sandbox: Sandbox, clock: FixedClock) -> None:
    queued(hasty, sandbox, clock, accounts=5, letters=1)
    answers = iter([True, True, True, False])
    assert deliver_due(hasty, lambda: next(answers)) == 2
    assert states(hasty) == {"sent": 2, "scheduled": 3}
    with hasty.database.read(EVERYBODY) as session:
        waiting = session.scalars(select(Letter).where(Letter.state == LetterState.SCHEDULED)).all()
    assert {(letter.attempts, letter.recoveries, letter.lease_token) for letter in waiting} == {(0, 0, None)}
    assert deliver_due(hasty, lambda: True) == 3


def test_one_poke_drains_a_backlog(hasty: App, sandbox: Sandbox, clock: FixedClock) -> None:
    queued(hasty, sandbox, clock, accounts=3, letters=5)
    assert deliver_due(hasty, lambda: True) == 15
    assert deliver_due(hasty, lambda: True) == 0


def test_a_claim_asks_no_more_for_eight_letters_than_for_two(hasty: App, sandbox: Sandbox, clock: FixedClock) -> None:
    queued(hasty, sandbox, clock, accounts=10, letters=1)
    asked: list[str] = []
    event.listen(hasty.database.engine, "before_cursor_execute", lambda *row: asked.append(row[2]))
    claim_letters(hasty, limit=2)
    few, asked[:] = [each for each in asked if each.startswith("SELECT")], []
    assert len(claim_letters(hasty, limit=8)) == 8
    assert len([each for each in asked if each.startswith("SELECT")]) == len(few)


def test_sent_letters_are_read_back_together(hasty: App, sandbox: Sandbox, clock: FixedClock) -> None:
    accounts = queued(hasty, sandbox, clock, accounts=2, letters=4)
    deliver_due(hasty, lambda: True)
    jobs = [due.job for due in due_jobs(hasty) if due.job.name == "read_back_letters"]
    assert sorted(jobs) == sorted(Job("read_back_letters", account) for account in accounts)
    assert [read_back_letters(hasty, account) for account in accounts] == [4, 4]
    with hasty.database.read(EVERYBODY) as session:
        stamped = session.scalars(select(Letter.message_id)).all()
    assert all(each and each.endswith("@mail.gmail.com>") for each in stamped)


def test_one_message_that_cannot_be_read_back_does_not_keep_the_others(
    hasty: App, sandbox: Sandbox, clock: FixedClock
) -> None:
    (account,) = queued(hasty, sandbox, clock, accounts=1, letters=3)
    deliver_due(hasty, lambda: True)
    sandbox.fault("messages.get", "400", times=1)
    assert read_back_letters(hasty, account) == 2
    clock.advance(timedelta(minutes=1))
    assert read_back_letters(hasty, account) == 1


def test_looks_for_many_letters_in_doubt_do_not_begin_anew_with_each(
    hasty: App, sandbox: Sandbox, clock: FixedClock
) -> None:
    queued(hasty, sandbox, clock, accounts=1, letters=60)
    sandbox.fault("drafts.send", "lost_after", times=40)
    sandbox.fault("drafts.send", "503", times=20)
    deliver_due(hasty, lambda: True)
    assert states(hasty) == {"unknown": 60}
    with hasty.database.read(EVERYBODY) as session:
        accepted = {entry["x_outreach_id"] for entry in sandbox.sent}
        never_left = [each for each in session.scalars(select(Letter.id)) if each not in accepted]
    assert len(never_left) == 20
    sandbox.fault("messages.get", "429", probability=0.1)
    before = sandbox.requests["messages.get"]
    for _ in range(40):  # only letters that never left are looked for: they ask all that history shows
        for letter_id in never_left:
            settle_letter(hasty, letter_id)
        clock.advance(timedelta(minutes=2))
        if states(hasty)["unknown"] == 0:
            break
    assert states(hasty) == {"sent": 40, "scheduled": 20}
    # Those in doubt were read once each and not once for each look; what else was read are messages of the threads.
    assert sandbox.requests["messages.get"] - before < 150
    sandbox.faults.clear()
    deliver_due(hasty, lambda: True)
    assert Counter(entry["x_outreach_id"] for entry in sandbox.sent).most_common(1)[0][1] == 1
    assert states(hasty) == {"sent": 60}


def test_tables_that_were_restored_hold_every_letter_back(hasty: App, sandbox: Sandbox, clock: FixedClock) -> None:
    queued(hasty, sandbox, clock, accounts=1, letters=2)
    with hasty.database.write(EVERYBODY) as session:
        session.execute(update(Account).values(reconcile_from=clock.now()))
    assert not [due for due in due_jobs(hasty) if due.job.name == "deliver_letter"]
    assert deliver_due(hasty, lambda: True) == 0


def test_sqlite_serves_one_computer(app: App, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosts.socket, "gethostname", lambda: "first.example.com")
    stay_on_host(app)
    stay_on_host(app)
    monkeypatch.setattr(hosts.socket, "gethostname", lambda: "second.example.com")
    if not app.database.is_sqlite:
        stay_on_host(app)
        return
    with pytest.raises(NotAllowed, match=r"first\.example\.com.*PostgreSQL"):
        stay_on_host(app)
    clock.advance(timedelta(minutes=3))  # the first has not been seen since
    stay_on_host(app)
    with app.database.read() as session:
        assert len(session.scalars(select(Host)).all()) == 2
    leave_host(app)
    monkeypatch.setattr(hosts.socket, "gethostname", lambda: "third.example.com")
    stay_on_host(app)


def test_two_homes_on_one_sqlite_file_know_that_each_others_workers_live(
    hasty: App, sandbox: Sandbox, clock: FixedClock, tmp_path: Path
) -> None:
    queued(hasty, sandbox, clock, accounts=1, letters=1)
    assert len(claim_letters(hasty)) == 1
    url = hasty.database.url.render_as_string(hide_password=False)
    elsewhere = hasty.settings.model_copy(update={"home": tmp_path / "elsewhere", "database_url": url})
    other = open_app(elsewhere, clock=clock)
    assert release_leases(other) == 0
    hasty.mark.release()
    assert release_leases(other) == int(other.database.is_sqlite)
    other.close()


def test_a_worker_that_died_is_known_by_those_beside_it_and_by_nobody_elsewhere(
    hasty: App, sandbox: Sandbox, clock: FixedClock, tmp_path: Path
) -> None:
    queued(hasty, sandbox, clock, accounts=1, letters=1)
    beside = replace(hasty, mark=ProcessMark(marks_folder(hasty.settings.home, hasty.database)))
    elsewhere = replace(hasty, mark=ProcessMark(tmp_path / "elsewhere"))
    assert len(claim_letters(hasty)) == 1
    assert [release_leases(each) for each in (beside, elsewhere)] == [0, 0]
    hasty.mark.release()  # as the lock of a process does that dies
    assert [release_leases(each) for each in (elsewhere, beside)] == [0, 1]


def test_two_workers_that_claim_at_once_never_get_the_same_letter(
    hasty: App, sandbox: Sandbox, clock: FixedClock
) -> None:
    queued(hasty, sandbox, clock, accounts=12, letters=2)
    start, claimed = threading.Barrier(6), list[str]()

    def claim() -> None:
        start.wait()
        for _ in range(4):
            claimed.extend(each.letter_id for each in claim_letters(hasty, limit=4))

    with ThreadPoolExecutor(6) as pool:
        for each in [pool.submit(claim) for _ in range(6)]:
            each.result()
    while left := claim_letters(hasty, limit=4):  # what a neighbour's lock hid
        claimed.extend(each.letter_id for each in left)
    assert len(claimed) == len(set(claimed)) == 24
