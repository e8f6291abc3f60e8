"""Days and times that a sentence speaks of, as constraints: "Tuesday after 2" fits many instants, and says which.

Nothing is resolved here: whether a weekday means next week or one of the times that were offered is for the caller.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

from outreach.rules.clock_patterns import ClockPattern, clock_patterns
from outreach.rules.day_patterns import DayPattern, dated, worded
from outreach.rules.languages import ENGLISH
from outreach.rules.patterns import any_of, compiled
from outreach.rules.spoken_time import HOUR, Clock, Day
from outreach.rules.time_words import WORDS, without_zones, zone_named

_LONGEST = 1_000
#: German writes "Mittwochvormittag" in one.
_COMPOUND = re.compile(
    r"\b(montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag)s?(?:-| )?"
    r"(vormittags?|nachmittags?|morgens?|mittags?|abends?|früh)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Mention:
    """A day, a time of day, or both, spoken of in ``phrase``; ``refused`` where the words around it say no to it."""

    phrase: str
    day: Day | None = None
    clock: Clock | None = None
    zone: str | None = None
    refused: bool = False


@dataclass(frozen=True)
class _Token:
    start: int
    end: int
    day: Day | None = None
    clock: Clock | None = None


def mentions(sentence: str, language: str, today: date) -> list[Mention]:
    """Return what the sentence says of days and times, in order. ``today`` is the writer's, for "tomorrow"."""
    found: list[Mention] = []
    text = sentence[:_LONGEST].replace("\u2019", "'").replace("\u00a0", " ").replace("\u202f", " ")
    text = _COMPOUND.sub(r"\1 \2", text)
    before, zone_of_all = Day(), zone_named(text)
    for clause in clauses(text, language):
        tokens = list(_tokens(clause, language, today))
        if not tokens:
            continue
        refused = bool(_patterns(language).refused.search(_blanked(clause, tokens)))
        zone = zone_named(clause) or zone_of_all
        for named, clock in _pairs(tokens):
            carried = named is None and before != Day()
            day = before if carried else named
            before = day or before
            if carried and clock is not None and clock.end is not None and found and found[-1].clock is not None:
                continue  # "6:30 on Monday, that is early afternoon with you"
            found.append(Mention(clause.strip(), day, clock, zone, refused))
    return found


def clauses(sentence: str, language: str) -> list[str]:
    """Return the sentence cut where a contrast begins, and at commas before which a day or time is complete."""
    patterns = _patterns(language)
    sentence = patterns.rather.sub(r"\1; \2", sentence)  # "not Tuesday, Wednesday"
    pieces = [piece for piece in patterns.clause.split(sentence) if piece and piece.strip()]
    return [part for piece in pieces for part in _halves(piece, patterns)]


def _halves(clause: str, patterns: _Patterns) -> list[str]:
    """Return the clause cut where it turns from yes to no: "Friday would be fine, Wednesday isn't"."""
    for comma in re.finditer(r",\s+", clause):
        left, right = clause[: comma.start()], clause[comma.end() :]
        if patterns.suits.search(left) and not patterns.refused.search(left) and patterns.refused.search(right):
            return [left, right]
        if patterns.refused.search(left) and patterns.suits.search(right) and not patterns.refused.search(right):
            return [left, right]
    return [clause]


def ordinals(clause: str, language: str, count: int) -> list[int]:
    """Return the indices (from 0) that a clause names among ``count`` choices: "the second one", "option 2"."""
    found: list[int] = []
    for match in _patterns(language).ordinal.finditer(clause):
        if match["digit"] or match["hash"] or match["alone"]:
            place = int(match["digit"] or match["hash"] or match["alone"])
        else:
            word = next(name for name, text in match.groupdict().items() if name.startswith("o") and text)
            place = _patterns(language).places[word]
        index = count - 1 if place == -1 else count // 2 if place == 0 else place - 1
        if index not in found:
            found.append(index)
    return found


@dataclass(frozen=True)
class _Patterns:
    clause: re.Pattern[str]
    rather: re.Pattern[str]
    refused: re.Pattern[str]
    any_of: re.Pattern[str]
    any_but: re.Pattern[str]
    none_of: re.Pattern[str]
    vague: re.Pattern[str]
    suits: re.Pattern[str]
    ordinal: re.Pattern[str]
    places: dict[str, int]
    dated: tuple[DayPattern, ...]
    clocks: tuple[ClockPattern, ...]
    worded: tuple[DayPattern, ...]


def takes_any(sentence: str, language: str) -> bool:
    """Return whether any of the offered times is welcome."""
    patterns = _patterns(language)
    return any(
        patterns.any_of.search(clause) and not patterns.refused.search(clause) for clause in clauses(sentence, language)
    )


def words_beside(sentence: str, language: str, today: date) -> int:
    """Return how many words of a sentence are no part of a day or time."""
    tokens = list(_tokens(sentence[:_LONGEST], language, today))
    return len(re.findall(r"[^\W\d_]+", _blanked(sentence[:_LONGEST], tokens)))


