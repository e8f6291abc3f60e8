"""What limits, doubts or takes back what an answer says: conditions, reserves, courtesies that are no yes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from outreach.rules.languages import ENGLISH
from outreach.rules.reply_words import turns

_CONDITIONS = {
    "en": re.compile(
        r"\b(unless|if|provid(ed|ing)|as long as|assuming|given that|on (the )?condition|until|till|by|before|"
        r"after|weeks?|months?|in (january|february|march|april|may|june|july|august|"
        r"september|october|november|december)|other(?! (two|one|ones|days|times)\b)|another|different|rather|"
        r"instead|quarter|half|colleague|would "
        r"have|could have|cancel|wait|but (i|we) (mean|meant|need|must|have to)|though(?!\W*$)|hold off|approv\w+|"
        r"not yet|"
        r"vacation|holiday|leave|meetings?|busy|taken|\w+ time\b(?<!any "
        r"time)(?<!berlin time)(?<!german time)(?<!local time)(?<!your time))\b",
        re.IGNORECASE,
    ),
    "de": re.compile(
        r"\b(wenn|falls|sofern|außer|bis|vor|nach|wochen?|monate?n?|im (april|mai|juni|juli)|ander\w+|lieber|"
        r"statt\w*|viertel|kolleg\w+|"
        r"aber|nicht|kaum|kein\w*|nie|hätte|zustimm\w+|genehmig\w+|"
        r"absagen|warten|urlaub|dienstreise|vergeben|schon|melde|zeit\b(?<=\w zeit))\b",
        re.IGNORECASE,
    ),
    "fr": re.compile(
        r"\b(si|sauf|jusqu\w*|avant|après|semaines?|mois|en (avril|mai|juin)|autre\w*|plutôt|quart|demie|"
        r"collègue\w*|"
        r"aurait|annuler|attendre|congés?|vacances|rappelle|compliqué|heure d[eu])\b",
        re.IGNORECASE,
    ),
    "es": re.compile(
        r"\b(si|salvo|hasta|antes|después|semanas?|mes(es)?|en (abril|mayo|junio)|otr[oa]s?|mejor|cuarto|colega\w*|"
        r"pero|nunca|habría|"
        r"cancelar|esperar|déj\w+|vacaciones|reunión|difícil|hora de)\b",
        re.IGNORECASE,
    ),
}
_HANGS_ON = {
    "en": re.compile(r"^\W*(and |but |so )?(if|unless|should|in case)\b", re.IGNORECASE),
    "de": re.compile(r"^\W*(und |aber )?(wenn|falls|sofern|sollte)\b", re.IGNORECASE),
    "fr": re.compile(r"^\W*(et |mais )?(si|à moins|au cas)\b", re.IGNORECASE),
    "es": re.compile(r"^\W*(y |pero )?(si|a menos|salvo|en caso)\b(?!,)", re.IGNORECASE),
}
_HOLDS_OFF = re.compile(
    r"\b(hold off|(don't|do not|please not) (book|send|confirm|schedule)\b|subject to|"
    r"(has|have|needs?) to (approve|agree|sign|clear)|(muss|müssen) [^.!?]{0,30}(zustimmen|genehmigen)|"
    r"noch nicht (buchen|eintragen|zusagen)|vorbehaltlich|"
    r"(doit|doivent) [^.!?]{0,30}(approuver|valider|accepter)|sous réserve|(tiene|tienen) que (aprobar|autorizar)\w*|"
    r"no (reserve|confirme)\w*)\b",
    re.IGNORECASE,
)
_LIMITED = re.compile(
    r"(?:^|\s)(?<!take )\S*@|\b(sondern|mais (à|plutôt)|usa|rather(?! (not|than))|instead|(call|ring|phone) me|"
    r"rufen sie|ruf mich|llám\w+|"
    r"let's (just )?talk|"
    r"(in|auf) (english|german|french|spanish|englisch|deutsch|französisch|spanisch)|"
    r"en (anglais|allemand|français|espagnol|inglés|alemán|francés|español)|until|till|before|bis (zum|nach|ende|"
    r"ostern)|"
    r"jusqu\w+|hasta|waiting list|cc|pdfs?|attachments?|(not |n't )?need(ed)?|brauchen)\b",
    re.IGNORECASE,
)
_COURTESY = re.compile(
    r"^\W*((many )?thank(s| you)\b|(talk|speak|see you|write) soon|best (wishes|regards)|bis (bald|dann)|"
    r"vielen dank|danke|"
    r"à bientôt|merci|hasta (pronto|entonces)|gracias|saludos)",
    re.IGNORECASE,
)
_DENIES = re.compile(
    r"\b(not|n't|don't|neither|nor|either|never|died|forbids?|would have been|mistaken|told me|asked me|from me|"
    r"nicht|auch keine?|hat mir|ne|pas|m'avait|tampoco|no)\b",
    re.IGNORECASE,
)
_SOMETHING_ELSE = re.compile(
    r"\b(so (formal\w*|stiff\w*|late|early|often|förmlich|spät|oft)|as if|in such|without|today|tonight|"
    r"this (week|month|year)|for a (week|month|while)|"
    r"on (mon|tues|wednes|thurs|fri|satur|sun)days?|through|via|phone|linkedin|xing|there|the office|"
    r"reminders?|anything|"
    r"beforehand|forms|formalities|recording|recorded|quoted|video|slides?|speakers?|study|interview|page|footer|zoom|him|"
    r"her|them|university|necessary|needed|my side|kidding|joking|you'd be|be the last|must be|i always|people|"
    r"students?|"
    r"your colleague|if you|heute|vor \w+ uhr|diese adresse|firma|über|reden|nachdenken|schlafen|nach dem|liste am|"
    r"instituts?|handynummer|nötig|förmlich|tarde|hoy|esta semana|este correo|trabajo|por (linkedin|teléfono)|"
    r"universidad|"
    r"estudio|del (lunes|martes|miércoles|jueves|viernes)|ce soir|week-end|cette adresse(?! de)|par (linkedin|"
    r"téléphone)|"
    r"invités|étude|réfléchir|vous ne me)\b",
    re.IGNORECASE,
)
_HABIT = re.compile(
    r"\b(not|n't) (always|usually|normally|often|generally|as a rule)\b|\b(usually|normally|generally) (don't|"
    r"do not)\b|"
    r"\bnicht immer\b|\b(sonst|normalerweise|üblicherweise|in der regel) [^.!?]{0,30}\b(nicht|kein\w*)\b|"
    r"\b(pas|jamais) (toujours|d'habitude|normalement|habituellement|souvent)\b|"
    r"\b(no (siempre|suelo|acostumbro)|normalmente no|por lo general no)\b",
    re.IGNORECASE,
)
_WISHES = re.compile(
    r"\b(good luck|best of luck|viel (erfolg|glück)|bonne (continuation|chance)|(mucha )?suerte|muchos éxitos|"
    r"gern geschehen|"
    r"de rien|de nada)\b",
    re.IGNORECASE,
)
_PROVISO = re.compile(
    r"\b(if (?!(that|it|this) (helps|works|suits)|you('d| would)? (like|want|need|prefer|have any|wish)|anything|"
    r"needed|so\b)|"
    r"provid(ed|ing)|as long as|assuming|given that|on (the )?condition|in person only|only in person|"
    r"first(?=\W*$)|just not|"
    r"(wenn|falls|sofern)\b(?! (sie|du|ihnen|dir|es|das) (\w+ )?(möchte\w*|mag\w*|mögen|will\w*|wollen|passt|"
    r"recht|hilft))|"
    r"vorausgesetzt|solange|si (?!(vous|tu|ça|cela) |quier|gust|le parece|te parece|lo dese)|si c'est|pourvu que|"
    r"à condition|"
    r"siempre que|con tal|a condición)",
    re.IGNORECASE,
)


def is_conditional(sentence: str) -> bool:
    """Return whether words stand beside a time that may make it another one, or none: "in two weeks", "unless", "
    ""but"."""
    # In all languages: short answers do not show theirs.
    return any(pattern.search(sentence) for pattern in _CONDITIONS.values())


