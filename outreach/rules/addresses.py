"""Mail addresses: read from a cell or a sentence, brought to one form, compared.

Reserved domains for tests and examples (``.test``, ``.invalid``, ``.example``, RFC 2606) are accepted, because sample
people live there; nothing is looked up in the DNS.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from email_validator import EmailNotValidError, validate_email

from outreach.errors import BadInput

# email-validator refuses these two; ``.example`` obeys the same syntax and passes, so it stands in while checking.
_RESERVED = re.compile(r"(?<=[^@.]\.)(test|invalid)$")
_STAND_IN = "example"
_ANGLES = re.compile(r"^(?P<name>[^<>]*)<(?P<email>[^<>]*)>$")
_BETWEEN = re.compile(r"\s*(?::::|[;\n|])\s*|,\s*(?=[^,]*@)")
# Bounded on both sides of the @, so that a long line cannot make it slow.
_IN_TEXT = re.compile(r"(?<![\w.+%'-])(?:mailto:)?([\w.+%'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8})")
# The everyday shape, certain to be right and a dozen times faster than the library; the rest goes the long way.
_PLAIN = re.compile(
    r"^(?=[^@]{1,64}@.{1,190}$)[a-z0-9_]+(?:[.+-][a-z0-9_]+)*@(?:[a-z0-9]{1,30}(?:-[a-z0-9]{1,30})?\.){1,5}[a-z]{2,24}$",
    re.IGNORECASE | re.ASCII,
)
_REFUSED_ENDINGS = (".arpa", ".local", ".localhost", ".onion")
LONGEST = 320


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A display name (may be empty) and a normalised address."""

    name: str
    email: str


def normalise_address(text: str) -> str:
    """Return the address in one form: local part as written, domain lower-case and in ASCII (RFC 5890).

    Raises BadInput naming the text and the reason when it is not an address that mail can be sent to.
    """
    plain = text.strip()
    if everyday := _everyday(plain):
        return everyday
    if len(plain) > LONGEST:
        raise BadInput(f"{_excerpt(plain)} is not an address: longer than {LONGEST} characters.")
    local, at, domain = plain.rpartition("@")
    lowered = local + at + domain.lower()
    reserved = _RESERVED.search(lowered)
    checked = lowered[: reserved.start()] + _STAND_IN if reserved else lowered
    try:
        # strict: no mail server takes a local part beyond 64 characters (RFC 5321, 4.5.3.1.1).
        result = validate_email(checked, check_deliverability=False, allow_smtputf8=False, strict=True)
    except EmailNotValidError as error:
        raise BadInput(f"{_excerpt(plain)} is not an address: {_reason(str(error))}") from error
    except (ValueError, IndexError) as error:  # an IDN label that the library itself stumbles over
        raise BadInput(f"{_excerpt(plain)} is not an address: its domain cannot be read.") from error
    domain = result.ascii_domain
    if reserved:
        domain = domain[: -len(_STAND_IN)] + reserved.group()
    return f"{result.local_part}@{domain}"


def _everyday(plain: str) -> str | None:
    """Return an address of the everyday shape in its one form, None for everything else."""
    if not _PLAIN.match(plain) or plain.lower().endswith(_REFUSED_ENDINGS):
        return None
    local, _, domain = plain.partition("@")
    return f"{local}@{domain.lower()}"


def parse_mailbox(text: str) -> Mailbox:
    """Read ``ana@example.com``, ``mailto:ana@example.com`` or ``Ana Silva <ana@example.com>``.

    Raises BadInput when there is no address that mail can be sent to.
    """
    angled = _ANGLES.match(text.strip())
    name, email = (angled["name"], angled["email"]) if angled else ("", text)
    email = email.strip().strip("'\"<>")
    if email[:7].lower() == "mailto:":
        email = email[7:].partition("?")[0]
    return Mailbox(name.strip().strip("'\"").strip(), normalise_address(email))


def parse_mailboxes(text: str) -> tuple[Mailbox, ...]:
    """Return every valid mailbox of a cell that may hold several (``;``, ``,``, ``|``, new line or `` ::: `` between).

    Raises BadInput with the reason of the first one when none is valid.
    """
    if everyday := _everyday(text):
        return (Mailbox("", everyday),)
    found: list[Mailbox] = []
    problem: BadInput | None = None
    for piece in _BETWEEN.split(text.strip()):
        if not piece.strip(" ,"):
            continue
        try:
            found.append(parse_mailbox(piece.strip(" ,")))
        except BadInput as error:
            problem = problem or error
    if not found:
        raise problem or BadInput(f"{_excerpt(text)} is not an address: there is nothing in it.")
    return tuple(found)


def find_addresses(text: str) -> tuple[tuple[int, int, str], ...]:
    """Return ``(start, end, normalised address)`` of each address in a text, in order, without invalid ones."""
    found = []
    for match in _IN_TEXT.finditer(text):
        try:
            found.append((match.start(), match.end(), normalise_address(match[1].strip("'"))))
        except BadInput:
            continue
    return tuple(found)


def address_key(email: str) -> str:
    """Return the key under which two spellings of one address are equal: case folded, IDN in ASCII.

    Dots and ``+tags`` are kept: whether they matter is the receiving server's business, not ours. Total: text that is
    no address gets a key too, of its own.
    """
    plain = email.strip()
    if plain.isascii():
        return plain.lower()
    try:
        return normalise_address(plain).lower()
    except BadInput:
        return plain.casefold()


def _excerpt(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "…")


def _reason(sentence: str) -> str:
    return (sentence[:1].lower() + sentence[1:]).replace("an email address must", "it must")
