"""How a language speaks of times of day: patterns, each with what it makes of a match."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TypeAlias

from outreach.rules.patterns import compiled, numbered, which
from outreach.rules.spoken_time import HOUR, Clock
from outreach.rules.time_words import TimeWords

#: The second makes a time of a match, or None of one that is no time after all.
ClockPattern: TypeAlias = tuple[re.Pattern[str], Callable[[re.Match[str]], Clock | None]]

_DAY_BEGINS, _DAY_ENDS = 9 * HOUR, 18 * HOUR
#: What may follow a bare number that is no hour: "20 years", "room 3", "10 of us".
_COUNTED = (
    r"(?! ?(?:%|€|\$|k\b|km|min|years?|yrs?|months?|weeks?|days?|people|persons?|minutes?|minuten|jahr|monat|woche|tag|"
    r"personen|leute|ans?\b|mois|semaines?|jours?|personnes|minutos?|años?|meses|semanas|días|personas|questions?|"
    r"fragen|preguntas|times\b|euros?|kids|children|of (?:us|them|my)|projects?|colleagues?|pages?|points?|things?|"
    r"/\d))"
)


def clock_patterns(words: TimeWords) -> Iterator[ClockPattern]:
    """Yield the patterns of times of day, the most telling first: stretches, then instants, then parts of the day."""
    one, two = _clock(words, "a"), _clock(words, "b")
    joint = (
        rf"\s*(?P<join>(?:{words.joint})(?![^\W\d])|(?P<weak>(?:{words.weak_joint})(?!\w)))\s*(?:(?:{words.at})\s+)?"
    )

    def stretch(match: re.Match[str]) -> Clock | None:
        marked = any(match[name] for name in ("am", "bm", "ah", "bh", "ak", "bk", "az", "bz"))
        if match["weak"] and not match["pre"]:
            return None
        if not marked and not match["pre"]:
            return None
        begins, ends = _minutes(match, "a", words), _minutes(match, "b", words)
        if begins is None or ends is None:
            return None
        return _stretch(begins, ends, match["ak"], match["bk"])

    yield (
        compiled(rf"(?:\b(?P<pre>{words.between})\s+)?(?:(?:{words.at})\s+)?{one}{joint}{two}(?!\w){_COUNTED}"),
        stretch,
    )

    def after(match: re.Match[str]) -> Clock | None:
        begins = _minutes(match, "a", words)
        if begins is None:
            return None
        start = Clock(begins, None, _either(match, "a", begins)).likely().start
        return Clock(start, max(_DAY_ENDS, start + HOUR), open_end=True)

    yield compiled(rf"\b(?:{words.after})\s+{one}(?!\w){_COUNTED}(?:\s+(?:{words.onwards}))?"), after
    yield compiled(rf"(?<!\w){one}\s+(?:{words.onwards})(?!\w)"), after

    def before(match: re.Match[str]) -> Clock | None:
        ends = _minutes(match, "a", words)
        if ends is None:
            return None
        end = Clock(ends, None, _either(match, "a", ends)).likely().start
        return Clock(min(_DAY_BEGINS, end - HOUR), end)

    yield compiled(rf"\b(?:{words.before})\s+{one}(?!\w){_COUNTED}"), before

    def exact(match: re.Match[str]) -> Clock | None:
        minutes = _minutes(match, "a", words)
        return None if minutes is None else Clock(minutes, None, _either(match, "a", minutes))

    yield compiled(rf"(?:(?<!\w)(?P<pre>{words.at})\s*){one}(?!\w|[./-]\d){_COUNTED}"), exact

    def marked_only(match: re.Match[str]) -> Clock | None:
        groups = match.groupdict()
        if not any(groups.get(f"a{mark}") for mark in "mhkxqty"):
            return None
        return exact(match)

    yield compiled(rf"(?<![\w.:/-]){one}(?!\w|[./]\d)"), marked_only
    yield compiled(rf"\b(?:{words.noon})\b"), lambda _match: Clock(12 * HOUR)
    parts = tuple(words.parts)
    hours = list(words.parts.values())
    yield (
        compiled(rf"(?<!\w)(?:{numbered(parts, 'p')})(?!\w)"),
        lambda match: Clock(hours[which(match, "p") or 0][0] * HOUR, hours[which(match, "p") or 0][1] * HOUR),
    )


def _clock(words: TimeWords, name: str) -> str:
    """Return the pattern of a time: hour (figure or word), minutes, and what marks it as one."""
    numbers = "|".join(words.numbers)
    before = "|".join(
        f"(?P<{name}{letter}>{word})"
        for letter, word in (("x", words.half), ("q", words.quarter), ("t", words.quarter_after))
        if word
    )
    halved = f"(?P<{name}y>{words.half_after})?" if words.half_after else ""
    numbers = f"{numbers}|(?P<{name}z>{words.noon})"
    half = r"[ap]\.?m\b\.?" if words.am_and_pm else r"[ap]m\b(?! \w)|[ap]\.m\."
    return (
        (rf"(?:{before})?" if before else "")
        + rf"(?:(?P<{name}d>\d{{1,2}})|(?P<{name}n>{numbers}))"
        + rf"(?:(?::|\.(?=\d\d(?!\d))| ?(?:h|uhr|heures) ?(?=\d\d\b))(?P<{name}m>\d\d))?"
        + rf"(?: ?(?P<{name}k>{half})| ?(?P<{name}h>{words.hour})(?!\w))?{halved}"
    )


def _minutes(match: re.Match[str], name: str, words: TimeWords) -> int | None:
    """Return minutes since midnight as spoken, before it is known which half of the day is meant."""
    groups = match.groupdict()
    if groups[f"{name}d"]:
        hour = int(groups[f"{name}d"])
    else:
        spoken = groups[f"{name}n"].lower()
        if groups[f"{name}z"]:
            return 12 * HOUR
        hour = next(n for n, word in enumerate(words.numbers, 1) if re.fullmatch(word, spoken))
    minute = int(groups[f"{name}m"] or 0)
    if hour > 23 or minute > 59:
        return None
    half = (groups[f"{name}k"] or "").lower()
    if half.startswith(("a", "p")):
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    total = hour * HOUR + minute
    if groups.get(f"{name}x"):
        total += -30 if words.half_before else 30
    if groups.get(f"{name}y"):
        total += 30
    if groups.get(f"{name}q"):
        total -= 15
    if groups.get(f"{name}t"):
        total += 15
    return total if total >= 0 else None


def _either(match: re.Match[str], name: str, minutes: int) -> bool:
    groups = match.groupdict()
    return minutes < 12 * HOUR and not groups[f"{name}k"] and not (groups[f"{name}d"] or "").startswith("0")


def _stretch(begins: int, ends: int, begins_half: str | None, ends_half: str | None) -> Clock | None:
    noon = 12 * HOUR
    if ends_half and not begins_half and ends_half.lower().startswith("p") and begins < noon and begins + noon < ends:
        begins += noon  # "2-4 pm"
    elif not ends_half and not begins_half:
        if begins < 8 * HOUR and ends <= noon and begins < ends <= 8 * HOUR:
            begins, ends = begins + noon, ends + noon
        elif ends <= begins and ends < noon:
            ends += noon  # "11 to 1"
    elif begins_half and not ends_half and ends <= begins:
        ends += noon
    return Clock(begins, ends) if begins < ends <= 24 * HOUR else None
