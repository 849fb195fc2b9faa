"""Sessions: a signed cookie that says who is signed in, with nothing kept on the server.

Ids and closed values only. Ends at `expires_at` (staff 8 h, guardians 1 h: shared phones); signing out drops the cookie,
a new signing key ends every session.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from shared.identity.signing import Signer, TokenBad

COOKIE = "homeroom_session"


class Kind(StrEnum):
    """Who can hold a session. Students cannot: they are not users."""

    STAFF = "staff"
    GUARDIAN = "guardian"


LIFETIME = {Kind.STAFF: timedelta(hours=8), Kind.GUARDIAN: timedelta(hours=1)}


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in person. `sid` names the session and binds its CSRF tokens."""

    kind: Kind
    district: str
    person_id: str
    role: str
    schools: tuple[str, ...]
    language: str
    expires_at: datetime
    sid: str


class Sessions:
    """Makes and reads session cookies under one key; `secure` is on wherever pages are served over https."""

    def __init__(self, key: bytes | str, *, secure: bool) -> None:
        self._signer = Signer(key, "session")
        self.secure = secure

    def start(
        self,
        kind: Kind,
        now: datetime,
        *,
        district: str,
        person_id: str,
        role: str,
        schools: tuple[str, ...] = (),
        language: str = "en",
    ) -> Session:
        """A new session with a fresh id (never one the browser brought: no fixation)."""
        expires_at = (now + LIFETIME[kind]).replace(microsecond=0)
        return Session(kind, district, person_id, role, schools, language, expires_at, secrets.token_urlsafe(12))

    def token(self, session: Session) -> str:
        """The cookie's value."""
        fields = [
            session.kind,
            session.district,
            session.person_id,
            session.role,
            list(session.schools),
            session.language,
            int(session.expires_at.timestamp()),
            session.sid,
        ]
        return self._signer.sign(json.dumps(fields, separators=(",", ":"), ensure_ascii=False).encode())

    def read(self, token: str | None, now: datetime) -> Session | None:
        """The session of a cookie; None when there is none, it expired or it is not ours."""
        if not token:
            return None
        try:
            fields = json.loads(self._signer.read(token))
        except (TokenBad, ValueError):
            return None
        kind, district, person_id, role, schools, language, expiry, sid = fields
        expires_at = datetime.fromtimestamp(expiry, UTC)
        if now >= expires_at:
            return None
        return Session(Kind(kind), district, person_id, role, tuple(schools), language, expires_at, sid)

    def cookie(self, session: Session | None) -> str:
        """A Set-Cookie value that starts the session, or ends it when given None."""
        value, age = (self.token(session), "") if session else ("", "; Max-Age=0")
        secure = "; Secure" if self.secure else ""
        return f"{COOKIE}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{age}"