def hangs_on(sentence: str, language: str = ENGLISH) -> bool:
    """Return whether what a sentence says holds only if something else does."""
    return bool(_HANGS_ON.get(language, _HANGS_ON[ENGLISH]).search(sentence))


def holds_off(sentence: str) -> bool:
    """Return whether the sentence asks to wait with what is agreed, or makes it hang on somebody else."""
    return bool(_HOLDS_OFF.search(sentence))


def is_limited(said: Sequence[str], wish: str) -> bool:
    """Return whether a wish not to be written to may hold only for an address, a language, a time or a way."""
    at = said.index(wish)
    return any(_LIMITED.search(each) for each in said[at : at + 2])


def is_habit(sentence: str) -> bool:
    """Return whether the sentence says what the writer does as a rule: an exception may follow."""
    return bool(_HABIT.search(sentence))


def is_turned_down(sentence: str) -> bool:
    """Return whether a sentence that names somebody denies something of them: "don't try her", "neither is she"."""
    return bool(_DENIES.search(sentence))


def is_of_something_else(sentence: str) -> bool:
    """Return whether a wish not to be written to, or to be struck off, may be about a time, a way or another thing."""
    return bool(_SOMETHING_ELSE.search(sentence))


def is_courtesy(sentence: str) -> bool:
    """Return whether the sentence thanks, or closes a letter, and is no refusal by its words."""
    return bool(_COURTESY.search(sentence)) and not turns(sentence)


def wishes_well(sentence: str) -> bool:
    """Return whether the sentence takes leave with good wishes, whatever polite word is before them."""
    return bool(_WISHES.search(sentence))


def has_proviso(sentence: str) -> bool:
    """Return whether what the sentence agrees to hangs on something: "as long as it stays confidential"."""
    return bool(_PROVISO.search(sentence))
