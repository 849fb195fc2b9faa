"""What handlers and pages reach the world through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from services.surveys.definitions import Library
from services.surveys.domain.calendar import GRACE, LINK_LIFE
from shared.identity import Links
from shared.ids import derived_id

SURVEY = "survey"
PREFERENCES = "preferences"
RECEIPT = "receipt"


@dataclass(frozen=True)
class Ports:
    """Definitions, and links that guardians open."""

    library: Library
    links: Links
    base_url: str
    districts: tuple[str, ...] = ()
    telephones: Sequence[Mapping[str, Any]] = field(repr=False, default=())  # accounts for calls, with their secrets

    def survey_token(
        self, district: str, assignment_id: str, guardian_id: str, *, due_at: datetime, language: str, school: str
    ) -> str:
        """The same token each time, so that a reminder carries the link that the family already has."""
        return self.links.issue(
            district,
            guardian_id,
            purpose=SURVEY,
            resource=assignment_id,
            expires_at=due_at + GRACE + LINK_LIFE,
            language=language,
            school=school,
            jti=derived_id(SURVEY, assignment_id)[:16],
        )

    def survey_link(self, token: str) -> str:
        return f"{self.base_url}/surveys/s/{token}"

    def voice_menu(self, district: str, assignment_id: str) -> str:
        """Where a call goes on with the survey; only what the provider has signed is taken there."""
        named = urlencode({"district": district, "assignment": assignment_id})
        return f"{self.base_url.rstrip('/')}/surveys/voice/menu?{named}"

    def preferences_token(
        self, district: str, guardian_id: str, *, now: datetime, language: str, school: str | None
    ) -> str:
        """For the guardian's own page, as long as a survey's link lives."""
        return self.links.issue(
            district,
            guardian_id,
            purpose=PREFERENCES,
            resource=guardian_id,
            expires_at=now + LINK_LIFE,
            language=language,
            school=school,
        )

    def preferences_link(self, token: str) -> str:
        return f"{self.base_url}/surveys/preferences/{token}"

    def receipt_token(
        self, district: str, assignment_id: str, guardian_id: str, *, now: datetime, language: str, school: str | None
    ) -> str:
        """For one response and what it has changed, no more: whoever finds a printed form holds one of these."""
        return self.links.issue(
            district,
            guardian_id,
            purpose=RECEIPT,
            resource=assignment_id,
            expires_at=now + LINK_LIFE,
            language=language,
            school=school,
        )


def build_ports(runtime: Any) -> Ports:
    """For a process: definitions from disk, links under the cell's key."""
    cell = runtime.cell
    return Ports(
        Library(),
        Links(runtime.link_key),
        cell.base_url,
        districts=tuple(cell.districts),
        telephones=tuple(cell.accounts("voice")),
    )
