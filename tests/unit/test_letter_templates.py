"""The bundled letters: each renders from what its caller has, is well advised, and is never the same twice."""

from __future__ import annotations

import html
import itertools
import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from outreach import resources
from outreach.letters.facts import FACTS
from outreach.letters.render import FactValue, MissingFacts, Rendered, Renderer
from outreach.rules.kinds import FIRST_LETTERS, TO_ONESELF, WITH_INVITATION, LetterKind
from outreach.rules.wording import FIRST_LETTER_WORDS, SUBJECT_LENGTH, Draft, Finding, count_words, lint
from outreach.sandbox.replies import offered

FOLDER = resources.folder("templates") / "letters"
RENDERER = Renderer([FOLDER])
KINDS = list(LetterKind)
WHEN = "Tuesday 3 March, 10:00–10:25 (Europe/Stockholm; 09:00–09:25 Europe/Lisbon)"
SLOTS = (WHEN, "Thursday 5 March, 14:00–14:25 (Europe/Stockholm; 13:00–13:25 Europe/Lisbon)")

Facts = dict[str, FactValue]
ALL: Facts = {
    "sender_name": "Ana Silva",
    "sender_first_name": "Ana",
    "sender_background": "I am in my second year of a geography degree",
    "sender_phone": "+351 21 000 0000",
    "footer": "Ana Silva\nRua do Exemplo 7, Lisboa",
    "field": "urban planning",
    "purpose": "I have to choose a track by June",
    "first_name": "Maria",
    "last_name": "Okafor",
    "full_name": "Maria Okafor",
    "salutation_name": "Maria",
    "organization": "Nordplan",
    "title": "Transport Modeller",
    "city": "Stockholm",
    "local": False,
    "why_you": "In your write-up of the night-bus pilot you showed the three runs where the model was wrong.",
    "source_phrase": "through our alumni directory",
    "referrer_name": "Grace Lindqvist",
    "shared_background": "We went to the same university",
    "meet_how": "by phone",
    "slots": SLOTS,
    "meeting_when": WHEN,
    "meeting_minutes": 25,
    "meeting_place": "Harbour Road 4, second floor",
    "meeting_phone": "+46 8 000 00 00",
    "original_subject": "A question about urban planning",
    "follow_up_number": 1,
    "topics": ("the three runs where the model was wrong", "how a council hears bad news"),
    "names_given": ("Bo Ekström", "Chidi Eze"),
    "person_name": "Bo Ekström",
    "outcome": "met",
    "what_came": "We talked about night buses and patience.",
    "command": 'outreach thank 7f3a --topic "WORDS"',
    "deadline_when": "Wednesday 4 March, 10:25 (Europe/Lisbon)",
    "variant": 0,
}
NEEDED: Facts = {name: value for name, value in ALL.items() if not FACTS[name].optional}
#: What a caller can always give, beyond who writes, to whom, and which meeting.
OWN_NEEDS: dict[LetterKind, set[str]] = {
    LetterKind.REQUEST_REFERRAL: {"sender_background", "field", "why_you"},
    LetterKind.REQUEST_SHARED: {"sender_background", "field", "why_you"},
    LetterKind.REQUEST_NO_LINK: {"sender_background", "field", "why_you", "source_phrase"},
    LetterKind.FOLLOW_UP: {"field", "follow_up_number"},
    LetterKind.ASK_FOR_NAME: set(),
    LetterKind.SLOTS_OFFERED: {"slots"},
    LetterKind.MEETING_CONFIRMED: {"meeting_when"},
    LetterKind.MEETING_MOVED: {"meeting_when"},
    LetterKind.MEETING_CANCELLED: {"meeting_when"},
    LetterKind.REMINDER: {"meeting_when"},
    LetterKind.THANK_YOU: {"topics"},
    LetterKind.THANK_YOU_SHORT: set(),
    LetterKind.REPORT_BACK: {"person_name", "outcome"},
    LetterKind.DEBRIEF_REQUEST: {"person_name", "meeting_when", "command"},
    LetterKind.THANK_YOU_ALARM: {"person_name", "command"},
}
MEANS: tuple[Facts, ...] = (
    {"local": True, "meet_how": "at your office"},
    {"local": False, "meet_how": "by phone or video"},
    {"local": False, "meet_how": "by phone"},
    {"local": False, "meet_how": "by video call"},
)
VARIANTS = (*range(27), 40_000, 65_535)

