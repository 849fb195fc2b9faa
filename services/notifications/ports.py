"""What the handlers reach the world through."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from services.notifications.channels.email import Email
from services.notifications.channels.port import Channel, Outcome, Outgoing
from services.notifications.channels.sms import Sms
from shared.identity import Links

LINK_LIFE = timedelta(days=30)


def directly(call: Callable[..., Any], *args: Any) -> Any:
    """Call it here; a process of green threads gives a way that does not stop them."""
    return call(*args)


@dataclass(frozen=True)
class Ports:
    """Channels by name, the maker of links, where this site is, and the districts it serves."""

    channels: Mapping[str, Channel]
    base_url: str
    districts: tuple[str, ...]
    links: Links | None = field(repr=False, default=None)
    email_sender: str = ""
    sms_token: str = field(repr=False, default="")
    offload: Callable[..., Any] = directly

    def link(
        self,
        path: str,
        district: str,
        person_id: str,
        *,
        purpose: str,
        now: datetime,
        resource: str = "",
        language: str = "en",
    ) -> str:
        """A page of ours for one person, short enough for a text message: none of these links works only once."""
        if self.links is None:
            return f"{self.base_url}{path}"
        token = self.links.issue(
            district,
            person_id,
            purpose=purpose,
            resource=resource,
            expires_at=now + LINK_LIFE,
            language=language,
            jti=purpose,
        )
        return f"{self.base_url}{path}/{token}"

    def carry(self, channel: str, batch: Sequence[Outgoing]) -> list[Outcome]:
        """Hand a batch to a channel, away from the green threads."""
        outcomes: list[Outcome] = self.offload(self.channels[channel].carry, batch)
        return outcomes


def build_ports(runtime: Any, *, offload: Callable[..., Any] = directly) -> Ports:
    """From the cell's settings; a process without a link key (an operator's command) sends no links."""
    cell = runtime.cell
    email, sms = Email(cell.smtp), Sms(cell.sms, base_url=cell.base_url)
    return Ports(
        channels={"email": email, "sms": sms},
        base_url=cell.base_url.rstrip("/"),
        districts=tuple(cell.districts),
        links=Links(runtime.link_key) if runtime.link_key else None,
        email_sender=email.sender,
        sms_token=sms.auth_token,
        offload=offload,
    )
