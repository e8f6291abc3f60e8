"""Where likeness to examples doubts what words alone would say, and stands in where they say nothing."""

from __future__ import annotations

import pytest

from outreach.rules.kinds import Answer
from outreach.rules.replies import AS_SAID
from outreach.rules.sentence_kinds import Does, what_it_does
from tests.answers_read import read


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
    assert read(text, from_address="no-reply@library.example", in_reply_to="<1@example.com>").answer is Answer.YES
    assert read(text, from_address="no-reply@library.example").answer is Answer.AUTO_REPLY


def test_whoever_looks_after_a_mail_server_may_answer_by_hand() -> None:
    text = "I saw your letter to Moira get rejected. She retired and can't help. Ask Peter Lind: p.lind@tarn.test."
    by_hand = {"from_address": "postmaster@tarn.test", "subject": "Re: Undeliverable: Your work"}
    assert read(text, user_agent="Mutt/2.2.12", **by_hand).answer is Answer.NO_WITH_NAME
    assert read("550 5.1.1 User unknown", **by_hand).answer is Answer.BOUNCE


def test_words_that_were_never_seen_are_told_by_their_letters() -> None:
    unseen = what_it_does("Hocherfreutest zusagend!")
    assert abs(sum(unseen.values()) - 1) < 1e-9
    assert unseen[Does.AGREE] > unseen[Does.REFUSE]


NOTHING_TO_BOOK = (
    "Wednesday at 10:30 I teach.",
    "Mittwoch um 10:30 habe ich Unterricht.",
    "Vendredi à 9h je travaille.",
    "El viernes a las 9 tengo médico.",
    "Te confirmo el miércoles por la noche.",
    "Je vous confirme mercredi.",
    "I sent you the answers on Tuesday, please check.",
    "Good luck with your exam on Friday!",
    "See you at the conference on Friday!",
    "Friday works for me as long as you pay my hourly rate.",
    "Wednesday 10:30 works provided my boss agrees.",
    "Mittwoch wäre gut gewesen. Ich bin nicht mehr im Kloster tätig.",
    "Freitag um 9 wäre es gegangen. Ich habe keine Zeit, die Lämmer kommen.",
    "Mittwoch um 10:30 passt gut. Ich bin nicht mehr im Kloster tätig.",
    "On Friday at 9 we bury my father, so I hope you understand that this has to go without me.",
    "Danke für den Vorschlag Mittwoch um 10:30. Daraus wird nichts.",
    "Gracias por proponer el miércoles a las 10:30. Mejor no.",
    "Merci de proposer mercredi à 10h30. Très peu pour moi.",
    "Wednesday is fine for the two of you, I'm sure. I'll sit this one out.",
    "Tuesday we shall meet as a team and decide.",
    "Friday is grand opening day at the shop.",
    "Die 1 passt mir kaum.",
    "On Friday at 9 we will meet my mother's surgeon.",
    "3 is a crowd.",
    "Mittwoch wäre ich in Rom.",
    "Friday at 9 is fine, but I meant the 19th.",
    "Friday at 9 works. Please hold off on the invite.",
    "Friday at 9 works. Don't book it yet.",
    "Friday at 9 works. My manager has to approve it.",
    "Freitag um 9 passt. Meine Chefin muss zustimmen.",
    "El miércoles me va bien. Mejor no, déjelo.",
    "I'd love to, and Wednesday looks good on paper. In truth I can't face another call. Let's leave it.",
    "2 is too late",
    "Let's do Friday at 9, I've left the company but still know it well.",
    "Mercredi à 10h30 me convient, mais je ne travaille plus chez Acme.",
    "Alle drei sind zu früh",
)
BY_PEOPLE = (
    "Before I say yes, can you confirm that you are a real student?",
    "How can you show that you are living in Germany?",
    "You already sent this once. What is it about?",
    "Why do I get this once a month?",
    "Your request has been assigned to me. I'm Jane from HR. Shall we talk?",
    "Your enquiry was assigned to me. What would you like to know?",
    "The request was raised at our board. We will decide next week.",
    "I don't think I can help, all I do is track the status of orders.",
    "Sorry for the delay, your email was not read by anyone for weeks. What is it about?",
    "This email address is no longer in use after Friday, but I'm happy to talk.",
    "J'ai envoyé une fois un stagiaire là-bas. De quoi s'agit-il ?",
    "Se ha abierto el caso de nuevo, ¿de qué quiere hablar?",
    "Hello, this is Jane. Your ticket was assigned to me, and I'd be happy to talk.",
    "No, I'm sorry, I can't. The ticket was assigned to me by mistake.",
    "I'd be happy to talk, I'm on call for urgent cases and track the status of beds all day.",
    "I am on leave until Monday. Thank you for your message. Please contact me then, I would like to hear more.",
    "Thank you for your message. I am away this week and back on Monday. Then we can talk.",
    "Vielen Dank für Ihre Nachricht. Ich bin im Urlaub und ab Montag wieder erreichbar, dann telefonieren wir.",
    "Merci pour votre message. Je suis en congés, de retour lundi, et vous réponds alors sur vos questions.",
)
NOT_TO_BLOCK = (
    "Bitte schreiben Sie mir nicht mehr an diese Adresse, sondern an ben@privat.test.",
    "Merci de ne plus m'écrire à cette adresse mais à ben@perso.test.",
    "No more emails, let's just talk!",
    "Please don't write to me in German.",
    "Please no more emails until after Easter.",
    "You can take me off the waiting list, I have time now.",
    "Stop! I said Wednesday, not Tuesday.",
    "Please use my private address in future. Could we talk in April?",
    "Bitte verwenden Sie meine private Adresse ben@new.example.",
    "Bitte sehen Sie von Anrufen ab. Worum geht es?",
    "Inutile de me relancer, je reviens vers vous en avril.",
    "This is the third time you write. I'll answer tomorrow.",
    "I do not wish to be quoted. What is the purpose?",
    "I no longer work here. Please update your records and write to Ana Ruiz, ana.ruiz@acme.test.",
    "Please drop this address from the cc and use my private one.",
    "Please drop this address from the thread; I read mail at home.",
    "I will drop my address from my website soon.",
    "Please take Anna and me off the cc.",
    "The train will get Sam and me off at noon.",
)
NO_MERE_YES = (
    "Yes, if you can tell me who pays for it.",
    "I'd be happy to talk with you as long as it stays confidential.",
    "Gerne, vorausgesetzt mein Chef ist einverstanden.",
    "Volontiers, si c'est anonyme.",
    "Claro, siempre que sea anónimo.",
    "Sounds great, good luck with it!",
    "Gern, sobald ich wieder gesund bin.",
    "Gerne, wenn die Prüfungen vorbei sind.",
    "Gern, wenn der Stress hier nachlässt, ich melde mich.",
    "Yes, as soon as I am well again.",
    "Sure, give me a few weeks to get over the operation.",
    "Happy to talk. I do not have clearance.",
    "Happy to talk. I don't have permission.",
    "Happy to talk. Out of the question.",
    "Happy to talk. Sadly, no.",
    "Ja, das Thema ist spannend. Ich bin raus.",
)


