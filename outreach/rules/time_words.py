"""The words in which days and times are spoken of, language by language: data for ``time_mentions``."""
# ruff: noqa: E501 - patterns are easier to keep in one line each

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from outreach.rules.languages import ENGLISH, FRENCH, GERMAN, SPANISH


@dataclass(frozen=True, kw_only=True)
class TimeWords:
    """One language's words; each ``str`` is a regular expression in lower case, or alternatives of one.

    ``weekdays`` and ``months`` begin with Monday and January; ``numbers`` with one. ``parts`` maps a part of the day
    to hours from and to. ``half_before`` tells of languages in which "half three" is half an hour before it.
    """

    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    numbers: tuple[str, ...]
    days_from_now: Mapping[str, int]
    next_week: str
    each_day: str
    parts: Mapping[str, tuple[int, int]]
    noon: str
    hour: str
    at: str
    between: str
    joint: str
    weak_joint: str
    after: str
    onwards: str
    before: str
    half: str
    half_before: bool
    half_after: str
    quarter: str
    quarter_after: str
    the_nth: str
    day_joint: str
    contrast: str
    refused: str
    any_of: str
    any_but: str
    none_of: str
    vague: str
    ordinals: Mapping[str, int]
    choices: str
    suits: str
    am_and_pm: bool = False


_ENGLISH = TimeWords(
    am_and_pm=True,
    weekdays=(
        "mon(?:day)?s?",
        "tue(?:s(?:day)?)?s?|tuseday|teusday",
        "wed(?:nesday|s)?s?|wednsday|wendsday|wensday|wednesay",
        "thu(?:r(?:s(?:day)?)?)?s?|thursaday|thrusday|thurday",
        "fri(?:day)?s?|firday|frday",
        "sat(?:urday)?s?",
        "sun(?:day)?s?",
    ),
    months=(
        "jan(?:uary)?",
        "feb(?:ruary)?",
        "mar(?:ch)?",
        "apr(?:il)?",
        "may",
        "june?",
        "july?",
        "aug(?:ust)?",
        "sept?(?:ember)?",
        "oct(?:ober)?",
        "nov(?:ember)?",
        "dec(?:ember)?",
    ),
    numbers=("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    days_from_now={
        "today": 0,
        "this (?:morning|afternoon|evening)": 0,
        "the day after tomorrow": 2,
        "(?:tomorrow|tmrw|tmw|tomoz)": 1,
    },
    next_week="next week|week after",
    each_day="any|every|each|all|most",
    parts={
        "(?<!good )mornings?": (9, 12),
        "(?<!good )afternoons?": (12, 18),
        "(?<!good )evenings?": (17, 21),
        "lunch(?:time| time| break)?": (12, 14),
        "first thing(?: in the morning)?": (8, 10),
    },
    noon="noon|midday",
    hour="o'clock|hrs?|hours|h",
    at="at|@|around|about|say|for|from about|circa|approx\\.?",
    between="between|from",
    joint="-|–|—|to|until|till|'til|through",
    weak_joint="and",
    after="after|from|any ?time (?:after|from)|(?<!no )later than|not before|starting(?: at| from)?",
    onwards="onwards?|or later|and later|or after",
    before="before|until|till|by|no later than|up to|earlier than",
    half="half (?:past )?",
    half_before=False,
    half_after="",
    quarter="quarter to ",
    quarter_after="quarter past ",
    the_nth=r"the (?P<nth>\d{1,2})(?:st|nd|rd|th)\b(?! (?:floor|grade|year|street|st\b|ave|century|option|one|slot))",
    day_joint="or|and|/",
    contrast=(
        "but|however|although|though|while|whereas|otherwise|instead|"
        "so (?=number|option|it (?:has|will|would|must|is)\\b|let's|the \\w+ (?:one|slot))"
    ),
    refused=(
        r"can't|cannot|can not|won't|wouldn't|doesn't|don't(?! mind)|isn't(?! too (?:soon|early|late|short))|aren't|would have been|could have been|not|unable|except|unfortunately|busy|booked|"
        r"conflicts?|conflicting|bad for|away|travell?ing|no good|out|tied up|full|off on|difficult|tricky|hard|tough|bad|no longer|hold|clash(?:es)?|never|neither|taken|"
        r"impossible|no go|gone|none"
    ),
    any_of=(
        r"any of (?:them|those|these|the \w+)|either (?:one|of|works|is|would|suits|will)|all (?:three|of (?:them|those|these)) |"
        r"all (?:of )?(?:the |your )?(?:proposed |offered |suggested )?(?:dates|times|slots|options)|"
        r"whichever|all fine|any works|any time (?:you|on your list)|you (?:pick|choose)(?! a)"
    ),
    any_but=r"(?:any(?:thing)?|all|any of (?:them|those|these|the)|either)(?: \w+)?,? (?:but|except(?: for)?)(?: the)?",
    none_of=(
        r"none of (?:them|those|these|the|your)|"
        r"(?:can't|cannot|can not|couldn't|able to) (?:do|make|manage|take|use) any of (?:them|those|these|the|your)|"
        r"no to (?:those|these|the|your) (?:times|dates)|"
        r"(?:those|these|the|your) (?:dates|times|slots)(?: \w+){0,3} (?:won't (?:do|work)|don't (?:work|suit)|"
        r"do not (?:work|suit)|are no good|clash)|"
        r"all (?:of )?(?:the |your |these |those )?three (?:\w+ )?(?:clash|conflict|collide|fall|"
        r"are (?:impossible|out|taken|bad|no good|gone))"
    ),
    vague=r"around|about|generally|usually|normally|typically|or so|early|earlier|late|later|end of|week after|following|\d ?-?ish|-?ish",
    ordinals={
        "first|1st|earliest": 1,
        "second|2nd": 2,
        "third|3rd": 3,
        "fourth|4th": 4,
        "fifth|5th": 5,
        "last|final|latest": -1,
        "middle": 0,
    },
    choices="one|option|slot|time|choice|suggestion|proposal|date|possibility|appointment|window",
    suits=(
        "works|work|suits|suit|is (?:good|best|fine|perfect|great|ok|okay|better)|would|please|for me|it is|then|of th"
    ),
)

