"""Pure rules about people: what a role means, who shares a household, who are siblings, what can be reached.

No I/O; `derive.py` feeds these from the staging file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import phonenumbers

from shared.ids import fingerprint

STAFF_ROLES = {
    "principal": "principal",
    "counselor": "counselor",
    "teacher": "teacher",
    "districtAdministrator": "administrator",
    "siteAdministrator": "administrator",
    "systemAdministrator": "administrator",
    "aide": "aide",
    "proctor": "aide",
    "ext:interpreter": "interpreter",
    "ext:office": "office",
}
_RANK = ("principal", "counselor", "interpreter", "teacher", "office", "administrator", "aide")
_FAMILY_ROLES = {"parent": "Parent", "guardian": "Guardian", "relative": "Family member"}
_E164 = re.compile(r"\+[1-9][0-9]{7,14}").fullmatch
_EMAIL = re.compile(r"[^@\s,;<>\"]{1,64}@[^@\s,;<>\"]+\.[^@\s,;<>\".]{2,}").fullmatch
REGION = "US"  # for numbers written without a country, as US exports do


@dataclass(frozen=True, slots=True)
class Link:
    """A guardian of a student, as the roster and the sidecar together say."""

    guardian: str
    relation: str
    legal: bool
    lives: bool
    priority: int
    receives: bool
    language: str
    household: str = ""  # the sidecar's label, which wins over what can be inferred


def staff_role(roles: Iterable[str]) -> str | None:
    """What a member of staff mainly is; None for people who are not staff."""
    found = {mapped for role in roles if (mapped := _staff(role))}
    return next((role for role in _RANK if role in found), None)


def _staff(role: str) -> str | None:
    if role in STAFF_ROLES:
        return STAFF_ROLES[role]
    return "office" if role.startswith("ext:") and "student" not in role else None


def relation_of(roles: Iterable[str]) -> str:
    """The relation of an agent of whom the sidecar says nothing."""
    return next((_FAMILY_ROLES[role] for role in roles if role in _FAMILY_ROLES), "Other")


def households(links: Iterable[Link]) -> dict[str, str]:
    """Guardian → household id, for the guardians of one student.

    Those who live with the student share a household, the same for every child who lives with the same set of guardians;
    everybody else has a home of their own. A label in the sidecar splits what would be one: joint custody is two homes.
    """
    homes: dict[str, list[str]] = {}
    for link in links:
        if link.household:
            homes.setdefault(f"label:{link.household}", []).append(link.guardian)
        elif link.lives:
            homes.setdefault("together", []).append(link.guardian)
        else:
            homes.setdefault(f"alone:{link.guardian}", []).append(link.guardian)
    ids: dict[str, str] = {}
    for name, members in homes.items():
        named = name if name.startswith("label:") else ",".join(sorted(members))
        for member in members:
            ids[member] = f"hh-{fingerprint(named)}"
    return ids


class SiblingGroups:
    """Children connected through guardians, directly or through each other (union-find over children only)."""

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}

    def join(self, first: str, second: str) -> None:
        one, other = self._root(first), self._root(second)
        if one != other:
            low, high = sorted((one, other))
            self._parent.setdefault(low, low)
            self._parent[high] = low  # the smallest id is the root, so that a group keeps its name

    def _root(self, child: str) -> str:
        root = child
        while self._parent.get(root, root) != root:
            root = self._parent[root]
        while child != root:
            self._parent[child], child = root, self._parent[child]
        return root

    def group(self, child: str) -> str | None:
        """The group's id; None for a child without siblings here."""
        return f"sib-{fingerprint(self._root(child))}" if child in self._parent else None


def usable_email(text: str) -> str | None:
    text = text.strip()
    return text if _EMAIL(text) else None


def usable_phone(text: str) -> str | None:
    """The number in E.164, or None if nobody could be called there."""
    text = text.strip()
    if not text:
        return None
    if _E164(text) and not text.startswith("+1"):
        return text
    if re.fullmatch(r"\+1[2-9][0-9]{2}[2-9][0-9]{6}", text):
        return text
    try:
        number = phonenumbers.parse(text, REGION)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    formatted: str = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return formatted
