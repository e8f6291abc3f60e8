"""A process ends between any two commits of a conversation: answers read, times offered, meetings booked, reminders.

Time is simulated, in the product and with the judge. Most people agree to meet, some are silent; whatever processes
end on the way, everybody gets the same letters as on a week without trouble, and every meeting is in the calendar once.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from outreach.actions.approve_letters import sending_window
from outreach.actions.crash_points import FURTHER_POINTS
from outreach.actions.meeting_letters import TOO_NEAR
from outreach.actions.move_clock import set_clock
from outreach.database import EVERYBODY
from outreach.model import Account, Contact, Letter, Meeting
from outreach.rules.deadlines import reminder_moment
from outreach.rules.kinds import LetterState
from tests.chaos import crew
from tests.chaos.conftest import Open
from tests.chaos.judge import Judge, judge
from tests.chaos.stage import Stage, stage

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
#: Meetings are on Wednesday to Friday; the last thank-you leaves on Saturday.
DAYS = 6
DAY = timedelta(days=1)
#: Each fifth person is silent. The others are asked, offered times, invited, reminded and thanked.
SILENT_EVERY = 5
LETTERS = {True: 2, False: 5}
AUTOMATIC = {"offer_automatically": True, "book_automatically": True}
ROOM = {"horizon_days": 5, "most_a_day": 24, "buffer_minutes": 0}
#: What a letter passes besides its delivery, and what answers and meetings pass.
OF_LETTERS = ("refused", "looked", "settled", "read_back")
OF_CONVERSATIONS = tuple(point for point in FURTHER_POINTS if point not in OF_LETTERS)
#: With all points at once few processes end at each: nobody may lose one with the same letter three times.
SELDOM, OFTEN = 0.1, 0.5
#: Nobody's week takes so many processes with it, unless one thing stays due for ever.
MOST = 30


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", ["sqlite", "postgresql"])
def test_a_process_that_ends_anywhere_in_a_conversation_loses_and_doubles_nothing(
    tmp_path: Path, backend_called: Open, name: str
) -> None:
    assert _week(tmp_path, backend_called, name, FURTHER_POINTS, SELDOM, people=5, accounts=1)


@pytest.mark.long
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("points", [OF_LETTERS, OF_CONVERSATIONS], ids=["letters", "conversations"])
@pytest.mark.parametrize("name", ["sqlite", "postgresql"])
def test_processes_that_end_two_hundred_times_at_each_point_lose_and_double_nothing(
    tmp_path: Path, backend_called: Open, name: str, points: Sequence[str]
) -> None:
    crashes: Counter[str] = Counter()
    weeks = 0
    while too_few := [point for point in points if crashes[point] < 200]:
        folder = tmp_path / str(weeks)
        folder.mkdir()
        more = _week(folder, backend_called, name, too_few, OFTEN, people=160, accounts=16)
        assert all(more[point] for point in too_few), f"nobody passed one of {too_few}: {more}"
        crashes, weeks = crashes + more, weeks + 1
    print(f"\n{name}, {weeks} weeks: {', '.join(f'{point} {crashes[point]}' for point in points)}")


def _week(
    folder: Path,
    backend_called: Open,
    name: str,
    points: Sequence[str],
    share: float,
    *,
    people: int,
    accounts: int,
) -> Counter[str]:
    """Play a week in which a share of the processes that pass a point ends there; return how many did at each."""
    began = time.monotonic()
    with (
        backend_called(name) as backend,
        judge(folder, accounts, "--now", MONDAY.isoformat(), "--standing") as google,
        stage(
            folder,
            google,
            database_url=backend.database_url,
            lease=crew.LEASE,
            standing_at=MONDAY,
            scheduling=AUTOMATIC,
            availability=ROOM,
            sending={"follow_ups": 1, "follow_up_days": 3},
        ) as scene,
    ):
        google.post("people", {"people": [_person(number) for number in range(people)]})
        scene.queue(people)
        crashes = _play(scene, google, f"{','.join(points)}:{share}", people)
        _compare(scene, google, people)
        ended_at = scene.ended_at()
        assert ended_at.total() == crashes
        print(
            f"\ncrash at {len(points)} points on {name}: {google.sent().total()} letters, {people} people, "
            f"{crashes} crashes, {time.monotonic() - began:.0f} s: 0 lost, 0 twice, 0 unknown left"
        )
    return ended_at


def _play(scene: Stage, google: Judge, crash_at: str, people: int) -> int:
    google.misbehave("drafts.send", "429", "lost_after", share=0.25)
    crashes, now = 0, MONDAY
    while now < MONDAY + timedelta(days=DAYS):
        if now > MONDAY + DAY / 3:
            google.behave()
        while crew.work(scene, OUTREACH_CRASH_AT=crash_at) == crew.CRASHED:
            crashes += 1
            _let_go(scene)
            assert crashes < MOST * people, f"something stays due at {now}: {scene.states()}"
        now = _next_step(scene, now)
        google.post("clock", {"set": now.isoformat(), "standing": True})
        set_clock(scene.desk, now)
    return crashes


def _let_go(scene: Stage) -> None:
    """Free the mailbox that the dead process was at: on a clock that stands, its turn does not run out."""
    with scene.desk.database.write(EVERYBODY) as session:
        session.execute(update(Account).values(visit_token=None, visit_until=None))


def _next_step(scene: Stage, now: datetime) -> datetime:
    """Return when to look again: some hours later, or when a letter falls due before that."""
    later = now + (DAY / 6 if now < MONDAY + DAY else DAY / 2)
    upcoming = select(func.min(Letter.due_at)).where(Letter.state == LetterState.SCHEDULED, Letter.due_at > now)
    with scene.desk.database.read(EVERYBODY) as session:
        return min(later, session.scalar(upcoming) or later)


def _compare(scene: Stage, google: Judge, people: int) -> None:
    sent = [entry for entry in google.entries() if entry["kind"] == "sent"]
    assert max(google.sent().values()) == 1
    letters = Counter(address for entry in sent for address in entry["recipients"] if address.startswith("p"))
    too_late = _booked_too_late_for_a_reminder(scene)
    wanted = {_address(each): LETTERS[_is_silent(each)] - (_address(each) in too_late) for each in range(people)}
    assert letters == wanted, _what_became_of(scene, {who for who in wanted if letters[who] != wanted[who]})
    assert not set(scene.states()) & {LetterState.UNKNOWN, LetterState.FAILED}
    events = sum(sum(account["events"].values()) for account in google.state()["accounts"].values())
    assert events == sum(not _is_silent(number) for number in range(people))


def _booked_too_late_for_a_reminder(scene: Stage) -> set[str]:
    """Return whose meeting was booked, after processes that ended, when the day before was as good as over."""
    query = select(Meeting, Contact.email).join(Contact, Contact.id == Meeting.contact_id)
    window = sending_window(scene.desk.settings)
    with scene.desk.database.read(EVERYBODY) as session:
        return {
            address or ""
            for meeting, address in session.execute(query)
            if reminder_moment(meeting.starts_at, meeting.zone, window) < meeting.booked_at + TOO_NEAR
        }


def _what_became_of(scene: Stage, addresses: Collection[str]) -> str:
    query = select(Letter).where(Letter.to_address.in_(addresses)).order_by(Letter.created_at)
    with scene.desk.database.read(EVERYBODY) as session:
        return "\n".join(
            f"{letter.to_address} {letter.kind} {letter.state}, due {letter.due_at}, sent {letter.sent_at}: "
            f"{letter.last_error}"
            for letter in session.scalars(query)
        )


def _person(number: int) -> dict[str, object]:
    return {
        "address": _address(number),
        "name": f"Person{number} Example",
        "behaviour": "silent" if _is_silent(number) else "accept_slot",
        "delay_hours": 1,
        "slot": 1 + random.Random(number).randrange(3),
    }


def _address(number: int) -> str:
    return f"p{number}@city.example.com"


def _is_silent(number: int) -> bool:
    return number % SILENT_EVERY == SILENT_EVERY - 1
