"""What a sentence of an answer does: agree, refuse, put off and so on, going by thousands of examples.

The examples lie in ``sentences/``, one a line: what it does, its language, the sentence. What is learnt from them (a
multinomial naive Bayes over words and short runs of words) is made when first asked, in a fraction of a second: so the
examples are all there is to keep. It backs up the rules of ``reply_words`` where these find nothing, and what rests on
it alone is never acted upon without a person.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

_WORD = re.compile(r"[^\W_]+(?:'[a-z]+)?|[?!]")
_LONGEST = 400
_RUN = 3
_SMOOTHING = 0.3
#: Words of one sentence are not independent of each other, as the method takes them to be: this many count as one.
_DEPENDENCE = 3.0


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
    """What the examples came to: the logarithms that all sentences share, and how often each run of words was seen."""

    prior: Mapping[Does, float]
    size: Mapping[Does, float]
    seen: Mapping[str, Mapping[Does, int]]


def what_it_does(sentence: str) -> dict[Does, float]:
    """Return how probable each is, from 0 to 1, together 1."""
    learnt = _learnt()
    runs = [learnt.seen[run] for run in set(_runs(sentence)) if run in learnt.seen]
    scores = {
        does: learnt.prior[does]
        + sum(math.log(run.get(does, 0) + _SMOOTHING) - learnt.size[does] for run in runs) / _DEPENDENCE
        for does in Does
    }
    best = max(scores.values())
    weights = {does: math.exp(score - best) for does, score in scores.items()}
    total = sum(weights.values())
    return {does: weight / total for does, weight in weights.items()}


def _runs(sentence: str) -> Iterator[str]:
    words = ["^", *_WORD.findall(sentence[:_LONGEST].lower().replace("’", "'")), "$"]
    for length in range(1, _RUN + 1):
        for start in range(len(words) - length + 1):
            yield " ".join(words[start : start + length])


def _examples() -> Iterator[tuple[Does, str]]:
    for file in sorted(files("outreach.rules").joinpath("sentences").iterdir(), key=lambda each: each.name):
        if file.name.endswith(".tsv"):
            for line in file.read_text(encoding="utf-8").splitlines():
                does, _, rest = line.partition("\t")
                yield Does(does), rest.partition("\t")[2]


@cache
def _learnt() -> _Learnt:
    # Plain dictionaries, and no logarithm before it is asked for: a command waits for this.
    counts: dict[str, dict[Does, int]] = {}
    total = dict.fromkeys(Does, 0)
    sentences = dict.fromkeys(Does, 0)
    for does, sentence in _examples():
        sentences[does] += 1
        runs = set(_runs(sentence))
        total[does] += len(runs)
        for run in runs:
            found = counts.get(run)
            if found is None:
                counts[run] = {does: 1}
            else:
                found[does] = found.get(does, 0) + 1
    size = {does: math.log(total[does] + _SMOOTHING * len(counts)) for does in Does}
    prior = {does: math.log((sentences[does] + 1) / (sum(sentences.values()) + len(Does))) for does in Does}
    return _Learnt(prior, size, counts)
