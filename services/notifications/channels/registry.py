"""Which class is which kind of account; the cell file names kinds, never classes."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

from services.notifications.channels.port import Channel

# (channel, provider) → module and class; made with (settings, base_url=…)
ACCOUNTS = {
    ("email", "smtp"): "services.notifications.channels.email.account:SmtpAccount",
    ("sms", "twilio"): "services.notifications.channels.sms.twilio:TwilioSms",
    ("sms", "smpp"): "services.notifications.channels.sms.smpp:SmppSms",
    ("whatsapp", "cloud"): "services.notifications.channels.whatsapp:WhatsAppCloud",
    ("push", "vapid"): "services.notifications.channels.push:WebPush",
    ("voice", "twilio"): "services.notifications.channels.voice:TwilioVoice",
}
CHANNELS = ("email", "sms", "whatsapp", "push", "voice")


def build(cell: Any) -> dict[str, Mapping[str, Channel]]:
    """Accounts by channel and name, in the order of the cell file."""
    return {
        channel: {str(one["name"]): _make(channel, one, cell.base_url) for one in cell.accounts(channel)}
        for channel in CHANNELS
    }


def _make(channel: str, settings: Mapping[str, Any], base_url: str) -> Channel:
    module, _, name = ACCOUNTS[channel, str(settings["provider"])].partition(":")
    account: Channel = getattr(importlib.import_module(module), name)(settings, base_url=base_url)
    return account
