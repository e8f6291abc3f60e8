"""What one sentence of an answer does: by the words of ``reply_words``, or by its likeness to examples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from outreach.rules.reply_words import (
    asks_something,
    asks_when,
    hedged,
    is_about_a_list,
    is_by_mail,
    no_words,
    opens_a_time,
    put_off,
    refers_elsewhere,
    speaks_of_oneself,
    takes_back,
    time_refused,
    way_refused,
    yes_words,
)
from outreach.rules.sentence_kinds import Does, what_it_does
from outreach.rules.time_mentions import words_beside

#: How surely: by a rule, or by likeness to examples.
SAID, LIKE = 2, 1
#: So many words beside a time, and it is still only a time: "the Friday one, please".
_BESIDE = 3
#: How like examples a sentence must be to count for one of theirs.
_UNLIKELY, _LIKELY, _VERY_LIKELY = 0.2, 0.6, 0.8
_TELLING = (Does.REFUSE, Does.AGREE, Does.PROPOSE, Does.NOT_THEN, Does.OPT_OUT)


@dataclass(frozen=True)
class HeardSentence:
    """One sentence, and what it does: by the words of ``reply_words``, or by its likeness to examples."""

    text: str
    opt_out: bool
    no: int
    yes: int
    open: int
    hedges: bool
    later: bool
    elsewhere: bool
    time_refused: bool
    way_refused: bool
    asks: bool
    opens: bool
    proposes: bool
    could_propose: bool
    by_rule: bool


def hear(sentence: str, language: str) -> HeardSentence:
    """Return what a sentence does. Its likeness to examples counts where no rule says anything of it."""
    one = (sentence,)
    no, later = bool(no_words(one, language)[1]), bool(hedged(one, language))
    time, way = bool(time_refused(one, language)), bool(way_refused(one, language))
    elsewhere = refers_elsewhere(one, language)
    like = what_it_does(sentence)
    when = asks_when(sentence, language)
    yes = _says_yes(sentence, language, like)
    if when and not no:
        # "Sure, when would you like to talk?"
        yes = yes or bool(yes_words((f"{sentence.partition(',')[0]}.",), language)[1])
    spoken = no or yes or time or way
    question = asks_something(sentence, language)

    def is_like(does: Does, least: float = _LIKELY) -> bool:
        return like[does] >= least

    likely_no = not spoken and not sentence.endswith("?") and is_like(Does.REFUSE)
    likely_yes = (
        not spoken and not sentence.endswith("?") and is_like(Does.AGREE) and not is_like(Does.REFER, _UNLIKELY)
    )
    return HeardSentence(
        text=sentence,
        opt_out=is_like(Does.OPT_OUT, _VERY_LIKELY) and not is_about_a_list(sentence, language),
        no=SAID if no else LIKE if likely_no else 0,
        yes=SAID if yes else LIKE if likely_yes else 0,
        open=SAID if later and is_like(Does.DEFER, _UNLIKELY) else LIKE if is_like(Does.DEFER, _VERY_LIKELY) else 0,
        hedges=later or (yes and takes_back(sentence, language)),
        later=bool(put_off(one, language)) or is_like(Does.DEFER),
        elsewhere=not when and (elsewhere or is_like(Does.REFER)),
        time_refused=time or (not spoken and is_like(Does.NOT_THEN)),
        way_refused=way,
        asks=question
        and (is_like(Does.ASK, _UNLIKELY) or not is_like(Does.ASK_POLITE))
        and not ((later or put_off(one, language)) and is_like(Does.DEFER, _UNLIKELY))
        and not is_like(Does.REFER),
        opens=is_like(Does.PROPOSE) or (opens_a_time(sentence, language) and not (question and is_like(Does.ASK))),
        proposes=(opens_a_time(sentence, language) and not is_like(Does.NOT_THEN, _UNLIKELY))
        or (is_like(Does.PROPOSE) and not is_like(Does.NEUTRAL, _UNLIKELY)),
        could_propose=words_beside(sentence, language, date.min) <= _BESIDE,
        by_rule=no or yes or time or way or when or not any(is_like(each) for each in _TELLING),
    )


def _says_yes(sentence: str, language: str, like: Mapping[Does, float]) -> bool:
    """Return whether the words of a sentence agree, and agree to meet."""
    if not yes_words((sentence,), language)[1]:
        return False
    if ("@" in sentence or like[Does.REFER] >= _LIKELY) and not speaks_of_oneself(sentence, language):
        return False  # "she would be happy to hear from you"
    return not (
        like[Does.ANSWER_ONLY] >= _UNLIKELY and is_by_mail(sentence)
    )  # "happy to answer your questions by mail"
