"""Telling a bounce by its structure: RFC 3464 reports first, then what older mail servers leave behind."""

from __future__ import annotations

import re

from outreach.errors import BadInput
from outreach.rules.addresses import find_addresses, normalise_address
from outreach.rules.inbound import DeliveryField, Inbound, Understood
from outreach.rules.kinds import Answer

_DAEMON = re.compile(r"^(mailer-daemon|mailerdaemon|postmaster|mail-daemon|maildelivery)(\+[^@]*)?@", re.IGNORECASE)
_SUBJECT = re.compile(
    r"undeliver|delivery (status notification|failure|has failed|incomplete)|returned (mail|to sender)|failure notice|"
    r"mail delivery (failed|system|subsystem)|delivery delayed|not (been )?(delivered|sent)|delayed \d|rejected|"
    r"could not be (delivered|sent)|message (blocked|delayed)|address not found|unzustellbar|nicht zugestellt|"
    r"zustell(ung|fehler)|verzögert|rückläufer|non (remis|distribué|délivré)|échec|retour à l.expéditeur|"
    r"no se (pudo|ha podido) entregar|no entregado|devuelto|fallo de entrega|entrega (fallida|aplazada|demorada)|"
    r"mensaje (no|rechazado)|buzón lleno",
    re.IGNORECASE,
)
#: What a server says of a mailbox, in words or in the codes of RFC 5321.
_REFUSAL = re.compile(
    r"(?<!\d)[45]\d\d[ -](?:[45]\.\d\.\d|requested|mailbox|user|recipient|invalid|no such|unknown|over quota|too many)|"
    r"mailbox (?:unavailable|full|is full|not found|disabled)|user unknown|no such user|over quota|"
    r"recipient (?:address )?rejected|undeliverable",
    re.IGNORECASE,
)
_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_PERMANENT = re.compile(r"(?<!\d)5[05]\d[ -](?!\d)|user unknown|no such user|does not exist", re.IGNORECASE)
_DELAYED = re.compile(
    r"delay|will (keep|continue) (on )?(trying|retry)|keeps? (on )?trying|temporar|retry for|still (trying|waiting|"
    r"on its way)|"
    r"verzögert|vorübergehend|weiter(e|hin)? (versuch|zustell)|weitere zustellversuche|retard|nouvelle tentative|"
    r"momentanément|demora|aplazad|temporal|nuevo intento|reintent|en espera|repetiremos",
    re.IGNORECASE,
)
_RE = re.compile(r"^\s*(re|aw|sv|antw|rv|fwd?|wg|tr) ?:", re.IGNORECASE)
_LOOKED_AT = 8_000
_DONE = frozenset({"delivered", "relayed", "expanded"})


def read_bounce(message: Inbound) -> Understood | None:
    """Return a bounce (hard: 5.x, gone for good; soft: 4.x or delayed), or None when the message is none."""
    if message.delivery:
        return _from_fields(message)
    from_daemon = bool(_DAEMON.match(message.from_address))
    failed = message.headers.get("x-failed-recipients", "")
    if failed and (from_daemon or not message.from_address):
        return _from_text(message, failed, "X-Failed-Recipients", 0.97)
    if message.report_type == "delivery-status":
        return _from_text(message, "", "multipart/report without fields", 0.9)
    if from_daemon and _typed(message):
        return None
    if from_daemon and _SUBJECT.search(message.subject):
        return _from_text(message, "", f"from {message.from_address}: {message.subject[:80]}", 0.85)
    # What says of itself that it is a reply comes from somebody's machine, not from a server on the way.
    says_reply = message.headers.get("auto-submitted", "").lower().startswith("auto-replied")
    by_nobody = message.headers.get("return-path", "").strip() == "<>" and not says_reply
    if (from_daemon or by_nobody) and (refusal := _REFUSAL.search(message.full_text[:_LOOKED_AT])):
        # Automatic replies come from nobody as well, but they quote no codes of servers.
        return _from_text(message, "", f"from {message.from_address or 'nobody'}: {refusal[0][:60]}", 0.8)
    return None


def _typed(message: Inbound) -> bool:
    """Return whether whoever looks after a mail server answers by hand, from a program for people."""
    by_hand = bool(_RE.match(message.subject)) and not {"user-agent", "x-mailer"}.isdisjoint(message.headers)
    return by_hand and not _REFUSAL.search(message.text[:_LOOKED_AT]) and not _STATUS.search(message.text[:_LOOKED_AT])


def _from_fields(message: Inbound) -> Understood | None:
    failures = [field for field in message.delivery if field.action not in _DONE]
    if not failures:
        return Understood(answer=Answer.AUTO_REPLY, confidence=0.95, evidence=("a report of delivery, not of failure",))
    worst = max(failures, key=_severity)
    answer = Answer.BOUNCE if _severity(worst) == 2 else Answer.BOUNCE_SOFT
    evidence = f"{worst.action} {worst.status} {worst.diagnostic[:120]}".strip()
    return Understood(
        answer=answer, confidence=0.99, evidence=(evidence,), failed_address=_address(worst.recipient, message)
    )


def _severity(field: DeliveryField) -> int:
    if field.action == "delayed" or field.status.startswith("4"):
        return 1
    return 2 if field.action == "failed" or field.status.startswith("5") else 1


def _from_text(message: Inbound, failed: str, reason: str, confidence: float) -> Understood:
    text = f"{message.subject}\n{message.full_text[:_LOOKED_AT]}"
    code = _STATUS.search(text)
    gone = code is None and bool(_PERMANENT.search(text))
    soft = not gone and (
        (code is not None and code[1].startswith("4")) or (code is None and bool(_DELAYED.search(text)))
    )
    return Understood(
        answer=Answer.BOUNCE_SOFT if soft else Answer.BOUNCE,
        confidence=confidence,
        evidence=(reason, *((code[1],) if code else ())),
        failed_address=_address(failed, message),
    )


def _address(text: str, message: Inbound) -> str | None:
    """The failed recipient: as reported, else the first address in the text that is not the reporting server's."""
    candidate = text.partition(",")[0].strip().strip("<>")
    try:
        return normalise_address(candidate) if candidate else _first_other(message)
    except BadInput:
        found = find_addresses(candidate)
        return found[0][2] if found else _first_other(message)


def _first_other(message: Inbound) -> str | None:
    original = message.original_headers.get("to", "")
    found = [email for _, _, email in find_addresses(original) or find_addresses(message.full_text[:_LOOKED_AT])]
    return next((email for email in found if not _DAEMON.match(email)), None)
