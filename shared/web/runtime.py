"""What the web layer needs of the process it runs in."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from shared.clock import Clock
from shared.identity import Identity
from shared.messaging.uow import UnitOfWork
from shared.web.api import Api
from shared.web.nav import NavItem


class Runtime(Protocol):
    """Opens transactions; `shared.messaging.runtime.Runtime` is one."""

    def unit_of_work(self, service: str, district: str) -> AbstractContextManager[UnitOfWork]:
        """A transaction that commits when its block ends well."""
        ...

    def reading(self, service: str, district: str) -> AbstractContextManager[UnitOfWork]:
        """For a page that only looks: no transaction."""
        ...


@dataclass(frozen=True, slots=True)
class Site:
    """One service's app: its routes and everything they stand on."""

    api: Api
    runtime: Runtime
    ports: Any
    clock: Clock
    identity: Identity
    mode: str
    nav: tuple[NavItem, ...]
    sign_in_path: str | None
