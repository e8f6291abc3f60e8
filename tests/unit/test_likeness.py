"""Where likeness to examples doubts what words alone would say, and stands in where they say nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from outreach.rules.inbound import Inbound, Understood
from outreach.rules.instants import Span
from outreach.rules.kinds import Answer
from outreach.rules.replies import understand
from outreach.rules.sentence_kinds import Does, what_it_does

BERLIN = ZoneInfo("Europe/Berlin")
SLOTS = [
    Span(start, start + timedelta(minutes=30))
    for start in (
        datetime(2027, 3, 9, 15, tzinfo=BERLIN),
        datetime(2027, 3, 10, 10, 30, tzinfo=BERLIN),
        datetime(2027, 3, 12, 9, tzinfo=BERLIN),
    )
]
NOW = datetime(2027, 3, 3, 12, tzinfo=UTC)


def read(text: str, *, offered: bool = False, subject: str = "Re: Your work", **headers: str) -> Understood:
    message = Inbound(
        text=text,
        full_text=text,
        subject=subject,
        from_address=headers.pop("from_address", "ben@acme.test"),
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )
    return understand(message, slots=SLOTS if offered else (), zone_name="Europe/Berlin", now=NOW)


@pytest.mark.parametrize(
    "text",
    [
        "None of those three work for me, sorry.",
        "We can not make our staff available for individual talks, and this applies also to conversations by video.",
        "Cooles Vorhaben, aber ich bin da raus.",
        "I'd love to but we've lost two people and I'm doing their shifts as well, so I really can't.",
    ],
)
def test_words_of_a_yes_do_not_make_one(text: str) -> None:
    found = read(text)
    assert found.answer not in {Answer.YES, Answer.YES_WITH_TIME}, found


@pytest.mark.parametrize(
    "text",
    [
        "If she signs off, we can talk. If she doesn't, we can't.",
        "Thank you for the options, which leaves Friday the 12th at 9. We are not able to use every provider.",
    ],
)
def test_words_of_a_no_do_not_make_one(text: str) -> None:
    assert read(text, offered=True).answer is not Answer.NO


def test_a_time_that_is_chosen_beside_a_no_is_for_a_person() -> None:
    found = read("Friday at 9 is good. We cannot do this, as a rule.", offered=True)
    assert found.answer is Answer.OTHER
    assert found.needs_person


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("La 2 porfa. Nos hablamos entonces.", 1),
        ("Je retiens le dernier des créneaux.", 2),
        ("Wendsday is grand.", 1),
        ("By elimination we shall meet on Friday at 9.", 2),
    ],
)
def test_more_ways_to_choose_a_time(text: str, place: int) -> None:
    found = read(text, offered=True)
    assert (found.answer, found.chosen_slot) == (Answer.YES_WITH_TIME, place), found


def test_a_choice_that_only_likeness_hears_is_not_acted_upon() -> None:
    found = read("Your Wednesday gets the kettle on, Robin.", offered=True)
    assert found.chosen_slot == 1
    assert found.needs_person


def test_a_time_is_not_booked_that_hangs_on_something() -> None:
    found = read(
        "I've put it to them, with the Tuesday slot pencilled. Until they come back to me I can't say either way.",
        offered=True,
    )
    assert found.needs_person


@pytest.mark.parametrize("text", ["Klar, wann?", "Sure, when?", "Claro, ¿cuándo?", "Volontiers, quand ?"])
def test_when_alone_is_answered_by_times(text: str) -> None:
    found = read(text)
    assert (found.answer, found.mere_yes) == (Answer.YES, True), found


@pytest.mark.parametrize(
    "text",
    [
        "Kindly clarify whether the discussion is part of a paid study.",
        "Bitte teilen Sie mir mit, an welcher Hochschule Sie eingeschrieben sind.",
        "J'aimerais d'abord savoir à quoi serviront mes réponses.",
    ],
)
def test_what_is_asked_without_a_question_mark(text: str) -> None:
    assert read(text).answer is Answer.QUESTION


def test_the_wish_not_to_be_written_to_counts_whatever_else_it_asks() -> None:
    found = read("Please remove my name and email from your records and do not reply to this message.")
    assert found.answer is Answer.OPT_OUT


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (
            "I'm only doing the invoices, so I can't help. I have forwarded your mail to Mr. Kilian Raabe.",
            "Kilian Raabe",
        ),
        (
            "I'll bow out, I'm no use for this. Please turn to Mrs Parveen Dhillon for anything like it.",
            "Parveen Dhillon",
        ),
    ],
)
def test_a_name_in_a_sentence_that_points_elsewhere(text: str, name: str) -> None:
    found = read(text)
    assert found.answer is Answer.NO_WITH_NAME, found
    assert name in {each for each, _ in found.names}


@pytest.mark.parametrize(
    "text",
    [
        "Thank you for writing. Your request was received and a ticket has been created.",
        "Nadia is no longer with us and this address will be switched off. Your message has not been forwarded.",
        "The message you sent requires that you verify that you are a real live human being.",
        "Gracias por escribir. Este mensaje se envía una sola vez a cada remitente.",
    ],
)
def test_what_only_machines_write_about_themselves(text: str) -> None:
    assert read(text, subject="Your message").answer is Answer.AUTO_REPLY


def test_a_person_behind_an_address_that_takes_no_answer() -> None:
    text = "There is a librarian typing this. I would be glad to tell you about my work, just call me."
    behind = {"from_address": "no-reply@library.example", "in_reply_to": "<1@example.com>"}
    assert read(text, reply_to="Saoirse <s@library.example>", **behind).answer is Answer.YES
    assert read(text, **behind).answer is Answer.AUTO_REPLY


def test_whoever_looks_after_a_mail_server_may_answer_by_hand() -> None:
    text = "I saw your letter to Moira get rejected. She retired and can't help. Ask Peter Lind: p.lind@tarn.test."
    by_hand = {"from_address": "postmaster@tarn.test", "subject": "Re: Undeliverable: Your work"}
    assert read(text, user_agent="Mutt/2.2.12", **by_hand).answer is Answer.NO_WITH_NAME
    assert read("550 5.1.1 User unknown", **by_hand).answer is Answer.BOUNCE


def test_words_that_were_never_seen_are_told_by_their_letters() -> None:
    unseen = what_it_does("Hocherfreutest zusagend!")
    assert abs(sum(unseen.values()) - 1) < 1e-9
    assert unseen[Does.AGREE] > unseen[Does.REFUSE]
