"""Whether a time is chosen in plain words: only then is it booked without a person.

Lists of what may limit or take back an answer are never whole. So this is the other way round: the words that may stand
beside a time that is agreed to. Any other word leaves it to the owner, with the time that was probably meant.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|\d+")
#: The languages together: a short answer does not show its own.
_BESIDE_A_TIME = frozenset(
    re.findall(
        r"\S+",
        """
    yes yep yeah yup sure ok okay k fine good great perfect perfectly lovely ideal ideally wonderful excellent
    brilliant super splendid grand works work work's would will suits suit best better-for me us i i'm i'd i'll we
    we'd we'll am is it it's it'd that that's the a an one ones slot option number time date choice please pls
    thanks thank you your yours on at of from those these list options times let's do take go with for book in down
    pencil put schedule confirm confirmed happy glad delighted pleased honoured love to talk speak chat meet call
    then see ya and so be make can could let say meeting conversation very well much really absolutely certainly
    definitely course gladly pleasure looking forward there free available around open have accepted accept agree
    agreed also just hi hello hey dear cet cest berlin german central european phone telephone zoom video teams
    skype by half hour thirty minutes minute min mins hours first second third last middle final best-for friday's
    both slot's 'll 'd reserved blocked noted saved diary calendar my you've offered proposed suggested preferred
    prefer choose pick chosen picked as any all three either whichever them them's would-be here's nr no-problem
    done deal cool awesome sounds sound like plan for-me happily kindly works-for quite am/pm confirming
    appointment discussion interview online virtual virtually call-on speaking talking meeting-you then! lets this
    appropriate convenient agreeable acceptable suitable scheduled booked-in morning afternoon evening day o'clock
    ja jo gern gerne sehr klar passt passen geht ginge klappt prima perfekt wunderbar bestens gut mir uns bei ich
    wir nehme nehmen den die das der dem des um uhr bitte danke vielen dank bis dann dahin freue freuen mich auf
    unser gespräch telefonat termin vorschlag möglichkeit nummer erste ersten zweite zweiten dritte dritten letzte
    letzten mittlere mittleren ist wäre es und sage zu bestätige einverstanden abgemacht halte frei trage ein
    eingetragen notiert vorgemerkt gebucht hallo guten tag liebe lieber sie ihnen ihr ihre dein dir dich wie von
    ihren deinen möglich sprechen telefonieren reden telefon mit für zum zur vom hab habe haben zeit kalender
    machen sehen hören viele grüße beste herzliche lg mfg vg gruß aus oui d'accord entendu parfait parfaitement
    volontiers plaisir avec bien sûr c'est ça cela m' convient conviendrait va irait très le la les l à au aux de
    du pour moi nous vous je j' prends choisis retiens réserve préfère premier première deuxième seconde troisième
    dernier dernière créneau choix rendez-vous proposition heures heure h merci beaucoup s'il plaît svp se parle
    appelle voit dit alors donc et est serait noté confirme bonjour bonsoir cher chère madame monsieur ce jour-là
    mon agenda suis disponible libre échange entretien sí claro perfecto vale nos viene queda parece genial
    estupendo encantado encantada el los las al para mí mi por favor gracias muchas quedamos hablamos vemos
    entonces opción primera primer primero segunda segundo tercera tercero última último horas hora hs confirmo
    acepto tomo elijo prefiero agendado anotado apuntado perfectamente con gusto mucho muy hola buenos días buenas
    tardes estimado estimada querido querida te su tu llamada charla puedo podría hablar está sería y
        or oder ou either ok'd mandas enlace send link invite invitation suggest most earliest here which leaves
        remains left put popped i've that'll
        besten doch nehmen dritter erster zweiter läuft na schick schicken einladung bin da erreichbar mobil
        servus frau herr
        retenons parlons-nous votre vos ton carrément ici il reste propose retenir en revanche par
        quedo dale usted pues en las fechas hablemos bárbaro joya lujo que indica
    """,
    )
)
#: What may stand in sentences beside the choice: greetings, thanks, and how to call.
_BESIDE_A_CHOICE = frozenset(
    re.findall(
        r"\S+",
        """
    my number mobile cell phone landline line office direct desk link zoom teams meet invite invitation calendar
    send i'll you'll call ring reach join dial skype whatsapp video audio use via or under up give bell shout text
    ping email mail details best kind regards wishes cheers warm warmly sincerely yours faithfully soon later-on
    weekend nice lovely week day all many letter note message writing reaching out getting touch questions question
    bring think over read prepare meine meinen nummer handy mobil büro durchwahl schicken schick senden einladung
    zugangsdaten rufen ruf an unter erreichen freundlichen freundliche herzlichen schönen schöne woche brief
    nachricht fragen mon ma mes numéro portable bureau lien envoyez envoie envoyer appelez appeler cordialement
    bientôt bonne journée semaine lettre número móvil celular oficina enlace invitación envíe envíeme mándeme
    mándame llámame llámeme saludo saludos cordial abrazo pronto semana mensaje carta preguntas un una
    """,
    )
)
_AFTER_A_CHOICE = _BESIDE_A_TIME | _BESIDE_A_CHOICE
#: After a choice these may take it back, or put something beside it.
_TURNS = re.compile(
    r"\b(no|not|\w+n't|nope|nah|never|none|but|however|although|though|actually|wait|sorry|scrap|instead|"
    r"rather|better|make it|"
    r"thoughts?|forgot|mistake|wrong|oops|argh|ugh|hmm?|alas|unfortunately|then|that (day|time|was)|later|"
    r"earlier|confirm\w*|"
    r"tbc|tbd|pending|unless|if|maybe|perhaps|might|hell|except\w*|until|till|before|after|another|other|"
    r"nicht|kein\w*|nein|doch|aber|jedoch|leider|quatsch|moment|lieber|besser|anders|später|früher|falls|wenn|vielleicht|"
    r"pas|non|mais|malheureusement|plutôt|attendez|pardon|si|peut-être|plus tard|"
    r"pero|perdón|perdona|mejor|espera|quizás?|tarde|antes)\b|[👎✗✘☹😞🙁❌]|:-?\(",
    re.IGNORECASE,
)
#: Whoever says where they are may read times by another clock.
_ELSEWHERE = re.compile(
    r"\b(?i:i'm|i am|we're|we are|based|living|live|currently|sitze|lebe|wohne|suis|habite|estoy|vivo)\b"
    r"(?i: \w+){0,3}? (?:in|à|en|aus|from) [A-ZÀ-Ý]"
)
_GREETING = re.compile(
    r"^\W*(hi|hello|hey|hiya|dear|hallo|moin|servus|liebe[rs]?|guten (?:tag|morgen)|sehr geehrte[rs]?|bonjour|"
    r"bonsoir|salut|"
    r"hola|buen[oa]s (?:días|tardes)|estimad[oa]|querid[oa])(?: [^\W\d_][\w.'-]*){0,3}\s*(?=[,!:.]|$)",
    re.IGNORECASE,
)
_PLURAL_DAY = re.compile(
    r"\b(mon|tues|wednes|thurs|fri|satur|sun)days\b|\b(any|good|third|last choice) (fri|mon|tues|wednes|"
    r"thurs)day\b|\b(montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag)s\b|"
    r"\b(every|each|jeden?|chaque|tous les|cada|todos los)\b",
    re.IGNORECASE,
)
_DIGIT = re.compile(r"\d")
_BAD_MARKS = re.compile(r"[👎✗✘☹😞🙁❌]|:-?\(|\?")
_PHONE = re.compile(r"\+?\d[\d ()/.-]{4,}\d|<?https?://\S{1,500}")


def is_plain_choice(sentence: str, beside: str, own_names: frozenset[str] = frozenset()) -> bool:
    """Return whether the words that stand beside a chosen time do nothing but agree to it.

    ``beside`` is the sentence without its days and times; ``own_names`` are the two writers', in lower case.
    """
    beside = _GREETING.sub("", beside)
    return not (_BAD_MARKS.search(beside) or _PLURAL_DAY.search(sentence)) and _all_known(
        beside, _BESIDE_A_TIME, own_names
    )


def leaves_a_choice(before: Sequence[str], after: Sequence[str], own_names: frozenset[str] = frozenset()) -> bool:
    """Return whether the sentences before and after a chosen time neither take it back nor move it."""
    if any(_ELSEWHERE.search(each) for each in (*before, *after)):
        return False
    rest = [_PHONE.sub(" ", each) for each in after]
    return all(
        _all_known(each, _AFTER_A_CHOICE, own_names) or not (_TURNS.search(each) or _DIGIT.search(each))
        for each in rest
    )


def _all_known(text: str, known: frozenset[str], own_names: frozenset[str]) -> bool:
    words = [word.lower().replace("’", "'") for word in _WORD.findall(text)]
    return all(word in known or word in own_names or (len(word) == 1 and word.isdigit()) for word in words)
