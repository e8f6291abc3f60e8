"""How people plainly say things that rules once missed: found by writers who knew nothing of the rules."""

from __future__ import annotations

import pytest

from outreach.letters.quoted import between_quotes, newly_written
from outreach.rules.kinds import Answer
from outreach.rules.return_days import returns_on
from tests.answers_read import NOW, read


@pytest.mark.parametrize(
    "text",
    [
        "I'd be very happy to talk. None of those three work. Could you send me other times in the week of the 22nd?",
        "I am agreeable. The dates coincide with our year end, so please suggest others after 18 March.",
        "Yes, but none of your three times, sorry. Could you send me a few?",
        "C'est oui sur le principe, mais aucune de vos dates n'est tenable. Pourriez-vous m'en proposer d'autres ?",
        "Claro que sí! Pero no puedo en ninguno de esos ratos. Mándame otros.",
    ],
)
def test_a_yes_to_none_of_the_times_is_a_yes_without_a_time(text: str) -> None:
    found = read(text, offered=True)
    assert found.answer is Answer.YES, found
    assert found.needs_person
    assert found.chosen_slot is None


@pytest.mark.parametrize(
    "text",
    [
        "I'm flattered, but no.",
        "Nope, sorry. Swamped.",
        "It has to be a no from me.",
        "Von uns kann das leider niemand übernehmen.",
        "Ahora mismo nadie puede atenderte.",
    ],
)
def test_a_no_is_heard(text: str) -> None:
    assert read(text).answer is Answer.NO


@pytest.mark.parametrize(
    "text",
    [
        "I don't want to talk about it, and I'd prefer not to hear from you again.",
        "Please take me off your mailing list with immediate effect.",
        "Please leave me out of it from now on: no more emails.",
        "nimm mich bitte aus deinem Verteiler raus, ich möchte solche Mails nicht bekommen. Danke",
        "Merci de retirer cette adresse et de ne plus nous solliciter.",
    ],
)
def test_a_wish_not_to_be_written_to_is_heard(text: str) -> None:
    assert read(text).answer is Answer.OPT_OUT


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("I can't help you. Tabitha Greaves was a welder until she was thirty-four. Ask her.", "Tabitha Greaves"),
        ("Mrs Tracey Gotobed is the clerk now. I would write to her. I am sorry I can't help you.", "Tracey Gotobed"),
        (
            "Leider kann ich Ihnen nicht helfen. Das macht jetzt Petra Kallweit. Fragen Sie lieber sie.",
            "Petra Kallweit",
        ),
        ("Désolé, pas possible pour moi. Par contre Nicolas Ferrand serait parfait pour toi.", "Nicolas Ferrand"),
    ],
)
def test_somebody_of_whom_no_address_is_given_is_put_forward(text: str, name: str) -> None:
    found = read(text)
    assert found.answer is Answer.NO_WITH_NAME
    assert found.names == ((name, ""),)
    assert found.needs_person


@pytest.mark.parametrize(
    ("text", "slot"),
    [
        ("Fri 9 ok. Anna", 2),
        ("Yes, gladly. I am away on Wednesday, but Tuesday at 3 will do.", 0),
        ("Happy to. Tuesday at 3 your time is 2 o'clock for me so that's fine.", 0),
        ("Dale, el martes a las 15 de allá me queda joya, son las 11 acá en Baires.", 0),
        ("Mittwoch halb elf ist notiert.", 1),
        ("I am in Oslo and not back until Wednesday, so number 2 on your list, please.", 1),
        ("No. 2 please.", 1),
    ],
)
def test_a_chosen_time_is_found(text: str, slot: int) -> None:
    found = read(text, offered=True)
    assert (found.answer, found.chosen_slot) == (Answer.YES_WITH_TIME, slot), found


def test_what_is_said_besides_an_hour_that_is_agreed_to_is_left_to_the_owner() -> None:
    found = read("Freitag um 9 passt. Ab 9:45 sitze ich in der nächsten Sitzung.", offered=True)
    assert found.chosen_slot == 2
    assert found.needs_person


