"""Which letter kills its workers: it is set aside after three deaths, and those that were merely there are not."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from outreach.actions.claim_letters import Claim, claim_letters
from outreach.actions.deliver_letter import deliver_letter
from outreach.actions.mark_sent import mark_sent
from outreach.actions.release_leases import release_leases
from outreach.actions.settle_letter import settle_letter
from outreach.app import App, open_app
from outreach.clock import FixedClock
from outreach.database import EVERYBODY
from outreach.edge import SentRef
from outreach.model import Letter
from outreach.process_mark import ProcessMark, marks_folder
from outreach.rules.kinds import LetterState
from outreach.rules.leases import LEASE, POISON, POISON_FOR_CERTAIN
from outreach.sandbox.server import Sandbox
from outreach.settings import Settings
from tests.many_accounts import ALWAYS, queued

TICK = timedelta(seconds=5)


@pytest.fixture
def desk(settings: Settings, clock: FixedClock, app: App) -> Iterator[App]:
    del app  # opened first: it makes home and tables
    clock.step = timedelta(seconds=1)
    running = open_app(
        settings.model_copy(update={"sending": settings.sending.model_copy(update=dict(ALWAYS))}), clock=clock
    )
    yield running
    running.close()


@pytest.fixture
def letters(desk: App, sandbox: Sandbox, clock: FixedClock) -> list[str]:
    """Four accounts with five letters each, all of them due."""
    queued(desk, sandbox, clock, accounts=4, letters=5)
    with desk.database.read(EVERYBODY) as session:
        return list(session.scalars(select(Letter.id).order_by(Letter.due_at)))


class Workers:
    """Processes one after the other, as a supervisor starts them again; ``dies`` says which hands are fatal."""

    def __init__(self, desk: App, clock: FixedClock, dies: Callable[[Sequence[Claim]], bool]) -> None:
        self._desk, self._clock, self._dies = desk, clock, dies
        self.deaths = 0
        self._process = self._begin()

    def _begin(self) -> App:
        return replace(self._desk, mark=ProcessMark(marks_folder(self._desk.settings.home, self._desk.database)))

    def work(self, ticks: int, hands: int = 8) -> None:
        """Claim and deliver, a batch at each tick of the clock, whoever dies of it."""
        for _ in range(ticks):
            release_leases(self._process)
            claims = claim_letters(self._process, limit=hands)
            if claims and self._dies(claims):
                self.deaths += 1
                self._process.mark.release()
                self._process = self._begin()
            else:
                for claim in claims:
                    self._send(claim)
            self._clock.advance(TICK)

    def _send(self, claim: Claim) -> None:
        with self._desk.database.write(EVERYBODY) as session:
            letter = session.get_one(Letter, claim.letter_id)
            letter.draft_id, letter.state = "r1", LetterState.SENDING
            session.flush()
            sent = SentRef(f"m-{letter.id}", f"t-{letter.id}")
            assert mark_sent(self._desk, session, letter.id, sent, self._desk.now(), token=claim.token)


def found(desk: App) -> dict[str, Letter]:
    with desk.database.read(EVERYBODY) as session:
        return {letter.id: letter for letter in session.scalars(select(Letter))}


def failed(desk: App) -> set[str]:
    return {letter.id for letter in found(desk).values() if letter.state is LetterState.FAILED}


@pytest.mark.parametrize("place", [0, 7, 19])
def test_the_letter_that_kills_is_set_aside_after_three_deaths_and_no_other(
    desk: App, letters: list[str], clock: FixedClock, place: int
) -> None:
    poison = letters[place]
    workers = Workers(desk, clock, lambda claims: poison in {claim.letter_id for claim in claims})
    workers.work(ticks=200)
    states = found(desk)
    assert failed(desk) == {poison}
    assert states[poison].last_error.startswith("its worker died 3 times")
    assert {letter.state for letter in states.values() if letter.id != poison} == {LetterState.SENT}
    assert workers.deaths == POISON


@pytest.mark.parametrize("seed", range(5))
def test_letters_that_were_merely_there_when_workers_were_killed_are_sent(
    desk: App, letters: list[str], clock: FixedClock, seed: int
) -> None:
    dice, left = random.Random(seed), set(letters)

    def dies(claims: Sequence[Claim]) -> bool:
        if len(left) > 4 and dice.random() < 0.75:
            return True
        left.difference_update(claim.letter_id for claim in claims)
        return False

    workers = Workers(desk, clock, dies)
    workers.work(ticks=300, hands=2)
    assert workers.deaths > 5
    assert failed(desk) == set()
    assert {letter.state for letter in found(desk).values()} == {LetterState.SENT}


def test_two_that_kill_do_not_excuse_each_other_for_ever(desk: App, letters: list[str], clock: FixedClock) -> None:
    both = {letters[0], letters[1]}
    workers = Workers(desk, clock, lambda claims: bool(both & {claim.letter_id for claim in claims}))
    workers.work(ticks=1500)
    assert failed(desk) == both
    assert workers.deaths <= 2 * POISON_FOR_CERTAIN
    assert sum(letter.state is LetterState.SENT for letter in found(desk).values()) == len(letters) - 2


def test_an_attempt_that_ends_otherwise_begins_the_count_anew(
    desk: App, letters: list[str], clock: FixedClock, sandbox: Sandbox
) -> None:
    letter_id = letters[0]
    for _ in range(2 * POISON):
        claim_letters(desk, letter_id=letter_id)
        clock.advance(LEASE + timedelta(seconds=1))
        release_leases(desk)
        clock.advance(timedelta(minutes=1))
        sandbox.fault("drafts.create", "503", times=1)
        assert not deliver_letter(desk, letter_id)
        assert found(desk)[letter_id].recoveries == 0
        clock.advance(timedelta(hours=1))
    assert deliver_letter(desk, letter_id)


def test_one_that_kills_while_it_is_sent_is_looked_for_first_and_then_set_aside(
    desk: App, letters: list[str], clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Death(BaseException):
        pass

    def die(name: str) -> None:
        if name == "sending":
            raise Death

    monkeypatch.setattr("outreach.actions.deliver_letter.crash_point", die)
    for _ in range(POISON_FOR_CERTAIN):
        assert found(desk)[letters[0]].state is LetterState.SCHEDULED
        with pytest.raises(Death):
            deliver_letter(desk, letters[0])
        clock.advance(LEASE + timedelta(seconds=1))
        release_leases(desk)
        for _ in range(2):
            settle_letter(desk, letters[0])
            clock.advance(timedelta(minutes=5))
    letter = found(desk)[letters[0]]
    assert letter.state is LetterState.FAILED
    assert letter.last_error.startswith("it was not sent, and its worker died 10 times")