#: From the shortest sentence that the advice accepts to forty words.
REASONS = (
    "You turned a car park into a playground.",
    "Samira told me that you walk every station with a pushchair before you sign off a drawing.",
    "Your guide for new housing cooperatives begins with how to disagree, which is where the one we tried had failed.",
    " ".join(
        (
            "Your paper on vacant houses follows one street in the old harbour for forty years, and the third chapter,",
            "in which the owners themselves explain why they never came back, changed what my thesis will be about.",
        )
    ),
)
BACKGROUNDS = (
    "I study geography.",
    "I am working out which kind of work to go into next",
    "I have taught geography in a secondary school for six years and am thinking about a second start",
)
EXTRAS: Facts = {
    "source_phrase": "through the association we both belong to",
    "organization": "Royal Institute of Navigation",
    "sender_phone": "+44 113 496 0000",
    "salutation_name": "Dr Okafor",
    "sender_name": "Ana Maria Silva",
    "referrer_name": "María del Carmen Lindqvist",
    "shared_background": "We both studied geography in Leeds, though ten years apart",
    "purpose": "I have to choose a track by June",
    "footer": "",
}


def facts_for(kind: LetterKind, **changes: FactValue) -> Facts:
    """Return all facts that a letter of the kind may be given."""
    facts = ALL | changes
    if kind in FIRST_LETTERS and kind is not LetterKind.REQUEST_REFERRAL:
        facts.pop("referrer_name")  # whoever was referred gets the letter that says so
    return facts


def written(kind: LetterKind, facts: Facts) -> Rendered:
    return RENDERER.render(kind, facts)


def advice(kind: LetterKind, letter: Rendered, facts: Facts) -> list[Finding]:
    return lint(Draft(kind, letter.subject, letter.text, letter.html, facts))


def words_of_html(page: str) -> list[str]:
    return html.unescape(re.sub(r"<[^>]*>", " ", page)).split()


def words_of_text(text: str) -> list[str]:
    return re.sub(r"(?m)^\d\. ", "", text).split()


def forms() -> Iterator[tuple[LetterKind, Facts]]:
    """Yield every kind with all facts, and each with what else its wording depends on."""
    for kind in LetterKind:
        yield kind, facts_for(kind)
    for number in (1, 2, 3, 5):
        yield LetterKind.FOLLOW_UP, facts_for(LetterKind.FOLLOW_UP, follow_up_number=number)
    yield LetterKind.REPORT_BACK, facts_for(LetterKind.REPORT_BACK, outcome="declined", what_came=None)
    yield LetterKind.SLOTS_OFFERED, facts_for(LetterKind.SLOTS_OFFERED, slots=SLOTS[:1])
    for kind, means in itertools.product((*WITH_INVITATION, LetterKind.REMINDER, LetterKind.SLOTS_OFFERED), MEANS):
        yield kind, facts_for(kind, **means)
        yield kind, facts_for(kind, **means, meeting_place=None)
        yield kind, facts_for(kind, **means, meeting_place=None, meeting_phone=None, sender_phone=None)


def combinations() -> Iterator[Facts]:
    """Yield what first letters are made from: long and short, with everything that is optional and without."""
    for why, background, field, means, extras in itertools.product(
        REASONS, BACKGROUNDS, ("acoustics", "the work of a cooperative housing adviser"), MEANS[:2], (EXTRAS, {})
    ):
        facts = NEEDED | {"why_you": why, "sender_background": background, "field": field} | means | extras
        yield {name: value for name, value in facts.items() if value}


def test_there_are_three_files_for_every_kind_of_letter_and_none_besides() -> None:
    found = {str(file.relative_to(FOLDER)) for file in FOLDER.rglob("*") if file.is_file()}
    names = ("subject.txt.j2", "body.txt.j2", "body.html.j2")
    assert found == {str(Path(kind) / name) for kind in LetterKind for name in names}


