"""What was newly written in an answer: quotation, signature and the telephone's advertisement cut away."""

from __future__ import annotations

import re

from mailparser_reply.parser import EmailMessage

_LONGEST = 6_000  # the library's patterns take quadratic time on hostile text
_LONGEST_LINE = 2_000
_WROTE = re.compile(
    r"^(on\b.{4,300}\bwrote ?:|am\b.{4,300}\b(?:ge)?schrieb(?:en)?\b.{0,200}:|le\b.{4,300}\ba écrit ?:|"
    r"el\b.{4,300}\bescribió ?:|"
    r"op\b.{4,300}\b(schreef|geschreven)\b.{0,200}:|(den|på|s[øö]n|man|tirs?|ons|tors?|fre|"
    r"l[øö]r)\b.{4,300}\bskrev\b.{0,200}:|"
    r"il\b.{4,300}\bha scritto ?:|em\b.{4,300}\bescreveu ?:|w dniu\b.{4,300}\bnapisał\w* ?:|"
    r".{4,200}<[^<>\s]{3,200}> ?(wrote|schrieb|a écrit|escribió|schreef|skrev|ha scritto) ?:|"
    r"(---- )?on \w{3}, \d.{4,200} wrote ?-*:?( ----)?|"
    r">>> ?\S.{4,200}\d{4}.{0,30} ?>>>)$",
    re.IGNORECASE,
)
_SEPARATOR = re.compile(
    r"^(-{2,} ?(original message|forwarded message|ursprüngliche nachricht|weitergeleitete nachricht|"
    r"message d'origine|"
    r"message original|mensaje original|oorspronkelijk bericht|original appointment|reply message) ?-{2,}|_{12,}|"
    r"begin forwarded message:|anfang der weitergeleiteten nachricht:|début du message (transféré|réexpédié) ?:)$",
    re.IGNORECASE,
)
_FROM = re.compile(r"^\*?(from|von|de|van|fra|från|da) ?:\*?\s{0,8}\S", re.IGNORECASE)
_BELOW_FROM = re.compile(
    r"^\*?(sent|date|to|subject|cc|gesendet|datum|an|betreff|envoyé|objet|à|enviado( el)?|fecha|para|asunto|"
    r"verzonden|aan|"
    r"onderwerp|sendt|skickat|til|till|emne|ämne|inviato) ?:",
    re.IGNORECASE,
)
_DEVICE = re.compile(
    r"^(sent (from|via|with) (my |outlook|yahoo|mail\b|gmail|proton|samsung|the )|get outlook for|get bluemail|"
    r"von meinem .{2,30} gesendet|gesendet (von|mit) |envoyé (de|depuis) mon|enviado desde mi|sent from \w+ for)",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"^((kind|best|warm|kindest|warmest|many|with (kind|best|warm)) (regards|wishes|thanks)|regards|best|cheers|"
    r"sincerely|yours( sincerely| truly| faithfully)?|all the best|thanks( again| so much| a lot)?|"
    r"thank you( again)?|"
    r"take care|talk soon|warmly|respectfully|cordially|br|kr|"
    r"mit freundlichen grüßen|viele grüße|beste grüße|liebe grüße|"
    r"(freundliche|herzliche|schöne|besten?|mit besten|mit herzlichen) grü(ß|ss)en?|mfg|vg|lg|gruß|"
    r"thanks (&|and) (kind )?regards|greetings|saluti|cordialement|(bien|très) cordialement|amicalement|amitiés|"
    r"je vous prie (de croire|de recevoir|d'agréer|d'accepter).{0,120}|veuillez (agréer|croire).{0,120}|"
    r"salutations.{0,40}|votre (bien )?dévouée?|"
    r"bien à (vous|toi)|(cordiales |afectuosos )?saludos( cordiales)?|un (cordial |afectuoso )?saludo|atentamente|"
    r"un abrazo|abrazos|cariños|quedo a (sus|tus) órdenes)[,.!]?( ?[-–—])?$",
    re.IGNORECASE,
)
_TITLES = frozenset(
    {
        *("dr", "prof", "mr", "mrs", "ms", "mme", "m", "dipl", "ing", "phd", "msc", "ba", "ma", "mag", "med"),
        *("herr", "frau", "dott", "arq", "lic", "sr", "sra"),
    }
)
_FEW_WORDS = 6
_SMALL_PRINT = re.compile(
    r"\b(confidential\w*|disclaimer|intended|addressees?|recipients?|virus\w*|liab\w+|unauthori[sz]ed|privileged|"
    r"registered (in|office)|company n\w+|vertraulich\w*|empfänger\w*|unbefugt\w*|geschäftsführ\w*|registergericht|"
    r"confidentiel\w*|destinataires?|non autorisée|confidencial\w*|destinatari[oa]s?|public records?|"
    r"freedom of information|secret professionnel|détruire|protección de datos|"
    r"think before you print|consider the environment|umwelt|imprim\w+)\b",
    re.IGNORECASE,
)
_CARD = re.compile(
    r"\b(tel|telephone|phone|mob(ile)?|cell|fax|ext|www)\b\.?[:. ]|https?://|\+\d[\d ()/-]{6,}|"
    r"\b(office|opening|drop-in|visiting|surgery) hours\b|öffnungszeiten|sprech(zeit|stunde)|horario|"
    r"heures d'ouverture",
    re.IGNORECASE,
)
_POSTSCRIPT = re.compile(r"^p\.? ?p?\.?s\b\.?:?", re.IGNORECASE)
_THIS_ONE = re.compile(
    r"\b(this|dieser?|passt|cel(ui|le)-ci|convient|éste|ést[ae]|suits|works|fine|perfect)\b", re.IGNORECASE
)
_MOST_SIGNATURE_LINES = 12
_MOST_BETWEEN = 30


