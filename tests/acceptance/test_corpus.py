"""The corpus of answers: what each is taken for, beside what it is. Prints the table, and every miss."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from outreach.actions.explain_message import Explained, explain_message
from outreach.rules.instants import Span
from outreach.rules.kinds import Answer

CORPUS = Path(__file__).parents[1] / "corpus"
NATURAL = ("machines", "english", "languages", "heldout", "people", "servers")
BERLIN = ZoneInfo("Europe/Berlin")
SLOTS = [
    Span(start, start + timedelta(minutes=30))
    for start in (
        datetime(2027, 3, 9, 15, 0, tzinfo=BERLIN),
        datetime(2027, 3, 10, 10, 30, tzinfo=BERLIN),
        datetime(2027, 3, 12, 9, 0, tzinfo=BERLIN),
    )
]
#: Sent by a machine; nobody's answer.
BY_MACHINE = {Answer.BOUNCE, Answer.BOUNCE_SOFT, Answer.AUTO_REPLY}


@dataclass(frozen=True)
class Read:
    """One message of the corpus, and what was made of it."""

    file: str
    label: dict[str, Any]
    found: Explained

    @property
    def wanted(self) -> Answer:
        return Answer(self.label["class"])

    @property
    def is_right(self) -> bool:
        return self.found.answer is self.wanted


def read(folder: str) -> list[Read]:
    found = []
    for line in (CORPUS / folder / "labels.jsonl").read_text(encoding="utf-8").splitlines():
        label = json.loads(line)
        explained = explain_message(
            (CORPUS / folder / label["file"]).read_bytes(),
            zone_name="Europe/Berlin",
            slots=SLOTS if label.get("slots") else (),
            now=datetime(2027, 3, 3, 12, tzinfo=UTC),
        )
        found.append(Read(f"{folder}/{label['file']}", label, explained))
    return found


@pytest.fixture(scope="module")
def natural() -> list[Read]:
    return [each for folder in NATURAL for each in read(folder)]


@pytest.fixture(scope="module")
def tricky() -> list[Read]:
    return read("tricky")


def tell(title: str, messages: list[Read]) -> None:
    right = sum(each.is_right for each in messages)
    print(f"\n{title}: {right} of {len(messages)} right, {right / len(messages):.1%}")
    counts = Counter((each.wanted, each.found.answer) for each in messages)
    classes = [answer for answer in Answer if any(answer in pair for pair in counts)]
    print("is \\ taken for".ljust(16) + "".join(f"{answer:>15}" for answer in classes))
    for wanted in classes:
        print(f"{wanted:16}" + "".join(f"{counts[wanted, answer] or '.':>15}" for answer in classes))
    for each in messages:
        if not each.is_right:
            print(f"  {each.file}: {each.wanted}, taken for {each.found.answer} ({each.found.evidence[0][:80]})")


def test_nearly_all_are_taken_for_what_they_are(natural: list[Read], tricky: list[Read]) -> None:
    tell("as the world writes", natural)
    for folder in NATURAL:
        part = [each for each in natural if each.file.startswith(folder)]
        print(f"  {folder}: {sum(each.is_right for each in part)} of {len(part)}")
    tell("made to mislead", tricky)
    everything = [*natural, *tricky]
    right = sum(each.is_right for each in everything)
    print(f"\nall: {right} of {len(everything)} right, {right / len(everything):.1%}")
    assert right >= 0.95 * len(everything)
    assert sum(each.is_right for each in natural) >= 0.95 * len(natural)
    assert sum(each.is_right for each in tricky) >= 0.7 * len(tricky)


def test_what_nobody_had_seen_is_mostly_understood_and_seldom_acted_upon_wrongly() -> None:
    fresh = read("fresh")
    tell("never seen by whoever wrote the rules, when it was first read", fresh)
    wrong = [each for each in fresh if not each.is_right]
    acted_upon = [each.file for each in wrong if not each.found.needs_person]
    across = [each.file for each in wrong if (each.wanted in BY_MACHINE) != (each.found.answer in BY_MACHINE)]
    print(f"acted upon wrongly: {acted_upon}\nmachine for person, or the other way: {across}")
    assert len(wrong) <= 0.06 * len(fresh)
    assert len(acted_upon) <= 0.005 * len(fresh)
    assert len(across) <= 0.002 * len(fresh)


def test_no_machine_is_taken_for_a_person_nor_a_person_for_a_machine(natural: list[Read], tricky: list[Read]) -> None:
    machines_as_people = [
        each.file for each in [*natural, *tricky] if each.wanted in BY_MACHINE and each.found.answer not in BY_MACHINE
    ]
    people_as_machines = [
        each.file for each in [*natural, *tricky] if each.wanted not in BY_MACHINE and each.found.answer in BY_MACHINE
    ]
    assert machines_as_people == []
    assert people_as_machines == []


def test_a_chosen_slot_is_the_right_one_or_none(natural: list[Read], tricky: list[Read]) -> None:
    chosen = [each for each in [*natural, *tricky] if each.found.chosen_slot is not None]
    wrong = [
        each.file
        for each in chosen
        if each.found.chosen_slot is not None
        and each.found.chosen_slot.number != each.label.get("chosen_slot")
        and each.found.chosen_slot.start not in _welcome(each)
        and not each.found.needs_person
    ]
    right = sum(
        each.found.chosen_slot is not None and each.found.chosen_slot.number == each.label.get("chosen_slot")
        for each in chosen
    )
    print(f"\n{right} of {sum('chosen_slot' in each.label for each in [*natural, *tricky])} chosen times found")
    assert wrong == []


def _welcome(message: Read) -> list[datetime]:
    """Return the offered times of which each would have done: "1 or 3, you pick"."""
    return [datetime.fromisoformat(each["start"]) for each in message.label.get("times", [])]


def test_the_day_of_return_is_the_one_that_is_named(natural: list[Read]) -> None:
    away = [each for each in natural if each.wanted is Answer.AUTO_REPLY]
    named = [
        each
        for each in away
        if (each.found.returns_on and each.found.returns_on.isoformat()) == each.label.get("returns_on")
    ]
    print(f"\n{len(named)} of {len(away)} days of return as named, or none where none is")
    assert len(named) >= 0.9 * len(away)
