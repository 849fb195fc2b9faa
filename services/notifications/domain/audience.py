"""Whom an announcement is for, and by which ways an emergency goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Audience:
    """The families of students to whom everything that is given applies; nothing given is nobody.

    `everyone`: the whole district (an administrator's). `guardians`: a list, of those who have a child in the rest.
    """

    schools: tuple[str, ...] = ()
    grades: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    students: tuple[str, ...] = ()
    guardians: tuple[str, ...] = ()
    everyone: bool = False

    @property
    def empty(self) -> bool:
        return not (self.schools or self.classes or self.students or self.guardians or self.everyone)

    def as_json(self) -> dict[str, Any]:
        """What the message keeps of it."""
        names = ("schools", "grades", "classes", "students", "guardians")
        given: dict[str, Any] = {name: list(getattr(self, name)) for name in names if getattr(self, name)}
        return given | ({"everyone": True} if self.everyone else {})

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> Audience:
        lists = {name: tuple(value) for name, value in given.items() if name != "everyone"}
        return cls(**lists, everyone=bool(given.get("everyone")))


# how many addresses of each channel an emergency uses (slsd.org's rule: six telephones, two mailboxes)
EMERGENCY_WAYS = {"voice": 6, "sms": 6, "email": 2, "whatsapp": 1, "push": 1}


def ways(points: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """An emergency's copies for one person: way ("sms", "voice:2") → address; the page is always one of them."""
    found = {
        channel if number == 1 else f"{channel}:{number}": address
        for channel, most in EMERGENCY_WAYS.items()
        for number, address in enumerate(points.get(channel, ())[:most], start=1)
    }
    return {**found, "page": ""}


def channel_of(way: str) -> str:
    """The channel of a way."""
    return way.partition(":")[0]


def address_of(way: str, points: Mapping[str, Sequence[str]]) -> str | None:
    """The address that a way means now; None where there is none any more."""
    channel, _, number = way.partition(":")
    given = points.get(channel, ())
    place = int(number or 1) - 1
    return given[place] if place < len(given) else None