def newly_written(text: str, sender: str = "") -> str:
    """Return what the writer added to the thread, a postscript below the signature too; "" when there is nothing.

    ``sender`` is the writer's name: below a line that holds nothing else, business cards and disclaimers are cut away.
    """
    lines = [line.strip()[:_LONGEST_LINE] for line in text[: 10 * _LONGEST].split("\n")]
    unsigned = "\n".join(_without_card(_without_signature(_unquoted(lines)), sender)).strip()
    short = re.sub(r"\n{3,}", "\n\n", unsigned)[:_LONGEST]
    if not short or len(short) > 2_000:
        return short
    # Other languages' ways of introducing a quotation are the library's strength; its idea of a signature is not used,
    # because it takes every list with hyphens for one.
    replies = EmailMessage(text=short, languages=["en", "de", "fr", "es", "it", "nl"]).read().replies
    return str(replies[0].content).strip() if replies and replies[0].content.strip() else short


def between_quotes(text: str) -> tuple[tuple[str, str], ...]:
    """Return what was written right below a quoted line, beside that line.

    The quotation goes on afterwards, but for the last line of answers between its lines: "Yes, this one."
    """
    lines = [line.strip()[:_LONGEST_LINE] for line in text[: 10 * _LONGEST].split("\n")]
    last = max((index for index, line in enumerate(lines) if _is_quoted(line)), default=-1)
    found: list[tuple[str, str]] = []
    quoted, said = "", list[str]()
    for line in lines[: last + 1]:
        if not _is_quoted(line):
            said += [line] if line else []
            continue
        if quoted and said:
            found.append((quoted, " ".join(said)))
        quoted, said = line.lstrip("|> ") or quoted, []
    below = next((line for line in lines[last + 1 :] if line), "")
    if found and quoted and _THIS_ONE.search(below) and len(below.split()) <= _FEW_WORDS:
        found.append((quoted, below))
    return tuple(found[:_MOST_BETWEEN])


def _unquoted(lines: list[str]) -> list[str]:
    """Return the lines that are new: above the quotation, between its lines, or below it."""
    kept: list[str] = []
    index = 0
    while index < len(lines):
        length = _introduces(lines, index)
        if length:
            below = next((line for line in lines[index + length :] if line), "")
            if not _is_quoted(below):
                break  # quoted as it was: all that follows is the other letter
            index += length
            continue
        if not _is_quoted(lines[index]):
            kept.append(lines[index])
        index += 1
    return kept


def _is_quoted(line: str) -> bool:
    return line.startswith((">", "|>")) and not line.endswith(">>>")


def _introduces(lines: list[str], index: int) -> int:
    """Return how many lines from here on introduce a quotation, 0 for none."""
    line = lines[index]
    if not line:
        return 0
    if _SEPARATOR.match(line) and (index > 0 or not line.startswith("_")):
        return 1
    joined = ""
    for length, further in enumerate(lines[index : index + 3], 1):
        if not further:
            break
        joined = f"{joined} {further}".strip()
        if _WROTE.match(joined):
            return length
    if _FROM.match(line) and any(_BELOW_FROM.match(below) for below in lines[index + 1 : index + 4]):
        return 1
    return 0


def _without_signature(lines: list[str]) -> list[str]:
    left = sum(bool(line) for line in lines)
    written = False
    for index, line in enumerate(lines):
        left -= bool(line)
        short = left <= _MOST_SIGNATURE_LINES
        if line in {"--", "-- ", "—"} or _DEVICE.match(line) or (written and short and _CLOSING.match(line)):
            return lines[:index] + _postscript(lines[index + 1 :])
        written = written or bool(line)
    return lines


def _without_card(lines: list[str], sender: str) -> list[str]:
    """Cut what stands below the writer's own name: title, house, number, opening hours, disclaimer; no prose."""
    names = _own_names(sender)
    written = False
    for index, line in enumerate(lines):
        if written and _bare(line) in names:
            return lines[: index + 1] + _prose(lines[index + 1 :])
        written = written or bool(line)
    return lines


def _own_names(sender: str) -> frozenset[str]:
    words = _bare(sender).split()
    if not words:
        return frozenset()
    initialled = {f"{words[0][0]} {words[-1]}", f"{words[0]} {words[-1]}"} if len(words) > 1 else set()
    return frozenset({" ".join(words), " ".join(words[-2:]), words[0], words[-1], *initialled})


def _bare(line: str) -> str:
    """Return a line's words without marks and titles, in lower case; "" for one too long to be a name."""
    if len(line) > 80:
        return ""
    words = [word.lower() for word in re.findall(r"[^\W\d_][\w'’-]*", line)]
    return " ".join(word for word in words if word not in _TITLES)


def _prose(lines: list[str]) -> list[str]:
    """Return the paragraphs that were written for the reader: whole sentences that no lawyer has put there."""
    kept: list[str] = []
    for paragraph in re.split(r"\n\s*\n", "\n".join(lines)):
        said = " ".join(paragraph.split())
        whole = len(said.split()) >= _FEW_WORDS and re.search(r"[.!?)]$", said)
        if _POSTSCRIPT.match(said) or (whole and not _SMALL_PRINT.search(said) and not _CARD.search(said)):
            kept += ["", *paragraph.split("\n")]
    return kept


def _postscript(lines: list[str]) -> list[str]:
    start = next((index for index, line in enumerate(lines) if _POSTSCRIPT.match(line)), None)
    if start is None:
        return []
    return ["", *[line for line in lines[start:] if not _DEVICE.match(line)]]
