"""Gmail v1: what each method answers. The caller has checked token and scope, and holds the lock."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from outreach.sandbox import raw_mail, search
from outreach.sandbox.calls import Call
from outreach.sandbox.mailbox import SYSTEM_LABELS, Change, Mailbox, Message
from outreach.sandbox.quirks import Quirk
from outreach.sandbox.refusals import invalid, not_found, refusal
from outreach.sandbox.tokens import full_scope
from outreach.sandbox.world import World

Answer = dict[str, Any] | None
Handler = Callable[[World, Mailbox, Call], Answer]

_METADATA = full_scope("gmail.metadata")
_FORMATS = frozenset({"minimal", "full", "raw", "metadata"})
_HISTORY_KINDS = {
    "messageAdded": "messagesAdded",
    "messageDeleted": "messagesDeleted",
    "labelAdded": "labelsAdded",
    "labelRemoved": "labelsRemoved",
}


def answer(world: World, call: Call) -> Answer:
    """Return the method's JSON, None for an empty answer (204). Raises Refusal."""
    mailbox = world.mailbox(call.account)
    if call.named["userId"].lower() not in {"me", call.account}:
        raise refusal(403, "forbidden", f"Delegation denied for {call.account}")
    return _HANDLERS[call.route.name](world, mailbox, call)


def _profile(_world: World, mailbox: Mailbox, _call: Call) -> Answer:
    return {
        "emailAddress": mailbox.address,
        "messagesTotal": len(mailbox.messages),
        "threadsTotal": len({message.thread_id for message in mailbox.messages.values()}),
        "historyId": str(mailbox.history_id),
    }


# Drafts.


def _draft_json(mailbox: Mailbox, draft_id: str) -> dict[str, Any]:
    return {"id": draft_id, "message": mailbox.draft(draft_id).short()}


def _draft_content(call: Call, message: Any) -> tuple[bytes, str | None]:
    raw = call.raw_of(message)
    if raw is None:
        raise invalid("'raw' RFC822 payload message string or uploading message via /upload/* URL required")
    thread_id = message.get("threadId") if isinstance(message, dict) else None
    if thread_id is not None and not re.fullmatch(r"[0-9a-fA-F]{1,16}", str(thread_id)):
        raise invalid("Invalid thread_id value")
    return raw_mail.crlf(raw), thread_id


def _create_draft(world: World, mailbox: Mailbox, call: Call) -> Answer:
    raw, thread_id = _draft_content(call, call.json().get("message"))
    return _draft_json(mailbox, mailbox.create_draft(raw, thread_id, world.now()))


def _update_draft(world: World, mailbox: Mailbox, call: Call) -> Answer:
    draft_id = call.named["id"]
    mailbox.draft(draft_id)
    raw, thread_id = _draft_content(call, call.json().get("message"))
    mailbox.update_draft(draft_id, raw, thread_id, world.now())
    return _draft_json(mailbox, draft_id)


def _get_draft(_world: World, mailbox: Mailbox, call: Call) -> Answer:
    message = mailbox.shown_draft(call.named["id"])
    return {"id": call.named["id"], "message": message.json(_format(call), [])}


def _delete_draft(_world: World, mailbox: Mailbox, call: Call) -> Answer:
    mailbox.delete_draft(call.named["id"])
    return None


def _list_drafts(world: World, mailbox: Mailbox, call: Call) -> Answer:
    found = [(draft_id, mailbox.messages[message_id]) for draft_id, message_id in reversed(mailbox.drafts.items())]
    query = call.one("q")
    if query:
        test = search.matcher(query, world.now())
        found = [each for each in found if _indexed(world, each[1]) and test(each[1])]
    page, more = _page(found, call, 500)
    shown: dict[str, Any] = {"resultSizeEstimate": len(found)} | more
    if page:
        shown["drafts"] = [
            {"id": draft_id, "message": {"id": message.id, "threadId": message.thread_id}} for draft_id, message in page
        ]
    return shown


def _send_draft(world: World, mailbox: Mailbox, call: Call) -> Answer:
    body = call.json()
    draft_id = body.get("id")
    if not isinstance(draft_id, str) or not draft_id:
        raise invalid("Missing draft id")
    if call.raced is not None and draft_id not in mailbox.drafts:
        return world.send(mailbox, call.raced).short()
    mailbox.draft(draft_id)
    if call.raw_of(body.get("message")) is not None:
        mailbox.update_draft(draft_id, *_draft_content(call, body.get("message")), world.now())
    return world.send(mailbox, mailbox.draft(draft_id).raw, draft_id=draft_id).short()


