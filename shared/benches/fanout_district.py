"""A district of 41,000 guardians as rows, and who of them an announcement must reach by email, worked out on the side.

Families of one to three children, some of them in two schools, one or two guardians in one or two homes, twelve
languages. `Family` facts are drawn first; rows and the expected recipients are both made from them, so that the second
does not come from the code that is measured.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import psycopg

from shared.benches.fanout_texts import LANGUAGES

SCHOOLS = 50
ANNOUNCER = "t-office"
RESTRICTED, SUPPRESSED, QUIET, WISHES = 0.03, 0.02, 0.03, 0.20  # shares of the guardians
QUIET_FOR = timedelta(hours=3)


@dataclass(frozen=True, slots=True)
class Child:
    student_id: str
    name: str
    school_id: str


@dataclass(frozen=True, slots=True)
class Reader:
    """One guardian: the children in the roster, those an order bars, and what else stands in the way of an email now."""

    guardian_id: str
    email: str
    household_id: str
    language: str
    preferred_language: str | None
    children: tuple[Child, ...]
    barred: frozenset[str]
    stopped: str | None
    quiet: bool
    wishes: bool

    @property
    def reads(self) -> str:
        return self.preferred_language or self.language

    @property
    def told_of(self) -> tuple[Child, ...]:
        return tuple(child for child in self.children if child.student_id not in self.barred)

    @property
    def expected(self) -> bool:
        """Whether an announcement reaches this mailbox now."""
        return bool(self.told_of) and self.stopped is None and not self.quiet

    def as_peer_sees(self) -> dict[str, str]:
        """A recipient of a peer: already decided, names written out."""
        names = ", ".join(child.name for child in self.told_of)
        return {"id": self.guardian_id, "email": self.email, "language": self.reads, "names": names}


def draw(guardians: int, *, languages: int, seed: int) -> list[Reader]:
    """So many guardians, the same for the same seed."""
    dice = random.Random(seed)
    spoken = LANGUAGES[:languages]
    weights = [8, 6] + [1] * (len(spoken) - 2) if len(spoken) > 2 else [1] * len(spoken)
    found: list[Reader] = []
    family = 0
    while len(found) < guardians:
        family += 1
        school = dice.randrange(SCHOOLS)
        children = tuple(
            Child(f"s-{family}-{number}", f"Child{family}{'abc'[number]}", f"school-{(school + number % 2) % SCHOOLS}")
            for number in range(dice.choices((1, 2, 3), (55, 33, 12))[0])
        )
        language = dice.choices(spoken, weights)[0]
        two_homes = dice.random() < 0.15
        for number in range(min(dice.choices((1, 2), (30, 70))[0], guardians - len(found))):
            found.append(_reader(dice, family, number, children, language, two_homes=two_homes, spoken=spoken))
    return found


def _reader(
    dice: random.Random,
    family: int,
    number: int,
    children: tuple[Child, ...],
    language: str,
    *,
    two_homes: bool,
    spoken: Sequence[str],
) -> Reader:
    guardian_id = f"g-{family}-{number}"
    barred = frozenset[str]()
    if dice.random() < RESTRICTED:
        barred = frozenset(child.student_id for child in (children if dice.random() < 0.5 else children[:1]))
    wishes = dice.random() < WISHES
    return Reader(
        guardian_id=guardian_id,
        email=f"{guardian_id}@families.example",
        household_id=f"h-{family}-{number if two_homes else 0}",
        language=language,
        preferred_language=dice.choice(spoken) if wishes and dice.random() < 0.3 else None,
        children=children,
        barred=barred,
        stopped=dice.choice(("stop", "bounced")) if dice.random() < SUPPRESSED else None,
        quiet=wishes and dice.random() < QUIET / WISHES,
        wishes=wishes,
    )


def fill(connection: psycopg.Connection, readers: Sequence[Reader], now: datetime) -> None:
    """The notifications service's own view of that district, by COPY; `connection` is on its schema."""
    for table, rows in _tables(readers, now).items():
        columns, *values = rows
        with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
            for row in values:
                copy.write_row(row)
    connection.execute("ANALYZE")


def _tables(readers: Sequence[Reader], now: datetime) -> dict[str, list[tuple[Any, ...]]]:
    settings = json.dumps({"languages": list(LANGUAGES), "quiet_start": None, "quiet_end": None})
    schools = [(f"school-{n}", 1, "1", f"School {n}", "UTC", settings) for n in range(SCHOOLS)]
    staff = [
        (ANNOUNCER, 1, True, "administrator", json.dumps([row[0] for row in schools]), "[]", "Office", "District", None)
    ]
    students = {child.student_id: child for reader in readers for child in reader.children}
    return {
        "school": [("school_id", "revision", "config_version", "name", "timezone", "settings"), *schools],
        "staff": [
            ("staff_id", "revision", "active", "role", "school_ids", "class_ids", "given_name", "family_name", "email"),
            *staff,
        ],
        "student": [
            ("student_id", "revision", "active", "school_id", "grade", "class_ids", "teacher_ids", "given_name", "family_name"),
            *((c.student_id, 1, True, c.school_id, "04", "[]", "[]", c.name, "Sample") for c in students.values()),
        ],
        "guardian": [
            ("guardian_id", "revision", "language", "given_name", "family_name", "email"),
            *((r.guardian_id, 1, r.language, "Sam", "Sample", r.email) for r in readers),
        ],
        "guardian_link": [
            ("guardian_id", "student_id", "revision", "active", "household_id", "relationship", "legal_guardian",
             "lives_with", "priority", "receives"),
            *_links(readers),
        ],
        "contact_restriction": [
            ("restriction_id", "revision", "guardian_id", "student_id", "scope", "starts_on", "ends_on", "lifted"),
            *(
                (f"r-{r.guardian_id}-{student}", 1, r.guardian_id, student, "no_contact", now.date() - timedelta(days=30),
                 None, False)
                for r in readers
                for student in sorted(r.barred)
            ),
        ],
        "suppressed": [
            ("guardian_id", "channel", "source", "since"),
            *((r.guardian_id, "email", r.stopped, now) for r in readers if r.stopped),
        ],
        "preference": [
            ("guardian_id", "version", "channel_order", "quiet_start", "quiet_end", "timezone", "language"),
            *(
                (r.guardian_id, 1, json.dumps(["email", "sms"]), *_quiet(r, now), "UTC", r.preferred_language)
                for r in readers
                if r.wishes
            ),
        ],
    }  # fmt: skip


def _links(readers: Sequence[Reader]) -> Iterator[tuple[Any, ...]]:
    for reader in readers:
        priority = 1 + int(reader.guardian_id.rpartition("-")[2])
        for child in reader.children:
            yield (
                reader.guardian_id,
                child.student_id,
                1,
                True,
                reader.household_id,
                "parent",
                True,
                True,
                priority,
                True,
            )


def _quiet(reader: Reader, now: datetime) -> tuple[str | None, str | None]:
    """Quiet from an hour ago for three more; the bench is over long before."""
    if not reader.quiet:
        return None, None
    return (now - timedelta(hours=1)).strftime("%H:%M"), (now + QUIET_FOR).strftime("%H:%M")
