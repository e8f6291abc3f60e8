"""The sentences in which people say yes, no, never again, or "ask somebody else"; the words are in ``answer_words``."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date

from outreach.rules.answer_words import answer_words
from outreach.rules.joined_lines import joined_lines
from outreach.rules.languages import ENGLISH
from outreach.rules.named_people import people_without_address
from outreach.rules.time_mentions import mentions

_ABBREVIATIONS = ("[A-Z]", "Dr", "Mr", "Ms", "Mrs", "St", "Prof", "Sra", "Sr", "Mme", "ca", "bzw", r"[ap]\.m")
_NOT_AN_END = "".join(rf"(?<!\b{word}\.)" for word in _ABBREVIATIONS) + r"(?<!\d\.)"
_MONTH = r"(?:Jan|Feb|Fév|Mär|Mar|Apr|Avr|Abr|Mai|May|Jun|Jui|Jul|Aug|Aoû|Ago|Sep|Okt|Oct|Nov|Dez|Dec|Déc|Dic)"
_SENTENCE = re.compile(
    rf"(?:{_NOT_AN_END}(?<=\.)(?!(?<=\.\.)\s+[a-z])|(?<=[!?])|(?<=\d\.)(?=\s+(?!{_MONTH})(?:[¿¡]?[A-ZÄÖÜÉÈ][a-zäöüéè]|(?:I|A|Y)\s[a-z])))\s+|\n+"
)
#: What people type on telephones.
_NO_APOSTROPHE = re.compile(r"\b(can|don|won|isn|doesn|didn|couldn|wouldn|haven|wasn|aren)t\b", re.IGNORECASE)
#: "No. 2, please." is no sentence of its own before the figure.
_NUMBER = re.compile(r"\b(?:No|Nr|Num)\.\s?(?=[1-9]\b)")
_LETS = re.compile(
    r"\blets\b(?= (?:do|talk|meet|chat|go|say|speak|call|set|find|book|make|have|take)\b)", re.IGNORECASE
)
_IM = re.compile(
    r"\bim\b(?= \w+(?:ed|ing|y|not|in|so|a|the|on)\b|(?= (?:totally|so|not|too|afraid|happy|free|busy)\b))"
)
_FOR_ANOTHER = re.compile(
    r"\b(have the wrong|got the wrong|(must|may|might) (have|be) (a )?(mix|mistak|"
    r"confus|meant for)|meant (for )?(someone|somebody) else|wrong (inbox|mailbox|address|department)\b|"
    r"not the \w+ you (are|were|have)|"
    r"verwechslung|verwechseln|falsche[nr]? (adresse|empfänger)|(il y a|c'est) (une )?erreur|vous vous trompez|vous "
    r"confondez|"
    r"se (ha |habrá )?(equivocad\w|confundid\w|equivoca)|me confunde|hay (un error|una confusión))",
    re.IGNORECASE,
)
_NEGATED_AFTER = re.compile(
    r"^[\s,]*(not|never|no\b|nicht|kein|pas\b|jamais|que no|no\b|noted|thanks|thank you|i (forwarded|got|saw|will "
    r"forward))",
    re.IGNORECASE,
)
_SURELY_NOT = re.compile(
    r"\b(absolutely|certainly|definitely|of course|surely|sicher|natürlich|bestimmt|certainement|claro que|"
    r"por supuesto que) (not|nicht|pas|no)\b|\bno can do\b",
    re.IGNORECASE,
)
_NEVER = re.compile(r"\b(never|nothing|nie|nichts|jamais|rien|nunca|nada)\b", re.IGNORECASE)
_BUT = re.compile(
    r"\b(but|however|although|unfortunately|aber|jedoch|leider|mais|malheureusement|pero|lamentablemente)\b",
    re.IGNORECASE,
)
_BY_MAIL = re.compile(
    r"\b((by|per|via|over) (e-?mail|mail)|in writing|schriftlich|par (mail|écrit|courriel|e-?mail)|por (correo|"
    r"escrito|mail|e-?mail))\b",
    re.IGNORECASE,
)
#: "Margaret Ellwood has left the firm and is free to talk."
_NAMED_BEFORE = re.compile(
    r"\b(?!Prof|Dr\b|Doc|Le\b|La\b|El\b)[A-Z][\w'-]+ [A-Z][\w'-]+\b(?!\s*[,!:-])(?![^.;!?]*\b(I|I'd|I'm|me|we|"
    r"ich|je|yo)\b)[^.;!?]{1,50}$"
)
_OTHERS = re.compile(
    r"\b(she|he|they|everybody|everyone|anybody|who|people|colleagues?|others)\b(?![^.;!?]*\b(i|i'd|me|we)\b)[^.;!?]{0,40}$",
    re.IGNORECASE,
)
#: So few words are a greeting or a closing.
_CLOSING = 4
_Counts = Callable[[str, re.Match[str]], bool]


def sentences(text: str) -> tuple[str, ...]:
    """Return the sentences of a text, in order, apostrophes made plain and wrapped lines joined."""
    plain = text.replace("’", "'").replace("‘", "'").replace("`", "'")
    plain = _NUMBER.sub("number ", joined_lines(plain))
    plain = _NO_APOSTROPHE.sub(r"\1't", _IM.sub("i'm", _LETS.sub("let's", plain)))
    return tuple(piece.strip() for piece in _SENTENCE.split(plain) if piece and piece.strip())


def opt_out_words(said: Sequence[str], language: str = ENGLISH) -> str:
    """Return the sentence that asks never to be written to again, or ""."""
    words = answer_words(language)
    if said and len(said) <= 2 and words.stop.match(said[0]) and all(len(s.split()) <= _CLOSING for s in said[1:]):
        return said[0]
    return next((s for s in said if words.opt_out.search(s) and not words.not_opt_out.search(s)), "")


def is_by_mail(sentence: str) -> bool:
    """Return whether what the sentence offers is to be had in writing."""
    return bool(_BY_MAIL.search(sentence))


def is_for_another(sentence: str) -> bool:
    """Return whether the writer says that they are not the one who was meant."""
    return bool(_FOR_ANOTHER.search(sentence))


def is_about_a_list(sentence: str, language: str = ENGLISH) -> bool:
    """Return whether the sentence is about newsletters, footers and the like: no wish not to be written to."""
    return bool(answer_words(language).not_opt_out.search(sentence))


def no_words(said: Sequence[str], language: str = ENGLISH) -> tuple[int, str]:
    """Return ``(position, sentence)`` of the last refusal of the meeting itself, or (-1, "").

    Refused times and ways of meeting do not count: see :func:`time_refused` and :func:`way_refused`.
    """

    def counts(sentence: str, match: re.Match[str]) -> bool:
        return not (_refuses_a_time(sentence, match, language) or _refuses_a_way(sentence, match, language))

    return _last(answer_words(language).no, said, counts)


def time_refused(said: Sequence[str], language: str = ENGLISH) -> str:
    """Return the last sentence that refuses a time only ("I can't meet until March"), or ""."""
    return _last(answer_words(language).no, said, lambda s, match: _refuses_a_time(s, match, language))[1]


def way_refused(said: Sequence[str], language: str = ENGLISH) -> str:
    """Return the last sentence that refuses a way of meeting only ("I can't meet in person"), or ""."""
    return _last(answer_words(language).no, said, lambda s, match: _refuses_a_way(s, match, language))[1]


def yes_words(said: Sequence[str], language: str = ENGLISH) -> tuple[int, str]:
    """Return ``(position, sentence)`` of the last agreement, or (-1, "").

    "Happy to introduce you" is none; nor is a question.
    """
    words = answer_words(language)

    def counts(sentence: str, match: re.Match[str]) -> bool:
        negated = words.not_before.search(sentence[max(0, match.start() - 24) : match.start()])
        negated = (
            negated or _SURELY_NOT.search(sentence) or _NEGATED_AFTER.search(sentence[match.end() : match.end() + 24])
        )
        before = sentence[max(0, match.start() - 60) : match.start()]
        negated = negated or _OTHERS.search(before) or _NAMED_BEFORE.search(before)
        return not negated and not sentence.endswith("?")

    return _last(words.yes, said, counts)


_I = {
    "en": re.compile(r"\b(i|i'd|i'll|i'm|i've|me|we|we'd|us)\b", re.IGNORECASE),
    "de": re.compile(r"\b(ich|wir|mir|mich|uns)\b", re.IGNORECASE),
    "fr": re.compile(r"\b(je|j'\w+|nous|moi|m'\w+|me)\b", re.IGNORECASE),
    "es": re.compile(r"\b(yo|me|puedo|tengo|estoy|estaré|quedo|quiero|conmigo)\b", re.IGNORECASE),
}


def speaks_of_oneself(sentence: str, language: str = ENGLISH) -> bool:
    """Return whether the writer is among those of whom the sentence speaks."""
    return bool(_I.get(language, _I[ENGLISH]).search(sentence))


def opens_a_time(sentence: str, language: str = ENGLISH) -> bool:
    """Return whether the sentence says of a time that it is free, or proposes it."""
    return bool(answer_words(language).open_to.search(sentence))


def asks_something(sentence: str, language: str = ENGLISH) -> bool:
    """Return whether the sentence is a question that wants an answer; "How are you?" and "OK?" are none."""
    polite = answer_words(language).polite
    mannerly = polite.match(sentence) or polite.match(re.split(r"[,;]\s+(?:and\s|so\s|und\s|et\s|y\s)?", sentence)[-1])
    return sentence.rstrip(" )\"'").endswith("?") and not mannerly


_INDIRECTLY = re.compile(
    r"\b((would|'d) (like|love|want|need) to know|wants? to know|(am|is|are|was) wondering|"
    r"(möchte|würde|wüsste) [^.!?]{0,30}(wissen|gern)|(voudrai[st]|aimerai[st]) (bien )?savoir|"
    r"(quisiera|querría|(me|le) gustaría) saber)\b"
    r"[^.!?]{0,80}\b(whether|if|what|which|how|who|why|ob|was|wie|wer|si|ce que|comment|qué|cómo|quién)\b",
    re.IGNORECASE,
)
_PASSED_ON = re.compile(
    r"\b(passed|forwarded|given|handed) [^.!?]{0,40}\b(on )?to (me|us)\b|\bme (ha|han) pasado\b", re.IGNORECASE
)


def asks_indirectly(sentence: str) -> bool:
    """Return whether the sentence tells what somebody would like to know first."""
    return bool(_INDIRECTLY.search(sentence))


_ASKS_FOR_TIMES = re.compile(
    r"\b(send|suggest|propose|offer|give|share|let me have|schick|nenn|schlag|propos|envoy|mand|"
    r"env[ií])\w*\b[^.!?]{0,50}"
    r"\b(times|dates|slots|options|something|others?|another|termine|zeiten|vorschläge|créneaux|d'autres|fechas|horarios|"
    r"opciones|huecos|otr[oa]s)\b",
    re.IGNORECASE,
)


def asks_for_times(sentence: str) -> bool:
    """Return whether the sentence asks to be sent times: those that it names only bound them."""
    return bool(_ASKS_FOR_TIMES.search(sentence))


def is_passed_on(sentence: str) -> bool:
    """Return whether the letter was passed on to the one who writes, so that nobody else is put forward."""
    return bool(_PASSED_ON.search(sentence))


_MORE_THAN_WHEN = re.compile(
    r"\b(with|for)\s(my|our|his|her|their)\b"
    r"|\b(my|our|meiner?|meinem|unserer?|mon|ma|notre|nuestr[oa]|mi)\s(\w+\s)?"
    r"(colleague|assistant|secretary|manager|boss|partner|team|office|kolleg\w*|assisten\w*|sekret\w*|chef\w*|büro"
    r"|collègue|assistante?|secrétaire|équipe|compañer\w*|colega|asistente|secretari\w*|jef\w*|equipo)\b"
    r"|\bto\swork\b|\b(job|position|start|begin|internship|placement|stelle|praktikum|anfangen|beginnen|poste|stage|commencer"
    r"|empezar|puesto|prácticas)\b",
    re.IGNORECASE,
)


def asks_when(sentence: str, language: str = ENGLISH) -> bool:
    """Return whether the sentence only asks when one would like to meet, so that offering times answers it.

    Who else might be met, and what else for, is nothing that times answer.
    """
    when = answer_words(language).when
    return (
        bool(when.match(sentence) or when.match(sentence.rpartition(", ")[2]))  # "I can talk, when does it suit you?"
        and not _MORE_THAN_WHEN.search(sentence)
        and not people_without_address((sentence,), language)
        and not mentions(sentence, language, date.min)
    )


def turns(sentence: str) -> bool:
    """Return whether there is a "but" in it."""
    return bool(_BUT.search(sentence))


def takes_back(sentence: str, language: str = ENGLISH) -> bool:
    """Return whether a "but" stands behind an agreement."""
    match = answer_words(language).yes.search(sentence)
    return match is not None and bool(_BUT.search(sentence, match.end()) or _NEVER.search(sentence))


def hedged(said: Sequence[str], language: str = ENGLISH) -> str:
    """Return the first sentence that puts off or leaves open, or ""."""
    return next((sentence for sentence in said if answer_words(language).hedge.search(sentence)), "")


def put_off(said: Sequence[str], language: str = ENGLISH) -> str:
    """Return the first sentence that puts off to a later season, or ""; whether there is a yes in it or not."""
    return next((sentence for sentence in said if answer_words(language).later.search(sentence)), "")


def refers_elsewhere(said: Sequence[str], language: str = ENGLISH) -> bool:
    """Return whether somebody else is spoken of as the one to ask."""
    return any(answer_words(language).refers.search(sentence) for sentence in said)


_DECLINES = re.compile(
    r"\b(pass|decline|say no|no from \w+|passen|absagen|ablehnen|nein sagen|décliner|refuser|dire non|declinar|"
    r"rechazar|"
    r"decir(te|le)? que no)$",
    re.IGNORECASE,
)
#: The days of which the sentence speaks are those that were offered.
_THAT_WEEK = re.compile(
    r"\b((that|the|this) (whole|entire|full) week|(whole|entire) of that week|all (of )?that week|"
    r"die ganze woche|in der woche bin|toute la semaine|cette semaine-là|esa semana|toda la semana)\b",
    re.IGNORECASE,
)
#: "Next week we sail, impossible."
_OF_WHATEVER_IS_BEFORE = re.compile(r"impossible|imposible|unmöglich", re.IGNORECASE)


def _refuses_a_time(sentence: str, match: re.Match[str], language: str) -> bool:
    before = sentence[max(match.start() - 25, 0) : match.start()]
    after = sentence[match.end() : match.end() + 40]
    if not _OF_WHATEVER_IS_BEFORE.fullmatch(match[0].strip()):
        before = re.split(r"[,;:]", before)[-1]
    if _DECLINES.search(match[0]):
        after = after.partition(",")[0]  # "I must pass, from next week on I am away"
    if _THAT_WEEK.search(sentence):
        return True
    return bool(answer_words(language).time.search(before + match[0] + after))


def _refuses_a_way(sentence: str, match: re.Match[str], language: str) -> bool:
    return bool(answer_words(language).way.search(sentence[match.end() : match.end() + 40]))


def _last(pattern: re.Pattern[str], said: Sequence[str], counts: _Counts) -> tuple[int, str]:
    place, at = -1, ""
    offset = 0
    for sentence in said:
        for match in pattern.finditer(sentence):
            if counts(sentence, match):
                place, at = offset + match.start(), sentence
        offset += len(sentence) + 1
    return place, at
