"""What the handlers reach the world through."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from services.notifications.channels import registry
from services.notifications.channels.port import Channel, Outcome, Outgoing
from shared.identity import Links

LINK_LIFE = timedelta(days=30)


def directly(call: Callable[..., Any], *args: Any) -> Any:
    """Call it here; a process of green threads gives a way that does not stop them."""
    return call(*args)


@dataclass(frozen=True)
class Ports:
    """Accounts by channel and name, the maker of links, where this site is, and the districts it serves.

    `settings`: the accounts' settings as the cell file gives them (secrets, so never in a repr).
    """

    accounts: Mapping[str, Mapping[str, Channel]]
    base_url: str
    districts: tuple[str, ...]
    links: Links | None = field(repr=False, default=None)
    settings: Mapping[str, Sequence[Mapping[str, Any]]] = field(repr=False, default_factory=dict)
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

    def carry(self, channel: str, account: str, batch: Sequence[Outgoing]) -> list[Outcome]:
        """Hand a batch to an account, away from the green threads."""
        outcomes: list[Outcome] = self.offload(self.accounts[channel][account].carry, batch)
        return outcomes

    def secrets(self, channel: str, key: str) -> tuple[str, ...]:
        """One setting of every account of a channel: any of them may have signed what comes in."""
        return tuple(str(one[key]) for one in self.settings.get(channel, ()) if one.get(key))


def build_ports(runtime: Any, *, offload: Callable[..., Any] = directly) -> Ports:
    """From the cell's settings; a process without a link key (an operator's command) sends no links."""
    cell = runtime.cell
    return Ports(
        accounts=registry.build(cell),
        base_url=cell.base_url.rstrip("/"),
        districts=tuple(cell.districts),
        links=Links(runtime.link_key) if runtime.link_key else None,
        settings={channel: cell.accounts(channel) for channel in registry.CHANNELS},
        offload=offload,
    )
