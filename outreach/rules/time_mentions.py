"""Days and times that a sentence speaks of, as constraints: "Tuesday after 2" fits many instants, and says which.

Nothing is resolved here: whether a weekday means next week or one of the times that were offered is for the caller.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache

from outreach.rules.languages import ENGLISH
from outreach.rules.time_words import WORDS, TimeWords, zone_named

_HOUR = 60
_DAY_ENDS = 18 * _HOUR
_DAY_BEGINS = 9 * _HOUR
_LONGEST = 1_000
#: So many of the patterns for days hold a date; a time is looked for before the others, which are words alone.
_EXACT_DAYS = 6
#: What may follow a bare number that is no hour: "20 years", "room 3", "10 of us".
_COUNTED = (
    r"(?! ?(?:%|€|\$|k\b|km|min|years?|yrs?|months?|weeks?|days?|people|persons?|minutes?|minuten|jahr|monat|woche|tag|"
    r"personen|leute|ans?\b|mois|semaines?|jours?|personnes|minutos?|años?|meses|semanas|días|personas|questions?|"
    r"fragen|preguntas|times\b|euros?|kids|children|of (?:us|them|my)|projects?|colleagues?|pages?|points?|things?|"
    r"/\d))"
)

#: German writes "Mittwochvormittag" in one.
_COMPOUND = re.compile(
    r"\b(montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag)s?(?:-| )?"
    r"(vormittags?|nachmittags?|morgens?|mittags?|abends?|früh)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Day:
    """What is known of a day: some of weekday (Monday is 0), month, day of the month, year; or the day itself.

    ``each`` says that every working day of a week is meant, ``next_week`` which.
    """

    weekday: int | None = None
    month: int | None = None
    day: int | None = None
    year: int | None = None
    on: date | None = None
    each: bool = False
    next_week: bool = False

    def allows(self, day: date) -> bool:
        """Return whether this may be the day that is meant."""
        return (
            self.weekday in (None, day.weekday())
            and self.month in (None, day.month)
            and self.day in (None, day.day)
            and self.year in (None, day.year)
            and self.on in (None, day)
        )


@dataclass(frozen=True)
class Clock:
    """Minutes since midnight: an instant where ``end`` is None, else a stretch.

    ``either_half`` says that the same hand of the clock may mean the other half of the day; ``open_end`` that the
    stretch goes on: "after 2" ends with the working day for want of anything better.
    """

    start: int
    end: int | None = None
    either_half: bool = False
    open_end: bool = False

    def allows(self, start: int, end: int) -> bool:
        """Return whether a meeting from ``start`` to ``end`` is what may be meant."""
        shifts = (0, 12 * _HOUR) if self.either_half else (0,)
        if self.end is None:
            return any(start == self.start + shift for shift in shifts)
        last = self.end
        return any(self.start + shift <= start and end <= last + shift for shift in shifts)

    def likely(self) -> Clock:
        """Return it in the half of the day in which people work."""
        if not self.either_half:
            return self
        shift = 12 * _HOUR if self.start < 8 * _HOUR else 0
        end = self.end
        if end is not None:
            end += 12 * _HOUR if end + shift <= self.start + shift or end < 8 * _HOUR else 0
            end = end if end > self.start + shift else end + 12 * _HOUR
        return Clock(self.start + shift, end, open_end=self.open_end)


@dataclass(frozen=True)
class Mention:
    """A day, a time of day, or both, spoken of in ``phrase``; ``refused`` where the words around it say no to it.

    ``carried``: the day was named in an earlier clause of the sentence.
    """

    phrase: str
    day: Day | None = None
    clock: Clock | None = None
    zone: str | None = None
    refused: bool = False
    carried: bool = False


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
            found.append(Mention(clause.strip(), day, clock, zone, refused, carried))
    return found


def clauses(sentence: str, language: str) -> list[str]:
    """Return the sentence cut where a contrast begins, and at commas before which a day or time is complete."""
    patterns = _patterns(language)
    pieces = [piece for piece in patterns.clause.split(sentence) if piece and piece.strip()]
    return [part for piece in pieces for part in _halves(piece, patterns)]


def _halves(clause: str, patterns: _Patterns) -> list[str]:
    """Return the clause cut where it turns from yes to no: "Friday would be fine, Wednesday isn't"."""
    for comma in re.finditer(r",\s+", clause):
        left, right = clause[: comma.start()], clause[comma.end() :]
        if patterns.suits.search(left) and not patterns.refused.search(left) and patterns.refused.search(right):
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
    refused: re.Pattern[str]
    any_of: re.Pattern[str]
    any_but: re.Pattern[str]
    none_of: re.Pattern[str]
    vague: re.Pattern[str]
    suits: re.Pattern[str]
    ordinal: re.Pattern[str]
    places: dict[str, int]
    days: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], date], Day | None]], ...]
    clocks: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Clock | None]], ...]


def takes_any(sentence: str, language: str) -> bool:
    """Return whether any of the offered times is welcome."""
    patterns = _patterns(language)
    return bool(patterns.any_of.search(sentence)) and not patterns.refused.search(sentence)


def words_beside(sentence: str, language: str, today: date) -> int:
    """Return how many words of a sentence are no part of a day or time."""
    tokens = list(_tokens(sentence[:_LONGEST], language, today))
    return len(re.findall(r"[^\W\d_]+", _blanked(sentence[:_LONGEST], tokens)))


def is_vague(clause: str, language: str) -> bool:
    """Return whether the words leave a time open: "around 3", "early on Wednesday"."""
    return bool(_patterns(language).vague.search(clause))


def is_refused(clause: str, language: str) -> bool:
    """Return whether the words of a clause say no to what it speaks of."""
    return bool(_patterns(language).refused.search(clause))


def takes_none(sentence: str, language: str) -> bool:
    """Return whether all of the offered times are refused."""
    return bool(_patterns(language).none_of.search(sentence))


def takes_any_but(sentence: str, language: str) -> str | None:
    """Return the words that name the exceptions from "any but ...", None where it is not said."""
    match = _patterns(language).any_but.search(sentence)
    return sentence[match.end() :] if match else None


@cache
def _patterns(language: str) -> _Patterns:
    words = WORDS.get(language, WORDS[ENGLISH])
    places = {f"o{number}": place for number, place in enumerate(words.ordinals.values())}
    spelled = "|".join(f"(?P<o{number}>{word})" for number, word in enumerate(words.ordinals))
    day_or_time = rf"(?:\w+ )?(?:(?:{words.at})\b ?|\d|{_any(words.weekdays)}|{_any(words.months)}|{_any(words.parts)})"
    return _Patterns(
        clause=_compiled(
            rf";\s+|(?<!\d)\.\s+|\s+[-–—]\s+(?!\d)|,\s+(?!{day_or_time})|(?:,\s*)?\b(?:{words.contrast})\b|"
            r"\band (?=(?:i )?(?:can't|cannot|won't|am not|not))"
        ),
        refused=_compiled(rf"\b(?:{words.refused})\b"),
        any_of=_compiled(rf"\b(?:{words.any_of})"),
        any_but=_compiled(rf"\b(?:{words.any_but})"),
        none_of=_compiled(rf"\b(?:{words.none_of})"),
        suits=_compiled(rf"(?<!\w)(?:{words.suits})"),
        vague=_compiled(rf"(?<!\w)(?:{words.vague})(?!\w)"),
        ordinal=_compiled(
            rf"(?<![\w.])(?:{spelled})(?: (?:{words.choices})\b|(?= (?:{words.suits}))|"
            rf"(?<!\d\w\w)(?<!\d\.)(?=[.!,]?\s*$)"
            rf"|(?=,? (?:{words.day_joint}) (?:the |der |die |den |le |la |el )?(?:{_any(tuple(words.ordinals))})\b))"
            rf"|\b(?:{words.choices}|number|no\.|nummer|nr\.?|numéro|n°|número|n\.º) ?#?(?P<digit>[1-9])\b(?![:.h]\d)"
            r"|(?<!\w)#(?P<hash>[1-9])\b|^\W*(?P<alone>[1-9])(?:[.)]?\W*$|(?= (?:is|works|please|suits|fits|passt|"
            r"geht|me|está)\b))"
        ),
        places=places,
        days=tuple(_day_patterns(words)),
        clocks=tuple(_clock_patterns(words)),
    )


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


def _any(words: Iterable[str]) -> str:
    return "|".join(f"(?:{word})" for word in words)


def _named(words: Sequence[str], name: str) -> str:
    return "|".join(f"(?P<{name}{number}>{word})" for number, word in enumerate(words))


def _which(match: re.Match[str], name: str) -> int | None:
    """Return the number of the alternative that matched, None where none did."""
    for group, text in match.groupdict().items():
        if text is not None and group.startswith(name) and group[len(name) :].isdigit():
            return int(group[len(name) :])
    return None


def _day_patterns(words: TimeWords) -> Iterator[tuple[re.Pattern[str], Callable[[re.Match[str], date], Day | None]]]:
    weekday, month = _named(words.weekdays, "w"), _named(words.months, "m")
    lead = rf"(?:\b(?:{weekday})\b,? ?(?:(?:den|dem|der|the|le|el|día|,)\.? ?)?)?"
    tail = r"(?:[,.]? (?:de |del )?(?P<year>20\d\d))?"
    yield (
        _compiled(rf"{lead}\b(?P<year>20\d\d)-(?P<mm>\d\d)-(?P<dd>\d\d)\b"),
        lambda match, _: Day(month=int(match["mm"]), day=int(match["dd"]), year=int(match["year"])),
    )

    def named_month(match: re.Match[str], _today: date) -> Day | None:
        month_number = _which(match, "m")
        day = int(match["dd"])
        if month_number is None or not 1 <= day <= 31:
            return None
        year = int(match["year"]) if match["year"] else None
        return Day(weekday=_which(match, "w"), month=month_number + 1, day=day, year=year)

    yield (
        _compiled(rf"{lead}\b(?P<dd>\d{{1,2}})(?:st|nd|rd|th|er|\.)? ?(?:of |de )?(?:{month})(?!\w){tail}"),
        named_month,
    )
    yield (
        _compiled(rf"{lead}\b(?:{month})\.? (?P<dd>\d{{1,2}})(?:st|nd|rd|th)?\b(?![:.h]\d|\s?[ap]m){tail}"),
        named_month,
    )

    def numbers(match: re.Match[str], today: date) -> Day | None:
        first, second = int(match["dd"]), int(match["mm"])
        weekday_number = _which(match, "w")
        if match["sep"] == "/" and first <= 12 < second:
            first, second = second, first
        if not (1 <= first <= 31 and 1 <= second <= 12):
            return None
        year = match["year"]
        number = None if not year else int(year) if len(year) == 4 else 2000 + int(year)
        made = Day(weekday=weekday_number, month=second, day=first, year=number)
        if match["sep"] == "/" and first <= 12 and second <= 12 and first != second and _is_off(made, today):
            swapped = replace(made, month=first, day=second)
            return swapped if not _is_off(swapped, today) else made
        return made

    yield (
        _compiled(
            rf"{lead}(?<![\d.:/])(?P<dd>\d{{1,2}})(?P<sep>[./])(?P<mm>\d{{1,2}})(?:(?P=sep)(?P<year>\d{{4}}|\d\d)\b|\.(?!\d)|(?!\d))"
            r"(?! ?(?:uhr|h\b|am\b|pm\b|a\.m|p\.m|%|€|hours))"
        ),
        numbers,
    )
    yield (
        _compiled(rf"{lead}{words.the_nth}"),
        lambda match, _: (
            Day(weekday=_which(match, "w"), day=int(match["nth"])) if 1 <= int(match["nth"]) <= 31 else None
        ),
    )
    # "Tuesday the 9th" above, and in all languages "Tuesday 9".
    yield (
        _compiled(
            rf"\b(?:{weekday}),? (?:den |dem |der |le |el |día )?(?P<dd>\d{{1,2}})(?:st|nd|rd|th|er|\.)?"
            rf"(?![\d:.]|\s?[ap]\.?m|\s?(?:{words.hour})\b|h\d|\s?[-–]\s?\d)"
        ),
        lambda match, _: Day(weekday=_which(match, "w"), day=int(match["dd"])) if 1 <= int(match["dd"]) <= 31 else None,
    )
    relative = tuple(words.days_from_now)
    yield (
        _compiled(rf"(?<!\w)(?:{_named(relative, 'r')})(?!\w)"),
        lambda match, today: Day(
            on=today + timedelta(days=list(words.days_from_now.values())[_which(match, "r") or 0])
        ),
    )
    yield (
        _compiled(
            rf"\b(?P<next>(?:{words.next_week})\W+(?:on |am |le |el )?)?(?:{weekday})\b(?P<later> "
            rf"?(?:{words.next_week}))?"
        ),
        lambda match, _: Day(weekday=_which(match, "w"), next_week=bool(match["next"] or match["later"])),
    )
    yield (
        _compiled(
            rf"\b(?:{words.each_day}) (?:{_any(tuple(words.parts))}|(?:week|work(?:ing)? ?)?days?|tage?|jours?|días?)\b"
        ),
        lambda _match, _today: Day(each=True),
    )
    yield _compiled(rf"\b(?:{words.next_week})\b"), lambda _match, _today: Day(each=True, next_week=True)


def _is_off(day: Day, today: date) -> bool:
    """Return whether a day without a year is neither near nor on the weekday that was named."""
    try:
        made = date(day.year or today.year, day.month or 1, day.day or 1)
    except ValueError:
        return True
    return abs((made - today).days) > 120 or day.weekday not in (None, made.weekday())


def _clock_patterns(words: TimeWords) -> Iterator[tuple[re.Pattern[str], Callable[[re.Match[str]], Clock | None]]]:
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
        _compiled(rf"(?:\b(?P<pre>{words.between})\s+)?(?:(?:{words.at})\s+)?{one}{joint}{two}(?!\w){_COUNTED}"),
        stretch,
    )

    def after(match: re.Match[str]) -> Clock | None:
        begins = _minutes(match, "a", words)
        if begins is None:
            return None
        start = Clock(begins, None, _either(match, "a", begins)).likely().start
        return Clock(start, max(_DAY_ENDS, start + _HOUR), open_end=True)

    yield _compiled(rf"\b(?:{words.after})\s+{one}(?!\w){_COUNTED}(?:\s+(?:{words.onwards}))?"), after
    yield _compiled(rf"(?<!\w){one}\s+(?:{words.onwards})(?!\w)"), after

    def before(match: re.Match[str]) -> Clock | None:
        ends = _minutes(match, "a", words)
        if ends is None:
            return None
        end = Clock(ends, None, _either(match, "a", ends)).likely().start
        return Clock(min(_DAY_BEGINS, end - _HOUR), end)

    yield _compiled(rf"\b(?:{words.before})\s+{one}(?!\w){_COUNTED}"), before

    def exact(match: re.Match[str]) -> Clock | None:
        minutes = _minutes(match, "a", words)
        return None if minutes is None else Clock(minutes, None, _either(match, "a", minutes))

    yield _compiled(rf"(?:(?<!\w)(?P<pre>{words.at})\s*){one}(?!\w|[./-]\d){_COUNTED}"), exact

    def marked_only(match: re.Match[str]) -> Clock | None:
        groups = match.groupdict()
        if not any(groups.get(f"a{mark}") for mark in "mhkxqty"):
            return None
        return exact(match)

    yield _compiled(rf"(?<![\w.:/-]){one}(?!\w|[./]\d)"), marked_only
    yield _compiled(rf"\b(?:{words.noon})\b"), lambda _match: Clock(12 * _HOUR)
    parts = tuple(words.parts)
    hours = list(words.parts.values())
    yield (
        _compiled(rf"(?<!\w)(?:{_named(parts, 'p')})(?!\w)"),
        lambda match: Clock(hours[_which(match, "p") or 0][0] * _HOUR, hours[_which(match, "p") or 0][1] * _HOUR),
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
            return 12 * _HOUR
        hour = next(n for n, word in enumerate(words.numbers, 1) if re.fullmatch(word, spoken))
    minute = int(groups[f"{name}m"] or 0)
    if hour > 23 or minute > 59:
        return None
    half = (groups[f"{name}k"] or "").lower()
    if half.startswith(("a", "p")):
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    total = hour * _HOUR + minute
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
    return minutes < 12 * _HOUR and not groups[f"{name}k"] and not (groups[f"{name}d"] or "").startswith("0")


def _stretch(begins: int, ends: int, begins_half: str | None, ends_half: str | None) -> Clock | None:
    noon = 12 * _HOUR
    if ends_half and not begins_half and ends_half.lower().startswith("p") and begins < noon and begins + noon < ends:
        begins += noon  # "2-4 pm"
    elif not ends_half and not begins_half:
        if begins < 8 * _HOUR and ends <= noon and begins < ends <= 8 * _HOUR:
            begins, ends = begins + noon, ends + noon
        elif ends <= begins and ends < noon:
            ends += noon  # "11 to 1"
    elif begins_half and not ends_half and ends <= begins:
        ends += noon
    return Clock(begins, ends) if begins < ends <= 24 * _HOUR else None


def _tokens(clause: str, language: str, today: date) -> Iterator[_Token]:
    """Yield days and times in order; of two readings of the same words the one that is tried first."""
    found: list[_Token] = []

    def is_free(start: int, end: int) -> bool:
        return all(end <= token.start or token.end <= start for token in found)

    def add_days(patterns: Iterable[tuple[re.Pattern[str], Callable[[re.Match[str], date], Day | None]]]) -> None:
        for pattern, make in patterns:
            for match in pattern.finditer(clause):
                if is_free(*match.span()) and (day := make(match, today)):
                    found.append(_Token(*match.span(), day=day))  # noqa: PERF401 - each looks at those before it

    patterns = _patterns(language)
    add_days(patterns.days[:_EXACT_DAYS])
    for pattern, make_clock in patterns.clocks:
        for match in pattern.finditer(clause):
            if is_free(*match.span()) and (clock := make_clock(match)):
                found.append(_Token(*match.span(), clock=clock))  # noqa: PERF401 - each looks at those before it
    add_days(patterns.days[_EXACT_DAYS:])
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
            halves = (point.start, point.start + 12 * _HOUR) if point.either_half else (point.start,)
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
