"""Reads a draft as the advice on informational interviews would have it read, and says what it would change, and why.

A finding that says ``stop`` keeps a letter from being approved; ``warn`` is for its sender to weigh. The linter
reads whatever people type, so it never raises.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias

from outreach.rules import wording_phrases as phrases
from outreach.rules.kinds import FIRST_LETTERS, TO_ONESELF, WITH_INVITATION, LetterKind
from outreach.rules.wording_phrases import Text, plain_of

#: What a template may read: flat values only, never an object. None and absent are the same.
FactValue: TypeAlias = str | bool | int | tuple[str, ...] | None
Severity: TypeAlias = Literal["stop", "warn"]

SUBJECT_LENGTH = 78
FIRST_LETTER_WORDS = (60, 160)
_MOST_READ = 50_000
_EXCERPT = 80
_NO_LETTERS = re.compile(r"[\W_]+")
_WORDS: Mapping[LetterKind, tuple[int, int]] = {
    LetterKind.FOLLOW_UP: (25, 120),
    LetterKind.ASK_FOR_NAME: (25, 120),
    LetterKind.SLOTS_OFFERED: (25, 180),
    LetterKind.MEETING_CONFIRMED: (30, 200),
    LetterKind.MEETING_MOVED: (20, 160),
    LetterKind.MEETING_CANCELLED: (20, 140),
    LetterKind.REMINDER: (25, 160),
    LetterKind.THANK_YOU: (30, 180),
    LetterKind.THANK_YOU_SHORT: (20, 110),
    LetterKind.REPORT_BACK: (25, 160),
}
_SAYS_WHEN = WITH_INVITATION | {LetterKind.SLOTS_OFFERED, LetterKind.REMINDER}
_TO_OTHERS = frozenset(LetterKind) - TO_ONESELF
_ALL = frozenset(LetterKind)


@dataclass(frozen=True)
class Draft:
    """A letter as it stands, with the facts that it was made from."""

    kind: LetterKind
    subject: str
    text: str
    html: str
    facts: Mapping[str, FactValue]

    @cached_property
    def body(self) -> str:
        """The text without the identity line, whose words are not the letter's."""
        footer = self.fact("footer")
        text = self.text[:_MOST_READ]
        return text.replace(footer, "") if footer else text

    @cached_property
    def text_of_body(self) -> Text:
        """The body as it is shown, and in one case."""
        return Text(self.body, plain_of(self.body))

    @property
    def plain(self) -> str:
        """The body in one case."""
        return self.text_of_body.plain

    @cached_property
    def folded(self) -> str:
        """The body for comparing: letters and digits only, case ignored."""
        return fold(self.body)

    @cached_property
    def spelled(self) -> frozenset[str]:
        """Every word of the facts, as ``fold`` gives it."""
        return frozenset(word for value in self.facts.values() for word in fold(str(value)[:_MOST_READ]).split())

    def fact(self, name: str) -> str:
        """Return a fact that is text, "" when it is missing or something else."""
        value = self.facts.get(name)
        return value.strip()[:_MOST_READ] if isinstance(value, str) else ""

    def mentions(self, words: str) -> bool:
        """Return whether the body holds ``words``, whatever their case and punctuation; "" is held by all."""
        return f" {fold(words)} " in f" {self.folded} " or not fold(words)


@dataclass(frozen=True)
class Finding:
    """One thing to change: the stable id of the rule, what is wrong here, and the reason behind the rule."""

    rule: str
    severity: Severity
    message: str
    advice: str
    excerpt: str


@dataclass(frozen=True)
class _Fault:
    severity: Severity
    message: str
    excerpt: str = ""


@dataclass(frozen=True)
class Rule:
    """A piece of advice with its reason, the letters it is for, and how a breach of it is found."""

    name: str
    advice: str
    kinds: frozenset[LetterKind]
    find: Callable[[Draft], Iterator[_Fault]]


def lint(draft: Draft) -> list[Finding]:
    """Return what the advice would change in ``draft``, in the order of RULES; nothing when it is fine as it is."""
    return [
        Finding(rule.name, fault.severity, fault.message, rule.advice, _short(fault.excerpt))
        for rule in RULES
        if draft.kind in rule.kinds
        for fault in rule.find(draft)
    ]


