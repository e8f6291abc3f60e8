"""Which of the offered times an answer chooses: one is chosen only when it alone fits all that was written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from outreach.rules.instants import Span

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAY = re.compile(
    r"\b(mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:r(?:s(?:day)?)?)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?)s?\b",
    re.IGNORECASE,
)
_MONTH_WORD = (
    r"(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    r"nov(?:ember)?|dec(?:ember)?)\b"
)
_MONTH_DAY = re.compile(rf"\b{_MONTH_WORD}\.? (\d{{1,2}})(?:st|nd|rd|th)?\b(?!:)", re.IGNORECASE)
_DAY_MONTH = re.compile(rf"\b(\d{{1,2}})(?:st|nd|rd|th)?(?: of)? {_MONTH_WORD}", re.IGNORECASE)
_THE_NTH = re.compile(r"\bthe (\d{1,2})(?:st|nd|rd|th)\b", re.IGNORECASE)
_CLOCK = re.compile(
    r"\b(?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2}))? ?(?P<half>[ap]\.?m\b\.?)|"
    r"\b(?P<hour2>\d{1,2}):(?P<minute2>\d{2})\b|\b(?:at|@) ?(?P<hour3>\d{1,2})(?P<tail>\b(?![:./]|(?:st|nd|rd|th)\b))|"
    r"\b(?P<noon>noon|midday)\b",
    re.IGNORECASE,
)
_ORDINAL = re.compile(
    r"\b(?:(?:the|your) )?(?P<word>first|second|third|fourth|last|1st|2nd|3rd|4th|final)"
    r"(?: (?:one|option|slot|time|choice|suggestion|proposal|date)\b| of (?:those|these|the|your)\b|"
    r"(?= (?:works|suits|is (?:good|best|fine|perfect)|would)))|"
    r"\b(?:option|slot|number|no\.|choice|time) ?#?(?P<digit>[1-9])\b|(?<!\w)#(?P<hash>[1-9])\b|"
    r"^\W*(?P<alone>[1-9])\W*$",
    re.IGNORECASE,
)
_ORDINALS = {"first": 0, "1st": 0, "second": 1, "2nd": 1, "third": 2, "3rd": 2, "fourth": 3, "4th": 3}
_ANY = re.compile(
    r"\b(any of (them|those|these|the)|either( one| of)?|all (three|of them|of those|of these|work)|whichever|both)\b",
    re.IGNORECASE,
)
_NEGATIVE = re.compile(
    r"\b(can't|cannot|can not|won't|doesn't|don't|isn't|not|unable|except|unfortunately|busy|booked|conflict|bad for|"
    r"away|travell?ing|no good|out of)\b",
    re.IGNORECASE,
)
_VAGUE = re.compile(
    r"\b(between|after|before|any ?time|until|till|from|around|about|or so|early|earlier|late|later|end of|first thing|"
    r"lunch(?:time)?|week after|following)\b|\d ?-?ish\b",
    re.IGNORECASE,
)
_ANY_TIME = re.compile(r"\bany ?time\b", re.IGNORECASE)
_PART = re.compile(r"\b(?<!good )(morning|afternoon|evening|night)\b", re.IGNORECASE)
_HOURS = {"morning": range(12), "afternoon": range(12, 18), "evening": range(17, 24), "night": range(18, 24)}
_CLAUSE = re.compile(
    r"[;,.]\s+|\s+[-–—]\s+|\b(?:but|however|although|though|while|whereas)\b|"
    r"\band (?=(?:i )?(?:can't|cannot|won't|am not|not))",
    re.IGNORECASE,
)
_ZONE_WORDS = {
    "et": "America/New_York", "est": "America/New_York", "edt": "America/New_York", "eastern": "America/New_York",
    "ct": "America/Chicago", "cdt": "America/Chicago", "central": "America/Chicago", "mt": "America/Denver",
    "mdt": "America/Denver", "mst": "America/Denver", "mountain": "America/Denver", "pt": "America/Los_Angeles",
    "pst": "America/Los_Angeles", "pdt": "America/Los_Angeles", "pacific": "America/Los_Angeles",
    "gmt": "Europe/London", "bst": "Europe/London", "uk": "Europe/London", "cet": "Europe/Berlin",
    "cest": "Europe/Berlin", "utc": "UTC",
}  # fmt: skip
_ZONE = re.compile(rf"\b({'|'.join(_ZONE_WORDS)})\b", re.IGNORECASE)


@dataclass(frozen=True)
class Choice:
    """``slot`` is the index of the one slot chosen, or None; ``mentioned``: times or options were spoken of."""

    slot: int | None
    mentioned: bool
    evidence: str = ""


def chosen_slot(said: Sequence[str], slots: Sequence[Span], zone_names: Sequence[str]) -> Choice:
    """Return which offered slot the sentences choose, read in either person's zone; questions choose nothing.

    A clause that negates ("Tuesday doesn't work") rules its slots out; nothing that was not offered is ever chosen.
    """
    zones = tuple(dict.fromkeys(zone_names))
    wanted: set[int] = set()
    refused: set[int] = set()
    mentioned, unmatched, freely, evidence = False, False, False, ""
    for sentence in said:
        freely = freely or (bool(_ANY.search(sentence)) and not _NEGATIVE.search(sentence))
        for clause in _CLAUSE.split(sentence):
            fitting = _fitting(clause, slots, zones)
            if fitting is None:
                continue
            mentioned = True
            if _NEGATIVE.search(clause):
                refused |= fitting
            elif not sentence.endswith("?"):
                evidence = evidence or sentence
                unmatched = unmatched or not fitting
                wanted = wanted & fitting if wanted & fitting else wanted | fitting
    left = wanted - refused
    if freely and slots and not unmatched:
        pool = left or set(range(len(slots))) - refused
        return Choice(min(pool) if pool else None, True, "any of the offered times")
    settled = len(left) == 1 and not unmatched
    return Choice(min(left) if settled else None, mentioned, evidence)


def _fitting(clause: str, slots: Sequence[Span], zones: Sequence[str]) -> set[int] | None:
    """Return the slots that a clause fits: none when its time was not offered, None when it names no time at all."""
    ordinal = _ORDINAL.search(clause)
    if ordinal:
        index = _index(ordinal, len(slots))
        return {index} if 0 <= index < len(slots) else set()
    days, clocks = _days_named(clause), list(_CLOCK.finditer(clause))
    if not days and not clocks:
        return None
    # "Tuesday any time" is as good as "Tuesday"; "Tuesday after 2" may mean the slot or not.
    if _VAGUE.search(clause if clocks else _ANY_TIME.sub("", clause)):
        return set()
    spoken = _ZONE.search(clause)
    names = (_ZONE_WORDS[spoken[1].lower()],) if spoken else tuple(zones)
    by_zone = [
        {
            index
            for index, slot in enumerate(slots)
            if _fits(slot.start.astimezone(ZoneInfo(name)), clause, days, clocks)
        }
        for name in names
    ]
    found = [fitting for fitting in by_zone if fitting]
    return set().union(*found) if found else set()


def _index(ordinal: re.Match[str], count: int) -> int:
    word = (ordinal["word"] or "").lower()
    if word in {"last", "final"}:
        return count - 1
    return _ORDINALS[word] if word else int(ordinal["digit"] or ordinal["hash"] or ordinal["alone"]) - 1


_Day = tuple[int | None, int | None, int | None]  # weekday, month, day of the month


def _days_named(clause: str) -> list[_Day]:
    days: list[_Day] = [(None, _month(m[1]), int(m[2])) for m in _MONTH_DAY.finditer(clause)]
    days += [(None, _month(m[2]), int(m[1])) for m in _DAY_MONTH.finditer(clause)]
    if not days:
        days = [(None, None, int(m[1])) for m in _THE_NTH.finditer(clause)]
    weekdays: list[_Day] = [(_DAYS.index(m[1][:3].lower()), None, None) for m in _WEEKDAY.finditer(clause)]
    if len(weekdays) == 1 and len(days) == 1:
        return [(weekdays[0][0], days[0][1], days[0][2])]
    return days or weekdays


def _month(word: str) -> int:
    return _MONTHS.index(word[:3].lower()) + 1


def _fits(start: datetime, clause: str, days: Sequence[_Day], clocks: Sequence[re.Match[str]]) -> bool:
    on_day = not days or any(
        weekday in (None, start.weekday()) and month in (None, start.month) and day in (None, start.day)
        for weekday, month, day in days
    )
    part = _PART.search(clause)
    in_part = part is None or start.hour in _HOURS[part[1].lower()]
    return on_day and in_part and (not clocks or any(_at(start, clock) for clock in clocks))


def _at(start: datetime, clock: re.Match[str]) -> bool:
    if clock["noon"]:
        return (start.hour, start.minute) == (12, 0)
    hour = int(clock["hour"] or clock["hour2"] or clock["hour3"])
    minute = int(clock["minute"] or clock["minute2"] or 0)
    if start.minute != minute or hour > 23:
        return False
    if clock["half"]:
        return hour <= 12 and start.hour == hour % 12 + (12 if clock["half"].lower().startswith("p") else 0)
    return start.hour == hour or (hour < 12 and start.hour == hour + 12)
