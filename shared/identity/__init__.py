"""Who is asking: signed links for guardians, sessions, CSRF tokens and the demo's sign-in."""

from shared.identity.identity import Identity
from shared.identity.links import LinkClaims, LinkRefused, Links
from shared.identity.sessions import Kind, Session, Sessions
from shared.identity.tables import consume, identity_tables

__all__ = [
    "Identity",
    "Kind",
    "LinkClaims",
    "LinkRefused",
    "Links",
    "Session",
    "Sessions",
    "consume",
    "identity_tables",
]