# Messages.


def _send_message(world: World, mailbox: Mailbox, call: Call) -> Answer:
    raw, thread_id = _draft_content(call, call.json())
    return world.send(mailbox, raw, thread_id=thread_id).short()


def _format(call: Call) -> str:
    format_ = call.one("format", "full").lower()
    if format_ not in _FORMATS:
        raise invalid(f"Invalid value at 'format': \"{format_}\"")
    if _METADATA in call.scopes and format_ in {"full", "raw"}:
        raise refusal(403, "forbidden", f"Metadata scope doesn't allow format {format_.upper()}")
    return format_


def _get_message(_world: World, mailbox: Mailbox, call: Call) -> Answer:
    if not re.fullmatch(r"[0-9a-fA-F]{1,16}", call.named["id"]):
        raise invalid("Invalid id value")
    return mailbox.message(call.named["id"]).json(_format(call), call.many("metadataHeaders"))


def _list_messages(world: World, mailbox: Mailbox, call: Call) -> Answer:
    found = _found(world, mailbox, call)
    page, more = _page(found, call, 500)
    shown: dict[str, Any] = {"resultSizeEstimate": len(found)} | more
    if page:
        shown["messages"] = [{"id": message.id, "threadId": message.thread_id} for message in page]
    return shown


def _found(world: World, mailbox: Mailbox, call: Call) -> list[Message]:
    """Return what a list method finds, newest first. The index lags behind by the sandbox's search lag."""
    query, labels = call.one("q"), set(call.many("labelIds"))
    if query and _METADATA in call.scopes:
        raise refusal(403, "forbidden", "Metadata scope does not support 'q' parameter")
    for label in labels:
        if label not in SYSTEM_LABELS and label not in mailbox.labels:
            raise invalid(f"Invalid label: {label}")
    hidden = call.flag("includeSpamTrash") or search.shows_hidden(query) or bool(labels & {"SPAM", "TRASH"})
    test = search.matcher(query, world.now())
    return [
        message
        for message in mailbox.newest_first()
        if labels <= message.labels
        and (hidden or not search.is_hidden(message))
        and _indexed(world, message)
        and test(message)
    ]


def _indexed(world: World, message: Message) -> bool:
    if Quirk.HIDES_FROM_SEARCH in world.quirks and "SENT" in message.labels:
        return False
    return world.search_lag <= timedelta(0) or message.received + world.search_lag <= world.now()


def _page(found: Sequence[Any], call: Call, top: int) -> tuple[Sequence[Any], dict[str, str]]:
    token = call.one("pageToken", "0")
    if not re.fullmatch(r"\d{1,18}", token):
        raise invalid("Invalid pageToken")
    start = int(token)
    end = start + call.count("maxResults", 100, top)
    return found[start:end], ({"nextPageToken": str(end)} if end < len(found) else {})


def _modify(_world: World, mailbox: Mailbox, call: Call) -> Answer:
    message, body = mailbox.message(call.named["id"]), call.json()
    mailbox.relabel(message, _strings(body, "addLabelIds"), _strings(body, "removeLabelIds"))
    return message.short()


def _strings(body: dict[str, Any], name: str) -> list[str]:
    value = body.get(name, [])
    if not isinstance(value, list) or any(not isinstance(each, str) for each in value) or len(value) > 100:
        raise invalid(f"Invalid value at '{name}'")
    return value


def _trash(_world: World, mailbox: Mailbox, call: Call) -> Answer:
    message = mailbox.message(call.named["id"])
    mailbox.relabel(message, ["TRASH"], ["INBOX"])
    return message.short()


def _untrash(_world: World, mailbox: Mailbox, call: Call) -> Answer:
    message = mailbox.message(call.named["id"])
    mailbox.relabel(message, [], ["TRASH"])
    return message.short()


def _attachment(_world: World, mailbox: Mailbox, call: Call) -> Answer:
    data = raw_mail.attachment(mailbox.message(call.named["messageId"]).parsed, call.named["id"])
    if data is None:
        raise not_found()
    return {"size": len(data), "data": base64.urlsafe_b64encode(data).decode()}


# Threads, labels, history, settings.


def _get_thread(_world: World, mailbox: Mailbox, call: Call) -> Answer:
    messages = mailbox.thread(call.named["id"])
    format_, only = _format(call), call.many("metadataHeaders")
    if format_ == "raw":
        raise invalid("Invalid value at 'format': \"raw\"")
    newest = max(message.history_id for message in messages)
    shown = [message.json(format_, only) for message in messages]
    return {"id": call.named["id"], "historyId": str(newest), "messages": shown}


