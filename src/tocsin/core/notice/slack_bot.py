"""What a Slack bot posts, and what Slack answers it: an incident is a thread, and its first message is kept up to date.

Slack API, "chat.postMessage" and "chat.update" (an answer of 200 may still say ``ok: false``; each names its errors),
"conversations.replies" (messages of a thread with who reacted to them), "Message metadata". A reply in a thread
notifies nobody who is not in it yet, so each is shown in the channel too (``reply_broadcast``).
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tocsin.core.delivery.outcome import Answer, Nod, Outcome
from tocsin.core.notice.slack import as_slack, plain
from tocsin.core.text import inert

if TYPE_CHECKING:
    from tocsin.core.notice.notice import Notice

# By which reaction somebody says that they have seen a message.
ACKNOWLEDGES = frozenset({"white_check_mark", "heavy_check_mark", "ballot_box_with_check", "eyes", "ok_hand", "+1"})
_EVENT = "tocsin_notice"
_REFUSED = frozenset(
    {"msg_too_long", "msg_blocks_too_long", "invalid_blocks", "invalid_blocks_format", "no_text", "invalid_arguments"}
)
# The first message was deleted, or is of a channel that the bot has left: a thread is begun anew.
THREAD_GONE = frozenset({"thread_not_found", "message_not_found", "cannot_reply_to_message"})
_NEW_TOKEN = "Slack takes the token no more: install the app anew, and put the new one where `token` points"  # noqa: S105 - words
_INVITE = "invite the app into the channel: /invite @its name"
_WAY_OUT = {
    **dict.fromkeys(("token_revoked", "token_expired", "invalid_auth", "account_inactive", "not_authed"), _NEW_TOKEN),
    **dict.fromkeys(("channel_not_found", "not_in_channel"), _INVITE),
    "is_archived": "bring the channel back, or name another one",
    "missing_scope": "give the app the scope that it lacks, and install it anew",
}


def as_post(notice: Notice, channel: str) -> dict[str, Any]:
    """The arguments of chat.postMessage: a message of its own, or one in the incident's thread."""
    told = {"incident": notice.part or notice.incident, "through": notice.revision}
    thread = {"thread_ts": notice.thread, "reply_broadcast": True} if notice.thread else {}
    return {
        "channel": channel,
        **as_slack(notice),
        **thread,
        "unfurl_links": False,
        "unfurl_media": False,
        "metadata": {"event_type": _EVENT, "event_payload": told},
    }


def as_update(notice: Notice, channel: str) -> dict[str, Any]:
    """The arguments of chat.update: a thread's first message tells the whole story; its metadata stay."""
    return {"channel": channel, "ts": notice.thread, **as_slack(notice)}


def as_acknowledged(channel: str, thread: str, who: str) -> dict[str, Any]:
    """The arguments of chat.postMessage: in the thread alone, since nobody need look up."""
    return {"channel": channel, "thread_ts": thread, "text": f"Acknowledged by {plain(inert(who))}."}


def said(outcome: Outcome, body: bytes) -> tuple[Outcome, dict[str, Any]]:
    """What Slack means by an answer: the outcome, and the answer as values.

    Args:
        outcome: by the status alone.
        body: the answer's.
    """
    if outcome.answer is not Answer.ACCEPTED:
        return outcome, {}
    try:
        held = json.loads(body)
    except ValueError:
        held = None
    if not isinstance(held, dict):
        return replace(outcome, answer=Answer.BUSY), {}
    if held.get("ok") is True:
        return Outcome(Answer.ACCEPTED, "ok", thread=str(held.get("ts", ""))), held
    error = inert(str(held.get("error", "no reason given")), 100)
    way_out = _WAY_OUT.get(error, "")
    detail = f"{error}{f': {way_out}' if way_out else ''}"
    return Outcome(Answer.REFUSED if error in _REFUSED else Answer.BUSY, detail, outcome.retry_after), held


def nods(held: dict[str, Any], incident: str) -> list[Nod]:
    """Who has reacted to which message of a thread, from the answer of conversations.replies."""
    found = []
    messages = held.get("messages")
    for message in messages if isinstance(messages, list) else ():
        through = _through(message, incident)
        reactions = message.get("reactions") if through else None
        for one in reactions if isinstance(reactions, list) else ():
            if isinstance(one, dict) and str(one.get("name", "")).partition("::")[0] in ACKNOWLEDGES:
                users = one.get("users")
                found += [Nod(f"{inert(str(user), 40)} by Slack", through) for user in (users or ())[:1]]
    return found


def _through(message: object, incident: str) -> int:
    """Through which deed of an incident a message of ours tells; 0 where it is none."""
    metadata = message.get("metadata") if isinstance(message, dict) else None
    if not isinstance(metadata, dict) or metadata.get("event_type") != _EVENT:
        return 0
    payload = metadata.get("event_payload")
    if not isinstance(payload, dict) or payload.get("incident") != incident:
        return 0
    through = payload.get("through")
    return through if type(through) is int else 0
