"""The pages of reach and repair over a reach house."""

from __future__ import annotations

from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from services.notifications.web import api
from shared.identity import Identity, Kind
from shared.identity.sessions import COOKIE
from shared.web import build_app
from shared.web.testing import SignedIn
from tests.unit.services.notifications.reach.reachhouse import ReachHouse


class ReachSite:
    """The app, and people to be."""

    def __init__(self, house: ReachHouse) -> None:
        self.house = house
        self.identity = Identity.build("k" * 40, mode="demo", secure=False)
        ports = SimpleNamespace(districts=("riverside",), base_url="https://homeroom.example.org")
        self.app = build_app(api, runtime=self, ports=ports, clock=self, identity=self.identity, mode="demo", sign_in_path=None)

    def now(self) -> Any:
        return self.house.now

    @contextmanager
    def unit_of_work(self, service: str, district: str):
        with self.house.transaction() as uow:
            yield uow

    def _session(self, role: str, schools: tuple[str, ...]) -> Any:
        return self.identity.sessions.start(
            Kind.STAFF, self.now(), district="riverside", person_id=f"p-{role}", role=role, schools=schools
        )

    def as_(self, role: str, *schools: str) -> SignedIn:
        return SignedIn(self.app, self.identity, self._session(role, schools))

    def sign_in(self, context: Any, url: str, role: str, *schools: str) -> None:
        """Into a browser's context."""
        token = self.identity.sessions.token(self._session(role, schools))
        context.add_cookies([{"name": COOKIE, "value": token, "url": url}])
