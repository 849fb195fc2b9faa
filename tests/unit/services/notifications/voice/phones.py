"""A district whose pages are on a real socket, and a provider that really rings."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from services.notifications.channels.sms.twilio import TwilioSms
from services.notifications.channels.voice import TwilioVoice
from services.notifications.handlers import writing
from services.notifications.handlers.writing import Author, Note
from services.notifications.web import api
from shared.identity import Identity
from shared.web import build_app
from tests.browser import serve
from tests.unit.services.notifications.sms.stand import Stand, provider, until
from tests.unit.services.notifications.world import District

ALVAREZ = Author("t-alvarez", "teacher", ("greenview",))


class Site:
    """What the app wants of a runtime and a clock."""

    def __init__(self, district: District) -> None:
        self.district = district

    def now(self) -> Any:
        return self.district.now

    @contextmanager
    def unit_of_work(self, service: str, district: str) -> Iterator[Any]:
        with self.district.transaction() as uow:
            yield uow


class Phones:
    """The district with its telephones."""

    def __init__(self, district: District, stand: Stand, base: str) -> None:
        self.district, self.stand, self.base = district, stand, base

    def write(self, text: str = "Mateo helped today.", *, kind: str = "info") -> None:
        with self.district.transaction() as uow:
            writing.write(uow, self.district.ports, ALVAREZ, Note(kind, text, "s-mateo"))
        self.settle()

    def settle(self) -> None:
        """Until every call that was placed has ended and what it told was heard."""
        self.district.settle()
        while self._on_the_line():
            until(lambda: not self._on_the_line())
        self.district.settle()

    def at(self, moment: Any) -> None:
        self.district.at(moment)
        self.settle()

    def _on_the_line(self) -> bool:
        return self.stand.telephony.callbacks.busy

    @property
    def rung(self) -> list[str]:
        return [call["to"] for call in self.stand.calls]

    def teach(self, number: str, manner: Any) -> None:
        self.stand.telephony.teach(number, manner)


@contextmanager
def phones(district: District, folder: Path, **voice: Any) -> Iterator[Phones]:
    """Texts and calls of the district go to the provider; callbacks come to real pages, one transaction at a time."""
    lock, real = threading.RLock(), district.transaction

    @contextmanager
    def one_at_a_time() -> Iterator[Any]:
        with lock, real() as uow:
            yield uow

    district.transaction = one_at_a_time  # type: ignore[method-assign]
    before = district.ports
    with provider(folder, keeps_keys=voice.get("lookup", True)) as stand:
        settings = stand.settings(lookup=True, **voice) if "lookup" not in voice else stand.settings(**voice)
        # the app is made with its ports, and the ports know where the app is: the address first
        holder: dict[str, Any] = {}
        with serve(lambda environ, start: holder["app"](environ, start)) as base:
            district.ports = replace(
                before,
                base_url=base,
                accounts={
                    "sms": {"t": TwilioSms(settings, base_url=base)},
                    "voice": {"t": TwilioVoice(settings, base_url=base)},
                    "email": before.accounts["email"],
                },
                settings={**before.settings, "sms": [settings], "voice": [settings]},
            )
            site = Site(district)
            holder["app"] = build_app(
                api, runtime=site, ports=district.ports, clock=site, identity=Identity.build("k" * 40, mode="demo", secure=False),
                mode="demo", sign_in_path=None,
            )  # fmt: skip
            yield Phones(district, stand, base)
    district.ports, district.transaction = before, real  # type: ignore[method-assign]