def beside_times(sentence: str, language: str) -> str:
    """Return the sentence without its days, its times and the zones that it names."""
    text = sentence[:_LONGEST]
    return without_zones(_blanked(text, list(_tokens(text, language, date.min))))


def is_vague(clause: str, language: str) -> bool:
    """Return whether the words leave a time open: "around 3", "early on Wednesday"."""
    return bool(_patterns(language).vague.search(clause))


#: "Yes, but", of which the yes is meant.
_TURN = re.compile(r"[\s,;]*\b(but|however|aber|nur|mais|pero)?\W*(i'm afraid\W*)?$", re.IGNORECASE)
_TURNS_WITHIN = 40
_ASKS_FOR = re.compile(
    r"\b(could (we|you|it)|would (prefer|it be possible)|rather|make it|move it|instead|lieber|statt\w*|verschieben|"
    r"plutôt|au lieu|déplacer|prefer\w*|le pediría|te pediría|en vez de|mejor|mover\w*)\b",
    re.IGNORECASE,
)
_ANY_WEEKDAY = rf"\b(?:{any_of([day for words in WORDS.values() for day in words.weekdays if ' ' not in day])})\b"
#: A day from which on, or a week: "after 18 March", "in the week of the 22nd".
_OPEN_ENDED = re.compile(
    r"\b(?:(?:from|after|not before|starting|later than)(?: on)?|(?:any ?time )?after|week (?:of|beginning|"
    r"commencing|starting)|"
    r"um den|around the|autour du|alrededor del|ab|nach|woche (?:vom|ab|um)|à partir du|après|pas avant|semaine du|"
    r"a partir del?|después del?|desde|semana del?)"
    rf"(?: (?:the|dem|den|le|el))?(?: [^\W\d]{{2,10}}\.?,?)?(?: the| dem)? ?(?:\d|{_ANY_WEEKDAY})",
    re.IGNORECASE,
)


def asks_for(clause: str) -> bool:
    """Return whether a clause asks for another time than the one that was spoken of, in whatever language."""
    return bool(_ASKS_FOR.search(clause))


_UNTIL = re.compile(r"\b(until|till|before|bis|vor|jusqu'\w*|avant|hasta|antes del?)\b(?! \d?\d[:.h])", re.IGNORECASE)


def is_until(clause: str) -> bool:
    """Return whether a clause tells until when something else lasts."""
    return bool(_UNTIL.search(clause))


def is_open_ended(clause: str) -> bool:
    """Return whether a clause names a day only to begin with, or a week."""
    return bool(_OPEN_ENDED.search(clause))


def is_refused(clause: str, language: str) -> bool:
    """Return whether the words of a clause say no to what it speaks of."""
    return bool(_patterns(language).refused.search(clause))


def takes_none(sentence: str, language: str) -> bool:
    """Return whether all of the offered times are refused."""
    return bool(_patterns(language).none_of.search(sentence))


def before_none(sentence: str, language: str) -> str:
    """Return what stands before the words that refuse all of the offered times, "" where there are none."""
    match = _patterns(language).none_of.search(sentence)
    before = sentence[: match.start()] if match else ""
    return before[:-_TURNS_WITHIN] + _TURN.sub("", before[-_TURNS_WITHIN:])


def takes_any_but(sentence: str, language: str) -> str | None:
    """Return the words that name the exceptions from "any but ...", None where it is not said."""
    match = _patterns(language).any_but.search(sentence)
    return sentence[match.end() :] if match else None


