"""A provider on a real socket, and letters for it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Any

from services.notifications.channels.port import Content, Outgoing
from services.notifications.channels.sms.twilio import TwilioSms
from shared.demo.callbacks import Weather
from shared.demo.journal import Journal
from shared.demo.telephony import Telephony
from shared.demo.telephony_http import open_door

ACCOUNT, TOKEN, BASE = "AC1", "secret", "https://homeroom.example.org"
NOON = datetime(2026, 9, 29, 17, 0, tzinfo=UTC)
CALM = Weather(reorder=0, duplicate=0)


@dataclass
class Stand:
    telephony: Telephony
    base: str
    folder: Path

    @property
    def texts(self) -> list[dict[str, Any]]:
        return self._read("sms.jsonl")

    @property
    def calls(self) -> list[dict[str, Any]]:
        return self._read("calls.jsonl")

    def _read(self, name: str) -> list[dict[str, Any]]:
        path = self.folder / name
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def settings(self, **changes: Any) -> dict[str, Any]:
        return {"base": self.base, "account_sid": ACCOUNT, "auth_token": TOKEN, "sender": "+13125559999", "name": "t", **changes}

    def sms(self, **changes: Any) -> TwilioSms:
        return TwilioSms(self.settings(**changes), base_url=BASE)


@contextmanager
def provider(folder: Path, *, keeps_keys: bool = True, weather: Weather = CALM) -> Iterator[Stand]:
    texts, calls = Journal(folder / "sms.jsonl"), Journal(folder / "calls.jsonl")
    telephony = Telephony(texts, calls, account=ACCOUNT, token=TOKEN, keeps_keys=keeps_keys, weather=weather)
    with open_door(telephony) as door:
        yield Stand(telephony, door.base, folder)


def letter(to: str = "+13125550111", text: str = "Mateo helped today.", **changes: Any) -> Outgoing:
    content = Content.plain("m-1", text, title="Greenview", language=changes.pop("language", "en"))
    return replace(Outgoing(delivery_id="d-1", district="riverside", at=NOON, content=content, to=to), **changes)


def until(condition: Callable[[], Any], *, seconds: float = 20) -> Any:
    """What the condition says once it says something; fails the test when it never does."""
    waiting = Event()
    for _ in range(int(seconds * 100)):
        if found := condition():
            return found
        waiting.wait(0.01)
    raise AssertionError("it never came")
