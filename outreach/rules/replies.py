"""What an inbound message means. In doubt it is OTHER and a person reads it: a wrong guess is worse than a question."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from email.utils import getaddresses
from zoneinfo import ZoneInfo

from outreach.rules.addresses import address_key, find_addresses
from outreach.rules.auto_replies import (
    OF_AN_ABSENCE,
    SURE,
    is_rather_a_person,
    is_surely_machine,
    only_asks_for_silence,
    read_auto_reply,
    speaks_as_one,
)
from outreach.rules.bounces import read_bounce
from outreach.rules.heard_sentences import SAID, HeardSentence, hear
from outreach.rules.inbound import DeliveryField, Inbound, Understood
from outreach.rules.instants import Span, as_utc
from outreach.rules.kinds import Answer
from outreach.rules.languages import language_of
from outreach.rules.named_people import named_people
from outreach.rules.reply_times import (
    Choice,
    StatedTime,
    answers_below_slots,
    chosen_between,
    chosen_slot,
    stated_times,
)
from outreach.rules.reply_words import asks_for_times, opt_out_words, sentences
from outreach.rules.second_thoughts import is_limited, is_of_something_else
from outreach.rules.time_mentions import is_refused
from outreach.rules.weighed_words import FEW_WORDS, Words, in_doubt, weigh

__all__ = ["AS_SAID", "DeliveryField", "Inbound", "Understood", "understand"]

_LONGEST = 6_000
_METHOD = re.compile(
    rb"^METHOD:\s*(REPLY|COUNTER|REQUEST|CANCEL|REFRESH|DECLINECOUNTER)\s*$", re.IGNORECASE | re.MULTILINE
)
_WHOLE_DAY = timedelta(hours=8)
_RE = re.compile(r"^\W*(re|aw|sv|antw|rv|tr|wg|fwd?|res|vs) ?:", re.IGNORECASE)
_EOM = re.compile(r"\W*[(<\[]?\b(eom|nt|n/t|end of message)\b[)>\]]?\W*$", re.IGNORECASE)
#: Answers to numbered questions, and how many of them make a letter that answers in writing.
_NUMBERED = re.compile(
    r"^[ \t]*(?:zu |ad |to |re )?\(?[1-9][.):][ \t][^\n]*[^?\s][ \t]*$", re.IGNORECASE | re.MULTILINE
)
_ANSWERS = 3
_YES = re.compile(r"\b(yes|yep|ja|oui|sí|si|ok|okay|perfect\w*)\b|[👍✓✔]", re.IGNORECASE)  # right below a time
#: "Not Tuesday, Wednesday."
_ONLY_A_TIME = 4
#: What is read with less confidence rests on likeness alone.
AS_SAID = 0.75


def understand(
    message: Inbound,
    *,
    slots: Sequence[Span] = (),
    zone_name: str = "UTC",
    other_zone_name: str | None = None,
    now: datetime,
) -> Understood:
    """Return what a message means: structure before headers, headers before words, and OTHER when words disagree.

    ``slots`` are the times that were offered, ``zone_name`` and ``other_zone_name`` the IANA zones of the two people,
    in either of which a time may have been written; ``now`` is an aware instant, for "back on Monday".
    """
    bounce = read_bounce(message)
    if bounce:
        return bounce
    # Before the automatic replies: calendars send their answers by machine, with the headers of a machine.
    calendar = _calendar_answer(message)
    if calendar:
        return calendar
    zones = [zone_name, *([other_zone_name] if other_zone_name else [])]
    automatic = read_auto_reply(message, as_utc(now).date())
    if automatic is None:
        return _read_words(message, slots, zones, as_utc(now))
    read = _read_words(message, slots, zones, as_utc(now))
    if automatic.evidence[0] == OF_AN_ABSENCE:
        return _doubted(read, automatic) if _is_clear(read) and _is_answer_of_one(message) else automatic
    if is_surely_machine(message, automatic, states_time=_states_hour(read)):
        return automatic
    asked = read.answer is Answer.QUESTION and not automatic.evidence[0].startswith(("X-", "Precedence"))
    by_somebody = message.commented_by and not automatic.evidence[0].startswith("says so")
    if by_somebody or is_rather_a_person(message, automatic):
        return _doubted(read, automatic)
    if asked and automatic.confidence < SURE and _is_answer_of_one(message):
        return _doubted(read, automatic)  # "We have received your mail. Who gave you my name?"
    unclear = read.answer is Answer.OTHER or read.confidence < AS_SAID or asked
    nothing_else = automatic.evidence[0].startswith("X-Auto-Response-Suppress")
    if unclear and not (nothing_else and only_asks_for_silence(message)):
        return automatic
    said_off = read.answer is Answer.OPT_OUT
    if (
        automatic.evidence[0].startswith("Auto-Submitted")
        and not said_off
        and not speaks_as_one(message.text[:_LONGEST])
    ):
        return automatic  # what a help desk sends by itself has opening hours, and nobody in it
    if said_off and automatic.evidence[0].startswith("says so"):
        return read  # no header of a machine: obeyed
    return _doubted(read, automatic)


def _is_clear(read: Understood) -> bool:
    """Return whether the words choose a time or ask not to be written to, as no notice of an absence does."""
    chooses = read.answer is Answer.YES_WITH_TIME and read.chosen_slot is not None
    return chooses or (read.answer is Answer.OPT_OUT and read.confidence > AS_SAID)


def _is_answer_of_one(message: Inbound) -> bool:
    return bool(_RE.match(message.subject)) and speaks_as_one(message.text[:_LONGEST])


def _doubted(read: Understood, automatic: Understood) -> Understood:
    """A person whose server writes headers of a machine; what they say is not acted upon by itself."""
    return replace(
        read, confidence=min(read.confidence, 0.6), evidence=(*read.evidence, *automatic.evidence), needs_person=True
    )


def _calendar_answer(message: Inbound) -> Understood | None:
    methods = [match[1].decode().upper() for part in message.calendar_parts if (match := _METHOD.search(part))]
    if not methods:
        return None
    if not {"REPLY", "COUNTER"} & set(methods):
        return None if message.text.strip() else in_doubt(f"an invitation of their own (METHOD:{methods[0]})", ())
    return Understood(
        answer=Answer.CALENDAR,
        confidence=0.97,
        evidence=(f"METHOD:{methods[0]}",),
        needs_person=methods[0] != "REPLY",
    )


def _read_words(message: Inbound, slots: Sequence[Span], zone_names: Sequence[str], now: datetime) -> Understood:
    text = message.text[:_LONGEST] or _in_subject(message.subject)
    said, language = sentences(text), language_of(text)
    if not said:
        return in_doubt("nothing newly written", ())
    found = tuple(hear(each, language) for each in said)
    today = now.astimezone(ZoneInfo(zone_names[0])).date()
    choice = _choose(found, said, slots, zone_names, language, today)
    opt_out = opt_out_words(said, language)
    if opt_out and (choice.slot is not None or any(each.yes == SAID and each.text != opt_out for each in found)):
        return in_doubt("a wish not to be written to, and a yes, in one letter", (), opt_out)
    if not opt_out and choice.slot is None and not any(each.yes == SAID for each in found):
        like = next((each.text for each in found if each.opt_out), "")
        if like and not named_people(text, _known(message)):
            return Understood(answer=Answer.OPT_OUT, confidence=0.7, evidence=(like[:200],), needs_person=True)
    if opt_out and is_limited(said, opt_out):
        return in_doubt("a wish not to be written to that may be limited", (), opt_out)
    if opt_out:
        doubt = is_of_something_else(opt_out) or opt_out.endswith("?")
        doubt = doubt or any(each.asks or each.may_choose for each in found if each.text != opt_out)
        return Understood(
            answer=Answer.OPT_OUT, confidence=0.7 if doubt else 0.9, evidence=(opt_out[:200],), needs_person=doubt
        )
    below = answers_below_slots(message.between, slots, zone_names, language, today)
    if choice.slot is None and below:
        between = _chosen_between(below, language)
        if between.slot is not None:
            return _chose_between(between, found)
        # "No, teaching" right below a time refuses that time.
        of_slots = {each for _, answer in below for each in sentences(answer)}
        found = tuple(
            replace(each, no=0, time_refused=True) if each.text in of_slots and each.no else each for each in found
        )
    # What signatures and opening hours say of times is nothing to go by.
    telling = said if sum(len(each.split()) for each in said) <= FEW_WORDS else _about_times(found)
    words = Words(
        sentences=found,
        language=language,
        names=(*(named := named_people(text, _known(message))), *_copied_in(message, text, named)),
        mine=_own_words(message),
        in_writing=len(_NUMBERED.findall(text)) >= _ANSWERS,
        choice=choice,
        times=_both(choice, slots, zone_names[0]) or stated_times(telling, now, zone_names[0], language),
        offered=bool(slots),
    )
    return weigh(words)


def _choose(
    found: Sequence[HeardSentence],
    said: Sequence[str],
    slots: Sequence[Span],
    zone_names: Sequence[str],
    language: str,
    today: date,
) -> Choice:
    """Return the slot that is chosen; where no rule hears it chosen, the one of a sentence that is like a choice."""
    choice = chosen_slot(_choosing(found, said), slots, zone_names, language, today)
    if choice.slot is not None or not slots or any(each.no or each.hedges or each.opt_out for each in found):
        return choice
    likely_ones = [each.text for each in found if each.may_choose or _is_only_a_time(each)]
    likely = chosen_slot(likely_ones, slots, zone_names, language, today)
    return choice if likely.slot is None else replace(likely, likely=True)


def _chosen_between(below: Sequence[tuple[int, str]], language: str) -> Choice:
    def refuses(answer: str) -> bool:
        heard = [hear(each, language) for each in sentences(answer)]
        return any(each.no or each.time_refused for each in heard) or is_refused(answer, language)

    def agrees(answer: str) -> bool:
        said = sentences(answer)
        heard = [hear(each, language) for each in said]
        yes = any(each.yes or each.opens for each in heard) or bool(_YES.search(answer))
        return yes and not any(each.hedges for each in heard)

    return chosen_between(below, agrees, refuses)


def _chose_between(choice: Choice, found: Sequence[HeardSentence]) -> Understood:
    more = any(each.asks or each.hedges or each.later or each.elsewhere for each in found)
    return Understood(
        answer=Answer.YES_WITH_TIME,
        confidence=0.8,
        evidence=(choice.evidence[:200], "written right below that time"),
        chosen_slot=choice.slot,
        needs_person=more,
    )


def _states_hour(read: Understood) -> bool:
    """Return whether an hour is stated, not only the day until which somebody is away."""
    hours = (each.end is None or each.end - each.start < _WHOLE_DAY for each in read.times)
    return read.answer is Answer.YES_WITH_TIME and (read.chosen_slot is not None or any(hours))


def _choosing(found: Sequence[HeardSentence], said: Sequence[str]) -> list[str]:
    """Return the sentences that may choose a time: those that agree, refuse a time, or are all that was written."""
    bare = sum(len(each.split()) for each in said) <= FEW_WORDS
    return [
        each.text
        for each in found
        if SAID in (each.yes, each.no)
        or each.proposes
        or (each.time_refused and each.by_rule)
        or (bare and each.could_propose)
    ]


def _is_only_a_time(sentence: HeardSentence) -> bool:
    return sentence.could_propose and len(sentence.text.split()) <= _ONLY_A_TIME


def _about_times(found: Sequence[HeardSentence]) -> list[str]:
    return [
        each.text
        for each in found
        if ((each.opens and not each.open) or each.yes == SAID) and not asks_for_times(each.text)
    ]


def _both(choice: Choice, slots: Sequence[Span], zone_name: str) -> tuple[StatedTime, ...]:
    """Return the offered times of which each will do, where that is more than one."""
    zone = ZoneInfo(zone_name)
    return tuple(
        StatedTime(slots[index].start.astimezone(zone), slots[index].end.astimezone(zone), zone_name, choice.evidence)
        for index in choice.fitting
    )


def _in_subject(subject: str) -> str:
    """Return what a message without a body says in its subject, "" when that is only the one that is answered."""
    said = _EOM.sub("", subject)
    return said if not _RE.match(subject) or said != subject else ""


def _known(message: Inbound) -> frozenset[str]:
    """Keys of the two who write to each other: their addresses name nobody new."""
    own = [message.from_address, *(email for _, _, email in find_addresses(message.headers.get("to", "")))]
    return frozenset(address_key(email) for email in own)


def _copied_in(message: Inbound, text: str, named: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Yield those who are copied in and spoken of by a name of theirs."""
    known = _known(message) | {address_key(email) for _, email in named}
    for name, email in getaddresses([message.headers.get("cc", "")[:2_000]])[:10]:
        spoken = any(len(word) > 2 and re.search(rf"\b{re.escape(word)}\b", text) for word in name.split())
        if spoken and (found := find_addresses(email)) and address_key(found[0][2]) not in known:
            yield " ".join(name.split())[:120], found[0][2]


def _own_words(message: Inbound) -> frozenset[str]:
    names = f"{message.from_name} {message.headers.get('to', '')[:500]}"
    return frozenset(word.lower() for word in re.findall(r"[^\W\d_]{2,}", names.partition("@")[0] + " " + names))
