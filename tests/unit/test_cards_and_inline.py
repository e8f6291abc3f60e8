"""What stands below a writer's name is no letter; what is written below a quoted line belongs to that line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from outreach.letters.quoted import between_quotes, newly_written
from outreach.rules.inbound import Inbound
from outreach.rules.instants import Span
from outreach.rules.kinds import Answer
from outreach.rules.replies import understand

NOW = datetime(2027, 3, 3, 12, tzinfo=UTC)
SLOTS = [
    Span(start, start + timedelta(minutes=30))
    for start in (
        datetime(2027, 3, 9, 15, 0, tzinfo=UTC),
        datetime(2027, 3, 10, 10, 30, tzinfo=UTC),
        datetime(2027, 3, 12, 9, 0, tzinfo=UTC),
    )
]
INLINE = """On Mon, 1 Mar 2027 Robin Example wrote:
> 1. Tuesday 9 March, 15:00
{one}
> 2. Wednesday 10 March, 10:30
{two}
> 3. Friday 12 March, 09:00
{three}
> Best regards
"""


@pytest.mark.parametrize(
    "card",
    [
        "Office hours: Mon 9-11, Thu 14-16",
        "Deputy Engineer (Works)\nTimings: 10:00 to 17:30",
        "Tel. +49 228 555 0146\nThis message is confidential and intended for the addressee only.",
    ],
)
@pytest.mark.parametrize("signed", ["Mina Osei", "Dr. Mina Osei", "M. Osei", "Mina"])
def test_below_the_name_of_the_writer_a_card_is_cut(signed: str, card: str) -> None:
    text = f"I would rather not, thank you.\n\n{signed}\n{card}"
    assert newly_written(text, "Dr Mina Osei") == f"I would rather not, thank you.\n\n{signed}"


def test_what_is_written_below_the_name_is_kept() -> None:
    text = "No, sorry.\n\nMina\n\nPS: Tuesday at 3 would do after all."
    assert "Tuesday at 3" in newly_written(text, "Mina Osei")
    text = "Good idea.\n\nMina\n\nI forgot to say that next Monday at noon would be best for me."
    assert "next Monday at noon" in newly_written(text, "Mina Osei")


def test_a_name_alone_is_no_reason_to_cut_where_nothing_was_written() -> None:
    assert newly_written("Mina Osei\nI agree to Tuesday.", "Mina Osei") == "Mina Osei\nI agree to Tuesday."


def test_answers_are_told_with_the_line_that_they_stand_below() -> None:
    told = between_quotes(INLINE.format(one="busy", two="fine", three="no"))
    assert [(quoted[:2], said) for quoted, said in told] == [("1.", "busy"), ("2.", "fine"), ("3.", "no")]


def read(one: str, two: str, three: str) -> tuple[Answer, int | None]:
    raw = INLINE.format(one=one, two=two, three=three)
    message = Inbound(
        text=newly_written(raw), full_text=raw, between=between_quotes(raw), from_address="mina@works.test"
    )
    understood = understand(message, slots=SLOTS, zone_name="UTC", now=NOW)
    return understood.answer, understood.chosen_slot


@pytest.mark.parametrize(
    ("one", "two", "three", "chosen"),
    [
        ("In court all day.", "Fine. You ring me?", "Dentist.", 1),
        ("no", "also no, same trial", "this is good!", 2),
        ("passt", "da bin ich auf der Baustelle", "leider nicht", 0),
        ("ne convient pas", "parfait pour moi", "en congés", 1),
    ],
)
def test_the_one_line_that_is_agreed_to_is_chosen(one: str, two: str, three: str, chosen: int) -> None:
    assert read(one, two, three) == (Answer.YES_WITH_TIME, chosen)


@pytest.mark.parametrize(
    ("one", "two", "three"),
    [("fine", "also fine", "no"), ("no", "no", "no"), ("hm", "who knows", "let me see"), ("not good", "no", "never")],
)
def test_nothing_is_chosen_where_two_are_agreed_to_or_none(one: str, two: str, three: str) -> None:
    assert read(one, two, three)[1] is None
