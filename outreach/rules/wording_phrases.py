"""The phrases that the linter looks for. Patterns are linear: they meet text that anybody may have written.

Every letter of a campaign is read with all of them, so what is slow is avoided: a pattern that ignores case takes three
times as long as one that need not, and a look for a plain word a tenth of that. Patterns that only say whether a phrase
is there read the text as ``plain_of`` gives it; those whose finds are shown ask a few plain words first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass


def plain_of(text: str) -> str:
    """Return ``text`` in one case: what ``re.IGNORECASE`` takes for one letter is one letter here."""
    folded = text.casefold()
    return folded if folded.isascii() else folded.replace("ı", "i").replace("i̇", "i")


@dataclass(frozen=True)
class Text:
    """A text as it is shown, and in one case."""

    shown: str
    plain: str


@dataclass(frozen=True)
class Screened:
    """Phrases in whatever case, with words of which at least one stands in each of them."""

    pattern: re.Pattern[str]
    words: tuple[str, ...]

    def finditer(self, text: Text) -> Iterator[re.Match[str]]:
        """Yield the finds, as they are shown."""
        if any(word in text.plain for word in self.words):
            yield from self.pattern.finditer(text.shown)

    def search(self, text: Text) -> re.Match[str] | None:
        """Return the first find, None when there is none."""
        return next(self.finditer(text), None)


def _any(*phrases: str) -> re.Pattern[str]:
    """Return the pattern that finds any of the phrases in a text in one case."""
    return re.compile(r"\b(?:" + "|".join(phrases) + ")")


def _screened(words: str, *phrases: str) -> Screened:
    """Return phrases, each of which holds one of the words (which are parted by strokes)."""
    return Screened(re.compile(_any(*phrases).pattern, re.IGNORECASE), tuple(words.split("|")))


GREETING = re.compile(r"^(?:dear|hello|hi|hey|greetings|good (?:morning|afternoon|evening|day))\b", re.IGNORECASE)
GREETING_TWICE = re.compile(r"\b(dear|hello|hi|hey)[ ,]+(?:dear|hello|hi|hey)\b", re.IGNORECASE)
GREETING_LINE = re.compile(
    r"^[ \t]*(?:dear|hello|hi|hey|good (?:morning|afternoon|evening))\b[^,!:.\n]{0,60}[,!:]",
    re.IGNORECASE | re.MULTILINE,
)
NAME_LEARNED = _any(
    "your name", "suggest", "recommend", "point(?:ed|ing) me", "put me on", "told me about", "mention", "introduc",
    "found you", "c[ao]me across", "learned (?:of|about) you", "heard (?:of|about|from)", "read about you", "directory",
    "thought (?:of you|you)", "sent me", "passed on", "led me",
)  # fmt: skip
PURPOSE = _any(
    "research", "find out", "finding out", "learn", "understand", "explor", "decid", "weigh", "insight", "like from",
    "really like", "inside", "looking into", "work out", "working out", "make up my mind",
)  # fmt: skip
JOB_ASKING = _screened(
    "hiring|opening|position|vacanc|opportunit|job offer|job application|attach|enclosed|consider me|my application"
    "|apply|looking for|searching for|hoping for|refer me for|put in a|hire me|forward my",
    "are you (?:\\w+ )?hiring", "(?:you|your \\w+|they) (?:are|is) hiring",
    "(?:any|job|current|open) (?:openings?|positions?|vacanc)", "vacanc(?:y|ies)",
    "job (?:opportunit|opening|offer|application)",
    "(?:work|employment|career|internship) opportunit",
    "attach(?:ed|ing) (?:is )?(?:my|a copy of my) (?:resum|cv|r\\Sesum|r\\Ssum)",
    "my (?:resum\\S?|cv|r.sum.) (?:is |are )?(?:attached|enclosed)",
    "consider me", "(?:my application|to apply|apply|applying) (?:for|to) (?:a|the|your|any) "
    "(?:job|position|role|post|internship|vacan|opening)",
    "(?:looking|searching|hoping) for (?:a |an |my (?:first |next )?)?"
    "(?:job|position|role|internship|work\\b|employment)",
    "refer me for", "put in a (?:good )?word", "hire me", "forward my (?:resum|cv|r.sum)",
)  # fmt: skip
NEGATION = re.compile(r"\b(?:not|no|never|nor|without|rather than|instead of|neither)\b|n[’']t\b", re.IGNORECASE)
NOT_A_JOB = re.compile(
    r"\b(?:not|no|nor|never|rather than|instead of|isn[’']t|without)\b[^.!?\n]{0,80}"
    r"\b(?:job|position|vacanc|opening|hiring|work for me|employment|role|opportunit|interview)"
)
MINUTES = re.compile(
    r"\b(\d{1,3}|fifteen|twenty|twenty-five|thirty|forty|forty-five|sixty)"
    r"(?:\s?(?:to|or|-|–|—)\s?(\d{1,3}|twenty-five|thirty))?[ -]?(?:minute|min\b)"
)
HALF_AN_HOUR = _any("half (?:an|a) hour", "half-hour")
AN_HOUR = _screened("hour", "an hour", "one hour", "(?:two|three|several|[1-9]) hours")
NUMBERS = {"fifteen": 15, "twenty": 20, "twenty-five": 25, "thirty": 30, "forty": 40, "forty-five": 45, "sixty": 60}
CONVENIENCE = _any(
    "suits? you", "(?:is|are|be) convenient", "at your convenience", "(?:works?|good|easy|easiest|best|easier) for you",
    "when(?:ever)? you", "your (?:schedule|diary|calendar|week)", "any (?:day|time)", "you choose", "you prefer",
    "fits? you", "of your choosing", "fits? (?:into|in|around)", "around (?:you|whatever)",
    "you (?:have|find) (?:a|the) (?:time|moment|gap)",
)  # fmt: skip
IN_PERSON = _screened(
    "office|where you work|place of work|workplace|come |visit you|in person|meet you at"
    "|your building|your studio|your lab|your site|your clinic|your school|your workshop|your practice|your place"
    "|your library|your museum|your department|your shop",
    "office", "where you work", "place of work", "workplace", "come to you", "come (?:over|by|round)", "visit you",
    "in person", "your (?:building|studio|lab|site|clinic|school|workshop|practice|place|library|museum)",
    "your (?:department|shop)", "meet you at",
)  # fmt: skip
AT_A_DISTANCE = _any("phone", "call", "video", "ring", "zoom", "online", "teams", "remotely", "skype")
CLOCK = re.compile(
    r"(?<![\d:.])(?:[01]?\d|2[0-3]):[0-5]\d(?![\d:])|\b(?:1[0-2]|0?[1-9])(?:[:.][0-5]\d)?\s?(?:am|pm|a\.m|p\.m)\b",
    re.IGNORECASE,
)
#: Stands in all that CLOCK finds, and is found in a tenth of the time.
MAYBE_CLOCK = re.compile(r"\d(?::\d|\s?[aApP])")
ZONE = re.compile(
    r"\b[A-Z][A-Za-z_]+/[A-Z][A-Za-z_]+|\b(?:UTC|GMT|BST|IST|CES?T|EES?T|WES?T|[ECMP][SD]?T|AK[SD]T|HST|JST|KST|SGT|HKT|MSK|"
    r"SAST|NZ[SD]T|A[ECW][SD]T|WAT|EAT|CAT)\b|\b(?:[Yy]our|[Mm]y|[Ll]ocal|[A-Z][a-z]+) time\b|\btime zone\b"
)
_PLACEHOLDER = re.compile(
    r"\{\{|\}\}|\{%|%\}|\$\{|<<|>>|\[[A-Z][^\]\n]{0,40}\]"
    r"|\[(?:first|last|your|name|company|field|date|time|insert)\b[^\]\n]{0,40}\]"
    r"|<(?:first |last |your )?name>|\b[Xx]{3,}\b|\b(?:TODO|TBD|FIXME)\b|\b[Ll]orem ipsum\b|_{3,}"
    r"|\bNone\b(?! of\b)|\b(?:undefined|NaN|null)\b|\b(?:Dear|Hello|Hi) ?[,!:]"
)
PLACEHOLDER = Screened(
    _PLACEHOLDER,
    (
        *("{{", "}}", "{%", "%}", "${", "<<", ">>", "[", "<", "xxx", "___", "todo", "tbd", "fixme", "lorem ipsum"),
        *("none", "undefined", "nan", "null"),
        *(f"{word}{blank}{mark}" for word in ("dear", "hello", "hi") for blank in ("", " ") for mark in ",!:"),
    ),
)
GENERIC = _screened(
    "admire|love|impress|amazing|incredible|inspiring|extensive|wealth of|great|leading|innovative|interesting"
    "|came across your profile|leader in|passionate about",
    "(?:i |really |greatly |truly )(?:admire|love) your "
    "(?:company|work|career|profile|organi[sz]ation|background|experience)",
    "(?:your|an) (?:impressive|amazing|incredible|inspiring|extensive|wealth of) ",
    "impressed (?:by|with) your (?:profile|career|background|experience|work)\\b",
    "(?:great|leading|amazing|innovative) (?:company|organi[sz]ation|firm)",
    "your (?:profile|work|career) (?:is|looks|seems) (?:interesting|inspiring|great|impressive|amazing)",
    "came across your profile", "leader in (?:the|your) field", "passionate about",
)  # fmt: skip
STOCK = _screened(
    "finds you|pick your brain|touch|circl|synerg|leverag|just bumping|just checking in|per my last"
    "|to whom it may concern|dear sir|dear madam|dear hiring",
    "(?:this|my) (?:e-?mail|message|letter|note) finds you", "pick your brain", "touch(?:ing)? base",
    "circl(?:e|ing) back", "synerg(?:y|ies)", "leverag(?:e|ing)", "just (?:bumping|checking in)", "per my last",
    "to whom it may concern", "dear (?:sir|madam|hiring)",
)  # fmt: skip
SHOUTING = re.compile(r"\b([A-Z]{4,})\b[ ,]+([A-Z]{4,})\b")
