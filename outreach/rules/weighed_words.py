"""What the words of a message mean together: a no before a yes, and OTHER when they disagree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from outreach.rules.heard_sentences import LIKE, SAID, HeardSentence
from outreach.rules.inbound import Understood
from outreach.rules.kinds import Answer
from outreach.rules.named_people import people_without_address, speaks_of_somebody
from outreach.rules.plain_words import is_plain_choice, leaves_a_choice
from outreach.rules.reply_times import ANY_TIME, Choice, StatedTime
from outreach.rules.reply_words import is_for_another, turns
from outreach.rules.second_thoughts import has_proviso, holds_off, is_conditional, is_turned_down
from outreach.rules.time_mentions import beside_times, clauses, mentions, ordinals, takes_any

#: Answers of so few words may be a time and nothing else.
FEW_WORDS = 12
_MOST_SLOTS = 9
#: An address in a line of so few words is a footer's.
_FOOTER = 4


@dataclass(frozen=True)
class Words:
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


def weigh(words: Words) -> Understood:
    """Return what the words mean together: a no before a yes, and OTHER when they disagree."""
    choice = words.choice
    no, yes = max(each.no for each in words.sentences), max(each.yes for each in words.sentences)
    if (mistaken := words.first(lambda each: is_for_another(each.text))) and not (words.names or words.without_address):
        return in_doubt("may be meant for somebody else", (), mistaken)
    said = {time.said for time in words.times}
    opened = words.first(lambda each: each.opens and any(time in each.text for time in said))
    settled = choice.slot is not None or bool(words.times and (yes or opened))
    asks = words.first(lambda each: each.asks)
    if no == LIKE and asks:
        no = 0  # whoever asks back has not refused
    if no == yes == LIKE and not words.first(lambda each: each.yes == LIKE and each.may_choose and not each.doubtful):
        yes = 0
    if no and (no > yes or no == SAID) and not (no == LIKE and settled):
        no_at = words.last_place(lambda each: each.no == no)
        yes_at = words.last_place(lambda each: each.yes == SAID)
        chosen = choice.evidence if choice.slot is not None else ""
        return _read_no(words, words.sentences[no_at].text, words.sentences[yes_at].text if yes_at > no_at else chosen)
    partly = words.first(lambda each: each.way_refused) or (
        "" if settled else words.first(lambda each: each.time_refused)
    )
    agreed = words.first(lambda each: each.yes == yes) if yes else ""
    forward = None if settled or yes == SAID else _read_somebody_else(words, partly)
    if forward:
        return forward
    when = words.first(lambda each: each.when)
    if words.first(lambda each: each.asks and each.text != when) and yes < SAID and not settled:
        agreed = opened = when = ""
    if partly and not (agreed and yes == SAID and not words.times):
        return in_doubt("no to a time or a way of meeting, not to the meeting", words.names, partly)
    if words.in_writing and not settled:
        return in_doubt("answers what was asked, in writing", words.names)
    if agreed or opened or when or choice.slot is not None or _is_bare(words):
        return _read_yes(words, agreed or opened or when or choice.evidence or words.sentences[0].text)
    if asks:
        return Understood(
            answer=Answer.QUESTION, confidence=0.75, evidence=(asks[:200],), names=words.names, needs_person=True
        )
    return in_doubt("neither yes nor no in so many words", words.names)


def _read_somebody_else(words: Words, partly: str) -> Understood | None:
    """Return that somebody else is put forward, as is done without a word of refusal, or None.

    "You want Lupe Montoya", or none of the times (``partly``) and a name.
    """
    elsewhere = words.first(lambda each: each.elsewhere)
    forward = words.names or tuple((name, "") for name in words.without_address)
    if not forward or not (elsewhere or (partly and not words.times)):
        return None
    return Understood(
        answer=Answer.NO_WITH_NAME,
        confidence=0.6,
        evidence=((elsewhere or partly)[:200],),
        names=forward,
        needs_person=True,
    )


def _read_no(words: Words, no: str, later_yes: str) -> Understood:
    if later_yes:
        return in_doubt("a no and a yes in one letter", words.names, no, later_yes)
    surely = any(each.no == SAID for each in words.sentences)
    postponed = words.first(
        lambda each: (
            (each.open > (LIKE if surely else 0) and not each.no) or bool(each.no and each.hedges and each.later)
        )
    )
    if postponed and not words.names:
        return in_doubt("a no that may be a later", words.names, no, postponed)
    if words.names:
        put_forward = any(
            "@" in each.text and (each.elsewhere or len(each.text.split()) > _FOOTER) and not is_turned_down(each.text)
            for each in words.sentences
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


def _read_yes(words: Words, yes: str) -> Understood:
    choice = words.choice
    surely = any(each.yes == SAID for each in words.sentences)
    postponed = words.first(lambda each: each.open > (LIKE if surely else 0) and not each.elsewhere)
    unsure = words.first(lambda each: each.hedges and not each.elsewhere)
    wavers = words.first(lambda each: each.wavers and not each.elsewhere)
    stated = choice.slot is not None or bool(words.times)
    if (postponed and choice.slot is None and not (words.times and surely)) or (
        wavers and stated and not (words.times and surely)
    ):
        return in_doubt("a yes that may be a maybe", words.names, yes, postponed or wavers)
    asks = bool(words.first(lambda each: each.asks))
    doubtful = bool(words.first(lambda each: bool(each.no or each.open) or each.doubtful))
    if choice.slot is not None:
        return Understood(
            answer=Answer.YES_WITH_TIME,
            confidence=0.9 if not (asks or choice.likely) else 0.7,
            evidence=((choice.evidence or yes)[:200],),
            names=words.names,
            chosen_slot=choice.slot,
            needs_person=asks
            or choice.likely
            or bool(words.names)
            or _leaves_doubt(words)
            or doubtful
            or bool(unsure)
            or not _plainly_chosen(words),
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


def _read_yes_without_time(words: Words, yes: str, *, unsure: bool) -> Understood:
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


def _leaves_doubt(words: Words) -> bool:
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


def _plainly_chosen(words: Words) -> bool:
    """Return whether the time is agreed to in plain words, and nothing else in the letter may move it."""

    def speaks_of_times(sentence: str) -> bool:
        told = mentions(sentence, words.language, date.min)
        chooses = takes_any(sentence, words.language) or bool(ordinals(sentence, words.language, _MOST_SLOTS))
        return (bool(told) and not all(one.refused for one in told)) or chooses or sentence == words.choice.evidence

    places = [place for place, each in enumerate(words.texts) if speaks_of_times(each)]
    if not places:
        return False
    plain = all(_is_plain(clause, words) for place in places for clause in clauses(words.texts[place], words.language))
    before = words.texts[: places[0]]
    after = [each for place, each in enumerate(words.texts) if place > places[0] and place not in places]
    return plain and leaves_a_choice(before, after, words.mine)


def _is_plain(clause: str, words: Words) -> bool:
    """Return whether a clause only agrees, or refuses only times that are not chosen."""
    told = mentions(clause, words.language, date.min)
    if told and all(one.refused for one in told):
        return True
    return is_plain_choice(clause, beside_times(clause, words.language), words.mine)


def _is_bare(words: Words) -> bool:
    """ "Tuesday at 3pm." and "Option 2" say yes without the word."""
    return (words.choice.slot is not None or bool(words.times)) and sum(
        len(each.text.split()) for each in words.sentences
    ) <= FEW_WORDS


def in_doubt(reason: str, names: tuple[tuple[str, str], ...], *quotes: str) -> Understood:
    """Return that a person must read it, with the reason and the sentences that led to it."""
    return Understood(
        answer=Answer.OTHER,
        confidence=0.3,
        evidence=(reason, *(quote[:200] for quote in quotes)),
        names=names,
        needs_person=True,
    )