@pytest.mark.parametrize("text", NOTHING_TO_BOOK)
def test_nothing_is_booked_where_the_letter_holds_a_doubt(text: str) -> None:
    found = read(text, offered=True)
    assert found.needs_person or (found.chosen_slot is None and found.answer is not Answer.NO), found


@pytest.mark.parametrize("text", BY_PEOPLE)
def test_people_who_use_words_of_machines_are_heard(text: str) -> None:
    assert read(text).answer not in {Answer.AUTO_REPLY, Answer.BOUNCE}


@pytest.mark.parametrize("text", NOT_TO_BLOCK)
def test_nobody_is_blocked_by_likeness_or_for_an_address(text: str) -> None:
    found = read(text)
    assert found.answer is not Answer.OPT_OUT or found.confidence < AS_SAID


@pytest.mark.parametrize("text", NO_MERE_YES)
def test_no_times_are_offered_to_whoever_takes_it_back(text: str) -> None:
    found = read(text)
    assert (found.needs_person, found.mere_yes) == (True, False), found


def test_an_opt_out_is_obeyed_beside_words_of_a_machine() -> None:
    found = read("Please take me off your list. You sent this once already.")
    assert (found.answer, found.confidence >= AS_SAID) == (Answer.OPT_OUT, True)


@pytest.mark.parametrize(
    "text",
    [
        (
            "Merci pour votre message. Le cabinet est fermé pour congés jusqu'au 10 mars inclus. Nous traiterons votre "
            "demande à notre retour."
        ),
        (
            "Frau Thiele ist nicht mehr in unserem Unternehmen tätig. Ihre E-Mail wird nicht gelesen und nicht "
            "weitergeleitet. Bitte wenden Sie sich an den Vertrieb."
        ),
        (
            "Thanks for your email. I'm attending a fair with limited access to my inbox. I'm back in the office on "
            "Monday 8 March. If your matter is urgent, please call our main number."
        ),
        (
            "Thank you for getting in touch. I am on parental leave and will return to work on 1 September. I will not "
            "be reading emails. While I am away my colleague Tomasz is looking after all my clients."
        ),
    ],
)
def test_an_absence_and_nothing_else_is_told_by_a_machine(text: str) -> None:
    assert read(text).answer is Answer.AUTO_REPLY


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("Number 3 please.", 2),
        ("Option 2 bitte.", 1),
        ("Confirmed for Tuesday 3pm. See you then.", 0),
        ("Wednesday 10:30 works for me. Could you please send me a link?", 1),
        ("Mittwoch 10:30 passt. Schicken Sie mir bitte den Link?", 1),
        ("Hola Robin, puedo el miércoles a las 10:30. ¿Me mandas el enlace?", 1),
        ("Le premier créneau me convient.", 0),
        ("I can't make Tuesday or Wednesday. Friday at 9 works though.", 2),
        ("Wednesday at 10:30 works for me. Thanks for your time and flexibility.", 1),
    ],
)
def test_a_plain_choice_is_booked_whatever_courtesies_are_beside_it(text: str, place: int) -> None:
    found = read(text, offered=True)
    assert (found.chosen_slot, found.needs_person) == (place, False), found


def test_a_yes_beside_a_polite_question_is_a_yes() -> None:
    assert read("I'm happy to talk, can you send me a link?").mere_yes
