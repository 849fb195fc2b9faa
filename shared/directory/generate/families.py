"""Families drawn first, their children spread over grades afterwards: siblings then meet across schools by themselves."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate
from random import Random

from shared.directory.generate import names
from shared.directory.generate.knobs import Knobs


@dataclass(slots=True)
class Guardian:
    given: str
    family: str
    language: str
    relation: str
    lives: bool
    legal: bool = True
    home: str = "a"


@dataclass(slots=True)
class Child:
    given: str
    family: str
    birth_offset: int  # grade as a number, K is 0


@dataclass(slots=True)
class Family:
    guardians: list[Guardian] = field(default_factory=list)
    children: list[Child] = field(default_factory=list)

    @property
    def two_homes(self) -> bool:
        return len({guardian.home for guardian in self.guardians}) > 1


_STAND_INS = (
    (0.50, "Grandmother"), (0.75, "Aunt"), (0.85, "Guardian"), (0.93, "Foster parent"), (1.0, "Court appointed guardian"),
)  # fmt: skip


def families(random: Random, knobs: Knobs) -> Iterator[Family]:
    """Families without end."""
    sizes = list(accumulate(knobs.children))
    tongues = list(knobs.languages)
    weights = list(accumulate(knobs.languages.values()))
    draw, choice = random.random, random.choice

    def language() -> str:
        if draw() >= knobs.other_language_homes:
            return "en"
        return tongues[min(bisect(weights, draw() * weights[-1]), len(tongues) - 1)]

    odd = knobs.dirt.odd_names / 10_000
    while True:
        spoken = language()
        surname = choice(names.family(spoken))
        if draw() < odd:
            surname = choice(names.ODD)
        family = Family(guardians=_guardians(random, knobs, spoken, surname, language))
        grade = int(draw() * 13)
        for _ in range(1 + min(bisect(sizes, draw() * sizes[-1]), len(sizes) - 1)):
            child_surname = surname if draw() < 0.94 else family.guardians[-1].family
            family.children.append(Child(choice(names.given(spoken)), child_surname, grade))
            grade = (grade + 1 + int(draw() * 3)) % 13
        yield family


def _guardians(random: Random, knobs: Knobs, spoken: str, surname: str, language: object) -> list[Guardian]:
    draw, choice = random.random, random.choice
    given = names.given(spoken)

    def parent(relation: str, *, home: str = "a", tongue: str = spoken, last: str = surname) -> Guardian:
        return Guardian(choice(names.given(tongue)), last, tongue, relation, lives=home == "a", home=home)

    def elsewhere(relation: str) -> Guardian:
        tongue = spoken if draw() < 0.8 else "en"
        last = surname if draw() < 0.5 else choice(names.family(tongue))
        return parent(relation, home="b", tongue=tongue, last=last)

    share = draw()
    if share < knobs.two_parents:
        both = [parent("Mother"), parent("Father")]
        if draw() < knobs.other_home_if_two:
            both[1].relation, both[1].legal = "Father, step", False
            both.append(elsewhere("Father"))
        return both
    if share < knobs.two_parents + knobs.mother_only:
        alone = [parent("Mother")]
        return [*alone, elsewhere("Father")] if draw() < knobs.other_home_if_single else alone
    if share < knobs.two_parents + knobs.mother_only + knobs.father_only:
        alone = [parent("Father")]
        return [*alone, elsewhere("Mother")] if draw() < knobs.other_home_if_single else alone
    pick = draw()
    relation = next(name for limit, name in _STAND_INS if pick <= limit)
    return [Guardian(choice(given), choice(names.family(spoken)), spoken, relation, lives=True)]
