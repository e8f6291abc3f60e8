"""Generated conversations, polls among sends at random: nobody is reminded once their answer could be read.

An answer could be read when it lay in the mailbox as the last look at it began. The judge counts for itself: what lay
there when, and what left when, by the sandbox's own ledger.
"""

from __future__ import annotations

import json
import os
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import select

from outreach.actions.approve_letters import approve_letters
from outreach.actions.draft_letters import draft_letters
from outreach.actions.run_job import run_job
from outreach.app import App
from outreach.clock import FixedClock
from outreach.database import EVERYBODY
from outreach.model import Account, Letter
from outreach.queries.due_jobs import due_jobs
from outreach.queue import Job
from outreach.rules.addresses import find_addresses
from outreach.rules.kinds import LetterKind
from outreach.sandbox.server import Sandbox
from tests.many_accounts import ALWAYS

ME = "ada@student.example.com"
FULL = int(os.environ.get("OUTREACH_TEST_EXAMPLES", "2000"))
DAYS = 24
ODD_WORDS = ("Who are you?", "See attached.", "Merci, je regarde.", "Hm.", "Ich melde mich.", "👍", "Call my office.")


@dataclass
class World:
    """What the judge knows: whose answers lay in the mailbox when it was last looked at, and what has left."""

    app: App
    sandbox: Sandbox
    clock: FixedClock
    dice: random.Random
    people: dict[str, Letter] = field(default_factory=dict)
    answered: dict[str, int] = field(default_factory=dict)
    readable: set[str] = field(default_factory=set)
    reminders: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    looked_at: int = 0

    def run(self, job: Job) -> None:
        """Run a job, and judge what left in it."""
        lies_there = set(self.answered) if job.name == "poll_inbox" else None
        run_job(self.app, job)
        if lies_there is not None:
            self.readable |= lies_there
        for entry in self.sandbox.sent[self.looked_at :]:
            self.looked_at += 1
            person = find_addresses(str(entry["to"]))[0][2]
            if self.is_reminder(entry["x_outreach_id"]):
                self.reminders[person] += 1
                if person in self.readable:
                    self.wrong.append(f"{person} was reminded though an answer could be read")

    def is_reminder(self, letter_id: str) -> bool:
        """Return whether a letter that left is a follow-up."""
        with self.app.database.read(EVERYBODY) as session:
            return session.scalar(select(Letter.kind).where(Letter.id == letter_id)) is LetterKind.FOLLOW_UP

    def answer(self, person: str, said: str) -> None:
        """Let a person answer, in the thread or with a new mail."""
        letter = self.people[person]
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = person, ME, f"Re: {letter.subject}"
        if self.dice.random() < 0.8:
            message["In-Reply-To"] = message["References"] = letter.message_id
        message.set_content(said)
        self.sandbox.receive(ME, message.as_bytes())
        self.answered[person] = self.answered.get(person, 0) + 1


@pytest.mark.parametrize(
    "talks",
    [
        pytest.param(40, marks=[pytest.mark.slow, pytest.mark.timeout(300)]),
        pytest.param(FULL, marks=[pytest.mark.long, pytest.mark.timeout(7200)]),
    ],
)
def test_nobody_is_reminded_once_their_answer_could_be_read(
    app: App, account_id: str, add_contact: Callable[..., str], sandbox: Sandbox, clock: FixedClock, talks: int
) -> None:
    world = World(app, sandbox, clock, random.Random(talks))
    with app.database.write(EVERYBODY) as session:
        session.get_one(Account, account_id).preferences = {"sending": {**ALWAYS, "follow_up_days": 3}}
    for number in range(talks):
        add_contact(f"p{number}@city.example.com", f"Person{number} Example", organization="")
    approve_letters(app, account_id, draft_letters(app, account_id))
    texts, ends = _said(), clock.now() + timedelta(days=DAYS)
    while clock.now() < ends:
        clock.advance(timedelta(minutes=world.dice.randint(5, 300)))
        _work_at_random(world)
        _know_people(world)
        for person in world.people:
            if person not in world.answered and world.dice.random() < 0.004:
                world.answer(person, world.dice.choice(texts))
                if world.dice.random() < 0.5:
                    _work_at_random(world)
    silent = world.people.keys() - world.answered.keys()
    print(
        f"\n{talks} conversations: {len(world.answered)} answered, {sum(world.reminders.values())} reminders, "
        f"{len(world.wrong)} of them after an answer could be read"
    )
    assert world.wrong == []
    assert len(world.people) == talks
    assert {world.reminders[person] for person in silent} <= {1, 2}
    assert max(Counter(entry["x_outreach_id"] for entry in sandbox.sent).values()) == 1


def _work_at_random(world: World) -> None:
    """Run what is due in any order, and leave some of it for later."""
    for _ in range(world.dice.randint(1, 4)):
        jobs = [due.job for due in due_jobs(world.app, 5_000)]
        world.dice.shuffle(jobs)
        for job in jobs:
            if world.dice.random() < 0.9:
                world.run(job)


def _know_people(world: World) -> None:
    """Know those who have got a first letter, once it can be answered."""
    with world.app.database.read(EVERYBODY) as session:
        first = select(Letter).where(Letter.kind != LetterKind.FOLLOW_UP, Letter.message_id.is_not(None))
        for letter in session.scalars(first):
            if letter.to_address.startswith("p"):
                world.people.setdefault(letter.to_address, letter)


def _said() -> list[str]:
    """Return what people say: the words of the corpus, and a few that nobody understands."""
    corpus = Path(__file__).parents[1] / "corpus" / "heldout"
    labels = [json.loads(line) for line in (corpus / "labels.jsonl").read_text(encoding="utf-8").splitlines()]
    people = {"yes", "no", "question", "other", "yes_with_time", "opt_out"}
    from outreach.letters.inbound import read_message

    texts = [read_message((corpus / each["file"]).read_bytes()).text for each in labels if each["class"] in people]
    return [*(text for text in texts if text), *ODD_WORDS]
