"""SMS over HTTP in Twilio's shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from services.notifications.channels import twilio
from services.notifications.channels.port import ChannelError, Outcome, Outgoing
from services.notifications.channels.sms.segments import MOST, fitted
from services.notifications.channels.twilio import PERMANENT, signature, signed_by_us
from services.notifications.domain.inbound import Told

__all__ = ["NO_ANSWER", "PERMANENT", "STOPPED", "TwilioSms", "signature", "signed_by_us"]

STOPPED = "sms_21610"
NO_ANSWER = f"sms_{twilio.NO_ANSWER}"
STATUS = "/notifications/webhooks/sms/status"
LONGEST_WAIT_S = 36_000  # the most that ValidityPeriod may say


class TwilioSms:
    """`settings`: base (URL), account_sid, auth_token, sender; optionally lookup (true: can find by our key), segments."""

    def __init__(self, settings: Mapping[str, Any], *, base_url: str) -> None:
        self.name = str(settings.get("name", "twilio"))
        self.keeps_keys = bool(settings.get("lookup"))
        self.sender = str(settings.get("sender", ""))
        self._segments = int(settings.get("segments", MOST))
        self._base_url = base_url.rstrip("/")
        self._rest = twilio.TwilioRest(settings, channel="sms", resource="Messages")

    def carry(self, batch: Sequence[Outgoing]) -> list[Outcome]:
        return twilio.abreast(self._one, batch)

    def look_up(self, refs: Sequence[str], *, at: datetime) -> list[Told]:
        """What became of messages whose receipts never came; nothing of those that the provider does not tell of."""
        words = ((ref, self._rest.fetch(ref)) for ref in refs)
        known = (told(ref, str(body.get("status", "")), body.get("error_code"), at=at) for ref, body in words)
        return [word for word in known if word is not None]

    def callback(self, letter: Outgoing) -> str:
        """Where the provider tells what became of it; signed by the provider with its whole query."""
        return f"{self._base_url}{STATUS}?{urlencode({'district': letter.district, 'delivery': letter.delivery_id})}"

    def _one(self, letter: Outgoing) -> Outcome:
        if letter.again and (known := self._rest.handed_over(letter.delivery_id)) is not None:
            return known
        fields = {
            "To": letter.to,
            "MessagingServiceSid" if self.sender.startswith("MG") else "From": self.sender,
            "Body": fitted(letter.body, letter.link, most=self._segments),
            "StatusCallback": self.callback(letter),
        }
        if letter.expires_at is not None:
            left = int((letter.expires_at - letter.at).total_seconds())
            if left <= 0:
                return ChannelError("expired", permanent=True)
            fields["ValidityPeriod"] = str(min(left, LONGEST_WAIT_S))
        return self._rest.hand_over(fields, key=letter.delivery_id)


# MessageStatus → our word; what is not here ("receiving", "scheduled") changes nothing
STATES = {
    "accepted": "accepted",
    "queued": "accepted",
    "sending": "accepted",
    "sent": "sent",
    "delivered": "delivered",
    "read": "opened",
    "undelivered": "failed",
    "failed": "failed",
    "canceled": "failed",
}


def told(sid: str, status: str, error: object, *, at: datetime, delivery_id: str | None = None) -> Told | None:
    """A status, called back or looked up, as our word; None for one that says nothing of use."""
    state = STATES.get(status)
    if state is None:
        return None
    code = str(error if error is not None else "")
    refusal = twilio.told_code("sms", int(code)) if code.isascii() and code.isdigit() else None
    failed = state == "failed"
    return Told(
        channel="sms",
        key=f"{sid}:{status}",
        state=state,
        at=at,
        delivery_id=delivery_id,
        provider_ref=sid,
        code=(refusal.code if refusal else f"sms_{status}") if failed else None,
        permanent=refusal.permanent if refusal else True,
        how="read" if state == "opened" else None,
    )