@pytest.mark.parametrize(
    "text",
    [
        "Happy to help. Could we do Friday instead, at 4pm?",
        "El martes 9 está bien pero le pediría que sea a las 16:00.",
        "I'd be happy to, but I'm generally best in the afternoons, so suggest something later in the month.",
    ],
)
def test_another_hour_chooses_no_offered_time(text: str) -> None:
    assert read(text, offered=True).chosen_slot is None


OFFERED = ("1. Tuesday, 9 March, 15:00", "2. Wednesday, 10 March, 10:30", "3. Friday, 12 March, 09:00")


def test_answers_between_the_lines_count_to_the_last() -> None:
    quoted = "\n".join(
        f"> {line}\n\n{said}\n" for line, said in zip(OFFERED, ("Teaching.", "No.", "Yes, this one."), strict=True)
    )
    between = between_quotes(f"Dear Ada,\n\nOn Monday Ada wrote:\n> Any of these?\n{quoted}\nBest,\nBen\n")
    assert [said for _, said in between] == ["Teaching.", "No.", "Yes, this one."]
    assert read("Teaching.\n\nNo.\n\nYes, this one.", offered=True, between=between).chosen_slot == 2


def test_a_no_right_below_a_time_refuses_that_time_only() -> None:
    between = ((OFFERED[0], "aquí no llego, tengo asamblea"), (OFFERED[1], "este sí! te llamo yo"))
    found = read("aquí no llego, tengo asamblea\n\neste sí! te llamo yo", offered=True, between=between)
    assert (found.answer, found.chosen_slot) == (Answer.YES_WITH_TIME, 1)


def test_who_quotes_their_own_automatic_reply_is_a_person() -> None:
    found = read(
        'Sorry that you got this from me:\n\n"Thank you for your message. I am out of the office until 8 March and '
        'have no access to e-mail."\n\nIt goes out by itself. Of course you can have half an hour. Suggest something.'
    )
    assert found.answer is Answer.YES


def test_what_exchange_writes_on_what_its_people_send_proves_no_machine() -> None:
    found = read(
        "I'd love to, but none of those work, I'm on leave that whole week. Could you propose something later?",
        offered=True,
        in_reply_to="<1@x>",
        x_auto_response_suppress="DR, OOF, AutoReply",
    )
    assert found.answer is Answer.YES
    assert found.needs_person


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Ich bin im Urlaub und kehre am Montag, den 22. März, zurück.", 22),
        ("Ich bin am Dienstag, 9. März, wieder im Haus und melde mich dann.", 9),
        ("Our office is closed and opens again on 9 March.", 9),
        ("Estaré fuera hasta el viernes 19 de marzo. Contestaré a partir del lunes 22 de marzo.", 22),
        ("Volvemos el lunes 8 de marzo con las pilas cargadas y responderemos a todos los correos.", 8),
        ("Actuellement en congé, je serai de retour à l'agence le 12/03/2027.", 12),
    ],
)
def test_a_day_of_return_is_read(text: str, day: int) -> None:
    found = returns_on(text, NOW.date())
    assert found is not None
    assert (found.month, found.day) == (3, day)


def test_a_quotation_between_arrows_and_a_closing_of_ones_own_are_cut() -> None:
    said = newly_written(">>> Ada Byron <ada@x.test> 02.03.2027 10:55 >>>\nGuten Tag,\nhätten Sie Zeit?")
    assert said == ""
    letter = "Je ne peux pas vous répondre.\n\nVotre bien dévouée,\nAnne Chabrol\n\nMerci de détruire ce message."
    assert "détruire" not in newly_written(letter, "Maître Anne Chabrol")


@pytest.mark.parametrize(
    "text",
    [
        "I thought this is an automated mail at first. Tuesday at 3 works.",
        "Was this automatically generated? It reads like that.",
        "Can you confirm that you are human and not a program? I'd like to know before I answer.",
        "Hallo Ada,\n\nwir haben Ihre E-Mail erhalten. Ich habe eine Frage: Wer hat Ihnen meinen Namen gegeben?",
        "Thank you for your message. I'm currently on leave and back on Monday. Tuesday at 3 is fine.",
    ],
)
def test_who_speaks_of_machines_and_absences_is_a_person(text: str) -> None:
    assert read(text, offered=True).answer is not Answer.AUTO_REPLY
