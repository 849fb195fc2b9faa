"""SMS over HTTP in Twilio's shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from services.notifications.channels import twilio
from services.notifications.channels.port import ChannelError, Outcome, Outgoing
from services.notifications.channels.sms.segments import MOST, fitted
from services.notifications.channels.twilio import PERMANENT, signature, signed_by_us

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
