"""What a probe's letters are known by, what its answers mean, and what follows for letters in doubt."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from outreach.letters.envelope import Envelope, fixed_headers
from outreach.rules import probe_answers
from outreach.rules.probe_answers import Inserts, NamedLetter, Sends
from outreach.rules.probing import (
    ASKED,
    NOT_TRIED,
    SETTLING_NEEDS,
    UNDER_WAY,
    Finding,
    Question,
    from_store,
    in_store,
    is_of_run,
    is_probe_letter,
    laid_over,
    letter_mark,
    subject_of,
    why_not_alone,
)

RUN = "0a1b2c3d"
AT = "2026-03-02T09:00:00+00:00"


def finding(question: Question, holds: bool | None, said: str = "so it was") -> Finding:
    return Finding(question=question, holds=holds, said=said, facts={"seen": 1})


# What follows.


def test_a_mailbox_that_was_never_probed_is_settled_by_looking() -> None:
    assert why_not_alone({}) == ()


@pytest.mark.parametrize("question", Question)
@pytest.mark.parametrize("holds", [True, False, None])
def test_only_a_failed_belief_that_settling_rests_upon_switches_it_off(question: Question, holds: bool | None) -> None:
    stored = in_store([finding(question, holds)], AT)
    switched_off = holds is False and question in SETTLING_NEEDS
    assert why_not_alone(stored) == (("so it was",) if switched_off else ())


def test_settling_rests_upon_four_beliefs() -> None:
    assert set(SETTLING_NEEDS) == {Question.SENT_ONCE, Question.LETTER_ID, Question.SHOWN, Question.CUT_OFF}


def test_every_question_is_told_in_words_and_two_are_not_tried() -> None:
    assert set(ASKED) == set(Question)
    assert {each.question: each.said for each in NOT_TRIED} == {
        Question.GUESTS: "not tried: needs other people's mailboxes",
        Question.SENDING_LIMIT: "not tried on purpose",
    }


def test_findings_come_back_from_the_store_as_they_went_in_and_in_the_order_of_the_questions() -> None:
    found = [finding(question, None) for question in reversed(Question)]
    assert from_store(in_store(found, AT) | {UNDER_WAY: {"run": RUN}}) == list(reversed(found))


@pytest.mark.parametrize("junk", [None, 7, "so", [], {"holds": "perhaps"}])
def test_what_cannot_be_read_in_the_store_is_left_out(junk: Any) -> None:
    assert from_store({"sent_once": junk}) == []


@pytest.mark.parametrize("before", [True, False])
def test_an_answer_takes_the_place_of_an_older_one_and_an_open_question_does_not(before: bool) -> None:
    stored = in_store([finding(Question.SHOWN, before, "older")], AT)
    for after, kept in ((None, before), (not before, not before)):
        fresh = in_store([finding(Question.SHOWN, after, "newer")], AT)
        assert laid_over(stored, fresh)["shown"]["holds"] is kept
    assert laid_over({}, in_store([finding(Question.SHOWN, None)], AT))["shown"]["holds"] is None


# How its letters are known.


def test_a_letter_of_a_run_is_known_by_its_header_or_by_its_subject() -> None:
    by_mark = {"x-outreach-id": letter_mark(RUN, 2), "subject": "Whatever"}
    by_subject = {"subject": subject_of(RUN, 2)}
    for headers in (by_mark, by_subject):
        assert is_of_run(headers, RUN)
        assert is_of_run(headers, RUN, 2)
        assert not is_of_run(headers, RUN, 1)
        assert not is_of_run(headers, "ffffffff")
        assert is_probe_letter(headers)


def test_an_answer_to_a_probes_letter_is_known_too() -> None:
    answer = {"subject": f"Re: {subject_of(RUN, 1)}"}
    assert is_probe_letter(answer)
    assert not is_of_run(answer, RUN)  # it is not deleted with them
    assert is_probe_letter({"subject": f"Automatic reply: {subject_of(RUN, 1)}"})


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"subject": "A question about outreach probes", "x-outreach-id": "3f9a2c1b7d3f9a2c1b7d"},
        {"subject": "Outreach probe"},
        {"x-outreach-id": "probe-"},
        {"x-outreach-id": "probe-0a1b2c3d-1 and more"},
    ],
)
def test_other_letters_are_not_taken_for_the_probes(headers: dict[str, str]) -> None:
    assert not is_probe_letter(headers)
    assert not is_of_run(headers, RUN)


def test_the_mark_is_a_letter_id_that_can_be_composed() -> None:
    one = Envelope(
        letter_id=letter_mark(RUN, 4),
        sender_name="",
        sender_address="ada@student.example.com",
        to_name="",
        to_address="ada@student.example.com",
        subject=subject_of(RUN, 4),
        text="",
        html="",
        date=datetime(2026, 3, 2, 9, 0, tzinfo=UTC),
        message_id_hint=f"<{letter_mark(RUN, 4)}@mail.gmail.com>",
    )
    headers = fixed_headers(one)
    assert headers["X-Outreach-Id"] == "probe-0a1b2c3d-4"
    assert headers["Message-ID"] == "<probe-0a1b2c3d-4@mail.gmail.com>"


# What answers mean.


def sends(*statuses: int | None, sent: int = 1, left: bool | None = False) -> Sends:
    return Sends(statuses=statuses, sent=sent, draft_left=left)


TEN = (200, *[404] * 9)


@pytest.mark.parametrize(
    ("in_a_row", "at_once", "holds"),
    [
        (sends(200, 404), sends(*TEN), True),
        (sends(200, 400), sends(200, None, *[429] * 8), True),
        (sends(200, 200, sent=2), None, False),
        (sends(200, 404), sends(*TEN, sent=2), False),
        (sends(200, 404, left=True), None, False),
        (sends(200, 404), sends(*TEN, left=True), False),
        (sends(200, 404), None, None),
        (sends(500, 404, sent=0), sends(*TEN), None),
        (sends(500, 404, sent=0, left=True), sends(*TEN), None),
        (sends(200, 404), sends(*[429] * 10, sent=0, left=True), None),
    ],
)
def test_a_draft_is_sent_once(in_a_row: Sends, at_once: Sends | None, holds: bool | None) -> None:
    assert probe_answers.sent_once(in_a_row, at_once).holds is holds


def test_answers_are_counted_by_status() -> None:
    facts = probe_answers.sent_once(sends(200, 404), sends(None, *TEN[:9])).facts
    assert facts["at_once"]["statuses"] == {"200": 1, "404": 8, "none": 1}


@pytest.mark.parametrize(
    ("in_headers", "stored", "arrived", "holds"),
    [
        ("probe-1", True, True, True),
        ("probe-1", True, False, True),
        ("probe-1", None, None, True),
        ("", True, True, False),
        ("probe-2", True, True, False),
        ("probe-1", False, True, False),
        (None, None, None, None),
    ],
)
def test_the_header_stays(
    in_headers: str | None, stored: bool | None, arrived: bool | None, holds: bool | None
) -> None:
    found = probe_answers.letter_id("probe-1", in_headers=in_headers, stored=stored, arrived=arrived)
    assert found.holds is holds


@pytest.mark.parametrize(("sent", "holds"), [("t1", True), ("t2", False), (None, None)])
def test_the_thread_stays(sent: str | None, holds: bool | None) -> None:
    assert probe_answers.thread("t1", sent).holds is holds


@pytest.mark.parametrize(
    ("history", "search", "holds"),
    [
        (0.1, 9.0, True),
        (None, 9.0, True),
        (0.1, None, True),
        (None, None, False),
        (61.0, 70.0, False),
        (61.0, 59.0, True),
    ],
)
def test_what_was_sent_is_shown_in_time(history: float | None, search: float | None, holds: bool) -> None:
    found = probe_answers.shown(sent=True, history=history, search=search, waited=120, within=60)
    assert found.holds is holds
    assert probe_answers.shown(sent=False, history=None, search=None, waited=120, within=60).holds is None


@pytest.mark.parametrize(
    ("sent", "left", "holds"),
    [(1, False, True), (0, True, True), (1, True, False), (0, False, False), (2, False, False)],
)
def test_what_was_cut_off_ends_in_one_of_two_ways(sent: int, left: bool, holds: bool) -> None:
    assert probe_answers.cut_off(sent=sent, draft_left=left, after=None).holds is holds


@pytest.mark.parametrize(
    ("letters", "holds", "words"),
    [
        ([("<a@x>", "<b@g>"), ("<c@g>", "<d@g>")], True, "replaces"),
        ([("<a@x>", "<a@x>"), ("<c@g>", "<c@g>")], True, "keeps the Message-ID"),
        ([("<a@x>", "<b@g>"), ("<c@g>", "<c@g>")], True, "only if it is of g"),
        ([("<a@x>", "<b@g>"), ("<c@g>", "")], False, "could not be read back"),
        ([], None, "could not be read back"),
    ],
)
def test_the_message_id_is_read_back(letters: list[tuple[str, str]], holds: bool | None, words: str) -> None:
    found = probe_answers.message_ids([NamedLetter(given=given, in_draft="", sent=sent) for given, sent in letters])
    assert found.holds is holds
    assert words in found.said


@pytest.mark.parametrize(
    ("statuses", "holds", "words"),
    [
        ((200, 409, 409), True, "not even after deleting"),
        ((200, 409, 200), True, "free again"),
        ((200, 200, 409), False, "twice"),
        ((403, None, None), None, "open"),
        ((None, None, None), None, "open"),
    ],
)
def test_an_events_id_is_taken_once(statuses: tuple[int | None, ...], holds: bool | None, words: str) -> None:
    first, second, after = statuses
    found = probe_answers.event_id(Inserts(first=first, second=second, after_delete=after))
    assert found.holds is holds
    assert words in found.said
