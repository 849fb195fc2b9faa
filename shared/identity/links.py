"""Links that let one guardian do one thing in one district, once, until a time.

A GET with such a link only shows a button (mail scanners and previews fetch links); the POST consumes it. A link that
is unknown, changed, expired, already used or meant for something else gets one and the same answer, so that
nothing is learnt by trying. The token holds ids and closed values only, never a name or a contact point.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

import orjson

from shared.errors import HomeroomError
from shared.identity.signing import Signer, TokenBad


class LinkRefused(HomeroomError):
    """The one answer for every link that does not work."""

    def __init__(self) -> None:
        super().__init__(
            "LINK_REFUSED",
            "This link does not work any more.",
            "Ask the school for a new one; a link works once and for a limited time.",
            "link",
        )


@dataclass(frozen=True, slots=True)
class LinkClaims:
    """What a verified link says. `resource` is what it acts on (a survey id, a meeting id); `jti` names the link."""

    district: str
    subject_id: str
    purpose: str
    resource: str
    expires_at: datetime
    jti: str
    language: str = "en"
    school: str | None = None


class Links:
    """Issues and reads links under one key (HOMEROOM_LINK_KEY)."""

    def __init__(self, key: bytes | str) -> None:
        self._signer = Signer(key, "link")

    def issue(
        self,
        district: str,
        subject_id: str,
        *,
        purpose: str,
        resource: str,
        expires_at: datetime,
        language: str = "en",
        school: str | None = None,
        jti: str | None = None,
    ) -> str:
        """A token for a URL. Give `jti` to make the same link again (a repeated send); else it is random, 96 bits."""
        if expires_at.tzinfo is None:
            raise ValueError("a link expires at an aware datetime")
        expiry = int(expires_at.timestamp())
        fields = [district, subject_id, purpose, resource, expiry, jti or secrets.token_urlsafe(12), language, school]
        return self._signer.sign(orjson.dumps(fields))

    def read(self, token: str, now: datetime, *, purpose: str) -> LinkClaims:
        """The claims of a token for `purpose` that has not expired; raises LinkRefused otherwise.

        Whether it was used already is the database's knowledge: see `shared.identity.tables.consume`.
        """
        try:
            fields = orjson.loads(self._signer.read(token))
        except (TokenBad, ValueError):
            raise LinkRefused from None
        district, subject_id, said_purpose, resource, expiry, jti, language, school = fields
        expires_at = datetime.fromtimestamp(expiry, UTC)
        if said_purpose != purpose or now >= expires_at:
            raise LinkRefused
        return LinkClaims(district, subject_id, said_purpose, resource, expires_at, jti, language, school)
