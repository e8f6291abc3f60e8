"""A thousand meetings in five zones while the computer's clock is set forward and back by hours and days.

What "within 24 hours" means when the clock itself is moved. A program knows time by that clock alone, so:

- nobody is thanked before the clock shows that the meeting is over;
- a thank-you is in time when not more than 24 hours have truly passed since the clock has shown, without a break, that
  the meeting is over. Where the clock is set back to before the end, the meeting is to come again as far as anybody can
  tell, and the hours are counted anew from its end; where it is set forward over the deadline, hardly any time has
  passed in truth, and the thank-you leaves at the next look. Where it is set back and the meeting stays over, time is
  lost that nobody knows of: a thank-you leaves 22 hours after the end at the latest, so two hours are in hand for that,
  and the clock here loses one hour within a day, no more.

The cap is that of the clock too: in any 24 hours that it shows, no more ordinary letters than may leave, however often
it shows them.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from outreach.actions.approve_letters import approve_letters
from outreach.actions.book_meeting import book_meeting
from outreach.actions.draft_letters import draft_letters
from outreach.actions.run_job import run_job
from outreach.app import App, open_app
from outreach.clock import FixedClock
from outreach.database import EVERYBODY
from outreach.model import Account, AccountState, Contact, Letter, Meeting
from outreach.model.base import new_id
from outreach.queries.due_jobs import due_jobs
from outreach.rules.addresses import address_key
from outreach.rules.kinds import FIRST_LETTERS, THANK_YOUS, LetterKind
from outreach.settings import load_settings
from tests.chaos.gmail_in_memory import Accepted, GmailInMemory, TrueTime
from tests.chaos.quick import quick_database
from tests.meetings_lived import FATES, UNTHANKED, ZONES, change_some, seal_fates

ME = "ada@student.example.com"
#: Before the American clocks change on 14 March and the European ones on 28 March.
BEGINS = datetime(2027, 3, 11, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(hours=24)
#: Every so many hours the clock, if it is right, is set wrong by so much, and if it is wrong, is set right.
SET_EVERY = 7
BY_A_DAY = (DAY, -DAY)
BY_AN_HOUR = (HOUR, -HOUR)
CAP = 10
#: A worker looks once an hour here, so that is how late it may notice.
LOOK = HOUR


@dataclass
class World:
    """The product, its clock, true time, and since when each meeting has been over as far as the clock tells."""

    app: App
    account_id: str
    clock: FixedClock
    true_time: TrueTime
    gmail: GmailInMemory
    over_since: dict[str, datetime] = field(default_factory=dict)
    #: How long each meeting had been over when thanks for it left; None for thanks that came before the end.
    thanks: dict[str, list[timedelta | None]] = field(default_factory=dict)

    def judge(self, line: Accepted) -> None:
        """Note thanks at the moment at which Gmail accepts them."""
        with self.app.database.read(self.account_id) as session:
            letter = session.get_one(Letter, line.letter_id)
        if letter.kind in THANK_YOUS and letter.meeting_id is not None:
            since = self.over_since.get(letter.meeting_id)
            self.thanks.setdefault(letter.meeting_id, []).append(line.true - since if since else None)


@pytest.fixture
def url(database_url: str, request: pytest.FixtureRequest) -> Iterator[str]:
    with quick_database(request.config.getoption("--backend"), database_url) as quick:
        yield quick


@pytest.fixture
def world(tmp_path: Path, url: str) -> Iterator[World]:
    # A clock that is looked at once an hour: what fell due within the hour is on time.
    clock, true_time = FixedClock(BEGINS, step=LOOK), TrueTime(BEGINS)
    gmail = GmailInMemory(ME, true_time, clock.now)
    settings = load_settings(
        home=tmp_path / "home",
        database_url=url,
        me={"name": "Ada Okafor", "field": "urban planning", "background": "I am in my last year of geography"},
        sending={"daily_cap": CAP, "ramp_start": CAP, "ramp_step": 0, "follow_ups": 0, "expire_days": 300},
        inbox={"poll_seconds": 3600},
    )
    app = open_app(settings, clock=clock, google=gmail)
    account = Account(
        id=new_id(),
        address=ME,
        name="Ada Okafor",
        zone="Europe/London",
        state=AccountState.ACTIVE,
        credentials=b"consent",
        created_at=BEGINS,
        poll_due_at=BEGINS,
        history_id="0",
    )
    with app.database.write(EVERYBODY) as session:
        session.add(account)
    made = World(app, account.id, clock, true_time, gmail)
    gmail.judge = made.judge
    yield made
    app.close()


@pytest.mark.parametrize(
    "meetings",
    [
        pytest.param(50, marks=[pytest.mark.slow, pytest.mark.timeout(300)]),
        pytest.param(1000, marks=[pytest.mark.long, pytest.mark.timeout(7200)]),
    ],
)
def test_every_thank_you_owed_is_out_in_time_whatever_the_clock_does(world: World, meetings: int) -> None:
    booked = _book(world, meetings)
    # As many as may leave by the end, where half of the hours are shown a day too early or too late.
    _queue_outreach(world, min(meetings // 2, 250))
    fates = change_some(world.app, world.account_id, booked, meetings * HOUR)
    settings_of_the_clock = 0
    # Those that were moved come after all others; the last days are for their thanks.
    for offset in _offsets(random.Random(meetings), 48 + 2 * meetings):
        wanted = world.true_time.now() + offset
        settings_of_the_clock += wanted != world.clock.now() + LOOK
        world.clock.set(wanted)
        _note_what_is_over(world)
        seal_fates(world.app, world.account_id, booked, fates, world.clock.now())
        _work(world.app)
        world.true_time.pass_by(HOUR)
    slowest = _judge_thanks(world, fates)
    most = _judge_cap(world)
    print(
        f"\n{meetings} meetings, {settings_of_the_clock} settings of the clock, {len(world.gmail.ledger)} letters: "
        f"the slowest thank-you {slowest} after the end, at most {most} ordinary letters in 24 hours of {CAP}"
    )


def _offsets(dice: random.Random, hours: int) -> Iterator[timedelta]:
    """Yield how far the clock is from true time, hour by hour; right in the last three days."""
    offset, lost = timedelta(0), 0
    for hour in range(hours):
        if hour % SET_EVERY == 0:
            # An hour is lost at most once in two days: by setting it back, or by setting right what was ahead.
            menu = BY_A_DAY + (BY_AN_HOUR if hour - lost > 48 else ())
            offset = dice.choice(menu) if offset == timedelta(0) else timedelta(0)
            lost = hour + SET_EVERY if abs(offset) == HOUR else lost
        yield offset
    yield from [timedelta(0)] * 72


def _contact(world: World, number: int, name: str) -> str:
    email = f"{name}{number}@city.example.com"
    contact = Contact(
        id=new_id(),
        first_name=f"Person{number}",
        last_name="Example",
        email=email,
        address_key=address_key(email),
        organization="City of Example",
        title="Urban planner",
        zone=ZONES[number % len(ZONES)],
        why_you="Your talk on turning car parks into pocket parks changed how I look at my own street.",
        created_at=BEGINS,
        updated_at=BEGINS,
    )
    with world.app.database.write(world.account_id) as session:
        session.add(contact)
    return contact.id


def _book(world: World, meetings: int) -> dict[str, int]:
    """Book one meeting every hour, night and day, from the day after tomorrow on; return each one's number by its id.

    As far from now as the clock may be set, so that every meeting is to come when it is cancelled or moved.
    """
    return {
        book_meeting(
            world.app, world.account_id, _contact(world, number, "p"), BEGINS + 2 * DAY + number * HOUR
        ): number
        for number in range(meetings)
    }


def _queue_outreach(world: World, letters: int) -> None:
    """Queue ordinary letters besides, so that there is a cap to keep."""
    people = [_contact(world, number, "q") for number in range(letters)]
    approve_letters(world.app, world.account_id, draft_letters(world.app, world.account_id, people))


def _work(app: App) -> None:
    for _ in range(50):
        due = due_jobs(app)
        if not due:
            return
        for item in due:
            run_job(app, item.job)
    raise AssertionError(f"still due after 50 rounds: {due[:5]}")


def _note_what_is_over(world: World) -> None:
    now = world.clock.now()
    with world.app.database.read(world.account_id) as session:
        ends = session.execute(select(Meeting.id, Meeting.ends_at)).all()
    for meeting_id, end in ends:
        if now < end:
            world.over_since.pop(meeting_id, None)
        else:
            # Since when is known to the hour of a look; where the clock ran, to the minute.
            world.over_since.setdefault(meeting_id, world.true_time.now() - min(now - end, LOOK))


def _judge_thanks(world: World, fates: dict[str, str]) -> timedelta:
    """Return how long after the end the slowest thank-you left."""
    assert set(fates.values()) == FATES
    slowest = timedelta(0)
    for meeting_id, fate in fates.items():
        thanks = world.thanks.get(meeting_id, [])
        if fate in UNTHANKED:
            assert thanks == [], (fate, thanks)
            continue
        assert len(thanks) == 1, (fate, thanks)
        assert thanks[0] is not None, "thanked before the end"
        assert thanks[0] <= DAY, (fate, thanks)
        slowest = max(slowest, thanks[0])
    return slowest


def _judge_cap(world: World) -> int:
    """Return the most ordinary letters that left within any 24 hours that the clock showed."""
    with world.app.database.read(world.account_id) as session:
        kinds = dict(session.execute(select(Letter.id, Letter.kind)).all())
    ordinary = FIRST_LETTERS | {LetterKind.REPORT_BACK}
    clocks = sorted(line.clock for line in world.gmail.ledger if kinds[line.letter_id] in ordinary)
    most = max(sum(begin <= each < begin + DAY for each in clocks) for begin in clocks)
    assert most <= CAP
    assert len(clocks) == sum(kind in ordinary for kind in kinds.values()), "an ordinary letter was lost"
    return most
