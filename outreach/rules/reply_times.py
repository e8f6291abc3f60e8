"""Which offered time an answer chooses, and which times it states by itself.

One slot is chosen only when it alone fits all that was written. Stated times are only proposals: nothing that was not
offered is ever booked without a person.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from outreach.rules.instants import Span
from outreach.rules.languages import ENGLISH
from outreach.rules.reply_words import opens_a_time
from outreach.rules.spoken_time import Clock, Day
from outreach.rules.time_mentions import (
    Mention,
    asks_for,
    clauses,
    is_open_ended,
    is_refused,
    is_until,
    is_vague,
    mentions,
    ordinals,
    takes_any,
    takes_any_but,
    takes_none,
)

_WORKING_DAY = Clock(9 * 60, 18 * 60)
_MOST = 20
#: What is said for a choice among times that all will do.
ANY_TIME = "any of the offered times"
#: The same instant said once more as the writer's own clock shows it: "3pm your time is 9am mine".
_IN_MY_TIME = re.compile(
    r"\b(?:is|=|that's|which is|so)\s(?:at\s)?\d{1,2}(?:[:.]\d\d)?\s?(?:[ap]\.?m\.?|"
    r"o'clock)?(?:\s(?:in the \w+|at night))?\s"
    r"(?:mine|my time|here|for me|over here|my end)\b|"
    r"(?<=\w),\s\d{1,2}(?:[:.]\d\d)?\s?(?:[ap]\.?m\.?|o'clock)?(?:\s(?:in the \w+|at night))?\s"
    r"(?:mine|my time|here|for me|over here|my end)\b|"
    r"(?<=\w)\s?/\s?\d{1,2}(?:[:.]\d\d)?\s?(?:[ap]\.?m\.?)?\s?(?:Eastern|Central|Mountain|Pacific|UK|[A-Z]{2,4})\b|"
    r"\(\d{1,2}(?:[:.]\d\d)?\s?(?:[ap]\.?m\.?|o'clock)?\s(?:mine|my time|here|for me|yours|your time|yours truly)\)|"
    r"\b(?:son|es|serán)\slas?\s\d{1,2}(?:[:.]\d\d)?\s(?:de la \w+\s)?(?:de )?(?:acá|aca|aquí)\b(?:\s(?:en|de) \w+)?|"
    r"\b(?:ist|wäre)\s(?:es\s)?(?:das\s)?(?:bei mir|hier)\s(?:dann\s)?\d{1,2}(?:[:.]\d\d)?(?:\sUhr)?\b|"
    r"\b(?:acá|aquí|allá|allí)(?:\sen\s\w+)?\s(?:son|es|serán|serían)\slas?\s(?:[\w: ]{1,30}?\s(?:de|por) la "
    r"(?:mañana|tarde|noche|madrugada)\b|\d{1,2}(?:[:.]\d\d)?\b)|"
    r"\blas?\s\d{1,2}(?:[:.]\d\d)?\sde\s(?:acá|aca|aquí)\b(?=[^()]{0,5}\()|"
    r"\((?=[^()]*\b(?:for us|for me|here|mine|my time|our time|IST|UK|de acá|de aca|de aquí|chez moi|chez nous|bei mir|"
    r"bei uns)\b)[^()]{0,60}\)|"
    r"\b(?:soit|chez moi|ici)\s(?:il (?:est|sera)\s)?\d{1,2}\s?h(?:\d\d)?(?:\s(?:chez moi|ici))?\b",
    re.IGNORECASE,
)
_A_YEAR = timedelta(days=366)


@dataclass(frozen=True)
class Choice:
    """``slot`` is the index of the one slot chosen, or None; ``mentioned``: times or options were spoken of."""

    slot: int | None
    mentioned: bool
    evidence: str = ""
    #: The slots of which each will do, where that is more than one.
    fitting: tuple[int, ...] = ()
    #: Whether that it is chosen rests on likeness to examples.
    likely: bool = False


@dataclass(frozen=True)
class StatedTime:
    """A time that the writer states: an aware instant, or a stretch with an end; ``zone`` is the one it is meant in."""

    start: datetime
    end: datetime | None
    zone: str
    said: str


def chosen_slot(
    said: Sequence[str],
    slots: Sequence[Span],
    zone_names: Sequence[str],
    language: str = ENGLISH,
    today: date | None = None,
) -> Choice:
    """Return which offered slot the sentences choose, read in either person's zone.

    A clause that negates ("Tuesday doesn't work") rules its slots out; nothing that was not offered is ever chosen.
    ``today`` is the writer's, for "tomorrow".
    """
    zones = tuple(dict.fromkeys(zone_names))
    agreeing = [each for each in said if opens_a_time(each, language) or ordinals(each, language, len(slots))]
    if 0 < len(agreeing) < len(said):
        # "The 9th suits me. My office hours are Wednesday and Friday": what is agreed to says it.
        choice = _chosen(agreeing, said, slots, zones, language, today)
        if choice.slot is not None:
            return choice
    return _chosen(said, said, slots, zones, language, today)


def answers_below_slots(
    between: Sequence[tuple[str, str]],
    slots: Sequence[Span],
    zone_names: Sequence[str],
    language: str = ENGLISH,
    today: date | None = None,
) -> tuple[tuple[int, str], ...]:
    """Return each offered slot of which something is said right below the quoted line that offers it, with that."""
    zones = tuple(dict.fromkeys(zone_names))
    found = ((_slot_of(quoted, slots, zones, language, today), answer) for quoted, answer in between)
    return tuple((slot, answer) for slot, answer in found if slot is not None)


def chosen_between(
    answers: Sequence[tuple[int, str]], agrees: Callable[[str], bool], refuses: Callable[[str], bool]
) -> Choice:
    """Return which offered slot is agreed to right below the line that offers it, where that is one alone.

    ``agrees`` and ``refuses`` tell what an answer does. One that does neither leaves its slot open, and with that
    nothing is chosen unless another is agreed to.
    """
    wanted = {slot: answer for slot, answer in answers if agrees(answer) and not refuses(answer)}
    if len(wanted) != 1:
        return Choice(None, bool(wanted))
    slot, answer = wanted.popitem()
    return Choice(slot, True, answer)


def _slot_of(quoted: str, slots: Sequence[Span], zones: Sequence[str], language: str, today: date | None) -> int | None:
    """Return the slot that a quoted line offers; the letter may be in another language than its answer."""
    for each in dict.fromkeys((language, ENGLISH)):
        found = [
            _fits(mention, slots, zones)
            for mention in mentions(quoted, each, today or date.min)
            if mention.day is not None and mention.clock is not None
        ]
        if len(found) == 1 and len(found[0]) == 1:
            return next(iter(found[0]))
    return None


def _chosen(
    heard: Sequence[str],
    said: Sequence[str],
    slots: Sequence[Span],
    zones: Sequence[str],
    language: str,
    today: date | None,
) -> Choice:
    """Return what the sentences ``heard`` choose; those refused anywhere in ``said`` are not chosen."""
    state = _Weighing(len(slots))
    for sentence in said:
        if takes_none(sentence, language):
            state.refused |= set(range(len(slots)))
            state.mentioned = True
        elif sentence not in heard:
            for fit in _fittings(sentence, slots, zones, language, today):
                state.refused |= fit.slots if fit.refused else set()
    spoken = {sentence: tuple(_fittings(sentence, slots, zones, language, today)) for sentence in heard}
    exact = {frozenset(fit.slots) for fits in spoken.values() for fit in fits if fit.exact}
    for sentence, fits in spoken.items():
        rest = takes_any_but(sentence, language)
        if rest is not None:
            state.freely = True
            for fit in _fittings(rest, slots, zones, language, today):
                state.refused |= fit.slots
            state.mentioned = True
            continue
        for fit in fits:
            if fit.skipped or (fit.aside and len(exact) == 1):
                state.passed_over = True  # "Friday at 9 suits me. From 9:45 on I sit in a meeting."
            else:
                state.hear(fit.slots, sentence, refused=fit.refused)
        if takes_any(sentence, language) and not any(fit.refused for fit in fits):
            state.freely = True
    return state.choice(slots)


@dataclass(frozen=True)
class _Fit:
    """The slots that one time fits; ``exact``: an hour of a day, agreed to; ``aside``: perhaps of something else.

    ``skipped``: another hour, in a clause that agrees to nothing.
    """

    slots: set[int]
    refused: bool = False
    exact: bool = False
    aside: bool = False
    skipped: bool = False


@dataclass
class _Weighing:
    """What is wanted and refused so far."""

    count: int
    freely: bool = False
    mentioned: bool = False
    unmatched: bool = False
    passed_over: bool = False
    evidence: str = ""

    def __post_init__(self) -> None:
        self.wanted: set[int] = set()
        self.refused: set[int] = set()

    def hear(self, fitting: set[int], sentence: str, *, refused: bool) -> None:
        """Take in one time that was spoken of, and the slots that it fits."""
        self.mentioned = True
        if refused:
            self.refused |= fitting
            return
        self.evidence = self.evidence or sentence
        self.unmatched = self.unmatched or not fitting
        self.wanted = self.wanted & fitting if self.wanted & fitting else self.wanted | fitting

    def choice(self, slots: Sequence[Span]) -> Choice:
        """Return what all of it comes to."""
        left = self.wanted - self.refused
        if self.freely and slots and not self.unmatched:
            pool = left or set(range(self.count)) - self.refused
            return Choice(min(pool) if pool else None, True, ANY_TIME)
        settled = len(left) == 1 and not self.unmatched
        several = tuple(sorted(left)) if len(left) > 1 and not self.unmatched else ()
        likely = settled and self.passed_over
        return Choice(min(left) if settled else None, self.mentioned, self.evidence, several, likely)


def _fittings(
    sentence: str, slots: Sequence[Span], zones: Sequence[str], language: str, today: date | None
) -> Iterator[_Fit]:
    """Yield what each time in the sentence fits; what is asked chooses nothing."""
    asked = sentence.rstrip(" )\"'").endswith("?")
    pieces = clauses(_IN_MY_TIME.sub(" ", sentence), language)
    opening = [opens_a_time(clause, language) for clause in pieces]
    for place, clause in enumerate(pieces, 1):
        found = mentions(clause, language, today or date.min)
        if asked and place == len(pieces):
            if place > 1 and any(mention.clock and not _fits(mention, slots, zones) for mention in found):
                yield _Fit(set())  # "Could we do Friday instead, at 4?"
            continue
        named = ordinals(clause, language, len(slots)) if slots else []
        if named and not any(mention.day and mention.clock for mention in found):
            fitting = {index for index in named if 0 <= index < len(slots)}
            refused = is_refused(clause, language)
            yield _Fit(fitting, refused, exact=not refused and opening[place - 1] and len(fitting) == 1)
            if any(mention.clock and not _fits(mention, slots, zones) & fitting for mention in found):
                yield _Fit(set(), skipped=True)  # "2 please, at 11"
            continue
        if not opening[place - 1] and is_until(clause):
            continue  # "I am not back until Wednesday"
        for mention in found:
            if mention.day is not None and mention.day.each and mention.clock is None:
                continue  # "next week" says too little
            fitting = _fits(mention, slots, zones)
            if not (fitting or mention.refused or opening[place - 1] or asks_for(clause)) and any(opening):
                yield _Fit(set(), skipped=True)  # "The Tuesday one is fine, I come off the ward at half one"
                continue
            open_still = is_vague(clause, language) and not mention.refused
            exact = bool(mention.day and mention.clock and mention.clock.end is None and opening[place - 1])
            bare = mention.day is None and not fitting
            aside = (bare or not opening[place - 1]) and not asks_for(clause) and not open_still
            yield _Fit(
                set() if open_still else fitting,
                mention.refused,
                exact=exact and len(fitting) == 1 and not mention.refused and not open_still,
                aside=aside and not mention.refused,
            )


def _fits(mention: Mention, slots: Sequence[Span], zones: Sequence[str]) -> set[int]:
    names = (mention.zone,) if mention.zone else tuple(zones)
    found: set[int] = set()
    for name in names:
        found = {index for index, slot in enumerate(slots) if _slot_fits(mention, slot, ZoneInfo(name))}
        if found:
            return found
    day = mention.day
    if day and day.weekday is not None and day.day is not None and day.month is None and mention.clock is None:
        # "Fri 9 ok": where no Friday that was offered is a 9th, it is an hour.
        hour = Mention(mention.phrase, Day(weekday=day.weekday), Clock(day.day * 60, None, day.day < 12), mention.zone)
        return _fits(hour, slots, zones) if day.day < 24 else found
    return found


def _slot_fits(mention: Mention, slot: Span, zone: ZoneInfo) -> bool:
    start, end = slot.start.astimezone(zone), slot.end.astimezone(zone)
    if mention.day is not None and not (mention.day.each or mention.day.allows(start.date())):
        return False
    if mention.clock is None:
        return mention.day is not None
    from_, to = start.hour * 60 + start.minute, end.hour * 60 + end.minute
    return mention.clock.allows(from_, to if to > from_ else to + 24 * 60)


def stated_times(
    said: Sequence[str], written_at: datetime, zone_name: str, language: str = ENGLISH
) -> tuple[StatedTime, ...]:
    """Return the times that the sentences state and do not refuse, soonest reading of each, in the order of mention.

    ``written_at`` is when the message was written (aware); its zone is ``zone_name``, in which times are read unless
    the sentence names another. A day without an hour is a working day. What is past is left out.
    """
    today = written_at.astimezone(ZoneInfo(zone_name)).date()
    found: dict[tuple[datetime, datetime | None], StatedTime] = {}
    for sentence in said:
        for mention in mentions(sentence, language, today):
            if mention.refused or mention.day is None or takes_none(mention.phrase, language):
                continue
            if mention.clock is None and (mention.day.each or is_open_ended(mention.phrase) or mention.day.on == today):
                continue  # "next week" says too little, and so do "after the 22nd" and "today she leads the team"
            zone = mention.zone or zone_name
            for day in _days(mention.day, today):
                stated = _stated(day, mention.clock or _WORKING_DAY, zone, mention.phrase)
                if (stated.end or stated.start) > written_at:
                    found.setdefault((stated.start, stated.end), stated)
        if len(found) >= _MOST:
            break
    return _without_vaguer(tuple(found.values())[:_MOST])


def _without_vaguer(times: tuple[StatedTime, ...]) -> tuple[StatedTime, ...]:
    """Leave out a whole day of which an hour is stated as well."""
    kept = []
    for one in times:
        inside = [
            other
            for other in times
            if other is not one
            and one.end is not None
            and one.start <= other.start
            and (other.end or other.start) <= one.end
        ]
        if not (inside and one.end is not None and one.end - one.start >= timedelta(hours=9)):
            kept.append(one)
    return tuple(kept)


def _stated(day: date, clock: Clock, zone_name: str, said: str) -> StatedTime:
    likely, zone = clock.likely(), ZoneInfo(zone_name)
    start = _at(day, likely.start, zone)
    end = _at(day, likely.end, zone) if likely.end is not None and not likely.open_end else None
    return StatedTime(start, end, zone_name, said)


def _at(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    days, rest = divmod(minutes, 24 * 60)
    return datetime.combine(day + timedelta(days=days), time(rest // 60, rest % 60), zone)


def _days(day: Day, today: date) -> list[date]:
    """Return the days that may be meant, soonest first: one, or each of a week."""
    if day.each:
        monday = today - timedelta(days=today.weekday())
        first = monday + timedelta(days=7) if day.next_week else today + timedelta(days=1)
        week = [first + timedelta(days=ahead) for ahead in range(7)]
        return [one for one in week if one.weekday() < 5][:5]
    if day.on is not None:
        return [day.on]
    first = today + timedelta(days=1) if day.day is None and day.month is None else today
    if day.next_week:
        first = today - timedelta(days=today.weekday()) + timedelta(days=7)
    ahead = (first + timedelta(days=number) for number in range(_A_YEAR.days))
    exact = next((one for one in ahead if day.allows(one)), None)
    if exact is None and day.weekday is not None and day.day is not None:
        # The weekday and the date do not agree; the date is what is copied from a calendar.
        return _days(Day(month=day.month, day=day.day, year=day.year), today)
    return [exact] if exact is not None else []
