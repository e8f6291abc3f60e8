"""Replies as people and machines write them, and what each must be understood as."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta

import pytest

from outreach.rules.instants import Span
from outreach.rules.kinds import Answer
from outreach.rules.replies import AS_SAID, DeliveryField, Inbound, Understood, understand

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)  # a Monday


def slot(day: int, hour: int, minute: int = 0) -> Span:
    start = datetime(2026, 12, day, hour, minute, tzinfo=UTC)
    return Span(start, start + timedelta(minutes=30))


# In Berlin: Tuesday 1 December 15:00, Wednesday 2 December 10:30, Friday 4 December 9:00.
SLOTS = (slot(1, 14), slot(2, 9, 30), slot(4, 8))


def letter(text: str, **more: object) -> Inbound:
    fields: dict[str, object] = {
        "from_address": "ben@acme.test",
        "from_name": "Ben Ode",
        "subject": "Re: A question about your work",
        "headers": {"to": "Ana Silva <ana@example.com>"},
        "text": text,
        "full_text": text,
    }
    return Inbound(**{**fields, **more})  # type: ignore[arg-type]


def read(text: str, *, offered: bool = False, **more: object) -> Understood:
    return understand(letter(text, **more), slots=SLOTS if offered else (), zone_name="Europe/Berlin", now=NOW)


@pytest.mark.parametrize(
    "text",
    [
        "Happy to talk. Send me a few times that suit you.",
        "Yes, of course!",
        "Hi Ana,\n\nSure thing, I remember Maria well. Let's find half an hour next week.",
        "I'd be glad to chat about how I got into acoustics.",
        "Sounds good.",
        "Absolutely. I can spare 20 minutes.",
        "With pleasure, and do bring your questions.",
        "I would love to help. I have some time in December.",
        "No problem at all, happy to speak with you.",
        "Of course. Feel free to book anything that is open in my calendar.",
    ],
)
def test_an_agreement_is_a_yes(text: str) -> None:
    understood = read(text)
    assert understood.answer is Answer.YES, understood
    assert not understood.needs_person


@pytest.mark.parametrize(
    "text",
    [
        "Thank you for writing, but I can't take this on right now.",
        "I'm afraid I don't have the time this quarter. Good luck!",
        "Sorry, I will have to pass.",
        "Thanks for thinking of me. I'm not the right person for this.",
        "No, thank you.",
        "I would love to help but I simply have no time.",
        "Unfortunately I am not able to meet.",
        "I have 20 years in marketing behind me and three kids. No time, sorry.",
        "We don't do informational interviews.",
        "I respectfully decline.",
        "I'm completely swamped, sorry.",
    ],
)
def test_a_refusal_is_a_no(text: str) -> None:
    assert read(text).answer is Answer.NO, read(text)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (
            "I can't help at the moment, but Maria Lopez (maria.lopez@studio.test) knows far more than I do.",
            (("Maria Lopez", "maria.lopez@studio.test"),),
        ),
        (
            "Too busy, I'm afraid. Try my colleague Jan van der Berg <jan@studio.test>.",
            (("Jan van der Berg", "jan@studio.test"),),
        ),
        (
            "I'm not the right person. Please write to tomas@studio.test (Tomás Reyes), he runs the lab.",
            (("Tomás Reyes", "tomas@studio.test"),),
        ),
        (
            "I will have to pass. Two who may say yes: Ines Faro, ines@studio.test, and Otto Klee, otto@studio.test.",
            (("Ines Faro", "ines@studio.test"), ("Otto Klee", "otto@studio.test")),
        ),
        (
            "No time, sorry. Ask Priya: priya@studio.test",
            (("Priya", "priya@studio.test"),),
        ),
    ],
)
def test_a_refusal_with_a_name_and_an_address_gives_both(text: str, names: tuple[tuple[str, str], ...]) -> None:
    understood = read(text)
    assert understood.answer is Answer.NO_WITH_NAME, understood
    assert understood.names == names
    assert not understood.needs_person


def test_an_address_without_a_name_asks_a_person() -> None:
    understood = read("I can't help, sorry. Write to info@studio.test instead.")
    assert (understood.answer, understood.names) == (Answer.NO_WITH_NAME, (("", "info@studio.test"),))
    assert understood.needs_person


def test_a_name_without_an_address_asks_a_person() -> None:
    understood = read("I don't have time. You should talk to Maria Lopez in design.")
    assert (understood.answer, understood.needs_person) == (Answer.NO_WITH_NAME, True)
    assert understood.names == (("Maria Lopez", ""),)


def test_the_addresses_of_the_two_who_write_name_nobody() -> None:
    assert read("I can't help. You can find me at BEN@acme.test; I have you as ana@example.com.").names == ()


@pytest.mark.parametrize(
    "text",
    [
        "Please remove me from your list.",
        "Do not contact me again.",
        "Unsubscribe",
        "STOP",
        "Stop emailing me!",
        "I no longer wish to receive these.",
        "Take me off whatever list this is.",
        "Yes, please don't write to me any more.",
    ],
)
def test_never_again_is_an_opt_out(text: str) -> None:
    assert read(text).answer is Answer.OPT_OUT, read(text)


@pytest.mark.parametrize(
    "text",
    [
        "Please don't hesitate to contact me.",
        "Don't email me at this address, use ben@home.test instead.",
        "Don't contact me before Monday, I'm travelling.",
        "The bus will stop here at nine.",
    ],
)
def test_words_that_only_sound_like_an_opt_out_are_none(text: str) -> None:
    assert read(text).answer is not Answer.OPT_OUT


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ("The second one works for me.", 1),
        ("Option 2, please.", 1),
        ("2", 1),
        ("#3 is fine with me", 2),
        ("Let's take the first slot.", 0),
        ("The last one suits me best.", 2),
        ("Tuesday works.", 0),
        ("Tuesday works for me!\n\nShall be in my office.", 0),
        ("Wednesday at 10:30 is perfect for me.", 1),
        ("Friday 9am", 2),
        ("Friday at 9", 2),
        ("Yes, December 1 at 3pm sounds great.", 0),
        ("Let's do the 4th.", 2),
        ("Tuesday doesn't work, but Wednesday works for me.", 1),
        ("I can't do Tuesday or Wednesday, but Friday works for me.", 2),
        ("3 p.m. on Tuesday works for me", 0),
        ("Works! See you on Friday.", 2),
        ("Any of these would work.", 0),
        ("Either is fine with me, Wednesday or Friday.", 1),
        ("Tuesday afternoon works for me.", 0),
        ("Tuesday at 3 in the afternoon works for me.", 0),
        ("Any time on Tuesday works for me.", 0),
        ("Good morning Ana, Tuesday works for me.", 0),
    ],
)
def test_a_chosen_time_is_matched_with_the_slots_offered(text: str, chosen: int) -> None:
    understood = read(text, offered=True)
    assert (understood.answer, understood.chosen_slot) == (Answer.YES_WITH_TIME, chosen), understood
    assert not understood.needs_person


@pytest.mark.parametrize(
    "text",
    [
        "Thursday at 4pm would work.",  # not offered
        "Tuesday or Wednesday works for me.",  # which?
        "Tuesday at 5pm works for me.",  # the day, another hour
        "Wednesday after 2 works for me.",
        "Tuesday before lunch works for me.",
        "Tuesday morning works for me.",  # 15:00 was offered
        "Tuesday at 3ish works for me.",
        "Early on Wednesday works for me.",
        "Tuesday the week after works for me.",
        "Sounds good, I look forward to it.",
        "Tuesday might work, let me check with my team.",
        "Does Tuesday still work for you?",
        "The fifth option works for me.",
        "First things first: happy to talk. What would you like to know?",
    ],
)
def test_no_slot_is_chosen_by_guess(text: str) -> None:
    understood = read(text, offered=True)
    assert understood.chosen_slot is None, understood
    assert understood.needs_person


def test_a_time_may_be_written_in_either_persons_zone() -> None:
    message = letter("9:00 am on Tuesday works for me.")
    both = understand(message, slots=SLOTS, zone_name="Europe/Berlin", other_zone_name="America/New_York", now=NOW)
    one = understand(message, slots=SLOTS, zone_name="Europe/Berlin", now=NOW)
    assert both.chosen_slot == 0
    assert one.chosen_slot is None


def test_a_zone_that_is_named_is_the_only_one_that_counts() -> None:
    message = letter("3pm ET on Tuesday works for me.")
    assert understand(message, slots=SLOTS, zone_name="Europe/Berlin", now=NOW).chosen_slot is None


@pytest.mark.parametrize(
    "text",
    [
        "What would you like to talk about?",
        "Could you tell me how you found my name?",
        "Are you looking for a job at our company?",
        "Is this about the internship?",
    ],
)
def test_a_question_is_left_to_a_person(text: str) -> None:
    understood = read(text)
    assert (understood.answer, understood.needs_person) == (Answer.QUESTION, True)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Thank you for your letter.",
        "I don't have time now. Try me again in a few weeks.",
        "Happy to talk, but not before I have asked my manager; let me check.",
        "I can't meet in person.",
        "I can't meet by phone, but Tuesday works in my office.",
        "I'm swamped until the launch, sorry.",
        "Danke für Ihre Nachricht, ich melde mich.",
        "Who dis",
        "See attached.",
    ],
)
def test_in_doubt_a_person_reads_it(text: str) -> None:
    understood = read(text)
    assert (understood.answer, understood.needs_person) == (Answer.OTHER, True), understood


@pytest.mark.parametrize(
    "text",
    [
        "I can't meet in person, but I'm happy to talk by phone.",
        "I'm not sure I'm the right person, but happy to chat.",
        "I can't meet until March, but I'd be happy to talk then.",
        "Happy to talk, but not before March.",
        "I'd be happy to chat after the launch.",
        "Sure, once things calm down here.",
    ],
)
def test_a_yes_with_a_condition_is_a_yes_that_a_person_reads(text: str) -> None:
    understood = read(text)
    assert (understood.answer, understood.needs_person, understood.mere_yes) == (Answer.YES, True, False), understood


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("Aye go on then. Week on week off so you'll have to pin me down a bit.", Answer.YES),
        ("As long as nothing is recorded, I don't see why we shouldn't.", Answer.YES),
        ("I have gone through the trailing mail and same is acceptable from my side.", Answer.YES),
        ("An elder did the same for me, and so I shall oblige you.", Answer.YES),
        ("Ben oui, je suis preneuse. Tu me dis quand ?", Answer.YES),
        ("I'm sure you're lovely. Not happening.", Answer.NO),
        ("My time does not allow it this year.", Answer.NO),
        ("Guten Tag, hiervon nehme ich Abstand.", Answer.NO),
        ("Please make a note not to send me any more of them.", Answer.OPT_OUT),
    ],
)
def test_people_have_their_own_ways(text: str, answer: Answer) -> None:
    assert read(text).answer is answer


def test_the_last_of_the_three_is_chosen() -> None:
    assert read("put me down for the last of your three.", offered=True).chosen_slot == 2


@pytest.mark.parametrize(
    "text",
    [
        "No soy la persona indicada. El que perfora es el Ing. Rodolfo Miramontes; búsquelo en la planta.",
        "I don't think I'm the right person. Look up Aoife Brennan-Walsh, she did stents for 15 years.",
        "Ich bin pensioniert. Mein Nachfolger heisst Reto Ammann, der schwatzt gern.",
    ],
)
def test_nobody_is_asked_for_a_name_who_has_given_one(text: str) -> None:
    understood = read(text)
    assert understood.answer in {Answer.NO, Answer.NO_WITH_NAME}
    assert understood.needs_person


@pytest.mark.parametrize(
    "text",
    [
        "Yes, happy to. When would suit you?",
        "Happy to. When works for you?",
        "Sure, when would you like to talk?",
        "Yes, happy to talk! What times work for you?",
        "Yes, of course. When did you have in mind?",
        "Yes, happy to chat. Do you have some times in mind?",
        "I'd love to help. Let me know when works for you.",
        "Happy to chat! What's your availability?",
        "Sehr gerne! Wann hätten Sie denn Zeit?",
        "Gerne. Sagen Sie mir einfach, wann es Ihnen passt.",
        "Avec plaisir. Quand seriez-vous disponible ?",
        "Volontiers, dites-moi quand cela vous convient.",
        "Con mucho gusto. ¿Cuándo te viene bien?",
    ],
)
def test_whoever_agrees_and_asks_when_is_answered_by_offering_times(text: str) -> None:
    understood = read(text)
    assert (understood.answer, understood.needs_person, understood.mere_yes) == (Answer.YES, False, True), understood


@pytest.mark.parametrize(
    "text",
    [
        "Happy to talk. When do you need an answer by?",
        "Yes, glad to. When did you graduate?",
        "Yes, happy to. What would you like to know?",
        "Yes, happy to. When would suit you? How long would it take?",
        "Happy to help. What days suit you next week?",
        "Gerne. Wann brauchen Sie eine Antwort?",
        "Sure. When would be a good time for my colleague Anna Schmidt to call you?",
        "Happy to! Which day works for you? But I can only do it for a fee of 200 dollars.",
        "Of course. When would you be available to start the job?",
    ],
)
def test_any_other_question_beside_a_yes_is_left_to_a_person(text: str) -> None:
    understood = read(text)
    assert (understood.answer, understood.needs_person) == (Answer.YES, True), understood


def test_somebody_who_is_put_forward_in_a_question_is_kept() -> None:
    understood = read("Ja, wann haben Sie Zeit, mit meiner Kollegin Anna Schmidt zu sprechen?")
    assert understood.names == (("Anna Schmidt", ""),)
    assert understood.needs_person


def test_an_offer_to_introduce_somebody_is_no_agreement_to_meet() -> None:
    understood = read("I'd be happy to introduce you to Maria Lopez, maria@studio.test.")
    assert (understood.answer, understood.needs_person) == (Answer.NO_WITH_NAME, True)
    assert understood.confidence < AS_SAID
    assert understood.names == (("Maria Lopez", "maria@studio.test"),)


def test_a_yes_may_name_somebody_too() -> None:
    understood = read("Happy to talk. You might like Maria Lopez as well, maria@studio.test.")
    assert understood.names == (("Maria Lopez", "maria@studio.test"),)


def bounced(action: str, status: str) -> Inbound:
    return letter(
        "Your message could not be delivered.",
        from_address="mailer-daemon@googlemail.test",
        subject="Delivery Status Notification (Failure)",
        headers={"auto-submitted": "auto-replied"},
        content_type="multipart/report",
        report_type="delivery-status",
        delivery=(DeliveryField(recipient="gone@acme.test", action=action, status=status, diagnostic="smtp; no such"),),
    )


@pytest.mark.parametrize(
    ("action", "status", "answer"),
    [
        ("failed", "5.1.1", Answer.BOUNCE),
        ("failed", "", Answer.BOUNCE),
        ("delayed", "4.4.1", Answer.BOUNCE_SOFT),
        ("failed", "4.4.7", Answer.BOUNCE_SOFT),
        ("delivered", "2.0.0", Answer.AUTO_REPLY),
    ],
)
def test_a_delivery_report_is_told_from_an_automatic_reply(action: str, status: str, answer: Answer) -> None:
    understood = understand(bounced(action, status), now=NOW)
    assert understood.answer is answer
    assert understood.failed_address == (None if answer is Answer.AUTO_REPLY else "gone@acme.test")


def test_failed_recipients_from_a_mailer_daemon_are_a_bounce() -> None:
    message = letter(
        "The account does not exist. 550 5.1.1",
        from_address="mailer-daemon@mail.test",
        headers={"x-failed-recipients": "gone@acme.test"},
    )
    understood = understand(message, now=NOW)
    assert (understood.answer, understood.failed_address) == (Answer.BOUNCE, "gone@acme.test")


def test_failed_recipients_from_a_person_are_no_bounce() -> None:
    message = letter("Yes, happy to talk.", headers={"x-failed-recipients": "gone@acme.test"})
    assert understand(message, now=NOW).answer is Answer.YES


def test_an_old_server_bounces_in_plain_words() -> None:
    message = letter(
        "<gone@acme.test>: Sorry, no mailbox here by that name.",
        from_address="postmaster@acme.test",
        subject="failure notice",
    )
    understood = understand(message, now=NOW)
    assert (understood.answer, understood.failed_address) == (Answer.BOUNCE, "gone@acme.test")


def test_a_warning_that_delivery_is_delayed_is_soft() -> None:
    message = letter(
        "We will keep trying for two more days: gone@acme.test",
        from_address="MAILER-DAEMON@acme.test",
        subject="Delivery delayed",
    )
    assert understand(message, now=NOW).answer is Answer.BOUNCE_SOFT


@pytest.mark.parametrize(
    "headers",
    [
        {"auto-submitted": "auto-replied"},
        {"auto-submitted": "auto-generated; owner-email=x"},
        {"x-autoreply": "yes"},
        {"x-autorespond": "1"},
        {"precedence": "auto_reply"},
        {"return-path": "<>"},
    ],
)
def test_headers_tell_a_machine(headers: dict[str, str]) -> None:
    assert read("Yes, happy to talk.", headers=headers).answer is Answer.AUTO_REPLY


@pytest.mark.parametrize("headers", [{"x-auto-response-suppress": "DR, OOF, AutoReply"}, {"precedence": "bulk"}])
def test_a_person_whose_server_writes_such_headers_is_heard_but_not_acted_upon(headers: dict[str, str]) -> None:
    headers = {**headers, "in-reply-to": "<first.letter@mail.example.com>"}
    understood = read("Yes, happy to talk.", headers=headers)
    assert (understood.answer, understood.needs_person) == (Answer.YES, True)
    assert read("We have received your message.", headers=headers).answer is Answer.AUTO_REPLY
    assert read("I am on annual leave until Monday, happy to help then.", headers=headers).answer is Answer.AUTO_REPLY


@pytest.mark.parametrize(
    "headers", [{"auto-submitted": "no"}, {"x-auto-response-suppress": "None"}, {"precedence": "normal"}]
)
def test_the_same_headers_with_a_no_tell_a_person(headers: dict[str, str]) -> None:
    assert read("Yes, happy to talk.", headers=headers).answer is Answer.YES


@pytest.mark.parametrize(
    "subject",
    [
        "Automatic reply: A question",
        "Out of Office: back soon",
        "Abwesenheitsnotiz",
        "Réponse automatique : Re: x",
        "OOO",
    ],
)
def test_the_subject_tells_a_machine_last(subject: str) -> None:
    assert read("I am away.", subject=subject).answer is Answer.AUTO_REPLY


def test_a_person_who_answers_an_automatic_reply_is_a_person() -> None:
    assert read("Yes, happy to talk.", subject="Re: Automatic reply: A question").answer is Answer.YES


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("I am out of the office and will be back on 7 December 2026.", date(2026, 12, 7)),
        ("I'm away until December 7th. For urgent matters call Ben.", date(2026, 12, 7)),
        ("Returning Monday, January 4, 2027.", date(2027, 1, 4)),
        ("On leave through 11 December.", date(2026, 12, 14)),
        ("Ich bin bis zum 7.12.2026 nicht im Büro.", date(2026, 12, 7)),
        ("I will return on 2026-12-14.", date(2026, 12, 14)),
        ("I'm back on Thursday.", date(2026, 11, 26)),
        ("Away until 03/04/2027.", None),  # March or April?
        ("Away until Monday 03/04/2027.", None),
        ("Back soon. Call Ben Ode on 7 December.", None),
        ("Back on Mon. December 7.", date(2026, 12, 7)),
        ("Zurück am Montag, den 7. Dezember.", date(2026, 12, 7)),
        ("Away until 15/12/2026.", date(2026, 12, 15)),
        ("I am travelling with little access to mail.", None),
        ("Back on 31 February.", None),
        ("I joined in 2009 and am back soon.", None),
    ],
)
def test_the_day_of_return_is_read(text: str, day: date | None) -> None:
    understood = read(text, headers={"auto-submitted": "auto-replied"})
    assert (understood.answer, understood.returns_on) == (Answer.AUTO_REPLY, day)


def test_a_calendar_answer_is_one_even_when_a_machine_sent_it() -> None:
    part = b"BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nEND:VCALENDAR\r\n"
    message = letter("Accepted", calendar_parts=(part,), headers={"auto-submitted": "auto-generated"})
    understood = understand(message, now=NOW)
    assert (understood.answer, understood.needs_person) == (Answer.CALENDAR, False)


def test_a_proposal_of_another_time_is_for_a_person() -> None:
    part = b"BEGIN:VCALENDAR\nMETHOD:COUNTER\nEND:VCALENDAR\n"
    understood = understand(letter("", calendar_parts=(part,)), now=NOW)
    assert (understood.answer, understood.needs_person) == (Answer.CALENDAR, True)


def test_long_and_odd_text_is_read_in_no_time() -> None:
    pieces = [
        "happy to ",
        "can't ",
        "a@",
        "Maria ",
        "the 2nd ",
        "\n",
        "until 7 ",
        ". ",
        "?",
        "at 3 ",
        "the the ",
        "'s ",
    ]
    chosen = random.Random(7)
    for piece in pieces:
        started = datetime.now(UTC)  # noqa: TID251 - a stopwatch
        text = piece * (20_000 // len(piece)) + "".join(chosen.choices(pieces, k=300))
        assert read(text, offered=True).answer in set(Answer)
        assert datetime.now(UTC) - started < timedelta(seconds=2), piece  # noqa: TID251
