"""Everyday sentences on which nothing may be done by itself: no time booked, nobody blocked, no times offered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from outreach.rules.inbound import Inbound, Understood
from outreach.rules.instants import Span
from outreach.rules.kinds import Answer
from outreach.rules.replies import AS_SAID, understand

BERLIN = ZoneInfo("Europe/Berlin")
SLOTS = [
    Span(start, start + timedelta(minutes=30))
    for start in (
        datetime(2027, 3, 9, 15, tzinfo=BERLIN),
        datetime(2027, 3, 10, 10, tzinfo=BERLIN),
        datetime(2027, 3, 12, 14, tzinfo=BERLIN),
    )
]
NOW = datetime(2027, 3, 4, 9, tzinfo=UTC)

NOT_BOOKED = (
    "Tuesday is difficult for me.",
    "I'm in meetings all day Tuesday.",
    "Tuesday is a public holiday here.",
    "I am on vacation until Friday.",
    "I have another appointment on Tuesday at 3pm.",
    "Please send me your questions by Tuesday.",
    "Your letter of Tuesday reached me.",
    "My last day here is Friday.",
    "Friday would have worked, but now it is taken.",
    "Please cancel Tuesday.",
    "Let's wait until Friday.",
    "Am Dienstag bin ich auf Dienstreise.",
    "Dienstag habe ich schon einen Termin.",
    "Ich bin bis Freitag im Urlaub.",
    "Der erste Termin ist schon vergeben.",
    "Ich melde mich am Freitag bei Ihnen.",
    "Mardi, c'est compliqué pour moi.",
    "Je suis en congé jusqu'à vendredi.",
    "Je vous rappelle vendredi.",
    "El martes tengo otra reunión.",
    "El martes me resulta difícil.",
    "Estoy enferma hasta el miércoles.",
    "I'm sorry, both times are bad.",
    "You choose a different time, these are bad",
    "The first slot is no longer possible, the second either.",
    "all work this week is on hold",
    "Beide Termine sind schlecht.",
    "Alle drei sind zu früh",
    "Les trois dates tombent mal.",
    "Los tres horarios me vienen mal.",
    "Wednesday in two weeks works for me.",
    "A week from Wednesday works.",
    "Wednesday week at 10.",
    "Mittwoch in einer Woche um 10 Uhr passt.",
    "Any Tuesday in April works.",
    "Friday in April would work.",
    "Mercredi à dix heures moins le quart me convient.",
    "Mercredi à 10h et quart",
    "Mittwoch, Viertel nach zehn passt",
    "Tuesday 3 pm Istanbul time",
    "Tuesday at 3 PM Arizona time",
    "Tuesday at 15h (heure de New York)",
    "Martes a las 15, hora de Perú",
    "Friday at 2 works for me. Or rather Wednesday at 10.",
    "Wednesday 10am works unless my meeting is moved.",
    "Mittwoch um 10 passt mir, wenn mein Chef zustimmt.",
    "Tuesday works for my colleague, I'm away.",
    "Could we do the Tuesday after the 10th at 15:00 instead?",
)
NO_OPT_OUT = (
    "I don't get to the office before ten, but Tuesday at 3pm works.",
    "We don't get many visitors. Happy to talk.",
    "I don't want to get your hopes up, but Tuesday works.",
    "I would rather not get up before 9, so the second one please.",
    "Sorry, I don't receive calendar invites. Tuesday works.",
    "Please don't email me, call me: 555 1234.",
    "No need to write to me in German, English is fine. Tuesday works.",
    "Von der Liste passt mir der Dienstag.",
    "Ich wähle aus Ihrer Liste den Dienstag.",
    "Ich habe keine Mails mehr bekommen, bitte senden Sie die Zeiten nochmals.",
    "Je n'ai reçu aucun message de votre part.",
    "No recibí ningún correo de su parte.",
)
NO_PLAIN_YES = (
    "Absolutely not.",
    "Of course not.",
    "Certainly not!",
    "No can do, sorry.",
    "I'd love to help, but I simply don't.",
    "I'd love to but no.",
    "Sounds great, but I must refuse.",
    "Happy to help but my employer does not permit interviews.",
    "I'd be happy to never hear from you again.",
    "I have time for nothing these days.",
    "Natürlich nicht.",
    "Sicher nicht.",
    "Sehr gern, aber ich darf nicht.",
    "Ja, gern, aber mein Arbeitgeber erlaubt das nicht.",
    "Ja, ich habe Ihren Brief erhalten, aber ich bin raus.",
    "Certainement pas.",
    "D'accord, mais ne me recontactez plus.",
    "Volontiers, mais mon employeur l'interdit.",
    "Claro que no.",
    "Por supuesto que no.",
    "Vale, pero no cuentes conmigo.",
    "Me encantaría ayudar, pero ando fatal de tiempo.",
    "OK, noted.",
    "Sure, absolutely not.",
    "We'll talk to you later.",
    "I will speak with you when I'm back in May.",
    "Please send the dates of your degree first.",
    "I don't see why you would write to me.",
    "The terms are acceptable to the board.",
    "I shall oblige you once my book is done.",
    "It's not happening this spring, maybe in June.",
    "Aye, it's a no from me I'm afraid.",
    "Aye, there's the rub.",
    "I will meet you at the fair anyway, no call needed.",
    "I will meet you in court.",
    "Kindly advise the time limit of the survey.",
    "As a rule, we block the time for our own trainees only.",
    "I don't see why not everyone could do that.",
    "I shall speak to you about spam law.",
)
BY_PEOPLE = (
    "We have received your message and would be happy to talk. Tuesday at 3pm works.",
    "Nous avons bien reçu votre message. Avec plaisir, mardi à 15h.",
    "Hemos recibido su mensaje y con gusto le atendemos el martes a las 15.",
)


def read(text: str, *, offered: bool = True, **headers: str) -> Understood:
    message = Inbound(text=text, full_text=text, from_address="ben@acme.test", headers=headers)
    return understand(message, slots=SLOTS if offered else (), zone_name="Europe/Berlin", now=NOW)


@pytest.mark.parametrize("text", NOT_BOOKED)
def test_a_time_that_is_only_spoken_of_is_not_booked(text: str) -> None:
    found = read(text)
    assert found.chosen_slot is None or found.needs_person, found


@pytest.mark.parametrize("text", NO_OPT_OUT)
def test_nobody_is_blocked_who_did_not_ask_for_it(text: str) -> None:
    found = read(text)
    assert found.answer is not Answer.OPT_OUT or found.confidence < AS_SAID, found


@pytest.mark.parametrize("text", NO_PLAIN_YES)
def test_times_are_not_offered_to_somebody_who_has_not_agreed(text: str) -> None:
    found = read(text, offered=False)
    assert found.answer is not Answer.YES or found.needs_person, found


@pytest.mark.parametrize("text", BY_PEOPLE)
def test_people_who_write_like_machines_are_heard(text: str) -> None:
    assert read(text).answer is not Answer.AUTO_REPLY


def test_the_dates_of_an_absence_are_no_code_of_a_mail_server() -> None:
    headers = {"return-path": "<>", "auto-submitted": "auto-replied"}
    found = read("Ich bin vom 29.3. bis 5.4.27 nicht im Büro.", **headers)
    assert found.answer is Answer.AUTO_REPLY


@pytest.mark.parametrize(
    "text",
    [
        "Tuesday at 3 works for me. Hm, no, scrap that.",
        "Tuesday at 3 works. Actually 4 is better.",
        "Tuesday at 3 works for me. Wait, I just saw I have the dentist then.",
        "Friday works, nine o'clock.",
        "The last one please, at ten.",
        "Friday please, an hour later.",
        "Tuesday is good, I teach at 3.",
        "Tuesday at 3: teaching.",
        "Please avoid Tuesday at 3.",
        "Friday at 9 is far from ideal.",
        "I was free on Tuesday at 3.",
        "Tuesday at 3 is good for my wife.",
        "Tuesday at 3 works, pending Sam's ok.",
        "Tuesdays at 3 work best for me.",
        "Tuesday at 3 works, in a fortnight.",
        "Tuesday 3pm Lisbon works.",
        "Thursday 9am",
        "I'm in Chicago these days. Tuesday at 3 works for me!",
        "Dienstag 15 Uhr passt, vorausgesetzt der Zug fährt.",
        "Freitag 9 Uhr passt. Quatsch, da bin ich in Wien.",
        "Freitags passt es mir gut.",
        "El martes a las 15 me viene fatal.",
    ],
)
def test_a_time_that_is_not_chosen_in_plain_words_is_not_booked(text: str) -> None:
    found = read(text, offered=True)
    assert found.chosen_slot is None or found.needs_person, found


@pytest.mark.parametrize(
    "text",
    [
        "Non, vous ne me dérangez pas.",
        "Lassen Sie mich in Ruhe darüber nachdenken, ich melde mich nächste Woche.",
        "Please don't write to me so formally, I'm Ben.",
        "Please don't email me again today, my boss is looking over my shoulder.",
        "Please don't contact me through LinkedIn, I never look there. Mail is fine.",
        "I'd like to opt out of the recording.",
        "Ne m'écrivez plus à cette adresse, je change de poste.",
    ],
)
def test_a_wish_about_something_else_blocks_nobody(text: str) -> None:
    found = read(text)
    assert found.answer is not Answer.OPT_OUT or found.needs_person, found


@pytest.mark.parametrize(
    "text",
    [
        "I can't help. Do not contact Eva Lang (eva@lang.test), she left in anger.",
        "I'm not the right person. Neither is Eva Lang (eva@lang.test).",
        "I can't help you, sorry. Anna Schmidt (anna@schmidt.test) told me you'd write.",
    ],
)
def test_somebody_who_is_not_put_forward_becomes_no_contact_by_itself(text: str) -> None:
    assert read(text).needs_person
