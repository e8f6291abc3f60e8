"""The sentences in which people say yes, no, never again, or name somebody else; the words are in ``answer_words``."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Sequence
from datetime import date

from outreach.rules.addresses import address_key, find_addresses
from outreach.rules.answer_words import answer_words
from outreach.rules.languages import ENGLISH, GERMAN
from outreach.rules.time_mentions import mentions

_ABBREVIATIONS = ("[A-Z]", "Dr", "Mr", "Ms", "Mrs", "St", "Prof", "Sra", "Sr", "Mme", "ca", "bzw", r"[ap]\.m")
_NOT_AN_END = "".join(rf"(?<!\b{word}\.)" for word in _ABBREVIATIONS) + r"(?<!\d\.)"
_MONTH = r"(?:Jan|Feb|Fév|Mär|Mar|Apr|Avr|Abr|Mai|May|Jun|Jui|Jul|Aug|Aoû|Ago|Sep|Okt|Oct|Nov|Dez|Dec|Déc|Dic)"
_SENTENCE = re.compile(
    rf"(?:{_NOT_AN_END}(?<=\.)(?!(?<=\.\.)\s+[a-z])|(?<=[!?])|(?<=\d\.)(?=\s+(?!{_MONTH})(?:[¿¡]?[A-ZÄÖÜÉÈ][a-zäöüéè]|(?:I|A|Y)\s[a-z])))\s+|\n+"
)
#: A line that breaks off in mid-sentence: before a small letter, or because it is as long as lines are.
_BEFORE_SMALL = re.compile(r"(?<=[^\s.!?:…])[ \t]*\n(?=[ \t]*[a-zäöüàâéèêíóúñç])")
#: What people type on telephones.
_NO_APOSTROPHE = re.compile(r"\b(can|don|won|isn|doesn|didn|couldn|wouldn|haven|wasn|aren)t\b", re.IGNORECASE)
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
_OTHERS = re.compile(
    r"\b(she|he|they|everybody|everyone|anybody|who|people|colleagues?|others)\b(?![^.;!?]*\b(i|i'd|me|we)\b)[^.;!?]{0,40}$",
    re.IGNORECASE,
)
_WRAPPED = re.compile(r"(?<=[^\n]{56}[^\s.!?:…])[ \t]*\n(?=[ \t]*[^\W_])")
#: "j.doe at firm dot example dot com", spelled so for fear of spam.
_SPELLED = re.compile(
    r"\b([\w.+-]{1,64}) ?(?:\bat\b|\(at\)|\[at\]) ?([\w-]{1,63}) ?(?:\bdot\b|\(dot\)|\[dot\]) ?(?=\w)(\w{1,63})",
    re.IGNORECASE,
)
_DOTS = re.compile(r"(?<=[\w-]) ?(?:\bdot\b|\(dot\)|\[dot\]) ?(?=\w)", re.IGNORECASE)
_PARTICLES = r"(?:van|von|vom|de|der|den|di|da|do|du|del|della|la|le|el|al|bin|ibn|ten|ter|te|dos|das|y|zu|af|av)"
_WORD = r"[^\W\d_](?:[\w'’.-]{0,29}[^\W_])?\.?"
_NAME = re.compile(rf"{_WORD}(?: (?:{_PARTICLES} ){{0,2}}{_WORD}){{0,3}}")
_CAPITAL_RUN = re.compile(
    rf"(?:[A-ZÀ-ÖØ-ÞĀ-Ž][\w'’-]{{1,29}}|[A-Z]\.)(?: (?:{_PARTICLES} ){{0,2}}(?:[A-ZÀ-ÖØ-ÞĀ-Ž][\w'’-]{{1,29}}|"
    rf"[A-Z]\.)){{0,3}}"
)
_NO_NAME_WORDS = (
    "please try my our your the a an i he she they we you it its his her their this that these those at via on is are "
    "was by to for with from and or but so if as in of dear hi hello hey thanks thank best regards unfortunately sorry "
    "instead maybe perhaps however also contact email mail write reach talk speak ask call out colleague colleagues "
    "friend manager boss director head lead monday tuesday wednesday thursday friday saturday sunday january february "
    "march april may june july august september october november december linkedin zoom teams google yes no sure ok "
    "not can could would will should who whom whose address here there cc copying copied looping recommend suggest "
    "introduce know knows meet p.s ps good great one have has had am be been do does did skype human resources hr "
    "department team office city council university planning university communications press support info "
    "sie ihnen ihr ihre frau herr herrn ich wir bitte vielen dank liebe grüße montag dienstag mittwoch donnerstag "
    "freitag "
    "januar februar märz mai juni juli oktober dezember leider stadtplanung abteilung referat kollegin kollege "
    "kollegen "
    "vous madame monsieur mme bonjour merci cordialement lundi mardi mercredi jeudi vendredi service mairie ville "
    "usted señora señor hola gracias saludos lunes martes miércoles jueves viernes ayuntamiento departamento estimada "
    "estimado sra sr dra dr prof mr ms mrs"
)
_NO_NAME = frozenset(_NO_NAME_WORDS.split())
_Counts = Callable[[str, re.Match[str]], bool]


def sentences(text: str) -> tuple[str, ...]:
    """Return the sentences of a text, in order, apostrophes made plain and wrapped lines joined."""
    plain = text.replace("’", "'").replace("‘", "'").replace("`", "'")
    plain = _WRAPPED.sub(" ", _BEFORE_SMALL.sub(" ", plain))
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
        negated = negated or _OTHERS.search(sentence[max(0, match.start() - 60) : match.start()])
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
    mannerly = polite.match(sentence) or polite.match(re.split(r"[,;]\s+(?:and\s|und\s|et\s|y\s)?", sentence)[-1])
    return sentence.rstrip(" )\"'").endswith("?") and not mannerly


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


def named_people(text: str, known: frozenset[str]) -> tuple[tuple[str, str], ...]:
    """Return ``(name, address)`` of each address in the text but ``known`` (keys), with the name beside it."""
    found: dict[str, tuple[str, str]] = {}
    before = 0
    text = _SPELLED.sub(r"\1@\2.\3", _WRAPPED.sub(" ", _BEFORE_SMALL.sub(" ", text)))
    text = _DOTS.sub(".", text) if "@" in text else text
    for start, end, email in find_addresses(text):
        key = address_key(email)
        if key not in known and key not in found:
            name = _name_beside(text[max(before, start - 240) : start], text[end : end + 60], email)
            found[key] = (name, email)
        before = end
    return tuple(found.values())


#: So few words are a greeting or a closing.
_CLOSING = 4


def people_without_address(
    said: Sequence[str],
    language: str = ENGLISH,
    mine: frozenset[str] = frozenset(),
    *,
    pointing: Collection[str] = (),
) -> tuple[str, ...]:
    """Return the names of people who are put forward without an address, as far as the words show that they are.

    ``mine`` are words of the two writers' own names, in lower case; ``pointing`` are sentences that are known to put
    somebody forward, whatever their words.
    """
    words = answer_words(language)
    found: dict[str, None] = {}
    for sentence in said:
        if "@" in sentence:
            continue
        for match in words.to_whom.finditer(sentence):
            run = _CAPITAL_RUN.match(sentence, match.end())
            name = _trimmed(run[0]) if run else ""
            # One word alone is a name in English only, and behind a title: elsewhere it may be any noun or place.
            if name and not _is_mine(name, mine) and (" " in name or language == ENGLISH or _TITLE.search(match[0])):
                found[name] = None
        puts_forward = sentence in pointing
        if puts_forward:
            for title in _BEFORE_NAME.finditer(sentence):
                run = _CAPITAL_RUN.match(sentence, title.end())
                name = _trimmed(run[0]) if run else ""
                if name and not _is_mine(name, mine):
                    found[name] = None
        if language != GERMAN and (puts_forward or words.refers.search(sentence) or _PRAISES.search(sentence)):
            for run in _CAPITAL_RUN.finditer(sentence):
                name = _trimmed(run[0])
                if len(name.split()) > 1 and not _is_mine(name, mine):
                    found[name] = None
    full = [name for name in found if " " in name]
    return tuple(full[:3] or list(found)[:1])


def speaks_of_somebody(said: Sequence[str], mine: frozenset[str]) -> bool:
    """Return whether a sentence holds what may be the name of a third person, first and last."""
    for sentence in said:
        if len(sentence.split()) <= _CLOSING:
            continue
        for run in _CAPITAL_RUN.finditer(sentence):
            name = _trimmed(run[0])
            if " " in name and not _is_mine(name, mine):
                return True
    return False


def _is_mine(name: str, mine: frozenset[str]) -> bool:
    return any(word.lower() in mine for word in name.split())


_TITLE = re.compile(
    r"\b(frau|herrn?|dr|prof|mme|madame|monsieur|m|sra?|señora?|doña|don|mrs?|ms|mtr[ao]|ing|arq)\b\.?", re.IGNORECASE
)
_BEFORE_NAME = re.compile(
    r"(?<!['’\w])(frau|herrn?|dr|prof|mme|madame|monsieur|m(?=\.)|sra?|señora?|doña|don|mrs?|ms|mtr[ao])\b\.?\s+",
    re.IGNORECASE,
)
#: What is said of somebody who is put forward.
_PRAISES = re.compile(
    r"\b(would (do it|be glad|be happy|love)|is (far|much) better|knows? (more|all)|took over|took my|has my (desk|"
    r"job|chair)|getting my|"
    r"übernommen|kennt sich|weiß (viel )?mehr|redet gern|adore|sait|connaît|conoce|sabe|coordina|the (person|one) "
    r"you)\b",
    re.IGNORECASE,
)


def _trimmed(run: str) -> str:
    """Return the name at the beginning of a run of capitalised words, "" when the first is no name."""
    kept: list[str] = []
    for word in run.split():
        if word.strip(".,").lower() in _NO_NAME and not (kept and re.fullmatch(_PARTICLES, word)):
            if not kept:
                return ""
            break
        kept.append(word)
    return " ".join(kept[: _last_capital(kept)])


def _name_beside(before: str, after: str, email: str) -> str:
    in_brackets = re.match(rf"^[>\s]*\(({_NAME.pattern})\)", after)
    if in_brackets and _is_name(in_brackets[1]):
        return in_brackets[1]
    local = re.sub(r"[^a-z]", "", _plain(email.partition("@")[0]))
    fitting = [
        run
        for run in _runs_of_capitals(before)
        if any(len(word) > 2 and _plain(word) in local for word in re.split(r"[\W_]+", run))
    ]
    if fitting:
        return max(fitting, key=lambda run: (len(run.split()) > 1, before.rfind(run.split()[0])))
    sentence = re.split(r"[!?\n]|\.\s(?=[A-Z][a-z]+ [a-z])", before)[-1]
    runs = [run for run in _runs_of_capitals(sentence) if run]
    return runs[-1] if runs and " " in runs[-1] else ""


def _plain(text: str) -> str:
    """Return the text in lower case without accents, as people write themselves in addresses."""
    decomposed = unicodedata.normalize("NFKD", text.lower().replace("ß", "ss").replace("ø", "o").replace("ł", "l"))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


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


def _refuses_a_time(sentence: str, match: re.Match[str], language: str) -> bool:
    before = re.split(r"[,;:]", sentence[max(match.start() - 25, 0) : match.start()])[-1]
    return bool(answer_words(language).time.search(before + sentence[match.start() : match.end() + 40]))


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