@cache
def _patterns(language: str) -> _Patterns:
    words = WORDS.get(language, WORDS[ENGLISH])
    places = {f"o{number}": place for number, place in enumerate(words.ordinals.values())}
    spelled = "|".join(f"(?P<o{number}>{word})" for number, word in enumerate(words.ordinals))
    day_or_time = (
        rf"(?:\w+ )?(?:(?:{words.at})\b ?|\d"
        rf"|{any_of(words.weekdays)}|{any_of(words.months)}|{any_of(words.parts)})"
    )
    return _Patterns(
        clause=compiled(
            rf";\s+|(?<!first):\s+(?!{day_or_time})|(?<!\d)\.\s+|\s+[-–—]\s+(?!\d)|,\s+(?!{day_or_time})|(?:,\s*)?\b(?:{words.contrast})\b|"
            r"\band (?=(?:i )?(?:can't|cannot|won't|am not|not))"
        ),
        rather=compiled(
            rf"\b((?:not|nicht|pas|no) (?:on |am |le |el )?(?:{any_of(words.weekdays)})),? "
            rf"((?:{any_of(words.weekdays)})\b\W*$)"
        ),
        refused=compiled(rf"\b(?:{words.refused})\b"),
        any_of=compiled(rf"\b(?:{words.any_of})"),
        any_but=compiled(rf"\b(?:{words.any_but})"),
        none_of=compiled(rf"\b(?:{words.none_of})"),
        suits=compiled(rf"(?<!\w)(?:{words.suits})"),
        vague=compiled(rf"(?<!\w)(?:{words.vague})(?!\w)"),
        ordinal=compiled(
            rf"(?<![\w.])(?:{spelled})(?: (?:{words.choices})\b|(?= (?:{words.suits}))|"
            r"(?= of (?:your|those|these|the (?:three|times|options|slots))\b)|"
            r"(?= (?:that i|des (?:créneaux|dates|horaires|propositions)|de (?:sus|tus)|(?:ihrer|deiner) )\b)|"
            rf"(?<!\d\w\w)(?<!\d\.)(?=[.!,]?\s*$)"
            rf"|(?=,? (?:{words.day_joint}) (?:the |der |die |den |le |la |el )?(?:{any_of(tuple(words.ordinals))})\b))"
            rf"|\b(?:{words.choices}|number|no\.|nummer|nr\.?|numéro|n°|número|n\.º) ?#?(?P<digit>[1-9])\b(?![:.h]\d)"
            # "La 2, porfa"; with another article it may be a day of the month.
            r"|(?<!\w)#(?P<hash>[1-9])\b|^\W*(?:(?:the|die|la) )?(?P<alone>[1-9])(?:[.)]?\W*$|"
            r"(?=,? (?:is (?:good|fine|best|perfect|great|ok|okay|ideal|it)|works|please|pls|suits|fits|"
            r"passt|geht|bitte|me|está|porfa|por favor|svp|s'il)\b))"
        ),
        places=places,
        dated=tuple(dated(words)),
        clocks=tuple(clock_patterns(words)),
        worded=tuple(worded(words)),
    )


def _tokens(clause: str, language: str, today: date) -> Iterator[_Token]:
    """Yield days and times in order; of two readings of the same words the one that is tried first."""
    found: list[_Token] = []

    def is_free(start: int, end: int) -> bool:
        return all(end <= token.start or token.end <= start for token in found)

    def add_days(patterns: Iterable[DayPattern]) -> None:
        for pattern, make in patterns:
            for match in pattern.finditer(clause):
                if is_free(*match.span()) and (day := make(match, today)):
                    found.append(_Token(*match.span(), day=day))  # noqa: PERF401 - each looks at those before it

    patterns = _patterns(language)
    add_days(patterns.dated)
    for pattern, make_clock in patterns.clocks:
        for match in pattern.finditer(clause):
            if is_free(*match.span()) and (clock := make_clock(match)):
                found.append(_Token(*match.span(), clock=clock))  # noqa: PERF401 - each looks at those before it
    add_days(patterns.worded)
    yield from sorted(found, key=lambda token: token.start)


def _pairs(tokens: Sequence[_Token]) -> list[tuple[Day | None, Clock | None]]:
    """Return each day with its times: "Tuesday or Wednesday at 11", "at 3 on Thursday", "Tue 2-3, Thu 10"."""
    runs: list[tuple[bool, list[_Token]]] = []
    for token in tokens:
        is_day = token.day is not None
        if runs and runs[-1][0] is is_day:
            runs[-1][1].append(token)
        else:
            runs.append((is_day, [token]))
    pairs: list[tuple[Day | None, Clock | None]] = []
    if sum(is_day for is_day, _ in runs) == 1:
        joined = _joined([token.clock for token in tokens if token.clock])
        return [(token.day, clock) for token in tokens if token.day for clock in joined or (None,)]
    days_first = runs[0][0] if runs else True
    place = 0
    while place < len(runs):
        first = runs[place][1]
        second = runs[place + 1][1] if place + 1 < len(runs) else []
        days, clocks = (first, second) if days_first else (second, first)
        joined = _joined([token.clock for token in clocks if token.clock])
        for day in [token.day for token in days] or [None]:
            pairs += [(day, clock) for clock in joined or (None,)]
        place += 2
    return pairs


def _joined(clocks: Sequence[Clock]) -> Sequence[Clock]:
    """Return the times, a part of the day beside an hour put into it: "at 4 in the afternoon"."""
    stretches = [clock for clock in clocks if clock.end is not None]
    points = [clock for clock in clocks if clock.end is None]
    if len(stretches) == 1 and points:
        stretch = stretches[0]
        fitting = []
        for point in points:
            halves = (point.start, point.start + 12 * HOUR) if point.either_half else (point.start,)
            inside = [start for start in halves if stretch.start <= start <= (stretch.end or 0)]
            fitting.append(Clock(inside[0]) if inside else point)
        return fitting
    if len(stretches) == 2 and not points:
        # "Tuesday morning before 11", "the afternoon from 2": what both leave.
        low, high = max(one.start for one in stretches), min(one.end or 0 for one in stretches)
        return [Clock(low, high)] if low < high else clocks
    return clocks


def _blanked(clause: str, tokens: Sequence[_Token]) -> str:
    """Return the clause without its days and times, so that "no later than 5" refuses nothing."""
    text = clause
    for token in reversed(tokens):
        text = text[: token.start] + " " * (token.end - token.start) + text[token.end :]
    return text