def _list_threads(world: World, mailbox: Mailbox, call: Call) -> Answer:
    threads: dict[str, Message] = {}
    for message in _found(world, mailbox, call):
        threads.setdefault(message.thread_id, message)
    page, more = _page(list(threads.values()), call, 500)
    shown: dict[str, Any] = {"resultSizeEstimate": len(threads)} | more
    if page:
        shown["threads"] = [
            {"id": message.thread_id, "snippet": "", "historyId": str(message.history_id)} for message in page
        ]
    return shown


def _label_json(label_id: str, name: str, kind: str) -> dict[str, Any]:
    return {"id": label_id, "name": name, "type": kind}


def _list_labels(_world: World, mailbox: Mailbox, _call: Call) -> Answer:
    system = [_label_json(name, name, "system") for name in SYSTEM_LABELS]
    return {"labels": system + [_label_json(key, name, "user") for key, name in mailbox.labels.items()]}


def _get_label(_world: World, mailbox: Mailbox, call: Call) -> Answer:
    label = call.named["id"]
    if label not in SYSTEM_LABELS and label not in mailbox.labels:
        raise not_found()
    carrying = [message for message in mailbox.messages.values() if label in message.labels]
    kind = "system" if label in SYSTEM_LABELS else "user"
    unread = sum("UNREAD" in message.labels for message in carrying)
    counts = {"messagesTotal": len(carrying), "messagesUnread": unread}
    return _label_json(label, mailbox.labels.get(label, label), kind) | counts


def _create_label(_world: World, mailbox: Mailbox, call: Call) -> Answer:
    name = call.json().get("name")
    if not isinstance(name, str) or not name.strip():
        raise invalid("Invalid label name")
    return _label_json(mailbox.create_label(name), name, "user")


def _history(_world: World, mailbox: Mailbox, call: Call) -> Answer:
    start = call.one("startHistoryId")
    if not re.fullmatch(r"\d{1,20}", start):
        raise invalid(f"Invalid value at 'start_history_id' (TYPE_UINT64), \"{start}\"")
    if not mailbox.oldest_history_id <= int(start) <= mailbox.history_id:
        raise not_found()
    wanted = call.many("historyTypes")
    if any(kind not in _HISTORY_KINDS for kind in wanted):
        raise invalid("Invalid value at 'history_types'")
    kinds = {_HISTORY_KINDS[kind] for kind in wanted} or set(_HISTORY_KINDS.values())
    since = mailbox.history[_first_after(mailbox.history, int(start)) :]
    found = [
        change
        for change in since
        if change.kind in kinds and (not call.one("labelId") or call.one("labelId") in change.labels)
    ]
    page, more = _page(found, call, 500)
    shown: dict[str, Any] = {"historyId": str(mailbox.history_id)} | more
    if page:
        shown["history"] = [change.json() for change in page]
    return shown


def _first_after(history: list[Change], start: int) -> int:
    low, high = 0, len(history)
    while low < high:
        middle = (low + high) // 2
        if history[middle].id <= start:
            low = middle + 1
        else:
            high = middle
    return low


def _send_as_json(mailbox: Mailbox) -> dict[str, Any]:
    return {
        "sendAsEmail": mailbox.address,
        "displayName": mailbox.name,
        "replyToAddress": "",
        "signature": "",
        "isPrimary": True,
        "isDefault": True,
    }


def _list_send_as(_world: World, mailbox: Mailbox, _call: Call) -> Answer:
    return {"sendAs": [_send_as_json(mailbox)]}


def _get_send_as(_world: World, mailbox: Mailbox, call: Call) -> Answer:
    if call.named["sendAsEmail"].lower() != mailbox.address:
        raise not_found()
    return _send_as_json(mailbox)


_HANDLERS: dict[str, Handler] = {
    "getProfile": _profile,
    "drafts.create": _create_draft,
    "drafts.list": _list_drafts,
    "drafts.send": _send_draft,
    "drafts.get": _get_draft,
    "drafts.update": _update_draft,
    "drafts.delete": _delete_draft,
    "messages.send": _send_message,
    "messages.list": _list_messages,
    "messages.get": _get_message,
    "messages.modify": _modify,
    "messages.trash": _trash,
    "messages.untrash": _untrash,
    "messages.attachments.get": _attachment,
    "threads.list": _list_threads,
    "threads.get": _get_thread,
    "labels.list": _list_labels,
    "labels.get": _get_label,
    "labels.create": _create_label,
    "history.list": _history,
    "settings.sendAs.list": _list_send_as,
    "settings.sendAs.get": _get_send_as,
}
