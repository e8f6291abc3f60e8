"""The sandbox's own endpoints under ``/_sandbox/``, by which another process stages people, faults and time."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from outreach.sandbox.clock import iso
from outreach.sandbox.people import Person
from outreach.sandbox.refusals import Refusal, refusal

if TYPE_CHECKING:
    from outreach.sandbox.server import Sandbox

Body = dict[str, Any]
PREFIX = "/_sandbox/"


def answer(sandbox: Sandbox, verb: str, name: str, body: Body) -> Body:
    """Return the JSON of a control endpoint. Raises Refusal: 404 for an unknown one, 400 for what it cannot use."""
    handler = _HANDLERS.get((verb, name))
    if handler is None:
        raise refusal(404, "notFound", f"The sandbox has no control endpoint {verb} {PREFIX}{name}.")
    try:
        return handler(sandbox, body)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise _bad(f"{name}: {type(error).__name__} {error}") from error


def _bad(message: str) -> Refusal:
    return refusal(400, "invalidArgument", message)


def _accounts(sandbox: Sandbox, body: Body) -> Body:
    options = {key: body[key] for key in ("name", "scopes", "zone") if key in body}
    return sandbox.add_account(body["address"], **options)


def _people(sandbox: Sandbox, body: Body) -> Body:
    listed = body.get("people", [body])
    for each in listed:
        facts = dict(each)
        for name in ("refers", "hours"):
            if isinstance(facts.get(name), list):
                facts[name] = tuple(facts[name])
        sandbox.add_person(Person(**facts))
    return {"added": len(listed)}


def _faults(sandbox: Sandbox, body: Body) -> Body:
    facts = dict(body)
    if facts.pop("clear", False):
        sandbox.clear_faults()
    if facts:
        if "retry_at" in facts:
            facts["retry_at"] = _moment(facts["retry_at"])
        sandbox.fault(facts.pop("method"), facts.pop("kind"), **facts)
    return {"faults": sandbox.faults.rules()}


def _quirks(sandbox: Sandbox, body: Body) -> Body:
    if body.get("clear"):
        sandbox.be_as_believed()
    sandbox.be_odd(*body.get("quirks", []))
    return {"quirks": sorted(sandbox.world.quirks)}


def _clock(sandbox: Sandbox, body: Body) -> Body:
    if "set" in body:
        sandbox.set_clock(_moment(body["set"]), standing=bool(body.get("standing", False)))
    if "advance" in body:
        sandbox.advance_clock(timedelta(seconds=float(body["advance"])))
    sandbox.tick()
    return {"now": iso(sandbox.world.now())}


def _revoke(sandbox: Sandbox, body: Body) -> Body:
    sandbox.revoke(body["address"])
    return {}


def _expire_tokens(sandbox: Sandbox, body: Body) -> Body:
    sandbox.expire_tokens(body["address"])
    return {}


def _expire_history(sandbox: Sandbox, body: Body) -> Body:
    sandbox.expire_history(body["address"])
    return {}


def _expire_sync(sandbox: Sandbox, body: Body) -> Body:
    sandbox.expire_sync_tokens(body["address"])
    return {}


def _deliver(sandbox: Sandbox, body: Body) -> Body:
    try:
        raw = base64.b64decode(body["raw"].replace("-", "+").replace("_", "/"), validate=True)
    except binascii.Error as error:
        raise ValueError("raw is not base64") from error
    labels = tuple(body.get("labels", ("INBOX", "UNREAD")))
    return {"id": sandbox.deliver(body["address"], raw, labels=labels, thread_id=body.get("thread_id"))}


def _busy(sandbox: Sandbox, body: Body) -> Body:
    start, end = _moment(body["start"]), _moment(body["end"])
    return {"id": sandbox.busy(body["address"], start, end, calendar=body.get("calendar", "primary"))}


def _limits(sandbox: Sandbox, body: Body) -> Body:
    sandbox.limit(units_per_minute=body.get("units_per_minute"), at_once=int(body.get("at_once", 10)))
    return {}


def _ledger(sandbox: Sandbox, _body: Body) -> Body:
    return {"entries": list(sandbox.ledger.entries)}


def _state(sandbox: Sandbox, _body: Body) -> Body:
    return {
        "now": iso(sandbox.world.now()),
        "faults": sandbox.faults.rules(),
        "quirks": sorted(sandbox.world.quirks),
        "faults_applied": dict(sandbox.faults.applied),
        "requests": dict(sandbox.requests),
        "most_at_once": dict(sandbox.most_at_once),
        "errors": list(sandbox.errors),
        **sandbox.world.state(),
    }


def _moment(text: object) -> datetime:
    moment = datetime.fromisoformat(str(text))
    if moment.tzinfo is None:
        raise ValueError(f"{text} has no offset")
    return moment


_HANDLERS: dict[tuple[str, str], Callable[[Sandbox, Body], Body]] = {
    ("POST", "accounts"): _accounts,
    ("POST", "people"): _people,
    ("POST", "faults"): _faults,
    ("POST", "quirks"): _quirks,
    ("POST", "clock"): _clock,
    ("POST", "revoke"): _revoke,
    ("POST", "expire_tokens"): _expire_tokens,
    ("POST", "expire_history"): _expire_history,
    ("POST", "expire_sync_tokens"): _expire_sync,
    ("POST", "deliver"): _deliver,
    ("POST", "busy"): _busy,
    ("POST", "limits"): _limits,
    ("GET", "ledger"): _ledger,
    ("GET", "state"): _state,
}
