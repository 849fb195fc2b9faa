"""A teacher in a session and a family with a link, on one world."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from services.scheduling.web import api
from shared.identity import Identity, Kind
from shared.web import build_app
from shared.web.testing import SignedIn
from tests.unit.services.scheduling.scene import DISTRICT, KEY, World

BROWSER = {"Accept": "text/html"}
HOURS = "/scheduling/office-hours"
FORM = {"hours": "wed 15:30-16:30", "slot_minutes": "10", "buffer_minutes": "0", "modes": ["phone", "in_person"]}


class Desk:
    """A teacher in a session and a family with a link, on one world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.identity = Identity.build(KEY, mode="production", secure=False)
        self.app = build_app(
            api, runtime=world, ports=world.ports, clock=world.clock, identity=self.identity, mode="production"
        )
        self.nobody = SignedIn(self.app, self.identity, None)

    @property
    def alvarez(self) -> SignedIn:
        session = self.identity.sessions.start(
            Kind.STAFF, self.world.clock.now(), district=DISTRICT, person_id="t-alvarez", role="teacher", schools=("org-greenview",)
        )
        return SignedIn(self.app, self.identity, session)

    def page(self, path: str) -> str:
        answer = self.alvarez.get(path, headers=BROWSER)
        assert answer.status_code == 200, answer.text
        return str(answer.text)

    def save(self, **fields: Any) -> Any:
        return self.alvarez.post(HOURS, form={**FORM, **fields}, headers=BROWSER)

    def link(self, guardian_id: str = "g-meera", resource: str = "s-riya|t-alvarez") -> str:
        expires = self.world.clock.now() + timedelta(days=30)
        token = self.identity.links.issue(
            DISTRICT, guardian_id, purpose="hours", resource=resource, expires_at=expires, language="gu"
        )
        return f"/scheduling/hours/{token}"

    def at(self, text: str) -> None:
        self.world.clock.advance_to(datetime.fromisoformat(text).replace(tzinfo=UTC))
