"""What the handlers reach the world through."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.translation.catalogue import load
from services.translation.engines import registry
from services.translation.engines.guarded import directly
from services.translation.translator import Translator
from services.translation.voice import Speaker, listening
from shared.identity import Links


@dataclass(frozen=True)
class Ports:
    """Catalogue, memory rules and engines behind one object."""

    translator: Translator
    speaker: Speaker = field(default_factory=Speaker)
    listener: listening.Listener = field(default_factory=listening.Listener)
    links: Links | None = field(repr=False, default=None)
    offload: Callable[..., Any] = directly

    def audio_path(self, district: str, audio_id: str, *, purpose: str, until: datetime) -> str:
        """Where a recording is fetched by whoever was sent it: signed, without a sign-in, the same for all of them."""
        if self.links is None:
            return f"/translation/audio/{audio_id}"
        token = self.links.issue(district, "", purpose=purpose, resource=audio_id, expires_at=until, jti=purpose)
        return f"/translation/audio/{token}"

    def close(self) -> None:
        """End the engines' processes."""
        self.translator.close()


def build_ports(
    runtime: Any, *, offload: Callable[..., Any] = directly, compute: Callable[..., Any] = directly
) -> Ports:
    """For a process: the cell's engines, and Apertium with whatever pairs are installed (none is not an error).

    `offload` and `compute`: how a process of green threads waits for a network, and works on a model.
    """
    accounts = runtime.cell.accounts(registry.CHANNEL)
    return Ports(
        Translator(load(), registry.build(accounts, offload=offload, compute=compute)),
        links=Links(runtime.link_key) if runtime.link_key else None,
        offload=offload,
        listener=listening.listener_of(runtime.cell.accounts(listening.CHANNEL)),
    )
