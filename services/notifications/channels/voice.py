"""Calls over HTTP in Twilio's shape: placed here, spoken by `web.voice` when somebody picks up.

A family is never called in a voice of another language: where there is neither a recording nor a voice of its own, the
call is refused for good and the next channel has its turn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from services.notifications.channels import twilio
from services.notifications.channels.port import ChannelError, Outcome, Outgoing
from services.notifications.channels.twiml import voice_for
from services.notifications.domain.inbound import Told

ANSWER, ENDED = "/notifications/webhooks/voice/answer", "/notifications/webhooks/voice/ended"
RING_S = 25
UNANSWERED = "voice_unanswered"
# CallStatus of calls that nobody took
NOT_TAKEN = frozenset({"busy", "no-answer", "failed", "canceled"})


class TwilioVoice:
    """`settings`: base, account_sid, auth_token, sender; optionally lookup, tries, ring_seconds.

    Understands extras `try` (which call of this delivery it is, from 1) and `audio` (whether there is a recording).
    """

    def __init__(self, settings: Mapping[str, Any], *, base_url: str) -> None:
        self.name = str(settings.get("name", "twilio"))
        self.keeps_keys = bool(settings.get("lookup"))
        self._sender = str(settings.get("sender", ""))
        self._ring_s = int(settings.get("ring_seconds", RING_S))
        self._base_url = base_url.rstrip("/")
        self._rest = twilio.TwilioRest(settings, channel="voice", resource="Calls")

    def carry(self, batch: Sequence[Outgoing]) -> list[Outcome]:
        return twilio.abreast(self._one, batch)

    def look_up(self, refs: Sequence[str], *, at: datetime) -> list[Told]:
        """How calls ended that nobody has told us of; nothing of those still on, or that the provider does not know."""
        words = (told(ref, str(self._rest.fetch(ref).get("status", "")), at=at) for ref in refs)
        return [word for word in words if word is not None]

    def callback(self, path: str, letter: Outgoing) -> str:
        """One of our addresses, signed by the provider with its whole query when it calls."""
        named = {"district": letter.district, "delivery": letter.delivery_id, "try": str(letter.extras.get("try", 1))}
        return f"{self._base_url}{path}?{urlencode(named)}"

    def _one(self, letter: Outgoing) -> Outcome:
        if not letter.extras.get("audio") and voice_for(letter.language) is None:
            return ChannelError("voice_no_language", permanent=True)
        if letter.expires_at is not None and letter.expires_at <= letter.at:
            return ChannelError("expired", permanent=True)
        key = f"{letter.delivery_id}:{letter.extras.get('try', 1)}"
        if letter.again and (known := self._rest.handed_over(key)) is not None:
            return known
        fields = {
            "To": letter.to,
            "From": self._sender,
            "Url": self.callback(ANSWER, letter),
            "Method": "POST",
            "StatusCallback": self.callback(ENDED, letter),
            "StatusCallbackMethod": "POST",
            "MachineDetection": "DetectMessageEnd",
            "Timeout": str(self._ring_s),
        }
        return self._rest.hand_over(fields, key=key)


def told(sid: str, status: str, *, at: datetime, delivery_id: str | None = None) -> Told | None:
    """How a call ended as our word, the same whether it was told or asked for; None while it is on."""
    if status == "completed":
        return Told("voice", f"{sid}:ended", "delivered", at, delivery_id=delivery_id, provider_ref=sid)
    if status in NOT_TAKEN:
        return Told("voice", f"{sid}:ended", "failed", at, delivery_id=delivery_id, provider_ref=sid, code=UNANSWERED)
    return None
