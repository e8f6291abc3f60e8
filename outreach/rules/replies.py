"""What an inbound message means. In doubt it is OTHER and a person reads it: a wrong guess is worse than a question."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from email.utils import getaddresses
from zoneinfo import ZoneInfo

from outreach.rules.addresses import address_key, find_addresses
from outreach.rules.auto_replies import is_surely_machine, only_asks_for_silence, read_auto_reply, speaks_as_one
from outreach.rules.bounces import read_bounce
from outreach.rules.heard_sentences import LIKE, SAID, HeardSentence, hear
from outreach.rules.inbound import DeliveryField, Inbound, Understood
from outreach.rules.instants import Span, as_utc
from outreach.rules.kinds import Answer
from outreach.rules.languages import language_of
from outreach.rules.reply_times import ANY_TIME, Choice, StatedTime, chosen_between, chosen_slot, stated_times
from outreach.rules.reply_words import (
    is_for_another,
    named_people,
    opt_out_words,
    people_without_address,
    sentences,
    speaks_of_somebody,
    turns,
)
from outreach.rules.second_thoughts import has_proviso, holds_off, is_conditional, is_limited
from outreach.rules.time_mentions import is_refused, mentions

__all__ = ["AS_SAID", "DeliveryField", "Inbound", "Understood", "understand"]

_LONGEST = 6_000
_METHOD = re.compile(
    rb"^METHOD:\s*(REPLY|COUNTER|REQUEST|CANCEL|REFRESH|DECLINECOUNTER)\s*$", re.IGNORECASE | re.MULTILINE
)
_FEW_WORDS = 12
#: An address in a line of so few words is a footer's.
_FOOTER = 4
_WHOLE_DAY = timedelta(hours=8)
_RE = re.compile(r"^\W*(re|aw|sv|antw|rv|tr|wg|fwd?|res|vs) ?:", re.IGNORECASE)
_EOM = re.compile(r"\W*[(<\[]?\b(eom|nt|n/t|end of message)\b[)>\]]?\W*$", re.IGNORECASE)
#: Answers to numbered questions, and how many of them make a letter that answers in writing.
_NUMBERED = re.compile(
    r"^[ \t]*(?:zu |ad |to |re )?\(?[1-9][.):][ \t][^\n]*[^?\s][ \t]*$", re.IGNORECASE | re.MULTILINE
)
_ANSWERS = 3
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
    if is_surely_machine(message, automatic, states_time=_states_hour(read)):
        return automatic
    asked = read.answer is Answer.QUESTION and not automatic.evidence[0].startswith(("X-", "Precedence"))
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
    # A person whose server writes headers of a machine; what they say is not acted upon by itself.
    return replace(
        read, confidence=min(read.confidence, 0.6), evidence=(*read.evidence, *automatic.evidence), needs_person=True
    )


def _calendar_answer(message: Inbound) -> Understood | None:
    methods = [match[1].decode().upper() for part in message.calendar_parts if (match := _METHOD.search(part))]
    if not methods:
        return None
    if not {"REPLY", "COUNTER"} & set(methods):
        return None if message.text.strip() else _doubt(f"an invitation of their own (METHOD:{methods[0]})", ())
    return Understood(
        answer=Answer.CALENDAR,
        confidence=0.97,
        evidence=(f"METHOD:{methods[0]}",),
        needs_person=methods[0] != "REPLY",
    )


@dataclass(frozen=True)
class _Words:
    """What the words of a message say, before it is decided what they mean."""

    sentences: tuple[HeardSentence, ...]
    language: str
    names: tuple[tuple[str, str], ...]
    choice: Choice
    times: tuple[StatedTime, ...]
    offered: bool
    mine: frozenset[str]
    in_writing: bool

    def first(self, what: Callable[[HeardSentence], bool]) -> str:
        """Return the first sentence that does this, or ""."""
        return next((each.text for each in self.sentences if what(each)), "")

    def last_place(self, what: Callable[[HeardSentence], bool]) -> int:
        """Return the place of the last sentence that does this, or -1."""
        return max((place for place, each in enumerate(self.sentences) if what(each)), default=-1)

    @property
    def texts(self) -> list[str]:
        """The sentences as they stand."""
        return [each.text for each in self.sentences]

    @property
    def without_address(self) -> tuple[str, ...]:
        """Names of people who are put forward, of whom no address is given."""
        pointing = [each.text for each in self.sentences if each.elsewhere and len(each.text.split()) > _FOOTER]
        return people_without_address(self.texts, self.language, self.mine, pointing=pointing)

    @property
    def by_rule(self) -> bool:
        """Whether all that was found rests on rules, not on likeness."""
        return all(each.by_rule for each in self.sentences)


def _read_words(message: Inbound, slots: Sequence[Span], zone_names: Sequence[str], now: datetime) -> Understood:
    text = message.text[:_LONGEST] or _in_subject(message.subject)
    said, language = sentences(text), language_of(text)
    if not said:
        return _doubt("nothing newly written", ())
    found = tuple(hear(each, language) for each in said)
    today = now.astimezone(ZoneInfo(zone_names[0])).date()
    choice = _choose(found, said, slots, zone_names, language, today)
    opt_out = opt_out_words(said, language)
    if opt_out and (choice.slot is not None or any(each.yes == SAID and each.text != opt_out for each in found)):
        return _doubt("a wish not to be written to, and a yes, in one letter", (), opt_out)
    if not opt_out and choice.slot is None and not any(each.yes == SAID for each in found):
        like = next((each.text for each in found if each.opt_out), "")
        if like and not named_people(text, _known(message)):
            return Understood(answer=Answer.OPT_OUT, confidence=0.7, evidence=(like[:200],), needs_person=True)
    if opt_out and is_limited(said, opt_out):
        return _doubt("a wish not to be written to that may be limited", (), opt_out)
    if opt_out:
        return Understood(answer=Answer.OPT_OUT, confidence=0.9, evidence=(opt_out[:200],))
    if choice.slot is None and slots:
        between = _chosen_between(message, slots, zone_names, language, today)
        if between.slot is not None:
            return _chose_between(between, found)
    # What signatures and opening hours say of times is nothing to go by.
    telling = said if sum(len(each.split()) for each in said) <= _FEW_WORDS else _about_times(found)
    words = _Words(
        sentences=found,
        language=language,
        names=(*(named := named_people(text, _known(message))), *_copied_in(message, text, named)),
        mine=_own_words(message),
        in_writing=len(_NUMBERED.findall(text)) >= _ANSWERS,
        choice=choice,
        times=_both(choice, slots, zone_names[0]) or stated_times(telling, now, zone_names[0], language),
        offered=bool(slots),
    )
    return _weigh(words)


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
    likely = chosen_slot([each.text for each in found if each.may_choose], slots, zone_names, language, today)
    return choice if likely.slot is None else replace(likely, likely=True)


def _chosen_between(
    message: Inbound, slots: Sequence[Span], zone_names: Sequence[str], language: str, today: date
) -> Choice:
    def refuses(answer: str) -> bool:
        heard = [hear(each, language) for each in sentences(answer)]
        return any(each.no or each.time_refused for each in heard) or is_refused(answer, language)

    def agrees(answer: str) -> bool:
        said = sentences(answer)
        heard = [hear(each, language) for each in said]
        return any(each.yes or each.opens for each in heard) and not any(each.hedges for each in heard)

    return chosen_between(message.between, slots, zone_names, agrees, refuses, language, today)


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
    bare = sum(len(each.split()) for each in said) <= _FEW_WORDS
    return [
        each.text
        for each in found
        if SAID in (each.yes, each.no)
        or each.proposes
        or (each.time_refused and each.by_rule)
        or (bare and each.could_propose)
    ]


def _about_times(found: Sequence[HeardSentence]) -> list[str]:
    return [each.text for each in found if each.opens or each.yes == SAID]


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


def _weigh(words: _Words) -> Understood:
    """Return what the words mean together: a no before a yes, and OTHER when they disagree."""
    choice = words.choice
    no, yes = max(each.no for each in words.sentences), max(each.yes for each in words.sentences)
    if (mistaken := words.first(lambda each: is_for_another(each.text))) and not words.names:
        return _doubt("may be meant for somebody else", (), mistaken)
    said = {time.said for time in words.times}
    opened = words.first(lambda each: each.opens and any(time in each.text for time in said))
    settled = choice.slot is not None or bool(words.times and (yes or opened))
    asks = words.first(lambda each: each.asks)
    if no == LIKE and asks:
        no = 0  # whoever asks back has not refused
    if no and (no > yes or no == SAID) and not (no == LIKE and settled):
        no_at = words.last_place(lambda each: each.no == no)
        yes_at = words.last_place(lambda each: each.yes == SAID)
        chosen = choice.evidence if choice.slot is not None else ""
        return _read_no(words, words.sentences[no_at].text, words.sentences[yes_at].text if yes_at > no_at else chosen)
    partly = words.first(lambda each: each.way_refused) or (
        "" if settled else words.first(lambda each: each.time_refused)
    )
    agreed = words.first(lambda each: each.yes == yes) if yes else ""
    if not settled and yes < SAID and any(each.elsewhere for each in words.sentences):
        # "You want Lupe Montoya": no word of refusal, and somebody else is put forward.
        forward = words.names or tuple((name, "") for name in words.without_address)
        if forward:
            evidence = words.first(lambda each: each.elsewhere)
            return Understood(
                answer=Answer.NO_WITH_NAME, confidence=0.6, evidence=(evidence[:200],), names=forward, needs_person=True
            )
    when = words.first(lambda each: each.when)
    if words.first(lambda each: each.asks and each.text != when) and yes < SAID and not settled:
        agreed = opened = when = ""
    if partly and not (agreed and not words.times):
        return _doubt("no to a time or a way of meeting, not to the meeting", words.names, partly)
    if words.in_writing and not settled:
        return _doubt("answers what was asked, in writing", words.names)
    if agreed or opened or when or choice.slot is not None or _is_bare(words):
        return _read_yes(words, agreed or opened or when or choice.evidence or words.sentences[0].text)
    if asks:
        return Understood(
            answer=Answer.QUESTION, confidence=0.75, evidence=(asks[:200],), names=words.names, needs_person=True
        )
    return _doubt("neither yes nor no in so many words", words.names)


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


def _read_no(words: _Words, no: str, later_yes: str) -> Understood:
    if later_yes:
        return _doubt("a no and a yes in one letter", words.names, no, later_yes)
    surely = any(each.no == SAID for each in words.sentences)
    postponed = words.first(lambda each: each.open > (LIKE if surely else 0) and not each.no)
    if postponed and not words.names:
        return _doubt("a no that may be a later", words.names, no, postponed)
    if words.names:
        put_forward = any(
            "@" in each.text and (each.elsewhere or len(each.text.split()) > _FOOTER) for each in words.sentences
        )
        unnamed = any(not name for name, _ in words.names) or not put_forward
        return Understood(
            answer=Answer.NO_WITH_NAME,
            confidence=0.9,
            evidence=(no[:200],),
            names=words.names,
            needs_person=unnamed or not words.by_rule,
        )
    named = words.without_address
    if named:
        # Nobody can be written to without an address; the name is kept for the owner, who may find it.
        return Understood(
            answer=Answer.NO_WITH_NAME,
            confidence=0.8,
            evidence=(no[:200],),
            names=tuple((name, "") for name in named),
            needs_person=True,
        )
    elsewhere = any(each.elsewhere and each.text != no for each in words.sentences)
    elsewhere = elsewhere or speaks_of_somebody(words.texts, words.mine)
    return Understood(
        answer=Answer.NO,
        confidence=0.85 if surely else 0.7,
        evidence=(no[:200],),
        needs_person=elsewhere or not surely or any(each.open for each in words.sentences),
    )


def _read_yes(words: _Words, yes: str) -> Understood:
    choice = words.choice
    surely = any(each.yes == SAID for each in words.sentences)
    postponed = words.first(lambda each: each.open > (LIKE if surely else 0) and not each.elsewhere)
    unsure = words.first(lambda each: each.hedges and not each.elsewhere)
    wavers = words.first(lambda each: each.wavers and not each.elsewhere)
    stated = choice.slot is not None or bool(words.times)
    if (postponed and choice.slot is None and not (words.times and surely)) or (
        wavers and stated and not (words.times and surely)
    ):
        return _doubt("a yes that may be a maybe", words.names, yes, postponed or wavers)
    asks = bool(words.first(lambda each: each.asks))
    doubtful = bool(words.first(lambda each: bool(each.no or each.open) or each.doubtful))
    if choice.slot is not None:
        return Understood(
            answer=Answer.YES_WITH_TIME,
            confidence=0.9 if not (asks or choice.likely) else 0.7,
            evidence=((choice.evidence or yes)[:200],),
            names=words.names,
            chosen_slot=choice.slot,
            needs_person=asks or choice.likely or bool(words.names) or _leaves_doubt(words) or doubtful or bool(unsure),
        )
    if words.times:
        return Understood(
            answer=Answer.YES_WITH_TIME,
            confidence=0.75,
            evidence=(yes[:200], "states a time that was not offered" if words.offered else "states a time"),
            names=words.names,
            times=words.times,
            needs_person=True,
        )
    return _read_yes_without_time(words, yes, unsure=bool(unsure))


def _read_yes_without_time(words: _Words, yes: str, *, unsure: bool) -> Understood:
    choice = words.choice
    surely = any(each.yes == SAID for each in words.sentences)
    # "When would suit you?" is answered by the times that are offered.
    turned = any(turns(each.text) for each in words.sentences)
    asks = bool(words.first(lambda each: each.asks and (turned or not each.when)))
    hour = any(spoken.clock for each in words.texts for spoken in mentions(each, words.language, date.min))
    whole = any(each.yes == SAID and len(each.text.split()) > 1 for each in words.sentences)
    later = (
        unsure
        or hour  # "That goes fine. Friday at 13."
        or any(each.yes == SAID and has_proviso(each.text) for each in words.sentences)
        or any(
            each.later or each.no or each.doubtful or each.way_refused or each.time_refused for each in words.sentences
        )
        or any(
            each.elsewhere and each.text.endswith("?") for each in words.sentences
        )  # "When could my colleague call?"
        or (not whole and len(words.sentences) > 2)  # "Okay. I have passed it on."
    )
    return Understood(
        answer=Answer.YES,
        confidence=0.8 if surely else 0.7,
        evidence=(yes[:200], *(("names a time that settles no offered slot",) if choice.mentioned else ())),
        names=words.names,
        needs_person=asks
        or choice.mentioned
        or words.offered
        or later
        or bool(words.names)
        or not (surely and words.by_rule),
        mere_yes=surely and not (asks or choice.mentioned or words.names or later),
    )


def _leaves_doubt(words: _Words) -> bool:
    """Return whether anything beside the chosen time speaks of another one, or of a condition."""
    if any(holds_off(each) for each in words.texts):
        return True
    freely = words.choice.evidence == ANY_TIME
    spoken = [each for each in words.texts if mentions(each, words.language, date.min)]
    other = any(
        each != words.choice.evidence and not all(one.refused for one in mentions(each, words.language, date.min))
        for each in spoken
    )
    return (other and not freely) or any(is_conditional(each) for each in [*spoken, words.choice.evidence])


def _is_bare(words: _Words) -> bool:
    """ "Tuesday at 3pm." and "Option 2" say yes without the word."""
    return (words.choice.slot is not None or bool(words.times)) and sum(
        len(each.text.split()) for each in words.sentences
    ) <= _FEW_WORDS


def _doubt(reason: str, names: tuple[tuple[str, str], ...], *quotes: str) -> Understood:
    return Understood(
        answer=Answer.OTHER,
        confidence=0.3,
        evidence=(reason, *(quote[:200] for quote in quotes)),
        names=names,
        needs_person=True,
    )
