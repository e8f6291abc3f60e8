"""The words by which people say yes, no, never again, or name somebody else. English; the rest is left to a person."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from outreach.rules.addresses import address_key, find_addresses

_OPT_OUT = re.compile(
    r"\b(unsubscribe( me)?\b|(please )?remove me\b|take me off|(do not|don't|never|please stop|stop) "
    r"(e-?mail(ing)?|contact(ing)?|writ(e|ing)( to)?|messag(e|ing)|bother(ing)?) me\b"
    r"(?! (on|by|at|via|before|until|between|during|after))"
    r"|(no longer|do not|don't) (wish|want) to (receive|hear|be contacted)|opt(ing)? (me )?out\b|"
    r"never (write|e-?mail|contact|message) (to )?me again|leave me alone|not (e-?mail|contact) me again|"
    r"no (more|further) (e-?mails|messages|contact))",
    re.IGNORECASE,
)
_NOT_OPT_OUT = re.compile(
    r"\b(hesitate|instead|unsubscribe (from|to) (the|my|your|our) newsletter|feel free)\b", re.IGNORECASE
)
_STOP_ALONE = re.compile(r"^\W*(stop|unsubscribe|remove|remove me|opt[ -]?out)\W*$", re.IGNORECASE)

_NO = re.compile(
    r"\b((can't|cannot|can not|couldn't|won't be able to|will not be able to|am unable to|'m unable to|"
    r"am not able to|'m not able to|unable to|not going to be able to|am not in a position to|'m not in a position to) "
    r"(\w+ ){0,2}?(meet|help|talk|chat|speak|do (this|that|it|these)|make (the |any )?time|participate|commit|"
    r"take (this|it|part|these|any|calls|on)|assist|accommodate|offer|be (of|much) help|fit (this|it)|"
    r"find (the )?time|accept)|"
    r"(have|got) (no|little) (time|capacity|bandwidth|availability)|"
    r"(don't|do not|won't) (\w+ ){0,2}?(have|got) (\w+ ){0,3}?(time|capacity|bandwidth|availability)|"
    r"(i'll|i will|i'd|have to|must|need to|going to|i would) (\w+ )?(pass|decline)\b|(respectfully|politely) decline|"
    r"not (the right|the best|a good|the ideal|a great) (person|fit|contact|match)|"
    r"(am|'m) not interested|not interested\b|no,? (thank you|thanks)\b|"
    r"(far )?too (busy|stretched)|completely (swamped|booked)|(am|'m) swamped|"
    r"not (able|possible|something i can do)( at (this|the) (time|moment))?|no time\b|"
    r"(don't|do not) (do|give|take|grant|accept) (\w+ )?(informational |such )?(interviews|calls|meetings)|"
    r"(no longer|don't|do not) work (there|here|in|at|for)|have retired|it's a no\b|(my )?answer is no\b|"
    r"won't work out|will have to say no|have to say no|not taking (on )?(any )?(calls|meetings|interviews))",
    re.IGNORECASE,
)
# "I can't do Tuesday" refuses a time, not the meeting.
_TIME_REFUSED = re.compile(
    r"\b(mon|tues?|wednes|thurs?|fri|satur|sun)days?\b|\b(morning|afternoon|that (day|week|time)|this week|next week|"
    r"tomorrow|today|before|until|any (earlier|later)|\d{1,2}(:\d\d)? ?(am|pm))\b",
    re.IGNORECASE,
)
# "I can't meet in person" refuses a way of meeting; whether another one will do is for a person to see.
_WAY_REFUSED = re.compile(
    r"\b(in person|face to face|(by|on|over|via) (the )?(phone|telephone|video|zoom|skype|teams))\b", re.IGNORECASE
)
_YES = re.compile(
    r"(\b(happy|glad|delighted|pleased|love|more than happy|willing|open|free) (to|for) "
    r"(?!introduc|connect you|forward|put you|pass|point|refer|hear|see that|recommend|suggest|know|stay)\b\w+|"
    r"^\W*(yes|yep|yeah|sure|sure thing|of course|absolutely|certainly|definitely|gladly|with pleasure|ok|okay)\b|"
    r"\b(yes,|yes please|of course|sure,|with pleasure|my pleasure|count me in|i'm in\b|i'd be up for|"
    r"(that )?(sounds|looks) (good|great|fine|lovely|perfect|wonderful|like fun)|"
    r"let's (do|talk|meet|chat|find|set|go|book|speak|say|schedule|connect)|"
    r"send (me|over|along) (\w+ ){0,3}(times?|dates?|slots?|options?|invite|invitation|availability|calendar)|"
    r"i (can|could) (talk|meet|chat|do|speak|make|spare|offer)\b|i have (some |a little |a bit of )?time\b|"
    r"(works|work|suits|suit|is fine|is good|is perfect|is great|fits) (\w+ )?(well )?(for |with )?(me|us|here)\b|"
    r"would (work|suit|be (great|good|fine|perfect|lovely))|feel free to (call|book|pick|send (me )?(an? )?invit)|"
    r"looking forward to (it|talking|our|meeting|speaking|chatting|the call)|see you (then|on)|"
    r"(book|pencil|put) me (in|down)|works!|works perfectly|that works|can make it))",
    re.IGNORECASE | re.MULTILINE,
)
_HEDGE = re.compile(
    r"\b(maybe|perhaps|might|possibly|not sure|unsure|let me (check|get back|think|see|ask|confirm|look)|"
    r"i'll (check|get back|let you know|have to check|need to check)|need to check|depends|tentative(ly)?|"
    r"if (i|we|my|the) (can|could|manage|schedule|move)|get back to you|circle back|check with|check my|"
    r"before i (say|agree|decide)|"
    r"reconnect|in (a few|some|two|three|six|several) (months|weeks)|later (this|in the) (year|month|spring|summer)|"
    r"next (month|quarter|year|spring|summer|fall|autumn|winter)|not (before|until|till)|after (the|my|our)|"
    r"(once|when) (i'm|i am|we're|we are|(things|it) (calm|settle|quiet)\w*)|remind me|try me again)\b",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_REFERS = re.compile(
    r"\b(talk|speak|reach out|write|get in touch|connect|contact|try|ask|email|introduc\w+|recommend|suggest|refer|"
    r"colleague|cc'?(ing|ed)?|copied|copying|loop\w*|better (person|placed|contact)|instead|knows? more)\b",
    re.IGNORECASE,
)
_PARTICLES = r"(?:van|von|de|der|den|di|da|del|della|la|le|el|al|bin|ten|ter)"
_WORD = r"[^\W\d_](?:[\w'’.-]{0,29}[^\W_])?\.?"
_NAME = re.compile(rf"{_WORD}(?: (?:{_PARTICLES} ){{0,2}}{_WORD}){{0,3}}")
_NO_NAME_WORDS = (
    "please try my our your the a an i he she they we you it its his her their this that these those at via on is are "
    "was by to for with from and or but so if as in of dear hi hello hey thanks thank best regards unfortunately sorry "
    "instead maybe perhaps however also contact email mail write reach talk speak ask call out colleague colleagues "
    "friend manager boss director head lead monday tuesday wednesday thursday friday saturday sunday january february "
    "march april may june july august september october november december linkedin zoom teams google yes no sure ok "
    "not can could would will should who whom whose address here there cc copying copied looping recommend suggest "
    "introduce know knows meet p.s ps good great one have has had am be been do does did"
)
_NO_NAME = frozenset(_NO_NAME_WORDS.split())
_Counts = Callable[[str, re.Match[str]], bool]


def sentences(text: str) -> tuple[str, ...]:
    """Return the sentences of a text, in order, apostrophes made plain."""
    plain = text.replace("’", "'").replace("‘", "'")
    return tuple(piece.strip() for piece in _SENTENCE.split(plain) if piece.strip())


def opt_out_words(said: Sequence[str]) -> str:
    """Return the sentence that asks never to be written to again, or ""."""
    if len(said) <= 2 and said and _STOP_ALONE.match(said[0]):
        return said[0]
    return next((s for s in said if _OPT_OUT.search(s) and not _NOT_OPT_OUT.search(s)), "")


def no_words(said: Sequence[str]) -> tuple[int, str]:
    """Return ``(position, sentence)`` of the last refusal of the meeting itself, or (-1, "").

    Refused times and ways of meeting do not count: see :func:`time_refused` and :func:`way_refused`.
    """
    return _last(
        _NO, said, lambda sentence, match: not (_refuses_a_time(sentence, match) or _refuses_a_way(sentence, match))
    )


def time_refused(said: Sequence[str]) -> str:
    """Return the last sentence that refuses a time only ("I can't meet until March"), or ""."""
    return _last(_NO, said, _refuses_a_time)[1]


def way_refused(said: Sequence[str]) -> str:
    """Return the last sentence that refuses a way of meeting only ("I can't meet in person"), or ""."""
    return _last(_NO, said, _refuses_a_way)[1]


def yes_words(said: Sequence[str]) -> tuple[int, str]:
    """Return ``(position, sentence)`` of the last agreement, or (-1, "").

    "Happy to introduce you" is none; nor is a question.
    """
    return _last(_YES, said, lambda sentence, match: not _negated(sentence, match) and not sentence.endswith("?"))


def hedged(said: Sequence[str]) -> str:
    """Return the first sentence that puts off or leaves open, or ""."""
    return next((sentence for sentence in said if _HEDGE.search(sentence)), "")


def refers_elsewhere(said: Sequence[str]) -> bool:
    """Return whether somebody else is spoken of as the one to ask."""
    return any(_REFERS.search(sentence) for sentence in said)


def named_people(text: str, known: frozenset[str]) -> tuple[tuple[str, str], ...]:
    """Return ``(name, address)`` of each address in the text but ``known`` (keys), with the name beside it."""
    found: dict[str, tuple[str, str]] = {}
    before = 0
    for start, end, email in find_addresses(text):
        key = address_key(email)
        if key not in known and key not in found:
            name = _name_beside(text[max(before, start - 160) : start], text[end : end + 60], email)
            found[key] = (name, email)
        before = end
    return tuple(found.values())


def _name_beside(before: str, after: str, email: str) -> str:
    in_brackets = re.match(rf"^[>\s]*\(({_NAME.pattern})\)", after)
    if in_brackets and _is_name(in_brackets[1]):
        return in_brackets[1]
    sentence = re.split(r"[!?\n]|\.\s(?=[A-Z][a-z]+ [a-z])", before)[-1]
    runs = [run for run in _runs_of_capitals(sentence) if run]
    local = re.sub(r"[^a-z]", "", email.partition("@")[0].lower())
    fitting = [run for run in runs if any(len(word) > 2 and word.lower() in local for word in re.split(r"\W+", run))]
    if fitting:
        return fitting[-1]
    return runs[-1] if runs and " " in runs[-1] else ""


def _runs_of_capitals(sentence: str) -> list[str]:
    """Names as they stand in a sentence: runs of capitalised words, particles allowed inside."""
    runs: list[list[str]] = [[]]
    for token in re.findall(r"[\w'’.-]+|[^\w\s]", sentence.replace("'s ", " ")):
        word = token.strip(".")
        named = word[:1].isupper() and word.lower() not in _NO_NAME and not word.isupper() | (len(word) < 2)
        if named or (runs[-1] and re.fullmatch(_PARTICLES, word)):
            runs[-1].append(word)
        elif runs[-1]:
            runs.append([])
    trimmed = [" ".join(run[: _last_capital(run)]) for run in runs]
    return [name for name in trimmed if name and len(name) <= 120]


def _last_capital(run: Sequence[str]) -> int:
    return max((index + 1 for index, word in enumerate(run) if word[:1].isupper()), default=0)


def _is_name(text: str) -> bool:
    return text[:1].isupper() and text.lower() not in _NO_NAME


def _refuses_a_time(sentence: str, match: re.Match[str]) -> bool:
    return bool(_TIME_REFUSED.search(sentence[match.end() : match.end() + 40]))


def _refuses_a_way(sentence: str, match: re.Match[str]) -> bool:
    return bool(_WAY_REFUSED.search(sentence[match.end() : match.end() + 40]))


def _negated(sentence: str, match: re.Match[str]) -> bool:
    before = sentence[max(0, match.start() - 24) : match.start()].lower()
    return bool(
        re.search(r"\b(not|n't|never|neither|nor|don't|doesn't|isn't|wouldn't|can't|unable)\W+(\w+\W+){0,2}$", before)
    )


def _last(pattern: re.Pattern[str], said: Sequence[str], counts: _Counts) -> tuple[int, str]:
    place, at = -1, ""
    offset = 0
    for sentence in said:
        for match in pattern.finditer(sentence):
            if counts(sentence, match):
                place, at = offset + match.start(), sentence
        offset += len(sentence) + 1
    return place, at
