"""Signing in as a sample person, without a password: for the demo only.

It exists only where the process was *constructed* in demo mode; no setting, header or environment variable can turn it
on later, because without the object there are no routes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from shared.errors import HomeroomError
from shared.identity.sessions import Kind

DEMO_MODE = "demo"


@dataclass(frozen=True, slots=True)
class SamplePerson:
    """Somebody the demo's visitor can be. `label` is a sample name and what they are, for the button."""

    kind: Kind
    role: str
    person_id: str
    district: str
    schools: tuple[str, ...]
    label: str
    language: str = "en"
    home: str = "/"


class DemoSignIn:
    """The sample people of a demo; refuses to be made in any other mode (HomeroomError)."""

    def __init__(self, mode: str, people: Callable[[], Sequence[SamplePerson]]) -> None:
        if mode != DEMO_MODE:
            raise HomeroomError(
                "DEMO_SIGN_IN_REFUSED",
                "Signing in without a password exists in demo mode only.",
                "Configure the district's sign-in (OIDC), or run `homeroom demo`.",
                f"cell mode {mode}",
            )
        self._people = people

    def people(self) -> Sequence[SamplePerson]:
        return self._people()

    def find(self, person_id: str) -> SamplePerson | None:
        return next((person for person in self._people() if person.person_id == person_id), None)
