"""Reports by other mail systems: delivery status (RFC 3464), complaints (RFC 5965), and bounces in shapes of their own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email import message_from_string
from email.message import Message

from flufl.bounce import all_failures

from services.notifications.domain.receipts import DEAD

_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")


@dataclass(frozen=True, slots=True)
class Report:
    """`kind`: bounce, delayed, delivered, complaint, automatic. `original`: headers of what it is about."""

    kind: str
    code: str | None
    original: Message | None


def report(mail: Message) -> Report | None:
    """None for a mail that is no report."""
    if mail.get_content_type() != "multipart/report":
        return None
    kind = str(mail.get_param("report-type", "")).lower()
    parts = {part.get_content_type(): part for part in mail.walk()}
    original = _original(parts)
    if kind == "feedback-report" or "message/feedback-report" in parts:
        feedback = _fields(parts.get("message/feedback-report"))
        # "not-spam" takes a complaint back, "auth-failure" is about DMARC: neither is a person's complaint
        complained = feedback.get("feedback-type", "") in ("abuse", "fraud", "virus", "other", "opt-out")
        return Report("complaint" if complained else "automatic", feedback.get("feedback-type"), original)
    status = parts.get("message/delivery-status")
    if status is None:
        return Report("automatic", None, original)  # RFC 8098: a notice of reading, which we do not ask for
    said = _recipient(status)
    action = said.get("action", "")
    found = _STATUS.search(said.get("status", "")) or _STATUS.search(said.get("diagnostic-code", ""))
    code = found[0] if found else None
    if action == "failed" or (not action and code is not None and code[0] == "5"):
        return Report("bounce", code or "5.0.0", original)
    if action in ("delivered", "relayed", "expanded"):
        return Report("delivered", code, original)
    return Report("delayed", code, original)


def guessed(mail: Message) -> str | None:
    """ "bounce" or "delayed" for the shapes that mail programs have used before or beside RFC 3464; else None."""
    temporary, permanent = all_failures(mail)
    return "bounce" if permanent else "delayed" if temporary else None


def address_is_dead(code: str | None) -> bool:
    """Whether writing there again is useless, as opposed to: full, too large, refused by policy."""
    return code in DEAD


def _original(parts: dict[str, Message]) -> Message | None:
    if (whole := parts.get("message/rfc822")) is not None and isinstance(whole.get_payload(), list):
        return whole.get_payload(0)  # type: ignore[return-value]
    headers = parts.get("text/rfc822-headers")
    return message_from_string(_text(headers)) if headers is not None else None


def _recipient(status: Message) -> dict[str, str]:
    """The fields of the one recipient: our mails have one each. The first group is about the message (RFC 3464 §2.1)."""
    payload = status.get_payload()
    groups = [group for group in payload if isinstance(group, Message)] if isinstance(payload, list) else []
    about = [group for group in groups if "action" in group or "status" in group]
    chosen = about[-1] if about else None
    return {name.lower(): str(value).strip().lower() for name, value in chosen.items()} if chosen is not None else {}


def _fields(part: Message | None) -> dict[str, str]:
    if part is None:
        return {}
    payload = part.get_payload()
    inner = payload[0] if isinstance(payload, list) and payload else message_from_string(_text(part))
    return (
        {name.lower(): str(value).strip().lower() for name, value in inner.items()}
        if isinstance(inner, Message)
        else {}
    )


def _text(part: Message) -> str:
    payload = part.get_payload(decode=True)
    return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else str(part.get_payload())
