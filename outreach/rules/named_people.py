"""Who is named in an answer: people with an address, and those who are put forward without one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence

from outreach.rules.addresses import address_key, find_addresses
from outreach.rules.answer_words import AnswerWords, answer_words
from outreach.rules.joined_lines import joined_lines
from outreach.rules.languages import ENGLISH, GERMAN

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
_THANKS = re.compile(r"^\W*(many )?(thanks|thank you|danke|vielen dank|merci|gracias)\b", re.IGNORECASE)
#: "My colleague Tom Baker showed me your letter": spoken of, not put forward.
_TOLD_ME = re.compile(
    r"\b(showed|told|gave|sent|forwarded|passed|mentioned|asked) [^.!?]{0,30}\b(me|us)\b|"
    r"\b(hat|haben) (mir|uns) [^.!?]{0,40}\b(gezeigt|gegeben|weitergeleitet|erzählt)\b",
    re.IGNORECASE,
)
#: Puts forward whoever was spoken of just before.
_POINTS_BACK = re.compile(
    r"\b((ask|try|write to|talk to|speak to|speak with|go to|call|ring|e-?mail|contact|reach out to|get in touch with)"
    r" (her|him|them)\b|"
    r"(schreib|frag|ruf|kontaktier)\w* (sie )?(\w+ ){0,2}?(ihr|ihm|sie|ihn)\b(?! (sich|mich|uns))|"
    r"you want (?=(dr|mr|mrs|ms|prof)?\.? ?[A-Z])|"
    r"vous (la|le|les) trouverez|(écrivez|écris|demandez|demande)[ -](lui|leur)|(contactez|appelez|contacte|"
    r"appelle)-(la|le)\b|"
    r"escríb[ae](le|la|lo)|(puede|puedes) escribirle|pregúnt[ae]l[ea]|llám[ae]l[ao]|contáct[ae]l[ao])",
    re.IGNORECASE,
)
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
    r"job|chair)|getting my|would be perfect|serait parfaite?|sería perfect[oa]|"
    r"übernommen|kennt sich|(mehr|besser) (sagen|erzählen|helfen|weiterhelfen)|weiß (viel )?mehr|redet gern|"
    r"adore|sait|connaît|conoce|sabe|coordina|the (person|one) "
    r"you)\b",
    re.IGNORECASE,
)
#: So few words are a greeting or a closing.
_GREETING = 4


def named_people(text: str, known: frozenset[str]) -> tuple[tuple[str, str], ...]:
    """Return ``(name, address)`` of each address in the text but ``known`` (keys), with the name beside it."""
    found: dict[str, tuple[str, str]] = {}
    before = 0
    text = _SPELLED.sub(r"\1@\2.\3", joined_lines(text))
    text = _DOTS.sub(".", text) if "@" in text else text
    for start, end, email in find_addresses(text):
        key = address_key(email)
        if key not in known and key not in found:
            name = _name_beside(text[max(before, start - 240) : start], text[end : end + 60], email)
            found[key] = (name, email)
        before = end
    return tuple(found.values())


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
    for place, sentence in enumerate(said):
        if "@" in sentence or _THANKS.match(sentence) or _TOLD_ME.search(sentence):
            continue
        if _POINTS_BACK.search(sentence):
            found |= dict.fromkeys(_spoken_of(said[max(0, place - 2) : place + 1]))
        found |= dict.fromkeys(_named_after(sentence, words, language))
        if sentence in pointing:
            found |= dict.fromkeys(_titled(sentence))
        if language == GERMAN and _PRAISES.search(sentence):
            found |= dict.fromkeys(_spoken_of((sentence,)))
        if language != GERMAN and (sentence in pointing or words.refers.search(sentence) or _PRAISES.search(sentence)):
            found |= dict.fromkeys(name for name in _runs_of_capitals(sentence) if " " in name)
    named = [name for name in found if name and not _is_mine(name, mine)]
    full = [name for name in named if " " in name]
    return tuple(full[:3] or named[:1])


def _spoken_of(said: Sequence[str]) -> Iterator[str]:
    """Yield first and last names: "Tabitha Greaves was a welder until she was thirty. Ask her." """
    for sentence in said:
        names = (" ".join(run.split()[-2:]) for run in _runs_of_capitals(sentence))
        yield from (name for name in names if " " in name)


def _named_after(sentence: str, words: AnswerWords, language: str) -> Iterator[str]:
    for match in words.to_whom.finditer(sentence):
        run = _CAPITAL_RUN.match(sentence, match.end())
        name = _trimmed(run[0]) if run else ""
        # One word alone is a name in English only, and behind a title: elsewhere it may be any noun or place.
        if " " in name or language == ENGLISH or _TITLE.search(match[0]):
            yield name


def _titled(sentence: str) -> Iterator[str]:
    for title in _BEFORE_NAME.finditer(sentence):
        run = _CAPITAL_RUN.match(sentence, title.end())
        yield _trimmed(run[0]) if run else ""


def speaks_of_somebody(said: Sequence[str], mine: frozenset[str]) -> bool:
    """Return whether a sentence holds what may be the name of a third person, first and last."""
    for sentence in said:
        if len(sentence.split()) <= _GREETING:
            continue
        for run in _CAPITAL_RUN.finditer(sentence):
            name = _trimmed(run[0])
            if " " in name and not _is_mine(name, mine):
                return True
    return False


def _is_mine(name: str, mine: frozenset[str]) -> bool:
    return any(word.lower() in mine for word in name.split())


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
