"""All of identity under one key, as the web layer is given it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from shared.identity.csrf import Csrf
from shared.identity.demo import DemoSignIn, SamplePerson
from shared.identity.links import Links
from shared.identity.sessions import Sessions


@dataclass(frozen=True, slots=True)
class Identity:
    """Links, sessions and CSRF tokens; `demo` is there in demo mode only."""

    links: Links
    sessions: Sessions
    csrf: Csrf
    demo: DemoSignIn | None = None

    @classmethod
    def build(
        cls,
        key: bytes | str,
        *,
        mode: str,
        secure: bool,
        demo_people: Callable[[], Sequence[SamplePerson]] | None = None,
    ) -> Identity:
        """From HOMEROOM_LINK_KEY's value; `demo_people` outside demo mode is refused with HomeroomError.

        `secure` marks cookies for https only: true wherever pages are not served on loopback.
        """
        demo = DemoSignIn(mode, demo_people) if demo_people is not None else None
        return cls(Links(key), Sessions(key, secure=secure), Csrf(key), demo)
