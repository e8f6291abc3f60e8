"""The linter: each piece of advice has drafts that it would change, and drafts that it leaves alone."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from outreach.rules.kinds import TO_ONESELF, LetterKind
from outreach.rules.wording import RULES, Draft, FactValue, Finding, count_words, lint

WHY = "Your night-bus pilot was the first I saw that printed its own mistakes."
GOOD = f"""Dear Maria,

My name is Ana Silva, and I am in my second year of a geography degree. Grace Lindqvist gave me your name. {WHY}

I have read what I could about urban planning and would like an insider's view before I decide. This is research; I am
not looking for a job.

Could you spare 20 to 30 minutes by phone, whenever it suits you? If not, a plain no is enough.

Kind regards,
Ana Silva
"""
FACTS: dict[str, FactValue] = {
    "sender_name": "Ana Silva",
    "salutation_name": "Maria",
    "field": "urban planning",
    "why_you": WHY,
    "source_phrase": "through a friend",
    "referrer_name": "Grace Lindqvist",
    "local": False,
}
FIRST = Draft(LetterKind.REQUEST_REFERRAL, "A question about urban planning", GOOD, "<p>as above</p>", FACTS)
THANKS = Draft(
    LetterKind.THANK_YOU,
    "Thank you",
    "Dear Maria,\n\nThank you for the 25 minutes that you gave me. What you said about the night buses and their "
    "mistakes has stayed with me, and it helps me with my decision more than weeks of reading.\n\nWarmly,\nAna Silva\n",
    "<p>as above</p>",
    FACTS | {"topics": ("the night buses", "their mistakes")},
)
OFFER = Draft(
    LetterKind.SLOTS_OFFERED,
    "Times",
    "Dear Maria,\n\nThank you for being willing to talk to me. Would one of these suit you?\n\n"
    "1. Tuesday 3 March, 10:00–10:25 (Europe/Berlin)\n\nAny other time is just as good; tell me which.\n\nAna Silva\n",
    "<p>as above</p>",
    FACTS,
)


def swap(draft: Draft, old: str, new: str, **facts: FactValue) -> Draft:
    assert old in draft.text
    return replace(draft, text=draft.text.replace(old, new), facts={**draft.facts, **facts})


def having(draft: Draft, **facts: FactValue) -> Draft:
    return replace(draft, facts={**draft.facts, **facts})


def add(draft: Draft, sentence: str) -> Draft:
    return replace(draft, text=draft.text.replace("\n\n", f"\n\n{sentence} ", 1))


def found(draft: Draft) -> set[str]:
    return {finding.rule for finding in lint(draft)}


def finding(draft: Draft, rule: str) -> Finding:
    return next(each for each in lint(draft) if each.rule == rule)


ASK = "Could you spare 20 to 30 minutes by phone, whenever it suits you?"
CHANGED: list[tuple[str, Draft]] = [
    ("introduces-self", swap(FIRST, "Ana Silva", "Somebody")),
    ("introduces-self", replace(FIRST, text="Dear Maria,\n\nUrban planning? Research!\n\nAna Silva\n")),
    ("how-name-learned", swap(FIRST, "Grace Lindqvist gave me your name. ", "", referrer_name=None)),
    ("names-referrer", swap(FIRST, "Grace Lindqvist", "A friend")),
    ("purpose-and-field", swap(FIRST, "urban planning", "things")),
    ("purpose-and-field", replace(FIRST, text="Dear Maria,\n\nHello, about urban planning.\n\nAna Silva\n")),
    ("research-not-job", add(FIRST, "Are you hiring at the moment?")),
    ("research-not-job", add(FIRST, "I have attached my CV.")),
    ("research-not-job", add(THANKS, "Do you know of any open positions?")),
    ("research-not-job", add(FIRST, "I am not shy. I am looking for a job.")),
    ("research-not-job", swap(FIRST, "This is research; I am\nnot looking for a job.", "Thank you.")),
    ("asks-20-to-30-minutes", swap(FIRST, "20 to 30 minutes", "a moment")),
    ("asks-20-to-30-minutes", swap(FIRST, "20 to 30 minutes", "45 minutes")),
    ("asks-20-to-30-minutes", swap(FIRST, "20 to 30 minutes", "an hour")),
    ("at-their-convenience", swap(FIRST, ", whenever it suits you", " on Friday")),
    ("place-or-phone-fits-distance", having(FIRST, local=True)),
    ("place-or-phone-fits-distance", swap(FIRST, "by phone", "at your office")),
    ("time-with-zone", swap(OFFER, " (Europe/Berlin)", "")),
    ("time-with-zone", add(FIRST, "I am free on Tuesday at 3 pm.")),
    ("unfilled-placeholder", add(FIRST, "I like [COMPANY].")),
    ("unfilled-placeholder", swap(FIRST, "Dear Maria,", "Dear ,")),
    ("unfilled-placeholder", add(THANKS, "You said {{ topics }}.")),
    ("unfilled-placeholder", replace(FIRST, subject="A question about None")),
    ("unfilled-placeholder", replace(FIRST, html="<p>{% if a %}</p>")),
    ("doubled-greeting", add(FIRST, "\nHello Maria,\n")),
    ("doubled-greeting", swap(FIRST, "Dear Maria,", "Dear Dear Maria,")),
    ("greeting-matches-name", swap(FIRST, "Dear Maria,", "Dear Peter,")),
    ("greeting-matches-name", swap(FIRST, "Dear Maria,\n\n", "")),
    ("length", replace(FIRST, text="Dear Maria,\n\nI would like to talk to you.\n\nAna Silva\n")),
    ("length", add(FIRST, "There is more to say. " * 20)),
    ("length", add(THANKS, "There is more to say. " * 40)),
    ("why-you-present", having(FIRST, why_you="")),
    ("why-you-present", swap(FIRST, WHY, "")),
    ("why-you-present", swap(FIRST, WHY, "I admire your work a lot.", why_you="I admire your work a lot.")),
    ("thank-you-names-topics", swap(THANKS, "the night buses and their mistakes", "it all")),
    ("thank-you-names-topics", having(THANKS, topics=())),
    ("subject", replace(FIRST, subject=" ")),
    ("subject", replace(FIRST, subject="a question " * 8)),
    ("subject", replace(FIRST, subject="one\ntwo")),
    ("no-shouting", add(FIRST, "PLEASE ANSWER me.")),
    ("no-shouting", add(FIRST, "Thank you!!")),
    ("no-stock-phrases", add(FIRST, "I hope this email finds you well.")),
    ("no-stock-phrases", add(THANKS, "May I pick your brain again?")),
]
LEFT_ALONE: list[tuple[str, Draft]] = [
    ("introduces-self", swap(FIRST, "My name is Ana Silva, and I am", "I am Ana Silva,")),
    (
        "how-name-learned",
        swap(FIRST, "Grace Lindqvist gave me your name", "I found you through a friend", referrer_name=""),
    ),
    ("names-referrer", swap(FIRST, "Grace Lindqvist gave", "GRACE\nLINDQVIST gave")),
    ("purpose-and-field", swap(FIRST, "urban planning", "Urban  Planning")),
    ("research-not-job", add(FIRST, "I am not going to ask whether you are hiring.")),
    ("research-not-job", add(THANKS, "You described the job so well, and the position of the stops.")),
    ("asks-20-to-30-minutes", swap(FIRST, "20 to 30 minutes", "half an hour")),
    ("asks-20-to-30-minutes", swap(FIRST, "20 to 30 minutes", "twenty-five minutes")),
    ("at-their-convenience", swap(FIRST, "whenever it suits you", "at a time of your choosing")),
    ("place-or-phone-fits-distance", swap(FIRST, "by phone", "at your office", local=True)),
    ("place-or-phone-fits-distance", having(FIRST, local=None)),
    ("time-with-zone", swap(OFFER, "(Europe/Berlin)", "your time")),
    ("time-with-zone", add(FIRST, "The tram opened in 1994 at a cost of 10.25 million.")),
    ("unfilled-placeholder", add(FIRST, "None of the maps I know does it [1].")),
    ("doubled-greeting", add(FIRST, "To say hello is one thing.")),
    ("greeting-matches-name", swap(FIRST, "Dear Maria,", "Hello Ms Okafor,", last_name="Okafor")),
    ("length", add(FIRST, "There is a little more to say.")),
    (
        "why-you-present",
        swap(FIRST, WHY, "You printed the mistakes of your night-bus pilot, the first I saw."),
    ),
    ("thank-you-names-topics", swap(THANKS, "the night buses and their mistakes", "night buses")),
    ("subject", replace(FIRST, subject="x" * 78)),
    ("no-shouting", having(add(FIRST, "I read the NATO AWACS report."), organization="NATO AWACS Unit")),
    ("no-stock-phrases", add(FIRST, "The letter that finds you is short!")),
]


def test_good_letters_are_left_alone() -> None:
    for draft in (FIRST, THANKS, OFFER):
        assert lint(draft) == []


@pytest.mark.parametrize(("rule", "draft"), CHANGED)
def test_advice_that_is_not_followed_is_found(rule: str, draft: Draft) -> None:
    assert rule in found(draft)


@pytest.mark.parametrize(("rule", "draft"), LEFT_ALONE)
def test_what_only_looks_like_a_breach_is_not_one(rule: str, draft: Draft) -> None:
    assert rule not in found(draft)


def test_every_rule_is_shown_both_breached_and_kept() -> None:
    rules = {rule.name for rule in RULES}
    assert {rule for rule, _ in CHANGED} == rules
    assert {rule for rule, _ in LEFT_ALONE} == rules


def test_a_finding_says_what_is_wrong_why_it_matters_and_where() -> None:
    breach = finding(add(FIRST, "Are you hiring at the moment?"), "research-not-job")
    assert breach.severity == "stop"
    assert breach.excerpt == "Are you hiring"
    assert "job" in breach.message
    assert breach.advice == "You ask people about their work, not for work. Whoever suspects a job hunt says no."
    for rule in RULES:
        assert rule.advice.endswith(".")
        assert len(rule.advice) > 30


@pytest.mark.parametrize(
    ("rule", "draft"),
    [
        ("research-not-job", add(FIRST, "Please forward my resume.")),
        ("unfilled-placeholder", add(FIRST, "I like [COMPANY].")),
        ("doubled-greeting", swap(FIRST, "Dear Maria,", "Dear Dear Maria,")),
        ("greeting-matches-name", swap(FIRST, "Dear Maria,", "Dear Peter,")),
        ("length", add(FIRST, "There is more to say. " * 20)),
        ("why-you-present", swap(FIRST, WHY, "")),
        ("thank-you-names-topics", swap(THANKS, "the night buses and their mistakes", "it all")),
        ("time-with-zone", swap(OFFER, " (Europe/Berlin)", "")),
        ("subject", replace(FIRST, subject="")),
    ],
)
def test_what_would_embarrass_stops_a_letter(rule: str, draft: Draft) -> None:
    assert finding(draft, rule).severity == "stop"


@pytest.mark.parametrize("kind", sorted(TO_ONESELF))
def test_letters_to_oneself_are_not_held_to_manners(kind: LetterKind) -> None:
    draft = Draft(kind, "Topics?", 'Type: outreach thank --referral "Name <address>" at 10:00', "<p>a</p>", {})
    assert lint(draft) == []
    assert found(replace(draft, text="{{ command }}")) == {"unfilled-placeholder"}


def test_what_other_kinds_of_letters_must_say_is_not_asked_of_a_follow_up() -> None:
    text = (
        "Dear Maria,\n\nI wrote a while ago and would still be glad to hear from you, on any day, for twenty minutes. "
        "If you would rather not, please just say so.\n\nAna Silva\n"
    )
    assert lint(replace(FIRST, kind=LetterKind.FOLLOW_UP, text=text)) == []


def test_the_identity_line_is_not_read_as_part_of_the_letter() -> None:
    footer = "Open Monday at 10:00\nWE ARE HIRING ALWAYS, any openings " * 10
    draft = having(replace(FIRST, text=FIRST.text + "\n" + footer.strip()), footer=footer.strip())
    assert lint(draft) == []


def test_words_are_counted_as_a_reader_would() -> None:
    assert count_words("One, two – three\n\nfour's 5") == 5
    assert count_words("a" * 400) == 11
    assert count_words("") == count_words(" – … ") == 0


@given(
    kind=st.sampled_from(list(LetterKind)),
    subject=st.text(max_size=30),
    text=st.text(max_size=300),
    fact=st.one_of(st.none(), st.text(max_size=30), st.integers(), st.booleans(), st.tuples(st.text(max_size=9))),
)
@example(kind=LetterKind.REQUEST_REFERRAL, subject="", text="", fact="…")
def test_the_linter_reads_anything_and_never_raises(kind: LetterKind, subject: str, text: str, fact: FactValue) -> None:
    for each in lint(Draft(kind, subject, text, text, dict.fromkeys((*FACTS, "footer", "topics"), fact))):
        assert each.severity in {"stop", "warn"}
        assert len(each.excerpt) <= 80
        assert each.message
        assert "\n" not in each.excerpt


@pytest.mark.parametrize("piece", ["a", "dear ", "not ", "[A", "1:", "hi,\n", "<", "an ", "your "])
def test_hostile_text_is_read_in_no_time(piece: str) -> None:
    hostile = piece * 60_000
    start = time.process_time()
    for kind in (LetterKind.REQUEST_REFERRAL, LetterKind.THANK_YOU):
        lint(Draft(kind, hostile[:100], hostile, hostile, FACTS | {"why_you": hostile, "topics": (hostile,)}))
    assert time.process_time() - start < 20
