"""The town of the round, and its pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from services.scheduling.web import api
from shared.identity import Identity, Kind
from shared.web import build_app
from shared.web.testing import SignedIn
from tests.unit.services.scheduling.rounds.rounds_scene import SCHOOL, settle_in
from tests.unit.services.scheduling.scene import DISTRICT, KEY, World


@pytest.fixture
def town(world: World) -> World:
    return settle_in(world)


@dataclass
class Site:
    world: World
    app: Any
    identity: Identity

    def staff(self, person_id: str, *schools: str, role: str) -> SignedIn:
        session = self.identity.sessions.start(
            Kind.STAFF, self.world.clock.now(), district=DISTRICT, person_id=person_id, role=role, schools=schools
        )
        return SignedIn(self.app, self.identity, session)

    @property
    def office(self) -> SignedIn:
        return self.staff("o-reyes", SCHOOL, role="office")

    @property
    def elsewhere(self) -> SignedIn:
        return self.staff("o-north", "org-northgate", role="office")

    @property
    def alvarez(self) -> SignedIn:
        return self.staff("t-alvarez", SCHOOL, role="teacher")

    @property
    def nobody(self) -> SignedIn:
        return SignedIn(self.app, self.identity, None)

    def path(self, guardian_id: str, type_: str = "round_invited") -> str:
        """The newest link that this guardian was sent."""
        links = [event.data["link"] for event in self.world.events(type_) if event.data["guardian_id"] == guardian_id]
        return str(links[-1]).removeprefix(self.world.ports.base_url)


@pytest.fixture
def site(town: World) -> Site:
    identity = Identity.build(KEY, mode="production", secure=False)
    app = build_app(api, runtime=town, ports=town.ports, clock=town.clock, identity=identity, mode="production")
    return Site(town, app, identity)
