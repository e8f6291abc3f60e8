"""What agents write in help desks and trackers, out of the mail that tells of it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from outreach.letters.desk_comments import desk_comment
from outreach.letters.inbound import read_message
from outreach.rules.inbound import Understood
from outreach.rules.kinds import Answer
from outreach.rules.replies import understand

BLOCKS = """##- Please type your reply above this line -##

Your request (#4711) has been updated. To add additional comments, reply to this email.

----------------------------------------------
{author}, Mar 2, 2027, 16:47 GMT+1

{said}

----------------------------------------------
Ada Byron, Mar 1, 2027, 09:20 GMT+1

Dear team, would you have half an hour for me? If you would rather not hear from me again, just say so.

--------------------------------
This email is a service from Mill Lab. Delivered by Zendesk
"""
COMMENTED = """-—-—-—-—
Reply above this line.

{author} commented:

{said}

View request · Turn off this request's notifications

This is shared with Ada Byron and Mill Lab.
"""
QUOTED = """{author} wrote on MILL-77:

> {said}

Please do not reply to this e-mail; replies are added to the issue.
"""
LISTED = """Your request INC0048817 has been updated.

New comment:
2027-03-02 11:05:19 CET - {author} (Additional comments)
{said}

Short description: half an hour
State: Resolved
"""
LABELLED = """=-=-=-= Pour répondre par courriel, merci d'écrire au-dessus de cette ligne =-=-=-=

Ticket : Nouveau suivi

Auteur : {author}
Date : 02-03-2027 10:22

{said}

Statut : Clos
"""
SHAPES = {"blocks": BLOCKS, "commented": COMMENTED, "quoted": QUOTED, "listed": LISTED, "labelled": LABELLED}


def mail(body: str, *headers: str) -> bytes:
    lines = [
        "From: Help <help@mill.test>",
        "To: Ada Byron <ada@example.com>",
        "Subject: [Mill Lab] Re: Half an hour",
        "In-Reply-To: <1@example.com>",
        "Content-Type: text/plain; charset=utf-8",
        *headers,
    ]
    return ("\r\n".join(lines) + "\r\n\r\n" + body.replace("\n", "\r\n")).encode()


def read(body: str, *headers: str) -> Understood:
    return understand(read_message(mail(body, *headers)), now=datetime(2027, 3, 3, 12, tzinfo=UTC))


@pytest.mark.parametrize("shape", SHAPES)
def test_the_comment_alone_is_what_was_written(shape: str) -> None:
    found = desk_comment(SHAPES[shape].format(author="Bea Miller", said="Not at the moment, sorry."), "Ada Byron")
    assert found is not None
    assert (found.author, found.text) == ("Bea Miller", "Not at the moment, sorry.")


@pytest.mark.parametrize("shape", SHAPES)
def test_who_answers_through_a_help_desk_is_a_person_and_not_acted_upon(shape: str) -> None:
    body = SHAPES[shape].format(author="Bea Miller", said="I'm afraid I can't help you, sorry.")
    found = read(body, "Auto-Submitted: auto-generated", "Precedence: bulk")
    assert found.answer is Answer.NO
    assert found.needs_person


@pytest.mark.parametrize("author", ["Ada Byron", "Automation for Mill", "System"])
def test_a_comment_of_ones_own_or_of_a_program_is_nobodys_answer(author: str) -> None:
    found = desk_comment(
        BLOCKS.format(author=author, said="Dear team, would you have half an hour?"), "ada.byron@x.test"
    )
    assert found is not None
    assert found.author == ""
    assert "half an hour" not in found.text


def test_an_acknowledgement_that_holds_the_letter_is_a_machines() -> None:
    body = BLOCKS.replace("has been updated", "has been received and is being reviewed by our support staff")
    found = read(body.format(author="Ada Byron", said="Would you have half an hour?"), "Auto-Submitted: auto-generated")
    assert found.answer is Answer.AUTO_REPLY


def test_an_ordinary_letter_is_none() -> None:
    assert desk_comment("Dear Ada,\n\nyes, gladly.\n\nOn Monday Ada Byron wrote:\n> Would you?\n", "Ada Byron") is None


def test_what_somebody_else_replied_is_no_comment_below_the_writers_own_words() -> None:
    letter = "Not for me, I'm afraid: I can't help you.\n\nMy boss replied:\n\nSure, happy to talk.\n"
    assert desk_comment(letter, "Ada Byron") is None
    assert "can't help" in read_message(mail(letter)).text
