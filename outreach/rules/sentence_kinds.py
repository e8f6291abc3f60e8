"""What a sentence of an answer does: agree, refuse, put off and so on, going by thousands of examples.

The examples lie in ``sentences/``, one a line: what it does, its language, the sentence. What is learnt from them (a
multinomial naive Bayes over words, short runs of words and of letters) is made when first asked, in less than a
second: so the examples are all there is to keep. It stands behind the rules of ``reply_words`` where these find
nothing, and doubts what they find; what rests on it alone is never acted upon without a person.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from itertools import pairwise

_WORD = re.compile(r"[^\W_]+(?:'[a-z]+)?|[?!]")
_LONGEST = 400
#: Runs of so many letters tell words that were never seen from their likes: "begeistert" from "Begeisterung".
_LETTERS = 4
_SMOOTHING = 0.05
#: What is found in one sentence is not independent, as the method takes it to be: so many findings count as one.
_DEPENDENCE = 10.0


class Does(StrEnum):
    """What a sentence does."""

    REFUSE = "refuse"
    AGREE = "agree"
    PROPOSE = "propose"
    NOT_THEN = "not_then"
    DEFER = "defer"
    REFER = "refer"
    OPT_OUT = "opt_out"
    ASK = "ask"
    ASK_POLITE = "ask_polite"
    ANSWER_ONLY = "answer_only"
    NEUTRAL = "neutral"


@dataclass(frozen=True)
class _Learnt:
    """What the examples came to: the logarithms that all sentences share, and how often each finding was counted."""

    prior: Mapping[Does, float]
    size: Mapping[Does, float]
    seen: Mapping[Does, Counter[str]]


def what_it_does(sentence: str) -> dict[Does, float]:
    """Return how probable each is, from 0 to 1, together 1."""
    learnt = _learnt()
    known = [each for each in _findings(sentence) if any(each in seen for seen in learnt.seen.values())]
    scores = {
        does: learnt.prior[does]
        + sum(math.log(seen.get(each, 0) + _SMOOTHING) - learnt.size[does] for each in known) / _DEPENDENCE
        for does, seen in learnt.seen.items()
    }
    best = max(scores.values())
    weights = {does: math.exp(score - best) for does, score in scores.items()}
    total = sum(weights.values())
    return {does: weight / total for does, weight in weights.items()}


def _findings(sentence: str) -> set[str]:
    """Return the words of a sentence, two and three of them in a row, two around any third, and runs of letters."""
    words = ["^", *_WORD.findall(sentence[:_LONGEST].lower().replace("’", "'")), "$"]
    pairs = [f"{one} {next_one}" for one, next_one in pairwise(words)]
    triples = [f"{pair} {third}" for pair, third in zip(pairs, words[2:], strict=False)]
    around = [f"{one}  {third}" for one, third in zip(words, words[2:], strict=False)]
    letters = [
        word[start : start + _LETTERS]
        for word in (f"_{word}_" for word in words[1:-1])
        for start in range(len(word) - _LETTERS + 1)
    ]
    return {*words, *pairs, *triples, *around, *letters}


def _examples() -> Iterator[tuple[Does, str]]:
    for file in sorted(files("outreach.rules").joinpath("sentences").iterdir(), key=lambda each: each.name):
        if file.name.endswith(".tsv"):
            for line in file.read_text(encoding="utf-8").splitlines():
                does, _, rest = line.partition("\t")
                yield Does(does), rest.partition("\t")[2]


@cache
def _learnt() -> _Learnt:
    seen: dict[Does, Counter[str]] = {does: Counter() for does in Does}
    sentences = dict.fromkeys(Does, 0)
    for does, sentence in _examples():
        sentences[does] += 1
        seen[does].update(_findings(sentence))  # counts in C: a command waits for this
    different = len(set().union(*seen.values()))
    size = {does: math.log(each.total() + _SMOOTHING * different) for does, each in seen.items()}
    prior = {does: math.log((sentences[does] + 1) / (sum(sentences.values()) + len(Does))) for does in Does}
    return _Learnt(prior, size, seen)
