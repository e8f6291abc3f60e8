"""The phrases that the linter looks for. Patterns are linear: they meet text that anybody may have written."""

from __future__ import annotations

import re


def _any(*phrases: str) -> re.Pattern[str]:
    return re.compile(r"\b(?:" + "|".join(phrases) + ")", re.IGNORECASE)


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
JOB_ASKING = _any(
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
    r"\b(?:job|position|vacanc|opening|hiring|work for me|employment|role|opportunit|interview)",
    re.IGNORECASE,
)
MINUTES = re.compile(
    r"\b(\d{1,3}|fifteen|twenty|twenty-five|thirty|forty|forty-five|sixty)"
    r"(?:\s?(?:to|or|-|–|—)\s?(\d{1,3}|twenty-five|thirty))?[ -]?(?:minute|min\b)",
    re.IGNORECASE,
)
HALF_AN_HOUR = _any("half (?:an|a) hour", "half-hour")
AN_HOUR = _any("an hour", "one hour", "(?:two|three|several|[1-9]) hours")
NUMBERS = {"fifteen": 15, "twenty": 20, "twenty-five": 25, "thirty": 30, "forty": 40, "forty-five": 45, "sixty": 60}
CONVENIENCE = _any(
    "suits? you", "(?:is|are|be) convenient", "at your convenience", "(?:works?|good|easy|easiest|best|easier) for you",
    "when(?:ever)? you", "your (?:schedule|diary|calendar|week)", "any (?:day|time)", "you choose", "you prefer",
    "fits? you", "of your choosing", "fits? (?:into|in|around)", "around (?:you|whatever)",
    "you (?:have|find) (?:a|the) (?:time|moment|gap)",
)  # fmt: skip
IN_PERSON = _any(
    "office", "where you work", "place of work", "workplace", "come to you", "come (?:over|by|round)", "visit you",
    "in person", "your (?:building|studio|lab|site|clinic|school|workshop|practice|place|library|museum)",
    "your (?:department|shop)", "meet you at",
)  # fmt: skip
AT_A_DISTANCE = _any("phone", "call", "video", "ring", "zoom", "online", "teams", "remotely", "skype")
CLOCK = re.compile(
    r"(?<![\d:.])(?:[01]?\d|2[0-3]):[0-5]\d(?![\d:])|\b(?:1[0-2]|0?[1-9])(?:[:.][0-5]\d)?\s?(?:am|pm|a\.m|p\.m)\b",
    re.IGNORECASE,
)
ZONE = re.compile(
    r"\b[A-Z][A-Za-z_]+/[A-Z][A-Za-z_]+|\b(?:UTC|GMT|BST|IST|CES?T|EES?T|WES?T|[ECMP][SD]?T|AK[SD]T|HST|JST|KST|SGT|HKT|MSK|"
    r"SAST|NZ[SD]T|A[ECW][SD]T|WAT|EAT|CAT)\b|\b(?:[Yy]our|[Mm]y|[Ll]ocal|[A-Z][a-z]+) time\b|\btime zone\b"
)
PLACEHOLDER = re.compile(
    r"\{\{|\}\}|\{%|%\}|\$\{|<<|>>|\[[A-Z][^\]\n]{0,40}\]"
    r"|\[(?:first|last|your|name|company|field|date|time|insert)\b[^\]\n]{0,40}\]"
    r"|<(?:first |last |your )?name>|\b[Xx]{3,}\b|\b(?:TODO|TBD|FIXME)\b|\b[Ll]orem ipsum\b|_{3,}"
    r"|\bNone\b(?! of\b)|\b(?:undefined|NaN|null)\b|\b(?:Dear|Hello|Hi) ?[,!:]"
)
GENERIC = _any(
    "(?:i |really |greatly |truly )(?:admire|love) your "
    "(?:company|work|career|profile|organi[sz]ation|background|experience)",
    "(?:your|an) (?:impressive|amazing|incredible|inspiring|extensive|wealth of) ",
    "impressed (?:by|with) your (?:profile|career|background|experience|work)\\b",
    "(?:great|leading|amazing|innovative) (?:company|organi[sz]ation|firm)",
    "your (?:profile|work|career) (?:is|looks|seems) (?:interesting|inspiring|great|impressive|amazing)",
    "came across your profile", "leader in (?:the|your) field", "passionate about",
)  # fmt: skip
STOCK = _any(
    "(?:this|my) (?:e-?mail|message|letter|note) finds you", "pick your brain", "touch(?:ing)? base",
    "circl(?:e|ing) back", "synerg(?:y|ies)", "leverag(?:e|ing)", "just (?:bumping|checking in)", "per my last",
    "to whom it may concern", "dear (?:sir|madam|hiring)",
)  # fmt: skip
SHOUTING = re.compile(r"\b([A-Z]{4,})\b[ ,]+([A-Z]{4,})\b")