_GERMAN = TimeWords(
    weekdays=(
        "montags?|mo\\.?(?= )",
        "dienstags?|di\\.?(?= )",
        "mittwochs?|mi\\.?(?= )",
        "donnerstags?|do\\.?(?= )",
        "freitags?|fr\\.(?= )|fr(?= \\d)",
        "samstags?|sonnabends?|sa\\.(?= )",
        "sonntags?|so\\.(?= \\d)",
    ),
    months=(
        "jan(?:uar|\\.)?|jänner",
        "feb(?:ruar|\\.)?",
        "mär(?:z|\\.)|maerz|mrz\\.?",
        "apr(?:il|\\.)",
        "mai",
        "juni?",
        "juli?",
        "aug(?:ust|\\.)",
        "sep(?:t)?(?:ember|\\.)",
        "okt(?:ober|\\.)",
        "nov(?:ember|\\.)",
        "dez(?:ember|\\.)",
    ),
    numbers=("eins?", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun", "zehn", "elf", "zwölf"),
    days_from_now={"heute": 0, "übermorgen": 2, "(?<!guten )morgen(?! (?:früh )?(?:um )?zusammen)": 1},
    next_week="nächste[rn]? woche|kommende[rn]? woche|folgende[rn]? woche",
    each_day="jede[nrs]?|alle|täglich",
    parts={
        "(?:am )?(?:vormittags?|morgens|früh)|dienstagmorgen": (9, 12),
        "(?:am )?(?:spät|früh)?nachmittags?": (12, 18),
        "(?:am )?abends?": (17, 21),
        "mittagspause|über mittag|(?:am )?mittags?": (12, 14),
    },
    noon="zwölf uhr mittags|mittag(?! zusammen)",
    hour="uhr|h",
    at="um|gegen|etwa um|ca\\.|circa|so um|ab ca\\.",
    between="zwischen|von|ab",
    joint="-|–|—|bis",
    weak_joint="und",
    after="nach|ab|erst ab|frühestens(?: um| ab)?|später als",
    onwards="oder später|aufwärts",
    before="vor|bis|spätestens(?: um)?|bis spätestens",
    half="halb ",
    half_before=True,
    half_after="",
    quarter="viertel vor |dreiviertel ",
    quarter_after="viertel nach ",
    the_nth=r"(?:am|den|dem|der) (?P<nth>\d{1,2})\.(?!\d)(?! ?(?:stock|etage|klasse|semester|termin|vorschlag|option))",
    day_joint="oder|und|/|bzw\\.",
    contrast="aber|jedoch|allerdings|dafür|sondern|während|ansonsten|sonst|dagegen|deshalb|daher|darum",
    refused=(
        r"nicht|kein\w*|leider|schwierig|schlecht\w*|schwer|zu früh|zu spät|vergeben|außer|ausser|unmöglich|verhindert|unterwegs|belegt|ausgebucht|ungünstig|schlecht|"
        r"bin weg|abwesend|weder|nie|gewesen"
    ),
    any_of=(
        r"alle (?:drei|termine|zeiten|vorschläge|passen|gehen|möglich)|jeder (?:der|dieser|termin)|egal welche[rns]?|"
        r"beide|such\w* .{0,20}aus|jede[rs]? davon|beliebig\w*"
    ),
    any_but=r"(?:alle[sn]?|jeder?|jederzeit|beliebig)(?: \w+){0,2},? (?:außer|ausser|bis auf)",
    vague=r"gegen|ungefähr|etwa|früh am|früher|später|ende|anfang|übernächste[rnm]?|danach|darauf",
    none_of=(
        r"keine[rsn]? (?:der|dieser|ihrer|deiner|davon|von (?:den|diesen|ihren|deinen))|"
        r"(?:nix|nichts) (?:davon|von den)|(?:von|an) den drei(?:en)?(?: \w+){0,2} (?:nix|nichts|keine[rsn]?|leider)|"
        r"(?:alle|die) drei(?: \w+){0,4} (?:leider nicht|gehen nicht|passen nicht|fallen)"
    ),
    ordinals={
        "erste[rns]?|1\\.": 1,
        "zweite[rns]?|2\\.": 2,
        "dritte[rns]?|3\\.": 3,
        "vierte[rns]?|4\\.": 4,
        "letzte[rns]?": -1,
        "mittlere[rns]?": 0,
    },
    choices="termin|vorschlag|option|möglichkeit|variante|zeit|zeitpunkt|slot|datum|terminvorschlag",
    suits="passt|geht|wäre|ist|klappt|bitte|nehme|würde|von ihren|von deinen|davon|der drei",
)

_FRENCH = TimeWords(
    weekdays=(
        "lundis?",
        "mardis?",
        "mercredis?",
        "jeudis?",
        "vendredis?",
        "samedis?",
        "dimanches?",
    ),
    months=(
        "janv(?:ier|\\.)",
        "févr?(?:ier|\\.)|fevrier",
        "mars",
        "avr(?:il|\\.)",
        "mai",
        "juin",
        "juill?(?:et|\\.)?",
        "août|aout",
        "sept(?:embre|\\.)",
        "oct(?:obre|\\.)",
        "nov(?:embre|\\.)",
        "déc(?:embre|\\.)|decembre",
    ),
    numbers=("une", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze"),
    days_from_now={"aujourd'hui": 0, "ce (?:matin|soir)|cet après-midi": 0, "après-demain": 2, "demain": 1},
    next_week="semaine prochaine|semaine suivante",
    each_day="tous les|toutes les|chaque|n'importe quel",
    parts={
        "matin(?:ée)?s?": (9, 12),
        "(?:début |fin )?(?:d')?apr[èe]s[- ]midis?": (12, 18),
        "soir(?:ée)?s?": (17, 21),
        "heure du déjeuner|pause(?: de)? midi|midi et deux": (12, 14),
    },
    noon="(?<!après-)(?<!apres-)(?<!après )midi(?! et deux)",
    hour="heures?|h",
    at="à|vers|aux alentours de|autour de|dès",
    between="entre|de",
    joint="-|–|—|à|jusqu'à",
    weak_joint="et",
    after="après|à partir de|à compter de|dès|pas avant",
    onwards="ou plus tard",
    before="avant|jusqu'à|au plus tard",
    half="",
    half_before=False,
    half_after=" et demie?",
    quarter="",
    quarter_after="",
    the_nth=r"le (?P<nth>\d{1,2})(?:er)?\b(?! ?(?:h\b|heures?|%|ème|e étage|minutes))",
    day_joint="ou|et|/",
    contrast="mais|par contre|en revanche|cependant|toutefois|sinon|alors que|donc",
    refused=(
        r"ne|n'\w+|pas|sauf|difficile|compliquée?|mal|malheureusement|impossible|occupée?|prise?(?! (?:connaissance|note|le temps))|indisponible|absente?|hélas|ni|jamais|excepté|"
        r"hormis|en déplacement"
    ),
    any_of=(
        r"n'importe (?:lequel|laquelle|quel)|les (?:trois|deux)(?: créneaux| dates| options| horaires)?|tous (?:les|me)|"
        r"l'un ou l'autre|(?:à|au choix|comme) (?:vous|tu|votre|ton) (?:choix|préf\w+)|au choix|peu importe"
    ),
    any_but=r"(?:tou(?:s|t|tes)|n'importe (?:lequel|quand))(?: \w+){0,2},? (?:sauf|excepté|hormis)",
    vague=r"vers|environ|autour de|aux alentours|tôt|plus tard|fin de|début|suivante?",
    none_of=(
        r"aucun[e]? (?:des|de ces|de vos|de tes|ne)|"
        r"(?:les|vos|tes|ces) (?:trois |deux |3 )?(?:créneaux|dates|horaires)(?: \w+){0,3} (?:tombent|sont pris\w*|"
        r"ne (?:me )?(?:vont|conviennent) pas)"
    ),
    ordinals={
        "premi(?:er|ère)|1er|1re|1ère": 1,
        "deuxième|seconde?|2e|2ème|2nd": 2,
        "troisième|3e|3ème": 3,
        "quatrième|4e|4ème": 4,
        "derni(?:er|ère)": -1,
    },
    choices="créneau|choix|option|proposition|date|horaire|rendez-vous|possibilité|rdv|plage",
    suits="me |m'|conv|est|serait|sera|va |irait|s'il|svp|des trois|de vos|de tes|pour moi",
)

_SPANISH = TimeWords(
    weekdays=(
        "lunes",
        "martes",
        "mi[ée]rcoles",
        "jueves",
        "viernes",
        "s[áa]bados?",
        "domingos?",
    ),
    months=(
        "ene(?:ro|\\.)",
        "feb(?:rero|\\.)",
        "mar(?:zo|\\.)",
        "abr(?:il|\\.)",
        "mayo",
        "jun(?:io|\\.)",
        "jul(?:io|\\.)",
        "ago(?:sto|\\.)",
        "se(?:p)?t(?:iembre|\\.)",
        "oct(?:ubre|\\.)",
        "nov(?:iembre|\\.)",
        "dic(?:iembre|\\.)",
    ),
    numbers=("una", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez", "once", "doce"),
    days_from_now={"hoy": 0, "pasado mañana": 2, "(?<!la )mañana": 1},
    next_week="(?:la )?(?:próxima semana|semana próxima|semana que viene|semana siguiente|otra semana)",
    each_day="cualquier|todos los|cada",
    parts={
        "(?:por|de|en) la mañana": (9, 12),
        "(?:por|de|en) las? mañanas": (9, 12),
        "(?:por|de|en) las? tardes?": (12, 18),
        "(?:por|de|en) la noche": (18, 21),
        "a?l? ?mediodía": (12, 14),
        "a la mañana": (9, 12),
        "a la tarde": (12, 18),
    },
    noon="mediodía",
    hour="horas?|hs?\\.?|hrs\\.?",
    at="a las?|sobre las?|hacia las?|alrededor de las?|a eso de las?|tipo|las",
    between="entre(?: las?)?|de(?:sde)?(?: las?)?",
    joint="-|–|—|a(?: las?)?|hasta(?: las?)?",
    weak_joint="y(?: las?)?",
    after="después de(?: las?)?|a partir de(?: las?)?|desde(?: las?)?|luego de(?: las?)?|pasadas las",
    onwards="en adelante|o más tarde",
    before="antes de(?: las?)?|hasta(?: las?)?|a más tardar a(?: las?)?",
    half="",
    half_before=False,
    half_after=" y media",
    quarter="",
    quarter_after="",
    the_nth=r"(?:el|del|día) (?P<nth>\d{1,2})\b(?! ?(?:h\b|horas|%|minutos))",
    day_joint="o|u|y|/",
    contrast="pero|sin embargo|en cambio|aunque|sino|mientras|así que",
    refused=(
        r"no|salvo|excepto|difícil|complicad[oa]|mal|menos|imposible|ocupad[oa]|lamentablemente|desgraciadamente|ni|tampoco|fuera|de viaje|nunca"
    ),
    any_of=(
        r"cualquier[a]?(?: de)? (?:las|los|ell[oa]s|est[oa]s|es[oa]s)?|l[oa]s tres|l[oa]s dos|tod[oa]s me|el que (?:prefieras|quieras)|"
        r"la que (?:prefieras|quieras|prefiera)|me da igual"
    ),
    any_but=r"(?:cualquiera|tod[oa]s)(?: \w+){0,3},? (?:menos|salvo|excepto)",
    vague=r"sobre las|hacia|alrededor|temprano|más tarde|a eso de|a finales|a principios|siguiente",
    none_of=(
        r"ningun[oa] de (?:l[oa]s|es[oa]s|est[oa]s|sus|tus|ell)|"
        r"(?:l[oa]s|sus|tus|es[oa]s) (?:tres|dos) (?:\w+ )?(?:me )?(?:coinciden|chocan|caen|se me)"
    ),
    ordinals={
        "primer[oa]?|1[ªº.]": 1,
        "segund[oa]|2[ªº.]": 2,
        "tercer[oa]?|3[ªº.]": 3,
        "cuart[oa]|4[ªº.]": 4,
        "últim[oa]": -1,
        "del medio": 0,
    },
    choices="opción|fecha|propuesta|hora|horario|turno|alternativa|posibilidad|cita",
    suits="me |está|es |sería|va |viene|por favor|de las|de los|queda",
)

WORDS: Mapping[str, TimeWords] = {ENGLISH: _ENGLISH, GERMAN: _GERMAN, FRENCH: _FRENCH, SPANISH: _SPANISH}

#: What people call a zone, and the IANA zone that is meant; summer and winter names alike.
ZONES: Mapping[str, str] = {
    "et": "America/New_York", "est": "America/New_York", "edt": "America/New_York", "eastern": "America/New_York",
    "ct": "America/Chicago", "cst": "America/Chicago", "cdt": "America/Chicago", "central time": "America/Chicago", "central": "America/Chicago",
    "mt": "America/Denver", "mdt": "America/Denver", "mst": "America/Denver", "mountain": "America/Denver",
    "pt": "America/Los_Angeles", "pst": "America/Los_Angeles", "pdt": "America/Los_Angeles",
    "pacific": "America/Los_Angeles", "gmt": "Europe/London", "bst": "Europe/London", "uk time": "Europe/London",
    "london time": "Europe/London", "uk": "Europe/London", "cet": "Europe/Berlin", "cest": "Europe/Berlin",
    "mez": "Europe/Berlin", "mesz": "Europe/Berlin", "berlin time": "Europe/Berlin", "german time": "Europe/Berlin",
    "paris time": "Europe/Paris", "heure de paris": "Europe/Paris", "hora peninsular": "Europe/Madrid",
    "ist": "Asia/Kolkata", "jst": "Asia/Tokyo", "sgt": "Asia/Singapore", "aest": "Australia/Sydney",
    "aedt": "Australia/Sydney", "utc": "UTC", "eet": "Europe/Athens", "wat": "Africa/Lagos", "eat": "Africa/Nairobi",
    "cat": "Africa/Harare", "new york time": "America/New_York", "hora de madrid": "Europe/Madrid",
    "central european time": "Europe/Berlin", "eastern time": "America/New_York", "pacific time": "America/Los_Angeles",
    "eastern standard time": "America/New_York", "heure de l'est": "America/Toronto", "hora del este": "America/New_York",
    "hora de buenos aires": "America/Argentina/Buenos_Aires", "hora de méxico": "America/Mexico_City",
    "hora de cdmx": "America/Mexico_City", "hora de la ciudad de méxico": "America/Mexico_City",
    "hora de bogotá": "America/Bogota", "hora de chile": "America/Santiago", "hora de santiago": "America/Santiago",
    "heure de montréal": "America/Toronto", "heure du québec": "America/Toronto", "mexico city time": "America/Mexico_City",
    "lagos time": "Africa/Lagos", "india time": "Asia/Kolkata", "indian time": "Asia/Kolkata", "tokyo time": "Asia/Tokyo",
    "sydney time": "Australia/Sydney", "dublin time": "Europe/Dublin", "madrid time": "Europe/Madrid",
}  # fmt: skip
_LONG = "|".join(
    re.escape(name)
    for name in sorted(ZONES, key=len, reverse=True)
    if name != "central" and (" " in name or len(name) > 4)
)
_SHORT = "|".join(name.upper() for name in ZONES if " " not in name and len(name) <= 4)
#: Short ones in capitals only: "et" is a word, and so is "ist".
_ZONE = re.compile(rf"\b((?i:{_LONG})|(?<=[ap]m )(?i:central)|(?<=[AP]M )(?i:central)|{_SHORT})\b")
_OFFSET = re.compile(r"\b(?:GMT|UTC) ?([+\u2212-]) ?(\d{1,2})\b(?!:)")


def without_zones(text: str) -> str:
    """Return the text without the names of zones that are known."""
    return _OFFSET.sub(" ", _ZONE.sub(" ", text))


def zone_named(text: str) -> str | None:
    """Return the IANA zone that the text names, None for none."""
    if offset := _OFFSET.search(text):
        hours = int(offset[2])
        # POSIX counts the other way round: Etc/GMT+3 is three hours behind Greenwich.
        return f"Etc/GMT{'-' if offset[1] == '+' else '+'}{hours}" if 0 < hours <= 12 else "UTC"
    named = _ZONE.search(text)
    return ZONES[named[1].lower()] if named else None
