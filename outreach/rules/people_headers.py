"""Headers of a people file: which column means what, in four languages and three export formats."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

_ALIASES: dict[str, str] = {
    "first_name": "first name|firstname|first|given name|given names|forename|christian name|fname|preferred name|"
    "vorname|vornamen|rufname|prenom|prenoms|primer nombre|nombre de pila",
    "last_name": "last name|lastname|last|surname|family name|familyname|second name|lname|"
    "nachname|familienname|zuname|nom de famille|apellido|apellidos|primer apellido",
    "full_name": "name|full name|fullname|contact name|display name|person|contact|who|file as|"
    "vollstandiger name|ansprechpartner|kontakt|nom|nom complet|nom et prenom|nombre|nombre completo|"
    "nombre y apellidos",
    "email": "email|e mail|mail|email address|e mail address|mail address|emailaddress|email id|primary email|"
    "work email|business email|personal email|email 1|e mail 1|contact email|address email|emails|"
    "e mail adresse|email adresse|mailadresse|mail adresse|adresse e mail|adresse email|adresse mail|"
    "adresse electronique|"
    "courriel|correo|correo electronico|direccion de correo|direccion de correo electronico|direccion de e mail|"
    "direccion email",
    "organization": "organization|organisation|company|company name|employer|firm|workplace|institution|"
    "current company|"
    "organization name|organisation name|account name|unternehmen|firma|arbeitgeber|einrichtung|entreprise|societe|"
    "employeur|organisme|empresa|compania|organizacion|empleador",
    "title": "title|job title|jobtitle|position|role|job|occupation|function|current position|organization title|"
    "headline|profession|titel|berufsbezeichnung|stelle|beruf|funktion|jobtitel|poste|titre|intitule du poste|fonction|"
    "profession actuelle|cargo|puesto|titulo|ocupacion",
    "phone": "phone|phone number|telephone|telephone number|tel|tel no|mobile|mobile phone|mobile number|cell|"
    "cell phone|"
    "work phone|business phone|home phone|primary phone|telefon|telefonnummer|handy|mobil|mobiltelefon|rufnummer|"
    "numero de telephone|portable|telefono|movil|numero de telefono|celular",
    "zone": "zone|time zone|timezone|tz|tz name|iana zone|zeitzone|fuseau horaire|fuseau|zona horaria|huso horario",
    "city": "city|location|town|place|based in|city state|home city|business city|work city|where|area|"
    "stadt|ort|wohnort|standort|ville|lieu|localisation|ciudad|ubicacion|localidad",
    "source": "source|how i know them|how i know|how i know you|how do i know them|how we know each other|connection|"
    "how learned|how found|found via|relationship|relation|quelle|herkunft|woher|beziehung|provenance|origine|"
    "fuente|origen|relacion",
    "referred_by": "referred by|referrer|referral|introduced by|introducer|intro by|introduction by|recommended by|via|"
    "who referred me|empfohlen von|vermittelt durch|vermittelt von|recommande par|presente par|referido por|"
    "recomendado por|presentado por",
    "why_you": "why you|why|why them|why this person|personal note|personal sentence|personal line|personalization|"
    "personalisation|opening line|warum|warum sie|personliche notiz|pourquoi vous|pourquoi|note personnelle|"
    "por que usted|por que|nota personal",
    "local": "local|is local|nearby|in my area|same city|ortlich|vor ort|lokal|sur place|cerca|en persona",
    "notes": "notes|note|comment|comments|remarks|memo|notizen|notiz|bemerkung|bemerkungen|anmerkungen|kommentar|"
    "remarques|commentaire|commentaires|notas|nota|comentarios|observaciones",
    "linkedin_url": "url|linkedin|linkedin url|linkedin profile|profile url|profile|linkedin profil|profil|"
    "profil url|public profile url|person linkedin url|url du profil|url del perfil",
    "connected_on": "connected on|verbunden am|kontakt seit|connecte le|en relation depuis|date de connexion|"
    "conectado el|"
    "fecha de conexion",
}
_PATTERNS = (
    (re.compile(r"^(e ?mail) \d (value|address)$"), "email"),
    (re.compile(r"^phone \d value$"), "phone"),
    (re.compile(r"^organi[sz]ation \d name$"), "organization"),
    (re.compile(r"^organi[sz]ation \d title$"), "title"),
    (re.compile(r"^address \d city$"), "city"),
)
_MEANING = {alias: canonical for canonical, aliases in _ALIASES.items() for alias in aliases.split("|")}
# "Name" beside a first name means the last name, "Nombre" beside a last name the first; else either is the whole.
_LAST_BESIDE_FIRST = frozenset({"name", "nom"})
_FIRST_BESIDE_LAST = frozenset({"nombre", "name"})
_GOOGLE = re.compile(r"^e mail \d (value|type|label)$")
IDENTITY = frozenset({"first_name", "last_name", "full_name", "email"})


@dataclass(frozen=True)
class Headers:
    """A header row as understood: for each canonical name the columns that hold it, best first."""

    places: dict[str, tuple[int, ...]]
    columns: dict[str, str]
    unknown: tuple[str, ...]
    format: str
    width: int

    @property
    def score(self) -> int:
        """How many columns were understood."""
        return len(self.columns)


def normalise_header(text: str) -> str:
    """Return a header in lower case without accents and punctuation, words parted by one space."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", " ", text[:200])
    plain = unicodedata.normalize("NFKD", spaced.casefold().replace("ß", "ss"))
    letters = "".join(c for c in plain if not unicodedata.combining(c))
    return " ".join(re.sub(r"[^\w]|_", " ", letters).split())


def meaning(header: str) -> str | None:
    """Return the canonical column that one header names, or None."""
    plain = normalise_header(header)
    known = _MEANING.get(plain) or _MEANING.get(plain.replace(" ", ""))
    return known or next((canonical for pattern, canonical in _PATTERNS if pattern.match(plain)), None)


def read_headers(row: Sequence[str]) -> Headers | None:
    """Return what a row means as headers, or None when it names neither a name nor an address."""
    meanings = [meaning(cell) for cell in row]
    _settle_one_name(row, meanings)
    if not IDENTITY & set(meanings):
        return None
    places: dict[str, list[int]] = {}
    columns: dict[str, str] = {}
    for index, canonical in enumerate(meanings):
        if canonical:
            places.setdefault(canonical, []).append(index)
            columns.setdefault(row[index].strip(), canonical)
    unknown = tuple(cell.strip() for cell, known in zip(row, meanings, strict=True) if not known and cell.strip())
    return Headers({k: tuple(v) for k, v in places.items()}, columns, unknown, _format(row, meanings), len(row))


def _settle_one_name(row: Sequence[str], meanings: list[str | None]) -> None:
    first, last = "first_name" in meanings, "last_name" in meanings
    for index, canonical in enumerate(meanings):
        if canonical != "full_name" or first == last:
            continue
        plain = normalise_header(row[index])
        if first and plain in _LAST_BESIDE_FIRST:
            meanings[index] = "last_name"
        elif last and plain in _FIRST_BESIDE_LAST:
            meanings[index] = "first_name"


def _format(row: Sequence[str], meanings: Sequence[str | None]) -> str:
    if "connected_on" in meanings:
        return "linkedin"
    return "google" if any(_GOOGLE.match(normalise_header(cell)) for cell in row) else "csv"