def test_with_all_facts_every_letter_in_every_wording_says_the_same_twice_and_follows_all_advice() -> None:
    for number, (kind, facts) in enumerate(forms()):
        for variant in VARIANTS if number < len(KINDS) else VARIANTS[number % 5 :: 5]:
            given = facts | {"variant": variant}
            letter = written(kind, given)
            assert advice(kind, letter, given) == [], letter.text
            assert words_of_html(letter.html) == words_of_text(letter.text)


@pytest.mark.parametrize("kind", KINDS)
def test_a_letter_needs_no_more_than_its_caller_can_give(kind: LetterKind) -> None:
    always = {"salutation_name", "sender_name"} if kind not in TO_ONESELF else set()
    facts = {name: ALL[name] for name in OWN_NEEDS[kind] | always}
    if kind in {LetterKind.REQUEST_REFERRAL, LetterKind.REQUEST_SHARED}:
        facts["source_phrase"] = ALL["source_phrase"]
    for variant in VARIANTS:
        letter = written(kind, facts | {"variant": variant})
        assert advice(kind, letter, facts) == [], letter.text
        assert words_of_html(letter.html) == words_of_text(letter.text)
    assert written(kind, facts) == written(kind, facts | {"variant": 0})


@pytest.mark.parametrize("kind", KINDS)
def test_any_optional_fact_may_be_missing(kind: LetterKind) -> None:
    optional = [name for name in RENDERER.needs(kind) if FACTS[name].optional]
    for name, variant in itertools.product(optional, range(9)):
        facts = facts_for(kind, variant=variant) | {name: None}
        letter = written(kind, facts)
        assert advice(kind, letter, facts) == [], (name, letter.text)


@pytest.mark.parametrize("kind", KINDS)
def test_everything_that_a_letter_lacks_is_named_at_once(kind: LetterKind) -> None:
    with pytest.raises(MissingFacts) as caught:
        written(kind, {})
    missing = set(caught.value.names)
    assert OWN_NEEDS[kind] <= missing
    assert not [name for name in missing if FACTS[name].optional]
    with pytest.raises(MissingFacts) as with_everything_else:
        written(kind, {name: value for name, value in ALL.items() if name not in missing})
    assert set(with_everything_else.value.names) <= missing


@pytest.mark.parametrize("kind", sorted(FIRST_LETTERS))
def test_a_first_letter_without_the_sentence_only_this_person_could_get_waits_for_it(kind: LetterKind) -> None:
    for variant in VARIANTS:
        with pytest.raises(MissingFacts) as caught:
            written(kind, facts_for(kind, why_you=None, variant=variant))
        assert caught.value.names == ("why_you",)


@pytest.mark.parametrize("kind", sorted(FIRST_LETTERS))
def test_a_first_letter_keeps_its_length_and_the_advice_whatever_it_is_made_from(kind: LetterKind) -> None:
    least, most = FIRST_LETTER_WORDS
    for number, facts in enumerate(combinations()):
        given = dict(facts)
        if kind is not LetterKind.REQUEST_REFERRAL:
            given.pop("referrer_name", None)
        # Seven is prime to the wordings' two and three: over the sweep every wording meets every length.
        for variant in range(number, number + 7 * 6, 7):
            given["variant"] = variant
            letter = written(kind, given)
            assert least <= count_words(letter.text) <= most, letter.text
            assert advice(kind, letter, given) == [], letter.text
            assert len(letter.subject) + len("Re: ") <= SUBJECT_LENGTH


@pytest.mark.parametrize("kind", sorted(FIRST_LETTERS))
def test_a_first_letter_says_all_that_a_stranger_must_say(kind: LetterKind) -> None:
    for variant, why in itertools.product(VARIANTS, REASONS):
        for means in MEANS[:2]:
            text = written(kind, facts_for(kind, why_you=why, variant=variant, purpose=None, **means)).text
            assert text.startswith("Dear Maria,\n\n")
            assert "Ana Silva" in text.split("regards")[0]
            assert "in my second year of a geography degree." in text
            assert why in text
            assert "urban planning" in text
            assert re.search(r"insider|(the|from) inside|somebody inside", text)
            assert re.search(r"\bread(ing)?\b", text, re.IGNORECASE)
            assert re.search(r"\bdeci(de|sion)|choose\b", text)
            assert "research" in text
            assert "20 to 30 minutes" in text
            assert re.search(r"\bno\b|\bnot\b", text.split("20 to 30 minutes")[1])
            if means["local"]:
                assert re.search(r"place of work|where you work|come to you at Nordplan", text)
            else:
                assert "by phone or video" in text
            if kind is LetterKind.REQUEST_REFERRAL:
                assert "Grace Lindqvist" in text


