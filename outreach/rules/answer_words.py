"""The words by which people say yes, no, never again, perhaps: what ``reply_words`` looks for in each language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from outreach.rules.answer_words_de import GERMAN_WORDS
from outreach.rules.answer_words_en import ENGLISH_WORDS
from outreach.rules.answer_words_es import SPANISH_WORDS
from outreach.rules.answer_words_fr import FRENCH_WORDS
from outreach.rules.languages import ENGLISH, FRENCH, GERMAN, SPANISH

_TEXTS: Mapping[str, Mapping[str, str]] = {
    ENGLISH: ENGLISH_WORDS,
    GERMAN: GERMAN_WORDS,
    FRENCH: FRENCH_WORDS,
    SPANISH: SPANISH_WORDS,
}


@dataclass(frozen=True)
class AnswerWords:
    """One language's patterns.

    ``opt_out`` asks never to be written to again, ``not_opt_out`` takes that back; ``stop`` is a whole answer.
    ``no`` refuses the meeting, unless ``time`` follows (then a time is refused) or ``way`` (a way of meeting).
    ``yes`` agrees, unless ``not_before`` stands in front of it; ``open_to`` says that a time is free or proposed.
    ``hedge`` leaves the answer itself open, ``later`` only when. ``refers`` speaks of somebody else as the one to ask;
    ``to_whom`` comes right before that person's name. ``polite`` is a question that asks nothing,
    ``when`` one that is answered by offering times.
    """

    opt_out: re.Pattern[str]
    not_opt_out: re.Pattern[str]
    stop: re.Pattern[str]
    no: re.Pattern[str]
    time: re.Pattern[str]
    way: re.Pattern[str]
    yes: re.Pattern[str]
    not_before: re.Pattern[str]
    open_to: re.Pattern[str]
    hedge: re.Pattern[str]
    later: re.Pattern[str]
    refers: re.Pattern[str]
    to_whom: re.Pattern[str]
    polite: re.Pattern[str]
    when: re.Pattern[str]


@cache
def answer_words(language: str) -> AnswerWords:
    """Return the patterns of a language; those of English for one that is not known."""
    texts = _TEXTS.get(language, ENGLISH_WORDS)
    return AnswerWords(**{name: re.compile(text, re.IGNORECASE | re.VERBOSE) for name, text in texts.items()})
