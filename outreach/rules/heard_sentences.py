"""What one sentence of an answer does: by the words of ``reply_words``, or by its likeness to examples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from outreach.rules.reply_words import (
    asks_indirectly,
    asks_something,
    asks_when,
    hedged,
    is_about_a_list,
    is_by_mail,
    is_passed_on,
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
from outreach.rules.second_thoughts import hangs_on, is_courtesy, is_habit, wishes_well
from outreach.rules.sentence_kinds import Does, what_it_does
from outreach.rules.time_mentions import before_none, clauses, mentions, takes_none, words_beside

#: How surely: by a rule, or by likeness to examples.
SAID, LIKE = 2, 1
#: So many words beside a time, and it is still only a time: "the Friday one, please".
_BESIDE = 3
#: How like examples a sentence must be to count for one of theirs.
_UNLIKELY, _PERHAPS, _LIKELY, _RATHER_LIKELY, _VERY_LIKELY, _SURELY = 0.2, 0.4, 0.6, 0.7, 0.8, 0.9
_LONGEST = 1_000
_TELLING = (Does.REFUSE, Does.NOT_THEN, Does.OPT_OUT)
#: What a sentence that refuses or agrees may do besides, and what one does that only holds words of a yes.
_WITH_A_NO = (Does.REFUSE, Does.OPT_OUT, Does.REFER, Does.NOT_THEN, Does.DEFER)
_WITH_A_YES = (Does.AGREE, Does.PROPOSE, Does.DEFER)
_INSTEAD_OF_YES = (Does.REFUSE, Does.NOT_THEN, Does.REFER)


@dataclass(frozen=True)
class HeardSentence:
    """One sentence, and what it does: by the words of ``reply_words``, or by its likeness to examples."""

    text: str
    opt_out: bool
    no: int
    yes: int
    open: int
    hedges: bool
    wavers: bool
    doubtful: bool
    later: bool
    elsewhere: bool
    time_refused: bool
    way_refused: bool
    asks: bool
    when: bool
    opens: bool
    proposes: bool
    could_propose: bool
    may_choose: bool
    by_rule: bool


def hear(sentence: str, language: str) -> HeardSentence:
    """Return what a sentence does. Its likeness to examples counts where no rule says anything of it."""
    one, like = (sentence,), what_it_does(sentence)

    def is_like(does: Does, least: float = _LIKELY) -> bool:
        return like[does] >= least

    when, ends_asking = asks_when(sentence, language), sentence.endswith("?")
    question = asks_something(sentence, language)
    no, yes = _no_and_yes(sentence, language, like, mannerly=when or (ends_asking and not question))
    none = takes_none(sentence, language) and is_like(Does.NOT_THEN, _UNLIKELY)  # "none of the three works for me"
    hangs = bool(no) and hangs_on(sentence, language)  # "If she doesn't, we can't."
    if none:
        # "Yes, but none of your three times": what stands before that may agree.
        before = (f"{before_none(sentence, language)}.",)
        no, yes = 0, SAID if yes_words(before, language)[1] else 0
    no = 0 if hangs else no
    time, way = none or bool(time_refused(one, language)), bool(way_refused(one, language))
    later, postponed = hangs or bool(hedged(one, language)), bool(put_off(one, language))
    spoken = no or yes or time or way
    likely_no = not spoken and not ends_asking and is_like(Does.REFUSE)
    likely_yes = not spoken and not ends_asking and is_like(Does.AGREE) and not is_like(Does.REFER, _UNLIKELY)
    opens = opens_a_time(sentence, language)
    for_it = like[Does.PROPOSE] + like[Does.AGREE]
    against = like[Does.NOT_THEN] + like[Does.REFUSE] + like[Does.DEFER]
    beside = words_beside(sentence, language, date.min)
    return HeardSentence(
        text=sentence,
        opt_out=is_like(Does.OPT_OUT, _RATHER_LIKELY) and not is_about_a_list(sentence, language),
        no=no or (LIKE if likely_no else 0),
        yes=yes or (LIKE if likely_yes else 0),
        open=SAID if later and is_like(Does.DEFER, _UNLIKELY) else LIKE if is_like(Does.DEFER, _VERY_LIKELY) else 0,
        hedges=later or (yes == SAID and takes_back(sentence, language)),
        wavers=later and is_like(Does.DEFER, _UNLIKELY),
        doubtful=like[Does.REFUSE] + like[Does.DEFER] >= _PERHAPS and not is_courtesy(sentence),
        later=postponed or (yes != SAID and is_like(Does.DEFER)),
        elsewhere=not when and not is_passed_on(sentence) and (refers_elsewhere(one, language) or is_like(Does.REFER)),
        time_refused=time or (not spoken and is_like(Does.NOT_THEN)),
        way_refused=way,
        asks=_asks(like, later=later or postponed)
        if question
        else asks_indirectly(sentence)
        or (not (when or spoken or ends_asking) and is_like(Does.ASK, _VERY_LIKELY)),  # "Kindly clarify whether"
        when=when,
        opens=is_like(Does.PROPOSE) or (opens and not (question and is_like(Does.ASK))),
        proposes=(opens and not is_like(Does.NOT_THEN, _UNLIKELY) and for_it >= _UNLIKELY)
        or (opens and _a_clause_proposes(sentence, language)),
        could_propose=not beside
        or for_it >= (_UNLIKELY if beside == 1 else _PERHAPS if beside <= _BESIDE and opens else 1),
        may_choose=not question and for_it >= _PERHAPS > against,
        by_rule=SAID in (no, yes) or time or way or when or not (no or any(is_like(each) for each in _TELLING)),
    )


def _a_clause_proposes(sentence: str, language: str) -> bool:
    """Return whether a clause by itself proposes a time: "I am on site all week, but Tuesday at 3 will do"."""
    parts = clauses(sentence[:_LONGEST], language)
    timed = [each for each in parts if opens_a_time(each, language) and mentions(each, language, date.min)]
    found = [what_it_does(each) for each in timed] if len(parts) > 1 else []
    return any(
        like[Does.NOT_THEN] < _UNLIKELY <= like[Does.PROPOSE] + like[Does.AGREE] and like[Does.DEFER] < _UNLIKELY
        for like in found
    )


def _no_and_yes(sentence: str, language: str, like: Mapping[Does, float], *, mannerly: bool) -> tuple[int, int]:
    """Return how surely the words of a sentence refuse, and agree, to meet; ``mannerly``: it asks nothing of weight."""
    no, yes = _says_no(sentence, language, like), _says_yes(sentence, language, like)
    if not no and mannerly:
        # "Sure, when would you like to talk?" "I'm happy to talk, can you send me a link?"
        yes = SAID if yes_words((f"{sentence.partition(',')[0]}.",), language)[1] else yes
    if no == SAID and is_habit(sentence):
        no = LIKE  # "I don't always answer such letters"
    if no == yes == SAID and like[Does.AGREE] >= _LIKELY:
        return LIKE, yes  # "I am retired, but if my memories will do, I agree."
    return no, yes


def _asks(like: Mapping[Does, float], *, later: bool) -> bool:
    """Return whether a question wants an answer before anything else."""
    asks = like[Does.ASK] >= _UNLIKELY or like[Does.ASK_POLITE] < _LIKELY
    return asks and not (later and like[Does.DEFER] >= _UNLIKELY) and like[Does.REFER] < _LIKELY


def _says_no(sentence: str, language: str, like: Mapping[Does, float]) -> int:
    """Return how surely the words of a sentence refuse to meet; "we can't use every provider" does not."""
    if not no_words((sentence,), language)[1]:
        return 0
    return LIKE if sum(like[does] for does in _WITH_A_NO) < _UNLIKELY else SAID


def _says_yes(sentence: str, language: str, like: Mapping[Does, float]) -> int:
    """Return how surely the words of a sentence agree, and agree to meet."""
    if not yes_words((sentence,), language)[1]:
        return 0
    if ("@" in sentence or like[Does.REFER] >= _LIKELY) and not speaks_of_oneself(sentence, language):
        return 0  # "she would be happy to hear from you"
    if wishes_well(sentence):
        return LIKE  # "Sounds great, good luck with it!"
    if like[Does.ANSWER_ONLY] >= _UNLIKELY and is_by_mail(sentence):
        return 0  # "happy to answer your questions by mail"
    if sum(like[does] for does in _WITH_A_YES) >= _UNLIKELY:
        return SAID
    return 0 if max(like[does] for does in _INSTEAD_OF_YES) >= _SURELY else LIKE  # "none of those work for me"