def test_whoever_must_not_be_named_is_not_looked_for() -> None:
    text = written(LetterKind.REQUEST_REFERRAL, facts_for(LetterKind.REQUEST_REFERRAL, referrer_name=None)).text
    assert "through our alumni directory" in text


def test_fifty_letters_to_one_organization_do_not_read_alike() -> None:
    dice = random.Random(7)
    for kind in FIRST_LETTERS:
        letters = [written(kind, facts_for(kind, purpose=None, variant=dice.randrange(65_536))) for _ in range(50)]
        bodies = [letter.text for letter in letters]
        assert len(set(bodies)) >= 25
        for place in (1, -3):  # what a letter opens with, and what it asks
            paragraphs = [body.split("\n\n")[place] for body in bodies]
            assert max(map(paragraphs.count, paragraphs)) < 30
        assert len({letter.subject for letter in letters}) == 3


def test_two_follow_ups_in_one_thread_are_worded_differently() -> None:
    kind = LetterKind.FOLLOW_UP
    for variant in VARIANTS:
        texts = {written(kind, facts_for(kind, follow_up_number=number, variant=variant)).text for number in (1, 2, 3)}
        assert len(texts) == 3


def test_a_follow_up_is_an_answer_in_the_thread_and_shorter_than_the_first_letter() -> None:
    for variant in VARIANTS:
        follow_up = written(LetterKind.FOLLOW_UP, facts_for(LetterKind.FOLLOW_UP, variant=variant))
        first = written(LetterKind.REQUEST_NO_LINK, facts_for(LetterKind.REQUEST_NO_LINK, variant=variant))
        assert follow_up.subject == "Re: A question about urban planning"
        assert count_words(follow_up.text) < count_words(first.text)


def test_simulated_and_real_people_find_the_offered_times_as_numbered_lines() -> None:
    for variant in VARIANTS:
        letter = written(LetterKind.SLOTS_OFFERED, facts_for(LetterKind.SLOTS_OFFERED, variant=variant))
        assert offered(letter.text) == list(SLOTS)
        assert letter.html.count("<li>") == len(SLOTS)
        assert re.search("any other time|another day or hour", letter.text, re.IGNORECASE)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({**MEANS[0], "meeting_place": None}, "I will come to your office at Nordplan."),
        ({**MEANS[0]}, "I will come to you: Harbour Road 4, second floor"),
        ({**MEANS[2], "meeting_place": None}, "I will call you on +46 8 000 00 00"),
        ({**MEANS[2], "meeting_place": None, "meeting_phone": None}, "please let me know which number is best"),
        ({**MEANS[2], "meeting_place": "+46 8 111"}, "We talk by phone: +46 8 111"),
        ({**MEANS[3], "meeting_place": "https://meet.example.com/a"}, "We meet by video: https://meet.example.com/a"),
        ({**MEANS[3], "meeting_place": None}, "We meet by video."),
    ],
)
@pytest.mark.parametrize("kind", [LetterKind.MEETING_CONFIRMED, LetterKind.MEETING_MOVED, LetterKind.REMINDER])
def test_letters_about_a_meeting_say_where_or_who_calls_whom(kind: LetterKind, changes: Facts, said: str) -> None:
    for variant in range(4):
        letter = written(kind, facts_for(kind, variant=variant, **changes))
        assert said in letter.text
        assert WHEN in letter.text


def test_a_thank_you_names_every_topic_and_whoever_was_named() -> None:
    for variant, names in itertools.product(VARIANTS, (None, ("Bo Ekström",), ("Bo Ekström", "Chidi Eze"))):
        text = written(LetterKind.THANK_YOU, facts_for(LetterKind.THANK_YOU, names_given=names, variant=variant)).text
        assert "the three runs where the model was wrong and how a council hears bad news" in text
        if names is None:
            assert "name" not in text.lower()
        else:
            assert " and ".join(names) in text
            assert re.search(r"I will let you know|you will hear from me|I will tell you", text)