def fold(text: str) -> str:
    """Return ``text`` as lower-case words of letters and digits, one blank between them."""
    return _NO_LETTERS.sub(" ", text.casefold()).strip()


def count_words(text: str) -> int:
    """Return how many words a reader would count. Very long unbroken runs count by their length."""
    return sum(1 + len(word) // 40 for word in text.split() if word[0].isalnum() or any(map(str.isalnum, word)))


def _short(excerpt: str) -> str:
    line = " ".join(excerpt.split())
    return line if len(line) <= _EXCERPT else line[: _EXCERPT - 1] + "…"


def _introduces_self(draft: Draft) -> Iterator[_Fault]:
    name = draft.fact("sender_name")
    opening = draft.folded.rpartition(fold(name))[0] if fold(name) else draft.folded
    if name and not draft.mentions(name):
        yield _Fault("warn", "does not say who you are")
    elif "my name is" not in opening and " i " not in f" {opening} ":
        yield _Fault("warn", "does not introduce you")


def _how_name_learned(draft: Draft) -> Iterator[_Fault]:
    known = [fact for name in ("source_phrase", "referrer_name") if (fact := draft.fact(name))]
    if not phrases.NAME_LEARNED.search(draft.plain) and not any(draft.mentions(fact) for fact in known):
        yield _Fault("warn", "does not say how you learned this person's name")


def _names_referrer(draft: Draft) -> Iterator[_Fault]:
    referrer = draft.fact("referrer_name")
    if referrer and not draft.mentions(referrer):
        yield _Fault("warn", f"does not name {referrer[:_EXCERPT]}, who gave you the name")


def _purpose_and_field(draft: Draft) -> Iterator[_Fault]:
    field = draft.fact("field")
    if field and not draft.mentions(field):
        yield _Fault("warn", f"does not name the field you explore ({field[:_EXCERPT]})")
    if not phrases.PURPOSE.search(draft.plain):
        yield _Fault("warn", "does not say what you want to find out")


def _job_asking(draft: Draft) -> Iterator[_Fault]:
    for match in phrases.JOB_ASKING.finditer(draft.text_of_body):
        start = max(draft.body.rfind(mark, 0, match.start()) for mark in ".!?\n") + 1
        if not phrases.NEGATION.search(draft.body[start : match.start()][-200:]):
            yield _Fault("stop", "sounds like asking for a job", match[0])


def _says_no_job(draft: Draft) -> Iterator[_Fault]:
    if not phrases.NOT_A_JOB.search(draft.plain) and "research" not in draft.folded:
        yield _Fault("warn", "does not say that you are not after a job")


def _asks_for_minutes(draft: Draft) -> Iterator[_Fault]:
    asked = [_minutes(match) for match in phrases.MINUTES.findall(draft.plain)]
    too_long = phrases.AN_HOUR.search(draft.text_of_body)
    if any(minutes > 30 for minutes in asked) or (too_long and not phrases.HALF_AN_HOUR.search(draft.plain)):
        yield _Fault("warn", "asks for more than 30 minutes", too_long[0] if too_long else "")
    elif not asked and not phrases.HALF_AN_HOUR.search(draft.plain):
        yield _Fault("warn", "does not ask for 20 to 30 minutes")


def _minutes(found: tuple[str, str]) -> int:
    word = (found[1] or found[0]).casefold()
    return phrases.NUMBERS[word] if word in phrases.NUMBERS else int(word)


def _at_their_convenience(draft: Draft) -> Iterator[_Fault]:
    if not phrases.CONVENIENCE.search(draft.plain):
        yield _Fault("warn", "does not leave the time to them")


def _fits_distance(draft: Draft) -> Iterator[_Fault]:
    local = draft.facts.get("local")
    if local is True and not phrases.IN_PERSON.search(draft.text_of_body):
        yield _Fault("warn", "does not offer to come to their place of work, though they are near")
    if local is False and not phrases.AT_A_DISTANCE.search(draft.plain):
        in_person = phrases.IN_PERSON.search(draft.text_of_body)
        excerpt = in_person[0] if in_person else ""
        yield _Fault("warn", "does not propose a phone or video call, though they are far away", excerpt)


def _time_with_zone(draft: Draft) -> Iterator[_Fault]:
    severity: Severity = "stop" if draft.kind in _SAYS_WHEN else "warn"
    for line in draft.body.splitlines():
        clock = phrases.MAYBE_CLOCK.search(line) and phrases.CLOCK.search(line)
        if clock and not phrases.ZONE.search(line):
            yield _Fault(severity, f"says {clock[0]} without a time zone", line)


def _unfilled(draft: Draft) -> Iterator[_Fault]:
    braces = ("{{", "}}", "{%", "%}")
    for where, text in (("subject", draft.subject), ("text", draft.body), ("HTML", draft.html[:_MOST_READ])):
        if where == "HTML" or draft.kind in TO_ONESELF:
            excerpt = next((mark for mark in braces if mark in text), "")
        else:
            match = phrases.PLACEHOLDER.search(draft.text_of_body if where == "text" else Text(text, plain_of(text)))
            excerpt = match[0] if match else ""
        if excerpt:
            yield _Fault("stop", f"has a blank in the {where} that was never filled in: {_short(excerpt)}", excerpt)


def _doubled_greeting(draft: Draft) -> Iterator[_Fault]:
    greetings = phrases.GREETING_LINE.findall(draft.body)
    twice = phrases.GREETING_TWICE.search(draft.body)
    if len(greetings) > 1 or twice:
        yield _Fault("stop", "greets twice", twice[0] if twice else greetings[1])


def _greets_by_name(draft: Draft) -> Iterator[_Fault]:
    first = next((line for line in draft.body.splitlines() if line.strip()), "")
    names = [fold(draft.fact(name)) for name in ("salutation_name", "first_name", "last_name", "full_name")]
    known = [name for name in names if name]
    if any(f" {name} " in f" {fold(first)} " for name in known):
        return
    if phrases.GREETING.match(first.strip()) and known:
        yield _Fault("stop", "greets somebody else than the one it goes to", first)
    elif not phrases.GREETING.match(first.strip()):
        yield _Fault("warn", "has no greeting", first)


def _length(draft: Draft) -> Iterator[_Fault]:
    words = count_words(draft.body)
    if draft.kind in FIRST_LETTERS:
        least, most = FIRST_LETTER_WORDS
        severity: Severity = "stop"
    else:
        least, most = _WORDS[draft.kind]
        severity = "stop" if words > 10 * most or not words else "warn"
    if not least <= words <= most:
        yield _Fault(severity, f"has {words} words; {least} to {most} are right")


def _why_you(draft: Draft) -> Iterator[_Fault]:
    why = draft.fact("why_you")
    if not why:
        yield _Fault("warn", "was given no sentence on why you write to this person of all people (why_you)")
        return
    if not _recognizable(why, draft):
        yield _Fault("stop", "leaves out why you write to this person of all people (why_you)", why)
    generic = phrases.GENERIC.search(Text(why, plain_of(why)))
    if generic or count_words(why) < 5:
        yield _Fault("warn", "gives a reason that would fit anybody", generic[0] if generic else why)


def _recognizable(words: str, draft: Draft) -> bool:
    """Return whether the body holds ``words``, or half of those that say something, in whatever order."""
    if draft.mentions(words):
        return True
    telling = {word for word in fold(words).split() if len(word) > 3}
    return 2 * len(telling & set(draft.folded.split())) >= len(telling) > 0


def _names_topics(draft: Draft) -> Iterator[_Fault]:
    topics = draft.facts.get("topics")
    told = [topic for topic in topics if isinstance(topic, str)] if isinstance(topics, tuple | list) else []
    if not told:
        yield _Fault("warn", "was given no topics that you talked about")
    elif not any(_recognizable(topic, draft) for topic in told):
        yield _Fault("stop", "names nothing that you talked about", told[0])


def _subject(draft: Draft) -> Iterator[_Fault]:
    if not fold(draft.subject):
        yield _Fault("stop", "has no subject")
    if "\n" in draft.subject or "\r" in draft.subject:
        yield _Fault("stop", "has a subject of more than one line", draft.subject)
    if len(draft.subject) > SUBJECT_LENGTH:
        yield _Fault(
            "warn", f"has a subject of {len(draft.subject)} characters; {SUBJECT_LENGTH} are shown", draft.subject
        )


def _shouting(draft: Draft) -> Iterator[_Fault]:
    for text in (draft.subject, draft.body):
        if "!!" in text:
            yield _Fault("warn", "has more than one exclamation mark in a row", "!!")
        for match in phrases.SHOUTING.finditer(text):
            if not {match[1].casefold(), match[2].casefold()} <= draft.spelled:
                yield _Fault("warn", "shouts in capitals", match[0])


def _stock(draft: Draft) -> Iterator[_Fault]:
    for match in phrases.STOCK.finditer(draft.text_of_body):
        yield _Fault("warn", f"uses a phrase that everybody has read too often: {match[0]}", match[0])


RULES: tuple[Rule, ...] = (
    Rule(
        "introduces-self",
        "A stranger first wants to know who is writing; say your name and what you do before you ask for anything.",
        FIRST_LETTERS,
        _introduces_self,
    ),
    Rule(
        "how-name-learned",
        "Say where you got the name, so that nobody has to wonder how you found them.",
        FIRST_LETTERS,
        _how_name_learned,
    ),
    Rule(
        "names-referrer",
        "A name that both of you know opens the door; when somebody referred you, name them.",
        FIRST_LETTERS,
        _names_referrer,
    ),
    Rule(
        "purpose-and-field",
        "Say which line of work you are looking into, and that you want an insider's view after reading about it.",
        FIRST_LETTERS,
        _purpose_and_field,
    ),
    Rule(
        "research-not-job",
        "You ask people about their work, not for work. Whoever suspects a job hunt says no.",
        _TO_OTHERS,
        _job_asking,
    ),
    Rule(
        "research-not-job",
        "Say plainly that you are not looking for a job: the motive is the first thing that people question.",
        FIRST_LETTERS,
        _says_no_job,
    ),
    Rule(
        "asks-20-to-30-minutes",
        "Respect their time and say how little of it you need; 20 to 30 minutes are long enough.",
        FIRST_LETTERS,
        _asks_for_minutes,
    ),
    Rule(
        "at-their-convenience",
        "They do you a favour, so the time is theirs to choose.",
        FIRST_LETTERS,
        _at_their_convenience,
    ),
    Rule(
        "place-or-phone-fits-distance",
        "Offer to come to their place of work when it is near, where you also see what it is like; else the phone.",
        FIRST_LETTERS,
        _fits_distance,
    ),
    Rule(
        "time-with-zone",
        "Two people seldom share a clock: a time without its zone is a missed meeting.",
        _TO_OTHERS,
        _time_with_zone,
    ),
    Rule(
        "unfilled-placeholder",
        "A blank left open shows that the letter was not written for its reader.",
        _ALL,
        _unfilled,
    ),
    Rule(
        "doubled-greeting", "One greeting; a second one shows that text was pasted in.", _TO_OTHERS, _doubled_greeting
    ),
    Rule(
        "greeting-matches-name",
        "The name in the greeting is the first thing that is read; somebody else's ends the conversation.",
        _TO_OTHERS,
        _greets_by_name,
    ),
    Rule(
        "length",
        "A busy person reads what fits on a screen, and answers it; too short, and they cannot tell what you want.",
        _TO_OTHERS,
        _length,
    ),
    Rule(
        "why-you-present",
        "People answer a letter that could only have been written to them.",
        FIRST_LETTERS,
        _why_you,
    ),
    Rule(
        "thank-you-names-topics",
        "Remind them of one or two things that you talked about: it shows that you listened.",
        frozenset({LetterKind.THANK_YOU}),
        _names_topics,
    ),
    Rule("subject", "The subject decides whether a letter is opened; short enough to be seen whole.", _ALL, _subject),
    Rule("no-shouting", "Capitals and rows of exclamation marks read as advertising.", _TO_OTHERS, _shouting),
    Rule(
        "no-stock-phrases",
        "A phrase that everybody uses says that you did not think of the reader.",
        _TO_OTHERS,
        _stock,
    ),
)