def test_the_short_thank_you_claims_nothing_about_the_talk() -> None:
    assert not {"topics", "names_given", "what_came"} & RENDERER.needs(LetterKind.THANK_YOU_SHORT)
    assert "the 25 minutes" in written(LetterKind.THANK_YOU_SHORT, facts_for(LetterKind.THANK_YOU_SHORT)).text


def test_a_report_tells_a_yes_from_a_no() -> None:
    kind = LetterKind.REPORT_BACK
    for variant in VARIANTS:
        met = written(kind, facts_for(kind, variant=variant)).text
        declined = written(kind, facts_for(kind, variant=variant, outcome="declined", what_came=None)).text
        assert "We talked about night buses and patience." in met
        assert "night buses" not in declined
        assert "Bo Ekström" in met
        assert "Bo Ekström" in declined
        assert "hank" in declined  # the introducer did help


@pytest.mark.parametrize("kind", sorted(TO_ONESELF))
def test_letters_to_oneself_hold_what_to_type_and_by_when(kind: LetterKind) -> None:
    letter = written(kind, facts_for(kind))
    for fact in ("command", "deadline_when", "person_name", "meeting_when"):
        assert str(ALL[fact]) in letter.text
    assert '\noutreach thank 7f3a --topic "WORDS"\n' in letter.text
    assert count_words(letter.text) < 90


@pytest.mark.parametrize("kind", KINDS)
def test_subjects_are_seen_whole_even_with_long_names(kind: LetterKind) -> None:
    long: Facts = {
        "field": "the work of a senior coordinator for cross-border rail timetable planning and capacity",
        "organization": "The Joint Committee of Harbour, Coast and Inland Waterway Authorities",
        "person_name": "Maria Magdalena Theodora van den Broek-Papadopoulou",
        "referrer_name": "Maria Magdalena Theodora van den Broek-Papadopoulou",
    }
    for name, variant in itertools.product((None, *long), VARIANTS):
        letter = written(kind, facts_for(kind, variant=variant) | (long if name is None else {name: long[name]}))
        assert len(letter.subject) <= SUBJECT_LENGTH - (len("Re: ") if kind in FIRST_LETTERS else 0), letter.subject


def test_nothing_typed_becomes_markup() -> None:
    nasty = "You wrote <script>alert(1)</script> & \"quoted\" <b>it</b> on {{ a }} page of '5 < 6'"
    for kind in LetterKind:
        facts: Facts = {
            name: nasty if isinstance(value, str) else (nasty,) if isinstance(value, tuple) else value
            for name, value in ALL.items()
        }
        letter = written(kind, facts | {"outcome": "met"})
        assert set(re.findall(r"</?[a-z]+", letter.html)) <= {
            *("<p", "</p", "<br", "<ol", "</ol", "<li", "</li", "<code", "</code")
        }
        assert "<script" not in letter.html
        assert words_of_html(letter.html.replace("<br>", " ")) == words_of_text(letter.text)


def test_phone_and_identity_line_stand_under_the_name_where_there_are_any() -> None:
    for kind in set(LetterKind) - TO_ONESELF:
        letter = written(kind, facts_for(kind))
        end = "\nAna Silva\n+351 21 000 0000\n\nAna Silva\nRua do Exemplo 7, Lisboa\n"
        assert letter.text.endswith(end)
        assert "<p>Ana Silva<br>\nRua do Exemplo 7, Lisboa</p>" in letter.html
        bare = written(kind, facts_for(kind, sender_phone=None, footer=None))
        assert bare.text.endswith(",\nAna Silva\n")


def test_no_line_of_plain_text_runs_into_the_next_paragraph() -> None:
    for kind, facts in forms():
        for variant in range(6):
            text = written(kind, facts | {"variant": variant, "footer": None}).text
            body = text.split("\n\n")[:-1]  # what stands above the signature
            lines = [part for part in body if "\n" in part and not part.startswith("1. ")]
            assert lines == []
            assert "  " not in text
            assert not re.search(r" [,.;:?]|,,|\.\.", text)
